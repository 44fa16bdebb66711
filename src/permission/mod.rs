//! Android permissions as standard terms: constants, levels by API, and their zh/en wordings.
//! Constants and levels are facts of AOSP (`aosp.tsv`), wordings are data of ours (`wordings.tsv`).

mod wording;

pub use wording::{How, Reading, mentions, normalise, pieces, read};

use std::sync::LazyLock;

/// One permission constant.
#[derive(Debug, Clone)]
pub struct Permission {
    /// Full constant: `android.permission.CAMERA`.
    pub name: &'static str,
    /// First API level that declares it.
    pub first: u8,
    /// Last API level tabulated that declares it; [`LAST_API`] where it still exists.
    pub last: u8,
    /// API levels in between that do not declare it.
    gaps: Vec<u8>,
    /// Protection level from each API level on, ascending.
    protection: Vec<(u8, &'static str)>,
    /// Runtime permission group (`CAMERA`, `NEARBY_DEVICES`), else the group AOSP names, else `None`.
    pub group: Option<&'static str>,
    /// Who defines it; `None` is AOSP.
    pub vendor: Option<&'static str>,
}

/// First API level tabulated.
pub const FIRST_API: u8 = 4;
/// Last API level tabulated.
pub const LAST_API: u8 = 36;

/// How an app comes by a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Granted at installation; a user cannot refuse it.
    Normal,
    /// The user is asked (from API 23 on at run time).
    Dangerous,
    /// The user grants it on a settings page of its own (`appop`), or by switching a service on.
    Special,
    /// Only for apps of the system's maker: no store app gets it.
    System,
}

impl Permission {
    /// Whether API level `api` declares it. Levels outside the table take the nearest one.
    pub fn exists(&self, api: u8) -> bool {
        let api = api.clamp(FIRST_API, LAST_API);
        (self.first..=self.last).contains(&api) && !self.gaps.contains(&api)
    }

    /// Protection level as AOSP writes it, at API level `api`.
    pub fn protection(&self, api: u8) -> Option<&'static str> {
        let api = api.clamp(FIRST_API, LAST_API);
        self.exists(api)
            .then(|| self.protection.iter().rev().find(|(from, _)| *from <= api))?
            .map(|(_, p)| *p)
    }

    /// How an app comes by it at API level `api`; `None` where it does not exist.
    pub fn level(&self, api: u8) -> Option<Level> {
        let protection = self.protection(api)?;
        let has = |flag: &str| protection.split('|').any(|p| p == flag);
        Some(if has("dangerous") {
            Level::Dangerous
        } else if has("normal") {
            Level::Normal
        } else if has("appop") || has("pre23") || SWITCHED_ON.contains(&self.name) {
            Level::Special
        } else {
            Level::System
        })
    }

    /// Whether a store app can get it at any API level from `min` to `max`.
    pub fn grantable(&self, min: u8, max: u8) -> bool {
        (min.clamp(FIRST_API, LAST_API)..=max.clamp(FIRST_API, LAST_API))
            .any(|api| self.level(api).is_some_and(|level| level != Level::System))
    }
}

/// Permissions that guard a service of the app, which the user switches on.
const SWITCHED_ON: [&str; 9] = [
    "android.permission.BIND_ACCESSIBILITY_SERVICE",
    "android.permission.BIND_AUTOFILL_SERVICE",
    "android.permission.BIND_DEVICE_ADMIN",
    "android.permission.BIND_INPUT_METHOD",
    "android.permission.BIND_JOB_SERVICE",
    "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE",
    "android.permission.BIND_QUICK_SETTINGS_TILE",
    "android.permission.BIND_VPN_SERVICE",
    "android.permission.BIND_WALLPAPER",
];

/// What every AOSP constant but a few begins with.
pub const PREFIX: &str = "android.permission.";

static AOSP: &str = include_str!("aosp.tsv");
static VENDOR: &str = include_str!("vendor.tsv");

static ALL: LazyLock<Vec<Permission>> = LazyLock::new(|| {
    let aosp = rows(AOSP).filter_map(aosp_row);
    let vendor = rows(VENDOR).filter_map(vendor_row);
    let mut all: Vec<Permission> = aosp.chain(vendor).collect();
    all.sort_by(|a, b| a.name.cmp(b.name));
    all
});

