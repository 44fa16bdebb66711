//! Code files -> class names, straight from the type table, without an allocation per class.

use super::model::{CodeFile, Constant, Url};
use super::names::Names;
use super::read::Options;
use super::urls;
use crate::behaviour::{ApiUse, Walk};
use crate::format::classfile;
use crate::format::defect::Defect;
use crate::format::dex::{self, Dex, Value};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::limits::Deadline;
use crate::location::{EntryPath, Location};
use crate::package::{Buffer, Container, Entry};

/// One piece of work: a dex file, or a whole tree of small files.
pub(super) enum Unit<'p> {
    /// A dex file; `loaded`: the runtime loads it by itself.
    Dex { entry: Entry<'p>, loaded: bool },
    /// The class files of an archive.
    Classes { container: &'p Container, entries: Vec<Entry<'p>> },
    /// The disassembled classes of a decoded package.
    Smali { path: EntryPath, entries: Vec<Entry<'p>> },
}

impl Unit<'_> {
    /// Bytes of content, for scheduling.
    pub fn size(&self) -> u64 {
        match self {
            Unit::Dex { entry, .. } => entry.claimed_size(),
            Unit::Classes { entries, .. } => entries.iter().map(|e| e.claimed_size()).sum(),
            Unit::Smali { entries, .. } => entries.len() as u64,
        }
    }

    /// Reads it.
    pub fn read(&self, buffer: &mut Buffer, options: &Options, deadline: &Deadline) -> Read {
        match self {
            Unit::Dex { entry, loaded } => match entry.read(buffer) {
                Ok(content) => {
                    let mut read = read_dex(content.bytes, &entry.path(), *loaded, options, deadline);
                    read.limitations.splice(0..0, content.limitations);
                    read
                }
                Err(limitation) => Read { limitations: vec![limitation], ..Read::default() },
            },
            Unit::Classes { container, entries } => {
                let mut read =
                    read_classes(container.path(), !container.embedded(), entries, buffer, options);
                let what = ("Java 类文件", "Java class files");
                // A device runs no class files: inside an app they are data.
                let walk = options.behaviour && !container.embedded();
                read.limitations.extend(walk.then(|| not_walked(container.path(), what)));
                read
            }
            Unit::Smali { path, entries } => {
                let mut read = read_smali(path, entries);
                let what = ("smali 代码", "smali code");
                read.limitations.extend(options.behaviour.then(|| not_walked(path, what)));
                read
            }
        }
    }
}

/// Only dex instructions are walked; of other code the names are read.
fn not_walked(path: &EntryPath, (zh, en): (&str, &str)) -> Limitation {
    Limitation {
        kind: LimitationKind::Unsupported,
        at: Location::entry(path),
        hides: Some(Hidden::Behaviour),
        detail: Text::new(
            format!("{zh}只读取类名，未扫描其中对敏感接口的调用；要看行为请给出含 dex 的安装包"),
            format!(
                "of {en} only the names are read, calls of sensitive APIs in them are not; give a package with dex files to see behaviour"
            ),
        ),
    }
}

/// What one code file gave.
#[derive(Debug, Default)]
pub struct Read {
    /// One per dex file; several for a container.
    pub files: Vec<CodeFile>,
    /// String constants that were asked for, and those of `BuildConfig` classes.
    pub constants: Vec<Constant>,
    /// Addresses, where asked for.
    pub urls: Vec<Url>,
    /// Calls of catalogue APIs, where asked for.
    pub api_uses: Vec<ApiUse>,
    /// Bytes behind the last section of dex files that the runtime loads.
    pub trailing: u64,
    /// What could not be read.
    pub limitations: Vec<Limitation>,
}

/// Reads the dex file, or the container of dex files, at `path`. `loaded`: the runtime loads it by itself.
pub fn read_dex(data: &[u8], path: &EntryPath, loaded: bool, options: &Options, deadline: &Deadline) -> Read {
    let mut out = Read::default();
    for dex in Dex::parse_all(data) {
        let dex = match dex {
            Ok(dex) => dex,
            Err(e) => {
                out.limitations.push(unreadable(data, path, &e));
                continue;
            }
        };
        out.limitations.extend(dex.defects().iter().map(|d| limitation(d, path, Hidden::Code)));
        let (file, lost) = scan(&dex, path, loaded, options.references);
        if lost > 0 {
            out.limitations.push(Limitation {
                kind: LimitationKind::Malformed,
                at: Location::entry(path),
                hides: Some(Hidden::Code),
                detail: Text::new(
                    format!("{} 个类定义中有 {lost} 个读不出类名", file.class_count),
                    format!("{lost} of {} class definitions have no readable name", file.class_count),
                ),
            });
        }
        constants(&dex, path, options, &mut out.constants);
        if options.urls {
            urls::of_dex(&dex, path, &mut out.urls);
        }
        if loaded && dex.version() < 41 {
            out.trailing += dex.trailing_bytes() as u64;
        }
        if options.behaviour {
            let walk = Walk::dex(&dex, path, deadline);
            out.api_uses.extend(walk.uses);
            out.limitations.extend(walk.limitations);
        }
        out.files.push(file);
    }
    out
}

