//! The report for a terminal: one line first, then what could not be seen, the comparison, the findings.

use super::safe::{cut, line, width};
use super::words::{self, evidence, place, summary_line};
use super::{Report, Row, Verdict};
use crate::evidence::Evidence;
use crate::finding::{Finding, Severity};
use crate::lang::Lang;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use std::io::{self, Write};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Language of the words around names.
    pub lang: Lang,
    /// Whether to use colours.
    pub color: bool,
    /// Columns available.
    pub width: usize,
    /// Show every row and every piece of evidence.
    pub verbose: bool,
}

impl View {
    /// `text` in an SGR style (ECMA-48 8.3.117), or plain.
    pub fn paint(&self, sgr: &str, text: &str) -> String {
        if self.color { format!("\x1b[{sgr}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The wording in this view's language.
    pub fn say<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A table as wide as the view.
    pub fn table(&self, header: &[&str]) -> Table {
        let mut table = Table::new();
        table.load_style(RULED);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        table.set_header(header.to_vec());
        table
    }
}

/// A rule under the header, nothing else: rows are many, and lines between them would hide the columns.
const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Pieces of evidence shown per finding unless all are asked for.
const EVIDENCE: usize = 4;

const BOLD: &str = "1";
const DIM: &str = "2";

fn color_of(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "1;31",
        Severity::Medium => "1;33",
        Severity::Low => "36",
        Severity::Info => "2",
    }
}

/// Prints the whole report.
pub fn render(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", view.paint(BOLD, &summary_line(report, view.lang)))?;
    writeln!(out, "{}", view.paint(DIM, &identity_line(report, view)))?;
    limitations(report, view, out)?;
    comparison(report, view, out)?;
    findings(report, view, out)?;
    notices(report, view, out)
}

fn notices(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    if report.notices.is_empty() {
        return Ok(());
    }
    let title = view.say("未使用或已到期的设置条目", "Entries of the settings that are unused or expired");
    writeln!(out, "\n{}", view.paint(BOLD, title))?;
    for n in &report.notices {
        let at = format!("{}:{}", n.file, n.line);
        writeln!(out, " · {}  {}", line(n.message.get(view.lang)), view.paint(DIM, &line(&at)))?;
    }
    Ok(())
}

fn identity_line(report: &Report, view: &View) -> String {
    let app = &report.app;
    let id = line(app.id.as_deref().unwrap_or("?"));
    let version = line(app.version_name.as_deref().unwrap_or("?"));
    let documents: Vec<String> =
        report.inputs.iter().filter(|i| i.role == "policy").map(|i| line(&i.name)).collect();
    let policy = view.say("政策", "policy");
    let stamp = report.stamp.as_ref().map(|s| format!("  {}", line(s))).unwrap_or_default();
    format!("{id} {version}  {policy}: {}{stamp}", documents.join(", "))
}

fn limitations(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    if report.limitations.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{}",
        view.paint(BOLD, view.say("限制（未能看到的内容）", "Limitations (what could not be seen)"))
    )?;
    for l in &report.limitations {
        let mark = if l.hides.is_some() { view.paint("1;33", "!") } else { "·".to_owned() };
        writeln!(
            out,
            " {mark} {}  {}",
            line(l.detail.get(view.lang)),
            view.paint(DIM, &place(report, &l.at))
        )?;
    }
    Ok(())
}

fn comparison(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    if report.comparison.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", view.paint(BOLD, view.say("对照", "Comparison")))?;
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["", "SDK", "应用中（依据）", "政策中（行）", "结论"],
        Lang::En => ["", "SDK", "In the app (evidence)", "In the policy (line)", "Verdict"],
    });
    let mut hidden = 0usize;
    for row in &report.comparison {
        if !view.verbose && row.verdict == Verdict::Optional {
            hidden += 1;
            continue;
        }
        table.add_row([
            mark(row.verdict).to_owned(),
            name(row, view.lang),
            in_app(row, view),
            in_policy(report, row, view),
            row.verdict.text(view.lang).to_owned(),
        ]);
    }
    for text in table.lines() {
        writeln!(out, "{}", colour_mark(&text, view))?;
    }
    if hidden > 0 {
        let more = match view.lang {
            Lang::Zh => format!("另有 {hidden} 个不收集数据的库未列出（--verbose 显示）"),
            Lang::En => {
                format!("{hidden} libraries without data collection not shown (--verbose shows them)")
            }
        };
        writeln!(out, "{}", view.paint(DIM, &more))?;
    }
    Ok(())
}

