//! The policy as a document: lists that are missing, denials, placeholders, dates, promised times.

use super::completeness::list_rows;
use super::context::{row_key, shorten};
use super::row_text::is_unread_script;
use super::sentence::{Sentence, first};
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence};
use crate::finding::Severity;
use crate::fold;
use crate::policy::{Declaration, Statement, StatementKind};
use std::collections::BTreeSet;

/// A slot of a template was left unfilled.
pub static UNFILLED_PLACEHOLDER: Rule = Rule {
    id: "unfilled-placeholder",
    group: Group::Document,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/unfilled-placeholder.md"),
    check: |cx, out| {
        let mail =
            ["by e-mail", "by email", "发送邮件", "通过邮件联系", "电子邮件联系", "via email", "via e-mail"];
        let has_address = cx.visible.iter().any(|t| t.contains('@') || t.contains('＠'));
        if let Some(sentence) = cx
            .sentences()
            .iter()
            .find(|s| s.has(&mail) && s.has(&["contact", "联系", "send"]))
            .filter(|_| !has_address)
        {
            out.report(
                Draft::new(
                    "document",
                    "placeholder/mail-address",
                    "政策说可以通过邮件联系，全文没有邮箱地址。".into(),
                    "The policy says to make contact by e-mail; no address stands in the text.".into(),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
        let open: Vec<_> = list_rows(cx).filter(|(_, d, _)| !d.unfilled.is_empty()).collect();
        for (_, row, sdk) in &open {
            let name = shorten(&row.name.text);
            let fields = row.unfilled.iter().map(|f| f.words());
            let (zh, en): (Vec<&str>, Vec<&str>) = fields.unzip();
            out.report(
                Draft::new(
                    "row",
                    row_key(row, *sdk),
                    format!("“{name}”这一行还有字段标着待填写：{}。", zh.join("、")),
                    format!(
                        "Fields of the row “{name}” are still marked as to be filled in: {}.",
                        en.join(", ")
                    ),
                )
                .with(cx.quote(row.document, row.span)),
            );
        }
        for statement in of_kind(cx, StatementKind::Placeholder) {
            let inside = |d: &Declaration| {
                d.document == statement.document
                    && d.span.start <= statement.span.start
                    && statement.span.end <= d.span.end
            };
            if open.iter().any(|(_, d, _)| inside(d)) {
                continue;
            }
            let text = shorten(cx.text(statement.document, statement.span));
            let key: String = fold::key(&text).chars().take(60).collect();
            out.report(
                Draft::new(
                    "document",
                    format!("placeholder/{key}"),
                    format!("这里像是没有填写的模板空位或空项：“{text}”。"),
                    format!("This looks like a template slot or an item left empty: “{text}”."),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(statement.document, statement.span)),
            );
        }
    },
};

/// No date, or dates that cannot both hold.
pub static DOUBTFUL_DATE: Rule = Rule {
    id: "doubtful-date",
    group: Group::Document,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/doubtful-date.md"),
    check: |cx, out| {
        if !cx.has_policy() {
            return;
        }
        let rows: usize = list_rows(cx).map(|(_, d, _)| cx.text(d.document, d.span).chars().count()).sum();
        let whole = cx.visible.iter().map(|t| t.chars().count()).sum::<usize>().saturating_sub(rows);
        let dates: Vec<(&Statement, DateRole)> =
            of_kind(cx, StatementKind::Date).map(|s| (s, DateRole::of(cx, s))).collect();
        if dates.is_empty() {
            // A bare SDK list needs no date of its own.
            let is_policy = whole > 3000
                && first(cx, &[&["隐私政策", "隐私权政策", "privacy policy", "本政策", "this policy"]])
                    .is_some();
            // A date in a form that is not read, `【2020】年【12】月` or `31. July 2018`, is no missing date.
            if is_policy && !cx.sentences().iter().any(|s| dated(cx, s)) {
                out.report(
                    Draft::new(
                        "document",
                        "no-date",
                        "在给出的政策文本中没有找到更新日期或生效日期。".into(),
                        "No date of update or effect was found in the policy text given.".into(),
                    )
                    .sure(Confidence::Medium)
                    .with(cx.absent_in_policy(vec![
                        "更新日期".into(),
                        "生效日期".into(),
                        "updated".into(),
                        "effective".into(),
                    ])),
                );
            }
            return;
        }
        let role = |r: DateRole| {
            dates
                .iter()
                .filter(move |(_, own)| *own == r)
                .filter_map(|(s, _)| Some((*s, s.subject.as_deref()?)))
        };
        for (effect, on) in role(DateRole::Effect) {
            let Some((update, at)) = role(DateRole::Update)
                .find(|(u, at)| u.document == effect.document && on < *at && comparable(on, at))
            else {
                continue;
            };
            out.report(
                Draft::new(
                    "document",
                    "effect-before-update",
                    format!("生效日期（{on}）早于更新日期（{at}）。"),
                    format!("The date of effect ({on}) is earlier than the date of update ({at})."),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(effect.document, effect.span))
                .with(cx.quote(update.document, update.span)),
            );
        }
        if role(DateRole::Effect).next().is_none()
            && let Some((update, _)) = role(DateRole::Update).next()
        {
            out.report(
                Draft::new(
                    "document",
                    "no-effect-date",
                    "政策写了更新日期，没有写生效日期。".into(),
                    "The policy gives a date of update and no date of effect.".into(),
                )
                .sure(Confidence::Medium)
                .at_most(Severity::Info)
                .with(cx.quote(update.document, update.span)),
            );
        }
    },
};

/// The promised time to answer is longer than 15 working days, or two promises differ.
pub static LONG_RESPONSE_TIME: Rule = Rule {
    id: "long-response-time",
    group: Group::Document,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["identification-6"],
    page: include_str!("../../docs/rules/long-response-time.md"),
    check: |cx, out| {
        let promises: Vec<(&Statement, u32, bool)> = of_kind(cx, StatementKind::ResponseTime)
            .filter_map(|s| {
                let text = fold::fold(cx.text(s.document, s.span));
                let working =
                    ["工作日", "working day", "business day"].iter().any(|w| text.as_str().contains(w));
                Some((s, s.subject.as_deref()?.parse().ok()?, working))
            })
            .collect();
        for (statement, days, working) in &promises {
            // 15 working days are 21 calendar days at least.
            let long = if *working { *days > 15 } else { *days > 21 };
            if !long {
                continue;
            }
            let (zh, en) = if *working { ("个工作日", "working days") } else { ("天", "days") };
            out.report(
                Draft::new(
                    "document",
                    format!("response-time/{days}{}", if *working { "w" } else { "" }),
                    format!("政策承诺 {days} {zh}内答复，长于 15 个工作日。"),
                    format!("The policy promises an answer within {days} {en}, more than 15 working days."),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(statement.document, statement.span)),
            );
        }
        let distinct: BTreeSet<(u32, bool)> = promises.iter().map(|(_, d, w)| (*d, *w)).collect();
        if distinct.len() > 1 {
            out.report(
                Draft::new(
                    "document",
                    "response-times-differ",
                    "政策里承诺的答复时间不一致。".into(),
                    "The times promised for an answer differ.".into(),
                )
                .sure(Confidence::Medium)
                .at_most(Severity::Info)
                .with_all(promises.iter().map(|(s, _, _)| cx.quote(s.document, s.span))),
            );
        }
    },
};

/// No Simplified Chinese text was given for an audit against Chinese rules.
pub static NO_CHINESE_TEXT: Rule = Rule {
    id: "no-chinese-text",
    group: Group::Document,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["identification-1-4"],
    page: include_str!("../../docs/rules/no-chinese-text.md"),
    check: |cx, out| {
        let han: usize = cx
            .visible
            .iter()
            .map(|t| t.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count())
            .sum();
        let all: usize = cx.visible.iter().map(|t| t.chars().filter(|c| c.is_alphabetic()).count()).sum();
        if !cx.has_policy() || han * 20 > all || all < 500 {
            return;
        }
        out.report(
            Draft::new(
                "document",
                "no-chinese-text",
                "给出的政策文本没有中文；如果有简体中文版，请提供。".into(),
                "The policy text given is not in Chinese; if a Simplified Chinese version exists, pass it."
                    .into(),
            )
            .sure(Confidence::Medium)
            .at_most(Severity::Info)
            .with(Evidence::Absent { searched: cx.documents(), tried: vec!["简体中文".into()] }),
        );
    },
};

/// The policy names no operator, or no way to reach one.
pub static NO_OPERATOR: Rule = Rule {
    id: "no-operator",
    group: Group::Document,
    levels: Levels::all(Severity::Medium),
    since: "0.1.0",
    clauses: &["pipl-17", "gdpr-13-1"],
    page: include_str!("../../docs/rules/no-operator.md"),
    check: |cx, out| {
        let is_policy = first(
            cx,
            &[
                &["隐私政策", "隐私权政策", "本政策", "privacy policy", "this policy"],
                &["我们", "we ", "our "],
            ],
        )
        .is_some();
        let whole: usize = cx.visible.iter().map(|t| t.chars().count()).sum();
        // A page that is nothing but a list of SDKs, or a guide for developers, belongs to a policy that names the operator.
        let in_rows: usize = cx.case.policy.declarations.iter().map(|d| d.span.end - d.span.start).sum();
        let bytes: usize = cx.visible.iter().map(|t| t.split_whitespace().map(str::len).sum::<usize>()).sum();
        let guide = cx.sentences().iter().take(3).any(|s| {
            s.has(&[
                "开发者",
                "合规指南",
                "保护指引",
                "sdk清单",
                "sdk目录",
                "sdk列表",
                "list of third-party sdk",
                "third-party sdk list",
            ])
        });
        if cx.visible.iter().any(|t| is_unread_script(t)) {
            return;
        }
        if !is_policy || whole < 3000 || in_rows * 2 > bytes || guide {
            return;
        }
        // A row's provider is not the operator: look outside of rows.
        let rows: Vec<_> = cx.case.policy.declarations.iter().map(|d| (d.document, d.span)).collect();
        let outside = |s: &&Sentence| {
            !rows.iter().any(|(document, span)| *document == s.document && span.overlaps(s.span))
        };
        let names = |s: &&Sentence| names_company(cx.text(s.document, s.span)) || names_body(s);
        let company = cx.sentences().iter().filter(outside).find(names);
        if company.is_some() {
            return;
        }
        let mail = cx.sentences().iter().find(|s| {
            s.folded.contains('@')
                && ["@gmail.", "@hotmail.", "@qq.com", "@163.com", "@126.com", "@outlook.", "@yahoo."]
                    .iter()
                    .any(|m| s.folded.contains(m))
        });
        let mut draft = Draft::new(
            "document",
            "no-operator",
            "在给出的政策文本中没有找到运营者的公司名称。".into(),
            "No company name of the operator was found in the policy text given.".into(),
        )
        .sure(Confidence::Low)
        .at_most(Severity::Medium);
        if let Some(sentence) = cx.sentences().first() {
            draft = draft.with(cx.quote(sentence.document, sentence.span));
        }
        if let Some(mail) = mail {
            draft = draft.with(cx.quote(mail.document, mail.span));
        }
        out.report(draft.with(cx.absent_in_policy(vec![
            "有限公司".into(),
            "Co., Ltd.".into(),
            "Inc.".into(),
            "LLC".into(),
            "Limited".into(),
        ])));
    },
};

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DateRole {
    Update,
    Effect,
    Other,
}

impl DateRole {
    fn of(cx: &Context<'_>, statement: &Statement) -> DateRole {
        let text = fold::fold(cx.text(statement.document, statement.span));
        let has = |words: &[&str]| words.iter().any(|w| text.as_str().contains(w));
        match (
            has(&["生效", "effective", "施行"]),
            has(&["更新", "修订", "发布", "update", "revised", "revision", "release"]),
        ) {
            (true, _) => DateRole::Effect,
            (_, true) => DateRole::Update,
            _ => DateRole::Other,
        }
    }
}

/// Whether two ISO dates differ in what both state: `2021-01` against `2022-10-03` does.
fn comparable(a: &str, b: &str) -> bool {
    let len = a.len().min(b.len());
    len >= 4 && a.get(..len) != b.get(..len)
}

/// Statements of one kind, in text order.
pub(super) fn of_kind<'a>(
    cx: &Context<'a>,
    kind: StatementKind,
) -> impl Iterator<Item = &'a Statement> + use<'a> {
    cx.case.policy.statements.iter().filter(move |s| s.kind == kind)
}

/// Whether a sentence tells when the text was made: the word for it, and a year right behind.
fn dated(cx: &Context<'_>, sentence: &Sentence) -> bool {
    const NEAR: usize = 80;
    const WORDS: &[&str] = &[
        "更新日期",
        "更新时间",
        "更新于",
        "生效日期",
        "生效时间",
        "发布日期",
        "发布时间",
        "修订日期",
        "last updated",
        "last modified",
        "last revised",
        "effective date",
        "effective as of",
    ];
    let year = |w: &str| w.len() == 4 && (w.starts_with("19") || w.starts_with("20"));
    // `31. July 2018` is two sentences.
    sentence.has(WORDS) && {
        let near = cx.rest(sentence.document, sentence.span.start).unwrap_or("").chars().take(NEAR);
        near.collect::<String>().split(|c: char| !c.is_ascii_digit()).any(year)
    }
}

/// Whether a text names a company.
fn names_company(text: &str) -> bool {
    [
        "有限公司",
        "股份公司",
        "有限责任公司",
        "集团公司",
        "工作室",
        "事务所",
        "Co., Ltd",
        "Co.,Ltd",
        "Co. Ltd",
        "Co., Limited",
        "Inc.",
        " LLC",
        " Ltd",
        "Limited",
        "GmbH",
        "Corporation",
        " Corp.",
        "株式会社",
        "주식회사",
        "(주)",
        "公司(以下",
        "公司（以下",
    ]
    .iter()
    .any(|w| text.contains(w))
}

/// Whether a sentence names an operator that is no company: an institute, a university, a public body.
fn names_body(sentence: &Sentence) -> bool {
    const ROLES: &[&str] = &[
        "法人主体",
        "运营主体",
        "运营者",
        "运营方",
        "运营单位",
        "主办单位",
        "主办方",
        "开发者",
        "服务提供者",
        "个人信息处理者",
        "operated by",
        "run by",
        "provided by",
        "developed by",
    ];
    const BODIES: &[&str] = &[
        "研究中心",
        "信息中心",
        "服务中心",
        "研究院",
        "研究所",
        "委员会",
        "管理局",
        "总局",
        "大学",
        "学院",
        "医院",
        "协会",
        "联合会",
        "基金会",
        "出版社",
        "电视台",
        "报社",
        "university",
        "institute",
        "foundation",
        "association",
        "ministry",
        "council",
    ];
    sentence.has(ROLES) && sentence.has(BODIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_compare_by_what_both_state() {
        assert!(comparable("2021-01", "2022-10") && !comparable("2023-11", "2023-11-01"));
    }
}
