//! The content of one entry: what Android would read where Android would, the best reading elsewhere.
//! Between stored and deflated the CRC decides, then the magic: a stored dex can decode as deflate.

use super::directory::{LOCAL, LOCAL_LEN};
use super::inflate::{Buffer, End, Inflater};
use super::source::Source;
use super::trick::Trick;
use super::{Archive, ENCRYPTED, Entry};
use crate::bytes::{u16_at, u32_at};
use crate::limits::Deadline;
use std::borrow::Cow;

/// What reading one entry may cost.
#[derive(Debug, Clone, Copy)]
pub struct Ceiling {
    /// Content bytes.
    pub bytes: u64,
    /// When to stop.
    pub deadline: Deadline,
}

/// The content of an entry, and what was odd about it.
#[derive(Debug)]
pub struct Content<'a> {
    /// The content: lent from the source where it is stored, else from the buffer.
    pub bytes: &'a [u8],
    /// What was odd; content is missing where one of these loses content.
    pub tricks: Vec<Trick>,
}

/// How the data of an entry may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Deflated,
    Stored(usize),
}

/// The data of an entry in the source.
struct Data<'s> {
    /// From the first data byte on: at least the packed bytes, where the file has them.
    bytes: Cow<'s, [u8]>,
    tricks: Vec<Trick>,
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
        buffer.clear();
        let data = self.data(source, entry)?;
        let mut tricks = data.tricks;
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX);
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        let cap = usize::try_from(ceiling.bytes).unwrap_or(usize::MAX);
        let have = data.bytes.len().min(packed);
        let exact = data.bytes.get(..have).unwrap_or_default();
        let declared = match entry.method {
            0 => Some(Reading::Stored(have)),
            8 => Some(Reading::Deflated),
            _ => None,
        };
        // The way nearly every entry goes: declared method, declared size, CRC right.
        match declared {
            Some(Reading::Deflated) => {
                let end = Inflater::new(exact).finish(buffer, entry.size, cap, &ceiling.deadline);
                if end == End::Complete && crc32fast::hash(buffer.bytes()) == entry.crc32 {
                    self.note_sizes(entry, buffer.bytes().len(), &mut tricks);
                    return Ok(Content { bytes: buffer.bytes(), tricks });
                }
                if matches!(end, End::Capped | End::OutOfTime) {
                    tricks.push(stop(end, buffer.bytes().len()));
                    return Ok(Content { bytes: buffer.bytes(), tricks });
                }
            }
            Some(Reading::Stored(n))
                if n <= cap && n == packed && n == size && crc32fast::hash(exact) == entry.crc32 =>
            {
                self.note_sizes(entry, n, &mut tricks);
                return Ok(Content { bytes: lend(data.bytes, n, buffer), tricks });
            }
            _ => {}
        }
        let (reading, crc_fits) = self.arbitrate(entry, &data.bytes, cap, &ceiling.deadline, buffer);
        let end = match reading {
            Reading::Stored(_) => End::Complete,
            Reading::Deflated => {
                buffer.clear();
                let mut inflater = Inflater::new(exact);
                let mut end = inflater.finish(buffer, entry.size, cap, &ceiling.deadline);
                if end == End::Cut && data.bytes.len() > have {
                    // The packed size lies: the stream goes on behind it.
                    buffer.clear();
                    end = Inflater::new(&data.bytes).finish(buffer, entry.size, cap, &ceiling.deadline);
                }
                end
            }
        };
        self.note_method(entry, reading, crc_fits, &mut tricks);
        match reading {
            Reading::Stored(n) => {
                if n > cap {
                    tricks.push(Trick::TooLarge(cap as u64));
                }
                let n = n.min(cap);
                if !crc_fits {
                    tricks.push(if entry.packed > data.bytes.len() as u64 { Trick::Cut } else { Trick::Crc });
                }
                self.note_sizes(entry, n, &mut tricks);
                Ok(Content { bytes: lend(data.bytes, n, buffer), tricks })
            }
            Reading::Deflated => {
                match end {
                    End::Complete | End::Enough => {
                        if !crc_fits {
                            tricks.push(Trick::Crc);
                        }
                        self.note_sizes(entry, buffer.bytes().len(), &mut tricks);
                    }
                    end => tricks.push(stop(end, buffer.bytes().len())),
                }
                Ok(Content { bytes: buffer.bytes(), tricks })
            }
        }
    }

    /// The first `want` bytes of the content, or all of it where that is less. Cheaper than `read`: the rest is
    /// not inflated and no CRC is checked, so an oddly packed entry is read whole instead.
    pub fn read_prefix<'a>(
        &self,
        source: &'a dyn Source,
        entry: &Entry,
        want: usize,
        ceiling: &Ceiling,
        buffer: &'a mut Buffer,
    ) -> Result<Content<'a>, Trick> {
        let mut stream = self.stream(source, entry, ceiling)?;
        stream.fill(want, buffer);
        let tricks = std::mem::take(&mut stream.tricks);
        match stream.plan {
            Plan::Lent(bytes) => match bytes {
                Cow::Borrowed(b) => {
                    Ok(Content { bytes: b.get(..want.min(b.len())).unwrap_or_default(), tricks })
                }
                Cow::Owned(b) => {
                    buffer.clear();
                    buffer.extend(b.get(..want.min(b.len())).unwrap_or_default());
                    Ok(Content { bytes: buffer.bytes(), tricks })
                }
            },
            Plan::Inflating { .. } => Ok(Content { bytes: buffer.bytes(), tricks }),
        }
    }

    /// The data of `entry`, with what its local header says against the directory.
    fn data<'s>(&self, source: &'s dyn Source, entry: &Entry) -> Result<Data<'s>, Trick> {
        let mut tricks = Vec::new();
        let unreadable = |e: std::io::Error| Trick::Unreadable(e.to_string());
        if entry.offset >= source.len() {
            return Err(Trick::Cut);
        }
        let head = source.read(entry.offset, LOCAL_LEN + usize::from(entry.name_len)).map_err(unreadable)?;
        let mut start = entry.offset + LOCAL_LEN as u64;
        let field = |o| u16_at(&head, o).unwrap_or(0);
        if head.starts_with(&LOCAL) {
            let stated = start + u64::from(field(26)) + u64::from(field(28));
            if stated <= source.len() {
                start = stated;
            } else {
                tricks.push(Trick::NoLocalHeader);
                start += u64::from(entry.name_len);
            }
            if field(26) != entry.name_len || !self.name_is(entry, head.get(LOCAL_LEN..).unwrap_or_default())
            {
                tricks.push(Trick::LocalName);
            }
            if field(8) != entry.method {
                tricks.push(Trick::LocalMethod);
            }
            let sizes = [(14, u64::from(entry.crc32)), (18, entry.packed), (22, entry.size)];
            let differs = sizes.iter().any(|(o, v)| {
                u32_at(&head, *o).is_ok_and(|local| local != u32::MAX && u64::from(local) != *v)
            });
            // With bit 3 set the local fields are zero and a data descriptor follows (APPNOTE 4.4.4).
            if differs && field(6) & 8 == 0 {
                tricks.push(Trick::LocalSizes);
            }
        } else {
            tricks.push(Trick::NoLocalHeader);
            start += u64::from(field(26)) + u64::from(field(28));
            if start > source.len() || u64::from(field(26)) != u64::from(entry.name_len) {
                start = entry.offset + LOCAL_LEN as u64 + u64::from(entry.name_len);
            }
        }
        let packed = usize::try_from(entry.packed.max(entry.size.min(entry.packed.saturating_mul(2))))
            .unwrap_or(usize::MAX);
        let bytes = source.read(start, packed).map_err(unreadable)?;
        if bytes.is_empty() && entry.packed > 0 {
            return Err(Trick::Cut);
        }
        Ok(Data { bytes, tricks })
    }

    fn name_is(&self, entry: &Entry, raw: &[u8]) -> bool {
        raw == self.name(entry).as_bytes() || std::str::from_utf8(raw).is_err()
    }

    /// Which reading of the data fits: the one with the right CRC, else the one whose first bytes are what the
    /// name promises, else the declared one.
    fn arbitrate(
        &self,
        entry: &Entry,
        data: &[u8],
        cap: usize,
        deadline: &Deadline,
        buffer: &mut Buffer,
    ) -> (Reading, bool) {
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX).min(data.len());
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX).min(data.len());
        let stored = |n: usize| data.get(..n).unwrap_or_default();
        for n in [packed, size] {
            if crc32fast::hash(stored(n)) == entry.crc32 && n > 0 {
                return (Reading::Stored(n), true);
            }
        }
        buffer.clear();
        let end = Inflater::new(data).finish(buffer, entry.size, cap, deadline);
        if crc32fast::hash(buffer.bytes()) == entry.crc32 && end == End::Complete {
            return (Reading::Deflated, true);
        }
        let name = self.name(entry);
        let inflated = buffer.bytes();
        let reading = if magic_fits(name, inflated) && !inflated.is_empty() {
            Reading::Deflated
        } else if magic_fits(name, data) {
            Reading::Stored(packed)
        } else if entry.method == 0 || (entry.method != 8 && end != End::Complete) {
            // Android takes any method but 8 as stored (androidfw ZipAssetsProvider).
            Reading::Stored(packed)
        } else {
            Reading::Deflated
        };
        (reading, false)
    }

    fn note_method(&self, entry: &Entry, reading: Reading, crc_fits: bool, tricks: &mut Vec<Trick>) {
        let deflated = reading == Reading::Deflated;
        match (entry.method, deflated) {
            (0, false) | (8, true) => {}
            (0 | 8, _) => tricks.push(Trick::MethodSwapped { deflated }),
            (declared, _) => tricks.push(Trick::Method { declared, deflated }),
        }
        if entry.flags & ENCRYPTED != 0 && !crc_fits && !deflated {
            tricks.push(Trick::Encrypted);
        }
    }

    fn note_sizes(&self, entry: &Entry, found: usize, tricks: &mut Vec<Trick>) {
        if entry.size != found as u64 {
            tricks.push(Trick::Size { declared: entry.size, found: found as u64 });
        }
        if entry.flags & ENCRYPTED != 0 && !tricks.contains(&Trick::Encrypted) {
            tricks.push(Trick::FakeEncryption);
        }
    }
}

