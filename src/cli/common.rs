//! What every subcommand shares: language, where output goes, errors, exit status.

use crate::lang::{Lang, Text};
use crate::limits::Limits;
use crate::report::safe;
use crate::report::terminal::View;
use crate::signature::{Database, LoadError};
use crate::suppress::Notice;
use crate::{audit, intake, package};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Language as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Simplified Chinese
    Zh,
    /// English
    En,
}

/// The language asked for, or that of the locale; `None` leaves it to the policy.
pub fn language(argument: Option<Language>) -> Option<Lang> {
    match argument {
        Some(Language::Zh) => Some(Lang::Zh),
        Some(Language::En) => Some(Lang::En),
        None => match std::env::var("SDKAUDIT_LANG").as_deref() {
            Ok("zh") => Some(Lang::Zh),
            Ok("en") => Some(Lang::En),
            _ => locale(|name| std::env::var(name).ok()),
        },
    }
}

/// POSIX order: LC_ALL, LC_MESSAGES, LANG. `C` and `POSIX` say nothing about the reader.
fn locale(variable: impl Fn(&str) -> Option<String>) -> Option<Lang> {
    let value =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|n| variable(n).filter(|v| !v.is_empty()))?;
    let language = value.split(['_', '.', '@', '-']).next().unwrap_or("");
    match language {
        "zh" => Some(Lang::Zh),
        "C" | "POSIX" | "" => None,
        _ => Some(Lang::En),
    }
}

/// Language of a text: zh where Han characters are common in it.
pub fn language_of(text: &str) -> Lang {
    let (mut han, mut latin) = (0usize, 0usize);
    // Mark-up is Latin in every language: a word processor's page may hold more of it than of words.
    let mut tag = false;
    let mut chars = text.chars().take(2_000_000).peekable();
    while let Some(c) = chars.next() {
        match c {
            '<' => tag = chars.peek().is_some_and(|n| n.is_ascii_alphabetic() || matches!(n, '/' | '!')),
            '>' => tag = false,
            _ if tag => {}
            '\u{4E00}'..='\u{9FFF}' => han += 1,
            'a'..='z' | 'A'..='Z' => latin += 1,
            _ => {}
        }
    }
    if han * 10 > latin { Lang::Zh } else { Lang::En }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A package that one stage looks into, and where its values go; flattened into `inventory`, `detect` and
/// `behaviour`.
#[derive(Debug, Clone, clap::Args)]
pub struct StageArgs {
    /// The app: .apk, .aab, .xapk, .apks, or all files of one split set
    #[arg(required = true, value_name = "APP")]
    pub packages: Vec<PathBuf>,
    #[command(flatten)]
    pub knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What the user knows about the app and its SDKs; flattened into subcommands that look into packages.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct KnowledgeArgs {
    /// Package prefix of the app's own code; repeat for several
    #[arg(long, value_name = "PREFIX")]
    pub own: Vec<String>,
    /// Directory of signature files that add to or replace the embedded ones
    #[arg(long, value_name = "DIR")]
    pub signatures: Option<PathBuf>,
    /// Seconds one package may take before the rest of it becomes a limitation; 0 is no deadline
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
    /// Another ceiling: entries, entry-bytes, total-bytes, depth, nested, document-bytes (512M, 2G); repeat for several
    #[arg(long, value_name = "NAME=VALUE", value_parser = limit)]
    pub limit: Vec<String>,
}

impl KnowledgeArgs {
    /// The embedded database with the user's files.
    pub fn database(&self) -> Result<Database, Failure> {
        let embedded = Database::embedded();
        match &self.signatures {
            Some(directory) => Ok(embedded.with_directory(directory)?),
            None => Ok(embedded),
        }
    }

    /// Options of an audit.
    pub fn options(&self) -> audit::Options {
        let mut options = audit::Options::default();
        options.limits.max_time = (self.timeout > 0).then(|| Duration::from_secs(self.timeout));
        for setting in &self.limit {
            // Checked when it was parsed.
            let _ = options.limits.set(setting);
        }
        options.settings.own_prefixes.clone_from(&self.own);
        options
    }
}

/// A ceiling that `Limits` knows.
fn limit(text: &str) -> Result<String, String> {
    Limits::default().set(text).map(|()| text.to_owned())
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        match error {
            LoadError::Io { path, source } => unreadable(&path, &source),
            LoadError::Empty { path } => {
                let path = path.display();
                Failure::new(
                    format!("{path} 中没有签名文件（*.toml）"),
                    format!("{path} holds no signature files (*.toml)"),
                )
            }
            LoadError::Invalid { problems } => {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                let n = problems.len();
                Failure::new(
                    format!("签名文件有 {n} 处错误，第一处：{first}"),
                    format!("signature files have {n} mistakes, the first: {first}"),
                )
            }
        }
    }
}

/// Where output goes and how it looks; flattened into subcommands.
#[derive(Debug, Clone, clap::Args)]
pub struct OutputArgs {
    /// Write to FILE instead of standard output; repeat for several, each in the format its name says
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Columns of tables [default: those of the terminal]
    #[arg(long, value_name = "COLUMNS")]
    pub width: Option<usize>,
    /// Show all rows and evidence
    #[arg(short, long)]
    pub verbose: bool,
    /// Print no words for people: only data asked for, and errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
}

impl OutputArgs {
    /// The view for text on standard output, or in a file.
    pub fn view(&self, lang: Lang, stdout: bool) -> View {
        let terminal = stdout && io::stdout().is_terminal();
        let color = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        let columns = || std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let measured = || terminal_size::terminal_size().map(|(w, _)| usize::from(w.0)).filter(|_| terminal);
        let width = self.width.or_else(columns).or_else(measured).unwrap_or(120).clamp(40, 400);
        View { lang, color, width, verbose: self.verbose }
    }

    /// A sign of life on standard error; see [`Busy`].
    pub fn busy(&self, lang: Option<Lang>, paths: &[PathBuf]) -> Busy {
        // The bar has a thread of its own, which no one is to pay for who does not see it.
        if self.quiet || !io::stderr().is_terminal() {
            return Busy(None);
        }
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let names: Vec<String> = paths.iter().map(|p| safe::line(&audit::file_name(p))).collect();
        let verb = if lang == Some(Lang::Zh) { "正在检查" } else { "looking into" };
        bar.set_message(format!("{verb} {}", safe::cut(&names.join(" "), 60)));
        bar.enable_steady_tick(Duration::from_millis(150));
        Busy(Some(bar))
    }

    /// Runs `print` with its view on standard output, or on each file given.
    pub fn write(
        &self,
        lang: Lang,
        mut print: impl FnMut(&View, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if self.output.is_empty() {
            return write_to(None, |out| print(&self.view(lang, true), out));
        }
        self.output.iter().try_for_each(|p| write_to(Some(p), |out| print(&self.view(lang, false), out)))
    }
}

/// A spinner on standard error while work goes on. Only a terminal sees it, and nothing of it stays.
#[derive(Debug)]
pub struct Busy(Option<ProgressBar>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Runs `print` on a file, or on standard output.
pub fn write_to(
    path: Option<&Path>,
    print: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let run = |out: &mut dyn Write| print(out).and_then(|()| out.flush());
    let Some(path) = path else {
        return run(&mut BufWriter::new(io::stdout().lock())).map_err(|e| match e.kind() {
            io::ErrorKind::BrokenPipe => Failure::Pipe,
            _ => Failure::new(
                format!("无法写入标准输出：{e}"),
                format!("cannot write to standard output: {e}"),
            ),
        });
    };
    File::create(path).and_then(|f| run(&mut BufWriter::new(f))).map_err(|e| {
        let path = path.display();
        Failure::new(format!("无法写入 {path}：{e}"), format!("cannot write {path}: {e}"))
    })
}

/// JSON, indented, with a final newline.
pub fn json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

/// How a run ended, beside errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Complete, nothing at the gate.
    Clean,
    /// Findings at the gate.
    Findings,
    /// Something could not be seen.
    Incomplete,
}

impl Status {
    /// `Clean`, or `Incomplete` where something could not be seen.
    pub fn of(complete: bool) -> Status {
        if complete { Status::Clean } else { Status::Incomplete }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::Incomplete => 3,
        })
    }
}

