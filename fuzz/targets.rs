//! What is fuzzed: one function per format, which touches all that its reader offers and asserts what always holds.
//! Used by the coverage-guided binaries beside it and by the bounded runner of the tests (`tests/it/fuzz.rs`).
#![allow(dead_code)]

use sdkaudit::behaviour::Walk;
use sdkaudit::format::defect::Defect;
use sdkaudit::format::xml::Event;
use sdkaudit::format::zip::{Archive, Buffer as Inflated, Ceiling, clipped};
use sdkaudit::format::{arsc as table, axml as binary, classfile as class, dex as code, elf as library};
use sdkaudit::format::{proto_table as bundle, proto_xml as bundle_xml, signing as block, text_xml as text};
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limits::{Deadline, Limits};
use sdkaudit::location::EntryPath;
use sdkaudit::package::{Buffer, Package};
use std::io::Write as _;

/// A reader under test: any bytes, no panic.
pub type Target = fn(&[u8]);

/// All targets by name, sorted.
pub const ALL: &[(&str, Target)] = &[
    ("arsc", arsc),
    ("axml", axml),
    ("classfile", classfile),
    ("dependencies", dependencies),
    ("dex", dex),
    ("elf", elf),
    ("package", package),
    ("proto_table", proto_table),
    ("proto_xml", proto_xml),
    ("runtime_lists", runtime_lists),
    ("signing", signing),
    ("text_xml", text_xml),
    ("zip", zip),
];

/// `resources.arsc`: every type of package 0x7f, and the table in a package that refers to it.
pub fn arsc(data: &[u8]) {
    let read = table::Table::parse(data);
    said(read.defects());
    for kind in 0..16u32 {
        for entry in [0, 1, 2, 0xffff] {
            assert!(read.values(0x7f00_0000 | kind << 16 | entry).count() <= data.len());
        }
    }
    let manifest = br#"<manifest package="a.b"><application label="@0x7f010000"/></manifest>"#;
    read_package("a.apk", &[("AndroidManifest.xml", manifest), ("resources.arsc", data)]);
}

/// Binary XML as events, and as the manifest of a package.
pub fn axml(data: &[u8]) {
    let mut depth = 0i64;
    said(&binary::read(data, |event| {
        depth += if matches!(event, Event::Start(_)) { 1 } else { -1 };
        assert!(depth >= 0, "an end without a start");
    }));
    read_package("a.apk", &[("AndroidManifest.xml", data)]);
}

/// A class file by itself and in a library.
pub fn classfile(data: &[u8]) {
    if let Ok(read) = class::read(data) {
        assert!(read.references.len() <= data.len());
    }
    read_package("a.jar", &[("a/B.class", data)]);
}

/// `dependencies.pb` and the other files that name versions.
pub fn dependencies(data: &[u8]) {
    let manifest = b"\x0a\x02\x0a\x00";
    let list = "BUNDLE-METADATA/com.android.tools.build.libraries/dependencies.pb";
    let files: [(&str, &[u8]); 5] = [
        ("base/manifest/AndroidManifest.xml", manifest),
        (list, data),
        ("base/root/META-INF/a_b.version", data),
        ("base/root/META-INF/maven/a/b/pom.properties", data),
        ("base/root/play-services-a.properties", data),
    ];
    let found = read_package("a.aab", &files);
    // A file name alone may name a component.
    assert!(found.components_of_build.len() <= data.len() + files.len());
}

/// A dex: tables, class data, static values, instructions, and as code of a package.
pub fn dex(data: &[u8]) {
    for file in code::Dex::parse_all(data).into_iter().flatten() {
        said(file.defects());
        assert!(file.trailing_bytes() <= data.len());
        let walk = Walk::dex(&file, &EntryPath::root("x"), &Deadline::never());
        assert!(walk.units <= data.len(), "{} units of {} bytes", walk.units, data.len());
        // Any number of classes may share one list: what is looked at here is bounded by the file, as in readers.
        let mut left = data.len();
        for class in file.class_defs().flatten() {
            let values = file.static_values(&class).map_or(0, |values| values.take(left).count());
            let members = file.class_data(&class).ok().flatten();
            let fields = members.map_or(0, |m| m.static_fields().take(left).count());
            left = left.saturating_sub(values + fields + 1);
        }
    }
    let found = read_package("a.apk", &[("classes.dex", data)]);
    for file in &found.code {
        assert!(file.classes.len() <= file.class_count as usize);
        assert!(file.classes.iter().is_sorted());
    }
}

/// A native library by itself and in a package.
pub fn elf(data: &[u8]) {
    if let Ok(read) = library::read(data) {
        assert!(read.jni.len() <= data.len());
    }
    read_package("a.apk", &[("AndroidManifest.xml", b"<manifest/>"), ("lib/arm64-v8a/liba.so", data)]);
}

