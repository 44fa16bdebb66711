//! Containers: what each is taken for, what lies inside it, and what every limit says when it is hit.

use crate::common::temp::TempDir;
use crate::common::zip::{ZipBuilder, ZipEntry};
use sdkaudit::format::zip::Source;
use sdkaudit::limitation::{Hidden, LimitationKind};
use sdkaudit::limits::Limits;
use sdkaudit::package::{Buffer, Kind, ManifestForm, Package, Role};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const AXML: &[u8] = b"\x03\0\x08\0manifest";

fn dex(tag: u8) -> Vec<u8> {
    let mut out = b"dex\n035\0".to_vec();
    out.extend((0..500u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8 ^ tag));
    out
}

fn apk(tag: u8) -> ZipBuilder {
    ZipBuilder::new().deflated("AndroidManifest.xml", AXML).deflated("classes.dex", &dex(tag))
}

fn open(name: &str, zip: &ZipBuilder) -> Package {
    Package::from_bytes(name, zip.build(), &Limits::default()).unwrap()
}

/// Containers as `kind path`, a `+` marking embedded ones.
fn containers(package: &Package) -> Vec<String> {
    let line = |c: &sdkaudit::package::Container| {
        format!("{}{} {}", if c.embedded() { "+" } else { "" }, c.kind().as_str(), c.path())
    };
    package.containers().iter().map(line).collect()
}

/// Entries of a role, by path, each with its content read.
fn with_role(package: &Package, role: impl Fn(Role) -> bool) -> Vec<(String, Vec<u8>)> {
    let mut buffer = Buffer::new();
    let mut out = Vec::new();
    for entry in package.containers().iter().flat_map(|c| c.entries()).filter(|e| role(e.role())) {
        let content = entry.read(&mut buffer).unwrap();
        assert_eq!(content.limitations, [], "{}", entry.path());
        out.push((entry.path().to_string(), content.bytes.to_vec()));
    }
    out
}

fn dex_paths(package: &Package) -> Vec<String> {
    with_role(package, |r| matches!(r, Role::Dex { .. })).into_iter().map(|d| d.0).collect()
}

fn notes(package: &Package) -> Vec<(LimitationKind, Option<Hidden>)> {
    package.limitations().iter().map(|l| (l.kind, l.hides)).collect()
}

#[test]
fn an_apk_has_its_roles() {
    let zip = apk(1)
        .deflated("classes2.dex", &dex(2))
        .stored("resources.arsc", b"\x02\0\x0c\0")
        .stored("lib/arm64-v8a/liba.so", b"\x7fELF")
        .deflated("assets/x.json", b"{}")
        .deflated("res/layout/a.xml", AXML)
        .deflated("META-INF/a.version", b"1")
        .deflated("okhttp3/list", b"x");
    let package = open("app.apk", &zip);
    let roles: Vec<Role> = package.containers()[0].entries().map(|e| e.role()).collect();
    assert_eq!(
        roles,
        [
            Role::Manifest(ManifestForm::Binary),
            Role::Dex { loaded: true },
            Role::Dex { loaded: true },
            Role::Resources,
            Role::NativeLib,
            Role::Asset,
            Role::ResourceFile,
            Role::MetaInf,
            Role::Root,
        ]
    );
    let container = &package.containers()[0];
    let library = container.entries().find(|e| e.role() == Role::NativeLib).unwrap();
    assert_eq!(library.native_library(), Some(("arm64-v8a", "liba.so")));
    assert_eq!((container.kind(), package.limitations()), (Kind::Apk, &[][..]));
    assert_eq!(container.sha256(), Some(sdkaudit::digest::Digest::of(&zip.build())));
}

