//! `inventory`: package -> what is in it.

use super::common::{Failure, StageArgs, Status, json};
use crate::audit::{self, Options};
use crate::inventory::Inventory;
use crate::lang::Lang;
use crate::report::safe::line;
use crate::report::terminal::View;
use crate::report::words;
use clap::ValueEnum;
use std::io::{self, Write};

/// Arguments of `inventory`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    stage: StageArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Formats of stages that have no findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, in a terminal
    #[default]
    Table,
    /// For programs
    Json,
}

/// Runs `inventory`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let busy = args.stage.output.busy(lang, &args.stage.packages);
    let inventory = audit::read_package(
        &args.stage.packages,
        &Options { behaviour: false, ..args.stage.knowledge.options() },
    )?;
    drop(busy);
    args.stage.output.write(lang.unwrap_or(Lang::En), |view, out| match args.format {
        Format::Table => table(&inventory, view, out),
        Format::Json => json(&inventory, out),
    })?;
    Ok(Status::of(inventory.limitations.iter().all(|l| l.hides.is_none())))
}

fn table(inventory: &Inventory, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let app = &inventory.app;
    let or = |s: &Option<String>| line(s.as_deref().unwrap_or("?"));
    writeln!(out, "{} {} ({})", or(&app.id), or(&app.version_name), app.version_code.unwrap_or(0))?;
    for l in &inventory.limitations {
        writeln!(out, "! {}", line(l.detail.get(view.lang)))?;
    }
    let mut parts = view.table(&match view.lang {
        Lang::Zh => ["文件", "类型", "字节", "SHA-256"],
        Lang::En => ["File", "Kind", "Bytes", "SHA-256"],
    });
    for p in &inventory.parts {
        let sha = p.sha256.map(|d| d.to_string()).unwrap_or_default();
        parts.add_row([line(p.path.as_str()), p.kind.to_owned(), p.bytes.to_string(), sha]);
    }
    writeln!(out, "\n{parts}")?;
    section(
        out,
        view.say("权限", "Permissions"),
        inventory.manifest.permissions.iter().map(|p| p.name.clone()),
    )?;
    section(
        out,
        view.say("组件", "Components"),
        inventory
            .manifest
            .components
            .iter()
            .map(|c| format!("{} {}", words::kind(c.kind, view.lang), c.class)),
    )?;
    section(
        out,
        "meta-data",
        inventory
            .manifest
            .meta_data
            .iter()
            .map(|m| format!("{} = {}", m.name, m.value.as_deref().unwrap_or(""))),
    )?;
    section(
        out,
        view.say("代码", "Code"),
        inventory.code.iter().map(|c| match view.lang {
            Lang::Zh => format!("{}：{} 个类", c.path, c.class_count),
            Lang::En => format!("{}: {} classes", c.path, c.class_count),
        }),
    )?;
    section(
        out,
        view.say("原生库", "Native libraries"),
        inventory.libraries.iter().map(|l| l.path.to_string()),
    )?;
    section(
        out,
        view.say("运行时", "Runtimes"),
        inventory.runtimes.iter().map(|r| format!("{} ({})", r.name, r.packages.join(", "))),
    )?;
    section(
        out,
        view.say("构建信息中的组件", "Components named by build metadata"),
        inventory
            .components_of_build
            .iter()
            .map(|c| format!("{} {}", c.name, c.version.as_deref().unwrap_or(""))),
    )?;
    section(out, view.say("域名", "Hosts"), inventory.hosts().keys().map(|h| (*h).to_owned()))?;
    section(
        out,
        view.say("可能是隐私政策的地址", "Addresses that may be the privacy policy"),
        inventory.policy_urls().iter().take(20).map(|u| u.url.clone()),
    )?;
    if view.verbose {
        section(out, view.say("文件", "Files"), inventory.files.iter().map(|f| f.to_string()))?;
    }
    Ok(())
}

fn section(out: &mut dyn Write, title: &str, items: impl Iterator<Item = String>) -> io::Result<()> {
    let items: Vec<String> = items.map(|i| line(&i)).collect();
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title} ({})", items.len())?;
    items.iter().try_for_each(|i| writeln!(out, "  {i}"))
}
