//! What a sentence says about an SDK: company, data, purpose, links, by the words that introduce and end them.

use crate::policy::lexicon::Label;
use crate::policy::mention::{self, Mention};
use crate::policy::rich::Rich;
use crate::policy::words::Words;
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

/// Words that introduce data, the longest first.
static COLLECT: Words = Words::new(
    "\
    需要收集和使用;收集和使用;收集或使用;收集使用;收集并使用;可能会收集;直接收集;需要收集;需要采集;\
    需要获取;需要读取;会收集;将收集;收集到;会获取;收集;采集;获取;读取;访问您;collects;collect;\
    obtains;obtain;reads;read;access",
);

/// Words that introduce a purpose behind the data.
static PURPOSE: Words = Words::new(
    "\
    主要用于;以用于;将用于;用于;以便于;以便;便于;用来;目的是为了;使用目的是;目的是;目的为;为了;\
    以提供;以实现;以完成;以保障;以帮助;以支持;以确保;来提供;来实现;从而;is used to;are used to;\
    used to;used for;in order to;so as to;to provide;to implement;for the purpose of",
);

/// Words that introduce a purpose and belong to it: what is said is "provide …", "for users …".
const KEPT: &[&str] =
    &["以提供", "以实现", "以完成", "以保障", "以帮助", "以支持", "以确保", "来提供", "来实现"];

/// Fields of the stretch of `text` that speaks of an SDK named in it.
pub fn fields(text: &str, stretch: Range<usize>, named: &Mention) -> Fields {
    let mut out = Fields::default();
    if let Some(provider) = named.provider.clone().or_else(|| provided_by(text, &stretch)) {
        out.pieces.push((Label::Provider, provider));
    }
    let body = named.after.clamp(stretch.start, stretch.end)..stretch.end;
    let words = mention::plain(text.get(body.clone()).unwrap_or(""));
    let words = words.as_str();
    let denial = [
        "没有收集",
        "未收集",
        "不会主动收集",
        "不会收集任何",
        "不收集任何",
        "不会收集您",
        "不收集您",
        "并不收集",
        "不获取您",
        "不会获取",
        "不收集用户",
        "不会采集",
        "不采集",
        "does not collect",
        "do not collect",
        "will not collect",
    ]
    .iter()
    .filter_map(|d| words.find(d).map(|i| i..i + d.len()))
    .min_by_key(|r| r.start);
    out.nothing_collected = denial.is_some();
    let data = data(words, denial.as_ref());
    if let Some(data) = &data {
        out.pieces.push((Label::Data, body.start + data.start..body.start + data.end));
    }
    let behind = data.as_ref().map_or(0, |d| d.end);
    let purpose = purpose(words, behind)
        .or_else(|| purpose(words, 0))
        .map(|p| body.start + p.start..body.start + p.end)
        // `为了提供…服务，我们使用了X SDK`: the purpose stands before the name.
        .or_else(|| {
            let head = mention::plain(text.get(stretch.start..named.name.start)?);
            let head = head.as_str();
            let from = ["为了", "为便于", "为保障", "in order to "]
                .iter()
                .filter_map(|w| head.find(w).map(|i| i + w.len()))
                .min()?;
            let end = clause_end(head, from);
            (end > from).then_some(stretch.start + from..stretch.start + end)
        });
    if let Some(purpose) = purpose {
        out.pieces.push((Label::Purpose, purpose));
    }
    out
}

/// `由X提供`: who provides it.
fn provided_by(text: &str, stretch: &Range<usize>) -> Option<Range<usize>> {
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
            ["第三方", "合作", "我们", "服务商", "您", "用户", "开发者"].iter().any(|g| trimmed.contains(g));
        if (2..=40).contains(&count) && !generic && !trimmed.contains(['，', '。', '；', '、', '：', '\n'])
        {
            let start = stretch.start + from + lead;
            return Some(start..start + trimmed.len());
        }
    }
    None
}

/// The data a sentence says is collected.
fn data(words: &str, denial: Option<&Range<usize>>) -> Option<Range<usize>> {
    let mut from = 0;
    for _ in 0..6 {
        let rest = words.get(from..)?;
        let (i, verb) = COLLECT
            .iter()
            .filter_map(|v| rest.find(v).map(|i| (i, *v)))
            .min_by_key(|(i, v)| (*i, std::cmp::Reverse(v.len())))?;
        let at = from + i;
        let mut start = at + verb.len();
        // `信息的收集`, `收集的信息包括：`: a noun, unless what is collected is said to follow.
        let noun = words.get(..at).is_some_and(|h| h.ends_with('的'));
        if let Some(listed) = listed_behind(words, start) {
            start = listed;
        } else if noun || words.get(start..).is_some_and(|t| t.starts_with('的')) {
            from = start;
            continue;
        }
        if denial.is_some_and(|d| d.start <= at && at < d.end) {
            from = end(words, start);
            continue;
        }
        // `收集您的`, `获取您设备的`: whose data it is does not belong to it.
        for lead in [
            "和使用",
            "或使用",
            "以下",
            "您授权共享的",
            "您的设备的",
            "您设备的",
            "您的",
            "用户的",
            "您",
            " your ",
            " the ",
        ] {
            if words.get(start..).is_some_and(|t| t.starts_with(lead)) {
                start += lead.len();
            }
        }
        // `收集用户的X`: a policy may keep 用户的 as part of the words; `用户上传的图片` is data.
        let stop = data_end(words, start);
        let text = words.get(start..stop)?.trim_matches([' ', '：', ':', '“', '”']);
        let count = text.chars().count();
        let empty =
            text.is_empty() || ["个人信息的列表", "的个人信息", "任何"].iter().any(|w| text.starts_with(w));
        if (2..=1200).contains(&count) && !empty {
            let lead = words.get(start..stop)?.find(text).unwrap_or(0);
            return Some(start + lead..start + lead + text.len());
        }
        from = start.max(at + 1);
    }
    None
}

