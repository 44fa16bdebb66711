//! What the values of an entry rest on: the kind of source of an indicator, and why an SDK is said to collect.

use super::model::{Indicator, Sdk};

/// What the source of an indicator amounts to, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// An archive or package that holds the classes was opened.
    Archive,
    /// A file of a repository or of a registry's package was opened, and the source names it.
    File,
    /// Rules or code of repositories that the search does not name.
    Search,
    /// An open list of signatures with a licence.
    List,
    /// A vendor's page or guide.
    Document,
    /// Policies and other lists agree; nobody has seen the classes.
    Registry,
    /// A repository, coordinate or package by its name; nobody has opened it.
    Named,
    /// Nothing that others can look up.
    Memory,
}

impl Provenance {
    /// Of the text of a source.
    pub fn of(source: &str) -> Provenance {
        let starts = |words: &[&str]| words.iter().any(|w| source.starts_with(w));
        match source {
            super::lint::MEMORY => Provenance::Memory,
            "SDK registry" => Provenance::Registry,
            _ if starts(&["archive ", "seen in packages", "packer stub seen"]) => Provenance::Archive,
            _ if starts(&["code found by", "ProGuard rules "]) => Provenance::Search,
            _ if starts(&["LibChecker", "LiteRadar", "LibRadar", "LibScout", "blocker-general-rules"]) => {
                Provenance::List
            }
            _ if starts(&["GitHub ", "npm ", "pub ", "PyPI "]) => match source.split(' ').nth(2) {
                Some(_) => Provenance::File,
                None => Provenance::Named,
            },
            _ if source.starts_with("Maven ") => Provenance::Named,
            _ => Provenance::Document,
        }
    }

    /// Others can look it up and will find the value.
    pub fn proves(self) -> bool {
        self < Provenance::Registry
    }

    /// Word in counts.
    pub fn word(self) -> &'static str {
        match self {
            Provenance::Archive => "archive or package opened",
            Provenance::File => "file opened",
            Provenance::Search => "full-text search",
            Provenance::List => "open list",
            Provenance::Document => "vendor's document",
            Provenance::Registry => "registry only",
            Provenance::Named => "name only",
            Provenance::Memory => "memory",
        }
    }
}

impl Indicator {
    /// What its source amounts to.
    pub fn provenance(&self) -> Provenance {
        Provenance::of(&self.source)
    }
}

/// Why an entry says that the SDK collects personal information, or that it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Its vendor's documents, which the entry names.
    Documented,
    /// Policies of apps list it among the SDKs that handle personal information.
    Listed,
    /// Its category alone: what an SDK for ads, push, statistics … does, a library for animations does not.
    Category,
}

impl Sdk {
    /// What `collects` rests on; `None` where the entry does not say.
    pub fn collects_basis(&self) -> Option<Basis> {
        let collects = self.collects?;
        Some(match (&self.documented, self.listed) {
            (Some(_), _) => Basis::Documented,
            (None, true) if collects => Basis::Listed,
            (None, _) => Basis::Category,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_by_what_they_amount_to() {
        for (source, expected) in [
            ("archive push-3.1.aar (npm example-push)", Provenance::Archive),
            ("seen in packages: class definitions", Provenance::Archive),
            ("GitHub square/tape tape/src/main/java/com/squareup/tape2/QueueFile.java", Provenance::File),
            ("npm react-native-svg android/src/main/java/com/horcrux/svg", Provenance::File),
            ("ProGuard rules found by full-text search of GitHub (-keep class a.b)", Provenance::Search),
            ("LiteRadar 86e6b95 (Apache-2.0)", Provenance::List),
            ("https://example.com/docs/android", Provenance::Document),
            ("SDK registry", Provenance::Registry),
            ("GitHub square/tape", Provenance::Named),
            ("Maven com.example:push", Provenance::Named),
            ("memory", Provenance::Memory),
        ] {
            assert_eq!(Provenance::of(source), expected, "{source}");
            assert_eq!(expected.proves(), expected < Provenance::Registry);
        }
    }

    #[test]
    fn what_collects_rests_on() {
        let mut sdk = Sdk::new("example");
        assert_eq!(sdk.collects_basis(), None);
        sdk.collects = Some(true);
        assert_eq!(sdk.collects_basis(), Some(Basis::Category));
        sdk.listed = true;
        assert_eq!(sdk.collects_basis(), Some(Basis::Listed));
        sdk.documented = Some("https://example.com/privacy".into());
        assert_eq!(sdk.collects_basis(), Some(Basis::Documented));
    }
}
