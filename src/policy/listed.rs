//! SDKs that a sentence enumerates: `甲、乙和丙推送SDK`, `甲/乙推送SDK`, and around words that name none,
//! `第三方SDK包括甲、乙和丙`, `甲、乙等第三方SDK`.

use crate::policy::mention::{self, MAX_NAME, Mention};
use crate::policy::naming::{distinct, nameless};
use crate::policy::words::Words;
use std::ops::Range;

/// Most names of one enumeration.
const MAX_NAMES: usize = 64;

/// Words that lead from `第三方SDK` to the names.
static LEAD: Words = Words::new(
    "\
    包括但不限于;主要包括;具体包括;分别包括;包括有;包括了;包括;主要包含;包含了;包含;分别为;分别是;\
    主要有;主要为;具体为;具体有;例如;比如;诸如;如下;有;为;是;如;即;such as;including;include;namely;are;\
    服务商;服务;产品;工具;插件",
);

/// Words of sentences and of data items: a part that holds one is no name.
static NO_NAME: Words = Words::new(
    "\
    用于;收集;获取;采集;读取;以便;为了;功能;权限;信息;数据;地址;标识;列表;状态;目的;方式;类型;范围;\
    能力;规则;政策;协议;用户;设备;cookie;以下;我们;您;可能;进行;相关;通过;如果;需要;自身;版本;业务;\
    场景;内容;行为;日志;情况;第三方;合作;开发者;账号;账户;手机号;imei;mac;oaid;imsi;idfa;android id;\
    androidid;型号;照片;相册;相机;存储;通讯录;剪切板;剪贴板;识别码;提供;使用;请;此类;该类;上述;其他;\
    其它;不限;服务器;目前;时候;的;iccid;ip;序列号;传感器;电话;短信;麦克风;录音;运营商;浏览器;技术;\
    登陆;通知;集成;接入;简称;下称;软件工具;开发包; your; our; the ; and ; information; data",
);

/// Whether a text in lower case may be the name of an SDK where only its place says so.
pub fn named(lower: &str) -> bool {
    let lower = lower.trim();
    let count = lower.chars().count();
    let begins = [
        "将", "会", "可", "在", "该", "此", "并", "但", "以", "对", "向", "从", "由", "不", "需", "若", "等",
        "来", "仅", "均",
    ];
    (2..=if lower.is_ascii() { 32 } else { 20 }).contains(&count)
        && distinct(lower)
        && !NO_NAME.within(lower)
        && !mention::NEVER.within(lower)
        && !begins.iter().any(|w| lower.starts_with(w))
        && !lower.contains(['。', '，', '：', ':', '；', ';', '？', '！', '|', '='])
        && lower.chars().any(char::is_alphabetic)
}

/// Names listed before one that ends at `last`: `甲地图、乙地图和丙地图SDK` names three.
pub fn before(text: &str, lower: &str, last: &Mention, floor: usize) -> Vec<Mention> {
    let floor = floor.max(mention::back(text, last.name.start, 12 * MAX_NAME));
    let mut out = leftward(text, lower, floor, last.name.start);
    out.reverse();
    out.into_iter().map(|name| Mention { cluster: last.cluster, ..Mention::named(name) }).collect()
}

/// Names behind one that ends in SDK: `集成甲推SDK和乙推，`, as far as its clause enumerates names.
pub fn behind(text: &str, lower: &str, last: &Mention) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut at = last.after;
    let used = lower.get(mention::back(lower, last.name.start, 60)..last.name.start);
    let clause = used.and_then(|u| u.rsplit(['，', '。', '；', ',', '：']).next()).unwrap_or("");
    if !["集成", "接入", "使用", "嵌入", "采用", "引入"].iter().any(|v| clause.contains(v)) {
        return out;
    }
    while out.len() < MAX_NAMES {
        let rest = lower.get(at..mention::back(lower, lower.len().min(at + 120), 0)).unwrap_or("");
        let gap = rest.len() - rest.trim_start_matches(' ').len();
        let Some(mark) = ["、", "以及", "和", "与", "及"]
            .iter()
            .find(|m| rest.get(gap..).is_some_and(|t| t.starts_with(**m)))
        else {
            break;
        };
        let start = at + gap + mark.len();
        let tail = text.get(start..at + rest.len()).unwrap_or("");
        let Some(stop) = tail.find(['，', '。', '、', '；', '和', '与', '及', ',', '\n']) else {
            break;
        };
        let name = tail.get(..stop).unwrap_or("");
        let outside = name.split(['（', '(']).next().unwrap_or("");
        if name.to_ascii_lowercase().contains("sdk")
            || !named(lower.get(start..start + outside.len()).unwrap_or(""))
        {
            break;
        }
        let lead = name.len() - name.trim_start().len();
        out.push(start + lead..start + name.trim_end().len());
        at = start + stop;
    }
    out
}

