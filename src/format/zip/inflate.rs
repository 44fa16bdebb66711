//! Raw deflate into a reusable buffer, capped while inflating; the inflater's state is kept per thread.

use crate::limits::Deadline;
use flate2::{Decompress, FlushDecompress, Status};
use std::cell::RefCell;

/// Bytes that one entry after another is inflated into; memory is kept between entries.
///
/// The memory behind the filled part stays initialised, so reuse costs neither clearing nor `unsafe`.
#[derive(Debug, Default)]
pub struct Buffer {
    memory: Memory,
    filled: usize,
}

/// Zeroed memory. Large pieces come straight from the system in huge pages where it has them: the first touch of
/// each small page costs about a tenth of what inflating into it does.
#[derive(Debug)]
enum Memory {
    Heap(Vec<u8>),
    Pages(memmap2::MmapMut),
}

/// From here on memory is asked for in pages: most of a huge page of the usual machine.
const PAGED: usize = 3 << 19;

/// What a huge page is on nearly every machine. Linux lays mappings of whole multiples on its boundaries.
const HUGE: usize = 2 << 20;

impl Memory {
    fn new(len: usize) -> Memory {
        let whole = len.checked_next_multiple_of(HUGE).unwrap_or(len);
        let pages = (len >= PAGED).then(|| memmap2::MmapMut::map_anon(whole).ok()).flatten();
        match pages {
            Some(pages) => {
                #[cfg(target_os = "linux")]
                // Small pages serve as well, only slower.
                let _ = pages.advise(memmap2::Advice::HugePage);
                Memory::Pages(pages)
            }
            None => Memory::Heap(vec![0; len]),
        }
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::Heap(Vec::new())
    }
}

impl std::ops::Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages,
        }
    }
}

impl std::ops::DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Memory::Heap(bytes) => bytes,
            Memory::Pages(pages) => pages,
        }
    }
}

impl Buffer {
    /// An empty buffer that holds no memory yet.
    pub fn new() -> Buffer {
        Buffer::default()
    }

    /// What was written since the last `clear`.
    pub fn bytes(&self) -> &[u8] {
        self.memory.get(..self.filled).unwrap_or_default()
    }

    /// Forgets the content and keeps the memory.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// The content as an owned vector; the buffer is left empty and without memory.
    pub fn take(&mut self) -> Vec<u8> {
        let filled = std::mem::take(&mut self.filled);
        match std::mem::take(&mut self.memory) {
            Memory::Heap(mut bytes) => {
                bytes.truncate(filled);
                bytes
            }
            Memory::Pages(pages) => pages.get(..filled).unwrap_or_default().to_vec(),
        }
    }

    /// Appends `bytes`.
    pub fn extend(&mut self, bytes: &[u8]) {
        if let Some(room) = self.room(bytes.len()).get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
            self.filled += bytes.len();
        }
    }

    /// Writable memory after the filled part, at least `len` bytes of it.
    fn room(&mut self, len: usize) -> &mut [u8] {
        let want = self.filled.saturating_add(len);
        if self.memory.len() < want {
            if self.filled == 0 {
                // Given back first: never two of them at once.
                self.memory = Memory::default();
                self.memory = Memory::new(want);
            } else {
                let mut larger = Memory::new(want);
                if let Some(start) = larger.get_mut(..self.filled) {
                    start.copy_from_slice(self.memory.get(..self.filled).unwrap_or_default());
                }
                self.memory = larger;
            }
        }
        self.memory.get_mut(self.filled..).unwrap_or_default()
    }

    /// Counts `len` bytes of the room as written.
    fn advance(&mut self, len: usize) {
        self.filled = self.filled.saturating_add(len).min(self.memory.len());
    }
}

/// How inflating ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the end of the deflate stream.
    Complete,
    /// The caller wanted no more.
    Enough,
    /// The input ended before the stream did.
    Cut,
    /// The stream breaks the deflate format (RFC 1951).
    Broken,
    /// The cap was reached and the stream goes on.
    Capped,
    /// The deadline passed.
    OutOfTime,
}

/// A deflate stream that is inflated step by step into one growing buffer.
pub struct Inflater<'i> {
    state: Option<Decompress>,
    input: &'i [u8],
    consumed: usize,
    end: Option<End>,
}

/// Inflated between two looks at the clock, at most.
const STEP: usize = 8 << 20;

/// A deflate stream cannot grow more than this (RFC 1951: 258 bytes from two bits).
const MAX_RATIO: usize = 1032;

thread_local! {
    /// Setting up an inflater costs more than a small entry does: each thread keeps the last one.
    static SPARE: RefCell<Option<Decompress>> = const { RefCell::new(None) };
}

