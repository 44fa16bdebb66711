//! The catalogue of sensitive APIs as static tables, built from `data/behaviour/*.toml` by the build script:
//! what each gives, what it needs, and what Android withholds.

use serde::Serialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What kind of thing in code an entry looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A call of a method, whatever its parameters.
    Method,
    /// A read or write of a field.
    Field,
    /// A class that extends the named one.
    Extends,
    /// A content URI.
    Uri,
    /// An intent action.
    Action,
    /// An intent action a receiver or service of the manifest waits for.
    Receiver,
    /// A key of the settings provider.
    Setting,
    /// A system property.
    Property,
    /// A class or method name that is looked up at run time.
    Reflection,
    /// A shell command.
    Command,
    /// A file path.
    Path,
    /// A service, provider or interface of a device maker.
    Service,
    /// A host, its subdomains included.
    Host,
    /// A function that native code imports.
    Symbol,
}

/// One thing in code that can give a data item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Id, unique and stable: `TelephonyManager.getDeviceId`, `uri:content://sms*`.
    pub id: &'static str,
    /// What it looks for.
    pub kind: Kind,
    /// Descriptor of the class of a method, field or superclass; empty for strings.
    pub class: &'static str,
    /// Name of the member, or the string.
    pub name: &'static str,
    /// Whether longer strings that begin so count too.
    pub prefix: bool,
    /// Id of the data item (`taxonomy`), or of one of the `PRACTICES`.
    pub item: &'static str,
    /// A hint only: the call has many other uses, or the user decides each time.
    pub weak: bool,
    /// Index in `COMPANIONS` of what must stand in the same method.
    #[serde(skip)]
    pub with: Option<usize>,
    /// Permissions needed, all that hold at an API level.
    pub needs: &'static [Need],
    /// Indexes in `RESTRICTIONS`.
    #[serde(skip)]
    pub restricted: &'static [usize],
    /// Where this is documented.
    pub source: &'static str,
}

/// A permission needed at some API levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Need {
    /// One of these is enough.
    pub any: &'static [&'static str],
    /// First API level of the device.
    pub from: u8,
    /// Last API level of the device; 255 goes on.
    pub to: u8,
}

/// What Android does instead of giving the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A fixed dummy.
    Constant,
    /// An exception or nothing.
    Denied,
    /// Null.
    Null,
    /// Nothing in a list.
    Empty,
    /// The caller's own only.
    Own,
    /// Only while the app is in front or the user agrees.
    Foreground,
    /// A value that differs per app.
    PerApp,
    /// A part.
    Filtered,
}

impl Effect {
    /// Whether an ordinary app learns nothing about the device or the user any more.
    pub fn withholds(self) -> bool {
        matches!(self, Effect::Constant | Effect::Denied | Effect::Null | Effect::Empty | Effect::Own)
    }
}

/// A change in Android that withholds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Restriction {
    /// Id, kebab-case.
    pub id: &'static str,
    /// First API level of devices that do it.
    pub device: u8,
    /// First target SDK it is done to; 0 is all.
    pub target: u8,
    /// What is done.
    pub effect: Effect,
    /// One sentence, Chinese.
    pub zh: &'static str,
    /// One sentence, English.
    pub en: &'static str,
    /// Where this is documented.
    pub source: &'static str,
}

/// Calls and strings that give a string or call its meaning when they stand in the same method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Companion {
    /// Id, kebab-case.
    pub id: &'static str,
    /// Class descriptor and method name.
    pub calls: &'static [(&'static str, &'static str)],
    /// Exact strings.
    pub strings: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/behaviour_catalogue.rs"));

/// Things code can do that are no data item: id, Chinese, English. Sorted by id.
pub static PRACTICES: &[(&str, &str, &str)] = &[
    ("app-wake", "启动其他应用", "starting other apps"),
    ("biometric-check", "调用系统生物识别验证", "asking the system for a biometric check"),
    ("call-state", "通话状态", "call state"),
    ("cross-border", "境外服务地址", "hosts of services run abroad"),
    ("device-control", "设备管理器", "device administration"),
    ("network-traffic", "网络流量（VPN）", "network traffic (VPN)"),
    ("notification-content", "其他应用的通知内容", "notifications of other apps"),
    ("screen-content", "屏幕内容", "screen content"),
    ("self-start", "自启动", "self-start"),
    ("sms-send", "发送短信", "sending SMS"),
    ("user-dictionary", "用户词典", "user dictionary"),
];

