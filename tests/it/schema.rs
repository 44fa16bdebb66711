//! JSON and SARIF of every sample against their schemas; what is printed, byte for byte.

use super::cli::scratch;
use crate::common::cli::sdkaudit;
use crate::common::json_schema;
use crate::common::samples::SAMPLES;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap()
}

/// The schema of the OASIS standard, as it is published (see NOTICE).
fn sarif_schema() -> Value {
    serde_json::from_str(include_str!("../data/sarif-schema-2.1.0.json")).unwrap()
}

fn arguments(sample: &crate::common::samples::Sample, more: &[&str]) -> Vec<String> {
    let mut out = vec!["check".to_owned(), format!("{}/app.apk", sample.directory)];
    out.extend(sample.policy.iter().flat_map(|p| ["--policy".into(), format!("{}/{p}", sample.directory)]));
    out.extend(more.iter().map(|m| (*m).to_owned()));
    out
}

fn holds(name: &str, schema: &Value, value: &Value, strict: bool) {
    let wrong = json_schema::check(schema, value, strict);
    assert!(wrong.is_empty(), "{name}: {} places\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_checker_sees_what_is_wrong() {
    let schema = schema();
    let run = sdkaudit(&samples(), arguments(&SAMPLES[0], &["--format", "json"]));
    let good = run.json();
    for (pointer, bad) in [
        ("/schema_version", serde_json::json!(2)),
        ("/findings/0/fingerprint", serde_json::json!("xyz")),
        ("/findings/0/evidence", serde_json::json!([])),
        ("/comparison/0/verdict", serde_json::json!("guilty")),
        ("/app/min_sdk", serde_json::json!("21")),
        ("/summary/verdicts", serde_json::json!({ "guilty": 1 })),
        ("/limitations", serde_json::json!([{ "kind": "packed" }])),
    ] {
        let mut broken = good.clone();
        *broken.pointer_mut(pointer).unwrap() = bad;
        assert!(!json_schema::check(&schema, &broken, false).is_empty(), "{pointer}");
    }
    let mut more = good.clone();
    more["new_key"] = true.into();
    assert!(json_schema::check(&schema, &more, false).is_empty(), "readers ignore what they do not know");
    assert!(!json_schema::check(&schema, &more, true).is_empty(), "we describe what we write");
}

#[test]
fn reports_hold_the_schema_that_is_printed() {
    let printed = sdkaudit(&samples(), ["schema"]);
    assert_eq!((printed.status, &printed.json()), (Some(0), &schema()));
    for sample in SAMPLES {
        let report = sdkaudit(&samples(), arguments(sample, &["--format", "json", "--stamp"])).json();
        holds(sample.directory, &schema(), &report, true);
        // Reports kept from before hold today's schema: it only grew.
        let kept = std::fs::read(samples().join(sample.directory).join("report.json")).unwrap();
        holds(sample.directory, &schema(), &serde_json::from_slice(&kept).unwrap(), true);
    }
}

#[test]
fn differences_hold_the_schema() {
    let mut schema = schema();
    let mut about = |name: &str| {
        schema["required"] = serde_json::json!([]);
        schema["properties"] = serde_json::json!({});
        schema["allOf"] = serde_json::json!([{ "$ref": format!("#/definitions/{name}") }]);
        schema.as_object_mut().unwrap().insert("additionalProperties".into(), true.into());
        schema.clone()
    };
    let (a, b) = ("01-chinese-table", "05-nothing-open");
    let [old, new] = [format!("{b}/app.apk"), format!("{a}/app.apk")];
    let policy = format!("{a}/policy.html");
    let run = sdkaudit(&samples(), ["diff", &old, &new, "--policy", &policy, "--format", "json"]);
    holds("builds", &about("difference"), &run.json(), true);
    let (p, q) = (format!("{b}/sdk-list.md"), policy);
    let run = sdkaudit(&samples(), ["diff", &p, &q, "--app", &new, "--format", "json"]);
    holds("policies", &about("revision"), &run.json(), true);
}

#[test]
fn sarif_holds_the_schema_of_the_standard() {
    let schema = sarif_schema();
    for sample in SAMPLES {
        for lang in ["zh", "en"] {
            let more = ["--format", "sarif", "--lang", lang, "--stamp"];
            let log = sdkaudit(&samples(), arguments(sample, &more)).json();
            holds(sample.directory, &schema, &log, false);
        }
    }
    let mut broken = sdkaudit(&samples(), arguments(&SAMPLES[0], &["--format", "sarif"])).json();
    broken["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!json_schema::check(&schema, &broken, false).is_empty());
}

/// What GitHub code scanning asks of a file beyond the standard's schema ("SARIF support for code scanning").
#[test]
fn sarif_is_what_code_scanning_reads() {
    let dir = scratch("code-scanning");
    for name in ["app.apk", "policy.html"] {
        std::fs::copy(samples().join("01-chinese-table").join(name), dir.join(name)).unwrap();
    }
    let write = ["baseline", "write", "app.apk", "--policy", "policy.html", "-o", "accepted.toml"];
    assert_eq!(sdkaudit(&dir, write).status, Some(0));
    let more =
        ["check", "app.apk", "--policy", "policy.html", "--format", "sarif", "--baseline", "accepted.toml"];
    let accepted = sdkaudit(&dir, more).json();
    holds("baseline", &sarif_schema(), &accepted, false);
    let log = sdkaudit(&dir, &more[..6]).json();
    let run = &log["runs"][0];
    // A category of its own for every app: uploads of two apps do not close each other's alerts.
    let id = run["automationDetails"]["id"].as_str().unwrap();
    assert!(id.starts_with("sdkaudit/") && id.ends_with('/') && id.matches('/').count() == 2, "{id}");
    let results = run["results"].as_array().unwrap();
    assert!(results.len() < 25_000);
    for r in results {
        let place = &r["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "policy.html", "an alert stands in the repository: {r}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(!r["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().is_empty());
        assert!(r["message"]["text"].as_str().unwrap().len() < 1000);
    }
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(!rule.pointer(text).unwrap().as_str().unwrap().is_empty(), "{text}: {rule}");
        }
        assert!(rule["shortDescription"]["text"].as_str().unwrap().chars().count() < 1024);
    }
    let accepted = accepted["runs"][0]["results"].as_array().unwrap().clone();
    assert_eq!(accepted.len(), results.len());
    for r in &accepted {
        let s = &r["suppressions"][0];
        assert_eq!((&s["kind"], &s["status"]), (&"external".into(), &"accepted".into()), "{r}");
        assert!(!s["justification"].as_str().unwrap().is_empty());
    }
}

/// Two runs give the same bytes in every format; the time is there when asked for, and nowhere else.
#[test]
fn runs_are_the_same_byte_for_byte_unless_stamped() {
    let dir = scratch("stamp");
    let names = ["json", "sarif", "html", "xlsx", "csv", "sdks.csv", "md", "xml", "gitlab.json", "txt"];
    let write = |run: &str, more: &[&str]| {
        let files = names
            .iter()
            .flat_map(|n| ["-o".to_owned(), dir.join(format!("{run}.{n}")).to_string_lossy().into_owned()]);
        let all = arguments(&SAMPLES[0], more).into_iter().chain(files);
        let run = sdkaudit(&samples(), all);
        assert_eq!(run.status, Some(1), "{run:?}");
    };
    write("a", &[]);
    write("b", &[]);
    write("c", &["--stamp"]);
    let read = |run: &str, n: &str| std::fs::read(dir.join(format!("{run}.{n}"))).unwrap();
    for n in names {
        assert!(read("a", n) == read("b", n), "{n} differs between two runs");
        let stamped = !matches!(n, "csv" | "sdks.csv" | "gitlab.json");
        assert_eq!(read("a", n) != read("c", n), stamped, "{n}");
    }
    let stamped: Value = serde_json::from_slice(&read("c", "json")).unwrap();
    let stamp = stamped["stamp"].as_str().unwrap();
    for n in ["html", "sarif", "md", "xml", "txt"] {
        assert!(String::from_utf8(read("c", n)).unwrap().contains(stamp), "{n}");
    }
    let plain: Value = serde_json::from_slice(&read("a", "json")).unwrap();
    assert!(plain.get("stamp").is_none());
}

#[test]
fn every_documented_key_is_in_the_schema_and_back() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.md")).unwrap();
    for key in schema()["properties"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("`{key}`")), "docs/report.md does not name {key}");
    }
}
