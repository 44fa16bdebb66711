//! What a sentence says about an SDK: company, data, purpose, links.

use crate::policy::lexicon::Label;
use crate::policy::mention::{self, Mention};
use crate::policy::rich::Rich;
use crate::policy::value;
use crate::policy::{aim, collected};
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
    if let Some(provider) = named.provider.clone().or_else(|| provided_by(text, &stretch)) {
        out.pieces.push((Label::Provider, provider));
    }
    let body = named.after.clamp(stretch.start, stretch.end)..stretch.end;
    let words = mention::plain(text.get(body.clone()).unwrap_or(""));
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
    if !told && let Some(purpose) = aim::find(text, &stretch, named, &body, behind) {
        out.pieces.push((Label::Purpose, purpose));
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
    None
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
