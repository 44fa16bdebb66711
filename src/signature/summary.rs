//! Detections as people and scripts read them: `sdkaudit detect --format json` prints this object.

use super::{Database, Detection, Detections, Kind, PackageCluster, ReferencedSdk, SdkId};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::inventory::Inventory;
use crate::lang::Text;
use serde::Serialize;
use std::collections::BTreeSet;

/// What signatures say about a package, with names. Additive: keys are never renamed or removed.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// SDKs and libraries that real policies are known to list.
    pub sdks: Vec<Row>,
    /// Further SDKs and libraries that signatures name.
    pub others: Vec<Row>,
    /// Third-party packages outside `sdks`, largest first; `sdk` where a signature names the owner.
    pub unknown_prefixes: Vec<Prefix>,
    /// The app's own packages.
    pub own_prefixes: Vec<PackageCluster>,
    /// Packages with names that a shrinker made up.
    pub renamed_prefixes: Vec<PackageCluster>,
    /// SDKs that the code names and the package does not hold.
    pub referenced: Vec<ReferencedSdk>,
    /// Id of the packer.
    pub packer: Option<SdkId>,
    /// Permissions requested, sorted, each once.
    pub permissions: BTreeSet<String>,
}

/// One SDK found.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Id in the database.
    pub id: SdkId,
    /// Names.
    pub name: Text,
    /// Category.
    pub category: String,
    /// Kind of code.
    pub kind: Kind,
    /// How sure.
    pub confidence: Confidence,
    /// The SDK that brought it.
    pub carried_by: Option<SdkId>,
    /// Version, where the package names it.
    pub version: Option<String>,
    /// Classes defined under its prefixes.
    pub classes: u32,
    /// A shaded copy inside another package.
    pub relocated: bool,
    /// All the ways it was found.
    pub evidence: Vec<Evidence>,
}

/// A third-party package prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prefix {
    /// Whole segments.
    pub prefix: String,
    /// Classes defined under it.
    pub classes: u32,
    /// Owner, where a signature names it.
    pub sdk: Option<SdkId>,
}

/// Detections with the names of the database they were made with.
pub fn summary(inventory: &Inventory, detections: &Detections, database: &Database) -> Summary {
    let (mut sdks, mut others, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    for found in &detections.sdks {
        let Some(sdk) = database.get(found.sdk.as_str()) else { continue };
        if sdk.listed {
            sdks.push(row(found, sdk));
        } else {
            prefixes.extend(class_prefixes(found));
            others.push(row(found, sdk));
        }
    }
    let unknown = detections.unknown.iter();
    prefixes.extend(unknown.map(|c| Prefix { prefix: c.prefix.clone(), classes: c.classes, sdk: None }));
    prefixes.sort_by(|a, b| b.classes.cmp(&a.classes).then_with(|| a.prefix.cmp(&b.prefix)));
    Summary {
        sdks,
        others,
        unknown_prefixes: prefixes,
        own_prefixes: detections.own.clone(),
        renamed_prefixes: detections.renamed.clone(),
        referenced: detections.referenced.clone(),
        packer: detections.packer.clone(),
        permissions: inventory.manifest.permissions.iter().map(|p| p.name.clone()).collect(),
    }
}

fn row(found: &Detection, sdk: &super::Sdk) -> Row {
    Row {
        id: found.sdk.clone(),
        name: Text::new(sdk.name_zh.as_ref(), sdk.name_en.as_ref()),
        category: sdk.category.to_string(),
        kind: sdk.kind,
        confidence: found.confidence,
        carried_by: found.carried_by.clone(),
        version: found.version.clone(),
        classes: found.classes,
        relocated: found.relocated,
        evidence: found.evidence.clone(),
    }
}

fn class_prefixes(found: &Detection) -> impl Iterator<Item = Prefix> {
    found.evidence.iter().filter_map(|e| match e {
        Evidence::Seen { kind: FeatureKind::Class, value, count, .. } => {
            Some(Prefix { prefix: value.clone(), classes: *count, sdk: Some(found.sdk.clone()) })
        }
        _ => None,
    })
}
