//! Inventory -> Detections, over hand-built inventories and a small database written here.

use sdkaudit::evidence::{Confidence, FeatureKind};
use sdkaudit::inventory::{CodeFile, Component, Constant, Inventory, MetaData, Names, NativeLibrary, Part};
use sdkaudit::location::EntryPath;
use sdkaudit::signature::{Database, Detections, Options, detect_with, file};

fn database(files: &[&str]) -> Database {
    let sdks = files.iter().map(|text| {
        let (file, problems) = file::parse("test.toml", text);
        assert_eq!(problems, []);
        file.expect("an SDK").sdk
    });
    Database::new(sdks.collect())
}

fn sdk(id: &str, more: &str, indicators: &[(&str, &str)]) -> String {
    let mut text =
        format!("id = {id:?}\nnames = {{ zh = {id:?}, en = {id:?} }}\ncategory = \"other\"\n{more}\n");
    for (kind, value) in indicators {
        let (kind, weak) = kind.strip_prefix("weak ").map_or((*kind, false), |k| (k, true));
        text +=
            &format!("[[indicator]]\nkind = {kind:?}\nvalue = {value:?}\nweak = {weak}\nsource = \"test\"\n");
    }
    text
}

fn known() -> Database {
    let files = [
        sdk(
            "push",
            "",
            &[("class", "com.push"), ("native-lib", "libpush*.so"), ("weak meta-data", "PUSH_KEY")],
        ),
        sdk("ads", "carries = [\"push\"]", &[("class", "com.ads.sdk")]),
        sdk("brand", "level = \"family\"", &[("class", "com.brand")]),
        sdk("brand-stats", "family = \"brand\"", &[("class", "com.brand.stats")]),
        sdk("base", "requires = [\"com.base.App\"]", &[("class", "com.base")]),
        sdk("many", "min-classes = 3", &[("class", "com.many")]),
        sdk("memory", "status = \"draft\"", &[("class", "com.memory")]),
        sdk("copied", "", &[("class", "com.bun.lib")]),
        sdk(
            "jiagu",
            "kind = \"packer\"",
            &[("class", "com.stub.StubApp"), ("native-lib", "libjiagu.so"), ("asset", "assets/libjiagu.so")],
        ),
    ];
    database(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

fn inventory(classes: &[&str]) -> Inventory {
    let apk = EntryPath::root("a.apk");
    let mut out = Inventory::default();
    out.app.id = Some("org.example.app".to_owned());
    out.parts.push(Part { path: apk.clone(), kind: "apk", sha256: None, bytes: 1 });
    out.code.push(CodeFile {
        loaded: true,
        path: apk.join("classes.dex"),
        classes: classes.iter().collect::<Names>(),
        references: Names::default(),
        class_count: u32::try_from(classes.len()).expect("few"),
    });
    out
}

fn component(kind: FeatureKind, class: &str) -> Component {
    Component {
        kind,
        class: class.to_owned(),
        authorities: Vec::new(),
        actions: Vec::new(),
        meta_data: Vec::new(),
        process: None,
        at: EntryPath::root("a.apk").join("AndroidManifest.xml"),
    }
}

fn library(name: &str) -> NativeLibrary {
    NativeLibrary {
        path: EntryPath::root("a.apk").join(&format!("lib/arm64-v8a/{name}")),
        name: name.to_owned(),
        abi: "arm64-v8a".to_owned(),
        soname: None,
        jni: Vec::new(),
    }
}

fn run(inventory: &Inventory) -> Detections {
    detect_with(inventory, &known(), &Options::default())
}

/// `id confidence classes [carrier]` of every detection.
fn shown(detections: &Detections) -> Vec<String> {
    let line = |d: &sdkaudit::signature::Detection| {
        let carrier = d.carried_by.as_ref().map_or(String::new(), |c| format!(" in {c}"));
        format!("{} {:?} {}{carrier}", d.sdk, d.confidence, d.classes)
    };
    detections.sdks.iter().map(line).collect()
}

#[test]
fn a_class_prefix_proves_an_sdk_on_segment_borders() {
    let found = run(&inventory(&["com.push.A", "com.push.b.C", "com.pusher.Main"]));
    assert_eq!(shown(&found), ["push High 2"]);
}

#[test]
fn resource_classes_alone_prove_nothing() {
    assert!(shown(&run(&inventory(&["com.push.R", "com.push.R$id", "com.push.BuildConfig"]))).is_empty());
}

#[test]
fn a_reference_is_never_a_detection() {
    let mut input = inventory(&["org.example.app.Main"]);
    if let Some(code) = input.code.first_mut() {
        code.references = ["com.push.A", "com.push.B"].iter().collect();
    }
    let found = run(&input);
    assert!(found.sdks.is_empty());
    let referenced: Vec<(&str, u32)> = found.referenced.iter().map(|r| (r.sdk.as_str(), r.classes)).collect();
    assert_eq!(referenced, [("push", 2)]);
}

#[test]
fn a_key_left_in_the_manifest_proves_nothing() {
    let mut input = inventory(&["org.example.app.Main"]);
    input.manifest.meta_data.push(MetaData { name: "PUSH_KEY".to_owned(), value: None });
    assert!(run(&input).sdks.is_empty());
}

#[test]
fn weak_kinds_add_up_and_a_leftover_library_counts_only_where_names_are_hidden() {
    let mut input = inventory(&["org.example.app.Main"]);
    input.libraries.push(library("libpush_v2.so"));
    assert!(run(&input).sdks.is_empty());
    let mut renamed = inventory(&["org.example.app.Main", "a.b", "c.d"]);
    renamed.libraries = input.libraries.clone();
    assert_eq!(shown(&run(&renamed)), ["push Low 0"]);
    input.manifest.components.push(component(FeatureKind::Service, "com.push.PushService"));
    assert_eq!(shown(&run(&input)), ["push Medium 0"]);
}

#[test]
fn the_family_stands_only_without_a_product() {
    assert_eq!(shown(&run(&inventory(&["com.brand.core.A"]))), ["brand High 1"]);
    assert_eq!(shown(&run(&inventory(&["com.brand.core.A", "com.brand.stats.B"]))), ["brand-stats High 1"]);
}

#[test]
fn conditions_of_the_file_are_met_or_the_classes_do_not_count() {
    assert!(run(&inventory(&["com.base.Exception", "com.many.A", "com.many.B"])).sdks.is_empty());
    let found =
        run(&inventory(&["com.base.App", "com.base.Exception", "com.many.A", "com.many.B", "com.many.C"]));
    assert_eq!(shown(&found), ["base High 2", "many High 3"]);
}

#[test]
fn what_rests_on_memory_stays_low() {
    assert_eq!(shown(&run(&inventory(&["com.memory.A"]))), ["memory Low 1"]);
}

#[test]
fn a_carried_sdk_names_its_carrier() {
    assert_eq!(
        shown(&run(&inventory(&["com.ads.sdk.A", "com.push.A"]))),
        ["ads High 1", "push High 1 in ads"]
    );
}

#[test]
fn a_shaded_copy_is_low_and_belongs_to_its_host() {
    let found = run(&inventory(&["com.ads.sdk.oaid.repeackage.com.bun.lib.Id"]));
    assert_eq!(shown(&found), ["ads High 1", "copied Low 1 in ads"]);
}

#[test]
fn a_packer_needs_its_stub_or_a_second_mark() {
    let mut input = inventory(&["org.example.app.Main"]);
    input.libraries.push(library("libjiagu.so"));
    assert_eq!(run(&input).packer, None);
    input.files.push(EntryPath::root("a.apk").join("assets/libjiagu.so"));
    assert_eq!(run(&input).packer.map(|p| p.to_string()).as_deref(), Some("jiagu"));
    let found = run(&inventory(&["com.stub.StubApp"]));
    assert_eq!(found.packer.map(|p| p.to_string()).as_deref(), Some("jiagu"));
}

#[test]
fn in_a_packed_app_components_count_in_full() {
    let mut input = inventory(&["com.stub.StubApp"]);
    input.manifest.components.push(component(FeatureKind::Service, "com.push.PushService"));
    assert_eq!(shown(&run(&input)), ["jiagu High 1", "push High 0"]);
}

#[test]
fn own_code_is_told_apart_from_unknown_code() {
    let mut classes: Vec<String> = (0..6).map(|i| format!("org.example.lib.C{i}")).collect();
    classes.extend((0..7).map(|i| format!("com.stranger.kit.C{i}")));
    classes.extend((0..3).map(|i| format!("a.b.C{i}")));
    classes.extend((0..9).map(|i| format!("androidx.core.C{i}")));
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    let clusters = |c: &[sdkaudit::signature::PackageCluster]| -> Vec<String> {
        c.iter().map(|c| format!("{} {}", c.prefix, c.classes)).collect()
    };
    let found = run(&inventory(&names));
    assert_eq!(clusters(&found.own), ["org.example 6"]);
    assert_eq!(clusters(&found.unknown), ["com.stranger.kit 7"]);
    assert_eq!(clusters(&found.renamed), ["a 3"]);
    let own = Options { own: vec!["com.stranger".to_owned()] };
    assert_eq!(clusters(&detect_with(&inventory(&names), &known(), &own).unknown), Vec::<String>::new());
}

#[test]
fn an_app_of_an_sdk_vendor_keeps_its_own_code() {
    let mut input = inventory(&["com.push.demo.Main", "com.push.sdk.A"]);
    input.app.id = Some("com.push.demo".to_owned());
    assert_eq!(shown(&run(&input)), ["push High 1"]);
}

#[test]
fn versions_come_from_the_places_the_file_names() {
    let file = sdk("v", "version = [\"library:libv_v*.so\", \"meta-data:V_VERSION\"]", &[("class", "com.v")]);
    let database = database(&[&file]);
    let mut input = inventory(&["com.v.A"]);
    input.manifest.meta_data.push(MetaData { name: "V_VERSION".to_owned(), value: Some("3.1".to_owned()) });
    let version = |i: &Inventory| {
        detect_with(i, &database, &Options::default()).sdks.first().and_then(|d| d.version.clone())
    };
    assert_eq!(version(&input).as_deref(), Some("3.1"));
    input.manifest.meta_data[0].value = Some("push:6.5.0.300".to_owned());
    assert_eq!(version(&input).as_deref(), Some("6.5.0.300"));
    input.libraries.push(library("libv_v9_2_0.so"));
    assert_eq!(version(&input).as_deref(), Some("9.2.0"));
    assert_eq!(
        detect_with(&input, &database, &Options::default()).sdks.first().map(|d| d.confidence),
        Some(Confidence::High)
    );
}

#[test]
fn a_named_constant_tells_the_version() {
    let file = sdk("v", "version = [\"constant:com.v.Core.SDK_VERSION\"]", &[("class", "com.v")]);
    let database = database(&[&file]);
    assert_eq!(database.version_constants(), [("com.v.Core".to_owned(), "SDK_VERSION".to_owned())]);
    let mut input = inventory(&["com.v.Core"]);
    input.constants.push(Constant {
        class: "com.v.Core".to_owned(),
        field: "SDK_VERSION".to_owned(),
        value: "7.0.1".to_owned(),
        at: EntryPath::root("a.apk").join("classes.dex"),
    });
    let found = detect_with(&input, &database, &Options::default());
    assert_eq!(found.sdks.first().and_then(|d| d.version.as_deref()), Some("7.0.1"));
}

#[test]
fn a_build_config_of_the_sdk_tells_its_version() {
    let mut input = inventory(&["com.push.A", "com.push.BuildConfig"]);
    input.constants.push(Constant {
        class: "com.push.BuildConfig".to_owned(),
        field: "VERSION_NAME".to_owned(),
        value: "4.2.1".to_owned(),
        at: EntryPath::root("a.apk").join("classes.dex"),
    });
    assert_eq!(run(&input).sdks.first().and_then(|d| d.version.clone()).as_deref(), Some("4.2.1"));
}
