//! Permissions of the manifest against those the policy names, both ways.

use super::completeness::list_rows;
use super::context::{on_android, row_key, shorten};
use super::sentence::Sentence;
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::fold;
use crate::inventory::UsesPermission;
use crate::location::{Location, Span};
use crate::permission::{self, How, LAST_API, Level, PREFIX};
use crate::policy::{Declaration, Field, PermissionDeclaration, Place, Platform};
use crate::taxonomy;
use std::collections::BTreeSet;

/// The manifest requests a permission that the policy does not name.
pub static UNDECLARED_PERMISSION: Rule = Rule {
    id: "undeclared-permission",
    group: Group::Comparison,
    levels: Levels::all(Severity::High).play(Severity::Medium).west(Severity::Medium),
    since: "0.1.0",
    clauses: &["cverc-permissions", "identification-2-3", "pipl-17", "play-user-data"],
    page: include_str!("../../docs/rules/undeclared-permission.md"),
    check: |cx, out| {
        if !cx.has_policy() {
            return;
        }
        let named = Named::new(cx);
        let app = cx.case.inventory.app.id.as_deref().unwrap_or("");
        for request in &cx.case.inventory.manifest.permissions {
            let Some(known) = permission::get(&request.name) else { continue };
            let api = target(cx);
            let Some(level) = known.level(api).or_else(|| known.level(known.last)) else { continue };
            let own = !app.is_empty() && request.name.starts_with(app);
            let vendor = known.vendor.is_some() && level == Level::Normal;
            if own || vendor || level == Level::System || named.has(&request.name) {
                continue;
            }
            let grouped = known.group.filter(|g| named.groups.contains(g));
            if grouped.is_some_and(|g| SAME_WORDS.contains(&g)) {
                continue;
            }
            let mut cap = match level {
                Level::Normal => Severity::Info,
                _ if grouped.is_some() => Severity::Low,
                _ => Severity::High,
            };
            let never_asked = request.max_sdk.is_some_and(|max| max < 23);
            if never_asked {
                cap = cap.min(Severity::Low);
            }
            let short = short(&request.name);
            let kind = level_words(level);
            let mut draft = Draft::new(
                "permission",
                request.name.as_str(),
                format!(
                    "应用的清单申请了{}权限 {short}，在给出的政策文本中没有找到它（已查常量名和常见说法）。",
                    kind.0
                ),
                format!(
                    "The manifest requests the {} permission {short}; it was not found in the policy text given (constant and usual wordings tried).",
                    kind.1
                ),
            );
            draft = draft.sure(cx.policy_absence().min(cx.prose_permission_sure())).at_most(cap);
            out.report(draft.with(seen(request)).with(cx.absent_in_policy(vec![request.name.clone()])));
        }
    },
};

/// The policy describes a permission that the manifest does not request.
pub static UNUSED_PERMISSION: Rule = Rule {
    id: "unused-permission",
    group: Group::Comparison,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/unused-permission.md"),
    check: |cx, out| {
        if !cx.has_app() {
            return;
        }
        let requested = requested(cx);
        for entry in android_entries(cx) {
            let meant = constants(&entry.written.text, entry.permission.as_deref());
            let Some(first) = meant.first() else { continue };
            if meant.iter().any(|m| requested.contains(m.as_str()))
                || same_group_requested(&meant, &requested)
            {
                continue;
            }
            let short = short(first);
            out.report(
                Draft::new(
                    "permission",
                    first.as_str(),
                    format!("政策说明了权限 {short}，给出的安装包没有申请它。"),
                    format!(
                        "The policy describes the permission {short}; the package given does not request it."
                    ),
                )
                .sure(cx.manifest_absence().min(Confidence::Medium))
                .with(cx.quote_field(entry.document, &entry.written))
                .with(cx.absent_in_app(meant)),
            );
        }
    },
};

/// A row's permissions are not requested by the package.
pub static SDK_PERMISSION_NOT_REQUESTED: Rule = Rule {
    id: "sdk-permission-not-requested",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/sdk-permission-not-requested.md"),
    check: |cx, out| {
        if !cx.has_app() {
            return;
        }
        let requested = requested(cx);
        for (_, row, sdk) in list_rows(cx) {
            let Some(permissions) = row.permissions.as_ref().filter(|_| on_android(row)) else { continue };
            let mut missing: Vec<String> = Vec::new();
            for written in permissions {
                let meant = constants(&written.written.text, written.permission.as_deref());
                if !meant.is_empty()
                    && !meant.iter().any(|m| requested.contains(m.as_str()))
                    && !same_group_requested(&meant, &requested)
                {
                    missing.extend(meant.into_iter().take(1));
                }
            }
            missing.sort();
            missing.dedup();
            if missing.is_empty() {
                continue;
            }
            let shown: Vec<&str> = missing.iter().map(|m| short(m)).collect();
            let name = shorten(&row.name.text);
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{name}”一行写的权限 {} 没有被安装包申请。", shown.join("、")),
                    format!(
                        "The row “{name}” names {}, which the package does not request.",
                        shown.join(", ")
                    ),
                )
                .sure(cx.manifest_absence())
                .with(cx.quote_row(row))
                .with(cx.absent_in_app(missing)),
            );
        }
    },
};

