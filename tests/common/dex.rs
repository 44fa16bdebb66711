//! Builds small, valid dex files: classes with superclass, static strings, methods and a few instructions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A dex file to be built.
#[derive(Default, Clone)]
pub struct DexBuilder {
    version: Option<u32>,
    classes: Vec<Class>,
    references: Vec<String>,
}

/// A class definition. Names are binary names with dots.
#[derive(Clone)]
pub struct Class {
    name: String,
    superclass: String,
    statics: Vec<(String, String)>,
    methods: Vec<Method>,
}

/// A method with instructions.
#[derive(Clone)]
pub struct Method {
    name: String,
    signature: String,
    code: Vec<Op>,
}

/// One instruction.
#[derive(Clone)]
enum Op {
    /// `invoke-virtual` or `invoke-static` of class, method, signature.
    Invoke { class: String, method: String, signature: String, is_static: bool },
    /// `const-string`.
    ConstString(String),
    /// `sget-object` of class, field, type descriptor.
    StaticField(String, String, String),
    /// Units as they are.
    Raw(Vec<u16>),
}

impl Class {
    pub fn new(name: &str) -> Class {
        Class { name: name.into(), superclass: "java.lang.Object".into(), statics: vec![], methods: vec![] }
    }

    pub fn extends(mut self, superclass: &str) -> Class {
        self.superclass = superclass.into();
        self
    }

    /// A `static final String` with a constant value.
    pub fn static_string(mut self, name: &str, value: &str) -> Class {
        self.statics.push((name.into(), value.into()));
        self
    }

    pub fn method(mut self, method: Method) -> Class {
        self.methods.push(method);
        self
    }
}

impl Method {
    /// A method `void name()`.
    pub fn new(name: &str) -> Method {
        Method { name: name.into(), signature: "()V".into(), code: vec![] }
    }

    /// With another signature: `(Ljava/lang/String;I)V`.
    pub fn signature(mut self, signature: &str) -> Method {
        self.signature = signature.into();
        self
    }

    /// `invoke-virtual class.method(signature)`.
    pub fn invoke(self, class: &str, method: &str, signature: &str) -> Method {
        self.op(Op::Invoke {
            class: class.into(),
            method: method.into(),
            signature: signature.into(),
            is_static: false,
        })
    }

    /// `invoke-static class.method(signature)`.
    pub fn invoke_static(self, class: &str, method: &str, signature: &str) -> Method {
        self.op(Op::Invoke {
            class: class.into(),
            method: method.into(),
            signature: signature.into(),
            is_static: true,
        })
    }

    /// `const-string v0, text`.
    pub fn const_string(self, text: &str) -> Method {
        self.op(Op::ConstString(text.into()))
    }

    /// `sget-object v0, class.field`.
    pub fn static_field(self, class: &str, field: &str, descriptor: &str) -> Method {
        self.op(Op::StaticField(class.into(), field.into(), descriptor.into()))
    }

    /// Instruction units as they are.
    pub fn raw(self, units: &[u16]) -> Method {
        self.op(Op::Raw(units.to_vec()))
    }

    fn op(mut self, op: Op) -> Method {
        self.code.push(op);
        self
    }
}

/// `Lcom/example/A;` of `com.example.A`; descriptors stay.
pub fn descriptor(name: &str) -> String {
    if name.starts_with('[') || name.ends_with(';') || (name.len() == 1 && "VZBSCIJFD".contains(name)) {
        name.to_owned()
    } else {
        format!("L{};", name.replace('.', "/"))
    }
}

/// Parameter descriptors and return type of `(…)R`.
fn split_signature(signature: &str) -> (Vec<String>, String) {
    let (parameters, result) = signature[1..].split_once(')').expect("a signature");
    let mut out = vec![];
    let mut rest = parameters;
    while !rest.is_empty() {
        let core = rest.trim_start_matches('[');
        let brackets = rest.len() - core.len();
        let len = if core.starts_with('L') { core.find(';').expect("an end") + 1 } else { 1 };
        out.push(rest[..brackets + len].to_owned());
        rest = &rest[brackets + len..];
    }
    (out, result.to_owned())
}

