//! Spreadsheets (xlsx) -> their sheets as tables: names as headings, merged cells as spans, links (ECMA-376 part 1,
//! section 18). Hidden sheets are left out: nobody is shown them.

use crate::policy::office::{attribute, entity, part, relations};
use crate::policy::writer::{Cell, Writer};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashMap;
use std::io::Cursor;

/// Most sheets read, columns of one, and cells that merged ranges may cover in all.
const MAX_SHEETS: usize = 64;
const MAX_COLUMNS: usize = 64;
const MAX_MERGED: usize = 1 << 20;

type Zip<'a> = zip::ZipArchive<Cursor<&'a [u8]>>;

/// Writes the sheets of a workbook; `false` if the file is none.
pub(super) fn read(zip: &mut Zip<'_>, out: &mut Writer) -> bool {
    let shared = part(zip, "xl/sharedStrings.xml").map(|xml| strings(&xml)).unwrap_or_default();
    let sheets = sheets(zip);
    let several = sheets.len() > 1;
    let mut any = false;
    for (name, path) in sheets.into_iter().take(MAX_SHEETS) {
        let Some(xml) = part(zip, &path) else { continue };
        any = true;
        let relations = path.rsplit_once('/').and_then(|(directory, file)| {
            Some(relations(&part(zip, &format!("{directory}/_rels/{file}.rels"))?))
        });
        let sheet = Sheet::read(&xml, &shared, &relations.unwrap_or_default());
        // A name that a program gave says nothing.
        let given = name.to_ascii_lowercase();
        let by_program = given.starts_with("sheet") || given.starts_with("工作表");
        if several && !sheet.rows.is_empty() && !by_program {
            out.heading(&name);
        }
        out.linked_table(sheet.laid_out());
    }
    any
}

/// Visible sheets in the order of their tabs: name and part.
fn sheets(zip: &mut Zip<'_>) -> Vec<(String, String)> {
    let targets = part(zip, "xl/_rels/workbook.xml.rels").map(|xml| relations(&xml)).unwrap_or_default();
    let book = part(zip, "xl/workbook.xml").unwrap_or_default();
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    let mut reader = Reader::from_str(&book);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "sheet" => {
                let Some(target) = attribute(&tag, "id").and_then(|id| targets.get(&id)) else { continue };
                let path = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("xl/{target}"),
                };
                let sheet = (attribute(&tag, "name").unwrap_or_default(), path);
                let state = attribute(&tag, "state").unwrap_or_default();
                if state.to_ascii_lowercase().contains("hidden") {
                    hidden.push(sheet)
                } else {
                    shown.push(sheet)
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if shown.is_empty() {
        shown = hidden;
    }
    if shown.is_empty() {
        // No list of sheets that can be read: by the names of their parts.
        let names = zip.file_names().flatten().map(|n| n.into_owned());
        let mut named: Vec<String> =
            names.filter(|n| n.starts_with("xl/worksheets/") && n.ends_with(".xml")).collect();
        named.sort_by_key(|n| (n.len(), n.clone()));
        shown = named.into_iter().map(|n| (String::new(), n)).collect();
    }
    shown
}

/// The shared strings of a workbook, phonetic guides left out.
fn strings(xml: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut reader = Reader::from_str(xml);
    let (mut shown, mut guide) = (false, false);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "si" => out.push(String::new()),
                "rPh" => guide = true,
                "t" => shown = !guide,
                _ => {}
            },
            Event::Empty(tag) if tag.local_name().as_ref() == "si" => out.push(String::new()),
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => shown = false,
                "rPh" => guide = false,
                _ => {}
            },
            Event::Text(text) if shown => push(out.last_mut(), &text),
            Event::GeneralRef(reference) if shown => push(out.last_mut(), &entity(&reference)),
            Event::Eof => break,
            _ => {}
        }
    }
    out
}

fn push(text: Option<&mut String>, more: &str) {
    if let Some(text) = text {
        text.push_str(more);
    }
}

/// A sheet: rows with their numbers, and what is said about ranges of cells.
#[derive(Default)]
struct Sheet {
    rows: Vec<(usize, Vec<String>)>,
    merged: Vec<Area>,
    links: HashMap<(usize, usize), String>,
}

