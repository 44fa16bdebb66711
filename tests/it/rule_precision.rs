//! Whole policies in words of our own: all that is said of them at severity medium and high, and no more. Each class of
//! finding that a careful reader called wrong has a case here.

use sdkaudit::finding::Severity;
use sdkaudit::inventory::Inventory;
use sdkaudit::policy::{self, Source};
use sdkaudit::rules::{Profile, Settings};
use sdkaudit::signature::Database;

const CASES: &str = include_str!("../fixtures/own-policies.txt");

#[test]
fn nothing_is_said_of_a_policy_that_a_reader_would_not_say() {
    let database = Database::embedded();
    let resolver = sdkaudit::resolve::Resolver::new(&database);
    let settings = Settings { profile: Some(Profile::Cn), ..Settings::default() };
    let mut failed = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        let (head, rest) = case.split_once('\n').expect("a head");
        let (title, extension) = head.rsplit_once(" | ").expect("a title and an extension");
        let (body, wanted) = rest.rsplit_once("\n---\n").expect("what is wanted");
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        let read = policy::read(&[Source::new(format!("policy.{extension}"), body.as_bytes().to_vec())]);
        let audit = sdkaudit::audit::judge(Inventory::default(), read, &resolver, &settings);
        let said: Vec<_> = audit.findings.iter().filter(|f| f.severity >= Severity::Medium).collect();
        let mut found: Vec<&str> = said.iter().map(|f| f.rule).collect();
        found.sort_unstable();
        if found != wanted {
            let messages: Vec<&str> = said.iter().map(|f| f.message.zh.as_ref()).collect();
            failed.push(format!(
                "{title}\n  wanted {wanted:?}\n  found  {found:?}\n    {}",
                messages.join("\n    ")
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
