//! Lists kept as data of a program (TypeScript, JavaScript, JSON): `{ tit: '…', list: [{ name: '…', value: '…' }] }`
//! -> lines as a page would show them.

use crate::policy::lexicon;
use crate::policy::page::{Line, LineKind, Page};
use crate::policy::rich::Rich;
use crate::policy::value;
use std::ops::Range;

/// Keys that hold the label of the value beside them.
const LABEL_KEYS: [&str; 6] = ["name", "label", "key", "field", "title", "k"];
/// Keys that hold the value.
const VALUE_KEYS: [&str; 7] = ["value", "content", "text", "val", "desc", "v", "data"];

/// A `key: 'text'` pair, or a key before a list or object.
struct Pair<'a> {
    key: &'a str,
    at: usize,
    value: Option<Range<usize>>,
}

/// Whether a text is a data file: most of it are `key: 'text'` pairs.
pub fn is_literal(text: &str) -> bool {
    let head = value::head(text, 4000).trim_start();
    let begins = ["{", "[", "export ", "const ", "import ", "module.exports", "var ", "let ", "//", "/*"];
    if !begins.iter().any(|b| head.starts_with(b)) {
        return false;
    }
    let pairs = pairs(value::head(text, 20_000));
    pairs.iter().filter(|p| p.value.is_some()).count() >= 4
}

/// Reads the pairs as lines: `label：value` where one pair labels the next or the key is a label itself; other
/// texts as they are.
pub fn read(text: &str) -> Page {
    let pairs = pairs(text);
    let mut page = Page::default();
    let mut i = 0;
    while let Some(pair) = pairs.get(i) {
        i += 1;
        let Some(value) = pair.value.clone() else {
            // `android: [`: a heading where the key is a word people read.
            if matches!(pair.key.to_ascii_lowercase().as_str(), "android" | "ios" | "harmony") {
                push(&mut page, Rich::verbatim(pair.key, pair.at), true);
            }
            continue;
        };
        let shown = |r: &Range<usize>| Rich::verbatim(text.get(r.clone()).unwrap_or(""), r.start);
        let next = pairs.get(i).filter(|n| VALUE_KEYS.contains(&n.key) && LABEL_KEYS.contains(&pair.key));
        if let Some(label_value) = next.and_then(|n| n.value.clone()) {
            i += 1;
            let mut line = shown(&value);
            line.join("：", &shown(&label_value));
            push(&mut page, line, false);
            continue;
        }
        let key = words(pair.key);
        if lexicon::classify(&key).is_some() && !LABEL_KEYS.contains(&pair.key)
            || pair.key.to_ascii_lowercase().contains("sdk")
        {
            let mut line = Rich::new();
            line.push_for(&key, crate::location::Span::new(pair.at, pair.at + pair.key.len()));
            line.join("：", &shown(&value));
            push(&mut page, line, false);
        } else {
            push(&mut page, shown(&value), true);
        }
    }
    page
}

/// Lines of a program that are nothing but a quoted text, `Text('…'),`, as the text a reader sees; a page with but
/// one or two of them is no program.
pub fn unquoted(mut page: Page) -> Page {
    let quoted: Vec<Option<Range<usize>>> = page.lines.iter().map(|l| quoted_line(l.str())).collect();
    if quoted.iter().flatten().count() < 3 {
        return page;
    }
    for (line, inner) in page.lines.iter_mut().zip(quoted) {
        if let Some(inner) = inner {
            let shown = Line::new(line.text.slice(inner), line.kind);
            *line = Line { gap: line.gap, ..shown };
        }
    }
    page
}

/// What stands between the quotes of a line that is a quoted text, maybe as the argument of a call.
fn quoted_line(line: &str) -> Option<Range<usize>> {
    let start = line.find(['\'', '"'])?;
    let quote = line.get(start..)?.chars().next()?;
    let call = line.get(..start)?.trim();
    let callee = call.strip_suffix('(').unwrap_or(call);
    if !callee.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ')) {
        return None;
    }
    let end = line.rfind(quote)?;
    let closed = line.get(end + 1..)?.chars().all(|c| matches!(c, ')' | ',' | ';' | '+' | ' ' | ']'));
    let inner = line.get(start + 1..end)?;
    (closed && inner.chars().count() >= 8 && !inner.contains(quote)).then_some(start + 1..end)
}

