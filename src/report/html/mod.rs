//! The report as one HTML file: no script, no request, both languages, light and dark, good on paper.
//!
//! Language is switched by radio buttons and style rules; every text for people stands there twice.

pub mod document;
mod sections;
mod treemap;

pub use sections::class_of;

use super::markdown::html as escape;
use super::words;
use super::{Outcome, Report};
use crate::lang::{Lang, Text};
use std::io::{self, Write};

/// What a renderer is told beside the report.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The command that makes this report again.
    pub command: String,
}

/// Prints the report; `lang` is the language shown first.
pub fn render(report: &Report, lang: Lang, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let app = report.app.id.as_deref().unwrap_or(report.package());
    let title = format!("sdkaudit · {} {}", app, report.app.version_name.as_deref().unwrap_or(""));
    head(&title, lang, out)?;
    top(report, out)?;
    navigation(report, out)?;
    writeln!(out, "<main>")?;
    sections::limitations(report, out)?;
    sections::comparison(report, out)?;
    sections::findings(report, out)?;
    sections::permissions(report, out)?;
    sections::behaviour(report, out)?;
    sections::code(report, out)?;
    sections::notices(report, out)?;
    document::policy(report, out)?;
    sections::inputs(report, options, out)?;
    writeln!(out, "</main>")?;
    footer(report, out)
}

/// Head of a page, up to the language switch; `lang` is checked.
pub fn head(title: &str, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let code = if lang == Lang::Zh { "zh-CN" } else { "en" };
    let checked = |l| if l == lang { " checked" } else { "" };
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <input class=\"switch\" type=\"radio\" name=\"lang\" id=\"zh\"{} aria-label=\"中文\">\
         <input class=\"switch\" type=\"radio\" name=\"lang\" id=\"en\"{} aria-label=\"English\">",
        escape(title),
        include_str!("style.css"),
        checked(Lang::Zh),
        checked(Lang::En)
    )
}

/// Both wordings, of which the style sheet shows one.
pub fn both(zh: &str, en: &str) -> String {
    let (zh, en) = (escape(zh), escape(en));
    if zh == en {
        return zh;
    }
    format!("<span class=\"zh\" lang=\"zh-CN\">{zh}</span><span class=\"en\" lang=\"en\">{en}</span>")
}

/// Both wordings of a text.
pub fn text(text: &Text) -> String {
    both(&text.zh, &text.en)
}

/// Both wordings of a function of the language.
pub fn each<S: AsRef<str>>(words: impl Fn(Lang) -> S) -> String {
    both(words(Lang::Zh).as_ref(), words(Lang::En).as_ref())
}

/// The switch between languages, for a page's header.
pub fn switch() -> &'static str {
    "<span class=\"langs\" role=\"group\"><label for=\"zh\">中文</label><label for=\"en\">English</label></span>"
}

fn top(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let app = &report.app;
    let name = match (&app.label, &app.id) {
        (Some(label), _) => text(label),
        (None, Some(id)) => escape(id),
        (None, None) => escape(report.package()),
    };
    let id = escape(app.id.as_deref().unwrap_or("?"));
    let version = escape(app.version_name.as_deref().unwrap_or("?"));
    let code = app.version_code.map(|c| format!(" ({c})")).unwrap_or_default();
    let class = match report.outcome {
        Outcome::Clean => "clean",
        Outcome::Findings => "findings",
        Outcome::Incomplete => "incomplete",
    };
    writeln!(
        out,
        "<header><div class=\"top\"><span class=\"brand\">{}</span>{}</div>\n<h1>{name}</h1>\n\
         <div class=\"sub\"><code>{id}</code> · {version}{code}</div>\n<p class=\"verdict {class}\">{}</p>",
        both("sdkaudit · 应用与隐私政策对照报告", "sdkaudit · app compared with its privacy policy"),
        switch(),
        each(|l| words::summary_line(report, l)),
    )?;
    sections::tiles(report, out)?;
    writeln!(out, "</header>")
}

fn navigation(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut links = Vec::new();
    let mut link = |shown: bool, id: &str, zh: &str, en: &str| {
        if shown {
            links.push(format!("<a href=\"#{id}\">{}</a>", both(zh, en)));
        }
    };
    link(!report.limitations.is_empty(), "limitations", "限制", "Limitations");
    link(true, "comparison", "对照", "Comparison");
    link(true, "findings", "发现项", "Findings");
    link(!report.permissions.is_empty(), "permissions", "权限", "Permissions");
    link(!report.behaviour.is_empty(), "behaviour", "行为", "Behaviour");
    link(!report.code.is_empty(), "code", "代码构成", "Code");
    link(!report.documents.is_empty(), "policy", "政策原文", "Policy text");
    link(true, "inputs", "输入与复现", "Inputs");
    writeln!(out, "<nav><div>{}</div></nav>", links.join(""))
}

fn footer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let stamp = report.stamp.as_ref().map(|s| format!(" · {}", escape(s))).unwrap_or_default();
    writeln!(
        out,
        "<footer><p>{} {}{stamp}</p><p>{}</p></footer>\n</body>\n</html>",
        escape(report.tool.name),
        escape(report.tool.version),
        both(
            "本报告只作静态比对：写“包含”“写明”“申请”，不写“收集”“违规”；“未找到”指在所给文本和文件中未找到。",
            "A static comparison: it says what a package contains and a text names. \"Not found\" means not found in the text and files given."
        )
    )
}
