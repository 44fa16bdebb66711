//! Ruled lines -> the tables they draw: columns, rows, and cells that span several of them.

use crate::format::pdf::Rule;

/// Ends that lie closer together than this, in points, are one.
const NEAR: f64 = 3.0;
/// Most lines looked at and tables found on one page, most columns of one table, and most of its cells.
const MAX_LINES: usize = 2_000;
const MAX_GRIDS: usize = 64;
const MAX_COLUMNS: usize = 64;
const MAX_CELLS: usize = 20_000;

/// A ruled table.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Edges of its columns, from left to right.
    pub x: Vec<f64>,
    /// Edges of its rows, from top to bottom.
    pub y: Vec<f64>,
    /// Its cells by rows, from left to right.
    pub cells: Vec<Area>,
}

/// A cell of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First row and column.
    pub at: (usize, usize),
    /// Rows and columns it spans.
    pub span: (usize, usize),
}

/// A line across (`at` is its height) or down (`at` is its distance from the left).
#[derive(Debug, Clone, Copy)]
struct Stroke {
    at: f64,
    from: f64,
    to: f64,
}

/// The tables that the lines of a page draw, the smallest first: what stands in a table inside another is of the inner one.
pub fn grids(rules: &[Rule]) -> Vec<Grid> {
    let middle = |ends: (f64, f64)| f64::midpoint(ends.0, ends.1);
    let (mut across, mut down) = (Vec::new(), Vec::new());
    for rule in rules {
        if rule.x.1 - rule.x.0 >= rule.y.1 - rule.y.0 {
            across.push(Stroke { at: middle(rule.y), from: rule.x.0, to: rule.x.1 });
        } else {
            down.push(Stroke { at: middle(rule.x), from: rule.y.0, to: rule.y.1 });
        }
    }
    let (across, down) = (joined(across), joined(down));
    if across.len() > MAX_LINES || down.len() > MAX_LINES {
        return Vec::new();
    }
    let mut out: Vec<Grid> =
        groups(&across, &down).into_iter().filter_map(|(across, down)| grid(&across, &down)).collect();
    out.sort_by(|a, b| a.area().total_cmp(&b.area()));
    out.truncate(MAX_GRIDS);
    out
}

impl Grid {
    fn area(&self) -> f64 {
        let length = |edges: &[f64]| edges.first().zip(edges.last()).map_or(0.0, |(a, b)| (a - b).abs());
        length(&self.x) * length(&self.y)
    }
}

/// Pieces of one line as one.
fn joined(mut strokes: Vec<Stroke>) -> Vec<Stroke> {
    strokes.sort_by(|a, b| a.at.total_cmp(&b.at));
    let mut out: Vec<Stroke> = Vec::new();
    let mut level: Vec<Stroke> = Vec::new();
    let mut flush = |level: &mut Vec<Stroke>| {
        level.sort_by(|a, b| a.from.total_cmp(&b.from));
        let mut open: Option<Stroke> = None;
        for stroke in level.drain(..) {
            match &mut open {
                Some(o) if stroke.from <= o.to + NEAR => o.to = o.to.max(stroke.to),
                _ => out.extend(open.replace(stroke)),
            }
        }
        out.extend(open);
    };
    for stroke in strokes {
        if level.first().is_some_and(|f| stroke.at - f.at > NEAR) {
            flush(&mut level);
        }
        level.push(stroke);
    }
    flush(&mut level);
    out
}

/// Lines that touch one another.
fn groups(across: &[Stroke], down: &[Stroke]) -> Vec<(Vec<Stroke>, Vec<Stroke>)> {
    let total = across.len() + down.len();
    let mut parent: Vec<usize> = (0..total).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while let Some(&up) = parent.get(at).filter(|up| **up != at) {
            let next = parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = parent.get_mut(at) {
                *slot = next;
            }
            at = next;
        }
        at
    }
    for (i, a) in across.iter().enumerate() {
        for (j, d) in down.iter().enumerate() {
            let touch = (a.from - NEAR..=a.to + NEAR).contains(&d.at)
                && (d.from - NEAR..=d.to + NEAR).contains(&a.at);
            if touch {
                let (a, b) = (root(&mut parent, i), root(&mut parent, across.len() + j));
                if let Some(slot) = parent.get_mut(a) {
                    *slot = b;
                }
            }
        }
    }
    let mut out: std::collections::BTreeMap<usize, (Vec<Stroke>, Vec<Stroke>)> = Default::default();
    for (i, a) in across.iter().enumerate() {
        out.entry(root(&mut parent, i)).or_default().0.push(*a);
    }
    for (j, d) in down.iter().enumerate() {
        out.entry(root(&mut parent, across.len() + j)).or_default().1.push(*d);
    }
    out.into_values().collect()
}

/// Distinct positions, in order.
fn positions(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let mut out: Vec<f64> = Vec::new();
    for value in values {
        if out.last().is_none_or(|l| value - l > NEAR) {
            out.push(value);
        }
    }
    out
}

