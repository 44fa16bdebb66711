//! `batch`: many packages, one result database; and what to do with it.

use super::common::{Failure, OutputArgs, Status, json};
use crate::audit::Options;
use crate::batch::auditor::Auditor;
use crate::batch::job::{self, Shard};
use crate::batch::query::{self, QUESTIONS, Table};
use crate::batch::run::{self, Progress};
use crate::batch::store::Store;
use crate::batch::{self, export, object};
use crate::lang::{Lang, Text};
use crate::report::safe;
use crate::resolve::Resolver;
use crate::signature::Database;
use clap::{Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Arguments of `batch`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Directories, packages, addresses (s3://, gs://, az://, https://), globs, job tables (.csv, .parquet) or
    /// lists (.txt) of them
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// Result database: made if missing, gone on with if there
    #[arg(short = 'd', long, default_value = "sdkaudit.db", value_name = "FILE")]
    database: PathBuf,
    /// Directory of policies named by application id or package file
    #[arg(short, long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// `auto`: packages without a policy of their own are audited against the one inside them
    #[arg(long, value_name = "auto", value_parser = ["auto"])]
    policy: Option<String>,
    /// Worker threads [default: one per core, four where packages are fetched]
    #[arg(short, long, value_name = "N")]
    workers: Option<usize>,
    /// Memory ceiling of the packages at work together, such as 4G
    #[arg(long, default_value = "4G", value_parser = bytes, value_name = "SIZE")]
    memory: u64,
    /// Requests to object stores at a time
    #[arg(long, default_value_t = 32, value_name = "N")]
    connections: usize,
    /// Do only part I of N, counted from 0; parts are joined by `batch merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Try failed packages again although they have not changed
    #[arg(long)]
    retry_failed: bool,
    /// Drop results of packages that the inputs no longer name
    #[arg(long)]
    prune: bool,
    /// No progress and no summary
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a result database a ready question, or SQL; without a question, list them
    Query(QueryArgs),
    /// Write all results as NDJSON, CSV or Parquet, in a stable order
    Export(ExportArgs),
    /// Write an overview, as a page or a workbook: SDKs and their undeclared rates, vendors, rules, worst apps,
    /// distributions, failures, and what changed since an earlier batch
    Report(ReportArgs),
    /// Join result databases, such as those of shards
    Merge(MergeArgs),
}

#[derive(Debug, clap::Args)]
struct QueryArgs {
    /// Name of a ready question, or a SELECT
    question: Option<String>,
    /// Value of the question's parameter, such as an SDK id
    parameter: Option<String>,
    /// Result database
    #[arg(short = 'd', long, default_value = "sdkaudit.db", value_name = "FILE")]
    database: PathBuf,
    /// Most rows to print
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,
    /// Format of the answer
    #[arg(short, long, value_enum, default_value_t)]
    format: TableFormat,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    /// For people, in a terminal
    #[default]
    Table,
    /// One object per row
    Json,
    /// Comma-separated
    Csv,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// Result database
    #[arg(short = 'd', long, default_value = "sdkaudit.db", value_name = "FILE")]
    database: PathBuf,
    /// Format of the export
    #[arg(short, long, value_enum, default_value_t)]
    format: ExportFormat,
    /// What a line of CSV or Parquet is
    #[arg(short, long, value_enum, default_value_t)]
    table: TableOf,
    /// Add the whole report to each line
    #[arg(long)]
    reports: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One JSON object per package and line, with all that is known of it
    #[default]
    Ndjson,
    /// A table, comma-separated
    Csv,
    /// A table in Parquet
    Parquet,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum TableOf {
    /// Findings; a package without any has one line all the same
    #[default]
    Findings,
    /// Packages, with counts
    Packages,
    /// SDKs found in packages
    Sdks,
    /// Limitations of packages
    Limitations,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OverviewFormat {
    /// One page in both languages
    Html,
    /// A workbook, one sheet per question
    Xlsx,
}

#[derive(Debug, clap::Args)]
struct ReportArgs {
    /// Result database
    #[arg(short = 'd', long, default_value = "sdkaudit.db", value_name = "FILE")]
    database: PathBuf,
    /// Result database of an earlier batch: adds what changed since
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Format of the overview [default: by the ending of FILE, else html]
    #[arg(short, long, value_enum)]
    format: Option<OverviewFormat>,
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Result databases to join
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,
    /// Database to write into
    #[arg(short = 'd', long, default_value = "sdkaudit.db", value_name = "FILE")]
    database: PathBuf,
}

/// Runs `batch` or one of its subcommands.
pub fn run(args: Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let lang = lang.unwrap_or(Lang::En);
    match &args.command {
        None => audit_all(&args, lang),
        Some(Command::Query(query)) => ask(query, lang),
        Some(Command::Export(arguments)) => write_out(arguments),
        Some(Command::Report(report)) => overview(report, lang),
        Some(Command::Merge(merge)) => join(merge, lang),
    }
}

impl From<batch::Error> for Failure {
    fn from(error: batch::Error) -> Failure {
        let broken = match &error {
            batch::Error::Output { source, .. } => source.kind() == std::io::ErrorKind::BrokenPipe,
            batch::Error::Json(e) => e.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe),
            _ => false,
        };
        if broken {
            return Failure::Pipe;
        }
        Failure::new(format!("批量审计：{error}"), format!("batch: {error}"))
    }
}

/// `4G`, `512M`, `100000`: a size in bytes.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or("").to_ascii_uppercase();
    let shift = match unit.as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        _ => return Err(format!("'{text}' is no size; write a number with K, M or G, such as 4G")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("'{text}' is no size; write 512M or 4G"))?;
    number.checked_mul(1 << shift).filter(|n| *n > 0).ok_or_else(|| format!("'{text}' is out of range"))
}

fn audit_all(args: &Args, lang: Lang) -> Result<Status, Failure> {
    let mut jobs = job::collect(&args.inputs)?;
    let all: std::collections::BTreeSet<String> = jobs.iter().map(|j| j.key.clone()).collect();
    if let Some(shard) = args.shard {
        jobs.retain(|j| shard.holds(&j.key));
    }
    // Large packages first: a giant begun last would leave the other workers idle at the end.
    jobs.sort_by_cached_key(|j| std::cmp::Reverse(std::fs::metadata(&j.key).map(|m| m.len()).unwrap_or(0)));
    let database = Database::embedded();
    let resolver = Resolver::new(&database);
    let objects = object::Options { connections: args.connections, ..object::Options::default() };
    let auditor = Auditor::new(&resolver, Options::default(), objects, args.policies.as_deref())?;
    let auditor = if args.policy.is_some() { auditor.with_policies_inside() } else { auditor };
    let mut store = Store::create(&args.database)?;
    store.describe(&database)?;
    if args.prune {
        store.retain(|key| all.contains(key))?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Who waits for an answer leaves a core free.
    let remote = jobs.iter().any(|j| job::is_address(&j.key));
    let workers = args.workers.unwrap_or(if remote { cores.saturating_mul(4) } else { cores });
    let options = run::Options { workers, memory: args.memory, retry_failed: args.retry_failed };
    let stop = interruptible();
    let bar = bar(jobs.len(), args.quiet);
    let result = run::run(&mut store, &jobs, &auditor, options, &stop, &mut |p| show(&bar, p))?;
    bar.finish_and_clear();
    if !args.quiet {
        eprint_summary(&result, &args.database, lang);
    }
    Ok(Status::of(!result.stopped && result.failed == 0 && result.incomplete == 0))
}

/// A flag that Ctrl-C sets: packages at work are finished and kept. A second Ctrl-C ends at once.
fn interruptible() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler Ctrl-C still ends the program, and what was written stays whole.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    stop
}

fn bar(jobs: usize, quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{bar:30} {pos}/{len}  {per_sec}  {eta} left  {msg}";
    let bar = ProgressBar::new(jobs as u64);
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position((progress.done + progress.unchanged) as u64);
    bar.set_message(format!("{} failed, {} incomplete", progress.failed, progress.incomplete));
}

#[allow(clippy::print_stderr)]
fn eprint_summary(p: &Progress, database: &Path, lang: Lang) {
    let text = Text::new(
        format!(
            "共 {} 个安装包：本次审计 {}（失败 {}，未看全 {}），未变化 {}{}；结果在 {}",
            p.total,
            p.done,
            p.failed,
            p.incomplete,
            p.unchanged,
            if p.stopped { "，已中断，再次运行即可继续" } else { "" },
            database.display()
        ),
        format!(
            "{} packages: {} audited now ({} failed, {} incomplete), {} unchanged{}; results in {}",
            p.total,
            p.done,
            p.failed,
            p.incomplete,
            p.unchanged,
            if p.stopped { ", stopped early: run again to go on" } else { "" },
            database.display()
        ),
    );
    eprintln!("{}", text.get(lang));
}

fn ask(args: &QueryArgs, lang: Lang) -> Result<Status, Failure> {
    let Some(name) = &args.question else {
        let rows = QUESTIONS.iter().map(|q| {
            vec![q.name.to_owned(), q.parameter.unwrap_or("").to_owned(), q.title().get(lang).to_owned()]
        });
        let columns = ["question", "parameter", "answers"].map(str::to_owned).to_vec();
        return print(&Table { columns, rows: rows.collect() }, args, lang);
    };
    let store = Store::read_only(&args.database)?;
    let parameters: Vec<&str> = args.parameter.iter().map(String::as_str).collect();
    let sql = match query::question(name) {
        Some(question) => {
            if let (Some(wanted), None) = (question.parameter, &args.parameter) {
                return Err(Failure::new(
                    format!("问题 {name} 需要参数：{wanted}"),
                    format!("question {name} needs a parameter: {wanted}"),
                ));
            }
            question.sql
        }
        None if name.contains(char::is_whitespace) => name,
        None => {
            return Err(Failure::new(
                format!("没有名为 {name} 的问题；运行 sdkaudit batch query 可列出全部"),
                format!("no question is called {name}; `sdkaudit batch query` lists them"),
            ));
        }
    };
    let table = query::ask(&store, sql, &parameters, args.limit)?;
    print(&table, args, lang)
}

fn print(table: &Table, args: &QueryArgs, lang: Lang) -> Result<Status, Failure> {
    args.output.write(lang, |view, out| match args.format {
        TableFormat::Table => {
            let header: Vec<&str> = table.columns.iter().map(String::as_str).collect();
            let mut shown = view.table(&header);
            shown.add_rows(table.rows.iter().map(|row| row.iter().map(|cell| safe::line(cell))));
            writeln!(out, "{shown}")
        }
        TableFormat::Json => {
            let objects = table.rows.iter().map(|row| {
                table
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(c, v)| (c.clone(), v.clone()))
                    .collect::<std::collections::BTreeMap<_, _>>()
            });
            json(&objects.collect::<Vec<_>>(), out)
        }
        TableFormat::Csv => {
            let mut writer = csv::Writer::from_writer(out);
            std::iter::once(&table.columns)
                .chain(&table.rows)
                .try_for_each(|row| writer.write_record(row))
                .map_err(std::io::Error::other)?;
            writer.flush()
        }
    })?;
    Ok(Status::Clean)
}

