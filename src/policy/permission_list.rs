//! The app's own permissions: a table, a list, lines that begin with a permission; sentences only where there is no list.

use crate::fold;
use crate::permission::{self, How};
use crate::policy::asked;
use crate::policy::page::{Line, LineKind, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::platforms_in;
use crate::policy::{Field, PermissionDeclaration, Platform};
use std::collections::HashSet;
use std::ops::Range;

const NAME: &str = "permissions";

/// Longest name of a permission, in characters.
const MAX_NAME: usize = 48;

/// Reads the permissions of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let mut rows = Vec::new();
    for table in &context.page.tables {
        if !taken.free(table.lines.start) {
            continue;
        }
        if let Some(mut listed) = table_rows(context, table) {
            rows.append(&mut listed);
            taken.take(table.lines.clone(), NAME);
        } else {
            rows.append(&mut item_rows(context, table));
        }
    }
    rows.append(&mut list_rows(context, taken));
    rows.append(&mut cell_rows(context, taken));
    if rows.is_empty() {
        rows = sentence_rows(context, taken);
    }
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(fold::key(&row.written.text)));
    found.permissions.append(&mut rows);
}

/// One entry: its name, the rest of its row, and the platforms of the heading above.
fn entry(context: &Context<'_>, name: &Rich, purpose: Option<Rich>, line: usize) -> PermissionDeclaration {
    let text = name.text().trim();
    let mut platforms = platforms_in(text);
    if platforms.is_empty() {
        platforms = context.platforms(line);
    }
    let apple = platforms.as_slice() == [Platform::Ios];
    let purpose: Option<Field> =
        purpose.filter(|p| p.text().chars().any(char::is_alphanumeric)).map(|p| p.field());
    let span = purpose.as_ref().and_then(|p| p.spans.first()).map_or(name.span(), |s| name.span().cover(*s));
    PermissionDeclaration {
        document: context.document,
        span,
        written: name.field(),
        permission: if apple { None } else { permission::normalise(text).map(str::to_owned) },
        purpose,
        platforms,
    }
}

/// Whether a text names a permission, as far as words can tell.
fn reads(text: &str) -> bool {
    permission::read(text).is_some()
}

/// Rows of a table whose head names permissions and no SDK.
fn table_rows(
    context: &Context<'_>,
    table: &crate::policy::page::Table,
) -> Option<Vec<PermissionDeclaration>> {
    let cell = |row: usize, column: usize| -> Option<Rich> {
        let cell = table.rows.get(row)?.get(column)?;
        Some(context.page.joined(cell.lines.clone(), " "))
    };
    let head: Vec<String> = table
        .rows
        .first()?
        .iter()
        .map(|c| fold::key(context.page.joined(c.lines.clone(), " ").text()))
        .collect();
    let about_sdk = |h: &String| {
        ["sdk", "第三方", "合作", "partner", "thirdparty", "third-party", "公司", "company"]
            .iter()
            .any(|w| h.contains(w))
    };
    if head.iter().any(about_sdk) {
        return None;
    }
    let column = permission_column(&head)?;
    let purpose = head.iter().position(|h| {
        ["目的", "用途", "场景", "说明", "purpose", "usage", "description", "功能"]
            .iter()
            .any(|w| h.contains(w))
    });
    let mut rows = Vec::new();
    let mut known = 0;
    for row in 1..table.rows.len() {
        let Some(name) = cell(row, column).filter(|n| is_name(n.text())) else { continue };
        known += usize::from(reads(name.text()));
        let purpose = purpose.filter(|p| *p != column).and_then(|p| cell(row, p));
        let line = table.rows.get(row).and_then(|r| r.get(column)).map_or(0, |c| c.lines.start);
        rows.push(entry(context, &name, purpose, line));
    }
    (known >= 2 && known * 2 >= rows.len()).then_some(rows)
}

