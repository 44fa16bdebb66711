//! Package -> Inventory: what is read, in which order, on how many threads.

use super::model::{Inventory, Part};
use super::{code, manifest, native};
use crate::format::axml;
use crate::format::xml::Value;
use crate::limitation::{Hidden, Limitation};
use crate::package::{Buffer, Entry, ManifestForm, Package, Role};
use rayon::prelude::*;

/// What to read. Class names, manifest and library names are always read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of classes that are referenced but not defined.
    pub references: bool,
    /// SHA-256 of every part.
    pub hashes: bool,
    /// Static string constants to read: (binary class name, field), sorted.
    pub constants: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options { references: true, hashes: true, constants: Vec::new() }
    }
}

/// Reads `package`. Never fails: what cannot be read is among `Inventory::limitations`.
pub fn read(package: &Package, options: &Options) -> Inventory {
    let mut out = Inventory { limitations: package.limitations().to_vec(), ..Inventory::default() };
    let mut manifests: Option<manifest::Read> = None;
    let mut buffer = Buffer::new();
    let mut code_entries: Vec<Entry<'_>> = Vec::new();
    for container in package.containers() {
        for entry in container.entries().filter(|e| !e.shadowed()) {
            match entry.role() {
                Role::Manifest(form) if !container.embedded() => {
                    let read = read_manifest(&entry, form, &mut buffer, &mut out.limitations);
                    match (&mut manifests, read) {
                        (Some(all), Some(read)) => all.merge(read),
                        (none, read) => *none = read,
                    }
                }
                Role::Dex { .. } => code_entries.push(entry),
                Role::NativeLib => out.libraries.extend(native::name(&entry)),
                Role::Directory | Role::ResourceFile => {}
                _ => out.files.push(entry.path()),
            }
        }
    }
    let code = rayon::join(|| read_code(&code_entries, options), || parts(package, options));
    for read in code.0 {
        out.code.extend(read.files);
        out.constants.extend(read.constants);
        out.limitations.extend(read.limitations);
    }
    out.parts = code.1;
    if let Some(read) = manifests {
        out.app = read.app;
        out.manifest = read.manifest;
    }
    out
}

fn parts(package: &Package, options: &Options) -> Vec<Part> {
    let part = |c: &crate::package::Container| Part {
        path: c.path().clone(),
        kind: c.kind().as_str(),
        sha256: if options.hashes { c.sha256() } else { None },
        bytes: c.len(),
    };
    package.containers().iter().map(part).collect()
}

/// Reads code files, the largest first so that no thread is left with one at the end; results in entry order.
fn read_code(entries: &[Entry<'_>], options: &Options) -> Vec<code::Read> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(entries.get(*i).map(Entry::claimed_size)));
    let mut done: Vec<(usize, code::Read)> = order
        .into_par_iter()
        .with_max_len(1)
        .map_init(Buffer::new, |buffer, i| {
            (i, entries.get(i).map(|e| read_one(e, buffer, options)).unwrap_or_default())
        })
        .collect();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, read)| read).collect()
}

fn read_one(entry: &Entry<'_>, buffer: &mut Buffer, options: &Options) -> code::Read {
    match entry.read(buffer) {
        Ok(content) => {
            let loaded = entry.role() == Role::Dex { loaded: true } && !entry.container().embedded();
            let mut read = code::read_dex(content.bytes, &entry.path(), loaded, options);
            read.limitations.splice(0..0, content.limitations);
            read
        }
        Err(limitation) => code::Read { limitations: vec![limitation], ..code::Read::default() },
    }
}

fn read_manifest(
    entry: &Entry<'_>,
    form: ManifestForm,
    buffer: &mut Buffer,
    limitations: &mut Vec<Limitation>,
) -> Option<manifest::Read> {
    let content = match entry.read(buffer) {
        Ok(content) => content,
        Err(limitation) => {
            limitations.push(limitation);
            return None;
        }
    };
    limitations.extend(content.limitations);
    let path = entry.path();
    let mut collector = manifest::Collector::new(path.clone(), &plain);
    let defects = match form {
        ManifestForm::Binary => axml::read(content.bytes, |event| collector.event(event)),
        _ => Vec::new(),
    };
    limitations.extend(defects.iter().map(|d| code::limitation(d, &path, Hidden::Manifest)));
    Some(collector.finish())
}

/// Text of a value without resource tables.
fn plain(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.clone().into_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Reference(id) => format!("@{id:#010x}"),
        Value::Named(name) => format!("@{name}"),
        Value::Other(..) => return None,
    })
}
