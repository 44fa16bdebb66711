//! The subject of an X.509 certificate (RFC 5280, 4.1) as an RFC 4514 string.

use super::der::{CONTEXT_0, Element, INTEGER, OID, SEQUENCE, SET, element, elements, expect};
use std::fmt::Write as _;

/// What is read of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// The certificate as it stands: its SHA-256 is its identity.
    pub der: &'a [u8],
    /// Serial number, as its content octets.
    pub serial: &'a [u8],
    /// Issuer, as its DER.
    pub issuer: &'a [u8],
    /// Subject, RFC 4514.
    pub subject: String,
}

/// Reads the certificate at the start of `data`.
pub fn certificate(data: &[u8]) -> Option<Certificate<'_>> {
    let (outer, _) = expect(data, SEQUENCE)?;
    let (tbs, _) = expect(outer.content, SEQUENCE)?;
    let mut rest = tbs.content;
    if let Some((_, after)) = expect(rest, CONTEXT_0) {
        rest = after;
    }
    let (serial, rest) = expect(rest, INTEGER)?;
    let (_algorithm, rest) = expect(rest, SEQUENCE)?;
    let (issuer, rest) = expect(rest, SEQUENCE)?;
    let (_validity, rest) = expect(rest, SEQUENCE)?;
    let (subject, _) = expect(rest, SEQUENCE)?;
    Some(Certificate {
        der: outer.raw,
        serial: serial.content,
        issuer: issuer.raw,
        subject: name(subject.content),
    })
}

/// A distinguished name: the last relative name first (RFC 4514, 2.1).
fn name(rdns: &[u8]) -> String {
    let mut parts: Vec<String> =
        elements(rdns).filter(|s| s.tag == SET).map(|set| relative_name(set.content)).collect();
    parts.reverse();
    parts.join(",")
}

fn relative_name(set: &[u8]) -> String {
    let attributes = elements(set).filter(|s| s.tag == SEQUENCE).filter_map(|attribute| {
        let (oid, rest) = expect(attribute.content, OID)?;
        let (value, _) = element(rest)?;
        let mut out = attribute_type(oid.content);
        out.push('=');
        out.push_str(&text(&value));
        Some(out)
    });
    attributes.collect::<Vec<_>>().join("+")
}

/// Short names of RFC 4514, section 3, and the one for e-mail addresses that certificates of Android carry.
fn attribute_type(oid: &[u8]) -> String {
    let known = match oid {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 9] => "STREET",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25] => "DC",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1] => "UID",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] => "EMAILADDRESS",
        _ => return dotted(oid),
    };
    known.to_owned()
}

/// An object identifier in digits (X.690, 8.19).
fn dotted(oid: &[u8]) -> String {
    let mut out = String::new();
    let mut value = 0u64;
    for byte in oid {
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if out.is_empty() {
            let first = (value / 40).min(2);
            let _ = write!(out, "{first}.{}", value - first * 40);
        } else {
            let _ = write!(out, ".{value}");
        }
        value = 0;
    }
    out
}

/// A string value, escaped (RFC 4514, 2.4); other types as `#` and hex.
fn text(value: &Element<'_>) -> String {
    let bytes = value.content;
    let plain = match value.tag {
        // UTF8String, PrintableString, IA5String, VisibleString, NumericString
        12 | 19 | 22 | 26 | 18 => String::from_utf8_lossy(bytes).into_owned(),
        // T61String: Latin-1 in practice
        20 => bytes.iter().copied().map(char::from).collect(),
        // BMPString
        30 => {
            let units = bytes.chunks_exact(2).map(|c| c.iter().fold(0u16, |u, b| (u << 8) | u16::from(*b)));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => {
            return value.raw.iter().fold("#".to_owned(), |mut out, b| {
                let _ = write!(out, "{b:02x}");
                out
            });
        }
    };
    let mut out = String::with_capacity(plain.len());
    let last = plain.chars().count().saturating_sub(1);
    for (at, c) in plain.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => out.extend(['\\', c]),
            ' ' if at == 0 || at == last => out.extend(['\\', c]),
            '#' if at == 0 => out.extend(['\\', c]),
            c if c.is_control() => {
                let mut utf8 = [0; 4];
                c.encode_utf8(&mut utf8).bytes().for_each(|b| {
                    let _ = write!(out, "\\{b:02x}");
                });
            }
            c => out.push(c),
        }
    }
    out
}
