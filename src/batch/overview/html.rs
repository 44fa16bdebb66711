//! The overview as one page in both languages.

use super::{Section, head_of};
use crate::lang::Lang;
use crate::report::html::{both, head, switch};
use crate::report::markdown::html as escape;
use std::io::{self, Write};

/// Writes the page.
pub fn write(sections: &[Section], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    head("sdkaudit batch", lang, out)?;
    writeln!(
        out,
        "<header><div class=\"top\"><span class=\"brand\">{}</span>{}</div>\n<h1>{}</h1></header>\n<nav><div>",
        both("sdkaudit · 批量审计", "sdkaudit · batch"),
        switch(),
        both("批量审计概览", "Overview of a batch")
    )?;
    for section in sections {
        writeln!(out, "<a href=\"#{}\">{}</a>", section.name, both(&section.title.zh, &section.title.en))?;
    }
    writeln!(out, "</div></nav>\n<main>")?;
    for section in sections {
        write_section(section, out)?;
    }
    writeln!(out, "</main>\n<footer><p>sdkaudit {}</p></footer>\n</body>\n</html>", env!("CARGO_PKG_VERSION"))
}

fn write_section(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let Section { name, title, table, total, .. } = section;
    writeln!(out, "<section id=\"{name}\">\n<h2>{}</h2>", both(&title.zh, &title.en))?;
    if table.rows.is_empty() {
        return writeln!(out, "<p>{}</p>\n</section>", both("无", "none"));
    }
    writeln!(out, "<div class=\"scroll\"><table>\n<thead><tr>")?;
    for column in &table.columns {
        let head = head_of(column);
        writeln!(out, "<th>{}</th>", head.map_or_else(|| escape(column), |h| both(&h.zh, &h.en)))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for (column, cell) in table.columns.iter().zip(row) {
            match cell.parse::<f64>() {
                Ok(share) if column.ends_with("percent") => write!(
                    out,
                    "<td><meter min=\"0\" max=\"100\" value=\"{share}\"></meter> {}</td>",
                    escape(cell)
                )?,
                _ => write!(out, "<td>{}</td>", escape(cell))?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")?;
    let shown = table.rows.len();
    if *total > shown {
        let note = both(
            &format!("共 {total} 行，此处 {shown} 行；XLSX 概览与 sdkaudit batch query 给出更多"),
            &format!("{shown} of {total} rows; the XLSX overview and `sdkaudit batch query` give more"),
        );
        writeln!(out, "<p>{note}</p>")?;
    }
    writeln!(out, "</section>")
}
