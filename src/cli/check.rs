//! `check`: package + policy -> report.

use super::common::{Failure, KnowledgeArgs, OutputArgs, Status, json, language_of, remark, tell, write_to};
use super::config::ConfigArgs;
use crate::audit::{self, file_name};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::lang::Lang;
use crate::limits;
use crate::report::terminal::{self, View};
use crate::report::words::summary_line;
use crate::report::{Gate, Outcome, Report, annotations, csv, html, junit, markdown, sarif};
use clap::ValueEnum;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The app: .apk, .aab, .xapk, .apks, or all files of one split set
    #[arg(required = true, value_name = "APP")]
    packages: Vec<PathBuf>,
    /// The privacy policy: file, directory, https:// address, or `auto` for the one inside the package; repeat for a
    /// policy of several documents
    #[arg(short, long, value_name = "FILE|DIR|URL|auto")]
    policy: Vec<PathBuf>,
    /// Also read the SDK lists that a policy given by its address links to on its own site
    #[arg(long)]
    follow: bool,
    /// Format of the report [default: by the name of the output file, else table]
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// Least severity that makes the exit status 1 [default: high]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Threshold>,
    /// Least confidence of a finding that counts at the gate [default: medium]
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    min_confidence: Option<Sure>,
    /// Write the time of the audit into the report (SOURCE_DATE_EPOCH, else now); output is else the same byte for byte
    #[arg(long)]
    stamp: bool,
    /// Exit with 0 whatever was found (errors still exit with 2)
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    knowledge: KnowledgeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in a terminal
    Table,
    /// Everything, with a documented schema
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// One file for people: comparison, findings, policy text; no script, no requests
    Html,
    /// Workbook for auditors
    #[cfg(feature = "xlsx")]
    Xlsx,
    /// Findings for a spreadsheet
    Csv,
    /// The comparison for a spreadsheet
    CsvSdks,
    /// For pull requests
    Markdown,
    /// For test dashboards
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab Code Quality
    Gitlab,
}

impl Format {
    /// The format that the end of a file name asks for.
    fn of(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let ends = [
            (".sarif", Format::Sarif),
            (".sarif.json", Format::Sarif),
            (".gitlab.json", Format::Gitlab),
            (".json", Format::Json),
            (".sdks.csv", Format::CsvSdks),
            (".csv", Format::Csv),
            (".html", Format::Html),
            (".htm", Format::Html),
            #[cfg(feature = "xlsx")]
            (".xlsx", Format::Xlsx),
            (".md", Format::Markdown),
            (".xml", Format::Junit),
            (".txt", Format::Table),
        ];
        ends.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, f)| f)
    }
}

/// Severity as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Info,
    Low,
    Medium,
    High,
    Never,
}