impl<'i> Inflater<'i> {
    /// An inflater at the start of `input`.
    pub fn new(input: &'i [u8]) -> Inflater<'i> {
        let spare = SPARE.with(|s| s.borrow_mut().take());
        let state = spare
            .map(|mut s| {
                s.reset(false);
                s
            })
            .unwrap_or_else(|| Decompress::new(false));
        Inflater { state: Some(state), input, consumed: 0, end: None }
    }

    /// Appends to `out` until it holds `want` bytes or the stream ends.
    /// Memory grows with what really comes out, whatever `want` says.
    pub fn fill(&mut self, out: &mut Buffer, want: usize, deadline: &Deadline) -> End {
        if let Some(end) = self.end {
            return end;
        }
        let Some(state) = self.state.as_mut() else { return End::Broken };
        while out.filled < want {
            if deadline.passed() {
                return End::OutOfTime;
            }
            let rest = self.input.get(self.consumed..).unwrap_or_default();
            let possible = (rest.len().saturating_add(64)).saturating_mul(MAX_RATIO);
            let step = (want - out.filled).min(STEP.max(out.filled)).min(possible);
            let room = out.room(step).get_mut(..step).unwrap_or_default();
            let (read, written) = (state.total_in(), state.total_out());
            let status = state.decompress(rest, room, FlushDecompress::None);
            let read = usize::try_from(state.total_in() - read).unwrap_or(0);
            let written = usize::try_from(state.total_out() - written).unwrap_or(0);
            self.consumed = self.consumed.saturating_add(read);
            out.advance(written);
            let stuck = read == 0 && written == 0;
            self.end = match status {
                Ok(Status::StreamEnd) => Some(End::Complete),
                Ok(_) if stuck && self.consumed >= self.input.len() => Some(End::Cut),
                Ok(_) if stuck => Some(End::Broken),
                Ok(_) => None,
                Err(_) => Some(End::Broken),
            };
            if let Some(end) = self.end {
                return end;
            }
        }
        End::Enough
    }

    /// Inflates to the end of the stream, at most to `cap` bytes; `hint` is the size the archive claims.
    pub fn finish(&mut self, out: &mut Buffer, hint: u64, cap: usize, deadline: &Deadline) -> End {
        let hint = usize::try_from(hint).unwrap_or(usize::MAX).min(cap);
        match self.fill(out, hint, deadline) {
            End::Enough => {}
            end => return end,
        }
        // An exact claim is the rule: one byte more tells whether the stream ends here.
        let mut probe = Buffer::new();
        let end = self.fill(&mut probe, 1, deadline);
        if out.filled >= cap && probe.filled > 0 {
            return End::Capped;
        }
        out.extend(probe.bytes());
        if end != End::Enough {
            return end;
        }
        match self.fill(out, cap, deadline) {
            End::Enough => End::Capped,
            end => end,
        }
    }

    /// Bytes of input used so far.
    pub fn consumed(&self) -> usize {
        self.consumed
    }
}

/// Inflates all of `input` into the cleared `out`, at most `cap` bytes; `hint` is the size the archive claims.
pub fn inflate(input: &[u8], hint: u64, cap: usize, out: &mut Buffer, deadline: &Deadline) -> End {
    out.clear();
    #[cfg(feature = "fast-inflate")]
    if at_once(input, hint, cap, out).is_some() {
        return End::Complete;
    }
    Inflater::new(input).finish(out, hint, cap, deadline)
}

/// A claim of size that grows the input more than this is not believed before it comes true.
#[cfg(feature = "fast-inflate")]
const CREDIBLE_RATIO: usize = 64;

#[cfg(feature = "fast-inflate")]
thread_local! {
    static WHOLE: RefCell<libdeflater::Decompressor> = RefCell::new(libdeflater::Decompressor::new());
}

/// Inflates in one go where the claimed size is credible and true; `None` where it is not or the stream breaks,
/// and the patient way has to find out how far it goes.
#[cfg(feature = "fast-inflate")]
fn at_once(input: &[u8], hint: u64, cap: usize, out: &mut Buffer) -> Option<()> {
    let credible = input.len().saturating_mul(CREDIBLE_RATIO).saturating_add(4096).min(cap);
    let size = usize::try_from(hint).ok().filter(|size| *size <= credible)?;
    let room = out.room(size).get_mut(..size)?;
    let written = WHOLE.with(|w| w.borrow_mut().deflate_decompress(input, room)).ok()?;
    out.advance(written);
    Some(())
}

impl Drop for Inflater<'_> {
    fn drop(&mut self) {
        let state = self.state.take();
        SPARE.with(|s| *s.borrow_mut() = state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn deflated(data: &[u8]) -> Vec<u8> {
        let mut w = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        w.write_all(data).expect("in memory");
        w.finish().expect("in memory")
    }

    #[test]
    fn claims_of_size_change_nothing() {
        let data: Vec<u8> = (0..100_000u32).flat_map(|i| (i % 977).to_le_bytes()).collect();
        let packed = deflated(&data);
        for hint in [0, 1, data.len() as u64 - 1, data.len() as u64, data.len() as u64 + 1, u64::MAX] {
            let mut out = Buffer::new();
            let end = Inflater::new(&packed).finish(&mut out, hint, 1 << 30, &Deadline::never());
            assert_eq!((end, out.bytes() == data), (End::Complete, true), "hint {hint}");
            let end = inflate(&packed, hint, 1 << 30, &mut out, &Deadline::never());
            assert_eq!((end, out.bytes() == data), (End::Complete, true), "hint {hint}");
        }
    }

    #[test]
    fn a_cap_holds_and_says_so() {
        let data = vec![7u8; 1 << 20];
        let packed = deflated(&data);
        for (cap, end) in [(1 << 20, End::Complete), ((1 << 20) - 1, End::Capped), (10, End::Capped)] {
            let mut out = Buffer::new();
            let got = Inflater::new(&packed).finish(&mut out, u64::MAX, cap, &Deadline::never());
            assert_eq!((got, out.bytes().len()), (end, cap.min(1 << 20)));
            let got = inflate(&packed, 1 << 20, cap, &mut out, &Deadline::never());
            assert_eq!((got, out.bytes().len()), (end, cap.min(1 << 20)));
        }
    }

    #[test]
    fn every_cut_is_seen() {
        let packed = deflated(b"a prefix of a stream is no stream");
        for cut in 0..packed.len() {
            let mut out = Buffer::new();
            let part = packed.get(..cut).expect("cut");
            let end = Inflater::new(part).finish(&mut out, 64, 1 << 20, &Deadline::never());
            assert_ne!(end, End::Complete, "cut at {cut}");
        }
    }
}
