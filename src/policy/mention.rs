//! Names of SDKs inside sentences, found by the word SDK, by quotes before it and by how an item begins.

use crate::fold;
use crate::policy::latin;
use crate::policy::listed;
use crate::policy::naming::{distinct, nameless};
use crate::policy::opening;
use crate::policy::value;
use crate::policy::words::Words;
use std::ops::Range;

/// An SDK named in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name, `SDK` included where it belongs to it.
    pub name: Range<usize>,
    /// Package names in the bracket behind it.
    pub packages: Vec<Range<usize>>,
    /// Company named before it: `集成<公司>的…SDK`.
    pub provider: Option<Range<usize>>,
    /// Where the words about it begin: behind name and bracket.
    pub after: usize,
    /// The item is about this SDK: it begins with the name, or with "we integrate" and the name.
    pub leads: bool,
    /// Names of one enumeration share a number.
    pub cluster: u32,
    /// Whose SDK it is: `某云的SDK`; the name is the owner's.
    pub owner: bool,
    /// Purpose told with the name.
    pub purpose: Option<Range<usize>>,
}

impl Mention {
    /// A bare name.
    pub fn named(name: Range<usize>) -> Mention {
        Mention {
            after: name.end,
            name,
            packages: Vec::new(),
            provider: None,
            leads: false,
            cluster: 0,
            owner: false,
            purpose: None,
        }
    }
}

/// Longest name taken.
pub const MAX_NAME: usize = 40;

/// Words before a name that are not of it; the last of them ends what stands before.
pub static BEFORE: Words = Words::new(
    "\
    集成了;集成;接入了;接入;使用了;使用;嵌入了;嵌入;引入了;引入;采用了;采用;调用了;调用;通过;包括了;\
    包括;包含了;包含;涉及;例如;比如;以及;提供的;开发的;旗下的;公司的;集团的;利用;启用;运用;整合;\
    整合了;对接了;对接;内置了;内置;加载;添加了;合作的;分别为;分别是;主要为;主要有;其中;等第三方;\
    第三方;三方;合作方;合作伙伴;我们的;服务商;部分;上述;相关;其他;其它;各类;一些;多个;以下;如下;\
    此类;该类;用于;对于;由于;这些;这类;此等;某些;任何;所有;必要的;目的;名为;称为;叫做;关闭;开启;\
    初始化;允许;禁止;授权给;整合第三方;集成第三方;接入第三方;关于;基于;包括但不限于;但不限于;不限于;sdk为;sdk是",
);

/// Words that may stand before a name without a break, and are words of names elsewhere: taken off the front only.
static FRONT: Words = Words::new(
    "\
    该;本;此;其;如;由;和;与;及;或;将;是;对;在;向;的;等;当;即;为",
);

/// Words that no name holds: a sentence that goes on to the word SDK.
pub static NEVER: Words = Words::new(
    "\
    您;我们;这等;属于;会以;除了;发现;该;逐项;同类;除以上;他们;它们;可能;不同;什么;是否;哪些;何种;\
    用户可;将由;收集到;不得;应当;获取的;嵌入;调用;介绍;全称;简称;详见;请见;参见;请查阅;了解;设置;并仅;个人信息;是为;指引;由此;当前;开发者提供;为实现;所涉;涉及;前述;更多;自动;需要;所需;\
    所用;清单;名单",
);

