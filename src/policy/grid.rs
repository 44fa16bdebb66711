//! `Grid`: a table with its spans laid out, from real cells or from characters, and its reading as SDK rows.

use crate::fold;
use crate::policy::Platform;
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Page, Table};
use crate::policy::rich::Rich;
use crate::policy::row::{Row, platforms_in};
use crate::policy::value;

/// Most columns a grid may have; no SDK list needs more, and spans could claim any number.
const MAX_COLUMNS: usize = 40;

/// A table laid out: each slot of a row refers to a cell; a spanning cell fills several slots.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// Slots, as indices of `cells`.
    pub rows: Vec<Vec<Option<usize>>>,
    /// Cells, each with its lines.
    pub cells: Vec<Vec<Rich>>,
}

/// A grid read as a list.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Its rows, with the platforms a title row above them states.
    pub rows: Vec<(Row, Vec<Platform>)>,
    /// What its columns stand for.
    pub columns: Vec<Option<Label>>,
    /// A header names an SDK, plug-in or package.
    pub header_says_sdk: bool,
}

impl Grid {
    /// Lays out a real table.
    pub fn of_table(page: &Page, table: &Table) -> Grid {
        let mut grid = Grid::default();
        // For each column: the cell that still spans down into it, and for how many rows.
        let mut down: Vec<Option<(usize, u32)>> = Vec::new();
        for row in &table.rows {
            let mut slots: Vec<Option<usize>> = Vec::new();
            let mut cells = row.iter();
            loop {
                let column = slots.len();
                if column >= MAX_COLUMNS {
                    break;
                }
                if let Some(Some((cell, left))) = down.get_mut(column)
                    && *left > 0
                {
                    *left -= 1;
                    slots.push(Some(*cell));
                    continue;
                }
                let Some(cell) = cells.next() else {
                    if down.iter().skip(column).any(|d| d.is_some_and(|(_, left)| left > 0)) {
                        slots.push(None);
                        continue;
                    }
                    break;
                };
                let over =
                    grid.rows.last().and_then(|r| r.get(column)).copied().flatten().filter(|_| cell.above);
                let id = over.unwrap_or(grid.cells.len());
                if over.is_none() {
                    grid.cells.push(cell_lines(page, cell.lines.clone()));
                }
                for _ in 0..cell.columns.min(MAX_COLUMNS as u32) {
                    let column = slots.len();
                    if column >= MAX_COLUMNS {
                        break;
                    }
                    slots.push(Some(id));
                    if down.len() <= column {
                        down.resize(column + 1, None);
                    }
                    if let Some(slot) = down.get_mut(column) {
                        *slot = Some((id, cell.rows.saturating_sub(1)));
                    }
                }
            }
            grid.rows.push(slots);
        }
        grid.resolve_dittos();
        grid
    }

    /// Lays out rows of cells without spans.
    pub fn of_rows(rows: Vec<Vec<Rich>>) -> Grid {
        let mut grid = Grid::default();
        for row in rows {
            let mut slots = Vec::new();
            for cell in row.into_iter().take(MAX_COLUMNS) {
                let empty = cell.text().trim().is_empty();
                slots.push((!empty).then_some(grid.cells.len()));
                if !empty {
                    grid.cells.push(vec![cell]);
                }
            }
            grid.rows.push(slots);
        }
        grid.resolve_dittos();
        grid
    }

    /// Most slots in a row.
    pub fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// A cell as one text.
    pub fn text(&self, cell: usize, separator: &str) -> Rich {
        let mut out = Rich::new();
        for line in self.cells.get(cell).map_or(&[][..], Vec::as_slice) {
            out.join(separator, line);
        }
        out
    }

    /// Distinct cells of a row that hold text.
    fn distinct(&self, row: &[Option<usize>]) -> Vec<usize> {
        let mut out: Vec<usize> = Vec::new();
        for cell in row.iter().flatten() {
            let inked = self.cells.get(*cell).is_some_and(|c| c.iter().any(|l| !l.is_empty()));
            if inked && out.last() != Some(cell) {
                out.push(*cell);
            }
        }
        out
    }

