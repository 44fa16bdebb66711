//! Ordinals at the start of a line: `1.`, `1、`, `（1）`, `①`, `一、`, `a.`, `1.2.3`, with escapes as in `1\.`.

/// A number at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordinal {
    /// How it is written; lines of one list share it.
    pub style: Style,
    /// Its value; for `1.2.3` the last number.
    pub value: u32,
    /// Bytes it takes in the text, white space after it included.
    pub end: usize,
}

/// How an ordinal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// `1.` `1、` `1)` `1）` `1．` `1:`
    Arabic,
    /// `(1)` `（1）` `【1】`
    Bracketed,
    /// `1.2` and deeper, with the number of its parts.
    Dotted(u8),
    /// `①`
    Circled,
    /// `一、` `（一）` `第一条`
    Chinese,
    /// `(一)` `（一）`
    ChineseBracketed,
    /// `a.` `a)` `(a)` `A、`
    Letter,
    /// `i.` `(ii)`
    Roman,
}

/// The ordinal that `text` begins with.
pub fn leading(text: &str) -> Option<Ordinal> {
    let trimmed = text.trim_start();
    let offset = text.len() - trimmed.len();
    let mut o = circled(trimmed).or_else(|| bracketed(trimmed)).or_else(|| plain(trimmed))?;
    let rest = trimmed.get(o.end..)?;
    o.end += offset + (rest.len() - rest.trim_start().len());
    Some(o)
}

fn circled(text: &str) -> Option<Ordinal> {
    let c = text.chars().next()?;
    let value = match c {
        '①'..='⑳' => c as u32 - '①' as u32 + 1,
        '⑴'..='⒇' => c as u32 - '⑴' as u32 + 1,
        '⒈'..='⒛' => c as u32 - '⒈' as u32 + 1,
        '㈠'..='㈩' => c as u32 - '㈠' as u32 + 1,
        '❶'..='❿' => c as u32 - '❶' as u32 + 1,
        _ => return None,
    };
    let rest = text.get(c.len_utf8()..)?;
    let after = separator(rest).unwrap_or(0);
    Some(Ordinal { style: Style::Circled, value, end: c.len_utf8() + after })
}

fn bracketed(text: &str) -> Option<Ordinal> {
    let open = text.chars().next()?;
    if !matches!(open, '(' | '（' | '【' | '[' | '〔') {
        return None;
    }
    let inner = text.get(open.len_utf8()..)?;
    let (value, style, len) = number(inner)?;
    let rest = inner.get(len..)?;
    let rest_trimmed = rest.trim_start();
    let close = rest_trimmed.chars().next()?;
    if !matches!(close, ')' | '）' | '】' | ']' | '〕') {
        return None;
    }
    let mut end = open.len_utf8() + len + (rest.len() - rest_trimmed.len()) + close.len_utf8();
    if let Some(more) = text.get(end..).and_then(separator) {
        end += more;
    }
    let style = match style {
        Style::Arabic => Style::Bracketed,
        Style::Chinese => Style::ChineseBracketed,
        other => other,
    };
    Some(Ordinal { style, value, end })
}

fn plain(text: &str) -> Option<Ordinal> {
    let (mut value, mut style, mut len) = number(text)?;
    if style == Style::Arabic {
        let mut parts: u8 = 1;
        while let Some((v, Style::Arabic, l)) =
            text.get(len..).and_then(|r| r.strip_prefix(['.', '．'])).and_then(number)
        {
            let dot = text.get(len..)?.chars().next()?.len_utf8();
            (value, len, parts) = (v, len + dot + l, parts.saturating_add(1));
        }
        if parts > 1 {
            style = Style::Dotted(parts);
        }
    }
    let rest = text.get(len..)?;
    let after = match separator(rest) {
        Some(n) => n,
        // `1.2 Name` and `1 |` need no mark; a bare `1 Name` or `3.5mm` is not an ordinal.
        None if matches!(style, Style::Dotted(_)) && rest.starts_with([' ', '\u{3000}']) => 0,
        None => return None,
    };
    let rest = rest.get(after..)?;
    // `3.14`, `2.0版`: a version, not an ordinal.
    if style == Style::Arabic && rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // A letter and a dot may begin a domain or an abbreviation.
    if matches!(style, Style::Letter | Style::Roman)
        && text.get(len..)?.starts_with('.')
        && rest.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return None;
    }
    Some(Ordinal { style, value, end: len + after })
}

