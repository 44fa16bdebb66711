//! Manifest events -> permissions, components, meta-data: one reader for binary, protobuf and text manifests.

use super::codename;
use super::model::{App, Component, Manifest, MetaData, UsesPermission};
use super::split::Splits;
use crate::evidence::FeatureKind;
use crate::format::xml::{Element, Event, Value};
use crate::location::EntryPath;

/// Attribute ids (AOSP `public-final.xml`) with the names they have in text manifests.
const NAME: (u32, &str) = (0x0101_0003, "name");
const LABEL: (u32, &str) = (0x0101_0001, "label");
const PROCESS: (u32, &str) = (0x0101_0011, "process");
const AUTHORITIES: (u32, &str) = (0x0101_0018, "authorities");
const VALUE: (u32, &str) = (0x0101_0024, "value");
const RESOURCE: (u32, &str) = (0x0101_0025, "resource");
const MIN_SDK: (u32, &str) = (0x0101_020c, "minSdkVersion");
const VERSION_CODE: (u32, &str) = (0x0101_021b, "versionCode");
const VERSION_NAME: (u32, &str) = (0x0101_021c, "versionName");
const TARGET_SDK: (u32, &str) = (0x0101_0270, "targetSdkVersion");
const MAX_SDK: (u32, &str) = (0x0101_0271, "maxSdkVersion");
const VERSION_CODE_MAJOR: (u32, &str) = (0x0101_0576, "versionCodeMajor");
const SPLIT_NAME: (u32, &str) = (0x0101_0549, "splitName");
const IS_SPLIT_REQUIRED: (u32, &str) = (0x0101_0591, "isSplitRequired");
const REQUIRED_SPLIT_TYPES: (u32, &str) = (0x0101_064e, "requiredSplitTypes");
const SPLIT_TYPES: (u32, &str) = (0x0101_064f, "splitTypes");
const PACKAGE: (u32, &str) = (0, "package");
const SPLIT: (u32, &str) = (0, "split");

/// Turns a value into text: references are looked up, numbers written out. `None` leaves nothing to show.
pub type Resolve<'r> = &'r dyn Fn(&Value<'_>) -> Option<String>;

/// What one manifest says.
#[derive(Debug, Default)]
pub struct Read {
    /// Identity; the label is not resolved yet.
    pub app: App,
    /// Permissions, components and the rest.
    pub manifest: Manifest,
    /// The split set, as far as the manifest speaks of it.
    pub splits: Splits,
    /// Levels that are neither a number nor a known codename: attribute and value.
    pub unknown_levels: Vec<(&'static str, String)>,
    /// The label as written: text or a reference.
    pub label: Option<Value<'static>>,
    /// Elements seen.
    pub elements: usize,
    /// Names of activity aliases: components without a class of their own.
    pub aliases: Vec<String>,
}

/// Collects one manifest from its events.
pub struct Collector<'r> {
    at: EntryPath,
    resolve: Resolve<'r>,
    /// Open elements, outermost first.
    path: Vec<Tag>,
    out: Read,
}

/// Elements that matter as parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Manifest,
    Application,
    Component,
    Filter,
    Queries,
    QueriesIntent,
    Other,
}

impl<'r> Collector<'r> {
    /// A collector for the manifest at `at`.
    pub fn new(at: EntryPath, resolve: Resolve<'r>) -> Collector<'r> {
        Collector { at, resolve, path: Vec::new(), out: Read::default() }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(element) => {
                self.out.elements += 1;
                let tag = self.start(&element);
                self.path.push(tag);
            }
            Event::End => drop(self.path.pop()),
        }
    }

    /// What was collected.
    pub fn finish(mut self) -> Read {
        // The package name is an attribute of the root, so class names can only be completed afterwards when
        // an obfuscator put elements before it; the root comes first in every file Android reads.
        let manifest = &mut self.out.manifest;
        manifest.permissions.sort();
        manifest.declared_permissions.sort();
        manifest.declared_permissions.dedup();
        manifest.queries.sort();
        manifest.queries.dedup();
        manifest.uses_features.sort();
        manifest.uses_features.dedup();
        self.out
    }

    fn text(&self, element: &Element<'_>, (id, name): (u32, &str)) -> Option<String> {
        element.attribute(id, name).and_then(|value| (self.resolve)(value)).filter(|text| !text.is_empty())
    }

