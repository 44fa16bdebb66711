//! Searches in the sorted tables: the format demands that strings stand in order of their UTF-16 units and
//! types in order of their strings, and Android refuses a dex that breaks it.

use super::{Dex, Error};
use crate::bytes::{self, Cursor};
use std::cmp::Ordering;
use std::ops::Range;

impl<'a> Dex<'a> {
    /// At most `limit` bytes of string `id`, up to its NUL. Costs no more than that, however long the string.
    pub fn string_head(&self, id: u32, limit: usize) -> Option<&'a [u8]> {
        let head = self.string_window(id, limit).ok()?;
        Some(head.iter().position(|b| *b == 0).and_then(|end| head.get(..end)).unwrap_or(head))
    }

    /// Id of the string `text` (ASCII).
    pub fn find_string(&self, text: &[u8]) -> Option<u32> {
        let id = self.first_string(text);
        let head = self.string_window(id, text.len() + 1).ok()?;
        (head.strip_prefix(text) == Some(&[0])).then_some(id)
    }

    /// Ids of the strings that begin with `prefix` (ASCII).
    pub fn strings_with_prefix(&self, prefix: &[u8]) -> Range<u32> {
        let first = self.first_string(prefix);
        let mut end = first;
        while self.string_window(end, prefix.len()).is_ok_and(|head| head == prefix) {
            end += 1;
        }
        first..end
    }

    /// Id of the type with this descriptor (ASCII).
    pub fn find_type(&self, descriptor: &[u8]) -> Option<u32> {
        let string = self.find_string(descriptor)?;
        let id = partition(self.type_count(), |id| self.type_string(id).is_none_or(|s| s < string));
        (self.type_string(id) == Some(string)).then_some(id)
    }

    fn type_string(&self, id: u32) -> Option<u32> {
        bytes::u32_at(self.data, self.types.at(id).ok()?).ok()
    }

    /// Id of the first string that does not stand before `text`.
    fn first_string(&self, text: &[u8]) -> u32 {
        partition(self.string_count(), |id| {
            self.string_window(id, text.len() + 1).is_ok_and(|head| order(head, text) == Ordering::Less)
        })
    }

    /// Up to `limit` bytes from the start of string `id`, its NUL and what follows included.
    fn string_window(&self, id: u32, limit: usize) -> Result<&'a [u8], Error> {
        let at = bytes::u32_at(self.data, self.strings.at(id)?)? as usize;
        let mut cursor = Cursor::new(self.data, at);
        cursor.uleb128()?;
        Ok(cursor.take(limit.min(cursor.left()))?)
    }
}

/// First number below `count` for which `before` no longer holds.
fn partition(count: u32, before: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// How the MUTF-8 string at the start of `head` compares with the ASCII `text`; `head` may run past its NUL.
fn order(head: &[u8], text: &[u8]) -> Ordering {
    for (i, wanted) in text.iter().enumerate() {
        match head.get(i) {
            // The end, or U+0000 (C0 80 in MUTF-8), which stands before every other unit.
            None | Some(0 | 0xc0) => return Ordering::Less,
            Some(byte) => match byte.cmp(wanted) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
    if head.get(text.len()) == Some(&0) { Ordering::Equal } else { Ordering::Greater }
}
