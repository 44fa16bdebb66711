//! Pages -> one flow: running heads and page numbers gone, tables that go on over the end of a page in one piece.

use crate::policy::pdf::line::{self, Wrap};
use crate::policy::pdf::sheet::{Block, Cell, Table};
use std::collections::HashMap;

/// Edges of columns that lie closer together than this, in points, are one.
const NEAR: f64 = 4.0;
/// Lines at the head and the foot of a page that may be furniture.
const MARGIN_LINES: usize = 3;

/// A page that was read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Width and height.
    pub size: (f64, f64),
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// Takes out what every page repeats at its head and foot, and page numbers. The first head stays: it may be the title.
pub fn strip_furniture(sheets: &mut [Sheet]) {
    let mut seen: HashMap<(bool, String, i64), usize> = HashMap::new();
    for sheet in sheets.iter() {
        for (_, foot, key) in margins(sheet) {
            *seen.entry(key_of(foot, key)).or_default() += 1;
        }
    }
    let least = 2.max(sheets.len() / 3);
    let mut kept = std::collections::HashSet::new();
    for sheet in sheets.iter_mut() {
        let mut gone = Vec::new();
        for (at, foot, (text, height)) in margins(sheet) {
            let low = height < 0.09 * sheet.size.1 || height > 0.91 * sheet.size.1;
            let number = low && is_page_number(&text);
            let key = key_of(foot, (text, height));
            let repeated = seen.get(&key).is_some_and(|n| *n >= least);
            if number || repeated && (foot || !kept.insert(key)) {
                gone.push(at);
            }
        }
        let mut at = 0;
        sheet.blocks.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }
}

fn key_of(foot: bool, (text, height): (String, f64)) -> (bool, String, i64) {
    let text = text.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect();
    (foot, text, (height / 6.0).round() as i64)
}

/// Lines at the head and foot of a page: index, whether it is the foot, text and height.
fn margins(sheet: &Sheet) -> Vec<(usize, bool, (String, f64))> {
    let line = |(at, block): (usize, &Block)| match block {
        Block::Line(line) => Some((at, (line.text(), line.baseline))),
        Block::Table(_) => None,
    };
    let count = sheet.blocks.len();
    let head = sheet.blocks.iter().enumerate().take(MARGIN_LINES.min(count / 2)).map_while(line);
    let foot =
        sheet.blocks.iter().enumerate().rev().take(MARGIN_LINES.min(count.div_ceil(2))).map_while(line);
    head.map(|(at, l)| (at, false, l)).chain(foot.map(|(at, l)| (at, true, l))).collect()
}

fn is_page_number(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let rest = text.replace("page", "").replace("of", "");
    let rest = rest
        .replace(|c: char| c.is_ascii_digit() || c.is_whitespace() || "第页頁共/-–—·|,，.".contains(c), "");
    text.chars().any(|c| c.is_ascii_digit()) && rest.is_empty()
}

/// A block and the page, from 0, on which it begins.
pub type Placed = (usize, Block);

/// All blocks in order; a table that goes on at the head of the next page is one table.
pub fn joined(sheets: Vec<Sheet>) -> Vec<Placed> {
    let mut out: Vec<Placed> = Vec::new();
    for (number, sheet) in sheets.into_iter().enumerate() {
        let mut first = true;
        for block in sheet.blocks {
            let block = match (block, out.last_mut()) {
                (Block::Table(next), Some((_, Block::Table(table)))) if first => match append(table, next) {
                    None => continue,
                    Some(next) => Block::Table(next),
                },
                (block, _) => block,
            };
            first = false;
            out.push((number, block));
        }
    }
    out
}

