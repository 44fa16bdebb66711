//! A policy document as its reader sees it, with rows and fields marked where they stand.

use super::{both, each, escape};
use crate::limitation::Limitation;
use crate::location::Span;
use crate::policy::page::{Cell, Line, Page, Table};
use crate::policy::{Source as Given, html, sources};
use crate::report::Report;
use crate::report::source::Source;
use crate::report::words;
use std::collections::HashSet;
use std::io::{self, Write};

/// Documents of more lines than this are shown around what is marked only.
const WHOLE: usize = 600;
/// The same on a page of its own.
const WHOLE_PAGE: usize = 50_000;
/// Lines kept around what is marked.
const AROUND: usize = 3;
/// A mark over more lines than this marks the row, not the words.
const LONG: usize = 60;

/// A row of the policy: which bytes, how it fared.
#[derive(Debug, Clone)]
pub struct RowMark {
    /// The whole row.
    pub span: Span,
    /// Index of the declaration; links lead to `#d<document>-r<index>`.
    pub index: usize,
    /// Name as written.
    pub name: String,
    /// Style class of its verdict.
    pub class: &'static str,
    /// HTML that stands at its end: who was understood.
    pub note: String,
}

/// Words that were understood as a field, or that a finding quotes.
#[derive(Debug, Clone)]
pub struct WordMark {
    /// The words.
    pub span: Span,
    /// Style class; empty is a plain mark.
    pub class: &'static str,
    /// What they were understood as, in plain text.
    pub title: String,
}

/// All that is marked in one document.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Rows, in any order.
    pub rows: Vec<RowMark>,
    /// Words, in any order.
    pub words: Vec<WordMark>,
}

/// The policy's text in a report, with rows coloured by verdict.
pub fn policy(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.documents.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section id=\"policy\"><h2>{}</h2>", both("政策原文", "Policy text"))?;
    writeln!(
        out,
        "<p class=\"sub\">{}</p>",
        both(
            "按读者所见排列；左侧为源文件行号。标出的是读出的 SDK 行和字段，红底是发现项引用的原文。",
            "As a reader sees it; numbers are lines of the source file. Marked are the SDK rows and fields read; red are words that findings quote."
        )
    )?;
    for source in &report.documents {
        let marks = marks(report, source);
        if report.documents.len() > 1 {
            writeln!(out, "<h3>{}</h3>", escape(&source.name))?;
        }
        document(source, &marks, WHOLE, out)?;
    }
    writeln!(out, "</section>")
}

fn marks(report: &Report, source: &Source) -> Marks {
    let mut out = Marks::default();
    let mut classes = vec![("mute", String::new()); report.declarations.len()];
    for row in &report.comparison {
        for p in &row.policy {
            if let Some(slot) = classes.get_mut(p.declaration) {
                let verdict = each(|l| row.verdict.text(l));
                let who = row.sdk.as_ref().map(|s| format!("<code>{}</code> · ", escape(s.as_str())));
                *slot = (super::class_of(row.verdict), format!("{}{verdict}", who.unwrap_or_default()));
            }
        }
    }
    for (index, d) in report.declarations.iter().enumerate().filter(|(_, d)| d.document == source.id) {
        let (class, note) = classes.get(index).cloned().unwrap_or(("mute", String::new()));
        out.rows.push(RowMark { span: d.span, index, name: d.name.text.clone(), class, note });
        out.words.extend(fields(d));
    }
    for f in report.findings.iter().filter(|f| f.suppressed.is_none()) {
        for e in &f.evidence {
            if let crate::evidence::Evidence::Quoted { document, span, .. } = e
                && *document == source.id
            {
                let title = f.message.zh.clone() + "\n" + &f.message.en;
                out.words.push(WordMark { span: *span, class: "f", title });
            }
        }
    }
    out
}

/// Fields as they are marked: style class, and what they are called.
const FIELDS: [(&str, &str, &str); 7] = [
    ("k-name", "名称", "name"),
    ("k-package", "包名", "package"),
    ("k-provider", "提供方", "provider"),
    ("k-purpose", "目的与场景", "purpose and scene"),
    ("k-data", "信息与权限", "data and permissions"),
    ("k-link", "链接", "link"),
    ("k-other", "其他字段", "other fields"),
];

