//! Lines -> segments: each a labelled value or a stretch of other text; run-on lines are cut at their labels.

use crate::fold;
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Line, Page, Taken};
use crate::policy::rich::Rich;

/// A part of a line.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Index of its line.
    pub line: usize,
    /// What its label stands for; `None` is other text.
    pub label: Option<Label>,
    /// The label as written, empty without one.
    pub label_text: Rich,
    /// The value, or the text.
    pub value: Rich,
    /// First of its line.
    pub first: bool,
}

/// Segments of all free lines outside tables and inside tables nobody took.
pub fn segments(page: &Page, taken: &Taken) -> Vec<Segment> {
    let mut out = Vec::new();
    let alternate = labels_alone(page, taken);
    for (index, line) in page.lines.iter().enumerate() {
        if taken.free(index) {
            cut(index, line, alternate, &mut out);
        }
    }
    out
}

/// Whether labels stand on lines of their own with the value on the next, again and again.
fn labels_alone(page: &Page, taken: &Taken) -> bool {
    let mut seen: Vec<(Label, usize)> = Vec::new();
    let mut previous: Option<Label> = None;
    for (index, line) in page.lines.iter().enumerate() {
        if !taken.free(index) {
            previous = None;
            continue;
        }
        let label = alone(line);
        if let (Some(before), None) = (previous, label) {
            match seen.iter_mut().find(|(l, _)| *l == before) {
                Some((_, count)) => *count += 1,
                None => seen.push((before, 1)),
            }
        }
        // Labels one after another are a header, not labels of values.
        previous = if previous.is_some() && label.is_some() { None } else { label };
    }
    seen.iter().filter(|(_, count)| *count >= 2).count() >= 3
}

/// The label that a line consists of.
fn alone(line: &Line) -> Option<Label> {
    let text = line.str();
    if text.len() > 120
        || text.contains(['：', ':', '，', '。'])
        || line.ordinal.is_some()
        || line.is_heading()
    {
        return None;
    }
    // A title is no label: `Information Sharing List`.
    let key = fold::key(text);
    if ["list", "清单", "列表", "目录"].iter().any(|w| key.trim_end_matches('|').ends_with(w)) {
        return None;
    }
    lexicon::classify(text.trim_end_matches(['|', ' ']))
}

fn cut(index: usize, line: &Line, alternate: bool, out: &mut Vec<Segment>) {
    let text = line.str();
    if alternate && let Some(label) = alone(line) {
        let label_text = line.text.from(0);
        out.push(Segment { line: index, label: Some(label), label_text, value: Rich::new(), first: true });
        return;
    }
    let labels = labels(text, line.ordinal.map_or(0, |o| o.end));
    let first_start = labels.first().map_or(text.len(), |l| l.start);
    let mut first = true;
    let head = line.text.slice(0..first_start);
    let bare = head.text().chars().any(char::is_alphanumeric);
    let ordinal_only = line.ordinal.is_some_and(|o| first_start <= o.end);
    if (bare && !ordinal_only) || labels.is_empty() {
        out.push(Segment { line: index, label: None, label_text: Rich::new(), value: head, first });
        first = false;
    }
    for (i, found) in labels.iter().enumerate() {
        let end = labels.get(i + 1).map_or(text.len(), |n| n.start);
        let value = trim_value(&line.text.slice(found.value..end));
        // The same label again inside its own value is part of the value.
        if let Some(last) = out.last_mut()
            && last.line == index
            && last.label == Some(found.label)
            && i > 0
        {
            last.value.join(" ", &line.text.slice(found.start..end));
            continue;
        }
        let label_text = line.text.slice(found.start..found.value);
        out.push(Segment { line: index, label: Some(found.label), label_text, value, first });
        first = false;
    }
}

/// Labelled values of a text, labels with or without colons; none where the text does not begin with a label.
pub fn of_text(text: &Rich) -> Vec<(Label, Rich)> {
    let phrases = crate::policy::numbered::phrases(text);
    if !phrases.is_empty() {
        return phrases.into_iter().map(|(label, value)| (label, trim_value(&value))).collect();
    }
    let line = Line::new(text.clone(), crate::policy::page::LineKind::Plain);
    let mut out = Vec::new();
    cut(0, &line, false, &mut out);
    if out.first().is_none_or(|s| s.label.is_none()) {
        return Vec::new();
    }
    out.into_iter().filter_map(|s| s.label.map(|l| (l, s.value))).collect()
}

/// A value without the separators around it and the bar at the end of a torn table line.
fn trim_value(value: &Rich) -> Rich {
    let text = value.text();
    let noise =
        |c: char| c.is_whitespace() || matches!(c, '|' | ':' | '：' | '，' | ',' | '；' | ';' | '、' | '*');
    let start = text.len() - text.trim_start_matches(noise).len();
    let end = text.trim_end_matches(noise).len();
    if start < end { value.slice(start..end) } else { Rich::new() }
}

/// A label in a line.
struct Found {
    start: usize,
    value: usize,
    label: Label,
}

