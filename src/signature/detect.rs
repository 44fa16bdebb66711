//! Inventory -> Detections: collects every mark of every SDK in one pass, then judges.

use super::cluster::{self, Unclaimed};
use super::confidence::confidence;
use super::index::{Index, Owner, merge};
use super::model::{Kind, Level, Sdk, SdkId, glob, under};
use super::{Database, Detection, Detections, PackageCluster, ReferencedSdk};
use crate::evidence::{Evidence, FeatureKind};
use crate::inventory::{Inventory, MetaData, Names, package_of};
use crate::limitation::LimitationKind;
use crate::location::{EntryPath, Location};
use std::collections::BTreeMap;

/// What the user may tell the matcher.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Package prefixes that are the app's own code.
    pub own: Vec<String>,
}

/// Matches an inventory against the database. Pure; sorted by id.
pub fn detect(inventory: &Inventory, database: &Database) -> Detections {
    detect_with(inventory, database, &Options::default())
}

/// `detect`, with what the user says about the app.
pub fn detect_with(inventory: &Inventory, database: &Database, options: &Options) -> Detections {
    let mut index = Index::new(database);
    let own = cluster::own_prefixes(
        inventory,
        &options.own,
        |class| index.prefix_of(class).is_some(),
        |root| index.has_under(root),
    );
    index.add_own(&own);
    let mut scan = Scan { inventory, index, marks: BTreeMap::new() };
    let code = scan.classes();
    scan.components();
    scan.files();
    scan.build();
    let marks = std::mem::take(&mut scan.marks);
    let packed = marks.values().any(|m| m.sdk.kind == Kind::Packer && packer_proven(m));
    let (unknown, renamed) = code.unclaimed.clusters();
    let sight = if packed || inventory.limitations.iter().any(|l| l.kind == LimitationKind::Packed) {
        Sight::Hidden
    } else if mostly_renamed(inventory, &renamed) {
        Sight::Renamed
    } else {
        Sight::Clear
    };
    let mut found: Vec<Found<'_>> = marks
        .into_values()
        .filter(|m| m.sdk.kind != Kind::Packer || packer_proven(m))
        .filter_map(|m| judge(m, inventory, sight))
        .collect();
    let told = scan.constants();
    for one in &mut found {
        if one.detection.version.is_none() {
            one.detection.version = told.get(one.sdk.id.as_str()).map(|v| (*v).to_owned());
        }
    }
    settle_families(&mut found);
    settle_carriers(&mut found, &scan.index);
    found.sort_by(|a, b| a.detection.sdk.cmp(&b.detection.sdk));
    let packer = found
        .iter()
        .filter(|f| f.sdk.kind == Kind::Packer)
        .max_by_key(|f| (f.detection.confidence, f.detection.evidence.len()))
        .map(|f| f.detection.sdk.clone());
    let referenced = scan.references(&found);
    let mut own: Vec<PackageCluster> = code.own;
    cluster::sort(&mut own);
    let sdks = found.into_iter().map(|f| f.detection).collect();
    Detections { sdks, unknown, own, renamed, packer, referenced }
}

/// One SDK's marks, by kind and by the indicator's value.
struct Marks<'d> {
    sdk: &'d Sdk,
    seen: BTreeMap<(FeatureKind, &'d str), Mark>,
}

struct Mark {
    /// The first thing that matched: class, component, file …
    first: String,
    at: Location,
    count: u32,
    weak: bool,
    /// Of a class prefix: classes besides generated resource classes.
    code: u32,
    /// The classes stand under another package's name.
    relocated: bool,
    /// The prefix they stand under, when relocated.
    host: Option<String>,
}

struct Found<'d> {
    sdk: &'d Sdk,
    detection: Detection,
    /// The package that a relocated copy stands in.
    host: Option<String>,
}

struct Code<'a> {
    unclaimed: Unclaimed<'a>,
    own: Vec<PackageCluster>,
}

struct Scan<'a, 'd> {
    inventory: &'a Inventory,
    index: Index<'d>,
    marks: BTreeMap<&'d str, Marks<'d>>,
}