fn rows(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().filter(|l| !l.starts_with('#') && !l.is_empty())
}

fn aosp_row(line: &'static str) -> Option<Permission> {
    let mut cells = line.split('\t');
    let name = full(cells.next()?);
    let first = cells.next()?.parse().ok()?;
    let last = cells.next()?.parse().ok()?;
    let gaps = cells.next()?.split(',').filter_map(|g| g.parse().ok()).collect();
    let protection = cells
        .next()?
        .split(' ')
        .filter_map(|p| p.split_once(':').and_then(|(from, level)| Some((from.parse().ok()?, level))))
        .collect();
    let group = cells.next().filter(|g| !g.is_empty());
    Some(Permission { name, first, last, gaps, protection, group, vendor: None })
}

fn vendor_row(line: &'static str) -> Option<Permission> {
    let mut cells = line.split('\t');
    let (name, level, vendor) = (cells.next()?, cells.next()?, cells.next()?);
    let protection = vec![(FIRST_API, level)];
    let vendor = Some(vendor);
    Some(Permission {
        name,
        first: FIRST_API,
        last: LAST_API,
        gaps: Vec::new(),
        protection,
        group: None,
        vendor,
    })
}

/// The full constant of a name of the data files, where a leading dot (or none) stands for `android.permission.`.
fn full(name: &'static str) -> &'static str {
    match name.strip_prefix('.') {
        // Interned once per permission of the table, for the life of the program.
        Some(rest) => Box::leak(format!("{PREFIX}{rest}").into_boxed_str()),
        None => name,
    }
}

/// All permissions known, by name.
pub fn all() -> &'static [Permission] {
    &ALL
}

/// The permission with this full constant.
pub fn get(constant: &str) -> Option<&'static Permission> {
    let all = all();
    all.binary_search_by(|p| p.name.cmp(constant)).ok().and_then(|i| all.get(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(name: &str) -> &'static Permission {
        super::get(&format!("{PREFIX}{name}")).expect(name)
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().len(), rows(AOSP).count() + rows(VENDOR).count());
        assert!(all().windows(2).all(|w| w[0].name < w[1].name));
        for p in all() {
            assert!(p.first <= p.last && p.last <= LAST_API && !p.protection.is_empty(), "{}", p.name);
            assert!(p.protection.windows(2).all(|w| w[0].0 < w[1].0), "{}", p.name);
            assert!(p.level(p.first).is_some() && p.level(p.last).is_some(), "{}", p.name);
        }
    }

    #[test]
    fn levels_follow_the_api() {
        for (name, api, level) in [
            ("CAMERA", 4, Some(Level::Dangerous)),
            ("CAMERA", 36, Some(Level::Dangerous)),
            ("INTERNET", 36, Some(Level::Normal)),
            ("READ_EXTERNAL_STORAGE", 15, None),
            ("READ_EXTERNAL_STORAGE", 19, Some(Level::Normal)),
            ("READ_EXTERNAL_STORAGE", 33, Some(Level::Dangerous)),
            ("SYSTEM_ALERT_WINDOW", 30, Some(Level::Special)),
            ("PACKAGE_USAGE_STATS", 30, Some(Level::Special)),
            ("BIND_NOTIFICATION_LISTENER_SERVICE", 30, Some(Level::Special)),
            ("READ_LOGS", 30, Some(Level::System)),
            ("POST_NOTIFICATIONS", 32, None),
            ("POST_NOTIFICATIONS", 99, Some(Level::Dangerous)),
        ] {
            assert_eq!(get(name).level(api), level, "{name} at {api}");
        }
        assert!(get("READ_LOGS").grantable(4, 36) && !get("READ_LOGS").grantable(19, 36));
        assert_eq!(get("BLUETOOTH_CONNECT").group, Some("NEARBY_DEVICES"));
        assert!(super::get("android.permission.RECORD_VIDEO").is_none());
        assert!(super::get("com.android.vending.BILLING").is_some_and(|p| p.vendor.is_some()));
    }
}
