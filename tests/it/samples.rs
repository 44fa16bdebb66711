//! The samples are what our builders make, and checking them ends as their README says.

use crate::common::samples::SAMPLES;
use std::path::{Path, PathBuf};

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// `SNAPSHOTS=overwrite cargo test` writes the files anew.
fn overwrite() -> bool {
    std::env::var("SNAPSHOTS").is_ok_and(|v| v == "overwrite")
}

#[test]
fn apps_are_what_the_builders_make() {
    for sample in SAMPLES {
        let path = directory(sample.directory).join("app.apk");
        let built = (sample.app)().build();
        if overwrite() {
            std::fs::write(&path, &built).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_default();
        assert!(stored == built, "{} differs; SNAPSHOTS=overwrite cargo test writes it", path.display());
    }
}
