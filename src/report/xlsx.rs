//! The report as a workbook for auditors: one sheet per part, filters, frozen headers, links to policies.

use super::safe::line;
use super::words::{self, evidence, place, say};
use super::{Report, Verdict};
use crate::evidence::Evidence;
use crate::lang::Lang;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, Url, Workbook, Worksheet, XlsxError};
use std::io::{self, Write};

/// Longest text of a cell (Excel, "Specifications and limits").
const CELL: usize = 32_767;
/// Longest address that Excel links.
const LINK: usize = 2_000;

/// Prints the workbook.
pub fn render(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(lang, |sheets| {
        summary(report, sheets)?;
        comparison(report, sheets)?;
        findings(report, sheets)?;
        permissions(report, sheets)?;
        behaviour(report, sheets)?;
        limitations(report, sheets)
    });
    out.write_all(&bytes.map_err(io::Error::other)?)
}

/// Prints a workbook of what was read from a policy.
pub fn tables(all: &[super::sheet::Sheet], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(lang, |sheets| {
        for sheet in all {
            let columns: Vec<_> =
                sheet.columns.iter().map(|(_, (zh, en), width)| (*zh, *en, *width)).collect();
            // Lines are numbers, so that they sort; all else is text, whatever it looks like.
            let cell = |(value, (key, ..)): (&String, &super::sheet::Column)| match value.parse::<u32>() {
                Ok(n) if matches!(*key, "line" | "end_line" | "group") => Cell::Number(f64::from(n)),
                _ if *key == "link" => Cell::Link(line(value)),
                _ => text(value),
            };
            let row = |row: &Vec<String>| row.iter().zip(sheet.columns).map(cell).collect();
            sheets.add(sheet.name, &columns, &sheet.rows.iter().map(row).collect::<Vec<Vec<Cell>>>())?;
        }
        Ok(())
    });
    out.write_all(&bytes.map_err(io::Error::other)?)
}

/// The bytes of a workbook that `fill` puts its sheets into.
pub(crate) fn workbook(
    lang: Lang,
    fill: impl FnOnce(&mut Sheets<'_>) -> Result<(), XlsxError>,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The same report gives the same bytes: no time of creation.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&made));
    fill(&mut Sheets { book: &mut book, lang })?;
    book.save_to_buffer()
}

/// The workbook being filled.
pub(crate) struct Sheets<'b> {
    book: &'b mut Workbook,
    lang: Lang,
}

impl Sheets<'_> {
    /// A sheet with a header row, frozen and filtered, and columns of these widths.
    pub(crate) fn add(
        &mut self,
        name: (&str, &str),
        columns: &[(&str, &str, f64)],
        rows: &[Vec<Cell>],
    ) -> Result<(), XlsxError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name(say(self.lang, name.0, name.1))?;
        let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EDF2)).set_text_wrap();
        for (i, (zh, en, width)) in (0u16..).zip(columns) {
            sheet.write_with_format(0, i, say(self.lang, zh, en), &head)?;
            sheet.set_column_width(i, *width)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for (r, row) in (1u32..).zip(rows) {
            for (c, cell) in (0u16..).zip(row) {
                write(sheet, r, c, cell, &body)?;
            }
        }
        let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let width = u16::try_from(columns.len()).unwrap_or(1).saturating_sub(1);
        sheet.autofilter(0, 0, last, width)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        Ok(())
    }
}

/// One cell. Text is written as text: no formula can come out of it.
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    Link(String),
}

pub(crate) fn text(value: impl AsRef<str>) -> Cell {
    Cell::Text(line(value.as_ref()))
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(t) => {
            let end = t.char_indices().nth(CELL).map_or(t.len(), |(i, _)| i);
            sheet.write_string_with_format(row, column, t.get(..end).unwrap_or(""), format)?;
        }
        Cell::Number(n) => {
            sheet.write_number_with_format(row, column, *n, format)?;
        }
        Cell::Link(url) => {
            let linkable = (url.starts_with("https://") || url.starts_with("http://")) && url.len() < LINK;
            // Excel links some tens of thousands of addresses and refuses more: then it stays text.
            if !linkable || sheet.write_url(row, column, Url::new(url.as_str())).is_err() {
                sheet.write_string_with_format(row, column, url, format)?;
            }
        }
    }
    Ok(())
}

