//! Data and permissions that stand in each other's place, and data whose permission is named nowhere.

use super::completeness::list_rows;
use super::context::{row_key, shorten};
use super::permissions::{constants, listed_entries};
use super::wording::{all_written, constant_word};
use super::{Draft, Group, Levels, Rule};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::permission::{self, How, PREFIX};
use crate::policy::PermissionDeclaration;
use crate::taxonomy;
use std::collections::BTreeSet;

/// A data item needs a permission that the policy names nowhere.
pub static DATA_WITHOUT_PERMISSION: Rule = Rule {
    id: "data-without-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1"],
    page: include_str!("../../docs/rules/data-without-permission.md"),
    check: |cx, out| {
        let list: Vec<&PermissionDeclaration> = listed_entries(cx).collect();
        if list.len() < 3 {
            return;
        }
        let named: BTreeSet<String> =
            list.iter().flat_map(|e| constants(&e.written.text, e.permission.as_deref())).collect();
        for (items, needed) in NEEDS {
            let told = |n: &&str| cx.visible.iter().any(|text| text.contains(*n));
            if needed.iter().any(|n| named.contains(&format!("{PREFIX}{n}")) || told(n)) {
                continue;
            }
            let quotes: Vec<_> = list_rows(cx)
                .filter_map(|(_, d, _)| Some((d, d.data.as_ref()?)))
                .filter(|(_, f)| taxonomy::find(&f.text).iter().any(|m| items.contains(&m.item.as_str())))
                .map(|(d, f)| cx.quote_field(d.document, f))
                .take(8)
                .collect();
            let Some(item) = items.first().and_then(|i| taxonomy::get(i)).filter(|_| !quotes.is_empty())
            else {
                continue;
            };
            out.report(
                Draft::new(
                    "permission",
                    format!("{PREFIX}{}", needed.first().copied().unwrap_or("")),
                    format!(
                        "清单写了{}，读取它需要权限 {}，应用的权限列表没有写。",
                        item.zh,
                        needed.join(" 或 ")
                    ),
                    format!(
                        "Rows name {}, which needs {}; the app's permission list names none of them.",
                        item.en,
                        needed.join(" or ")
                    ),
                )
                .sure(Confidence::Medium)
                .with_all(quotes)
                .with(cx.absent_in_policy(needed.iter().map(|n| format!("{PREFIX}{n}")).collect())),
            );
        }
    },
};

/// Permissions stand among the data of a row.
pub static PERMISSION_AMONG_DATA: Rule = Rule {
    id: "permission-among-data",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-4"],
    page: include_str!("../../docs/rules/permission-among-data.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let Some(data) = &row.data else { continue };
            let found: Vec<&str> = permission::pieces(&data.text)
                .iter()
                .map(|s| s.of(&data.text).trim_start_matches("information "))
                .filter(|p| is_permission_phrase(p))
                .take(6)
                .collect();
            if found.is_empty() {
                continue;
            }
            let shown: Vec<String> = found.iter().map(|f| shorten(f)).collect();
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!(
                        "“{}”一行的信息种类里写的是权限：{}。",
                        shorten(&row.name.text),
                        shown.join("、")
                    ),
                    format!(
                        "Among the data of the row “{}” stand permissions: {}.",
                        shorten(&row.name.text),
                        shown.join(", ")
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote_field(row.document, data)),
            );
        }
    },
};

/// Identifiers stand among permissions.
pub static DATA_AMONG_PERMISSIONS: Rule = Rule {
    id: "data-among-permissions",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-4"],
    page: include_str!("../../docs/rules/data-among-permissions.md"),
    check: |cx, out| {
        for written in all_written(cx) {
            let text = &written.field.text;
            let item = taxonomy::find(text)
                .iter()
                .filter_map(|m| m.item.item())
                .find(|i| i.group == taxonomy::Group::Identifier);
            let Some(item) = item else { continue };
            let names_permission = text.contains("权限")
                || fold::fold(text).as_str().contains("permission")
                || constant_word(text).is_some_and(|w| permission::get(&w).is_some());
            if names_permission {
                continue;
            }
            out.report(
                Draft::new(
                    "document",
                    format!("data-among-permissions/{}", item.id),
                    format!("“{}”被列为权限；它是一项信息（{}），不是权限。", shorten(text), item.zh),
                    format!(
                        "“{}” is listed as a permission; it is a data item ({}), not a permission.",
                        shorten(text),
                        item.en
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote_field(written.document, &written.field)),
            );
        }
    },
};

/// Data items that need one of some permissions (Android reference, "Permissions").
const NEEDS: &[(&[&str], &[&str])] = &[
    (&["imei", "meid", "imsi", "iccid"], &["READ_PHONE_STATE", "READ_PRIVILEGED_PHONE_STATE"]),
    (
        &["location-fine", "location-coarse", "location", "base-station"],
        &["ACCESS_COARSE_LOCATION", "ACCESS_FINE_LOCATION"],
    ),
    (&["contacts"], &["READ_CONTACTS"]),
    (&["sms"], &["READ_SMS", "RECEIVE_SMS"]),
    (&["call-log"], &["READ_CALL_LOG"]),
    (&["calendar"], &["READ_CALENDAR"]),
];

/// Whether a piece of a data field is a permission rather than a data item.
fn is_permission_phrase(piece: &str) -> bool {
    let folded = fold::fold(piece);
    let text = folded.as_str();
    if text.chars().count() > 24 && !text.is_ascii() {
        return false;
    }
    let says = text.contains("权限") || text.contains("permission");
    let verb = ["访问", "读取", "写入", "获取", "查看", "access", "reading", "obtaining", "read and write"]
        .iter()
        .any(|v| text.starts_with(v));
    let known = permission::read(piece)
        .is_some_and(|r| matches!(r.how, How::Wording | How::Constant | How::Misspelt(_)));
    known && (says || verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_told_from_data() {
        for phrase in ["SD卡储存权限", "Camera permissions", "访问WI-FI状态", "获取位置"] {
            assert!(is_permission_phrase(phrase), "{phrase}");
        }
        for phrase in ["位置信息", "MAC地址", "设备信息"] {
            assert!(!is_permission_phrase(phrase), "{phrase}");
        }
    }
}
