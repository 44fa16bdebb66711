//! The pipeline: sources -> documents and pages -> readers, from the most structured to prose -> `Policy`.

use crate::digest::Digest;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::{DocumentId, Location, Span};
use crate::policy::ordinal::Style;
use crate::policy::page::{Line, LineKind, Page, Taken};
use crate::policy::row::platforms_in;
use crate::policy::sources::{self, Source};
use crate::policy::{
    Declaration, Document, PermissionDeclaration, Place, Platform, Policy, Statement, StatementKind, blocks,
    column, described, flat, links, merge, numbered, permission_list, prose, statement, table,
};

/// One way to read a page. A reader never fails: what it half understands becomes a row with empty fields.
pub struct Reader {
    /// Goes into `Declaration::reader`.
    pub name: &'static str,
    /// Reads the lines nobody took yet, takes those it understood, and adds what it found.
    pub read: fn(&Context<'_>, &mut Taken, &mut Found),
}

/// All readers, the most structured first; a line belongs to the first that takes it.
pub static READERS: &[Reader] = &[
    Reader { name: "table", read: table::read },
    Reader { name: "text-table", read: flat::read },
    Reader { name: "cells", read: column::read },
    Reader { name: "numbered", read: numbered::read },
    Reader { name: "sentences", read: prose::read_lists },
    Reader { name: "blocks", read: blocks::read },
    Reader { name: "links", read: links::read },
    Reader { name: "items", read: described::read },
    Reader { name: "permissions", read: permission_list::read },
    Reader { name: "prose", read: prose::read },
    Reader { name: "statements", read: statement::read },
];

/// What a reader may look at.
pub struct Context<'a> {
    /// The document's index.
    pub document: DocumentId,
    /// Its decoded text, which all spans refer to.
    pub text: &'a str,
    /// Its lines and tables.
    pub page: &'a Page,
    /// For each line, the platforms of the heading it stands under.
    pub headings: Vec<Vec<Platform>>,
}

impl Context<'_> {
    /// Platforms of the heading above a line.
    pub fn platforms(&self, line: usize) -> Vec<Platform> {
        self.headings.get(line).cloned().unwrap_or_default()
    }
}

/// What readers found in one document.
#[derive(Debug, Default)]
pub struct Found {
    /// SDK rows.
    pub declarations: Vec<Declaration>,
    /// The app's own permissions.
    pub permissions: Vec<PermissionDeclaration>,
    /// Sentences a rule may use.
    pub statements: Vec<Statement>,
    /// What could not be read.
    pub limitations: Vec<Limitation>,
}

/// Reads the documents that form one policy. Never fails: a document that cannot be read is a limitation.
pub fn read(sources: &[Source]) -> Policy {
    let mut policy = Policy::default();
    for source in sources {
        let id = DocumentId(u32::try_from(policy.documents.len()).unwrap_or(u32::MAX));
        let opened = sources::open(source);
        let (format, encoding, text, page) = match opened {
            Ok(o) => {
                if o.damaged {
                    policy.limitations.push(damaged(id));
                }
                policy.limitations.extend(o.gaps.iter().map(|gap| gap.limitation(id)));
                (o.format, o.encoding, o.text, o.page)
            }
            Err(refused) => {
                policy.limitations.push(refused.limitation(id));
                (refused.format(), "binary", String::new(), Page::default())
            }
        };
        let mut taken = Taken::new(page.lines.len());
        let mut found = Found::default();
        let context = Context { document: id, text: &text, page: &page, headings: headings(&page) };
        for reader in READERS {
            (reader.read)(&context, &mut taken, &mut found);
        }
        policy.declarations.extend(merge::merge(found.declarations));
        policy.permissions.append(&mut found.permissions);
        policy.statements.append(&mut found.statements);
        policy.limitations.append(&mut found.limitations);
        let (name, sha256) = (source.name.clone(), Digest::of(&source.bytes));
        policy.documents.push(Document { id, name, sha256, format, encoding, text });
    }
    policy.permissions.sort_by_key(|p| (p.document, p.span.start));
    policy.statements.sort_by_key(|s| (s.document, s.span.start));
    let gaps = unread(&policy);
    policy.limitations.extend(gaps);
    policy
}

