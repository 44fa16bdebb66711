//! A sorted list of distinct strings in one allocation.

use crate::format::mutf8;

/// The package of a class; empty for a class without one. Every class of an app passes here: a plain loop over
/// the few bytes of its simple name is the cheapest there is.
pub fn package_of(class: &str) -> &str {
    class.bytes().rposition(|b| b == b'.').and_then(|dot| class.get(..dot)).unwrap_or("")
}

/// A sorted list of distinct strings in one allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    /// The names of `sorted` in order; the caller sorts.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Name number `i`.
    pub fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)? as usize;
        let start = if i == 0 { 0 } else { *self.ends.get(i - 1)? as usize };
        self.text.get(start..end)
    }

    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.get(self.lower_bound(name)).is_some_and(|found| found == name)
    }

    /// The first name at or under the package `prefix`: `com.a`, `com.a.B` and `com.a$B` are under `com.a`.
    pub fn first_under(&self, prefix: &str) -> Option<&str> {
        let under = |name: &&str| {
            name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '$']))
        };
        // Between `com.a` and `com.a.B` may stand names such as `com.a-b`.
        let start = self.lower_bound(prefix);
        let direct = self.get(start).filter(under);
        direct
            .or_else(|| self.get(self.lower_bound(&format!("{prefix}$"))).filter(under))
            .or_else(|| self.get(self.lower_bound(&format!("{prefix}."))).filter(under))
    }

    /// Position of the first name that is not before `name`.
    fn lower_bound(&self, name: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(|n| n < name) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// All names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|i| self.get(i))
    }
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    /// Sorts and removes duplicates.
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Names {
        let mut all: Vec<S> = names.into_iter().collect();
        all.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
        all.dedup_by(|a, b| a.as_ref() == b.as_ref());
        let mut out = Names::default();
        all.iter().for_each(|n| out.push(n.as_ref()));
        out
    }
}

impl Names {
    /// Names with dots of MUTF-8 binary names with slashes, in the order of a dex type table or any other.
    ///
    /// Linear for type tables, whose order differs from that of the names only where one name is the beginning
    /// of another (`a/b;` sorts behind `a/b/c;`, `a.b` before `a.b.c`).
    pub(super) fn from_binary(names: Vec<&[u8]>) -> Names {
        let mut sorted: Vec<&[u8]> = Vec::with_capacity(names.len());
        let mut patience = names.len() * 8 + 64;
        for name in names {
            let behind = sorted.iter().rev().take(patience).take_while(|n| **n > name).count();
            patience -= behind;
            let at = sorted.len() - behind;
            if at > 0 && sorted.get(at - 1) == Some(&name) {
                continue;
            }
            if behind == 0 { sorted.push(name) } else { sorted.insert(at, name) }
        }
        if patience == 0 {
            sorted.sort_unstable();
            sorted.dedup();
        }
        let mut text: Vec<u8> = Vec::with_capacity(sorted.iter().map(|n| n.len()).sum());
        let mut ends = Vec::with_capacity(sorted.len());
        let mut plain = true;
        for name in sorted {
            let start = text.len();
            text.extend_from_slice(name);
            // One pass the compiler turns into vector code; names that need more are rare.
            let mut seen = 0u8;
            for byte in text.get_mut(start..).unwrap_or_default() {
                seen |= *byte & 0x80 | u8::from(*byte == b'.');
                *byte = if *byte == b'/' { b'.' } else { *byte };
            }
            if seen != 0 {
                plain = false;
                text.truncate(start);
                text.extend_from_slice(mutf8::decode(name).replace('/', ".").as_bytes());
            }
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        let text = String::from_utf8(text).unwrap_or_default();
        let out = Names { text, ends };
        if plain { out } else { out.iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(names: &[&str]) -> Vec<String> {
        let bytes: Vec<&[u8]> = names.iter().map(|n| n.as_bytes()).collect();
        Names::from_binary(bytes).iter().map(str::to_owned).collect()
    }

    #[test]
    fn type_table_order_becomes_name_order() {
        assert_eq!(
            binary(&["a/b$1", "a/b/c", "a/b", "a/bc", "a", "b"]),
            ["a", "a.b", "a.b$1", "a.b.c", "a.bc", "b"]
        );
    }

    #[test]
    fn lookups_keep_to_whole_segments() {
        let names: Names = ["com.a-b", "com.a.B", "com.ab.C", "org.x$Y"].into_iter().collect();
        assert!(names.contains("com.a.B") && !names.contains("com.a"));
        assert_eq!(names.first_under("com.a"), Some("com.a.B"));
        assert_eq!(names.first_under("org.x"), Some("org.x$Y"));
        assert_eq!(names.first_under("com.b"), None);
    }

    #[test]
    fn any_order_and_any_characters_are_sorted_and_distinct() {
        assert_eq!(binary(&["z", "中/文", "a.b", "a/b", "z", "m"]), ["a.b", "m", "z", "中.文"]);
        let falling: Vec<String> = (0..2000).rev().map(|n| format!("p/c{n:05}")).collect();
        let falling: Vec<&str> = falling.iter().map(String::as_str).collect();
        let got = binary(&falling);
        assert_eq!(got.len(), 2000);
        assert!(got.is_sorted());
    }
}
