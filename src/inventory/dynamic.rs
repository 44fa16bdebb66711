//! Code that is loaded or replaced at run time: hot fixes, plug-ins, class loaders.

use super::model::Inventory;
use crate::lang::Text;
use crate::limitation::{Limitation, LimitationKind};
use crate::location::Location;

/// Frameworks that bring code in at run time: package of their runtime, name. Public project names and packages.
const FRAMEWORKS: &[(&str, &str)] = &[
    ("android.taobao.atlas", "Atlas"),
    ("cn.jiajixin.nuwa", "Nuwa"),
    ("com.alipay.euler.andfix", "AndFix"),
    ("com.bytedance.frameworks.plugin", "Mira"),
    ("com.bytedance.pangle.plugin", "Zeus"),
    ("com.didi.virtualapk", "VirtualAPK"),
    ("com.iqiyi.android.qigsaw.core", "Qigsaw"),
    ("com.lody.virtual", "VirtualApp"),
    ("com.meituan.robust", "Robust"),
    ("com.morgoo.droidplugin", "DroidPlugin"),
    ("com.qihoo360.replugin", "RePlugin"),
    ("com.taobao.hotfix", "HotFix"),
    ("com.taobao.sophix", "Sophix"),
    ("com.tencent.shadow.core", "Shadow"),
    ("com.tencent.tinker.loader", "Tinker"),
    ("com.wlqq.phantom", "Phantom"),
    ("me.ele.amigo", "Amigo"),
    ("net.wequick.small", "Small"),
    ("org.qiyi.pluginlibrary", "Neptune"),
];

/// Class loaders that take dex files the package does not list. `PathClassLoader` and `DexFile` are left out:
/// multidex and Play services use them on the package's own files.
const LOADERS: &[&str] = &["dalvik.system.DexClassLoader", "dalvik.system.InMemoryDexClassLoader"];

/// One limitation for all frameworks, one for bare class loaders.
pub(super) fn limitations(inventory: &Inventory) -> Vec<Limitation> {
    let mut out = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut first = None;
    for (package, name) in FRAMEWORKS {
        let found = inventory.code.iter().find_map(|c| Some((&c.path, c.classes.first_under(package)?)));
        if let Some((path, class)) = found {
            names.push(name);
            first.get_or_insert_with(|| Location::item(path, class));
        }
    }
    if let Some(at) = first {
        let list = names.join(", ");
        out.push(Limitation {
            kind: LimitationKind::DynamicCode,
            at,
            hides: None,
            detail: Text::new(
                format!("含热修复或插件框架({list}):运行时可能加载或替换安装包里没有的代码"),
                format!("has hot-fix or plug-in frameworks ({list}): code that is not in the package may be loaded or replaced at run time"),
            ),
        });
    }
    let loader = inventory.code.iter().find_map(|c| {
        let name = LOADERS.iter().find(|l| c.references.contains(l))?;
        Some(Location::item(&c.path, *name))
    });
    if let Some(at) = loader {
        out.push(Limitation {
            kind: LimitationKind::DynamicCode,
            at,
            hides: None,
            detail: Text::new(
                "代码引用了加载外部 dex 的类加载器:运行时可能加载安装包里没有的代码",
                "code refers to a class loader for outside dex files: code that is not in the package may be loaded at run time",
            ),
        });
    }
    out
}
