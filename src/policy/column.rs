//! Reader of tables exploded to one cell per line: a run of labels, then values, aligned to the columns by
//! what they hold, since cells may be missing or take several lines.

use crate::fold;
use crate::policy::grid::{Reading, is_company, is_data};
use crate::policy::lexicon::{self, Label};
use crate::policy::page::{Line, Taken};
use crate::policy::placeholder;
use crate::policy::read::{Context, Found};
use crate::policy::row::Row;
use crate::policy::table;
use crate::policy::{FieldName, value};

const NAME: &str = "cells";

/// Most lines of one table; more than any list has.
const MAX_LINES: usize = 6000;

/// Reads the exploded tables of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let lines = &context.page.lines;
    let mut line = 0;
    while line < lines.len() {
        let Some((columns, start)) = header(lines, taken, line) else {
            line += 1;
            continue;
        };
        let end = region(lines, taken, start, columns.len());
        let rows = align(lines.get(start..end).unwrap_or(&[]), &columns);
        let used = rows.iter().flatten().flatten().copied().max().map_or(0, |last| last + 1);
        let mut reading =
            Reading { columns: columns.iter().map(|c| Some(*c)).collect(), ..Reading::default() };
        reading.header_says_sdk =
            lines.get(line..start).unwrap_or(&[]).iter().any(|l| fold::key(l.str()).contains("sdk"));
        for cells in &rows {
            let mut row = Row::default();
            for (column, cell) in cells.iter().enumerate() {
                let Some(label) = columns.get(column) else { continue };
                let separator = if matches!(label, Label::Data | Label::Purpose | Label::Permission) {
                    " | "
                } else {
                    " "
                };
                let mut text = crate::policy::rich::Rich::new();
                for at in cell {
                    // Contacts in the cell of a company are not its name.
                    let contact = |t: &str| {
                        let papers = t.chars().count() <= 12 && t.contains("隐私");
                        papers
                            || ["联系方式", "联系电话", "客服电话", "电话", "邮箱"]
                                .iter()
                                .any(|w| t.starts_with(w))
                    };
                    if let Some(l) = lines.get(start + at)
                        && !(*label == Label::Provider && cell.len() > 1 && contact(l.str()))
                    {
                        text.join(separator, &l.text);
                    }
                }
                row.add(*label, text);
            }
            if row.name_label().is_some() {
                reading.rows.push((row, Vec::new()));
            }
        }
        let all = line..start + used;
        if reading.rows.len() >= 2 && table::is_list(context.page, all.clone(), &reading) {
            table::declare(context, NAME, all.clone(), &reading, found);
            taken.take(all.clone(), NAME);
            line = all.end.max(start);
        } else {
            line = start;
        }
    }
}

fn cell_line(lines: &[Line], taken: &Taken, at: usize) -> bool {
    lines.get(at).is_some_and(|l| l.table.is_none() && taken.free(at) && !l.str().contains('\t'))
}

/// A run of at least four lines that are labels, at most one of them unknown: columns, first line below.
fn header(lines: &[Line], taken: &Taken, at: usize) -> Option<(Vec<Label>, usize)> {
    let label = |at: usize| {
        let line = lines.get(at).filter(|_| cell_line(lines, taken, at))?;
        if line.str().len() > 100 || line.str().contains(['：', '。', '，', '|']) {
            return None;
        }
        lexicon::classify(line.str())
    };
    label(at)?;
    let mut columns = Vec::new();
    let mut next = at;
    let mut unknown = 0;
    while next < at + 16 {
        match label(next) {
            Some(l) => columns.push(l),
            None if unknown == 0 && label(next + 1).is_some() && label(next + 2).is_some() => {
                unknown += 1;
                columns.push(Label::Other);
            }
            None => break,
        }
        next += 1;
    }
    let named = columns.iter().any(|c| matches!(c, Label::Name | Label::ThirdParty | Label::Provider));
    let mut distinct = columns.clone();
    distinct.sort();
    distinct.dedup();
    (columns.len() >= 3 && distinct.len() >= 3 && named).then_some((columns, next))
}

