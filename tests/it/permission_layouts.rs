//! Each layout a list of the app's own permissions comes in, and what only looks like one, in words of our own.

use sdkaudit::policy::{self, Platform, Source};

const CASES: &str = include_str!("../fixtures/permission-layouts.txt");

/// Constants without their prefix; a name no constant fits as `-name`, one of iOS alone as `ios:name`. Sorted.
fn permissions(name: &str, text: &str) -> Vec<String> {
    let source = Source { name: name.to_owned(), bytes: text.as_bytes().to_vec(), charset: None };
    let short = |constant: &str| constant.rsplit('.').next().unwrap_or(constant).to_owned();
    let mut out: Vec<String> = policy::read(&[source])
        .permissions
        .iter()
        .map(|p| {
            let written: String = p.written.text.split_whitespace().collect();
            match &p.permission {
                Some(constant) => short(constant),
                None if p.platforms == [Platform::Ios] => format!("ios:{written}"),
                None => format!("-{written}"),
            }
        })
        .collect();
    out.sort();
    out
}

#[test]
fn lists_of_permissions_are_read_in_any_layout() {
    let mut failed = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        let (head, rest) = case.split_once('\n').expect("a head");
        let (title, extension) = head.rsplit_once(" | ").expect("a title and an extension");
        let (body, wanted) = rest.rsplit_once("\n---").expect("what is wanted");
        let mut wanted: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
        wanted.sort();
        let found = permissions(&format!("policy.{extension}"), body);
        if found != wanted {
            failed.push(format!("{title}\n  wanted {wanted:?}\n  found  {found:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
