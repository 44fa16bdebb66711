//! The report as data, and one renderer per format. Renderers filter and decide nothing.

use crate::digest::Digest;
use crate::finding::Finding;
use crate::limitation::Limitation;
use crate::location::DocumentId;
use serde::Serialize;

/// Everything that is printed about one audit. Additive: fields are never renamed or removed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Version of this schema.
    pub schema_version: u32,
    /// Version of the tool.
    pub tool_version: &'static str,
    /// Digest of the signature database.
    pub database: String,
    /// Inputs by name and hash.
    pub inputs: Vec<Input>,
    /// Whether everything could be seen.
    pub complete: bool,
    /// What could not be seen.
    pub limitations: Vec<Limitation>,
    /// Comparison of app and policy, one row per SDK.
    pub comparison: Vec<Row>,
    /// Findings, sorted.
    pub findings: Vec<Finding>,
}

/// One input of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// `package` or `policy`.
    pub role: &'static str,
    /// File name or address.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Option<Digest>,
    /// Index in the policy's documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
}

/// One line of the comparison table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// SDK id, package prefix, or declared name where no id is known.
    pub key: String,
}
