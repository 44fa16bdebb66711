//! One folding for all text that is compared: width, case, Traditional characters and white space.
//! A folded copy keeps a map back to the bytes it came from.

mod finder;
mod simplified;

pub use finder::Finder;
pub use simplified::simplify;

use crate::location::Span;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// A folded copy of a text, with the way back. See [`fold`].
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    runs: Vec<Run>,
}

/// A stretch of the folded text that came from one place.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// First byte in the folded text; the run ends where the next begins.
    folded: usize,
    /// First byte in the original.
    original: usize,
    /// 0: both advance byte by byte. Else the whole run came from this many bytes of the original.
    width: usize,
}

/// Folds a text for comparison: NFKC of each character, lower case, Simplified characters, invisible characters dropped.
///
/// White space next to a Chinese, Japanese or Korean character is dropped (policies break words anywhere); any other run
/// of it becomes one blank. Nothing else is dropped, so punctuation still divides. Linear in the input.
pub fn fold(text: &str) -> Folded {
    let mut out = Folded { text: String::with_capacity(text.len()), runs: Vec::new() };
    let mut blank: Option<Range<usize>> = None;
    let mut previous: Option<char> = None;
    let mut pieces: Vec<char> = Vec::new();
    for (at, c) in text.char_indices() {
        let here = at..at + c.len_utf8();
        // Nearly every character folds to one of its own width.
        let plain = if c.is_ascii() {
            Some(c.to_ascii_lowercase())
        } else if ('\u{4e00}'..'\u{a000}').contains(&c) {
            Some(simplify(c))
        } else {
            pieces.clear();
            forms(c, &mut pieces);
            None
        };
        let Some(first) = plain.or_else(|| pieces.first().copied()) else { continue };
        if first.is_whitespace() {
            blank = Some(blank.map_or(here.clone(), |b| b.start..here.end));
            continue;
        }
        if let Some(gap) = blank.take()
            && previous.is_some_and(|p| !is_cjk(p))
            && !is_cjk(first)
        {
            out.push(gap, &[' ']);
        }
        match plain {
            Some(c) => {
                out.place_linear(at);
                out.text.push(c);
                previous = plain;
            }
            None => {
                out.push(here, &pieces);
                previous = pieces.last().copied();
            }
        }
    }
    out
}

