//! Classes that no signature claims -> clusters by package prefix: the app's own, renamed, unknown.

use super::PackageCluster;
use super::model::under;
use crate::evidence::FeatureKind;
use crate::inventory::{Inventory, package_of};
use crate::location::EntryPath;
use std::collections::BTreeMap;

/// Platform and language runtime packages: never a third party's code. Sorted, none under another.
const SYSTEM: &[&str] = &[
    "android",
    "androidx",
    "com.android.internal",
    "com.google.android.material",
    "dalvik",
    "j$",
    "java",
    "javax",
    "jdk",
    "kotlin",
    "kotlinx",
    "libcore",
    "org.intellij",
    "org.jetbrains",
    "org.json",
    "org.w3c.dom",
    "org.xml.sax",
    "org.xmlpull",
    "sun",
];

/// Prefixes that many unrelated projects publish under; what follows them names the project.
const SHARED: &[&str] = &[
    "com.alibaba",
    "com.android",
    "com.baidu",
    "com.bytedance",
    "com.facebook",
    "com.gitee",
    "com.github",
    "com.google",
    "com.google.android",
    "com.googlecode",
    "com.huawei",
    "com.microsoft",
    "com.netease",
    "com.qihoo",
    "com.samsung",
    "com.squareup",
    "com.tencent",
    "com.xiaomi",
    "io.github",
    "me.zhanghai",
    "net.sourceforge",
    "org.apache",
    "org.eclipse",
];

/// Generic first segments of package names besides two-letter country domains.
const TOP_LEVEL: &[&str] = &[
    "app", "biz", "club", "com", "dev", "edu", "gov", "info", "ink", "mobi", "name", "net", "online", "org",
    "pro", "pub", "site", "tech", "top", "vip", "www", "xyz",
];

/// Second-level registry domains under a country domain: `jp.co`, `cn.com`, `uk.org`.
const SECOND_LEVEL: &[&str] = &["ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"];

/// Whether `name` belongs to the platform or a language runtime.
pub(super) fn is_system(name: &str) -> bool {
    // Every class passes here: of sorted packages none but the last one that does not stand behind the name can hold it.
    let behind = SYSTEM.partition_point(|s| *s <= name);
    behind.checked_sub(1).and_then(|i| SYSTEM.get(i)).is_some_and(|s| under(name, s))
}

/// The first `n` segments of a name; all of it when it has fewer.
fn segments(name: &str, n: usize) -> &str {
    name.match_indices('.').nth(n.saturating_sub(1)).map_or(name, |(at, _)| name.get(..at).unwrap_or(name))
}

/// Whether the first segment is a domain's top level, so that an owner's name follows it.
fn is_domain(name: &str) -> bool {
    let first = segments(name, 1);
    TOP_LEVEL.contains(&first) || (first.len() == 2 && first.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The prefix that names a package's developer: `com.chanfinecloud`, `jp.co.cyberagent`, `butterknife`.
pub(super) fn developer(package: &str) -> &str {
    if !is_domain(package) {
        return segments(package, 1);
    }
    let mut parts = package.split('.');
    let country = parts.next().is_some_and(|p| p.len() == 2);
    let registry = country && parts.next().is_some_and(|p| SECOND_LEVEL.contains(&p));
    segments(package, if registry { 3 } else { 2 })
}

/// Whether a shrinker made the name up: no package, a first segment of one or two characters that is no country
/// domain with an owner's name after it, or a domain with one letter after it.
fn is_renamed(package: &str) -> bool {
    let mut parts = package.split('.');
    let (Some(first), second) = (parts.next(), parts.next().unwrap_or("")) else { return true };
    first.len() < 2
        || (first.len() == 2 && !(is_domain(package) && second.len() > 2))
        || (is_domain(package) && second.len() == 1)
}

/// The app's own prefixes: `given` by the user, the application id, and the packages of the application
/// class and of the launcher, widened to the developer's prefix where no known SDK lives under that.
pub(super) fn own_prefixes(
    inventory: &Inventory,
    given: &[String],
    claimed: impl Fn(&str) -> bool,
    has_under: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut out: Vec<String> = given.iter().map(|p| p.trim_end_matches(['.', '*']).to_owned()).collect();
    let launchers = inventory.manifest.components.iter().filter(|c| {
        c.kind == FeatureKind::Activity && c.actions.iter().any(|a| a == "android.intent.action.MAIN")
    });
    let classes = inventory.app.application_class.iter().chain(launchers.map(|c| &c.class));
    let packages = classes
        .filter(|class| !claimed(class) && !is_system(class))
        .filter_map(|class| class.rsplit_once('.').map(|(package, _)| package));
    for package in inventory.app.id.as_deref().into_iter().chain(packages) {
        if is_renamed(package) || is_system(package) {
            continue;
        }
        let developer = developer(package);
        let wide = !SHARED.contains(&developer) && !has_under(developer);
        out.push(if wide { developer } else { package }.to_owned());
    }
    out.retain(|p| !p.is_empty());
    out.sort();
    out.dedup();
    out
}

/// Classes nobody claims, counted by package.
#[derive(Debug, Default)]
pub(super) struct Unclaimed<'a> {
    packages: BTreeMap<&'a str, (u32, Option<&'a EntryPath>)>,
    /// The package being counted: neighbours in a sorted list share theirs.
    current: &'a str,
    counted: u32,
    at: Option<&'a EntryPath>,
}

/// Fewest classes of a cluster worth naming.
const MIN_CLASSES: u32 = 5;

