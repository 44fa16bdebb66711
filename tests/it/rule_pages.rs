//! Every rule has a page, every page a rule; both languages are whole; the examples are run.
//! `SNAPSHOTS=overwrite cargo test rule_pages` rewrites the `findings` blocks; read the difference.

use sdkaudit::audit::recognise;
use sdkaudit::behaviour::ApiUse;
use sdkaudit::behaviour::catalogue;
use sdkaudit::evidence::FeatureKind;
use sdkaudit::finding::{Case, Finding};
use sdkaudit::inventory::{CodeFile, Component, Inventory, Names, NativeLibrary, Part, UsesPermission};
use sdkaudit::lang::{Lang, Text};
use sdkaudit::limitation::{Hidden, Limitation, LimitationKind};
use sdkaudit::location::{EntryPath, Location};
use sdkaudit::policy::{self, Policy};
use sdkaudit::resolve::Resolver;
use sdkaudit::rules::page::Page;
use sdkaudit::rules::{Profile, RULES, Settings, check, rule};
use sdkaudit::signature::Database;
use std::path::{Path, PathBuf};

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    for rule in RULES {
        let page = Page::parse(rule.page);
        assert_eq!(page.id, rule.id, "heading of docs/rules/{}.md", rule.id);
        for lang in [Lang::Zh, Lang::En] {
            assert!(!page.title().get(lang).is_empty(), "{}: title", rule.id);
            for section in 0..4 {
                assert!(
                    !page.section(lang, section).is_empty(),
                    "{}: section {section} in {lang:?}",
                    rule.id
                );
            }
        }
        assert!(has_han(page.title_zh) && has_han(page.zh), "{}: Chinese text", rule.id);
        assert!(!has_han(page.title_en), "{}: English title", rule.id);
    }
    for entry in std::fs::read_dir(pages()).expect("docs/rules") {
        let path = entry.expect("entry").path();
        let id = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(rule(&id).is_some(), "docs/rules/{id}.md belongs to no rule");
    }
}

#[test]
fn pages_never_judge() {
    for rule in RULES {
        for word in FORBIDDEN {
            assert!(!rule.page.to_lowercase().contains(word), "{} says {word}", rule.id);
        }
    }
}

/// Words that say more than a difference between two texts.
const FORBIDDEN: &[&str] =
    &["violat", "illegal", "unlawful", "breach", "违法收集", "违规收集", "非法", "违反了", "侵犯"];

