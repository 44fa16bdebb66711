//! Declarations -> identities -> who declares what: names, packages and links resolved to SDK ids.

mod coverage;

pub use coverage::{Coverage, Declared, Found, Prefix, cover};

use crate::evidence::Confidence;
use crate::policy::{Declaration, Policy};
use crate::signature::{Database, SdkId};
use serde::Serialize;

/// Which SDK a declaration means, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The SDK meant; `None` when unknown or ambiguous.
    pub sdk: Option<SdkId>,
    /// All candidates when ambiguous, best first; the SDK alone otherwise.
    pub candidates: Vec<SdkId>,
    /// What decided.
    pub by: Option<By>,
    /// How sure.
    pub confidence: Confidence,
}

/// What decided an identity, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A declared package under a known prefix.
    Package,
    /// The exact name.
    Name,
    /// An alias, in zh, en, pinyin or machine translation.
    Alias,
    /// A name in brackets.
    Bracket,
    /// The host of a link.
    Link,
    /// The provider together with the purpose.
    Vendor,
    /// A similar spelling.
    Fuzzy,
}

/// The identity of one declaration.
pub fn identify(declaration: &Declaration, database: &Database) -> Identity {
    let _ = (declaration, database);
    Identity { sdk: None, candidates: Vec::new(), by: None, confidence: Confidence::Low }
}

/// Identities of all declarations, in their order.
pub fn identify_all(policy: &Policy, database: &Database) -> Vec<Identity> {
    policy.declarations.iter().map(|d| identify(d, database)).collect()
}
