//! Addresses that a package names: from the strings of dex files, the resource table and text in assets.
//! Strings alone: nothing says that an address is ever contacted.

use super::model::Url;
use crate::format::dex::Dex;
use crate::format::mutf8;
use crate::limitation::Limitation;
use crate::location::EntryPath;
use crate::package::{Buffer, Entry, Role};
use memchr::memmem;
use std::collections::{BTreeMap, HashSet};

/// Longest address kept; longer ones are cut queries.
const MAX_URL: usize = 400;
/// Addresses kept of one package.
const MAX_URLS: usize = 20_000;
/// Addresses looked at in one file; real ones have some thousands.
const MAX_IN_FILE: usize = 50_000;
/// Content of one file of text that is searched, and of all together.
const MAX_FILE: usize = 8 << 20;
const MAX_ALL: usize = 64 << 20;

const SCHEMES: [&str; 2] = ["http://", "https://"];

/// Files in assets that are read: pages, scripts, settings.
const TEXT: &[&str] =
    &["js", "mjs", "json", "html", "htm", "xml", "txt", "properties", "conf", "bundle", "vue", "lua"];

/// Hosts of names, not of machines: XML namespaces, licences, schemas.
const NAMES: &[&str] = &[
    "apache.org",
    "example.com",
    "json-schema.org",
    "ns.adobe.com",
    "purl.org",
    "schemas.android.com",
    "schemas.microsoft.com",
    "schemas.xmlsoap.org",
    "w3.org",
    "xml.org",
    "xmlpull.org",
];

/// Whether the entry may hold addresses worth a look.
pub(super) fn may_hold(entry: &Entry<'_>) -> bool {
    let extension = entry.name().rsplit_once('.').map_or("", |(_, e)| e);
    match entry.role() {
        Role::Resources => true,
        Role::Asset => TEXT.iter().any(|t| extension.eq_ignore_ascii_case(t)),
        _ => false,
    }
}

/// Addresses of one dex. Its strings are sorted, so those that begin with a scheme stand together.
pub(super) fn of_dex(dex: &Dex<'_>, at: &EntryPath, out: &mut Vec<Url>) {
    let mut seen = HashSet::new();
    for scheme in SCHEMES {
        for id in dex.strings_with_prefix(scheme.as_bytes()).take(MAX_IN_FILE) {
            let Some(text) = dex.string_head(id, MAX_URL) else { continue };
            let text = mutf8::decode(text);
            if let Some(url) = address(&text).filter(|u| seen.insert((*u).to_owned())) {
                out.push(Url { url: url.to_owned(), at: at.clone() });
            }
        }
    }
}

