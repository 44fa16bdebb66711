//! `behaviour`: package -> what the code of each SDK can read, and which permissions that explains.

use super::common::{Failure, StageArgs, Status, json};
use crate::attribution::{Behaviour, ItemUse, OwnerUses, attribute};
use crate::audit;
use crate::behaviour::catalogue::item_name;
use crate::inventory::{App, Inventory};
use crate::lang::Lang;
use crate::limitation::Limitation;
use crate::report::safe::line;
use crate::report::terminal::View;
use crate::signature::{Database, Owner};
use clap::ValueEnum;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Arguments of `behaviour`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    stage: StageArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Formats of `behaviour`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, in a terminal
    #[default]
    Table,
    /// For programs
    Json,
    /// One line per class and API
    Csv,
    /// CSV with a line per owner and a column per data item: call sites, or `?` for mere hints
    Matrix,
}

#[derive(Serialize)]
struct Output<'a> {
    app: &'a App,
    #[serde(flatten)]
    behaviour: &'a Behaviour,
    limitations: &'a [Limitation],
}

/// Runs `behaviour`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let busy = args.stage.output.busy(lang, &args.stage.packages);
    let database = args.stage.knowledge.database()?;
    let options =
        audit::Options { native: true, urls: false, hashes: false, ..args.stage.knowledge.options() };
    let mut inventory = audit::read_package(&args.stage.packages, &options)?;
    let detections = audit::recognise(&mut inventory, &database, &args.stage.knowledge.own);
    let behaviour = attribute(&inventory, &detections, &database);
    drop(busy);
    args.stage.output.write(lang.unwrap_or(Lang::En), |view, out| match args.format {
        Format::Table => table(&inventory, &behaviour, &database, view, out),
        Format::Json => {
            let limitations = &inventory.limitations;
            json(&Output { app: &inventory.app, behaviour: &behaviour, limitations }, out)
        }
        Format::Csv => csv(&behaviour, &database, view.lang, out),
        Format::Matrix => matrix(&behaviour, out),
    })?;
    Ok(Status::of(inventory.limitations.iter().all(|l| l.hides.is_none())))
}

/// Kind and key of an owner, for programs.
fn key(owner: &Owner) -> (&'static str, &str) {
    match owner {
        Owner::Sdk(id) => ("sdk", id.as_str()),
        Owner::Unknown(prefix) => ("unknown", prefix),
        Owner::Renamed => ("renamed", ""),
        Owner::App => ("app", ""),
        Owner::Platform => ("platform", ""),
        Owner::Other => ("other", ""),
    }
}

/// An owner, for people.
fn shown(owner: &Owner, database: &Database, lang: Lang) -> String {
    let say = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
    match owner {
        Owner::Sdk(id) => {
            let name = database.get(id.as_str()).map(|s| match lang {
                Lang::Zh if !s.name_zh.is_empty() => s.name_zh.as_ref(),
                _ => s.name_en.as_ref(),
            });
            match name.filter(|n| !n.is_empty()) {
                Some(name) => format!("{} ({id})", line(name)),
                None => id.to_string(),
            }
        }
        Owner::Unknown(prefix) => format!("{} {}", line(prefix), say("（未知）", "(unknown)")),
        Owner::Renamed => say("名称被混淆的代码", "renamed code"),
        Owner::App => say("应用自身", "the app itself"),
        Owner::Platform => say("系统与语言库", "platform libraries"),
        Owner::Other => say("其他代码", "other code"),
    }
}

fn item_text(item: &str, lang: Lang) -> &str {
    item_name(item).map_or(item, |(zh, en)| if lang == Lang::Zh { zh } else { en })
}

fn table(
    inventory: &Inventory,
    behaviour: &Behaviour,
    database: &Database,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let or = |s: &Option<String>| line(s.as_deref().unwrap_or("?"));
    let target = behaviour.target_sdk.map_or_else(|| "?".to_owned(), |t| t.to_string());
    writeln!(out, "{} {} (targetSdk {target})", or(&inventory.app.id), or(&inventory.app.version_name))?;
    writeln!(
        out,
        "{}",
        view.say(
            "静态分析：代码中存在可读取下列数据的调用；是否执行、是否上传，静态分析无法得知。",
            "Static: the code has calls that can read these; whether they run, or data is sent, is not known."
        )
    )?;
    for l in &inventory.limitations {
        writeln!(out, "! {}", line(l.detail.get(view.lang)))?;
    }
    let mut rows = view.table(&match view.lang {
        Lang::Zh => ["代码归属", "可读取", "调用处", "系统是否仍返回", "位置（类→方法）"],
        Lang::En => ["Code of", "Can read", "Calls", "Android gives it", "For example (class->method)"],
    });
    for owner in &behaviour.owners {
        let items = owner.items.iter().filter(|i| view.verbose || !i.weak);
        for (number, item) in items.enumerate() {
            rows.add_row([
                if number == 0 { who(owner, database, view.lang) } else { String::new() },
                item_text(item.item, view.lang).to_owned(),
                item.calls.to_string(),
                given(item, view.lang),
                places(item, view),
            ]);
        }
    }
    writeln!(out, "\n{rows}")?;
    permissions(behaviour, database, view, out)
}

