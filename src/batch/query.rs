//! Questions to a result database: ready ones by name, and SQL by hand. Read-only always.

use super::Error;
use super::store::Store;
use crate::lang::Text;
use rusqlite::types::ValueRef;

/// A ready question.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it answers, Chinese.
    pub zh: &'static str,
    /// What it answers, English.
    pub en: &'static str,
    /// Name of its parameter, if it takes one.
    pub parameter: Option<&'static str>,
    /// The query; `?1` is the parameter.
    pub sql: &'static str,
}

impl Question {
    /// What it answers, in both languages.
    pub fn title(&self) -> Text {
        Text::new(self.zh, self.en)
    }
}

/// All ready questions, by name.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "categories",
        zh: "各类别 SDK 的应用数与未声明率",
        en: "Apps and undeclared rate by SDK category",
        parameter: None,
        sql: "SELECT i.category, COUNT(DISTINCT s.key) AS apps, SUM(s.declared = 0) AS undeclared,
                     ROUND(100.0 * SUM(s.declared = 0) / NULLIF(SUM(s.declared IS NOT NULL), 0), 1) AS undeclared_percent
              FROM sdk s JOIN sdk_info i USING (sdk) WHERE s.carried_by IS NULL
              GROUP BY i.category ORDER BY apps DESC, i.category",
    },
    Question {
        name: "distribution",
        zh: "每个应用的 SDK、未声明 SDK、发现与权限数量的分布",
        en: "Distribution of SDKs, undeclared SDKs, findings and permissions per app",
        parameter: None,
        sql: "WITH per_app AS (
                SELECT 'SDKs' AS measure, (SELECT COUNT(*) FROM sdk s WHERE s.key = p.key) AS n
                FROM package p WHERE p.outcome <> 'failed'
                UNION ALL SELECT 'SDKs not named', (SELECT COUNT(*) FROM sdk s WHERE s.key = p.key AND s.declared = 0)
                FROM package p WHERE p.outcome <> 'failed' AND p.policies <> '[]'
                UNION ALL SELECT 'findings', (SELECT COUNT(*) FROM finding f WHERE f.key = p.key AND NOT f.suppressed)
                FROM package p WHERE p.outcome <> 'failed'
                UNION ALL SELECT 'permissions', (SELECT COUNT(*) FROM permission r WHERE r.key = p.key)
                FROM package p WHERE p.outcome <> 'failed')
              SELECT measure,
                     CASE WHEN n = 0 THEN '0' WHEN n <= 2 THEN '1 to 2' WHEN n <= 5 THEN '3 to 5' WHEN n <= 10 THEN '6 to 10'
                          WHEN n <= 20 THEN '11 to 20' WHEN n <= 50 THEN '21 to 50' ELSE 'over 50' END AS band,
                     COUNT(*) AS apps,
                     ROUND(100.0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY measure), 1) AS percent
              FROM per_app GROUP BY measure, band ORDER BY measure, MIN(n)",
    },
    Question {
        name: "failures",
        zh: "无法审计的安装包及原因",
        en: "Packages that could not be audited, and why",
        parameter: None,
        sql: "SELECT key, cause FROM package WHERE outcome = 'failed' ORDER BY key",
    },
    Question {
        name: "incomplete",
        zh: "未能看全的安装包及其局限",
        en: "Packages that could not be seen in full, and what hid them",
        parameter: None,
        sql: "SELECT p.key, p.application_id, p.packer, l.kind, l.hides, l.at FROM package p
              JOIN limitation l USING (key) WHERE l.hides IS NOT NULL ORDER BY p.key, l.position",
    },
    Question {
        name: "outcomes",
        zh: "审计结果分布",
        en: "How audits ended",
        parameter: None,
        sql: "SELECT outcome, COUNT(*) AS packages FROM package GROUP BY outcome ORDER BY outcome",
    },
    Question {
        name: "permissions",
        zh: "申请最多的权限",
        en: "Permissions by number of apps",
        parameter: None,
        sql: "SELECT name AS permission, COUNT(*) AS apps FROM permission GROUP BY name ORDER BY apps DESC, name",
    },
    Question {
        name: "prevalence",
        zh: "各 SDK 的应用数与未声明率",
        en: "Apps and undeclared rate by SDK",
        parameter: None,
        sql: "SELECT s.sdk, i.name_zh, i.name_en, COUNT(*) AS apps,
                     ROUND(100.0 * COUNT(*) / (SELECT COUNT(*) FROM package WHERE outcome <> 'failed'), 1) AS percent,
                     SUM(s.declared = 0) AS undeclared,
                     ROUND(100.0 * SUM(s.declared = 0) / NULLIF(SUM(s.declared IS NOT NULL), 0), 1) AS undeclared_percent
              FROM sdk s LEFT JOIN sdk_info i USING (sdk)
              GROUP BY s.sdk ORDER BY apps DESC, s.sdk",
    },
    Question {
        name: "rules",
        zh: "各规则的发现数与涉及应用数",
        en: "Findings and apps by rule",
        parameter: None,
        sql: "SELECT rule, severity, COUNT(*) AS findings, COUNT(DISTINCT key) AS apps FROM finding
              WHERE NOT suppressed GROUP BY rule, severity ORDER BY apps DESC, rule, severity",
    },
    Question {
        name: "ships",
        zh: "哪些应用含有某 SDK",
        en: "Which apps ship an SDK",
        parameter: Some("sdk"),
        sql: "SELECT p.key, p.application_id, p.version_name, s.version, s.confidence, s.classes, s.carried_by, s.declared
              FROM sdk s JOIN package p USING (key) WHERE s.sdk = ?1 ORDER BY p.key",
    },
    Question {
        name: "undeclared",
        zh: "哪些应用含有某 SDK 而所给政策文本中未见",
        en: "Which apps ship an SDK that the policy given does not name",
        parameter: Some("sdk"),
        sql: "SELECT p.key, p.application_id, p.version_name, s.version, s.confidence, s.classes
              FROM sdk s JOIN package p USING (key)
              WHERE s.sdk = ?1 AND s.declared = 0 AND s.carried_by IS NULL ORDER BY p.key",
    },
    Question {
        name: "vendors",
        zh: "各提供方的应用数与未声明率",
        en: "Apps and undeclared rate by vendor",
        parameter: None,
        sql: "SELECT i.vendor, COUNT(DISTINCT s.key) AS apps, SUM(s.declared = 0) AS undeclared,
                     ROUND(100.0 * SUM(s.declared = 0) / NULLIF(SUM(s.declared IS NOT NULL), 0), 1) AS undeclared_percent
              FROM sdk s JOIN sdk_info i USING (sdk) WHERE i.vendor IS NOT NULL AND s.carried_by IS NULL
              GROUP BY i.vendor ORDER BY apps DESC, i.vendor",
    },
    Question {
        name: "worst",
        zh: "高、中级发现最多的应用",
        en: "Apps with the most high and medium findings",
        parameter: None,
        sql: "SELECT p.key, p.application_id, SUM(f.severity = 'high') AS high, SUM(f.severity = 'medium') AS medium,
                     COUNT(*) AS findings
              FROM finding f JOIN package p USING (key) WHERE NOT f.suppressed
              GROUP BY p.key HAVING high + medium > 0 ORDER BY high DESC, medium DESC, p.key",
    },
];

