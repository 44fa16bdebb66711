//! What code in the package can read against what the policy says of it. Static all through: code that can read a thing
//! is in the app; whether it runs is not known.

use super::completeness::list_rows;
use super::context::{is_library, sdk_name, shorten};
use super::document::of_kind;
use super::{Context, Draft, Group, Levels, Rule};
use crate::attribution::{ItemUse, OwnerUses, Place};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::lang::Lang;
use crate::location::Location;
use crate::policy::{Declaration, FieldName, StatementKind};
use crate::signature::{Owner, Sdk};
use crate::taxonomy::{self, Item};
use std::collections::BTreeSet;

/// Code of a declared SDK can read data that its row does not name.
pub static CODE_READS_UNLISTED_DATA: Rule = Rule {
    id: "code-reads-unlisted-data",
    group: Group::Comparison,
    levels: Levels::all(Severity::Medium).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["cac-2025-05-06-fields", "identification-2-1", "pipl-17"],
    page: include_str!("../../docs/rules/code-reads-unlisted-data.md"),
    check: |cx, out| {
        for owner in &cx.behaviour().owners {
            let Some(sdk) = sdk_of(cx, owner).filter(|s| !is_library(s)) else { continue };
            let rows: Vec<&Declaration> = list_rows(cx)
                .filter(|(_, _, s)| s.is_some_and(|s| s.id == sdk.id))
                .map(|(_, d, _)| d)
                .collect();
            // What a person has still to fill in is not a claim yet.
            let open = rows.iter().any(|d| d.unfilled.contains(&FieldName::Data));
            if open || !rows.iter().any(|d| d.data.is_some()) {
                continue;
            }
            let named: BTreeSet<&str> = rows.iter().flat_map(|d| named_in(cx, d)).collect();
            let unlisted: Vec<(&ItemUse, &Item)> = owner
                .items
                .iter()
                .filter(|u| !u.weak)
                .filter_map(|u| Some((u, taxonomy::get(u.item)?)))
                .filter(|(_, i)| i.sensitive && !i.vague && !covers(&named, i.id.as_str()))
                .collect();
            let Some(row) = rows.first().filter(|_| !unlisted.is_empty()) else { continue };
            let zh: Vec<&str> = unlisted.iter().map(|(_, i)| i.zh).collect();
            let en: Vec<&str> = unlisted.iter().map(|(_, i)| i.en).collect();
            // What Android no longer gives matters less; so does what only some versions of the SDK do.
            let given = unlisted.iter().any(|(u, _)| u.given_until.is_none());
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!(
                        "{} 的代码可以读取 {}，它在清单里的一行没有写。",
                        sdk_name(sdk, Lang::Zh),
                        zh.join("、")
                    ),
                    format!(
                        "Code of {} can read {}, which its row does not name.",
                        sdk_name(sdk, Lang::En),
                        en.join(", ")
                    ),
                )
                .sure(Confidence::Medium)
                .at_most(if given { Severity::Medium } else { Severity::Low })
                .with_all(unlisted.iter().flat_map(|(u, _)| places(u)))
                .with(
                    row.data.as_ref().map_or_else(|| cx.quote_row(row), |f| cx.quote_field(row.document, f)),
                ),
            );
        }
    },
};

