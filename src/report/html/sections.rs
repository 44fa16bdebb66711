//! The parts of the HTML report, each from the report's data alone.

use super::treemap;
use super::{Options, both, each, escape, text};
use crate::evidence::Evidence;
use crate::finding::{Finding, Severity};
use crate::lang::Lang;
use crate::report::words;
use crate::report::{Owner, PermissionRow, Report, Row, Verdict};
use std::io::{self, Write};

/// Pieces of evidence shown per row before the rest is counted.
const EVIDENCE: usize = 4;

/// Counts at the top.
pub fn tiles(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |v: Verdict| report.summary.verdicts.get(&v).copied().unwrap_or(0);
    let grade = |s: Severity| report.summary.findings.get(&s).copied().unwrap_or(0);
    let tiles = [
        (report.summary.sdks_in_app, "", both("应用中的 SDK 与库", "SDKs and libraries in the app")),
        (report.summary.rows_in_policy, "", both("政策中的 SDK 行", "SDK rows in the policy")),
        (count(Verdict::Undeclared), "bad", both("未在所给文本中找到", "not named in the text given")),
        (count(Verdict::UnknownCode), "bad", both("未知第三方代码", "unknown third-party packages")),
        (count(Verdict::NotFound), "maybe", both("已声明、包中未发现", "declared, not found")),
        (grade(Severity::High), "high", both("高严重度发现项", "findings of high severity")),
        (grade(Severity::Medium), "medium", both("中严重度发现项", "findings of medium severity")),
    ];
    write!(out, "<ul class=\"tiles\">")?;
    for (n, class, words) in tiles {
        let class = if n == 0 { "" } else { class };
        write!(out, "<li><b class=\"{class}\">{n}</b><span>{words}</span></li>")?;
    }
    writeln!(out, "</ul>")
}

/// What could not be seen; above everything that rests on seeing.
pub fn limitations(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.limitations.is_empty() {
        return Ok(());
    }
    let title = both("限制：未能看到的内容", "Limitations: what could not be seen");
    writeln!(out, "<section class=\"limits\" id=\"limitations\"><h2>{title}</h2><ul>")?;
    for l in &report.limitations {
        let hides = match l.hides {
            Some(_) => format!(
                "<span class=\"tag warn\">{}</span> ",
                both("使检查不完整", "makes the audit incomplete")
            ),
            None => String::new(),
        };
        let at = escape(&words::place(report, &l.at));
        writeln!(out, "<li>{hides}{} <span class=\"sub mono\">{at}</span></li>", text(&l.detail))?;
    }
    writeln!(out, "</ul></section>")
}

/// Entries of the configuration or baseline that accept nothing, or no longer.
pub fn notices(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.notices.is_empty() {
        return Ok(());
    }
    let title = both("未使用或已到期的设置条目", "Entries of the settings that are unused or expired");
    writeln!(out, "<section id=\"notices\"><h2>{title}</h2><ul>")?;
    for n in &report.notices {
        let at = escape(&format!("{}:{}", n.file, n.line));
        writeln!(out, "<li>{} <span class=\"sub mono\">{at}</span></li>", text(&n.message))?;
    }
    writeln!(out, "</ul></section>")
}

/// SDK by SDK.
pub fn comparison(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"comparison\"><h2>{}</h2>", both("对照", "Comparison"))?;
    let (mut main, mut optional): (Vec<&Row>, Vec<&Row>) = (Vec::new(), Vec::new());
    for row in &report.comparison {
        if row.verdict == Verdict::Optional { optional.push(row) } else { main.push(row) }
    }
    if main.is_empty() {
        writeln!(
            out,
            "<p>{}</p>",
            both("应用与政策中都没有 SDK。", "No SDK in the app and none in the policy.")
        )?;
    } else {
        table(report, &main, out)?;
    }
    if !optional.is_empty() {
        let n = optional.len();
        writeln!(
            out,
            "<details><summary>{}</summary>",
            both(
                &format!("不收集数据的库（{n} 个，可不列出）"),
                &format!("Libraries without data collection ({n}, listing optional)")
            )
        )?;
        table(report, &optional, out)?;
        writeln!(out, "</details>")?;
    }
    writeln!(out, "</section>")
}