/// Addresses in the content of `entries`, within the budget; what is beyond it is not searched.
pub(super) fn of_files(entries: &[Entry<'_>], limitations: &mut Vec<Limitation>) -> Vec<Url> {
    let mut out = Vec::new();
    let mut buffer = Buffer::new();
    let mut left = MAX_ALL;
    for entry in entries {
        let want = MAX_FILE.min(left);
        if want == 0 || out.len() >= MAX_URLS {
            break;
        }
        match entry.stream(&mut buffer) {
            Ok(mut stream) => {
                let content = stream.fill(want);
                let content = content.get(..content.len().min(want)).unwrap_or_default();
                left -= content.len();
                in_bytes(content, &entry.path(), &mut out);
            }
            Err(limitation) => limitations.push(limitation),
        }
    }
    out
}

/// Addresses anywhere in `data`, written in UTF-8 or UTF-16.
fn in_bytes(data: &[u8], at: &EntryPath, out: &mut Vec<Url>) {
    let mut seen = HashSet::new();
    let mut add = |text: &str| {
        let url = address(text)?;
        if out.len() < MAX_URLS && seen.insert(url.to_owned()) {
            out.push(Url { url: url.to_owned(), at: at.clone() });
        }
        Some(url.len())
    };
    let mut end = 0;
    for start in memmem::find_iter(data, b"http").take(MAX_IN_FILE) {
        // Not what an address carries in its query.
        if start < end {
            continue;
        }
        let window = data.get(start..).unwrap_or_default();
        let window = window.get(..window.len().min(MAX_URL)).unwrap_or_default();
        let len = window.iter().position(|b| !b.is_ascii_graphic()).unwrap_or(window.len());
        end = start + add(&String::from_utf8_lossy(window.get(..len).unwrap_or_default())).unwrap_or(0);
    }
    for start in memmem::find_iter(data, b"h\0t\0t\0p\0").take(MAX_IN_FILE) {
        let units = data.get(start..).unwrap_or_default().chunks_exact(2).take(MAX_URL);
        let wide = units.map_while(|unit| match unit {
            [low, 0] if low.is_ascii_graphic() => Some(char::from(*low)),
            _ => None,
        });
        add(&wide.collect::<String>());
    }
}

/// The address at the start of `text`, without what only surrounds it: a scheme, a host with a dot, a path.
fn address(text: &str) -> Option<&str> {
    let scheme = SCHEMES.into_iter().find(|s| text.starts_with(s))?;
    let ends = |c: char| {
        !c.is_ascii_graphic() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '|' | '^' | '{' | '}')
    };
    let url = text.split(ends).next().unwrap_or_default();
    let url = url.trim_end_matches(['.', ',', ';', ':', ')', ']', '!', '*']);
    let host = host_of(url);
    let sound = host.contains('.')
        && host.len() <= 253
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host.ends_with(|c: char| c.is_ascii_alphanumeric())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let name = || {
        NAMES.iter().any(|n| host.strip_suffix(n).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    (url.len() > scheme.len() && sound && !name()).then_some(url)
}

/// The host part: between the scheme and the first of `/ : ? #`, user information left out.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

/// One of each, sorted; the first place stays.
pub(super) fn merge(all: Vec<Url>) -> Vec<Url> {
    let mut by_url: BTreeMap<String, EntryPath> = BTreeMap::new();
    for Url { url, at } in all {
        by_url.entry(url).or_insert(at);
    }
    by_url.into_iter().take(MAX_URLS).map(|(url, at)| Url { url, at }).collect()
}

/// Words in the path of a privacy policy, and how much they say.
const POLICY_WORDS: &[(&str, u32)] = &[
    ("privacypolicy", 4),
    ("privacy-policy", 4),
    ("privacy_policy", 4),
    ("privacy", 3),
    ("yinsi", 3),
    ("ysxy", 3),
    ("yszc", 3),
    ("secret", 1),
    ("agreement", 1),
    ("protocol", 1),
    ("policy", 1),
];

/// How much `url` looks like the privacy policy of the app with this id; 0 when not at all. A host that shares a
/// label with the application id counts most: SDKs carry the addresses of their own policies.
pub(super) fn policy_score(url: &str, application_id: &str) -> u32 {
    let host = host_of(url).to_ascii_lowercase();
    let path = url
        .split_once("://")
        .map_or("", |(_, rest)| rest.get(host.len()..).unwrap_or(""))
        .to_ascii_lowercase();
    let in_path = POLICY_WORDS.iter().find(|(word, _)| path.contains(word)).map_or(0, |(_, n)| *n);
    let in_host = if host.split(['.', '-']).any(|label| label == "privacy") { 3 } else { 0 };
    let word = in_path.max(in_host);
    let common = ["com", "cn", "org", "net", "www", "app", "apps", "android", "mobile", "io", "co", "m"];
    let own = application_id
        .split('.')
        .filter(|label| label.len() > 2 && !common.contains(&label.to_ascii_lowercase().as_str()))
        .any(|label| host.split('.').any(|part| part.eq_ignore_ascii_case(label)));
    match (word, own) {
        (0, _) => 0,
        (n, true) => n + 10,
        // A single vague word on a host of someone else says nothing.
        (1, false) => 0,
        (n, false) => n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_text_ends() {
        for (text, expected) in [
            ("https://a.example.org/x?y=1", Some("https://a.example.org/x?y=1")),
            ("http://a.example.org:8080/p).", Some("http://a.example.org:8080/p")),
            ("https://user@a.example.org\"}", Some("https://user@a.example.org")),
            ("https://%s/path", None),
            ("https://localhost/x", None),
            ("http://schemas.android.com/apk/res/android", None),
            ("http://www.w3.org/2000/svg", None),
            ("https://", None),
            ("https://.a.b", None),
            ("httpx://a.b", None),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
        assert_eq!(host_of("https://u:p@h.example.org:80/x"), "h.example.org");
    }

    #[test]
    fn text_of_either_width_is_searched() {
        let wide: Vec<u8> = "x https://w.example.org/a".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut data =
            b"var a='http://a.example.org/1';b=\"https://b.example.org\"; httphttps://c.example.org "
                .to_vec();
        data.extend(&wide);
        let mut found = Vec::new();
        in_bytes(&data, &EntryPath::root("a.js"), &mut found);
        let found = merge(found);
        let urls: Vec<&str> = found.iter().map(|u| u.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "http://a.example.org/1",
                "https://b.example.org",
                "https://c.example.org",
                "https://w.example.org/a"
            ]
        );
    }

    #[test]
    fn the_apps_own_policy_comes_first() {
        let score = |url| policy_score(url, "com.tidenotes.android");
        assert!(
            score("https://www.tidenotes.cn/privacy.html") > score("https://sdk.vendor.example/privacy.html")
        );
        assert!(score("https://www.tidenotes.cn/agreement") > 0);
        assert_eq!(score("https://sdk.vendor.example/agreement"), 0);
        assert_eq!(score("https://www.tidenotes.cn/api/v1"), 0);
        assert!(score("https://privacy.vendor.example/x") > 0);
    }

    #[test]
    fn repeats_cost_no_more_than_the_file() {
        let data = b"http".repeat(1 << 18);
        let mut found = Vec::new();
        in_bytes(&data, &EntryPath::root("a.js"), &mut found);
        assert!(found.is_empty());
    }
}
