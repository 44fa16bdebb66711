//! What the package brings that the policy has to speak of: self-start, recipients abroad, advertising, the type of app.

use super::completeness::list_rows;
use super::context::{sdk_name, sdk_names};
use super::document::of_kind;
use super::sentence::first;
use super::{Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::location::Location;
use crate::permission::{self, Level};
use crate::policy::{Declaration, StatementKind};
use crate::signature::{Detection, Kind, Sdk, Status};

/// The package can start by itself; the policy does not say so.
pub static UNDISCLOSED_SELF_START: Rule = Rule {
    id: "undisclosed-self-start",
    group: Group::Comparison,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["miit-2020-164-6"],
    page: include_str!("../../docs/rules/undisclosed-self-start.md"),
    check: |cx, out| {
        const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
        if !cx.has_policy() {
            return;
        }
        let receivers: Vec<_> = cx
            .case
            .inventory
            .manifest
            .components
            .iter()
            .filter(|c| c.kind == FeatureKind::Receiver && c.actions.iter().any(|a| a == BOOT))
            .collect();
        let Some(receiver) = receivers.first() else { return };
        if first(
            cx,
            &[&[
                "自启动",
                "关联启动",
                "自动启动",
                "开机启动",
                "self-start",
                "self start",
                "auto-start",
                "auto start",
                "automatically start",
                "start automatically",
                "associated start",
                "boot",
            ]],
        )
        .is_some()
        {
            return;
        }
        out.report(
            Draft::new(
                "app",
                "self-start",
                format!("应用的清单有开机启动的接收器（{} 等 {} 个），政策文本中没有找到自启动说明。", receiver.class, receivers.len()),
                format!("The manifest has receivers that start at boot ({}, {} in all); no statement on self-start was found in the policy text given.", receiver.class, receivers.len()),
            )
            .sure(cx.policy_absence())
            .with_all(receivers.iter().take(5).map(|r| Evidence::Seen {
                kind: FeatureKind::Action,
                value: BOOT.into(),
                at: Location::item(&r.at, r.class.as_str()),
                count: 1,
                weak: false,
            }))
            .with(cx.absent_in_policy(vec!["自启动".into(), "关联启动".into(), "self-start".into()])),
        );
    },
};

/// "Nothing goes abroad" against recipients abroad.
pub static CROSS_BORDER_CONFLICT: Rule = Rule {
    id: "cross-border-conflict",
    group: Group::Comparison,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["pipl-38-39", "pipl-17"],
    page: include_str!("../../docs/rules/cross-border-conflict.md"),
    check: |cx, out| {
        let of = |subject: &str| {
            of_kind(cx, StatementKind::CrossBorder).find(move |s| s.subject.as_deref() == Some(subject))
        };
        // The reader knows the usual words; these are promises with an exception behind them.
        const HOME: &[&str] = &[
            "not transfer your personal information outside",
            "不会向境外",
            "不向境外",
            "不会传输至境外",
            "不会转移至境外",
            "不会将您的个人信息转移至境外",
            "不会将您的个人信息转移出境",
            "不会将个人信息转移至境外",
            "不会将您的个人信息传输至境外",
        ];
        // "Not without your consent" promises no more than to ask first.
        const UNLESS: &[&str] = &[
            "未获得",
            "未经",
            "未取得",
            "除非",
            "单独同意",
            "授权同意",
            "明示同意",
            "without your",
            "unless",
        ];
        let promise = cx.sentences().iter().find(|s| s.has(HOME)).map(|s| (s.document, s.span));
        let stored = of("domestic").map(|s| (s.document, s.span));
        let Some((document, span)) = promise.or(stored) else { return };
        let foreign = |sdk: &&Sdk| {
            is_foreign(sdk)
                && sdk.kind != Kind::Library
                && sdk.kind != Kind::Framework
                && sdk.collects == Some(true)
        };
        let rows: Vec<(&Declaration, &Sdk)> =
            list_rows(cx).filter_map(|(_, d, s)| Some((d, s.filter(foreign)?))).collect();
        let found: Vec<&Sdk> = cx
            .case
            .detections
            .sdks
            .iter()
            .filter_map(|d| cx.case.database.get(d.sdk.as_str()))
            .filter(foreign)
            .collect();
        // "Stored in China; abroad only with your consent" is one rule with its exception, not two statements at odds.
        let elsewhere = cx
            .sentences()
            .iter()
            .filter(|s| s.has(ABROAD) && !s.has(CONDITIONS))
            .map(|s| (s.document, s.span))
            .chain(
                of_kind(cx, StatementKind::CrossBorder)
                    .filter(|s| s.subject.as_deref() == Some("abroad"))
                    .map(|s| (s.document, s.span)),
            );
        let abroad = elsewhere.into_iter().find(|(d, s)| {
            let apart = *d != document || cx.line(*d, s.start).abs_diff(cx.line(document, span.start)) > 3;
            let text = fold::fold(cx.text(*d, *s));
            apart && !CONDITIONS.iter().any(|w| text.as_str().contains(w))
        });
        let text = fold::fold(cx.text(document, span));
        let conditional = UNLESS.iter().any(|w| text.as_str().contains(w));
        if abroad.is_none() && (conditional || rows.is_empty() && found.is_empty()) {
            return;
        }
        let mut sdks: Vec<&Sdk> = rows.iter().map(|(_, s)| *s).chain(found.iter().copied()).collect();
        sdks.sort_by(|a, b| a.id.cmp(&b.id));
        sdks.dedup_by(|a, b| a.id == b.id);
        let names = sdk_names(sdks.iter().take(6).copied());
        let (zh, en) = if sdks.is_empty() {
            ("另一处说会向境外传输".to_owned(), "another place says that it is".to_owned())
        } else {
            (format!("接收方 {} 是境外公司", names.zh), format!("{} are companies abroad", names.en))
        };
        let said = match promise {
            Some(_) => ("不向境外传输", "not transferred abroad"),
            None => ("存储在境内", "stored in China"),
        };
        let seen = cx.first_evidence(&found);
        out.report(
            Draft::new(
                "document",
                "cross-border",
                format!("政策说个人信息{}；{zh}。", said.0),
                format!("The policy says that personal information is {}; {en}.", said.1),
            )
            // Where only storage is spoken of, a recipient abroad need not take what is stored.
            .sure(if promise.is_some() { Confidence::Medium } else { Confidence::Low })
            .at_most(if promise.is_some() { Severity::Medium } else { Severity::Low })
            .with(cx.quote(document, span))
            .with_all(abroad.map(|(d, s)| cx.quote(d, s)))
            .with_all(rows.iter().take(8).map(|(d, _)| cx.quote_row(d)))
            .with_all(seen.take(5)),
        );
    },
};

/// Whether an SDK's vendor sits outside China, by its country or by a company form that China does not have.
fn is_foreign(sdk: &Sdk) -> bool {
    const FORMS: &[&str] = &[" inc", " llc", " gmbh", " corp", " limited partnership", " plc", " s.a", " oy"];
    match sdk.country.as_deref() {
        Some(country) => !matches!(country, "CN" | "HK" | "MO" | "TW"),
        None => {
            let vendors: Vec<String> = sdk.vendors.iter().map(|v| v.to_lowercase()).collect();
            vendors.iter().any(|v| FORMS.iter().any(|f| v.contains(f)))
                && !vendors.iter().any(|v| v.chars().any(fold::is_cjk) || v.contains("china"))
        }
    }
}

/// Words of a transfer abroad that the reader of statements does not know.
const ABROAD: &[&str] = &[
    "jurisdictions other than",
    "countries other than",
    "outside of your country",
    "outside your country",
    "outside the country in which you",
];

/// What makes such a sentence the exception to a promise.
const CONDITIONS: &[&str] = &[
    "仅在",
    "仅限",
    "如需",
    "如果",
    "除非",
    "为处理跨境",
    "为了处理跨境",
    "跨境业务",
    "之前",
    "授权同意",
    "单独同意",
    "明示同意",
    "以下情形",
    "unless",
    "only if",
    "only when",
    "with your consent",
    "before transfer",
    "not transfer",
    "不会",
];

/// Advertising SDKs without a way to switch off personalised ads.
pub static ADS_WITHOUT_OPT_OUT: Rule = Rule {
    id: "ads-without-opt-out",
    group: Group::Comparison,
    levels: Levels::all(Severity::Medium).play(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-24"],
    page: include_str!("../../docs/rules/ads-without-opt-out.md"),
    check: |cx, out| {
        let ads: Vec<(&Detection, &Sdk)> = cx
            .case
            .detections
            .sdks
            .iter()
            .filter_map(|d| Some((d, cx.case.database.get(d.sdk.as_str())?)))
            .filter(|(d, s)| s.category == "ads" && d.confidence > Confidence::Low)
            .collect();
        if ads.is_empty() || !cx.has_policy() {
            return;
        }
        let told = cx.sentences().iter().any(|s| {
            s.has_all(&[
                &[
                    "个性化",
                    "定向推送",
                    "定向广告",
                    "程序化广告",
                    "广告",
                    "personali",
                    "targeted",
                    "interest-based",
                    "ads",
                ],
                &[
                    "关闭",
                    "退出",
                    "拒绝",
                    "屏蔽",
                    "opt out",
                    "opt-out",
                    "turn off",
                    "disable",
                    "switch off",
                    "limit ad",
                ],
            ])
        });
        if told {
            return;
        }
        let names = sdk_names(ads.iter().take(5).map(|(_, s)| *s));
        out.report(
            Draft::new(
                "app",
                "ads-opt-out",
                format!("应用中有广告 SDK（{}），政策文本中没有找到关闭个性化广告的方法。", names.zh),
                format!("The app contains advertising SDKs ({}); no way to switch off personalised ads was found in the policy text given.", names.en),
            )
            .sure(cx.policy_absence().min(Confidence::Medium))
            .with_all(ads.iter().take(5).filter_map(|(d, _)| d.evidence.first().cloned()))
            .with(cx.absent_in_policy(vec!["关闭个性化广告".into(), "opt out".into()])),
        );
    },
};

/// An SDK that its vendor no longer ships.
pub static RETIRED_SDK: Rule = Rule {
    id: "retired-sdk",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["miit-2023-26"],
    page: include_str!("../../docs/rules/retired-sdk.md"),
    check: |cx, out| {
        for detection in &cx.case.detections.sdks {
            let Some(sdk) =
                cx.case.database.get(detection.sdk.as_str()).filter(|s| s.status == Status::Retired)
            else {
                continue;
            };
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!("应用中有 {}；其提供方已停止发布。", sdk_name(sdk, Lang::Zh)),
                    format!(
                        "The app contains {}, which its vendor no longer ships.",
                        sdk_name(sdk, Lang::En)
                    ),
                )
                .sure(detection.confidence)
                .with_all(detection.evidence.iter().take(3).cloned()),
            );
        }
    },
};

