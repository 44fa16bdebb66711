//! `declarations`: policy -> SDK rows and permissions it declares.

use super::common::{Failure, OutputArgs, Status, json, language_of, tell, write_to};
use crate::audit::Options;
use crate::intake;
use crate::lang::Lang;
use crate::limitation::Limitation;
use crate::policy::{self, Declaration, Document, Field, PermissionDeclaration, Policy, Statement};
use crate::report::declared::Declared;
use crate::report::html::document::{self, Marks, RowMark, WordMark};
use crate::report::safe::{cut, line};
use crate::report::source::Source;
use crate::report::terminal::View;
use crate::report::{csv, sheet, words};
use crate::resolve::{Identity, identify_all};
use crate::signature::Database;
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `declarations`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The policy's documents: files, directories, https:// addresses
    #[arg(required = true, value_name = "FILE|DIR|URL")]
    policy: Vec<PathBuf>,
    /// Also read the SDK lists that a policy given by its address links to on its own site
    #[arg(long)]
    follow: bool,
    /// Format [default: by the name of the output file, else table]
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// Write the documents as a page with everything that was read marked
    #[arg(long, value_name = "FILE.html")]
    annotate: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Formats of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in a terminal
    Table,
    /// Everything, with the span of every field
    Json,
    /// One SDK row per line, all fields
    Csv,
    /// One of the app's own permissions per line
    CsvPermissions,
    /// Workbook: SDK rows, permissions, documents, limitations
    #[cfg(feature = "xlsx")]
    Xlsx,
}

impl Format {
    /// The format that the end of a file name asks for.
    fn of(path: &Path) -> Option<Format> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let ends = [
            (".json", Format::Json),
            (".permissions.csv", Format::CsvPermissions),
            (".csv", Format::Csv),
            #[cfg(feature = "xlsx")]
            (".xlsx", Format::Xlsx),
            (".txt", Format::Table),
        ];
        ends.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, f)| f)
    }
}

/// What `declarations --format json` prints; keys are only added.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    declared: &'a Declared,
    documents: &'a [Document],
    statements: &'a [Statement],
    limitations: &'a [Limitation],
    /// One per declaration, in order.
    identities: &'a [Identity],
    /// The same rows with the span of every field.
    detail: Detail<'a>,
}

#[derive(Serialize)]
struct Detail<'a> {
    declarations: &'a [Declaration],
    permissions: &'a [PermissionDeclaration],
}

/// Runs `declarations`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let database = Database::embedded();
    let options = Options { follow: args.follow, ..Options::default() };
    let taken = intake::documents(&args.policy, None, &options.intake())?;
    if !args.output.quiet {
        taken.notes.iter().for_each(|note| tell(note, lang));
    }
    let policy = policy::read(&taken.sources);
    let identities = identify_all(&policy, &database);
    let lang = lang.unwrap_or_else(|| policy.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    if let Some(path) = &args.annotate {
        let documents = annotated(&policy, &identities);
        write_to(Some(path), |out| document::annotated(&documents, &policy.limitations, lang, out))?;
    }
    let outputs: Vec<Option<&Path>> = match args.output.output.as_slice() {
        [] => vec![None],
        files => files.iter().map(|f| Some(f.as_path())).collect(),
    };
    for path in outputs {
        let by_name =
            path.and_then(Format::of).filter(|_| args.format.is_none() || args.output.output.len() > 1);
        let format = by_name.or(args.format).unwrap_or(Format::Table);
        let view = args.output.view(lang, path.is_none());
        write_to(path, |out| render(&policy, &identities, format, &view, out))?;
    }
    Ok(Status::of(policy.limitations.iter().all(|l| l.hides.is_none())))
}

fn render(
    policy: &Policy,
    identities: &[Identity],
    format: Format,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let declared = || Declared::new(policy, identities);
    match format {
        Format::Table => table(policy, identities, &declared(), view, out),
        Format::Json => json(
            &Output {
                declared: &declared(),
                documents: &policy.documents,
                statements: &policy.statements,
                limitations: &policy.limitations,
                identities,
                detail: Detail { declarations: &policy.declarations, permissions: &policy.permissions },
            },
            out,
        ),
        Format::Csv => csv::sheet(&sheet::declarations(policy, identities), out),
        Format::CsvPermissions => csv::sheet(&sheet::permissions(policy), out),
        #[cfg(feature = "xlsx")]
        Format::Xlsx => {
            let [documents, limitations] = sheet::sources(policy, view.lang);
            let rows = [sheet::declarations(policy, identities), sheet::permissions(policy)];
            crate::report::xlsx::tables(
                &rows.into_iter().chain([documents, limitations]).collect::<Vec<_>>(),
                view.lang,
                out,
            )
        }
    }
}

