//! The report for CI systems that show it beside the code: GitHub workflow commands, GitLab Code Quality.

use super::Report;
use super::safe::line;
use super::words::say;
use crate::finding::Severity;
use crate::lang::Lang;
use serde_json::json;
use std::io::{self, Write};

/// GitHub workflow commands, one per finding (docs.github.com, "Workflow commands for GitHub Actions").
pub fn github(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for l in report.limitations.iter().filter(|l| l.hides.is_some()) {
        let title = property(say(lang, "检查不完整", "incomplete"));
        writeln!(out, "::warning title=sdkaudit%3A {title}::{}", data(l.detail.get(lang)))?;
    }
    for f in report.findings.iter().filter(|f| f.suppressed.is_none()) {
        let command = match f.severity {
            Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        let place = report.anchor(f).map(|(d, span)| {
            let at = d.position(span);
            // Columns only within one line: GitHub ignores the annotation's range otherwise.
            let columns = if at.line == at.end_line && report.quoted(f).is_some() {
                format!(",col={},endColumn={}", at.column, at.end_column)
            } else {
                String::new()
            };
            format!("file={},line={}{columns},", property(&d.name), at.line)
        });
        let message = match report.seen(f) {
            Some((path, item)) => format!("{} ({path} {item})", f.message.get(lang)),
            None => f.message.get(lang).to_owned(),
        };
        writeln!(
            out,
            "::{command} {}title={}::{}",
            place.unwrap_or_default(),
            property(f.rule),
            data(&message)
        )?;
    }
    Ok(())
}

/// Data of a workflow command: no character may end the line or start another command.
fn data(text: &str) -> String {
    line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// GitLab Code Quality report (docs.gitlab.com, "Code Quality report format").
pub fn gitlab(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.suppressed.is_none())
        .map(|f| {
            let (path, begin) = match report.anchor(f) {
                Some((d, span)) => (d.name.as_str(), d.line(span.start)),
                None => (report.package(), 1),
            };
            json!({
                "description": line(f.message.get(lang)),
                "check_name": f.rule,
                "fingerprint": f.fingerprint.0,
                "severity": match f.severity {
                    Severity::High => "critical",
                    Severity::Medium => "major",
                    Severity::Low => "minor",
                    Severity::Info => "info",
                },
                "location": { "path": path, "lines": { "begin": begin } },
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues).map_err(io::Error::from)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_start_a_command() {
        assert_eq!(data("a\n::error::b 100%"), "a ::error::b 100%25");
        assert_eq!(property("p,line=1::x"), "p%2Cline=1%3A%3Ax");
    }
}