/// Appends the rows of a table's continuation; gives it back where its columns are others.
fn append(table: &mut Table, mut next: Table) -> Option<Table> {
    let near = |a: Option<&f64>, b: Option<&f64>| a.zip(b).is_some_and(|(a, b)| (a - b).abs() <= NEAR);
    if !near(table.x.first(), next.x.first()) {
        return Some(next);
    }
    // One part may lack edges that the other has: a page on which a row spans columns.
    let within =
        |part: &[f64], whole: &[f64]| part.iter().all(|x| whole.iter().any(|y| (x - y).abs() <= NEAR));
    let edges = if within(&next.x, &table.x) {
        table.x.clone()
    } else if within(&table.x, &next.x) {
        next.x.clone()
    } else {
        return Some(next);
    };
    refit(table, &edges);
    refit(&mut next, &edges);
    // A head that is repeated on each page.
    let texts = |row: Option<&Vec<Cell>>| row.map(|r| r.iter().map(Cell::text).collect::<Vec<_>>());
    if next.rows.len() > 1 && texts(table.rows.first()) == texts(next.rows.first()) {
        next.rows.remove(0);
    }
    let columns = edges.len().saturating_sub(1);
    let last: Vec<Option<(usize, usize)>> = (0..columns).map(|c| covering(table, c)).collect();
    let whole = table.rows.len();
    if let Some(first) = next.rows.first_mut() {
        if goes_on(table, &last, first) {
            // The rest of a row that the page broke.
            for cell in std::mem::take(first) {
                let home = last.get(cell.column).copied().flatten();
                let Some((row, index)) = home else { continue };
                if let Some(home) = table.rows.get_mut(row).and_then(|r| r.get_mut(index)) {
                    home.lines.extend(cell.lines);
                    // A cell that spans rows of the new page spans them still.
                    home.span.0 = whole - row + cell.span.0 - 1;
                }
            }
            next.rows.remove(0);
        } else {
            for cell in first.iter_mut().filter(|c| c.lines.is_empty()) {
                // A cell that spans rows goes on under the end of the page.
                let home = last.get(cell.column).copied().flatten().filter(|(r, _)| *r + 1 < whole);
                cell.above = home.is_some();
            }
        }
    }
    table.rows.append(&mut next.rows);
    None
}

/// Sets a table on other edges, of which its own are some.
fn refit(table: &mut Table, edges: &[f64]) {
    let place = |x: f64| {
        let nearest = edges.iter().enumerate().min_by(|a, b| (a.1 - x).abs().total_cmp(&(b.1 - x).abs()));
        nearest.map_or(0, |(i, _)| i)
    };
    for cell in table.rows.iter_mut().flatten() {
        let (from, to) = (place(cell.x.0), place(cell.x.1));
        (cell.column, cell.span.1) = (from, to.saturating_sub(from).max(1));
    }
    table.x = edges.to_vec();
}

/// Row and index of the cell that covers a column in the last row.
fn covering(table: &Table, column: usize) -> Option<(usize, usize)> {
    let rows = table.rows.iter().enumerate().rev().take(200);
    rows.flat_map(|(r, row)| row.iter().enumerate().map(move |(i, cell)| (r, i, cell)))
        .find(|(r, _, c)| {
            (c.column..c.column + c.span.1).contains(&column) && r + c.span.0 >= table.rows.len()
        })
        .map(|(r, i, _)| (r, i))
}

/// Whether the first row of a page is the rest of the row before it.
fn goes_on(table: &Table, last: &[Option<(usize, usize)>], row: &[Cell]) -> bool {
    let cell = |column: usize| {
        last.get(column).copied().flatten().and_then(|(r, i)| Some((r, table.rows.get(r)?.get(i)?)))
    };
    let wraps = |next: &Cell| {
        let Some((_, before)) = cell(next.column) else { return false };
        let right = before.x.1 - table.padding(before.column);
        match (before.lines.last(), next.lines.first()) {
            (Some(line), Some(begin)) => line::wrap(line, begin, right) != Wrap::Ended,
            _ => false,
        }
    };
    let Some(key) = row.first() else { return false };
    if row.iter().all(|c| c.lines.is_empty()) {
        return true;
    }
    let torn = row.iter().filter(|c| wraps(c)).count();
    if key.lines.is_empty() {
        // The first cell of the row before may span several rows, and this be another one of them.
        let spanned =
            cell(key.column).is_some_and(|(r, c)| c.span.0 > 1 && r + 1 < table.rows.len()) || key.span.0 > 1;
        return if spanned { torn > 0 } else { true };
    }
    // A name in the middle of a broken row may stand on either page; one that is there twice begins a row.
    torn > 0 && cell(key.column).is_some_and(|(_, c)| c.lines.is_empty())
}
