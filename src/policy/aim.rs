//! What a sentence says an SDK is for, by the words that introduce and end it.

use crate::policy::mention::{self, Mention};
use crate::policy::naming;
use crate::policy::sentence::start;
use crate::policy::words::Words;
use std::ops::Range;

/// Words that introduce a purpose behind the data.
pub static PURPOSE: Words = Words::new(
    "\
    主要用于;以用于;将用于;用于;以便于;以便;便于;用来;用以;目的是为了;使用目的是;目的是;目的为;为了;\
    以提供;以实现;以完成;以保障;以帮助;以支持;以确保;来提供;来实现;来保证;从而;为保障;为实现;为确保;为满足;\
    为完成;为提升;为改善;is used to;are used to;\
    used to;used for;in order to;so as to;to provide;to implement;for the purpose of",
);

/// Words that introduce a purpose and belong to it: what is said is "provide …", "for users …".
const KEPT: &[&str] = &[
    "以提供",
    "以实现",
    "以完成",
    "以保障",
    "以帮助",
    "以支持",
    "以确保",
    "来提供",
    "来实现",
    "来保证",
    "为保障",
    "为实现",
    "为确保",
    "为满足",
    "为完成",
    "为提升",
    "为改善",
];

/// Whether a text begins with `word` as a word of purpose: 使用以上 is none.
pub fn introduces(text: &str, word: &str) -> bool {
    let Some(rest) = text.strip_prefix(word) else { return false };
    word != "用以" || !rest.starts_with(['上', '下', '及', '前', '外'])
}

/// The purpose a stretch of `text` states for the SDK named in it: before the name, as what the SDK does, or
/// behind the data, which end at byte `behind` of `words`: what is said of it in lower case, from byte `from` on.
pub fn find(
    text: &str,
    stretch: &Range<usize>,
    named: &Mention,
    words: &str,
    from: usize,
    behind: usize,
) -> Option<Range<usize>> {
    let before = told_before(text, stretch, named);
    let vague = before.as_ref().is_some_and(|b| is_vague(text.get(b.clone()).unwrap_or("")));
    let plain = unbracketed(words);
    // `为了甲，我们使用乙SDK收集丙，用于丁`: what the data are for says more of the SDK than why a page asks for it.
    let marks = ['，', ',', ' '];
    let data_for = purpose(&plain, behind)
        .filter(|p| {
            behind > 0 && words.get(behind..p.start).is_some_and(|gap| gap.trim_matches(marks) == "用于")
        })
        .map(|p| from + p.start..from + p.end);
    let before_it = || data_for.or_else(|| before.clone().filter(|_| !vague)).filter(|_| before.is_some());
    if let Some(told) = named.purpose.clone().or_else(before_it) {
        return Some(told);
    }
    let name = mention::plain(text.get(named.name.clone())?);
    // `甲SDK（用于统计）`: the bracket right behind the name tells it.
    let bracket = || {
        let open = words.find(['（', '('])?;
        let close = open + words.get(open..)?.find(['）', ')'])?;
        let right_behind = words.get(..open)?.trim().is_empty();
        right_behind.then(|| purpose(words.get(..close)?, 0)).flatten()
    };
    let told = purpose(&plain, behind)
        .or_else(|| purpose(&plain, 0))
        .or_else(|| so_as_to(&plain, behind))
        .or_else(bracket);
    let found = match (direct(&plain, &name), told) {
        (Some(direct), Some(told)) if told.start < direct.start => Some(told),
        (direct, told) => direct.or(told),
    };
    // `为了提供更好的服务`: better than nothing only.
    found.map(|f| from + f.start..from + f.end).or(before)
}

/// The purpose of data collected besides, in the clauses right behind byte `from`, where another purpose ended.
pub fn further(words: &str, from: usize) -> Option<Range<usize>> {
    let rest = words.get(from..).filter(|_| from > 0)?;
    let stop = rest.find(['\n', '。']).unwrap_or(rest.len());
    let rest = rest.get(..stop)?.strip_prefix(['；', '，'])?;
    let collect = ["收集", "获取", "读取", "采集"].iter().filter_map(|v| rest.find(v)).min()?;
    let at = collect + rest.get(collect..)?.find("用于")?;
    let other = rest.get(..at)?;
    let denied = ["不会", "不收集", "未"].iter().any(|w| other.contains(w));
    if denied || other.contains("；") || other.chars().count() > 300 {
        return None;
    }
    // Both marks are as long.
    let begin = from + '；'.len_utf8() + at;
    purpose(words.get(..from + stop)?, begin)
}

