//! Mutates the entries of real packages in memory and reads them: counts inputs, panics and slow ones.
//!
//! Usage: `cargo run --release --example mutate -- DIRECTORY [INPUTS] [SEED]`
#![allow(clippy::print_stderr)]

#[path = "../common/mutate.rs"]
mod common;
#[path = "../../fuzz/targets.rs"]
mod targets;

use common::{Random, mutate};
use rayon::prelude::*;
use sdkaudit::limits::Limits;
use sdkaudit::package::{Buffer, Package, Role};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is fed to the readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dex,
    Axml,
    Arsc,
    Elf,
    Class,
    Protobuf,
    Text,
    Signature,
    Package,
}

/// A reading that takes longer is reported.
const SLOW: Duration = Duration::from_secs(2);

/// Entries larger than this are cut: a mutation of a small part of them says as much.
const MAX: usize = 256 << 10;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(directory) = arguments.next() else { return eprintln!("a directory of packages is wanted") };
    let inputs: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let seed: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let corpus = corpus(&directory);
    eprintln!("{} seeds from {directory}", corpus.len());
    std::panic::set_hook(Box::new(|_| {}));
    let (panics, slow) = (AtomicU64::new(0), AtomicU64::new(0));
    let worst = Mutex::new((Duration::ZERO, String::new()));
    let started = Instant::now();
    (0..inputs).into_par_iter().for_each_init(Vec::new, |bytes: &mut Vec<u8>, n| {
        let mut random = Random::new(seed, n);
        let Some((name, kind, data)) = corpus.get(random.below(corpus.len())) else { return };
        bytes.clear();
        bytes.extend_from_slice(data);
        mutate(bytes, kind.magic(), &mut random);
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| kind.read(bytes))).is_err() {
            panics.fetch_add(1, Ordering::Relaxed);
            eprintln!("PANIC {kind:?} {name}, input {n} of seed {seed}");
        }
        let took = begun.elapsed();
        if took > SLOW {
            slow.fetch_add(1, Ordering::Relaxed);
            eprintln!("SLOW {took:?} {kind:?} {name}, input {n} of seed {seed}");
        }
        if let Ok(mut worst) = worst.lock()
            && took > worst.0
        {
            *worst = (took, format!("{kind:?} {name}"));
        }
    });
    let worst = worst.lock().map(|w| w.clone()).unwrap_or_default();
    eprintln!(
        "{inputs} mutated inputs in {:?}: {} panics, {} over {SLOW:?}, slowest {:?} ({})",
        started.elapsed(),
        panics.load(Ordering::Relaxed),
        slow.load(Ordering::Relaxed),
        worst.0,
        worst.1,
    );
}

fn corpus(directory: &str) -> Vec<(String, Kind, Vec<u8>)> {
    let mut out = Vec::new();
    let Ok(files) = std::fs::read_dir(directory) else { return out };
    let mut paths: Vec<_> = files.flatten().map(|f| f.path()).filter(|p| p.is_file()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if bytes.len() <= MAX {
            out.push((name.clone(), Kind::Package, bytes));
        }
        let Ok(package) = Package::open(&[path], &Limits::default()) else { continue };
        let mut buffer = Buffer::new();
        for container in package.containers() {
            let mut texts = 0;
            for entry in container.entries() {
                let kind = match entry.role() {
                    Role::Dex { .. } => Kind::Dex,
                    Role::Manifest(_) | Role::ResourceFile if entry.name().ends_with(".xml") => Kind::Axml,
                    Role::Resources => Kind::Arsc,
                    Role::NativeLib => Kind::Elf,
                    Role::Class => Kind::Class,
                    Role::ProtoResources | Role::BuildMetadata => Kind::Protobuf,
                    Role::MetaInf if entry.name().ends_with("SA") => Kind::Signature,
                    _ => Kind::Text,
                };
                if matches!(kind, Kind::Text | Kind::Axml | Kind::Class) {
                    texts += 1;
                    if texts > 12 {
                        continue;
                    }
                }
                if let Ok(content) = entry.read(&mut buffer) {
                    let bytes = content.bytes.get(..content.bytes.len().min(MAX)).unwrap_or_default();
                    out.push((format!("{name}!{}", entry.name()), kind, bytes.to_vec()));
                }
            }
        }
    }
    out
}

impl Kind {
    /// First bytes without which a reader stops at once.
    fn magic(self) -> &'static [u8] {
        match self {
            Kind::Dex => b"dex\n035\0",
            Kind::Elf => b"\x7fELF",
            Kind::Class => b"\xca\xfe\xba\xbe",
            _ => b"",
        }
    }

    fn read(self, data: &[u8]) {
        match self {
            Kind::Dex => targets::dex(data),
            Kind::Axml => targets::axml(data),
            Kind::Arsc => targets::arsc(data),
            Kind::Elf => targets::elf(data),
            Kind::Class => targets::classfile(data),
            Kind::Protobuf => {
                targets::proto_table(data);
                targets::proto_xml(data);
                targets::dependencies(data);
            }
            Kind::Text => {
                targets::text_xml(data);
                targets::runtime_lists(data);
            }
            Kind::Signature => targets::signing(data),
            Kind::Package => {
                targets::zip(data);
                targets::package(data);
            }
        }
    }
}
