//! `explain`: the page of a rule, or the list of all.

use super::common::{Failure, OutputArgs, Status};
use crate::lang::Lang;
use crate::report::terminal::View;
use crate::report::words;
use crate::rules::page::Page;
use crate::rules::{Profile, RULES, Rule, laws, rule};
use std::io::{self, Write};

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of the rule, as findings print it; without it all rules are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs `explain`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let lang = lang.unwrap_or(Lang::En);
    let Some(id) = &args.rule else {
        args.output.write(lang, list)?;
        return Ok(Status::Clean);
    };
    let known = rule(id).ok_or_else(|| unknown(id))?;
    args.output.write(lang, |view, out| page(known, view, out))?;
    Ok(Status::Clean)
}

/// An unknown id, with the nearest known one.
fn unknown(id: &str) -> Failure {
    let nearest = RULES
        .iter()
        .map(|r| (strsim::jaro_winkler(id, r.id), r.id))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.75);
    let (zh, en) = match nearest {
        Some((_, near)) => (format!("，是否指 {near}？"), format!("; did you mean {near}?")),
        None => {
            ("；运行 sdkaudit explain 可列出全部".to_owned(), "; `sdkaudit explain` lists them".to_owned())
        }
    };
    Failure::new(format!("没有名为 {id} 的规则{zh}"), format!("no rule is called {id}{en}"))
}

fn list(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut table = view.table(&match view.lang {
        Lang::Zh => ["规则", "严重程度（cn）", "说明"],
        Lang::En => ["Rule", "Severity (cn)", "Title"],
    });
    for r in RULES {
        let severity = r.levels.of(Profile::Cn).map_or("—", |s| words::severity(s, view.lang));
        table.add_row([r.id, severity, Page::parse(r.page).title().get(view.lang)]);
    }
    writeln!(out, "{table}")
}

fn page(rule: &Rule, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::parse(rule.page);
    writeln!(out, "{}  {}", view.paint("1", rule.id), page.title().get(view.lang))?;
    let levels = Profile::ALL.iter().map(|p| {
        let severity = rule.levels.of(*p).map_or("—", |s| words::severity(s, view.lang));
        format!("{} {severity}", p.name())
    });
    writeln!(out, "{}: {}\n", view.say("严重程度", "Severity"), levels.collect::<Vec<_>>().join(", "))?;
    writeln!(out, "{}", page.body(view.lang))?;
    let clauses = rule.clauses.iter().filter_map(|k| laws::clause(k)).filter(|c| c.verified);
    for (i, clause) in clauses.enumerate() {
        if i == 0 {
            writeln!(out, "\n{}", view.paint("1", view.say("依据", "Basis")))?;
        }
        writeln!(out, "- {}: {}", clause.cite.get(view.lang), clause.text.get(view.lang))?;
    }
    Ok(())
}
