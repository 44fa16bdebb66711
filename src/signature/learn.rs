//! A vendor's archive -> a proposed signature file: its packages, components, permissions and libraries.

use super::cluster;
use super::index::{Index, Owner, merge};
use super::model::{Indicator, List, Sdk, SdkId, Status, Str};
use super::{Database, file};
use crate::evidence::FeatureKind;
use crate::inventory::Inventory;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The skeleton of a file, ready to be filled in.
pub fn skeleton(id: &str, category: &str) -> String {
    let mut sdk = Sdk::new(id.to_owned());
    sdk.name_zh = Cow::Owned(id.to_owned());
    sdk.name_en = Cow::Owned(id.to_owned());
    sdk.category = Cow::Owned(category.to_owned());
    sdk.status = Status::Draft;
    sdk.note = Some(Cow::Borrowed(
        "skeleton: fill in names, vendors, country, domains and what the vendor documents",
    ));
    sdk.indicators =
        List::Owned(vec![indicator(FeatureKind::Class, "com.example.sdk", "name the archive or document")]);
    file::write(&sdk)
}

/// A proposal from what `archive` holds. Packages that the database knows become `carries`; the rest is taken
/// for the vendor's own, to be judged by a person.
pub fn learn(id: &str, archive: &str, inventory: &Inventory, database: &Database) -> Sdk {
    let source = format!("archive {archive}");
    let index = Index::new(database);
    let mut packages: BTreeMap<String, u32> = BTreeMap::new();
    let mut carried: BTreeMap<&str, u32> = BTreeMap::new();
    for code in &inventory.code {
        merge(index.prefixes(), code.classes.iter(), |class, owner| {
            match owner.and_then(|i| index.prefixes().get(i)).map(|p| p.owner) {
                Some(Owner::Sdk(mark)) => {
                    if let Some(sdk) = index.sdk(mark) {
                        *carried.entry(sdk.id.as_str()).or_default() += 1;
                    }
                }
                _ if cluster::is_system(class) => {}
                _ => {
                    let package = class.rsplit_once('.').map_or("", |(p, _)| p);
                    if !package.is_empty() {
                        *packages.entry(cluster::project(package).to_owned()).or_default() += 1;
                    }
                }
            }
        });
    }
    let mut sdk = Sdk::new(id.to_owned());
    sdk.name_zh = Cow::Owned(id.to_owned());
    sdk.name_en = Cow::Owned(id.to_owned());
    sdk.status = Status::Stable;
    let mut indicators: Vec<Indicator> =
        packages.keys().map(|p| indicator(FeatureKind::Class, p, &source)).collect();
    let mut covered: BTreeSet<(FeatureKind, String)> = BTreeSet::new();
    for component in &inventory.manifest.components {
        if index.prefix_of(&component.class).is_none()
            && !packages.keys().any(|p| super::under(&component.class, p))
        {
            covered.insert((component.kind, component.class.clone()));
        }
        covered.extend(
            component
                .actions
                .iter()
                .filter(|a| !a.starts_with("android."))
                .map(|a| (FeatureKind::Action, a.clone())),
        );
    }
    covered.extend(inventory.libraries.iter().map(|l| (FeatureKind::NativeLib, l.name.clone())));
    indicators.extend(covered.iter().map(|(kind, value)| indicator(*kind, value, &source)));
    for data in &inventory.manifest.meta_data {
        let mut one = indicator(FeatureKind::MetaData, &data.name, &source);
        one.weak = true;
        indicators.push(one);
    }
    sdk.indicators = List::Owned(indicators);
    let permissions: BTreeSet<&str> =
        inventory.manifest.permissions.iter().map(|p| p.name.as_str()).collect();
    sdk.permissions = permissions.into_iter().map(|p| Cow::Owned(p.to_owned())).collect::<Vec<Str>>().into();
    sdk.documented = (!sdk.permissions.is_empty()).then(|| Cow::Owned(format!("manifest of {archive}")));
    sdk.carries = carried
        .keys()
        .filter(|c| **c != id)
        .map(|c| SdkId(Cow::Owned((*c).to_owned())))
        .collect::<Vec<_>>()
        .into();
    let counts: Vec<String> = packages.iter().map(|(p, n)| format!("{p}: {n}")).collect();
    let known: Vec<String> = carried.iter().map(|(id, n)| format!("{id}: {n}")).collect();
    let or_none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    sdk.note = Some(Cow::Owned(format!(
        "learned from {archive}; classes of its own by package: {}; classes of known SDKs: {}",
        or_none(counts),
        or_none(known)
    )));
    sdk
}

fn indicator(kind: FeatureKind, value: &str, source: &str) -> Indicator {
    Indicator {
        kind,
        value: Cow::Owned(value.to_owned()),
        weak: false,
        source: Cow::Owned(source.to_owned()),
        hits: Cow::Borrowed(&[]),
        misses: Cow::Borrowed(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{CodeFile, Names};
    use crate::location::EntryPath;

    #[test]
    fn a_skeleton_reads_back() {
        let (file, problems) = file::parse("push/my-push.toml", &skeleton("my-push", "push"));
        assert_eq!(problems, []);
        assert_eq!(file.map(|f| f.sdk.category.to_string()).as_deref(), Some("push"));
    }

    #[test]
    fn known_packages_are_carried_and_the_rest_is_proposed() {
        let mut known = Sdk::new("push");
        known.indicators = List::Owned(vec![indicator(FeatureKind::Class, "com.push", "a")]);
        let mut inventory = Inventory::default();
        inventory.code.push(CodeFile {
            path: EntryPath::root("a.aar").join("classes.jar"),
            loaded: true,
            classes: ["com.push.A", "com.vendor.sdk.B", "com.vendor.sdk.C", "kotlin.D"]
                .iter()
                .collect::<Names>(),
            references: Names::default(),
            class_count: 4,
        });
        let sdk = learn("vendor", "a.aar", &inventory, &Database::new(vec![known]));
        let prefixes: Vec<&str> = sdk.prefixes().collect();
        assert_eq!(prefixes, ["com.vendor"]);
        assert_eq!(sdk.carries.iter().map(SdkId::as_str).collect::<Vec<_>>(), ["push"]);
        let text = file::write(&sdk);
        assert_eq!(file::parse("x.toml", &text).1.len(), 0);
    }
}
