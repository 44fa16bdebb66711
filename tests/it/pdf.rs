//! PDF policies: lines, ruled tables over pages, fonts, links, pages without text, hostile files.

use crate::common::pdf::PdfBuilder;
use sdkaudit::policy::{self, Policy, Source};
use std::time::{Duration, Instant};

fn read(bytes: Vec<u8>) -> Policy {
    policy::read(&[Source::new("policy.pdf".into(), bytes)])
}

fn rows(policy: &Policy) -> Vec<(&str, &str, &str)> {
    let text = |field: &'_ Option<policy::Field>| field.as_ref().map_or("", |f| f.text.clone().leak());
    policy.declarations.iter().map(|d| (d.name.text.as_str(), text(&d.purpose), text(&d.data))).collect()
}

fn text(policy: &Policy) -> &str {
    policy.documents.first().map_or("", |d| &d.text)
}

const COLUMNS: [u32; 4] = [50, 150, 290, 520];
const HEAD: [&str; 3] = ["SDK名称", "使用目的", "收集的信息"];

fn sample() -> PdfBuilder {
    PdfBuilder::new()
        .page()
        .text(50, 780, "某应用隐私政策")
        .text(50, 750, "我们接入了以下第三方SDK，并告知其收集的信息：")
        .table(
            &COLUMNS,
            720,
            &[
                &HEAD,
                &["个推SDK", "消息推送", "IMEI、设备型号"],
                // Both cells are broken for want of room: between ideographs.
                &[
                    "友盟统计SDK",
                    "统计用户访问各个页面的次数\n和时长",
                    "OAID、IP地址、Android ID、系统版本、传感器、\n基站编号",
                ],
            ],
        )
        .text(50, 560, "如有疑问请联系我们。")
}

const SAMPLE: [(&str, &str, &str); 2] = [
    ("个推SDK", "消息推送", "IMEI、设备型号"),
    (
        "友盟统计SDK",
        "统计用户访问各个页面的次数和时长",
        "OAID、IP地址、Android ID、系统版本、传感器、基站编号",
    ),
];

#[test]
fn a_ruled_table_is_read_as_rows() {
    for bytes in [sample().build(), sample().packed().build()] {
        let policy = read(bytes);
        let document = policy.documents.first().unwrap();
        assert_eq!(document.format, "pdf", "{:?}", policy.limitations);
        assert!(document.text.starts_with("某应用隐私政策\n"), "{}", document.text);
        assert_eq!(rows(&policy), SAMPLE, "{}", document.text);
        assert!(policy.limitations.is_empty(), "{:?}", policy.limitations);
        for row in &policy.declarations {
            assert_eq!(row.name.spans.first().map(|s| s.of(&document.text)), Some(row.name.text.as_str()));
        }
    }
}

#[test]
fn a_table_without_lines_is_read_by_its_gaps() {
    // The last name is broken; the first two columns of the second row are full, so that hardly a gap is left.
    let lines: [(u32, [&str; 3]); 7] = [
        (700, ["Name of SDK", "Purpose", "Data collected"]),
        (675, ["Getui Push", "Messages and reminders of the", "IMEI, device model"]),
        (663, ["", "day", ""]),
        (645, ["Umeng", "Statistics of the pages used", "OAID, network type and system"]),
        (633, ["Analytics", "", "version"]),
        (615, ["Amap", "Position on the map", "Location"]),
        (603, ["Positioning", "", ""]),
    ];
    for drawn in [false, true] {
        let mut pdf = PdfBuilder::new().page().text(
            50,
            740,
            "The app uses these libraries of third parties, and tells what each of them collects:",
        );
        for (y, cells) in lines {
            for (x, cell) in [50, 140, 290].into_iter().zip(cells).filter(|(_, c)| !c.is_empty()) {
                pdf = pdf.text(x, y, cell);
            }
        }
        // Lines between the rows, none below the head.
        if drawn {
            pdf = pdf.draw("50 656 m 440 656 l S 50 626 m 440 626 l S");
        }
        let policy = read(
            pdf.text(
                50,
                570,
                "Write to us with any question about this list, at the address at the end of this page.",
            )
            .build(),
        );
        assert_eq!(
            rows(&policy),
            [
                ("Getui Push", "Messages and reminders of the day", "IMEI, device model"),
                ("Umeng Analytics", "Statistics of the pages used", "OAID, network type and system version"),
                ("Amap Positioning", "Position on the map", "Location"),
            ],
            "{}",
            text(&policy)
        );
    }
}

#[test]
fn a_table_goes_on_over_the_end_of_a_page() {
    let page = |pdf: PdfBuilder, number: &str| pdf.text(280, 30, number).text(50, 815, "某应用");
    let first = page(PdfBuilder::new().page(), "1").text(50, 780, "第三方SDK目录").table(
        &COLUMNS,
        120,
        &[&HEAD, &["个推SDK", "消息推送", "IMEI、设备型号、系统版本、应用列表、网络类型、"]],
    );
    // The head is repeated, the row is not finished, and another one follows.
    let second = page(first.page(), "2").table(
        &COLUMNS,
        780,
        &[&HEAD, &["", "", "运营商"], &["高德定位SDK", "定位", "位置信息"]],
    );
    let policy = read(page(second.page(), "3").text(50, 780, "本目录到此为止。").build());
    assert_eq!(
        rows(&policy),
        [
            ("个推SDK", "消息推送", "IMEI、设备型号、系统版本、应用列表、网络类型、运营商"),
            ("高德定位SDK", "定位", "位置信息")
        ],
        "{}",
        text(&policy)
    );
    assert!(
        !text(&policy).contains("\n2\n") && text(&policy).matches("某应用\n").count() == 1,
        "{}",
        text(&policy)
    );
}

