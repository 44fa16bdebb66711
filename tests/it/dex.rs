//! The dex reader against files our builder makes, whole, cut and broken.

use crate::common::dex::{Class, DexBuilder, Method};
use sdkaudit::format::dex::{self, Dex, Error, Value};

fn sample() -> Vec<u8> {
    DexBuilder::new()
        .class("com.example.app.Main")
        .class("com.example.库.类")
        .class("z.After")
        .define(
            Class::new("com.umeng.BuildConfig")
                .static_string("SDK_VERSION", "9.6.1")
                .static_string("NAME", "emoji 😀"),
        )
        .define(
            Class::new("com.umeng.Device").extends("android.app.Service").method(
                Method::new("read")
                    .const_string("content://sms")
                    .invoke("android.telephony.TelephonyManager", "getDeviceId", "()Ljava/lang/String;")
                    .static_field("android.os.Build", "SERIAL", "Ljava/lang/String;"),
            ),
        )
        .reference("com.google.android.gms.ads.AdView")
        .build()
}

fn names(dex: &Dex<'_>) -> Vec<String> {
    dex.class_defs().map(|c| dex::class_name(dex.descriptor(c.unwrap().class).unwrap()).unwrap()).collect()
}

#[test]
fn classes_keep_their_names_behind_a_chinese_string() {
    let data = sample();
    let dex = Dex::parse(&data).unwrap();
    assert_eq!(
        names(&dex),
        ["com.example.app.Main", "com.example.库.类", "z.After", "com.umeng.BuildConfig", "com.umeng.Device"]
    );
    assert!(dex.defects().is_empty());
    assert_eq!(dex.version(), 35);
}

#[test]
fn members_code_and_constants_are_reachable() {
    let data = sample();
    let dex = Dex::parse(&data).unwrap();
    let config = dex.class_def(3).unwrap();
    let fields = dex.class_data(&config).unwrap().unwrap();
    let values: Vec<(String, String)> = fields
        .static_fields()
        .zip(dex.static_values(&config).unwrap())
        .map(|(f, v)| {
            let Value::String(id) = v else { panic!("a string: {v:?}") };
            (
                dex.text(dex.field(f.field).unwrap().name).unwrap().into_owned(),
                dex.text(id).unwrap().into_owned(),
            )
        })
        .collect();
    assert_eq!(values, [("NAME".into(), "emoji 😀".into()), ("SDK_VERSION".into(), "9.6.1".to_owned())]);

    let device = dex.class_def(4).unwrap();
    assert_eq!(dex.descriptor(device.superclass).unwrap(), b"Landroid/app/Service;");
    let methods: Vec<_> = dex.class_data(&device).unwrap().unwrap().methods().unwrap().collect();
    let [method] = methods.as_slice() else { panic!("one method") };
    assert_eq!(dex.text(dex.method(method.method).unwrap().name).unwrap(), "read");
    // const-string, invoke-virtual, sget-object, return-void
    assert_eq!(dex.code(method.code).unwrap().instructions.len(), 2 * (2 + 3 + 2 + 1));
}

#[test]
fn unknown_versions_are_read_and_noted() {
    let data = DexBuilder::new().version(99).class("a.B").build();
    let dex = Dex::parse(&data).unwrap();
    assert_eq!(names(&dex), ["a.B"]);
    assert_eq!(dex.defects().len(), 1);
}

#[test]
fn other_files_are_refused() {
    assert_eq!(Dex::parse(b"").unwrap_err(), Error::Magic(0));
    assert_eq!(Dex::parse(&[0; 200]).unwrap_err(), Error::Magic(0));
    assert!(!dex::is_dex(b"dey\n036\0"));
}

/// Calls every accessor with every index the file states.
pub fn exercise(data: &[u8]) -> usize {
    let mut seen = 0;
    for dex in Dex::parse_all(data).into_iter().flatten() {
        let few = |n: u32| 0..n.min(1000) + 2;
        seen += few(dex.string_count()).filter(|i| dex.text(*i).is_ok()).count();
        seen += few(dex.type_count())
            .filter(|i| dex.descriptor(*i).is_ok_and(|d| dex::class_name(d).is_some()))
            .count();
        seen += few(dex.field_count()).filter(|i| dex.field(*i).is_ok()).count();
        for i in few(dex.proto_count()) {
            let Ok(proto) = dex.proto(i) else { continue };
            seen += dex.type_list(proto.parameters).map_or(0, |list| list.take(1000).count());
        }
        seen += few(dex.method_count()).filter(|i| dex.method(*i).is_ok()).count();
        for class in dex.class_defs().flatten().take(1000) {
            seen += dex.static_values(&class).map_or(0, |v| v.take(1000).count());
            let Ok(Some(members)) = dex.class_data(&class) else { continue };
            seen += members.static_fields().take(1000).count();
            let Ok(methods) = members.methods() else { continue };
            seen += methods.take(1000).filter(|m| dex.code(m.code).is_ok()).count();
        }
    }
    seen
}

#[test]
fn every_cut_and_every_byte_flip_is_survived() {
    let data = sample();
    for end in 0..data.len() {
        exercise(&data[..end]);
    }
    for at in 0..data.len() {
        for value in [0x00, 0x7f, 0x80, 0xff] {
            let mut broken = data.clone();
            broken[at] = value;
            exercise(&broken);
        }
    }
}
