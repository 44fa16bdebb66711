//! Word documents (docx) and spreadsheets (xlsx) -> their text, and `Page`s over it. Both are zip files of XML;
//! only the parts that hold text are read (ECMA-376 parts 17 and 18).

use crate::location::Span;
use crate::policy::page::{LineKind, Page};
use crate::policy::workbook;
use crate::policy::writer::Writer;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Cursor, Read};

/// Most bytes inflated of one part.
const MAX_PART: u64 = 64 << 20;

/// Text and page of an office document, with its format; `None` if the bytes are no such document.
pub fn read(bytes: &[u8]) -> Option<(&'static str, String, Page)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    if let Some(document) = part(&mut zip, "word/document.xml") {
        let links =
            part(&mut zip, "word/_rels/document.xml.rels").map(|xml| relations(&xml)).unwrap_or_default();
        let mut out = Writer::default();
        word(&document, &links, &mut out);
        let (text, page) = out.finish();
        return Some(("docx", text, page));
    }
    let mut out = Writer::default();
    let any = workbook::read(&mut zip, &mut out);
    let (text, page) = out.finish();
    any.then_some(("xlsx", text, page))
}

/// What a zip file is that is no office document: `package`, `odt` or `zip`.
pub fn kind(bytes: &[u8]) -> &'static str {
    let Ok(zip) = zip::ZipArchive::new(Cursor::new(bytes)) else { return "zip" };
    let has = |name: &str| zip.index_for_name(name).is_some();
    match () {
        () if has("AndroidManifest.xml") || has("base/manifest/AndroidManifest.xml") => "package",
        () if has("content.xml") && has("mimetype") => "odt",
        () => "zip",
    }
}

/// Rows of comma, semicolon or tab separated values as text and page; quotes as in RFC 4180.
pub fn read_csv(text: &str) -> (String, Page) {
    let counted = |mark: &char| text.lines().take(20).map(|l| l.matches(*mark).count()).sum::<usize>();
    let mark = [';', '\t', ','].into_iter().max_by_key(counted).unwrap_or(',');
    // A quote that never ends is no quote.
    let rows = separated(text, mark, true).or_else(|| separated(text, mark, false)).unwrap_or_default();
    let mut out = Writer::default();
    out.table(rows);
    out.finish()
}

/// Rows of separated values; `None` where a quotation is left open.
fn separated(text: &str, mark: char, quotes: bool) -> Option<Vec<Vec<String>>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if quotes && cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            c if c == mark && !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    (!quoted).then_some(rows)
}

