//! Word lists written as one text, words divided by `;`.

use aho_corasick::AhoCorasick;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Texts searched word by word before a machine for all words is built: a short document never pays for one.
const PATIENCE: usize = 200;

/// A list of words; split when first used.
pub struct Words {
    text: &'static str,
    split: OnceLock<Vec<&'static str>>,
    asked: AtomicUsize,
    machine: OnceLock<Option<AhoCorasick>>,
}

impl Words {
    /// The words of `text`.
    pub const fn new(text: &'static str) -> Words {
        Words { text, split: OnceLock::new(), asked: AtomicUsize::new(0), machine: OnceLock::new() }
    }

    /// Whether `text` holds one of them.
    pub fn within(&self, text: &str) -> bool {
        if self.asked.load(Ordering::Relaxed) > PATIENCE
            && let Some(machine) = self.machine.get_or_init(|| AhoCorasick::new(self.iter()).ok())
        {
            return machine.is_match(text);
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
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
        for _ in 0..PATIENCE + 3 {
            assert!(LIST.within("有乙 丙") && !LIST.within("有乙丙"));
        }
    }
}
