//! Rows of one document -> each SDK once per list: the same row found again in another section, or in
//! another language, is folded into the richer one.

use crate::fold;
use crate::policy::{Declaration, Place};
use std::collections::HashMap;

/// Bytes between two rows of one list, at most.
const LIST_GAP: usize = 4000;

/// Folds the rows of one document; the result is in text order.
pub fn merge(mut rows: Vec<Declaration>) -> Vec<Declaration> {
    rows.sort_by_key(place);
    let lists = lists(&rows);
    let mut drop = vec![false; rows.len()];
    for (keep, copy) in translations(&rows, &lists) {
        if let Some(flag) = drop.get_mut(copy) {
            *flag = true;
        }
        let copied = rows.get(copy).map(|r| (r.name.clone(), r.packages.clone()));
        if let (Some((name, packages)), Some(kept)) = (copied, rows.get_mut(keep)) {
            kept.other_names.push(name);
            // A package is the same in every language.
            if kept.packages.is_empty() {
                kept.packages = packages;
            }
        }
    }
    let mut first: HashMap<String, Vec<usize>> = HashMap::new();
    let mut by_package: HashMap<String, (String, usize)> = HashMap::new();
    for i in 0..rows.len() {
        if drop.get(i).copied().unwrap_or(false) {
            continue;
        }
        let Some(row) = rows.get(i) else { continue };
        let key = fold::loose_key(&row.name.text);
        // In another list the same package under a longer name is the same SDK: `甲SDK`, `甲广告SDK`.
        let key = match row.packages.as_slice() {
            [package] => {
                let list = lists.get(i).copied().unwrap_or(0);
                let (other, from) = by_package.entry(package.text.clone()).or_insert((key.clone(), list));
                let start = |k: &str| k.chars().take(2).collect::<String>();
                if *from != list && start(other) == start(&key) { other.clone() } else { key }
            }
            _ => key,
        };
        let seen = first.entry(key).or_default();
        // Names repeat a handful of times; a bounded look keeps hostile lists linear.
        let same =
            seen.iter().rev().take(16).copied().find(|j| {
                rows.get(*j).is_some_and(|other| is_same(other, row, lists.get(*j) == lists.get(i)))
            });
        match same {
            Some(j) => {
                let (keep, lose) = if richness(&rows, i) > richness(&rows, j) { (i, j) } else { (j, i) };
                if let Some(flag) = drop.get_mut(lose) {
                    *flag = true;
                }
                if let Some(at) = seen.iter_mut().find(|s| **s == j) {
                    *at = keep;
                }
                let lost = rows.get(lose).cloned();
                if let (Some(lost), Some(kept)) = (lost, rows.get_mut(keep)) {
                    complete(kept, lost);
                }
            }
            None => seen.push(i),
        }
    }
    let mut kept = drop.into_iter();
    rows.retain(|_| !kept.next().unwrap_or(false));
    rows
}

fn place(row: &Declaration) -> usize {
    row.name.spans.first().map_or(row.span.start, |s| s.start)
}

/// Number of the list each row belongs to: rows of one reader, close together.
fn lists(rows: &[Declaration]) -> Vec<usize> {
    let mut out = Vec::with_capacity(rows.len());
    let mut list = 0;
    let mut start = 0;
    let named_as = |a: usize, b: usize| {
        let name = |i: usize| rows.get(i).map(|r| fold::loose_key(&r.name.text));
        name(a).is_some_and(|n| Some(n) == name(b))
    };
    for (i, row) in rows.iter().enumerate() {
        let previous = i.checked_sub(1).and_then(|p| rows.get(p));
        let goes_on = previous
            .is_some_and(|p| p.reader == row.reader && place(row).saturating_sub(p.span.end) < LIST_GAP);
        // Where the first names come again in their order, the list itself does.
        let again = i >= start + 2 && named_as(start, i) && named_as(start + 1, i + 1);
        if !goes_on || again {
            list += 1;
            start = i;
        }
        out.push(list);
    }
    out
}

