//! The first bytes of a deflate stream without setting up an inflater: enough to know a file by its magic.

use crate::bytes::u16_at;

/// Bytes that are looked at; as many as any magic needs.
pub const PEEK: usize = 8;

/// At most the first eight bytes of the content of a deflate stream (RFC 1951). Fewer where the stream is
/// shorter, breaks, or repeats itself so early: no magic does.
pub fn peek(input: &[u8]) -> ([u8; PEEK], usize) {
    let mut out = ([0; PEEK], 0);
    let mut bits = Bits::new(input);
    // The first block may be empty; hostile chains of empty blocks are not followed.
    for _ in 0..4 {
        let Some(head) = bits.take(3) else { break };
        let done = match head >> 1 {
            0 => stored(&mut bits, &mut out),
            1 => literals(&mut bits, &Codes::fixed(), &mut out),
            2 => dynamic(&mut bits).and_then(|codes| literals(&mut bits, &codes, &mut out)),
            _ => None,
        };
        if done.is_none() || out.1 == PEEK || head & 1 == 1 {
            break;
        }
    }
    out
}

/// Bits, least significant first.
struct Bits<'a> {
    input: &'a [u8],
    /// Next byte to load.
    at: usize,
    /// Loaded bits, and how many.
    window: u64,
    have: u32,
}

impl<'a> Bits<'a> {
    fn new(input: &'a [u8]) -> Bits<'a> {
        Bits { input, at: 0, window: 0, have: 0 }
    }

    /// Loads as many bits as fit.
    fn load(&mut self) {
        while self.have <= 56
            && let Some(byte) = self.input.get(self.at)
        {
            self.window |= u64::from(*byte) << self.have;
            self.have += 8;
            self.at += 1;
        }
    }

    fn take(&mut self, count: u32) -> Option<u16> {
        if self.have < count {
            self.load();
        }
        let value = u16::try_from(self.window & ((1 << count) - 1)).ok()?;
        self.skip(count)?;
        Some(value)
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        self.have = self.have.checked_sub(count)?;
        self.window >>= count;
        Some(())
    }

    /// Position of the next whole byte.
    fn byte(&self) -> usize {
        self.at - (self.have / 8) as usize
    }

    fn jump(&mut self, byte: usize) {
        *self = Bits { input: self.input, at: byte, window: 0, have: 0 };
    }
}

/// A canonical Huffman code: how many symbols have each length, and the length of each symbol. No table of symbols
/// is made for the few that are read.
struct Codes {
    counts: [u16; 16],
    lengths: [u8; LITERALS],
}

/// Symbols of the literal code; the last two are never used.
const LITERALS: usize = 288;

impl Codes {
    fn new(lengths: [u8; LITERALS]) -> Codes {
        let mut counts = [0; 16];
        for len in lengths {
            if let Some(count) = counts.get_mut(usize::from(len)) {
                *count += 1;
            }
        }
        Codes { counts, lengths }
    }

    fn fixed() -> Codes {
        let mut lengths = [8u8; LITERALS];
        lengths.iter_mut().skip(144).take(112).for_each(|l| *l = 9);
        lengths.iter_mut().skip(256).take(24).for_each(|l| *l = 7);
        Codes::new(lengths)
    }

