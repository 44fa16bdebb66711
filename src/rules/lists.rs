//! SDK lists a policy lacks, keeps elsewhere, or replaces by general words.

use super::completeness::list_rows;
use super::context::{is_library, sdk_names, shorten};
use super::document::of_kind;
use super::permissions::listed_entries;
use super::sentence::Sentence;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::location::{DocumentId, Span};
use crate::policy::{Declaration, Place, StatementKind};
use crate::resolve::Declared;
use crate::signature::{Kind, Sdk};

/// The package holds SDKs, and the policy has no list of them.
pub static NO_SDK_LIST: Rule = Rule {
    id: "no-sdk-list",
    group: Group::Comparison,
    levels: Levels::all(Severity::High).play(Severity::Info).west(Severity::Low),
    since: "0.1.0",
    clauses: &[
        "netdata-21-2",
        "identification-2-1",
        "two-lists",
        "cac-2025-05-06-list",
        "agc-sdk",
        "gdpr-13-1",
    ],
    page: include_str!("../../docs/rules/no-sdk-list.md"),
    check: |cx, out| {
        let listed = cx.case.policy.declarations.iter().any(|d| d.place == Place::List);
        let found: Vec<&Sdk> = cx
            .case
            .detections
            .sdks
            .iter()
            .filter_map(|d| cx.case.database.get(d.sdk.as_str()))
            .filter(|s| s.kind != Kind::Packer && !is_library(s))
            .collect();
        if !cx.has_policy() || listed || found.is_empty() {
            return;
        }
        let shown = sdk_names(found.iter().take(5).copied());
        // Where the text names several SDKs it may well hold a list that was not read as one.
        let prose = cx.case.policy.declarations.iter().filter(|d| d.place == Place::Prose).count();
        let named = prose + found.iter().filter(|s| cx.mentions().of(s.id.as_str()).is_some()).count();
        let mut draft = Draft::new(
            "document",
            "no-sdk-list",
            format!("应用中有 {} 个第三方 SDK（{} 等），在给出的政策文本中没有找到 SDK 清单。", found.len(), shown.zh),
            format!("The app contains {} third-party SDKs ({} and more); no list of SDKs was found in the policy text given.", found.len(), shown.en),
        )
        .sure(if named >= 3 { Confidence::Low } else { cx.policy_absence() });
        for detection in
            cx.case.detections.sdks.iter().filter(|d| found.iter().any(|s| s.id == d.sdk)).take(5)
        {
            draft = draft.with_all(detection.evidence.first().cloned());
        }
        out.report(draft.with(cx.absent_in_policy(vec![
            "SDK".into(),
            "第三方".into(),
            "third-party".into(),
        ])));
    },
};

/// The policy points to a list that was not given.
pub static LIST_ELSEWHERE: Rule = Rule {
    id: "list-elsewhere",
    group: Group::Document,
    levels: Levels::all(Severity::Medium).west(Severity::Info).play(Severity::Info),
    since: "0.1.0",
    clauses: &["netdata-21-2", "two-lists", "identification-2-1"],
    page: include_str!("../../docs/rules/list-elsewhere.md"),
    check: |cx, out| {
        let has_list = cx.case.policy.declarations.iter().any(|d| d.place == Place::List);
        for statement in of_kind(cx, StatementKind::ListElsewhere) {
            let text = shorten(cx.text(statement.document, statement.span));
            let named =
                statement.subject.clone().unwrap_or_else(|| fold::key(&text).chars().take(60).collect());
            out.report(
                Draft::new(
                    "document",
                    format!("list-elsewhere/{named}"),
                    "政策提到另一份清单，该清单没有给出；如果存在，请与政策一并提供。".into(),
                    "The policy refers to a list that was not given; if it exists, pass it along with the policy.".into(),
                )
                .at_most(if has_list { Severity::Low } else { Severity::Medium })
                .with(cx.quote(statement.document, statement.span)),
            );
        }
        named_lists(cx, out);
    },
};

