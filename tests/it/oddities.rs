//! Recall on the oddities a reader found in the five seed policies, by rule. Skipped without `../shared`.

use sdkaudit::evidence::Evidence;
use sdkaudit::inventory::Inventory;
use sdkaudit::policy;
use sdkaudit::rules::{Profile, Settings};
use sdkaudit::signature::Database;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Oddity {
    seed: String,
    line: u32,
    quote: String,
    kind: String,
    rule: String,
}

/// The rules of ours that report what the reader filed under one of his.
const RULES: &[(&str, &[&str])] = &[
    ("SDK-PKG-BROAD", &["broad-package"]),
    ("SDK-PKG-GROUPID", &["maven-group-as-package"]),
    ("SDK-PKG-SPACE", &["space-in-package"]),
    ("SDK-LINK-NOT-POLICY", &["link-not-a-policy"]),
    ("SDK-LINK-OTHER", &["link-of-another-sdk", "unfamiliar-link-host"]),
    ("SDK-LINK-APP-POLICY", &["link-to-consumer-policy"]),
    ("SDK-LINK-GENERIC", &["link-to-consumer-policy"]),
    ("SDK-LINK-TEXT-ONLY", &["link-title-only"]),
    ("SDK-ROW-BUNDLED", &["bundled-row"]),
    ("SDK-ROW-BOILERPLATE", &["repeated-data-text"]),
    ("SDK-DATA-VAGUE", &["vague-data"]),
    ("SDK-DATA-IMPLAUSIBLE", &["undocumented-data"]),
    ("SDK-FUNCTION-MISMATCH", &["purpose-does-not-fit"]),
    ("SDK-PURPOSE-MISMATCH", &["purpose-does-not-fit"]),
    ("SDK-PURPOSE-TAUTOLOGY", &["purpose-repeats-name"]),
    ("SDK-NAME-TRANSLATED", &["unofficial-sdk-name"]),
    ("SDK-NAME-ROMANISED", &["unofficial-sdk-name"]),
    ("SDK-NAME-POLLUTED", &["unofficial-sdk-name"]),
    ("SDK-PROSE-ONLY", &["sdk-named-in-prose-only", "unnamed-sdks"]),
    ("SDK-UNNAMED", &["unnamed-sdks"]),
    ("PERM-TYPO", &["misspelt-permission"]),
    ("PERM-UNKNOWN", &["unknown-permission"]),
    ("PERM-DUP", &["repeated-permission"]),
    ("PERM-LEGACY", &["permission-without-effect"]),
    ("PERM-NOT-GRANTABLE", &["ungrantable-permission"]),
    ("PERM-NOT-DENIABLE", &["undeniable-permission"]),
    ("PERM-NO-PURPOSE", &["permission-without-purpose"]),
    ("PERM-NAME-BLANK", &["missing-permission-name"]),
    ("PERM-PURPOSE-ADS", &["permission-for-advertising"]),
    ("PERM-PURPOSE-TAUTOLOGY", &["permission-purpose-repeats-function"]),
    ("PERM-SDK-NOT-IN-APP-LIST", &["sdk-permission-not-in-app-list"]),
    ("PERM-DATA-GAP", &["data-without-permission"]),
    ("PERM-NOT-PER-SDK", &["shared-permission-list"]),
    ("PERM-CELL-HAS-DATA", &["data-among-permissions"]),
    ("DATA-CELL-HAS-PERMISSION", &["permission-among-data"]),
    ("DATA-APPLIST", &["undisclosed-app-list"]),
    ("DATA-BACKGROUND", &["background-identifiers"]),
    ("DATA-CONTRADICTION", &["contradicting-statements"]),
    ("SENS-NO-NECESSITY", &["sensitive-data-without-necessity"]),
    ("FIELD-EMPTY", &["empty-field"]),
    ("PLATFORM-IMPOSSIBLE", &["impossible-platform"]),
    ("CROSS-BORDER", &["cross-border-conflict"]),
    ("LANG-NAME-DIFF", &["language-versions-differ", "unofficial-sdk-name"]),
    ("LANG-MISSING-TEXT", &["language-versions-differ"]),
    ("LANG-MISTRANSLATION", &["language-versions-differ"]),
    ("DOC-LIST-REFERENCED-MISSING", &["list-elsewhere"]),
    ("DOC-BLANKET-DENIAL", &["blanket-denial"]),
    ("DOC-RESPONSE-TIME", &["long-response-time"]),
    ("DOC-FOREIGN-NAME", &["foreign-product-name"]),
    ("DOC-NO-OPERATOR", &["no-operator"]),
    ("DOC-PLACEHOLDER", &["unfilled-placeholder"]),
    ("DOC-DATE", &["doubtful-date"]),
    ("DOC-NUMBERING", &["broken-numbering"]),
];