/// Dangerous permissions in an app of a type whose basic function needs no personal data.
pub static PERMISSION_BEYOND_APP_TYPE: Rule = Rule {
    id: "permission-beyond-app-type",
    group: Group::Comparison,
    levels: Levels::chinese(Severity::Info),
    since: "0.1.0",
    clauses: &["necessary-types"],
    page: include_str!("../../docs/rules/permission-beyond-app-type.md"),
    check: |cx, out| {
        let Some(kind) =
            cx.settings.app_type.as_deref().and_then(|t| AppType::ALL.iter().find(|k| k.id == t))
        else {
            return;
        };
        for request in &cx.case.inventory.manifest.permissions {
            let dangerous =
                permission::get(&request.name).and_then(|p| p.level(30)) == Some(Level::Dangerous);
            if !dangerous {
                continue;
            }
            let short = super::permissions::short(&request.name);
            out.report(
                Draft::new(
                    "permission",
                    request.name.as_str(),
                    format!("{}类应用的基本功能无须个人信息；权限 {short} 应当可以拒绝。", kind.zh),
                    format!("The basic function of a {} app needs no personal information; the permission {short} must be optional.", kind.en),
                )
                .with(Evidence::Seen { kind: FeatureKind::Permission, value: request.name.clone(), at: Location::item(&request.at, request.name.as_str()), count: 1, weak: false }),
            );
        }
    },
};