type Proto = (String, Vec<String>);

fn proto(signature: &str) -> Proto {
    let (parameters, result) = split_signature(signature);
    (result, parameters)
}

fn shorty((result, parameters): &Proto) -> String {
    std::iter::once(result)
        .chain(parameters)
        .map(|t| if t.len() > 1 { 'L' } else { t.chars().next().unwrap() })
        .collect()
}

#[derive(Default)]
struct Pools {
    strings: Vec<String>,
    types: Vec<String>,
    protos: Vec<Proto>,
    fields: Vec<(String, String, String)>,
    methods: Vec<(String, String, Proto)>,
    /// Numbers of the three long lists, once they are in order.
    string_ids: HashMap<String, u32>,
    type_ids: HashMap<String, u32>,
    method_ids: HashMap<(String, String, Proto), u32>,
}

fn numbered<T: Clone + std::hash::Hash + Eq>(list: &[T]) -> HashMap<T, u32> {
    list.iter().cloned().zip(0..).collect()
}

impl Pools {
    fn string(&self, s: &str) -> u32 {
        *self.string_ids.get(s).expect("interned string")
    }
    fn type_id(&self, s: &str) -> u32 {
        *self.type_ids.get(s).expect("interned type")
    }
    fn proto(&self, p: &Proto) -> u32 {
        self.protos.iter().position(|x| x == p).expect("interned proto") as u32
    }
    fn field(&self, class: &str, name: &str, of: &str) -> u32 {
        self.fields.iter().position(|(c, n, t)| c == class && n == name && t == of).expect("interned field")
            as u32
    }
    fn method(&self, class: &str, name: &str, p: &Proto) -> u32 {
        *self.method_ids.get(&(class.into(), name.into(), p.clone())).expect("interned method")
    }
}

impl DexBuilder {
    pub fn new() -> DexBuilder {
        DexBuilder::default()
    }

    /// Version digits of the magic; 35 unless said.
    pub fn version(mut self, version: u32) -> DexBuilder {
        self.version = Some(version);
        self
    }

    /// An empty class by binary name.
    pub fn class(self, name: &str) -> DexBuilder {
        self.define(Class::new(name))
    }

    /// Many empty classes.
    pub fn classes<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> DexBuilder {
        self.classes.extend(names.into_iter().map(Class::new));
        self
    }

    /// A class definition.
    pub fn define(mut self, class: Class) -> DexBuilder {
        self.classes.push(class);
        self
    }

    /// A class that is named but not defined.
    pub fn reference(mut self, name: &str) -> DexBuilder {
        self.references.push(name.into());
        self
    }

