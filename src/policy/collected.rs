//! The data a sentence says is collected, by the words that introduce and end them.

use crate::policy::aim::{self, PURPOSE};
use crate::policy::grid;
use crate::policy::lexicon::Label;
use crate::policy::naming;
use crate::policy::sentence::end;
use crate::policy::value;
use crate::policy::words::Words;
use crate::taxonomy;
use std::ops::Range;

/// Words that introduce data, the longest first.
pub static COLLECT: Words = Words::new(
    "\
    需要收集和使用;收集和使用;收集或使用;收集使用;收集并使用;可能会收集;直接收集;需要收集;需要采集;\
    需要获取;需要读取;会收集;将收集;收集到;会获取;收集;采集;获取;读取;访问您;读写您;collects;collect;\
    obtains;obtain;reads;read;access",
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
    需使用您的;使用您的;共享您的;向其共享;向其提供;提供您的;分享您的;传输您的;上传您的;他们共享您的;\
    需要您授权;需您授权;访问;共享",
);

/// Those of [`SHARE`] that other sentences hold too: what follows must be data.
const DOUBTFUL: &[&str] = &["需要您授权", "需您授权", "访问", "共享"];

/// Words behind data that say where they go.
const SENT: &[&str] =
    &["传输至", "传输到", "上传至", "上传到", "发送至", "发送到", "并传输", "并上传", "并发送", "并加密"];

/// Begins of a clause that goes on with the data of another platform.
const PLATFORMS: &[&str] = &["对于ios", "对于android", "对于安卓", "对于苹果", "对于鸿蒙"];

/// Where a lower-case text says that nothing is collected.
pub fn denial(words: &str) -> Option<Range<usize>> {
    DENIALS.iter().filter_map(|d| words.find(d).map(|i| i..i + d.len())).min_by_key(|r| r.start)
}

/// Whether a text names data items.
fn is_data(text: &str) -> bool {
    let head = value::head(text, 600);
    grid::is_data(head) || !taxonomy::find(head).is_empty()
}

