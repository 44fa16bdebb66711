//! Reader of labelled blocks: `SDK名称：… / 使用目的：…`, and blocks under a bare name, a number or a heading.

use crate::fold;
use crate::policy::Place;
use crate::policy::lexicon::Label;
use crate::policy::page::{LineKind, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::{Frame, Row};
use crate::policy::segment::{self, Segment};
use crate::policy::table;
use crate::policy::value;

const NAME: &str = "blocks";

/// A block: a name, and the labelled values below it.
#[derive(Debug, Clone, Default)]
struct Block {
    /// The name where no label holds it.
    bare: Option<Rich>,
    /// Label of each piece, and its wording.
    row: Row,
    labels: Vec<(Label, String)>,
    /// The label that holds the name says SDK.
    says_sdk: bool,
    first_line: usize,
    last_line: usize,
}

/// Reads the SDK blocks of a page.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let segments = segment::segments(context.page, taken);
    let blocks = Assembler::new(context, &segments).run();
    let mut listed = 0;
    let mut kept: Vec<(usize, Row)> = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        if block.is_sdk(context, i.checked_sub(1).and_then(|p| blocks.get(p)), listed) {
            listed = block.last_line;
            let mut row = block.row.clone();
            if let Some(bare) = &block.bare {
                row.pieces.insert(0, (Label::Name, bare.clone()));
                row.cover(bare.span());
            }
            kept.push((i, row));
        }
    }
    for (i, row) in kept {
        let Some(block) = blocks.get(i) else { continue };
        let platforms = context.platforms(block.first_line);
        let frame = Frame { document: context.document, reader: NAME, place: Place::List, platforms };
        let mut rows = row.declare(&frame);
        if rows.is_empty() {
            continue;
        }
        found.declarations.append(&mut rows);
        taken.take(block.first_line..block.last_line + 1, NAME);
    }
}

struct Assembler<'a> {
    context: &'a Context<'a>,
    segments: &'a [Segment],
    /// The label that blocks under bare names begin with.
    head: Option<Label>,
    out: Vec<Block>,
    current: Option<Block>,
    /// Other text since the last labelled segment.
    pending: Vec<&'a Segment>,
}

