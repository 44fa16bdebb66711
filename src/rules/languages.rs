//! Two language versions in one policy, compared: SDKs, names and topics one of them lacks.

use super::completeness::list_rows;
use super::context::{sdk_name, shorten};
use super::sentence::Sentence;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::policy::Declaration;
use crate::signature::Sdk;
use std::collections::BTreeMap;

/// Two language versions of one policy differ.
pub static LANGUAGE_VERSIONS_DIFFER: Rule = Rule {
    id: "language-versions-differ",
    group: Group::Document,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/language-versions-differ.md"),
    check: |cx, out| {
        let (zh, rest): (Vec<&Sentence>, Vec<&Sentence>) =
            cx.sentences().iter().partition(|s| is_chinese(&s.folded));
        // Names of classes, addresses and constants make no English version of a Chinese text.
        let en: Vec<&Sentence> = rest.into_iter().filter(|s| is_english(&s.folded)).collect();
        let zh: Vec<&Sentence> = zh.into_iter().filter(|s| s.folded.chars().count() >= 10).collect();
        if zh.len() < 20 || en.len() < 20 || zh.len() > 5 * en.len() || en.len() > 5 * zh.len() {
            return;
        }
        // An SDK that stands in one version of the list only.
        let mut by_sdk: BTreeMap<&str, Versions<'_>> = BTreeMap::new();
        let (mut zh_rows, mut en_rows) = (0, 0);
        for (_, row, sdk) in list_rows(cx) {
            let chinese = is_chinese(fold::fold(cx.text(row.document, row.span)).as_str());
            *(if chinese { &mut zh_rows } else { &mut en_rows }) += 1;
            if let Some(sdk) = sdk {
                let entry = by_sdk.entry(sdk.id.as_str()).or_insert_with(|| (vec![], vec![], sdk));
                if chinese { entry.0.push(row) } else { entry.1.push(row) }
            }
        }
        // Two versions of one list tell of the same SDKs; a Chinese list with a few English rows is one list.
        let count = |of: fn(&Versions<'_>) -> bool| by_sdk.values().filter(|v| of(v)).count();
        let both = count(|(zh, en, _)| !zh.is_empty() && !en.is_empty());
        let fewer = count(|(zh, _, _)| !zh.is_empty()).min(count(|(_, en, _)| !en.is_empty()));
        let versions = zh_rows >= 2 && en_rows >= 2 && both * 2 >= fewer;
        for (id, (zh, en, sdk)) in by_sdk.iter().filter(|_| versions) {
            let (row, other) = match (zh.first(), en.first()) {
                (Some(row), None) => (row, ("英文", "English")),
                (None, Some(row)) => (row, ("中文", "Chinese")),
                _ => continue,
            };
            out.report(
                Draft::new(
                    "sdk",
                    *id,
                    format!("{} 在{}版本的清单里没有对应的一行。", sdk_name(sdk, Lang::Zh), other.0),
                    format!("{} has no row in the {} version of the list.", sdk_name(sdk, Lang::En), other.1),
                )
                .sure(Confidence::Medium)
                .with(cx.quote_row(row)),
            );
        }
        // A topic that one version speaks of and the other does not.
        for (key, zh_words, en_words) in TOPICS {
            let in_zh = zh.iter().find(|s| s.has(zh_words));
            let in_en = en.iter().find(|s| s.has(en_words));
            let (sentence, other) = match (in_zh, in_en) {
                (Some(s), None) => (s, ("英文", "English")),
                (None, Some(s)) => (s, ("中文", "Chinese")),
                _ => continue,
            };
            topic(cx, out, key, sentence, other);
        }
    },
};

/// An SDK's Chinese rows, its English rows, and the SDK.
type Versions<'a> = (Vec<&'a Declaration>, Vec<&'a Declaration>, &'a Sdk);

fn topic(cx: &Context<'_>, out: &mut Sink<'_>, key: &str, sentence: &Sentence, other: (&str, &str)) {
    let text = shorten(cx.text(sentence.document, sentence.span));
    out.report(
        Draft::new(
            "document",
            format!("topic/{key}"),
            format!("这句话（{text}）在{}版本中没有找到对应内容。", other.0),
            format!("No counterpart of this sentence (“{text}”) was found in the {} version.", other.1),
        )
        .sure(Confidence::Low)
        .with(cx.quote(sentence.document, sentence.span)),
    );
}

/// Topics with set words in both languages: key, Chinese words, English words (folded).
const TOPICS: &[(&str, &[&str], &[&str])] = &[
    (
        "self-start",
        &["自启动", "关联启动"],
        &[
            "self-start",
            "self start",
            "auto-start",
            "autostart",
            "start automatically",
            "automatically start",
            "associated start",
        ],
    ),
    ("effective-date", &["生效日期"], &["effective date", "date of effect", "effective on"]),
    ("boot", &["开机启动", "开机自启"], &["boot", "startup", "start up", "power on"]),
    ("face", &["人脸"], &[" face", "facial"]),
    ("children", &["未成年人", "儿童"], &["minor", "child"]),
    ("app-list", &["应用列表"], &["application list", "app list", "installed app", "list of app"]),
    ("cookies", &["cookie"], &["cookie"]),
    (
        "scope",
        &["仅适用于", "适用范围", "本政策适用于"],
        &["only applicable to", "applies to", "scope of application"],
    ),
];

/// Whether a folded text is an English sentence: a few words, and among them one that holds sentences together.
fn is_english(text: &str) -> bool {
    const JOINTS: &[&str] = &[
        "the", "and", "of", "to", "your", "you", "we", "our", "in", "for", "is", "are", "will", "a", "or",
        "with",
    ];
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect();
    words.len() >= 5 && words.iter().any(|w| JOINTS.contains(w))
}

/// Whether a folded text is mostly Chinese.
fn is_chinese(text: &str) -> bool {
    let han = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    han * 3 > latin
}
