//! A case with what several rules need: coverage, lines, quotations, mentions, and how far absence can be trusted.

use super::links::Owners;
use super::mention::{Mentions, visible};
use super::sentence::{self, Sentence};
use super::{Profile, Settings};
use crate::attribution::{Behaviour, attribute};
use crate::evidence::{Confidence, Evidence};
use crate::finding::Case;
use crate::fold;
use crate::lang::{Lang, Text};
use crate::limitation::{Hidden, LimitationKind};
use crate::location::{DocumentId, EntryPath, Location, Span};
use crate::policy::{Declaration, Field, Platform, StatementKind};
use crate::resolve::{Coverage, cover};
use crate::signature::{Kind, Sdk};
use std::cell::OnceCell;

/// Longest quotation, in characters.
const QUOTE: usize = 160;

/// A case, and what is computed once for all rules.
#[derive(Debug)]
pub struct Context<'a> {
    /// The case.
    pub case: &'a Case<'a>,
    /// What the user chose.
    pub settings: &'a Settings,
    /// Whose expectations are measured against.
    pub profile: Profile,
    /// Who declares what.
    pub coverage: Coverage,
    /// What a reader sees of each document: as long as its text, mark-up blanked.
    pub visible: Vec<String>,
    line_starts: Vec<Vec<usize>>,
    mentions: OnceCell<Mentions>,
    sentences: OnceCell<Vec<Sentence>>,
    behaviour: OnceCell<Behaviour>,
    link_owners: OnceCell<Owners<'a>>,
}

impl<'a> Context<'a> {
    /// Prepares a case.
    pub fn new(case: &'a Case<'a>, settings: &'a Settings) -> Context<'a> {
        let line_starts = case
            .policy
            .documents
            .iter()
            .map(|d| {
                std::iter::once(0)
                    .chain(memchr::memchr_iter(b'\n', d.text.as_bytes()).map(|i| i + 1))
                    .collect()
            })
            .collect();
        Context {
            case,
            settings,
            profile: settings.profile.unwrap_or_else(|| Profile::for_policy(case.policy)),
            coverage: cover(case.detections, case.policy, case.identities, case.database),
            visible: case.policy.documents.iter().map(visible).collect(),
            line_starts,
            mentions: OnceCell::new(),
            sentences: OnceCell::new(),
            behaviour: OnceCell::new(),
            link_owners: OnceCell::new(),
        }
    }

    /// Whether a package was given.
    pub fn has_app(&self) -> bool {
        !self.case.inventory.parts.is_empty()
    }

    /// Whether a policy was given.
    pub fn has_policy(&self) -> bool {
        !self.case.policy.documents.is_empty()
    }

    /// Where the text of the policy names SDKs, by any of their names or packages.
    pub fn mentions(&self) -> &Mentions {
        self.mentions.get_or_init(|| Mentions::find(self.case, &self.visible))
    }

    /// The sentences of all documents.
    pub fn sentences(&self) -> &[Sentence] {
        self.sentences.get_or_init(|| sentence::sentences(&self.visible))
    }

    /// What the code of each owner can read; empty where the package's calls were not collected.
    pub fn behaviour(&self) -> &Behaviour {
        self.behaviour.get_or_init(|| match self.case.inventory.api_uses.is_empty() {
            true => Behaviour::default(),
            false => attribute(self.case.inventory, self.case.detections, self.case.database),
        })
    }

    /// Whose links are whose.
    pub fn link_owners(&self) -> &Owners<'a> {
        self.link_owners.get_or_init(|| Owners::new(self.case.database))
    }

    /// The visible text at `span`.
    pub fn text(&self, document: DocumentId, span: Span) -> &str {
        self.visible.get(document.0 as usize).map_or("", |t| span.of(t))
    }

    /// The visible text from `start` to the end of the document.
    pub fn rest(&self, document: DocumentId, start: usize) -> Option<&str> {
        self.visible.get(document.0 as usize)?.get(start..)
    }

    /// 1-based line of a byte offset.
    pub fn line(&self, document: DocumentId, offset: usize) -> u32 {
        let starts = self.line_starts.get(document.0 as usize).map_or(&[][..], Vec::as_slice);
        u32::try_from(starts.partition_point(|s| *s <= offset)).unwrap_or(u32::MAX).max(1)
    }

