//! Case + findings -> report: who is in the app, who is in the policy, and what follows.

use super::*;
use crate::attribution::{ItemUse, attribute};
use crate::behaviour::catalogue::item_name;
use crate::evidence::FeatureKind;
use crate::lang::Lang;
use crate::policy::Platform;
use crate::resolve::{Coverage, Declared, Found, cover};
use crate::rules::page::Page;
use crate::rules::{self, is_library, laws};
use crate::signature::{self, Detection, Kind, PackageCluster, Sdk};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Builds the report of a case.
pub fn compare(case: &Case<'_>, findings: Vec<Finding>, gate: Gate) -> Report {
    let documents: Vec<Source> = case.policy.documents.iter().map(Source::new).collect();
    let comparison = rows(case, &documents, &findings);
    let limitations: Vec<Limitation> =
        case.inventory.limitations.iter().chain(&case.policy.limitations).cloned().collect();
    let summary = Summary {
        sdks_in_app: case.detections.sdks.len(),
        rows_in_policy: case.policy.declarations.len(),
        verdicts: count(comparison.iter().map(|r| r.verdict)),
        findings: count(findings.iter().filter(|f| f.suppressed.is_none()).map(|f| f.severity)),
        suppressed: findings.iter().filter(|f| f.suppressed.is_some()).count(),
    };
    let complete = limitations.iter().all(|l| l.hides.is_none());
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        database: DatabaseIdentity { digest: case.database.digest().to_string(), sdks: case.database.len() },
        inputs: inputs(case),
        app: case.inventory.app.clone(),
        stamp: None,
        complete,
        gate,
        outcome: match (findings.iter().any(|f| gate.stops(f)), complete) {
            (true, _) => Outcome::Findings,
            (false, true) => Outcome::Clean,
            (false, false) => Outcome::Incomplete,
        },
        summary,
        limitations,
        permissions: permissions(case, &documents),
        behaviour: behaviour(case),
        code: code(case),
        comparison,
        rules: notes(&findings),
        notices: Vec::new(),
        findings,
        documents,
        declarations: case.policy.declarations.clone(),
    }
}

/// What readers need to know of the rules behind `findings`.
fn notes(findings: &[Finding]) -> Vec<RuleNote> {
    let mut clauses: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for f in findings {
        clauses.entry(f.rule).or_default().extend(&f.clauses);
    }
    let note = |(id, keys): (&'static str, BTreeSet<&'static str>)| {
        let rule = rules::rule(id)?;
        let page = Page::parse(rule.page);
        let section = |n| Text::new(page.section(Lang::Zh, n), page.section(Lang::En, n));
        // Strongest clause first, as the rule lists them.
        let shown = rule.clauses.iter().filter(|k| keys.contains(*k)).filter_map(|k| laws::clause(k));
        let basis = shown.map(|c| Basis { cite: c.cite.clone(), text: c.text.clone() }).collect();
        Some(RuleNote { id, title: page.title(), why: section(1), fix: section(3), basis })
    };
    clauses.into_iter().filter_map(note).collect()
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

fn rows(case: &Case<'_>, documents: &[Source], findings: &[Finding]) -> Vec<Row> {
    let coverage = cover(case.detections, case.policy, case.identities, case.database);
    let at = |rows: &[usize]| rows.iter().filter_map(|i| in_policy(case, documents, *i)).collect();
    let mut out = Vec::new();
    for (detection, declared) in case.detections.sdks.iter().zip(&coverage.detections) {
        let id = detection.sdk.as_str();
        let sdk = case.database.get(id);
        let (verdict, rows) = match declared {
            Declared::Itself(rows) | Declared::Member(rows) => (Verdict::Declared, rows.as_slice()),
            Declared::Family(rows) => (Verdict::FamilyOnly, rows.as_slice()),
            Declared::Ambiguous(rows) => (Verdict::Ambiguous, rows.as_slice()),
            Declared::No => (unnamed(sdk, detection), [].as_slice()),
        };
        out.push(Row {
            key: id.to_owned(),
            sdk: Some(detection.sdk.clone()),
            name: sdk.map_or_else(|| Text::new(id, id), name),
            category: sdk.map(|s| s.category.to_string()),
            verdict,
            app: Some(in_app(detection)),
            policy: at(rows),
            findings: Vec::new(),
        });
    }
    for (cluster, rows) in case.detections.unknown.iter().zip(&coverage.unknown) {
        out.push(Row {
            key: cluster.prefix.clone(),
            sdk: None,
            name: Text::new(&cluster.prefix, &cluster.prefix),
            category: None,
            verdict: if rows.is_empty() { Verdict::UnknownCode } else { Verdict::Declared },
            app: Some(in_app_cluster(cluster)),
            policy: at(rows),
            findings: Vec::new(),
        });
    }
    out.extend(only_declared(case, documents, &coverage));
    let mut about: HashMap<&str, Vec<String>> = HashMap::new();
    for f in findings {
        about.entry(&f.subject.key).or_default().push(f.fingerprint.0.clone());
    }
    for row in &mut out {
        row.findings = about.get(row.key.as_str()).cloned().unwrap_or_default();
    }
    out.sort_by(|a, b| {
        let classes = |r: &Row| std::cmp::Reverse(r.app.as_ref().map_or(0, |i| i.classes));
        let line = |r: &Row| r.policy.first().map(|p| (p.document, p.line));
        (a.verdict, classes(a), line(a), &a.key).cmp(&(b.verdict, classes(b), line(b), &b.key))
    });
    out
}

/// Verdict on an SDK that no row names.
fn unnamed(sdk: Option<&Sdk>, detection: &Detection) -> Verdict {
    let optional = sdk.is_some_and(|s| s.kind == Kind::Packer || is_library(s));
    match (optional, &detection.carried_by) {
        (true, _) => Verdict::Optional,
        (false, Some(_)) => Verdict::Carried,
        (false, None) => Verdict::Undeclared,
    }
}

/// Rows of the policy that met nothing in the app, grouped by the SDK they mean.
fn only_declared(case: &Case<'_>, documents: &[Source], coverage: &Coverage) -> Vec<Row> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, (declaration, identity)) in case.policy.declarations.iter().zip(case.identities).enumerate() {
        if coverage.declarations.get(i) == Some(&Found::Nothing) {
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
        } else if id.as_ref().is_some_and(|f| has_member(case, f)) {
            Verdict::Declared
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
            policy: rows.iter().filter_map(|i| in_policy(case, documents, *i)).collect(),
            findings: Vec::new(),
        }
    };
    groups.into_iter().map(row).collect()
}

