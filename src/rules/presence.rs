//! What the package ships against what the policy lists: SDKs, libraries, unknown code.

use super::context::{is_library, name_key, on_android, row_key, sdk_name, sdk_names, shorten};
use super::mention::names;
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::lang::Lang;
use crate::location::Location;
use crate::policy::Place;
use crate::resolve::{Declared, Found, Prefix};
use crate::signature::{Detection, Kind, Sdk, Status};

/// An SDK is in the package and the policy names it nowhere.
pub static UNDECLARED_SDK: Rule = Rule {
    id: "undeclared-sdk",
    group: Group::Comparison,
    levels: Levels::all(Severity::High).play(Severity::Medium).west(Severity::Medium),
    since: "0.1.0",
    clauses: &[
        "identification-2-1",
        "netdata-21-2",
        "pipl-23",
        "gbt41391-6-6-2",
        "cac-2025-05-06-list",
        "agc-sdk",
        "play-user-data",
        "gdpr-13-1",
    ],
    page: include_str!("../../docs/rules/undeclared-sdk.md"),
    check: |cx, out| {
        for (detection, sdk) in undeclared(cx) {
            if is_library(sdk) || detection.carried_by.is_some() {
                continue;
            }
            out.report(undeclared_draft(cx, detection, sdk));
        }
    },
};

/// A library that is not known to collect is in the package and not named.
pub static UNDECLARED_LIBRARY: Rule = Rule {
    id: "undeclared-library",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1"],
    page: include_str!("../../docs/rules/undeclared-library.md"),
    check: |cx, out| {
        for (detection, sdk) in undeclared(cx).filter(|(_, s)| is_library(s)) {
            let draft = Draft::new(
                "sdk",
                sdk.id.as_str(),
                format!(
                    "应用中有开源库或框架 {} 的代码；未见其自行收集个人信息的说明，是否列出可自行决定。",
                    sdk_name(sdk, Lang::Zh)
                ),
                format!(
                    "The app contains the library {}; it is not known to collect data, so listing it is optional.",
                    sdk_name(sdk, Lang::En)
                ),
            );
            out.report(
                draft
                    .sure(detection.confidence.min(cx.policy_absence()))
                    .with_all(detection.evidence.iter().take(3).cloned())
                    .with(cx.absent_in_policy(names(sdk))),
            );
        }
    },
};

/// An SDK that another SDK brought has no entry of its own.
pub static CARRIED_SDK_UNLISTED: Rule = Rule {
    id: "carried-sdk-unlisted",
    group: Group::Comparison,
    levels: Levels::all(Severity::Medium).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-1", "gbt41391-6-6-2", "gbt43435-6-1-b"],
    page: include_str!("../../docs/rules/carried-sdk-unlisted.md"),
    check: |cx, out| {
        for (detection, sdk) in undeclared(cx).filter(|(_, s)| !is_library(s)) {
            let Some(carrier) = &detection.carried_by else { continue };
            let carrier = cx.case.database.get(carrier.as_str());
            let by = |lang| carrier.map_or("?", |c| sdk_name(c, lang));
            let draft = Draft::new(
                "sdk",
                sdk.id.as_str(),
                format!(
                    "应用中有 {} 的代码，它随 {} 一并打包进来；在给出的政策文本中未找到它自己的条目。",
                    sdk_name(sdk, Lang::Zh),
                    by(Lang::Zh)
                ),
                format!(
                    "The app contains {}, which arrives inside {}; no entry of its own was found in the policy text given.",
                    sdk_name(sdk, Lang::En),
                    by(Lang::En)
                ),
            );
            out.report(
                draft
                    .sure(detection.confidence.min(cx.policy_absence()))
                    .with_all(detection.evidence.iter().take(5).cloned())
                    .with(cx.absent_in_policy(names(sdk))),
            );
        }
    },
};

