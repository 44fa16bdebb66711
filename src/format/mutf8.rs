//! Modified UTF-8, the string encoding of dex files, class files and JNI.
//! Source: dex format, "MUTF-8 (Modified UTF-8) Encoding".

use std::borrow::Cow;

/// Text of the MUTF-8 `bytes` (without their terminating NUL).
///
/// Total: surrogate pairs written as two three-byte groups become one character, `C0 80` becomes U+0000, and
/// anything else that is broken becomes U+FFFD, one for each byte that starts no group.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(decode_slow(bytes)),
    }
}

fn decode_slow(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some((unit, len)) = unit(bytes, at) {
        at += len;
        let high = u32::from(unit);
        if (0xd800..0xdc00).contains(&high)
            && let Some((low, low_len)) = self::unit(bytes, at).filter(|(u, _)| (0xdc00..0xe000).contains(u))
        {
            at += low_len;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (u32::from(low) - 0xdc00);
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            continue;
        }
        // A four-byte group of standard UTF-8: no encoder of dex files writes it, some obfuscators do.
        if unit == 0xfffd && bytes.get(at - len).is_some_and(|b| b & 0xf8 == 0xf0) {
            let four = bytes.get(at - len..at - len + 4).and_then(|b| std::str::from_utf8(b).ok());
            if let Some(text) = four {
                at += 4 - len;
                out.push_str(text);
                continue;
            }
        }
        out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    out
}

/// The UTF-16 unit at `at` and the bytes it takes; U+FFFD and one byte where no group starts.
fn unit(bytes: &[u8], at: usize) -> Option<(u16, usize)> {
    let continuation =
        |i: usize| bytes.get(at + i).filter(|b| *b & 0xc0 == 0x80).map(|b| u16::from(b & 0x3f));
    let first = *bytes.get(at)?;
    Some(match first {
        0..=0x7f => (u16::from(first), 1),
        0xc0..=0xdf => match continuation(1) {
            Some(low) => (u16::from(first & 0x1f) << 6 | low, 2),
            None => (0xfffd, 1),
        },
        0xe0..=0xef => match (continuation(1), continuation(2)) {
            (Some(mid), Some(low)) => (u16::from(first & 0x0f) << 12 | mid << 6 | low, 3),
            _ => (0xfffd, 1),
        },
        _ => (0xfffd, 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_dex_files_hold() {
        assert_eq!(decode(b"Lcom/example/A;"), "Lcom/example/A;");
        assert_eq!(decode("中文".as_bytes()), "中文");
        assert_eq!(decode(&[b'a', 0xc0, 0x80, b'b']), "a\0b");
        assert_eq!(decode(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), "😀");
        assert_eq!(decode(&[0xff, 0xf0, 0x9f, 0x98, 0x80]), "\u{fffd}😀");
    }

    #[test]
    fn broken_groups_lose_nothing_else() {
        assert_eq!(decode(&[0xed, 0xa0, 0xbd, b'x']), "\u{fffd}x");
        assert_eq!(decode(&[0xe4, b'a', 0xff, b'b', 0xc3]), "\u{fffd}a\u{fffd}b\u{fffd}");
    }
}
