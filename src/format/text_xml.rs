//! Text XML (manifests of libraries and of decoded packages) as events.

use super::defect::Defect;
use super::xml::{Attribute, Element, Event, Value};
use crate::limitation::LimitationKind;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Node};
use std::borrow::Cow;

const ANDROID: &str = "http://schemas.android.com/apk/res/android";

/// Deepest element nesting that is reported.
const MAX_DEPTH: usize = 512;

/// Calls `sink` for every element, and returns what was broken. Attributes of namespaces other than
/// `android:` (`tools:` above all) are left out.
pub fn read(data: &[u8], mut sink: impl FnMut(Event<'_>)) -> Vec<Defect> {
    let text = String::from_utf8_lossy(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let mut prefixes = vec!["android".to_owned()];
    let (mut depth, mut elements) = (0usize, 0usize);
    let mut defects = Vec::new();
    loop {
        let node = reader.read_event();
        match node {
            Ok(Node::Start(tag)) => {
                elements += 1;
                if depth < MAX_DEPTH {
                    sink(Event::Start(element(&tag, &mut prefixes)));
                }
                depth += 1;
            }
            Ok(Node::Empty(tag)) => {
                elements += 1;
                if depth < MAX_DEPTH {
                    sink(Event::Start(element(&tag, &mut prefixes)));
                    sink(Event::End);
                }
            }
            Ok(Node::End(_)) if depth > 0 => {
                depth -= 1;
                if depth < MAX_DEPTH {
                    sink(Event::End);
                }
            }
            Ok(Node::Eof) => break,
            Ok(_) => {}
            Err(e) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                defects.push(Defect::loss(
                    LimitationKind::Malformed,
                    at,
                    format!("XML 在偏移 {at} 处损坏:{e}"),
                    format!("the XML is broken at offset {at}: {e}"),
                ));
                break;
            }
        }
    }
    if elements == 0 && defects.is_empty() {
        defects.push(Defect::loss(LimitationKind::Malformed, 0, "不是 XML", "not XML"));
    }
    defects
}

fn element<'a>(tag: &BytesStart<'a>, prefixes: &mut Vec<String>) -> Element<'static> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes().with_checks(false).flatten() {
        let key = attribute.key.as_ref().to_owned();
        let raw = &attribute.value;
        let value = quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_string(), Cow::into_owned);
        let name = match key.split_once(':') {
            Some(("xmlns", prefix)) => {
                if value == ANDROID && prefixes.len() < 16 {
                    prefixes.push(prefix.to_owned());
                }
                continue;
            }
            Some((prefix, name)) if prefixes.iter().any(|p| p == prefix) => name.to_owned(),
            Some(_) => continue,
            None => key,
        };
        attributes.push(Attribute { id: 0, name: Cow::Owned(name), value: self::value(value) });
    }
    let name = tag.local_name().as_ref().to_owned();
    Element { name: Cow::Owned(name), attributes }
}

fn value(text: String) -> Value<'static> {
    match text.as_str() {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        reference if reference.starts_with('@') && reference.contains('/') => {
            let name = reference.trim_start_matches(['@', '+', '*']);
            Value::Named(Cow::Owned(name.to_owned()))
        }
        _ => Value::Text(Cow::Owned(text)),
    }
}

/// Names and values of the `<string>` elements of a decoded `strings.xml`. Ends early where the XML is broken.
pub fn strings(data: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(data);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let mut out: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    while let Ok(node) = reader.read_event() {
        match node {
            Node::Start(tag) if tag.local_name().as_ref() == "string" => {
                let name = tag.attributes().with_checks(false).flatten().find(|a| a.key.as_ref() == "name");
                inside = name.is_some();
                out.extend(name.map(|n| (n.value.into_owned(), String::new())));
            }
            Node::Text(piece) if inside => {
                out.extend_last(&quick_xml::escape::unescape(&piece).unwrap_or(Cow::Borrowed(&piece)));
            }
            Node::GeneralRef(entity) if inside => {
                let entity = format!("&{};", &*entity);
                out.extend_last(&quick_xml::escape::unescape(&entity).unwrap_or(Cow::Borrowed(&entity)));
            }
            Node::End(tag) if tag.local_name().as_ref() == "string" => inside = false,
            Node::Eof => break,
            _ => {}
        }
    }
    out
}

/// Appends to the value read last.
trait ExtendLast {
    fn extend_last(&mut self, text: &str);
}

impl ExtendLast for Vec<(String, String)> {
    fn extend_last(&mut self, text: &str) {
        if let Some((_, value)) = self.last_mut() {
            value.push_str(text);
        }
    }
}