    /// Labels of a row, where it is a header: at least two known labels, and hardly anything else.
    pub fn header(&self, row: &[Option<usize>]) -> Option<Vec<Option<Label>>> {
        let cells = self.distinct(row);
        if cells.len() < 2 {
            return None;
        }
        let label = |cell: usize| lexicon::classify(self.text(cell, "").text());
        let mut labels: Vec<Label> = cells.iter().filter_map(|c| label(*c)).collect();
        if labels.len() * 3 < cells.len() * 2 {
            return None;
        }
        labels.sort();
        labels.dedup();
        if labels.len() < 2 {
            return None;
        }
        let mut columns: Vec<Option<Label>> = row.iter().map(|slot| slot.and_then(label)).collect();
        // A second column of purposes tells of the data; it is not another purpose of the SDK.
        let purposes: Vec<usize> =
            (0..columns.len()).filter(|i| columns.get(*i) == Some(&Some(Label::Purpose))).collect();
        let distinct = |i: &usize| row.get(*i) != purposes.first().and_then(|f| row.get(*f));
        for later in purposes.iter().skip(1).filter(|i| distinct(i)) {
            if let Some(column) = columns.get_mut(*later) {
                *column = Some(Label::Scene);
            }
        }
        Some(columns)
    }

    /// A cell that only says `同上` stands for the cell above it.
    fn resolve_dittos(&mut self) {
        const DITTO: [&str; 8] = ["同上", "同上行", "如上", "〃", "″", "same as above", "as above", "ditto"];
        for at in 1..self.rows.len() {
            let (before, rest) = self.rows.split_at_mut(at);
            let (Some(above), Some(row)) = (before.last(), rest.first_mut()) else { continue };
            for (slot, over) in row.iter_mut().zip(above) {
                let Some(cell) = slot.and_then(|c| self.cells.get(c)) else { continue };
                let [line] = cell.as_slice() else { continue };
                let text = line.text().trim().to_ascii_lowercase();
                if over.is_some()
                    && text.len() <= 16
                    && DITTO.contains(&text.trim_matches(['。', '.', '”', '"']))
                {
                    *slot = *over;
                }
            }
        }
    }