/// A row names an SDK of which the package shows no mark.
pub static DECLARED_NOT_FOUND: Rule = Rule {
    id: "declared-not-found",
    group: Group::Comparison,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17", "identification-2-4"],
    page: include_str!("../../docs/rules/declared-not-found.md"),
    check: |cx, out| {
        if !cx.has_app() {
            return;
        }
        for (number, row, sdk) in cx.rows() {
            if row.place != Place::List || !on_android(row) || !nothing_found(cx, number) {
                continue;
            }
            let mut tried: Vec<String> = sdk.map(marks).unwrap_or_default();
            tried.extend(row.packages.iter().map(|p| p.text.clone()));
            tried.sort();
            tried.dedup();
            let service = sdk.is_some_and(|s| s.kind == Kind::Service);
            // A brand is there with any of its products, also where that one has a row of its own.
            let brand = sdk.is_some_and(|s| found(cx).any(|(_, f)| f.family.as_ref() == Some(&s.id)));
            if tried.is_empty() || service || brand {
                continue;
            }
            let name = shorten(&row.name.text);
            let draft = Draft::new(
                "sdk",
                row_key(row, sdk),
                format!(
                    "政策列有“{name}”，在给出的安装包中没有找到它的特征（查找了 {} 个）；其他版本未检查。",
                    tried.len()
                ),
                format!(
                    "The policy lists “{name}”; none of its marks ({} tried) was found in the package given. Other builds were not checked.",
                    tried.len()
                ),
            );
            out.report(
                draft
                    .sure(cx.code_absence().min(Confidence::Medium))
                    .with(cx.quote_row(row))
                    .with(cx.absent_in_app(tried)),
            );
        }
    },
};

/// Only the vendor or brand of an SDK is named.
pub static FAMILY_ONLY: Rule = Rule {
    id: "family-only",
    group: Group::Comparison,
    levels: Levels::all(Severity::Medium).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "pipl-23", "cac-2025-05-06-list"],
    page: include_str!("../../docs/rules/family-only.md"),
    check: |cx, out| {
        let members_found = |family: &Sdk| {
            found(cx).filter(|(_, s)| s.family.as_ref() == Some(&family.id) && s.id != family.id).count()
        };
        for ((detection, sdk), declared) in found_declared(cx) {
            let Declared::Family(rows) = declared else { continue };
            let Some(family) = sdk.family.as_ref().and_then(|f| cx.case.database.get(f.as_str())) else {
                continue;
            };
            if is_library(sdk) {
                continue;
            }
            let cap = if members_found(family) > 1 { Severity::Medium } else { Severity::Low };
            let draft = Draft::new(
                "sdk",
                sdk.id.as_str(),
                format!(
                    "政策只写了品牌“{}”，没有写明产品“{}”；应用中有该产品的代码。",
                    sdk_name(family, Lang::Zh),
                    sdk_name(sdk, Lang::Zh)
                ),
                format!(
                    "The policy names the brand {} but not the product {}, whose code the app contains.",
                    sdk_name(family, Lang::En),
                    sdk_name(sdk, Lang::En)
                ),
            );
            let quotes = rows
                .iter()
                .take(3)
                .filter_map(|r| cx.case.policy.declarations.get(*r))
                .map(|d| cx.quote_row(d));
            out.report(
                draft
                    .sure(detection.confidence)
                    .at_most(cap)
                    .with_all(quotes)
                    .with_all(detection.evidence.iter().take(5).cloned()),
            );
        }
    },
};

/// A row's name can mean several SDKs.
pub static AMBIGUOUS_NAME: Rule = Rule {
    id: "ambiguous-name",
    group: Group::Naming,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "pipl-17"],
    page: include_str!("../../docs/rules/ambiguous-name.md"),
    check: |cx, out| {
        for (row, identity) in cx.case.policy.declarations.iter().zip(cx.case.identities) {
            if identity.sdk.is_some() || identity.candidates.len() < 2 || row.place != Place::List {
                continue;
            }
            let candidates: Vec<&Sdk> =
                identity.candidates.iter().take(5).filter_map(|c| cx.case.database.get(c.as_str())).collect();
            let all = sdk_names(candidates.into_iter());
            let name = shorten(&row.name.text);
            out.report(
                Draft::new(
                    "row",
                    name_key(&row.name.text),
                    format!("“{name}”可以指 {}；政策没有给出包名或其他可以区分的内容。", all.zh),
                    format!(
                        "“{name}” can mean {}; the row gives no package or other mark that tells them apart.",
                        all.en
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote_row(row)),
            );
        }
    },
};

