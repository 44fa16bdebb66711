//! `declarations`: policy -> SDK rows and permissions it declares.

use super::common::{Failure, OutputArgs, Status, json, language_of};
use super::inventory::Format;
use crate::audit::{self, Options};
use crate::lang::Lang;
use crate::limitation::Limitation;
use crate::policy::{
    Declaration, Document, Field, PermissionDeclaration, Place, Platform, Policy, Statement,
};
use crate::report::safe::{cut, line};
use crate::report::terminal::View;
use crate::report::words;
use crate::resolve::{Identity, identify_all};
use crate::signature::Database;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `declarations`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The policy's documents
    #[arg(required = true, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Format
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: OutputArgs,
}

/// What `declarations --format json` prints; keys are only added.
#[derive(Serialize)]
struct Output<'a> {
    documents: &'a [Document],
    declarations: Vec<Row<'a>>,
    permissions: Vec<Permission<'a>>,
    statements: &'a [Statement],
    limitations: &'a [Limitation],
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    packages: Vec<&'a str>,
    provider: Option<&'a str>,
    purpose: Option<&'a str>,
    data: Option<&'a str>,
    permissions: Option<Vec<&'a str>>,
    link: Option<&'a str>,
    platforms: &'a [Platform],
    sdk: Option<&'a str>,
    #[serde(rename = "where")]
    place: Place,
    line: u32,
    identity: &'a Identity,
    detail: &'a Declaration,
}

#[derive(Serialize)]
struct Permission<'a> {
    written: &'a str,
    permission: Option<&'a str>,
    line: u32,
    detail: &'a PermissionDeclaration,
}

/// Runs `declarations`.
pub fn run(args: &Args, lang: Option<Lang>) -> Result<Status, Failure> {
    let database = Database::embedded();
    let policy = audit::read_policy(&args.policy, &Options::default())?;
    let identities = identify_all(&policy, &database);
    let lang = lang.unwrap_or_else(|| policy.documents.first().map_or(Lang::En, |d| language_of(&d.text)));
    args.output.write(lang, |view, out| match args.format {
        Format::Table => table(&policy, &identities, view, out),
        Format::Json => json(&output(&policy, &identities), out),
    })?;
    Ok(Status::of(policy.limitations.iter().all(|l| l.hides.is_none())))
}

fn line_of(policy: &Policy, document: crate::location::DocumentId, offset: usize) -> u32 {
    policy.documents.get(document.0 as usize).map_or(1, |d| d.line_column(offset).0)
}

fn text(field: &Option<Field>) -> Option<&str> {
    field.as_ref().map(|f| f.text.as_str())
}

fn output<'a>(policy: &'a Policy, identities: &'a [Identity]) -> Output<'a> {
    let row = |(d, identity): (&'a Declaration, &'a Identity)| Row {
        name: &d.name.text,
        packages: d.packages.iter().map(|p| p.text.as_str()).collect(),
        provider: text(&d.provider),
        purpose: text(&d.purpose),
        data: text(&d.data),
        permissions: d
            .permissions
            .as_ref()
            .map(|list| list.iter().map(|p| p.permission.as_deref().unwrap_or(&p.written.text)).collect()),
        link: d.links.first().map(|l| l.url.text.as_str()),
        platforms: &d.platforms,
        sdk: identity.sdk.as_ref().map(|s| s.as_str()),
        place: d.place,
        line: line_of(policy, d.document, d.name.spans.first().map_or(d.span.start, |s| s.start)),
        identity,
        detail: d,
    };
    let permission = |p: &'a PermissionDeclaration| Permission {
        written: &p.written.text,
        permission: p.permission.as_deref(),
        line: line_of(policy, p.document, p.span.start),
        detail: p,
    };
    Output {
        documents: &policy.documents,
        declarations: policy.declarations.iter().zip(identities).map(row).collect(),
        permissions: policy.permissions.iter().map(permission).collect(),
        statements: &policy.statements,
        limitations: &policy.limitations,
    }
}

fn table(policy: &Policy, identities: &[Identity], view: &View, out: &mut dyn Write) -> io::Result<()> {
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
    for (d, identity) in policy.declarations.iter().zip(identities) {
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
            line_of(policy, d.document, d.name.spans.first().map_or(d.span.start, |s| s.start)).to_string(),
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
        for p in &policy.permissions {
            table.add_row([
                line_of(policy, p.document, p.span.start).to_string(),
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
