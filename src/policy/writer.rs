//! Writes the text of a document that is no text itself (Word, a sheet, PDF) and, over it, its page.

use crate::location::Span;
use crate::policy::build::Builder;
use crate::policy::page::{LineKind, Page};

/// One cell as it is written: text, link, rows and columns it spans.
pub(super) struct Cell {
    /// Its text.
    pub text: String,
    /// Where it leads.
    pub link: Option<String>,
    /// Rows it spans.
    pub rows: u32,
    /// Columns it spans.
    pub columns: u32,
}

/// Writes the text of a document and, over it, its page.
#[derive(Default)]
pub(super) struct Writer {
    /// The text so far.
    pub text: String,
    /// The page over it.
    pub page: Builder,
}

impl Writer {
    /// The text, and the page over it.
    pub fn finish(self) -> (String, Page) {
        (self.text, self.page.build())
    }

    /// Appends text; line breaks in it end lines.
    pub fn ink(&mut self, text: &str, strong: bool) {
        for (i, line) in text.split(['\n', '\r']).enumerate() {
            if i > 0 {
                self.end_line();
            }
            for piece in line.split_inclusive(char::is_whitespace) {
                let word = piece.trim_end();
                if !word.is_empty() {
                    self.page.ink(word, self.text.len(), strong);
                    self.text.push_str(word);
                }
                if word.len() < piece.len() {
                    self.page.space(Span::new(self.text.len(), self.text.len() + 1));
                    self.text.push(' ');
                }
            }
        }
    }

    /// Ends the line, if it has text.
    pub fn end_line(&mut self) -> bool {
        self.text.push('\n');
        self.page.end_line()
    }

    /// Begins a link over the next `length` bytes.
    pub fn open_link(&mut self, address: &str, length: usize) {
        self.page.open_link(address.to_owned(), Span::new(self.text.len(), self.text.len() + length));
    }

    /// Breaks the text where a line of the page goes on in the next one of the source, with or without a space between.
    pub fn soft_break(&mut self, spaced: bool) {
        if spaced {
            self.page.space(Span::new(self.text.len(), self.text.len() + 1));
        }
        self.text.push('\n');
    }

    /// Ends a line of running text, whose own marks say what it is.
    pub fn end_text_line(&mut self) -> bool {
        self.text.push('\n');
        self.page.end_text_line()
    }

    /// Appends a table of plain cells.
    pub fn table(&mut self, rows: Vec<Vec<String>>) {
        let cell = |text| Cell { text, link: None, rows: 1, columns: 1 };
        self.linked_table(rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect());
    }

    /// Appends a heading of a part of the document.
    pub fn heading(&mut self, text: &str) {
        self.page.kind(Some(LineKind::Heading(2)));
        self.ink(text, true);
        self.end_line();
        self.page.kind(None);
    }

    /// Appends a table of cells that may span others and lead elsewhere.
    pub fn linked_table(&mut self, rows: Vec<Vec<Cell>>) {
        self.page.open_table();
        for row in rows {
            self.page.open_row();
            for cell in row {
                self.page.open_cell(false, cell.rows, cell.columns);
                let linked = cell.link.is_some() && !cell.text.trim().is_empty();
                if let Some(link) = cell.link.filter(|_| linked) {
                    self.page.open_link(link, Span::new(self.text.len(), self.text.len() + cell.text.len()));
                }
                self.ink(&cell.text, false);
                if linked {
                    self.page.close_link();
                }
                self.text.push('\t');
            }
            self.page.close_cell();
            self.text.push('\n');
        }
        self.page.close_table();
    }
}
