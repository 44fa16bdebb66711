//! Attempts at a patch, each pasted and read back: the first that is understood and brings nothing new is taken.

use super::pattern::Own;
use super::{DraftRow, Patch, plain};
use crate::finding::{Case, Finding, Severity};
use crate::fold;
use crate::lang::Lang;
use crate::policy::{self, Declaration, Document, Field, Policy, Source, StatementKind};
use crate::report::{Gate, Report};
use crate::resolve::Resolver;
use crate::rules::{self, Settings};
use serde::Serialize;
use std::collections::BTreeMap;

/// A patch and what became of it when the policy was read again with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// The patch.
    #[serde(flatten)]
    pub patch: Patch,
    /// Rows that were read back as meant.
    pub understood: usize,
    /// Findings that are gone, by rule.
    pub closes: BTreeMap<&'static str, usize>,
    /// Findings that are new, by rule; marks to be filled in are not counted.
    pub brings: BTreeMap<&'static str, usize>,
    /// How much of it, or of what stood there, was misread.
    #[serde(skip)]
    faults: usize,
    /// New findings of some weight.
    #[serde(skip)]
    weight: usize,
}

/// The best patch for these rows. Own layout first; `None` where there is no document, no row, or where the policy
/// says that its list is kept elsewhere.
pub fn draft(case: &Case<'_>, settings: &Settings, rows: &[DraftRow], lang: Lang) -> Option<Trial> {
    let documents = &case.policy.documents;
    if rows.is_empty() {
        return None;
    }
    let own = Own::of(documents, &case.policy.declarations, lang);
    let elsewhere = case.policy.statements.iter().any(|s| s.kind == StatementKind::ListElsewhere);
    if own.is_none() && elsewhere {
        return None;
    }
    let resolver = Resolver::new(case.database);
    let bench = Bench { case, settings, resolver: &resolver, rows };
    let before = bench.judge(documents, None);
    let mut best: Option<Trial> = None;
    for patch in attempts(documents, own.as_ref(), rows, lang) {
        let trial = bench.try_out(documents, patch, &before);
        let rank = (trial.faults, trial.weight);
        if best.as_ref().is_none_or(|b| rank < (b.faults, b.weight)) {
            best = Some(trial);
        }
        if rank == (0, 0) {
            break;
        }
    }
    best
}

/// Layouts and places, the most fitting first.
fn attempts(documents: &[Document], own: Option<&Own<'_>>, rows: &[DraftRow], lang: Lang) -> Vec<Patch> {
    let mut out = Vec::new();
    let document = own.map_or(documents.first(), |o| documents.get(o.document().0 as usize));
    let Some(document) = document else { return out };
    let html = matches!(document.format, "html" | "mhtml") && document.text.contains("</");
    let section = |more| match (html, document.format) {
        (true, _) => (plain::html_section(rows, lang, more), "table"),
        (_, "markdown") => (plain::markdown_section(rows, lang, more), "table"),
        _ => (plain::blocks_section(rows, lang, more), "blocks"),
    };
    if let Some(own) = own {
        if own.is_prose() && !html {
            out.push(own.after(plain::sentences(rows, lang), "sentences"));
        } else if own.is_full() {
            out.push(own.patch(rows));
        }
        let (text, layout) = section(true);
        match own.end_of_table() {
            Some(at) => out.push(Patch { document: document.id, at, text, layout }),
            None if !html => out.push(own.after(text, layout)),
            None => {}
        }
    }
    let (text, layout) = section(own.is_some());
    let end = if html { body_end(&document.text) } else { document.text.len() };
    let start = if html || document.text.is_empty() || document.text.ends_with('\n') { "" } else { "\n" };
    out.push(Patch { document: document.id, at: end, text: format!("{start}{text}"), layout });
    if let Some(own) = own.filter(|o| !o.is_full()) {
        out.push(own.patch(rows));
    }
    out
}

/// Where the body of a page ends.
fn body_end(text: &str) -> usize {
    let lower = text.to_ascii_lowercase();
    lower.rfind("</body").or_else(|| lower.rfind("</html")).unwrap_or(text.len())
}

/// What an attempt is tried on.
struct Bench<'a> {
    case: &'a Case<'a>,
    settings: &'a Settings,
    resolver: &'a Resolver<'a>,
    rows: &'a [DraftRow],
}

/// A policy that was read again, and what the rules find in it.
struct Judged {
    policy: Policy,
    report: Report,
}