fn push(page: &mut Page, text: Rich, strong: bool) {
    let text = text.from(0);
    if text.is_empty() {
        return;
    }
    let mut line = Line::new(text, LineKind::Plain);
    line.strong = strong;
    line.gap = strong;
    page.lines.push(line);
}

/// `privacyPolicyUrl` -> `privacy policy url`.
fn words(key: &str) -> String {
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

/// All pairs of a text, in order. Quoted texts are skipped as wholes, so colons in them do not count.
fn pairs(text: &str) -> Vec<Pair<'_>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    let mut word: Option<Range<usize>> = None;
    while let Some(&b) = bytes.get(i) {
        match b {
            b'\'' | b'"' | b'`' => {
                let end = quoted(bytes, i);
                word = Some(i + 1..end);
                i = end + 1;
            }
            b':' => {
                let key = word.take().and_then(|w| text.get(w.clone()).map(|t| (t, w.start)));
                i += 1;
                i += bytes.get(i..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_whitespace()).count();
                let Some((key, at)) = key.filter(|(k, _)| k.len() <= 40 && !k.is_empty()) else { continue };
                match bytes.get(i) {
                    Some(b'\'' | b'"' | b'`') => {
                        let end = quoted(bytes, i);
                        out.push(Pair { key, at, value: Some(i + 1..end) });
                        i = end + 1;
                    }
                    Some(b'[' | b'{') => out.push(Pair { key, at, value: None }),
                    _ => {}
                }
            }
            b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' => {
                let n = bytes
                    .get(i..)
                    .unwrap_or(&[])
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
                    .count();
                word = Some(i..i + n);
                i += n.max(1);
            }
            b if b.is_ascii_whitespace() => i += 1,
            _ => {
                word = None;
                i += 1;
            }
        }
    }
    out
}

/// End of the quoted text that begins at `at`.
fn quoted(bytes: &[u8], at: usize) -> usize {
    let quote = bytes.get(at).copied().unwrap_or(b'"');
    let mut i = at + 1;
    while let Some(&b) = bytes.get(i) {
        match b {
            b'\\' => i += 2,
            b if b == quote => return i,
            b'\n' if quote != b'`' => return i,
            _ => i += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_as_lines() {
        let source = "const x = { ios: [{ tit: '甲SDK', list: [{ name: '公司', value: '乙公司' }, { name: 'SDK隐私政策', value: 'http://a.cn' }] }], n: 3 }";
        assert!(is_literal("export const x = [{a:'1',b:'2'},{a:'1',b:'2'}]"));
        assert!(!is_literal("我们使用以下SDK：'甲'"));
        let page = read(source);
        let lines: Vec<&str> = page.lines.iter().map(|l| l.str()).collect();
        assert_eq!(lines, ["ios", "甲SDK", "公司：乙公司", "SDK隐私政策：http://a.cn"]);
        assert_eq!(page.lines.get(2).map(|l| l.span().of(source)), Some("公司', value: '乙公司"));
    }

    #[test]
    fn quoted_lines_of_a_program_are_read_as_text() {
        let text = "Text('1.我们集成甲推SDK，用于推送'),\n'2.我们集成乙图SDK，用于地图',\nText(\n\"3. We use the third one\");";
        let page = unquoted(crate::policy::html::read_text(text));
        let lines: Vec<&str> = page.lines.iter().map(Line::str).collect();
        assert_eq!(
            lines,
            [
                "1.我们集成甲推SDK，用于推送",
                "2.我们集成乙图SDK，用于地图",
                "Text(",
                "3. We use the third one"
            ]
        );
        assert!(page.lines.first().is_some_and(|l| l.ordinal.is_some()));
        let one = "'a line in quotes'\nand another";
        let page = unquoted(crate::policy::html::read_text(one));
        assert_eq!(page.lines.first().map(Line::str), Some("'a line in quotes'"));
    }
}
