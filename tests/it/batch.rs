//! `batch` end to end: the binary over a directory, killed, sharded, merged, asked and drawn.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::dex::DexBuilder;

fn sdkaudit() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sdkaudit"))
}

fn run(arguments: &[&str]) -> Output {
    sdkaudit().args(arguments).output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A directory of its own that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("sdkaudit-batch-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(path.join("store")).expect("a scratch directory");
        Scratch(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// `count` packages in the store, one of them broken.
    fn fill(&self, count: usize) -> &Scratch {
        for i in 0..count {
            let id = format!("org.example.app{i}");
            let dex = DexBuilder::new().classes([
                "com.igexin.sdk.PushManager",
                "okhttp3.OkHttpClient",
                &format!("{id}.Main"),
            ]);
            let manifest = AxmlBuilder::manifest(&id, &["android.permission.CAMERA"], []);
            let apk = ApkBuilder::new().manifest(&manifest).dex(&dex).build();
            std::fs::write(self.0.join(format!("store/app{i:03}.apk")), apk).expect("a package");
        }
        std::fs::write(self.0.join("store/broken.apk"), b"not a package").expect("a file");
        self
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn export(database: &str) -> String {
    text(&run(&["batch", "export", "--reports", "-d", database]))
}

#[test]
fn every_package_has_one_result_and_a_broken_one_costs_itself_alone() {
    let scratch = Scratch::new("whole");
    scratch.fill(12);
    let (store, db) = (scratch.path("store"), scratch.path("out.db"));
    let first = run(&["batch", &store, "-d", &db]);
    assert_eq!(first.status.code(), Some(3), "a failed package makes the batch incomplete");
    let export = export(&db);
    assert_eq!(export.lines().count(), 13);
    assert!(export.contains("\"outcome\":\"failed\"") && export.contains("broken.apk"), "{export}");
    let again = run(&["batch", &store, "-d", &db]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("13 unchanged") || said.contains("未变化 13"), "{said}");
    let failures = text(&run(&["batch", "query", "failures", "-d", &db, "--format", "csv"]));
    assert_eq!(failures.lines().count(), 2, "{failures}");
    let page = text(&run(&["batch", "report", "-d", &db, "--since", &db]));
    assert!(page.contains("Overview of a batch") && page.contains("批量审计概览"));
    assert!(!page.contains("<script"));
}

#[test]
fn shards_merged_equal_the_whole() {
    let scratch = Scratch::new("shards");
    scratch.fill(20);
    let (store, whole) = (scratch.path("store"), scratch.path("whole.db"));
    run(&["batch", &store, "-d", &whole, "--quiet"]);
    let parts: Vec<String> = (0..3).map(|i| scratch.path(&format!("part{i}.db"))).collect();
    for (i, part) in parts.iter().enumerate() {
        run(&["batch", &store, "-d", part, "--quiet", "--shard", &format!("{i}/3")]);
    }
    let merged = scratch.path("merged.db");
    let joined = run(&["batch", "merge", "-d", &merged, &parts[0], &parts[1], &parts[2]]);
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    assert_eq!(export(&whole), export(&merged));
}

#[test]
fn killed_at_random_points_it_ends_with_the_same_results() {
    let scratch = Scratch::new("chaos");
    scratch.fill(40);
    let (store, whole, chaos) = (scratch.path("store"), scratch.path("whole.db"), scratch.path("chaos.db"));
    let begun = Instant::now();
    run(&["batch", &store, "-d", &whole, "--quiet"]);
    let whole_run = begun.elapsed();
    let kills = std::env::var("SDKAUDIT_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4u64);
    for kill in 0..kills {
        let mut child =
            sdkaudit().args(["batch", &store, "-d", &chaos, "--quiet"]).spawn().expect("it starts");
        // Spread over start-up, the middle and the end of a run.
        std::thread::sleep(whole_run.mul_f64((kill as f64 * 0.37) % 1.0));
        let _ = child.kill();
        let _ = child.wait();
    }
    run(&["batch", &store, "-d", &chaos, "--quiet"]);
    assert_eq!(export(&whole), export(&chaos));
    assert!(Path::new(&chaos).exists());
}

#[test]
fn the_overview_is_a_workbook_too_and_tells_what_changed() {
    let scratch = Scratch::new("trends");
    scratch.fill(6);
    let (store, before, after) = (scratch.path("store"), scratch.path("before.db"), scratch.path("after.db"));
    run(&["batch", &store, "-d", &before, "--quiet"]);
    // The next release of one app carries another SDK, and one app is gone.
    let dex = DexBuilder::new().classes(["com.umeng.analytics.MobclickAgent", "org.example.app1.Main"]);
    let manifest = AxmlBuilder::manifest("org.example.app1", &["android.permission.CAMERA"], []);
    let apk = ApkBuilder::new().manifest(&manifest).dex(&dex).build();
    std::fs::write(scratch.0.join("store/app001.apk"), apk).unwrap();
    std::fs::remove_file(scratch.0.join("store/app005.apk")).unwrap();
    run(&["batch", &store, "-d", &after, "--quiet"]);
    let page = text(&run(&["batch", "report", "-d", &after, "--since", &before]));
    assert!(page.contains("<td>packages</td><td>7</td><td>6</td><td>-1</td>"), "{page}");
    assert!(page.contains("<td>getui-push</td><td>6 (0)</td><td>4 (0)</td><td>-2</td>"), "{page}");
    assert!(page.contains("<td>umeng-analytics</td><td>0 (0)</td><td>1 (0)</td><td>+1</td>"), "{page}");
    assert!(page.contains("Distribution of SDKs"));
    let book = scratch.path("overview.xlsx");
    for (file, lang) in [(&book, "en"), (&scratch.path("zh.xlsx"), "zh")] {
        let made = run(&["--lang", lang, "batch", "report", "-d", &after, "--since", &before, "-o", file]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut zip = zip::ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
        let mut names = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("xl/workbook.xml").unwrap(), &mut names).unwrap();
        let sheet = if lang == "en" { "Changes by SDK" } else { "SDK 变化" };
        assert!(names.contains(sheet), "{names}");
        assert_eq!(names.matches("<sheet ").count(), 14);
    }
}

#[test]
fn tables_carry_the_callers_columns() {
    let scratch = Scratch::new("tables");
    scratch.fill(2);
    let (table, db) = (scratch.path("jobs.csv"), scratch.path("out.db"));
    let rows = "package,market,outcome\nstore/app000.apk,华为,mine\nstore/broken.apk,\"a,b\",\n";
    std::fs::write(&table, rows).unwrap();
    run(&["batch", &table, "-d", &db, "--quiet"]);
    let sdks = text(&run(&["batch", "export", "-d", &db, "--format", "csv", "--table", "sdks"]));
    assert!(sdks.lines().next().unwrap().ends_with("declared,market,own_outcome"), "{sdks}");
    assert!(sdks.contains("getui-push,") && sdks.lines().nth(1).unwrap().ends_with(",华为,mine"), "{sdks}");
    let packages = text(&run(&["batch", "export", "-d", &db, "--format", "csv", "--table", "packages"]));
    assert_eq!(packages.lines().count(), 3, "{packages}");
    assert!(packages.contains("\"a,b\""), "{packages}");
    let parquet = run(&["batch", "export", "-d", &db, "--format", "parquet"]);
    if cfg!(feature = "parquet") {
        assert!(parquet.stdout.starts_with(b"PAR1") && parquet.stdout.ends_with(b"PAR1"));
    } else {
        assert!(String::from_utf8_lossy(&parquet.stderr).contains("feature parquet"));
    }
    let address = run(&["batch", "nowhere://bucket/a.apk", "-d", &db, "--quiet"]);
    assert_eq!(address.status.code(), Some(3), "an address that cannot be had is a failed package");
}

#[test]
fn a_policy_inside_the_package_is_taken_where_no_other_is() {
    let scratch = Scratch::new("inside");
    let policy = format!(
        "隐私政策\n{}SDK名称：个推SDK\n使用目的：消息推送\n收集信息：IMEI\n",
        "我们收集您的个人信息，并与第三方共享。您可以联系我们删除，权限与保存期限见下文。\n".repeat(12)
    );
    for (name, inside) in [("with", true), ("without", false), ("own", true)] {
        let manifest = AxmlBuilder::manifest(&format!("org.example.{name}"), &[], []);
        let dex = DexBuilder::new().classes(["com.igexin.sdk.PushManager"]);
        let mut apk = ApkBuilder::new().manifest(&manifest).dex(&dex);
        if inside {
            apk = apk.file("assets/privacy.txt", policy.clone());
        }
        std::fs::write(scratch.0.join(format!("store/{name}.apk")), apk.build()).expect("a package");
    }
    std::fs::create_dir_all(scratch.0.join("policies")).expect("a directory");
    std::fs::write(scratch.0.join("policies/org.example.own.txt"), &policy).expect("a policy");
    let (store, policies, results) = (scratch.path("store"), scratch.path("policies"), scratch.path("r.db"));
    let arguments = ["batch", &store, "--policies", &policies, "--policy", "auto", "-d", &results, "-q"];
    assert_eq!(run(&arguments).status.code(), Some(3), "one package holds no policy");
    let exported = text(&run(&["batch", "export", "-d", &results]));
    let line = |key: &str| {
        exported.lines().find(|l| l.contains(key)).unwrap_or_else(|| panic!("{exported}")).to_owned()
    };
    assert!(line("with.apk").contains("with.apk!assets/privacy.txt"), "{exported}");
    assert!(
        line("own.apk").contains("org.example.own.txt") && !line("own.apk").contains("own.apk!assets"),
        "{exported}"
    );
    assert!(line("without.apk").contains("no privacy policy found in the package"), "{exported}");
    // Nothing has changed: nothing is done again.
    assert!(run(&arguments).stderr.is_empty());
    let table = scratch.path("jobs.csv");
    std::fs::write(&table, format!("package,policy\n{store}/with.apk,auto\n")).expect("a table");
    let second = scratch.path("s.db");
    assert_eq!(run(&["batch", &table, "-d", &second, "-q"]).status.code(), Some(0));
    assert!(text(&run(&["batch", "export", "-d", &second])).contains("with.apk!assets/privacy.txt"));
}
