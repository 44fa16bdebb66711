//! One line of plain text or Markdown: quotation marks, headings, bullets, emphasis, links and escapes.

use crate::policy::page::{Line, LineKind};
use crate::policy::rich::Rich;
use std::ops::Range;

/// The line that `text` is; `None` for rules (`-----`, `=====`, `***`) and table rules (`|---|---|`).
pub fn line(text: &Rich) -> Option<Line> {
    let all = text.text();
    let mut at = all.len() - all.trim_start_matches([' ', '\u{a0}']).len();
    let mut indent = at;
    let rest = |at: usize| all.get(at..).unwrap_or("");
    let mut quote = 0u8;
    while let Some(more) = rest(at).strip_prefix('>') {
        quote = quote.saturating_add(1);
        let trimmed = more.trim_start_matches([' ', '\u{a0}']);
        indent = more.len() - trimmed.len();
        at = all.len() - trimmed.len();
    }
    if is_rule(rest(at)) {
        return None;
    }
    let hashes = rest(at).bytes().take_while(|b| *b == b'#').count();
    let mut kind = LineKind::Plain;
    if (1..=6).contains(&hashes) && rest(at + hashes).starts_with([' ', '\u{a0}', '*']) {
        kind = LineKind::Heading(u8::try_from(hashes).unwrap_or(6));
        at += hashes;
    } else if let Some(length) = bullet(rest(at)) {
        kind = LineKind::Item(u8::try_from(indent / 2).unwrap_or(u8::MAX));
        at += length;
    }
    let (inline, strong) = inline(text, at);
    if inline.text().trim().is_empty() {
        return None;
    }
    let mut line = Line::new(inline, kind);
    line.strong = strong;
    line.quote = quote;
    Some(line)
}

fn is_rule(text: &str) -> bool {
    let text = text.trim();
    let table = text.contains('-') && text.contains('|') && text.len() >= 3;
    let all = |set: &str| text.chars().all(|c| set.contains(c));
    (text.len() >= 3 && (all("-") || all("=") || all("*") || all("_") || all("~") || all("- ") || all("* ")))
        || (table && all("|-:+ "))
}

/// Length of a bullet and the space after it.
fn bullet(text: &str) -> Option<usize> {
    let c = text.chars().next()?;
    let rest = text.get(c.len_utf8()..)?;
    let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '\t']).len();
    let glyph = matches!(
        c,
        '•' | '●'
            | '○'
            | '■'
            | '□'
            | '◆'
            | '◇'
            | '▪'
            | '▫'
            | '◦'
            | '‣'
            | '➢'
            | '►'
            | '▶'
            | '★'
            | '☆'
            | '※'
            | 'Ø'
            | '\u{f0b7}'
            | '\u{f06c}'
            | '\u{f0d8}'
            | '\u{f0a7}'
            | '\u{f075}'
    );
    let middle_dot = c == '·' && !rest.is_empty();
    let ascii = matches!(c, '*' | '-' | '+' | '–' | '—') && gap > 0;
    (glyph || middle_dot || ascii).then_some(c.len_utf8() + gap)
}

/// Text from `at` on with emphasis marks, links, code marks and escapes resolved; whether it is all bold.
fn inline(text: &Rich, at: usize) -> (Rich, bool) {
    let all = text.text();
    let tail = all.get(at..).unwrap_or("");
    if !tail.contains(['*', '\\', '[', '`', '_', '<']) {
        return (if all.contains('\t') { part(text, at) } else { text.from(at) }, false);
    }
    let bytes = all.as_bytes();
    let mut out = Rich::new();
    let (mut run, mut i) = (at, at);
    let (mut bold, mut strong, mut inked) = (false, 0usize, 0usize);
    while let Some(&b) = bytes.get(i) {
        let skip = match b {
            b'*' if bytes.get(i + 1) == Some(&b'*') => {
                let n = bytes.get(i..).unwrap_or(&[]).iter().take_while(|b| **b == b'*').count();
                // `863***7` masks digits, it does not stress them.
                let mask = n > 3;
                if !mask {
                    out.push_slice(text, run..i);
                    bold = !bold;
                }
                (n, !mask)
            }
            b'*' => {
                let open = bytes.get(i + 1).is_some_and(|c| !c.is_ascii_whitespace());
                let paired = tail_has_star(bytes, i + 1);
                let closed = i > at && bytes.get(i - 1).is_some_and(|c| !c.is_ascii_whitespace());
                let mark = (open && paired) || (closed && !open) || i == at;
                if mark {
                    out.push_slice(text, run..i);
                }
                (1, mark)
            }
            b'\\' if bytes.get(i + 1).is_some_and(u8::is_ascii_punctuation) => {
                out.push_slice(text, run..i);
                run = i + 1;
                i += 2;
                continue;
            }
            b'`' => {
                out.push_slice(text, run..i);
                (1, true)
            }
            b'<' if autolink(all, i).is_some() => {
                out.push_slice(text, run..i);
                let end = autolink(all, i).unwrap_or(i + 1);
                let url = i + 1..end;
                let from = out.len();
                out.push_slice(text, url.clone());
                let href = all.get(url.clone()).unwrap_or("").to_owned();
                out.link_from(from, href, text.span_of(url));
                (end + 1 - i, true)
            }
            b'[' => match link(all, i) {
                Some((label, href, end)) => {
                    let image = i > run && bytes.get(i - 1) == Some(&b'!');
                    out.push_slice(text, run..if image { i - 1 } else { i });
                    let from = out.len();
                    if !image {
                        let label = inline_label(text, label);
                        out.push_slice(&label, 0..label.len());
                        let url = all.get(href.clone()).unwrap_or("").trim().to_owned();
                        out.link_from(from, url, text.span_of(href));
                    }
                    (end - i, true)
                }
                None => (1, false),
            },
            _ => {
                if !b.is_ascii_whitespace() {
                    inked += 1;
                    strong += usize::from(bold);
                }
                (1, false)
            }
        };
        i += skip.0;
        if skip.1 {
            run = i;
        }
    }
    out.push_slice(text, run..all.len());
    let out = if out.text().contains('\t') { out } else { out.from(0) };
    (out, inked > 0 && strong * 10 >= inked * 9)
}

