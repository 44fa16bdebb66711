//! Results out of the database: NDJSON, CSV and Parquet, in key order, the same bytes for the same results.

use super::Error;
use super::record::Record;
use super::store::Store;
use std::io::{self, Write};

fn failed(source: io::Error) -> Error {
    Error::Output { path: "the export".into(), source }
}

/// One JSON object a line and package. `reports` adds the whole report to each.
pub fn ndjson(store: &Store, out: &mut dyn Write, reports: bool) -> Result<(), Error> {
    store.for_each(|mut record| {
        if !reports {
            record.report.clear();
        }
        serde_json::to_writer(&mut *out, &record).map_err(Error::Json)?;
        out.write_all(b"\n").map_err(failed)
    })
}

/// What one line of a table stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// A finding; a package without findings has one line all the same, so that none is missing.
    Findings,
    /// A package.
    Packages,
    /// An SDK found in a package.
    Sdks,
    /// A limitation of a package.
    Limitations,
}

/// Type of a column. Every column may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    None,
    /// Of a text column.
    Text(String),
    /// Of a number column.
    Number(i64),
    /// Of a flag column.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<&Option<String>> for Cell {
    fn from(text: &Option<String>) -> Cell {
        text.as_deref().map_or(Cell::None, Cell::from)
    }
}

impl From<Option<u64>> for Cell {
    fn from(number: Option<u64>) -> Cell {
        number.and_then(|n| i64::try_from(n).ok()).map_or(Cell::None, Cell::Number)
    }
}

fn count(n: usize) -> Cell {
    Cell::from(Some(n as u64))
}

/// Columns that every table starts with.
const IDENTITY: [(&str, Kind); 7] = [
    ("key", Kind::Text),
    ("outcome", Kind::Text),
    ("cause", Kind::Text),
    ("application_id", Kind::Text),
    ("version_name", Kind::Text),
    ("sha256", Kind::Text),
    ("packer", Kind::Text),
];

impl Table {
    fn specific(self) -> &'static [(&'static str, Kind)] {
        match self {
            Table::Findings => &[
                ("rule", Kind::Text),
                ("severity", Kind::Text),
                ("confidence", Kind::Text),
                ("subject_kind", Kind::Text),
                ("subject", Kind::Text),
                ("message_zh", Kind::Text),
                ("message_en", Kind::Text),
                ("fingerprint", Kind::Text),
                ("suppressed", Kind::Flag),
            ],
            Table::Packages => &[
                ("package_bytes", Kind::Number),
                ("fetched_bytes", Kind::Number),
                ("requests", Kind::Number),
                ("policies", Kind::Text),
                ("sdks", Kind::Number),
                ("undeclared_sdks", Kind::Number),
                ("findings", Kind::Number),
                ("high", Kind::Number),
                ("medium", Kind::Number),
                ("limitations", Kind::Number),
                ("permissions", Kind::Number),
            ],
            Table::Sdks => &[
                ("sdk", Kind::Text),
                ("confidence", Kind::Text),
                ("classes", Kind::Number),
                ("version", Kind::Text),
                ("carried_by", Kind::Text),
                ("declared", Kind::Flag),
            ],
            Table::Limitations => {
                &[("kind", Kind::Text), ("hides", Kind::Text), ("at", Kind::Text), ("detail", Kind::Text)]
            }
        }
    }

    /// All columns: identity, what the table is about, the caller's own (`own_` before a name that is taken),
    /// and with `reports` the whole report.
    fn columns(self, own: &[String], reports: bool) -> Vec<Column> {
        let fixed = IDENTITY.iter().chain(self.specific());
        let mut out: Vec<Column> =
            fixed.map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind }).collect();
        for name in own {
            let taken = out.iter().any(|c| c.name.eq_ignore_ascii_case(name)) || name == "report";
            let name = if taken { format!("own_{name}") } else { name.clone() };
            out.push(Column { name, kind: Kind::Text });
        }
        if reports {
            out.push(Column { name: "report".into(), kind: Kind::Text });
        }
        out
    }

    /// The rows of one result.
    fn rows(self, r: &Record, own: &[String], reports: bool) -> Vec<Vec<Cell>> {
        let identity = [
            Cell::from(r.key.as_str()),
            Cell::from(r.outcome.as_str()),
            Cell::from(&r.cause),
            Cell::from(&r.application_id),
            Cell::from(&r.version_name),
            Cell::from(&r.sha256),
            Cell::from(&r.packer),
        ];
        let carried: Vec<Cell> = own
            .iter()
            .map(|name| r.columns.get(name).map_or(Cell::None, |v| Cell::from(v.as_str())))
            .collect();
        let report = reports.then(|| Cell::from(r.report.as_str()));
        let row = |cells: Vec<Cell>| {
            identity
                .iter()
                .cloned()
                .chain(cells)
                .chain(carried.iter().cloned())
                .chain(report.clone())
                .collect()
        };
        self.cells(r).into_iter().map(row).collect()
    }

    fn cells(self, r: &Record) -> Vec<Vec<Cell>> {
        match self {
            Table::Findings if r.findings.is_empty() => vec![vec![Cell::None; self.specific().len()]],
            Table::Findings => r
                .findings
                .iter()
                .map(|f| {
                    vec![
                        Cell::from(f.rule.as_str()),
                        Cell::from(f.severity.as_str()),
                        Cell::from(f.confidence.as_str()),
                        Cell::from(f.subject_kind.as_str()),
                        Cell::from(f.subject.as_str()),
                        Cell::from(f.message_zh.as_str()),
                        Cell::from(f.message_en.as_str()),
                        Cell::from(f.fingerprint.as_str()),
                        Cell::Flag(f.suppressed),
                    ]
                })
                .collect(),
            Table::Packages => {
                let of = |severity: &str| {
                    r.findings.iter().filter(|f| !f.suppressed && f.severity == severity).count()
                };
                vec![vec![
                    Cell::from(r.package_bytes),
                    Cell::from(r.fetched_bytes),
                    Cell::from(r.requests),
                    Cell::Text(r.policies.join(";")),
                    count(r.sdks.len()),
                    count(r.sdks.iter().filter(|s| s.declared == Some(false)).count()),
                    count(r.findings.iter().filter(|f| !f.suppressed).count()),
                    count(of("high")),
                    count(of("medium")),
                    count(r.limitations.len()),
                    count(r.permissions.len()),
                ]]
            }
            Table::Sdks => r
                .sdks
                .iter()
                .map(|s| {
                    vec![
                        Cell::from(s.sdk.as_str()),
                        Cell::from(s.confidence.as_str()),
                        Cell::Number(i64::from(s.classes)),
                        Cell::from(&s.version),
                        Cell::from(&s.carried_by),
                        s.declared.map_or(Cell::None, Cell::Flag),
                    ]
                })
                .collect(),
            Table::Limitations => r
                .limitations
                .iter()
                .map(|l| {
                    vec![
                        Cell::from(l.kind.as_str()),
                        Cell::from(&l.hides),
                        Cell::from(l.at.as_str()),
                        Cell::from(l.detail.as_str()),
                    ]
                })
                .collect(),
        }
    }
}

