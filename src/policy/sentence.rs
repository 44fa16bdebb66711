//! What a sentence says about an SDK: company, data, purpose, links, by the words that introduce and end them.

use crate::policy::grid::is_data;
use crate::policy::lexicon::Label;
use crate::policy::mention::{self, Mention};
use crate::policy::rich::Rich;
use crate::policy::value;
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

/// Words that say that nothing is collected.
static DENIALS: Words = Words::new(
    "\
    没有收集;未收集;不会主动收集;不会收集任何;不收集任何;不会收集您;不收集您;并不收集;不获取您;不会获取;\
    不收集用户;不会采集;不采集;不会收集个人;不收集个人;不会向其;不会向他们;不会向该;不会共享;不共享您;\
    不会提供您;不涉及收集;不涉及个人信息;does not collect;do not collect;will not collect",
);

/// Words that introduce data where none of [`COLLECT`] does.
static SHARE: Words = Words::new(
    "\
    需使用您的;使用您的;共享您的;向其共享;向其提供;提供您的;分享您的;传输您的;上传您的;他们共享您的",
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
    let denial = DENIALS.iter().filter_map(|d| words.find(d).map(|i| i..i + d.len())).min_by_key(|r| r.start);
    out.nothing_collected = denial.is_some();
    if let Some((label, list)) = bare_list(words) {
        out.pieces.push((label, body.start + list.start..body.start + list.end));
        if label == Label::Permission {
            return out;
        }
    }
    let data = if out.pieces.iter().any(|(l, _)| *l == Label::Data) {
        Vec::new()
    } else {
        collected(words, denial.as_ref())
    };
    for piece in &data {
        out.pieces.push((Label::Data, body.start + piece.start..body.start + piece.end));
    }
    if let Some(purpose) = named.purpose.clone().or_else(|| told_before(text, &stretch, named)) {
        out.pieces.push((Label::Purpose, purpose));
        return out;
    }
    let behind = data.last().map_or(0, |d| d.end);
    let plain = unbracketed(words);
    let told = purpose(&plain, behind).or_else(|| purpose(&plain, 0)).or_else(|| purpose(words, 0));
    let purpose = match (direct(&plain), told) {
        (Some(direct), Some(told)) if told.start < direct.start => Some(told),
        (direct, told) => direct.or(told),
    };
    if let Some(p) = purpose {
        out.pieces.push((Label::Purpose, body.start + p.start..body.start + p.end));
    }
    out
}

/// `为了提供…服务，我们使用了X SDK`: the purpose stands before the name.
fn told_before(text: &str, stretch: &Range<usize>, named: &Mention) -> Option<Range<usize>> {
    let begin = start(text, named.name.start).max(stretch.start);
    let head = mention::plain(text.get(begin..named.name.start)?);
    let from = ["为了", "为便于", "为保障", "为实现", "in order to "]
        .iter()
        .filter_map(|w| head.find(w).map(|i| i + w.len()))
        .min()?;
    let end = clause_end(&head, from);
    let what = head.get(from..end)?;
    let vague = ["我们", "信息安全", "sdk", "更好的服务", "更多的服务"].iter().any(|w| what.contains(w));
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
    ((2..=16).contains(&count) && !other.iter().any(|w| plain.contains(w))).then(|| start..start + what.len())
}

