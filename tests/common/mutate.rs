//! Breaks bytes the way fuzzers do: the same for the same seed, on every machine.

/// xorshift64*: small and fast.
pub struct Random(u64);

impl Random {
    /// The sequence number `n` of `seed`.
    pub fn new(seed: u64, n: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(0xd134_2543_de82_ef95) | 1)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`; 0 for 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() >> 33) as usize % n }
    }
}

/// Breaks `bytes` in one to eight places. `magic` is put back at the start in 49 of 50 cases: a broken magic is
/// found out at once and tests nothing.
pub fn mutate(bytes: &mut Vec<u8>, magic: &[u8], random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    for _ in 0..1 + random.below(8) {
        // Headers and tables matter most: half of the hits go to the first 1 KiB, some to the end, where the
        // directories of archives are.
        let reach = if random.below(2) == 0 { bytes.len().min(1024) } else { bytes.len() };
        let at = random.below(reach);
        let at = if random.below(4) == 0 { bytes.len().saturating_sub(1 + at) } else { at };
        match random.below(9) {
            0 => set(bytes, at, random.next() as u8),
            1 => set(bytes, at, [0, 1, 0x7f, 0x80, 0xff][random.below(5)]),
            2 => {
                let value =
                    [0u32, 1, 0x7fff_ffff, u32::MAX, 0x8000_0000, bytes.len() as u32][random.below(6)];
                put(bytes, at & !3, &value.to_le_bytes());
            }
            3 => {
                // One place of the file copied over another: plausible values in the wrong slots.
                let (from, len) = (random.below(bytes.len()), 1 + random.below(32));
                let piece: Vec<u8> = bytes.iter().skip(from).take(len).copied().collect();
                put(bytes, at, &piece);
            }
            4 => put(bytes, at & !3, &(random.below(64) as u32).to_le_bytes()),
            5 if random.below(4) == 0 => bytes.truncate(at),
            6 if random.below(2) == 0 => {
                // A piece twice: counts and lengths no longer fit.
                let len = 1 + random.below(64.min(bytes.len() - at));
                let piece: Vec<u8> = bytes.iter().skip(at).take(len).copied().collect();
                bytes.splice(at..at, piece);
            }
            7 if random.below(2) == 0 => {
                let end = at + random.below(64.min(bytes.len() - at));
                bytes.drain(at..end);
            }
            _ => {
                let flipped = bytes.get(at).copied().unwrap_or(0) ^ 1 << random.below(8);
                set(bytes, at, flipped);
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
    if random.below(50) > 0 {
        put(bytes, 0, magic);
    }
}

fn put(bytes: &mut [u8], at: usize, values: &[u8]) {
    values.iter().enumerate().for_each(|(i, b)| set(bytes, at + i, *b));
}

fn set(bytes: &mut [u8], at: usize, value: u8) {
    if let Some(slot) = bytes.get_mut(at) {
        *slot = value;
    }
}
