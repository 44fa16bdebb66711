//! A row of a policy's own list as the pattern of new rows: its markup, labels and order stay, its facts do not.

use super::{Cells, DraftRow, Patch, blank, cells, mark};
use crate::lang::Lang;
use crate::location::{DocumentId, Span};
use crate::policy::{Declaration, Document, Field, Place};
use crate::report::safe::line;

/// Bytes between two rows of one list; more is another list, or a row that is none.
const GAP: usize = 1500;
/// Rows looked at to tell what every row says from what one row says.
const COMPARED: usize = 40;

/// Where a policy's own list ends, and its row that new ones are made after.
pub struct Own<'a>(Pattern<'a>);

impl<'a> Own<'a> {
    /// The longest list of the documents; `None` where there is none.
    pub fn of(documents: &'a [Document], declarations: &'a [Declaration], lang: Lang) -> Option<Own<'a>> {
        Pattern::of(documents, declarations, lang).map(Own)
    }

    /// The rows in the layout of the list.
    pub fn patch(&self, rows: &[DraftRow]) -> Patch {
        let Own(pattern) = self;
        let permissions = pattern.declaration.permissions.as_ref().is_some_and(|p| !p.is_empty());
        let row = |(i, r): (usize, &DraftRow)| pattern.fill(&cells(r, pattern.lang, permissions), i);
        let text: String = rows.iter().enumerate().map(row).collect();
        self.after(text, "own")
    }

    /// A text behind the last row of the list.
    pub fn after(&self, text: String, layout: &'static str) -> Patch {
        let Own(pattern) = self;
        let start = if pattern.leading_break { "\n" } else { "" };
        Patch { document: pattern.document, at: pattern.end, text: format!("{start}{text}"), layout }
    }

    /// Whether the list is made of sentences, which have no slots.
    pub fn is_prose(&self) -> bool {
        matches!(self.0.declaration.reader, "sentences" | "prose")
    }

    /// Whether a row of the list holds what a row must say: its purpose and its data.
    pub fn is_full(&self) -> bool {
        let row = self.0.declaration;
        row.data.is_some() && (row.purpose.is_some() || row.scene.is_some())
    }

    /// Where the table that holds the list ends, in HTML; a table of ours can stand there.
    pub fn end_of_table(&self) -> Option<usize> {
        let Own(pattern) = self;
        if !pattern.html {
            return None;
        }
        let rest = pattern.text.get(pattern.end..)?.to_ascii_lowercase();
        let close = rest.find("</table>")?;
        let inside = rest.find("<table").is_none_or(|open| close < open);
        inside.then_some(pattern.end + close + "</table>".len())
    }

    /// The document of the list.
    pub fn document(&self) -> DocumentId {
        self.0.document
    }
}

/// A row of the policy's list: text with slots.
struct Pattern<'a> {
    document: DocumentId,
    text: &'a str,
    /// The row's bytes, whole lines or a whole `<tr>`.
    row: Span,
    declaration: &'a Declaration,
    /// The list's rows, to compare with.
    others: Vec<&'a str>,
    /// Where new rows go: behind the last row of the list.
    end: usize,
    leading_break: bool,
    html: bool,
    /// The number the next row gets, where rows are numbered.
    next: Option<u32>,
    lang: Lang,
}

