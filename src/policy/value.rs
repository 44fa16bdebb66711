//! Values of a row's cells: addresses, package names, permissions, and "none" in its many wordings.

use crate::fold;
use crate::location::Span;
use crate::policy::rich::Rich;
use crate::policy::words::Words;
use crate::policy::{DeclaredPermission, Field};
use std::ops::Range;

/// An address in a text: the bytes it takes, and its letters with the breaks inside taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The address.
    pub url: String,
}

/// Addresses written out in a text, in order. Breaks inside an address (a wrapped cell) are joined.
pub fn addresses(text: &str) -> Vec<Address> {
    let mut out: Vec<Address> = Vec::new();
    let mut from = 0;
    while let Some(start) = next_address(text, from) {
        let mut end = start + run(text.get(start..).unwrap_or(""));
        let mut url = text.get(start..end).unwrap_or("").to_owned();
        // A chunk after a break goes on with the address if it looks like nothing else.
        while let Some((skip, length)) = wrapped(&url, text.get(end..).unwrap_or("")) {
            url.push_str(text.get(end + skip..end + skip + length).unwrap_or(""));
            end += skip + length;
        }
        let trimmed =
            url.trim_end_matches(['.', ',', ';', ':', ')', '\'', '"', '*', '&', '|', '!', ']', '}']);
        let balanced = if url.ends_with(')') && trimmed.matches('(').count() > trimmed.matches(')').count() {
            url.get(..trimmed.len() + 1).unwrap_or(trimmed)
        } else {
            trimmed
        };
        if balanced.len() >= 9 {
            out.push(Address { range: start..end, url: balanced.to_owned() });
        }
        from = end.max(start + 4);
    }
    out
}

fn next_address(text: &str, from: usize) -> Option<usize> {
    let tail = text.get(from..)?;
    let bytes = tail.as_bytes();
    let mut at = 0;
    while let Some(i) = bytes.get(at..).and_then(|b| memchr::memchr2(b':', b'.', b)) {
        let here = at + i;
        if bytes.get(here..here + 3) == Some(b"://") {
            let lower = bytes.get(here.saturating_sub(5)..here).unwrap_or(&[]).to_ascii_lowercase();
            if lower.ends_with(b"https") {
                return Some(from + here - 5);
            }
            if lower.ends_with(b"http") {
                return Some(from + here - 4);
            }
        }
        if here >= 3 && bytes.get(here) == Some(&b'.') {
            let host = bytes.get(here - 3..here).is_some_and(|w| w.eq_ignore_ascii_case(b"www"));
            let bound =
                here < 4 || !bytes.get(here - 4).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'/');
            if host && bound && bytes.get(here + 1).is_some_and(u8::is_ascii_alphanumeric) {
                return Some(from + here - 3);
            }
        }
        at = here + 1;
    }
    None
}

/// Bytes of an address: ASCII without spaces, quotes and angle brackets.
fn run(text: &str) -> usize {
    let end = text.bytes().position(|b| !address_byte(b)).unwrap_or(text.len());
    // Two addresses written without a space between them.
    let second = text.get(8..end).and_then(|t| t.find("http://").or_else(|| t.find("https://")));
    match second {
        Some(n) if !text.get(..8 + n).is_some_and(|t| t.ends_with(['=', '?', '&', '/'])) => 8 + n,
        _ => end,
    }
}

fn address_byte(b: u8) -> bool {
    b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'`' | b'|' | b'{' | b'}' | b'\\' | b'^')
}

/// Whether the text after a break goes on with `url`: bytes of the break, bytes of the continuation.
fn wrapped(url: &str, rest: &str) -> Option<(usize, usize)> {
    let after = rest.trim_start_matches([' ', '\n', '\r']);
    let skip = rest.len() - after.len();
    if skip == 0 || skip > 3 {
        return None;
    }
    let length = after.bytes().position(|b| !address_byte(b)).unwrap_or(after.len());
    let chunk = after.get(..length)?;
    let next = after.get(length..)?.chars().next();
    if length == 0 || chunk.contains("://") || chunk.starts_with("www.") {
        return None;
    }
    let open = url.ends_with(['/', '=', '&', '?', '-', '_', '%', '#']);
    let goes_on = chunk.starts_with(['/', '?', '&', '=', '%', '#']) && chunk.len() > 1;
    let path = chunk.contains(['/', '=', '%', '?', '&'])
        || chunk.ends_with(".html")
        || chunk.ends_with(".htm")
        || chunk.ends_with(".shtml");
    let ends = next.is_none_or(|c| c.is_whitespace() || !c.is_alphanumeric());
    // A Latin word after a space is prose unless the address stops where none may stop.
    (ends
        && (goes_on
            || path
            || (open && chunk.bytes().any(|b| b.is_ascii_digit()))
            || (open && chunk.len() > 8)))
        .then_some((skip, length))
}

