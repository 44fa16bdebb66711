//! What was read from a policy as flat rows: what `declarations` prints as JSON and CSV.

use crate::location::DocumentId;
use crate::policy::{Declaration, Field, Place, Platform, Policy};
use crate::report::source::Source;
use crate::resolve::Identity;
use serde::Serialize;

/// Flat rows of a policy. Additive: keys are never renamed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// SDK rows, in text order.
    pub declarations: Vec<Row>,
    /// The app's own permissions, in text order.
    pub permissions: Vec<Permission>,
}

/// One SDK row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Name as written.
    pub name: String,
    /// Package names.
    pub packages: Vec<String>,
    /// Company.
    pub provider: Option<String>,
    /// Purpose.
    pub purpose: Option<String>,
    /// Data items as written.
    pub data: Option<String>,
    /// Permissions as written; `None` without a field for them.
    pub permissions: Option<Vec<String>>,
    /// The privacy link if there is one, else the first link.
    pub link: Option<String>,
    /// Platforms stated.
    pub platforms: Vec<Platform>,
    /// SDK id meant.
    pub sdk: Option<String>,
    /// `list` or `prose`.
    #[serde(rename = "where")]
    pub place: Place,
    /// Layout reader that found it.
    pub reader: &'static str,
    /// 1-based line in its document.
    pub line: u32,
    /// Index of its document.
    pub document: u32,
}

/// One permission of the app's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// As written.
    pub written: String,
    /// The constant meant.
    pub permission: Option<String>,
    /// 1-based line in its document.
    pub line: u32,
    /// Index of its document.
    pub document: u32,
}

impl Declared {
    /// The rows of a policy, with the identity of each declaration.
    pub fn new(policy: &Policy, identities: &[Identity]) -> Declared {
        let sources: Vec<Source> = policy.documents.iter().map(Source::new).collect();
        let at =
            |document: DocumentId, offset| sources.get(document.0 as usize).map_or(0, |s| s.line(offset));
        let line = |d: &Declaration| at(d.document, d.name.spans.first().map_or(d.span.start, |s| s.start));
        let text = |f: &Option<Field>| f.as_ref().map(|f| f.text.clone());
        let row = |(i, d): (usize, &Declaration)| Row {
            name: d.name.text.clone(),
            packages: d.packages.iter().map(|p| p.text.clone()).collect(),
            provider: text(&d.provider),
            purpose: text(&d.purpose),
            data: text(&d.data),
            permissions: d.permissions.as_ref().map(|p| p.iter().map(|p| p.written.text.clone()).collect()),
            link: d.links.first().map(|l| l.url.text.clone()),
            platforms: d.platforms.clone(),
            sdk: identities.get(i).and_then(|i| i.sdk.as_ref()).map(ToString::to_string),
            place: d.place,
            reader: d.reader,
            line: line(d),
            document: d.document.0,
        };
        let permission = |p: &crate::policy::PermissionDeclaration| Permission {
            written: p.written.text.clone(),
            permission: p.permission.clone(),
            line: at(p.document, p.span.start),
            document: p.document.0,
        };
        Declared {
            declarations: policy.declarations.iter().enumerate().map(row).collect(),
            permissions: policy.permissions.iter().map(permission).collect(),
        }
    }
}
