//! One declaration -> the SDK it means, strongest hint first; every answer says what decided.

use super::hints;
use super::index::Index;
use super::spelling::{Hits, SdkIndex, Spelling};
use super::{By, Identity};
use crate::evidence::Confidence;
use crate::fold::{self, fold};
use crate::policy::Declaration;
use crate::policy::grid::is_company;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

static GENERIC: &str = include_str!("generic.tsv");

/// A name of a function: which words elsewhere in the row tell its candidates apart.
struct Generic {
    candidates: Vec<(&'static str, Vec<&'static str>)>,
    default: Option<&'static str>,
}

static GENERICS: LazyLock<HashMap<String, Generic>> = LazyLock::new(|| {
    hints::rows(GENERIC)
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let name = fold::key(cells.next()?);
            let candidates = cells
                .next()?
                .split(';')
                .filter_map(|c| c.split_once('='))
                .map(|(id, words)| (id, words.split('|').collect()))
                .collect();
            Some((name, Generic { candidates, default: cells.next().filter(|d| *d != "-") }))
        })
        .collect()
});

/// What of a declaration tells which SDK it is.
struct Row<'d> {
    name: &'d str,
    outside: String,
    brackets: Vec<String>,
    packages: Vec<&'d str>,
    provider: Option<&'d str>,
    /// Purpose and scene, folded.
    purpose: String,
    /// Hosts of the links.
    hosts: Vec<String>,
}

impl<'d> Row<'d> {
    fn new(declaration: &'d Declaration) -> Row<'d> {
        let name = declaration.name.text.as_str();
        let (outside, mut brackets) = split_brackets(name);
        brackets.extend(declaration.nested.iter().map(|n| n.text.clone()));
        let text = |f: &'d Option<crate::policy::Field>| f.as_ref().map(|f| f.text.as_str());
        let purpose = [text(&declaration.purpose), text(&declaration.scene)];
        let purpose: Vec<&str> = purpose.into_iter().flatten().collect();
        Row {
            name,
            outside,
            brackets,
            packages: declaration.packages.iter().map(|p| p.text.as_str()).collect(),
            provider: text(&declaration.provider),
            purpose: fold(&cap(&purpose.join(" "), 600)).as_str().to_owned(),
            hosts: declaration.links.iter().filter_map(|l| host(&l.url.text)).collect(),
        }
    }

    /// Everything a hint may stand in, folded.
    fn everything(&self) -> String {
        let mut out = self.purpose.clone();
        for part in self.packages.iter().copied().chain([self.name, self.provider.unwrap_or("")]) {
            out.push(' ');
            out.push_str(fold(part).as_str());
        }
        for host in &self.hosts {
            out.push(' ');
            out.push_str(host);
        }
        out
    }
}

/// The first `limit` characters.
fn cap(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

/// A name without its bracketed parts, and those parts.
fn split_brackets(name: &str) -> (String, Vec<String>) {
    let (mut outside, mut brackets, mut open) = (String::new(), Vec::new(), String::new());
    let mut depth = 0usize;
    for c in name.chars() {
        match c {
            '(' | '（' | '[' | '【' => {
                depth += 1;
                if depth > 1 {
                    open.push(c);
                } else {
                    outside.push(' ');
                }
            }
            ')' | '）' | ']' | '】' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    brackets.push(std::mem::take(&mut open));
                } else {
                    open.push(c);
                }
            }
            _ if depth > 0 => open.push(c),
            _ => outside.push(c),
        }
    }
    if !open.is_empty() {
        brackets.push(open);
    }
    (outside.trim().to_owned(), brackets)
}

/// Host of an address, lower case.
fn host(url: &str) -> Option<String> {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, r)| r);
    let host = rest.split(['/', '?', '#', ':']).next()?.to_ascii_lowercase();
    host.contains('.').then_some(host)
}

/// What the name alone says.
enum Named {
    Product(SdkIndex, By, Confidence),
    Brand(SdkIndex, By, Confidence),
    Several(Vec<SdkIndex>),
    Unknown,
}

