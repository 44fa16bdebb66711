//! What a file is by its first bytes, whatever its name says.

use crate::format::dex;
use crate::package::Entry;

/// Smallest file that is looked at: the header of a dex.
const SMALLEST: u64 = 0x70;

/// Kind of a file, as far as hidden code is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// A dex file.
    Dex,
    /// A native library or program.
    Elf,
    /// Text, media, archives, fonts, databases, models: nothing that hides code by itself.
    Known,
    /// Nothing known: encrypted or of a private format.
    Opaque,
}

impl Head {
    /// Looks at the first bytes of `entry`; small or unreadable files count as known.
    pub fn of(entry: &Entry<'_>) -> Head {
        let magic = (entry.claimed_size() >= SMALLEST).then(|| entry.magic()).flatten();
        magic.as_ref().and_then(|(bytes, len)| bytes.get(..*len)).map_or(Head::Known, Head::of_bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Head {
        let known = MAGIC.iter().any(|(at, magic)| bytes.get(*at..).is_some_and(|b| b.starts_with(magic)));
        if dex::is_dex(bytes) {
            Head::Dex
        } else if bytes.starts_with(b"\x7fELF") {
            Head::Elf
        } else if known || text(bytes) {
            Head::Known
        } else {
            Head::Opaque
        }
    }
}

/// Starts of files that are what they seem: offset and bytes.
const MAGIC: &[(usize, &[u8])] = &[
    (0, b"\x89PNG"),
    (0, b"\xff\xd8\xff"),
    (0, b"GIF8"),
    (0, b"RIFF"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"\xff\xfb"),
    (0, b"\xff\xf3"),
    (0, b"fLaC"),
    (0, b"MThd"),
    (4, b"ftyp"),
    (0, b"\x1aE\xdf\xa3"),
    (0, b"\x00\x01\x00\x00"),
    (0, b"OTTO"),
    (0, b"ttcf"),
    (0, b"wOF"),
    (0, b"PK\x03\x04"),
    (0, b"\x1f\x8b"),
    (0, b"BZh"),
    (0, b"7z\xbc\xaf"),
    (0, b"\xfd7zXZ"),
    (0, b"\x28\xb5\x2f\xfd"),
    (0, b"SQLite format"),
    (0, b"%PDF"),
    (0, b"\xca\xfe\xba\xbe"),
    // Binary XML and resource tables.
    (0, b"\x03\x00\x08\x00"),
    (0, b"\x02\x00\x0c\x00"),
    // Machine learning models, game engines, script bytecode, profiles.
    (4, b"TFL3"),
    (0, b"UnityFS"),
    (0, b"\x1bLua"),
    (0, b"\xc6\x1f\xbc\x03"),
    (0, b"\x00asm"),
    (0, b"bplist"),
    (0, b"pro\x00"),
    (0, b"prm\x00"),
    (0, b"\xff\xfe"),
    (0, b"\xfe\xff"),
    (0, b"\xef\xbb\xbf"),
];

/// Whether bytes look like text in UTF-8 or a national encoding: no control characters.
fn text(bytes: &[u8]) -> bool {
    let plain = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    bytes.iter().all(plain)
        || std::str::from_utf8(bytes).is_ok_and(|t| !t.chars().any(|c| c.is_control() && !c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell() {
        assert_eq!(Head::of_bytes(b"dex\n035\0........"), Head::Dex);
        assert_eq!(Head::of_bytes(b"\x7fELF\x02\x01\x01"), Head::Elf);
        assert_eq!(Head::of_bytes(b"{\"a\": 1, \"b\": 2}"), Head::Known);
        assert_eq!(Head::of_bytes("说明文字说".as_bytes()), Head::Known);
        assert_eq!(Head::of_bytes(b"\x89PNG\r\n\x1a\n"), Head::Known);
        assert_eq!(Head::of_bytes(b"\x9c\x01\xd3\x00\x8f\x12"), Head::Opaque);
    }
}
