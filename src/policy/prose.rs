//! Reader of sentences: SDKs named in running text, and lists whose items are sentences.
//! Runs after the readers of tables and blocks, on the lines they left.

use crate::fold;
use crate::policy::lexicon::{self, Label};
use crate::policy::mention;
use crate::policy::naming;
use crate::policy::page::Taken;
use crate::policy::read::{Context, Found};
use crate::policy::row::{Frame, Row};
use crate::policy::sentence;
use crate::policy::unit::{Unit, in_list, units};
use crate::policy::{Declaration, FieldName, Place};
use crate::policy::{aim, company};
use std::collections::HashSet;
use std::ops::Range;

const NAME: &str = "prose";
const LISTS: &str = "sentences";

/// Bytes of a field that what later items say is added to.
const MAX_TOLD: usize = 2000;

/// Bytes behind a name that may speak of it.
const MAX_STRETCH: usize = 6000;

/// Reads lists whose items are whole sentences; runs before the reader of blocks, which knows labels but no sentences.
pub fn read_lists(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let mut units = units(context, taken);
    units.retain(|unit| is_sentence(context, unit));
    read_units(context, taken, found, &units, true);
}

/// Reads the sentences of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let units = units(context, taken);
    read_units(context, taken, found, &units, false);
}

/// Whether a unit is an item that says in a sentence what its SDK does, with no labelled lines to follow.
fn is_sentence(context: &Context<'_>, unit: &Unit) -> bool {
    let Some(first) = unit.mentions.first().filter(|m| m.leads && unit.item) else { return false };
    let text = unit.text.text();
    let marks = ['：', ':', '。', '，', ',', ' ', '”', '"', '】', '；', '—', '*'];
    let tail = text.get(first.after..).unwrap_or("").trim_start_matches(marks);
    let says = [
        "用于", "为了", "以便", "收集", "获取", "采集", "提供", "使用", "便于", "帮助", "需要", "通过",
        "实现", "完成", "共享", "collect", "used", "provide",
    ];
    let labelled = |t: &str| lexicon::leading(t).is_some();
    let next = context.page.lines.get(unit.lines.end).map_or("", |l| l.str());
    tail.chars().count() >= 8
        && !labelled(tail)
        && says.iter().any(|w| text.contains(w))
        && !labelled(next)
        && !text.get(..first.name.start).is_some_and(|h| labelled(h.trim_start()))
}

fn read_units(context: &Context<'_>, taken: &mut Taken, found: &mut Found, units: &[Unit], lists_only: bool) {
    // Rows that stand in a list already: the same SDK named again in a sentence is no second row.
    let mut known: HashSet<String> =
        found.declarations.iter().map(|d| fold::loose_key(&d.name.text)).collect();
    for (i, unit) in units.iter().enumerate() {
        let listed = in_list(units, i) || (!lists_only && beside_list(context, taken, unit));
        if lists_only && !listed {
            continue;
        }
        let place = if listed { Place::List } else { Place::Prose };
        let frame = Frame {
            document: context.document,
            reader: if lists_only { LISTS } else { NAME },
            place,
            platforms: context.platforms(unit.lines.start),
        };
        let mut rows = declarations(unit, &frame);
        let alone = rows.len() == 1;
        rows.retain(|row| {
            let mut key = fold::loose_key(&row.name.text);
            // A role is the name of an SDK only where the list makes it one.
            let role = place == Place::Prose && row.provider.is_none();
            if role && !naming::distinct(&mention::plain(&row.name.text)) {
                return false;
            }
            // One company may provide several SDKs.
            if row.provider.as_ref().is_some_and(|p| row.name.text.starts_with(&p.text)) {
                key.push_str(row.purpose.as_ref().map_or("", |p| p.text.as_str()));
            }
            let new = !key.is_empty() && !known.contains(&key);
            if !new && place == Place::List && alone {
                told_again(&mut found.declarations, row);
            }
            new && known.insert(key)
        });
        if place == Place::List {
            taken.take(unit.lines.clone(), if lists_only { LISTS } else { NAME });
        }
        found.declarations.append(&mut rows);
    }
}

