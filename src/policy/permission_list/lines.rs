//! Runs of lines that each begin with a permission: numbered, headed, labelled, bracketed, bulleted or bare.

use super::{
    MAX_NAME, MAX_NAME_WITH_CONSTANTS, NAME, announced, entry, reads_whole, says_permission, under_heading,
};
use crate::fold;
use crate::permission::{self, How};
use crate::policy::ordinal::Style;
use crate::policy::page::{Line, LineKind, Taken};
use crate::policy::read::Context;
use crate::policy::row::platforms_in;
use crate::policy::{PermissionDeclaration, Platform};
use std::ops::Range;

/// How a line shows that it is an entry of a list; entries of one list share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Ordinal(Style),
    Heading(u8),
    Labelled,
    Bracketed,
    Item(u8),
    Strong,
    /// A name alone on its line, above lines with labels: `使用目的：…`.
    Block,
    Plain,
}

impl Shape {
    /// Most lines that may stand between two entries.
    fn patience(self) -> usize {
        match self {
            Shape::Heading(_) => 24,
            Shape::Ordinal(_) => 14,
            Shape::Labelled => 8,
            Shape::Block => 12,
            Shape::Bracketed | Shape::Strong => 6,
            Shape::Item(_) => 3,
            Shape::Plain => 2,
        }
    }
}

/// A line that begins with the name of a permission.
struct Candidate {
    line: usize,
    shape: Shape,
    name: Range<usize>,
    /// Where the words about it begin.
    after: usize,
    /// The name is known.
    known: bool,
    /// The name says of itself that it is a permission, or is a constant.
    says_so: bool,
    /// The name is written as a constant.
    constant: bool,
    /// A function said to rest on it stands there: `基于相机的功能`.
    based: bool,
}

/// Entries of all lists of lines; functions that rest on permissions are one only where nothing else is (`only`).
pub fn rows(context: &Context<'_>, taken: &mut Taken, only: bool) -> Vec<PermissionDeclaration> {
    let lines = &context.page.lines;
    let candidates: Vec<Option<Candidate>> = lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let free = taken.free(i) && line.table.is_none();
            if free { candidate(line, i, lines.get(i + 1)) } else { None }
        })
        .collect();
    let mut shapes: Vec<Shape> = Vec::new();
    for candidate in candidates.iter().flatten() {
        if !shapes.contains(&candidate.shape) {
            shapes.push(candidate.shape);
        }
    }
    // What bare lines say between the entries of a list belongs to the entries.
    shapes.sort_by_key(|s| *s == Shape::Plain);
    let mut inside = vec![false; lines.len()];
    let mut rows: Vec<PermissionDeclaration> = Vec::new();
    let mut based: Vec<PermissionDeclaration> = Vec::new();
    for shape in shapes {
        let mut at = 0;
        while at < lines.len() {
            let run = if inside.get(at) == Some(&false) {
                run(context, taken, &candidates, shape, at)
            } else {
                Vec::new()
            };
            let Some(last) = run.last().map(|c| c.line) else {
                at += 1;
                continue;
            };
            for run in lists(context, &run) {
                if repeats(context, run, &rows) {
                    continue;
                }
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                inside.iter_mut().take(last.line + 1).skip(first.line).for_each(|i| *i = true);
                let stated = platform_above(context, first.line);
                // Names that are constants stand alone: a wording between two of them is a cell of another column.
                let constants = run.iter().filter(|c| c.constant).count();
                let apart = spread(run);
                let on_functions = run.iter().filter(|c| c.based).count() * 2 > run.len();
                let kept = |c: &&&Candidate| (c.constant || constants < 3) && (c.known || !apart);
                for candidate in run.iter().filter(kept) {
                    let Some(line) = lines.get(candidate.line) else { continue };
                    let name = line.text.slice(candidate.name.clone());
                    let rest = line.text.from(candidate.after.min(line.text.len()));
                    let headed = !context.platforms(candidate.line).is_empty();
                    let stated = if headed { &[] } else { stated.as_slice() };
                    let out = if on_functions { &mut based } else { &mut rows };
                    out.push(entry(context, &name, Some(rest), candidate.line, stated));
                    taken.take(candidate.line..candidate.line + 1, NAME);
                }
            }
            at = last + 1;
        }
    }
    if only && rows.is_empty() { based } else { rows }
}

/// The platform that the line above a list names, where it names one only.
fn platform_above(context: &Context<'_>, first: usize) -> Vec<Platform> {
    let lines = &context.page.lines;
    let mut above = (first.saturating_sub(2)..first).rev().filter_map(|i| lines.get(i));
    let found = above.find_map(|l| Some(platforms_in(l.str())).filter(|p| !p.is_empty()));
    found.filter(|p| p.len() == 1).unwrap_or_default()
}

