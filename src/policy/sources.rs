//! A source -> its format, its text and its page; or why it cannot be read.

use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::{DocumentId, Location, Span};
use crate::policy::decode;
use crate::policy::html::{self, Breaks};
use crate::policy::literal;
use crate::policy::mime;
use crate::policy::office;
use crate::policy::page::Page;
use crate::policy::pdf::{self, Unread};
use std::borrow::Cow;

/// One document to be read: its name and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name, entry path or address; its extension helps to tell the format.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Encoding that the server named, if it came from one.
    pub charset: Option<String>,
}

impl Source {
    /// A document of which nothing but its name and bytes is known.
    pub fn new(name: String, bytes: Vec<u8>) -> Source {
        Source { name, bytes, charset: None }
    }
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
    /// What of it was not read, though the rest was.
    pub gaps: Vec<Gap>,
}

/// A part of a source that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// A page whose text its scripts would put there.
    Script,
    /// Pages of a document of so many, from 1, without text that can be read.
    Pages(Vec<usize>, usize),
    /// The rest of a document that is larger than is read.
    Rest,
}

/// Why a source could not be read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A format that is not read, by its name.
    Unsupported(&'static str),
}

impl Refused {
    /// The format, as far as it is known.
    pub fn format(&self) -> &'static str {
        match self {
            Refused::Unsupported("locked-pdf") => "pdf",
            Refused::Unsupported(format) => format,
        }
    }

    /// What it means for the policy.
    pub fn limitation(&self, document: DocumentId) -> Limitation {
        let Refused::Unsupported(format) = self;
        whole(document, LimitationKind::Unsupported, unsupported(format))
    }
}

fn unsupported(format: &str) -> Text {
    match format {
        "pdf" => Text::new(
            "PDF 文件中找不到任何页面：文件已损坏或不完整，请重新下载或导出",
            "the PDF holds no page that can be found: it is broken or incomplete; fetch or export it again",
        ),
        "locked-pdf" => Text::new(
            "PDF 文件有密码或采用未知的加密方式，未能读取：请提供未加密的文件",
            "the PDF asks for a password, or is encrypted in a way that is not known: give one that is not encrypted",
        ),
        "doc" => Text::new(
            "旧版 Word 或 Excel 文件（.doc、.xls）未能读取：请另存为 .docx 或 .xlsx",
            "an old Word or Excel file (.doc, .xls) is not read: save it as .docx or .xlsx",
        ),
        "rtf" | "odt" => Text::new(
            "RTF 与 OpenDocument 文件未能读取：请另存为 .docx",
            "RTF and OpenDocument files are not read: save it as .docx",
        ),
        "image" => Text::new(
            "这是图片，其中的文字未能读取：请提供文本",
            "this is an image, and the text in it is not read: give the text",
        ),
        "package" => Text::new(
            "这是安装包，不是政策文件；要用包内的政策，请写 --policy auto",
            "this is a package, not a policy; for the policy inside it say --policy auto",
        ),
        _ => Text::new(
            "文件不是可读取的文本格式（可用：文本、HTML、MHTML、Markdown、PDF、DOCX、XLSX、CSV）",
            "the file is in no text format that is read (text, HTML, MHTML, Markdown, PDF, DOCX, XLSX, CSV are)",
        ),
    }
}

impl Gap {
    /// What it means for the policy.
    pub fn limitation(&self, document: DocumentId) -> Limitation {
        match self {
            Gap::Script => whole(
                document,
                LimitationKind::Unsupported,
                Text::new(
                    "网页的正文由脚本载入，所给文件中没有：请在浏览器中打开后另存，再提供",
                    "the page's text is loaded by its scripts and is not in what was given: open it in a browser, save it, and give that",
                ),
            ),
            Gap::Pages(pages, of) => {
                let (count, ranges) = (pages.len(), ranges(pages));
                whole(
                    document,
                    LimitationKind::Unsupported,
                    Text::new(
                        format!(
                            "共 {of} 页，其中 {count} 页没有可读取的文字（图片，或字体无法还原为文字）：第 {ranges} 页"
                        ),
                        format!(
                            "{count} of the {of} pages hold no text that can be read (images, or fonts that do not tell their characters): {ranges}"
                        ),
                    ),
                )
            }
            Gap::Rest => whole(
                document,
                LimitationKind::LimitReached,
                Text::new(
                    "文件超出读取上限，其余部分未读取",
                    "the document is larger than is read, and its rest was not read",
                ),
            ),
        }
    }
}

/// Numbers in order as ranges, `2-4, 7`; of very many the first ones.
fn ranges(numbers: &[usize]) -> String {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for &n in numbers {
        match out.last_mut().filter(|(_, end)| n == *end + 1) {
            Some((_, end)) => *end = n,
            None => out.push((n, n)),
        }
    }
    let more = if out.len() > 20 { " …" } else { "" };
    let one = |(from, to): (usize, usize)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    out.into_iter().take(20).map(one).collect::<Vec<_>>().join(", ") + more
}

fn whole(document: DocumentId, kind: LimitationKind, detail: Text) -> Limitation {
    Limitation {
        kind,
        at: Location::Text { document, span: Span::new(0, 0) },
        hides: Some(Hidden::Policy),
        detail,
    }
}

