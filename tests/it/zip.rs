//! Every trick a zip archive can play, built here: the content comes out, and the trick is named.

use crate::common::zip::{ZipBuilder, ZipEntry};
use sdkaudit::format::zip::{Archive, Buffer, Ceiling, Trick};
use sdkaudit::limits::Deadline;

const CEILING: u64 = 64 << 20;

/// Names and contents.
type Contents = Vec<(String, Vec<u8>)>;

/// The content of the entry to take for each name, in directory order, and all oddities.
fn read(bytes: &[u8]) -> Option<(Contents, Vec<Trick>)> {
    let archive = Archive::parse(&bytes, 1000).unwrap()?;
    let mut tricks = archive.tricks().to_vec();
    tricks.extend(archive.entry_tricks().iter().map(|t| t.1.clone()));
    let mut out = Vec::new();
    let mut buffer = Buffer::new();
    let ceiling = Ceiling { bytes: CEILING, deadline: Deadline::never() };
    for entry in archive.entries().iter().filter(|e| !e.shadowed) {
        match archive.read(&bytes, entry, &ceiling, &mut buffer) {
            Ok(content) => {
                out.push((archive.name(entry).to_owned(), content.bytes.to_vec()));
                tricks.extend(content.tricks);
            }
            Err(trick) => tricks.push(trick),
        }
    }
    tricks.sort();
    tricks.dedup();
    Some((out, tricks))
}

/// A dex file as far as its header goes: magic and length.
fn dex(len: usize) -> Vec<u8> {
    let mut out = b"dex\n035\0".to_vec();
    out.extend((0..len as u32).flat_map(|i| (i.wrapping_mul(2_654_435_761) >> 20).to_le_bytes()));
    out.truncate(len);
    out[32..36].copy_from_slice(&(len as u32).to_le_bytes());
    out
}

fn manifest() -> Vec<u8> {
    let mut out = vec![3, 0, 8, 0, 0x40, 0, 0, 0];
    out.extend(b"manifest manifest manifest manifest manifest manifest manifest");
    out.truncate(0x40);
    out
}

fn plain() -> ZipBuilder {
    ZipBuilder::new().deflated("AndroidManifest.xml", &manifest()).deflated("classes.dex", &dex(4000))
}

fn each(change: impl Fn(&mut ZipEntry)) -> Vec<u8> {
    plain().with(|z| z.entries.iter_mut().for_each(change)).build()
}

fn stored(change: impl Fn(&mut ZipEntry)) -> Vec<u8> {
    let zip = ZipBuilder::new().stored("AndroidManifest.xml", &manifest()).stored("classes.dex", &dex(4000));
    zip.with(|z| z.entries.iter_mut().for_each(change)).build()
}

#[test]
fn an_honest_archive_has_no_oddities() {
    for bytes in [each(|_| ()), stored(|_| ())] {
        let (content, tricks) = read(&bytes).unwrap();
        assert_eq!(tricks, []);
        assert_eq!(
            content,
            [("AndroidManifest.xml".to_owned(), manifest()), ("classes.dex".to_owned(), dex(4000))]
        );
    }
}

