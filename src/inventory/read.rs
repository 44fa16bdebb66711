//! Package -> Inventory: what is read, in which order, on how many threads.

use super::head::Head;
use super::model::{Inventory, NativeLibrary, Part};
use super::{build, code, declared, hidden, native, runtime, split, urls};
use crate::limitation::Limitation;
use crate::location::EntryPath;
use crate::package::{Buffer, Container, Entry, Kind, Package, Role};
use rayon::prelude::*;

/// What to read. Class names, the manifest and the names of libraries and files are always read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of classes that are referenced but not defined.
    pub references: bool,
    /// References of the manifest looked up in resource tables; the label in both languages.
    pub resources: bool,
    /// SHA-256 of every part.
    pub hashes: bool,
    /// SONAME and JNI exports of the native libraries of one ABI.
    pub elf: bool,
    /// Calls of catalogue APIs.
    pub behaviour: bool,
    /// Addresses in code, resources and text assets.
    pub urls: bool,
    /// Static string constants to read: (binary class name, field), sorted.
    pub constants: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            references: true,
            resources: true,
            hashes: true,
            elf: false,
            behaviour: false,
            urls: false,
            constants: Vec::new(),
        }
    }
}

/// Entries of a package by what is done with them.
#[derive(Default)]
pub(super) struct Plan<'p> {
    pub manifests: Vec<Entry<'p>>,
    pub resources: Vec<Entry<'p>>,
    pub code: Vec<code::Unit<'p>>,
    pub libraries: Vec<NativeLibrary>,
    pub library_entries: Vec<Entry<'p>>,
    pub files: Vec<EntryPath>,
    /// Files whose first bytes tell of hidden code.
    pub suspects: hidden::Suspects<'p>,
    /// Entries whose content names versions and coordinates.
    pub build_metadata: Vec<Entry<'p>>,
    /// Entries that list packages of a cross-platform runtime.
    pub runtime_lists: Vec<Entry<'p>>,
    /// Entries that may name addresses.
    pub texts: Vec<Entry<'p>>,
    /// Runtimes proven by the paths of their files.
    pub runtimes: runtime::Found,
}

/// Reads `package`. Never fails: what cannot be read is among `Inventory::limitations`.
pub fn read(package: &Package, options: &Options) -> Inventory {
    let mut plan = plan(package, options);
    let mut out = Inventory { limitations: package.limitations().to_vec(), ..Inventory::default() };
    let (code, (declared, parts)) = rayon::join(
        || read_code(package, &plan.code, options),
        || (declared::read(&plan, options), parts(package, options)),
    );
    out.app = declared.app;
    let (signing, notes) = package.signing();
    out.app.signing = signing;
    out.limitations.extend(notes);
    out.manifest = declared.manifest;
    out.limitations.extend(declared.limitations);
    for read in code {
        plan.suspects.trailing(read.trailing);
        out.code.extend(read.files);
        out.constants.extend(read.constants);
        out.api_uses.extend(read.api_uses);
        out.urls.extend(read.urls);
        out.limitations.extend(read.limitations);
    }
    out.parts = parts;
    let (yml, metadata): (Vec<_>, Vec<_>) =
        plan.build_metadata.iter().partition(|e| e.name() == "apktool.yml");
    declared::apktool(&yml, &mut out.app, &mut out.limitations);
    out.components_of_build = build::read(&metadata, &mut out.limitations);
    out.libraries = plan.libraries;
    if options.elf {
        let (limitations, uses) = native::open(&mut out.libraries, &plan.library_entries);
        out.limitations.extend(limitations);
        out.api_uses.extend(uses);
    }
    if options.urls {
        out.urls.extend(urls::of_files(&plan.texts, &mut out.limitations));
        out.urls = urls::merge(std::mem::take(&mut out.urls));
    }
    out.files = plan.files;
    let mut limitations = Vec::new();
    let runtimes = std::mem::take(&mut plan.runtimes);
    out.runtimes = runtime::read(&out, runtimes, &plan.runtime_lists, &mut limitations);
    out.limitations.extend(limitations);
    let missing = split::missing(package, &out, &declared.splits);
    out.limitations.extend(missing);
    let hidden = hidden::limitations(&out, &declared.aliases, &plan.suspects);
    out.limitations.extend(hidden);
    dedup(&mut out.limitations);
    out
}

