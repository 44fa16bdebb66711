//! The parts of an audit, each by itself: `cargo bench`. `SDKAUDIT_BENCH_APK=FILE` measures a package of yours too.

mod shapes;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use sdkaudit::inventory::{self, Inventory, Options};
use sdkaudit::limits::Limits;
use sdkaudit::package::Package;
use sdkaudit::policy::{self, Source};
use sdkaudit::resolve::Resolver;
use sdkaudit::signature::{Database, detect};
use std::sync::LazyLock;

fn main() {
    divan::main();
}

static PACKAGES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut all: Vec<(String, Vec<u8>)> =
        shapes::SHAPES.iter().map(|s| (s.name.to_owned(), shapes::package(*s))).collect();
    if let Some(path) = std::env::var_os("SDKAUDIT_BENCH_APK") {
        all.push(("yours".to_owned(), std::fs::read(path).expect("SDKAUDIT_BENCH_APK can be read")));
    }
    all
});

fn names() -> Vec<&'static str> {
    PACKAGES.iter().map(|(name, _)| name.as_str()).collect()
}

fn bytes(name: &str) -> &'static [u8] {
    PACKAGES.iter().find(|(n, _)| n == name).map_or(&[], |(_, bytes)| bytes)
}

fn open(name: &str) -> Package {
    Package::from_bytes(&format!("{name}.apk"), bytes(name).to_vec(), &Limits::default()).expect("a package")
}

/// Class names and the manifest, as `detect` reads them.
fn classes_only() -> Options {
    Options { hashes: false, urls: false, ..Options::default() }
}

fn inventory(name: &str, options: &Options) -> Inventory {
    inventory::read(&open(name), options)
}

#[divan::bench(args = names())]
fn directory(bencher: Bencher<'_, '_>, name: &str) {
    bencher.counter(BytesCount::of_slice(bytes(name))).bench(|| open(black_box(name)));
}

#[divan::bench(args = names())]
fn classes(bencher: Bencher<'_, '_>, name: &str) {
    let package = open(name);
    bencher
        .counter(BytesCount::of_slice(bytes(name)))
        .bench(|| inventory::read(black_box(&package), &classes_only()));
}

#[divan::bench(args = names())]
fn classes_and_calls(bencher: Bencher<'_, '_>, name: &str) {
    let package = open(name);
    let options = Options { behaviour: true, ..classes_only() };
    bencher
        .counter(BytesCount::of_slice(bytes(name)))
        .bench(|| inventory::read(black_box(&package), &options));
}

#[divan::bench(args = names())]
fn matching(bencher: Bencher<'_, '_>, name: &str) {
    let inventory = inventory(name, &classes_only());
    let database = Database::embedded();
    bencher.bench(|| detect(black_box(&inventory), &database));
}

#[divan::bench]
fn database(bencher: Bencher<'_, '_>) {
    bencher.bench(Database::embedded);
}

#[divan::bench]
fn resolver(bencher: Bencher<'_, '_>) {
    let database = Database::embedded();
    database.sdks();
    bencher.bench_local(|| {
        black_box(Resolver::new(&database));
    });
}

#[divan::bench(args = [20, 2_000, 20_000])]
fn policy_reading(bencher: Bencher<'_, '_>, rows: usize) {
    let text = shapes::policy(rows);
    bencher
        .counter(BytesCount::of_str(&text))
        .with_inputs(|| [Source::new("policy.html".to_owned(), text.clone().into_bytes())])
        .bench_refs(|sources| policy::read(black_box(sources.as_slice())));
}