#[test]
fn each_trick_is_seen_through_and_named() {
    let fake_end = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let zip64 = |z: &mut ZipBuilder| z.entries[1].extra = b"\x01\0\x18\0wrong".to_vec();
    let size = |declared, found| Trick::Size { declared, found };
    let cases: Vec<(&str, Vec<u8>, Vec<Trick>)> = vec![
        ("encryption flag", each(|e| e.flags = 1), vec![Trick::FakeEncryption]),
        ("encryption flag, stored", stored(|e| e.flags = 1), vec![Trick::FakeEncryption]),
        ("strong encryption", each(|e| e.flags = 0x2041), vec![Trick::FakeEncryption]),
        (
            "bogus method, stored",
            stored(|e| e.method = 99),
            vec![Trick::Method { declared: 99, deflated: false }],
        ),
        (
            "bogus method, deflated",
            each(|e| e.method = 99),
            vec![Trick::Method { declared: 99, deflated: true }],
        ),
        ("stored says deflated", stored(|e| e.method = 8), vec![Trick::MethodSwapped { deflated: false }]),
        (
            "deflated says stored",
            each(|e| (e.method, e.local_method) = (0, Some(8))),
            vec![Trick::MethodSwapped { deflated: true }, Trick::LocalMethod],
        ),
        ("other local method", each(|e| e.local_method = Some(77)), vec![Trick::LocalMethod]),
        ("wrong CRC", each(|e| e.crc32 ^= 1), vec![Trick::Crc]),
        ("wrong CRC, stored", stored(|e| e.crc32 ^= 1), vec![Trick::Crc]),
        ("small size", each(|e| e.size = 10), vec![size(10, 64), size(10, 4000)]),
        ("huge size", each(|e| e.size = 0x7fff_ffff), vec![size(0x7fff_ffff, 64), size(0x7fff_ffff, 4000)]),
        (
            "stored, packed size too large",
            stored(|e| e.packed += 30),
            vec![size(94, 64), size(4030, 4000), Trick::Overlap],
        ),
        ("local sizes zero", each(|e| e.local_sizes = Some((0, 0))), vec![Trick::LocalSizes]),
        (
            "data descriptor",
            each(|e| {
                (e.flags, e.local_sizes) = (8, Some((0, 0)));
            }),
            vec![],
        ),
        ("other local name", each(|e| e.local_name = Some(b"x".to_vec())), vec![Trick::LocalName]),
        (
            "blank local signature",
            each(|e| e.local_magic = Some([0; 4])),
            vec![Trick::NoHeaderAtStart, Trick::NoLocalHeader],
        ),
        ("wrong offset", each(|e| e.offset_lie = 5), vec![Trick::NoLocalHeader, Trick::HeaderElsewhere]),
        (
            "offset past the end",
            each(|e| e.offset_lie = 1 << 30),
            vec![Trick::NoLocalHeader, Trick::HeaderElsewhere],
        ),
        ("entry disk", each(|e| e.disk = 9), vec![Trick::Disks]),
        ("archive disk", plain().with(|z| z.disk = 1).build(), vec![Trick::Disks]),
        ("garbage in extra", each(|e| e.extra = vec![0xff; 21]), vec![]),
        ("bad zip64 extra", plain().with(zip64).build(), vec![]),
        (
            "prefix, offsets counted",
            plain().with(|z| (z.prefix, z.prefix_counted) = (vec![7; 99], true)).build(),
            vec![Trick::NoHeaderAtStart],
        ),
        ("prefix", plain().with(|z| z.prefix = vec![7; 99]).build(), vec![Trick::Prepended(99)]),
        ("suffix", plain().with(|z| z.suffix = vec![7; 99]).build(), vec![Trick::TrailingBytes(99)]),
        (
            "long suffix",
            plain().with(|z| z.suffix = vec![7; 99_999]).build(),
            vec![Trick::TrailingBytes(99_999)],
        ),
        ("comment", plain().with(|z| z.comment = b"hello".to_vec()).build(), vec![]),
        (
            "fake end record in the comment",
            plain().with(|z| z.comment = fake_end.clone()).build(),
            vec![Trick::FakeEndRecord],
        ),
        ("comment length", plain().with(|z| z.comment_len = Some(9)).build(), vec![Trick::CommentLength]),
        (
            "count too small",
            plain().with(|z| z.count = Some(1)).build(),
            vec![Trick::EntryCount { declared: 1, found: 2 }, Trick::Uncounted],
        ),
        (
            "count too large",
            plain().with(|z| z.count = Some(900)).build(),
            vec![Trick::EntryCount { declared: 900, found: 2 }],
        ),
        ("directory size", plain().with(|z| z.directory_size = Some(3)).build(), vec![Trick::DirectorySize]),
        ("directory offset", plain().with(|z| z.directory_lie = 50).build(), vec![Trick::DirectoryOffset]),
        (
            "directory offset past the end",
            plain().with(|z| z.directory_lie = 1 << 30).build(),
            vec![Trick::DirectoryOffset],
        ),
        (
            "gap before the end record",
            plain().with(|z| z.after_directory = vec![1; 40]).build(),
            vec![Trick::DirectorySize],
        ),
        ("no end record", plain().with(|z| z.no_end = true).build(), vec![Trick::NoEndRecord]),
        (
            "a record left out",
            plain().with(|z| (z.entries[1].unlisted, z.count) = (true, Some(2))).build(),
            vec![Trick::EntryCount { declared: 2, found: 1 }, Trick::Unlisted],
        ),
        (
            "duplicates, the last real",
            ZipBuilder::new()
                .deflated("AndroidManifest.xml", b"fake")
                .deflated("classes.dex", b"dex\n035\0fake")
                .deflated("AndroidManifest.xml", &manifest())
                .deflated("classes.dex", &dex(4000))
                .build(),
            vec![Trick::DuplicateTaken(2), Trick::DuplicateShadowed],
        ),
        (
            "duplicates, the first real",
            plain()
                .deflated("AndroidManifest.xml", b"fake")
                .deflated("classes.dex", b"dex\n035\0fake")
                .build(),
            vec![Trick::DuplicateTaken(2), Trick::DuplicateShadowed],
        ),
        (
            "duplicates, the copy behind the count is a decoy",
            plain().deflated("classes.dex", &dex(5000)).with(|z| z.count = Some(2)).build(),
            vec![
                Trick::EntryCount { declared: 2, found: 3 },
                Trick::Uncounted,
                Trick::DuplicateTaken(2),
                Trick::DuplicateShadowed,
            ],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, mut want) in cases {
        let (content, got) = read(&bytes).unwrap_or_else(|| panic!("{name}: refused"));
        let find = |n: &str| content.iter().find(|c| c.0 == n).map(|c| c.1.clone());
        assert_eq!(find("AndroidManifest.xml"), Some(manifest()), "{name}");
        assert_eq!(find("classes.dex"), Some(dex(4000)), "{name}");
        want.sort();
        if got != want {
            wrong.push(format!("{name}: {got:?}, not {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_that_lie_are_named_and_kept_apart() {
    let cases: Vec<(&[u8], &str, Trick)> = vec![
        (b"classes.dex\0.png", "classes.dex\0.png", Trick::BadName),
        (b"\xff\xfe.bin", "\u{fffd}\u{fffd}.bin", Trick::BadName),
        (b"../../classes.dex", "../../classes.dex", Trick::Traversal),
        (b"/etc/passwd", "/etc/passwd", Trick::Traversal),
        (b"classes.dex/", "classes.dex/", Trick::DirectoryDecoy),
    ];
    for (raw, name, trick) in cases {
        let bytes = plain().entry(ZipEntry::new(raw, b"decoy", false)).build();
        let (content, tricks) = read(&bytes).unwrap();
        assert_eq!(tricks, [trick], "{name}");
        let names: Vec<&str> = content.iter().map(|c| c.0.as_str()).collect();
        assert_eq!(names, ["AndroidManifest.xml", "classes.dex", name]);
        assert_eq!(content[1].1, dex(4000));
    }
}

#[test]
fn true_encryption_is_not_passed_off_as_content() {
    let noise: Vec<u8> = (0..900u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut entry = ZipEntry::new("classes.dex", &dex(4000), true);
    (entry.flags, entry.packed, entry.data) = (1, noise.len() as u32, noise);
    let (_, tricks) = read(&ZipBuilder::new().entry(entry).build()).unwrap();
    assert!(tricks.contains(&Trick::Encrypted), "{tricks:?}");
}

#[test]
fn a_bomb_stops_at_the_ceiling() {
    let mut entry = ZipEntry::new("classes.dex", &vec![0; 8 << 20], true);
    entry.size = 100;
    let bytes = ZipBuilder::new().entry(entry).build();
    let archive = Archive::parse(&bytes, 10).unwrap().unwrap();
    let ceiling = Ceiling { bytes: 1 << 20, deadline: Deadline::never() };
    let mut buffer = Buffer::new();
    let content = archive.read(&bytes, &archive.entries()[0], &ceiling, &mut buffer).unwrap();
    assert_eq!((content.bytes.len(), content.tricks), (1 << 20, vec![Trick::TooLarge(1 << 20)]));
}

#[test]
fn entries_that_overlap_are_named() {
    let mut inner = ZipEntry::new("res/a.bin", b"x", false);
    inner.offset_lie = -1000;
    let (_, tricks) = read(&plain().entry(inner).build()).unwrap();
    assert!(tricks.contains(&Trick::Overlap), "{tricks:?}");
}

#[test]
fn a_cut_archive_gives_what_is_left() {
    let whole = plain().build();
    let archive = Archive::parse(&whole, 10).unwrap().unwrap();
    let directory = archive.directory_offset() as usize;
    let (content, tricks) = read(&whole[..directory]).unwrap();
    assert_eq!(tricks, [Trick::NoDirectory(2)]);
    assert_eq!(content[1].1, dex(4000));
    let (content, tricks) = read(&whole[..directory - 500]).unwrap();
    assert_eq!(content[0].1, manifest());
    assert!(tricks.contains(&Trick::Cut), "{tricks:?}");
}

#[test]
fn headers_that_overlap_do_not_multiply_names() {
    // Each of these local headers claims the next 1,000 bytes, or 60,000, as its name.
    for claim in [1000u16, 60_000] {
        let mut header = b"PK\x03\x04".to_vec();
        header.extend([0; 22]);
        header.extend(claim.to_le_bytes());
        header.extend([0; 2]);
        let bytes = header.repeat(10_000);
        let names: usize = Archive::parse(&bytes, 100_000)
            .unwrap()
            .map_or(0, |a| a.entries().iter().map(|e| a.name(e).len()).sum());
        // Replacing bytes that are no UTF-8 may make three of one.
        assert!(names <= 3 * bytes.len(), "{names} bytes of names from {}", bytes.len());
    }
}

#[test]
fn the_limit_of_entries_holds() {
    let many = (0..50).fold(ZipBuilder::new(), |z, i| z.stored(&format!("assets/{i}"), b"x")).build();
    let archive = Archive::parse(&many, 20).unwrap().unwrap();
    assert_eq!(archive.entries().len(), 20);
    assert_eq!(archive.tricks(), [Trick::TooManyEntries(20)]);
}

#[test]
fn a_prefix_can_be_read_without_the_rest() {
    let big = dex(3 << 20);
    let bytes = ZipBuilder::new().deflated("classes.dex", &big).stored("b.dex", &big).build();
    let archive = Archive::parse(&bytes, 10).unwrap().unwrap();
    let ceiling = Ceiling { bytes: CEILING, deadline: Deadline::never() };
    for (entry, lent) in archive.entries().iter().zip([false, true]) {
        let mut buffer = Buffer::new();
        let mut stream = archive.stream(&bytes, entry, &ceiling, &mut buffer).unwrap();
        assert_eq!(stream.fill(112)[..112], big[..112]);
        assert_eq!(stream.fill(2 << 20)[..2 << 20], big[..2 << 20]);
        assert!(lent || stream.produced() < 3 << 20, "{} bytes", stream.produced());
        assert_eq!(stream.fill(usize::MAX), big);
        assert_eq!(stream.tricks(), []);
    }
}

#[test]
fn every_cut_and_flip_of_an_archive_is_survived() {
    let whole =
        plain().stored("lib/arm64-v8a/liba.so", b"\x7fELF").with(|z| z.comment = b"c".to_vec()).build();
    for cut in 0..whole.len() {
        let _ = read(&whole[..cut]);
    }
    let mut state = 7u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for _ in 0..2000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random() % 4 {
            // Most of the meaning is in the directory: hit it more often.
            let at = if random() % 3 > 0 { bytes.len() - 1 - random() % 260 } else { random() % bytes.len() };
            bytes[at] = [0, 1, 0xff, 0x50, random() as u8][random() % 5];
        }
        let _ = read(&bytes);
    }
}

#[test]
fn a_header_elsewhere_that_points_past_the_end_is_no_place() {
    // The local header carries another name, and the only other one of this name states more than there is.
    let mut fake = b"PK\x03\x04".to_vec();
    fake.resize(26, 0);
    fake.extend([5, 0, 0xff, 0xff]);
    fake.extend(b"a.bin");
    let entry =
        ZipEntry { local_name: Some(b"b.bin".to_vec()), crc32: 1, ..ZipEntry::new("a.bin", &fake, false) };
    let (contents, tricks) = read(&ZipBuilder::new().entry(entry).build()).unwrap();
    assert_eq!(contents, [("a.bin".to_owned(), fake)]);
    assert!(tricks.contains(&Trick::LocalName), "{tricks:?}");
}
