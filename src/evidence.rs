//! What was seen (feature), what a signature asks for (indicator), and the pair that met (evidence).

use crate::location::{DocumentId, Location, Span};
use serde::{Deserialize, Serialize};

/// Kind of a mark in a package; also the kind of an indicator in a signature file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureKind {
    /// A class defined in a dex (signature: a Java package prefix, whole segments).
    Class,
    /// A class named in the code but not defined in the package.
    Reference,
    /// Activity or activity alias of the manifest.
    Activity,
    /// Service of the manifest.
    Service,
    /// Receiver of the manifest.
    Receiver,
    /// Provider of the manifest, by class name.
    Provider,
    /// Authority of a provider.
    Authority,
    /// Intent action of a component's filter.
    Action,
    /// Meta-data key.
    MetaData,
    /// Permission requested or declared.
    Permission,
    /// Native library file name or SONAME.
    NativeLib,
    /// File under `assets/`, in the archive root or in `META-INF/`.
    Asset,
    /// Maven coordinate `group:artifact`, from build metadata.
    Maven,
    /// Package of a JavaScript, Dart or Cordova runtime.
    Package,
    /// Host name in code or resources.
    Domain,
}

/// How sure we are; ordinal, never a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// More likely than not.
    Medium,
    /// Would be signed.
    High,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Evidence {
    /// Something that is in the package.
    Seen {
        /// What kind of mark.
        kind: FeatureKind,
        /// The mark: class prefix, component name, library …
        value: String,
        /// Where the first of them stands.
        at: Location,
        /// How many (classes under the prefix, calls, …); at least 1.
        count: u32,
        /// The mark proves little alone.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        weak: bool,
    },
    /// Something that the policy says.
    Quoted {
        /// Which document.
        document: DocumentId,
        /// Which bytes of its decoded text.
        span: Span,
        /// 1-based line of the span's start.
        line: u32,
        /// The words, as they stand (white space collapsed).
        text: String,
    },
    /// Something that was looked for and not found.
    Absent {
        /// What was searched, by name: documents, entries.
        searched: Vec<String>,
        /// What was looked for there: names, packages, hosts.
        tried: Vec<String>,
    },
}
