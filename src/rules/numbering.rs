//! The policy's numbering: numbers that jump, and one that stands alone.

use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::location::{DocumentId, Span};

/// Numbers of headings or items jump.
pub static BROKEN_NUMBERING: Rule = Rule {
    id: "broken-numbering",
    group: Group::Document,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/broken-numbering.md"),
    check: |cx, out| {
        for (number, text) in cx.visible.iter().enumerate() {
            numbering(cx, out, number, text);
            orphan(cx, out, number, text);
        }
    },
};

/// Reports runs of numbered lines whose numbers jump.
fn numbering(cx: &Context<'_>, out: &mut Sink<'_>, number: usize, text: &str) {
    let document = DocumentId(u32::try_from(number).unwrap_or(u32::MAX));
    let mut previous: Option<(Vec<u32>, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((numbers, style)) = item_number(line.trim_start()) else {
            if !line.trim().is_empty() {
                previous = None;
            }
            continue;
        };
        if let Some((before, old_style)) = &previous
            && *old_style == style
            && jumps(before, &numbers)
        {
            let words = |n: &[u32]| n.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
            let span = Span::new(start, start + line.trim_end().len());
            out.report(
                Draft::new(
                    "document",
                    format!("numbering/{}", words(&numbers)),
                    format!("编号从 {} 跳到 {}。", words(before), words(&numbers)),
                    format!("The numbering jumps from {} to {}.", words(before), words(&numbers)),
                )
                .sure(Confidence::Low)
                .with(cx.quote(document, span)),
            );
        }
        previous = Some((numbers, style));
    }
}

/// Reports a Roman number that stands alone: `V.` where no `I.` to `IV.` are.
fn orphan(cx: &Context<'_>, out: &mut Sink<'_>, number: usize, text: &str) {
    const ROMAN: &[&str] = &["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
    let mut found: Vec<(usize, Span)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((head, rest)) = line.split_once(". ") else { continue };
        if let Some(value) = ROMAN.iter().position(|r| *r == head.trim())
            && !rest.trim().is_empty()
        {
            found.push((value, Span::new(start, start + line.trim_end().len())));
        }
    }
    let ([(value, span)], document) =
        (found.as_slice(), DocumentId(u32::try_from(number).unwrap_or(u32::MAX)))
    else {
        return;
    };
    let Some(roman) = ROMAN.get(*value).filter(|_| *value >= 2) else { return };
    out.report(
        Draft::new(
            "document",
            format!("numbering/{roman}"),
            format!("编号 {roman} 单独出现，前面没有 I 等编号。"),
            format!("The number {roman} stands alone; no number comes before it."),
        )
        .sure(Confidence::Low)
        .with(cx.quote(document, *span)),
    );
}

/// Numbers at the start of a line and how they are written: `(3)`, `2.4.1`.
fn item_number(line: &str) -> Option<(Vec<u32>, &'static str)> {
    let open = line.starts_with(['(', '（']);
    let body = if open { line.trim_start_matches(['(', '（']) } else { line };
    let end = body.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(body.len());
    let digits = body.get(..end)?.trim_end_matches('.');
    let numbers: Vec<u32> =
        digits.split('.').map(|d| d.parse::<u32>().ok().filter(|n| *n < 100)).collect::<Option<_>>()?;
    let rest = body.get(end..)?;
    if open {
        return (numbers.len() == 1 && rest.starts_with([')', '）'])).then_some((numbers, "bracket"));
    }
    (numbers.len() >= 3).then_some((numbers, "dotted"))
}

/// Whether `next` cannot follow `before`: of the same depth it must go up by one at some level, and
/// start again at one below it.
fn jumps(before: &[u32], next: &[u32]) -> bool {
    if before.len() != next.len() {
        return false;
    }
    let Some(level) = before.iter().zip(next).position(|(a, b)| a != b) else { return false };
    let (Some(a), Some(b)) = (before.get(level), next.get(level)) else { return false };
    let below_restarts = next.iter().skip(level + 1).all(|n| *n <= 1);
    if level + 1 == next.len() { *b > *a + 1 } else { *b < *a || (*b == *a + 1 && !below_restarts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_jump_are_seen() {
        let jump = |a: &[u32], b: &[u32]| jumps(a, b);
        assert!(jump(&[2], &[4]) && !jump(&[2], &[3]) && !jump(&[5], &[1]));
        assert!(jump(&[1, 4, 3, 2, 2], &[1, 4, 1, 2, 3]));
        assert!(!jump(&[1, 4, 1], &[1, 5, 1]) && !jump(&[2, 4, 1], &[2, 4, 2]));
        assert_eq!(item_number("(4) How we share"), Some((vec![4], "bracket")));
        assert_eq!(item_number("2.4.1. Text"), Some((vec![2, 4, 1], "dotted")));
        assert_eq!(item_number("2023 was"), None);
    }
}