/// Any bytes as a package, everything read.
pub fn package(data: &[u8]) {
    let Ok(package) = Package::from_bytes("app.apk", data.to_vec(), &limits()) else { return };
    let _ = package.signing();
    let mut buffer = Buffer::new();
    for entry in package.containers().iter().flat_map(|c| c.entries()) {
        let _ = (entry.role(), entry.module(), entry.native_library(), entry.magic());
        if let Ok(mut stream) = entry.stream(&mut buffer) {
            stream.fill(100);
            stream.fill(10_000);
        }
        if let Ok(content) = entry.read(&mut buffer) {
            assert!(content.bytes.len() as u64 <= limits().max_entry_bytes);
        }
    }
    inventory_of(&package);
}

/// `resources.pb` of a bundle.
pub fn proto_table(data: &[u8]) {
    let read = bundle::ProtoTable::parse(data);
    let _ = (read.named("string/app_name").len(), read.values(0x7f01_0000).len());
    let manifest = b"\x0a\x02\x0a\x00";
    read_package("a.aab", &[("base/manifest/AndroidManifest.xml", manifest), ("base/resources.pb", data)]);
}

/// The manifest of a bundle.
pub fn proto_xml(data: &[u8]) {
    said(&bundle_xml::read(data, |_| {}));
    read_package("a.aab", &[("base/manifest/AndroidManifest.xml", data)]);
}

/// The lists that cross-platform runtimes leave.
pub fn runtime_lists(data: &[u8]) {
    let files: [(&str, &[u8]); 8] = [
        ("AndroidManifest.xml", b"<manifest/>"),
        ("assets/flutter_assets/NOTICES.Z", data),
        ("assets/flutter_assets/kernel_blob.bin", data),
        ("assets/index.android.bundle", data),
        ("assets/www/cordova_plugins.js", data),
        ("assets/capacitor.plugins.json", data),
        ("assets/apps/x/www/manifest.json", data),
        ("assets/bin/Data/ScriptingAssemblies.json", data),
    ];
    read_package("a.apk", &files);
}

/// Signing block, PKCS #7 and certificates.
pub fn signing(data: &[u8]) {
    let _ = block::block(&data, data.len() as u64);
    let _ = block::pkcs7::signers(data).map(|s| s.len());
    let _ = block::x509::certificate(data);
}

/// Text XML: manifests and `strings.xml` of decoded packages.
pub fn text_xml(data: &[u8]) {
    said(&text::read(data, |_| {}));
    assert!(text::strings(data).len() <= data.len());
}

/// A zip archive: directory, every entry whole and step by step.
pub fn zip(data: &[u8]) {
    let Ok(Some(archive)) = Archive::parse(&data, 10_000) else { return };
    let ceiling = Ceiling { bytes: 4 << 20, deadline: Deadline::start(&limits()) };
    let mut buffer = Inflated::new();
    let mut left = 64u64 << 20;
    for entry in archive.entries().iter().take(2_000) {
        let _ = (archive.name(entry), archive.magic(data, entry), archive.stored_range(&data, entry));
        if let Ok(mut stream) = archive.stream(&data, entry, &ceiling, &mut buffer) {
            stream.fill(100);
            stream.fill(10_000);
        }
        if let Ok(content) = archive.read(&data, entry, &ceiling, &mut buffer) {
            assert!(content.bytes.len() as u64 <= ceiling.bytes.max(data.len() as u64));
            content.tricks.iter().for_each(|t| assert!(!t.text().en.is_empty() && !t.text().zh.is_empty()));
            left = left.saturating_sub(content.bytes.len() as u64);
        }
        if left == 0 {
            return;
        }
    }
    let _ = clipped(data, u64::MAX, usize::MAX);
}

/// Small enough that one input stays cheap.
fn limits() -> Limits {
    Limits { max_entry_bytes: 16 << 20, max_total_bytes: 64 << 20, max_nested: 16, ..Limits::default() }
}

/// The inventory of a package that holds these files, uncompressed.
fn read_package(name: &str, files: &[(&str, &[u8])]) -> Inventory {
    let size = files.iter().map(|(n, data)| data.len() + 2 * n.len() + 128).sum();
    let mut out = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::with_capacity(size)));
    let stored =
        ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
    for (path, data) in files {
        let written = out.start_file(*path, stored).is_ok() && out.write_all(data).is_ok();
        assert!(written, "a file in memory is written");
    }
    let Ok(bytes) = out.finish() else { return Inventory::default() };
    let Ok(package) = Package::from_bytes(name, bytes.into_inner(), &limits()) else {
        return Inventory::default();
    };
    inventory_of(&package)
}

fn inventory_of(package: &Package) -> Inventory {
    let found = inventory::read(
        package,
        &Options { elf: true, behaviour: true, hashes: false, ..Options::default() },
    );
    for limitation in &found.limitations {
        assert!(!limitation.detail.zh.is_empty() && !limitation.detail.en.is_empty());
    }
    found
}

fn said(defects: &[Defect]) {
    defects.iter().for_each(|d| assert!(!d.what.zh.is_empty() && !d.what.en.is_empty()));
}
