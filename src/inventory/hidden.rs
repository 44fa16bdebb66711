//! Signs that the code in sight is not the app's code: packers, missing parts, renamed packages.
//!
//! Nothing here names a packer; signatures do. One sign alone is never enough to call an app packed.

use super::dynamic;
use super::head::Head;
use super::model::{CodeFile, Inventory};
use super::names::package_of;
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::{EntryPath, Location};
use crate::package::Entry;

/// Opaque files smaller than this are settings and keys, not code.
const PAYLOAD: u64 = 32 << 10;

/// Files whose first bytes tell of hidden code.
#[derive(Default)]
pub(super) struct Suspects<'p> {
    /// Files that are no manifest, dex, library or resource table, and what they are where it is known already:
    /// the others are looked at when there is something to explain, which few packages give reason for.
    files: Vec<(Entry<'p>, Option<Head>)>,
    /// Sizes of dex files as stated by the archive.
    dex_bytes: u64,
    /// Bytes behind the last section of dex files.
    trailing: u64,
}

/// What the first bytes of files tell.
#[derive(Default)]
struct Payload {
    /// Bytes of files of no known kind, and the largest of them.
    opaque: u64,
    largest: Option<(u64, EntryPath)>,
    /// A native library outside the directories Android loads libraries from.
    stray_library: Option<EntryPath>,
}

impl<'p> Suspects<'p> {
    /// Takes note of a file that is no manifest, dex, library or resource.
    pub fn note(&mut self, entry: Entry<'p>, head: Option<Head>) {
        self.files.push((entry, head));
    }

    /// Takes note of a dex that the runtime loads.
    pub fn dex(&mut self, entry: &Entry<'_>) {
        self.dex_bytes = self.dex_bytes.saturating_add(entry.claimed_size());
    }

    /// Takes note of bytes in a dex that belong to no part of it.
    pub fn trailing(&mut self, bytes: u64) {
        self.trailing = self.trailing.saturating_add(bytes);
    }

    /// Looks at all files noted.
    fn payload(&self) -> Payload {
        let mut out = Payload::default();
        for (entry, head) in &self.files {
            let size = entry.claimed_size();
            match head.unwrap_or_else(|| Head::of(entry)) {
                Head::Opaque if size >= PAYLOAD => {
                    out.opaque = out.opaque.saturating_add(size);
                    if out.largest.as_ref().is_none_or(|(most, _)| size > *most) {
                        out.largest = Some((size, entry.path()));
                    }
                }
                Head::Elf => out.stray_library = out.stray_library.take().or_else(|| Some(entry.path())),
                _ => {}
            }
        }
        out
    }
}

/// What the inventory cannot show of the code.
pub(super) fn limitations(
    inventory: &Inventory,
    aliases: &[String],
    suspects: &Suspects<'_>,
) -> Vec<Limitation> {
    // A library may leave its components to whoever builds an app with it.
    let installed = inventory.parts.first().is_some_and(|p| !matches!(p.kind, "aar" | "jar"));
    let mut out = Vec::new();
    if installed {
        out.extend(hidden_code(inventory, aliases, suspects));
    }
    out.extend(renamed(inventory));
    out.extend(dynamic::limitations(inventory));
    out
}

/// Components of the manifest that should have a class here, and how many have none.
struct Components {
    all: usize,
    missing: usize,
    first_missing: Option<String>,
}

fn components(inventory: &Inventory, aliases: &[String]) -> Components {
    let mut out = Components { all: 0, missing: 0, first_missing: None };
    for component in &inventory.manifest.components {
        if component.class.is_empty() || of_the_system(&component.class) || aliases.contains(&component.class)
        {
            continue;
        }
        out.all += 1;
        if !defined(inventory, &component.class) {
            out.missing += 1;
            out.first_missing.get_or_insert_with(|| component.class.clone());
        }
    }
    out
}

fn defined(inventory: &Inventory, class: &str) -> bool {
    inventory.code.iter().any(|c| c.classes.contains(class))
}

/// Classes that Android itself brings.
fn of_the_system(class: &str) -> bool {
    class.starts_with("android.")
        && !class.starts_with("android.support.")
        && !class.starts_with("android.arch.")
}

