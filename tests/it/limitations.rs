//! Every kind of limitation is documented, in both languages.

use sdkaudit::limitation::LimitationKind;

#[test]
fn every_kind_stands_in_both_halves_of_the_page() {
    let page = include_str!("../../docs/limitations.md");
    use LimitationKind::*;
    let kinds = [
        Malformed,
        Truncated,
        Unsupported,
        Tampered,
        Packed,
        Obfuscated,
        DynamicCode,
        LimitReached,
        Unreadable,
        Elsewhere,
        MissingPart,
    ];
    for kind in kinds {
        let name = serde_json::to_value(kind).unwrap();
        let row = format!("| `{}` |", name.as_str().unwrap());
        assert_eq!(page.matches(&row).count(), 2, "{row} is to stand once in each language");
    }
}
