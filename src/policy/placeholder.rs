//! Slots of a template that were left unfilled, and marks that ask a person to fill in a field.

use crate::fold::fold;
use crate::policy::lexicon::{self, Label};
use crate::policy::page::Line;
use crate::policy::rich::Rich;
use crate::policy::words::Words;
use std::ops::Range;

/// What stands where a name was to be filled in.
static SLOTS: Words = Words::new(
    "\
    [];【】;[ ];【 】;“”;\"\";《》;（请根据;(请根据;请填写;请在此;{{;${;<%;_____;XX公司;xx公司;某某公司;XXX;xxx;×××;\
    ***公司;XX年;20XX;XX月;feature name;name of the populated platform;公司名称];公司名称】;应用名称】;APP名称】;\
    [公司;[应用名称;（公司名称）;insert name;[insert;your company;company name];lorem ipsum",
);

/// What marks begin with, folded: those of `draft`, and those people write for themselves.
const ASKS: &[&str] = &[
    "待填",
    "待补充",
    "待完善",
    "待核对",
    "待核实",
    "待确认",
    "待定",
    "请填写",
    "请补充",
    "to be filled in",
    "to be completed",
    "to be checked",
    "to be confirmed",
    "fill in",
    "tbd",
    "tbc",
    "todo",
];

/// Longest mark, in bytes.
const MAX_MARK: usize = 1200;

/// Marks that ask a person to fill in or check something: `【待填写：包名】`, `[to be filled in: data]`, `[TBD]`, or
/// a text that is nothing else.
pub fn marks(text: &str) -> Vec<Range<usize>> {
    let whole = text.trim();
    // Most lines are neither: what they begin with says so without folding them.
    if whole.len() <= 40 && whole.starts_with(['待', '请', 't', 'T', 'f', 'F']) && bare(whole) {
        let start = text.len() - text.trim_start().len();
        return std::iter::once(start..start + whole.len()).collect();
    }
    let mut out: Vec<Range<usize>> = Vec::new();
    for (open, bracket) in text.match_indices(['【', '[', '［']) {
        let inside = text.get(open + bracket.len()..).unwrap_or("");
        if out.last().is_some_and(|last| open < last.end) || !asks(crate::policy::value::head(inside, 80)) {
            continue;
        }
        let near = crate::policy::value::head(inside, MAX_MARK);
        if let Some((at, close)) = near.match_indices(['】', ']', '］']).next() {
            out.push(open..open + bracket.len() + at + close.len());
        }
    }
    out
}

/// The field that a mark names behind its colon.
pub fn asked(mark: &str) -> Option<Label> {
    let inside = mark.trim_matches(['【', '】', '[', ']', '［', '］']);
    lexicon::classify(inside.split_once(['：', ':'])?.1)
}

