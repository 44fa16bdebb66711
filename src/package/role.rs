//! What an entry is for, by its place in its container: the same words for APK, bundle, library and directory.

use super::container::Kind;

/// How a manifest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ManifestForm {
    /// Binary XML of an APK.
    Binary,
    /// Protocol buffer of an app bundle.
    Proto,
    /// Text of a library or a decoded package.
    Text,
}

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The manifest of the package, or of one module of a bundle.
    Manifest(ManifestForm),
    /// A dex file. `loaded`: Android loads it at start; else it only lies there, found by place or magic.
    Dex {
        /// Whether the runtime loads it by itself.
        loaded: bool,
    },
    /// A Java class file.
    Class,
    /// A disassembled class of a decoded package.
    Smali,
    /// A native library under `lib/<abi>/` (`jni/<abi>/` in libraries).
    NativeLib,
    /// Resource table of an APK (`resources.arsc`).
    Resources,
    /// Resource table of a bundle module (`resources.pb`).
    ProtoResources,
    /// A file under `res/`.
    ResourceFile,
    /// A file under `assets/`.
    Asset,
    /// A file under `META-INF/`.
    MetaInf,
    /// Metadata of the build tools (`BUNDLE-METADATA/` of a bundle, `apktool.yml` of a decoded package).
    BuildMetadata,
    /// A container that was opened as a part of its own.
    Container,
    /// An expansion file (OBB): named, never opened.
    Expansion,
    /// A directory entry.
    Directory,
    /// Anything else: files in the root of the package.
    Root,
}

/// The path that an entry has, or will have, in the installed package: bundle modules put
/// `base/dex/classes.dex` to `classes.dex`, `base/root/x` to `x`; decoded packages `unknown/x` to `x`.
pub fn installed_path(kind: Kind, name: &str) -> &str {
    match kind {
        Kind::Aab => {
            let Some((_, rest)) = name.split_once('/') else { return name };
            ["manifest/", "dex/", "root/"].iter().find_map(|p| rest.strip_prefix(p)).unwrap_or_else(|| {
                if ["assets/", "lib/", "res/"].iter().any(|p| rest.starts_with(p)) || rest == "resources.pb" {
                    rest
                } else {
                    name
                }
            })
        }
        Kind::Directory => {
            name.strip_prefix("unknown/").or_else(|| name.strip_prefix("original/")).unwrap_or(name)
        }
        _ => name,
    }
}

/// Module of a bundle that `name` lies in.
pub fn module(kind: Kind, name: &str) -> Option<&str> {
    match kind {
        Kind::Aab => {
            name.split_once('/').map(|(m, _)| m).filter(|m| !matches!(*m, "META-INF" | "BUNDLE-METADATA"))
        }
        _ => None,
    }
}

/// The role of the entry `name` in a container of `kind`, by its name alone.
pub fn classify(kind: Kind, name: &str) -> Role {
    if name.ends_with('/') {
        return Role::Directory;
    }
    if kind == Kind::Aab && name.starts_with("BUNDLE-METADATA/") {
        return Role::BuildMetadata;
    }
    if kind == Kind::Directory {
        if name.ends_with(".smali") && name.starts_with("smali") {
            return Role::Smali;
        }
        if name == "apktool.yml" {
            return Role::BuildMetadata;
        }
        // apktool keeps the binary manifest beside the decoded one; one manifest is enough.
        if name == "original/AndroidManifest.xml" {
            return Role::Root;
        }
    }
    let path = installed_path(kind, name);
    if path == "AndroidManifest.xml" && (kind != Kind::Aab || path.len() != name.len()) {
        return Role::Manifest(match kind {
            Kind::Aab => ManifestForm::Proto,
            Kind::Aar | Kind::Directory => ManifestForm::Text,
            _ => ManifestForm::Binary,
        });
    }
    if let Some(number) = path.strip_prefix("classes").and_then(|p| p.strip_suffix(".dex")) {
        return Role::Dex { loaded: number.is_empty() || number.parse::<u32>().is_ok_and(|n| n >= 2) };
    }
    if path.ends_with(".dex") {
        return Role::Dex { loaded: false };
    }
    if path.ends_with(".class") && matches!(kind, Kind::Jar | Kind::Aar) {
        return Role::Class;
    }
    if native_library(kind, path).is_some() {
        return Role::NativeLib;
    }
    match path {
        "resources.arsc" => Role::Resources,
        "resources.pb" => Role::ProtoResources,
        p if p.starts_with("assets/") => Role::Asset,
        p if p.starts_with("res/") || p.starts_with("r/") => Role::ResourceFile,
        p if p.starts_with("META-INF/") => Role::MetaInf,
        p if p.ends_with(".obb") => Role::Expansion,
        _ => Role::Root,
    }
}

/// ABI and file name of a native library at installed path `path`.
pub fn native_library(kind: Kind, path: &str) -> Option<(&str, &str)> {
    let rest = match kind {
        Kind::Aar => path.strip_prefix("jni/").or_else(|| path.strip_prefix("libs/")),
        _ => path.strip_prefix("lib/"),
    }?;
    let (abi, name) = rest.split_once('/')?;
    (!name.is_empty() && !name.contains('/') && !name.ends_with(".jar")).then_some((abi, name))
}
