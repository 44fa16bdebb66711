//! Case + findings -> report: who is in the app, who is in the policy, and what follows.

use super::*;
use crate::evidence::FeatureKind;
use crate::location::Location;
use crate::policy::{Declaration, Platform};
use crate::signature::{Detection, Kind, Level, PackageCluster, Sdk};
use std::collections::{BTreeMap, BTreeSet};

/// Builds the report of a case.
pub fn compare(case: &Case<'_>, findings: Vec<Finding>) -> Report {
    let comparison = rows(case, &findings);
    let limitations: Vec<Limitation> =
        case.inventory.limitations.iter().chain(&case.policy.limitations).cloned().collect();
    let summary = Summary {
        sdks_in_app: case.detections.sdks.len(),
        rows_in_policy: case.policy.declarations.len(),
        verdicts: count(comparison.iter().map(|r| r.verdict)),
        findings: count(findings.iter().filter(|f| f.suppressed.is_none()).map(|f| f.severity)),
        suppressed: findings.iter().filter(|f| f.suppressed.is_some()).count(),
    };
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        database: DatabaseIdentity { digest: String::new(), sdks: case.database.sdks().len() },
        inputs: inputs(case),
        app: case.inventory.app.clone(),
        complete: limitations.iter().all(|l| l.hides.is_none()),
        summary,
        limitations,
        permissions: permissions(case),
        code: code(case),
        comparison,
        findings,
        documents: case.policy.documents.clone(),
    }
}

fn count<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut out = BTreeMap::new();
    items.for_each(|i| *out.entry(i).or_default() += 1);
    out
}

fn inputs(case: &Case<'_>) -> Vec<Input> {
    let parts = case.inventory.parts.iter().map(|p| Input {
        role: "package",
        name: p.path.to_string(),
        format: p.kind.to_owned(),
        sha256: p.sha256,
        document: None,
    });
    let documents = case.policy.documents.iter().map(|d| Input {
        role: "policy",
        name: d.name.clone(),
        format: d.format.to_owned(),
        sha256: Some(d.sha256),
        document: Some(d.id),
    });
    parts.chain(documents).collect()
}

/// Declarations by what they resolved to.
struct Declared<'a> {
    case: &'a Case<'a>,
    by_sdk: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Declared<'a> {
    fn new(case: &'a Case<'a>) -> Declared<'a> {
        let mut by_sdk: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, identity) in case.identities.iter().enumerate() {
            if let Some(sdk) = &identity.sdk {
                by_sdk.entry(sdk.as_str()).or_default().push(i);
            }
        }
        Declared { case, by_sdk }
    }

    fn exact(&self, id: &str) -> Vec<usize> {
        self.by_sdk.get(id).cloned().unwrap_or_default()
    }

    /// Rows that name the family of `id`, or, where `id` is a family, any of its members.
    fn family(&self, id: &str) -> Vec<usize> {
        let Some(sdk) = self.case.database.get(id) else { return Vec::new() };
        let mut out = Vec::new();
        for (declared, rows) in &self.by_sdk {
            let member = self.case.database.get(declared).and_then(|s| s.family.as_ref());
            let covers = sdk.family.as_ref().is_some_and(|f| f.as_str() == *declared)
                || (sdk.level == Level::Family && member.is_some_and(|f| f.as_str() == id));
            if covers {
                out.extend(rows);
            }
        }
        out.sort_unstable();
        out
    }

    /// Rows that may mean `id` among others.
    fn ambiguous(&self, id: &str) -> Vec<usize> {
        let open = self.case.identities.iter().enumerate().filter(|(_, i)| i.sdk.is_none());
        open.filter(|(_, i)| i.candidates.iter().any(|c| c.as_str() == id)).map(|(n, _)| n).collect()
    }

    /// Rows whose package names lie at, above or below `prefix`.
    fn package(&self, prefix: &str) -> Vec<usize> {
        let rows = self.case.policy.declarations.iter().enumerate();
        rows.filter(|(_, d)| d.packages.iter().any(|p| nested(&p.text, prefix) || nested(prefix, &p.text)))
            .map(|(i, _)| i)
            .collect()
    }
}

/// Whether package `inner` is `outer` or lies under it.
fn nested(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        && outer.contains('.')
}

