//! Fonts of a PDF (ISO 32000-1, sections 9.6 to 9.10): the codes of a string -> characters and widths.

use crate::format::pdf::cmap::{self, CMap};
use crate::format::pdf::file::File;
use crate::format::pdf::glyph_names;
use crate::format::pdf::object::{Dict, Object};
use crate::format::pdf::truetype;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, MACINTOSH, SHIFT_JIS, WINDOWS_1252};
use std::borrow::Cow;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// A font as far as its text goes.
pub struct Font {
    codes: Codes,
    to_unicode: Option<CMap>,
    /// Characters of the glyphs of an embedded font, by character id.
    embedded: HashMap<u32, char>,
    widths: Widths,
    /// Whether its name says that it is bold.
    pub bold: bool,
}

/// What the bytes of a string are.
enum Codes {
    /// One byte, one character.
    Simple(Vec<Option<String>>),
    /// Two bytes, one character id.
    Identity { latin: bool },
    /// An embedded map.
    Map(CMap),
    /// Characters in a legacy encoding; the 7-bit JIS codes lack their high bits.
    Legacy { encoding: &'static Encoding, seven_bits: bool },
    /// Unicode in units of so many bytes.
    Unicode(usize),
}

#[derive(Default)]
struct Widths {
    /// First code, last code, width of each in text space.
    ranges: Vec<(u32, u32, f64)>,
    default: f64,
}

/// One character of a string.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Bytes it takes.
    pub length: usize,
    /// Its text; `None` where the file does not say.
    pub text: Option<String>,
    /// How far it moves on, in sizes of the font.
    pub width: f64,
    /// Whether word spacing counts (section 9.3.3).
    pub blank: bool,
}

impl Font {
    /// Reads a font dictionary. What is missing is guessed: a font never fails.
    pub fn read(file: &File<'_>, dict: &Dict) -> Font {
        let name = file.value(dict, b"BaseFont").name().unwrap_or(b"").to_ascii_lowercase();
        let has = |part: &[u8]| memchr::memmem::find(&name, part).is_some();
        let bold = has(b"bold") || has(b"black") || has(b"heavy") || has(b"semibd") || has(b"simhei");
        let to_unicode = dict.get(b"ToUnicode".as_slice()).map(|map| CMap::read(&file.stream(map)));
        let to_unicode = to_unicode.filter(CMap::has_texts);
        let composite = file.value(dict, b"Subtype").name() == Some(b"Type0");
        if composite {
            Font { to_unicode, bold, ..composite_font(file, dict) }
        } else {
            let symbols = has(b"wingdings") || has(b"symbol") || has(b"dingbats");
            Font {
                codes: Codes::Simple(simple_codes(file, dict, symbols)),
                to_unicode,
                embedded: HashMap::new(),
                widths: simple_widths(file, dict),
                bold,
            }
        }
    }

    /// The first character of a string that is not empty.
    pub fn first(&self, bytes: &[u8]) -> Shown {
        let length = self.length(bytes).clamp(1, bytes.len().max(1));
        let head = bytes.get(..length).unwrap_or(bytes);
        let code = cmap::code(head);
        let id = match &self.codes {
            Codes::Map(map) => map.id(code).unwrap_or(code),
            _ => code,
        };
        let text = self.to_unicode.as_ref().and_then(|map| map.text(code)).filter(|t| is_text(t));
        let text = text.or_else(|| self.own_text(head, code, id)).map(plain);
        let width = match &self.codes {
            // Which character ids the codes stand for is not known here.
            Codes::Legacy { .. } | Codes::Unicode(_) => {
                let narrow = text.as_ref().is_some_and(|t| t.is_ascii());
                if narrow { 0.5 } else { self.widths.default }
            }
            _ => self.widths.of(id),
        };
        Shown { length, text, width, blank: length == 1 && code == 32 }
    }

    fn length(&self, bytes: &[u8]) -> usize {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
        match &self.codes {
            Codes::Simple(_) => 1,
            Codes::Identity { .. } => 2,
            Codes::Map(map) => map.length(bytes).unwrap_or(2),
            Codes::Unicode(2) if matches!(byte(0), 0xd8..=0xdb) => 4,
            Codes::Unicode(1) => match byte(0) {
                0..=0xbf => 1,
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xff => 4,
            },
            Codes::Unicode(n) => *n,
            Codes::Legacy { seven_bits: true, .. } => 2,
            Codes::Legacy { encoding, .. } => match byte(0) {
                0..=0x80 => 1,
                0xa0..=0xdf if *encoding == SHIFT_JIS => 1,
                0x81..=0xfe if *encoding == GB18030 && matches!(byte(1), 0x30..=0x39) => 4,
                0x8f if *encoding == EUC_JP => 3,
                _ => 2,
            },
        }
    }

