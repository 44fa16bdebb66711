//! `draft`: what a policy lacks, ready to paste.

use super::common::{Failure, KnowledgeArgs, OutputArgs, Status, json, language_of, tell};
use crate::audit;
use crate::lang::{Lang, Text};
use crate::policy::Document;
use crate::report::Gate;
use crate::report::csv::Sheet;
use crate::report::draft::{self, DraftRow, Patch, Trial};
use crate::report::safe::line;
use crate::report::terminal::View;
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `draft`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The app: .apk, .aab, .xapk, .apks, or all files of one split set
    #[arg(required = true, value_name = "APP")]
    packages: Vec<PathBuf>,
    /// The policy that lacks the rows; its own list is the pattern
    #[arg(short, long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// What to print
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// All SDKs of the app, not only those that the policy lacks
    #[arg(long)]
    all: bool,
    /// Write the rows into the policy behind its list, and show the difference
    #[arg(long, requires = "policy", conflicts_with = "format")]
    apply: bool,
    #[command(flatten)]
    knowledge: KnowledgeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Rows in the layout of the policy's list; a Markdown table where it has none
    #[default]
    Rows,
    /// A Markdown table
    Markdown,
    /// Labelled fields, for the forms of app stores
    Form,
    /// Worksheet for Google Play's Data safety form (CSV)
    DataSafety,
    /// For programs
    Json,
}

/// Runs `draft`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let busy = args.output.busy(lang, &args.packages);
    let database = args.knowledge.database()?;
    let audited = audit::audit(&args.packages, &args.policy, &database, &args.knowledge.options())?;
    let report = audited.report(&database, Gate::default());
    let documents = &audited.policy.documents;
    // A row is written in the language of the list it joins, whatever language the terminal speaks.
    let written = documents.first().map_or(lang.unwrap_or(Lang::En), |d| language_of(&d.text));
    let lang = lang.unwrap_or(written);
    let case = audited.case(&database);
    let rows = draft::rows(&report, &case, written, args.all);
    let trial = match args.format {
        Format::Rows | Format::Json => {
            draft::draft(&case, &args.knowledge.options().settings, &rows, written)
        }
        _ => None,
    };
    drop(busy);
    if args.apply {
        apply(args, documents, &rows, trial.as_ref(), lang)?;
        return Ok(Status::of(report.complete));
    }
    args.output.write(lang, |view, out| match args.format {
        Format::Rows => match &trial {
            _ if rows.is_empty() => writeln!(out, "{}", view.say("没有缺少的行。", "No row is missing.")),
            Some(trial) => out.write_all(trial.patch.text.as_bytes()),
            None => out.write_all(draft::table(&rows, written).as_bytes()),
        },
        Format::Markdown => out.write_all(draft::table(&rows, written).as_bytes()),
        Format::Form => out.write_all(draft::form(&rows, written).as_bytes()),
        Format::DataSafety => data_safety(&rows, out),
        Format::Json => json(&serde_json::json!({ "rows": rows, "patch": trial }), out),
    })?;
    if let Some(trial) = trial.filter(|_| !args.output.quiet && args.format == Format::Rows) {
        account(documents, &trial, rows.len(), lang);
    }
    Ok(Status::of(report.complete))
}

/// What was seen when the policy was read again with the rows, on standard error.
fn account(documents: &[Document], trial: &Trial, rows: usize, lang: Lang) {
    let sum = |all: &BTreeMap<&str, usize>| {
        let each = all.iter().map(|(rule, n)| format!("{rule} {n}"));
        each.collect::<Vec<_>>().join(", ")
    };
    let document = documents.get(trial.patch.document.0 as usize);
    let at = document.map_or(0, |d| d.line_column(trial.patch.at).0);
    let name = document.map_or("", |d| d.name.as_str());
    let (closes, brings) = (sum(&trial.closes), sum(&trial.brings));
    let understood = trial.understood;
    let text = Text::new(
        format!(
            "粘贴到 {name} 第 {at} 行之前再读一遍：{rows} 行中 {understood} 行读法与本意一致；消除的发现：{}；新增的发现：{}；标着“待填写”“待核对”的地方须由人填写",
            if closes.is_empty() { "无" } else { &closes },
            if brings.is_empty() { "无" } else { &brings },
        ),
        format!(
            "read again with the rows before line {at} of {name}: {understood} of {rows} rows read as meant; findings gone: {}; new findings: {}; what is marked as to be filled in or checked is for a person",
            if closes.is_empty() { "none" } else { &closes },
            if brings.is_empty() { "none" } else { &brings },
        ),
    );
    tell(&text, Some(lang));
}

