//! The ciphers and the digest that PDF encryption rests on: RC4, AES (FIPS 197) in CBC mode, MD5 (RFC 1321).
//! They open what everyone may read; nothing is kept secret with them.

/// RC4, which is its own inverse.
pub fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|i| (i & 0xff) as u8);
    let at = |state: &[u8; 256], i: u8| state.get(usize::from(i)).copied().unwrap_or(0);
    let mut j = 0u8;
    for (i, k) in (0..=255u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(at(&state, i)).wrapping_add(*k);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    let next = |byte: &u8| {
        i = i.wrapping_add(1);
        j = j.wrapping_add(at(&state, i));
        state.swap(usize::from(i), usize::from(j));
        byte ^ at(&state, at(&state, i).wrapping_add(at(&state, j)))
    };
    data.iter().map(next).collect()
}

/// MD5.
pub fn md5(data: &[u8]) -> [u8; 16] {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut padded = data.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((u64::try_from(data.len()).unwrap_or(0).wrapping_mul(8)).to_le_bytes());
    let mut sums = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(64) {
        let words: Vec<u32> =
            block.chunks_exact(4).map(|w| w.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b))).collect();
        let [mut a, mut b, mut c, mut d] = sums;
        for i in 0..64usize {
            let (mixed, word) = match i / 16 {
                0 => (b & c | !b & d, i),
                1 => (d & b | !d & c, 5 * i + 1),
                2 => (b ^ c ^ d, 3 * i + 5),
                _ => (c ^ (b | !d), 7 * i),
            };
            let sine = ((i as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(word % 16).copied().unwrap_or(0);
            let sum = mixed.wrapping_add(a).wrapping_add(sine).wrapping_add(word);
            let turn = TURNS.get(i / 16).and_then(|t| t.get(i % 4)).copied().unwrap_or(0);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turn)));
        }
        for (sum, part) in sums.iter_mut().zip([a, b, c, d]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(sums.iter().flat_map(|s| s.to_le_bytes())) {
        *to = from;
    }
    out
}

/// AES with a key of 128 or 256 bits.
pub struct Aes {
    rounds: Vec<[u8; 16]>,
    forward: [u8; 256],
    backward: [u8; 256],
}

/// Product in GF(2^8).
fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut out) = (a, b, 0);
    while b > 0 {
        if b & 1 == 1 {
            out ^= a;
        }
        a = a << 1 ^ if a & 0x80 == 0 { 0 } else { 0x1b };
        b >>= 1;
    }
    out
}

fn of(table: &[u8; 256], byte: u8) -> u8 {
    table.get(usize::from(byte)).copied().unwrap_or(0)
}

impl Aes {
    /// A cipher for a key of 16 or 32 bytes; `None` for any other.
    pub fn new(key: &[u8]) -> Option<Aes> {
        if !matches!(key.len(), 16 | 32) {
            return None;
        }
        let (mut forward, mut backward) = ([0u8; 256], [0u8; 256]);
        let (mut p, mut q) = (1u8, 1u8);
        loop {
            // p runs through the powers of 3, q through their inverses.
            p = times(p, 3);
            q = times(q, 0xf6);
            let value = q ^ q.rotate_left(1) ^ q.rotate_left(2) ^ q.rotate_left(3) ^ q.rotate_left(4) ^ 0x63;
            if let Some(slot) = forward.get_mut(usize::from(p)) {
                *slot = value;
            }
            if p == 1 {
                break;
            }
        }
        forward[0] = 0x63;
        for (i, value) in (0..=255u8).zip(forward) {
            if let Some(slot) = backward.get_mut(usize::from(value)) {
                *slot = i;
            }
        }
        let words = key.len() / 4;
        let mut schedule: Vec<[u8; 4]> = key.chunks_exact(4).filter_map(|w| w.try_into().ok()).collect();
        let mut constant = 1u8;
        for i in words..4 * (words + 7) {
            let mut word = *schedule.last()?;
            if i % words == 0 {
                word.rotate_left(1);
                word = word.map(|b| of(&forward, b));
                word[0] ^= constant;
                constant = times(constant, 2);
            } else if words > 6 && i % words == 4 {
                word = word.map(|b| of(&forward, b));
            }
            let before = *schedule.get(i - words)?;
            schedule.push(std::array::from_fn(|k| before.get(k).unwrap_or(&0) ^ word.get(k).unwrap_or(&0)));
        }
        let rounds = schedule.chunks_exact(4).filter_map(|w| w.concat().try_into().ok()).collect();
        Some(Aes { rounds, forward, backward })
    }

