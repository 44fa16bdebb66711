//! From paths to containers: what each file is by its content, and which containers lie inside which.

use super::budget::Budget;
use super::bytes::Bytes;
use super::container::{Container, Files, Kind};
use super::role::{Role, classify};
use super::{Error, Package};
use crate::format::zip::{Archive, Buffer, Trick};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::limits::Limits;
use crate::location::{EntryPath, Location};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file or entry that may be a container.
struct Candidate {
    path: EntryPath,
    bytes: Bytes,
    depth: usize,
    embedded: bool,
    /// One of several packages that are installed together.
    in_set: bool,
}

/// Work in progress.
struct Opening {
    budget: Arc<Budget>,
    containers: Vec<Container>,
    limitations: Vec<Limitation>,
    queue: VecDeque<Candidate>,
}

/// Opens what `paths` name as one package.
pub fn open(paths: &[PathBuf], limits: &Limits) -> Result<Package, Error> {
    let mut work = Opening::new(limits);
    let mut files = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|source| Error::Io { path: path.clone(), source })?;
        if !meta.is_dir() {
            files.push(path.clone());
            continue;
        }
        let listing =
            list(path, limits.max_entries).map_err(|source| Error::Io { path: path.clone(), source })?;
        if listing.files.iter().any(|f| f.0 == "AndroidManifest.xml") {
            work.directory(path, listing);
        } else {
            let mut packages: Vec<PathBuf> =
                listing.files.iter().filter(|f| is_package_name(&f.0)).map(|f| path.join(&f.0)).collect();
            packages.sort();
            if packages.is_empty() {
                return Err(Error::NotAPackage {
                    path: path.clone(),
                    why: "a directory without AndroidManifest.xml and without packages".into(),
                });
            }
            files.append(&mut packages);
        }
    }
    let in_set = files.len() > 1;
    for path in &files {
        let bytes = Bytes::open(path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let candidate =
            Candidate { path: EntryPath::root(file_name(path)), bytes, depth: 0, embedded: false, in_set };
        work.outermost(candidate).map_err(|why| Error::NotAPackage { path: path.clone(), why })?;
    }
    if work.containers.is_empty() {
        return Err(Error::NotAPackage { path: PathBuf::new(), why: "no file was given".into() });
    }
    Ok(work.finish())
}

