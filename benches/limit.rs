//! The floor: maps a package, inflates its manifest and dex files with the fastest inflater known, and
//! touches nothing else. Every speed figure of this project is a ratio to it, taken in one run.
//!
//! `cargo run --release --example limit -- FILE…` prints one line per file: milliseconds, inflated bytes.
//! `--repeat N` does each file N times and prints the fastest.
//!
//! It reads the central directory with its own few lines, so that a change to the tool's reader cannot
//! move the floor; it trusts its input and belongs to benchmarks alone.

use std::fs::File;
use std::time::Instant;

struct Entry {
    method: usize,
    packed: usize,
    size: usize,
    at: usize,
}

fn number<const N: usize>(data: &[u8], at: usize) -> usize {
    data[at..at + N].iter().rev().fold(0, |n, b| n << 8 | usize::from(*b))
}

/// Manifest and dex entries of a well-formed zip without zip64.
fn entries(data: &[u8]) -> Vec<Entry> {
    let end = data.windows(4).rposition(|w| w == b"PK\x05\x06").expect("an end record");
    let (count, mut at) = (number::<2>(data, end + 10), number::<4>(data, end + 16));
    let mut out = Vec::new();
    for _ in 0..count {
        let name = &data[at + 46..at + 46 + number::<2>(data, at + 28)];
        if name == b"AndroidManifest.xml" || name.ends_with(b".dex") {
            let local = number::<4>(data, at + 42);
            out.push(Entry {
                method: number::<2>(data, at + 10),
                packed: number::<4>(data, at + 20),
                size: number::<4>(data, at + 24),
                at: local + 30 + number::<2>(data, local + 26) + number::<2>(data, local + 28),
            });
        }
        at += 46 + name.len() + number::<2>(data, at + 30) + number::<2>(data, at + 32);
    }
    out
}

fn inflate(path: &str) -> usize {
    let file = File::open(path).expect("a readable file");
    #[allow(unsafe_code)]
    // SAFETY: a benchmark's own input; nobody writes to it meanwhile.
    let data = unsafe { memmap2::Mmap::map(&file) }.expect("a mapped file");
    let mut inflater = libdeflater::Decompressor::new();
    let mut buffer = Vec::new();
    let mut bytes = 0;
    for entry in entries(&data) {
        let packed = &data[entry.at..entry.at + entry.packed];
        buffer.resize(entry.size.max(buffer.len()), 0);
        if entry.method == 8 {
            inflater.deflate_decompress(packed, &mut buffer[..entry.size]).expect("a deflate stream");
        }
        bytes += entry.size;
    }
    bytes
}

#[allow(clippy::print_stdout)]
fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut repeat = 1;
    if arguments.first().is_some_and(|a| a == "--repeat") {
        repeat = arguments[1].parse().expect("--repeat N");
        arguments.drain(..2);
    }
    for path in arguments {
        let runs = (0..repeat).map(|_| {
            let start = Instant::now();
            (inflate(&path), start.elapsed())
        });
        let (bytes, fastest) = runs.min_by_key(|(_, t)| *t).expect("at least one run");
        println!("{:9.3} ms  {bytes:>10} bytes  {path}", fastest.as_secs_f64() * 1e3);
    }
}