    /// Reads the grid below its header. `known` are the columns of a table above, used where this one has no
    /// header and as many columns.
    pub fn read(&self, known: Option<&[Option<Label>]>) -> Option<Reading> {
        if let Some(reading) = self.upright() {
            return Some(reading);
        }
        let first = self.rows.iter().take(12).position(|row| self.header(row).is_some());
        let mut out = Reading::default();
        let start = match first {
            Some(at) => at,
            None => {
                let columns = match known {
                    Some(columns) if columns.len() == self.width() && self.width() >= 3 => columns.to_vec(),
                    _ => self.guess_columns()?,
                };
                out.columns = columns;
                0
            }
        };
        let mut platforms: Vec<Platform> = Vec::new();
        let mut group: Option<(usize, Row, Vec<Platform>)> = None;
        let mut used: Vec<usize> = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            if i >= start
                && let Some(columns) = self.header(row)
            {
                out.header_says_sdk |= self.says_sdk(row);
                out.columns = columns;
                continue;
            }
            let cells = self.distinct(row);
            if cells.is_empty() {
                continue;
            }
            let title = cells.len() == 1 && row.len() > 1 && self.is_title(row, &out.columns);
            if title || i < start {
                if let Some(cell) = cells.first() {
                    let text = self.text(*cell, "");
                    let stated = platforms_in(text.text());
                    if text.text().chars().count() <= 40 && (title || !stated.is_empty()) {
                        platforms = stated;
                    }
                }
                continue;
            }
            let Some(name_column) = self.name_column(&out.columns) else { continue };
            let name = row.get(name_column).copied().flatten().filter(|c| cells.contains(c));
            let same = matches!((&group, name), (Some((cell, _, _)), Some(n)) if *cell == n);
            let Some(name) = name else {
                // A row without a name goes on with the row above, unless it tells of another company.
                let other =
                    self.column(row, &out.columns, Label::Provider).is_some_and(|c| !used.contains(&c));
                if !other && let Some((_, group, _)) = &mut group {
                    self.fill(group, row, &out.columns, None, &mut used);
                }
                continue;
            };
            if !same {
                if let Some((_, row, platforms)) = group.take() {
                    out.rows.push((row, platforms));
                }
                used.clear();
                group = Some((name, Row::default(), platforms.clone()));
            }
            if let Some((_, group, _)) = &mut group {
                self.fill(group, row, &out.columns, Some(name_column), &mut used);
            }
        }
        if let Some((_, row, platforms)) = group {
            out.rows.push((row, platforms));
        }
        Some(out)
    }

    /// A table of two columns, labels and their values: `SDK名称 | 甲推SDK`, `提供方 | 某某公司`.
    fn upright(&self) -> Option<Reading> {
        if self.width() != 2 || self.rows.len() < 3 {
            return None;
        }
        let mut out = Reading::default();
        let mut row = Row::default();
        let mut labels = 0;
        for slots in &self.rows {
            let Some(cell) = slots.first().copied().flatten() else { continue };
            let value = slots.get(1).copied().flatten().map(|c| self.text(c, " | ")).unwrap_or_default();
            let Some(label) = lexicon::classify(self.text(cell, "").text()) else { continue };
            // A header has labels side by side.
            if lexicon::classify(value.text()).is_some() {
                return None;
            }
            labels += 1;
            if label == Label::Name {
                out.header_says_sdk |= self.says_sdk(slots);
                if row.has(Label::Name) {
                    out.rows.push((std::mem::take(&mut row), Vec::new()));
                }
            }
            if !out.columns.contains(&Some(label)) {
                out.columns.push(Some(label));
            }
            row.add(label, value);
        }
        out.rows.push((row, Vec::new()));
        out.rows.retain(|(r, _)| r.has(Label::Name));
        (labels * 4 >= self.rows.len() * 3 && out.columns.len() >= 3 && !out.rows.is_empty()).then_some(out)
    }

    /// A table of what one SDK takes, without a column of names: all its cells as one row.
    pub fn of_one(&self) -> Option<Row> {
        let at = self.rows.iter().take(2).position(|row| self.header(row).is_some())?;
        let columns = self.header(self.rows.get(at)?)?;
        let has = |l: Label| columns.contains(&Some(l));
        if self.name_column(&columns).is_some() || !has(Label::Data) {
            return None;
        }
        let mut row = Row::default();
        let mut used = Vec::new();
        for slots in self.rows.iter().skip(at + 1) {
            self.fill(&mut row, slots, &columns, None, &mut used);
        }
        Some(row)
    }

    /// Adds the cells of a row that the group does not hold yet.
    fn fill(
        &self,
        group: &mut Row,
        row: &[Option<usize>],
        columns: &[Option<Label>],
        name_column: Option<usize>,
        used: &mut Vec<usize>,
    ) {
        for (column, cell) in row.iter().enumerate() {
            let Some(cell) = *cell else { continue };
            if used.contains(&cell) {
                continue;
            }
            let Some(label) = columns.get(column).copied().flatten() else { continue };
            let label = match (name_column, label) {
                (Some(at), _) if at == column => Label::Name,
                // A second column of names says what the SDK does or belongs to.
                (Some(_), Label::Name) => Label::Function,
                (_, label) => label,
            };
            used.push(cell);
            let separator = match label {
                Label::Name => "\n",
                Label::PrivacyLink | Label::Link | Label::OfficialLink | Label::Package | Label::Provider => {
                    " "
                }
                _ => " | ",
            };
            self.add(group, label, cell, separator);
        }
        // Long groups: a table of one name over thousands of rows stays linear.
        if used.len() > 4096 {
            used.drain(..2048);
        }
    }

    /// Adds a cell; lines of it that begin with labels of their own go under these.
    fn add(&self, group: &mut Row, label: Label, cell: usize, separator: &str) {
        let lines = self.cells.get(cell).map_or(&[][..], Vec::as_slice);
        let inner = |line: &Rich| {
            lexicon::leading(line.text())
                .filter(|(l, _)| !matches!(l, Label::Name | Label::ThirdParty | Label::Other))
        };
        let labelled: Vec<(Label, Rich)> =
            lines.iter().filter_map(|l| inner(l).map(|(label, at)| (label, l.from(at)))).collect();
        let own = labelled.iter().any(|(l, _)| *l != label);
        if label == Label::Name || !own || labelled.len() < lines.len() {
            group.add(label, self.text(cell, separator));
            return;
        }
        for (label, text) in labelled {
            // What the cell itself says of the row is nearer than a column that spans it.
            group.pieces.retain(|(l, _)| *l != label || label == Label::Name);
            group.add(label, text);
        }
    }

    fn column(&self, row: &[Option<usize>], columns: &[Option<Label>], label: Label) -> Option<usize> {
        let at = columns.iter().position(|c| *c == Some(label))?;
        row.get(at).copied().flatten().filter(|c| self.cells.get(*c).is_some_and(|c| !c.is_empty()))
    }

    /// A row of one cell is a title if the cell spans columns, or does not stand where names do.
    fn is_title(&self, row: &[Option<usize>], columns: &[Option<Label>]) -> bool {
        // A note on the row above, in the first cell of an empty row.
        let note = self.distinct(row).first().is_some_and(|c| self.text(*c, "").text().chars().count() > 60);
        let filled = row.iter().flatten().count();
        let name = self.name_column(columns).and_then(|c| row.get(c).copied().flatten());
        note || filled > 1 && filled == row.len()
            || name.is_none_or(|n| self.cells.get(n).is_none_or(Vec::is_empty))
    }

    fn says_sdk(&self, row: &[Option<usize>]) -> bool {
        self.distinct(row).iter().any(|cell| {
            let key = fold::key(self.text(*cell, "").text());
            key.contains("sdk") || key.contains("插件") || key.contains("包名") || key.contains("package")
        })
    }

    /// The column of names: the SDK's, else the third party's, else the company's.
    fn name_column(&self, columns: &[Option<Label>]) -> Option<usize> {
        for label in [Label::Name, Label::ThirdParty, Label::Provider] {
            let found: Vec<usize> =
                columns.iter().enumerate().filter(|(_, c)| **c == Some(label)).map(|(i, _)| i).collect();
            if found.len() > 1 {
                // Names change from row to row; a group or product over several of them does not.
                let cells = |column: usize| {
                    let mut cells: Vec<usize> =
                        self.rows.iter().take(200).filter_map(|r| r.get(column).copied().flatten()).collect();
                    cells.dedup();
                    let sdk =
                        cells.iter().filter(|c| fold::key(self.text(**c, "").text()).contains("sdk")).count();
                    (sdk * 2 > cells.len(), cells.len())
                };
                return found.into_iter().rev().max_by_key(|c| cells(*c));
            }
            if let Some(column) = found.first() {
                return Some(*column);
            }
        }
        None
    }

    /// Columns of a table without a header, by what their cells hold.
    fn guess_columns(&self) -> Option<Vec<Option<Label>>> {
        let width = self.width();
        if width < 3 || self.rows.len() < 2 {
            return None;
        }
        let mut columns: Vec<Option<Label>> = vec![None; width];
        let mut named = false;
        for (column, label) in columns.iter_mut().enumerate() {
            let cells: Vec<Rich> = self
                .rows
                .iter()
                .take(60)
                .filter_map(|r| r.get(column).copied().flatten())
                .map(|c| self.text(c, " "))
                .filter(|t| !t.is_empty())
                .collect();
            let share = |test: &dyn Fn(&Rich) -> bool| {
                let n = cells.iter().filter(|c| test(c)).count();
                n * 5 >= cells.len() * 3 && n > 0
            };
            let sdk = |c: &Rich| fold::key(c.text()).contains("sdk") && c.text().chars().count() <= 40;
            *label = if share(&|c| {
                !value::addresses(c.text()).is_empty() || c.links().iter().any(|l| l.href.contains("://"))
            }) {
                Some(Label::PrivacyLink)
            } else if share(&|c| value::packages(c.text()).iter().any(|p| value::is_package(&p.url))) {
                Some(Label::Package)
            } else if share(&|c| is_company(c.text())) {
                Some(Label::Provider)
            } else if !named && share(&sdk) && varied(&cells) {
                named = true;
                Some(Label::Name)
            } else if share(&|c| is_data(c.text())) {
                Some(Label::Data)
            } else if share(&|c| c.text().chars().count() <= 3) {
                Some(Label::Other)
            } else {
                None
            };
        }
        if !named {
            return None;
        }
        if let Some(free) = columns.iter_mut().find(|c| c.is_none()) {
            *free = Some(Label::Purpose);
        }
        Some(columns)
    }
}

