//! `ResStringPool`: the string table of binary XML and of resources.arsc.
//! Source: AOSP `androidfw/ResourceTypes.h`, `ResStringPool_header`.

use super::defect::Defect;
use crate::bytes::{self, Cursor, OutOfBounds};
use crate::limitation::LimitationKind;
use std::borrow::Cow;

/// How far the end of a string is looked for where its length does not lead to one.
const MAX_OVERRUN: usize = 4096;

const UTF8_FLAG: u32 = 1 << 8;

/// A string pool. Strings are decoded when asked for; no slot is ever dropped.
#[derive(Debug, Clone, Copy, Default)]
pub struct StringPool<'a> {
    offsets: &'a [u8],
    text: &'a [u8],
    utf8: bool,
}

impl<'a> StringPool<'a> {
    /// The pool in `chunk` (header included), which starts at `base` of its file. As Android does, counts and
    /// offsets past the chunk are cut, and an encoding flag that contradicts the strings is overruled.
    pub fn parse(
        chunk: &'a [u8],
        base: usize,
        defects: &mut Vec<Defect>,
    ) -> Result<StringPool<'a>, OutOfBounds> {
        let header_size = usize::from(bytes::u16_at(chunk, 2)?);
        let stated = bytes::u32_at(chunk, 8)? as usize;
        let flags = bytes::u32_at(chunk, 16)?;
        let start = bytes::u32_at(chunk, 20)? as usize;
        let table = chunk.get(header_size..).unwrap_or_default();
        let text = chunk.get(start..).unwrap_or_default();
        let count = stated.min(table.len() / 4);
        if count < stated || (text.is_empty() && stated > 0) {
            defects.push(Defect::loss(
                LimitationKind::Malformed,
                base,
                format!("字符串池声明 {stated} 个字符串,只有 {count} 个在文件内"),
                format!("the string pool states {stated} strings, {count} lie inside the file"),
            ));
        }
        let offsets = table.get(..count * 4).unwrap_or_default();
        let stated_utf8 = flags & UTF8_FLAG != 0;
        let pool = StringPool { offsets, text, utf8: stated_utf8 };
        let other = StringPool { utf8: !stated_utf8, ..pool };
        if pool.sound() == 0 && other.sound() > 0 {
            defects.push(Defect::note(
                LimitationKind::Tampered,
                base + 16,
                "字符串池的编码标志与内容不符,按内容读取",
                "the encoding flag of the string pool contradicts its strings; read as they are",
            ));
            return Ok(other);
        }
        Ok(pool)
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.offsets.len() / 4
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// String `index`; `None` past the end, for the null index and for unreadable slots.
    pub fn get(&self, index: u32) -> Option<Cow<'a, str>> {
        let offset = bytes::u32_at(self.offsets, (index as usize).checked_mul(4)?).ok()? as usize;
        if self.utf8 { self.utf8_at(offset) } else { self.utf16_at(offset) }
    }

    fn utf8_at(&self, offset: usize) -> Option<Cow<'a, str>> {
        let mut c = Cursor::new(self.text, offset);
        length8(&mut c)?;
        let len = length8(&mut c)?;
        let rest = self.text.get(c.offset()..)?;
        // The length wraps for strings past 32 KiB and some writers lie; the NUL behind it decides.
        let bytes = match rest.get(len) {
            Some(0) => rest.get(..len)?,
            _ => rest.get(..memchr::memchr(0, rest.get(..rest.len().min(MAX_OVERRUN))?)?)?,
        };
        Some(super::mutf8::decode(bytes))
    }

    fn utf16_at(&self, offset: usize) -> Option<Cow<'a, str>> {
        let mut c = Cursor::new(self.text, offset);
        let len = length16(&mut c)?;
        let bytes = c.take(len.min(c.left() / 2) * 2).ok()?;
        let units = bytes.chunks_exact(2).filter_map(|b| bytes::u16_at(b, 0).ok());
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        Some(Cow::Owned(text.collect()))
    }

    /// How many of the first strings end with a terminator where their length says.
    fn sound(&self) -> usize {
        let slots = self.offsets.chunks_exact(4).take(32).filter_map(|b| bytes::u32_at(b, 0).ok());
        slots.filter(|offset| self.terminated(*offset as usize).unwrap_or(false)).count()
    }

    fn terminated(&self, offset: usize) -> Option<bool> {
        let mut c = Cursor::new(self.text, offset);
        if self.utf8 {
            let units = length8(&mut c)?;
            let len = length8(&mut c)?;
            c.take(len).ok()?;
            // Equal for ASCII, more bytes than units for all else.
            Some(len > 0 && len >= units && c.u8().ok()? == 0)
        } else {
            let len = length16(&mut c)?;
            c.take(len.checked_mul(2)?).ok()?;
            Some(len > 0 && c.u16().ok()? == 0)
        }
    }
}

/// `decodeLength` for UTF-8: one byte, or two with the high bit set.
fn length8(c: &mut Cursor<'_>) -> Option<usize> {
    let first = usize::from(c.u8().ok()?);
    if first & 0x80 == 0 {
        return Some(first);
    }
    Some((first & 0x7f) << 8 | usize::from(c.u8().ok()?))
}

/// `decodeLength` for UTF-16: one unit, or two with the high bit set.
fn length16(c: &mut Cursor<'_>) -> Option<usize> {
    let first = usize::from(c.u16().ok()?);
    if first & 0x8000 == 0 {
        return Some(first);
    }
    Some((first & 0x7fff) << 16 | usize::from(c.u16().ok()?))
}
