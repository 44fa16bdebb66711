//! `diff`: two builds -> what changed, and what of it the policy does not cover.

use super::common::{Failure, KnowledgeArgs, OutputArgs, Status, json, language_of};
use super::inventory::Format;
use crate::audit;
use crate::lang::Lang;
use crate::report::difference::{ChangeKind, Difference, How};
use crate::report::safe::line;
use crate::report::terminal::View;
use crate::report::words;
use crate::report::{Gate, Report};
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The build before
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The build after
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The policy both are measured against
    #[arg(short, long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Exit with 1 when an SDK or a permission was added that the policy does not cover
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
    let audit = |app: &PathBuf| -> Result<Report, Failure> {
        let audited = audit::audit(std::slice::from_ref(app), &args.policy, &database, &options)?;
        Ok(audited.report(&database, Gate::default()))
    };
    let (old, new) = (audit(&args.old)?, audit(&args.new)?);
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
    if !d.complete {
        writeln!(
            out,
            "! {}",
            view.say(
                "有内容未能看到，结果不完整。",
                "Something could not be seen; the result is incomplete."
            )
        )?;
    }
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
    for f in &d.new_findings {
        let grade = words::severity(f.severity, view.lang);
        writeln!(
            out,
            "{} [{grade}] {}: {}",
            view.say("新发现项", "new finding"),
            f.rule,
            line(f.message.get(view.lang))
        )?;
    }
    Ok(())
}