#[test]
fn sets_are_opened_part_by_part() {
    let split = ZipBuilder::new().deflated("AndroidManifest.xml", AXML).stored("lib/x86/liba.so", b"\x7fELF");
    let description =
        br#"{"split_apks":[{"file":"base.apk"},{"file":"config.x86.apk"},{"file":"config.zh.apk"}],
        "expansions":[{"file":"Android/obb/main.obb"}]}"#;
    let xapk = ZipBuilder::new()
        .deflated("manifest.json", description)
        .stored("base.apk", &apk(1).build())
        .deflated("config.x86.apk", &split.build())
        .stored(
            "Android/obb/main.obb",
            b"PK\x03\x04 not opened, only named, whatever it is and however long it is ",
        );
    let package = open("store.xapk", &xapk);
    assert_eq!(
        containers(&package),
        ["xapk store.xapk", "apk store.xapk!base.apk", "split store.xapk!config.x86.apk"]
    );
    assert_eq!(dex_paths(&package), ["store.xapk!base.apk!classes.dex"]);
    assert_eq!(notes(&package), [(LimitationKind::MissingPart, Some(Hidden::Code))]);
    assert_eq!(package.limitations()[0].detail.en, "config.zh.apk is listed and is not in the package.");

    let apks = ZipBuilder::new()
        .deflated("toc.pb", b"x")
        .stored("splits/base-master.apk", &apk(1).build())
        .stored("splits/feature-master.apk", &apk(2).build());
    let package = open("app.apks", &apks);
    assert_eq!(package.containers()[0].kind(), Kind::Apks);
    assert_eq!(
        dex_paths(&package),
        ["app.apks!splits/base-master.apk!classes.dex", "app.apks!splits/feature-master.apk!classes.dex",]
    );

    let apkm = ZipBuilder::new().deflated("info.json", b"{}").stored("base.apk", &apk(1).build());
    assert_eq!(containers(&open("a.apkm", &apkm)), ["apkm a.apkm", "apk a.apkm!base.apk"]);
}

#[test]
fn files_and_directories_make_a_set() {
    let dir = TempDir::new("set");
    let base = dir.write("base.apk", &apk(1).build());
    let split =
        dir.write("split_config.zh.apk", &ZipBuilder::new().deflated("AndroidManifest.xml", AXML).build());
    let want = ["apk base.apk", "split split_config.zh.apk"];
    for paths in [vec![base, split], vec![dir.path().to_owned()]] {
        let package = Package::open(&paths, &Limits::default()).unwrap();
        assert_eq!(containers(&package), want);
        assert_eq!(dex_paths(&package), ["base.apk!classes.dex"]);
    }
}

#[test]
fn a_bundle_has_modules() {
    let zip = ZipBuilder::new()
        .deflated("BundleConfig.pb", b"x")
        .deflated("base/manifest/AndroidManifest.xml", b"proto")
        .deflated("base/dex/classes.dex", &dex(1))
        .deflated("base/resources.pb", b"x")
        .deflated("base/lib/x86/liba.so", b"\x7fELF")
        .deflated("base/root/META-INF/a.version", b"1")
        .deflated("feature/manifest/AndroidManifest.xml", b"proto")
        .deflated("feature/dex/classes2.dex", &dex(2))
        .deflated("BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb", b"x");
    let package = open("app.aab", &zip);
    let seen: Vec<_> =
        package.containers()[0].entries().map(|e| (e.role(), e.module(), e.installed_path())).collect();
    let manifest = Role::Manifest(ManifestForm::Proto);
    let code = Role::Dex { loaded: true };
    assert_eq!(
        seen,
        [
            (Role::Root, None, "BundleConfig.pb"),
            (manifest, Some("base"), "AndroidManifest.xml"),
            (code, Some("base"), "classes.dex"),
            (Role::ProtoResources, Some("base"), "resources.pb"),
            (Role::NativeLib, Some("base"), "lib/x86/liba.so"),
            (Role::MetaInf, Some("base"), "META-INF/a.version"),
            (manifest, Some("feature"), "AndroidManifest.xml"),
            (code, Some("feature"), "classes2.dex"),
            (Role::BuildMetadata, None, "BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb"),
        ]
    );
}

