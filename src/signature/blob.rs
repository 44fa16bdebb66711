//! SDKs -> one compact text that is compiled into the binary, and back without copying strings.
//!
//! Static Rust tables of a thousand records cost every build seconds of rustc. Numbers are decimal digits and
//! `:`, strings their byte length as a number and their bytes. Layout: the number of SDKs; of each its id and
//! its record, by id; the number of marks; the marks of all SDKs in the order of `marks`; the constants of
//! `constants`. A package is matched against marks and constants; a record is decoded when someone asks for that SDK.

use super::model::{
    INDICATOR_KINDS, Indicator, Kind, Level, List, Mark, Sdk, SdkId, Status, Str, constants, marks,
};
use crate::evidence::FeatureKind;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The text of all `sdks`, which are sorted by id.
pub fn encode(sdks: &[Sdk]) -> String {
    let mut out = String::new();
    number(&mut out, sdks.len());
    for sdk in sdks {
        string(&mut out, sdk.id.as_str());
        string(&mut out, &record(sdk));
    }
    let marks = marks(sdks);
    number(&mut out, marks.len());
    for mark in marks {
        kind(&mut out, &mark.kind);
        number(&mut out, usize::from(mark.weak));
        number(&mut out, mark.sdk as usize);
        string(&mut out, &mark.value);
    }
    let constants = constants(sdks);
    number(&mut out, constants.len());
    for (class, field) in constants {
        string(&mut out, &class);
        string(&mut out, &field);
    }
    out
}

fn record(sdk: &Sdk) -> String {
    let mut out = String::new();
    for text in [&sdk.name_zh, &sdk.name_en, &sdk.category] {
        string(&mut out, text);
    }
    for text in [&sdk.country, &sdk.privacy_url, &sdk.documented, &sdk.note] {
        string(&mut out, text.as_deref().unwrap_or(""));
    }
    string(&mut out, sdk.family.as_ref().map_or("", SdkId::as_str));
    string(&mut out, sdk.level.word());
    string(&mut out, sdk.kind.word());
    string(&mut out, sdk.status.word());
    number(&mut out, usize::from(sdk.listed));
    number(&mut out, sdk.collects.map_or(2, usize::from));
    number(&mut out, sdk.min_classes as usize);
    let carries: Vec<Str> = sdk.carries.iter().map(|id| id.0.clone()).collect();
    for list in [
        &sdk.aliases,
        &sdk.ambiguous,
        &sdk.vendors,
        &sdk.domains,
        &sdk.data,
        &sdk.permissions,
        &sdk.requires,
        &sdk.version,
        &List::Owned(carries),
    ] {
        strings(&mut out, list);
    }
    number(&mut out, sdk.indicators.len());
    for one in sdk.indicators.iter() {
        kind(&mut out, &one.kind);
        number(&mut out, usize::from(one.weak));
        string(&mut out, &one.value);
        string(&mut out, &one.source);
        strings(&mut out, &one.hits);
        strings(&mut out, &one.misses);
    }
    out
}

fn kind(out: &mut String, kind: &FeatureKind) {
    number(out, INDICATOR_KINDS.iter().position(|(k, _)| k == kind).unwrap_or(0));
}

fn number(out: &mut String, n: usize) {
    let _ = write!(out, "{n}:");
}

fn string(out: &mut String, text: &str) {
    number(out, text.len());
    out.push_str(text);
}

fn strings(out: &mut String, list: &[Str]) {
    number(out, list.len());
    list.iter().for_each(|s| string(out, s));
}

/// What `encode` wrote, its records still as text.
pub struct Parts {
    /// Id and record of each SDK, by id.
    pub records: Vec<(&'static str, &'static str)>,
    /// The marks of all SDKs.
    pub marks: Vec<Mark>,
    /// Class and field of the constants that tell a version.
    pub constants: Vec<(String, String)>,
}

