//! Binary XML (AXML) as events, as lenient as Android's own reader, with a note of every trick met.
//! Source: AOSP `androidfw/ResourceTypes.cpp`, `ResXMLTree::setTo`, `ResXMLParser::nextNode`.

use super::defect::Defect;
use super::strings::StringPool;
use super::xml::{Attribute, Element, Event, Value};
use crate::bytes::{self, OutOfBounds};
use crate::limitation::LimitationKind;
use std::borrow::Cow;

const STRING_POOL: u16 = 0x0001;
const XML: u16 = 0x0003;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const RESOURCE_MAP: u16 = 0x0180;
/// Chunk types of nodes: namespaces, elements, text, and unknown ones that Android passes over.
const NODES: std::ops::RangeInclusive<u16> = 0x0100..=0x017f;

/// Deepest element nesting that is reported; Android's own manifest reader stops far earlier.
const MAX_DEPTH: usize = 512;

/// Whether `data` looks like binary XML rather than text: some authors overwrite the type in the header, which
/// Android does not check, so a plausible first chunk is enough.
pub fn is_axml(data: &[u8]) -> bool {
    let kind = bytes::u16_at(data, 0).unwrap_or(u16::MAX);
    let first_chunk = bytes::u16_at(data, 2).ok().and_then(|size| bytes::u16_at(data, size.into()).ok());
    kind == XML || first_chunk == Some(STRING_POOL)
}

/// Calls `sink` for every element, and returns what was odd or broken. Text nodes are passed over.
///
/// What can be read before a broken place is delivered; the loss is among the defects.
pub fn read<'a>(data: &'a [u8], mut sink: impl FnMut(Event<'a>)) -> Vec<Defect> {
    let mut reader = Reader { data, ..Reader::default() };
    if let Err(e) = reader.run(&mut sink) {
        reader.defects.push(Defect::loss(
            LimitationKind::Truncated,
            e.offset,
            format!("二进制 XML 在偏移 {:#x} 处中断", e.offset),
            format!("the binary XML breaks off at offset {:#x}", e.offset),
        ));
    }
    reader.defects
}

