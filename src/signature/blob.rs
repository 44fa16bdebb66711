//! SDKs -> one compact text that is compiled into the binary, and back without copying strings.
//!
//! Static Rust tables of a thousand records cost every build seconds of rustc; decoding this costs about a
//! millisecond at first use. Layout: fields in a fixed order, each string as decimal byte length, `:`, bytes.

use super::model::{INDICATOR_KINDS, Indicator, Kind, Level, List, Sdk, SdkId, Status, Str};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The text of all `sdks`, in their order.
pub fn encode(sdks: &[Sdk]) -> String {
    let mut out = String::new();
    number(&mut out, sdks.len());
    for sdk in sdks {
        for text in [&sdk.id.0, &sdk.name_zh, &sdk.name_en, &sdk.category] {
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
            number(&mut out, INDICATOR_KINDS.iter().position(|(k, _)| *k == one.kind).unwrap_or(0));
            number(&mut out, usize::from(one.weak));
            string(&mut out, &one.value);
            string(&mut out, &one.source);
            strings(&mut out, &one.hits);
            strings(&mut out, &one.misses);
        }
    }
    out
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

/// The SDKs of `text`; `None` when `encode` did not write it.
pub fn decode(text: &'static str) -> Option<Vec<Sdk>> {
    let mut reader = Reader { rest: text };
    let count = reader.number()?;
    let sdks: Option<Vec<Sdk>> = (0..count).map(|_| reader.sdk()).collect();
    sdks.filter(|_| reader.rest.is_empty())
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

    fn string(&mut self) -> Option<Str> {
        let len = self.number()?;
        let (text, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(Cow::Borrowed(text))
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

    fn sdk(&mut self) -> Option<Sdk> {
        let mut sdk = Sdk::new(self.string()?);
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
            kind: INDICATOR_KINDS.get(self.number()?)?.0,
            weak: self.number()? == 1,
            value: self.string()?,
            source: self.string()?,
            hits: self.strings()?,
            misses: self.strings()?,
        })
    }
}
