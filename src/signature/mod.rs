//! The database of SDKs, and Inventory -> Detections.

mod blob;
mod cluster;
mod confidence;
mod database;
mod detect;
pub mod file;
mod index;
mod learn;
mod lint;
mod model;
mod owner;
mod provenance;
mod stats;
mod summary;

pub use database::{Database, LoadError, read_directory};
pub use detect::{Options, detect, detect_with, mostly_renamed};
pub use learn::{learn, skeleton};
pub use lint::{fix, lint};
pub use model::{INDICATOR_KINDS, Indicator, Kind, Level, List, Sdk, SdkId, Status, Str, glob, under};
pub use owner::{Owner, Owners};
pub use provenance::{Basis, Provenance};
pub use stats::{Group, Stats, catalogue, stats};
pub use summary::{Prefix, Row, Summary, summary};

use crate::evidence::{Confidence, Evidence};
use crate::location::{EntryPath, Location};
use serde::Serialize;

/// All that signatures say about a package.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Detections {
    /// SDKs and libraries found, by id.
    pub sdks: Vec<Detection>,
    /// Third-party packages no signature knows, largest first.
    pub unknown: Vec<PackageCluster>,
    /// The app's own packages.
    pub own: Vec<PackageCluster>,
    /// Packages with names that a shrinker made up.
    pub renamed: Vec<PackageCluster>,
    /// Id of the packer whose marks were found.
    pub packer: Option<SdkId>,
    /// SDKs that the code names and the package does not hold; never a detection.
    pub referenced: Vec<ReferencedSdk>,
}

/// An SDK of which only type references are in the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReferencedSdk {
    /// Which SDK.
    pub sdk: SdkId,
    /// Classes of it that are referenced and not defined.
    pub classes: u32,
    /// Where the first stands.
    pub at: Location,
}

/// One SDK found, with all the ways it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// Which SDK.
    pub sdk: SdkId,
    /// Only `Evidence::Seen`, strongest first.
    pub evidence: Vec<Evidence>,
    /// How sure.
    pub confidence: Confidence,
    /// Classes defined under its prefixes.
    pub classes: u32,
    /// The SDK that brought it, where its archive is known to carry this one.
    pub carried_by: Option<SdkId>,
    /// Version, where the package names it.
    pub version: Option<String>,
    /// All its classes stand under another package's name: a shaded copy.
    pub relocated: bool,
}

/// Classes under one prefix that share an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageCluster {
    /// Package prefix, whole segments.
    pub prefix: String,
    /// Classes defined under it.
    pub classes: u32,
    /// The dex that holds the first of them.
    pub at: EntryPath,
}