impl<'a> Assembler<'a> {
    fn new(context: &'a Context<'a>, segments: &'a [Segment]) -> Assembler<'a> {
        let mut counts: Vec<(Label, usize)> = Vec::new();
        for pair in segments.windows(2) {
            if let [name, field] = pair
                && name.label.is_none()
                && let Some(label) = field.label.filter(|l| !is_name(*l))
                && is_nameable(context, name)
            {
                match counts.iter_mut().find(|(l, _)| *l == label) {
                    Some((_, n)) => *n += 1,
                    None => counts.push((label, 1)),
                }
            }
        }
        let head = counts.iter().max_by_key(|(_, n)| *n).filter(|(_, n)| *n >= 2).map(|(l, _)| *l);
        Assembler { context, segments, head, out: Vec::new(), current: None, pending: Vec::new() }
    }

    fn run(mut self) -> Vec<Block> {
        for segment in self.segments {
            let far = self.current.as_ref().is_some_and(|b| segment.line > b.last_line + 40);
            if far {
                self.close();
                self.pending.clear();
            }
            match segment.label {
                None => self.pending.push(segment),
                Some(label) => self.labelled(segment, label),
            }
        }
        self.close();
        self.out
    }

    fn labelled(&mut self, segment: &'a Segment, label: Label) {
        let wording = fold::key(segment.label_text.text());
        if is_name(label) && self.begins_block(label, &wording) {
            // A label below a bare name, `友盟SDK / SDK名称：友盟统计SDK`: the label tells better.
            self.settle(None);
            self.close();
            let mut block = Block { first_line: segment.line, last_line: segment.line, ..Block::default() };
            block.says_sdk =
                wording.contains("sdk") || wording.contains("插件") || wording.contains("plugin");
            block.add(label, wording, segment);
            self.current = Some(block);
            return;
        }
        let candidate = self.pending.last().copied().filter(|s| is_nameable(self.context, s));
        if let Some(name) = candidate
            && self.starts_here(name, label)
        {
            self.pending.pop();
            self.settle(None);
            self.close();
            let mut block = Block {
                bare: Some(name.value.clone()),
                first_line: name.line,
                last_line: segment.line,
                ..Block::default()
            };
            block.add(label, wording, segment);
            self.current = Some(block);
            return;
        }
        self.settle(Some(label));
        let nested = self.nested(segment);
        match &mut self.current {
            Some(block) if block.repeats(label) && !nested => {
                // The cycle begins again without a name: a block of its own, which the name label may join.
                self.close();
                let mut block =
                    Block { first_line: segment.line, last_line: segment.line, ..Block::default() };
                block.add(label, wording, segment);
                self.current = Some(block);
            }
            Some(block) => block.add(label, wording, segment),
            None => {
                let mut block =
                    Block { first_line: segment.line, last_line: segment.line, ..Block::default() };
                block.add(label, wording, segment);
                self.current = Some(block);
            }
        }
    }

    /// Whether a name label opens a block, or belongs to the open one.
    fn begins_block(&self, label: Label, wording: &str) -> bool {
        let Some(block) = &self.current else { return true };
        let named = block.bare.is_some() || block.labels.iter().any(|(l, _)| is_name(*l));
        if !named {
            // Labels before the name: `Function / SDK Name / …`.
            return block.labels.len() > 3;
        }
        match label {
            // `第三方名称` below the name is the company, unless it is what blocks begin with.
            Label::ThirdParty => {
                block.labels.iter().any(|(l, w)| *l == label && w == wording)
                    || block.labels.first().is_some_and(|(_, w)| w == wording)
            }
            _ => block.bare.is_none() || !block.labels.is_empty(),
        }
    }

    /// Whether a bare name followed by `label` opens a block.
    fn starts_here(&self, name: &Segment, label: Label) -> bool {
        let Some(block) = &self.current else { return true };
        let line = self.context.page.lines.get(name.line);
        let deeper = |l: &crate::policy::page::Line| {
            let of = self.context.page.lines.get(block.last_line).map(|b| b.kind);
            match (l.kind, of) {
                (LineKind::Item(a), Some(LineKind::Item(b))) => a > b,
                (LineKind::Item(_), Some(_)) => true,
                _ => false,
            }
        };
        if line.is_some_and(deeper) && !fold::key(name.value.text()).contains("sdk") {
            return false;
        }
        if self.head == Some(label) || block.repeats(label) {
            return true;
        }
        let marked = line.is_some_and(|l| l.strong || l.is_heading());
        marked || fold::key(name.value.text()).contains("sdk")
    }

    /// A repeated label right below a nested item (`a. 网络权限 / 使用目的：…`) belongs to that item.
    fn nested(&self, segment: &Segment) -> bool {
        self.context
            .page
            .lines
            .get(segment.line)
            .is_some_and(|l| matches!(l.kind, LineKind::Item(d) if d > 0))
    }

    /// Puts pending text where it belongs: to the value above it, or nowhere.
    fn settle(&mut self, next: Option<Label>) {
        let pending = std::mem::take(&mut self.pending);
        let Some(block) = &mut self.current else { return };
        for (i, segment) in pending.iter().enumerate() {
            let Some(line) = self.context.page.lines.get(segment.line) else { continue };
            let empty = block.last_is_empty();
            let inside = next.is_some();
            let heading = line.is_heading() || (line.strong && !matches!(line.kind, LineKind::Item(_)));
            if heading && !empty {
                break;
            }
            // Below the last field only an empty value or a sub-list goes on.
            let sub = line.ordinal.is_some() || matches!(line.kind, LineKind::Item(_));
            let torn = block.last_is_torn(line.gap);
            if !(inside
                || empty
                || torn
                || (sub && block.last_lists() && segment.line == block.last_line + 1))
            {
                break;
            }
            if i > 60 {
                break;
            }
            block.extend(segment, line.kind);
        }
    }

    fn close(&mut self) {
        if !self.pending.is_empty() {
            self.settle(None);
        }
        self.pending.clear();
        if let Some(block) = self.current.take() {
            self.out.push(block);
        }
    }
}

impl Block {
    fn add(&mut self, label: Label, wording: String, segment: &Segment) {
        self.last_line = self.last_line.max(segment.line);
        // The third party of a block that has its name is the company.
        let named = self.bare.is_some() || self.labels.iter().any(|(l, _)| is_name(*l));
        let label = if label == Label::ThirdParty && named { Label::Provider } else { label };
        self.labels.push((label, wording));
        if segment.value.is_empty() {
            self.row.pieces.push((label, Rich::new()));
            self.row.cover(segment.label_text.span());
        } else {
            self.row.add(label, segment.value.clone());
        }
    }