    fn pools(&self) -> Pools {
        let mut strings = BTreeSet::new();
        let mut types = BTreeSet::new();
        let mut protos = BTreeSet::new();
        let mut fields = BTreeSet::new();
        let mut methods = BTreeSet::new();
        for class in &self.classes {
            let own = descriptor(&class.name);
            types.insert(own.clone());
            types.insert(descriptor(&class.superclass));
            for (name, value) in &class.statics {
                strings.insert(value.clone());
                fields.insert((own.clone(), name.clone(), "Ljava/lang/String;".to_owned()));
            }
            for method in &class.methods {
                methods.insert((own.clone(), method.name.clone(), proto(&method.signature)));
                for op in &method.code {
                    match op {
                        Op::Invoke { class, method, signature, .. } => {
                            methods.insert((descriptor(class), method.clone(), proto(signature)));
                        }
                        Op::ConstString(text) => {
                            strings.insert(text.clone());
                        }
                        Op::StaticField(class, field, of) => {
                            fields.insert((descriptor(class), field.clone(), of.clone()));
                        }
                        Op::Raw(_) => {}
                    }
                }
            }
        }
        types.extend(self.references.iter().map(|r| descriptor(r)));
        for (class, name, of) in &fields {
            types.extend([class.clone(), of.clone()]);
            strings.insert(name.clone());
        }
        for (class, name, p) in &methods {
            types.insert(class.clone());
            strings.insert(name.clone());
            protos.insert(p.clone());
        }
        for p in &protos {
            strings.insert(shorty(p));
            types.insert(p.0.clone());
            types.extend(p.1.iter().cloned());
        }
        strings.extend(types.iter().cloned());
        let mut pools = Pools { strings: strings.into_iter().collect(), ..Pools::default() };
        pools.strings.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        pools.string_ids = numbered(&pools.strings);
        pools.types = types.into_iter().collect();
        pools.types.sort_by_key(|t| pools.string_ids[t]);
        pools.type_ids = numbered(&pools.types);
        pools.protos = protos.into_iter().collect();
        let key = |p: &Proto, pools: &Pools| {
            (pools.type_id(&p.0), p.1.iter().map(|t| pools.type_id(t)).collect::<Vec<_>>())
        };
        let keys: BTreeMap<Proto, _> = pools.protos.iter().map(|p| (p.clone(), key(p, &pools))).collect();
        pools.protos.sort_by(|a, b| keys[a].cmp(&keys[b]));
        pools.fields = fields.into_iter().collect();
        let field_keys: BTreeMap<_, _> = pools
            .fields
            .iter()
            .map(|f| (f.clone(), (pools.type_id(&f.0), pools.string(&f.1), pools.type_id(&f.2))))
            .collect();
        pools.fields.sort_by_key(|f| field_keys[f]);
        pools.methods = methods.into_iter().collect();
        let method_keys: BTreeMap<_, _> = pools
            .methods
            .iter()
            .map(|m| (m.clone(), (pools.type_id(&m.0), pools.string(&m.1), pools.proto(&m.2))))
            .collect();
        pools.methods.sort_by_key(|m| method_keys[m]);
        pools.method_ids = numbered(&pools.methods);
        pools
    }

