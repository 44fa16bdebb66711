//! The overview of a batch: what is shipped, what is declared, what failed, and what changed since an earlier
//! batch; as a page or as a workbook.

mod html;
mod trend;
#[cfg(feature = "xlsx")]
mod xlsx;

use super::Error;
use super::query::{self, Table};
use super::store::Store;
use crate::lang::{Lang, Text};
use std::io::{self, Write};

/// Rows of each list on the page.
const PAGE: usize = 100;
/// Rows of each sheet: what people can filter; `batch query` and the exports give all.
#[cfg(feature = "xlsx")]
const SHEET: usize = 50_000;

/// One table of an overview.
struct Section {
    /// Of the question it answers.
    name: &'static str,
    /// Name of its sheet: at most 31 characters.
    sheet: Text,
    title: Text,
    table: Table,
    /// Rows there are in all.
    total: usize,
}

/// Heads of columns, by the names queries give them.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("application_id", "应用标识", "application id"),
    ("apps", "应用数", "apps"),
    ("at", "位置", "where"),
    ("band", "区间", "band"),
    ("category", "类别", "category"),
    ("cause", "原因", "cause"),
    ("change", "变化", "change"),
    ("findings", "发现数", "findings"),
    ("gone", "已消除", "gone"),
    ("hides", "隐藏了", "hides"),
    ("high", "高", "high"),
    ("key", "安装包", "package"),
    ("kind", "种类", "kind"),
    ("measure", "指标", "measure"),
    ("medium", "中", "medium"),
    ("name_en", "英文名", "English name"),
    ("name_zh", "中文名", "Chinese name"),
    ("new", "新增", "new"),
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

/// The head of a column of a query.
fn head_of(column: &str) -> Option<Text> {
    COLUMNS.iter().find(|(c, _, _)| *c == column).map(|(_, zh, en)| Text::new(*zh, *en))
}

/// The questions an overview answers, in order, with the names of their sheets.
const SECTIONS: [(&str, &str, &str); 10] = [
    ("outcomes", "审计结果", "Outcomes"),
    ("prevalence", "SDK", "SDKs"),
    ("categories", "类别", "Categories"),
    ("vendors", "提供方", "Vendors"),
    ("rules", "规则", "Rules"),
    ("worst", "问题最多的应用", "Worst apps"),
    ("distribution", "分布", "Distribution"),
    ("permissions", "权限", "Permissions"),
    ("incomplete", "未看全", "Incomplete"),
    ("failures", "失败", "Failures"),
];

/// Writes the overview of `store` as a page; with `earlier`, also what changed since that batch.
pub fn html(store: &Store, earlier: Option<&Store>, lang: Lang, out: &mut dyn Write) -> Result<(), Error> {
    html::write(&sections(store, earlier, PAGE)?, lang, out).map_err(failed)
}

/// The same as a workbook, one sheet each.
#[cfg(feature = "xlsx")]
pub fn xlsx(store: &Store, earlier: Option<&Store>, lang: Lang, out: &mut dyn Write) -> Result<(), Error> {
    xlsx::write(&sections(store, earlier, SHEET)?, lang, out).map_err(failed)
}

/// Refused: workbooks were left out of the build.
#[cfg(not(feature = "xlsx"))]
pub fn xlsx(_: &Store, _: Option<&Store>, _: Lang, _: &mut dyn Write) -> Result<(), Error> {
    Err(Error::NotBuilt { what: "XLSX".into(), feature: "xlsx" })
}

fn failed(source: io::Error) -> Error {
    Error::Output { path: "the overview".into(), source }
}

fn sections(store: &Store, earlier: Option<&Store>, most: usize) -> Result<Vec<Section>, Error> {
    let mut out = Vec::new();
    for (name, zh, en) in SECTIONS {
        let Some(question) = query::question(name) else { continue };
        let all = query::ask(store, "SELECT COUNT(*) FROM (".to_owned() + question.sql + ")", &[], 1)?;
        let total = all.rows.first().and_then(|r| r.first()).and_then(|n| n.parse().ok()).unwrap_or(0);
        let table = query::ask(store, question.sql, &[], most)?;
        out.push(Section { name, sheet: Text::new(zh, en), title: question.title(), table, total });
    }
    if let Some(earlier) = earlier {
        let trends = trend::sections(store, earlier, most)?;
        out.splice(1..1, trends);
    }
    Ok(out)
}