fn summary(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let lang = sheets.lang;
    let app = &report.app;
    let mut rows = vec![
        vec![text(say(lang, "结果", "Result")), text(words::summary_line(report, lang))],
        vec![text(say(lang, "应用", "App")), text(app.id.as_deref().unwrap_or("?"))],
        vec![text(say(lang, "版本", "Version")), text(app.version_name.as_deref().unwrap_or("?"))],
    ];
    for verdict in report.summary.verdicts.iter() {
        rows.push(vec![text(verdict.0.text(lang)), number(*verdict.1)]);
    }
    for (grade, n) in report.summary.findings.iter().rev() {
        let words = format!(
            "{} {}",
            say(lang, "发现项，严重程度", "Findings of severity"),
            words::severity(*grade, lang)
        );
        rows.push(vec![text(words), number(*n)]);
    }
    for i in &report.inputs {
        let sha = i.sha256.map(|s| s.to_string()).unwrap_or_default();
        let role = if i.role == "package" {
            say(lang, "安装包", "Package")
        } else {
            say(lang, "政策", "Policy")
        };
        rows.push(vec![text(role), text(format!("{}  SHA-256 {sha}", i.name))]);
    }
    rows.push(vec![
        text(say(lang, "工具", "Tool")),
        text(format!("{} {}", report.tool.name, report.tool.version)),
    ]);
    rows.push(vec![text(say(lang, "签名库", "Signature database")), text(&report.database.digest)]);
    if let Some(stamp) = &report.stamp {
        rows.push(vec![text(say(lang, "检查时间", "Time of the audit")), text(stamp)]);
    }
    sheets.add(("摘要", "Summary"), &[("项目", "Item", 32.0), ("值", "Value", 100.0)], &rows)
}

fn number(n: usize) -> Cell {
    Cell::Number(n as f64)
}

fn comparison(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let lang = sheets.lang;
    let columns = [
        ("SDK", "SDK", 28.0),
        ("编号", "Id", 24.0),
        ("类别", "Category", 14.0),
        ("结论", "Verdict", 24.0),
        ("可信度", "Confidence", 10.0),
        ("类数", "Classes", 9.0),
        ("版本", "Version", 10.0),
        ("应用中的依据", "Evidence in the app", 50.0),
        ("政策中的名称", "Name in the policy", 28.0),
        ("行", "Line", 8.0),
        ("链接", "Link", 40.0),
    ];
    let mut rows = Vec::new();
    for r in &report.comparison {
        let app = r.app.as_ref();
        let seen: Vec<String> = app.iter().flat_map(|a| &a.evidence).map(|e| evidence(e, lang)).collect();
        let names: Vec<&str> = r.policy.iter().map(|p| p.name.as_str()).collect();
        let first = r.policy.first();
        let link = first.and_then(|p| report.declarations.get(p.declaration)?.links.first());
        rows.push(vec![
            text(r.name.get(lang)),
            text(&r.key),
            text(r.category.as_deref().unwrap_or("")),
            text(verdict(r.verdict, lang)),
            text(app.map_or("", |a| words::confidence(a.confidence, lang))),
            app.map_or_else(|| text(""), |a| number(a.classes as usize)),
            text(app.and_then(|a| a.version.as_deref()).unwrap_or("")),
            text(seen.join("; ")),
            text(names.join("; ")),
            first.map_or_else(|| text(""), |p| number(p.line as usize)),
            link.map_or_else(|| text(""), |l| Cell::Link(line(&l.url.text))),
        ]);
    }
    sheets.add(("对照", "Comparison"), &columns, &rows)
}

fn verdict(v: Verdict, lang: Lang) -> &'static str {
    v.text(lang)
}

