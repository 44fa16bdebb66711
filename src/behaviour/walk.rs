//! One linear pass over the instructions of a dex: which class contains calls, field accesses and strings of the
//! catalogue. Every code item is decoded once, however many methods share it.

use super::ApiUse;
use super::catalogue::{ENTRIES, Mark};
use super::marks::{Ids, Marks};
use crate::bytes;
use crate::format::dex::{Dex, class_name};
use crate::format::mutf8;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::limits::Deadline;
use crate::location::{EntryPath, Location};
use std::collections::HashMap;

/// Most pairs of class and entry kept for one dex; real ones have some thousands.
pub const MAX_USES: usize = 200_000;

/// What the walk over one dex found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Uses, in the order of classes in the file, entries by id within a class.
    pub uses: Vec<ApiUse>,
    /// What was not walked.
    pub limitations: Vec<Limitation>,
    /// Code units decoded; at most twice the size of the file.
    pub units: usize,
}

/// One method with code or without.
struct Method {
    class: u32,
    id: u32,
    code: u32,
}

impl Walk {
    /// Walks `dex`, which stands at `at`.
    ///
    /// Time and memory are linear in the size of the file, whatever its tables claim.
    pub fn dex(dex: &Dex<'_>, at: &EntryPath, deadline: &Deadline) -> Walk {
        let mut walk = Walk::default();
        // A container can hold as many dex files as it has room for headers.
        if deadline.passed() {
            walk.limitations.push(Stop::Limit.limitation(at));
            return walk;
        }
        let Some(mut marks) = Marks::resolve(dex) else { return walk };
        let mut stop = None;
        let methods = methods(dex, &mut stop);
        let mut defined = vec![0u64; dex.method_count() as usize / 64 + 1];
        for method in &methods {
            if let Some(word) = defined.get_mut(method.id as usize / 64) {
                *word |= 1 << (method.id % 64);
            }
        }
        marks.forget_overridden(|_, id| {
            defined.get(id as usize / 64).is_some_and(|w| w >> (id % 64) & 1 == 1)
        });
        let mut scan = Scan::new(dex, &marks);
        let mut class = ClassUses::default();
        let mut current = None;
        for method in &methods {
            if current != Some(method.class) {
                walk.close(dex, at, current, &mut class);
                current = Some(method.class);
                if deadline.passed() || walk.uses.len() >= MAX_USES {
                    stop = Some(Stop::Limit);
                    break;
                }
            }
            match scan.method(method.code) {
                Ok(found) => class.add(method.id, found),
                Err(s) => stop = stop.or(Some(s)),
            }
        }
        walk.close(dex, at, current, &mut class);
        walk.subclasses(dex, at, &marks);
        walk.units = scan.units;
        if let Some(stop) = stop {
            walk.limitations.push(stop.limitation(at));
        }
        walk
    }

    /// Turns what one class holds into uses.
    fn close(&mut self, dex: &Dex<'_>, at: &EntryPath, class: Option<u32>, found: &mut ClassUses) {
        if found.used.is_empty() {
            return;
        }
        let name = class.and_then(|c| dex.descriptor(c).ok()).and_then(class_name).unwrap_or_default();
        for (entry, count, method) in found.take() {
            let Some(entry) = ENTRIES.get(usize::from(entry)) else { continue };
            let method = dex.method(method).and_then(|m| dex.name(m.name)).map(mutf8::decode);
            self.uses.push(ApiUse {
                api: entry.id,
                class: name.clone(),
                method: method.map(|m| m.into_owned()).unwrap_or_default(),
                count,
                at: at.clone(),
            });
        }
    }

    fn subclasses(&mut self, dex: &Dex<'_>, at: &EntryPath, marks: &Marks) {
        let mut subclasses: Vec<_> = marks.subclasses.iter().collect();
        subclasses.sort_unstable();
        for (class, mark) in subclasses.into_iter().take(MAX_USES) {
            let Mark::Entry(entry) = mark else { continue };
            let name = dex.descriptor(*class).ok().and_then(class_name);
            let (Some(entry), Some(class)) = (ENTRIES.get(usize::from(*entry)), name) else { continue };
            self.uses.push(ApiUse { api: entry.id, class, method: String::new(), count: 1, at: at.clone() });
        }
    }
}

/// Why a walk ended early.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// Too much, or too late.
    Limit,
    /// Class data or code that no device would accept.
    Malformed(usize),
}