/// Length of the mark after a number.
fn separator(text: &str) -> Option<usize> {
    let unescaped = text.strip_prefix('\\').unwrap_or(text);
    let skipped = text.len() - unescaped.len();
    let gap = unescaped.len() - unescaped.trim_start_matches([' ', '\u{a0}']).len();
    let c = unescaped.trim_start_matches([' ', '\u{a0}']).chars().next()?;
    let mark = matches!(c, '.' | '、' | ')' | '）' | '．' | ',' | '，' | ':' | '：' | '。' | '｡');
    (mark && gap <= 1).then_some(skipped + gap + c.len_utf8())
}

/// A number, letter or Chinese numeral at the start: value, style, length.
fn number(text: &str) -> Option<(u32, Style, usize)> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 3 {
            return None;
        }
        return Some((text.get(..digits)?.parse().ok()?, Style::Arabic, digits));
    }
    if ('０'..='９').contains(&first) {
        let digits: String = text
            .chars()
            .take_while(|c| ('０'..='９').contains(c))
            .filter_map(|c| char::from_digit(c as u32 - '０' as u32, 10))
            .collect();
        return Some((digits.parse().ok()?, Style::Arabic, digits.len() * 3));
    }
    if first.is_ascii_alphabetic() {
        let len = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = text.get(..len)?.to_ascii_lowercase();
        if len == 1 && word != "i" {
            return Some((u32::from(word.bytes().next()? - b'a') + 1, Style::Letter, 1));
        }
        let roman = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];
        let value = roman.iter().position(|r| *r == word)?;
        return Some((u32::try_from(value).ok()? + 1, Style::Roman, len));
    }
    let skip = if first == '第' { first.len_utf8() } else { 0 };
    let (mut value, mut len, mut seen) = (0u32, skip, false);
    for c in text.get(skip..)?.chars().take(5) {
        if c == '十' {
            value = if value == 0 { 10 } else { value.saturating_mul(10) };
        } else if let Some(d) = "一二三四五六七八九".chars().position(|d| d == c) {
            value = value.saturating_add(u32::try_from(d).ok()? + 1);
        } else {
            break;
        }
        seen = true;
        len += c.len_utf8();
    }
    if !seen {
        return None;
    }
    if skip > 0 {
        let unit = text.get(len..)?.chars().next()?;
        if !matches!(unit, '条' | '章' | '节' | '部' | '條' | '節') {
            return None;
        }
        len += unit.len_utf8();
    }
    Some((value, Style::Chinese, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(Style, u32, &str)> {
        leading(text).map(|o| (o.style, o.value, text.get(o.end..).unwrap_or("")))
    }

    #[test]
    fn reads_ordinals() {
        assert_eq!(of("1\\. 甲SDK"), Some((Style::Arabic, 1, "甲SDK")));
        assert_eq!(of("（12）甲"), Some((Style::Bracketed, 12, "甲")));
        assert_eq!(of("①.甲"), Some((Style::Circled, 1, "甲")));
        assert_eq!(of("十二、甲"), Some((Style::Chinese, 12, "甲")));
        assert_eq!(of("（三）甲"), Some((Style::ChineseBracketed, 3, "甲")));
        assert_eq!(of("1.2.3 甲"), Some((Style::Dotted(3), 3, "甲")));
        assert_eq!(of("b) 甲"), Some((Style::Letter, 2, "甲")));
        assert_eq!(of("(ii) x"), Some((Style::Roman, 2, "x")));
    }

    #[test]
    fn leaves_what_is_no_ordinal() {
        for text in
            ["2.0版", "360 SDK", "3D引擎", "a.b.com", "QQ登录", "一键登录", "", "1", "com.umeng", "2021年"]
        {
            assert_eq!(leading(text), None, "{text}");
        }
    }
}
