//! The content of one entry: what Android would read where Android would, the best reading elsewhere.
//! Between stored and deflated the CRC decides, then the magic: a stored dex can decode as deflate.

use super::inflate::{Buffer, End};
use super::source::Source;
use super::trick::Trick;
use super::{Archive, ENCRYPTED, Entry};
use crate::bytes::u32_at;
use crate::limits::Deadline;
use std::borrow::Cow;

/// What reading one entry may cost.
#[derive(Debug, Clone, Copy)]
pub struct Ceiling {
    /// Content bytes to produce; what the source lends costs nothing.
    pub bytes: u64,
    /// When to stop.
    pub deadline: Deadline,
}

/// The content of an entry, and what was odd about it.
#[derive(Debug)]
pub struct Content<'a> {
    /// The content: lent from the source where it is stored, else from the buffer.
    pub bytes: &'a [u8],
    /// Whether `bytes` are lent by the source.
    pub lent: bool,
    /// What was odd; content is missing where one of these loses content.
    pub tricks: Vec<Trick>,
}

/// How the data of an entry is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As a deflate stream; the buffer holds what came out.
    Deflated(End),
    /// As it stands, so many bytes.
    Stored(usize),
}

/// What decoding found.
struct Verdict {
    reading: Reading,
    /// The CRC of the directory is that of the content.
    crc_fits: bool,
}

impl Archive {
    /// Reads the whole content of `entry` from the `source` this archive was made from.
    /// Fails only where no byte of it can be had.
    pub fn read<'a>(
        &self,
        source: &'a dyn Source,
        entry: &Entry,
        ceiling: &Ceiling,
        buffer: &'a mut Buffer,
    ) -> Result<Content<'a>, Trick> {
        let unreadable = |e: std::io::Error| Trick::Unreadable(e.to_string());
        let place = self.place(source, entry)?;
        let doubtful = place.doubtful();
        let mut tricks = place.tricks;
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX);
        let data = source.read(place.start, packed).map_err(unreadable)?;
        // The way nearly every entry goes: declared method, declared size, CRC right.
        if let Some(reading) = as_declared(entry, &data, ceiling, buffer) {
            let verdict = Verdict { reading, crc_fits: true };
            return Ok(self.conclude(entry, verdict, data, ceiling, buffer, tricks));
        }
        // Everything else gets all the bytes there are: sizes may lie in both directions.
        let wide = |start: u64| {
            let end = if start < self.directory { self.directory } else { source.len() };
            let room = end.saturating_sub(start);
            let want = entry.packed.max(entry.size).saturating_add(64).min(room.max(entry.packed));
            source.read(start, usize::try_from(want).unwrap_or(usize::MAX))
        };
        let mut data = wide(place.start).map_err(unreadable)?;
        let mut verdict = self.arbitrate(entry, &data, ceiling, buffer);
        if doubtful && !verdict.crc_fits {
            for start in self.hunt(source, entry) {
                let other = wide(start).map_err(unreadable)?;
                let found = self.arbitrate(entry, &other, ceiling, buffer);
                if found.crc_fits {
                    (data, verdict) = (other, found);
                    tricks.push(Trick::HeaderElsewhere);
                    break;
                }
            }
            if !verdict.crc_fits {
                // No place is better than the one the directory names.
                verdict = self.arbitrate(entry, &data, ceiling, buffer);
            }
        }
        if data.is_empty() && entry.packed > 0 {
            return Err(Trick::Cut);
        }
        Ok(self.conclude(entry, verdict, data, ceiling, buffer, tricks))
    }

    /// Which reading of the data fits: the one with the right CRC, else the one whose first bytes are what the
    /// name promises, else the declared one.
    fn arbitrate(&self, entry: &Entry, data: &[u8], ceiling: &Ceiling, buffer: &mut Buffer) -> Verdict {
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX).min(data.len());
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX).min(data.len());
        for n in [packed, size] {
            let part = data.get(..n).unwrap_or_default();
            if crc32fast::hash(part) == entry.crc32 && (n > 0 || entry.packed == 0) {
                return Verdict { reading: Reading::Stored(n), crc_fits: true };
            }
        }
        let end = inflate(data.get(..packed).unwrap_or_default(), entry, ceiling, buffer);
        let end = match end {
            // The stream goes on behind the packed size, if the file does.
            End::Cut if data.len() > packed => inflate(data, entry, ceiling, buffer),
            end => end,
        };
        let deflated = Reading::Deflated(end);
        if end == End::Complete && crc32fast::hash(buffer.bytes()) == entry.crc32 {
            return Verdict { reading: deflated, crc_fits: true };
        }
        let name = self.name(entry);
        let stored = Reading::Stored(packed);
        let reading = match (magic_fits(name, buffer.bytes()), magic_fits(name, data)) {
            (true, _) => deflated,
            (false, true) => stored,
            // Android takes every method but 8 as stored (androidfw, ZipAssetsProvider).
            (false, false) if entry.method == 8 || (entry.method != 0 && end == End::Complete) => deflated,
            (false, false) => stored,
        };
        Verdict { reading, crc_fits: false }
    }

    /// Content and oddities of a verdict.
    fn conclude<'a>(
        &self,
        entry: &Entry,
        verdict: Verdict,
        data: Cow<'a, [u8]>,
        ceiling: &Ceiling,
        buffer: &'a mut Buffer,
        mut tricks: Vec<Trick>,
    ) -> Content<'a> {
        let packed = entry.packed;
        let deflated = matches!(verdict.reading, Reading::Deflated(_));
        match (entry.method, deflated) {
            (0, false) | (8, true) => {}
            (0 | 8, _) => tricks.push(Trick::MethodSwapped { deflated }),
            (declared, _) => tricks.push(Trick::Method { declared, deflated }),
        }
        let have = data.len() as u64;
        let (bytes, lent): (&[u8], bool) = match verdict.reading {
            Reading::Deflated(_) => (buffer.bytes(), false),
            Reading::Stored(n) => match data {
                Cow::Borrowed(b) => (b.get(..n).unwrap_or_default(), true),
                Cow::Owned(b) => {
                    let kept = n.min(usize::try_from(ceiling.bytes).unwrap_or(usize::MAX));
                    buffer.clear();
                    buffer.extend(b.get(..kept).unwrap_or_default());
                    if kept < n {
                        tricks.push(Trick::TooLarge(kept as u64));
                    }
                    (buffer.bytes(), false)
                }
            },
        };
        let kept = bytes.len() as u64;
        let encrypted = entry.flags & ENCRYPTED != 0;
        let readable = verdict.crc_fits || magic_fits(self.name(entry), bytes);
        match verdict.reading {
            _ if encrypted && !readable => tricks.push(Trick::Encrypted),
            _ if verdict.crc_fits => {}
            Reading::Deflated(End::Complete | End::Enough) => tricks.push(Trick::Crc),
            Reading::Deflated(End::Capped) => tricks.push(Trick::TooLarge(kept)),
            Reading::Deflated(End::OutOfTime) => tricks.push(Trick::OutOfTime),
            Reading::Deflated(End::Cut) => tricks.push(Trick::Cut),
            Reading::Deflated(End::Broken) => tricks.push(Trick::Broken { kept }),
            Reading::Stored(_) if have < packed => tricks.push(Trick::Cut),
            Reading::Stored(_) => tricks.push(Trick::Crc),
        }
        if encrypted && readable {
            tricks.push(Trick::FakeEncryption);
        }
        let whole = !tricks.iter().any(Trick::loses_content);
        if whole && entry.size != kept {
            tricks.push(Trick::Size { declared: entry.size, found: kept });
        } else if whole && !deflated && packed != kept {
            tricks.push(Trick::Size { declared: packed, found: kept });
        }
        Content { bytes, lent, tricks }
    }
}

