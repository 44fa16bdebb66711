//! What the policy says its permissions are for: nothing, what they do, advertising.

use super::context::shorten;
use super::permissions::{android_entries, constants, listed_entries, short};
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::{Confidence, Evidence};
use crate::finding::Severity;
use crate::fold;
use crate::location::{DocumentId, Span};
use crate::permission::{self, Level};
use crate::policy::{PermissionDeclaration, Place};
use std::collections::BTreeSet;

/// A permission has no purpose.
pub static PERMISSION_WITHOUT_PURPOSE: Rule = Rule {
    id: "permission-without-purpose",
    group: Group::Correctness,
    levels: Levels::all(Severity::Medium).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["identification-2-3", "gbt41391-6-6-2"],
    page: include_str!("../../docs/rules/permission-without-purpose.md"),
    check: |cx, out| {
        // A sentence that asks for a permission says why in its own words; only a list can leave it out.
        let entries: Vec<&PermissionDeclaration> = listed_entries(cx).collect();
        let mut described = described(cx, &entries);
        // A list of names, functions and purposes: who has one cell where the others have two lacks the purpose.
        let cells: Vec<usize> = entries_with_cells(cx)
            .iter()
            .filter(|(e, _)| e.place == Place::List)
            .map(|(_, cells)| cells.len())
            .collect();
        if cells.iter().filter(|n| **n >= 2).count() * 2 >= cells.len().max(6) {
            for (described, cells) in described.iter_mut().zip(cells) {
                // Whose cells could not be told apart lacks nothing for that.
                *described &= cells != 1;
            }
        }
        let empty = |e: &PermissionDeclaration| e.purpose.as_ref().is_none_or(|p| p.text.trim().is_empty());
        for entry in entries.iter().zip(described).filter(|(e, d)| !d && empty(e)).map(|(e, _)| e) {
            let meant = constants(&entry.written.text, entry.permission.as_deref());
            // What is no permission at all needs no purpose; another rule speaks of it.
            if meant.is_empty() {
                continue;
            }
            let dangerous = meant
                .iter()
                .filter_map(|c| permission::get(c)?.level(30))
                .any(|l| matches!(l, Level::Dangerous | Level::Special));
            let name = meant.first().map_or_else(|| shorten(&entry.written.text), |c| short(c).to_owned());
            out.report(
                Draft::new(
                    "permission",
                    meant.first().map_or_else(|| fold::key(&entry.written.text), Clone::clone),
                    format!("权限 {name} 没有写明目的。"),
                    format!("No purpose is stated for the permission {name}."),
                )
                .sure(Confidence::Medium)
                .at_most(if dangerous { Severity::Medium } else { Severity::Info })
                .with(cx.quote_field(entry.document, &entry.written)),
            );
        }
        named_in_passing(cx, out);
    },
};

/// A permission's purpose only repeats what the permission does.
pub static PERMISSION_PURPOSE_REPEATS_FUNCTION: Rule = Rule {
    id: "permission-purpose-repeats-function",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-3", "identification-2-4"],
    page: include_str!("../../docs/rules/permission-purpose-repeats-function.md"),
    check: |cx, out| {
        for (entry, cells) in entries_with_cells(cx) {
            let said: Vec<String> =
                cells.iter().map(|c| fold::key(c)).filter(|c| c.chars().count() >= 6).collect();
            let twice = matches!(said.as_slice(), [first, second, ..] if first == second);
            if !twice {
                continue;
            }
            let name = shorten(&entry.written.text);
            out.report(
                Draft::new(
                    "permission",
                    entry.permission.clone().unwrap_or_else(|| fold::key(&entry.written.text)),
                    format!("权限 {name} 的目的只是重复了权限的功能。"),
                    format!("The purpose of the permission {name} repeats what the permission does."),
                )
                .with(cx.quote(entry.document, entry.span))
                .with(cx.quote_field(entry.document, &entry.written)),
            );
        }
    },
};

