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
    Ok(out)
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
                let said: Vec<String> =
                    out.limitations.iter().map(|l| format!("{:?}: {}", l.kind, l.detail.en)).collect();
                println!("{name}: manifest {} dex {}: {}", exact.0, exact.1, said.join(" | "));
                if exact != (true, true) {
                    wrong.push(name);
                }
            }
            Err(why) => println!("{name}: refused: {why}"),
        }
    }
    assert!(wrong.is_empty(), "wrong content: {wrong:?}");
}

#[test]
fn nothing_in_the_mixed_corpus_panics_or_hangs() {
    let Some(shared) = shared("hostile/mixed") else { return };
    for dir in files(&shared) {
        for path in files(&dir) {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            match read_all(&path) {
                Ok(out) => {
                    let said: Vec<String> =
                        out.limitations.iter().map(|l| format!("{:?}: {}", l.kind, l.detail.en)).collect();
                    println!(
                        "{name}: manifest {:?} dex {:?}: {}",
                        out.manifest.map(|m| m.len()),
                        out.dex.map(|d| d.len()),
                        said.join(" | ")
                    );
                }
                Err(why) => println!("{name}: refused: {why}"),
            }
        }
    }
}

#[test]
fn real_packages_show_few_oddities() {
    let Some(shared) = shared("apks/files") else { return };
    let mut counts = std::collections::BTreeMap::<String, Vec<String>>::new();
    for path in files(&shared) {
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        match read_all(&path) {
            Ok(out) => {
                for l in out.limitations {
                    let text: String = l.detail.en.chars().filter(|c| !c.is_ascii_digit()).collect();
                    counts
                        .entry(format!("{:?} {:?} {text}", l.kind, l.hides))
                        .or_default()
                        .push(format!("{:?}", l.at));
                }
            }
            Err(why) => println!("{name}: refused: {why}"),
        }
    }
    for (what, at) in counts {
        println!("{:6} {what}: {:?}", at.len(), &at[..at.len().min(3)]);
    }
}
