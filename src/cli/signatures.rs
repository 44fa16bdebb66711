//! `signatures`: a look into the database of SDKs.

use super::authoring;
use super::common::{Failure, KnowledgeArgs, OutputArgs, Status};
use crate::fold;
use crate::lang::Lang;
use crate::report::safe::line;
use crate::report::terminal::View;
use crate::report::words;
use crate::signature::{self, Database, Sdk, under};
use std::io::{self, Write};

/// What to look at.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List all SDKs
    List(Plain),
    /// Find SDKs by name, alias, vendor, host or id
    Search(Query),
    /// Show one SDK with its indicators and their sources
    Show(Query),
    /// Say which SDK owns a class or package
    Match(Query),
    /// Count what the database covers
    Stats(Plain),
    /// Find the mistakes in a directory of signature files
    Lint(authoring::Lint),
    /// Print the skeleton of a signature file
    New(authoring::New),
    /// Propose a signature file from a vendor's archive
    Learn(authoring::Learn),
}

/// Arguments of `list` and `stats`.
#[derive(Debug, clap::Args)]
pub struct Plain {
    #[command(flatten)]
    knowledge: KnowledgeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Arguments of commands that look for something.
#[derive(Debug, clap::Args)]
pub struct Query {
    /// What to look for
    #[arg(value_name = "TEXT")]
    text: String,
    #[command(flatten)]
    knowledge: KnowledgeArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs `signatures`.
pub fn run(command: &Command, lang: Option<Lang>) -> Result<Status, Failure> {
    let lang = lang.unwrap_or(Lang::En);
    match command {
        Command::List(args) => {
            let database = args.knowledge.database()?;
            args.output.write(lang, |view, out| table(database.sdks().iter(), view, out))?;
        }
        Command::Search(args) => {
            let database = args.knowledge.database()?;
            args.output.write(lang, |view, out| table(search(&database, &args.text), view, out))?;
        }
        Command::Show(args) => {
            let database = args.knowledge.database()?;
            let sdk = database.get(&args.text).ok_or_else(|| {
                let id = &args.text;
                Failure::new(
                    format!("没有编号为 {id} 的 SDK；可用 sdkaudit signatures search {id} 查找"),
                    format!("no SDK has the id {id}; try `sdkaudit signatures search {id}`"),
                )
            })?;
            args.output.write(lang, |view, out| show(sdk, view, out))?;
        }
        Command::Match(args) => {
            let database = args.knowledge.database()?;
            args.output.write(lang, |view, out| owner(&database, &args.text, view, out))?;
        }
        Command::Stats(args) => {
            let database = args.knowledge.database()?;
            args.output.write(lang, |view, out| stats(&database, view, out))?;
        }
        Command::Lint(args) => return args.run(lang),
        Command::New(args) => args.run(lang)?,
        Command::Learn(args) => args.run(lang)?,
    }
    Ok(Status::Clean)
}

fn table<'s>(sdks: impl Iterator<Item = &'s Sdk>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["SDK", "中文名", "英文名", "类别", "提供方"],
        Lang::En => ["SDK", "Chinese name", "English name", "Category", "Vendor"],
    });
    for s in sdks {
        let vendor = s.vendors.first().map_or("", |v| v);
        table.add_row([
            s.id.to_string(),
            line(&s.name_zh),
            line(&s.name_en),
            line(&s.category),
            line(vendor),
        ]);
    }
    writeln!(out, "{table}")
}

fn search<'d>(database: &'d Database, text: &str) -> impl Iterator<Item = &'d Sdk> {
    let wanted = fold::key(text);
    database.sdks().iter().filter(move |s| {
        let names = [&s.name_zh, &s.name_en].into_iter().chain(s.aliases.iter()).chain(s.ambiguous.iter());
        let all = names.chain(s.vendors.iter()).chain(s.domains.iter()).map(|n| fold::key(n));
        s.id.as_str().contains(wanted.as_str()) || all.into_iter().any(|n| n.contains(wanted.as_str()))
    })
}

