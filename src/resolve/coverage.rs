//! Detections x declarations -> who declares what: for every find the rows that cover it, for every row its finds.

use super::Identity;
use crate::evidence::{Evidence, FeatureKind};
use crate::policy::{Declaration, Policy};
use crate::signature::{Database, Detection, Detections, Level, Sdk};
use serde::Serialize;
use std::collections::HashMap;

/// How the policy declares one SDK that was found. Numbers are indexes of `Policy::declarations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how", content = "rows")]
pub enum Declared {
    /// By rows of its own id, or rows that give its package.
    Itself(Vec<usize>),
    /// The find is a brand's base code; rows of members of that brand cover it.
    Member(Vec<usize>),
    /// Only by rows of its brand.
    Family(Vec<usize>),
    /// Only by rows whose name could mean it among others.
    Ambiguous(Vec<usize>),
    /// By no row.
    No,
}

/// What the package holds of one declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what", content = "which")]
pub enum Found {
    /// Detections, by index.
    Sdks(Vec<usize>),
    /// Clusters of unknown code, by index in `Detections::unknown`.
    Unknown(Vec<usize>),
    /// Nothing.
    Nothing,
}

/// Both directions of the comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// One per detection, in order.
    pub detections: Vec<Declared>,
    /// One per declaration, in order.
    pub declarations: Vec<Found>,
    /// One per cluster of `Detections::unknown`: the rows that name it.
    pub unknown: Vec<Vec<usize>>,
}

/// Compares what was found with what is declared. Family rows cover members and member rows cover
/// the family's base code (registry rule); a declared package covers what lies under it.
pub fn cover(
    detections: &Detections,
    policy: &Policy,
    identities: &[Identity],
    database: &Database,
) -> Coverage {
    let rows: Vec<Row<'_>> = policy
        .declarations
        .iter()
        .zip(identities)
        .map(|(declaration, identity)| Row::new(declaration, identity, database))
        .collect();
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_candidate: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_family: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_package: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(id) = row.id {
            by_id.entry(id).or_default().push(i);
            if let Some(family) = row.family.filter(|f| *f != id) {
                by_family.entry(family).or_default().push(i);
            }
        } else {
            for id in &row.candidates {
                by_candidate.entry(id).or_default().push(i);
            }
        }
        for package in &row.packages {
            by_package.entry(package.as_str()).or_default().push(i);
        }
        if row.id.is_none() {
            for word in &row.words {
                by_word.entry(word).or_default().push(i);
            }
        }
    }
    let mut out = Coverage { declarations: vec![Found::Nothing; rows.len()], ..Coverage::default() };
    for (number, detection) in detections.sdks.iter().enumerate() {
        let sdk = database.get(detection.sdk.as_str());
        let declared = declared(detection, sdk, &by_id, &by_candidate, &by_family, &by_package);
        let mut finds_of = |rows: &[usize]| {
            for &row in rows {
                match out.declarations.get_mut(row) {
                    Some(Found::Sdks(all)) => all.push(number),
                    Some(slot) => *slot = Found::Sdks(vec![number]),
                    None => {}
                }
            }
        };
        match &declared {
            Declared::Itself(rows)
            | Declared::Member(rows)
            | Declared::Family(rows)
            | Declared::Ambiguous(rows) => finds_of(rows),
            Declared::No => {}
        }
        out.detections.push(declared);
    }
    for (number, cluster) in detections.unknown.iter().enumerate() {
        let mut named = under(&by_package, &cluster.prefix);
        if named.is_empty() {
            named = cluster
                .prefix
                .split('.')
                .skip(1)
                .filter(|s| is_telling(s))
                .filter_map(|s| by_word.get(s))
                .flatten()
                .copied()
                .collect();
        }
        named.sort_unstable();
        named.dedup();
        for &row in &named {
            match out.declarations.get_mut(row) {
                Some(Found::Unknown(all)) => all.push(number),
                Some(slot @ Found::Nothing) => *slot = Found::Unknown(vec![number]),
                _ => {}
            }
        }
        out.unknown.push(named);
    }
    out
}

/// What one declaration offers for matching.
struct Row<'a> {
    id: Option<&'a str>,
    family: Option<&'a str>,
    candidates: Vec<&'a str>,
    packages: Vec<Prefix>,
    words: Vec<String>,
}

