//! How the policy writes permissions: misspelt, unknown, without effect, without purpose, for advertising.

use super::completeness::list_rows;
use super::context::{row_key, shorten};
use super::permissions::{android_entries, listed_entries, row_permissions, short, target};
use super::purposes::REACH;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::location::DocumentId;
use crate::permission::{self, How, Level, PREFIX};
use crate::policy::{Declaration, Field, PermissionDeclaration};
use std::collections::BTreeMap;

/// A permission constant is misspelt.
pub static MISSPELT_PERMISSION: Rule = Rule {
    id: "misspelt-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/misspelt-permission.md"),
    check: |cx, out| {
        for written in all_written(cx) {
            let Some(reading) = permission::read(&written.field.text) else { continue };
            let (How::Misspelt(_), Some(meant)) = (&reading.how, reading.constants.first()) else { continue };
            let word = constant_word(&written.field.text).unwrap_or_else(|| shorten(&written.field.text));
            out.report(
                Draft::new(
                    "permission",
                    word.as_str(),
                    format!("权限名 {word} 按 {} 读取；没有 {word} 这个权限。", short(meant)),
                    format!("{word} was read as {}; there is no permission called {word}.", short(meant)),
                )
                .of_template(written.row.and_then(|r| cx.template_error(r, "permission", &word)))
                .with(cx.quote_field(written.document, &written.field)),
            );
        }
    },
};

/// What is named as a permission is none.
pub static UNKNOWN_PERMISSION: Rule = Rule {
    id: "unknown-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/unknown-permission.md"),
    check: |cx, out| {
        let own = &cx.case.inventory.manifest.declared_permissions;
        for written in all_written(cx) {
            let text = &written.field.text;
            let folded = fold::fold(text);
            let call = text.contains("()") || text.contains("PackageManager.");
            let broadcast = ["的广播", "屏幕点亮", "broadcast"].iter().any(|w| folded.as_str().contains(w));
            let reading = permission::read(text);
            let unknown = match reading.as_ref().map(|r| &r.how) {
                Some(How::NoSuchConstant(name)) => {
                    let full = format!("{PREFIX}{name}");
                    let vendor = name.contains('.') && !name.starts_with(PREFIX);
                    (!own.contains(name) && !own.contains(&full) && !vendor).then(|| name.clone())
                }
                None | Some(How::NotAPermission) if call || broadcast => Some(shorten(text)),
                _ if call => Some(shorten(text)),
                _ => None,
            };
            let Some(name) = unknown else { continue };
            let (zh, en) = if call {
                ("这是一个接口，不是权限", "it is an interface, not a permission")
            } else if broadcast {
                ("这是一个广播，不是权限", "it is a broadcast, not a permission")
            } else {
                (
                    "已知的 Android 权限（API 4–36）和厂商权限中没有它",
                    "it is no known Android permission (API 4 to 36) and no vendor's",
                )
            };
            out.report(
                not_a_permission(&name, zh, en)
                    .sure(if call || broadcast { Confidence::Medium } else { Confidence::High })
                    .of_template(written.row.and_then(|r| cx.template_error(r, "permission", &name)))
                    .with(cx.quote_field(written.document, &written.field)),
            );
        }
        calls_in_list(cx, out);
    },
};

