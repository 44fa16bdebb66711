//! What stands in and around a row, where the reader may have left a field it did not take: rules that speak of
//! missing fields look there first.

use super::Context;
use super::context::shorten;
use crate::fold;
use crate::policy::{Declaration, FieldName};
use crate::signature::Sdk;
use crate::taxonomy;

/// Whether one of `words` stands in a row or right behind it, or the row is in a language these words are not of.
pub(super) fn says(cx: &Context<'_>, row: &Declaration, words: &[&str]) -> bool {
    let text = fold::fold(&region(cx, row));
    let unread = [text.as_str(), above(cx, row)].iter().any(|t| is_unread_script(t));
    unread || words.iter().any(|w| text.as_str().contains(w))
}

/// Whether data items stand in a row outside of its purpose and scene.
pub(super) fn holds_items(cx: &Context<'_>, row: &Declaration) -> bool {
    let mut text = region(cx, row);
    for part in row.purpose.iter().chain(&row.scene).filter(|f| !f.text.is_empty()) {
        text = text.replacen(part.text.as_str(), " ", 1);
    }
    !taxonomy::find(&text).is_empty()
}

/// Whether the sentence above the rows states the purpose of all, "the following SDKs are used for statistics", or a
/// heading their kind.
pub(super) fn purpose_of_all(cx: &Context<'_>, row: &Declaration) -> bool {
    let all = |line: &&str| ["以下", "下列", "如下", "following"].iter().any(|w| line.contains(w));
    // 播放类：, above the SDKs that play.
    let kind = |line: &str| {
        let line = line.trim().trim_end_matches([':', '：']);
        line.ends_with('类') && (2..=8).contains(&line.chars().count())
    };
    if above(cx, row).lines().any(kind) {
        return true;
    }
    above(cx, row).lines().rev().find(all).is_some_and(|l| ["用于", "used for"].iter().any(|w| l.contains(w)))
}

/// A row's text and what follows up to the next row. Name, company, links and method are no part of it.
fn region(cx: &Context<'_>, row: &Declaration) -> String {
    const BEHIND: usize = 300;
    // A row of a table ends where it ends.
    let behind = if row.reader.contains("table") { 0 } else { BEHIND };
    let mut text = cx.text(row.document, row.span).to_owned() + until_next(cx, row, behind);
    let links = row.links.iter().map(|l| &l.url);
    let told = [&row.provider, &row.method, &row.retention].into_iter().flatten();
    for part in links.chain([&row.name]).chain(told).filter(|f| !f.text.is_empty()) {
        text = text.replacen(part.text.as_str(), " ", 1);
    }
    text
}

/// What stands behind a row, up to the next one and to `most` bytes.
fn until_next<'c>(cx: &'c Context<'_>, row: &Declaration, most: usize) -> &'c str {
    let rest = cx.rest(row.document, row.span.end).unwrap_or("");
    let end = next_row(cx, row).map_or(most, |next| most.min(next.saturating_sub(row.span.end)));
    rest.get(..floor(rest, end)).unwrap_or("")
}

/// Where the next row of the document starts.
fn next_row(cx: &Context<'_>, row: &Declaration) -> Option<usize> {
    let rows = cx.case.policy.declarations.iter().filter(|d| d.document == row.document);
    rows.map(|d| d.span.start).filter(|s| *s > row.span.start).min()
}

/// The last boundary between characters at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a text is in part Japanese or Korean, whose words for purposes and data are not known here.
pub(super) fn is_unread_script(text: &str) -> bool {
    const FEW: usize = 8;
    let letters = text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30FA}' | '\u{AC00}'..='\u{D7A3}'));
    letters.take(FEW).count() == FEW
}

/// The visible text shortly before a row.
fn above<'c>(cx: &'c Context<'_>, row: &Declaration) -> &'c str {
    const BEFORE: usize = 600;
    let visible = cx.visible.get(row.document.0 as usize).map_or("", String::as_str);
    let start = floor(visible, row.span.start.saturating_sub(BEFORE));
    visible.get(start..row.span.start).unwrap_or("")
}

