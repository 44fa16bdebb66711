//! Splits: what the manifests of a set say belongs to the app, against what was given.
//! Source: AOSP `public-final.xml` (`requiredSplitTypes`, API 33), bundletool's `splits0.xml` and meta-data.

use super::model::Inventory;
use crate::format::any_xml;
use crate::format::xml::{Event, Value};
use crate::lang::Text;
use crate::limitation::{Hidden, Limitation, LimitationKind};
use crate::location::Location;
use crate::package::{Buffer, Package};
use std::collections::BTreeSet;

/// Meta-data that names the resource with all splits of the app.
const LIST: &str = "com.android.vending.splits";
/// Meta-data of older bundles: the base does not work alone.
const REQUIRED: &str = "com.android.vending.splits.required";
/// Meta-data with the modules that were merged into the base.
const FUSED: &str = "com.android.dynamic.apk.fused.modules";

/// What manifests say about the set they belong to.
#[derive(Debug, Default)]
pub struct Splits {
    /// A manifest without `split` was read.
    pub base: bool,
    /// Names of the splits that were read.
    pub given: BTreeSet<String>,
    /// `isSplitRequired`.
    pub required: bool,
    /// `requiredSplitTypes`: `base__abi`, `base__density`.
    pub required_types: BTreeSet<String>,
    /// `splitTypes` of what was read.
    pub types: BTreeSet<String>,
    /// Splits that hold components (`splitName`).
    pub of_components: BTreeSet<String>,
}

impl Splits {
    /// Takes in what a further manifest says.
    pub fn merge(&mut self, other: Splits) {
        self.base |= other.base;
        self.required |= other.required;
        self.given.extend(other.given);
        self.required_types.extend(other.required_types);
        self.types.extend(other.types);
        self.of_components.extend(other.of_components);
    }
}

/// Parts of the app that its manifests speak of and that were not given.
pub(super) fn missing(package: &Package, inventory: &Inventory, splits: &Splits) -> Vec<Limitation> {
    let Some(at) = inventory.parts.first().map(|p| Location::entry(&p.path)) else { return Vec::new() };
    if !splits.base {
        return if splits.given.is_empty() { Vec::new() } else { without_base(&at, splits) };
    }
    let value = |name: &str| {
        let found = inventory.manifest.meta_data.iter().find(|m| m.name == name);
        found.and_then(|m| m.value.as_deref())
    };
    let fused: BTreeSet<&str> = value(FUSED).unwrap_or_default().split(',').map(str::trim).collect();
    let listed = value(LIST).map(|path| listed(package, path)).unwrap_or_default();

    let mut modules: BTreeSet<&str> = splits.of_components.iter().map(String::as_str).collect();
    modules.extend(listed.modules.iter().map(String::as_str));
    let mut abi = false;
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for wanted in splits.required_types.difference(&splits.types) {
        match wanted.rsplit_once("__") {
            Some((_, "abi")) => abi = true,
            Some((module, "module")) => drop(modules.insert(module)),
            Some((_, "density" | "language" | "texture" | "tier" | "countries")) => {
                others.insert(wanted);
            }
            _ => drop(modules.insert(wanted)),
        }
    }
    modules.retain(|m| !fused.contains(m) && !splits.given.contains(*m));
    let alone = splits.given.is_empty();
    let languages = listed.configs.iter().filter(|c| !splits.given.contains(*c)).count();
    let required = splits.required || value(REQUIRED) == Some("true");
    // Builds before API 33 say only that something is required. Libraries are what a base cannot do without.
    let unnamed = alone && required && splits.required_types.is_empty();
    let native = abi || unnamed && inventory.libraries.is_empty();
    if !(native || unnamed || alone && languages > 0) && modules.is_empty() && others.is_empty() {
        return Vec::new();
    }
    let mut zh = Vec::new();
    let mut en = Vec::new();
    let mut say = |a: String, b: String| {
        zh.push(a);
        en.push(b);
    };
    if !modules.is_empty() {
        let list = names(&modules);
        say(format!("功能模块 {list} 的代码"), format!("the code of feature modules {list}"));
    }
    if native {
        say("原生库（ABI 拆分包）".into(), "native libraries (ABI split)".into());
    }
    if !others.is_empty() {
        let list = names(&others);
        say(format!("{list} 资源"), format!("resources of {list}"));
    }
    if unnamed && !native && modules.is_empty() {
        say("清单未说明的内容".into(), "what the manifest does not name".into());
    }
    if alone && languages > 0 {
        say(format!("{languages} 个语言拆分包的资源"), format!("resources of {languages} language splits"));
    }
    let hides = match (modules.is_empty(), native) {
        (false, _) => Some(Hidden::Code),
        (true, true) => Some(Hidden::Native),
        (true, false) => None,
    };
    vec![limitation(
        &at,
        hides,
        Text::new(
            format!("清单表明应用还有未提供的拆分包，其中有：{}", zh.join("；")),
            format!("the manifest speaks of splits that were not given, with {}", en.join("; ")),
        ),
    )]
}

/// A split by itself: neither the app's manifest nor its code is here.
fn without_base(at: &Location, splits: &Splits) -> Vec<Limitation> {
    let given: BTreeSet<&str> = splits.given.iter().map(String::as_str).collect();
    let list = names(&given);
    let detail = |zh: &str, en: &str| {
        Text::new(
            format!("只给出了拆分包 {list}，缺少基础包：{zh}"),
            format!("only splits ({list}) were given and not the base: {en}"),
        )
    };
    vec![
        limitation(
            at,
            Some(Hidden::Manifest),
            detail("看不到应用的权限与组件", "permissions and components of the app cannot be seen"),
        ),
        limitation(at, Some(Hidden::Code), detail("看不到应用的代码", "the app's code cannot be seen")),
    ]
}

fn limitation(at: &Location, hides: Option<Hidden>, detail: Text) -> Limitation {
    Limitation { kind: LimitationKind::MissingPart, at: at.clone(), hides, detail }
}

/// Most names that a sentence holds.
const SHOWN: usize = 8;

fn names(all: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = all.iter().copied().take(SHOWN).collect();
    let dots = if all.len() > SHOWN { ", …" } else { "" };
    format!("{}{dots}", shown.join(", "))
}

/// Modules and configuration splits that `splits0.xml` names.
#[derive(Default)]
struct Listed {
    modules: BTreeSet<String>,
    configs: BTreeSet<String>,
}

/// Reads the resource at `path`, or in its usual place where the reference was not resolved.
fn listed(package: &Package, path: &str) -> Listed {
    let mut out = Listed::default();
    let mut installed = package.containers().iter().filter(|c| !c.embedded());
    let Some(entry) = installed.find_map(|c| c.entry(path).or_else(|| c.entry("res/xml/splits0.xml"))) else {
        return out;
    };
    let mut buffer = Buffer::new();
    let Ok(content) = entry.read(&mut buffer) else { return out };
    any_xml::read(content.bytes, |event| {
        let Event::Start(element) = event else { return };
        let text = |name: &str| match element.attribute(0, name) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.clone().into_owned()),
            _ => None,
        };
        match element.name.as_ref() {
            "module" => out.modules.extend(text("name")),
            "entry" => out.configs.extend(text("split")),
            _ => {}
        }
    });
    out
}
