//! The sentences of a policy's visible text, folded for comparison, with the way back to the source.

use super::Context;
use crate::fold;
use crate::location::{DocumentId, Span};

/// One sentence, or one line or cell where there are no sentences.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Document it stands in.
    pub document: DocumentId,
    /// Its bytes.
    pub span: Span,
    /// Folded text.
    pub folded: String,
}

impl Sentence {
    /// Whether it holds one of `words`.
    pub fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.folded.contains(w))
    }

    /// Whether it holds one word of each group.
    pub fn has_all(&self, groups: &[&[&str]]) -> bool {
        groups.iter().all(|g| self.has(g))
    }
}

/// Divides the visible text of all documents. Linear.
pub fn sentences(visible: &[String]) -> Vec<Sentence> {
    let mut out = Vec::new();
    for (number, text) in visible.iter().enumerate() {
        let document = DocumentId(u32::try_from(number).unwrap_or(u32::MAX));
        let mut start = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, n)| *n);
            let ends = match c {
                '\n' | '。' | '！' | '？' | '；' | '|' => true,
                '.' if ["e.g", "i.e"].iter().any(|w| text.get(..at).is_some_and(|t| t.ends_with(w))) => false,
                '.' | '!' | '?' | ';' => next.is_none_or(char::is_whitespace),
                _ => false,
            };
            if ends {
                push(&mut out, document, text, Span::new(start, at + c.len_utf8()));
                start = at + c.len_utf8();
            }
        }
        push(&mut out, document, text, Span::new(start, text.len()));
    }
    out
}

fn push(out: &mut Vec<Sentence>, document: DocumentId, text: &str, span: Span) {
    let inside = span.of(text);
    let lead = inside.len() - inside.trim_start().len();
    let span = Span::new(span.start + lead, span.start + lead + inside.trim().len());
    let inside = span.of(text);
    if inside.chars().any(char::is_alphanumeric) {
        out.push(Sentence { document, span, folded: fold::fold(inside).as_str().to_owned() });
    }
}

/// The first sentence that holds one word of each group.
pub fn first<'c>(cx: &'c Context<'_>, groups: &[&[&str]]) -> Option<&'c Sentence> {
    cx.sentences().iter().find(|s| s.has_all(groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_divides_at_stops_and_cells() {
        let all = sentences(&["我们收集IMEI。第二句 | v1.2 is out. Next".to_owned()]);
        let texts: Vec<&str> = all.iter().map(|s| s.folded.as_str()).collect();
        assert_eq!(texts, ["我们收集imei。", "第二句|", "v1.2 is out.", "next"]);
    }
}
