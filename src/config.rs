//! `sdkaudit.toml`: what an app team fixes once, read with the line of every mistake.

use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::rules::{self, AppType, Profile, Settings};
use crate::suppress::Allow;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Name of the file.
pub const FILE: &str = "sdkaudit.toml";

/// What a configuration file says. Paths are as written, relative to the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Profile, severities and own prefixes.
    pub settings: Settings,
    /// Policy documents.
    pub policy: Vec<PathBuf>,
    /// Directories of signature files.
    pub signatures: Vec<PathBuf>,
    /// Baseline file.
    pub baseline: Option<PathBuf>,
    /// Least severity at the gate; `Some(None)` says never.
    pub fail_on: Option<Option<Severity>>,
    /// Least confidence at the gate.
    pub min_confidence: Option<Confidence>,
    /// Accepted findings.
    pub allow: Vec<Allow>,
}

/// A mistake in a configuration or baseline file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct Problem {
    /// The file, as given.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// What is wrong, and what was meant where that can be guessed.
    pub message: String,
}

/// Why a configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file has mistakes; all of them are told.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
}

/// The nearest `sdkaudit.toml`, in the directory of `start` or above it.
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    start.ancestors().map(|dir| dir.join(FILE)).find(|path| path.is_file())
}

/// Reads the configuration at `path`.
pub fn load(path: &Path) -> Result<Config, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    parse(&name, &text).map_err(Error::Problems)
}

/// Reads the baseline at `path`: a file of `[[allow]]` entries.
pub fn read_baseline(path: &Path) -> Result<Vec<Allow>, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    parse_baseline(&name, &text).map_err(Error::Problems)
}

/// Reads a configuration; on mistakes, all of them with their lines.
pub fn parse(file: &str, text: &str) -> Result<Config, Vec<Problem>> {
    let mut config = Config::default();
    read(file, text, |reader, key, value| reader.top(key, value, &mut config))?;
    Ok(config)
}

/// Reads a baseline; only `[[allow]]` may stand in it.
pub fn parse_baseline(file: &str, text: &str) -> Result<Vec<Allow>, Vec<Problem>> {
    let mut allow = Vec::new();
    read(file, text, |reader, key, value| match key.get_ref().as_ref() {
        "allow" => reader.allow(value, &mut allow),
        other => reader.unknown(key, other, &["allow"]),
    })?;
    Ok(allow)
}

