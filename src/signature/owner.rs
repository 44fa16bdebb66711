//! Whose code a class is, in the light of what was detected.

use super::cluster::is_system;
use super::index::{Index, Owner as Claim};
use super::model::{SdkId, under};
use super::{Database, Detections};
use crate::evidence::{Evidence, FeatureKind};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who a class or library belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "key", rename_all = "kebab-case")]
pub enum Owner {
    /// A detected SDK.
    Sdk(SdkId),
    /// Third-party code no signature knows, by prefix.
    Unknown(String),
    /// Code whose package name a shrinker made up; it can belong to anyone.
    Renamed,
    /// The app itself.
    App,
    /// Android's own libraries and language runtimes.
    Platform,
    /// None of these: small third-party packages, and libraries nobody claims.
    Other,
}

/// Answers whose a class is. The longest prefix decides, of SDKs that were detected only.
#[derive(Debug)]
pub struct Owners<'d> {
    index: Index<'d>,
    detected: Vec<&'d str>,
    unknown: BTreeMap<&'d str, ()>,
    renamed: Vec<&'d str>,
    libraries: BTreeMap<&'d str, &'d SdkId>,
}

impl<'d> Owners<'d> {
    /// Owners in a package in which `detections` were made with `database`.
    pub fn new(detections: &'d Detections, database: &'d Database) -> Owners<'d> {
        let mut index = Index::new(database);
        let own: Vec<String> = detections.own.iter().map(|c| c.prefix.clone()).collect();
        index.add_own(&own);
        let mut libraries = BTreeMap::new();
        for detection in &detections.sdks {
            for evidence in &detection.evidence {
                if let Evidence::Seen { kind: FeatureKind::NativeLib, value, .. } = evidence {
                    libraries.insert(value.as_str(), &detection.sdk);
                }
            }
        }
        Owners {
            index,
            detected: detections.sdks.iter().map(|d| d.sdk.as_str()).collect(),
            unknown: detections.unknown.iter().map(|c| (c.prefix.as_str(), ())).collect(),
            renamed: detections.renamed.iter().map(|c| c.prefix.as_str()).collect(),
            libraries,
        }
    }

    /// Owner of the class with this binary name.
    pub fn class(&self, class: &str) -> Owner {
        let claim = self.index.prefix_of(class).and_then(|i| self.index.prefixes().get(i)).map(|p| p.owner);
        match claim {
            Some(Claim::App) => return Owner::App,
            Some(Claim::Sdk(mark)) => match self.index.sdk(mark) {
                Some(sdk) if self.detected.binary_search(&sdk.id.as_str()).is_ok() => {
                    return Owner::Sdk(sdk.id.clone());
                }
                _ => {}
            },
            None => {}
        }
        let package = class.rsplit_once('.').map_or("", |(p, _)| p);
        if is_system(package) {
            return Owner::Platform;
        }
        let mut end = class.len();
        while let Some(at) = class.get(..end).and_then(|head| head.rfind('.')) {
            end = at;
            if let Some((prefix, ())) = class.get(..end).and_then(|head| self.unknown.get_key_value(head)) {
                return Owner::Unknown((*prefix).to_owned());
            }
        }
        let renamed = |p: &&str| if p.is_empty() { package.is_empty() } else { under(class, p) };
        if self.renamed.iter().any(renamed) { Owner::Renamed } else { Owner::Other }
    }

    /// Owner of the native library with this file name.
    pub fn library(&self, name: &str) -> Owner {
        match self.libraries.get(name) {
            Some(sdk) => Owner::Sdk((*sdk).clone()),
            None => {
                let claims = self.index.claims(FeatureKind::NativeLib, name);
                let detected = |id: &str| self.detected.binary_search(&id).is_ok();
                claims
                    .iter()
                    .find(|(sdk, _)| detected(sdk.id.as_str()))
                    .map_or(Owner::Other, |(sdk, _)| Owner::Sdk(sdk.id.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Confidence;
    use crate::location::EntryPath;
    use crate::signature::{Detection, Indicator, PackageCluster, Sdk};

    fn sdk(id: &'static str, prefix: &'static str) -> Sdk {
        let one = Indicator {
            kind: FeatureKind::Class,
            value: prefix.into(),
            weak: false,
            source: "test".into(),
            hits: Vec::new().into(),
            misses: Vec::new().into(),
        };
        Sdk { indicators: vec![one].into(), ..Sdk::new(id) }
    }

    fn cluster(prefix: &str) -> PackageCluster {
        PackageCluster { prefix: prefix.into(), classes: 9, at: EntryPath::root("a.apk") }
    }

    #[test]
    fn the_longest_prefix_of_a_detected_sdk_owns() {
        let database = Database::new(vec![sdk("a", "com.v"), sdk("b", "com.v.push"), sdk("c", "com.v.ads")]);
        let found = |id: &'static str| Detection {
            sdk: SdkId(id.into()),
            evidence: Vec::new(),
            confidence: Confidence::High,
            classes: 1,
            carried_by: None,
            version: None,
            relocated: false,
        };
        let detections = Detections {
            sdks: vec![found("a"), found("b")],
            unknown: vec![cluster("org.thing")],
            own: vec![cluster("com.example")],
            renamed: vec![cluster("a"), cluster("")],
            ..Detections::default()
        };
        let owners = Owners::new(&detections, &database);
        let id = |id: &'static str| Owner::Sdk(SdkId(id.into()));
        for (class, expected) in [
            ("com.v.push.Receiver", id("b")),
            ("com.v.Core$1", id("a")),
            ("com.v.ads.View", Owner::Other),
            ("com.example.Main", Owner::App),
            ("org.thing.deep.A", Owner::Unknown("org.thing".into())),
            ("androidx.core.A", Owner::Platform),
            ("a.b.C", Owner::Renamed),
            ("Q", Owner::Renamed),
            ("org.other.A", Owner::Other),
        ] {
            assert_eq!(owners.class(class), expected, "{class}");
        }
    }
}
