//! Reader of tables made of characters: cells between bars or tabs, rows wrapped over lines, cells on lines
//! of their own.

use crate::policy::grid::{self, Grid};
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Line, Page, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::{table, value};
use std::ops::Range;

const NAME: &str = "text-table";

/// Reads the SDK lists among the text tables of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let page = context.page;
    let mut line = 0;
    while line < page.lines.len() {
        let Some((region, grid)) = grid_at(page, taken, line) else {
            line += 1;
            continue;
        };
        let next = region.end.max(line + 1);
        if table::of_one(context, NAME, region.clone(), &grid, taken, found) {
            // Its name stands above it.
        } else if let Some(reading) = grid.read(None)
            && table::is_list(page, region.clone(), &reading)
        {
            table::declare(context, NAME, region.clone(), &reading, found);
            taken.take(region, NAME);
        }
        line = next;
    }
}

/// The text table that begins at a line, with the lines it takes.
pub fn grid_at(page: &Page, taken: &Taken, line: usize) -> Option<(Range<usize>, Grid)> {
    let mark = mark(page, taken, line)?;
    // A bar on a line of its own stands behind the cell above it.
    let bar = page.lines.get(line).is_some_and(|l| l.str().trim() == "|");
    let above = line
        .checked_sub(1)
        .filter(|a| bar && taken.free(*a) && page.lines.get(*a).is_some_and(|l| l.table.is_none()));
    let mut region = region(page, taken, line, mark);
    region.start = above.unwrap_or(region.start);
    let mut rows = rows(page, region.clone(), mark);
    restore_spans(&mut rows);
    Some((region, Grid::of_rows(rows)))
}

/// The mark between cells of a line.
fn mark(page: &Page, taken: &Taken, line: usize) -> Option<char> {
    let text = page.lines.get(line).filter(|l| l.table.is_none() && taken.free(line))?.str();
    if text.trim_matches(' ').contains('\t') {
        return Some('\t');
    }
    text.contains(['|', '｜']).then_some('|')
}

/// Lines of a table: each has the mark, or stands between two that have it.
fn region(page: &Page, taken: &Taken, start: usize, mark_of: char) -> Range<usize> {
    let mut end = start + 1;
    let mut plain = 0;
    let mut after_bar = false;
    let patience = if mark_of == '|' { 3 } else { 2 };
    for line in start + 1..page.lines.len() {
        match mark(page, taken, line) {
            Some(m) if m == mark_of => {
                // Another header begins another table.
                if is_header(page, line, mark_of) {
                    break;
                }
                plain = 0;
                end = line + 1;
            }
            _ => {
                let Some(l) = page.lines.get(line) else { break };
                plain += 1;
                if plain > patience || l.is_heading() || l.table.is_some() || !taken.free(line) {
                    break;
                }
                // A cell below a bar of its own goes on to the next empty line.
                let below = end == line && page.lines.get(line - 1).is_some_and(is_bar);
                after_bar = below || after_bar && end == line && !l.gap;
                // The end of the last row may be wrapped: an address alone on its line.
                let address =
                    plain == 1 && value::addresses(l.str()).first().is_some_and(|a| a.range.start == 0);
                if after_bar || address {
                    end = line + 1;
                }
            }
        }
    }
    start..end
}

/// Whether a line with several cells is a header.
fn is_header(page: &Page, line: usize, mark: char) -> bool {
    let Some(line) = page.lines.get(line) else { return false };
    let cells: Vec<Rich> = split(&line.text, &[mark, '｜']).into_iter().filter(|c| !c.is_empty()).collect();
    if cells.len() < 2 || line.str().len() > 600 {
        return false;
    }
    let known = cells.iter().filter(|c| lexicon::classify(c.text()).is_some()).count();
    known >= 2 && known * 3 >= cells.len() * 2
}

