//! What `--policy` may name: the policy in the package, broken files, files of other kinds, several, a directory.

use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::cli::{Run, sdkaudit};
use crate::common::dex::DexBuilder;
use crate::common::temp::TempDir;

const POLICY: &str = "<!DOCTYPE html><html><head><title>隐私政策</title></head><body><h1>某应用隐私政策</h1>\
    <p>我们重视您的个人信息。为提供服务，我们会收集您的设备信息，并与第三方共享。您可以联系我们删除信息。未成年人应在监护人陪同下阅读。</p>\
    <table><tr><th>SDK名称</th><th>使用目的</th><th>收集的信息</th></tr>\
    <tr><td>个推SDK</td><td>消息推送</td><td>IMEI</td></tr></table></body></html>";

fn package() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest("com.example.taken", &["android.permission.CAMERA"], []);
    ApkBuilder::new().manifest(&manifest).dex(&DexBuilder::new().classes(["com.igexin.sdk.PushManager"]))
}

fn check(dir: &TempDir, policy: &str) -> Run {
    sdkaudit(dir.path(), ["check", "app.apk", "--policy", policy, "--format", "json", "--exit-zero"])
}

#[test]
fn auto_takes_the_policy_out_of_the_package_and_says_which_file() {
    let dir = TempDir::new("intake-auto");
    let licences = "Apache License. privacy ".repeat(60);
    let other = "Privacy policy of a vendor. We collect personal data and personal information. Contact us. "
        .repeat(20);
    let long = POLICY.replace(
        "</h1>",
        &format!("</h1>{}", "<p>我们收集和使用个人信息，并告知第三方SDK、权限与保存期限。</p>".repeat(12)),
    );
    let apk = package()
        .file("assets/licenses.html", licences)
        .file("assets/vendor/notes.txt", other)
        .file("assets/apps/__UNI__1/www/static/protocol.html", long)
        .file(
            "assets/apps/__UNI__1/www/static/sdk.html",
            POLICY
                .replace("隐私政策", "第三方SDK目录")
                .replace("</table>", "<tr><td>友盟SDK</td><td>统计</td><td>OAID</td></tr></table>"),
        );
    dir.write("app.apk", &apk.build());
    let run = check(&dir, "auto");
    let json = run.json();
    let inputs = json["inputs"].as_array().unwrap().iter().filter(|i| i["role"] == "policy");
    let documents: Vec<&str> = inputs.map(|d| d["name"].as_str().unwrap()).collect();
    assert_eq!(
        documents,
        [
            "app.apk!assets/apps/__UNI__1/www/static/protocol.html",
            "app.apk!assets/apps/__UNI__1/www/static/sdk.html"
        ],
        "{}",
        run.err
    );
    assert!(run.err.contains("note: the policy was taken from the package: app.apk!assets"), "{}", run.err);
    assert!(run.err.contains("vendor/notes.txt"), "{}", run.err);
    let rows = json["comparison"].as_array().unwrap().iter().flat_map(|r| r["policy"].as_array().unwrap());
    let names: Vec<&str> = rows.filter_map(|d| d["name"].as_str()).collect();
    assert!(names.contains(&"个推SDK") && names.contains(&"友盟SDK"), "{names:?}");
}

#[test]
fn auto_without_a_policy_says_where_it_looked() {
    let dir = TempDir::new("intake-none");
    let apk = package()
        .file("assets/privacy_settings.html", "<p>隐私设置：打开或关闭个性化推荐，随时可以修改。这里没有别的内容，只有一个开关，请按需要选择。</p>")
        .file("assets/readme.txt", "nothing ".repeat(40))
        .file("assets/app.js", "var policy = 'https://www.example.org/privacy.html';");
    dir.write("app.apk", &apk.build());
    let run = check(&dir, "auto");
    assert_eq!((run.status, run.out.as_str()), (Some(2), ""), "{run:?}");
    for words in [
        "no privacy policy found in the package",
        "privacy_settings.html",
        "https://www.example.org/privacy.html",
    ] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    let zh = sdkaudit(dir.path(), ["--lang", "zh", "check", "app.apk", "--policy", "auto"]);
    assert!(zh.err.starts_with("错误: 安装包内没有找到隐私政策"), "{}", zh.err);
    let none = sdkaudit(dir.path(), ["declarations", "auto"]);
    assert!(none.status == Some(2) && none.err.contains("no package is given"), "{none:?}");
}