/// A row's permissions are missing from the app's own permission list.
pub static SDK_PERMISSION_NOT_IN_APP_LIST: Rule = Rule {
    id: "sdk-permission-not-in-app-list",
    group: Group::Correctness,
    levels: Levels::chinese(Severity::Medium),
    since: "0.1.0",
    clauses: &["identification-2-1", "gbt41391-6-6-2"],
    page: include_str!("../../docs/rules/sdk-permission-not-in-app-list.md"),
    check: |cx, out| {
        let list: Vec<&PermissionDeclaration> = listed_entries(cx).collect();
        if list.len() < 3 {
            return;
        }
        let listed: BTreeSet<String> =
            list.iter().flat_map(|e| constants(&e.written.text, e.permission.as_deref())).collect();
        for (_, row, _) in list_rows(cx) {
            for (written, chosen) in row_permissions(cx, row) {
                let meant = constants(&written.text, chosen);
                let Some(first) = meant.first() else { continue };
                if meant.iter().any(|m| listed.contains(m)) || same_group(&meant, &listed) {
                    continue;
                }
                let asks = |c: &String| {
                    permission::get(c).and_then(|p| p.level(target(cx)).or_else(|| p.level(p.last)))
                };
                let matters = meant.iter().filter_map(asks).any(|l| l != Level::Normal)
                    || meant.iter().any(|m| MATTERS.contains(&short(m)));
                // Data named in a cell of permissions ("list of running processes") only suggests one.
                let folded = fold::fold(&written.text);
                let named = written.text.contains('_')
                    || ["权限", "permission"].iter().any(|w| folded.as_str().contains(w))
                    || !taxonomy::find(&written.text).iter().any(|m| m.item.item().is_some_and(|i| !i.vague));
                // What the list has instead: a sister of the same group.
                let group = permission::get(first).and_then(|p| p.group);
                let sister = list.iter().find(|e| {
                    let own = e.permission.as_deref().and_then(permission::get).and_then(|p| p.group);
                    own.is_some() && own == group
                });
                let short = short(first);
                let name = shorten(&row.name.text);
                out.report(
                    Draft::new(
                        "permission",
                        first.as_str(),
                        format!("“{name}”等行写了权限 {short}，应用自己的权限说明里没有它。"),
                        format!("The row “{name}” (and maybe others) names {short}; the app's own description of permissions does not."),
                    )
                    .sure(Confidence::Medium)
                    .at_most(match (matters, named) {
                        (true, true) => Severity::Medium,
                        (true, false) => Severity::Low,
                        (false, _) => Severity::Info,
                    })
                    .with(cx.quote_field(row.document, &written))
                    .with(cx.quote_row(row))
                    .with_all(sister.map(|e| cx.quote_field(e.document, &e.written))),
                );
            }
        }
    },
};

