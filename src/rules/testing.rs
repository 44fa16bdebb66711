//! A small case built by hand, for tests of rules that should not depend on readers and signatures.

use super::{Group, Profile, Settings, check, rule};
use crate::digest::Digest;
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::{Case, Finding};
use crate::inventory::{CodeFile, Inventory, Names, Part};
use crate::location::{DocumentId, EntryPath, Location};
use crate::policy::{Declaration, Document, Field, Policy};
use crate::resolve::{By, Identity};
use crate::signature::{Database, Detection, Detections, Indicator, Sdk, SdkId};

/// Everything a case borrows.
pub struct Fixture {
    pub inventory: Inventory,
    pub detections: Detections,
    pub policy: Policy,
    pub identities: Vec<Identity>,
    pub database: Database,
}

impl Fixture {
    /// The app `com.example.app` with `sdks` known and nothing found; the policy is `text`.
    pub fn new(sdks: Vec<Sdk>, text: &str) -> Fixture {
        let mut inventory = Inventory::default();
        inventory.app.id = Some("com.example.app".into());
        inventory.parts.push(Part { path: EntryPath::root("app.apk"), kind: "apk", sha256: None, bytes: 1 });
        let document = Document {
            id: DocumentId(0),
            name: "policy.txt".into(),
            sha256: Digest::of(text.as_bytes()),
            format: "text",
            encoding: "UTF-8",
            text: text.into(),
        };
        Fixture {
            inventory,
            detections: Detections::default(),
            policy: Policy { documents: vec![document], ..Policy::default() },
            identities: Vec::new(),
            database: Database::new(sdks),
        }
    }

    /// `id` is found with ten classes under `prefix`.
    pub fn found(mut self, id: &str, prefix: &str) -> Fixture {
        let path = EntryPath::root("app.apk").join("classes.dex");
        let class = format!("{prefix}.Main");
        self.inventory.code.push(CodeFile {
            loaded: true,
            path: path.clone(),
            classes: [class.as_str()].into_iter().collect(),
            references: Names::default(),
            class_count: 1,
        });
        self.detections.sdks.push(Detection {
            sdk: sdk_id(id),
            evidence: vec![Evidence::Seen {
                kind: FeatureKind::Class,
                value: prefix.into(),
                at: Location::item(&path, class),
                count: 10,
                weak: false,
            }],
            confidence: Confidence::High,
            classes: 10,
            carried_by: None,
            version: None,
            relocated: false,
        });
        self
    }

    /// A row called `name` that means `sdk`; `edit` fills the rest.
    pub fn row(mut self, name: &str, sdk: Option<&str>, edit: impl FnOnce(&mut Declaration)) -> Fixture {
        let mut declaration = Declaration::named(field(name));
        edit(&mut declaration);
        self.policy.declarations.push(declaration);
        self.identities.push(Identity {
            sdk: sdk.map(sdk_id),
            candidates: sdk.map(sdk_id).into_iter().collect(),
            by: sdk.map(|_| By::Name),
            confidence: Confidence::High,
        });
        self
    }

    /// Findings of the Chinese profile as `rule subject`, but for fields that rows lack.
    pub fn rules(&self) -> Vec<String> {
        let shown = |f: &&Finding| rule(f.rule).is_some_and(|r| r.group != Group::Completeness);
        self.findings(Profile::Cn)
            .iter()
            .filter(shown)
            .map(|f| format!("{} {}", f.rule, f.subject.key))
            .collect()
    }

    /// All findings under `profile`.
    pub fn findings(&self, profile: Profile) -> Vec<Finding> {
        let case = Case {
            inventory: &self.inventory,
            detections: &self.detections,
            policy: &self.policy,
            identities: &self.identities,
            database: &self.database,
        };
        check(&case, &Settings { profile: Some(profile), ..Settings::default() })
    }
}

/// A field without a place.
pub fn field(text: &str) -> Field {
    Field { text: text.into(), spans: Vec::new() }
}

/// An id.
pub fn sdk_id(id: &str) -> SdkId {
    SdkId(id.to_owned().into())
}

/// A product that collects, with one class prefix.
pub fn sdk(id: &str, zh: &str, en: &str, prefix: &str) -> Sdk {
    Sdk {
        name_zh: zh.to_owned().into(),
        name_en: en.to_owned().into(),
        category: "push".into(),
        collects: Some(true),
        listed: true,
        indicators: vec![Indicator {
            kind: FeatureKind::Class,
            value: prefix.to_owned().into(),
            weak: false,
            source: "test".into(),
            hits: Vec::new().into(),
            misses: Vec::new().into(),
        }]
        .into(),
        ..Sdk::new(id.to_owned())
    }
}
