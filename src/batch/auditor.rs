//! What a batch does with one job: the same audit as `check`, turned into a record.

use super::job::{Job, PolicyIndex, is_address};
use super::object::{self, Fault, Stores};
use super::record::{FindingRow, LimitationRow, Outcome, Record, SdkRow};
use super::run::Work;
use crate::audit::{self, Options};
use crate::digest::Digest;
use crate::intake;
use crate::inventory::Inventory;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::{EntryPath, Location};
use crate::package::Package;
use crate::policy;
use crate::report::{Gate, Report, Verdict};
use crate::resolve::Resolver;
use crate::signature::Database;
use serde::Serialize;
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What a package behind an address is taken to need before its size is known.
const REMOTE_NEED: u64 = 192 << 20;
/// The deadline of a package behind an address is so many times that of a file: waiting counts too.
const REMOTE_TIME: u32 = 3;

/// Audits jobs with one database and one set of options.
pub struct Auditor<'a> {
    resolver: &'a Resolver<'a>,
    options: Options,
    policies: Option<(PolicyIndex, String)>,
    inside: bool,
    stores: Stores,
    tool: String,
}

/// Why a job has no result but a cause.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error(transparent)]
    Object(#[from] Fault),
}

impl Failure {
    fn text(&self) -> Text {
        match self {
            Failure::Audit(error) => error.text(),
            Failure::Object(fault) => fault.text(),
        }
    }
}

/// What is known of a package once it was read.
struct Opened {
    inventory: Inventory,
    /// What the job is measured against.
    policy: Paired,
    /// Identity by content, where reading gave it.
    content: Option<String>,
    bytes: Option<u64>,
    traffic: Option<object::Traffic>,
}

/// The policy of a job.
struct Paired {
    /// Paths and addresses, or the entries of the package it was taken from.
    names: Vec<String>,
    documents: Vec<policy::Source>,
    /// Identity by content of each path and address.
    contents: HashMap<String, String>,
    /// Why the package was found to hold none.
    missing: Option<Text>,
}