/// The SDKs a text names, in text order. `item`: the text is an item of a list.
pub fn find(text: &str, item: bool) -> Vec<Mention> {
    let lower = plain(text);
    let mut out: Vec<Mention> = Vec::new();
    if item && let Some(head) = opening::head(text, &lower) {
        out.push(head);
    }
    for (at, _) in lower.match_indices("sdk") {
        let inside = out.last().is_some_and(|m| at < m.after);
        // `third-party SDKs such as …` names none itself.
        let several = lower.get(at + 3..).is_some_and(|t| t.starts_with("s "));
        if inside || !several && !is_word(&lower, at) {
            continue;
        }
        let floor = out.last().map_or(0, |m| m.after);
        let role = item && out.is_empty();
        let named = if several { None } else { listed::quoted(text, &lower, at + 3, floor) };
        if let Some(quoted) = named {
            let cluster = out.last().map_or(0, |m| m.cluster + 1);
            let leads = out.is_empty();
            let mentions = quoted.names.into_iter().map(|name| Mention {
                after: quoted.after,
                purpose: quoted.purpose.clone(),
                cluster,
                leads,
                ..Mention::named(name)
            });
            out.extend(mentions);
        } else if !several && let Some(mention) = before(text, &lower, at, out.last(), role) {
            out.extend(listed::before(text, &lower, &mention, floor));
            let further = listed::behind(text, &lower, &mention);
            let cluster = mention.cluster;
            out.push(mention);
            out.extend(further.into_iter().map(|name| Mention { cluster, ..Mention::named(name) }));
        } else if let Some((names, after)) = listed::around(text, &lower, at, floor) {
            let cluster = out.last().map_or(0, |m| m.cluster + 1);
            let mentions = names.into_iter().map(|name| {
                let packages = bracket(text, name.end).0;
                Mention { packages, after, cluster, ..Mention::named(name) }
            });
            out.extend(mentions);
        }
    }
    for name in latin::find(&lower) {
        let apart = |m: &Mention| name.end <= m.name.start || m.after.max(m.name.end) <= name.start;
        if out.iter().all(apart) {
            let at = out.partition_point(|m| m.name.start < name.start);
            let (packages, after) = bracket(text, name.end);
            out.insert(at, Mention { packages, after, ..Mention::named(name) });
        }
    }
    if item && out.is_empty() {
        out.extend(opening::product(text, &lower));
    }
    for i in 1..out.len() {
        if let [previous, mention] = out.get_mut(i - 1..=i).unwrap_or(&mut []) {
            mention.cluster = cluster(text, Some(previous), mention.name.start);
        }
    }
    if item && let Some(first) = out.first_mut() {
        first.leads |= opening::leads(text, first.name.start, first.provider.as_ref());
    }
    out
}

/// A text in lower case and Simplified characters, byte for byte as long as it was.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| fold::simplify(c.to_ascii_lowercase())).collect()
}

/// Whether the `sdk` at `at` stands alone or ends a word: not inside an address, a package or `SDKs`.
fn is_word(lower: &str, at: usize) -> bool {
    let before = lower.get(..at).and_then(|t| t.chars().next_back());
    let mut tail = lower.get(at + 3..).unwrap_or("").chars();
    let after = tail.next();
    let then = tail.next().is_some_and(|c| c.is_ascii_alphanumeric());
    let goes_on = match after {
        // `SDK.` ends a sentence, `SDK-推送` a name.
        Some('.' | '-') => then,
        Some(c) => c.is_ascii_alphanumeric() || matches!(c, '_' | '='),
        None => false,
    };
    !goes_on && !matches!(before, Some('.' | '_' | '/' | '=' | '%' | '&' | '?' | '#'))
}