fn rows(case: &Case<'_>, findings: &[Finding]) -> Vec<Row> {
    let declared = Declared::new(case);
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut out = Vec::new();
    for detection in &case.detections.sdks {
        let id = detection.sdk.as_str();
        let sdk = case.database.get(id);
        let (verdict, rows) = verdict(&declared, sdk, detection);
        used.extend(&rows);
        out.push(Row {
            key: id.to_owned(),
            sdk: Some(detection.sdk.clone()),
            name: sdk.map_or_else(|| Text::new(id, id), name),
            category: sdk.map(|s| s.category.to_string()),
            verdict,
            app: Some(in_app(detection)),
            policy: rows.iter().filter_map(|i| in_policy(case, *i)).collect(),
            findings: Vec::new(),
        });
    }
    for cluster in &case.detections.unknown {
        let rows = declared.package(&cluster.prefix);
        used.extend(&rows);
        out.push(Row {
            key: cluster.prefix.clone(),
            sdk: None,
            name: Text::new(&cluster.prefix, &cluster.prefix),
            category: None,
            verdict: if rows.is_empty() { Verdict::UnknownCode } else { Verdict::Declared },
            app: Some(in_app_cluster(cluster)),
            policy: rows.iter().filter_map(|i| in_policy(case, *i)).collect(),
            findings: Vec::new(),
        });
    }
    out.extend(only_declared(case, &used));
    for row in &mut out {
        let about = findings.iter().filter(|f| f.subject.key == row.key);
        row.findings = about.map(|f| f.fingerprint.0.clone()).collect();
    }
    out.sort_by(|a, b| {
        let classes = |r: &Row| std::cmp::Reverse(r.app.as_ref().map_or(0, |i| i.classes));
        let line = |r: &Row| r.policy.first().map(|p| (p.document, p.line));
        (a.verdict, classes(a), line(a), &a.key).cmp(&(b.verdict, classes(b), line(b), &b.key))
    });
    out
}

fn verdict(declared: &Declared<'_>, sdk: Option<&Sdk>, detection: &Detection) -> (Verdict, Vec<usize>) {
    let id = detection.sdk.as_str();
    let exact = declared.exact(id);
    if !exact.is_empty() {
        return (Verdict::Declared, exact);
    }
    let family = declared.family(id);
    if !family.is_empty() {
        let whole = sdk.is_some_and(|s| s.level == Level::Family);
        return (if whole { Verdict::Declared } else { Verdict::FamilyOnly }, family);
    }
    let ambiguous = declared.ambiguous(id);
    if !ambiguous.is_empty() {
        return (Verdict::Ambiguous, ambiguous);
    }
    if detection.carried_by.is_some() {
        return (Verdict::Carried, Vec::new());
    }
    let optional =
        sdk.is_some_and(|s| s.collects == Some(false) || matches!(s.kind, Kind::Library | Kind::Framework));
    (if optional { Verdict::Optional } else { Verdict::Undeclared }, Vec::new())
}

/// Rows of the policy that met nothing in the app, grouped by the SDK they mean.
fn only_declared(case: &Case<'_>, used: &BTreeSet<usize>) -> Vec<Row> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, (declaration, identity)) in case.policy.declarations.iter().zip(case.identities).enumerate() {
        if !used.contains(&i) {
            let key = identity.sdk.as_ref().map_or_else(|| declaration.name.text.clone(), |s| s.to_string());
            groups.entry(key).or_default().push(i);
        }
    }
    let row = |(key, rows): (String, Vec<usize>)| {
        let identity = rows.first().and_then(|i| case.identities.get(*i));
        let id = identity.and_then(|i| i.sdk.clone());
        let sdk = id.as_ref().and_then(|s| case.database.get(s.as_str()));
        let elsewhere =
            |d: &Declaration| !d.platforms.is_empty() && !d.platforms.contains(&Platform::Android);
        let verdict = if rows.iter().filter_map(|i| case.policy.declarations.get(*i)).all(elsewhere) {
            Verdict::OtherPlatform
        } else if id.is_none() {
            let open = identity.is_some_and(|i| i.candidates.len() > 1);
            if open { Verdict::Ambiguous } else { Verdict::UnknownName }
        } else if sdk.is_some_and(|s| s.kind == Kind::Service) {
            Verdict::Service
        } else {
            Verdict::NotFound
        };
        Row {
            name: sdk.map_or_else(|| Text::new(&key, &key), name),
            key,
            category: sdk.map(|s| s.category.to_string()),
            sdk: id,
            verdict,
            app: None,
            policy: rows.iter().filter_map(|i| in_policy(case, *i)).collect(),
            findings: Vec::new(),
        }
    };
    groups.into_iter().map(row).collect()
}