/// A row names data of which the SDK's code shows no mark.
pub static LISTED_DATA_WITHOUT_CODE: Rule = Rule {
    id: "listed-data-without-code",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/listed-data-without-code.md"),
    check: |cx, out| {
        if cx.behaviour_absence() < Confidence::High {
            return;
        }
        for owner in &cx.behaviour().owners {
            let Some(sdk) = sdk_of(cx, owner) else { continue };
            let Some(row) = list_rows(cx)
                .find(|(_, d, s)| d.data.is_some() && s.is_some_and(|s| s.id == sdk.id))
                .map(|(_, d, _)| d)
            else {
                continue;
            };
            let without: Vec<&Item> = named_in(cx, row)
                .iter()
                // What the vendor documents is rightly listed, whatever this build can read.
                .filter(|n| !sdk.data.iter().any(|d| d == **n))
                .filter(|n| WITH_MARKS.contains(n) && owner.item(n).is_none())
                .filter_map(|n| taxonomy::get(n))
                .collect();
            let Some(data) = row.data.as_ref().filter(|_| !without.is_empty()) else { continue };
            let zh: Vec<&str> = without.iter().map(|i| i.zh).collect();
            let en: Vec<&str> = without.iter().map(|i| i.en).collect();
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!(
                        "{} 这一行写了 {}，在它的代码中没有找到读取这些信息的调用。",
                        sdk_name(sdk, Lang::Zh),
                        zh.join("、")
                    ),
                    format!(
                        "The row {} names {}; no call that reads it was found in its code.",
                        sdk_name(sdk, Lang::En),
                        en.join(", ")
                    ),
                )
                .sure(Confidence::Low)
                .with(cx.quote_field(row.document, data))
                .with(cx.absent_in_app(without.iter().map(|i| i.id.to_string()).collect())),
            );
        }
    },
};

/// The policy denies what code in the package can read.
pub static DENIED_DATA_IN_CODE: Rule = Rule {
    id: "denied-data-in-code",
    group: Group::Comparison,
    levels: Levels::all(Severity::High).west(Severity::Medium),
    since: "0.1.0",
    clauses: &["pipl-17", "play-user-data"],
    page: include_str!("../../docs/rules/denied-data-in-code.md"),
    check: |cx, out| {
        for statement in of_kind(cx, StatementKind::DataDenial) {
            let Some(item) = statement.subject.as_deref().and_then(taxonomy::get) else { continue };
            // Android's own libraries offer much that the app never calls.
            let readers: Vec<(&OwnerUses, &ItemUse)> = cx
                .behaviour()
                .readers(item.id.as_str(), false)
                .filter(|(o, _)| o.owner != Owner::Platform)
                .collect();
            let Some((first, _)) = readers.first() else { continue };
            // So do general libraries; and what Android no longer gives is no longer read.
            let idle =
                readers.iter().all(|(o, u)| u.given_until.is_some() || sdk_of(cx, o).is_some_and(is_library));
            let who = |lang| match sdk_of(cx, first) {
                Some(sdk) => sdk_name(sdk, lang).to_owned(),
                None => owner_name(&first.owner, lang),
            };
            out.report(
                Draft::new(
                    "document",
                    format!("denied-in-code/{}", item.id),
                    format!("政策说不收集{}；应用中有可以读取它的代码（{} 等 {} 处来源）。", item.zh, who(Lang::Zh), readers.len()),
                    format!("The policy says that {} is not collected; the app contains code that can read it ({}; {} owners in all).", item.en, who(Lang::En), readers.len()),
                )
                .sure(if idle { Confidence::Low } else { Confidence::Medium })
                .with(cx.quote(statement.document, statement.span))
                .with_all(readers.iter().flat_map(|(_, u)| places(u))),
            );
        }
    },
};

/// Code that nobody knows can read sensitive data.
pub static UNKNOWN_CODE_READS_SENSITIVE_DATA: Rule = Rule {
    id: "unknown-code-reads-sensitive-data",
    group: Group::Comparison,
    levels: Levels::all(Severity::Medium).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-1"],
    page: include_str!("../../docs/rules/unknown-code-reads-sensitive-data.md"),
    check: |cx, out| {
        for owner in &cx.behaviour().owners {
            let Owner::Unknown(prefix) = &owner.owner else { continue };
            let named = cx
                .case
                .detections
                .unknown
                .iter()
                .zip(&cx.coverage.unknown)
                .any(|(c, rows)| c.prefix == *prefix && !rows.is_empty());
            let own = cx.settings.own_prefixes.iter().any(|p| crate::signature::under(prefix, p));
            let severe: Vec<(&ItemUse, &Item)> = owner
                .items
                .iter()
                .filter(|u| !u.weak && SEVERE.contains(&u.item))
                .filter_map(|u| Some((u, taxonomy::get(u.item)?)))
                .collect();
            if named || own || severe.is_empty() {
                continue;
            }
            let zh: Vec<&str> = severe.iter().map(|(_, i)| i.zh).collect();
            let en: Vec<&str> = severe.iter().map(|(_, i)| i.en).collect();
            out.report(
                Draft::new(
                    "package",
                    prefix.as_str(),
                    format!(
                        "{} 下的代码特征库不认识，政策也没有条目；它可以读取 {}。",
                        shorten(prefix),
                        zh.join("、")
                    ),
                    format!(
                        "Code under {} is known to no signature and no row; it can read {}.",
                        shorten(prefix),
                        en.join(", ")
                    ),
                )
                .sure(Confidence::Low)
                .with_all(severe.iter().flat_map(|(u, _)| places(u))),
            );
        }
    },
};