/// Names to the left of `end`, each behind a mark of enumeration, the nearest first.
fn leftward(text: &str, lower: &str, floor: usize, mut end: usize) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    while out.len() < MAX_NAMES {
        let head = text.get(floor..end).unwrap_or("").trim_end();
        let Some(mark) =
            head.chars().next_back().filter(|c| matches!(c, '、' | '和' | '与' | '及' | '或' | '/'))
        else {
            break;
        };
        let stop = floor + head.len() - mark.len_utf8();
        let Some((name, first)) = name_to(text, lower, floor, stop) else { break };
        if name.end - name.start > 14 * 3 || lower.get(name.clone()).is_some_and(|n| n.contains('的')) {
            break;
        }
        end = name.start;
        out.push(name);
        if first {
            break;
        }
    }
    out
}

/// The name that ends at `stop`, and whether the words before it say that it is the first.
fn name_to(text: &str, lower: &str, floor: usize, stop: usize) -> Option<(Range<usize>, bool)> {
    let mut start = mention::run(text, floor, stop);
    let mut first = false;
    if let Some(i) = text.get(start..stop)?.rfind('/') {
        start += i + 1;
    }
    for word in mention::BEFORE.iter() {
        if let Some(i) = lower.get(start..stop).and_then(|p| p.rfind(word)) {
            start += i + word.len();
            first = true;
        }
    }
    // `甲和乙、丙`: the nearest is a name by itself.
    for joint in ["以及", "和", "与", "及", "或"] {
        let piece = lower.get(start..stop)?;
        if let Some(i) = piece.rfind(joint)
            && mention::whole(piece.get(..i)?)
            && mention::whole(piece.get(i + joint.len()..)?)
        {
            start += i + joint.len();
        }
    }
    start = mention::latin_start(text, start, stop);
    let name = lower.get(start..stop)?;
    let lead = name.len() - name.trim_start().len();
    let name = name.trim();
    // `分享SDK、甲博SDK`: beside a name a role that says SDK is one too.
    let role = name.ends_with("sdk") && !nameless(name);
    let plain = (2..=24).contains(&name.chars().count())
        && (distinct(name) || role)
        && !mention::NEVER.within(name)
        && !name.contains('，');
    plain.then(|| (start + lead..start + lead + name.len(), first))
}

/// Names enumerated around an `sdk` at `at` that has no name of its own, in text order, and where the words
/// about them begin.
pub fn around(text: &str, lower: &str, at: usize, floor: usize) -> Option<(Vec<Range<usize>>, usize)> {
    if let Some(names) = behind_etc(text, lower, at, floor) {
        return Some((names, at + 3));
    }
    let plural = lower.get(at + 3..).is_some_and(|t| t.starts_with('s'));
    forward(text, lower, at + 3 + usize::from(plural))
}

/// Names in quotes right behind the word SDK.
pub struct Quoted {
    /// The names, in text order.
    pub names: Vec<Range<usize>>,
    /// Where the words about them begin.
    pub after: usize,
    /// What they are for, where the words say so at once: `“甲、乙”为推送消息，需…`.
    pub purpose: Option<Range<usize>>,
}

