//! All ceilings in one place, and the only clock: the per-audit deadline.

use serde::Serialize;
use std::time::{Duration, Instant};

/// What one audit may cost. Every limit that is hit becomes a `Limitation`, never a silent cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Entries read from one zip central directory.
    pub max_entries: usize,
    /// Inflated bytes of one entry.
    pub max_entry_bytes: u64,
    /// Inflated bytes of all entries of one package together.
    pub max_total_bytes: u64,
    /// Packages inside packages: levels opened.
    pub max_depth: usize,
    /// Packages inside packages: how many in all.
    pub max_nested: usize,
    /// Bytes of one policy document, before and after decoding.
    pub max_document_bytes: u64,
    /// Wall time of one audit; `None` is no deadline.
    pub max_time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_entries: 200_000,
            max_entry_bytes: 512 << 20,
            max_total_bytes: 2 << 30,
            max_depth: 4,
            max_nested: 512,
            max_document_bytes: 64 << 20,
            max_time: Some(Duration::from_secs(60)),
        }
    }
}

/// A point in time after which work stops and says so.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline that `limits` gives work that starts now.
    pub fn start(limits: &Limits) -> Deadline {
        Deadline(limits.max_time.and_then(|t| Instant::now().checked_add(t)))
    }

    /// No deadline at all.
    pub fn never() -> Deadline {
        Deadline(None)
    }

    /// Whether time is up.
    pub fn passed(&self) -> bool {
        self.0.is_some_and(|at| Instant::now() >= at)
    }
}
