//! sdkaudit: does an app's privacy policy declare the SDKs the app ships?
//!
//! Data flows one way, through seven printable values:
//!
//! ```text
//! package bytes -> Package -> Inventory -> Detections --+
//!                                                       +-> Case -> rules -> Findings -> Report
//! policy bytes  -> Document -> Policy   -> Identities --+
//! ```
//!
//! A module uses only modules declared above it (`tests/it/layering.rs`).

// Ground: words every layer shares.
pub mod bytes;
pub mod digest;
pub mod lang;
pub mod limits;
pub mod location;
pub mod fold;
pub mod limitation;
pub mod evidence;

// Knowledge: standard terms, as data.
pub mod permission;
pub mod taxonomy;

// The package side.
pub mod format;
pub mod package;
pub mod behaviour;
pub mod inventory;
pub mod signature;
pub mod attribution;

// The policy side.
pub mod policy;
pub mod intake;

// Where both meet.
pub mod resolve;
pub mod finding;
pub mod rules;
pub mod suppress;
pub mod config;
pub mod report;
pub mod audit;
pub mod batch;

// The terminal.
pub mod cli;
