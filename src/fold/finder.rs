//! Many words found in one text: a tree of their characters, cheap enough to be made by every process that needs it.
//!
//! An Aho-Corasick automaton searches faster and takes some ten times longer to make, which a single policy never
//! earns back: thousands of words, a few kilobytes of text.

/// Words and their tree.
#[derive(Debug, Clone, Default)]
pub struct Finder {
    /// Breadth first, the root at 0.
    nodes: Vec<Node>,
    /// Edges of each node side by side, by character.
    edges: Vec<(char, u32)>,
    /// The low bits of every character that a word begins with: nearly all others are turned away here.
    first: [u64; 16],
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Its edges.
    start: u32,
    end: u32,
    /// Number of the word that ends here.
    word: u32,
}

/// No word.
const NONE: u32 = u32::MAX;

/// Where `c` stands in the table of first characters: word and bit.
fn slot(c: char) -> (usize, u32) {
    let low = u32::from(c) & 1023;
    ((low / 64) as usize, low % 64)
}

impl Finder {
    /// The tree of `words`. Of equal words the first counts; an empty word is never found.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Finder {
        let mut sorted: Vec<(&str, u32)> = words.iter().map(AsRef::as_ref).zip(0..).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|later, first| later.0 == first.0);
        let mut out = Finder { nodes: Vec::new(), edges: Vec::new(), first: [0; 16] };
        out.nodes.push(Node { start: 0, end: 0, word: NONE });
        // Of each node the sorted words that go on from it, and how much of them led there.
        let mut open = vec![(0..sorted.len(), 0usize)];
        let mut at = 0;
        while let Some((range, depth)) = open.get(at).cloned() {
            let mut rest = sorted.get(range.clone()).unwrap_or_default();
            let mut from = range.start;
            if let Some((word, number)) = rest.first()
                && word.len() == depth
            {
                if depth > 0
                    && let Some(node) = out.nodes.get_mut(at)
                {
                    node.word = *number;
                }
                rest = rest.get(1..).unwrap_or_default();
                from += 1;
            }
            let start = out.edges.len();
            while let Some(c) = rest.first().and_then(|(word, _)| word.get(depth..)?.chars().next()) {
                let deeper = depth + c.len_utf8();
                let same = |(word, _): &&(&str, u32)| word.get(depth..).is_some_and(|w| w.starts_with(c));
                let count = rest.iter().take_while(same).count();
                out.edges.push((c, u32::try_from(open.len()).unwrap_or(NONE)));
                out.nodes.push(Node { start: 0, end: 0, word: NONE });
                open.push((from..from + count, deeper));
                rest = rest.get(count..).unwrap_or_default();
                from += count;
                if at == 0
                    && let (word, bit) = slot(c)
                    && let Some(bits) = out.first.get_mut(word)
                {
                    *bits |= 1 << bit;
                }
            }
            if let Some(node) = out.nodes.get_mut(at) {
                node.start = u32::try_from(start).unwrap_or(NONE);
                node.end = u32::try_from(out.edges.len()).unwrap_or(NONE);
            }
            at += 1;
        }
        out
    }

    /// Number of the word that is all of `text`.
    pub fn get(&self, text: &str) -> Option<usize> {
        let mut node = self.nodes.first()?;
        for c in text.chars() {
            node = self.next(node, c)?;
        }
        (node.word != NONE).then_some(node.word as usize)
    }

    /// Whether any word is in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        let mut found = false;
        self.search(text, |_, _, _| {
            found = true;
            false
        });
        found
    }

    /// Every place of every word in `text`, overlapping ones too: start, end, number of the word. By start, shorter
    /// words first. Linear in the text: no place is followed further than the longest word.
    pub fn each(&self, text: &str, mut found: impl FnMut(usize, usize, usize)) {
        self.search(text, |start, end, word| {
            found(start, end, word);
            true
        });
    }

    /// [`Finder::each`], until `found` says to stop.
    fn search(&self, text: &str, mut found: impl FnMut(usize, usize, usize) -> bool) {
        let Some(root) = self.nodes.first() else { return };
        for (start, first) in text.char_indices() {
            let (word, bit) = slot(first);
            if self.first.get(word).is_none_or(|bits| bits >> bit & 1 == 0) {
                continue;
            }
            let mut node = root;
            let mut end = start;
            for c in text.get(start..).unwrap_or_default().chars() {
                let Some(next) = self.next(node, c) else { break };
                node = next;
                end += c.len_utf8();
                if node.word != NONE && !found(start, end, node.word as usize) {
                    return;
                }
            }
        }
    }

    /// Where `c` leads from `node`.
    fn next(&self, node: &Node, c: char) -> Option<&Node> {
        let edges = self.edges.get(node.start as usize..node.end as usize)?;
        let target = match edges {
            [] => return None,
            [one] => (one.0 == c).then_some(one.1)?,
            many => many.binary_search_by_key(&c, |(own, _)| *own).ok().and_then(|i| many.get(i))?.1,
        };
        self.nodes.get(target as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(words: &[&str], text: &str) -> Vec<(usize, usize, usize)> {
        let mut out = Vec::new();
        Finder::new(words).each(text, |start, end, word| out.push((start, end, word)));
        out
    }

    #[test]
    fn every_place_of_every_word_is_found() {
        assert_eq!(all(&["位置", "位置信息", "信息", ""], "位置信息"), [(0, 6, 0), (0, 12, 1), (6, 12, 2)]);
        assert_eq!(all(&["b", "a", "b"], "bab"), [(0, 1, 0), (1, 2, 1), (2, 3, 0)]);
        assert_eq!(all(&[], "a"), []);
        let finder = Finder::new(&["ab", "abc", "中文"]);
        assert_eq!(
            [finder.get("abc"), finder.get("a"), finder.get("中文"), finder.get("")],
            [Some(1), None, Some(2), None]
        );
        assert!(finder.is_in("xxabx") && !finder.is_in("xxa中"));
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_naive_search(
            words in proptest::collection::vec("[ab中文]{1,4}", 0..12),
            text in "[abc中文文]{0,30}",
        ) {
            let mut naive = Vec::new();
            for (start, _) in text.char_indices() {
                let mut here: Vec<_> = words
                    .iter()
                    .enumerate()
                    .filter(|(i, w)| text[start..].starts_with(w.as_str()) && words[..*i].iter().all(|o| o != *w))
                    .map(|(i, w)| (start, start + w.len(), i))
                    .collect();
                here.sort_unstable();
                naive.extend(here);
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            prop_assert_eq!(all(&words, &text), naive);
            let word = Finder::new(&words).get(&text).map(|i| words[i]);
            prop_assert_eq!(word, words.iter().find(|w| **w == text).copied());
        }
    }
}
