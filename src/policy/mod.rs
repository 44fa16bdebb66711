//! Policy bytes -> documents -> declarations: what a policy says about SDKs and permissions.

pub mod ordinal;
pub mod rich;
pub mod page;
pub mod build;
pub mod markdown;
pub mod elements;
pub mod html;
pub mod decode;
pub mod literal;
mod writer;
pub mod office;
pub mod workbook;
pub mod pdf;
pub mod mime;
pub mod sources;
pub mod lexicon;
pub mod value;
pub mod name;
pub mod row;
pub mod grid;
pub mod table;
pub mod flat;
pub mod column;
pub mod segment;
pub mod numbered;
pub mod links;
pub mod merge;
pub mod blocks;
mod words;
mod naming;
mod latin;
mod listed;
mod company;
mod partner;
mod siblings;
mod opening;
pub mod mention;
mod collected;
mod aim;
mod refusal;
pub mod sentence;
mod unit;
pub mod prose;
mod described;
mod asked;
pub mod permission_list;
mod dates;
pub mod placeholder;
pub mod statement;
pub mod read;
#[cfg(test)]
mod testing;

pub use read::read;
pub use sources::Source;

use crate::digest::Digest;
use crate::limitation::Limitation;
use crate::location::{DocumentId, Span};
use serde::Serialize;

/// All that was read out of the documents that form one policy.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Policy {
    /// The documents, in the order given.
    pub documents: Vec<Document>,
    /// SDK rows, in text order.
    pub declarations: Vec<Declaration>,
    /// The app's own permission list, in text order.
    pub permissions: Vec<PermissionDeclaration>,
    /// Sentences a rule may use: denials, references to lists elsewhere, dates …
    pub statements: Vec<Statement>,
    /// What could not be read.
    pub limitations: Vec<Limitation>,
}

/// One decoded document. Spans are byte ranges in `text`.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// Its index in `Policy::documents`.
    pub id: DocumentId,
    /// File name, entry path or address.
    pub name: String,
    /// SHA-256 of the bytes given.
    pub sha256: Digest,
    /// `text`, `html`, `markdown`, `docx`, `pdf`, `xlsx`, `csv`, `mhtml`.
    pub format: &'static str,
    /// Encoding the bytes were decoded from: `UTF-8`, `GB18030` …
    pub encoding: &'static str,
    /// Decoded source (HTML with its tags); for docx, pdf and xlsx the text taken out of it.
    #[serde(skip)]
    pub text: String,
}

impl Document {
    /// 1-based line and column (in characters) of a byte offset.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or("");
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// One SDK row: what a policy says about one SDK in one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Declaration {
    /// Document it stands in.
    pub document: DocumentId,
    /// The whole row or block.
    pub span: Span,
    /// Name as written, bracketed aliases included, numbers and labels dropped.
    pub name: Field,
    /// Components named in brackets (`聚合SDK（穿山甲、优量汇）`).
    pub nested: Vec<Field>,
    /// Package names as written, spaces inside removed.
    pub packages: Vec<Field>,
    /// Company.
    pub provider: Option<Field>,
    /// Purpose or function.
    pub purpose: Option<Field>,
    /// Usage scene, where it has a field of its own.
    pub scene: Option<Field>,
    /// Data collected, as written.
    pub data: Option<Field>,
    /// Permissions field: `None` no such field, empty says "none".
    pub permissions: Option<Vec<DeclaredPermission>>,
    /// How data is taken or shared.
    pub method: Option<Field>,
    /// Links, the privacy link first.
    pub links: Vec<Link>,
    /// Platforms stated; empty is not stated.
    pub platforms: Vec<Platform>,
    /// Retention, where stated.
    pub retention: Option<Field>,
    /// Fields that say "none" in so many words, by field name.
    pub denied: Vec<FieldName>,
    /// Fields that hold a mark for a person to fill in, by field name: what they lack is known already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfilled: Vec<FieldName>,
    /// In a list, or named in running text.
    pub place: Place,
    /// Reader that found it: `table`, `lines`, `blocks`, `cells`, `prose` …
    pub reader: &'static str,
    /// Rows that came from one cell share a number.
    pub group: Option<u32>,
    /// Names of the row in the document's other language versions, which were folded into this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<Field>,
}

