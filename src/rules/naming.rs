//! Names of SDK rows: read by an alias, polluted by labels, listed twice.

use super::completeness::list_rows;
use super::context::{name_key, sdk_name, shorten};
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::policy::{Declaration, Field};
use crate::resolve::By;
use crate::signature::Sdk;
use std::collections::BTreeMap;

/// A row's name was read through an alias, a translation or a label stuck to it.
pub static UNOFFICIAL_SDK_NAME: Rule = Rule {
    id: "unofficial-sdk-name",
    group: Group::Naming,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/unofficial-sdk-name.md"),
    check: |cx, out| {
        for (number, row, sdk) in list_rows(cx) {
            let (Some(sdk), Some(identity)) = (sdk, cx.case.identities.get(number)) else { continue };
            let by_words = matches!(identity.by, Some(By::Alias | By::Fuzzy | By::Package | By::Bracket));
            let names =
                std::iter::once((&row.name, by_words)).chain(row.other_names.iter().map(|n| (n, true)));
            for (written, by_words) in names {
                let polluted = is_polluted(cx, row, written);
                let translated = by_words && is_translated(written, sdk);
                if !polluted && !translated {
                    continue;
                }
                let name = shorten(&written.text);
                let (why_zh, why_en) = if polluted {
                    ("名称格里混入了其他文字", "other words stand in the name cell")
                } else {
                    ("这是译名、拼音或旧名", "this is a translation, a transcription or an old name")
                };
                out.report(
                    Draft::new(
                        "sdk",
                        sdk.id.as_str(),
                        format!("“{name}”按 {} 读取；{why_zh}。", sdk_name(sdk, Lang::Zh)),
                        format!("“{name}” was read as {}; {why_en}.", sdk_name(sdk, Lang::En)),
                    )
                    .sure(identity.confidence)
                    .with(cx.quote_field(row.document, written)),
                );
            }
        }
    },
};

/// One SDK stands in two rows of one list.
pub static REPEATED_ROW: Rule = Rule {
    id: "repeated-row",
    group: Group::Naming,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-4"],
    page: include_str!("../../docs/rules/repeated-row.md"),
    check: |cx, out| {
        let mut by_name: BTreeMap<(u32, String), Vec<&Declaration>> = BTreeMap::new();
        for (_, row, sdk) in list_rows(cx) {
            // The same product under another name, for another platform or with another package is no repetition.
            let key = format!(
                "{}/{}/{:?}",
                sdk.map_or("", |s| s.id.as_str()),
                name_key(&row.name.text),
                row.platforms
            );
            let rows = by_name.entry((row.document.0, key)).or_default();
            let packages = |d: &Declaration| d.packages.iter().map(|p| p.text.clone()).collect::<Vec<_>>();
            if rows.first().is_none_or(|first| {
                packages(first) == packages(row)
                    && first.data.as_ref().map(|f| &f.text) == row.data.as_ref().map(|f| &f.text)
            }) {
                rows.push(row);
            }
        }
        for rows in by_name.values().filter(|r| r.len() >= 2) {
            let Some(first) = rows.first() else { continue };
            out.report(
                Draft::new(
                    "row",
                    name_key(&first.name.text),
                    format!("“{}”在同一份清单里出现了 {} 次。", shorten(&first.name.text), rows.len()),
                    format!("“{}” stands in {} rows of one list.", shorten(&first.name.text), rows.len()),
                )
                .sure(Confidence::Medium)
                .with_all(rows.iter().map(|d| cx.quote_row(d))),
            );
        }
    },
};

/// Whether words of labels stand in a name or in its cell.
fn is_polluted(cx: &Context<'_>, row: &Declaration, name: &Field) -> bool {
    let folded = fold::fold(&name.text);
    let cell = fold::fold(line_of(cx, row, name));
    LABELS.iter().any(|l| folded.as_str().contains(l))
        || (cell.as_str().len() < 80
            && LABELS.iter().any(|l| cell.as_str().contains(l))
            && !is_labelled(cell.as_str()))
}

/// Whether a line is a label and its value: `SDK名称：个推SDK` is how such a list is laid out, no defect.
fn is_labelled(line: &str) -> bool {
    line.split_once(':').is_some_and(|(label, value)| {
        !value.trim().is_empty() && LABELS.iter().any(|l| label.trim_end().ends_with(l))
    })
}

/// Whether a name in Latin letters is none of a Chinese SDK's own. Chinese short names are how people call these SDKs;
/// a Latin one that shares no word with the official name was translated or transcribed.
fn is_translated(name: &Field, sdk: &Sdk) -> bool {
    // A telling word of the official name is enough: `Tencent SDK Bugly` is no translation, `Youmeng` is one.
    let key = fold::loose_key(&name.text);
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).map(fold::loose_key).filter(|w| !w.is_empty()).collect()
    };
    let written = words(&name.text);
    let own = [&sdk.name_zh, &sdk.name_en].into_iter().any(|official| {
        let whole = fold::loose_key(official);
        let mut telling = words(official).into_iter().filter(|w| w.chars().count() >= 4);
        (!whole.is_empty() && key.contains(&whole))
            || telling.any(|w| written.iter().any(|own| own.starts_with(&w)))
    });
    !own && !name.text.chars().any(fold::is_cjk) && sdk.country.as_deref() == Some("CN")
}

/// Words of labels that do not belong to a name, folded.
const LABELS: &[&str] = &[
    "purpose of using",
    "sdk purpose",
    "使用目的",
    "sdk名称",
    "功能类型",
    "第三方名称",
    "purpose of use",
    "name of sdk",
    "sdk name",
];

/// The line, or cell, that a name stands in: readers drop labels from names.
fn line_of<'c>(cx: &'c Context<'_>, row: &Declaration, name: &Field) -> &'c str {
    let Some(name) = name.spans.first() else { return "" };
    let text = cx.visible.get(row.document.0 as usize).map_or("", String::as_str);
    let before = text.get(..name.start).map_or("", |t| t.rsplit(['\n', '|']).next().unwrap_or(""));
    let after = text.get(name.end..).map_or("", |t| t.split(['\n', '|']).next().unwrap_or(""));
    text.get(name.start.saturating_sub(before.len())..name.end + after.len()).unwrap_or("")
}
