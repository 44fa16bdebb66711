//! `baseline write`: the findings of today, as a list of accepted ones.

use super::common::{Failure, KnowledgeArgs, Status, write_to};
use super::config::ConfigArgs;
use crate::audit;
use crate::suppress;
use std::path::PathBuf;

/// What to do with a baseline.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Audit, and write all findings down as accepted; `check --baseline` then fails on new ones only
    Write(Args),
}

/// Arguments of `baseline write`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The app: .apk, .aab, .xapk, .apks, or all files of one split set
    #[arg(required = true, value_name = "APP")]
    packages: Vec<PathBuf>,
    /// The privacy policy; repeat for a policy of several documents
    #[arg(short, long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Why these findings are accepted
    #[arg(long, value_name = "TEXT", default_value = "accepted when the baseline was written")]
    reason: String,
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    knowledge: KnowledgeArgs,
}

/// Runs `baseline`.
pub fn run(command: &Command) -> Result<Status, Failure> {
    let Command::Write(args) = command;
    let loaded = args.config.load(&args.policy)?;
    let policies = loaded.policies(&args.policy)?;
    let database = loaded.database(&args.knowledge)?;
    let mut audit = audit::audit(&args.packages, &policies, &database, &loaded.options(&args.knowledge))?;
    loaded.accept(&mut audit)?;
    let text = suppress::baseline(&audit.findings, &args.reason);
    write_to(args.output.as_deref(), |out| out.write_all(text.as_bytes()))?;
    Ok(Status::Clean)
}
