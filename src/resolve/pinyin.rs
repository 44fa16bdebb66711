//! Chinese characters -> pinyin without tones, for names written in Latin letters and for homophones.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One syllable a line, then the characters read so (most common reading; MIT-licensed readings of pypinyin).
static DATA: &str = include_str!("pinyin.txt");

static SYLLABLES: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    DATA.lines()
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(syllable, characters)| characters.chars().map(move |c| (c, syllable)))
        .collect()
});

/// A folded name with its characters spelt out: `百青藤` -> `baiqingteng`. `None` without any Chinese character, or with
/// one that is not in the table.
pub fn spell(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len() * 2);
    let mut any = false;
    for c in name.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.push_str(SYLLABLES.get(&c)?);
            any = true;
        }
    }
    any.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_out() {
        assert_eq!(spell("百青藤").as_deref(), Some("baiqingteng"));
        assert_eq!(spell("友盟+").as_deref(), Some("youmeng+"));
        assert_eq!(spell("umeng"), None);
        assert_eq!(spell("龘"), None);
    }
}
