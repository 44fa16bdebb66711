//! HTML, and text with HTML in it, -> `Page`, by the tokens of html5gum with their byte spans.

use crate::location::Span;
use crate::policy::build::Builder;
use crate::policy::elements::{is_block, is_element, is_hidden, is_void};
use crate::policy::page::{LineKind, Page};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use std::borrow::Cow;

/// How line breaks of the source read outside `<pre>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    /// As spaces: a web page.
    Flow,
    /// As ends of lines, unless inside an HTML block: Markdown and notes with HTML in them.
    Lines,
}

/// Reads `text`. Template code (`<?php … ?>`, Blade directives) is left out; spans stay those of `text`.
pub fn read(text: &str, breaks: Breaks) -> Page {
    let source = without_code(text);
    let mut reader = Reader::new(&source, breaks);
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(&*source, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&tag.name, Span::new(tag.span.start, tag.span.end)),
            Token::String(string) => reader.string(Span::new(string.span.start, string.span.end)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.build()
}

/// Plain text or Markdown without any HTML.
pub fn read_text(text: &str) -> Page {
    let mut reader = Reader::new(text, Breaks::Lines);
    reader.string(Span::new(0, text.len()));
    reader.build()
}

/// Template code replaced by as many spaces, so that offsets stay.
fn without_code(text: &str) -> Cow<'_, str> {
    if !text.contains("<?") && !text.contains("\n@") && !text.starts_with('@') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let blank = |out: &mut String, code: &str| {
        out.extend(code.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
    };
    let mut line_start = true;
    while !rest.is_empty() {
        let code = if rest.starts_with("<?xml") {
            rest.find('>').map(|n| n + 1)
        } else if rest.starts_with("<?") {
            Some(rest.find("?>").map_or(rest.len(), |n| n + 2))
        } else if line_start && rest.starts_with('@') && blade(rest) {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else {
            None
        };
        let take = match code {
            Some(n) => {
                blank(&mut out, rest.get(..n).unwrap_or(rest));
                n
            }
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let n = memchr::memchr2(b'<', b'\n', rest.as_bytes().get(first..).unwrap_or(&[]));
                // Stop before a tag, but after a line break.
                let n = n.map_or(rest.len(), |n| {
                    first + n + usize::from(rest.as_bytes().get(first + n) == Some(&b'\n'))
                });
                out.push_str(rest.get(..n).unwrap_or(rest));
                n
            }
        };
        line_start = rest.as_bytes().get(take.saturating_sub(1)) == Some(&b'\n');
        rest = rest.get(take..).unwrap_or("");
    }
    Cow::Owned(out)
}

/// A Blade directive alone on its line.
fn blade(line: &str) -> bool {
    const WORDS: [&str; 14] = [
        "@extends",
        "@section",
        "@endsection",
        "@include",
        "@yield",
        "@if",
        "@endif",
        "@else",
        "@foreach",
        "@endforeach",
        "@php",
        "@endphp",
        "@push",
        "@endpush",
    ];
    WORDS.iter().any(|w| line.starts_with(w))
}

struct Reader<'a> {
    source: &'a str,
    breaks: Breaks,
    out: Builder,
    /// Open elements that change how text reads, innermost last.
    open: Vec<Open>,
    /// Elements whose text is not shown.
    hidden: usize,
    /// Depth of elements that keep line breaks, and of HTML blocks.
    kept: usize,
    blocks: usize,
}

