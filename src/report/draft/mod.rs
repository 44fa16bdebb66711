//! Rows that a policy lacks, with what is known of each SDK; [`pattern`] writes them in the layout of its own list.

mod pattern;

pub use pattern::{Patch, patch};

use super::safe::line;
use super::{Report, Row, Verdict};
use crate::finding::Case;
use crate::lang::Lang;
use crate::signature::Sdk;
use crate::taxonomy;
use serde::Serialize;

/// One row to be added, with what is known; `None` is for a person to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftRow {
    /// SDK id, or package prefix of unknown code.
    pub key: String,
    /// Name, as the policy should write it.
    pub name: String,
    /// Package prefix that was found.
    pub package: Option<String>,
    /// Company.
    pub provider: Option<String>,
    /// Purpose, from the SDK's category.
    pub purpose: Option<String>,
    /// Data the vendor documents.
    pub data: Option<String>,
    /// Where `data` is documented.
    pub source: Option<String>,
    /// Data that the code can read: to be checked before it is written.
    pub readable: Vec<String>,
    /// Privacy policy of the vendor.
    pub link: Option<String>,
}

/// Rows for everything in the app that the policy does not name; all of the app's SDKs where `whole`.
pub fn rows(report: &Report, case: &Case<'_>, lang: Lang, whole: bool) -> Vec<DraftRow> {
    let wanted = |r: &&Row| match r.verdict {
        Verdict::Undeclared | Verdict::UnknownCode | Verdict::Carried | Verdict::FamilyOnly => true,
        Verdict::Declared | Verdict::Ambiguous => whole && r.app.is_some(),
        _ => false,
    };
    report.comparison.iter().filter(wanted).map(|r| row(report, case, r, lang)).collect()
}

fn row(report: &Report, case: &Case<'_>, row: &Row, lang: Lang) -> DraftRow {
    let sdk = row.sdk.as_ref().and_then(|id| case.database.get(id.as_str()));
    let seen = row.app.iter().flat_map(|a| &a.evidence).find_map(|e| match e {
        crate::evidence::Evidence::Seen { kind: crate::evidence::FeatureKind::Class, value, .. } => {
            Some(line(value))
        }
        _ => None,
    });
    let items = |ids: &[crate::signature::Str]| {
        let names = ids.iter().filter_map(|id| taxonomy::get(id));
        let names: Vec<&str> = names.map(|i| if lang == Lang::Zh { i.zh } else { i.en }).collect();
        (!names.is_empty()).then(|| names.join(if lang == Lang::Zh { "、" } else { ", " }))
    };
    let readable = report.behaviour.iter().filter(|b| b.key == row.key).flat_map(|b| &b.items);
    DraftRow {
        key: row.key.clone(),
        name: match (sdk, lang) {
            (Some(s), _) => policy_name(s, lang),
            (None, _) => row.key.clone(),
        },
        package: seen,
        provider: sdk.and_then(|s| provider(s, lang)),
        purpose: sdk.and_then(|s| purpose(&s.category, lang)).map(str::to_owned),
        data: sdk.and_then(|s| items(&s.data)),
        source: sdk.and_then(|s| s.documented.as_ref()).map(|s| s.to_string()),
        readable: readable.filter(|i| !i.weak).map(|i| i.name.get(lang).to_owned()).collect(),
        link: sdk.and_then(|s| s.privacy_url.as_ref()).map(|u| u.to_string()),
    }
}

/// The SDK's name with the word SDK, as lists write it.
fn policy_name(sdk: &Sdk, lang: Lang) -> String {
    let name = if lang == Lang::Zh { &sdk.name_zh } else { &sdk.name_en };
    let name = if name.is_empty() { sdk.id.as_str() } else { name };
    match (name.to_ascii_uppercase().contains("SDK"), lang) {
        (true, _) => name.to_owned(),
        (false, Lang::Zh) if name.ends_with(|c: char| c.is_ascii()) => format!("{name} SDK"),
        (false, Lang::Zh) => format!("{name}SDK"),
        (false, Lang::En) => format!("{name} SDK"),
    }
}

/// The legal entity in the language of the policy, else any.
fn provider(sdk: &Sdk, lang: Lang) -> Option<String> {
    let han = |s: &str| s.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    let fits = sdk.vendors.iter().find(|v| han(v) == (lang == Lang::Zh));
    fits.or(sdk.vendors.first()).map(|v| v.to_string())
}

