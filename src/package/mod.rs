//! Opens a package (apk, split set, apks, xapk, apkm, aab, aar, jar, decoded directory) as parts with entries.

use std::path::PathBuf;

/// Why a package could not be opened at all; nothing of it can be audited.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or directory could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It was read, and is no package.
    #[error("{path} is not an Android package: {why}")]
    NotAPackage {
        /// What was read.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
}
