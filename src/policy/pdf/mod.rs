//! PDF -> the text layer of its pages as text and `Page`: ruled tables as tables, lines joined to paragraphs.

mod line;
mod ruled;
mod columns;
mod sheet;
mod flow;

use crate::format::pdf::Document;
use crate::limits::{Deadline, Limits};
use crate::policy::page::{LineKind, Page};
use crate::policy::pdf::flow::Sheet;
use crate::policy::pdf::line::{Line, Run, Wrap};
use crate::policy::pdf::sheet::{Block, Table};
use crate::policy::writer::Writer;
use std::time::Duration;

/// Most time for one document: only a hostile one comes near it.
const MAX_TIME: Duration = Duration::from_secs(20);
/// Most characters read of one document.
const MAX_GLYPHS: usize = 5_000_000;

/// What was read of a document.
pub struct Pdf {
    /// The text of all pages.
    pub text: String,
    /// Its lines and tables.
    pub page: Page,
    /// Number of pages.
    pub pages: usize,
    /// Pages, from 1, whose text cannot be read: pictures, or fonts without a way back to characters.
    pub blank: Vec<usize>,
    /// Whether there is more in it than may be read.
    pub cut: bool,
}

/// Why nothing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It holds no page.
    Broken,
    /// It asks for a password.
    Locked,
}

/// Reads the text layer.
pub fn read(bytes: &[u8]) -> Result<Pdf, Unread> {
    let mut document = Document::open(bytes);
    if document.is_locked() {
        return Err(Unread::Locked);
    }
    let pages = document.pages();
    if pages == 0 {
        return Err(Unread::Broken);
    }
    let deadline = Deadline::start(&Limits { max_time: Some(MAX_TIME), ..Limits::default() });
    let (mut sheets, mut blank, mut glyphs) = (Vec::new(), Vec::new(), 0usize);
    let mut cut = false;
    for index in 0..pages {
        if deadline.passed() || glyphs > MAX_GLYPHS {
            (cut, blank) = (true, blank.into_iter().chain(index + 1..=pages).collect());
            break;
        }
        let page = document.page(index);
        glyphs += page.glyphs.len();
        let text: String = page.glyphs.iter().map(|g| g.text.as_str()).collect();
        let shown = page.images + page.lost + page.glyphs.len() > 0;
        let lost = page.lost * 10 > page.lost + page.glyphs.len();
        if shown && (text.trim().is_empty() || lost || is_garbled(&text)) {
            blank.push(index + 1);
            continue;
        }
        let size = page.size;
        sheets.push(Sheet { size, blocks: sheet::blocks(page) });
    }
    flow::strip_furniture(&mut sheets);
    let margins = Margins::of(&sheets);
    let sizes: Vec<(f64, f64)> = sheets.iter().map(|s| s.size).collect();
    let mut out = Composer { out: Writer::default(), open: None, body: margins.body };
    for (number, block) in flow::joined(sheets) {
        match block {
            Block::Line(line) => {
                let width = sizes.get(number).map_or(0.0, |s| s.0);
                out.line(line, number, margins.right(width));
            }
            Block::Table(table) => out.table(table),
        }
    }
    out.end();
    let (text, page) = out.out.finish();
    Ok(Pdf { text, page, pages, blank, cut: cut || document.is_cut() })
}

/// How far the lines of pages of one width reach, and the size of running text.
struct Margins {
    right: Vec<(f64, f64)>,
    body: f64,
}

