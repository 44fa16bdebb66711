//! Builders of fixtures: every file a test reads is made in the test, by code we can read.
#![allow(dead_code)]

pub mod apk;
pub mod arsc;
pub mod axml;
pub mod cli;
pub mod dex;
pub mod json_schema;
pub mod mutate;
pub mod pdf;
pub mod proto;
pub mod samples;
pub mod server;
pub mod temp;
pub mod zip;

use std::path::{Path, PathBuf};

/// Directory `name` of the corpus beside the project (or under `SDKAUDIT_SHARED`); tells when it is absent.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SDKAUDIT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let dir = root.join(name);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: {} is not here", dir.display());
    None
}
