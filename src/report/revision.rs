//! Two versions of a policy -> which SDK rows, fields and permissions came, went or changed.

use super::difference::How;
use super::source::Source;
use crate::fold::key;
use crate::location::DocumentId;
use crate::policy::{Declaration, Field, FieldName, PermissionDeclaration, Policy};
use crate::resolve::Identity;
use crate::signature::SdkId;
use serde::Serialize;
use std::collections::BTreeMap;

/// One version of a policy, with what its rows were understood to mean.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// What was read.
    pub policy: &'a Policy,
    /// One per declaration, in order.
    pub identities: &'a [Identity],
}

/// What changed from one version of a policy to the next.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    /// Names of the old version's documents.
    pub old: Vec<String>,
    /// Names of the new version's documents.
    pub new: Vec<String>,
    /// Whether both versions could be read in full.
    pub complete: bool,
    /// SDK rows: added and changed ones in the order of the new text, then removed ones in that of the old.
    pub rows: Vec<RowChange>,
    /// The policy's own permission list, in the same order.
    pub permissions: Vec<PermissionChange>,
}

/// A row that came, went or changed. Rows of one SDK are one row here, their texts joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// Whether it came, went or changed.
    pub how: How,
    /// SDK id, or the folded name where no id is known.
    pub key: String,
    /// SDK id where one is known.
    pub sdk: Option<SdkId>,
    /// Name as the newer text writes it.
    pub name: String,
    /// 1-based line in the old version.
    pub old_line: Option<u32>,
    /// 1-based line in the new version.
    pub line: Option<u32>,
    /// Fields that differ; empty for rows that came or went.
    pub fields: Vec<FieldChange>,
}

/// A field of a row whose text differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Which field.
    pub field: FieldName,
    /// Old text; `None` where the field was absent.
    pub old: Option<String>,
    /// New text; `None` where the field is gone.
    pub new: Option<String>,
}

/// A permission that came into the policy's own list, or left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionChange {
    /// Whether it came or went.
    pub how: How,
    /// The constant, or the folded words where no constant fits.
    pub key: String,
    /// As the policy writes it.
    pub written: String,
    /// 1-based line in the version that has it.
    pub line: u32,
}

impl Revision {
    /// Compares two versions.
    pub fn new(old: Version<'_>, new: Version<'_>) -> Revision {
        let names = |v: Version<'_>| v.policy.documents.iter().map(|d| d.name.clone()).collect();
        let complete = |v: Version<'_>| v.policy.limitations.iter().all(|l| l.hides.is_none());
        Revision {
            old: names(old),
            new: names(new),
            complete: complete(old) && complete(new),
            rows: rows(&Rows::of(old), &Rows::of(new)),
            permissions: permissions(old.policy, new.policy),
        }
    }

    /// Whether the new version names an SDK or a permission that the old one did not.
    pub fn grew(&self) -> bool {
        self.rows.iter().any(|r| r.how == How::Added) || self.permissions.iter().any(|p| p.how == How::Added)
    }
}

/// The rows of one version by key, and the keys in text order.
struct Rows {
    order: Vec<String>,
    by_key: BTreeMap<String, Merged>,
}

/// All rows of one SDK.
struct Merged {
    sdk: Option<SdkId>,
    name: String,
    line: u32,
    fields: BTreeMap<FieldName, Vec<String>>,
}