/// `收集甲，以校验…`: a clause with 以 and a verb right behind the data, which end at `behind`.
fn so_as_to(words: &str, behind: usize) -> Option<Range<usize>> {
    let rest = words.get(behind..).filter(|_| behind > 0)?;
    let clause = rest.trim_start_matches([' ', '，', ',']);
    let clause = clause.strip_prefix('以').filter(|_| clause.len() < rest.len())?;
    if ["及", "下", "上", "免", "前", "后", "外", "内"].iter().any(|w| clause.starts_with(w)) {
        return None;
    }
    let start = words.len() - clause.len();
    let stop = purpose_end(words, start);
    let text = words.get(start..stop)?.trim_end();
    (4..=200).contains(&text.chars().count()).then(|| start..start + text.len())
}

/// Whether a purpose says nothing about the SDK.
fn is_vague(what: &str) -> bool {
    ["更好的服务", "更多的服务", "更优质的服务"].iter().any(|w| what.contains(w))
}

/// `为了提供…服务，我们使用了X SDK`: the purpose stands before the name.
fn told_before(text: &str, stretch: &Range<usize>, named: &Mention) -> Option<Range<usize>> {
    let begin = start(text, named.name.start).max(stretch.start);
    let head = mention::plain(text.get(begin..named.name.start)?);
    let told = ["为了", "为便于", "为保障", "为实现", "in order to ", "when we "]
        .iter()
        .filter_map(|w| head.find(w).map(|i| i + w.len()))
        .min();
    // `方便用户付款，我们接入了甲付SDK`: a purpose without a word before it.
    let opens = head.len() - head.trim_start().len();
    let from = told.or_else(|| head.get(opens..)?.starts_with("方便").then_some(opens))?;
    let end = head.get(from..)?.rfind(", we ").map_or_else(|| clause_end(&head, from), |i| from + i);
    let what = head.get(from..end)?;
    let vague = ["我们", "信息安全", "sdk"].iter().any(|w| what.contains(w));
    (end > from && !vague && end < head.len()).then_some(begin + from..begin + end)
}

/// What the item that tells of an SDK is called: `（2）支付功能：当您…使用甲付SDK`.
pub fn heading(text: &str, named: &Mention) -> Option<Range<usize>> {
    let head = text.get(..named.name.start)?;
    let stop = head.find(['：', ':', '。', '\n'])?;
    let what = head.get(..stop)?.trim_matches([' ', '*', '【', '】', '「', '」', '“', '”']);
    let plain = mention::plain(what);
    let count = what.chars().count();
    let other =
        ["sdk", "api", "第三方", "如下", "我们", "您", "接入", "集成", "合作", "，", "名称", "、以下"];
    let start = head.find(what)?;
    ((2..=16).contains(&count) && !other.iter().any(|w| plain.contains(w)) && !naming::nameless(&plain))
        .then(|| start..start + what.len())
}

/// The phrase an English item puts behind its name: `Acme Billing — In-app purchase processing.`
pub fn phrase(text: &str, named: &Mention) -> Option<Range<usize>> {
    let rest = text.get(named.after..mention::back(text, text.len().min(named.after + 200), 0))?;
    let told = rest.trim_start_matches([' ', '—', '–', '-', '.', ':', '*']);
    if told.len() == rest.len() || !told.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let stop = [". ", " — ", " – ", "; ", "\n", " http", " ["].iter().filter_map(|m| told.find(m)).min();
    let phrase = told.get(..stop.unwrap_or(told.len()))?.trim_end_matches(['.', ' ']);
    let sentence = [" may ", " will ", " is ", " are ", " we ", "collects", " you "];
    let short = (2..=16).contains(&phrase.split(' ').count()) && (stop.is_some() || told.len() < 120);
    let start = named.after + (rest.len() - told.len());
    (short && phrase.is_ascii() && !sentence.iter().any(|w| phrase.contains(w)))
        .then(|| start..start + phrase.len())
}

