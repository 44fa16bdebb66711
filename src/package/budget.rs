//! What is left of the limits while a package is read, shared by all workers on it.

use crate::format::zip::Ceiling;
use crate::limits::{Deadline, Limits};
use std::sync::atomic::{AtomicU64, Ordering};

/// Limits of one audit and what of them is spent.
pub struct Budget {
    /// The ceilings.
    pub limits: Limits,
    /// When work stops.
    pub deadline: Deadline,
    spent: AtomicU64,
}

impl Budget {
    /// A fresh budget; its deadline starts now.
    pub fn new(limits: &Limits) -> Budget {
        Budget { limits: limits.clone(), deadline: Deadline::start(limits), spent: AtomicU64::new(0) }
    }

    /// What the next entry may cost; `None` when time is up.
    pub fn ceiling(&self) -> Option<Ceiling> {
        let left = self.limits.max_total_bytes.saturating_sub(self.spent.load(Ordering::Relaxed));
        (!self.deadline.passed())
            .then_some(Ceiling { bytes: self.limits.max_entry_bytes.min(left), deadline: self.deadline })
    }

    /// Counts content bytes that were produced.
    pub fn spend(&self, bytes: usize) {
        self.spent.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
