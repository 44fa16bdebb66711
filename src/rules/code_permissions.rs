//! Permissions that users are asked for, against the code that needs them: those one SDK alone explains, and those
//! that nothing in sight explains.

use super::code::place;
use super::context::{sdk_name, shorten};
use super::permissions::constants;
use super::{Context, Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::lang::Lang;
use crate::location::Location;
use crate::policy::{Declaration, FieldName};
use crate::resolve::Declared;
use crate::signature::{Detection, Owner, Sdk};
use std::collections::BTreeSet;

/// A permission that the user is asked for is explained by one SDK alone, whose row does not name it.
pub static PERMISSION_FOR_ONE_SDK: Rule = Rule {
    id: "permission-for-one-sdk",
    group: Group::Comparison,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["gbt41391-6-6-2"],
    page: include_str!("../../docs/rules/permission-for-one-sdk.md"),
    check: |cx, out| {
        if !walked(cx) || cx.behaviour_absence() < Confidence::Medium {
            return;
        }
        for used in cx.behaviour().permissions.iter().filter(|p| p.known) {
            let Some(Owner::Sdk(id)) = used.only() else { continue };
            let Some((detection, sdk, rows)) = declared(cx).find(|(_, s, _)| s.id == id) else { continue };
            let short = used.permission.rsplit('.').next().unwrap_or(&used.permission);
            let named = rows.iter().any(|r| {
                let constant = |p: &str| p == used.permission;
                let field = r.permissions.as_ref();
                field.is_some_and(|f| f.iter().any(|p| p.permission.as_deref().is_some_and(constant)))
                    || cx.text(r.document, r.span).contains(short)
            });
            let open = rows.iter().any(|r| r.unfilled.contains(&FieldName::Permission));
            if named || open {
                continue;
            }
            let draft = Draft::new(
                "permission",
                format!("{}/{}", sdk.id, used.permission),
                format!(
                    "应用申请的权限 {short} 只有 {} 的代码或文档用得到，它那一行没有写这个权限。",
                    sdk_name(sdk, Lang::Zh)
                ),
                format!(
                    "The permission {short} is explained by {} alone, by its code or its documents; its row does not name it.",
                    sdk_name(sdk, Lang::En)
                ),
            );
            let needed = cx
                .behaviour()
                .sdk(sdk.id.as_str())
                .and_then(|o| o.permissions.iter().find(|p| p.permission == used.permission))
                .map_or(&[][..], |p| p.by.as_slice());
            let items = cx.behaviour().sdk(sdk.id.as_str()).into_iter().flat_map(|o| &o.items);
            let calls = items.flat_map(|i| &i.places).filter(|p| needed.contains(&p.api));
            out.report(
                draft
                    .sure(detection.confidence.min(Confidence::Medium))
                    .with_all(requested(cx, &used.permission))
                    .with_all(calls.take(5).map(place))
                    .with_all(rows.iter().map(|r| cx.quote_row(r))),
            );
        }
    },
};

/// A permission that the user is asked for, which no call in the code needs and no vendor documents.
pub static PERMISSION_NOT_IN_CODE: Rule = Rule {
    id: "permission-not-in-code",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-3"],
    page: include_str!("../../docs/rules/permission-not-in-code.md"),
    check: |cx, out| {
        if !walked(cx) || cx.behaviour_absence() < Confidence::High {
            return;
        }
        for used in cx.behaviour().permissions.iter().filter(|p| p.unexplained()) {
            // Files are opened by path, which no call of the catalogue shows.
            if FILE_ACCESS.contains(&used.permission.as_str()) {
                continue;
            }
            let short = used.permission.rsplit('.').next().unwrap_or(&used.permission);
            let draft = Draft::new(
                "permission",
                used.permission.as_str(),
                format!("应用申请了权限 {short}，在代码中没有找到需要它的调用。"),
                format!("The app requests {short}; no call that needs it was found in the code."),
            );
            out.report(
                draft
                    .sure(Confidence::Low)
                    .with_all(requested(cx, &used.permission))
                    .with(cx.absent_in_app(vec![used.permission.clone()])),
            );
        }
    },
};

/// A row names a permission that nothing in its SDK's code or documents needs.
pub static ROW_PERMISSION_NOT_IN_CODE: Rule = Rule {
    id: "row-permission-not-in-code",
    group: Group::Comparison,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["gbt41391-6-6-2"],
    page: include_str!("../../docs/rules/row-permission-not-in-code.md"),
    check: |cx, out| {
        // Absence shows something only where all code was seen, under its own names.
        if !walked(cx) || cx.code_absence() < Confidence::High {
            return;
        }
        let family = |s: &Sdk| s.family.clone().unwrap_or_else(|| s.id.clone());
        for (detection, sdk, rows) in declared(cx) {
            if detection.classes == 0 || detection.relocated || detection.confidence < Confidence::High {
                continue;
            }
            // Code of the same brand, and what the SDK brought along, works for it.
            let kin = |owner: &Owner| match owner {
                Owner::Sdk(id) => {
                    let other = cx.case.database.get(id.as_str());
                    other.is_some_and(|o| {
                        family(o) == family(sdk) || sdk.carries.contains(&o.id) || o.carries.contains(&sdk.id)
                    })
                }
                _ => false,
            };
            let written = rows.iter().flat_map(|r| r.permissions.iter().flatten());
            let named: BTreeSet<String> = written
                .filter_map(|w| constants(&w.written.text, w.permission.as_deref()).into_iter().next())
                .collect();
            let idle: Vec<&str> = cx
                .behaviour()
                .permissions
                .iter()
                .filter(|p| p.known && !FILE_ACCESS.contains(&p.permission.as_str()))
                .filter(|p| !p.needed_by.iter().any(kin))
                .filter(|p| !p.documented_by.iter().any(|id| kin(&Owner::Sdk(id.clone()))))
                .map(|p| p.permission.as_str())
                .filter(|p| named.contains(*p))
                .collect();
            let Some(row) = rows.first().filter(|_| !idle.is_empty()) else { continue };
            let shown: Vec<&str> = idle.iter().map(|p| p.rsplit('.').next().unwrap_or(p)).collect();
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!(
                        "“{}”一行写了权限 {}；在 {} 的代码中没有找到需要它的调用，其文档也没有提到。",
                        shorten(&row.name.text),
                        shown.join("、"),
                        sdk_name(sdk, Lang::Zh)
                    ),
                    format!(
                        "The row “{}” names {}; no call in the code of {} needs it and its documents do not mention it.",
                        shorten(&row.name.text),
                        shown.join(", "),
                        sdk_name(sdk, Lang::En)
                    ),
                )
                .sure(Confidence::Low)
                .with(cx.quote_row(row))
                .with(cx.absent_in_app(idle.iter().map(|p| (*p).to_owned()).collect())),
            );
        }
    },
};

