//! `signatures`: a look into the database of SDKs.

use super::common::{Failure, OutputArgs, Status};
use crate::lang::Lang;
use crate::report::safe::line;
use crate::signature::Database;

/// What to look at.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all SDKs
    List(List),
}

/// Arguments of `signatures list`.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs `signatures`.
pub fn run(command: &Command, lang: Option<Lang>) -> Result<Status, Failure> {
    let database = Database::embedded();
    let Command::List(args) = command;
    args.output.write(lang.unwrap_or(Lang::En), |view, out| {
        let mut table = view.table(&match view.lang {
            Lang::Zh => ["SDK", "中文名", "英文名", "类别"],
            Lang::En => ["SDK", "Chinese name", "English name", "Category"],
        });
        for s in database.sdks() {
            table.add_row([s.id.to_string(), line(&s.name_zh), line(&s.name_en), line(&s.category)]);
        }
        writeln!(out, "{table}")
    })?;
    Ok(Status::Clean)
}
