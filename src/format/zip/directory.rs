//! Finds the central directory of an archive and walks it, whatever the end record claims
//! (APPNOTE 4.3.12, 4.3.16; what Android does: libziparchive `FindCentralDirectoryInfo`, `ParseZipArchive`).

use super::source::{Source, clipped};
use super::trick::Trick;
use crate::bytes::{u16_at, u32_at, u64_at};
use memchr::memmem;
use std::borrow::Cow;
use std::io;

/// Signature of the end record.
const END: [u8; 4] = *b"PK\x05\x06";
/// Signature of a central directory record.
const RECORD: [u8; 4] = *b"PK\x01\x02";
/// Signature of a local header.
pub const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Signature of the zip64 end record.
const END64: u32 = 0x0606_4b50;
/// Signature of the zip64 locator.
const LOCATOR64: u32 = 0x0706_4b50;
/// Length of the end record without its comment.
const END_LEN: usize = 22;
/// Length of a directory record without name, extra field and comment.
const RECORD_LEN: usize = 46;
/// Length of a local header without name and extra field.
pub const LOCAL_LEN: usize = 30;
/// The end record stands in the last so many bytes (comment of at most 65,535 bytes).
const TAIL: usize = 65_535 + END_LEN;
/// End records looked at in full; a comment can hold thousands of fake ones.
const MAX_CANDIDATES: usize = 64;
/// Directories walked in search of the right one.
const MAX_WALKS: usize = 8;

/// Names of local headers without a directory record; longer ones are chance or a trap.
const MAX_LONE_NAME: usize = 1024;

/// One record of the directory, as it stands there; offsets are not yet corrected.
#[derive(Debug, Clone)]
pub struct Record {
    /// Name bytes, as a range of `Found::bytes`.
    pub name: std::ops::Range<usize>,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// CRC-32.
    pub crc32: u32,
    /// Compressed size.
    pub packed: u64,
    /// Uncompressed size.
    pub size: u64,
    /// Disk number.
    pub disk: u16,
    /// Offset of the local header.
    pub offset: u64,
}

/// The directory that was found.
pub struct Found<'s> {
    /// The bytes the records' names point into.
    pub bytes: Cow<'s, [u8]>,
    /// Its records, in order.
    pub records: Vec<Record>,
    /// Entries that the directory should list and does not, with their names; offsets are final.
    pub unlisted: Vec<(Vec<u8>, Record)>,
    /// How many records the end record counts, where that is fewer than there are.
    pub counted: Option<usize>,
    /// To add to each record's offset.
    pub shift: u64,
    /// Where the directory starts; no entry's data lies behind it in a sane archive.
    pub start: u64,
    /// What was odd.
    pub tricks: Vec<Trick>,
}

/// An end record.
#[derive(Debug, Clone, Copy)]
struct EndRecord {
    at: u64,
    disks: bool,
    count: u64,
    size: u64,
    offset: u64,
    comment: u64,
    /// Where the directory ends: the record itself, or the zip64 record before it.
    limit: u64,
}

/// A directory under trial.
struct Trial<'s> {
    end: EndRecord,
    start: u64,
    shift: u64,
    bytes: Cow<'s, [u8]>,
    walk: Walk,
}

/// What a walk over records gave.
struct Walk {
    records: Vec<Record>,
    /// Where it stopped, from the start of the bytes.
    stopped: usize,
    /// Bytes skipped between records.
    skipped: u64,
    full: bool,
}

/// A directory of at most this size is fetched in one request.
const NEAR: u64 = 64 << 20;

