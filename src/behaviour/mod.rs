//! What code can do: a catalogue of sensitive APIs, and the calls to them found in code.
//!
//! The wording stays static everywhere: "code that can read", never "reads" or "collects".

use crate::location::EntryPath;
use serde::Serialize;

/// Calls from one class to one catalogue entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ApiUse {
    /// Id of the catalogue entry.
    pub api: &'static str,
    /// Binary name of the calling class, with dots: `com.umeng.a.b`.
    pub class: String,
    /// A calling method's name, the first found.
    pub method: String,
    /// Call sites in this class.
    pub count: u32,
    /// The dex or library it stands in.
    pub at: EntryPath,
}