/// Whether lines of other shapes stand between the entries of a run, but for the lines of a block.
fn spread(run: &[&Candidate]) -> bool {
    run.windows(2).any(|w| matches!(w, [a, b] if b.line > a.line + 3 && a.shape != Shape::Block))
}

/// The entries of one shape from line `at` on.
fn run<'c>(
    context: &Context<'_>,
    taken: &Taken,
    candidates: &'c [Option<Candidate>],
    wanted: Shape,
    at: usize,
) -> Vec<&'c Candidate> {
    let lines = &context.page.lines;
    let first =
        candidates.get(at).and_then(Option::as_ref).filter(|c| c.shape == wanted && taken.free(c.line));
    let Some(first) = first else { return Vec::new() };
    let mut out: Vec<&Candidate> = vec![first];
    let (mut skipped, mut strangers) = (0, 0);
    for index in at + 1..lines.len() {
        let Some(line) = lines.get(index).filter(|_| taken.free(index)) else { break };
        let own = shape(line, lines.get(index + 1));
        let next = candidates.get(index).and_then(Option::as_ref).filter(|c| c.shape == first.shape);
        if let Some(next) = next {
            // A list that begins anew is another list; far below, only the next number goes on with a numbered one.
            let last = out.last().map_or(at, |c| c.line);
            if restarts(lines, last, index) || skipped > 2 && strangers == 0 && !follows(lines, last, index) {
                break;
            }
            out.push(next);
            (skipped, strangers) = (0, 0);
            continue;
        }
        // `iOS系统的设备权限如下：` begins the list of another platform.
        let announces = first.shape == Shape::Block
            && says_permission(line.str())
            && line.str().chars().count() <= 40
            && !platforms_in(line.str()).is_empty();
        if announces {
            break;
        }
        let barrier = match (line.kind, first.shape) {
            (LineKind::Heading(level), Shape::Heading(own)) => level <= own,
            (LineKind::Heading(_), _) => true,
            _ => false,
        };
        if own == first.shape {
            strangers += 1;
        }
        skipped += 1;
        let between = if matches!(first.shape, Shape::Ordinal(_)) && strangers > 0 { 2 } else { usize::MAX };
        if barrier || skipped > first.shape.patience() || strangers > between {
            break;
        }
    }
    while out.last().is_some_and(|c| !c.known) {
        out.pop();
    }
    out
}

/// Whether the line `index` may go on with the list that `last` belongs to: unnumbered, or by its number.
fn follows(lines: &[Line], last: usize, index: usize) -> bool {
    let number = |i: usize| lines.get(i).and_then(|l| l.ordinal).map(|o| o.value);
    match (number(last), number(index)) {
        (Some(a), Some(b)) => b == a + 1,
        _ => true,
    }
}

/// Whether the numbers begin again at the line `index`.
fn restarts(lines: &[Line], last: usize, index: usize) -> bool {
    let number = |i: usize| lines.get(i).and_then(|l| l.ordinal).map(|o| o.value);
    index > last + 1 && number(index) == Some(1) && number(last).is_some_and(|n| n > 1)
}