impl Stop {
    fn limitation(self, at: &EntryPath) -> Limitation {
        let (kind, detail) = match self {
            Stop::Limit => (
                LimitationKind::LimitReached,
                Text::new(
                    "敏感接口扫描达到上限，此 dex 只扫描了一部分",
                    "the search for sensitive APIs hit its limit; part of this dex was not searched",
                ),
            ),
            Stop::Malformed(offset) => (
                LimitationKind::Malformed,
                Text::new(
                    format!("偏移 {offset:#x} 处的代码结构损坏，其中的敏感接口无法识别"),
                    format!(
                        "code structure at offset {offset:#x} is broken; sensitive APIs in it cannot be seen"
                    ),
                ),
            ),
        };
        Limitation { kind, at: Location::entry(at), hides: Some(Hidden::Code), detail }
    }
}

/// All methods with code, class by class.
fn methods(dex: &Dex<'_>, stop: &mut Option<Stop>) -> Vec<Method> {
    // Many class definitions may share one class data item that claims millions of members: what is read is
    // paid for out of the size of the file, of which two bytes make a field and three a method.
    let mut budget = dex.data().len();
    let mut out = Vec::new();
    for def in dex.class_defs().flatten() {
        let data = match dex.class_data(&def) {
            Ok(Some(data)) => data,
            Ok(None) => continue,
            Err(_) => {
                *stop = Some(Stop::Malformed(def.class_data as usize));
                continue;
            }
        };
        let fields = usize::try_from(data.field_count()).unwrap_or(usize::MAX).saturating_mul(2);
        let Some(rest) = budget.checked_sub(fields) else {
            *stop = Some(Stop::Limit);
            break;
        };
        budget = rest;
        let Ok(members) = data.methods() else {
            *stop = Some(Stop::Malformed(def.class_data as usize));
            continue;
        };
        for method in members {
            let Some(rest) = budget.checked_sub(3) else {
                *stop = Some(Stop::Limit);
                return out;
            };
            budget = rest;
            out.push(Method { class: def.class, id: method.method, code: method.code });
        }
    }
    out
}

/// Uses of the class at hand: a slot per entry, and which slots are in use.
struct ClassUses {
    slots: Vec<(u32, u32)>,
    used: Vec<u16>,
}

impl Default for ClassUses {
    fn default() -> ClassUses {
        ClassUses { slots: vec![(0, 0); ENTRIES.len()], used: Vec::new() }
    }
}

impl ClassUses {
    fn add(&mut self, method: u32, found: &[(u16, u32)]) {
        for (entry, count) in found {
            let Some(slot) = self.slots.get_mut(usize::from(*entry)) else { continue };
            if slot.0 == 0 {
                slot.1 = method;
                self.used.push(*entry);
            }
            slot.0 = slot.0.saturating_add(*count);
        }
    }

    /// Empties itself: entry, count, first method; in order of entries.
    fn take(&mut self) -> impl Iterator<Item = (u16, u32, u32)> {
        self.used.sort_unstable();
        let slots = &mut self.slots;
        self.used.drain(..).filter_map(move |entry| {
            let slot = slots.get_mut(usize::from(entry))?;
            let (count, method) = std::mem::take(slot);
            Some((entry, count, method))
        })
    }
}

/// Decodes code items and keeps what each holds, for methods that share one.
struct Scan<'d, 'a> {
    dex: &'d Dex<'a>,
    marks: &'d Marks,
    /// A bit per possible code offset (a multiple of four).
    visited: Vec<u64>,
    /// Where in `found` the entries of a code item stand; only of code that holds some.
    known: HashMap<u32, (usize, usize)>,
    found: Vec<(u16, u32)>,
    seen: Vec<Mark>,
    units: usize,
    /// Code units left to decode, and shared entries left to hand out.
    left: usize,
}

impl<'d, 'a> Scan<'d, 'a> {
    fn new(dex: &'d Dex<'a>, marks: &'d Marks) -> Scan<'d, 'a> {
        Scan {
            dex,
            marks,
            visited: vec![0; dex.data().len() / 256 + 1],
            known: HashMap::new(),
            found: Vec::new(),
            seen: Vec::new(),
            units: 0,
            left: dex.data().len(),
        }
    }

    /// Entries in the code at `offset`, each with its count.
    fn method(&mut self, offset: u32) -> Result<&[(u16, u32)], Stop> {
        if offset == 0 {
            return Ok(&[]);
        }
        if !offset.is_multiple_of(4) {
            return Err(Stop::Malformed(offset as usize));
        }
        let bit = offset as usize / 4;
        let word = self.visited.get_mut(bit / 64).ok_or(Stop::Malformed(offset as usize))?;
        if *word >> (bit % 64) & 1 == 1 {
            let Some((start, end)) = self.known.get(&offset).copied() else { return Ok(&[]) };
            self.left = self.left.checked_sub(end - start).ok_or(Stop::Limit)?;
            return Ok(self.found.get(start..end).unwrap_or_default());
        }
        *word |= 1 << (bit % 64);
        let code = self.dex.code(offset).map_err(|_| Stop::Malformed(offset as usize))?;
        let units = code.instructions.len() / 2;
        self.left = self.left.checked_sub(units).ok_or(Stop::Limit)?;
        self.units += units;
        self.seen.clear();
        decode(code.instructions, self.marks, &mut self.seen);
        if self.seen.is_empty() {
            return Ok(&[]);
        }
        let start = self.found.len();
        count(&mut self.seen, &mut self.found);
        let end = self.found.len();
        if end > start {
            self.known.insert(offset, (start, end));
        }
        Ok(self.found.get(start..end).unwrap_or_default())
    }
}

