//! Packs entries into a package, the way honest build tools do. Broken archives have their own builder.

use super::axml::AxmlBuilder;
use super::dex::DexBuilder;
use std::io::{Cursor, Write};

/// A zip archive to be built; entries keep their order.
#[derive(Default, Clone)]
pub struct ApkBuilder {
    entries: Vec<(String, Vec<u8>)>,
    dex: usize,
}

impl ApkBuilder {
    pub fn new() -> ApkBuilder {
        ApkBuilder::default()
    }

    /// Adds `AndroidManifest.xml`.
    pub fn manifest(self, manifest: &AxmlBuilder) -> ApkBuilder {
        self.file("AndroidManifest.xml", manifest.build())
    }

    /// Adds the next of `classes.dex`, `classes2.dex`, …
    pub fn dex(mut self, dex: &DexBuilder) -> ApkBuilder {
        self.dex += 1;
        let name = if self.dex == 1 { "classes.dex".into() } else { format!("classes{}.dex", self.dex) };
        self.file(&name, dex.build())
    }

    /// Adds any entry.
    pub fn file(mut self, name: &str, content: impl Into<Vec<u8>>) -> ApkBuilder {
        self.entries.push((name.into(), content.into()));
        self
    }

    /// The bytes of the archive.
    pub fn build(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in &self.entries {
            zip.start_file(name.as_str(), options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}
