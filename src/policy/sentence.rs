//! What a sentence says about an SDK: company, data, purpose, links.

use crate::fold;
use crate::policy::lexicon::Label;
use crate::policy::mention::{self, Mention};
use crate::policy::rich::Rich;
use crate::policy::value;
use crate::policy::{aim, collected, refusal};
use std::ops::Range;

/// What was found, as ranges of the text.
#[derive(Debug, Default)]
pub struct Fields {
    /// Labelled pieces.
    pub pieces: Vec<(Label, Range<usize>)>,
    /// The sentence says that nothing is collected.
    pub nothing_collected: bool,
}

/// Start of the sentence that holds byte `at`.
pub fn start(text: &str, at: usize) -> usize {
    let from = mention::back(text, at, 3000);
    let head = text.get(from..at).unwrap_or("");
    from + head
        .rfind(['。', '\n', '；', '！'])
        .map_or(0, |i| i + head.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8))
}

/// End of the sentence that holds byte `at`, at most a few thousand bytes on.
pub fn end(text: &str, at: usize) -> usize {
    let limit = mention::back(text, text.len().min(at + 3000), 0).max(at);
    text.get(at..limit).and_then(|t| t.find(['。', '\n', '！'])).map_or(limit, |i| at + i)
}

/// Fields of the stretch of `text` that speaks of an SDK named in it.
pub fn fields(text: &str, stretch: Range<usize>, named: &Mention) -> Fields {
    let mut out = Fields::default();
    if let Some(provider) = named
        .provider
        .clone()
        .or_else(|| provided_by(text, &stretch))
        .or_else(|| owner(text, &stretch, named))
        .or_else(|| in_bracket(text, &stretch))
    {
        out.pieces.push((Label::Provider, provider));
    }
    let body = named.after.clamp(stretch.start, stretch.end)..stretch.end;
    let words = refusal::blanked(mention::plain(text.get(body.clone()).unwrap_or("")));
    let words = words.as_str();
    let denial = collected::denial(words);
    out.nothing_collected = denial.is_some();
    let listed = collected::bare_list(words);
    if let Some((label, list)) = &listed {
        out.pieces.push((*label, body.start + list.start..body.start + list.end));
    }
    let data = if listed.is_some() { Vec::new() } else { collected::collected(words, denial.as_ref()) };
    for piece in &data {
        out.pieces.push((Label::Data, body.start + piece.start..body.start + piece.end));
    }
    let told = listed.is_some_and(|(label, _)| label != Label::Data);
    let behind = data.last().map_or(0, |d| d.end);
    if !told && let Some(purpose) = aim::find(text, &stretch, named, words, body.start, behind) {
        let mut behind = purpose.end;
        out.pieces.push((Label::Purpose, purpose));
        // `收集甲，用于乙；收集丙，用于丁`: an item tells of each kind of data what it is for.
        while named.leads && out.pieces.len() < 12 {
            let from = behind.saturating_sub(body.start);
            let Some(next) = words.get(from..).and_then(|_| aim::further(words, from)) else { break };
            behind = body.start + next.end;
            out.pieces.push((Label::Purpose, body.start + next.start..behind));
        }
    }
    out
}

/// `由X提供`: who provides it.
pub fn provided_by(text: &str, stretch: &Range<usize>) -> Option<Range<usize>> {
    let words = text.get(stretch.clone())?;
    for (i, _) in words.match_indices('由').take(8) {
        let from = i + '由'.len_utf8();
        let rest = words.get(from..)?;
        let Some(end) = ["提供", "运营", "开发"].iter().filter_map(|v| rest.find(v)).min() else {
            continue;
        };
        let company = rest.get(..end)?;
        let trimmed = company.trim_matches(['“', '”', '"', '「', '」', ' ', '【', '】']);
        let lead = company.find(trimmed).unwrap_or(0);
        let count = trimmed.chars().count();
        let generic =
            ["第三方", "合作", "我们", "服务商", "您", "用户", "开发者", "集成", "SDK", "sdk", "本产品"]
                .iter()
                .any(|g| trimmed.contains(g));
        if (2..=40).contains(&count) && !generic && !trimmed.contains(['，', '。', '；', '、', '：', '\n'])
        {
            let start = stretch.start + from + lead;
            return Some(start..start + trimmed.len());
        }
    }
    let by = "rovided by ";
    let from = words.find(by)? + by.len();
    let rest = words.get(from..)?;
    let stop = rest
        .char_indices()
        .take(60)
        .find(|(i, c)| {
            let legal =
                rest.get(..*i).is_some_and(|h| ["Inc", "Ltd", "Co", "Corp"].iter().any(|l| h.ends_with(l)));
            matches!(c, '。' | '，' | ';' | '(' | '（' | '\n' | ':') || matches!(c, '.' | ',') && !legal
        })
        .map_or(rest.len(), |(i, _)| i);
    let company = rest.get(..stop)?;
    // `Acme Inc. You can …`: the sentence ends behind the legal form.
    let full = ["Inc. ", "Ltd. "].iter().filter_map(|l| company.find(l).map(|i| i + l.len() - 1)).min();
    let company = company.get(..full.unwrap_or(company.len()))?.trim_end();
    let named = company.starts_with(|c: char| c.is_ascii_uppercase()) && company.split(' ').count() <= 6;
    let start = stretch.start + from;
    named.then(|| start..start + company.len())
}

