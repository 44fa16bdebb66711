//! TOML text -> one SDK with the line of everything, and back to the canonical text.
//!
//! Reads by hand over the parsed document so that one pass reports every mistake, not the first.

use super::model::{INDICATOR_KINDS, Indicator, Kind, Level, Sdk, SdkId, Status, Str};
use crate::evidence::FeatureKind;
use std::borrow::Cow;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a signature file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path, as given.
    pub path: String,
    /// 1-based line.
    pub line: u32,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// A signature file read.
#[derive(Debug, Clone)]
pub struct File {
    /// Path, as given.
    pub path: String,
    /// What it says.
    pub sdk: Sdk,
    /// Line of each indicator, in order.
    pub indicator_lines: Vec<u32>,
    /// Lines of the top-level keys.
    pub key_lines: Vec<(String, u32)>,
}

impl File {
    /// Line of a top-level key; 1 where the key is not there.
    pub fn line(&self, key: &str) -> u32 {
        self.key_lines.iter().find(|(k, _)| k == key).map_or(1, |(_, l)| *l)
    }

    /// Line of indicator number `i`.
    pub fn indicator_line(&self, i: usize) -> u32 {
        self.indicator_lines.get(i).copied().unwrap_or(1)
    }
}

/// Reads one file. A file with problems may still give an SDK; whoever asks decides.
pub fn parse(path: &str, text: &str) -> (Option<File>, Vec<Problem>) {
    let mut reader = Reader { path, text, problems: Vec::new() };
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.span().map_or(0, |s| s.start);
            reader.problem(at, format!("not valid TOML: {}", error.message()));
            return (None, reader.problems);
        }
    };
    let file = reader.file(document.get_ref());
    reader.problems.sort();
    (file, reader.problems)
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or(self.text);
        u32::try_from(before.bytes().filter(|b| *b == b'\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn problem(&mut self, at: usize, message: impl Into<String>) {
        let problem = Problem { path: self.path.to_owned(), line: self.line(at), message: message.into() };
        self.problems.push(problem);
    }

    fn string(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Str {
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() && text.trim() == text => Cow::Owned(text.to_owned()),
            Some(_) => {
                self.problem(value.span().start, format!("`{key}` is empty or has spaces around it"));
                Str::default()
            }
            None => {
                self.problem(value.span().start, format!("`{key}` must be a string"));
                Str::default()
            }
        }
    }

    fn strings(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<Str> {
        let Some(items) = value.get_ref().as_array() else {
            self.problem(value.span().start, format!("`{key}` must be a list of strings"));
            return Vec::new();
        };
        let mut out: Vec<Str> = Vec::new();
        for item in items.iter() {
            let text = self.string(key, item);
            if out.contains(&text) {
                self.problem(item.span().start, format!("`{key}` has `{text}` twice"));
            } else if !text.is_empty() {
                out.push(text);
            }
        }
        out
    }

    fn ids(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<SdkId> {
        self.strings(key, value).into_iter().map(SdkId).collect()
    }

    fn flag(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> bool {
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.problem(value.span().start, format!("`{key}` must be true or false"));
            false
        })
    }

    fn word<T: Copy>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        words: &[(T, &'static str)],
    ) -> Option<T> {
        let text = self.string(key, value);
        let found = words.iter().find(|(_, w)| *w == text).map(|(t, _)| *t);
        if found.is_none() && !text.is_empty() {
            let known: Vec<&str> = words.iter().map(|(_, w)| *w).collect();
            self.problem(
                value.span().start,
                format!("`{key}` is `{text}`; it must be one of {}", known.join(", ")),
            );
        }
        found
    }

    fn names(&mut self, value: &Spanned<DeValue<'_>>, sdk: &mut Sdk) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(value.span().start, "`names` must be { zh = \"…\", en = \"…\" }");
        };
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                "zh" => sdk.name_zh = self.string("names.zh", value),
                "en" => sdk.name_en = self.string("names.en", value),
                other => self.problem(key.span().start, format!("unknown key `names.{other}`")),
            }
        }
    }

    fn file(&mut self, table: &DeTable<'_>) -> Option<File> {
        let mut sdk = Sdk::new("");
        let mut key_lines = Vec::new();
        let mut indicator_lines = Vec::new();
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            key_lines.push((name.to_owned(), self.line(key.span().start)));
            match name {
                "id" => sdk.id = SdkId(self.string(name, value)),
                "names" => self.names(value, &mut sdk),
                "aliases" => sdk.aliases = self.strings(name, value).into(),
                "ambiguous" => sdk.ambiguous = self.strings(name, value).into(),
                "vendors" => sdk.vendors = self.strings(name, value).into(),
                "country" => sdk.country = Some(self.string(name, value)),
                "domains" => sdk.domains = self.strings(name, value).into(),
                "privacy-url" => sdk.privacy_url = Some(self.string(name, value)),
                "family" => sdk.family = Some(SdkId(self.string(name, value))),
                "category" => sdk.category = self.string(name, value),
                "level" => {
                    sdk.level = self.word(name, value, &words(Level::ALL, Level::word)).unwrap_or(sdk.level)
                }
                "kind" => {
                    sdk.kind = self.word(name, value, &words(Kind::ALL, Kind::word)).unwrap_or(sdk.kind)
                }
                "status" => {
                    sdk.status =
                        self.word(name, value, &words(Status::ALL, Status::word)).unwrap_or(sdk.status)
                }
                "listed" => sdk.listed = self.flag(name, value),
                "collects" => sdk.collects = Some(self.flag(name, value)),
                "data" => sdk.data = self.strings(name, value).into(),
                "permissions" => sdk.permissions = self.strings(name, value).into(),
                "documented" => sdk.documented = Some(self.string(name, value)),
                "carries" => sdk.carries = self.ids(name, value).into(),
                "requires" => sdk.requires = self.strings(name, value).into(),
                "min-classes" => match value.get_ref().as_integer().and_then(|i| i.as_str().parse().ok()) {
                    Some(n) if n > 0 => sdk.min_classes = n,
                    _ => self.problem(value.span().start, "`min-classes` must be a number above zero"),
                },
                "version" => sdk.version = self.strings(name, value).into(),
                "note" => sdk.note = Some(self.string(name, value)),
                "indicator" => sdk.indicators = self.indicators(value, &mut indicator_lines).into(),
                other => self.problem(key.span().start, format!("unknown key `{other}`")),
            }
        }
        for (key, missing) in [
            ("id", sdk.id.as_str().is_empty()),
            ("names.zh", sdk.name_zh.is_empty()),
            ("names.en", sdk.name_en.is_empty()),
            ("category", !key_lines.iter().any(|(k, _)| k == "category")),
        ] {
            if missing {
                self.problem(0, format!("`{key}` is missing"));
            }
        }
        (!sdk.id.as_str().is_empty()).then(|| File {
            path: self.path.to_owned(),
            sdk,
            indicator_lines,
            key_lines,
        })
    }

    fn indicators(&mut self, value: &Spanned<DeValue<'_>>, lines: &mut Vec<u32>) -> Vec<Indicator> {
        let Some(items) = value.get_ref().as_array() else {
            self.problem(value.span().start, "`indicator` must be written as [[indicator]] tables");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            let at = item.span().start;
            let Some(table) = item.get_ref().as_table() else {
                self.problem(at, "`indicator` must be written as [[indicator]] tables");
                continue;
            };
            let mut kind = None;
            let mut one = Indicator {
                kind: FeatureKind::Class,
                value: Str::default(),
                weak: false,
                source: Str::default(),
                hits: Cow::Borrowed(&[]),
                misses: Cow::Borrowed(&[]),
            };
            for (key, value) in table.iter() {
                match key.get_ref().as_ref() {
                    "kind" => kind = self.word("kind", value, INDICATOR_KINDS),
                    "value" => one.value = self.string("value", value),
                    "weak" => one.weak = self.flag("weak", value),
                    "source" => one.source = self.string("source", value),
                    "hits" => one.hits = self.strings("hits", value).into(),
                    "misses" => one.misses = self.strings("misses", value).into(),
                    other => self.problem(key.span().start, format!("unknown key `{other}` in an indicator")),
                }
            }
            for (key, missing) in [
                ("kind", !table.iter().any(|(k, _)| k.get_ref() == "kind")),
                ("value", one.value.is_empty()),
                ("source", one.source.is_empty()),
            ] {
                if missing {
                    self.problem(at, format!("an indicator without `{key}`"));
                }
            }
            if let Some(kind) = kind {
                one.kind = kind;
                lines.push(self.line(at));
                out.push(one);
            }
        }
        out
    }
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<(T, &'static str)> {
    all.iter().map(|t| (*t, word(*t))).collect()
}

