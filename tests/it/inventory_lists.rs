//! Versions, coordinates, runtimes and native exports that a package names by itself.

use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::dex::DexBuilder;
use crate::common::proto::Message;
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limits::Limits;
use sdkaudit::package::Package;

fn read(name: &str, apk: &ApkBuilder, options: &Options) -> Inventory {
    let package = Package::from_bytes(name, apk.build(), &Limits::default()).unwrap();
    inventory::read(&package, options)
}

fn app() -> ApkBuilder {
    ApkBuilder::new()
        .manifest(&AxmlBuilder::manifest("com.example.app", &[], []))
        .dex(&DexBuilder::new().class("com.example.app.Main"))
}

#[test]
fn versions_are_read_where_build_tools_leave_them() {
    let apk = app()
        .file("META-INF/androidx.core_core.version", "1.9.0\n")
        .file("META-INF/androidx.x_y.version", "task ':x:y:writeVersionFile' property 'version'")
        .file(
            "META-INF/maven/com.squareup/okio/pom.properties",
            "#c\ngroupId=com.squareup\nartifactId=okio\nversion=2.8.0\n",
        )
        .file("META-INF/okhttp_release.kotlin_module", "x")
        .file("play-services-base.properties", "version=18.1.0\nclient=play-services-base\n")
        .file("other.properties", "a=b\n");
    let inventory = read("app.apk", &apk, &Options::default());
    let got: Vec<_> = inventory
        .components_of_build
        .iter()
        .map(|c| (c.name.as_str(), c.version.as_deref().unwrap_or("-"), c.maven))
        .collect();
    assert_eq!(
        got,
        [
            ("androidx.core:core", "1.9.0", true),
            ("androidx.x:y", "-", true),
            ("com.google.android.gms:play-services-base", "18.1.0", true),
            ("com.squareup:okio", "2.8.0", true),
            ("okhttp", "-", false),
        ]
    );
}

#[test]
fn bundles_name_their_dependencies_in_full() {
    let library = |group: &str, artifact: &str, version: &str| {
        let maven = Message::new().text(1, group).text(2, artifact).text(5, version);
        Message::new().message(1, maven)
    };
    let list = Message::new()
        .message(1, library("com.umeng.umsdk", "common", "9.6.1"))
        .message(1, library("com.getui", "gtsdk", "3.3.2.0"))
        .0;
    let bundle = |list: &[u8]| {
        ApkBuilder::new()
            .file("base/manifest/AndroidManifest.xml", "")
            .file("base/dex/classes.dex", DexBuilder::new().class("a.B").build())
            .file("BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb", list)
    };
    let read = |list: &[u8]| read("app.aab", &bundle(list), &Options::default()).components_of_build;
    let got: Vec<_> = read(&list).into_iter().map(|c| (c.name, c.version.unwrap())).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(got, [pair("com.getui:gtsdk", "3.3.2.0"), pair("com.umeng.umsdk:common", "9.6.1")]);
    for end in 0..list.len() {
        assert!(read(&list[..end]).len() <= 2);
    }
}

#[test]
fn runtimes_are_proven_by_files_libraries_and_classes() {
    let apk = app()
        .file("assets/flutter_assets/packages/fluttertoast/assets/x.css", "x")
        .file("assets/flutter_assets/NOTICES", "jpush_flutter\n\nlicence\n")
        .file("assets/apps/__UNI__1/www/manifest.json", r#"{"permissions":{"Push":{}}}"#)
        .file("lib/arm64-v8a/libunity.so", "x")
        .dex(&DexBuilder::new().class("com.finogeeks.lib.applet.A"));
    let inventory = read("app.apk", &apk, &Options::default());
    let got: Vec<_> = inventory.runtimes.iter().map(|r| (r.name, r.packages.join(" "))).collect();
    let row = |a, b: &str| (a, b.to_owned());
    assert_eq!(
        got,
        [
            row("flutter", "fluttertoast jpush_flutter"),
            row("mini-program", "com.finogeeks.lib.applet"),
            row("uni-app", "Push"),
            row("unity", "")
        ]
    );
}

/// A shared library without section headers: one loadable segment, a dynamic segment, two symbols.
pub fn library() -> Vec<u8> {
    let names = b"\0libsample.so\0Java_com_example_A_b\0helper\0";
    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (headers, symbols) = (64u64 + 2 * 56, 3 * 24u64);
    let (symtab, strtab) = (headers, headers + symbols);
    let hash = (strtab + names.len() as u64).next_multiple_of(8);
    let dynamic = hash + 4 * 6;
    let end = dynamic + 6 * 16;
    [3u16, 183].iter().for_each(|v| out.extend(v.to_le_bytes()));
    out.extend(1u32.to_le_bytes());
    [0u64, 64, 0].iter().for_each(|v| out.extend(v.to_le_bytes()));
    out.extend(0u32.to_le_bytes());
    [64u16, 56, 2, 0, 0, 0].iter().for_each(|v| out.extend(v.to_le_bytes()));
    for (kind, at, len) in [(1u32, 0u64, end), (2, dynamic, 6 * 16)] {
        [kind, 6].iter().for_each(|v| out.extend(v.to_le_bytes()));
        [at, at, at, len, len, 8].iter().for_each(|v| out.extend(v.to_le_bytes()));
    }
    for (name, section) in [(0u32, 0u16), (14, 1), (35, 1)] {
        out.extend(name.to_le_bytes());
        out.extend([0x12, 0]);
        out.extend(section.to_le_bytes());
        [0x1000u64, 8].iter().for_each(|v| out.extend(v.to_le_bytes()));
    }
    out.extend(names);
    out.resize(hash as usize, 0);
    [1u32, 3, 1, 0, 2, 0].iter().for_each(|v| out.extend(v.to_le_bytes()));
    for (tag, value) in [(14u64, 1u64), (5, strtab), (10, names.len() as u64), (6, symtab), (4, hash), (0, 0)]
    {
        [tag, value].iter().for_each(|v| out.extend(v.to_le_bytes()));
    }
    out
}

#[test]
fn libraries_of_one_abi_are_opened_on_request() {
    let apk = app()
        .file("lib/armeabi-v7a/libother.so", "not elf")
        .file("lib/arm64-v8a/libsample.so", library())
        .file("assets/libhidden.so", library());
    let closed = read("app.apk", &apk, &Options::default());
    assert!(closed.libraries.iter().all(|l| l.soname.is_none()));
    assert_eq!(closed.libraries.len(), 3);
    let opened = read("app.apk", &apk, &Options { elf: true, ..Options::default() });
    let got: Vec<_> = opened
        .libraries
        .iter()
        .map(|l| (l.abi.as_str(), l.soname.as_deref().unwrap_or("-"), l.jni.join(" ")))
        .collect();
    let jni = "Java_com_example_A_b".to_owned();
    assert_eq!(
        got,
        [
            ("armeabi-v7a", "-", String::new()),
            ("arm64-v8a", "libsample.so", jni.clone()),
            ("", "libsample.so", jni)
        ]
    );
}

#[test]
fn a_bundle_without_module_paths_is_said() {
    let with = |bundle: &[u8]| {
        let apk = app().file("assets/index.android.bundle", bundle);
        let found = read("app.apk", &apk, &Options::default());
        (found.runtimes[0].packages.clone(), found.limitations.len())
    };
    assert_eq!(with(b"__d(function(){},0,[]);"), (vec![], 1));
    assert_eq!(with(b"require('node_modules/fluwx/index.js')"), (vec!["fluwx".to_owned()], 0));
}
