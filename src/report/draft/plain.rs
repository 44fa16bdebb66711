//! Rows in layouts of ours: tables, labelled blocks, sentences. For policies without a list, and for lists whose own
//! layout cannot hold a row.

use super::{Cells, DraftRow, cells};
use crate::lang::Lang;
use crate::report::markdown::html;
use crate::report::safe::line;

/// Headings of the fields, in order; the first is the name.
fn labels(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Zh => {
            ["SDK名称", "包名", "第三方公司名称", "使用目的", "收集的个人信息", "处理方式", "隐私政策链接"]
        }
        Lang::En => ["SDK", "Package", "Provider", "Purpose", "Data", "Method", "Privacy policy"],
    }
}

fn values(row: &DraftRow, lang: Lang) -> [String; 7] {
    let Cells { name, package, provider, purpose, data, method, link, .. } = cells(row, lang, false);
    [name, package, provider, purpose, data, method, link].map(|v| line(&v))
}

/// What stands above rows that are not part of the policy's own list.
fn heading(lang: Lang, more: bool) -> &'static str {
    match (lang, more) {
        (Lang::Zh, false) => "第三方SDK目录",
        (Lang::Zh, true) => "第三方SDK目录（补充）",
        (Lang::En, false) => "Third-party SDKs",
        (Lang::En, true) => "More third-party SDKs",
    }
}

/// The rows as a Markdown table.
pub fn table(rows: &[DraftRow], lang: Lang) -> String {
    let cells = |all: [String; 7]| format!("| {} |\n", all.map(|t| t.replace('|', "\\|")).join(" | "));
    let head = cells(labels(lang).map(str::to_owned));
    let body: String = rows.iter().map(|r| cells(values(r, lang))).collect();
    format!("{head}|{}\n{body}", "---|".repeat(labels(lang).len()))
}

/// The table under a heading, for the end of a Markdown document or list; `more` where another list stands above.
pub fn markdown_section(rows: &[DraftRow], lang: Lang, more: bool) -> String {
    format!("\n## {}\n\n{}\n", heading(lang, more), table(rows, lang))
}

/// The table under a heading, in HTML.
pub fn html_section(rows: &[DraftRow], lang: Lang, more: bool) -> String {
    let row = |tag: &str, all: [String; 7]| {
        let cells: String = all.iter().map(|c| format!("<{tag}>{}</{tag}>", html(c))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let head = row("th", labels(lang).map(str::to_owned));
    let body: String = rows.iter().map(|r| row("td", values(r, lang))).collect();
    format!("\n<h2>{}</h2>\n<table border=\"1\">\n{head}{body}</table>\n", heading(lang, more))
}

/// Labelled blocks under a heading, for plain text.
pub fn blocks_section(rows: &[DraftRow], lang: Lang, more: bool) -> String {
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let block = |r: &DraftRow| {
        let lines = labels(lang).into_iter().zip(values(r, lang)).map(|(l, v)| format!("{l}{colon}{v}\n"));
        format!("{}\n", lines.collect::<String>())
    };
    format!("\n{}\n\n{}", heading(lang, more), rows.iter().map(block).collect::<String>())
}

/// One sentence per row, for lists of sentences.
pub fn sentences(rows: &[DraftRow], lang: Lang) -> String {
    let sentence = |r: &DraftRow| {
        let [name, package, provider, purpose, data, method, link] = values(r, lang);
        match lang {
            Lang::Zh => format!(
                "我们接入{provider}的{name}（包名：{package}），用于{purpose}，会收集{data}；处理方式：{method}；隐私政策链接：{link}\n"
            ),
            Lang::En => format!(
                "We use {name} ({package}) of {provider} {purpose}. It collects {data}. Privacy policy: {link}\n"
            ),
        }
    };
    rows.iter().map(sentence).collect()
}

/// The rows as labelled fields, for the forms of app stores.
pub fn form(rows: &[DraftRow], lang: Lang) -> String {
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let block = |r: &DraftRow| {
        let lines = labels(lang).into_iter().zip(values(r, lang)).map(|(l, v)| format!("{l}{colon}{v}\n"));
        format!("{}\n", lines.collect::<String>())
    };
    rows.iter().map(block).collect()
}
