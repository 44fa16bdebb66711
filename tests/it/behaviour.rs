//! The walk over dex code: which class names what of the catalogue, on whole and on hostile files.

use crate::common::dex::{Class, DexBuilder, Method};
use proptest::prelude::*;
use sdkaudit::behaviour::Walk;
use sdkaudit::format::dex::Dex;
use sdkaudit::limitation::LimitationKind;
use sdkaudit::limits::Deadline;
use sdkaudit::location::EntryPath;
use std::time::{Duration, Instant};

fn walk(data: &[u8]) -> Walk {
    let dex = Dex::parse(data).unwrap();
    Walk::dex(&dex, &EntryPath::root("classes.dex"), &Deadline::never())
}

fn uses(builder: DexBuilder) -> Vec<String> {
    let walk = walk(&builder.build());
    assert_eq!(walk.limitations, []);
    walk.uses.iter().map(|u| format!("{}->{} {} x{}", u.class, u.method, u.api, u.count)).collect()
}

fn one(method: Method) -> Vec<String> {
    uses(DexBuilder::new().define(Class::new("com.a.A").method(method)))
}

const TEXT: &str = "()Ljava/lang/String;";
const TELEPHONY: &str = "android.telephony.TelephonyManager";

#[test]
fn calls_fields_and_strings_are_found_with_class_and_method() {
    let read = Method::new("read")
        .const_string("content://sms/inbox")
        .const_string("nothing of interest")
        .invoke(TELEPHONY, "getDeviceId", TEXT)
        .invoke(TELEPHONY, "getDeviceId", "(I)Ljava/lang/String;")
        .static_field("android.os.Build", "SERIAL", "Ljava/lang/String;");
    let again = Method::new("again").invoke(TELEPHONY, "getDeviceId", TEXT);
    let dex = DexBuilder::new().define(Class::new("com.umeng.Device").method(read).method(again)).define(
        Class::new("com.example.Plain").method(Method::new("run").invoke("a.B", "getDeviceId", TEXT)),
    );
    let mut found = uses(dex);
    found.sort();
    assert_eq!(
        found,
        [
            "com.umeng.Device->read Build.SERIAL x1",
            "com.umeng.Device->read uri:content://sms* x1",
            // The methods of a class stand in the order of their ids.
            "com.umeng.Device->again TelephonyManager.getDeviceId x3",
        ]
        .map(String::from)
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn a_key_counts_only_beside_the_call_that_gives_it_meaning() {
    let secure = "android.provider.Settings$Secure";
    let signature = "(Landroid/content/ContentResolver;Ljava/lang/String;)Ljava/lang/String;";
    assert_eq!(one(Method::new("json").const_string("android_id")), Vec::<String>::new());
    assert_eq!(
        one(Method::new("id").const_string("android_id").invoke_static(secure, "getString", signature)),
        ["com.a.A->id setting:android_id x1"]
    );
    assert_eq!(
        one(Method::new("name").const_string("bluetooth_name").invoke_static(secure, "getString", signature)),
        ["com.a.A->name setting:bluetooth_name x1"]
    );
    assert_eq!(one(Method::new("bridge").const_string("getDeviceId")), Vec::<String>::new());
    let lookup = "(Ljava/lang/String;[Ljava/lang/Class;)Ljava/lang/reflect/Method;";
    assert_eq!(
        one(Method::new("by_name").const_string("getDeviceId").invoke(
            "java.lang.Class",
            "getMethod",
            lookup
        )),
        ["com.a.A->by_name reflection:getDeviceId x1"]
    );
}

#[test]
fn hosts_count_with_their_subdomains_only() {
    let found = |text: &str| one(Method::new("url").const_string(text));
    assert_eq!(found("https://t.appsflyer.com/api/v4"), ["com.a.A->url host:appsflyer.com x1"]);
    assert_eq!(found("graph.facebook.com"), ["com.a.A->url host:graph.facebook.com x1"]);
    assert_eq!(found("https://appsflyer.com.example.cn/"), Vec::<String>::new());
    assert_eq!(found("https://example.cn/?r=appsflyer.com"), Vec::<String>::new());
}

#[test]
fn subclasses_of_framework_classes_carry_their_marks() {
    let base = "android.service.notification.NotificationListenerService";
    let inherited = Method::new("on").invoke("com.a.Child", "getActiveNotifications", TEXT);
    let overriding =
        Class::new("com.a.Own").extends(base).method(Method::new("getActiveNotifications").signature(TEXT));
    let dex = DexBuilder::new()
        .define(Class::new("com.a.Listener").extends(base))
        .define(Class::new("com.a.Child").extends("com.a.Listener"))
        .define(overriding)
        .define(Class::new("com.a.User").method(inherited))
        .define(Class::new("com.a.Other").method(Method::new("on").invoke(
            "com.a.Own",
            "getActiveNotifications",
            TEXT,
        )));
    let mut found = uses(dex);
    found.sort();
    assert_eq!(
        found,
        [
            "com.a.Child-> extends NotificationListenerService x1",
            "com.a.Listener-> extends NotificationListenerService x1",
            "com.a.Own-> extends NotificationListenerService x1",
            "com.a.User->on NotificationListenerService.getActiveNotifications x1",
        ]
    );
}

#[test]
fn every_instruction_length_is_right() {
    // Opcodes whose length other readers get wrong, and the three payloads, each before a call that a slip
    // of one unit would swallow.
    let shapes: [&[u16]; 9] = [
        &[0x002b, 0, 0],
        &[0x002c, 0, 0],
        &[0x008b],
        &[0x008f],
        &[0x0018, 0, 0, 0, 0],
        &[0x0100, 2, 0, 0, 1, 0, 2, 0],
        &[0x0200, 1, 5, 0, 1, 0],
        &[0x0300, 1, 3, 0, 0x6e6e, 0x006e],
        &[0x00fe, 0, 0x00ff, 0],
    ];
    for shape in shapes {
        let found = one(Method::new("m").raw(shape).invoke(TELEPHONY, "getDeviceId", TEXT));
        assert_eq!(found, ["com.a.A->m TelephonyManager.getDeviceId x1"], "{shape:x?}");
    }
}

#[test]
fn a_dex_without_marks_is_not_walked() {
    let data = DexBuilder::new()
        .define(Class::new("a.A").method(Method::new("m").invoke("b.B", "c", TEXT).const_string("x")))
        .build();
    assert_eq!(walk(&data).units, 0);
}

fn put(data: &mut [u8], at: usize, value: u32) {
    data[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Two classes of many methods that all point at one code item of many calls, with class data shared, too.
#[test]
fn shared_code_and_shared_class_data_stay_linear() {
    let mut big = Method::new("m0");
    for _ in 0..30_000 {
        big = big.invoke(TELEPHONY, "getDeviceId", TEXT);
    }
    let mut class = Class::new("com.a.A").method(big);
    for i in 1..2000 {
        class = class.method(Method::new(&format!("m{i}")).raw(&[0x000e]));
    }
    let mut dex = DexBuilder::new().define(class);
    for i in 0..2000 {
        dex = dex.class(&format!("com.b.C{i}"));
    }
    let mut data = dex.build();
    let parsed = Dex::parse(&data).unwrap();
    let first = parsed.class_defs().flatten().find(|c| c.class_data != 0).unwrap();
    let count = parsed.class_count();
    let defs = bytes_at(&data, 0x64) as usize;
    for i in 0..count as usize {
        put(&mut data, defs + i * 32 + 24, first.class_data);
    }
    let start = Instant::now();
    let walk = walk(&data);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(walk.units <= data.len());
    assert!(
        walk.limitations.iter().any(|l| l.kind == LimitationKind::LimitReached),
        "{:?}",
        walk.limitations
    );
}

fn bytes_at(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(data[at..at + 4].try_into().unwrap())
}

fn sample() -> Vec<u8> {
    DexBuilder::new()
        .define(
            Class::new("com.a.A")
                .extends("android.accessibilityservice.AccessibilityService")
                .static_string("K", "android_id")
                .method(
                    Method::new("m")
                        .const_string("https://graph.facebook.com/x")
                        .const_string("content://contacts/people")
                        .invoke(TELEPHONY, "getDeviceId", TEXT),
                )
                .method(Method::new("n").static_field("android.os.Build", "SERIAL", "Ljava/lang/String;")),
        )
        .build()
}

#[test]
fn cut_files_never_panic() {
    let data = sample();
    for end in 0..data.len() {
        if let Ok(dex) = Dex::parse(&data[..end]) {
            Walk::dex(&dex, &EntryPath::root("x"), &Deadline::never());
        }
    }
}

proptest! {
    #[test]
    fn changed_files_never_panic(changes in prop::collection::vec((0usize..4000, any::<u8>()), 1..24)) {
        let mut data = sample();
        for (at, byte) in changes {
            let at = 8 + at % (data.len() - 8);
            data[at] = byte;
        }
        if let Ok(dex) = Dex::parse(&data) {
            let walk = Walk::dex(&dex, &EntryPath::root("x"), &Deadline::never());
            prop_assert!(walk.units <= data.len());
        }
    }
}
