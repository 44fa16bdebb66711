//! PDF (ISO 32000-1) -> the text layer of its pages: characters with their places, ruled lines, links.
//!
//! An own reader: the crates that give places recurse on their input, inflate without a ceiling or bring a hundred others.

mod object;
mod filter;
mod cipher;
mod crypt;
mod file;
mod cmap;
mod glyph_names;
mod truetype;
mod font;
mod content;
mod page;

pub use content::{Glyph, Rule};
pub use page::{Document, Link, Page};
