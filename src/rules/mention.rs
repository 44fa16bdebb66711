//! Where a policy's text names an SDK, in a row or not: the search behind every "was not found in the text".

use crate::finding::Case;
use crate::fold;
use crate::location::{DocumentId, Span};
use crate::policy::Document;
use crate::signature::Sdk;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::HashMap;

/// Places where the text names SDKs, by SDK id: the first of each.
#[derive(Debug, Default)]
pub struct Mentions {
    first: HashMap<String, (DocumentId, Span)>,
}

impl Mentions {
    /// Searches the visible text of all documents for every name and package of the SDKs found.
    pub fn find(case: &Case<'_>, visible: &[String]) -> Mentions {
        let mut patterns: Vec<String> = Vec::new();
        let mut owners: Vec<&str> = Vec::new();
        for detection in &case.detections.sdks {
            let Some(sdk) = case.database.get(detection.sdk.as_str()) else { continue };
            for name in names(sdk) {
                patterns.push(fold::fold(&name).as_str().to_owned());
                owners.push(sdk.id.as_str());
            }
        }
        let mut out = Mentions::default();
        let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&patterns);
        let Ok(machine) = built else { return out };
        for (number, text) in visible.iter().enumerate() {
            let document = DocumentId(u32::try_from(number).unwrap_or(u32::MAX));
            let folded = fold::fold(text);
            for hit in machine.find_overlapping_iter(folded.as_str()) {
                let Some(owner) = owners.get(hit.pattern().as_usize()) else { continue };
                if out.first.contains_key(*owner) {
                    continue;
                }
                if let Some(end) = fold::word_at(folded.as_str(), hit.start(), hit.end()) {
                    out.first.insert((*owner).to_owned(), (document, folded.span(hit.start()..end)));
                }
            }
        }
        out
    }

    /// The first place that names this SDK.
    pub fn of(&self, sdk: &str) -> Option<(DocumentId, Span)> {
        self.first.get(sdk).copied()
    }
}

/// Names and packages by which a text can name `sdk` without doubt. Aliases that mean other things
/// too are left out, as are names too short to be told from words.
pub fn names(sdk: &Sdk) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let written = [&sdk.name_zh, &sdk.name_en].into_iter().chain(sdk.aliases.iter());
    for name in written {
        let bare = name.trim();
        let core = bare.strip_suffix("SDK").or_else(|| bare.strip_suffix("sdk")).unwrap_or(bare).trim();
        for candidate in [bare, core] {
            if is_distinctive(candidate) && !sdk.ambiguous.iter().any(|a| a.eq_ignore_ascii_case(candidate)) {
                out.push(candidate.to_owned());
            }
        }
    }
    let classes = sdk.indicators.iter().filter(|i| i.kind == crate::evidence::FeatureKind::Class && !i.weak);
    out.extend(classes.map(|i| i.value.trim_end_matches(['.', '*']).to_owned()).filter(|p| p.contains('.')));
    out.sort();
    out.dedup();
    out
}

fn is_distinctive(name: &str) -> bool {
    let han = name.chars().filter(|c| !c.is_ascii()).count();
    let latin = name.chars().filter(char::is_ascii_alphanumeric).count();
    if han > 0 { han >= 2 || latin >= 2 } else { latin >= 3 && name.bytes().any(|b| b.is_ascii_alphabetic()) }
}

/// A document's text as a reader sees it: the same length, tags, comments, scripts and styles of
/// HTML blanked. Spans hold in both.
pub fn visible(document: &Document) -> String {
    if !matches!(document.format, "html" | "mhtml" | "markdown") {
        return document.text.clone();
    }
    let text = document.text.as_str();
    let mut out = String::with_capacity(text.len());
    let mut ends = Ends::default();
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'<', text.as_bytes().get(at..).unwrap_or(&[])).map(|i| at + i) {
        out.push_str(text.get(at..next).unwrap_or(""));
        let end = ends.of_markup(text, next);
        if end > next {
            out.extend(text.bytes().skip(next).take(end - next).map(|b| if b == b'\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push('<');
            at = next + 1;
        }
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Finds where markup ends. Remembers which closing marks do not come any more, so that text full
/// of openings is searched once, not once per opening.
#[derive(Default)]
struct Ends {
    exhausted: Vec<&'static str>,
}

impl Ends {
    /// End of the tag, comment, script or style that starts at `at`; `at` when it is plain text.
    fn of_markup(&mut self, text: &str, at: usize) -> usize {
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with("<!--") {
            return self.find(rest, "-->").map_or(at, |i| at + i + 3);
        }
        let second = rest.as_bytes().get(1).copied().unwrap_or(b' ');
        if !(second.is_ascii_alphabetic() || matches!(second, b'/' | b'!' | b'?')) {
            return at;
        }
        let Some(end) = self.find(rest, ">") else { return at };
        for (element, close) in [("script", "</script"), ("style", "</style")] {
            let opens = rest.get(1..1 + element.len()).is_some_and(|t| t.eq_ignore_ascii_case(element));
            if opens && let Some(closing) = self.find(rest, close) {
                let tail = rest.get(closing..).and_then(|t| t.find('>'));
                return at + closing + tail.map_or(close.len(), |j| j + 1);
            }
        }
        at + end + 1
    }

    fn find(&mut self, text: &str, mark: &'static str) -> Option<usize> {
        if self.exhausted.contains(&mark) {
            return None;
        }
        let found = if mark.starts_with("</") { find_ignore_case(text, mark) } else { text.find(mark) };
        if found.is_none() {
            self.exhausted.push(mark);
        }
        found
    }
}

fn find_ignore_case(text: &str, needle: &str) -> Option<usize> {
    let (bytes, needle) = (text.as_bytes(), needle.as_bytes());
    memchr::memchr_iter(b'<', bytes)
        .find(|&i| bytes.get(i..i + needle.len()).is_some_and(|t| t.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn document(format: &'static str, text: &str) -> Document {
        Document {
            id: DocumentId(0),
            name: "p".into(),
            sha256: Digest([0; 32]),
            format,
            encoding: "UTF-8",
            text: text.into(),
        }
    }

    #[test]
    fn markup_is_blanked_in_place() {
        let text = "<p>友盟</p><script>umeng</script>a < b<!-- 微信 -->";
        let seen = visible(&document("html", text));
        assert_eq!(seen.len(), text.len());
        assert_eq!(seen.split_whitespace().collect::<Vec<_>>(), ["友盟", "a", "<", "b"]);
        assert_eq!(seen.find("友盟"), text.find("友盟"));
        assert_eq!(visible(&document("text", text)), text);
    }

    #[test]
    fn unclosed_markup_costs_linear_time() {
        let text = "<!--<script>".repeat(20_000);
        assert_eq!(visible(&document("html", &text)).len(), text.len());
    }
}
