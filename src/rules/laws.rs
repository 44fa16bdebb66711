//! The clauses rules rest on, as data (`data/laws.toml`). Only clauses whose text was read are cited.

use super::Profile;
use crate::lang::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Short name of the instrument and the clause, as a report cites it.
    pub cite: Text,
    /// What it says: the wording where it was read word for word, else a faithful summary.
    pub text: Text,
    /// Rank of the instrument.
    pub rank: Rank,
    /// Day it took effect, ISO date; absent where it is not known for certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<String>,
    /// Where the text was read.
    pub source: String,
    /// Whether someone read the clause itself; others are never shown.
    pub verified: bool,
    /// Profiles it counts under.
    pub profiles: Vec<Profile>,
}

/// Rank of an instrument, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// Statute.
    Law,
    /// Administrative regulation.
    Regulation,
    /// Notice or measure of a ministry or authority.
    Notice,
    /// National or industry standard.
    Standard,
    /// Terms of an app store.
    Store,
    /// A published case: what has been punished.
    Case,
}

/// All clauses by key.
pub fn clauses() -> &'static BTreeMap<String, Clause> {
    static CLAUSES: OnceLock<BTreeMap<String, Clause>> = OnceLock::new();
    CLAUSES.get_or_init(|| {
        let parsed = toml::from_str(include_str!("../../data/laws.toml"));
        debug_assert!(parsed.is_ok(), "data/laws.toml: {parsed:?}");
        parsed.unwrap_or_default()
    })
}

/// One clause by key.
pub fn clause(key: &str) -> Option<&'static Clause> {
    clauses().get(key)
}

/// Those of `keys` that count under `profile` and may be shown.
pub fn cited(keys: &[&'static str], profile: Profile) -> Vec<&'static str> {
    keys.iter()
        .copied()
        .filter(|k| clause(k).is_some_and(|c| c.verified && c.profiles.contains(&profile)))
        .collect()
}
