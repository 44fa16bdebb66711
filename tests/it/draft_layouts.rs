//! `draft --apply` and check again, for each layout of lists: what was undeclared is declared, nothing else is new, and
//! the marks left for a person are the one finding that remains of it.

use super::cli::scratch;
use crate::common::cli::sdkaudit;
use crate::common::zip::ZipBuilder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn app() -> String {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    samples.join("01-chinese-table/app.apk").to_str().unwrap().to_owned()
}

struct Checked {
    findings: BTreeSet<(String, String)>,
    open: BTreeSet<String>,
}

fn check(dir: &Path, policy: &str) -> Checked {
    let report = sdkaudit(dir, ["check", &app(), "--policy", policy, "--format", "json"]).json();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let open = ["undeclared", "unknown-code", "carried", "family-only"];
    let rows = report["comparison"].as_array().unwrap().iter();
    let rows = rows.filter(|r| open.contains(&r["verdict"].as_str().unwrap())).map(|r| text(&r["key"]));
    let findings = report["findings"].as_array().unwrap().iter();
    Checked {
        findings: findings.map(|f| (text(&f["rule"]), text(&f["subject"]["key"]))).collect(),
        open: rows.collect(),
    }
}

/// What must hold after the rows were pasted into `policy`.
fn compare(name: &str, before: &Checked, after: &Checked) {
    assert!(!before.open.is_empty(), "{name}: nothing was open");
    assert_eq!(after.open, BTreeSet::new(), "{name}");
    let brought = after.findings.difference(&before.findings);
    // A list without a column for it lacks it in the new rows too: told once, where it was told row by row.
    let known = |rule: &str, key: &str| {
        key.starts_with("list-without-") && before.findings.iter().any(|(old, _)| old == rule)
    };
    let brought = brought.filter(|(rule, key)| rule != "unfilled-placeholder" && !known(rule, key));
    let brought: Vec<_> = brought.collect();
    assert_eq!(brought, Vec::<&(String, String)>::new(), "{name}");
    let undeclared = |rule: &str| matches!(rule, "undeclared-sdk" | "undeclared-unknown-code");
    assert!(!after.findings.iter().any(|(rule, _)| undeclared(rule)), "{name}");
}

const INTRO: &str = "为了实现推送、统计和支付功能，我们接入了下列第三方SDK：";

fn layouts() -> Vec<(&'static str, &'static str, String)> {
    let table = "| SDK名称 | 使用目的 | 收集的个人信息 | 第三方公司名称 | 隐私政策链接 |\n|---|---|---|---|---|\n\
        | 个推消息推送SDK | 推送潮汐预警 | 设备型号、Android ID | 每日互动股份有限公司 | https://docs.getui.com/privacy |\n\
        | 友盟+统计SDK | 统计功能使用情况 | OAID、Android ID | 友盟同欣（北京）科技有限公司 | https://www.umeng.com/page/policy |\n";
    let blocks = |names: [&str; 2]| {
        let block = |n: &str, c: &str| {
            format!(
                "SDK名称：{n}\n使用目的：推送消息\n收集信息：设备型号、Android ID\n公司名称：{c}\n隐私政策：https://docs.getui.com/privacy\n\n"
            )
        };
        format!(
            "{INTRO}\n\n{}{}",
            block(names[0], "每日互动股份有限公司"),
            block(names[1], "示例科技有限公司")
        )
    };
    let cells = "SDK名称\n使用目的\n收集的个人信息\n第三方公司名称\n个推消息推送SDK\n推送潮汐预警\n设备型号、Android ID\n\
        每日互动股份有限公司\n友盟+统计SDK\n统计功能使用情况\nOAID、Android ID\n友盟同欣（北京）科技有限公司\n\
        支付宝支付SDK\n购买会员\n订单信息\n支付宝（杭州）信息技术有限公司\n";
    let prose = "1、我们接入每日互动股份有限公司的个推消息推送SDK，用于推送潮汐预警，会收集设备型号、Android ID。\n\
        2、我们接入友盟同欣（北京）科技有限公司的友盟+统计SDK，用于统计功能使用情况，会收集OAID、Android ID。\n";
    let about = "潮记是一款记录潮汐与出海日程的应用，由示例海岸科技有限公司开发和运营。本政策说明我们怎样处理您的个人信息，请您仔细阅读。\n\n";
    let links = "第三方SDK的隐私政策：\n\n\
        - 个推消息推送SDK的隐私政策：[https://docs.getui.com/privacy](https://docs.getui.com/privacy)\n\
        - 友盟+统计SDK的隐私政策：[https://www.umeng.com/page/policy](https://www.umeng.com/page/policy)\n";
    let html = "<html><head><meta charset=\"utf-8\"></head><body><p>我们接入了下列第三方SDK：</p>\n<table>\n\
        <tr><th>SDK名称</th><th>使用目的</th><th>收集的个人信息</th><th>公司名称</th><th>隐私政策</th></tr>\n\
        <tr class=\"r\"><td><b>个推消息推送SDK</b></td><td>推送预警</td><td>设备型号、Android ID</td><td>每日互动股份有限公司</td>\
        <td><a href=\"https://docs.getui.com/privacy\">查看隐私政策</a></td></tr>\n\
        <tr class=\"r\"><td><b>友盟+统计SDK</b></td><td>统计使用情况</td><td>OAID、Android ID</td><td>友盟同欣（北京）科技有限公司</td>\
        <td><a href=\"https://www.umeng.com/page/policy\">查看隐私政策</a></td></tr>\n</table>\n</body></html>\n";
    vec![
        ("html-table", "p.html", html.to_owned()),
        ("markdown-table", "p.md", format!("# 隐私政策\n\n{INTRO}\n\n{table}\n## 其他\n\n无。\n")),
        ("blocks", "p.txt", blocks(["个推消息推送SDK", "友盟+统计SDK"])),
        ("cell-per-line", "p.txt", format!("{INTRO}\n{cells}")),
        ("prose", "p.txt", format!("{INTRO}\n{prose}")),
        ("links", "p.md", format!("{about}{links}")),
        ("no-list", "p.md", format!("# 隐私政策\n\n{about}")),
    ]
}

