//! The documents as a book: every page in it, both languages, every option told, no link that leads out of it.

use crate::common::cli::sdkaudit;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(docs().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn pages(directory: &str) -> BTreeSet<String> {
    let names = std::fs::read_dir(docs().join(directory)).unwrap();
    let names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|n| n.ends_with(".md")).map(|n| Path::new(directory).join(n).display().to_string()).collect()
}

/// `SNAPSHOTS=overwrite cargo test` writes what is generated anew.
fn generated(name: &str, text: &str) {
    if std::env::var("SNAPSHOTS").is_ok_and(|v| v == "overwrite") {
        std::fs::write(docs().join(name), text).unwrap();
    }
    assert!(read(name) == text, "docs/{name} differs; SNAPSHOTS=overwrite cargo test writes it");
}

#[test]
fn the_list_of_rules_and_the_summary_hold_every_page() {
    let rules = pages("rules");
    let id = |page: &str| page.trim_start_matches("rules/").trim_end_matches(".md").to_owned();
    let row = |page: &String| {
        let text = read(page);
        let titles: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("> ")).take(2).collect();
        format!("| [{}]({page}) | {} |\n", id(page), titles.join(" | "))
    };
    let old = read("rules.md");
    let head = old.split("|---|---|---|\n").next().unwrap();
    generated("rules.md", &format!("{head}|---|---|---|\n{}", rules.iter().map(row).collect::<String>()));
    let summary = read("SUMMARY.md");
    let head = summary.split("  - [").next().unwrap();
    let lines: String = rules.iter().map(|p| format!("  - [{}]({p})\n", id(p))).collect();
    generated("SUMMARY.md", &format!("{head}{lines}"));
    for page in pages("").iter().filter(|p| *p != "SUMMARY.md") {
        assert!(summary.contains(&format!("({page})")), "docs/SUMMARY.md does not name {page}");
    }
}

/// Pages of one language have a twin; the others hold both.
#[test]
fn every_page_exists_in_both_languages() {
    let all = pages("");
    for page in &all {
        let text = read(page);
        let twin = match page.strip_suffix(".zh.md") {
            Some(name) => format!("{name}.md"),
            None => page.replace(".md", ".zh.md"),
        };
        if all.contains(&twin) {
            assert!(text.contains(&format!("({twin})")), "{page} does not link {twin}");
            continue;
        }
        let han = text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count();
        let latin = text.chars().filter(char::is_ascii_alphabetic).count();
        let lists = ["SUMMARY.md", "rules.md", "rules-of-the-study.md", "sdks.md"].contains(&page.as_str());
        assert!(lists || (han > 250 && latin > 500), "{page} is in one language: {han} Han, {latin} Latin");
    }
}

#[test]
fn links_do_not_lead_out_of_the_book() {
    for page in pages("").iter().chain(&pages("rules")) {
        let text = read(page);
        for target in text.split("](").skip(1).filter_map(|t| t.split(')').next()) {
            let up = target.matches("../").count();
            assert!(up <= page.matches('/').count(), "{page}: {target} is not in the book");
        }
    }
}

fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let long = words.filter(|w| w.starts_with("--") && w.len() > 3 && !w.starts_with("---"));
    long.map(|w| w.trim_end_matches('-').to_owned()).collect()
}

/// Options of the commands, as their help tells them: the first word of a line that is an option.
fn told() -> BTreeSet<String> {
    let commands: [&[&str]; 10] = [
        &["check"],
        &["inventory"],
        &["detect"],
        &["behaviour"],
        &["declarations"],
        &["draft"],
        &["diff"],
        &["batch"],
        &["baseline", "write"],
        &["explain"],
    ];
    let help = |c: &&[&str]| sdkaudit(&docs(), c.iter().chain(&["--help"]).copied()).out;
    let lines = |text: String| {
        let lines =
            text.lines().filter(|l| l.trim_start().starts_with('-')).map(|l| l.trim_start().to_owned());
        let heads = lines.map(|l| l.split("  ").next().unwrap_or_default().to_owned());
        heads.filter(|l| !l.starts_with("- ")).collect::<Vec<_>>().join("\n")
    };
    commands.iter().map(help).flat_map(|t| options(&lines(t))).collect()
}

/// Options of other programs that the pages name.
const OTHERS: [&str; 7] =
    ["--release", "--example", "--examples", "--path", "--locked", "--library", "--features"];

#[test]
fn both_usage_pages_tell_the_options_that_there_are() {
    let told = told();
    assert!(told.contains("--policy") && told.contains("--shard"), "{told:?}");
    for page in ["usage.md", "usage.zh.md"] {
        let written = options(&read(page));
        let missing: Vec<_> = told.difference(&written).collect();
        let invented: Vec<_> = written.difference(&told).filter(|o| !OTHERS.contains(&o.as_str())).collect();
        assert!(missing.is_empty() && invented.is_empty(), "{page} lacks {missing:?}, invents {invented:?}");
    }
    // The other pages name no option that does not exist, but for those of other programs.
    for page in pages("") {
        let written = options(&read(&page));
        let invented: Vec<_> =
            written.difference(&told).filter(|o| !OTHERS.contains(&o.as_str())).cloned().collect();
        if ["signatures.md", "signatures.zh.md", "scale.md", "sdks.md", "behaviour.md"]
            .contains(&page.as_str())
        {
            continue;
        }
        assert!(invented.is_empty(), "{page} invents {invented:?}");
    }
}
