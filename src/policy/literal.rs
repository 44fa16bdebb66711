//! Policies kept in the source of a program (TypeScript, JavaScript, JSON, Dart, Kotlin, Vue …): all but the text of
//! its string literals blanked out, byte for byte, so that what is left reads like any other text.

use crate::policy::lexicon;
use crate::policy::value;
use std::ops::Range;

/// Keys that hold the label of the value beside them.
const LABEL_KEYS: [&str; 6] = ["name", "label", "key", "field", "title", "k"];
/// Keys that hold the value.
const VALUE_KEYS: [&str; 7] = ["value", "content", "text", "val", "desc", "v", "data"];
/// Keys that hold a heading.
const TITLE_KEYS: [&str; 7] = ["title", "tit", "heading", "header", "subtitle", "h1", "h2"];

/// A string literal, or literals that the program joins.
struct Literal {
    /// With its quotes.
    outer: Range<usize>,
    inner: Range<usize>,
    /// Name it is given to: `key: '…'`, `key = '…'`.
    key: Option<Range<usize>>,
}

/// Whether a text without a telling name is a data file: most of it are `key: 'text'` pairs.
pub fn is_data(text: &str) -> bool {
    let head = value::head(text, 4000).trim_start();
    let begins = ["{", "[", "export ", "const ", "import ", "module.exports", "var ", "let ", "//", "/*"];
    begins.iter().any(|b| head.starts_with(b))
        && literals(value::head(text, 20_000)).iter().filter(|l| l.key.is_some()).count() >= 4
}

/// Letters of words for people in the literals of a text.
pub fn letters(text: &str) -> usize {
    let all = literals(text);
    all.iter().filter_map(|l| text.get(l.inner.clone())).filter(|t| is_words(t)).map(weight).sum()
}

/// Letters of a text. Where words are Chinese, names of the program hardly count.
pub fn weight(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphabetic() {
                1
            } else if c.is_alphabetic() {
                8
            } else {
                0
            }
        })
        .sum()
}

/// The text with everything but its literals blanked out, as long as it was. Each literal stands on lines of its own;
/// a literal that labels the next (`name: '公司', value: '…'`), or whose key is a label, stands before its value.
pub fn unquoted(text: &str) -> String {
    let mut out: Vec<u8> = text.bytes().map(|b| if b == b'\n' { b'\n' } else { b' ' }).collect();
    let all = literals(text);
    let of = |r: &Range<usize>| text.get(r.clone()).unwrap_or("");
    let key = |l: &Literal| l.key.as_ref().map_or("", of);
    let mut last: Option<&Literal> = None;
    for literal in &all {
        let words = of(&literal.inner);
        let name = key(literal);
        let told = LABEL_KEYS.contains(&name) || VALUE_KEYS.contains(&name) || is_label(name);
        let group = literal.outer == literal.inner;
        if !is_words(words) && !told && !group {
            continue;
        }
        let joined = last.is_some_and(|l| joins(of(&(l.outer.end..literal.outer.start)), literal));
        let labels = last.filter(|l| {
            let label = key(l);
            let plain = !words.contains('\n') && !words.contains("\\n") && words.len() <= 2000;
            let near = literal.outer.start - l.outer.end < 200;
            LABEL_KEYS.contains(&label)
                && VALUE_KEYS.contains(&name)
                && plain
                && near
                && (!TITLE_KEYS.contains(&label) || lexicon::classify(of(&l.inner)).is_some())
        });
        match (last, labels) {
            (Some(before), _) if joined => blank(&mut out, before.inner.end..literal.inner.start),
            (_, Some(label)) => {
                blank(&mut out, label.inner.end..literal.inner.start);
                write(&mut out, label.inner.end, "：");
            }
            _ => {
                let head = if is_label(name) {
                    format!("\n{}: ", spoken(name))
                } else if group {
                    // Above the headings of what it holds.
                    "\n# ".to_owned()
                } else if TITLE_KEYS.contains(&name) && words.len() <= 240 && !words.contains('\n') {
                    "\n## ".to_owned()
                } else {
                    "\n\n".to_owned()
                };
                let room = literal.inner.start - last.map_or(0, |l| l.outer.end);
                let head = if head.len() <= room { head.as_str() } else { "\n" };
                write(&mut out, literal.inner.start - head.len(), head);
            }
        }
        unescape(text, literal.inner.clone(), &mut out);
        write(&mut out, literal.inner.end, "\n");
        last = Some(literal);
    }
    // Only whole characters of the text and ASCII were written.
    String::from_utf8(out).unwrap_or_default()
}

