//! Word lists written as one text, words divided by `;`.

use std::ops::Deref;
use std::sync::OnceLock;

/// A list of words; split when first used.
pub struct Words {
    text: &'static str,
    split: OnceLock<Vec<&'static str>>,
}

impl Words {
    /// The words of `text`.
    pub const fn new(text: &'static str) -> Words {
        Words { text, split: OnceLock::new() }
    }

    /// Whether `text` holds one of them.
    pub fn within(&self, text: &str) -> bool {
        self.iter().any(|w| text.contains(w))
    }
}

impl Deref for Words {
    type Target = [&'static str];

    fn deref(&self) -> &[&'static str] {
        self.split.get_or_init(|| self.text.split(';').collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_and_found() {
        static LIST: Words = Words::new("甲;乙 丙;x");
        assert_eq!(&*LIST, ["甲", "乙 丙", "x"]);
        assert!(LIST.within("有乙 丙") && !LIST.within("有乙丙"));
    }
}