fn findings(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let lang = sheets.lang;
    let columns = [
        ("规则", "Rule", 26.0),
        ("标题", "Title", 30.0),
        ("严重程度", "Severity", 10.0),
        ("可信度", "Confidence", 10.0),
        ("说明", "Message", 60.0),
        ("政策文件", "Document", 22.0),
        ("行", "Line", 8.0),
        ("政策原文", "Policy text", 40.0),
        ("应用中", "In the app", 40.0),
        ("依据", "Basis", 40.0),
        ("处理", "To fix", 40.0),
        ("已接受", "Accepted", 20.0),
        ("指纹", "Fingerprint", 18.0),
    ];
    let mut rows = Vec::new();
    for f in &report.findings {
        let rule = report.rule(f.rule);
        let quoted = f.evidence.iter().find_map(|e| match e {
            Evidence::Quoted { line, text, .. } => Some((*line, text.as_str())),
            _ => None,
        });
        let seen = f.evidence.iter().find_map(|e| match e {
            Evidence::Seen { at, .. } => Some(format!("{} {}", evidence(e, lang), place(report, at))),
            _ => None,
        });
        let basis: Vec<&str> = rule.iter().flat_map(|r| &r.basis).map(|b| b.cite.get(lang)).collect();
        rows.push(vec![
            text(f.rule),
            text(rule.map_or("", |r| r.title.get(lang))),
            text(words::severity(f.severity, lang)),
            text(words::confidence(f.confidence, lang)),
            text(f.message.get(lang)),
            text(report.quoted(f).map_or("", |(d, _)| d.name.as_str())),
            quoted.map_or_else(|| text(""), |(l, _)| number(l as usize)),
            text(quoted.map_or("", |(_, t)| t)),
            text(seen.unwrap_or_default()),
            text(basis.join("; ")),
            text(rule.map_or("", |r| r.fix.get(lang))),
            text(f.suppressed.as_ref().map_or("", |s| &s.reason)),
            text(&f.fingerprint.0),
        ]);
    }
    sheets.add(("发现项", "Findings"), &columns, &rows)
}

fn permissions(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let columns = [
        ("权限", "Permission", 44.0),
        ("清单申请", "In the manifest", 14.0),
        ("政策的权限表", "In the policy's list", 40.0),
        ("SDK 行写明", "Named by SDK rows", 40.0),
    ];
    let row = |p: &super::PermissionRow| {
        let written: Vec<&str> = p.policy.iter().map(|m| m.written.as_str()).collect();
        let rows = p.rows.iter().filter_map(|i| report.declarations.get(*i));
        let names: Vec<&str> = rows.map(|d| d.name.text.as_str()).collect();
        let asked = if p.requested { "✓" } else { "" };
        vec![text(&p.name), text(asked), text(written.join("; ")), text(names.join("; "))]
    };
    let rows: Vec<Vec<Cell>> = report.permissions.iter().map(row).collect();
    sheets.add(("权限", "Permissions"), &columns, &rows)
}

fn behaviour(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let lang = sheets.lang;
    let columns = [
        ("代码归属", "Owner", 34.0),
        ("代码能够读取", "Code can read", 30.0),
        ("调用处", "Call sites", 10.0),
        ("只是迹象", "Hint only", 10.0),
        ("第一处", "First place", 60.0),
    ];
    let mut rows = Vec::new();
    for b in &report.behaviour {
        for i in &b.items {
            let owner = if b.key.is_empty() { words::owner(b.owner, lang) } else { &b.key };
            let hint = if i.weak { "✓" } else { "" };
            rows.push(vec![
                text(owner),
                text(i.name.get(lang)),
                number(i.calls as usize),
                text(hint),
                text(&i.place),
            ]);
        }
    }
    sheets.add(("行为", "Behaviour"), &columns, &rows)
}

fn limitations(report: &Report, sheets: &mut Sheets<'_>) -> Result<(), XlsxError> {
    let lang = sheets.lang;
    let columns = [
        ("未能看到的内容", "What could not be seen", 90.0),
        ("使检查不完整", "Makes the audit incomplete", 16.0),
        ("位置", "Where", 50.0),
    ];
    let row = |l: &crate::limitation::Limitation| {
        let hides = if l.hides.is_some() { "✓" } else { "" };
        vec![text(l.detail.get(lang)), text(hides), text(place(report, &l.at))]
    };
    let rows: Vec<Vec<Cell>> = report.limitations.iter().map(row).collect();
    sheets.add(("限制", "Limitations"), &columns, &rows)
}