/// Permissions for files, which are used through plain paths.
const FILE_ACCESS: &[&str] = &[
    "android.permission.MANAGE_EXTERNAL_STORAGE",
    "android.permission.READ_EXTERNAL_STORAGE",
    "android.permission.WRITE_EXTERNAL_STORAGE",
];

/// Whether the code was walked at all; without that, absence shows nothing.
fn walked(cx: &Context<'_>) -> bool {
    !cx.case.inventory.api_uses.is_empty()
}

/// Detected SDKs with the rows that declare them.
fn declared<'c>(
    cx: &'c Context<'_>,
) -> impl Iterator<Item = (&'c Detection, &'c Sdk, Vec<&'c Declaration>)> + 'c {
    cx.case.detections.sdks.iter().zip(&cx.coverage.detections).filter_map(|(detection, how)| {
        let (Declared::Itself(rows) | Declared::Member(rows) | Declared::Family(rows)) = how else {
            return None;
        };
        let rows: Vec<_> = rows.iter().filter_map(|r| cx.case.policy.declarations.get(*r)).collect();
        Some((detection, cx.case.database.get(detection.sdk.as_str())?, rows))
    })
}

fn requested<'c>(cx: &'c Context<'_>, name: &'c str) -> impl Iterator<Item = Evidence> + 'c {
    cx.case.inventory.manifest.permissions.iter().filter(move |p| p.name == name).map(|p| Evidence::Seen {
        kind: FeatureKind::Permission,
        value: p.name.clone(),
        at: Location::item(&p.at, p.name.as_str()),
        count: 1,
        weak: false,
    })
}

#[cfg(test)]
mod tests;