/// Where a list begins that is announced within a few characters: `收集或使用的设备权限包括：…`.
fn listed_behind(words: &str, start: usize) -> Option<usize> {
    let near: String = words.get(start..)?.chars().take(28).collect();
    let stop = near.find(['，', '。', '；', '（', '、']).unwrap_or(near.len());
    let near = near.get(..stop)?;
    let at = ["包括：", "包括:", "如下：", "如下:", "包含：", "包含:", "为：", "为:", "包括但不限于", "包括"]
        .iter()
        .filter_map(|w| near.find(w).map(|i| i + w.len()))
        .max()?;
    let rest = words.get(start + at..)?;
    Some(start + at + (rest.len() - rest.trim_start_matches([' ', '\n', '：', ':']).len()))
}

/// Where the list of data that begins at `start` ends: at a purpose, or at the end of the sentence.
fn data_end(words: &str, start: usize) -> usize {
    let rest = words.get(start..).unwrap_or("");
    let mut depth = 0usize;
    for (i, c) in rest.char_indices() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            '。' | '；' | '\n' => return start + i,
            _ if depth > 0 => {}
            '，' | ',' => {
                let next = rest.get(i + c.len_utf8()..).unwrap_or("").trim_start();
                let ends = PURPOSE.iter().any(|p| next.starts_with(p))
                    || [
                        "具体",
                        "详见",
                        "请见",
                        "并",
                        "为您",
                        "为用户",
                        "我们",
                        "该信息",
                        "此类",
                        "上述",
                        "获取您的",
                        "以",
                        "which ",
                        "通过",
                        "如",
                    ]
                    .iter()
                    .any(|w| next.starts_with(w));
                if ends {
                    return start + i;
                }
            }
            _ => {
                let here = rest.get(i..).unwrap_or("");
                if PURPOSE.iter().filter(|p| **p != "为了" || i > 0).any(|p| here.starts_with(p)) {
                    return start + i;
                }
            }
        }
    }
    words.len()
}

/// The purpose stated behind byte `from`.
fn purpose(words: &str, from: usize) -> Option<Range<usize>> {
    let rest = words.get(from..)?;
    // 适用于 is no purpose.
    let place = |p: &str| {
        rest.match_indices(p).map(|(i, _)| i).find(|i| !rest.get(..*i).is_some_and(|h| h.ends_with('适')))
    };
    let marked = PURPOSE
        .iter()
        .filter_map(|p| place(p).map(|i| (i, *p)))
        .min_by_key(|(i, p)| (*i, std::cmp::Reverse(p.len())));
    let served = ["为用户提供", "为您提供", "为公户提供", "向您提供", "为你提供"]
        .iter()
        .filter_map(|p| rest.find(p).map(|i| (i, *p)))
        .min();
    let start = match (marked, served) {
        (Some((i, word)), served) if served.is_none_or(|(s, _)| i <= s) => {
            // 以提供 -> 提供: the verb is part of what is said.
            let cut =
                if KEPT.contains(&word) { word.chars().next().map_or(0, char::len_utf8) } else { word.len() };
            from + i + cut
        }
        (_, Some((i, _))) => from + i,
        _ => return None,
    };
    let stop = purpose_end(words, start);
    let text = words.get(start..stop)?.trim_matches([' ', '：', ':', '“', '”', '，']);
    let count = text.chars().count();
    if !(2..=400).contains(&count) {
        return None;
    }
    let lead = words.get(start..stop)?.find(text).unwrap_or(0);
    Some(start + lead..start + lead + text.len())
}

/// Where a purpose ends: with its sentence, or where the text turns to something else.
fn purpose_end(words: &str, start: usize) -> usize {
    let rest = words.get(start..).unwrap_or("");
    let mut depth = 0usize;
    for (i, c) in rest.char_indices() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            '。' | '；' | '\n' | ';' => return start + i,
            '.' if rest.get(i + 1..).is_none_or(|t| t.is_empty() || t.starts_with([' ', '\n'])) => {
                return start + i;
            }
            '，' | ',' if depth == 0 => {
                let next = rest.get(i + c.len_utf8()..).unwrap_or("").trim_start();
                let turns = [
                    "具体",
                    "详见",
                    "请见",
                    "我们",
                    "我行",
                    "该sdk",
                    "该信息",
                    "需要",
                    "收集",
                    "获取",
                    "采集",
                    "会收集",
                    "上述",
                    "此类",
                    "如您",
                    "如果",
                    "识别采集",
                    "不会",
                    "隐私",
                    "详情",
                    "app调用",
                    "在购买",
                    "购买",
                    "比如",
                    "例如",
                ]
                .iter()
                .any(|w| next.starts_with(w));
                let other: String = next.chars().take(24).collect();
                if turns || other.contains("sdk") {
                    return start + i;
                }
            }
            _ => {}
        }
    }
    words.len()
}

/// End of the clause that begins at `from`.
fn clause_end(words: &str, from: usize) -> usize {
    words.get(from..).and_then(|t| t.find(['，', '。', '；', '\n'])).map_or(words.len(), |i| from + i)
}

/// The pieces of a text that hold its links: the words behind "privacy" as a privacy link, others unlabelled.
pub fn links(body: &Rich) -> Vec<(Label, Rich)> {
    let text = body.text();
    let mut out = Vec::new();
    let written = crate::policy::value::addresses(text).into_iter().map(|a| a.range);
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
