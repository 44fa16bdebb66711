//! Opens a package (apk, split set, apks, xapk, apkm, aab, aar, jar, decoded directory) as containers with entries.
//!
//! ```no_run
//! # use sdkaudit::{limits::Limits, package::{Buffer, Package, Role}};
//! let package = Package::open(&["app.apk".into()], &Limits::default())?;
//! let mut buffer = Buffer::new();
//! for container in package.containers() {
//!     for entry in container.entries().filter(|e| matches!(e.role(), Role::Dex { .. })) {
//!         match entry.read(&mut buffer) {
//!             Ok(content) => println!("{}: {} bytes", entry.path(), content.bytes.len()),
//!             Err(limitation) => println!("{}: {}", entry.path(), limitation.detail.en),
//!         }
//!     }
//! }
//! # Ok::<(), sdkaudit::package::Error>(())
//! ```

mod budget;
mod bytes;
mod container;
mod identity;
mod nested;
mod open;
mod remote;
mod role;
mod signing;

pub use crate::format::zip::{Buffer, Source};
pub use bytes::Bytes;
pub use container::{Container, Content, Entry, Kind, Stream};
pub use role::{ManifestForm, Role};
pub use signing::{Certificate, Signing};

use crate::lang::Text;
use crate::limitation::Limitation;
use crate::limits::{Deadline, Limits};
use crate::location::EntryPath;
use std::path::PathBuf;
use std::sync::Arc;

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
    #[error("{path} is not an Android package: {}", why.en)]
    NotAPackage {
        /// What was read.
        path: PathBuf,
        /// What was found instead.
        why: Text,
    },
    /// Several apps, or several builds of one, where the parts of one installed app were wanted.
    #[error("{first} and {other} are not parts of one app: {}", why.en)]
    Unrelated {
        /// The part that the others were compared with.
        first: EntryPath,
        /// The one that does not belong to it.
        other: EntryPath,
        /// How that shows.
        why: Text,
    },
}

impl Error {
    /// One line for people: what is wrong with which file, and what to do.
    pub fn text(&self) -> Text {
        match self {
            Error::Io { path, source } => Text::unreadable(path, source),
            Error::NotAPackage { path, why } => {
                let path = path.display();
                Text::new(
                    format!(
                        "{path} 不是 Android 安装包：{}。请给出 .apk、.aab、.xapk、.apks 文件或拆分包目录",
                        why.zh
                    ),
                    format!(
                        "{path} is not an Android package: {}; give an .apk, .aab, .xapk or .apks file, or a directory of splits",
                        why.en
                    ),
                )
            }
            Error::Unrelated { first, other, why } => Text::new(
                format!(
                    "{first} 与 {other} 不属于同一个应用：{}。多个应用请用 sdkaudit batch；或只给出一个应用的基础包及其拆分包",
                    why.zh
                ),
                format!(
                    "{first} and {other} are not parts of one app: {}; use sdkaudit batch for several apps, or give the base of one app and its splits by name",
                    why.en
                ),
            ),
        }
    }
}

/// An opened package: all its containers, the outer one first, nested ones after the one they are in.
pub struct Package {
    containers: Vec<Container>,
    limitations: Vec<Limitation>,
    budget: Arc<budget::Budget>,
}

impl Package {
    /// Opens one file, one directory, or the several files of a split set, and every package inside.
    /// The deadline of `limits` starts to run.
    pub fn open(paths: &[PathBuf], limits: &Limits) -> Result<Package, Error> {
        open::open(paths, limits)
    }

    /// Opens a package that is in memory already, under the name `name`.
    pub fn from_bytes(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Package, Error> {
        open::open_bytes(name, bytes.into(), limits)
    }

    /// Opens a package behind a source of its own kind, an object store say: only the ranges that are needed are
    /// read, announced together once the directory is known. There is no SHA-256 then, and files under `res/` that
    /// are named like pictures and layouts are looked into only where they are as large as hidden code.
    pub fn from_source(name: &str, source: Arc<dyn Source>, limits: &Limits) -> Result<Package, Error> {
        open::open_bytes(name, source.into(), limits)
    }

    /// All containers.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// What opening could not see or found odd; reading entries tells more.
    pub fn limitations(&self) -> &[Limitation] {
        &self.limitations
    }

    /// When work on this package must stop.
    pub fn deadline(&self) -> Deadline {
        self.budget.deadline
    }

    /// The limits it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.budget.limits
    }
}