/// The canonical text of an SDK: fixed key order, lists of words on one line while they fit, indicators by
/// kind and value. Reading it gives the same SDK with sorted indicators.
pub fn write(sdk: &Sdk) -> String {
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        out.push_str(key);
        out.push_str(" = ");
        out.push_str(&value);
        out.push('\n');
    };
    line("id", quote(sdk.id.as_str()));
    line("names", format!("{{ zh = {}, en = {} }}", quote(&sdk.name_zh), quote(&sdk.name_en)));
    list(&mut line, "aliases", &sdk.aliases);
    list(&mut line, "ambiguous", &sdk.ambiguous);
    list(&mut line, "vendors", &sdk.vendors);
    optional(&mut line, "country", sdk.country.as_deref());
    list(&mut line, "domains", &sdk.domains);
    optional(&mut line, "privacy-url", sdk.privacy_url.as_deref());
    optional(&mut line, "family", sdk.family.as_ref().map(SdkId::as_str));
    line("category", quote(&sdk.category));
    if sdk.level != Level::Product {
        line("level", quote(sdk.level.word()));
    }
    line("kind", quote(sdk.kind.word()));
    line("status", quote(sdk.status.word()));
    if sdk.listed {
        line("listed", "true".to_owned());
    }
    if let Some(collects) = sdk.collects {
        line("collects", collects.to_string());
    }
    list(&mut line, "data", &sdk.data);
    list(&mut line, "permissions", &sdk.permissions);
    optional(&mut line, "documented", sdk.documented.as_deref());
    let carries: Vec<Str> = sdk.carries.iter().map(|id| id.0.clone()).collect();
    list(&mut line, "carries", &carries);
    list(&mut line, "requires", &sdk.requires);
    if sdk.min_classes != 1 {
        line("min-classes", sdk.min_classes.to_string());
    }
    list(&mut line, "version", &sdk.version);
    optional(&mut line, "note", sdk.note.as_deref());
    let rank = |kind| INDICATOR_KINDS.iter().position(|(k, _)| *k == kind);
    let mut indicators: Vec<&Indicator> = sdk.indicators.iter().collect();
    indicators.sort_by(|a, b| (rank(a.kind), &a.value).cmp(&(rank(b.kind), &b.value)));
    for one in indicators {
        out.push_str("\n[[indicator]]\n");
        let mut line = |key: &str, value: String| {
            out.push_str(key);
            out.push_str(" = ");
            out.push_str(&value);
            out.push('\n');
        };
        let word = INDICATOR_KINDS.iter().find(|(k, _)| *k == one.kind).map_or("class", |(_, w)| *w);
        line("kind", quote(word));
        line("value", quote(&one.value));
        if one.weak {
            line("weak", "true".to_owned());
        }
        list(&mut line, "hits", &one.hits);
        list(&mut line, "misses", &one.misses);
        line("source", quote(&one.source));
    }
    out
}

