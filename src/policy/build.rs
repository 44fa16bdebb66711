//! Assembles a `Page` out of the events of a format: text runs, breaks, blocks, tables, links.

use crate::location::Span;
use crate::policy::markdown;
use crate::policy::page::{Cell, Line, LineKind, Page, Table};
use crate::policy::rich::Rich;

/// Most columns one cell may claim to span.
const MAX_COLUMN_SPAN: u32 = 200;

/// Builds a page from events in text order.
#[derive(Debug, Default)]
pub struct Builder {
    page: Page,
    current: Rich,
    /// Source position of white space not yet written.
    space: Option<Span>,
    kind: Option<LineKind>,
    gap: bool,
    quote: u8,
    list: u8,
    /// Bytes of the current line that stand out, and all bytes that are not white space.
    strong: usize,
    inked: usize,
    tables: Vec<OpenTable>,
    anchors: Vec<(usize, String, Span)>,
}

#[derive(Debug, Default)]
struct OpenTable {
    rows: Vec<Vec<Cell>>,
    first_line: usize,
    cell: Option<Cell>,
    /// Holds another table: laid out with a table, not tabular.
    layout: bool,
}

impl Builder {
    /// Appends a run of text without white space or entities, byte by byte at `source`.
    pub fn ink(&mut self, text: &str, source: usize, strong: bool) {
        self.write_space(text.chars().next());
        self.current.push(text, source);
        self.inked += text.len();
        self.strong += if strong { text.len() } else { 0 };
    }

    /// Appends text that stands for `span` as a whole.
    pub fn ink_for(&mut self, text: &str, span: Span, strong: bool) {
        self.write_space(text.chars().next());
        self.current.push_for(text, span);
        self.inked += text.len();
        self.strong += if strong { text.len() } else { 0 };
    }

    /// White space that collapses with its neighbours.
    pub fn space(&mut self, span: Span) {
        self.space = Some(self.space.map_or(span, |s| s.cover(span)));
    }

    /// White space kept as written.
    pub fn blank(&mut self, text: &str, source: usize) {
        self.current.push(text, source);
    }

    fn write_space(&mut self, next: Option<char>) {
        let Some(span) = self.space.take() else { return };
        let Some(last) = self.current.text().chars().next_back() else { return };
        // A source line break between two ideographs is layout, not a space.
        let glued = span.end - span.start > 1 && is_wide(last) && next.is_some_and(is_wide);
        if !last.is_whitespace() && !glued {
            self.current.push_for(" ", span);
        }
    }

    /// Ends the line, if it has text.
    pub fn end_line(&mut self) -> bool {
        self.finish(|builder, text| Some(Line::new(text.from(0), builder.kind.unwrap_or(LineKind::Plain))))
    }

    /// Ends a line of plain text or Markdown, whose own marks say what it is.
    pub fn end_text_line(&mut self) -> bool {
        self.finish(|_, text| markdown::line(&text))
    }

    fn finish(&mut self, make: impl FnOnce(&Builder, Rich) -> Option<Line>) -> bool {
        self.space = None;
        self.close_anchors();
        let text = std::mem::take(&mut self.current);
        let (strong, inked) = (std::mem::take(&mut self.strong), std::mem::take(&mut self.inked));
        if text.text().trim().is_empty() {
            return false;
        }
        let Some(mut line) = make(self, text) else { return false };
        line.strong |= line.is_heading() || (inked > 0 && strong * 10 >= inked * 9);
        line.gap |= std::mem::take(&mut self.gap);
        line.quote = line.quote.saturating_add(self.quote);
        self.page.lines.push(line);
        true
    }

    /// Lines so far.
    pub fn lines(&self) -> usize {
        self.page.lines.len()
    }

    /// Notes that an empty line stands before the next line.
    pub fn gap(&mut self) {
        self.gap = true;
    }

    /// Sets what the next lines are; `None` is plain.
    pub fn kind(&mut self, kind: Option<LineKind>) {
        self.kind = kind;
    }

