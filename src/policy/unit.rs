//! Paragraphs and list items of a page, each with the SDKs it names.

use crate::fold;
use crate::policy::company;
use crate::policy::lexicon::{self, Label};
use crate::policy::mention::{self, Mention};
use crate::policy::page::{LineKind, Taken};
use crate::policy::partner;
use crate::policy::read::Context;
use crate::policy::rich::Rich;
use crate::policy::siblings;
use crate::policy::value;
use std::ops::Range;

/// Longest stretch of lines that belongs to one item of a list.
const MAX_LINES: usize = 8;

/// An item of a list, or a paragraph, that names SDKs.
pub struct Unit {
    /// Lines of the page.
    pub lines: Range<usize>,
    /// Its text, without its number.
    pub text: Rich,
    /// Begins with a number or a bullet.
    pub item: bool,
    /// In text order, never empty.
    pub mentions: Vec<Mention>,
}

/// Paragraphs and list items of the free lines, each with the SDKs it names.
pub fn units(context: &Context<'_>, taken: &Taken) -> Vec<Unit> {
    let lines = &context.page.lines;
    let mut out: Vec<Unit> = Vec::new();
    let mut partners: Vec<(usize, Mention)> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if !taken.free(at) || line.table.is_some() {
            at += 1;
            continue;
        }
        let item = line.ordinal.is_some() || matches!(line.kind, LineKind::Item(_));
        let mut end = at + 1;
        if item {
            // What follows an item without a number of its own still belongs to it, where the item is but a name.
            let open = line.str().trim_end().ends_with(['：', ':']);
            let short = line.str().chars().count() <= 60 || open;
            while end - at < MAX_LINES
                && taken.free(end)
                && lines.get(end).is_some_and(|next| {
                    (short || (!next.gap && is_appended(next.str())))
                        && next.ordinal.is_none()
                        && matches!(next.kind, LineKind::Plain)
                        && (!next.strong || is_told(next.str()))
                        && next.table.is_none()
                        && !is_field(next.str())
                })
            {
                end += 1;
            }
        }
        let first = line.body();
        let mut text = first.clone();
        for next in lines.get(at + 1..end).unwrap_or(&[]) {
            text.join("\n", &next.text);
        }
        let mut mentions = mention::find(text.text(), item);
        // A company whose SDK is used stands for it where nothing else does.
        if mentions.iter().all(|m| m.owner) {
            let companies = company::find(text.text(), &mention::plain(text.text()));
            if !companies.is_empty() {
                mentions = companies;
                if let Some(first) = mentions.first_mut() {
                    first.leads = item;
                }
            }
        }
        if mentions.is_empty() && (item || text.text().contains("提供的")) {
            let plain = mention::plain(text.text());
            mentions = partner::products(text.text(), &plain);
            if mentions.is_empty()
                && item
                && let Some(partner) = partner::item(text.text(), &plain, || announced(context, at))
            {
                partners.push((out.len(), partner));
            }
        }
        // A paragraph below an item that names nothing is read on its own.
        if mentions.is_empty() && end > at + 1 {
            end = at + 1;
            text = first;
        }
        if item || !mentions.is_empty() {
            out.push(Unit { lines: at..end, text, item, mentions });
        }
        at = end;
    }
    for (i, partner) in beside_each_other(&out, partners) {
        if let Some(unit) = out.get_mut(i) {
            unit.mentions.push(partner);
        }
    }
    complete(&mut out);
    out
}

/// Partners with another one a few lines away: a list of them.
fn beside_each_other(units: &[Unit], partners: Vec<(usize, Mention)>) -> Vec<(usize, Mention)> {
    let lines: Vec<usize> =
        partners.iter().map(|(i, _)| units.get(*i).map_or(usize::MAX, |u| u.lines.start)).collect();
    let near = |a: usize, b: Option<&usize>| b.is_some_and(|b| a.abs_diff(*b) <= 4);
    let kept: Vec<bool> = lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            near(*line, i.checked_sub(1).and_then(|p| lines.get(p))) || near(*line, lines.get(i + 1))
        })
        .collect();
    partners.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(p, _)| p).collect()
}

/// Whether one of the lines above speaks of SDKs.
fn announced(context: &Context<'_>, at: usize) -> bool {
    let above = context.page.lines.get(at.saturating_sub(12)..at).unwrap_or(&[]);
    above.iter().any(|line| line.str().to_ascii_lowercase().contains("sdk"))
}

/// Whether a line is a labelled value, which no sentence goes on with.
fn is_field(text: &str) -> bool {
    use Label::{Link, OfficialLink, Other, Platform, PrivacyLink};
    lexicon::leading(text)
        .is_some_and(|(l, _)| !matches!(l, Link | PrivacyLink | OfficialLink | Platform | Other))
}

/// Whether a line only adds to the sentence above it: its link, or the data of one platform.
fn is_appended(text: &str) -> bool {
    use Label::{Link, OfficialLink, PrivacyLink};
    let link = matches!(lexicon::leading(text), Some((Link | OfficialLink | PrivacyLink, _)));
    let key = fold::key(value::head(text, 60));
    let platform = ["android", "安卓", "ios", "苹果"].iter().any(|p| key.starts_with(p)) && key.contains(':');
    link || platform
}

/// Whether a line that stands out is a sentence, no heading.
fn is_told(text: &str) -> bool {
    text.chars().count() > 24 && text.contains(['，', '。', '；'])
}

/// Finds the names of items that only the items beside them show to be SDKs, and drops what names nothing.
fn complete(units: &mut Vec<Unit>) {
    let leading = |u: &Unit| u.item && u.mentions.first().is_some_and(|m| m.leads && !m.owner);
    let mut heads: Vec<(usize, Mention)> = Vec::new();
    for (i, unit) in units.iter().enumerate().filter(|(_, u)| u.item && u.mentions.is_empty()) {
        let from = i.saturating_sub(4);
        let near = |other: &&Unit| leading(other) && other.lines.start.abs_diff(unit.lines.start) <= 12;
        let beside: Vec<(&str, &Mention)> = units
            .get(from..units.len().min(i + 5))
            .unwrap_or(&[])
            .iter()
            .filter(near)
            .filter_map(|u| u.mentions.first().map(|m| (u.text.text(), m)))
            .collect();
        let head = match beside.as_slice() {
            [] => None,
            [(other, first)] => siblings::twin(unit.text.text(), other, first),
            several => siblings::head(unit.text.text(), several),
        };
        if let Some(head) = head {
            heads.push((i, head));
        }
    }
    for (i, head) in heads {
        if let Some(unit) = units.get_mut(i) {
            unit.mentions.push(head);
        }
    }
    units.retain(|u| !u.mentions.is_empty());
}

/// Whether a unit is an entry of a list of SDKs: an item that is about one SDK, with another such item near it.
pub fn in_list(units: &[Unit], at: usize) -> bool {
    let entry = |unit: &Unit| unit.item && unit.mentions.first().is_some_and(|m| m.leads);
    let Some(unit) = units.get(at).filter(|u| entry(u)) else { return false };
    let near = |other: &Unit| {
        let distance = if other.lines.start >= unit.lines.end {
            other.lines.start - unit.lines.end
        } else {
            unit.lines.start.saturating_sub(other.lines.end)
        };
        entry(other) && distance <= 3
    };
    let before = at.checked_sub(1).and_then(|i| units.get(i)).is_some_and(near);
    let after = units.get(at + 1).is_some_and(near);
    before || after
}
