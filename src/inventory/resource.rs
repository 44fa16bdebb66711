//! Resource tables of a package: what the references of its manifest stand for.

use crate::format::arsc::{Localized, Table};
use crate::format::proto_table::ProtoTable;
use crate::format::xml::Value;
use crate::lang::Text;
use std::cell::Cell;
use std::collections::HashMap;

/// References followed from one value; real chains have one or two.
const MAX_HOPS: usize = 8;

/// Lookups in all; a manifest may hold any number of references, each a walk over the table's types.
const MAX_LOOKUPS: u32 = 20_000;

/// One table, by how it is written.
pub enum Tables<'a> {
    /// `resources.arsc`.
    Binary(Table<'a>),
    /// `resources.pb`.
    Proto(ProtoTable<'a>),
    /// `strings.xml` of a decoded package: language, and values by name.
    Text(String, HashMap<String, String>),
}

/// All tables of a package, the base's first.
pub struct Resources<'a> {
    tables: Vec<Tables<'a>>,
    left: Cell<u32>,
}

impl<'a> Resources<'a> {
    /// Lookups in `tables`.
    pub fn new(tables: Vec<Tables<'a>>) -> Resources<'a> {
        Resources { tables, left: Cell::new(MAX_LOOKUPS) }
    }

    /// Text of `value` in the default configuration; references that lead nowhere are written as such.
    pub fn text(&self, value: &Value<'_>) -> Option<String> {
        self.localized(value, &[""]).or_else(|| plain(value))
    }

    /// The label `value` in Chinese and English; each falls back to the default configuration.
    pub fn label(&self, value: &Value<'_>) -> Option<Text> {
        let zh = self.localized(value, &["zh", ""])?;
        let en = self.localized(value, &["en", ""])?;
        (!zh.is_empty() && !en.is_empty()).then(|| Text::new(zh, en))
    }

    fn localized(&self, value: &Value<'_>, languages: &[&str]) -> Option<String> {
        let mut current = value.clone().into_owned();
        for _ in 0..MAX_HOPS {
            if !matches!(current, Value::Reference(_) | Value::Named(_)) {
                return plain(&current);
            }
            current = self.look_up(&current, languages)?;
        }
        None
    }

    fn look_up(&self, reference: &Value<'_>, languages: &[&str]) -> Option<Value<'static>> {
        self.left.set(self.left.get().checked_sub(1)?);
        let found: Vec<Localized<'_>> =
            self.tables.iter().flat_map(|table| values(table, reference)).collect();
        let of = |language: &str, plain: bool| {
            found.iter().find(|l| l.language == language && (l.plain || !plain))
        };
        let best = languages.iter().find_map(|l| of(l, true).or_else(|| of(l, false))).or(found.first());
        best.map(|l| l.value.clone().into_owned())
    }
}

fn values<'t>(table: &'t Tables<'_>, reference: &Value<'_>) -> Vec<Localized<'t>> {
    match (table, reference) {
        (Tables::Binary(table), Value::Reference(id)) => table.values(*id).collect(),
        (Tables::Proto(table), Value::Reference(id)) => table.values(*id),
        (Tables::Proto(table), Value::Named(name)) => table.named(name),
        (Tables::Text(language, strings), Value::Named(name)) => {
            let value = name.strip_prefix("string/").and_then(|n| strings.get(n));
            let localized = |v: &'t String| Localized {
                language: language.clone(),
                plain: true,
                value: Value::Text(v.as_str().into()),
            };
            value.map(localized).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Text of a value without any table.
pub fn plain(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.clone().into_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Reference(id) => format!("@{id:#010x}"),
        Value::Named(name) => format!("@{name}"),
        Value::Other(0x04, bits) => f32::from_bits(*bits).to_string(),
        Value::Other(..) => return None,
    })
}

/// Language of a decoded resource directory: `zh` of `values-zh-rCN` and `values-b+zh+Hans`, empty for `values`.
/// `None` for directories of other qualifiers.
pub fn language_of(directory: &str) -> Option<&str> {
    let qualifiers = directory.strip_prefix("values")?;
    if qualifiers.is_empty() {
        return Some("");
    }
    let rest = qualifiers.strip_prefix('-')?;
    let first = rest.strip_prefix("b+").unwrap_or(rest).split(['-', '+']).next()?;
    (first.len() == 2 && first.bytes().all(|b| b.is_ascii_lowercase())).then_some(first)
}