impl Threshold {
    fn severity(self) -> Option<Severity> {
        match self {
            Threshold::Info => Some(Severity::Info),
            Threshold::Low => Some(Severity::Low),
            Threshold::Medium => Some(Severity::Medium),
            Threshold::High => Some(Severity::High),
            Threshold::Never => None,
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

/// The time of the audit: that of <https://reproducible-builds.org/specs/source-date-epoch/>, else now.
fn stamp() -> String {
    let set = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok());
    // The last second of year 9999, beyond which RFC 3339 has no date.
    limits::instant(set.unwrap_or_else(limits::now).min(253_402_300_799))
}

/// Runs `check`.
pub fn run(args: Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let outputs = args.outputs()?;
    let loaded = args.config.load(&args.policy)?;
    let policies = loaded.policies(&args.policy)?;
    let database = loaded.database(&args.knowledge)?;
    let busy = args.output.busy(lang, &args.packages);
    let options = audit::Options { follow: args.follow, ..loaded.options(&args.knowledge) };
    let mut audit = audit::audit(&args.packages, &policies, &database, &options)?;
    drop(busy);
    if !args.output.quiet {
        audit.notes.iter().for_each(|note| tell(note, lang));
    }
    let notices = loaded.accept(&mut audit)?;
    let gate = Gate {
        fail_on: args
            .fail_on
            .map_or(loaded.config.fail_on.unwrap_or(Some(Severity::High)), Threshold::severity),
        min_confidence: args
            .min_confidence
            .map_or(loaded.config.min_confidence.unwrap_or(Confidence::Medium), Confidence::from),
    };
    let mut report = audit.report(&database, gate);
    // A file for programs keeps them too; whoever reads the terminal sees them there.
    if outputs.iter().all(|(_, format)| *format != Format::Table) {
        notices.iter().for_each(|notice| remark(notice, lang));
    }
    report.notices = notices;
    report.stamp = args.stamp.then(stamp);
    let lang = lang.unwrap_or_else(|| report.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    for (path, format) in &outputs {
        let view = args.output.view(lang, path.is_none());
        write_to(*path, |out| render(&report, *format, &view, &args, out))?;
    }
    if !args.output.quiet && outputs.iter().all(|(path, _)| path.is_some()) {
        write_to(None, |out| writeln!(out, "{}", summary_line(&report, lang)))?;
    }
    Ok(match report.outcome {
        _ if args.exit_zero => Status::Clean,
        Outcome::Clean => Status::Clean,
        Outcome::Findings => Status::Findings,
        Outcome::Incomplete => Status::Incomplete,
    })
}

impl Args {
    /// What the HTML report says about how it was made.
    fn html(&self) -> html::Options {
        let quote = |p: &PathBuf| {
            let address = p.to_str().filter(|t| crate::intake::is_address(t));
            let name = address.map_or_else(|| file_name(p), str::to_owned);
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
            if name.chars().all(plain) { name } else { format!("'{}'", name.replace('\'', "'\\''")) }
        };
        let packages = self.packages.iter().map(quote);
        let policies = self.policy.iter().map(|p| format!("--policy {}", quote(p)));
        let words: Vec<String> = packages.chain(policies).collect();
        html::Options { command: format!("sdkaudit check {}", words.join(" ")) }
    }

    /// Where the report goes and in which format: standard output, or every file given.
    fn outputs(&self) -> Result<Vec<(Option<&Path>, Format)>, Failure> {
        if self.output.output.is_empty() {
            let format = self.format.unwrap_or(Format::Table);
            // `--quiet` silences words for people, never data that was asked for.
            return Ok(if self.output.quiet && format == Format::Table {
                Vec::new()
            } else {
                vec![(None, format)]
            });
        }
        let of = |path: &'_ PathBuf| {
            let format = Format::of(path).filter(|_| self.format.is_none() || self.output.output.len() > 1);
            format.or(self.format).ok_or_else(|| {
                let path = path.display();
                Failure::new(
                    format!("无法从文件名 {path} 判断格式，请用 --format 指定"),
                    format!("cannot tell the format of {path} from its name; give --format"),
                )
            })
        };
        self.output.output.iter().map(|p| Ok((Some(p.as_path()), of(p)?))).collect()
    }
}

fn render(report: &Report, format: Format, view: &View, args: &Args, out: &mut dyn Write) -> io::Result<()> {
    let lang = view.lang;
    match format {
        Format::Table => terminal::render(report, view, out),
        Format::Json => json(report, out),
        Format::Sarif => sarif::render(report, lang, out),
        Format::Html => html::render(report, lang, &args.html(), out),
        #[cfg(feature = "xlsx")]
        Format::Xlsx => crate::report::xlsx::render(report, lang, out),
        Format::Csv => csv::findings(report, lang, out),
        Format::CsvSdks => csv::comparison(report, lang, out),
        Format::Markdown => markdown::render(report, lang, out),
        Format::Junit => junit::render(report, lang, out),
        Format::Github => annotations::github(report, lang, out),
        Format::Gitlab => annotations::gitlab(report, lang, out),
    }
}
