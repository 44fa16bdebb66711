//! Statements against each other, and against what the package holds.

use super::completeness::list_rows;
use super::context::shorten;
use super::document::of_kind;
use super::sentence::Sentence;
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::location::Span;
use crate::policy::{Declaration, StatementKind};
use crate::taxonomy;

/// Two statements exclude each other.
pub static CONTRADICTING_STATEMENTS: Rule = Rule {
    id: "contradicting-statements",
    group: Group::Correctness,
    levels: Levels::all(Severity::Medium),
    since: "0.1.0",
    clauses: &["pipl-17", "identification-2-4"],
    page: include_str!("../../docs/rules/contradicting-statements.md"),
    check: |cx, out| {
        // "We do not collect X" against a row that names X.
        for statement in of_kind(cx, StatementKind::DataDenial) {
            let Some(item) = statement.subject.as_deref().and_then(taxonomy::get) else { continue };
            let rows: Vec<&Declaration> = list_rows(cx)
                .filter(|(_, d, _)| !(d.document == statement.document && d.span.overlaps(statement.span)))
                .filter(|(_, d, _)| {
                    d.data.as_ref().is_some_and(|f| taxonomy::find(&f.text).iter().any(|m| m.item == item.id))
                })
                .map(|(_, d, _)| d)
                .collect();
            if rows.is_empty() {
                continue;
            }
            out.report(
                Draft::new(
                    "document",
                    format!("denied/{}", item.id),
                    format!("政策说不收集{}，SDK 清单中有 {} 行写了它。", item.zh, rows.len()),
                    format!(
                        "The policy says that {} is not collected; {} rows of the SDK list name it.",
                        item.en,
                        rows.len()
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(statement.document, statement.span))
                .with_all(rows.iter().filter_map(|d| Some(cx.quote_field(d.document, d.data.as_ref()?)))),
            );
        }
        // "No information is collected" inside a row that lists data.
        for (_, row, _) in list_rows(cx).filter(|(_, d, _)| d.data.is_some()) {
            let text = fold::fold(cx.text(row.document, row.span));
            let denial = NOTHING_COLLECTED.iter().find_map(|w| text.as_str().find(w).map(|at| (at, w.len())));
            let named = row.data.as_ref().is_some_and(|f| {
                taxonomy::find(&f.text).iter().any(|m| m.item.item().is_some_and(|i| !i.vague))
            });
            let (Some((at, len)), true) = (denial, named) else { continue };
            let inside = text.span(at..at + len);
            let span = Span::new(row.span.start + inside.start, row.span.start + inside.end);
            out.report(
                Draft::new(
                    "row",
                    format!("denied/{}", fold::loose_key(&row.name.text)),
                    format!("“{}”一行说不收集信息，同一行又列出了收集的信息。", shorten(&row.name.text)),
                    format!(
                        "The row “{}” says that nothing is collected and lists collected data.",
                        shorten(&row.name.text)
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(row.document, span))
                .with_all(row.data.as_ref().map(|f| cx.quote_field(row.document, f))),
            );
        }
        // "We do not share" against SDKs that take data.
        let no_sharing = cx
            .sentences()
            .iter()
            .find(|s| s.has(NO_SHARING) && !s.has(EXCEPTIONS) && !follows_exception(cx, s));
        let taken = cx.sentences().iter().find(|s| s.has(SDK_TAKES));
        if let (Some(denial), Some(sdk)) = (no_sharing, taken) {
            out.report(
                Draft::new(
                    "document",
                    "no-sharing",
                    "政策一处说不对外共享个人信息，另一处说第三方 SDK 会收集信息。".into(),
                    "One place says that personal information is not shared, another that third-party SDKs collect it.".into(),
                )
                .sure(Confidence::Low)
                .with(cx.quote(denial.document, denial.span))
                .with(cx.quote(sdk.document, sdk.span)),
            );
        }
        // The app list "only to show login methods" against rows that take it for other purposes.
        let login_only =
            cx.sentences().iter().find(|s| s.has(LOGIN_PURPOSE) && s.has(LOOKS) && s.has(INSTALLED));
        let others: Vec<&Declaration> = list_rows(cx)
            .map(|(_, d, _)| d)
            .filter(|d| {
                d.data
                    .iter()
                    .chain(d.permissions.iter().flatten().map(|p| &p.written))
                    .any(|f| taxonomy::find(&f.text).iter().any(|m| m.item.as_str() == "app-list"))
            })
            .collect();
        if let (Some(sentence), false) = (login_only, others.is_empty()) {
            out.report(
                Draft::new(
                    "document",
                    "app-list-for-login",
                    format!("政策说收集应用列表是为了登录，SDK 清单中有 {} 行为其他目的收集它。", others.len()),
                    format!("The policy says that the list of apps serves login; {} SDK rows take it for other purposes.", others.len()),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(sentence.document, sentence.span))
                .with_all(others.iter().map(|d| cx.quote_row(d))),
            );
        }
        // "No recognition" of pictures against face recognition.
        let no_recognition = cx.sentences().iter().find(|s| s.has(NO_RECOGNITION));
        let recognition =
            cx.sentences().iter().find(|s| s.has(RECOGNITION) && !s.has(NO_RECOGNITION) && !s.has(NEGATIONS));
        if let (Some(denial), Some(claim)) = (no_recognition, recognition) {
            out.report(
                Draft::new(
                    "document",
                    "no-recognition",
                    "政策一处说不提取识别信息、不用于识别，另一处写了人脸识别。".into(),
                    "One place says that no recognition information is taken or used, another names face recognition.".into(),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(denial.document, denial.span))
                .with(cx.quote(claim.document, claim.span)),
            );
        }
    },
};

/// Identifiers that cannot be reset are collected in the background.
pub static BACKGROUND_IDENTIFIERS: Rule = Rule {
    id: "background-identifiers",
    group: Group::Correctness,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["identification-2-1"],
    page: include_str!("../../docs/rules/background-identifiers.md"),
    check: |cx, out| {
        const BACKGROUND: &[&str] = &[
            "后台运行",
            "在后台收集",
            "后台状态",
            "静默状态",
            "in the background",
            "application background",
            "background operation",
            "running in background",
            "runs in the background",
        ];
        const NOT: &[&str] = &["不会在后台", "不在后台", "not collect", "will not", "do not"];
        // What stands far from the word is said of something else in a long sentence.
        const NEAR: usize = 240;
        for sentence in cx.sentences().iter().filter(|s| s.has(BACKGROUND) && !s.has(NOT)) {
            // "Whether the app is in front or behind" (前后台状态) is a datum, not a time at which data is taken.
            let places = BACKGROUND.iter().flat_map(|w| sentence.folded.match_indices(w));
            let Some(word) = places
                .map(|(at, _)| at)
                .filter(|at| !sentence.folded.get(..*at).is_some_and(|t| t.ends_with('前')))
                .min()
            else {
                continue;
            };
            let items: Vec<&taxonomy::Item> = taxonomy::find(&sentence.folded)
                .iter()
                .filter(|m| FIXED_IDENTIFIERS.contains(&m.item.as_str()))
                .filter(|m| m.span.start.abs_diff(word) <= NEAR)
                .filter_map(|m| m.item.item())
                .collect();
            let Some(item) = items.first() else { continue };
            out.report(
                Draft::new(
                    "document",
                    format!("background/{}", item.id),
                    format!("政策说在后台收集不可重置的标识符（{} 等）。", item.zh),
                    format!("The policy says that identifiers which cannot be reset ({} and others) are collected in the background.", item.en),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    },
};

/// Sensitive data without a word on why it is necessary.
pub static SENSITIVE_DATA_WITHOUT_NECESSITY: Rule = Rule {
    id: "sensitive-data-without-necessity",
    group: Group::Completeness,
    levels: Levels::chinese(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-28-30"],
    page: include_str!("../../docs/rules/sensitive-data-without-necessity.md"),
    check: |cx, out| {
        // A voice message is no voiceprint: that word itself has to stand there.
        let biometric = |s: &&Sentence| {
            let items = taxonomy::find(&s.folded);
            items.iter().any(|m| matches!(m.item.as_str(), "face" | "fingerprint" | "biometric"))
                || s.has(&["声纹", "voiceprint", "voice print"])
        };
        let about: Vec<&Sentence> = cx.sentences().iter().filter(biometric).collect();
        let explained = about.iter().any(|s| {
            s.has(&[
                "必要性",
                "对您权益的影响",
                "对个人权益的影响",
                "单独同意",
                "necessity",
                "impact on your rights",
                "separate consent",
            ])
        });
        let takes: Vec<&&Sentence> =
            about.iter().filter(|s| s.has(TAKES) && !s.has(NEGATIONS) && !s.has(DEFINITIONS)).collect();
        if explained || takes.is_empty() {
            return;
        }
        out.report(
            Draft::new(
                "document",
                "biometrics",
                "政策写了收集或使用生物识别信息，附近没有说明其必要性和对个人权益的影响。".into(),
                "The policy names biometric information as collected or used; why that is necessary and how it affects people's rights is not stated nearby.".into(),
            )
            .sure(Confidence::Low)
            .with_all(takes.iter().take(10).map(|s| cx.quote(s.document, s.span)))
            .with(cx.absent_in_policy(vec!["必要性".into(), "对个人权益的影响".into(), "necessity".into()])),
        );
    },
};

const NOTHING_COLLECTED: &[&str] = &[
    "不会收集和保存信息",
    "不收集和保存",
    "不收集任何信息",
    "不会收集任何",
    "will not collect and save information",
    "does not collect any",
    "will not collect any",
];
const NO_SHARING: &[&str] = &[
    "我们不会向第三方共享",
    "我们不对外共享您的个人信息",
    "不会与任何第三方共享",
    "we do not share your personal information externally",
    "we do not share your personal information with any third part",
    "we will not share your personal information with any third part",
    "not share your information with any third part",
];
const EXCEPTIONS: &[&str] = &[
    "除",
    "但",
    "以下情况",
    "以下情形",
    "except",
    "unless",
    "without your",
    "未经",
    "other than",
    "following",
    "but ",
];
const SDK_TAKES: &[&str] = &[
    "third-party sdk, which directly collects",
    "third party sdk, which directly collects",
    "sdk会收集",
    "sdk可能会收集",
    "sdk直接收集",
    "sdk将收集",
    "sdk may collect",
    "sdk will collect",
    "sdk collects",
];
// "We look whether X is installed, to offer its login": each word group alone is in half of all policies.
const LOGIN_PURPOSE: &[&str] = &[
    "登录方式",
    "登录入口",
    "登录按钮",
    "第三方登录",
    "账号登录",
    "login method",
    "login entr",
    "log in with",
    "login option",
];
const LOOKS: &[&str] = &["是否安装", "是否已安装", "安装情况", "whether"];
const INSTALLED: &[&str] = &["安装", "installed"];
const NO_RECOGNITION: &[&str] = &[
    "不会提取识别信息",
    "不提取识别信息",
    "不用于识别",
    "not extract recognition information",
    "not use it for recognition",
    "use it for recognition purposes",
];
const RECOGNITION: &[&str] = &["人脸识别", "facial recognition", "face recognition"];
const NEGATIONS: &[&str] = &[
    "不会收集",
    "并不收集",
    "不会识别",
    "不会存储",
    "不会上传",
    "不收集",
    "不会获取",
    "不存储",
    "not collect",
    "not store",
    "will not",
    "do not",
    "does not",
    "未经",
];
const DEFINITIONS: &[&str] = &[
    "是指",
    "包括但不限于",
    "refers to",
    "including but not limited",
    "means ",
    "such as biometric",
    "including biometric",
    "例如",
    "涉及的个人信息",
    "个人信息包括",
    "一旦泄露",
    "once leaked",
    "if leaked",
];
const TAKES: &[&str] =
    &["收集", "采集", "使用", "上传", "collect", "upload", "equipped with", "use your fac", "we will use"];
const FIXED_IDENTIFIERS: &[&str] = &["imei", "meid", "imsi", "iccid", "mac", "serial", "bssid", "android-id"];

/// Whether the sentence after `sentence` opens the exceptions to it.
fn follows_exception(cx: &Context<'_>, sentence: &Sentence) -> bool {
    let all = cx.sentences();
    let at = all.partition_point(|s| (s.document, s.span.start) <= (sentence.document, sentence.span.start));
    all.get(at).is_some_and(|s| {
        s.document == sentence.document && s.has(&["除非", "但是", "例外", "except", "unless", "(1)", "1."])
    })
}
