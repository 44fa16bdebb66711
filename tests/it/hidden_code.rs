//! Packed, renamed and loaded code: what is said of it, and that honest packages are left alone.

use crate::common::apk::ApkBuilder;
use crate::common::axml::{AxmlBuilder, Element};
use crate::common::dex::DexBuilder;
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limitation::{Hidden, LimitationKind};
use sdkaudit::limits::Limits;
use sdkaudit::package::Package;

fn read(apk: &ApkBuilder) -> Inventory {
    let package = Package::from_bytes("app.apk", apk.build(), &Limits::default()).unwrap();
    inventory::read(&package, &Options::default())
}

fn kinds(inventory: &Inventory) -> Vec<(LimitationKind, Option<Hidden>)> {
    inventory.limitations.iter().map(|l| (l.kind, l.hides)).collect()
}

/// A manifest whose application class is `application`, with three components of the app.
fn manifest(application: &str) -> AxmlBuilder {
    let component = |tag: &str, name: &str| Element::new(tag).android("name", name);
    AxmlBuilder::new(
        Element::new("manifest").plain("package", "com.example.app").child(
            Element::new("application")
                .android("name", application)
                .child(component("activity", ".Main"))
                .child(component("activity-alias", ".Icon1"))
                .child(component("activity-alias", ".Icon2"))
                .child(component("activity-alias", ".Icon3"))
                .child(component("activity-alias", ".Icon4"))
                .child(component("service", ".Push"))
                .child(component("activity", "android.app.NativeActivity")),
        ),
    )
}

/// Bytes that look like nothing known.
fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect()
}

const PACKED: (LimitationKind, Option<Hidden>) = (LimitationKind::Packed, Some(Hidden::Code));

#[test]
fn an_honest_app_is_not_called_packed() {
    let dex =
        DexBuilder::new().classes(["com.example.app.App", "com.example.app.Main", "com.example.app.Push"]);
    let apk =
        ApkBuilder::new().manifest(&manifest(".App")).dex(&dex).file("assets/model.bin", noise(500_000));
    assert_eq!(kinds(&read(&apk)), []);
}

#[test]
fn a_stub_with_a_payload_is_packed() {
    let stub = DexBuilder::new().class("com.stub.StubApp");
    let payload =
        ApkBuilder::new().manifest(&manifest("com.stub.StubApp")).dex(&stub).file("assets/x", noise(100_000));
    assert_eq!(kinds(&read(&payload)), [PACKED]);
    let mut behind = stub.build();
    behind.extend(noise(60_000));
    let behind = ApkBuilder::new().manifest(&manifest("com.stub.StubApp")).file("classes.dex", behind);
    assert_eq!(kinds(&read(&behind)), [PACKED]);
    let library = ApkBuilder::new()
        .manifest(&manifest("com.stub.StubApp"))
        .dex(&stub)
        .file("assets/l.dat", [b"\x7fELF", &noise(200)[..]].concat());
    assert_eq!(kinds(&read(&library)), [PACKED]);
}

#[test]
fn an_application_class_that_is_nowhere_is_packed() {
    let apk = ApkBuilder::new().manifest(&manifest("s.h.e.l.l.S")).dex(&DexBuilder::new().class("x.y.Stub"));
    let inventory = read(&apk);
    assert_eq!(kinds(&inventory), [PACKED]);
    assert!(inventory.limitations[0].detail.en.contains("s.h.e.l.l.S"));
    assert!(inventory.limitations[0].detail.zh.contains("s.h.e.l.l.S"));
}

#[test]
fn missing_classes_without_a_second_sign_are_a_missing_part() {
    let apk = ApkBuilder::new()
        .manifest(&manifest("android.app.Application"))
        .dex(&DexBuilder::new().class("x.Other"));
    assert_eq!(kinds(&read(&apk)), [(LimitationKind::MissingPart, Some(Hidden::Code))]);
}

#[test]
fn renamed_packages_and_run_time_code_are_notes() {
    let names: Vec<String> = (0..80).map(|n| format!("a.b.C{n}")).collect();
    let dex = DexBuilder::new()
        .classes(names.iter().map(String::as_str))
        .classes([
            "com.example.app.App",
            "com.example.app.Main",
            "com.example.app.Push",
            "com.tencent.tinker.loader.TinkerLoader",
        ])
        .reference("dalvik.system.DexClassLoader");
    let inventory = read(&ApkBuilder::new().manifest(&manifest(".App")).dex(&dex));
    assert_eq!(
        kinds(&inventory),
        [
            (LimitationKind::Obfuscated, None),
            (LimitationKind::DynamicCode, None),
            (LimitationKind::DynamicCode, None)
        ]
    );
}
