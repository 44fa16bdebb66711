//! `explain`: the page of a rule.

use super::common::{Failure, Status};
use crate::lang::Lang;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the rule, as findings print it
    #[arg(value_name = "RULE")]
    rule: String,
}

/// Runs `explain`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let _ = lang;
    Err(Failure::new(format!("没有名为 {} 的规则", args.rule), format!("no rule is called {}", args.rule)))
}
