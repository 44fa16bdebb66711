//! Drafts of a rule -> findings: evidence demanded, duplicates merged, severity and clauses filled in.

use super::{Context, Rule, laws};
use crate::evidence::{Confidence, Evidence};
use crate::finding::{Finding, Fingerprint, Severity, Subject};
use crate::lang::Text;
use std::collections::HashMap;

/// What a rule has to say; the sink adds the rest.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is about.
    pub subject: Subject,
    /// How sure.
    pub confidence: Confidence,
    /// Upper bound of the severity for this one; the rule's own otherwise.
    pub at_most: Severity,
    /// What was found.
    pub message: Text,
    /// Never empty; the primary one first.
    pub evidence: Vec<Evidence>,
    /// The template it was copied from.
    pub template: Option<&'static str>,
}

impl Draft {
    /// A draft about `kind`/`key` that says `zh` and `en`, at high confidence.
    pub fn new(kind: &'static str, key: impl Into<String>, zh: String, en: String) -> Draft {
        Draft {
            subject: Subject { kind, key: key.into() },
            confidence: Confidence::High,
            at_most: Severity::High,
            message: Text { zh, en },
            evidence: Vec::new(),
            template: None,
        }
    }

    /// The same with this confidence.
    pub fn sure(mut self, confidence: Confidence) -> Draft {
        self.confidence = confidence;
        self
    }

    /// The same, no more severe than this.
    pub fn at_most(mut self, severity: Severity) -> Draft {
        self.at_most = severity;
        self
    }

    /// The same with one more piece of evidence.
    pub fn with(mut self, evidence: Evidence) -> Draft {
        self.evidence.push(evidence);
        self
    }

    /// The same with more evidence.
    pub fn with_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Draft {
        self.evidence.extend(evidence);
        self
    }

    /// The same, copied from a template.
    pub fn of_template(mut self, template: Option<&'static str>) -> Draft {
        self.template = template;
        self
    }
}

/// Pieces of evidence kept per finding; the first are the telling ones.
const MAX_EVIDENCE: usize = 24;

/// Takes the drafts of one rule.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    severity: Severity,
    clauses: Vec<&'static str>,
    app: &'a str,
    findings: Vec<Finding>,
    by_fingerprint: HashMap<Fingerprint, usize>,
}

impl<'a> Sink<'a> {
    /// A sink for `rule`, whose findings are at most `severity`.
    pub fn new(rule: &'static Rule, severity: Severity, context: &Context<'a>) -> Sink<'a> {
        Sink {
            rule,
            severity,
            clauses: laws::cited(rule.clauses, context.profile),
            app: context.case.inventory.app.id.as_deref().unwrap_or(""),
            findings: Vec::new(),
            by_fingerprint: HashMap::new(),
        }
    }

    /// Takes a draft. One without evidence is refused (a defect of the rule, which a debug build
    /// reports); one with the subject of an earlier one adds its evidence to that.
    pub fn report(&mut self, draft: Draft) {
        debug_assert!(!draft.evidence.is_empty(), "{}: finding without evidence", self.rule.id);
        if draft.evidence.is_empty() {
            return;
        }
        let fingerprint = Fingerprint::new(self.rule.id, self.app, &draft.subject);
        let severity = self.severity.min(draft.at_most);
        if let Some(earlier) = self.by_fingerprint.get(&fingerprint).and_then(|i| self.findings.get_mut(*i)) {
            earlier.severity = earlier.severity.max(severity);
            earlier.confidence = earlier.confidence.max(draft.confidence);
            for evidence in draft.evidence {
                if earlier.evidence.len() < MAX_EVIDENCE && !earlier.evidence.contains(&evidence) {
                    earlier.evidence.push(evidence);
                }
            }
            return;
        }
        self.by_fingerprint.insert(fingerprint.clone(), self.findings.len());
        let mut evidence = draft.evidence;
        evidence.truncate(MAX_EVIDENCE);
        self.findings.push(Finding {
            rule: self.rule.id,
            severity,
            confidence: draft.confidence,
            subject: draft.subject,
            message: draft.message,
            evidence,
            clauses: self.clauses.clone(),
            template: draft.template,
            fingerprint,
            suppressed: None,
        });
    }

    /// What was taken, in the order it came.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