/// Whether a run says in another language what a list above it said: most of its constants stand there already.
fn repeats(context: &Context<'_>, run: &[&Candidate], rows: &[PermissionDeclaration]) -> bool {
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

/// The lists in a run: the whole of it, else those of its stretches without a gap.
fn lists<'r, 'c>(context: &Context<'_>, run: &'r [&'c Candidate]) -> Vec<&'r [&'c Candidate]> {
    if is_list(context, run) {
        return vec![run];
    }
    let near = |a: &&Candidate, b: &&Candidate| b.line <= a.line + 3;
    run.chunk_by(near).filter(|stretch| stretch.len() < run.len() && is_list(context, stretch)).collect()
}

/// Whether a run is a list of permissions: most of its names are known, and it says what it is.
fn is_list(context: &Context<'_>, run: &[&Candidate]) -> bool {
    let known = run.iter().filter(|c| c.known).count();
    let mut names: Vec<&str> =
        run.iter().filter_map(|c| context.page.lines.get(c.line)?.str().get(c.name.clone())).collect();
    names.dedup();
    let says_so = run.iter().filter(|c| c.says_so).count();
    let first = run.first().map_or(0, |c| c.line);
    let above = (first.saturating_sub(3)..first).filter_map(|i| context.page.lines.get(i));
    let near = above.map(Line::str).any(says_permission);
    let apart =
        spread(run) || run.first().is_some_and(|c| matches!(c.shape, Shape::Strong | Shape::Heading(_)));
    // Entries far apart are sections of any kind: they must say of themselves, or their heading of them, what they are.
    let told = says_so * 2 >= run.len();
    let sure =
        if apart { told || under_heading(context, first) } else { told || near || announced(context, first) };
    sure && known >= 2 && names.len() >= 2 && known * 10 >= run.len() * 6
}

/// Whether a line says what its permission is for behind a label, as the lines of a block do.
fn is_about(line: &Line) -> bool {
    const LABELS: [&str; 12] = [
        "对应业务功能",
        "业务功能",
        "功能场景",
        "使用场景",
        "业务场景",
        "调用目的",
        "使用目的",
        "申请目的",
        "权限用途",
        "用途",
        "目的",
        "purpose",
    ];
    let body = body(line);
    let end = body.char_indices().take(16).find(|(_, c)| matches!(c, '：' | ':')).map_or(0, |(i, _)| i);
    body.get(..end).is_some_and(|label| LABELS.contains(&label.trim().to_lowercase().as_str()))
}

fn shape(line: &Line, next: Option<&Line>) -> Shape {
    let body = body(line);
    let outside = body.split(['（', '(']).next().unwrap_or(body);
    let alone = !outside.contains(['：', ':', '。', '；']) && label(body).is_none();
    let block = alone && line.ordinal.is_none() && !line.is_heading() && next.is_some_and(is_about);
    if block {
        return Shape::Block;
    }
    match (line.ordinal, line.kind) {
        (Some(ordinal), _) => Shape::Ordinal(ordinal.style),
        (_, LineKind::Heading(level)) => Shape::Heading(level),
        _ if label(body).is_some() => Shape::Labelled,
        _ if body.starts_with(['[', '【', '「']) => Shape::Bracketed,
        (_, LineKind::Item(depth)) => Shape::Item(depth),
        _ if line.strong => Shape::Strong,
        _ => Shape::Plain,
    }
}

/// A line behind its number and bullets.
fn body(line: &Line) -> &str {
    let body = line.str().get(line.ordinal.map_or(0, |o| o.end)..).unwrap_or("");
    // `1 相机 扫码`: a number of a table whose columns are set apart by blanks.
    let digits = body.trim_start_matches(|c: char| c.is_ascii_digit());
    let length = body.len() - digits.len();
    let body = if (1..=3).contains(&length) && digits.starts_with([' ', '\u{3000}']) { digits } else { body };
    body.trim_start_matches([
        ' ', '\u{3000}', '|', '\t', '*', '·', '•', '・', '‧', '-', '–', '●', '■', '◆', '○', '>', '➢', '◦',
        'Ø', 'ü', '\u{f0d8}', '\u{f0fc}',
    ])
}

/// What stands behind a label at the start of a text: `权限名称：…`, `权限一：…`.
fn label(body: &str) -> Option<&str> {
    const LABELS: [&str; 11] = [
        "APP权限",
        "App权限",
        "应用权限",
        "系统权限",
        "设备权限",
        "权限名称",
        "申请权限",
        "调用权限",
        "权限",
        "Permission name",
        "Permission",
    ];
    let rest = LABELS.iter().find_map(|l| body.strip_prefix(l))?.trim_start();
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    rest.trim_start().strip_prefix(['：', ':']).map(str::trim_start)
}

/// The permission a line begins with.
fn candidate(line: &Line, index: usize, next: Option<&Line>) -> Option<Candidate> {
    let text = line.str();
    let mut body = body(line);
    let shape = shape(line, next);
    // `基于相机的附加功能：`: what the function rests on is the permission it asks for.
    let based = line.ordinal.and_then(|_| based_on(body));
    if based.is_some() {
        body = body.strip_prefix("基于").unwrap_or(body);
    }
    let labelled = label(body);
    if let Some(value) = labelled {
        body = value;
    }
    let labelled = labelled.is_some();
    // `<uses-permission android:name="android.permission.CAMERA" />`
    if body.starts_with("<uses-permission") {
        body = body.split_once("name=\"").map(|(_, rest)| rest)?;
    }
    let start = text.len() - body.len();
    let (length, after) = match based {
        Some(ends) => ends,
        None => leading_constant(body).or_else(|| name_end(body, labelled))?,
    };
    let name = body.get(..length)?.trim_end();
    let trimmed = name.trim_matches(['[', ']', '【', '】', '「', '」', '“', '”', '"', '*', ' ']);
    let count = trimmed.chars().count();
    let most = if trimmed.contains('_') { MAX_NAME_WITH_CONSTANTS } else { MAX_NAME };
    if !(2..=most).contains(&count) {
        return None;
    }
    let reading = permission::read(trimmed);
    let key = fold::key(trimmed);
    let bracketed = name.starts_with(['[', '【', '「']);
    let tail = body.get(length..).unwrap_or("").chars().take(14).collect::<String>();
    let constant = matches!(
        reading.as_ref().map(|r| &r.how),
        Some(How::Constant | How::Misspelt(_) | How::NoSuchConstant(_))
    );
    let says_so = constant
        || says_permission(&key)
        || labelled
        || based.is_some()
        || bracketed && says_permission(&tail);
    let known = match reading.as_ref().map(|r| &r.how) {
        // A known word in a longer name proves little unless the name says that it is a permission.
        Some(How::Part) => says_so || count <= 20,
        Some(_) => true,
        None => false,
    };
    let sentence = ["我们", "您的", "您可以", "当您", "we ", "you "]
        .iter()
        .any(|w| trimmed.to_ascii_lowercase().contains(w));
    // A wording inside a clause: `当您扫码时`.
    let clause = ["当", "为", "在", "如", "若", "由于"].iter().any(|w| trimmed.starts_with(w))
        && !says_so
        && matches!(reading.as_ref().map(|r| &r.how), Some(How::Part));
    let told =
        ["会", "为了", "收集", "搜集", "获取您", "不会", "the ", "and "].iter().any(|w| trimmed.contains(w));
    let section = ["基于", "附加功能", "功能"].iter().any(|w| trimmed.contains(w)) && !key.contains("权限");
    if (sentence && !says_so)
        || (told && !known)
        || section
        || clause
        || (!known && (count > 24 || line.ordinal.is_none() && shape != Shape::Block))
    {
        return None;
    }
    let lead = body.find(trimmed).unwrap_or(0);
    Some(Candidate {
        line: index,
        shape,
        name: start + lead..start + lead + trimmed.len(),
        after: start + after,
        known,
        says_so,
        constant,
        based: based.is_some(),
    })
}

/// `基于相机的附加功能：…`: where what stands behind `基于` ends, and where the words about it begin, in bytes behind
/// `基于`.
fn based_on(body: &str) -> Option<(usize, usize)> {
    let rest = body.strip_prefix("基于")?;
    let (mut name, about) = rest.split_once("功能")?;
    let after = rest.len() - about.trim_start_matches([' ', '：', ':']).len();
    for ceremony in ["业务", "扩展", "附加", "的", "授权", "权限"] {
        name = name.strip_suffix(ceremony).unwrap_or(name);
    }
    let short = (1..=24).contains(&name.chars().count());
    (short && !name.contains(['，', '。', '；', '：', ':'])).then_some((name.len(), after))
}

/// Where a constant at the start of `body` ends, where words follow it behind a blank or a quotation mark.
fn leading_constant(body: &str) -> Option<(usize, usize)> {
    let end = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'))?;
    let token = body.get(..end)?;
    let rest = body.get(end..)?;
    if !rest.starts_with([' ', '"', '\u{3000}'])
        || !token.contains(['_', '.'])
        || rest.trim_start().starts_with(['(', '（'])
    {
        return None;
    }
    matches!(permission::read(token)?.how, How::Constant | How::Misspelt(_)).then_some((end, end + 1))
}

/// Where the name at the start of `body` ends, and where the words behind it begin.
fn name_end(body: &str, labelled: bool) -> Option<(usize, usize)> {
    let mut depth = 0usize;
    for (i, c) in body.char_indices() {
        match c {
            '（' | '(' | '[' | '【' | '「' => depth += 1,
            ')' | '）' | ']' | '】' | '」' => {
                depth = depth.saturating_sub(1);
                // `[Camera] permission: …`
                if depth == 0 && body.starts_with(['[', '【', '「']) {
                    return Some((i + c.len_utf8(), i + c.len_utf8()));
                }
            }
            '用' | '以' if depth == 0 && body.get(..i).is_some_and(|h| h.trim_end().ends_with("权限")) => {
                return Some((i, i));
            }
            '：' | ':' | '，' | ',' | '。' | '；' | ';' | '\t' | '|' | '—' | '–' if depth == 0 => {
                return Some((i, i + c.len_utf8()));
            }
            // Behind a whole name of Chinese characters, a blank is the edge of a column.
            ' ' | '\u{3000}' if depth == 0 && i > 0 => {
                let (head, rest) = (body.get(..i)?, body.get(i..)?.trim_start());
                if head.ends_with(fold::is_cjk) && rest.starts_with(fold::is_cjk) && reads_whole(head) {
                    return Some((i, i + c.len_utf8()));
                }
            }
            '-' if depth == 0 && body.get(..i)?.ends_with(' ') && body.get(i + 1..)?.starts_with(' ') => {
                return Some((i, i + 1));
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
        if i > MAX_NAME_WITH_CONSTANTS {
            return None;
        }
    }
    Some((body.len(), body.len()))
}
