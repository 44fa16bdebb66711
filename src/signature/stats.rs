//! The database counted and listed: `signatures stats`, and the page `docs/sdks.md`.

use super::model::{INDICATOR_KINDS, Kind, Level, Sdk, Status};
use super::{Basis, Database};
use crate::evidence::FeatureKind;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts over a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// SDKs and libraries.
    pub sdks: usize,
    /// Whose vendors say they collect personal information.
    pub collect: usize,
    /// That real policies are known to list.
    pub listed: usize,
    /// With a class prefix.
    pub with_prefix: usize,
    /// Of Chinese vendors, with a class prefix that a named source proves.
    pub chinese_with_proven_prefix: usize,
    /// With data items or permissions of the vendor's documents.
    pub documented: usize,
    /// Indicators.
    pub indicators: usize,
    /// Counts by category, country, kind, status, indicator kind and source, in this order; then class prefixes by
    /// what they rest on, and collecting SDKs by what that rests on.
    pub groups: Vec<Group>,
}

/// Counts by one property, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// `category`, `country`, `kind`, `status`, `indicator`, `source`, `class prefix`, `collects`.
    pub by: &'static str,
    /// Value and count.
    pub counts: Vec<(String, usize)>,
}

/// Counts of `database`.
pub fn stats(database: &Database) -> Stats {
    let sdks = database.sdks();
    let count = |wanted: &dyn Fn(&Sdk) -> bool| sdks.iter().filter(|s| wanted(s)).count();
    let proven = |s: &Sdk| s.indicators_of(FeatureKind::Class).any(|i| i.provenance().proves());
    let indicators = || sdks.iter().flat_map(|s| s.indicators.iter());
    let prefixes = indicators().filter(|i| i.kind == FeatureKind::Class);
    let collecting = sdks.iter().filter(|s| s.collects == Some(true));
    let words = |kind| INDICATOR_KINDS.iter().find(|(k, _)| *k == kind).map_or("", |(_, w)| *w);
    Stats {
        sdks: sdks.len(),
        collect: count(&|s| s.collects == Some(true)),
        listed: count(&|s| s.listed),
        with_prefix: count(&|s| s.prefixes().next().is_some()),
        chinese_with_proven_prefix: count(&|s| s.country.as_deref() == Some("CN") && proven(s)),
        documented: count(&|s| s.documented.is_some()),
        indicators: indicators().count(),
        groups: vec![
            group("category", sdks.iter().map(|s| s.category.to_string())),
            group("country", sdks.iter().map(|s| s.country.as_deref().unwrap_or("unknown").to_owned())),
            group("kind", sdks.iter().map(|s| s.kind.word().to_owned())),
            group("status", sdks.iter().map(|s| s.status.word().to_owned())),
            group("indicator", indicators().map(|i| words(i.kind).to_owned())),
            group("source", indicators().map(|i| source(&i.source).to_owned())),
            group("class prefix", prefixes.map(|i| i.provenance().word().to_owned())),
            group("collects", collecting.filter_map(|s| s.collects_basis()).map(|b| basis(b).to_owned())),
        ],
    }
}

/// The kind of a source: its first word, which names a list, an archive, a repository or a document.
fn source(text: &str) -> &str {
    text.split([' ', ':']).next().unwrap_or(text)
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Documented => "vendor's documents",
        Basis::Listed => "policies list it",
        Basis::Category => "category",
    }
}

fn group(by: &'static str, values: impl Iterator<Item = String>) -> Group {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    values.for_each(|v| *counts.entry(v).or_default() += 1);
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Group { by, counts }
}

/// The page that lists all SDKs, by category.
pub fn catalogue(database: &Database) -> String {
    let stats = stats(database);
    let mut out = String::from("# SDKs in the database\n\n");
    out.push_str("Generated from `sdk-signatures/`; a test compares. ");
    out.push_str("`sdkaudit signatures show ID` prints an entry with its indicators and their sources.\n\n");
    out.push_str(&format!(
        "{} SDKs, libraries and packers; {} whose vendors say they collect personal information; {} with a class \
         prefix; {} indicators.\n",
        stats.sdks, stats.collect, stats.with_prefix, stats.indicators
    ));
    let mut categories: BTreeMap<&str, Vec<&Sdk>> = BTreeMap::new();
    for sdk in database.sdks() {
        categories.entry(&sdk.category).or_default().push(sdk);
    }
    for (category, sdks) in categories {
        out.push_str(&format!(
            "\n## {category}\n\n| id | 中文名 | English name | vendor | kind | class prefixes |\n"
        ));
        out.push_str("|---|---|---|---|---|---|\n");
        for sdk in sdks {
            let prefixes: Vec<String> = sdk.prefixes().take(3).map(|p| format!("`{p}`")).collect();
            out.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                sdk.id,
                cell(&sdk.name_zh),
                cell(&sdk.name_en),
                cell(sdk.vendors.first().map_or("", |v| v)),
                kind(sdk),
                prefixes.join(" ")
            ));
        }
    }
    out
}

fn kind(sdk: &Sdk) -> String {
    let mut words = vec![sdk.kind.word()];
    if sdk.level == Level::Family {
        words = vec!["family"];
    }
    if sdk.status != Status::Stable {
        words.push(sdk.status.word());
    }
    if sdk.collects == Some(true) && sdk.kind != Kind::Packer {
        words.push("collects");
    }
    words.join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