    /// Begins a list item.
    pub fn item(&mut self) {
        self.kind = Some(LineKind::Item(self.list.saturating_sub(1)));
    }

    /// Enters or leaves a list.
    pub fn list(&mut self, enter: bool) {
        self.list = if enter { self.list.saturating_add(1) } else { self.list.saturating_sub(1) };
        self.kind = None;
    }

    /// Enters or leaves a quotation.
    pub fn quote(&mut self, enter: bool) {
        self.quote = if enter { self.quote.saturating_add(1) } else { self.quote.saturating_sub(1) };
    }

    /// Begins a link.
    pub fn open_link(&mut self, href: String, span: Span) {
        if self.anchors.len() < 16 {
            // The pending space stands before the link.
            self.write_space(Some('a'));
            self.anchors.push((self.current.len(), href, span));
        }
    }

    /// Ends the innermost link.
    pub fn close_link(&mut self) {
        if let Some((from, href, span)) = self.anchors.pop() {
            self.current.link_from(from, href, span);
        }
    }

    /// Links that run on over the end of a line cover its rest and go on in the next.
    fn close_anchors(&mut self) {
        for (from, href, span) in &mut self.anchors {
            self.current.link_from(*from, href.clone(), *span);
            *from = 0;
        }
    }

    /// Whether a table is open.
    pub fn in_table(&self) -> bool {
        !self.tables.is_empty()
    }

    /// Begins a table.
    pub fn open_table(&mut self) {
        self.end_line();
        if let Some(outer) = self.tables.last_mut() {
            outer.layout = true;
        }
        self.tables.push(OpenTable { first_line: self.page.lines.len(), ..OpenTable::default() });
        self.gap = true;
    }

    /// Begins a row.
    pub fn open_row(&mut self) {
        self.close_cell();
        if let Some(table) = self.tables.last_mut() {
            table.rows.push(Vec::new());
        }
    }

    /// Begins a cell; a cell outside any row begins one.
    pub fn open_cell(&mut self, header: bool, rows: u32, columns: u32) {
        self.close_cell();
        let line = self.page.lines.len();
        if let Some(table) = self.tables.last_mut() {
            if table.rows.is_empty() {
                table.rows.push(Vec::new());
            }
            let columns = columns.clamp(1, MAX_COLUMN_SPAN);
            table.cell = Some(Cell { lines: line..line, header, rows: rows.max(1), columns, above: false });
        }
    }

    /// The open cell goes on with the one above it.
    pub fn merge_up(&mut self) {
        if let Some(cell) = self.tables.last_mut().and_then(|t| t.cell.as_mut()) {
            cell.above = true;
        }
    }

    /// Ends the open cell.
    pub fn close_cell(&mut self) {
        self.end_line();
        let line = self.page.lines.len();
        if let Some(table) = self.tables.last_mut()
            && let Some(mut cell) = table.cell.take()
        {
            cell.lines.end = line;
            if let Some(row) = table.rows.last_mut() {
                row.push(cell);
            }
        }
        self.kind = None;
    }

    /// Ends the innermost table.
    pub fn close_table(&mut self) {
        self.close_cell();
        let Some(table) = self.tables.pop() else { return };
        self.gap = true;
        let lines = table.first_line..self.page.lines.len();
        if table.layout || lines.is_empty() {
            return;
        }
        let id = u32::try_from(self.page.tables.len()).unwrap_or(u32::MAX);
        for line in self.page.lines.get_mut(lines.clone()).unwrap_or_default() {
            line.table = Some(id);
        }
        let rows = table.rows.into_iter().filter(|r| !r.is_empty()).collect();
        self.page.tables.push(Table { rows, lines });
    }

    /// The page.
    pub fn build(mut self) -> Page {
        while self.in_table() {
            self.close_table();
        }
        self.end_line();
        self.page
    }
}

/// Ideographs, kana, and their punctuation: scripts written without spaces.
pub fn is_wide(c: char) -> bool {
    matches!(c as u32, 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
}