/// Rows of a table of data items that say what is done on the device, as a permission does: `读取已安装软件列表`.
fn item_rows(context: &Context<'_>, table: &crate::policy::page::Table) -> Vec<PermissionDeclaration> {
    let first =
        |row: &Vec<crate::policy::page::Cell>| Some(context.page.joined(row.first()?.lines.clone(), " "));
    let head = table.rows.first().and_then(first).map(|h| fold::key(h.text())).unwrap_or_default();
    if !["信息项", "个人信息项", "informationitem", "informationitems", "infoitem"].contains(&head.as_str())
    {
        return Vec::new();
    }
    let acts =
        ["读取", "写入", "获取", "访问", "调用", "使用", "read ", "write ", "obtain ", "access ", "get "];
    let rows = table.rows.iter().skip(1).filter_map(|row| Some((first(row)?, row.first()?.lines.start)));
    rows.filter(|(name, _)| is_name(name.text()))
        .filter(|(name, _)| acts.iter().any(|a| fold::fold(name.text()).as_str().starts_with(a)))
        .filter(|(name, _)| permission::read(name.text()).is_some_and(|r| !r.constants.is_empty()))
        .map(|(name, line)| entry(context, &name, None, line))
        .collect()
}

/// The column of a head (folded keys) that holds names of permissions.
fn permission_column(head: &[String]) -> Option<usize> {
    let names = [
        "权限名称",
        "权限",
        "申请权限",
        "调用权限",
        "系统权限",
        "设备权限",
        "所需权限",
        "获取权限",
        "敏感权限",
        "app权限",
        "应用权限",
        "权限类型",
        "权限内容",
        "permission",
        "permissions",
        "permissionname",
        "requiredpermissions",
        "permissionsname",
        "androidpermission",
        "nameofpermission",
        "authorization",
        "权限项",
        "系统权限名称",
        "手机权限",
        "涉及权限",
        "android权限",
        "安卓权限",
        "安卓权限名称",
        "android权限名称",
    ];
    head.iter().position(|h| names.contains(&h.as_str())).or_else(|| {
        head.iter().position(|h| {
            (h.contains("权限")
                && !h.contains("目的")
                && !h.contains("说明")
                && !h.contains("用途")
                && h.chars().count() <= 14)
                || (h.contains("permission") && !h.contains("purpose") && h.len() <= 30)
        })
    })
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    (2..=MAX_NAME * 2).contains(&text.chars().count()) && text.chars().any(char::is_alphabetic)
}

/// Rows of a numbered table whose cells stand one per line: `1 |`, `Camera |`, `scan codes`.
fn cell_rows(context: &Context<'_>, taken: &mut Taken) -> Vec<PermissionDeclaration> {
    let lines = &context.page.lines;
    let bare = |i: usize| lines.get(i).map_or("", |l| l.str().trim().trim_matches(['|', ' ', '.', '、']));
    let number = |i: usize| bare(i).parse::<u32>().ok().filter(|_| taken.free(i));
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if number(at) != Some(1) {
            at += 1;
            continue;
        }
        // The numbers that go on from 1, each a few lines below the last.
        let mut starts = vec![at];
        while let Some(last) = starts.last().copied() {
            let wanted = u32::try_from(starts.len() + 1).ok();
            match (last + 2..last + 6).find(|i| number(*i) == wanted && wanted.is_some()) {
                Some(next) => starts.push(next),
                None => break,
            }
        }
        let names: Vec<usize> = starts.iter().map(|s| s + 1).collect();
        let known =
            names.iter().filter(|i| reads(bare(**i)) && bare(**i).chars().count() <= MAX_NAME).count();
        if starts.len() >= 3 && known * 10 >= starts.len() * 6 {
            let above = (at.saturating_sub(2)..at).flat_map(|i| platforms_in(bare(i))).collect::<Vec<_>>();
            for name in names {
                let Some(line) = lines.get(name) else { continue };
                let end = line.str().trim_end_matches(['|', ' ']).len();
                let written = line.text.slice(0..end);
                let purpose =
                    lines.get(name + 1).filter(|_| number(name + 1).is_none()).map(|l| l.text.clone());
                let mut row = entry(context, &written, purpose, name);
                if above.as_slice() == [Platform::Ios] {
                    row.permission = None;
                    row.platforms.clone_from(&above);
                }
                out.push(row);
            }
        }
        at = starts.last().map_or(at, |s| *s) + 1;
    }
    out
}

/// A line that begins with the name of a permission.
struct Candidate {
    line: usize,
    name: Range<usize>,
    /// Where the words about it begin.
    after: usize,
    /// The name is known.
    known: bool,
    /// The name says of itself that it is a permission, or is a constant.
    says_so: bool,
    /// The name is written as a constant.
    constant: bool,
}