/// What the documents as a whole do not show: a list kept at another address, a document without words.
fn unread(policy: &Policy) -> Vec<Limitation> {
    let blank = policy.documents.iter().filter(|d| d.format != "binary" && d.text.trim().is_empty());
    let blank =
        blank.filter(|d| !policy.limitations.iter().any(|l| l.at == start_of(d.id))).map(|d| Limitation {
            kind: LimitationKind::Malformed,
            at: start_of(d.id),
            hides: Some(Hidden::Policy),
            detail: Text::new("文件中没有文字", "the document holds no text"),
        });
    // Where a list was given too, the other one is a note: what it would add is not known.
    let listed = policy.declarations.iter().any(|d| d.place == Place::List);
    let elsewhere = policy.statements.iter().filter(|s| s.kind == StatementKind::ListElsewhere).map(|s| {
        let (zh, en) = s.subject.as_ref().map_or((String::new(), String::new()), |address| {
            (format!("（{address}）"), format!(" ({address})"))
        });
        Limitation {
            kind: LimitationKind::Elsewhere,
            at: Location::Text { document: s.document, span: s.span },
            hides: (!listed).then_some(Hidden::Policy),
            detail: Text::new(
                format!("政策指向另一处的清单{zh}，所给文件中没有它；请用 --policy 一并给出"),
                format!("the policy points to a list elsewhere{en} that was not given; add it with --policy"),
            ),
        }
    });
    blank.chain(elsewhere).collect()
}

fn start_of(document: DocumentId) -> Location {
    Location::Text { document, span: Span::new(0, 0) }
}

/// For each line, the platforms of the nearest heading above it that names any. A heading of another
/// section ends its reach.
fn headings(page: &Page) -> Vec<Vec<Platform>> {
    let mut out = Vec::with_capacity(page.lines.len());
    let mut current: Vec<Platform> = Vec::new();
    // Level of the heading that named them; headings below it are of its section.
    let mut level = u8::MAX;
    for line in &page.lines {
        if line.table.is_none() {
            if let Some(platforms) = platform_heading(line) {
                current = platforms;
                level = heading_level(line);
            } else if !current.is_empty() && ends_section(line) && heading_level(line) <= level {
                current.clear();
            }
        }
        out.push(current.clone());
    }
    out
}

/// Level of a heading; lines that are none lie below all.
fn heading_level(line: &Line) -> u8 {
    match line.kind {
        LineKind::Heading(level) => level,
        _ => u8::MAX,
    }
}

/// A short line that says for which platform the list below is.
fn platform_heading(line: &Line) -> Option<Vec<Platform>> {
    let text = line.str();
    if text.len() > 120 || text.chars().count() > 40 || text.contains(['。', '；', '|', '\t']) {
        return None;
    }
    let platforms = platforms_in(text);
    if platforms.is_empty() {
        return None;
    }
    let mut rest = crate::fold::key(line.body().text());
    const WORDS: [&str; 40] = [
        "android",
        "安卓",
        "ios",
        "iphone",
        "ipad",
        "苹果",
        "鸿蒙",
        "harmonyos",
        "harmony",
        "第三方",
        "三方",
        "sdk",
        "列表",
        "目录",
        "清单",
        "应用程序",
        "客户端",
        "应用",
        "平台",
        "系统",
        "手机",
        "版本",
        "接入",
        "使用",
        "嵌入",
        "集成",
        "情况",
        "说明",
        "如下",
        "共享",
        "信息",
        "软件开发工具包",
        "操作",
        "端",
        "版",
        "app",
        "list",
        "的",
        "中",
        "类",
    ];
    for word in WORDS {
        rest = rest.replace(word, "");
    }
    rest.retain(char::is_alphanumeric);
    (rest.chars().count() <= 2).then_some(platforms)
}

/// A heading that begins another section.
fn ends_section(line: &Line) -> bool {
    let chapter = line.ordinal.is_some_and(|o| matches!(o.style, Style::Chinese | Style::ChineseBracketed));
    (line.is_heading() || chapter)
        && line.str().chars().count() <= 40
        && !crate::fold::key(line.str()).contains("sdk")
}

fn damaged(id: DocumentId) -> Limitation {
    Limitation {
        kind: LimitationKind::Malformed,
        at: start_of(id),
        hides: None,
        detail: Text::new(
            "部分字节不符合所用编码，已以 � 代替",
            "some bytes have no meaning in the document's encoding and were replaced by �",
        ),
    }
}