    /// A quotation of what stands at `span`, mark-up dropped, white space collapsed, cut to a readable length.
    pub fn quote(&self, document: DocumentId, span: Span) -> Evidence {
        let text = self.visible.get(document.0 as usize).map_or("", |t| span.of(t));
        Evidence::Quoted { document, span, line: self.line(document, span.start), text: shorten(text) }
    }

    /// A quotation of a field of a row.
    pub fn quote_field(&self, document: DocumentId, field: &Field) -> Evidence {
        let span = field.spans.first().copied().unwrap_or(Span::new(0, 0));
        Evidence::Quoted { document, span, line: self.line(document, span.start), text: shorten(&field.text) }
    }

    /// A quotation of a row by its name.
    pub fn quote_row(&self, row: &Declaration) -> Evidence {
        if row.name.spans.is_empty() {
            self.quote(row.document, row.span)
        } else {
            self.quote_field(row.document, &row.name)
        }
    }

    /// Names of the documents searched.
    pub fn documents(&self) -> Vec<String> {
        self.case.policy.documents.iter().map(|d| d.name.clone()).collect()
    }

    /// Names of the package files searched.
    pub fn parts(&self) -> Vec<String> {
        self.case.inventory.parts.iter().map(|p| p.path.as_str().to_owned()).collect()
    }

    /// "Looked for `tried` in the policy and did not find it".
    pub fn absent_in_policy(&self, tried: Vec<String>) -> Evidence {
        Evidence::Absent { searched: self.documents(), tried }
    }

    /// "Looked for `tried` in the package and did not find it".
    pub fn absent_in_app(&self, tried: Vec<String>) -> Evidence {
        Evidence::Absent { searched: self.parts(), tried }
    }

    /// For each of these SDKs that the app contains, the strongest piece of evidence.
    pub fn first_evidence(&self, sdks: &[&Sdk]) -> impl Iterator<Item = Evidence> {
        let found = self.case.detections.sdks.iter().filter(|d| sdks.iter().any(|s| s.id == d.sdk));
        found.filter_map(|d| d.evidence.first().cloned())
    }

    /// How sure it can be that what was not found in the policy is not in the policy the app team
    /// publishes: low when a list is kept elsewhere or a document could not be read.
    pub fn policy_absence(&self) -> Confidence {
        let policy = self.case.policy;
        let hidden = policy.limitations.iter().any(|l| l.hides == Some(Hidden::Policy));
        let elsewhere = policy.statements.iter().any(|s| s.kind == StatementKind::ListElsewhere);
        if hidden || elsewhere { Confidence::Low } else { Confidence::High }
    }

    /// How sure it can be that code which was not found is not in the app: low for packed or
    /// unreadable code, medium for renamed or late-loaded code.
    pub fn code_absence(&self) -> Confidence {
        let mut sure = if self.case.detections.packer.is_some() { Confidence::Low } else { Confidence::High };
        for limitation in &self.case.inventory.limitations {
            let cap = match limitation.kind {
                LimitationKind::Packed => Confidence::Low,
                LimitationKind::Obfuscated | LimitationKind::DynamicCode => Confidence::Medium,
                _ if matches!(limitation.hides, Some(Hidden::Code)) => Confidence::Low,
                _ => continue,
            };
            sure = sure.min(cap);
        }
        if self.renamed_share() >= 30 { sure.min(Confidence::Medium) } else { sure }
    }

    /// How sure it can be that what code was not seen to do it cannot do: as `code_absence`, and low where
    /// instructions were not read.
    pub fn behaviour_absence(&self) -> Confidence {
        let unread = self.case.inventory.limitations.iter().any(|l| l.hides == Some(Hidden::Behaviour));
        if unread { Confidence::Low } else { self.code_absence() }
    }

    /// How sure it can be that a permission which was not found is not requested.
    pub fn manifest_absence(&self) -> Confidence {
        let hidden = self
            .case
            .inventory
            .limitations
            .iter()
            // A feature module brings permissions of its own; libraries and resources bring none.
            .any(|l| {
                l.hides == Some(Hidden::Manifest)
                    || l.kind == LimitationKind::MissingPart && l.hides == Some(Hidden::Code)
            });
        if hidden { Confidence::Low } else { Confidence::High }
    }

    /// Percentage of classes whose package was renamed by a shrinker.
    pub fn renamed_share(&self) -> u64 {
        let renamed: u64 = self.case.detections.renamed.iter().map(|c| u64::from(c.classes)).sum();
        let all: u64 = self.case.inventory.code.iter().map(|c| u64::from(c.class_count)).sum();
        (renamed * 100).checked_div(all).unwrap_or(0)
    }

