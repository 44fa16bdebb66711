//! Whole policies in words of our own: all that is said of them at severity medium and high, and no more. Each class of
//! finding that a careful reader called wrong has a case here.

use sdkaudit::finding::Severity;
use sdkaudit::inventory::Inventory;
use sdkaudit::policy::{self, Source};
use sdkaudit::rules::{Profile, Settings};
use sdkaudit::signature::Database;

const CASES: &str = include_str!("../fixtures/own-policies.txt");

#[test]
fn nothing_is_said_of_a_policy_that_a_reader_would_not_say() {
    let database = Database::embedded();
    let resolver = sdkaudit::resolve::Resolver::new(&database);
    let settings = Settings { profile: Some(Profile::Cn), ..Settings::default() };
    let mut failed = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        let (head, rest) = case.split_once('\n').expect("a head");
        let (title, extension) = head.rsplit_once(" | ").expect("a title and an extension");
        let (body, wanted) = rest.rsplit_once("\n---\n").expect("what is wanted");
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        let read = policy::read(&[Source::new(format!("policy.{extension}"), body.as_bytes().to_vec())]);
        let audit = sdkaudit::audit::judge(Inventory::default(), read, &resolver, &settings);
        let said: Vec<_> = audit.findings.iter().filter(|f| f.severity >= Severity::Medium).collect();
        let mut found: Vec<&str> = said.iter().map(|f| f.rule).collect();
        found.sort_unstable();
        if found != wanted {
            let messages: Vec<&str> = said.iter().map(|f| f.message.zh.as_ref()).collect();
            failed.push(format!(
                "{title}\n  wanted {wanted:?}\n  found  {found:?}\n    {}",
                messages.join("\n    ")
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Rules that say something of a text of ours, no package given, at any severity.
fn said(extension: &str, text: &str) -> Vec<&'static str> {
    let database = Database::embedded();
    let resolver = sdkaudit::resolve::Resolver::new(&database);
    let settings = Settings { profile: Some(Profile::Cn), ..Settings::default() };
    let read = policy::read(&[Source::new(format!("policy.{extension}"), text.as_bytes().to_vec())]);
    let audit = sdkaudit::audit::judge(Inventory::default(), read, &resolver, &settings);
    audit.findings.iter().map(|f| f.rule).collect()
}

/// A policy long enough for rules that ask what is missing from it.
fn long(text: &str) -> String {
    let filler = "我们按照本政策保护您写下的每一篇日记。".repeat(200);
    format!("# 隐私政策\n\n{filler}\n\n{text}\n")
}

#[test]
fn an_operator_may_be_an_institute() {
    let rule = "no-operator";
    assert!(said("md", &long("请写信给 a@126.com。")).contains(&rule));
    assert!(!said("md", &long("我们是日记平台的法人主体，即示例省文化舆情研究中心。")).contains(&rule));
}

#[test]
fn a_date_in_an_unread_form_is_not_missing() {
    let rule = "doubtful-date";
    assert!(said("md", &long("")).contains(&rule));
    for date in ["最近更新日期：【2020】年【12】月【14】日", "Last updated: 31. July 2018"] {
        assert!(!said("md", &long(date)).contains(&rule), "{date}");
    }
}

#[test]
fn constants_and_addresses_are_no_english_version() {
    let chinese = "我们会在您同意后读取设备型号并用于统计分析。\n".repeat(60);
    let names: String =
        (0..60).map(|i| format!("android.permission.READ_{i} com.example.part{i} value\n")).collect();
    let english = "We read the model of your device after you agree and use it for statistics.\n".repeat(60);
    let topic = "未成年人需要监护人同意。\n";
    let rule = "language-versions-differ";
    assert!(said("txt", &format!("{chinese}{topic}{english}")).contains(&rule));
    assert!(!said("txt", &format!("{chinese}{topic}{names}")).contains(&rule));
}

#[test]
fn small_things_that_are_no_defect() {
    let list = |data: &str| {
        format!(
            "# 第三方SDK\n\n| SDK | 公司名称 | 目的 | 收集的个人信息 |\n|---|---|---|---|\n| 极光推送SDK | 深圳市和讯华谷信息技术有限公司 | 推送 | {data} |\n| 高德定位SDK | 高德软件有限公司 | 定位 | 位置信息 |\n"
        )
    };
    assert!(said("md", &list("设备标识信息")).contains(&"vague-data"));
    assert!(!said("md", &list("不收集用户个人信息")).contains(&"vague-data"));

    let heading = "# 隐私政策\n\n（三）推送服务涉及其他第三方SDK（可选）收集的信息\n\n我们不使用它们。\n";
    assert!(!said("md", heading).contains(&"unnamed-sdks"));

    let switch = "您可以随时关闭位置权限、相机权限、短信权限。\n";
    let messages = "您可以回复退订来取消接收此类手机短信，及关闭通知权限、位置权限、相机权限。\n";
    let sms = |text: &str| {
        let found =
            said("txt", &format!("隐私政策\n{text}我们会申请相机权限用于扫码，申请位置权限用于找路。\n"));
        found.iter().filter(|r| **r == "permission-without-purpose").count()
    };
    assert_eq!((sms(switch), sms(messages)), (1, 0));
}

/// The words behind a name count though the next permission of the list stands far below.
#[test]
fn a_purpose_far_from_the_next_permission_is_a_purpose() {
    let far = "这是别的内容，与权限无关。".repeat(80);
    let list = "1. 相机权限\n当您扫码时，我们会访问您的相机。\n2. 相册权限\n当您上传照片时，我们会访问相册。\n\
                3. 日历权限\n当您使用签到提醒时，我们会写入日历。\n4. 麦克风权限\n当您录音时，我们会访问麦克风。\n\
                5. 定位和修改系统设置权限\n当您使用快传功能时，我们会申请您的位置，以连接附近的设备。\n";
    let text = format!("隐私政策\n{list}{far}\n申请通讯录权限，用于邀请好友。\n");
    assert!(!said("txt", &text).contains(&"permission-without-purpose"));
}

#[test]
fn links_and_packages_are_told_by_what_they_are() {
    let list = |name: &str, package: &str, link: &str| {
        format!(
            "# 第三方SDK清单\n\n| SDK名称 | 包名 | 提供方 | 使用目的 | 收集的个人信息 | 隐私政策链接 |\n|---|---|---|---|---|---|\n| {name} | {package} | 某公司 | 展示广告 | OAID | {link} |\n| 高德定位SDK | com.amap.api.location | 高德软件有限公司 | 定位 | 位置信息 | https://lbs.amap.com/pages/privacy/ |\n"
        )
    };
    // The vendor's own name under another suffix, and a stranger's.
    let unfamiliar =
        |link: &str| said("md", &list("InMobi SDK", "com.inmobi", link)).contains(&"unfamiliar-link-host");
    assert!(!unfamiliar("https://www.inmobi.cn/privacy-policy/"));
    assert!(unfamiliar("https://privacy.stranger.example/p"));
    // A package with a gap that stands behind a name in a text nobody read as a row.
    let gap = "SDK name: Lamp SDK (com. lamp)\n";
    assert!(said("txt", gap).contains(&"space-in-package"));
    assert!(
        !said("txt", "SDK name: Lamp SDK (com.lamp)\nThe SDK (in short. a part) is ours.\n")
            .contains(&"space-in-package")
    );
}

/// "Apart from the SDKs above, others collect nothing" is a sentence, whatever a reader took it for.
#[test]
fn a_sentence_about_other_sdks_is_no_row() {
    let text = "小诗隐私政策\n\n第三方SDK：\n\
        · 腾讯Bugly SDK（深圳市腾讯计算机系统有限公司）：收集崩溃日志，用于排查崩溃。隐私政策：https://privacy.qq.com/document/preview/fc748b3d96224fdb825ea79e132c1a56\n\
        · 讯飞语音SDK（科大讯飞股份有限公司）：收集录音，用于朗读评分。隐私政策：https://www.xfyun.cn/doc/asr/voicedictation/privacy.html\n\n\
        除上述SDK外，其他第三方不会收集您的任何信息。\n";
    let found = said("txt", text);
    for rule in ["row-without-data", "row-without-purpose", "row-without-provider", "row-without-link"] {
        assert!(!found.contains(&rule), "{rule}");
    }
}
