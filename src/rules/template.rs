//! Published SDK-table templates whose mistakes many policies copy: rows found again are named as the template's.

use super::context::sdk_names;
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::lang::Text;
use crate::policy::Declaration;
use serde::Deserialize;
use std::sync::LazyLock;

/// A published template, as facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Stable id.
    pub id: String,
    /// What people call it.
    pub name: Text,
    /// Where it is published.
    pub source: String,
    /// Its rows that matter here.
    pub rows: Vec<TemplateRow>,
}

/// One row of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRow {
    /// Packages, as the template gives them.
    pub packages: Vec<String>,
    /// Known mistakes, as (kind, wrong value): `package`, `permission`, `link`.
    #[serde(default)]
    pub errors: Vec<(String, String)>,
}

/// Rows with a template's packages a policy needs before it counts as copied.
const COPIED: usize = 3;

/// All templates known.
pub static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        template: Vec<Template>,
    }
    let parsed = toml::from_str::<File>(include_str!("../../data/templates.toml"));
    debug_assert!(parsed.is_ok(), "data/templates.toml: {parsed:?}", parsed = parsed.as_ref().err());
    parsed.map(|f| f.template).unwrap_or_default()
});

/// Rows were copied from a template with known mistakes.
pub static TEMPLATE_ROWS: Rule = Rule {
    id: "template-rows",
    group: Group::Naming,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/template-rows.md"),
    check: |cx, out| {
        for template in TEMPLATES.iter() {
            let rows: Vec<_> = cx.rows().filter(|(_, d, _)| template.row_of(d).is_some()).collect();
            if rows.len() < COPIED {
                continue;
            }
            let names = sdk_names(rows.iter().filter_map(|(_, _, s)| *s).collect::<Vec<_>>().into_iter());
            let mut wrong: Vec<&str> = rows
                .iter()
                .filter_map(|(_, d, _)| Some((template.row_of(d)?, cx.text(d.document, d.span))))
                .flat_map(|(r, text)| {
                    r.errors.iter().map(|(_, v)| v.as_str()).filter(move |v| text.contains(v))
                })
                .collect();
            wrong.sort_unstable();
            wrong.dedup();
            let (more_zh, more_en) = if wrong.is_empty() {
                (String::new(), String::new())
            } else {
                (
                    format!("；其中 {} 是模板自身的错误", wrong.join("、")),
                    format!("; {} are the template's own mistakes", wrong.join(", ")),
                )
            };
            out.report(
                Draft::new(
                    "document",
                    template.id.as_str(),
                    format!(
                        "{} 这 {} 行与{}（{}）一致{more_zh}。",
                        names.zh,
                        rows.len(),
                        template.name.zh,
                        template.source
                    ),
                    format!(
                        "{} rows ({}) agree with {} ({}){more_en}.",
                        rows.len(),
                        names.en,
                        template.name.en,
                        template.source
                    ),
                )
                .of_template(Some(template.id.as_str()))
                .sure(Confidence::High)
                .with_all(rows.iter().map(|(_, d, _)| cx.quote_row(d))),
            );
        }
    },
};

impl Template {
    /// The template's row that gives a package of `row`.
    fn row_of(&self, row: &Declaration) -> Option<&TemplateRow> {
        self.rows.iter().find(|r| row.packages.iter().any(|p| r.packages.contains(&p.text)))
    }
}

impl Context<'_> {
    /// The template whose known mistake this is: the policy holds several of its rows, and `value`
    /// is a mistake of `kind` in the template's version of `row`.
    pub fn template_error(&self, row: &Declaration, kind: &str, value: &str) -> Option<&'static str> {
        TEMPLATES.iter().find_map(|template| {
            let known = template.row_of(row)?.errors.iter().any(|(k, v)| k == kind && value.trim() == v);
            let copied = self.rows().filter(|(_, d, _)| template.row_of(d).is_some()).count() >= COPIED;
            (known && copied).then_some(template.id.as_str())
        })
    }
}
