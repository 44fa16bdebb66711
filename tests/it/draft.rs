//! `draft` and `diff`, end to end: what is pasted is understood, what came is told.

use super::cli::scratch;
use crate::common::cli::sdkaudit;
use std::path::{Path, PathBuf};

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

fn verdicts(dir: &Path, app: &Path, policy: &str) -> Vec<(String, String)> {
    let app = app.to_str().unwrap();
    let json = sdkaudit(dir, ["check", app, "--policy", policy, "--format", "json"]).json();
    let rows = json["comparison"].as_array().unwrap().iter();
    rows.map(|r| (r["key"].as_str().unwrap().to_owned(), r["verdict"].as_str().unwrap().to_owned())).collect()
}

/// Pasting the drafted rows leaves nothing undeclared, in a table and in blocks.
#[test]
fn drafted_rows_close_what_was_open() {
    for (name, policy) in [("01-chinese-table", "policy.html"), ("02-english-blocks", "policy.md")] {
        let dir = scratch(&format!("draft-{name}"));
        std::fs::copy(sample(name).join(policy), dir.join(policy)).unwrap();
        let app = sample(name).join("app.apk");
        let open = |v: &[(String, String)]| {
            let open = |v: &str| matches!(v, "undeclared" | "unknown-code" | "carried" | "family-only");
            v.iter().filter(|(_, v)| open(v)).map(|(k, _)| k.clone()).collect::<Vec<_>>()
        };
        assert!(!open(&verdicts(&dir, &app, policy)).is_empty());
        let run = sdkaudit(&dir, ["draft", app.to_str().unwrap(), "--policy", policy, "--apply"]);
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(run.out.starts_with("--- ") && run.out.lines().any(|l| l.starts_with('+')), "{run:?}");
        assert_eq!(open(&verdicts(&dir, &app, policy)), Vec::<String>::new(), "{name}: {}", run.out);
        // Everything that stood there still stands there.
        let (old, new) = (sample(name).join(policy), dir.join(policy));
        let [old, new] = [old, new].map(|p| std::fs::read_to_string(p).unwrap());
        assert!(old.lines().all(|l| new.lines().any(|n| n == l)));
        let again = sdkaudit(&dir, ["draft", app.to_str().unwrap(), "--policy", policy, "--lang", "en"]);
        assert_eq!(again.out, "No row is missing.\n");
    }
}