impl Bench<'_> {
    fn judge(&self, documents: &[Document], patch: Option<&Patch>) -> Judged {
        let policy = policy::read(&sources(documents, patch));
        let identities = self.resolver.identify_all(&policy);
        let case = Case { policy: &policy, identities: &identities, ..*self.case };
        let report = Report::new(&case, rules::check(&case, self.settings), Gate::default());
        Judged { policy, report }
    }

    fn try_out(&self, documents: &[Document], patch: Patch, before: &Judged) -> Trial {
        let after = self.judge(documents, Some(&patch));
        let span = patch.at..patch.at + patch.text.len();
        let inside = |d: &&Declaration| d.document == patch.document && span.contains(&start(d));
        let added: Vec<&Declaration> = after.policy.declarations.iter().filter(inside).collect();
        let old = tally(before.policy.declarations.iter().map(mark));
        let kept = tally(after.policy.declarations.iter().filter(|d| !inside(d)).map(mark));
        let understood = self.rows.iter().filter(|r| added.iter().any(|d| is_as_meant(d, r))).count();
        let misread = self.rows.len().saturating_sub(understood) + added.len().abs_diff(self.rows.len());
        let open = after.report.comparison.iter().filter(|r| r.verdict.is_open());
        let open = open.filter(|o| self.rows.iter().any(|r| r.key == o.key)).count();
        let lost = difference(&old, &kept) + difference(&kept, &old);
        let ours =
            |f: &Finding| self.rows.iter().any(|r| f.subject.key == r.key || f.subject.key == row_key(r));
        let (closes, _) = gone(&before.report.findings, &after.report.findings, |_| true);
        let (brings, weight) = gone(&after.report.findings, &before.report.findings, |f| !ours(f));
        Trial { patch, understood, closes, brings, faults: misread + open + lost, weight }
    }
}

/// The documents as bytes again, with the patch; text that was taken out of a container stays plain text.
fn sources(documents: &[Document], patch: Option<&Patch>) -> Vec<Source> {
    let source = |d: &Document| {
        let mut text = d.text.clone();
        if let Some(patch) = patch.filter(|p| p.document == d.id && text.is_char_boundary(p.at)) {
            text.insert_str(patch.at, &patch.text);
        }
        let contained = matches!(d.format, "docx" | "xlsx" | "pdf");
        let name = if contained { format!("{}.txt", d.name) } else { d.name.clone() };
        // The mark says that these bytes are UTF-8, whatever the page itself declares.
        Source::new(name, ["\u{FEFF}", &text].concat().into_bytes())
    };
    documents.iter().map(source).collect()
}

fn start(d: &Declaration) -> usize {
    d.name.spans.first().map_or(d.span.start, |s| s.start)
}

/// What a row is known again by.
fn mark(d: &Declaration) -> (String, bool) {
    (fold::loose_key(&d.name.text), d.data.is_some())
}

/// What a row's findings are about, where no SDK is known by its name.
fn row_key(row: &DraftRow) -> String {
    fold::loose_key(&row.name)
}

fn tally<T: Ord>(all: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut out = BTreeMap::new();
    for one in all {
        *out.entry(one).or_default() += 1;
    }
    out
}

/// How many of `a` are not in `b`.
fn difference<T: Ord>(a: &BTreeMap<T, usize>, b: &BTreeMap<T, usize>) -> usize {
    a.iter().map(|(k, n)| n.saturating_sub(b.get(k).copied().unwrap_or(0))).sum()
}

/// Whether a row was read as it was drafted: its name, and no field with another field's text.
fn is_as_meant(d: &Declaration, row: &DraftRow) -> bool {
    let same = |read: &Option<Field>, meant: &Option<String>| match (read, meant) {
        (None, _) => true,
        (Some(r), Some(m)) => fold::loose_key(&r.text).contains(&fold::loose_key(m)),
        // Permissions may stand there alone.
        (Some(r), None) => row.alone.iter().any(|p| r.text.contains(p)),
    };
    let named = fold::loose_key(&d.name.text) == fold::loose_key(&row.name);
    named && same(&d.purpose, &row.purpose) && same(&d.data, &row.data) && same(&d.provider, &row.provider)
}

/// Findings of `a` that `b` lacks, by rule, and how many of them have weight. A lack that the other told of the list
/// as a whole is the same lack when it is told row by row.
fn gone(
    a: &[Finding],
    b: &[Finding],
    whole: impl Fn(&Finding) -> bool,
) -> (BTreeMap<&'static str, usize>, usize) {
    let mut left = tally(b.iter().map(|f| (f.rule, &f.subject, f.severity)));
    let of_list: Vec<&str> = b.iter().filter(|f| f.subject.kind == "document").map(|f| f.rule).collect();
    let (mut rules, mut weight) = (BTreeMap::new(), 0);
    // A mark to be filled in is what a draft is meant to leave.
    for f in a.iter().filter(|f| f.rule != "unfilled-placeholder") {
        if let Some(n) = left.get_mut(&(f.rule, &f.subject, f.severity)).filter(|n| **n > 0) {
            *n -= 1;
        } else if !(of_list.contains(&f.rule) && f.subject.kind == "row" && whole(f)) {
            *rules.entry(f.rule).or_default() += 1;
            weight += usize::from(f.severity >= Severity::Medium);
        }
    }
    (rules, weight)
}