/// A list without a verb right behind the name: `甲SDK：电话权限、存储权限`, `乙SDK：IMEI、IP地址`.
pub fn bare_list(words: &str) -> Option<(Label, Range<usize>)> {
    let marks = [' ', '：', ':', '—', '–', '-', '－', '“', '”', '"', '\n'];
    let start = words.len() - words.trim_start_matches(marks).len();
    if !words.get(..start)?.contains(['：', ':', '—', '–', '-', '－']) {
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
    let verb = COLLECT.iter().chain(PURPOSE.iter()).any(|v| list.contains(v))
        || ["提供", "我们", "使用了", "您需要"].iter().any(|w| list.contains(w));
    // `甲SDK：消息推送`: what it is for.
    let role = !list.is_empty() && list.chars().count() <= 20 && !naming::distinct(list);
    if !verb && (role || list.ends_with("功能") && list.chars().count() <= 20) {
        return Some((Label::Purpose, start..start + list.len()));
    }
    let data = !verb && items.len() >= 2 && is_data(list);
    data.then(|| (Label::Data, start..start + list.len()))
}

/// The data a text says is collected: the first enumeration, and those that go on from it.
pub fn collected(words: &str, denial: Option<&Range<usize>>) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let found = data(words, denial, &COLLECT, 0)
        .or_else(|| handed_over(words))
        .or_else(|| data(words, denial, &SHARE, 0));
    let Some(first) = found.or_else(|| by_platform(words)) else {
        return out;
    };
    let mut end = first.end;
    let listed =
        words.get(..first.start).is_some_and(|h| h.trim_end().ends_with(['：', ':']) || h.ends_with('\n'));
    out.push(first);
    while out.len() < 12 {
        let rest = words.get(end..).unwrap_or("");
        // `收集甲，获取乙`: the same sentence goes on with another verb.
        let gap = [
            ' ', '，', ',', '、', '并', '且', '还', '及', '以', '和', '会', '同', '时', '可', '能', '将',
            '申', '请',
        ];
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

/// `会将您的设备信息、位置提供给某公司`: data between the words of giving.
fn handed_over(words: &str) -> Option<Range<usize>> {
    let given = ["提供给", "共享给", "发送给", "传输给", "分享给", "共享至"];
    let end = given.iter().filter_map(|w| words.find(w)).min()?;
    let head = words.get(..end)?;
    let denied = head.rfind(['。', '；']).map_or(head, |i| head.get(i..).unwrap_or(head)).contains('不');
    let start =
        ["将您的", "将用户的", "把您的"].iter().filter_map(|w| head.rfind(w).map(|i| i + w.len())).max()?;
    let what = head.get(start..)?.trim();
    let whole = !what.contains(['。', '；', '\n']) && (2..=400).contains(&what.chars().count());
    (whole && !denied && is_data(what)).then(|| start..start + what.len())
}

/// `Android版本：IMEI、MAC`: data on a line of their own, told for a platform.
fn by_platform(words: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in words.split_inclusive('\n').take(40) {
        let text = line.trim_end();
        let known = ["android", "安卓", "ios", "苹果", "鸿蒙", "harmony"]
            .iter()
            .any(|p| text.trim_start().starts_with(p));
        let label =
            text.find(['：', ':']).is_some_and(|i| text.get(..i).is_some_and(|l| l.chars().count() <= 16));
        if known && label && is_data(text) {
            let start = at + (text.len() - text.trim_start().len());
            return Some(start..data_end(words, start));
        }
        at += line.len();
    }
    None
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
        // `already` holds no `read`.
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        if verb.is_ascii()
            && (letter(words.get(..at).and_then(|t| t.chars().next_back()))
                || letter(words.get(start..).and_then(|t| t.chars().next())))
        {
            from = start;
            continue;
        }
        // `信息的收集`, `收集的信息包括：`: a noun, unless what is collected is said to follow.
        let noun = words.get(..at).is_some_and(|h| h.ends_with('的'));
        if let Some(listed) = listed_behind(words, start) {
            start = listed;
        } else if verb.ends_with('您') {
            // `访问您的相册`: whose data it is stands in the verb.
            start +=
                if words.get(start..).is_some_and(|t| t.starts_with('的')) { '的'.len_utf8() } else { 0 };
        } else if noun || words.get(start..).is_some_and(|t| t.starts_with('的')) {
            from = start;
            continue;
        }
        if within_aim(words, at) {
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
            "涉及",
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
        // A sentence torn by layout goes on in the next line.
        if words.get(start..).is_some_and(|t| t.starts_with('\n')) {
            start += 1;
        }
        // `收集用户的X`: a policy may keep 用户的 as part of the words; `用户上传的图片` is data.
        let stop = data_end(words, start);
        let text = words.get(start..stop)?.trim_matches([' ', '：', ':', '“', '”', '【', '】']);
        let count = text.chars().count();
        let deed = (text.ends_with("功能") || text.ends_with("服务")) && !is_data(text);
        let doubtful = DOUBTFUL.contains(&verb) && !is_plainly_data(words.get(..at).unwrap_or(""), text);
        let empty = deed
            || doubtful
            || text.is_empty()
            || text.starts_with("more about")
            || text.contains("信息是")
            || ["个人信息的列表", "的个人信息", "任何"].iter().any(|w| text.starts_with(w));
        if (2..=1200).contains(&count) && !empty {
            let lead = words.get(start..stop)?.find(text).unwrap_or(0);
            return Some(start + lead..start + lead + text.len());
        }
        from = start.max(at + 1);
    }
    None
}

/// Whether data stand behind one of [`DOUBTFUL`], and the verb begins its clause: `用于访问…` tells a purpose.
fn is_plainly_data(head: &str, text: &str) -> bool {
    let begins =
        ["需要", "需", "可能", "会", "将", "、", "，", ",", " ", "\n"].iter().any(|w| head.ends_with(w));
    let item = text.split(['、', '，', ',', '和', '及']).next().unwrap_or("");
    (head.is_empty() || begins) && item.chars().count() <= 14 && is_data(text)
}

/// Whether a verb at `at` belongs to a clause that says why something is used: `为了收集…问题，我们使用了`.
fn within_aim(words: &str, at: usize) -> bool {
    let head = words.get(..at).unwrap_or("");
    let clause = head
        .rfind(['，', '。', '；', '：', '\n', ':'])
        .map_or(0, |i| i + head.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
    let aim = head.get(clause..).is_some_and(|c| c.trim_start().starts_with("为了"));
    let rest = words.get(at..).unwrap_or("");
    let next = rest.find(['，', '。', '；', '\n']).and_then(|i| rest.get(i..)).unwrap_or("");
    aim && ["，我们", "，我行", "，本"].iter().any(|w| next.starts_with(w))
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
            '；' if PLATFORMS
                .iter()
                .any(|p| rest.get(i + c.len_utf8()..).is_some_and(|t| t.starts_with(p))) => {}
            '。' if depth > 0 && closes(rest.get(i..).unwrap_or("")) => {}
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
                        "使您",
                        "使得",
                        "从而",
                        "涉及",
                        "所有",
                        "分别用于",
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
            '以' if ["权限", "信息"].iter().any(|w| rest.get(..i).is_some_and(|h| h.ends_with(w)))
                && !["以及", "以下", "以上", "以外", "以内"]
                    .iter()
                    .any(|w| rest.get(i..).is_some_and(|t| t.starts_with(w))) =>
            {
                return start + i;
            }
            _ => {
                let here = rest.get(i..).unwrap_or("");
                let ends = PURPOSE.iter().filter(|p| **p != "为了" || i > 0);
                if ends.chain(SENT).any(|p| aim::introduces(here, p)) {
                    return start + i;
                }
            }
        }
    }
    words.len()
}

/// Whether a bracket closes soon, so that what stands before belongs into it.
fn closes(rest: &str) -> bool {
    rest.chars().take(120).take_while(|c| !matches!(c, '\n' | '（' | '(')).any(|c| matches!(c, '）' | ')'))
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
