//! What could not be seen, and why. Limitations travel to every report; none is dropped.

use crate::lang::Text;
use crate::location::Location;
use serde::Serialize;

/// Why something could not be seen. One page section per kind in `docs/limitations.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LimitationKind {
    /// Bytes that break their format.
    Malformed,
    /// Data that ends too early.
    Truncated,
    /// A format or version this tool does not read.
    Unsupported,
    /// A package trick that Android tolerates and that blinds other readers.
    Tampered,
    /// Code hidden by a packer: what is absent from the dex files proves nothing.
    Packed,
    /// Most package names are renamed: prefixes can only find what kept its name.
    Obfuscated,
    /// Code is loaded or replaced at run time.
    DynamicCode,
    /// A ceiling of `Limits` was hit.
    LimitReached,
    /// An input could not be opened or fetched.
    Unreadable,
    /// The policy points to a list that was not given.
    Elsewhere,
    /// A part of a split set was not given.
    MissingPart,
}

/// Which kind of input a limitation hides from the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hidden {
    /// Manifest: permissions and components.
    Manifest,
    /// Dex code: classes.
    Code,
    /// Instructions: what code can do. The names of classes are seen all the same.
    Behaviour,
    /// Native libraries.
    Native,
    /// Policy text or the list it points to.
    Policy,
}

/// One thing that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Limitation {
    /// Why.
    pub kind: LimitationKind,
    /// Where.
    pub at: Location,
    /// What the audit cannot see because of it; `None` is a note that leaves the audit complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hides: Option<Hidden>,
    /// One sentence for people.
    pub detail: Text,
}