/// The ready question called `name`.
pub fn question(name: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|q| q.name == name)
}

/// Rows of text under named columns; `NULL` is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// Asks a query, at most `limit` rows.
pub fn ask(store: &Store, sql: impl AsRef<str>, parameters: &[&str], limit: usize) -> Result<Table, Error> {
    let mut statement = store.connection().prepare(sql.as_ref())?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let mut table = Table { columns, rows: Vec::new() };
    while let Some(row) = rows.next()? {
        if table.rows.len() >= limit {
            break;
        }
        let cells = (0..width).map(|i| Ok(cell(row.get_ref(i)?)));
        table.rows.push(cells.collect::<rusqlite::Result<_>>()?);
    }
    Ok(table)
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(x) => x.to_string(),
        ValueRef::Text(t) => String::from_utf8_lossy(t).into_owned(),
        ValueRef::Blob(b) => format!("{} bytes", b.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::export;
    use crate::batch::record::{FindingRow, Outcome, Record, SdkRow};

    fn sdk(id: &str, declared: Option<bool>) -> SdkRow {
        SdkRow {
            sdk: id.into(),
            confidence: "high".into(),
            classes: 3,
            version: None,
            carried_by: None,
            declared,
        }
    }

    fn store() -> Store {
        let mut store = Store::create(std::path::Path::new(":memory:")).unwrap();
        let finding = FindingRow {
            rule: "undeclared-sdk".into(),
            severity: "high".into(),
            confidence: "high".into(),
            subject_kind: "sdk".into(),
            subject: "push-a".into(),
            message_zh: "含有".into(),
            message_en: "contains, \"quoted\"".into(),
            fingerprint: "00".into(),
            suppressed: false,
        };
        let one = Record {
            outcome: Outcome::Complete,
            cause: None,
            application_id: Some("org.example.one".into()),
            sdks: vec![sdk("map-b", Some(true)), sdk("push-a", Some(false))],
            findings: vec![finding],
            permissions: vec!["android.permission.CAMERA".into()],
            ..Record::failed("one.apk", "")
        };
        let two = Record {
            sdks: vec![sdk("push-a", None)],
            ..Record { outcome: Outcome::Complete, cause: None, ..Record::failed("two.apk", "") }
        };
        store.write(&[one, two, Record::failed("three.apk", "no end record")]).unwrap();
        store
    }

    #[test]
    fn every_ready_question_runs_and_its_names_are_sorted() {
        let store = store();
        assert!(QUESTIONS.windows(2).all(|w| w[0].name < w[1].name));
        for q in QUESTIONS {
            let parameters: &[&str] = if q.parameter.is_some() { &["push-a"] } else { &[] };
            let table = ask(&store, q.sql, parameters, 100).unwrap_or_else(|e| panic!("{}: {e}", q.name));
            assert!(table.rows.iter().all(|r| r.len() == table.columns.len()));
        }
    }

    #[test]
    fn undeclared_counts_only_apps_whose_policy_was_given() {
        let store = store();
        let q = question("undeclared").unwrap();
        let table = ask(&store, q.sql, &["push-a"], 100).unwrap();
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0][0], "one.apk");
        let q = question("prevalence").unwrap();
        let table = ask(&store, q.sql, &[], 100).unwrap();
        assert_eq!(table.rows[0], ["push-a", "", "", "2", "100", "1", "100"]);
    }

    #[test]
    fn exports_name_every_package_and_merge_gives_the_same_bytes() {
        let store = store();
        let mut csv = Vec::new();
        export::csv(&store, export::Table::Findings, false, &mut csv).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        assert_eq!(csv.lines().count(), 4, "{csv}");
        assert!(csv.contains("three.apk,failed,no end record"));
        let mut direct = Vec::new();
        export::ndjson(&store, &mut direct, true).unwrap();
        let mut into = Store::create(std::path::Path::new(":memory:")).unwrap();
        assert_eq!(export::merge(&mut into, &[store]).unwrap(), 3);
        let mut merged = Vec::new();
        export::ndjson(&into, &mut merged, true).unwrap();
        assert_eq!(direct, merged);
    }
}
