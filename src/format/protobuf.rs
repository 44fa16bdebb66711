//! Protocol buffer wire format: fields of one message, one after the other, without a schema.
//! Source: protobuf.dev, "Encoding".

/// Payload of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// Variable-length integer, boolean or enum.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// String, bytes, message or packed list.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32(u32),
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Field number.
    pub number: u32,
    /// What it holds.
    pub payload: Payload<'a>,
}

impl<'a> Field<'a> {
    /// The bytes of a length-delimited field; empty for others.
    pub fn bytes(&self) -> &'a [u8] {
        match self.payload {
            Payload::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// The text of a length-delimited field; broken UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// The number of a numeric field; 0 for others.
    pub fn number(&self) -> u64 {
        match self.payload {
            Payload::Varint(n) | Payload::Fixed64(n) => n,
            Payload::Fixed32(n) => n.into(),
            Payload::Bytes(_) => 0,
        }
    }

    /// The number as an unsigned 32-bit value, as protobuf readers cut it.
    pub fn u32(&self) -> u32 {
        (self.number() & 0xffff_ffff) as u32
    }
}

/// Fields of a message in file order; ends at the first that is broken (`broken` tells).
#[derive(Debug, Clone)]
pub struct Message<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Message<'a> {
    /// The message in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Message<'a> {
        Message { rest: bytes, broken: false }
    }

    /// Whether the last `next` ended at a broken field rather than at the end.
    pub fn broken(&self) -> bool {
        self.broken
    }

    /// The first field with this number; an absent one reads as empty.
    pub fn field(bytes: &'a [u8], number: u32) -> Field<'a> {
        let absent = Field { number, payload: Payload::Bytes(&[]) };
        Message::new(bytes).find(|f| f.number == number).unwrap_or(absent)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(first & 0x7f).checked_shl(shift).unwrap_or(0);
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(len).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn read(&mut self) -> Option<Field<'a>> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|n| *n > 0)?;
        let payload = match key & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(crate::bytes::u64_at(self.take(8)?, 0).ok()?),
            2 => {
                let len = self.varint()?;
                Payload::Bytes(self.take(len)?)
            }
            5 => Payload::Fixed32(crate::bytes::u32_at(self.take(4)?, 0).ok()?),
            // Groups were given up before Android existed.
            _ => return None,
        };
        Some(Field { number, payload })
    }
}

impl<'a> Iterator for Message<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if self.rest.is_empty() || self.broken {
            return None;
        }
        let field = self.read();
        self.broken = field.is_none();
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_breaks_are_told() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 0, 0, 0];
        let fields: Vec<Field<'_>> = Message::new(&bytes).collect();
        assert_eq!(fields.first().map(Field::number), Some(150));
        assert_eq!(fields.get(1).map(|f| f.text().into_owned()).as_deref(), Some("hi"));
        assert_eq!(fields.get(2).map(Field::u32), Some(1));
        let mut cut = Message::new(&bytes[..6]);
        assert_eq!(cut.by_ref().count(), 1);
        assert!(cut.broken());
        assert_eq!(Message::field(&bytes, 9).bytes(), b"");
    }

    #[test]
    fn a_length_past_the_end_allocates_nothing() {
        let mut message = Message::new(&[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
        assert_eq!(message.next(), None);
        assert!(message.broken());
    }
}