/// Rules about the whole text: any line counts.
const WHOLE: &[&str] =
    &["no-operator", "doubtful-date", "language-versions-differ", "sensitive-data-without-necessity"];

fn shared() -> Option<PathBuf> {
    let dir = std::env::var_os("SDKAUDIT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    dir.join("rules/oddities.json").is_file().then_some(dir)
}

#[test]
fn most_oddities_of_the_seeds_are_reported() {
    let Some(shared) = shared() else {
        eprintln!("skipped: no ../shared");
        return;
    };
    let text = std::fs::read_to_string(shared.join("rules/oddities.json")).expect("oddities");
    let oddities: Vec<Oddity> = serde_json::from_str(&text).expect("oddities");
    let database = Database::embedded();
    let resolver = sdkaudit::resolve::Resolver::new(&database);
    let settings = Settings { profile: Some(Profile::Cn), ..Settings::default() };
    let mut lines: BTreeMap<String, Vec<(&'static str, Vec<u32>)>> = BTreeMap::new();
    for oddity in &oddities {
        lines.entry(oddity.seed.clone()).or_insert_with(|| {
            let path = shared.join(format!("policies/seeds/{}.txt", oddity.seed));
            let bytes = std::fs::read(path).expect("seed");
            let policy = policy::read(&[policy::Source::new(format!("{}.txt", oddity.seed), bytes)]);
            let audit = sdkaudit::audit::judge(Inventory::default(), policy, &resolver, &settings);
            audit
                .findings
                .iter()
                .map(|f| {
                    let quoted = f.evidence.iter().filter_map(|e| match e {
                        Evidence::Quoted { line, text, .. } => {
                            if std::env::var_os("SDKAUDIT_PRINT").is_some() {
                                println!(
                                    "{} {} {:?} {:?} | {} | l.{line} {text}",
                                    oddity.seed, f.rule, f.severity, f.confidence, f.message.en
                                );
                            }
                            Some(*line)
                        }
                        _ => None,
                    });
                    (f.rule, quoted.collect())
                })
                .collect()
        });
    }
    let mut by_rule: BTreeMap<&str, (u32, u32, Vec<String>)> = BTreeMap::new();
    for oddity in oddities.iter().filter(|o| o.kind == "finding") {
        let ours = RULES.iter().find(|(id, _)| *id == oddity.rule).map_or(&[][..], |(_, r)| r);
        let hit = lines[&oddity.seed].iter().any(|(rule, at)| {
            ours.contains(rule) && (WHOLE.contains(rule) || at.iter().any(|l| l.abs_diff(oddity.line) <= 1))
        });
        let entry = by_rule.entry(&oddity.rule).or_default();
        entry.0 += u32::from(hit);
        entry.1 += 1;
        if !hit {
            entry.2.push(format!("{} l.{} {}", &oddity.seed[..3], oddity.line, oddity.quote));
        }
    }
    let (hits, all) = by_rule.values().fold((0, 0), |(h, a), (hit, of, _)| (h + hit, a + of));
    for (rule, (hit, of, missed)) in &by_rule {
        println!("{hit:>3}/{of:<3} {rule}");
        missed.iter().for_each(|m| println!("          missed {m}"));
    }
    println!("{hits}/{all} = {:.3}", f64::from(hits) / f64::from(all));
    assert!(f64::from(hits) >= FLOOR * f64::from(all), "recall fell below {FLOOR}");
}

/// Recall reached; lower it only with a reason.
const FLOOR: f64 = 0.94;