    /// The next symbol, bit by bit: codes of one length are given to symbols in their order.
    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let (mut code, mut first) = (0i32, 0i32);
        for (len, count) in (0u8..).zip(self.counts).skip(1) {
            code |= i32::from(bits.take(1)?);
            let count = i32::from(count);
            if code - count < first {
                let rank = usize::try_from(code - first).ok()?;
                let symbol = memchr::memchr_iter(len, &self.lengths).nth(rank)?;
                return u16::try_from(symbol).ok();
            }
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

fn push(out: &mut ([u8; PEEK], usize), byte: u8) {
    if let Some(slot) = out.0.get_mut(out.1) {
        *slot = byte;
        out.1 += 1;
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut ([u8; PEEK], usize)) -> Option<()> {
    let at = bits.byte();
    let len = usize::from(u16_at(bits.input, at).ok()?);
    let body = bits.input.get(at + 4..)?;
    let body = body.get(..len.min(body.len()))?;
    body.iter().take(PEEK).for_each(|b| push(out, *b));
    bits.jump(at + 4 + len);
    Some(())
}

fn literals(bits: &mut Bits<'_>, codes: &Codes, out: &mut ([u8; PEEK], usize)) -> Option<()> {
    while out.1 < PEEK {
        match codes.symbol(bits)? {
            256 => return Some(()),
            literal => push(out, u8::try_from(literal).ok()?),
        }
    }
    Some(())
}

/// The literal codes of a dynamic block (RFC 1951, 3.2.7); the distance codes are stepped over.
fn dynamic(bits: &mut Bits<'_>) -> Option<Codes> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let literals = usize::from(bits.take(5)?) + 257;
    let distances = usize::from(bits.take(5)?) + 1;
    let given = usize::from(bits.take(4)?) + 4;
    let mut lengths = [0u8; 19];
    for place in ORDER.iter().take(given) {
        *lengths.get_mut(*place)? = u8::try_from(bits.take(3)?).ok()?;
    }
    let meta = meta_table(&lengths);
    let mut lengths = [0u8; 320];
    let mut at = 0;
    while at < literals + distances {
        if bits.have < 14 {
            bits.load();
        }
        let (symbol, len) = *meta.get((bits.window & 127) as usize)?;
        bits.skip(u32::from(len))?;
        let (value, times) = match symbol {
            _ if len == 0 => return None,
            0..=15 => (symbol, 1),
            16 => (*lengths.get(at.checked_sub(1)?)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            _ => (0, 11 + bits.take(7)?),
        };
        let run = lengths.get_mut(at..at + usize::from(times))?;
        run.fill(value);
        at += run.len();
    }
    let mut codes = [0; LITERALS];
    let given = lengths.get(..literals.min(LITERALS))?;
    codes.get_mut(..given.len())?.copy_from_slice(given);
    Some(Codes::new(codes))
}

/// Symbol and length of the code that the next seven bits begin with, for the code of code lengths: its codes
/// have at most seven bits. Length 0: no code begins so.
fn meta_table(lengths: &[u8; 19]) -> [(u8, u8); 128] {
    let mut table = [(0u8, 0u8); 128];
    let mut code = 0usize;
    for len in 1..=7u8 {
        for (symbol, _) in (0u8..).zip(lengths).filter(|(_, l)| **l == len) {
            // Codes stand in the stream with their first bit lowest.
            let reversed = code.reverse_bits() >> (usize::BITS - u32::from(len));
            for slot in table.iter_mut().skip(reversed).step_by(1 << len) {
                *slot = (symbol, len);
            }
            code += 1;
        }
        code <<= 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn deflated(data: &[u8], level: u32) -> Vec<u8> {
        let mut w = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
        w.write_all(data).expect("in memory");
        w.finish().expect("in memory")
    }

    #[test]
    fn sees_what_an_inflater_sees() {
        let mut data = b"dex\n035\0".to_vec();
        data.extend((0..20_000u32).flat_map(|i| (i.wrapping_mul(2_654_435_761) % 1999).to_be_bytes()));
        for level in 0..10 {
            for size in [8, 40, 400, data.len()] {
                let packed = deflated(data.get(..size).expect("part"), level);
                assert_eq!(peek(&packed), (*b"dex\n035\0", 8), "level {level}, {size} bytes");
            }
        }
    }

    #[test]
    fn any_bytes_are_an_answer() {
        let mut state = 1u32;
        for len in 0..3000usize {
            let bytes: Vec<u8> = (0..len % 300)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            assert!(peek(&bytes).1 <= PEEK);
        }
    }
}