/// Whether a row states nothing but a name and links, and nothing around it speaks of SDKs: a list of links to partners.
/// What the rows before it are called says nothing of the list: "AVL SDK's privacy policy" beside "Tencent's".
pub(super) fn mere_link(cx: &Context<'_>, row: &Declaration) -> bool {
    let fields = [&row.provider, &row.purpose, &row.scene, &row.data, &row.method];
    let bare = fields.iter().all(|f| f.is_none()) && row.packages.is_empty() && row.permissions.is_none();
    if !bare {
        return false;
    }
    // A line that was cut may hold half a name.
    let near = above(cx, row);
    let near = near.split_once('\n').map_or(near, |(_, whole)| whole);
    let mut around = fold::fold(near).as_str().to_owned();
    let linked = row.reader == "links";
    if linked {
        for other in cx.case.policy.declarations.iter().filter(|d| d.reader == "links") {
            around = around.replace(fold::fold(&other.name.text).as_str(), " ");
        }
    }
    let named = !linked && fold::fold(&row.name.text).as_str().contains("sdk");
    !named && !around.contains("sdk")
}

/// Whether a company stands in the row's own text, or in what is told of it before the next row.
pub(super) fn names_company(cx: &Context<'_>, row: &Declaration) -> bool {
    const NOTE: usize = 1500;
    let text = cx.text(row.document, row.span);
    // Behind the last row anything may stand.
    let note = next_row(cx, row).map_or("", |_| until_next(cx, row, NOTE));
    ["有限公司", "股份公司", "集团", "Co., Ltd", "Co.,Ltd", "Inc.", " LLC", "Limited", "Corporation"]
        .iter()
        .any(|w| text.contains(w) || note.contains(w))
}

/// The brand a row names in place of a company: 华为 of 华为推送SDK, or another SDK its sentence says is used.
pub(super) fn brand(cx: &Context<'_>, row: &Declaration, sdk: Option<&Sdk>) -> Option<String> {
    let title = title_of_lost_link(cx, row).unwrap_or_default();
    let shared = [row.name.text.as_str(), title.trim_start_matches('《')];
    shared.into_iter().find_map(|name| shared_with_vendor(cx, name, sdk)).or_else(|| used(cx, row))
}

/// What a row says is used, when that is no part of its name: 指纹认证SDK: 我们使用了国民认证SDK.
fn used(cx: &Context<'_>, row: &Declaration) -> Option<String> {
    const LONGEST: usize = 16;
    let text = fold::fold(cx.text(row.document, row.span));
    let name = fold::fold(&row.name.text);
    ["使用了", "接入了", "集成了"].iter().find_map(|verb| {
        let (_, behind) = text.as_str().split_once(verb)?;
        let (what, _) = behind.split_once("sdk")?;
        let what = what.trim().trim_end_matches('的');
        let fits = (2..=LONGEST).contains(&what.chars().count())
            && what.chars().all(char::is_alphanumeric)
            && !["第三方", "以下", "下列", "相关"].iter().any(|w| what.contains(w))
            // The product itself, called a little differently, is no company.
            && !what.get(..what.chars().take(2).map(char::len_utf8).sum()).is_some_and(|h| name.as_str().contains(h));
        fits.then(|| what.to_owned())
    })
}

/// What a name and the company behind its SDK have in common: 华为 of 华为推送SDK and 华为软件技术有限公司.
fn shared_with_vendor(cx: &Context<'_>, name: &str, sdk: Option<&Sdk>) -> Option<String> {
    // What many companies are called by is no brand.
    const COMMON: &[&str] =
        &["中国", "移动", "网络", "信息", "数据", "智能", "科技", "北京", "上海", "深圳", "mobile", "the"];
    let sdk = sdk?;
    let fold = |text: &str| fold::fold(text).as_str().to_owned();
    let mut known: Vec<String> = sdk.vendors.iter().map(|v| fold(v)).collect();
    // 谷歌 is Google LLC, whose name is that of the family; 个推 is none of 每日互动股份有限公司.
    if let Some(family) = sdk.family.as_ref().and_then(|f| cx.case.database.get(f.as_str())) {
        let names = [fold(&family.name_zh), fold(&family.name_en)];
        if names.iter().any(|n| !n.is_empty() && known.iter().any(|k| k.contains(n.as_str()))) {
            known.extend(names);
            known.extend(family.aliases.iter().map(|a| fold(a)));
        }
    }
    let written = name.trim();
    let name = fold::fold(written);
    let name = name.as_str();
    let (mut best, mut letters) = (0, 0);
    for (at, c) in name.char_indices() {
        let end = at + c.len_utf8();
        letters += usize::from(c.is_alphanumeric());
        let word = !c.is_ascii_alphanumeric()
            || !name.get(end..).is_some_and(|r| r.starts_with(|n: char| n.is_ascii_alphanumeric()));
        let long = letters >= if c.is_ascii() { 3 } else { 2 };
        let held = name.get(..end).is_some_and(|head| known.iter().any(|k| k.contains(head)));
        if !held {
            break;
        }
        if word && long {
            best = end;
        }
    }
    let head = name.get(..best).unwrap_or("").trim();
    if head.is_empty() || COMMON.contains(&head) {
        return None;
    }
    Some(written.chars().take(head.chars().count()).collect())
}