/// Finds the directory of `source`; `None` when it holds no trace of one.
pub fn find<'s>(source: &'s dyn Source, max_entries: usize) -> io::Result<Option<Found<'s>>> {
    let len = source.len();
    let tail_len = usize::try_from(len).unwrap_or(usize::MAX).min(TAIL);
    let tail_start = len - tail_len as u64;
    let tail = source.read(tail_start, tail_len)?;
    let mut ends = end_records(source, &tail, tail_start)?;
    if let Some(end) = ends.first().filter(|e| e.size <= NEAR) {
        // The directory, and the first bytes, which are looked at for a header.
        source.announce(&[end.limit.saturating_sub(end.size)..end.limit, 0..4]);
    }
    let mut far = None;
    if !ends.iter().any(|e| plausible(source, e)) && tail_start > 0 {
        // Junk of more than 64 KiB behind the archive: look everywhere.
        let all = source.read(0, usize::try_from(len).unwrap_or(usize::MAX))?;
        ends = end_records(source, &all, 0)?;
        far = Some(all);
    }
    let last = memmem::rfind(&tail, &END).map(|at| tail_start + at as u64);
    let mut best: Option<Trial<'s>> = None;
    let mut walks = 0;
    let mut plausible_ends: Vec<u64> = Vec::new();
    for end in &ends {
        let Some((start, shift)) = starts(source, end).next() else { continue };
        plausible_ends.push(end.at);
        if walks == MAX_WALKS {
            break;
        }
        walks += 1;
        let span = usize::try_from(end.limit.saturating_sub(start)).unwrap_or(usize::MAX);
        let bytes = source.read(start, span)?;
        let walk = walk(&bytes, max_entries);
        let trial = Trial { end: *end, start, shift, bytes, walk };
        if best.as_ref().is_none_or(|b| trial.rank(len) > b.rank(len)) {
            best = Some(trial);
        }
        if best.as_ref().is_some_and(|b| b.perfect(len)) && end.comment == 0 {
            break;
        }
    }
    let Some(mut best) = best else {
        let all = match far {
            Some(all) => all,
            None => source.read(0, usize::try_from(len).unwrap_or(usize::MAX))?,
        };
        return Ok(scan(all, max_entries, ends.first()));
    };
    best.settle_shift(source);
    // End records before the directory belong to archives stored inside this one.
    let several = plausible_ends.iter().filter(|at| **at >= best.start).count();
    let fake = last.is_some_and(|at| at > best.end.at && !plausible_ends.contains(&at));
    let mut found = best.conclude(source, max_entries)?;
    if several > 1 {
        found.tricks.push(Trick::SeveralEndRecords(several));
    }
    if fake {
        found.tricks.push(Trick::FakeEndRecord);
    }
    Ok(Some(found))
}

/// All end records in `window`, which starts at `base`; the last one first.
fn end_records(source: &dyn Source, window: &[u8], base: u64) -> io::Result<Vec<EndRecord>> {
    let mut out = Vec::new();
    for at in memmem::rfind_iter(window, &END).take(MAX_CANDIDATES) {
        let Some(mut end) = end_record(window, at, base) else { continue };
        let sixty_four = end.count == 0xffff || end.size == 0xffff_ffff || end.offset == 0xffff_ffff;
        if sixty_four && let Some((record, start)) = zip64(source, end.at)? {
            end = EndRecord { at: end.at, comment: end.comment, limit: start, ..record };
        }
        out.push(end);
    }
    Ok(out)
}

fn end_record(window: &[u8], at: usize, base: u64) -> Option<EndRecord> {
    let u16 = |o: usize| u16_at(window, at.checked_add(o)?).ok();
    let u32 = |o: usize| u32_at(window, at.checked_add(o)?).ok();
    let position = base.checked_add(at as u64)?;
    Some(EndRecord {
        at: position,
        disks: u16(4)? != 0 || u16(6)? != 0,
        count: u64::from(u16(10)?).max(u64::from(u16(8)?)),
        size: u64::from(u32(12)?),
        offset: u64::from(u32(16)?),
        comment: u64::from(u16(20)?),
        limit: position,
    })
}

/// The zip64 end record that the locator before the end record at `at` points to (APPNOTE 4.3.14, 4.3.15).
fn zip64(source: &dyn Source, at: u64) -> io::Result<Option<(EndRecord, u64)>> {
    let Some(locator_at) = at.checked_sub(20) else { return Ok(None) };
    let locator = source.read(locator_at, 20)?;
    if u32_at(&locator, 0) != Ok(LOCATOR64) {
        return Ok(None);
    }
    let Ok(record_at) = u64_at(&locator, 8) else { return Ok(None) };
    // Prepended data shifts the pointer; the record then stands right before its locator.
    for start in [record_at, locator_at.saturating_sub(56)] {
        let record = source.read(start, 56)?;
        if u32_at(&record, 0) == Ok(END64)
            && let (Ok(count), Ok(size), Ok(offset)) =
                (u64_at(&record, 32), u64_at(&record, 40), u64_at(&record, 48))
        {
            let end = EndRecord { at, disks: false, count, size, offset, comment: 0, limit: start };
            return Ok(Some((end, start)));
        }
    }
    Ok(None)
}

/// Whether a directory can start where `end` says or implies.
fn plausible(source: &dyn Source, end: &EndRecord) -> bool {
    starts(source, end).next().is_some()
}

