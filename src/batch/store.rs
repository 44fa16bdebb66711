//! Results in one SQLite file: each job's result is one transaction, so a kill at any point leaves whole
//! results or none, and the next run goes on from there.

use super::Error;
use super::record::{FindingRow, LimitationRow, Outcome, Record, SdkRow};
use crate::signature::Database;
use rusqlite::{Connection, OpenFlags, Row, Transaction, params};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// `PRAGMA user_version` of the schema in `schema.sql`.
const SCHEMA: i32 = 2;

/// How a job ended, and for which inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// Identity of inputs and tool, by content.
    pub inputs: String,
    /// The same by size and time of change.
    pub stamp: String,
}

/// An open result database.
#[derive(Debug)]
pub struct Store {
    db: Connection,
}

impl Store {
    /// Opens or makes the database for writing.
    pub fn create(path: &Path) -> Result<Store, Error> {
        let db = Connection::open(path)?;
        // Write-ahead logging lets other tools read while a batch runs. NORMAL is safe against a killed
        // process; only a power cut can lose the last transactions, and those jobs are then done again.
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        match db.pragma_query_value(None, "user_version", |r| r.get::<_, i32>(0))? {
            0 => {
                db.execute_batch(include_str!("schema.sql"))?;
                db.pragma_update(None, "user_version", SCHEMA)?;
            }
            SCHEMA => {}
            other => return Err(Error::Schema { path: path.into(), found: other, known: SCHEMA }),
        }
        Ok(Store { db })
    }