impl<'a> Auditor<'a> {
    /// `policies` is a directory with one policy per package, named by application id or package file.
    pub fn new(
        resolver: &'a Resolver<'a>,
        options: Options,
        objects: object::Options,
        policies: Option<&Path>,
    ) -> Result<Auditor<'a>, super::Error> {
        let policies = match policies {
            Some(directory) => Some((PolicyIndex::of(directory)?, stamp_of_directory(directory))),
            None => None,
        };
        let database: &Database = resolver.database();
        let options = Options { constants: database.version_constants(), ..options };
        let tool = format!("{} {} {:?}", env!("CARGO_PKG_VERSION"), database.digest(), options);
        let tool = Digest::of(tool.as_bytes()).to_string();
        Ok(Auditor { resolver, options, policies, inside: false, stores: Stores::new(objects), tool })
    }

    /// Packages for which no other policy is found are audited against the one inside them.
    pub fn with_policies_inside(self) -> Auditor<'a> {
        let tool = Digest::of(format!("{} inside", self.tool).as_bytes()).to_string();
        Auditor { inside: true, tool, ..self }
    }

    /// The job's policy as far as it is known before the package is read, and a word that changes when any
    /// policy changes that pairing by application id might choose.
    fn known_policies(&self, job: &Job) -> (Vec<String>, &str) {
        let directory = match &self.policies {
            Some((_, stamp)) if job.policies.is_empty() => stamp.as_str(),
            _ => "",
        };
        (self.policies_of(job, None), directory)
    }

    fn policies_of(&self, job: &Job, application_id: Option<&str>) -> Vec<String> {
        if !job.policies.is_empty() {
            return job.policies.clone();
        }
        let found = self.policies.as_ref().and_then(|(index, _)| index.find(application_id, &job.key));
        found.map(|p| p.to_string_lossy().into_owned()).into_iter().collect()
    }

    /// The policy of a job whose package was read.
    fn pair(&self, job: &Job, package: &Package, inventory: &Inventory) -> Result<Paired, Failure> {
        let names = self.policies_of(job, inventory.app.id.as_deref());
        let asked = names.iter().any(|n| n == intake::AUTO);
        let inside = asked || self.inside && names.is_empty();
        if !inside {
            let (documents, contents) = self.documents(&names)?;
            return Ok(Paired { names, documents, contents, missing: None });
        }
        let outside: Vec<String> = names.into_iter().filter(|n| n != intake::AUTO).collect();
        let (mut documents, contents) = self.documents(&outside)?;
        let auto = [PathBuf::from(intake::AUTO)];
        let (found, missing) =
            match intake::documents(&auto, Some((package, inventory)), &self.options.intake()) {
                Ok(taken) => (taken.sources, None),
                // A package without a policy is a result; the other packages go on.
                Err(error) => (Vec::new(), Some(error.text())),
            };
        let names = outside.into_iter().chain(found.iter().map(|s| s.name.clone())).collect();
        documents.extend(found);
        Ok(Paired { names, documents, contents, missing })
    }

    fn open(&self, job: &Job) -> Result<Opened, Failure> {
        let key = job.key.as_str();
        if !is_address(key) {
            let package =
                Package::open(&[PathBuf::from(key)], &self.options.limits).map_err(audit::Error::from)?;
            let inventory = audit::inventory_of(&package, &self.options);
            let policy = self.pair(job, &package, &inventory)?;
            // The audit has read the whole file already; a directory has no digest of its own.
            let whole = inventory.parts.first().filter(|_| Path::new(key).is_file());
            let content = whole.and_then(|p| p.sha256).map(|d| d.to_string());
            return Ok(Opened { content, bytes: whole.map(|p| p.bytes), traffic: None, inventory, policy });
        }
        let object = self.stores.open(key)?;
        let mut options = self.options.clone();
        options.limits.max_time = options.limits.max_time.map(|t| t.saturating_mul(REMOTE_TIME));
        let package = Package::from_source(object::name(key), object.clone(), &options.limits);
        // A package that could not be fetched in full has no result, however much of it could be read.
        let read = package.map(|p| {
            let inventory = audit::inventory_of(&p, &options);
            (self.pair(job, &p, &inventory), inventory)
        });
        if let Some(fault) = object.fault() {
            return Err(fault.into());
        }
        let (policy, inventory) = read.map_err(audit::Error::from)?;
        let policy = policy?;
        let content = Some(word_of(object.identity()));
        let bytes = Some(object.identity().size);
        Ok(Opened { inventory, policy, content, bytes, traffic: Some(object.traffic()) })
    }

    /// Documents in the order given, and the identity by content of each policy; addresses and paths may stand
    /// side by side.
    fn documents(
        &self,
        policies: &[String],
    ) -> Result<(Vec<policy::Source>, HashMap<String, String>), Failure> {
        let (mut out, mut contents) = (Vec::new(), HashMap::new());
        for policy in policies {
            if is_address(policy) {
                let (bytes, identity) = self.stores.read(policy, self.options.limits.max_document_bytes)?;
                contents.insert(policy.clone(), word_of(&identity));
                out.push(policy::Source::new(object::name(policy).to_owned(), bytes));
            } else {
                let documents = audit::read_documents(&[PathBuf::from(policy)], &self.options)?;
                if let ([one], true) = (documents.as_slice(), Path::new(policy).is_file()) {
                    contents.insert(policy.clone(), Digest::of(&one.bytes).to_string());
                }
                out.extend(documents);
            }
        }
        Ok((out, contents))
    }

    fn record(&self, job: &Job) -> Result<Record, Failure> {
        let Opened { inventory, policy, content, bytes, traffic } = self.open(job)?;
        let Paired { names: policies, documents, mut contents, missing } = policy;
        contents.extend(content.map(|c| (job.key.clone(), c)));
        let mut policy = policy::read(&documents);
        policy.limitations.extend(missing.map(|detail| Limitation {
            kind: LimitationKind::Unreadable,
            at: Location::entry(&EntryPath::root(audit::file_name(Path::new(&job.key)))),
            hides: Some(Hidden::Policy),
            detail,
        }));
        let audited = audit::judge(inventory, policy, self.resolver, &self.options.settings);
        let report = audited.report(self.resolver.database(), Gate::default());
        let mut record = record(&job.key, &report, !policies.is_empty());
        record.policies = policies;
        record.packer = audited.detections.packer.as_ref().map(ToString::to_string);
        record.permissions = audited.inventory.manifest.permissions.iter().map(|p| p.name.clone()).collect();
        record.permissions.sort();
        record.permissions.dedup();
        record.package_bytes = bytes;
        record.fetched_bytes = traffic.map(|t| t.bytes);
        record.requests = traffic.map(|t| t.requests);
        record.inputs = self.identity(job, &contents).unwrap_or_default();
        Ok(record)
    }

    /// Identity of the inputs by content; what is in `known` is not read again.
    fn identity(&self, job: &Job, known: &HashMap<String, String>) -> Option<String> {
        let (policies, directory) = self.known_policies(job);
        let mut parts = vec![self.tool.clone(), directory.to_owned()];
        // What lies inside the package has its identity.
        let outside = policies.iter().filter(|p| *p != intake::AUTO);
        for input in std::iter::once(&job.key).chain(outside) {
            parts.push(known.get(input).cloned().or_else(|| self.content_of(input))?);
        }
        Some(Digest::of(parts.join("\0").as_bytes()).to_string())
    }

    fn content_of(&self, input: &str) -> Option<String> {
        let path = Path::new(input);
        if is_address(input) {
            Some(word_of(&self.stores.identity(input).ok()?))
        } else if path.is_dir() {
            // A split set or a decoded package: identity by the stamps of its files.
            Some(stamp_of_directory(path))
        } else {
            Some(Digest::of_reader(File::open(path).ok()?).ok()?.to_string())
        }
    }

    fn stamp_of(&self, input: &str) -> String {
        if !is_address(input) {
            return stamp_of(Path::new(input));
        }
        let found = self.stores.identity(input);
        format!("{input}: {}", found.map_or_else(|_| "missing".into(), |i| word_of(&i)))
    }
}

