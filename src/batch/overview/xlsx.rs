//! The overview as a workbook: one sheet per question, to be filtered and sorted.

use super::{Section, head_of};
use crate::lang::Lang;
use crate::report::xlsx::{Cell, text, workbook};
use std::io::{self, Write};

/// Width of a column of words, and of one of numbers.
const WORDS: f64 = 36.0;
const NUMBERS: f64 = 12.0;

/// Writes the workbook.
pub fn write(sections: &[Section], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(lang, |sheets| {
        for section in sections {
            let table = &section.table;
            let numbers: Vec<bool> = (0..table.columns.len())
                .map(|i| {
                    table
                        .rows
                        .iter()
                        .take(50)
                        .all(|r| r.get(i).is_none_or(|c| number(c).is_some() || c.is_empty()))
                })
                .collect();
            let heads: Vec<(String, String, f64)> = table
                .columns
                .iter()
                .zip(&numbers)
                .map(|(column, numeric)| {
                    let width = if *numeric { NUMBERS } else { WORDS };
                    match head_of(column) {
                        Some(head) => (head.zh, head.en, width),
                        None => (column.clone(), column.clone(), width),
                    }
                })
                .collect();
            let columns: Vec<(&str, &str, f64)> =
                heads.iter().map(|(zh, en, width)| (zh.as_str(), en.as_str(), *width)).collect();
            let rows: Vec<Vec<Cell>> = table
                .rows
                .iter()
                .map(|row| {
                    row.iter().map(|cell| number(cell).map_or_else(|| text(cell), Cell::Number)).collect()
                })
                .collect();
            sheets.add((&section.sheet.zh, &section.sheet.en), &columns, &rows)?;
        }
        Ok(())
    });
    out.write_all(&bytes.map_err(io::Error::other)?)
}

/// A plain number; what only looks like one in part (a version, a hash, `12 (3)`) stays text.
fn number(cell: &str) -> Option<f64> {
    let plain = cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    let leading = cell.trim_start_matches(['-', '+']);
    let padded = leading.len() > 1 && leading.starts_with('0') && !leading.starts_with("0.");
    if !plain || padded || cell.len() > 15 { None } else { cell.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_plain_numbers_are_numbers() {
        assert_eq!(number("12.5"), Some(12.5));
        assert_eq!(number("-3"), Some(-3.0));
        assert_eq!(number("0"), Some(0.0));
        for word in ["", "1.2.3", "007", "12 (3)", "1e5", "nan", "=1+1"] {
            assert_eq!(number(word), None, "{word}");
        }
    }
}