fn table(report: &Report, rows: &[&Row], out: &mut dyn Write) -> io::Result<()> {
    let heads = [
        ("SDK", "SDK"),
        ("应用中（依据）", "In the app (evidence)"),
        ("政策中（行）", "In the policy (line)"),
        ("结论", "Verdict"),
    ];
    write!(out, "<table class=\"cards\"><thead><tr>")?;
    for (zh, en) in heads {
        write!(out, "<th scope=\"col\">{}</th>", both(zh, en))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for row in rows {
        let [_, app, policy, verdict] =
            heads.map(|(zh, en)| format!("<span class=\"lbl\">{}</span>", both(zh, en)));
        let id = match &row.sdk {
            Some(id) => format!("<div class=\"sub mono\">{}</div>", escape(id.as_str())),
            None => String::new(),
        };
        writeln!(
            out,
            "<tr><td><b>{}</b>{id}</td><td>{app}{}</td><td>{policy}{}</td><td>{verdict}{}</td></tr>",
            text(&row.name),
            in_app(row),
            in_policy(report, row),
            outcome(report, row)
        )?;
    }
    writeln!(out, "</tbody></table>")
}

fn in_app(row: &Row) -> String {
    let Some(app) = &row.app else { return "<span class=\"mute\">—</span>".to_owned() };
    let mut out = String::from("<ul class=\"plain\">");
    for e in app.evidence.iter().take(EVIDENCE) {
        out.push_str(&format!("<li class=\"mono\">{}</li>", each(|l| words::evidence(e, l))));
    }
    let rest = app.evidence.len().saturating_sub(EVIDENCE);
    if rest > 0 {
        out.push_str(&format!(
            "<li class=\"sub\">{}</li>",
            both(&format!("另有 {rest} 项依据"), &format!("{rest} more"))
        ));
    }
    if let Some(v) = &app.version {
        out.push_str(&format!("<li class=\"sub\">{} {}</li>", both("版本", "version"), escape(v)));
    }
    if let Some(c) = &app.carried_by {
        out.push_str(&format!(
            "<li class=\"sub\">{} {}</li>",
            both("随附于", "carried by"),
            escape(c.as_str())
        ));
    }
    out.push_str("</ul>");
    out
}

fn in_policy(report: &Report, row: &Row) -> String {
    if row.policy.is_empty() {
        return "<span class=\"mute\">—</span>".to_owned();
    }
    let mut out = String::from("<ul class=\"plain\">");
    for p in row.policy.iter().take(EVIDENCE) {
        let at = both(&format!("第 {} 行", p.line), &format!("line {}", p.line));
        let document = match report.documents.len() {
            0 | 1 => String::new(),
            _ => report.document(p.document).map(|d| format!(" · {}", escape(&d.name))).unwrap_or_default(),
        };
        out.push_str(&format!(
            "<li><a href=\"#d{}-r{}\">{}</a> <span class=\"sub\">{at}{document}</span></li>",
            p.document.0,
            p.declaration,
            escape(&p.name)
        ));
    }
    let rest = row.policy.len().saturating_sub(EVIDENCE);
    if rest > 0 {
        out.push_str(&format!("<li class=\"sub\">+{rest}</li>"));
    }
    out.push_str("</ul>");
    out
}

fn outcome(report: &Report, row: &Row) -> String {
    let mut out =
        format!("<span class=\"tag {}\">{}</span>", class_of(row.verdict), each(|l| row.verdict.text(l)));
    let about: Vec<&Finding> =
        report.findings.iter().filter(|f| row.findings.contains(&f.fingerprint.0)).collect();
    if !about.is_empty() {
        out.push_str("<ul class=\"plain sub\">");
        for f in about.iter().take(6) {
            out.push_str(&format!(
                "<li><a href=\"#f-{}\">{}</a></li>",
                escape(&f.fingerprint.0),
                rule_title(report, f.rule)
            ));
        }
        out.push_str("</ul>");
    }
    out
}

/// Colour of a verdict.
pub fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Undeclared | Verdict::UnknownCode => "bad",
        Verdict::Carried | Verdict::FamilyOnly | Verdict::Ambiguous => "warn",
        Verdict::Declared => "ok",
        Verdict::NotFound | Verdict::UnknownName => "maybe",
        Verdict::OtherPlatform | Verdict::Service | Verdict::Optional => "mute",
    }
}

