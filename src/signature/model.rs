//! One SDK, as its TOML file states it. Built both into the library and into `build.rs`.

use crate::evidence::FeatureKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A string of the embedded database, or of a file given by the user.
pub type Str = Cow<'static, str>;
/// A list of the embedded database, or of a file given by the user.
pub type List<T> = Cow<'static, [T]>;

/// Id of an SDK: kebab-case, the stem of its file, stable for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SdkId(pub Str);

impl SdkId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SdkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A closed set of words: its members with their spelling in files, JSON and the embedded database.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All members, in the order of their declaration.
            pub const ALL: &[$name] = &[$($name::$variant,)+];

            /// The word that stands for it in files and reports.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The member of that word.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Whether an identity is one product or a vendor's brand.
    Level {
        /// One product.
        Product = "product",
        /// A brand with several products; covers its members and is covered by any of them.
        Family = "family",
    }
}

words! {
    /// What kind of code an identity is.
    Kind {
        /// A vendor's SDK.
        Sdk = "sdk",
        /// A library without a service behind it.
        Library = "library",
        /// An application framework or engine.
        Framework = "framework",
        /// A game channel's login and payment SDK.
        GameChannel = "game-channel",
        /// A web service or partner without embedded code.
        Service = "service",
        /// Part of the platform, never inside a package.
        System = "system",
        /// App hardening that hides code.
        Packer = "packer",
    }
}

words! {
    /// How far an entry has been proven.
    Status {
        /// Rests on memory alone; reported at low confidence.
        Draft = "draft",
        /// Proven by the sources its indicators name.
        Stable = "stable",
        /// No longer shipped by its vendor; still found in old apps.
        Retired = "retired",
    }
}

/// One SDK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sdk {
    /// Stable id.
    pub id: SdkId,
    /// Chinese name.
    pub name_zh: Str,
    /// English name.
    pub name_en: Str,
    /// Other names, as policies write them.
    pub aliases: List<Str>,
    /// Aliases that name other things too; they resolve only with a second hint.
    pub ambiguous: List<Str>,
    /// Legal entities that provide it, former names too, zh and en.
    pub vendors: List<Str>,
    /// Home country of its vendor, ISO 3166-1 alpha-2; `None` for communities and where unknown.
    pub country: Option<Str>,
    /// Hosts of its privacy policy and site.
    pub domains: List<Str>,
    /// Canonical address of its privacy policy.
    pub privacy_url: Option<Str>,
    /// The brand it belongs to.
    pub family: Option<SdkId>,
    /// Category: `push`, `ads`, `analytics`, `map` …
    pub category: Str,
    /// Product or brand.
    pub level: Level,
    /// Kind of code.
    pub kind: Kind,
    /// How far proven.
    pub status: Status,
    /// Real policies are known to list it; what is not is named in detections apart.
    pub listed: bool,
    /// Whether it collects personal information; `None` is unknown. `collects_basis` says what that rests on.
    pub collects: Option<bool>,
    /// Data items its vendor documents, as ids of the taxonomy.
    pub data: List<Str>,
    /// Permissions its vendor documents, full constants.
    pub permissions: List<Str>,
    /// Source of `data` and `permissions`.
    pub documented: Option<Str>,
    /// SDKs its archives carry inside, or pull in as a hard dependency.
    pub carries: List<SdkId>,
    /// Class names or package prefixes of which one must be defined before its class prefixes count.
    pub requires: List<Str>,
    /// Classes that must be defined under its prefixes before they count; resource classes do not.
    pub min_classes: u32,
    /// Where a package tells its version: `meta-data:KEY`, `build:NAME`, `constant:CLASS.FIELD`, `library:libx_v*.so`.
    pub version: List<Str>,
    /// A remark for people who edit the file.
    pub note: Option<Str>,
    /// Marks that prove it.
    pub indicators: List<Indicator>,
}

impl Sdk {
    /// An entry with an id and nothing else known.
    pub fn new(id: impl Into<Str>) -> Sdk {
        Sdk {
            id: SdkId(id.into()),
            name_zh: Str::default(),
            name_en: Str::default(),
            aliases: List::default(),
            ambiguous: List::default(),
            vendors: List::default(),
            country: None,
            domains: List::default(),
            privacy_url: None,
            family: None,
            category: Str::Borrowed("other"),
            level: Level::Product,
            kind: Kind::Sdk,
            status: Status::Stable,
            listed: false,
            collects: None,
            data: List::default(),
            permissions: List::default(),
            documented: None,
            carries: List::default(),
            requires: List::default(),
            min_classes: 1,
            version: List::default(),
            note: None,
            indicators: List::default(),
        }
    }