/// A defect of the file at `path` as a limitation; `hides` where it lost something.
pub fn limitation(defect: &Defect, path: &EntryPath, hides: Hidden) -> Limitation {
    Limitation {
        kind: defect.kind,
        at: Location::entry(path),
        hides: defect.loses.then_some(hides),
        detail: defect.what.clone(),
    }
}

fn unreadable(data: &[u8], path: &EntryPath, error: &dex::Error) -> Limitation {
    let (kind, zh) = match error {
        // What a device makes of a dex when it is installed, copied back into a package.
        dex::Error::Magic(0) if data.starts_with(b"cdex") => {
            (LimitationKind::Unsupported, "紧凑 dex（cdex），无法读取".to_owned())
        }
        dex::Error::ByteOrder => (LimitationKind::Unsupported, "dex 为大端字节序,无法读取".to_owned()),
        dex::Error::Magic(_) => (LimitationKind::Malformed, "不是 dex 文件:文件头不符".to_owned()),
        other => (LimitationKind::Truncated, format!("dex 文件头不完整:{other}")),
    };
    Limitation {
        kind,
        at: Location::entry(path),
        hides: Some(Hidden::Code),
        detail: Text::new(
            zh,
            match kind {
                LimitationKind::Unsupported if data.starts_with(b"cdex") => {
                    "a compact dex (cdex); not readable".to_owned()
                }
                _ => format!("not readable as dex: {error}"),
            },
        ),
    }
}

/// What looking in vain for the end of a name is charged.
const UNREADABLE_COSTS: usize = 4096;

/// Class names defined and referenced; also how many definitions have no readable name.
fn scan(dex: &Dex<'_>, path: &EntryPath, loaded: bool, references: bool) -> (CodeFile, u32) {
    let types = dex.type_count() as usize;
    let mut defined = vec![0u64; types / 64 + 1];
    let mut lost = 0;
    for class in dex.defined_types() {
        match defined.get_mut(class as usize / 64) {
            Some(word) if (class as usize) < types => *word |= 1 << (class % 64),
            _ => lost += 1,
        }
    }
    // Strings of an honest file do not overlap, so all names together are no longer than the file. A file whose
    // names share or lack their ends is read until that is spent: time stays linear.
    let mut budget = dex.data().len();
    let mut classes = Vec::with_capacity(dex.class_count() as usize);
    let mut others = Vec::new();
    for id in 0..dex.type_count() {
        let is_defined = defined.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
        if !is_defined && (!references || budget == 0) {
            continue;
        }
        let descriptor = if budget > 0 { dex.descriptor(id).ok() } else { None };
        budget = budget.saturating_sub(descriptor.map_or(UNREADABLE_COSTS, <[u8]>::len));
        let Some(name) = descriptor.and_then(dex::class_of) else {
            lost += u32::from(is_defined);
            continue;
        };
        if is_defined { classes.push(name) } else { others.push(name) }
    }
    let file = CodeFile {
        path: path.clone(),
        loaded,
        classes: Names::from_binary(classes),
        references: Names::from_binary(others),
        class_count: dex.class_count(),
    };
    (file, lost)
}

