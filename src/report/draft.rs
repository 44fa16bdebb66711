//! Rows that a policy lacks, written the way its own list is written: a row of it serves as the pattern.

use super::safe::line;
use super::{Report, Row, Verdict};
use crate::finding::Case;
use crate::lang::Lang;
use crate::location::{DocumentId, Span};
use crate::policy::{Declaration, Document, Field, Place};
use crate::signature::Sdk;
use crate::taxonomy;
use serde::Serialize;

/// One row to be added, with what is known; `None` is for a person to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftRow {
    /// SDK id, or package prefix of unknown code.
    pub key: String,
    /// Name, as the policy should write it.
    pub name: String,
    /// Package prefix that was found.
    pub package: Option<String>,
    /// Company.
    pub provider: Option<String>,
    /// Purpose, from the SDK's category.
    pub purpose: Option<String>,
    /// Data the vendor documents.
    pub data: Option<String>,
    /// Where `data` is documented.
    pub source: Option<String>,
    /// Data that the code can read: to be checked before it is written.
    pub readable: Vec<String>,
    /// Privacy policy of the vendor.
    pub link: Option<String>,
}

/// Rows for everything in the app that the policy does not name; all of the app's SDKs where `whole`.
pub fn rows(report: &Report, case: &Case<'_>, lang: Lang, whole: bool) -> Vec<DraftRow> {
    let wanted = |r: &&Row| match r.verdict {
        Verdict::Undeclared | Verdict::UnknownCode | Verdict::Carried | Verdict::FamilyOnly => true,
        Verdict::Declared | Verdict::Ambiguous => whole && r.app.is_some(),
        _ => false,
    };
    report.comparison.iter().filter(wanted).map(|r| row(report, case, r, lang)).collect()
}

fn row(report: &Report, case: &Case<'_>, row: &Row, lang: Lang) -> DraftRow {
    let sdk = row.sdk.as_ref().and_then(|id| case.database.get(id.as_str()));
    let seen = row.app.iter().flat_map(|a| &a.evidence).find_map(|e| match e {
        crate::evidence::Evidence::Seen { kind: crate::evidence::FeatureKind::Class, value, .. } => {
            Some(line(value))
        }
        _ => None,
    });
    let items = |ids: &[crate::signature::Str]| {
        let names = ids.iter().filter_map(|id| taxonomy::get(id));
        let names: Vec<&str> = names.map(|i| if lang == Lang::Zh { i.zh } else { i.en }).collect();
        (!names.is_empty()).then(|| names.join(if lang == Lang::Zh { "、" } else { ", " }))
    };
    let readable = report.behaviour.iter().filter(|b| b.key == row.key).flat_map(|b| &b.items);
    DraftRow {
        key: row.key.clone(),
        name: match (sdk, lang) {
            (Some(s), _) => policy_name(s, lang),
            (None, _) => row.key.clone(),
        },
        package: seen,
        provider: sdk.and_then(|s| provider(s, lang)),
        purpose: sdk.and_then(|s| purpose(&s.category, lang)).map(str::to_owned),
        data: sdk.and_then(|s| items(&s.data)),
        source: sdk.and_then(|s| s.documented.as_ref()).map(|s| s.to_string()),
        readable: readable.filter(|i| !i.weak).map(|i| i.name.get(lang).to_owned()).collect(),
        link: sdk.and_then(|s| s.privacy_url.as_ref()).map(|u| u.to_string()),
    }
}

/// The SDK's name with the word SDK, as lists write it.
fn policy_name(sdk: &Sdk, lang: Lang) -> String {
    let name = if lang == Lang::Zh { &sdk.name_zh } else { &sdk.name_en };
    let name = if name.is_empty() { sdk.id.as_str() } else { name };
    match (name.to_ascii_uppercase().contains("SDK"), lang) {
        (true, _) => name.to_owned(),
        (false, Lang::Zh) if name.ends_with(|c: char| c.is_ascii()) => format!("{name} SDK"),
        (false, Lang::Zh) => format!("{name}SDK"),
        (false, Lang::En) => format!("{name} SDK"),
    }
}

