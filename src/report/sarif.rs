//! The report as SARIF 2.1.0 (OASIS standard), as GitHub code scanning and other viewers accept it.
//!
//! Every result has a physical location: the policy's words where a finding quotes some, else the policy's list,
//! else the package.

use super::Report;
use super::safe::line;
use super::words::{self, evidence};
use crate::evidence::{Confidence, Evidence};
use crate::finding::{Finding, Severity};
use crate::lang::{Lang, Text};
use crate::location::{Location, Span};
use crate::rules::{self, page::Page};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Longest excerpt of the policy in a snippet, in bytes.
const SNIPPET: usize = 400;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    automation_details: Value,
    invocations: [Value; 1],
    artifacts: Vec<Value>,
    results: Vec<ResultItem<'a>>,
    column_kind: &'static str,
    language: &'static str,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'a str,
    properties: Value,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help,
    default_configuration: Value,
    properties: Value,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultItem<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    kind: &'static str,
    message: Message,
    locations: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Value>,
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
    properties: Value,
}

/// Prints the report.
pub fn render(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let rule_ids: Vec<&'static str> = report.rules.iter().map(|r| r.id).collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool.name,
                    semantic_version: report.tool.version,
                    properties: json!({ "database": report.database.digest }),
                    rules: report.rules.iter().map(|r| descriptor(report, r.id, lang)).collect(),
                },
            },
            automation_details: json!({ "id": format!("sdkaudit/{}/", report.app.id.as_deref().unwrap_or("app")) }),
            invocations: [invocation(report, lang)],
            artifacts: artifacts(report),
            results: report.findings.iter().map(|f| result(report, f, &rule_ids, lang)).collect(),
            column_kind: "unicodeCodePoints",
            language: if lang == Lang::Zh { "zh-CN" } else { "en" },
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log).map_err(io::Error::from)?;
    writeln!(out)
}

fn descriptor(report: &Report, id: &'static str, lang: Lang) -> Descriptor {
    let found = || report.findings.iter().filter(|f| f.rule == id);
    let worst = found().map(|f| f.severity).max().unwrap_or(Severity::Info);
    let surest = found().map(|f| f.confidence).max().unwrap_or(Confidence::Low);
    let rule = rules::rule(id);
    let page = rule.map(|r| Page::parse(r.page));
    let title = page.as_ref().map_or_else(|| Text::new(id, id), Page::title);
    let body = page.as_ref().map_or("", |p| p.body(lang)).to_owned();
    // PascalCase, as SARIF 3.49.7 asks of a rule's name.
    let name = id.split('-').map(|w| w.get(..1).unwrap_or("").to_uppercase() + w.get(1..).unwrap_or(""));
    let first = page.as_ref().map_or("", |p| p.section(lang, 0));
    let full = if first.is_empty() { title.get(lang) } else { first };
    Descriptor {
        id,
        name: name.collect(),
        short_description: Message { text: title.get(lang).to_owned() },
        full_description: Message { text: full.to_owned() },
        help: Help { text: body.clone(), markdown: body },
        default_configuration: json!({ "level": level(worst) }),
        // What GitHub shows and sorts by: precision and problem.severity of the rule.
        properties: json!({
            "tags": ["privacy", "compliance", "android"],
            "precision": precision(surest),
            "problem.severity": match level(worst) { "note" => "recommendation", other => other },
        }),
    }
}

/// SARIF's level of a severity (SARIF 3.27.10).
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's word for a confidence.
fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "low",
    }
}

fn invocation(report: &Report, lang: Lang) -> Value {
    let notifications: Vec<Value> = report
        .limitations
        .iter()
        .map(|l| {
            let id = serde_json::to_value(l.kind).unwrap_or(Value::Null);
            let mut out = json!({
                "level": if l.hides.is_some() { "warning" } else { "note" },
                "message": { "text": line(l.detail.get(lang)) },
                "descriptor": { "id": id },
            });
            if let (Some(at), Some(map)) = (location(report, &l.at), out.as_object_mut()) {
                map.insert("locations".into(), json!([at]));
            }
            out
        })
        .collect();
    // SARIF 3.20.21: what is wrong with the settings of a run.
    let settings = report.notices.iter().map(|n| {
        json!({
            "level": "note",
            "message": { "text": line(n.message.get(lang)) },
            "descriptor": { "id": "unused-setting" },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": uri(&n.file) }, "region": { "startLine": n.line.max(1) } } }],
        })
    });
    let mut out = json!({ "executionSuccessful": true, "toolExecutionNotifications": notifications,
            "toolConfigurationNotifications": settings.collect::<Vec<Value>>(),
            "properties": { "complete": report.complete } });
    if let (Some(stamp), Some(map)) = (&report.stamp, out.as_object_mut()) {
        map.insert("endTimeUtc".into(), json!(stamp));
    }
    out
}

