//! Where something was seen: inside a package, or in a policy's text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Path of an entry through nested containers, printed with `!`: `store.xapk!base.apk!classes2.dex`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryPath(String);

impl EntryPath {
    /// Path of an outermost package or file, by its file name.
    pub fn root(name: impl Into<String>) -> EntryPath {
        EntryPath(name.into())
    }

    /// Path of `entry` inside the container at `self`.
    pub fn join(&self, entry: &str) -> EntryPath {
        EntryPath(format!("{}!{entry}", self.0))
    }

    /// The printed form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The innermost step: the entry's own path in its container.
    pub fn entry(&self) -> &str {
        self.0.rsplit_once('!').map_or(self.0.as_str(), |(_, e)| e)
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Index of a document in `Policy::documents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub u32);

/// Half-open byte range in a document's decoded text (`Document::text`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// `start..end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether both share a byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The text of the span; empty when it does not lie on character boundaries of `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// Where something was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Location {
    /// In a package: an entry, and the class, component, key or permission in it.
    Entry {
        /// Entry path through nested containers.
        path: EntryPath,
        /// Name of the thing inside the entry.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<String>,
    },
    /// In a policy document.
    Text {
        /// Which document.
        document: DocumentId,
        /// Which bytes of its decoded text.
        span: Span,
    },
}

impl Location {
    /// An entry as a whole.
    pub fn entry(path: &EntryPath) -> Location {
        Location::Entry { path: path.clone(), item: None }
    }

    /// A named thing inside an entry.
    pub fn item(path: &EntryPath, item: impl Into<String>) -> Location {
        Location::Entry { path: path.clone(), item: Some(item.into()) }
    }
}
