//! `resources.pb`: the resource table of app bundles, indexed by id and name.
//! Source: AOSP `frameworks/base/tools/aapt2/Resources.proto`, `ResourceTable`.

use super::arsc::Localized;
use super::proto_xml;
use super::protobuf::Message;
use std::collections::HashMap;

/// A resource table of a bundle module.
#[derive(Debug, Default)]
pub struct ProtoTable<'a> {
    by_id: HashMap<u32, &'a [u8]>,
    by_name: HashMap<(&'a [u8], &'a [u8]), &'a [u8]>,
}

impl<'a> ProtoTable<'a> {
    /// Indexes the entries of the table; broken messages end their list early.
    pub fn parse(data: &'a [u8]) -> ProtoTable<'a> {
        let mut table = ProtoTable::default();
        for package in Message::new(data).filter(|f| f.number == 2) {
            let package_id = Message::field(Message::field(package.bytes(), 1).bytes(), 1).u32();
            for kind in Message::new(package.bytes()).filter(|f| f.number == 3) {
                let type_id = Message::field(Message::field(kind.bytes(), 1).bytes(), 1).u32();
                let type_name = Message::field(kind.bytes(), 2).bytes();
                // Only strings are looked up; other types would double the index.
                if type_name != b"string" {
                    continue;
                }
                for entry in Message::new(kind.bytes()).filter(|f| f.number == 3) {
                    let entry_id = Message::field(Message::field(entry.bytes(), 1).bytes(), 1).u32();
                    let name = Message::field(entry.bytes(), 2).bytes();
                    let id = (package_id & 0xff) << 24 | (type_id & 0xff) << 16 | entry_id & 0xffff;
                    table.by_id.insert(id, entry.bytes());
                    table.by_name.insert((type_name, name), entry.bytes());
                }
            }
        }
        table
    }

    /// Values of the resource `type/name`, in file order.
    pub fn named(&self, name: &str) -> Vec<Localized<'a>> {
        let Some((kind, name)) = name.split_once('/') else { return Vec::new() };
        self.by_name.get(&(kind.as_bytes(), name.as_bytes())).map_or_else(Vec::new, |e| values(e))
    }

    /// Values of resource `id`, in file order.
    pub fn values(&self, id: u32) -> Vec<Localized<'a>> {
        self.by_id.get(&id).map_or_else(Vec::new, |e| values(e))
    }
}

fn values(entry: &[u8]) -> Vec<Localized<'_>> {
    let configurations = Message::new(entry).filter(|f| f.number == 6).take(512);
    configurations
        .filter_map(|configuration| {
            let config = Message::field(configuration.bytes(), 1).bytes();
            let locale = Message::field(config, 3).text();
            let item = Message::field(Message::field(configuration.bytes(), 2).bytes(), 4).bytes();
            Some(Localized {
                language: locale.split('-').next().unwrap_or_default().to_owned(),
                plain: Message::new(config).all(|f| f.number == 3),
                value: proto_xml::item(item)?,
            })
        })
        .collect()
}
