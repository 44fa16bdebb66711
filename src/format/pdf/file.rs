//! Where the objects of a PDF stand (ISO 32000-1, section 7.5). The file is walked from its start instead of by its
//! cross-reference table: that finds the objects of broken files too, and of a number the last one written counts, as it does
//! there.

use crate::format::pdf::crypt::Crypt;
use crate::format::pdf::filter::{self, Rows};
use crate::format::pdf::object::{Dict, Object, Parser, is_space};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Bytes that may be parsed or inflated in all; beyond, objects are not found any more.
const WORK: u64 = 400 << 20;
/// Most bytes inflated of one stream.
const MAX_STREAM: usize = 64 << 20;
/// Most references followed from one object to the next.
const MAX_CHAIN: usize = 16;
/// Most filters of one stream.
const MAX_FILTERS: usize = 8;

#[derive(Debug, Clone)]
struct Place {
    /// Offset in the file, or in the object stream.
    at: usize,
    /// The bytes of a stream.
    stream: Option<Range<usize>>,
    /// Index of the object stream it stands in.
    within: Option<usize>,
}

/// A file, its objects, and the work that it may still ask for.
pub struct File<'a> {
    data: &'a [u8],
    objects: HashMap<u32, Place>,
    packed: Vec<Rc<Vec<u8>>>,
    /// Entries of the trailers, the last one first.
    pub trailer: Dict,
    work: Cell<u64>,
    crypt: Option<Crypt>,
}

/// An object stream, found while the file is walked.
struct Packed {
    number: u32,
    dict: Dict,
    stream: Range<usize>,
}

