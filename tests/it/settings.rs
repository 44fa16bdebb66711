//! Configuration files and baselines through the binary.

use crate::cli::scratch;
use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::cli::sdkaudit;
use crate::common::dex::DexBuilder;
use std::path::PathBuf;

/// An app with two SDKs and a policy that lists neither.
fn case(name: &str) -> PathBuf {
    let dir = scratch(name);
    let manifest = AxmlBuilder::manifest("com.example.settings", &["android.permission.CAMERA"], []);
    let classes = [
        "com.umeng.analytics.MobclickAgent",
        "com.umeng.analytics.B",
        "com.igexin.sdk.PushManager",
        "com.igexin.sdk.C",
    ];
    let dex = DexBuilder::new().classes(classes).build();
    std::fs::write(
        dir.join("app.apk"),
        ApkBuilder::new().manifest(&manifest).file("classes.dex", dex).build(),
    )
    .unwrap();
    std::fs::write(dir.join("policy.txt"), "隐私政策\n我们重视您的隐私，使用相机扫描二维码。\n".repeat(3))
        .unwrap();
    dir
}

#[test]
fn a_baseline_lets_only_new_findings_fail() {
    let dir = case("baseline");
    let gate = ["--fail-on", "low", "--min-confidence", "low"];
    let check = |more: &[&str]| {
        let mut args = vec!["check", "app.apk", "--policy", "policy.txt", "--no-config"];
        args.extend(gate);
        args.extend(more);
        sdkaudit(&dir, args)
    };
    assert_eq!(check(&[]).status, Some(1));
    let written = sdkaudit(
        &dir,
        ["baseline", "write", "app.apk", "--policy", "policy.txt", "--no-config", "-o", "accepted.toml"],
    );
    assert_eq!(written.status, Some(0), "{written:?}");
    assert_eq!(check(&["--baseline", "accepted.toml"]).status, Some(0));
    // An updated policy moves lines and adds words; the findings stay the accepted ones.
    std::fs::write(
        dir.join("policy.txt"),
        "更新说明\n\n隐私政策\n我们重视您的隐私，使用相机扫描二维码。\n本政策已更新。\n",
    )
    .unwrap();
    assert_eq!(check(&["--baseline", "accepted.toml"]).status, Some(0));
}

#[test]
fn the_nearest_configuration_counts_and_its_mistakes_stop_the_run() {
    let dir = case("configured");
    std::fs::create_dir_all(dir.join("docs")).unwrap();
    std::fs::copy(dir.join("policy.txt"), dir.join("docs/policy.txt")).unwrap();
    let config = |text: &str| std::fs::write(dir.join("sdkaudit.toml"), text).unwrap();
    let check = || sdkaudit(&dir, ["check", "app.apk", "--policy", "docs/policy.txt", "--format", "json"]);
    config(
        "fail-on = \"never\"\n\n[[allow]]\nsdk = \"getui-push\"\nreason = \"moves out in 3.0\"\n\n[[allow]]\nsdk = \"weibo\"\nreason = \"gone\"\n",
    );
    let run = check();
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(run.err.contains("sdkaudit.toml:8: this entry matches no finding"), "{}", run.err);
    let findings = run.json()["findings"].as_array().unwrap().clone();
    let getui = findings.iter().find(|f| f["subject"]["key"] == "getui-push").unwrap();
    assert_eq!(getui["suppressed"]["reason"], "moves out in 3.0");
    config("polcy = \"x\"\n");
    let run = check();
    assert_eq!(run.status, Some(2), "{run:?}");
    assert!(run.err.contains("did you mean `policy`?"), "{}", run.err);
}

#[test]
fn entries_that_do_nothing_are_in_the_report() {
    let dir = case("notices");
    std::fs::write(
        dir.join("accepted.toml"),
        "[[allow]]\nsdk = \"nobody\"\nreason = \"gone\"\n\n[[allow]]\nsdk = \"nothing\"\nreason = \"for a time\"\nuntil = 2020-01-01\n",
    )
    .unwrap();
    let check = |format: &str| {
        let args =
            ["check", "app.apk", "--policy", "policy.txt", "--no-config", "--baseline", "accepted.toml"];
        sdkaudit(&dir, args.into_iter().chain(["--format", format, "--lang", "en"]).collect::<Vec<_>>()).out
    };
    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let of = |n: usize| {
        (json["notices"][n]["line"].as_u64(), json["notices"][n]["message"]["en"].as_str().unwrap())
    };
    assert_eq!(of(0), (Some(2), "this entry matches no finding"));
    assert_eq!(of(1).1, "this entry expired on 2020-01-01");
    for (format, words) in [
        ("table", "Entries of the settings that are unused or expired"),
        ("html", "this entry matches no finding"),
        ("markdown", "this entry expired on 2020-01-01"),
        ("sarif", "\"toolConfigurationNotifications\""),
    ] {
        assert!(check(format).contains(words), "{format}");
    }
    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).unwrap();
    let notes = &sarif["runs"][0]["invocations"][0]["toolConfigurationNotifications"];
    assert_eq!(notes.as_array().map(Vec::len), Some(2), "{notes}");
}
