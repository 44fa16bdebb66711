//! What a batch does with one job: the same audit as `check`, turned into a record.

use super::job::{Job, PolicyIndex, is_address};
use super::record::{FindingRow, LimitationRow, Outcome, Record, SdkRow};
use super::run::Work;
use crate::audit::{self, Options};
use crate::digest::Digest;
use crate::lang::Text;
use crate::location::Location;
use crate::report::{Gate, Report, Verdict};
use crate::resolve::Resolver;
use crate::signature::Database;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Audits jobs with one database and one set of options.
pub struct Auditor<'a> {
    resolver: Resolver<'a>,
    options: Options,
    policies: Option<(PolicyIndex, String)>,
    tool: String,
}

impl<'a> Auditor<'a> {
    /// `policies` is a directory with one policy per package, named by application id or package file.
    pub fn new(
        database: &'a Database,
        options: Options,
        policies: Option<&Path>,
    ) -> Result<Auditor<'a>, super::Error> {
        let policies = match policies {
            Some(directory) => Some((PolicyIndex::of(directory)?, stamp_of_directory(directory))),
            None => None,
        };
        let tool = format!("{} {} {:?}", env!("CARGO_PKG_VERSION"), database.digest(), options);
        let tool = Digest::of(tool.as_bytes()).to_string();
        Ok(Auditor { resolver: Resolver::new(database), options, policies, tool })
    }

    /// Files of the job's policy as far as they are known before the package is read, and a word that
    /// changes when any policy changes that pairing by application id might choose.
    fn known_policies(&self, job: &Job) -> (Vec<PathBuf>, &str) {
        if !job.policies.is_empty() {
            return (job.policies.iter().map(PathBuf::from).collect(), "");
        }
        match &self.policies {
            Some((index, directory)) => match index.find(None, &job.key) {
                Some(path) => (vec![path.to_owned()], directory),
                None => (Vec::new(), directory),
            },
            None => (Vec::new(), ""),
        }
    }

    fn policies_of(&self, job: &Job, application_id: Option<&str>) -> Vec<PathBuf> {
        if !job.policies.is_empty() {
            return job.policies.iter().map(PathBuf::from).collect();
        }
        let found = self.policies.as_ref().and_then(|(index, _)| index.find(application_id, &job.key));
        found.map(Path::to_owned).into_iter().collect()
    }

    fn record(&self, job: &Job) -> Result<Record, audit::Error> {
        let inventory = audit::read_package(&[PathBuf::from(&job.key)], &self.options)?;
        let policies = self.policies_of(job, inventory.app.id.as_deref());
        let policy = audit::read_policy(&policies, &self.options)?;
        let audited = audit::judge(inventory, policy, &self.resolver, &self.options.settings);
        let report = audited.report(self.resolver.database(), Gate::default());
        let mut record = record(&job.key, &report, !policies.is_empty());
        record.policies = policies.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        record.packer = audited.detections.packer.as_ref().map(ToString::to_string);
        record.permissions = audited.inventory.manifest.permissions.iter().map(|p| p.name.clone()).collect();
        record.permissions.sort();
        record.permissions.dedup();
        Ok(record)
    }
}

impl Work for Auditor<'_> {
    fn stamp(&self, job: &Job) -> String {
        let (policies, directory) = self.known_policies(job);
        let mut stamp = vec![self.tool.clone(), directory.to_owned(), stamp_of(Path::new(&job.key))];
        stamp.extend(policies.iter().map(|p| stamp_of(p)));
        Digest::of(stamp.join("\0").as_bytes()).to_string()
    }

    fn inputs(&self, job: &Job) -> Option<String> {
        let (policies, directory) = self.known_policies(job);
        let mut hash = Sha256::new();
        hash.update(self.tool.as_bytes());
        hash.update(directory.as_bytes());
        for path in std::iter::once(Path::new(&job.key)).chain(policies.iter().map(PathBuf::as_path)) {
            hash.update(b"\0");
            let content = content_of(path).ok()?;
            hash.update(content.0);
        }
        Some(Digest(hash.finalize().into()).to_string())
    }

    fn need(&self, job: &Job) -> u64 {
        // Dex inflates about threefold, and one dex is held at a time beside what is kept of it.
        let size = fs::metadata(&job.key).map(|m| m.len()).unwrap_or(0);
        (size.saturating_mul(4)).saturating_add(32 << 20).min(self.options.limits.max_total_bytes)
    }

    fn audit(&self, job: &Job) -> Record {
        if is_address(&job.key) {
            return Record::failed(&job.key, "addresses need a build with the feature object-store");
        }
        let mut record = self.record(job).unwrap_or_else(|e| {
            // One column for readers of either language.
            let Text { zh, en } = e.text();
            Record::failed(&job.key, format!("{en} | {zh}"))
        });
        record.inputs = self.inputs(job).unwrap_or_default();
        record
    }
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

fn content_of(path: &Path) -> io::Result<Digest> {
    if path.is_dir() {
        // A split set or a decoded package: identity by the stamps of its files.
        return Ok(Digest::of(stamp_of_directory(path).as_bytes()));
    }
    Digest::of_reader(File::open(path)?)
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