struct Open {
    name: Box<str>,
    strong: bool,
    kept: bool,
    block: bool,
    /// Lines before it: an element without any is an empty line.
    lines: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, breaks: Breaks) -> Reader<'a> {
        Reader { source, breaks, out: Builder::default(), open: Vec::new(), hidden: 0, kept: 0, blocks: 0 }
    }

    /// Whether line breaks end lines here.
    fn keeps_breaks(&self) -> bool {
        self.kept > 0 || (self.breaks == Breaks::Lines && self.blocks == 0)
    }

    fn end_line(&mut self) -> bool {
        if self.keeps_breaks() { self.out.end_text_line() } else { self.out.end_line() }
    }

    fn strong(&self) -> bool {
        self.open.last().is_some_and(|o| o.strong)
    }

    fn start(&mut self, tag: &StartTag<usize>) {
        let name = String::from_utf8_lossy(&tag.name);
        let span = Span::new(tag.span.start, tag.span.end);
        if self.hidden > 0 {
            self.hidden += usize::from(is_hidden(&name) && !tag.self_closing);
            return;
        }
        if !is_element(&name) && self.breaks == Breaks::Lines {
            // `<https://…>`, `<甲>`: text, not a tag.
            self.verbatim(span);
            return;
        }
        let attribute = |key: &[u8]| tag.attributes.get(key).map(|v| &v.value);
        match name.as_ref() {
            "br" => {
                if !self.end_line() {
                    self.out.gap();
                }
                return;
            }
            "hr" => {
                self.end_line();
                self.out.gap();
                return;
            }
            "a" => {
                if let Some(value) = tag.attributes.get(&b"href"[..]) {
                    let href = String::from_utf8_lossy(&value.value).trim().to_owned();
                    self.out.open_link(href, Span::new(value.span.start, value.span.end));
                }
            }
            "table" => self.out.open_table(),
            "tr" if self.out.in_table() => self.out.open_row(),
            "td" | "th" if self.out.in_table() => {
                let number = |key: &[u8]| {
                    attribute(key)
                        .and_then(|v| String::from_utf8_lossy(v).trim().parse::<u32>().ok())
                        .unwrap_or(1)
                };
                self.out.open_cell(name == "th", number(b"rowspan"), number(b"colspan"));
            }
            _ => {}
        }
        let block = is_block(&name);
        if block {
            self.end_line();
            self.close_implied(&name);
        }
        match name.as_ref() {
            "ul" | "ol" => self.out.list(true),
            "li" => self.out.item(),
            "blockquote" => self.out.quote(true),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.bytes().nth(1).map_or(1, |b| b.saturating_sub(b'0'));
                self.out.kind(Some(LineKind::Heading(level)));
            }
            _ => {}
        }
        if tag.self_closing || is_void(&name) {
            return;
        }
        if is_hidden(&name) {
            self.hidden += 1;
        }
        let style = attribute(b"style").map(|v| String::from_utf8_lossy(v).to_ascii_lowercase());
        let style = style.as_deref().unwrap_or("");
        let strong = match weight(style) {
            Some(bold) => bold,
            None => self.strong() || matches!(&*name, "b" | "strong" | "th"),
        };
        let kept = matches!(&*name, "pre" | "textarea" | "xmp" | "plaintext") || keeps_breaks(style);
        self.kept += usize::from(kept);
        self.blocks += usize::from(block);
        self.open.push(Open { name: name.into(), strong, kept, block, lines: self.out.lines() });
    }

    /// `<p>` ends an open `<p>`, `<li>` an open `<li>`, `<td>` an open `<td>`.
    fn close_implied(&mut self, name: &str) {
        let same: &[&str] = match name {
            "p" | "li" | "tr" | "dt" | "dd" => &[name],
            "td" | "th" => &["td", "th"],
            _ => return,
        };
        let from = self.open.len().saturating_sub(8);
        let found = self.open.get(from..).unwrap_or(&[]).iter().rposition(|o| same.contains(&&*o.name));
        let Some(at) = found.map(|n| from + n) else { return };
        // A list or table in between belongs to the outer element.
        let between = self.open.get(at + 1..).unwrap_or(&[]);
        if !between.iter().any(|o| matches!(&*o.name, "ul" | "ol" | "table" | "div" | "blockquote")) {
            self.pop_to(at);
        }
    }

    fn pop_to(&mut self, length: usize) {
        while self.open.len() > length {
            if let Some(open) = self.open.pop() {
                self.kept -= usize::from(open.kept);
                self.blocks -= usize::from(open.block);
            }
        }
    }

    fn end(&mut self, name: &[u8], span: Span) {
        let name = String::from_utf8_lossy(name);
        if self.hidden > 0 {
            if is_hidden(&name) {
                self.hidden -= 1;
                if self.hidden == 0 {
                    self.pop_named(&name);
                }
            }
            return;
        }
        if !is_element(&name) && self.breaks == Breaks::Lines {
            self.verbatim(span);
            return;
        }
        match name.as_ref() {
            "a" => self.out.close_link(),
            "br" => {
                self.end_line();
                return;
            }
            _ => {}
        }
        if is_block(&name) {
            self.end_line();
        }
        let empty = self.pop_named(&name);
        match name.as_ref() {
            "ul" | "ol" => self.out.list(false),
            "blockquote" => self.out.quote(false),
            "table" => self.out.close_table(),
            "td" | "th" | "tr" if self.out.in_table() => self.out.close_cell(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" => self.out.kind(None),
            "p" | "div" if empty => self.out.gap(),
            _ => {}
        }
    }

    /// Closes the innermost open element of that name; whether it held no line.
    fn pop_named(&mut self, name: &str) -> bool {
        // Looking back a bounded way keeps a page of unclosed tags linear.
        let from = self.open.len().saturating_sub(64);
        let found = self.open.get(from..).unwrap_or(&[]).iter().rposition(|o| &*o.name == name);
        let Some(at) = found.map(|n| from + n) else { return false };
        let empty = self.open.get(at).is_some_and(|o| o.lines == self.out.lines());
        self.pop_to(at);
        empty
    }

    fn string(&mut self, span: Span) {
        if self.hidden == 0 {
            self.text(span);
        }
    }

    /// A tag that is no tag.
    fn verbatim(&mut self, span: Span) {
        let text = span.of(self.source);
        let inner = text.trim_start_matches('<').trim_end_matches('>');
        if inner.starts_with("http") {
            self.out.open_link(inner.to_owned(), Span::new(span.start + 1, span.end));
            self.out.ink(inner, span.start + 1, false);
            self.out.close_link();
        } else {
            self.text(span);
        }
    }

    /// Text as it stands in the source: entities decoded, white space collapsed or kept.
    fn text(&mut self, span: Span) {
        let text = span.of(self.source);
        let strong = self.strong();
        let bytes = text.as_bytes();
        let (mut i, mut run) = (0usize, 0usize);
        while let Some(&b) = bytes.get(i) {
            if !matches!(b, 0..=b' ' | b'&' | 0x7f | 0xc2 | 0xe2 | 0xe3 | 0xef) {
                i += 1;
                continue;
            }
            let c = match text.get(i..).and_then(|t| t.chars().next()) {
                Some(c) => c,
                None => break,
            };
            let kind = special(c);
            if kind == Special::None {
                i += c.len_utf8();
                continue;
            }
            if run < i {
                self.out.ink(text.get(run..i).unwrap_or(""), span.start + run, strong);
            }
            let at = span.start + i;
            i += match kind {
                Special::Entity => self.entity(text.get(i..).unwrap_or(""), at, strong),
                Special::Drop => c.len_utf8(),
                Special::Break => {
                    self.line_break(at);
                    1
                }
                Special::Space | Special::None => {
                    let here = Span::new(at, at + c.len_utf8());
                    match self.keeps_breaks() {
                        true if c == '\t' => self.out.blank("\t", at),
                        true if c.is_control() => {}
                        true if c == ' ' => self.out.blank(" ", at),
                        true => self.out.ink_for(" ", here, false),
                        false => self.out.space(here),
                    }
                    c.len_utf8()
                }
            };
            run = i;
        }
        if run < bytes.len() {
            self.out.ink(text.get(run..).unwrap_or(""), span.start + run, strong);
        }
    }

    fn line_break(&mut self, at: usize) {
        if self.keeps_breaks() {
            if !self.out.end_text_line() {
                self.out.gap();
            }
        } else {
            let text = self.source.get(at + 1..).unwrap_or("");
            let blank = text.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
            if blank && self.breaks == Breaks::Lines && !self.out.in_table() {
                // An empty line ends an HTML block of Markdown, closed or not.
                self.out.end_line();
                self.out.gap();
                self.pop_to(0);
            } else {
                // Two bytes wide: a break of the source, which ideographs ignore.
                self.out.space(Span::new(at, at + 2));
            }
        }
    }

    /// Decodes the entity at the start of `text`; returns how many bytes it takes.
    fn entity(&mut self, text: &str, at: usize, strong: bool) -> usize {
        let body = text.get(1..).unwrap_or("");
        let name = body.bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        let end = 1 + name + usize::from(body.as_bytes().get(name) == Some(&b';'));
        let source = text.get(..end).unwrap_or(text);
        let decoded: String = match source {
            "&nbsp;" | "&#160;" | "&ensp;" | "&emsp;" => " ".into(),
            "&lt;" => "<".into(),
            "&gt;" => ">".into(),
            "&amp;" => "&".into(),
            "&quot;" => "\"".into(),
            _ => {
                let mut out = String::new();
                for token in Tokenizer::new(source) {
                    let Ok(token) = token;
                    if let Token::String(s) = token {
                        out.push_str(&String::from_utf8_lossy(&s));
                    }
                }
                out
            }
        };
        let span = Span::new(at, at + source.len());
        match decoded.chars().next() {
            None => self.out.ink_for("&", span, strong),
            Some(c) if special(c) == Special::Drop => {}
            Some(c) if c.is_whitespace() || c == '\u{a0}' => {
                if self.keeps_breaks() {
                    self.out.ink_for(" ", span, false);
                } else {
                    self.out.space(span);
                }
            }
            Some(_) => self.out.ink_for(&decoded, span, strong),
        }
        source.len()
    }

    fn build(mut self) -> Page {
        self.end_line();
        self.out.build()
    }
}

