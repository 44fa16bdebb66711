//! Mistakes in signature files: each file by itself, then all of them against each other.
//!
//! One function with two callers: a test over `sdk-signatures/`, and `sdkaudit signatures lint` for everyone.

use super::file::{self, File, Problem};
use super::index::{Index, Owner};
use super::model::{Indicator, Level, Sdk, Status, glob, under};
use super::{Database, SdkId};
use crate::evidence::FeatureKind;
use crate::taxonomy;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Source of values nobody has proven; only drafts and weak marks may have it.
pub(super) const MEMORY: &str = "memory";

/// Checks `files` (path and text) that stand under `root`, as additions to `known`. All mistakes, sorted.
pub fn lint(root: &Path, files: &[(String, String)], known: &Database) -> Vec<Problem> {
    let mut linter = Linter { problems: Vec::new() };
    let mut parsed = Vec::new();
    for (path, text) in files {
        let (file, mut problems) = file::parse(path, text);
        let clean = problems.is_empty();
        linter.problems.append(&mut problems);
        let Some(file) = file else { continue };
        if clean && file::write(&file.sdk) != *text {
            linter.add(&file, 1, "not in canonical form; `signatures lint --fix` rewrites it");
        }
        linter.place(root, &file);
        linter.words(&file);
        linter.indicators(&file);
        parsed.push(file);
    }
    let all = known.sdks().iter().cloned().chain(parsed.iter().map(|f| f.sdk.clone())).collect();
    let database = Database::new(all);
    linter.ids(&parsed, &database);
    linter.prefixes(&parsed, &database);
    linter.names(&parsed, &database);
    linter.examples(&parsed, &database);
    linter.problems.sort();
    linter.problems.dedup();
    linter.problems
}

/// The canonical text of each file that is not canonical; files with other mistakes in their syntax are left alone.
pub fn fix(files: &[(String, String)]) -> Vec<(String, String)> {
    let canonical = files.iter().filter_map(|(path, text)| match file::parse(path, text) {
        (Some(file), problems) if problems.is_empty() => Some((path, text, file::write(&file.sdk))),
        _ => None,
    });
    canonical.filter(|(_, text, new)| *text != new).map(|(path, _, new)| (path.clone(), new)).collect()
}

struct Linter {
    problems: Vec<Problem>,
}

impl Linter {
    fn add(&mut self, file: &File, line: u32, message: impl Into<String>) {
        self.problems.push(Problem { path: file.path.clone(), line, message: message.into() });
    }

    /// The id is the file's name, and the category its directory.
    fn place(&mut self, root: &Path, file: &File) {
        let path = Path::new(&file.path);
        let id = file.sdk.id.as_str();
        if path.file_stem().is_none_or(|stem| stem != id) {
            self.add(file, file.line("id"), format!("the id `{id}` is not the name of the file"));
        }
        let directory = path.parent().filter(|p| *p != root).and_then(Path::file_name);
        if directory.is_some_and(|d| d != file.sdk.category.as_ref()) {
            let category = &file.sdk.category;
            self.add(
                file,
                file.line("category"),
                format!("category `{category}` is not the directory's name"),
            );
        }
    }

    /// Values of top-level keys that have a form of their own.
    fn words(&mut self, file: &File) {
        let sdk = &file.sdk;
        let kebab = |t: &str| {
            t.split('-')
                .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        };
        for (key, value) in [("id", sdk.id.as_str()), ("category", &sdk.category)] {
            if !kebab(value) {
                self.add(file, file.line(key), format!("`{key}` must be kebab-case: `{value}`"));
            }
        }
        if sdk.country.as_ref().is_some_and(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            self.add(
                file,
                file.line("country"),
                "`country` must be an ISO 3166-1 code of two capital letters",
            );
        }
        for host in sdk.domains.iter().filter(|h| h.contains(['/', ':', ' ']) || !h.contains('.')) {
            self.add(file, file.line("domains"), format!("`{host}` is not a host name"));
        }
        for item in sdk.data.iter().filter(|item| taxonomy::get(item).is_none()) {
            self.add(file, file.line("data"), format!("`{item}` is no data item of the taxonomy"));
        }
        for name in sdk.permissions.iter().filter(|p| !p.contains('.') || p.contains(' ')) {
            self.add(file, file.line("permissions"), format!("`{name}` is not a full permission name"));
        }
        if sdk.documented.is_none() && !(sdk.data.is_empty() && sdk.permissions.is_empty()) {
            self.add(file, 1, "`data` or `permissions` without `documented`: name the vendor's document");
        }
        for place in sdk.version.iter() {
            let kind = place.split_once(':').map_or("", |(kind, _)| kind);
            if !matches!(kind, "build" | "constant" | "meta-data" | "library") {
                self.add(
                    file,
                    file.line("version"),
                    format!("`{place}` must start with build:, constant:, meta-data: or library:"),
                );
            }
        }
    }