/// Whether a product of the brand `family` was found: a row of its own covers it, and the brand's row is true.
fn has_member(case: &Case<'_>, family: &SdkId) -> bool {
    let found = case.detections.sdks.iter().filter_map(|d| case.database.get(d.sdk.as_str()));
    found.into_iter().any(|s| s.family.as_ref() == Some(family))
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

fn in_policy(case: &Case<'_>, documents: &[Source], index: usize) -> Option<InPolicy> {
    let declaration = case.policy.declarations.get(index)?;
    let identity = case.identities.get(index)?;
    let start = declaration.name.spans.first().map_or(declaration.span.start, |s| s.start);
    Some(InPolicy {
        declaration: index,
        name: declaration.name.text.clone(),
        document: declaration.document,
        line: line_of(documents, declaration.document, start),
        span: declaration.span,
        by: identity.by,
        confidence: identity.confidence,
    })
}

fn line_of(documents: &[Source], document: DocumentId, offset: usize) -> u32 {
    documents.get(document.0 as usize).map_or(1, |d| d.line(offset))
}

fn permissions(case: &Case<'_>, documents: &[Source]) -> Vec<PermissionRow> {
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
            line: line_of(documents, p.document, p.span.start),
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

fn behaviour(case: &Case<'_>) -> Vec<BehaviourRow> {
    let uses = attribute(case.inventory, case.detections, case.database);
    let row = |o: &crate::attribution::OwnerUses| {
        let (owner, key) = match &o.owner {
            signature::Owner::App => (Owner::Own, String::new()),
            signature::Owner::Sdk(id) => (Owner::Sdk, id.to_string()),
            signature::Owner::Unknown(prefix) => (Owner::Unknown, prefix.clone()),
            signature::Owner::Renamed => (Owner::Renamed, String::new()),
            signature::Owner::Platform | signature::Owner::Other => return None,
        };
        let items: Vec<BehaviourItem> = o.items.iter().filter(|i| i.is_data()).filter_map(item).collect();
        (!items.is_empty()).then_some(BehaviourRow { owner, key, items })
    };
    uses.owners.iter().filter_map(row).collect()
}

fn item(used: &ItemUse) -> Option<BehaviourItem> {
    let (zh, en) = item_name(used.item)?;
    let first = used.places.first();
    Some(BehaviourItem {
        item: used.item,
        name: Text::new(zh, en),
        calls: used.calls,
        weak: used.weak,
        place: first.map(|p| format!("{}.{}", p.class, p.method)).unwrap_or_default(),
        at: first.map(|p| p.at.clone()),
    })
}