impl<'a> File<'a> {
    /// Finds the objects. Never fails: a file without objects is one without pages.
    pub fn open(data: &'a [u8]) -> File<'a> {
        let mut file = File {
            data,
            objects: HashMap::new(),
            packed: Vec::new(),
            trailer: Dict::new(),
            work: Cell::new(WORK),
            crypt: None,
        };
        let packed = file.walk();
        file.trailers();
        file.crypt = Crypt::of(&file);
        file.unpack(packed);
        file
    }

    /// Whether it is encrypted with a password or in a way that is not known.
    pub fn is_locked(&self) -> bool {
        self.trailer.contains_key(b"Encrypt".as_slice()) && self.crypt.is_none()
    }

    /// Whether its ceiling of work was hit.
    pub fn is_exhausted(&self) -> bool {
        self.work.get() == 0
    }

    /// Counts work; `false` when there is none left.
    pub fn spend(&self, work: usize) -> bool {
        let left = self.work.get().saturating_sub(u64::try_from(work).unwrap_or(u64::MAX));
        self.work.set(left);
        left > 0
    }

    /// `n g obj` after `n g obj`, streams passed over.
    fn walk(&mut self) -> Vec<Packed> {
        let mut packed = Vec::new();
        let mut at = 0;
        let finder = memchr::memmem::Finder::new(b"obj");
        while let Some(found) = self.data.get(at..).and_then(|rest| finder.find(rest)) {
            let word = at + found;
            at = word + 3;
            let Some(number) = number_before(self.data, word) else { continue };
            let mut parser = Parser::new(self.data, at);
            let object = parser.file_object();
            let start = std::mem::replace(&mut at, parser.at);
            // An object that does not end may be followed by sound ones.
            let Some(object) = object else { continue };
            let mut place = Place { at: start, stream: None, within: None };
            if let Object::Dict(dict) = object {
                place.stream = self.stream_after(&dict, &mut at);
                match dict.get(b"Type".as_slice()).and_then(Object::name) {
                    Some(b"XRef") => self.trail(&dict),
                    Some(b"ObjStm") => packed.extend(place.stream.clone().map(|stream| Packed {
                        number,
                        dict: dict.clone(),
                        stream,
                    })),
                    _ => {}
                }
            }
            self.objects.insert(number, place);
        }
        packed
    }

    /// The bytes of the stream that begins at `at`, if one does; `at` moves behind it.
    fn stream_after(&self, dict: &Dict, at: &mut usize) -> Option<Range<usize>> {
        let mut parser = Parser::new(self.data, *at);
        parser.skip_space();
        let rest = self.data.get(parser.at..)?.strip_prefix(b"stream")?;
        let line = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        let start = self.data.len() - rest.len() + line;
        let length = dict.get(b"Length".as_slice()).and_then(Object::whole);
        let said = length.and_then(|l| start.checked_add(l)).filter(|end| {
            let tail = self.data.get(*end..).unwrap_or(&[]);
            let space = tail.iter().take(3).take_while(|b| is_space(**b)).count();
            tail.get(space..).is_some_and(|t| t.starts_with(b"endstream"))
        });
        let end = said.unwrap_or_else(|| {
            let body = self.data.get(start..).unwrap_or(&[]);
            start + memchr::memmem::find(body, b"endstream").unwrap_or(body.len())
        });
        *at = end;
        Some(start..end)
    }

    fn trailers(&mut self) {
        let mut at = 0;
        let finder = memchr::memmem::Finder::new(b"trailer");
        let data = self.data;
        while let Some(found) = data.get(at..).and_then(|rest| finder.find(rest)) {
            let mut parser = Parser::new(data, at + found + 7);
            if let Some(Object::Dict(dict)) = parser.file_object() {
                self.trail(&dict);
            }
            at = parser.at.max(at + found + 7);
        }
    }

    fn trail(&mut self, dict: &Dict) {
        for key in [b"Root".as_slice(), b"Encrypt", b"ID"] {
            if let Some(value) = dict.get(key) {
                self.trailer.insert(key.to_vec(), value.clone());
            }
        }
    }

    /// Objects inside object streams (section 7.5.7). Later streams are later versions; an object of its own stands.
    fn unpack(&mut self, packed: Vec<Packed>) {
        for Packed { number, dict, stream } in packed {
            let from = stream.start;
            let data = self.decode(&dict, stream, Some(number));
            let count = dict.get(b"N".as_slice()).and_then(Object::whole).unwrap_or(0);
            let first = self.value(&dict, b"First").whole().unwrap_or(0);
            let mut parser = Parser::new(&data, 0);
            for _ in 0..count.min(data.len() / 4 + 1) {
                let pair = (parser.object().and_then(|o| o.whole()), parser.object().and_then(|o| o.whole()));
                let (Some(number), Some(offset)) = pair else { break };
                let Ok(number) = u32::try_from(number) else { continue };
                let newer = self.objects.get(&number).is_some_and(|p| p.within.is_none() && p.at > from);
                if !newer {
                    let at = first.saturating_add(offset);
                    self.objects.insert(number, Place { at, stream: None, within: Some(self.packed.len()) });
                }
            }
            self.packed.push(Rc::new(data));
        }
    }

    /// Numbers of all objects, in order.
    pub fn numbers(&self) -> Vec<u32> {
        let mut out: Vec<u32> = self.objects.keys().copied().collect();
        out.sort_unstable();
        out
    }

    /// Object `number`; `Null` where there is none, or no work left.
    pub fn get(&self, number: u32) -> Object {
        let Some(place) = self.objects.get(&number).filter(|_| !self.is_exhausted()) else {
            return Object::Null;
        };
        let packed = place.within.and_then(|i| self.packed.get(i));
        let data = packed.map_or(self.data, |p| p.as_slice());
        let mut parser = Parser::new(data, place.at);
        let object = parser.file_object();
        self.spend(parser.at.saturating_sub(place.at) + 16);
        let mut object = match (object, &place.stream) {
            (Some(Object::Dict(dict)), Some(range)) => Object::Stream(dict, range.clone()),
            (object, _) => object.unwrap_or(Object::Null),
        };
        if let Some(crypt) = self.crypt.as_ref().filter(|_| place.within.is_none()) {
            crypt.strings(&mut object, number);
        }
        object
    }

    /// The object that a reference leads to; anything else is itself.
    pub fn resolve<'o>(&self, object: &'o Object) -> Cow<'o, Object> {
        let Object::Reference(number) = object else { return Cow::Borrowed(object) };
        let mut number = *number;
        for _ in 0..MAX_CHAIN {
            match self.get(number) {
                Object::Reference(next) => number = next,
                found => return Cow::Owned(found),
            }
        }
        Cow::Owned(Object::Null)
    }

    /// The value of a key, references followed; `Null` where there is none.
    pub fn value<'o>(&self, dict: &'o Dict, key: &[u8]) -> Cow<'o, Object> {
        dict.get(key).map_or(Cow::Owned(Object::Null), |o| self.resolve(o))
    }

    /// The bytes of a stream with its filters undone, as far as they can be: empty for images, and where no work is left.
    /// `object` is the stream itself or a reference to it.
    pub fn stream(&self, object: &Object) -> Vec<u8> {
        let number = match object {
            Object::Reference(number) => Some(*number),
            _ => None,
        };
        match &*self.resolve(object) {
            Object::Stream(dict, range) => self.decode(dict, range.clone(), number),
            _ => Vec::new(),
        }
    }

    fn decode(&self, dict: &Dict, range: Range<usize>, number: Option<u32>) -> Vec<u8> {
        let length = self.value(dict, b"Length").whole().filter(|l| *l <= range.len());
        let raw = self.data.get(range.clone()).unwrap_or(&[]);
        // The length tells where the data end and the line end before `endstream` begins; a wrong one does not count.
        let raw = match length.and_then(|l| raw.split_at_checked(l)) {
            Some((raw, tail)) if tail.len() <= 2 => raw,
            _ => raw,
        };
        if !self.spend(raw.len()) {
            return Vec::new();
        }
        let mut data = match (&self.crypt, number) {
            (Some(crypt), Some(number))
                if dict.get(b"Type".as_slice()).and_then(Object::name) != Some(b"XRef") =>
            {
                crypt.stream(raw, number)
            }
            _ => raw.to_vec(),
        };
        let filters = self.value(dict, b"Filter");
        let filters = match &*filters {
            Object::Array(items) => items.clone(),
            Object::Null => Vec::new(),
            one => vec![one.clone()],
        };
        let parameters = self.value(dict, b"DecodeParms");
        for (at, filter) in filters.iter().take(MAX_FILTERS).enumerate() {
            let most = MAX_STREAM.min(usize::try_from(self.work.get()).unwrap_or(usize::MAX));
            let Some(decoded) = self.resolve(filter).name().and_then(|name| filter::undo(name, &data, most))
            else {
                return Vec::new();
            };
            let own = match &*parameters {
                Object::Array(items) => items.get(at).map_or(Cow::Owned(Object::Null), |o| self.resolve(o)),
                one if at == 0 => Cow::Borrowed(one),
                _ => Cow::Owned(Object::Null),
            };
            data = match own.dict() {
                Some(own) => filter::undo_predictor(decoded, self.rows(own)),
                None => decoded,
            };
            self.spend(data.len());
        }
        data
    }

    fn rows(&self, parameters: &Dict) -> Rows {
        let value = |key: &[u8], default: usize| self.value(parameters, key).whole().unwrap_or(default);
        let bits = value(b"Colors", 1).clamp(1, 64) * value(b"BitsPerComponent", 8).clamp(1, 16);
        let row = (bits * value(b"Columns", 1).min(1 << 20)).div_ceil(8);
        Rows { predictor: value(b"Predictor", 1), sample: bits.div_ceil(8).max(1), row }
    }
}

/// The object number of `n g ` before the word at `at`.
fn number_before(data: &[u8], at: usize) -> Option<u32> {
    let start = at.saturating_sub(24);
    let head = data.get(start..at)?;
    let trimmed = |text: &[u8]| text.len() - text.iter().rev().take_while(|b| is_space(**b)).count();
    let digits = |text: &[u8]| text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let end = trimmed(head);
    let head = head.get(..end)?;
    let generation = digits(head);
    let head = head.get(..head.len() - generation)?;
    let end = trimmed(head);
    if generation == 0 || end == head.len() {
        return None;
    }
    let head = head.get(..end)?;
    let number = head.get(head.len() - digits(head)..)?;
    std::str::from_utf8(number).ok()?.parse().ok()
}