    fn number(&self, element: &Element<'_>, (id, name): (u32, &str)) -> Option<u32> {
        let value = element.attribute(id, name)?;
        value.integer().or_else(|| (self.resolve)(value)?.trim().parse().ok())
    }

    /// An API level: a number or a codename.
    fn level(&mut self, element: &Element<'_>, key: (u32, &'static str)) -> Option<u32> {
        let found = self.number(element, key);
        let text = if found.is_none() { self.text(element, key) } else { None };
        let named = text.as_deref().and_then(codename::level);
        if let (None, Some(text)) = (named, text) {
            self.out.unknown_levels.push((key.1, text));
        }
        found.or(named)
    }

    /// The comma-separated items of an attribute.
    fn list(&self, element: &Element<'_>, key: (u32, &str)) -> impl Iterator<Item = String> + use<> {
        let all = self.text(element, key).unwrap_or_default();
        let items: Vec<String> =
            all.split(',').map(|i| i.trim().to_owned()).filter(|i| !i.is_empty()).collect();
        items.into_iter()
    }

    /// Binary class name, completed as `android.content.pm.parsing.ParsingUtils.buildClassName` does.
    fn class(&self, name: String) -> String {
        match &self.out.app.id {
            Some(package) if name.starts_with('.') => format!("{package}{name}"),
            Some(package) if !name.contains('.') => format!("{package}.{name}"),
            _ => name,
        }
    }

    fn start(&mut self, element: &Element<'_>) -> Tag {
        let parent = self.path.last().copied();
        match (parent, element.name.as_ref()) {
            (None, _) => {
                self.root(element);
                Tag::Manifest
            }
            (Some(Tag::Manifest), name) => self.top(element, name),
            (Some(Tag::Application), name) => self.in_application(element, name),
            (Some(Tag::Component), "intent-filter") => Tag::Filter,
            (Some(Tag::Component), "meta-data") => {
                let item = self.meta_data(element);
                if let (Some(item), Some(component)) = (item, self.out.manifest.components.last_mut()) {
                    component.meta_data.push(item);
                }
                Tag::Other
            }
            (Some(Tag::Filter), "action") => {
                let action = self.text(element, NAME);
                if let (Some(action), Some(component)) = (action, self.out.manifest.components.last_mut())
                    && !component.actions.contains(&action)
                {
                    component.actions.push(action);
                }
                Tag::Other
            }
            (Some(Tag::Queries), "intent") => Tag::QueriesIntent,
            (Some(Tag::Queries), name @ ("package" | "provider")) => {
                let key = if name == "package" { NAME } else { AUTHORITIES };
                let found = self.text(element, key);
                self.out.manifest.queries.extend(found);
                Tag::Other
            }
            (Some(Tag::QueriesIntent), "action") => {
                let found = self.text(element, NAME);
                self.out.manifest.queries.extend(found);
                Tag::Other
            }
            _ => Tag::Other,
        }
    }

    fn root(&mut self, element: &Element<'_>) {
        let code = self.number(element, VERSION_CODE);
        let major = self.number(element, VERSION_CODE_MAJOR).unwrap_or(0);
        let split = self.text(element, SPLIT);
        self.out.splits = Splits {
            base: split.is_none(),
            given: split.into_iter().collect(),
            required: self.text(element, IS_SPLIT_REQUIRED).is_some_and(|v| v == "true"),
            required_types: self.list(element, REQUIRED_SPLIT_TYPES).collect(),
            types: self.list(element, SPLIT_TYPES).collect(),
            of_components: Default::default(),
        };
        self.out.app.id = self.text(element, PACKAGE);
        self.out.app.version_name = self.text(element, VERSION_NAME);
        self.out.app.version_code = code.map(|code| u64::from(major) << 32 | u64::from(code));
    }

    fn top(&mut self, element: &Element<'_>, name: &str) -> Tag {
        match name {
            "application" => {
                self.out.app.application_class =
                    self.text(element, NAME).map(|n| self.class(n)).or(self.out.app.application_class.take());
                let label = element.attribute(LABEL.0, LABEL.1).cloned().map(Value::into_owned);
                self.out.label = self.out.label.take().or(label);
                return Tag::Application;
            }
            "queries" => return Tag::Queries,
            "uses-sdk" => {
                self.out.app.min_sdk = self.level(element, MIN_SDK).or(self.out.app.min_sdk);
                self.out.app.target_sdk = self.level(element, TARGET_SDK).or(self.out.app.target_sdk);
            }
            "uses-permission" | "uses-permission-sdk-23" | "uses-permission-sdk-m" => {
                let Some(name) = self.text(element, NAME) else { return Tag::Other };
                let permission = UsesPermission {
                    max_sdk: self.number(element, MAX_SDK),
                    sdk23: element.name != "uses-permission",
                    at: self.at.clone(),
                    name,
                };
                merge_permission(&mut self.out.manifest.permissions, permission);
            }
            "permission" => {
                let found = self.text(element, NAME);
                self.out.manifest.declared_permissions.extend(found);
            }
            "uses-feature" => {
                let found = self.text(element, NAME);
                self.out.manifest.uses_features.extend(found);
            }
            _ => {}
        }
        Tag::Other
    }

    fn in_application(&mut self, element: &Element<'_>, name: &str) -> Tag {
        let kind = match name {
            "activity" | "activity-alias" => FeatureKind::Activity,
            "service" => FeatureKind::Service,
            "receiver" => FeatureKind::Receiver,
            "provider" => FeatureKind::Provider,
            "meta-data" => {
                let item = self.meta_data(element);
                self.out.manifest.meta_data.extend(item);
                return Tag::Other;
            }
            _ => return Tag::Other,
        };
        let class = self.text(element, NAME).map(|n| self.class(n)).unwrap_or_default();
        if name == "activity-alias" {
            self.out.aliases.push(class.clone());
        }
        let split = self.text(element, SPLIT_NAME);
        self.out.splits.of_components.extend(split);
        let authorities = self.text(element, AUTHORITIES).unwrap_or_default();
        self.out.manifest.components.push(Component {
            kind,
            class,
            authorities: authorities.split(';').filter(|a| !a.is_empty()).map(str::to_owned).collect(),
            actions: Vec::new(),
            meta_data: Vec::new(),
            process: self.text(element, PROCESS),
            at: self.at.clone(),
        });
        Tag::Component
    }

    fn meta_data(&self, element: &Element<'_>) -> Option<MetaData> {
        let name = self.text(element, NAME)?;
        Some(MetaData { name, value: self.text(element, VALUE).or_else(|| self.text(element, RESOURCE)) })
    }
}