/// Labels of a line, each followed by a colon; `after` is where its ordinal ends.
fn labels(text: &str, after: usize) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    let mut from = 0;
    let mut floor = after.min(text.len());
    while let Some((colon, width)) = lexicon::colon(text, from) {
        if let Some((start, label)) = label_before(text, floor, colon, !out.is_empty()) {
            out.push(Found { start, value: colon + width, label });
        }
        floor = colon + width;
        from = colon + width;
    }
    // A label inside a sentence is one only if its line is made of labels.
    let clause = |t: &str| t.contains(['，', ',', '。']) || t.contains("我们") || t.contains('您');
    if out.len() == 1
        && out.first().is_some_and(|f| text.get(after..f.start).is_some_and(clause))
        && !out.first().is_some_and(|f| {
            f.label == Label::Name && fold::key(text.get(f.start..f.value).unwrap_or("")).contains("sdk")
        })
    {
        out.clear();
    }
    // `We use third-party SDKs:` ends a sentence that brings in a list.
    let ends = |f: &Found| {
        let before = text.get(after..f.start).unwrap_or("");
        let worded = before.trim().chars().next_back().is_some_and(|c| c.is_ascii_lowercase());
        worded && matches!(f.label, Label::Name | Label::ThirdParty) && text.trim_end().len() == f.value
    };
    if out.len() == 1
        && out.first().is_some_and(|f| {
            ends(f) || text.get(after..f.start).is_some_and(|t| t.trim().chars().count() > 40)
        })
    {
        out.clear();
    }
    out
}

/// The longest label that ends at `colon` and begins after `floor`, at a boundary.
fn label_before(text: &str, floor: usize, colon: usize, glued: bool) -> Option<(usize, Label)> {
    let mut start = colon.saturating_sub(100).max(floor);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let window = text.get(start..colon)?;
    let mut boundary = start == floor;
    let mut best = None;
    for (i, c) in window.char_indices() {
        if boundary && (c.is_alphanumeric() || matches!(c, '【' | '[' | '“' | '「' | '《')) {
            // Ordinals inside a line: `1、目的：`.
            let rest = window.get(i..).unwrap_or("");
            let skip = crate::policy::ordinal::leading(rest).map_or(0, |o| o.end);
            let words = rest.get(skip..).unwrap_or("");
            // `隐私政策链接，仅供参考：`: a remark on the label.
            let words = ["，仅供参考", ",仅供参考", "，供参考", "，如下", "，详见"]
                .iter()
                .find_map(|remark| words.trim_end().strip_suffix(remark))
                .unwrap_or(words);
            // `甲 SDK：…` is a name before a colon, not the label `SDK`.
            let short = ["地址", "平台", "系统", "名称", "信息", "数据", "时间", "名", "sdk", "app", "url"];
            let key = fold::key(words);
            let bare = i > 0
                && (short.contains(&key.as_str()) || key.matches(')').count() > key.matches('(').count());
            // A label does not go on over the end of a clause: `设备信息，隐私政策：…`.
            let torn = words.contains(['，', '。', '；']);
            if let Some(label) = lexicon::classify(words).filter(|_| !bare && !torn) {
                best = Some((start + i, label));
                // Chinese labels hold no spaces: `设备信息 官网链接：` is a value and the next label.
                let spaced = words.trim().contains(char::is_whitespace) && words.chars().any(fold::is_cjk);
                if !spaced {
                    break;
                }
            }
        }
        boundary = c.is_whitespace()
            || matches!(
                c,
                '。' | '；'
                    | ';'
                    | '，'
                    | ','
                    | '、'
                    | '|'
                    | '）'
                    | ')'
                    | '>'
                    | '】'
                    | ']'
                    | '.'
                    | '*'
                    | '！'
                    | '!'
                    | '》'
                    | '”'
                    | '-'
                    | '•'
                    | '·'
            );
    }
    if best.is_none() && glued {
        // Labels glued to the value before them: `…分享至甲收集个人信息类型：…`.
        let starts: Vec<usize> = window.char_indices().map(|(i, _)| i).collect();
        let skip = starts.len().saturating_sub(12);
        for i in starts.iter().skip(skip) {
            let rest = window.get(*i..).unwrap_or("");
            if rest.chars().count() < 4 || !rest.chars().next().is_some_and(fold::is_cjk) {
                continue;
            }
            if let Some(label) = lexicon::classify(rest) {
                best = Some((start + i, label));
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::page::LineKind;

    fn of(text: &str) -> Vec<(Option<Label>, String)> {
        let mut out = Vec::new();
        cut(0, &Line::new(Rich::verbatim(text, 0), LineKind::Plain), false, &mut out);
        out.into_iter().map(|s| (s.label, s.value.text().to_owned())).collect()
    }

    #[test]
    fn cuts_run_on_lines() {
        assert_eq!(
            of("第三方SDK名称：甲推 公司全称：乙公司 使用目的：推送 官网链接：http://a.cn/x"),
            [
                (Some(Label::Name), "甲推".to_owned()),
                (Some(Label::Provider), "乙公司".to_owned()),
                (Some(Label::Purpose), "推送".to_owned()),
                (Some(Label::OfficialLink), "http://a.cn/x".to_owned()),
            ]
        );
        assert_eq!(of("甲推 目的：推送；数据：IMEI").first().map(|s| s.1.clone()), Some("甲推".to_owned()));
        assert_eq!(of("我们会按照以下目的：为您服务").len(), 1);
    }
}