/// Whether most cells of a column differ.
fn varied(cells: &[Rich]) -> bool {
    let mut texts: Vec<&str> = cells.iter().map(Rich::text).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.len() * 3 >= cells.len() * 2
}

/// Lines of a cell.
fn cell_lines(page: &Page, range: std::ops::Range<usize>) -> Vec<Rich> {
    page.range(range).iter().map(|line| line.text.clone()).collect()
}

/// Whether a text reads as the name of a company.
pub fn is_company(text: &str) -> bool {
    let key = fold::fold(text);
    let key = key.as_str().trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
    if key.chars().count() > 60 {
        return false;
    }
    [
        "公司",
        "集团",
        "中心",
        "研究院",
        "事务所",
        "联盟",
        "inc",
        "ltd",
        "llc",
        "limited",
        "corporation",
        "corp",
        "gmbh",
        "株式会社",
        "co",
    ]
    .iter()
    .any(|w| {
        key.ends_with(w)
            && (w.len() > 3
                || !w.is_ascii()
                || key.ends_with(&format!(" {w}"))
                || key.ends_with(&format!(".{w}"))
                || key.ends_with(&format!(",{w}")))
    })
}

/// Whether a text reads as an enumeration of data items.
pub fn is_data(text: &str) -> bool {
    let key = fold::key(text);
    [
        "imei",
        "androidid",
        "mac地址",
        "oaid",
        "设备信息",
        "设备标识",
        "位置信息",
        "ip地址",
        "设备型号",
        "idfa",
        "网络信息",
        "ipaddress",
        "deviceinformation",
        "手机号",
        "设备类型",
        "网络状态",
        "日志",
    ]
    .iter()
    .any(|w| key.contains(w))
}
