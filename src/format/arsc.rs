//! `resources.arsc`: values of a resource id in every configuration, found on demand.
//! Source: AOSP `androidfw/ResourceTypes.h`, `ResTable_header` and what follows it.

use super::defect::Defect;
use super::strings::StringPool;
use super::xml::Value;
use crate::bytes::{self, Cursor, OutOfBounds};
use crate::limitation::LimitationKind;

const STRING_POOL: u16 = 0x0001;
const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;
const SPARSE: u8 = 0x01;
const OFFSET16: u8 = 0x02;
const COMPLEX: u16 = 0x0001;
const COMPACT: u16 = 0x0008;

/// A resource table.
#[derive(Debug, Default)]
pub struct Table<'a> {
    strings: StringPool<'a>,
    /// One per (package, type, configuration).
    types: Vec<Type<'a>>,
    defects: Vec<Defect>,
}

#[derive(Debug)]
struct Type<'a> {
    package: u8,
    id: u8,
    flags: u8,
    language: [u8; 2],
    /// Only the language is set, or nothing at all.
    plain: bool,
    offsets: &'a [u8],
    entries: &'a [u8],
}

/// A value and the language of its configuration: empty for the default.
#[derive(Debug, Clone, PartialEq)]
pub struct Localized<'a> {
    /// Two letters, or empty.
    pub language: String,
    /// The configuration asks for nothing but the language.
    pub plain: bool,
    /// The value; a string, a number or another reference.
    pub value: Value<'a>,
}

impl<'a> Table<'a> {
    /// Reads the chunk headers of the table; values are read on demand. What is broken is among the defects.
    pub fn parse(data: &'a [u8]) -> Table<'a> {
        let mut table = Table::default();
        if let Err(e) = table.read(data) {
            table.defects.push(broken(e.offset));
        }
        table
    }

    /// Broken places.
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    fn read(&mut self, data: &'a [u8]) -> Result<(), OutOfBounds> {
        let mut at = usize::from(bytes::u16_at(data, 2)?).max(8);
        while let Some((kind, header, chunk)) = chunk(data, at)? {
            match kind {
                // The first pool holds the values; Android ignores later ones.
                STRING_POOL if self.strings.is_empty() => {
                    self.strings = StringPool::parse(chunk, at, &mut self.defects)?;
                }
                PACKAGE => {
                    let id = (bytes::u32_at(chunk, 8)? & 0xff) as u8;
                    let mut inner = header.max(8);
                    while let Some((kind, header, type_chunk)) = self::chunk(chunk, inner)? {
                        if kind == TYPE {
                            self.types.extend(read_type(type_chunk, header, id));
                        }
                        inner += type_chunk.len();
                    }
                }
                _ => {}
            }
            at += chunk.len();
        }
        Ok(())
    }

    /// Values of resource `id`, in file order (the default configuration is written first).
    pub fn values(&self, id: u32) -> impl Iterator<Item = Localized<'a>> + '_ {
        let [package, kind, high, low] = id.to_be_bytes();
        let entry = u32::from(u16::from_be_bytes([high, low]));
        self.types.iter().filter(move |t| t.package == package && t.id == kind).filter_map(move |t| {
            let value = self.entry(t, entry)?;
            let language =
                t.language.iter().filter(|b| b.is_ascii_alphabetic()).map(|b| char::from(*b)).collect();
            Some(Localized { language, plain: t.plain, value })
        })
    }

    fn entry(&self, of: &Type<'a>, index: u32) -> Option<Value<'a>> {
        let at = if of.flags & SPARSE != 0 {
            let pair = of
                .offsets
                .chunks_exact(4)
                .find(|p| bytes::u16_at(p, 0).is_ok_and(|i| u32::from(i) == index))?;
            usize::from(bytes::u16_at(pair, 2).ok()?) * 4
        } else if of.flags & OFFSET16 != 0 {
            let offset = bytes::u16_at(of.offsets, index as usize * 2).ok()?;
            (offset != u16::MAX).then_some(usize::from(offset) * 4)?
        } else {
            let offset = bytes::u32_at(of.offsets, index as usize * 4).ok()?;
            (offset != u32::MAX).then_some(offset as usize)?
        };
        let mut c = Cursor::new(of.entries, at);
        let size = c.u16().ok()?;
        let flags = c.u16().ok()?;
        if flags & COMPACT != 0 {
            return Some(self.value((flags >> 8) as u8, c.u32().ok()?));
        }
        if flags & COMPLEX != 0 {
            return None;
        }
        let mut c = Cursor::new(of.entries, at.checked_add(usize::from(size).max(8))?);
        c.u16().ok()?;
        c.u8().ok()?;
        let kind = c.u8().ok()?;
        Some(self.value(kind, c.u32().ok()?))
    }

    fn value(&self, kind: u8, data: u32) -> Value<'a> {
        match kind {
            0x01 | 0x07 => Value::Reference(data),
            0x03 => Value::Text(self.strings.get(data).unwrap_or_default()),
            0x10 | 0x11 | 0x1c..=0x1f => Value::Integer(data),
            0x12 => Value::Boolean(data != 0),
            _ => Value::Other(kind, data),
        }
    }
}

fn broken(at: usize) -> Defect {
    Defect::loss(
        LimitationKind::Malformed,
        at,
        format!("资源表在偏移 {at:#x} 处损坏,其后的资源无法读取"),
        format!("the resource table is broken at offset {at:#x}; resources after it cannot be read"),
    )
}

/// Type, header size and bytes of a chunk.
type Chunk<'a> = (u16, usize, &'a [u8]);

/// The chunk at `at`; `None` at the end.
fn chunk(data: &[u8], at: usize) -> Result<Option<Chunk<'_>>, OutOfBounds> {
    if at >= data.len() {
        return Ok(None);
    }
    let kind = bytes::u16_at(data, at)?;
    let header = usize::from(bytes::u16_at(data, at + 2)?);
    let size = (bytes::u32_at(data, at + 4)? as usize).min(data.len() - at);
    if size < 8 || header > size {
        return Err(OutOfBounds { offset: at, wanted: header.max(8) });
    }
    Ok(Some((kind, header, bytes::slice(data, at, size)?)))
}

fn read_type(chunk: &[u8], header: usize, package: u8) -> Option<Type<'_>> {
    let id = *chunk.get(8)?;
    let flags = *chunk.get(9)?;
    let count = bytes::u32_at(chunk, 12).ok()? as usize;
    let entries = chunk.get(bytes::u32_at(chunk, 16).ok()? as usize..)?;
    let config_size = bytes::u32_at(chunk, 20).ok()? as usize;
    let config =
        bytes::slice(chunk, 20, config_size.clamp(12, chunk.len().saturating_sub(20).max(12))).ok()?;
    let language = bytes::array(config, 8).ok()?;
    // Everything behind the locale is zero (region aside): size, orientation, density, version and script.
    let plain = config.get(12..).is_none_or(|rest| rest.iter().all(|b| *b == 0))
        && config.get(4..8).is_none_or(|rest| rest.iter().all(|b| *b == 0));
    let item = if flags & OFFSET16 != 0 { 2 } else { 4 };
    let table = chunk.get(header..)?;
    let offsets = table.get(..count.saturating_mul(item).min(table.len()))?;
    Some(Type { package, id, flags, language, plain, offsets, entries })
}
