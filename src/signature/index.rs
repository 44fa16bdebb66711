//! The database turned round: from a mark to the SDKs that claim it, ready for one pass over a package.

use super::database::Database;
use super::model::{INDICATOR_KINDS, Mark, Sdk, around, under};
use crate::evidence::FeatureKind;
use std::borrow::Cow;

/// Who owns a class prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'d> {
    /// An SDK, through this mark.
    Sdk(&'d Mark),
    /// The app itself.
    App,
}

/// A class prefix and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix<'d> {
    pub value: Cow<'d, str>,
    pub owner: Owner<'d>,
}

/// Marks by value.
#[derive(Debug)]
pub(super) struct Index<'d> {
    database: &'d Database,
    /// Class prefixes, sorted by value; each value once.
    prefixes: Vec<Prefix<'d>>,
    /// Marks of other kinds with a `*`, by kind: what stands before and after it.
    patterns: Vec<(&'d str, &'d str, &'d Mark)>,
}

impl<'d> Index<'d> {
    /// The index of `database`.
    pub fn new(database: &'d Database) -> Index<'d> {
        let classes = database.marks_of(FeatureKind::Class).iter();
        let mut prefixes: Vec<Prefix<'d>> =
            classes.map(|m| Prefix { value: Cow::Borrowed(&*m.value), owner: Owner::Sdk(m) }).collect();
        prefixes.dedup_by(|a, b| a.value == b.value);
        let kinds = INDICATOR_KINDS.iter().map(|(kind, _)| *kind).filter(|k| *k != FeatureKind::Class);
        let mut patterns: Vec<_> = kinds
            .flat_map(|kind| database.marks_of(kind))
            .filter_map(|m| m.value.split_once('*').map(|(head, tail)| (head, tail, m)))
            .collect();
        patterns.sort_by_key(|(.., m)| m.kind);
        Index { database, prefixes, patterns }
    }

    /// The SDK of a mark.
    pub fn sdk(&self, mark: &Mark) -> Option<&'d Sdk> {
        self.database.at(mark.sdk as usize)
    }

    /// Puts the app's own prefixes among the class prefixes. Where an SDK claims the same value, the app has it.
    pub fn add_own(&mut self, own: &[String]) {
        for value in own {
            let prefix = Prefix { value: Cow::Owned(value.clone()), owner: Owner::App };
            match self.prefixes.binary_search_by(|p| p.value.as_ref().cmp(value)) {
                Ok(at) => self.prefixes.splice(at..=at, [prefix]),
                Err(at) => self.prefixes.splice(at..at, [prefix]),
            };
        }
    }

    /// All class prefixes, sorted.
    pub fn prefixes(&self) -> &[Prefix<'d>] {
        &self.prefixes
    }

    /// Number of the longest prefix that `class` lies under.
    pub fn prefix_of(&self, class: &str) -> Option<usize> {
        // The owner's value sorts at or before the class, and every value between them that is no prefix
        // of the class shares less with it: walk the borders of the class name from the longest down.
        let mut end = class.len();
        loop {
            let candidate = class.get(..end)?;
            if let Ok(i) = self.prefixes.binary_search_by(|p| p.value.as_ref().cmp(candidate)) {
                return Some(i);
            }
            end = candidate.rfind(['.', '$'])?;
        }
    }

    /// Whether any prefix of an SDK lies under `root`, or is `root`.
    pub fn has_under(&self, root: &str) -> bool {
        let start = self.prefixes.partition_point(|p| p.value.as_ref() < root);
        self.prefixes
            .iter()
            .skip(start)
            .take_while(|p| p.value.starts_with(root))
            .any(|p| under(&p.value, root) && matches!(p.owner, Owner::Sdk(..)))
    }

