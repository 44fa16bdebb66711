//! Checks `sdk-signatures/` and packs it, with the lookups over its names, into blobs that the library embeds; checks `data/behaviour/` and
//! writes it as static tables.
//!
//! A record that does not parse stops the build with its file and line; `signatures lint` checks the rest.

#![allow(dead_code, missing_docs, unused_imports, clippy::print_stdout, clippy::print_stderr)]

#[path = "build/behaviour.rs"]
mod behaviour;
#[path = "src/evidence.rs"]
mod evidence;
#[path = "src/location.rs"]
mod location;
#[path = "src/signature/blob.rs"]
mod blob;
#[path = "src/signature/file.rs"]
mod file;
#[path = "src/fold/mod.rs"]
mod fold;
#[path = "src/resolve/hints.rs"]
mod hints;
#[path = "src/signature/model.rs"]
mod model;
#[path = "src/resolve/pinyin.rs"]
mod pinyin;
#[path = "src/resolve/spelling.rs"]
mod spelling;
#[path = "src/resolve/table.rs"]
mod table;

/// Where the library has these.
mod signature {
    pub use crate::model::{Level, Sdk};
}

use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn collect(directory: &Path, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            out.push(path);
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=sdk-signatures");
    println!("cargo::rerun-if-changed=data/behaviour");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    for shared in [
        "evidence.rs",
        "fold",
        "location.rs",
        "resolve/hints.rs",
        "resolve/hints.tsv",
        "resolve/pinyin.rs",
        "resolve/pinyin.txt",
        "resolve/spelling.rs",
        "resolve/table.rs",
        "signature/blob.rs",
        "signature/file.rs",
        "signature/model.rs",
    ] {
        println!("cargo::rerun-if-changed=src/{shared}");
    }
    match pack().and_then(|()| catalogue()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={problem}");
            }
            ExitCode::FAILURE
        }
    }
}

fn out_dir() -> Result<PathBuf, Vec<String>> {
    std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| vec!["OUT_DIR is not set".to_owned()])
}

fn catalogue() -> Result<(), Vec<String>> {
    behaviour::generate(Path::new("data/behaviour"), &out_dir()?)
}

fn pack() -> Result<(), Vec<String>> {
    let io = |e: std::io::Error| vec![e.to_string()];
    let mut paths = Vec::new();
    collect(Path::new("sdk-signatures"), &mut paths).map_err(io)?;
    let mut sdks = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(io)?;
        let shown = path.to_string_lossy();
        let (file, found) = file::parse(&shown, &text);
        problems.extend(found.iter().map(ToString::to_string));
        let Some(file) = file else { continue };
        if path.file_stem().is_none_or(|stem| stem != file.sdk.id.as_str()) {
            problems.push(format!("{shown}:1: the id `{}` is not the name of the file", file.sdk.id));
        }
        sdks.push(file.sdk);
    }
    sdks.sort_by(|a, b| a.id.cmp(&b.id));
    for pair in sdks.windows(2) {
        if let [a, b] = pair
            && a.id == b.id
        {
            problems.push(format!("sdk-signatures: two files have the id `{}`", a.id));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let tables = spelling::Tables::new(&sdks).pack();
    std::fs::write(out_dir()?.join("spellings.blob"), tables).map_err(io)?;
    let signatures = blob::encode(&sdks);
    std::fs::write(out_dir()?.join("signatures.sha256"), Sha256::digest(&signatures)).map_err(io)?;
    std::fs::write(out_dir()?.join("signatures.blob"), signatures).map_err(io)
}
