//! What SDK rows say in their purpose and data fields, and whether it fits the SDK.

use super::completeness::list_rows;
use super::context::{row_key, sdk_name, sdk_names, shorten};
use super::sentence::Sentence;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::{Confidence, Evidence};
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::policy::{Declaration, Field, FieldName, Platform};
use crate::resolve::Prefix;
use crate::signature::{Level, Sdk};
use crate::taxonomy;
use std::collections::{BTreeMap, BTreeSet};

/// The stated purpose is another kind of SDK's.
pub static PURPOSE_DOES_NOT_FIT: Rule = Rule {
    id: "purpose-does-not-fit",
    group: Group::Correctness,
    levels: Levels::all(Severity::Medium).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["cac-2025-05-06-fields", "pipl-17"],
    page: include_str!("../../docs/rules/purpose-does-not-fit.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let Some(sdk) = sdk.filter(|s| s.level == Level::Product) else { continue };
            let Some((_, _, foreign)) = UNFIT.iter().find(|(category, _, _)| *category == sdk.category)
            else {
                continue;
            };
            let own: &[&str] =
                UNFIT.iter().find(|(c, _, _)| *c == sdk.category).map_or(&[], |(_, own, _)| own);
            let fields = [&row.purpose, &row.scene].into_iter().flatten().map(|f| f.text.as_str());
            for said in fields.chain(function_line(cx, row)) {
                let text = fold::fold(said);
                let text = text.as_str();
                let Some((function, word)) =
                    foreign.iter().find_map(|f| Some((f, f.words().iter().find(|w| text.contains(**w))?)))
                else {
                    continue;
                };
                // A row of several products says so in its name.
                if fold::fold(&row.name.text).as_str().contains(word) {
                    continue;
                }
                let fits_too = own.iter().any(|w| text.contains(w));
                let (zh, en) = function.name();
                out.report(
                    Draft::new(
                        "sdk",
                        sdk.id.as_str(),
                        format!("{} 这一行写的功能“{word}”（{zh}）不像该 SDK 的功能；可能是另一个 SDK 的内容。", sdk_name(sdk, Lang::Zh)),
                        format!("The row {} states “{word}” ({en}), which is unusual for this SDK; it may belong to another one.", sdk_name(sdk, Lang::En)),
                    )
                    .sure(if fits_too { Confidence::Medium } else { Confidence::High })
                    .with(cx.quote(row.document, row.span))
                    .with_all(row.purpose.iter().map(|f| cx.quote_field(row.document, f))),
                );
            }
        }
    },
};

/// A row names data items that this kind of SDK does not need, or that its vendor does not document.
pub static UNDOCUMENTED_DATA: Rule = Rule {
    id: "undocumented-data",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["cac-2025-05-06-fields"],
    page: include_str!("../../docs/rules/undocumented-data.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let (Some(sdk), Some(data)) = (sdk, &row.data) else { continue };
            let items: BTreeSet<&str> = taxonomy::find(&data.text).iter().map(|m| m.item.as_str()).collect();
            let documented = sdk.documented.as_deref().filter(|_| !sdk.data.is_empty());
            let odd: Vec<&taxonomy::Item> = items
                .iter()
                .filter(|i| match documented {
                    Some(_) => !sdk.data.iter().any(|d| d == **i),
                    None => PLAIN_CATEGORIES.contains(&sdk.category.as_ref()) && UNUSUAL.contains(i),
                })
                .filter_map(|i| taxonomy::get(i))
                .filter(|i| !i.vague)
                .collect();
            if odd.is_empty() {
                continue;
            }
            let zh: Vec<&str> = odd.iter().map(|i| i.zh).collect();
            let en: Vec<&str> = odd.iter().map(|i| i.en).collect();
            let (zh_zh, en_en) = (zh.join("、"), en.join(", "));
            let message = match documented {
                Some(source) => (
                    format!(
                        "{} 这一行写的 {zh_zh} 不在公开资料写明的信息中（{source}）。",
                        sdk_name(sdk, Lang::Zh)
                    ),
                    format!(
                        "{en_en} of the row {} are not in what is published of it ({source}).",
                        sdk_name(sdk, Lang::En)
                    ),
                ),
                None => (
                    format!("{} 这一行写的 {zh_zh} 对这类 SDK 不常见，请核对。", sdk_name(sdk, Lang::Zh)),
                    format!(
                        "{en_en} of the row {} are unusual for an SDK of this kind; please check.",
                        sdk_name(sdk, Lang::En)
                    ),
                ),
            };
            out.report(
                Draft::new("sdk", sdk.id.as_str(), message.0, message.1)
                    .sure(if documented.is_some() { Confidence::Medium } else { Confidence::Low })
                    .with(cx.quote_field(row.document, data))
                    .with(cx.quote_row(row)),
            );
        }
    },
};

