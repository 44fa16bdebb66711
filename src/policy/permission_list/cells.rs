//! Tables of permissions whose cells stand one per line: rows with numbers, or below a head of as many lines.

use super::{MAX_NAME, NAME, entry, reads, reads_whole};
use crate::fold;
use crate::policy::page::Taken;
use crate::policy::read::Context;
use crate::policy::row::platforms_in;
use crate::policy::{PermissionDeclaration, Platform};

/// Most columns of such a table.
const MAX_COLUMNS: usize = 7;

/// Most rows of such a table.
const MAX_ROWS: usize = 200;

/// Rows below a head with a column of permissions, each row as many lines long as the head.
pub fn periodic(context: &Context<'_>, taken: &mut Taken) -> Vec<PermissionDeclaration> {
    let lines = &context.page.lines;
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let names = column_below(context, taken, at);
        let Some(last) = names.last() else {
            at += 1;
            continue;
        };
        for name in &names {
            let Some(line) = lines.get(*name) else { continue };
            let purpose = lines.get(name + 1).map(|l| l.text.clone());
            out.push(entry(context, &line.text.from(0), purpose, *name, &[]));
        }
        taken.take(at..last + 1, NAME);
        at = last + 1;
    }
    out
}

/// Lines of the names below the line `at`, which is the head of a column of permissions.
fn column_below(context: &Context<'_>, taken: &Taken, at: usize) -> Vec<usize> {
    let lines = &context.page.lines;
    // Lines with bars are rows, or cells with numbers of their own.
    let free = |i: usize| {
        let line = lines.get(i).filter(|l| taken.free(i) && l.table.is_none()).map(|l| l.str());
        line.filter(|t| !t.contains(['|', '\t']))
    };
    let count = |text: &str| text.chars().count();
    let label = |text: &str| count(text) <= 16 && !text.contains(['。', '，', '；', '：', ':']);
    let Some(own) = free(at).filter(|t| label(t)) else { return Vec::new() };
    let key = fold::key(own);
    let head = (key.contains("权限") || key.contains("permission"))
        && !["目的", "说明", "用途", "影响", "拒绝", "关闭"].iter().any(|w| key.contains(w))
        && crate::permission::read(&key).is_none_or(|r| r.constants.is_empty());
    let next = free(at + 1).is_some_and(|t| label(t) && !reads_whole(t));
    if !head || !next {
        return Vec::new();
    }
    let mut best: Vec<usize> = Vec::new();
    let mut most = (0, 0);
    for period in 2..=MAX_COLUMNS {
        let mut names: Vec<usize> = Vec::new();
        let (mut exact, mut known, mut unknown) = (0, 0, 0);
        // Behind the last name that stood where it should, nothing shows that the table goes on.
        let mut sure = 0;
        let mut line = at + period;
        while names.len() < MAX_ROWS {
            // A cell of two lines, or one left out, moves all that follow.
            let place = [line, line + 1, line.saturating_sub(1), line + 2].into_iter().find(|i| {
                names.last().is_none_or(|l| i > l)
                    && *i > at
                    && free(*i).is_some_and(|t| count(t) <= 20 && reads_whole(t))
            });
            let here = free(line).filter(|t| count(t) <= MAX_NAME && !t.contains('。'));
            match (place, here) {
                (Some(place), _) => {
                    exact += usize::from(place == line);
                    (known, unknown) = (known + 1, 0);
                    names.push(place);
                    sure = if place == line { names.len() } else { sure };
                    line = place + period;
                }
                (None, Some(_))
                    if unknown == 0
                        && !lines.get(line).is_some_and(|l| l.is_heading() || l.ordinal.is_some()) =>
                {
                    unknown += 1;
                    names.push(line);
                    line += period;
                }
                _ => break,
            }
        }
        names.truncate(sure);
        if known >= 3 && exact * 2 >= known && known * 10 >= names.len() * 6 && (exact, known) > most {
            (best, most) = (names, (exact, known));
        }
    }
    best
}

/// Rows of a numbered table whose cells stand one per line: `1 |`, `Camera |`, `scan codes`.
pub fn numbered(context: &Context<'_>, taken: &Taken) -> Vec<PermissionDeclaration> {
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
                let apple = above.as_slice() == [Platform::Ios];
                out.push(entry(context, &written, purpose, name, if apple { &above } else { &[] }));
            }
        }
        at = starts.last().map_or(at, |s| *s) + 1;
    }
    out
}
