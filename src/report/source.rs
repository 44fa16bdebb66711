//! A policy document as renderers quote it: offsets to lines and columns in constant time.

use crate::location::{DocumentId, Span};
use crate::policy::Document;

/// Bytes between two checkpoints of the character count.
const STEP: usize = 1024;

/// A document with an index over its lines. Columns count Unicode scalar values, from 1.
#[derive(Debug, Clone)]
pub struct Source {
    /// Index in the policy's documents.
    pub id: DocumentId,
    /// File name, entry path or address.
    pub name: String,
    /// `text`, `html`, `markdown` …
    pub format: &'static str,
    /// Decoded text that spans refer to.
    pub text: String,
    /// Byte offset of each line's start.
    starts: Vec<usize>,
    /// Characters before each multiple of `STEP`.
    checkpoints: Vec<usize>,
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// 1-based line of the start.
    pub line: u32,
    /// 1-based column of the start.
    pub column: u32,
    /// 1-based line of the end.
    pub end_line: u32,
    /// 1-based column one past the end.
    pub end_column: u32,
}

impl Source {
    /// Indexes a document.
    pub fn new(document: &Document) -> Source {
        let text = document.text.clone();
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1);
        let starts = std::iter::once(0).chain(newlines).collect();
        let mut checkpoints = vec![0];
        let mut count = 0;
        for block in text.as_bytes().chunks(STEP) {
            count += block.iter().filter(|b| is_start(**b)).count();
            checkpoints.push(count);
        }
        let (name, format) = (document.name.clone(), document.format);
        Source { id: document.id, name, format, text, starts, checkpoints }
    }

    /// 1-based line that holds a byte offset.
    pub fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|s| *s <= offset)).unwrap_or(u32::MAX)
    }

    /// 1-based line and column of a byte offset.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.starts.get(line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let column = self.chars(offset).saturating_sub(self.chars(start)) + 1;
        (line, u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// Start and end of a span.
    pub fn position(&self, span: Span) -> Position {
        let (line, column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end.max(span.start));
        Position { line, column, end_line, end_column }
    }

    /// Byte range of a 1-based line, without its line break.
    pub fn line_span(&self, line: u32) -> Span {
        let index = line.saturating_sub(1) as usize;
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let end = self.starts.get(index + 1).map_or(self.text.len(), |e| e.saturating_sub(1));
        Span::new(start, end.max(start))
    }

    /// Count of lines.
    pub fn lines(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Characters before a byte offset.
    fn chars(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let block = offset / STEP;
        let before = self.checkpoints.get(block).copied().unwrap_or(0);
        let rest = self.text.as_bytes().get(block * STEP..offset).unwrap_or(&[]);
        before + rest.iter().filter(|b| is_start(**b)).count()
    }
}

/// Whether a byte starts a character in UTF-8.
fn is_start(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn agrees_with_the_document_everywhere() {
        let text = format!("一行\n\n{}个推 SDK\r\nend", "长".repeat(2000));
        let sha256 = Digest::of(text.as_bytes());
        let name = "p.txt".to_owned();
        let document = Document { id: DocumentId(0), name, sha256, format: "text", encoding: "UTF-8", text };
        let source = Source::new(&document);
        for (offset, _) in document.text.char_indices() {
            assert_eq!(source.line_column(offset), document.line_column(offset), "at {offset}");
        }
        assert_eq!(source.line_span(1).of(&source.text), "一行");
        assert_eq!(source.line_span(4).of(&source.text), "end");
        assert_eq!(source.lines(), 4);
    }
}
