//! Job tables: rows with a package, perhaps a policy, and the caller's own columns -> jobs.

use super::Error;
use super::job::{Job, is_address};
use crate::intake::AUTO;
use std::path::{Path, PathBuf};

/// Column names of a job table, lower case.
const PACKAGE_COLUMNS: [&str; 5] = ["package", "apk", "path", "file", "url"];
const POLICY_COLUMNS: [&str; 3] = ["policy", "policy_path", "policy_url"];

/// Which column of a table is what.
struct Header {
    names: Vec<String>,
    package: usize,
    policy: Option<usize>,
    /// Relative paths are relative to the table.
    base: PathBuf,
    table: String,
}

impl Header {
    fn new(names: Vec<String>, table: &Path) -> Result<Header, Error> {
        let column =
            |known: &[&str]| known.iter().find_map(|n| names.iter().position(|h| h.eq_ignore_ascii_case(n)));
        let package = column(&PACKAGE_COLUMNS).ok_or_else(|| {
            let known = PACKAGE_COLUMNS.join(", ");
            bad(table, format!("no column names the package; call it one of: {known}"))
        })?;
        let policy = column(&POLICY_COLUMNS);
        let base = table.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Header { names, package, policy, base, table: table.display().to_string() })
    }

    /// The job of one row; `number` counts from 1. A cell without a value is `None`, and is not carried through.
    fn job(&self, number: usize, cells: &[Option<&str>]) -> Result<Job, Error> {
        let cell = |column: usize| cells.get(column).copied().flatten();
        let package = cell(self.package).unwrap_or("").trim();
        if package.is_empty() {
            let why = format!("row {number} has an empty package column");
            return Err(Error::Input { input: self.table.clone(), why });
        }
        let policies = self.policy.and_then(cell).unwrap_or("");
        let own =
            self.names.iter().enumerate().filter(|(i, _)| *i != self.package && Some(*i) != self.policy);
        Ok(Job {
            key: self.resolve(package),
            policies: policies
                .split(';')
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .map(|p| self.resolve(p))
                .collect(),
            columns: own.filter_map(|(i, name)| Some((name.clone(), cell(i)?.to_owned()))).collect(),
        })
    }

    fn resolve(&self, value: &str) -> String {
        if is_address(value) || value == AUTO {
            value.to_owned()
        } else {
            self.base.join(value).to_string_lossy().into_owned()
        }
    }
}

fn bad(table: &Path, why: impl ToString) -> Error {
    Error::Input { input: table.display().to_string(), why: why.to_string() }
}

/// Reads a table in CSV with a header line; several policies are separated by `;`.
pub fn csv(path: &Path, jobs: &mut Vec<Job>) -> Result<(), Error> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(|e| bad(path, e))?;
    let names = reader.headers().map_err(|e| bad(path, e))?.iter().map(|h| h.trim().to_owned()).collect();
    let header = Header::new(names, path)?;
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|e| bad(path, e))?;
        // The header is row 1.
        jobs.push(header.job(row + 2, &record.iter().map(Some).collect::<Vec<_>>())?);
    }
    Ok(())
}

/// Reads a table in Parquet, one file or a directory of parts.
#[cfg(feature = "parquet")]
pub fn parquet(path: &Path, jobs: &mut Vec<Job>) -> Result<(), Error> {
    for part in parts(path)? {
        let mut header = None;
        let mut number = 0;
        super::parquet::rows(&part, |names, cells| {
            let header = match &header {
                Some(known) => known,
                // Relative to the table, not to its parts.
                None => header.insert(Header::new(names.to_vec(), path)?),
            };
            number += 1;
            jobs.push(header.job(number, cells)?);
            Ok(())
        })?;
    }
    Ok(())
}

/// Refused: the reader was left out of the build.
#[cfg(not(feature = "parquet"))]
pub fn parquet(path: &Path, _: &mut Vec<Job>) -> Result<(), Error> {
    Err(Error::NotBuilt { what: path.display().to_string(), feature: "parquet" })
}

/// The files of a table: itself, or its parts by name. Engines write marks beside them that start with `_` or `.`.
#[cfg(feature = "parquet")]
fn parts(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|e| bad(path, e))? {
        let file = entry.map_err(|e| bad(path, e))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".parquet") && !name.starts_with(['_', '.']) {
            out.push(file);
        }
    }
    out.sort();
    if out.is_empty() {
        return Err(bad(path, "the directory holds no .parquet file"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::batch::job::collect;
    use std::fs;

    #[test]
    fn a_job_table_keeps_foreign_columns_and_its_own_directory() {
        let dir = std::env::temp_dir().join(format!("sdkaudit-job-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let csv = dir.join("jobs.csv");
        fs::write(&csv, "market,APK,policy\nhuawei,a.apk,p.html; q.html\noppo,s3://b/c.apk,\n").unwrap();
        let jobs = collect(&[csv.to_string_lossy().into_owned()]).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(jobs.len(), 2);
        assert_eq!(jobs[0].key, dir.join("a.apk").to_string_lossy());
        assert_eq!(jobs[0].policies.len(), 2);
        assert_eq!(jobs[0].columns["market"], "huawei");
        assert_eq!(jobs[1].key, "s3://b/c.apk");
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn a_parquet_table_is_read_like_a_csv_one() {
        use crate::batch::export::{Cell, Column, Kind};
        use crate::batch::parquet::Writer;
        let dir = std::env::temp_dir().join(format!("sdkaudit-table-{}", std::process::id()));
        let table = dir.join("jobs.parquet");
        fs::create_dir_all(&table).unwrap();
        let columns = [("Package", Kind::Text), ("policy", Kind::Text), ("rank", Kind::Number)];
        let columns = columns.map(|(name, kind)| Column { name: name.into(), kind });
        let rows = [("a.apk", Some("p.html;q.html"), Some(3)), ("s3://b/c.apk", None, None)];
        for (number, (package, policy, rank)) in rows.into_iter().enumerate() {
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&columns, &mut bytes).unwrap();
            let policy = policy.map_or(Cell::None, Cell::from);
            writer.row(vec![Cell::from(package), policy, rank.map_or(Cell::None, Cell::Number)]).unwrap();
            writer.close().unwrap();
            fs::write(table.join(format!("part-{number}.parquet")), bytes).unwrap();
        }
        fs::write(table.join("_metadata.parquet"), "a mark, no part").unwrap();
        let jobs = collect(&[table.to_string_lossy().into_owned()]).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(jobs[0].key, dir.join("a.apk").to_string_lossy());
        assert_eq!((jobs[0].policies.len(), jobs[0].columns["rank"].as_str()), (2, "3"));
        assert_eq!(
            (jobs[1].key.as_str(), jobs[1].policies.len(), jobs[1].columns.len()),
            ("s3://b/c.apk", 0, 0)
        );
    }
}