/// One test, since running the examples costs more than looking at them.
#[test]
fn the_examples_of_all_pages_hold() {
    let overwrite = std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite");
    let all = examples();
    let mut wrong = Vec::new();
    for example in all.iter().filter(|e| e.told != e.expected) {
        if overwrite {
            let path = pages().join(format!("{}.md", example.rule));
            let text = std::fs::read_to_string(&path).expect("page");
            std::fs::write(&path, replace_block(&text, example.number, &example.told)).expect("page");
        } else {
            let (rule, number) = (example.rule, example.number);
            wrong.push(format!("{rule} #{number}\nexpected:\n{}found:\n{}", example.expected, example.told));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    both_outcomes(&all);
    all.iter().flat_map(|e| &e.all).for_each(says_no_more_than_it_knows);
}

fn says_no_more_than_it_knows(finding: &Finding) {
    let both = format!("{}\n{}", finding.message.zh, finding.message.en.to_lowercase());
    for word in FORBIDDEN {
        assert!(!both.contains(word), "{}: {both}", finding.rule);
    }
    assert!(has_han(&finding.message.zh), "{}: {}", finding.rule, finding.message.zh);
    assert!(finding.message.en.contains(' '), "{}: {}", finding.rule, finding.message.en);
    assert!(!finding.evidence.is_empty(), "{}", finding.rule);
}

fn both_outcomes(all: &[Example]) {
    let lacking: Vec<&str> = RULES
        .iter()
        .map(|r| r.id)
        .filter(|id| {
            let mine: Vec<_> = all.iter().filter(|e| e.rule == *id).collect();
            !(mine.iter().any(|e| e.told.is_empty()) && mine.iter().any(|e| !e.told.is_empty()))
        })
        .collect();
    assert!(lacking.is_empty(), "one outcome only: {}", lacking.join(", "));
}

struct Example {
    rule: &'static str,
    number: usize,
    expected: String,
    told: String,
    all: Vec<Finding>,
}

/// Runs the examples of all pages. `told` are the findings of the page's own rule.
fn examples() -> Vec<Example> {
    let database = Database::embedded();
    let resolver = Resolver::new(&database);
    let mut out = Vec::new();
    for rule in RULES {
        let blocks = Page::parse(rule.page).blocks;
        for (number, chunk) in blocks.chunks(3).enumerate() {
            let of = |kind: &str| chunk.iter().find(|(k, _)| *k == kind).map_or("", |(_, text)| *text);
            let features = of("features");
            let (inventory, settings) = inventory(features);
            let policy = match of("policy") {
                "" => Policy::default(),
                text => policy::read(&[policy::Source::new("policy.md".into(), text.as_bytes().to_vec())]),
            };
            let mut inventory = inventory;
            let detections = recognise(&mut inventory, &database, &settings.own_prefixes);
            let identities = resolver.identify_all(&policy);
            let case = Case {
                inventory: &inventory,
                detections: &detections,
                policy: &policy,
                identities: &identities,
                database: &database,
            };
            let all = check(&case, &settings);
            let mut told: Vec<String> = all
                .iter()
                .filter(|f| f.rule == rule.id)
                .map(|f| {
                    let head = format!("{:?} {:?}", f.severity, f.confidence).to_lowercase();
                    let (zh, en) = (&f.message.zh, &f.message.en);
                    format!("{head} {} {}\n  {zh}\n  {en}\n", f.subject.kind, f.subject.key)
                })
                .collect();
            told.sort();
            out.push(Example {
                rule: rule.id,
                number,
                expected: of("findings").to_owned(),
                told: told.concat(),
                all,
            });
        }
    }
    out
}

/// An inventory from lines: `class NAME`, `classes PREFIX COUNT`, `permission NAME`, `receiver CLASS ACTION`,
/// `library NAME`, `file PATH`, `api ENTRY CLASS`, `hidden KIND`, `target N`, `label TEXT`, `own PREFIX`, `type ID`.
/// No lines, no package.
fn inventory(features: &str) -> (Inventory, Settings) {
    let mut inventory = Inventory::default();
    let mut settings = Settings { profile: Some(Profile::Cn), ..Settings::default() };
    let root = EntryPath::root("app.apk");
    let manifest = root.join("AndroidManifest.xml");
    let dex = root.join("classes.dex");
    let mut classes: Vec<String> = Vec::new();
    for line in features.lines().filter(|l| !l.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or("");
        let first = words.next().unwrap_or("").to_owned();
        let second = words.next().unwrap_or("").to_owned();
        match kind {
            "app" => inventory.app.id = Some(first),
            "target" => inventory.app.target_sdk = first.parse().ok(),
            "label" => inventory.app.label = Some(Text::new(first.clone(), first)),
            "class" => classes.push(first),
            "classes" => {
                classes.extend((0..second.parse::<u32>().expect("a count")).map(|i| format!("{first}.C{i}")))
            }
            "permission" => inventory.manifest.permissions.push(UsesPermission {
                name: first,
                max_sdk: None,
                sdk23: false,
                at: manifest.clone(),
            }),
            "receiver" => inventory.manifest.components.push(Component {
                kind: FeatureKind::Receiver,
                class: first,
                authorities: vec![],
                actions: vec![second],
                meta_data: vec![],
                process: None,
                at: manifest.clone(),
            }),
            "library" => inventory.libraries.push(NativeLibrary {
                path: root.join(&format!("lib/arm64-v8a/{first}")),
                name: first,
                abi: "arm64-v8a".into(),
                soname: None,
                jni: vec![],
            }),
            "file" => inventory.files.push(root.join(&first)),
            "api" => inventory.api_uses.push(ApiUse {
                api: catalogue::get(&first).unwrap_or_else(|| panic!("no entry {first}")).id,
                class: second,
                method: "a".into(),
                count: 1,
                at: dex.clone(),
            }),
            "hidden" => inventory.limitations.push(limitation(&first, &dex)),
            "own" => settings.own_prefixes.push(first),
            "type" => settings.app_type = Some(first),
            other => panic!("unknown feature {other}"),
        }
    }
    if !features.trim().is_empty() {
        inventory.parts.push(Part { path: root, kind: "apk", sha256: None, bytes: 1 });
        inventory.app.id.get_or_insert_with(|| "com.example.app".into());
        let count = u32::try_from(classes.len()).expect("few");
        inventory.code.push(CodeFile {
            path: dex,
            classes: classes.into_iter().collect(),
            references: Names::default(),
            class_count: count,
            loaded: Default::default(),
        });
    }
    (inventory, settings)
}

fn limitation(kind: &str, dex: &EntryPath) -> Limitation {
    let (kind, hides) = match kind {
        "packed" => (LimitationKind::Packed, Some(Hidden::Code)),
        "dynamic" => (LimitationKind::DynamicCode, None),
        "damaged" => (LimitationKind::Malformed, Some(Hidden::Code)),
        other => panic!("unknown limitation {other}"),
    };
    Limitation { kind, at: Location::entry(dex), hides, detail: Text::new("读不到", "cannot be read") }
}

/// `text` with its `number`-th block of findings replaced.
fn replace_block(text: &str, number: usize, with: &str) -> String {
    let mark = "```findings\n";
    let mut out = String::new();
    let mut rest = text;
    for i in 0.. {
        let Some((before, after)) = rest.split_once(mark) else { break };
        let (old, tail) = after.split_once("```").expect("a closed block");
        out.push_str(before);
        out.push_str(mark);
        out.push_str(if i == number { with } else { old });
        out.push_str("```");
        rest = tail;
    }
    out + rest
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}
