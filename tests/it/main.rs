//! One integration binary: fewer links, shared builders.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;

mod axml;
mod behaviour;
mod cli;
mod batch;
mod detect;
mod dex;
mod hidden_code;
mod inventory;
mod inventory_forms;
mod inventory_lists;
mod layering;
mod package;
mod package_hostile;
mod report;
mod samples;
mod signatures;
mod signing;
mod vocabulary;
mod zip;
