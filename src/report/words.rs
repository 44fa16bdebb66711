//! Words that several formats share: summary, verdicts, grades, kinds of evidence; in both languages.

use super::safe::{cut, line};
use super::{Owner, Report, Verdict};
use crate::evidence::{Confidence, Evidence, FeatureKind};
use crate::finding::Severity;
use crate::lang::Lang;
use crate::location::Location;
use crate::policy::FieldName;

/// The wording in `lang`.
pub fn say<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// One line that says how the audit ended.
pub fn summary_line(report: &Report, lang: Lang) -> String {
    let count = |v: Verdict| report.summary.verdicts.get(&v).copied().unwrap_or(0);
    let grade = |s: Severity| report.summary.findings.get(&s).copied().unwrap_or(0);
    let total: usize = report.summary.findings.values().sum();
    let s = &report.summary;
    let (undeclared, not_found) = (count(Verdict::Undeclared), count(Verdict::NotFound));
    let unknown = count(Verdict::UnknownCode);
    let [high, medium, low, info] =
        [Severity::High, Severity::Medium, Severity::Low, Severity::Info].map(grade);
    match lang {
        Lang::Zh => {
            let tail = match (total, report.complete) {
                (0, true) => "没有发现项".to_owned(),
                _ => format!("发现项 {total} 条（高 {high}，中 {medium}，低 {low}，提示 {info}）"),
            };
            let partial = if report.complete { "" } else { "；检查不完整，见“限制”" };
            format!(
                "应用含 SDK {} 个，政策列出 {} 行；未声明 {undeclared} 个，声明但未发现 {not_found} 个，\
                 未知第三方代码 {unknown} 处；{tail}{partial}",
                s.sdks_in_app, s.rows_in_policy
            )
        }
        Lang::En => {
            let tail = match (total, report.complete) {
                (0, true) => "no findings".to_owned(),
                _ => format!("{total} findings ({high} high, {medium} medium, {low} low, {info} info)"),
            };
            let partial = if report.complete { "" } else { "; incomplete, see limitations" };
            format!(
                "{} SDKs in the app, {} rows in the policy: {undeclared} undeclared, {not_found} declared but \
                 not found, {unknown} unknown third-party packages; {tail}{partial}",
                s.sdks_in_app, s.rows_in_policy
            )
        }
    }
}

impl Verdict {
    /// Whether the policy lacks a row of its own for what was found.
    pub fn is_open(self) -> bool {
        matches!(self, Verdict::Undeclared | Verdict::UnknownCode | Verdict::Carried | Verdict::FamilyOnly)
    }

    /// Words for people.
    pub fn text(self, lang: Lang) -> &'static str {
        match (lang, self) {
            (Lang::Zh, Verdict::Undeclared) => "未在所给文本中找到",
            (Lang::Zh, Verdict::UnknownCode) => "未知第三方代码",
            (Lang::Zh, Verdict::Carried) => "随其他 SDK 带入",
            (Lang::Zh, Verdict::FamilyOnly) => "仅写到厂商或系列",
            (Lang::Zh, Verdict::Ambiguous) => "名称有歧义",
            (Lang::Zh, Verdict::Declared) => "已声明",
            (Lang::Zh, Verdict::NotFound) => "此包中未发现",
            (Lang::Zh, Verdict::UnknownName) => "无法识别的名称",
            (Lang::Zh, Verdict::OtherPlatform) => "仅声明于其他平台",
            (Lang::Zh, Verdict::Service) => "服务，无嵌入代码",
            (Lang::Zh, Verdict::Optional) => "不收集数据的库",
            (Lang::En, Verdict::Undeclared) => "not named in the text given",
            (Lang::En, Verdict::UnknownCode) => "unknown third-party code",
            (Lang::En, Verdict::Carried) => "carried by another SDK",
            (Lang::En, Verdict::FamilyOnly) => "only the vendor is named",
            (Lang::En, Verdict::Ambiguous) => "ambiguous name",
            (Lang::En, Verdict::Declared) => "declared",
            (Lang::En, Verdict::NotFound) => "not found in this package",
            (Lang::En, Verdict::UnknownName) => "name not known",
            (Lang::En, Verdict::OtherPlatform) => "other platform only",
            (Lang::En, Verdict::Service) => "service without code",
            (Lang::En, Verdict::Optional) => "library, listing optional",
        }
    }
}

