//! Lookups over a database: names by spelling, package prefixes, hosts, companies, members of a brand.

use super::pinyin;
use super::spelling::{Hits, SdkIndex, Tables, company, core, letters, shorter};
use crate::fold;
use crate::signature::{Database, Level, Sdk};
use std::sync::OnceLock;

/// What `build.rs` made of `sdk-signatures/` with [`Tables::pack`].
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/spellings.blob"));

/// Hosts where many makers publish: documentation of a platform, code hosting, package registries, one maker's terms.
const SHARED_HOSTS: &[&str] = &[
    "github.com",
    "github.io",
    "gitee.com",
    "gitlab.com",
    "developer.android.com",
    "developers.google.com",
    "policies.google.com",
    "developer.apple.com",
    "pub.dev",
    "npmjs.com",
    "maven.org",
    "mvnrepository.com",
    "apache.org",
    "jitpack.io",
    "medium.com",
];

/// Brands that policies also call by the name of another brand: `阿里人脸识别` is one of Aliyun.
const UMBRELLAS: &[(&str, &str)] = &[("alibaba", "aliyun")];

/// See the module.
pub struct Index<'a> {
    database: &'a Database,
    tables: Tables,
    /// Cores long enough to be matched by similarity, the shortest first; measured when first asked for.
    similar: OnceLock<Vec<Core>>,
}

/// What of a core rules out most others before their distance is taken.
struct Core {
    at: usize,
    /// In characters.
    length: usize,
    /// One bit for each character in it; two characters may share one.
    letters: u64,
}

impl Core {
    fn new(at: usize, core: &str) -> Core {
        let letters =
            core.chars().fold(0, |all, c| all | 1 << (u32::from(c).wrapping_mul(0x9e37_79b1) >> 26));
        Core { at, length: core.chars().count(), letters }
    }

    /// Whether `distance` edits may make one of the other: an edit changes at most two bits.
    fn may_be(&self, other: &Core, distance: usize) -> bool {
        self.length.abs_diff(other.length) <= distance && at_most(self.letters ^ other.letters, 2 * distance)
    }
}

/// Whether no more than `most` bits are set. For a few, quicker than counting where the machine has no word for that.
fn at_most(mut bits: u64, most: usize) -> bool {
    for _ in 0..most {
        bits &= bits.wrapping_sub(1);
    }
    bits == 0
}

impl<'a> Index<'a> {
    /// The lookups of a database. Those of the embedded one are ready made; others are built, linear in its size.
    pub fn new(database: &'a Database) -> Index<'a> {
        let ready = if database.is_embedded() { Tables::unpack(EMBEDDED) } else { None };
        let tables = ready.unwrap_or_else(|| Tables::new(database.sdks()));
        Index { database, tables, similar: OnceLock::new() }
    }

    /// The SDK at an index.
    pub fn sdk(&self, at: SdkIndex) -> Option<&'a Sdk> {
        self.database.at(at)
    }

    /// Index of an id.
    pub fn position(&self, id: &str) -> Option<SdkIndex> {
        self.database.position(id)
    }

    /// Whether it is a brand with several products.
    pub fn is_family(&self, at: SdkIndex) -> bool {
        self.sdk(at).is_some_and(|s| s.level == Level::Family)
    }

    /// SDKs whose name is spelt so, exactly or but for ceremony.
    pub fn named(&self, name: &str) -> Option<Hits> {
        if let Some(hits) = self.tables.exact.get(&fold::key(name)) {
            return Some(hits);
        }
        // `腾讯开放平台组件` is `腾讯开放平台` before it is `腾讯`.
        let letters = letters(name);
        let steps = std::iter::successors(Some(letters.as_str()), |t| shorter(t));
        steps
            .into_iter()
            .find_map(|t| self.tables.exact.get(t))
            .or_else(|| self.tables.cores.get(&core(name).0))
    }

    /// SDKs whose Chinese name sounds like this one.
    pub fn sounds_like(&self, name: &str) -> Option<Hits> {
        self.tables.cores.get(&pinyin::spell(&core(name).0)?)
    }

    /// Names found inside a text of [`words`](super::spelling::words), without those inside longer ones; by start.
    pub fn inside(&self, text: &str) -> Vec<(usize, usize, Hits)> {
        let names = &self.tables.inside;
        let mut found = Vec::new();
        let latin = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
        for (start, _) in text.char_indices() {
            if latin(start) && start.checked_sub(1).is_some_and(latin) {
                continue;
            }
            let mut range = 0..names.len();
            for (length, c) in text.get(start..).unwrap_or("").char_indices() {
                let end = start + length + c.len_utf8();
                range = names.starting(range, text.get(start..end).unwrap_or(""));
                if range.is_empty() {
                    break;
                }
                // Of keys with one beginning the shortest comes first.
                if names.key_bytes(range.start).len() == end - start
                    && let Some(word_end) = fold::word_at(text, start, end)
                {
                    found.push((start, word_end, range.start));
                }
            }
        }
        found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut reach = 0;
        found.retain(|(_, end, _)| {
            let keep = *end > reach;
            reach = reach.max(*end);
            keep
        });
        found.into_iter().map(|(start, end, at)| (start, end, names.hits(at))).collect()
    }

