//! Reader of real tables: grids with headers, tables of labels and values, and the traps of the same shape.

use crate::fold;
use crate::policy::Place;
use crate::policy::grid::{Grid, Reading};
use crate::policy::lexicon::Label;
use crate::policy::naming;
use crate::policy::page::{Page, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::row::Frame;
use crate::policy::value;
use std::ops::Range;

const NAME: &str = "table";

/// Reads the SDK lists among a page's tables.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let mut known: Option<Vec<Option<Label>>> = None;
    let mut end_of_last = 0;
    for table in &context.page.tables {
        let grid = Grid::of_table(context.page, table);
        // A table cut in two by a page goes on right below the first part.
        let near = table.lines.start.saturating_sub(end_of_last) <= 3;
        if of_one(context, NAME, table.lines.clone(), &grid, taken, found) {
            continue;
        }
        let Some(reading) = grid.read(known.as_deref().filter(|_| near)) else { continue };
        if is_list(context.page, table.lines.clone(), &reading) {
            declare(context, NAME, table.lines.clone(), &reading, found);
            taken.take(table.lines.clone(), NAME);
            known = Some(reading.columns);
            end_of_last = table.lines.end;
        } else {
            known = None;
        }
    }
}

/// Reads a table of what one SDK takes, whose name stands right above it; whether it was one.
pub fn of_one(
    context: &Context<'_>,
    reader: &'static str,
    lines: Range<usize>,
    grid: &Grid,
    taken: &mut Taken,
    found: &mut Found,
) -> bool {
    let above = lines.start.checked_sub(1).filter(|i| taken.free(*i));
    let Some((at, line)) = above.and_then(|i| Some((i, context.page.lines.get(i)?))) else { return false };
    let name = line.body();
    let key = fold::key(name.text());
    let title = ["列表", "目录", "清单", "如下", "说明", "情况", ":"].iter().any(|w| key.ends_with(w));
    let bare = key.trim_end_matches([')', '）']).split(['(', '（']).next().unwrap_or("");
    let named = bare.ends_with("sdk") && naming::distinct(bare) && name.text().chars().count() <= 60;
    if line.table.is_some() || title || !named || name.text().contains(['，', '。', '：']) {
        return false;
    }
    let Some(mut row) = grid.of_one() else { return false };
    row.pieces.insert(0, (Label::Name, name.clone()));
    row.cover(name.span());
    let frame =
        Frame { document: context.document, reader, place: Place::List, platforms: context.platforms(at) };
    found.declarations.extend(row.declare(&frame));
    taken.take(at..lines.end, reader);
    true
}

/// Adds the rows of a reading.
pub fn declare(
    context: &Context<'_>,
    reader: &'static str,
    lines: Range<usize>,
    reading: &Reading,
    found: &mut Found,
) {
    for (row, platforms) in &reading.rows {
        let above = if platforms.is_empty() { context.platforms(lines.start) } else { platforms.clone() };
        let frame = Frame { document: context.document, reader, place: Place::List, platforms: above };
        found.declarations.extend(row.declare(&frame));
    }
}

/// Whether a grid lists SDKs, rather than data items, permissions or partners.
pub fn is_list(page: &Page, lines: Range<usize>, reading: &Reading) -> bool {
    let has = |label: Label| reading.columns.contains(&Some(label));
    if reading.rows.is_empty() || !(has(Label::Name) || has(Label::ThirdParty) || has(Label::Provider)) {
        return false;
    }
    let rows = reading.rows.len();
    let names: Vec<String> = reading
        .rows
        .iter()
        .filter_map(|(row, _)| row.name_label().and_then(|l| row.get(l).first().map(|t| fold::key(t.text()))))
        .collect();
    let sdk_names = names.iter().filter(|n| n.contains("sdk")).count();
    if !reading.header_says_sdk && names_permissions(names.iter().map(String::as_str)) {
        return false;
    }
    if reading.header_says_sdk && (has(Label::Name) || has(Label::ThirdParty)) {
        return true;
    }
    if sdk_names * 3 >= rows {
        return true;
    }
    let links = has(Label::PrivacyLink) || has(Label::Link) || has(Label::OfficialLink);
    let rich = [
        has(Label::Provider) || has(Label::ThirdParty),
        links,
        has(Label::Data),
        has(Label::Purpose) || has(Label::Function),
    ];
    let columns = rich.iter().filter(|r| **r).count();
    let told = has(Label::Data) || has(Label::Purpose) || has(Label::Function) || links;
    if has(Label::Name) && has(Label::Provider) && told {
        return true;
    }
    // All that the law asks of a list, under a head that speaks of third parties.
    if has(Label::ThirdParty) && has(Label::Data) && links && columns == 4 {
        return true;
    }
    let near = sdk_above(page, lines.start);
    if has(Label::Name) {
        columns >= 2 && (near || columns >= 3 || links)
    } else {
        columns >= 2 && (mentions_sdk(reading) || (near && sdk_names > 0))
    }
}

/// Whether most names are those of permissions: a permission list has the shape of an SDK list.
pub fn names_permissions<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let (mut all, mut permissions) = (0usize, 0usize);
    for name in names.take(200) {
        all += 1;
        let sdk = name.to_ascii_lowercase().contains("sdk");
        let meant = || crate::permission::read(name).is_some_and(|r| !r.constants.is_empty());
        let said = || name.contains("权限") || name.to_ascii_lowercase().contains("permission");
        permissions += usize::from(!sdk && (said() || meant()));
    }
    permissions * 5 >= all * 3 && all > 0
}

fn mentions_sdk(reading: &Reading) -> bool {
    let with = reading
        .rows
        .iter()
        .filter(|(r, _)| r.pieces.iter().any(|(_, t)| fold::key(t.text()).contains("sdk")));
    with.count() * 2 >= reading.rows.len()
}

/// Whether the lines above speak of SDKs.
pub fn sdk_above(page: &Page, line: usize) -> bool {
    page.range(line.saturating_sub(8)..line).iter().any(|l| {
        let key = fold::key(value::head(l.str(), 1500));
        key.contains("sdk")
            || key.contains("软件开发工具包")
            || key.contains("第三方插件")
            || key.contains("第三方库")
    })
}