/// A list without a verb right behind the name: `甲SDK：电话权限、存储权限`, `乙SDK：IMEI、IP地址`.
fn bare_list(words: &str) -> Option<(Label, Range<usize>)> {
    let marks = [' ', '：', ':', '—', '–', '-', '“', '”', '"', '\n'];
    let start = words.len() - words.trim_start_matches(marks).len();
    if !words.get(..start)?.contains(['：', ':', '—', '–']) {
        return None;
    }
    let rest = words.get(start..)?;
    let stop = rest.find(['。', '；', ';', '\n', '”']).unwrap_or(rest.len());
    let list = rest.get(..stop)?.trim_end();
    if list.chars().count() > 300 {
        return None;
    }
    let items = value::items(list);
    let permissions = items
        .iter()
        .filter(|r| {
            list.get((*r).clone())
                .is_some_and(|i| i.trim_end().ends_with("权限") || i.trim_end().ends_with("permission"))
        })
        .count();
    if !items.is_empty() && permissions * 5 >= items.len() * 3 {
        return Some((Label::Permission, start..start + list.len()));
    }
    let verb = COLLECT.iter().chain(PURPOSE.iter()).any(|v| list.contains(v)) || list.contains("提供");
    let data = !verb && items.len() >= 2 && is_data(list);
    data.then(|| (Label::Data, start..start + list.len()))
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
fn direct(words: &str) -> Option<Range<usize>> {
    let clauses = words.match_indices('，').take(3).map(|(i, c)| i + c.len());
    let mut begins: Vec<usize> =
        clauses.chain(words.match_indices("sdk").take(6).map(|(i, _)| i + 3)).collect();
    begins.push(0);
    begins.sort_unstable();
    begins.into_iter().find_map(|at| does(words, at))
}

fn does(words: &str, at: usize) -> Option<Range<usize>> {
    let mut start = at;
    for _ in 0..6 {
        let rest = words.get(start..)?;
        let step = [
            "，", "：", ":", " ", "”", "\"", "—", "可以", "可", "能够", "能", "将", "会", "主要", "是", "则",
            "\n",
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
    let verb = ["提供", "赋予", "实现", "支持"].iter().filter_map(|v| near.find(v)).min()?;
    let lead = near.get(..verb)?;
    let served = lead.is_empty()
        || (lead.starts_with('为') || lead.starts_with('向')) && !lead.contains(['，', '。', '了']);
    if !served || near.get(verb..)?.starts_with("提供商") || near.get(verb..)?.starts_with("提供的") {
        return None;
    }
    let stop = purpose_end(words, start);
    let text = words.get(start..stop)?.trim_end_matches([' ', '，', '”', '“']);
    ((4..=200).contains(&text.chars().count())).then(|| start..start + text.len())
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

/// The data a text says is collected: the first enumeration, and those that go on from it.
fn collected(words: &str, denial: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let Some(first) = data(words, denial, &COLLECT, 0).or_else(|| data(words, denial, &SHARE, 0)) else {
        return out;
    };
    let mut end = first.end;
    let listed =
        words.get(..first.start).is_some_and(|h| h.trim_end().ends_with(['：', ':']) || h.ends_with('\n'));
    out.push(first);
    while out.len() < 12 {
        let rest = words.get(end..).unwrap_or("");
        // `收集甲，获取乙`: the same sentence goes on with another verb.
        let gap =
            [' ', '，', ',', '、', '并', '且', '还', '及', '以', '和', '会', '同', '时', '可', '能', '将'];
        let skip = rest.len() - rest.trim_start_matches(gap).len();
        let on = rest.get(skip..).unwrap_or("");
        if skip > 0
            && skip <= 24
            && let Some(verb) =
                ["获取", "收集", "采集", "读取", "检测", "访问"].iter().find(|v| on.starts_with(**v))
            && !on.get(verb.len()..).is_some_and(|t| t.starts_with('的') || t.starts_with('到'))
        {
            let Some(next) =
                data(words, denial, &COLLECT, end + skip).filter(|n| n.start < end + skip + verb.len() + 16)
            else {
                break;
            };
            end = next.end;
            out.push(next);
            continue;
        }
        // A list that was announced goes on line by line.
        let blank = rest.len() - rest.trim_start_matches([' ', '；', ';', '。']).len();
        let Some(below) = rest.get(blank..).and_then(|t| t.strip_prefix('\n')).filter(|_| listed) else {
            break;
        };
        let from = end + blank + 1;
        let stop = data_end(words, from);
        let line = words.get(from..stop).unwrap_or("").trim_end();
        if line.is_empty() || !is_data(line) || below.starts_with("http") {
            break;
        }
        end = from + line.len();
        out.push(from..end);
    }
    out
}

/// The next enumeration of data behind byte `from`, introduced by one of `verbs`.
fn data(words: &str, denial: Option<&Range<usize>>, verbs: &Words, from: usize) -> Option<Range<usize>> {
    let mut from = from;
    for _ in 0..6 {
        let rest = words.get(from..)?;
        let (i, verb) = verbs
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
        let deed = (text.ends_with("功能") || text.ends_with("服务")) && !is_data(text);
        let empty = deed
            || text.is_empty()
            || ["个人信息的列表", "的个人信息", "任何"].iter().any(|w| text.starts_with(w));
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
    let listed = words.get(..start).is_some_and(|h| h.trim_end().ends_with(['：', ':']));
    let mut depth = 0usize;
    for (i, c) in rest.char_indices() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            '；' if listed && goes_on(rest.get(i + c.len_utf8()..).unwrap_or("")) => {}
            '。' | '；' | '\n' => return start + i,
            '.' if rest
                .get(i + 1..)
                .is_none_or(|t| t.is_empty() || t.starts_with([' ', '\n']) && depth == 0) =>
            {
                return start + i;
            }
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
                        "该等",
                        "上述",
                        "获取",
                        "收集",
                        "采集",
                        "且",
                        "但",
                        "不会",
                        "未经",
                        "which ",
                        "通过",
                        "如",
                    ]
                    .iter()
                    .any(|w| next.starts_with(w));
                let by = next.starts_with('以') && !next.starts_with("以及") && !next.starts_with("以下");
                if ends || by {
                    return start + i;
                }
            }
            ' ' | 'h' | '官' | '隐' | '详'
                if ["http", "官方隐私", "官网", "隐私政策", "隐私权政策", "隐私协议", "详见", "详情"]
                    .iter()
                    .any(|w| rest.get(i..).is_some_and(|t| t.trim_start().starts_with(w))) =>
            {
                return start + i;
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

/// Whether a clause behind `；` goes on with the list before it.
fn goes_on(rest: &str) -> bool {
    let stop = rest.find(['。', '；', '\n']).unwrap_or(rest.len());
    let clause = value::head(rest.get(..stop).unwrap_or(""), 240);
    is_data(clause)
        && !clause.contains("sdk")
        && !COLLECT.within(clause)
        && !PURPOSE.iter().any(|p| clause.starts_with(p))
}

/// The purpose stated behind byte `from`.
fn purpose(words: &str, from: usize) -> Option<Range<usize>> {
    let rest = words.get(from..)?;
    // 适用于 is no purpose.
    let place = |p: &str| {
        let vague = |i: usize| {
            let head = rest.get(..i).unwrap_or("");
            let what = rest.get(i..clause_end(rest, i)).unwrap_or("");
            head.ends_with('适') || ["信息安全", "信息的安全", "合法权益"].iter().any(|w| what.contains(w))
        };
        rest.match_indices(p).map(|(i, _)| i).take(12).find(|i| !vague(*i))
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
                let other: String = next.chars().take(24).take_while(|c| *c != '，').collect();
                if turns || other.contains("sdk") {
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
fn clause_end(words: &str, from: usize) -> usize {
    words.get(from..).and_then(|t| t.find(['，', '。', '；', '\n'])).map_or(words.len(), |i| from + i)
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
