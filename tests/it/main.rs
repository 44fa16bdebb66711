//! One integration binary: fewer links, shared builders.

mod layering;
mod signatures;