const TOP: &[&str] = &[
    "allow",
    "app-type",
    "baseline",
    "fail-on",
    "min-confidence",
    "own",
    "policy",
    "profile",
    "severity",
    "signatures",
];
const ALLOW: &[&str] = &["fingerprint", "package", "permission", "reason", "rule", "sdk", "subject", "until"];
const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
];
const CONFIDENCES: &[(&str, Confidence)] =
    &[("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

type Key<'k, 'a> = &'k Spanned<std::borrow::Cow<'a, str>>;
type Value<'k, 'a> = &'k Spanned<DeValue<'a>>;

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

/// Calls `each` with every top-level key; fails with all problems.
fn read(
    file: &str,
    text: &str,
    mut each: impl FnMut(&mut Reader<'_>, Key<'_, '_>, Value<'_, '_>),
) -> Result<(), Vec<Problem>> {
    let mut reader = Reader { file, text, problems: Vec::new() };
    match DeTable::parse(text) {
        Ok(document) => {
            for (key, value) in document.get_ref().iter() {
                each(&mut reader, key, value);
            }
        }
        Err(error) => {
            let at = error.span().map_or(0, |s| s.start);
            reader.problem(at, format!("not valid TOML: {}", error.message()));
        }
    }
    reader.problems.sort();
    if reader.problems.is_empty() { Ok(()) } else { Err(reader.problems) }
}

impl Reader<'_> {
    fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or(self.text);
        u32::try_from(before.bytes().filter(|b| *b == b'\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        let problem = Problem { file: self.file.to_owned(), line: self.line(at), message: message.into() };
        self.problems.push(problem);
    }

    fn unknown(&mut self, key: Key<'_, '_>, name: &str, known: &[&str]) {
        let hint = suggestion(name, known.iter().copied())
            .map_or_else(|| format!("known keys: {}", known.join(", ")), |s| format!("did you mean `{s}`?"));
        self.problem(key.span().start, format!("unknown key `{name}`; {hint}"));
    }

    fn string(&mut self, key: &str, value: Value<'_, '_>) -> Option<String> {
        match value.get_ref().as_str().map(str::trim) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => {
                self.problem(value.span().start, format!("`{key}` must be a string that is not empty"));
                None
            }
        }
    }

    /// A list of strings, or one string.
    fn strings(&mut self, key: &str, value: Value<'_, '_>) -> Vec<String> {
        match value.get_ref().as_array() {
            Some(items) => items.iter().filter_map(|item| self.string(key, item)).collect(),
            None => self.string(key, value).into_iter().collect(),
        }
    }

    fn word<T: Copy>(&mut self, key: &str, value: Value<'_, '_>, words: &[(&str, T)]) -> Option<T> {
        let text = self.string(key, value)?;
        let found = words.iter().find(|(w, _)| *w == text).map(|(_, t)| *t);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
            self.problem(
                value.span().start,
                format!("`{key}` is `{text}`; it must be one of {}", names.join(", ")),
            );
        }
        found
    }

    fn top(&mut self, key: Key<'_, '_>, value: Value<'_, '_>, config: &mut Config) {
        match key.get_ref().as_ref() {
            "profile" => {
                config.settings.profile = self.word("profile", value, &Profile::ALL.map(|p| (p.name(), p)))
            }
            "own" => config.settings.own_prefixes = self.strings("own", value),
            "app-type" => {
                let types: Vec<(&str, &str)> = AppType::ALL.iter().map(|t| (t.id, t.id)).collect();
                config.settings.app_type = self.word("app-type", value, &types).map(str::to_owned);
            }
            "policy" => {
                config.policy = self.strings("policy", value).into_iter().map(PathBuf::from).collect()
            }
            "signatures" => {
                config.signatures =
                    self.strings("signatures", value).into_iter().map(PathBuf::from).collect();
            }
            "baseline" => config.baseline = self.string("baseline", value).map(PathBuf::from),
            "fail-on" => {
                let mut words: Vec<(&str, Option<Severity>)> =
                    SEVERITIES.iter().map(|(w, s)| (*w, Some(*s))).collect();
                words.push(("never", None));
                config.fail_on = self.word("fail-on", value, &words);
            }
            "min-confidence" => config.min_confidence = self.word("min-confidence", value, CONFIDENCES),
            "severity" => self.severities(value, config),
            "allow" => self.allow(value, &mut config.allow),
            other => self.unknown(key, other, TOP),
        }
    }

    fn severities(&mut self, value: Value<'_, '_>, config: &mut Config) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(value.span().start, "`severity` must be a table of rule = \"level\"");
        };
        let mut words: Vec<(&str, Option<Severity>)> =
            SEVERITIES.iter().map(|(w, s)| (*w, Some(*s))).collect();
        words.push(("off", None));
        for (key, value) in table.iter() {
            let id = key.get_ref().as_ref();
            if !self.is_rule(key.span().start, id) {
                continue;
            }
            if let Some(level) = self.word(id, value, &words) {
                config.settings.severities.insert(id.to_owned(), level);
            }
        }
    }

    fn is_rule(&mut self, at: usize, id: &str) -> bool {
        if rules::rule(id).is_some() {
            return true;
        }
        let hint = suggestion(id, rules::RULES.iter().map(|r| r.id))
            .map_or(String::new(), |s| format!("; did you mean `{s}`?"));
        self.problem(at, format!("no rule is called `{id}`{hint}"));
        false
    }

    fn allow(&mut self, value: Value<'_, '_>, out: &mut Vec<Allow>) {
        let Some(entries) = value.get_ref().as_array() else {
            return self.problem(value.span().start, "`allow` must be a list of tables: [[allow]]");
        };
        for entry in entries.iter() {
            let Some(table) = entry.get_ref().as_table() else {
                self.problem(entry.span().start, "`allow` must be a list of tables: [[allow]]");
                continue;
            };
            let first = table.iter().map(|(k, _)| k.span().start).min().unwrap_or(entry.span().start);
            let mut allow = Allow { file: self.file.to_owned(), line: self.line(first), ..Allow::default() };
            for (key, value) in table.iter() {
                let name = key.get_ref().as_ref();
                match name {
                    "fingerprint" => allow.fingerprint = self.string(name, value),
                    "sdk" | "package" | "permission" | "subject" => allow.subject = self.string(name, value),
                    "reason" => allow.reason = self.string(name, value).unwrap_or_default(),
                    "until" => allow.until = self.date(value),
                    "rule" => {
                        allow.rule =
                            self.string(name, value).filter(|id| self.is_rule(value.span().start, id));
                    }
                    other => self.unknown(key, other, ALLOW),
                }
            }
            if allow.reason.is_empty() {
                self.problem(first, "an `allow` entry needs a `reason`");
            }
            if allow.fingerprint.is_none() && allow.rule.is_none() && allow.subject.is_none() {
                self.problem(
                    first,
                    "an `allow` entry needs `sdk`, `package`, `permission`, `rule` or `fingerprint`",
                );
            }
            out.push(allow);
        }
    }

    /// A date as `"2026-12-31"` or as a bare TOML date.
    fn date(&mut self, value: Value<'_, '_>) -> Option<String> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            other => other.as_str().unwrap_or("").to_owned(),
        };
        let digits = |range: std::ops::Range<usize>| text.get(range).and_then(|d| d.parse::<u32>().ok());
        let valid = text.len() == 10
            && digits(0..4).is_some()
            && digits(5..7).is_some_and(|m| (1..=12).contains(&m))
            && digits(8..10).is_some_and(|d| (1..=31).contains(&d))
            && text.get(4..5) == Some("-")
            && text.get(7..8) == Some("-");
        if !valid {
            self.problem(value.span().start, "`until` must be a date such as 2026-12-31");
        }
        valid.then_some(text)
    }
}

