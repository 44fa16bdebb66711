//! The same questions asked of every form a package comes in: bundle, library, decoded directory, nested dex.

use crate::common::apk::ApkBuilder;
use crate::common::arsc::ArscBuilder;
use crate::common::axml::{AxmlBuilder, Element, Value};
use crate::common::dex::DexBuilder;
use crate::common::proto::Message;
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limits::Limits;
use sdkaudit::package::Package;

fn read(name: &str, apk: &ApkBuilder) -> Inventory {
    let package = Package::from_bytes(name, apk.build(), &Limits::default()).unwrap();
    inventory::read(&package, &Options::default())
}

fn permissions(inventory: &Inventory) -> Vec<&str> {
    inventory.manifest.permissions.iter().map(|p| p.name.as_str()).collect()
}

fn classes(inventory: &Inventory) -> Vec<(&str, bool, Vec<&str>)> {
    inventory.code.iter().map(|c| (c.path.as_str(), c.loaded, c.classes.iter().collect())).collect()
}

#[test]
fn references_are_looked_up_in_the_resource_table() {
    let table = ArscBuilder::new()
        .string("app_name", &[("", "Sample"), ("zh", "示例"), ("en", "Example")])
        .string("key", &[("", "abc123")]);
    let root = Element::new("manifest").plain("package", "a.b").child(
        Element::new("application").android("label", Value::Reference(0x7f01_0000)).child(
            Element::new("meta-data").android("name", "KEY").android("value", Value::Reference(0x7f01_0001)),
        ),
    );
    let apk = ApkBuilder::new().manifest(&AxmlBuilder::new(root)).file("resources.arsc", table.build());
    let inventory = read("app.apk", &apk);
    let label = inventory.app.label.as_ref().unwrap();
    assert_eq!((label.zh.as_str(), label.en.as_str()), ("示例", "Example"));
    assert_eq!(inventory.manifest.meta_data[0].value.as_deref(), Some("abc123"));
}

#[test]
fn a_reference_to_nowhere_stays_a_reference_and_breaks_nothing() {
    let table = ArscBuilder::new().string("x", &[("", "y")]).build();
    let root = Element::new("manifest").plain("package", "a.b").child(Element::new("application").child(
        Element::new("meta-data").android("name", "K").android("value", Value::Reference(0x7f05_0009)),
    ));
    for end in [table.len(), table.len() / 2, 20, 0] {
        let apk =
            ApkBuilder::new().manifest(&AxmlBuilder::new(root.clone())).file("resources.arsc", &table[..end]);
        assert_eq!(
            read("a.apk", &apk).manifest.meta_data[0].value.as_deref(),
            Some("@0x7f050009"),
            "cut {end}"
        );
    }
}

/// `XmlNode` of an element with `android:name` and children.
fn node(name: &str, attributes: Vec<Message>, children: Vec<Message>) -> Message {
    let element = attributes.into_iter().fold(Message::new().text(3, name), |m, a| m.message(4, a));
    Message::new().message(1, children.into_iter().fold(element, |m, c| m.message(5, c)))
}

fn android(id: u64, name: &str, value: &str) -> Message {
    Message::new()
        .text(1, "http://schemas.android.com/apk/res/android")
        .text(2, name)
        .text(3, value)
        .number(5, id)
}

/// Manifest and resource table of a bundle.
pub fn bundle() -> (Vec<u8>, Vec<u8>) {
    let name = |value| android(0x0101_0003, "name", value);
    let reference = Message::new().message(1, Message::new().text(3, "string/app_name"));
    let label = android(0x0101_0001, "label", "@string/app_name").message(6, reference);
    let min = android(0x0101_020c, "minSdkVersion", "21");
    let manifest = node(
        "manifest",
        vec![Message::new().text(2, "package").text(3, "com.example.bundle")],
        vec![
            node("uses-sdk", vec![min], vec![]),
            node("uses-permission", vec![name("android.permission.CAMERA")], vec![]),
            node("application", vec![label], vec![node("service", vec![name(".Push")], vec![])]),
        ],
    );
    let value = |locale: &str, text: &str| {
        let config = Message::new().text(3, locale);
        let item = Message::new().message(2, Message::new().text(1, text));
        Message::new().message(1, config).message(2, Message::new().message(4, item))
    };
    let entry = Message::new()
        .message(1, Message::new().number(1, 0))
        .text(2, "app_name")
        .message(6, value("", "Bundle"))
        .message(6, value("zh-CN", "应用包"));
    let strings = Message::new().message(1, Message::new().number(1, 1)).text(2, "string").message(3, entry);
    let package = Message::new().message(1, Message::new().number(1, 0x7f)).message(3, strings);
    (manifest.0, Message::new().message(2, package).0)
}

#[test]
fn bundles_have_protobuf_manifests_and_tables() {
    let (manifest, table) = bundle();
    let apk = ApkBuilder::new()
        .file("base/manifest/AndroidManifest.xml", manifest)
        .file("base/resources.pb", table)
        .file("base/dex/classes.dex", DexBuilder::new().class("com.example.bundle.Push").build());
    let inventory = read("app.aab", &apk);
    assert_eq!(inventory.app.id.as_deref(), Some("com.example.bundle"));
    assert_eq!(inventory.app.min_sdk, Some(21));
    assert_eq!(permissions(&inventory), ["android.permission.CAMERA"]);
    assert_eq!(inventory.manifest.components[0].class, "com.example.bundle.Push");
    let label = inventory.app.label.as_ref().unwrap();
    assert_eq!((label.zh.as_str(), label.en.as_str()), ("应用包", "Bundle"));
    assert_eq!(
        classes(&inventory),
        [("app.aab!base/dex/classes.dex", true, vec!["com.example.bundle.Push"])]
    );
    assert!(inventory.limitations.is_empty(), "{:?}", inventory.limitations);
}

