//! Labelled pieces of one row -> declarations: every layout reader ends here.

use crate::location::{DocumentId, Span};
use crate::policy::lexicon::Label;
use crate::policy::name;
use crate::policy::placeholder;
use crate::policy::rich::Rich;
use crate::policy::value;
use crate::policy::{Declaration, Field, FieldName, Link, LinkKind, Place, Platform};
use std::borrow::Cow;

/// What all rows of one list share.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Document they stand in.
    pub document: DocumentId,
    /// Reader that found them.
    pub reader: &'static str,
    /// In a list or in a sentence.
    pub place: Place,
    /// Platforms the heading or column states.
    pub platforms: Vec<Platform>,
}

/// One row as a reader saw it: pieces of text, each under its label, in text order.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Labelled pieces.
    pub pieces: Vec<(Label, Rich)>,
    /// All of the row.
    pub span: Option<Span>,
}

impl Row {
    /// Adds a piece.
    pub fn add(&mut self, label: Label, text: Rich) {
        if !text.text().trim().is_empty() {
            self.cover(text.span());
            self.pieces.push((label, text));
        }
    }

    /// Extends the row's span.
    pub fn cover(&mut self, span: Span) {
        self.span = Some(self.span.map_or(span, |s| s.cover(span)));
    }

    /// Whether it has a piece under this label.
    pub fn has(&self, label: Label) -> bool {
        self.pieces.iter().any(|(l, _)| *l == label)
    }

    /// The pieces under this label.
    pub fn get(&self, label: Label) -> Vec<Rich> {
        self.pieces.iter().filter(|(l, _)| *l == label).map(|(_, t)| t.clone()).collect()
    }

    /// The label that holds the name: the SDK's, else the third party's, else (where a table has neither)
    /// the company's.
    pub fn name_label(&self) -> Option<Label> {
        [Label::Name, Label::ThirdParty, Label::Provider].into_iter().find(|l| self.has(*l))
    }

    /// The declarations of this row; several where its name names several SDKs, none where it has no name.
    pub fn declare(&self, frame: &Frame) -> Vec<Declaration> {
        let (row, unfilled) = self.without_marks();
        let mut declarations = row.declare_filled(frame);
        for declaration in &mut declarations {
            declaration.unfilled.clone_from(&unfilled);
        }
        declarations
    }

    /// The row without the marks that ask a person to fill it in, and the fields they stand in.
    fn without_marks(&self) -> (Cow<'_, Row>, Vec<FieldName>) {
        let mut row = Cow::Borrowed(self);
        let mut unfilled = Vec::new();
        for (i, (label, piece)) in self.pieces.iter().enumerate().rev() {
            let Some(rest) = placeholder::without_marks(piece) else { continue };
            let text = piece.text();
            let asked = placeholder::marks(text).into_iter().filter_map(|r| placeholder::asked(text.get(r)?));
            // A mark may stand beside a field of another kind: in the name's cell, or in a sentence.
            let named: Vec<FieldName> = asked.filter_map(Label::field).collect();
            match named.is_empty() {
                true => unfilled.extend(label.field()),
                false => unfilled.extend(named),
            }
            match rest {
                Some(rest) => {
                    if let Some(slot) = row.to_mut().pieces.get_mut(i) {
                        slot.1 = rest;
                    }
                }
                None => drop(row.to_mut().pieces.remove(i)),
            }
        }
        unfilled.sort();
        unfilled.dedup();
        (row, unfilled)
    }

