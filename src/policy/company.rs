//! Sentences that name an SDK by its company alone: `推送服务由某某有限公司提供，我们会接入其SDK`,
//! `我们接入了某某有限公司的SDK`.

use crate::policy::grid::is_company;
use crate::policy::mention::{self, Mention};
use std::ops::Range;

/// Bytes between a company and the word SDK, at most.
const REACH: usize = 240;

/// The companies whose SDKs a text says are used, in text order; `lower` is `mention::plain(text)`.
pub fn find(text: &str, lower: &str) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    if !lower.contains("sdk") {
        return out;
    }
    for (at, _) in text.match_indices('由').take(200) {
        let from = at + '由'.len_utf8();
        if out.last().is_some_and(|m| at < m.after) {
            continue;
        }
        let Some((names, after)) = providers(text, from) else { continue };
        if near_sdk(lower, at, after) {
            push(text, &mut out, names, after, purpose(text, at));
        }
    }
    for verb in ["接入了", "接入", "集成了", "集成", "嵌入了", "嵌入", "使用了", "使用", "引入了", "引入"]
    {
        for (at, _) in text.match_indices(verb).take(200) {
            let from = at + verb.len();
            let end = mention::back(text, text.len().min(from + 160), 0);
            let Some(rest) = text.get(from..end) else { continue };
            let Some(stop) = rest.find('的') else { continue };
            let company = rest.get(..stop).unwrap_or("").trim_end_matches("提供").trim_end_matches("开发");
            let name = from..from + company.len();
            let sdk = lower
                .get(from + stop + '的'.len_utf8()..)
                .is_some_and(|t| t.trim_start_matches("第三方").trim_start().starts_with("sdk"));
            let apart = out.iter().all(|m| name.end <= m.name.start || m.name.end <= name.start);
            if sdk && apart && is_firm(company) {
                push(text, &mut out, vec![name], from + stop, None);
            }
        }
    }
    out.sort_by_key(|m| m.name.start);
    out
}

fn push(
    text: &str,
    out: &mut Vec<Mention>,
    names: Vec<Range<usize>>,
    after: usize,
    purpose: Option<Range<usize>>,
) {
    let cluster = out.iter().map(|m| m.cluster + 1).max().unwrap_or(0);
    for name in names {
        let purpose = purpose.clone();
        let provider = Some(name.start..name.start + unbracketed(text.get(name.clone()).unwrap_or("")).len());
        out.push(Mention { provider, after, cluster, purpose, owner: true, ..Mention::named(name) });
    }
}

/// The companies named from `from` on, up to the verb that says they provide something.
fn providers(text: &str, from: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let limit = mention::back(text, text.len().min(from + 400), 0);
    let rest = text.get(from..limit)?;
    let stop = rest.find(['。', '；', '\n', '：']).unwrap_or(rest.len());
    let rest = rest.get(..stop)?;
    let verb = ["提供", "运营", "开发", "研发", "负责"].iter().filter_map(|v| rest.find(v)).min();
    let end = verb.or_else(|| rest.find('，'))?;
    // `由某公司提供的甲SDK`: the SDK has a name of its own.
    let tail = rest.get(end..)?;
    let own = tail
        .get("提供".len()..)
        .and_then(|t| t.strip_prefix('的'))
        .is_some_and(|t| !mention::plain(t).trim_start_matches("第三方").starts_with("sdk"));
    let names = split(rest.get(..end)?);
    let firms = names.iter().filter(|r| rest.get((*r).clone()).is_some_and(is_firm)).count();
    let all = !names.is_empty() && firms == names.len();
    (!own && all).then(|| (names.into_iter().map(|r| from + r.start..from + r.end).collect(), from + end))
}