fn rule_title(report: &Report, id: &str) -> String {
    report.rule(id).map_or_else(|| escape(id), |r| text(&r.title))
}

/// Findings, by severity and rule.
pub fn findings(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"findings\"><h2>{} ({})</h2>",
        both("发现项", "Findings"),
        report.findings.len()
    )?;
    if report.findings.is_empty() {
        let words = if report.complete {
            both("没有发现项。", "No findings.")
        } else {
            both(
                "已看到的部分没有发现项；检查不完整。",
                "No findings in what could be seen; the audit is incomplete.",
            )
        };
        writeln!(out, "<p>{words}</p>")?;
    }
    let mut previous = None;
    for f in &report.findings {
        if previous != Some((f.severity, f.rule)) {
            previous = Some((f.severity, f.rule));
            rule_head(report, f, out)?;
        }
        finding(report, f, out)?;
    }
    writeln!(out, "</section>")
}

fn rule_head(report: &Report, f: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let grade = words::severity(f.severity, Lang::En);
    writeln!(
        out,
        "<div class=\"rule-group\"><h3><span class=\"tag {grade}\">{}</span> {} <code class=\"sub\">{}</code></h3>",
        each(|l| words::severity(f.severity, l)),
        rule_title(report, f.rule),
        escape(f.rule)
    )?;
    if let Some(rule) = report.rule(f.rule) {
        if !rule.basis.is_empty() {
            let cites: Vec<String> = rule.basis.iter().map(|b| text(&b.cite)).collect();
            writeln!(out, "<p class=\"sub\">{} {}</p>", both("依据：", "Basis:"), cites.join(" · "))?;
        }
        if !rule.fix.zh.is_empty() {
            writeln!(out, "<p class=\"sub\">{} {}</p>", both("处理：", "To fix:"), text(&rule.fix))?;
        }
    }
    writeln!(out, "</div>")
}

fn finding(report: &Report, f: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let grade = words::severity(f.severity, Lang::En);
    writeln!(
        out,
        "<article class=\"{grade}\" id=\"f-{}\"><div class=\"head\"><b>{}</b><span class=\"sub\">{} {}</span></div>",
        escape(&f.fingerprint.0),
        text(&f.message),
        both("可信度", "confidence"),
        each(|l| words::confidence(f.confidence, l)),
    )?;
    if let Some(s) = &f.suppressed {
        let until = s.until.as_deref().map(|u| format!(" ({})", escape(u))).unwrap_or_default();
        writeln!(out, "<p class=\"sub\">{} {}{until}</p>", both("已接受：", "Accepted:"), escape(&s.reason))?;
    }
    writeln!(out, "<ul>")?;
    for e in &f.evidence {
        evidence(report, e, out)?;
    }
    writeln!(out, "</ul></article>")
}

fn evidence(report: &Report, piece: &Evidence, out: &mut dyn Write) -> io::Result<()> {
    match piece {
        Evidence::Quoted { document, line, text, .. } => {
            let name = report.document(*document).map_or("", |d| d.name.as_str());
            let at = both(&format!("第 {line} 行"), &format!("line {line}"));
            writeln!(
                out,
                "<li>{} <a href=\"#d{}-l{line}\">{} {at}</a><blockquote>{}</blockquote></li>",
                both("政策原文", "Policy text"),
                document.0,
                escape(name),
                escape(text)
            )
        }
        Evidence::Seen { at, .. } => writeln!(
            out,
            "<li>{} <span class=\"mono\">{}</span> <span class=\"sub mono\">{}</span></li>",
            both("应用中", "In the app"),
            each(|l| words::evidence(piece, l)),
            escape(&words::place(report, at))
        ),
        Evidence::Absent { searched, tried } => {
            writeln!(out, "<li>{}", each(|l| words::evidence(piece, l)))?;
            if !tried.is_empty() {
                let names: Vec<String> = tried.iter().map(|t| escape(t)).collect();
                writeln!(
                    out,
                    "<details><summary>{}</summary><p class=\"sub\">{}</p></details>",
                    both("查过的名称与位置", "what was looked for, and where"),
                    format_args!("{}<br>{}", names.join(" · "), escape(&searched.join(" · ")))
                )?;
            }
            writeln!(out, "</li>")
        }
    }
}

