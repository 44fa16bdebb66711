//! Packages and policies of known shape, so that anyone can measure: made by the builders of the tests.

use apk::ApkBuilder;
use axml::{AxmlBuilder, Element};
use dex::{Class, DexBuilder, Method};

#[allow(dead_code, clippy::unwrap_used)]
#[path = "../tests/common/apk.rs"]
mod apk;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../tests/common/axml.rs"]
mod axml;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../tests/common/dex.rs"]
mod dex;

/// How large a package is.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Name of its file.
    pub name: &'static str,
    /// Dex files.
    pub dex: usize,
    /// Classes in each.
    pub classes: usize,
    /// Other files, under `res/` and `assets/`.
    pub files: usize,
}

/// About 0.5, 4 and 16 MB of dex.
pub const SHAPES: &[Shape] = &[
    Shape { name: "small", dex: 1, classes: 500, files: 40 },
    Shape { name: "medium", dex: 1, classes: 4_000, files: 400 },
    Shape { name: "large", dex: 4, classes: 4_000, files: 2_000 },
];

/// Packages the classes stand under: SDKs, libraries, the app, a stranger.
const ROOTS: &[&str] = &[
    "com.umeng.analytics",
    "com.igexin.push",
    "com.tencent.bugly.crashreport",
    "com.bytedance.sdk.openadsdk",
    "okhttp3.internal",
    "androidx.core.view",
    "kotlin.collections",
    "com.example.bench.ui",
    "org.stranger.engine",
];

/// Calls the methods make; the first ones are of the behaviour catalogue.
const CALLS: &[(&str, &str, &str)] = &[
    ("android.net.wifi.WifiInfo", "getMacAddress", "()Ljava/lang/String;"),
    ("android.telephony.TelephonyManager", "getDeviceId", "()Ljava/lang/String;"),
    ("java.lang.StringBuilder", "append", "(Ljava/lang/String;)Ljava/lang/StringBuilder;"),
    ("java.lang.String", "length", "()I"),
    ("java.util.Map", "put", "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;"),
    ("android.util.Log", "d", "(Ljava/lang/String;Ljava/lang/String;)I"),
];

/// The same numbers in every run (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn word(&mut self) -> String {
        let parts =
            ["get", "Load", "Task", "View", "Cache", "Event", "Data", "Proxy", "Item", "Page", "Net", "Log"];
        (0..2 + self.below(3)).map(|_| parts[self.below(parts.len())]).collect()
    }
}

/// The package of that shape.
pub fn package(shape: Shape) -> Vec<u8> {
    let mut numbers = Numbers(shape.classes as u64);
    let manifest = AxmlBuilder::manifest(
        "com.example.bench",
        &["android.permission.INTERNET", "android.permission.READ_PHONE_STATE"],
        [Element::new("activity").android("name", "com.example.bench.ui.MainActivity")],
    );
    let mut apk = ApkBuilder::new().manifest(&manifest);
    for file in 0..shape.dex {
        let mut dex = DexBuilder::new();
        for i in 0..shape.classes {
            let root = ROOTS[i % ROOTS.len()];
            let mut class = Class::new(&format!("{root}.p{}.{}{file}x{i}", i / 97, numbers.word()));
            for m in 0..3 {
                let mut method = Method::new(&format!("{}{m}", numbers.word()));
                for _ in 0..6 + numbers.below(30) {
                    let rare = numbers.below(40) == 0;
                    let (owner, name, signature) =
                        CALLS[if rare { numbers.below(2) } else { 2 + numbers.below(4) }];
                    method = method.invoke(owner, name, signature);
                    if numbers.below(3) == 0 {
                        method =
                            method.const_string(&format!("{}_{}", numbers.word(), numbers.below(20_000)));
                    }
                }
                class = class.method(method);
            }
            dex = dex.define(class);
        }
        apk = apk.dex(&dex);
    }
    for i in 0..shape.files {
        let text: String = (0..40).map(|_| format!("<{} id=\"{i}\"/>\n", numbers.word())).collect();
        let place = if i % 5 == 0 { "assets/data" } else { "res/layout" };
        apk = apk.file(&format!("{place}/f{i}.xml"), text);
    }
    apk.build()
}

/// A policy in HTML whose SDK table has `rows` rows among prose.
pub fn policy(rows: usize) -> String {
    let mut out = String::from("<html><head><meta charset=\"utf-8\"></head><body><h1>隐私政策</h1>");
    for i in 0..rows {
        out.push_str(&format!(
            "<p>{i}. 我们会在您使用服务时收集必要的信息，并按照本政策保护这些信息，不会用于其他目的。</p>"
        ));
    }
    out.push_str("<h2>第三方SDK目录</h2><table><tr><th>SDK名称</th><th>提供方</th><th>使用目的</th><th>收集的信息</th><th>隐私政策链接</th></tr>");
    let known = ["友盟+SDK", "个推SDK", "腾讯Bugly SDK", "穿山甲SDK", "高德地图SDK"];
    for i in 0..rows {
        let name = known.get(i).map_or_else(|| format!("示例组件{i} SDK"), |n| (*n).to_owned());
        out.push_str(&format!(
            "<tr><td style=\"width:20%;border:1px solid\">{name}</td><td>示例科技{i}有限公司</td><td>提供第{i}项功能</td>\
             <td>设备型号、操作系统版本、IP地址、Android ID、网络类型</td><td><a href=\"https://p{i}.example.com/privacy\">链接</a></td></tr>"
        ));
    }
    out.push_str("</table></body></html>");
    out
}
