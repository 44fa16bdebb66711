//! The apps of `samples/`, made from nothing. Names of apps, companies and texts are invented;
//! package prefixes are those of real SDKs, since finding them is what the samples show.

use super::apk::ApkBuilder;
use super::axml::{AxmlBuilder, Element};
use super::dex::{Class, DexBuilder, Method};

/// Class names that any SDK might have.
const NAMES: [&str; 16] = [
    "Client", "Config", "Session", "Store", "Worker", "Event", "Record", "Task", "Network", "Device",
    "Cache", "Queue", "Logger", "Upload", "Version", "Util",
];

/// `count` classes under `package`.
fn classes(dex: DexBuilder, package: &str, count: usize) -> DexBuilder {
    (0..count).fold(dex, |dex, i| {
        let name = NAMES[i % NAMES.len()];
        let round = i / NAMES.len();
        let name = if round == 0 { name.to_owned() } else { format!("{name}{round}") };
        dex.class(&format!("{package}.{name}"))
    })
}

/// A class that calls one method of the platform.
fn caller(class: &str, target: &str, method: &str, signature: &str) -> Class {
    Class::new(class).method(Method::new("read").invoke(target, method, signature))
}

fn activity(name: &str) -> Element {
    Element::new("activity").android("name", name)
}

fn service(name: &str) -> Element {
    Element::new("service").android("name", name)
}

fn meta(name: &str, value: &str) -> Element {
    Element::new("meta-data").android("name", name).android("value", value)
}

fn strings<'a>(class: &str, texts: impl IntoIterator<Item = &'a str>) -> Class {
    let method = texts.into_iter().fold(Method::new("hosts"), Method::const_string);
    Class::new(class).method(method)
}

/// A notes app for the Chinese market; its policy is a table with every common defect.
fn tide() -> ApkBuilder {
    let permissions = [
        "android.permission.INTERNET",
        "android.permission.ACCESS_NETWORK_STATE",
        "android.permission.ACCESS_WIFI_STATE",
        "android.permission.READ_PHONE_STATE",
        "android.permission.ACCESS_FINE_LOCATION",
        "android.permission.CAMERA",
        "android.permission.RECORD_AUDIO",
        "android.permission.QUERY_ALL_PACKAGES",
    ];
    let manifest = AxmlBuilder::manifest(
        "com.example.tide",
        &permissions,
        [
            activity("com.example.tide.MainActivity"),
            activity("com.example.tide.wxapi.WXEntryActivity"),
            service("com.igexin.sdk.PushService"),
            service("com.amap.api.location.APSService"),
            meta("PUSH_APPID", "sample"),
            meta("UMENG_APPKEY", "sample"),
            meta("com.amap.api.v2.apikey", "sample"),
        ],
    );
    let main = [
        ("com.example.tide", 12),
        ("com.example.tide.note", 20),
        ("com.example.tide.sync", 9),
        ("com.igexin.sdk", 14),
        ("com.umeng.analytics", 22),
        ("com.tencent.mm.opensdk.openapi", 10),
        ("com.tencent.mm.opensdk.modelmsg", 12),
        ("okhttp3", 30),
        ("com.bumptech.glide", 40),
    ];
    let second = [
        ("com.tencent.bugly.crashreport", 18),
        ("com.amap.api.location", 12),
        ("com.alipay.sdk.app", 9),
        ("com.ta.utdid2.device", 8),
        ("com.lanternstat.core", 26),
        ("com.lanternstat.core.net", 8),
    ];
    let dex = main.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let dex = dex
        .class("com.example.tide.MainActivity")
        .class("com.example.tide.wxapi.WXEntryActivity")
        .class("com.igexin.sdk.PushService")
        .define(caller(
            "com.umeng.analytics.Mac",
            "android.net.wifi.WifiInfo",
            "getMacAddress",
            "()Ljava/lang/String;",
        ));
    let other = second.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let other = other
        .class("com.amap.api.location.APSService")
        .define(caller(
            "com.tencent.bugly.crashreport.Imei",
            "android.telephony.TelephonyManager",
            "getDeviceId",
            "()Ljava/lang/String;",
        ))
        .define(caller(
            "com.lanternstat.core.Apps",
            "android.content.pm.PackageManager",
            "getInstalledPackages",
            "(I)Ljava/util/List;",
        ))
        .define(strings("com.lanternstat.core.Hosts", ["https://collect.lanternstat.example/v2/apps"]));
    ApkBuilder::new()
        .manifest(&manifest)
        .dex(&dex)
        .dex(&other)
        .file("lib/arm64-v8a/libBugly.so", *b"\x7fELF sample, no code")
        .file("assets/tide/help.html", "<p>help</p>")
}

