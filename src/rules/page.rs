//! A rule's page, `docs/rules/<id>.md`, taken apart: titles, the text in each language, the examples.

use crate::lang::{Lang, Text};

/// A page as its parts. Everything borrows from the Markdown source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// Heading: the rule's id.
    pub id: &'a str,
    /// Title lines in quotation, Chinese first.
    pub title_zh: &'a str,
    /// The same in English.
    pub title_en: &'a str,
    /// Markdown under `## 中文`.
    pub zh: &'a str,
    /// Markdown under `## English`.
    pub en: &'a str,
    /// Examples under `## Example`, as (kind, text) of their fenced blocks in order.
    pub blocks: Vec<(&'a str, &'a str)>,
}

impl<'a> Page<'a> {
    /// Takes `source` apart. What is missing stays empty; a test holds that nothing is.
    pub fn parse(source: &'a str) -> Page<'a> {
        let (head, rest) = split(source, "\n## 中文\n");
        let (zh, rest) = split(rest, "\n## English\n");
        let (en, examples) = split(rest, "\n## Example\n");
        let mut titles = head.lines().filter_map(|l| l.strip_prefix("> "));
        Page {
            id: head.lines().next().and_then(|l| l.strip_prefix("# ")).unwrap_or("").trim(),
            title_zh: titles.next().unwrap_or("").trim(),
            title_en: titles.next().unwrap_or("").trim(),
            zh: zh.trim(),
            en: en.trim(),
            blocks: blocks(examples),
        }
    }

    /// The title in both languages.
    pub fn title(&self) -> Text {
        Text::new(self.title_zh, self.title_en)
    }

    /// The body in `lang`.
    pub fn body(&self, lang: Lang) -> &'a str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// One section of the body by its heading's number: 0 what it does, 1 why, 2 what could make
    /// it wrong, 3 how to fix. Empty where the page has no such section.
    pub fn section(&self, lang: Lang, number: usize) -> &'a str {
        let body = self.body(lang);
        let part = body.split("### ").nth(number + 1).unwrap_or("");
        part.split_once('\n').map_or("", |(_, text)| text.trim())
    }
}

fn split<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    text.split_once(mark).unwrap_or((text, ""))
}

fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("```") {
        let Some((kind, body)) = after.split_once('\n') else { break };
        let Some((inside, after)) = body.split_once("```") else { break };
        out.push((kind.trim(), inside));
        rest = after;
    }
    out
}
