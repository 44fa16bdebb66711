//! Vocabulary and identities against the annotated corpus, where it is present: gold rows taken as perfectly read.

use crate::common::shared;
use sdkaudit::location::Span;
use sdkaudit::policy::{Declaration, Field, Link, LinkKind};
use serde_json::Value;

fn gold() -> Vec<Value> {
    let Some(dir) = shared("policies/gold") else { return Vec::new() };
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.iter().map(|f| serde_json::from_slice(&std::fs::read(f).unwrap()).unwrap()).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn field(text: impl Into<String>) -> Field {
    Field { text: text.into(), spans: vec![Span::new(0, 0)] }
}

fn declaration(row: &Value) -> Declaration {
    let text = |key: &str| match &row[key] {
        Value::String(s) => Some(field(s.as_str())),
        Value::Array(_) => Some(field(list(&row[key]).collect::<Vec<_>>().join(" | "))),
        _ => None,
    };
    Declaration {
        packages: list(&row["package_names"]).map(field).collect(),
        provider: text("provider"),
        purpose: text("purpose"),
        data: text("data"),
        links: text("link").map(|url| Link { url, kind: LinkKind::Privacy }).into_iter().collect(),
        ..Declaration::named(text("name_as_written").unwrap())
    }
}

#[test]
fn gold_rows_resolve() {
    let database = sdkaudit::signature::Database::embedded();
    let resolver = sdkaudit::resolve::Resolver::new(&database);
    let (mut right, mut all) = (0, 0);
    for document in gold() {
        for row in document["sdks"].as_array().unwrap() {
            let (Some(wanted), false) = (row["canonical"].as_str(), row["kind"] == "service") else {
                continue;
            };
            let identity = resolver.identify(&declaration(row));
            let got = identity.sdk.as_ref().map(|s| s.as_str());
            all += 1;
            if got.is_some_and(|g| g == wanted || list(&row["accept"]).any(|a| a == g)) {
                right += 1;
            } else {
                println!("{}: {} wants {wanted}, got {got:?}", document["id"], row["name_as_written"]);
            }
        }
    }
    println!("identities: {right} of {all}");
    assert!(right * 100 >= all * 98);
}

#[test]
fn gold_permissions_read_as_constants() {
    let (mut right, mut all) = (0, 0);
    for document in gold() {
        for row in document["permissions"].as_array().into_iter().flatten() {
            let (Some(written), Some(wanted)) = (row["name_as_written"].as_str(), row["android"].as_str())
            else {
                continue;
            };
            let got = sdkaudit::permission::normalise(written);
            all += 1;
            if got.is_some_and(|g| g == wanted || list(&row["candidates"]).any(|c| c == g)) {
                right += 1;
            } else {
                println!("{}: {written} wants {wanted}, got {got:?}", document["id"]);
            }
        }
    }
    println!("permissions: {right} of {all}");
    assert!(right * 100 >= all * 95);
}
