//! Packages behind addresses: the same results as from files, few bytes, and no fault of a server passes unseen.

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use sdkaudit::audit::Options;
use sdkaudit::batch::auditor::Auditor;
use sdkaudit::batch::job::Job;
use sdkaudit::batch::object;
use sdkaudit::batch::record::{Outcome, Record};
use sdkaudit::batch::run::{self, Work as _};
use sdkaudit::batch::store::Store;
use sdkaudit::resolve::Resolver;
use sdkaudit::signature::Database;

use crate::common::apk::ApkBuilder;
use crate::common::axml::AxmlBuilder;
use crate::common::dex::DexBuilder;
use crate::common::server::{Answer, Server};
use crate::common::temp::TempDir;
use crate::common::zip::ZipBuilder;

/// What the server answers to its n-th request.
type Fault = fn(usize) -> Answer;

const POLICY: &[u8] =
    b"<html><body><h2>Third-party SDKs</h2><p>We use OkHttp for network access.</p></body></html>";

fn quick() -> object::Options {
    object::Options {
        timeout: Duration::from_millis(400),
        retries: 3,
        backoff: Duration::from_millis(5),
        patience: Duration::from_secs(4),
        ..object::Options::default()
    }
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// An app of a megabyte, little of which matters: with code hidden in an asset whose name does not tell.
fn app() -> Vec<u8> {
    let dex = DexBuilder::new().classes([
        "com.igexin.sdk.PushManager",
        "okhttp3.OkHttpClient",
        "org.example.app.Main",
    ]);
    let hidden = DexBuilder::new().classes(["com.umeng.analytics.MobclickAgent"]);
    let mut apk = ApkBuilder::new().file("assets/film.bin", noise(500_000));
    for i in 0..40 {
        apk = apk.file(&format!("res/drawable/p{i}.png"), noise(10_000));
    }
    let manifest = AxmlBuilder::manifest("org.example.app", &["android.permission.CAMERA"], []);
    apk.file("assets/data.bin", hidden.build()).manifest(&manifest).dex(&dex).build()
}

/// Made once: its lookups cost more than a small audit.
fn resolver() -> &'static Resolver<'static> {
    static DATABASE: LazyLock<Database> = LazyLock::new(Database::embedded);
    static RESOLVER: LazyLock<Resolver<'static>> = LazyLock::new(|| Resolver::new(&DATABASE));
    &RESOLVER
}

fn audit_with(options: object::Options, package: &str, policy: Option<&str>) -> Record {
    let auditor = Auditor::new(resolver(), Options::default(), options, None).unwrap();
    auditor.audit(&job(package, policy))
}

fn job(package: &str, policy: Option<&str>) -> Job {
    Job {
        key: package.into(),
        policies: policy.map(str::to_owned).into_iter().collect(),
        columns: Default::default(),
    }
}

/// The record of the same package read from a file.
fn from_file(name: &str, package: &[u8], policy: Option<&[u8]>) -> Record {
    let dir = TempDir::new(&format!("objects-{name}"));
    let path = dir.write("app.apk", package);
    let policy = policy.map(|p| dir.write("policy.html", p));
    let text = |p: &Path| p.to_string_lossy().into_owned();
    audit_with(quick(), &text(&path), policy.as_deref().map(text).as_deref())
}

/// What must be equal: everything but names, identities and traffic.
fn results(record: &Record) -> Record {
    let mut report: serde_json::Value = serde_json::from_str(&record.report).unwrap();
    report.as_object_mut().unwrap().remove("inputs");
    Record {
        sha256: None,
        policies: Vec::new(),
        fetched_bytes: None,
        requests: None,
        inputs: String::new(),
        key: String::new(),
        report: report.to_string(),
        ..record.clone()
    }
}

#[test]
fn ranges_give_the_results_of_the_whole_file() {
    let package = app();
    let server =
        Server::start(&[("store/app.apk", &package), ("policy.html", POLICY)], true, |_, _| Answer::Well);
    let found = audit_with(quick(), &server.url("store/app.apk"), Some(&server.url("policy.html")));
    let expected = from_file("whole", &package, Some(POLICY));
    assert_eq!(found.outcome, expected.outcome, "{:?}", found.cause);
    assert!(found.sdks.iter().any(|s| s.sdk.contains("umeng")), "code in an asset is found by its magic");
    assert_eq!(results(&found), results(&expected));
    assert_eq!(found.package_bytes, Some(package.len() as u64));
    let fetched = found.fetched_bytes.unwrap();
    assert!(fetched < 200_000, "{fetched} of {} bytes", package.len());
    assert!(found.requests.unwrap() <= 5, "{:?}", found.requests);
    assert_eq!(server.requests() as u64, found.requests.unwrap() + 1, "one more, for the policy");
}

#[test]
fn sets_of_packages_are_read_in_ranges_too() {
    let base = app();
    for stored in [true, false] {
        let set = ZipBuilder::new().deflated("manifest.json", br#"{"package_name":"org.example.app"}"#);
        let set = if stored { set.stored("base.apk", &base) } else { set.deflated("base.apk", &base) };
        let set = set.build();
        let server = Server::start(&[("app.apk", &set)], true, |_, _| Answer::Well);
        let found = audit_with(quick(), &server.url("app.apk"), None);
        assert_eq!(results(&found), results(&from_file(&format!("set-{stored}"), &set, None)));
        if stored {
            assert!(found.fetched_bytes.unwrap() < 250_000, "{:?}", found.fetched_bytes);
        }
    }
}

#[test]
fn passing_faults_cost_time_alone() {
    let package = app();
    let expected = results(&from_file("faults", &package, None));
    let faults: [(&str, Fault); 5] = [
        ("errors", |n| if n < 2 { Answer::Status(500) } else { Answer::Well }),
        ("slow down", |n| if n % 2 == 0 { Answer::Status(503) } else { Answer::Well }),
        ("stalls", |n| if n == 0 || n == 2 { Answer::Stall(600) } else { Answer::Well }),
        ("short bodies", |n| if n < 3 { Answer::Cut } else { Answer::Well }),
        ("no ranges", |_| Answer::Whole),
    ];
    for tags in [true, false] {
        for (name, fault) in faults {
            let server = Server::start(&[("app.apk", &package)], tags, move |_, n| fault(n));
            let found = audit_with(quick(), &server.url("app.apk"), None);
            assert_eq!(found.cause, None, "{name}");
            assert_eq!(results(&found), expected, "{name}, tags {tags}");
        }
    }
}

#[test]
fn lasting_faults_fail_the_package_with_their_cause() {
    let package = app();
    let cases: [(&str, Fault, &str); 6] = [
        ("errors", |_| Answer::Status(500), "500"),
        ("errors after the directory", |n| if n == 0 { Answer::Well } else { Answer::Status(500) }, "500"),
        ("refused", |_| Answer::Status(403), "refuses access"),
        ("replaced", |n| if n == 1 { Answer::Replaced } else { Answer::Well }, "changed while it was read"),
        ("short", |n| if n == 0 { Answer::Well } else { Answer::Cut }, "app.apk"),
        ("stalls", |n| if n == 0 { Answer::Well } else { Answer::Stall(600) }, "app.apk"),
    ];
    for (name, fault, cause) in cases {
        for tags in [true, false] {
            let server = Server::start(&[("app.apk", &package)], tags, move |_, n| fault(n));
            let begun = Instant::now();
            let found = audit_with(quick(), &server.url("app.apk"), None);
            assert_eq!(found.outcome, Outcome::Failed, "{name}, tags {tags}");
            let said = found.cause.unwrap();
            assert!(said.contains(cause), "{name}: {said}");
            assert!(found.findings.is_empty() && found.report.is_empty(), "nothing half read is kept");
            assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
        }
    }
    let server = Server::start(&[], true, |_, _| Answer::Well);
    let missing = audit_with(quick(), &server.url("none.apk"), None).cause.unwrap();
    assert!(missing.contains("no such object"), "{missing}");
    let tight = object::Options { max_bytes: 70_000, ..quick() };
    let server = Server::start(&[("app.apk", &package)], true, |_, _| Answer::Well);
    let large = audit_with(tight, &server.url("app.apk"), None).cause.unwrap();
    assert!(large.contains("more than 70000 bytes"), "{large}");
    let few = object::Options { max_requests: 1, ..quick() };
    let many = audit_with(few, &server.url("app.apk"), None).cause.unwrap();
    assert!(many.contains("more than 1 requests"), "{many}");
}

#[test]
fn unchanged_objects_are_not_fetched_again() {
    let package = app();
    let server = Server::start(&[("a.apk", &package), ("b.apk", &package)], true, |_, _| Answer::Well);
    let auditor = Auditor::new(resolver(), Options::default(), quick(), None).unwrap();
    let jobs = [job(&server.url("a.apk"), None), job(&server.url("b.apk"), None)];
    let mut store = Store::create(Path::new(":memory:")).unwrap();
    let options = run::Options { workers: 2, memory: 1 << 30, retry_failed: false };
    let mut go =
        || run::run(&mut store, &jobs, &auditor, options, &AtomicBool::new(false), &mut |_| {}).unwrap();
    assert_eq!(go().done, 2);
    let before = server.requests();
    assert_eq!(go().unchanged, 2);
    assert_eq!(server.requests(), before + 2, "one look at each");
    server.objects.lock().unwrap().get_mut("/b.apk").unwrap().push(0);
    let third = go();
    assert_eq!((third.done, third.unchanged), (1, 1));
}

#[test]
fn garbage_behind_an_address_ends_as_a_failure() {
    for (name, bytes) in
        [("empty", Vec::new()), ("noise", noise(200_000)), ("cut", app()[..300_000].to_vec())]
    {
        let server = Server::start(&[("app.apk", &bytes)], true, |_, _| Answer::Well);
        let found = audit_with(quick(), &server.url("app.apk"), None);
        let expected = from_file(&format!("garbage-{name}"), &bytes, None);
        assert_eq!(found.outcome, expected.outcome, "{name}: {:?} {:?}", found.cause, expected.cause);
    }
}