/// The identity of one declaration.
pub fn identify(declaration: &Declaration, index: &Index) -> Identity {
    let row = Row::new(declaration);
    let found = match by_name(&row, index) {
        Named::Product(sdk, by, confidence) => {
            // The package bears the name out.
            let borne = owners(&row, index).contains(&sdk);
            let (by, confidence) = if borne { (By::Package, Confidence::High) } else { (by, confidence) };
            Some(Found::One(sdk, by, confidence))
        }
        Named::Brand(family, by, sure) => Some(of_brand(family, by, sure, &row, index)),
        Named::Several(candidates) => Some(of_several(candidates, &row, index)),
        Named::Unknown => None,
    };
    let found = found.or_else(|| by_package(&row, index)).or_else(|| by_surroundings(&row, index));
    let id = |at: SdkIndex| index.sdk(at).map(|s| s.id.clone());
    match found {
        Some(Found::One(sdk, by, confidence)) => {
            Identity { sdk: id(sdk), candidates: id(sdk).into_iter().collect(), by: Some(by), confidence }
        }
        Some(Found::Open(candidates)) => Identity {
            sdk: None,
            candidates: candidates.into_iter().filter_map(id).collect(),
            by: None,
            confidence: Confidence::Low,
        },
        None => Identity { sdk: None, candidates: Vec::new(), by: None, confidence: Confidence::Low },
    }
}

/// What all hints together say.
enum Found {
    One(SdkIndex, By, Confidence),
    Open(Vec<SdkIndex>),
}

fn by_name(row: &Row, index: &Index) -> Named {
    let mut brand = None;
    let mut several = None;
    let slashed: Vec<&str> =
        row.outside.split(['/', '／', '|']).map(str::trim).filter(|p| !p.is_empty()).collect();
    let alternatives = if slashed.len() > 1 { slashed } else { Vec::new() };
    let names = [row.name, row.outside.as_str()].into_iter().chain(alternatives.iter().copied());
    for name in names {
        match spelt(name, row, index) {
            Named::Unknown => {}
            Named::Brand(family, by, sure) => brand = brand.or(Some((family, by, sure))),
            Named::Several(all) => several = several.or(Some(all)),
            product => return product,
        }
    }
    for bracket in &row.brackets {
        let bracket = without_lead(bracket);
        match spelt(bracket, row, index) {
            Named::Product(sdk, ..) => return Named::Product(sdk, By::Bracket, Confidence::High),
            Named::Brand(family, _, sure) => brand = brand.or(Some((family, By::Bracket, sure))),
            _ => {}
        }
    }
    if let Some(all) = several {
        return Named::Several(all);
    }
    if let Some((family, by, sure)) = brand {
        return Named::Brand(family, by, sure);
    }
    match within(&row.outside, index) {
        Named::Unknown => {}
        found => return found,
    }
    for bracket in &row.brackets {
        if let Named::Product(sdk, ..) = within(bracket, index) {
            return Named::Product(sdk, By::Bracket, Confidence::Medium);
        }
    }
    Named::Unknown
}

/// A bracket's text without "also known as".
fn without_lead(text: &str) -> &str {
    const LEADS: [&str; 9] =
        ["又名", "原名", "简称", "即", "别名", "又称", "曾用名", "also known as", "formerly"];
    let text = text.trim();
    let rest = LEADS.iter().find_map(|l| text.strip_prefix(l)).unwrap_or(text);
    rest.trim_start_matches(['：', ':', ' '])
}

/// A name that is spelt as a known one.
fn spelt(name: &str, row: &Row, index: &Index) -> Named {
    if let Some(generic) = GENERICS.get(&fold::key(name)) {
        return of_generic(generic, row, index);
    }
    let Some(hits) = index.named(name) else { return Named::Unknown };
    one_of(&hits, index)
}

fn one_of(hits: &Hits, index: &Index) -> Named {
    let by = |spelling| if spelling == Spelling::Name { By::Name } else { By::Alias };
    let confidence = |spelling| match spelling {
        Spelling::Name | Spelling::Alias => Confidence::High,
        Spelling::Ambiguous | Spelling::Pinyin => Confidence::Medium,
    };
    // A name proper beats the same words as an ambiguous alias of something else.
    let best = hits.iter().map(|(_, spelling)| *spelling).min();
    let hits: Vec<_> = match best {
        Some(Spelling::Name | Spelling::Alias) => {
            hits.iter().filter(|(_, s)| matches!(s, Spelling::Name | Spelling::Alias)).collect()
        }
        _ => hits.iter().collect(),
    };
    match hits.as_slice() {
        [(sdk, spelling)] if index.is_family(*sdk) => Named::Brand(*sdk, by(*spelling), Confidence::High),
        [(sdk, spelling)] => Named::Product(*sdk, by(*spelling), confidence(*spelling)),
        [] => Named::Unknown,
        several => {
            let products: Vec<SdkIndex> =
                several.iter().map(|(sdk, _)| *sdk).filter(|sdk| !index.is_family(*sdk)).collect();
            match (products.as_slice(), several.first()) {
                ([only], _) => Named::Product(*only, By::Alias, Confidence::Medium),
                ([], Some((family, spelling))) => Named::Brand(*family, by(*spelling), Confidence::High),
                _ => Named::Several(products),
            }
        }
    }
}

