//! Stores by address, and one request to them: bounded in number, tried again where that may help, and refused
//! where the object is no longer the one that was opened.

use super::remote::Object;
use super::{Fault, Identity, Options, Why};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore,
    ObjectStoreScheme, RetryConfig,
};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use url::{Position, Url};

/// Threads that wait for answers; the packages are audited on others.
const THREADS: usize = 2;
/// Longest word on a failure that is kept: answers of servers can be pages.
const WHY: usize = 400;

/// Object stores, made as addresses need them. Credentials and endpoints come from the environment, by the names
/// that the stores' own tools use (`AWS_*`, `GOOGLE_*`, `AZURE_*`).
#[derive(Debug)]
pub struct Stores {
    runtime: Result<Runtime, String>,
    by_root: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
    permits: Arc<Semaphore>,
    options: Options,
}

/// One object: where it is, and how to ask for it.
#[derive(Debug, Clone)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    path: Path,
    permits: Arc<Semaphore>,
    options: Options,
    /// As given.
    pub address: String,
}

impl Stores {
    /// No store is asked before an address needs it.
    pub fn new(options: Options) -> Stores {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("objects")
            .enable_all()
            .build()
            .map_err(|e| e.to_string());
        let permits = Arc::new(Semaphore::new(options.connections.clamp(1, 4096)));
        Stores { runtime, by_root: Mutex::default(), permits, options }
    }

    /// What tells the present content of the object from another; one small request.
    pub fn identity(&self, address: &str) -> Result<Identity, Fault> {
        let place = self.place(address)?;
        let head = GetOptions { head: true, ..GetOptions::default() };
        Ok(self.runtime(address)?.block_on(place.get(head))?.1)
    }

    /// Opens an object to be read in ranges. Its end is fetched at once: that is where an archive is read first.
    pub fn open(&self, address: &str) -> Result<Arc<Object>, Fault> {
        let place = self.place(address)?;
        let runtime = self.runtime(address)?.handle().clone();
        Object::open(place, runtime, self.options).map(Arc::new)
    }

    /// A whole object of at most `most` bytes.
    pub fn read(&self, address: &str, most: u64) -> Result<(Vec<u8>, Identity), Fault> {
        let place = self.place(address)?;
        self.runtime(address)?.block_on(place.whole(most))
    }

    fn runtime(&self, address: &str) -> Result<&Runtime, Fault> {
        self.runtime.as_ref().map_err(|why| Fault::new(address, Why::Failed(why.clone())))
    }

    fn place(&self, address: &str) -> Result<Place, Fault> {
        let bad = |why: String| Fault::new(address, Why::Address(why));
        let url = Url::parse(address).map_err(|e| bad(e.to_string()))?;
        let (mut scheme, mut path) = ObjectStoreScheme::parse(&url).map_err(|e| bad(e.to_string()))?;
        if url.query().is_some() && url.scheme().starts_with("http") {
            // A signed address is a plain one to whoever holds it.
            scheme = ObjectStoreScheme::Http;
            path = Path::from_url_path(url.path()).map_err(|e| bad(e.to_string()))?;
        }
        let root = match scheme {
            ObjectStoreScheme::Http => url[..Position::BeforePath].to_owned(),
            // The bucket may stand in the path.
            _ => address.strip_suffix(path.as_ref()).unwrap_or(address).to_owned(),
        };
        // Each signed address is a store of its own: not kept, or they would pile up.
        let keep = url.query().is_none();
        let mut known = self.by_root.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match known.get(&root) {
            Some(store) => store.clone(),
            None => {
                let store = self.build(&scheme, &url).map_err(|e| bad(short(&e.to_string())))?;
                if keep {
                    known.insert(root, store.clone());
                }
                store
            }
        };
        let permits = self.permits.clone();
        Ok(Place { store, path, permits, options: self.options, address: address.into() })
    }

    fn build(&self, scheme: &ObjectStoreScheme, url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
        let options = &self.options;
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: options.backoff, ..BackoffConfig::default() },
            max_retries: options.retries,
            retry_timeout: options.patience,
        };
        let client = ClientOptions::new()
            .with_timeout(options.timeout)
            .with_connect_timeout(options.timeout.min(Duration::from_secs(10)))
            // Only where the address or the endpoint says so: `https` never becomes `http`.
            .with_allow_http(url.scheme() == "http" || plain_endpoint());
        let text = url.to_string();
        Ok(match scheme {
            ObjectStoreScheme::AmazonS3 => Arc::new(
                AmazonS3Builder::from_env()
                    .with_url(text)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            ObjectStoreScheme::GoogleCloudStorage => Arc::new(
                GoogleCloudStorageBuilder::from_env()
                    .with_url(text)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            ObjectStoreScheme::MicrosoftAzure => Arc::new(
                MicrosoftAzureBuilder::from_env()
                    .with_url(text)
                    .with_retry(retry)
                    .with_client_options(client)
                    .build()?,
            ),
            _ => {
                let mut root = url.clone();
                root.set_path("");
                root.set_fragment(None);
                Arc::new(
                    HttpBuilder::new()
                        .with_url(root)
                        .with_retry(retry)
                        .with_client_options(client)
                        .build()?,
                )
            }
        })
    }
}

/// Whether the environment names an endpoint without TLS, as local servers have.
fn plain_endpoint() -> bool {
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AZURE_ENDPOINT", "GOOGLE_BASE_URL"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value.starts_with("http://")))
}

