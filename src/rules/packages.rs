//! Package names in SDK rows: too broad, a Maven group, broken by spaces.

use super::completeness::list_rows;
use super::context::{row_key, sdk_names, shorten};
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::FeatureKind;
use crate::finding::Severity;
use crate::location::{DocumentId, Span};
use crate::policy::Field;
use crate::resolve::Prefix;
use crate::signature::{Level, Sdk};

/// A row's package prefix also covers SDKs of other kinds.
pub static BROAD_PACKAGE: Rule = Rule {
    id: "broad-package",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/broad-package.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            for package in &row.packages {
                let Some(prefix) =
                    Prefix::read(&package.text).filter(|p| p.as_str().matches('.').count() == 1)
                else {
                    continue;
                };
                let Some(others) = foreign_owners(cx, prefix.as_str(), sdk) else { continue };
                let shown = sdk_names(others.iter().take(4).copied());
                out.report(
                    Draft::new(
                        "row",
                        format!("{}/{}", row_key(row, sdk), prefix.as_str()),
                        format!("包名 {} 还涵盖 {} 等 {} 个 SDK，无法指明是哪一个。", prefix.as_str(), shown.zh, others.len()),
                        format!("The package {} also covers {} ({} SDKs in all), so it does not tell which one is meant.", prefix.as_str(), shown.en, others.len()),
                    )
                    .of_template(cx.template_error(row, "package", &package.text))
                    .with(cx.quote_field(row.document, package))
                    .with(cx.quote_row(row)),
                );
            }
        }
    },
};

/// A row gives a Maven group, while the classes lie elsewhere too.
pub static MAVEN_GROUP_AS_PACKAGE: Rule = Rule {
    id: "maven-group-as-package",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/maven-group-as-package.md"),
    check: |cx, out| {
        for (_, row, sdk) in list_rows(cx) {
            for package in &row.packages {
                let Some((group, classes)) = GROUPS.iter().find(|(g, _)| *g == package.text) else {
                    continue;
                };
                let key = row_key(row, sdk);
                out.report(
                    Draft::new(
                        "row",
                        key,
                        format!("{group} 是 Maven 组名；类所在的包是 {classes}。"),
                        format!("{group} is a Maven group; the classes lie in {classes}."),
                    )
                    .with(cx.quote_field(row.document, package))
                    .with(cx.quote_row(row)),
                );
            }
        }
    },
};

/// A package name is broken by a space or a full-width dot.
pub static SPACE_IN_PACKAGE: Rule = Rule {
    id: "space-in-package",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/space-in-package.md"),
    check: |cx, out| {
        for (_, row, sdk) in cx.rows() {
            // A reader that leaves the gap out has a piece on each side of it.
            let broken = |f: &&Field| {
                let whole = f.spans.iter().copied().reduce(|a, b| a.cover(b));
                whole.is_some_and(|s| is_broken(cx.text(row.document, s)))
            };
            for package in row.packages.iter().filter(broken) {
                out.report(
                    Draft::new(
                        "row",
                        format!("{}/{}", row_key(row, sdk), package.text),
                        format!("包名中有空格或全角符号；按 {} 读取。", shorten(&package.text)),
                        format!(
                            "The package name holds a space or a full-width sign; it was read as {}.",
                            shorten(&package.text)
                        ),
                    )
                    .with(cx.quote(row.document, package.spans.first().copied().unwrap_or(row.span))),
                );
            }
        }
        in_names(cx, out);
    },
};