/// The package can read the list of installed apps; the policy does not say so, or says it of no purpose.
pub static UNDISCLOSED_APP_LIST: Rule = Rule {
    id: "undisclosed-app-list",
    group: Group::Comparison,
    levels: Levels::all(Severity::High).west(Severity::Medium),
    since: "0.1.0",
    clauses: &["identification-2-1", "taf-077-6", "play-user-data"],
    page: include_str!("../../docs/rules/undisclosed-app-list.md"),
    check: |cx, out| {
        const QUERY_ALL: &str = "android.permission.QUERY_ALL_PACKAGES";
        if !cx.has_policy() {
            return;
        }
        let request = cx.case.inventory.manifest.permissions.iter().find(|p| p.name == QUERY_ALL);
        let said = cx.sentences().iter().find(|s| names_app_list(s));
        match (request, said) {
            (Some(request), None) => out.report(
                Draft::new(
                    "permission",
                    QUERY_ALL,
                    "应用的清单申请了 QUERY_ALL_PACKAGES（可以读取已安装应用列表），政策文本中没有找到“应用列表”等说法。".into(),
                    "The manifest requests QUERY_ALL_PACKAGES, which lets code read the list of installed apps; no mention of such a list was found in the policy text given.".into(),
                )
                .sure(cx.policy_absence())
                .with(seen(request))
                .with(cx.absent_in_policy(vec!["应用列表".into(), "installed apps".into(), QUERY_ALL.into()])),
            ),
            // Named as data, but no permission list that has entries names what it needs.
            (None, Some(sentence)) if !cx.has_app() => {
                let names_permission = cx.case.policy.permissions.iter().any(|p| {
                    let means = p.permission.as_deref() == Some(QUERY_ALL)
                        || taxonomy::find(&p.written.text).iter().any(|m| m.item.as_str() == "app-list");
                    means && p.purpose.is_some()
                });
                if !names_permission {
                    let all = cx.sentences().iter().filter(|s| names_app_list(s));
                    out.report(
                        Draft::new(
                            "permission",
                            QUERY_ALL,
                            "政策写了应用列表，没有给出它的权限（QUERY_ALL_PACKAGES 或 queries）和目的；请对照安装包核对。".into(),
                            "The policy names the list of installed apps but no permission (QUERY_ALL_PACKAGES or queries) and purpose for it; check against the package.".into(),
                        )
                        .sure(Confidence::Low)
                        .at_most(Severity::Low)
                        .with(cx.quote(sentence.document, sentence.span))
                        .with_all(all.skip(1).take(12).map(|s| cx.quote(s.document, s.span))),
                    );
                }
            }
            _ => {}
        }
    },
};

/// Groups whose members share one wording in policies and one dialog on the phone.
const SAME_WORDS: &[&str] =
    &["STORAGE", "LOCATION", "NEARBY_DEVICES", "READ_MEDIA_VISUAL", "READ_MEDIA_AURAL"];

/// Normal permissions that matter to users all the same.
const MATTERS: &[&str] = &[
    "REQUEST_INSTALL_PACKAGES",
    "GET_TASKS",
    "QUERY_ALL_PACKAGES",
    "REORDER_TASKS",
    "KILL_BACKGROUND_PROCESSES",
];

/// Permissions the policy names, anywhere.
struct Named {
    constants: BTreeSet<String>,
    groups: BTreeSet<&'static str>,
}

impl Named {
    fn new(cx: &Context<'_>) -> Named {
        let mut names = BTreeSet::new();
        let policy = cx.case.policy;
        for entry in &policy.permissions {
            names.extend(constants(&entry.written.text, entry.permission.as_deref()));
        }
        for written in policy.declarations.iter().flat_map(|d| d.permissions.iter().flatten()) {
            names.extend(constants(&written.written.text, written.permission.as_deref()));
        }
        // Absence is claimed of the whole text, so every wording anywhere counts as named.
        for text in &cx.visible {
            for (_, reading) in permission::mentions(text) {
                names.extend(reading.constants.iter().map(|c| (*c).to_owned()));
            }
            names.extend(constants_in(text));
        }
        let groups = names.iter().filter_map(|n| permission::get(n)?.group).collect();
        Named { constants: names, groups }
    }

    fn has(&self, constant: &str) -> bool {
        self.constants.contains(constant)
    }
}

/// Upper-case words of a text that are known constants, with or without their prefix.
fn constants_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|w| {
            w.len() > 2 && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        })
        .map(|w| format!("{PREFIX}{w}"))
        .filter(|c| permission::get(c).is_some())
}

/// Constants a written permission can mean; the reader's own choice first.
pub(super) fn constants(written: &str, chosen: Option<&str>) -> Vec<String> {
    let mut out: Vec<String> = chosen.map(str::to_owned).into_iter().collect();
    if let Some(reading) = permission::read(written).filter(|r| !matches!(r.how, How::NotAPermission)) {
        out.extend(reading.constants.iter().map(|c| (*c).to_owned()));
    }
    let mut seen = BTreeSet::new();
    out.retain(|c| seen.insert(c.clone()));
    out
}

/// Entries of the app's own permission list that can stand for Android.
pub(super) fn android_entries<'a>(
    cx: &Context<'a>,
) -> impl Iterator<Item = &'a PermissionDeclaration> + use<'a> {
    let all = cx.case.policy.permissions.iter();
    all.filter(|e| e.platforms.is_empty() || e.platforms.contains(&Platform::Android))
}

/// Those of them that stand in a list or table: what sentences ask for in passing is no list.
pub(super) fn listed_entries<'a>(
    cx: &Context<'a>,
) -> impl Iterator<Item = &'a PermissionDeclaration> + use<'a> {
    android_entries(cx).filter(|e| e.place == Place::List)
}

