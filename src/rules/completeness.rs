//! Fields that an SDK row lacks. A field most rows lack is one finding about the list, not one per row.

use super::context::{row_key, shorten};
use super::sentence::first;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::lang::Text;
use crate::location::Span;
use crate::policy::{Declaration, FieldName, Place};
use crate::signature::{Kind, Sdk};
use crate::taxonomy;

/// Rows that must lack a field before they are reported as one.
const MANY: usize = 4;

/// A row does not name the company behind the SDK.
pub static ROW_WITHOUT_PROVIDER: Rule = Rule {
    id: "row-without-provider",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["netdata-21-2", "pipl-23", "miit-2023-26", "agc-fields"],
    page: include_str!("../../docs/rules/row-without-provider.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, sdk: Option<&Sdk>| {
            d.provider.is_none() && !is_community(sdk) && !names_company(cx, d)
        };
        lacking(
            cx,
            out,
            &lacks,
            "provider",
            Severity::Medium,
            &Text::new("提供方（公司名称）", "the provider (company name)"),
        );
    },
};

/// A row does not say what the SDK is for.
pub static ROW_WITHOUT_PURPOSE: Rule = Rule {
    id: "row-without-purpose",
    group: Group::Completeness,
    levels: Levels::all(Severity::High).play(Severity::Low).west(Severity::Medium),
    since: "0.1.0",
    clauses: &[
        "identification-2-1",
        "pipl-17",
        "pipl-23",
        "cac-2025-05-06-fields",
        "agc-fields",
        "gdpr-13-1",
    ],
    page: include_str!("../../docs/rules/row-without-purpose.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, _: Option<&Sdk>| {
            d.purpose.is_none()
                && d.scene.is_none()
                && !d.denied.contains(&FieldName::Purpose)
                && !says(cx, d, PURPOSE_WORDS)
                && !purpose_of_all(cx, d)
                // What the reader took for the name.
                && !d.name.text.contains("用于")
        };
        lacking(cx, out, &lacks, "purpose", Severity::High, &Text::new("目的", "the purpose"));
    },
};

/// A row does not say which data the SDK takes.
pub static ROW_WITHOUT_DATA: Rule = Rule {
    id: "row-without-data",
    group: Group::Completeness,
    levels: Levels::all(Severity::High).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-1", "pipl-23", "two-lists", "cac-2025-05-06-fields", "agc-fields"],
    page: include_str!("../../docs/rules/row-without-data.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, sdk: Option<&Sdk>| {
            d.data.is_none()
                && !d.denied.contains(&FieldName::Data)
                && sdk.is_none_or(|s| s.collects != Some(false))
                && !says(cx, d, DATA_WORDS)
                && !holds_items(cx, d)
        };
        lacking(
            cx,
            out,
            &lacks,
            "data",
            Severity::High,
            &Text::new("收集的个人信息种类", "the types of data"),
        );
    },
};

/// A row does not say how data is taken or shared.
pub static ROW_WITHOUT_METHOD: Rule = Rule {
    id: "row-without-method",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-1", "pipl-23", "two-lists"],
    page: include_str!("../../docs/rules/row-without-method.md"),
    check: |cx, out| {
        // One sentence for all rows is enough.
        let said_once = cx.visible.iter().any(|t| {
            let t = fold::fold(t);
            [
                "共享方式",
                "处理方式:",
                "收集方式",
                "sdk本机采集",
                "sdk收集",
                "method of sharing",
                "sharing method",
                "processing method",
                "collection method",
            ]
            .iter()
            .any(|w| t.as_str().contains(w))
        });
        let lacks = |d: &Declaration, _: Option<&Sdk>| d.method.is_none() && !said_once;
        lacking(
            cx,
            out,
            &lacks,
            "method",
            Severity::Low,
            &Text::new("收集或共享的方式", "the method of collection or sharing"),
        );
    },
};

/// A row does not say in which scene the SDK works.
pub static ROW_WITHOUT_SCENE: Rule = Rule {
    id: "row-without-scene",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Info),
    since: "0.1.0",
    clauses: &["two-lists"],
    page: include_str!("../../docs/rules/row-without-scene.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, _: Option<&Sdk>| d.scene.is_none() && d.purpose.is_none();
        lacking(cx, out, &lacks, "scene", Severity::Info, &Text::new("使用场景", "the scene of use"));
    },
};

/// A row gives no link to a privacy policy.
pub static ROW_WITHOUT_LINK: Rule = Rule {
    id: "row-without-link",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Medium).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["miit-2023-26", "gbt43435-6-1-b", "agc-fields"],
    page: include_str!("../../docs/rules/row-without-link.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, sdk: Option<&Sdk>| {
            d.links.is_empty()
                && !is_community(sdk)
                && title_of_lost_link(cx, d).is_none()
                && !holds_address(cx, d)
        };
        lacking(
            cx,
            out,
            &lacks,
            "link",
            Severity::Medium,
            &Text::new("隐私政策链接", "a privacy-policy link"),
        );
    },
};

