//! SDKs -> the tables that names, packages, hosts and companies are looked up in. Built into the library, and into
//! `build.rs`, which makes the tables of the embedded database, so that start-up does not pay for them.

use super::table::Table;
use super::{hints, pinyin};
use crate::fold::{self, fold};
use crate::signature::{Level, Sdk};
use std::collections::{BTreeMap, BTreeSet};

/// Index of an SDK in `Database::sdks`.
pub type SdkIndex = usize;

/// How a spelling belongs to an SDK, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// Its zh or en name.
    Name,
    /// An alias of its file, or a brand's spelling.
    Alias,
    /// An alias that names other things too.
    Ambiguous,
    /// Its Chinese name in Latin letters.
    Pinyin,
}

impl Spelling {
    /// The member that `as u8` gives this number.
    pub fn of(number: u8) -> Spelling {
        match number {
            0 => Spelling::Name,
            1 => Spelling::Alias,
            2 => Spelling::Ambiguous,
            _ => Spelling::Pinyin,
        }
    }
}

/// The SDKs of one spelling, each with the best way it is spelt so.
pub type Hits = Vec<(SdkIndex, Spelling)>;

/// All lookups over one list of SDKs.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// By [`fold::key`].
    pub exact: Table,
    /// By [`core`]; of two spellings with one core the one that lost less owns it.
    pub cores: Table,
    /// Spellings looked for inside longer names, as [`fold::words`].
    pub inside: Table,
    /// Package prefixes.
    pub prefixes: Table,
    /// Hosts, without `www.`.
    pub hosts: Table,
    /// By [`company`].
    pub vendors: Table,
    /// Members of a brand, by its id.
    pub members: Table,
}

impl Tables {
    /// The tables of `sdks`, which are sorted by id.
    pub fn new(sdks: &[Sdk]) -> Tables {
        let mut work = Work { sdks, ..Work::default() };
        for (at, sdk) in sdks.iter().enumerate() {
            work.add_names(at, sdk);
            work.add_facts(at, sdk);
        }
        work.add_tails();
        let cores = work.cores.into_iter().map(|(core, (_, hits))| (core, hits)).collect();
        Tables {
            exact: Table::new(&work.exact),
            cores: Table::new(&cores),
            inside: Table::new(&work.inside),
            prefixes: Table::new(&work.prefixes),
            hosts: Table::new(&work.hosts),
            vendors: Table::new(&work.vendors),
            members: Table::new(&work.members),
        }
    }

    /// The bytes that [`Tables::unpack`] reads.
    #[allow(dead_code)] // `build.rs` calls it, and a test of the index.
    pub fn pack(self) -> Vec<u8> {
        let Tables { exact, cores, inside, prefixes, hosts, vendors, members } = self;
        Table::pack(&[exact, cores, inside, prefixes, hosts, vendors, members])
    }

    /// The tables of bytes written by [`Tables::pack`].
    pub fn unpack(mut block: &'static [u8]) -> Option<Tables> {
        let mut next = || Table::unpack(&mut block);
        Some(Tables {
            exact: next()?,
            cores: next()?,
            inside: next()?,
            prefixes: next()?,
            hosts: next()?,
            vendors: next()?,
            members: next()?,
        })
    }
}

/// Words at either end of a name that do not tell products apart; taken off one after another.
const ENDS: &[&str] = &[
    "sdk",
    "android",
    "ios",
    "安卓",
    "开放平台",
    "开发者服务",
    "平台",
    "服务",
    "功能",
    "组件",
    "插件",
    "模块",
    "客户端",
    "第三方",
    "库",
    "系统",
    "框架",
    "platform",
    "services",
    "service",
    "library",
    "lib",
    "版",
    "app",
    "软件",
    "产品",
];