#[derive(Default)]
struct Reader<'a> {
    data: &'a [u8],
    strings: StringPool<'a>,
    resource_ids: &'a [u8],
    open: usize,
    elements: usize,
    /// Bytes of attribute text decoded: attributes may all point at one huge string.
    spent: usize,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn budget(&self) -> usize {
        self.data.len().saturating_mul(8).saturating_add(1 << 20)
    }

    fn run(&mut self, sink: &mut impl FnMut(Event<'a>)) -> Result<(), OutOfBounds> {
        let data = self.data;
        let header_size = usize::from(bytes::u16_at(data, 2)?);
        if bytes::u16_at(data, 0)? != XML {
            self.trick(
                0,
                "二进制 XML 的头类型被改写",
                "the type in the header of the binary XML is overwritten",
            );
        }
        let mut at = header_size;
        if !(8..data.len()).contains(&header_size) {
            self.trick(2, "二进制 XML 的头长度不可信", "the header size of the binary XML cannot be true");
            at = 8;
        } else if header_size != 8 {
            self.trick(2, "二进制 XML 的头长度异常", "the header of the binary XML has an unusual size");
        }
        let mut pools = 0;
        while data.len().saturating_sub(at) >= 8 {
            let kind = bytes::u16_at(data, at)?;
            let header = usize::from(bytes::u16_at(data, at + 2)?);
            let stated = bytes::u32_at(data, at + 4)? as usize;
            let size = stated.min(data.len() - at);
            if size < 8 || header > size {
                // No way to find the next chunk: Android stops here too.
                return self.stop(at);
            }
            if size < stated {
                self.defects.push(Defect::loss(
                    LimitationKind::Truncated,
                    at,
                    format!("偏移 {at:#x} 的块超出文件"),
                    format!("the chunk at offset {at:#x} reaches past the end of the file"),
                ));
            }
            let chunk = bytes::slice(data, at, size)?;
            match kind {
                STRING_POOL => {
                    // A later pool replaces the first only while no element was seen, as in Android.
                    if self.elements == 0 {
                        self.strings = StringPool::parse(chunk, at, &mut self.defects)?;
                    }
                    pools += 1;
                    if pools == 2 {
                        self.trick(
                            at,
                            "二进制 XML 含多个字符串池",
                            "the binary XML has more than one string pool",
                        );
                    }
                }
                RESOURCE_MAP if self.elements == 0 => {
                    self.resource_ids = chunk.get(header..).unwrap_or_default()
                }
                START_ELEMENT => self.start(at, chunk, header, sink)?,
                END_ELEMENT if self.open > 0 => {
                    self.open -= 1;
                    if self.open < MAX_DEPTH {
                        sink(Event::End);
                    }
                }
                kind if NODES.contains(&kind) || kind == RESOURCE_MAP => {}
                _ => self.trick(
                    at,
                    format!("二进制 XML 含未知块 {kind:#06x},已跳过"),
                    format!("the binary XML has an unknown chunk {kind:#06x}; passed over"),
                ),
            }
            at += size;
            if self.spent > self.budget() {
                self.defects.push(Defect::loss(
                    LimitationKind::LimitReached,
                    at,
                    "二进制 XML 反复引用超长字符串,其后的内容未读",
                    "the binary XML repeats overlong strings; nothing after this was read",
                ));
                return Ok(());
            }
        }
        if self.elements == 0 {
            return self.stop(at);
        }
        Ok(())
    }

    fn stop(&mut self, at: usize) -> Result<(), OutOfBounds> {
        self.defects.push(Defect::loss(
            LimitationKind::Malformed,
            at,
            format!("二进制 XML 在偏移 {at:#x} 处损坏,其后的内容无法读取"),
            format!("the binary XML is broken at offset {at:#x}; nothing after it can be read"),
        ));
        Ok(())
    }

    fn start(
        &mut self,
        at: usize,
        chunk: &'a [u8],
        header: usize,
        sink: &mut impl FnMut(Event<'a>),
    ) -> Result<(), OutOfBounds> {
        let locate = |e: OutOfBounds| OutOfBounds { offset: e.offset.saturating_add(at), ..e };
        let body = chunk.get(header..).unwrap_or_default();
        let name = bytes::u32_at(body, 4).map_err(locate)?;
        let start = usize::from(bytes::u16_at(body, 8).map_err(locate)?);
        let item = usize::from(bytes::u16_at(body, 10).map_err(locate)?);
        let count = usize::from(bytes::u16_at(body, 12).map_err(locate)?);
        if header != 16 || start != 20 || (item != 20 && count > 0) {
            self.trick(at, "元素块的头或属性长度异常", "an element has unusual header or attribute sizes");
        }
        let room = body.get(start..).unwrap_or_default();
        // Attribute records may be longer than the five words Android reads, never shorter.
        let fits = (room.len() + item).saturating_sub(20).checked_div(item).map_or(0, |n| n.min(count));
        if fits < count {
            self.defects.push(Defect::loss(
                LimitationKind::Malformed,
                at,
                format!("元素声明 {count} 个属性,只有 {fits} 个在块内"),
                format!("an element states {count} attributes, {fits} lie inside its chunk"),
            ));
        }
        let mut element =
            Element { name: self.strings.get(name).unwrap_or_default(), attributes: Vec::new() };
        element.attributes.reserve(fits.min(64));
        for i in 0..fits {
            let attribute = self.attribute(room, i * item).map_err(locate)?;
            self.spent +=
                attribute.name.len() + if let Value::Text(text) = &attribute.value { text.len() } else { 0 };
            element.attributes.push(attribute);
            if self.spent > self.budget() {
                break;
            }
        }
        self.elements += 1;
        if self.open < MAX_DEPTH {
            sink(Event::Start(element));
        }
        self.open += 1;
        Ok(())
    }

    fn attribute(&self, room: &'a [u8], at: usize) -> Result<Attribute<'a>, OutOfBounds> {
        let name = bytes::u32_at(room, at + 4)?;
        let raw = bytes::u32_at(room, at + 8)?;
        let [kind] = bytes::array(room, at + 15)?;
        let data = bytes::u32_at(room, at + 16)?;
        let id = (name as usize).checked_mul(4).and_then(|i| bytes::u32_at(self.resource_ids, i).ok());
        let raw_text = || self.strings.get(raw);
        let value = match kind {
            0x01 => Value::Reference(data),
            0x03 => Value::Text(self.strings.get(data).or_else(raw_text).unwrap_or_default()),
            0x10 | 0x11 | 0x1c..=0x1f => Value::Integer(data),
            0x12 => Value::Boolean(data != 0),
            // Null type with a raw string: written by tools that type nothing.
            0x00 => raw_text().map_or(Value::Other(kind, data), Value::Text),
            _ => Value::Other(kind, data),
        };
        Ok(Attribute {
            id: id.unwrap_or(0),
            name: self.strings.get(name).unwrap_or(Cow::Borrowed("")),
            value,
        })
    }

    /// Notes an anti-analysis trick, the first of each place only as often as an auditor would read it.
    fn trick(&mut self, at: usize, zh: impl Into<String>, en: impl Into<String>) {
        if self.defects.len() < 64 {
            self.defects.push(Defect::note(LimitationKind::Tampered, at, zh, en));
        }
    }
}
