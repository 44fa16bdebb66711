//! What `--policy` names -> documents: files, directories, addresses, or the policy that lies in the package.

pub mod auto;
#[cfg(feature = "fetch")]
mod address;
#[cfg(feature = "fetch")]
pub mod fetch;

use crate::inventory::Inventory;
use crate::lang::Text;
use crate::package::Package;
use crate::policy::Source;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The word that stands for the policy inside the package; a file of this name is `./auto`.
pub const AUTO: &str = "auto";

/// What taking in documents may cost, and how far it may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Most bytes of one document.
    pub max_document_bytes: u64,
    /// Most wall time for one address.
    pub max_fetch_time: Duration,
    /// Also take lists of SDKs that a fetched page links to, on its own site, one level deep.
    pub follow: bool,
}

/// Why a document could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory that could not be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The document.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was asked for is not there, or not to be had.
    #[error("{}", .0.en)]
    Refused(Text),
}

impl Error {
    /// One line for people: what is wrong with which document, and what to do.
    pub fn text(&self) -> Text {
        match self {
            Error::File { path, source } => Text::unreadable(path, source),
            Error::Refused(text) => text.clone(),
        }
    }

    fn refused(zh: impl Into<String>, en: impl Into<String>) -> Error {
        Error::Refused(Text::new(zh, en))
    }
}

/// Documents, and what is to be said about how they were come by.
#[derive(Debug, Default)]
pub struct Taken {
    /// The documents, in the order given.
    pub sources: Vec<Source>,
    /// Which file was taken, where an address led, what was not followed.
    pub notes: Vec<Text>,
}

/// Takes in the documents of one policy. A directory stands for the files in it, by name; [`AUTO`] for the policy
/// inside `package`, of which `Inventory` was read; what begins with `https://` or `http://` is fetched (feature `fetch`).
pub fn documents(
    given: &[PathBuf],
    package: Option<(&Package, &Inventory)>,
    options: &Options,
) -> Result<Taken, Error> {
    let mut taken = Taken::default();
    for path in given {
        match path.to_str() {
            Some(AUTO) => {
                let Some((package, inventory)) = package else {
                    return Err(Error::refused(
                        "auto 表示安装包内的政策，这里没有给出安装包",
                        "auto means the policy inside the package, and no package is given here",
                    ));
                };
                auto::take(package, inventory, &mut taken)?;
            }
            Some(text) if is_address(text) => fetched(text, options, &mut taken)?,
            _ => {
                for file in files(path)? {
                    let bytes = read_file(&file, options.max_document_bytes)?;
                    taken.sources.push(Source::new(shown_name(&file), bytes));
                }
            }
        }
    }
    Ok(taken)
}

/// Whether a document is given by its address.
pub fn is_address(text: &str) -> bool {
    let head: String = text.chars().take(8).collect::<String>().to_ascii_lowercase();
    head.starts_with("https://") || head.starts_with("http://")
}

#[cfg(feature = "fetch")]
fn fetched(address: &str, options: &Options, taken: &mut Taken) -> Result<(), Error> {
    fetch::take(address, options, taken)
}

#[cfg(not(feature = "fetch"))]
fn fetched(address: &str, _: &Options, _: &mut Taken) -> Result<(), Error> {
    Err(Error::refused(
        format!(
            "此版本不能读取网址 {address}：请下载网页后给出文件，或用 cargo install --path . --features fetch 安装"
        ),
        format!(
            "this build cannot fetch {address}: save the page and give the file, or install with `cargo install --path . --features fetch`"
        ),
    ))
}

/// The file itself, or the files of a directory.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let error = |source| Error::File { path: path.to_owned(), source };
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    for entry in std::fs::read_dir(path).map_err(error)? {
        let file = entry.map_err(error)?.path();
        let hidden = file.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if file.is_file() && !hidden {
            out.push(file);
        }
    }
    out.sort();
    if out.is_empty() {
        let path = path.display();
        return Err(Error::refused(
            format!("目录 {path} 中没有文件"),
            format!("the directory {path} holds no document"),
        ));
    }
    Ok(out)
}

/// At most `limit` bytes of a document; a longer one is refused, since half a policy proves nothing absent.
fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let error = |source| Error::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(error)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > limit {
        return Err(too_long(&path.display().to_string(), limit));
    }
    Ok(bytes)
}

fn too_long(name: &str, limit: u64) -> Error {
    Error::refused(
        format!("{name} 超过 {limit} 字节，这是单个政策文件的上限"),
        format!("{name} is longer than {limit} bytes, which is the limit of a policy document"),
    )
}

/// A relative path as given, so that annotations and SARIF find the file; of an absolute one only the part
/// below the working directory, else the file name: reports do not tell where they were made.
pub fn shown_name(path: &Path) -> String {
    let below = std::env::current_dir().ok().and_then(|d| path.strip_prefix(d).ok().map(Path::to_owned));
    let relative = below.or_else(|| (!path.is_absolute()).then(|| path.to_owned()));
    match relative {
        Some(path) => path.to_string_lossy().trim_start_matches("./").replace('\\', "/"),
        None => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { max_document_bytes: 8, max_fetch_time: Duration::from_secs(1), follow: false }
    }

    fn refusal(given: &str) -> Text {
        match documents(&[given.into()], None, &options()) {
            Err(Error::Refused(text)) => text,
            other => panic!("{given}: {other:?}"),
        }
    }

    #[test]
    fn what_cannot_be_had_is_refused_with_the_way_out() {
        assert!(refusal("auto").en.contains("no package"));
        #[cfg(not(feature = "fetch"))]
        assert!(refusal("HTTPS://example.com/x").en.contains("--features fetch"));
        let directory = std::env::temp_dir().join(format!("sdkaudit-intake-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("directory");
        assert!(refusal(&directory.to_string_lossy()).zh.contains("没有文件"));
        std::fs::write(directory.join("b.txt"), "longer than eight").expect("file");
        assert!(refusal(&directory.to_string_lossy()).en.contains("longer than 8 bytes"));
        std::fs::write(directory.join("b.txt"), "b").expect("file");
        std::fs::write(directory.join("a.txt"), "a").expect("file");
        std::fs::write(directory.join(".hidden"), "h").expect("file");
        let taken = documents(std::slice::from_ref(&directory), None, &options()).expect("documents");
        let names: Vec<&str> = taken.sources.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "b.txt"]);
        std::fs::remove_dir_all(directory).expect("removed");
    }
}
