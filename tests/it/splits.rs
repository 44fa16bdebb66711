//! Split sets: what of one app was not given, and several apps given as one.

use crate::common::apk::ApkBuilder;
use crate::common::axml::{AxmlBuilder, Element};
use crate::common::dex::DexBuilder;
use crate::common::temp::TempDir;
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limitation::{Hidden, Limitation, LimitationKind};
use sdkaudit::limits::Limits;
use sdkaudit::location::{EntryPath, Location};
use sdkaudit::package::{Error, Kind, Package};
use std::sync::atomic::{AtomicUsize, Ordering};

const APP: &str = "com.example.app";

fn manifest() -> Element {
    Element::new("manifest").plain("package", APP)
}

fn application() -> Element {
    Element::new("application").child(Element::new("activity").android("name", ".Main"))
}

fn meta(name: &str, value: &str) -> Element {
    Element::new("meta-data").android("name", name).android("value", value)
}

fn apk(manifest: Element) -> ApkBuilder {
    let dex = DexBuilder::new().class("com.example.app.Main");
    ApkBuilder::new().manifest(&AxmlBuilder::new(manifest)).dex(&dex)
}

fn split(name: &str) -> Element {
    manifest().plain("split", name)
}

/// The inventory of the files, given together.
fn inventory(files: &[(&str, &ApkBuilder)]) -> Inventory {
    inventory::read(&open(files).unwrap(), &Options::default())
}

