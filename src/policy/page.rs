//! `Page`: one document as lines and tables, the same for every format; what all readers read.

use crate::location::Span;
use crate::policy::ordinal::{self, Ordinal};
use crate::policy::rich::Rich;
use std::ops::Range;

/// A document's lines in text order, and its tables, whose cells are ranges of those lines.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Paragraphs, headings, list items and lines of table cells; never empty ones.
    pub lines: Vec<Line>,
    /// Real tables (HTML, docx, sheets); tables made of characters stay lines.
    pub tables: Vec<Table>,
}

/// One line of text as a reader of the document sees it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its text, bullets and Markdown marks gone, ordinals kept.
    pub text: Rich,
    /// What it is.
    pub kind: LineKind,
    /// Whether all of it stands out: bold, or a heading.
    pub strong: bool,
    /// Whether an empty line (or a block boundary) stands before it.
    pub gap: bool,
    /// Depth of quotation.
    pub quote: u8,
    /// Table it stands in.
    pub table: Option<u32>,
    /// The number it begins with.
    pub ordinal: Option<Ordinal>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Heading of this level, 1 to 6.
    Heading(u8),
    /// List item, with its depth from 0.
    Item(u8),
    /// Anything else.
    Plain,
}

/// A real table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Rows of cells as written; see `grid::Grid` for spans laid out.
    pub rows: Vec<Vec<Cell>>,
    /// All its lines.
    pub lines: Range<usize>,
}

/// One cell of a real table.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Its lines in `Page::lines`.
    pub lines: Range<usize>,
    /// Marked as header.
    pub header: bool,
    /// Rows it spans, at least 1.
    pub rows: u32,
    /// Columns it spans, at least 1.
    pub columns: u32,
    /// Goes on with the cell above it (a vertical merge of Word).
    pub above: bool,
}

impl Line {
    /// A line of this text; finds its ordinal.
    pub fn new(text: Rich, kind: LineKind) -> Line {
        let ordinal = ordinal::leading(text.text());
        Line { text, kind, strong: false, gap: false, quote: 0, table: None, ordinal }
    }

    /// Its text.
    pub fn str(&self) -> &str {
        self.text.text()
    }

    /// Its text without the ordinal.
    pub fn body(&self) -> Rich {
        self.text.from(self.ordinal.map_or(0, |o| o.end))
    }

    /// Its source bytes.
    pub fn span(&self) -> Span {
        self.text.span()
    }

    /// Whether it is a heading.
    pub fn is_heading(&self) -> bool {
        matches!(self.kind, LineKind::Heading(_))
    }
}

impl Page {
    /// Lines of a range; empty where the range does not exist.
    pub fn range(&self, range: Range<usize>) -> &[Line] {
        self.lines.get(range).unwrap_or(&[])
    }

    /// Source bytes of a range of lines.
    pub fn span(&self, range: Range<usize>) -> Span {
        let lines = self.range(range);
        match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => first.span().cover(last.span()),
            _ => Span::new(0, 0),
        }
    }

    /// Lines of a range as one text, joined with `separator`.
    pub fn joined(&self, range: Range<usize>, separator: &str) -> Rich {
        let mut out = Rich::new();
        for line in self.range(range) {
            out.join(separator, &line.text);
        }
        out
    }
}

/// Which lines a reader has already read. Readers run from the most to the least structured, and each
/// leaves alone what an earlier one took.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    by: Vec<Option<&'static str>>,
}

impl Taken {
    /// Nothing taken of `lines` lines.
    pub fn new(lines: usize) -> Taken {
        Taken { by: vec![None; lines] }
    }

    /// Whether nobody took line `index`; lines that do not exist count as taken.
    pub fn free(&self, index: usize) -> bool {
        self.by.get(index).is_some_and(Option::is_none)
    }

    /// Takes lines for a reader; what was taken stays with its first taker.
    pub fn take(&mut self, lines: Range<usize>, reader: &'static str) {
        for line in lines {
            if let Some(by) = self.by.get_mut(line) {
                by.get_or_insert(reader);
            }
        }
    }

    /// Who took line `index`.
    pub fn by(&self, index: usize) -> Option<&'static str> {
        self.by.get(index).copied().flatten()
    }
}