/// Opens a source by its content; the name decides only between formats that look alike.
pub fn open(source: &Source) -> Result<Opened, Refused> {
    let bytes = &source.bytes;
    match container(bytes) {
        "zip" => {
            let Some((format, text, page)) = office::read(bytes) else {
                return Err(Refused::Unsupported(office::kind(bytes)));
            };
            return Ok(Opened { format, encoding: "UTF-8", text, page, damaged: false, gaps: Vec::new() });
        }
        "pdf" => return open_pdf(bytes),
        "" if decode::looks_binary(bytes) => return Err(Refused::Unsupported("binary")),
        "" => {}
        other => return Err(Refused::Unsupported(other)),
    }
    let extension = source.name.rsplit_once('.').map_or(String::new(), |(_, e)| e.to_ascii_lowercase());
    if let Some(inner) = mime::html_of(bytes) {
        let decoded = decode::decode(&inner);
        let page = html::read(&decoded.text, Breaks::Flow);
        let (encoding, damaged) = (decoded.encoding, decoded.damaged);
        return Ok(Opened { format: "mhtml", encoding, text: decoded.text, page, damaged, gaps: Vec::new() });
    }
    let decoded = decode::decode_as(bytes, source.charset.as_deref());
    if matches!(extension.as_str(), "csv" | "tsv") {
        let (text, page) = office::read_csv(&decoded.text);
        let (encoding, damaged) = (decoded.encoding, decoded.damaged);
        return Ok(Opened { format: "csv", encoding, text, page, damaged, gaps: Vec::new() });
    }
    let text = decoded.text;
    let code = code(&text, &extension);
    let body = match &code {
        Some(literals) => Cow::Borrowed(literals.as_str()),
        None => without_front_matter(&text),
    };
    let (format, page) = match markup(&body) {
        Markup::Page => ("html", html::read(&body, Breaks::Flow)),
        Markup::Some => ("markdown", html::read(&body, Breaks::Lines)),
        Markup::None if matches!(extension.as_str(), "md" | "markdown" | "mdx") => {
            ("markdown", html::read_text(&body))
        }
        Markup::None => ("text", html::read_text(&body)),
    };
    let format = if code.is_some() { "code" } else { format };
    let gaps = if format == "html" && is_shell(&text, &page) { vec![Gap::Script] } else { Vec::new() };
    Ok(Opened { format, encoding: decoded.encoding, text, page, damaged: decoded.damaged, gaps })
}

fn open_pdf(bytes: &[u8]) -> Result<Opened, Refused> {
    let pdf::Pdf { text, page, pages, blank, cut } = pdf::read(bytes).map_err(|unread| match unread {
        Unread::Broken => Refused::Unsupported("pdf"),
        Unread::Locked => Refused::Unsupported("locked-pdf"),
    })?;
    let mut gaps = Vec::new();
    if !blank.is_empty() {
        gaps.push(Gap::Pages(blank, pages));
    }
    if cut {
        gaps.push(Gap::Rest);
    }
    Ok(Opened { format: "pdf", encoding: "UTF-8", text, page, damaged: false, gaps })
}

/// The literals of a program's source, where the words for people stand in them rather than between tags.
fn code(text: &str, extension: &str) -> Option<String> {
    const SOURCES: [&str; 15] = [
        "ts", "tsx", "js", "jsx", "mjs", "cjs", "json", "json5", "dart", "kt", "java", "swift", "vue",
        "svelte", "py",
    ];
    let known = SOURCES.contains(&extension);
    let data = extension.is_empty() && literal::is_data(text);
    if !(known || data) {
        return None;
    }
    let said = literal::letters(text);
    // Among tags, words stand between them or in the literals of scripts; a page of tags is read as one.
    let shown: usize = match markup(text) {
        Markup::None => 0,
        _ => html::read(text, Breaks::Flow).lines.iter().map(|l| literal::weight(l.str())).sum(),
    };
    (said > 0 && said * 2 >= shown).then(|| literal::unquoted(text))
}

/// The format that the first bytes prove; empty for text and the unknown.
fn container(bytes: &[u8]) -> &'static str {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or(bytes);
    let magic: [(&[u8], &str); 9] = [
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
        (b"{\\rtf", "rtf"),
        (b"\x89PNG\r\n", "image"),
        (b"\xff\xd8\xff", "image"),
        (b"GIF8", "image"),
        (b"BM", "bitmap"),
        (b"RIFF", "riff"),
    ];
    // Readers of PDF accept its mark anywhere in the first kilobyte.
    if memchr::memmem::find(head, b"%PDF-").is_some_and(|at| at == 0 || decode::looks_binary(head)) {
        return "pdf";
    }
    match magic.iter().find(|(mark, _)| bytes.starts_with(mark)).map_or("", |(_, name)| name) {
        "bitmap" | "riff" if decode::looks_binary(bytes) => "image",
        "bitmap" | "riff" => "",
        other => other,
    }
}

/// A page with scripts and hardly any text: what people see is put there by the scripts.
fn is_shell(text: &str, page: &Page) -> bool {
    let shown: usize = page.lines.iter().map(|l| l.str().len()).sum();
    shown < 200 && memchr::memmem::find(text.as_bytes(), b"<script").is_some()
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