/// Runs of lines that each begin with a permission.
fn list_rows(context: &Context<'_>, taken: &mut Taken) -> Vec<PermissionDeclaration> {
    let lines = &context.page.lines;
    let mut rows = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let run = run(context, taken, at);
        if run.is_empty() {
            at += 1;
            continue;
        }
        let end = run.last().map_or(at, |c| c.line) + 1;
        if is_list(context, &run) && !repeats(context, &run, &rows) {
            // Names that are constants stand alone: a wording between two of them is a cell of another column.
            let constants = run.iter().filter(|c| c.constant).count();
            for candidate in run.iter().filter(|c| c.constant || constants < 3) {
                let Some(line) = lines.get(candidate.line) else { continue };
                let name = line.text.slice(candidate.name.clone());
                let rest = line.text.from(candidate.after.min(line.text.len()));
                rows.push(entry(context, &name, Some(rest), candidate.line));
                taken.take(candidate.line..candidate.line + 1, NAME);
            }
        }
        at = end.max(at + 1);
    }
    rows
}

/// Candidates from line `at` on, a line between two of them allowed where it has no number of its own.
fn run(context: &Context<'_>, taken: &Taken, at: usize) -> Vec<Candidate> {
    let lines = &context.page.lines;
    let mut out: Vec<Candidate> = Vec::new();
    let mut skipped = 0;
    let mut index = at;
    while let Some(line) = lines.get(index) {
        let candidate = if taken.free(index) && line.table.is_none() { candidate(line, index) } else { None };
        match candidate {
            Some(candidate) => {
                let style = |i: usize| lines.get(i).and_then(|l| l.ordinal).map(|o| o.style);
                if let Some(last) = out.last()
                    && style(last.line) != style(index)
                {
                    break;
                }
                // An unknown name goes only between two known ones of the same list.
                out.push(candidate);
                skipped = 0;
            }
            None if out.is_empty() => return out,
            None if taken.free(index) && skipped < 2 && !line.is_heading() => skipped += 1,
            None => break,
        }
        index += 1;
    }
    while out.last().is_some_and(|c| !c.known) {
        out.pop();
    }
    out
}

/// Whether a run says in another language what a list above it said: most of its constants stand there already.
fn repeats(context: &Context<'_>, run: &[Candidate], rows: &[PermissionDeclaration]) -> bool {
    let lines = &context.page.lines;
    let names: Vec<&str> = run.iter().filter_map(|c| lines.get(c.line)?.str().get(c.name.clone())).collect();
    let cjk = |text: &str| text.chars().any(fold::is_cjk);
    let (Some(first), Some(row)) = (names.first(), rows.first()) else { return false };
    if run.iter().any(|c| c.constant) || cjk(first) == cjk(&row.written.text) {
        return false;
    }
    let known: Vec<&'static str> = names.iter().filter_map(|n| permission::normalise(n)).collect();
    let stated = known.iter().filter(|k| rows.iter().any(|r| r.permission.as_deref() == Some(**k))).count();
    known.len() >= 3 && stated * 3 >= known.len() * 2
}

/// Whether a run is a list of permissions: most of its names are known, and it says what it is.
fn is_list(context: &Context<'_>, run: &[Candidate]) -> bool {
    let known = run.iter().filter(|c| c.known).count();
    let says_so = run.iter().filter(|c| c.says_so).count();
    let first = run.first().map_or(0, |c| c.line);
    let announced = (first.saturating_sub(3)..first).filter_map(|i| context.page.lines.get(i)).any(|l| {
        let text = l.str().to_ascii_lowercase();
        text.contains("权限") || text.contains("權限") || text.contains("permission")
    });
    let enough = if announced || says_so * 2 >= run.len() { 2 } else { return false };
    known >= enough && known * 10 >= run.len() * 6
}

