//! Typed views over bytes: `&[u8]` in, borrowed items out. Knows no SDK and does no I/O.
//!
//! Every reader is total: any input gives items or errors with offsets, never a panic, a hang or an
//! allocation sized by an unchecked field.
