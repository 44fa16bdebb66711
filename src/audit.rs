//! The pipeline for one package and its policy: files -> inventory, policy -> case -> findings -> report.
//!
//! The public entry point of the library; every stage can also be called by itself.

use crate::finding::{Case, Finding};
use crate::inventory::Inventory;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::limits::Limits;
use crate::location::{EntryPath, Location};
use crate::policy::Policy;
use crate::report::{Gate, Report};
use crate::resolve::{Identity, identify_all};
use crate::signature::{Database, Detections, detect_with};
use crate::{inventory, package, rules, signature};
use std::path::{Path, PathBuf};

/// How to audit.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Ceilings on work and memory.
    pub limits: Limits,
    /// Profile, severities and own code, as the user chose them.
    pub settings: rules::Settings,
}

/// Why nothing could be audited at all. What can be read in part is a limitation instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The package could not be opened.
    #[error(transparent)]
    Package(#[from] package::Error),
    /// A policy document could not be read from disk.
    #[error("cannot read {path}: {source}")]
    Policy {
        /// The document.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Every value of one audit, in the order of the pipeline.
#[derive(Debug, Clone)]
pub struct Audit {
    /// What is in the package.
    pub inventory: Inventory,
    /// What signatures found there.
    pub detections: Detections,
    /// What the policy says; empty when none was given.
    pub policy: Policy,
    /// One per declaration, in order.
    pub identities: Vec<Identity>,
    /// What the rules found.
    pub findings: Vec<Finding>,
}

/// Audits the package made of `packages` (one file, or the parts of a split set) against the policy made
/// of `documents` (none, one, or several that belong together).
pub fn audit(
    packages: &[PathBuf],
    documents: &[PathBuf],
    database: &Database,
    options: &Options,
) -> Result<Audit, Error> {
    let inventory = read_package(packages, options)?;
    let policy = read_policy(documents, options)?;
    Ok(judge(inventory, policy, database, &options.settings))
}

/// The pure half of [`audit`]: detection, identities and rules over what was read.
pub fn judge(
    mut inventory: Inventory,
    policy: Policy,
    database: &Database,
    settings: &rules::Settings,
) -> Audit {
    let detections = recognise(&mut inventory, database, &settings.own_prefixes);
    let identities = identify_all(&policy, database);
    let case = Case {
        inventory: &inventory,
        detections: &detections,
        policy: &policy,
        identities: &identities,
        database,
    };
    let findings = rules::check(&case, settings);
    Audit { inventory, detections, policy, identities, findings }
}

impl Audit {
    /// The case the rules looked at.
    pub fn case<'a>(&'a self, database: &'a Database) -> Case<'a> {
        Case {
            inventory: &self.inventory,
            detections: &self.detections,
            policy: &self.policy,
            identities: &self.identities,
            database,
        }
    }

    /// The report of this audit.
    pub fn report(&self, database: &Database, gate: Gate) -> Report {
        Report::new(&self.case(database), self.findings.clone(), gate)
    }
}

/// Detects the SDKs of an inventory. A packer found among them becomes a limitation of the inventory: what is
/// absent from the code of a packed app proves nothing.
pub fn recognise(inventory: &mut Inventory, database: &Database, own: &[String]) -> Detections {
    let detections = detect_with(inventory, database, &signature::Options { own: own.to_vec() });
    let known = inventory.limitations.iter().any(|l| l.kind == LimitationKind::Packed);
    if let Some(packer) = detections.packer.as_ref().filter(|_| !known) {
        let name = database.get(packer.as_str());
        let zh = name.map_or(packer.as_str(), |s| &s.name_zh);
        let en = name.map_or(packer.as_str(), |s| &s.name_en);
        let first = inventory.code.first().map(|c| &c.path).or(inventory.parts.first().map(|p| &p.path));
        inventory.limitations.push(Limitation {
            kind: LimitationKind::Packed,
            at: first.map_or(Location::Entry { path: EntryPath::root(""), item: None }, Location::entry),
            hides: Some(Hidden::Code),
            detail: Text::new(
                format!("代码被{zh}加固隐藏：代码中没有的 SDK 不等于应用里没有；请用未加固的包再查一次"),
                format!(
                    "code is hidden by {en}: an SDK absent from the code may still be in the app; check a build before packing"
                ),
            ),
        });
    }
    detections
}

/// Opens and reads a package given as one or several files.
pub fn read_package(paths: &[PathBuf], options: &Options) -> Result<Inventory, package::Error> {
    let package = package::Package::open(paths, &options.limits)?;
    Ok(inventory::read(&package, &inventory::Options::default()))
}

/// Reads the documents of one policy.
pub fn read_policy(paths: &[PathBuf], options: &Options) -> Result<Policy, Error> {
    let _ = (paths, &options.limits);
    Ok(Policy::default())
}

/// The last component of a path, as it is shown in reports.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