/// Gives rows that are short of cells back what a cell above spans: a text table keeps only the first of a
/// spanning cell, so the cells after it slid to the left. Which end of a row is missing is told by what its cells are.
fn restore_spans(rows: &mut [Vec<Rich>]) {
    let header = rows.iter().take(4).enumerate().find_map(|(at, row)| {
        let labels: Vec<Option<Label>> = row.iter().map(|c| lexicon::classify(c.text())).collect();
        let known = labels.iter().flatten().count();
        (known >= 2 && known * 3 >= row.len() * 2).then_some((at, labels))
    });
    let Some((at, labels)) = header else { return };
    let name =
        [Label::Name, Label::ThirdParty].iter().find_map(|l| labels.iter().position(|c| *c == Some(*l)));
    let (_, body) = rows.split_at_mut(at + 1);
    let mut above: Vec<Rich> = Vec::new();
    for row in body {
        let filled = row.iter().rposition(|c| !c.is_empty()).map_or(0, |i| i + 1);
        let missing = labels.len().saturating_sub(filled);
        if missing > 0 && filled >= 2 && above.len() >= missing {
            let fit = |shift: usize| {
                row.iter().zip(labels.iter().skip(shift)).filter(|(c, l)| is_of_kind(c, **l)).count()
            };
            if fit(missing) > fit(0) {
                row.truncate(filled);
                let spanned = above.iter().take(missing).enumerate();
                // A row whose name is the one above goes on with that row: its cell stays empty.
                let spanned = spanned.map(|(i, c)| if name == Some(i) { Rich::new() } else { c.clone() });
                row.splice(0..0, spanned);
            }
        }
        above.clone_from(row);
    }
}

/// Whether a cell is plainly of the kind its column's label promises.
fn is_of_kind(cell: &Rich, label: Option<Label>) -> bool {
    let text = cell.text();
    match label {
        Some(Label::PrivacyLink | Label::Link | Label::OfficialLink) => {
            !value::addresses(text).is_empty() || !cell.links().is_empty()
        }
        Some(Label::Provider) => grid::is_company(text),
        Some(Label::Data) => grid::is_data(text),
        Some(Label::Package) => value::packages(text).iter().any(|p| value::is_package(&p.url)),
        _ => false,
    }
}

/// Pieces of a region.
enum Token {
    Text {
        text: Rich,
        marked: bool,
    },
    Mark,
    /// End of a line, and whether the next line has a mark, begins with one, and follows an empty line.
    End {
        next_marks: usize,
        next_begins: bool,
        gap: bool,
        last: bool,
    },
}

fn rows(page: &Page, region: Range<usize>, mark: char) -> Vec<Vec<Rich>> {
    if mark == '\t' { tab_rows(page, region) } else { bar_rows(page, region) }
}

/// Rows of cells between tabs; a line without a tab goes on with the cell before it.
fn tab_rows(page: &Page, region: Range<usize>) -> Vec<Vec<Rich>> {
    let mut out: Vec<Vec<Rich>> = Vec::new();
    for line in page.range(region) {
        let cells = split(&line.text, &['\t']);
        match out.last_mut() {
            Some(last) if cells.len() == 1 && out_is_open(last) => {
                if let (Some(cell), Some(more)) = (last.last_mut(), cells.first()) {
                    cell.join(" ", more);
                }
            }
            _ => out.push(cells),
        }
    }
    out
}

fn out_is_open(row: &[Rich]) -> bool {
    row.len() > 1
}

fn split(text: &Rich, marks: &[char]) -> Vec<Rich> {
    let mut out = Vec::new();
    let mut start = 0;
    for (i, c) in text.text().char_indices() {
        if marks.contains(&c) {
            out.push(text.slice(start..i));
            start = i + c.len_utf8();
        }
    }
    out.push(text.slice(start..text.len()));
    out
}

