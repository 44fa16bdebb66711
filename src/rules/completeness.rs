//! Fields that an SDK row lacks. A field most rows lack is one finding about the list, not one per row.

use super::context::{row_key, shorten};
use super::row_text::{
    brand, holds_address, holds_items, mere_link, names_company, purpose_of_all, says, title_of_lost_link,
};
use super::sentence::first;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::lang::Text;
use crate::location::{DocumentId, Span};
use crate::permission;
use crate::policy::{Declaration, FieldName, Place, placeholder};
use crate::signature::{Kind, Sdk};
use std::collections::{BTreeMap, BTreeSet};

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
        let what = Text::new("提供方（公司名称）", "the provider (company name)");
        for (_, row, sdk) in lacking_alone(cx, out, &lacks, FieldName::Provider, Severity::Medium, &what) {
            // "Huawei push" leaves little doubt who it is, and is no company name.
            let Some(brand) = brand(cx, row, sdk) else {
                report_row(cx, out, row, sdk, Severity::Medium, &what);
                continue;
            };
            let name = shorten(&row.name.text);
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{name}”这一行没有写提供方的公司名称，名称里只有品牌“{brand}”。"),
                    format!("The row “{name}” does not state the provider's company name, only the brand “{brand}”."),
                )
                .sure(absence(cx))
                .at_most(Severity::Low)
                .with(cx.quote_row(row)),
            );
        }
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
        lacking(cx, out, &lacks, FieldName::Purpose, Severity::High, &Text::new("目的", "the purpose"));
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
            FieldName::Data,
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
            FieldName::Method,
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
        let lacks = |d: &Declaration, _: Option<&Sdk>| {
            d.scene.is_none() && d.purpose.is_none() && !d.unfilled.contains(&FieldName::Purpose)
        };
        lacking(
            cx,
            out,
            &lacks,
            FieldName::Scene,
            Severity::Info,
            &Text::new("使用场景", "the scene of use"),
        );
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
                && !is_own(d)
                && title_of_lost_link(cx, d).is_none()
                && !holds_address(cx, d)
        };
        lacking(
            cx,
            out,
            &lacks,
            FieldName::Link,
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
        let rows = sound_rows(cx).count();
        let lost: Vec<_> = sound_rows(cx)
            .filter_map(|(_, row, sdk)| Some((row, sdk, title_of_lost_link(cx, row)?)))
            .collect();
        if lost.len() >= MANY && lost.len() * 2 > rows {
            let draft = Draft::new(
                "document",
                "list-of-link-titles",
                format!("SDK 清单的 {rows} 行中有 {} 行只有链接的标题，没有网址；请核对原页面。", lost.len()),
                format!(
                    "{} of the {rows} rows of the SDK list have the title of a link and no address; check the original page.",
                    lost.len()
                ),
            );
            out.report(
                draft.sure(Confidence::Medium).with_all(lost.iter().map(|(row, _, _)| cx.quote_row(row))),
            );
            return;
        }
        for (row, sdk, title) in lost {
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
        lacking(cx, out, &lacks, FieldName::Package, Severity::Info, &Text::new("包名", "the package name"));
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
        // What one SDK asks for is said of that one.
        let one = |name: &str| {
            let name = fold::fold(name);
            let core = name.as_str().trim_end_matches("sdk").trim();
            core.chars().count() >= 2 && sentence.folded.contains(core)
        };
        // A list has to follow, in the sentence or right below it, before the next SDK.
        const BELOW: usize = 160;
        let end = sentence.span.end;
        let next = rows.iter().map(|(_, d, _)| d).filter(|d| d.document == sentence.document);
        let next = next.map(|d| d.span.start).filter(|s| *s >= end).min().unwrap_or(usize::MAX);
        let below = cx.rest(sentence.document, end).unwrap_or("").char_indices().take(BELOW);
        let below: String = below.take_while(|(i, _)| end + i < next).map(|(_, c)| c).collect();
        let told = sentence.folded.clone() + &below;
        if permission::mentions(&told).len() < 2 {
            return;
        }
        let before = sentence.folded.split("sdk").next().unwrap_or("").trim_end();
        let product = !sentence.has(&["third"]) && before.ends_with(|c: char| c.is_ascii_alphanumeric());
        if product || rows.iter().any(|(_, d, _)| one(&d.name.text)) {
            return;
        }
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
                    let marked = placeholder::marks(after).first().is_some_and(|m| m.start == 0);
                    let bracket = after.starts_with(['[', '【']) && !marked;
                    let empty = bracket || LABELS.iter().any(|l| after.starts_with(l));
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

/// Those of them whose cells were told apart: where several rows of a document are named by an address, the last cell
/// of one row was read as the first of the next, and what a row lacks or links to may be another's.
pub(super) fn sound_rows<'c, 'a>(
    cx: &'c Context<'a>,
) -> impl Iterator<Item = (usize, &'a Declaration, Option<&'a Sdk>)> + use<'c, 'a> {
    const SEVERAL: usize = 2;
    let mut counts: BTreeMap<DocumentId, usize> = BTreeMap::new();
    for (_, row, _) in list_rows(cx).filter(|(_, d, _)| names_address(d)) {
        *counts.entry(row.document).or_default() += 1;
    }
    list_rows(cx).filter(move |(_, d, _)| {
        !names_address(d) && counts.get(&d.document).is_none_or(|count| *count < SEVERAL)
    })
}

/// Whether an address stands where the name should.
pub(super) fn names_address(row: &Declaration) -> bool {
    row.name.text.contains("://") || row.name.text.starts_with("www.")
}

/// Whether a row is certainly that of an SDK: the reader may have taken a heading or a remark for one.
fn certain(cx: &Context<'_>, number: usize, row: &Declaration) -> bool {
    let known = cx.case.identities.get(number).is_some_and(|i| i.sdk.is_some() || !i.candidates.is_empty());
    let name = fold::fold(&row.name.text);
    // "Third-party SDKs of X" is the heading of a list.
    const HEADINGS: &[&str] = &[
        "第三方sdk",
        "sdk列表",
        "sdk清单",
        "sdk目录",
        "third-party sdks",
        "third party sdks",
        "软件开发包(sdk)",
        "软件开发工具包(sdk)",
        "软件工具包(sdk)",
    ];
    // "Apart from the SDKs above" is the beginning of a sentence.
    const SENTENCES: &[&str] = &[
        "除",
        "其他",
        "其它",
        "上述",
        "以上",
        "该",
        "此",
        "apart from",
        "except",
        "other ",
        "sdk是",
        "sdk指",
        "sdk即",
        "sdk为",
    ];
    let sentence = SENTENCES.iter().any(|w| name.as_str().starts_with(w));
    if !known && sentence && row.packages.is_empty() && row.provider.is_none() {
        return false;
    }
    if !known && HEADINGS.iter().any(|h| name.as_str().trim_end().ends_with(h)) {
        return false;
    }
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
    "不需要任何",
    "无需任何",
    "collect",
    "obtain",
    "information",
    "personal data",
];

/// Reports the rows for which `lacks` holds: one by one, or as one when most do.
fn lacking(
    cx: &Context<'_>,
    out: &mut Sink<'_>,
    lacks: &dyn Fn(&Declaration, Option<&Sdk>) -> bool,
    field: FieldName,
    level: Severity,
    what: &Text,
) {
    for (_, row, sdk) in lacking_alone(cx, out, lacks, field, level, what) {
        report_row(cx, out, row, sdk, level, what);
    }
}

type Row<'a> = (usize, &'a Declaration, Option<&'a Sdk>);

/// The rows for which `lacks` holds; none when that is most of the list, which is reported as one.
fn lacking_alone<'a>(
    cx: &Context<'a>,
    out: &mut Sink<'_>,
    lacks: &dyn Fn(&Declaration, Option<&Sdk>) -> bool,
    field: FieldName,
    level: Severity,
    what: &Text,
) -> Vec<Row<'a>> {
    let key = field.words().1;
    let rows: Vec<Row<'a>> = sound_rows(cx).collect();
    let without: Vec<Row<'a>> = rows
        .iter()
        .filter(|(n, d, s)| {
            // A field marked to be filled in is reported as that (`unfilled-placeholder`).
            !d.unfilled.contains(&field)
                && lacks(d, *s)
                && certain(cx, *n, d)
                && !told_twice(&rows, *n, *s)
                && !mere_link(cx, d)
        })
        .copied()
        .collect();
    if without.len() < MANY || without.len() * 2 <= rows.len() {
        // Several SDKs of one row lack it once.
        let mut told = BTreeSet::new();
        return without
            .into_iter()
            .filter(|(_, d, _)| d.group.is_none_or(|g| told.insert((d.document, g))))
            .collect();
    }
    let draft = Draft::new(
        "document",
        format!("list-without-{key}"),
        format!("SDK 清单的 {} 行中有 {} 行没有写{}。", rows.len(), without.len(), what.zh),
        format!("{} of the {} rows of the SDK list do not state {}.", without.len(), rows.len(), what.en),
    );
    let quotes = without.iter().map(|(_, d, _)| cx.quote_row(d));
    out.report(draft.sure(absence(cx)).at_most(level).with_all(quotes));
    Vec::new()
}