/// Package names in a text: dotted lower-case names, with breaks around the dots joined.
pub fn packages(text: &str) -> Vec<Address> {
    let mut out: Vec<Address> = Vec::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let start_ok = bytes.get(i).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && (i == 0
                || !bytes.get(i - 1).is_some_and(|b| {
                    b.is_ascii_alphanumeric()
                        || matches!(b, b'_' | b'/' | b':' | b'.' | b'@' | b'-' | b'#' | b'=' | b'?' | b'&')
                }));
        if !start_ok {
            i += 1;
            continue;
        }
        let (end, name, segments) = dotted(text, i);
        let after = bytes.get(end).copied().unwrap_or(b' ');
        let plausible = segments >= 2
            && !matches!(after, b'/' | b':' | b'@' | b'=')
            && !name.starts_with("www.")
            && !name.starts_with("android.permission.")
            && !name.split('.').any(|s| s.len() > 40)
            && !is_file(&name)
            && !is_host(&name);
        if plausible {
            out.push(Address { range: i..end, url: name });
        }
        i = end.max(i + 1);
    }
    out
}

/// A dotted name at `from`: its end, its letters, how many segments.
fn dotted(text: &str, from: usize) -> (usize, String, usize) {
    let bytes = text.as_bytes();
    let segment = |at: usize| {
        let tail = bytes.get(at..).unwrap_or(&[]);
        tail.iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'*' | b'-' | b'$'))
            .count()
    };
    let first = segment(from);
    let mut end = from + first;
    let mut name = text.get(from..end).unwrap_or("").to_owned();
    let mut segments = 1;
    loop {
        let rest = text.get(end..).unwrap_or("");
        let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}']).len();
        let rest = rest.get(gap..).unwrap_or("");
        let Some(dot) = rest.chars().next().filter(|c| matches!(c, '.' | '．' | '｡')) else { break };
        let after = rest.get(dot.len_utf8()..).unwrap_or("");
        let gap_after = after.len() - after.trim_start_matches([' ', '\u{a0}', '\n']).len();
        let next = end + gap + dot.len_utf8() + gap_after;
        let length = segment(next);
        if length == 0 || gap > 1 || gap_after > 1 {
            break;
        }
        let word = text.get(next..next + length).unwrap_or("");
        // `… SDK. Com`: a sentence, not a break inside a name.
        let spaced = gap + gap_after > 0;
        if spaced
            && (word.starts_with(|c: char| c.is_ascii_uppercase())
                || !is_root(name.split('.').next().unwrap_or("")))
        {
            break;
        }
        name.push('.');
        name.push_str(word);
        end = next + length;
        segments += 1;
    }
    let trimmed = name.trim_end_matches('-').len();
    (end - (name.len() - trimmed), name.get(..trimmed).unwrap_or("").to_owned(), segments)
}

/// First segments that Java packages have.
pub fn is_root(segment: &str) -> bool {
    matches!(
        segment,
        "com"
            | "cn"
            | "org"
            | "net"
            | "io"
            | "me"
            | "tv"
            | "cc"
            | "co"
            | "edu"
            | "gov"
            | "info"
            | "top"
            | "app"
            | "dev"
            | "de"
            | "jp"
            | "kr"
            | "ru"
            | "uk"
            | "us"
            | "fr"
            | "pl"
            | "in"
            | "im"
            | "hk"
            | "tw"
            | "ai"
            | "androidx"
            | "android"
            | "java"
            | "kotlin"
            | "kotlinx"
            | "okhttp3"
            | "retrofit2"
            | "rx"
            | "biz"
            | "eu"
            | "ch"
            | "it"
            | "nl"
            | "se"
            | "ca"
            | "tech"
            | "cat"
            | "nz"
            | "fm"
            | "ly"
            | "mobi"
            | "br"
            | "es"
    )
}

