//! A name cell -> names: numbers, remarks and packages taken off, several SDKs told apart from one product
//! whose name holds a separator, components in brackets told apart from aliases.

use crate::fold;
use crate::policy::grid::is_company;
use crate::policy::ordinal;
use crate::policy::rich::Rich;
use crate::policy::value;
use crate::policy::{Field, Platform};
use std::ops::Range;

/// One name out of a name cell.
#[derive(Debug, Clone)]
pub struct Name {
    /// The name as written, aliases in brackets included.
    pub text: Rich,
    /// Packages in its brackets, or the name itself where it is a package.
    pub packages: Vec<Field>,
    /// Components named in its brackets.
    pub nested: Vec<Rich>,
    /// Platforms its end or its brackets state.
    pub platforms: Vec<Platform>,
}

/// Words for what an SDK does: a part of a name that consists of them alone names no SDK.
const ROLES: &[&str] = &[
    "登录",
    "登陆",
    "分享",
    "支付",
    "推送",
    "统计",
    "分析",
    "地图",
    "定位",
    "广告",
    "授权",
    "认证",
    "验证",
    "消息",
    "一键",
    "服务",
    "功能",
    "崩溃",
    "信息",
    "上报",
    "监控",
    "性能",
    "音视频",
    "视频",
    "音频",
    "直播",
    "播放",
    "语音",
    "识别",
    "身份证",
    "银行卡",
    "人脸",
    "客服",
    "短信",
    "安全",
    "风控",
    "扫码",
    "下载",
    "更新",
    "浏览",
    "搜索",
    "导航",
    "网络",
    "图片",
    "加载",
    "缓存",
    "数据",
    "存储",
    "聚合",
    "渠道",
    "第三方",
    "三方",
    "账号",
    "帐号",
    "社交",
    "平台",
    "库",
    "sdk",
    "的",
    "及",
    "和",
    "与",
    "等",
    "类",
    "日志",
    "收藏",
    "通信",
    "通讯",
    "通话",
    "实名",
    "防沉迷",
    "热更新",
    "热修复",
    "归因",
    "埋点",
    "激励",
    "开屏",
    "插屏",
    "信息流",
    "原生",
    "技术",
    "解析",
    "解码",
    "编解码",
    "合成",
    "互动",
    "组件",
    "插件",
    "框架",
    "引擎",
    "小程序",
    "移动",
    "应用",
    "设备",
    "标识",
    "login",
    "share",
    "sharing",
    "push",
    "payment",
    "pay",
    "map",
    "location",
    "statistics",
    "analytics",
    "ads",
    "ad",
    "service",
    "services",
];

/// The names of a name cell.
pub fn names(cell: &Rich) -> Vec<Name> {
    let cell = without_label(&unwrapped(cell));
    let text = cell.text();
    // A heading that slid into the cell: `我们如何共享信息`.
    let clause =
        ["我们", "如何", "您的"].iter().any(|w| text.contains(w)) && !fold::key(text).contains("sdk");
    if clause || !text.chars().any(char::is_alphanumeric) {
        return Vec::new();
    }
    if let Some(names) = library_of(&cell) {
        return names;
    }
    let parts = split(text);
    parts.into_iter().filter_map(|range| one(&cell.slice(range))).collect()
}

/// A cell whose lines are parts of one name, or brackets behind it, as one line; lines that are names of
/// their own stay apart.
fn unwrapped(cell: &Rich) -> Rich {
    let text = cell.text();
    if !text.contains('\n') {
        return cell.clone();
    }
    let lines = pieces(text, &['\n']);
    let part = |r: &Range<usize>| text.get(r.clone()).unwrap_or("").trim();
    let own = |t: &str| {
        let key = fold::key(t);
        let bracket = t.starts_with(['（', '(', '【', '[']);
        !bracket && (key.ends_with("sdk") || t.ends_with([')', '）'])) && key.len() > 3
    };
    let apart = lines.len() >= 2
        && lines.iter().filter(|r| !part(r).starts_with(['（', '('])).count() >= 2
        && lines.iter().all(|r| own(part(r)) || part(r).starts_with(['（', '(']));
    let mut out = Rich::new();
    for range in &lines {
        let line = cell.slice(range.clone());
        let bracket = line.text().starts_with(['（', '(']);
        let last = out.text().chars().next_back();
        let first = line.text().chars().next();
        let wide = last.is_some_and(fold::is_cjk) && first.is_some_and(fold::is_cjk);
        out.join(
            if apart && !bracket {
                "\n"
            } else if wide {
                ""
            } else {
                " "
            },
            &line,
        );
    }
    out
}

