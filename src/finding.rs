//! A finding, and the case it is found in.

use crate::digest::Digest;
use crate::evidence::{Confidence, Evidence};
use crate::inventory::Inventory;
use crate::lang::Text;
use crate::policy::Policy;
use crate::resolve::Identity;
use crate::signature::{Database, Detections};
use serde::{Deserialize, Serialize};

/// How bad, if true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; no duty touched.
    Info,
    /// A defect of form.
    Low,
    /// A required field or statement is missing or wrong.
    Medium,
    /// What regulators have punished by name.
    High,
}

/// What a finding is about; part of its fingerprint, so no line, version or path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Subject {
    /// `sdk`, `package`, `permission`, `row`, `document`, `app`.
    pub kind: &'static str,
    /// Id or normalised name.
    pub key: String,
}

/// One difference or defect, with evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Rule id, kebab-case.
    pub rule: &'static str,
    /// How bad if true.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: Subject,
    /// What was found, in both languages.
    pub message: Text,
    /// Never empty; the first is the primary one.
    pub evidence: Vec<Evidence>,
    /// Keys of the clauses it rests on under the profile in force (`rules::laws`), strongest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<&'static str>,
    /// Id of the published template this defect was copied from; such findings are the template's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<&'static str>,
    /// Survives an update of the app or the policy.
    pub fingerprint: Fingerprint,
    /// Accepted by a person, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppression>,
}

/// Why a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Reason, as the person wrote it.
    pub reason: String,
    /// Last day it holds, ISO date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Identity of a finding across versions: hash of rule, application id and subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// 16 hex digits of SHA-256 over the NUL-separated parts.
    pub fn new(rule: &str, app: &str, subject: &Subject) -> Fingerprint {
        let key = [rule, app, subject.kind, &subject.key].join("\0");
        let mut hex = Digest::of(key.as_bytes()).to_string();
        hex.truncate(16);
        Fingerprint(hex)
    }
}

/// Everything a rule may look at. A policy is optional: rules on the package alone still run.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The package.
    pub inventory: &'a Inventory,
    /// What signatures found in it.
    pub detections: &'a Detections,
    /// The policy.
    pub policy: &'a Policy,
    /// One identity per declaration of the policy, in order.
    pub identities: &'a [Identity],
    /// The signature database.
    pub database: &'a Database,
}