/// Whether a dotted name can stand for a package outside a field that says so.
pub fn is_package(name: &str) -> bool {
    let mut segments = name.split('.');
    let first = segments.next().unwrap_or("");
    let rest: Vec<&str> = segments.collect();
    let last = rest.last().copied().unwrap_or("");
    let host = matches!(last, "com" | "cn" | "org" | "net" | "html") && rest.len() <= 2;
    is_root(first) && !rest.is_empty() && !host && name.chars().next().is_some_and(|c| c.is_ascii_lowercase())
}

/// `engine.example.com`: ends as a host does and begins as no package does.
fn is_host(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or("");
    let first = name.split('.').next().unwrap_or("");
    matches!(last, "com" | "cn" | "net" | "org") && !is_root(first)
}

fn is_file(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or("");
    matches!(
        last,
        "html" | "htm" | "shtml" | "php" | "jsp" | "aspx" | "so" | "jar" | "aar" | "js" | "apk" | "pdf"
    )
}

/// What a value says that is not none and denies all the same.
static DENIALS: Words = Words::new(
    "\
    不会收集;不收集;未收集;不采集;未采集;不会采集;不获取;不会获取;未获取;不涉及;未涉及;不读取;未读取;无收集;无个人信息;\
    不共享;不会共享;未共享;不传输;未传输;不上传;未上传;不会上传;无需收集;没有收集;没有共享;不会主动收集;不主动收集;\
    无数据收集;无共享;暂不收集;无需获取;无需申请;不申请;未申请;不需要申请;无权限;不搜集;不会搜集;不使用个人信息;不处理;\
    无需提供;不提供;doesnotcollect;donotcollect;notcollect;nopersonal;nodata;\
    nopermission;noinformation;取得しません;収集しません;수집하지;不蒐集;不會收集;未蒐集",
);

/// Whether a value says in so many words that there is nothing.
pub fn says_none(text: &str) -> bool {
    let key = fold::key(text);
    let key = key.trim_matches(|c: char| !c.is_alphanumeric());
    if key.is_empty() {
        return true;
    }
    if matches!(
        key,
        "无" | "没有"
            | "暂无"
            | "不涉及"
            | "无需"
            | "不需要"
            | "不适用"
            | "未涉及"
            | "none"
            | "no"
            | "na"
            | "n/a"
            | "null"
            | "nil"
            | "nothing"
            | "notinvolved"
            | "notapplicable"
            | "notcollected"
            | "なし"
            | "없음"
            | "不收集"
            | "不会收集"
            | "未收集"
            | "空"
    ) {
        return true;
    }
    // `None. It only asks for grants.`, `无。仅在本地处理。`
    let first = text.trim_start().split(['.', '。', '；', ';', '，', ',', '（', '(']).next().unwrap_or("");
    // None of these words is longer than that, whatever blanks and invisible characters stand in it.
    let word = first.trim().len() <= 64
        && matches!(fold::key(first).as_str(), "无" | "none" | "不涉及" | "暂无" | "不收集");
    if word && !["但", "除", "如", "可能", "but", "except", "may", "might"].iter().any(|m| key.contains(m))
    {
        return true;
    }
    let length = key.chars().count();
    if length > 34 {
        return false;
    }
    let mixed = ["但", "除", "如", "仅", "可能"];
    if DENIALS.within(key)
        && (length < 24 || DENIALS.iter().any(|d| key.starts_with(d)))
        && !mixed.iter().any(|m| key.contains(m))
    {
        return true;
    }
    let elsewhere =
        ["详见", "请见", "参见", "请参见", "参考", "请参考", "见右侧", "详情见", "请查看", "点击"];
    length <= 20 && elsewhere.iter().any(|d| key.starts_with(d))
}

/// Permissions in the value of a permission field, each as written.
pub fn permissions(value: &Rich) -> Vec<DeclaredPermission> {
    if says_none(value.text()) {
        return Vec::new();
    }
    let text = value.text();
    let constants = constants(text);
    if !constants.is_empty() {
        let one = |c: &Address| DeclaredPermission {
            written: Field { text: c.url.clone(), spans: vec![value.span_of(c.range.clone())] },
            permission: None,
        };
        return constants.iter().map(one).collect();
    }
    let mut out = Vec::new();
    for range in items(text) {
        let item = value.slice(range);
        let item = item.from(crate::policy::ordinal::leading(item.text()).map_or(0, |o| o.end));
        if item.is_empty() || says_none(item.text()) {
            continue;
        }
        out.push(DeclaredPermission { written: item.field(), permission: None });
    }
    out
}

