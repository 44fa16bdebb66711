//! The report as data, and one renderer per format. Renderers filter and decide nothing.

mod comparison;
pub mod annotations;
pub mod csv;
pub mod declared;
pub mod difference;
pub mod draft;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod revision;
pub mod safe;
pub mod sarif;
pub mod schema;
pub mod sheet;
pub mod source;
pub mod terminal;
pub mod words;
#[cfg(feature = "xlsx")]
pub mod xlsx;

pub use comparison::compare;

use crate::digest::Digest;
use crate::evidence::{Confidence, Evidence};
use crate::finding::{Case, Finding, Severity};
use crate::inventory::App;
use crate::lang::Text;
use crate::limitation::Limitation;
use crate::location::{DocumentId, EntryPath, Location, Span};
use crate::policy::{Declaration, Place};
use crate::report::source::Source;
use crate::resolve::By;
use crate::signature::SdkId;
use crate::suppress::Notice;
use serde::Serialize;

/// Version of the JSON schema; grows only when a reader must care. Fields are added without a new number.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that is printed about one audit. Additive: fields are never renamed or removed.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this schema.
    pub schema_version: u32,
    /// The tool that made it.
    pub tool: Tool,
    /// The signature database used.
    pub database: DatabaseIdentity,
    /// Inputs by name and hash.
    pub inputs: Vec<Input>,
    /// Identity of the app.
    pub app: App,
    /// When the audit was made (RFC 3339, UTC); only when asked for, so that output is else the same byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// Whether everything could be seen.
    pub complete: bool,
    /// What fails this audit.
    pub gate: Gate,
    /// How it ended.
    pub outcome: Outcome,
    /// Counts over the parts below.
    pub summary: Summary,
    /// What could not be seen.
    pub limitations: Vec<Limitation>,
    /// Comparison of app and policy, one row per SDK.
    pub comparison: Vec<Row>,
    /// Permissions of the manifest beside those of the policy.
    pub permissions: Vec<PermissionRow>,
    /// Classes of the app by owner, largest first.
    pub code: Vec<CodeShare>,
    /// What code of each owner can read, by owner; only owners that can read something.
    pub behaviour: Vec<BehaviourRow>,
    /// Findings, sorted by severity, rule and subject.
    pub findings: Vec<Finding>,
    /// The rules that found something, by id.
    pub rules: Vec<RuleNote>,
    /// Entries of the configuration or baseline that accept nothing, or no longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The policy's documents, for renderers that quote them.
    #[serde(skip)]
    pub documents: Vec<Source>,
    /// The policy's SDK rows, for renderers that mark them.
    #[serde(skip)]
    pub declarations: Vec<Declaration>,
}

/// Which findings fail an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Least severity; `None` lets everything pass.
    pub fail_on: Option<Severity>,
    /// Least confidence.
    pub min_confidence: Confidence,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate { fail_on: Some(Severity::High), min_confidence: Confidence::Medium }
    }
}

impl Gate {
    /// Whether a finding fails the audit.
    pub fn stops(&self, finding: &Finding) -> bool {
        finding.suppressed.is_none()
            && finding.confidence >= self.min_confidence
            && self.fail_on.is_some_and(|s| finding.severity >= s)
    }
}

/// How an audit ended; findings win over what could not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Complete, nothing at the gate (exit status 0).
    Clean,
    /// Findings at the gate (1).
    Findings,
    /// Something could not be seen (3).
    Incomplete,
}

/// What a reader needs to know of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleNote {
    /// Id.
    pub id: &'static str,
    /// Title.
    pub title: Text,
    /// Why it matters.
    pub why: Text,
    /// How to fix what it finds.
    pub fix: Text,
    /// Clauses it rests on under the profile in force.
    pub basis: Vec<Basis>,
}

/// A clause that a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Instrument and article.
    pub cite: Text,
    /// What it says.
    pub text: Text,
}

/// Name and version of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// `sdkaudit`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Which signature database was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseIdentity {
    /// Digest over all signatures.
    pub digest: String,
    /// Count of SDKs in it.
    pub sdks: usize,
}

/// One input of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// `package` or `policy`.
    pub role: &'static str,
    /// File name or address.
    pub name: String,
    /// `apk`, `aab`, `html`, `docx` …
    pub format: String,
    /// SHA-256 of its bytes.
    pub sha256: Option<Digest>,
    /// Index in the policy's documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
}

/// Counts that every format shows first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// SDKs and libraries found in the app.
    pub sdks_in_app: usize,
    /// SDK rows of the policy.
    pub rows_in_policy: usize,
    /// Rows of the comparison by verdict.
    pub verdicts: std::collections::BTreeMap<Verdict, usize>,
    /// Unsuppressed findings by severity.
    pub findings: std::collections::BTreeMap<Severity, usize>,
    /// Findings accepted by a person.
    pub suppressed: usize,
}

/// One line of the comparison table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// SDK id, package prefix, or declared name where no id is known.
    pub key: String,
    /// SDK id where one is known.
    pub sdk: Option<SdkId>,
    /// Name in both languages.
    pub name: Text,
    /// Category of the signature file.
    pub category: Option<String>,
    /// What the comparison says.
    pub verdict: Verdict,
    /// What was found in the app.
    pub app: Option<InApp>,
    /// Rows of the policy that name it, in text order.
    pub policy: Vec<InPolicy>,
    /// Fingerprints of the findings about it.
    pub findings: Vec<String>,
}

