//! `diff`: two builds, or two versions of a policy -> what changed, and what of it nobody covers.

use super::common::{Failure, KnowledgeArgs, OutputArgs, Status, json, language_of};
use super::inventory::Format;
use crate::audit::{self, Audit, Options};
use crate::finding::Finding;
use crate::lang::Lang;
use crate::package::{self, Package};
use crate::report::difference::{ChangeKind, Difference, How, gone, news};
use crate::report::revision::{Revision, RowChange, Version};
use crate::report::safe::{cut, line};
use crate::report::terminal::View;
use crate::report::words;
use crate::report::{Gate, Report};
use crate::resolve::Resolver;
use crate::signature::Database;
use serde::Serialize;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The build or the policy before
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The build or the policy after
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// With two builds: the policy both are measured against
    #[arg(short, long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// With two policies: the app both are measured against; repeat for a split set
    #[arg(long, value_name = "APP", conflicts_with = "policy")]
    app: Vec<PathBuf>,
    /// Exit with 1 when something came: with two builds an SDK or a permission that the policy does not cover; with two policies a finding about --app, or without --app an SDK row or a permission
    #[arg(long)]
    fail_on_new: bool,
    /// Format
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    knowledge: KnowledgeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs `diff`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let database = args.knowledge.database()?;
    let options = args.knowledge.options();
    match (is_package(&args.old, &options)?, is_package(&args.new, &options)?) {
        (true, true) if args.app.is_empty() => builds(args, &database, &options, lang),
        (false, false) if args.policy.is_empty() => policies(args, &database, &options, lang),
        (true, true) => Err(Failure::new(
            "--app 用于比较两份政策；比较两个安装包时请用 --policy",
            "--app is for two policies; with two packages use --policy",
        )),
        (false, false) => Err(Failure::new(
            "--policy 用于比较两个安装包；比较两份政策时请用 --app",
            "--policy is for two packages; with two policies use --app",
        )),
        _ => Err(Failure::new(
            "一个是安装包，另一个不是：请给出两个安装包或两份政策",
            "one is a package and the other is not: give two packages or two policies",
        )),
    }
}

/// Whether a file is a package; what is none is read as a policy.
fn is_package(path: &Path, options: &Options) -> Result<bool, Failure> {
    if path.to_str().is_some_and(|p| p.starts_with("https://") || p.starts_with("http://")) {
        return Ok(false);
    }
    match Package::open(&[path.to_owned()], &options.limits) {
        Ok(_) => Ok(true),
        Err(package::Error::NotAPackage { .. }) => {
            // A broken or foreign archive under a package's name is not a policy in any reading.
            let names = ["apk", "aab", "xapk", "apks", "apkm"];
            let end = path.extension().map(|e| e.to_ascii_lowercase());
            Ok(end.is_some_and(|e| names.iter().any(|n| e == *n)))
        }
        Err(error) => Err(error.into()),
    }
}

fn builds(
    args: &Args,
    database: &Database,
    options: &Options,
    lang: Option<Lang>,
) -> Result<Status, Failure> {
    let busy = args.output.busy(lang, &[args.old.clone(), args.new.clone()]);
    let audit = |app: &PathBuf| -> Result<Report, Failure> {
        let audited = audit::audit(std::slice::from_ref(app), &args.policy, database, options)?;
        Ok(audited.report(database, Gate::default()))
    };
    let (old, new) = (audit(&args.old)?, audit(&args.new)?);
    drop(busy);
    let difference = Difference::new(&old, &new);
    let lang = lang.unwrap_or_else(|| new.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    args.output.write(lang, |view, out| match args.format {
        Format::Table => table(&difference, view, out),
        Format::Json => json(&difference, out),
    })?;
    Ok(match args.fail_on_new && difference.uncovered() {
        true => Status::Findings,
        false => Status::of(difference.complete),
    })
}

/// What `diff` prints of two policies; keys are only added.
#[derive(Serialize)]
struct Policies<'a> {
    #[serde(flatten)]
    revision: &'a Revision,
    /// Findings of the new version that the old one did not have; empty without an app.
    new_findings: Vec<Finding>,
    /// Fingerprints of findings that are gone; empty without an app.
    gone_findings: Vec<String>,
}

