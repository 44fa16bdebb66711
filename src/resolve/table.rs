//! A sorted text -> SDKs table in bytes: written by `build.rs` or at run time, looked up where it lies, so that opening
//! one costs nothing. Layout: count, the end of each record, records of key length, key, and hits of five bytes.

use super::spelling::{Hits, SdkIndex, Spelling};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of one hit: the SDK's index and how it is spelt.
const HIT: usize = 5;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Table {
    bytes: Cow<'static, [u8]>,
}

impl Table {
    /// The table of these entries. A key longer than 64 KiB names nothing and is left out.
    pub fn new(entries: &BTreeMap<String, Hits>) -> Table {
        let (mut ends, mut records) = (Vec::new(), Vec::new());
        for (key, hits) in entries {
            let Ok(length) = u16::try_from(key.len()) else { continue };
            records.extend(length.to_le_bytes());
            records.extend(key.as_bytes());
            for (sdk, spelling) in hits {
                records.extend(u32::try_from(*sdk).unwrap_or(u32::MAX).to_le_bytes());
                records.push(*spelling as u8);
            }
            ends.push(u32::try_from(records.len()).unwrap_or(u32::MAX));
        }
        let count = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        let mut bytes = count.to_le_bytes().to_vec();
        ends.iter().for_each(|end| bytes.extend(end.to_le_bytes()));
        bytes.append(&mut records);
        Table { bytes: Cow::Owned(bytes) }
    }

    /// All tables in one block.
    #[allow(dead_code)] // `build.rs` calls it, and a test here.
    pub fn pack(tables: &[Table]) -> Vec<u8> {
        let mut out = Vec::new();
        for table in tables {
            out.extend(u32::try_from(table.bytes.len()).unwrap_or(0).to_le_bytes());
            out.extend_from_slice(&table.bytes);
        }
        out
    }

    /// The next table of a block written by [`Table::pack`], which moves on behind it.
    pub fn unpack(block: &mut &'static [u8]) -> Option<Table> {
        let length = number(block, 0)?;
        let rest = block.get(4..)?;
        let (bytes, rest) = rest.split_at_checked(length)?;
        *block = rest;
        Some(Table { bytes: Cow::Borrowed(bytes) })
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        number(&self.bytes, 0).unwrap_or(0)
    }

    /// The record at `index`: its key and its hits, as bytes.
    fn record(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let start = match index.checked_sub(1) {
            Some(before) => number(&self.bytes, 4 + 4 * before)?,
            None => 0,
        };
        let end = number(&self.bytes, 4 + 4 * index)?;
        let base = 4 + 4 * self.len();
        let record = self.bytes.get(base + start..base + end)?;
        let length = usize::from(u16::from_le_bytes(record.get(..2)?.try_into().ok()?));
        record.get(2..)?.split_at_checked(length)
    }

    /// The key at `index`; keys are sorted.
    pub fn key(&self, index: usize) -> &str {
        std::str::from_utf8(self.key_bytes(index)).unwrap_or("")
    }

    /// [`Table::key`] unchecked: a search compares many.
    pub fn key_bytes(&self, index: usize) -> &[u8] {
        self.record(index).map_or(&[], |(key, _)| key)
    }

    /// The SDKs of the key at `index`.
    pub fn hits(&self, index: usize) -> Hits {
        let bytes = self.record(index).map_or(&[][..], |(_, hits)| hits);
        let hit = |hit: &[u8]| Some((number(hit, 0)?, Spelling::of(*hit.get(4)?)));
        bytes.chunks_exact(HIT).filter_map(hit).collect()
    }

    /// Where a key stands.
    pub fn find(&self, key: &str) -> Option<usize> {
        let at = self.first(0..self.len(), |own| own.cmp(key.as_bytes()));
        (at < self.len() && self.key_bytes(at) == key.as_bytes()).then_some(at)
    }

    /// The SDKs of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<Hits> {
        self.find(key).map(|at| self.hits(at))
    }

    /// The SDKs of a key, without how they are spelt.
    pub fn sdks(&self, key: &str) -> Option<Vec<SdkIndex>> {
        self.get(key).map(|hits| hits.into_iter().map(|(sdk, _)| sdk).collect())
    }

    /// Indices of the keys within `range` that begin with `prefix`.
    pub fn starting(&self, range: Range<usize>, prefix: &str) -> Range<usize> {
        let head = |own: &[u8]| own.get(..prefix.len()).unwrap_or(own).cmp(prefix.as_bytes());
        let start = self.first(range.clone(), head);
        let end = self.first(start..range.end, |own| match head(own) {
            Ordering::Equal => Ordering::Less,
            other => other,
        });
        start..end
    }

    /// The first index in `range` whose key is not less, by `order`.
    fn first(&self, range: Range<usize>, order: impl Fn(&[u8]) -> Ordering) -> usize {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if order(self.key_bytes(middle)) == Ordering::Less {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_prefixes_are_found() {
        let words = ["com", "com.a", "com.a.b", "com.ab", "甲", "甲乙"];
        let entries = words.iter().enumerate().map(|(i, w)| ((*w).to_owned(), vec![(i, Spelling::Alias)]));
        let table = Table::new(&entries.collect());
        assert_eq!(table.len(), words.len());
        for (i, word) in words.iter().enumerate() {
            assert_eq!(table.get(word), Some(vec![(i, Spelling::Alias)]), "{word}");
        }
        assert_eq!(table.get("co"), None);
        assert_eq!(table.get("zz"), None);
        assert_eq!(table.starting(0..6, "com.a"), 1..4);
        assert_eq!(table.starting(0..6, "甲"), 4..6);
        assert!(table.starting(0..6, "x").is_empty());
        assert_eq!(Table::default().get("com"), None);
    }

    #[test]
    fn a_block_of_any_length_is_read_without_panic() {
        let entries = BTreeMap::from([("甲".to_owned(), vec![(7, Spelling::Name)])]);
        let block: &'static [u8] = Table::pack(&[Table::new(&entries), Table::default()]).leak();
        for end in 0..=block.len() {
            let mut rest = block.get(..end).unwrap_or(&[]);
            let table = Table::unpack(&mut rest);
            assert_eq!(table.is_some(), end >= block.len() - 4, "{end}");
        }
        let broken = Table { bytes: Cow::Borrowed(&[255; 40]) };
        assert_eq!((broken.get("甲"), broken.key(9), broken.hits(3)), (None, "", Vec::new()));
    }
}