/// Static string constants: of classes named `BuildConfig`, and of the fields that were asked for.
fn constants(dex: &Dex<'_>, path: &EntryPath, options: &Options, out: &mut Vec<Constant>) {
    let mut budget = dex.data().len();
    for class in dex.class_defs().flatten().filter(|c| c.static_values != 0) {
        if budget == 0 {
            break;
        }
        let descriptor = dex.descriptor(class.class).ok();
        budget = budget.saturating_sub(descriptor.map_or(UNREADABLE_COSTS, <[u8]>::len));
        let Some(descriptor) = descriptor else { continue };
        let Some(binary) = dex::class_of(descriptor) else { continue };
        let build_config = binary.ends_with(b"/BuildConfig");
        let asked = options
            .constants
            .binary_search_by(|(c, _)| c.as_bytes().iter().map(slashed).cmp(binary.iter().copied()));
        if !build_config && asked.is_err() {
            continue;
        }
        let Some(name) = dex::class_name(descriptor) else { continue };
        let Ok(Some(members)) = dex.class_data(&class) else { continue };
        let Ok(values) = dex.static_values(&class) else { continue };
        for (member, value) in members.static_fields().zip(values).take(MAX_CONSTANTS) {
            let Value::String(id) = value else { continue };
            let field = dex.field(member.field).and_then(|f| dex.text(f.name));
            let (Ok(field), Ok(value)) = (field, dex.name(id)) else { continue };
            budget = budget.saturating_sub(field.len() + value.len());
            let wanted = |(c, f): &(String, String)| *c == name && *f == field;
            if build_config || options.constants.iter().any(wanted) {
                let value = crate::format::mutf8::decode(value).into_owned();
                out.push(Constant {
                    class: name.clone(),
                    field: field.into_owned(),
                    value,
                    at: path.clone(),
                });
            }
        }
    }
}

/// Static fields of one class that are looked at for constants.
const MAX_CONSTANTS: usize = 4096;

fn slashed(byte: &u8) -> u8 {
    if *byte == b'.' { b'/' } else { *byte }
}

/// Reads the class files of one archive; their paths name them where no one asks for references.
fn read_classes(
    path: &EntryPath,
    loaded: bool,
    entries: &[Entry<'_>],
    buffer: &mut Buffer,
    options: &Options,
) -> Read {
    let mut out = Read::default();
    let mut defined: Vec<String> = Vec::new();
    let mut referenced: std::collections::BTreeSet<String> = Default::default();
    let dotted = |name: &[u8]| crate::format::mutf8::decode(name).replace('/', ".");
    for entry in entries {
        let by_path = entry.name().strip_suffix(".class").unwrap_or(entry.name());
        // A multi-release copy of a class that is there in its plain form too.
        if by_path.starts_with("META-INF/") || by_path == "module-info" {
            continue;
        }
        let by_path = by_path.replace('/', ".");
        if !options.references {
            defined.push(by_path);
            continue;
        }
        let content = match entry.read(buffer) {
            Ok(content) => content,
            Err(limitation) => {
                out.limitations.push(limitation);
                continue;
            }
        };
        out.limitations.extend(content.limitations);
        match classfile::read(content.bytes) {
            Ok(class) => {
                defined.push(if class.name.is_empty() { by_path } else { dotted(class.name) });
                for name in &class.references {
                    let name = dotted(name);
                    if referenced.len() < MAX_REFERENCES && !referenced.contains(&name) {
                        referenced.insert(name);
                    }
                }
            }
            Err(e) => {
                out.limitations.push(Limitation {
                    kind: LimitationKind::Malformed,
                    at: Location::entry(&entry.path()),
                    hides: None,
                    detail: Text::new(
                        format!("类文件损坏({e}),按路径记名"),
                        format!("broken class file ({e}); named by its path"),
                    ),
                });
                defined.push(by_path);
            }
        }
    }
    let class_count = u32::try_from(defined.len()).unwrap_or(u32::MAX);
    let classes: Names = defined.iter().collect();
    for name in &defined {
        referenced.remove(name);
    }
    let references = referenced.iter().collect();
    out.files.push(CodeFile { path: path.clone(), loaded, classes, references, class_count });
    out
}

/// Referenced names kept of one archive of class files.
const MAX_REFERENCES: usize = 1_000_000;

/// Class names of a smali tree, by the paths of its files.
fn read_smali(path: &EntryPath, entries: &[Entry<'_>]) -> Read {
    let name = |e: &Entry<'_>| {
        let (_, rest) = e.name().split_once('/')?;
        Some(rest.strip_suffix(".smali")?.replace('/', "."))
    };
    let classes: Names = entries.iter().filter_map(name).collect();
    let class_count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
    let loaded = !path.entry().starts_with("smali_assets") && !path.entry().starts_with("smali_unknown");
    let file = CodeFile { path: path.clone(), loaded, classes, references: Names::default(), class_count };
    Read { files: vec![file], ..Read::default() }
}
