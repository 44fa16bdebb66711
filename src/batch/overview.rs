//! The overview of a batch as one HTML page in both languages: what is shipped, what is declared, what failed,
//! and what changed since an earlier batch.

use super::Error;
use super::query::{self, Table};
use super::store::Store;
use crate::lang::Lang;
use crate::report::html::{both, head, switch};
use crate::report::markdown::html as escape;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows shown of each list; `batch query` gives them all.
const MOST: usize = 100;

/// Heads of columns, by the names queries give them.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("application_id", "应用标识", "application id"),
    ("apps", "应用数", "apps"),
    ("at", "位置", "where"),
    ("category", "类别", "category"),
    ("cause", "原因", "cause"),
    ("change", "变化", "change"),
    ("findings", "发现数", "findings"),
    ("hides", "隐藏了", "hides"),
    ("high", "高", "high"),
    ("key", "安装包", "package"),
    ("kind", "种类", "kind"),
    ("medium", "中", "medium"),
    ("name_en", "英文名", "English name"),
    ("name_zh", "中文名", "Chinese name"),
    ("now", "本次", "now"),
    ("outcome", "结果", "outcome"),
    ("packages", "安装包数", "packages"),
    ("packer", "加固", "packer"),
    ("percent", "占比 %", "share %"),
    ("permission", "权限", "permission"),
    ("rule", "规则", "rule"),
    ("sdk", "SDK", "SDK"),
    ("severity", "严重程度", "severity"),
    ("then", "上次", "before"),
    ("undeclared", "文本中未见", "not named"),
    ("undeclared_percent", "未见率 %", "not named %"),
    ("vendor", "提供方", "vendor"),
];

/// The questions an overview answers, in order.
const SECTIONS: [&str; 9] = [
    "outcomes",
    "prevalence",
    "categories",
    "vendors",
    "rules",
    "worst",
    "permissions",
    "incomplete",
    "failures",
];

/// Writes the overview of `store`; with `earlier`, also what changed since that batch.
pub fn html(store: &Store, earlier: Option<&Store>, lang: Lang, out: &mut dyn Write) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Output { path: "the overview".into(), source };
    let mut tables = Vec::new();
    for name in SECTIONS {
        let Some(question) = query::question(name) else { continue };
        let all = query::ask(store, "SELECT COUNT(*) FROM (".to_owned() + question.sql + ")", &[], 1)?;
        let total = all.rows.first().and_then(|r| r.first()).and_then(|n| n.parse().ok()).unwrap_or(0);
        let title = both(question.zh, question.en);
        tables.push((name, title, query::ask(store, question.sql, &[], MOST)?, total));
    }
    if let Some(earlier) = earlier {
        let changed = changes(store, earlier)?;
        let total = changed.rows.len();
        tables.insert(
            1,
            ("changes", both("较上次批量的变化", "Changes since the earlier batch"), changed, total),
        );
    }
    let mut page = || -> io::Result<()> {
        head("sdkaudit batch", lang, out)?;
        writeln!(
            out,
            "<header><div class=\"top\"><span class=\"brand\">{}</span>{}</div>\n<h1>{}</h1></header>\n<nav><div>",
            both("sdkaudit · 批量审计", "sdkaudit · batch"),
            switch(),
            both("批量审计概览", "Overview of a batch")
        )?;
        for (name, title, _, _) in &tables {
            writeln!(out, "<a href=\"#{name}\">{title}</a>")?;
        }
        writeln!(out, "</div></nav>\n<main>")?;
        for (name, title, table, total) in &tables {
            section(name, title, table, *total, out)?;
        }
        writeln!(
            out,
            "</main>\n<footer><p>sdkaudit {}</p></footer>\n</body>\n</html>",
            env!("CARGO_PKG_VERSION")
        )
    };
    page().map_err(failed)
}

fn section(name: &str, title: &str, table: &Table, total: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{name}\">\n<h2>{title}</h2>")?;
    if table.rows.is_empty() {
        return writeln!(out, "<p>{}</p>\n</section>", both("无", "none"));
    }
    writeln!(out, "<div class=\"scroll\"><table>\n<thead><tr>")?;
    for column in &table.columns {
        let words = COLUMNS.iter().find(|(c, _, _)| c == column);
        writeln!(out, "<th>{}</th>", words.map_or_else(|| escape(column), |(_, zh, en)| both(zh, en)))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for (column, cell) in table.columns.iter().zip(row) {
            match cell.parse::<f64>() {
                Ok(share) if column.ends_with("percent") => write!(
                    out,
                    "<td><meter min=\"0\" max=\"100\" value=\"{share}\"></meter> {}</td>",
                    escape(cell)
                )?,
                _ => write!(out, "<td>{}</td>", escape(cell))?,
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if total > table.rows.len() {
        let (shown, total) = (table.rows.len(), total);
        let note = both(
            &format!("共 {total} 行，此处 {shown} 行；全部见 sdkaudit batch query {name}"),
            &format!("{shown} of {total} rows; `sdkaudit batch query {name}` prints all"),
        );
        writeln!(out, "<p>{note}</p>")?;
    }
    writeln!(out, "</section>")
}

/// Apps and undeclared counts by SDK, now and in an earlier batch, where they differ.
fn changes(now: &Store, then: &Store) -> Result<Table, Error> {
    let counts = |store: &Store| -> Result<BTreeMap<String, (i64, i64)>, Error> {
        let sql = "SELECT sdk, COUNT(*), SUM(declared IS 0) FROM sdk GROUP BY sdk";
        let number = |cell: Option<&String>| cell.and_then(|c| c.parse().ok()).unwrap_or(0);
        let rows = query::ask(store, sql, &[], usize::MAX)?.rows;
        Ok(rows
            .into_iter()
            .map(|r| (r.first().cloned().unwrap_or_default(), (number(r.get(1)), number(r.get(2)))))
            .collect())
    };
    let (now, then) = (counts(now)?, counts(then)?);
    let mut rows: Vec<(i64, Vec<String>)> = now
        .keys()
        .chain(then.keys().filter(|k| !now.contains_key(*k)))
        .filter_map(|sdk| {
            let (a, b) =
                (then.get(sdk).copied().unwrap_or_default(), now.get(sdk).copied().unwrap_or_default());
            let pair = |x: i64, y: i64| format!("{x} ({y})");
            (a != b).then(|| {
                let change = b.0 - a.0;
                (change, vec![sdk.clone(), pair(a.0, a.1), pair(b.0, b.1), format!("{change:+}")])
            })
        })
        .collect();
    rows.sort_by(|a, b| b.0.abs().cmp(&a.0.abs()).then_with(|| a.1.cmp(&b.1)));
    let columns = ["sdk", "then", "now", "change"].map(str::to_owned).to_vec();
    Ok(Table { columns, rows: rows.into_iter().map(|(_, row)| row).collect() })
}