/// Lines that may belong to the table: up to a chapter heading, a table, or another header.
fn region(lines: &[Line], taken: &Taken, start: usize, columns: usize) -> usize {
    let mut end = start;
    while end < lines.len().min(start + MAX_LINES) && cell_line(lines, taken, end) {
        let line = match lines.get(end) {
            Some(line) => line,
            None => break,
        };
        if line.is_heading() && end > start + columns {
            break;
        }
        if end > start && header(lines, taken, end).is_some() {
            break;
        }
        end += 1;
    }
    end
}

/// Cells of each row, each as the indices of its lines.
type Rows = Vec<Vec<Vec<usize>>>;

/// Aligns lines to columns so that what they hold fits best, row after row; stops where nothing fits.
fn align(lines: &[Line], columns: &[Label]) -> Rows {
    const NEW_ROW: i32 = 0;
    const SKIPPED: i32 = -4;
    const SAME: i32 = -3;
    let width = columns.len();
    if width == 0 || lines.is_empty() {
        return Vec::new();
    }
    let features: Vec<Features> = lines.iter().map(Features::of).collect();
    // best[c]: score of the best reading so far whose last line stands in column c.
    let mut best: Vec<Option<i32>> = vec![None; width];
    let mut from: Vec<Vec<(usize, bool)>> = Vec::with_capacity(lines.len());
    let mut finish: (i32, usize, usize) = (0, usize::MAX, 0);
    for (i, feature) in features.iter().enumerate() {
        let mut next: Vec<Option<i32>> = vec![None; width];
        let mut back: Vec<(usize, bool)> = vec![(usize::MAX, true); width];
        for (column, label) in columns.iter().enumerate() {
            let fits = feature.fits(*label);
            let mut consider = |score: i32, origin: usize, new_row: bool| {
                let slot = next.get_mut(column);
                if let Some(slot) = slot
                    && slot.is_none_or(|s| score > s)
                {
                    *slot = Some(score);
                    if let Some(b) = back.get_mut(column) {
                        *b = (origin, new_row);
                    }
                }
            };
            let lead = i32::try_from(column).unwrap_or(0) * SKIPPED;
            if i == 0 {
                consider(fits + lead, usize::MAX, true);
            }
            for (origin, score) in best.iter().enumerate() {
                let Some(score) = score else { continue };
                let gap = |n: usize| i32::try_from(n).unwrap_or(0) * SKIPPED;
                if origin < column {
                    consider(score + fits + gap(column - origin - 1), origin, false);
                } else if origin == column {
                    let more = if feature.address { 0 } else { SAME };
                    consider(score + fits + more, origin, false);
                }
                consider(score + fits + NEW_ROW + lead + gap(width - 1 - origin), origin, true);
            }
        }
        best = next;
        from.push(back);
        // A reading may end after a row that is nearly full.
        if let Some(Some(score)) = best.get(width - 1)
            && *score > finish.0
        {
            finish = (*score, i, width - 1);
        }
    }
    if finish.1 == usize::MAX {
        return Vec::new();
    }
    let (_, mut line, mut column) = finish;
    let mut placed: Vec<(usize, usize, bool)> = Vec::new();
    while let Some((origin, new_row)) = from.get(line).and_then(|b| b.get(column)).copied() {
        placed.push((line, column, new_row));
        if line == 0 || origin == usize::MAX {
            break;
        }
        line -= 1;
        column = origin;
    }
    let mut rows: Rows = Vec::new();
    for (line, column, new_row) in placed.into_iter().rev() {
        if new_row || rows.is_empty() {
            rows.push(vec![Vec::new(); width]);
        }
        if let Some(cell) = rows.last_mut().and_then(|r| r.get_mut(column)) {
            cell.push(line);
        }
    }
    rows
}

/// What a line holds.
struct Features {
    address: bool,
    company: bool,
    sdk: bool,
    data: bool,
    permission: bool,
    method: bool,
    scene: bool,
    purpose: bool,
    package: bool,
    number: bool,
    none: bool,
    chars: usize,
    sentence: bool,
    papers: bool,
    /// The field that a mark in it asks a person to fill in.
    asked: Option<FieldName>,
}

