//! Hostile strings made inert: controls and bidirectional marks shown, not obeyed; width as a terminal counts it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character could act on a terminal or reorder the text around it (Unicode TR36, "Trojan Source").
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// `text` on one line: white space collapsed, every acting character written as `\u{…}`.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() && !matches!(c, '\u{2028}' | '\u{2029}') {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        if acts(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Columns that `text` takes in a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to `columns` with an ellipsis; wide characters count as two.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > columns {
            break;
        }
        used += w;
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acting_characters_are_shown() {
        assert_eq!(line("a\u{1b}[31mb\r\n  c\u{202E}d"), "a\\u{1b}[31mb c\\u{202e}d");
        assert_eq!(line("  个推 \t SDK "), "个推 SDK");
    }

    #[test]
    fn cut_counts_wide_characters_twice() {
        assert_eq!(cut("个推推送", 8), "个推推送");
        assert_eq!(cut("个推推送", 7), "个推推…");
        assert_eq!(cut("abc", 2), "a…");
    }
}