    fn declare_filled(&self, frame: &Frame) -> Vec<Declaration> {
        let Some(name_label) = self.name_label() else { return Vec::new() };
        let span = self.span.unwrap_or(Span::new(0, 0));
        let mut name_pieces = self.get(name_label);
        let mut providers = self.get(Label::Provider);
        match name_label {
            Label::Name => providers.extend(self.get(Label::ThirdParty)),
            Label::Provider => providers.clear(),
            _ => {}
        }
        // A name cell may hold labelled lines of its own: `包名：com.a`.
        let mut extra: Vec<(Label, Rich)> = Vec::new();
        name_pieces.retain(|piece| match crate::policy::lexicon::leading(piece.text()) {
            Some((label, at)) if !matches!(label, Label::Name | Label::ThirdParty) => {
                extra.push((label, piece.from(at)));
                false
            }
            _ => true,
        });
        let all = |label: Label| -> Vec<Rich> {
            let mut pieces = self.get(label);
            pieces.extend(extra.iter().filter(|(l, _)| *l == label).map(|(_, t)| t.clone()));
            pieces
        };
        let mut names = Vec::new();
        for piece in &name_pieces {
            names.extend(name::names(piece));
        }
        names.dedup_by(|a, b| a.text.text() == b.text.text());
        if names.is_empty() {
            return Vec::new();
        }
        let mut denied = Vec::new();
        let mut field = |field: FieldName, pieces: Vec<Rich>| -> Option<Field> {
            let said: Vec<Rich> = pieces.iter().filter(|p| !value::says_none(p.text())).cloned().collect();
            if said.is_empty() && pieces.iter().any(|p| p.text().chars().any(char::is_alphanumeric)) {
                denied.push(field);
            }
            value::joined(&said)
        };
        // What states the purpose: the field itself, else the function, else the scene.
        let purpose = [Label::Purpose, Label::Function, Label::Scene]
            .into_iter()
            .map(&all)
            .find(|pieces| !pieces.is_empty())
            .unwrap_or_default();
        let purpose = field(FieldName::Purpose, purpose);
        let scene = field(FieldName::Scene, all(Label::Scene));
        // `方式：收集设备信息`: where nothing else tells of data, the way of taking does.
        let mut data = all(Label::Data);
        if data.is_empty() {
            let takes = ["收集", "可能收集", "会收集", "可能会收集", "获取", "采集", "读取"];
            data = all(Label::Method);
            data.retain(|m| takes.iter().any(|t| m.text().trim_start().starts_with(t)) && !is_way(m.text()));
        }
        let data = field(FieldName::Data, data);
        let method = field(FieldName::Method, all(Label::Method));
        let retention = field(FieldName::Retention, all(Label::Retention));
        // `甲公司 https://a.cn`: the address is a link.
        let providers = providers
            .iter()
            .map(|p| company(&without_addresses(p)))
            .filter(|p| !is_thing(p.text()))
            .collect();
        let provider = field(FieldName::Provider, providers);
        let permission_pieces = all(Label::Permission);
        let permissions = (self.has(Label::Permission) || !permission_pieces.is_empty())
            .then(|| permission_pieces.iter().flat_map(value::permissions).collect::<Vec<_>>());
        if permissions.as_ref().is_some_and(Vec::is_empty) {
            denied.push(FieldName::Permission);
        }
        let mut packages = package_fields(&all(Label::Package));
        let mut platforms = frame.platforms.clone();
        for piece in all(Label::Platform) {
            platforms.extend(platforms_in(piece.text()));
        }
        platforms.sort();
        platforms.dedup();
        let links = self.links(&all);
        let several = names.len() > 1;
        let group = several.then(|| u32::try_from(span.start).unwrap_or(u32::MAX));
        // As many links as names: each has its own.
        let own = several && links.len() == names.len() && links.iter().all(|l| l.kind == LinkKind::Privacy);
        let mut out = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let links_here = match links.get(at).filter(|_| own) {
                Some(link) => vec![link.clone()],
                None => links.clone(),
            };
            let mut packages_here = packages.clone();
            packages_here.extend(name.packages.iter().cloned());
            dedup_fields(&mut packages_here);
            let mut platforms_here = platforms.clone();
            platforms_here.extend(name.platforms.iter().copied());
            platforms_here.sort();
            platforms_here.dedup();
            let provider = provider.clone().or_else(|| name::company(&name.text));
            out.push(Declaration {
                document: frame.document,
                span,
                name: name.text.field(),
                nested: name.nested.iter().map(Rich::field).collect(),
                packages: packages_here,
                provider,
                purpose: purpose.clone(),
                scene: scene.clone(),
                data: data.clone(),
                permissions: permissions.clone(),
                method: method.clone(),
                links: links_here,
                platforms: platforms_here,
                retention: retention.clone(),
                denied: denied.clone(),
                unfilled: Vec::new(),
                place: frame.place,
                reader: frame.reader,
                group,
                other_names: Vec::new(),
            });
        }
        packages.clear();
        out
    }

    /// Links of the row, the privacy link first: written out in a link field, or behind a text of any field.
    fn links(&self, all: &dyn Fn(Label) -> Vec<Rich>) -> Vec<Link> {
        let mut out: Vec<Link> = Vec::new();
        let labels = [
            (Label::PrivacyLink, LinkKind::Privacy),
            (Label::Link, LinkKind::Unlabelled),
            (Label::OfficialLink, LinkKind::Official),
        ];
        for (label, kind) in labels {
            for piece in all(label) {
                links_of(&piece, kind, &mut out);
            }
        }
        for piece in all(Label::Provider) {
            links_of(&piece, LinkKind::Official, &mut out);
        }
        if out.is_empty() {
            for (_, piece) in &self.pieces {
                links_of(piece, LinkKind::Unlabelled, &mut out);
            }
        }
        // "Privacy statement" fields lead to explanations; the policy itself comes first.
        out.sort_by_key(|l| match l.kind {
            LinkKind::Privacy => 0,
            LinkKind::Unlabelled => 1,
            LinkKind::Official => 2,
        });
        let mut seen = Vec::new();
        out.retain(|l| {
            let new = !seen.contains(&l.url.text);
            seen.push(l.url.text.clone());
            new
        });
        out
    }
}