    /// Each indicator by itself.
    fn indicators(&mut self, file: &File) {
        let mut seen: Vec<(FeatureKind, &str)> = Vec::new();
        for (i, one) in file.sdk.indicators.iter().enumerate() {
            let line = file.indicator_line(i);
            let value = one.value.as_ref();
            if seen.contains(&(one.kind, value)) {
                self.add(file, line, format!("`{value}` stands here twice"));
            }
            seen.push((one.kind, value));
            if one.source == MEMORY && !one.weak && file.sdk.status != Status::Draft {
                self.add(file, line, "what rests on memory must be weak, or the file a draft");
            }
            if one.kind != FeatureKind::Class {
                if value.matches('*').count() > 1 || value.len() < 4 {
                    self.add(file, line, format!("`{value}`: one `*` at most, and four characters or more"));
                }
                continue;
            }
            let java = |s: &str| {
                !s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == '-')
            };
            if !value.split('.').all(java) {
                self.add(file, line, format!("`{value}` is not a package or class name"));
            } else if !value.contains('.') && value.len() < 4 && !one.weak {
                self.add(
                    file,
                    line,
                    format!("`{value}` is too short a prefix to prove anything; mark it weak"),
                );
            }
        }
    }

    /// Ids are unique, and those that are referred to exist.
    fn ids(&mut self, files: &[File], database: &Database) {
        let mut first: HashMap<&str, &File> = HashMap::new();
        for file in files {
            let sdk = &file.sdk;
            if let Some(other) = first.get(sdk.id.as_str()) {
                self.add(file, file.line("id"), format!("the id `{}` is taken by {}", sdk.id, other.path));
            } else {
                first.insert(sdk.id.as_str(), file);
            }
            if let Some(family) = &sdk.family {
                match database.get(family.as_str()) {
                    Some(f) if f.level == Level::Family => {}
                    _ => self.add(file, file.line("family"), format!("`{family}` is no id of level family")),
                }
            }
            for inner in sdk.carries.iter().filter(|id| database.get(id.as_str()).is_none() || **id == sdk.id)
            {
                self.add(file, file.line("carries"), format!("`{inner}` is no other id of the database"));
            }
        }
    }

    /// No prefix has two owners, and none covers strangers.
    fn prefixes(&mut self, files: &[File], database: &Database) {
        let mut owners: BTreeMap<&str, Vec<&Sdk>> = BTreeMap::new();
        for sdk in database.sdks() {
            for prefix in sdk.prefixes() {
                owners.entry(prefix).or_default().push(sdk);
            }
        }
        for file in files {
            for (i, one) in of_classes(&file.sdk) {
                let line = file.indicator_line(i);
                let value = one.value.as_ref();
                for other in owners.get(value).into_iter().flatten().filter(|s| s.id != file.sdk.id) {
                    self.add(
                        file,
                        line,
                        format!("`{value}` is claimed by `{}` too: one of them must yield", other.id),
                    );
                }
                let below = owners.range(value..).take_while(|(p, _)| p.starts_with(value));
                let mut strangers: Vec<&SdkId> = below
                    .filter(|(p, _)| **p != value && under(p, value))
                    .flat_map(|(_, sdks)| sdks)
                    .filter(|s| !related(s, &file.sdk))
                    .map(|s| s.family.as_ref().unwrap_or(&s.id))
                    .collect();
                strangers.sort();
                strangers.dedup();
                if strangers.len() >= MAX_STRANGERS && !one.weak {
                    let names: Vec<&str> = strangers.iter().map(|s| s.as_str()).collect();
                    self.add(
                        file,
                        line,
                        format!("`{value}` is too broad: {} live under it", names.join(", ")),
                    );
                }
            }
        }
    }

    /// A name of two SDKs is marked ambiguous in both.
    fn names(&mut self, files: &[File], database: &Database) {
        let mut owners: HashMap<String, Vec<&Sdk>> = HashMap::new();
        let key = |name: &str| name.to_lowercase().split_whitespace().collect::<String>();
        for sdk in database.sdks() {
            let mut keys: Vec<String> = plain_names(sdk).map(key).collect();
            keys.sort();
            keys.dedup();
            for k in keys {
                owners.entry(k).or_default().push(sdk);
            }
        }
        for file in files {
            for name in plain_names(&file.sdk) {
                let others = owners.get(&key(name)).into_iter().flatten().filter(|s| s.id != file.sdk.id);
                for other in others {
                    let line = file.line(if file.sdk.aliases.iter().any(|a| a == name) {
                        "aliases"
                    } else {
                        "names"
                    });
                    self.add(
                        file,
                        line,
                        format!("`{name}` names `{}` too: move it to `ambiguous`", other.id),
                    );
                }
            }
        }
    }

    /// `hits` and `misses` hold, for classes in the light of all other prefixes.
    fn examples(&mut self, files: &[File], database: &Database) {
        let index = Index::new(database);
        let owner = |class: &str| match index.prefixes().get(index.prefix_of(class)?)?.owner {
            Owner::Sdk(mark) => index.sdk(mark).map(|sdk| &sdk.id),
            Owner::App => None,
        };
        for file in files {
            for (i, one) in file.sdk.indicators.iter().enumerate() {
                let matches = |name: &str| match one.kind {
                    FeatureKind::Class => owner(name) == Some(&file.sdk.id),
                    _ => glob(&one.value, name),
                };
                for name in one.hits.iter().filter(|name| !matches(name)) {
                    self.add(file, file.indicator_line(i), format!("`{name}` should match and does not"));
                }
                for name in one.misses.iter().filter(|name| matches(name)) {
                    self.add(file, file.indicator_line(i), format!("`{name}` should not match and does"));
                }
            }
        }
    }
}

