//! For the tests of readers: a page of plain lines, read by one reader.

use super::page::{Line, LineKind, Page, Taken};
use super::read::{Context, Found};
use super::rich::Rich;
use crate::location::DocumentId;

/// What one reader finds in plain lines that nobody read before it and that stand under no heading.
pub fn read_lines(lines: &[&str], read: impl FnOnce(&Context<'_>, &mut Taken, &mut Found)) -> Found {
    let mut page = Page::default();
    let mut at = 0;
    for line in lines {
        page.lines.push(Line::new(Rich::verbatim(line, at), LineKind::Plain));
        at += line.len() + 1;
    }
    let text = lines.join("\n");
    let headings = vec![Vec::new(); page.lines.len()];
    let context = Context { document: DocumentId(0), text: &text, page: &page, headings };
    let mut taken = Taken::new(page.lines.len());
    let mut found = Found::default();
    read(&context, &mut taken, &mut found);
    found
}
