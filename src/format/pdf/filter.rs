//! Filters of PDF streams (ISO 32000-1, section 7.4): what they yield up to a ceiling; what breaks off is kept.

use flate2::{Decompress, FlushDecompress, Status};

/// Undoes one filter; `None` where it is of an image or not known.
pub fn undo(filter: &[u8], data: &[u8], most: usize) -> Option<Vec<u8>> {
    match filter {
        b"FlateDecode" | b"Fl" => Some(inflate(data, most)),
        b"LZWDecode" | b"LZW" => Some(lzw(data, most)),
        b"ASCIIHexDecode" | b"AHx" => Some(ascii_hex(data)),
        b"ASCII85Decode" | b"A85" => Some(ascii_85(data)),
        b"RunLengthDecode" | b"RL" => Some(run_length(data, most)),
        b"Crypt" => Some(data.to_vec()),
        _ => None,
    }
}

fn inflate(data: &[u8], most: usize) -> Vec<u8> {
    let out = inflate_as(data, most, true);
    // A stream whose two leading bytes are lost or wrong.
    if out.is_empty() && data.len() > 2 { inflate_as(data.get(2..).unwrap_or(&[]), most, false) } else { out }
}

fn inflate_as(data: &[u8], most: usize, zlib: bool) -> Vec<u8> {
    let mut state = Decompress::new(zlib);
    let mut out = Vec::new();
    let mut buffer = [0u8; 16 << 10];
    while out.len() < most {
        let read = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let written = state.total_out();
        let rest = data.get(read..).unwrap_or(&[]);
        let status = state.decompress(rest, &mut buffer, FlushDecompress::None);
        let new = usize::try_from(state.total_out() - written).unwrap_or(0);
        out.extend_from_slice(buffer.get(..new).unwrap_or(&[]));
        let moved = new > 0 || usize::try_from(state.total_in()).unwrap_or(0) > read;
        if !matches!(status, Ok(Status::Ok)) || !moved {
            break;
        }
    }
    out.truncate(most);
    out
}

/// LZW with early change, as PDF writers use it (section 7.4.4).
fn lzw(data: &[u8], most: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    // An entry is a piece of the output: where it starts and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut count, mut width) = (0u32, 0u32, 9u32);
    let mut previous: Option<(usize, usize)> = None;
    for &byte in data {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        if count < width {
            continue;
        }
        count -= width;
        let code = (bits >> count) as usize;
        bits &= (1 << count) - 1;
        if code == 257 || out.len() >= most {
            break;
        }
        if code == 256 {
            (width, previous) = (9, None);
            table.clear();
            continue;
        }
        let start = out.len();
        match code.checked_sub(258) {
            None => out.push((code & 0xff) as u8),
            Some(entry) => {
                let Some((from, length)) = table.get(entry).copied().or_else(|| {
                    // The code about to be defined: the last piece and its own first byte.
                    previous.filter(|_| entry == table.len()).map(|(from, length)| (from, length + 1))
                }) else {
                    break;
                };
                for at in from..from + length {
                    let Some(&b) = out.get(at) else { break };
                    out.push(b);
                }
            }
        }
        if let Some((from, length)) = previous
            && table.len() < 4096 - 258
        {
            table.push((from, length + 1));
        }
        previous = Some((start, out.len() - start));
        width = match table.len() + 258 + 2 {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    out.truncate(most);
    out
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits = data.iter().take_while(|b| **b != b'>').filter_map(|b| char::from(*b).to_digit(16));
    let digits: Vec<u8> = digits.filter_map(|d| u8::try_from(d).ok()).collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        })
        .collect()
}

fn ascii_85(data: &[u8]) -> Vec<u8> {
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    let mut out = Vec::new();
    let (mut group, mut count) = (0u32, 0usize);
    for &byte in data {
        match byte {
            b'~' => break,
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(group.to_be_bytes().iter().take(count - 1));
    }
    out
}

fn run_length(data: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&length) = data.get(at) {
        at += 1;
        match length {
            128 => break,
            0..128 => {
                let rest = data.get(at..).unwrap_or(&[]);
                let run = rest.get(..rest.len().min(usize::from(length) + 1)).unwrap_or(&[]);
                out.extend_from_slice(run);
                at += run.len();
            }
            _ => {
                let Some(&byte) = data.get(at) else { break };
                out.extend(std::iter::repeat_n(byte, 257 - usize::from(length)));
                at += 1;
            }
        }
        if out.len() >= most {
            break;
        }
    }
    out.truncate(most);
    out
}