/// A row's package is not where its SDK's code is.
pub static PACKAGE_MISMATCH: Rule = Rule {
    id: "package-mismatch",
    group: Group::Comparison,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/package-mismatch.md"),
    check: |cx, out| {
        for (number, row, sdk) in cx.rows() {
            let (Some(sdk), Some(Found::Sdks(finds))) = (sdk, cx.coverage.declarations.get(number)) else {
                continue;
            };
            let prefixes: Vec<Prefix> = row.packages.iter().filter_map(|p| Prefix::read(&p.text)).collect();
            if prefixes.is_empty() || prefixes.iter().any(|p| cx.classes_under(p.as_str()) > 0) {
                continue;
            }
            let detection =
                finds.iter().filter_map(|f| cx.case.detections.sdks.get(*f)).find(|d| d.sdk == sdk.id);
            let Some(detection) = detection else { continue };
            let seen: Vec<Evidence> = detection
                .evidence
                .iter()
                .filter(|e| matches!(e, Evidence::Seen { kind: FeatureKind::Class, .. }))
                .take(3)
                .cloned()
                .collect();
            let Some(Evidence::Seen { value, .. }) = seen.first() else { continue };
            let written: Vec<&str> = row.packages.iter().map(|p| p.text.as_str()).collect();
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!("政策为 {} 写的包名是 {}，安装包中没有该包名下的类；它的代码在 {value} 下。", sdk_name(sdk, Lang::Zh), written.join("、")),
                    format!("The policy gives {} for {}; no class of the package lies there. Its code is under {value}.", written.join(", "), sdk_name(sdk, Lang::En)),
                )
                .sure(cx.code_absence())
                .with(cx.quote_row(row))
                .with_all(seen)
                .with(cx.absent_in_app(written.iter().map(|w| (*w).to_owned()).collect())),
            );
        }
    },
};

/// Third-party code that no signature knows and no row names.
pub static UNDECLARED_UNKNOWN_CODE: Rule = Rule {
    id: "undeclared-unknown-code",
    group: Group::Comparison,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1"],
    page: include_str!("../../docs/rules/undeclared-unknown-code.md"),
    check: |cx, out| {
        if !cx.has_policy() {
            return;
        }
        for (cluster, rows) in cx.case.detections.unknown.iter().zip(&cx.coverage.unknown) {
            let own = cx.settings.own_prefixes.iter().any(|p| is_under(&cluster.prefix, p));
            let in_text = cx.visible.iter().any(|t| t.contains(&cluster.prefix));
            if own || in_text || !rows.is_empty() {
                continue;
            }
            let (cap, sure) = if cluster.classes >= 20 {
                (Severity::Low, Confidence::Medium)
            } else {
                (Severity::Info, Confidence::Low)
            };
            out.report(
                Draft::new(
                    "package",
                    cluster.prefix.as_str(),
                    format!(
                        "包名 {} 下有 {} 个类，特征库不认识，政策中也没有条目提到它。",
                        cluster.prefix, cluster.classes
                    ),
                    format!(
                        "{} classes under {} are known to no signature, and no row names them.",
                        cluster.classes, cluster.prefix
                    ),
                )
                .sure(sure.min(cx.policy_absence()))
                .at_most(cap)
                .with(Evidence::Seen {
                    kind: FeatureKind::Class,
                    value: cluster.prefix.clone(),
                    at: Location::item(&cluster.at, cluster.prefix.as_str()),
                    count: cluster.classes.max(1),
                    weak: false,
                })
                .with(cx.absent_in_policy(vec![cluster.prefix.clone()])),
            );
        }
    },
};