impl Place {
    /// The bytes of `range` of the object as it was opened.
    pub async fn range(&self, range: Range<u64>, of: &Identity) -> Result<Vec<u8>, Fault> {
        let options = GetOptions {
            // A weak tag never matches (RFC 9110, 13.1.1); it is compared with the answer's.
            if_match: Some(of.tag.clone()).filter(|t| t.starts_with('"')),
            range: Some(GetRange::Bounded(range.clone())),
            ..GetOptions::default()
        };
        let (bytes, identity) = self.get(options).await?;
        if identity != *of {
            return Err(self.because(Why::Changed));
        }
        Ok(bytes)
    }

    /// The last `length` bytes and the identity, with one request where the store knows ranges from the end.
    pub async fn end(&self, length: u64, most: u64) -> Result<(Vec<u8>, Identity), Fault> {
        let suffix = GetOptions { range: Some(GetRange::Suffix(length)), ..GetOptions::default() };
        match self.attempts(suffix, length).await {
            Ok(found) => Ok(found),
            Err(Miss::Answer(error)) if in_doubt(&error) => {
                let head = GetOptions { head: true, ..GetOptions::default() };
                let identity = self.get(head).await?.1;
                if identity.size == 0 {
                    return Ok((Vec::new(), identity));
                }
                let from = identity.size.saturating_sub(length);
                match self.range(from..identity.size, &identity).await {
                    Ok(bytes) => Ok((bytes, identity)),
                    Err(fault) if matches!(fault.why, Why::Changed | Why::Missing | Why::Denied) => {
                        Err(fault)
                    }
                    // A server without ranges gives all or nothing.
                    Err(_) => self.whole(most).await,
                }
            }
            Err(Miss::Answer(error) | Miss::Body(error)) => Err(self.fault(error)),
            Err(Miss::TooMuch) => Err(self.because(Why::TooMuch(length))),
        }
    }

    /// The whole object, if it has at most `most` bytes.
    pub async fn whole(&self, most: u64) -> Result<(Vec<u8>, Identity), Fault> {
        match self.attempts(GetOptions::default(), most).await {
            Err(Miss::TooMuch) => Err(self.because(Why::TooMuch(most))),
            Err(Miss::Answer(error) | Miss::Body(error)) => Err(self.fault(error)),
            Ok(found) => Ok(found),
        }
    }

    async fn get(&self, options: GetOptions) -> Result<(Vec<u8>, Identity), Fault> {
        self.attempts(options, u64::MAX).await.map_err(|miss| match miss {
            Miss::Answer(error) | Miss::Body(error) => self.fault(error),
            Miss::TooMuch => self.because(Why::TooMuch(u64::MAX)),
        })
    }

    /// The store's client makes further attempts until an answer begins. These are for bodies that end too early
    /// or stop to flow.
    async fn attempts(&self, options: GetOptions, most: u64) -> Result<(Vec<u8>, Identity), Miss> {
        let begun = Instant::now();
        let mut pause = self.options.backoff;
        for _ in 0..self.options.retries {
            match self.once(options.clone(), most).await {
                Err(Miss::Body(_)) if begun.elapsed() < self.options.patience => {
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(2).min(Duration::from_secs(15));
                }
                ended => return ended,
            }
        }
        self.once(options, most).await
    }

    /// One request, its body included.
    async fn once(&self, options: GetOptions, most: u64) -> Result<(Vec<u8>, Identity), Miss> {
        let _permit = self.permits.acquire().await.map_err(|_| Miss::Answer(other("closed")))?;
        let head = options.head;
        let answer: GetResult = self.store.get_opts(&self.path, options).await.map_err(Miss::Answer)?;
        let identity = identity(&answer.meta);
        if head {
            return Ok((Vec::new(), identity));
        }
        let length = answer.range.end.saturating_sub(answer.range.start);
        if length > most {
            return Err(Miss::TooMuch);
        }
        let bytes: Vec<u8> = answer.bytes().await.map_err(Miss::Body)?.into();
        if bytes.len() as u64 != length {
            return Err(Miss::Body(other(format!("{} of {length} bytes came", bytes.len()))));
        }
        Ok((bytes, identity))
    }

    fn because(&self, why: Why) -> Fault {
        Fault::new(&self.address, why)
    }

    fn fault(&self, error: object_store::Error) -> Fault {
        self.because(match error {
            object_store::Error::NotFound { .. } => Why::Missing,
            object_store::Error::Precondition { .. } => Why::Changed,
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Why::Denied
            }
            other => Why::Failed(short(&chain(&other))),
        })
    }
}

/// Why a request gave nothing.
enum Miss {
    /// No answer, or a refusal.
    Answer(object_store::Error),
    /// The answer began well.
    Body(object_store::Error),
    TooMuch,
}

/// Whether a request with a range from the end may have failed for the sake of that range: Azure knows none, plain
/// servers ignore it, and an empty object has none.
fn in_doubt(error: &object_store::Error) -> bool {
    match error {
        object_store::Error::NotSupported { .. } => true,
        object_store::Error::Generic { .. } => {
            let said = chain(error);
            ["416", "range", "Range"].iter().any(|word| said.contains(word))
        }
        _ => false,
    }
}

fn other(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> object_store::Error {
    object_store::Error::Generic { store: "object", source: why.into() }
}

fn identity(meta: &ObjectMeta) -> Identity {
    let changed = || format!("changed {}", meta.last_modified.timestamp());
    Identity { size: meta.size, tag: meta.e_tag.clone().unwrap_or_else(changed) }
}

/// An error with its causes, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !out.contains(&text) {
            out = format!("{out}: {text}");
        }
        source = cause.source();
    }
    out
}

/// One line of bounded length, without the queries of addresses: they may sign them.
fn short(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once('?') {
        Some((address, _)) if address.contains("://") => address,
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ").chars().take(WHY).collect()
}