/// Packages with a gap in brackets behind a name, which no reader takes for packages: `Umeng SDK (com. umeng)`.
fn in_names(cx: &Context<'_>, out: &mut Sink<'_>) {
    const LONGEST: usize = 80;
    for (number, text) in cx.visible.iter().enumerate() {
        let document = DocumentId(u32::try_from(number).unwrap_or(u32::MAX));
        for (at, _) in text.match_indices("SDK") {
            let Some(behind) = text.get(at + "SDK".len()..) else { continue };
            let Some(inside) = behind.trim_start_matches(' ').strip_prefix(['(', '（']) else { continue };
            let start = text.len() - inside.len();
            let inside = inside.split([')', '）', '\n']).next().unwrap_or("");
            let package: String = inside.split_whitespace().collect();
            let first = package.split('.').next().unwrap_or("");
            let plain = package.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            let is_package =
                inside.len() <= LONGEST && plain && ["com", "cn", "org", "net", "io"].contains(&first);
            let span = Span::new(start, start + inside.len());
            let read = || cx.rows().any(|(_, d, _)| d.document == document && d.span.overlaps(span));
            if !is_package || !is_broken(inside) || read() {
                continue;
            }
            out.report(
                Draft::new(
                    "document",
                    format!("package/{package}"),
                    format!("包名“{inside}”中有空格。"),
                    format!("The package name “{inside}” holds a space."),
                )
                .with(cx.quote(document, span)),
            );
        }
    }
}

/// SDKs under `prefix` that are no relatives of the row's own; `None` where the prefix is its own.
fn foreign_owners<'a>(cx: &Context<'a>, prefix: &str, own: Option<&Sdk>) -> Option<Vec<&'a Sdk>> {
    let families = |sdk: &Sdk| sdk.family.as_ref().unwrap_or(&sdk.id).as_str().to_owned();
    let own_family = own.map(families);
    let mut owners: Vec<&Sdk> = Vec::new();
    for sdk in cx.case.database.sdks() {
        let mut classes = sdk.indicators_of(FeatureKind::Class);
        let under = classes.any(|i| crate::signature::under(&i.value, prefix));
        if !under {
            continue;
        }
        // The brand that owns the whole prefix may give it: `com.umeng` says all there is to say.
        if sdk.prefixes().any(|p| p == prefix)
            && own.is_some_and(|o| o.id == sdk.id || own_family.as_deref() == Some(&families(sdk)))
        {
            return None;
        }
        owners.push(sdk);
    }
    let foreign: Vec<&Sdk> = owners
        .iter()
        .filter(|s| s.level == Level::Product && own.is_none_or(|o| o.id != s.id))
        .copied()
        .collect();
    let categories: std::collections::BTreeSet<&str> = foreign.iter().map(|s| s.category.as_ref()).collect();
    (foreign.len() >= 3 && categories.len() >= 2).then_some(foreign)
}

/// Maven groups that are not the package of their classes, or not all of it: group, packages of the classes.
const GROUPS: &[(&str, &str)] = &[
    ("cn.jiguang.sdk", "cn.jiguang, cn.jpush"),
    ("com.airbnb.android", "com.airbnb.lottie"),
    ("com.aliyun.dpa", "com.alibaba.sdk.android.oss"),
    ("com.baidu.lbsyun", "com.baidu.location, com.baidu.mapapi"),
    ("com.facebook.android", "com.facebook"),
    ("com.facebook.fresco", "com.facebook.drawee, com.facebook.imagepipeline"),
    ("com.github.bumptech.glide", "com.bumptech.glide"),
    ("com.google.code.gson", "com.google.gson"),
    ("com.google.android.exoplayer", "com.google.android.exoplayer2"),
    ("com.qq.e.union", "com.qq.e"),
    ("com.squareup.okhttp3", "okhttp3"),
    ("com.squareup.okio", "okio"),
    ("com.squareup.retrofit2", "retrofit2"),
    ("com.tencent.tbs.tbssdk", "com.tencent.smtt, com.tencent.tbs"),
    ("com.umeng.umsdk", "com.umeng"),
    ("io.reactivex.rxjava2", "io.reactivex"),
    ("io.reactivex.rxjava3", "io.reactivex.rxjava3.core"),
    ("org.jetbrains.kotlin", "kotlin"),
];

/// Whether a package as it stands in the text has a gap inside.
fn is_broken(text: &str) -> bool {
    let text = text.trim();
    let inner = text.split_whitespace().count() > 1 && text.contains('.');
    (inner && text.split_whitespace().all(|p| p.is_ascii())) || text.contains('．')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_inside_packages_are_seen() {
        assert!(is_broken("com. umeng"));
        assert!(is_broken("com．umeng"));
        assert!(!is_broken(" com.umeng "));
    }
}