/// A row has the title of a link, and no address.
pub static LINK_TITLE_ONLY: Rule = Rule {
    id: "link-title-only",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["miit-2023-26", "agc-fields"],
    page: include_str!("../../docs/rules/link-title-only.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let Some(title) = title_of_lost_link(cx, row) else { continue };
            let name = shorten(&row.name.text);
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{name}”这一行只有链接的标题“{title}”，没有网址；请核对原页面。"),
                    format!("The row “{name}” has the title of a link, “{title}”, and no address; check the original page."),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(row.document, row.span)),
            );
        }
    },
};

/// A row gives no package name.
pub static ROW_WITHOUT_PACKAGE: Rule = Rule {
    id: "row-without-package",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Info),
    since: "0.1.0",
    clauses: &["agc-fields"],
    page: include_str!("../../docs/rules/row-without-package.md"),
    check: |cx, out| {
        let lacks = |d: &Declaration, _: Option<&Sdk>| d.packages.is_empty();
        lacking(cx, out, &lacks, "package", Severity::Info, &Text::new("包名", "the package name"));
    },
};

/// Permissions are listed once for all SDKs, not per SDK.
pub static SHARED_PERMISSION_LIST: Rule = Rule {
    id: "shared-permission-list",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["gbt41391-6-6-2", "gbt43435-6-1-b"],
    page: include_str!("../../docs/rules/shared-permission-list.md"),
    check: |cx, out| {
        let rows: Vec<_> = list_rows(cx).collect();
        if rows.len() < 2 || rows.iter().any(|(_, d, _)| d.permissions.is_some()) {
            return;
        }
        let found = first(cx, &[&["第三方", "sdk"], &["以下权限", "下列权限"]])
            .or_else(|| first(cx, &[&["third part", "third-part"], &["following permission"]]));
        let Some(sentence) = found else { return };
        out.report(
            Draft::new(
                "document",
                "shared-permission-list",
                format!("权限只对所有 SDK 统一列了一次；{} 个 SDK 条目都没有写各自使用的权限和目的。", rows.len()),
                format!("Permissions are listed once for all SDKs; none of the {} rows says which permissions its SDK uses and why.", rows.len()),
            )
            .sure(Confidence::Medium)
            .with(cx.quote(sentence.document, sentence.span)),
        );
    },
};

/// A field is announced, and nothing stands in it.
pub static EMPTY_FIELD: Rule = Rule {
    id: "empty-field",
    group: Group::Completeness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/empty-field.md"),
    check: |cx, out| {
        const LABELS: &[&str] = &[
            "optional permissions",
            "required permissions",
            "optional information",
            "required information",
            "可选权限",
            "必选权限",
            "必要权限",
            "可选信息",
            "必选信息",
            "必要信息",
            "可选个人信息",
            "必选个人信息",
        ];
        for (_, row, sdk) in list_rows(cx) {
            let text = cx.text(row.document, row.span);
            let folded = fold::fold(text);
            for label in LABELS {
                for (at, _) in folded.as_str().match_indices(label) {
                    let after = folded.as_str().get(at + label.len()..).unwrap_or("");
                    let after = after.trim_start_matches([' ', ':', ']', '】', ')']);
                    let empty = after.starts_with(['[', '【']) || LABELS.iter().any(|l| after.starts_with(l));
                    if !empty {
                        continue;
                    }
                    let inside = folded.span(at..at + label.len());
                    let span = Span::new(row.span.start + inside.start, row.span.start + inside.end);
                    out.report(
                        Draft::new(
                            "row",
                            format!("{}/{label}", row_key(row, sdk)),
                            format!("“{}”一行的“{label}”后面没有内容。", shorten(&row.name.text)),
                            format!("In the row “{}”, nothing follows “{label}”.", shorten(&row.name.text)),
                        )
                        .sure(Confidence::Medium)
                        .with(cx.quote(row.document, span)),
                    );
                }
            }
        }
    },
};

/// Rows of SDK lists.
pub(super) fn list_rows<'c, 'a>(
    cx: &'c Context<'a>,
) -> impl Iterator<Item = (usize, &'a Declaration, Option<&'a Sdk>)> + use<'c, 'a> {
    cx.rows().filter(|(_, d, _)| d.place == Place::List)
}

