//! Coverage-guided run of the target of this name.
#![no_main]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::runtime_lists(data));