fn hidden_code(inventory: &Inventory, aliases: &[String], suspects: &Suspects<'_>) -> Option<Limitation> {
    let loaded: Vec<&CodeFile> = inventory.code.iter().filter(|c| c.loaded).collect();
    let classes: u32 = loaded.iter().map(|c| c.class_count).sum();
    let components = components(inventory, aliases);
    let at = inventory.parts.first().map(|p| Location::entry(&p.path))?;
    if loaded.is_empty() || classes == 0 {
        // No code at all, and a manifest that asks for some.
        return (components.missing > 0).then(|| missing_code(at, &components));
    }
    let application = inventory.app.application_class.as_deref();
    let application_missing = application.is_some_and(|a| !of_the_system(a) && !defined(inventory, a));
    let most_missing = components.missing * 2 > components.all;
    if !application_missing && !most_missing {
        return None;
    }
    let files = suspects.payload();
    // Compilers write one to two KiB a class; a stub that carries its payload has far more.
    let heavy = suspects.dex_bytes >= 200 << 10 && suspects.dex_bytes / u64::from(classes) >= 6 << 10;
    let outweighed = files.opaque > suspects.dex_bytes / 2;
    let appended = suspects.trailing >= PAYLOAD;
    let payload = heavy || appended || outweighed || files.stray_library.is_some();
    if !(payload || application_missing && (most_missing || components.all == 0)) {
        return Some(missing_code(at, &components)).filter(|_| most_missing);
    }
    let mut zh = Vec::new();
    let mut en = Vec::new();
    if let Some(class) = application.filter(|_| application_missing) {
        zh.push(format!("应用入口类 {class} 不在任何 dex 中"));
        en.push(format!("the application class {class} is in no dex"));
    }
    if most_missing {
        zh.push(format!("清单的 {} 个组件中有 {} 个找不到类", components.all, components.missing));
        en.push(format!("{} of {} manifest components have no class", components.missing, components.all));
    }
    if heavy {
        zh.push(format!("dex 共 {} 字节却只有 {classes} 个类", suspects.dex_bytes));
        en.push(format!("{} bytes of dex hold only {classes} classes", suspects.dex_bytes));
    }
    if appended {
        zh.push(format!("dex 末尾附有 {} 字节不属于 dex 的数据", suspects.trailing));
        en.push(format!("{} bytes follow the end of the dex data", suspects.trailing));
    }
    if let Some((size, path)) = files.largest.as_ref().filter(|_| outweighed) {
        zh.push(format!("{} 是 {size} 字节的未知格式数据", path.entry()));
        en.push(format!("{} is {size} bytes of no known format", path.entry()));
    }
    if let Some(path) = &files.stray_library {
        zh.push(format!("{} 是库目录之外的本地库", path.entry()));
        en.push(format!("{} is a native library outside the library directories", path.entry()));
    }
    Some(Limitation {
        kind: LimitationKind::Packed,
        at,
        hides: Some(Hidden::Code),
        detail: Text::new(
            format!("应用疑似加固,真实代码不可见:{}。dex 中未发现不代表不存在", zh.join(";")),
            format!(
                "the app looks packed and its own code cannot be seen: {}; what is absent from the dex proves nothing",
                en.join("; ")
            ),
        ),
    })
}

fn missing_code(at: Location, components: &Components) -> Limitation {
    let first = components.first_missing.as_deref().unwrap_or_default();
    let (missing, all) = (components.missing, components.all);
    Limitation {
        kind: LimitationKind::MissingPart,
        at,
        hides: Some(Hidden::Code),
        detail: Text::new(
            format!(
                "清单的 {all} 个组件中有 {missing} 个(如 {first})在包内找不到类:代码被隐藏,或缺少安装包的一部分"
            ),
            format!(
                "{missing} of {all} manifest components ({first} for one) have no class in the package: code is hidden, or a part of the package is not here"
            ),
        ),
    }
}

/// Smallest number of classes of which a share says something.
const FEW: u32 = 50;

fn renamed(inventory: &Inventory) -> Option<Limitation> {
    let (mut all, mut renamed) = (0u32, 0u32);
    // Neighbours in a sorted list share their package.
    let mut known = ("", false);
    for class in inventory.code.iter().filter(|c| c.loaded).flat_map(|c| c.classes.iter()) {
        let package = package_of(class);
        if package.is_empty() {
            known = ("", is_renamed(class));
        } else if package != known.0 {
            known = (package, is_renamed(class));
        }
        all += 1;
        renamed += u32::from(known.1);
    }
    if all < FEW || renamed * 2 < all {
        return None;
    }
    let at = Location::entry(&inventory.parts.first()?.path);
    let percent = u64::from(renamed) * 100 / u64::from(all);
    Some(Limitation {
        kind: LimitationKind::Obfuscated,
        at,
        hides: None,
        detail: Text::new(
            format!(
                "{percent}% 的类({all} 个中的 {renamed} 个)包名已被混淆,按包名识别只能发现保留原名的 SDK"
            ),
            format!(
                "{percent}% of the classes ({renamed} of {all}) have renamed packages; prefixes find only SDKs that kept their names"
            ),
        ),
    })
}

/// Whether a shrinker made up the package of `class`: no package at all and a short name, or only segments of one
/// or two letters (one-letter roots are never registered names), or letters that are meant to be confused.
pub(super) fn is_renamed(class: &str) -> bool {
    let Some((package, _)) = class.rsplit_once('.') else {
        return class.split('$').next().is_some_and(|name| name.len() <= 3);
    };
    let confusable = |s: &str| {
        s.len() >= 3
            && (s.bytes().all(|b| matches!(b, b'o' | b'O' | b'0'))
                || s.bytes().all(|b| matches!(b, b'i' | b'I' | b'l' | b'L' | b'1')))
    };
    package.split('.').all(|s| s.len() <= 2)
        || package.split('.').next().is_some_and(|root| root.len() == 1)
        || package.split('.').any(confusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renamed_packages_are_told_from_short_ones() {
        for class in ["a", "a.b.c", "ab.cd.Ef", "a$b", "o.setPosition", "com.x.OOO0O.a", "aab$c"] {
            assert!(is_renamed(class), "{class}");
        }
        for class in ["com.umeng.a.b", "Main", "cn.jpush.A", "u2.app.Main", "io.reactivex.A"] {
            assert!(!is_renamed(class), "{class}");
        }
    }
}