    /// The bytes of the file, with checksum and map list.
    pub fn build(&self) -> Vec<u8> {
        let pools = self.pools();
        let mut out = vec![0u8; 0x70];
        let mut map: Vec<(u16, usize, usize)> = vec![(0x0000, 1, 0)];
        let tables = [
            (0x0001u16, pools.strings.len(), 4),
            (0x0002, pools.types.len(), 4),
            (0x0003, pools.protos.len(), 12),
            (0x0004, pools.fields.len(), 8),
            (0x0005, pools.methods.len(), 8),
            (0x0006, self.classes.len(), 32),
        ];
        let mut offsets = [0usize; 6];
        for (slot, (kind, count, size)) in tables.iter().enumerate() {
            offsets[slot] = out.len();
            if *count > 0 {
                map.push((*kind, *count, out.len()));
            }
            let header = 0x38 + slot * 8;
            put(&mut out, header, *count as u32);
            let at = if *count > 0 { offsets[slot] as u32 } else { 0 };
            put(&mut out, header + 4, at);
            out.resize(out.len() + count * size, 0);
        }
        let data_start = out.len();
        for (i, s) in pools.types.iter().enumerate() {
            put(&mut out, offsets[1] + i * 4, pools.string(s));
        }
        let lists = self.type_lists(&pools, &mut out, &mut map);
        for (i, p) in pools.protos.iter().enumerate() {
            put(&mut out, offsets[2] + i * 12, pools.string(&shorty(p)));
            put(&mut out, offsets[2] + i * 12 + 4, pools.type_id(&p.0));
            put(&mut out, offsets[2] + i * 12 + 8, lists.get(&p.1).copied().unwrap_or(0));
        }
        for (i, (class, name, of)) in pools.fields.iter().enumerate() {
            put16(&mut out, offsets[3] + i * 8, pools.type_id(class) as u16);
            put16(&mut out, offsets[3] + i * 8 + 2, pools.type_id(of) as u16);
            put(&mut out, offsets[3] + i * 8 + 4, pools.string(name));
        }
        for (i, (class, name, p)) in pools.methods.iter().enumerate() {
            put16(&mut out, offsets[4] + i * 8, pools.type_id(class) as u16);
            put16(&mut out, offsets[4] + i * 8 + 2, pools.proto(p) as u16);
            put(&mut out, offsets[4] + i * 8 + 4, pools.string(name));
        }
        self.class_items(&pools, &mut out, &mut map, offsets[5]);
        map.push((0x2002, pools.strings.len(), out.len()));
        for (i, s) in pools.strings.iter().enumerate() {
            let at = out.len() as u32;
            put(&mut out, offsets[0] + i * 4, at);
            uleb(&mut out, s.encode_utf16().count() as u32);
            out.extend(mutf8(s));
            out.push(0);
        }
        align(&mut out);
        let map_at = out.len();
        map.push((0x1000, 1, map_at));
        out.extend((map.len() as u32).to_le_bytes());
        for (kind, count, at) in map {
            out.extend(kind.to_le_bytes());
            out.extend([0, 0]);
            out.extend((count as u32).to_le_bytes());
            out.extend((at as u32).to_le_bytes());
        }
        out[..8].copy_from_slice(format!("dex\n{:03}\0", self.version.unwrap_or(35)).as_bytes());
        let size = out.len();
        put(&mut out, 0x20, size as u32);
        put(&mut out, 0x24, 0x70);
        put(&mut out, 0x28, 0x1234_5678);
        put(&mut out, 0x34, map_at as u32);
        put(&mut out, 0x68, (size - data_start) as u32);
        put(&mut out, 0x6c, data_start as u32);
        let sum = adler32(&out[12..]);
        put(&mut out, 8, sum);
        out
    }

    fn type_lists(
        &self,
        pools: &Pools,
        out: &mut Vec<u8>,
        map: &mut Vec<(u16, usize, usize)>,
    ) -> BTreeMap<Vec<String>, u32> {
        let distinct: BTreeSet<&Vec<String>> =
            pools.protos.iter().map(|p| &p.1).filter(|l| !l.is_empty()).collect();
        let mut lists = BTreeMap::new();
        align(out);
        if !distinct.is_empty() {
            map.push((0x1001, distinct.len(), out.len()));
        }
        for list in distinct {
            align(out);
            lists.insert(list.clone(), out.len() as u32);
            out.extend((list.len() as u32).to_le_bytes());
            list.iter().for_each(|t| out.extend((pools.type_id(t) as u16).to_le_bytes()));
        }
        lists
    }