/// Reports that a row lacks a field.
fn report_row(
    cx: &Context<'_>,
    out: &mut Sink<'_>,
    row: &Declaration,
    sdk: Option<&Sdk>,
    level: Severity,
    what: &Text,
) {
    let name = shorten(&row.name.text);
    out.report(
        Draft::new(
            "row",
            row_key(row, sdk),
            format!("“{name}”这一行没有写{}。", what.zh),
            format!("The row “{name}” does not state {}.", what.en),
        )
        .sure(absence(cx))
        .at_most(level)
        .with(cx.quote_row(row)),
    );
}

/// How sure it is that a field is missing: a list that is kept elsewhere may hold it, and a field no row has may also
/// have been lost in reading.
fn absence(cx: &Context<'_>) -> Confidence {
    cx.policy_absence().min(Confidence::Medium)
}

/// Whether the row says that the app's own maker provides the SDK, whose policy is the one that is read.
fn is_own(row: &Declaration) -> bool {
    const OWN: &[&str] = &["我行", "本行", "我司", "我公司", "本公司", "我们", "自研", "自有"];
    row.provider.as_ref().is_some_and(|p| OWN.contains(&p.text.trim()))
}

/// Libraries of communities have no company and often no policy.
fn is_community(sdk: Option<&Sdk>) -> bool {
    sdk.is_some_and(|s| s.collects == Some(false) || matches!(s.kind, Kind::Library | Kind::Framework))
}