fn show(sdk: &Sdk, view: &View, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", view.paint("1", sdk.id.as_str()))?;
    let join = |list: &[signature::Str]| line(&list.join(" · "));
    let rows = [
        (view.say("中文名", "Chinese name"), line(&sdk.name_zh)),
        (view.say("英文名", "English name"), line(&sdk.name_en)),
        (view.say("别名", "Aliases"), join(&sdk.aliases)),
        (view.say("多义别名", "Ambiguous aliases"), join(&sdk.ambiguous)),
        (view.say("提供方", "Vendors"), join(&sdk.vendors)),
        (view.say("域名", "Hosts"), join(&sdk.domains)),
        (view.say("隐私政策", "Privacy policy"), sdk.privacy_url.as_deref().map(line).unwrap_or_default()),
        (view.say("系列", "Family"), sdk.family.as_ref().map(|f| f.to_string()).unwrap_or_default()),
        (view.say("类别", "Category"), line(&sdk.category)),
        (view.say("收集个人信息", "Collects personal information"), collects(sdk, view)),
        (view.say("数据（厂商文档）", "Data (vendor's documents)"), join(&sdk.data)),
        (view.say("权限（厂商文档）", "Permissions (vendor's documents)"), join(&sdk.permissions)),
        (view.say("文档来源", "Source of both"), sdk.documented.as_deref().map(line).unwrap_or_default()),
    ];
    for (label, value) in rows.iter().filter(|(_, v)| !v.is_empty()) {
        writeln!(out, "{label}: {value}")?;
    }
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["标志", "值", "强弱", "来源"],
        Lang::En => ["Indicator", "Value", "Strength", "Source"],
    });
    for i in sdk.indicators.iter() {
        let weak = if i.weak { view.say("弱", "weak") } else { view.say("强", "strong") };
        table.add_row([
            words::kind(i.kind, view.lang).to_owned(),
            line(&i.value),
            weak.to_owned(),
            line(&i.source),
        ]);
    }
    writeln!(out, "{table}")
}

/// Whether it collects, and what that rests on; empty where the entry does not say.
fn collects(sdk: &Sdk, view: &View) -> String {
    let (Some(collects), Some(basis)) = (sdk.collects, sdk.collects_basis()) else { return String::new() };
    let answer = if collects { view.say("是", "yes") } else { view.say("否", "no") };
    let why = match basis {
        signature::Basis::Documented => view.say("据厂商文档", "by the vendor's documents"),
        signature::Basis::Listed => view.say("据应用的隐私政策所列", "policies of apps list it"),
        signature::Basis::Category => view.say("据类别推断", "by category only"),
    };
    match view.lang {
        Lang::Zh => format!("{answer}（{why}）"),
        Lang::En => format!("{answer} ({why})"),
    }
}

/// Every SDK with a prefix above a name, the owner (longest prefix) first.
fn owner(database: &Database, text: &str, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let name = text.trim_start_matches('L').trim_end_matches(';').replace('/', ".");
    let name = if text.contains('/') { name } else { text.to_owned() };
    let mut hits: Vec<(&str, &Sdk)> = database
        .sdks()
        .iter()
        .flat_map(|s| s.prefixes().filter(|p| under(&name, p)).map(move |p| (p, s)))
        .collect();
    hits.sort_by_key(|(p, s)| (std::cmp::Reverse(p.len()), s.id.clone()));
    if hits.is_empty() {
        return writeln!(out, "{}: {}", line(&name), view.say("没有签名包含它", "no signature covers it"));
    }
    hits.iter().try_for_each(|(prefix, sdk)| writeln!(out, "{prefix}  {}  {}", sdk.id, line(&sdk.name_en)))
}

fn stats(database: &Database, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let stats = signature::stats(database);
    writeln!(out, "{} {}", view.say("签名库摘要", "database digest"), database.digest())?;
    let rows = [
        (view.say("SDK 与库", "SDKs and libraries"), stats.sdks),
        (view.say("收集个人信息", "that collect personal information"), stats.collect),
        (view.say("见于真实隐私政策", "that real policies list"), stats.listed),
        (view.say("有类前缀", "with a class prefix"), stats.with_prefix),
        (
            view.say("中国厂商且类前缀有来源证明", "Chinese, with a proven class prefix"),
            stats.chinese_with_proven_prefix,
        ),
        (view.say("有厂商文档的数据或权限", "with documented data or permissions"), stats.documented),
        (view.say("标志", "indicators"), stats.indicators),
    ];
    for (label, n) in rows {
        writeln!(out, "{label}: {n}")?;
    }
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["按", "值", "数量"],
        Lang::En => ["By", "Value", "Count"],
    });
    let shown = if view.verbose { usize::MAX } else { 12 };
    for group in &stats.groups {
        for (value, n) in group.counts.iter().take(shown) {
            table.add_row([group.by.to_owned(), line(value), n.to_string()]);
        }
    }
    writeln!(out, "{table}")
}
