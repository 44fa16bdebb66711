//! A source -> its format, its text and its page.

use crate::policy::decode;
use crate::policy::html::{self, Breaks};
use crate::policy::literal;
use crate::policy::mime;
use crate::policy::office;
use crate::policy::page::Page;
use std::borrow::Cow;

/// One document to be read: its name and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name, entry path or address; its extension helps to tell the format.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A source read as text.
pub struct Opened {
    /// `text`, `html`, `markdown` …
    pub format: &'static str,
    /// Name of the encoding.
    pub encoding: &'static str,
    /// Text that all spans refer to.
    pub text: String,
    /// Its lines and tables.
    pub page: Page,
    /// Bytes without meaning in the encoding were replaced.
    pub damaged: bool,
}

/// Why a source could not be read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A format that is not read, by its name.
    Unsupported(&'static str),
    /// Bytes that break their format.
    Malformed(String),
}

/// Opens a source by its content; the name decides only between formats that look alike.
pub fn open(source: &Source) -> Result<Opened, Refused> {
    let bytes = &source.bytes;
    if bytes.starts_with(b"%PDF-") {
        return Err(Refused::Unsupported("pdf"));
    }
    if bytes.starts_with(b"PK") {
        let Some((format, text, page)) = office::read(bytes) else { return Err(Refused::Unsupported("zip")) };
        return Ok(Opened { format, encoding: "UTF-8", text, page, damaged: false });
    }
    if decode::looks_binary(bytes) {
        return Err(Refused::Unsupported("binary"));
    }
    let extension = source.name.rsplit_once('.').map_or(String::new(), |(_, e)| e.to_ascii_lowercase());
    if let Some(inner) = mime::html_of(bytes) {
        let decoded = decode::decode(&inner);
        let page = html::read(&decoded.text, Breaks::Flow);
        let (encoding, damaged) = (decoded.encoding, decoded.damaged);
        return Ok(Opened { format: "mhtml", encoding, text: decoded.text, page, damaged });
    }
    let decoded = decode::decode(bytes);
    if matches!(extension.as_str(), "csv" | "tsv") {
        let (text, page) = office::read_csv(&decoded.text);
        let (encoding, damaged) = (decoded.encoding, decoded.damaged);
        return Ok(Opened { format: "csv", encoding, text, page, damaged });
    }
    let text = decoded.text;
    let body = without_front_matter(&text);
    let code = matches!(extension.as_str(), "ts" | "tsx" | "js" | "jsx" | "mjs" | "json" | "");
    let (format, page) = match markup(&text) {
        Markup::None if code && literal::is_literal(&text) => ("code", literal::read(&text)),
        Markup::Page => ("html", html::read(&body, Breaks::Flow)),
        Markup::Some => ("markdown", html::read(&body, Breaks::Lines)),
        Markup::None if matches!(extension.as_str(), "md" | "markdown" | "mdx") => {
            ("markdown", html::read_text(&body))
        }
        Markup::None => ("text", html::read_text(&body)),
    };
    Ok(Opened { format, encoding: decoded.encoding, text, page, damaged: decoded.damaged })
}

/// The text with the head of a Markdown page (`--- … ---`) blanked out.
fn without_front_matter(text: &str) -> Cow<'_, str> {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return Cow::Borrowed(text);
    };
    let mut at = text.len() - rest.len();
    for line in rest.split_inclusive('\n').take(40) {
        at += line.len();
        if line.trim_end() == "---" {
            let mut out: String =
                text.bytes().take(at).map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
            out.push_str(text.get(at..).unwrap_or(""));
            return Cow::Owned(out);
        }
    }
    Cow::Borrowed(text)
}

enum Markup {
    /// A web page: line breaks mean nothing.
    Page,
    /// Text with some HTML.
    Some,
    /// No HTML.
    None,
}

/// How much of a text is HTML, by block tags against lines of text.
fn markup(text: &str) -> Markup {
    let (mut blocks, mut inline) = (0usize, 0usize);
    let mut page = false;
    for at in memchr::memchr_iter(b'<', text.as_bytes()) {
        let rest = text.as_bytes().get(at + 1..).unwrap_or(&[]);
        let name: Vec<u8> = rest
            .iter()
            .take(11)
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'!')
            .map(u8::to_ascii_lowercase)
            .collect();
        let after = rest.get(name.len()).copied().unwrap_or(b' ');
        if !matches!(after, b' ' | b'>' | b'/' | b'\n' | b'\r' | b'\t') {
            continue;
        }
        match name.as_slice() {
            b"html" | b"body" | b"!doctype" => page = true,
            b"p" | b"br" | b"div" | b"td" | b"th" | b"tr" | b"li" | b"h1" | b"h2" | b"h3" | b"h4"
            | b"view" => {
                blocks += 1;
            }
            b"a" | b"b" | b"strong" | b"span" | b"table" | b"text" | b"font" | b"u" | b"em" => inline += 1,
            _ => {}
        }
    }
    let lines = || text.lines().filter(|l| !l.trim().is_empty()).count();
    // Markdown may embed a table or a break here and there; a page is tags all over.
    if page || blocks > 10 && blocks * 3 > lines() && !has_markdown(text) {
        Markup::Page
    } else if blocks + inline > 0 {
        Markup::Some
    } else {
        Markup::None
    }
}

/// Headings or front matter of Markdown outside any tag.
fn has_markdown(text: &str) -> bool {
    let marks = text.lines().filter(|l| l.starts_with("# ") || l.starts_with("## ") || l.starts_with("### "));
    text.starts_with("---\n") || text.starts_with("---\r\n") || marks.take(3).count() >= 2
}