    /// Whether the label stands in the block already, other than as its last piece.
    fn repeats(&self, label: Label) -> bool {
        let n = self.labels.len().saturating_sub(1);
        self.labels.iter().take(n).any(|(l, _)| *l == label)
            && self.labels.last().is_none_or(|(l, _)| *l != label)
            || (n >= 1 && self.labels.first().is_some_and(|(l, _)| *l == label))
    }

    fn last_is_empty(&self) -> bool {
        self.row.pieces.last().is_some_and(|(_, t)| t.is_empty())
    }

    /// Whether the last value may hold a list.
    fn last_lists(&self) -> bool {
        self.row
            .pieces
            .last()
            .is_some_and(|(l, _)| matches!(l, Label::Data | Label::Permission | Label::Purpose))
    }

    /// Whether the last value breaks off: no end mark, and the text goes on in the next line at once.
    fn last_is_torn(&self, gap: bool) -> bool {
        !gap && self
            .row
            .pieces
            .last()
            .is_some_and(|(_, t)| t.text().ends_with(['、', '，', ',', '/', '（', '(', '-', '=', '&']))
    }

    fn extend(&mut self, segment: &Segment, kind: LineKind) {
        self.last_line = self.last_line.max(segment.line);
        self.row.cover(segment.value.span());
        if let Some((label, text)) = self.row.pieces.last_mut() {
            let links = matches!(
                label,
                Label::PrivacyLink | Label::Link | Label::OfficialLink | Label::Name | Label::Package
            );
            let separator = if links || !matches!(kind, LineKind::Item(_)) { " " } else { " | " };
            text.join(separator, &segment.value);
        }
    }

    /// Whether the block tells of an SDK: by its labels, its name, or the text above the list.
    fn is_sdk(&self, context: &Context<'_>, previous: Option<&Block>, listed: usize) -> bool {
        let name = match (&self.bare, self.row.name_label()) {
            (Some(bare), _) => bare.clone(),
            (None, Some(label)) => {
                self.row.get(label).into_iter().find(|t| !t.is_empty()).unwrap_or_default()
            }
            (None, None) => return false,
        };
        let by_label = self.bare.is_none() && (self.row.has(Label::Name) || self.row.has(Label::ThirdParty));
        if self.bare.is_none() && !by_label {
            return false;
        }
        let key = fold::key(name.text());
        if key.is_empty() || key.chars().count() > 80 {
            return false;
        }
        if ["权限", "permission", "permissions"].iter().any(|w| key.ends_with(w)) {
            return false;
        }
        if self.says_sdk || key.contains("sdk") {
            return true;
        }
        let has = |l: Label| self.row.has(l);
        let firm = has(Label::Provider)
            || has(Label::PrivacyLink)
            || has(Label::Link)
            || has(Label::OfficialLink)
            || has(Label::Package);
        let fields = self.row.pieces.iter().filter(|(l, _)| !matches!(l, Label::Other | Label::Kind)).count();
        let near = table::sdk_above(context.page, self.first_line)
            || (listed > 0 && self.first_line <= listed + 12)
            || previous.is_some_and(|p| p.says_sdk && self.first_line <= p.last_line + 6);
        firm && fields >= 2 && near
    }
}

fn is_name(label: Label) -> bool {
    matches!(label, Label::Name | Label::ThirdParty)
}

/// Whether a stretch of text may be the bare name of a block.
fn is_nameable(context: &Context<'_>, segment: &Segment) -> bool {
    let Some(line) = context.page.lines.get(segment.line) else { return false };
    if !segment.first {
        return false;
    }
    let at = line.ordinal.map_or(0, |o| o.end);
    let text = segment.value.text();
    let body = text.get(at.min(text.len())..).unwrap_or(text).trim();
    let count = body.chars().count();
    if !(1..=60).contains(&count) || !body.chars().any(char::is_alphanumeric) {
        return false;
    }
    if body.contains(['。', '；', ';', '？', '?', '！']) || body.contains("://") {
        return false;
    }
    let key = fold::key(body);
    if value::says_none(body)
        || ["我们", "您", "为了", "如您", "请", "本应用", "以下", "当您", "如下", "根据"]
            .iter()
            .any(|w| key.starts_with(w))
    {
        return false;
    }
    // A sentence, unless it is a name with its vendor: `1.甲统计SDK,来源于甲`.
    let commas = body.matches(['，', ',']).count();
    let ends = body.ends_with(['：', ':']);
    (commas == 0 || (commas == 1 && key.contains("sdk") && count <= 40)) && !(ends && count > 24)
}
