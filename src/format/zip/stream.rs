//! An entry whose content is taken step by step, so that no more is inflated than is looked at.
//! Class names, say, end after the first 70 to 78 % of a dex as d8 and r8 write it.

use super::content::Ceiling;
use super::directory::LOCAL_LEN;
use super::inflate::{Buffer, End, Inflater};
use super::peek::{PEEK, peek};
use super::source::Source;
use super::trick::Trick;
use super::{Archive, Entry};
use crate::bytes::u16_at;
use std::borrow::Cow;
use std::ops::Range;

/// Extra field that a local header is expected to have: alignment and time stamps. A longer one costs a request.
const EXTRA: usize = 64;
/// Bytes of a deflate stream that give its first eight bytes: the longest code tables of a block (RFC 1951, 3.2.7: 316
/// code lengths of at most 14 bits each) and eight literals.
const GLANCE: usize = 640;

/// The content of an entry, from its start to as far as was asked for.
pub struct Stream<'a> {
    archive: &'a Archive,
    source: &'a dyn Source,
    entry: &'a Entry,
    ceiling: Ceiling,
    buffer: &'a mut Buffer,
    plan: Plan<'a>,
    tricks: Vec<Trick>,
}

/// How the content is had.
enum Plan<'a> {
    /// From the source, as it stands.
    Lent(&'a [u8]),
    /// By inflating into the buffer.
    Inflating(Inflater<'a>),
    /// It is in the buffer, all of it.
    Whole,
}

impl Archive {
    /// Starts to stream `entry`. An entry with anything odd about it is read whole at once, since only its CRC
    /// tells how it is to be read.
    pub fn stream<'a>(
        &'a self,
        source: &'a dyn Source,
        entry: &'a Entry,
        ceiling: &Ceiling,
        buffer: &'a mut Buffer,
    ) -> Result<Stream<'a>, Trick> {
        buffer.clear();
        let place = self.place(source, entry)?;
        let mut out = Stream {
            archive: self,
            source,
            entry,
            ceiling: *ceiling,
            buffer,
            plan: Plan::Whole,
            tricks: Vec::new(),
        };
        let packed = usize::try_from(entry.packed).unwrap_or(usize::MAX);
        let data = source.read(place.start, packed).map_err(|e| Trick::Unreadable(e.to_string()))?;
        let sane = place.tricks.is_empty() && entry.flags & super::ENCRYPTED == 0 && data.len() == packed;
        match (entry.method, data) {
            (8, Cow::Borrowed(b)) if sane => out.plan = Plan::Inflating(Inflater::new(b)),
            (0, Cow::Borrowed(b)) if sane && entry.size == entry.packed => out.plan = Plan::Lent(b),
            _ => out.read_whole()?,
        }
        Ok(out)
    }
}

impl Archive {
    /// Where the content of a stored entry stands in the source, if nothing about the entry is odd. The CRC is not
    /// checked: this is for archives inside archives, whose entries have their own.
    pub fn stored_range(&self, source: &dyn Source, entry: &Entry) -> Option<(u64, u64)> {
        let plain = entry.method == 0 && entry.size == entry.packed && entry.flags & super::ENCRYPTED == 0;
        let place = self.place(source, entry).ok().filter(|p| plain && p.tricks.is_empty())?;
        let end = place.start.checked_add(entry.size)?;
        (end <= source.len()).then_some((place.start, entry.size))
    }

    /// The first bytes of the content, read the cheapest way and only where nothing is odd: for telling files
    /// apart by their magic.
    pub fn magic(&self, source: &[u8], entry: &Entry) -> Option<([u8; PEEK], usize)> {
        self.magic_of(source.get(usize::try_from(entry.offset).ok()?..)?, entry)
    }