fn of_generic(generic: &Generic, row: &Row, index: &Index) -> Named {
    let everything = row.everything();
    let fits: Vec<SdkIndex> = generic
        .candidates
        .iter()
        .filter(|(_, words)| words.iter().any(|w| everything.contains(w)))
        .filter_map(|(id, _)| index.position(id))
        .collect();
    match fits.as_slice() {
        [only] => Named::Product(*only, By::Vendor, Confidence::Medium),
        [] => match generic.default.and_then(|id| index.position(id)) {
            Some(sdk) => Named::Product(sdk, By::Alias, Confidence::Low),
            None => {
                Named::Several(generic.candidates.iter().filter_map(|(id, _)| index.position(id)).collect())
            }
        },
        _ => Named::Several(fits),
    }
}

/// A name that holds a known one: `Umeng Statistical analysis SDK`, `腾讯RTMP推流sdk`.
fn within(name: &str, index: &Index) -> Named {
    let text = fold::words(fold(name).as_str());
    let found = index.inside(&text);
    let mut brand = None;
    for (at, (start, end, hits)) in found.iter().enumerate() {
        // What stands before it may be a brand or ceremony; another word makes it another name (东方头条).
        let before = found.get(at.wrapping_sub(1)).map_or(0, |(_, e, _)| *e).min(*start);
        if hints::distinctive(text.get(before..*start).unwrap_or("")) > 0 {
            continue;
        }
        // A name that begins inside this one and reaches the end says more: `奇虎360加固` is `360加固`, not `奇虎360`.
        if found.get(at + 1).is_some_and(|(s, e, _)| s < end && *e == text.len()) {
            continue;
        }
        let own = text.get(*start..*end).unwrap_or("");
        let rest = text.get(*end..).unwrap_or("");
        let left = hints::distinctive(rest);
        // As much unknown as known: another name that only begins alike.
        let ours = own.chars().count();
        match one_of(hits, index) {
            // A framework's name before another Latin word names a plug-in for it.
            Named::Product(sdk, ..) if left > 0 && rest.is_ascii() && is_framework(sdk, index) => {
                return Named::Unknown;
            }
            Named::Product(sdk, ..) if left * 2 <= ours => {
                let sure = if left == 0 { Confidence::Medium } else { Confidence::Low };
                return Named::Product(sdk, By::Alias, sure);
            }
            Named::Brand(family, ..) if left <= ours.max(4) => {
                // More than a function behind the brand: a product of its own, perhaps one that is not known.
                let sure = if left == 0 { Confidence::High } else { Confidence::Low };
                brand = brand.or(Some((family, sure)));
            }
            _ => {}
        }
    }
    brand.map_or(Named::Unknown, |(family, sure)| Named::Brand(family, By::Alias, sure))
}

/// Whether an SDK is something other libraries are plug-ins of.
fn is_framework(sdk: SdkIndex, index: &Index) -> bool {
    index.sdk(sdk).is_some_and(|s| s.category.as_ref() == "framework")
}

