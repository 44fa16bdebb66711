//! `detect`: package -> SDKs in it.

use super::common::{Failure, StageArgs, Status, json};
use super::inventory::Format;
use crate::audit::{self, Options};
use crate::inventory::{App, Inventory, Part};
use crate::lang::Lang;
use crate::limitation::Limitation;
use crate::report::safe::line;
use crate::report::terminal::View;
use crate::report::words;
use crate::signature::{Database, Detections, Summary, summary};
use serde::Serialize;
use std::io::{self, Write};

/// Arguments of `detect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    stage: StageArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// What `detect --format json` prints; keys are only added.
#[derive(Serialize)]
struct Output<'a> {
    app: &'a App,
    parts: &'a [Part],
    #[serde(flatten)]
    summary: Summary,
    limitations: &'a [Limitation],
}

/// Runs `detect`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let busy = args.stage.output.busy(lang, &args.stage.packages);
    let database = args.stage.knowledge.database()?;
    let options = Options {
        behaviour: false,
        hashes: false,
        urls: false,
        constants: database.version_constants(),
        ..args.stage.knowledge.options()
    };
    let mut inventory = audit::read_package(&args.stage.packages, &options)?;
    let detections = audit::recognise(&mut inventory, &database, &args.stage.knowledge.own);
    drop(busy);
    args.stage.output.write(lang.unwrap_or(Lang::En), |view, out| match args.format {
        Format::Table => table(&inventory, &detections, &database, view, out),
        Format::Json => json(&output(&inventory, &detections, &database), out),
    })?;
    Ok(Status::of(inventory.limitations.iter().all(|l| l.hides.is_none())))
}

fn output<'a>(inventory: &'a Inventory, detections: &Detections, database: &Database) -> Output<'a> {
    Output {
        app: &inventory.app,
        parts: &inventory.parts,
        summary: summary(inventory, detections, database),
        limitations: &inventory.limitations,
    }
}

fn table(
    inventory: &Inventory,
    detections: &Detections,
    database: &Database,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let app = &inventory.app;
    let summary = match view.lang {
        Lang::Zh => {
            format!("SDK {} 个，未知第三方代码 {} 处", detections.sdks.len(), detections.unknown.len())
        }
        Lang::En => {
            format!(
                "{} SDKs, {} unknown third-party packages",
                detections.sdks.len(),
                detections.unknown.len()
            )
        }
    };
    let or = |s: &Option<String>| line(s.as_deref().unwrap_or("?"));
    writeln!(out, "{} {}: {summary}", or(&app.id), or(&app.version_name))?;
    for l in &inventory.limitations {
        writeln!(out, "! {}", line(l.detail.get(view.lang)))?;
    }
    let mut sdks = view.table(&match view.lang {
        Lang::Zh => ["SDK", "名称", "可信度", "依据", "随附于"],
        Lang::En => ["SDK", "Name", "Confidence", "Evidence", "Carried by"],
    });
    for d in &detections.sdks {
        let sdk = database.get(d.sdk.as_str());
        let name = sdk.map_or("", |s| if view.lang == Lang::Zh { &s.name_zh } else { &s.name_en });
        let shown = if view.verbose { d.evidence.len() } else { 3 };
        let seen: Vec<String> =
            d.evidence.iter().take(shown).map(|e| words::evidence(e, view.lang)).collect();
        sdks.add_row([
            d.sdk.to_string(),
            line(name),
            words::confidence(d.confidence, view.lang).to_owned(),
            seen.join("\n"),
            d.carried_by.as_ref().map(|c| c.to_string()).unwrap_or_default(),
        ]);
    }
    writeln!(out, "\n{sdks}")?;
    if !detections.unknown.is_empty() {
        let mut unknown = view.table(&match view.lang {
            Lang::Zh => ["未知第三方代码", "类", "位置"],
            Lang::En => ["Unknown third-party package", "Classes", "In"],
        });
        for c in &detections.unknown {
            unknown.add_row([line(&c.prefix), c.classes.to_string(), line(c.at.as_str())]);
        }
        writeln!(out, "\n{unknown}")?;
    }
    Ok(())
}
