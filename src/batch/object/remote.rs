//! One object read in ranges: what was fetched is kept, what is announced is fetched together, and the first
//! failure ends it.

use super::client::Place;
use super::ranges::{Segments, requests};
use super::{Fault, Identity, Options, Traffic, Why};
use crate::package::Source;
use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// The end record of a zip archive with the longest comment stands within this many bytes of the end.
const END: u64 = 65_557;
/// A lone read fetches at least so much: the next one is often right behind.
const AHEAD: u64 = 16 << 10;

/// An object that was opened.
#[derive(Debug)]
pub struct Object {
    place: Place,
    runtime: Handle,
    identity: Identity,
    options: Options,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: Segments,
    traffic: Traffic,
    fault: Option<Fault>,
}

impl Object {
    pub(super) fn open(place: Place, runtime: Handle, options: Options) -> Result<Object, Fault> {
        let (end, identity) = runtime.block_on(place.end(END, options.max_bytes))?;
        let traffic = Traffic { requests: 1, bytes: end.len() as u64 };
        let mut state = State { traffic, ..State::default() };
        state.segments.insert(identity.size.saturating_sub(end.len() as u64), end);
        Ok(Object { place, runtime, identity, options, state: Mutex::new(state) })
    }

    /// What was opened; every byte read is of this content.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What was fetched so far.
    pub fn traffic(&self) -> Traffic {
        self.lock().traffic
    }

    /// The failure that ended reading, if one did. What was read of the package before is then worth nothing.
    pub fn fault(&self) -> Option<Fault> {
        self.lock().fault.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Segments are inserted whole: a panic elsewhere leaves them right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches `ranges` side by side. The lock is held: two threads never fetch the same bytes.
    fn fetch(&self, state: &mut State, ranges: Vec<Range<u64>>) {
        if ranges.is_empty() || state.fault.is_some() {
            return;
        }
        let wanted = ranges.iter().map(|r| r.end - r.start).fold(0, u64::saturating_add);
        if state.traffic.bytes.saturating_add(wanted) > self.options.max_bytes {
            state.fault = Some(Fault::new(&self.place.address, Why::TooMuch(self.options.max_bytes)));
            return;
        }
        // An archive may be made so that every entry costs a request of its own.
        if state.traffic.requests.saturating_add(ranges.len() as u64) > self.options.max_requests {
            state.fault = Some(Fault::new(&self.place.address, Why::TooMany(self.options.max_requests)));
            return;
        }
        let fetched = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for range in ranges {
                let (place, identity) = (self.place.clone(), self.identity.clone());
                tasks.spawn_on(
                    async move { (range.start, place.range(range, &identity).await) },
                    &self.runtime,
                );
            }
            let mut out = Vec::new();
            while let Some(ended) = tasks.join_next().await {
                let (offset, found) =
                    ended.map_err(|e| Fault::new(&self.place.address, Why::Failed(e.to_string())))?;
                out.push((offset, found?));
            }
            Ok(out)
        });
        match fetched {
            Ok(parts) => {
                for (offset, bytes) in parts {
                    state.traffic.requests += 1;
                    state.traffic.bytes += bytes.len() as u64;
                    state.segments.insert(offset, bytes);
                }
            }
            Err(fault) => state.fault = Some(fault),
        }
    }

    fn range(&self, offset: u64, len: usize) -> Range<u64> {
        let start = offset.min(self.identity.size);
        start..start.saturating_add(len as u64).min(self.identity.size)
    }
}

impl Source for Object {
    fn len(&self) -> u64 {
        self.identity.size
    }

    fn read(&self, offset: u64, len: usize) -> io::Result<Cow<'_, [u8]>> {
        let range = self.range(offset, len);
        let mut state = self.lock();
        let missing: Vec<Range<u64>> = state
            .segments
            .missing(&range)
            .into_iter()
            .flat_map(|gap| {
                let ahead = gap.start..gap.end.max(gap.start.saturating_add(AHEAD)).min(self.identity.size);
                // Reading ahead stops at what is there.
                let free = state.segments.missing(&ahead).into_iter().next().unwrap_or(gap);
                requests(&[free], self.identity.size, 0)
            })
            .collect();
        self.fetch(&mut state, missing);
        match &state.fault {
            Some(fault) => Err(io::Error::other(fault.clone())),
            None => Ok(Cow::Owned(state.segments.get(&range))),
        }
    }

    fn announce(&self, ranges: &[Range<u64>]) {
        let mut state = self.lock();
        let mut left = self.options.max_bytes.saturating_sub(state.traffic.bytes);
        let wanted: Vec<Range<u64>> = ranges
            .iter()
            .flat_map(|r| state.segments.missing(&(r.start.min(self.len())..r.end.min(self.len()))))
            .collect();
        let mut asked = Vec::new();
        for request in requests(&wanted, self.identity.size, self.options.gap) {
            // Over a gap lies what may be there already.
            for part in state.segments.missing(&request) {
                let Some(rest) = left.checked_sub(part.end - part.start) else { continue };
                left = rest;
                asked.push(part);
            }
        }
        self.fetch(&mut state, asked);
    }

    fn ready(&self, offset: u64, len: usize) -> Option<Cow<'_, [u8]>> {
        let bytes = self.lock().segments.get(&self.range(offset, len));
        (!bytes.is_empty()).then_some(Cow::Owned(bytes))
    }
}