/// What one prefix has in one dex.
#[derive(Clone, Copy, Default)]
struct Tally<'n> {
    all: u32,
    code: u32,
    first: Option<&'n str>,
}

impl<'a, 'd> Scan<'a, 'd> {
    fn classes(&mut self) -> Code<'a> {
        let mut unclaimed = Unclaimed::default();
        let mut own: BTreeMap<usize, PackageCluster> = BTreeMap::new();
        let mut tallies: Vec<Tally<'a>> = vec![Tally::default(); self.index.prefixes().len()];
        let mut touched: Vec<usize> = Vec::new();
        for file in &self.inventory.code {
            let mut copies: BTreeMap<usize, (Tally<'a>, &'a str)> = BTreeMap::new();
            let mut relocated = Relocated::default();
            merge(self.index.prefixes(), file.classes.iter(), |class, owner| {
                let copy = relocated.owner(class, &self.index);
                if let Some((i, host)) = copy {
                    copies.entry(i).or_insert((Tally::default(), host)).0.add(class);
                }
                match owner.and_then(|i| Some((i, tallies.get_mut(i)?))) {
                    Some((i, tally)) => {
                        if tally.all == 0 {
                            touched.push(i);
                        }
                        tally.add(class);
                    }
                    None if copy.is_none() => unclaimed.add(class, &file.path),
                    None => {}
                }
            });
            touched.sort_unstable();
            for i in touched.drain(..) {
                let tally = tallies.get_mut(i).map(std::mem::take).unwrap_or_default();
                let (Some(prefix), Some(first)) = (self.index.prefixes().get(i), tally.first) else {
                    continue;
                };
                match prefix.owner {
                    Owner::Sdk(one) => {
                        let Some(sdk) = self.index.sdk(one) else { continue };
                        let marks = marks_of(&mut self.marks, sdk);
                        let key = (FeatureKind::Class, one.value.as_ref());
                        let mark = marks.seen.entry(key).or_insert_with(|| Mark {
                            first: first.to_owned(),
                            at: Location::item(&file.path, first),
                            count: 0,
                            weak: one.weak,
                            code: 0,
                            relocated: false,
                            host: None,
                        });
                        mark.count += tally.all;
                        mark.code += tally.code;
                    }
                    Owner::App => {
                        let cluster = own.entry(i).or_insert_with(|| PackageCluster {
                            prefix: prefix.value.to_string(),
                            classes: 0,
                            at: file.path.clone(),
                        });
                        cluster.classes += tally.all;
                    }
                }
            }
            for (i, (tally, host)) in copies {
                let Some(Owner::Sdk(one)) = self.index.prefixes().get(i).map(|p| p.owner) else {
                    continue;
                };
                let (Some(first), Some(sdk)) = (tally.first, self.index.sdk(one)) else { continue };
                let marks = marks_of(&mut self.marks, sdk);
                let mark =
                    marks.seen.entry((FeatureKind::Class, one.value.as_ref())).or_insert_with(|| Mark {
                        first: first.to_owned(),
                        at: Location::item(&file.path, first),
                        count: 0,
                        weak: true,
                        code: 0,
                        relocated: true,
                        host: Some(host.to_owned()),
                    });
                mark.count += tally.all;
                mark.code += tally.code;
            }
        }
        Code { unclaimed, own: own.into_values().collect() }
    }

    fn components(&mut self) {
        let manifest = &self.inventory.manifest;
        for component in &manifest.components {
            let at = |item: &str| Location::item(&component.at, item);
            if let Some(Owner::Sdk(one)) = self
                .index
                .prefix_of(&component.class)
                .and_then(|i| self.index.prefixes().get(i))
                .map(|p| p.owner)
                && let Some(sdk) = self.index.sdk(one)
            {
                let weak = one.weak;
                self.mark(sdk, component.kind, &one.value, &component.class, at(&component.class), weak);
            }
            self.claim(component.kind, &component.class, &at(&component.class));
            for authority in &component.authorities {
                self.claim(FeatureKind::Authority, authority, &at(authority));
            }
            for action in &component.actions {
                self.claim(FeatureKind::Action, action, &at(action));
            }
            for data in &component.meta_data {
                self.claim(FeatureKind::MetaData, &data.name, &at(&data.name));
            }
        }
        let Some(manifest_path) = manifest_path(self.inventory) else { return };
        for data in &manifest.meta_data {
            self.claim(FeatureKind::MetaData, &data.name, &Location::item(&manifest_path, &data.name));
        }
        for permission in &manifest.permissions {
            self.claim(
                FeatureKind::Permission,
                &permission.name,
                &Location::item(&permission.at, &permission.name),
            );
        }
        for name in &manifest.declared_permissions {
            self.claim(FeatureKind::Permission, name, &Location::item(&manifest_path, name));
        }
    }

    fn files(&mut self) {
        let inventory = self.inventory;
        for library in &inventory.libraries {
            let at = Location::entry(&library.path);
            self.claim(FeatureKind::NativeLib, &library.name, &at);
            if let Some(soname) = library.soname.as_deref().filter(|s| *s != library.name) {
                self.claim(FeatureKind::NativeLib, soname, &at);
            }
        }
        for file in &inventory.files {
            self.claim(FeatureKind::Asset, file.entry(), &Location::entry(file));
        }
    }

    fn build(&mut self) {
        let inventory = self.inventory;
        for component in inventory.components_of_build.iter().filter(|c| c.maven) {
            self.claim(FeatureKind::Maven, &component.name, &Location::item(&component.at, &component.name));
        }
        for runtime in &inventory.runtimes {
            for package in &runtime.packages {
                self.claim(FeatureKind::Package, package, &Location::item(&runtime.at, package));
            }
        }
    }

    fn claim(&mut self, kind: FeatureKind, value: &str, at: &Location) {
        for (sdk, one) in self.index.claims(kind, value) {
            self.mark(sdk, kind, &one.value, value, at.clone(), one.weak);
        }
    }

    fn mark(&mut self, sdk: &'d Sdk, kind: FeatureKind, key: &'d str, value: &str, at: Location, weak: bool) {
        let mark = marks_of(&mut self.marks, sdk).seen.entry((kind, key)).or_insert_with(|| Mark {
            first: value.to_owned(),
            at,
            count: 0,
            weak,
            code: 0,
            relocated: false,
            host: None,
        });
        mark.count += 1;
    }

    /// Versions that SDKs' own `BuildConfig` classes tell, by id.
    fn constants(&self) -> BTreeMap<&'d str, &'a str> {
        let mut out = BTreeMap::new();
        for constant in &self.inventory.constants {
            let says = matches!(constant.field.as_str(), "VERSION_NAME" | "SDK_VERSION" | "SDK_VERSION_NAME");
            // "1.0" is what a new Android module starts with; it tells nothing.
            let plausible = constant.value.len() <= 40
                && constant.value != "1.0"
                && constant.value.contains(|c: char| c.is_ascii_digit());
            if !says || !plausible || !constant.class.ends_with(".BuildConfig") {
                continue;
            }
            let owner = self.index.prefix_of(&constant.class).and_then(|i| self.index.prefixes().get(i));
            if let Some(Owner::Sdk(one)) = owner.map(|p| p.owner)
                && let Some(sdk) = self.index.sdk(one)
            {
                out.entry(sdk.id.as_str()).or_insert(constant.value.as_str());
            }
        }
        out
    }

    /// SDKs that the code names and the package does not hold.
    fn references(&self, found: &[Found<'_>]) -> Vec<ReferencedSdk> {
        let mut out: BTreeMap<&str, ReferencedSdk> = BTreeMap::new();
        for file in &self.inventory.code {
            merge(self.index.prefixes(), file.references.iter(), |class, owner| {
                let Some(Owner::Sdk(one)) = owner.and_then(|i| self.index.prefixes().get(i)).map(|p| p.owner)
                else {
                    return;
                };
                let Some(sdk) = self.index.sdk(one).filter(|_| !one.weak) else { return };
                if found.iter().any(|f| f.sdk.id == sdk.id || same_family(f.sdk, sdk)) {
                    return;
                }
                let one = out.entry(sdk.id.as_str()).or_insert_with(|| ReferencedSdk {
                    sdk: sdk.id.clone(),
                    classes: 0,
                    at: Location::item(&file.path, class),
                });
                one.classes += 1;
            });
        }
        out.into_values().collect()
    }
}