    /// SDKs with a name one slip of the pen away, or two in a long one.
    pub fn similar(&self, name: &str) -> Vec<SdkIndex> {
        let (core, _) = core(name);
        let own = Core::new(0, &core);
        if !(4..=40).contains(&own.length) {
            return Vec::new();
        }
        // Latin letters say less than Chinese characters: short Latin names are too near to each other.
        let allowed = match (core.is_ascii(), own.length) {
            (true, 0..=5) => return Vec::new(),
            (false, 0..=4) => return Vec::new(),
            (true, 6..=13) | (false, _) => 1,
            _ => 2,
        };
        let cores = &self.tables.cores;
        let all = self.similar.get_or_init(|| {
            let all = (0..cores.len()).map(|at| Core::new(at, cores.key(at)));
            let mut all: Vec<Core> = all.filter(|c| c.length >= 4).collect();
            all.sort_by_key(|c| c.length);
            all
        });
        let from = all.partition_point(|c| c.length + allowed < own.length);
        // One Chinese character for another makes another word (电信登录, 微信登录): only one too many or too few is a slip.
        let same_length = core.is_ascii();
        let near: Vec<(usize, usize)> = all
            .iter()
            .skip(from)
            .take_while(|c| c.length <= own.length + allowed)
            .filter(|c| c.may_be(&own, allowed) && (same_length || c.length != own.length))
            .map(|c| (strsim::osa_distance(cores.key(c.at), &core), c.at))
            .filter(|(distance, _)| *distance <= allowed)
            .collect();
        let best = near.iter().map(|(d, _)| *d).min();
        let mut out: Vec<SdkIndex> = near
            .iter()
            .filter(|(d, _)| Some(*d) == best)
            .flat_map(|(_, at)| cores.hits(*at).into_iter().map(|(sdk, _)| sdk))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// SDKs that own the longest known prefix of a package name.
    pub fn packaged(&self, package: &str) -> Vec<SdkIndex> {
        let mut rest = package.trim_end_matches(['*', '.']);
        loop {
            if let Some(owners) = self.tables.prefixes.sdks(rest) {
                return owners;
            }
            match rest.rsplit_once('.') {
                Some((shorter, _)) => rest = shorter,
                None => return Vec::new(),
            }
        }
    }

    /// SDKs all of whose known prefixes under `package` lie there; for packages written too short (`com.tencent.mm`).
    pub fn under(&self, package: &str) -> Vec<SdkIndex> {
        let package = package.trim_end_matches(['*', '.']);
        if package.matches('.').count() < 1 {
            return Vec::new();
        }
        let prefixes = &self.tables.prefixes;
        let below = prefixes.starting(0..prefixes.len(), &format!("{package}."));
        let mut out: Vec<SdkIndex> = below.flat_map(|at| prefixes.hits(at)).map(|(owner, _)| owner).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// SDKs that own the longest known suffix of a host name, and whether the host is known as it stands.
    pub fn hosted(&self, host: &str) -> (Vec<SdkIndex>, bool) {
        let host = host.trim_start_matches("www.");
        let mut rest = host;
        loop {
            if SHARED_HOSTS.contains(&rest) {
                return (Vec::new(), false);
            }
            if let Some(owners) = self.tables.hosts.sdks(rest) {
                return (owners, rest == host);
            }
            match rest.split_once('.') {
                Some((_, shorter)) if shorter.contains('.') => rest = shorter,
                _ => return (Vec::new(), false),
            }
        }
    }

    /// SDKs of a company.
    pub fn provided(&self, company_name: &str) -> Vec<SdkIndex> {
        let known = |text: &str| {
            let key = company(text);
            (key.chars().count() >= 2).then(|| self.tables.vendors.sdks(&key)).flatten()
        };
        if let Some(all) = known(company_name) {
            return all;
        }
        // Other things may stand in the cell: an address, a telephone number, a second company.
        let pieces =
            company_name.split([' ', '\u{3000}', '、', '；', ';', '，', '|', '/', '：', ':', '\n', '。']);
        let mut out: Vec<SdkIndex> = pieces
            .take(40)
            .filter(|piece| crate::policy::grid::is_company(piece.trim()))
            .filter_map(known)
            .flatten()
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Products of a brand, and of the brands under it (`tencent-cloud` under `tencent`); brands left out.
    pub fn products(&self, family: SdkIndex) -> Vec<SdkIndex> {
        let Some(id) = self.sdk(family).map(|s| s.id.as_str()) else { return Vec::new() };
        let members = &self.tables.members;
        let own = members.find(id).into_iter();
        let below = members.starting(0..members.len(), &format!("{id}-"));
        let umbrella =
            UMBRELLAS.iter().filter(|(over, _)| *over == id).filter_map(|(_, brand)| members.find(brand));
        let all = own.chain(below).chain(umbrella).flat_map(|at| members.hits(at)).map(|(member, _)| member);
        let mut out: Vec<SdkIndex> = all.filter(|m| !self.is_family(*m)).collect();
        out.sort_unstable();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_made_lookups_are_those_of_the_embedded_database() {
        assert_eq!(Tables::new(Database::embedded().sdks()).pack(), EMBEDDED);
    }
}
