//! Native libraries: names always; SONAME and JNI exports of one ABI only where asked for.

use super::model::NativeLibrary;
use crate::behaviour::{self, ApiUse};
use crate::format::elf;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::Location;
use crate::package::{Buffer, Entry};
use rayon::prelude::*;

/// The library that `entry` is, by name alone.
pub fn name(entry: &Entry<'_>) -> Option<NativeLibrary> {
    let (abi, name) = entry.native_library()?;
    Some(NativeLibrary {
        path: entry.path(),
        name: name.to_owned(),
        abi: abi.to_owned(),
        soname: None,
        jni: Vec::new(),
    })
}

/// A library that lies in assets, from where code loads it by itself; it has no ABI directory.
pub fn in_assets(entry: &Entry<'_>) -> Option<NativeLibrary> {
    let name = entry.name().rsplit('/').next()?;
    let library = NativeLibrary {
        path: entry.path(),
        name: name.to_owned(),
        abi: String::new(),
        soname: None,
        jni: Vec::new(),
    };
    name.ends_with(".so").then_some(library)
}

/// ABIs by preference: the one with most devices first. All hold the same libraries but for their code.
const ABIS: &[&str] = &["arm64-v8a", "armeabi-v7a", "armeabi", "x86_64", "x86", "mips", "mips64"];

/// Opens the libraries of one ABI, and those in assets; the others keep their names only. Reading every ABI costs
/// many times the rest of an audit and tells nothing new. Also what their strings name of the catalogue.
pub fn open(libraries: &mut [NativeLibrary], entries: &[Entry<'_>]) -> (Vec<Limitation>, Vec<ApiUse>) {
    let present = |abi: &&&str| libraries.iter().any(|l| l.abi == **abi);
    let abi = ABIS.iter().find(present).copied().unwrap_or_default();
    let wanted: Vec<&mut NativeLibrary> =
        libraries.iter_mut().filter(|l| l.abi == abi || l.abi.is_empty()).collect();
    let read = |buffer: &mut Buffer, library: &mut NativeLibrary| {
        let Some(entry) = entries.iter().find(|e| e.path() == library.path) else {
            return (None, Vec::new());
        };
        let content = match entry.read(buffer) {
            Ok(content) => content,
            Err(limitation) => return (Some(limitation), Vec::new()),
        };
        let uses = behaviour::native::scan(content.bytes, &library.path, &library.name);
        let limitation = match elf::read(content.bytes) {
            Ok(found) => {
                library.soname = found.soname;
                library.jni = found.jni;
                None
            }
            Err(e) => Some(Limitation {
                kind: LimitationKind::Malformed,
                at: Location::entry(&library.path),
                hides: Some(Hidden::Native),
                detail: Text::new(
                    format!("本地库无法解析：{e}"),
                    format!("the native library cannot be parsed: {e}"),
                ),
            }),
        };
        (limitation, uses)
    };
    let read: Vec<_> = wanted.into_par_iter().map_init(Buffer::new, read).collect();
    let (limitations, uses): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    (limitations.into_iter().flatten().collect(), uses.into_iter().flatten().collect())
}
