//! Bytes of a container: a memory map, a buffer, or a range of either; cheap to clone and to lend from.

use crate::format::zip::{Source, clipped};
use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A range of shared, immutable bytes.
#[derive(Clone)]
pub struct Bytes {
    backing: Backing,
    range: Range<usize>,
}

#[derive(Clone)]
enum Backing {
    Map(Arc<memmap2::Mmap>),
    Memory(Arc<Vec<u8>>),
    /// Fetched in ranges on demand.
    Remote(Arc<dyn Source>),
}

impl Bytes {
    /// Maps the file at `path`.
    pub fn open(path: &Path) -> io::Result<Bytes> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if meta.len() == 0 {
            return Ok(Bytes::from(Vec::new()));
        }
        let map = map(&file)?;
        let len = map.len();
        Ok(Bytes { backing: Backing::Map(Arc::new(map)), range: 0..len })
    }

    /// The bytes, where they are at hand: none for a remote source.
    pub fn as_slice(&self) -> Option<&[u8]> {
        let all: &[u8] = match &self.backing {
            Backing::Map(m) => m,
            Backing::Memory(v) => v,
            Backing::Remote(_) => return None,
        };
        all.get(self.range.clone())
    }

    /// The `len` bytes at `offset` of these bytes, without copying or fetching them.
    pub fn range(&self, offset: u64, len: u64) -> Option<Bytes> {
        let start = self.range.start.checked_add(usize::try_from(offset).ok()?)?;
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        (end <= self.range.end).then(|| Bytes { backing: self.backing.clone(), range: start..end })
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        let len = bytes.len();
        Bytes { backing: Backing::Memory(Arc::new(bytes)), range: 0..len }
    }
}

impl From<Arc<dyn Source>> for Bytes {
    fn from(source: Arc<dyn Source>) -> Bytes {
        let len = usize::try_from(source.len()).unwrap_or(usize::MAX);
        Bytes { backing: Backing::Remote(source), range: 0..len }
    }
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        self.range.len() as u64
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>> {
        if let Some(all) = self.as_slice() {
            return Ok(Cow::Borrowed(clipped(all, offset, len)));
        }
        let Backing::Remote(source) = &self.backing else { return Ok(Cow::Borrowed(&[])) };
        let left = (self.range.len() as u64).saturating_sub(offset);
        let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
        source.read((self.range.start as u64).saturating_add(offset), len)
    }

    fn announce(&self, ranges: &[Range<u64>]) {
        let Backing::Remote(source) = &self.backing else { return };
        let (start, end) = (self.range.start as u64, self.range.end as u64);
        let shifted =
            ranges.iter().map(|r| r.start.saturating_add(start)..r.end.saturating_add(start).min(end));
        source.announce(&shifted.filter(|r| !r.is_empty()).collect::<Vec<_>>());
    }

    fn ready(&self, offset: u64, len: usize) -> Option<Cow<'_, [u8]>> {
        let Backing::Remote(source) = &self.backing else { return self.read(offset, len).ok() };
        let left = (self.range.len() as u64).saturating_sub(offset);
        let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
        source.ready((self.range.start as u64).saturating_add(offset), len)
    }
}

/// Maps a file read-only.
///
/// The only `unsafe` of the crate. A map of a file that another process cuts short raises SIGBUS, and one that is
/// rewritten changes under us; both need someone who writes to the package while it is audited, and both end in
/// a failed audit at worst: nothing here relies on two reads of the same byte being equal for memory safety,
/// since every access is bounds-checked against the length taken once.
#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: see above; the map is private to this process and read-only.
    unsafe { memmap2::Mmap::map(file) }
}