    /// The same for a source that is not at hand: only an entry whose start was announced has a magic.
    pub fn magic_ready(&self, source: &dyn Source, entry: &Entry) -> Option<([u8; PEEK], usize)> {
        let room = |data: usize| LOCAL_LEN + usize::from(entry.name_len) + EXTRA + data;
        let window = source.ready(entry.offset, room(GLANCE))?;
        match self.magic_of(&window, entry) {
            // Fewer than asked for: the stream is that short, or repeats itself at once.
            Some((magic, len)) if len > 0 || entry.packed == 0 => Some((magic, len)),
            // A long extra field, or empty blocks before the first one: as much as any stream needs.
            _ => self.magic_of(&source.read(entry.offset, room(4096)).ok()?, entry),
        }
    }

    /// The range to announce for [`Archive::magic_ready`] of `entry`.
    pub fn magic_range(&self, entry: &Entry) -> Range<u64> {
        let data = if entry.method == 0 { PEEK as u64 } else { GLANCE as u64 };
        let names = u64::from(entry.name_len) + EXTRA as u64;
        entry.offset..entry.offset.saturating_add(LOCAL_LEN as u64 + names + data.min(entry.packed))
    }

    /// The range to announce for reading the whole of `entry`.
    pub fn content_range(&self, entry: &Entry) -> Range<u64> {
        let names = u64::from(entry.name_len) + EXTRA as u64;
        entry.offset..entry.offset.saturating_add(LOCAL_LEN as u64 + names).saturating_add(entry.packed)
    }

    /// `magic` of the bytes from the local header on.
    fn magic_of(&self, local: &[u8], entry: &Entry) -> Option<([u8; PEEK], usize)> {
        let head = local.first_chunk::<LOCAL_LEN>()?;
        let names = usize::from(u16_at(head, 26).ok()?) + usize::from(u16_at(head, 28).ok()?);
        let data = local.get(LOCAL_LEN + names..)?;
        let data = data.get(..usize::try_from(entry.packed).unwrap_or(usize::MAX).min(data.len()))?;
        if entry.method == 8 {
            return Some(peek(data));
        }
        let mut out = ([0; PEEK], data.len().min(PEEK));
        out.0.iter_mut().zip(data).for_each(|(o, b)| *o = *b);
        Some(out)
    }
}

impl Stream<'_> {
    /// What there is of the content once its first `want` bytes were asked for: at least so many, unless the
    /// content ends before.
    pub fn fill(&mut self, want: usize) -> &[u8] {
        let cap = usize::try_from(self.ceiling.bytes).unwrap_or(usize::MAX);
        if let Plan::Inflating(inflater) = &mut self.plan {
            match inflater.fill(self.buffer, want.min(cap), &self.ceiling.deadline) {
                End::Enough if want <= cap => {}
                End::Complete => {}
                // Cut, broken, over the ceiling: the way that knows what to say of it.
                _ => {
                    if let Err(trick) = self.read_whole() {
                        self.tricks.push(trick);
                    }
                }
            }
        }
        match &self.plan {
            Plan::Lent(bytes) => bytes,
            _ => self.buffer.bytes(),
        }
    }

    /// What was odd so far. The CRC is not checked where the content was not read whole.
    pub fn tricks(&self) -> &[Trick] {
        &self.tricks
    }

    /// Bytes that were produced rather than lent.
    pub fn produced(&self) -> usize {
        self.buffer.bytes().len()
    }

    fn read_whole(&mut self) -> Result<(), Trick> {
        self.plan = Plan::Whole;
        let mut scratch = std::mem::take(self.buffer);
        let read = self.archive.read(self.source, self.entry, &self.ceiling, &mut scratch);
        let lent = match read {
            Ok(content) => {
                self.tricks = content.tricks;
                content.lent.then(|| content.bytes.to_vec())
            }
            Err(trick) => return Err(trick),
        };
        if let Some(bytes) = lent {
            scratch.clear();
            scratch.extend(&bytes);
        }
        *self.buffer = scratch;
        Ok(())
    }
}
