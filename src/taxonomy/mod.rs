//! Standard terms for data items, in both languages, and their finding in free text.
//! Terms and spellings are data (`items.tsv`); ids are stable for ever.

use crate::fold::{self, Finder, Folded};
use crate::location::Span;
use serde::{Serialize, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

/// Id of a data item: kebab-case, stable for ever.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(&'static str);

impl ItemId {
    /// The id as text.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The item it names.
    pub fn item(self) -> Option<&'static Item> {
        get(self.0)
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for ItemId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0)
    }
}

/// What a data item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Identifies the device or the installation.
    Identifier,
    /// Network and radio.
    Network,
    /// Where the device is.
    Location,
    /// Apps, and what is done with them.
    Usage,
    /// Accounts and profiles.
    Account,
    /// Who the person is.
    Identity,
    /// Body features.
    Biometric,
    /// Money.
    Financial,
    /// Health.
    Health,
    /// Contacts, messages, calls, calendar.
    Communication,
    /// Photos, recordings, files.
    Media,
    /// What a system permission opens.
    Permission,
    /// Motion and environment.
    Sensor,
    /// Hardware and system properties.
    Device,
    /// Logs and crashes.
    Diagnostics,
}

/// One standard term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Stable id.
    pub id: ItemId,
    /// What it is about.
    pub group: Group,
    /// Sensitive personal information (PIPL article 28, GB/T 35273-2020 annex B).
    pub sensitive: bool,
    /// Names no single item: "device information", "location".
    pub vague: bool,
    /// Chinese name.
    pub zh: &'static str,
    /// English name.
    pub en: &'static str,
}

/// A term found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Which item.
    pub item: ItemId,
    /// Where in the text given.
    pub span: Span,
    /// Written in a way known to be a misspelling (`0AID`, `IMS1`).
    pub misspelt: bool,
}

static DATA: &str = include_str!("items.tsv");

struct Taxonomy {
    items: Vec<Item>,
    /// Index of items by id.
    by_id: Vec<(&'static str, usize)>,
    /// Item and misspelling mark of each pattern.
    patterns: Vec<(usize, bool)>,
    finder: Finder,
}

static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| {
    let mut items = Vec::new();
    let mut patterns = Vec::new();
    let (mut words, mut known) = (Vec::new(), HashSet::new());
    for line in DATA.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (id, group, flags, zh, en, synonyms) = (cell(), cell(), cell(), cell(), cell(), cell());
        let Some(group) = group_named(group) else { continue };
        for word in [zh, en].into_iter().chain(synonyms.split(';')) {
            let (word, misspelt) = word.strip_prefix('~').map_or((word, false), |w| (w, true));
            let word = fold::fold(word).as_str().to_owned();
            if !word.is_empty() && known.insert(word.clone()) {
                words.push(word);
                patterns.push((items.len(), misspelt));
            }
        }
        items.push(Item {
            id: ItemId(id),
            group,
            sensitive: flags.contains('s'),
            vague: flags.contains('v'),
            zh,
            en,
        });
    }
    let mut by_id: Vec<_> = items.iter().enumerate().map(|(i, item)| (item.id.0, i)).collect();
    by_id.sort_unstable();
    let finder = Finder::new(&words);
    Taxonomy { items, by_id, patterns, finder }
});

fn group_named(name: &str) -> Option<Group> {
    Some(match name {
        "identifier" => Group::Identifier,
        "network" => Group::Network,
        "location" => Group::Location,
        "usage" => Group::Usage,
        "account" => Group::Account,
        "identity" => Group::Identity,
        "biometric" => Group::Biometric,
        "financial" => Group::Financial,
        "health" => Group::Health,
        "communication" => Group::Communication,
        "media" => Group::Media,
        "permission" => Group::Permission,
        "sensor" => Group::Sensor,
        "device" => Group::Device,
        "diagnostics" => Group::Diagnostics,
        _ => return None,
    })
}

/// All items, in the order of the data file.
pub fn items() -> &'static [Item] {
    &TAXONOMY.items
}

/// The item with this id.
pub fn get(id: &str) -> Option<&'static Item> {
    let t = &*TAXONOMY;
    let at = t.by_id.binary_search_by(|(own, _)| (*own).cmp(id)).ok()?;
    t.items.get(t.by_id.get(at)?.1)
}