/// The known word that was probably meant.
fn suggestion<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|k| (strsim::damerau_levenshtein(written, k), k))
        .filter(|(distance, k)| *distance <= 2.max(k.len() / 4))
        .min()
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
profile = "cn-store"
fail-on = "medium"
min-confidence = "high"
own = ["com.example", "com.example2"]
policy = ["privacy.html", "sdk-list.html"]
signatures = "sigs"
baseline = "baseline.toml"
app-type = "camera"

[severity]
row-without-scene = "off"
undeclared-permission = "medium"

[[allow]]
sdk = "getui-push"
reason = "listed from 3.2 on"
until = 2026-12-31
"#;

    #[test]
    fn a_whole_file_is_read() {
        let config = parse("sdkaudit.toml", WHOLE).expect("valid");
        assert_eq!(config.settings.profile, Some(Profile::CnStore));
        assert_eq!(config.fail_on, Some(Some(Severity::Medium)));
        assert_eq!(config.settings.severities.get("row-without-scene"), Some(&None));
        assert_eq!(config.signatures, [PathBuf::from("sigs")]);
        assert_eq!(config.allow.len(), 1);
        assert_eq!(config.allow[0].until.as_deref(), Some("2026-12-31"));
        assert_eq!(config.allow[0].line, 16);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = "profle = \"cn\"\nfail-on = \"hgh\"\n[severity]\nundeclared-sdks = \"low\"\n[[allow]]\nsdk = \"x\"\nuntil = \"soon\"\n";
        let problems = parse("f.toml", text).expect_err("mistakes");
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "f.toml:1: unknown key `profle`; did you mean `profile`?",
                "f.toml:2: `fail-on` is `hgh`; it must be one of info, low, medium, high, never",
                "f.toml:4: no rule is called `undeclared-sdks`; did you mean `undeclared-sdk`?",
                "f.toml:6: an `allow` entry needs a `reason`",
                "f.toml:7: `until` must be a date such as 2026-12-31",
            ]
        );
        assert!(parse("f.toml", "a = [").is_err());
    }

    #[test]
    fn a_baseline_reads_back() {
        let written =
            "[[allow]]\nrule = \"undeclared-sdk\"\nsubject = \"x\"\nfingerprint = \"0123\"\nreason = \"r\"\n";
        let entries = parse_baseline("b.toml", written).expect("valid");
        assert_eq!(entries[0].fingerprint.as_deref(), Some("0123"));
        assert!(parse_baseline("b.toml", "profile = \"cn\"").is_err());
    }
}
