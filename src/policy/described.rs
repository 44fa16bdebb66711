//! Reader of items that begin with a name and say what it is for: `- Name — what it does. [policy]`,
//! `• Name (company): …`, `Name. What it does.`, below a line that announces third-party services or SDKs.

use crate::fold;
use crate::policy::lexicon::{self, Label};
use crate::policy::listed;
use crate::policy::mention::Mention;
use crate::policy::page::{Line, LineKind, Page, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::{Frame, Row};
use crate::policy::words::Words;
use crate::policy::{Place, naming, sentence, value};
use std::ops::Range;

const NAME: &str = "items";

/// Lines above the first item that may announce the list.
const REACH: usize = 4;

/// Reads the described lists of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let page = context.page;
    let mut at = 0;
    while at < page.lines.len() {
        let run = run(page, taken, at);
        if run.len() >= 2 && announced(page, run.start) {
            read_run(context, run.clone(), taken, found);
        }
        at = run.end.max(at + 1);
    }
}

/// Items of one kind, one below the other, from a line on.
fn run(page: &Page, taken: &Taken, from: usize) -> Range<usize> {
    let kind = |i: usize| {
        let line = page.lines.get(i).filter(|l| taken.free(i) && l.table.is_none() && !l.is_heading())?;
        match line.kind {
            LineKind::Item(depth) => Some(depth),
            _ => bullet(line).map(|_| u8::MAX),
        }
    };
    let Some(first) = kind(from) else { return from..from };
    let end = (from + 1..page.lines.len()).find(|i| kind(*i) != Some(first)).unwrap_or(page.lines.len());
    from..end
}

/// Bytes of a bullet that is written as a character.
fn bullet(line: &Line) -> Option<usize> {
    let text = line.str();
    let mark =
        text.chars().next().filter(|c| matches!(c, '•' | '·' | '●' | '○' | '▪' | '◆' | '-' | '–' | '*'))?;
    text.get(mark.len_utf8()..)?.chars().next().filter(|c| c.is_whitespace() || !c.is_ascii())?;
    Some(mark.len_utf8())
}

/// Whether the lines above say that SDKs or services of third parties follow.
pub fn announced(page: &Page, start: usize) -> bool {
    const WHAT: [&str; 14] = [
        "sdk",
        "第三方服务",
        "第三方库",
        "第三方组件",
        "第三方框架",
        "第三方插件",
        "third-party service",
        "third party service",
        "third-party librar",
        "third party librar",
        "third-party tool",
        "third-party provider",
        "service providers",
        "サードパーティ",
    ];
    const HOW: [&str; 14] = [
        "following",
        "these",
        "below",
        "include",
        "such as",
        "list",
        "以下",
        "如下",
        "包括",
        "包含",
        "清单",
        "列表",
        "目录",
        "使用了",
    ];
    let above = page.range(start.saturating_sub(REACH)..start);
    above.iter().rev().any(|line| {
        let folded = fold::fold(value::head(line.str(), 1200));
        let text = folded.as_str();
        let what = WHAT.iter().any(|w| text.contains(w));
        let how = line.is_heading()
            || text.trim_end().ends_with(':')
            || text.chars().count() <= 40
            || HOW.iter().any(|w| text.contains(w));
        what && how
    })
}

fn read_run(context: &Context<'_>, lines: Range<usize>, taken: &mut Taken, found: &mut Found) {
    let items: Vec<(usize, Item)> =
        lines.clone().filter_map(|i| Some((i, item(context.page.lines.get(i)?)?))).collect();
    // Most items of a list of services are services; a list of duties or data names one by chance.
    if items.len() < 2 || items.len() * 2 < lines.len() {
        return;
    }
    for (line, item) in items {
        let mut row = Row::default();
        row.add(Label::Name, item.name);
        row.cover(item.about.span());
        for (label, text) in about(&item.about) {
            row.add(label, text);
        }
        let frame = Frame {
            document: context.document,
            reader: NAME,
            place: Place::List,
            platforms: context.platforms(line),
        };
        let declared = row.declare(&frame);
        if !declared.is_empty() {
            found.declarations.extend(declared);
            taken.take(line..line + 1, NAME);
        }
    }
}

/// An item: the name it begins with, and what it says about it.
struct Item {
    name: Rich,
    about: Rich,
}

