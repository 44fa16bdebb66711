//! Sentences that say what follows when a user refuses: they tell neither data nor purpose of an SDK.

use std::ops::Range;

/// How such a sentence begins.
const BEGINS: &[&str] = &[
    "如您",
    "如果您",
    "若您",
    "如用户",
    "如果用户",
    "若用户",
    "如不",
    "若不",
    "如果不",
    "如拒绝",
    "若拒绝",
    "如未",
    "若未",
    "您如",
    "您若",
    "您拒绝",
    "当您拒绝",
    "if you",
];

/// What it says within its first words.
const REFUSES: &[&str] = &[
    "不提供",
    "拒绝",
    "不同意",
    "不授权",
    "未授权",
    "不授予",
    "未授予",
    "不希望",
    "不想",
    "不愿",
    "关闭",
    "不开启",
    "未开启",
    "不允许",
    "不接受",
    "取消",
    "未同意",
    "refuse",
    "decline",
    "do not",
    "don't",
    "deny",
    "disable",
];

/// Characters within which a sentence says that something is refused.
const NEAR: usize = 24;

/// A lower-case text with these sentences blanked out, byte for byte as long; each leaves a break behind.
pub fn blanked(words: String) -> String {
    let refused = find(&words);
    if refused.is_empty() {
        return words;
    }
    let mut out = String::with_capacity(words.len());
    let mut at = 0;
    for range in refused {
        out.push_str(words.get(at..range.start).unwrap_or(""));
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', range.len().saturating_sub(1)));
        at = range.end;
    }
    out.push_str(words.get(at..).unwrap_or(""));
    out
}

/// Where they stand, in order.
fn find(words: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(rest) = words.get(from..).filter(|r| !r.is_empty()) {
        let clause = rest.find(['，', '。', '；', '\n', '.', ';']).unwrap_or(rest.len());
        let lead = rest.len() - rest.trim_start().len();
        let begins = BEGINS.iter().any(|b| rest.get(lead..).is_some_and(|t| t.starts_with(b)));
        let near: String = rest.chars().take(NEAR).collect();
        if begins && REFUSES.iter().any(|w| near.contains(w)) {
            let stop = rest.find(['。', '；', '\n', ';']).unwrap_or(rest.len());
            // The comma before it is of no clause that stays.
            let comma =
                words.get(..from).and_then(|h| h.chars().next_back()).filter(|c| matches!(c, '，' | ','));
            out.push(from - comma.map_or(0, char::len_utf8)..from + stop.max(lead));
            from += stop.max(lead);
        } else {
            from += clause;
        }
        from += words.get(from..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
    }
    out.retain(|r| !r.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_refusal_is_blanked() {
        let text = "收集位置。如您不提供前述信息，可能无法为您提供定位服务，但不影响使用。用于导航";
        let out = blanked(text.to_owned());
        assert_eq!(out.len(), text.len());
        assert_eq!(out.split_whitespace().collect::<Vec<_>>(), ["收集位置。", "。用于导航"]);
        let kept = "如您使用定位功能，会收集位置。";
        assert_eq!(blanked(kept.to_owned()), kept);
    }
}
