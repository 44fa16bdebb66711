//! A bounds-checked, little-endian cursor over `&[u8]`; every error carries its offset.

/// A read past the end: where, and how many bytes were wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wanted {wanted} bytes at offset {offset:#x}, past the end of the data")]
pub struct OutOfBounds {
    /// Byte offset of the read, from the start of the slice the cursor was made on.
    pub offset: usize,
    /// Bytes asked for.
    pub wanted: usize,
}

/// The `len` bytes at `offset`, or an error that says so.
pub fn slice(data: &[u8], offset: usize, len: usize) -> Result<&[u8], OutOfBounds> {
    offset.checked_add(len).and_then(|end| data.get(offset..end)).ok_or(OutOfBounds { offset, wanted: len })
}

/// `N` bytes at `offset` as an array.
pub fn array<const N: usize>(data: &[u8], offset: usize) -> Result<[u8; N], OutOfBounds> {
    slice(data, offset, N)?.try_into().map_err(|_| OutOfBounds { offset, wanted: N })
}

/// Little-endian `u16` at `offset`.
pub fn u16_at(data: &[u8], offset: usize) -> Result<u16, OutOfBounds> {
    array(data, offset).map(u16::from_le_bytes)
}

/// Little-endian `u32` at `offset`.
pub fn u32_at(data: &[u8], offset: usize) -> Result<u32, OutOfBounds> {
    array(data, offset).map(u32::from_le_bytes)
}

/// Little-endian `u64` at `offset`.
pub fn u64_at(data: &[u8], offset: usize) -> Result<u64, OutOfBounds> {
    array(data, offset).map(u64::from_le_bytes)
}

/// A moving position in a slice.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at `offset` (which may lie past the end: the first read then fails).
    pub fn new(data: &'a [u8], offset: usize) -> Cursor<'a> {
        Cursor { data, at: offset }
    }

    /// Current offset from the start of the slice.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Bytes left, zero when the position lies past the end.
    pub fn left(&self) -> usize {
        self.data.len().saturating_sub(self.at)
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], OutOfBounds> {
        let out = slice(self.data, self.at, len)?;
        self.at += len;
        Ok(out)
    }

    /// Next byte.
    pub fn u8(&mut self) -> Result<u8, OutOfBounds> {
        let [b] = array(self.data, self.at)?;
        self.at += 1;
        Ok(b)
    }

    /// Next little-endian `u16`.
    pub fn u16(&mut self) -> Result<u16, OutOfBounds> {
        let v = u16_at(self.data, self.at)?;
        self.at += 2;
        Ok(v)
    }

    /// Next little-endian `u32`.
    pub fn u32(&mut self) -> Result<u32, OutOfBounds> {
        let v = u32_at(self.data, self.at)?;
        self.at += 4;
        Ok(v)
    }

    /// Next little-endian `u64`.
    pub fn u64(&mut self) -> Result<u64, OutOfBounds> {
        let v = u64_at(self.data, self.at)?;
        self.at += 8;
        Ok(v)
    }

    /// Next unsigned LEB128 of at most 32 bits (dex format, "LEB128"); bits past 32 are dropped.
    pub fn uleb128(&mut self) -> Result<u32, OutOfBounds> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stay_inside() {
        let data = [1u8, 0, 2, 0, 0, 0, 0x80, 0x01];
        let mut c = Cursor::new(&data, 0);
        assert_eq!(c.u16(), Ok(1));
        assert_eq!(c.u32(), Ok(2));
        assert_eq!(c.uleb128(), Ok(128));
        assert_eq!(c.u8(), Err(OutOfBounds { offset: 8, wanted: 1 }));
        assert_eq!(u32_at(&data, usize::MAX), Err(OutOfBounds { offset: usize::MAX, wanted: 4 }));
        assert_eq!(
            slice(&data, 4, usize::MAX).map(<[u8]>::len),
            Err(OutOfBounds { offset: 4, wanted: usize::MAX })
        );
    }
}