/// The legal entity in the language of the policy, else any.
fn provider(sdk: &Sdk, lang: Lang) -> Option<String> {
    let han = |s: &str| s.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
    let fits = sdk.vendors.iter().find(|v| han(v) == (lang == Lang::Zh));
    fits.or(sdk.vendors.first()).map(|v| v.to_string())
}

/// What SDKs of a category are for, in the words of policies.
fn purpose(category: &str, lang: Lang) -> Option<&'static str> {
    let (zh, en) = match category {
        "ads" => ("广告投放与效果监测", "to show advertisements and measure them"),
        "analytics" => ("统计分析应用的使用情况", "to analyse how the app is used"),
        "apm" | "crash" => ("崩溃监控与性能分析", "to find crashes and performance problems"),
        "attribution" => ("推广效果归因", "to learn which campaign an installation came from"),
        "captcha" | "security" => ("安全风控，识别异常操作", "to protect accounts and detect fraud"),
        "cloud-storage" => ("文件上传与下载", "to upload and download files"),
        "customer-service" | "im" => ("在线客服与即时通讯", "for messages and customer service"),
        "device-id" => ("识别设备", "to identify devices"),
        "face-id" => ("实名认证与人脸核身", "to verify identity"),
        "game-channel" => ("渠道账号登录与支付", "for sign-in and payment of the distribution channel"),
        "hot-update" => ("修复问题与更新功能", "to update the app's code"),
        "live-video" | "rtc" => ("音视频播放与通话", "for audio and video"),
        "location" => ("定位", "to determine location"),
        "map" => ("地图展示与定位", "to show maps and determine location"),
        "one-click-login" => ("本机号码一键登录", "for sign-in with the phone number"),
        "payment" => ("支付", "for payment"),
        "push" => ("消息推送", "to send notifications"),
        "scan" => ("扫码识别", "to scan codes"),
        "social-login-share" => ("第三方登录与分享", "for sign-in and sharing"),
        "speech" => ("语音识别与合成", "for speech recognition"),
        "webview" => ("浏览网页与文档", "to show web pages and documents"),
        _ => return None,
    };
    Some(if lang == Lang::Zh { zh } else { en })
}

/// What stands where a person must fill in.
fn blank(field: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("【待填写：{field}】"),
        Lang::En => format!("[to be filled in: {field}]"),
    }
}

/// The fields of a row as text, with blanks.
struct Cells {
    name: String,
    package: String,
    provider: String,
    purpose: String,
    data: String,
    link: String,
}

fn cells(row: &DraftRow, lang: Lang) -> Cells {
    let or = |value: &Option<String>, zh: &str, en: &str| {
        value.clone().unwrap_or_else(|| blank(if lang == Lang::Zh { zh } else { en }, lang))
    };
    Cells {
        name: row.name.clone(),
        package: or(&row.package, "包名", "package"),
        provider: or(&row.provider, "第三方公司名称", "provider"),
        purpose: or(&row.purpose, "使用目的", "purpose"),
        data: or(&row.data, "收集的个人信息", "data"),
        link: or(&row.link, "隐私政策链接", "privacy policy"),
    }
}

/// A place in a document with the text that goes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// Which document.
    pub document: DocumentId,
    /// Byte of its decoded text before which the rows go.
    pub at: usize,
    /// The rows, in the layout of the list.
    pub text: String,
}

/// The rows in the layout of the policy's own list; `None` where it has no list that could be a pattern.
pub fn patch(
    documents: &[Document],
    declarations: &[Declaration],
    rows: &[DraftRow],
    lang: Lang,
) -> Option<Patch> {
    let pattern = Pattern::of(documents, declarations)?;
    let text: String = rows.iter().enumerate().map(|(i, r)| pattern.fill(&cells(r, lang), i)).collect();
    let start = if pattern.leading_break { "\n" } else { "" };
    Some(Patch { document: pattern.document, at: pattern.end, text: format!("{start}{text}") })
}