/// The data items a text names, in text order, without overlaps; at the same place the longest term wins.
///
/// Spelling is folded ([`fold::fold`]); Latin terms match whole words, with a plural `s`. Linear in the text.
pub fn find(text: &str) -> Vec<Mention> {
    find_folded(&fold::fold(text))
}

/// [`find`] in a text that is folded already; spans are of the original.
pub fn find_folded(folded: &Folded) -> Vec<Mention> {
    let t = &*TAXONOMY;
    let text = folded.as_str();
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    t.finder.each(text, |start, end, word| {
        found.extend(fold::word_at(text, start, end).map(|end| (start, end, word)));
    });
    found.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let mut mentions = Vec::new();
    let mut free = 0;
    for (start, end, pattern) in found {
        if start < free {
            continue;
        }
        let Some((item, misspelt)) = t.patterns.get(pattern) else { continue };
        let Some(item) = t.items.get(*item) else { continue };
        free = end;
        mentions.push(Mention { item: item.id, span: folded.span(start..end), misspelt: *misspelt });
    }
    mentions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    fn ids(text: &str) -> Vec<&'static str> {
        find(text).iter().map(|m| m.item.as_str()).collect()
    }

    #[test]
    fn what_regulators_name_first_is_sensitive() {
        let severe = "imei meid imsi iccid serial mac android-id app-list running-processes location-fine \
                      location-coarse clipboard contacts sms call-log calendar photos microphone face fingerprint";
        for id in severe.split_whitespace() {
            assert!(get(id).is_some_and(|item| item.sensitive), "{id}");
        }
    }

    #[test]
    fn the_data_file_is_whole() {
        let rows = DATA.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).count();
        assert_eq!(items().len(), rows, "a row has an unknown group");
        let mut seen = HashSet::new();
        for item in items() {
            assert!(seen.insert(item.id), "{} twice", item.id);
            assert!(!item.zh.is_empty() && !item.en.is_empty(), "{} lacks a name", item.id);
            assert!(item.id.0.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", item.id);
            assert_eq!(get(item.id.as_str()).map(|i| i.id), Some(item.id));
        }
        assert!(get("no-such-item").is_none());
        let mut owner: HashMap<String, &str> = HashMap::new();
        for line in DATA.lines().filter(|l| !l.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 6, "{line}");
            for word in cells[3..6].iter().flat_map(|c| c.split(';')) {
                let word = fold::fold(word.trim_start_matches('~')).as_str().to_owned();
                if let Some(other) = owner.insert(word.clone(), cells[0]) {
                    assert_eq!(other, cells[0], "{word} means two items");
                }
            }
        }
    }

    #[test]
    fn terms_are_found_in_every_spelling() {
        for (text, expected) in [
            ("ＩＭＥＩ、IMSI,ICCID", vec!["imei", "imsi", "iccid"]),
            ("Android ID/AndroidID/android_id", vec!["android-id", "android-id", "android-id"]),
            ("设备 MAC 地址", vec!["mac"]),
            ("粗略位置信息和精确位置", vec!["location-coarse", "location-fine"]),
            ("位置信息", vec!["location"]),
            ("0AID与IMS1", vec!["oaid", "imsi"]),
            ("手機號碼、剪貼簿、藍牙", vec!["phone-number", "clipboard", "bluetooth"]),
            ("list of installed applications, IP addresses", vec!["app-list", "ip"]),
            ("WiFi路由器MAC地址", vec!["bssid"]),
            ("description of chips", vec![]),
            ("equipment information", vec!["device-info"]),
            ("SIM卡序列号与硬件序列号", vec!["iccid", "serial"]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
    }

    #[test]
    fn misspellings_are_marked_and_spans_lead_back() {
        let text = "收集 ０AID、OAID";
        let found = find(text);
        assert_eq!(found.iter().map(|m| m.misspelt).collect::<Vec<_>>(), [true, false]);
        assert_eq!(found[0].span.of(text), "０AID");
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        let text = "读取手机的应用安装列表软件列表信息".repeat(20_000);
        let before = std::time::Instant::now();
        assert!(find(&text).len() >= 40_000);
        assert!(before.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,80}|[a-zA-Z ＩＭＥ设备信息地址\n]{0,80}") {
            let mut last = 0;
            for m in find(&text) {
                prop_assert!(m.span.start >= last && !m.span.of(&text).is_empty());
                last = m.span.end;
            }
        }
    }
}
