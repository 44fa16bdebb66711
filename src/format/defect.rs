//! What a reader noticed while it went on: a broken or odd place, to become a `Limitation`.

use crate::lang::Text;
use crate::limitation::LimitationKind;

/// One broken or odd place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// What sort of place.
    pub kind: LimitationKind,
    /// Byte offset from the start of the file, where one is known.
    pub at: usize,
    /// One sentence for people, without the file's name.
    pub what: Text,
    /// Items after it were lost (else the reading is complete).
    pub loses: bool,
}

impl Defect {
    /// A place from which on items are lost.
    pub fn loss(kind: LimitationKind, at: usize, zh: impl Into<String>, en: impl Into<String>) -> Defect {
        Defect { kind, at, what: Text::new(zh, en), loses: true }
    }

    /// An oddity that lost nothing.
    pub fn note(kind: LimitationKind, at: usize, zh: impl Into<String>, en: impl Into<String>) -> Defect {
        Defect { kind, at, what: Text::new(zh, en), loses: false }
    }
}