/// Why a run could not be done.
#[derive(Debug)]
pub enum Failure {
    /// The reader of standard output went away; that is its right.
    Pipe,
    /// One line: what, where, what to do.
    Message(Text),
}

impl Failure {
    /// A message in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Failure {
        Failure::Message(Text::new(zh, en))
    }
}

impl From<package::Error> for Failure {
    fn from(error: package::Error) -> Failure {
        Failure::Message(error.text())
    }
}

impl From<audit::Error> for Failure {
    fn from(error: audit::Error) -> Failure {
        Failure::Message(error.text())
    }
}

impl From<intake::Error> for Failure {
    fn from(error: intake::Error) -> Failure {
        Failure::Message(error.text())
    }
}

fn unreadable(path: &Path, source: &io::Error) -> Failure {
    Failure::Message(Text::unreadable(path, source))
}

/// Prints a failure on standard error, in one line.
#[allow(clippy::print_stderr)]
pub fn complain(failure: &Failure, lang: Option<Lang>) {
    let Failure::Message(text) = failure else { return };
    let (lang, head) = match lang {
        Some(Lang::Zh) => (Lang::Zh, "错误"),
        _ => (Lang::En, "error"),
    };
    eprintln!("{head}: {}", safe::line(text.get(lang)));
}

/// Prints how a document was come by.
#[allow(clippy::print_stderr)]
pub fn tell(note: &Text, lang: Option<Lang>) {
    let (lang, head) = match lang {
        Some(Lang::Zh) => (Lang::Zh, "提示"),
        _ => (Lang::En, "note"),
    };
    eprintln!("{head}: {}", safe::line(note.get(lang)));
}

/// Prints a remark on an entry of a configuration or baseline; the run goes on.
#[allow(clippy::print_stderr)]
pub fn remark(notice: &Notice, lang: Option<Lang>) {
    let (lang, head) = match lang {
        Some(Lang::Zh) => (Lang::Zh, "提示"),
        _ => (Lang::En, "note"),
    };
    let place = format!("{}:{}", notice.file, notice.line);
    eprintln!("{head}: {}: {}", safe::line(&place), safe::line(notice.message.get(lang)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_decides_unless_it_is_c() {
        let of = |pairs: &'static [(&str, &str)]| {
            locale(|n| pairs.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Some(Lang::Zh));
        assert_eq!(of(&[("LC_ALL", "de_DE"), ("LANG", "zh_CN.UTF-8")]), Some(Lang::En));
        assert_eq!(of(&[("LANG", "C.UTF-8")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn mixed_chinese_policies_are_chinese() {
        assert_eq!(language_of("个推SDK com.igexin.sdk 收集设备信息 OAID Android ID"), Lang::Zh);
        assert_eq!(language_of("We use Umeng+ (友盟) analytics and other services of this kind"), Lang::En);
    }
}