/// Adds a permission once per (name, sdk23); of several, the widest `max_sdk` stays.
fn merge_permission(all: &mut Vec<UsesPermission>, new: UsesPermission) {
    match all.iter_mut().find(|p| p.name == new.name && p.sdk23 == new.sdk23) {
        Some(old) => old.max_sdk = old.max_sdk.zip(new.max_sdk).map(|(a, b)| a.max(b)),
        None => all.push(new),
    }
}

impl Read {
    /// Merges the manifest of a further part (split, module): the base, which comes first, keeps the identity.
    pub fn merge(&mut self, other: Read) {
        let base_first = self.splits.base || !other.splits.base;
        if !base_first {
            let old = std::mem::replace(self, other);
            return self.merge(old);
        }
        let app = &mut self.app;
        app.id = app.id.take().or(other.app.id);
        app.version_name = app.version_name.take().or(other.app.version_name);
        app.version_code = app.version_code.or(other.app.version_code);
        app.min_sdk = app.min_sdk.or(other.app.min_sdk);
        app.target_sdk = app.target_sdk.or(other.app.target_sdk);
        app.application_class = app.application_class.take().or(other.app.application_class);
        self.label = self.label.take().or(other.label);
        self.elements += other.elements;
        self.splits.merge(other.splits);
        self.unknown_levels.extend(other.unknown_levels);
        self.aliases.extend(other.aliases);
        let manifest = &mut self.manifest;
        other.manifest.permissions.into_iter().for_each(|p| merge_permission(&mut manifest.permissions, p));
        manifest.permissions.sort();
        manifest.components.extend(other.manifest.components);
        for item in other.manifest.meta_data {
            if !manifest.meta_data.contains(&item) {
                manifest.meta_data.push(item);
            }
        }
        for (into, from) in [
            (&mut manifest.declared_permissions, other.manifest.declared_permissions),
            (&mut manifest.queries, other.manifest.queries),
            (&mut manifest.uses_features, other.manifest.uses_features),
        ] {
            into.extend(from);
            into.sort();
            into.dedup();
        }
    }
}
