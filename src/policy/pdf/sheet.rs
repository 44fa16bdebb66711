//! One page -> its blocks from top to bottom: lines of text, and tables with the lines of their cells.

use crate::format::pdf::{Glyph, Page};
use crate::policy::pdf::line::{self, Line};
use crate::policy::pdf::ruled::{self, Grid};

/// Room between two characters, in sizes of the type, that sets them apart as columns.
const GAP: f64 = 1.8;

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
    let grids = ruled::grids(&page.rules);
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
    let mut out: Vec<(f64, Block)> = Vec::new();
    for line in line::lines(free, &page.links, GAP) {
        out.push((line.baseline + 0.3 * line.size, Block::Line(line)));
    }
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
