//! What a batch has to do: job tables, directories, globs and lists -> sorted, distinct jobs.

use super::{Error, table};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One package to audit, with the policy it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// Stable name of the job: the package's path or address as given. Jobs are done once per key.
    pub key: String,
    /// The policy's paths or addresses; empty where none was given.
    pub policies: Vec<String>,
    /// The caller's own columns, carried through to every output.
    pub columns: BTreeMap<String, String>,
}

/// File endings of packages that a directory walk takes.
const PACKAGES: [&str; 6] = ["apk", "aab", "xapk", "apks", "apkm", "aar"];
/// File endings of policies that pairing looks for, best first.
const POLICIES: [&str; 8] = ["html", "htm", "md", "txt", "docx", "pdf", "xlsx", "csv"];

/// Reads every input into jobs, sorted by key, each key once.
///
/// An input is a directory (walked for packages), a package file, a glob, an address (`https://…`, `s3://…`),
/// a `.csv` or `.parquet` job table (the latter also a directory of parts, as engines write it) or a
/// `.txt`/`.list` file with one of these a line.
pub fn collect(inputs: &[String]) -> Result<Vec<Job>, Error> {
    let mut jobs = Vec::new();
    for input in inputs {
        add(input, &mut jobs, true)?;
    }
    jobs.sort();
    jobs.dedup_by(|a, b| a.key == b.key);
    Ok(jobs)
}

fn add(input: &str, jobs: &mut Vec<Job>, lists: bool) -> Result<(), Error> {
    if is_address(input) {
        jobs.push(Job::of(input));
        return Ok(());
    }
    let path = Path::new(input);
    let ending = ending(path);
    if path.exists() && lists && ending == "parquet" {
        table::parquet(path, jobs)
    } else if path.is_dir() {
        walk(path, jobs)
    } else if path.is_file() {
        match ending.as_str() {
            "csv" if lists => table::csv(path, jobs),
            "txt" | "list" if lists => {
                let text = read(path)?;
                text.lines()
                    .map(str::trim)
                    .filter(|l| !l.is_empty() && !l.starts_with('#'))
                    .try_for_each(|line| add(line, jobs, false))
            }
            _ => {
                jobs.push(Job::of(input));
                Ok(())
            }
        }
    } else if input.contains(['*', '?', '[']) {
        let found =
            glob::glob(input).map_err(|e| Error::Input { input: input.into(), why: e.to_string() })?;
        let before = jobs.len();
        for file in found {
            let file = file.map_err(|e| Error::Input { input: input.into(), why: e.to_string() })?;
            jobs.push(Job::of(&file.to_string_lossy()));
        }
        if jobs.len() == before {
            return Err(Error::Input { input: input.into(), why: "no file matches".into() });
        }
        Ok(())
    } else if lists {
        Err(Error::Input { input: input.into(), why: "no such file or directory".into() })
    } else {
        // A missing file named by a list costs that package alone: it is recorded as failed.
        jobs.push(Job::of(input));
        Ok(())
    }
}

impl Job {
    fn of(package: &str) -> Job {
        Job { key: package.to_owned(), policies: Vec::new(), columns: BTreeMap::new() }
    }
}

/// Whether `input` names an object by address rather than a file.
pub fn is_address(input: &str) -> bool {
    input.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty() && scheme.len() >= 2 && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path)
        .map_err(|e| Error::Input { input: path.display().to_string(), why: e.to_string() })
}

/// Every package below `top`; links are not followed, so a cycle cannot hold the walk.
fn walk(top: &Path, jobs: &mut Vec<Job>) -> Result<(), Error> {
    let mut waiting = vec![top.to_owned()];
    while let Some(dir) = waiting.pop() {
        let failed =
            |e: std::io::Error| Error::Input { input: dir.display().to_string(), why: e.to_string() };
        for entry in fs::read_dir(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let path = entry.path();
            if kind.is_dir() {
                waiting.push(path);
            } else if PACKAGES.contains(&ending(&path).as_str()) {
                jobs.push(Job::of(&path.to_string_lossy()));
            }
        }
    }
    Ok(())
}

/// Files of a policy directory by stem, so that each job finds its own without another walk.
#[derive(Debug, Default)]
pub struct PolicyIndex(BTreeMap<String, Vec<PathBuf>>);

impl PolicyIndex {
    /// Indexes the policies below `directory`, several files of one stem ordered by how much structure they keep.
    pub fn of(directory: &Path) -> Result<PolicyIndex, Error> {
        let failed =
            |e: std::io::Error| Error::Input { input: directory.display().to_string(), why: e.to_string() };
        let mut index: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if POLICIES.contains(&ending(&path).as_str())
                && let Some(stem) = path.file_stem()
            {
                index.entry(stem.to_string_lossy().to_lowercase()).or_default().push(path);
            }
        }
        for files in index.values_mut() {
            files.sort_by_key(|p| (POLICIES.iter().position(|e| *e == ending(p)), p.clone()));
        }
        Ok(PolicyIndex(index))
    }

    /// The policy of a package: by application id first, then by the package file's stem.
    pub fn find(&self, application_id: Option<&str>, package: &str) -> Option<&Path> {
        let stem = Path::new(package).file_stem().map(|s| s.to_string_lossy().to_lowercase());
        [application_id.map(str::to_lowercase), stem]
            .into_iter()
            .flatten()
            .find_map(|key| self.0.get(&key)?.first())
            .map(PathBuf::as_path)
    }
}

/// A deterministic part of all jobs: number `index` of `count`, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u32,
    /// How many parts.
    pub count: u32,
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// `i/n` with `0 <= i < n`.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parsed {
            Some((index, count)) if index < count => Ok(Shard { index, count }),
            _ => Err(format!("'{text}' is no shard; write i/n with i from 0 to n-1, such as 0/16")),
        }
    }
}

impl Shard {
    /// Whether the job of this key falls into the shard. Depends on the key alone, so that adding jobs
    /// moves none between shards.
    pub fn holds(&self, key: &str) -> bool {
        let hash = crate::digest::Digest::of(key.as_bytes()).0;
        let number = hash.iter().take(8).fold(0u64, |n, b| (n << 8) | u64::from(*b));
        number % u64::from(self.count.max(1)) == u64::from(self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_split_all_jobs_once() {
        let keys: Vec<String> = (0..1000).map(|i| format!("store/app-{i}.apk")).collect();
        for count in [1, 2, 7, 16] {
            let parts: Vec<usize> = (0..count)
                .map(|index| keys.iter().filter(|k| Shard { index, count }.holds(k)).count())
                .collect();
            assert_eq!(parts.iter().sum::<usize>(), keys.len());
            assert!(parts.iter().all(|n| *n > 1000 / count as usize / 2), "{parts:?}");
        }
        assert!("3/3".parse::<Shard>().is_err());
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
    }

    #[test]
    fn addresses_are_told_from_paths() {
        assert!(is_address("s3://bucket/a.apk"));
        assert!(is_address("https://example.org/a.apk"));
        assert!(!is_address("dir/a.apk"));
        assert!(!is_address(r"C:\apps\a.apk"));
    }
}
