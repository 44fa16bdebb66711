//! Package -> Inventory on packages built here.

use crate::common::apk::ApkBuilder;
use crate::common::arsc::ArscBuilder;
use crate::common::axml::{AxmlBuilder, Element};
use crate::common::dex::{Class, DexBuilder, Method};
use sdkaudit::evidence::FeatureKind;
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limitation::Hidden;
use sdkaudit::limits::Limits;
use sdkaudit::package::Package;

fn read_with(apk: &ApkBuilder, options: &Options) -> Inventory {
    let package = Package::from_bytes("app.apk", apk.build(), &Limits::default()).unwrap();
    inventory::read(&package, options)
}

fn read(apk: &ApkBuilder) -> Inventory {
    read_with(apk, &Options::default())
}

fn manifest() -> AxmlBuilder {
    let action =
        |name: &str| Element::new("intent-filter").child(Element::new("action").android("name", name));
    let meta =
        |name: &str, value: &str| Element::new("meta-data").android("name", name).android("value", value);
    let root = Element::new("manifest")
        .plain("package", "com.example.app")
        .android("versionCode", 7)
        .android("versionCodeMajor", 1)
        .android("versionName", "1.2.3")
        .child(Element::new("uses-sdk").android("minSdkVersion", 21).android("targetSdkVersion", 34))
        .child(Element::new("uses-permission").android("name", "android.permission.CAMERA"))
        .child(
            Element::new("uses-permission")
                .android("name", "android.permission.WRITE_EXTERNAL_STORAGE")
                .android("maxSdkVersion", 28),
        )
        .child(Element::new("uses-permission-sdk-23").android("name", "android.permission.READ_SMS"))
        .child(Element::new("permission").android("name", "com.example.app.OWN"))
        .child(
            Element::new("queries")
                .child(Element::new("package").android("name", "com.tencent.mm"))
                .child(Element::new("intent").child(Element::new("action").android("name", "query.ACTION"))),
        )
        .child(
            Element::new("application")
                .android("name", ".App")
                .android("label", "示例")
                .child(meta("UMENG_CHANNEL", "store"))
                .child(
                    Element::new("activity")
                        .android("name", ".Main")
                        .child(action("android.intent.action.MAIN")),
                )
                .child(
                    Element::new("receiver")
                        .android("name", "com.igexin.sdk.PushReceiver")
                        .android("process", ":pushservice")
                        .child(action("com.igexin.sdk.action.PUSH"))
                        .child(meta("PUSH_APPID", "x")),
                )
                .child(
                    Element::new("provider")
                        .android("name", "Plain")
                        .android("authorities", "com.example.a;com.example.b"),
                ),
        );
    AxmlBuilder::new(root)
}

#[test]
fn a_manifest_becomes_data() {
    let dex = DexBuilder::new().classes([
        "com.example.app.App",
        "com.example.app.Main",
        "com.example.app.Plain",
        "com.igexin.sdk.PushReceiver",
    ]);
    let inventory = read(&ApkBuilder::new().manifest(&manifest()).dex(&dex));
    let app = &inventory.app;
    assert_eq!(app.id.as_deref(), Some("com.example.app"));
    assert_eq!(app.version_code, Some(1 << 32 | 7));
    assert_eq!((app.min_sdk, app.target_sdk), (Some(21), Some(34)));
    assert_eq!(app.application_class.as_deref(), Some("com.example.app.App"));
    let permissions: Vec<_> =
        inventory.manifest.permissions.iter().map(|p| (p.name.as_str(), p.max_sdk, p.sdk23)).collect();
    assert_eq!(
        permissions,
        [
            ("android.permission.CAMERA", None, false),
            ("android.permission.READ_SMS", None, true),
            ("android.permission.WRITE_EXTERNAL_STORAGE", Some(28), false),
        ]
    );
    assert_eq!(inventory.manifest.declared_permissions, ["com.example.app.OWN"]);
    assert_eq!(inventory.manifest.queries, ["com.tencent.mm", "query.ACTION"]);
    let components: Vec<_> =
        inventory.manifest.components.iter().map(|c| (c.kind, c.class.as_str())).collect();
    assert_eq!(
        components,
        [
            (FeatureKind::Activity, "com.example.app.Main"),
            (FeatureKind::Receiver, "com.igexin.sdk.PushReceiver"),
            (FeatureKind::Provider, "com.example.app.Plain"),
        ]
    );
    let [main, receiver, provider] = inventory.manifest.components.as_slice() else { panic!("three") };
    assert_eq!(main.actions, ["android.intent.action.MAIN"]);
    assert_eq!(receiver.process.as_deref(), Some(":pushservice"));
    assert_eq!(receiver.meta_data.first().map(|m| m.name.as_str()), Some("PUSH_APPID"));
    assert_eq!(provider.authorities, ["com.example.a", "com.example.b"]);
    assert_eq!(inventory.manifest.meta_data.first().and_then(|m| m.value.as_deref()), Some("store"));
    assert!(inventory.limitations.is_empty(), "{:?}", inventory.limitations);
}

