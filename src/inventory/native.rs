//! Native libraries: names always; SONAME and JNI exports of one ABI only where asked for.

use super::model::NativeLibrary;
use crate::package::Entry;

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