/// A table as CSV with a header line.
pub fn csv(store: &Store, table: Table, reports: bool, out: &mut dyn Write) -> Result<(), Error> {
    let own = store.own_columns()?;
    let mut writer = csv::Writer::from_writer(out);
    let columns = table.columns(&own, reports);
    writer.write_record(columns.iter().map(|c| &c.name)).map_err(|e| failed(io::Error::other(e)))?;
    store.for_each(|record| {
        for row in table.rows(&record, &own, reports) {
            let cells = row.iter().map(|cell| match cell {
                Cell::None => String::new(),
                Cell::Text(t) => t.clone(),
                Cell::Number(n) => n.to_string(),
                Cell::Flag(f) => f.to_string(),
            });
            writer.write_record(cells).map_err(|e| failed(io::Error::other(e)))?;
        }
        Ok(())
    })?;
    writer.flush().map_err(failed)
}

/// A table as Parquet, with typed columns, compressed with Snappy.
#[cfg(feature = "parquet")]
pub fn parquet(store: &Store, table: Table, reports: bool, out: &mut dyn Write) -> Result<(), Error> {
    let own = store.own_columns()?;
    let mut writer = super::parquet::Writer::new(&table.columns(&own, reports), out)?;
    store.for_each(|record| {
        table.rows(&record, &own, reports).into_iter().try_for_each(|row| writer.row(row))
    })?;
    writer.close()
}

/// Refused: the writer was left out of the build.
#[cfg(not(feature = "parquet"))]
pub fn parquet(_: &Store, _: Table, _: bool, _: &mut dyn Write) -> Result<(), Error> {
    Err(Error::NotBuilt { what: "Parquet".into(), feature: "parquet" })
}

/// Joins the results of several databases, such as the shards of one batch, into `into`.
pub fn merge(into: &mut Store, parts: &[Store]) -> Result<usize, Error> {
    let mut count = 0;
    for part in parts {
        let mut waiting = Vec::new();
        part.for_each(|record| {
            count += 1;
            waiting.push(record);
            if waiting.len() >= 256 {
                into.write(&waiting)?;
                waiting.clear();
            }
            Ok(())
        })?;
        into.write(&waiting)?;
    }
    Ok(count)
}