pub const TEXT_MANIFEST: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" xmlns:tools="urn:t" package="com.example.lib">
  <uses-permission android:name="android.permission.INTERNET" tools:name="decoy"/>
  <application android:label="@string/app_name" android:debuggable="false">
    <provider android:name=".P" android:authorities="${applicationId}.p"/>
  </application>
</manifest>"#;

/// A class file with this name, superclass and one more class constant.
pub fn class_file(name: &str, superclass: &str, other: &str) -> Vec<u8> {
    let mut out = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 9];
    for (slot, text) in [name, superclass, other].iter().enumerate() {
        out.extend([1, 0, text.len() as u8]);
        out.extend(text.as_bytes());
        out.extend([7, 0, slot as u8 * 2 + 1]);
    }
    // A long takes two slots.
    out.extend([5, 0, 0, 0, 0, 0, 0, 0, 1]);
    out.extend([0, 0x21, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0]);
    out
}

#[test]
fn libraries_have_text_manifests_and_class_files() {
    let jar = ApkBuilder::new()
        .file("com/vendor/Sdk.class", class_file("com/vendor/Sdk", "java/lang/Object", "com/other/Api"))
        .file("META-INF/versions/9/com/vendor/Sdk.class", "x")
        .build();
    let aar = ApkBuilder::new()
        .file("AndroidManifest.xml", TEXT_MANIFEST)
        .file("classes.jar", jar)
        .file("jni/armeabi-v7a/libvendor.so", "x");
    let inventory = read("sdk.aar", &aar);
    assert_eq!(inventory.app.id.as_deref(), Some("com.example.lib"));
    assert_eq!(permissions(&inventory), ["android.permission.INTERNET"]);
    assert_eq!(inventory.manifest.components[0].class, "com.example.lib.P");
    assert_eq!(classes(&inventory), [("sdk.aar!classes.jar", true, vec!["com.vendor.Sdk"])]);
    let references: Vec<&str> = inventory.code[0].references.iter().collect();
    assert_eq!(references, ["com.other.Api", "java.lang.Object"]);
    assert_eq!(inventory.libraries[0].name, "libvendor.so");
}

#[test]
fn decoded_directories_give_classes_labels_and_versions() {
    let dir = std::env::temp_dir().join(format!("sdkaudit-decoded-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("AndroidManifest.xml", TEXT_MANIFEST);
    write(
        "apktool.yml",
        "version: 2.9.0\nsdkInfo:\n  minSdkVersion: '21'\n  targetSdkVersion: '33'\nversionInfo:\n  versionCode: '12'\n  versionName: 1.2\n",
    );
    write("smali/com/example/A.smali", ".class public Lcom/example/A;");
    write("smali_classes2/com/example/B$C.smali", "");
    write("res/values/strings.xml", r#"<resources><string name="app_name">A &amp; B</string></resources>"#);
    write("res/values-zh-rCN/strings.xml", r#"<resources><string name="app_name">甲乙</string></resources>"#);
    let package = Package::open(std::slice::from_ref(&dir), &Limits::default()).unwrap();
    let inventory = inventory::read(&package, &Options::default());
    std::fs::remove_dir_all(&dir).unwrap();
    let label = inventory.app.label.as_ref().unwrap();
    assert_eq!((label.zh.as_str(), label.en.as_str()), ("甲乙", "A & B"));
    assert_eq!((inventory.app.min_sdk, inventory.app.target_sdk), (Some(21), Some(33)));
    assert_eq!((inventory.app.version_code, inventory.app.version_name.as_deref()), (Some(12), Some("1.2")));
    let names: Vec<Vec<&str>> = inventory.code.iter().map(|c| c.classes.iter().collect()).collect();
    assert_eq!(names, [vec!["com.example.A"], vec!["com.example.B$C"]]);
}

#[test]
fn dex_files_in_assets_are_found_under_any_name_and_told_apart() {
    let plugin = ApkBuilder::new()
        .manifest(&AxmlBuilder::manifest("com.plug.in", &["android.permission.READ_SMS"], []))
        .dex(&DexBuilder::new().class("com.plug.In"))
        .build();
    let apk = ApkBuilder::new()
        .manifest(&AxmlBuilder::manifest("com.example.app", &["android.permission.INTERNET"], []))
        .dex(&DexBuilder::new().class("com.example.Main"))
        .file("assets/logo.png", DexBuilder::new().class("com.hidden.Code").build())
        .file("assets/plugin.apk", plugin);
    let inventory = read("app.apk", &apk);
    assert_eq!(
        classes(&inventory),
        [
            ("app.apk!classes.dex", true, vec!["com.example.Main"]),
            ("app.apk!assets/logo.png", false, vec!["com.hidden.Code"]),
            ("app.apk!assets/plugin.apk!classes.dex", false, vec!["com.plug.In"]),
        ]
    );
    // What lies in assets is not installed: it requests nothing.
    assert_eq!(permissions(&inventory), ["android.permission.INTERNET"]);
    assert_eq!(inventory.app.id.as_deref(), Some("com.example.app"));
}