impl<'n> Tally<'n> {
    fn add(&mut self, class: &'n str) {
        self.all += 1;
        if !is_resource_class(class) {
            self.code += 1;
        }
        self.first.get_or_insert(class);
    }
}

fn marks_of<'m, 'd>(marks: &'m mut BTreeMap<&'d str, Marks<'d>>, sdk: &'d Sdk) -> &'m mut Marks<'d> {
    marks.entry(sdk.id.as_str()).or_insert_with(|| Marks { sdk, seen: BTreeMap::new() })
}

/// Generated for every library that has resources: `R`, `R$id`, `BuildConfig`. They stay when the code is gone.
fn is_resource_class(class: &str) -> bool {
    let package = package_of(class);
    let simple = if package.is_empty() { class } else { class.get(package.len() + 1..).unwrap_or(class) };
    matches!(simple, "R" | "BuildConfig" | "Manifest")
        || simple.starts_with("R$")
        || simple.starts_with("Manifest$")
}

/// Finds copies under another package: `com.qq.e.oaid.repeackage.com.bun.lib.X` is `com.bun.lib`. Asked once
/// per package, as neighbours in a sorted list share theirs.
#[derive(Default)]
struct Relocated<'n> {
    package: &'n str,
    owner: Option<(usize, &'n str)>,
}