/// Adds what another sentence of a list says of an SDK that the list named before.
fn told_again(rows: &mut [Declaration], again: &Declaration) {
    let key = fold::loose_key(&again.name.text);
    let Some(row) =
        rows.iter_mut().rev().take(64).find(|r| {
            r.reader == again.reader && r.place == Place::List && fold::loose_key(&r.name.text) == key
        })
    else {
        return;
    };
    // `消息推送` behind `推送通知栏消息` says nothing new.
    let new = |told: &str, more: &str| !more.chars().all(|c| told.contains(c)) && !more.contains(told);
    for (told, more) in [(&mut row.purpose, &again.purpose), (&mut row.data, &again.data)] {
        match (told, more) {
            (Some(told), Some(more)) => {
                for (i, piece) in more.text.split(" | ").enumerate() {
                    if told.text.len() < MAX_TOLD && new(&told.text, piece) {
                        told.text = format!("{} | {piece}", told.text);
                        told.spans.extend(more.spans.get(i));
                    }
                }
            }
            (told @ None, Some(more)) => *told = Some(more.clone()),
            _ => {}
        }
    }
}

/// Whether a unit stands right below a list that another reader took, or below a line that announces SDKs.
fn beside_list(context: &Context<'_>, taken: &Taken, unit: &Unit) -> bool {
    if !unit.item || !unit.mentions.first().is_some_and(|m| m.leads) {
        return false;
    }
    let start = unit.lines.start;
    let below = (start.saturating_sub(2)..start).any(|line| matches!(taken.by(line), Some("blocks" | LISTS)));
    let announced = start.checked_sub(1).and_then(|i| context.page.lines.get(i)).is_some_and(|line| {
        let text = line.str().trim_end();
        text.ends_with(['：', ':']) && text.to_ascii_lowercase().contains("sdk")
    });
    below || announced
}

/// The rows of one unit.
fn declarations(unit: &Unit, frame: &Frame) -> Vec<Declaration> {
    let mut out: Vec<Declaration> = Vec::new();
    let mut seen: Vec<(String, u32)> = Vec::new();
    for (i, mention) in unit.mentions.iter().enumerate() {
        let written = unit.text.slice(mention.name.clone());
        let key = fold::loose_key(written.text());
        // `友盟+SDK（com.umeng.sdk），友盟+SDK需要收集…`: named once more, or by a part of its name.
        let before = i.checked_sub(1).and_then(|p| unit.mentions.get(p)).map_or(0, |m| m.after);
        let comma = unit.text.text().get(before..mention.name.start).is_some_and(|t| t.contains(['，', ',']));
        let again = |(name, cluster): &(String, u32)| {
            *name == key
                || *cluster != mention.cluster && (name.contains(&key) || key.contains(name.as_str()))
                || comma && (key.contains(name.as_str()) || strsim::normalized_levenshtein(name, &key) > 0.7)
        };
        if seen.iter().rev().take(40).any(again) {
            continue;
        }
        seen.push((key, mention.cluster));
        // In a list an item is about the SDK it begins with; others in it are told of, not listed.
        let first_cluster = unit.mentions.first().map(|m| m.cluster);
        if frame.place == Place::List && Some(mention.cluster) != first_cluster {
            continue;
        }
        let stretch = stretch(unit, i);
        let body = unit.text.slice(stretch.clone());
        let mut row = Row::default();
        row.add(Label::Name, written);
        for package in &mention.packages {
            row.add(Label::Package, unit.text.slice(package.clone()));
        }
        // `某某公司（甲）…。甲会收集…；乙会…`: what is said of each company by its short form.
        let own = company::of_short_form(unit.text.text(), mention);
        let mut own_mention = mention.clone();
        if let Some(own) = &own {
            own_mention.after = own.start;
        }
        let stretch = own.unwrap_or(stretch);
        let mut fields = sentence::fields(unit.text.text(), stretch, &own_mention);
        if unit.item
            && !fields.pieces.iter().any(|(l, _)| *l == Label::Purpose)
            && let Some(told) = aim::heading(unit.text.text(), mention)
                .or_else(|| aim::phrase(unit.text.text(), mention).filter(|_| mention.leads))
        {
            fields.pieces.push((Label::Purpose, told));
        }
        for (label, range) in &fields.pieces {
            row.add(*label, unit.text.slice(range.clone()));
        }
        for (label, piece) in sentence::links(&body) {
            row.add(label, piece);
        }
        row.cover(unit.text.span());
        let mut rows = row.declare(frame);
        for row in &mut rows {
            if fields.nothing_collected && row.data.is_none() && !row.denied.contains(&FieldName::Data) {
                row.denied.push(FieldName::Data);
            }
        }
        out.append(&mut rows);
    }
    out
}