/// Whether the program joins a literal to the one before it: nothing but a plus between them.
fn joins(between: &str, literal: &Literal) -> bool {
    literal.key.is_none() && between.chars().all(|c| c.is_whitespace() || c == '+')
}

fn blank(out: &mut [u8], range: Range<usize>) {
    for b in out.get_mut(range).unwrap_or(&mut []) {
        *b = b' ';
    }
}

fn write(out: &mut [u8], at: usize, text: &str) {
    if let Some(to) = out.get_mut(at..at + text.len()) {
        to.copy_from_slice(text.as_bytes());
    }
}

/// Copies the inside of a literal, escapes resolved to as many bytes.
fn unescape(text: &str, inner: Range<usize>, out: &mut [u8]) {
    let bytes = text.as_bytes();
    let mut i = inner.start;
    while i < inner.end {
        let Some(&b) = bytes.get(i) else { break };
        if b != b'\\' {
            write_byte(out, i, b);
            i += 1;
            continue;
        }
        let next = bytes.get(i + 1).copied().filter(|_| i + 1 < inner.end);
        let code = text.get(i + 2..i + 6).filter(|_| next == Some(b'u') && i + 6 <= inner.end);
        if let Some(c) = code.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32) {
            write(out, i, c.encode_utf8(&mut [0; 4]));
            i += 6;
            continue;
        }
        match next {
            Some(b'n' | b'r') => write_byte(out, i + 1, b'\n'),
            Some(b't') => {}
            // A line that goes on below.
            Some(b'\n') => write_byte(out, i + 1, b' '),
            Some(escaped) if escaped.is_ascii() => write_byte(out, i + 1, escaped),
            // A backslash before a character of several bytes stands for itself.
            _ => {
                write_byte(out, i, b);
                i += 1;
                continue;
            }
        }
        i += 2;
    }
}

fn write_byte(out: &mut [u8], at: usize, b: u8) {
    if let Some(to) = out.get_mut(at) {
        *to = b;
    }
}

/// Whether a literal holds words for people, rather than a name, a path or a style of the program.
fn is_words(text: &str) -> bool {
    let text = text.trim();
    if text.chars().any(|c| !c.is_ascii() && c.is_alphabetic()) || text.contains("\\u") {
        return true;
    }
    if text.contains("://") && !text.contains(['<', '{']) {
        return true;
    }
    let first = text.chars().find(|c| c.is_alphanumeric());
    let capital = text.chars().any(|c| c.is_ascii_uppercase());
    let begins = first.is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit() && capital);
    begins && (text.contains(' ') || text.len() >= 4 && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        || text.len() > 80 && text.matches(' ').count() * 12 > text.len()
}

/// Whether a key is a label itself: `provider`, `privacyPolicyUrl`, `sdkName`.
fn is_label(key: &str) -> bool {
    !key.is_empty()
        && !LABEL_KEYS.contains(&key)
        && (lexicon::classify(&spoken(key)).is_some() || key.to_ascii_lowercase().contains("sdk"))
}

/// `privacyPolicyUrl` -> `privacy policy url`.
fn spoken(key: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in key.chars() {
        if c == '_' || c == '-' {
            out.push(' ');
        } else if c.is_ascii_uppercase() && lower {
            out.push(' ');
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c.to_ascii_lowercase());
        }
        lower = c.is_ascii_lowercase();
    }
    out
}

