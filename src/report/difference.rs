//! Two reports -> what changed between two builds, and which of it the policy does not cover.

use super::{PermissionRow, Report, Row, Verdict};
use crate::finding::Finding;
use crate::lang::{Lang, Text};
use serde::Serialize;
use std::collections::BTreeSet;

/// What changed from an old build to a new one.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// Version of the old build.
    pub old: Build,
    /// Version of the new build.
    pub new: Build,
    /// Whether both builds and the policy could be seen in full.
    pub complete: bool,
    /// What came, went or changed: SDKs and unknown packages first, then permissions, then what code can read.
    pub changes: Vec<Change>,
    /// Findings of the new build that the old one did not have.
    pub new_findings: Vec<Finding>,
    /// Fingerprints of findings that are gone.
    pub gone_findings: Vec<String>,
}

/// One of the two builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// Application id.
    pub id: Option<String>,
    /// Version name.
    pub version: Option<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of thing changed.
    pub kind: ChangeKind,
    /// Whether it came, went or changed.
    pub how: How,
    /// SDK id, package prefix or permission.
    pub key: String,
    /// Name for people.
    pub name: Text,
    /// For versions: old and new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether the policy covers it; `None` without a policy, or where nothing need be covered.
    pub covered: Option<bool>,
}

/// Kinds of things that change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// An SDK, or third-party code no signature knows.
    Sdk,
    /// A permission of the manifest.
    Permission,
    /// A data item that code of an SDK can read.
    Behaviour,
}

/// Ways to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Only in the new build.
    Added,
    /// In both, of another version.
    Changed,
    /// Only in the old build.
    Removed,
}

impl How {
    /// Words for people.
    pub fn text(self, lang: Lang) -> &'static str {
        match (lang, self) {
            (Lang::Zh, How::Added) => "新增",
            (Lang::Zh, How::Changed) => "变化",
            (Lang::Zh, How::Removed) => "移除",
            (Lang::En, How::Added) => "added",
            (Lang::En, How::Changed) => "changed",
            (Lang::En, How::Removed) => "removed",
        }
    }
}

impl Difference {
    /// Compares two reports made with the same policy.
    pub fn new(old: &Report, new: &Report) -> Difference {
        let policy = !new.documents.is_empty();
        let mut changes = sdks(old, new, policy);
        changes.extend(permissions(old, new, policy));
        changes.extend(behaviour(old, new));
        let build = |r: &Report| Build { id: r.app.id.clone(), version: r.app.version_name.clone() };
        Difference {
            old: build(old),
            new: build(new),
            complete: old.complete && new.complete,
            changes,
            new_findings: if policy { news(&old.findings, &new.findings) } else { Vec::new() },
            gone_findings: if policy { gone(&old.findings, &new.findings) } else { Vec::new() },
        }
    }

    /// Whether something came that the policy does not cover; without a policy, whether anything came.
    pub fn uncovered(&self) -> bool {
        let came = self.changes.iter().filter(|c| c.how == How::Added && c.kind != ChangeKind::Behaviour);
        came.into_iter().any(|c| c.covered == Some(false))
    }
}

fn open(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|f| f.suppressed.is_none())
}

/// Findings of `new` that `old` did not have; accepted ones count on neither side.
pub fn news(old: &[Finding], new: &[Finding]) -> Vec<Finding> {
    let before: BTreeSet<&str> = open(old).map(|f| f.fingerprint.0.as_str()).collect();
    open(new).filter(|f| !before.contains(f.fingerprint.0.as_str())).cloned().collect()
}

/// Fingerprints of findings of `old` that `new` does not have.
pub fn gone(old: &[Finding], new: &[Finding]) -> Vec<String> {
    let prints = |list| open(list).map(|f| f.fingerprint.0.clone()).collect::<BTreeSet<String>>();
    prints(old).difference(&prints(new)).cloned().collect()
}

