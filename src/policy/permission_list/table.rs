//! Tables of permissions: real ones and those made of characters, with a head, a title row or neither.

use super::{MAX_NAME, NAME, announced, entry, reads, reads_whole, says_permission};
use crate::fold;
use crate::permission::{self, How};
use crate::policy::flat;
use crate::policy::grid::Grid;
use crate::policy::page::{Cell, Table, Taken};
use crate::policy::read::Context;
use crate::policy::rich::Rich;
use crate::policy::row::platforms_in;
use crate::policy::{PermissionDeclaration, Platform};
use std::ops::Range;

/// Rows of all tables nobody took.
pub fn rows(context: &Context<'_>, taken: &mut Taken) -> Vec<PermissionDeclaration> {
    let mut rows = Vec::new();
    for table in &context.page.tables {
        if !taken.free(table.lines.start) {
            continue;
        }
        let grid = Grid::of_table(context.page, table);
        if let Some(mut listed) = grid_rows(context, &grid, &table.lines) {
            rows.append(&mut listed);
            taken.take(table.lines.clone(), NAME);
        } else {
            rows.append(&mut item_rows(context, table));
        }
    }
    let mut line = 0;
    while line < context.page.lines.len() {
        let Some((region, grid)) = flat::grid_at(context.page, taken, line) else {
            line += 1;
            continue;
        };
        line = region.end.max(line + 1);
        // Without a head, lines with bars may be anything: those that begin with a permission are read as lines.
        if grid.width() >= 2
            && head(&grid).is_some()
            && let Some(mut listed) = grid_rows(context, &grid, &region)
        {
            rows.append(&mut listed);
            taken.take(region, NAME);
        }
    }
    rows
}

/// Where the names of a grid stand.
struct Layout {
    column: usize,
    /// First row below the head.
    from: usize,
    /// Column of the words about a permission.
    purpose: Option<usize>,
    /// The head calls the column a permission's name in so many words.
    named: bool,
}

fn text(grid: &Grid, row: usize, column: usize) -> Option<Rich> {
    let cell = grid.rows.get(row)?.get(column).copied().flatten()?;
    Some(grid.text(cell, " "))
}

/// Cells of a row, each with its column, a spanning cell once.
fn inked(grid: &Grid, row: usize) -> Vec<(usize, Rich)> {
    let mut out: Vec<(usize, Rich)> = Vec::new();
    let mut last = None;
    for (column, cell) in grid.rows.get(row).into_iter().flatten().enumerate() {
        if let Some(cell) = cell.filter(|c| Some(*c) != last) {
            last = Some(cell);
            let text = grid.text(cell, " ");
            if text.text().chars().any(char::is_alphanumeric) {
                out.push((column, text));
            }
        }
    }
    out
}

/// The head among the first rows of a grid, below title rows.
fn head(grid: &Grid) -> Option<Layout> {
    for row in 0..grid.rows.len().min(3) {
        let cells = inked(grid, row);
        if cells.len() < 2 {
            continue;
        }
        let keys: Vec<(usize, String)> = cells.iter().map(|(c, t)| (*c, fold::key(t.text()))).collect();
        let (column, named) = permission_column(&keys)?;
        let purpose = keys.iter().find(|(c, h)| *c != column && PURPOSES.iter().any(|w| h.contains(w)));
        return Some(Layout { column, from: row + 1, purpose: purpose.map(|(c, _)| *c), named });
    }
    None
}

/// Whether a table is about SDKs or partners: a title or a head of its first rows says so.
fn about_others(grid: &Grid) -> bool {
    // Below the head, a cell is about one permission: "for advertising by third parties".
    let heads = head(grid).map_or(3, |h| h.from);
    (0..grid.rows.len().min(heads)).any(|row| {
        inked(grid, row).iter().any(|(_, text)| {
            let key = fold::key(text.text());
            let party =
                ["第三方", "合作", "partner", "thirdparty", "third-party", "公司", "company", "provider"];
            let own = ["场景", "目的", "用途", "说明", "权限", "permission", "purpose"];
            key.chars().count() <= 40
                && (key.contains("sdk")
                    || party.iter().any(|w| key.contains(w)) && !own.iter().any(|w| key.contains(w)))
        })
    })
}