#[test]
fn documents_that_cannot_be_read_are_named_with_the_way_out() {
    let dir = TempDir::new("intake-bad");
    let mut binary = vec![0u8; 300];
    binary.iter_mut().enumerate().for_each(|(i, b)| *b = u8::try_from(i % 251).unwrap());
    dir.write("empty.txt", b"");
    dir.write("binary.html", &binary);
    dir.write("old.doc", &[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat());
    dir.write("note.rtf", b"{\\rtf1 x}");
    dir.write("scan.png", &[b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 64]].concat());
    dir.write("app.apk", &package().build());
    dir.write(
        "shell.html",
        b"<!DOCTYPE html><html><body><div id=app></div><script src=/main.js></script></body></html>",
    );
    dir.write("some.pdf", b"%PDF-1.7\n");
    let limitation = |name: &str| {
        let run = sdkaudit(dir.path(), ["declarations", name, "--format", "json"]);
        assert_eq!(run.status, Some(3), "{name}: {run:?}");
        let detail = run.json()["limitations"][0]["detail"].clone();
        (detail["en"].as_str().unwrap().to_owned(), detail["zh"].as_str().unwrap().to_owned())
    };
    for (name, en, zh) in [
        ("empty.txt", "holds no text", "没有文字"),
        ("binary.html", "no text format", "不是可读取的文本格式"),
        ("old.doc", "save it as .docx", ".docx"),
        ("note.rtf", "save it as .docx", ".docx"),
        ("scan.png", "an image", "图片"),
        ("app.apk", "--policy auto", "--policy auto"),
        ("shell.html", "loaded by its scripts", "脚本"),
        ("some.pdf", "no page", "PDF"),
    ] {
        let (own_en, own_zh) = limitation(name);
        assert!(own_en.contains(en) && own_zh.contains(zh), "{name}: {own_en} / {own_zh}");
    }
    let missing = sdkaudit(dir.path(), ["declarations", "missing.html"]);
    assert_eq!(
        (missing.status, missing.err.as_str()),
        (Some(2), "error: cannot read missing.html: no such file; check the path\n")
    );
    #[cfg(not(feature = "fetch"))]
    {
        let address = sdkaudit(dir.path(), ["declarations", "https://www.example.com/privacy"]);
        assert!(address.status == Some(2) && address.err.contains("--features fetch"), "{address:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error_and_odd_names_are_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new("intake-permission");
    let path = dir.write("secret.txt", "隐私政策".as_bytes());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    // Root reads everything: nothing to see then.
    if std::fs::read(&path).is_err() {
        let run = sdkaudit(dir.path(), ["declarations", "secret.txt"]);
        assert_eq!(
            (run.status, run.err.as_str()),
            (Some(2), "error: cannot read secret.txt: permission denied\n")
        );
    }
    dir.write("auto", POLICY.as_bytes());
    let run = sdkaudit(dir.path(), ["declarations", "./auto", "--format", "json"]);
    assert_eq!(run.json()["declarations"][0]["sdk"], "getui-push", "{run:?}");
}

#[test]
fn what_was_read_comes_as_csv_and_as_a_workbook() {
    let dir = TempDir::new("intake-sheets");
    dir.write("policy.html", POLICY.as_bytes());
    dir.write(
        "list.csv",
        "SDK名称,使用目的,隐私政策\n=友盟SDK,统计,https://www.umeng.com/policy\n".as_bytes(),
    );
    let run = sdkaudit(
        dir.path(),
        [
            "declarations",
            "policy.html",
            "list.csv",
            "-o",
            "rows.csv",
            "-o",
            "rows.xlsx",
            "-o",
            "p.permissions.csv",
            "-q",
        ],
    );
    assert_eq!((run.status, run.out.as_str()), (Some(0), ""), "{run:?}");
    let csv = std::fs::read_to_string(dir.path().join("rows.csv")).unwrap();
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap().trim_start_matches('\u{feff}').split(',').collect();
    let row: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(head.len(), row.len());
    let cell = |name: &str| row[head.iter().position(|h| *h == name).unwrap()];
    assert_eq!(
        (
            cell("document"),
            cell("line"),
            cell("name"),
            cell("sdk"),
            cell("data"),
            cell("data_items"),
            cell("reader")
        ),
        ("policy.html", "1", "个推SDK", "getui-push", "IMEI", "imei", "table")
    );
    assert!(csv.contains("https://www.umeng.com/policy") && !csv.contains(",=友盟"), "{csv}");
    assert!(
        std::fs::read_to_string(dir.path().join("p.permissions.csv"))
            .unwrap()
            .contains("document,line,written")
    );
    // The workbook is itself a list that can be read.
    let again = sdkaudit(dir.path(), ["declarations", "rows.xlsx", "--format", "json"]);
    let names: Vec<String> = again.json()["declarations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.iter().any(|n| n == "个推SDK"), "{names:?}");
}

#[test]
fn a_directory_and_many_encodings_form_one_policy() {
    let dir = TempDir::new("intake-directory");
    let table = |name: &str| {
        format!(
            "<html><body><p>{}</p><table><tr><th>SDK名称</th><th>使用目的</th></tr><tr><td>{name}</td><td>推送</td></tr></table></body></html>",
            "本应用集成了以下第三方软件开发工具包，用于消息推送与统计分析，我们会告知收集的信息。".repeat(3)
        )
    };
    let (gb18030, _, _) = encoding_rs::GB18030.encode("");
    assert!(gb18030.is_empty());
    dir.write("d/1.html", &encoding_rs::GB18030.encode(&table("甲推送SDK")).0);
    dir.write("d/2.html", &table("乙推送SDK").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let traditional = "<meta charset=big5><p>本應用程式使用下列第三方軟體開發套件</p><table><tr><th>SDK名稱</th><th>使用目的</th></tr><tr><td>丙推送SDK</td><td>推播</td></tr></table>";
    dir.write("d/3.html", &encoding_rs::BIG5.encode(traditional).0);
    let run = sdkaudit(dir.path(), ["declarations", "d", "--format", "json"]);
    let json = run.json();
    let names: Vec<&str> =
        json["declarations"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["甲推送SDK", "乙推送SDK", "丙推送SDK"], "{json:#}");
    let encodings: Vec<&str> =
        json["documents"].as_array().unwrap().iter().map(|d| d["encoding"].as_str().unwrap()).collect();
    assert_eq!(encodings[1..], ["UTF-16LE", "Big5"], "{encodings:?}");
}