/// Adds each entry among `seen` with its count; those that need a companion only beside it.
fn count(seen: &mut [Mark], out: &mut Vec<(u16, u32)>) {
    let companions = seen.iter().fold(0u32, |set, mark| match mark {
        Mark::Companion(c) => set | 1u32.checked_shl(u32::from(*c)).unwrap_or(0),
        Mark::Entry(_) => set,
    });
    seen.sort_unstable();
    for same in seen.chunk_by(|a, b| a == b) {
        let Some(Mark::Entry(entry)) = same.first() else { continue };
        let with = ENTRIES.get(usize::from(*entry)).and_then(|e| e.with);
        if with.is_none_or(|c| companions >> (c % 32) & 1 == 1) {
            out.push((*entry, u32::try_from(same.len()).unwrap_or(u32::MAX)));
        }
    }
}

/// Passes over `code` once and notes the marks of what it names.
fn decode(code: &[u8], marks: &Marks, seen: &mut Vec<Mark>) {
    let mut rest = code;
    while let [op, high, operands @ ..] = rest {
        let shape = SHAPES.get(usize::from(*op)).copied().unwrap_or(1);
        let mut units = usize::from(shape & WIDTH);
        // Most instructions name nothing.
        if shape & KIND != 0 {
            let ids: &Ids = match shape & KIND {
                NAMES_METHOD => &marks.methods,
                NAMES_FIELD => &marks.fields,
                _ => &marks.strings,
            };
            let id = if shape & KIND == NAMES_LONG_STRING {
                bytes::u32_at(operands, 0).ok()
            } else {
                bytes::u16_at(operands, 0).ok().map(u32::from)
            };
            seen.extend_from_slice(id.map(|id| ids.get(id)).unwrap_or_default());
        } else if *op == 0 && *high != 0 {
            units = payload(rest, *high).max(1);
        }
        rest = rest.get(units.saturating_mul(2)..).unwrap_or_default();
    }
}

/// Code units of the payload that `code` begins with: tables of `switch` and of array data, which stand among the instructions as
/// `nop` with a kind in the high byte (dex format, "packed-switch-payload" and the next two).
fn payload(code: &[u8], kind: u8) -> usize {
    let size = |offset: usize| bytes::u16_at(code, offset).map_or(0, usize::from);
    match kind {
        1 => size(2) * 2 + 4,
        2 => size(2) * 4 + 2,
        3 => {
            let count = bytes::u32_at(code, 4).unwrap_or(0) as usize;
            count.saturating_mul(size(2)).div_ceil(2).saturating_add(4)
        }
        _ => 1,
    }
}

const WIDTH: u8 = 0x0f;
const KIND: u8 = 0x70;
const NAMES_METHOD: u8 = 0x10;
const NAMES_FIELD: u8 = 0x20;
const NAMES_STRING: u8 = 0x30;
const NAMES_LONG_STRING: u8 = 0x40;

/// Per opcode: its length in code units, and which table its second unit points into.
/// Source: "Dalvik bytecode", summary of the instruction set, with the lengths of "Instruction formats".
static SHAPES: [u8; 256] = shapes();

const fn shapes() -> [u8; 256] {
    let mut out = [1u8; 256];
    let mut op = 0;
    while op < 256 {
        out[op] = match op {
            0x02 | 0x05 | 0x08 | 0x13 | 0x15 | 0x16 | 0x19 | 0x1c | 0x1f | 0x20 | 0x22 | 0x23 | 0x29 => 2,
            0x03 | 0x06 | 0x09 | 0x14 | 0x17 | 0x24..=0x26 | 0x2a..=0x2c => 3,
            0x18 => 5,
            0x1a => 2 | NAMES_STRING,
            0x1b => 3 | NAMES_LONG_STRING,
            0x2d..=0x3d | 0x44..=0x51 | 0x90..=0xaf | 0xd0..=0xe2 | 0xfe | 0xff => 2,
            0x52..=0x6d => 2 | NAMES_FIELD,
            0x6e..=0x72 | 0x74..=0x78 => 3 | NAMES_METHOD,
            0xfa | 0xfb => 4 | NAMES_METHOD,
            0xfc | 0xfd => 3,
            _ => 1,
        };
        op += 1;
    }
    out
}
