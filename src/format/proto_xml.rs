//! aapt2's protobuf XML (manifests of app bundles) as events.
//! Source: AOSP `frameworks/base/tools/aapt2/Resources.proto`, `XmlNode`.

use super::defect::Defect;
use super::protobuf::{Message, Payload};
use super::xml::{Attribute, Element, Event, Value};
use crate::limitation::LimitationKind;
use std::borrow::Cow;

/// Deepest element nesting that is reported.
const MAX_DEPTH: usize = 512;

/// Calls `sink` for every element, and returns what was broken.
pub fn read<'a>(data: &'a [u8], mut sink: impl FnMut(Event<'a>)) -> Vec<Defect> {
    let mut broken = false;
    let mut elements = 0;
    // Children that are still to be read, innermost last.
    let mut open: Vec<Message<'a>> = Vec::new();
    let root = Message::field(data, 1).bytes();
    if !root.is_empty() {
        elements += 1;
        sink(Event::Start(element(root, &mut broken)));
        open.push(Message::new(root));
    }
    while let Some(children) = open.last_mut() {
        match children.next() {
            Some(field) if field.number == 5 => {
                let child = Message::field(field.bytes(), 1).bytes();
                if !child.is_empty() && open.len() < MAX_DEPTH {
                    elements += 1;
                    sink(Event::Start(element(child, &mut broken)));
                    open.push(Message::new(child));
                }
            }
            Some(_) => {}
            None => {
                broken |= children.broken();
                open.pop();
                sink(Event::End);
            }
        }
    }
    let mut defects = Vec::new();
    if broken || elements == 0 {
        defects.push(Defect::loss(
            LimitationKind::Malformed,
            0,
            "protobuf 格式的清单有损坏的字段,其中的内容无法读取",
            "the protobuf manifest has broken fields; what they held cannot be read",
        ));
    }
    defects
}

fn element<'a>(bytes: &'a [u8], broken: &mut bool) -> Element<'a> {
    let mut out = Element::default();
    let mut fields = Message::new(bytes);
    for field in fields.by_ref() {
        match field.number {
            3 => out.name = field.text(),
            4 => out.attributes.push(attribute(field.bytes(), broken)),
            _ => {}
        }
    }
    *broken |= fields.broken();
    out
}

fn attribute<'a>(bytes: &'a [u8], broken: &mut bool) -> Attribute<'a> {
    let (mut name, mut text, mut id, mut item) = (Cow::Borrowed(""), Cow::Borrowed(""), 0, None);
    let mut fields = Message::new(bytes);
    for field in fields.by_ref() {
        match field.number {
            2 => name = field.text(),
            3 => text = field.text(),
            5 => id = field.u32(),
            6 => item = self::item(field.bytes()),
            _ => {}
        }
    }
    *broken |= fields.broken();
    Attribute { id, name, value: item.unwrap_or(Value::Text(text)) }
}

/// The value of an `Item` message; `None` for kinds without one of ours.
pub fn item(bytes: &[u8]) -> Option<Value<'_>> {
    let field = Message::new(bytes).find(|f| (1..=7).contains(&f.number))?;
    let inner = field.bytes();
    Some(match field.number {
        1 => {
            let id = Message::field(inner, 2).u32();
            let name = Message::field(inner, 3).text();
            if name.is_empty() { Value::Reference(id) } else { Value::Named(name) }
        }
        2..=4 => Value::Text(Message::field(inner, 1).text()),
        5 => Value::Text(Message::field(inner, 1).text()),
        7 => {
            let value = Message::new(inner).next()?;
            match (value.number, value.payload) {
                (6 | 7 | 9..=12, _) => Value::Integer(value.u32()),
                (8, Payload::Varint(b)) => Value::Boolean(b != 0),
                (number, _) => Value::Other(u8::try_from(number).unwrap_or(0), value.u32()),
            }
        }
        _ => return None,
    })
}