fn open(files: &[(&str, &ApkBuilder)]) -> Result<Package, Error> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let dir = TempDir::new(&format!("splits-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let paths: Vec<_> = files
        .iter()
        .map(|(name, apk)| {
            let path = dir.path().join(name);
            std::fs::write(&path, apk.build()).unwrap();
            path
        })
        .collect();
    Package::open(&paths, &Limits::default())
}

fn missing(inventory: &Inventory) -> Vec<(Option<Hidden>, &str)> {
    let parts = inventory.limitations.iter().filter(|l| l.kind == LimitationKind::MissingPart);
    parts.map(|l: &Limitation| (l.hides, l.detail.en.as_str())).collect()
}

#[test]
fn required_types_without_their_splits_are_named() {
    let base = apk(manifest()
        .android("isSplitRequired", true)
        .android("requiredSplitTypes", "base__abi,base__density")
        .android("splitTypes", "")
        .child(application()));
    assert_eq!(
        missing(&inventory(&[("base.apk", &base)])),
        [(
            Some(Hidden::Native),
            "the manifest speaks of splits that were not given, with native libraries (ABI split); resources of base__density"
        )]
    );
    let abi =
        apk(split("config.arm64_v8a").android("splitTypes", "base__abi").child(Element::new("application")));
    assert_eq!(
        missing(&inventory(&[("base.apk", &base), ("abi.apk", &abi)])),
        [(None, "the manifest speaks of splits that were not given, with resources of base__density")]
    );
    let density = apk(split("config.xxhdpi").android("splitTypes", "base__density"));
    assert_eq!(missing(&inventory(&[("base.apk", &base), ("abi.apk", &abi), ("d.apk", &density)])), []);
}

#[test]
fn older_bundles_only_say_that_something_is_required() {
    let base = || manifest().child(application().child(meta("com.android.vending.splits.required", "true")));
    let bare = inventory(&[("base.apk", &apk(base()))]);
    assert_eq!(missing(&bare)[0].0, Some(Hidden::Native));
    let with_library = apk(base()).file("lib/arm64-v8a/libx.so", *b"\x7fELF");
    assert_eq!(missing(&inventory(&[("base.apk", &with_library)]))[0].0, None);
    let abi = apk(split("config.x86"));
    assert_eq!(missing(&inventory(&[("base.apk", &apk(base())), ("config.x86.apk", &abi)])), []);
}

#[test]
fn feature_modules_are_code_unless_given_or_fused() {
    let list = Element::new("splits").children(["", "camera", "shop"].map(|module| {
        let entry = Element::new("entry").plain("key", "zh").plain("split", "config.zh");
        Element::new("module").plain("name", module).child(Element::new("language").child(entry))
    }));
    let activity = Element::new("activity").android("name", ".Scan").android("splitName", "scan");
    let base = apk(manifest().child(
        application()
            .child(activity)
            .child(meta("com.android.dynamic.apk.fused.modules", "base,shop"))
            .child(meta("com.android.vending.splits", "res/xml/splits0.xml")),
    ))
    .file("res/xml/splits0.xml", AxmlBuilder::new(list).build());
    let alone = inventory(&[("base.apk", &base)]);
    assert_eq!(
        missing(&alone)[0],
        (
            Some(Hidden::Code),
            "the manifest speaks of splits that were not given, with the code of feature modules camera, scan; resources of 1 language splits"
        )
    );
    let camera = apk(split("camera"));
    let scan = apk(split("scan"));
    let whole = inventory(&[("base.apk", &base), ("camera.apk", &camera), ("scan.apk", &scan)]);
    assert!(missing(&whole).iter().all(|m| !m.1.contains("feature modules")), "{:?}", missing(&whole));
}

#[test]
fn a_split_alone_hides_the_app() {
    let inventory = inventory(&[("x.apk", &apk(split("config.x86")))]);
    let hides: Vec<_> = missing(&inventory).iter().map(|m| m.0).collect();
    assert_eq!(hides, [Some(Hidden::Manifest), Some(Hidden::Code)]);
}

#[test]
fn the_manifest_tells_splits_whatever_their_names() {
    let base = apk(manifest().child(application()));
    let feature = apk(split("shop"));
    let package = open(&[("a_shop.apk", &feature), ("split_base.apk", &base)]).unwrap();
    let kinds: Vec<Kind> = package.containers().iter().map(|c| c.kind()).collect();
    assert_eq!(kinds, [Kind::Split, Kind::Apk]);
}

#[test]
fn unrelated_packages_are_refused_with_a_hint() {
    let one = apk(manifest().child(application()));
    let other = apk(Element::new("manifest").plain("package", "org.example.other"));
    let error = open(&[("one.apk", &one), ("other.apk", &other)]).err().unwrap();
    assert!(matches!(error, Error::Unrelated { .. }));
    let text = error.text();
    assert!(text.en.contains("their package names are com.example.app and org.example.other"), "{text:?}");
    assert!(text.en.contains("sdkaudit batch") && text.zh.contains("sdkaudit batch"));
    assert!(text.zh.contains("包名分别为 com.example.app 和 org.example.other"), "{text:?}");
    // Two builds of one app are two apps as well.
    let error = open(&[("one.apk", &one), ("again.apk", &one)]).err().unwrap();
    assert!(error.text().en.contains("both are a base package of com.example.app"));
}

#[test]
fn a_foreign_package_in_a_store_file_is_not_installed_with_the_app() {
    let other = Element::new("manifest")
        .plain("package", "org.example.other")
        .child(Element::new("uses-permission").android("name", "android.permission.CAMERA"));
    let store = ApkBuilder::new()
        .file("manifest.json", "{}")
        .file("base.apk", apk(manifest().child(application())).build())
        .file("other.apk", apk(other.clone()).build());
    let read = inventory(&[("store.xapk", &store)]);
    assert_eq!(read.manifest.permissions, []);
    let note = read.limitations.iter().find(|l| l.detail.en.contains("not installed with the app")).unwrap();
    assert_eq!(note.at, Location::entry(&EntryPath::root("store.xapk").join("other.apk")));
    // In a plain archive nothing says that they belong together.
    let plain = ApkBuilder::new()
        .file("one.apk", apk(manifest().child(application())).build())
        .file("other.apk", apk(other).build());
    assert!(matches!(open(&[("apps.zip", &plain)]), Err(Error::Unrelated { .. })));
}

#[test]
fn codenames_are_levels_and_unknown_ones_are_said() {
    let levels = |min: &str, target: &str| {
        let sdk = Element::new("uses-sdk").android("minSdkVersion", min).android("targetSdkVersion", target);
        inventory(&[("app.apk", &apk(manifest().child(sdk).child(application())))])
    };
    let known = levels("Q", "UpsideDownCake.1f2e");
    assert_eq!((known.app.min_sdk, known.app.target_sdk), (Some(29), Some(34)));
    assert_eq!(known.limitations, []);
    let unknown = levels("21", "Zabaglione");
    assert_eq!((unknown.app.min_sdk, unknown.app.target_sdk), (Some(21), None));
    let [limitation] = &unknown.limitations[..] else { panic!("{:?}", unknown.limitations) };
    assert_eq!((limitation.kind, limitation.hides), (LimitationKind::Unsupported, None));
    assert!(limitation.detail.zh.contains("Zabaglione") && limitation.detail.en.contains("Zabaglione"));
}

#[test]
fn code_that_is_not_walked_is_said_where_behaviour_is_asked_for() {
    let jar = ApkBuilder::new().file("com/example/A.class", *b"\xca\xfe\xba\xbe\0\0\0\x34\0\x01\0\0\0\0\0\0");
    let package = || Package::from_bytes("sdk.jar", jar.build(), &Limits::default()).unwrap();
    let read = |behaviour| inventory::read(&package(), &Options { behaviour, ..Options::default() });
    let hides: Vec<_> = read(true).limitations.iter().map(|l| (l.kind, l.hides)).collect();
    assert_eq!(hides, [(LimitationKind::Unsupported, Some(Hidden::Behaviour))]);
    assert_eq!(read(false).limitations, []);
}
