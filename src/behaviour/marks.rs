//! Which method, field, string and type ids of one dex name something in the catalogue.

use super::catalogue::{ClassMarks, INDEX, Mark};
use crate::format::dex::{Dex, NO_INDEX};
use std::collections::HashMap;

/// A set of ids of one table, each with its marks: a bit per id decides nearly every lookup.
#[derive(Debug, Default)]
pub(super) struct Ids {
    bits: Vec<u64>,
    marks: HashMap<u32, Vec<Mark>>,
}

impl Ids {
    fn with_capacity(count: u32) -> Ids {
        Ids { bits: vec![0; count as usize / 64 + 1], marks: HashMap::new() }
    }

    fn add(&mut self, id: u32, mark: Mark) {
        if let Some(word) = self.bits.get_mut(id as usize / 64) {
            *word |= 1 << (id % 64);
            let marks = self.marks.entry(id).or_default();
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
    }

    fn remove(&mut self, id: u32) {
        if let Some(word) = self.bits.get_mut(id as usize / 64) {
            *word &= !(1 << (id % 64));
        }
    }

    /// Marks of `id`; none for nearly all.
    pub(super) fn get(&self, id: u32) -> &[Mark] {
        let set = self.bits.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1);
        if set { self.marks.get(&id).map_or(&[], Vec::as_slice) } else { &[] }
    }

    fn has_entries(&self) -> bool {
        self.marks.values().flatten().any(|m| matches!(m, Mark::Entry(_)))
    }
}

/// The marks of one dex.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) methods: Ids,
    pub(super) fields: Ids,
    pub(super) strings: Ids,
    /// Types that extend a catalogue class, with the mark of that.
    pub(super) subclasses: HashMap<u32, Mark>,
    /// Methods reached through a subclass; no marks of ours where the subclass defines them itself.
    inherited: Vec<(u32, u32)>,
}

/// How many URLs are looked at for hosts; a dex has some thousands.
const MAX_URLS: u32 = 200_000;

impl Marks {
    /// The marks of `dex`; `None` when it has none, and need not be walked.
    ///
    /// Tables are searched as sorted, as the format demands and Android checks before it runs a dex.
    pub(super) fn resolve(dex: &Dex<'_>) -> Option<Marks> {
        let mut marks = Marks {
            methods: Ids::with_capacity(dex.method_count()),
            fields: Ids::with_capacity(dex.field_count()),
            strings: Ids::with_capacity(dex.string_count()),
            ..Marks::default()
        };
        let mut types: HashMap<u32, (&ClassMarks, bool)> = HashMap::new();
        for (descriptor, class) in &INDEX.classes {
            if let Some(id) = dex.find_type(descriptor.as_bytes()) {
                types.insert(id, (class, false));
            }
        }
        marks.add_subclasses(dex, &mut types);
        marks.add_members(dex, &types);
        marks.add_strings(dex);
        let any = marks.methods.has_entries()
            || marks.fields.has_entries()
            || marks.strings.has_entries()
            || !marks.subclasses.is_empty();
        any.then_some(marks)
    }

    /// Forgets marks on inherited methods that a subclass of the app defines itself: a call of these runs the
    /// app's code, and the call of the original in there is found on its own.
    pub(super) fn forget_overridden(&mut self, defined: impl Fn(u32, u32) -> bool) {
        for (class, method) in std::mem::take(&mut self.inherited) {
            if defined(class, method) {
                self.methods.remove(method);
            }
        }
    }

    /// A superclass is defined before its subclasses (dex format, "class_defs"), so one pass finds all levels.
    fn add_subclasses(&mut self, dex: &Dex<'_>, types: &mut HashMap<u32, (&ClassMarks, bool)>) {
        for def in dex.class_defs().flatten() {
            if def.superclass == NO_INDEX || types.contains_key(&def.class) {
                continue;
            }
            if let Some((class, _)) = types.get(&def.superclass).copied() {
                types.insert(def.class, (class, true));
                if let Some(mark) = class.extends {
                    self.subclasses.insert(def.class, mark);
                }
            }
        }
    }

    fn add_members(&mut self, dex: &Dex<'_>, types: &HashMap<u32, (&ClassMarks, bool)>) {
        if types.is_empty() {
            return;
        }
        for id in 0..dex.method_count() {
            let Ok(method) = dex.method(id) else { continue };
            let Some((class, inherited)) = types.get(&method.class) else { continue };
            let Ok(name) = dex.name(method.name) else { continue };
            for (wanted, mark) in &class.methods {
                // A constructor is never inherited.
                if wanted.as_bytes() == name && !(*inherited && name == b"<init>") {
                    self.methods.add(id, *mark);
                    if *inherited {
                        self.inherited.push((method.class, id));
                    }
                }
            }
        }
        for id in 0..dex.field_count() {
            let Ok(field) = dex.field(id) else { continue };
            let Some((class, _)) = types.get(&field.class) else { continue };
            let Ok(name) = dex.name(field.name) else { continue };
            for (_, mark) in class.fields.iter().filter(|(wanted, _)| wanted.as_bytes() == name) {
                self.fields.add(id, *mark);
            }
        }
    }

    fn add_strings(&mut self, dex: &Dex<'_>) {
        for (text, prefix, mark) in &INDEX.strings {
            if *prefix {
                for id in dex.strings_with_prefix(text.as_bytes()) {
                    self.strings.add(id, *mark);
                }
            } else if let Some(id) = dex.find_string(text.as_bytes()) {
                self.strings.add(id, *mark);
            }
        }
        for (host, mark) in &INDEX.hosts {
            if let Some(id) = dex.find_string(host.as_bytes()) {
                self.strings.add(id, *mark);
            }
        }
        for scheme in ["http://", "https://"] {
            for id in dex.strings_with_prefix(scheme.as_bytes()).take(MAX_URLS as usize) {
                let Some(rest) = dex.string_head(id, 300).and_then(|s| s.get(scheme.len()..)) else {
                    continue;
                };
                let end = rest
                    .iter()
                    .position(|b| !matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-'));
                let host = rest.get(..end.unwrap_or(rest.len())).and_then(|h| std::str::from_utf8(h).ok());
                if let Some(mark) = host.and_then(|h| INDEX.host(&h.to_ascii_lowercase())) {
                    self.strings.add(id, mark);
                }
            }
        }
    }
}
