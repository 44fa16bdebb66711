//! Reader of lists that hold little more than names and links: `甲的隐私政策：https://…`, `- Name : https://…`,
//! and items that are links as a whole.

use crate::fold;
use crate::policy::Place;
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Line, Page, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::{Frame, Row};
use crate::policy::value;
use std::ops::Range;

const NAME: &str = "links";

/// Reads the link lists of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let lines = &context.page.lines;
    let mut start = 0;
    while start < lines.len() {
        let mut entries: Vec<Entry> = Vec::new();
        let mut end = start;
        while let Some((entry, lines)) = entry_at(context.page, taken, end) {
            entries.push(entry);
            end += lines;
        }
        if entries.len() >= 2 && is_list(context.page, start, &entries) {
            for entry in &entries {
                let mut row = Row::default();
                row.add(Label::Name, entry.name.clone());
                for link in &entry.links {
                    row.add(Label::PrivacyLink, link.clone());
                }
                let frame = Frame {
                    document: context.document,
                    reader: NAME,
                    place: Place::List,
                    platforms: context.platforms(entry.line),
                };
                found.declarations.extend(row.declare(&frame));
            }
            taken.take(start..end, NAME);
        }
        start = end.max(start + 1);
    }
}

/// One name with its links.
struct Entry {
    line: usize,
    name: Rich,
    links: Vec<Rich>,
    /// Whether the line says that the link is a policy.
    policy: bool,
}

/// The entry that begins at a line, and how many lines it takes: a line with name and link, or a name alone with
/// addresses (or a note in their place) on the lines below it.
fn entry_at(page: &Page, taken: &Taken, at: usize) -> Option<(Entry, usize)> {
    let free = |i: usize| page.lines.get(i).filter(|l| taken.free(i) && l.table.is_none());
    let first = free(at)?;
    if let Some((name, link, policy)) = entry(first) {
        return Some((Entry { line: at, name, links: vec![link], policy }, 1));
    }
    let (name, policy) = name_of(&first.body()).filter(|_| !is_address(first) && !is_note(first))?;
    let mut links: Vec<Rich> = Vec::new();
    let mut lines = 1;
    while let Some(line) = free(at + lines).filter(|_| lines < 6) {
        if is_address(line) {
            links.push(line.body());
        } else if let Some(broken) =
            links.last_mut().filter(|l| l.text().ends_with('-') && goes_on(line.str()))
        {
            // An address broken behind a hyphen goes on.
            broken.join("", &line.text);
        } else {
            break;
        }
        lines += 1;
    }
    if links.is_empty() {
        free(at + 1).filter(|l| is_note(l))?;
        lines = 2;
    }
    Some((Entry { line: at, name, links, policy }, lines))
}

/// Whether a line is an address and nothing else.
fn is_address(line: &Line) -> bool {
    let body = line.body();
    let text = body.text().trim_matches(|c: char| matches!(c, '<' | '>' | '(' | ')' | '（' | '）' | ' '));
    value::addresses(text).first().is_some_and(|a| a.range.start == 0 && a.range.end + 1 >= text.len())
}

/// Whether a line may be the second half of an address.
fn goes_on(text: &str) -> bool {
    text.is_ascii() && text.contains('/') && !text.trim().contains(' ')
}

/// Whether a line is a remark: `注：未收集您的个人信息`.
fn is_note(line: &Line) -> bool {
    let body = line.body();
    ["注：", "注:", "备注", "说明：", "Note:"].iter().any(|w| body.text().starts_with(w))
}

/// Name and link of a line, and whether the line says that the link is a policy.
fn entry(line: &Line) -> Option<(Rich, Rich, bool)> {
    let text = line.str();
    if text.len() > 600 {
        return None;
    }
    let body = line.body();
    if let Some(address) = value::addresses(body.text()).first() {
        let after = body.text().get(address.range.end..)?;
        if after.chars().filter(|c| c.is_alphanumeric()).count() > 2 {
            return None;
        }
        let head = body.slice(0..address.range.start);
        let (name, policy) = name_of(&head)?;
        return Some((name, body.slice(address.range.clone()), policy));
    }
    let link = body.links().first().filter(|l| l.href.contains("://"))?;
    if link.range.end - link.range.start + 4 < body.len() {
        return None;
    }
    let (name, policy) = name_of(&body)?;
    Some((name, body.clone(), policy))
}

/// The name before a link, without the words for the policy it leads to.
fn name_of(head: &Rich) -> Option<(Rich, bool)> {
    let trim = |t: &str| {
        t.trim_end_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, ':' | '：' | '-' | '–' | '—' | '(' | '（' | '<' | '|' | ',' | '，' | '[')
        })
        .len()
    };
    let text = head.text();
    let mut end = trim(text);
    let mut policy = false;
    let cut = text.get(..end)?;
    let lower = cut.to_lowercase();
    const PAPERS: [&str; 16] = [
        "的隱私及資訊安全政策",
        "的隐私权政策",
        "的隱私權政策",
        "的隐私政策",
        "的隱私政策",
        "隐私权政策",
        "隱私權政策",
        "隐私政策",
        "隱私政策",
        "隐私声明",
        "隐私协议",
        "'s privacy policy",
        "’s privacy policy",
        "privacy policy",
        "privacy notice",
        "プライバシーポリシー",
    ];
    if lower.len() == cut.len()
        && let Some(paper) = PAPERS.iter().find(|p| lower.ends_with(*p))
    {
        end = trim(cut.get(..cut.len() - paper.len())?);
        policy = true;
    }
    let name = head.slice(0..end);
    let words = name.text();
    let count = words.chars().count();
    let plain = (1..=40).contains(&count)
        && words.chars().any(char::is_alphanumeric)
        && !words.contains(['。', '，', '；', ';', '：', ':', '!', '?'])
        && words.split_whitespace().count() <= 6;
    let label = lexicon::classify(words).is_some()
        || words.contains("协议")
        || words.contains("政策")
        || words.contains("条款");
    (plain && !label).then_some((name, policy))
}

/// Whether the list is one of third parties: its names say SDK, or the lines above speak of third parties.
fn is_list(page: &Page, start: usize, entries: &[Entry]) -> bool {
    let sdk = entries.iter().filter(|e| fold::key(e.name.text()).contains("sdk")).count();
    let policies = entries.iter().filter(|e| e.policy).count();
    let reach = if policies * 2 >= entries.len() { 6 } else { 3 };
    sdk * 2 >= entries.len() || third_party_above(page, start.saturating_sub(reach)..start)
}

fn third_party_above(page: &Page, lines: Range<usize>) -> bool {
    const WORDS: [&str; 12] = [
        "sdk",
        "第三方",
        "合作方",
        "thirdparty",
        "third-party",
        "serviceprovider",
        "타사",
        "제3자",
        "라이브러리",
        "第三者",
        "外部サービス",
        "libraries",
    ];
    page.range(lines).iter().any(|line| {
        let key = fold::key(value::head(line.str(), 1200));
        WORDS.iter().any(|w| key.contains(&fold::key(w)))
    })
}
