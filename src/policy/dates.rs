//! Dates of update and effect, and promised times to answer, in sentences.

use crate::policy::words::Words;

/// ISO dates a sentence states as the document's own: of update, issue or effect. `2021年01月` gives `2021-01`.
pub fn stated(folded: &str) -> Vec<String> {
    static MARKS: Words = Words::new(
        "\
        更新日期;更新时间;生效日期;生效时间;发布日期;发布时间;最近更新;最新更新;最后更新;版本日期;\
        修订日期;更新于;发布于;生效于;起生效;正式生效;日生效;月生效;版本更新;施行日期;公布日期;日更新;\
        updated;effective;last modified;last revised;issued;publish;released;version date;\
        date of update;update date",
    );
    if !MARKS.within(folded) || folded.chars().count() > 160 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for date in dates(folded) {
        if !out.contains(&date) {
            out.push(date);
        }
    }
    out
}

/// All dates in a folded text.
fn dates(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let tokens = tokens(text);
    let number = |i: usize| match tokens.get(i) {
        Some(Token::Number(n)) => Some(*n),
        _ => None,
    };
    let mark = |i: usize| match tokens.get(i) {
        Some(Token::Word(w)) => w.as_str(),
        _ => "",
    };
    let month = |i: usize| {
        MONTHS
            .iter()
            .position(|m| mark(i).starts_with(m) && mark(i).len() >= 3)
            .and_then(|m| u32::try_from(m + 1).ok())
    };
    let mut i = 0;
    while i < tokens.len() {
        let year = number(i).filter(|y| (1990..=2100).contains(y));
        if let Some(year) = year {
            let separated = |i: usize| matches!(mark(i), "年" | "-" | "/" | "." | "–");
            if separated(i + 1)
                && let Some(m) = number(i + 2).filter(|m| (1..=12).contains(m))
            {
                if matches!(mark(i + 3), "月" | "-" | "/" | "." | "–")
                    && let Some(d) = number(i + 4).filter(|d| (1..=31).contains(d))
                {
                    out.push(format!("{year}-{m:02}-{d:02}"));
                    i += 5;
                    continue;
                }
                out.push(format!("{year}-{m:02}"));
                i += 3;
                continue;
            }
        }
        // `march 4, 2022`, `4 march 2022`, `march 2022`
        if let Some(m) = month(i) {
            let after: Vec<u32> = (i + 1..i + 5).filter_map(number).collect();
            let before = i.checked_sub(1).and_then(number).filter(|d| (1..=31).contains(d));
            match (before, after.as_slice()) {
                (_, [d, y, ..]) if (1..=31).contains(d) && (1990..=2100).contains(y) => {
                    out.push(format!("{y}-{m:02}-{d:02}"))
                }
                (Some(d), [y, ..]) if (1990..=2100).contains(y) => out.push(format!("{y}-{m:02}-{d:02}")),
                (None, [y, ..]) if (1990..=2100).contains(y) => out.push(format!("{y}-{m:02}")),
                _ => {}
            }
        }
        i += 1;
    }
    out
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

enum Token {
    Number(u32),
    Word(String),
}

/// Numbers (Arabic, or Chinese digits in a row) and words of a folded text; blanks and commas between them dropped.
fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_ascii_digit() {
            let mut value = c.to_digit(10).unwrap_or(0);
            while let Some(d) = characters.peek().and_then(|n| n.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(d);
                characters.next();
            }
            out.push(Token::Number(value));
        } else if c.is_ascii_alphabetic() {
            let mut word = String::from(c);
            while let Some(n) = characters.peek().filter(|n| n.is_ascii_alphabetic()) {
                word.push(*n);
                characters.next();
            }
            // 1st, 2nd, 3rd, 4th
            if !matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "of" | "the") {
                out.push(Token::Word(word));
            }
        } else if !c.is_whitespace() && !matches!(c, ',' | '，') {
            out.push(Token::Word(c.to_string()));
        }
    }
    out
}

