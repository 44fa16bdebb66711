//! Characters with places -> lines of text: words, links, and where a line was only broken for want of room.

use crate::format::pdf::{Glyph, Link};
use crate::policy::build::is_wide;
use std::rc::Rc;

/// Marks that do not begin a line.
const CLOSING: [char; 15] =
    ['，', '。', '、', '；', '：', '？', '！', '）', '》', '」', '』', '】', '”', ',', ')'];

/// A stretch of a line: text without a gap of columns and with one link.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its text; a space at its start stands for the space before it.
    pub text: String,
    /// Left and right end.
    pub x: (f64, f64),
    /// Where it leads.
    pub link: Option<Rc<str>>,
    /// Whether it stands out.
    pub bold: bool,
    /// Room before it, in sizes of the type, where that sets it apart; else 0.
    pub room: f64,
}

/// A line of text on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its runs from left to right, at least one.
    pub runs: Vec<Run>,
    /// Left and right end.
    pub x: (f64, f64),
    /// What it stands on.
    pub baseline: f64,
    /// Height of its largest type.
    pub size: f64,
    /// Width of its first character, and of what may not be torn off from it: a word, closing marks.
    pub first: (f64, f64),
}

/// Room, in sizes of the type, that stands for a tab.
const TAB: f64 = 1.8;

impl Run {
    /// Whether a tab stands before it.
    pub fn is_tabbed(&self) -> bool {
        self.room > TAB
    }

    /// Width of its first character, and of its first word.
    fn first(&self) -> (f64, f64) {
        let weight = |c: char| if is_wide(c) { 2.0 } else { 1.0 };
        let text = self.text.trim();
        let unit = (self.x.1 - self.x.0) / text.chars().map(weight).sum::<f64>().max(1.0);
        let Some(first) = text.chars().next() else { return (0.0, 0.0) };
        let closing = |c: char| CLOSING.contains(&c);
        let rest = text.chars().skip(1);
        let word = rest
            .take_while(|c| if is_wide(first) { closing(*c) } else { !is_wide(*c) && !c.is_whitespace() });
        (unit * weight(first), unit * (weight(first) + word.map(weight).sum::<f64>()))
    }
}

impl Line {
    /// A line of some of its runs, in their order; `None` of none.
    pub fn part(&self, mut runs: Vec<Run>) -> Option<Line> {
        let begin = runs.first_mut()?;
        begin.room = 0.0;
        let (left, first) = (begin.x.0, begin.first());
        let x = (left, runs.iter().map(|r| r.x.1).fold(left, f64::max));
        Some(Line { x, first, runs, ..*self })
    }

    /// Its text, columns separated by tabs.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for run in &self.runs {
            if run.is_tabbed() && !out.is_empty() {
                out.push('\t');
            }
            out.push_str(if run.is_tabbed() { run.text.trim_start() } else { &run.text });
        }
        out
    }
}

/// Lines of characters, from top to bottom. `gap` is how much room between two characters, in sizes of the type, sets them
/// apart as columns.
pub fn lines(mut glyphs: Vec<Glyph>, links: &[Link], gap: f64) -> Vec<Line> {
    glyphs.sort_by(|a, b| b.baseline.total_cmp(&a.baseline));
    let mut out: Vec<Line> = Vec::new();
    let mut open: Vec<Glyph> = Vec::new();
    let mut size = 0.0f64;
    for glyph in glyphs {
        // Raised and lowered characters belong to their line.
        size = size.max(glyph.size);
        if open.first().is_some_and(|f| f.baseline - glyph.baseline > 0.5 * size) {
            out.extend(line(std::mem::take(&mut open), links, gap));
            size = glyph.size;
        }
        open.push(glyph);
    }
    out.extend(line(open, links, gap));
    out
}