/// Words for a severity.
pub fn severity(grade: Severity, lang: Lang) -> &'static str {
    match (lang, grade) {
        (Lang::Zh, Severity::High) => "高",
        (Lang::Zh, Severity::Medium) => "中",
        (Lang::Zh, Severity::Low) => "低",
        (Lang::Zh, Severity::Info) => "提示",
        (Lang::En, Severity::High) => "high",
        (Lang::En, Severity::Medium) => "medium",
        (Lang::En, Severity::Low) => "low",
        (Lang::En, Severity::Info) => "info",
    }
}

/// Words for a confidence.
pub fn confidence(grade: Confidence, lang: Lang) -> &'static str {
    match (lang, grade) {
        (Lang::Zh, Confidence::High) => "高",
        (Lang::Zh, Confidence::Medium) => "中",
        (Lang::Zh, Confidence::Low) => "低",
        (Lang::En, Confidence::High) => "high",
        (Lang::En, Confidence::Medium) => "medium",
        (Lang::En, Confidence::Low) => "low",
    }
}

/// Words for a kind of mark.
pub fn kind(mark: FeatureKind, lang: Lang) -> &'static str {
    let (zh, en) = match mark {
        FeatureKind::Class => ("类", "class"),
        FeatureKind::Reference => ("引用", "reference"),
        FeatureKind::Activity => ("Activity", "activity"),
        FeatureKind::Service => ("Service", "service"),
        FeatureKind::Receiver => ("Receiver", "receiver"),
        FeatureKind::Provider => ("Provider", "provider"),
        FeatureKind::Authority => ("authority", "authority"),
        FeatureKind::Action => ("action", "action"),
        FeatureKind::MetaData => ("meta-data", "meta-data"),
        FeatureKind::Permission => ("权限", "permission"),
        FeatureKind::NativeLib => ("原生库", "native library"),
        FeatureKind::Asset => ("文件", "file"),
        FeatureKind::Maven => ("Maven", "Maven"),
        FeatureKind::Package => ("包", "package"),
        FeatureKind::Domain => ("域名", "domain"),
    };
    if lang == Lang::Zh { zh } else { en }
}

/// One piece of evidence in a few words.
pub fn evidence(piece: &Evidence, lang: Lang) -> String {
    match piece {
        Evidence::Seen { kind, value, count, weak, .. } => {
            let value = line(value);
            let weak = if *weak { say(lang, "（弱）", " (weak)") } else { "" };
            match kind {
                FeatureKind::Class => match lang {
                    Lang::Zh => format!("{value}（{count} 个类）{weak}"),
                    Lang::En => format!("{value} ({count} classes){weak}"),
                },
                _ => format!("{}: {value}{weak}", self::kind(*kind, lang)),
            }
        }
        Evidence::Quoted { line: at, text, .. } => {
            format!("{}{at}: {}", say(lang, "行 ", "line "), cut(&line(text), 60))
        }
        Evidence::Absent { searched, tried } => match lang {
            Lang::Zh => format!("在 {} 中查过 {} 个名称，未找到", line(&searched.join("、")), tried.len()),
            Lang::En => format!("not found in {}; {} names tried", line(&searched.join(", ")), tried.len()),
        },
    }
}

/// A place in package or policy: entry and item, or document and line.
pub fn place(report: &Report, at: &Location) -> String {
    match at {
        Location::Entry { path, item } => {
            let item = item.as_deref().map(|i| format!(" {}", line(i))).unwrap_or_default();
            format!("{}{item}", line(path.as_str()))
        }
        Location::Text { document, span } => match report.document(*document) {
            Some(d) => format!("{}:{}", line(&d.name), d.line(span.start)),
            None => String::new(),
        },
    }
}

/// Words for the owner of code.
pub fn owner(owner: Owner, lang: Lang) -> &'static str {
    match owner {
        Owner::Own => say(lang, "应用自身", "the app's own"),
        Owner::Sdk => say(lang, "已知 SDK 与库", "known SDKs and libraries"),
        Owner::Unknown => say(lang, "未知第三方", "unknown third parties"),
        Owner::Renamed => say(lang, "名称被混淆", "renamed"),
    }
}

/// Words for a field of a row.
pub fn field(name: FieldName, lang: Lang) -> &'static str {
    let (zh, en) = name.words();
    say(lang, zh, en)
}