#[derive(PartialEq, Eq)]
enum Special {
    None,
    Entity,
    Drop,
    Break,
    Space,
}

fn special(c: char) -> Special {
    match c {
        '&' => Special::Entity,
        '\n' => Special::Break,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' => {
            Special::Drop
        }
        '\r' | '\0' => Special::Drop,
        c if c.is_whitespace() || c.is_control() => Special::Space,
        _ => Special::None,
    }
}

/// `font-weight` of a style attribute.
fn weight(style: &str) -> Option<bool> {
    let (_, value) = style.split_once("font-weight")?;
    let value = value.trim_start().strip_prefix(':')?.trim_start();
    Some(value.starts_with("bold") || value.bytes().next().is_some_and(|b| (b'6'..=b'9').contains(&b)))
}

fn keeps_breaks(style: &str) -> bool {
    style.split_once("white-space").and_then(|(_, v)| v.trim_start().strip_prefix(':')).is_some_and(|v| {
        let v = v.trim_start();
        v.starts_with("pre") || v.starts_with("break-spaces")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(page: &Page) -> Vec<&str> {
        page.lines.iter().map(|l| l.str()).collect()
    }

    #[test]
    fn reads_flow_and_spans() {
        let source = "<div><p>甲&nbsp;SDK\n  乙</p><p><b>X&amp;Y</b></p></div><script>no</script>";
        let page = read(source, Breaks::Flow);
        assert_eq!(lines(&page), ["甲 SDK 乙", "X&Y"]);
        assert_eq!(page.lines.first().map(|l| l.span().of(source)), Some("甲&nbsp;SDK\n  乙"));
        assert!(page.lines.get(1).is_some_and(|l| l.strong));
    }

    #[test]
    fn reads_tables_without_rows_and_nested_ones() {
        let page = read("<table><th>名称</th><th>目的</th><tr><td>甲<br>乙<td>丙</table>", Breaks::Flow);
        let shape: Vec<usize> = page.tables.iter().flat_map(|t| t.rows.iter().map(Vec::len)).collect();
        assert_eq!(shape, [2, 2]);
        assert_eq!(lines(&page), ["名称", "目的", "甲", "乙", "丙"]);
        let page = read("<table><tr><td><table><tr><td>甲</td></tr></table></td></tr></table>", Breaks::Flow);
        assert_eq!(page.tables.len(), 1);
    }

    #[test]
    fn reads_markdown_with_html() {
        let source =
            "# 甲\n\n<table>\n<tr><td>乙\n丙</td></tr>\n</table>\n\n- [丁](https://a.cn)\n<https://b.cn>\n";
        let page = read(source, Breaks::Lines);
        assert_eq!(lines(&page), ["甲", "乙丙", "丁", "https://b.cn"]);
    }

    #[test]
    fn drops_template_code() {
        let page = read("@extends('x')\n<?php if ($a->b) { ?>\n<p>甲</p><?php } ?>", Breaks::Flow);
        assert_eq!(lines(&page), ["甲"]);
    }
}
