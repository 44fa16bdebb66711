//! One file per group of rules; a rule turns a case into findings and cannot fail.

use crate::finding::{Case, Finding};

/// Runs all rules; sorted by severity, rule and subject.
pub fn check(case: &Case<'_>) -> Vec<Finding> {
    let _ = case;
    Vec::new()
}
