//! Rows that a policy lacks, with what is known of each SDK. [`pattern`] writes them in the layout of its own list,
//! [`plain`] in layouts of ours, and [`trial`] reads each attempt back and takes the first that is understood.

mod pattern;
mod plain;
mod trial;

pub use plain::{form, table};
pub use trial::{Trial, draft};

use super::{Report, Row, Verdict};
use crate::attribution::{Behaviour, attribute};
use crate::finding::Case;
use crate::lang::Lang;
use crate::location::DocumentId;
use crate::rules::is_consumer_policy;
use crate::signature::{Owner, Owners, Sdk};
use crate::taxonomy;
use serde::Serialize;
use std::collections::BTreeMap;

/// A place in a document with the text that goes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// Which document.
    pub document: DocumentId,
    /// Byte of its decoded text before which the rows go.
    pub at: usize,
    /// The rows.
    pub text: String,
    /// `own` is that of the policy's list; else `sentences`, `blocks`, `table`.
    pub layout: &'static str,
}

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
    /// Data that the code can read and `data` lacks: to be checked before it is written.
    pub readable: Vec<String>,
    /// Permissions of the manifest that calls in its code need, without `android.permission.`.
    pub permissions: Vec<String>,
    /// Those of them that nothing else in the app explains: its row must name them.
    pub alone: Vec<String>,
    /// Privacy policy of the vendor.
    pub link: Option<String>,
}

/// Rows for everything in the app that the policy does not name; all of the app's SDKs where `whole`.
pub fn rows(report: &Report, case: &Case<'_>, lang: Lang, whole: bool) -> Vec<DraftRow> {
    let wanted = |r: &&Row| match r.verdict {
        open if open.is_open() => true,
        Verdict::Declared | Verdict::Ambiguous => whole && r.app.is_some(),
        _ => false,
    };
    let behaviour = match case.inventory.api_uses.is_empty() {
        true => Behaviour::default(),
        false => attribute(case.inventory, case.detections, case.database),
    };
    let known = Known { behaviour, owners: Owners::new(case.detections, case.database) };
    report.comparison.iter().filter(wanted).map(|r| row(report, case, &known, r, lang)).collect()
}

/// What is computed once for all rows.
struct Known<'a> {
    behaviour: Behaviour,
    owners: Owners<'a>,
}

fn row(report: &Report, case: &Case<'_>, known: &Known<'_>, row: &Row, lang: Lang) -> DraftRow {
    let sdk = row.sdk.as_ref().and_then(|id| case.database.get(id.as_str()));
    let items = |ids: &[crate::signature::Str]| {
        let names = ids.iter().filter_map(|id| taxonomy::get(id));
        let names: Vec<&str> = names.map(|i| if lang == Lang::Zh { i.zh } else { i.en }).collect();
        (!names.is_empty()).then(|| names.join(comma(lang)))
    };
    let data = sdk.and_then(|s| items(&s.data));
    // Beside what the vendor documents only what is sensitive is worth a question.
    let asked = |item: &str| match (&data, sdk) {
        (Some(_), Some(s)) => {
            !s.data.iter().any(|d| d == item) && taxonomy::get(item).is_some_and(|i| i.sensitive)
        }
        _ => true,
    };
    let readable = report.behaviour.iter().filter(|b| b.key == row.key).flat_map(|b| &b.items);
    let readable =
        readable.filter(|i| !i.weak && asked(i.item)).map(|i| i.name.get(lang).to_owned()).collect();
    let owner = sdk.map(|s| Owner::Sdk(s.id.clone()));
    let used = || known.behaviour.permissions.iter().filter(|p| p.known && owner.is_some());
    let short = |p: &crate::attribution::PermissionUse| {
        p.permission.strip_prefix(crate::permission::PREFIX).unwrap_or(&p.permission).to_owned()
    };
    let needed =
        used().filter(|p| owner.as_ref().is_some_and(|o| p.needed_by.contains(o)) || p.only() == owner);
    DraftRow {
        key: row.key.clone(),
        name: sdk.map_or_else(|| format!("{} SDK", row.key), |s| policy_name(s, lang)),
        package: package(row, case, &known.owners, lang),
        provider: sdk.and_then(|s| provider(s, lang)),
        purpose: sdk.and_then(|s| purpose(&s.category, lang)).map(str::to_owned),
        data,
        source: sdk.and_then(|s| s.documented.as_ref()).map(|s| s.to_string()),
        readable,
        permissions: needed.map(short).collect(),
        alone: used().filter(|p| p.only() == owner).map(short).collect(),
        // A policy of something else than the SDK would be asked about at once.
        link: sdk
            .and_then(|s| s.privacy_url.as_ref())
            .map(|u| u.to_string())
            .filter(|u| !is_consumer_policy(u)),
    }
}