/// The name that ends in the `sdk` at `at`; with `role` also where it is but a role that is used: `我们使用客服SDK`.
fn before(text: &str, lower: &str, at: usize, previous: Option<&Mention>, role: bool) -> Option<Mention> {
    let original = at;
    let end = at + 3;
    let floor = previous.map_or(0, |p| p.name.end).max(back(text, at, 6 * MAX_NAME));
    let trimmed = text.get(floor..at)?.trim_end();
    // `“名称”SDK`, `[A, B] SDK`: the name stands in quotes.
    if let Some(close) =
        trimmed.chars().next_back().filter(|c| matches!(c, '”' | '】' | '」' | '"' | ']' | '’'))
    {
        let open = match close {
            '”' => '“',
            '】' => '【',
            '」' => '「',
            ']' => '[',
            '’' => '‘',
            other => other,
        };
        let inner_end = floor + trimmed.len() - close.len_utf8();
        let inner = text.get(floor..inner_end)?;
        let from = floor + inner.rfind(open)? + open.len_utf8();
        let name = text.get(from..inner_end)?.trim();
        let low = plain(name);
        let count = name.chars().count();
        if !(2..=2 * MAX_NAME).contains(&count) || !distinct(&low) {
            return None;
        }
        let (packages, after) = bracket(text, end);
        let cluster = cluster(text, previous, from);
        return Some(Mention { packages, after, cluster, ..Mention::named(from..inner_end) });
    }
    // `微信/QQ分享的SDK`: the name stands before 的.
    let (at, end) = match trimmed.strip_suffix('的') {
        Some(head) => (floor + head.len(), floor + head.len()),
        None => (at, end),
    };
    let behind = original + 3;
    let run = run(text, floor, at);
    let mut start = run;
    let piece = lower.get(run..at)?;
    for word in BEFORE.iter() {
        if let Some(i) = piece.rfind(word) {
            let (head, rest) = (piece.get(..i).unwrap_or(""), piece.get(i + word.len()..).unwrap_or(""));
            // `图片加载SDK`, `统一调用SDK` end in words that elsewhere lead to a name.
            let own =
                rest.trim().is_empty() && (*word == "加载" || *word == "调用" && head.ends_with("统一"));
            if !own {
                start = start.max(run + i + word.len());
            }
        }
    }
    // `…公司的慧听SDK`, `…Inc.的X SDK`: what stands before 的 is whose it is.
    if let Some(i) = piece.rfind('的') {
        start = start.max(run + i + '的'.len_utf8());
    }
    // `某某有限公司微信开放平台SDK`: the company and its product without 的.
    if let Some(i) = lower.get(start..at)?.rfind("有限公司")
        && lower.get(start + i + "有限公司".len()..at).is_some_and(|rest| rest.chars().count() >= 2)
    {
        start += i + "有限公司".len();
    }
    // `某某公司（Acme Inc.）慧图SDK`: the same with the company's other name in brackets.
    let piece = lower.get(start..at)?;
    if let Some(open) = ["公司（", "公司("].iter().find_map(|w| piece.find(w))
        && let Some(close) = ["）", ")"].iter().filter_map(|w| piece.find(w).map(|i| i + w.len())).min()
        && open < close
        && piece.get(close..).is_some_and(whole)
    {
        start += close;
    }
    for joint in ["和", "与", "及", "或"] {
        // Between two names; at the start of a name it is its own (和包支付).
        if let Some(i) = lower.get(start..at)?.rfind(joint)
            && lower.get(start..start + i).is_some_and(whole)
            && lower.get(start + i + joint.len()..at).is_some_and(whole)
        {
            start += i + joint.len();
        }
    }
    start = latin_start(text, start, at);
    // `甲/乙推送SDK`: the names before the last are found from it.
    if let Some(i) = lower.get(start..at)?.rfind('/')
        && lower.get(start..start + i)?.split('/').all(listed::named)
        && listed::named(lower.get(start + i + 1..at)?)
    {
        start += i + 1;
    }
    loop {
        let name = lower.get(start..at)?;
        let skipped = name.len() - name.trim_start_matches([' ', '“', '"', '+']).len();
        start += skipped;
        let name = lower.get(start..at)?;
        match FRONT
            .iter()
            .chain(BEFORE.iter())
            .find(|f| name.starts_with(**f) && name.chars().count() > f.chars().count() + 1)
        {
            Some(front) if !known_start(name) => start += front.len(),
            _ => break,
        }
    }
    // `某推提供的SDK`: whose it is stands before the verb.
    let name = lower.get(start..at)?;
    let whose = ["提供", "开发", "研发"].iter().find_map(|v| name.strip_suffix(v)).filter(|_| at == end);
    let (name, end) = whose.map_or((name, end), |w| (w, start + w.len()));
    if !whole(name)
        || NEVER.within(name.trim_end().strip_suffix("统一调用").unwrap_or(name))
        || nameless(name)
        || !distinct(name) && provider(text, floor, start).is_none() && !(role && is_used(lower, start))
        || text.get(start..end)?.chars().count() > MAX_NAME
    {
        return None;
    }
    // `基于扫码的SDK`, `用于统计的SDK`: what it is for.
    let lead = lower.get(back(text, start, 12)..start)?;
    let told = ["基于", "用于", "关于", "实现", "为了", "有关", "基于加载"].iter().any(|w| lead.ends_with(w));
    if end < behind
        && (told || ["公司", "集团", "合作", "伙伴", "商", "方", "类"].iter().any(|w| name.ends_with(w)))
    {
        return None;
    }
    let provider = provider(text, floor, start);
    let (packages, after) = bracket(text, behind);
    let cluster = cluster(text, previous, start);
    Some(Mention { packages, provider, after, cluster, owner: end < behind, ..Mention::named(start..end) })
}

