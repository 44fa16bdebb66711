//! Mutates the entries of real packages in memory and reads them: counts inputs, panics and slow ones.
//!
//! Usage: `cargo run --release --example mutate -- DIRECTORY [INPUTS] [SEED]`
#![allow(clippy::print_stderr)]

use rayon::prelude::*;
use sdkaudit::behaviour::Walk;
use sdkaudit::format::{arsc, axml, classfile, dex, elf, proto_table, proto_xml, text_xml};
use sdkaudit::inventory::{self, Options};
use sdkaudit::limits::{Deadline, Limits};
use sdkaudit::location::EntryPath;
use sdkaudit::package::{Buffer, Package, Role};
use std::io::Write as _;
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
        let mut random =
            Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(0xd134_2543_de82_ef95) | 1);
        let Some((name, kind, data)) = corpus.get(random.below(corpus.len())) else { return };
        bytes.clear();
        bytes.extend_from_slice(data);
        mutate(bytes, *kind, &mut random);
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| read(*kind, bytes))).is_err() {
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

fn mutate(bytes: &mut Vec<u8>, kind: Kind, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    for _ in 0..1 + random.below(8) {
        // Headers and tables matter most: half of the hits go to the first 1 KiB.
        let reach = if random.below(2) == 0 { bytes.len().min(1024) } else { bytes.len() };
        let at = random.below(reach);
        match random.below(7) {
            0 => set(bytes, at, random.next() as u8),
            1 => set(bytes, at, [0, 1, 0x7f, 0x80, 0xff][random.below(5)]),
            2 => {
                let value =
                    [0u32, 1, 0x7fff_ffff, u32::MAX, 0x8000_0000, bytes.len() as u32][random.below(6)];
                let at = at & !3;
                value.to_le_bytes().iter().enumerate().for_each(|(i, b)| set(bytes, at + i, *b));
            }
            3 => {
                // One place of the file copied over another: plausible values in the wrong slots.
                let (from, len) = (random.below(bytes.len()), 1 + random.below(32));
                let piece: Vec<u8> = bytes.iter().skip(from).take(len).copied().collect();
                piece.iter().enumerate().for_each(|(i, b)| set(bytes, at + i, *b));
            }
            4 => {
                let small = (random.below(64) as u32).to_le_bytes();
                small.iter().enumerate().for_each(|(i, b)| set(bytes, (at & !3) + i, *b));
            }
            5 if random.below(4) == 0 => bytes.truncate(at),
            _ => {
                let flipped = bytes.get(at).copied().unwrap_or(0) ^ 1 << random.below(8);
                set(bytes, at, flipped);
            }
        }
    }
    // A broken magic is found out at once and tests nothing.
    match kind {
        Kind::Dex if random.below(50) > 0 => {
            b"dex\n035\0".iter().enumerate().for_each(|(i, b)| set(bytes, i, *b))
        }
        Kind::Elf if random.below(50) > 0 => {
            b"\x7fELF".iter().enumerate().for_each(|(i, b)| set(bytes, i, *b))
        }
        Kind::Class => [0xca, 0xfe, 0xba, 0xbe].iter().enumerate().for_each(|(i, b)| set(bytes, i, *b)),
        _ => {}
    }
}

fn set(bytes: &mut [u8], at: usize, value: u8) {
    if let Some(slot) = bytes.get_mut(at) {
        *slot = value;
    }
}

fn read(kind: Kind, data: &[u8]) {
    match kind {
        Kind::Dex => {
            for file in dex::Dex::parse_all(data).into_iter().flatten() {
                let _ = file.trailing_bytes();
                Walk::dex(&file, &EntryPath::root("x"), &Deadline::never());
                for class in file.class_defs().flatten() {
                    let _ = file.static_values(&class).map(Iterator::count);
                    let members = file.class_data(&class).ok().flatten();
                    let _ = members.map(|m| m.static_fields().take(65_536).count());
                }
            }
            inventory_of("classes.dex", data);
        }
        Kind::Axml => {
            axml::read(data, |_| {});
            inventory_of("AndroidManifest.xml", data);
        }
        Kind::Arsc => {
            let table = arsc::Table::parse(data);
            for i in 0..64u32 {
                let _ = table.values(0x7f01_0000 + (i << 13)).count();
            }
        }
        Kind::Elf => drop(elf::read(data)),
        Kind::Class => drop(classfile::read(data)),
        Kind::Protobuf => {
            proto_table::ProtoTable::parse(data);
            proto_xml::read(data, |_| {});
        }
        Kind::Text => {
            text_xml::read(data, |_| {});
            text_xml::strings(data);
        }
        Kind::Package => {
            if let Ok(package) = Package::from_bytes("m.apk", data.to_vec(), &Limits::default()) {
                inventory::read(&package, &Options { elf: true, behaviour: true, ..Options::default() });
            }
        }
    }
}

/// The inventory of a package that holds this one entry.
fn inventory_of(name: &str, data: &[u8]) {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::with_capacity(data.len() + 256)));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    if zip.start_file(name, stored).is_ok()
        && zip.write_all(data).is_ok()
        && let Ok(bytes) = zip.finish()
        && let Ok(package) = Package::from_bytes("m.apk", bytes.into_inner(), &Limits::default())
    {
        inventory::read(&package, &Options { hashes: false, ..Options::default() });
    }
}

/// xorshift64*: small, fast, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() >> 33) as usize % n }
    }
}
