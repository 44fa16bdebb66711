//! Which ranges of a remote archive an audit will read, told to its source at once: the whole of what is parsed,
//! the first bytes of what is only told apart by its magic.

use super::container::{Container, Entry};
use super::role::Role;
use crate::format::zip::Source as _;

/// A signing block as signers write it: certificates, and padding to a page.
const SIGNING: u64 = 16 << 10;
/// Resource files smaller than this hide no code worth a request.
const PAYLOAD: u64 = 32 << 10;
/// Files under `META-INF/` that are read are small; lists of digests are not.
const METADATA: u64 = 64 << 10;

/// How much of an entry is needed.
enum Need {
    All,
    Magic,
    Nothing,
}

/// Announces what reading `container` will ask for. Does nothing where the bytes are at hand.
pub fn announce(container: &Container) {
    let Some((bytes, archive)) = container.archive().filter(|(b, _)| b.as_slice().is_none()) else { return };
    let directory = archive.directory_offset();
    let mut ranges = Vec::new();
    ranges.push(directory.saturating_sub(SIGNING)..directory);
    for (entry, raw) in container.entries().zip(archive.entries()) {
        ranges.push(match need(&entry) {
            Need::All => archive.content_range(raw),
            Need::Magic => archive.magic_range(raw),
            Need::Nothing => continue,
        });
    }
    bytes.announce(&ranges);
}

fn need(entry: &Entry<'_>) -> Need {
    let name = entry.name();
    let ends = |any: &[&str]| {
        name.rsplit_once('.').is_some_and(|(_, e)| any.iter().any(|a| e.eq_ignore_ascii_case(a)))
    };
    match entry.role() {
        Role::Manifest(_) | Role::Resources | Role::ProtoResources | Role::Dex { .. } | Role::Class => {
            Need::All
        }
        // Digests of every file; only the signature over them is read.
        Role::MetaInf if ends(&["MF", "SF"]) => Need::Magic,
        Role::MetaInf if entry.packed_size() <= METADATA => Need::All,
        Role::Root if ends(&["properties"]) && entry.packed_size() <= METADATA => Need::All,
        Role::BuildMetadata if ends(&["pb"]) && entry.packed_size() <= METADATA => Need::All,
        Role::ResourceFile
            if entry.claimed_size() < PAYLOAD
                && ends(&["xml", "png", "webp", "jpg", "jpeg", "gif", "ttf", "otf"]) =>
        {
            Need::Nothing
        }
        Role::Directory | Role::Container | Role::Smali => Need::Nothing,
        _ => Need::Magic,
    }
}