/// Opens bytes in memory as one package.
pub fn open_bytes(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Package, Error> {
    let mut work = Opening::new(limits);
    let candidate = Candidate {
        path: EntryPath::root(name),
        bytes: Bytes::from(bytes),
        depth: 0,
        embedded: false,
        in_set: false,
    };
    work.outermost(candidate).map_err(|why| Error::NotAPackage { path: name.into(), why })?;
    Ok(work.finish())
}

impl Opening {
    fn new(limits: &Limits) -> Opening {
        Opening {
            budget: Arc::new(Budget::new(limits)),
            containers: Vec::new(),
            limitations: Vec::new(),
            queue: VecDeque::new(),
        }
    }

    fn finish(mut self) -> Package {
        self.limitations.sort();
        self.limitations.dedup();
        Package { containers: self.containers, limitations: self.limitations, budget: self.budget }
    }

    /// A directory that is itself the package.
    fn directory(&mut self, root: &Path, listing: Listing) {
        let path = EntryPath::root(file_name(root));
        if listing.full {
            let trick = Trick::TooManyEntries(listing.files.len());
            self.limitations.push(limitation(&trick, &path, Some(Hidden::Code)));
        }
        for file in listing.unreadable {
            let trick = Trick::Unreadable(file.1);
            self.limitations.push(limitation(&trick, &path.join(&file.0), None));
        }
        let roles = listing.files.iter().map(|f| classify(Kind::Directory, &f.0)).collect();
        self.containers.push(Container {
            path,
            kind: Kind::Directory,
            embedded: false,
            files: Files::Directory { root: root.to_owned(), files: listing.files },
            roles,
            budget: self.budget.clone(),
            sha256: OnceLock::new(),
        });
    }

    /// Opens a candidate that the caller named, and all that is inside; `Err` says what it is instead.
    fn outermost(&mut self, candidate: Candidate) -> Result<(), String> {
        let head: Vec<u8> = candidate.bytes.as_slice().iter().take(8).copied().collect();
        let size = candidate.bytes.as_slice().len();
        match self.open_one(candidate) {
            Opened::Yes => {}
            Opened::NotZip => return Err(what_it_is(&head, size)),
            Opened::Irrelevant => {
                return Err("a zip archive without manifest, dex, classes or packages inside".into());
            }
        }
        while let Some(candidate) = self.queue.pop_front() {
            let (path, named) = (candidate.path.clone(), is_package_name(candidate.path.as_str()));
            if let Opened::NotZip = self.open_one(candidate)
                && named
            {
                self.limitations.push(Limitation {
                    kind: LimitationKind::Malformed,
                    at: Location::entry(&path),
                    hides: Some(Hidden::Code),
                    detail: Text::new(
                        "名称像安装包，但内容不是 ZIP 压缩包，无法打开。",
                        "It is named like a package and is no zip archive; it could not be opened.",
                    ),
                });
            }
        }
        Ok(())
    }

    fn open_one(&mut self, candidate: Candidate) -> Opened {
        let Candidate { path, bytes, depth, embedded, in_set } = candidate;
        let archive = match Archive::parse(&bytes, self.budget.limits.max_entries) {
            Ok(Some(archive)) => archive,
            Ok(None) | Err(_) => return Opened::NotZip,
        };
        let Some(kind) = kind_of(&archive, &path, in_set, embedded) else { return Opened::Irrelevant };
        let roles: Vec<Role> = archive.entries().iter().map(|e| classify(kind, archive.name(e))).collect();
        for trick in archive.tricks() {
            let hides = trick.loses_content().then_some(Hidden::Code);
            self.limitations.push(limitation(trick, &path, hides));
        }
        let container = Container {
            path,
            kind,
            embedded,
            files: Files::Archive { bytes, archive },
            roles,
            budget: self.budget.clone(),
            sha256: OnceLock::new(),
        };
        if let Files::Archive { archive, .. } = &container.files {
            for (index, trick) in archive.entry_tricks() {
                if let Some(entry) = container.entries().nth(*index) {
                    self.limitations.push(entry.limitation(trick));
                }
            }
        }
        let nested = self.nested(&container, depth);
        self.containers.push(container);
        if let Some(container) = self.containers.last_mut() {
            for (index, candidate) in nested {
                if let Some(role) = container.roles.get_mut(index) {
                    *role = Role::Container;
                }
                self.queue.push_back(candidate);
            }
        }
        Opened::Yes
    }

    /// Entries of `container` that may be containers themselves.
    fn nested(&mut self, container: &Container, depth: usize) -> Vec<(usize, Candidate)> {
        let mut out = Vec::new();
        let mut buffer = Buffer::new();
        let packages = container.entries().filter(|e| e.name().ends_with(".apk")).count();
        for entry in container.entries() {
            let wanted = match container.kind {
                k if k.is_wrapper() => is_package_name(entry.name()),
                Kind::Aar => entry.name().ends_with(".jar"),
                _ => matches!(entry.role(), Role::Asset | Role::Root) && is_archive_name(entry.name()),
            };
            if !wanted {
                continue;
            }
            let path = entry.path();
            let opened = self.containers.len() + self.queue.len() + out.len();
            if depth >= self.budget.limits.max_depth || opened > self.budget.limits.max_nested {
                self.limitations.push(Limitation {
                    kind: LimitationKind::LimitReached,
                    at: Location::entry(&path),
                    hides: Some(Hidden::Code),
                    detail: Text::new(
                        "嵌套安装包的层数或数量超过上限，未打开。",
                        "Packages are nested deeper, or in greater number, than the limit; this one was not opened.",
                    ),
                });
                continue;
            }
            let bytes = match entry.read(&mut buffer) {
                Ok(content) => {
                    self.limitations.extend(content.limitations);
                    container.lent(content.bytes).unwrap_or_else(|| Bytes::from(content.bytes.to_vec()))
                }
                Err(limitation) => {
                    self.limitations.push(limitation);
                    continue;
                }
            };
            let embedded =
                container.embedded || !(container.kind.is_wrapper() || container.kind == Kind::Aar);
            let candidate =
                Candidate { path, bytes, depth: depth + 1, embedded, in_set: packages > 1 && !embedded };
            out.push((entry.index(), candidate));
        }
        out
    }
}

enum Opened {
    Yes,
    NotZip,
    Irrelevant,
}

impl Container {
    /// `part` as a range of this container's bytes, where it lies in them.
    fn lent(&self, part: &[u8]) -> Option<Bytes> {
        match &self.files {
            Files::Archive { bytes, .. } => bytes.part(part),
            Files::Directory { .. } => None,
        }
    }
}

fn limitation(trick: &Trick, path: &EntryPath, hides: Option<Hidden>) -> Limitation {
    Limitation { kind: trick.kind(), at: Location::entry(path), hides, detail: trick.text() }
}

/// What an archive is, by what it holds; `None` when it holds nothing of ours.
fn kind_of(archive: &Archive, path: &EntryPath, in_set: bool, embedded: bool) -> Option<Kind> {
    let mut manifest = false;
    let mut dex = false;
    let mut jar = false;
    let mut class = false;
    let mut bundle = false;
    let mut packages = 0;
    let mut described = (false, false);
    let mut resources = false;
    for entry in archive.entries() {
        let name = archive.name(entry);
        manifest |= name == "AndroidManifest.xml";
        resources |= name == "resources.arsc";
        dex |= !name.contains('/') && name.ends_with(".dex");
        jar |= name == "classes.jar";
        class |= name.ends_with(".class");
        bundle |= name.ends_with("/manifest/AndroidManifest.xml") && name.matches('/').count() == 2;
        packages += usize::from(is_package_name(name));
        described.0 |= name == "manifest.json";
        described.1 |= name == "info.json";
    }
    let file = path.entry().to_ascii_lowercase();
    Some(match () {
        () if manifest && jar && !dex => Kind::Aar,
        () if manifest && in_set && !is_base(&file) => Kind::Split,
        () if manifest => Kind::Apk,
        () if bundle => Kind::Aab,
        () if packages > 0 && !dex && !class => match described {
            _ if file.ends_with(".apkm") => Kind::Apkm,
            _ if file.ends_with(".apks") => Kind::Apks,
            (true, _) => Kind::Xapk,
            (_, true) => Kind::Apkm,
            _ if file.ends_with(".zip") => Kind::Zip,
            _ => Kind::Apks,
        },
        () if dex && (embedded || file.ends_with(".jar")) => Kind::Jar,
        () if dex || resources => Kind::Apk,
        () if jar => Kind::Aar,
        () if class => Kind::Jar,
        () => return None,
    })
}

/// Whether an APK of a set is the base, as far as names tell: configuration splits carry `config.` or `split_`.
fn is_base(file: &str) -> bool {
    let stem = file.rsplit('/').next().unwrap_or(file);
    !(stem.starts_with("split_") || stem.starts_with("config.") || stem.contains("split_config."))
}

fn is_package_name(name: &str) -> bool {
    has_extension(name, &["apk", "xapk", "apks", "apkm", "aab"])
}

fn is_archive_name(name: &str) -> bool {
    is_package_name(name) || has_extension(name, &["jar", "zip", "aar"])
}

fn has_extension(name: &str, any: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, e)| any.iter().any(|a| e.eq_ignore_ascii_case(a)))
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn what_it_is(head: &[u8], size: usize) -> String {
    match head {
        [] => "an empty file".into(),
        h if h.starts_with(b"dex\n") => "a bare dex file; give the package it comes from".into(),
        h if h.starts_with(b"PK") => format!("a zip archive that is cut ({size} bytes, nothing to recover)"),
        h if h.starts_with(b"\x7fELF") => "an ELF file".into(),
        h if h.starts_with(b"%PDF") => "a PDF document".into(),
        _ => format!("no zip archive ({size} bytes, no central directory)"),
    }
}

/// The files under a directory, with `/` between steps.
struct Listing {
    files: Vec<(String, u64)>,
    unreadable: Vec<(String, String)>,
    full: bool,
}

/// Lists regular files under `root`, sorted; links are not followed, so the walk ends.
fn list(root: &Path, max: usize) -> std::io::Result<Listing> {
    let mut out = Listing { files: Vec::new(), unreadable: Vec::new(), full: false };
    let mut stack = vec![(root.to_owned(), String::new())];
    while let Some((dir, prefix)) = stack.pop() {
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if prefix.is_empty() => return Err(e),
            Err(e) => {
                out.unreadable.push((prefix, e.to_string()));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(t) if t.is_dir() => stack.push((entry.path(), format!("{name}/"))),
                Ok(t) if t.is_file() => {
                    if out.files.len() >= max {
                        out.full = true;
                        break;
                    }
                    let size = entry.metadata().map_or(0, |m| m.len());
                    out.files.push((name, size));
                }
                _ => {}
            }
        }
    }
    out.files.sort();
    Ok(out)
}