/// The vendor documents data items that the row does not name.
pub static DOCUMENTED_DATA_UNLISTED: Rule = Rule {
    id: "documented-data-unlisted",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["cac-2025-05-06-fields", "pipl-17"],
    page: include_str!("../../docs/rules/documented-data-unlisted.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let (Some(sdk), Some(data)) = (sdk, &row.data) else { continue };
            if row.unfilled.contains(&FieldName::Data) {
                continue;
            }
            let Some(source) = sdk.documented.as_deref().filter(|_| !sdk.data.is_empty()) else { continue };
            let named: BTreeSet<&str> = taxonomy::find(&data.text).iter().map(|m| m.item.as_str()).collect();
            let missing: Vec<&taxonomy::Item> = sdk
                .data
                .iter()
                .filter(|d| !named.contains(d.as_ref()))
                .filter_map(|d| taxonomy::get(d))
                .filter(|i| !i.vague)
                .collect();
            if missing.is_empty() {
                continue;
            }
            let zh: Vec<&str> = missing.iter().map(|i| i.zh).collect();
            let en: Vec<&str> = missing.iter().map(|i| i.en).collect();
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!("公开资料写明 {} 涉及 {}，这一行没有写（{source}）；如果没有启用相应功能，可以不写。", sdk_name(sdk, Lang::Zh), zh.join("、")),
                    format!("Of {} it is published that it takes {}; the row does not name them ({source}). Items of functions that are switched off need not be named.", sdk_name(sdk, Lang::En), en.join(", ")),
                )
                .sure(Confidence::Low)
                .with(cx.quote_field(row.document, data))
                .with(Evidence::Absent { searched: vec![shorten(&row.name.text)], tried: missing.iter().map(|i| i.id.to_string()).collect() }),
            );
        }
    },
};

/// Only a category of data is named.
pub static VAGUE_DATA: Rule = Rule {
    id: "vague-data",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "identification-2-4", "cac-2025-05-06-fields"],
    page: include_str!("../../docs/rules/vague-data.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let Some(data) = &row.data else { continue };
            let items: Vec<&taxonomy::Item> =
                taxonomy::find(&data.text).iter().filter_map(|m| m.item.item()).collect();
            // A location and biometric information are items of the standards' lists, though each has kinds.
            let category =
                |i: &taxonomy::Item| i.vague && !["location", "biometric"].contains(&i.id.as_str());
            let specific = items.iter().filter(|i| !category(i)).count();
            let open = ["等信息", "等个人信息", "等。", "etc"].iter().any(|w| data.text.contains(w))
                || data.text.trim_end().ends_with('等');
            let short = data.text.chars().count() <= 60;
            let only_category = specific == 0 && items.iter().any(|i| category(i)) && short;
            let denies = ["不收集", "不会收集", "不采集", "不会采集", "not collect", "no personal"];
            let denied = denies.iter().any(|w| fold::fold(&data.text).as_str().contains(w));
            if denied || !(only_category || (open && specific <= 2 && short)) {
                continue;
            }
            let text = shorten(&data.text);
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{}”这一行的信息种类“{text}”只写了类别或以“等”概括，没有逐项列出。", shorten(&row.name.text)),
                    format!("The data of the row “{}”, “{text}”, names a category or ends in “etc.” instead of listing items.", shorten(&row.name.text)),
                )
                .sure(if only_category { Confidence::High } else { Confidence::Medium })
                .with(cx.quote_field(row.document, data)),
            );
        }
        vague_throughout(cx, out);
    },
};

