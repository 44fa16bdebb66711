//! Build metadata -> components with versions: what Gradle, Maven and Kotlin leave in a package.

use super::model::BuildComponent;
use crate::format::protobuf::Message;
use crate::limitation::Limitation;
use crate::location::EntryPath;
use crate::package::{Buffer, Entry, Role};

/// Bytes of one metadata file that are looked at; dependency lists of big apps have some hundred KiB.
const MAX_TEXT: usize = 4 << 20;

/// Dependencies kept of one list.
const MAX_COMPONENTS: usize = 50_000;

/// Whether the content of the entry at `path` (as installed) names a version or a coordinate.
pub(super) fn names_versions(path: &str, role: Role) -> bool {
    match role {
        Role::MetaInf => ["version", "properties", "kotlin_module"].contains(&extension(path)),
        Role::BuildMetadata => path.ends_with("/dependencies.pb"),
        // Play services and Firebase put theirs into the root.
        Role::Root => !path.contains('/') && extension(path) == "properties",
        _ => false,
    }
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, e)| e)
}

/// Reads `entries`; components sorted by name, each once per version.
pub(super) fn read(entries: &[&Entry<'_>], limitations: &mut Vec<Limitation>) -> Vec<BuildComponent> {
    let mut out = Vec::new();
    let mut buffer = Buffer::new();
    for entry in entries {
        let name = entry.installed_path();
        if extension(name) == "kotlin_module" {
            out.extend(kotlin_module(name, entry.path()));
            continue;
        }
        let content = match entry.read(&mut buffer) {
            Ok(content) => content,
            Err(limitation) => {
                limitations.push(limitation);
                continue;
            }
        };
        let bytes = content.bytes.get(..content.bytes.len().min(MAX_TEXT)).unwrap_or_default();
        let text = || String::from_utf8_lossy(bytes);
        match extension(name) {
            "pb" => dependencies(bytes, &entry.path(), &mut out),
            "version" => out.extend(version_file(name, &text(), entry.path())),
            _ => out.extend(properties(name, &text(), entry.path())),
        }
    }
    out.sort();
    out.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    out
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// A version as written, unless the build wrote an error or a placeholder in its place.
fn version(text: &str) -> Option<String> {
    let text = text.lines().next()?.trim();
    let sound = !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_graphic());
    (sound && text.contains(|c: char| c.is_ascii_digit())).then(|| text.to_owned())
}

/// `META-INF/androidx.core_core.version`: group, underscore, artifact.
fn version_file(path: &str, text: &str, at: EntryPath) -> Option<BuildComponent> {
    let stem = stem(path);
    let (name, maven) = match stem.split_once('_') {
        Some((group, artifact)) if group.contains('.') => (format!("{group}:{artifact}"), true),
        _ => (stem.to_owned(), false),
    };
    (!stem.is_empty()).then(|| BuildComponent { name, version: version(text), maven, at })
}

/// `pom.properties` of Maven, and the `version=` files of Play services, Firebase and others.
fn properties(path: &str, text: &str, at: EntryPath) -> Option<BuildComponent> {
    let value = |key: &str| {
        let line =
            text.lines().find_map(|l| l.trim().strip_prefix(key)?.trim_start().strip_prefix(['=', ':']));
        line.map(str::trim).filter(|v| !v.is_empty())
    };
    if let (Some(group), Some(artifact)) = (value("groupId"), value("artifactId")) {
        let version = value("version").and_then(version);
        return Some(BuildComponent { name: format!("{group}:{artifact}"), version, maven: true, at });
    }
    let version = value("version").and_then(version)?;
    let name = value("client").unwrap_or_else(|| stem(path));
    // These libraries name their file after the artifact; their groups are fixed.
    let group = GROUPS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, group)| group);
    Some(BuildComponent {
        name: group.map_or_else(|| name.to_owned(), |group| format!("{group}:{name}")),
        version: Some(version),
        maven: group.is_some(),
        at,
    })
}

/// Beginnings of artifacts whose properties file stands in the root of the package, and their Maven groups.
const GROUPS: &[(&str, &str)] = &[
    ("firebase-", "com.google.firebase"),
    ("play-services-", "com.google.android.gms"),
    ("transport-", "com.google.android.datatransport"),
];

/// `META-INF/okhttp.kotlin_module`: the module's name, with Gradle's variant behind it.
fn kotlin_module(path: &str, at: EntryPath) -> Option<BuildComponent> {
    let stem = stem(path);
    let name = ["_release", "_debug"].iter().find_map(|v| stem.strip_suffix(v)).unwrap_or(stem);
    (!name.is_empty()).then(|| BuildComponent { name: name.to_owned(), version: None, maven: false, at })
}

/// `dependencies.pb` of app bundles. Source: bundletool, `app_dependencies.proto`.
fn dependencies(data: &[u8], at: &EntryPath, out: &mut Vec<BuildComponent>) {
    for library in Message::new(data).filter(|f| f.number == 1).take(MAX_COMPONENTS) {
        let maven = Message::field(library.bytes(), 1).bytes();
        let text = |number| Message::field(maven, number).text();
        let (group, artifact) = (text(1), text(2));
        if !group.is_empty() && !artifact.is_empty() {
            let (name, version) = (format!("{group}:{artifact}"), version(&text(5)));
            out.push(BuildComponent { name, version, maven: true, at: at.clone() });
        }
    }
}
