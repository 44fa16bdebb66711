//! What was read from a policy as sheets, all fields of each row: what `declarations` prints as CSV and XLSX.

use super::source::Source;
use super::words;
use crate::lang::Lang;
use crate::location::{DocumentId, Location};
use crate::policy::{Declaration, Field, Policy};
use crate::resolve::Identity;
use crate::taxonomy;
use serde::Serialize;

/// A column: its key in CSV, its heads in a workbook, and its width there in characters.
pub type Column = (&'static str, (&'static str, &'static str), f64);

/// A table of texts.
pub struct Sheet {
    /// Name in a workbook, zh and en.
    pub name: (&'static str, &'static str),
    /// Its columns.
    pub columns: &'static [Column],
    /// Its rows, one cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// Several values in one cell.
const BETWEEN: &str = "; ";

static DECLARATIONS: &[Column] = &[
    ("document", ("文件", "Document"), 22.0),
    ("line", ("行", "Line"), 7.0),
    ("end_line", ("止行", "To line"), 7.0),
    ("name", ("名称", "Name"), 26.0),
    ("nested", ("括号内组件", "Components in brackets"), 20.0),
    ("packages", ("包名", "Packages"), 30.0),
    ("sdk", ("SDK 编号", "SDK id"), 22.0),
    ("candidates", ("可能的 SDK", "Candidates"), 22.0),
    ("decided_by", ("识别依据", "Decided by"), 11.0),
    ("confidence", ("识别可信度", "Confidence"), 11.0),
    ("provider", ("提供方", "Provider"), 28.0),
    ("purpose", ("目的", "Purpose"), 32.0),
    ("scene", ("场景", "Scene"), 24.0),
    ("data", ("收集的信息", "Data"), 44.0),
    ("data_items", ("对应的信息类型", "Data items"), 30.0),
    ("permissions", ("权限（原文）", "Permissions as written"), 28.0),
    ("permission_constants", ("权限常量", "Permission constants"), 34.0),
    ("method", ("方式", "Method"), 14.0),
    ("link", ("链接", "Link"), 36.0),
    ("link_kind", ("链接类型", "Kind of link"), 11.0),
    ("other_links", ("其他链接", "Other links"), 24.0),
    ("platforms", ("平台", "Platforms"), 12.0),
    ("retention", ("保存期限", "Retention"), 18.0),
    ("denied", ("写明无的字段", "Fields that say none"), 18.0),
    ("where", ("所在", "Where"), 8.0),
    ("reader", ("读法", "Reader"), 11.0),
    ("group", ("同格分组", "Group"), 8.0),
];

static PERMISSIONS: &[Column] = &[
    ("document", ("文件", "Document"), 22.0),
    ("line", ("行", "Line"), 7.0),
    ("written", ("权限（原文）", "Permission as written"), 34.0),
    ("permission", ("常量", "Constant"), 44.0),
    ("purpose", ("目的", "Purpose"), 60.0),
    ("platforms", ("平台", "Platforms"), 12.0),
];

static DOCUMENTS: &[Column] = &[
    ("document", ("文件", "Document"), 40.0),
    ("format", ("格式", "Format"), 12.0),
    ("encoding", ("编码", "Encoding"), 12.0),
    ("sha256", ("SHA-256", "SHA-256"), 66.0),
];

static LIMITATIONS: &[Column] = &[
    ("limitation", ("未能看到的内容", "What could not be seen"), 90.0),
    ("incomplete", ("使检查不完整", "Makes the audit incomplete"), 16.0),
    ("where", ("位置", "Where"), 40.0),
];

/// SDK rows, one for each declaration in text order.
pub fn declarations(policy: &Policy, identities: &[Identity]) -> Sheet {
    let places = Places::new(policy);
    let row = |(index, d): (usize, &Declaration)| {
        let identity = identities.get(index);
        let decided = identity.and_then(|i| i.by.as_ref());
        let sdk = identity.and_then(|i| i.sdk.as_ref());
        let candidates =
            identity.filter(|i| i.sdk.is_none()).map(|i| i.candidates.as_slice()).unwrap_or_default();
        let start = d.name.spans.first().map_or(d.span.start, |s| s.start);
        let data = text(d.data.as_ref());
        let permissions = d.permissions.iter().flatten();
        let first = d.links.first();
        vec![
            places.name(d.document),
            places.line(d.document, start),
            places.line(d.document, d.span.end.saturating_sub(1).max(start)),
            d.name.text.clone(),
            joined(d.nested.iter().map(|f| f.text.as_str())),
            joined(d.packages.iter().map(|f| f.text.as_str())),
            sdk.map(ToString::to_string).unwrap_or_default(),
            joined(candidates.iter().map(|s| s.as_str())),
            decided.map(word).unwrap_or_default(),
            sdk.and(identity)
                .map(|i| words::confidence(i.confidence, Lang::En).to_owned())
                .unwrap_or_default(),
            text(d.provider.as_ref()),
            text(d.purpose.as_ref()),
            text(d.scene.as_ref()),
            data.clone(),
            items(&data),
            joined(permissions.clone().map(|p| p.written.text.as_str())),
            joined(permissions.filter_map(|p| p.permission.as_deref())),
            text(d.method.as_ref()),
            first.map(|l| l.url.text.clone()).unwrap_or_default(),
            first.map(|l| word(&l.kind)).unwrap_or_default(),
            joined(d.links.iter().skip(1).map(|l| l.url.text.as_str())),
            joined(d.platforms.iter().map(word)),
            text(d.retention.as_ref()),
            joined(d.denied.iter().map(word)),
            word(&d.place),
            d.reader.to_owned(),
            d.group.map(|g| g.to_string()).unwrap_or_default(),
        ]
    };
    let rows = policy.declarations.iter().enumerate().map(row).collect();
    Sheet { name: ("SDK 声明", "SDK rows"), columns: DECLARATIONS, rows }
}

/// The app's own permissions, in text order.
pub fn permissions(policy: &Policy) -> Sheet {
    let places = Places::new(policy);
    let row = |p: &crate::policy::PermissionDeclaration| {
        vec![
            places.name(p.document),
            places.line(p.document, p.span.start),
            p.written.text.clone(),
            p.permission.clone().unwrap_or_default(),
            text(p.purpose.as_ref()),
            joined(p.platforms.iter().map(word)),
        ]
    };
    let rows = policy.permissions.iter().map(row).collect();
    Sheet { name: ("权限", "Permissions"), columns: PERMISSIONS, rows }
}

/// The documents that were read, and what could not be.
pub fn sources(policy: &Policy, lang: Lang) -> [Sheet; 2] {
    let places = Places::new(policy);
    let document = |d: &crate::policy::Document| {
        vec![d.name.clone(), d.format.to_owned(), d.encoding.to_owned(), d.sha256.to_string()]
    };
    let limitation = |l: &crate::limitation::Limitation| {
        let hides = if l.hides.is_some() { "✓" } else { "" };
        vec![l.detail.get(lang).to_owned(), hides.to_owned(), places.of(&l.at)]
    };
    let documents = policy.documents.iter().map(document).collect();
    let limitations = policy.limitations.iter().map(limitation).collect();
    [
        Sheet { name: ("文件", "Documents"), columns: DOCUMENTS, rows: documents },
        Sheet { name: ("限制", "Limitations"), columns: LIMITATIONS, rows: limitations },
    ]
}

/// Documents by number, with their lines.
struct Places(Vec<Source>);

impl Places {
    fn new(policy: &Policy) -> Places {
        Places(policy.documents.iter().map(Source::new).collect())
    }

    fn name(&self, document: DocumentId) -> String {
        self.0.get(document.0 as usize).map(|s| s.name.clone()).unwrap_or_default()
    }

    fn of(&self, at: &Location) -> String {
        match at {
            Location::Text { document, span } => {
                format!("{}:{}", self.name(*document), self.line(*document, span.start))
            }
            Location::Entry { path, .. } => path.to_string(),
        }
    }

    fn line(&self, document: DocumentId, offset: usize) -> String {
        self.0.get(document.0 as usize).map(|s| s.line(offset).to_string()).unwrap_or_default()
    }
}

fn text(field: Option<&Field>) -> String {
    field.map(|f| f.text.clone()).unwrap_or_default()
}

fn joined<T: AsRef<str>>(values: impl Iterator<Item = T>) -> String {
    let mut out = String::new();
    for value in values {
        if !out.is_empty() {
            out.push_str(BETWEEN);
        }
        out.push_str(value.as_ref());
    }
    out
}

/// Ids of the data items a text names, each once.
fn items(data: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for mention in taxonomy::find(data) {
        let id = mention.item.as_str();
        if !out.contains(&id) {
            out.push(id);
        }
    }
    out.join(BETWEEN)
}

/// The word that JSON has for a value.
fn word<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
