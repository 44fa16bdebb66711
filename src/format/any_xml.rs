//! A manifest in whichever of the three encodings it is: binary XML, aapt2's protobuf, or text.

use super::defect::Defect;
use super::xml::Event;
use super::{axml, proto_xml, text_xml};

/// Calls `sink` for every element of `data`; the form is told by the bytes. Returns what was odd or broken.
pub fn read(data: &[u8], sink: impl FnMut(Event<'_>)) -> Vec<Defect> {
    let first = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).iter().find(|b| !b.is_ascii_whitespace());
    if axml::is_axml(data) {
        axml::read(data, sink)
    } else if first == Some(&b'<') {
        text_xml::read(data, sink)
    } else if first == Some(&0x0a) || data.first() == Some(&0x0a) {
        proto_xml::read(data, sink)
    } else {
        axml::read(data, sink)
    }
}
