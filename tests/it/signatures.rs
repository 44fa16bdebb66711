//! The signature files of the project: canonical, complete, without mistakes.

use sdkaudit::signature::{file, read_directory};
use std::path::Path;

#[test]
fn every_signature_file_is_canonical_and_stands_where_its_category_says() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk-signatures");
    let mut wrong = Vec::new();
    for (path, text) in read_directory(&directory).expect("sdk-signatures/") {
        let (file, problems) = file::parse(&path, &text);
        wrong.extend(problems.iter().map(ToString::to_string));
        let Some(file) = file else { continue };
        if file::write(&file.sdk) != text {
            wrong.push(format!("{path}: not in canonical form"));
        }
        let expected = directory.join(file.sdk.category.as_ref()).join(format!("{}.toml", file.sdk.id));
        if Path::new(&path) != expected {
            wrong.push(format!("{path}: belongs at {}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