/// The rows as a Markdown table, for a policy without a list.
pub fn table(rows: &[DraftRow], lang: Lang) -> String {
    let head = match lang {
        Lang::Zh => {
            "| SDK名称 | 包名 | 第三方公司名称 | 使用目的 | 收集的个人信息 | 隐私政策链接 |\n|---|---|---|---|---|---|\n"
        }
        Lang::En => {
            "| SDK | Package | Provider | Purpose | Data | Privacy policy |\n|---|---|---|---|---|---|\n"
        }
    };
    let row = |r: &DraftRow| {
        let c = cells(r, lang);
        let all = [c.name, c.package, c.provider, c.purpose, c.data, c.link];
        format!("| {} |\n", all.map(|t| line(&t).replace('|', "\\|")).join(" | "))
    };
    format!("{head}{}", rows.iter().map(row).collect::<String>())
}

/// The rows as labelled fields, for the forms of app stores.
pub fn form(rows: &[DraftRow], lang: Lang) -> String {
    let labels = match lang {
        Lang::Zh => ["SDK 名称", "包名", "第三方公司名称", "使用目的", "收集的个人信息", "隐私政策链接"],
        Lang::En => ["SDK", "Package", "Provider", "Purpose", "Data", "Privacy policy"],
    };
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let block = |r: &DraftRow| {
        let c = cells(r, lang);
        let values = [c.name, c.package, c.provider, c.purpose, c.data, c.link];
        let lines = labels.iter().zip(values).map(|(l, v)| format!("{l}{colon}{}\n", line(&v)));
        let mut out: String = lines.collect();
        if r.data.is_none() && !r.readable.is_empty() {
            let words = match lang {
                Lang::Zh => "（请核对：代码中有能够读取下列信息的调用）",
                Lang::En => "(to check: code that can read)",
            };
            out.push_str(&format!(
                "{words} {}\n",
                r.readable.join(if lang == Lang::Zh { "、" } else { ", " })
            ));
        }
        out.push('\n');
        out
    };
    rows.iter().map(block).collect()
}

/// A row of the policy's list as a pattern: text with slots.
struct Pattern<'a> {
    document: DocumentId,
    text: &'a str,
    /// The row's bytes, whole lines or a whole `<tr>`.
    row: Span,
    declaration: &'a Declaration,
    /// Where new rows go: behind the last row of the list.
    end: usize,
    leading_break: bool,
    html: bool,
    /// The number the next row gets, where rows are numbered.
    next: Option<u32>,
}