/// What stands in `DecodeParms` about rows of samples.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// 2 is TIFF, 10 and more PNG.
    pub predictor: usize,
    /// Bytes of a sample, at least 1.
    pub sample: usize,
    /// Bytes of a row.
    pub row: usize,
}

/// Undoes a predictor (section 7.4.4.4).
pub fn undo_predictor(data: Vec<u8>, rows: Rows) -> Vec<u8> {
    let Rows { predictor, sample, row } = rows;
    if predictor < 2 || row == 0 {
        return data;
    }
    if predictor == 2 {
        let mut data = data;
        for line in data.chunks_mut(row) {
            for at in sample..line.len() {
                let left = line.get(at - sample).copied().unwrap_or(0);
                if let Some(byte) = line.get_mut(at) {
                    *byte = byte.wrapping_add(left);
                }
            }
        }
        return data;
    }
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0u8; row.min(data.len())];
    for line in data.chunks(row.saturating_add(1)) {
        let Some((&kind, line)) = line.split_first() else { break };
        let mut now = Vec::with_capacity(line.len());
        for (at, &byte) in line.iter().enumerate() {
            let before = |line: &[u8]| at.checked_sub(sample).and_then(|i| line.get(i).copied()).unwrap_or(0);
            let (a, b, c) = (before(&now), above.get(at).copied().unwrap_or(0), before(&above));
            now.push(byte.wrapping_add(match kind {
                1 => a,
                2 => b,
                3 => u16::midpoint(u16::from(a), u16::from(b)).to_le_bytes()[0],
                4 => paeth(a, b, c),
                _ => 0,
            }));
        }
        out.extend_from_slice(&now);
        above = now;
    }
    out
}

fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let (x, y, z) = (i16::from(a), i16::from(b), i16::from(c));
    let guess = x + y - z;
    let (p, q, r) = ((guess - x).abs(), (guess - y).abs(), (guess - z).abs());
    if p <= q && p <= r {
        a
    } else if q <= r {
        b
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_undone() {
        assert_eq!(undo(b"AHx", b"48 69 7>", 99).as_deref(), Some(b"Hip".as_slice()));
        assert_eq!(undo(b"A85", b"<~87cURD]i,\"Ebo80~>", 99).as_deref(), Some(b"Hello World!".as_slice()));
        assert_eq!(undo(b"RL", &[1, b'a', b'b', 254, b'c', 128], 99).as_deref(), Some(b"abccc".as_slice()));
        // The example of section 7.4.4.2.
        let coded = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(
            undo(b"LZW", &coded, 99).as_deref(),
            Some([45, 45, 45, 45, 45, 65, 45, 45, 45, 66].as_slice())
        );
        assert_eq!(undo(b"DCTDecode", b"", 99), None);
    }

    #[test]
    fn what_a_filter_yields_is_bounded() {
        let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut bomb, &vec![0; 1 << 20]).expect("written");
        let bomb = bomb.finish().expect("packed");
        assert_eq!(undo(b"Fl", &bomb, 1000).map(|d| d.len()), Some(1000));
        let broken = bomb.get(..bomb.len() / 2).expect("half");
        assert!(
            undo(b"Fl", broken, 1 << 20).is_some_and(|d| !d.is_empty()),
            "what came before the break is kept"
        );
    }

    #[test]
    fn predictors_are_undone() {
        let up = vec![2, 1, 2, 3, 2, 1, 1, 1];
        let rows = Rows { predictor: 12, sample: 1, row: 3 };
        assert_eq!(undo_predictor(up, rows), [1, 2, 3, 2, 3, 4]);
        let left = Rows { predictor: 2, sample: 1, row: 3 };
        assert_eq!(undo_predictor(vec![1, 1, 1, 5, 1, 1], left), [1, 2, 3, 5, 6, 7]);
        assert_eq!(paeth(10, 20, 15), 15);
    }
}