fn artifacts(report: &Report) -> Vec<Value> {
    let artifact = |i: &super::Input| {
        let mut out = json!({ "location": { "uri": uri(&i.name) }, "roles": ["analysisTarget"] });
        if let (Some(sha), Some(map)) = (i.sha256, out.as_object_mut()) {
            map.insert("hashes".into(), json!({ "sha-256": sha.to_string() }));
        }
        out
    };
    report.inputs.iter().map(artifact).collect()
}

fn result<'a>(report: &'a Report, f: &'a Finding, rules: &[&'static str], lang: Lang) -> ResultItem<'a> {
    let places: Vec<Value> = f.evidence.iter().filter_map(|e| place_of(report, e)).collect();
    // The policy's words come first, else the list that lacks a row: code scanning shows an alert beside a line
    // of a file of the repository, and a package is none.
    let mut places: Vec<Value> = quotes_first(f, places);
    if report.quoted(f).is_none()
        && let Some((source, span)) = report.anchor(f)
        && let Some(place) = text_location(report, source.id, span)
    {
        places.insert(0, place);
    }
    if places.is_empty() {
        places.push(json!({ "physicalLocation": { "artifactLocation": { "uri": uri(report.package()) } } }));
    }
    let first = places.remove(0);
    let mut related = places;
    for (i, place) in related.iter_mut().enumerate() {
        if let Some(map) = place.as_object_mut() {
            map.insert("id".into(), json!(i + 1));
        }
    }
    let absent: Vec<String> = f
        .evidence
        .iter()
        .filter(|e| matches!(e, Evidence::Absent { .. }))
        .map(|e| evidence(e, lang))
        .collect();
    let message = line(f.message.get(lang));
    let suppressions = f
        .suppressed
        .iter()
        .map(|s| json!({ "kind": "external", "status": "accepted", "justification": line(&s.reason) }));
    ResultItem {
        rule_id: f.rule,
        rule_index: rules.iter().position(|r| *r == f.rule).unwrap_or(0),
        level: level(f.severity),
        kind: "fail",
        message: Message { text: message },
        locations: vec![first],
        related_locations: related,
        partial_fingerprints: BTreeMap::from([
            ("sdkaudit/v1", f.fingerprint.0.as_str()),
            // The one GitHub compares: without it, an alert would be new whenever the policy's lines move.
            ("primaryLocationLineHash", f.fingerprint.0.as_str()),
        ]),
        suppressions: suppressions.collect(),
        properties: json!({
            "severity": words::severity(f.severity, Lang::En),
            "confidence": words::confidence(f.confidence, Lang::En),
            "precision": precision(f.confidence),
            "subject": { "kind": f.subject.kind, "key": f.subject.key },
            "absent": absent,
        }),
    }
}

fn quotes_first(f: &Finding, places: Vec<Value>) -> Vec<Value> {
    let located = f.evidence.iter().filter(|e| !matches!(e, Evidence::Absent { .. }));
    let mut pairs: Vec<(bool, Value)> =
        located.map(|e| !matches!(e, Evidence::Quoted { .. })).zip(places).collect();
    pairs.sort_by_key(|(other, _)| *other);
    pairs.into_iter().map(|(_, v)| v).collect()
}

fn place_of(report: &Report, piece: &Evidence) -> Option<Value> {
    match piece {
        Evidence::Quoted { document, span, .. } => {
            Some(text_location(report, *document, *span).unwrap_or_else(|| json!({})))
        }
        Evidence::Seen { at, value, .. } => {
            let mut out = location(report, at).unwrap_or_else(|| json!({}));
            if let Some(map) = out.as_object_mut() {
                map.insert("message".into(), json!({ "text": line(value) }));
            }
            Some(out)
        }
        Evidence::Absent { .. } => None,
    }
}

fn location(report: &Report, at: &Location) -> Option<Value> {
    match at {
        Location::Text { document, span } => text_location(report, *document, *span),
        Location::Entry { path, item } => {
            // An archive member has no address of its own; the package is the artifact, the entry is logical.
            let package = path.as_str().split('!').next().unwrap_or("");
            let name = item.as_deref().unwrap_or(path.entry());
            let full = item.as_ref().map_or_else(|| path.to_string(), |i| format!("{path}!{i}"));
            Some(json!({
                "physicalLocation": { "artifactLocation": { "uri": uri(package) } },
                "logicalLocations": [{ "name": line(name), "fullyQualifiedName": line(&full) }],
            }))
        }
    }
}

fn text_location(report: &Report, document: crate::location::DocumentId, span: Span) -> Option<Value> {
    let source = report.document(document)?;
    let at = source.position(span);
    let text = span.of(&source.text);
    let end = (0..=SNIPPET.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    Some(json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&source.name) },
            "region": {
                "startLine": at.line, "startColumn": at.column,
                "endLine": at.end_line, "endColumn": at.end_column,
                "snippet": { "text": text.get(..end).unwrap_or("") },
            },
        },
    }))
}

/// A file name as a URI reference (RFC 3986): unreserved characters and `/` stay, the rest is percent-encoded.
pub fn uri(name: &str) -> String {
    let mut out = String::new();
    for b in name.replace('\\', "/").bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(b))
            }
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    if out.is_empty() { "unknown".to_owned() } else { out }
}
