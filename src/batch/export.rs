//! Results out of the database: NDJSON and CSV, in key order, the same bytes for the same results.

use super::Error;
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

/// One line per finding, with the package's identity on each; a package without findings has one line
/// with empty finding columns, so that none is missing from the file.
pub fn csv(store: &Store, out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    let write = |writer: &mut csv::Writer<_>, row: &[&str]| {
        writer.write_record(row).map_err(|e| failed(io::Error::other(e)))
    };
    write(
        &mut writer,
        &[
            "key",
            "outcome",
            "cause",
            "application_id",
            "version_name",
            "sha256",
            "packer",
            "rule",
            "severity",
            "confidence",
            "subject_kind",
            "subject",
            "message_zh",
            "message_en",
            "fingerprint",
            "suppressed",
        ],
    )?;
    store.for_each(|r| {
        let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
        let identity = [
            r.key.clone(),
            r.outcome.as_str().to_owned(),
            text(&r.cause),
            text(&r.application_id),
            text(&r.version_name),
            text(&r.sha256),
            text(&r.packer),
        ];
        let mut row: Vec<&str> = identity.iter().map(String::as_str).collect();
        if r.findings.is_empty() {
            row.extend([""; 9]);
            return write(&mut writer, &row);
        }
        for f in &r.findings {
            row.truncate(identity.len());
            row.extend([
                f.rule.as_str(),
                &f.severity,
                &f.confidence,
                &f.subject_kind,
                &f.subject,
                &f.message_zh,
                &f.message_en,
                &f.fingerprint,
                if f.suppressed { "true" } else { "false" },
            ]);
            write(&mut writer, &row)?;
        }
        Ok(())
    })?;
    writer.flush().map_err(failed)
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