impl Margins {
    fn of(sheets: &[Sheet]) -> Margins {
        let lines = |sheet: &Sheet| -> Vec<(f64, f64, f64, usize)> {
            let lines = sheet.blocks.iter().filter_map(|b| match b {
                Block::Line(l) => Some((l.x.0, l.x.1, l.size, l.text().len())),
                Block::Table(_) => None,
            });
            lines.collect()
        };
        let mut by_width: std::collections::BTreeMap<i64, Vec<(f64, f64, f64, usize)>> = Default::default();
        let mut sizes: Vec<(f64, usize)> = Vec::new();
        for sheet in sheets {
            let lines = lines(sheet);
            sizes.extend(lines.iter().map(|l| (l.2, l.3)));
            by_width.entry(sheet.size.0.round() as i64).or_default().extend(lines);
        }
        sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = sizes.iter().map(|s| s.1).sum::<usize>() / 2;
        let mut seen = 0;
        let body = sizes.iter().find(|s| {
            seen += s.1;
            seen > half
        });
        let right = |(width, lines): (i64, Vec<(f64, f64, f64, usize)>)| {
            let width = width as f64;
            let left = lines.iter().map(|l| l.0).fold(f64::MAX, f64::min);
            let most = lines.iter().map(|l| l.1).fold(0.0, f64::max);
            // Where many lines end together, that is the margin; else margins are the same on both sides.
            let together = lines.iter().filter(|l| most - l.1 < 1.2 * l.2).count();
            let right =
                if together >= 4 && together * 12 >= lines.len() { most } else { most.max(width - left) };
            (width, right)
        };
        Margins { right: by_width.into_iter().map(right).collect(), body: body.map_or(10.0, |s| s.0) }
    }

    fn right(&self, width: f64) -> f64 {
        self.right.iter().find(|(w, _)| (w - width).abs() <= 1.0).map_or(width, |(_, right)| *right)
    }
}

/// Writes blocks one after another.
struct Composer {
    out: Writer,
    /// The paragraph that is being written.
    open: Option<Paragraph>,
    body: f64,
}

struct Paragraph {
    last: Line,
    page: usize,
    /// Where its lines begin: the first one and the others.
    left: (f64, Option<f64>),
    /// Room between its lines.
    pitch: Option<f64>,
    heading: bool,
}

impl Composer {
    fn line(&mut self, line: Line, page: usize, right: f64) {
        let pitch = |p: &Paragraph| (p.page == page).then_some(p.last.baseline - line.baseline);
        if let Some(open) = &self.open {
            let distance = pitch(open);
            let how = if follows(open, &line, distance) {
                line::wrap(&open.last, &line, right)
            } else {
                Wrap::Ended
            };
            if how != Wrap::Ended {
                self.out.soft_break(how == Wrap::Spaced);
                self.ink(&line);
                if let Some(open) = &mut self.open {
                    open.left.1 = Some(line.x.0);
                    open.pitch = distance.or(open.pitch);
                    (open.page, open.last) = (page, line);
                }
                return;
            }
            let apart = distance.is_none_or(|d| !(0.0..2.1 * line.size).contains(&d));
            self.end();
            if apart {
                self.out.page.gap();
            }
        }
        let level = match line.size / self.body {
            r if r > 1.7 => Some(1),
            r if r > 1.4 => Some(2),
            r if r > 1.15 => Some(3),
            _ => None,
        };
        let heading = level.is_some() && line.text().chars().count() <= 60;
        self.out.page.kind(level.filter(|_| heading).map(LineKind::Heading));
        self.ink(&line);
        self.open = Some(Paragraph { left: (line.x.0, None), last: line, page, pitch: None, heading });
    }

    /// Ends the open paragraph.
    fn end(&mut self) {
        match self.open.take() {
            Some(open) if open.heading => self.out.end_line(),
            Some(_) => self.out.end_text_line(),
            None => false,
        };
        self.out.page.kind(None);
    }

    fn ink(&mut self, line: &Line) {
        let mut runs = line.runs.as_slice();
        while let Some(first) = runs.first() {
            // Runs of one link are one link.
            let same = |r: &&Run| r.link == first.link && !r.is_tabbed();
            let length = 1 + runs.iter().skip(1).take_while(same).count();
            let (now, rest) = runs.split_at(length.min(runs.len()));
            runs = rest;
            if first.is_tabbed() {
                self.out.page.blank("\t", self.out.text.len());
                self.out.text.push('\t');
            } else if first.text.starts_with(' ') {
                // The space before a link is none of it.
                self.out.ink(" ", false);
            }
            if let Some(link) = &first.link {
                let length = now.iter().map(|r| r.text.len()).sum::<usize>();
                self.out.open_link(link, length - (first.text.len() - first.text.trim_start().len()));
            }
            for (n, run) in now.iter().enumerate() {
                self.out.ink(if n == 0 { run.text.trim_start() } else { &run.text }, run.bold);
            }
            if first.link.is_some() {
                self.out.page.close_link();
            }
        }
    }