/// A folded text with every run of punctuation made one blank between Latin words and dropped elsewhere.
pub fn words(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut gap = false;
    for c in folded.chars() {
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && c.is_ascii() && out.ends_with(|l: char| l.is_ascii_alphanumeric()) {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    out
}

/// The folded characters of one character: none for an invisible one, several for a ligature.
fn forms(c: char, out: &mut Vec<char>) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
    } else if ('\u{4e00}'..'\u{a000}').contains(&c) {
        out.push(simplify(c));
    } else if !is_invisible(c) {
        out.extend(std::iter::once(c).nfkc().flat_map(char::to_lowercase).map(simplify));
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether words are written without blanks around this character: ideographs, kana, their punctuation and full-width forms.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether `start..end` of a folded text is a whole word, and where it ends: a Latin word may not go on at either side,
/// but takes a plural `s` with it. Characters of other scripts need no boundary.
pub fn word_at(text: &str, start: usize, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let latin = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphanumeric);
    let first = start.checked_sub(1);
    if latin(start) && first.is_some_and(latin) {
        return None;
    }
    match end.checked_sub(1) {
        Some(last) if last >= start && latin(last) && latin(end) => {
            (bytes.get(end) == Some(&b's') && !latin(end + 1)).then_some(end + 1)
        }
        _ => Some(end),
    }
}

/// Key of a name: folded, all white space removed.
pub fn key(text: &str) -> String {
    let mut out = fold(text).text;
    // The only white space that folding leaves.
    if out.contains(' ') {
        out.retain(|c| c != ' ');
    }
    out
}

/// Key of a name without what spellings differ in: [`key`] of its letters and digits, without a leading or trailing `sdk`.
pub fn loose_key(text: &str) -> String {
    let mut out = fold(text).text;
    out.retain(char::is_alphanumeric);
    let mut core = out.as_str();
    while let Some(rest) = core.strip_suffix("sdk") {
        core = rest;
    }
    while let Some(rest) = core.strip_prefix("sdk") {
        core = rest;
    }
    if core.is_empty() { out } else { core.to_owned() }
}

impl Folded {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a range of the folded text came from, widened to whole characters of the original.
    /// An empty range, or one past the end, gives an empty span.
    pub fn span(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text.len());
        if range.start >= end {
            let at = self.place(range.start).start;
            return Span::new(at, at);
        }
        let start = self.place(range.start).start;
        Span::new(start, self.place(end - 1).end.max(start))
    }

    /// Bytes in the original of the character that holds the byte `at`.
    fn place(&self, at: usize) -> Range<usize> {
        if at >= self.text.len() {
            let end = self.text.len().checked_sub(1).map_or(0, |last| self.place(last).end);
            return end..end;
        }
        let next = self.runs.partition_point(|run| run.folded <= at);
        let Some(run) = next.checked_sub(1).and_then(|i| self.runs.get(i)) else { return 0..0 };
        if run.width > 0 {
            return run.original..run.original + run.width;
        }
        let mut start = at;
        while start > run.folded && !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let width = self.text.get(start..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
        let original = run.original + (start - run.folded);
        original..original + width
    }

    fn push(&mut self, from: Range<usize>, to: &[char]) {
        let width = from.end - from.start;
        if matches!(to, [only] if only.len_utf8() == width) {
            self.place_linear(from.start);
        } else {
            self.runs.push(Run { folded: self.text.len(), original: from.start, width });
        }
        self.text.extend(to);
    }

    /// Notes that what comes next stands byte by byte as in the original from `from` on.
    fn place_linear(&mut self, from: usize) {
        let at = self.text.len();
        let continues =
            self.runs.last().is_some_and(|run| run.width == 0 && run.original + (at - run.folded) == from);
        if !continues {
            self.runs.push(Run { folded: at, original: from, width: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_case_script_and_blanks_fold() {
        for (text, folded) in [
            ("ＩＭＥＩ（設備）", "imei(设备)"),
            ("读取 手机\n状态", "读取手机状态"),
            ("Android  ID 信息", "android id信息"),
            ("  com. umeng ", "com. umeng"),
            ("⽤户ﬁle\u{200b}s", "用户files"),
            ("", ""),
        ] {
            assert_eq!(fold(text).as_str(), folded, "{text}");
        }
    }

    #[test]
    fn spans_lead_back() {
        let text = "一 ＩＰ 地 址 x";
        let folded = fold(text);
        assert_eq!(folded.as_str(), "一ip地址x");
        let at = folded.as_str().find("ip地址").expect("there");
        assert_eq!(folded.span(at..at + "ip地址".len()).of(text), "ＩＰ 地 址");
        assert_eq!(folded.span(0..3).of(text), "一");
        assert_eq!(folded.span(99..120), Span::new(text.len(), text.len()));
    }

    #[test]
    fn keys() {
        assert_eq!(key("友盟 + SDK"), "友盟+sdk");
        assert_eq!(loose_key("友盟+ SDK"), "友盟");
        assert_eq!(loose_key("SDK"), "sdk");
        assert_eq!(loose_key("Umeng-Analytics SDK（統計）"), "umenganalyticssdk统计");
    }

    #[test]
    fn only_blanks_are_left_of_white_space() {
        for c in '\0'..='\u{ffff}' {
            let mut pieces = Vec::new();
            forms(c, &mut pieces);
            assert!(pieces.iter().skip(1).all(|c| *c == ' ' || !c.is_whitespace()), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn every_range_leads_to_whole_characters(text in "\\PC{0,60}|[ a-zＡ-Ｚ一-十\u{200b}ﬁﷺ\u{3000}\n]{0,60}") {
            let folded = fold(&text);
            let mut last = 0;
            for (at, c) in folded.as_str().char_indices() {
                let span = folded.span(at..at + c.len_utf8());
                prop_assert!(text.get(span.start..span.end).is_some_and(|t| !t.is_empty()));
                prop_assert!(span.start >= last);
                last = span.start;
                let again = fold(span.of(&text));
                prop_assert!(again.as_str().contains(c) || c == ' ');
            }
            let whole = folded.span(0..folded.as_str().len());
            prop_assert!(text.get(whole.start..whole.end).is_some());
        }

        #[test]
        fn folding_twice_changes_nothing_in_plain_text(text in "[ a-zA-Z0-9一-十個人資訊（）、。]{0,60}") {
            let once = fold(&text).as_str().to_owned();
            let twice = fold(&once);
            prop_assert_eq!(twice.as_str(), once.as_str());
        }
    }
}