/// A name without its ordinal, a label before it, quotes around it.
fn without_label(cell: &Rich) -> Rich {
    let mut cell = without_purpose(&cell.from(0));
    for _ in 0..3 {
        let text = cell.text();
        let ordinal = ordinal::leading(text).map_or(0, |o| o.end);
        let label = crate::policy::lexicon::leading(text).map_or(0, |(_, at)| at);
        let at = ordinal.max(label);
        if at == 0 || text.get(at..).is_none_or(|t| t.trim().is_empty()) {
            break;
        }
        cell = cell.from(at);
    }
    trimmed(&cell)
}

/// `Purpose of using the X SDK`, `X SDK Purpose`: the name without words that belong to the next cell.
fn without_purpose(cell: &Rich) -> Rich {
    let text = cell.text().trim_end_matches([':', '：', ' ']);
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.strip_suffix(" purpose").map(str::len) {
        return cell.slice(0..at);
    }
    if !lower.starts_with("purpose ") {
        return cell.slice(0..text.len());
    }
    let mut from = 0;
    for word in text.split_inclusive(' ') {
        let known = ["purpose", "of", "using", "use", "the", "for", "sdk"]
            .contains(&word.trim().to_ascii_lowercase().as_str());
        if !known {
            break;
        }
        from += word.len();
    }
    if from < text.len() { cell.slice(from..text.len()) } else { cell.clone() }
}

/// Without punctuation around, except brackets that belong to it.
fn trimmed(cell: &Rich) -> Rich {
    let text = cell.text();
    let noise = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ':' | '：'
                    | ','
                    | '，'
                    | ';'
                    | '；'
                    | '.'
                    | '。'
                    | '、'
                    | '*'
                    | '|'
                    | '-'
                    | '–'
                    | '—'
                    | '“'
                    | '”'
                    | '"'
                    | '\''
                    | '‘'
                    | '’'
                    | '·'
                    | '•'
                    | '#'
                    | '/'
                    | '\\'
                    | '`'
            )
    };
    let start = text.len() - text.trim_start_matches(noise).len();
    let end = text.trim_end_matches(noise).len();
    if start >= end {
        return Rich::new();
    }
    let inner = text.get(start..end).unwrap_or("");
    // 《…》, 【…】 or 「…」 around all of it.
    for (open, close) in
        [('《', '》'), ('【', '】'), ('「', '」'), ('『', '』'), ('〈', '〉'), ('(', ')'), ('（', '）')]
    {
        if let Some(core) = inner.strip_prefix(open).and_then(|t| t.strip_suffix(close))
            && !core.contains([open, close])
            && !core.is_empty()
        {
            return cell.slice(start + open.len_utf8()..end - close.len_utf8());
        }
    }
    cell.slice(start..end)
}

/// `分享库（甲、乙、丙）`: a role with a list of SDKs in brackets is these SDKs.
fn library_of(cell: &Rich) -> Option<Vec<Name>> {
    let text = cell.text();
    let (open, close) = last_bracket(text)?;
    let outside = text.get(..open)?;
    if !text.get(close..)?.chars().all(|c| matches!(c, ')' | '）' | ' ' | ':' | '：' | '。'))
        || !is_role(outside)
    {
        return None;
    }
    let inner = open + text.get(open..)?.chars().next()?.len_utf8()..close;
    let parts = value::items(text.get(inner.clone())?);
    if parts.len() < 2
        || text.get(inner.clone())?.contains("包名")
        || !value::packages(text.get(inner.clone())?).is_empty()
    {
        return None;
    }
    let slices = parts.into_iter().map(|r| cell.slice(inner.start + r.start..inner.start + r.end));
    let names: Vec<Name> = slices.filter_map(|s| one(&s)).collect();
    let named = names.iter().all(|n| !is_role(n.text.text()) && n.text.text().chars().count() <= 16);
    (named && names.len() >= 2).then_some(names)
}