/// Words of a declaration, by field.
pub fn fields(d: &crate::policy::Declaration) -> Vec<WordMark> {
    let mut out = Vec::new();
    let mut mark = |field: Option<&crate::policy::Field>, class: &'static str, zh: &str, en: &str| {
        for span in field.iter().flat_map(|f| &f.spans) {
            out.push(WordMark { span: *span, class, title: format!("{zh} / {en}") });
        }
    };
    mark(Some(&d.name), "k-name", "名称", "name");
    d.nested.iter().for_each(|f| mark(Some(f), "k-name", "所含 SDK", "contained SDK"));
    d.packages.iter().for_each(|f| mark(Some(f), "k-package", "包名", "package"));
    mark(d.provider.as_ref(), "k-provider", "提供方", "provider");
    mark(d.purpose.as_ref(), "k-purpose", "目的", "purpose");
    mark(d.scene.as_ref(), "k-purpose", "场景", "scene");
    mark(d.data.as_ref(), "k-data", "信息种类", "data");
    d.permissions.iter().flatten().for_each(|p| mark(Some(&p.written), "k-data", "权限", "permission"));
    mark(d.method.as_ref(), "k-other", "方式", "method");
    d.links.iter().for_each(|l| mark(Some(&l.url), "k-link", "链接", "link"));
    mark(d.retention.as_ref(), "k-other", "保存期限", "retention");
    out
}

/// Prints one document with its marks; one of more than `whole` lines around them only.
fn document(source: &Source, marks: &Marks, whole: usize, out: &mut dyn Write) -> io::Result<()> {
    let page = page(source);
    let view = View::new(source, &page, marks, whole);
    writeln!(out, "<div class=\"doc\" tabindex=\"0\">")?;
    let mut i = 0;
    let mut hidden = 0usize;
    let mut anchors = HashSet::new();
    while let Some(line) = page.lines.get(i) {
        let table = line.table.and_then(|t| page.tables.get(t as usize)).filter(|t| t.lines.start == i);
        let end = table.map_or(i + 1, |t| t.lines.end.max(i + 1));
        if !(i..end).any(|l| view.shown.get(l).copied().unwrap_or(true)) {
            hidden += end - i;
            i = end;
            continue;
        }
        skipped(&mut hidden, out)?;
        match table {
            Some(table) => view.table(table, &mut anchors, out)?,
            None => view.line(i, line, &mut anchors, out)?,
        }
        i = end;
    }
    skipped(&mut hidden, out)?;
    writeln!(out, "</div>")
}

fn skipped(hidden: &mut usize, out: &mut dyn Write) -> io::Result<()> {
    let n = std::mem::take(hidden);
    if n == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<div class=\"skip\">… {}</div>",
        both(&format!("略去 {n} 行"), &format!("{n} lines left out"))
    )
}

/// The document's lines and tables, read anew from its decoded text.
fn page(source: &Source) -> Page {
    match source.format {
        "html" | "markdown" | "text" => {
            let given = Given::new(source.name.clone(), source.text.clone().into_bytes());
            // The text was decoded before: offsets can only stay if it is not changed again.
            match sources::open(&given) {
                Ok(opened) if opened.text == source.text => opened.page,
                _ => html::read_text(&source.text),
            }
        }
        _ => html::read_text(&source.text),
    }
}

/// What is known of each line of a page.
struct View<'a> {
    source: &'a Source,
    page: &'a Page,
    marks: &'a Marks,
    /// Index into `marks.rows`, by line.
    row: Vec<Option<usize>>,
    /// Indexes into `marks.words`, by line.
    words: Vec<Vec<usize>>,
    /// Lines that are printed.
    shown: Vec<bool>,
    /// First line of each row, by index into `marks.rows`.
    first: Vec<Option<usize>>,
}