impl Entry {
    /// The permissions needed on a device of API level `level`: all needs, each any of its names.
    pub fn needs_at(&self, level: u32) -> impl Iterator<Item = &'static Need> {
        self.needs.iter().filter(move |n| (u32::from(n.from)..=u32::from(n.to)).contains(&level))
    }

    /// What Android withholds from an app that targets `target`, on devices new enough; without a target
    /// only what is withheld from every app.
    pub fn restrictions(&self, target: Option<u32>) -> impl Iterator<Item = &'static Restriction> {
        let target = target.unwrap_or(0);
        self.restricted
            .iter()
            .filter_map(|i| RESTRICTIONS.get(*i))
            .filter(move |r| u32::from(r.target) <= target)
    }

    /// Last API level of devices that still give the value to an app that targets `target`; `None` is all.
    pub fn given_until(&self, target: Option<u32>) -> Option<u8> {
        self.restrictions(target).filter(|r| r.effect.withholds()).map(|r| r.device.saturating_sub(1)).min()
    }
}

/// The entry with this id.
pub fn get(id: &str) -> Option<&'static Entry> {
    ENTRIES.binary_search_by(|e| e.id.cmp(id)).ok().and_then(|i| ENTRIES.get(i))
}

/// The entry for an intent action that a component of the manifest waits for.
pub fn action(action: &str) -> Option<&'static Entry> {
    match INDEX.receivers.get(action)? {
        Mark::Entry(i) => ENTRIES.get(usize::from(*i)),
        Mark::Companion(_) => None,
    }
}

/// Name of a data item or practice in both languages: Chinese, English.
pub fn item_name(item: &str) -> Option<(&'static str, &'static str)> {
    let practice = || PRACTICES.iter().find(|p| p.0 == item).map(|p| (p.1, p.2));
    crate::taxonomy::get(item).map(|i| (i.zh, i.en)).or_else(practice)
}

/// What was met in code: an entry, or a companion of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Index in `ENTRIES`.
    Entry(u16),
    /// Index in `COMPANIONS`.
    Companion(u8),
}

/// Marks of one class by member name.
#[derive(Debug, Default)]
pub(crate) struct ClassMarks {
    pub(crate) methods: Vec<(&'static str, Mark)>,
    pub(crate) fields: Vec<(&'static str, Mark)>,
    pub(crate) extends: Option<Mark>,
}

/// The catalogue turned round, for lookups.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By class descriptor.
    pub(crate) classes: HashMap<&'static str, ClassMarks>,
    /// Strings: text, whether a prefix, mark.
    pub(crate) strings: Vec<(&'static str, bool, Mark)>,
    /// Hosts.
    pub(crate) hosts: HashMap<&'static str, Mark>,
    /// Actions that components of the manifest wait for.
    pub(crate) receivers: HashMap<&'static str, Mark>,
}

/// The index, made at first use.
pub(crate) static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::default();
    for (i, entry) in ENTRIES.iter().enumerate() {
        let mark = Mark::Entry(u16::try_from(i).unwrap_or(u16::MAX));
        match entry.kind {
            Kind::Method => index.class(entry.class).methods.push((entry.name, mark)),
            Kind::Field => index.class(entry.class).fields.push((entry.name, mark)),
            Kind::Extends => index.class(entry.class).extends = Some(mark),
            Kind::Host => drop(index.hosts.insert(entry.name, mark)),
            Kind::Receiver => drop(index.receivers.insert(entry.name, mark)),
            // Native code only.
            Kind::Symbol => {}
            Kind::Action => {
                index.receivers.insert(entry.name, mark);
                index.strings.push((entry.name, entry.prefix, mark));
            }
            _ => index.strings.push((entry.name, entry.prefix, mark)),
        }
    }
    for (i, companion) in COMPANIONS.iter().enumerate() {
        let mark = Mark::Companion(u8::try_from(i).unwrap_or(u8::MAX));
        for (class, name) in companion.calls {
            index.class(class).methods.push((name, mark));
        }
        index.strings.extend(companion.strings.iter().map(|s| (*s, false, mark)));
    }
    index
});