/// The permission a line begins with.
fn candidate(line: &Line, index: usize) -> Option<Candidate> {
    let text = line.str();
    let mut start = line.ordinal.map_or(0, |o| o.end);
    let body = text.get(start..)?;
    start += body.len() - body.trim_start_matches([' ', '|', '\t', '*', '·', '•', '-']).len();
    // `APP权限：网络访问权限 描述：…`
    let body = text.get(start..)?;
    let mut labelled = false;
    for label in [
        "APP权限",
        "App权限",
        "应用权限",
        "系统权限",
        "权限名称",
        "申请权限",
        "调用权限",
        "权限",
        "Permission name",
        "Permission",
    ] {
        if let Some(rest) = body.strip_prefix(label)
            && let Some(value) = rest.trim_start().strip_prefix(['：', ':'])
        {
            start = text.len() - value.trim_start().len();
            labelled = true;
            break;
        }
    }
    let body = text.get(start..)?;
    let (length, after) = name_end(body, labelled)?;
    let name = body.get(..length)?.trim_end();
    let trimmed = name.trim_matches(['[', ']', '【', '】', '“', '”', '"', '*', ' ']);
    let count = trimmed.chars().count();
    if !(2..=MAX_NAME).contains(&count) {
        return None;
    }
    let reading = permission::read(trimmed);
    let key = fold::key(trimmed);
    let bracketed = name.starts_with(['[', '【']);
    let tail = fold::key(&body.get(length..).unwrap_or("").chars().take(14).collect::<String>());
    let constant = matches!(
        reading.as_ref().map(|r| &r.how),
        Some(How::Constant | How::Misspelt(_) | How::NoSuchConstant(_))
    );
    let says_so = constant
        || key.contains("权限")
        || key.contains("permission")
        || labelled
        || bracketed && (tail.contains("权限") || tail.contains("permission"));
    let known = match reading.as_ref().map(|r| &r.how) {
        // A known word in a longer name proves little unless the name says that it is a permission.
        Some(How::Part) => says_so || count <= 20,
        Some(_) => true,
        None => false,
    };
    let sentence = ["我们", "您的", "您可以", "当您", "we ", "you "]
        .iter()
        .any(|w| trimmed.to_ascii_lowercase().contains(w));
    let told =
        ["会", "为了", "收集", "搜集", "获取您", "不会", "the ", "and "].iter().any(|w| trimmed.contains(w));
    let section = ["基于", "附加功能", "功能"].iter().any(|w| trimmed.contains(w)) && !key.contains("权限");
    if (sentence && !says_so)
        || (told && !known)
        || section
        || (!known && (count > 24 || line.ordinal.is_none()))
    {
        return None;
    }
    let lead = body.find(trimmed).unwrap_or(0);
    Some(Candidate {
        line: index,
        name: start + lead..start + lead + trimmed.len(),
        after: start + after,
        known,
        says_so,
        constant,
    })
}

/// Where the name at the start of `body` ends, and where the words behind it begin.
fn name_end(body: &str, labelled: bool) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    for (i, c) in body.char_indices() {
        match c {
            '（' | '(' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                // `[Camera] permission: …`
                if depth == 0 && body.starts_with(['[', '【']) {
                    return Some((i + c.len_utf8(), i + c.len_utf8()));
                }
            }
            '用' | '以' if depth == 0 && body.get(..i).is_some_and(|h| h.trim_end().ends_with("权限")) => {
                return Some((i, i));
            }
            '：' | ':' | '，' | ',' | '。' | '；' | ';' | '\t' | '|' if depth == 0 => {
                return Some((i, i + c.len_utf8()));
            }
            '、' if depth == 0 && !labelled => return Some((i, i + c.len_utf8())),
            _ if labelled && depth == 0 => {
                let rest = body.get(i..).unwrap_or("");
                if ["描述", "使用目的", "目的", "用途", "说明", "场景"]
                    .iter()
                    .any(|w| rest.trim_start().starts_with(w))
                    && i > 0
                {
                    return Some((i, i));
                }
            }
            _ => {}
        }
        if i > MAX_NAME * 4 {
            return None;
        }
    }
    Some((body.len(), body.len()))
}