/// Owners of the declared packages.
fn owners(row: &Row, index: &Index) -> Vec<SdkIndex> {
    let mut out: Vec<SdkIndex> = row.packages.iter().flat_map(|p| index.packaged(p)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// A brand's row: the product that its package, its name or its purpose names; else the brand.
fn of_brand(family: SdkIndex, by: By, sure: Confidence, row: &Row, index: &Index) -> Found {
    let products = index.products(family);
    let packaged: Vec<SdkIndex> = owners(row, index).into_iter().filter(|o| products.contains(o)).collect();
    if let [only] = packaged.as_slice() {
        return Found::One(*only, By::Package, Confidence::High);
    }
    let id = index.sdk(family).map_or("", |s| s.id.as_str());
    let name = fold(row.name);
    // A name with words of its own behind the brand is a product of its own: the purpose does not make it another one.
    let purpose = if sure == Confidence::Low { "" } else { row.purpose.as_str() };
    for (text, by) in [(name.as_str(), by), (purpose, By::Purpose)] {
        let mut choices: Vec<SdkIndex> = Vec::new();
        for category in hints::categories(text) {
            let own: Vec<SdkIndex> = products
                .iter()
                .copied()
                .filter(|p| index.sdk(*p).is_some_and(|s| s.category == category))
                .collect();
            // A bare brand means the products that policies are known to list, where it has such.
            let listed = own.iter().copied().filter(|p| index.sdk(*p).is_some_and(|s| s.listed));
            let listed: Vec<SdkIndex> = listed.collect();
            let own = if listed.is_empty() { own } else { listed };
            let choice = match own.as_slice() {
                [] => continue,
                [only] => Some(*only),
                _ => hints::primary(id, category).and_then(|p| index.position(p)),
            };
            // Several products of one kind: none is meant for sure.
            choices.push(choice.unwrap_or(family));
        }
        choices.dedup();
        match choices.as_slice() {
            [] => {}
            [only] if *only != family => return Found::One(*only, by, sure.min(Confidence::Medium)),
            _ => break,
        }
    }
    Found::One(family, by, sure)
}

/// A name that several SDKs have: the one whose package, company, brand or host stands in the row.
fn of_several(candidates: Vec<SdkIndex>, row: &Row, index: &Index) -> Found {
    let owners = owners(row, index);
    let packaged: Vec<SdkIndex> = candidates.iter().copied().filter(|c| owners.contains(c)).collect();
    if let [only] = packaged.as_slice() {
        return Found::One(*only, By::Package, Confidence::High);
    }
    let hosted: Vec<SdkIndex> = candidates
        .iter()
        .copied()
        .filter(|c| row.hosts.iter().any(|h| index.hosted(h).0.contains(c)))
        .collect();
    if let [only] = hosted.as_slice() {
        return Found::One(*only, By::Link, Confidence::Medium);
    }
    let provider = row.provider.map_or_else(Vec::new, |p| index.provided(p));
    let provided: Vec<SdkIndex> = candidates.iter().copied().filter(|c| provider.contains(c)).collect();
    if let [only] = provided.as_slice() {
        return Found::One(*only, By::Vendor, Confidence::Medium);
    }
    Found::Open(candidates)
}

/// An unknown name: the one SDK, or the brand, that owns the declared packages.
fn by_package(row: &Row, index: &Index) -> Option<Found> {
    let mut owners = owners(row, index);
    if owners.is_empty() {
        owners = row.packages.iter().flat_map(|p| index.under(p)).collect();
        owners.sort_unstable();
        owners.dedup();
        let families: Vec<_> = owners.iter().filter_map(|o| index.sdk(*o)?.family.as_ref()).collect();
        let together = families.len() == owners.len() && families.windows(2).all(|w| w.first() == w.last());
        if owners.len() > 1 && together {
            let family = families.first().and_then(|f| index.position(f.as_str()))?;
            return Some(Found::One(family, By::Package, Confidence::Low));
        }
        return match owners.as_slice() {
            [only] => Some(Found::One(*only, By::Package, Confidence::Low)),
            _ => None,
        };
    }
    // A product beats the brand whose base code is named beside it.
    let products: Vec<SdkIndex> = owners.iter().copied().filter(|o| !index.is_family(*o)).collect();
    match (products.as_slice(), owners.as_slice()) {
        ([only], _) | ([], [only]) => Some(Found::One(*only, By::Package, Confidence::High)),
        ([], _) => Some(Found::Open(owners)),
        _ => Some(Found::Open(products)),
    }
}

/// An unknown name without a known package: link, then company and purpose, then spelling.
fn by_surroundings(row: &Row, index: &Index) -> Option<Found> {
    if let Some(hits) = index.sounds_like(row.name).or_else(|| index.sounds_like(&row.outside))
        && let Named::Product(sdk, ..) | Named::Brand(sdk, ..) = one_of(&hits, index)
    {
        return Some(Found::One(sdk, By::Fuzzy, Confidence::Low));
    }
    // A column of names may hold the companies.
    if is_company(row.name)
        && let Some(found) = of_company(row, index)
    {
        return Some(found);
    }
    let folded = fold(&row.outside);
    let distinctive = hints::distinctive(folded.as_str());
    let name = fold(row.name);
    let texts = [name.as_str(), row.purpose.as_str()];
    for host in &row.hosts {
        let (owners, whole) = index.hosted(host);
        let products: Vec<SdkIndex> = owners.iter().copied().filter(|o| !index.is_family(*o)).collect();
        match products.as_slice() {
            [only] if whole || distinctive == 0 => {
                let sure = if distinctive == 0 { Confidence::Medium } else { Confidence::Low };
                return Some(Found::One(*only, By::Link, sure));
            }
            _ if distinctive == 0 && !owners.is_empty() => {
                if let Some(found) = by_function(&owners, &texts, index, By::Link) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    // A company makes many SDKs: it decides only for a name that is nothing but a function (广告SDK).
    if let Some(provider) = row.provider
        && distinctive == 0
        && let Some(found) = by_function(&index.provided(provider), &texts, index, By::Vendor)
    {
        return Some(found);
    }
    match index.similar(row.name).as_slice() {
        [] => match index.similar(&row.outside).as_slice() {
            [only] => Some(Found::One(*only, By::Fuzzy, Confidence::Low)),
            _ => None,
        },
        [only] => Some(Found::One(*only, By::Fuzzy, Confidence::Low)),
        several => Some(Found::Open(several.to_vec())),
    }
}

/// A company in place of a name: its product that the purpose names, else its brand, else all it makes.
fn of_company(row: &Row, index: &Index) -> Option<Found> {
    let owners = index.provided(row.name);
    match by_function(&owners, &[row.purpose.as_str()], index, By::Vendor) {
        Some(Found::One(sdk, by, _)) => return Some(Found::One(sdk, by, Confidence::Low)),
        Some(open) => return Some(open),
        None => {}
    }
    if let [only] = owners.as_slice() {
        return Some(Found::One(*only, By::Vendor, Confidence::Low));
    }
    let family = |o: &SdkIndex| {
        let sdk = index.sdk(*o)?;
        sdk.family.as_ref().map_or(sdk.id.as_str(), |f| f.as_str()).into()
    };
    let brands: BTreeSet<&str> = owners.iter().filter_map(family).collect();
    let brand = brands.first().filter(|_| brands.len() == 1).and_then(|id| index.position(id));
    match brand {
        Some(brand) => Some(Found::One(brand, By::Vendor, Confidence::Low)),
        None if owners.is_empty() => None,
        None => Some(Found::Open(owners)),
    }
}

/// Of several SDKs, the one product whose function the texts state, the first text first. A brand among them stands for
/// its products.
fn by_function(owners: &[SdkIndex], texts: &[&str], index: &Index, by: By) -> Option<Found> {
    let mut products: Vec<SdkIndex> =
        owners.iter().flat_map(|o| if index.is_family(*o) { index.products(*o) } else { vec![*o] }).collect();
    products.sort_unstable();
    products.dedup();
    for text in texts {
        let categories = hints::categories(text);
        let fits: Vec<SdkIndex> = products
            .iter()
            .copied()
            .filter(|o| index.sdk(*o).is_some_and(|s| categories.contains(&s.category.as_ref())))
            .collect();
        // Policies list some of them, and of those the function names one.
        let listed = fits.iter().copied().filter(|p| index.sdk(*p).is_some_and(|s| s.listed));
        let listed: Vec<SdkIndex> = listed.collect();
        let fits = if listed.is_empty() { fits } else { listed };
        match fits.as_slice() {
            [] => {}
            [only] => return Some(Found::One(*only, by, Confidence::Medium)),
            several => {
                let families: Vec<&str> = several
                    .iter()
                    .filter_map(|s| index.sdk(*s)?.family.as_ref().map(|f| f.as_str()))
                    .collect();
                let primary = families
                    .iter()
                    .find_map(|f| categories.iter().find_map(|c| index.position(hints::primary(f, c)?)));
                if let Some(sdk) = primary.filter(|p| several.contains(p)) {
                    return Some(Found::One(sdk, by, Confidence::Low));
                }
                return Some(Found::Open(several.to_vec()));
            }
        }
    }
    None
}
