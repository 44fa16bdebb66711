//! The report as comma-separated values (RFC 4180), with a byte order mark so that spreadsheets read Chinese.

use super::safe::line;
use super::words::{self, evidence, place};
use super::{Report, Verdict};
use crate::evidence::Evidence;
use crate::lang::Lang;
use std::io::{self, Write};

/// Findings, one per line.
pub fn findings(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out)?;
    sheet.row([
        "rule",
        "severity",
        "confidence",
        "subject_kind",
        "subject",
        "message",
        "document",
        "line",
        "quoted",
        "package",
        "seen",
        "absent",
        "fingerprint",
        "suppressed",
    ])?;
    for f in &report.findings {
        let quoted = f.evidence.iter().find_map(|e| match e {
            Evidence::Quoted { line, text, .. } => Some((*line, text.as_str())),
            _ => None,
        });
        let seen = f.evidence.iter().find_map(|e| match e {
            Evidence::Seen { at, .. } => Some((place(report, at), evidence(e, lang))),
            _ => None,
        });
        let absent = f.evidence.iter().find(|e| matches!(e, Evidence::Absent { .. }));
        let document = report.quoted(f).map_or("", |(d, _)| d.name.as_str());
        let (package, mark) = seen.unwrap_or_default();
        sheet.row([
            f.rule,
            words::severity(f.severity, Lang::En),
            words::confidence(f.confidence, Lang::En),
            f.subject.kind,
            &f.subject.key,
            f.message.get(lang),
            document,
            &quoted.map_or_else(String::new, |(l, _)| l.to_string()),
            quoted.map_or("", |(_, t)| t),
            &package,
            &mark,
            &absent.map_or_else(String::new, |e| evidence(e, lang)),
            &f.fingerprint.0,
            f.suppressed.as_ref().map_or("", |s| &s.reason),
        ])?;
    }
    Ok(())
}

/// The comparison table, one SDK per line.
pub fn comparison(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out)?;
    sheet.row([
        "sdk",
        "name",
        "category",
        "verdict",
        "verdict_text",
        "confidence",
        "classes",
        "version",
        "carried_by",
        "evidence",
        "declared_as",
        "document",
        "line",
        "findings",
    ])?;
    for row in &report.comparison {
        let app = row.app.as_ref();
        let seen: Vec<String> = app.iter().flat_map(|a| &a.evidence).map(|e| evidence(e, lang)).collect();
        let names: Vec<&str> = row.policy.iter().map(|p| p.name.as_str()).collect();
        let lines: Vec<String> = row.policy.iter().map(|p| p.line.to_string()).collect();
        let document = row.policy.first().and_then(|p| report.document(p.document));
        sheet.row([
            row.key.as_str(),
            row.name.get(lang),
            row.category.as_deref().unwrap_or(""),
            &verdict_id(row.verdict),
            row.verdict.text(lang),
            app.map_or("", |a| words::confidence(a.confidence, Lang::En)),
            &app.map_or_else(String::new, |a| a.classes.to_string()),
            app.and_then(|a| a.version.as_deref()).unwrap_or(""),
            app.and_then(|a| a.carried_by.as_ref()).map_or("", |c| c.as_str()),
            &seen.join("; "),
            &names.join("; "),
            document.map_or("", |d| d.name.as_str()),
            &lines.join("; "),
            &row.findings.join(" "),
        ])?;
    }
    Ok(())
}

/// A sheet of what was read from a policy.
pub fn sheet(sheet: &super::sheet::Sheet, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = Sheet::new(out)?;
    csv.row(sheet.columns.iter().map(|c| c.0))?;
    sheet.rows.iter().try_for_each(|row| csv.row(row.iter().map(String::as_str)))
}

/// The id of a verdict, as JSON prints it.
pub fn verdict_id(verdict: Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A CSV file being written.
pub struct Sheet<'o> {
    out: &'o mut dyn Write,
}

impl<'o> Sheet<'o> {
    /// Starts a file.
    pub fn new(out: &'o mut dyn Write) -> io::Result<Sheet<'o>> {
        out.write_all("\u{FEFF}".as_bytes())?;
        Ok(Sheet { out })
    }

    /// Writes one row.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.out.write_all(b",")?;
            }
            self.out.write_all(cell_text(cell).as_bytes())?;
        }
        self.out.write_all(b"\r\n")
    }
}

/// One cell: on one line, quoted where needed, and never a formula to a spreadsheet (OWASP, "CSV injection").
fn cell_text(cell: &str) -> String {
    let mut text = line(cell);
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(cell_text("个推SDK"), "个推SDK");
        assert_eq!(cell_text("a,\"b\"\nc"), "\"a,\"\"b\"\" c\"");
        assert_eq!(cell_text("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
    }
}