/// Permissions of the manifest beside those of the policy.
pub fn permissions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.permissions.is_empty() {
        return Ok(());
    }
    let title = both("权限对照", "Permissions");
    writeln!(
        out,
        "<section id=\"permissions\"><h2>{title} ({})</h2><table class=\"cards\"><thead><tr>",
        report.permissions.len()
    )?;
    let heads = [
        ("权限", "Permission"),
        ("清单申请", "Requested in the manifest"),
        ("政策的权限表", "In the policy's own list"),
        ("SDK 行写明", "Named by SDK rows"),
    ];
    for (zh, en) in heads {
        write!(out, "<th scope=\"col\">{}</th>", both(zh, en))?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    let [_, requested, listed, rows] =
        heads.map(|(zh, en)| format!("<span class=\"lbl\">{}</span>", both(zh, en)));
    for p in &report.permissions {
        writeln!(
            out,
            "<tr><td class=\"mono\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(p.name.strip_prefix("android.permission.").unwrap_or(&p.name)),
            cell(&requested, asked(p)),
            cell(&listed, listing(p)),
            cell(&rows, row_names(report, p)),
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn cell(label: &str, content: String) -> String {
    if content.is_empty() { String::new() } else { format!("{label}{content}") }
}

fn asked(p: &PermissionRow) -> String {
    match (p.requested, p.max_sdk) {
        (false, _) => String::new(),
        (true, None) => "✓".to_owned(),
        (true, Some(max)) => format!("✓ <span class=\"sub\">≤ API {max}</span>"),
    }
}

fn listing(p: &PermissionRow) -> String {
    let one = |m: &crate::report::PermissionMention| {
        let at = both(&format!("第 {} 行", m.line), &format!("line {}", m.line));
        format!(
            "<li>{} <a class=\"sub\" href=\"#d{}-l{}\">{at}</a></li>",
            escape(&m.written),
            m.document.0,
            m.line
        )
    };
    if p.policy.is_empty() {
        return String::new();
    }
    format!("<ul class=\"plain\">{}</ul>", p.policy.iter().take(EVIDENCE).map(one).collect::<String>())
}

fn row_names(report: &Report, p: &PermissionRow) -> String {
    let names: Vec<String> = p
        .rows
        .iter()
        .filter_map(|i| report.declarations.get(*i).map(|d| (i, d)))
        .take(6)
        .map(|(i, d)| format!("<a href=\"#d{}-r{i}\">{}</a>", d.document.0, escape(&d.name.text)))
        .collect();
    let rest = p.rows.len().saturating_sub(6);
    if rest > 0 { format!("{} +{rest}", names.join(" · ")) } else { names.join(" · ") }
}

/// What code of each owner can read; static, so never "reads".
pub fn behaviour(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.behaviour.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"behaviour\"><h2>{}</h2><p class=\"sub\">{}</p><table class=\"cards\"><tbody>",
        both("代码能够读取的信息", "What code can read"),
        both(
            "静态结果：代码中有能够读取该项的调用，不表示运行时读取。数字为调用处；“迹象”只是字符串或常量。",
            "Static: code that can read an item, not proof that it does. Numbers are call sites; a hint is a mere string or constant."
        )
    )?;
    for row in &report.behaviour {
        let known = report.comparison.iter().find(|r| r.key == row.key && r.name.en != row.key);
        let id = escape(&row.key);
        let name = match known {
            _ if row.key.is_empty() => format!("<b>{}</b>", each(|l| words::owner(row.owner, l))),
            Some(r) => format!("<b>{}</b><div class=\"sub mono\">{id}</div>", text(&r.name)),
            None => format!("<span class=\"mono\">{id}</span>"),
        };
        let chips: Vec<String> = row
            .items
            .iter()
            .map(|i| {
                let count = if i.weak { both("迹象", "hint") } else { format!("{}", i.calls) };
                format!(
                    "<span class=\"chip\" title=\"{}\">{} <b>{count}</b></span>",
                    escape(&i.place),
                    text(&i.name)
                )
            })
            .collect();
        writeln!(out, "<tr><td class=\"owner\">{name}</td><td>{}</td></tr>", chips.join(" "))?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// Classes by owner, drawn and counted.
pub fn code(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.code.is_empty() {
        return Ok(());
    }
    let total: u64 = report.code.iter().map(|c| u64::from(c.classes)).sum();
    writeln!(
        out,
        "<section id=\"code\"><h2>{}</h2><p class=\"sub\">{}</p>",
        both("代码构成（按类数）", "Code by owner (classes)"),
        both(&format!("共 {total} 个类"), &format!("{total} classes in all"))
    )?;
    writeln!(out, "{}", treemap::svg(&report.code, "classes by owner"))?;
    write!(out, "<ul class=\"legend\">")?;
    for owner in [Owner::Own, Owner::Sdk, Owner::Unknown, Owner::Renamed] {
        let classes: u64 =
            report.code.iter().filter(|c| c.owner == owner).map(|c| u64::from(c.classes)).sum();
        if classes > 0 {
            let share = classes as f64 / total.max(1) as f64 * 100.0;
            let words = each(|l| words::owner(owner, l));
            write!(
                out,
                "<li><i class=\"b-{}\"></i>{words} {classes} ({share:.0}%)</li>",
                treemap::class_of(owner)
            )?;
        }
    }
    writeln!(out, "</ul>")?;
    let title = both("逐项类数", "Classes by owner, one by one");
    writeln!(out, "<details><summary>{title}</summary><table><tbody>")?;
    for c in report.code.iter().take(400) {
        writeln!(
            out,
            "<tr><td class=\"mono\">{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&c.key),
            each(|l| words::owner(c.owner, l)),
            c.classes
        )?;
    }
    writeln!(out, "</tbody></table></details></section>")
}

/// Identity of what was audited, and how to do it again.
pub fn inputs(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"inputs\"><h2>{}</h2><table class=\"cards\"><tbody>",
        both("输入与复现", "Inputs and how to reproduce")
    )?;
    for i in &report.inputs {
        let role = if i.role == "package" { both("安装包", "package") } else { both("政策", "policy") };
        let sha = i.sha256.map(|s| s.to_string()).unwrap_or_default();
        let (name, format) = (escape(&i.name), escape(&i.format));
        writeln!(
            out,
            "<tr><td>{role}</td><td>{name}</td><td>{format}</td><td class=\"mono sub\">{sha}</td></tr>"
        )?;
    }
    for c in report.app.signing.iter().flat_map(|s| &s.certificates) {
        let debug = if c.debug { both("（调试签名）", " (debug key)") } else { String::new() };
        writeln!(
            out,
            "<tr><td>{}</td><td>{}{debug}</td><td>{}</td><td class=\"mono sub\">{}</td></tr>",
            both("签名证书", "certificate"),
            escape(&c.subject),
            escape(
                &report.app.signing.iter().flat_map(|s| &s.schemes).copied().collect::<Vec<_>>().join(" ")
            ),
            c.sha256
        )?;
    }
    writeln!(
        out,
        "<tr><td>{}</td><td>{} SDK</td><td></td><td class=\"mono sub\">{}</td></tr></tbody></table>",
        both("签名库", "signature database"),
        report.database.sdks,
        escape(&report.database.digest)
    )?;
    if !options.command.is_empty() {
        writeln!(out, "<pre>{}</pre>", escape(&options.command))?;
    }
    writeln!(out, "</section>")
}
