//! Builds binary XML from a tree of elements; `AndroidManifest.xml` of every fixture comes from here.

/// An element of binary XML.
#[derive(Clone, Default)]
pub struct Element {
    name: String,
    namespaced: bool,
    attributes: Vec<Attribute>,
    children: Vec<Element>,
}

#[derive(Clone)]
struct Attribute {
    namespaced: bool,
    name: String,
    value: Value,
}

/// A typed attribute value.
#[derive(Clone)]
pub enum Value {
    Text(String),
    Integer(u32),
    Boolean(bool),
    Reference(u32),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}
impl From<u32> for Value {
    fn from(n: u32) -> Value {
        Value::Integer(n)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Boolean(b)
    }
}

/// Resource ids of the attributes used in tests (AOSP `public-final.xml`).
const IDS: &[(&str, u32)] = &[
    ("label", 0x0101_0001),
    ("name", 0x0101_0003),
    ("permission", 0x0101_0006),
    ("exported", 0x0101_0010),
    ("process", 0x0101_0011),
    ("authorities", 0x0101_0018),
    ("value", 0x0101_0024),
    ("resource", 0x0101_0025),
    ("scheme", 0x0101_0027),
    ("host", 0x0101_0028),
    ("targetActivity", 0x0101_0202),
    ("minSdkVersion", 0x0101_020c),
    ("versionCode", 0x0101_021b),
    ("versionName", 0x0101_021c),
    ("targetSdkVersion", 0x0101_0270),
    ("maxSdkVersion", 0x0101_0271),
    ("required", 0x0101_028e),
    ("splitName", 0x0101_0549),
    ("isFeatureSplit", 0x0101_055b),
    ("versionCodeMajor", 0x0101_0576),
    ("isSplitRequired", 0x0101_0591),
    ("requiredSplitTypes", 0x0101_064e),
    ("splitTypes", 0x0101_064f),
];

impl Element {
    pub fn new(name: &str) -> Element {
        Element { name: name.into(), ..Element::default() }
    }

    /// An `android:` attribute, with its resource id.
    pub fn android(mut self, name: &str, value: impl Into<Value>) -> Element {
        self.attributes.push(Attribute { namespaced: true, name: name.into(), value: value.into() });
        self
    }

    /// An attribute without namespace or id: `package`, `split`.
    pub fn plain(mut self, name: &str, value: impl Into<Value>) -> Element {
        self.attributes.push(Attribute { namespaced: false, name: name.into(), value: value.into() });
        self
    }

    /// Puts the element itself into the `android` namespace: `<android:uses-permission>`.
    pub fn in_namespace(mut self) -> Element {
        self.namespaced = true;
        self
    }

    pub fn child(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }
}

/// How to write the file: defaults are what aapt2 writes.
#[derive(Clone)]
pub struct AxmlBuilder {
    pub root: Element,
    pub utf8: bool,
    /// Attribute names are written as empty strings, as obfuscators do; resource ids stay.
    pub blank_names: bool,
    /// Extra bytes behind each attribute record (attribute size above 20).
    pub attribute_padding: usize,
    /// Type field of the file header; 3 in honest files.
    pub header_type: u16,
}

impl AxmlBuilder {
    pub fn new(root: Element) -> AxmlBuilder {
        AxmlBuilder { root, utf8: true, blank_names: false, attribute_padding: 0, header_type: 3 }
    }

    /// A manifest with `package`, permissions by name, and further children of `application`.
    pub fn manifest(
        package: &str,
        permissions: &[&str],
        application: impl IntoIterator<Item = Element>,
    ) -> AxmlBuilder {
        let root = Element::new("manifest")
            .android("versionCode", 1)
            .android("versionName", "1.0")
            .plain("package", package)
            .child(Element::new("uses-sdk").android("minSdkVersion", 21).android("targetSdkVersion", 34))
            .children(permissions.iter().map(|p| Element::new("uses-permission").android("name", *p)))
            .child(Element::new("application").android("label", "Fixture").children(application));
        AxmlBuilder::new(root)
    }

    pub fn build(&self) -> Vec<u8> {
        let mut strings = Strings::default();
        // Strings of attributes with ids come first, in the order of the resource map.
        let mut used: Vec<(u32, String)> = vec![];
        collect_ids(&self.root, &mut used);
        used.sort();
        used.dedup();
        let ids: Vec<u32> = used.iter().map(|(id, _)| *id).collect();
        for (_, name) in &used {
            strings.0.push(if self.blank_names { String::new() } else { name.clone() });
        }
        let mut nodes = vec![];
        let uri = strings.add("http://schemas.android.com/apk/res/android");
        let prefix = strings.add("android");
        chunk(&mut nodes, 0x0100, &[1, u32::MAX], &[prefix, uri]);
        self.element(&self.root, &used, uri, &mut strings, &mut nodes);
        chunk(&mut nodes, 0x0101, &[1, u32::MAX], &[prefix, uri]);
        let pool = string_pool(&strings.0, self.utf8);
        let mut out = vec![];
        out.extend(self.header_type.to_le_bytes());
        out.extend(8u16.to_le_bytes());
        out.extend(((8 + pool.len() + 8 + ids.len() * 4 + nodes.len()) as u32).to_le_bytes());
        out.extend(pool);
        out.extend(0x0180u16.to_le_bytes());
        out.extend(8u16.to_le_bytes());
        out.extend(((8 + ids.len() * 4) as u32).to_le_bytes());
        ids.iter().for_each(|id| out.extend(id.to_le_bytes()));
        out.extend(nodes);
        out
    }