/// What SDKs of a category are for, in the words of policies.
fn purpose(category: &str, lang: Lang) -> Option<&'static str> {
    let (zh, en) = match category {
        "ads" => ("广告投放与效果监测", "to show advertisements and measure them"),
        "analytics" => ("统计分析应用的使用情况", "to analyse how the app is used"),
        "apm" | "crash" => ("崩溃监控与性能分析", "to find crashes and performance problems"),
        "attribution" => ("推广效果归因", "to learn which campaign an installation came from"),
        "captcha" | "security" => ("安全风控，识别异常操作", "to protect accounts and detect fraud"),
        "cloud-storage" => ("文件上传与下载", "to upload and download files"),
        "customer-service" | "im" => ("在线客服与即时通讯", "for messages and customer service"),
        "device-id" => ("识别设备", "to identify devices"),
        "face-id" => ("实名认证与人脸核身", "to verify identity"),
        "game-channel" => ("渠道账号登录与支付", "for sign-in and payment of the distribution channel"),
        "hot-update" => ("修复问题与更新功能", "to update the app's code"),
        "live-video" | "rtc" => ("音视频播放与通话", "for audio and video"),
        "location" => ("定位", "to determine location"),
        "map" => ("地图展示与定位", "to show maps and determine location"),
        "one-click-login" => ("本机号码一键登录", "for sign-in with the phone number"),
        "payment" => ("支付", "for payment"),
        "push" => ("消息推送", "to send notifications"),
        "scan" => ("扫码识别", "to scan codes"),
        "social-login-share" => ("第三方登录与分享", "for sign-in and sharing"),
        "speech" => ("语音识别与合成", "for speech recognition"),
        "webview" => ("浏览网页与文档", "to show web pages and documents"),
        _ => return None,
    };
    Some(if lang == Lang::Zh { zh } else { en })
}

/// What stands where a person must fill in.
fn blank(field: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("【待填写：{field}】"),
        Lang::En => format!("[to be filled in: {field}]"),
    }
}

/// The fields of a row as text, with blanks.
struct Cells {
    name: String,
    package: String,
    provider: String,
    purpose: String,
    data: String,
    link: String,
    permissions: String,
    method: String,
    retention: String,
}

fn cells(row: &DraftRow, lang: Lang) -> Cells {
    let or = |value: &Option<String>, zh: &str, en: &str| {
        value.clone().unwrap_or_else(|| blank(if lang == Lang::Zh { zh } else { en }, lang))
    };
    Cells {
        name: row.name.clone(),
        package: or(&row.package, "包名", "package"),
        provider: or(&row.provider, "第三方公司名称", "provider"),
        purpose: or(&row.purpose, "使用目的", "purpose"),
        data: or(&row.data, "收集的个人信息", "data"),
        link: or(&row.link, "隐私政策链接", "privacy policy"),
        permissions: or(&None, "所需权限", "permissions"),
        method: or(&None, "处理方式", "how data is taken or shared"),
        retention: or(&None, "保存期限", "retention"),
    }
}

/// The rows as a Markdown table, for a policy without a list.
pub fn table(rows: &[DraftRow], lang: Lang) -> String {
    let head = match lang {
        Lang::Zh => {
            "| SDK名称 | 包名 | 第三方公司名称 | 使用目的 | 收集的个人信息 | 隐私政策链接 |\n|---|---|---|---|---|---|\n"
        }
        Lang::En => {
            "| SDK | Package | Provider | Purpose | Data | Privacy policy |\n|---|---|---|---|---|---|\n"
        }
    };
    let row = |r: &DraftRow| {
        let c = cells(r, lang);
        let all = [c.name, c.package, c.provider, c.purpose, c.data, c.link];
        format!("| {} |\n", all.map(|t| line(&t).replace('|', "\\|")).join(" | "))
    };
    format!("{head}{}", rows.iter().map(row).collect::<String>())
}

/// The rows as labelled fields, for the forms of app stores.
pub fn form(rows: &[DraftRow], lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => ["SDK 名称", "包名", "第三方公司名称", "使用目的", "收集的个人信息", "隐私政策链接"],
        Lang::En => ["SDK", "Package", "Provider", "Purpose", "Data", "Privacy policy"],
    };
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let block = |r: &DraftRow| {
        let c = cells(r, lang);
        let values = [c.name, c.package, c.provider, c.purpose, c.data, c.link];
        let lines = labels.iter().zip(values).map(|(l, v)| format!("{l}{colon}{}\n", line(&v)));
        let mut out: String = lines.collect();
        if r.data.is_none() && !r.readable.is_empty() {
            let words = match lang {
                Lang::Zh => "（请核对：代码中有能够读取下列信息的调用）",
                Lang::En => "(to check: code that can read)",
            };
            out.push_str(&format!(
                "{words} {}\n",
                r.readable.join(if lang == Lang::Zh { "、" } else { ", " })
            ));
        }
        out.push('\n');
        out
    };
    rows.iter().map(block).collect()
}