/// A running app for the rest of the world; its policy is Markdown with labelled blocks.
fn paceline() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.paceline",
        &[
            "android.permission.INTERNET",
            "android.permission.ACCESS_FINE_LOCATION",
            "android.permission.ACTIVITY_RECOGNITION",
            "com.google.android.gms.permission.AD_ID",
        ],
        [
            activity("com.example.paceline.MainActivity"),
            activity("com.facebook.FacebookActivity"),
            activity("com.google.android.gms.ads.AdActivity"),
            meta("com.facebook.sdk.ApplicationId", "1"),
            meta("com.google.android.gms.ads.APPLICATION_ID", "sample"),
        ],
    );
    let packages = [
        ("com.example.paceline", 18),
        ("com.example.paceline.map", 11),
        ("com.google.firebase.analytics", 8),
        ("com.google.android.gms.measurement", 16),
        ("com.google.firebase.crashlytics", 14),
        ("com.google.android.gms.ads", 24),
        ("com.facebook.login", 12),
        ("com.facebook.appevents", 10),
        ("okhttp3", 25),
        ("io.quietmetrics.probe", 21),
    ];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let dex = dex
        .class("com.example.paceline.MainActivity")
        .class("com.facebook.FacebookActivity")
        .class("com.google.android.gms.ads.AdActivity");
    ApkBuilder::new().manifest(&manifest).dex(&dex)
}

/// An app whose code a packer hides.
fn shell() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.shell",
        &["android.permission.INTERNET"],
        [activity("com.example.shell.MainActivity"), service("com.igexin.sdk.PushService")],
    );
    let dex =
        DexBuilder::new().classes(["com.tencent.StubShell.TxAppEntry", "com.tencent.StubShell.ZipUtil"]);
    ApkBuilder::new()
        .manifest(&manifest)
        .dex(&dex)
        .file("lib/armeabi-v7a/libshell-super.2019.so", *b"\x7fELF sample, no code")
        .file("assets/0OO00l111l1l", vec![0x5a; 4096])
}

/// An app whose policy says that the list is somewhere else.
fn elsewhere() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.ferry",
        &["android.permission.INTERNET"],
        [activity("com.example.ferry.MainActivity")],
    );
    let dex = classes(DexBuilder::new(), "com.umeng.analytics", 15);
    let dex = classes(dex, "com.example.ferry", 10).class("com.example.ferry.MainActivity");
    ApkBuilder::new().manifest(&manifest).dex(&dex)
}

/// An app whose policy names what it ships.
fn clean() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.kite",
        &["android.permission.INTERNET"],
        [activity("com.example.kite.MainActivity"), activity("com.example.kite.wxapi.WXEntryActivity")],
    );
    let packages = [
        ("com.example.kite", 16),
        ("com.tencent.mm.opensdk.openapi", 10),
        ("com.tencent.mm.opensdk.modelmsg", 12),
        ("com.bumptech.glide", 20),
    ];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let dex = dex.class("com.example.kite.MainActivity").class("com.example.kite.wxapi.WXEntryActivity");
    ApkBuilder::new().manifest(&manifest).dex(&dex)
}

/// An app whose policy lists SDKs in a table with a defect in each row.
fn pier() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.pier",
        &["android.permission.INTERNET"],
        [activity("com.example.pier.MainActivity")],
    );
    let packages = [
        ("com.example.pier", 12),
        ("com.umeng.analytics", 20),
        ("com.igexin.sdk", 12),
        ("io.fabric.sdk.android", 20),
    ];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    ApkBuilder::new().manifest(&manifest).dex(&dex.class("com.example.pier.MainActivity"))
}