fn name(sdk: &Sdk) -> Text {
    let pick = |a: &str, b: &str| if a.is_empty() { b.to_owned() } else { a.to_owned() };
    Text::new(pick(&sdk.name_zh, &sdk.name_en), pick(&sdk.name_en, &sdk.name_zh))
}

fn in_app(detection: &Detection) -> InApp {
    InApp {
        confidence: detection.confidence,
        classes: detection.classes,
        carried_by: detection.carried_by.clone(),
        version: detection.version.clone(),
        evidence: detection.evidence.clone(),
    }
}

fn in_app_cluster(cluster: &PackageCluster) -> InApp {
    InApp {
        confidence: Confidence::High,
        classes: cluster.classes,
        carried_by: None,
        version: None,
        evidence: vec![Evidence::Seen {
            kind: FeatureKind::Class,
            value: cluster.prefix.clone(),
            at: Location::entry(&cluster.at),
            count: cluster.classes.max(1),
            weak: false,
        }],
    }
}

fn in_policy(case: &Case<'_>, index: usize) -> Option<InPolicy> {
    let declaration = case.policy.declarations.get(index)?;
    let identity = case.identities.get(index)?;
    let start = declaration.name.spans.first().map_or(declaration.span.start, |s| s.start);
    Some(InPolicy {
        declaration: index,
        name: declaration.name.text.clone(),
        document: declaration.document,
        line: line_of(case, declaration.document, start),
        span: declaration.span,
        by: identity.by,
        confidence: identity.confidence,
    })
}

fn line_of(case: &Case<'_>, document: DocumentId, offset: usize) -> u32 {
    let document = case.policy.documents.get(document.0 as usize);
    document.map_or(1, |d| d.line_column(offset).0)
}

fn permissions(case: &Case<'_>) -> Vec<PermissionRow> {
    let mut out: BTreeMap<String, PermissionRow> = BTreeMap::new();
    fn row<'m>(out: &'m mut BTreeMap<String, PermissionRow>, name: &str) -> &'m mut PermissionRow {
        out.entry(name.to_owned()).or_insert_with(|| PermissionRow {
            name: name.to_owned(),
            requested: false,
            max_sdk: None,
            policy: Vec::new(),
            rows: Vec::new(),
        })
    }
    for p in &case.inventory.manifest.permissions {
        let entry = row(&mut out, &p.name);
        entry.requested = true;
        entry.max_sdk = entry.max_sdk.max(p.max_sdk);
    }
    for p in &case.policy.permissions {
        let mention = PermissionMention {
            written: p.written.text.clone(),
            document: p.document,
            line: line_of(case, p.document, p.span.start),
        };
        row(&mut out, p.permission.as_deref().unwrap_or(&p.written.text)).policy.push(mention);
    }
    for (i, declaration) in case.policy.declarations.iter().enumerate() {
        for p in declaration.permissions.iter().flatten() {
            if let Some(constant) = &p.permission {
                row(&mut out, constant).rows.push(i);
            }
        }
    }
    out.into_values().collect()
}

fn code(case: &Case<'_>) -> Vec<CodeShare> {
    let d = case.detections;
    let sdks = d.sdks.iter().map(|s| (Owner::Sdk, s.sdk.as_str(), s.classes));
    let clusters = |owner, list: &'_ [PackageCluster]| -> Vec<CodeShare> {
        list.iter().map(|c| CodeShare { owner, key: c.prefix.clone(), classes: c.classes }).collect()
    };
    let mut out: Vec<CodeShare> =
        sdks.map(|(owner, key, classes)| CodeShare { owner, key: key.to_owned(), classes }).collect();
    out.extend(clusters(Owner::Own, &d.own));
    out.extend(clusters(Owner::Unknown, &d.unknown));
    out.extend(clusters(Owner::Renamed, &d.renamed));
    out.retain(|c| c.classes > 0);
    out.sort_by(|a, b| b.classes.cmp(&a.classes).then_with(|| (a.owner, &a.key).cmp(&(b.owner, &b.key))));
    out
}
