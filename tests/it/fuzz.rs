//! Fuzzing without nightly: every target of `fuzz/targets.rs` on mutations of seeds that the builders make.
//!
//! Bounded: a quarter of a second a target, `SDKAUDIT_FUZZ_SECONDS=60` for longer (with `cargo test --release`),
//! `SDKAUDIT_FUZZ_SEED=7` for other inputs. A failure names its input, and writes it beside the temporary files.
//! `SDKAUDIT_FUZZ_CORPUS=DIR` writes the seeds to `DIR/<target>/`, from where coverage-guided runs start.

use crate::common::apk::ApkBuilder;
use crate::common::arsc::ArscBuilder;
use crate::common::axml::{AxmlBuilder, Element};
use crate::common::dex::{Class, DexBuilder, Method};
use crate::common::mutate::{Random, mutate};
use crate::common::proto::Message;
use crate::common::zip::ZipBuilder;
use crate::{inventory_forms, inventory_lists, signing, targets};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One input may take this long; builds without optimisation are many times slower, and machines are busy.
const SLOW: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

/// Mutants that are mutated further; without coverage, depth comes from chance alone.
const POOL: usize = 64;

/// On one thread: handing tiny packages to others takes longer than reading them.
fn run(name: &str) {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    alone.install(|| run_here(name));
}