fn policies(
    args: &Args,
    database: &Database,
    options: &Options,
    lang: Option<Lang>,
) -> Result<Status, Failure> {
    let busy = args.output.busy(lang, &[args.old.clone(), args.new.clone()]);
    let resolver = Resolver::new(database);
    let read = |path: &PathBuf| audit::read_policy(std::slice::from_ref(path), options);
    let [old, new] = [read(&args.old)?, read(&args.new)?];
    let [before, after] = [&old, &new].map(|p| resolver.identify_all(p));
    let revision = Revision::new(
        Version { policy: &old, identities: &before },
        Version { policy: &new, identities: &after },
    );
    let lang = lang.unwrap_or_else(|| new.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    let mut complete = revision.complete;
    let (mut new_findings, mut gone_findings) = (Vec::new(), Vec::new());
    if !args.app.is_empty() {
        let inventory = audit::read_package(&args.app, options)?;
        let judge =
            |policy| -> Audit { audit::judge(inventory.clone(), policy, &resolver, &options.settings) };
        let [old, new] = [judge(old), judge(new)];
        new_findings = news(&old.findings, &new.findings);
        gone_findings = gone(&old.findings, &new.findings);
        complete &= new.inventory.limitations.iter().all(|l| l.hides.is_none());
    }
    drop(busy);
    let fails = if args.app.is_empty() { revision.grew() } else { !new_findings.is_empty() };
    let policies = Policies { revision: &revision, new_findings, gone_findings };
    args.output.write(lang, |view, out| match args.format {
        Format::Table => revised(&policies, view, out),
        Format::Json => json(&policies, out),
    })?;
    Ok(if args.fail_on_new && fails { Status::Findings } else { Status::of(complete) })
}

fn revised(p: &Policies<'_>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let r = p.revision;
    let rows = |how| r.rows.iter().filter(|c| c.how == how).count();
    let permissions = |how| r.permissions.iter().filter(|c| c.how == how).count();
    let (added, changed, removed) = (rows(How::Added), rows(How::Changed), rows(How::Removed));
    let (asked, dropped) = (permissions(How::Added), permissions(How::Removed));
    let summary = match view.lang {
        Lang::Zh => {
            format!("SDK 行新增 {added}，变化 {changed}，移除 {removed}；权限新增 {asked}，移除 {dropped}")
        }
        Lang::En => format!(
            "SDK rows: {added} added, {changed} changed, {removed} removed; permissions: {asked} added, {dropped} removed"
        ),
    };
    writeln!(out, "{} -> {}: {summary}", line(&r.old.join(", ")), line(&r.new.join(", ")))?;
    incomplete(r.complete, view, out)?;
    if !r.rows.is_empty() || !r.permissions.is_empty() {
        let mut table = view.table(&match view.lang {
            Lang::Zh => ["", "类别", "名称", "行", "变化"],
            Lang::En => ["", "Kind", "Name", "Line", "What changed"],
        });
        for c in &r.rows {
            let mut name = line(&c.name);
            if let Some(sdk) = &c.sdk {
                name = format!("{name} ({sdk})");
            }
            let at = match (c.old_line, c.line) {
                (Some(a), Some(b)) => format!("{a} -> {b}"),
                (a, b) => a.or(b).map(|n| n.to_string()).unwrap_or_default(),
            };
            table.add_row([c.how.text(view.lang), "SDK", &name, &at, &fields(c, view)]);
        }
        for c in &r.permissions {
            let kind = view.say("权限", "permission");
            let (name, at) = (format!("{} ({})", line(&c.written), line(&c.key)), c.line.to_string());
            table.add_row([c.how.text(view.lang), kind, &name, &at, ""]);
        }
        writeln!(out, "\n{table}")?;
    }
    findings(&p.new_findings, view, out)
}

fn fields(change: &RowChange, view: &View) -> String {
    let limit = if view.verbose { usize::MAX } else { 60 };
    let text = |t: &Option<String>| t.as_ref().map_or_else(|| "—".to_owned(), |t| cut(&line(t), limit));
    let one = |f: &crate::report::revision::FieldChange| {
        format!("{}: {} -> {}", words::field(f.field, view.lang), text(&f.old), text(&f.new))
    };
    change.fields.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn incomplete(complete: bool, view: &View, out: &mut dyn Write) -> io::Result<()> {
    if complete {
        return Ok(());
    }
    let words =
        view.say("有内容未能看到，结果不完整。", "Something could not be seen; the result is incomplete.");
    writeln!(out, "! {words}")
}

fn findings(list: &[Finding], view: &View, out: &mut dyn Write) -> io::Result<()> {
    for f in list {
        let grade = words::severity(f.severity, view.lang);
        let head = view.say("新发现项", "new finding");
        writeln!(out, "{head} [{grade}] {}: {}", f.rule, line(f.message.get(view.lang)))?;
    }
    Ok(())
}

fn table(d: &Difference, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let text = |s: &Option<String>| line(s.as_deref().unwrap_or("?"));
    let count = |how| d.changes.iter().filter(|c| c.how == how).count();
    let open = d.changes.iter().filter(|c| c.how == How::Added && c.covered == Some(false)).count();
    let (added, changed, removed) = (count(How::Added), count(How::Changed), count(How::Removed));
    let summary = match view.lang {
        Lang::Zh => format!("新增 {added}，变化 {changed}，移除 {removed}；政策未覆盖的新增 {open}"),
        Lang::En => format!(
            "{added} added, {changed} changed, {removed} removed; {open} added that the policy does not cover"
        ),
    };
    writeln!(out, "{} {} -> {}: {summary}", text(&d.new.id), text(&d.old.version), text(&d.new.version))?;
    incomplete(d.complete, view, out)?;
    if d.changes.is_empty() {
        return Ok(());
    }
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["", "类别", "名称", "政策"],
        Lang::En => ["", "Kind", "Name", "Policy"],
    });
    for c in &d.changes {
        let kind = match c.kind {
            ChangeKind::Sdk => "SDK",
            ChangeKind::Permission => view.say("权限", "permission"),
            ChangeKind::Behaviour => view.say("行为", "behaviour"),
        };
        let mut name = line(c.name.get(view.lang));
        if c.kind == ChangeKind::Sdk && name != c.key {
            name = format!("{name} ({})", line(&c.key));
        }
        if let Some(detail) = &c.detail {
            name = format!("{name}: {}", line(detail));
        }
        let covered = match c.covered {
            Some(true) => view.say("已覆盖", "covered"),
            Some(false) => view.say("未覆盖", "not covered"),
            None => "",
        };
        table.add_row([c.how.text(view.lang), kind, &name, covered]);
    }
    writeln!(out, "\n{table}")?;
    findings(&d.new_findings, view, out)
}