#[test]
fn libraries_and_decoded_directories_are_read_too() {
    let jar = ZipBuilder::new().deflated("com/a/B.class", b"\xca\xfe\xba\xbe").build();
    let aar = ZipBuilder::new()
        .deflated("AndroidManifest.xml", b"<manifest/>")
        .deflated("classes.jar", &jar)
        .deflated("libs/inner.jar", &jar)
        .stored("jni/x86/liba.so", b"\x7fELF");
    let package = open("sdk.aar", &aar);
    assert_eq!(
        containers(&package),
        ["aar sdk.aar", "jar sdk.aar!classes.jar", "jar sdk.aar!libs/inner.jar"]
    );
    let classes = with_role(&package, |r| r == Role::Class);
    assert_eq!(classes[0].0, "sdk.aar!classes.jar!com/a/B.class");
    assert_eq!(with_role(&package, |r| r == Role::NativeLib).len(), 1);

    let dir = TempDir::new("decoded");
    dir.write("AndroidManifest.xml", b"<manifest package=\"a\"/>");
    dir.write("apktool.yml", b"version: 2");
    dir.write("smali/com/a/B.smali", b".class Lcom/a/B;");
    dir.write("smali_classes2/com/a/C.smali", b".class Lcom/a/C;");
    dir.write("original/AndroidManifest.xml", AXML);
    dir.write("assets/plugin.bin", &apk(3).build());
    let package = Package::open(&[dir.path().to_owned()], &Limits::default()).unwrap();
    let smali = with_role(&package, |r| r == Role::Smali);
    assert_eq!(
        smali.iter().map(|s| s.1.clone()).collect::<Vec<_>>(),
        [b".class Lcom/a/B;".to_vec(), b".class Lcom/a/C;".to_vec(),]
    );
    assert_eq!(with_role(&package, |r| r == Role::Manifest(ManifestForm::Text)).len(), 1);
    assert_eq!(dex_paths(&package).len(), 1, "the package in the assets");
}

#[test]
fn hidden_code_is_found_by_its_first_bytes() {
    let inner = ZipBuilder::new().deflated("classes.dex", &dex(9)).build();
    let data = ZipBuilder::new().deflated("level1.json", &[b'x'; 300]).build();
    let zip = apk(1)
        .deflated("assets/plugin.png", &inner)
        .stored("assets/deep/payload", &apk(8).stored("assets/again.bin", &inner).build())
        .deflated("assets/core.dat", &dex(7))
        .stored("lib/arm64-v8a/libshell.so", &dex(6))
        .deflated("res/raw/blob", &inner)
        .deflated("assets/levels.zip", &data);
    let package = open("app.apk", &zip);
    assert_eq!(
        containers(&package),
        [
            "apk app.apk",
            "+jar app.apk!assets/plugin.png",
            "+apk app.apk!assets/deep/payload",
            "+jar app.apk!res/raw/blob",
            "+jar app.apk!assets/deep/payload!assets/again.bin",
        ]
    );
    let mut paths = dex_paths(&package);
    paths.sort();
    assert_eq!(
        paths,
        [
            "app.apk!assets/core.dat",
            "app.apk!assets/deep/payload!assets/again.bin!classes.dex",
            "app.apk!assets/deep/payload!classes.dex",
            "app.apk!assets/plugin.png!classes.dex",
            "app.apk!classes.dex",
            "app.apk!lib/arm64-v8a/libshell.so",
            "app.apk!res/raw/blob!classes.dex",
        ]
    );
    let data = package.containers()[0].entry("assets/levels.zip").unwrap();
    assert_eq!(data.role(), Role::Asset, "an archive without code is an asset like others");
}

