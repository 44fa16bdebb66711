//! What limits the evidence: hardened, renamed or late-loaded code, and missing parts.

use super::completeness::names_address;
use super::context::{sdk_name, shorten};
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::{Evidence, FeatureKind};
use crate::finding::Severity;
use crate::lang::Lang;
use crate::limitation::{Limitation, LimitationKind};
use crate::location::Location;
use crate::policy::Place;

/// Hardening hides the code.
pub static PACKED_APP: Rule = Rule {
    id: "packed-app",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/packed-app.md"),
    check: |cx, out| {
        let packer = cx.case.detections.packer.as_ref().and_then(|p| cx.case.database.get(p.as_str()));
        let marks = cx
            .case
            .detections
            .packer
            .as_ref()
            .and_then(|p| cx.case.detections.sdks.iter().find(|d| d.sdk == *p));
        let limits: Vec<&Limitation> = of_kind(cx, LimitationKind::Packed).collect();
        if packer.is_none() && limits.is_empty() {
            return;
        }
        let name = |lang| packer.map_or("?", |p| sdk_name(p, lang));
        let mut draft = Draft::new(
            "app",
            "packed",
            format!(
                "应用已加固（{}）：代码不可见，只检查了清单、原生库和资源。没有检出的 SDK 不代表不存在。",
                name(Lang::Zh)
            ),
            format!(
                "The app is hardened ({}): its code is hidden; only manifest, native libraries and assets were checked. What was not found may still be there.",
                name(Lang::En)
            ),
        );
        draft = draft.with_all(marks.into_iter().flat_map(|d| d.evidence.iter().take(5).cloned()));
        draft = draft.with_all(limits.iter().map(|l| seen(&l.at)));
        if draft.evidence.is_empty() {
            draft = draft.with(seen(&cx.package_location()));
        }
        out.report(draft);
    },
};

/// Most package names were renamed.
pub static OBFUSCATED_APP: Rule = Rule {
    id: "obfuscated-app",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/obfuscated-app.md"),
    check: |cx, out| {
        let share = cx.renamed_share();
        let Some(largest) = cx.case.detections.renamed.first().filter(|_| share >= 30) else { return };
        out.report(
            Draft::new(
                "app",
                "obfuscated",
                format!("约 {share}% 的类的包名被改短；改名的 SDK 可能没有检出。"),
                format!("About {share}% of the classes lie in renamed packages; renamed SDKs may have been missed."),
            )
            .with(Evidence::Seen {
                kind: FeatureKind::Class,
                value: largest.prefix.clone(),
                at: Location::item(&largest.at, largest.prefix.as_str()),
                count: largest.classes.max(1),
                weak: true,
            }),
        );
    },
};

/// Code can arrive after installation.
pub static DYNAMIC_CODE: Rule = Rule {
    id: "dynamic-code",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["gbt41391-6-6-2"],
    page: include_str!("../../docs/rules/dynamic-code.md"),
    check: |cx, out| {
        let hot: Vec<_> = cx
            .case
            .detections
            .sdks
            .iter()
            .filter(|d| cx.case.database.get(d.sdk.as_str()).is_some_and(|s| s.category == "hot-update"))
            .collect();
        let limits: Vec<&Limitation> = of_kind(cx, LimitationKind::DynamicCode).collect();
        if hot.is_empty() && limits.is_empty() {
            return;
        }
        out.report(
            Draft::new(
                "app",
                "dynamic-code",
                "应用可以在运行时加载代码；之后到来的代码没有检查。".into(),
                "The app can load code at run time; what arrives later was not checked.".into(),
            )
            .with_all(hot.iter().flat_map(|d| d.evidence.iter().take(2).cloned()))
            .with_all(limits.iter().map(|l| seen(&l.at))),
        );
    },
};

/// A part of the package was not given or not readable.
pub static PARTIAL_PACKAGE: Rule = Rule {
    id: "partial-package",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/partial-package.md"),
    check: |cx, out| {
        let broken = |l: &&Limitation| {
            matches!(l.kind, LimitationKind::MissingPart)
                || (l.hides.is_some()
                    && !matches!(l.kind, LimitationKind::Packed | LimitationKind::Elsewhere))
        };
        notes(cx, out, "partial", &broken);
    },
};

/// A list whose rows could not be told apart cleanly.
pub static UNCLEAR_ROW: Rule = Rule {
    id: "unclear-row",
    group: Group::Evidence,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/unclear-row.md"),
    check: |cx, out| {
        for row in cx.case.policy.declarations.iter().filter(|d| d.place == Place::List) {
            let bare = row.purpose.is_none()
                && row.data.is_none()
                && row.packages.is_empty()
                && row.links.is_empty()
                && row.provider.is_none();
            let long = row.name.text.chars().count() > 40;
            if !(bare && long || names_address(row)) {
                continue;
            }
            out.report(
                Draft::new(
                    "row",
                    super::context::name_key(&row.name.text),
                    format!("这一行读成了“{}”，可能没有分清单元格；请核对原文。", shorten(&row.name.text)),
                    format!(
                        "A row was read as “{}”; its cells may not have been told apart. Check the original.",
                        shorten(&row.name.text)
                    ),
                )
                .with(cx.quote_row(row)),
            );
        }
    },
};

fn of_kind<'a>(cx: &Context<'a>, kind: LimitationKind) -> impl Iterator<Item = &'a Limitation> + use<'a> {
    cx.case.inventory.limitations.iter().filter(move |l| l.kind == kind)
}

/// One note for all limitations of the package that `fits`, each with its own words.
fn notes(cx: &Context<'_>, out: &mut Sink<'_>, key: &str, fits: &dyn Fn(&&Limitation) -> bool) {
    let limits: Vec<&Limitation> = cx.case.inventory.limitations.iter().filter(fits).collect();
    let Some(first) = limits.first() else { return };
    out.report(
        Draft::new(
            "app",
            key,
            format!("安装包有 {} 处没有读到（例如：{}）。", limits.len(), first.detail.zh),
            format!(
                "{} parts of the package could not be read (for example: {}).",
                limits.len(),
                first.detail.en
            ),
        )
        .with_all(limits.iter().map(|l| seen(&l.at))),
    );
}

/// A place in the package as evidence.
fn seen(at: &Location) -> Evidence {
    let value = match at {
        Location::Entry { path, item } => item.clone().unwrap_or_else(|| path.as_str().to_owned()),
        Location::Text { .. } => String::new(),
    };
    Evidence::Seen { kind: FeatureKind::Asset, value, at: at.clone(), count: 1, weak: true }
}