/// Sorts entries by their use. A decoded directory and a library hold many small files of code: they become
/// one unit each, named after the tree or the archive.
fn plan<'p>(package: &'p Package, options: &Options) -> Plan<'p> {
    let mut plan = Plan::default();
    for container in package.containers() {
        let mut classes = Vec::new();
        let mut trees: Vec<(String, Vec<Entry<'_>>)> = Vec::new();
        // Of a duplicate name one copy is taken; the others may hide code all the same.
        for entry in container.entries().filter(|e| !e.shadowed() || matches!(e.role(), Role::Dex { .. })) {
            if options.urls && urls::may_hold(&entry) {
                plan.texts.push(entry);
            }
            match entry.role() {
                Role::Manifest(_) if !container.embedded() => plan.manifests.push(entry),
                Role::Resources | Role::ProtoResources if !container.embedded() => plan.resources.push(entry),
                Role::ResourceFile if container.kind() == Kind::Directory && is_strings(entry.name()) => {
                    plan.resources.push(entry);
                }
                Role::Dex { loaded } => {
                    let loaded = loaded && !container.embedded();
                    if loaded {
                        plan.suspects.dex(&entry);
                    } else {
                        plan.suspects.note(entry, None);
                    }
                    plan.code.push(code::Unit::Dex { entry, loaded });
                    // A dex in the place of something else is that as well: its name is a mark of packers.
                    match native::name(&entry) {
                        _ if loaded => {}
                        Some(library) => plan.libraries.push(library),
                        None => plan.files.push(entry.path()),
                    }
                }
                Role::Container if entry.native_library().is_some() => {
                    plan.libraries.extend(native::name(&entry));
                }
                Role::Class => classes.push(entry),
                Role::Smali => {
                    let root = entry.name().split('/').next().unwrap_or_default();
                    match trees.iter_mut().find(|(r, _)| r == root) {
                        Some((_, entries)) => entries.push(entry),
                        None => trees.push((root.to_owned(), vec![entry])),
                    }
                }
                Role::NativeLib => {
                    plan.libraries.extend(native::name(&entry));
                    plan.library_entries.push(entry);
                }
                Role::Directory => {}
                role => {
                    let head = (role == Role::Asset).then(|| Head::of(&entry));
                    if head == Some(Head::Elf) {
                        plan.libraries.extend(native::in_assets(&entry));
                        plan.library_entries.push(entry);
                    }
                    plan.suspects.note(entry, head);
                    let installed = entry.installed_path();
                    runtime::note(&mut plan.runtimes, &entry);
                    if build::names_versions(installed, role) || installed == "apktool.yml" {
                        plan.build_metadata.push(entry);
                    } else if runtime::lists_packages(installed) {
                        plan.runtime_lists.push(entry);
                    }
                    if role != Role::ResourceFile {
                        plan.files.push(entry.path());
                    }
                }
            }
        }
        if !classes.is_empty() {
            plan.code.push(code::Unit::Classes { container, entries: classes });
        }
        plan.code.extend(
            trees
                .into_iter()
                .map(|(root, entries)| code::Unit::Smali { path: container.path().join(&root), entries }),
        );
    }
    plan
}

/// `res/values*/strings.xml` of a decoded package.
fn is_strings(name: &str) -> bool {
    name.strip_prefix("res/values").is_some_and(|rest| rest.ends_with("/strings.xml"))
}

fn parts(package: &Package, options: &Options) -> Vec<Part> {
    let part = |c: &Container| Part {
        path: c.path().clone(),
        kind: c.kind().as_str(),
        sha256: if options.hashes { c.sha256() } else { None },
        bytes: c.len(),
    };
    package.containers().iter().map(part).collect()
}

/// Reads code, the largest unit first so that no thread is left with one at the end; results in entry order.
fn read_code(package: &Package, units: &[code::Unit<'_>], options: &Options) -> Vec<code::Read> {
    let mut order: Vec<(usize, &code::Unit<'_>)> = units.iter().enumerate().collect();
    order.sort_by_key(|(_, unit)| std::cmp::Reverse(unit.size()));
    let deadline = package.deadline();
    let mut done: Vec<(usize, code::Read)> = order
        .into_par_iter()
        .with_max_len(1)
        .map_init(Buffer::new, |buffer, (i, unit)| (i, unit.read(buffer, options, &deadline)))
        .collect();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, read)| read).collect()
}

/// Removes repeats and keeps the order of first occurrence: opening and reading may tell the same thing.
fn dedup(limitations: &mut Vec<Limitation>) {
    let mut seen = std::collections::HashSet::new();
    limitations.retain(|l| seen.insert(l.clone()));
}
