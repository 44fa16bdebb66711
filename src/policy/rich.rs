//! `Rich`: text taken out of a source (tags, entities, escapes and runs of white space gone) that still
//! knows which bytes of the source each of its parts stands for.

use crate::location::Span;
use crate::policy::Field;
use std::ops::Range;

/// Text with a map back to the decoded source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rich {
    text: String,
    pieces: Vec<Piece>,
    links: Vec<Anchor>,
}

/// A run of text: byte `at` of the text stands for byte `source` of the source. In a verbatim run both
/// advance together; otherwise the whole run stands for `source..source_end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    at: usize,
    source: usize,
    source_end: usize,
    verbatim: bool,
}

/// A link of the source over a part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Bytes of the text that carry the link.
    pub range: Range<usize>,
    /// Address as written.
    pub href: String,
    /// Where the address stands in the source.
    pub span: Span,
}

impl Rich {
    /// No text.
    pub fn new() -> Rich {
        Rich::default()
    }

    /// Text that stands at `source` of the source byte by byte.
    pub fn verbatim(text: &str, source: usize) -> Rich {
        let mut rich = Rich::new();
        rich.push(text, source);
        rich
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its links, in text order.
    pub fn links(&self) -> &[Anchor] {
        &self.links
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends text that stands at `source` of the source byte by byte.
    pub fn push(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(text);
        if let Some(last) = self.pieces.last_mut()
            && last.verbatim
            && last.source_end == source
            && last.source_end - last.source == at - last.at
        {
            last.source_end = source + text.len();
            return;
        }
        self.pieces.push(Piece { at, source, source_end: source + text.len(), verbatim: true });
    }

    /// Appends text that as a whole stands for `span` of the source: a decoded entity, a collapsed gap.
    pub fn push_for(&mut self, text: &str, span: Span) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { at, source: span.start, source_end: span.end, verbatim: false });
    }

    /// Appends a part of another text, its links included.
    pub fn push_slice(&mut self, other: &Rich, range: Range<usize>) {
        let Some(text) = other.text.get(range.clone()) else { return };
        if text.is_empty() {
            return;
        }
        let shift = self.text.len();
        let first = other.pieces.partition_point(|p| p.at <= range.start).saturating_sub(1);
        for (i, piece) in other.pieces.iter().enumerate().skip(first) {
            let end = other.pieces.get(i + 1).map_or(other.text.len(), |n| n.at);
            if piece.at >= range.end {
                break;
            }
            let (from, to) = (piece.at.max(range.start), end.min(range.end));
            let Some(part) = other.text.get(from..to) else { continue };
            if piece.verbatim {
                self.push(part, piece.source + (from - piece.at));
            } else {
                self.push_for(part, Span::new(piece.source, piece.source_end));
            }
        }
        for link in &other.links {
            let (from, to) = (link.range.start.max(range.start), link.range.end.min(range.end));
            if from < to {
                let range = shift + from - range.start..shift + to - range.start;
                self.links.push(Anchor { range, href: link.href.clone(), span: link.span });
            }
        }
    }

    /// Appends the whole of another text after `separator`; the separator is left out at the start.
    pub fn join(&mut self, separator: &str, other: &Rich) {
        if other.is_empty() {
            return;
        }
        if !self.is_empty() {
            let end = self.span().end;
            self.push_for(separator, Span::new(end, end));
        }
        self.push_slice(other, 0..other.len());
    }

    /// Lays a link over the text from byte `from` to the end.
    pub fn link_from(&mut self, from: usize, href: String, span: Span) {
        if from < self.text.len() {
            self.links.push(Anchor { range: from..self.text.len(), href, span });
        }
    }

    /// A part of the text, without white space around it.
    pub fn slice(&self, range: Range<usize>) -> Rich {
        let mut out = Rich::new();
        if let Some(text) = self.text.get(range.clone()) {
            let start = range.start + (text.len() - text.trim_start().len());
            let end = start + text.trim().len();
            out.push_slice(self, start..end);
        }
        out
    }

    /// The text from byte `from` on, trimmed.
    pub fn from(&self, from: usize) -> Rich {
        self.slice(from..self.len())
    }

    /// Source bytes of the whole text.
    pub fn span(&self) -> Span {
        self.span_of(0..self.len())
    }

    /// Source bytes of a part of the text.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let piece = |at: usize| {
            let i = self.pieces.partition_point(|p| p.at <= at).saturating_sub(1);
            self.pieces.get(i)
        };
        let Some(first) = piece(range.start) else { return Span::new(0, 0) };
        let start = if first.verbatim {
            (first.source + range.start.saturating_sub(first.at)).min(first.source_end)
        } else {
            first.source
        };
        let Some(last) = piece(range.end.max(range.start + 1) - 1) else { return Span::new(start, start) };
        let end = if last.verbatim {
            (last.source + range.end.saturating_sub(last.at)).min(last.source_end)
        } else {
            last.source_end
        };
        Span::new(start, end.max(start))
    }

    /// The whole text as a field of a row.
    pub fn field(&self) -> Field {
        Field { text: self.text.trim().to_owned(), spans: vec![self.span()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_back_through_entities_and_slices() {
        let source = "a&amp;b  c";
        let mut rich = Rich::new();
        rich.push("a", 0);
        rich.push_for("&", Span::new(1, 6));
        rich.push("b", 6);
        rich.push_for(" ", Span::new(7, 9));
        rich.push("c", 9);
        assert_eq!(rich.text(), "a&b c");
        assert_eq!(rich.span_of(1..3).of(source), "&amp;b");
        let part = rich.slice(2..5);
        assert_eq!((part.text(), part.span().of(source)), ("b c", "b  c"));
        assert_eq!(part.slice(1..3).span().of(source), "c");
    }

    #[test]
    fn keeps_links_of_slices() {
        let mut rich = Rich::verbatim("see site now", 0);
        rich.links.push(Anchor { range: 4..8, href: "https://x.cn".into(), span: Span::new(4, 8) });
        let part = rich.from(4);
        assert_eq!(part.links().first().map(|l| l.range.clone()), Some(0..4));
        assert!(rich.slice(0..3).links().is_empty());
    }
}