#[test]
fn each_layout_is_checked_again_without_new_findings() {
    for (name, file, text) in layouts() {
        let dir = scratch(&format!("draft-layout-{name}"));
        std::fs::write(dir.join(file), &text).unwrap();
        let before = check(&dir, file);
        let run = sdkaudit(&dir, ["draft", &app(), "--policy", file, "--apply", "--lang", "en"]);
        assert!(matches!(run.status, Some(0 | 3)), "{name}: {run:?}");
        let written = std::fs::read_to_string(dir.join(file)).unwrap();
        assert!(text.lines().all(|l| written.lines().any(|w| w == l)), "{name}: {written}");
        let after = check(&dir, file);
        compare(name, &before, &after);
        let rows = before.open.len();
        let marked = after.findings.iter().filter(|(rule, _)| rule == "unfilled-placeholder").count();
        assert!(marked > 0 && marked <= rows, "{name}: {marked} findings for {rows} rows\n{written}");
        assert!(run.err.contains(&format!("{rows} of {rows} rows read as meant")), "{name}: {}", run.err);
    }
}

/// Filled in by a person, nothing is left to say of the marks.
#[test]
fn a_filled_mark_is_no_finding() {
    let dir = scratch("draft-filled");
    let text = format!(
        "{INTRO}\n\n| SDK名称 | 使用目的 | 收集的个人信息 |\n|---|---|---|\n| 个推消息推送SDK | 推送 | 【待填写：收集的个人信息】 |\n\
         | 友盟+统计SDK | 统计 | 设备型号、OAID【待核对：代码中有能够读取MAC 地址的调用】 |\n"
    );
    std::fs::write(dir.join("p.md"), &text).unwrap();
    let marks = |c: &Checked| c.findings.iter().filter(|(r, _)| r == "unfilled-placeholder").count();
    let marked = check(&dir, "p.md");
    assert_eq!(marks(&marked), 2, "{:?}", marked.findings);
    assert!(
        !marked
            .findings
            .iter()
            .any(|(r, k)| r == "row-without-data" || (r == "vague-data" && k.contains("getui")))
    );
    let filled = text
        .replace("【待填写：收集的个人信息】", "设备型号")
        .replace("【待核对：代码中有能够读取MAC 地址的调用】", "");
    std::fs::write(dir.join("p.md"), filled).unwrap();
    assert_eq!(marks(&check(&dir, "p.md")), 0);
}

/// A Word document cannot be written back as it was: nothing is written, and the rows are pasted by hand.
#[test]
fn a_word_document_is_left_alone_and_pasted_into() {
    let dir = scratch("draft-docx");
    let docx = |lines: &[&str]| {
        let paragraphs: String =
            lines.iter().map(|l| format!("<w:p><w:r><w:t>{l}</w:t></w:r></w:p>")).collect();
        let xml = format!(
            "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{paragraphs}</w:body></w:document>"
        );
        ZipBuilder::new().deflated("word/document.xml", xml.as_bytes()).build()
    };
    let lines = [
        INTRO,
        "SDK名称：个推消息推送SDK",
        "使用目的：推送消息",
        "收集信息：设备型号、Android ID",
        "公司名称：每日互动股份有限公司",
        "SDK名称：友盟+统计SDK",
        "使用目的：统计使用情况",
        "收集信息：设备型号、OAID",
        "公司名称：友盟同欣（北京）科技有限公司",
    ];
    let bytes = docx(&lines);
    std::fs::write(dir.join("p.docx"), &bytes).unwrap();
    let before = check(&dir, "p.docx");
    let refused = sdkaudit(&dir, ["draft", &app(), "--policy", "p.docx", "--apply", "--lang", "en"]);
    assert_eq!(refused.status, Some(2), "{refused:?}");
    assert!(refused.err.contains("paste the rows"), "{refused:?}");
    assert_eq!(std::fs::read(dir.join("p.docx")).unwrap(), bytes);
    let rows = sdkaudit(&dir, ["draft", &app(), "--policy", "p.docx", "--quiet"]).out;
    let all: Vec<&str> = lines.iter().copied().chain(rows.lines().filter(|l| !l.is_empty())).collect();
    std::fs::write(dir.join("p.docx"), docx(&all)).unwrap();
    compare("docx", &before, &check(&dir, "p.docx"));
}
