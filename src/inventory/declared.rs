//! Manifests and resource tables of a package -> identity, permissions, components.

use super::code;
use super::codename;
use super::manifest::{self, Collector};
use super::model::{App, Manifest};
use super::read::{Options, Plan};
use super::resource::{Resources, Tables, language_of, plain};
use super::split::Splits;
use crate::format::arsc::Table;
use crate::format::defect::Defect;
use crate::format::proto_table::ProtoTable;
use crate::format::xml::Value;
use crate::format::{any_xml, text_xml};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::Location;
use crate::package::{Buffer, Content, Entry, Role};
use std::cell::Cell;

/// What the manifests say.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub app: App,
    pub manifest: Manifest,
    /// Components without a class of their own.
    pub aliases: Vec<String>,
    pub splits: Splits,
    pub limitations: Vec<Limitation>,
}

/// Reads every manifest; resource tables only where a manifest refers to them.
pub(super) fn read(plan: &Plan<'_>, options: &Options) -> Declared {
    let mut out = Declared::default();
    let mut buffers: Vec<Buffer> = plan.manifests.iter().map(|_| Buffer::new()).collect();
    let contents = contents(&plan.manifests, &mut buffers, &mut out.limitations);
    let refers = Cell::new(false);
    let note_references = |value: &Value<'_>| {
        refers.set(refers.get() || matches!(value, Value::Reference(_) | Value::Named(_)));
        plain(value)
    };
    let mut read = collect(&contents, &note_references, Some(&mut out.limitations));
    let refers = refers.get() || read.label.as_ref().is_some_and(|l| !matches!(l, Value::Text(_)));
    let mut buffers: Vec<Buffer> = plan.resources.iter().map(|_| Buffer::new()).collect();
    let mut tables = Vec::new();
    if refers && options.resources {
        let contents = self::contents(&plan.resources, &mut buffers, &mut out.limitations);
        for (entry, content) in &contents {
            tables.push(table(entry, content.bytes, &mut out.limitations));
        }
    }
    let resources = Resources::new(tables);
    if refers && options.resources {
        read = collect(&contents, &|value| resources.text(value), None);
    }
    out.app = read.app;
    out.app.label = read.label.as_ref().and_then(|label| resources.label(label));
    out.manifest = read.manifest;
    out.aliases = read.aliases;
    out.splits = read.splits;
    if let Some(entry) = plan.manifests.first() {
        let unknown =
            read.unknown_levels.iter().map(|(attribute, value)| unknown_level(entry, attribute, value));
        out.limitations.extend(unknown);
    }
    out
}

/// A level that has no number yet, or never had one: rules that depend on it take it for not stated.
fn unknown_level(entry: &Entry<'_>, attribute: &str, value: &str) -> Limitation {
    Limitation {
        kind: LimitationKind::Unsupported,
        at: Location::item(&entry.path(), attribute),
        hides: None,
        detail: Text::new(
            format!("{attribute} 写作“{value}”，不是已知的 Android 版本代号，按未声明处理"),
            format!("{attribute} is \"{value}\", which is no known Android codename; taken as not stated"),
        ),
    }
}

/// Contents of `entries`, each in its own buffer; those that cannot be read leave a limitation.
fn contents<'b>(
    entries: &[Entry<'b>],
    buffers: &'b mut [Buffer],
    limitations: &mut Vec<Limitation>,
) -> Vec<(Entry<'b>, Content<'b>)> {
    let mut out = Vec::new();
    for (entry, buffer) in entries.iter().zip(buffers) {
        match entry.read(buffer) {
            Ok(content) => {
                limitations.extend(content.limitations.iter().cloned());
                out.push((*entry, content));
            }
            Err(limitation) => limitations.push(limitation),
        }
    }
    out
}

fn collect(
    contents: &[(Entry<'_>, Content<'_>)],
    resolve: manifest::Resolve<'_>,
    mut limitations: Option<&mut Vec<Limitation>>,
) -> manifest::Read {
    let mut all: Option<manifest::Read> = None;
    for (entry, content) in contents {
        let path = entry.path();
        let mut collector = Collector::new(path.clone(), resolve);
        let defects = any_xml::read(content.bytes, |event| collector.event(event));
        if let Some(limitations) = &mut limitations {
            limitations.extend(defects.iter().map(|d| code::limitation(d, &path, Hidden::Manifest)));
        }
        let read = collector.finish();
        match &mut all {
            Some(all) => all.merge(read),
            None => all = Some(read),
        }
    }
    all.unwrap_or_default()
}

fn table<'a>(entry: &Entry<'_>, data: &'a [u8], limitations: &mut Vec<Limitation>) -> Tables<'a> {
    match entry.role() {
        Role::ProtoResources => Tables::Proto(ProtoTable::parse(data)),
        Role::Resources => {
            let table = Table::parse(data);
            // Labels and values may be lost with it, permissions and components are not.
            let note = |d: &Defect| Limitation {
                hides: None,
                ..code::limitation(d, &entry.path(), Hidden::Manifest)
            };
            limitations.extend(table.defects().iter().map(note));
            Tables::Binary(table)
        }
        _ => {
            let directory = entry.name().split('/').nth(1).unwrap_or_default();
            let strings = text_xml::strings(data).into_iter().collect();
            // Directories of other qualifiers never win over the default one.
            Tables::Text(language_of(directory).unwrap_or("??").to_owned(), strings)
        }
    }
}

/// Identity that apktool moves out of the manifest into `apktool.yml`.
pub(super) fn apktool(entries: &[&Entry<'_>], app: &mut App, limitations: &mut Vec<Limitation>) {
    let mut buffer = Buffer::new();
    for entry in entries {
        let content = match entry.read(&mut buffer) {
            Ok(content) => content,
            Err(limitation) => {
                limitations.push(limitation);
                continue;
            }
        };
        let yml = String::from_utf8_lossy(content.bytes);
        let value = |key: &str| {
            let found = yml.lines().find_map(|l| l.trim().strip_prefix(key)?.strip_prefix(':'));
            found.map(|v| v.trim().trim_matches(['\'', '"'])).filter(|v| !v.is_empty() && *v != "null")
        };
        let mut level = |key: &'static str| {
            let text = value(key)?;
            let found = codename::level(text);
            if found.is_none() {
                limitations.push(unknown_level(entry, key, text));
            }
            found
        };
        app.min_sdk = app.min_sdk.or_else(|| level("minSdkVersion"));
        app.target_sdk = app.target_sdk.or_else(|| level("targetSdkVersion"));
        app.version_code = app.version_code.or_else(|| value("versionCode").and_then(|v| v.parse().ok()));
        app.version_name = app.version_name.take().or_else(|| value("versionName").map(str::to_owned));
    }
}