impl<'a> Unclaimed<'a> {
    /// Counts one class found in the dex at `at`.
    pub fn add(&mut self, class: &'a str, at: &'a EntryPath) {
        let package = package_of(class);
        if package != self.current || !self.at.is_some_and(|a| std::ptr::eq(a, at)) {
            self.settle();
            (self.current, self.at) = (package, Some(at));
        }
        self.counted += 1;
    }

    fn settle(&mut self) {
        let counted = std::mem::take(&mut self.counted);
        if counted > 0 {
            let (count, first) = self.packages.entry(self.current).or_default();
            *count += counted;
            *first = first.or(self.at);
        }
    }

    /// Unknown third-party clusters and renamed ones, largest first.
    pub fn clusters(mut self) -> (Vec<PackageCluster>, Vec<PackageCluster>) {
        self.settle();
        let mut groups: BTreeMap<&str, Group<'a>> = BTreeMap::new();
        for (package, (count, at)) in self.packages {
            if is_system(package) {
                continue;
            }
            let renamed = is_renamed(package);
            let key = if renamed && !is_domain(package) { segments(package, 1) } else { project(package) };
            let group = groups.entry(key).or_insert(Group { common: package, classes: 0, at, renamed });
            group.common = common(group.common, package);
            group.classes += count;
        }
        let mut unknown = Vec::new();
        let mut renamed = Vec::new();
        for (key, group) in groups {
            let Some(at) = group.at else { continue };
            let deepest = segments(group.common, 3);
            let prefix = if group.renamed || deepest.len() < key.len() { key } else { deepest };
            let cluster =
                PackageCluster { prefix: prefix.to_owned(), classes: group.classes, at: at.clone() };
            match group.renamed {
                true => renamed.push(cluster),
                false if cluster.classes >= MIN_CLASSES => unknown.push(cluster),
                false => {}
            }
        }
        sort(&mut unknown);
        sort(&mut renamed);
        (unknown, renamed)
    }
}

struct Group<'a> {
    /// Longest package that all of the group lie under.
    common: &'a str,
    classes: u32,
    at: Option<&'a EntryPath>,
    renamed: bool,
}

/// Largest first.
pub(super) fn sort(clusters: &mut [PackageCluster]) {
    clusters.sort_by(|a, b| b.classes.cmp(&a.classes).then_with(|| a.prefix.cmp(&b.prefix)));
}

/// The developer's prefix, or one segment more for each prefix that unrelated projects share.
pub(super) fn project(package: &str) -> &str {
    let mut prefix = developer(package);
    while SHARED.contains(&prefix) && prefix.len() < package.len() {
        prefix = segments(package, prefix.split('.').count() + 1);
    }
    prefix
}

/// The longest package both lie under.
fn common<'a>(a: &'a str, b: &str) -> &'a str {
    let mut end = 0;
    for (at, _) in a.match_indices('.').chain([(a.len(), "")]) {
        match a.get(..at) {
            Some(head) if under(b, head) => end = at,
            _ => break,
        }
    }
    a.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_known_by_its_packages() {
        for pair in SYSTEM.windows(2) {
            assert!(pair[0] < pair[1] && !under(pair[1], pair[0]), "{pair:?}");
        }
        let names = [
            "android.app.A",
            "android",
            "androidx.a.B",
            "androids.A",
            "j$.util.A",
            "java$x",
            "javax.a.B",
            "jaa.A",
        ];
        let others = [
            "kotlin-x.A",
            "com.android.internal.A",
            "com.android.A",
            "zzz.A",
            "a.A",
            "org.xml.A",
            "sun.misc.B",
        ];
        for name in names.into_iter().chain(others).chain(SYSTEM.iter().copied()) {
            assert_eq!(is_system(name), SYSTEM.iter().any(|s| under(name, s)), "{name}");
        }
    }

    #[test]
    fn developers_are_named_by_domain() {
        for (package, expected) in [
            ("com.chanfinecloud.cfl.ui", "com.chanfinecloud"),
            ("jp.co.cyberagent.android", "jp.co.cyberagent"),
            ("butterknife.internal", "butterknife"),
            ("io.netty.buffer", "io.netty"),
            ("www.xqjtqy.com", "www.xqjtqy"),
        ] {
            assert_eq!(developer(package), expected);
        }
    }

    #[test]
    fn short_first_segments_are_renamed_unless_a_country_domain() {
        for (package, expected) in [
            ("", true),
            ("a.b", true),
            ("com.b.a", true),
            ("c5", true),
            ("io.netty", false),
            ("de.a", true),
            ("bolts", false),
        ] {
            assert_eq!(is_renamed(package), expected, "{package}");
        }
    }

    #[test]
    fn clusters_group_by_project_and_name_the_deepest_common_package() {
        let at = EntryPath::root("a.apk").join("classes.dex");
        let mut unclaimed = Unclaimed::default();
        for (package, n) in [
            ("com.github.mikephil.charting.data", 6),
            ("com.github.promeg.pinyin", 5),
            ("com.lzy.okgo.cache", 3),
            ("com.lzy.okgo.request", 4),
            ("butterknife", 9),
            ("androidx.core", 9),
            ("a.b", 2),
            ("com.tiny", 1),
        ] {
            let names: Vec<String> = (0..n).map(|i| format!("{package}.C{i}")).collect();
            names.iter().for_each(|n| unclaimed.add(Box::leak(n.clone().into_boxed_str()), &at));
        }
        let (unknown, renamed) = unclaimed.clusters();
        let shown: Vec<(&str, u32)> = unknown.iter().map(|c| (c.prefix.as_str(), c.classes)).collect();
        assert_eq!(
            shown,
            [("butterknife", 9), ("com.lzy.okgo", 7), ("com.github.mikephil", 6), ("com.github.promeg", 5)]
        );
        assert_eq!(renamed.len(), 1);
    }
}