#[test]
fn defined_and_referenced_classes_are_kept_apart() {
    let apk = ApkBuilder::new()
        .manifest(&manifest())
        .dex(
            &DexBuilder::new()
                .class("com.example.app.App")
                .class("com.umeng.A")
                .reference("com.google.ads.AdView"),
        )
        .dex(&DexBuilder::new().class("com.umeng.A$B"))
        .file("lib/arm64-v8a/libgetuiext3.so", "no library")
        .file("assets/data.bin", "x");
    let inventory = read(&apk);
    let [first, second] = inventory.code.as_slice() else { panic!("two dex files") };
    assert_eq!(first.path.as_str(), "app.apk!classes.dex");
    assert!(first.loaded);
    assert_eq!(first.classes.iter().collect::<Vec<_>>(), ["com.example.app.App", "com.umeng.A"]);
    assert_eq!(first.references.iter().collect::<Vec<_>>(), ["com.google.ads.AdView", "java.lang.Object"]);
    assert_eq!(second.classes.iter().collect::<Vec<_>>(), ["com.umeng.A$B"]);
    let [library] = inventory.libraries.as_slice() else { panic!("one library") };
    assert_eq!((library.name.as_str(), library.abi.as_str()), ("libgetuiext3.so", "arm64-v8a"));
    assert_eq!(inventory.files.iter().map(|f| f.as_str()).collect::<Vec<_>>(), ["app.apk!assets/data.bin"]);
}

#[test]
fn constants_of_build_configs_and_of_asked_fields_are_read() {
    let dex = DexBuilder::new()
        .define(Class::new("com.umeng.BuildConfig").static_string("VERSION_NAME", "9.6.1"))
        .define(Class::new("com.vendor.Sdk").static_string("OTHER", "x").static_string("VERSION", "3.2"))
        .define(Class::new("com.vendor.Not").static_string("VERSION", "0"));
    let options =
        Options { constants: vec![("com.vendor.Sdk".into(), "VERSION".into())], ..Options::default() };
    let inventory = read_with(&ApkBuilder::new().manifest(&manifest()).dex(&dex), &options);
    let found: Vec<_> =
        inventory.constants.iter().map(|c| (c.class.as_str(), c.field.as_str(), c.value.as_str())).collect();
    assert_eq!(
        found,
        [("com.umeng.BuildConfig", "VERSION_NAME", "9.6.1"), ("com.vendor.Sdk", "VERSION", "3.2")]
    );
}

#[test]
fn a_cut_dex_hides_code_and_says_so() {
    let names: Vec<String> = (0..50).map(|n| format!("com.example.C{n}")).collect();
    let dex = DexBuilder::new().classes(names.iter().map(String::as_str)).build();
    let apk = ApkBuilder::new().manifest(&manifest()).file("classes.dex", &dex[..dex.len() / 2]);
    let inventory = read(&apk);
    assert!(inventory.limitations.iter().any(|l| l.hides == Some(Hidden::Code)));
}

/// The one known difference from peers over real packages: two of them write `<android:uses-permission>`, with a
/// namespace on the element. Android's package parser compares local names (`XmlPullParser.getName`), so these are
/// requested, and `aapt dump permissions` lists them; androguard looks for elements without a namespace and misses them.
#[test]
fn an_element_with_a_namespace_counts_as_on_a_device() {
    let permission = |name: &str| Element::new("uses-permission").android("name", name);
    let root = Element::new("manifest")
        .plain("package", "a.b")
        .child(permission("android.permission.INTERNET"))
        .child(permission("android.permission.READ_PHONE_STATE").in_namespace());
    let text = r#"<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="a.b">
        <uses-permission android:name="android.permission.INTERNET"/>
        <android:uses-permission android:name="android.permission.READ_PHONE_STATE"/></manifest>"#;
    for manifest in [AxmlBuilder::new(root).build(), text.into()] {
        let inventory = read(&ApkBuilder::new().file("AndroidManifest.xml", manifest));
        let names: Vec<&str> = inventory.manifest.permissions.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["android.permission.INTERNET", "android.permission.READ_PHONE_STATE"]);
    }
}

#[test]
fn addresses_are_collected_where_asked_for() {
    let strings =
        ["https://api.example-app.cn/v1", "https://www.example-app.cn/privacy.html", "http://%s/x", "httpd"];
    let method = strings.iter().fold(Method::new("hosts"), |m, s| m.const_string(s));
    let table = ArscBuilder::new().string("terms", &[("", "https://sdk.vendor.org/privacy")]).build();
    let apk = ApkBuilder::new()
        .manifest(&AxmlBuilder::manifest("cn.example-app.main", &[], []))
        .dex(&DexBuilder::new().define(Class::new("a.Hosts").method(method)))
        .file("resources.arsc", table)
        .file(
            "assets/www/main.js",
            "fetch('https://cdn.vendor.org/a.js');var u=\"https://api.example-app.cn/v1\"",
        )
        .file("assets/logo.png", "https://not.read.org/");
    let package = || Package::from_bytes("app.apk", apk.build(), &Limits::default()).unwrap();
    assert_eq!(inventory::read(&package(), &Options::default()).urls, []);
    let read = inventory::read(&package(), &Options { urls: true, ..Options::default() });
    let got: Vec<(&str, &str)> = read.urls.iter().map(|u| (u.url.as_str(), u.at.entry())).collect();
    assert_eq!(
        got,
        [
            ("https://api.example-app.cn/v1", "classes.dex"),
            ("https://cdn.vendor.org/a.js", "assets/www/main.js"),
            ("https://sdk.vendor.org/privacy", "resources.arsc"),
            ("https://www.example-app.cn/privacy.html", "classes.dex"),
        ]
    );
    let hosts: Vec<&str> = read.hosts().into_keys().collect();
    assert_eq!(hosts, ["api.example-app.cn", "cdn.vendor.org", "sdk.vendor.org", "www.example-app.cn"]);
    let policies: Vec<&str> = read.policy_urls().iter().map(|u| u.url.as_str()).collect();
    assert_eq!(policies, ["https://www.example-app.cn/privacy.html", "https://sdk.vendor.org/privacy"]);
}
