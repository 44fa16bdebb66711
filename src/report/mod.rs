//! The report as data, and one renderer per format. Renderers filter and decide nothing.

mod comparison;
pub mod safe;
pub mod terminal;

pub use comparison::compare;

use crate::digest::Digest;
use crate::evidence::{Confidence, Evidence};
use crate::finding::{Case, Finding, Severity};
use crate::inventory::App;
use crate::lang::{Lang, Text};
use crate::limitation::Limitation;
use crate::location::{DocumentId, Span};
use crate::policy::Document;
use crate::resolve::By;
use crate::signature::SdkId;
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
    /// Whether everything could be seen.
    pub complete: bool,
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
    /// Findings, sorted by severity, rule and subject.
    pub findings: Vec<Finding>,
    /// The policy's documents, for renderers that quote them.
    #[serde(skip)]
    pub documents: Vec<Document>,
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

impl Verdict {
    /// Words for people.
    pub fn text(self, lang: Lang) -> &'static str {
        match (lang, self) {
            (Lang::Zh, Verdict::Undeclared) => "未在所给文本中找到",
            (Lang::Zh, Verdict::UnknownCode) => "未知第三方代码",
            (Lang::Zh, Verdict::Carried) => "随其他 SDK 带入",
            (Lang::Zh, Verdict::FamilyOnly) => "仅写到厂商或系列",
            (Lang::Zh, Verdict::Ambiguous) => "名称有歧义",
            (Lang::Zh, Verdict::Declared) => "已声明",
            (Lang::Zh, Verdict::NotFound) => "此包中未发现",
            (Lang::Zh, Verdict::UnknownName) => "无法识别的名称",
            (Lang::Zh, Verdict::OtherPlatform) => "仅声明于其他平台",
            (Lang::Zh, Verdict::Service) => "服务，无嵌入代码",
            (Lang::Zh, Verdict::Optional) => "不收集数据的库",
            (Lang::En, Verdict::Undeclared) => "not named in the text given",
            (Lang::En, Verdict::UnknownCode) => "unknown third-party code",
            (Lang::En, Verdict::Carried) => "carried by another SDK",
            (Lang::En, Verdict::FamilyOnly) => "only the vendor is named",
            (Lang::En, Verdict::Ambiguous) => "ambiguous name",
            (Lang::En, Verdict::Declared) => "declared",
            (Lang::En, Verdict::NotFound) => "not found in this package",
            (Lang::En, Verdict::UnknownName) => "name not known",
            (Lang::En, Verdict::OtherPlatform) => "other platform only",
            (Lang::En, Verdict::Service) => "service without code",
            (Lang::En, Verdict::Optional) => "library, listing optional",
        }
    }
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
    pub fn new(case: &Case<'_>, findings: Vec<Finding>) -> Report {
        compare(case, findings)
    }

    /// The worst severity among unsuppressed findings at or above `confidence`.
    pub fn worst(&self, confidence: Confidence) -> Option<Severity> {
        self.findings
            .iter()
            .filter(|f| f.suppressed.is_none() && f.confidence >= confidence)
            .map(|f| f.severity)
            .max()
    }
}

/// Words for a severity.
pub fn severity_text(severity: Severity, lang: Lang) -> &'static str {
    match (lang, severity) {
        (Lang::Zh, Severity::High) => "高",
        (Lang::Zh, Severity::Medium) => "中",
        (Lang::Zh, Severity::Low) => "低",
        (Lang::Zh, Severity::Info) => "提示",
        (Lang::En, Severity::High) => "high",
        (Lang::En, Severity::Medium) => "medium",
        (Lang::En, Severity::Low) => "low",
        (Lang::En, Severity::Info) => "info",
    }
}

/// Words for a confidence.
pub fn confidence_text(confidence: Confidence, lang: Lang) -> &'static str {
    match (lang, confidence) {
        (Lang::Zh, Confidence::High) => "高",
        (Lang::Zh, Confidence::Medium) => "中",
        (Lang::Zh, Confidence::Low) => "低",
        (Lang::En, Confidence::High) => "high",
        (Lang::En, Confidence::Medium) => "medium",
        (Lang::En, Confidence::Low) => "low",
    }
}