    fn class_items(
        &self,
        pools: &Pools,
        out: &mut Vec<u8>,
        map: &mut Vec<(u16, usize, usize)>,
        class_defs: usize,
    ) {
        let mut codes: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        align(out);
        let first = out.len();
        for (c, class) in self.classes.iter().enumerate() {
            for (m, method) in class.methods.iter().enumerate() {
                align(out);
                codes.insert((c, m), out.len() as u32);
                let units = method.units(pools);
                [16u16, 1, 8, 0].iter().for_each(|v| out.extend(v.to_le_bytes()));
                out.extend(0u32.to_le_bytes());
                out.extend((units.len() as u32).to_le_bytes());
                units.iter().for_each(|u| out.extend(u.to_le_bytes()));
            }
        }
        if !codes.is_empty() {
            map.push((0x2001, codes.len(), first));
        }
        let statics: Vec<_> =
            self.classes.iter().enumerate().filter(|(_, c)| !c.statics.is_empty()).collect();
        if !statics.is_empty() {
            map.push((0x2005, statics.len(), out.len()));
        }
        for (i, class) in statics {
            let at = out.len() as u32;
            put(out, class_defs + i * 32 + 28, at);
            uleb(out, class.statics.len() as u32);
            for (_, value) in sorted_fields(class, pools) {
                out.push(0x17 | 3 << 5);
                out.extend(pools.string(value).to_le_bytes());
            }
        }
        let with_data =
            self.classes.iter().filter(|c| !c.statics.is_empty() || !c.methods.is_empty()).count();
        if with_data > 0 {
            map.push((0x2000, with_data, out.len()));
        }
        for (c, class) in self.classes.iter().enumerate() {
            let def = class_defs + c * 32;
            let own = descriptor(&class.name);
            put(out, def, pools.type_id(&own));
            put(out, def + 4, 1);
            put(out, def + 8, pools.type_id(&descriptor(&class.superclass)));
            put(out, def + 16, u32::MAX);
            if class.statics.is_empty() && class.methods.is_empty() {
                continue;
            }
            let at = out.len() as u32;
            put(out, def + 24, at);
            for n in [class.statics.len(), 0, 0, class.methods.len()] {
                uleb(out, n as u32);
            }
            let mut last = 0;
            for (id, _) in sorted_fields(class, pools) {
                uleb(out, id - last);
                uleb(out, 0x19);
                last = id;
            }
            let mut methods: Vec<(u32, u32)> = class
                .methods
                .iter()
                .enumerate()
                .map(|(m, method)| {
                    (pools.method(&own, &method.name, &proto(&method.signature)), codes[&(c, m)])
                })
                .collect();
            methods.sort_unstable();
            let mut last = 0;
            for (id, code) in methods {
                uleb(out, id - last);
                uleb(out, 1);
                uleb(out, code);
                last = id;
            }
        }
    }
}

fn sorted_fields<'a>(class: &'a Class, pools: &Pools) -> Vec<(u32, &'a String)> {
    let own = descriptor(&class.name);
    let mut out: Vec<_> =
        class.statics.iter().map(|(n, v)| (pools.field(&own, n, "Ljava/lang/String;"), v)).collect();
    out.sort_unstable();
    out
}

impl Method {
    fn units(&self, pools: &Pools) -> Vec<u16> {
        let mut out = vec![];
        for op in &self.code {
            match op {
                Op::Invoke { class, method, signature, is_static } => {
                    let p = proto(signature);
                    let id = pools.method(&descriptor(class), method, &p) as u16;
                    let wide = p.1.iter().map(|t| if t == "J" || t == "D" { 2 } else { 1 }).sum::<u16>();
                    let words = wide + u16::from(!is_static);
                    assert!(words <= 5, "invoke with more than five words");
                    let opcode = if *is_static { 0x71 } else { 0x6e };
                    out.extend([opcode | words << 12, id, 0x3210]);
                }
                Op::ConstString(text) => out.extend([0x1a, pools.string(text) as u16]),
                Op::StaticField(class, field, of) => {
                    out.extend([0x62, pools.field(&descriptor(class), field, of) as u16]);
                }
                Op::Raw(units) => out.extend(units),
            }
        }
        out.push(0x000e);
        out
    }
}

fn put(out: &mut [u8], at: usize, value: u32) {
    out[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put16(out: &mut [u8], at: usize, value: u16) {
    out[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn align(out: &mut Vec<u8>) {
    while !out.len().is_multiple_of(4) {
        out.push(0);
    }
}

fn uleb(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// MUTF-8: surrogates one by one, NUL as two bytes.
pub fn mutf8(text: &str) -> Vec<u8> {
    let mut out = vec![];
    for unit in text.encode_utf16() {
        match unit {
            1..=0x7f => out.push(unit as u8),
            0 | 0x80..=0x7ff => out.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => out.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | (unit >> 6 & 0x3f) as u8,
                0x80 | (unit & 0x3f) as u8,
            ]),
        }
    }
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    b << 16 | a
}
