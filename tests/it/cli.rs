//! The binary on good and bad input: exit status, one-line errors, both languages.

use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::cli::{Run, sdkaudit};
use crate::common::dex::DexBuilder;
use std::path::PathBuf;

/// A directory of this test run, emptied.
pub fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn refused(run: &Run, words: &str) {
    assert_eq!(run.status, Some(2), "{run:?}");
    assert_eq!(run.out, "");
    assert!(run.err.starts_with("error: ") && run.err.contains(words), "{run:?}");
    assert_eq!(run.err.lines().count(), 1, "{run:?}");
}

#[test]
fn packages_that_cannot_be_opened_are_one_line_errors() {
    let dir = scratch("bad-packages");
    std::fs::write(dir.join("empty.apk"), b"").unwrap();
    std::fs::write(dir.join("text.apk"), b"hello").unwrap();
    std::fs::write(dir.join("other.apk"), ApkBuilder::new().file("a.txt", *b"x").build()).unwrap();
    std::fs::create_dir(dir.join("directory")).unwrap();
    for (name, words) in [
        ("missing.apk", "cannot read missing.apk: no such file"),
        ("directory", "directory is not an Android package"),
        ("empty.apk", "empty.apk is not an Android package"),
        ("text.apk", "text.apk is not an Android package"),
        ("other.apk", "other.apk is not an Android package"),
    ] {
        for command in ["inventory", "detect"] {
            refused(&sdkaudit(&dir, [command, name]), words);
        }
    }
    let zh = sdkaudit(&dir, ["detect", "missing.apk", "--lang", "zh"]);
    assert_eq!(zh.err, "错误: 无法读取 missing.apk：文件不存在，请检查路径\n");
}

#[test]
fn a_truncated_dex_is_a_limitation_and_the_rest_is_read() {
    let dir = scratch("truncated-dex");
    let manifest = AxmlBuilder::manifest("com.example.cut", &["android.permission.CAMERA"], []);
    let mut dex = DexBuilder::new().classes(["com.umeng.analytics.A", "com.umeng.analytics.B"]).build();
    dex.truncate(dex.len() / 2);
    let apk = ApkBuilder::new().manifest(&manifest).file("classes.dex", dex);
    std::fs::write(dir.join("app.apk"), apk.build()).unwrap();
    let run = sdkaudit(&dir, ["detect", "app.apk", "--format", "json"]);
    assert_eq!(run.status, Some(3), "{run:?}");
    let json = run.json();
    assert_eq!(json["permissions"][0], "android.permission.CAMERA");
    assert!(!json["limitations"].as_array().unwrap().is_empty());
}

#[test]
fn a_packer_makes_the_audit_incomplete() {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let run = sdkaudit(&samples, ["detect", "03-packed-app/app.apk", "--format", "json"]);
    assert_eq!(run.status, Some(3), "{run:?}");
    let json = run.json();
    assert_eq!(json["packer"], "tencent-legu");
    assert_eq!(json["limitations"][0]["kind"], "packed");
    assert_eq!(json["limitations"][0]["hides"], "code");
}

#[test]
fn explain_knows_every_rule_and_suggests_for_a_misspelt_one() {
    let dir = scratch("explain");
    let list = sdkaudit(&dir, ["explain"]);
    assert_eq!(list.status, Some(0));
    assert!(list.out.contains("undeclared-sdk"));
    assert_eq!(sdkaudit(&dir, ["explain", "undeclared-sdk", "--lang", "zh"]).status, Some(0));
    refused(&sdkaudit(&dir, ["explain", "undeclared-sdks"]), "did you mean undeclared-sdk?");
}

#[test]
fn signatures_can_be_searched_shown_and_matched() {
    let dir = scratch("signatures");
    assert!(sdkaudit(&dir, ["signatures", "search", "个推"]).out.contains("getui-push"));
    assert!(sdkaudit(&dir, ["signatures", "show", "getui-push"]).out.contains("com.igexin"));
    assert!(sdkaudit(&dir, ["signatures", "match", "Lcom/igexin/sdk/A;"]).out.contains("getui-push"));
    assert!(sdkaudit(&dir, ["signatures", "stats"]).out.contains("with a class prefix"));
    refused(&sdkaudit(&dir, ["signatures", "show", "nothing"]), "no SDK has the id nothing");
}

/// Help is whole in both languages, wherever the language comes from.
#[test]
fn help_and_errors_speak_chinese_where_it_is_asked_for() {
    let dir = scratch("help-zh");
    let run = sdkaudit(&dir, ["--lang", "zh", "check", "--help"]);
    assert_eq!(run.status, Some(0), "{run:?}");
    for words in [
        "核对应用与它的隐私政策",
        "用法：sdkaudit check [选项] <APP>...",
        "选项:",
        "[默认：60]",
        "sarif（供代码扫描",
    ] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    for words in ["Usage", "Options", "Print", "default:", "possible values"] {
        assert!(!run.out.contains(words), "{words}: {}", run.out);
    }
    let help = sdkaudit(&dir, ["--lang=zh", "help", "signatures"]).out;
    assert!(help.contains("显示一个 SDK") && !help.contains("Print"), "{help}");
    let wrong = sdkaudit(&dir, ["--lang", "zh", "check", "--polcy", "x"]);
    assert_eq!(wrong.status, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("没有“--polcy”") && wrong.err.contains("--policy"), "{wrong:?}");
    assert!(sdkaudit(&dir, ["--lang", "zh", "man"]).out.contains("核对应用"));
    assert!(sdkaudit(&dir, ["check", "--help"]).out.contains("Usage: sdkaudit check [OPTIONS] <APP>..."));
}