fn in_app(r: &Report) -> impl Iterator<Item = &Row> {
    r.comparison.iter().filter(|row| row.app.is_some())
}

fn sdks(old: &Report, new: &Report, policy: bool) -> Vec<Change> {
    let find = |r: &'_ Report, key: &str| in_app(r).find(|row| row.key == key).cloned();
    let mut out = Vec::new();
    for row in in_app(new) {
        let change = |how, detail| Change {
            kind: ChangeKind::Sdk,
            how,
            key: row.key.clone(),
            name: row.name.clone(),
            detail,
            covered: match row.verdict {
                Verdict::Optional => None,
                Verdict::Declared => policy.then_some(true),
                // Without a policy nothing covers it.
                _ => Some(false),
            },
        };
        match find(old, &row.key) {
            None => out.push(change(How::Added, None)),
            Some(before) => {
                let version = |r: &Row| r.app.as_ref().and_then(|a| a.version.clone());
                let (a, b) = (version(&before), version(row));
                if a != b && (a.is_some() || b.is_some()) {
                    let text = |v: Option<String>| v.unwrap_or_else(|| "?".to_owned());
                    out.push(change(How::Changed, Some(format!("{} -> {}", text(a), text(b)))));
                }
            }
        }
    }
    for row in in_app(old).filter(|r| find(new, &r.key).is_none()) {
        out.push(Change {
            kind: ChangeKind::Sdk,
            how: How::Removed,
            key: row.key.clone(),
            name: row.name.clone(),
            detail: None,
            covered: None,
        });
    }
    out.sort_by(|a, b| (a.how, &a.key).cmp(&(b.how, &b.key)));
    out
}

fn permissions(old: &Report, new: &Report, policy: bool) -> Vec<Change> {
    let asked = |r: &'_ Report| -> BTreeSet<String> {
        r.permissions.iter().filter(|p| p.requested).map(|p| p.name.clone()).collect()
    };
    let (before, after) = (asked(old), asked(new));
    let undeclared = |name: &str| {
        let about = |f: &Finding| f.rule == "undeclared-permission" && f.subject.key == name;
        new.findings.iter().any(about)
    };
    let listed = |p: &PermissionRow| !p.policy.is_empty() || !p.rows.is_empty();
    let covered = |name: &str| {
        let known = new.permissions.iter().find(|p| p.name == name).is_some_and(listed);
        // A permission that the rules do not ask for (normal, own) need not be covered.
        if known { Some(true) } else { undeclared(name).then_some(false) }
    };
    let change = |name: &String, how, covered| Change {
        kind: ChangeKind::Permission,
        how,
        key: name.clone(),
        name: Text::new(name, name),
        detail: None,
        covered,
    };
    let added = after
        .difference(&before)
        .map(|n| change(n, How::Added, if policy { covered(n) } else { Some(false) }));
    let removed = before.difference(&after).map(|n| change(n, How::Removed, None));
    added.chain(removed).collect()
}

fn behaviour(old: &Report, new: &Report) -> Vec<Change> {
    let uses = |r: &'_ Report| -> BTreeSet<(String, &'static str, Text)> {
        let rows = r.behaviour.iter().filter(|b| !b.key.is_empty());
        rows.flat_map(|b| b.items.iter().filter(|i| !i.weak).map(|i| (b.key.clone(), i.item, i.name.clone())))
            .collect()
    };
    let (before, after) = (uses(old), uses(new));
    let change = |(key, item, name): &(String, &'static str, Text), how| Change {
        kind: ChangeKind::Behaviour,
        how,
        key: format!("{key}/{item}"),
        name: Text::new(
            format!("{key}：代码能够读取 {}", name.zh),
            format!("{key}: code that can read {}", name.en),
        ),
        detail: None,
        covered: None,
    };
    let added = after.difference(&before).map(|c| change(c, How::Added));
    let removed = before.difference(&after).map(|c| change(c, How::Removed));
    added.chain(removed).collect()
}