/// The last bracket of a text that is closed at its end: bytes of its marks.
fn last_bracket(text: &str) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    let mut close = None;
    for (i, c) in text.char_indices().rev() {
        match c {
            ')' | '）' => {
                if depth == 0 {
                    close = Some(i);
                }
                depth += 1;
            }
            '(' | '（' => {
                if depth == 1 {
                    return close.map(|close| (i, close));
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    None
}

/// Whether a text consists of words for roles alone.
pub fn is_role(text: &str) -> bool {
    let key = fold::key(text);
    let mut rest: &str = &key;
    let mut any = false;
    while let Some(c) = rest.chars().next() {
        if !c.is_alphanumeric() {
            rest = rest.get(c.len_utf8()..).unwrap_or("");
            continue;
        }
        let Some(word) = ROLES.iter().filter(|w| rest.starts_with(**w)).max_by_key(|w| w.len()) else {
            return false;
        };
        rest = rest.get(word.len()..).unwrap_or("");
        any = true;
    }
    any
}

/// Where a cell names several SDKs: each by itself. A text whose later parts are roles alone is one product.
fn split(text: &str) -> Vec<Range<usize>> {
    let whole: Vec<Range<usize>> = std::iter::once(0..text.len()).collect();
    let strong = pieces(text, &['、', '；', ';', '\n', '|', '，', ',']);
    if strong.len() < 2 {
        return two_sdks(text).unwrap_or(whole);
    }
    let part = |r: &Range<usize>| text.get(r.clone()).unwrap_or("").trim();
    let sdk = |t: &str| fold::key(t).contains("sdk");
    let count = strong.iter().filter(|r| sdk(part(r))).count();
    let names = strong.iter().all(|r| {
        let t = part(r);
        let n = t.chars().count();
        // Legal forms after a comma belong to a company: `Google, Inc.`.
        let legal = matches!(fold::key(t).trim_end_matches('.'), "inc" | "ltd" | "llc" | "coltd" | "corp");
        let said = t.chars().any(char::is_alphabetic) && !t.contains(['。', '：']);
        (2..=40).contains(&n) && !legal && said
    });
    let roles = strong.iter().filter(|r| is_role(part(r))).count();
    if !names || roles > 0 {
        // `甲SDK、乙SDK`: the word tells even if a role stands between.
        return if names && count == strong.len() && roles * 2 < strong.len() { strong } else { whole };
    }
    // `UC浏览、崩溃信息上报及视频播放SDK`: one SDK with a list of roles; its parts have no name of their own.
    let ends_only = count == 1 && strong.last().is_some_and(|r| sdk(part(r)));
    let rolish = |t: &str| {
        let key = fold::key(t);
        ROLES.iter().any(|w| key.trim_end_matches("sdk").ends_with(*w))
    };
    // `QQ支付、QQ登录分享SDK`: a part that begins with the same brand is a name of its own.
    let branded = |t: &str| {
        let first = strong.first().map_or("", part);
        first.chars().zip(t.chars()).take_while(|(a, b)| a == b).count() >= 2
    };
    if ends_only
        && !strong.iter().skip(1).any(|r| branded(part(r)))
        && strong.iter().skip(1).all(|r| rolish(part(r)))
        && strong.iter().any(|r| rolish(part(r)) && !part(r).is_ascii())
    {
        return whole;
    }
    strong
}

/// `甲SDK和乙SDK`: both parts say that they are SDKs.
fn two_sdks(text: &str) -> Option<Vec<Range<usize>>> {
    let sdk = |part: &str| {
        let key = fold::key(part);
        key.ends_with("sdk") && key.chars().count() >= 5
    };
    ["和", "与", "及", "以及", " and ", "&"].iter().find_map(|joint| {
        let (left, right) = text.split_once(joint)?;
        let both = sdk(left) && sdk(right) && left.chars().chain(right.chars()).count() <= 80;
        both.then(|| vec![0..left.len(), left.len() + joint.len()..text.len()])
    })
}

/// Pieces of a text between separators that stand outside brackets.
fn pieces(text: &str, separators: &[char]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0usize, 0usize);
    for (i, c) in text.char_indices() {
        match c {
            '（' | '(' | '[' | '【' | '《' | '“' => depth += 1,
            '）' | ')' | ']' | '】' | '》' | '”' => depth = depth.saturating_sub(1),
            c if depth == 0 && separators.contains(&c) => {
                out.push(start..i);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(start..text.len());
    out.retain(|r| text.get(r.clone()).is_some_and(|t| t.chars().any(char::is_alphanumeric)));
    out
}

/// One name: what its brackets hold goes where it belongs.
fn one(part: &Rich) -> Option<Name> {
    let mut cell = without_label(part);
    let mut out = Name { text: Rich::new(), packages: Vec::new(), nested: Vec::new(), platforms: Vec::new() };
    // Brackets at the end, innermost last: packages, remarks, platforms, components.
    for _ in 0..4 {
        let text = cell.text().to_owned();
        let Some((open, close)) = last_bracket(&text) else { break };
        let tail = text.get(close..).unwrap_or("");
        let after = tail.get(tail.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
        if after.chars().filter(|c| c.is_alphanumeric()).count() > 4 {
            break;
        }
        let width = text.get(open..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
        let inner = cell.slice(open + width..close);
        let told = inner.text().contains("包名") || inner.text().contains("package");
        let found: Vec<value::Address> =
            value::packages(inner.text()).into_iter().filter(|p| told || value::is_package(&p.url)).collect();
        let drop = if found.is_empty() {
            let platforms = crate::policy::row::platforms_in(inner.text());
            let only = !platforms.is_empty() && inner.text().chars().count() <= 16;
            if only {
                out.platforms.extend(platforms);
            }
            is_remark(inner.text())
        } else {
            let fields = found
                .iter()
                .map(|p| Field { text: p.url.clone(), spans: vec![inner.span_of(p.range.clone())] });
            out.packages.splice(0..0, fields);
            let letters: usize = found.iter().map(|p| p.url.len()).sum();
            // The bracket stays where it holds more than packages.
            letters * 2 >= inner.len()
        };
        if !drop {
            if found.is_empty() {
                out.nested = components(&inner);
            }
            break;
        }
        let mut rest = cell.slice(0..open);
        if !after.trim().is_empty() {
            let from = close + tail.chars().next().map_or(0, char::len_utf8);
            rest.join("", &cell.from(from));
        }
        cell = rest;
    }
    let mut text = trimmed(&cell);
    if text.is_empty() {
        // `（com.a.b）` alone: the package is all the name there is.
        text = trimmed(&without_label(part));
    }
    let named: Vec<value::Address> =
        value::packages(text.text()).into_iter().filter(|p| value::is_package(&p.url)).collect();
    for p in &named {
        out.packages.push(Field { text: p.url.clone(), spans: vec![text.span_of(p.range.clone())] });
    }
    // A package behind the name is not part of it; a package alone is the name.
    if let Some(first) = named.first() {
        let before = text.slice(0..first.range.start);
        if before.text().chars().filter(|c| c.is_alphanumeric()).count() >= 2 {
            text = trimmed(&before);
        }
    }
    let ends = fold::key(text.text());
    for (suffix, platform) in [("android", Platform::Android), ("ios", Platform::Ios)] {
        let marked = ["-", "_", "(", "（"].iter().any(|m| ends.ends_with(&format!("{m}{suffix}")));
        if marked || ends.ends_with(&format!("{suffix}端")) || ends.ends_with(&format!("{suffix}版")) {
            out.platforms.push(platform);
        }
    }
    out.text = text;
    out.text.text().chars().any(char::is_alphanumeric).then_some(out)
}

/// The company in a bracket at the end of a name: `甲SDK（某某有限公司）`.
pub fn company(name: &Rich) -> Option<Field> {
    let text = name.text();
    let (open, close) = last_bracket(text)?;
    let inner = open + text.get(open..)?.chars().next()?.len_utf8()..close;
    let company = text.get(inner.clone())?;
    (company.chars().count() >= 4 && is_company(company)).then(|| name.slice(inner).field())
}

/// Remarks on a row that are no part of its name.
fn is_remark(text: &str) -> bool {
    let key = fold::key(text);
    ["移除", "下线", "已停用", "版本后", "仅限", "以下简称", "必选", "可选", "选用"]
        .iter()
        .any(|w| key.contains(w))
}

/// Components in a bracket: several items, or none where it holds an alias.
fn components(inner: &Rich) -> Vec<Rich> {
    let parts = value::items(inner.text());
    if parts.len() < 2 {
        return Vec::new();
    }
    parts.into_iter().map(|r| inner.slice(r)).filter(|r| !r.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        names(&Rich::verbatim(text, 0)).into_iter().map(|n| n.text.text().to_owned()).collect()
    }

    #[test]
    fn tells_several_from_one() {
        assert_eq!(of("分享库（甲信、乙博、丙拍）"), ["甲信", "乙博", "丙拍"]);
        assert_eq!(of("QQ登录、分享"), ["QQ登录、分享"]);
        assert_eq!(of("UC浏览、崩溃信息上报及视频播放SDK"), ["UC浏览、崩溃信息上报及视频播放SDK"]);
        assert_eq!(of("甲动SDK、乙飞SDK"), ["甲动SDK", "乙飞SDK"]);
        assert_eq!(of("甲动、乙飞SDK"), ["甲动", "乙飞SDK"]);
        assert_eq!(of("jiadong SDK和YiFei SDK"), ["jiadong SDK", "YiFei SDK"]);
        assert_eq!(
            of("Google Analytics, Firebase Analytics, Crashlytics"),
            ["Google Analytics", "Firebase Analytics", "Crashlytics"]
        );
        assert_eq!(of("1、EventBus SDK"), ["EventBus SDK"]);
    }

    #[test]
    fn takes_packages_out_of_names() {
        let n = names(&Rich::verbatim("甲统计SDK（com.jia. tong、com.jia.x）", 0));
        let n = n.first().cloned();
        assert_eq!(n.as_ref().map(|n| n.text.text().to_owned()), Some("甲统计SDK".to_owned()));
        let packages: Vec<String> = n.into_iter().flat_map(|n| n.packages).map(|f| f.text).collect();
        assert_eq!(packages, ["com.jia.tong", "com.jia.x"]);
        assert_eq!(of("甲推送（又名：乙推送）"), ["甲推送（又名：乙推送）"]);
    }
}
