//! The types of an inventory: plain data, sorted, printable.

use super::names::Names;
use super::urls;
use crate::behaviour::ApiUse;
use crate::digest::Digest;
use crate::evidence::FeatureKind;
use crate::lang::Text;
use crate::limitation::Limitation;
use crate::location::EntryPath;
pub use crate::package::{Certificate, Signing};
use serde::Serialize;
use std::collections::BTreeMap;

/// All that was seen in a package, sorted and complete but for `limitations`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Inventory {
    /// Identity of the app.
    pub app: App,
    /// The containers read: outer package, splits, modules, nested packages.
    pub parts: Vec<Part>,
    /// What the manifests say, merged over all parts.
    pub manifest: Manifest,
    /// One per dex file (or smali tree, or jar), in the order of `parts`.
    pub code: Vec<CodeFile>,
    /// Native libraries, by path.
    pub libraries: Vec<NativeLibrary>,
    /// Paths of all other entries: assets, root files, `META-INF/`.
    pub files: Vec<EntryPath>,
    /// Components of known version and build coordinates named by build metadata.
    pub components_of_build: Vec<BuildComponent>,
    /// String constants of `BuildConfig` classes and of the fields that were asked for (`Options::constants`).
    pub constants: Vec<Constant>,
    /// Cross-platform runtimes and the packages they list.
    pub runtimes: Vec<Runtime>,
    /// Calls of catalogue APIs; empty unless the behaviour walk was asked for.
    pub api_uses: Vec<ApiUse>,
    /// Addresses named in code, resources and text assets, sorted; empty unless asked for (`Options::urls`).
    pub urls: Vec<Url>,
    /// What could not be seen.
    pub limitations: Vec<Limitation>,
}

impl Inventory {
    /// Hosts of `urls`, each with the first address that names it.
    pub fn hosts(&self) -> BTreeMap<&str, &Url> {
        let mut out = BTreeMap::new();
        for url in &self.urls {
            out.entry(url.host()).or_insert(url);
        }
        out
    }

    /// Addresses that look like the privacy policy of this app, the likeliest first. Hints: SDKs carry addresses of
    /// their own policies, and an address may be long dead.
    pub fn policy_urls(&self) -> Vec<&Url> {
        let id = self.app.id.as_deref().unwrap_or_default();
        let scored = self.urls.iter().map(|u| (urls::policy_score(&u.url, id), u));
        let mut out: Vec<_> = scored.filter(|(score, _)| *score > 0).collect();
        out.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        out.into_iter().map(|(_, url)| url).collect()
    }
}

/// An address that stands in the package. Nothing says that it is ever contacted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Url {
    /// `https://host/path`, at most 400 bytes.
    pub url: String,
    /// The first file that names it.
    pub at: EntryPath,
}

impl Url {
    /// Host, as written.
    pub fn host(&self) -> &str {
        urls::host_of(&self.url)
    }
}

/// Identity of the app and of the file it came in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct App {
    /// Application id (`package` of the manifest).
    pub id: Option<String>,
    /// Labels by language, resolved through resources.
    pub label: Option<Text>,
    /// `android:versionName`.
    pub version_name: Option<String>,
    /// `android:versionCode`, with the major part in the high 32 bits.
    pub version_code: Option<u64>,
    /// `minSdkVersion`.
    pub min_sdk: Option<u32>,
    /// `targetSdkVersion`.
    pub target_sdk: Option<u32>,
    /// Binary name of the application class.
    pub application_class: Option<String>,
    /// Signing certificates and schemes.
    pub signing: Option<Signing>,
}

/// One container that was opened.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Where it is.
    pub path: EntryPath,
    /// What it is: `apk`, `aab`, `xapk`, `apks`, `apkm`, `aar`, `jar`, `directory`, `split`.
    pub kind: &'static str,
    /// SHA-256 of its bytes; none for directories.
    pub sha256: Option<Digest>,
    /// Size in bytes.
    pub bytes: u64,
}

/// Merged manifest.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Manifest {
    /// `uses-permission` and `uses-permission-sdk-23`, sorted by name, each once per (name, sdk23).
    pub permissions: Vec<UsesPermission>,
    /// Names of permissions the app itself declares.
    pub declared_permissions: Vec<String>,
    /// Activities, services, receivers, providers.
    pub components: Vec<Component>,
    /// Meta-data of the application element.
    pub meta_data: Vec<MetaData>,
    /// Packages and actions named under `queries`.
    pub queries: Vec<String>,
    /// Features required or used.
    pub uses_features: Vec<String>,
}

/// One requested permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UsesPermission {
    /// Full name, `android.permission.CAMERA`.
    pub name: String,
    /// `maxSdkVersion`: not requested above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_sdk: Option<u32>,
    /// Requested by `uses-permission-sdk-23` only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sdk23: bool,
    /// The manifest it stands in.
    pub at: EntryPath,
}

/// One manifest component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Component {
    /// `Activity` (aliases too), `Service`, `Receiver` or `Provider`.
    pub kind: FeatureKind,
    /// Binary class name, completed with the application id where the manifest starts it with a dot.
    pub class: String,
    /// Authorities of a provider.
    pub authorities: Vec<String>,
    /// Actions of its intent filters.
    pub actions: Vec<String>,
    /// Its meta-data.
    pub meta_data: Vec<MetaData>,
    /// `android:process`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The manifest it stands in.
    pub at: EntryPath,
}

/// One meta-data element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MetaData {
    /// Key.
    pub name: String,
    /// Value, with string references resolved; a number as decimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The classes of one dex file.
#[derive(Debug, Clone, Serialize)]
pub struct CodeFile {
    /// Where it is.
    pub path: EntryPath,
    /// The runtime loads it by itself; else it only lies in the package (assets, libraries of class files).
    pub loaded: bool,
    /// Binary names of classes defined here.
    #[serde(skip)]
    pub classes: Names,
    /// Binary names of classes only referenced here.
    #[serde(skip)]
    pub references: Names,
    /// Count of classes defined.
    pub class_count: u32,
}

/// A string constant of a class: `BuildConfig.VERSION_NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Constant {
    /// Binary name of the class.
    pub class: String,
    /// Name of the static field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// The dex it stands in.
    pub at: EntryPath,
}

/// One native library file.
#[derive(Debug, Clone, Serialize)]
pub struct NativeLibrary {
    /// Where it is: `base.apk!lib/arm64-v8a/libx.so`.
    pub path: EntryPath,
    /// File name: `libx.so`.
    pub name: String,
    /// ABI directory; empty for libraries in assets.
    pub abi: String,
    /// DT_SONAME, where the library was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soname: Option<String>,
    /// Exported `Java_…` symbols, where the library was opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jni: Vec<String>,
}

/// A component that build metadata names: Maven coordinate or version file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BuildComponent {
    /// `group:artifact`, or a version file's stem where no coordinate is known.
    pub name: String,
    /// Version, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether `name` is a Maven coordinate.
    pub maven: bool,
    /// Where it is named.
    pub at: EntryPath,
}

/// A cross-platform runtime inside the app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Runtime {
    /// `uni-app`, `flutter`, `react-native`, `cordova`, `unity`, `mini-program`.
    pub name: &'static str,
    /// What proves it.
    pub at: EntryPath,
    /// Packages or modules it lists: pub, npm, Cordova plug-in ids, uni-app modules.
    pub packages: Vec<String>,
}
