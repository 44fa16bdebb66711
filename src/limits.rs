//! All ceilings in one place, and the only clock: the per-audit deadline.

use serde::Serialize;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
    /// Wall time of fetching one policy document from its address.
    pub max_fetch_time: Duration,
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
            max_fetch_time: Duration::from_secs(30),
            max_time: Some(Duration::from_secs(60)),
        }
    }
}

impl Limits {
    /// Takes a ceiling written as `NAME=VALUE`: `entry-bytes=1G`. Names are `entries`, `entry-bytes`, `total-bytes`,
    /// `depth`, `nested`, `document-bytes`; values whole numbers, with `K`, `M` or `G` for powers of 1024.
    /// The error says in English what is wrong; nothing is changed then.
    pub fn set(&mut self, setting: &str) -> Result<(), String> {
        let (name, text) = setting.split_once('=').ok_or("expected NAME=VALUE, such as entry-bytes=1G")?;
        let (digits, shift) = match text.as_bytes().last() {
            Some(b'K' | b'k') => (text.get(..text.len() - 1), 10),
            Some(b'M' | b'm') => (text.get(..text.len() - 1), 20),
            Some(b'G' | b'g') => (text.get(..text.len() - 1), 30),
            _ => (Some(text), 0),
        };
        let number = digits.and_then(|d| d.parse::<u64>().ok()).and_then(|n| n.checked_mul(1 << shift));
        let value = number.ok_or_else(|| format!("`{text}` is no whole number"))?;
        let count = usize::try_from(value).unwrap_or(usize::MAX);
        match name {
            "entries" => self.max_entries = count,
            "entry-bytes" => self.max_entry_bytes = value,
            "total-bytes" => self.max_total_bytes = value,
            "depth" => self.max_depth = count,
            "nested" => self.max_nested = count,
            "document-bytes" => self.max_document_bytes = value,
            _ => {
                return Err(format!(
                    "`{name}` is no limit; there are entries, entry-bytes, total-bytes, depth, nested, document-bytes"
                ));
            }
        }
        Ok(())
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

/// Seconds since 1970-01-01, now.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Today in UTC as an ISO date, for entries that expire.
pub fn today() -> String {
    date_of(now() / 86_400)
}

/// A moment as RFC 3339 in UTC, from seconds since 1970-01-01.
pub fn instant(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{}T{hours:02}:{minutes:02}:{:02}Z", date_of(seconds / 86_400), seconds % 60)
}

/// The Gregorian date of a day counted from 1970-01-01 (the civil-from-days method of H. Hinnant).
fn date_of(days: u64) -> String {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_are_set_by_name() {
        let mut limits = Limits::default();
        for setting in ["entry-bytes=1G", "total-bytes=3m", "depth=2", "nested=0", "entries=10K"] {
            assert_eq!(limits.set(setting), Ok(()), "{setting}");
        }
        let expected = (1 << 30, 3 << 20, 2, 0, 10 << 10, Limits::default().max_document_bytes);
        let got = (
            limits.max_entry_bytes,
            limits.max_total_bytes,
            limits.max_depth,
            limits.max_nested,
            limits.max_entries,
            limits.max_document_bytes,
        );
        assert_eq!(got, expected);
        for setting in ["", "depth", "depth=", "depth=-1", "depth=x", "size=1", "entries=99999999999G"] {
            assert!(limits.set(setting).is_err(), "{setting}");
        }
        assert_eq!(limits.max_depth, 2);
    }

    #[test]
    fn moments_become_rfc_3339() {
        assert_eq!(instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant(951_827_696), "2000-02-29T12:34:56Z");
    }

    #[test]
    fn days_become_dates() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(19_782), "2024-02-29");
        assert_eq!(date_of(20_778), "2026-11-21");
    }
}
