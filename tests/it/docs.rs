//! The documents: links lead somewhere, commands and CI examples do what they say.

use super::cli::scratch;
use crate::common::cli::sdkaudit;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, out);
        } else if path.extension().is_some_and(|e| e == "md") {
            out.push(path);
        }
    }
}

/// Anchors of a page's headings, as mdBook and GitHub make them: lower case, signs dropped, spaces as hyphens.
fn anchors(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut all: Vec<PathBuf> =
        ["README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|n| root().join(n)).to_vec();
    pages(&root().join("docs"), &mut all);
    pages(&root().join("samples"), &mut all);
    let mut broken = Vec::new();
    for page in all {
        // A sample's policy is a fixture, not a document of ours.
        if page.starts_with(root().join("samples")) && !page.ends_with("README.md") {
            continue;
        }
        let text = std::fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|t| t.split(')').next()) {
            let file = target.split('#').next().unwrap_or("");
            if file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let anchor = target
                .split_once('#')
                .map(|(_, anchor)| anchor)
                .filter(|_| path.extension().is_some_and(|e| e == "md"));
            let found = path.exists() && anchor.is_none_or(|a| anchors(&path).iter().any(|known| known == a));
            if !found {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The readme's first command, with the built binary in place of `cargo run`.
#[test]
fn the_first_command_of_both_readmes_finds_something() {
    for name in ["README.md", "README.zh.md"] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let command = text.lines().find_map(|l| l.strip_prefix("cargo run --release -- ")).unwrap();
        assert_eq!(sdkaudit(&root(), command.split(' ')).status, Some(1), "{command}");
    }
}

#[cfg(unix)]
#[test]
fn the_ci_step_writes_every_report() {
    let dir = scratch("ci-step");
    for name in ["app.apk", "policy.html"] {
        std::fs::copy(root().join("samples/01-chinese-table").join(name), dir.join(name)).unwrap();
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_sdkaudit")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let summary = dir.join("summary.md");
    let run = Command::new("bash")
        .arg(root().join("docs/ci/check.sh"))
        .current_dir(&dir)
        .env("PATH", path)
        .env("APP", "app.apk")
        .env("POLICY", "policy.html\n")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(out.lines().any(|l| l.starts_with("::error file=policy.html,line=")), "{out}");
    for name in ["sdkaudit.sarif", "sdkaudit.xml", "sdkaudit.gitlab.json", "sdkaudit.html", "summary.md"] {
        assert!(dir.join(name).metadata().unwrap().len() > 100, "{name}");
    }
}

/// The GitLab job's command, and the Gradle task's, take options that exist.
#[test]
fn ci_templates_use_options_that_exist() {
    let help: String = ["check", "diff"].map(|c| sdkaudit(&root(), [c, "--help"]).out).concat();
    for name in [
        "docs/ci/gitlab.yml",
        "docs/ci/sdkaudit.gradle.kts",
        "docs/ci/check.sh",
        "docs/ci.md",
        "docs/ci.zh.md",
    ] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let words = text.split(|c: char| c.is_whitespace() || "\"`(),".contains(c));
        for option in words.filter(|w| w.starts_with("--") && w.len() > 3) {
            let known = ["--locked", "--path"].contains(&option) || help.contains(option);
            assert!(known, "{name}: {option}");
        }
    }
}