/// Several rows share one data text.
pub static REPEATED_DATA_TEXT: Rule = Rule {
    id: "repeated-data-text",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["cac-2025-05-06-fields"],
    page: include_str!("../../docs/rules/repeated-data-text.md"),
    check: |cx, out| {
        let mut by_text: BTreeMap<String, Vec<(&Declaration, &Field)>> = BTreeMap::new();
        for (_, row, _) in list_rows(cx) {
            // One cell that covers several rows is one statement, not a copied one.
            if let Some(data) = row.data.as_ref().filter(|d| d.text.chars().count() >= 6) {
                let same = by_text.entry(fold::key(&data.text)).or_default();
                if !same.iter().any(|(_, f)| f.spans == data.spans) {
                    same.push((row, data));
                }
            }
        }
        for (text, rows) in by_text.iter().filter(|(_, rows)| rows.len() >= 3) {
            let names: Vec<String> = rows.iter().take(6).map(|(d, _)| shorten(&d.name.text)).collect();
            out.report(
                Draft::new(
                    "document",
                    format!("repeated-data/{}", text.chars().take(40).collect::<String>()),
                    format!("{} 行的信息种类文字完全相同（{}）。", rows.len(), names.join("、")),
                    format!("{} rows share one text of data types ({}).", rows.len(), names.join(", ")),
                )
                .with_all(rows.iter().map(|(d, f)| cx.quote_field(d.document, f))),
            );
        }
    },
};

/// One row holds several SDKs.
pub static BUNDLED_ROW: Rule = Rule {
    id: "bundled-row",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "cac-2025-05-06-list"],
    page: include_str!("../../docs/rules/bundled-row.md"),
    check: |cx, out| {
        let mut groups: BTreeMap<u32, Vec<(&Declaration, Option<&Sdk>)>> = BTreeMap::new();
        for (_, row, sdk) in list_rows(cx) {
            if let Some(group) = row.group {
                groups.entry(group).or_default().push((row, sdk));
            }
            let mut owners: Vec<&Sdk> = row.packages.iter().filter_map(|p| owner_of(cx, &p.text)).collect();
            owners.sort_by(|a, b| a.id.cmp(&b.id));
            owners.dedup_by(|a, b| a.id == b.id);
            let families: BTreeSet<&str> =
                owners.iter().map(|s| s.family.as_ref().unwrap_or(&s.id).as_str()).collect();
            if families.len() < 2 {
                continue;
            }
            let names = sdk_names(owners.iter().copied());
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("一行里的包名属于 {}；应当分行列出。", names.zh),
                    format!("The packages of one row belong to {}; each needs a row of its own.", names.en),
                )
                .with_all(row.packages.iter().map(|p| cx.quote_field(row.document, p))),
            );
        }
        for rows in groups.values().filter(|r| r.len() >= 2) {
            let ids: BTreeSet<&str> = rows.iter().filter_map(|(_, s)| s.map(|s| s.id.as_str())).collect();
            let Some((first, _)) = rows.first().filter(|_| ids.len() >= 2) else { continue };
            let names: Vec<String> = rows.iter().map(|(d, _)| shorten(&d.name.text)).collect();
            out.report(
                Draft::new(
                    "row",
                    ids.into_iter().collect::<Vec<_>>().join("+"),
                    format!("一行里写了 {} 等 {} 个 SDK；应当分行列出。", names.join("、"), rows.len()),
                    format!(
                        "One row holds {} SDKs ({}); each needs a row of its own.",
                        rows.len(),
                        names.join(", ")
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote(first.document, first.span)),
            );
        }
    },
};

/// The purpose only repeats the SDK's name.
pub static PURPOSE_REPEATS_NAME: Rule = Rule {
    id: "purpose-repeats-name",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["identification-2-1", "cac-2025-05-06-fields"],
    page: include_str!("../../docs/rules/purpose-repeats-name.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let name = fold::loose_key(&row.name.text);
            let purposes: Vec<&str> =
                row.purpose.iter().flat_map(|p| p.text.split(" | ")).chain(function_line(cx, row)).collect();
            let repeats = !name.is_empty() && purposes.iter().any(|p| fold::loose_key(p) == name);
            if !repeats {
                continue;
            }
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{}”这一行的功能只重复了名称，没有说明用途。", shorten(&row.name.text)),
                    format!(
                        "The function of the row “{}” repeats the name and says nothing about its use.",
                        shorten(&row.name.text)
                    ),
                )
                .with_all(row.purpose.iter().map(|p| cx.quote_field(row.document, p)))
                .with(cx.quote(row.document, row.span)),
            );
        }
    },
};