/// Permission constants: `android.permission.CAMERA`, `READ_PHONE_STATE`.
pub fn constants(text: &str) -> Vec<Address> {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !bytes.get(i).is_some_and(u8::is_ascii_alphabetic) {
            i += 1;
            continue;
        }
        let tail = bytes.get(i..).unwrap_or(&[]);
        let length =
            tail.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')).count();
        let word = text.get(i..i + length).unwrap_or("").trim_end_matches('.');
        let last = word.rsplit('.').next().unwrap_or("");
        let shouted = last.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let dotted = word.contains(".permission.") || word.starts_with("permission.");
        if shouted && last.len() >= 4 && (dotted || last.contains('_')) {
            out.push(Address { range: i..i + word.len(), url: word.to_owned() });
        }
        i += length.max(1);
    }
    out
}

/// Items of an enumeration, outside brackets.
pub fn items(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (i, c) in text.char_indices() {
        match c {
            '（' | '(' | '[' | '【' | '《' | '“' => depth += 1,
            '）' | ')' | ']' | '】' | '》' | '”' => depth = depth.saturating_sub(1),
            '、' | '，' | ',' | ';' | '；' | '\n' | '|' | '。' if depth == 0 => {
                out.push(start..i);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(start..text.len());
    out.retain(|r| text.get(r.clone()).is_some_and(|t| t.chars().any(char::is_alphanumeric)));
    out
}

/// The first bytes of a text, at most `length`, cut between characters.
pub fn head(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

/// Several pieces as one field, joined with ` | `.
pub fn joined(pieces: &[Rich]) -> Option<Field> {
    let mut text = String::new();
    let mut spans: Vec<Span> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for piece in pieces.iter().filter(|p| !p.text().trim().is_empty()) {
        // Cells of one row repeat each other; a bounded look keeps long groups linear.
        let words = piece.text().trim();
        if seen.iter().rev().take(64).any(|s| *s == words) {
            continue;
        }
        seen.push(words);
        if !text.is_empty() {
            text.push_str(" | ");
        }
        text.push_str(piece.text().trim());
        spans.push(piece.span());
    }
    (!spans.is_empty()).then_some(Field { text, spans })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<String> {
        addresses(text).into_iter().map(|a| a.url).collect()
    }

    fn names(text: &str) -> Vec<String> {
        packages(text).into_iter().map(|a| a.url).collect()
    }

    #[test]
    fn finds_addresses() {
        assert_eq!(
            urls("政策：https://a.cn/x?b=1。另见http://c.cn/，d"),
            ["https://a.cn/x?b=1", "http://c.cn/"]
        );
        assert_eq!(urls("https://a.cn/very/ long/path.html 说明"), ["https://a.cn/very/long/path.html"]);
        assert_eq!(urls("https://a.cn/x and more"), ["https://a.cn/x"]);
        assert_eq!(urls("www.umeng.com/policy"), ["www.umeng.com/policy"]);
        assert_eq!(urls("https://a.cnhttps://b.cn/y"), ["https://a.cn", "https://b.cn/y"]);
    }

    #[test]
    fn finds_packages() {
        assert_eq!(names("com. umeng、cn.x.*，com.a_b.c"), ["com.umeng", "cn.x.*", "com.a_b.c"]);
        assert_eq!(names("https://www.a.com/x.html SDK. Com"), Vec::<String>::new());
        assert_eq!(names("包名：com.kwad.sdk。"), ["com.kwad.sdk"]);
    }

    #[test]
    fn tells_none() {
        for text in ["无", "N/A", "不涉及", "-", "不会收集任何用户信息", "详见右侧链接。", " "]
        {
            assert!(says_none(text), "{text}");
        }
        for text in ["设备信息", "无线网络信息", "不收集精确位置，但收集IP地址"] {
            assert!(!says_none(text), "{text}");
        }
    }

    #[test]
    fn splits_permissions() {
        let of = |t: &str| -> Vec<String> {
            permissions(&Rich::verbatim(t, 0)).into_iter().map(|p| p.written.text).collect()
        };
        assert_eq!(
            of("android.permission.CAMERA android.permission.READ_PHONE_STATE"),
            ["android.permission.CAMERA", "android.permission.READ_PHONE_STATE"]
        );
        assert_eq!(of("存储权限、相机（拍照、录像）"), ["存储权限", "相机（拍照、录像）"]);
        assert!(of("无").is_empty());
    }
}