impl<'a> View<'a> {
    fn new(source: &'a Source, page: &'a Page, marks: &'a Marks, whole: usize) -> View<'a> {
        let count = page.lines.len();
        let spans: Vec<Span> = page.lines.iter().map(Line::span).collect();
        let within = |span: Span| {
            let from = spans.partition_point(|s| s.end <= span.start);
            let to = spans.partition_point(|s| s.start < span.end);
            from..to.max(from)
        };
        let mut view = View {
            source,
            page,
            marks,
            row: vec![None; count],
            words: vec![Vec::new(); count],
            shown: vec![count <= whole; count],
            first: vec![None; marks.rows.len()],
        };
        // Longer rows first, so that a row inside another keeps its own colour.
        let mut order: Vec<usize> = (0..marks.rows.len()).collect();
        order.sort_by_key(|i| marks.rows.get(*i).map(|r| std::cmp::Reverse(r.span.end - r.span.start)));
        for i in order {
            let Some(mark) = marks.rows.get(i) else { continue };
            for line in within(mark.span) {
                if let Some(slot) = view.row.get_mut(line) {
                    *slot = Some(i);
                }
                view.show(line);
                if let Some(first @ None) = view.first.get_mut(i) {
                    *first = Some(line);
                }
            }
        }
        for (i, mark) in marks.words.iter().enumerate() {
            let lines = within(mark.span);
            let long = lines.len() > LONG;
            for line in lines {
                view.show(line);
                if let Some(list) = view.words.get_mut(line).filter(|_| !long) {
                    list.push(i);
                }
            }
        }
        view
    }

    fn show(&mut self, line: usize) {
        let to = (line + AROUND).min(self.shown.len().saturating_sub(1));
        for slot in self.shown.get_mut(line.saturating_sub(AROUND)..=to).unwrap_or(&mut []) {
            *slot = true;
        }
    }

    /// Anchor of a source line, once.
    fn anchor(&self, line: u32, anchors: &mut HashSet<u32>) -> String {
        if anchors.insert(line) { format!(" id=\"d{}-l{line}\"", self.source.id.0) } else { String::new() }
    }

    /// Anchors and notes of the rows that start on one of these lines.
    fn starts(&self, lines: std::ops::Range<usize>) -> (String, String) {
        let mut ids = String::new();
        let mut notes = String::new();
        let rows = lines.clone().filter_map(|l| self.row.get(l).copied().flatten());
        let mut seen = HashSet::new();
        // Several declarations may come from one row; each has its own target.
        let all = self
            .first
            .iter()
            .enumerate()
            .filter(|(_, f)| f.is_some_and(|l| lines.contains(&l)))
            .map(|(i, _)| i);
        for i in all.chain(rows) {
            let starts_here = self.first.get(i).copied().flatten().is_some_and(|l| lines.contains(&l));
            if !starts_here || !seen.insert(i) {
                continue;
            }
            if let Some(mark) = self.marks.rows.get(i) {
                ids.push_str(&format!("<a id=\"d{}-r{}\"></a>", self.source.id.0, mark.index));
                if !mark.note.is_empty() {
                    notes.push_str(&format!("<div class=\"note {}\">{}</div>", mark.class, mark.note));
                }
            }
        }
        (ids, notes)
    }

    fn class(&self, lines: std::ops::Range<usize>) -> String {
        let mut rows = lines.filter_map(|l| self.row.get(l).copied().flatten());
        let mark = rows.next().and_then(|i| self.marks.rows.get(i));
        mark.map(|m| format!(" row {}", m.class)).unwrap_or_default()
    }

    fn line(&self, i: usize, line: &Line, anchors: &mut HashSet<u32>, out: &mut dyn Write) -> io::Result<()> {
        let number = self.source.line(line.span().start);
        let (ids, notes) = self.starts(i..i + 1);
        let text = self.text(i, line);
        let text = if line.is_heading() { format!("<h4>{text}</h4>") } else { text };
        writeln!(
            out,
            "<div class=\"l{}\"{}><span>{number}</span><span>{ids}{text}</span>{notes}</div>",
            self.class(i..i + 1),
            self.anchor(number, anchors)
        )
    }

    fn table(&self, table: &Table, anchors: &mut HashSet<u32>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<div class=\"scroll\"><table><tbody>")?;
        for row in &table.rows {
            let lines = match (row.iter().map(|c| c.lines.start).min(), row.iter().map(|c| c.lines.end).max())
            {
                (Some(a), Some(b)) => a..b.max(a),
                _ => continue,
            };
            let first = self.page.lines.get(lines.start).map_or(0, |l| l.span().start);
            let number = self.source.line(first);
            let class = self.class(lines.clone());
            let (ids, notes) = self.starts(lines);
            write!(
                out,
                "<tr class=\"{}\"{}><td class=\"sub\">{ids}{number}{notes}</td>",
                class.trim(),
                self.anchor(number, anchors)
            )?;
            row.iter().try_for_each(|cell| self.cell(cell, out))?;
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody></table></div>")
    }

    fn cell(&self, cell: &Cell, out: &mut dyn Write) -> io::Result<()> {
        let tag = if cell.header { "th" } else { "td" };
        write!(out, "<{tag}")?;
        for (name, n) in [("colspan", cell.columns), ("rowspan", cell.rows)] {
            if n > 1 {
                write!(out, " {name}=\"{}\"", n.min(1000))?;
            }
        }
        write!(out, ">")?;
        for (n, i) in cell.lines.clone().enumerate() {
            let Some(line) = self.page.lines.get(i) else { break };
            let gap = if n > 0 { "<br>" } else { "" };
            write!(out, "{gap}{}", self.text(i, line))?;
        }
        write!(out, "</{tag}>")
    }

    /// A line's text with its words marked; where marks overlap, the later kind (findings) wins.
    fn text(&self, i: usize, line: &Line) -> String {
        let words: Vec<&WordMark> =
            self.words.get(i).into_iter().flatten().filter_map(|w| self.marks.words.get(*w)).collect();
        if words.is_empty() {
            return escape(line.str());
        }
        let mut out = String::new();
        let mut run = String::new();
        let mut current: Option<&WordMark> = None;
        for (at, c) in line.str().char_indices() {
            let here = line.text.span_of(at..at + c.len_utf8()).start;
            let mark = words.iter().rev().find(|w| w.span.start <= here && here < w.span.end).copied();
            if mark.map(std::ptr::from_ref) != current.map(std::ptr::from_ref) {
                flush(&mut out, &mut run, current);
                current = mark;
            }
            run.push(c);
        }
        flush(&mut out, &mut run, current);
        out
    }
}

fn flush(out: &mut String, run: &mut String, mark: Option<&WordMark>) {
    // Escaping trims white space at both ends, which may stand between two marks.
    let gap = |edge: bool| if edge { " " } else { "" };
    let (before, after) = (run.starts_with(char::is_whitespace), run.ends_with(char::is_whitespace));
    let text = escape(run);
    if !run.is_empty() {
        out.push_str(gap(before));
        match mark {
            Some(m) if m.class.is_empty() => {
                out.push_str(&format!("<mark title=\"{}\">{text}</mark>", escape(&m.title)))
            }
            Some(m) => {
                out.push_str(&format!(
                    "<mark class=\"{}\" title=\"{}\">{text}</mark>",
                    m.class,
                    escape(&m.title)
                ));
            }
            None => out.push_str(&text),
        }
        out.push_str(gap(after && !text.is_empty()));
    }
    run.clear();
}

/// A page of its own: documents with what was read of them, for `declarations --annotate`. What was not read matters as
/// much as what was, so documents are shown whole.
pub fn annotated(
    documents: &[(Source, Marks)],
    limitations: &[Limitation],
    lang: crate::lang::Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    super::head("sdkaudit declarations", lang, out)?;
    let rows: usize = documents.iter().map(|(_, m)| m.rows.len()).sum();
    writeln!(
        out,
        "<header><div class=\"top\"><span class=\"brand\">{}</span>{}</div><h1>{}</h1></header><main class=\"whole\">",
        both("sdkaudit · 读出的声明", "sdkaudit · declarations read"),
        super::switch(),
        both(&format!("读出 SDK 行 {rows} 行"), &format!("{rows} SDK rows read"))
    )?;
    let swatch = |(class, zh, en): &(&str, &str, &str)| {
        format!("<li><mark class=\"{class}\">{}</mark></li>", both(zh, en))
    };
    writeln!(out, "<ul class=\"legend\">{}</ul>", FIELDS.iter().map(swatch).collect::<String>())?;
    writeln!(
        out,
        "<p class=\"sub\">{}</p>",
        both(
            "按读者所见排列；左侧为源文件行号，左边有竖线的是读出的行：绿色已识别，黄色有歧义，蓝色未识别。没有标出的文字没有被读作 SDK 声明。",
            "As a reader sees it; numbers are lines of the source file. A bar at the left is a row that was read: green known, yellow ambiguous, blue not known. What is not marked was not read as a declaration."
        )
    )?;
    if !limitations.is_empty() {
        let item = |l: &Limitation| format!("<li>{}</li>", both(&l.detail.zh, &l.detail.en));
        let items: String = limitations.iter().map(item).collect();
        writeln!(
            out,
            "<section class=\"limits\"><h2>{}</h2><ul>{items}</ul></section>",
            both("未能看到的内容", "What could not be seen")
        )?;
    }
    for (source, marks) in documents {
        writeln!(out, "<h2>{}</h2>", escape(&source.name))?;
        if !marks.rows.is_empty() {
            let entry = |row: &RowMark| {
                let line = source.line(row.span.start);
                let href = format!("#d{}-r{}", source.id.0, row.index);
                format!(
                    "<li><a href=\"{href}\">{}</a> <span class=\"sub\">{line} · {}</span></li>",
                    escape(&row.name),
                    row.note
                )
            };
            let entries: String = marks.rows.iter().map(entry).collect();
            writeln!(
                out,
                "<details><summary>{}</summary><ol class=\"rows\">{entries}</ol></details>",
                both("读出的行", "Rows read")
            )?;
        }
        document(source, marks, WHOLE_PAGE, out)?;
    }
    writeln!(out, "</main></body></html>")
}

/// Words for who a row was understood to mean.
pub fn identity_note(identity: &crate::resolve::Identity, reader: &str) -> String {
    let who = match (&identity.sdk, identity.candidates.as_slice()) {
        (Some(sdk), _) => escape(sdk.as_str()),
        (None, []) => both("未识别", "not known"),
        (None, many) => escape(&many.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" / ")),
    };
    let sure = each(|l| words::confidence(identity.confidence, l));
    format!("<code>{who}</code> · {sure} · {}", escape(reader))
}
