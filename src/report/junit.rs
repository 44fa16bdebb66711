//! The report as JUnit XML: one test case per finding and per rule that found nothing at the gate.

use super::Report;
use super::words::{evidence, severity};
use crate::finding::Finding;
use crate::lang::Lang;
use std::io::{self, Write};

/// Prints the report.
pub fn render(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let failures = report.findings.iter().filter(|f| report.gate.stops(f)).count();
    let skipped = report.findings.iter().filter(|f| f.suppressed.is_some()).count();
    let hidden: Vec<_> = report.limitations.iter().filter(|l| l.hides.is_some()).collect();
    let tests = report.findings.len() + hidden.len();
    let app = report.app.id.as_deref().unwrap_or(report.package());
    let counts = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{skipped}\"",
        hidden.len()
    );
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"sdkaudit\" {counts}>")?;
    let stamp = report.stamp.as_ref().map(|s| format!(" timestamp=\"{}\"", xml(s))).unwrap_or_default();
    writeln!(out, "  <testsuite name=\"{}\"{stamp} {counts}>", xml(app))?;
    for f in &report.findings {
        case(report, f, lang, out)?;
    }
    for l in hidden {
        let detail = xml(l.detail.get(lang));
        writeln!(out, "    <testcase classname=\"sdkaudit.limitation\" name=\"{detail}\">")?;
        writeln!(out, "      <error type=\"incomplete\" message=\"{detail}\"/>\n    </testcase>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(report: &Report, f: &Finding, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let file = report.anchor(f);
    let at = file.map(|(d, s)| format!(" file=\"{}\" line=\"{}\"", xml(&d.name), d.line(s.start)));
    let name = format!("{} [{}]", f.subject.key, f.fingerprint.0);
    let at = at.unwrap_or_default();
    writeln!(out, "    <testcase classname=\"sdkaudit.{}\" name=\"{}\"{at}>", f.rule, xml(&name))?;
    let message = xml(f.message.get(lang));
    let lines: Vec<String> = f.evidence.iter().map(|e| xml(&evidence(e, lang))).collect();
    let body = lines.join("\n");
    if let Some(s) = &f.suppressed {
        writeln!(out, "      <skipped message=\"{}\"/>", xml(&s.reason))?;
    } else if report.gate.stops(f) {
        let kind = severity(f.severity, Lang::En);
        writeln!(out, "      <failure type=\"{kind}\" message=\"{message}\">{body}</failure>")?;
    } else {
        writeln!(out, "      <system-out>{message}\n{body}</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}

/// Text for XML 1.0: specials escaped, characters that XML forbids or that act on readers shown.
pub fn xml(text: &str) -> String {
    super::markdown::html(text)
}