/// Where the directory of `end` may start, and what to add to offsets then.
fn starts<'e>(source: &'e dyn Source, end: &'e EndRecord) -> impl Iterator<Item = (u64, u64)> + 'e {
    let implied = end.limit.checked_sub(end.size);
    let stated = (end.offset < end.limit).then_some((end.offset, 0));
    let rebased = implied.filter(|i| *i > end.offset).map(|i| (i, i - end.offset));
    let shrunk = implied.filter(|i| *i < end.offset).map(|i| (i, 0));
    [stated, rebased, shrunk]
        .into_iter()
        .flatten()
        .filter(|(start, _)| source.read(*start, 4).is_ok_and(|b| b.as_ref() == RECORD))
}

/// Walks records from the start of `bytes`; skips what is no record when records follow it.
fn walk(bytes: &[u8], max_entries: usize) -> Walk {
    let mut out = Walk { records: Vec::new(), stopped: 0, skipped: 0, full: false };
    // A record takes at least 46 bytes, so the count is bounded by the bytes that are there.
    out.records.reserve((bytes.len() / 64).min(max_entries));
    let mut at = 0;
    loop {
        match record(bytes, at) {
            Some((r, next)) => {
                if out.records.len() == max_entries {
                    out.full = true;
                    break;
                }
                out.records.push(r);
                at = next;
                out.stopped = next;
            }
            None => {
                let rest = bytes.get(at..).unwrap_or_default();
                // Step over a damaged record only where a whole one follows it.
                let next = memmem::find_iter(rest, &RECORD)
                    .take(MAX_CANDIDATES)
                    .map(|n| at + n)
                    .find(|n| *n > at && record(bytes, *n).is_some());
                let Some(next) = next else { break };
                out.skipped = out.skipped.saturating_add((next - at) as u64);
                at = next;
            }
        }
    }
    out
}

/// The record at `at`, and where the next one starts.
fn record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let head = bytes.get(at..)?.first_chunk::<RECORD_LEN>()?;
    if !head.starts_with(&RECORD) {
        return None;
    }
    let u16 = |o: usize| u16_at(head, o).ok();
    let u32 = |o: usize| u32_at(head, o).ok();
    let name_len = usize::from(u16(28)?);
    let extra_len = usize::from(u16(30)?);
    let comment_len = usize::from(u16(32)?);
    let name_at = at.checked_add(RECORD_LEN)?;
    let extra_at = name_at.checked_add(name_len)?;
    bytes.get(name_at..extra_at)?;
    let mut r = Record {
        name: name_at..extra_at,
        flags: u16(8)?,
        method: u16(10)?,
        crc32: u32(16)?,
        packed: u64::from(u32(20)?),
        size: u64::from(u32(24)?),
        disk: u16(34)?,
        offset: u64::from(u32(42)?),
    };
    if r.packed == 0xffff_ffff || r.size == 0xffff_ffff || r.offset == 0xffff_ffff {
        zip64_extra(clipped(bytes, extra_at as u64, extra_len), &mut r);
    }
    // Extra field and comment may run past the end (a lying length): the next record then is not found.
    Some((r, extra_at.saturating_add(extra_len).saturating_add(comment_len).min(bytes.len())))
}

/// Takes 64-bit values from the extended information field (APPNOTE 4.5.3) where the 32-bit ones say so.
fn zip64_extra(extra: &[u8], r: &mut Record) {
    let mut at = 0usize;
    while let (Ok(id), Ok(len)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        let field = clipped(extra, at as u64 + 4, usize::from(len));
        if id == 1 {
            let mut values = field.chunks_exact(8).filter_map(|c| u64_at(c, 0).ok());
            for slot in [&mut r.size, &mut r.packed, &mut r.offset] {
                if *slot == 0xffff_ffff
                    && let Some(value) = values.next()
                {
                    *slot = value;
                }
            }
            return;
        }
        at = at + 4 + usize::from(len);
    }
}

impl Trial<'_> {
    /// Whether nothing is odd.
    fn perfect(&self, len: u64) -> bool {
        self.exact(len)
            && self.abuts()
            && self.walk.skipped == 0
            && self.shift == 0
            && self.walk.records.len() as u64 == self.end.count
    }

    /// Whether record and comment end the file.
    fn exact(&self, len: u64) -> bool {
        self.end.at.checked_add(END_LEN as u64).and_then(|e| e.checked_add(self.end.comment)) == Some(len)
    }

    /// Whether the records end where the end record starts.
    fn abuts(&self) -> bool {
        self.start.checked_add(self.walk.stopped as u64) == Some(self.end.limit)
    }

    /// The better reading ranks higher: it holds the manifest, fits the file, then stands later.
    fn rank(&self, len: u64) -> impl Ord + use<> {
        let manifest = self
            .walk
            .records
            .iter()
            .any(|r| self.bytes.get(r.name.clone()).is_some_and(|n| n.ends_with(b"AndroidManifest.xml")));
        let counted = self.walk.records.len() as u64 == self.end.count;
        (!self.walk.records.is_empty(), manifest, self.abuts(), self.exact(len), counted, self.end.at)
    }
}