/// A type of app whose basic function needs no personal information (the thirteen of the 2021 provisions).
#[derive(Debug)]
pub struct AppType {
    /// As written in `sdkaudit.toml`.
    pub id: &'static str,
    /// Chinese name, as in the provisions.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

impl AppType {
    /// The thirteen types.
    pub const ALL: &'static [AppType] = &[
        AppType { id: "womens-health", zh: "女性健康", en: "women's health" },
        AppType { id: "live-streaming", zh: "网络直播", en: "live streaming" },
        AppType { id: "video", zh: "在线影音", en: "online video and audio" },
        AppType { id: "short-video", zh: "短视频", en: "short video" },
        AppType { id: "news", zh: "新闻资讯", en: "news" },
        AppType { id: "fitness", zh: "运动健身", en: "fitness" },
        AppType { id: "browser", zh: "浏览器", en: "browser" },
        AppType { id: "keyboard", zh: "输入法", en: "input method" },
        AppType { id: "security", zh: "安全管理", en: "security" },
        AppType { id: "books", zh: "电子图书", en: "electronic books" },
        AppType { id: "camera", zh: "拍摄美化", en: "camera and photo editing" },
        AppType { id: "app-store", zh: "应用商店", en: "app store" },
        AppType { id: "utility", zh: "实用工具", en: "utility" },
    ];
}
