//! Cross-platform runtimes and the packages their own files list.

use super::model::{Inventory, Runtime};
use crate::lang::Text;
use crate::limitation::{Limitation, LimitationKind};
use crate::location::{EntryPath, Location};
use crate::package::{Buffer, Entry};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

/// Most bytes of a list or bundle that are searched.
const MAX_BYTES: usize = 64 << 20;

/// Most packages kept of one runtime.
const MAX_PACKAGES: usize = 10_000;

/// Files that prove a runtime, and how to read the packages they list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    FlutterNotices { gzip: bool },
    FlutterKernel,
    ReactBundle,
    CordovaPlugins,
    CapacitorPlugins,
    UniManifest,
    UnityAssemblies,
}

/// What the entry at `path` (as installed) is to a runtime.
fn source(path: &str) -> Option<(&'static str, Source)> {
    let file = path.rsplit('/').next()?;
    let assets = path.strip_prefix("assets/")?;
    Some(match file {
        "NOTICES.Z" if assets.starts_with("flutter_assets/") => {
            ("flutter", Source::FlutterNotices { gzip: true })
        }
        "NOTICES" if assets.starts_with("flutter_assets/") => {
            ("flutter", Source::FlutterNotices { gzip: false })
        }
        "kernel_blob.bin" if assets.starts_with("flutter_assets/") => ("flutter", Source::FlutterKernel),
        "index.android.bundle" | "index.bundle" | "main.jsbundle" => ("react-native", Source::ReactBundle),
        "cordova_plugins.js" => ("cordova", Source::CordovaPlugins),
        "capacitor.plugins.json" => ("capacitor", Source::CapacitorPlugins),
        "manifest.json" if assets.starts_with("apps/") && assets.ends_with("/www/manifest.json") => {
            ("uni-app", Source::UniManifest)
        }
        "ScriptingAssemblies.json" => ("unity", Source::UnityAssemblies),
        _ => return None,
    })
}

/// Whether the entry at `path` lists packages of a runtime.
pub(super) fn lists_packages(path: &str) -> bool {
    source(path).is_some()
}

/// Places that prove a runtime by themselves, and the package a path names, where it names one.
fn mark(path: &str) -> Option<(&'static str, Option<&str>)> {
    if let Some(rest) = path.strip_prefix("assets/flutter_assets/") {
        return Some(("flutter", rest.strip_prefix("packages/").and_then(|p| p.split('/').next())));
    }
    if let Some(assembly) = path.strip_prefix("assemblies/").and_then(|p| p.strip_suffix(".dll")) {
        return Some(("xamarin", assembly.rsplit('/').next()));
    }
    if let Some(rest) = path.strip_prefix("assets/bin/Data/") {
        return Some(("unity", rest.strip_prefix("Managed/").and_then(|p| p.strip_suffix(".dll"))));
    }
    None
}

/// Native libraries that are a runtime.
const LIBRARIES: &[(&str, &str)] = &[
    ("libflutter.so", "flutter"),
    ("libhermes.so", "react-native"),
    ("libmonodroid.so", "xamarin"),
    ("libreactnativejni.so", "react-native"),
    ("libunity.so", "unity"),
];

/// Packages of runtimes and mini-program containers.
const CLASSES: &[(&str, &str)] = &[
    ("com.alipay.mobile.nebula", "mini-program"),
    ("com.facebook.react", "react-native"),
    ("com.finogeeks.lib.applet", "mini-program"),
    ("com.tencent.tmf.mini", "mini-program"),
    ("com.unity3d.player", "unity"),
    ("io.dcloud.feature.unimp", "mini-program"),
    ("io.dcloud.common", "uni-app"),
    ("io.flutter.embedding.engine", "flutter"),
    ("org.apache.cordova", "cordova"),
];

/// A runtime under collection: what proves it, and what it lists.
pub(super) type Found = BTreeMap<&'static str, (EntryPath, BTreeSet<String>)>;

/// Takes note of a file that proves a runtime by its path alone.
pub(super) fn note(found: &mut Found, entry: &Entry<'_>) {
    if let Some((name, package)) = mark(entry.installed_path()) {
        add(found, name, &entry.path(), package.map(str::to_owned));
    }
}