/// The part of a name that is compared when spellings differ in ceremony: letters and digits without [`ENDS`], and how
/// many of those were taken off.
pub fn core(name: &str) -> (String, usize) {
    let letters = letters(name);
    let mut text = letters.as_str();
    let mut lost = 0;
    while let Some(rest) = shorter(text) {
        text = rest;
        lost += 1;
    }
    (text.to_owned(), lost)
}

/// Letters and digits of a name, folded.
pub fn letters(name: &str) -> String {
    fold(name).as_str().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A text of [`letters`] without one word of ceremony at either end; `None` where it has none, or is nothing else.
pub fn shorter(text: &str) -> Option<&str> {
    // `Android Kit` begins with ceremony, `AndroidX` with a name.
    let front = |e: &str| text.strip_prefix(e).filter(|rest| e != "android" || !rest.starts_with('x'));
    let rest = ENDS.iter().find_map(|e| text.strip_suffix(e).or_else(|| front(e)))?;
    (rest.chars().count() >= 2).then_some(rest)
}

/// Key of a company: folded, brackets with places and legal forms taken out.
pub fn company(name: &str) -> String {
    const FORMS: &[&str] = &[
        "股份有限公司",
        "有限责任公司",
        "有限公司",
        "集团",
        "公司",
        "co.,ltd.",
        "co., ltd.",
        "co.,ltd",
        "co. ltd",
        "co ltd",
        "pte. ltd.",
        "pte.ltd.",
        "pte ltd",
        "limited",
        "ltd.",
        "ltd",
        "inc.",
        "inc",
        "llc",
        "corporation",
        "corp.",
        "corp",
        "gmbh",
        "company",
        "aps",
    ];
    const PLACES: &[&str] = &[
        "北京", "上海", "深圳", "广州", "杭州", "浙江", "广东", "湖北", "武汉", "珠海", "中国", "江苏",
        "南京", "成都", "市", "省",
    ];
    let mut text = fold(name).as_str().to_owned();
    for form in FORMS {
        text = text.replace(form, " ");
    }
    for place in PLACES {
        text = text.replace(place, "");
    }
    text.retain(char::is_alphanumeric);
    text
}

/// Whether the name is long enough to be looked for inside longer ones.
fn stands_alone(words: &str) -> bool {
    let count = words.chars().count();
    if words.is_ascii() { count >= 3 } else { count >= 2 }
}

fn add(hits: &mut Hits, sdk: SdkIndex, spelling: Spelling) {
    match hits.iter_mut().find(|(own, _)| *own == sdk) {
        Some((_, best)) => *best = (*best).min(spelling),
        None => hits.push((sdk, spelling)),
    }
}

/// Tables in the making.
#[derive(Default)]
struct Work<'a> {
    sdks: &'a [Sdk],
    exact: BTreeMap<String, Hits>,
    cores: BTreeMap<String, (usize, Hits)>,
    inside: BTreeMap<String, Hits>,
    prefixes: BTreeMap<String, Hits>,
    hosts: BTreeMap<String, Hits>,
    vendors: BTreeMap<String, Hits>,
    members: BTreeMap<String, Hits>,
}

