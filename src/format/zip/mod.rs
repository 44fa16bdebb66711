//! Zip archives as Android reads them, and as those mean them who hope that a scanner reads them otherwise:
//! `Source` in, entries with names, content and every oddity out. Never fails on one bad entry.

mod content;
mod directory;
mod inflate;
mod source;
mod trick;

pub use content::{Ceiling, Content, Streaming};
pub use inflate::{Buffer, End, Inflater};
pub use source::Source;
pub use trick::Trick;

use std::collections::HashMap;
use std::io;

/// One entry of the central directory.
#[derive(Debug, Clone)]
pub struct Entry {
    name: (u32, u32),
    /// Offset of the local header in the source.
    pub offset: u64,
    /// Bytes of data in the archive, as the directory says.
    pub packed: u64,
    /// Bytes of content, as the directory says; sizes nothing.
    pub size: u64,
    /// CRC-32 of the content, as the directory says.
    pub crc32: u32,
    /// Compression method, as the directory says: 0 stored, 8 deflated.
    pub method: u16,
    /// General purpose flags.
    pub flags: u16,
    /// Length of the raw name in the directory (the local header repeats it).
    name_len: u16,
    /// Another entry of the same name is the one to take.
    pub shadowed: bool,
}

/// The directory of an archive. Content is read from the same source it was made from.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    names: String,
    entries: Vec<Entry>,
    /// Oddities of the archive as a whole.
    tricks: Vec<Trick>,
    /// Oddities that the directory shows of single entries, by index.
    entry_tricks: Vec<(usize, Trick)>,
    /// Where the directory starts.
    directory: u64,
}

/// General purpose bit 0: encrypted.
const ENCRYPTED: u16 = 1;

impl Archive {
    /// Reads the directory of `source`; `None` when `source` is no zip archive at all.
    pub fn parse(source: &dyn Source, max_entries: usize) -> io::Result<Option<Archive>> {
        let Some(found) = directory::find(source, max_entries)? else { return Ok(None) };
        let mut out = Archive { tricks: found.tricks, directory: found.start, ..Archive::default() };
        out.names.reserve(found.records.iter().map(|r| r.name.len()).sum());
        out.entries.reserve_exact(found.records.len());
        let mut disks = false;
        for r in &found.records {
            let raw = found.bytes.get(r.name.clone()).unwrap_or_default();
            let start = out.names.len();
            let index = out.entries.len();
            match std::str::from_utf8(raw) {
                Ok(name) => out.names.push_str(name),
                Err(_) => out.names.push_str(&String::from_utf8_lossy(raw)),
            }
            if memchr::memchr(0, raw).is_some() || std::str::from_utf8(raw).is_err() {
                out.entry_tricks.push((index, Trick::BadName));
            }
            disks |= r.disk != 0;
            let end = out.names.len();
            // Four gigabytes of names cannot come from 16-bit lengths times the entry limit; stop rather than wrap.
            let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else { break };
            out.entries.push(Entry {
                name: (start, end),
                offset: r.offset.saturating_add(found.shift),
                packed: r.packed,
                size: r.size,
                crc32: r.crc32,
                method: r.method,
                flags: r.flags,
                name_len: u16::try_from(raw.len()).unwrap_or(u16::MAX),
                shadowed: false,
            });
        }
        if disks && !out.tricks.contains(&Trick::Disks) {
            out.tricks.push(Trick::Disks);
        }
        out.inspect_names(source);
        out.inspect_overlaps();
        Ok(Some(out))
    }

    /// All entries, in the order of the directory; duplicates too.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Name of an entry of this archive; bytes that are not UTF-8 are replaced.
    pub fn name(&self, entry: &Entry) -> &str {
        self.names.get(entry.name.0 as usize..entry.name.1 as usize).unwrap_or_default()
    }

    /// The entry to take for `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|e| !e.shadowed && self.name(e) == name)
    }

    /// Offset of the central directory; an APK's signing block ends there.
    pub fn directory_offset(&self) -> u64 {
        self.directory
    }

    /// Oddities of the archive as a whole.
    pub fn tricks(&self) -> &[Trick] {
        &self.tricks
    }

    /// Oddities of single entries that the directory alone shows, by entry index.
    pub fn entry_tricks(&self) -> &[(usize, Trick)] {
        &self.entry_tricks
    }

    /// Duplicates, decoys and names that lead out of the archive.
    fn inspect_names(&mut self, source: &dyn Source) {
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(self.entries.len());
        let mut copies: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut found = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let name = self.name(entry);
            match first.entry(name) {
                std::collections::hash_map::Entry::Occupied(o) => {
                    copies.entry(*o.get()).or_default().push(index);
                }
                std::collections::hash_map::Entry::Vacant(v) => {
                    v.insert(index);
                }
            }
            if name.starts_with('/') || name.starts_with('\\') || climbs(name) {
                found.push((index, Trick::Traversal));
            }
        }
        for (index, entry) in self.entries.iter().enumerate() {
            let Some(stem) = self.name(entry).strip_suffix('/') else { continue };
            if entry.size > 0 || first.contains_key(stem) {
                found.push((index, Trick::DirectoryDecoy));
            }
        }
        let mut shadowed = Vec::new();
        for (one, others) in &copies {
            let all: Vec<usize> = std::iter::once(*one).chain(others.iter().copied()).collect();
            // The plausible copy; between equals the first, which old loaders took (Android bug 8219321).
            let taken = all
                .iter()
                .copied()
                .max_by_key(|i| (self.plausibility(source, *i), usize::MAX - i))
                .unwrap_or(*one);
            found.push((taken, Trick::DuplicateTaken(all.len())));
            for other in all.into_iter().filter(|i| *i != taken) {
                found.push((other, Trick::DuplicateShadowed));
                shadowed.push(other);
            }
        }
        for index in shadowed {
            if let Some(e) = self.entries.get_mut(index) {
                e.shadowed = true;
            }
        }
        self.entry_tricks.append(&mut found);
        self.entry_tricks.sort();
    }

    /// How much the copy of a duplicate name looks like what its name says: magic, stated length, CRC.
    fn plausibility(&self, source: &dyn Source, index: usize) -> (bool, bool, bool) {
        let Some(entry) = self.entries.get(index) else { return (false, false, false) };
        let mut buffer = Buffer::new();
        let ceiling = Ceiling { bytes: 16 << 20, deadline: crate::limits::Deadline::never() };
        match self.read(source, entry, &ceiling, &mut buffer) {
            Ok(content) => {
                let sound = !content.tricks.iter().any(|t| t.loses_content() || *t == Trick::Crc);
                (
                    content::magic_fits(self.name(entry), content.bytes),
                    content::is_whole(content.bytes),
                    sound,
                )
            }
            Err(_) => (false, false, false),
        }
    }

    /// Entries that share one local header: harmless as a saving, typical of bombs and decoys.
    fn inspect_overlaps(&mut self) {
        let mut offsets: Vec<(u64, usize)> =
            self.entries.iter().enumerate().map(|(i, e)| (e.offset, i)).collect();
        offsets.sort_unstable();
        for run in offsets.chunk_by(|a, b| a.0 == b.0).filter(|r| r.len() > 1) {
            if let Some((_, index)) = run.first() {
                self.entry_tricks.push((*index, Trick::Overlap(run.len())));
            }
        }
    }
}

/// Whether a path has a `..` step.
fn climbs(name: &str) -> bool {
    name.contains("..") && name.split(['/', '\\']).any(|s| s == "..")
}