/// Permissions asked for in sentences: `申请您的相机权限`, `permission to use the album`.
fn sentence_rows(context: &Context<'_>, taken: &Taken) -> Vec<PermissionDeclaration> {
    let mut rows: Vec<PermissionDeclaration> = Vec::new();
    let mut seen: HashSet<&'static str> = HashSet::new();
    for (index, line) in context.page.lines.iter().enumerate() {
        let listed = matches!(taken.by(index), Some(by) if by != "prose") || line.table.is_some();
        if listed || matches!(line.kind, LineKind::Heading(_)) {
            continue;
        }
        for range in asked::find(line.str()) {
            let name = line.text.slice(range);
            let Some(reading) = permission::read(name.text()) else { continue };
            let Some(first) = reading.constants.first() else { continue };
            if matches!(reading.how, How::Wording | How::Constant | How::Misspelt(_) | How::Part)
                && seen.insert(first)
            {
                rows.push(entry(context, &name, None, index));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::DocumentId;
    use crate::policy::page::Page;
    use proptest::prelude::*;

    fn permissions(lines: &[&str]) -> Vec<(String, Option<String>)> {
        let mut page = Page::default();
        let mut at = 0;
        for line in lines {
            page.lines.push(Line::new(Rich::verbatim(line, at), LineKind::Plain));
            at += line.len() + 1;
        }
        let text = lines.join("\n");
        let headings = vec![Vec::new(); page.lines.len()];
        let context = Context { document: DocumentId(0), text: &text, page: &page, headings };
        let mut taken = Taken::new(page.lines.len());
        let mut found = Found::default();
        read(&context, &mut taken, &mut found);
        let short = |p: Option<String>| p.map(|p| p.trim_start_matches("android.permission.").to_owned());
        found.permissions.into_iter().map(|p| (p.written.text, short(p.permission))).collect()
    }

    fn row(written: &str, constant: &str) -> (String, Option<String>) {
        (written.to_owned(), (!constant.is_empty()).then(|| constant.to_owned()))
    }

    #[test]
    fn numbered_lists_are_read() {
        let found = permissions(&[
            "我们可能申请以下权限：",
            "1）相机（摄像头）权限，用于拍照；",
            "2）剪切板权限，用于粘贴口令；",
            "3）读取手机状态：用于识别设备；",
            "二、其他",
        ]);
        assert_eq!(
            found,
            [
                row("相机（摄像头）权限", "CAMERA"),
                row("剪切板权限", ""),
                row("读取手机状态", "READ_PHONE_STATE")
            ]
        );
    }

    #[test]
    fn labelled_tabbed_and_bracketed_lines_are_read() {
        let found = permissions(&[
            "附录 权限说明",
            "1. APP权限：网络访问权限 描述：访问网络 使用目的：下载贴纸",
            "2. APP权限：日历权限 描述：读写日历",
        ]);
        assert_eq!(found, [row("网络访问权限", "INTERNET"), row("日历权限", "READ_CALENDAR")]);
        let found = permissions(&[
            "App permissions",
            "1 |",
            "Camera |",
            "Scan codes |",
            "2 |",
            "Album |",
            "Save |",
            "3 |",
            "NFC |",
        ]);
        assert_eq!(
            found,
            [row("Camera", "CAMERA"), row("Album", "READ_EXTERNAL_STORAGE"), row("NFC", "NFC")]
        );
        let found = permissions(&["调用权限\t调用目的", "相机\t拍摄头像", "录音\t发送语音"]);
        assert_eq!(found, [row("相机", "CAMERA"), row("录音", "RECORD_AUDIO")]);
        let found = permissions(&[
            "Permissions we use:",
            "[Camera] permission: to scan codes",
            "[Access location] permission, when you look for shops",
        ]);
        assert_eq!(found, [row("Camera", "CAMERA"), row("Access location", "ACCESS_FINE_LOCATION")]);
    }

    #[test]
    fn sentences_count_only_without_a_list() {
        let found = permissions(&[
            "当您上传头像时，我们会申请您的相机权限和存储权限。",
            "We need permission to use the album.",
        ]);
        assert_eq!(
            found.iter().map(|(_, p)| p.as_deref().unwrap_or("")).collect::<Vec<_>>(),
            ["CAMERA", "WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE"]
        );
        assert!(permissions(&["您可以查看照片，也可以使用相机拍照。"]).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(lines in proptest::collection::vec("[a-zA-Z0-9 （）\\[\\]权限相机获取、，：.\t|]{0,40}", 0..8)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let _ = permissions(&lines);
        }
    }
}