impl<'s> Trial<'s> {
    /// Checks the correction of offsets against the local headers: the directory may have moved alone.
    fn settle_shift(&mut self, source: &dyn Source) {
        let step = self.walk.records.len().div_ceil(8).max(1);
        let hits = |shift: u64| {
            let sample = self.walk.records.iter().step_by(step);
            sample
                .filter(|r| source.read(r.offset.saturating_add(shift), 4).is_ok_and(|b| *b == LOCAL))
                .count()
        };
        if self.shift > 0 && hits(0) > hits(self.shift) {
            self.shift = 0;
        }
    }

    /// The directory, with all that was odd about it.
    fn conclude(self, source: &'s dyn Source, max_entries: usize) -> io::Result<Found<'s>> {
        let len = source.len();
        let end = self.end;
        let mut tricks = Vec::new();
        let found = self.walk.records.len() as u64;
        match end.at.saturating_add(END_LEN as u64).saturating_add(end.comment) {
            e if e > len => tricks.push(Trick::CommentLength),
            e if e < len => tricks.push(Trick::TrailingBytes(len - e)),
            _ => {}
        }
        if end.disks {
            tricks.push(Trick::Disks);
        }
        // Without zip64 the count is kept modulo 65,536.
        let miscounted =
            end.count != found && !(end.limit == end.at && end.count == found % 65_536) && !self.walk.full;
        let mut unlisted = Vec::new();
        if miscounted {
            tricks.push(Trick::EntryCount { declared: end.count, found });
            if end.count > found {
                unlisted = self.unlisted(source, max_entries)?;
            }
        }
        if self.shift > 0 {
            tricks.push(Trick::Prepended(self.shift));
        } else if self.start != end.offset {
            tricks.push(Trick::DirectoryOffset);
        }
        let ends = self.start.checked_add(end.size) == Some(end.limit);
        if !ends || (self.walk.stopped as u64 != end.size && !self.walk.full) {
            tricks.push(Trick::DirectorySize);
        }
        if self.walk.skipped > 0 {
            tricks.push(Trick::DirectoryDamaged(self.walk.skipped));
        }
        if self.walk.full {
            tricks.push(Trick::TooManyEntries(self.walk.records.len()));
        }
        if found > 0 && self.shift == 0 && source.read(0, 4).is_ok_and(|b| *b != LOCAL) {
            tricks.push(Trick::NoHeaderAtStart);
        }
        let counted = usize::try_from(end.count).ok().filter(|_| miscounted && end.count < found);
        Ok(Found {
            bytes: self.bytes,
            records: self.walk.records,
            unlisted,
            counted,
            shift: self.shift,
            start: self.start,
            tricks,
        })
    }

    /// Entries between the listed ones, by their local headers.
    fn unlisted(&self, source: &dyn Source, max_entries: usize) -> io::Result<Vec<(Vec<u8>, Record)>> {
        let all = source.read(0, usize::try_from(self.start).unwrap_or(usize::MAX))?;
        let mut known: Vec<(usize, usize)> = self
            .walk
            .records
            .iter()
            .filter_map(|r| {
                let at = usize::try_from(r.offset.saturating_add(self.shift)).ok()?;
                let head = all.get(at..)?.first_chunk::<LOCAL_LEN>()?;
                let names = usize::from(u16_at(head, 26).ok()?) + usize::from(u16_at(head, 28).ok()?);
                let end = (at + LOCAL_LEN + names).saturating_add(usize::try_from(r.packed).ok()?);
                Some((at, end))
            })
            .collect();
        known.sort_unstable();
        known.push((all.len(), all.len()));
        let mut out = Vec::new();
        let mut from = 0;
        for (start, end) in known {
            let left = max_entries.saturating_sub(self.walk.records.len() + out.len());
            let gap = all.get(from..start).unwrap_or_default();
            for mut r in local_headers(gap, left).0 {
                let name = gap.get(r.name.clone()).unwrap_or_default().to_vec();
                r.offset += from as u64;
                out.push((name, r));
            }
            from = from.max(end);
        }
        Ok(out)
    }
}

/// Finds a directory by its own marks, or failing that local headers, in the whole file.
fn scan<'s>(all: Cow<'s, [u8]>, max_entries: usize, end: Option<&EndRecord>) -> Option<Found<'s>> {
    let mut best: Option<(usize, Walk)> = None;
    let mut at = 0;
    while let Some(n) = memmem::find(all.get(at..).unwrap_or_default(), &RECORD) {
        let start = at + n;
        let walked = walk(all.get(start..).unwrap_or_default(), max_entries);
        let next = start + walked.stopped.max(4);
        if best.as_ref().is_none_or(|(_, b)| walked.records.len() > b.records.len()) {
            best = Some((start, walked));
        }
        at = next;
    }
    if let Some((start, mut walk)) = best
        && !walk.records.is_empty()
    {
        for r in &mut walk.records {
            r.name = r.name.start + start..r.name.end + start;
        }
        let mut tricks = vec![if end.is_some() { Trick::DirectoryOffset } else { Trick::NoEndRecord }];
        if walk.skipped > 0 {
            tricks.push(Trick::DirectoryDamaged(walk.skipped));
        }
        if walk.full {
            tricks.push(Trick::TooManyEntries(walk.records.len()));
        }
        // Records know where the first header was; if it stands elsewhere now, everything moved.
        let first = walk.records.iter().map(|r| r.offset).min().unwrap_or(0);
        let shift = match memmem::find(&all, &LOCAL) {
            Some(there) if clipped(&all, first, 4) != LOCAL => (there as u64).saturating_sub(first),
            _ => 0,
        };
        return Some(Found {
            bytes: all,
            records: walk.records,
            unlisted: Vec::new(),
            counted: None,
            shift,
            start: start as u64,
            tricks,
        });
    }
    let (records, full) = local_headers(&all, max_entries);
    if records.is_empty() {
        return None;
    }
    let mut tricks = vec![Trick::NoDirectory(records.len())];
    if full {
        tricks.push(Trick::TooManyEntries(records.len()));
    }
    let start = all.len() as u64;
    Some(Found { bytes: all, records, unlisted: Vec::new(), counted: None, shift: 0, start, tricks })
}