/// A range of cells: rows and columns from 0, ends included.
struct Area {
    rows: (usize, usize),
    columns: (usize, usize),
}

impl Sheet {
    fn read(xml: &str, shared: &[String], relations: &HashMap<String, String>) -> Sheet {
        let mut out = Sheet::default();
        let mut reader = Reader::from_str(xml);
        let (mut is_shared, mut shown) = (false, false);
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                    "row" => {
                        let next = out.rows.last().map_or(0, |(n, _)| n + 1);
                        let number = attribute(&tag, "r").and_then(|r| r.parse::<usize>().ok());
                        out.rows.push((number.map_or(next, |n| n.saturating_sub(1).max(next)), Vec::new()));
                    }
                    "c" => {
                        is_shared = attribute(&tag, "t").as_deref() == Some("s");
                        if let Some((_, row)) = out.rows.last_mut() {
                            let column = attribute(&tag, "r").map_or(row.len(), |r| place(&r).1);
                            while row.len() < column.min(MAX_COLUMNS) {
                                row.push(String::new());
                            }
                            row.push(String::new());
                        }
                    }
                    "v" | "t" => shown = true,
                    "mergeCell" if out.merged.len() < MAX_MERGED => {
                        out.merged.extend(attribute(&tag, "ref").and_then(|r| area(&r)));
                    }
                    "hyperlink" => {
                        let target = attribute(&tag, "id").and_then(|id| relations.get(&id));
                        let web = target.filter(|t| t.starts_with("http://") || t.starts_with("https://"));
                        if let (Some(at), Some(target)) = (attribute(&tag, "ref"), web) {
                            out.links.insert(place(&at), target.clone());
                        }
                    }
                    _ => {}
                },
                Event::End(tag) if matches!(tag.local_name().as_ref(), "v" | "t") => shown = false,
                Event::Text(text) if shown => {
                    let value = match text.parse::<usize>().ok().filter(|_| is_shared) {
                        Some(n) => shared.get(n).cloned().unwrap_or_default(),
                        None => text.to_string(),
                    };
                    push(out.rows.last_mut().and_then(|(_, row)| row.last_mut()), &value);
                }
                Event::GeneralRef(reference) if shown => {
                    push(out.rows.last_mut().and_then(|(_, row)| row.last_mut()), &entity(&reference));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        out
    }

    /// Rows of cells; those that a merged range covers are left out, as in HTML.
    fn laid_out(self) -> Vec<Vec<Cell>> {
        let mut spans: HashMap<(usize, usize), (u32, u32)> = HashMap::new();
        let mut covered = std::collections::HashSet::new();
        let mut left = MAX_MERGED;
        for area in &self.merged {
            let first = self.rows.partition_point(|(n, _)| *n < area.rows.0);
            let end = self.rows.partition_point(|(n, _)| *n <= area.rows.1);
            let columns = area.columns.0..=area.columns.1.min(MAX_COLUMNS);
            let size = (end - first).saturating_mul(columns.clone().count());
            if size < 2 || size > left {
                continue;
            }
            left -= size;
            // Excel empties what a merge covers; a range over cells with text is none.
            let rows = self.rows.get(first..end).unwrap_or(&[]).iter().enumerate();
            let filled = |(r, (_, cells)): (usize, &(usize, Vec<String>))| {
                let over = cells.iter().enumerate().filter(|(c, _)| columns.contains(c));
                over.filter(|(c, text)| (r, *c) != (0, area.columns.0) && !text.trim().is_empty()).count()
            };
            if rows.map(filled).sum::<usize>() > 0 {
                continue;
            }
            let count = |n: usize| u32::try_from(n).unwrap_or(1);
            spans.insert((first, area.columns.0), (count(end - first), count(columns.clone().count())));
            for row in first..end {
                covered.extend(columns.clone().map(|c| (row, c)).filter(|at| *at != (first, area.columns.0)));
            }
        }
        let mut links = self.links;
        let row = |(index, (number, cells)): (usize, (usize, Vec<String>))| {
            let cells = cells.into_iter().enumerate().filter(|(c, _)| !covered.contains(&(index, *c)));
            let cell = |(column, text): (usize, String)| {
                let (rows, columns) = spans.get(&(index, column)).copied().unwrap_or((1, 1));
                Cell { text, link: links.remove(&(number, column)), rows, columns }
            };
            cells.map(cell).collect()
        };
        self.rows.into_iter().enumerate().map(row).collect()
    }
}

