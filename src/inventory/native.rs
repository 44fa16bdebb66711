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
