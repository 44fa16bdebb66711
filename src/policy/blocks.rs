//! Reader of labelled blocks: `SDK名称：… / 使用目的：…`, and blocks under a bare name, a number or a heading.

use crate::fold;
use crate::policy::Place;
use crate::policy::lexicon::Label;
use crate::policy::page::{LineKind, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::{Frame, Row};
use crate::policy::segment::{self, Segment};
use crate::policy::sentence;
use crate::policy::table;
use crate::policy::value;
use crate::policy::{described, naming};

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
    /// The label that stands before each name label, where blocks begin with one: `Function / SDK Name / …`.
    lead: Option<Label>,
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
        Assembler {
            context,
            segments,
            head,
            lead: lead(segments),
            out: Vec::new(),
            current: None,
            pending: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Block> {
        for segment in self.segments {
            let reach = |b: &Block| if b.is_named() { 40 } else { 6 };
            let far = self.current.as_ref().is_some_and(|b| segment.line > b.last_line + reach(b));
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
        // A heading for another list ends the block above it.
        let ends = self.current.as_ref().is_some_and(|b| !b.last_is_empty())
            && self.pending.iter().any(|s| is_title(s));
        if ends && !is_name(label) && self.pending.last().is_some_and(|s| is_title(s)) {
            self.close();
            return;
        }
        let heads = label == Label::ThirdParty
            && segment.first
            && self.pending.last().is_some_and(|s| {
                let line = self.context.page.lines.get(s.line);
                is_nameable(self.context, s)
                    && !self.goes_on(s)
                    && (fold::key(s.value.text()).contains("sdk") || line.is_some_and(|l| l.is_heading()))
            });
        if is_name(label) && !heads && self.begins_block(label, &wording) {
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
        // Lines with labels of their own may stand between the name and the first known label.
        let between = |s: &&&Segment| own_label(s.value.text()) || is_remark(s.value.text());
        let own = self.pending.iter().rev().take_while(between).count();
        let place = self.pending.len().checked_sub(1 + if own <= 2 { own } else { 0 });
        let candidate = place
            .and_then(|p| self.pending.get(p))
            .copied()
            .filter(|s| is_nameable(self.context, s) && !self.goes_on(s));
        if let Some(name) = candidate
            && self.starts_here(name, segment, label)
        {
            let remarks = self.pending.split_off(place.unwrap_or(0));
            self.settle(None);
            self.close();
            let mut block = Block {
                bare: Some(name.value.clone()),
                first_line: name.line,
                last_line: segment.line,
                ..Block::default()
            };
            for remark in remarks.iter().skip(1) {
                let text = remark.value.text();
                if let Some(provider) = sentence::provided_by(text, &(0..text.len())) {
                    block.row.add(Label::Provider, remark.value.slice(provider));
                }
            }
            block.add(label, wording, segment);
            self.current = Some(block);
            return;
        }
        self.settle(Some(label));
        let nested = self.nested(segment);
        match &mut self.current {
            Some(block) if block.is_named() && block.repeats(label) && !block.begins_with(label) => {
                // Below a nested item (`a.权限：… / 使用目的：…`): the purpose is that item's.
                let of_item =
                    matches!(label, Label::Purpose | Label::Function | Label::Scene | Label::Method);
                if of_item {
                    block.last_line = block.last_line.max(segment.line);
                    block.row.cover(segment.value.span());
                } else {
                    block.add(label, wording, segment);
                }
            }
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
        if !block.is_named() {
            return self.lead.is_none() || block.labels.len() > 3;
        }
        match label {
            // `第三方名称` below the name is the company, unless it is what blocks begin with.
            // Where third parties are the names, the next one is another block, however it is worded.
            Label::ThirdParty
                if block.bare.is_none() && !block.row.has(Label::Name) && block.labels.len() >= 3 =>
            {
                true
            }
            Label::ThirdParty => {
                block.labels.iter().any(|(l, w)| *l == label && w == wording)
                    || block.labels.first().is_some_and(|(_, w)| w == wording)
            }
            _ => block.bare.is_none() || !block.labels.is_empty(),
        }
    }

    /// Whether a text is the value of the label above it, or the rest of a name broken over lines.
    fn goes_on(&self, segment: &Segment) -> bool {
        let Some(block) = &self.current else { return false };
        let item = self
            .context
            .page
            .lines
            .get(segment.line)
            .is_some_and(|l| matches!(l.kind, LineKind::Item(_)) && !l.strong);
        let valueless = block.last_is_empty() && (self.pending.len() == 1 || item);
        let gap = self.context.page.lines.get(segment.line).is_none_or(|l| l.gap);
        let torn = block.labels.len() == 1
            && block.labels.first().is_some_and(|(l, _)| is_name(*l))
            && segment.line == block.last_line + 1
            && !gap;
        valueless || torn
    }

    /// Whether a bare name followed by `label` opens a block.
    fn starts_here(&self, name: &Segment, field: &Segment, label: Label) -> bool {
        let Some(block) = &self.current else { return true };
        let line = self.context.page.lines.get(name.line);
        let deeper = |l: &crate::policy::page::Line| {
            let of = self.context.page.lines.get(field.line).map(|b| b.kind);
            matches!((l.kind, of), (LineKind::Item(a), Some(LineKind::Item(b))) if a > b)
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
        let began_empty = block.last_is_empty();
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
            // A label of its own, though none of the known ones, ends the value above it.
            if i > 60 || (!empty && !began_empty && own_label(segment.value.text())) {
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
        const SDK: [&str; 7] = ["sdk", "插件", "plugin", "モジュール", "라이브러리", "library", "module"];
        self.says_sdk |= is_name(label) && SDK.iter().any(|w| wording.contains(w));
        // The third party of a block that has its name is the company.
        let label = if label == Label::ThirdParty && self.is_named() { Label::Provider } else { label };
        self.labels.push((label, wording));
        if segment.value.is_empty() {
            self.row.pieces.push((label, Rich::new()));
            self.row.cover(segment.label_text.span());
        } else {
            self.row.add(label, segment.value.clone());
        }
    }

    fn is_named(&self) -> bool {
        self.bare.is_some() || self.labels.iter().any(|(l, _)| is_name(*l))
    }

    /// Whether the label is the first of the block, its name apart.
    fn begins_with(&self, label: Label) -> bool {
        self.labels.iter().map(|(l, _)| *l).find(|l| self.bare.is_some() || !is_name(*l)) == Some(label)
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
        // `第三方软件开发包（SDK）收集情况：` heads a list; it is not on it.
        // `SDK：Software Development Kit，…` explains the word.
        let lower = name.text().trim().to_lowercase();
        let first = lower.split([',', '，', '、', '。']).next().unwrap_or("");
        if naming::nameless(first) {
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
        // What it is for and what it takes, as item of a list that is announced as one of SDKs.
        let told = (has(Label::Purpose) || has(Label::Function)) && (has(Label::Data) || has(Label::Method));
        let item = told
            && described::is_name(name.text().trim())
            && (described::announced(context.page, self.first_line)
                || (listed > 0 && self.first_line <= listed + 4));
        (firm && near || item) && fields >= 2
    }
}

/// Whether a text announces another list: `《个人信息收集清单》如下：`.
fn is_title(segment: &Segment) -> bool {
    let key = fold::key(segment.value.text());
    let key = key.trim_end_matches([':', '。']);
    let listed = ["清单", "列表", "目录", "如下", "公示表", "一览表", "汇总表", "信息表", "情况表", "统计表"]
        .iter()
        .any(|w| key.ends_with(w));
    listed && key.chars().count() <= 40
}

/// The label that stands before most name labels, the first among them.
fn lead(segments: &[Segment]) -> Option<Label> {
    let mut before: Vec<Option<Label>> = Vec::new();
    for (i, segment) in segments.iter().enumerate() {
        if !segment.label.is_some_and(is_name) {
            continue;
        }
        // The value of a label may stand between.
        let above = segments.get(i.saturating_sub(3)..i).unwrap_or(&[]);
        let near = above.iter().rev().find(|s| s.label.is_some() && s.line + 4 > segment.line);
        before.push(near.and_then(|s| s.label));
    }
    let first = before.first().copied().flatten()?;
    let same = before.iter().filter(|b| **b == Some(first)).count();
    (before.len() >= 2 && same * 3 >= before.len() * 2 && !is_name(first)).then_some(first)
}

/// Whether a text begins with a short label that no lexicon knows: `链路调节：…`.
fn own_label(text: &str) -> bool {
    let Some((at, width)) = crate::policy::lexicon::colon(text, 0) else { return false };
    let label = text.get(..at).unwrap_or("");
    let rest = text.get(at + width..).unwrap_or("").trim();
    label.chars().count() <= 14 && !label.contains(['，', ',', '。', '、', '（', '(']) && !rest.is_empty()
}

/// Whether a line tells of the SDK named above it: `该SDK由…引入`, `甲推SDK由某公司提供。`.
fn is_remark(text: &str) -> bool {
    let key = fold::key(value::head(text.trim_start(), 400));
    let about = ["该", "此", "本"].iter().any(|w| {
        key.strip_prefix(w).is_some_and(|t| ["sdk", "插件", "组件", "工具"].iter().any(|n| t.starts_with(n)))
    });
    about
        || (key.contains("sdk由") || key.starts_with('由'))
            && key.contains("提供")
            && text.trim_end().ends_with('。')
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
    // Aliases in brackets may make a name long.
    let most = if body.ends_with(['）', ')']) { 100 } else { 60 };
    if !(1..=most).contains(&count) || !body.chars().any(char::is_alphanumeric) {
        return false;
    }
    if body.contains(['。', '；', ';', '？', '?', '！']) || body.contains("://") {
        return false;
    }
    let key = fold::key(body);
    if crate::policy::lexicon::classify(body).is_some() || is_remark(body) {
        return false;
    }
    let outside = body.split(['（', '(']).next().unwrap_or(body);
    let told = outside.trim_end_matches(['：', ':']);
    if told.contains('：') || told.contains(": ") || own_label(body) {
        return false;
    }
    if [
        "列表",
        "目录",
        "清单",
        "明细",
        "说明",
        "list",
        "directory",
        "如下",
        "公示表",
        "一览表",
        "汇总表",
        "信息表",
        "情况表",
        "统计表",
    ]
    .iter()
    .any(|w| key.trim_end_matches([':', '：', '。']).ends_with(w))
    {
        return false;
    }
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
