//! Products that sentences name without the word SDK: Latin names that mean nothing else.

use crate::fold;
use crate::policy::words::Words;
use std::ops::Range;

/// Lower case, longer names before those they hold.
static NAMES: Words = Words::new(
    "\
    google analytics for firebase;google analytics 4;firebase analytics;google analytics;firebase crashlytics;\
    crashlytics;firebase cloud messaging;firebase remote config;firebase performance;google admob;admob;\
    google play services;appsflyer;mixpanel;flurry analytics;onesignal;facebook audience network;\
    meta audience network;facebook analytics;unity ads;applovin;ironsource;chartboost;adcolony;vungle;inmobi;\
    mintegral;startapp;tapjoy;appmetrica;leancloud;talkingdata;tencent bugly;bugly;umeng;jpush;sharesdk;\
    trackingio;sensors analytics;topon;pangle;getui;revenuecat;instabug;new relic;datadog",
);

/// Words of a sentence that uses something.
static USES: Words = Words::new(
    "使用;集成;接入;嵌入;采用;引入;通过;借助;use ;uses ;using ;integrat;embed;rely on;provided by;powered by;\
    services of;such as;including",
);

/// Whether a short text in lower case is such a product, maybe with its company or in brackets behind it.
pub fn is_product(plain: &str) -> bool {
    const AROUND: &[&str] = &[
        "google", "firebase", "meta", "facebook", "unity", "amazon", "sdk", "by", "for", "and", "the",
        "services",
    ];
    let known = |text: &str| {
        NAMES.iter().find_map(|name| {
            let at = text.find(name)?;
            (fold::word_at(text, at, at + name.len()) == Some(at + name.len())).then_some(at..at + name.len())
        })
    };
    let alone = |text: &str, name: Range<usize>| {
        let rest = [text.get(..name.start).unwrap_or(""), text.get(name.end..).unwrap_or("")];
        rest.iter()
            .flat_map(|r| r.split(|c: char| !c.is_alphanumeric()))
            .all(|w| w.is_empty() || AROUND.contains(&w))
    };
    let (outside, inside) = plain.split_once('(').unwrap_or((plain, ""));
    match known(outside) {
        Some(name) => alone(outside, name),
        None => {
            outside.split_whitespace().count() <= 3 && known(inside).is_some_and(|name| alone(inside, name))
        }
    }
}

/// Where a text in lower case (`mention::plain`) names such products and says that they are used.
pub fn find(plain: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    if !NAMES.within(plain) {
        return out;
    }
    for name in NAMES.iter() {
        for (at, found) in plain.match_indices(name).take(64) {
            let range = at..at + found.len();
            let free = out.iter().all(|r| range.end <= r.start || r.end <= range.start);
            if free && fold::word_at(plain, range.start, range.end) == Some(range.end) && used(plain, &range)
            {
                out.push(range);
            }
        }
    }
    out.sort_by_key(|r| r.start);
    out
}

/// Whether the words right around a name say that it is used; a name in an address is not.
fn used(plain: &str, name: &Range<usize>) -> bool {
    let head = plain.get(super::mention::back(plain, name.start, 120)..name.start).unwrap_or("");
    let address = head
        .rsplit(char::is_whitespace)
        .next()
        .is_some_and(|w| w.contains("://") || w.ends_with(['.', '/', '@']));
    let tail = plain.get(name.end..).unwrap_or("");
    !address && !tail.starts_with(['.', '/', '-', '_', '@']) && USES.within(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_where_they_are_used() {
        let text = "we use google analytics for firebase and crashlytics; see https://x.example/admob";
        let found: Vec<&str> = find(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(found, ["google analytics for firebase", "crashlytics"]);
        assert!(find("admob is a brand").is_empty());
    }
}