/// Reads `data` as the directory declares it; `None` where CRC or length say otherwise.
fn as_declared(entry: &Entry, data: &[u8], ceiling: &Ceiling, buffer: &mut Buffer) -> Option<Reading> {
    buffer.clear();
    if data.len() as u64 != entry.packed {
        return None;
    }
    match entry.method {
        0 => (entry.size == entry.packed && crc32fast::hash(data) == entry.crc32)
            .then_some(Reading::Stored(data.len())),
        8 => {
            let end = inflate(data, entry, ceiling, buffer);
            (end == End::Complete && crc32fast::hash(buffer.bytes()) == entry.crc32)
                .then_some(Reading::Deflated(end))
        }
        _ => None,
    }
}

/// Inflates all of `data` into the cleared `buffer`.
fn inflate(data: &[u8], entry: &Entry, ceiling: &Ceiling, buffer: &mut Buffer) -> End {
    let cap = usize::try_from(ceiling.bytes).unwrap_or(usize::MAX);
    super::inflate::inflate(data, entry.size, cap, buffer, &ceiling.deadline)
}

/// Whether the first bytes are what the name promises; names that promise nothing never fit.
pub fn magic_fits(name: &str, bytes: &[u8]) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let ends = |e: &str| file.len() > e.len() && file.ends_with(e);
    if ends(".dex") {
        bytes.starts_with(b"dex\n") || bytes.starts_with(b"cdex")
    } else if ends(".xml") {
        // A binary XML chunk header, whose type some tools blank; or text.
        bytes.get(1..4) == Some(&[0, 8, 0]) || bytes.starts_with(b"<")
    } else if ends(".arsc") {
        bytes.starts_with(&[2, 0, 12, 0])
    } else if ends(".so") {
        bytes.starts_with(b"\x7fELF")
    } else if ends(".apk") || ends(".jar") || ends(".zip") {
        bytes.starts_with(b"PK")
    } else {
        false
    }
}

/// Whether the content is whole by the length its own header states; formats without one are.
pub fn is_whole(bytes: &[u8]) -> bool {
    let stated = match bytes {
        b if b.starts_with(b"dex\n") => u32_at(b, 32),
        b if b.starts_with(&[3, 0, 8, 0]) => u32_at(b, 4),
        _ => return true,
    };
    stated.is_ok_and(|n| n as usize <= bytes.len() && n > 8)
}
