//! Reader of tables whose cells fell apart under their row numbers: a line `1`, the name, the rest; and so on.

use crate::fold;
use crate::policy::Place;
use crate::policy::grid::{is_company, is_data};
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Line, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::{Frame, Row};
use crate::policy::segment;
use crate::policy::{table, value};
use std::ops::Range;

const NAME: &str = "numbered";

/// Most lines between two row numbers.
const MAX_LINES: usize = 12;

/// Reads the exploded numbered tables of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let lines = &context.page.lines;
    let mut at = 0;
    while at < lines.len() {
        let numbers = sequence(lines, taken, at);
        let Some((first, last)) = numbers.first().zip(numbers.last()) else {
            at += 1;
            continue;
        };
        let (first, last) = (*first, *last);
        if numbers.len() < 3 {
            at = first + 1;
            continue;
        }
        let gap = numbers.windows(2).map(|w| w.iter().copied().fold(0, |a, b| b - a)).max().unwrap_or(2);
        let end = (last + 1..lines.len().min(last + 1 + gap))
            .find(|i| lines.get(*i).is_none_or(Line::is_heading) || !taken.free(*i))
            .unwrap_or(lines.len().min(last + gap));
        let bounds: Vec<usize> = numbers.iter().copied().chain([end]).collect();
        let rows: Vec<Row> =
            bounds.windows(2).filter_map(|w| row(lines, *w.first()? + 1..*w.last()?)).collect();
        let sdk = rows
            .iter()
            .filter(|r| r.get(Label::Name).iter().any(|n| fold::key(n.text()).contains("sdk")))
            .count();
        let names: Vec<Rich> = rows.iter().flat_map(|r| r.get(Label::Name)).collect();
        let permissions = table::names_permissions(names.iter().map(Rich::text));
        if !permissions
            && rows.len() * 2 >= numbers.len()
            && (table::sdk_above(context.page, first) || sdk * 3 >= rows.len())
        {
            for row in &rows {
                let platforms = context.platforms(first);
                let frame = Frame { document: context.document, reader: NAME, place: Place::List, platforms };
                found.declarations.extend(row.declare(&frame));
            }
            taken.take(first..end, NAME);
        }
        at = end.max(first + 1);
    }
}

/// Lines from `from` on that count 1, 2, 3 …, none far from the next; the first such run.
fn sequence(lines: &[Line], taken: &Taken, from: usize) -> Vec<usize> {
    let number = |i: usize| {
        let text = lines.get(i).filter(|l| taken.free(i) && l.table.is_none())?.str();
        let digits = text.trim_matches(['|', ' ', '.', '、']);
        (digits.len() <= 3).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let mut out: Vec<usize> = Vec::new();
    if number(from) != Some(1) {
        return out;
    }
    out.push(from);
    let mut next = from + 1;
    while next <= out.last().copied().unwrap_or(0) + MAX_LINES {
        if number(next) == u32::try_from(out.len() + 1).ok() {
            out.push(next);
        }
        next += 1;
    }
    out
}

/// The row of the lines below a number.
fn row(lines: &[Line], range: Range<usize>) -> Option<Row> {
    let mut row = Row::default();
    let mut cells = lines.get(range)?.iter().map(|line| {
        let text = line.str().trim_end_matches(['|', ' ']).len();
        line.text.slice(0..text)
    });
    let name = cells.next()?;
    if name.text().chars().count() > 60 {
        return None;
    }
    row.add(Label::Name, name);
    for cell in cells {
        let labelled = segment::of_text(&cell);
        if !labelled.is_empty() {
            for (label, value) in labelled {
                row.add(label, value);
            }
            continue;
        }
        let text = cell.text();
        let label = if value::addresses(text).first().is_some_and(|a| a.range.start == 0) {
            Label::Link
        } else if is_company(text) {
            Label::Provider
        } else if is_data(text) {
            Label::Data
        } else if !row.has(Label::Purpose) {
            Label::Purpose
        } else {
            Label::Other
        };
        row.add(label, cell);
    }
    Some(row)
}

/// Labels of a text without colons, `Purpose of use … scenes to be used … Privacy address: …`: runs of at
/// least two words that only labels are made of.
pub fn phrases(text: &Rich) -> Vec<(Label, Rich)> {
    let all = text.text();
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (i, c) in all.char_indices().chain([(all.len(), ' ')]) {
        if c.is_whitespace() {
            if let Some(from) = start.take() {
                words.push(from..i);
            }
        } else {
            start.get_or_insert(i);
        }
    }
    let mut found: Vec<(Range<usize>, Label)> = Vec::new();
    let mut i = 0;
    while i < words.len() {
        // The longest run of up to six words that is a label.
        // `Privacy address:` needs only two words; a colon makes up for the third.
        let colon = |n: usize| {
            words.get(i + n - 1).and_then(|w| all.get(w.clone())).is_some_and(|w| w.ends_with(':'))
        };
        let run = (2..=7.min(words.len() - i)).rev().filter(|n| *n > 2 || colon(*n)).find_map(|n| {
            let range = words.get(i)?.start..words.get(i + n - 1)?.end;
            let phrase = all.get(range.clone())?.trim_end_matches([':', '：']);
            let clean = phrase.chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
            let label = lexicon::classify(phrase).filter(|l| clean && *l != Label::Name)?;
            let lower = phrase.to_ascii_lowercase();
            if label == Label::Data && !lower.contains("personal") && !lower.contains("collect") {
                return None;
            }
            Some((range, label, n))
        });
        match run {
            Some((range, label, n)) => {
                let starts =
                    all.get(range.clone()).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_uppercase()));
                let known = found.iter().any(|(_, l)| *l == label);
                if (starts || !found.is_empty()) && !known {
                    found.push((range, label));
                }
                i += n;
            }
            None => i += 1,
        }
    }
    if found.first().is_none_or(|(r, _)| r.start > 0) || found.len() < 2 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (k, (range, label)) in found.iter().enumerate() {
        let end = found.get(k + 1).map_or(all.len(), |(r, _)| r.start);
        out.push((*label, text.slice(range.end..end)));
    }
    out
}
