//! Opens any bytes as a package and touches everything that opening and reading can reach.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sdkaudit::limits::Limits;
use sdkaudit::package::{Buffer, Package};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { max_entry_bytes: 16 << 20, max_total_bytes: 64 << 20, max_nested: 16, ..Limits::default() };
    let Ok(package) = Package::from_bytes("app.apk", data.to_vec(), &limits) else { return };
    let _ = package.signing();
    let mut buffer = Buffer::new();
    for entry in package.containers().iter().flat_map(|c| c.entries()) {
        let _ = (entry.role(), entry.module(), entry.native_library(), entry.magic());
        if let Ok(mut stream) = entry.stream(&mut buffer) {
            stream.fill(100);
            stream.fill(10_000);
        }
        if let Ok(content) = entry.read(&mut buffer) {
            content.limitations.iter().for_each(|l| assert!(!l.detail.zh.is_empty() && !l.detail.en.is_empty()));
        }
    }
});
