//! One integration binary: fewer links, shared builders.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../fuzz/targets.rs"]
mod targets;

mod axml;
mod batch;
#[cfg(feature = "object-store")]
mod batch_objects;
mod behaviour;
mod book;
mod browser;
mod cli;
mod detect;
mod dex;
#[cfg(feature = "fetch")]
mod fetch;
mod hidden_code;
mod inventory;
mod inventory_forms;
mod inventory_lists;
mod docs;
mod draft;
mod draft_layouts;
mod fuzz;
mod intake;
mod layering;
mod limitations;
mod oddities;
mod package;
mod package_hostile;
mod pdf;
mod permission_layouts;
mod policy_layouts;
mod policy_sentences;
mod report;
mod rule_pages;
mod rule_precision;
mod samples;
mod schema;
mod settings;
mod signatures;
mod signing;
mod splits;
mod vocabulary;
mod zip;
