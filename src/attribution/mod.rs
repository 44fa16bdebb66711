//! Uses of sensitive APIs x owners of code -> what the code of each SDK can read, and which permission it needs.
//!
//! Static all through: code that can read a thing is in the app; whether it runs is not known.

mod permissions;

pub use permissions::{OwnerPermission, PermissionUse};

use crate::behaviour::ApiUse;
use crate::behaviour::catalogue::{self, Entry, Kind};
use crate::inventory::Inventory;
use crate::location::EntryPath;
use crate::signature::{Database, Detections, Owner, Owners, SdkId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the code in one package can read, by owner. A pure function of inventory, detections and database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Behaviour {
    /// `targetSdkVersion`, which decides what Android still gives.
    pub target_sdk: Option<u32>,
    /// Owners with at least one use, SDKs first.
    pub owners: Vec<OwnerUses>,
    /// Requested permissions, each with who explains it.
    pub permissions: Vec<PermissionUse>,
}

/// What the code of one owner can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerUses {
    /// Whose code.
    pub owner: Owner,
    /// The SDK that brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<SdkId>,
    /// Data items and practices, by id.
    pub items: Vec<ItemUse>,
    /// Permissions its calls need.
    pub permissions: Vec<OwnerPermission>,
}

/// One data item that code of one owner can read, or one practice it can follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemUse {
    /// Id of a data item (`taxonomy`) or a practice (`catalogue::PRACTICES`).
    pub item: &'static str,
    /// Only hints: calls with many other uses, or where the user decides each time.
    pub weak: bool,
    /// Call sites, of the strong ones when there are any.
    pub calls: u32,
    /// Last API level of devices on which Android gives the value to this app; `None` is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_until: Option<u8>,
    /// Where, strong ones first, then by class.
    pub places: Vec<Place>,
}

/// One class that uses one entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// A hint only.
    pub weak: bool,
    /// Binary class name, or file name of a native library.
    pub class: String,
    /// A method that does; empty for the class as a whole.
    pub method: String,
    /// Id of the catalogue entry.
    pub api: &'static str,
    /// Call sites.
    pub count: u32,
    /// The file.
    pub at: EntryPath,
}

impl Behaviour {
    /// What the code of an SDK can read; `None` when no use was found in it.
    pub fn sdk(&self, id: &str) -> Option<&OwnerUses> {
        self.owners.iter().find(|o| matches!(&o.owner, Owner::Sdk(sdk) if sdk.as_str() == id))
    }

    /// All owners whose code can read `item`, with the use; hints only where `weak`.
    pub fn readers<'b>(
        &'b self,
        item: &'b str,
        weak: bool,
    ) -> impl Iterator<Item = (&'b OwnerUses, &'b ItemUse)> {
        self.owners.iter().filter_map(move |o| {
            let found = o.items.iter().find(|i| i.item == item && (weak || !i.weak))?;
            Some((o, found))
        })
    }
}

impl OwnerUses {
    /// The use of one item.
    pub fn item(&self, item: &str) -> Option<&ItemUse> {
        self.items.iter().find(|i| i.item == item)
    }
}

impl ItemUse {
    /// Whether it is a data item, else a practice.
    pub fn is_data(&self) -> bool {
        crate::taxonomy::get(self.item).is_some()
    }
}

/// Attributes every use in `inventory` to its owner.
pub fn attribute(inventory: &Inventory, detections: &Detections, database: &Database) -> Behaviour {
    let owners = Owners::new(detections, database);
    let target = inventory.app.target_sdk;
    let mut rows: BTreeMap<Owner, Vec<(&'static Entry, ApiUse)>> = BTreeMap::new();
    for one in &inventory.api_uses {
        let Some(entry) = one.entry() else { continue };
        let native = one.at.entry().ends_with(".so");
        let owner = if native { owners.library(&one.class) } else { owners.class(&one.class) };
        rows.entry(owner).or_default().push((entry, one.clone()));
    }
    for (entry, one) in of_components(inventory) {
        rows.entry(owners.class(&one.class)).or_default().push((entry, one));
    }
    let mut out = Behaviour { target_sdk: target, ..Behaviour::default() };
    for (owner, uses) in rows {
        let carried_by = match &owner {
            Owner::Sdk(id) => {
                detections.sdks.iter().find(|d| d.sdk == *id).and_then(|d| d.carried_by.clone())
            }
            _ => None,
        };
        let permissions = permissions::of_owner(&uses, inventory);
        out.owners.push(OwnerUses { owner, carried_by, items: items(uses, target), permissions });
    }
    out.permissions = permissions::explain(inventory, detections, database, &out.owners);
    out
}

/// Components of the manifest that wait for an action of the catalogue.
fn of_components(inventory: &Inventory) -> impl Iterator<Item = (&'static Entry, ApiUse)> + '_ {
    inventory.manifest.components.iter().flat_map(|component| {
        component.actions.iter().filter_map(|action| {
            let entry = catalogue::action(action)?;
            let one = ApiUse {
                api: entry.id,
                class: component.class.clone(),
                method: String::new(),
                count: 1,
                at: component.at.clone(),
            };
            Some((entry, one))
        })
    })
}

fn items(uses: Vec<(&'static Entry, ApiUse)>, target: Option<u32>) -> Vec<ItemUse> {
    let mut by_item: BTreeMap<&'static str, Vec<(&'static Entry, ApiUse)>> = BTreeMap::new();
    for (entry, one) in uses {
        by_item.entry(entry.item).or_default().push((entry, one));
    }
    let item = |(item, uses): (&'static str, Vec<(&'static Entry, ApiUse)>)| {
        let weak = uses.iter().all(|(e, _)| e.weak);
        let telling = || uses.iter().filter(|(e, _)| e.weak == weak);
        let calls = telling().fold(0u32, |n, (_, one)| n.saturating_add(one.count));
        // One call that is still answered is enough.
        let until: Vec<Option<u8>> = telling().map(|(e, _)| e.given_until(target)).collect();
        let given_until = if until.contains(&None) { None } else { until.into_iter().flatten().max() };
        let mut places: Vec<Place> = uses
            .into_iter()
            .map(|(entry, one)| Place {
                weak: entry.weak,
                class: one.class,
                method: one.method,
                api: one.api,
                count: one.count,
                at: one.at,
            })
            .collect();
        places.sort();
        ItemUse { item, weak, calls, given_until, places }
    };
    by_item.into_iter().map(item).collect()
}

/// Whether an entry speaks of code, not of hosts named in it: a host tells where, not what.
pub(crate) fn is_call(entry: &Entry) -> bool {
    entry.kind != Kind::Host
}

#[cfg(test)]
mod tests;
