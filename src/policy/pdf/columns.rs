//! Lines with wide gaps -> tables without ruled lines: columns that no line crosses, rows that stand apart.

use crate::format::pdf::Rule;
use crate::policy::pdf::line::{self, Line, Run, Wrap};
use crate::policy::pdf::sheet::{Block, Cell, Table};

/// Room between two characters, in sizes of the type, that sets words apart, and that may set columns apart.
pub const WORD: f64 = 0.15;
const GAP: f64 = 0.9;
/// How exactly columns line up at the left, in sizes of the type.
const EXACT: f64 = 0.12;
/// Lines apart by more than this, in sizes of the type, are no rows of one table.
const FAR: f64 = 4.0;
/// Most columns.
const MAX_COLUMNS: usize = 16;

/// Left and right end of a column's text.
type Ends = (f64, f64);

/// A line in its pieces: each the runs between two gaps.
struct Split {
    line: Line,
    pieces: Vec<Vec<Run>>,
}

/// A stretch of lines that keep the same columns.
struct Region {
    /// The pieces of its lines, one column each.
    lines: Vec<Vec<Vec<Run>>>,
    /// Left and right end of the text of each column.
    columns: Vec<(f64, f64)>,
}

/// Lines, from top to bottom, as blocks with their heights; `rules` are the lines drawn on the page.
pub fn blocks(lines: Vec<Line>, rules: &[Rule]) -> Vec<(f64, Block)> {
    let mut split: Vec<Option<Split>> = lines.into_iter().map(|line| Some(Split::of(line))).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < split.len() {
        let region = region(split.get(at..).unwrap_or(&[]));
        let length = region.as_ref().map_or(1, |r| r.lines.len());
        let taken = split.iter_mut().skip(at).take(length).filter_map(Option::take);
        match region {
            Some(region) => {
                let cut = taken.zip(region.lines).map(|(split, pieces)| Split { pieces, ..split });
                let taken: Vec<Split> = cut.collect();
                let height = taken.first().map_or(0.0, |s| height(&s.line));
                out.push((height, Block::Table(table(taken, &region.columns, rules))));
            }
            None => out.extend(taken.map(|s| (height(&s.line), Block::Line(s.line)))),
        }
        at += length;
    }
    out
}

/// Where the middle of a line is.
fn height(line: &Line) -> f64 {
    line.baseline + 0.3 * line.size
}

impl Split {
    fn of(line: Line) -> Split {
        let mut pieces: Vec<Vec<Run>> = Vec::new();
        for run in &line.runs {
            match pieces.last_mut().filter(|_| run.room < GAP) {
                Some(piece) => piece.push(run.clone()),
                None => pieces.push(vec![run.clone()]),
            }
        }
        Split { line, pieces }
    }
}

/// Left and right end of a piece.
fn ends(piece: &[Run]) -> (f64, f64) {
    let left = piece.first().map_or(0.0, |r| r.x.0);
    (left, piece.iter().map(|r| r.x.1).fold(left, f64::max))
}

/// The table that begins with the first of the lines, if one does.
fn region(lines: &[Option<Split>]) -> Option<Region> {
    let first = lines.first()?.as_ref()?;
    if first.pieces.len() < 2 || first.pieces.len() > MAX_COLUMNS {
        return None;
    }
    let mut columns: Vec<(f64, f64)> = first.pieces.iter().map(|p| ends(p)).collect();
    let mut out = vec![first.pieces.clone()];
    let mut last = &first.line;
    for split in lines.iter().skip(1).map_while(Option::as_ref) {
        let near = last.baseline - split.line.baseline < FAR * split.line.size.max(last.size);
        let Some((next, pieces)) = near.then(|| grown(&columns, split)).flatten() else { break };
        columns = next;
        out.push(pieces);
        last = &split.line;
    }
    // What follows the last row at the left margin is the text after the table.
    let at = |at: usize| lines.get(at).and_then(Option::as_ref);
    while let (Some(above), [_, .., last]) = (out.len().checked_sub(2).and_then(at), out.as_slice()) {
        let split = at(out.len() - 1);
        if last.len() > 1 || !split.is_some_and(|s| is_after(s, above, &columns)) {
            break;
        }
        out.pop();
    }
    let end = out.len();
    let filled = |least: usize| out.iter().filter(|pieces| pieces.len() >= least).count();
    let dense = match columns.len() {
        0 | 1 => false,
        // Two columns may be a text set in two columns, or words that happen to stand below each other.
        2 => filled(2) >= 4 && filled(2) * 3 >= end * 2,
        _ => filled(2) >= 3 && filled(3) >= 2 && filled(2) * 5 >= end,
    };
    dense.then_some(Region { lines: out, columns })
}

/// The columns with one more line in them, and the line cut into them; `None` where a piece lies over two columns.
fn grown(columns: &[Ends], split: &Split) -> Option<(Vec<Ends>, Vec<Vec<Run>>)> {
    let mut out = columns.to_vec();
    let mut pieces = Vec::new();
    for piece in &split.pieces {
        pieces.extend(cut(piece, columns, split.line.size));
    }
    for piece in &pieces {
        let (from, to) = ends(piece);
        let mut over = out.iter().enumerate().filter(|(_, c)| from < c.1 && to > c.0).map(|(i, _)| i);
        match (over.next(), over.next()) {
            (Some(at), None) => {
                let column = out.get_mut(at)?;
                *column = (column.0.min(from), column.1.max(to));
            }
            (None, _) if out.len() < MAX_COLUMNS => {
                let at = out.partition_point(|c| c.0 < from);
                out.insert(at, (from, to));
            }
            _ => return None,
        }
    }
    out.windows(2).all(|w| matches!(w, [a, b] if a.1 < b.0)).then_some((out, pieces))
}

