//! Items of a list of SDKs that say neither SDK nor package, read by the items beside them: where these are
//! `甲SDK：…`, an item `丙览：…` is one too.

use crate::policy::lexicon;
use crate::policy::listed;
use crate::policy::mention::{self, Mention};

/// Words that say what an item's SDK is for.
const TOLD: &[&str] = &["用于", "主要用于", "提供", "为您提供", "负责", "实现"];

/// How an item goes on behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Colon,
    Dash,
    Bracket,
}

/// The mention of an item, where it is built as one of the items beside it, each with the SDK it begins with.
pub fn head(text: &str, beside: &[(&str, &Mention)]) -> Option<Mention> {
    let lower = mention::plain(text);
    beside.iter().find_map(|(other, first)| {
        by_turn(text, &lower, other, first).or_else(|| by_lead(text, &lower, other, first))
    })
}

/// The mention of an item beside a single one with an SDK, where both go on with the same word of purpose:
/// `甲SDK：用于…`, `丙览（Bing）：用于…`.
pub fn twin(text: &str, other: &str, first: &Mention) -> Option<Mention> {
    let found = by_turn(text, &mention::plain(text), other, first)?;
    let purpose = |text: &str, from: usize| {
        let rest = text.get(from..)?;
        let colon = rest.find(['：', ':'])?;
        let told = rest.get(colon..)?.trim_start_matches(['：', ':', ' ']);
        let near = rest.get(..colon)?.chars().count() <= 24;
        TOLD.iter().find(|w| told.starts_with(**w)).filter(|_| near)
    };
    (purpose(text, found.after)? == purpose(other, first.after)?).then_some(found)
}

/// `甲SDK：…` beside `丙览：…`.
fn by_turn(text: &str, lower: &str, other: &str, first: &Mention) -> Option<Mention> {
    if other.get(..first.name.start)?.chars().any(char::is_alphanumeric) {
        return None;
    }
    let marks = [' ', '”', '"', '】', '」', '*'];
    let turn = turn(other.get(first.name.end..)?.trim_start_matches(marks))?;
    let start = text.len() - text.trim_start_matches([' ', '*', '【', '“', '"', '「']).len();
    let rest = lower.get(start..)?;
    let at = turned(rest, turn)?;
    let name = rest.get(..at)?.trim_end_matches(marks);
    let outside = name.split(['（', '(']).next()?.trim_end();
    if !listed::named(outside) || lexicon::classify(name).is_some() {
        return None;
    }
    Some(Mention { after: start + at, leads: true, ..Mention::named(start..start + name.len()) })
}

/// Where a text goes on behind its name as `wanted`, if it does so first.
fn turned(text: &str, wanted: Turn) -> Option<usize> {
    let mut depth = 0usize;
    for (i, c) in text.char_indices().take(mention::MAX_NAME) {
        let here = turn(text.get(i..)?);
        match c {
            _ if depth == 0 && here == Some(wanted) => return Some(i),
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && here.is_some() => return None,
            _ => {}
        }
    }
    None
}

fn turn(text: &str) -> Option<Turn> {
    match text.chars().next()? {
        '：' | ':' => Some(Turn::Colon),
        '—' | '–' => Some(Turn::Dash),
        '（' | '(' => Some(Turn::Bracket),
        _ => None,
    }
}

/// `本App集成了甲公司的甲SDK，…` beside `本App集成了丙公司的丙览，…`.
fn by_lead(text: &str, lower: &str, other: &str, first: &Mention) -> Option<Mention> {
    let begin = first.provider.as_ref().map_or(first.name.start, |p| p.start);
    let lead = other.get(..begin)?;
    if lead.chars().count() < 3 {
        return None;
    }
    let rest = text.strip_prefix(lead)?;
    let stop = rest.find(['，', '。', '；', '：', '\n'])?;
    let clause = rest.get(..stop)?;
    let from = ["公司的", "）的", ")的", "公司", "集团的", "的"]
        .iter()
        .find_map(|w| clause.find(w).map(|i| i + w.len()))
        .unwrap_or(0);
    let company = clause.get(..from)?.trim_end_matches('的').trim();
    let name = clause.get(from..)?;
    let trimmed = name.trim_matches([' ', '“', '”', '"', '【', '】', '*', '》', '《']);
    let start = lead.len() + from + name.find(trimmed)?;
    let outside = trimmed.split(['（', '(']).next()?;
    if !listed::named(lower.get(start..start + outside.len())?) {
        return None;
    }
    let provider = (company.chars().count() >= 4).then(|| {
        let at = lead.len() + clause.find(company).unwrap_or(0);
        at..at + company.len()
    });
    Some(Mention { provider, leads: true, ..Mention::named(start..start + trimmed.len()) })
}
