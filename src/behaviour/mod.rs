//! What code can do: a catalogue of sensitive APIs, and the calls to them found in code.
//!
//! The wording stays static everywhere: "code that can read", never "reads" or "collects".

pub mod catalogue;
mod marks;
pub mod native;
mod walk;

pub use walk::{MAX_USES, Walk};

use crate::location::EntryPath;
use serde::Serialize;

/// Calls from one class to one catalogue entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ApiUse {
    /// Id of the catalogue entry.
    pub api: &'static str,
    /// Binary name of the calling class, with dots: `com.umeng.a.b`; for a native library its file name.
    pub class: String,
    /// A calling method's name, the first found; empty where the class itself is the mark.
    pub method: String,
    /// Call sites in this class.
    pub count: u32,
    /// The dex or library it stands in.
    pub at: EntryPath,
}

impl ApiUse {
    /// The catalogue entry.
    pub fn entry(&self) -> Option<&'static catalogue::Entry> {
        catalogue::get(self.api)
    }
}
