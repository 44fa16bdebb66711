//! Accepted findings: the allowed list of a configuration and the baseline mark them, never remove them.

use crate::finding::{Finding, Suppression};
use crate::lang::Text;
use serde::Serialize;
use std::fmt::Write as _;

/// One accepted thing: everything it states must fit a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Allow {
    /// Fingerprint of one finding.
    pub fingerprint: Option<String>,
    /// Rule id.
    pub rule: Option<String>,
    /// Subject key: SDK id, package, permission.
    pub subject: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Last day it holds, ISO date.
    pub until: Option<String>,
    /// File it stands in.
    pub file: String,
    /// 1-based line there.
    pub line: u32,
}

/// An entry that does nothing, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// File and line of the entry.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// What to do about it.
    pub message: Text,
}

impl Allow {
    /// Whether it accepts this finding. An entry that states nothing accepts nothing.
    pub fn fits(&self, finding: &Finding) -> bool {
        let states = self.fingerprint.is_some() || self.rule.is_some() || self.subject.is_some();
        let same = |own: &Option<String>, other: &str| own.as_deref().is_none_or(|o| o == other);
        states
            && same(&self.fingerprint, &finding.fingerprint.0)
            && same(&self.rule, finding.rule)
            && same(&self.subject, &finding.subject.key)
    }

    /// Whether its last day lies before `today`. ISO dates compare as text.
    pub fn expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }
}

/// Marks the findings that entries accept and tells which entries are unused or expired. The first
/// entry that fits gives the reason; an expired one accepts nothing.
pub fn apply(findings: &mut [Finding], allowed: &[Allow], today: &str) -> Vec<Notice> {
    let mut used = vec![false; allowed.len()];
    for finding in findings.iter_mut() {
        for (entry, used) in allowed.iter().zip(&mut used) {
            if !entry.fits(finding) {
                continue;
            }
            *used = true;
            if finding.suppressed.is_none() && !entry.expired(today) {
                finding.suppressed =
                    Some(Suppression { reason: entry.reason.clone(), until: entry.until.clone() });
            }
        }
    }
    let notices = allowed.iter().zip(used).filter_map(|(entry, used)| {
        let message = match (entry.expired(today), used) {
            (true, _) => {
                let until = entry.until.as_deref().unwrap_or("");
                Text::new(format!("该条目已于 {until} 到期"), format!("this entry expired on {until}"))
            }
            (false, false) => Text::new("该条目没有匹配任何发现", "this entry matches no finding"),
            (false, true) => return None,
        };
        Some(Notice { file: entry.file.clone(), line: entry.line, message })
    });
    notices.collect()
}

/// A baseline of `findings`, accepted or not: TOML in the form of the allowed list.
/// Sorted by rule and subject; no date and no version, so that the same findings give the same bytes.
pub fn baseline(findings: &[Finding], reason: &str) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| (a.rule, &a.subject).cmp(&(b.rule, &b.subject)));
    let mut out =
        String::from("# Findings accepted as they are. Give a reason, and `until` where it is for a time.\n");
    for finding in sorted {
        let reason = finding.suppressed.as_ref().map_or(reason, |s| &s.reason);
        let until = finding.suppressed.as_ref().and_then(|s| s.until.as_deref());
        let _ = write!(
            out,
            "\n[[allow]]\nrule = {}\nsubject = {}\nfingerprint = {}\nreason = {}\n",
            quoted(finding.rule),
            quoted(&finding.subject.key),
            quoted(&finding.fingerprint.0),
            quoted(reason),
        );
        if let Some(until) = until {
            let _ = writeln!(out, "until = {}", quoted(until));
        }
    }
    out
}

/// A basic TOML string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Confidence, Evidence};
    use crate::finding::{Fingerprint, Severity, Subject};

    fn finding(subject: &str) -> Finding {
        let subject = Subject { kind: "sdk", key: subject.into() };
        Finding {
            rule: "undeclared-sdk",
            severity: Severity::High,
            confidence: Confidence::High,
            fingerprint: Fingerprint::new("undeclared-sdk", "com.example", &subject),
            subject,
            message: Text::new("甲", "a"),
            evidence: vec![Evidence::Absent { searched: vec![], tried: vec![] }],
            clauses: vec![],
            template: None,
            suppressed: None,
        }
    }

    fn allow(subject: &str, until: Option<&str>) -> Allow {
        Allow {
            subject: Some(subject.into()),
            reason: "in review".into(),
            until: until.map(str::to_owned),
            file: "sdkaudit.toml".into(),
            line: 3,
            ..Allow::default()
        }
    }

    #[test]
    fn entries_mark_and_never_remove() {
        let mut findings = vec![finding("getui-push"), finding("umeng")];
        let notices = apply(&mut findings, &[allow("getui-push", Some("2026-12-31"))], "2026-11-21");
        assert!(findings[0].suppressed.is_some() && findings[1].suppressed.is_none());
        assert!(notices.is_empty());
    }

    #[test]
    fn expired_and_unused_entries_are_told() {
        let mut findings = vec![finding("getui-push")];
        let entries = [allow("getui-push", Some("2026-01-01")), allow("weibo", None)];
        let notices = apply(&mut findings, &entries, "2026-11-21");
        assert!(findings[0].suppressed.is_none());
        let said: Vec<&str> = notices.iter().map(|n| n.message.en.as_str()).collect();
        assert_eq!(said, ["this entry expired on 2026-01-01", "this entry matches no finding"]);
    }

    #[test]
    fn an_entry_that_states_nothing_accepts_nothing() {
        let mut findings = vec![finding("getui-push")];
        assert_eq!(apply(&mut findings, &[Allow::default()], "2026-11-21").len(), 1);
        assert!(findings[0].suppressed.is_none());
    }

    #[test]
    fn strings_survive_toml() {
        let text = "a\"b\\c\u{7}友";
        let parsed: toml::Table = toml::from_str(&format!("k = {}", quoted(text))).expect("valid TOML");
        assert_eq!(parsed["k"].as_str(), Some(text));
    }
}
