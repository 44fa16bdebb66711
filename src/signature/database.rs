//! All SDKs, sorted by id, with lookups: the compiled-in database and overlays on it.

use super::blob;
use super::file::{self, Problem};
use super::model::{Mark, Sdk, constants, marks};
use crate::digest::Digest;
use crate::evidence::FeatureKind;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What `build.rs` made of `sdk-signatures/`.
static EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/signatures.blob"));

/// Its digest, which every report prints: a third of a millisecond of every process.
static EMBEDDED_DIGEST: &[u8; 32] = include_bytes!(concat!(env!("OUT_DIR"), "/signatures.sha256"));

/// Why signature files given by the user could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or directory could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The directory holds no `.toml` file.
    #[error("{path} holds no signature files (*.toml)")]
    Empty {
        /// The directory.
        path: PathBuf,
    },
    /// Files with mistakes; all of them.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid {
        /// Every mistake found, with file and line.
        problems: Vec<Problem>,
    },
}

/// All SDKs, sorted by id, with lookups.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// What the compiled-in database says of each SDK; none where `all` was given.
    records: Vec<Record>,
    /// All of them, once someone asked for all.
    all: OnceLock<Vec<Sdk>>,
    /// By kind, value and SDK.
    marks: Vec<Mark>,
    /// Class and field of the constants that tell a version.
    constants: Vec<(String, String)>,
    digest: OnceLock<Digest>,
}

/// One SDK, decoded when someone asks for it.
#[derive(Debug, Clone)]
struct Record {
    id: &'static str,
    text: &'static str,
    sdk: OnceLock<Box<Sdk>>,
}

impl Record {
    /// A record that does not decode would be a defect of the build, and a test holds that none is.
    fn decode(&self) -> Sdk {
        blob::decode(self.id, self.text).unwrap_or_else(|| Sdk::new(self.id))
    }
}

impl Database {
    /// The database compiled into the binary.
    pub fn embedded() -> Database {
        let Some(parts) = blob::split(EMBEDDED) else { return Database::default() };
        let record = |(id, text)| Record { id, text, sdk: OnceLock::new() };
        Database {
            records: parts.records.into_iter().map(record).collect(),
            marks: parts.marks,
            constants: parts.constants,
            ..Database::default()
        }
    }

    /// A database of the given SDKs; of two with one id the later wins.
    pub fn new(mut sdks: Vec<Sdk>) -> Database {
        sdks.reverse();
        sdks.sort_by(|a, b| a.id.cmp(&b.id));
        sdks.dedup_by(|a, b| a.id == b.id);
        Database { marks: marks(&sdks), constants: constants(&sdks), all: sdks.into(), ..Database::default() }
    }

    /// This database with the files under `directory` added; a file replaces the entry of its id.
    pub fn with_directory(self, directory: &Path) -> Result<Database, LoadError> {
        let mut sdks = self.sdks().to_vec();
        let mut problems = Vec::new();
        for (path, text) in read_directory(directory)? {
            let (file, mut found) = file::parse(&path, &text);
            problems.append(&mut found);
            sdks.extend(file.map(|f| f.sdk));
        }
        if problems.is_empty() { Ok(Database::new(sdks)) } else { Err(LoadError::Invalid { problems }) }
    }

    /// Whether it is the compiled-in database as it is: what was made of that one beforehand fits.
    pub fn is_embedded(&self) -> bool {
        !self.records.is_empty()
    }

    /// All SDKs, by id.
    pub fn sdks(&self) -> &[Sdk] {
        self.all.get_or_init(|| self.records.iter().map(Record::decode).collect())
    }

    /// Number of SDKs.
    pub fn len(&self) -> usize {
        self.all.get().map_or(self.records.len(), Vec::len)
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Static string fields that tell a version (`constant:CLASS.FIELD`): class and field, sorted.
    pub fn version_constants(&self) -> Vec<(String, String)> {
        self.constants.clone()
    }

    /// One SDK by id.
    pub fn get(&self, id: &str) -> Option<&Sdk> {
        self.at(self.position(id)?)
    }

    /// Number of the SDK with this id, counted by id.
    pub fn position(&self, id: &str) -> Option<usize> {
        let at = match self.all.get() {
            Some(all) => all.binary_search_by(|s| s.id.as_str().cmp(id)),
            None => self.records.binary_search_by(|r| r.id.cmp(id)),
        };
        at.ok()
    }

    /// SDK number `at`, by id.
    pub fn at(&self, at: usize) -> Option<&Sdk> {
        match self.all.get() {
            Some(all) => all.get(at),
            None => {
                let record = self.records.get(at)?;
                Some(record.sdk.get_or_init(|| Box::new(record.decode())))
            }
        }
    }

    /// All marks of one kind, by value.
    pub(super) fn marks_of(&self, kind: FeatureKind) -> &[Mark] {
        let start = self.marks.partition_point(|m| m.kind < kind);
        let end = self.marks.partition_point(|m| m.kind <= kind);
        self.marks.get(start..end).unwrap_or_default()
    }

    /// Digest of everything in it: two databases with one digest match alike. Printed in every report.
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| match self.records.is_empty() {
            true => Digest::of(blob::encode(self.sdks()).as_bytes()),
            false => Digest(*EMBEDDED_DIGEST),
        })
    }
}

/// Every `.toml` file under `directory`, sorted by path, with its text.
pub fn read_directory(directory: &Path) -> Result<Vec<(String, String)>, LoadError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Io { path, source }
    };
    let mut open = vec![directory.to_owned()];
    let mut out = Vec::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).map_err(io(&next))? {
            let path = entry.map_err(io(&next))?.path();
            let kind = std::fs::symlink_metadata(&path).map_err(io(&path))?;
            if kind.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                let text = std::fs::read_to_string(&path).map_err(io(&path))?;
                out.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    if out.is_empty() {
        return Err(LoadError::Empty { path: directory.to_owned() });
    }
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_database_is_there_and_survives_a_round_trip() {
        let database = Database::embedded();
        assert!(database.sdks().len() >= 383, "{}", database.sdks().len());
        assert!(database.get("getui-push").is_some());
        assert_eq!(blob::encode(database.sdks()), EMBEDDED);
        assert_eq!(database.digest(), Digest::of(EMBEDDED.as_bytes()));
    }

    #[test]
    fn one_record_decodes_to_what_all_of_them_hold() {
        let (one, all) = (Database::embedded(), Database::embedded());
        for sdk in all.sdks() {
            assert_eq!(one.get(sdk.id.as_str()), Some(sdk));
        }
        assert_eq!((one.len(), one.get("no-such-sdk")), (all.sdks().len(), None));
        assert_eq!(Database::new(all.sdks().to_vec()).digest(), one.digest());
    }

    #[test]
    fn a_later_entry_replaces_an_earlier_one_of_its_id() {
        let mut own = Sdk::new("a");
        own.name_en = "mine".into();
        let database = Database::new(vec![Sdk::new("a"), Sdk::new("b"), own]);
        assert_eq!(database.sdks().len(), 2);
        assert_eq!(database.get("a").map(|s| s.name_en.as_ref()), Some("mine"));
    }
}