/// Items whose reading leaves a clear mark in code.
const WITH_MARKS: &[&str] = &[
    "imei",
    "imsi",
    "mac",
    "android-id",
    "app-list",
    "location-fine",
    "contacts",
    "sms",
    "call-log",
    "clipboard",
    "serial",
    "bssid",
];

/// What weighs most when code nobody knows can read it.
const SEVERE: &[&str] = &[
    "imei",
    "imsi",
    "mac",
    "app-list",
    "location-fine",
    "contacts",
    "sms",
    "call-log",
    "clipboard",
    "serial",
];

/// Items that another one covers: who names location has named its kinds.
const COVERED_BY: &[(&str, &[&str])] = &[
    ("location-fine", &["location", "location-coarse"]),
    ("location-coarse", &["location", "location-fine"]),
    ("base-station", &["location", "location-fine", "location-coarse"]),
    ("bssid", &["mac", "wifi-list", "wifi-state", "ssid"]),
    ("wifi-list", &["wifi-state", "ssid", "bssid"]),
    ("imei", &["device-id", "meid"]),
    ("meid", &["imei", "device-id"]),
    ("imsi", &["sim", "carrier", "device-id"]),
    ("iccid", &["sim", "device-id"]),
    ("serial", &["device-id"]),
    ("sim", &["carrier", "imsi", "iccid"]),
    ("mac", &["device-id"]),
    ("emmc-id", &["device-id"]),
    ("running-processes", &["app-list"]),
    ("photos", &["media", "storage"]),
    ("media", &["photos", "storage"]),
];

/// Whether `named` names `item` or something that covers it.
fn covers(named: &BTreeSet<&str>, item: &str) -> bool {
    named.contains(item)
        || COVERED_BY
            .iter()
            .find(|(i, _)| *i == item)
            .is_some_and(|(_, by)| by.iter().any(|b| named.contains(b)))
}

/// Data items a row names anywhere in its text.
fn named_in(cx: &Context<'_>, row: &Declaration) -> BTreeSet<&'static str> {
    let fields = row.data.iter().chain(&row.purpose).chain(&row.scene).flat_map(|f| taxonomy::find(&f.text));
    fields.chain(taxonomy::find(cx.text(row.document, row.span))).map(|m| m.item.as_str()).collect()
}

fn sdk_of<'a>(cx: &Context<'a>, owner: &OwnerUses) -> Option<&'a Sdk> {
    match &owner.owner {
        Owner::Sdk(id) => cx.case.database.get(id.as_str()),
        _ => None,
    }
}

fn owner_name(owner: &Owner, lang: Lang) -> String {
    match (owner, lang) {
        (Owner::Unknown(prefix), _) => prefix.clone(),
        (_, Lang::Zh) => "应用自身或无法归属的代码".into(),
        (_, Lang::En) => "the app's own or unattributed code".into(),
    }
}

/// The first places of a use, as evidence.
fn places(item: &ItemUse) -> impl Iterator<Item = Evidence> + '_ {
    item.places.iter().filter(|p| !p.weak).take(3).map(place)
}

/// One place of a use, as evidence.
pub(super) fn place(place: &Place) -> Evidence {
    Evidence::Seen {
        kind: FeatureKind::Class,
        value: format!("{}.{} -> {}", place.class, place.method, place.api),
        at: Location::item(&place.at, place.class.as_str()),
        count: place.count.max(1),
        weak: place.weak,
    }
}