fn grid(across: &[Stroke], down: &[Stroke]) -> Option<Grid> {
    if across.is_empty() || down.is_empty() {
        return None;
    }
    // A table cut off by the end of the page may lack its last line, and an open one its sides: the ends of the lines that
    // cross stand for them.
    let ends = |strokes: &[Stroke]| {
        let low = strokes.iter().map(|s| s.from).fold(f64::MAX, f64::min);
        [low, strokes.iter().map(|s| s.to).fold(f64::MIN, f64::max)]
    };
    let x = positions(down.iter().map(|d| d.at).chain(ends(across)));
    let mut y = positions(across.iter().map(|a| a.at).chain(ends(down)));
    y.reverse();
    let (columns, rows) = (x.len().checked_sub(1)?, y.len().checked_sub(1)?);
    // A box around text is no table, nor is one with a line under its title.
    if !(2..=MAX_COLUMNS).contains(&columns) || columns * rows > MAX_CELLS {
        return None;
    }
    let drawn = |strokes: &[Stroke], at: f64, middle: f64| {
        strokes.iter().any(|s| (s.at - at).abs() <= NEAR && (s.from..=s.to).contains(&middle))
    };
    let middle = |edges: &[f64], at: usize| {
        f64::midpoint(edges.get(at).copied().unwrap_or(0.0), edges.get(at + 1).copied().unwrap_or(0.0))
    };
    // For each place of the grid, whether a line closes it to the right and below.
    let mut right = vec![true; columns * rows];
    let mut below = vec![true; columns * rows];
    let strokes_down =
        |at: f64| -> Vec<Stroke> { down.iter().filter(|s| (s.at - at).abs() <= NEAR).copied().collect() };
    for column in 0..columns.saturating_sub(1) {
        let edge = x.get(column + 1).copied().unwrap_or(0.0);
        let strokes = strokes_down(edge);
        for row in 0..rows {
            if let Some(slot) = right.get_mut(row * columns + column) {
                *slot = drawn(&strokes, edge, middle(&y, row));
            }
        }
    }
    for row in 0..rows.saturating_sub(1) {
        let edge = y.get(row + 1).copied().unwrap_or(0.0);
        let strokes: Vec<Stroke> = across.iter().filter(|s| (s.at - edge).abs() <= NEAR).copied().collect();
        for column in 0..columns {
            if let Some(slot) = below.get_mut(row * columns + column) {
                *slot = drawn(&strokes, edge, middle(&x, column));
            }
        }
    }
    let mut taken = vec![false; columns * rows];
    let is = |flags: &[bool], row: usize, column: usize| {
        flags.get(row * columns + column).copied().unwrap_or(true)
    };
    let mut cells = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            if is(&taken, row, column) {
                continue;
            }
            let mut wide = 1;
            while column + wide < columns
                && !is(&right, row, column + wide - 1)
                && !is(&taken, row, column + wide)
            {
                wide += 1;
            }
            let mut high = 1;
            while row + high < rows
                && (column..column + wide)
                    .all(|c| !is(&below, row + high - 1, c) && !is(&taken, row + high, c))
            {
                high += 1;
            }
            for r in row..row + high {
                for c in column..column + wide {
                    if let Some(slot) = taken.get_mut(r * columns + c) {
                        *slot = true;
                    }
                }
            }
            cells.push(Area { at: (row, column), span: (high, wide) });
        }
    }
    (cells.len() > 1).then_some(Grid { x, y, cells })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn across(y: f64, from: f64, to: f64) -> Rule {
        Rule { x: (from, to), y: (y, y + 0.5) }
    }

    fn down(x: f64, from: f64, to: f64) -> Rule {
        Rule { x: (x, x + 0.5), y: (from, to) }
    }

    #[test]
    fn a_table_has_the_cells_its_lines_leave() {
        // Two columns and three rows; the first column of the last two rows is one cell, the first row one cell.
        let rules = [
            across(100.0, 0.0, 100.0),
            across(80.0, 0.0, 40.0),
            across(80.0, 40.0, 100.0),
            across(60.0, 40.0, 100.0),
            across(40.0, 0.0, 100.0),
            down(0.0, 40.0, 100.0),
            down(40.0, 40.0, 80.0),
            down(100.0, 40.0, 100.0),
            across(20.0, 0.0, 100.0),
        ];
        let grids = grids(&rules);
        let [grid] = grids.as_slice() else { panic!("{grids:?}") };
        let cells: Vec<_> = grid.cells.iter().map(|c| (c.at, c.span)).collect();
        assert_eq!(cells, [((0, 0), (1, 2)), ((1, 0), (2, 1)), ((1, 1), (1, 1)), ((2, 1), (1, 1))]);
        assert!(super::grids(&rules[..1]).is_empty());
    }
}
