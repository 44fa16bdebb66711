//! The corpus of broken packages: the true bytes come out, or the cause is named; nothing panics or hangs.

use crate::common::shared;
use sdkaudit::limitation::Limitation;
use sdkaudit::limits::Limits;
use sdkaudit::package::{Buffer, Package, Role};
use std::path::{Path, PathBuf};

/// What reading everything in a package gave.
struct Outcome {
    manifest: Option<Vec<u8>>,
    dex: Option<Vec<u8>>,
    limitations: Vec<Limitation>,
}

fn read_all(path: &Path) -> Result<Outcome, String> {
    let package = Package::open(&[path.to_owned()], &Limits::default()).map_err(|e| e.to_string())?;
    Ok(read_package(&package))
}

fn read_package(package: &Package) -> Outcome {
    let mut out = Outcome { manifest: None, dex: None, limitations: package.limitations().to_vec() };
    let mut buffer = Buffer::new();
    for container in package.containers() {
        for entry in container.entries() {
            match entry.read(&mut buffer) {
                Ok(content) => {
                    out.limitations.extend(content.limitations);
                    match entry.role() {
                        _ if entry.shadowed() => {}
                        Role::Manifest(_) => out.manifest = Some(content.bytes.to_vec()),
                        Role::Dex { loaded: true } => out.dex = Some(content.bytes.to_vec()),
                        _ => {}
                    }
                }
                Err(limitation) => out.limitations.push(limitation),
            }
        }
    }
    out
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("directory").map(|e| e.expect("entry").path()).collect();
    out.sort();
    out
}

#[test]
fn tricks_do_not_change_what_is_read() {
    let Some(shared) = shared("hostile/zip") else { return };
    let manifest = std::fs::read(shared.join("want_manifest")).expect("truth");
    let dex = std::fs::read(shared.join("want_dex")).expect("truth");
    let mut wrong = Vec::new();
    for path in files(&shared).into_iter().filter(|p| p.extension().is_some_and(|e| e == "apk")) {
        let name = path.file_stem().expect("stem").to_string_lossy().into_owned();
        match read_all(&path) {
            Ok(out) => {
                let exact =
                    (out.manifest.as_deref() == Some(&manifest[..]), out.dex.as_deref() == Some(&dex[..]));
                println!("{name}: manifest {} dex {}: {}", exact.0, exact.1, said(&out.limitations));
                // What no reader trips over (padding, descriptors, version fields) need not be named.
                let harmless = ["00", "10", "12", "25", "26", "27", "32"].iter().any(|n| name.starts_with(n));
                assert!(harmless || !out.limitations.is_empty(), "{name}: the trick is not named");
                if exact != (true, true) {
                    wrong.push(name);
                }
            }
            Err(why) => println!("{name}: refused: {why}"),
        }
    }
    assert!(wrong.is_empty(), "wrong content: {wrong:?}");
}

/// Kinds and sentences of limitations, in one line.
fn said(limitations: &[Limitation]) -> String {
    limitations.iter().map(|l| format!("{:?}: {}", l.kind, l.detail.en)).collect::<Vec<_>>().join(" | ")
}

#[test]
fn the_mixed_corpus_is_read_or_refused_with_the_cause() {
    let Some(shared) = shared("hostile/mixed") else { return };
    for path in files(&shared).iter().flat_map(|d| files(d)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Bare dex files, archives without entries or with signature files only, ten bytes of nothing.
        let nothing = ["CertChain.apk", "broken-invalid_manifest.apk"].contains(&name.as_str());
        let refusable =
            name.ends_with(".dex") || name.ends_with("-empty.apk") || name.contains("empty-") || nothing;
        match read_all(&path) {
            Ok(out) => {
                let manifest = out.manifest.as_ref().map(Vec::len);
                let dex = out.dex.as_ref().map(Vec::len);
                println!("{name}: manifest {manifest:?} dex {dex:?}: {}", said(&out.limitations));
                assert!(manifest.is_some() || dex.is_some(), "{name}: nothing was read");
            }
            Err(why) => {
                println!("{name}: refused: {why}");
                assert!(refusable, "{name} was refused: {why}");
            }
        }
    }
}

#[test]
fn real_packages_lose_nothing() {
    let Some(shared) = shared("apks/files") else { return };
    let mut odd = 0;
    for path in files(&shared) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(out) = read_all(&path) else { continue };
        odd += usize::from(!out.limitations.is_empty());
        let lost: Vec<&Limitation> = out.limitations.iter().filter(|l| l.hides.is_some()).collect();
        assert!(lost.is_empty(), "{name}: {lost:?}");
    }
    // Fixtures of other projects' zip tests are among them; honest packages have no oddity.
    assert!(odd <= 15, "{odd} packages show oddities");
}

/// How often each small package is mutated; more with `SDKAUDIT_MUTATIONS`.
fn mutations() -> usize {
    std::env::var("SDKAUDIT_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(10)
}

#[test]
fn mutated_packages_are_survived() {
    let Some(shared) = shared("hostile/mixed") else { return };
    let mut state = 0x9e37_79b9u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    let all: Vec<PathBuf> = files(&shared).iter().flat_map(|d| files(d)).collect();
    let small = all.iter().filter(|p| p.metadata().unwrap().len() < 20_000);
    let (mut runs, mut refused) = (0, 0);
    for path in small {
        let whole = std::fs::read(path).unwrap();
        for _ in 0..mutations() {
            let mut bytes = whole.clone();
            for _ in 0..1 + random() % 4 {
                // Half of them where the directory is, at the end.
                let reach = if random() % 2 == 0 { bytes.len() } else { bytes.len().min(400) };
                let at = bytes.len() - 1 - random() % reach;
                bytes[at] = [0, 1, 0xff, 0x80, b'P', random() as u8][random() % 6];
            }
            if random() % 8 == 0 {
                bytes.truncate(random() % bytes.len());
            }
            runs += 1;
            match Package::from_bytes("a.apk", bytes, &Limits::default()) {
                Ok(package) => {
                    let _ = (read_package(&package), package.signing());
                }
                Err(_) => refused += 1,
            }
        }
    }
    println!("{runs} mutated packages, {refused} refused");
}