impl<'a> Pattern<'a> {
    /// The fullest row of the longest list.
    fn of(documents: &'a [Document], declarations: &'a [Declaration], lang: Lang) -> Option<Pattern<'a>> {
        let listed = || declarations.iter().filter(|d| d.place == Place::List && d.nested.is_empty());
        let lists = listed().map(|d| (d.document, d.reader));
        let list = lists
            .clone()
            .max_by_key(|l| (lists.clone().filter(|m| m == l).count(), std::cmp::Reverse(l.0)))?;
        let text = documents.get(list.0.0 as usize).map(|d| d.text.as_str())?;
        let rows = listed().filter(|d| (d.document, d.reader) == list).map(|d| (whole_row(text, d), d));
        let members = together(rows.collect());
        let alone = |row: &Span| {
            let inside = |d: &Declaration| {
                d.name.spans.first().is_some_and(|s| row.start <= s.start && s.end <= row.end)
            };
            members.iter().filter(|(_, d)| inside(d)).count() == 1
        };
        let mut sizes: Vec<usize> = members.iter().map(|(r, _)| r.end - r.start).collect();
        sizes.sort_unstable();
        let usual = sizes.get(sizes.len() / 2)?.saturating_mul(2);
        // The last of the fullest: its surroundings are most likely those of the end of the list. A row much
        // longer than the others runs on into what follows the list.
        let fit = members.iter().filter(|(r, _)| alone(r) && r.end - r.start <= usual);
        let spanning = |row: &Span| row.of(text).contains("rowspan=");
        let (row, declaration) = *fit.max_by_key(|(r, d)| (!spanning(r), fields(d).len()))?;
        let last = members.iter().filter(|(r, _)| r.end - r.start <= usual).max_by_key(|(r, _)| r.end)?;
        let end = last.0.end;
        let html = row.of(text).trim_start().starts_with('<');
        let leading_break = !html && text.get(..end).is_some_and(|t| !t.ends_with('\n'));
        let next = number(text, last.1).and_then(|(_, n)| n.checked_add(1));
        let others = members.iter().take(COMPARED).map(|(r, _)| r.of(text)).collect();
        let document = list.0;
        Some(Pattern { document, text, row, declaration, others, end, leading_break, html, next, lang })
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
        slot(d.method.as_ref(), &cells.method);
        slot(d.retention.as_ref(), &cells.retention);
        slot(d.links.first().map(|l| &l.url), &cells.link);
        for (i, p) in d.permissions.iter().flatten().enumerate() {
            slot(Some(&p.written), if i == 0 { &cells.permissions } else { "" });
        }
        if let (Some((span, _)), Some(next)) = (number(self.text, d), self.next) {
            slots.push((span, (next as usize + index).to_string()));
        }
        // An address may stand twice, as text and as target. Another address of the row is a fact: as a target it
        // is hidden, and must not stay.
        let row = self.row.of(self.text);
        for (i, link) in d.links.iter().map(|l| l.url.text.as_str()).enumerate().filter(|(_, l)| l.len() > 8)
        {
            for (at, found) in row.match_indices(link) {
                let target = row.get(..at).is_some_and(|before| before.ends_with(['"', '\'', '(']));
                let value = if i == 0 { &cells.link } else { mark(self.lang) };
                if i == 0 || target {
                    let start = self.row.start + at;
                    slots.push((Span::new(start, start + found.len()), self.escape(value)));
                }
            }
        }
        slots.extend(self.cells_of_facts(&slots));
        slots.sort_by_key(|(s, _)| (s.start, std::cmp::Reverse(s.end)));
        let mut out = String::new();
        let mut at = self.row.start;
        for (span, value) in slots {
            if span.start < at || span.end > self.row.end {
                continue;
            }
            self.keep(self.text.get(at..span.start).unwrap_or(""), &mut out);
            out.push_str(&value);
            at = span.end;
        }
        self.keep(self.text.get(at..self.row.end).unwrap_or(""), &mut out);
        out
    }

    /// The text of table cells that hold no field and that other rows do not share: facts of this row. A mark takes
    /// its place.
    fn cells_of_facts(&self, slots: &[(Span, String)]) -> Vec<(Span, String)> {
        let shared = |text: &str| {
            let same = |row: &&&str| table_cells(row).iter().any(|c| plain(c.of(row)).trim() == text);
            self.others.iter().filter(same).count() * 2 > self.others.len()
        };
        let row = self.row.of(self.text);
        let mut out = Vec::new();
        for cell in table_cells(row) {
            let whole = Span::new(self.row.start + cell.start, self.row.start + cell.end);
            let words = plain(cell.of(row));
            let is_field = slots.iter().any(|(s, _)| whole.start <= s.start && s.start < whole.end);
            if is_field || !words.chars().any(char::is_alphanumeric) || shared(words.trim()) {
                continue;
            }
            let (mut at, mut value) = (whole.start, mark(self.lang).to_owned());
            for (tag, run) in runs(cell.of(row)) {
                if !tag && run.chars().any(char::is_alphanumeric) {
                    out.push((Span::new(at, at + run.len()), std::mem::take(&mut value)));
                }
                at += run.len();
            }
        }
        out
    }

    /// Copies what stands between two fields: tags, marks, and the words that the list's rows share. Words of
    /// this row alone are facts about its SDK, and would be wrong of another.
    fn keep(&self, piece: &str, out: &mut String) {
        // Tags may run over lines: lines are told apart in the text between them only.
        let mut line = Line { from: out.len(), begun: self.begun(out), ..Line::default() };
        for (tag, run) in runs(piece) {
            if tag {
                out.push_str(run);
                line.mark(run);
                continue;
            }
            for words in run.split_inclusive('\n') {
                let content = words.trim_end_matches(['\n', '\r']);
                if !content.chars().any(char::is_alphanumeric) {
                    out.push_str(content);
                } else if let Some(shared) = self.shared(content) {
                    out.push_str(&shared);
                } else {
                    line.dropped = true;
                }
                let end = words.get(content.len()..).unwrap_or("");
                if end.is_empty() {
                    continue;
                }
                if line.is_left_empty(out.get(line.from..).unwrap_or("")) {
                    out.truncate(line.from);
                } else {
                    out.push_str(end);
                }
                line = Line { from: out.len(), ..Line::default() };
            }
        }
    }

    /// Whether the line at the end of `out` holds text already.
    fn begun(&self, out: &str) -> bool {
        out.rsplit('\n').next().is_some_and(|l| !plain(l).trim().is_empty())
    }

    /// The words that most rows have too: the whole run, or its label with a blank; `None` where it is a fact.
    fn shared(&self, run: &str) -> Option<String> {
        let common = |words: &str| {
            let n = self.others.iter().filter(|o| o.contains(words)).count();
            n * 2 >= self.others.len()
        };
        // Most lists name IMEI in most rows: only what stands by itself there is part of the layout.
        let alone = |words: &str| {
            let has = |o: &&&str| runs(o).iter().any(|(tag, r)| !tag && r.lines().any(|l| l.trim() == words));
            self.others.iter().filter(has).count() * 2 >= self.others.len()
        };
        let words = run.trim();
        let label_end = run
            .find(['：', ':'])
            .map(|i| i + run.get(i..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8));
        let label = label_end.and_then(|i| run.get(..i));
        let bare = |l: &str| !run.get(l.len()..).unwrap_or("").contains(char::is_alphanumeric);
        let is_label = label.is_some_and(bare);
        // An address is no label.
        let label = label.filter(|l| !run.get(l.len()..).is_some_and(|rest| rest.starts_with("//")));
        // Where there are few rows nothing can be compared: then a label is what ends in a colon.
        if (is_label && common(words)) || (alone(words) && (self.others.len() > 2 || label.is_none())) {
            return Some(run.to_owned());
        }
        let length = |l: &str| l.chars().map(|c| if c.is_ascii() { 1 } else { 3 }).sum::<usize>();
        let label = label.filter(|l| common(l.trim()) && length(l) <= 60)?;
        if is_label {
            return Some(run.to_owned());
        }
        let name = label.trim().trim_end_matches(['：', ':']);
        if !name.chars().any(char::is_alphanumeric) {
            return None;
        }
        Some(format!("{label}{}", self.escape(&blank(name, self.lang))))
    }

    fn escape(&self, value: &str) -> String {
        let value = line(value);
        if self.html { crate::report::markdown::html(&value) } else { value.replace('|', "\\|") }
    }
}

