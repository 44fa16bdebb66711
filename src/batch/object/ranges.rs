//! Byte ranges: which requests to make for what is needed and not yet there.

use std::collections::BTreeMap;
use std::ops::Range;

/// Most ranges asked for together; beyond, neighbours are joined over wider gaps.
const MOST: usize = 128;
/// A range longer than this is fetched in pieces side by side.
const PIECE: u64 = 8 << 20;

/// What was fetched, by offset. Segments never overlap.
#[derive(Debug, Default)]
pub struct Segments(BTreeMap<u64, Vec<u8>>);

impl Segments {
    /// Keeps `bytes` found at `offset`.
    pub fn insert(&mut self, offset: u64, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.0.insert(offset, bytes);
        }
    }

    /// The parts of `range` that are not there.
    pub fn missing(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let mut out = Vec::new();
        let mut at = range.start;
        for (start, end) in self.within(range) {
            if start > at {
                out.push(at..start);
            }
            at = at.max(end);
        }
        if at < range.end {
            out.push(at..range.end);
        }
        out
    }

    /// The bytes from the start of `range` on, as far as they are there without a gap.
    pub fn get(&self, range: &Range<u64>) -> Vec<u8> {
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        let mut out = Vec::new();
        let mut at = range.start;
        for (start, end) in self.within(range) {
            if start > at || at >= range.end {
                break;
            }
            let Some(bytes) = self.0.get(&start) else { break };
            let skip = usize::try_from(at - start).unwrap_or(usize::MAX);
            let part = bytes.get(skip..).unwrap_or_default();
            let left = length - out.len();
            out.extend_from_slice(part.get(..left.min(part.len())).unwrap_or_default());
            at = end.max(at);
        }
        out
    }

    /// Start and end of every segment that touches `range`, in order.
    fn within(&self, range: &Range<u64>) -> impl Iterator<Item = (u64, u64)> + '_ {
        let before = self.0.range(..range.start).next_back().map_or(range.start, |(start, _)| *start);
        let (from, until) = (range.start, range.end.max(before));
        self.0
            .range(before..until)
            .map(|(start, bytes)| (*start, start.saturating_add(bytes.len() as u64)))
            .filter(move |(_, end)| *end > from)
    }
}

/// The requests to make for `wanted`: sorted, clipped to `size`, neighbours less than `gap` apart joined, long
/// ones cut into pieces.
pub fn requests(wanted: &[Range<u64>], size: u64, gap: u64) -> Vec<Range<u64>> {
    let mut sorted: Vec<Range<u64>> =
        wanted.iter().map(|r| r.start.min(size)..r.end.min(size)).filter(|r| !r.is_empty()).collect();
    sorted.sort_unstable_by_key(|r| (r.start, r.end));
    let mut gap = gap;
    let mut joined = join(&sorted, gap);
    while joined.len() > MOST {
        gap = gap.max(1).saturating_mul(2);
        joined = join(&joined, gap);
    }
    joined.into_iter().flat_map(pieces).collect()
}

fn join(sorted: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match out.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => last.end = last.end.max(range.end),
            _ => out.push(range.clone()),
        }
    }
    out
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let count = (range.end - range.start).div_ceil(PIECE).max(1);
    (0..count).map(move |i| {
        let start = range.start + i * PIECE;
        start..range.end.min(start.saturating_add(PIECE))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_fetched_as_one_and_long_ranges_in_pieces() {
        assert_eq!(requests(&[900..1000, 0..10, 20..30, 5..15], 950, 10), vec![0..30, 900..950]);
        let long = requests(&[0..20 << 20, 1..2], u64::MAX, 0);
        assert_eq!(long, vec![0..8 << 20, 8 << 20..16 << 20, 16 << 20..20 << 20]);
        assert!(requests(&[5..5, 70..80], 60, 0).is_empty());
    }

    #[test]
    fn a_swarm_of_ranges_ends_as_few_requests() {
        let swarm: Vec<Range<u64>> = (0..200_000u64).map(|i| i * 5_000..i * 5_000 + 8).collect();
        let made = requests(&swarm, u64::MAX, 64);
        assert!(made.len() <= MOST + 200, "{}", made.len());
        assert!(swarm.iter().all(|w| made.iter().any(|m| m.start <= w.start && w.end <= m.end)));
    }

    #[test]
    fn what_is_there_is_not_fetched_again() {
        let mut segments = Segments::default();
        segments.insert(10, vec![1; 10]);
        segments.insert(20, vec![2; 10]);
        segments.insert(50, vec![5; 10]);
        assert_eq!(segments.missing(&(0..70)), vec![0..10, 30..50, 60..70]);
        assert_eq!(segments.missing(&(12..28)), Vec::<Range<u64>>::new());
        assert_eq!(segments.get(&(15..25)), [[1u8; 5], [2; 5]].concat());
        assert_eq!(segments.get(&(25..55)), vec![2; 5], "only up to the gap");
        assert!(segments.get(&(30..40)).is_empty());
        assert!(segments.get(&(5..15)).is_empty());
    }
}