/// Every document with its rows and fields marked.
fn annotated(policy: &Policy, identities: &[Identity]) -> Vec<(Source, Marks)> {
    let marks = |d: &Document| {
        let mut marks = Marks::default();
        let rows = policy.declarations.iter().zip(identities).enumerate();
        for (index, (row, identity)) in rows.filter(|(_, (row, _))| row.document == d.id) {
            let class = match (&identity.sdk, identity.candidates.len()) {
                (Some(_), _) => "ok",
                (None, 0) => "maybe",
                (None, _) => "warn",
            };
            let note = document::identity_note(identity, row.reader);
            marks.rows.push(RowMark { span: row.span, index, name: row.name.text.clone(), class, note });
            marks.words.extend(document::fields(row));
        }
        for p in policy.permissions.iter().filter(|p| p.document == d.id) {
            let title = format!("权限 / permission {}", p.permission.as_deref().unwrap_or("?"));
            let words = p.written.spans.iter();
            marks.words.extend(words.map(|s| WordMark { span: *s, class: "k-data", title: title.clone() }));
        }
        marks
    };
    policy.documents.iter().map(|d| (Source::new(d), marks(d))).collect()
}

fn table(
    policy: &Policy,
    identities: &[Identity],
    declared: &Declared,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (rows, permissions) = (policy.declarations.len(), policy.permissions.len());
    match view.lang {
        Lang::Zh => writeln!(out, "SDK 声明 {rows} 行，权限声明 {permissions} 条")?,
        Lang::En => writeln!(out, "{rows} SDK rows, {permissions} permissions")?,
    }
    for l in &policy.limitations {
        writeln!(out, "! {}", line(l.detail.get(view.lang)))?;
    }
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["行", "名称", "SDK", "提供方", "目的", "数据", "权限", "链接", "读法"],
        Lang::En => ["Line", "Name", "SDK", "Provider", "Purpose", "Data", "Permissions", "Link", "Reader"],
    });
    let limit = if view.verbose { usize::MAX } else { 60 };
    for ((d, identity), row) in policy.declarations.iter().zip(identities).zip(&declared.declarations) {
        let short = |f: &Option<Field>| f.as_ref().map(|f| cut(&line(&f.text), limit)).unwrap_or_default();
        let mut name = line(&d.name.text);
        for package in &d.packages {
            name.push('\n');
            name.push_str(&line(&package.text));
        }
        let permissions = d.permissions.iter().flatten();
        let permissions: Vec<&str> =
            permissions.map(|p| p.permission.as_deref().unwrap_or(&p.written.text)).collect();
        table.add_row([
            row.line.to_string(),
            name,
            who(identity, view),
            short(&d.provider),
            short(&d.purpose),
            short(&d.data),
            cut(&line(&permissions.join(" ")), limit),
            d.links.first().map(|l| cut(&line(&l.url.text), limit)).unwrap_or_default(),
            d.reader.to_owned(),
        ]);
    }
    writeln!(out, "\n{table}")?;
    if !policy.permissions.is_empty() {
        let mut table = view.table(&match view.lang {
            Lang::Zh => ["行", "权限（原文）", "常量", "目的"],
            Lang::En => ["Line", "Permission as written", "Constant", "Purpose"],
        });
        for (p, row) in policy.permissions.iter().zip(&declared.permissions) {
            table.add_row([
                row.line.to_string(),
                line(&p.written.text),
                line(p.permission.as_deref().unwrap_or("?")),
                p.purpose.as_ref().map(|f| cut(&line(&f.text), limit)).unwrap_or_default(),
            ]);
        }
        writeln!(out, "\n{table}")?;
    }
    Ok(())
}

fn who(identity: &Identity, view: &View) -> String {
    match (&identity.sdk, identity.candidates.as_slice()) {
        (Some(sdk), _) if identity.confidence == crate::evidence::Confidence::High => sdk.to_string(),
        (Some(sdk), _) => format!("{sdk} ({})", words::confidence(identity.confidence, view.lang)),
        (None, []) => "?".to_owned(),
        (None, many) => many.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" / "),
    }
}