fn write_out(args: &ExportArgs) -> Result<Status, Failure> {
    let store = Store::read_only(&args.database)?;
    let table = match args.table {
        TableOf::Findings => export::Table::Findings,
        TableOf::Packages => export::Table::Packages,
        TableOf::Sdks => export::Table::Sdks,
        TableOf::Limitations => export::Table::Limitations,
    };
    let mut result = Ok(());
    args.output.write(Lang::En, |_, out| {
        result = match args.format {
            ExportFormat::Ndjson => export::ndjson(&store, out, args.reports),
            ExportFormat::Csv => export::csv(&store, table, args.reports, out),
            ExportFormat::Parquet => export::parquet(&store, table, args.reports, out),
        };
        Ok(())
    })?;
    result?;
    Ok(Status::Clean)
}

fn overview(args: &ReportArgs, lang: Lang) -> Result<Status, Failure> {
    let store = Store::read_only(&args.database)?;
    let earlier = args.since.as_deref().map(Store::read_only).transpose()?;
    let named =
        args.output.as_ref().and_then(|f| f.extension()).is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let format = args.format.unwrap_or(if named { OverviewFormat::Xlsx } else { OverviewFormat::Html });
    let mut result = Ok(());
    super::common::write_to(args.output.as_deref(), |out| {
        result = match format {
            OverviewFormat::Html => batch::overview::html(&store, earlier.as_ref(), lang, out),
            OverviewFormat::Xlsx => batch::overview::xlsx(&store, earlier.as_ref(), lang, out),
        };
        Ok(())
    })?;
    result?;
    Ok(Status::Clean)
}

fn join(args: &MergeArgs, lang: Lang) -> Result<Status, Failure> {
    let parts = args.parts.iter().map(|p| Store::read_only(p)).collect::<Result<Vec<_>, _>>()?;
    let mut into = Store::create(&args.database)?;
    into.describe(&Database::embedded())?;
    let count = export::merge(&mut into, &parts)?;
    let text = Text::new(
        format!("合并了 {count} 个结果到 {}", safe::line(&args.database.to_string_lossy())),
        format!("{count} results joined in {}", safe::line(&args.database.to_string_lossy())),
    );
    super::common::write_to(None, |out| writeln!(out, "{}", text.get(lang)))?;
    Ok(Status::Clean)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(bytes("4G"), Ok(4 << 30));
        assert_eq!(bytes("512m"), Ok(512 << 20));
        assert_eq!(bytes("1000"), Ok(1000));
        assert!(bytes("0").is_err());
        assert!(bytes("lots").is_err());
        assert!(bytes("99999999999G").is_err());
    }
}
