//! Certificates of a JAR signature file (`META-INF/*.RSA`): PKCS #7 signed data (RFC 2315, 9.1).

use super::der::{CONTEXT_0, INTEGER, OID, SEQUENCE, SET, elements, expect};
use super::x509::{Certificate, certificate};

/// signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// The certificates of the signers; all certificates of the file where no signer can be told. `None` where the
/// file is no signed data.
pub fn signers(data: &[u8]) -> Option<Vec<Certificate<'_>>> {
    let (info, _) = expect(data, SEQUENCE)?;
    let (kind, rest) = expect(info.content, OID)?;
    if kind.content != SIGNED_DATA {
        return None;
    }
    let (explicit, _) = expect(rest, CONTEXT_0)?;
    let (signed, _) = expect(explicit.content, SEQUENCE)?;
    let (_version, rest) = expect(signed.content, INTEGER)?;
    let (_digests, rest) = expect(rest, SET)?;
    let (_content, rest) = expect(rest, SEQUENCE)?;
    let (list, rest) = expect(rest, CONTEXT_0)?;
    let all: Vec<Certificate<'_>> = elements(list.content).filter_map(|e| certificate(e.raw)).collect();
    // Revocation lists may stand between; the last set holds the signers.
    let infos = elements(rest).filter(|e| e.tag == SET).last();
    let named: Vec<(&[u8], &[u8])> = infos
        .iter()
        .flat_map(|set| elements(set.content))
        .filter_map(|signer| {
            let (_version, rest) = expect(signer.content, INTEGER)?;
            let (id, _) = expect(rest, SEQUENCE)?;
            let (issuer, rest) = expect(id.content, SEQUENCE)?;
            let (serial, _) = expect(rest, INTEGER)?;
            Some((issuer.raw, serial.content))
        })
        .collect();
    let signing: Vec<Certificate<'_>> =
        all.iter().filter(|c| named.contains(&(c.issuer, c.serial))).cloned().collect();
    Some(if signing.is_empty() { all } else { signing })
}