/// A row that could not be compared: a name nobody knows, and no package.
pub static UNCOMPARED_ROW: Rule = Rule {
    id: "uncompared-row",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/uncompared-row.md"),
    check: |cx, out| {
        if !cx.has_app() {
            return;
        }
        for (number, row, sdk) in cx.rows() {
            let known = sdk.is_some_and(|s| !s.indicators.is_empty());
            let candidates = cx.case.identities.get(number).is_some_and(|i| !i.candidates.is_empty());
            if known
                || candidates
                || !row.packages.is_empty()
                || row.place != Place::List
                || !on_android(row)
                || !nothing_found(cx, number)
            {
                continue;
            }
            let name = shorten(&row.name.text);
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{name}”没有包名，特征库也没有它的特征；这一行没有与安装包比较。"),
                    format!("“{name}” gives no package and the database has no marks for it; the row was not compared with the package."),
                )
                .with(cx.quote_row(row)),
            );
        }
    },
};

/// SDKs found, with their database entries; packers are evidence notes, not SDKs.
pub(super) fn found<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a Detection, &'a Sdk)> + use<'a> {
    let case = cx.case;
    case.detections
        .sdks
        .iter()
        .filter_map(|d| Some((d, case.database.get(d.sdk.as_str())?)))
        .filter(|(_, s)| s.kind != Kind::Packer)
}

fn found_declared<'c, 'a>(
    cx: &'c Context<'a>,
) -> impl Iterator<Item = ((&'a Detection, &'a Sdk), &'c Declared)> + use<'c, 'a> {
    let case = cx.case;
    let pairs = case.detections.sdks.iter().zip(&cx.coverage.detections);
    pairs
        .filter_map(|(d, c)| Some(((d, case.database.get(d.sdk.as_str())?), c)))
        .filter(|((_, s), _)| s.kind != Kind::Packer)
}

/// SDKs found that no row covers and no sentence names; none without a policy to compare with.
fn undeclared<'c, 'a>(cx: &'c Context<'a>) -> impl Iterator<Item = (&'a Detection, &'a Sdk)> + use<'c, 'a> {
    let has_policy = cx.has_policy();
    found_declared(cx)
        .filter(move |(_, declared)| has_policy && **declared == Declared::No)
        .map(|(pair, _)| pair)
        .filter(move |(_, sdk)| cx.mentions().of(sdk.id.as_str()).is_none())
}

fn undeclared_draft(cx: &Context<'_>, detection: &Detection, sdk: &Sdk) -> Draft {
    let tried = names(sdk);
    let mut sure = detection.confidence.min(cx.policy_absence());
    if sdk.status == Status::Draft {
        sure = Confidence::Low;
    }
    // Where nobody knows whether the SDK collects, or no policy is known to list it, the duty is open.
    let cap = if sdk.collects == Some(true) && sdk.listed { Severity::High } else { Severity::Medium };
    Draft::new(
        "sdk",
        sdk.id.as_str(),
        format!(
            "应用中有 {} 的代码；在给出的政策文本中没有找到对应条目（已查 {} 个名称、别名和包名）。这只说明代码存在。",
            sdk_name(sdk, Lang::Zh),
            tried.len()
        ),
        format!(
            "The app contains {}; no entry for it was found in the policy text given ({} names, aliases and packages tried). This shows that the code is there, no more.",
            sdk_name(sdk, Lang::En),
            tried.len()
        ),
    )
    .sure(sure)
    .at_most(cap)
    .with_all(detection.evidence.iter().take(6).cloned())
    .with(cx.absent_in_policy(tried))
}

/// Whether neither a detection, nor unknown code, nor a class under a declared package belongs to row `number`.
pub(super) fn nothing_found(cx: &Context<'_>, number: usize) -> bool {
    let row = cx.case.policy.declarations.get(number);
    let classes = row.into_iter().flat_map(|r| &r.packages).filter_map(|p| Prefix::read(&p.text));
    cx.coverage.declarations.get(number) == Some(&Found::Nothing)
        && classes.map(|p| cx.classes_under(p.as_str())).all(|n| n == 0)
}

/// Marks of an SDK, as text.
fn marks(sdk: &Sdk) -> Vec<String> {
    sdk.indicators.iter().filter(|i| !i.weak).map(|i| i.value.to_string()).take(40).collect()
}

fn is_under(package: &str, prefix: &str) -> bool {
    package.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
