//! Many packages: jobs, workers, isolation, one result each, kept in a database.

mod admission;
pub mod auditor;
pub mod export;
pub mod job;
pub mod object;
pub mod overview;
#[cfg(feature = "parquet")]
mod parquet;
pub mod query;
pub mod record;
pub mod run;
pub mod store;
mod table;

use std::path::PathBuf;

/// Why a batch could not run or go on. What goes wrong with one package is a `Record`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An input names nothing that can be audited.
    #[error("{input}: {why}")]
    Input {
        /// As given.
        input: String,
        /// What is wrong with it.
        why: String,
    },
    /// The result database refused.
    #[error("result database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The result database is of another version of the tool.
    #[error(
        "{path} has result schema {found}; this version reads and writes schema {known}: use another file"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// A table could not be written as Parquet.
    #[cfg(feature = "parquet")]
    #[error("a table could not be written as Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// What is asked for was left out of the build.
    #[error("{what} needs a build with the feature {feature}")]
    NotBuilt {
        /// What was asked for.
        what: String,
        /// The feature of the crate.
        feature: &'static str,
    },
    /// A result could not be turned into JSON.
    #[error("a result could not be written as JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// An output could not be written.
    #[error("cannot write {path}: {source}")]
    Output {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}