impl Rows {
    fn of(version: Version<'_>) -> Rows {
        let sources = sources(version.policy);
        let mut out = Rows { order: Vec::new(), by_key: BTreeMap::new() };
        for (d, identity) in version.policy.declarations.iter().zip(version.identities) {
            let id = identity.sdk.as_ref().map_or_else(|| key(&d.name.text), ToString::to_string);
            let start = d.name.spans.first().map_or(d.span.start, |s| s.start);
            let merged = out.by_key.entry(id.clone()).or_insert_with(|| {
                out.order.push(id);
                Merged {
                    sdk: identity.sdk.clone(),
                    name: d.name.text.clone(),
                    line: line(&sources, d.document, start),
                    fields: BTreeMap::new(),
                }
            });
            for (field, text) in fields(d) {
                let texts = merged.fields.entry(field).or_default();
                if !text.is_empty() && !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        out
    }

    fn in_order(&self) -> impl Iterator<Item = (&String, &Merged)> {
        self.order.iter().filter_map(|k| self.by_key.get_key_value(k))
    }
}

fn sources(policy: &Policy) -> Vec<Source> {
    policy.documents.iter().map(Source::new).collect()
}

fn line(sources: &[Source], document: DocumentId, offset: usize) -> u32 {
    sources.get(document.0 as usize).map_or(1, |s| s.line(offset))
}

/// Fields with their texts, as written.
fn fields(d: &Declaration) -> Vec<(FieldName, String)> {
    let text = |f: &Field| f.text.clone();
    let mut out = vec![(FieldName::Name, text(&d.name))];
    out.extend(d.packages.iter().map(|f| (FieldName::Package, text(f))));
    for (name, field) in [
        (FieldName::Provider, &d.provider),
        (FieldName::Purpose, &d.purpose),
        (FieldName::Scene, &d.scene),
        (FieldName::Data, &d.data),
        (FieldName::Method, &d.method),
        (FieldName::Retention, &d.retention),
    ] {
        out.extend(field.iter().map(|f| (name, text(f))));
    }
    out.extend(d.permissions.iter().flatten().map(|p| (FieldName::Permission, text(&p.written))));
    out.extend(d.links.iter().map(|l| (FieldName::Link, text(&l.url))));
    out
}

fn rows(old: &Rows, new: &Rows) -> Vec<RowChange> {
    let mut out = Vec::new();
    let whole = |how, key: &String, row: &Merged| RowChange {
        how,
        key: key.clone(),
        sdk: row.sdk.clone(),
        name: row.name.clone(),
        old_line: (how == How::Removed).then_some(row.line),
        line: (how == How::Added).then_some(row.line),
        fields: Vec::new(),
    };
    for (key, row) in new.in_order() {
        let Some(before) = old.by_key.get(key) else {
            out.push(whole(How::Added, key, row));
            continue;
        };
        let fields = changed(before, row);
        if !fields.is_empty() {
            let (old_line, line) = (Some(before.line), Some(row.line));
            out.push(RowChange { old_line, line, fields, ..whole(How::Changed, key, row) });
        }
    }
    let gone = old.in_order().filter(|(key, _)| !new.by_key.contains_key(*key));
    out.extend(gone.map(|(key, row)| whole(How::Removed, key, row)));
    out
}

fn changed(old: &Merged, new: &Merged) -> Vec<FieldChange> {
    let names: std::collections::BTreeSet<FieldName> =
        old.fields.keys().chain(new.fields.keys()).copied().collect();
    let text = |row: &Merged, field| row.fields.get(&field).map(|t| t.join(" | "));
    let change = |field| FieldChange { field, old: text(old, field), new: text(new, field) };
    names.into_iter().map(change).filter(|c| c.old != c.new).collect()
}

fn permissions(old: &Policy, new: &Policy) -> Vec<PermissionChange> {
    let id = |p: &PermissionDeclaration| p.permission.clone().unwrap_or_else(|| key(&p.written.text));
    let came = |how, from: &Policy, to: &Policy| {
        let mut known: std::collections::BTreeSet<String> = from.permissions.iter().map(id).collect();
        let sources = sources(to);
        let fresh = to.permissions.iter().filter(|p| known.insert(id(p)));
        let change = |p: &PermissionDeclaration| PermissionChange {
            how,
            key: id(p),
            written: p.written.text.clone(),
            line: line(&sources, p.document, p.span.start),
        };
        fresh.map(change).collect::<Vec<_>>()
    };
    let mut out = came(How::Added, old, new);
    out.extend(came(How::Removed, new, old));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;
    use crate::resolve::Resolver;
    use crate::signature::Database;

    fn revision(old: &str, new: &str) -> Revision {
        let database = Database::embedded();
        let resolver = Resolver::new(&database);
        let [old, new] = [old, new]
            .map(|text| policy::read(&[policy::Source::new("p.md".into(), text.as_bytes().to_vec())]));
        let [a, b] = [&old, &new].map(|p| resolver.identify_all(p));
        Revision::new(Version { policy: &old, identities: &a }, Version { policy: &new, identities: &b })
    }

    const HEAD: &str = "我们接入的第三方SDK如下：\n\n| SDK名称 | 使用目的 | 收集信息 |\n|---|---|---|\n";

    #[test]
    fn rows_come_go_and_change_by_what_they_mean() {
        let old = format!("{HEAD}| 个推SDK | 消息推送 | IMEI |\n| 腾讯Bugly SDK | 崩溃统计 | 设备型号 |\n");
        let new =
            format!("{HEAD}| 微信开放平台SDK | 登录 | 昵称 |\n| 个推推送SDK | 消息推送 | IMEI、OAID |\n");
        let r = revision(&old, &new);
        let brief: Vec<(How, &str)> = r.rows.iter().map(|c| (c.how, c.key.as_str())).collect();
        assert_eq!(
            brief,
            [(How::Added, "wechat-opensdk"), (How::Changed, "getui-push"), (How::Removed, "tencent-bugly")]
        );
        let fields: Vec<FieldName> = r.rows[1].fields.iter().map(|f| f.field).collect();
        assert_eq!(fields, [FieldName::Name, FieldName::Data]);
        assert_eq!((r.rows[1].old_line, r.rows[1].line), (Some(5), Some(6)));
        assert!(r.grew());
        let same = revision(&old, &old);
        assert!(same.rows.is_empty() && !same.grew());
    }
}