/// Days a folded sentence promises an answer within.
pub fn promised_days(says: &str) -> Option<u32> {
    static ANSWERS: Words = Words::new(
        "\
        答复;回复;回应;反馈;处理完毕;处理您;予以处理;完成核查;完成处理;响应;做出答;作出答;受理;核实;reply;\
        respond;response;answer;feedback;process your;handle",
    );
    if !ANSWERS.within(says) {
        return None;
    }
    if let Some(days) = before_unit(says) {
        return Some(days);
    }
    let at = says.find("within ")? + "within ".len();
    let rest = says.get(at..)?;
    let mut words = rest.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let number = words.next()?;
    let days = number.parse().ok().or_else(|| english_number(number))?;
    let unit = words.take(4).any(|w| w.starts_with("day"));
    (unit && (1..=365).contains(&days)).then_some(days)
}

/// `十五个工作日内`, `15天内`, `30日内`.
fn before_unit(says: &str) -> Option<u32> {
    for unit in ["个工作日", "工作日", "个自然日", "天", "日"] {
        for (at, _) in says.match_indices(unit) {
            let inside = says
                .get(at + unit.len()..)
                .is_some_and(|t| ["内", "之内", "以内", ")内"].iter().any(|w| t.starts_with(w)));
            if !inside {
                continue;
            }
            let head: Vec<char> = says.get(..at).unwrap_or("").chars().rev().take(8).collect();
            let mut digits: Vec<char> = head
                .into_iter()
                .skip_while(|c| matches!(c, '(' | ')' | '个'))
                .take_while(|c| c.is_ascii_digit() || "一二三四五六七八九十百两".contains(*c))
                .collect();
            digits.reverse();
            let text: String = digits.into_iter().collect();
            let days = text.parse().ok().or_else(|| chinese_number(&text));
            if let Some(days) = days.filter(|d| (1..=365).contains(d)) {
                return Some(days);
            }
        }
    }
    None
}

/// A Chinese number below a thousand.
fn chinese_number(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let (mut total, mut digit) = (0u32, 0u32);
    for c in text.chars() {
        match c {
            '十' => {
                total += digit.max(1) * 10;
                digit = 0;
            }
            '百' => {
                total += digit.max(1) * 100;
                digit = 0;
            }
            '两' => digit = 2,
            c => digit = u32::try_from("一二三四五六七八九".chars().position(|d| d == c)?).ok()? + 1,
        }
    }
    Some(total + digit)
}

fn english_number(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 16] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("five", 5),
        ("seven", 7),
        ("ten", 10),
        ("twelve", 12),
        ("fourteen", 14),
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("sixty", 60),
        ("ninety", 90),
        ("four", 4),
        ("six", 6),
    ];
    WORDS.iter().find(|(w, _)| *w == word).map(|(_, n)| *n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_every_form() {
        for (text, date) in [
            ("更新日期：2023年01月05日", "2023-01-05"),
            ("生效日期:2021年1月", "2021-01"),
            ("updated 2022-3-4", "2022-03-04"),
            ("updated: 2022.12.31", "2022-12-31"),
            ("effective 4th march 2022", "2022-03-04"),
            ("updated:01 january 2023", "2023-01-01"),
            ("本政策于2024/5/6日起生效", "2024-05-06"),
        ] {
            assert_eq!(stated(text), [date], "{text}");
        }
        assert!(stated("2023年1月5日的会议").is_empty());
        assert!(stated("更新日期：2023年13月40日").is_empty());
    }

    #[test]
    fn promised_times() {
        for (text, days) in [
            ("将在十五个工作日内回复", Some(15)),
            ("我们会在15天内答复", Some(15)),
            ("三十个工作日内完成核查并回复", Some(30)),
            ("we will respond within 30 days", Some(30)),
            ("reply within fifteen working days", Some(15)),
            ("保存期限为30天", None),
            ("7天内无理由退货", None),
        ] {
            assert_eq!(promised_days(text), days, "{text}");
        }
    }
}