/// Names between the marks of an enumeration, outside brackets.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0usize, 0usize);
    for (i, c) in text.char_indices().chain([(text.len(), '、')]) {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            '、' | '，' | '和' | '与' | '及' | '或' if depth == 0 || i == text.len() => {
                let part = text.get(start..i).unwrap_or("");
                let noise = [' ', '“', '”', '"', '「', '」', '以'];
                let lead = part.len() - part.trim_start_matches(noise).len();
                let inner = part.trim_matches(noise);
                // `和` inside a name: `北京和讯科技有限公司`.
                let cut = matches!(c, '和' | '与' | '及' | '或') && !is_firm(inner);
                if !inner.is_empty() && !cut {
                    out.push(start + lead..start + lead + inner.len());
                }
                if !cut {
                    start = i + c.len_utf8();
                }
            }
            _ => {}
        }
    }
    out
}

/// Whether a text is the name of a company, maybe with its short form in brackets.
pub fn is_firm(text: &str) -> bool {
    let text = text.trim();
    let outside = unbracketed(text);
    let generic = [
        "第三方",
        "我们",
        "合作",
        "该公司",
        "其公司",
        "关联公司",
        "母公司",
        "子公司",
        "本公司",
        "多家",
        "上述",
        "服务商",
    ];
    let count = text.chars().count();
    (4..=44).contains(&count)
        && is_company(outside)
        && !outside.contains(['，', '。', '、'])
        && !generic.iter().any(|g| text.contains(g))
}

/// A company without its short form in brackets at the end.
fn unbracketed(text: &str) -> &str {
    match text.rfind(['（', '(']) {
        Some(at) if text.ends_with(['）', ')']) && at > 0 => text.get(..at).unwrap_or(text),
        _ => text,
    }
}

/// The clause that begins with the short form of a company named with one: `某某公司（甲）…甲会收集…；`.
pub fn of_short_form(text: &str, named: &Mention) -> Option<Range<usize>> {
    let name = text.get(named.name.clone())?;
    let short = name.get(unbracketed(name).len()..)?.trim_matches(['（', '(', '）', ')', ' ']);
    if !named.owner || short.is_empty() {
        return None;
    }
    let rest = text.get(named.after..mention::back(text, text.len().min(named.after + 3000), 0))?;
    let at = ["会", "将", "可能", "通过"].iter().filter_map(|v| rest.find(&format!("{short}{v}"))).min()?;
    let tail = rest.get(at + short.len()..)?;
    let from = named.after + at + short.len();
    Some(from..from + tail.find(['；', '。', '\n']).unwrap_or(tail.len()))
}

/// Whether the sentence of a company, or the one behind it, speaks of an SDK.
fn near_sdk(lower: &str, at: usize, after: usize) -> bool {
    let from = mention::back(lower, at, REACH);
    let to = mention::back(lower, lower.len().min(after + REACH), 0);
    let head = lower.get(from..at).unwrap_or("");
    let head = head.rfind('。').and_then(|i| head.get(i..)).unwrap_or(head);
    head.contains("sdk") || lower.get(after..to).is_some_and(|t| t.contains("sdk"))
}

/// What is provided: `目前我们的<推送服务>由`.
fn purpose(text: &str, at: usize) -> Option<Range<usize>> {
    let from = mention::back(text, at, 150);
    let head = text.get(from..at)?;
    let start = head
        .rfind(['。', '；', '\n', '：'])
        .map_or(0, |i| i + head.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
    let mut what = head.get(start..)?.trim_start();
    for lead in [
        "目前",
        "当前",
        "其中",
        "，",
        "我们的",
        "我们",
        "本产品的",
        "本产品",
        "本应用的",
        "本应用",
        "本软件的",
        "app的",
        "APP的",
        "App的",
        "使用的",
        "的",
        "该",
        " ",
    ] {
        what = what.strip_prefix(lead).unwrap_or(what);
    }
    let what = what.trim_end().trim_end_matches("，").trim_end_matches("是").trim_end_matches("将");
    let count = what.chars().count();
    let begin = at - (head.len() - head.rfind(what)?);
    ((2..=40).contains(&count) && !what.contains("SDK") && !what.contains('您'))
        .then(|| begin..begin + what.len())
}
