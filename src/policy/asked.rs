//! Permissions that sentences say are asked for: `申请您的相机权限`, `permission to use the album`.

use crate::permission::{self, How};
use crate::policy::mention;
use std::ops::Range;

/// Words that a name may stand behind.
const VERBS: &[&str] = &[
    "您的", "获取", "申请", "开启", "授权", "授予", "访问", "调用", "使用", "提供", "打开", "，", "。", "的",
    "：", "；", "“", "【",
];

/// Marks and words between the names of an enumeration.
const LINKS: &[&str] = &["、", "和", "及", "与", "或"];

/// Names of permissions that a running text says are asked for.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for (at, word) in text.match_indices("权限") {
        let from = mention::back(text, at, 60);
        let head = text.get(from..at).unwrap_or("");
        let cut =
            VERBS.iter().chain(LINKS).filter_map(|w| head.rfind(w).map(|i| i + w.len())).max().unwrap_or(0);
        let name = head.get(cut..).unwrap_or("").trim();
        let most = if name.is_ascii() { 60 } else { 12 };
        if (2..=most).contains(&name.chars().count()) && permission::read(name).is_some() {
            let lead = head.get(cut..).map_or(0, |h| h.find(name).unwrap_or(0));
            out.push(from + cut + lead..at + word.len());
            out.extend(enumerated(head, cut).into_iter().map(|r| from + r.start..from + r.end));
        }
    }
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("permission") {
        if let Some(range) = english(&lower, at) {
            out.push(range);
        }
    }
    for verb in ["access your ", "access to your ", "use your "] {
        for (at, _) in lower.match_indices(verb) {
            let from = at + verb.len();
            let rest = lower.get(from..).unwrap_or("");
            let end = rest.find(['.', ',', ';', '(', ':', '\n']).unwrap_or(rest.len());
            let name: String = rest.get(..end).unwrap_or("").split(' ').take(2).collect::<Vec<_>>().join(" ");
            let name = name.split(" and").next().unwrap_or("").trim();
            if name.len() >= 4 && matches!(permission::read(name).map(|r| r.how), Some(How::Wording)) {
                out.push(from..from + name.len());
                // `access to your camera, microphone and location`
                let mut at = from + name.len();
                while let Some(next) = next_named(&lower, at) {
                    at = next.end;
                    out.push(next);
                }
            }
        }
    }
    out.sort_by_key(|r| r.start);
    out
}

/// `相机、麦克风、存储权限`: the names before the one that begins at `cut`, as long as they are known.
fn enumerated(head: &str, cut: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut end = cut;
    while let Some(mark) = LINKS.iter().find(|m| head.get(..end).is_some_and(|h| h.ends_with(**m))) {
        end -= mark.len();
        let before = head.get(..end).unwrap_or("");
        let starts = LINKS.iter().chain(VERBS).filter_map(|w| before.rfind(w).map(|i| i + w.len()));
        let start = starts.max().unwrap_or(0);
        let piece = before.get(start..).unwrap_or("");
        let whole = matches!(permission::read(piece).map(|r| r.how), Some(How::Wording | How::Constant));
        // A piece that says the word itself was found by it.
        if !whole || piece.chars().count() > 12 || piece.contains("权限") {
            break;
        }
        out.push(start..end);
        end = start;
    }
    out
}

/// The name of a permission behind a comma or "and" at `at`.
fn next_named(lower: &str, at: usize) -> Option<Range<usize>> {
    let rest = lower.get(at..)?;
    let linked = [", and ", ", or ", ", ", " and ", " or "].iter().find_map(|l| rest.strip_prefix(l))?;
    let linked = linked.strip_prefix("your ").unwrap_or(linked);
    let start = lower.len() - linked.len();
    let clause = linked.split([',', '.', ';', '(', ':', '\n']).next()?;
    let words: Vec<&str> = clause.split(' ').take(2).collect();
    (1..=words.len()).rev().find_map(|length| {
        let name = words.get(..length)?.join(" ");
        let whole = matches!(permission::read(&name).map(|r| r.how), Some(How::Wording));
        (name.len() >= 4 && whole).then_some(start..start + name.len())
    })
}

/// `camera permission`, `[Camera] permission`, `permission to use the album`: the words that name it.
fn english(lower: &str, at: usize) -> Option<Range<usize>> {
    let end = at + lower.get(at..)?.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or("permission".len());
    let rest = lower.get(end..)?;
    for lead in [
        " to use the ",
        " to access the ",
        " to access your ",
        " to use your ",
        " to access ",
        " to use ",
        " to ",
    ] {
        if let Some(words) = rest.strip_prefix(lead) {
            let stop = words.find(['.', ',', ';', '(', ':', '\n']).unwrap_or(words.len());
            let name: Vec<&str> = words.get(..stop)?.split(' ').take(2).collect();
            for length in (1..=name.len()).rev() {
                let part = name.get(..length)?.join(" ");
                if part.len() >= 4 && matches!(permission::read(&part).map(|r| r.how), Some(How::Wording)) {
                    return Some(at..end + lead.len() + part.len());
                }
            }
            break;
        }
    }
    let head = lower.get(..at)?.trim_end_matches([' ', ']', '"', '\u{201d}']);
    let words: Vec<&str> = head.rsplit([' ', '[', '"', '(', ',', '\u{201c}']).take(3).collect();
    for length in (1..=words.len()).rev() {
        let mut part: Vec<&str> = words.get(..length)?.to_vec();
        part.reverse();
        let name = part.join(" ");
        let article = ["the ", "your ", "a ", "an ", "of "].iter().any(|a| name.starts_with(a));
        if !article
            && name.len() >= 4
            && head.ends_with(&name)
            && matches!(permission::read(&name).map(|r| r.how), Some(How::Wording))
        {
            return Some(head.len() - name.len()..head.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_before_and_behind_the_word() {
        for (text, names) in [
            ("我们会申请您的相机权限和存储权限", vec!["相机权限", "存储权限"]),
            ("we need the camera permission", vec!["camera"]),
            ("ask for permission to use the album, then", vec!["permission to use the album"]),
            ("您可以行使查阅权限", vec![]),
        ] {
            let found: Vec<&str> = find(text).into_iter().map(|r| &text[r]).collect();
            assert_eq!(found, names, "{text}");
        }
    }
}
