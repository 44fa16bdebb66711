//! Traditional -> Simplified, character by character.
//! The pairs are the single-character mappings of OpenCC's `TSCharacters` (Apache-2.0), first choice of each.

use std::sync::LazyLock;

/// Pairs of characters, Traditional then Simplified, all in the block U+4E00..U+A000.
static PAIRS: &str = include_str!("simplified.txt");
const FIRST: u32 = 0x4e00;
const COUNT: usize = 0x5200;

static TABLE: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table = vec!['\0'; COUNT];
    let mut characters = PAIRS.chars().filter(|c| !c.is_whitespace());
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if let Some(slot) = slot(from).and_then(|i| table.get_mut(i)) {
            *slot = to;
        }
    }
    table
});

fn slot(c: char) -> Option<usize> {
    usize::try_from(u32::from(c).checked_sub(FIRST)?).ok()
}

/// The Simplified form of `c`; `c` itself where there is none. Takes as many bytes of UTF-8 as `c`.
pub fn simplify(c: char) -> char {
    if u32::from(c) < FIRST {
        return c;
    }
    match slot(c).and_then(|i| TABLE.get(i)) {
        Some('\0') | None => c,
        Some(simple) => *simple,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_fold_and_keep_their_length() {
        let folded: String = "個人資訊權限與藍牙訪問".chars().map(simplify).collect();
        assert_eq!(folded, "个人资讯权限与蓝牙访问");
        let pairs: Vec<char> = PAIRS.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(pairs.len() > 5000 && pairs.len().is_multiple_of(2));
        for pair in pairs.chunks(2) {
            assert_eq!(pair[0].len_utf8(), pair[1].len_utf8());
            assert_eq!(simplify(pair[0]), pair[1]);
        }
    }
}