impl Work<'_> {
    fn is_family(&self, at: SdkIndex) -> bool {
        self.sdks.get(at).is_some_and(|s| s.level == Level::Family)
    }

    fn add_names(&mut self, at: SdkIndex, sdk: &Sdk) {
        for (name, spelling) in spellings(sdk) {
            add(self.exact.entry(fold::key(&name)).or_default(), at, spelling);
            self.add_core(&name, at, spelling);
            let folded = fold(&name);
            let letters: String = folded.as_str().chars().filter(|c| c.is_alphanumeric()).collect();
            if letters.chars().count() >= 2
                && let Some(spelt) = pinyin::spell(&letters)
            {
                self.add_core(&spelt, at, Spelling::Pinyin);
            }
            let text = fold::words(folded.as_str());
            // `Bugly SDK` is looked for as `bugly`: the words around it differ.
            let short = text.strip_suffix("sdk").map_or(text.as_str(), str::trim_end);
            for form in BTreeSet::from([text.as_str(), short]) {
                if stands_alone(form) {
                    add(self.inside.entry(form.to_owned()).or_default(), at, spelling);
                }
            }
        }
    }

    /// A product's own part of a name that begins with a brand: `Crashlytics` of `Firebase Crashlytics`.
    fn add_tails(&mut self) {
        let mut tails = Vec::new();
        for (at, sdk) in self.sdks.iter().enumerate() {
            for name in [&sdk.name_zh, &sdk.name_en] {
                let folded = fold(name);
                let brand_end = folded.as_str().char_indices().map(|(i, _)| i).skip(2).find(|i| {
                    folded
                        .as_str()
                        .get(..*i)
                        .and_then(|head| self.exact.get(&fold::key(head)))
                        .is_some_and(|hits| hits.iter().any(|(h, _)| self.is_family(*h) && *h != at))
                });
                let tail = brand_end.and_then(|i| folded.as_str().get(i..)).unwrap_or("");
                let whole = !tail.starts_with(|c: char| c.is_ascii_alphanumeric());
                if whole && tail.is_ascii() && hints::distinctive(tail) >= 5 {
                    tails.push((tail.trim().to_owned(), at));
                }
            }
        }
        for (tail, at) in tails {
            let (core, _) = core(&tail);
            if !self.cores.contains_key(&core) {
                self.add_core(&tail, at, Spelling::Ambiguous);
            }
        }
    }

    fn add_core(&mut self, name: &str, at: SdkIndex, spelling: Spelling) {
        let (core, lost) = core(name);
        if core.is_empty() {
            return;
        }
        // Spelt out in Latin letters, a name ranks below every name that is written so.
        let lost = if spelling == Spelling::Pinyin { lost + 100 } else { lost };
        let (least, hits) = self.cores.entry(core).or_insert((lost, Vec::new()));
        if lost < *least {
            *least = lost;
            hits.clear();
        }
        if lost == *least {
            add(hits, at, spelling);
        }
    }

    fn add_facts(&mut self, at: SdkIndex, sdk: &Sdk) {
        for prefix in sdk.prefixes() {
            self.prefixes.entry(prefix.to_owned()).or_default().push((at, Spelling::Name));
        }
        for host in sdk.domains.iter() {
            let host = host.to_ascii_lowercase();
            let host = host.trim_start_matches("www.").to_owned();
            self.hosts.entry(host).or_default().push((at, Spelling::Name));
        }
        for vendor in sdk.vendors.iter() {
            // `北京…有限公司 (Brand)` counts as both.
            let outside = vendor.split(['(', '（']).next().unwrap_or("");
            for name in [vendor.as_ref(), outside] {
                add(self.vendors.entry(company(name)).or_default(), at, Spelling::Name);
            }
        }
        if let Some(family) = &sdk.family
            && family.as_str() != sdk.id.as_str()
        {
            self.members.entry(family.as_str().to_owned()).or_default().push((at, Spelling::Name));
        }
    }
}

/// All spellings of an SDK.
fn spellings(sdk: &Sdk) -> Vec<(String, Spelling)> {
    let mut out = Vec::new();
    for name in [&sdk.name_zh, &sdk.name_en] {
        out.push((name.to_string(), Spelling::Name));
        // `友盟自动更新（停用）`: what stands in brackets explains or is another name; the name is outside.
        if let Some((outside, _)) = name.split_once(['(', '（'])
            && outside.chars().count() >= 2
        {
            out.push((outside.trim().to_owned(), Spelling::Name));
        }
    }
    out.extend(sdk.aliases.iter().map(|a| (a.to_string(), Spelling::Alias)));
    out.extend(sdk.ambiguous.iter().map(|a| (a.to_string(), Spelling::Ambiguous)));
    out.retain(|(name, _)| !name.is_empty());
    out
}
