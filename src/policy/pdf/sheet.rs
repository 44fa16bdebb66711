//! One page -> its blocks from top to bottom: lines of text, and tables with the lines of their cells.

use crate::format::pdf::{Glyph, Page, Rule};
use crate::policy::pdf::columns;
use crate::policy::pdf::line::{self, Line};
use crate::policy::pdf::ruled::{self, Grid};

/// How far below and above the line of a text a line runs that belongs to it, in sizes of the type.
const UNDER: f64 = 0.22;
const THROUGH: f64 = 0.6;
/// Largest type looked for around a line, in points, and most characters compared with the lines of a page.
const MAX_TYPE: f64 = 40.0;
const MAX_COMPARED: usize = 4_000_000;

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A line of running text.
    Line(Line),
    /// A table.
    Table(Table),
}

/// A table on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Edges of its columns, from left to right.
    pub x: Vec<f64>,
    /// Its rows of cells.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its first column.
    pub column: usize,
    /// Rows and columns it spans.
    pub span: (usize, usize),
    /// Left and right edge.
    pub x: (f64, f64),
    /// Its lines.
    pub lines: Vec<Line>,
    /// Whether it goes on with the cell above it.
    pub above: bool,
}

impl Table {
    /// Left padding of a column: the least room before any of its lines.
    pub fn padding(&self, column: usize) -> f64 {
        let cells = self.rows.iter().flatten().filter(|c| c.column == column && c.span.1 == 1);
        let room = cells.flat_map(|c| c.lines.iter().map(|l| l.x.0 - c.x.0)).fold(f64::MAX, f64::min);
        if room == f64::MAX { 0.0 } else { room.clamp(0.0, 20.0) }
    }
}

impl Cell {
    /// Its text, lines joined.
    pub fn text(&self) -> String {
        self.lines.iter().map(Line::text).collect::<Vec<_>>().concat()
    }
}

/// Blocks of a page, from top to bottom.
pub fn blocks(page: Page) -> Vec<Block> {
    let rules = without_underlines(&page.rules, &page.glyphs);
    let grids = ruled::grids(&rules);
    let mut inside: Vec<Vec<Vec<Glyph>>> = grids.iter().map(|g| vec![Vec::new(); g.cells.len()]).collect();
    let mut free = Vec::new();
    // Which cell stands at a place, for grids and their rows and columns.
    let maps: Vec<Vec<usize>> = grids.iter().map(places).collect();
    let falling: Vec<Vec<f64>> = grids.iter().map(|g| g.y.iter().map(|y| -y).collect()).collect();
    for glyph in page.glyphs {
        let (x, y) = (f64::midpoint(glyph.x.0, glyph.x.1), glyph.baseline + 0.3 * glyph.size);
        let home =
            grids.iter().zip(&maps).zip(&falling).enumerate().find_map(|(n, ((grid, map), falling))| {
                let row = slot(falling, -y)?;
                let column = slot(&grid.x, x)?;
                Some((n, *map.get(row * (grid.x.len() - 1) + column)?))
            });
        match home.and_then(|(n, cell)| inside.get_mut(n)?.get_mut(cell)) {
            Some(cell) => cell.push(glyph),
            None => free.push(glyph),
        }
    }
    let mut out = columns::blocks(line::lines(free, &page.links, columns::WORD), &rules);
    for (grid, glyphs) in grids.iter().zip(inside) {
        let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); grid.y.len() - 1];
        for (area, glyphs) in grid.cells.iter().zip(glyphs) {
            let edge = |at: usize| grid.x.get(at).copied().unwrap_or(0.0);
            let x = (edge(area.at.1), edge(area.at.1 + area.span.1));
            let lines = line::lines(glyphs, &page.links, f64::INFINITY);
            if let Some(row) = rows.get_mut(area.at.0) {
                row.push(Cell { column: area.at.1, span: area.span, x, lines, above: false });
            }
        }
        let table = Table { x: grid.x.clone(), rows };
        if table.rows.iter().flatten().filter(|c| !c.lines.is_empty()).count() > 0 {
            out.push((grid.y.first().copied().unwrap_or(0.0), Block::Table(table)));
        }
    }
    out.sort_by(|a, b| b.0.total_cmp(&a.0));
    out.into_iter().map(|(_, block)| block).collect()
}

/// The lines that do not run under or through text: a link that fills its cell would divide it.
fn without_underlines(rules: &[Rule], glyphs: &[Glyph]) -> Vec<Rule> {
    let mut inked: Vec<&Glyph> = glyphs.iter().filter(|g| !g.text.trim().is_empty()).collect();
    inked.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let size = inked.iter().map(|g| g.size).fold(0.0, f64::max).min(MAX_TYPE);
    let mut left = MAX_COMPARED;
    let is_border = |rule: &&Rule| {
        let (y, wide) = (rule.y.1, rule.x.1 - rule.x.0);
        if wide < rule.y.1 - rule.y.0 {
            return true;
        }
        let from = inked.partition_point(|g| g.baseline < y - THROUGH * size);
        let near = inked.iter().skip(from).take_while(|g| g.baseline < y + UNDER * size);
        let covered = |g: &&Glyph| {
            let by = y - g.baseline;
            let over = g.x.1.min(rule.x.1) - g.x.0.max(rule.x.0);
            if by > -UNDER * g.size && by < THROUGH * g.size { over.max(0.0) } else { 0.0 }
        };
        let mut sum = 0.0;
        for glyph in near.take(left) {
            left -= 1;
            sum += covered(glyph);
        }
        sum < 0.8 * wide
    };
    rules.iter().filter(is_border).copied().collect()
}

/// Index of the cell at each place of a grid.
fn places(grid: &Grid) -> Vec<usize> {
    let columns = grid.x.len().saturating_sub(1);
    let mut out = vec![usize::MAX; columns * grid.y.len().saturating_sub(1)];
    for (n, area) in grid.cells.iter().enumerate() {
        for row in area.at.0..area.at.0 + area.span.0 {
            for column in area.at.1..area.at.1 + area.span.1 {
                if let Some(slot) = out.get_mut(row * columns + column) {
                    *slot = n;
                }
            }
        }
    }
    out
}

/// Between which two of rising edges a value lies.
fn slot(edges: &[f64], value: f64) -> Option<usize> {
    let at = edges.partition_point(|e| *e <= value);
    (at > 0 && at < edges.len()).then(|| at - 1)
}
