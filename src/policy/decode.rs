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
    with(guess(bytes), bytes)
}

/// The encoding by what the bytes say. The detector rules out an encoding for one byte without meaning in it: where what is
/// left is one for single letters, or fits no better, lines tell by themselves, and the broken one is outvoted.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let of = |bytes: &[u8]| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        // A text may be cut in the middle of a character.
        detector.feed(bytes, false);
        detector.guess(None, Utf8Detection::Allow)
    };
    let whole = of(bytes);
    let high = |bytes: &[u8]| bytes.iter().filter(|b| **b >= 0x80).count();
    let sound = match whole.is_single_byte() {
        true => high(bytes) * 4 < bytes.len(),
        false => !with(whole, bytes).damaged,
    };
    if sound {
        return whole;
    }
    let mut votes: Vec<(&'static Encoding, usize)> = Vec::new();
    for line in bytes.split(|b| *b == b'\n').filter(|l| high(l) > 8).take(200) {
        let one = of(line);
        match votes.iter_mut().find(|(e, _)| *e == one) {
            Some((_, count)) => *count += high(line),
            None => votes.push((one, high(line))),
        }
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map_or(whole, |(encoding, _)| encoding)
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

    /// Written by us: a short list of SDKs as policies of each country word it.
    const LISTS: [(&str, &str, &str); 5] = [
        (
            "Shift_JIS",
            "ja",
            "外部送信について\n当アプリは次の情報収集モジュールを利用しています。\n名称：テスト解析ツール\n提供会社：サンプル株式会社\n取得する情報：広告識別子、端末情報\n利用目的：利用状況の分析のため\n",
        ),
        (
            "EUC-JP",
            "ja",
            "外部送信について\n当アプリは次の情報収集モジュールを利用しています。\n名称：テスト解析ツール\n提供会社：サンプル株式会社\n取得する情報：広告識別子、端末情報\n利用目的：利用状況の分析のため\n",
        ),
        (
            "EUC-KR",
            "ko",
            "개인정보 처리방침\n앱은 다음과 같은 외부 라이브러리를 사용합니다.\n이름: 시험용 분석 도구\n제공자: 보기 주식회사\n수집 항목: 광고 식별자, 기기 정보\n이용 목적: 이용 통계 분석\n",
        ),
        (
            "Big5",
            "zh-Hant",
            "隱私權政策\n本應用程式使用下列第三方軟體開發套件。\n名稱：測試分析工具\n提供者：範例股份有限公司\n蒐集的資料：廣告識別碼、裝置資訊\n用途：統計使用情形\n",
        ),
        (
            "GBK",
            "zh",
            "隐私政策\n本应用使用下列第三方软件开发工具包。\n名称：测试分析工具\n提供方：示例股份有限公司\n收集的信息：广告标识符、设备信息\n用途：统计使用情况\n",
        ),
    ];

    #[test]
    fn encodings_of_east_asia_are_told_apart_without_a_declaration() {
        for (name, language, text) in LISTS {
            let encoding = Encoding::for_label(name.as_bytes()).expect("a known encoding");
            let (bytes, _, lost) = encoding.encode(text);
            assert!(!lost, "{name}");
            // The whole of it, each line by itself with a neighbour, a long one, one in HTML, and one with English around.
            let lines: Vec<&str> = text.lines().collect();
            let english = "This page lists the libraries of the app and what they are for. ".repeat(20);
            let pieces = lines.windows(3).map(|w| w.join("\n"));
            let forms = [
                text.to_owned(),
                text.repeat(40),
                format!("<html><body><p>{text}</p></body></html>"),
                format!("{english}\n{text}\n{english}"),
            ];
            for form in forms.into_iter().chain(pieces) {
                let decoded = decode(&encoding.encode(&form).0);
                assert_eq!(decoded.text, form, "{name} ({language}) was read as {}", decoded.encoding);
            }
            // One byte without meaning costs its line, not the document.
            let mut broken = encoding.encode(&text.repeat(3)).0.into_owned();
            let middle = bytes.len() + bytes.iter().position(|b| *b == b'\n').unwrap_or(0);
            broken.insert(middle, 0xff);
            let decoded = decode(&broken);
            assert!(
                decoded.text.starts_with(text) && decoded.text.ends_with(text),
                "{name} was read as {}",
                decoded.encoding
            );
            // A declaration that is wrong does not count where the bytes have no meaning in it; cut bytes cost a character.
            let labelled = decode_as(&bytes, Some("utf-8"));
            assert_eq!(labelled.text, text, "{name}");
            for cut in 40..bytes.len() {
                let decoded = decode(bytes.get(..cut).unwrap_or(&[]));
                let same = decoded.text.chars().zip(text.chars()).take_while(|(a, b)| a == b).count();
                assert!(
                    same + 2 >= decoded.text.chars().count(),
                    "{name} cut at {cut} was read as {}",
                    decoded.encoding
                );
            }
        }
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
