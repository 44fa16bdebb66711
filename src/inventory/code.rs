//! Code files -> class names, straight from the type table, without an allocation per class.

use super::model::{CodeFile, Constant};
use super::names::Names;
use super::read::Options;
use crate::format::defect::Defect;
use crate::format::dex::{self, Dex, Value};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::{EntryPath, Location};

/// What one code file gave.
#[derive(Debug, Default)]
pub struct Read {
    /// One per dex file; several for a container.
    pub files: Vec<CodeFile>,
    /// String constants that were asked for, and those of `BuildConfig` classes.
    pub constants: Vec<Constant>,
    /// What could not be read.
    pub limitations: Vec<Limitation>,
}

/// Reads the dex file, or the container of dex files, at `path`. `loaded`: the runtime loads it by itself.
pub fn read_dex(data: &[u8], path: &EntryPath, loaded: bool, options: &Options) -> Read {
    let mut out = Read::default();
    for dex in Dex::parse_all(data) {
        let dex = match dex {
            Ok(dex) => dex,
            Err(e) => {
                out.limitations.push(unreadable(path, &e));
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

fn unreadable(path: &EntryPath, error: &dex::Error) -> Limitation {
    let (kind, zh) = match error {
        dex::Error::ByteOrder => (LimitationKind::Unsupported, "dex 为大端字节序,无法读取".to_owned()),
        dex::Error::Magic(_) => (LimitationKind::Malformed, "不是 dex 文件:文件头不符".to_owned()),
        other => (LimitationKind::Truncated, format!("dex 文件头不完整:{other}")),
    };
    Limitation {
        kind,
        at: Location::entry(path),
        hides: Some(Hidden::Code),
        detail: Text::new(zh, format!("not readable as dex: {error}")),
    }
}

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
    // Strings of an honest file do not overlap, so all names together are no longer than the file.
    let mut budget = dex.data().len();
    let mut classes = Vec::with_capacity(dex.class_count() as usize);
    let mut others = Vec::new();
    for id in 0..dex.type_count() {
        let is_defined = defined.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
        if !is_defined && !references {
            continue;
        }
        let name = dex.descriptor(id).ok().filter(|d| d.len() <= budget).and_then(dex::class_of);
        let Some(name) = name else {
            lost += u32::from(is_defined);
            continue;
        };
        budget -= name.len();
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
    for class in dex.class_defs().flatten().filter(|c| c.static_values != 0) {
        let Ok(descriptor) = dex.descriptor(class.class) else { continue };
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
