//! How an APK is signed: the signing block before the central directory, and JAR signature files.
//! Identity only: digests and signatures are not verified, no trust decision is made.

pub mod der;
pub mod pkcs7;
pub mod x509;

use crate::bytes::{Cursor, OutOfBounds, u32_at, u64_at};
use crate::format::zip::Source;
use x509::Certificate;

/// Last bytes of a signing block.
const MAGIC: &[u8; 16] = b"APK Sig Block 42";
/// Length of what follows the pairs: size and magic.
const FOOTER: u64 = 24;
/// Blocks hold certificates and digests; this much is already absurd.
const MAX_BLOCK: u64 = 64 << 20;

/// Scheme v2, v3 and v3.1 (source.android.com, "APK signature scheme").
const SCHEMES: [(u32, &str); 3] = [(0x7109_871a, "v2"), (0xf053_68c0, "v3"), (0x1b93_ad61, "v3.1")];
/// Encrypted list of dependencies, for Google Play (Android Gradle plugin, `dependenciesInfo`).
const DEPENDENCIES: u32 = 0x504b_4453;

/// What a signing block says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// Schemes with a value in the block.
    pub schemes: Vec<&'static str>,
    /// DER of the first certificate of each signer, in order of schemes, each once.
    pub certificates: Vec<Vec<u8>>,
    /// Whether Play's encrypted dependency list is there.
    pub dependencies: bool,
    /// Schemes whose value cannot be read, or holds no certificate.
    pub damaged: Vec<&'static str>,
}

/// The pairs of the signing block that ends at `directory`. `Ok(None)`: no block. `Err`: a block whose sizes lie.
pub fn block(source: &dyn Source, directory: u64) -> Result<Option<Block>, String> {
    let Some(footer_at) = directory.checked_sub(FOOTER) else { return Ok(None) };
    let footer = source.read(footer_at, 24).map_err(|e| e.to_string())?;
    if footer.get(8..) != Some(MAGIC) {
        return Ok(None);
    }
    let size = u64_at(&footer, 0).unwrap_or(0);
    // The size counts the pairs and the footer, not the leading copy of itself.
    let start = directory.checked_sub(size).and_then(|s| s.checked_sub(8));
    let (Some(start), true) = (start, (FOOTER..=MAX_BLOCK).contains(&size)) else {
        return Err(format!("its size is {size}"));
    };
    let bytes = source.read(start, usize::try_from(size).unwrap_or(0)).map_err(|e| e.to_string())?;
    if u64_at(&bytes, 0) != Ok(size) {
        return Err("its two sizes differ".into());
    }
    Ok(Some(pairs(&bytes)))
}

/// Reads size-prefixed pairs; `bytes` starts with the leading size and ends before the footer's magic.
fn pairs(bytes: &[u8]) -> Block {
    let mut out = Block::default();
    let mut cursor = Cursor::new(bytes, 8);
    let mut values: Vec<(&'static str, &[u8])> = Vec::new();
    while cursor.left() > 16 {
        let Ok(len) = cursor.u64() else { break };
        let Some(pair) = usize::try_from(len).ok().and_then(|len| cursor.take(len).ok()) else { break };
        let Ok(id) = u32_at(pair, 0) else { continue };
        if id == DEPENDENCIES {
            out.dependencies = true;
        }
        if let Some((_, scheme)) = SCHEMES.iter().find(|(i, _)| *i == id) {
            values.push((scheme, pair.get(4..).unwrap_or_default()));
        }
    }
    values.sort_by_key(|(scheme, _)| *scheme);
    for (scheme, value) in values {
        out.schemes.push(scheme);
        match signer_certificates(value) {
            Ok(found) if !found.is_empty() => {
                for certificate in found {
                    if !out.certificates.iter().any(|c| c == certificate) {
                        out.certificates.push(certificate.to_vec());
                    }
                }
            }
            _ => out.damaged.push(scheme),
        }
    }
    out.schemes.dedup();
    out
}

/// The first certificate of every signer: the one whose key signed. All schemes begin alike: signers, each with
/// signed data, which begins with digests and certificates; every list and item carries its length.
fn signer_certificates(value: &[u8]) -> Result<Vec<&[u8]>, OutOfBounds> {
    let mut out = Vec::new();
    let mut signers = Cursor::new(prefixed(&mut Cursor::new(value, 0))?, 0);
    while signers.left() > 0 {
        let mut signer = Cursor::new(prefixed(&mut signers)?, 0);
        let mut signed = Cursor::new(prefixed(&mut signer)?, 0);
        let _digests = prefixed(&mut signed)?;
        let mut certificates = Cursor::new(prefixed(&mut signed)?, 0);
        if certificates.left() > 0 {
            out.push(prefixed(&mut certificates)?);
        }
    }
    Ok(out)
}

/// The bytes behind a 32-bit length.
fn prefixed<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], OutOfBounds> {
    let len = cursor.u32()?;
    cursor.take(len as usize)
}

/// Whether a subject is that of the key that the Android SDK makes for debug builds.
pub fn is_debug_subject(certificate: &Certificate<'_>) -> bool {
    let mut parts: Vec<&str> = certificate.subject.split(',').collect();
    parts.sort_unstable();
    parts.contains(&"CN=Android Debug") && parts.contains(&"O=Android")
}
