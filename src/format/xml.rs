//! The event model that all manifest encodings share: binary XML, aapt2's protobuf, and text.

use std::borrow::Cow;

/// Start or end of an element. Ends without a start do not occur; missing ends do.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The innermost open element ends.
    End,
}

/// An element with its attributes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element<'a> {
    /// Local name.
    pub name: Cow<'a, str>,
    /// Attributes in file order.
    pub attributes: Vec<Attribute<'a>>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<'a> {
    /// Resource id of the attribute (`0x01010003` for `android:name`); 0 where the file gives none.
    pub id: u32,
    /// Local name, as written; obfuscators blank it or make it lie.
    pub name: Cow<'a, str>,
    /// Value.
    pub value: Value<'a>,
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A string as written, `@string/x` of text manifests included.
    Text(Cow<'a, str>),
    /// A decimal, hexadecimal or colour number.
    Integer(u32),
    /// A boolean.
    Boolean(bool),
    /// A reference to a resource, by id.
    Reference(u32),
    /// A reference to a resource, by `type/name` (protobuf and text manifests).
    Named(Cow<'a, str>),
    /// Any other typed value (`Res_value`: type, data).
    Other(u8, u32),
}

impl Value<'_> {
    /// The value with its own text.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Text(t) => Value::Text(Cow::Owned(t.into_owned())),
            Value::Named(t) => Value::Named(Cow::Owned(t.into_owned())),
            Value::Integer(n) => Value::Integer(n),
            Value::Boolean(b) => Value::Boolean(b),
            Value::Reference(r) => Value::Reference(r),
            Value::Other(kind, data) => Value::Other(kind, data),
        }
    }

    /// The number, when it is one or is written as one.
    pub fn integer(&self) -> Option<u32> {
        match self {
            Value::Integer(n) | Value::Other(_, n) => Some(*n),
            Value::Text(text) => {
                let text = text.trim();
                match text.strip_prefix("0x") {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            _ => None,
        }
    }
}

impl<'a> Element<'a> {
    /// The attribute with resource id `id`. Only where no attribute carries that id does the name count, and
    /// only of an attribute without id: Android itself goes by ids, so a lying name is ignored.
    pub fn attribute(&self, id: u32, name: &str) -> Option<&Value<'a>> {
        let by_id = self.attributes.iter().find(|a| id != 0 && a.id == id);
        by_id.or_else(|| self.attributes.iter().find(|a| a.id == 0 && a.name == name)).map(|a| &a.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_win_over_names() {
        let text = |t: &'static str| Value::Text(Cow::Borrowed(t));
        let attribute = |id, name: &'static str, value| Attribute { id, name: name.into(), value };
        let element = Element {
            name: "activity".into(),
            attributes: vec![
                attribute(0, "name", text("decoy")),
                attribute(0x0101_0001, "name", text("label")),
                attribute(0x0101_0003, "", text("real")),
            ],
        };
        assert_eq!(element.attribute(0x0101_0003, "name"), Some(&text("real")));
        assert_eq!(element.attribute(0, "name"), Some(&text("decoy")));
        assert_eq!(element.attribute(0x0101_0018, "authorities"), None);
    }
}