    fn own_text(&self, head: &[u8], code: u32, id: u32) -> Option<String> {
        match &self.codes {
            Codes::Simple(texts) => texts.get(usize::try_from(code).ok()?).cloned().flatten(),
            // The first ids of the Adobe collections are ASCII.
            Codes::Identity { latin: true } if (1..=95).contains(&id) => {
                char::from_u32(id + 31).map(String::from)
            }
            Codes::Identity { .. } | Codes::Map(_) => self.embedded.get(&id).map(|c| c.to_string()),
            Codes::Legacy { encoding, seven_bits } => {
                let bytes: Vec<u8> = head.iter().map(|b| if *seven_bits { b | 0x80 } else { *b }).collect();
                let (text, damaged) = encoding.decode_without_bom_handling(&bytes);
                (!damaged).then(|| text.into_owned()).filter(|t| is_text(t))
            }
            Codes::Unicode(1) => std::str::from_utf8(head).ok().map(str::to_owned),
            Codes::Unicode(4) => char::from_u32(code).map(String::from),
            Codes::Unicode(_) => {
                let units: Vec<u16> =
                    head.chunks_exact(2).map(|c| u16::try_from(cmap::code(c)).unwrap_or(0)).collect();
                String::from_utf16(&units).ok().filter(|t| is_text(t))
            }
        }
    }
}

impl Widths {
    fn of(&self, code: u32) -> f64 {
        let at = self.ranges.partition_point(|r| r.0 <= code);
        let range = at.checked_sub(1).and_then(|i| self.ranges.get(i)).filter(|r| code <= r.1);
        range.map_or(self.default, |r| r.2)
    }
}

/// Whether a map gave text, and no character that stands for "none".
fn is_text(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\0', '\u{fffd}', '\u{ffff}'])
}

/// Radicals and compatibility forms as the ideographs that people read: fonts give several characters one glyph, and writers
/// pick the first.
fn plain(text: String) -> String {
    const RADICALS: &[(char, char)] = &[
        ('⺠', '民'),
        ('⻅', '见'),
        ('⻆', '角'),
        ('⻉', '贝'),
        ('⻋', '车'),
        ('⻓', '长'),
        ('⻔', '门'),
        ('⻘', '青'),
        ('⻙', '韦'),
        ('⻚', '页'),
        ('⻛', '风'),
        ('⻜', '飞'),
        ('⻝', '食'),
        ('⻢', '马'),
        ('⻣', '骨'),
        ('⻤', '鬼'),
        ('⻥', '鱼'),
        ('⻦', '鸟'),
        ('⻧', '卤'),
        ('⻨', '麦'),
        ('⻩', '黄'),
        ('⻬', '齐'),
        ('⻮', '齿'),
        ('⻰', '龙'),
        ('⻄', '西'),
        ('⺟', '母'),
        ('⻳', '龟'),
        ('⺎', '兀'),
        ('⺩', '王'),
        ('⻁', '虎'),
        ('⻀', '艹'),
        ('⻨', '麦'),
    ];
    let odd =
        |c: char| matches!(c as u32, 0x2e80..=0x2fd5 | 0xf900..=0xfaff | 0xfb00..=0xfb06 | 0x2f800..=0x2fa1f);
    if !text.contains(odd) {
        return text;
    }
    let mut out = String::new();
    for c in text.chars() {
        match RADICALS.iter().find(|(radical, _)| *radical == c) {
            Some((_, ideograph)) => out.push(*ideograph),
            None if odd(c) => out.extend(c.nfkc()),
            None => out.push(c),
        }
    }
    out
}

fn composite_font(file: &File<'_>, dict: &Dict) -> Font {
    let descendants = file.value(dict, b"DescendantFonts");
    let descendant = match &*descendants {
        Object::Array(items) => items.first().map_or(Cow::Owned(Object::Null), |o| file.resolve(o)),
        one => Cow::Borrowed(one),
    };
    let empty = Dict::new();
    let descendant = descendant.dict().unwrap_or(&empty);
    let info = file.value(descendant, b"CIDSystemInfo");
    let ordering =
        info.dict().map(|d| file.value(d, b"Ordering").text().unwrap_or(b"").to_vec()).unwrap_or_default();
    let latin = matches!(ordering.as_slice(), b"GB1" | b"CNS1" | b"Japan1" | b"Korea1");
    let encoding = file.value(dict, b"Encoding");
    let codes = match (&*encoding, dict.get(b"Encoding".as_slice())) {
        (Object::Name(name), _) => predefined(name).unwrap_or(Codes::Identity { latin }),
        (Object::Stream(..), Some(stream)) => Codes::Map(CMap::read(&file.stream(stream))),
        _ => Codes::Identity { latin },
    };
    let mut widths = Widths {
        default: file.value(descendant, b"DW").number().unwrap_or(1000.0) / 1000.0,
        ..Widths::default()
    };
    let list = file.value(descendant, b"W");
    let mut items = list.array().iter();
    while let (Some(first), Some(second)) = (items.next(), items.next()) {
        let Some(first) = file.resolve(first).whole().and_then(|n| u32::try_from(n).ok()) else { break };
        match &*file.resolve(second) {
            Object::Array(each) => {
                let each = (first..=u32::MAX).zip(each);
                widths
                    .ranges
                    .extend(each.filter_map(|(id, w)| Some((id, id, file.resolve(w).number()? / 1000.0))));
            }
            last => {
                let last = last.whole().and_then(|n| u32::try_from(n).ok());
                let width = items.next().and_then(|w| file.resolve(w).number());
                let (Some(last), Some(width)) = (last, width) else { break };
                widths.ranges.push((first, last, width / 1000.0));
            }
        }
    }
    widths.ranges.sort_by_key(|r| r.0);
    let embedded =
        if dict.contains_key(b"ToUnicode".as_slice()) { HashMap::new() } else { embedded(file, descendant) };
    Font { codes, to_unicode: None, embedded, widths, bold: false }
}