impl<'n> Relocated<'n> {
    fn owner(&mut self, class: &'n str, index: &Index<'_>) -> Option<(usize, &'n str)> {
        let package = package_of(class);
        if package != self.package {
            self.package = package;
            self.owner = copy(package, index);
        }
        self.owner
    }
}

/// Names that tools and vendors give the packages they move copies into.
const MOVED: [&str; 7] =
    ["repeackage", "repackage", "repackaged", "shaded", "shadow", "relocated", "internal"];

/// The prefix whose copy stands in `package`, and what it stands under.
fn copy<'n>(package: &'n str, index: &Index<'_>) -> Option<(usize, &'n str)> {
    // Hardly any package says so, and every package passes here.
    if !package.split('.').any(|s| MOVED.contains(&s)) {
        return None;
    }
    [".com.", ".cn.", ".org.", ".io.", ".net."].iter().find_map(|root| {
        let at = package.find(root)?;
        let inner = package.get(at + 1..)?;
        let owner = index.prefix_of(inner)?;
        // A root of one or two segments is too short to stand for a copy; `example.com.x` is common.
        let long = index.prefixes().get(owner)?.value.matches('.').count() >= 2;
        let said = package.get(..at)?.split('.').any(|s| MOVED.contains(&s));
        (long && said).then_some((owner, package.get(..at)?))
    })
}

fn manifest_path(inventory: &Inventory) -> Option<EntryPath> {
    inventory.parts.first().map(|p| p.path.join("AndroidManifest.xml"))
}

fn same_family(a: &Sdk, b: &Sdk) -> bool {
    a.family.as_ref() == Some(&b.id) || b.family.as_ref() == Some(&a.id)
}

/// A packer's stub class proves it; a library's or file's name counts only with a mark of another kind.
fn packer_proven(marks: &Marks<'_>) -> bool {
    let strong = marks.seen.iter().any(|((kind, _), m)| *kind == FeatureKind::Class && !m.weak && m.code > 0);
    let mut kinds: Vec<FeatureKind> = marks.seen.keys().map(|(kind, _)| *kind).collect();
    kinds.dedup();
    strong || kinds.len() > 1
}