/// An app whose policy explains permissions, each in a way of its own that does not hold.
fn lighthouse() -> ApkBuilder {
    let boot = Element::new("intent-filter")
        .child(Element::new("action").android("name", "android.intent.action.BOOT_COMPLETED"));
    let manifest = AxmlBuilder::manifest(
        "com.example.lighthouse",
        &[
            "android.permission.INTERNET",
            "android.permission.CAMERA",
            "android.permission.RECORD_AUDIO",
            "android.permission.ACCESS_FINE_LOCATION",
            "android.permission.READ_CONTACTS",
            "android.permission.QUERY_ALL_PACKAGES",
            "android.permission.RECEIVE_BOOT_COMPLETED",
        ],
        [
            activity("com.example.lighthouse.MainActivity"),
            Element::new("receiver").android("name", "com.example.lighthouse.Boot").child(boot),
        ],
    );
    let packages = [("com.example.lighthouse", 12), ("com.igexin.sdk", 12), ("com.tencent.bugly", 12)];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let dex = dex
        .class("com.example.lighthouse.MainActivity")
        .class("com.example.lighthouse.Boot")
        .define(caller("com.igexin.sdk.Sound", "android.media.AudioRecord", "startRecording", "()V"))
        .define(caller(
            "com.example.lighthouse.Where",
            "android.location.LocationManager",
            "getLastKnownLocation",
            "(Ljava/lang/String;)Landroid/location/Location;",
        ));
    ApkBuilder::new().manifest(&manifest).dex(&dex)
}

/// An app whose policy is in two languages and contradicts itself.
fn harbour() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.harbour",
        &["android.permission.INTERNET"],
        [activity("com.example.harbour.MainActivity")],
    );
    let packages =
        [("com.example.harbour", 12), ("com.igexin.sdk", 12), ("com.google.firebase.analytics", 12)];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    ApkBuilder::new().manifest(&manifest).dex(&dex.class("com.example.harbour.MainActivity"))
}

/// An app of which much cannot be read: renamed, loading code at run time, one file cut short.
fn fog() -> ApkBuilder {
    let manifest = AxmlBuilder::manifest(
        "com.example.fog",
        &["android.permission.INTERNET"],
        [activity("com.example.fog.MainActivity")],
    );
    let packages = [("a.b", 160), ("a.c", 120), ("com.example.fog", 20), ("com.umeng.analytics", 12)];
    let dex = packages.iter().fold(DexBuilder::new(), |d, (p, n)| classes(d, p, *n));
    let dex = dex.class("com.example.fog.MainActivity").reference("dalvik.system.DexClassLoader");
    let mut cut = classes(DexBuilder::new(), "a.d", 20).build();
    cut.truncate(cut.len() / 2);
    ApkBuilder::new().manifest(&manifest).dex(&dex).file("classes2.dex", cut)
}

/// Directory, documents of the policy, and the app.
pub struct Sample {
    pub directory: &'static str,
    pub policy: &'static [&'static str],
    pub exit: i32,
    pub app: fn() -> ApkBuilder,
}

/// All samples.
pub const SAMPLES: &[Sample] = &[
    Sample { directory: "01-chinese-table", policy: &["policy.html"], exit: 1, app: tide },
    Sample { directory: "02-english-blocks", policy: &["policy.md"], exit: 0, app: paceline },
    Sample { directory: "03-packed-app", policy: &["policy.txt"], exit: 3, app: shell },
    Sample { directory: "04-list-elsewhere", policy: &["policy.txt"], exit: 3, app: elsewhere },
    Sample { directory: "05-nothing-open", policy: &["policy.txt", "sdk-list.md"], exit: 0, app: clean },
    Sample { directory: "06-wrong-rows", policy: &["policy.md"], exit: 1, app: pier },
    Sample { directory: "07-permissions", policy: &["policy.md"], exit: 1, app: lighthouse },
    Sample { directory: "08-two-languages", policy: &["policy.txt"], exit: 0, app: harbour },
    Sample { directory: "09-fog", policy: &["policy.txt"], exit: 1, app: fog },
];