/// The layout of a grid without a head that says so: most cells of one column are names of permissions.
fn headless(context: &Context<'_>, grid: &Grid, lines: &Range<usize>) -> Option<Layout> {
    let first = inked(grid, 0);
    let says = |t: &Rich| says_permission(t.text()) && t.text().chars().count() <= 60;
    let titled = matches!(first.as_slice(), [(_, only)] if says(only));
    let headed = first.iter().any(|(_, t)| says(t) && !reads_whole(t.text()));
    if !titled && !headed && !announced(context, lines.start) {
        return None;
    }
    (0..grid.width().min(4)).find_map(|column| {
        let names: Vec<(usize, bool)> = (usize::from(titled)..grid.rows.len().min(300))
            .filter_map(|row| Some((row, text(grid, row, column).filter(|t| is_name(t.text()))?)))
            .map(|(row, t)| (row, reads_whole(t.text())))
            .collect();
        let known = names.iter().filter(|(_, known)| *known).count();
        let (first, last) = (names.first()?.0, names.last()?.0);
        // A first row that is unknown where the others are known is the head.
        let from = if names.first().is_some_and(|(_, known)| !known) { first + 1 } else { first };
        (known >= 3 && known * 10 >= names.len() * 6 && last > first).then_some(Layout {
            column,
            from,
            purpose: (column + 1 < grid.width()).then_some(column + 1),
            named: false,
        })
    })
}

/// A table of labels and values that describes one permission: `权限名称 | 相机`, `使用目的 | 扫码`.
fn described(context: &Context<'_>, grid: &Grid, lines: &Range<usize>) -> Option<PermissionDeclaration> {
    let label = |row: usize| Some(fold::key(text(grid, row, 0)?.text()));
    if grid.width() != 2 || grid.rows.len() > 20 || !label(0).is_some_and(|l| HEADS.contains(&l.as_str())) {
        return None;
    }
    let name = text(grid, 0, 1).filter(|n| is_name(n.text()) && reads_whole(n.text()))?;
    let about =
        (1..grid.rows.len()).find(|r| label(*r).is_some_and(|l| PURPOSES.iter().any(|w| l.contains(w))));
    Some(entry(context, &name, about.and_then(|r| text(grid, r, 1)), lines.start, &[]))
}

/// Rows of a grid that lists permissions and no SDK.
fn grid_rows(context: &Context<'_>, grid: &Grid, lines: &Range<usize>) -> Option<Vec<PermissionDeclaration>> {
    if about_others(grid) {
        return None;
    }
    if let Some(one) = described(context, grid, lines) {
        return Some(vec![one]);
    }
    let layout = head(grid).or_else(|| headless(context, grid, lines))?;
    let head: Vec<String> = layout
        .from
        .checked_sub(1)
        .map_or(Vec::new(), |h| inked(grid, h).iter().map(|c| fold::key(c.1.text())).collect());
    let mut rows = Vec::new();
    let (mut known, mut last, mut titled) = (0, None, Vec::new());
    for row in layout.from..grid.rows.len() {
        let cells = inked(grid, row);
        let slot = grid.rows.get(row).and_then(|r| r.get(layout.column)).copied().flatten();
        if let [(_, title)] = cells.as_slice()
            && grid.width() > 1
        {
            let platforms = platforms_in(title.text());
            if !platforms.is_empty() && title.text().chars().count() <= 30 && !reads(title.text()) {
                titled = platforms;
                continue;
            }
        }
        let Some(name) = text(grid, row, layout.column).filter(|n| is_name(n.text())) else { continue };
        if slot == last || head.contains(&fold::key(name.text())) {
            continue;
        }
        last = slot;
        let others = || cells.iter().filter(|(c, _)| *c != layout.column);
        let mut stated = titled.clone();
        for (_, other) in others() {
            if other.text().chars().count() <= 16 && is_platform(other.text()) {
                stated = platforms_in(other.text());
            }
        }
        // The constant may stand in a column of its own.
        let constant = others().find_map(|(_, other)| constant_of(other.text()));
        let purpose = layout.purpose.and_then(|p| text(grid, row, p));
        let mut push = |name: &Rich| {
            let mut row = entry(context, name, purpose.clone(), lines.start, &stated);
            if let Some(constant) = constant
                && constant_of(name.text()).is_none()
                && row.platforms.as_slice() != [Platform::Ios]
            {
                row.permission = Some(constant.to_owned());
            }
            rows.push(row);
        };
        // Behind a function stand all the permissions it needs; a name of its own stays whole.
        let pieces = permission::pieces(name.text());
        let each = pieces.iter().filter_map(|p| name.text().get(p.start..p.end));
        if layout.column > 0 && pieces.len() > 1 && each.clone().all(reads) {
            known += 1;
            pieces.iter().for_each(|p| push(&name.slice(p.start..p.end)));
        } else {
            known += usize::from(reads(name.text()) || constant.is_some());
            push(&name);
        }
    }
    let least = if layout.named && layout.purpose.is_some() { 1 } else { 2 };
    (known >= least && known * 2 >= rows.len()).then_some(rows)
}

