//! Declarations -> identities -> who declares what: names, packages and links resolved to SDK ids.

mod coverage;
mod hints;
mod identify;
mod index;
mod pinyin;

pub use coverage::{Coverage, Declared, Found, Prefix, cover};

use crate::evidence::Confidence;
use crate::policy::{Declaration, Policy};
use crate::signature::{Database, SdkId};
use index::Index;
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
    /// A brand's name, and a purpose that only one of its products has.
    Purpose,
    /// The host of a link.
    Link,
    /// The provider together with the purpose.
    Vendor,
    /// A similar spelling, or the same sound.
    Fuzzy,
}

/// Resolves declarations against one database; its lookups are built once.
pub struct Resolver<'a> {
    index: Index<'a>,
}

impl<'a> Resolver<'a> {
    /// Builds the lookups.
    pub fn new(database: &'a Database) -> Resolver<'a> {
        Resolver { index: Index::new(database) }
    }

    /// The identity of one declaration.
    pub fn identify(&self, declaration: &Declaration) -> Identity {
        identify::identify(declaration, &self.index)
    }

    /// Identities of all declarations of a policy, in their order.
    pub fn identify_all(&self, policy: &Policy) -> Vec<Identity> {
        policy.declarations.iter().map(|d| self.identify(d)).collect()
    }
}

/// Identities of all declarations, in their order. For several policies, keep a [`Resolver`].
pub fn identify_all(policy: &Policy, database: &Database) -> Vec<Identity> {
    Resolver::new(database).identify_all(policy)
}
