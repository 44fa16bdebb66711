//! Arguments -> options -> exit code. The only module that prints.

mod baseline;
mod batch;
mod authoring;
mod behaviour;
mod check;
mod common;
mod config;
mod declarations;
mod detect;
mod diff;
mod draft;
mod explain;
mod help;
mod inventory;
mod signatures;

use crate::lang::Lang;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use common::{Failure, Language, Status};
use std::process::ExitCode;

/// Does an app's privacy policy declare the SDKs the app ships?
///
/// Exit status: 0 nothing at the gate, 1 findings at or above --fail-on, 2 usage or input error, 3 incomplete.
#[derive(Debug, Parser)]
#[command(name = "sdkaudit", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Language of words around names [default: locale, else the policy's language]
    #[arg(long, global = true, value_enum, env = "SDKAUDIT_LANG", hide_env = true)]
    lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare an app with its privacy policy (the main job)
    Check(check::Args),
    /// Print what is in a package: manifest, code, libraries, signing
    Inventory(inventory::Args),
    /// Print the SDKs that a package contains
    Detect(detect::Args),
    /// Print what the code of each SDK can read, and which permissions that explains
    Behaviour(behaviour::Args),
    /// Print the SDK rows and permissions that a policy declares
    Declarations(declarations::Args),
    /// Write the rows that a policy lacks, ready to paste
    Draft(draft::Args),
    /// Say what changed between two builds, or between two versions of a policy
    Diff(diff::Args),
    /// Audit many packages into one result database, and query it
    Batch(batch::Args),
    /// Accept the findings of today, so that `check` fails on new ones only
    #[command(subcommand)]
    Baseline(baseline::Command),
    /// Explain a rule: what it means, its basis, what to do
    Explain(explain::Args),
    /// Look into the signature database
    #[command(subcommand)]
    Signatures(signatures::Command),
    /// Print the JSON Schema of the report
    Schema,
    /// Print completions for a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

impl Command {
    /// Whether packages are read one after the other: `batch` reads many side by side, with workers of its own.
    fn reads_one_package(&self) -> bool {
        matches!(
            self,
            Command::Check(_)
                | Command::Inventory(_)
                | Command::Detect(_)
                | Command::Behaviour(_)
                | Command::Draft(_)
                | Command::Diff(_)
        )
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let lang = common::language(cli.lang);
    if cli.command.reads_one_package() {
        // This thread is one of the workers, so that with one worker no other is started and nothing is handed over.
        // It fails where a pool is there already, which serves as well.
        let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
    }
    let result = match cli.command {
        Command::Check(args) => check::run(args, lang),
        Command::Inventory(args) => inventory::run(&args, lang),
        Command::Detect(args) => detect::run(&args, lang),
        Command::Behaviour(args) => behaviour::run(&args, lang),
        Command::Declarations(args) => declarations::run(&args, lang),
        Command::Draft(args) => draft::run(&args, lang),
        Command::Diff(args) => diff::run(&args, lang),
        Command::Batch(args) => batch::run(args, lang),
        Command::Baseline(command) => baseline::run(&command),
        Command::Explain(args) => explain::run(&args, lang),
        Command::Signatures(command) => signatures::run(&command, lang),
        Command::Schema => {
            common::write_to(None, |out| out.write_all(crate::report::schema::SCHEMA.as_bytes()))
                .map(|()| Status::Clean)
        }
        Command::Completions { shell } => completions(shell, lang),
        Command::Man => common::write_to(None, |out| clap_mangen::Man::new(command(lang)).render(out))
            .map(|()| Status::Clean),
    };
    match result {
        Ok(status) => status.into(),
        Err(Failure::Pipe) => ExitCode::SUCCESS,
        Err(failure) => {
            common::complain(&failure, lang);
            ExitCode::from(2)
        }
    }
}

/// The command line, with help in the reader's language.
fn command(lang: Option<Lang>) -> clap::Command {
    match lang {
        Some(Lang::Zh) => help::in_chinese(Cli::command()),
        _ => Cli::command(),
    }
}

/// Parses the arguments. Help and errors are printed here, in the language asked for or that of the locale.
#[allow(clippy::print_stderr)]
fn parse() -> Result<Cli, ExitCode> {
    let asked = help::asked(std::env::args_os().map(|a| a.to_string_lossy().into_owned()));
    let lang = asked.or_else(|| common::language(None));
    let parsed = command(lang).try_get_matches().and_then(|m| Cli::from_arg_matches(&m));
    parsed.map_err(|error| {
        let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        if error.use_stderr() && !is_help && lang == Some(Lang::Zh) {
            eprintln!("{}", help::complaint(&error));
        } else {
            // A closed pipe is the reader's right.
            let _ = error.print();
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

fn completions(shell: clap_complete::Shell, lang: Option<Lang>) -> Result<Status, Failure> {
    // The generator panics when its output goes away, so it writes to memory first.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(lang), "sdkaudit", &mut text);
    common::write_to(None, |out| out.write_all(&text))?;
    Ok(Status::Clean)
}

#[cfg(test)]
mod tests {
    #[test]
    fn arguments_are_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
