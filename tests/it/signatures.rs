//! The signature files of the project: no mistakes, and each where its id and category say.

use sdkaudit::evidence::FeatureKind;
use sdkaudit::signature::{Database, Provenance, lint, read_directory};
use std::path::Path;

#[test]
fn the_signature_files_have_no_mistakes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk-signatures");
    let files = read_directory(&directory).expect("sdk-signatures/");
    let problems = lint(&directory, &files, &Database::default());
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{} mistakes:\n{}", shown.len(), shown.join("\n"));
}

/// A repository's or coordinate's name proves no prefix: somebody must have opened it, or it says `memory`.
#[test]
fn no_class_prefix_rests_on_a_name_alone() {
    let database = Database::embedded();
    let prefixes =
        database.sdks().iter().flat_map(|s| s.indicators_of(FeatureKind::Class).map(move |i| (&s.id, i)));
    let named: Vec<String> = prefixes
        .filter(|(_, i)| i.provenance() == Provenance::Named)
        .map(|(id, i)| format!("{id}: {} ({})", i.value, i.source))
        .collect();
    assert!(named.is_empty(), "write the file that was opened, or `memory`:\n{}", named.join("\n"));
}

#[test]
fn the_catalogue_page_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sdks.md");
    let wanted = sdkaudit::signature::catalogue(&Database::embedded());
    if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
        std::fs::write(&page, &wanted).expect("docs/sdks.md is writable");
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(found == wanted, "docs/sdks.md is out of date: SNAPSHOTS=overwrite cargo test catalogue");
}