/// One line per SDK and item that its vendor documents or its code can read.
fn data_safety(rows: &[DraftRow], out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out)?;
    sheet.row(["sdk", "data", "basis", "purpose", "collected", "shared", "source"])?;
    for r in rows {
        let fill = "";
        let purpose = r.purpose.as_deref().unwrap_or("");
        let source = r.source.as_deref().unwrap_or("");
        if let Some(data) = &r.data {
            sheet.row([&r.name, data, "vendor documents it", purpose, fill, fill, source])?;
        }
        for item in &r.readable {
            sheet.row([&r.name, item, "code that can read it", purpose, fill, fill, ""])?;
        }
        if r.data.is_none() && r.readable.is_empty() {
            sheet.row([&r.name, fill, "not known", purpose, fill, fill, source])?;
        }
    }
    Ok(())
}

fn apply(
    args: &Args,
    documents: &[Document],
    rows: &[DraftRow],
    trial: Option<&Trial>,
    lang: Lang,
) -> Result<(), Failure> {
    let Some(trial) = trial else {
        if !rows.is_empty() {
            return Err(Failure::new(
                "政策说它的 SDK 清单在另一处：请用 --policy 给出那份清单",
                "the policy says that its SDK list is kept elsewhere: give that list with --policy",
            ));
        }
        return args
            .output
            .write(lang, |view, out| writeln!(out, "{}", view.say("没有缺少的行。", "No row is missing.")));
    };
    let patch = &trial.patch;
    let index = patch.document.0 as usize;
    let (Some(path), Some(document)) = (args.policy.get(index), documents.get(index)) else {
        return Err(Failure::new(
            "政策以目录给出时不能写入，请给出文件",
            "cannot write into a directory; name the file",
        ));
    };
    let shown = path.display();
    let unreadable =
        |e: io::Error| Failure::new(format!("无法读取 {shown}：{e}"), format!("cannot read {shown}: {e}"));
    let bytes = std::fs::read(path).map_err(unreadable)?;
    // Only text that comes back byte for byte may be written: anything else would change what was not meant.
    let encoding = encoding_rs::Encoding::for_label(document.encoding.as_bytes());
    let encode = |text: &str| {
        encoding.map(|e| e.encode(text)).filter(|(_, _, lost)| !lost).map(|(b, ..)| b.into_owned())
    };
    let mark: &[u8] = if bytes.starts_with(b"\xEF\xBB\xBF") { b"\xEF\xBB\xBF" } else { b"" };
    let same = encode(&document.text).is_some_and(|b| bytes.strip_prefix(mark) == Some(b.as_slice()));
    let (head, tail) = (document.text.get(..patch.at), document.text.get(patch.at..));
    let (Some(head), Some(tail), true) = (head, tail, same) else {
        return Err(Failure::new(
            format!("{shown} 的格式不能原样写回，请用 sdkaudit draft 输出的行手工粘贴"),
            format!("{shown} cannot be written back unchanged; paste the rows that `sdkaudit draft` prints"),
        ));
    };
    let text = format!("{head}{}{tail}", patch.text);
    let body = encode(&text).ok_or_else(|| {
        let name = document.encoding;
        Failure::new(format!("新的行无法用 {name} 编码"), format!("the new rows cannot be written in {name}"))
    })?;
    let all: Vec<u8> = mark.iter().copied().chain(body).collect();
    std::fs::write(path, all)
        .map_err(|e| Failure::new(format!("无法写入 {shown}：{e}"), format!("cannot write {shown}: {e}")))?;
    args.output.write(lang, |view, out| difference(document, patch, view, out))?;
    if !args.output.quiet {
        account(documents, trial, rows.len(), lang);
    }
    Ok(())
}

/// The added lines with some context, as `diff -u` prints them.
fn difference(document: &Document, patch: &Patch, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let name = line(&document.name);
    let (at, _) = document.line_column(patch.at);
    let before: Vec<&str> = document.text.get(..patch.at).unwrap_or("").lines().collect();
    let after = document.text.get(patch.at..).unwrap_or("").lines().take(3);
    let added: Vec<&str> = patch.text.lines().collect();
    let context: Vec<&str> = before.iter().rev().take(3).rev().copied().collect();
    let start = (at as usize).saturating_sub(context.len()).max(1);
    let (old, new) = (context.len(), context.len() + added.len());
    writeln!(out, "--- {name}\n+++ {name}\n@@ -{start},{old} +{start},{new} @@")?;
    context.iter().try_for_each(|l| writeln!(out, " {}", line(l)))?;
    added.iter().try_for_each(|l| writeln!(out, "{}", view.paint("32", &format!("+{}", line(l)))))?;
    after.into_iter().try_for_each(|l| writeln!(out, " {}", line(l)))
}
