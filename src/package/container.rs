//! One container of a package and its entries: the same view of an archive and of a directory.

use super::budget::Budget;
use super::bytes::Bytes;
use super::role::{self, Role};
use crate::digest::Digest;
use crate::format::zip::{self, Archive, Buffer, Ceiling, PEEK, Source as _, Trick};
use crate::limitation::{Hidden, Limitation};
use crate::location::{EntryPath, Location};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Android package.
    Apk,
    /// Split of an Android package: configuration or feature.
    Split,
    /// App bundle.
    Aab,
    /// Set of APKs in the XAPK layout (manifest.json).
    Xapk,
    /// Set of APKs in the bundletool or SAI layout.
    Apks,
    /// Set of APKs in the APKM layout (info.json).
    Apkm,
    /// Plain zip that holds packages.
    Zip,
    /// Android library.
    Aar,
    /// Java archive: class files, or dex files carried in assets.
    Jar,
    /// Directory: decoded by apktool, or unzipped.
    Directory,
}

impl Kind {
    /// Word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Apk => "apk",
            Kind::Split => "split",
            Kind::Aab => "aab",
            Kind::Xapk => "xapk",
            Kind::Apks => "apks",
            Kind::Apkm => "apkm",
            Kind::Zip => "zip",
            Kind::Aar => "aar",
            Kind::Jar => "jar",
            Kind::Directory => "directory",
        }
    }

    /// Whether its entries are only packages and their description.
    pub fn is_wrapper(self) -> bool {
        matches!(self, Kind::Xapk | Kind::Apks | Kind::Apkm | Kind::Zip)
    }
}

/// One container that was opened.
pub struct Container {
    pub(super) path: EntryPath,
    pub(super) kind: Kind,
    pub(super) embedded: bool,
    pub(super) files: Files,
    /// Roles by entry index.
    pub(super) roles: Vec<Role>,
    pub(super) budget: Arc<Budget>,
    pub(super) sha256: OnceLock<Option<Digest>>,
}

/// Where the entries of a container are.
pub(super) enum Files {
    Archive { bytes: Bytes, archive: Archive },
    Directory { root: PathBuf, files: Vec<(String, u64)> },
}

/// One entry of a container.
#[derive(Clone, Copy)]
pub struct Entry<'c> {
    container: &'c Container,
    index: usize,
}

/// The content of an entry, and what was odd about it.
#[derive(Debug)]
pub struct Content<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Oddities; one that `hides` something tells that the bytes are not complete.
    pub limitations: Vec<Limitation>,
}

impl Container {
    /// Where it is: `store.xapk!base.apk`.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it only lies inside the package (in assets, say): Android does not install it.
    pub fn embedded(&self) -> bool {
        self.embedded
    }

    /// Size in bytes; for directories, of all files.
    pub fn len(&self) -> u64 {
        match &self.files {
            Files::Archive { bytes, .. } => bytes.len(),
            Files::Directory { files, .. } => files.iter().map(|f| f.1).sum(),
        }
    }

    /// Whether it holds no entries.
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// SHA-256 of the container's bytes, none for directories. Reads them all, once: ask from another thread
    /// while the entries are read.
    pub fn sha256(&self) -> Option<Digest> {
        *self.sha256.get_or_init(|| match &self.files {
            Files::Archive { bytes, .. } => bytes.as_slice().map(Digest::of),
            Files::Directory { .. } => None,
        })
    }

    /// The container's bytes and the offset of its directory, before which a signing block stands; none for
    /// directories of files.
    pub(super) fn archive(&self) -> Option<(&Bytes, &Archive)> {
        match &self.files {
            Files::Archive { bytes, archive } => Some((bytes, archive)),
            Files::Directory { .. } => None,
        }
    }

    /// All entries in stored order, duplicates too (see `Entry::shadowed`).
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.roles.len()).map(|index| Entry { container: self, index })
    }

    /// The entry at `index`.
    pub(super) fn at(&self, index: usize) -> Entry<'_> {
        Entry { container: self, index }
    }

    /// The entry of this exact name that Android would take.
    pub fn entry(&self, name: &str) -> Option<Entry<'_>> {
        self.entries().find(|e| e.name() == name && !e.shadowed())
    }
}

