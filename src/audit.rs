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
use crate::resolve::{Identity, Resolver};
use crate::signature::{Database, Detections, detect_with};
use crate::{intake, inventory, package, policy, rules, signature};
use std::path::{Path, PathBuf};

pub use crate::intake::shown_name;

/// How to audit.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ceilings on work and memory.
    pub limits: Limits,
    /// Profile, severities and own code, as the user chose them.
    pub settings: rules::Settings,
    /// Walk all code for uses of sensitive APIs; without it rules on behaviour find nothing.
    pub behaviour: bool,
    /// Take the SHA-256 of every part: identity for reports, at the cost of reading all bytes.
    pub hashes: bool,
    /// Collect the addresses that the package names.
    pub urls: bool,
    /// Static string fields to read, as `Database::version_constants` lists them.
    pub constants: Vec<(String, String)>,
    /// Open the native libraries of one ABI: names they export, and what their strings name.
    pub native: bool,
    /// Also read the lists of SDKs that a policy given by its address links to on its own site.
    pub follow: bool,
}

impl Options {
    /// What taking in documents may cost.
    pub fn intake(&self) -> intake::Options {
        intake::Options {
            max_document_bytes: self.limits.max_document_bytes,
            max_fetch_time: self.limits.max_fetch_time,
            follow: self.follow,
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            limits: Limits::default(),
            settings: rules::Settings::default(),
            behaviour: true,
            hashes: true,
            urls: true,
            constants: Vec::new(),
            native: false,
            follow: false,
        }
    }
}

/// Why nothing could be audited at all. What can be read in part is a limitation instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The package could not be opened.
    #[error(transparent)]
    Package(#[from] package::Error),
    /// A policy document could not be had.
    #[error(transparent)]
    Policy(#[from] intake::Error),
}

impl Error {
    /// One line for people: what is wrong with which file, and what to do.
    pub fn text(&self) -> Text {
        match self {
            Error::Package(e) => e.text(),
            Error::Policy(e) => e.text(),
        }
    }
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
    /// How documents were come by, where they were not files: for people, beside the report.
    pub notes: Vec<Text>,
}

/// Audits the package made of `packages` (one file, or the parts of a split set) against the policy made
/// of `documents` (none, one, or several that belong together).
pub fn audit(
    packages: &[PathBuf],
    documents: &[PathBuf],
    database: &Database,
    options: &Options,
) -> Result<Audit, Error> {
    let package = package::Package::open(packages, &options.limits)?;
    let options = &Options { constants: database.version_constants(), ..options.clone() };
    // A policy that cannot be had is told before the package is read, unless it lies inside.
    let outside = !documents.iter().any(|d| d.to_str() == Some(intake::AUTO));
    let early = outside.then(|| intake::documents(documents, None, &options.intake())).transpose()?;
    let inventory = inventory_of(&package, options);
    let taken = match early {
        Some(taken) => taken,
        None => intake::documents(documents, Some((&package, &inventory)), &options.intake())?,
    };
    let policy = policy::read(&taken.sources);
    let audit = judge(inventory, policy, &Resolver::new(database), &options.settings);
    Ok(Audit { notes: taken.notes, ..audit })
}

/// The pure half of [`audit`]: detection, identities and rules over what was read. Many audits share one
/// resolver: its lookups cost more than a small audit.
pub fn judge(
    mut inventory: Inventory,
    policy: Policy,
    resolver: &Resolver<'_>,
    settings: &rules::Settings,
) -> Audit {
    let database = resolver.database();
    let detections = recognise(&mut inventory, database, &settings.own_prefixes);
    let identities = resolver.identify_all(&policy);
    let case = Case {
        inventory: &inventory,
        detections: &detections,
        policy: &policy,
        identities: &identities,
        database,
    };
    let findings = rules::check(&case, settings);
    Audit { inventory, detections, policy, identities, findings, notes: Vec::new() }
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
    if let Some(packer) = &detections.packer {
        let name = database.get(packer.as_str());
        let zh = name.map_or(packer.as_str(), |s| &s.name_zh);
        let en = name.map_or(packer.as_str(), |s| &s.name_en);
        let first = inventory.code.first().map(|c| &c.path).or(inventory.parts.first().map(|p| &p.path));
        let named = Limitation {
            kind: LimitationKind::Packed,
            at: first.map_or(Location::Entry { path: EntryPath::root(""), item: None }, Location::entry),
            hides: Some(Hidden::Code),
            detail: Text::new(
                format!("代码被{zh}加固隐藏：代码中没有的 SDK 不等于应用里没有；请用未加固的包再查一次"),
                format!(
                    "code is hidden by {en}: an SDK absent from the code may still be in the app; check a build before packing"
                ),
            ),
        };
        // The name says more than the signs that made the app look packed.
        inventory.limitations.retain(|l| {
            let whole = matches!(&l.at, Location::Entry { path, item: None } if inventory.parts.iter().any(|p| p.path == *path));
            !(whole && matches!(l.kind, LimitationKind::Packed | LimitationKind::MissingPart))
        });
        inventory.limitations.insert(0, named);
    }
    if signature::mostly_renamed(inventory, &detections.renamed)
        && let Some(first) = inventory.code.first()
    {
        inventory.limitations.push(Limitation {
            kind: LimitationKind::Obfuscated,
            at: Location::entry(&first.path),
            hides: None,
            detail: Text::new(
                "大部分包名已被混淆：按包名只能找到保留了原名的 SDK",
                "most package names are renamed: package prefixes can only find SDKs that kept theirs",
            ),
        });
    }
    detections
}

/// Opens and reads a package given as one or several files.
pub fn read_package(paths: &[PathBuf], options: &Options) -> Result<Inventory, package::Error> {
    Ok(inventory_of(&package::Package::open(paths, &options.limits)?, options))
}

/// Reads an opened package.
pub fn inventory_of(package: &package::Package, options: &Options) -> Inventory {
    let what = inventory::Options {
        behaviour: options.behaviour,
        hashes: options.hashes,
        elf: options.native,
        urls: options.urls,
        constants: options.constants.clone(),
        ..inventory::Options::default()
    };
    inventory::read(package, &what)
}

/// Reads the documents of one policy: files, directories, addresses. See [`intake::documents`].
pub fn read_policy(paths: &[PathBuf], options: &Options) -> Result<Policy, Error> {
    Ok(policy::read(&read_documents(paths, options)?))
}

/// The documents of one policy, unread. See [`intake::documents`].
pub fn read_documents(paths: &[PathBuf], options: &Options) -> Result<Vec<policy::Source>, Error> {
    Ok(intake::documents(paths, None, &options.intake())?.sources)
}

/// The last component of a path, as it is shown in reports.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