/// One glyph per verdict, so that the table reads without colours too.
fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Undeclared | Verdict::UnknownCode => "✗",
        Verdict::Carried | Verdict::FamilyOnly | Verdict::Ambiguous => "!",
        Verdict::Declared => "✓",
        Verdict::NotFound | Verdict::UnknownName => "?",
        Verdict::OtherPlatform | Verdict::Service | Verdict::Optional => "·",
    }
}

fn colour_mark(text: &str, view: &View) -> String {
    let sgr = match text.trim_start().chars().next() {
        Some('✗') => "31",
        Some('!') => "33",
        Some('✓') => "32",
        Some('?') => "36",
        _ => return text.to_owned(),
    };
    let at = text.len() - text.trim_start().len();
    let end = at + text.get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    match (text.get(..at), text.get(at..end), text.get(end..)) {
        (Some(before), Some(glyph), Some(after)) => format!("{before}{}{after}", view.paint(sgr, glyph)),
        _ => text.to_owned(),
    }
}

fn name(row: &Row, lang: Lang) -> String {
    let shown = line(row.name.get(lang));
    if row.sdk.is_some() && shown != row.key { format!("{shown}\n{}", row.key) } else { shown }
}

fn in_app(row: &Row, view: &View) -> String {
    let Some(app) = &row.app else { return "—".to_owned() };
    let shown = if view.verbose { app.evidence.len() } else { 2 };
    let mut parts: Vec<String> = app.evidence.iter().take(shown).map(|e| evidence(e, view.lang)).collect();
    let rest = app.evidence.len().saturating_sub(shown);
    if rest > 0 {
        parts.push(format!("+{rest}"));
    }
    if let Some(version) = &app.version {
        parts.push(format!("{} {}", view.say("版本", "version"), line(version)));
    }
    if let Some(carrier) = &app.carried_by {
        parts.push(format!("{} {carrier}", view.say("随附于", "carried by")));
    }
    parts.join("\n")
}

fn in_policy(report: &Report, row: &Row, view: &View) -> String {
    if row.policy.is_empty() {
        return "—".to_owned();
    }
    let many = report.documents.len() > 1;
    let mut lines: Vec<String> = Vec::new();
    for p in row.policy.iter().take(if view.verbose { usize::MAX } else { 3 }) {
        let document = if many { format!(" {}", document_name(report, p.document)) } else { String::new() };
        lines.push(format!("{}{} {}{document}", view.say("第", "L"), p.line, line_word(view, &p.name)));
    }
    let rest = row.policy.len().saturating_sub(lines.len());
    if rest > 0 {
        lines.push(format!("+{rest}"));
    }
    lines.join("\n")
}

fn line_word(view: &View, name: &str) -> String {
    let name = cut(&line(name), 40);
    match view.lang {
        Lang::Zh => format!("行 {name}"),
        Lang::En => name,
    }
}

fn document_name(report: &Report, id: crate::location::DocumentId) -> String {
    report.document(id).map_or_else(String::new, |d| line(&d.name))
}

fn findings(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<&Finding> =
        report.findings.iter().filter(|f| view.verbose || f.suppressed.is_none()).collect();
    if shown.is_empty() {
        let words = match report.complete {
            true => view.say("没有发现项。", "No findings."),
            false => view.say(
                "已看到的部分没有发现项；检查不完整。",
                "No findings in what could be seen; the audit is incomplete.",
            ),
        };
        return writeln!(out, "\n{words}");
    }
    for severity in [Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        let group: Vec<&&Finding> = shown.iter().filter(|f| f.severity == severity).collect();
        if group.is_empty() {
            continue;
        }
        let title = match view.lang {
            Lang::Zh => format!("严重程度：{}（{}）", words::severity(severity, Lang::Zh), group.len()),
            Lang::En => format!("Severity {} ({})", words::severity(severity, Lang::En), group.len()),
        };
        writeln!(out, "\n{}", view.paint(color_of(severity), &title))?;
        for f in group {
            finding(report, f, view, out)?;
        }
    }
    Ok(())
}

