//! How an item of a list begins: with the name of its SDK, or with "we integrate" and the name.

use crate::fold;
use crate::policy::latin;
use crate::policy::mention::{MAX_NAME, Mention, bracket, is_package_bracket};
use crate::policy::naming::{distinct, nameless};
use std::ops::Range;

/// What an item begins with: `名称SDK：…`, `“名称”：该SDK…`, `名称（com.x.y）`, `名称: 本SDK…`.
pub fn head(text: &str, lower: &str) -> Option<Mention> {
    let start = text.len() - text.trim_start_matches([' ', '*', '#', '【', '“', '"', '「']).len();
    let rest = text.get(start..)?;
    let mut depth = 0usize;
    let mut stop = None;
    for (i, c) in rest.char_indices().take(MAX_NAME + 40) {
        match c {
            '（' | '(' => {
                depth += 1;
                if depth == 1 && is_package_bracket(rest.get(i..)?) {
                    stop = Some(i);
                    break;
                }
            }
            '）' | ')' => depth = depth.saturating_sub(1),
            // `“TBS” 甲览服务，由…`: a name that begins with a quotation.
            '”' | '"' if rest.get(i + c.len_utf8()..)?.trim_start().starts_with(fold::is_cjk) => {}
            '：' | ':' | '。' | '\n' | '”' | '】' | '"' | '」' | '；' | ';' | '—' if depth == 0 => {
                stop = Some(i);
                break;
            }
            '-' | '－' if depth == 0 && fold::key(rest.get(..i)?).ends_with("sdk") => {
                stop = Some(i);
                break;
            }
            // A sentence goes on behind a comma; a name does not, unless its company follows.
            '，' | ',' if depth == 0 && is_provided(rest.get(i..)?) => {
                stop = Some(i);
                break;
            }
            '，' | ',' | '！' | '？' | '?' => return None,
            _ => {}
        }
    }
    let stop = stop.or_else(|| (rest.chars().count() <= MAX_NAME).then_some(rest.len()))?;
    let name = rest.get(..stop)?.trim_end();
    let length = name.chars().count();
    if !(2..=MAX_NAME).contains(&length) {
        return None;
    }
    let end = start + name.len();
    let (packages, after) = bracket(text, start + stop);
    let low = lower.get(start..end)?;
    // A name, not a sentence that ends there.
    if [
        "我们",
        "您",
        "请查阅",
        "详见",
        "请见",
        "参见",
        "了解",
        "设置",
        "并仅",
        "个人信息",
        "是为",
        "是由",
        "指引",
        "由此",
        "当前",
        "开发者提供",
        "为实现",
        "需要",
        "可能",
        "为了",
        "集成",
        "接入",
        "使用了",
        "包括",
        "如下",
        "所有",
        "收集",
    ]
    .iter()
    .any(|w| name.contains(w))
        || low.contains("we ")
        || low.contains("third-party sdk")
    {
        return None;
    }
    let tail = lower.get(after..)?;
    let tail_start: String = tail
        .trim_start_matches(['：', ':', '。', '”', '"', '】', ' ', '\n', '」'])
        .chars()
        .take(12)
        .collect();
    let about = ["该sdk", "本sdk", "本 sdk", "该 sdk", "此sdk", "此 sdk", "this sdk", "the sdk"]
        .iter()
        .any(|w| tail_start.starts_with(w))
        || is_provided(tail);
    let sdk = low.ends_with("sdk")
        || low.ends_with("sdk）")
        || low.ends_with("sdk)")
        || low.contains("sdk（")
        || low.contains("sdk(");
    let named = distinct(low) || (sdk && !nameless(low));
    if !(named && (sdk || about || !packages.is_empty())) {
        return None;
    }
    Some(Mention { packages, after, leads: true, ..Mention::named(start..end) })
}

/// `Google (Firebase Analytics). Counts of visits.`: an item that begins with a product known by its Latin name.
pub fn product(text: &str, lower: &str) -> Option<Mention> {
    let limit = crate::policy::mention::back(lower, lower.len().min(80), 0);
    let head = lower.get(..limit)?;
    let stop = [". ", ": ", "：", " – ", " — ", " - "].iter().filter_map(|m| head.find(m)).min()?;
    let name = text.get(..stop)?.trim_end_matches(['*', ' ']);
    let start = name.len() - name.trim_start_matches(['*', ' ', '"']).len();
    let known = latin::is_product(lower.get(start..name.len())?);
    known.then(|| Mention { after: stop, leads: true, ..Mention::named(start..name.len()) })
}

/// Whether a text says right away who provides what stands before it: `由某公司提供`, `provided by`.
fn is_provided(tail: &str) -> bool {
    let marks = ['：', ':', '。', '”', '"', '】', ' ', '\n', '」', '，', ',', '’', '（', '('];
    let tail = tail.trim_start_matches(marks);
    let near: String = tail.chars().take(48).collect();
    let near = near.split(['。', '；', '，', '\n']).next().unwrap_or("");
    let by = ["由", "是由", "系由"].iter().any(|w| near.starts_with(w));
    by && ["提供", "开发", "运营", "研发"].iter().any(|w| near.contains(w))
        || ["provided by ", "is provided by ", "developed by ", "operated by "]
            .iter()
            .any(|w| near.to_ascii_lowercase().starts_with(w))
}

/// Whether an item is about the SDK named at `start`: its first clause only says that it is integrated.
pub fn leads(text: &str, start: usize, provider: Option<&Range<usize>>) -> bool {
    let head = text.get(..provider.map_or(start, |p| p.start)).unwrap_or("");
    let count = head.chars().count();
    let verb = ["集成", "接入", "使用", "嵌入", "采用", "引入", "integrate", "use", "embed", "adopt"]
        .iter()
        .any(|v| head.contains(v));
    count == 0
        || (count <= 24 && verb && !head.contains(['，', '。', '；']))
        || (count <= 60
            && verb
            && head.matches(['，', '、']).count() <= 2
            && ["为了", "为保", "鉴于", "方便", "为便", "为向", "当您", "如您", "in order"]
                .iter()
                .any(|w| head.starts_with(w)))
}