fn optional(line: &mut impl FnMut(&str, String), key: &str, value: Option<&str>) {
    if let Some(value) = value {
        line(key, quote(value));
    }
}

fn list(line: &mut impl FnMut(&str, String), key: &str, values: &[Str]) {
    if values.is_empty() {
        return;
    }
    let quoted: Vec<String> = values.iter().map(|v| quote(v)).collect();
    let flat = format!("[{}]", quoted.join(", "));
    if key.len() + flat.len() <= 116 {
        line(key, flat);
    } else {
        line(key, format!("[\n    {},\n]", quoted.join(",\n    ")));
    }
}

/// A TOML basic string (TOML 1.0, "String").
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"id = "a-push"
names = { zh = "甲推送", en = "A Push" }
aliases = ["甲"]
category = "push"
kind = "sdk"
status = "stable"
collects = true

[[indicator]]
kind = "class"
value = "com.a.push"
misses = ["com.a.pushed.X"]
source = "a-push-1.0.aar"
"#;

    #[test]
    fn canonical_text_survives_a_round_trip() {
        let (file, problems) = parse("push/a-push.toml", FILE);
        assert_eq!(problems, []);
        let file = file.expect("an SDK");
        assert_eq!(file.sdk.indicators.len(), 1);
        assert_eq!(file.indicator_line(0), 9);
        assert_eq!(file.line("category"), 4);
        assert_eq!(write(&file.sdk), FILE);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let text = "id = \"x\"\nnames = { zh = \"x\" }\ncolour = 1\nkind = \"app\"\naliases = [\"a\", \"a\"]\n\n[[indicator]]\nkind = \"class\"\nvalue = \"com.x\"\n";
        let (_, problems) = parse("x.toml", text);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        x.toml:1: `category` is missing
        x.toml:1: `names.en` is missing
        x.toml:3: unknown key `colour`
        x.toml:4: `kind` is `app`; it must be one of sdk, library, framework, game-channel, service, system, packer
        x.toml:5: `aliases` has `a` twice
        x.toml:7: an indicator without `source`
        ");
    }

    #[test]
    fn broken_toml_names_the_line() {
        let (file, problems) = parse("x.toml", "id = \"x\"\nnames = {");
        assert!(file.is_none());
        assert_eq!(problems.len(), 1);
    }
}