/// What a unit says about one of its mentions: an item says it all about its SDK; a paragraph from the sentence that
/// names it to the next SDK that is named in another sentence.
fn stretch(unit: &Unit, at: usize) -> Range<usize> {
    let text = unit.text.text();
    let Some(mention) = unit.mentions.get(at) else { return 0..0 };
    // Bounded both ways: a line may be as long as the document, and name thousands.
    let from = mention::back(text, mention.name.start, MAX_STRETCH / 2);
    let to = mention::back(text, text.len().min(mention.after + MAX_STRETCH), 0).max(mention.after);
    // `详见《甲SDK隐私政策》`: what comes after the sentence speaks of other things.
    let titled =
        text.get(from..mention.name.start).and_then(|h| h.rfind(['《', '》']).and_then(|i| h.get(i..)));
    if !mention.leads && titled.is_some_and(|t| t.starts_with('《')) {
        let start = sentence::start(text, mention.name.start).max(from);
        return start..sentence::end(text, mention.name.end).min(to);
    }
    if unit.item {
        return from..to;
    }
    let start = sentence::start(text, mention.name.start).max(from);
    let next = unit.mentions.iter().skip(at + 1).take(200).find(|m| m.cluster != mention.cluster);
    let end = next.map_or(to, |m| sentence::start(text, m.name.start)).min(to);
    start..if end > mention.name.end { end } else { sentence::end(text, mention.name.end).min(to) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::read_lines;

    fn rows(lines: &[&str]) -> Vec<Declaration> {
        let found = read_lines(lines, read);
        found.declarations
    }

    fn text(field: &Option<crate::policy::Field>) -> &str {
        field.as_ref().map_or("", |f| f.text.as_str())
    }

    #[test]
    fn items_that_are_sentences_form_a_list() {
        let rows = rows(&[
            "我们接入了以下服务：",
            "1. 我们的产品集成甲乙SDK（com.jiayi.core），甲乙SDK需要收集您的设备信息（IMEI、MAC）以提供统计分析服务。详见隐私政策：https://jiayi.example/privacy",
            "2. 本APP集成丙丁科技有限公司的慧听SDK，慧听SDK收集您的语音信息，用于语音转写；",
            "（我们会评估它们）",
        ]);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|r| r.place == Place::List));
        assert_eq!(rows[0].name.text, "甲乙SDK");
        assert_eq!(rows[0].packages.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["com.jiayi.core"]);
        assert_eq!(text(&rows[0].data), "设备信息（IMEI、MAC）");
        assert_eq!(text(&rows[0].purpose), "提供统计分析服务");
        assert_eq!(rows[0].links.first().map(|l| l.url.text.as_str()), Some("https://jiayi.example/privacy"));
        assert_eq!(rows[1].name.text, "慧听SDK");
        assert_eq!(text(&rows[1].provider), "丙丁科技有限公司");
        assert_eq!(text(&rows[1].data), "语音信息");
        assert_eq!(text(&rows[1].purpose), "语音转写");
    }

    #[test]
    fn items_that_begin_with_a_name_form_a_list() {
        let rows = rows(&[
            "（1）人脸识别SDK：为了向您提供人脸识别服务，我们使用了某云科技的人脸识别SDK，该SDK由某云科技有限公司提供，需要获取您的人脸信息。",
            "（2）图片加载Glide SDK：为了便于您使用图片加载功能；",
            "（3）云盒: 本 SDK不会收集任何用户信息，仅为用户提供备份服务，不会上传。",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["人脸识别SDK", "图片加载Glide SDK", "云盒"]);
        assert_eq!(text(&rows[0].provider), "某云科技有限公司");
        assert_eq!(text(&rows[0].data), "人脸信息");
        assert_eq!(rows[2].data, None);
        assert_eq!(rows[2].denied, [FieldName::Data]);
    }

    #[test]
    fn items_say_whose_the_sdk_is_and_where_its_data_end() {
        let rows = rows(&[
            "（1）登录盾SDK：当您登录时，我们使用了云海公司的SDK，采集您的姓名、手机号码传输至云海系统，只用于客户端登录，并不保存。",
            "（2）慧听SDK：我行使用了河图科技的语音SDK，需要访问您的网络状态（2G、3G。含Wi-Fi），以校验您的号码并提供一键登录服务。",
            "（3）星览SDK：我们的产品集成星览SDK，程序仅用于提供扫码服务，不需要任何权限。",
        ]);
        let read: Vec<_> =
            rows.iter().map(|r| (text(&r.provider), text(&r.data), text(&r.purpose))).collect();
        assert_eq!(
            read,
            [
                ("云海公司", "姓名、手机号码", "客户端登录"),
                ("河图科技", "网络状态（2G、3G。含Wi-Fi）", "校验您的号码并提供一键登录服务"),
                ("", "", "提供扫码服务"),
            ]
        );
    }

    #[test]
    fn names_may_end_in_verbs_and_stand_behind_a_company_in_brackets() {
        let rows = rows(&[
            "1. 本APP集成星云公司（Xingyun Inc.）星云图片加载SDK，用于显示图片；",
            "2. 本APP集成丙丁联盟的设备标识统一调用SDK，用于本地判断；",
            "3. 本APP集成星云公司（Xingyun Inc.）的webcore（开放源代码），用于完成网络请求；",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["星云图片加载SDK", "设备标识统一调用SDK", "webcore（开放源代码）"]);
        let providers: Vec<_> = rows.iter().map(|r| text(&r.provider)).collect();
        assert_eq!(providers, ["星云公司（Xingyun Inc.）", "丙丁联盟", "星云公司（Xingyun Inc.）"]);
    }

    #[test]
    fn each_kind_of_data_has_its_purpose() {
        let rows = rows(&[
            "1. 慧听SDK收集您的网络状态，用于保持连接；开启麦克风后，会收集录音，用于语音转写；",
            "2. 星览SDK收集您的设备型号，用于统计；我们不会收集您的录音用于其他目的；",
        ]);
        assert_eq!(text(&rows[0].purpose), "保持连接 | 语音转写");
        assert_eq!(text(&rows[1].purpose), "统计");
    }

    #[test]
    fn purposes_stand_before_the_name_in_both_languages() {
        let rows = rows(&[
            "方便用户在线支付，我们接入了甲付支付SDK，用户支付完后我们会收集设备识别码，目的是为了验证支付是否成功。",
            "为了提供更好的服务，我们接入了云图统计SDK，该SDK会收集手机型号。",
            "When we count visits, and monitor crashes, we use the Acme Metrics SDK provided by Acme Inc. You can read more about it there.",
        ]);
        let read: Vec<_> = rows.iter().map(|r| (text(&r.purpose), text(&r.provider))).collect();
        assert_eq!(
            read,
            [
                ("方便用户在线支付", ""),
                ("提供更好的服务", ""),
                ("count visits, and monitor crashes", "Acme Inc."),
            ]
        );
        assert_eq!(rows[2].data, None);
    }

    #[test]
    fn what_follows_a_refusal_tells_nothing() {
        let rows = rows(&[
            "1. 甲地图SDK：为了能够查找附近的门店，我们使用了甲地图SDK，需要获取您的位置信息，如您不提供前述信息，可能无法为您提供定位服务，但不影响您使用其他功能。",
            "2. 乙崩SDK：为了收集使用中的异常问题，我们使用了乙崩SDK，可能需要获取手机状态、网络状态，使您有更好的体验。",
            "3. 丙广告SDK：本页面由我们向您提供，我们使用了丙广告SDK完成广告投放，需要您授权存储权限以缓存图片。如您拒绝，SDK不会获取您的存储。",
            "4. 丁听SDK、访问电话状态、网络状态 用于统计异常",
        ]);
        let read: Vec<_> = rows.iter().map(|r| (text(&r.purpose), text(&r.data))).collect();
        assert_eq!(
            read,
            [
                ("能够查找附近的门店", "位置信息"),
                ("收集使用中的异常问题", "手机状态、网络状态"),
                ("完成广告投放", "存储权限"),
                ("统计异常", "电话状态、网络状态"),
            ]
        );
        assert!(rows.iter().all(|r| r.denied.is_empty()));
    }

    #[test]
    fn items_name_several_sdks_and_roles() {
        let rows = rows(&[
            "1. 甲信、乙付SDK：为了在线支付，我们使用了甲信、乙付SDK，需要访问您的设备信息；",
            "2. abcrtc SDK和DefNet SDK：我们集成了前述SDK，用于传输；",
            "3. 为了分享内容，我们使用分享SDK、丙博SDK，需要访问您的存储权限，用于保障正常分享；",
            "4. 我们的产品集成丁推送SDK和戊推送，推送SDK需要收集您的设备信息，用于推送；",
            "5. 为了更好地答疑，我们使用视频客服SDK，需要获取您的麦克风权限；",
            "6. 为了找到门店，我们使用丙博SDK来获取您的位置信息；",
            "7. 我们的产品集成己览，通过位置信息匹配门店；",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(
            names,
            [
                "甲信",
                "乙付SDK",
                "abcrtc SDK",
                "DefNet SDK",
                "分享SDK",
                "丙博SDK",
                "丁推送SDK",
                "戊推送",
                "视频客服SDK",
                "己览",
            ]
        );
        assert!(rows.iter().all(|r| r.place == Place::List));
        // The data are for what is said behind them; what a later item adds is kept.
        assert_eq!(text(&rows[4].purpose), "保障正常分享");
        assert_eq!(text(&rows[5].purpose), "保障正常分享 | 找到门店");
        assert_eq!(text(&rows[5].data), "存储权限 | 位置信息");
    }

    #[test]
    fn an_item_is_an_sdk_beside_one_that_goes_on_alike() {
        let rows = rows(&[
            "1. 甲告（Jiagao）SDK：用于广告展示；",
            "2. 乙云（Yiyun）：用于存放图片；",
            "3. 缴费记录：保存三年；",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["甲告（Jiagao）SDK", "乙云（Yiyun）"]);
    }

    #[test]
    fn partners_are_named_with_what_they_are_given() {
        let listed = rows(&[
            "我们的合作伙伴接入了SDK：",
            "（1）第三方登录。我们会与甲信等合作方共享用户的设备型号，手机状态，用于第三方登录。",
            "（2）支付。我们会与乙付等合作方共享网络状态来保证支付功能的运转。",
            "（3）配送。我们会与物流公司共享您的地址，用于配送。",
        ]);
        let read: Vec<_> =
            listed.iter().map(|r| (r.name.text.as_str(), text(&r.data), text(&r.purpose))).collect();
        assert_eq!(
            read,
            [("甲信", "设备型号，手机状态", "第三方登录"), ("乙付", "网络状态", "保证支付功能的运转")]
        );
        let titled = rows(&[
            "1、由甲乙（北京）科技有限公司提供推送技术服务，我们可能会将您的设备信息、位置提供给甲乙（北京）科技有限公司，详见《甲推隐私政策》https://jia.example/privacy。",
            "2、由丙丁科技有限公司提供推送技术服务，我们可能会将您的设备信息提供给丙丁科技有限公司，详见《丙推隐私政策》https://bing.example/privacy。",
        ]);
        let read: Vec<_> =
            titled.iter().map(|r| (r.name.text.as_str(), text(&r.provider), text(&r.data))).collect();
        assert_eq!(
            read,
            [
                ("甲推", "甲乙（北京）科技有限公司", "设备信息、位置"),
                ("丙推", "丙丁科技有限公司", "设备信息"),
            ]
        );
        assert_eq!(titled[0].links.first().map(|l| l.url.text.as_str()), Some("https://jia.example/privacy"));
        let provided = rows(&[
            "我们的应用使用甲乙信息有限公司提供的 Acme 计数服务收集的信息，丙丁有限公司提供的 Note Center 服务收集的日志，包括设备型号、软件版本，所有信息均为匿名。",
            "欢迎您使用戊己有限公司提供的云朵笔记服务！",
        ]);
        let names: Vec<_> = provided.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["Acme 计数服务", "Note Center"]);
        assert!(provided.iter().all(|r| r.place == Place::Prose));
    }

    #[test]
    fn english_items_begin_with_products_known_by_name() {
        let rows = rows(&[
            "1. Google (Firebase Cloud Messaging). Delivery of push notifications. Your token is processed there.",
            "2. Google AdMob — Banner advertisements. AdMob may use identifiers.",
            "3. Crashlytics diagnostics: kept for ninety days.",
        ]);
        let read: Vec<_> = rows.iter().map(|r| (r.name.text.as_str(), text(&r.purpose))).collect();
        assert_eq!(
            read,
            [
                ("Google (Firebase Cloud Messaging)", "Delivery of push notifications"),
                ("Google AdMob", "Banner advertisements"),
            ]
        );
    }

    #[test]
    fn words_of_a_sentence_are_no_names() {
        let rows = rows(&[
            "我们对合作方获取信息的SDK进行检测，具体情况请以SDK的说明为准，亦适用于内嵌SDK名单、联运渠道SDK。",
            "我们使用到的SDK目录，使用含APP\\APK\\SDK的服务，渠道SDK为甲米SDK。",
            "使用了某推提供的SDK。",
            "（4）第三方收集的信息",
            "详见《甲安SDK隐私政策》。您主动提供个人信息用于实现特定功能。",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["甲米SDK", "某推", "甲安SDK"]);
        assert_eq!(text(&rows[2].purpose), "");
    }

    #[test]
    fn running_text_names_sdks_in_prose() {
        let rows = rows(&[
            "例如：今日头条广告联盟SDK需要读取您的IMEI信息。使用“云图定位”SDK获取您的位置信息，用于推荐附近活动。",
            "在分享时可能涉及的SDK包括微信SDK、QQ SDK和微博分享SDK，此类SDK会收集您的设备标识信息。",
            "第三方SDK可能会收集您的信息，这些SDK包括推送SDK，详见SDK目录。",
            "应用内的第三方代码包括但不限于海风统计SDK，用于统计。",
            "We integrate the Acme Cloud Push SDK (com.acme.push), which is used to push messages.",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(
            names,
            [
                "今日头条广告联盟SDK",
                "云图定位",
                "微信SDK",
                "QQ SDK",
                "微博分享SDK",
                "海风统计SDK",
                "Acme Cloud Push SDK"
            ]
        );
        assert!(rows.iter().all(|r| r.place == Place::Prose));
        assert_eq!(text(&rows[1].data), "位置信息");
        assert_eq!(text(&rows[1].purpose), "推荐附近活动");
        assert_eq!(rows[6].packages.first().map(|p| p.text.as_str()), Some("com.acme.push"));
    }

    #[test]
    fn enumerations_name_every_sdk() {
        let rows = rows(&[
            "我们接入了微信和支付宝支付SDK。",
            "我們使用 Google Analytics 或 Google Analytics for Firebase 進行統計。",
        ]);
        let names: Vec<_> = rows.iter().map(|r| r.name.text.as_str()).collect();
        assert_eq!(names, ["微信", "支付宝支付SDK", "Google Analytics", "Google Analytics for Firebase"]);
        assert_eq!(text(&rows[2].purpose), "");
    }

    #[test]
    fn long_lines_take_linear_time() {
        for piece in ["甲乙SDK、", "”SDK", "（com.a.b）SDK", "集成某某有限公司的SDK，收集", "的SDK", "SDK：“"]
        {
            let line = piece.repeat(3_000);
            let before = std::time::Instant::now();
            let _ = rows(&[&line]);
            assert!(before.elapsed().as_secs() < 10, "{piece}: {:?}", before.elapsed());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_lines_are_read(lines in proptest::collection::vec("[a-zA-Z 0-9.（）“”的和、，。：集成使用收集SDK公司]{0,60}|\\PC{0,30}", 0..6)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            for row in rows(&lines) {
                proptest::prop_assert!(!row.name.text.is_empty());
            }
        }
    }
}