impl<'c> Entry<'c> {
    /// The container it is in.
    pub fn container(&self) -> &'c Container {
        self.container
    }

    /// Position in the container.
    pub fn index(&self) -> usize {
        self.index
    }

    fn zip(&self) -> Option<(&'c Bytes, &'c Archive, &'c zip::Entry)> {
        match &self.container.files {
            Files::Archive { bytes, archive } => Some((bytes, archive, archive.entries().get(self.index)?)),
            Files::Directory { .. } => None,
        }
    }

    /// Name as stored: the path inside the container.
    pub fn name(&self) -> &'c str {
        match &self.container.files {
            Files::Archive { archive, .. } => {
                archive.entries().get(self.index).map_or("", |e| archive.name(e))
            }
            Files::Directory { files, .. } => files.get(self.index).map_or("", |f| f.0.as_str()),
        }
    }

    /// Path in the installed package: `base/dex/classes.dex` of a bundle is `classes.dex`.
    pub fn installed_path(&self) -> &'c str {
        role::installed_path(self.container.kind, self.name())
    }

    /// Module of a bundle it belongs to.
    pub fn module(&self) -> Option<&'c str> {
        role::module(self.container.kind, self.name())
    }

    /// ABI and file name, for native libraries.
    pub fn native_library(&self) -> Option<(&'c str, &'c str)> {
        role::native_library(self.container.kind, self.installed_path())
    }

    /// Full path for reports.
    pub fn path(&self) -> EntryPath {
        self.container.path.join(self.name())
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.container.roles.get(self.index).copied().unwrap_or(Role::Root)
    }

    /// Content size as the container claims it: for scheduling, never for allocation.
    pub fn claimed_size(&self) -> u64 {
        match &self.container.files {
            Files::Archive { .. } => self.zip().map_or(0, |z| z.2.size),
            Files::Directory { files, .. } => files.get(self.index).map_or(0, |f| f.1),
        }
    }

    /// Bytes it takes in the container.
    pub fn packed_size(&self) -> u64 {
        self.zip().map_or(self.claimed_size(), |z| z.2.packed)
    }

    /// A copy of a duplicate name that is not the one to take.
    pub fn shadowed(&self) -> bool {
        self.zip().is_some_and(|z| z.2.shadowed)
    }

    /// The whole content. An error is a limitation that says why nothing of it can be had.
    pub fn read<'b>(&self, buffer: &'b mut Buffer) -> Result<Content<'b>, Limitation>
    where
        'c: 'b,
    {
        let ceiling = self.ceiling()?;
        match &self.container.files {
            Files::Archive { bytes, archive } => {
                let entry = archive.entries().get(self.index).ok_or_else(|| self.limitation(&Trick::Cut))?;
                let content =
                    archive.read(bytes, entry, &ceiling, buffer).map_err(|t| self.limitation(&t))?;
                if !content.lent {
                    self.container.budget.spend(content.bytes.len());
                }
                let limitations = content.tricks.iter().map(|t| self.limitation(t)).collect();
                Ok(Content { bytes: content.bytes, limitations })
            }
            Files::Directory { .. } => self.read_file(&ceiling, buffer),
        }
    }

    /// The content step by step: nothing behind what is asked for is inflated. An entry with anything odd about
    /// it is read whole at once.
    pub fn stream<'b>(&self, buffer: &'b mut Buffer) -> Result<Stream<'b>, Limitation>
    where
        'c: 'b,
    {
        let ceiling = self.ceiling()?;
        let inner = match &self.container.files {
            Files::Archive { bytes, archive } => {
                let entry = archive.entries().get(self.index).ok_or_else(|| self.limitation(&Trick::Cut))?;
                let stream =
                    archive.stream(bytes, entry, &ceiling, buffer).map_err(|t| self.limitation(&t))?;
                Inner::Archive(Box::new(stream))
            }
            Files::Directory { .. } => Inner::Read(self.read_file(&ceiling, buffer)?),
        };
        Ok(Stream { entry: *self, inner })
    }

    /// The first bytes of the content, for telling files apart by their magic. Of a remote source only those
    /// that opening has announced.
    pub fn magic(&self) -> Option<([u8; PEEK], usize)> {
        use std::io::Read as _;
        match &self.container.files {
            Files::Archive { bytes, archive } => {
                let entry = archive.entries().get(self.index)?;
                match bytes.as_slice() {
                    Some(all) => archive.magic(all, entry),
                    None => archive.magic_ready(bytes, entry),
                }
            }
            Files::Directory { root, files } => {
                let mut head = Vec::new();
                let file = std::fs::File::open(root.join(&files.get(self.index)?.0)).ok()?;
                file.take(PEEK as u64).read_to_end(&mut head).ok()?;
                let mut out = ([0; PEEK], head.len());
                out.0.iter_mut().zip(&head).for_each(|(o, b)| *o = *b);
                Some(out)
            }
        }
    }

    /// The content as bytes of its own, to be opened as a container: a range of this one where it is stored.
    pub(super) fn part(&self, buffer: &mut Buffer) -> Result<(Bytes, Vec<Limitation>), Limitation> {
        match &self.container.files {
            Files::Archive { bytes, archive } => {
                let stored = archive.entries().get(self.index).and_then(|e| archive.stored_range(bytes, e));
                if let Some(part) = stored.and_then(|(offset, len)| bytes.range(offset, len)) {
                    return Ok((part, Vec::new()));
                }
                let Content { bytes, limitations } = self.read(buffer)?;
                Ok((Bytes::from(bytes.to_vec()), limitations))
            }
            Files::Directory { root, files } => {
                let name = files.get(self.index).map_or("", |f| f.0.as_str());
                let bytes = Bytes::open(&root.join(name))
                    .map_err(|e| self.limitation(&Trick::Unreadable(e.to_string())))?;
                Ok((bytes, Vec::new()))
            }
        }
    }

    fn ceiling(&self) -> Result<Ceiling, Limitation> {
        self.container.budget.ceiling().ok_or_else(|| self.limitation(&Trick::OutOfTime))
    }

    /// Reads a file of a directory.
    fn read_file<'b>(&self, ceiling: &Ceiling, buffer: &'b mut Buffer) -> Result<Content<'b>, Limitation> {
        use std::io::Read as _;
        let Files::Directory { root, files } = &self.container.files else {
            return Err(self.limitation(&Trick::Cut));
        };
        let unreadable = |e: std::io::Error| self.limitation(&Trick::Unreadable(e.to_string()));
        let name = files.get(self.index).map_or("", |f| f.0.as_str());
        let mut all = Vec::new();
        let file = std::fs::File::open(root.join(name)).map_err(unreadable)?;
        file.take(ceiling.bytes.saturating_add(1)).read_to_end(&mut all).map_err(unreadable)?;
        let mut limitations = Vec::new();
        if all.len() as u64 > ceiling.bytes {
            all.truncate(usize::try_from(ceiling.bytes).unwrap_or(usize::MAX));
            limitations.push(self.limitation(&Trick::TooLarge(ceiling.bytes)));
        }
        self.container.budget.spend(all.len());
        buffer.clear();
        buffer.extend(&all);
        Ok(Content { bytes: buffer.bytes(), limitations })
    }

    /// What `trick` means for this entry.
    pub(super) fn limitation(&self, trick: &Trick) -> Limitation {
        let hides = match self.role() {
            _ if !trick.loses_content() => None,
            Role::Manifest(_) => Some(Hidden::Manifest),
            Role::Dex { .. } | Role::Class | Role::Smali | Role::Container => Some(Hidden::Code),
            Role::NativeLib => Some(Hidden::Native),
            _ => None,
        };
        Limitation { kind: trick.kind(), at: Location::entry(&self.path()), hides, detail: trick.text() }
    }
}

/// The content of an entry, from its start to as far as was asked for.
pub struct Stream<'b> {
    entry: Entry<'b>,
    inner: Inner<'b>,
}

enum Inner<'b> {
    Archive(Box<zip::Stream<'b>>),
    Read(Content<'b>),
}

impl Stream<'_> {
    /// What there is of the content once its first `want` bytes were asked for: at least so many, unless the
    /// content ends before.
    pub fn fill(&mut self, want: usize) -> &[u8] {
        match &mut self.inner {
            Inner::Archive(stream) => stream.fill(want),
            Inner::Read(content) => content.bytes,
        }
    }

    /// Oddities so far. The CRC is not checked unless the content was read whole.
    pub fn limitations(&self) -> Vec<Limitation> {
        match &self.inner {
            Inner::Archive(stream) => stream.tricks().iter().map(|t| self.entry.limitation(t)).collect(),
            Inner::Read(content) => content.limitations.clone(),
        }
    }
}

impl Drop for Stream<'_> {
    /// What was inflated counts against the limits of the package.
    fn drop(&mut self) {
        if let Inner::Archive(stream) = &self.inner {
            self.entry.container.budget.spend(stream.produced());
        }
    }
}