/// A part of a text, tabs at its ends kept.
fn part(text: &Rich, at: usize) -> Rich {
    let mut out = Rich::new();
    out.push_slice(text, at..text.len());
    out
}

/// The label of a link without its escapes and emphasis.
fn inline_label(text: &Rich, range: Range<usize>) -> Rich {
    let mut out = Rich::new();
    let mut run = range.start;
    for (i, c) in text.text().get(range.clone()).unwrap_or("").char_indices() {
        if matches!(c, '*' | '`' | '\\') {
            out.push_slice(text, run..range.start + i);
            run = range.start + i + 1;
        }
    }
    out.push_slice(text, run..range.end);
    out
}

/// Looks ahead a bounded way for the mark that closes an emphasis.
fn tail_has_star(bytes: &[u8], from: usize) -> bool {
    bytes.get(from..bytes.len().min(from + 300)).is_some_and(|b| b.contains(&b'*'))
}

/// End of the address in `<https://…>` that begins at `at`.
fn autolink(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    if !(rest.starts_with("http://") || rest.starts_with("https://")) {
        return None;
    }
    let end = rest.bytes().take(2000).position(|b| b == b'>')?;
    (!rest.get(..end)?.contains(char::is_whitespace)).then_some(at + 1 + end)
}

/// `[label](address)` at `at`: label, address, end. Looks no further than the next bracket or, inside the
/// address, the next space, so that a text of brackets costs no more than its length.
fn link(text: &str, at: usize) -> Option<(Range<usize>, Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let close = at + 1 + memchr::memchr2(b'[', b']', bytes.get(at + 1..)?)?;
    if bytes.get(close) != Some(&b']') || bytes.get(close + 1) != Some(&b'(') {
        return None;
    }
    let mut start = close + 2;
    start += bytes.get(start..)?.iter().take(4).take_while(|b| **b == b' ' || **b == b'<').count();
    let mut depth = 0usize;
    let mut end = start;
    for b in bytes.get(start..)?.iter().take(4000) {
        match b {
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            b'[' => return None,
            b' ' | b'\t' | b'>' => break,
            _ => {}
        }
        end += 1;
    }
    let rest = bytes.get(end..)?;
    // A title may follow: `(address "title")`.
    let tail = rest.iter().take(200).position(|b| *b == b')')?;
    text.get(start..end)?;
    Some((at + 1..close, start..end, end + tail + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(String, LineKind, bool)> {
        line(&Rich::verbatim(text, 0)).map(|l| (l.str().to_owned(), l.kind, l.strong))
    }

    #[test]
    fn resolves_marks() {
        assert_eq!(of("## **推送**"), Some(("推送".into(), LineKind::Heading(2), true)));
        assert_eq!(of("  * 甲 **乙** 丙"), Some(("甲 乙 丙".into(), LineKind::Item(1), false)));
        assert_eq!(of("1\\. 甲"), Some(("1. 甲".into(), LineKind::Plain, false)));
        assert_eq!(of("> | a | b |"), Some(("| a | b |".into(), LineKind::Plain, false)));
        assert_eq!(of("|---|:--:|"), None);
        assert_eq!(of("======"), None);
    }

    #[test]
    fn keeps_links() {
        let l = line(&Rich::verbatim("见[政策](https://a.cn/(x)?b=1)。", 0)).map(|l| l.text);
        let l = l.unwrap_or_default();
        assert_eq!(l.text(), "见政策。");
        assert_eq!(l.links().first().map(|a| a.href.as_str()), Some("https://a.cn/(x)?b=1"));
    }
}