fn item(line: &Line) -> Option<Item> {
    let body = line.body();
    let body = body.from(bullet(line).filter(|_| line.ordinal.is_none()).unwrap_or(0));
    let text = body.text();
    let (end, about) = name_end(text)?;
    let name = body.slice(0..end);
    is_name(name.text()).then(|| Item { name, about: body.from(about) })
}

/// Where the name at the start of an item ends, and where what is said about it begins.
fn name_end(text: &str) -> Option<(usize, usize)> {
    const MARKS: [&str; 9] = [" — ", " – ", " - ", "——", "：", ": ", "—", ". ", "（用于"];
    let head = value::head(text, 240);
    let at = MARKS
        .iter()
        .filter_map(|m| Some((outside_brackets(head, m)?, *m)))
        .min_by_key(|(at, _)| *at)
        .filter(|(at, _)| *at > 0)?;
    Some((at.0, at.0 + if at.1.starts_with('（') { 0 } else { at.1.len() }))
}

/// The first place of `mark` that no bracket encloses.
fn outside_brackets(text: &str, mark: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if depth == 0 && text.get(at..)?.starts_with(mark) {
            return Some(at);
        }
        match c {
            '(' | '（' | '[' | '【' | '《' => depth += 1,
            ')' | '）' | ']' | '】' | '》' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Capitalised words that head items of policies and name no product.
static HEADS: Words = Words::new(
    "\
    account;accounts;data;information;device;devices;usage;log;logs;location;legal;law;laws;business;transfer;\
    transfers;merger;mergers;service;services;provider;providers;partner;partners;third;party;parties;third-party;\
    affiliate;affiliates;vendor;vendors;advertiser;advertisers;advertising;ads;ad;analytics;payment;payments;processor;\
    processors;hosting;cloud;storage;email;emails;address;phone;name;names;contact;contacts;photo;photos;camera;\
    microphone;notification;notifications;push;token;tokens;identifier;identifiers;cookie;cookies;security;safety;\
    protection;consent;children;child;rights;right;access;deletion;delete;retention;personal;purchase;purchases;\
    subscription;subscriptions;user;users;content;social;media;support;customer;marketing;communication;\
    communications;research;crash;crashes;report;reports;reporting;diagnostic;diagnostics;performance;compliance;\
    requirements;requirement;enforcement;authorities;authority;government;other;and;or;of;the;with;for;to;in;by;\
    our;your;we;you;us;my;app;apps;application;website;site;internet;network;ip;mobile;international;processing;\
    opt-out;opt;out;policy;policies;privacy;terms;updates;update;changes;questions;profile;profiles;history;activity;\
    health;financial;credit;card;identity;authentication;login;sign;sharing;disclosure;public;team;company;\
    corporate;professional;advisors;advisers;employees;contractors;agents;purpose;purposes;type;types;category;\
    categories;basis;interest;interests;legitimate;contract;performance;optional;required;necessary;technical;\
    improvement;improve;infrastructure;maps;map;messaging;tracking;sdk;sdks;android;ios;google;apple",
);

/// Whether the words before the mark may be the name of a product or company.
pub fn is_name(text: &str) -> bool {
    let outside: String = text.split(['(', '（', '[', '【']).next().unwrap_or(text).trim().to_owned();
    let folded = fold::fold(&outside);
    let lower = folded.as_str();
    let letters = outside.chars().filter(|c| c.is_alphanumeric()).count();
    if !(2..=48).contains(&letters) || lexicon::classify(&outside).is_some() || !naming::distinct(lower) {
        return false;
    }
    let sdk = lower.contains("sdk");
    if outside.chars().any(fold::is_cjk) {
        let latin = text.chars().any(|c| c.is_ascii_alphabetic());
        return !names_data(lower) && (sdk || latin || listed::named(lower));
    }
    let words: Vec<&str> = outside.split([' ', '/', '&', ',']).filter(|w| !w.is_empty()).collect();
    let proper = |w: &&str| w.chars().next().is_some_and(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let minor = |w: &&str| matches!(*w, "for" | "by" | "and" | "of" | "the" | "in");
    let known = |w: &str| HEADS.contains(&w.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    let own = lower.split([' ', '/', '&', ',']).any(|w| !w.is_empty() && !known(w));
    // `Google Sign-In`, `Apple Maps`: a brand makes a name of common words.
    let branded = words.len() >= 2 && ["google ", "apple "].iter().any(|b| lower.starts_with(b));
    words.len() <= 6 && words.iter().all(|w| proper(w) || minor(w) || sdk) && (own || branded)
}

/// Whether a Chinese head names data, permissions or duties rather than a product.
fn names_data(lower: &str) -> bool {
    let items: usize = crate::taxonomy::find(lower).iter().map(|m| m.span.end - m.span.start).sum();
    let ends = ["权限", "信息", "数据", "记录"].iter().any(|w| lower.ends_with(w));
    !lower.contains("sdk") && (ends || items * 2 >= lower.len())
}

/// What an item says of its SDK: what it is for, what it takes, its links.
fn about(text: &Rich) -> Vec<(Label, Rich)> {
    let body = without_links(text);
    let words = body.text();
    let mut out: Vec<(Label, Rich)> = sentence::fields(words, 0..words.len(), &Mention::named(0..0))
        .pieces
        .into_iter()
        .filter(|(label, _)| *label != Label::Provider)
        .map(|(label, range)| (label, body.slice(range)))
        .collect();
    if !out.iter().any(|(label, _)| *label == Label::Purpose) {
        let end = words.find(['。', '；', ';', '\n']).or_else(|| words.find(". ")).unwrap_or(words.len());
        let first = words.get(..end).unwrap_or("").trim_end_matches(['.', ' ', '，', ',']).len();
        out.push((Label::Purpose, body.slice(0..first)));
    }
    out.extend(sentence::links(text));
    out
}

/// The text before the links that close it.
fn without_links(text: &Rich) -> Rich {
    let first = text.links().first().map(|l| l.range.start);
    let address = value::addresses(text.text()).first().map(|a| a.range.start);
    let Some(at) = first.into_iter().chain(address).min() else { return text.clone() };
    let head = text.text().get(..at).unwrap_or("");
    let end = head
        .trim_end_matches(|c: char| {
            c.is_whitespace() || matches!(c, '—' | '–' | '-' | '[' | '(' | '（' | ':' | '：')
        })
        .len();
    text.slice(0..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::read_lines;

    fn rows(lines: &[&str]) -> Vec<(String, String, String)> {
        let text = |f: &Option<crate::policy::Field>| f.as_ref().map_or(String::new(), |f| f.text.clone());
        let found = read_lines(lines, read);
        found.declarations.iter().map(|d| (d.name.text.clone(), text(&d.purpose), text(&d.data))).collect()
    }

    fn row(name: &str, purpose: &str, data: &str) -> (String, String, String) {
        (name.to_owned(), purpose.to_owned(), data.to_owned())
    }

    #[test]
    fn bullets_with_a_dash_or_a_stop_are_read() {
        let found = rows(&[
            "This app uses the following third-party services:",
            "• Nimbus Crash — Collects device model and crash traces. Used to mend the app.",
            "• Paperboat Ads (Paperboat Inc.) — Banner advertisements",
            "• Zephyr Login. Sign-in with an account you already have.",
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found.get(1), Some(&row("Paperboat Ads (Paperboat Inc.)", "Banner advertisements", "")));
        assert_eq!(found.get(2), Some(&row("Zephyr Login", "Sign-in with an account you already have", "")));
    }

    #[test]
    fn chinese_items_with_a_colon_are_read() {
        let found = rows(&[
            "我们接入了以下第三方服务：",
            "- 云雀广告（YunQue）SDK：用于展示开屏广告；",
            "- 青鸟对象存储 OSS：用于图片存储与分发；",
        ]);
        let names: Vec<&str> = found.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names.len(), 2, "{found:?}");
        assert!(found.iter().all(|r| r.1.contains("用于") || !r.1.is_empty()));
    }

    #[test]
    fn lists_of_duties_and_data_are_not() {
        for lines in [
            &[
                "We share data with the following service providers:",
                "- Legal Requirements: where the law asks for it.",
                "- Business Transfers: when we merge.",
                "- Analytics Providers: to understand usage.",
            ][..],
            &[
                "第三方服务可能收集以下信息：",
                "- 设备信息：型号、系统版本",
                "- 位置信息：用于附近的人",
                "- 存储权限：用于保存图片",
            ][..],
            &["Our shops:", "- Nimbus Crash — in town", "- Paperboat Ads — by the sea"][..],
        ] {
            assert_eq!(rows(lines), [], "{lines:?}");
        }
    }
}