/// So many unrelated SDKs under one prefix make it too broad to name any of them.
const MAX_STRANGERS: usize = 3;

fn of_classes(sdk: &Sdk) -> impl Iterator<Item = (usize, &Indicator)> {
    sdk.indicators.iter().enumerate().filter(|(_, i)| i.kind == FeatureKind::Class)
}

fn plain_names(sdk: &Sdk) -> impl Iterator<Item = &str> {
    let marked = |name: &&str| !sdk.ambiguous.iter().any(|a| a == name);
    [&sdk.name_zh, &sdk.name_en].into_iter().chain(sdk.aliases.iter()).map(AsRef::as_ref).filter(marked)
}

/// One family, a vendor in common, or one brings the other.
fn related(a: &Sdk, b: &Sdk) -> bool {
    let family = |s: &Sdk| s.family.clone().unwrap_or_else(|| s.id.clone());
    family(a) == family(b)
        || a.vendors.iter().any(|v| b.vendors.contains(v))
        || a.carries.contains(&b.id)
        || b.carries.contains(&a.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(String, String)> =
            files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        lint(Path::new("db"), &files, &Database::default()).iter().map(ToString::to_string).collect()
    }

    fn entry(id: &str, more: &str, prefix: &str) -> String {
        format!(
            "id = \"{id}\"\nnames = {{ zh = \"{id}\", en = \"{id}\" }}\ncategory = \"push\"\nkind = \"sdk\"\nstatus = \"stable\"\n{more}\n[[indicator]]\nkind = \"class\"\nvalue = \"{prefix}\"\nsource = \"a\"\n"
        )
    }

    #[test]
    fn a_clean_file_has_no_mistakes() {
        assert_eq!(run(&[("db/push/a.toml", &entry("a", "", "com.a.push"))]), Vec::<String>::new());
    }

    #[test]
    fn mistakes_between_files_are_found() {
        let found = run(&[
            ("db/push/a.toml", &entry("a", "family = \"b\"\n", "com.a.push")),
            ("db/ads/b.toml", &entry("b", "carries = [\"none\"]\n", "com.a.push")),
            ("db/push/c.toml", &entry("x", "", "com.x")),
        ]);
        insta::assert_snapshot!(found.join("\n"), @r"
        db/ads/b.toml:3: category `push` is not the directory's name
        db/ads/b.toml:6: `none` is no other id of the database
        db/ads/b.toml:8: `com.a.push` is claimed by `a` too: one of them must yield
        db/push/a.toml:1: not in canonical form; `signatures lint --fix` rewrites it
        db/push/a.toml:6: `b` is no id of level family
        db/push/a.toml:8: `com.a.push` is claimed by `b` too: one of them must yield
        db/push/c.toml:1: the id `x` is not the name of the file
        ");
    }

    #[test]
    fn broad_prefixes_and_shared_names_are_found() {
        let alias = "aliases = [\"Common\"]\n";
        let found = run(&[
            ("db/push/a.toml", &entry("a", "", "com.host")),
            ("db/push/b.toml", &entry("b", "", "com.host.b")),
            ("db/push/c.toml", &entry("c", "", "com.host.c")),
            ("db/push/d.toml", &entry("d", "", "com.host.d")),
            (
                "db/push/e.toml",
                &entry("e", "", "com.e").replace("category", "aliases = [\"Common\"]\ncategory"),
            ),
            ("db/push/f.toml", &entry("f", "", "com.f").replace("category", &format!("{alias}category"))),
        ]);
        insta::assert_snapshot!(found.join("\n"), @r"
        db/push/a.toml:7: `com.host` is too broad: b, c, d live under it
        db/push/e.toml:3: `Common` names `f` too: move it to `ambiguous`
        db/push/f.toml:3: `Common` names `e` too: move it to `ambiguous`
        ");
    }

    #[test]
    fn examples_are_run() {
        let text = entry("a", "", "com.a.push")
            .replace("source", "hits = [\"com.a.push.X\", \"com.b.X\"]\nmisses = [\"com.a.push.Y\"]\nsource");
        insta::assert_snapshot!(run(&[("db/push/a.toml", &text)]).join("\n"), @r"
        db/push/a.toml:7: `com.a.push.Y` should not match and does
        db/push/a.toml:7: `com.b.X` should match and does not
        ");
    }

    #[test]
    fn fixing_writes_the_canonical_text() {
        let text = entry("a", "", "com.a.push").replace("kind = \"sdk\"\nstatus", "status");
        let fixed = fix(&[("a.toml".to_owned(), text)]);
        assert_eq!(fixed, [("a.toml".to_owned(), entry("a", "", "com.a.push"))]);
    }
}