impl Features {
    fn of(line: &Line) -> Features {
        let text = line.str();
        let key = fold::key(value::head(text, 2000));
        let has = |words: &[&str]| words.iter().any(|w| key.contains(w));
        let chars = text.chars().count();
        let marks = placeholder::marks(text);
        let asked = marks.first().filter(|m| m.start == 0).and_then(|m| text.get(m.clone()));
        Features {
            asked: asked.and_then(placeholder::asked).and_then(Label::field),
            address: !value::addresses(text).is_empty()
                || line.text.links().iter().any(|l| l.href.contains("://")),
            company: is_company(text),
            sdk: key.contains("sdk"),
            data: is_data(text),
            permission: has(&["权限", "permission"]),
            method: has(&[
                "sdk本机采集",
                "本机采集",
                "接口传输",
                "后台接口",
                "去标识",
                "加密",
                "自行采集",
                "sdk采集",
                "直接采集",
                "不共享",
            ]) && chars <= 40,
            scene: (key.ends_with('时')
                || key.ends_with("时使用")
                || key.ends_with("过程中使用")
                || has(&["场景", "用户", "启动"]))
                && chars <= 40,
            purpose: has(&[
                "用于", "帮助", "实现", "提供", "为了", "进行", "保障", "统计", "分析", "推送", "支付",
                "登录", "分享", "广告", "监控", "定位",
            ]),
            package: value::packages(text).iter().any(|p| value::is_package(&p.url)),
            number: chars <= 4 && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '、')),
            none: value::says_none(text),
            chars,
            sentence: text.contains('。') && chars > 30,
            papers: chars <= 24
                && has(&[
                    "联系方式",
                    "隐私政策",
                    "隐私协议",
                    "隐私声明",
                    "隐私保护",
                    "联系方式",
                    "privacypolicy",
                    "隐私条款",
                    "隐私说明",
                ]),
        }
    }

    /// How well the line fits a column.
    fn fits(&self, label: Label) -> i32 {
        let short = self.chars <= 30;
        if let Some(asked) = self.asked {
            return if label.field() == Some(asked) { 8 } else { -6 };
        }
        match label {
            Label::PrivacyLink | Label::Link | Label::OfficialLink => match () {
                () if self.address || self.papers => 6,
                () if self.none => 1,
                () => -5,
            },
            _ if self.address && short_of_text(self) => -5,
            Label::Provider => match () {
                () if self.company => 6,
                () if self.papers => 3,
                () if self.sentence || self.data => -5,
                () if short => -1,
                () => -3,
            },
            Label::Name | Label::ThirdParty => match () {
                () if self.number || self.papers || self.none => -4,
                () if self.company => -4,
                () if self.sentence => -6,
                () if self.sdk && self.chars <= 40 && !self.method => 5,
                () if self.data || self.method || self.scene => -3,
                () if short => 1,
                () => -4,
            },
            Label::Package => {
                if self.package {
                    6
                } else {
                    -3
                }
            }
            Label::Data => match () {
                () if self.company || self.number || self.papers => -4,
                () if self.data => 4,
                () if self.method => -3,
                () => -1,
            },
            Label::Permission => match () {
                () if self.permission => 4,
                () if self.none => 1,
                () => -2,
            },
            Label::Method => match () {
                () if self.method => 5,
                () if self.company || self.data => -3,
                () if self.none => 0,
                () => -1,
            },
            Label::Purpose | Label::Function => match () {
                () if self.company || self.number => -4,
                () if self.method => -2,
                () if self.sentence => -1,
                () if self.purpose => 2,
                () if self.data => -2,
                () => -1,
            },
            Label::Scene => match () {
                () if self.company || self.number => -4,
                () if self.scene => 3,
                () if self.data || self.method => -2,
                () => -1,
            },
            Label::Other if self.number => 4,
            Label::Kind if self.sdk && self.chars <= 20 => 5,
            Label::Other | Label::Kind | Label::Platform | Label::Retention => match () {
                () if self.company || self.sentence => -3,
                () => 0,
            },
        }
    }
}

/// Whether an address is most of the line.
fn short_of_text(features: &Features) -> bool {
    features.chars < 400
}