/// Whether the package defines a class `name`, or any under it.
fn defines(inventory: &Inventory, name: &str) -> bool {
    let found = |names: &Names, wanted: &str| {
        let (mut low, mut high) = (0, names.len());
        while low < high {
            let middle = low.midpoint(high);
            if names.get(middle).is_some_and(|n| n < wanted) { low = middle + 1 } else { high = middle }
        }
        names.get(low).is_some_and(|n| n == name || (wanted != name && n.starts_with(wanted)))
    };
    let (inner, below) = (format!("{name}$"), format!("{name}."));
    inventory.code.iter().any(|file| [name, &inner, &below].iter().any(|w| found(&file.classes, w)))
        || inventory.manifest.components.iter().any(|c| under(&c.class, name))
}

/// How much of the code's names can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Names stand as they were written.
    Clear,
    /// Most packages outside the platform are renamed.
    Renamed,
    /// A packer hides the code.
    Hidden,
}

/// Whether renamed packages hold at least half of the classes outside the platform's.
pub fn mostly_renamed(inventory: &Inventory, renamed: &[PackageCluster]) -> bool {
    let renamed: usize = renamed.iter().map(|c| c.classes as usize).sum();
    if renamed == 0 {
        return false;
    }
    // Counted no further than it takes to tell.
    let others = inventory.code.iter().flat_map(|f| f.classes.iter()).filter(|n| !cluster::is_system(n));
    others.take(renamed * 2 + 1).count() <= renamed * 2
}

/// One SDK's marks as a detection; `None` when they prove nothing.
fn judge<'d>(mut marks: Marks<'d>, inventory: &Inventory, sight: Sight) -> Option<Found<'d>> {
    let sdk = marks.sdk;
    let code: u32 = marks.seen.values().map(|m| m.code).sum();
    let class_counts = code >= sdk.min_classes.max(1)
        && (sdk.requires.is_empty() || sdk.requires.iter().any(|name| defines(inventory, name)));
    marks.seen.retain(|(kind, _), m| *kind != FeatureKind::Class || (class_counts && m.code > 0));
    let has_class = marks.seen.keys().any(|(kind, _)| *kind == FeatureKind::Class);
    let relocated = has_class
        && marks.seen.iter().all(|((kind, _), m)| *kind != FeatureKind::Class || m.relocated)
        && marks.seen.keys().all(|(kind, _)| *kind == FeatureKind::Class);
    // A key or permission in the manifest outlives the SDK it was for, and any receiver may listen for an
    // action: none of them proves anything without another kind of mark.
    let speaks = |kind: FeatureKind| {
        !matches!(kind, FeatureKind::MetaData | FeatureKind::Permission | FeatureKind::Action)
    };
    if !marks.seen.keys().any(|(kind, _)| speaks(*kind)) {
        return None;
    }
    let mut kinds: Vec<FeatureKind> = marks.seen.keys().map(|(kind, _)| *kind).collect();
    kinds.dedup();
    // An SDK of known packages without a class in plain sight: one other mark is a leftover or a namesake.
    let known_by_class = sdk.indicators_of(FeatureKind::Class).any(|i| !i.weak);
    let built = |kind: &FeatureKind| matches!(kind, FeatureKind::Maven | FeatureKind::Package);
    if sight == Sight::Clear && known_by_class && !has_class && kinds.len() == 1 && !kinds.iter().any(built) {
        return None;
    }
    let strong = marks.seen.iter().any(|((kind, _), m)| match kind {
        FeatureKind::Class | FeatureKind::Maven | FeatureKind::Package => !m.weak,
        _ => !m.weak && (sight == Sight::Hidden || has_class),
    });
    let mut evidence: Vec<(bool, FeatureKind, Evidence)> = Vec::new();
    let mut classes = 0;
    let mut host = None;
    for ((kind, value), mark) in marks.seen {
        if kind == FeatureKind::Class {
            classes += mark.count;
            host = host.or(mark.host.clone());
        }
        let value = match &mark.host {
            Some(host) => format!("{host}.{value}"),
            None if kind == FeatureKind::Class => value.to_owned(),
            None => mark.first,
        };
        let seen = Evidence::Seen { kind, value, at: mark.at, count: mark.count, weak: mark.weak };
        evidence.push((mark.weak, kind, seen));
    }
    evidence.sort();
    let detection = Detection {
        sdk: sdk.id.clone(),
        evidence: evidence.into_iter().map(|(.., e)| e).collect(),
        confidence: confidence(strong, kinds.len(), sdk.status, relocated),
        classes,
        carried_by: None,
        version: version(sdk, inventory),
        relocated,
    };
    Some(Found { sdk, detection, host: host.filter(|_| relocated) })
}

