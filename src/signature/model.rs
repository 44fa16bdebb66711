//! One SDK, as its TOML file states it.

use crate::evidence::FeatureKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A string of the embedded tables, or of a file given by the user.
pub type Str = Cow<'static, str>;
/// A list of the embedded tables, or of a file given by the user.
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

/// Whether an identity is one product or a vendor's brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// One product.
    Product,
    /// A brand with several products; covers its members and is covered by any of them.
    Family,
}

/// What kind of code an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A vendor's SDK.
    Sdk,
    /// A library without a service behind it.
    Library,
    /// An application framework or engine.
    Framework,
    /// A game channel's login and payment SDK.
    GameChannel,
    /// A web service or partner without embedded code.
    Service,
    /// App hardening that hides code.
    Packer,
}

/// How far an entry has been proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Rests on memory alone; reported at low confidence.
    Draft,
    /// Proven by the sources its indicators name.
    Stable,
    /// No longer shipped by its vendor; still found in old apps.
    Retired,
}

/// One SDK.
#[derive(Debug, Clone)]
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
    /// Whether its vendor says it collects personal information; `None` is unknown.
    pub collects: Option<bool>,
    /// Data items its vendor documents, as ids of the taxonomy.
    pub data: List<Str>,
    /// Permissions its vendor documents, full constants.
    pub permissions: List<Str>,
    /// Source of `data` and `permissions`.
    pub documented: Option<Str>,
    /// SDKs its archives carry inside.
    pub carries: List<SdkId>,
    /// Marks that prove it.
    pub indicators: List<Indicator>,
}

/// One mark that proves an SDK.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// What kind of mark.
    pub kind: FeatureKind,
    /// Prefix (classes, whole segments) or exact value; `*` only as the last character of other kinds.
    pub value: Str,
    /// Proves little alone.
    pub weak: bool,
    /// Where the value comes from.
    pub source: Str,
}

/// All SDKs, sorted by id, with lookups.
#[derive(Debug, Clone, Default)]
pub struct Database {
    sdks: Vec<Sdk>,
}

impl Database {
    /// The database compiled into the binary.
    pub fn embedded() -> Database {
        Database::default()
    }

    /// A database of the given SDKs.
    pub fn new(mut sdks: Vec<Sdk>) -> Database {
        sdks.sort_by(|a, b| a.id.cmp(&b.id));
        Database { sdks }
    }

    /// All SDKs, by id.
    pub fn sdks(&self) -> &[Sdk] {
        &self.sdks
    }

    /// One SDK by id.
    pub fn get(&self, id: &str) -> Option<&Sdk> {
        self.sdks.binary_search_by(|s| s.id.as_str().cmp(id)).ok().and_then(|i| self.sdks.get(i))
    }
}