/// Whether an address stands in, or right behind, a row without a link: one that is announced as a policy's, or one of
/// several SDKs, where no reader can tell whose it is.
pub(super) fn holds_address(cx: &Context<'_>, row: &Declaration) -> bool {
    const BEHIND: usize = 600;
    let rows = cx.case.policy.declarations.iter().filter(|d| d.document == row.document);
    let next = rows.map(|d| d.span.start).filter(|s| *s >= row.span.end).min().unwrap_or(usize::MAX);
    let document = cx.case.policy.documents.get(row.document.0 as usize);
    let rest = document.and_then(|d| d.text.get(row.span.start..)).unwrap_or("");
    let end = next.min(row.span.end + BEHIND).saturating_sub(row.span.start);
    let text = rest.get(..floor(rest, end)).unwrap_or("");
    let address = ["http://", "https://", "www."].iter().filter_map(|w| text.find(w)).min();
    // One that is announced as a policy's is one, in whatever line it stands.
    let announced = |at: usize| {
        let before = fold::fold(text.get(..at).unwrap_or(""));
        ["隐私", "链接", "privacy"].iter().any(|w| before.as_str().contains(w))
    };
    address.is_some_and(|at| row.group.is_some() || announced(at))
}

/// The title of a link in a row that has no link: a cell that ends as titles do, or one quoted in a sentence.
pub(super) fn title_of_lost_link(cx: &Context<'_>, row: &Declaration) -> Option<String> {
    const ENDS: &[&str] = &[
        "privacy link",
        "privacy policy",
        "terms and conditions",
        "service terms",
        "privacy statement",
        "privacy notice",
        "隐私政策",
        "隐私权政策",
        "隐私协议",
        "隐私声明",
        "隐私说明",
        "隐私条款",
        "个人信息保护政策",
        "个人信息处理规则",
        "个人信息保护规则",
        "服务条款",
        "服务协议",
        "用户协议",
    ];
    const BEHIND: usize = 300;
    if !row.links.is_empty() || row.unfilled.contains(&FieldName::Link) {
        return None;
    }
    let text = cx.text(row.document, row.span);
    let cells = text.split(['|', '\t', '\n']).map(str::trim).filter(|c| !c.is_empty());
    let cell = cells
        .filter(|c| c.chars().count() <= 140)
        .find(|c| ENDS.iter().any(|t| fold::fold(c).as_str().ends_with(t)))
        .map(shorten);
    let behind = if row.reader.contains("table") { "" } else { until_next(cx, row, BEHIND) };
    // What is told in the lines below is of something else.
    let behind = behind.split('\n').next().unwrap_or("");
    cell.or_else(|| [text, behind].into_iter().find_map(quoted))
}

/// The first title between 《 and 》 that readers are sent to, or that is called as policies are. "This 《Privacy
/// Policy》" is the text itself.
fn quoted(text: &str) -> Option<String> {
    const LONGEST: usize = 60;
    const SENT: &[char] = &['见', '阅', '看', '参', '照', '考'];
    const CALLED: &[&str] = &["隐私", "个人信息", "协议", "条款", "声明", "规则", "privacy", "terms"];
    const OWN: &[&str] = &[
        "隐私", "权", "政策", "声明", "条款", "协议", "指引", "用户", "服务", "使用", "个人", "信息", "保护",
        "儿童", "本", "及", "和", "与",
    ];
    let mut sent = false;
    let mut before = text;
    for part in text.split('《').skip(1) {
        let at = text.len() - part.len();
        // A second title of the same breath: 《A》、《B》.
        let lead = text.get(..at).unwrap_or("").trim_end_matches(['《', ' ', '：', ':', '“']);
        sent = lead.ends_with(SENT)
            || (sent && before.trim_end_matches(['、', '和', '及', ' ']).ends_with('》'));
        before = part;
        let Some((title, _)) = part.split_once('》') else { continue };
        let title = title.trim();
        let called = CALLED.iter().any(|w| fold::fold(title).as_str().contains(w));
        let mut rest = title.to_owned();
        for word in OWN {
            rest = rest.replace(word, "");
        }
        if (sent || called) && !rest.trim().is_empty() && title.chars().count() <= LONGEST {
            return Some(shorten(&format!("《{title}》")));
        }
    }
    None
}
