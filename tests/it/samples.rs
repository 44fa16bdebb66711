//! The samples are what our builders make, checking them ends as their README says, and every rule speaks in one of them.

use super::cli::scratch;
use crate::common::cli::sdkaudit;
use crate::common::samples::SAMPLES;
use sdkaudit::rules::RULES;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn directory(name: &str) -> PathBuf {
    root().join("samples").join(name)
}

/// `SNAPSHOTS=overwrite cargo test` writes the files anew.
fn overwrite() -> bool {
    std::env::var("SNAPSHOTS").is_ok_and(|v| v == "overwrite")
}

#[test]
fn apps_are_what_the_builders_make() {
    for sample in SAMPLES {
        let path = directory(sample.directory).join("app.apk");
        let built = (sample.app)().build();
        if overwrite() {
            std::fs::write(&path, &built).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(stored == built, "{} differs; SNAPSHOTS=overwrite cargo test writes it", path.display());
    }
}

/// One test, since what the rules say of the samples is known once they were checked.
#[test]
fn samples_end_as_their_readme_says_and_show_every_rule() {
    let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for sample in SAMPLES {
        let made = checked(sample.directory, sample.policy, sample.exit);
        for finding in made["findings"].as_array().unwrap() {
            let samples = said.entry(finding["rule"].as_str().unwrap().to_owned()).or_default();
            if !samples.contains(&sample.directory) {
                samples.push(sample.directory);
            }
        }
    }
    let silent: Vec<&str> = RULES.iter().map(|r| r.id).filter(|id| !said.contains_key(*id)).collect();
    assert!(silent.is_empty(), "no sample shows {}", silent.join(", "));
    for rule in RULES {
        let path = root().join("docs/rules").join(format!("{}.md", rule.id));
        let page = std::fs::read_to_string(&path).unwrap();
        let samples = &said[rule.id];
        let named = |page: &str| samples.iter().any(|s| page.contains(&line(s)));
        if overwrite() && !named(&page) {
            std::fs::write(&path, with_sample(&page, samples.last().unwrap())).unwrap();
            continue;
        }
        assert!(named(&page), "docs/rules/{}.md names none of {samples:?}", rule.id);
    }
}

/// Checks a sample by its README's command; the report as written.
fn checked(name: &str, policy: &[&str], exit: i32) -> serde_json::Value {
    let dir = directory(name);
    let readme = std::fs::read_to_string(dir.join("README.md")).unwrap();
    let command = readme.lines().find_map(|l| l.strip_prefix("sdkaudit ")).unwrap();
    assert!(policy.iter().all(|p| command.contains(p)), "{command}");
    assert!(readme.contains(&format!("退出码: {exit}\n")), "{readme}");
    let report = scratch(&format!("sample-{name}")).join("report.json");
    let run = sdkaudit(&dir, command.split(' ').chain(["-o", report.to_str().unwrap()]));
    assert_eq!(run.status, Some(exit), "{name}: {run:?}");
    let stored = dir.join("report.json");
    if overwrite() {
        std::fs::copy(&report, &stored).unwrap();
    }
    // Signatures and rules grow without a new sample: what must agree is the schema and the inputs.
    let read =
        |p: &Path| -> serde_json::Value { serde_json::from_slice(&std::fs::read(p).unwrap()).unwrap() };
    let (made, kept) = (read(&report), read(&stored));
    for key in ["schema_version", "inputs", "outcome"] {
        assert_eq!(made[key], kept[key], "{name}: {key}");
    }
    // Additive: every key that was there is there.
    let keys = |v: &serde_json::Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(keys(&kept).iter().all(|k| keys(&made).contains(k)));
    made
}

/// The line of a rule's page that says in which sample the rule speaks.
fn line(sample: &str) -> String {
    format!("In a whole report · 完整的报告：`samples/{sample}`\n")
}

/// A page with that line below the heading of its examples, in place of an older one.
fn with_sample(page: &str, sample: &str) -> String {
    const HEADING: &str = "\n## Example\n";
    let (head, examples) = page.split_once(HEADING).expect("examples");
    let mark = line("");
    let mark = mark.trim_end_matches(['`', '\n']);
    let kept: Vec<&str> = examples.lines().filter(|l| !l.starts_with(mark)).collect();
    let rest = kept.join("\n");
    format!("{head}{HEADING}\n{}\n{}\n", line(sample), rest.trim())
}