/// A line as it is copied: what became of it so far.
#[derive(Debug, Default)]
struct Line {
    /// Where it begins in the output.
    from: usize,
    /// It began before this piece.
    begun: bool,
    /// Words of it were left out.
    dropped: bool,
    /// Cells, and tags that were opened and closed in it.
    cells: bool,
    opened: usize,
    closed: usize,
}

impl Line {
    fn mark(&mut self, tag: &str) {
        self.cells |= tag.starts_with("<td") || !tag.starts_with('<');
        match tag.as_bytes() {
            [b'<', b'/', ..] => self.closed += 1,
            [b'<', .., b'/', b'>'] | [b'<', b'!', ..] => {}
            [b'<', ..] if tag.to_ascii_lowercase().starts_with("<br") => {}
            [b'<', ..] => self.opened += 1,
            _ => {}
        }
    }

    /// Whether nothing is left of it and it can go altogether. A cell stays, empty; so does a tag that another
    /// line closes.
    fn is_left_empty(&self, left: &str) -> bool {
        let whole = self.opened == self.closed && !self.cells;
        self.dropped && !self.begun && whole && plain(left).trim().is_empty()
    }
}

/// The largest group of rows that stand together, in text order.
fn together(mut rows: Vec<(Span, &Declaration)>) -> Vec<(Span, &Declaration)> {
    rows.sort_by_key(|(r, _)| (r.start, r.end));
    let mut groups: Vec<Vec<(Span, &Declaration)>> = Vec::new();
    let mut end = 0;
    for row in rows {
        match groups.last_mut().filter(|_| row.0.start <= end + GAP) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
        end = end.max(row.0.end);
    }
    // The last of the largest, so that rows are added at the end of a list in parts.
    groups.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

/// A line in pieces: tags and column marks (`true`), and the text between them.
fn runs(text: &str) -> Vec<(bool, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let marks = |c: char| c == '|' || c == '\t';
        let (mark, end) = match rest.chars().next() {
            Some('<') => (true, rest.find('>').map_or(rest.len(), |i| i + 1)),
            Some(c) if marks(c) => (true, 1),
            _ => (false, rest.find(|c| c == '<' || marks(c)).unwrap_or(rest.len())),
        };
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push((mark, piece));
        rest = after;
    }
    out
}

