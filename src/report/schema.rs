//! The JSON Schema of the report (draft 7), kept by hand as a document; tests hold real output against it.

/// The schema. `definitions` also describe what `diff` prints: `difference` and `revision`.
pub const SCHEMA: &str = include_str!("../../docs/report.schema.json");
