//! The binary XML reader: what aapt2 writes, what obfuscators make of it, and what is left of broken files.

use crate::common::axml::{AxmlBuilder, Element};
use sdkaudit::format::axml;
use sdkaudit::format::defect::Defect;
use sdkaudit::format::xml::{Event, Value};
use sdkaudit::limitation::LimitationKind;

const NAME: u32 = 0x0101_0003;

fn builder() -> AxmlBuilder {
    AxmlBuilder::manifest(
        "com.example.app",
        &["android.permission.CAMERA", "权限.自定义"],
        [Element::new("activity").android("name", ".Main").android("exported", true)],
    )
}

fn summary(data: &[u8]) -> (Vec<String>, Vec<Defect>) {
    let mut out = vec![];
    let mut depth = 0usize;
    let defects = axml::read(data, |event| match event {
        Event::Start(e) => {
            let name = match e.attribute(NAME, "name") {
                Some(Value::Text(t)) => t.to_string(),
                Some(other) => format!("{other:?}"),
                None => String::new(),
            };
            out.push(format!("{depth} {} {name}", e.name).trim_end().to_owned());
            depth += 1;
        }
        Event::End => depth -= 1,
    });
    (out, defects)
}

const EXPECTED: [&str; 6] = [
    "0 manifest",
    "1 uses-sdk",
    "1 uses-permission android.permission.CAMERA",
    "1 uses-permission 权限.自定义",
    "1 application",
    "2 activity .Main",
];

#[test]
fn reads_both_encodings() {
    for utf8 in [true, false] {
        let data = AxmlBuilder { utf8, ..builder() }.build();
        assert!(axml::is_axml(&data));
        let (events, defects) = summary(&data);
        assert_eq!(events, EXPECTED);
        assert_eq!(defects, []);
    }
}

#[test]
fn blank_names_long_attributes_and_a_false_header_type_hide_nothing() {
    let tricks = [
        AxmlBuilder { blank_names: true, ..builder() },
        AxmlBuilder { attribute_padding: 8, ..builder() },
        AxmlBuilder { header_type: 0, ..builder() },
    ];
    for trick in tricks {
        let data = trick.build();
        assert!(axml::is_axml(&data));
        assert_eq!(summary(&data).0, EXPECTED);
    }
    let (_, defects) = summary(&AxmlBuilder { header_type: 0, ..builder() }.build());
    assert!(defects.iter().all(|d| d.kind == LimitationKind::Tampered && !d.loses));
    assert_eq!(defects.len(), 1);
}

#[test]
fn a_lying_encoding_flag_is_overruled() {
    for utf8 in [true, false] {
        let mut data = AxmlBuilder { utf8, ..builder() }.build();
        data[8 + 17] ^= 1; // flags of the string pool, bit 8
        let (events, defects) = summary(&data);
        assert_eq!(events, EXPECTED);
        assert_eq!(defects.len(), 1);
    }
}

#[test]
fn a_cut_file_gives_what_was_read_and_says_so() {
    let data = builder().build();
    let (all, _) = summary(&data);
    for end in 0..data.len() {
        let (events, _) = summary(&data[..end]);
        // The last element may have lost attributes, nothing else differs.
        assert!(all.iter().zip(&events).all(|(whole, cut)| whole.starts_with(cut)), "cut at {end}");
    }
    let (events, defects) = summary(&data[..data.len() * 3 / 4]);
    assert!(!events.is_empty());
    assert!(defects.iter().any(|d| d.loses));
}

#[test]
fn every_byte_flip_is_survived() {
    let data = builder().build();
    for at in 0..data.len() {
        for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut broken = data.clone();
            broken[at] = value;
            summary(&broken);
        }
    }
}
