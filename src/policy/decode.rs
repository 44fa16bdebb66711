//! Document bytes -> text: byte order marks, UTF-8, UTF-16, a declared charset, else a guess by content.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decoded text, the name of its encoding, and whether some bytes had no meaning in it.
pub struct Decoded {
    /// The text; what could not be decoded is U+FFFD.
    pub text: String,
    /// WHATWG name of the encoding.
    pub encoding: &'static str,
    /// Some bytes were not valid.
    pub damaged: bool,
}

/// Decodes `bytes`. A charset declared in the first kilobyte counts only where the bytes are not UTF-8.
pub fn decode(bytes: &[u8]) -> Decoded {
    decode_as(bytes, None)
}

/// [`decode`], where a server named the charset: that counts before one declared inside (HTML, section 13.2.3.2).
pub fn decode_as(bytes: &[u8], charset: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(length..).unwrap_or(&[]));
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), encoding: UTF_8.name(), damaged: false };
    }
    // A UTF-8 text cut in the middle of its last character, or with a few bad bytes, is still UTF-8.
    if mostly_utf8(bytes) {
        return with(UTF_8, bytes);
    }
    // Servers say Latin-1 where nobody told them anything.
    let named =
        charset.and_then(|label| Encoding::for_label(label.as_bytes())).filter(|e| *e != WINDOWS_1252);
    for encoding in [named, declared(bytes)].into_iter().flatten().filter(|e| *e != UTF_8) {
        let decoded = with(encoding, bytes);
        if !decoded.damaged {
            return decoded;
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    with(detector.guess(None, Utf8Detection::Allow), bytes)
}

/// Whether bytes are text at all: no text encoding but UTF-16 holds NUL bytes in number.
pub fn looks_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or(bytes);
    if head.is_empty() || Encoding::for_bom(head).is_some() || utf16_without_mark(head).is_some() {
        return false;
    }
    let odd = head.iter().filter(|b| matches!(b, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    odd * 50 > head.len()
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name(), damaged }
}

fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0x80).count();
        bad += chunk.invalid().len();
    }
    bad * 50 <= good
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    if head.len() < 8 {
        return None;
    }
    // Spaces and line ends have a zero high byte, and the zeros all stand on the same side; read the
    // other way round they would be characters that hardly any text holds (U+2000, U+0A00, U+0D00).
    let (mut little, mut big, mut nothing) = (0usize, 0usize, 0usize);
    for pair in head.chunks_exact(2) {
        match pair {
            [0, 0] => nothing += 1,
            [b'\n' | b'\r' | b' ' | b'<', 0] => little += 1,
            [0, b'\n' | b'\r' | b' ' | b'<'] => big += 1,
            _ => {}
        }
    }
    match (little, big) {
        _ if nothing > 0 => None,
        (l, b) if l > 4 * b => Some(UTF_16LE),
        (l, b) if b > 4 * l => Some(UTF_16BE),
        _ => None,
    }
}

/// `charset=` of a meta element, XML declaration or MIME header.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(2048))?;
    let lower = head.to_ascii_lowercase();
    ["charset=", "encoding="].iter().find_map(|key| {
        let at = memchr::memmem::find(&lower, key.as_bytes())? + key.len();
        let rest = lower.get(at..)?;
        let label: Vec<u8> = rest
            .iter()
            .skip_while(|b| matches!(b, b'"' | b'\'' | b' '))
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            .copied()
            .collect();
        Encoding::for_label(&label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "本应用集成了以下第三方软件开发工具包，用于消息推送与统计分析。\n名称：某推送组件\n";

    fn encoding_of(bytes: &[u8]) -> (&'static str, bool) {
        let d = decode(bytes);
        (d.encoding, d.text == TEXT)
    }

    #[test]
    fn decodes_by_mark_content_and_declaration() {
        assert_eq!(encoding_of(TEXT.as_bytes()), ("UTF-8", true));
        let (gbk, _, _) = encoding_rs::GBK.encode(TEXT);
        assert_eq!(decode(&gbk).text, TEXT);
        let le: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(encoding_of(&le), ("UTF-16LE", true));
        let mut marked = vec![0xFE, 0xFF];
        marked.extend(TEXT.encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(encoding_of(&marked), ("UTF-16BE", true));
        let korean = "<meta charset=euc-kr>개인정보 처리방침 제3자 라이브러리 목록";
        let (bytes, _, _) = encoding_rs::EUC_KR.encode(korean);
        assert_eq!((decode(&bytes).text.as_str(), decode(&bytes).encoding), (korean, "EUC-KR"));
    }

    #[test]
    fn tells_text_from_binary() {
        assert!(looks_binary(&[0u8; 100]));
        assert!(!looks_binary(TEXT.as_bytes()));
        assert!(!looks_binary(b""));
    }
}