impl Index {
    fn class(&mut self, descriptor: &'static str) -> &mut ClassMarks {
        self.classes.entry(descriptor).or_default()
    }

    /// The mark of a host or of the domain it lies under.
    pub(crate) fn host(&self, host: &str) -> Option<Mark> {
        let mut rest = host;
        loop {
            if let Some(mark) = self.hosts.get(rest) {
                return Some(*mark);
            }
            (_, rest) = rest.split_once('.')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_catalogue_is_large_sorted_and_named() {
        assert!(ENTRIES.len() >= 700, "{}", ENTRIES.len());
        assert!(ENTRIES.is_sorted_by(|a, b| a.id < b.id));
        assert!(RESTRICTIONS.is_sorted_by(|a, b| a.id < b.id));
        assert!(PRACTICES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(COMPANIONS.len() <= 32, "the walk keeps companions in 32 bits");
        let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
        for entry in ENTRIES {
            *kinds.entry(entry.kind).or_default() += 1;
            assert!(
                item_name(entry.item).is_some(),
                "{}: no data item or practice `{}`",
                entry.id,
                entry.item
            );
            assert!(!entry.source.is_empty() && entry.name.is_ascii(), "{}", entry.id);
            assert_eq!(get(entry.id), Some(entry));
        }
        assert_eq!(kinds.len(), 14, "{kinds:?}");
    }

    /// Permissions of modules that are updated apart from the platform, and are not in the table.
    const OF_MODULES: [&str; 3] = [
        "android.permission.ACCESS_ADSERVICES_AD_ID",
        "android.permission.health.READ_HEART_RATE",
        "android.permission.health.READ_STEPS",
    ];

    #[test]
    fn permissions_exist_at_the_levels_they_are_needed_at() {
        use crate::permission::{self, LAST_API};
        let mut wrong = Vec::new();
        for entry in ENTRIES {
            for need in entry.needs {
                for name in need.any.iter().filter(|n| !OF_MODULES.contains(n)) {
                    let Some(known) = permission::get(name) else {
                        wrong.push(format!("{}: {name} is unknown", entry.id));
                        continue;
                    };
                    let last = need.to.min(LAST_API);
                    let missing: Vec<u8> = (need.from..=last).filter(|api| !known.exists(*api)).collect();
                    if known.vendor.is_none() && !missing.is_empty() {
                        wrong.push(format!("{}: {name} does not exist at {missing:?}", entry.id));
                    }
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn no_practice_is_a_data_item_and_each_is_used() {
        for (id, ..) in PRACTICES {
            assert!(crate::taxonomy::get(id).is_none(), "{id}");
            assert!(ENTRIES.iter().any(|e| e.item == *id), "{id}");
        }
    }

    #[test]
    fn values_withheld_depend_on_the_target() {
        let imei = get("TelephonyManager.getDeviceId").expect("an entry");
        assert_eq!(imei.given_until(Some(34)), Some(28));
        let packages = get("PackageManager.getInstalledPackages").expect("an entry");
        assert_eq!(packages.given_until(Some(34)), None);
        assert_eq!(packages.restrictions(Some(29)).count(), 0);
        assert_eq!(packages.restrictions(Some(30)).count(), 1);
        let mac = get("NetworkInterface.getHardwareAddress").expect("an entry");
        assert_eq!((mac.given_until(Some(29)), mac.given_until(Some(30))), (None, Some(29)));
        let names: Vec<_> = imei.needs_at(28).flat_map(|n| n.any).collect();
        assert_eq!(names, [&"android.permission.READ_PHONE_STATE"]);
    }

    #[test]
    fn hosts_cover_their_subdomains() {
        assert!(INDEX.host("t.appsflyer.com").is_some());
        assert!(INDEX.host("appsflyer.com").is_some());
        assert!(INDEX.host("notappsflyer.com").is_none());
    }
}
