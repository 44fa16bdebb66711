//! What changed between two batches: totals, SDKs, rules, and apps that are in both.

use super::Section;
use crate::batch::Error;
use crate::batch::query::{self, Table};
use crate::batch::store::Store;
use crate::lang::Text;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

/// Totals that are compared.
const TOTALS: &str = "
    SELECT '1 packages' AS measure, COUNT(*) AS n FROM package
    UNION ALL SELECT '2 complete', COUNT(*) FROM package WHERE outcome = 'complete'
    UNION ALL SELECT '3 incomplete', COUNT(*) FROM package WHERE outcome = 'incomplete'
    UNION ALL SELECT '4 failed', COUNT(*) FROM package WHERE outcome = 'failed'
    UNION ALL SELECT '5 findings', COUNT(*) FROM finding WHERE NOT suppressed
    UNION ALL SELECT '6 high findings', COUNT(*) FROM finding WHERE NOT suppressed AND severity = 'high'
    UNION ALL SELECT '7 SDKs', COUNT(DISTINCT sdk) FROM sdk
    UNION ALL SELECT '8 SDKs in apps', COUNT(*) FROM sdk
    UNION ALL SELECT '9 of those not named', COUNT(*) FROM sdk WHERE declared = 0";
const SDKS: &str = "SELECT sdk, COUNT(*), SUM(declared IS 0) FROM sdk GROUP BY sdk";
const RULES: &str = "SELECT rule, COUNT(*) FROM finding WHERE NOT suppressed GROUP BY rule";
const APPS: &str = "SELECT DISTINCT COALESCE(application_id, key) FROM package WHERE outcome <> 'failed'";
const FINDINGS: &str = "
    SELECT DISTINCT COALESCE(p.application_id, p.key) AS app, f.fingerprint FROM finding f JOIN package p USING (key)
    WHERE NOT f.suppressed ORDER BY app, f.fingerprint";

/// The sections on what changed from `then` to `now`, each of at most `most` rows.
pub fn sections(now: &Store, then: &Store, most: usize) -> Result<Vec<Section>, Error> {
    let section = |name, sheet: (&str, &str), title: (&str, &str), mut table: Table| {
        let total = table.rows.len();
        table.rows.truncate(most);
        Section { name, sheet: Text::new(sheet.0, sheet.1), title: Text::new(title.0, title.1), table, total }
    };
    let mut totals = compared("measure", &counts(now, TOTALS)?, &counts(then, TOTALS)?, false);
    for name in totals.rows.iter_mut().filter_map(|r| r.first_mut()) {
        // The digit was for their order.
        *name = name.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    }
    Ok(vec![
        section(
            "totals",
            ("总量变化", "Totals"),
            ("较上次批量的总量变化", "Totals, against the earlier batch"),
            totals,
        ),
        section(
            "changes",
            ("SDK 变化", "Changes by SDK"),
            (
                "较上次批量：各 SDK 的应用数（其中未见声明）",
                "Against the earlier batch: apps by SDK (of those, not named)",
            ),
            compared("sdk", &counts(now, SDKS)?, &counts(then, SDKS)?, true),
        ),
        section(
            "rule-changes",
            ("规则变化", "Changes by rule"),
            ("较上次批量：各规则的发现数", "Against the earlier batch: findings by rule"),
            compared("rule", &counts(now, RULES)?, &counts(then, RULES)?, true),
        ),
        section(
            "app-changes",
            ("应用变化", "Changes by app"),
            (
                "两次批量中都有的应用：新增与已消除的发现",
                "Apps in both batches: findings that are new, and that are gone",
            ),
            apps(now, then)?,
        ),
    ])
}

/// A name, and one or two numbers.
type Counts = BTreeMap<String, (i64, Option<i64>)>;

fn counts(store: &Store, sql: &str) -> Result<Counts, Error> {
    let rows = query::ask(store, sql, &[], usize::MAX)?.rows;
    let number = |cell: &String| cell.parse::<i64>().unwrap_or(0);
    Ok(rows
        .into_iter()
        .map(|r| {
            let first = r.get(1).map_or(0, number);
            (r.first().cloned().unwrap_or_default(), (first, r.get(2).map(number)))
        })
        .collect())
}

/// Then, now and the difference; with `sorted` only what differs, most first, else all in order of names.
fn compared(what: &str, now: &Counts, then: &Counts, sorted: bool) -> Table {
    let shown = |n: (i64, Option<i64>)| match n.1 {
        Some(part) => format!("{} ({part})", n.0),
        None => n.0.to_string(),
    };
    let mut rows: Vec<(i64, Vec<String>)> = Vec::new();
    let names: std::collections::BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    for name in names {
        let of = |counts: &Counts, other: &Counts| {
            let empty = other.get(name).map_or((0, None), |o| (0, o.1.map(|_| 0)));
            counts.get(name).copied().unwrap_or(empty)
        };
        let (a, b) = (of(then, now), of(now, then));
        if sorted && a == b {
            continue;
        }
        let change = b.0 - a.0;
        rows.push((change, vec![name.clone(), shown(a), shown(b), format!("{change:+}")]));
    }
    if sorted {
        rows.sort_by(|a, b| b.0.abs().cmp(&a.0.abs()).then_with(|| a.1.cmp(&b.1)));
    }
    let columns = [what, "then", "now", "change"].map(str::to_owned).to_vec();
    Table { columns, rows: rows.into_iter().map(|(_, row)| row).collect() }
}

/// Findings that apps in both batches gained and lost, by fingerprint, which outlives versions. Both lists are
/// sorted, so they are walked side by side and never held whole.
fn apps(now: &Store, then: &Store) -> Result<Table, Error> {
    let known = |store: &Store| -> Result<HashSet<String>, Error> {
        let mut statement = store.connection().prepare(APPS)?;
        Ok(statement.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?)
    };
    let before = known(then)?;
    let both: HashSet<String> = known(now)?.into_iter().filter(|app| before.contains(app)).collect();
    let (mut new_statement, mut old_statement) =
        (now.connection().prepare(FINDINGS)?, then.connection().prepare(FINDINGS)?);
    let pair = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?));
    let mut new = new_statement.query_map([], pair)?;
    let mut old = old_statement.query_map([], pair)?;
    let (mut a, mut b) = (new.next().transpose()?, old.next().transpose()?);
    let mut changed: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    loop {
        let order = match (&a, &b) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let mut note = |app: Option<(String, String)>, gained: u64, lost: u64| {
            if let Some((app, _)) = app.filter(|(app, _)| both.contains(app)) {
                let counts = changed.entry(app).or_default();
                *counts = (counts.0 + gained, counts.1 + lost);
            }
        };
        match order {
            Ordering::Less => note(a.take(), 1, 0),
            Ordering::Greater => note(b.take(), 0, 1),
            Ordering::Equal => (a, b) = (None, None),
        }
        if a.is_none() && order != Ordering::Greater {
            a = new.next().transpose()?;
        }
        if b.is_none() && order != Ordering::Less {
            b = old.next().transpose()?;
        }
    }
    let mut rows: Vec<(String, (u64, u64))> = changed.into_iter().collect();
    rows.sort_by(|x, y| (y.1.0 + y.1.1).cmp(&(x.1.0 + x.1.1)).then_with(|| x.0.cmp(&y.0)));
    let columns = ["application_id", "new", "gone"].map(str::to_owned).to_vec();
    let row = |(app, (new, gone)): (String, (u64, u64))| vec![app, new.to_string(), gone.to_string()];
    Ok(Table { columns, rows: rows.into_iter().map(row).collect() })
}