/// A permission that touches users is justified by advertising.
pub static PERMISSION_FOR_ADVERTISING: Rule = Rule {
    id: "permission-for-advertising",
    group: Group::Correctness,
    levels: Levels::all(Severity::High).west(Severity::Medium),
    since: "0.1.0",
    clauses: &["pipl-17", "play-user-data"],
    page: include_str!("../../docs/rules/permission-for-advertising.md"),
    check: |cx, out| {
        for (entry, cells) in entries_with_cells(cx) {
            let cells: Vec<String> = cells.into_iter().filter(|c| !lists_sdks(c)).collect();
            let says = |words: &[&str]| {
                cells.iter().any(|c| words.iter().any(|w| fold::fold(c).as_str().contains(w)))
            };
            // Advertisements that are swept away or kept off are no reason of that kind.
            let for_ads = says(&["广告", "advertis", "for ads", " ad sdk"]);
            let not_for = says(&[
                "不用于广告",
                "not for advertis",
                "拦截广告",
                "屏蔽广告",
                "过滤广告",
                "跳过广告",
                "广告垃圾",
                "广告拦截",
                "ad block",
                "恶意广告",
                "关闭该等广告",
                "关闭广告",
                "广告不感兴趣",
                "关闭个性化广告",
            ]);
            let meant = constants(&entry.written.text, entry.permission.as_deref());
            let Some(level) = meant
                .first()
                .and_then(|c| permission::get(c))
                .and_then(|p| p.level(30).or_else(|| p.level(p.last)))
            else {
                continue;
            };
            if !for_ads || not_for || !matches!(level, Level::Dangerous | Level::Special) {
                continue;
            }
            let name = meant.first().map_or("", |c| short(c)).to_owned();
            out.report(
                Draft::new(
                    "permission",
                    meant.first().cloned().unwrap_or_default(),
                    format!("政策以广告为由申请权限 {name}。"),
                    format!("The policy justifies the permission {name} by advertising."),
                )
                .with(cx.quote_field(entry.document, &entry.written))
                .with_all(reason(cx, entry)),
            );
        }
    },
};

/// Whether a cell only says which SDKs hold a permission: `X SDK、Y 广告 SDK` names an advertiser and gives no reason.
fn lists_sdks(cell: &str) -> bool {
    const JOINS: &[char] = &['、', ',', '，', ';', '；', '/', '及', '和'];
    let folded = fold::fold(cell);
    let mut parts = folded.as_str().split(JOINS).flat_map(|p| p.split(" and ")).map(str::trim);
    parts.all(|p| {
        p.is_empty()
            || (p.ends_with("sdk") && p.chars().count() <= 40 && !p.contains("用于") && !p.contains(" for "))
    })
}

/// Whether words about each entry stand beside or beneath its name, in cells or lines the reader took for no purpose.
fn described(cx: &Context<'_>, entries: &[&PermissionDeclaration]) -> Vec<bool> {
    const NOT_ASKED: &[&str] =
        &["不索要", "不申请", "不会申请", "无需", "不需要", "not ask for", "not request"];
    let place = |e: &PermissionDeclaration| e.written.spans.first().map_or(e.span, |s| *s);
    let stated = entries.iter().filter(|e| e.purpose.is_some()).count();
    let mut out: Vec<bool> = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let name = place(entry);
        // Several permissions may be read from one name: the words behind it are about all of them.
        let later = entries.iter().skip(i + 1).take(SHARING);
        let next = later
            .filter(|n| n.document == entry.document)
            .map(|n| place(n).start)
            .find(|start| !(name.start..name.end.max(name.start + 1)).contains(start));
        let words = match next.filter(|n| *n >= name.end) {
            Some(next) => {
                // Numbers, bars and markup between two names are no words.
                let text = cx.text(entry.document, Span::new(name.end, next));
                text.split(['\n', '|', '\t']).any(|part| {
                    let part = part.trim_matches(|c: char| !c.is_alphabetic());
                    part.chars().filter(|c| c.is_alphabetic()).count() >= if part.is_ascii() { 12 } else { 6 }
                })
            }
            // Behind the last one anything may stand. Where the list has a purpose for most, it has none for this one;
            // elsewhere it is laid out as the one before it.
            None if explained_behind(cx, entry.document, name.end) => true,
            None if stated * 2 > entries.len() => false,
            None => i.checked_sub(1).and_then(|before| out.get(before)).copied().unwrap_or(false),
        };
        let negated = fold::fold(&entry.written.text);
        out.push(words || NOT_ASKED.iter().any(|w| negated.as_str().contains(w)));
    }
    out
}

/// Permissions that one name can stand for, at most.
const SHARING: usize = 8;

/// Whether the words right behind a name say what for.
fn explained_behind(cx: &Context<'_>, document: DocumentId, end: usize) -> bool {
    const NEAR: usize = 240;
    let behind = fold::fold(&cx.rest(document, end).unwrap_or("").chars().take(NEAR).collect::<String>());
    [
        "用于",
        "以便",
        "当您使用",
        "当你使用",
        "以实现",
        "为了",
        "用来",
        "when you use",
        "used to",
        "in order to",
    ]
    .iter()
    .any(|w| behind.as_str().contains(w))
}

