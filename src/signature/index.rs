//! The database turned round: from a mark to the SDKs that claim it, ready for one pass over a package.

use super::database::Database;
use super::model::{Indicator, Sdk, around, under};
use crate::evidence::FeatureKind;
use std::collections::HashMap;

/// Who owns a class prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'d> {
    /// An SDK, through this indicator.
    Sdk(&'d Sdk, &'d Indicator),
    /// The app itself.
    App,
}

/// A class prefix and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix<'d> {
    pub value: String,
    pub owner: Owner<'d>,
}

/// A claim on an exact value or pattern of a kind other than class.
pub(super) type Claim<'d> = (&'d Sdk, &'d Indicator);

/// Marks by value.
#[derive(Debug)]
pub(super) struct Index<'d> {
    /// Class prefixes, sorted by value; each value once.
    prefixes: Vec<Prefix<'d>>,
    exact: HashMap<(FeatureKind, &'d str), Vec<Claim<'d>>>,
    /// What stands before and after the `*`, and who claims it.
    patterns: HashMap<FeatureKind, Vec<(&'d str, &'d str, Claim<'d>)>>,
}

impl<'d> Index<'d> {
    /// The index of `database`.
    pub fn new(database: &'d Database) -> Index<'d> {
        let mut prefixes: Vec<Prefix<'d>> = Vec::new();
        let mut exact: HashMap<(FeatureKind, &'d str), Vec<Claim<'d>>> = HashMap::new();
        let mut patterns: HashMap<FeatureKind, Vec<_>> = HashMap::new();
        for sdk in database.sdks() {
            for one in sdk.indicators.iter() {
                if one.kind == FeatureKind::Class {
                    prefixes.push(Prefix { value: one.value.to_string(), owner: Owner::Sdk(sdk, one) });
                } else if let Some((head, tail)) = one.value.split_once('*') {
                    patterns.entry(one.kind).or_default().push((head, tail, (sdk, one)));
                } else {
                    exact.entry((one.kind, one.value.as_ref())).or_default().push((sdk, one));
                }
            }
        }
        let mut index = Index { prefixes, exact, patterns };
        index.settle();
        index
    }

    /// Puts the app's own prefixes among the class prefixes. Where an SDK claims the same value, the app has it.
    pub fn add_own(&mut self, own: &[String]) {
        let own = own.iter().map(|value| Prefix { value: value.clone(), owner: Owner::App });
        self.prefixes.splice(0..0, own);
        self.settle();
    }

    fn settle(&mut self) {
        self.prefixes.sort_by(|a, b| a.value.cmp(&b.value));
        self.prefixes.dedup_by(|a, b| a.value == b.value);
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
            if let Ok(i) = self.prefixes.binary_search_by(|p| p.value.as_str().cmp(candidate)) {
                return Some(i);
            }
            end = candidate.rfind(['.', '$'])?;
        }
    }

    /// Whether any prefix of an SDK lies under `root`, or is `root`.
    pub fn has_under(&self, root: &str) -> bool {
        let start = self.prefixes.partition_point(|p| p.value.as_str() < root);
        self.prefixes
            .iter()
            .skip(start)
            .take_while(|p| p.value.starts_with(root))
            .any(|p| under(&p.value, root) && matches!(p.owner, Owner::Sdk(..)))
    }

    /// Everyone who claims `value` as a mark of `kind`.
    pub fn claims(&self, kind: FeatureKind, value: &str) -> Vec<Claim<'d>> {
        let exact = self.exact.get(&(kind, value)).into_iter().flatten();
        let patterns = self.patterns.get(&kind).into_iter().flatten();
        let patterns = patterns.filter(|(head, tail, _)| around(value, head, tail)).map(|(.., claim)| claim);
        exact.chain(patterns).copied().collect()
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
        while open.last().and_then(|i| prefixes.get(*i)).is_some_and(|p| !name.starts_with(&p.value)) {
            open.pop();
        }
        while let Some(prefix) = prefixes.get(next).filter(|p| p.value.as_str() <= name) {
            if name.starts_with(&prefix.value) {
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
            values.iter().map(|v| Prefix { value: (*v).to_owned(), owner: Owner::App }).collect();
        all.sort_by(|a, b| a.value.cmp(&b.value));
        all.dedup_by(|a, b| a.value == b.value);
        all
    }

    fn merged(prefixes: &[Prefix<'_>], names: &[String]) -> Vec<Option<String>> {
        let mut out = Vec::new();
        merge(prefixes, names.iter().map(String::as_str), |_, owner| {
            out.push(owner.and_then(|i| prefixes.get(i)).map(|p| p.value.clone()));
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
            let index = Index { prefixes, exact: HashMap::new(), patterns: HashMap::new() };
            let searched: Vec<Option<String>> = names
                .iter()
                .map(|n| index.prefix_of(n).and_then(|i| index.prefixes.get(i)).map(|p| p.value.clone()))
                .collect();
            prop_assert_eq!(searched, naive);
        }
    }
}