/// Rows of cells between bars. A row ends where its line ends, unless it is short of cells or a bar follows.
fn bar_rows(page: &Page, region: Range<usize>) -> Vec<Vec<Rich>> {
    let lines = page.range(region);
    let Some(first) = lines.first() else { return Vec::new() };
    // Tables closed with a bar on each line end their rows with it; those without do not.
    let closed = lines.iter().filter(|l| l.str().trim_end().ends_with(['|', '｜'])).count() * 5
        >= lines.len() * 3
        && first.str().trim_end().ends_with(['|', '｜']);
    let width = width(lines, closed);
    // Bars on lines of their own and an empty line behind each row: the last cell may have several lines.
    let bars = lines.iter().filter(|l| is_bar(l)).count();
    let gaps = lines.iter().skip(1).filter(|l| l.gap).count();
    let parted = !closed && bars >= 4 && gaps * width.saturating_sub(1) * 10 >= bars * 7;
    let mut tokens = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let text = line.text.text();
        let marked = text.contains(['|', '｜']);
        let opened = text.trim_start().starts_with(['|', '｜']) && text.trim().len() > 1 && closed;
        for (j, cell) in split(&line.text, &['|', '｜']).into_iter().enumerate() {
            if j > 0 && !(j == 1 && opened) {
                tokens.push(Token::Mark);
            }
            if !cell.is_empty() {
                tokens.push(Token::Text { text: cell, marked });
            }
        }
        let next = lines.get(i + 1);
        let marks = next.map_or(0, |n| n.str().matches(['|', '｜']).count());
        let next_begins = next.is_some_and(|n| n.str().trim_start().starts_with(['|', '｜'])) && !closed;
        let gap = next.is_some_and(|n| n.gap);
        tokens.push(Token::End { next_marks: marks, next_begins, gap, last: next.is_none() });
    }
    let mut out: Vec<Vec<Rich>> = Vec::new();
    let (mut row, mut cell): (Vec<Rich>, Rich) = (Vec::new(), Rich::new());
    let mut after_mark = false;
    for token in tokens {
        match token {
            // In a closed table, text between full rows is a note on them.
            Token::Text { marked: false, .. } if closed && row.is_empty() && cell.is_empty() => {}
            Token::Text { text, .. } => {
                cell.join(" ", &text);
                after_mark = false;
            }
            Token::Mark => {
                row.push(std::mem::take(&mut cell));
                after_mark = true;
                if closed && row.len() >= width {
                    out.push(std::mem::take(&mut row));
                    after_mark = false;
                }
            }
            Token::End { next_marks, next_begins, gap, last } => {
                let cells = row.len() + usize::from(!cell.is_empty());
                let begun = !row.is_empty() || !cell.is_empty();
                let full = cells >= width || (after_mark && row.len() + 1 >= width);
                // The last cell stands on the next line, alone.
                let pending = after_mark && cell.is_empty() && !gap && next_marks == 0 && !last;
                let next_full = next_marks + 1 >= width && width > 1;
                let ends = begun
                    && !next_begins
                    && !pending
                    && if closed {
                        next_full && cells > 1 && !row.is_empty()
                    } else {
                        (full && (gap || !parted)) || next_full || (gap && !after_mark && row.len() > 1)
                    };
                if ends || last {
                    if !cell.is_empty() || after_mark {
                        row.push(std::mem::take(&mut cell));
                    }
                    if !row.is_empty() {
                        out.push(std::mem::take(&mut row));
                    }
                    after_mark = false;
                }
            }
        }
    }
    out
}

/// Whether a line is a bar alone.
fn is_bar(line: &Line) -> bool {
    matches!(line.str().trim(), "|" | "｜")
}

/// Cells in a full row: what most lines with several have, or the header where each cell has its own line.
fn width(lines: &[Line], closed: bool) -> usize {
    let mut counts: Vec<usize> = Vec::new();
    for line in lines.iter().take(400) {
        let text = line.str().trim();
        let marks = text.matches(['|', '｜']).count();
        let outer = usize::from(text.starts_with(['|', '｜']) && closed);
        let cells = if closed { marks.saturating_sub(outer) } else { marks + 1 };
        if cells > 1 && !is_bar(line) {
            if counts.len() <= cells {
                counts.resize(cells + 1, 0);
            }
            if let Some(n) = counts.get_mut(cells) {
                *n += 1;
            }
        }
    }
    let (best, n) = counts.iter().enumerate().max_by_key(|(_, n)| **n).map_or((0, 0), |(i, n)| (i, *n));
    if n >= 2 && (closed || n * 3 >= lines.len()) {
        return best;
    }
    // One cell per line and bars on lines of their own: the first row is the header.
    let pairs = lines.chunks(2).take_while(|p| p.len() == 2 && p.last().is_some_and(is_bar)).count();
    if pairs >= 2 && lines.first().is_some_and(|l| lexicon::classify(l.str()).is_some()) {
        return pairs + 1;
    }
    // One cell per line, each with its bar: the header is the run of labels at the start.
    let mut labels = 0;
    for line in lines {
        let text = line.str().trim_matches(['|', '｜', ' ']);
        if text.is_empty() {
            continue;
        }
        if lexicon::classify(text).is_none() {
            break;
        }
        labels += 1;
    }
    if labels >= 2 { labels } else { best.max(2) }
}
