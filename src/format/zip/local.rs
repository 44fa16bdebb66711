//! Where the data of an entry starts: by its local header where that is sound, else by other means.
//! The directory is trusted over the local header, as in Android (libziparchive `FindEntry`).

use super::directory::{LOCAL, LOCAL_LEN};
use super::source::Source;
use super::trick::Trick;
use super::{Archive, Entry};
use crate::bytes::{u16_at, u32_at};
use memchr::memmem;
use std::sync::atomic::Ordering;

/// Searches of the whole file for lost local headers, per archive.
const MAX_HUNTS: usize = 64;

/// Where the data of an entry starts, and what its local header says against the directory.
pub struct Place {
    /// Offset of the first data byte.
    pub start: u64,
    /// What was odd.
    pub tricks: Vec<Trick>,
}

impl Place {
    /// Whether the local header is missing or another entry's: the data may stand elsewhere.
    pub fn doubtful(&self) -> bool {
        self.tricks.iter().any(|t| matches!(t, Trick::NoLocalHeader | Trick::LocalName))
    }
}

impl Archive {
    /// Where the directory says the data of `entry` is.
    pub(super) fn place(&self, source: &dyn Source, entry: &Entry) -> Result<Place, Trick> {
        let mut tricks = Vec::new();
        let nominal = entry.offset.saturating_add(LOCAL_LEN as u64).saturating_add(u64::from(entry.name_len));
        if nominal > source.len() {
            // The offset lies, or the file ends before: the search may still find it.
            return Ok(Place { start: source.len(), tricks: vec![Trick::NoLocalHeader] });
        }
        let head = source
            .read(entry.offset, LOCAL_LEN + usize::from(entry.name_len))
            .map_err(|e| Trick::Unreadable(e.to_string()))?;
        let field = |at| u16_at(&head, at).unwrap_or(0);
        let name_len = field(26);
        let stated = entry.offset + LOCAL_LEN as u64 + u64::from(name_len) + u64::from(field(28));
        if !head.starts_with(&LOCAL) {
            tricks.push(Trick::NoLocalHeader);
            // Only the signature may have been blanked: the lengths then still hold.
            let intact = name_len == entry.name_len && stated <= source.len();
            return Ok(Place { start: if intact { stated } else { nominal }, tricks });
        }
        if name_len != entry.name_len || !self.is_name_of(entry, head.get(LOCAL_LEN..).unwrap_or_default()) {
            tricks.push(Trick::LocalName);
        }
        if field(8) != entry.method {
            tricks.push(Trick::LocalMethod);
        }
        let claims = [(14, u64::from(entry.crc32)), (18, entry.packed), (22, entry.size)];
        let differs = claims.iter().any(|(at, listed)| {
            u32_at(&head, *at).is_ok_and(|local| local != u32::MAX && u64::from(local) != *listed)
        });
        // With bit 3 set the local fields are zero and a data descriptor follows (APPNOTE 4.4.4).
        if differs && field(6) & 8 == 0 {
            tricks.push(Trick::LocalSizes);
        }
        if stated > source.len() {
            tricks.push(Trick::NoLocalHeader);
            return Ok(Place { start: nominal, tricks });
        }
        Ok(Place { start: stated, tricks })
    }

    /// Other places where the data of `entry` may start: behind local headers that carry its name.
    pub(super) fn hunt(&self, source: &dyn Source, entry: &Entry) -> Vec<u64> {
        let name = self.name(entry).as_bytes();
        if name.is_empty() || self.hunts.fetch_add(1, Ordering::Relaxed) >= MAX_HUNTS {
            return Vec::new();
        }
        let Ok(all) = source.read(0, usize::try_from(source.len()).unwrap_or(usize::MAX)) else {
            return Vec::new();
        };
        memmem::find_iter(&all, name)
            .filter_map(|at| {
                let start = at.checked_sub(LOCAL_LEN)?;
                let head = all.get(start..at)?;
                let right = head.starts_with(&LOCAL) && u16_at(head, 26).ok()? == entry.name_len;
                let data = at as u64 + u64::from(entry.name_len) + u64::from(u16_at(head, 28).ok()?);
                (right && start as u64 != entry.offset && data <= source.len()).then_some(data)
            })
            .take(4)
            .collect()
    }

    fn is_name_of(&self, entry: &Entry, raw: &[u8]) -> bool {
        // Names that are no UTF-8 were replaced; their raw bytes are not kept to compare.
        raw == self.name(entry).as_bytes() || std::str::from_utf8(raw).is_err()
    }
}
