//! `check`: package + policy -> report.

use super::common::{Failure, OutputArgs, Status, json, language_of};
use crate::audit::{self, Options};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::lang::Lang;
use crate::report::{Report, terminal};
use crate::signature::Database;
use clap::ValueEnum;
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The app: .apk, .aab, .xapk, .apks, or all files of one split set
    #[arg(required = true, value_name = "APP")]
    packages: Vec<PathBuf>,
    /// The privacy policy; repeat for a policy of several documents
    #[arg(short, long, required = true, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Format of the report
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Least severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t = Gate::High, value_name = "SEVERITY")]
    fail_on: Gate,
    /// Least confidence of a finding that counts at the gate
    #[arg(long, value_enum, default_value_t = Sure::Medium, value_name = "CONFIDENCE")]
    min_confidence: Sure,
    /// Exit with 0 whatever was found (errors still exit with 2)
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in a terminal
    #[default]
    Table,
    /// Everything, with a documented schema
    Json,
}

/// Severity as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    Info,
    Low,
    Medium,
    High,
    Never,
}

impl Gate {
    fn severity(self) -> Option<Severity> {
        match self {
            Gate::Info => Some(Severity::Info),
            Gate::Low => Some(Severity::Low),
            Gate::Medium => Some(Severity::Medium),
            Gate::High => Some(Severity::High),
            Gate::Never => None,
        }
    }
}

/// Confidence as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sure {
    Low,
    Medium,
    High,
}

impl From<Sure> for Confidence {
    fn from(sure: Sure) -> Confidence {
        match sure {
            Sure::Low => Confidence::Low,
            Sure::Medium => Confidence::Medium,
            Sure::High => Confidence::High,
        }
    }
}

/// Runs `check`.
pub fn run(args: Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let database = Database::embedded();
    let audit = audit::audit(&args.packages, &args.policy, &database, &Options::default())?;
    let report = audit.report(&database);
    let lang = lang.unwrap_or_else(|| report.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    args.output.write(|out| render(&report, &args, lang, out))?;
    let status = status(&report, args.fail_on, args.min_confidence.into());
    Ok(if args.exit_zero { Status::Clean } else { status })
}

fn render(report: &Report, args: &Args, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    match args.format {
        Format::Table => terminal::render(report, &args.output.view(lang), out),
        Format::Json => json(report, out),
    }
}

/// Findings at the gate win over an incomplete audit; the same for every format.
fn status(report: &Report, gate: Gate, confidence: Confidence) -> Status {
    let at_gate = gate.severity().is_some_and(|s| report.worst(confidence).is_some_and(|w| w >= s));
    if at_gate { Status::Findings } else { Status::of(report.complete) }
}
