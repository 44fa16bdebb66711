//! SDKs that the policy names in running text and lists nowhere.

use super::context::{is_library, row_key, sdk_name, shorten};
use super::presence::{found, nothing_found};
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::location::{DocumentId, Span};
use crate::policy::Place;
use crate::resolve::{Declared, Found};
use crate::signature::{Detection, Sdk};

/// An SDK is in the package; the policy names it in running text, not in a row.
pub static SDK_NAMED_IN_PROSE_ONLY: Rule = Rule {
    id: "sdk-named-in-prose-only",
    group: Group::Document,
    levels: Levels::all(Severity::Medium).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["netdata-21-2", "identification-2-1"],
    page: include_str!("../../docs/rules/sdk-named-in-prose-only.md"),
    check: |cx, out| {
        for (detection, sdk) in found(cx).filter(|(_, s)| !is_library(s)) {
            let rows = rows_of(cx, detection);
            let listed = rows
                .iter()
                .any(|r| cx.case.policy.declarations.get(*r).is_some_and(|d| d.place == Place::List));
            let quote = match rows.first().and_then(|r| cx.case.policy.declarations.get(*r)) {
                Some(_) if listed || family_listed(cx, sdk) => continue,
                Some(row) => cx.quote_row(row),
                None => match cx.mentions().of(sdk.id.as_str()) {
                    Some((document, span)) => cx.quote(document, around(cx, document, span)),
                    None => continue,
                },
            };
            let draft = Draft::new(
                "sdk",
                sdk.id.as_str(),
                format!(
                    "政策只在正文中提到 {}，没有把它列为一行；应用中有它的代码。",
                    sdk_name(sdk, Lang::Zh)
                ),
                format!(
                    "The policy names {} in running text only, not as a row of a list; the app contains its code.",
                    sdk_name(sdk, Lang::En)
                ),
            );
            out.report(
                draft
                    .sure(detection.confidence.min(cx.policy_absence()).min(Confidence::Medium))
                    .with(quote)
                    .with_all(detection.evidence.iter().take(3).cloned()),
            );
        }
        prose_rows_without_code(cx, out);
        login_providers(cx, out);
    },
};

/// Whether a row of the list names the brand an SDK belongs to; then the product is another rule's matter.
fn family_listed(cx: &Context<'_>, sdk: &Sdk) -> bool {
    let family = sdk.family.as_ref().unwrap_or(&sdk.id);
    cx.rows().any(|(_, d, s)| {
        d.place == Place::List && s.is_some_and(|s| s.id == *family || s.family.as_ref() == Some(family))
    })
}

/// SDKs that sentences name without listing them, when there is no package to compare with.
fn prose_rows_without_code(cx: &Context<'_>, out: &mut Sink<'_>) {
    let listed: Vec<&str> = cx
        .rows()
        .filter(|(_, r, _)| r.place == Place::List)
        .filter_map(|(_, _, s)| s.map(|s| s.id.as_str()))
        .collect();
    for (number, row, sdk) in cx.rows() {
        let is_listed = sdk.is_some_and(|s| listed.contains(&s.id.as_str()));
        let covered = cx.has_app() && nothing_found(cx, number);
        if row.place != Place::Prose
            || is_listed
            || covered
            || cx.coverage.declarations.get(number) != Some(&Found::Nothing)
        {
            continue;
        }
        let name = shorten(&row.name.text);
        out.report(
            Draft::new(
                "sdk",
                row_key(row, sdk),
                format!("“{name}”只在正文中提到，没有列为一行。"),
                format!("“{name}” is named in running text only, not listed as a row."),
            )
            .sure(Confidence::Medium)
            .at_most(Severity::Low)
            .with(cx.quote(row.document, row.span)),
        );
    }
}

/// Accounts of other companies that users can log in with, none of which has a row.
fn login_providers(cx: &Context<'_>, out: &mut Sink<'_>) {
    const BRANDS: &[&str] =
        &["微信", "微博", "支付宝", "wechat", "weibo", "alipay", "facebook", "google", "twitter"];
    const ACCOUNT: &[&str] = &[
        "第三方账号",
        "第三方帐号",
        "第三方平台",
        "第三方账户",
        "third party account",
        "third-party account",
        "third-party platform",
    ];
    let names: Vec<String> = cx
        .case
        .policy
        .declarations
        .iter()
        .filter(|d| d.place == Place::List)
        .map(|d| fold::fold(&d.name.text).as_str().to_owned())
        .collect();
    for sentence in cx.sentences().iter().filter(|s| s.has(ACCOUNT) && s.has(&["登录", "log in", "login"]))
    {
        let unlisted: Vec<&str> = BRANDS
            .iter()
            .copied()
            .filter(|b| sentence.folded.contains(b) && !names.iter().any(|n| n.contains(b)))
            .collect();
        if unlisted.is_empty() {
            continue;
        }
        let text = unlisted.join(", ");
        out.report(
            Draft::new(
                "document",
                format!("login/{text}"),
                format!("政策说可以用 {text} 账号登录，清单中没有相应的条目；如果集成了它们的 SDK，应当列出。"),
                format!("The policy says that users can log in with {text}; no row lists them. If their SDKs are integrated, they need rows."),
            )
            .sure(Confidence::Low)
            .at_most(Severity::Low)
            .with(cx.quote(sentence.document, sentence.span)),
        );
    }
}

fn rows_of<'c>(cx: &'c Context<'_>, detection: &Detection) -> &'c [usize] {
    let at = cx.case.detections.sdks.iter().position(|d| d.sdk == detection.sdk);
    match at.and_then(|i| cx.coverage.detections.get(i)) {
        Some(
            Declared::Itself(rows)
            | Declared::Member(rows)
            | Declared::Family(rows)
            | Declared::Ambiguous(rows),
        ) => rows,
        _ => &[],
    }
}

/// The words around a hit, as far as its line goes.
fn around(cx: &Context<'_>, document: DocumentId, span: Span) -> Span {
    let text = cx.visible.get(document.0 as usize).map_or("", String::as_str);
    let start = text
        .get(..span.start)
        .and_then(|t| t.char_indices().rev().take(40).take_while(|(_, c)| *c != '\n').last())
        .map_or(span.start, |(i, _)| i);
    let end = text
        .get(span.end..)
        .map_or(0, |t| t.chars().take(60).take_while(|c| *c != '\n').map(char::len_utf8).sum());
    Span::new(start, span.end + end)
}