/// The app's side of a comparison row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InApp {
    /// How sure the detection is.
    pub confidence: Confidence,
    /// Classes defined under its prefixes.
    pub classes: u32,
    /// SDK whose archive brought it.
    pub carried_by: Option<SdkId>,
    /// Version, where the package names it.
    pub version: Option<String>,
    /// What was seen, strongest first.
    pub evidence: Vec<Evidence>,
}

/// The policy's side of a comparison row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InPolicy {
    /// Index in the policy's declarations.
    pub declaration: usize,
    /// Name as written.
    pub name: String,
    /// Document it stands in.
    pub document: DocumentId,
    /// 1-based line of the name.
    pub line: u32,
    /// The whole row.
    pub span: Span,
    /// What decided its identity.
    pub by: Option<By>,
    /// How sure the identity is.
    pub confidence: Confidence,
}

/// What the comparison of one SDK says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Found in the app, not named in the text given.
    Undeclared,
    /// Third-party code that no signature knows and no row names.
    UnknownCode,
    /// Found, not named; another SDK that is named brings it along.
    Carried,
    /// Found; the policy names only its vendor or family, or another product of it.
    FamilyOnly,
    /// A row that may mean several SDKs.
    Ambiguous,
    /// Found and named.
    Declared,
    /// Named, no mark found in this package.
    NotFound,
    /// Named; no signature knows the name, so it could not be looked for.
    UnknownName,
    /// Named for another platform only.
    OtherPlatform,
    /// Named; a service that needs no code in the app.
    Service,
    /// Found; a library without data collection of its own, listing is optional.
    Optional,
}

/// One permission of the manifest, of the policy, or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionRow {
    /// The constant, or the words of the policy where no constant fits.
    pub name: String,
    /// Whether the manifest requests it.
    pub requested: bool,
    /// Highest API level it is requested on, where limited.
    pub max_sdk: Option<u32>,
    /// Words and lines of the policy's own permission list.
    pub policy: Vec<PermissionMention>,
    /// SDK rows that name it, by index of the declaration.
    pub rows: Vec<usize>,
}

/// A permission in the policy's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionMention {
    /// As written.
    pub written: String,
    /// Document it stands in.
    pub document: DocumentId,
    /// 1-based line.
    pub line: u32,
}

/// Data items that code of one owner can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BehaviourRow {
    /// Who owns the code.
    pub owner: Owner,
    /// SDK id, package prefix, or empty for the app's own code.
    pub key: String,
    /// Items, in the taxonomy's order.
    pub items: Vec<BehaviourItem>,
}

/// One data item that code can read, with the first place that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BehaviourItem {
    /// Id of the standard term.
    pub item: &'static str,
    /// Its name.
    pub name: Text,
    /// Call sites.
    pub calls: u32,
    /// Only hints point to it: a string, a constant.
    pub weak: bool,
    /// Class and method of the first place.
    pub place: String,
    /// The dex it stands in.
    pub at: Option<EntryPath>,
}

/// Classes that share an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeShare {
    /// Who owns the code.
    pub owner: Owner,
    /// SDK id or package prefix.
    pub key: String,
    /// Classes defined.
    pub classes: u32,
}

/// Owner of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The app itself.
    Own,
    /// A known SDK or library.
    Sdk,
    /// A third party no signature knows.
    Unknown,
    /// Names made up by a shrinker.
    Renamed,
}

impl Report {
    /// The report of a case and what the rules found in it.
    pub fn new(case: &Case<'_>, findings: Vec<Finding>, gate: Gate) -> Report {
        compare(case, findings, gate)
    }

    /// One of the policy's documents.
    pub fn document(&self, id: DocumentId) -> Option<&Source> {
        self.documents.get(id.0 as usize)
    }

    /// What is known of the rule of a finding.
    pub fn rule(&self, id: &str) -> Option<&RuleNote> {
        self.rules.iter().find(|r| r.id == id)
    }

    /// The first place in the policy that a finding quotes.
    pub fn quoted(&self, finding: &Finding) -> Option<(&Source, Span)> {
        finding.evidence.iter().find_map(|e| match e {
            Evidence::Quoted { document, span, .. } => Some((self.document(*document)?, *span)),
            _ => None,
        })
    }

    /// The first place in the package that a finding shows: entry path, and the thing in it.
    pub fn seen<'f>(&self, finding: &'f Finding) -> Option<(&'f EntryPath, &'f str)> {
        finding.evidence.iter().find_map(|e| match e {
            Evidence::Seen { at: Location::Entry { path, item }, value, .. } => {
                Some((path, item.as_deref().unwrap_or(value)))
            }
            _ => None,
        })
    }

    /// Where a person who mends the policy starts: the words quoted, else the first SDK row, else line 1.
    pub fn anchor(&self, finding: &Finding) -> Option<(&Source, Span)> {
        self.quoted(finding).or_else(|| {
            let row = self.declarations.iter().find(|d| d.place == Place::List);
            let span = row.map(|d| d.name.spans.first().copied().unwrap_or(d.span));
            let document = self.document(row.map_or(DocumentId(0), |d| d.document))?;
            Some((document, span.unwrap_or(Span::new(0, 0))))
        })
    }

    /// Name of the package given.
    pub fn package(&self) -> &str {
        self.inputs.iter().find(|i| i.role == "package").map_or("", |i| &i.name)
    }
}
