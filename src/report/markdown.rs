//! The report as Markdown for a pull request: what matters first, the rest folded.

use super::safe::{acts, cut, line};
use super::words::{self, evidence, say, summary_line};
use super::{Outcome, Report, Row, Verdict};
use crate::finding::Finding;
use crate::lang::Lang;
use std::io::{self, Write};

/// Rows and findings shown before the rest is only counted; GitHub cuts comments at 65,536 characters.
const SHOWN: usize = 60;

/// Prints the report.
pub fn render(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mark = match report.outcome {
        Outcome::Clean => "✅",
        Outcome::Findings => "❌",
        Outcome::Incomplete => "⚠️",
    };
    let app = report.app.id.as_deref().unwrap_or(report.package());
    let version = report.app.version_name.as_deref().unwrap_or("");
    writeln!(out, "### {mark} sdkaudit: {}\n", code(&format!("{app} {version}")))?;
    writeln!(out, "{}\n", md(&summary_line(report, lang)))?;
    if let Some(stamp) = &report.stamp {
        writeln!(out, "{}\n", md(stamp))?;
    }
    if !report.limitations.is_empty() {
        writeln!(
            out,
            "**{}**\n",
            say(lang, "限制（未能看到的内容）", "Limitations (what could not be seen)")
        )?;
        for l in &report.limitations {
            writeln!(out, "- {}", md(l.detail.get(lang)))?;
        }
        writeln!(out)?;
    }
    for n in &report.notices {
        let at = format!("{}:{}", n.file, n.line);
        writeln!(out, "- {}: {}\n", code(&at), md(n.message.get(lang)))?;
    }
    let matters = |r: &&Row| r.verdict <= Verdict::Ambiguous;
    let open: Vec<&Row> = report.comparison.iter().filter(matters).collect();
    if !open.is_empty() {
        table(&open, lang, out)?;
    }
    for (title, list) in findings_by_gate(report, lang) {
        if list.is_empty() {
            continue;
        }
        writeln!(out, "<details><summary>{title} ({})</summary>\n", list.len())?;
        for f in list.iter().take(SHOWN) {
            finding(report, f, lang, out)?;
        }
        if list.len() > SHOWN {
            writeln!(out, "- … +{}", list.len() - SHOWN)?;
        }
        writeln!(out, "\n</details>\n")?;
    }
    let rest: Vec<&Row> = report.comparison.iter().filter(|r| !matters(r)).collect();
    if !rest.is_empty() {
        writeln!(
            out,
            "<details><summary>{} ({})</summary>\n",
            say(lang, "其余对照", "Rest of the comparison"),
            rest.len()
        )?;
        table(&rest, lang, out)?;
        writeln!(out, "</details>")?;
    }
    Ok(())
}

fn findings_by_gate(report: &Report, lang: Lang) -> [(&'static str, Vec<&Finding>); 2] {
    let (stopping, other): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().filter(|f| f.suppressed.is_none()).partition(|f| report.gate.stops(f));
    [
        (say(lang, "须处理的发现项", "Findings at the gate"), stopping),
        (say(lang, "其他发现项", "Other findings"), other),
    ]
}

fn table(rows: &[&Row], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "| SDK | {} | {} | {} |\n|---|---|---|---|",
        say(lang, "应用中", "In the app"),
        say(lang, "政策中", "In the policy"),
        say(lang, "结论", "Verdict")
    )?;
    for row in rows.iter().take(SHOWN) {
        let app = row
            .app
            .as_ref()
            .and_then(|a| a.evidence.first())
            .map_or_else(|| "—".to_owned(), |e| md(&evidence(e, lang)));
        let policy = row.policy.first().map_or_else(
            || "—".to_owned(),
            |p| {
                format!(
                    "{} {}",
                    md(&cut(&line(&p.name), 40)),
                    say(lang, "行", "line").to_owned() + &format!(" {}", p.line)
                )
            },
        );
        writeln!(out, "| **{}** | {app} | {policy} | {} |", md(row.name.get(lang)), row.verdict.text(lang))?;
    }
    if rows.len() > SHOWN {
        writeln!(out, "| … +{} | | | |", rows.len() - SHOWN)?;
    }
    writeln!(out)
}

fn finding(report: &Report, f: &Finding, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "- **{}** ({}) {}", f.rule, words::severity(f.severity, lang), md(f.message.get(lang)))?;
    if let Some((document, span)) = report.quoted(f) {
        let at = document.line(span.start);
        let quote = cut(&line(span.of(&document.text)), 160);
        writeln!(out, "  - {}:{at}: {}", md(&document.name), code(&quote))?;
    }
    for e in f.evidence.iter().filter(|e| !matches!(e, crate::evidence::Evidence::Quoted { .. })).take(3) {
        writeln!(out, "  - {}", md(&evidence(e, lang)))?;
    }
    Ok(())
}

/// Text for Markdown: one line, no markup, no mention of users or issues.
pub fn md(text: &str) -> String {
    let mut out = String::new();
    for c in html(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '@' => out.push_str("&#64;"),
            _ => out.push(c),
        }
    }
    out
}

/// Code as HTML, which Markdown passes on: inert even where a renderer passes on markup in code spans.
fn code(text: &str) -> String {
    format!("<code>{}</code>", md(text))
}

/// Text for HTML and XML: one line, specials as entities, acting characters shown.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Allowed in no XML document (XML 1.0, 2.2 Characters).
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if acts(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_mentions_are_inert() {
        assert_eq!(
            md("<img src=x> @team [a](b) | `c`"),
            "&lt;img src=x&gt; &#64;team \\[a\\](b) \\| \\`c\\`"
        );
        assert_eq!(html("a\u{1b}\"'\n b"), "a\\u{1b}&quot;&#39; b");
    }
}