pub(super) fn part(zip: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<String> {
    let file = zip.by_name(name).ok()?;
    let mut out = Vec::new();
    file.take(MAX_PART).read_to_end(&mut out).ok()?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes().with_checks(false).flatten().find_map(|a| {
        (a.key.local_name().as_ref() == name).then(|| {
            quick_xml::escape::unescape(&a.value).map_or_else(|_| a.value.to_string(), Cow::into_owned)
        })
    })
}

pub(super) fn relations(xml: &str) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let mut reader = Reader::from_str(xml);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                if let (Some(id), Some(target)) = (attribute(&tag, "Id"), attribute(&tag, "Target")) {
                    out.insert(id, target);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    out
}

pub(super) fn entity(reference: &BytesRef<'_>) -> String {
    let source = format!("&{};", &**reference);
    quick_xml::escape::unescape(&source).map_or(String::new(), Cow::into_owned)
}

/// WordprocessingML: paragraphs, runs, tables, links.
fn word(xml: &str, links: &HashMap<String, String>, out: &mut Writer) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let (mut shown, mut bold, mut lines) = (false, false, 0usize);
    let mut span = 1u32;
    let mut cell_open = false;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "p" => lines = out.page.lines(),
                "r" => bold = false,
                "t" => shown = true,
                "tbl" => out.page.open_table(),
                "tr" => out.page.open_row(),
                "tc" => {
                    (span, cell_open) = (1, false);
                    out.page.close_cell();
                }
                "hyperlink" => {
                    if let Some(target) = attribute(&tag, "id").and_then(|id| links.get(&id)) {
                        let here = Span::new(out.text.len(), out.text.len());
                        out.page.open_link(target.clone(), here);
                    }
                }
                "tcPr" => {}
                _ => {}
            },
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "gridSpan" => span = attribute(&tag, "val").and_then(|v| v.parse().ok()).unwrap_or(1),
                "vMerge" if attribute(&tag, "val").as_deref() != Some("restart") => {
                    out.page.open_cell(false, 1, span);
                    out.page.merge_up();
                    cell_open = true;
                }
                "b" => bold = !matches!(attribute(&tag, "val").as_deref(), Some("0" | "false")),
                "tab" => out.page.space(Span::new(out.text.len(), out.text.len())),
                "br" | "cr" => {
                    out.end_line();
                }
                "pStyle" => {
                    let style = attribute(&tag, "val").unwrap_or_default().to_ascii_lowercase();
                    let level =
                        style.bytes().rev().find(u8::is_ascii_digit).map_or(1, |d| (d - b'0').clamp(1, 6));
                    if style.starts_with("heading") || style == "title" {
                        out.page.kind(Some(LineKind::Heading(level)));
                    }
                }
                "numPr" | "ilvl" => out.page.kind(Some(LineKind::Item(0))),
                "p" => out.page.gap(),
                _ => {}
            },
            Event::Text(text) if shown => {
                if out.page.in_table() && !cell_open {
                    out.page.open_cell(false, 1, span);
                    cell_open = true;
                }
                out.ink(&text, bold);
            }
            Event::GeneralRef(reference) if shown => out.ink(&entity(&reference), bold),
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => shown = false,
                "hyperlink" => out.page.close_link(),
                "p" => {
                    out.end_line();
                    if out.page.lines() == lines {
                        out.page.gap();
                    }
                    out.page.kind(None);
                }
                "tc" => {
                    if !cell_open {
                        out.page.open_cell(false, 1, span);
                    }
                    out.page.close_cell();
                    cell_open = true;
                }
                "tbl" => out.page.close_table(),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;

    pub(in crate::policy) fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            let options =
                zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            zip.start_file(*name, options).expect("entry");
            zip.write_all(text.as_bytes()).expect("bytes");
        }
        zip.finish().expect("zip").into_inner()
    }

    #[test]
    fn reads_words_and_tables() {
        let xml = "<w:document><w:body><w:p><w:r><w:t>甲</w:t></w:r><w:r><w:t>SDK</w:t></w:r></w:p><w:tbl>\
            <w:tr><w:tc><w:p><w:r><w:t>名称</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>目的</w:t></w:r></w:p></w:tc></w:tr>\
            <w:tr><w:tc><w:tcPr><w:vMerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>乙</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>a&amp;b</w:t></w:r></w:p></w:tc></w:tr>\
            <w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>丁</w:t></w:r></w:p></w:tc></w:tr>\
            </w:tbl></w:body></w:document>";
        let (format, text, page) = read(&zipped(&[("word/document.xml", xml)])).expect("docx");
        let lines: Vec<&str> = page.lines.iter().map(|l| l.str()).collect();
        assert_eq!((format, lines), ("docx", vec!["甲SDK", "名称", "目的", "乙", "a&b", "丁"]));
        assert_eq!(page.lines.first().map(|l| l.span().of(&text)), Some("甲SDK"));
        let grid = crate::policy::grid::Grid::of_table(&page, page.tables.first().expect("table"));
        assert_eq!(grid.rows.get(1).and_then(|r| r.first()), grid.rows.get(2).and_then(|r| r.first()));
    }

    #[test]
    fn reads_sheets_and_separated_values() {
        let shared = "<sst><si><t>名称</t></si><si><t>甲</t></si></sst>";
        let sheet = "<worksheet><sheetData><row><c r=\"A1\" t=\"s\"><v>0</v></c></row><row><c r=\"B2\" t=\"s\"><v>1</v></c></row></sheetData></worksheet>";
        let book = zipped(&[("xl/sharedStrings.xml", shared), ("xl/worksheets/sheet1.xml", sheet)]);
        let (format, _, page) = read(&book).expect("xlsx");
        assert_eq!((format, page.lines.len()), ("xlsx", 2));
        let (_, page) = read_csv("名称,目的\n\"甲, 乙\",\"x \"\"y\"\"\"\n");
        let lines: Vec<&str> = page.lines.iter().map(|l| l.str()).collect();
        assert_eq!(lines, ["名称", "目的", "甲, 乙", "x \"y\""]);
        let (_, page) = read_csv("第三方清单\nSDK名称;目的\n\"甲;乙\n丙;丁\n");
        assert_eq!(page.tables.first().map(|t| t.rows.len()), Some(4), "an open quote takes nothing with it");
    }
}
