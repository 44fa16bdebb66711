//! Certificates and schemes of packages signed here, with certificates that are only as true as their subject.

use crate::common::zip::ZipBuilder;
use sdkaudit::digest::Digest;
use sdkaudit::limits::Limits;
use sdkaudit::package::{Package, Signing};

/// A DER element.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        n @ 0..0x80 => out.push(n as u8),
        n @ 0x80..0x100 => out.extend([0x81, n as u8]),
        n => out.extend([0x82, (n >> 8) as u8, n as u8]),
    }
    out.extend(content);
    out
}

fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    tlv(0x31, &[&tlv(0x30, &[&tlv(6, &[oid]), &tlv(tag, &[value])])])
}

/// A certificate of this name, as far as it is read.
fn certificate(serial: u8, name: &[u8]) -> Vec<u8> {
    let name = tlv(0x30, &[name]);
    let version = tlv(0xa0, &[&tlv(2, &[&[2]])]);
    let empty = tlv(0x30, &[]);
    let tbs = tlv(0x30, &[&version, &tlv(2, &[&[serial]]), &empty, &name, &empty, &name, &empty]);
    tlv(0x30, &[&tbs, &empty, &tlv(3, &[&[0]])])
}

fn debug_name() -> Vec<u8> {
    let mut out = attribute(&[0x55, 4, 6], 19, b"US");
    out.extend(attribute(&[0x55, 4, 10], 12, b"Android"));
    out.extend(attribute(&[0x55, 4, 3], 12, b"Android Debug"));
    out
}

/// A JAR signature file with these certificates, signed by the one with `serial`.
fn pkcs7(certificates: &[Vec<u8>], name: &[u8], serial: u8) -> Vec<u8> {
    let data = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let id = tlv(0x30, &[&tlv(0x30, &[name]), &tlv(2, &[&[serial]])]);
    let signers = tlv(0x31, &[&tlv(0x30, &[&tlv(2, &[&[1]]), &id])]);
    let list = tlv(0xa0, &certificates.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let signed = tlv(0x30, &[&tlv(2, &[&[1]]), &tlv(0x31, &[]), &tlv(0x30, &[]), &list, &signers]);
    tlv(0x30, &[&tlv(6, &[&data]), &tlv(0xa0, &[&signed])])
}

fn prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = (body.len() as u32).to_le_bytes().to_vec();
    out.extend(body);
    out
}

/// A scheme's value: one signer with these certificates.
fn scheme(certificates: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<u8> = certificates.iter().flat_map(|c| prefixed(&[c])).collect();
    let signed = prefixed(&[&prefixed(&[]), &prefixed(&[&list])]);
    prefixed(&[&prefixed(&[&signed])])
}

fn block(pairs: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (id, value) in pairs {
        body.extend((value.len() as u64 + 4).to_le_bytes());
        body.extend(id.to_le_bytes());
        body.extend(value);
    }
    let size = (body.len() as u64 + 24).to_le_bytes();
    [&size[..], &body, &size, b"APK Sig Block 42"].concat()
}

/// A signing block, a JAR signature file and a certificate.
pub fn samples() -> Vec<Vec<u8>> {
    let (certificate, name) = (certificate(1, &debug_name()), debug_name());
    let schemes = [0x7109_871a, 0xf053_68c0].map(|id| (id, scheme(std::slice::from_ref(&certificate))));
    vec![block(&schemes), pkcs7(std::slice::from_ref(&certificate), &name, 1), certificate]
}

fn apk(signing_block: Vec<u8>, signature: Option<Vec<u8>>) -> Vec<u8> {
    let mut zip = ZipBuilder::new().deflated("AndroidManifest.xml", b"\x03\0\x08\0");
    if let Some(signature) = signature {
        zip = zip.deflated("META-INF/CERT.RSA", &signature);
    }
    zip.with(|z| z.before_directory = signing_block).build()
}

fn signing(bytes: Vec<u8>) -> (Option<Signing>, Vec<String>) {
    let package = Package::from_bytes("app.apk", bytes, &Limits::default()).unwrap();
    assert!(package.limitations().is_empty(), "{:?}", package.limitations());
    let (signing, limitations) = package.signing();
    (signing, limitations.into_iter().map(|l| l.detail.en).collect())
}

#[test]
fn schemes_certificates_and_the_dependency_list_are_told() {
    let debug = certificate(1, &debug_name());
    let mut name = attribute(&[0x55, 4, 10], 12, "某某, 公司".as_bytes());
    name.extend(attribute(&[0x55, 4, 3], 12, b" a=b"));
    let other = certificate(2, &name);
    let pairs = [
        (0x7109_871a, scheme(&[other.clone(), debug.clone()])),
        (0xf053_68c0, scheme(std::slice::from_ref(&other))),
        (0x504b_4453, vec![1, 2, 3]),
        (0x4272_6577, vec![0; 64]),
    ];
    let (found, limitations) =
        signing(apk(block(&pairs), Some(pkcs7(&[debug.clone(), other.clone()], &debug_name(), 1))));
    let found = found.unwrap();
    assert_eq!(limitations, [""; 0]);
    assert_eq!((found.schemes, found.dependency_block), (vec!["v1", "v2", "v3"], true));
    let got: Vec<_> = found.certificates.iter().map(|c| (c.sha256, c.subject.as_str(), c.debug)).collect();
    assert_eq!(
        got,
        [
            (Digest::of(&other), "CN=\\ a\\=b,O=某某\\, 公司", false),
            (Digest::of(&debug), "CN=Android Debug,O=Android,C=US", true),
        ]
    );
}

#[test]
fn an_unsigned_package_has_no_signing() {
    assert_eq!(signing(apk(vec![], None)), (None, vec![]));
}

#[test]
fn damage_is_told_and_hides_nothing_else() {
    let good = block(&[(0x7109_871a, scheme(&[certificate(1, &debug_name())]))]);
    let mut sizes = good.clone();
    sizes[0] ^= 1;
    let cases = [sizes, block(&[(0x7109_871a, vec![9; 30])]), block(&[(0x7109_871a, scheme(&[]))])];
    for bytes in cases {
        let (_, limitations) = signing(apk(bytes, None));
        assert_eq!(limitations.len(), 1, "{limitations:?}");
    }
    let (found, limitations) = signing(apk(good, Some(b"no signed data".to_vec())));
    assert_eq!(found.map(|f| f.schemes), Some(vec!["v2"]));
    assert_eq!(limitations.len(), 1);
}

#[test]
fn every_cut_of_a_signature_is_survived() {
    let name = debug_name();
    let signature = pkcs7(&[certificate(1, &name)], &name, 1);
    for cut in 0..signature.len() {
        let _ = signing(apk(vec![], Some(signature[..cut].to_vec())));
    }
    let good = block(&[(0x7109_871a, scheme(&[certificate(1, &name)]))]);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        let _ = signing(apk(bytes, None));
    }
}
