//! What a batch keeps of one package: the columns people ask for, and the whole report beside them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything could be seen.
    Complete,
    /// Limitations hide a part; the findings stand, absence proves less.
    Incomplete,
    /// Nothing could be audited; `cause` says why.
    Failed,
}

impl Outcome {
    /// The word kept in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Complete => "complete",
            Outcome::Incomplete => "incomplete",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome that `word` names.
    pub fn parse(word: &str) -> Option<Outcome> {
        [Outcome::Complete, Outcome::Incomplete, Outcome::Failed].into_iter().find(|o| o.as_str() == word)
    }
}

/// One package's result. Holds no time and no duration: the same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Key of the job.
    pub key: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why nothing could be audited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cause: Option<String>,
    /// SHA-256 of the package.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Application id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application_id: Option<String>,
    /// `versionName`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_name: Option<String>,
    /// Id of the packer found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub packer: Option<String>,
    /// Size of the package in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub package_bytes: Option<u64>,
    /// Bytes fetched of it, where it lies in an object store.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fetched_bytes: Option<u64>,
    /// Requests that took.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requests: Option<u64>,
    /// Policies used, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub policies: Vec<String>,
    /// The caller's own columns.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub columns: BTreeMap<String, String>,
    /// SDKs found, by id.
    pub sdks: Vec<SdkRow>,
    /// Findings, in report order.
    pub findings: Vec<FindingRow>,
    /// Limitations, in report order.
    pub limitations: Vec<LimitationRow>,
    /// Permissions requested, sorted.
    pub permissions: Vec<String>,
    /// Identity of all inputs and of the tool: unchanged means that the work need not be done again. Empty when
    /// failed.
    pub inputs: String,
    /// The same by size and time of change; never exported, since it differs between machines.
    #[serde(skip)]
    pub stamp: String,
    /// The whole report as JSON; empty when failed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub report: String,
}

/// One SDK of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SdkRow {
    /// SDK id.
    pub sdk: String,
    /// `low`, `medium`, `high`.
    pub confidence: String,
    /// Classes under its prefixes.
    pub classes: u32,
    /// Version, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// The SDK that carries it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carried_by: Option<String>,
    /// Whether the policy declares it; none where no policy was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub declared: Option<bool>,
}

/// One finding of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// Rule id.
    pub rule: String,
    /// `info` to `high`.
    pub severity: String,
    /// `low` to `high`.
    pub confidence: String,
    /// Kind of its subject.
    pub subject_kind: String,
    /// Its subject.
    pub subject: String,
    /// Chinese message.
    pub message_zh: String,
    /// English message.
    pub message_en: String,
    /// Identity across versions.
    pub fingerprint: String,
    /// Accepted by a person.
    pub suppressed: bool,
}

/// One limitation of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitationRow {
    /// Kind, as in the report.
    pub kind: String,
    /// What it hides, if anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hides: Option<String>,
    /// Where.
    pub at: String,
    /// English sentence.
    pub detail: String,
}

impl Record {
    /// A job that could not be audited at all.
    pub fn failed(key: &str, cause: impl Into<String>) -> Record {
        Record {
            key: key.to_owned(),
            outcome: Outcome::Failed,
            cause: Some(cause.into()),
            sha256: None,
            application_id: None,
            version_name: None,
            packer: None,
            package_bytes: None,
            fetched_bytes: None,
            requests: None,
            policies: Vec::new(),
            columns: BTreeMap::new(),
            sdks: Vec::new(),
            findings: Vec::new(),
            limitations: Vec::new(),
            permissions: Vec::new(),
            inputs: String::new(),
            stamp: String::new(),
            report: String::new(),
        }
    }
}