/// Whether a text begins by asking for something to be filled in.
fn asks(text: &str) -> bool {
    let folded = fold(text);
    let says = folded.as_str().trim_start();
    ASKS.iter().any(|ask| {
        let rest = says.strip_prefix(ask);
        rest.is_some_and(|r| !ask.is_ascii() || !r.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// Whether a text without brackets is a mark as a whole: `待补充`, `TBD`.
fn bare(text: &str) -> bool {
    let folded = fold(text);
    let says = folded.as_str().trim_matches(|c: char| !c.is_alphanumeric());
    ASKS.iter().any(|ask| matches!(says.strip_prefix(ask), Some("" | "写" | "写内容")))
}

/// The slots of a line, as ranges of its text. `next` is the line after it.
pub fn find(line: &Line, next: Option<&Line>) -> Vec<Range<usize>> {
    let text = line.str();
    let mut out = marks(text);
    let slots: &[&str] = if SLOTS.within(text) { &SLOTS } else { &[] };
    for slot in slots {
        for (at, found) in text.match_indices(*slot).take(16) {
            let range = around(text, at..at + found.len());
            let inside = |r: &Range<usize>| r.start <= at && at + found.len() <= r.end;
            if !out.iter().any(|r| inside(r) || (r.start <= range.start && range.end <= r.end)) {
                out.push(range);
            }
        }
    }
    if out.is_empty() && text.contains(COLONS) && (empty_contact(text) || empty_label(line, next)) {
        out.push(0..text.len());
    }
    out
}

/// Every character that folds to a colon.
const COLONS: [char; 5] = [':', '：', '\u{fe13}', '\u{fe55}', '\u{2a74}'];

/// A row's piece without its marks, `Some(None)` where nothing else stands there; `None` where it has no mark.
pub fn without_marks(piece: &Rich) -> Option<Option<Rich>> {
    let marks = marks(piece.text());
    if marks.is_empty() {
        let target = piece.links().iter().any(|l| !self::marks(&l.href).is_empty());
        return target.then(|| Some(piece.clone()));
    }
    let (mut rest, mut at) = (Rich::new(), 0);
    for mark in marks {
        rest.join(" ", &piece.slice(at..mark.start));
        at = mark.end;
    }
    rest.join(" ", &piece.from(at));
    let said = rest.text().chars().any(char::is_alphanumeric);
    Some(said.then_some(rest))
}

/// A few characters around a slot, so that it can be quoted.
fn around(text: &str, slot: Range<usize>) -> Range<usize> {
    let start = crate::policy::mention::back(text, slot.start, 24);
    let mut end = (slot.end + 24).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}

static CONTACTS: Words = Words::new(
    "\
    电子邮箱;邮箱;联系邮箱;客服邮箱;电子邮件;联系电话;客服电话;电话;联系地址;通讯地址;办公地址;\
    注册地址;地址;联系方式;公司名称;mailing address;email;e-mail;email address;customer service;\
    privacy office;telephone;phone;contact;address;company name;tel",
);

/// `Mailing address:` and nothing behind it on the line, `Customer Service: or`.
fn empty_contact(text: &str) -> bool {
    let folded = fold(text);
    let says = folded.as_str().trim();
    let Some((label, rest)) = says.split_once(':') else { return false };
    let label = label.trim_start_matches(|c: char| !c.is_alphanumeric() || c.is_ascii_digit()).trim();
    let rest = rest.trim_matches([' ', '.', ';', '。', '；', '、', '-', '|']);
    CONTACTS.contains(&label) && matches!(rest, "or" | "and" | "或" | "and/or")
}

/// A label without a value, followed by another label or item of its kind.
fn empty_label(line: &Line, next: Option<&Line>) -> bool {
    let text = line.str().trim_end();
    let folded = fold(text);
    let says = folded.as_str().trim();
    let Some(label) = says.strip_suffix(':') else { return false };
    let body = line.body();
    let bare = fold(body.text().trim_end().trim_end_matches([':', '：']));
    let bare = bare.as_str().trim();
    let contact = CONTACTS.contains(&bare);
    let follows = match next {
        None => true,
        Some(next) => {
            let same = line
                .ordinal
                .zip(next.ordinal)
                .is_some_and(|(a, b)| a.style == b.style && b.value == a.value + 1);
            let other = fold(next.str());
            let labelled = other.as_str().split_once(':').is_some_and(|(l, _)| CONTACTS.contains(&l.trim()));
            same || next.is_heading() || (contact && labelled)
        }
    };
    let short = label.chars().count() <= 40;
    let item = line.ordinal.is_some() && (bare.contains("信息") || bare.contains("information"));
    short && follows && (contact || item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::page::LineKind;

    fn slots(lines: &[&str]) -> usize {
        let lines: Vec<Line> =
            lines.iter().map(|l| Line::new(Rich::verbatim(l, 0), LineKind::Plain)).collect();
        find(&lines[0], lines.get(1)).len()
    }

    #[test]
    fn marks_are_told_from_words_and_name_their_field() {
        let all = |text: &str| marks(text).into_iter().map(|r| text[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(all("【待填写：收集的个人信息】"), ["【待填写：收集的个人信息】"]);
        assert_eq!(
            all("IMEI [to be checked: code that can read MAC], OAID"),
            ["[to be checked: code that can read MAC]"]
        );
        assert_eq!(all(" 待补充 "), ["待补充"]);
        assert_eq!(all("TBD"), ["TBD"]);
        assert_eq!(all("【待机时长】、[todos]、待填写的资料"), [""; 0]);
        assert_eq!(asked("【待填写：收集的个人信息】"), Some(Label::Data));
        assert_eq!(asked("[to be filled in: provider]"), Some(Label::Provider));
        assert_eq!(asked("【待填写】"), None);
    }

    #[test]
    fn slots_are_found_and_filled_lines_are_not() {
        assert_eq!(slots(&["本政策由【】运营"]), 1);
        assert_eq!(slots(&["Mailing address:", "Email: a@b.example"]), 1);
        assert_eq!(slots(&["Customer Service: or"]), 1);
        assert_eq!(slots(&["(1) Account information:", "(2) Device information: IMEI"]), 1);
        assert_eq!(slots(&["联系电话：400-000-1111"]), 0);
        assert_eq!(slots(&["我们收集以下信息：", "设备型号"]), 0);
        assert_eq!(slots(&["(1) Account information:", "nickname"]), 0);
    }
}