/// The constant a cell consists of.
fn constant_of(text: &str) -> Option<&'static str> {
    let reading = permission::read(text).filter(|r| matches!(r.how, How::Constant | How::Misspelt(_)))?;
    reading.constants.first().copied()
}

/// Whether a cell says for which platform its row is, and nothing else.
fn is_platform(text: &str) -> bool {
    let mut key = fold::key(text);
    if platforms_in(&key).is_empty() {
        return false;
    }
    for word in
        ["android", "安卓", "ios", "iphone", "苹果", "harmonyos", "鸿蒙", "系统", "以上", "以下", "版本"]
    {
        key = key.replace(word, "");
    }
    key.chars().filter(|c| c.is_alphabetic()).count() <= 2
}

/// Rows of a table of data items that say what is done on the device, as a permission does: `读取已安装软件列表`.
fn item_rows(context: &Context<'_>, table: &Table) -> Vec<PermissionDeclaration> {
    let first = |row: &Vec<Cell>| Some(context.page.joined(row.first()?.lines.clone(), " "));
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
        .map(|(name, line)| entry(context, &name, None, line, &[]))
        .collect()
}

/// Words of heads over what a permission is for.
const PURPOSES: &[&str] =
    &["目的", "用途", "场景", "说明", "purpose", "usage", "why", "description", "功能", "描述"];

/// Heads that name permissions in so many words, as folded keys.
const HEADS: &[&str] = &[
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
    "终端权限",
    "权限列表",
    "権限",
    "パーミッション",
];

/// The column of a head (folded keys, each with its column) that holds names of permissions, and whether it is one of
/// [`HEADS`].
fn permission_column(head: &[(usize, String)]) -> Option<(usize, bool)> {
    if let Some((column, _)) = head.iter().find(|(_, h)| HEADS.contains(&h.as_str())) {
        return Some((*column, true));
    }
    let about = [
        "目的",
        "说明",
        "用途",
        "描述",
        "purpose",
        "description",
        "影响",
        "是否",
        "方式",
        "关闭",
        "拒绝",
        "如何",
        "功能",
        "usage",
    ];
    head.iter()
        .find(|(_, h)| {
            let says =
                h.contains("权限") && h.chars().count() <= 14 || h.contains("permission") && h.len() <= 30;
            // The name of a permission is a row, not a head.
            let row = || permission::read(h).is_some_and(|r| !r.constants.is_empty());
            says && !about.iter().any(|w| h.contains(w)) && !row()
        })
        .map(|(column, _)| (*column, false))
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    (2..=MAX_NAME * 2).contains(&text.chars().count()) && text.chars().any(char::is_alphabetic)
}
