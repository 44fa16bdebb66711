//! Typed views over bytes: `&[u8]` in, borrowed items out. Knows no SDK and does no I/O.
//!
//! Every reader is total: any input gives items or errors with offsets, never a panic, a hang or an
//! allocation sized by an unchecked field.

pub mod any_xml;
pub mod arsc;
pub mod axml;
pub mod classfile;
pub mod defect;
pub mod dex;
pub mod elf;
pub mod mutf8;
pub mod pdf;
pub mod proto_table;
pub mod proto_xml;
pub mod protobuf;
pub mod signing;
pub mod strings;
pub mod text_xml;
pub mod xml;
pub mod zip;