fn stop(end: End, kept: usize) -> Trick {
    match end {
        End::Capped => Trick::TooLarge(kept as u64),
        End::OutOfTime => Trick::OutOfTime,
        End::Cut => Trick::Cut,
        _ => Trick::Broken { kept: kept as u64 },
    }
}

/// The first `n` bytes, lent where the source lends.
fn lend<'a>(bytes: Cow<'a, [u8]>, n: usize, buffer: &'a mut Buffer) -> &'a [u8] {
    match bytes {
        Cow::Borrowed(b) => b.get(..n).unwrap_or_default(),
        Cow::Owned(b) => {
            buffer.clear();
            buffer.extend(b.get(..n).unwrap_or_default());
            buffer.bytes()
        }
    }
}

/// Whether the first bytes are what the name promises; names that promise nothing never fit.
pub fn magic_fits(name: &str, bytes: &[u8]) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let ends = |e: &str| file.len() > e.len() && file.ends_with(e);
    if ends(".dex") {
        bytes.starts_with(b"dex\n") || bytes.starts_with(b"cdex")
    } else if ends(".xml") {
        // A binary XML chunk header (its type is blanked by some tools), or text.
        bytes.starts_with(&[3, 0, 8, 0]) || bytes.get(1..4) == Some(&[0, 8, 0]) || bytes.starts_with(b"<")
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

/// An entry whose content is taken step by step, so that no more is inflated than is looked at.
pub struct Streaming<'s> {
    plan: Plan<'s>,
    deadline: Deadline,
    cap: usize,
    /// What was odd so far; no CRC is checked.
    pub tricks: Vec<Trick>,
}