/// Whether two rows of one name are one entry.
fn is_same(a: &Declaration, b: &Declaration, same_list: bool) -> bool {
    let platforms = a.platforms == b.platforms || a.platforms.is_empty() || b.platforms.is_empty();
    let packages = a.packages.is_empty()
        || b.packages.is_empty()
        || a.packages.iter().any(|p| b.packages.iter().any(|q| p.text == q.text));
    if !platforms || !packages {
        return false;
    }
    // Rows named by a company alone are as many as it has purposes.
    let company = |r: &Declaration| r.provider.as_ref().is_some_and(|p| r.name.text.starts_with(&p.text));
    if company(a) && company(b) && a.purpose != b.purpose {
        return false;
    }
    if a.place == Place::Prose || b.place == Place::Prose {
        return true;
    }
    // Twice in one list is two rows, unless they say the same.
    let told = |r: &Declaration| {
        (
            r.purpose.as_ref().map(|f| f.text.clone()),
            r.data.as_ref().map(|f| f.text.clone()),
            r.packages.len(),
        )
    };
    !same_list || told(a) == told(b)
}

fn richness(rows: &[Declaration], at: usize) -> usize {
    rows.get(at).map_or(0, |r| {
        let fields = [
            r.provider.is_some(),
            r.purpose.is_some(),
            r.data.is_some(),
            r.permissions.is_some(),
            !r.links.is_empty(),
        ];
        fields.iter().filter(|f| **f).count() * 2
            + usize::from(r.place == Place::List)
            + usize::from(!r.packages.is_empty())
    })
}

/// Fields that only the other row has.
fn complete(kept: &mut Declaration, lost: Declaration) {
    let Declaration {
        packages,
        provider,
        purpose,
        scene,
        data,
        permissions,
        method,
        links,
        platforms,
        retention,
        ..
    } = lost;
    kept.provider = kept.provider.take().or(provider);
    kept.purpose = kept.purpose.take().or(purpose);
    kept.scene = kept.scene.take().or(scene);
    kept.data = kept.data.take().or(data);
    kept.permissions = kept.permissions.take().or(permissions);
    kept.method = kept.method.take().or(method);
    kept.retention = kept.retention.take().or(retention);
    if kept.packages.is_empty() {
        kept.packages = packages;
    }
    if kept.links.is_empty() {
        kept.links = links;
    }
    if kept.platforms.is_empty() {
        kept.platforms = platforms;
    }
    if lost.place == Place::List {
        kept.place = Place::List;
    }
}

/// Rows of one list and, beside each, the row of a second list that translates it: as many rows, names in the other
/// script, the same links.
fn translations(rows: &[Declaration], lists: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, list) in lists.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if lists.get(run.start) == Some(list) && !turns(rows, run.start, i) => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    let mut out = Vec::new();
    for pair in runs.windows(2) {
        let [a, b] = pair else { continue };
        if a.len() != b.len() || a.len() < 2 || !turns(rows, a.start, b.start) {
            continue;
        }
        let mut shared = 0;
        let mut compared = 0;
        for (x, y) in a.clone().zip(b.clone()) {
            let (Some(x), Some(y)) = (rows.get(x), rows.get(y)) else { continue };
            if let (Some(p), Some(q)) = (x.links.first(), y.links.first()) {
                compared += 1;
                shared += usize::from(host(&p.url.text) == host(&q.url.text));
            }
        }
        if compared * 2 >= a.len() && shared * 4 >= compared * 3 {
            out.extend(a.clone().zip(b.clone()));
        }
    }
    out
}

/// Whether the row's data changes from Chinese to Latin script between two rows, or back.
fn turns(rows: &[Declaration], a: usize, b: usize) -> bool {
    let wide = |i: usize| {
        rows.get(i).map(|r| {
            let texts = [Some(&r.name), r.purpose.as_ref(), r.data.as_ref()];
            let text: String = texts.into_iter().flatten().map(|f| f.text.as_str()).collect();
            let cjk = text.chars().filter(|c| fold::is_cjk(*c)).count();
            cjk * 4 >= text.chars().filter(|c| c.is_alphanumeric()).count()
        })
    };
    wide(a) != wide(b)
}

/// Host of an address.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).trim_start_matches("www.")
}