#[test]
fn a_policy_in_another_encoding_is_written_back_in_it() {
    let dir = scratch("draft-gb18030");
    let text = "我们接入的第三方SDK如下：\n\nSDK名称：个推消息推送SDK\n包名：com.igexin.sdk\n使用目的：推送消息\n\
        收集信息：设备型号、Android ID、网络状态、操作系统版本\n公司名称：每日互动股份有限公司\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    std::fs::write(dir.join("p.txt"), &bytes).unwrap();
    let app = sample("01-chinese-table/app.apk");
    let run = sdkaudit(&dir, ["draft", app.to_str().unwrap(), "--policy", "p.txt", "--apply"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let written = std::fs::read(dir.join("p.txt")).unwrap();
    assert!(written.starts_with(&bytes));
    let (decoded, _, lost) = encoding_rs::GB18030.decode(&written);
    assert!(!lost && decoded.contains("腾讯 Bugly SDK"), "{decoded}");
}

#[test]
fn forms_and_worksheets_hold_every_missing_sdk() {
    let dir = scratch("draft-forms");
    let app = sample("02-english-blocks/app.apk");
    let app = app.to_str().unwrap();
    for format in ["form", "data-safety", "markdown", "json", "rows"] {
        let run = sdkaudit(&dir, ["draft", app, "--format", format]);
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(run.out.contains("AdMob") && run.out.contains("Crashlytics"), "{format}: {}", run.out);
    }
}

#[test]
fn diff_tells_what_came_and_what_the_policy_does_not_cover() {
    let dir = scratch("diff");
    let (old, new) = (sample("05-nothing-open/app.apk"), sample("01-chinese-table/app.apk"));
    let policy = sample("01-chinese-table/policy.html");
    let [old, new, policy] = [&old, &new, &policy].map(|p| p.to_str().unwrap());
    let run = sdkaudit(&dir, ["diff", old, new, "--policy", policy, "--format", "json", "--fail-on-new"]);
    assert_eq!(run.status, Some(1), "{run:?}");
    let json = run.json();
    let change =
        |key: &str| json["changes"].as_array().unwrap().iter().find(|c| c["key"] == key).cloned().unwrap();
    assert_eq!(
        (&change("tencent-bugly")["how"], &change("tencent-bugly")["covered"]),
        (&"added".into(), &false.into())
    );
    assert_eq!(change("getui-push")["covered"], true);
    assert!(!json["new_findings"].as_array().unwrap().is_empty());
    let same = sdkaudit(&dir, ["diff", new, new, "--policy", policy, "--fail-on-new"]);
    assert_eq!(same.status, Some(0), "{same:?}");
    assert_eq!(sdkaudit(&dir, ["diff", old, new]).status, Some(0));
    assert_eq!(sdkaudit(&dir, ["diff", old, new, "--fail-on-new"]).status, Some(1));
}

#[test]
fn diff_of_two_policies_tells_rows_fields_and_permissions() {
    let dir = scratch("diff-policies");
    let row = |name: &str, data: &str| format!("| {name} | 每日互动股份有限公司 | 消息推送 | {data} |\n");
    let head = "# 第三方SDK清单\n\n| SDK名称 | 公司名称 | 使用目的 | 收集信息 |\n|---|---|---|---|\n";
    std::fs::write(dir.join("old.md"), format!("{head}{}", row("个推SDK", "IMEI"))).unwrap();
    let new = format!("{head}{}{}", row("个推SDK", "IMEI、OAID"), row("腾讯Bugly SDK", "设备型号"));
    std::fs::write(dir.join("new.md"), new).unwrap();
    let run = sdkaudit(&dir, ["diff", "old.md", "new.md", "--lang", "en", "--width", "160"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(run.out.starts_with("old.md -> new.md: SDK rows: 1 added, 1 changed, 0 removed"), "{}", run.out);
    assert!(run.out.contains("data: IMEI -> IMEI、OAID"), "{}", run.out);
    assert_eq!(sdkaudit(&dir, ["diff", "old.md", "new.md", "--fail-on-new"]).status, Some(1));
    assert_eq!(sdkaudit(&dir, ["diff", "new.md", "old.md", "--fail-on-new"]).status, Some(0));
    // Against an app, what counts is what it brings in findings: the new version mends one and brings none.
    let app = sample("01-chinese-table").join("app.apk");
    let app = app.to_str().unwrap();
    let run = sdkaudit(&dir, ["diff", "old.md", "new.md", "--app", app, "--format", "json"]).json();
    assert!(!run["gone_findings"].as_array().unwrap().is_empty(), "{run}");
    let back = sdkaudit(&dir, ["diff", "new.md", "old.md", "--app", app, "--fail-on-new"]);
    assert_eq!(back.status, Some(1), "{back:?}");
    let mixed = sdkaudit(&dir, ["diff", app, "new.md"]);
    assert_eq!(mixed.status, Some(2), "{mixed:?}");
    assert_eq!(sdkaudit(&dir, ["diff", "old.md", "new.md", "--policy", "new.md"]).status, Some(2));
    assert_eq!(sdkaudit(&dir, ["diff", app, app, "--app", app]).status, Some(2));
}

#[test]
fn annotated_pages_and_workbooks_are_written() {
    let dir = scratch("annotate");
    let policy = sample("01-chinese-table/policy.html");
    let policy = policy.to_str().unwrap();
    let run = sdkaudit(&dir, ["declarations", policy, "--annotate", "out.html", "--quiet"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    let page = std::fs::read_to_string(dir.join("out.html")).unwrap();
    assert!(
        page.contains("<mark class=\"k-name\" title=\"名称 / name\">个推消息推送SDK</mark>")
            && !page.contains("<script"),
        "{page}"
    );
    let app = sample("01-chinese-table/app.apk");
    let arguments = ["check", app.to_str().unwrap(), "--policy", policy, "-o", "a.xlsx", "-o", "b.xlsx"];
    assert_eq!(sdkaudit(&dir, arguments).status, Some(1));
    let [a, b] = ["a.xlsx", "b.xlsx"].map(|n| std::fs::read(dir.join(n)).unwrap());
    assert!(a.starts_with(b"PK") && a == b);
}

#[test]
fn completions_and_the_manual_are_printed() {
    let dir = scratch("completions");
    assert!(sdkaudit(&dir, ["completions", "bash"]).out.contains("_sdkaudit"));
    assert!(sdkaudit(&dir, ["man"]).out.contains(".TH sdkaudit"));
}