/// All literals of a text, in order. A key before a list or object that people read (`android: [`) counts as one.
fn literals(text: &str) -> Vec<Literal> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    let mut word: Option<Range<usize>> = None;
    let mut key: Option<Range<usize>> = None;
    while let Some(&b) = bytes.get(i) {
        match b {
            b'\'' | b'"' | b'`' => {
                let Some((inner, end)) = quoted(bytes, i) else {
                    i += 1;
                    continue;
                };
                // A quoted key: `"name": "…"`.
                let is_key = bytes.get(end..).unwrap_or(&[]).iter().find(|b| !b.is_ascii_whitespace())
                    == Some(&b':')
                    && inner.len() <= 40;
                if is_key {
                    word = Some(inner);
                } else {
                    out.push(Literal { outer: i..end, inner, key: key.take() });
                    word = None;
                }
                i = end;
            }
            b':' | b'=' => {
                key = word.take();
                i += 1;
            }
            b'[' | b'{' => {
                if let Some(group) = key.take().filter(|k| is_group(text.get(k.clone()).unwrap_or(""))) {
                    out.push(Literal { outer: group.clone(), inner: group, key: None });
                }
                word = None;
                i += 1;
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                i = memchr::memchr(b'\n', bytes.get(i..).unwrap_or(&[])).map_or(bytes.len(), |n| i + n);
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                let rest = bytes.get(i..).unwrap_or(&[]);
                i = memchr::memmem::find(rest, b"*/").map_or(bytes.len(), |n| i + n + 2);
            }
            b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' => {
                let rest = bytes.get(i..).unwrap_or(&[]);
                let n =
                    rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')).count();
                word = Some(i..i + n);
                key = None;
                i += n.max(1);
            }
            b if b.is_ascii_whitespace() => i += 1,
            _ => {
                word = None;
                key = None;
                i += 1;
            }
        }
    }
    out
}

fn is_group(key: &str) -> bool {
    matches!(key.to_ascii_lowercase().as_str(), "android" | "ios" | "harmony")
}

/// The inside of the literal that begins at `at`, and where it ends; `None` where its quote is not closed.
fn quoted(bytes: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let quote = *bytes.get(at)?;
    let triple = quote != b'`' && bytes.get(at..at + 3) == Some(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let mut i = at + width;
    loop {
        match *bytes.get(i)? {
            b'\\' => i += 2,
            b if b == quote && (!triple || bytes.get(i..i + 3) == Some(&[quote; 3])) => {
                return Some((at + width..i, i + width));
            }
            b'\n' if quote != b'`' && !triple => return None,
            _ => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(source: &str) -> Vec<String> {
        let text = unquoted(source);
        assert_eq!(text.len(), source.len());
        text.lines()
            .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|l| !l.is_empty())
            .collect()
    }

    #[test]
    fn pairs_become_labelled_lines() {
        let source = "const x = { ios: [{ tit: '甲SDK', list: [{ name: '公司', value: '乙公司' }, { name: 'SDK隐私政策', value: 'http://a.cn' }] }], n: 3 }";
        assert_eq!(lines(source), ["# ios", "## 甲SDK", "公司： 乙公司", "SDK隐私政策： http://a.cn"]);
        assert!(is_data("export const x = [{a:'1',b:'2'},{a:'1',b:'2'}]"));
        assert!(!is_data("我们使用以下SDK：'甲'"));
    }

    #[test]
    fn joined_and_multi_line_literals_are_one_text() {
        let dart = "Section(\n  title: '3. Third-Party Services',\n  content:\n      'We use SDKs:\\n'\n      '• Nimbus: Used for crash reports. '\n      'It collects device data.',\n)";
        assert_eq!(
            lines(dart),
            [
                "## 3. Third-Party Services",
                "We use SDKs:",
                "• Nimbus: Used for crash reports. It collects device data."
            ]
        );
        let vue = "<script>\n// don't\nexport default { data() { return { text: `一、SDK\n1. 甲SDK\n   开发者：乙公司` } } }\n</script>";
        assert_eq!(lines(vue), ["一、SDK", "1. 甲SDK", "开发者：乙公司"]);
    }

    #[test]
    fn names_of_the_program_are_left_out() {
        let tsx = "<p className=\"mb-4 flex\">{tt('about.privacy.t1', '9.1 甲加固')}</p>\nconst greeting = \"\\u4e59\";";
        assert_eq!(lines(tsx), ["9.1 甲加固", "乙"]);
    }

    proptest! {
        #[test]
        fn any_text_keeps_its_length(source in "[a-c'\"`\\\\:={\\[中\n +/*]{0,200}") {
            prop_assert_eq!(unquoted(&source).len(), source.len());
        }
    }
}