/// `我们使用了<公司>的甲SDK`: whose the SDK is, where the sentence stands before its name or behind it.
fn owner(text: &str, stretch: &Range<usize>, named: &Mention) -> Option<Range<usize>> {
    let limit = mention::back(text, stretch.end.min(stretch.start + 3000), 0);
    let words = text.get(stretch.start..limit)?;
    for verb in ["使用了", "使用", "集成了", "集成", "接入了", "接入"] {
        for (i, _) in words.match_indices(verb).take(8) {
            let from = i + verb.len();
            let clause: String = words.get(from..)?.chars().take(80).collect();
            let Some(of) = outside(&clause, &['的', '，', '。', '；', '、', '：', '\n', ',']) else {
                continue;
            };
            let rest = clause.get(of..).and_then(|t| t.strip_prefix('的'));
            let company = clause.get(..of).unwrap_or("").trim();
            let start = stretch.start + from + clause.find(company).unwrap_or(0);
            let next = stretch.start + from + of + '的'.len_utf8();
            // `Acme的SDK` of the Acme SDK says nothing new.
            let own =
                text.get(named.name.clone()).is_some_and(|n| fold::loose_key(n) == fold::loose_key(company));
            // The name itself follows, or the item began with it.
            let about = named.name.start == next || named.leads && start >= named.after;
            let sdk = rest.is_some_and(|t| {
                let t = mention::plain(t);
                let stop = t.find(['，', '。', '；', '、', '的']).unwrap_or(t.len());
                t.get(..stop).is_some_and(|t| t.contains("sdk"))
            });
            if about && sdk && own {
                return None;
            }
            if about && sdk && (2..=50).contains(&company.chars().count()) && !is_anyone(company) {
                return Some(start..start + company.len());
            }
        }
    }
    None
}

/// `第三方（某某有限公司，以下称“某某”）`: the company in full before its short form.
fn in_bracket(text: &str, stretch: &Range<usize>) -> Option<Range<usize>> {
    let words = text.get(stretch.clone())?;
    for (at, _) in words.match_indices("以下").take(4) {
        if !words.get(at..)?.starts_with("以下称") && !words.get(at..)?.starts_with("以下简称") {
            continue;
        }
        let from = mention::back(words, at, 150);
        let head = words.get(from..at)?;
        let Some(open) = head.rfind(['（', '(']) else { continue };
        let inner = head.get(open..)?;
        let company = inner.trim_start_matches(['（', '(']).trim_end_matches(['，', ',', '；', ' ']);
        if company.ends_with("公司") && !company.contains(['，', '。', '、', '）', ')']) {
            let start = stretch.start + from + open + inner.find(company)?;
            return Some(start..start + company.len());
        }
    }
    None
}

/// Where one of `marks` stands first outside brackets.
fn outside(text: &str, marks: &[char]) -> Option<usize> {
    let mut depth = 0usize;
    for (i, c) in text.char_indices() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && marks.contains(&c) => return Some(i),
            _ => {}
        }
    }
    None
}

/// Whether words stand for no company in particular.
fn is_anyone(who: &str) -> bool {
    [
        "第三方",
        "合作",
        "我们",
        "服务商",
        "您",
        "用户",
        "开发者",
        "集成",
        "SDK",
        "sdk",
        "本产品",
        "其",
        "相关",
        "该",
        "对应",
        "上述",
        "以下",
        "必要",
        "相应",
        "不同",
        "功能",
        "服务",
        "收集",
        "获取",
    ]
    .iter()
    .any(|g| who.contains(g))
}

/// The pieces of a text that hold its links: the words behind "privacy" as a privacy link, others unlabelled.
pub fn links(body: &Rich) -> Vec<(Label, Rich)> {
    let text = body.text();
    let mut out = Vec::new();
    let written = value::addresses(text).into_iter().map(|a| a.range);
    let anchors = body.links().iter().map(|l| l.range.clone());
    for range in written.chain(anchors) {
        let head = text.get(..range.start).unwrap_or("");
        let near: String = head.chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect();
        let own = text.get(range.clone()).unwrap_or("");
        let privacy = [near.as_str(), own].iter().any(|t| {
            let t = t.to_ascii_lowercase();
            ["隐私", "privacy", "个人信息保护", "隱私", "policy"].iter().any(|w| t.contains(w))
        });
        let label = if privacy { Label::PrivacyLink } else { Label::Link };
        out.push((label, body.slice(range)));
    }
    out
}