enum Plan<'s> {
    Lent(Cow<'s, [u8]>),
    Inflating { inflater: Inflater<'s> },
}

impl Archive {
    /// Starts to stream `entry`.
    pub fn stream<'s>(
        &self,
        source: &'s dyn Source,
        entry: &Entry,
        ceiling: &Ceiling,
    ) -> Result<Streaming<'s>, Trick> {
        let data = self.data(source, entry)?;
        let cap = usize::try_from(ceiling.bytes).unwrap_or(usize::MAX);
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX);
        let plan = match (entry.method, data.bytes) {
            (8, Cow::Borrowed(b)) => {
                Plan::Inflating { inflater: Inflater::new(b.get(..packed.min(b.len())).unwrap_or_default()) }
            }
            (_, bytes) => Plan::Lent(bytes),
        };
        Ok(Streaming { plan, deadline: ceiling.deadline, cap, tricks: data.tricks })
    }
}

impl Streaming<'_> {
    /// Makes the first `want` bytes of the content available and returns what there is.
    pub fn fill<'b>(&'b mut self, want: usize, buffer: &'b mut Buffer) -> &'b [u8] {
        let want = want.min(self.cap);
        match &mut self.plan {
            Plan::Lent(bytes) => bytes.get(..want.min(bytes.len())).unwrap_or_default(),
            Plan::Inflating { inflater } => {
                inflater.fill(buffer, want, &self.deadline);
                buffer.bytes()
            }
        }
    }
}