    fn element(
        &self,
        element: &Element,
        used: &[(u32, String)],
        uri: u32,
        strings: &mut Strings,
        out: &mut Vec<u8>,
    ) {
        let size = 20 + self.attribute_padding;
        let name = strings.add(&element.name);
        let namespace = if element.namespaced { uri } else { u32::MAX };
        let mut attributes = vec![];
        for a in &element.attributes {
            let slot = used.iter().position(|(id, n)| a.namespaced && *n == a.name && *id == id_of(n));
            let name = slot.map_or_else(|| strings.add(&a.name), |i| i as u32);
            let (raw, kind, data) = match &a.value {
                Value::Text(text) => {
                    let s = strings.add(text);
                    (s, 0x03u8, s)
                }
                Value::Integer(n) => (u32::MAX, 0x10, *n),
                Value::Boolean(b) => (u32::MAX, 0x12, if *b { u32::MAX } else { 0 }),
                Value::Reference(r) => (u32::MAX, 0x01, *r),
            };
            [if a.namespaced { uri } else { u32::MAX }, name, raw]
                .iter()
                .for_each(|v| attributes.extend(v.to_le_bytes()));
            attributes.extend([8, 0, 0, kind]);
            attributes.extend(data.to_le_bytes());
            attributes.resize(attributes.len() + self.attribute_padding, 0xee);
        }
        let total = 16 + 20 + attributes.len();
        out.extend(0x0102u16.to_le_bytes());
        out.extend(16u16.to_le_bytes());
        out.extend((total as u32).to_le_bytes());
        [1u32, u32::MAX, namespace, name].iter().for_each(|v| out.extend(v.to_le_bytes()));
        [20u16, size as u16, element.attributes.len() as u16, 0, 0, 0]
            .iter()
            .for_each(|v| out.extend(v.to_le_bytes()));
        out.extend(attributes);
        for c in &element.children {
            self.element(c, used, uri, strings, out);
        }
        chunk(out, 0x0103, &[1, u32::MAX], &[namespace, name]);
    }
}

fn collect_ids(element: &Element, out: &mut Vec<(u32, String)>) {
    let ids = element.attributes.iter().filter(|a| a.namespaced && id_of(&a.name) != 0);
    out.extend(ids.map(|a| (id_of(&a.name), a.name.clone())));
    element.children.iter().for_each(|c| collect_ids(c, out));
}

fn id_of(name: &str) -> u32 {
    IDS.iter().find(|(n, _)| *n == name).map_or(0, |(_, id)| *id)
}

/// Strings in order of first use; slots of the resource map are never shared with values.
#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        self.0.push(text.to_owned());
        (self.0.len() - 1) as u32
    }
}

fn chunk(out: &mut Vec<u8>, kind: u16, head: &[u32], body: &[u32]) {
    out.extend(kind.to_le_bytes());
    out.extend(16u16.to_le_bytes());
    out.extend(((8 + 4 * (head.len() + body.len())) as u32).to_le_bytes());
    head.iter().chain(body).for_each(|v| out.extend(v.to_le_bytes()));
}

/// A `ResStringPool` chunk; used by resources.arsc too.
pub fn string_pool(strings: &[String], utf8: bool) -> Vec<u8> {
    let mut text = vec![];
    let mut offsets = vec![];
    for s in strings {
        offsets.push(text.len() as u32);
        let units: Vec<u16> = s.encode_utf16().collect();
        if utf8 {
            for len in [units.len(), s.len()] {
                if len > 0x7f {
                    text.push(0x80 | (len >> 8) as u8);
                }
                text.push(len as u8);
            }
            text.extend(s.as_bytes());
            text.push(0);
        } else {
            text.extend((units.len() as u16).to_le_bytes());
            units.iter().chain(&[0]).for_each(|u| text.extend(u.to_le_bytes()));
        }
    }
    while !text.len().is_multiple_of(4) {
        text.push(0);
    }
    let start = 28 + offsets.len() * 4;
    let mut out = vec![];
    out.extend(0x0001u16.to_le_bytes());
    out.extend(28u16.to_le_bytes());
    let flags = if utf8 { 1u32 << 8 } else { 0 };
    [(start + text.len()) as u32, strings.len() as u32, 0, flags, start as u32, 0]
        .iter()
        .for_each(|v| out.extend(v.to_le_bytes()));
    offsets.iter().for_each(|o| out.extend(o.to_le_bytes()));
    out.extend(text);
    out
}