/// Row and column from 0 of a cell reference: `C7` -> (6, 2).
fn place(reference: &str) -> (usize, usize) {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).take(3);
    let column = letters.fold(0usize, |n, b| n * 26 + usize::from(b - b'A') + 1).saturating_sub(1);
    let digits: String = reference.chars().filter(char::is_ascii_digit).take(7).collect();
    (digits.parse::<usize>().unwrap_or(1).saturating_sub(1), column)
}

fn area(reference: &str) -> Option<Area> {
    let (from, to) = reference.split_once(':')?;
    let ((top, left), (bottom, right)) = (place(from), place(to));
    (top <= bottom && left <= right).then_some(Area { rows: (top, bottom), columns: (left, right) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::office;
    use crate::policy::page::LineKind;

    #[test]
    fn references_are_places() {
        assert_eq!(place("A1"), (0, 0));
        assert_eq!(place("AB12"), (11, 27));
        assert_eq!(place(""), (0, 0));
        assert!(area("B3:A1").is_none());
    }

    #[test]
    fn sheets_keep_their_order_names_spans_and_links() {
        let book = "<workbook><sheets><sheet name=\"说明\" state=\"hidden\" r:id=\"r3\"/><sheet name=\"iOS\" r:id=\"r2\"/>\
            <sheet name=\"安卓\" r:id=\"r1\"/></sheets></workbook>";
        let targets = "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/>\
            <Relationship Id=\"r2\" Target=\"/xl/worksheets/sheet9.xml\"/>\
            <Relationship Id=\"r3\" Target=\"worksheets/sheet2.xml\"/></Relationships>";
        let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let android = format!(
            "<worksheet><sheetData><row r=\"1\">{}{}</row><row r=\"3\">{}{}</row><row r=\"4\">{}{}</row></sheetData>\
             <mergeCells><mergeCell ref=\"A3:A4\"/><mergeCell ref=\"A1:XFD1048576\"/></mergeCells>\
             <hyperlinks><hyperlink ref=\"B3\" r:id=\"l\"/></hyperlinks></worksheet>",
            cell("A1", "SDK名称"),
            cell("B1", "隐私政策"),
            cell("A3", "甲"),
            cell("B3", "查看"),
            cell("A4", ""),
            cell("B4", "a&amp;b"),
        );
        let ios = format!("<worksheet><sheetData><row>{}</row></sheetData></worksheet>", cell("A1", "乙"));
        let zipped = office::tests::zipped(&[
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", targets),
            ("xl/worksheets/sheet1.xml", &android),
            ("xl/worksheets/_rels/sheet1.xml.rels", "<r><x Id=\"l\" Target=\"https://a.example/p\"/></r>"),
            (
                "xl/worksheets/sheet2.xml",
                "<worksheet><sheetData><row><c><v>9</v></c></row></sheetData></worksheet>",
            ),
            ("xl/worksheets/sheet9.xml", &ios),
        ]);
        let (format, _, page) = office::read(&zipped).expect("workbook");
        let lines: Vec<&str> = page.lines.iter().map(|l| l.str()).collect();
        assert_eq!(
            (format, lines),
            ("xlsx", vec!["iOS", "乙", "安卓", "SDK名称", "隐私政策", "甲", "查看", "a&b"])
        );
        assert_eq!(page.lines.first().map(|l| l.kind), Some(LineKind::Heading(2)));
        let link =
            page.lines.iter().find(|l| l.str() == "查看").and_then(|l| l.text.links().first().cloned());
        assert_eq!(link.map(|l| l.href).as_deref(), Some("https://a.example/p"));
        let grid = crate::policy::grid::Grid::of_table(&page, page.tables.last().expect("table"));
        assert_eq!(grid.rows.get(1).and_then(|r| r.first()), grid.rows.get(2).and_then(|r| r.first()));
    }
}