/// Takes `text` apart; `None` when `encode` did not write it.
pub fn split(text: &'static str) -> Option<Parts> {
    let mut reader = Reader { rest: text };
    let count = reader.number()?;
    let mut records = Vec::with_capacity(count.min(text.len()));
    for _ in 0..count {
        records.push((reader.text()?, reader.text()?));
    }
    let count = reader.number()?;
    let mut marks = Vec::with_capacity(count.min(text.len()));
    for _ in 0..count {
        marks.push(Mark {
            kind: reader.kind()?,
            weak: reader.number()? == 1,
            sdk: u32::try_from(reader.number()?).ok()?,
            value: reader.string()?,
        });
    }
    let count = reader.number()?;
    let mut constants = Vec::with_capacity(count.min(text.len()));
    for _ in 0..count {
        constants.push((reader.text()?.to_owned(), reader.text()?.to_owned()));
    }
    reader.rest.is_empty().then_some(Parts { records, marks, constants })
}

/// The SDK `id` from its record; `None` when `encode` did not write it.
pub fn decode(id: &'static str, record: &'static str) -> Option<Sdk> {
    let mut reader = Reader { rest: record };
    reader.sdk(id).filter(|_| reader.rest.is_empty())
}

struct Reader {
    rest: &'static str,
}

impl Reader {
    /// Numbers have one to three digits: looking at each byte beats searching for the colon.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0usize;
        for (i, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'0'..=b'9' => value = value.checked_mul(10)?.checked_add(usize::from(byte - b'0'))?,
                b':' => {
                    self.rest = self.rest.get(i + 1..)?;
                    return Some(value);
                }
                _ => return None,
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'static str> {
        let len = self.number()?;
        let (text, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(text)
    }

    fn string(&mut self) -> Option<Str> {
        self.text().map(Cow::Borrowed)
    }

    fn kind(&mut self) -> Option<FeatureKind> {
        INDICATOR_KINDS.get(self.number()?).map(|(kind, _)| *kind)
    }

    fn optional(&mut self) -> Option<Option<Str>> {
        self.string().map(|s| (!s.is_empty()).then_some(s))
    }

    fn strings(&mut self) -> Option<List<Str>> {
        let count = self.number()?;
        if count == 0 {
            return Some(List::default());
        }
        (0..count).map(|_| self.string()).collect::<Option<Vec<Str>>>().map(List::Owned)
    }

    fn sdk(&mut self, id: &'static str) -> Option<Sdk> {
        let mut sdk = Sdk::new(id);
        sdk.name_zh = self.string()?;
        sdk.name_en = self.string()?;
        sdk.category = self.string()?;
        sdk.country = self.optional()?;
        sdk.privacy_url = self.optional()?;
        sdk.documented = self.optional()?;
        sdk.note = self.optional()?;
        sdk.family = self.optional()?.map(SdkId);
        sdk.level = Level::from_word(&self.string()?)?;
        sdk.kind = Kind::from_word(&self.string()?)?;
        sdk.status = Status::from_word(&self.string()?)?;
        sdk.listed = self.number()? == 1;
        sdk.collects = match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        sdk.min_classes = u32::try_from(self.number()?).ok()?;
        sdk.aliases = self.strings()?;
        sdk.ambiguous = self.strings()?;
        sdk.vendors = self.strings()?;
        sdk.domains = self.strings()?;
        sdk.data = self.strings()?;
        sdk.permissions = self.strings()?;
        sdk.requires = self.strings()?;
        sdk.version = self.strings()?;
        sdk.carries = self.strings()?.iter().map(|id| SdkId(id.clone())).collect::<Vec<_>>().into();
        let count = self.number()?;
        sdk.indicators =
            (0..count).map(|_| self.indicator()).collect::<Option<Vec<Indicator>>>().map(List::Owned)?;
        Some(sdk)
    }

    fn indicator(&mut self) -> Option<Indicator> {
        Some(Indicator {
            kind: self.kind()?,
            weak: self.number()? == 1,
            value: self.string()?,
            source: self.string()?,
            hits: self.strings()?,
            misses: self.strings()?,
        })
    }
}