/// Whether the words right before `start` say that what follows is used.
fn is_used(lower: &str, start: usize) -> bool {
    let head = lower.get(back(lower, start, 30)..start).unwrap_or("");
    ["使用", "使用了", "接入", "接入了", "集成", "集成了"]
        .iter()
        .any(|v| head.strip_suffix(v).is_some_and(|h| h.ends_with(['们', '行', '会', '将', '品', '用', 'p'])))
}

/// Whether a text is long enough for a name.
pub fn whole(text: &str) -> bool {
    text.trim().chars().count() >= 2
}

/// The character start at most `bytes` before `at`.
pub fn back(text: &str, at: usize, bytes: usize) -> usize {
    let mut from = at.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    from
}

/// Names that begin with a character of [`FRONT`].
fn known_start(name: &str) -> bool {
    [
        "和包",
        "和讯",
        "和教育",
        "与光",
        "如意",
        "本地",
        "向日葵",
        "在线",
        "对象",
        "等级",
        "为知",
        "即构",
        "即时",
        "由你",
        "当当",
        "在行",
        "的卢",
    ]
    .iter()
    .any(|k| name.starts_with(k))
}

/// Where the run of name characters before `at` begins.
pub fn run(text: &str, floor: usize, at: usize) -> usize {
    let mut start = at;
    let mut depth = 0usize;
    for (count, (i, c)) in text.get(floor..at).unwrap_or("").char_indices().rev().enumerate() {
        if count > MAX_NAME + 24 {
            break;
        }
        match c {
            '）' | ')' => depth += 1,
            '（' | '(' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => break,
            },
            _ if depth > 0 => {}
            '，' | '。' | '、' | '；' | '：' | '！' | '？' | ',' | ';' | ':' | '!' | '?' | '|' | '\\'
            | '\n' | '\t' | '“' | '”' | '‘' | '’' | '《' | '》' | '【' | '】' | '[' | ']' | '"' | '*'
            | '<' | '>' | '「' | '」' => break,
            '.' if !text
                .get(floor + i + 1..)
                .is_some_and(|t| t.starts_with(|n: char| n.is_ascii_alphanumeric())) =>
            {
                break;
            }
            _ => {}
        }
        start = floor + i;
    }
    start
}

/// In Latin text a name is the words with a capital or a digit before `SDK`; lower-case words end it.
pub fn latin_start(text: &str, start: usize, at: usize) -> usize {
    let piece = text.get(start..at).unwrap_or("");
    if !piece.is_ascii() || !piece.contains(' ') {
        return start;
    }
    let mut from = at;
    let mut end = piece.len();
    while end > 0 {
        let head = piece.get(..end).unwrap_or("");
        let trimmed = head.trim_end();
        let word_start = trimmed.rfind(' ').map_or(0, |i| i + 1);
        let word = trimmed.get(word_start..).unwrap_or("");
        let bracketed = word.ends_with(')');
        let capital = word.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let sentence_start = word_start == 0
            && matches!(
                word,
                "The" | "This" | "Our" | "We" | "A" | "An" | "These" | "Some" | "If" | "When" | "For"
            );
        let article =
            matches!(word, "The" | "This" | "Our" | "We" | "Third-party" | "Third-Party" | "Embedded");
        if word.is_empty()
            || sentence_start
            || article
            || !(capital || bracketed || matches!(word, "for" | "of") && from < at)
        {
            break;
        }
        from = start + word_start;
        end = word_start;
    }
    // `for`, `of` join two words of a name; they do not begin one.
    let name = text.get(from..at).unwrap_or("");
    let skip = name.len() - name.trim_start_matches("for ").trim_start_matches("of ").len();
    from + skip
}