/// The text with what stands in brackets blanked out, byte for byte as long.
fn unbracketed(words: &str) -> String {
    let mut depth = 0usize;
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 && !matches!(c, '（' | '(' | '）' | ')' | '\n') {
            out.extend(std::iter::repeat_n('\u{1}', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// `甲SDK提供…服务`, `甲SDK为您提供…`, `该SDK可实现…`: what the SDK itself is said to do.
fn direct(words: &str, name: &str) -> Option<Range<usize>> {
    let clauses = words.match_indices('，').take(3).map(|(i, c)| i + c.len());
    let mut begins: Vec<usize> =
        clauses.chain(words.match_indices("sdk").take(6).map(|(i, _)| i + 3)).collect();
    begins.push(0);
    begins.sort_unstable();
    begins.into_iter().find_map(|at| does(words, at, name))
}

fn does(words: &str, at: usize, name: &str) -> Option<Range<usize>> {
    let mut start = at;
    for _ in 0..6 {
        let rest = words.get(start..)?;
        let step = [
            "，", ",", "：", ":", " ", "”", "\"", "—", "可以", "可", "能够", "能", "将", "会", "主要", "是",
            "则", "\n",
        ]
        .iter()
        .find(|w| rest.starts_with(**w))
        .map_or(0, |w| w.len());
        if step == 0 {
            break;
        }
        start += step;
    }
    let rest = words.get(start..)?;
    let near: String = rest.chars().take(20).collect();
    let behind_name = at == 0 || words.get(..at)?.ends_with("sdk");
    let done = behind_name && ["完成", "进行"].iter().any(|v| near.starts_with(v));
    let verb = ["提供", "赋予", "实现", "支持"].iter().filter_map(|v| near.find(v)).min();
    let verb = if done { 0 } else { verb? };
    let lead = near.get(..verb)?;
    let again = lead.trim();
    // The name once more, or a part of it: `HCM提供…`.
    let named = again.chars().count() >= 2 && name.contains(again);
    let served = lead.is_empty()
        || named
        || (lead.starts_with('为') || lead.starts_with('向')) && !lead.contains(['，', '。', '了']);
    if !served || near.get(verb..)?.starts_with("提供商") || near.get(verb..)?.starts_with("提供的") {
        return None;
    }
    let start = if named { start + verb } else { start };
    let stop = purpose_end(words, start);
    let text = words.get(start..stop)?.trim_end_matches([' ', '，', '”', '“']);
    ((4..=200).contains(&text.chars().count())).then(|| start..start + text.len())
}

/// The purpose stated behind byte `from`.
fn purpose(words: &str, from: usize) -> Option<Range<usize>> {
    let rest = words.get(from..)?;
    // 适用于 is no purpose.
    let place = |p: &str| {
        let vague = |i: usize| {
            let head = rest.get(..i).unwrap_or("");
            let what = rest.get(i..clause_end(rest, i)).unwrap_or("");
            head.ends_with('适')
                || !introduces(rest.get(i..).unwrap_or(""), p)
                || ["信息安全", "信息的安全", "合法权益", "这一目的", "上述目的"]
                    .iter()
                    .any(|w| what.contains(w))
        };
        rest.match_indices(p).map(|(i, _)| i).take(12).find(|i| !vague(*i))
    };
    let marked = PURPOSE
        .iter()
        .filter_map(|p| place(p).map(|i| (i, *p)))
        .min_by_key(|(i, p)| (*i, std::cmp::Reverse(p.len())));
    // `由我们向您提供，`: the verb alone says nothing.
    let serves = |p: &str| {
        rest.match_indices(p)
            .map(|(i, _)| i)
            .take(6)
            .find(|i| rest.get(i + p.len()..).is_some_and(|t| t.starts_with(|c: char| c.is_alphanumeric())))
    };
    let served = ["为用户提供", "为您提供", "为公户提供", "向您提供", "为你提供"]
        .iter()
        .filter_map(|p| serves(p).map(|i| (i, *p)))
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
                    "不需要",
                    "不对",
                    "不涉及",
                    "无需",
                    "并不",
                    "且不",
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
                let other: String = next.chars().take(24).take_while(|c| !matches!(c, '，' | '。')).collect();
                let collects = ["收集", "获取您", "采集", "访问您"].iter().any(|w| other.contains(w));
                if turns || collects || other.contains("sdk") {
                    return start + i;
                }
            }
            ' ' if [
                " and collect",
                " and may collect",
                " and obtain",
                " and access",
                " by collecting",
                " http",
            ]
            .iter()
            .any(|w| rest.get(i..).is_some_and(|t| t.starts_with(w))) =>
            {
                return start + i;
            }
            _ => {}
        }
    }
    words.len()
}

/// End of the clause that begins at `from`.
pub fn clause_end(words: &str, from: usize) -> usize {
    words.get(from..).and_then(|t| t.find(['，', '。', '；', '\n'])).map_or(words.len(), |i| from + i)
}
