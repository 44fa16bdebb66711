//! Lookups over a database, built once: names by spelling, package prefixes, hosts, companies, members of a brand.

use super::{hints, pinyin};
use crate::fold::{self, fold};
use crate::signature::{Database, Level, Sdk};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::{BTreeSet, HashMap};

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

/// The SDKs of one spelling, each with the best way it is spelt so.
pub type Hits = Vec<(SdkIndex, Spelling)>;

/// See the module.
pub struct Index<'a> {
    database: &'a Database,
    /// By [`fold::key`].
    exact: HashMap<String, Hits>,
    /// By [`core`]; of two spellings with one core the one that lost less owns it.
    cores: HashMap<String, (usize, Hits)>,
    /// Spellings looked for inside longer names, as [`words`].
    inside: Vec<Hits>,
    finder: Option<AhoCorasick>,
    /// Cores long enough to be matched by similarity, with their length in characters.
    similar: Vec<(String, usize, Hits)>,
    prefixes: HashMap<&'a str, Vec<SdkIndex>>,
    hosts: HashMap<String, Vec<SdkIndex>>,
    vendors: HashMap<String, Vec<SdkIndex>>,
    members: HashMap<&'a str, Vec<SdkIndex>>,
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
    let mut text: String = fold(name).as_str().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut lost = 0;
    loop {
        let shorter = ENDS.iter().find_map(|e| text.strip_suffix(e).or_else(|| text.strip_prefix(e)));
        match shorter {
            Some(rest) if rest.chars().count() >= 2 => {
                text = rest.to_owned();
                lost += 1;
            }
            _ => return (text, lost),
        }
    }
}

