//! Native libraries: which of their strings name something in the catalogue. Every C string of the file is looked
//! up once, symbol names among them, so libraries without sound section headers are read as well.

use super::ApiUse;
use super::catalogue::{ENTRIES, INDEX, Kind, Mark};
use crate::location::EntryPath;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

/// Shortest and longest C string looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=512;

/// What C strings are compared with.
struct Wanted {
    exact: HashMap<&'static str, u16>,
    /// Sorted; no one is the beginning of another.
    prefixes: Vec<(&'static str, u16)>,
    /// Binary class names of methods and fields, and who is a member.
    classes: HashMap<&'static str, Vec<(&'static str, u16)>>,
    members: BTreeSet<&'static str>,
    /// A bit for every pair of bytes that something wanted begins with: it turns nearly every string away.
    heads: Vec<u64>,
}

impl Wanted {
    fn note(&mut self, name: &str) {
        match head(name.as_bytes()) {
            Some(head) => {
                if let Some(word) = self.heads.get_mut(head / 64) {
                    *word |= 1 << (head % 64);
                }
            }
            // Too short to have a head; none is. No string may be turned away then.
            None => self.heads.fill(u64::MAX),
        }
    }

    fn may_hold(&self, text: &[u8]) -> bool {
        head(text).and_then(|head| Some(self.heads.get(head / 64)? >> (head % 64) & 1 == 1)).unwrap_or(true)
    }
}

/// The first two bytes as a number.
fn head(text: &[u8]) -> Option<usize> {
    text.first_chunk().map(|pair| usize::from(u16::from_le_bytes(*pair)))
}

/// What addresses begin with.
const SCHEMES: [&str; 2] = ["https://", "http://"];

static WANTED: LazyLock<Wanted> = LazyLock::new(|| {
    let mut out = Wanted {
        exact: HashMap::new(),
        prefixes: Vec::new(),
        classes: HashMap::new(),
        members: BTreeSet::new(),
        heads: vec![0; 1 << 10],
    };
    SCHEMES.iter().for_each(|scheme| out.note(scheme));
    for (i, entry) in ENTRIES.iter().enumerate() {
        let i = u16::try_from(i).unwrap_or(u16::MAX);
        match entry.kind {
            Kind::Method | Kind::Field => {
                let class = entry.class.trim_start_matches('L').trim_end_matches(';');
                out.classes.entry(class).or_default().push((entry.name, i));
                out.members.insert(entry.name);
                out.note(class);
                out.note(entry.name);
            }
            Kind::Uri | Kind::Property | Kind::Command | Kind::Path | Kind::Service | Kind::Symbol
                if entry.with.is_none() =>
            {
                if entry.prefix {
                    out.prefixes.push((entry.name, i));
                } else {
                    out.exact.insert(entry.name, i);
                }
                out.note(entry.name);
            }
            _ => {}
        }
    }
    out.prefixes.sort_unstable();
    out
});

/// Uses that the strings of the library at `at`, file name `name`, speak for: system properties, paths, URIs,
/// hosts, symbols; and members of Java classes when both the class and the member are named, as JNI calls need.
///
/// Linear in the size of the file.
pub fn scan(library: &[u8], at: &EntryPath, name: &str) -> Vec<ApiUse> {
    let wanted = &*WANTED;
    let mut found: BTreeMap<u16, u32> = BTreeMap::new();
    let mut classes: BTreeSet<&str> = BTreeSet::new();
    let mut members: BTreeSet<&str> = BTreeSet::new();
    // Printable bytes in a row so far: what stands before a NUL may begin with other bytes.
    let mut run = 0;
    for (end, byte) in library.iter().enumerate() {
        if (b' '..=b'~').contains(byte) {
            run += 1;
            continue;
        }
        let length = std::mem::take(&mut run);
        if *byte != 0 || !LENGTHS.contains(&length) {
            continue;
        }
        let text = library.get(end - length..end).unwrap_or_default();
        let Some(text) = Some(text).filter(|t| wanted.may_hold(t)).and_then(|t| str::from_utf8(t).ok())
        else {
            continue;
        };
        if let Some(entry) = wanted.exact.get(text) {
            *found.entry(*entry).or_default() += 1;
        }
        let near = wanted.prefixes.partition_point(|(p, _)| *p <= text);
        if let Some((prefix, entry)) = near.checked_sub(1).and_then(|i| wanted.prefixes.get(i))
            && text.starts_with(prefix)
        {
            *found.entry(*entry).or_default() += 1;
        }
        if let Some(Mark::Entry(entry)) = host(text).and_then(|h| INDEX.host(h)) {
            *found.entry(entry).or_default() += 1;
        }
        if let Some((class, _)) = wanted.classes.get_key_value(text) {
            classes.insert(class);
        } else if let Some(member) = wanted.members.get(text) {
            members.insert(member);
        }
    }
    for (member, entry) in classes.iter().filter_map(|c| wanted.classes.get(c)).flatten() {
        if members.contains(member) {
            *found.entry(*entry).or_default() += 1;
        }
    }
    let one = |(entry, count): (u16, u32)| {
        let api = ENTRIES.get(usize::from(entry))?.id;
        Some(ApiUse { api, class: name.to_owned(), method: String::new(), count, at: at.clone() })
    };
    found.into_iter().filter_map(one).collect()
}

fn host(text: &str) -> Option<&str> {
    let rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))?;
    rest.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(library: &[u8]) -> Vec<&'static str> {
        scan(library, &EntryPath::root("a.apk").join("lib/arm64-v8a/libx.so"), "libx.so")
            .iter()
            .map(|u| u.api)
            .collect()
    }

    #[test]
    fn strings_symbols_and_jni_names_are_found() {
        let library = b"\x7fELF\x01ro.serialno\0\x02\x03/sys/class/net/wlan0/address\0getifaddrs\0\
            android/telephony/TelephonyManager\0getDeviceId\0getSubscriberId2\0https://t.appsflyer.com/x\0\
            content://sms/inbox\0";
        assert_eq!(
            ids(library),
            [
                "TelephonyManager.getDeviceId",
                "host:appsflyer.com",
                "path:/sys/class/net/*",
                "property:ro.serialno",
                "symbol:getifaddrs",
                "uri:content://sms*",
            ]
        );
    }

    #[test]
    fn a_member_without_its_class_and_a_part_of_a_string_are_nothing() {
        assert_eq!(ids(b"getDeviceId\0my_ro.serialno\0ro.serialno_x\0ro.serialno"), [""; 0]);
    }

    #[test]
    fn prefixes_do_not_contain_each_other() {
        for pair in WANTED.prefixes.windows(2) {
            assert!(!pair[1].0.starts_with(pair[0].0), "{pair:?}");
        }
    }

    #[test]
    fn one_long_string_costs_no_more_than_its_length() {
        let library = vec![b'a'; 8 << 20];
        assert_eq!(ids(&library), [""; 0]);
    }
}