/// Entries by their local headers alone: what is left of an archive that was cut.
fn local_headers(all: &[u8], max_entries: usize) -> (Vec<Record>, bool) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(n) = memmem::find(all.get(at..).unwrap_or_default(), &LOCAL) {
        let start = at + n;
        at = start + 4;
        let Some(head) = all.get(start..).and_then(|r| r.first_chunk::<LOCAL_LEN>()) else { break };
        let (Ok(flags), Ok(method), Ok(crc32), Ok(packed), Ok(size), Ok(name_len), Ok(extra_len)) = (
            u16_at(head, 6),
            u16_at(head, 8),
            u32_at(head, 14),
            u32_at(head, 18),
            u32_at(head, 22),
            u16_at(head, 26),
            u16_at(head, 28),
        ) else {
            break;
        };
        let name = start + LOCAL_LEN..start + LOCAL_LEN + usize::from(name_len);
        let data = name.end + usize::from(extra_len);
        if name.is_empty() || name.len() > MAX_LONE_NAME || data > all.len() {
            continue;
        }
        // Headers that stand in the name of another would each claim the same bytes again.
        at = name.end;
        if out.len() == max_entries {
            return (out, true);
        }
        let (mut packed, mut size, mut crc32) = (u64::from(packed), u64::from(size), crc32);
        if flags & 8 != 0 && packed == 0 {
            // Sizes follow in a data descriptor: the data ends before the next header, at the latest.
            let rest = all.get(data..).unwrap_or_default();
            packed = memmem::find_iter(rest, b"PK")
                .find(|n| matches!(rest.get(n + 2..n + 4), Some([7, 8] | [3, 4] | [1, 2])))
                .unwrap_or(rest.len()) as u64;
            let descriptor = clipped(rest, packed, 16);
            if let (Ok(0x0807_4b50), Ok(crc), Ok(claim)) =
                (u32_at(descriptor, 0), u32_at(descriptor, 4), u32_at(descriptor, 12))
            {
                (crc32, size) = (crc, u64::from(claim));
            }
        }
        let end = (data as u64).saturating_add(packed);
        if end <= all.len() as u64 {
            at = usize::try_from(end).unwrap_or(at).max(at);
        }
        out.push(Record { name, flags, method, crc32, packed, size, disk: 0, offset: start as u64 });
    }
    (out, false)
}
