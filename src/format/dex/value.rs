//! `encoded_value` and the static values of a class: constants such as `BuildConfig.VERSION_NAME`.

use super::{ClassDef, Dex, Error};
use crate::bytes::{Cursor, OutOfBounds};

/// An `encoded_value`, as far as this tool needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Byte, short, char, int or long.
    Integer(i64),
    /// Boolean.
    Boolean(bool),
    /// String id.
    String(u32),
    /// Type id.
    Type(u32),
    /// Null.
    Null,
    /// A kind whose content is passed over: floats, references, arrays, annotations.
    Other,
}

impl<'a> Dex<'a> {
    /// Values of the class's static fields, in the order of `ClassData::static_fields`; fields past the end of
    /// the list hold zero. Ends early where the data ends.
    pub fn static_values(&self, class: &ClassDef) -> Result<impl Iterator<Item = Value> + 'a, Error> {
        let mut cursor = Cursor::new(self.data(), class.static_values as usize);
        let count = if class.static_values == 0 { 0 } else { cursor.uleb128()? };
        Ok((0..count).map_while(move |_| value(&mut cursor)))
    }
}

/// Deepest nesting of arrays and annotations that is passed over; compilers write two levels.
const MAX_DEPTH: usize = 64;

/// Reads one value and leaves the cursor behind it; `None` at the end of the data or of the depth. Nested
/// values are passed over with a counter, not by recursion: depth is under the control of the file.
fn value(cursor: &mut Cursor<'_>) -> Option<Value> {
    let first = header(cursor).ok()?;
    if let Item::Leaf(value) = first {
        return Some(value);
    }
    let mut open = vec![first];
    while let Some(top) = open.last_mut() {
        match top {
            Item::Values(left @ 1..) => *left -= 1,
            Item::Pairs(left @ 1..) => {
                *left -= 1;
                cursor.uleb128().ok()?;
            }
            _ => {
                open.pop();
                continue;
            }
        }
        match header(cursor).ok()? {
            Item::Leaf(_) => {}
            nested if open.len() < MAX_DEPTH => open.push(nested),
            _ => return None,
        }
    }
    Some(Value::Other)
}

/// A value without children, or how many children follow.
enum Item {
    Leaf(Value),
    Values(u32),
    Pairs(u32),
}

fn header(cursor: &mut Cursor<'_>) -> Result<Item, OutOfBounds> {
    let byte = cursor.u8()?;
    let (arg, kind) = (byte >> 5, byte & 0x1f);
    Ok(Item::Leaf(match kind {
        0x00 | 0x02 | 0x04 | 0x06 => Value::Integer(number(cursor, arg, true)?),
        0x03 => Value::Integer(number(cursor, arg, false)?),
        0x17 => Value::String(number(cursor, arg, false)? as u32),
        0x18 => Value::Type(number(cursor, arg, false)? as u32),
        0x1c => return Ok(Item::Values(cursor.uleb128()?)),
        0x1d => {
            cursor.uleb128()?;
            return Ok(Item::Pairs(cursor.uleb128()?));
        }
        0x1e => Value::Null,
        0x1f => Value::Boolean(arg != 0),
        _ => {
            number(cursor, arg, false)?;
            Value::Other
        }
    }))
}

/// `arg + 1` little-endian bytes.
fn number(cursor: &mut Cursor<'_>, arg: u8, signed: bool) -> Result<i64, OutOfBounds> {
    let size = usize::from(arg) + 1;
    let mut wide = [0u8; 8];
    let taken = cursor.take(size)?;
    wide.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
    let unused = 64 - 8 * size as u32;
    let raw = u64::from_le_bytes(wide);
    Ok(if signed { ((raw << unused) as i64) >> unused } else { raw as i64 })
}