    fn table(&mut self, table: Table) {
        self.end();
        let padding: Vec<f64> = (0..table.x.len()).map(|c| table.padding(c)).collect();
        self.out.page.open_table();
        let count = |n: usize| u32::try_from(n).unwrap_or(1);
        for row in &table.rows {
            self.out.page.open_row();
            for cell in row {
                self.out.page.open_cell(false, count(cell.span.0), count(cell.span.1));
                if cell.above {
                    self.out.page.merge_up();
                }
                let right = cell.x.1 - padding.get(cell.column).copied().unwrap_or(0.0);
                let mut last: Option<&Line> = None;
                for line in &cell.lines {
                    match last.map(|l| line::wrap(l, line, right)) {
                        None => {}
                        Some(Wrap::Ended) => {
                            self.out.end_text_line();
                        }
                        Some(how) => self.out.soft_break(how == Wrap::Spaced),
                    }
                    self.ink(line);
                    last = Some(line);
                }
                self.out.page.end_text_line();
                self.out.text.push('\t');
            }
            self.out.page.close_cell();
            self.out.text.push('\n');
        }
        self.out.page.close_table();
    }
}

/// Whether a line may belong to a paragraph, by where it stands.
fn follows(open: &Paragraph, line: &Line, distance: Option<f64>) -> bool {
    let size = open.last.size;
    if (line.size - size).abs() > 0.2 * size {
        return false;
    }
    let before = open.last.text();
    if before.trim_end().ends_with(['。', '；', '：', '！', '？', ';']) {
        return false;
    }
    if let Some(distance) = distance {
        let near = open.pitch.map_or(2.2 * size, |pitch| 1.25 * pitch + 1.0);
        if distance <= 0.0 || distance > near {
            return false;
        }
    }
    let marked = |text: &str| {
        crate::policy::ordinal::leading(text.trim_start()).is_some()
            || text
                .trim_start()
                .starts_with(['•', '●', '○', '■', '◆', '▪', '◦', '➢', '·', '\u{f0b7}', '\u{f06c}'])
    };
    if marked(&line.text()) {
        return false;
    }
    match open.left {
        // Indented like the others of its paragraph.
        (_, Some(left)) => (line.x.0 - left).abs() <= 0.6 * size,
        // The second line: outdented, or hanging under the text behind a number.
        (left, None) => line.x.0 <= left + 0.6 * size || marked(&before) && line.x.0 <= left + 5.0 * size,
    }
}

/// Whether a text is not what a reader of the page sees: a font without a way back from its glyphs to characters yields
/// characters of private use, or ideographs at random.
fn is_garbled(text: &str) -> bool {
    const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用信息您個們來為國時說會對過發後資訊請";
    let (mut all, mut lost, mut han, mut common, mut kana) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        all += 1;
        match c {
            '\u{e000}'..='\u{f8ff}' | '\u{fffd}' | '\u{0}'..='\u{1f}' => lost += 1,
            '\u{3400}'..='\u{9fff}' => {
                han += 1;
                common += usize::from(COMMON.contains(c));
            }
            '\u{3040}'..='\u{30ff}' => kana += 1,
            _ => {}
        }
    }
    lost * 5 > all || han >= 200 && kana * 10 < han && common * 100 < han
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbled_text_is_told_from_text() {
        assert!(is_garbled("\u{e001}\u{e002}\u{e003}x"));
        let random: String = (0..200u32).filter_map(|n| char::from_u32(0x7000 + n * 37)).collect();
        assert!(is_garbled(&random));
        assert!(!is_garbled(&"我们收集您的个人信息用于消息推送。".repeat(10)));
        assert!(!is_garbled("Privacy policy"));
    }

    #[test]
    fn what_is_no_pdf_is_refused() {
        assert!(matches!(read(b"%PDF-1.4\nnothing"), Err(Unread::Broken)));
    }
}