#[test]
fn what_is_no_package_is_refused_with_the_cause() {
    let dir = TempDir::new("refused");
    dir.write("empty/readme.txt", b"x");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "an empty file"),
        (b"hello".to_vec(), "no zip archive (5 bytes, no central directory)"),
        (dex(1), "a bare dex file; give the package it comes from"),
        (b"%PDF-1.7 ........".to_vec(), "a PDF document"),
        (
            ZipBuilder::new().stored("a.txt", b"x").build(),
            "a zip archive without manifest, dex, classes or packages inside",
        ),
    ];
    for (bytes, why) in cases {
        let path = dir.write("x.apk", &bytes);
        let error = Package::open(std::slice::from_ref(&path), &Limits::default()).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), format!("{} is not an Android package: {why}", path.display()));
    }
    for path in [dir.path().join("empty"), dir.path().join("absent.apk")] {
        let error = Package::open(std::slice::from_ref(&path), &Limits::default()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert!(Package::open(&[], &Limits::default()).is_err());
}

#[test]
fn every_limit_says_so() {
    let kinds = |limits: Limits, zip: &ZipBuilder| {
        let package = Package::from_bytes("a.apk", zip.build(), &limits).unwrap();
        let mut out: Vec<_> = notes(&package);
        let mut buffer = Buffer::new();
        for entry in package.containers().iter().flat_map(|c| c.entries()) {
            match entry.read(&mut buffer) {
                Ok(content) => out.extend(content.limitations.iter().map(|l| (l.kind, l.hides))),
                Err(limitation) => out.push((limitation.kind, limitation.hides)),
            }
        }
        out.sort();
        out.dedup();
        (out, package.containers().len())
    };
    let reached = |hides| vec![(LimitationKind::LimitReached, hides)];
    let plain = apk(1);
    let base = Limits::default();
    let all = vec![
        (LimitationKind::LimitReached, Some(Hidden::Manifest)),
        (LimitationKind::LimitReached, Some(Hidden::Code)),
    ];
    assert_eq!(kinds(base.clone(), &plain), (vec![], 1));
    assert_eq!(kinds(Limits { max_entries: 1, ..base.clone() }, &plain).0, reached(Some(Hidden::Code)));
    assert_eq!(kinds(Limits { max_entry_bytes: 100, ..base.clone() }, &plain).0, reached(Some(Hidden::Code)));
    assert_eq!(kinds(Limits { max_total_bytes: 100, ..base.clone() }, &plain).0, reached(Some(Hidden::Code)));
    assert_eq!(kinds(Limits { max_total_bytes: 0, ..base.clone() }, &plain).0, all);
    assert_eq!(kinds(Limits { max_time: Some(Duration::ZERO), ..base.clone() }, &plain).0, all);
    let nested = (0..5).fold(apk(0), |z, i| z.stored(&format!("assets/{i}"), &apk(i).build()));
    assert_eq!(kinds(base.clone(), &nested), (vec![], 6));
    assert_eq!(kinds(Limits { max_nested: 3, ..base.clone() }, &nested), (reached(Some(Hidden::Code)), 4));
    let deep = (0..6).fold(apk(9), |inner, i| apk(i).stored("assets/inner", &inner.build()));
    assert_eq!(kinds(base, &deep), (reached(Some(Hidden::Code)), 5));
}

#[test]
fn a_crowd_of_oddities_is_counted_not_listed() {
    let zip = (0..300).fold(apk(1), |z, i| z.entry(ZipEntry::new(format!("../{i}"), b"x", false)));
    let package = open("a.apk", &zip);
    assert_eq!(package.limitations().len(), 17);
    assert!(package.limitations().iter().any(|l| l.detail.en.starts_with("284 more entries: ")));
}

/// Bytes that count what is fetched of them.
struct Remote(Vec<u8>, AtomicU64);

impl Source for Remote {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, offset: u64, len: usize) -> std::io::Result<Cow<'_, [u8]>> {
        let bytes = sdkaudit::format::zip::clipped(&self.0, offset, len).to_vec();
        self.1.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(Cow::Owned(bytes))
    }
}

#[test]
fn a_remote_package_is_read_in_ranges() {
    let noise: Vec<u8> = (0..2_000_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 19) as u8).collect();
    let base = apk(1).stored("assets/video.mp4", &noise).build();
    let bytes = ZipBuilder::new()
        .stored("base.apk", &base)
        .stored("assets.bin", &noise)
        .deflated("info.json", b"{}")
        .build();
    let local = Package::from_bytes("a.apkm", bytes.clone(), &Limits::default()).unwrap();
    let remote = Arc::new(Remote(bytes, AtomicU64::new(0)));
    let package = Package::from_source("a.apkm", remote.clone(), &Limits::default()).unwrap();
    assert_eq!(containers(&package), containers(&local));
    let code = |p: &Package| with_role(p, |r| matches!(r, Role::Dex { .. } | Role::Manifest(_)));
    assert_eq!(code(&package), code(&local));
    let fetched = remote.1.load(Ordering::Relaxed);
    assert!(fetched < 300_000, "{fetched} of {} bytes were fetched", remote.len());
}