/// An SDK that exists for Android only is listed for iOS.
pub static IMPOSSIBLE_PLATFORM: Rule = Rule {
    id: "impossible-platform",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/impossible-platform.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            let Some(sdk) = sdk
                .filter(|s| ANDROID_ONLY.contains(&s.id.as_str()) && row.platforms.contains(&Platform::Ios))
            else {
                continue;
            };
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!("{} 只有 Android 版，政策把它列在 iOS 下。", sdk_name(sdk, Lang::Zh)),
                    format!(
                        "{} exists for Android only; the policy lists it for iOS.",
                        sdk_name(sdk, Lang::En)
                    ),
                )
                .sure(Confidence::Medium)
                .with(cx.quote_row(row))
                .with_all(platform_heading(cx, row)),
            );
        }
    },
};

/// The short line above a row that gives its platforms.
fn platform_heading(cx: &Context<'_>, row: &Declaration) -> Option<Evidence> {
    let above = cx.sentences().iter().filter(|s| s.document == row.document && s.span.start < row.span.start);
    let heading = above.rev().find(|s| s.has(&["ios"]) && s.folded.chars().count() <= 40)?;
    Some(cx.quote(heading.document, heading.span))
}

/// What a row states behind a label of its own for the function, beside its purpose.
fn function_line<'c>(cx: &'c Context<'_>, row: &Declaration) -> Option<&'c str> {
    cx.text(row.document, row.span)
        .lines()
        .filter_map(|l| l.split_once([':', '：']))
        .find(|(label, _)| matches!(label.trim(), "功能" | "SDK功能" | "功能类型" | "Function"))
        .map(|(_, value)| value.trim())
}

/// "Device information" in a text that names no item of it anywhere.
fn vague_throughout(cx: &Context<'_>, out: &mut Sink<'_>) {
    if list_rows(cx).next().is_some() {
        return;
    }
    let mut vague: Option<&Sentence> = None;
    for sentence in cx.sentences() {
        for mention in taxonomy::find(&sentence.folded) {
            let Some(item) = mention.item.item() else { continue };
            match item.group {
                taxonomy::Group::Identifier | taxonomy::Group::Device if !item.vague => return,
                _ if item.id.as_str() == "device-info"
                    && sentence.has(&["收集", "使用", "collect", "use"]) =>
                {
                    vague = vague.or(Some(sentence));
                }
                _ => {}
            }
        }
    }
    let Some(sentence) = vague else { return };
    out.report(
        Draft::new(
            "document",
            "device-information",
            "政策只写“设备信息”，全文没有列出任何一项。".into(),
            "The policy says “device information” and names no item of it anywhere.".into(),
        )
        .sure(Confidence::Medium)
        .with(cx.quote(sentence.document, sentence.span)),
    );
}

/// What an SDK can be for, as far as rows of other SDKs are told from it.
#[derive(Debug, Clone, Copy)]
enum Function {
    Face,
    Payment,
    Push,
    Map,
    Ads,
    Speech,
    OneClick,
    Share,
    Crash,
}

impl Function {
    /// Words that mean it and hardly anything else, folded.
    fn words(self) -> &'static [&'static str] {
        match self {
            Face => &[
                "实人认证",
                "人脸识别",
                "活体检测",
                "人脸核身",
                "real person authentication",
                "real-person authentication",
                "face recognition",
                "facial recognition",
                "liveness",
            ],
            Payment => {
                &["支付功能", "支付服务", "完成支付", "订单支付", "payment function", "payment service"]
            }
            Push => &[
                "消息推送",
                "推送消息",
                "推送服务",
                "推送通知",
                "message push",
                "push message",
                "push notification",
                "refined push",
                "push service",
                "messaging service",
            ],
            Map => &[
                "地图服务",
                "地图展示",
                "展示地图",
                "路线规划",
                "导航",
                "navigation",
                "map service",
                "show the map",
            ],
            Ads => &["广告投放", "广告展示", "展示广告", "advertising", "ad display"],
            Speech => &["语音识别", "语音合成", "语音转文字", "speech recognition", "speech synthesis"],
            OneClick => &["一键登录", "本机号码认证", "one-click login", "one click login"],
            Share => &["微信分享", "社交分享", "share to"],
            Crash => &["崩溃", "闪退", "crash"],
        }
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Face => ("人脸或实人认证", "face or identity verification"),
            Payment => ("支付", "payment"),
            Push => ("消息推送", "push messages"),
            Map => ("地图导航", "maps and navigation"),
            Ads => ("广告", "advertising"),
            Speech => ("语音", "speech"),
            OneClick => ("一键登录", "one-click login"),
            Share => ("分享", "sharing"),
            Crash => ("崩溃统计", "crash reports"),
        }
    }
}

