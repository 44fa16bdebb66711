//! Encryption of a PDF that everyone may open (ISO 32000-2, section 7.6): the standard handler with an empty user password.

use crate::format::pdf::cipher::{Aes, md5, rc4};
use crate::format::pdf::file::File;
use crate::format::pdf::object::{Dict, Object};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// What stands for the characters that a password lacks (section 7.6.4.3.2).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E,
    0x2E, 0x00, 0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];
/// Most values of one object of which strings are decrypted.
const MAX_VALUES: usize = 1 << 16;

/// How the streams and strings of a file are decrypted.
pub struct Crypt {
    key: Vec<u8>,
    streams: Method,
    strings: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    None,
    Rc4,
    /// AES with a key of its own for each object.
    Aes,
    /// AES with the key of the file.
    Aes256,
}

impl Crypt {
    /// The decryption that a file asks for; `None` if it asks for none, for a password, or for something not known.
    pub fn of(file: &File<'_>) -> Option<Crypt> {
        let dict = file.value(&file.trailer, b"Encrypt").into_owned();
        let dict = dict.dict()?;
        if file.value(dict, b"Filter").name() != Some(b"Standard") {
            return None;
        }
        let version = file.value(dict, b"V").whole().unwrap_or(0);
        let revision = file.value(dict, b"R").whole()?;
        let method = |key: &[u8]| match version {
            1 | 2 => Some(Method::Rc4),
            4 | 5 => filter(file, dict, key),
            _ => None,
        };
        let (streams, strings) = (method(b"StmF")?, method(b"StrF")?);
        let text = |key: &[u8]| file.value(dict, key).text().map(<[u8]>::to_vec);
        let (owner, user) = (text(b"O")?, text(b"U")?);
        let key = if version == 5 {
            key_256(revision, &user, &text(b"UE")?)?
        } else {
            let length = file.value(dict, b"Length").whole().unwrap_or(40) / 8;
            let length = if version == 4 {
                16
            } else if version == 1 {
                5
            } else {
                length.clamp(5, 16)
            };
            let permissions = file.value(dict, b"P").number()? as i64;
            let metadata = *file.value(dict, b"EncryptMetadata") != Object::Bool(false);
            let ids = file.value(&file.trailer, b"ID");
            let id = ids
                .array()
                .first()
                .map(|o| file.resolve(o).text().unwrap_or(b"").to_vec())
                .unwrap_or_default();
            key_128(revision, &owner, &user, (permissions & 0xffff_ffff) as u32, &id, length, metadata)?
        };
        Some(Crypt { key, streams, strings })
    }

    /// Decrypts the bytes of a stream of object `number`.
    pub fn stream(&self, data: &[u8], number: u32) -> Vec<u8> {
        self.decrypt(self.streams, data, number)
    }

    /// Decrypts the strings of object `number` in place.
    pub fn strings(&self, object: &mut Object, number: u32) {
        let mut open = vec![object];
        let mut left = MAX_VALUES;
        while let Some(object) = open.pop() {
            left = left.saturating_sub(1);
            if left == 0 {
                return;
            }
            match object {
                Object::Text(text) => *text = self.decrypt(self.strings, text, number),
                Object::Array(items) => open.extend(items.iter_mut()),
                Object::Dict(dict) | Object::Stream(dict, _) => open.extend(dict.values_mut()),
                _ => {}
            }
        }
    }

    fn decrypt(&self, method: Method, data: &[u8], number: u32) -> Vec<u8> {
        // Objects of a generation above 0 are of old writers that freed numbers; they come out garbled, and are told by that.
        let own = |salt: &[u8]| {
            let [a, b, c, _] = number.to_le_bytes();
            let digest = md5(&[&self.key, [a, b, c, 0, 0].as_slice(), salt].concat());
            digest.iter().copied().take((self.key.len() + 5).min(16)).collect::<Vec<u8>>()
        };
        match method {
            Method::None => data.to_vec(),
            Method::Rc4 => rc4(&own(&[]), data),
            Method::Aes => chained(&own(b"sAlT"), data),
            Method::Aes256 => chained(&self.key, data),
        }
    }
}

