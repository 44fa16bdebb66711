//! Where the bytes of an archive come from: memory, a map, or ranged reads of a remote object.
//! The zip reader asks for ranges only, so a remote package need not be fetched whole.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

/// A byte sequence of known length that can be read in ranges.
pub trait Source: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// The bytes at `offset`, at most `len` of them: fewer when the sequence ends before, none past its end.
    /// Sources in memory lend; remote ones return what they fetched.
    fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>>;

    /// Tells which ranges will be read soon, so that a remote source can fetch them together. A hint: what is
    /// read need not have been announced.
    fn announce(&self, _ranges: &[Range<u64>]) {}

    /// What of the `len` bytes at `offset` is at hand without a request; none where the first byte is not.
    fn ready(&self, offset: u64, len: usize) -> Option<Cow<'_, [u8]>> {
        self.read(offset, len).ok()
    }

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>> {
        Ok(Cow::Borrowed(clipped(self, offset, len)))
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>> {
        Ok(Cow::Borrowed(clipped(self, offset, len)))
    }
}

/// The part of `data` that starts at `offset` and holds at most `len` bytes.
pub fn clipped(data: &[u8], offset: u64, len: usize) -> &[u8] {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(data.len());
    let end = start.saturating_add(len).min(data.len());
    data.get(start..end).unwrap_or_default()
}