    fn encrypt_block(&self, mut block: [u8; 16]) -> [u8; 16] {
        let last = self.rounds.len().saturating_sub(1);
        for (n, key) in self.rounds.iter().enumerate() {
            if n > 0 {
                let bytes = block.map(|b| of(&self.forward, b));
                block = std::array::from_fn(|i| bytes.get((i + 4 * (i % 4)) % 16).copied().unwrap_or(0));
                if n < last {
                    block = mixed(block, [2, 3, 1, 1]);
                }
            }
            block = xor(block, key);
        }
        block
    }

    fn decrypt_block(&self, mut block: [u8; 16]) -> [u8; 16] {
        let last = self.rounds.len().saturating_sub(1);
        for (n, key) in self.rounds.iter().enumerate().rev() {
            block = xor(block, key);
            if n > 0 {
                if n < last {
                    block = mixed(block, [14, 11, 13, 9]);
                }
                let bytes = block;
                block = std::array::from_fn(|i| bytes.get((i + 12 * (i % 4)) % 16).copied().unwrap_or(0));
                block = block.map(|b| of(&self.backward, b));
            }
        }
        block
    }

    /// Decrypts whole blocks in CBC mode.
    pub fn decrypt(&self, start: [u8; 16], data: &[u8]) -> Vec<u8> {
        let mut before = start;
        let mut out = Vec::with_capacity(data.len());
        for block in data.chunks_exact(16) {
            let Ok(block) = <[u8; 16]>::try_from(block) else { break };
            out.extend(xor(self.decrypt_block(block), &before));
            before = block;
        }
        out
    }

    /// Encrypts whole blocks in CBC mode.
    pub fn encrypt(&self, start: [u8; 16], data: &[u8]) -> Vec<u8> {
        let mut before = start;
        let mut out = Vec::with_capacity(data.len());
        for block in data.chunks_exact(16) {
            let Ok(block) = <[u8; 16]>::try_from(block) else { break };
            before = self.encrypt_block(xor(block, &before));
            out.extend(before);
        }
        out
    }
}

fn xor(a: [u8; 16], b: &[u8; 16]) -> [u8; 16] {
    std::array::from_fn(|i| a.get(i).unwrap_or(&0) ^ b.get(i).unwrap_or(&0))
}

/// The columns of a block, each times the circulant matrix of `row`.
fn mixed(block: [u8; 16], row: [u8; 4]) -> [u8; 16] {
    std::array::from_fn(|i| {
        let column = i / 4 * 4;
        let factors = (0..4).map(|k| row.get((k + 4 - i % 4) % 4).copied().unwrap_or(0));
        let bytes = block.iter().skip(column).take(4);
        factors.zip(bytes).fold(0, |sum, (factor, byte)| sum ^ times(*byte, factor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn published_examples_come_out() {
        assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&rc4(b"Key", b"Plaintext")), "bbf316e8d940af0ad3");
        // FIPS 197, appendices C.1 and C.3.
        let plain: Vec<u8> = (0..16u8).map(|i| i * 0x11).collect();
        for (length, expected) in
            [(16u8, "69c4e0d86a7b0430d8cdb78070b4c55a"), (32, "8ea2b7ca516745bfeafc49904b496089")]
        {
            let aes = Aes::new(&(0..length).collect::<Vec<u8>>()).expect("a key");
            let coded = aes.encrypt([0; 16], &plain);
            assert_eq!(hex(&coded), expected);
            assert_eq!(aes.decrypt([0; 16], &coded), plain);
        }
        assert!(Aes::new(b"short").is_none());
    }
}
