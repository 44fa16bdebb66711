//! Permissions that sentences say are asked for: `申请您的相机权限`, `permission to use the album`.

use crate::permission::{self, How};
use crate::policy::mention;
use std::ops::Range;

/// Names of permissions that a running text says are asked for.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for (at, word) in text.match_indices("权限") {
        let from = mention::back(text, at, 60);
        let head = text.get(from..at).unwrap_or("");
        let cut = [
            "您的", "获取", "申请", "开启", "授权", "授予", "访问", "调用", "使用", "提供", "打开", "，",
            "。", "、", "和", "及", "与", "或", "的", "：", "；", "“", "【",
        ]
        .iter()
        .filter_map(|w| head.rfind(w).map(|i| i + w.len()))
        .max()
        .unwrap_or(0);
        let name = head.get(cut..).unwrap_or("").trim();
        if (2..=12).contains(&name.chars().count()) && permission::read(name).is_some() {
            let lead = head.get(cut..).map_or(0, |h| h.find(name).unwrap_or(0));
            out.push(from + cut + lead..at + word.len());
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
            }
        }
    }
    out.sort_by_key(|r| r.start);
    out
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