/// What is between the tags of each cell of a table row, in bytes of its text.
fn table_cells(row: &str) -> Vec<Span> {
    let lower = row.to_ascii_lowercase();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = lower.get(at..).and_then(|r| r.find("<td")).map(|i| at + i) {
        let Some(start) = lower.get(open..).and_then(|r| r.find('>')).map(|i| open + i + 1) else { break };
        let end = lower.get(start..).and_then(|r| r.find("</td")).map_or(row.len(), |i| start + i);
        out.push(Span::new(start, end));
        at = end;
    }
    out
}

/// A line without its tags.
fn plain(text: &str) -> String {
    runs(text).into_iter().filter(|(mark, _)| !mark).map(|(_, t)| t).collect()
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
            permissions: Vec::new(),
            alone: Vec::new(),
            link: Some("https://bugly.example/p".into()),
        };
        let own = Own::of(&policy.documents, &policy.declarations, Lang::Zh);
        own.map(|o| o.patch(&[row]).text).unwrap_or_default()
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

    #[test]
    fn facts_of_the_pattern_row_stay_behind() {
        let block = |name: &str, kind: &str, site: &str, more: &str| {
            format!(
                "SDK名称：{name}\n合作类型：{kind}\n使用目的：推送\n收集信息：设备型号\n官网：https://{site}/\n{more}隐私政策：https://{site}/privacy\n\n"
            )
        };
        let text = format!(
            "我们接入的第三方SDK如下：\n\n{}{}{}",
            block("个推SDK", "推送服务合作方", "www.getui.com", ""),
            block("极光推送SDK", "消息合作方", "www.jiguang.cn", ""),
            block("小米推送SDK", "手机厂商", "dev.mi.com", "说明：仅在小米手机上启用\n"),
        );
        assert_eq!(
            drafted("p.txt", &text),
            "SDK名称：腾讯 Bugly SDK\n合作类型：【待填写：合作类型】\n使用目的：崩溃监控\n收集信息：【待填写：收集的个人信息】\n\
             官网：【待填写：官网】\n隐私政策：https://bugly.example/p\n\n"
        );
    }
}