impl Work for Auditor<'_> {
    fn stamp(&self, job: &Job) -> String {
        let (policies, directory) = self.known_policies(job);
        let mut stamp = vec![self.tool.clone(), directory.to_owned(), self.stamp_of(&job.key)];
        stamp.extend(policies.iter().filter(|p| *p != intake::AUTO).map(|p| self.stamp_of(p)));
        Digest::of(stamp.join("\0").as_bytes()).to_string()
    }

    fn inputs(&self, job: &Job) -> Option<String> {
        self.identity(job, &HashMap::new())
    }

    fn need(&self, job: &Job) -> u64 {
        if is_address(&job.key) {
            return REMOTE_NEED;
        }
        // Dex inflates about threefold, and one dex is held at a time beside what is kept of it.
        let size = fs::metadata(&job.key).map(|m| m.len()).unwrap_or(0);
        (size.saturating_mul(4)).saturating_add(32 << 20).min(self.options.limits.max_total_bytes)
    }

    fn audit(&self, job: &Job) -> Record {
        self.record(job).unwrap_or_else(|failure| {
            // One column for readers of either language.
            let Text { zh, en } = failure.text();
            Record::failed(&job.key, format!("{en} | {zh}"))
        })
    }
}

/// Size and tag of an object in one word.
fn word_of(identity: &object::Identity) -> String {
    format!("{} {}", identity.size, identity.tag)
}

/// Size and time of change; a word for what is missing.
fn stamp_of(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return format!("{}: missing", path.display()) };
    let changed = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    format!("{}: {} {}", path.display(), metadata.len(), changed.map_or(0, |t| t.as_nanos()))
}

fn stamp_of_directory(directory: &Path) -> String {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut stamps: Vec<String> = entries.map(|e| stamp_of(&e.path())).collect();
    stamps.sort();
    Digest::of(stamps.join("\0").as_bytes()).to_string()
}

/// The word that a unit enum prints in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn record(key: &str, report: &Report, with_policy: bool) -> Record {
    let package = report.inputs.iter().find(|i| i.role == "package");
    let sdks = report.comparison.iter().filter_map(|row| {
        let (sdk, app) = (row.sdk.as_ref()?, row.app.as_ref()?);
        let declared = with_policy.then_some(!matches!(row.verdict, Verdict::Undeclared | Verdict::Carried));
        Some(SdkRow {
            sdk: sdk.to_string(),
            confidence: word(&app.confidence),
            classes: app.classes,
            version: app.version.clone(),
            carried_by: app.carried_by.as_ref().map(ToString::to_string),
            declared: declared.filter(|_| row.verdict != Verdict::Optional),
        })
    });
    let findings = report.findings.iter().map(|f| FindingRow {
        rule: f.rule.to_owned(),
        severity: word(&f.severity),
        confidence: word(&f.confidence),
        subject_kind: f.subject.kind.to_owned(),
        subject: f.subject.key.clone(),
        message_zh: f.message.zh.clone(),
        message_en: f.message.en.clone(),
        fingerprint: f.fingerprint.0.clone(),
        suppressed: f.suppressed.is_some(),
    });
    let limitations = report.limitations.iter().map(|l| LimitationRow {
        kind: word(&l.kind),
        hides: l.hides.as_ref().map(word),
        at: match &l.at {
            Location::Entry { path, item: Some(item) } => format!("{path} {item}"),
            Location::Entry { path, item: None } => path.to_string(),
            Location::Text { document, span } => format!("document {} at {}", document.0, span.start),
        },
        detail: l.detail.en.clone(),
    });
    Record {
        outcome: if report.complete { Outcome::Complete } else { Outcome::Incomplete },
        cause: None,
        sha256: package.and_then(|p| p.sha256).map(|d| d.to_string()),
        application_id: report.app.id.clone(),
        version_name: report.app.version_name.clone(),
        sdks: sdks.collect(),
        findings: findings.collect(),
        limitations: limitations.collect(),
        report: serde_json::to_string(report).unwrap_or_default(),
        ..Record::failed(key, "")
    }
}