/// The company in `集成<公司>的` before a name.
fn provider(text: &str, floor: usize, name: usize) -> Option<Range<usize>> {
    let head = text.get(floor..name)?.trim_end_matches([' ', '*', '“', '"']);
    let whose = head.strip_suffix('的').unwrap_or(head);
    let whose =
        ["提供", "开发", "研发", "运营", "旗下"].iter().find_map(|w| whose.strip_suffix(w)).unwrap_or(whose);
    let from = [
        "集成了",
        "集成",
        "接入了",
        "接入",
        "使用了",
        "使用",
        "采用了",
        "采用",
        "嵌入了",
        "嵌入",
        "由",
        "是",
    ]
    .iter()
    .filter_map(|v| whose.rfind(v).map(|i| i + v.len()))
    .max()?;
    let company = whose.get(from..)?.trim();
    let count = company.chars().count();
    let legal =
        ["公司", "集团", "Inc.", "Ltd.", "Ltd", "LLC", "）", ")"].iter().any(|s| company.ends_with(s));
    let start = floor + from + (whose.get(from..)?.len() - whose.get(from..)?.trim_start().len());
    ((4..=50).contains(&count) && legal && !company.contains(['，', '。', '；', '、']))
        .then_some(start..start + company.len())
}

/// Packages in the bracket that opens at or right behind `at`, and where the words go on.
pub fn bracket(text: &str, at: usize) -> (Vec<Range<usize>>, usize) {
    let rest = text.get(at..).unwrap_or("");
    let lead = rest.len() - rest.trim_start_matches([' ', '”', '"', '】', '」']).len();
    let opened = rest.get(lead..).unwrap_or("");
    if !opened.starts_with(['（', '(']) || !is_package_bracket(opened) {
        return (Vec::new(), at);
    }
    let close = opened.find(['）', ')']).unwrap_or(opened.len());
    let inner = opened.get(..close).unwrap_or("");
    let packages = value::packages(inner)
        .into_iter()
        .filter(|p| value::is_package(&p.url))
        .map(|p| at + lead + p.range.start..at + lead + p.range.end)
        .collect();
    let closing = opened.get(close..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    (packages, at + lead + close + closing)
}

/// Whether a bracket holds package names.
pub fn is_package_bracket(opened: &str) -> bool {
    let close = opened.find(['）', ')']).unwrap_or(opened.len()).min(200);
    let mut close = close;
    while !opened.is_char_boundary(close) {
        close -= 1;
    }
    opened.get(..close).is_some_and(|inner| value::packages(inner).iter().any(|p| value::is_package(&p.url)))
}

/// Number of the enumeration: one with the name before it where only list marks stand between the two.
fn cluster(text: &str, previous: Option<&Mention>, start: usize) -> u32 {
    let Some(previous) = previous else { return 0 };
    let between = text.get(previous.after..start).unwrap_or("");
    let joined = between.chars().count() <= 6
        && between
            .trim_matches([
                '、', '，', ',', ' ', '和', '与', '及', '或', '/', '“', '”', '"', '以', ';', '；', '【', '】',
            ])
            .is_empty()
        || matches!(between.trim(), "and" | ", and" | "or");
    if joined { previous.cluster } else { previous.cluster + 1 }
}