/// Runtimes `found` by files, and those that libraries and classes of `inventory` prove, with the packages that
/// the lists in `entries` name.
pub(super) fn read(
    inventory: &Inventory,
    mut found: Found,
    entries: &[Entry<'_>],
    limitations: &mut Vec<Limitation>,
) -> Vec<Runtime> {
    for library in &inventory.libraries {
        if let Some((_, name)) = LIBRARIES.iter().find(|(l, _)| *l == library.name) {
            add(&mut found, name, &library.path, None);
        }
    }
    for (package, name) in CLASSES {
        if let Some(code) = inventory.code.iter().find(|c| c.classes.first_under(package).is_some()) {
            let container = (*name == "mini-program").then(|| (*package).to_owned());
            add(&mut found, name, &code.path, container);
        }
    }
    let mut buffer = Buffer::new();
    for entry in entries {
        let Some((name, source)) = source(entry.installed_path()) else { continue };
        match entry.read(&mut buffer) {
            Ok(content) => {
                let bytes = content.bytes.get(..content.bytes.len().min(MAX_BYTES)).unwrap_or_default();
                let packages = packages(source, bytes);
                limitations.extend(unnamed(source, &packages, entry));
                add(&mut found, name, &entry.path(), packages);
            }
            Err(limitation) => limitations.push(limitation),
        }
    }
    found
        .into_iter()
        .map(|(name, (at, packages))| Runtime { name, at, packages: packages.into_iter().collect() })
        .collect()
}

/// A release bundle is minified or compiled to Hermes bytecode and keeps paths of modules only by chance. Their
/// native halves are code like any other; packages of JavaScript alone leave no name.
fn unnamed(source: Source, packages: &[String], entry: &Entry<'_>) -> Option<Limitation> {
    (source == Source::ReactBundle && packages.is_empty()).then(|| Limitation {
        kind: LimitationKind::Unsupported,
        at: Location::entry(&entry.path()),
        hides: None,
        detail: Text::new(
            "React Native 脚本包中没有模块路径（已压缩或编译为 Hermes 字节码），看不到其中的 npm 包名；各 SDK 的原生部分不受影响",
            "the React Native bundle holds no paths of modules (minified, or compiled to Hermes bytecode): names of its npm packages cannot be seen; the native halves of SDKs are not affected",
        ),
    })
}

fn add(found: &mut Found, name: &'static str, at: &EntryPath, packages: impl IntoIterator<Item = String>) {
    let (_, all) = found.entry(name).or_insert_with(|| (at.clone(), BTreeSet::new()));
    for package in packages {
        if all.len() < MAX_PACKAGES && !package.is_empty() && package.len() <= 128 {
            all.insert(package);
        }
    }
}

fn packages(source: Source, data: &[u8]) -> Vec<String> {
    match source {
        Source::FlutterNotices { gzip: false } => notices(&String::from_utf8_lossy(data)),
        Source::FlutterNotices { gzip: true } => {
            let mut text = Vec::new();
            // A broken stream still gives its beginning.
            let _ = GzDecoder::new(data).take(MAX_BYTES as u64).read_to_end(&mut text);
            notices(&String::from_utf8_lossy(&text))
        }
        Source::FlutterKernel => {
            after(data, b"package:", |name| name.first().is_some_and(u8::is_ascii_lowercase))
        }
        Source::ReactBundle => after(data, b"node_modules/", |_| true),
        Source::CordovaPlugins => cordova(&String::from_utf8_lossy(data)),
        Source::CapacitorPlugins => json_strings(data, "pkg"),
        Source::UniManifest => uni_modules(data),
        Source::UnityAssemblies => {
            let names = serde_json::from_slice::<Value>(data).ok();
            let names = names.as_ref().and_then(|v| v.get("names")?.as_array());
            let text = |v: &Value| Some(v.as_str()?.trim_end_matches(".dll").to_owned());
            names.map(|all| all.iter().filter_map(text).collect()).unwrap_or_default()
        }
    }
}

/// Package names in Flutter's collected licences: the lines above the first empty line of each block.
fn notices(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut heading = true;
    for line in text.lines() {
        if line.len() >= 40 && line.bytes().all(|b| b == b'-') {
            heading = true;
        } else if line.trim().is_empty() {
            heading = false;
        } else if heading && out.len() < MAX_PACKAGES && line.bytes().all(is_name) {
            out.push(line.to_owned());
        }
    }
    out
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@')
}

/// Names that follow `marker` in text or bytecode, up to a slash; scoped npm names keep their scope.
fn after(data: &[u8], marker: &[u8], fits: impl Fn(&[u8]) -> bool) -> Vec<String> {
    let mut out = BTreeSet::new();
    for at in memchr::memmem::find_iter(data, marker) {
        let rest = data.get(at + marker.len()..).unwrap_or_default();
        let rest = rest.get(..rest.len().min(160)).unwrap_or_default();
        let segment = |bytes: &[u8]| bytes.iter().take_while(|b| is_name(**b)).count();
        let mut len = segment(rest);
        if rest.first() == Some(&b'@') && rest.get(len) == Some(&b'/') {
            len += 1 + segment(rest.get(len + 1..).unwrap_or_default());
        }
        let name = rest.get(..len).unwrap_or_default();
        if len > 0 && rest.get(len) == Some(&b'/') && fits(name) && out.len() < MAX_PACKAGES {
            out.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    out.into_iter().collect()
}

/// Plug-in ids of `cordova_plugins.js`: `"pluginId": "cordova-plugin-x"`, and the keys of its `metadata`.
fn cordova(text: &str) -> Vec<String> {
    let quoted = |rest: &str| {
        let rest = rest.trim_start().strip_prefix(':')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest.get(1..)?.split(quote).next().map(str::to_owned)
    };
    let mut out: Vec<String> = Vec::new();
    for (at, key) in text.match_indices("pluginId").take(MAX_PACKAGES) {
        let rest = text.get(at + key.len()..).unwrap_or_default();
        out.extend(quoted(rest.strip_prefix(['"', '\'']).unwrap_or(rest)));
    }
    let metadata = text.split_once("exports.metadata").and_then(|(_, rest)| {
        let open = rest.find('{')?;
        let close = rest.get(open..)?.find('}')?;
        serde_json::from_str::<BTreeMap<String, String>>(rest.get(open..=open + close)?).ok()
    });
    out.extend(metadata.unwrap_or_default().into_keys());
    out
}

/// Strings under `key` in the objects of a JSON list.
fn json_strings(data: &[u8], key: &str) -> Vec<String> {
    let value = serde_json::from_slice::<Value>(data).unwrap_or_default();
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|v| Some(v.get(key)?.as_str()?.to_owned())).collect()
}

/// Modules of a uni-app manifest (`permissions`: Push, OAuth, …) and the providers configured for them
/// (`plus.distribute.plugins`: `oauth:weixin`). Native plug-ins by their id.
fn uni_modules(data: &[u8]) -> Vec<String> {
    let value = serde_json::from_slice::<Value>(data).unwrap_or_default();
    let keys = |v: Option<&Value>| -> Vec<String> {
        v.and_then(Value::as_object).map(|o| o.keys().cloned().collect()).unwrap_or_default()
    };
    let mut out = keys(value.get("permissions"));
    let plus = value.get("plus");
    let plugins = plus.and_then(|p| p.get("distribute")).and_then(|d| d.get("plugins"));
    for module in keys(plugins) {
        let providers = keys(plugins.and_then(|p| p.get(&module)));
        out.extend(providers.iter().map(|provider| format!("{module}:{provider}")));
    }
    out.extend(keys(plus.and_then(|p| p.get("nativePlugins"))));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_runtime_are_read() {
        let dashes = "-".repeat(80);
        let text = format!("jpush_flutter\nfluwx\n\nCopyright (c) somebody\n{dashes}\nhttp\n\nBSD text\n");
        assert_eq!(
            packages(Source::FlutterNotices { gzip: false }, text.as_bytes()),
            ["jpush_flutter", "fluwx", "http"]
        );
        let bundle = b"x(\"node_modules/@react-native-firebase/app/lib/index.js\");\0node_modules/jpush-react-native/index.js";
        assert_eq!(
            packages(Source::ReactBundle, bundle),
            ["@react-native-firebase/app", "jpush-react-native"]
        );
        let cordova = br#"module.exports = [{"id": "a.b", "pluginId": "cordova-plugin-device"}];
            module.exports.metadata = {"cordova-plugin-whitelist": "1.3.3"};"#;
        assert_eq!(
            packages(Source::CordovaPlugins, cordova),
            ["cordova-plugin-device", "cordova-plugin-whitelist"]
        );
        let uni = br#"{"permissions":{"Push":{}},"plus":{"distribute":{"plugins":{"oauth":{"weixin":{"appid":"x"}}}}}}"#;
        assert_eq!(packages(Source::UniManifest, uni), ["Push", "oauth:weixin"]);
        assert_eq!(
            packages(Source::CapacitorPlugins, br#"[{"pkg":"@capacitor/app","classpath":"x"}]"#),
            ["@capacitor/app"]
        );
        assert_eq!(packages(Source::FlutterKernel, b"package:fluwx/fluwx.dart\0package:Up/x"), ["fluwx"]);
    }

    #[test]
    fn broken_lists_give_nothing_and_break_nothing() {
        for source in [
            Source::UniManifest,
            Source::CapacitorPlugins,
            Source::UnityAssemblies,
            Source::CordovaPlugins,
            Source::FlutterNotices { gzip: true },
        ] {
            assert!(packages(source, b"{\"pluginId\": \xff[[[").is_empty(), "{source:?}");
        }
    }
}