/// A piece cut where a word stands exactly at the left end of a column: the column before is full there.
fn cut(piece: &[Run], columns: &[(f64, f64)], size: f64) -> Vec<Vec<Run>> {
    let mut out: Vec<Vec<Run>> = Vec::new();
    for run in piece {
        let begins = columns.iter().skip(1).any(|c| (run.x.0 - c.0).abs() <= EXACT * size);
        match out.last_mut().filter(|_| !begins) {
            Some(open) => open.push(run.clone()),
            None => out.push(vec![run.clone()]),
        }
    }
    out
}

/// Whether a line of one piece at the left margin is apart from the table above it.
fn is_after(split: &Split, above: &Split, columns: &[(f64, f64)]) -> bool {
    let first = split.pieces.first().is_some_and(|p| columns.first().is_some_and(|c| ends(p).0 < c.1));
    let apart = above.line.baseline - split.line.baseline > 1.7 * split.line.size;
    let larger = split.line.size > 1.1 * above.line.size;
    first && (apart || larger)
}

fn table(splits: Vec<Split>, columns: &[(f64, f64)], rules: &[Rule]) -> Table {
    let breaks = breaks(&splits, columns, rules);
    let mut edges: Vec<f64> = columns.iter().map(|c| c.0).collect();
    edges.extend(columns.last().map(|c| c.1));
    let cell =
        |column: usize, x: (f64, f64)| Cell { column, span: (1, 1), x, lines: Vec::new(), above: false };
    let row = || columns.iter().enumerate().map(|(i, x)| cell(i, *x)).collect::<Vec<Cell>>();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (split, new) in splits.iter().zip(breaks) {
        if new || rows.is_empty() {
            rows.push(row());
        }
        let Some(row) = rows.last_mut() else { continue };
        for (column, cell) in columns.iter().zip(row) {
            let inside = |piece: &&Vec<Run>| ends(piece).0 < column.1 && ends(piece).1 > column.0;
            let runs: Vec<Run> = split.pieces.iter().filter(inside).flatten().cloned().collect();
            cell.lines.extend(split.line.part(runs));
        }
    }
    Table { x: edges, rows }
}

/// For each line whether a row begins with it: where a line is drawn, where lines stand apart, else where the first column
/// begins anew.
fn breaks(splits: &[Split], columns: &[(f64, f64)], rules: &[Rule]) -> Vec<bool> {
    let wide = columns.first().zip(columns.last()).map_or(0.0, |(a, b)| b.1 - a.0);
    let mut drawn: Vec<f64> = rules.iter().filter(|r| r.x.1 - r.x.0 > 0.6 * wide).map(|r| r.y.0).collect();
    drawn.sort_by(f64::total_cmp);
    let between = |low: f64, high: f64| {
        let at = drawn.partition_point(|y| *y < low);
        drawn.get(at).is_some_and(|y| *y < high)
    };
    let pairs = || splits.windows(2).filter_map(|w| Some((w.first()?, w.last()?)));
    let mut distances: Vec<f64> = pairs().map(|(a, b)| a.line.baseline - b.line.baseline).collect();
    distances.sort_by(f64::total_cmp);
    let mut sizes: Vec<f64> = splits.iter().map(|s| s.line.size).collect();
    sizes.sort_by(f64::total_cmp);
    let size = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0);
    let pitch = distances.get(distances.len() / 4).copied().unwrap_or(0.0).max(size);
    let rule: Vec<bool> = pairs().map(|(a, b)| between(b.line.baseline, a.line.baseline)).collect();
    let apart = |least: f64| -> Vec<bool> {
        // Larger type stands further apart.
        let larger = |a: &Split, b: &Split| (a.line.size.max(b.line.size) / size).max(1.0);
        pairs().map(|(a, b)| a.line.baseline - b.line.baseline > least * pitch * larger(a, b)).collect()
    };
    let key = |split: &Split| {
        let x = columns.first().copied().unwrap_or((0.0, 0.0));
        let piece = split.pieces.first().filter(|p| ends(p).0 < x.1).cloned();
        piece.and_then(|p| split.line.part(p))
    };
    let right = columns.first().map_or(0.0, |x| x.1);
    let anew = |(a, b): (&Split, &Split)| match (key(a), key(b)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(a), Some(b)) => line::wrap(&a, &b, right) == Wrap::Ended,
    };
    let count = |flags: &[bool]| flags.iter().filter(|f| **f).count();
    let both = |a: &[bool], b: &[bool], how: fn(bool, bool) -> bool| -> Vec<bool> {
        a.iter().zip(b).map(|(a, b)| how(*a, *b)).collect()
    };
    let near = apart(1.3);
    // Rows set only a little apart begin with a name.
    let named: Vec<bool> = pairs().map(|(_, b)| key(b).is_some()).collect();
    let near = both(&near, &both(&apart(1.12), &named, |a, b| a && b), |a, b| a || b);
    let told = match (count(&rule), count(&near)) {
        // Where lines are drawn between rows, the head alone may do without.
        (2.., _) => {
            let head = rule.iter().position(|drawn| *drawn).unwrap_or(0);
            near.iter().enumerate().map(|(at, near)| *near && at < head).collect()
        }
        (_, 2..) => near,
        _ => both(&near, &pairs().map(anew).collect::<Vec<bool>>(), |a, b| a || b),
    };
    let rows = both(&rule, &told, |a, b| a || b);
    std::iter::once(true).chain(rows).collect()
}
