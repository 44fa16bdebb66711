//! Slots of a template that were left unfilled.

use crate::fold::fold;
use crate::policy::page::Line;
use crate::policy::words::Words;
use std::ops::Range;

/// What stands where a name was to be filled in.
static SLOTS: Words = Words::new(
    "\
    [];【】;[ ];【 】;“”;\"\";《》;（请根据;(请根据;请填写;请在此;{{;${;<%;_____;XX公司;xx公司;某某公司;XXX;xxx;×××;\
    ***公司;XX年;20XX;XX月;feature name;name of the populated platform;公司名称];公司名称】;应用名称】;APP名称】;\
    [公司;[应用名称;（公司名称）;insert name;[insert;your company;company name];lorem ipsum",
);

/// The slots of a line, as ranges of its text. `next` is the line after it.
pub fn find(line: &Line, next: Option<&Line>) -> Vec<Range<usize>> {
    let text = line.str();
    let mut out = Vec::new();
    let slots: &[&str] = if SLOTS.within(text) { &SLOTS } else { &[] };
    for slot in slots {
        for (at, found) in text.match_indices(*slot).take(16) {
            let range = around(text, at..at + found.len());
            if !out.iter().any(|r: &Range<usize>| r.start <= range.start && range.end <= r.end) {
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
    use crate::policy::rich::Rich;

    fn slots(lines: &[&str]) -> usize {
        let lines: Vec<Line> =
            lines.iter().map(|l| Line::new(Rich::verbatim(l, 0), LineKind::Plain)).collect();
        find(&lines[0], lines.get(1)).len()
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