    /// Opens an existing database for reading alone, also while a batch writes to it.
    pub fn read_only(path: &Path) -> Result<Store, Error> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        match db.pragma_query_value(None, "user_version", |r| r.get::<_, i32>(0))? {
            SCHEMA => Ok(Store { db }),
            other => Err(Error::Schema { path: path.into(), found: other, known: SCHEMA }),
        }
    }

    /// The connection, for queries.
    pub fn connection(&self) -> &Connection {
        &self.db
    }

    /// What is known of every job that ended, by key.
    pub fn done(&self) -> Result<HashMap<String, Done>, Error> {
        let mut statement = self.db.prepare("SELECT key, outcome, inputs, stamp FROM package")?;
        let rows = statement.query_map([], |r| {
            let outcome: String = r.get(1)?;
            let done = Done {
                outcome: Outcome::parse(&outcome).unwrap_or(Outcome::Failed),
                inputs: r.get(2)?,
                stamp: r.get(3)?,
            };
            Ok((r.get(0)?, done))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that a job's inputs were touched but have not changed.
    pub fn restamp(&self, key: &str, stamp: &str) -> Result<(), Error> {
        self.db.execute("UPDATE package SET stamp = ?2 WHERE key = ?1", [key, stamp])?;
        Ok(())
    }

    /// Writes results, replacing older ones of the same jobs; all of them or none.
    pub fn write(&mut self, records: &[Record]) -> Result<(), Error> {
        let transaction = self.db.transaction()?;
        for record in records {
            insert(&transaction, record)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Removes jobs whose keys `keep` refuses: packages that are no longer part of the batch.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) -> Result<usize, Error> {
        let gone: Vec<String> = {
            let mut statement = self.db.prepare("SELECT key FROM package")?;
            let keys = statement.query_map([], |r| r.get::<_, String>(0))?;
            keys.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|k| !keep(k)).collect()
        };
        let transaction = self.db.transaction()?;
        for key in &gone {
            transaction.execute("DELETE FROM package WHERE key = ?1", [key])?;
        }
        transaction.commit()?;
        Ok(gone.len())
    }

    /// Keeps the names of all SDKs beside the results, and which tool and database made them.
    pub fn describe(&mut self, database: &Database) -> Result<(), Error> {
        self.set_meta("tool_version", env!("CARGO_PKG_VERSION"))?;
        self.set_meta("database_digest", &database.digest().to_string())?;
        let transaction = self.db.transaction()?;
        transaction.execute("DELETE FROM sdk_info", [])?;
        {
            let mut statement =
                transaction.prepare("INSERT INTO sdk_info VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
            for sdk in database.sdks() {
                statement.execute(params![
                    sdk.id.as_str(),
                    sdk.name_zh,
                    sdk.name_en,
                    sdk.vendors.first(),
                    sdk.family.as_ref().map(|f| f.as_str()),
                    sdk.category,
                    sdk.collects
                ])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Sets a value of the `meta` table.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), Error> {
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", [key, value])?;
        Ok(())
    }

    /// Names of the callers' own columns over all results, sorted.
    pub fn own_columns(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT DISTINCT j.key FROM package p, json_each(p.columns) j ORDER BY j.key";
        let mut statement = self.db.prepare(sql)?;
        Ok(statement.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Calls `each` with every result in key order; the order and the bytes depend on the results alone.
    pub fn for_each(&self, mut each: impl FnMut(Record) -> Result<(), Error>) -> Result<(), Error> {
        let mut packages = self.db.prepare(
            "SELECT key, outcome, cause, sha256, application_id, version_name, packer, policies, columns, inputs, stamp, report,
                    package_bytes, fetched_bytes, requests
             FROM package ORDER BY key",
        )?;
        let mut sdks = self.db.prepare(
            "SELECT sdk, confidence, classes, version, carried_by, declared FROM sdk WHERE key = ?1 ORDER BY sdk",
        )?;
        let mut findings = self.db.prepare(
            "SELECT rule, severity, confidence, subject_kind, subject, message_zh, message_en, fingerprint, suppressed
             FROM finding WHERE key = ?1 ORDER BY position",
        )?;
        let mut limitations = self
            .db
            .prepare("SELECT kind, hides, at, detail FROM limitation WHERE key = ?1 ORDER BY position")?;
        let mut permissions = self.db.prepare("SELECT name FROM permission WHERE key = ?1 ORDER BY name")?;
        let mut rows = packages.query([])?;
        while let Some(row) = rows.next()? {
            let mut record = package(row)?;
            let key = [record.key.as_str()];
            record.sdks = sdks.query_map(key, sdk)?.collect::<Result<_, _>>()?;
            record.findings = findings.query_map(key, finding)?.collect::<Result<_, _>>()?;
            record.limitations = limitations.query_map(key, limitation)?.collect::<Result<_, _>>()?;
            record.permissions = permissions.query_map(key, |r| r.get(0))?.collect::<Result<_, _>>()?;
            each(record)?;
        }
        Ok(())
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::Json)
}

fn insert(t: &Transaction<'_>, r: &Record) -> Result<(), Error> {
    // The rows of an older result go with it, by cascade.
    t.prepare_cached("DELETE FROM package WHERE key = ?1")?.execute([&r.key])?;
    t.prepare_cached(
        "INSERT INTO package VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        r.key,
        r.outcome.as_str(),
        r.cause,
        r.sha256,
        r.application_id,
        r.version_name,
        r.packer,
        json(&r.policies)?,
        json(&r.columns)?,
        r.inputs,
        r.stamp,
        r.report,
        r.package_bytes.and_then(|n| i64::try_from(n).ok()),
        r.fetched_bytes.and_then(|n| i64::try_from(n).ok()),
        r.requests.and_then(|n| i64::try_from(n).ok()),
    ])?;
    let mut statement = t.prepare_cached("INSERT OR REPLACE INTO sdk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for s in &r.sdks {
        statement.execute(params![
            r.key,
            s.sdk,
            s.confidence,
            s.classes,
            s.version,
            s.carried_by,
            s.declared
        ])?;
    }
    let mut statement =
        t.prepare_cached("INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
    for (position, f) in r.findings.iter().enumerate() {
        statement.execute(params![
            r.key,
            position as i64,
            f.rule,
            f.severity,
            f.confidence,
            f.subject_kind,
            f.subject,
            f.message_zh,
            f.message_en,
            f.fingerprint,
            f.suppressed
        ])?;
    }
    let mut statement = t.prepare_cached("INSERT INTO limitation VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (position, l) in r.limitations.iter().enumerate() {
        statement.execute(params![r.key, position as i64, l.kind, l.hides, l.at, l.detail])?;
    }
    let mut statement = t.prepare_cached("INSERT OR IGNORE INTO permission VALUES (?1, ?2)")?;
    for name in &r.permissions {
        statement.execute([&r.key, name])?;
    }
    Ok(())
}

fn package(row: &Row<'_>) -> rusqlite::Result<Record> {
    let count = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
    };
    let outcome: String = row.get(1)?;
    let policies: String = row.get(7)?;
    let columns: String = row.get(8)?;
    Ok(Record {
        key: row.get(0)?,
        outcome: Outcome::parse(&outcome).unwrap_or(Outcome::Failed),
        cause: row.get(2)?,
        sha256: row.get(3)?,
        application_id: row.get(4)?,
        version_name: row.get(5)?,
        packer: row.get(6)?,
        policies: serde_json::from_str(&policies).unwrap_or_default(),
        columns: serde_json::from_str::<BTreeMap<_, _>>(&columns).unwrap_or_default(),
        inputs: row.get(9)?,
        stamp: row.get(10)?,
        report: row.get(11)?,
        package_bytes: count(12)?,
        fetched_bytes: count(13)?,
        requests: count(14)?,
        sdks: Vec::new(),
        findings: Vec::new(),
        limitations: Vec::new(),
        permissions: Vec::new(),
    })
}

fn sdk(row: &Row<'_>) -> rusqlite::Result<SdkRow> {
    Ok(SdkRow {
        sdk: row.get(0)?,
        confidence: row.get(1)?,
        classes: row.get(2)?,
        version: row.get(3)?,
        carried_by: row.get(4)?,
        declared: row.get(5)?,
    })
}

fn finding(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    Ok(FindingRow {
        rule: row.get(0)?,
        severity: row.get(1)?,
        confidence: row.get(2)?,
        subject_kind: row.get(3)?,
        subject: row.get(4)?,
        message_zh: row.get(5)?,
        message_en: row.get(6)?,
        fingerprint: row.get(7)?,
        suppressed: row.get(8)?,
    })
}

fn limitation(row: &Row<'_>) -> rusqlite::Result<LimitationRow> {
    Ok(LimitationRow { kind: row.get(0)?, hides: row.get(1)?, at: row.get(2)?, detail: row.get(3)? })
}