impl<'a> Row<'a> {
    fn new(declaration: &'a Declaration, identity: &'a Identity, database: &'a Database) -> Row<'a> {
        let id = identity.sdk.as_ref().map(|s| s.as_str());
        let family = id.and_then(|id| database.get(id)).and_then(|s| s.family.as_ref()).map(|f| f.as_str());
        let packages = declaration.packages.iter().filter_map(|p| Prefix::read(&p.text)).collect();
        Row {
            id,
            family,
            candidates: identity.candidates.iter().map(|c| c.as_str()).collect(),
            packages,
            words: words(&declaration.name.text),
        }
    }
}

fn declared(
    detection: &Detection,
    sdk: Option<&Sdk>,
    by_id: &HashMap<&str, Vec<usize>>,
    by_candidate: &HashMap<&str, Vec<usize>>,
    by_family: &HashMap<&str, Vec<usize>>,
    by_package: &HashMap<&str, Vec<usize>>,
) -> Declared {
    let id = detection.sdk.as_str();
    let mut own: Vec<usize> = by_id.get(id).cloned().unwrap_or_default();
    for evidence in &detection.evidence {
        if let Evidence::Seen { kind: FeatureKind::Class, value, .. } = evidence {
            own.extend(under(by_package, value));
        }
    }
    own.sort_unstable();
    own.dedup();
    if !own.is_empty() {
        return Declared::Itself(own);
    }
    if sdk.is_some_and(|s| s.level == Level::Family)
        && let Some(rows) = by_family.get(id)
    {
        return Declared::Member(rows.clone());
    }
    let family = sdk.and_then(|s| s.family.as_ref()).map(|f| f.as_str());
    if let Some(rows) = family.and_then(|f| by_id.get(f)) {
        return Declared::Family(rows.clone());
    }
    if let Some(rows) = by_candidate.get(id).or_else(|| family.and_then(|f| by_candidate.get(f))) {
        return Declared::Ambiguous(rows.clone());
    }
    Declared::No
}

/// Rows that give `prefix` itself or a package above it; two segments at least, since `com` covers nothing.
fn under(by_package: &HashMap<&str, Vec<usize>>, prefix: &str) -> Vec<usize> {
    let mut out = Vec::new();
    let mut at = Some(prefix);
    while let Some(package) = at.filter(|p| p.contains('.')) {
        if let Some(rows) = by_package.get(package) {
            out.extend_from_slice(rows);
        }
        at = package.rsplit_once('.').map(|(above, _)| above);
    }
    out
}

/// A declared package as a prefix: `.*` and trailing dots dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Prefix(String);

impl Prefix {
    /// `None` when what is written is not a package of two segments or more.
    pub fn read(written: &str) -> Option<Prefix> {
        let text = written.trim().trim_end_matches(['*', '.', '/']);
        let dotted = text.contains('.')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'));
        dotted.then(|| Prefix(text.to_owned()))
    }

    /// The prefix, without a trailing dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Latin words of a name that can stand as a package segment, lower-cased, joined ones too
/// (`Fast JSON` gives `fast`, `json`, `fastjson`).
fn words(name: &str) -> Vec<String> {
    let lower = name.to_ascii_lowercase();
    let mut parts: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    parts.retain(|w| *w != "sdk");
    let mut out: Vec<String> = parts.iter().map(|w| (*w).to_owned()).collect();
    if parts.len() > 1 {
        out.push(parts.concat());
    }
    out.retain(|w| is_telling(w));
    out.sort();
    out.dedup();
    out
}

/// Whether a package segment says who wrote the code. Short or generic segments do not.
fn is_telling(segment: &str) -> bool {
    const GENERIC: &[&str] = &[
        "android",
        "androidx",
        "google",
        "github",
        "apache",
        "base",
        "core",
        "common",
        "commons",
        "library",
        "util",
        "utils",
        "tools",
        "view",
        "views",
        "widget",
        "http",
        "https",
        "json",
        "image",
        "video",
        "audio",
        "player",
        "camera",
        "push",
        "login",
        "share",
        "pay",
        "payment",
        "maps",
        "location",
        "open",
        "client",
        "service",
        "services",
        "mobile",
        "data",
        "model",
        "analytics",
        "statistics",
        "login",
        "push",
        "game",
        "games",
        "network",
        "media",
        "plugin",
        "support",
        "framework",
        "internal",
        "impl",
        "tencent",
        "alibaba",
        "baidu",
        "huawei",
        "xiaomi",
        "facebook",
        "bytedance",
        "kotlin",
        "java",
    ];
    segment.len() >= 4 && !GENERIC.contains(&segment) && !segment.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_words() {
        assert_eq!(Prefix::read("com.umeng.*").as_ref().map(Prefix::as_str), Some("com.umeng"));
        assert_eq!(Prefix::read("微信"), None);
        assert_eq!(words("Fast JSON SDK"), ["fast", "fastjson"]);
        assert!(!is_telling("json") && is_telling("fastjson"));
    }
}