/// Addresses written in a text, and those behind its links.
pub fn links_of(piece: &Rich, kind: LinkKind, out: &mut Vec<Link>) {
    let text = piece.text();
    let mut found = value::addresses(text);
    // An address may end in words: `https://a.cn/wiki/开发者协议`.
    let whole = text.trim();
    if let [only] = found.as_mut_slice()
        && only.range.start == 0
        && whole.len() > only.range.end
        && !whole.contains(|c: char| {
            c.is_whitespace() || matches!(c, '，' | '。' | '；' | '、' | '（' | '《' | '|' | '：')
        })
    {
        *only = value::Address { range: 0..whole.len(), url: whole.to_owned() };
    }
    // In a field of its own a host is an address.
    if found.is_empty() && kind != LinkKind::Unlabelled && is_host(whole) {
        found.push(value::Address { range: 0..whole.len(), url: whole.to_owned() });
    }
    let mut from = 0;
    for address in &found {
        let before = text.get(from..address.range.start).unwrap_or("");
        let url = Field { text: address.url.clone(), spans: vec![piece.span_of(address.range.clone())] };
        out.push(Link { url, kind: kind_by(before, kind) });
        from = address.range.end;
    }
    for link in piece.links() {
        let covered = found.iter().any(|a| a.range.start < link.range.end && link.range.start < a.range.end);
        let label = text.get(link.range.clone()).unwrap_or("");
        if !covered && link.href.contains("://") {
            let url = Field { text: link.href.trim().to_owned(), spans: vec![link.span] };
            out.push(Link { url, kind: kind_by(label, kind) });
        }
    }
}

/// `policies.example.com`, maybe with a path.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or("");
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() >= 2
        && text.is_ascii()
        && labels.iter().all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        && labels.last().is_some_and(|l| l.len() >= 2 && l.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// What the words before an address, or of a link, call it.
fn kind_by(words: &str, otherwise: LinkKind) -> LinkKind {
    let folded = crate::fold::fold(words);
    let words = folded.as_str();
    if words.contains("隐私") || words.contains("privacy") || words.contains("プライバシ") {
        LinkKind::Privacy
    } else if words.contains("官网") || words.contains("官方") || words.contains("website") {
        LinkKind::Official
    } else {
        otherwise
    }
}

/// Whether a method is one: `收集方式为SDK自动采集`, not a list of what is taken.
fn is_way(text: &str) -> bool {
    let key = crate::fold::key(text);
    key.contains("sdk") || key.contains("接口") || key.contains("方式") || key.contains("自动")
}

/// A company without the contacts behind it: `某某有限公司，电话：…`, `某某公司 联系方式`.
fn company(piece: &Rich) -> Rich {
    let text = piece.text();
    const CONTACTS: [&str; 14] = [
        "联系方式",
        "联系电话",
        "客服电话",
        "电话",
        "联系人",
        "联系邮箱",
        "邮箱",
        "邮件",
        "隐私政策",
        "隐私权政策",
        "隐私协议",
        "注册地址",
        "联系地址",
        "办公地址",
    ];
    let at = CONTACTS.iter().filter_map(|w| text.find(w)).min().filter(|at| *at > 0);
    let Some(at) = at else { return piece.clone() };
    let head = text.get(..at).unwrap_or("");
    let end = head.trim_end_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '）')).len();
    if end > 0 { piece.slice(0..end) } else { piece.clone() }
}

/// Whether a provider cell says what the SDK is rather than whose: `开源框架`, `Open Source Framework`.
fn is_thing(text: &str) -> bool {
    let key = crate::fold::key(text);
    let key = key.trim_matches(|c: char| !c.is_alphanumeric());
    ["框架", "模块", "代码", "库", "接口", "组件", "framework", "library"].iter().any(|w| key.ends_with(w))
}

/// A text without the addresses written in it.
fn without_addresses(piece: &Rich) -> Rich {
    let mut out = Rich::new();
    let mut from = 0;
    for address in value::addresses(piece.text()) {
        out.join(" ", &piece.slice(from..address.range.start));
        from = address.range.end;
    }
    if from == 0 {
        return piece.clone();
    }
    out.join(" ", &piece.from(from));
    let text = out.text().trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '|' | '：' | ':' | '，' | ',' | '；' | ';' | '（' | '(')
    });
    out.slice(0..text.len())
}

fn package_fields(pieces: &[Rich]) -> Vec<Field> {
    let mut out = Vec::new();
    for piece in pieces {
        for found in value::packages(piece.text()) {
            out.push(Field { text: found.url, spans: vec![piece.span_of(found.range)] });
        }
    }
    out
}

fn dedup_fields(fields: &mut Vec<Field>) {
    let mut seen: Vec<String> = Vec::new();
    fields.retain(|f| {
        let new = !seen.contains(&f.text);
        seen.push(f.text.clone());
        new
    });
}

/// Platforms a text names.
pub fn platforms_in(text: &str) -> Vec<Platform> {
    let folded = crate::fold::key(text);
    let mut out = Vec::new();
    if folded.contains("android") || folded.contains("安卓") {
        out.push(Platform::Android);
    }
    if folded.contains("ios") || folded.contains("iphone") || folded.contains("苹果") {
        out.push(Platform::Ios);
    }
    if folded.contains("harmony") || folded.contains("鸿蒙") {
        out.push(Platform::Harmony);
    }
    if folded.contains("h5") || folded.contains("web端") || folded.contains("网页端") {
        out.push(Platform::Web);
    }
    out
}