fn run_here(name: &str) {
    let (_, target) = targets::ALL.iter().find(|(n, _)| *n == name).expect("a target of this name");
    let seeds = seeds(name);
    let magic = magic(name);
    if let Some(dir) = setting("SDKAUDIT_FUZZ_CORPUS") {
        let dir = Path::new(&dir).join(name);
        std::fs::create_dir_all(&dir).unwrap();
        for (i, seed) in seeds.iter().enumerate() {
            std::fs::write(dir.join(i.to_string()), seed).unwrap();
        }
    }
    let seconds = setting("SDKAUDIT_FUZZ_SECONDS").and_then(|s| s.parse().ok()).unwrap_or(0.25);
    let seed = setting("SDKAUDIT_FUZZ_SEED").and_then(|s| s.parse().ok()).unwrap_or(1);
    let started = Instant::now();
    let (mut inputs, mut slowest, mut largest) = (0u64, Duration::ZERO, 0);
    let mut pool: Vec<Vec<u8>> = Vec::new();
    seeds.iter().for_each(|s| target(s));
    while started.elapsed().as_secs_f64() < seconds {
        let mut random = Random::new(seed, inputs);
        let from = if random.below(3) == 0 && !pool.is_empty() { &pool } else { &seeds };
        let mut bytes = from[random.below(from.len())].clone();
        mutate(&mut bytes, magic, &mut random);
        let begun = Instant::now();
        let fine = catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_ok();
        let took = begun.elapsed();
        if !fine || took > SLOW {
            let path = std::env::temp_dir().join(format!("sdkaudit-fuzz-{name}-{seed}-{inputs}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("{name}: input {inputs} of seed {seed} took {took:?}; it is kept in {}", path.display());
        }
        inputs += 1;
        slowest = slowest.max(took);
        largest = largest.max(bytes.len());
        if pool.len() < POOL {
            pool.push(bytes);
        } else if bytes.len() < 1 << 20 {
            pool[random.below(POOL)] = bytes;
        }
    }
    let peak = peak_kib().map_or_else(|| "?".to_owned(), |k| (k / 1024).to_string());
    println!("{name}: {inputs} inputs of up to {largest} bytes, slowest {slowest:?}, peak {peak} MiB");
    // Inputs are small, so a large peak is memory sized by a field of one.
    assert!(peak_kib().is_none_or(|k| k < 1 << 20), "{name}: peak memory {peak} MiB");
}

/// Most memory this process has held, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

fn magic(name: &str) -> &'static [u8] {
    match name {
        "dex" => b"dex\n035\0",
        "elf" => b"\x7fELF",
        "classfile" => b"\xca\xfe\xba\xbe",
        "axml" => b"\x03\0\x08\0",
        _ => b"",
    }
}

fn code() -> DexBuilder {
    DexBuilder::new()
        .class("com.example.app.Main")
        .class("com.example.库.类")
        .define(Class::new("com.vendor.BuildConfig").static_string("VERSION_NAME", "1.2.3"))
        .define(
            Class::new("com.vendor.Device").extends("android.app.Service").method(
                Method::new("read")
                    .const_string("content://sms")
                    .const_string("https://a.example/x")
                    .invoke("android.telephony.TelephonyManager", "getDeviceId", "()Ljava/lang/String;")
                    .static_field("android.os.Build", "SERIAL", "Ljava/lang/String;"),
            ),
        )
        .reference("dalvik.system.DexClassLoader")
}

fn manifest() -> AxmlBuilder {
    let meta = Element::new("meta-data").android("name", "KEY").android("value", "x");
    let provider =
        Element::new("provider").android("name", ".P").android("authorities", "a.b;c.d").child(meta);
    AxmlBuilder::manifest("com.example.app", &["android.permission.CAMERA"], [provider])
}

fn table() -> Vec<u8> {
    ArscBuilder::new().string("app_name", &[("", "Sample"), ("zh", "示例")]).string("k", &[("", "v")]).build()
}

/// Valid inputs of one target.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let app = || ApkBuilder::new().manifest(&manifest()).dex(&code()).file("resources.arsc", table());
    match name {
        "arsc" => vec![table()],
        "axml" => {
            let wide = AxmlBuilder { utf8: false, attribute_padding: 4, ..manifest() };
            vec![manifest().build(), wide.build()]
        }
        "classfile" => vec![inventory_forms::class_file("a/B", "java/lang/Object", "c/D")],
        "dependencies" => {
            let maven = Message::new().text(1, "com.vendor").text(2, "sdk").text(5, "1.2.3");
            let library = Message::new().message(1, maven);
            vec![
                Message::new().message(1, library.clone()).message(1, library).0,
                b"groupId=a.b\nartifactId=c\nversion=1.0\n".to_vec(),
            ]
        }
        "dex" => vec![code().build(), DexBuilder::new().class("a.B").build()],
        "elf" => vec![inventory_lists::library()],
        "proto_table" => vec![inventory_forms::bundle().1],
        "proto_xml" => vec![inventory_forms::bundle().0],
        "runtime_lists" => vec![
            b"fluwx\n\nCopyright\n--------------------------------------------------\nhttp\n\nBSD\n".to_vec(),
            b"package:fluwx/fluwx.dart\0node_modules/@scope/pkg/index.js\0".to_vec(),
            br#"[{"pluginId": "cordova-plugin-x"}]; exports.metadata = {"a": "1"};"#.to_vec(),
            br#"{"permissions":{"Push":{}},"plus":{"distribute":{"plugins":{"oauth":{"weixin":{}}}}}}"#
                .to_vec(),
            br#"[{"pkg":"@capacitor/app"}]"#.to_vec(),
            br#"{"names":["Vendor.Sdk.dll"]}"#.to_vec(),
        ],
        "signing" => signing::samples(),
        "text_xml" => vec![
            inventory_forms::TEXT_MANIFEST.into(),
            r#"<resources><string name="a">A &amp; "b" \u4e2d</string></resources>"#.into(),
        ],
        // Also the entries of the package, so that their content is mutated and not only its compressed form.
        "package" | "zip" => {
            let stored = ZipBuilder::new()
                .stored("AndroidManifest.xml", &manifest().build())
                .stored("classes.dex", &code().build())
                .stored("assets/a.apk", &app().build())
                .stored("lib/arm64-v8a/liba.so", &inventory_lists::library());
            vec![app().build(), stored.build(), ApkBuilder::new().file("base.apk", app().build()).build()]
        }
        other => panic!("no seeds for {other}"),
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_target_is_run_and_has_a_guided_binary() {
            let run = [$(stringify!($name)),*];
            let all: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(all, run);
            for name in run {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                assert!(text.contains(&format!("targets::{name}(data)")), "{}", path.display());
            }
        }
    };
}

targets! {
    arsc axml classfile dependencies dex elf package proto_table proto_xml runtime_lists signing text_xml zip
}
