//! Packages and policies in object stores (S3, GCS, Azure, HTTP): ranged reads of an object that must not change
//! meanwhile. Needs the feature `object-store`; without it every address is refused with a word on why.

#[cfg(not(feature = "object-store"))]
mod absent;
#[cfg(not(feature = "object-store"))]
pub use absent::{Object, Stores};
#[cfg(feature = "object-store")]
mod client;
#[cfg(feature = "object-store")]
mod ranges;
#[cfg(feature = "object-store")]
mod remote;
#[cfg(feature = "object-store")]
pub use client::Stores;
#[cfg(feature = "object-store")]
pub use remote::Object;

use crate::lang::Text;
use std::time::Duration;

/// How objects are fetched.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Requests at work at a time, over all packages.
    pub connections: usize,
    /// Longest time one request may take, its body included.
    pub timeout: Duration,
    /// Further attempts after one that failed and may succeed later: server errors, timeouts, bodies cut short.
    pub retries: usize,
    /// Pause before the first further attempt; doubled, with jitter, before each one after it.
    pub backoff: Duration,
    /// No further attempt begins later than this after the first.
    pub patience: Duration,
    /// Most bytes fetched of one object; a package that needs more fails.
    pub max_bytes: u64,
    /// Most requests for one object; a package that needs more fails.
    pub max_requests: u64,
    /// Ranges with less than this between them are fetched as one.
    pub gap: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            connections: 32,
            timeout: Duration::from_secs(30),
            retries: 5,
            backoff: Duration::from_millis(200),
            patience: Duration::from_secs(60),
            max_bytes: 512 << 20,
            max_requests: 2_000,
            gap: 32 << 10,
        }
    }
}

/// What tells one content of an object from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Size in bytes.
    pub size: u64,
    /// Its entity tag, where the store gives one, else the time of its last change.
    pub tag: String,
}

/// What fetching cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests whose answers were taken; further attempts do not count.
    pub requests: u64,
    /// Bytes of those answers.
    pub bytes: u64,
}

/// Why an object could not be had. The package or policy fails with this as its cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{address}: {}", why.text().en)]
pub struct Fault {
    /// Address of the object, as given, without what signs it.
    pub address: String,
    /// What is wrong.
    pub why: Why,
}

/// What keeps an object from being had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The program was built without object stores.
    NotBuilt,
    /// No store is known for the address, or its settings are wrong.
    Address(String),
    /// There is no such object.
    Missing,
    /// The store refuses access.
    Denied,
    /// The object was replaced while it was read.
    Changed,
    /// More would have to be fetched than this limit.
    TooMuch(u64),
    /// More requests would have to be made than this limit.
    TooMany(u64),
    /// Requests failed, and went on to fail; the last failure.
    Failed(String),
}

impl Fault {
    fn new(address: &str, why: Why) -> Fault {
        // The query of a signed address is a secret for as long as it is valid.
        let shown = address.split('?').next().unwrap_or(address);
        Fault { address: shown.to_owned(), why }
    }

    /// One line for people.
    pub fn text(&self) -> Text {
        let Text { zh, en } = self.why.text();
        Text::new(format!("{}：{zh}", self.address), format!("{}: {en}", self.address))
    }
}

impl Why {
    fn text(&self) -> Text {
        match self {
            Why::NotBuilt => Text::new(
                "读取网络地址需要带 object-store 特性的构建",
                "addresses need a build with the feature object-store",
            ),
            Why::Address(why) => Text::new(format!("地址无法使用（{why}）"), why.clone()),
            Why::Missing => Text::new("对象不存在", "there is no such object"),
            Why::Denied => {
                Text::new("存储拒绝访问，请检查凭据", "the store refuses access; check its credentials")
            }
            Why::Changed => Text::new("读取期间对象被替换", "the object changed while it was read"),
            Why::TooMuch(most) => Text::new(
                format!("需要读取的内容超过 {most} 字节"),
                format!("more than {most} bytes would have to be fetched"),
            ),
            Why::TooMany(most) => Text::new(
                format!("需要的请求超过 {most} 次"),
                format!("more than {most} requests would have to be made"),
            ),
            Why::Failed(why) => Text::new(format!("请求失败（{why}）"), format!("requests fail ({why})")),
        }
    }
}

/// The last step of an address without its query: the name that an object has in reports.
pub fn name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}