/// Permissions a row names with the constant its reader chose: its field, or what follows words such as `get permission`
/// where the row is one run-on text. What stands behind `[iOS]` is no Android permission.
pub(super) fn row_permissions<'a>(cx: &Context<'_>, row: &'a Declaration) -> Vec<(Field, Option<&'a str>)> {
    const OPENS: &[&str] = &[
        "get permission",
        "permissions required",
        "permissions obtained",
        "获取权限",
        "申请权限",
        "调用权限",
        "所需权限",
        "涉及权限",
    ];
    const ENDS: &[&str] =
        &["[ios]", "【ios】", "privacy address", "privacy policy", "隐私", "官网", "|", "\n"];
    const WORDS: &[&str] =
        &["[android]", "required permissions", "optional permissions", "必要权限", "可选权限"];
    let fields: Vec<_> =
        row.permissions.iter().flatten().map(|p| (p.written.clone(), p.permission.as_deref())).collect();
    if !fields.is_empty() {
        return fields;
    }
    // Lower case in place: offsets stay those of the document.
    let text = cx.text(row.document, row.span).to_ascii_lowercase();
    let Some(start) = OPENS.iter().filter_map(|w| text.find(w).map(|at| at + w.len())).min() else {
        return Vec::new();
    };
    let rest = text.get(start..).unwrap_or("");
    let end = ENDS.iter().filter_map(|w| rest.find(w)).min().unwrap_or(rest.len());
    let mut passage = rest.get(..end).unwrap_or("").to_owned();
    for word in WORDS {
        passage = passage.replace(word, &format!(",{}", " ".repeat(word.len() - 1)));
    }
    let base = row.span.start + start;
    permission::pieces(&passage)
        .iter()
        .filter(|s| s.of(&passage).chars().any(char::is_alphabetic))
        .map(|s| {
            let span = Span::new(base + s.start, base + s.end);
            (Field { text: cx.text(row.document, span).trim().to_owned(), spans: vec![span] }, None)
        })
        .collect()
}

fn requested<'a>(cx: &Context<'a>) -> BTreeSet<&'a str> {
    cx.case.inventory.manifest.permissions.iter().map(|p| p.name.as_str()).collect()
}

/// Whether a permission of the same wording is requested: `存储权限` fits any storage permission.
fn same_group_requested(meant: &[String], requested: &BTreeSet<&str>) -> bool {
    let group = |c: &str| permission::get(c).and_then(|p| p.group).filter(|g| SAME_WORDS.contains(g));
    let wanted: BTreeSet<&str> = meant.iter().filter_map(|m| group(m)).collect();
    requested.iter().filter_map(|r| group(r)).any(|g| wanted.contains(g))
}

fn same_group(meant: &[String], listed: &BTreeSet<String>) -> bool {
    let group = |c: &str| {
        permission::get(c).and_then(|p| p.group).filter(|g| *g == "STORAGE" || *g == "NEARBY_DEVICES")
    };
    let wanted: BTreeSet<&str> = meant.iter().filter_map(|m| group(m)).collect();
    listed.iter().filter_map(|l| group(l)).any(|g| wanted.contains(g))
}

/// The app's target API level, but no older than phones in use: what weighs is how they treat a permission.
pub(super) fn target(cx: &Context<'_>) -> u8 {
    let target = cx.case.inventory.app.target_sdk.unwrap_or(u32::from(LAST_API));
    u8::try_from(target).unwrap_or(LAST_API).clamp(30, LAST_API)
}

/// A constant without `android.permission.`.
pub(super) fn short(constant: &str) -> &str {
    constant.strip_prefix(PREFIX).unwrap_or(constant)
}

fn seen(request: &UsesPermission) -> Evidence {
    Evidence::Seen {
        kind: FeatureKind::Permission,
        value: request.name.clone(),
        at: Location::item(&request.at, request.name.as_str()),
        count: 1,
        weak: false,
    }
}

fn level_words(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Normal => ("普通", "normal"),
        Level::Dangerous => ("危险", "dangerous"),
        Level::Special => ("特殊", "special"),
        Level::System => ("系统", "system-only"),
    }
}

/// Whether a sentence speaks of the apps installed on the phone.
fn names_app_list(sentence: &Sentence) -> bool {
    taxonomy::find(&sentence.folded).iter().any(|m| m.item.as_str() == "app-list")
        || sentence.has(&["安装的应用", "已安装的", "installed application", "installed app"])
}

impl Context<'_> {
    /// How sure the search for plain wordings of permissions is: wordings are many, so medium where
    /// the policy has no permission list of its own.
    fn prose_permission_sure(&self) -> Confidence {
        if listed_entries(self).count() >= 3 { Confidence::High } else { Confidence::Medium }
    }
}
