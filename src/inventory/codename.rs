//! API levels that manifests write as a codename: `android:minSdkVersion="Tiramisu"`.
//! Source: AOSP `android.os.Build.VERSION_CODES`, `PackageParser.computeMinSdkVersion`.

/// Codenames of platform previews, in lower case, and the level each became.
const LEVELS: &[(&str, u32)] = &[
    ("l", 21),
    ("m", 23),
    ("mnc", 23),
    ("n", 24),
    ("o", 26),
    ("p", 28),
    ("q", 29),
    ("r", 30),
    ("s", 31),
    ("sv2", 32),
    ("t", 33),
    ("tiramisu", 33),
    ("u", 34),
    ("upsidedowncake", 34),
    ("v", 35),
    ("vanillaicecream", 35),
    ("baklava", 36),
];

/// The level of `text`: a number, or a codename with or without the fingerprint a preview build appends
/// (`Tiramisu.7a51`). `None` where neither is known.
pub fn level(text: &str) -> Option<u32> {
    let text = text.trim();
    let name = text.split('.').next().unwrap_or(text);
    let named = || LEVELS.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, level)| *level);
    text.parse().ok().or_else(named)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn numbers_and_codenames_are_levels() {
        for (text, expected) in [
            ("21", Some(21)),
            (" 34 ", Some(34)),
            ("Q", Some(29)),
            ("Sv2", Some(32)),
            ("Tiramisu", Some(33)),
            ("UpsideDownCake.1f2e", Some(34)),
            ("Zabaglione", None),
            ("", None),
        ] {
            assert_eq!(level(text), expected, "{text}");
        }
    }
}