/// The first package of the evidence that is more than a vendor's whole name space; else the packages below it that
/// no other SDK owns.
fn package(row: &Row, case: &Case<'_>, owners: &Owners<'_>, lang: Lang) -> Option<String> {
    let seen: Vec<String> = row.app.iter().flat_map(|a| &a.evidence).filter_map(class).collect();
    if let Some(narrow) = seen.iter().find(|p| p.matches('.').count() >= 2) {
        return Some(narrow.clone());
    }
    let broad = seen.first()?;
    let mut below: BTreeMap<&str, u32> = BTreeMap::new();
    let all = case.inventory.code.iter().flat_map(|c| c.classes.iter());
    for class in all.filter(|c| crate::signature::under(c, broad)) {
        let own = match owners.class(class) {
            Owner::Sdk(id) => id.as_str() == row.key,
            Owner::Unknown(prefix) => prefix == row.key,
            _ => false,
        };
        // Vendor, product and the package below: `com.vendor.product`.
        let end = class.match_indices('.').nth(2).map(|(at, _)| at);
        if let Some(package) = end.filter(|_| own).and_then(|end| class.get(..end)) {
            *below.entry(package).or_default() += 1;
        }
    }
    let mut largest: Vec<(&str, u32)> = below.into_iter().collect();
    largest.sort_by_key(|(name, classes)| (std::cmp::Reverse(*classes), *name));
    let names: Vec<&str> = largest.iter().take(3).map(|(name, _)| *name).collect();
    Some(if names.is_empty() { broad.clone() } else { names.join(comma(lang)) })
}

fn class(evidence: &crate::evidence::Evidence) -> Option<String> {
    match evidence {
        crate::evidence::Evidence::Seen { kind: crate::evidence::FeatureKind::Class, value, .. } => {
            Some(super::safe::line(value))
        }
        _ => None,
    }
}

/// What parts the items of a list.
fn comma(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "、" } else { ", " }
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

/// Items that a mark names at most.
const MAX_READABLE: usize = 24;

/// What stands where a person must fill in; `policy::placeholder` knows it again.
fn blank(field: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("【待填写：{field}】"),
        Lang::En => format!("[to be filled in: {field}]"),
    }
}

/// The same where it is not known what the field is.
fn mark(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "【待填写】" } else { "[to be filled in]" }
}

/// The fields of a row as text, with marks where a person must fill in or check.
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

/// Fields as text. Where the layout has no place for permissions, the purpose names those that only this SDK
/// explains.
fn cells(row: &DraftRow, lang: Lang, has_permissions: bool) -> Cells {
    let or = |value: Option<&str>, zh: &str, en: &str| {
        value.map_or_else(|| blank(if lang == Lang::Zh { zh } else { en }, lang), str::to_owned)
    };
    let mut purpose = or(row.purpose.as_deref(), "使用目的", "purpose");
    if !has_permissions && !row.alone.is_empty() {
        let names = row.alone.join(comma(lang));
        match lang {
            Lang::Zh => purpose.push_str(&format!("（使用权限 {names}）")),
            Lang::En => purpose.push_str(&format!(" (with the permissions {names})")),
        }
    }
    let mut data = or(row.data.as_deref(), "收集的个人信息", "data");
    if !row.readable.is_empty() {
        let items = row.readable.iter().take(MAX_READABLE).map(String::as_str).collect::<Vec<_>>();
        let items = items.join(comma(lang));
        match lang {
            Lang::Zh => data.push_str(&format!("【待核对：代码中有能够读取{items}的调用】")),
            Lang::En => data.push_str(&format!(" [to be checked: the code can read {items}]")),
        }
    }
    let permissions = (!row.permissions.is_empty()).then(|| row.permissions.join(comma(lang)));
    Cells {
        name: row.name.clone(),
        package: or(row.package.as_deref(), "包名", "package"),
        provider: or(row.provider.as_deref(), "第三方公司名称", "provider"),
        purpose,
        data,
        link: or(row.link.as_deref(), "隐私政策链接", "privacy policy link"),
        permissions: or(permissions.as_deref(), "所需权限", "permissions"),
        method: or(None, "处理方式", "method"),
        retention: or(None, "保存期限", "retention period"),
    }
}