/// The version a package tells for an SDK: build metadata first, then the marks its file names.
fn version(sdk: &Sdk, inventory: &Inventory) -> Option<String> {
    let maven = inventory.components_of_build.iter().find(|c| {
        c.maven
            && c.version.is_some()
            && sdk.indicators_of(FeatureKind::Maven).any(|i| glob(&i.value, &c.name))
    });
    if let Some(version) = maven.and_then(|c| c.version.clone()) {
        return Some(version);
    }
    sdk.version.iter().find_map(|place| {
        let (kind, name) = place.split_once(':')?;
        match kind {
            "build" => inventory.components_of_build.iter().find(|c| c.name == name)?.version.clone(),
            "meta-data" => {
                let all = &inventory.manifest;
                let inner = all.components.iter().flat_map(|c| &c.meta_data);
                let found = |m: &&MetaData| m.name == name;
                let value = all.meta_data.iter().chain(inner).find(found)?.value.as_deref()?;
                // Huawei's kits write their name before it: `push:6.5.0.300`.
                Some(value.rsplit(':').next().unwrap_or(value).to_owned())
            }
            "constant" => {
                let (class, field) = name.rsplit_once('.')?;
                let found = inventory.constants.iter().find(|c| c.class == class && c.field == field)?;
                found.value.contains(|c: char| c.is_ascii_digit()).then(|| found.value.clone())
            }
            "library" => {
                let (head, tail) = name.split_once('*')?;
                let library = inventory.libraries.iter().find(|l| glob(name, &l.name))?;
                let version = library.name.strip_prefix(head)?.strip_suffix(tail)?;
                version.contains(|c: char| c.is_ascii_digit()).then(|| version.replace('_', "."))
            }
            _ => None,
        }
    })
}

/// The base code of a brand stands for the brand only where no product of it was found.
fn settle_families(found: &mut Vec<Found<'_>>) {
    let families: Vec<SdkId> = found
        .iter()
        .filter(|f| f.sdk.listed || !f.detection.relocated)
        .filter_map(|f| f.sdk.family.clone())
        .collect();
    found.retain(|f| f.sdk.level != Level::Family || !families.contains(&f.sdk.id));
}

/// Names the SDK that brought another: its archives are known to carry that one, or the copy stands under it.
fn settle_carriers(found: &mut [Found<'_>], index: &Index<'_>) {
    let owner = |package: &str| match index.prefixes().get(index.prefix_of(package)?)?.owner {
        Owner::Sdk(one) => index.sdk(one).map(|sdk| sdk.id.clone()),
        Owner::App => None,
    };
    let carriers: Vec<(&SdkId, &[SdkId])> = found
        .iter()
        .filter(|f| !f.detection.relocated)
        .map(|f| (&f.sdk.id, f.sdk.carries.as_ref()))
        .collect();
    let carried: Vec<Option<SdkId>> = found
        .iter()
        .map(|f| {
            let carrier =
                carriers.iter().find(|(id, carries)| **id != f.sdk.id && carries.contains(&f.sdk.id));
            carrier.map(|(id, _)| (*id).clone()).or_else(|| f.host.as_deref().and_then(owner))
        })
        .collect();
    for (f, carrier) in found.iter_mut().zip(carried) {
        f.detection.carried_by = carrier;
    }
}