    /// Everyone who claims `value` as a mark of `kind`, not a class.
    pub fn claims(&self, kind: FeatureKind, value: &str) -> Vec<(&'d Sdk, &'d Mark)> {
        let marks = self.database.marks_of(kind);
        let start = marks.partition_point(|m| m.value.as_ref() < value);
        let exact = marks.iter().skip(start).take_while(|m| m.value == value && !value.contains('*'));
        let start = self.patterns.partition_point(|(.., m)| m.kind < kind);
        let patterns = self.patterns.iter().skip(start).take_while(|(.., m)| m.kind == kind);
        let patterns = patterns.filter(|(head, tail, _)| around(value, head, tail));
        let claims = exact.chain(patterns.map(|(.., m)| *m));
        claims.filter_map(|m| Some((self.sdk(m)?, m))).collect()
    }
}

/// Walks sorted class names and the sorted prefixes side by side: for each name the longest prefix it lies
/// under. Linear in both; nothing is hashed.
pub(super) fn merge<'n>(
    prefixes: &[Prefix<'_>],
    names: impl Iterator<Item = &'n str>,
    mut each: impl FnMut(&'n str, Option<usize>),
) {
    // Prefixes whose text the current name starts with, shortest first. A prefix that sorts before a name
    // without starting it can start no later name either.
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    for name in names {
        while open.last().and_then(|i| prefixes.get(*i)).is_some_and(|p| !name.starts_with(&*p.value)) {
            open.pop();
        }
        while let Some(prefix) = prefixes.get(next).filter(|p| p.value.as_ref() <= name) {
            if name.starts_with(&*prefix.value) {
                open.push(next);
            }
            next += 1;
        }
        let owner =
            open.iter().rev().copied().find(|i| prefixes.get(*i).is_some_and(|p| under(name, &p.value)));
        each(name, owner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn app(values: &[&str]) -> Vec<Prefix<'static>> {
        let mut all: Vec<Prefix<'static>> =
            values.iter().map(|v| Prefix { value: (*v).to_owned().into(), owner: Owner::App }).collect();
        all.sort_by(|a, b| a.value.cmp(&b.value));
        all.dedup_by(|a, b| a.value == b.value);
        all
    }

    fn merged(prefixes: &[Prefix<'_>], names: &[String]) -> Vec<Option<String>> {
        let mut out = Vec::new();
        merge(prefixes, names.iter().map(String::as_str), |_, owner| {
            out.push(owner.and_then(|i| prefixes.get(i)).map(|p| p.value.to_string()));
        });
        out
    }

    #[test]
    fn the_longest_prefix_on_a_segment_border_wins() {
        let prefixes = app(&["com.a", "com.a.b", "com.a.b.C", "com.ab", "z"]);
        let names: Vec<String> =
            ["com.a.X", "com.a.b.C$1", "com.a.b.Cat", "com.a.bc.X", "com.ab.X", "com.abc.X", "z.y"]
                .map(str::to_owned)
                .to_vec();
        let shown: Vec<String> =
            merged(&prefixes, &names).into_iter().map(Option::unwrap_or_default).collect();
        assert_eq!(shown, ["com.a", "com.a.b.C", "com.a.b", "com.a", "com.ab", "", "z"]);
    }

    proptest! {
        #[test]
        fn the_merge_agrees_with_the_naive_loop(
            values in proptest::collection::vec("[ab]{1,2}([.$][ab]{1,2}){0,3}", 0..20),
            names in proptest::collection::btree_set("[ab]{1,2}([.$-][ab]{1,2}){0,4}", 0..40),
        ) {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let prefixes = app(&values);
            let names: Vec<String> = names.into_iter().collect();
            let naive: Vec<Option<String>> = names
                .iter()
                .map(|n| {
                    values.iter().filter(|v| under(n, v)).max_by_key(|v| v.len()).map(|v| (*v).to_owned())
                })
                .collect();
            prop_assert_eq!(merged(&prefixes, &names), naive.clone());
            let database = Database::default();
            let index = Index { database: &database, prefixes, patterns: Vec::new() };
            let searched: Vec<Option<String>> = names
                .iter()
                .map(|n| index.prefix_of(n).and_then(|i| index.prefixes.get(i)).map(|p| p.value.to_string()))
                .collect();
            prop_assert_eq!(searched, naive);
        }
    }
}
