//! Every format of `check` on the samples: same exit status, well formed, both languages, hostile strings inert.

use super::cli::scratch;
use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::cli::{Run, sdkaudit};
use crate::common::dex::DexBuilder;
use crate::common::samples::SAMPLES;
use std::path::PathBuf;

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn check(directory: &str, policy: &[&str], more: &[&str]) -> Run {
    let mut arguments = vec!["check".to_owned(), format!("{directory}/app.apk")];
    for p in policy {
        arguments.extend(["--policy".to_owned(), format!("{directory}/{p}")]);
    }
    arguments.extend(more.iter().map(|m| (*m).to_owned()));
    sdkaudit(&samples(), arguments)
}

const FORMATS: [&str; 10] =
    ["table", "json", "sarif", "html", "csv", "csv-sdks", "markdown", "junit", "github", "gitlab"];

#[test]
fn the_exit_status_is_the_same_for_every_format_and_language() {
    let sample = &SAMPLES[0];
    for format in FORMATS {
        let run = check(sample.directory, sample.policy, &["--format", format]);
        assert_eq!(run.status, Some(sample.exit), "{format}: {}", run.err);
        assert!(run.err.is_empty() && !run.out.is_empty(), "{format}: {}", run.err);
        // The policy is Chinese, and no locale says otherwise.
        let zh = check(sample.directory, sample.policy, &["--format", format, "--lang", "zh"]);
        assert_eq!(run.out, zh.out, "{format} is not deterministic");
    }
    let en = check(sample.directory, sample.policy, &["--lang", "en"]);
    assert_eq!(en.status, Some(sample.exit));
    assert_eq!(check(sample.directory, sample.policy, &["--exit-zero"]).status, Some(0));
    assert_eq!(check(sample.directory, sample.policy, &["--fail-on", "never"]).status, Some(0));
}

#[test]
fn json_says_what_the_table_says() {
    let sample = &SAMPLES[0];
    let json = check(sample.directory, sample.policy, &["--format", "json"]).json();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["outcome"], "findings");
    let verdict = |key: &str| {
        let rows = json["comparison"].as_array().unwrap();
        rows.iter().find(|r| r["key"] == key).map(|r| r["verdict"].as_str().unwrap().to_owned())
    };
    for (key, expected) in [
        ("tencent-bugly", "undeclared"),
        ("com.lanternstat.core", "unknown-code"),
        ("alibaba-utdid", "carried"),
        ("amap-location", "family-only"),
        ("getui-push", "declared"),
        ("jiguang-jpush", "not-found"),
        ("okhttp", "optional"),
    ] {
        assert_eq!(verdict(key).as_deref(), Some(expected), "{key}");
    }
    let table = check(sample.directory, sample.policy, &["--lang", "en", "--width", "200"]).out;
    assert!(table.lines().next().unwrap().starts_with("9 SDKs in the app, 7 rows in the policy"), "{table}");
    assert!(!table.contains('\u{1b}'), "no colours outside a terminal");
    assert!(check(sample.directory, sample.policy, &["--color", "always"]).out.contains("\u{1b}["));
}