/// The method of a crypt filter.
fn filter(file: &File<'_>, dict: &Dict, key: &[u8]) -> Option<Method> {
    let name = file.value(dict, key).name().unwrap_or(b"Identity").to_vec();
    if name == b"Identity" {
        return Some(Method::None);
    }
    let filters = file.value(dict, b"CF");
    let filter = file.value(filters.dict()?, &name).into_owned();
    match file.value(filter.dict()?, b"CFM").name()? {
        b"None" => Some(Method::None),
        b"V2" => Some(Method::Rc4),
        b"AESV2" => Some(Method::Aes),
        b"AESV3" => Some(Method::Aes256),
        _ => None,
    }
}

/// AES in CBC mode, the first block of the data being the start and the last byte the length of the padding.
fn chained(key: &[u8], data: &[u8]) -> Vec<u8> {
    let (Some(aes), Some((start, data))) = (Aes::new(key), data.split_first_chunk::<16>()) else {
        return Vec::new();
    };
    let mut out = aes.decrypt(*start, data);
    let padding = out.last().map_or(0, |b| usize::from(*b));
    if (1..=16).contains(&padding) {
        out.truncate(out.len().saturating_sub(padding));
    }
    out
}

/// Algorithms 2 and 6: the key for an empty user password, if that is the password.
fn key_128(
    revision: usize,
    owner: &[u8],
    user: &[u8],
    permissions: u32,
    id: &[u8],
    length: usize,
    metadata: bool,
) -> Option<Vec<u8>> {
    let owner = owner.get(..32)?;
    let all: &[u8] = if revision >= 4 && !metadata { &[0xff; 4] } else { &[] };
    let mut digest = md5(&[&PADDING, owner, &permissions.to_le_bytes(), id, all].concat());
    if revision >= 3 {
        for _ in 0..50 {
            digest = md5(digest.get(..length)?);
        }
    }
    let key = digest.get(..length)?.to_vec();
    let right = if revision == 2 {
        user.get(..32)? == rc4(&key, &PADDING)
    } else {
        let mut check = rc4(&key, &md5(&[&PADDING, id].concat()));
        for round in 1..=19u8 {
            check = rc4(&key.iter().map(|b| b ^ round).collect::<Vec<u8>>(), &check);
        }
        user.get(..16)? == check
    };
    right.then_some(key)
}

/// Algorithms 2.A and 11.
fn key_256(revision: usize, user: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (check, salts) = user.split_at_checked(32)?;
    let (validation, rest) = salts.split_at_checked(8)?;
    let salt = rest.get(..8)?;
    let digest =
        |salt: &[u8]| if revision >= 6 { hardened(salt) } else { Some(Sha256::digest(salt).to_vec()) };
    if digest(validation)? != check {
        return None;
    }
    Some(Aes::new(&digest(salt)?)?.decrypt([0; 16], sealed.get(..32)?))
}

/// Algorithm 2.B for an empty password.
fn hardened(salt: &[u8]) -> Option<Vec<u8>> {
    let mut key = Sha256::digest(salt).to_vec();
    for round in 0..1024usize {
        let repeated = key.repeat(64);
        let start = <[u8; 16]>::try_from(key.get(16..32)?).ok()?;
        let coded = Aes::new(key.get(..16)?)?.encrypt(start, &repeated);
        let remainder = coded.iter().take(16).map(|b| u32::from(*b)).sum::<u32>() % 3;
        key = match remainder {
            0 => Sha256::digest(&coded).to_vec(),
            1 => Sha384::digest(&coded).to_vec(),
            _ => Sha512::digest(&coded).to_vec(),
        };
        if round >= 63 && usize::from(*coded.last()?) + 32 <= round + 1 {
            break;
        }
    }
    key.truncate(32);
    Some(key)
}