/// Whether a row is certainly that of an SDK: the reader may have taken a heading or a remark for one.
fn certain(cx: &Context<'_>, number: usize, row: &Declaration) -> bool {
    let known = cx.case.identities.get(number).is_some_and(|i| i.sdk.is_some() || !i.candidates.is_empty());
    let name = fold::fold(&row.name.text);
    known || !row.packages.is_empty() || row.provider.is_some() || name.as_str().contains("sdk")
}

/// Whether another row of the list stands for the same SDK: what one lacks, the other may state.
fn told_twice(rows: &[(usize, &Declaration, Option<&Sdk>)], number: usize, sdk: Option<&Sdk>) -> bool {
    let same = |other: &Option<&Sdk>| other.zip(sdk).is_some_and(|(a, b)| a.id == b.id);
    rows.iter().any(|(n, _, other)| *n != number && same(other))
}

/// Words that announce a purpose in running text.
const PURPOSE_WORDS: &[&str] = &[
    "用于",
    "用来",
    "用途",
    "目的",
    "功能",
    "为了",
    "以便",
    "以实现",
    "以提供",
    "场景",
    "提供",
    "帮助",
    "实现",
    "能力",
    "服务",
    "支持",
    "进行",
    "方便",
    "purpose",
    "used for",
    "used to",
    "in order to",
    "so that",
    "provide",
    "function",
    "service",
    "support",
];

/// Words that announce data in running text.
const DATA_WORDS: &[&str] = &[
    "收集",
    "获取",
    "采集",
    "读取",
    "信息类型",
    "信息种类",
    "数据类型",
    "个人信息",
    "设备信息",
    "collect",
    "obtain",
    "information",
    "personal data",
];

/// Whether one of `words` stands in a row or right behind it, or the row is in a language these words are not of.
fn says(cx: &Context<'_>, row: &Declaration, words: &[&str]) -> bool {
    let text = fold::fold(&region(cx, row));
    let unread = [text.as_str(), above(cx, row)].iter().any(|t| is_unread_script(t));
    unread || words.iter().any(|w| text.as_str().contains(w))
}

/// Whether data items stand in a row outside of its purpose and scene.
fn holds_items(cx: &Context<'_>, row: &Declaration) -> bool {
    let mut text = region(cx, row);
    for part in row.purpose.iter().chain(&row.scene).filter(|f| !f.text.is_empty()) {
        text = text.replacen(part.text.as_str(), " ", 1);
    }
    !taxonomy::find(&text).is_empty()
}

/// Whether the sentence above the rows states the purpose of all: "the following SDKs are used for statistics".
fn purpose_of_all(cx: &Context<'_>, row: &Declaration) -> bool {
    let all = |line: &&str| ["以下", "下列", "如下", "following"].iter().any(|w| line.contains(w));
    above(cx, row).lines().rev().find(all).is_some_and(|l| ["用于", "used for"].iter().any(|w| l.contains(w)))
}

/// A row's text and what follows up to the next row, where the reader may have left the rest of it. Name,
/// company, links and method are no part of it.
fn region(cx: &Context<'_>, row: &Declaration) -> String {
    const BEHIND: usize = 300;
    let rows = cx.case.policy.declarations.iter().filter(|d| d.document == row.document);
    let next = rows.map(|d| d.span.start).filter(|s| *s > row.span.start).min().unwrap_or(usize::MAX);
    let visible = cx.rest(row.document, row.span.start).unwrap_or("");
    let own = row.span.end.saturating_sub(row.span.start);
    // A row of a table ends where it ends.
    let behind = if row.reader.contains("table") { 0 } else { BEHIND };
    let mut end = next.saturating_sub(row.span.start).min(own + behind).max(own).min(visible.len());
    while !visible.is_char_boundary(end) {
        end -= 1;
    }
    let mut text = visible.get(..end).unwrap_or("").to_owned();
    let links = row.links.iter().map(|l| &l.url);
    let told = [&row.provider, &row.method, &row.retention].into_iter().flatten();
    for part in links.chain([&row.name]).chain(told).filter(|f| !f.text.is_empty()) {
        text = text.replacen(part.text.as_str(), " ", 1);
    }
    text
}

/// Whether a text is in part Japanese or Korean, whose words for purposes and data are not known here.
pub(super) fn is_unread_script(text: &str) -> bool {
    const FEW: usize = 8;
    let letters = text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30FA}' | '\u{AC00}'..='\u{D7A3}'));
    letters.take(FEW).count() == FEW
}

/// The visible text shortly before a row.
fn above<'c>(cx: &'c Context<'_>, row: &Declaration) -> &'c str {
    const BEFORE: usize = 600;
    let visible = cx.visible.get(row.document.0 as usize).map_or("", String::as_str);
    let mut start = row.span.start.saturating_sub(BEFORE);
    while !visible.is_char_boundary(start) && start < visible.len() {
        start += 1;
    }
    visible.get(start..row.span.start).unwrap_or("")
}

