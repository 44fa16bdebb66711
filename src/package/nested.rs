//! Which entries of a container are code or containers whatever their names say, and which parts are missing.

use super::container::{Container, Entry, Kind};
use super::role::Role;
use crate::format::zip::Buffer;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::Location;

/// What a closer look at an entry found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find {
    /// A dex file under another name or in another place.
    Dex,
    /// A zip archive; whether it holds anything of ours shows when it is opened.
    Archive,
}

/// Smaller files hold no class.
const SMALLEST: u64 = 64;

/// Looks at the entries of `container` that may hide code: by name where a set of packages says what is in it, by
/// their first bytes elsewhere.
pub fn look(container: &Container) -> Vec<(usize, Find)> {
    container.entries().filter_map(|e| Some((e.index(), look_at(container.kind(), &e)?))).collect()
}

fn look_at(kind: Kind, entry: &Entry<'_>) -> Option<Find> {
    let name = entry.name();
    if kind.is_wrapper() {
        return is_package_name(name).then_some(Find::Archive);
    }
    if kind == Kind::Aar && has_extension(name, &["jar"]) {
        return Some(Find::Archive);
    }
    if entry.packed_size() < SMALLEST {
        return None;
    }
    match entry.role() {
        Role::Asset | Role::Root | Role::NativeLib | Role::MetaInf => {}
        // Raw resources keep any content; other resources only where they do not look like what aapt writes.
        Role::ResourceFile
            if !has_extension(name, &["xml", "png", "webp", "jpg", "jpeg", "gif", "ttf", "otf"]) => {}
        _ => return None,
    }
    match entry.magic() {
        Some((magic, _)) if magic.starts_with(b"dex\n") => Some(Find::Dex),
        Some((magic, _)) if magic.starts_with(b"PK\x03\x04") => Some(Find::Archive),
        Some(_) => None,
        // Remote, or odd: the name has to do.
        None if has_extension(name, &["dex"]) => Some(Find::Dex),
        None => has_extension(name, &["apk", "jar", "zip", "aar"]).then_some(Find::Archive),
    }
}

/// Parts that the description of a set names and that are not there.
pub fn missing(container: &Container, buffer: &mut Buffer) -> Vec<Limitation> {
    let mut out = Vec::new();
    if container.kind() != Kind::Xapk {
        return out;
    }
    let Some(description) = container.entry("manifest.json") else { return out };
    let Ok(content) = description.read(buffer) else { return out };
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(content.bytes) else {
        out.push(Limitation {
            kind: LimitationKind::Malformed,
            at: Location::entry(&description.path()),
            hides: None,
            detail: Text::new(
                "manifest.json 不是有效的 JSON，无法核对分包清单。",
                "manifest.json is no valid JSON; the list of parts could not be checked.",
            ),
        });
        return out;
    };
    for (list, hides) in [("split_apks", Some(Hidden::Code)), ("expansions", None)] {
        let files = json.get(list).and_then(|l| l.as_array()).into_iter().flatten();
        for file in files.filter_map(|f| f.get("file")?.as_str()).take(256) {
            if container.entry(file).is_none() {
                out.push(Limitation {
                    kind: LimitationKind::MissingPart,
                    at: Location::item(&description.path(), file),
                    hides,
                    detail: Text::new(
                        format!("清单中列出的 {file} 不在包内。"),
                        format!("{file} is listed and is not in the package."),
                    ),
                });
            }
        }
    }
    out
}

/// Whether a file of this name is a package or a set of packages.
pub fn is_package_name(name: &str) -> bool {
    has_extension(name, &["apk", "xapk", "apks", "apkm", "aab"])
}

fn has_extension(name: &str, any: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, e)| any.iter().any(|a| e.eq_ignore_ascii_case(a)))
}