fn finding(report: &Report, f: &Finding, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let head = format!(
        "{} {} {}",
        view.paint(color_of(f.severity), f.rule),
        line(f.message.get(view.lang)),
        view.paint(
            DIM,
            &format!("[{} {}]", view.say("可信度", "confidence"), words::confidence(f.confidence, view.lang))
        )
    );
    writeln!(out, "\n{head}")?;
    if let Some(s) = &f.suppressed {
        let until = s.until.as_deref().map(|u| format!(" ({u})")).unwrap_or_default();
        writeln!(out, "  {} {}{until}", view.say("已接受：", "accepted:"), line(&s.reason))?;
    }
    let shown = if view.verbose { f.evidence.len() } else { EVIDENCE };
    for e in f.evidence.iter().take(shown) {
        match e {
            Evidence::Quoted { document, span, .. } => quote(report, *document, *span, view, out)?,
            Evidence::Seen { at, .. } => {
                let at = place(report, at);
                writeln!(
                    out,
                    "  {} {}  {}",
                    view.say("见于", "seen"),
                    evidence(e, view.lang),
                    view.paint(DIM, &at)
                )?;
            }
            Evidence::Absent { tried, .. } => {
                writeln!(out, "  {}", evidence(e, view.lang))?;
                if view.verbose && !tried.is_empty() {
                    writeln!(out, "    {}", view.paint(DIM, &line(&tried.join(", "))))?;
                }
            }
        }
    }
    match f.evidence.len().saturating_sub(shown) {
        0 => Ok(()),
        rest => {
            let more = match view.lang {
                Lang::Zh => format!("  另有 {rest} 处（--verbose 显示）"),
                Lang::En => format!("  {rest} more (--verbose shows them)"),
            };
            writeln!(out, "{}", view.paint(DIM, &more))
        }
    }
}

/// The policy's line with the span underlined; a window of it where the line is longer than the view.
fn quote(
    report: &Report,
    document: crate::location::DocumentId,
    span: crate::location::Span,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(d) = report.document(document) else { return Ok(()) };
    let (number, column) = d.line_column(span.start);
    let gutter = number.to_string();
    let excerpt = Excerpt::of(&d.text, span.start, span.end, view.width.saturating_sub(gutter.len() + 5));
    let bar = view.paint("34", "|");
    let pad = " ".repeat(gutter.len());
    writeln!(out, "  {}{}:{number}:{column}", view.paint("34", "--> "), line(&d.name))?;
    writeln!(out, "  {} {bar} {}", view.paint("34", &gutter), excerpt.text)?;
    let under = format!("{}{}", " ".repeat(excerpt.before), "^".repeat(excerpt.marked.max(1)));
    let under = under.trim_end();
    let blank = under.len() - under.trim_start().len();
    writeln!(out, "  {pad} {bar} {}{}", " ".repeat(blank), view.paint("1;31", under.trim_start()))
}

/// A piece of one line of text around a span, measured in terminal columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The piece, with ellipses where it was cut.
    pub text: String,
    /// Columns before the span.
    pub before: usize,
    /// Columns of the span inside the piece.
    pub marked: usize,
}

impl Excerpt {
    /// At most `columns` columns around `start..end` of `text`, on the line where the span starts.
    pub fn of(text: &str, start: usize, end: usize, columns: usize) -> Excerpt {
        let line_start = text.get(..start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
        let line_end = text.get(start..).and_then(|t| t.find('\n')).map_or(text.len(), |i| start + i);
        let end = end.clamp(start, line_end);
        let clean = |a: usize, b: usize| text.get(a..b).map(line).unwrap_or_default();
        let mut head = clean(line_start, start);
        if text.get(line_start..start).is_some_and(|t| t.ends_with(char::is_whitespace)) && !head.is_empty() {
            head.push(' ');
        }
        let columns = columns.max(20);
        let middle = cut(&clean(start, end), columns * 2 / 3);
        let marked = width(&middle);
        // The head keeps its end: what stands just before the span says which cell it is in.
        let room = columns.saturating_sub(marked) / 2;
        if width(&head) > room {
            let mut kept = String::new();
            let mut used = 1;
            for c in head.chars().rev() {
                let w = width(c.encode_utf8(&mut [0; 4]));
                if used + w > room {
                    break;
                }
                used += w;
                kept.insert(0, c);
            }
            head = format!("…{kept}");
        }
        let tail = cut(&clean(end, line_end), columns.saturating_sub(marked + width(&head)));
        let gap = if text.get(end..line_end).is_some_and(|t| t.starts_with(char::is_whitespace)) {
            " "
        } else {
            ""
        };
        Excerpt { before: width(&head), marked, text: format!("{head}{middle}{gap}{tail}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_measures_wide_characters() {
        let text = "一行\n| 个推SDK | 推送 |\n";
        let start = text.find("个推").unwrap_or(0);
        let e = Excerpt::of(text, start, start + "个推SDK".len(), 60);
        assert_eq!(e, Excerpt { text: "| 个推SDK | 推送 |".into(), before: 2, marked: 7 });
    }

    #[test]
    fn excerpt_of_a_long_line_is_a_window() {
        let text = format!("{}目标{}", "前".repeat(3000), "后".repeat(3000));
        let start = "前".len() * 3000;
        let e = Excerpt::of(&text, start, start + "目标".len(), 40);
        assert!(width(&e.text) <= 42, "{e:?}");
        assert!(e.text.contains("目标") && e.text.starts_with('…') && e.text.ends_with('…'));
    }
}
