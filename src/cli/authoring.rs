//! `signatures lint`, `new` and `learn`: the tools of those who write signature files.

use super::common::{Failure, OutputArgs, Status, write_to};
use crate::audit;
use crate::lang::Lang;
use crate::report::safe::line;
use crate::signature::{Database, file, fix, learn, lint, read_directory, skeleton};
use std::path::PathBuf;

/// Arguments of `lint`.
#[derive(Debug, clap::Args)]
pub struct Lint {
    /// Directory of signature files
    #[arg(value_name = "DIR", default_value = "sdk-signatures")]
    directory: PathBuf,
    /// Rewrite files that are not in canonical form
    #[arg(long)]
    fix: bool,
    /// The directory is a whole database of its own, not an addition to the embedded one
    #[arg(long)]
    standalone: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl Lint {
    /// Prints every mistake as `path:line: what`; exit status 1 when there is one.
    pub fn run(&self, lang: Lang) -> Result<Status, Failure> {
        let mut files = read_directory(&self.directory)?;
        if self.fix {
            for (path, text) in fix(&files) {
                write_to(Some(path.as_ref()), |out| out.write_all(text.as_bytes()))?;
            }
            files = read_directory(&self.directory)?;
        }
        // The project's own directory is what the embedded database was made of.
        let whole = self.standalone || self.directory.file_name().is_some_and(|n| n == "sdk-signatures");
        let known = if whole { Database::default() } else { Database::embedded() };
        let problems = lint(&self.directory, &files, &known);
        self.output.write(lang, |view, out| {
            for problem in &problems {
                writeln!(out, "{}", line(&problem.to_string()))?;
            }
            let n = files.len();
            match problems.len() {
                0 => writeln!(
                    out,
                    "{}",
                    view.say(&format!("{n} 个文件，没有错误"), &format!("{n} files, no mistakes"))
                ),
                m => writeln!(
                    out,
                    "{}",
                    view.say(&format!("{n} 个文件，{m} 处错误"), &format!("{n} files, {m} mistakes"))
                ),
            }
        })?;
        Ok(if problems.is_empty() { Status::Clean } else { Status::Findings })
    }
}

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
pub struct New {
    /// Id of the SDK: kebab-case, the name of its file
    #[arg(value_name = "ID")]
    id: String,
    /// Category: the name of the file's directory
    #[arg(long, default_value = "other")]
    category: String,
    #[command(flatten)]
    output: OutputArgs,
}

impl New {
    /// Prints the skeleton.
    pub fn run(&self, lang: Lang) -> Result<(), Failure> {
        self.output.write(lang, |_, out| out.write_all(skeleton(&self.id, &self.category).as_bytes()))
    }
}

/// Arguments of `learn`.
#[derive(Debug, clap::Args)]
pub struct Learn {
    /// The vendor's archive: .aar or .jar (an .apk works too)
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Id of the SDK [default: the archive's name]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Learn {
    /// Prints the proposal.
    pub fn run(&self, lang: Lang) -> Result<(), Failure> {
        let inventory = audit::read_package(std::slice::from_ref(&self.archive), &audit::Options::default())?;
        let name = self.archive.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let id = self.id.clone().unwrap_or_else(|| kebab(&name));
        let sdk = learn(&id, &name, &inventory, &Database::embedded());
        self.output.write(lang, |_, out| out.write_all(file::write(&sdk).as_bytes()))
    }
}

/// The archive's name without extension and version, as an id.
fn kebab(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let words: Vec<&str> = words.take_while(|w| !w.starts_with(|c: char| c.is_ascii_digit())).collect();
    if words.is_empty() { "sdk".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_come_from_the_archive_without_its_version() {
        assert_eq!(super::kebab("jpush-android-5.8.0.jar"), "jpush-android");
        assert_eq!(super::kebab("1.aar"), "sdk");
    }
}