/// Titles of permission lists that the reader of statements does not know, where the text holds no such list.
fn named_lists(cx: &Context<'_>, out: &mut Sink<'_>) {
    if listed_entries(cx).count() >= 3 {
        return;
    }
    const POINTS: &[&str] = &["refer to", "see ", "详见", "参见", "查看", "请阅读"];
    for sentence in cx.sentences().iter().filter(|s| s.folded.contains('《') && s.has(POINTS)) {
        let titles = sentence.folded.split('《').skip(1).filter_map(|t| Some(t.split_once('》')?.0.trim()));
        for title in titles {
            let list =
                ["permission list", "list of permissions", "权限清单", "权限列表", "权限说明", "权限目录"];
            let stated = of_kind(cx, StatementKind::ListElsewhere)
                .any(|s| s.document == sentence.document && s.span.overlaps(sentence.span));
            if stated || !list.iter().any(|w| title.contains(w)) {
                continue;
            }
            out.report(
                Draft::new(
                    "document",
                    format!("list-elsewhere/{}", fold::loose_key(title)),
                    "政策提到另一份权限清单，该清单没有给出；如果存在，请与政策一并提供。".into(),
                    "The policy refers to a list of permissions that was not given; if it exists, pass it along with the policy.".into(),
                )
                .at_most(Severity::Low)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    }
}

/// The policy speaks of third-party SDKs or partners and names none.
pub static UNNAMED_SDKS: Rule = Rule {
    id: "unnamed-sdks",
    group: Group::Document,
    levels: Levels::all(Severity::Medium).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "netdata-21-2"],
    page: include_str!("../../docs/rules/unnamed-sdks.md"),
    check: |cx, out| {
        let has_list = list_rows(cx).next().is_some();
        let stated: Vec<(DocumentId, Span)> =
            of_kind(cx, StatementKind::UnnamedSdks).map(|s| (s.document, s.span)).collect();
        let rows = &cx.case.policy.declarations;
        let more =
            cx.sentences().iter().filter(|s| speaks_of_unnamed(s)).map(|s| (s.document, s.span)).filter(
                |(document, span)| {
                    let known = stated.iter().any(|(d, s)| d == document && s.overlaps(*span));
                    !known && !rows.iter().any(|d| d.document == *document && d.span.overlaps(*span))
                },
            );
        for (document, span) in stated.iter().copied().chain(more) {
            // "We add SDKs of partners" above the SDKs themselves is the sentence that opens the list.
            let opens = |d: &&Declaration| {
                d.document == document && d.span.start >= span.end && d.span.start - span.end <= OPENING
            };
            // The next sentence of the paragraph may give the names.
            let paragraph = cx.rest(document, span.end).and_then(|t| t.lines().next()).unwrap_or("");
            let told = [cx.text(document, span), paragraph].into_iter().any(names_or_points);
            if told || is_heading(cx.text(document, span)) || rows.iter().any(|d| opens(&d)) {
                continue;
            }
            let key: String = fold::key(cx.text(document, span)).chars().take(60).collect();
            out.report(
                Draft::new(
                    "document",
                    format!("unnamed-sdks/{key}"),
                    "这句话说到第三方 SDK 或合作方，没有写出名称。".into(),
                    "The sentence speaks of third-party SDKs or partners without naming them.".into(),
                )
                .sure(Confidence::Medium)
                .at_most(if has_list { Severity::Low } else { Severity::Medium })
                .with(cx.quote(document, span)),
            );
        }
    },
};

/// Bytes between a sentence that opens a list and its first row, at most.
const OPENING: usize = 900;

/// The policy says that (other) SDKs collect nothing.
pub static BLANKET_DENIAL: Rule = Rule {
    id: "blanket-denial",
    group: Group::Document,
    levels: Levels::all(Severity::High),
    since: "0.1.0",
    clauses: &["pipl-17", "identification-2-1"],
    page: include_str!("../../docs/rules/blanket-denial.md"),
    check: |cx, out| {
        let collecting: Vec<&Sdk> = cx
            .case
            .detections
            .sdks
            .iter()
            .zip(&cx.coverage.detections)
            .filter(|(_, c)| **c == Declared::No)
            .filter_map(|(d, _)| cx.case.database.get(d.sdk.as_str()))
            // What the text names somewhere is no "other SDK", listed or not.
            .filter(|s| s.collects == Some(true) && cx.mentions().of(s.id.as_str()).is_none())
            .collect();
        for statement in of_kind(cx, StatementKind::BlanketDenial) {
            let (zh, en, cap) = if collecting.is_empty() {
                (String::new(), String::new(), Severity::Medium)
            } else {
                let names = sdk_names(collecting.iter().take(5).copied());
                (
                    format!("安装包中有未列出的 {}，其提供方的说明写明会收集信息。", names.zh),
                    format!(
                        " The package holds unlisted SDKs ({}) whose vendors say they collect.",
                        names.en
                    ),
                    Severity::High,
                )
            };
            let evidence = cx.first_evidence(&collecting);
            out.report(
                Draft::new(
                    "document",
                    "blanket-denial",
                    format!("政策笼统声明其他 SDK 不收集个人信息。{zh}"),
                    format!("The policy says in general that other SDKs collect nothing.{en}"),
                )
                .at_most(cap)
                .with(cx.quote(statement.document, statement.span))
                .with_all(evidence.take(5)),
            );
        }
    },
};

/// Whether a sentence gives names in brackets, or says in which part of the text they stand.
fn names_or_points(text: &str) -> bool {
    const BRANDS: &[&str] = &[
        "华为",
        "小米",
        "oppo",
        "vivo",
        "魅族",
        "荣耀",
        "微信",
        "支付宝",
        "huawei",
        "xiaomi",
        "wechat",
        "alipay",
    ];
    let text = fold::fold(text);
    let text = text.as_str();
    let points = text.contains("第") && (text.contains("部分(") || text.contains("部分)"));
    points || BRANDS.iter().filter(|b| text.contains(**b)).count() >= 2
}

/// Whether a text is a numbered heading: `（三）推送服务涉及的第三方SDK` announces and states nothing.
fn is_heading(text: &str) -> bool {
    let text = text.trim_start_matches(['#', '*', ' ']);
    let numbered = text.starts_with(['（', '(', '第'])
        || text.chars().next().is_some_and(|c| "一二三四五六七八九十".contains(c) || c.is_ascii_digit());
    numbered && text.chars().count() <= 40 && !text.contains(['，', '。', '；', ','])
}

/// Sentences that bring in SDKs or partners by their roles only.
fn speaks_of_unnamed(sentence: &Sentence) -> bool {
    const ROLES: &[&[&str]] = &[
        &["登录", "login"],
        &["支付", "payment"],
        &["推送", "push"],
        &["统计", "statistic", "analy"],
        &["广告", "advertis"],
    ];
    let roles = ROLES.iter().filter(|r| sentence.has(r)).count();
    let several = sentence.has(&["sdk"])
        && sentence.has(&["第三方", "third"])
        && sentence.has(&["包括", "including", "such as", "例如"])
        && roles >= 3;
    let affiliated = sentence.has_all(&[
        &["sdk"],
        &["嵌入", "接入", "集成", "embed", "integrate"],
        &["关联公司", "关联方", "affiliate"],
        &["收集", "collect"],
    ]);
    let partners =
        sentence.has(&["authorized partners of advertising", "partners of advertising and analysis"]);
    several || affiliated || partners
}