use Function::{Ads, Crash, Face, Map, OneClick, Payment, Push, Share, Speech};

/// Categories with one function: category, words of its own function, functions that do not fit it.
const UNFIT: &[(&str, &[&str], &[Function])] = &[
    (
        "crash",
        &["崩溃", "异常", "闪退", "crash", "bug"],
        &[Face, Payment, Push, Map, Ads, Speech, OneClick, Share],
    ),
    ("push", &["推送", "push", "消息"], &[Face, Payment, Map, Speech, Share, OneClick]),
    ("ads", &["广告", "advert", "变现", "monet"], &[Push, Face, Speech, OneClick]),
    (
        "map",
        &["地图", "定位", "位置", "导航", "map", "location", "navigation"],
        &[Face, Payment, Push, Share, OneClick, Ads],
    ),
    (
        "location",
        &["地图", "定位", "位置", "导航", "map", "location"],
        &[Face, Payment, Push, Share, OneClick, Ads],
    ),
    ("one-click-login", &["登录", "认证", "login", "verif"], &[Face, Payment, Push, Map, Ads, Speech]),
    ("image-library", &["图", "image", "photo", "gif"], &[Face, Payment, Push, Map, Speech, OneClick]),
    ("json-library", &["json", "解析"], &[Face, Payment, Push, Map, Speech, OneClick, Ads, Crash]),
    ("device-id", &["标识", "oaid", "identifier"], &[Face, Payment, Map, Speech, Share]),
    ("speech", &["语音", "speech", "voice"], &[Face, Payment, Push, Map, Ads]),
    ("face-id", &["人脸", "实人", "认证", "face", "identity", "verif"], &[Push, Map, Ads]),
];

/// Categories whose SDKs need no personal content to work.
const PLAIN_CATEGORIES: &[&str] =
    &["crash", "push", "image-library", "json-library", "network-library", "device-id", "hot-update"];

/// Data items such SDKs hardly ever take.
const UNUSUAL: &[&str] = &[
    "face",
    "fingerprint",
    "voiceprint",
    "biometric",
    "contacts",
    "sms",
    "call-log",
    "bank-card",
    "id-card",
    "health",
    "calendar",
    "chat",
    "photos",
    "media",
    "microphone",
    "clipboard",
    "password",
    "address",
];

/// SDKs that exist for Android only.
const ANDROID_ONLY: &[&str] = &[
    "honor-push",
    "huawei-oaid",
    "huawei-push",
    "meizu-push",
    "msa-oaid",
    "oppo-push",
    "tencent-tinker",
    "vivo-push",
    "xiaomi-push",
    "zxing",
];

/// The SDK whose strong class prefix holds a declared package, the longest prefix first; else the one brand whose
/// prefixes all lie beneath it (`cn.com.chinatelecom` holds `cn.com.chinatelecom.account` alone).
fn owner_of<'a>(cx: &Context<'a>, package: &str) -> Option<&'a Sdk> {
    let prefix = Prefix::read(package)?;
    let mut best: Option<(&str, &Sdk)> = None;
    let mut beneath: Vec<&Sdk> = Vec::new();
    for sdk in cx.case.database.sdks() {
        for own in sdk.prefixes() {
            let fits = crate::signature::under(prefix.as_str(), own);
            if fits && best.is_none_or(|(b, _)| own.len() > b.len()) {
                best = Some((own, sdk));
            } else if crate::signature::under(own, prefix.as_str()) {
                beneath.push(sdk);
            }
        }
    }
    if let Some((_, sdk)) = best {
        return Some(sdk);
    }
    let family = |s: &Sdk| s.family.clone().unwrap_or_else(|| s.id.clone());
    let first = *beneath.first()?;
    (prefix.as_str().matches('.').count() >= 2 && beneath.iter().all(|s| family(s) == family(first)))
        .then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_named_here_exist() {
        for id in UNUSUAL {
            assert!(taxonomy::get(id).is_some(), "{id}");
        }
    }
}
