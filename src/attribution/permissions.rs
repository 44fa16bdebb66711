//! Which permission the calls of an owner need, and who explains each permission the app requests.

use super::{OwnerUses, is_call};
use crate::behaviour::ApiUse;
use crate::behaviour::catalogue::{ENTRIES, Entry};
use crate::inventory::Inventory;
use crate::permission::{self, LAST_API, Level};
use crate::signature::{Database, Detections, Owner, SdkId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A permission that calls of one owner need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OwnerPermission {
    /// Full constant.
    pub permission: &'static str,
    /// The app requests it; without it the calls fail or give less.
    pub requested: bool,
    /// Entries that need it, by id.
    pub by: Vec<&'static str>,
}

/// A permission the app requests, and what explains it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PermissionUse {
    /// Full constant.
    pub permission: String,
    /// The catalogue knows calls that need it, so that "nothing explains it" means something.
    pub known: bool,
    /// Owners of code with calls that need it.
    pub needed_by: Vec<Owner>,
    /// Detected SDKs whose vendor documents it.
    pub documented_by: Vec<SdkId>,
}

impl PermissionUse {
    /// The one owner that explains it, when there is exactly one.
    pub fn only(&self) -> Option<Owner> {
        let documented = self.documented_by.iter().cloned().map(Owner::Sdk);
        let all: BTreeSet<Owner> = self.needed_by.iter().cloned().chain(documented).collect();
        if all.len() == 1 { all.into_iter().next() } else { None }
    }

    /// Whether the catalogue knows it and neither a call nor a vendor's documents explain it.
    pub fn unexplained(&self) -> bool {
        self.known && self.needed_by.is_empty() && self.documented_by.is_empty()
    }
}

/// Permissions a user is asked for that calls of the catalogue need at some API level. Normal permissions are
/// left out: the catalogue holds what reads data, not all that uses the network or the radios.
static KNOWN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let needs = ENTRIES.iter().filter(|e| is_call(e)).flat_map(|e| e.needs);
    let asked = |p: &&str| {
        permission::get(p)
            .and_then(|p| p.level(p.last))
            .is_some_and(|l| matches!(l, Level::Dangerous | Level::Special))
    };
    needs.flat_map(|n| n.any.iter().copied()).filter(asked).collect()
});

/// Permissions that the calls of one owner need on any device the app runs on.
pub(super) fn of_owner(uses: &[(&'static Entry, ApiUse)], inventory: &Inventory) -> Vec<OwnerPermission> {
    let min = inventory.app.min_sdk.unwrap_or(1);
    let mut by: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
    for (entry, _) in uses.iter().filter(|(e, _)| is_call(e)) {
        // Only needs of devices the app can be installed on.
        for need in entry.needs.iter().filter(|n| u32::from(n.to) >= min && n.from <= LAST_API) {
            // Of alternatives the requested ones serve; when none is, all that an app can get are named.
            let some = need.any.iter().any(|p| is_requested(inventory, p));
            let named = |p: &&&'static str| is_requested(inventory, p) || (!some && obtainable(p));
            for permission in need.any.iter().filter(named) {
                by.entry(permission).or_default().insert(entry.id);
            }
        }
    }
    by.into_iter()
        .map(|(permission, by)| OwnerPermission {
            permission,
            requested: is_requested(inventory, permission),
            by: by.into_iter().collect(),
        })
        .collect()
}

/// Who explains each requested permission.
pub(super) fn explain(
    inventory: &Inventory,
    detections: &Detections,
    database: &Database,
    owners: &[OwnerUses],
) -> Vec<PermissionUse> {
    let mut names: Vec<&str> = inventory.manifest.permissions.iter().map(|p| p.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let explain = |name: &str| PermissionUse {
        permission: name.to_owned(),
        known: KNOWN.contains(name),
        needed_by: owners
            .iter()
            .filter(|o| o.permissions.iter().any(|p| p.permission == name))
            .map(|o| o.owner.clone())
            .collect(),
        documented_by: detections
            .sdks
            .iter()
            .filter(|d| database.get(d.sdk.as_str()).is_some_and(|s| s.permissions.iter().any(|p| p == name)))
            .map(|d| d.sdk.clone())
            .collect(),
    };
    names.into_iter().map(explain).collect()
}

/// Whether an ordinary app can be given it.
fn obtainable(permission: &str) -> bool {
    permission::get(permission).is_none_or(|p| p.level(p.last) != Some(Level::System))
}

fn is_requested(inventory: &Inventory, permission: &str) -> bool {
    inventory.manifest.permissions.iter().any(|p| p.name == permission)
}