/// Interfaces that stand in the list of permissions as cells of their own, where the reader expects a permission.
fn calls_in_list(cx: &Context<'_>, out: &mut Sink<'_>) {
    let entries: Vec<&PermissionDeclaration> = listed_entries(cx).collect();
    let Some(first) = entries.first().filter(|_| entries.len() >= 3) else { return };
    let place = |e: &PermissionDeclaration| e.written.spans.first().map_or(e.span, |s| *s);
    let inside = |e: &&&PermissionDeclaration| e.document == first.document;
    let from = entries.iter().filter(inside).map(|e| place(e).start).min().unwrap_or(0);
    let to = entries.iter().filter(inside).map(|e| place(e).end).max().unwrap_or(0) + REACH;
    for sentence in cx.sentences().iter().filter(|s| s.document == first.document) {
        if sentence.span.start < from || sentence.span.start > to {
            continue;
        }
        let word = cx.text(sentence.document, sentence.span).trim_matches(['|', ' ']);
        let call = word.strip_suffix("()").is_some_and(|name| {
            name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_')
        });
        if call && !entries.iter().any(|e| e.written.text.contains(word)) {
            out.report(
                not_a_permission(word, "这是一个接口，不是权限", "it is an interface, not a permission")
                    .sure(Confidence::Medium)
                    .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    }
}

fn not_a_permission(name: &str, zh: &str, en: &str) -> Draft {
    Draft::new(
        "permission",
        name,
        format!("政策把 {name} 列为权限；{zh}。"),
        format!("The policy lists {name} as a permission; {en}."),
    )
}

/// A permission has had no effect for a long time.
pub static PERMISSION_WITHOUT_EFFECT: Rule = Rule {
    id: "permission-without-effect",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/permission-without-effect.md"),
    check: |cx, out| {
        each_entry(cx, &mut |entry, constant| {
            let Some((_, zh, en)) = NO_EFFECT.iter().find(|(c, _, _)| *c == short(constant)) else { return };
            out.report(
                Draft::new(
                    "permission",
                    constant,
                    format!("权限 {} {zh}。", short(constant)),
                    format!("The permission {} {en}.", short(constant)),
                )
                .with(cx.quote_field(entry.document, &entry.written)),
            );
        });
    },
};

/// Only apps of the system's maker can hold a permission the policy describes.
pub static UNGRANTABLE_PERMISSION: Rule = Rule {
    id: "ungrantable-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/ungrantable-permission.md"),
    check: |cx, out| {
        let (min, max) = (19, target(cx).max(26));
        each_entry(cx, &mut |entry, constant| {
            let Some(known) = permission::get(constant) else { return };
            let level = known.level(max).or_else(|| known.level(known.last));
            if level != Some(Level::System) || known.grantable(min, max) {
                return;
            }
            out.report(
                Draft::new(
                    "permission",
                    constant,
                    format!("政策说明了权限 {}；它只授予系统应用（{}），从应用商店安装的应用得不到。", short(constant), known.protection(max).unwrap_or("signature")),
                    format!("The policy describes {}; only system apps are granted it ({}), no app installed from a store is.", short(constant), known.protection(max).unwrap_or("signature")),
                )
                .with(cx.quote_field(entry.document, &entry.written)),
            );
        });
    },
};

/// The text lets users refuse what Android grants at installation.
pub static UNDENIABLE_PERMISSION: Rule = Rule {
    id: "undeniable-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/undeniable-permission.md"),
    check: |cx, out| {
        const REFUSE: &[&str] = &[
            "如果您拒绝",
            "如您拒绝",
            "若您拒绝",
            "拒绝授权",
            "拒绝该权限",
            "if you deny",
            "if you refuse",
            "you can deny",
            "deny the relevant",
            "deny permissions",
        ];
        let all = cx.sentences();
        for (number, sentence) in all.iter().enumerate() {
            let network = sentence.has(&[
                "网络权限",
                "联网权限",
                "访问网络权限",
                "network permission",
                "network access permission",
            ]);
            // "…, when you …; if you refuse, …": the refusal may stand in the next half of the line.
            let next = all
                .get(number + 1)
                .filter(|n| n.document == sentence.document && n.span.start <= sentence.span.end + 2);
            if !network || !(sentence.has(REFUSE) || next.is_some_and(|n| n.has(REFUSE))) {
                continue;
            }
            out.report(
                Draft::new(
                    "permission",
                    "android.permission.INTERNET",
                    "政策说用户可以拒绝网络权限；Android 在安装时授予它，用户无法拒绝。".into(),
                    "The policy says users can refuse network access; Android grants it at installation and users cannot.".into(),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    },
};

/// One permission stands twice in one cell.
pub static REPEATED_PERMISSION: Rule = Rule {
    id: "repeated-permission",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/repeated-permission.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let mut counts: BTreeMap<String, (usize, &Field)> = BTreeMap::new();
            for p in row.permissions.iter().flatten() {
                counts.entry(fold::key(&p.written.text)).or_insert((0, &p.written)).0 += 1;
            }
            // The reader may have kept one of two: then the text of the row still holds both.
            let text = cx.text(row.document, row.span);
            for (key, (count, field)) in counts {
                let in_text = if field.text.starts_with(PREFIX) { whole_words(text, &field.text) } else { 0 };
                if count < 2 && in_text < 2 {
                    continue;
                }
                out.report(
                    Draft::new(
                        "row",
                        format!("{}/{key}", row_key(row, sdk)),
                        format!(
                            "“{}”一行把权限 {} 写了两次。",
                            shorten(&row.name.text),
                            shorten(&field.text)
                        ),
                        format!(
                            "The row “{}” names {} twice.",
                            shorten(&row.name.text),
                            shorten(&field.text)
                        ),
                    )
                    .sure(Confidence::Medium)
                    .with(cx.quote_field(row.document, field))
                    .with(cx.quote_row(row)),
                );
            }
        }
    },
};

/// A sentence asks for a permission and its name is missing.
pub static MISSING_PERMISSION_NAME: Rule = Rule {
    id: "missing-permission-name",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-3", "identification-2-4"],
    page: include_str!("../../docs/rules/missing-permission-name.md"),
    check: |cx, out| {
        const NAMELESS: &[&str] = &[
            "apply for permission so that",
            "apply for permission to",
            "use the or ",
            "use the to ",
            "use of the to",
            "albums,s,",
            "ask for permission so",
            "申请权限,以便",
            "申请的权限,",
            "申请使用权限以",
            "需要获取您的权限",
            "开启权限以",
        ];
        for sentence in cx.sentences().iter().filter(|s| s.has(NAMELESS)) {
            let names = permission::mentions(&sentence.folded);
            let direct = sentence.folded.contains("apply for permission so that");
            if !direct && !names.is_empty() && !sentence.has(&["use the or ", "use the to ", "albums,s,"]) {
                continue;
            }
            out.report(
                Draft::new(
                    "document",
                    format!("nameless-permission/{}", sentence.folded.chars().take(48).collect::<String>()),
                    "这句话说要申请权限，权限的名称似乎缺失。".into(),
                    "The sentence asks for a permission; its name seems to be missing.".into(),
                )
                .sure(Confidence::Low)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    },
};

/// Constants that ceased to have an effect, and when.
const NO_EFFECT: &[(&str, &str, &str)] = &[
    (
        "FLASHLIGHT",
        "不再属于公开 API（API 24 起打开闪光灯不需要权限）",
        "is no longer part of the public API (turning on the flash needs no permission since API 24)",
    ),
    ("WRITE_SMS", "自 API 23 起不再有效", "has had no effect since API 23"),
    ("RESTART_PACKAGES", "自 API 15 起不再有效", "has had no effect since API 15"),
    ("PERSISTENT_ACTIVITY", "自 API 15 起不再有效", "has had no effect since API 15"),
    ("SET_PREFERRED_APPLICATIONS", "自 API 15 起不再有效", "has had no effect since API 15"),
    ("READ_OWNER_DATA", "自 API 8 起不再存在", "has not existed since API 8"),
    ("READ_HISTORY_BOOKMARKS", "自 API 23 起不再存在", "has not existed since API 23"),
    ("WRITE_HISTORY_BOOKMARKS", "自 API 23 起不再存在", "has not existed since API 23"),
    ("USE_CREDENTIALS", "自 API 23 起不再存在", "has not existed since API 23"),
    ("MANAGE_ACCOUNTS", "自 API 23 起不再存在", "has not existed since API 23"),
    ("AUTHENTICATE_ACCOUNTS", "自 API 23 起不再存在", "has not existed since API 23"),
];

/// A permission as the policy writes it, wherever.
pub(super) struct Written<'a> {
    /// Document it stands in.
    pub document: DocumentId,
    /// The words.
    pub field: Field,
    /// The SDK row, when it stands in one.
    pub row: Option<&'a Declaration>,
}

/// All permissions written in the app's list and in rows.
pub(super) fn all_written<'c, 'a>(cx: &'c Context<'a>) -> impl Iterator<Item = Written<'a>> + use<'c, 'a> {
    let list =
        android_entries(cx).map(|e| Written { document: e.document, field: e.written.clone(), row: None });
    let rows = list_rows(cx).flat_map(|(_, d, _)| {
        row_permissions(cx, d).into_iter().map(move |(field, _)| Written {
            document: d.document,
            field,
            row: Some(d),
        })
    });
    list.chain(rows)
}

/// Calls `each` with every entry of the app's list and the constant it means.
fn each_entry(cx: &Context<'_>, each: &mut dyn FnMut(&PermissionDeclaration, &str)) {
    for entry in android_entries(cx) {
        if let Some(constant) = &entry.permission {
            each(entry, constant);
        }
    }
}

/// The word of a text that is written like a constant.
pub(super) fn constant_word(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
        .find(|w| {
            w.contains('_')
                && w.len() > 5
                && w.rsplit('.').next().is_some_and(|l| {
                    l.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
                })
        })
        .map(str::to_owned)
}

/// How often `word` stands in `text` as a whole word.
fn whole_words(text: &str, word: &str) -> usize {
    let inside = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.match_indices(word)
        .filter(|(at, _)| {
            !inside(text.as_bytes().get(at + word.len()).copied())
                && !inside(at.checked_sub(1).and_then(|i| text.as_bytes().get(i).copied()))
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_whole() {
        assert_eq!(
            whole_words("android.permission.CAMERA android.permission.CAMERA2", "android.permission.CAMERA"),
            1
        );
        assert_eq!(
            constant_word("权限 android.permission.READ_SMS 用于").as_deref(),
            Some("android.permission.READ_SMS")
        );
    }
}