impl Declaration {
    /// A row of the first document's list that states a name and nothing else.
    pub fn named(name: Field) -> Declaration {
        Declaration {
            document: DocumentId(0),
            span: Span::new(0, 0),
            name,
            nested: Vec::new(),
            packages: Vec::new(),
            provider: None,
            purpose: None,
            scene: None,
            data: None,
            permissions: None,
            method: None,
            links: Vec::new(),
            platforms: Vec::new(),
            retention: None,
            denied: Vec::new(),
            unfilled: Vec::new(),
            place: Place::List,
            reader: "",
            group: None,
            other_names: Vec::new(),
        }
    }
}

/// A piece of text with where it stands; several pieces are joined with ` | `.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// White space collapsed.
    pub text: String,
    /// Where its pieces stand, in order.
    pub spans: Vec<Span>,
}

/// Names of the fields of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum FieldName {
    Name,
    Package,
    Provider,
    Purpose,
    Scene,
    Data,
    Permission,
    Method,
    Link,
    Platform,
    Retention,
}

impl FieldName {
    /// What people call it, in Chinese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            FieldName::Name => ("名称", "name"),
            FieldName::Package => ("包名", "package"),
            FieldName::Provider => ("提供方", "provider"),
            FieldName::Purpose => ("目的", "purpose"),
            FieldName::Scene => ("场景", "scene"),
            FieldName::Data => ("信息种类", "data"),
            FieldName::Permission => ("权限", "permissions"),
            FieldName::Method => ("方式", "method"),
            FieldName::Link => ("链接", "link"),
            FieldName::Platform => ("平台", "platform"),
            FieldName::Retention => ("保存期限", "retention"),
        }
    }
}

/// A permission in a row's permission field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeclaredPermission {
    /// As written.
    pub written: Field,
    /// The constant meant, `android.permission.CAMERA`, where one fits.
    pub permission: Option<String>,
}

/// A link in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Address, wrapped lines joined.
    pub url: Field,
    /// What the policy calls it.
    pub kind: LinkKind,
}

/// What a link is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A privacy policy.
    Privacy,
    /// A site.
    Official,
    /// Nothing.
    Unlabelled,
}

/// Platform of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Platform {
    Android,
    Ios,
    Harmony,
    Web,
}

/// Whether a row stands in a list or in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In a table, list or blocks meant to list SDKs.
    List,
    /// Named in running text.
    Prose,
}

/// One entry of the app's own permission list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionDeclaration {
    /// Document it stands in.
    pub document: DocumentId,
    /// The whole row.
    pub span: Span,
    /// Name as written.
    pub written: Field,
    /// The constant meant, where one fits.
    pub permission: Option<String>,
    /// Purpose, as written.
    pub purpose: Option<Field>,
    /// Platforms stated.
    pub platforms: Vec<Platform>,
    /// In a list or table, or asked for in running text.
    pub place: Place,
}

/// A sentence that a rule may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Document it stands in.
    pub document: DocumentId,
    /// The sentence.
    pub span: Span,
    /// What it says.
    pub kind: StatementKind,
    /// What it is about: an address, a data item id, a date … by kind.
    pub subject: Option<String>,
}

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StatementKind {
    /// "The list is at …", and it was not given; subject: the address if there is one.
    ListElsewhere,
    /// "SDKs collect nothing", "other SDKs do not collect"; subject: none.
    BlanketDenial,
    /// "We do not collect X"; subject: data item id.
    DataDenial,
    /// "We use third-party SDKs" without naming them.
    UnnamedSdks,
    /// A placeholder of a template left unfilled.
    Placeholder,
    /// Date of update or effect; subject: ISO date.
    Date,
    /// Promised response time; subject: days.
    ResponseTime,
    /// App or product name the document speaks of; subject: the name.
    Product,
    /// Data sent abroad, or kept at home; subject: `abroad` or `domestic`.
    CrossBorder,
}