/// `第三方SDK“甲、乙”`: names in quotes behind an `sdk` that ends at `end` and has no name of its own.
pub fn quoted(text: &str, lower: &str, end: usize, floor: usize) -> Option<Quoted> {
    let own = lower.get(mention::run(text, floor.max(mention::back(text, end, 3 * MAX_NAME)), end)..end)?;
    if distinct(own) {
        return None;
    }
    let rest = text.get(end..)?;
    let lead = rest.len() - rest.trim_start_matches([' ', ':', '：']).len();
    let open = rest.get(lead..)?.chars().next()?;
    let close = match open {
        '“' => '”',
        '「' => '」',
        '『' => '』',
        '"' => '"',
        _ => return None,
    };
    let from = end + lead + open.len_utf8();
    let inside =
        text.get(from..)?.split(close).next().filter(|t| t.len() <= 600 && !t.contains(['。', '\n']))?;
    let after = from + inside.len() + close.len_utf8();
    text.get(..after)?;
    let mut names = Vec::new();
    let mut start = from;
    for part in inside.split_inclusive(['、', '，', ',', '；', ';']) {
        let name = part.trim_end_matches(['、', '，', ',', '；', ';', ' ']);
        let at = start + name.len() - name.trim_start().len();
        start += part.len();
        let name = at..at + name.trim().len();
        let count = text.get(name.clone())?.chars().count();
        if (2..=MAX_NAME).contains(&count) && !nameless(lower.get(name.clone())?) && names.len() < MAX_NAMES {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| Quoted { names, after, purpose: told_at_once(text, after) })
}

/// The purpose in `为推送消息，需…` and `进行统计分析时，…`.
fn told_at_once(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let clause = rest.split(['，', '。', '；', ',', '\n']).next()?;
    let (skip, end) = match (clause.strip_prefix('为'), clause.strip_prefix("进行")) {
        (Some(aim), _) => {
            let aim = aim.strip_prefix('了').unwrap_or(aim);
            (clause.len() - aim.len(), clause.trim_end_matches("之目的").len())
        }
        (None, Some(act)) => {
            (clause.len() - act.len(), act.strip_suffix('时').map(|_| clause.len() - '时'.len_utf8())?)
        }
        _ => return None,
    };
    (end > skip).then_some(at + skip..at + end)
}

/// `甲、乙等第三方SDK`.
fn behind_etc(text: &str, lower: &str, at: usize, floor: usize) -> Option<Vec<Range<usize>>> {
    let floor = floor.max(mention::back(text, at, 12 * MAX_NAME));
    let near = mention::back(text, at, 60).max(floor);
    let etc = near + lower.get(near..at)?.rfind('等')?;
    let between = lower.get(etc + '等'.len_utf8()..at)?;
    if between.chars().count() > 14 || distinct(between) || between.contains(['，', '。', '；']) {
        return None;
    }
    let (last, first) = name_to(text, lower, floor, etc)?;
    let mut names = if first { Vec::new() } else { leftward(text, lower, floor, last.start) };
    names.insert(0, last);
    names.reverse();
    let all = names.iter().all(|n| lower.get(n.clone()).is_some_and(named));
    (all && (names.len() >= 2 || first)).then_some(names)
}

/// `第三方SDK包括甲、乙和丙`, `SDK（甲、乙）`, `SDK：甲、乙`: the names, and where they end.
fn forward(text: &str, lower: &str, from: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let limit = mention::back(text, text.len().min(from + 1500), 0);
    let rest = lower.get(from..limit)?;
    let mut i = 0;
    let mut told = false;
    for _ in 0..8 {
        let tail = rest.get(i..)?;
        let c = tail.chars().next()?;
        if let Some(word) = LEAD.iter().find(|w| tail.starts_with(**w)) {
            told |= !matches!(*word, "服务商" | "服务" | "产品" | "工具" | "插件");
            i += word.len();
        } else if matches!(c, '：' | ':' | '（' | '(') {
            told = true;
            i += c.len_utf8();
        } else if matches!(c, ' ' | '”' | '"' | '）' | ')' | '\u{3000}' | '，' | ',') && !(told && c == '，')
        {
            i += c.len_utf8();
        } else {
            break;
        }
    }
    if !told {
        return None;
    }
    let mut names: Vec<Range<usize>> = Vec::new();
    let mut end = from + i;
    let (mut depth, mut start) = (0usize, from + i);
    let stop = rest.len();
    for (j, c) in rest.char_indices().skip_while(|(j, _)| *j < i).chain([(stop, '。')]) {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' if depth > 0 => depth -= 1,
            '、' | '，' | ',' | '/' | '。' | '；' | ';' | '\n' | '）' | ')' | '：'
                if depth == 0 || j == stop =>
            {
                let part = lower.get(start..from + j)?;
                let (part, last) = match part.find('等') {
                    Some(etc) if etc > 0 => (part.get(..etc)?, true),
                    _ => (part, !matches!(c, '、' | '，' | ',' | '/')),
                };
                let found = parts(part);
                if found.is_empty() || names.len() > MAX_NAMES {
                    // What is not a name ends the list; an SDK told of in other words is left to others.
                    if part.contains("sdk") {
                        return None;
                    }
                    break;
                }
                names.extend(found.into_iter().map(|r| start + r.start..start + r.end));
                end = start + part.len();
                if last {
                    break;
                }
                start = from + j + c.len_utf8();
            }
            _ => {}
        }
    }
    // English words in small letters go on with the sentence: `SDKs are involved, we …`.
    names.retain(|n| {
        let name = text.get(n.clone()).unwrap_or("");
        !name.is_ascii() || name.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    });
    (names.len() >= 2).then_some((names, end))
}

/// The names in a part between two marks: one, or two with a word between; none where it is not a name.
fn parts(part: &str) -> Vec<Range<usize>> {
    let outside = part.find(['（', '(']).map_or(part, |i| part.get(..i).unwrap_or(part));
    // A clause that goes on: `and Bing Ads may be included`.
    let verb = [" may ", " are ", " is ", " to ", " will ", " for ", " which ", " in "]
        .iter()
        .filter_map(|v| outside.find(v))
        .min();
    let outside = verb.and_then(|i| outside.get(..i)).unwrap_or(outside);
    let trim = |r: Range<usize>| {
        let t = outside.get(r.clone()).unwrap_or("");
        let noise = [' ', '“', '”', '"', '《', '》', '【', '】', '「', '」', '*', '\u{3000}'];
        let lead = t.len() - t.trim_start_matches(noise).len();
        let t = t.trim_matches(noise);
        r.start + lead..r.start + lead + t.len()
    };
    let good = |r: &Range<usize>| outside.get(r.clone()).is_some_and(named);
    for joint in ["以及", "和", "与", "及", "或", " and ", " or "] {
        if let Some(i) = outside.find(joint) {
            let (left, right) = (trim(0..i), trim(i + joint.len()..outside.len()));
            if good(&left) && good(&right) {
                return vec![left, right];
            }
            // `甲、乙，以及丙`, `A, B, and C`.
            if left.is_empty() && good(&right) {
                return vec![right];
            }
        }
    }
    let whole = trim(0..outside.len());
    if good(&whole) { vec![whole] } else { Vec::new() }
}