impl<'a> Pattern<'a> {
    /// The fullest row of the longest list.
    fn of(documents: &'a [Document], declarations: &'a [Declaration]) -> Option<Pattern<'a>> {
        let listed = || declarations.iter().filter(|d| d.place == Place::List && d.nested.is_empty());
        let lists = listed().map(|d| (d.document, d.reader));
        let list = lists
            .clone()
            .max_by_key(|l| (lists.clone().filter(|m| m == l).count(), std::cmp::Reverse(l.0)))?;
        let members: Vec<&Declaration> = listed().filter(|d| (d.document, d.reader) == list).collect();
        let text = documents.get(list.0.0 as usize).map(|d| d.text.as_str())?;
        let alone = |d: &&Declaration| {
            let row = whole_row(text, d);
            members
                .iter()
                .filter(|m| m.name.spans.first().is_some_and(|s| row.start <= s.start && s.end <= row.end))
                .count()
                == 1
        };
        let full = |d: &&&Declaration| fields(d).len();
        // The last of the fullest: its surroundings are most likely those of the end of the list.
        let declaration = members.iter().filter(|d| alone(d)).max_by_key(full)?;
        let last = members.iter().max_by_key(|d| whole_row(text, d).end)?;
        let row = whole_row(text, declaration);
        let end = whole_row(text, last).end;
        let html = text.get(row.start..row.end).is_some_and(|t| t.trim_start().starts_with('<'));
        let leading_break = !html && text.get(..end).is_some_and(|t| !t.ends_with('\n'));
        let next = number(text, last).and_then(|(_, n)| n.checked_add(1));
        Some(Pattern { document: list.0, text, row, declaration, end, leading_break, html, next })
    }

    fn fill(&self, cells: &Cells, index: usize) -> String {
        let d = self.declaration;
        let mut slots: Vec<(Span, String)> = Vec::new();
        let mut slot = |field: Option<&Field>, value: &str| {
            // Of several pieces the first takes the value, the others are dropped.
            for (i, span) in field.iter().flat_map(|f| &f.spans).enumerate() {
                slots.push((*span, if i == 0 { self.escape(value) } else { String::new() }));
            }
        };
        slot(Some(&d.name), &cells.name);
        slot(d.packages.first(), &cells.package);
        d.packages.iter().skip(1).for_each(|p| slot(Some(p), ""));
        slot(d.provider.as_ref(), &cells.provider);
        slot(d.purpose.as_ref(), &cells.purpose);
        slot(d.scene.as_ref(), &cells.purpose);
        slot(d.data.as_ref(), &cells.data);
        slot(d.links.first().map(|l| &l.url), &cells.link);
        for p in d.permissions.iter().flatten() {
            slot(Some(&p.written), "");
        }
        if let (Some((span, _)), Some(next)) = (number(self.text, d), self.next) {
            slots.push((span, (next as usize + index).to_string()));
        }
        slots.sort_by_key(|(s, _)| (s.start, std::cmp::Reverse(s.end)));
        let mut out = String::new();
        let mut at = self.row.start;
        for (span, value) in slots {
            if span.start < at || span.end > self.row.end {
                continue;
            }
            out.push_str(self.text.get(at..span.start).unwrap_or(""));
            out.push_str(&value);
            at = span.end;
        }
        out.push_str(self.text.get(at..self.row.end).unwrap_or(""));
        // The same address may stand twice, as text and as target.
        let old = d.links.first().map_or("", |l| l.url.text.as_str());
        if old.len() > 8 { out.replace(old, &self.escape(&cells.link)) } else { out }
    }

    fn escape(&self, value: &str) -> String {
        let value = line(value);
        if self.html { super::markdown::html(&value) } else { value.replace('|', "\\|") }
    }
}

/// Spans of a row's fields.
fn fields(d: &Declaration) -> Vec<Span> {
    let optional = [&d.provider, &d.purpose, &d.data, &d.method].into_iter().flatten();
    let all =
        std::iter::once(&d.name).chain(&d.packages).chain(optional).chain(d.links.iter().map(|l| &l.url));
    all.flat_map(|f| f.spans.first().copied()).collect()
}

/// The row with what belongs to it: up to the `<tr>` around it, or whole lines with the blank line below.
fn whole_row(text: &str, d: &Declaration) -> Span {
    let span = fields(d).into_iter().fold(d.span, Span::cover);
    let before = text.get(..span.start).unwrap_or("");
    let after = text.get(span.end..).unwrap_or("");
    let lower = |s: &str| s.to_ascii_lowercase();
    // Rows are short: looking further than this would cost more than it could find.
    let near = before.len().saturating_sub(4000);
    let near = (near..before.len()).find(|i| before.is_char_boundary(*i)).unwrap_or(before.len());
    let head = lower(before.get(near..).unwrap_or(""));
    let open = head.rfind("<tr").filter(|i| !head.get(*i..).is_some_and(|t| t.contains("</tr")));
    let far = (0..=after.len().min(4000)).rev().find(|i| after.is_char_boundary(*i)).unwrap_or(0);
    let close = lower(after.get(..far).unwrap_or("")).find("</tr>");
    let inside = lower(text.get(span.start..span.end).unwrap_or("")).starts_with("<tr");
    if let (Some(open), Some(close)) = (open.map(|o| near + o).or(inside.then_some(span.start)), close) {
        let end = span.end + close + "</tr>".len();
        return Span::new(open, end + line_break(text, end));
    }
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let mut end = if before.len() < span.end && text.get(..span.end).is_some_and(|t| t.ends_with('\n')) {
        span.end
    } else {
        after.find('\n').map_or(text.len(), |i| span.end + i + 1)
    };
    // Blocks are parted by an empty line, which belongs to the pattern.
    let many = text.get(start..end).is_some_and(|t| t.trim_end().contains('\n'));
    if many {
        end += line_break(text, end);
    }
    Span::new(start, end)
}