#[test]
fn labelled_lines_are_read_and_wrapped_ones_joined() {
    let long = "我们重视您的个人信息，为了向您提供消息推送服务，我们会收集您的设备信息并与合作";
    let pdf = PdfBuilder::new()
        .page()
        .text(50, 780, long)
        .text(50, 762, "伙伴共享具体内容见下")
        .text(50, 740, "SDK名称：个推SDK")
        .text(50, 722, "使用目的：消息推送")
        .text(50, 704, "收集信息：IMEI")
        .text(50, 686, "隐私政策：点击查看")
        .link([100, 684, 150, 698], "https://docs.example.com/privacy")
        .build();
    let policy = read(pdf);
    let page = policy.declarations.first().unwrap_or_else(|| panic!("{}", text(&policy)));
    assert_eq!(rows(&policy), [("个推SDK", "消息推送", "IMEI")], "{}", text(&policy));
    let links: Vec<&str> = page.links.iter().map(|l| l.url.text.as_str()).collect();
    assert_eq!(links, ["https://docs.example.com/privacy"]);
}

#[test]
fn chinese_fonts_with_predefined_maps_are_read() {
    let mut pdf = PdfBuilder::new().page();
    for (n, line) in (0u32..).zip(["SDK名称：个推SDK", "使用目的：消息推送", "收集信息：IMEI"])
    {
        pdf = pdf.predefined(50, 780 - 20 * n, line, n == 1);
    }
    let policy = read(pdf.build());
    assert_eq!(rows(&policy), [("个推SDK", "消息推送", "IMEI")], "{}", text(&policy));
}

#[test]
fn pages_without_text_are_named() {
    // An empty page hides nothing; a picture may.
    let policy = read(sample().page().image().page().image().page().page().text(50, 780, "第五页").build());
    let [limitation] = policy.limitations.as_slice() else { panic!("{:?}", policy.limitations) };
    assert!(
        limitation.detail.en.starts_with("2 of the 5 pages") && limitation.detail.en.ends_with(": 2-3"),
        "{limitation:?}"
    );
    assert!(limitation.hides.is_some());
    assert_eq!(rows(&policy), SAMPLE);
    // Codes of which nothing says what they mean are not read as other characters.
    let lost = PdfBuilder::new().page().draw("BT /F1 10 Tf 50 700 Td <0F010F020F03> Tj ET").build();
    let policy = read(lost);
    assert!(policy.limitations.iter().any(|l| l.detail.en.ends_with(": 1")), "{:?}", policy.limitations);
}

#[test]
fn a_lost_tree_and_a_lost_end_cost_nothing() {
    let whole = String::from_utf8(sample().build()).unwrap();
    for broken in
        [whole.replace("trailer", "trial"), whole.replace("/Kids", "/Kinds"), whole.replace("%%EOF", "")]
    {
        assert_eq!(rows(&read(broken.into_bytes())), SAMPLE);
    }
}

#[test]
fn broken_files_are_read_in_bounded_time() {
    let started = Instant::now();
    for whole in [sample().build(), sample().packed().build()] {
        for cut in (0..whole.len()).step_by(whole.len() / 12) {
            read(whole[..cut].to_vec());
        }
        for n in 0..40usize {
            let mut broken = whole.clone();
            for k in 0..8 {
                let at = (n * 7919 + k * 104_729) % broken.len();
                broken[at] = broken[at].wrapping_add(u8::try_from(n * 6 + k).unwrap() | 1);
            }
            read(broken);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[test]
fn hostile_files_end() {
    let started = Instant::now();
    let whole = String::from_utf8(sample().build()).unwrap();
    let again = "[9 0 R ".to_owned() + &"2 0 R ".repeat(1000);
    read(whole.replace("/Kids [9 0 R", &format!("/Kids {again}")).into_bytes());
    read(whole.replace("/Count 1", "/Count 99999999").into_bytes());
    read(whole.replace("/Contents 10 0 R", "/Contents [10 0 R 9 0 R 2 0 R]").into_bytes());
    read(whole.replace("(Identity)", &"(".repeat(5000)).into_bytes());
    read(whole.replace("/Kids [", &"/Kids [".repeat(5000)).into_bytes());
    read(whole.replace("/DW 1000", "/DW 1e300 /W [0 4294967295 9]").into_bytes());
    // Forms that show themselves, forms that show eight others each, and many saved states.
    let nested = sample().page().image().draw(&"q ".repeat(100_000)).build();
    let mut nested = String::from_utf8(nested).unwrap();
    for number in [8].into_iter().chain(950..960) {
        let next = if number == 8 { 950 } else { number + 1 };
        nested.push_str(&format!(
            "{number} 0 obj\n<< /Type /XObject /Subtype /Form /Resources << /XObject << /I {number} 0 R /J {next} 0 R >> >> /Length 54 >>\n\
             stream\n/I Do {}\nendstream\nendobj\n",
            "/J Do ".repeat(8)
        ));
    }
    assert_eq!(rows(&read(nested.into_bytes())).len(), 2);
    // Lines all over the page.
    let mut mesh = String::new();
    for n in 0..1500 {
        mesh.push_str(&format!("{n} 0 m {n} 900 l S 0 {n} m 900 {n} l S "));
    }
    read(PdfBuilder::new().page().draw(&mesh).text(50, 50, "末尾").packed().build());
    // A stream that is a thousand times longer than the file.
    read(PdfBuilder::new().page().draw(&" ".repeat(20 << 20)).packed().build());
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}
