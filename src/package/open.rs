//! From paths to containers: what each file is by its content, and which containers lie inside which.

use super::budget::Budget;
use super::bytes::Bytes;
use super::container::{Container, Files, Kind};
use super::identity;
use super::nested::{self, Find, is_package_name};
use super::remote;
use super::role::{ManifestForm, Role, classify};
use super::{Error, Package};
use crate::format::zip::{Archive, Buffer, Source as _, Trick};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::limits::Limits;
use crate::location::{EntryPath, Location};
use std::collections::{HashMap, VecDeque};
use std::mem::{Discriminant, discriminant};
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
    /// The container and the entry it comes from.
    from: Option<(usize, usize)>,
}

/// Entries that show the same oddity and are named one by one; the rest is counted.
const NAMED: usize = 16;

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
        let holds = |name: &str| listing.files.iter().any(|f| f.0 == name);
        if holds("AndroidManifest.xml") {
            work.directory(path, listing, Kind::Directory);
        } else if holds("base/manifest/AndroidManifest.xml") {
            work.directory(path, listing, Kind::Aab);
        } else {
            let mut packages: Vec<PathBuf> =
                listing.files.iter().filter(|f| is_package_name(&f.0)).map(|f| path.join(&f.0)).collect();
            packages.sort();
            if packages.is_empty() {
                return Err(Error::NotAPackage {
                    path: path.clone(),
                    why: Text::new(
                        "目录中既没有 AndroidManifest.xml，也没有安装包",
                        "a directory without AndroidManifest.xml and without packages",
                    ),
                });
            }
            files.append(&mut packages);
        }
    }
    let in_set = files.len() > 1;
    for path in &files {
        let bytes = Bytes::open(path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let candidate = Candidate {
            path: EntryPath::root(file_name(path)),
            bytes,
            depth: 0,
            embedded: false,
            in_set,
            from: None,
        };
        work.outermost(candidate).map_err(|why| Error::NotAPackage { path: path.clone(), why })?;
    }
    if work.containers.is_empty() {
        let why = Text::new("没有给出任何文件", "no file was given");
        return Err(Error::NotAPackage { path: PathBuf::new(), why });
    }
    work.finish()
}