    /// Classes defined under a Java package, in all dex files.
    pub fn classes_under(&self, package: &str) -> u32 {
        let mut count = 0u32;
        for file in &self.case.inventory.code {
            let names = &file.classes;
            let mut at = lower_bound(names.len(), |i| names.get(i).is_some_and(|n| n < package));
            while let Some(name) = names.get(at).filter(|n| n.starts_with(package)) {
                if name.as_bytes().get(package.len()).is_none_or(|b| *b == b'.') {
                    count = count.saturating_add(1);
                }
                at += 1;
            }
        }
        count
    }

    /// Path of the manifest, or of the package when there is none.
    pub fn package_location(&self) -> Location {
        let path = self.case.inventory.parts.first().map(|p| p.path.clone());
        Location::entry(&path.unwrap_or_else(|| EntryPath::root("")))
    }

    /// The identity's SDK of declaration number `row`.
    pub fn sdk_of(&self, row: usize) -> Option<&'a Sdk> {
        let id = self.case.identities.get(row)?.sdk.as_ref()?;
        self.case.database.get(id.as_str())
    }

    /// Rows of the SDK list with their numbers and SDKs.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &'a Declaration, Option<&'a Sdk>)> + '_ {
        let policy = self.case.policy;
        policy.declarations.iter().enumerate().map(|(i, d)| (i, d, self.sdk_of(i)))
    }
}

/// First index in `0..len` for which `before` is false.
fn lower_bound(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// Name of an SDK for people in `lang`.
pub fn sdk_name(sdk: &Sdk, lang: Lang) -> &str {
    let (first, second) = match lang {
        Lang::Zh => (&sdk.name_zh, &sdk.name_en),
        Lang::En => (&sdk.name_en, &sdk.name_zh),
    };
    if !first.is_empty() {
        first
    } else if !second.is_empty() {
        second
    } else {
        sdk.id.as_str()
    }
}

/// Names of several SDKs, joined for each language.
pub fn sdk_names<'s>(sdks: impl Iterator<Item = &'s Sdk> + Clone) -> Text {
    let zh: Vec<&str> = sdks.clone().map(|s| sdk_name(s, Lang::Zh)).collect();
    let en: Vec<&str> = sdks.map(|s| sdk_name(s, Lang::En)).collect();
    Text::new(zh.join("、"), en.join(", "))
}

/// Whether an SDK is code that nobody needs to declare: no service behind it and not known to collect.
pub fn is_library(sdk: &Sdk) -> bool {
    match sdk.collects {
        Some(collects) => !collects,
        None => matches!(sdk.kind, Kind::Library | Kind::Framework),
    }
}

/// Whether a row can stand for code of an Android app: neither its platforms nor its name say that it is of another.
pub fn on_android(row: &Declaration) -> bool {
    if row.platforms.contains(&Platform::Android) {
        return true;
    }
    // `AliyunOSSiOS`, `X SDK（iOS）`, `X iOS SDK`: the name as written says it, capital letters included.
    let name = &row.name.text;
    let capitals = name.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| w == "IOS");
    let other = capitals || ["iOS", "HarmonyOS", "鸿蒙版"].iter().any(|w| name.contains(w));
    let both = ["android", "安卓"].iter().any(|w| fold::fold(name).as_str().contains(w));
    row.platforms.is_empty() && (both || !other)
}

/// A row's key in fingerprints: its SDK, else its name without case, spaces and signs.
pub fn row_key(row: &Declaration, sdk: Option<&Sdk>) -> String {
    sdk.map_or_else(|| name_key(&row.name.text), |s| s.id.as_str().to_owned())
}

/// A name without case, spaces and signs.
pub fn name_key(name: &str) -> String {
    fold::loose_key(name).chars().take(80).collect()
}

/// The label of a host that somebody registered: `example` of `www.example.com.cn`.
pub fn registered_name(host: &str) -> Option<&str> {
    const SUFFIXES: &[&str] = &["com", "net", "org", "gov", "edu", "co", "ac"];
    host.rsplit('.').skip(1).find(|l| !SUFFIXES.contains(l)).filter(|l| l.len() >= 3)
}

/// White space collapsed and cut to [`QUOTE`] characters.
pub fn shorten(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > 4 * QUOTE {
            break;
        }
    }
    if let Some((cut, _)) = out.char_indices().nth(QUOTE) {
        out.truncate(cut);
        out.push('…');
    }
    out
}