/// Whether a row states nothing but a name and links, and nothing around it speaks of SDKs: a list of links to partners.
fn mere_link(cx: &Context<'_>, row: &Declaration) -> bool {
    let fields = [&row.provider, &row.purpose, &row.scene, &row.data, &row.method];
    let bare = fields.iter().all(|f| f.is_none()) && row.packages.is_empty() && row.permissions.is_none();
    let around = [row.name.text.as_str(), above(cx, row)];
    bare && !around.iter().any(|t| fold::fold(t).as_str().contains("sdk"))
}

/// Reports the rows for which `lacks` holds: one by one, or as one when most do.
fn lacking(
    cx: &Context<'_>,
    out: &mut Sink<'_>,
    lacks: &dyn Fn(&Declaration, Option<&Sdk>) -> bool,
    key: &str,
    level: Severity,
    what: &Text,
) {
    let rows: Vec<_> = list_rows(cx).collect();
    let without: Vec<_> = rows
        .iter()
        .filter(|(n, d, s)| {
            lacks(d, *s) && certain(cx, *n, d) && !told_twice(&rows, *n, *s) && !mere_link(cx, d)
        })
        .collect();
    // A list that is kept elsewhere may hold the field; a field no row has may also have been lost in reading.
    let sure = cx.policy_absence().min(Confidence::Medium);
    if without.len() >= MANY && without.len() * 2 > rows.len() {
        let draft = Draft::new(
            "document",
            format!("list-without-{key}"),
            format!("SDK 清单的 {} 行中有 {} 行没有写{}。", rows.len(), without.len(), what.zh),
            format!("{} of the {} rows of the SDK list do not state {}.", without.len(), rows.len(), what.en),
        );
        let quotes = without.iter().map(|(_, d, _)| cx.quote_row(d));
        out.report(draft.sure(sure).at_most(level).with_all(quotes));
        return;
    }
    for (_, row, sdk) in without {
        let name = shorten(&row.name.text);
        out.report(
            Draft::new(
                "row",
                row_key(row, *sdk),
                format!("“{name}”这一行没有写{}。", what.zh),
                format!("The row “{name}” does not state {}.", what.en),
            )
            .sure(sure)
            .at_most(level)
            .with(cx.quote_row(row)),
        );
    }
}

/// Libraries of communities have no company and often no policy.
fn is_community(sdk: Option<&Sdk>) -> bool {
    sdk.is_some_and(|s| s.collects == Some(false) || matches!(s.kind, Kind::Library | Kind::Framework))
}

/// Whether a company stands in the row's own text.
fn names_company(cx: &Context<'_>, row: &Declaration) -> bool {
    let text = cx.text(row.document, row.span);
    ["有限公司", "股份公司", "集团", "Co., Ltd", "Co.,Ltd", "Inc.", " LLC", "Limited", "Corporation"]
        .iter()
        .any(|w| text.contains(w))
}

/// Whether an address stands in, or right behind, a row of several SDKs, where no reader can tell whose it is.
fn holds_address(cx: &Context<'_>, row: &Declaration) -> bool {
    const BEHIND: usize = 600;
    let rows = cx.case.policy.declarations.iter().filter(|d| d.document == row.document);
    let next = rows.map(|d| d.span.start).filter(|s| *s >= row.span.end).min().unwrap_or(usize::MAX);
    let document = cx.case.policy.documents.get(row.document.0 as usize);
    let rest = document.and_then(|d| d.text.get(row.span.start..)).unwrap_or("");
    let mut end = next.min(row.span.end + BEHIND).saturating_sub(row.span.start).min(rest.len());
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    let text = rest.get(..end).unwrap_or("");
    row.group.is_some() && ["http://", "https://", "www."].iter().any(|w| text.contains(w))
}

/// The title of a link in a row that has no link.
fn title_of_lost_link(cx: &Context<'_>, row: &Declaration) -> Option<String> {
    if !row.links.is_empty() {
        return None;
    }
    let text = cx.text(row.document, row.span);
    const TITLES: &[&str] = &[
        "privacy link",
        "privacy policy",
        "terms and conditions",
        "service terms",
        "privacy statement",
        "隐私政策",
        "隐私协议",
        "隐私声明",
        "隐私条款",
        "服务条款",
        "用户协议",
    ];
    let cells = text.split(['|', '\t', '\n']).map(str::trim).filter(|c| !c.is_empty());
    cells
        .filter(|c| c.chars().count() <= 140)
        .find(|c| TITLES.iter().any(|t| fold::fold(c).as_str().ends_with(t)))
        .map(shorten)
}