    /// Its indicators of one kind.
    pub fn indicators_of(&self, kind: FeatureKind) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter().filter(move |i| i.kind == kind)
    }

    /// Its class prefixes, weak ones too.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.indicators_of(FeatureKind::Class).map(|i| i.value.as_ref())
    }
}

/// One mark that proves an SDK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// What kind of mark.
    pub kind: FeatureKind,
    /// Classes: a prefix of whole segments. Other kinds: the exact value, or one `*` for any text.
    pub value: Str,
    /// Proves little alone.
    pub weak: bool,
    /// Where the value comes from.
    pub source: Str,
    /// Names it must match.
    #[serde(skip_serializing_if = "<[Str]>::is_empty")]
    pub hits: List<Str>,
    /// Names it must not match.
    #[serde(skip_serializing_if = "<[Str]>::is_empty")]
    pub misses: List<Str>,
}

/// An indicator as the matcher looks it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What kind of mark.
    pub kind: FeatureKind,
    /// Proves little alone.
    pub weak: bool,
    /// Number of its SDK, by id.
    pub sdk: u32,
    /// As in the indicator.
    pub value: Str,
}

/// The indicators of all `sdks` by kind, value and SDK.
pub fn marks(sdks: &[Sdk]) -> Vec<Mark> {
    let of = |(sdk, one): (u32, &Indicator)| Mark {
        kind: one.kind,
        weak: one.weak,
        sdk,
        value: one.value.clone(),
    };
    let all = (0u32..).zip(sdks).flat_map(|(i, sdk)| sdk.indicators.iter().map(move |one| (i, one)));
    let mut marks: Vec<Mark> = all.map(of).collect();
    marks.sort_by(|a, b| (a.kind, &a.value, a.sdk).cmp(&(b.kind, &b.value, b.sdk)));
    marks
}

/// Static string fields that tell the version of one of `sdks` (`constant:CLASS.FIELD`): class and field, sorted.
pub fn constants(sdks: &[Sdk]) -> Vec<(String, String)> {
    let field = |place: &Str| {
        let (class, field) = place.strip_prefix("constant:")?.rsplit_once('.')?;
        Some((class.to_owned(), field.to_owned()))
    };
    let mut out: Vec<_> = sdks.iter().flat_map(|s| s.version.iter()).filter_map(field).collect();
    out.sort();
    out.dedup();
    out
}

/// Kinds an indicator may have, with their words in files; in canonical order.
pub const INDICATOR_KINDS: &[(FeatureKind, &str)] = &[
    (FeatureKind::Class, "class"),
    (FeatureKind::Activity, "activity"),
    (FeatureKind::Service, "service"),
    (FeatureKind::Receiver, "receiver"),
    (FeatureKind::Provider, "provider"),
    (FeatureKind::Authority, "authority"),
    (FeatureKind::Action, "action"),
    (FeatureKind::MetaData, "meta-data"),
    (FeatureKind::Permission, "permission"),
    (FeatureKind::NativeLib, "native-lib"),
    (FeatureKind::Asset, "asset"),
    (FeatureKind::Maven, "maven"),
    (FeatureKind::Package, "package"),
    (FeatureKind::Domain, "domain"),
];

/// Whether `name` lies under `prefix` on a segment border: `com.a.b` and `com.a$b` under `com.a`, not `com.ab`.
pub fn under(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '$']))
}

/// Whether `name` is what `pattern` asks for: equal, or equal around its one `*`.
pub fn glob(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => around(name, head, tail),
    }
}

/// Whether `name` is `head`, any text, `tail`.
pub fn around(name: &str, head: &str, tail: &str) -> bool {
    name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_on_segments() {
        assert!(under("com.igexin.sdk.PushManager", "com.igexin"));
        assert!(under("com.igexin", "com.igexin"));
        assert!(under("bolts.Task$1", "bolts.Task"));
        assert!(!under("com.igexinfo.Main", "com.igexin"));
    }

    #[test]
    fn one_star_stands_for_any_text() {
        assert!(glob("libAMapSDK_MAP_v*.so", "libAMapSDK_MAP_v9_2_0.so"));
        assert!(glob("com.tianmu.*", "com.tianmu.x"));
        assert!(!glob("ab*ba", "aba"));
        assert!(glob("a", "a") && !glob("a", "ab"));
    }
}