/// Opens bytes in memory, or behind a remote source, as one package.
pub fn open_bytes(name: &str, bytes: Bytes, limits: &Limits) -> Result<Package, Error> {
    let mut work = Opening::new(limits);
    let candidate = Candidate {
        path: EntryPath::root(name),
        bytes,
        depth: 0,
        embedded: false,
        in_set: false,
        from: None,
    };
    work.outermost(candidate).map_err(|why| Error::NotAPackage { path: name.into(), why })?;
    work.finish()
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

    fn finish(mut self) -> Result<Package, Error> {
        // A single package needs no comparison.
        if self.containers.iter().filter(|c| !c.embedded).count() > 1 {
            self.limitations.extend(identity::relate(&mut self.containers)?);
        }
        self.limitations.sort();
        self.limitations.dedup();
        Ok(Package { containers: self.containers, limitations: self.limitations, budget: self.budget })
    }

    /// A directory that is itself the package, of `kind`.
    fn directory(&mut self, root: &Path, listing: Listing, kind: Kind) {
        let path = EntryPath::root(file_name(root));
        if listing.full {
            let trick = Trick::TooManyEntries(listing.files.len());
            self.limitations.push(limitation(&trick, &path, Some(Hidden::Code)));
        }
        for file in listing.unreadable {
            let trick = Trick::Unreadable(file.1);
            self.limitations.push(limitation(&trick, &path.join(&file.0), Some(Hidden::Code)));
        }
        let roles = listing.files.iter().map(|f| classify(kind, &f.0)).collect();
        let mut container = Container {
            path,
            kind,
            embedded: false,
            files: Files::Directory { root: root.to_owned(), files: listing.files },
            roles,
            budget: self.budget.clone(),
            sha256: OnceLock::new(),
        };
        // Unzipped packages keep the binary manifest, decoded ones have text.
        let binary = container.entry("AndroidManifest.xml").and_then(|e| e.magic());
        if binary.is_some_and(|(m, _)| m.starts_with(&[3, 0, 8, 0])) {
            for role in container.roles.iter_mut().filter(|r| matches!(r, Role::Manifest(_))) {
                *role = Role::Manifest(ManifestForm::Binary);
            }
        }
        self.add(container, 0);
        self.drain();
    }

    /// Opens a candidate that the caller named, and all that is inside; `Err` says what it is instead.
    fn outermost(&mut self, candidate: Candidate) -> Result<(), Text> {
        let head = candidate.bytes.read(0, 8).map(|b| b.to_vec()).unwrap_or_default();
        let size = candidate.bytes.len();
        match self.open_one(candidate) {
            Opened::Yes => {}
            Opened::NotZip => return Err(what_it_is(&head, size)),
            Opened::Unreadable(why) => {
                return Err(Text::new(format!("读取出错（{why}）"), format!("reading failed ({why})")));
            }
            Opened::Irrelevant => {
                return Err(Text::new(
                    "ZIP 压缩包内没有清单、dex、类文件或安装包",
                    "a zip archive without manifest, dex, classes or packages inside",
                ));
            }
        }
        self.drain();
        Ok(())
    }

    /// Opens what is queued, and what is found inside.
    fn drain(&mut self) {
        while let Some(candidate) = self.queue.pop_front() {
            let (path, named) = (candidate.path.clone(), is_package_name(candidate.path.as_str()));
            if let Opened::NotZip | Opened::Unreadable(_) = self.open_one(candidate)
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
    }

    fn open_one(&mut self, candidate: Candidate) -> Opened {
        let Candidate { path, bytes, depth, embedded, in_set, from } = candidate;
        let archive = match Archive::parse(&bytes, self.budget.limits.max_entries) {
            Ok(Some(archive)) => archive,
            Ok(None) => return Opened::NotZip,
            Err(e) => return Opened::Unreadable(e.to_string()),
        };
        let Some(kind) = kind_of(&archive, &path, in_set, embedded) else { return Opened::Irrelevant };
        let roles = archive
            .entries()
            .iter()
            .map(|e| match classify(kind, archive.name(e)) {
                Role::Dex { .. } if e.shadowed => Role::Dex { loaded: false },
                role => role,
            })
            .collect();
        let container = Container {
            path,
            kind,
            embedded,
            files: Files::Archive { bytes, archive },
            roles,
            budget: self.budget.clone(),
            sha256: OnceLock::new(),
        };
        remote::announce(&container);
        self.note_tricks(&container);
        if let Some((parent, index)) = from
            && let Some(role) = self.containers.get_mut(parent).and_then(|c| c.roles.get_mut(index))
        {
            *role = Role::Container;
        }
        self.add(container, depth);
        Opened::Yes
    }

    /// Takes `container` in and queues what lies inside.
    fn add(&mut self, mut container: Container, depth: usize) {
        let mut buffer = Buffer::new();
        self.limitations.extend(nested::missing(&container, &mut buffer));
        let mut archives = Vec::new();
        for (index, find) in nested::look(&container) {
            match find {
                Find::Dex => {
                    if let Some(role) = container.roles.get_mut(index) {
                        *role = Role::Dex { loaded: false };
                    }
                }
                Find::Archive => archives.push(index),
            }
        }
        let carrier = container.kind.is_wrapper() || container.kind == Kind::Aar;
        let embedded = container.embedded || !carrier;
        let in_set = archives.len() > 1 && !embedded;
        let parent = self.containers.len();
        let mut left_out: Vec<EntryPath> = Vec::new();
        for entry in archives.into_iter().map(|index| container.at(index)) {
            let path = entry.path();
            let opened = self.containers.len() + self.queue.len();
            if depth >= self.budget.limits.max_depth || opened >= self.budget.limits.max_nested {
                left_out.push(path);
                continue;
            }
            match entry.part(&mut buffer) {
                Ok((bytes, limitations)) => {
                    self.limitations.extend(limitations);
                    let from = Some((parent, entry.index()));
                    self.queue.push_back(Candidate { path, bytes, depth: depth + 1, embedded, in_set, from });
                }
                Err(limitation) => self.limitations.push(limitation),
            }
        }
        if let Some(first) = left_out.first() {
            let n = left_out.len();
            self.limitations.push(Limitation {
                kind: LimitationKind::LimitReached,
                at: Location::entry(first),
                hides: Some(Hidden::Code),
                detail: Text::new(
                    format!("嵌套压缩包的层数或数量超过上限，{n} 个未打开。"),
                    format!("Archives are nested deeper, or in greater number, than the limit; {n} were not opened."),
                ),
            });
        }
        self.containers.push(container);
    }

    /// Turns the oddities of an archive into limitations; of each kind, the first few entries are named.
    fn note_tricks(&mut self, container: &Container) {
        let Files::Archive { archive, .. } = &container.files else { return };
        for trick in archive.tricks() {
            let hides = trick.loses_content().then_some(Hidden::Code);
            self.limitations.push(limitation(trick, &container.path, hides));
        }
        let mut seen: HashMap<Discriminant<Trick>, usize> = HashMap::new();
        for (index, trick) in archive.entry_tricks() {
            let count = seen.entry(discriminant(trick)).or_default();
            *count += 1;
            if *count <= NAMED {
                self.limitations.push(container.at(*index).limitation(trick));
            }
        }
        for (_, trick) in archive.entry_tricks() {
            let more = seen.remove(&discriminant(trick)).unwrap_or(0).saturating_sub(NAMED);
            if more > 0 {
                let Text { zh, en } = trick.text();
                let detail =
                    Text::new(format!("另有 {more} 个条目：{zh}"), format!("{more} more entries: {en}"));
                let at = Location::entry(&container.path);
                self.limitations.push(Limitation { kind: trick.kind(), at, hides: None, detail });
            }
        }
    }
}

enum Opened {
    Yes,
    NotZip,
    Irrelevant,
    Unreadable(String),
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

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn what_it_is(head: &[u8], size: u64) -> Text {
    match head {
        [] => Text::new("空文件", "an empty file"),
        h if h.starts_with(b"dex\n") => Text::new(
            "单独的 dex 文件，请给出它所在的安装包",
            "a bare dex file; give the package it comes from",
        ),
        h if h.starts_with(b"PK") => Text::new(
            format!("被截断的 ZIP 压缩包（{size} 字节，没有可恢复的内容）"),
            format!("a zip archive that is cut ({size} bytes, nothing to recover)"),
        ),
        h if h.starts_with(b"\x7fELF") => Text::new("ELF 文件", "an ELF file"),
        h if h.starts_with(b"%PDF") => Text::new("PDF 文档", "a PDF document"),
        _ => Text::new(
            format!("不是 ZIP 压缩包（{size} 字节，没有中央目录）"),
            format!("no zip archive ({size} bytes, no central directory)"),
        ),
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