/// Dangerous permissions that stand only in a sentence about switching permissions off.
fn named_in_passing(cx: &Context<'_>, out: &mut Sink<'_>) {
    const SWITCH: &[&str] =
        &["关闭", "撤回", "取消授权", "turn off", "turning off", "disable", "withdraw", "grant some"];
    let readings: Vec<(usize, Vec<&'static str>)> = cx
        .sentences()
        .iter()
        .enumerate()
        .filter(|(_, s)| s.has(&["权限", "permission"]))
        .map(|(i, s)| {
            let named = permission::mentions(&s.folded).into_iter();
            let asked = named.filter(|(span, _)| stands_before_permission(&s.folded, span.end));
            (i, asked.flat_map(|(_, r)| r.constants).collect())
        })
        .collect();
    let listed: BTreeSet<String> =
        android_entries(cx).flat_map(|e| constants(&e.written.text, e.permission.as_deref())).collect();
    for (number, names) in &readings {
        let Some(sentence) = cx.sentences().get(*number).filter(|s| s.has(SWITCH) && names.len() >= 3) else {
            continue;
        };
        for name in names {
            let elsewhere = readings.iter().any(|(other, n)| other != number && n.contains(name))
                || listed.contains(*name);
            let dangerous = permission::get(name).and_then(|p| p.level(30)) == Some(Level::Dangerous);
            if elsewhere || !dangerous {
                continue;
            }
            out.report(
                Draft::new(
                    "permission",
                    *name,
                    format!("权限 {} 只在说明如何关闭权限的句子里出现，没有写明目的。", short(name)),
                    format!("The permission {} is named only where permissions are switched off; no purpose is stated.", short(name)),
                )
                .sure(Confidence::Low)
                .at_most(Severity::Low)
                .with(cx.quote(sentence.document, sentence.span)),
            );
        }
    }
}

/// Whether what ends at `at` is one of the things that the next word "permission" is about: "the SMS you get, and
/// permissions" speaks of messages.
fn stands_before_permission(text: &str, at: usize) -> bool {
    let behind = text.get(at..).unwrap_or("");
    behind.find("权限").is_none_or(|end| !behind.get(..end).unwrap_or("").contains([',', '。']))
}

/// The line or cell behind an entry's name that speaks of advertising.
fn reason(cx: &Context<'_>, entry: &PermissionDeclaration) -> Option<Evidence> {
    let after = entry.written.spans.first().map_or(entry.span.end, |s| s.end);
    cx.sentences()
        .iter()
        .filter(|s| s.document == entry.document && s.span.start >= after && s.span.start < after + REACH)
        .find(|s| s.has(&["广告", "advertis", "for ads", " ad sdk"]))
        .map(|s| cx.quote(s.document, s.span))
}

/// How far behind a permission's name its cells may lie, in bytes.
pub(super) const REACH: usize = 1200;

/// Entries of the app's list with the cells behind their names: function and purpose, however the table was cut up.
fn entries_with_cells<'c>(cx: &'c Context<'_>) -> Vec<(&'c PermissionDeclaration, Vec<String>)> {
    let entries: Vec<&PermissionDeclaration> = android_entries(cx).collect();
    let start = |e: &PermissionDeclaration| e.written.spans.first().map_or(e.span.start, |s| s.start);
    // In text order, so that the first one behind an entry is the next.
    let mut everything: Vec<&PermissionDeclaration> = cx.case.policy.permissions.iter().collect();
    everything.sort_by_key(|e| (e.document, start(e)));
    entries
        .iter()
        .map(|entry| {
            let mut cells: Vec<String> =
                entry.purpose.iter().flat_map(|p| p.text.split(" | ")).map(str::to_owned).collect();
            // The last entry has the rest of the text behind it: two cells of that, where cells there are.
            let text =
                match everything.iter().find(|n| n.document == entry.document && start(n) > start(entry)) {
                    Some(next) if start(next) - start(entry) < REACH => {
                        Some(cx.text(entry.document, Span::new(start(entry), start(next))))
                    }
                    Some(_) => None,
                    None => cx
                        .rest(entry.document, start(entry))
                        .filter(|t| t.lines().take(2).all(|l| l.contains('|'))),
                };
            if let Some(text) = text {
                let inside: Vec<String> = text
                    .split(['|', '\n'])
                    .map(str::trim)
                    .filter(|c| !c.is_empty())
                    .skip(1)
                    .take(2)
                    .map(str::to_owned)
                    .collect();
                if inside.len() >= cells.len() {
                    cells = inside;
                }
            }
            (*entry, cells)
        })
        .collect()
}
