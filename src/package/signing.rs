//! Who signed the installed parts of a package, and in which schemes.

use super::container::{Container, Kind};
use super::{Buffer, Package};
use crate::digest::Digest;
use crate::format::signing::{self, pkcs7, x509};
use crate::lang::Text;
use crate::limitation::{Limitation, LimitationKind};
use crate::location::Location;
use serde::Serialize;

/// How a package is signed. Identity only; no trust decision is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signing {
    /// `v1`, `v2`, `v3`, `v3.1`, sorted.
    pub schemes: Vec<&'static str>,
    /// Signing certificates.
    pub certificates: Vec<Certificate>,
    /// Signing block holds Play's encrypted dependency list.
    pub dependency_block: bool,
}

/// A signing certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// SHA-256 of its DER bytes.
    pub sha256: Digest,
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Subject is the Android SDK's debug key.
    pub debug: bool,
}

impl Package {
    /// Signing of the installed package: that of its base, the parts of a set being compared with it.
    /// `None` where nothing is signed.
    pub fn signing(&self) -> (Option<Signing>, Vec<Limitation>) {
        let mut limitations = Vec::new();
        let mut out: Option<Signing> = None;
        let signed =
            |c: &&Container| !c.embedded() && matches!(c.kind(), Kind::Apk | Kind::Split | Kind::Aab);
        let mut parts: Vec<&Container> = self.containers().iter().filter(signed).collect();
        // The base first; it may come late in a set.
        parts.sort_by_key(|c| c.kind() == Kind::Split);
        for container in parts {
            let (found, notes) = of_container(container);
            limitations.extend(notes);
            match (&out, found) {
                (None, found) => out = found,
                (Some(base), found) => {
                    let same = found.is_some_and(|f| {
                        f.certificates.iter().any(|c| base.certificates.iter().any(|b| b.sha256 == c.sha256))
                    });
                    if !same {
                        limitations.push(note(
                            container,
                            LimitationKind::Tampered,
                            Text::new(
                                "该分包的签名证书与基础包不同；Android 会拒绝这样的组合。",
                                "This part is not signed with the certificate of the base; Android refuses such a set.",
                            ),
                        ));
                    }
                }
            }
        }
        (out, limitations)
    }
}

/// Signing of one archive.
fn of_container(container: &Container) -> (Option<Signing>, Vec<Limitation>) {
    let Some((bytes, archive)) = container.archive() else { return (None, Vec::new()) };
    let mut limitations = Vec::new();
    let mut out = Signing::default();
    let mut add = |der: &[u8]| {
        let Some(certificate) = x509::certificate(der) else { return false };
        let sha256 = Digest::of(certificate.der);
        if !out.certificates.iter().any(|c| c.sha256 == sha256) {
            let debug = signing::is_debug_subject(&certificate);
            out.certificates.push(Certificate { sha256, subject: certificate.subject, debug });
        }
        true
    };
    let damaged = |what: &str| {
        note(
            container,
            LimitationKind::Malformed,
            Text::new(
                format!("签名信息损坏（{what}），签名证书可能不完整。"),
                format!("Signing data is damaged ({what}); certificates may be missing."),
            ),
        )
    };
    let mut schemes = Vec::new();
    match signing::block(bytes, archive.directory_offset()) {
        Ok(Some(block)) => {
            schemes.extend(block.schemes);
            out.dependency_block = block.dependencies;
            let broken = block.certificates.iter().filter(|der| !add(der)).count();
            if broken > 0 || !block.damaged.is_empty() {
                limitations.push(damaged(&format!("signing block {}", block.damaged.join(", "))));
            }
        }
        Ok(None) => {}
        Err(why) => limitations.push(damaged(&format!("signing block: {why}"))),
    }
    let mut buffer = Buffer::new();
    for entry in container.entries().filter(|e| is_signature_file(e.name()) && !e.shadowed()).take(16) {
        match entry.read(&mut buffer) {
            Ok(content) => {
                limitations.extend(content.limitations);
                match pkcs7::signers(content.bytes) {
                    Some(signers) => {
                        signers.iter().for_each(|c| {
                            add(c.der);
                        });
                        schemes.push("v1");
                    }
                    None => limitations.push(damaged(entry.name())),
                }
            }
            Err(limitation) => limitations.push(limitation),
        }
    }
    schemes.sort_unstable();
    schemes.dedup();
    out.schemes = schemes;
    let signed = !out.schemes.is_empty() || !out.certificates.is_empty();
    (signed.then_some(out), limitations)
}

fn note(container: &Container, kind: LimitationKind, detail: Text) -> Limitation {
    Limitation { kind, at: Location::entry(container.path()), hides: None, detail }
}

/// `META-INF/….RSA`, `.DSA` or `.EC`, in any case and at any depth (Android's StrictJarVerifier asks no more).
fn is_signature_file(name: &str) -> bool {
    let file = name.strip_prefix("META-INF/").and_then(|f| f.rsplit_once('.'));
    file.is_some_and(|(_, e)| ["RSA", "DSA", "EC"].iter().any(|x| e.eq_ignore_ascii_case(x)))
}
