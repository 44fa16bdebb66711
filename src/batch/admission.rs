//! Keeps the packages at work within a memory ceiling.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A ceiling in bytes, shared by all workers.
#[derive(Debug)]
pub struct Admission {
    ceiling: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

/// The right to use some bytes; gives them back when dropped, also when a worker panics.
#[derive(Debug)]
pub struct Permit<'a> {
    admission: &'a Admission,
    bytes: u64,
}

impl Admission {
    /// Admits work of at most `ceiling` bytes at a time.
    pub fn new(ceiling: u64) -> Admission {
        Admission { ceiling, used: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until `bytes` fit. Work that needs more than the whole ceiling is admitted alone.
    pub fn admit(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.ceiling);
        let mut used = self.lock();
        while used.saturating_add(bytes) > self.ceiling && *used > 0 {
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used = used.saturating_add(bytes);
        Permit { admission: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        // A number cannot be left half-written: a poisoned lock is still right.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut used = self.admission.lock();
        *used = used.saturating_sub(self.bytes);
        self.admission.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn the_ceiling_holds_and_a_giant_passes_alone() {
        let admission = Admission::new(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for worker in 0..8u64 {
                let (admission, now, most) = (&admission, &now, &most);
                scope.spawn(move || {
                    for job in 0..50u64 {
                        let need = if (worker + job) % 17 == 0 { 1_000 } else { 10 + (worker * job) % 60 };
                        let _permit = admission.admit(need);
                        let at_work = now.fetch_add(need.min(100), Ordering::SeqCst) + need.min(100);
                        most.fetch_max(at_work, Ordering::SeqCst);
                        now.fetch_sub(need.min(100), Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 100);
        assert_eq!(*admission.lock(), 0);
    }
}
