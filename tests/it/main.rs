//! One integration binary: fewer links, shared builders.

#[path = "../common/mod.rs"]
mod common;

mod axml;
mod dex;
mod layering;
mod signatures;