/// Characters of the glyphs of an embedded TrueType font, by character id.
fn embedded(file: &File<'_>, descendant: &Dict) -> HashMap<u32, char> {
    let descriptor = file.value(descendant, b"FontDescriptor");
    let Some(program) = descriptor.dict().and_then(|d| d.get(b"FontFile2".as_slice())) else {
        return HashMap::new();
    };
    let by_glyph = truetype::characters(&file.stream(program));
    match descendant.get(b"CIDToGIDMap".as_slice()) {
        Some(map @ Object::Reference(_)) => {
            let map = file.stream(map);
            let ids = (0u32..).zip(map.chunks_exact(2));
            ids.filter_map(|(id, glyph)| Some((id, *by_glyph.get(&cmap::code(glyph))?))).collect()
        }
        _ => by_glyph,
    }
}

/// The predefined maps (section 9.7.5.2), by what their codes are: for text the character ids are not needed.
fn predefined(name: &[u8]) -> Option<Codes> {
    let name = std::str::from_utf8(name).ok()?;
    let legacy = |encoding| Some(Codes::Legacy { encoding, seven_bits: false });
    let stem = name.strip_suffix("-H").or_else(|| name.strip_suffix("-V")).unwrap_or(name);
    match stem {
        "Identity" => None,
        "H" | "V" => Some(Codes::Legacy { encoding: EUC_JP, seven_bits: true }),
        "EUC" => legacy(EUC_JP),
        _ if stem.starts_with("Uni") && stem.contains("UTF32") => Some(Codes::Unicode(4)),
        _ if stem.starts_with("Uni") && stem.contains("UTF8") => Some(Codes::Unicode(1)),
        _ if stem.starts_with("Uni") => Some(Codes::Unicode(2)),
        _ if stem.starts_with("GB") => legacy(GB18030),
        _ if stem.contains("B5") => legacy(BIG5),
        _ if stem.contains("RKSJ") => legacy(SHIFT_JIS),
        _ if stem.starts_with("KSC") => legacy(EUC_KR),
        _ => None,
    }
}

fn simple_codes(file: &File<'_>, dict: &Dict, symbols: bool) -> Vec<Option<String>> {
    let encoding = file.value(dict, b"Encoding");
    let base = match &*encoding {
        Object::Name(name) => name.clone(),
        other => other
            .dict()
            .map(|d| file.value(d, b"BaseEncoding").name().unwrap_or(b"").to_vec())
            .unwrap_or_default(),
    };
    let base = if base == b"MacRomanEncoding" { MACINTOSH } else { WINDOWS_1252 };
    let character = |code: u8| match code {
        0..32 => None,
        // Readers of text know the bullets of these fonts by the places Windows gives them.
        _ if symbols => char::from_u32(0xf000 + u32::from(code)).map(String::from),
        _ => Some(base.decode_without_bom_handling(&[code]).0.into_owned()).filter(|t| is_text(t)),
    };
    let mut out: Vec<Option<String>> = (0..=255u8).map(character).collect();
    let differences = encoding.dict().map(|d| file.value(d, b"Differences").into_owned());
    let mut code = 0usize;
    for item in differences.as_ref().map_or(&[][..], Object::array) {
        match item {
            Object::Name(name) => {
                if let Some(slot) = out.get_mut(code) {
                    *slot = glyph_names::text(name);
                }
                code += 1;
            }
            other => code = other.whole().unwrap_or(code).min(256),
        }
    }
    out
}

fn simple_widths(file: &File<'_>, dict: &Dict) -> Widths {
    // A Type 3 font has units of its own.
    let matrix = file.value(dict, b"FontMatrix");
    let unit = matrix.array().first().and_then(Object::number).filter(|n| *n > 0.0).unwrap_or(0.001);
    let first = file.value(dict, b"FirstChar").whole().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let list = file.value(dict, b"Widths");
    let each = (first..=u32::MAX).zip(list.array().iter().take(256));
    let ranges = each.filter_map(|(code, w)| Some((code, code, file.resolve(w).number()? * unit))).collect();
    let descriptor = file.value(dict, b"FontDescriptor");
    let missing =
        descriptor.dict().and_then(|d| file.value(d, b"MissingWidth").number()).filter(|w| *w > 0.0);
    Widths { ranges, default: missing.map_or(0.5, |w| w * unit) }
}
