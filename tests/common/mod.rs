//! Builders of fixtures: every file a test reads is made in the test, by code we can read.
#![allow(dead_code)]

pub mod axml;
pub mod dex;