fn who(owner: &OwnerUses, database: &Database, lang: Lang) -> String {
    let name = shown(&owner.owner, database, lang);
    match (&owner.carried_by, lang) {
        (Some(by), Lang::Zh) => format!("{name}，随 {by}"),
        (Some(by), Lang::En) => format!("{name}, inside {by}"),
        (None, _) => name,
    }
}

fn given(item: &ItemUse, lang: Lang) -> String {
    match (item.given_until, lang) {
        (None, Lang::Zh) => "是".to_owned(),
        (None, Lang::En) => "yes".to_owned(),
        (Some(level), Lang::Zh) => format!("至 API {level}"),
        (Some(level), Lang::En) => format!("up to API {level}"),
    }
}

fn places(item: &ItemUse, view: &View) -> String {
    let most = if view.verbose { item.places.len() } else { 2 };
    let mut lines: Vec<String> = item
        .places
        .iter()
        .take(most)
        .map(|p| match p.method.as_str() {
            "" => format!("{}: {}", line(&p.class), p.api),
            method => format!("{}->{}: {}", line(&p.class), line(method), p.api),
        })
        .collect();
    if item.places.len() > most {
        lines.push(format!("+{}", item.places.len() - most));
    }
    lines.join("\n")
}

fn permissions(
    behaviour: &Behaviour,
    database: &Database,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let known = behaviour.permissions.iter().filter(|p| p.known || !p.documented_by.is_empty());
    let mut rows = view.table(&match view.lang {
        Lang::Zh => ["申请的权限", "哪些代码的调用需要", "哪些 SDK 的文档写明", "说明"],
        Lang::En => ["Requested permission", "Needed by calls of", "Documented by", "Note"],
    });
    for p in known {
        let note = match (p.only(), p.unexplained()) {
            (Some(only), _) => {
                format!("{} {}", view.say("仅此需要：", "only:"), shown(&only, database, view.lang))
            }
            (None, true) => {
                view.say("目录中没有需要它的调用", "no call of the catalogue needs it").to_owned()
            }
            (None, false) => String::new(),
        };
        let documented: Vec<&str> = p.documented_by.iter().map(|s| s.as_str()).collect();
        let needed: Vec<String> = p.needed_by.iter().map(|o| shown(o, database, view.lang)).collect();
        let name = p.permission.strip_prefix("android.permission.").unwrap_or(&p.permission);
        rows.add_row([line(name), needed.join("\n"), documented.join("\n"), note]);
    }
    writeln!(out, "\n{rows}")
}

/// One field of CSV (RFC 4180); text that a spreadsheet would run as a formula is made inert.
fn cell(text: &str) -> String {
    let text = line(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn csv(behaviour: &Behaviour, database: &Database, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "owner_kind,owner,owner_name,carried_by,item,item_name,hint,api,class,method,count,file,given_until\r\n"
    )?;
    for owner in &behaviour.owners {
        let (kind, id) = key(&owner.owner);
        let name = shown(&owner.owner, database, lang);
        let carried = owner.carried_by.as_ref().map_or("", |c| c.as_str());
        for item in &owner.items {
            for place in &item.places {
                let count = place.count.to_string();
                let until = crate::behaviour::catalogue::get(place.api)
                    .and_then(|e| e.given_until(behaviour.target_sdk))
                    .map(|l| l.to_string())
                    .unwrap_or_default();
                let hint = if place.weak { "yes" } else { "no" };
                let fields = [
                    kind,
                    id,
                    &name,
                    carried,
                    item.item,
                    item_text(item.item, lang),
                    hint,
                    place.api,
                    &place.class,
                    &place.method,
                    &count,
                    place.at.as_str(),
                    &until,
                ];
                write!(out, "{}\r\n", fields.map(cell).join(","))?;
            }
        }
    }
    Ok(())
}

fn matrix(behaviour: &Behaviour, out: &mut dyn Write) -> io::Result<()> {
    let items: BTreeSet<&str> = behaviour.owners.iter().flat_map(|o| &o.items).map(|i| i.item).collect();
    let head: Vec<&str> = ["owner_kind", "owner"].into_iter().chain(items.iter().copied()).collect();
    write!(out, "{}\r\n", head.join(","))?;
    for owner in &behaviour.owners {
        let (kind, id) = key(&owner.owner);
        let mut fields = vec![kind.to_owned(), cell(id)];
        fields.extend(items.iter().map(|item| match owner.item(item) {
            None => String::new(),
            Some(i) if i.weak => format!("?{}", i.calls),
            Some(i) => i.calls.to_string(),
        }));
        write!(out, "{}\r\n", fields.join(","))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_inert_and_quoted() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("a\r\nb"), "a b");
    }
}
