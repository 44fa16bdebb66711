//! Zip archives as Android reads them, and as those mean them who hope that a scanner reads them otherwise:
//! `Source` in, entries with names, content and every oddity out. Never fails on one bad entry.

mod content;
mod directory;
mod inflate;
mod local;
mod peek;
mod source;
mod stream;
mod trick;

pub use content::{Ceiling, Content};
pub use inflate::{Buffer, End, Inflater};
pub use peek::{PEEK, peek};
pub use source::{Source, clipped};
pub use stream::Stream;
pub use trick::Trick;

use crate::limits::Deadline;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io;
use std::sync::atomic::AtomicUsize;

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
#[derive(Debug, Default)]
pub struct Archive {
    names: String,
    entries: Vec<Entry>,
    /// Oddities of the archive as a whole.
    tricks: Vec<Trick>,
    /// Oddities that the directory shows of single entries, by index.
    entry_tricks: Vec<(usize, Trick)>,
    /// Where the directory starts.
    directory: u64,
    /// Searches for lost local headers so far.
    hunts: AtomicUsize,
}

/// General purpose bit 0: encrypted.
const ENCRYPTED: u16 = 1;

/// Copies of duplicate names whose content is looked at, per archive.
const MAX_LOOKS: usize = 32;

impl Archive {
    /// Reads the directory of `source`; `None` when `source` is no zip archive at all.
    pub fn parse(source: &dyn Source, max_entries: usize) -> io::Result<Option<Archive>> {
        let Some(found) = directory::find(source, max_entries)? else { return Ok(None) };
        let mut out = Archive { tricks: found.tricks, directory: found.start, ..Archive::default() };
        let names: usize = found.records.iter().map(|r| r.name.len()).sum();
        // Names of records may overlap in a lying directory; lone records cannot name more than 64 KiB each.
        out.names.reserve(names.min(found.bytes.len()));
        out.entries.reserve_exact(found.records.len() + found.unlisted.len());
        let mut disks = false;
        for r in &found.records {
            disks |= r.disk != 0;
            let raw = found.bytes.get(r.name.clone()).unwrap_or_default();
            if !out.push(raw, r, found.shift) {
                break;
            }
        }
        for index in found.counted.into_iter().flat_map(|n| n..found.records.len()) {
            out.entry_tricks.push((index, Trick::Uncounted));
        }
        for (name, r) in &found.unlisted {
            out.entry_tricks.push((out.entries.len(), Trick::Unlisted));
            out.push(name, r, 0);
        }
        if disks && !out.tricks.contains(&Trick::Disks) {
            out.tricks.push(Trick::Disks);
        }
        let counted = found.counted.unwrap_or(usize::MAX);
        let duplicates = out.inspect_names();
        out.choose(source, duplicates, counted);
        out.inspect_overlaps();
        out.entry_tricks.sort();
        Ok(Some(out))
    }

    /// Adds the entry of a record; false when the names are full.
    fn push(&mut self, raw: &[u8], r: &directory::Record, shift: u64) -> bool {
        let start = self.names.len();
        let text = String::from_utf8_lossy(raw);
        if memchr::memchr(0, raw).is_some() || matches!(text, Cow::Owned(_)) {
            self.entry_tricks.push((self.entries.len(), Trick::BadName));
        }
        self.names.push_str(&text);
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(self.names.len())) else {
            self.tricks.push(Trick::TooManyEntries(self.entries.len()));
            return false;
        };
        self.entries.push(Entry {
            name: (start, end),
            offset: r.offset.saturating_add(shift),
            packed: r.packed,
            size: r.size,
            crc32: r.crc32,
            method: r.method,
            flags: r.flags,
            name_len: u16::try_from(raw.len()).unwrap_or(u16::MAX),
            shadowed: false,
        });
        true
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

    /// Notes decoys and names that lead out of the archive; the groups of entries that share one name.
    fn inspect_names(&mut self) -> Vec<Vec<usize>> {
        let mut first: HashMap<&str, usize> = HashMap::with_capacity(self.entries.len());
        let mut copies: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut folders = Vec::new();
        let mut found = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let name = self.name(entry);
            match first.entry(name) {
                Slot::Occupied(o) => copies.entry(*o.get()).or_default().push(index),
                Slot::Vacant(v) => {
                    v.insert(index);
                }
            }
            if name.starts_with(['/', '\\']) || climbs(name) {
                found.push((index, Trick::Traversal));
            }
            if let Some(stem) = name.strip_suffix('/') {
                folders.push((index, stem, entry.size));
            }
        }
        for (index, stem, size) in folders {
            if size > 0 || first.contains_key(stem) {
                found.push((index, Trick::DirectoryDecoy));
            }
        }
        self.entry_tricks.append(&mut found);
        copies.into_iter().map(|(one, others)| std::iter::once(one).chain(others).collect()).collect()
    }

    /// Chooses between entries of one name: what looks like its name and is whole, then what the end record
    /// counts, then the first. Android 4.3 and later refuse such a file (libziparchive `kDuplicateEntry`);
    /// before, the loader took the first and the verifier the last (bug 8219321).
    fn choose(&mut self, source: &dyn Source, mut groups: Vec<Vec<usize>>, counted: usize) {
        let mut looks = MAX_LOOKS;
        groups.sort();
        for group in groups {
            let mut best = None;
            for index in &group {
                let (magic, whole, sound) = if looks > 0 {
                    looks -= 1;
                    self.plausibility(source, *index)
                } else {
                    (false, false, false)
                };
                let rank = (magic, whole, *index < counted, sound);
                if best.is_none_or(|(b, _)| rank > b) {
                    best = Some((rank, *index));
                }
            }
            for index in &group {
                if best.is_some_and(|(_, taken)| taken == *index) {
                    self.entry_tricks.push((*index, Trick::DuplicateTaken(group.len())));
                } else if let Some(entry) = self.entries.get_mut(*index) {
                    entry.shadowed = true;
                    self.entry_tricks.push((*index, Trick::DuplicateShadowed));
                }
            }
        }
    }

    /// How much the copy of a duplicate name looks like what its name says: magic, stated length, CRC.
    fn plausibility(&self, source: &dyn Source, index: usize) -> (bool, bool, bool) {
        let Some(entry) = self.entries.get(index) else { return (false, false, false) };
        let mut buffer = Buffer::new();
        let ceiling = Ceiling { bytes: 16 << 20, deadline: Deadline::never() };
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

    /// Notes entries whose data begins within the data of another.
    fn inspect_overlaps(&mut self) {
        let mut ranges: Vec<(u64, u64, usize)> = self
            .entries
            .iter()
            .enumerate()
            .map(|(i, e)| {
                // Without the name, whose length the local header may give otherwise.
                (e.offset, e.offset.saturating_add(directory::LOCAL_LEN as u64).saturating_add(e.packed), i)
            })
            .collect();
        ranges.sort_unstable();
        let mut reach = 0;
        for (start, end, index) in ranges {
            // Sizes that lie past the directory are noted elsewhere and say nothing of overlaps.
            if start < reach {
                self.entry_tricks.push((index, Trick::Overlap));
            }
            if end <= self.directory {
                reach = reach.max(end);
            }
        }
    }
}

/// Whether a path has a `..` step.
fn climbs(name: &str) -> bool {
    name.contains("..") && name.split(['/', '\\']).any(|s| s == "..")
}