fn line(mut glyphs: Vec<Glyph>, links: &[Link], gap: f64) -> Option<Line> {
    glyphs.sort_by(|a, b| a.x.0.total_cmp(&b.x.0));
    let baseline = glyphs.iter().map(|g| g.baseline).fold(f64::MAX, f64::min);
    let size = glyphs.iter().map(|g| g.size).fold(0.0, f64::max);
    let near = links.iter().filter(|l| l.y.0 <= baseline + size && l.y.1 >= baseline - size);
    let near: Vec<&Link> = near.take(64).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut last: Option<&Glyph> = None;
    let mut spaced = false;
    for glyph in &glyphs {
        if glyph.text.trim().is_empty() {
            spaced = true;
            continue;
        }
        // Bold type is faked by writing a character twice.
        let wide = glyph.x.1 - glyph.x.0;
        if let (Some(before), Some(run)) = (last, runs.last_mut())
            && before.text == glyph.text
            && glyph.x.0 - before.x.0 < 0.3 * wide
        {
            run.bold = true;
            continue;
        }
        let room = last.map_or(0.0, |l| glyph.x.0 - l.x.1);
        let tight = last.is_some_and(|l| is_wide_text(&l.text)) && is_wide_text(&glyph.text);
        let least = if spaced {
            0.05
        } else if tight {
            0.7
        } else {
            0.2
        };
        let space = last.is_some() && room > least * glyph.size;
        let apart = last.is_some() && room > gap * glyph.size;
        let link = link_at(&near, glyph);
        match runs.last_mut().filter(|r| r.link == link && r.bold == glyph.bold && !apart) {
            Some(run) => {
                run.text.push_str(if space { " " } else { "" });
                run.text.push_str(&glyph.text);
                run.x.1 = run.x.1.max(glyph.x.1);
            }
            None => {
                let text = format!("{}{}", if space { " " } else { "" }, glyph.text);
                runs.push(Run {
                    text,
                    x: glyph.x,
                    link,
                    bold: glyph.bold,
                    room: if apart { room / glyph.size } else { 0.0 },
                });
            }
        }
        (spaced, last) = (false, Some(glyph));
    }
    let x = (runs.first()?.x.0, runs.iter().map(|r| r.x.1).fold(f64::MIN, f64::max));
    Some(Line { x, baseline, size, first: first(&glyphs), runs })
}

fn is_wide_text(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_wide)
}

fn link_at(links: &[&Link], glyph: &Glyph) -> Option<Rc<str>> {
    let (x, y) = (f64::midpoint(glyph.x.0, glyph.x.1), glyph.baseline + 0.3 * glyph.size);
    let over = links.iter().find(|l| (l.x.0..=l.x.1).contains(&x) && (l.y.0..=l.y.1).contains(&y));
    over.map(|l| Rc::from(l.address.as_str()))
}

/// Width of the first character of sorted ones, and of the first word: what must fit for a line to go on with it.
fn first(glyphs: &[Glyph]) -> (f64, f64) {
    let mut inked = glyphs.iter().skip_while(|g| g.text.trim().is_empty());
    let Some(first) = inked.next() else { return (0.0, 0.0) };
    let mut end = first.x.1;
    let closing = |t: &str| t.starts_with(CLOSING);
    for glyph in inked {
        let goes_on =
            if is_wide_text(&first.text) { closing(&glyph.text) } else { !is_wide_text(&glyph.text) };
        if glyph.text.trim().is_empty() || glyph.x.0 - end > 0.2 * glyph.size || !goes_on {
            break;
        }
        end = glyph.x.1;
    }
    (first.x.1 - first.x.0, end - first.x.0)
}

/// How a line goes on in the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// It does not: its writer ended it.
    Ended,
    /// It was broken between two words.
    Spaced,
    /// It was broken inside a word, an address, or between characters written without spaces.
    Glued,
}

/// How `line` goes on in `next`, where there is room up to `right`: it was broken if the first word of the next line did not
/// fit in any more.
pub fn wrap(line: &Line, next: &Line, right: f64) -> Wrap {
    let (Some(last), Some(begin)) = (line.runs.last(), next.runs.first()) else { return Wrap::Ended };
    let (before, after) = (last.text.as_str(), begin.text.trim_start());
    let (Some(end), Some(start)) = (before.chars().next_back(), after.chars().next()) else {
        return Wrap::Ended;
    };
    let word = tail(line);
    let address =
        word.contains("://") || word.starts_with("www.") || word.contains(['_', '.', '/']) && word.len() > 5;
    // An address is torn at its marks.
    let torn =
        address && (end.is_ascii_punctuation() || matches!(start, '.' | '/' | '?' | '&' | '=' | '_' | '-'));
    let slack = 0.4 * line.size;
    let room = right - line.x.1;
    let full = room < next.first.0 + slack;
    let fits =
        room > next.first.1 + slack + if is_wide(end) || is_wide(start) { 0.0 } else { 0.25 * line.size };
    if fits && !(torn && start.is_ascii_alphanumeric() && room < 0.5 * (right - line.x.0)) {
        return Wrap::Ended;
    }
    if is_wide(end) || is_wide(start) || torn {
        return Wrap::Glued;
    }
    // Words are torn only where they are longer than the line, and addresses anywhere.
    let whole = full && (address || word.chars().count() >= line.text().trim().chars().count());
    if whole && start.is_ascii_alphanumeric() { Wrap::Glued } else { Wrap::Spaced }
}

/// The last word of a line: what follows its last space or wide character.
fn tail(line: &Line) -> String {
    let text = line.text();
    let from = text.char_indices().rev().find(|(_, c)| c.is_whitespace() || is_wide(*c));
    from.map_or(text.clone(), |(at, c)| text.get(at + c.len_utf8()..).unwrap_or("").to_owned())
}