/// Length of a line break at `at`.
fn line_break(text: &str, at: usize) -> usize {
    match text.get(at..) {
        Some(t) if t.starts_with("\r\n") => 2,
        Some(t) if t.starts_with('\n') => 1,
        _ => 0,
    }
}

/// The number before a row's name, where rows are numbered.
fn number(text: &str, d: &Declaration) -> Option<(Span, u32)> {
    let row = whole_row(text, d);
    let name = d.name.spans.first()?;
    let head = text.get(row.start..name.start)?;
    let mut inside = false;
    let mut digits: Option<(usize, usize)> = None;
    for (i, c) in head.char_indices() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => {}
            c if c.is_ascii_digit() => match digits {
                Some((start, end)) if end == i => digits = Some((start, i + 1)),
                None => digits = Some((i, i + 1)),
                // Two numbers: a date or a version, not an ordinal.
                Some(_) => return None,
            },
            c if c.is_alphabetic() && !is_ordinal_word(c) => return None,
            _ => {}
        }
    }
    let (start, end) = digits?;
    let value = head.get(start..end)?.parse().ok()?;
    Some((Span::new(row.start + start, row.start + end), value))
}

/// Letters that may stand beside a number that counts rows.
fn is_ordinal_word(c: char) -> bool {
    "第个项SDK名称".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Source, read};

    fn drafted(name: &str, text: &str) -> String {
        let policy = read(&[Source::new(name.into(), text.as_bytes().to_vec())]);
        let row = DraftRow {
            key: "tencent-bugly".into(),
            name: "腾讯 Bugly SDK".into(),
            package: Some("com.tencent.bugly".into()),
            provider: Some("示例公司 <A&B>".into()),
            purpose: Some("崩溃监控".into()),
            data: None,
            source: None,
            readable: Vec::new(),
            link: Some("https://bugly.example/p".into()),
        };
        let patch = patch(&policy.documents, &policy.declarations, &[row], Lang::Zh);
        patch.map(|p| p.text).unwrap_or_default()
    }

    #[test]
    fn a_table_row_keeps_its_tags() {
        let html = "<html><body><p>第三方SDK</p><table><tr><th>序号</th><th>SDK名称</th><th>包名</th><th>使用目的</th>\
            <th>收集的个人信息</th><th>第三方公司名称</th><th>隐私政策链接</th></tr>\n\
            <tr class=\"r\"><td>1</td><td><b>个推SDK</b></td><td>com.igexin.sdk</td><td>推送</td><td>设备型号</td>\
            <td>每日互动股份有限公司</td><td><a href=\"https://www.getui.com/privacy\">https://www.getui.com/privacy</a></td></tr>\n\
            </table></body></html>";
        assert_eq!(
            drafted("p.html", html),
            "<tr class=\"r\"><td>2</td><td><b>腾讯 Bugly SDK</b></td><td>com.tencent.bugly</td><td>崩溃监控</td>\
             <td>【待填写：收集的个人信息】</td><td>示例公司 &lt;A&amp;B&gt;</td><td><a href=\"https://bugly.example/p\">https://bugly.example/p</a></td></tr>\n"
        );
    }

    #[test]
    fn a_block_keeps_its_labels() {
        let text = "我们接入的第三方SDK如下：\n\nSDK名称：个推SDK\n包名：com.igexin.sdk\n使用目的：推送\n收集信息：设备型号\n\
            公司名称：每日互动股份有限公司\n隐私政策：https://www.getui.com/privacy\n";
        assert_eq!(
            drafted("p.txt", text),
            "SDK名称：腾讯 Bugly SDK\n包名：com.tencent.bugly\n使用目的：崩溃监控\n收集信息：【待填写：收集的个人信息】\n\
             公司名称：示例公司 <A&B>\n隐私政策：https://bugly.example/p\n"
        );
    }
}