/// A folded text with every run of punctuation made one blank between Latin words and dropped elsewhere.
pub fn words(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    let mut gap = false;
    for c in folded.chars() {
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && c.is_ascii() && out.ends_with(|l: char| l.is_ascii_alphanumeric()) {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    out
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

impl<'a> Index<'a> {
    /// Builds all lookups. Linear in the database.
    pub fn new(database: &'a Database) -> Index<'a> {
        let mut index = Index {
            database,
            exact: HashMap::new(),
            cores: HashMap::new(),
            inside: Vec::new(),
            finder: None,
            similar: Vec::new(),
            prefixes: HashMap::new(),
            hosts: HashMap::new(),
            vendors: HashMap::new(),
            members: HashMap::new(),
        };
        for (at, sdk) in database.sdks().iter().enumerate() {
            index.add_names(at, sdk);
            index.add_facts(at, sdk);
        }
        index.add_tails();
        let mut inside: HashMap<String, Hits> = HashMap::new();
        for (at, sdk) in database.sdks().iter().enumerate() {
            for (name, spelling) in spellings(sdk) {
                let text = words(fold(&name).as_str());
                // `Bugly SDK` is looked for as `bugly`: the words around it differ.
                let short = text.strip_suffix("sdk").map_or(text.as_str(), str::trim_end);
                for form in BTreeSet::from([text.as_str(), short]) {
                    if stands_alone(form) {
                        add(inside.entry(form.to_owned()).or_default(), at, spelling);
                    }
                }
            }
        }
        let mut inside: Vec<(String, Hits)> = inside.into_iter().collect();
        inside.sort();
        let (patterns, hits): (Vec<String>, Vec<Hits>) = inside.into_iter().unzip();
        index.finder = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&patterns).ok();
        index.inside = hits;
        index.similar = index
            .cores
            .iter()
            .map(|(core, (_, hits))| (core.clone(), core.chars().count(), hits.clone()))
            .filter(|(_, length, _)| *length >= 4)
            .collect();
        index.similar.sort();
        index
    }

    fn add_names(&mut self, at: SdkIndex, sdk: &Sdk) {
        for (name, spelling) in spellings(sdk) {
            add(self.exact.entry(fold::key(&name)).or_default(), at, spelling);
            self.add_core(&name, at, spelling);
            let letters: String = fold(&name).as_str().chars().filter(|c| c.is_alphanumeric()).collect();
            if letters.chars().count() >= 2
                && let Some(spelt) = pinyin::spell(&letters)
            {
                self.add_core(&spelt, at, Spelling::Pinyin);
            }
        }
    }

    /// A product's own part of a name that begins with a brand: `Crashlytics` of `Firebase Crashlytics`.
    fn add_tails(&mut self) {
        let mut tails = Vec::new();
        for (at, sdk) in self.database.sdks().iter().enumerate() {
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

    fn add_facts(&mut self, at: SdkIndex, sdk: &'a Sdk) {
        for prefix in sdk.prefixes() {
            self.prefixes.entry(prefix).or_default().push(at);
        }
        for host in sdk.domains.iter() {
            let host = host.to_ascii_lowercase();
            self.hosts.entry(host.trim_start_matches("www.").to_owned()).or_default().push(at);
        }
        for vendor in sdk.vendors.iter() {
            // `北京…有限公司 (Brand)` counts as both.
            let outside: String = vendor.split(['(', '（']).next().unwrap_or("").to_owned();
            for name in [vendor.as_ref(), outside.as_str()] {
                let key = company(name);
                let owners = self.vendors.entry(key).or_default();
                if !owners.contains(&at) {
                    owners.push(at);
                }
            }
        }
        if let Some(family) = &sdk.family
            && family.as_str() != sdk.id.as_str()
        {
            self.members.entry(family.as_str()).or_default().push(at);
        }
    }

    /// The SDK at an index.
    pub fn sdk(&self, at: SdkIndex) -> Option<&'a Sdk> {
        self.database.sdks().get(at)
    }

    /// Index of an id.
    pub fn position(&self, id: &str) -> Option<SdkIndex> {
        self.database.sdks().binary_search_by(|s| s.id.as_str().cmp(id)).ok()
    }

    /// Whether it is a brand with several products.
    pub fn is_family(&self, at: SdkIndex) -> bool {
        self.sdk(at).is_some_and(|s| s.level == Level::Family)
    }

    /// SDKs whose name is spelt so, exactly or but for ceremony.
    pub fn named(&self, name: &str) -> Option<&Hits> {
        if let Some(hits) = self.exact.get(&fold::key(name)) {
            return Some(hits);
        }
        let (core, _) = core(name);
        self.cores.get(&core).map(|(_, hits)| hits)
    }

    /// SDKs whose Chinese name sounds like this one.
    pub fn sounds_like(&self, name: &str) -> Option<&Hits> {
        let (core, _) = core(name);
        self.cores.get(&pinyin::spell(&core)?).map(|(_, hits)| hits)
    }

    /// Names found inside a text of [`words`], without those inside longer ones; by start.
    pub fn inside(&self, text: &str) -> Vec<(usize, usize, &Hits)> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let mut found: Vec<_> = finder
            .find_overlapping_iter(text)
            .filter_map(|m| {
                let end = fold::word_at(text, m.start(), m.end())?;
                Some((m.start(), end, self.inside.get(m.pattern().as_usize())?))
            })
            .collect();
        found.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut reach = 0;
        found.retain(|(_, end, _)| {
            let keep = *end > reach;
            reach = reach.max(*end);
            keep
        });
        found
    }

    /// SDKs with a name one slip of the pen away, or two in a long one.
    pub fn similar(&self, name: &str) -> Vec<SdkIndex> {
        let (core, _) = core(name);
        let length = core.chars().count();
        if !(4..=40).contains(&length) {
            return Vec::new();
        }
        // Latin letters say less than Chinese characters: short Latin names are too near to each other.
        let allowed = match (core.is_ascii(), length) {
            (true, 0..=5) => return Vec::new(),
            (false, 0..=4) => return Vec::new(),
            (true, 6..=9) | (false, _) => 1,
            _ => 2,
        };
        // One Chinese character for another makes another word (电信登录, 微信登录): only one too many or too few is a slip.
        let same_length = core.is_ascii();
        let near: Vec<(usize, &Hits)> = self
            .similar
            .iter()
            .filter(|(_, own, _)| own.abs_diff(length) <= allowed && (same_length || *own != length))
            .map(|(own, _, hits)| (strsim::osa_distance(own, &core), hits))
            .filter(|(distance, _)| *distance <= allowed)
            .collect();
        let best = near.iter().map(|(d, _)| *d).min();
        let mut out: Vec<SdkIndex> = near
            .iter()
            .filter(|(d, _)| Some(*d) == best)
            .flat_map(|(_, hits)| hits.iter().map(|(at, _)| *at))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// SDKs that own the longest known prefix of a package name.
    pub fn packaged(&self, package: &str) -> &[SdkIndex] {
        let mut rest = package.trim_end_matches(['*', '.']);
        loop {
            if let Some(owners) = self.prefixes.get(rest) {
                return owners;
            }
            match rest.rsplit_once('.') {
                Some((shorter, _)) => rest = shorter,
                None => return &[],
            }
        }
    }

    /// SDKs all of whose known prefixes under `package` lie there; for packages written too short (`com.tencent.mm`).
    pub fn under(&self, package: &str) -> Vec<SdkIndex> {
        let package = package.trim_end_matches(['*', '.']);
        if package.matches('.').count() < 1 {
            return Vec::new();
        }
        let mut out: Vec<SdkIndex> = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| prefix.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')))
            .flat_map(|(_, owners)| owners.iter().copied())
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// SDKs that own the longest known suffix of a host name, and whether the host is known as it stands.
    pub fn hosted(&self, host: &str) -> (&[SdkIndex], bool) {
        let host = host.trim_start_matches("www.");
        let mut rest = host;
        loop {
            if let Some(owners) = self.hosts.get(rest) {
                return (owners, rest == host);
            }
            match rest.split_once('.') {
                Some((_, shorter)) if shorter.contains('.') => rest = shorter,
                _ => return (&[], false),
            }
        }
    }

    /// SDKs of a company.
    pub fn provided(&self, company_name: &str) -> &[SdkIndex] {
        let key = company(company_name);
        if key.chars().count() < 2 {
            return &[];
        }
        self.vendors.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Products of a brand, and of the brands under it (`tencent-cloud` under `tencent`); brands left out.
    pub fn products(&self, family: SdkIndex) -> Vec<SdkIndex> {
        let Some(id) = self.sdk(family).map(|s| s.id.as_str()) else { return Vec::new() };
        let mut out: Vec<SdkIndex> = Vec::new();
        for (brand, members) in &self.members {
            if *brand == id || brand.strip_prefix(id).is_some_and(|rest| rest.starts_with('-')) {
                out.extend(members.iter().copied().filter(|m| !self.is_family(*m)));
            }
        }
        out.sort_unstable();
        out
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