#[test]
fn sarif_results_have_rules_places_and_fingerprints() {
    let sample = &SAMPLES[0];
    let sarif = check(sample.directory, sample.policy, &["--format", "sarif", "--lang", "en"]).json();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for r in results {
        let index = usize::try_from(r["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], r["ruleId"]);
        assert!(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string(), "{r}");
        assert_eq!(r["partialFingerprints"]["sdkaudit/v1"].as_str().unwrap().len(), 16);
    }
    let quoted = results.iter().find(|r| r["ruleId"] == "link-of-another-sdk").unwrap();
    let place = &quoted["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "01-chinese-table/policy.html");
    assert_eq!(place["region"]["startLine"], 27);
}

#[test]
fn files_get_the_format_of_their_name() {
    let dir = scratch("outputs");
    let names = ["a.json", "a.sarif", "a.html", "a.csv", "a.md", "a.xml", "a.gitlab.json"];
    let mut more = Vec::new();
    let paths: Vec<String> = names.iter().map(|n| dir.join(n).to_string_lossy().into_owned()).collect();
    for p in &paths {
        more.extend(["-o", p.as_str()]);
    }
    let run = check(SAMPLES[0].directory, SAMPLES[0].policy, &more);
    assert_eq!(run.status, Some(1), "{}", run.err);
    assert_eq!(run.out.lines().count(), 1, "only the summary: {}", run.out);
    let read = |n: &str| std::fs::read_to_string(dir.join(n)).unwrap();
    assert!(read("a.sarif").contains("\"2.1.0\""));
    assert!(read("a.html").starts_with("<!doctype html>"));
    assert!(read("a.xml").starts_with("<?xml"));
    assert!(read("a.gitlab.json").contains("check_name"));
    let unknown = check(SAMPLES[0].directory, SAMPLES[0].policy, &["-o", "x.unknown"]);
    assert_eq!((unknown.status, unknown.err.lines().count()), (Some(2), 1));
}

/// Six sheets, each filtered, with its head frozen; addresses are links.
#[test]
fn workbooks_have_filters_frozen_heads_and_links() {
    let path = scratch("workbook").join("a.xlsx");
    let run = check(SAMPLES[0].directory, SAMPLES[0].policy, &["-o", path.to_str().unwrap()]);
    assert_eq!(run.status, Some(1), "{}", run.err);
    let mut book = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut part = |name: &str| std::io::read_to_string(book.by_name(name).unwrap()).unwrap();
    let names = part("xl/workbook.xml");
    for name in ["摘要", "对照", "发现项", "权限", "行为", "限制"] {
        assert!(names.contains(&format!("<sheet name=\"{name}\"")), "{name}: {names}");
    }
    for i in 1..=6 {
        let sheet = part(&format!("xl/worksheets/sheet{i}.xml"));
        for piece in ["<autoFilter ", "ySplit=\"1\"", "state=\"frozen\""] {
            assert!(sheet.contains(piece), "sheet {i} lacks {piece}");
        }
    }
    assert!(part("xl/worksheets/sheet2.xml").contains("<hyperlink "));
    assert!(part("xl/styles.xml").contains("wrapText=\"1\""));
}

#[test]
fn html_needs_no_script_and_no_request() {
    for lang in ["zh", "en"] {
        let html = check(SAMPLES[0].directory, SAMPLES[0].policy, &["--format", "html", "--lang", lang]).out;
        for word in ["<script", "<link", "<img", "<iframe", "@import", "url(", "onload=", "onclick="] {
            assert!(!html.contains(word), "{word}");
        }
        assert!(html.contains("id=\"d0-r0\"") && html.contains("href=\"#d0-r0\""));
        // Every link leads somewhere on the page.
        for link in html.split("href=\"#").skip(1).filter_map(|l| l.split('"').next()) {
            assert!(html.contains(&format!("id=\"{link}\"")), "{link}");
        }
    }
}

#[test]
fn hostile_names_are_inert_in_every_format() {
    let dir = scratch("hostile-names");
    let name = "com.umeng.\u{202E}evil\u{1b}[31m<script>alert(1)</script>";
    let manifest = AxmlBuilder::manifest("com.example.<img src=x>\u{1b}]0;t\u{7}", &[name], []);
    let dex = DexBuilder::new().classes(["com.umeng.analytics.A", "com.umeng.analytics.B"]);
    std::fs::write(dir.join("app.apk"), ApkBuilder::new().manifest(&manifest).dex(&dex).build()).unwrap();
    let policy = "第三方SDK\n\nSDK名称：<script>alert(2)</script>\u{1b}[2J SDK\n使用目的：\u{202E}推送\n收集信息：=cmd|' /C calc'!A0\n";
    std::fs::write(dir.join("p.txt"), policy).unwrap();
    for format in FORMATS {
        let run = sdkaudit(&dir, ["check", "app.apk", "--policy", "p.txt", "--format", format]);
        assert!(matches!(run.status, Some(0 | 1 | 3)), "{format}: {run:?}");
        // JSON escapes controls by itself; bidi marks are data there.
        if !matches!(format, "json" | "sarif" | "gitlab") {
            assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202E}'), "{format}: {}", run.out);
        }
        if matches!(format, "html" | "junit" | "markdown") {
            assert!(!run.out.contains("<script>") && !run.out.contains("<img"), "{format}: {}", run.out);
        }
        if format == "github" {
            assert!(run.out.lines().all(|l| l.starts_with("::")), "{}", run.out);
        }
    }
}

#[test]
fn policies_that_cannot_be_read_are_told() {
    let dir = scratch("bad-policies");
    let app = samples().join("05-nothing-open/app.apk");
    let app = app.to_str().unwrap();
    std::fs::write(dir.join("empty.txt"), b"").unwrap();
    std::fs::write(dir.join("binary.bin"), [0u8, 159, 146, 150, 0, 0, 1, 2].repeat(64)).unwrap();
    std::fs::create_dir(dir.join("nothing")).unwrap();
    for name in ["missing.txt", "nothing"] {
        let run = sdkaudit(&dir, ["check", app, "--policy", name]);
        assert_eq!(run.status, Some(2), "{run:?}");
        assert!(run.err.contains(name) && run.err.lines().count() == 1, "{run:?}");
    }
    let run = sdkaudit(&dir, ["check", app, "--policy", "binary.bin", "--fail-on", "never"]);
    assert_eq!(run.status, Some(3), "{run:?}");
    assert!(run.out.contains("Limitations"), "{run:?}");
}
