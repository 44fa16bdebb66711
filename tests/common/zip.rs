//! Builds zip archives byte by byte, so that every field can lie.

use std::io::Write as _;

/// One entry to be written; the public fields override what would be true.
#[derive(Debug, Clone, Default)]
pub struct ZipEntry {
    /// Name bytes in the directory.
    pub name: Vec<u8>,
    /// Name bytes in the local header.
    pub local_name: Option<Vec<u8>>,
    /// Data as stored in the archive.
    pub data: Vec<u8>,
    /// True method of `data`: 0 or 8.
    pub true_method: u16,
    /// Method field of the directory.
    pub method: u16,
    /// Method field of the local header.
    pub local_method: Option<u16>,
    /// Flags of both.
    pub flags: u16,
    /// CRC field of both.
    pub crc32: u32,
    /// Size field of the directory.
    pub size: u32,
    /// Packed size field of the directory.
    pub packed: u32,
    /// Size fields of the local header: packed, then content.
    pub local_sizes: Option<(u32, u32)>,
    /// Signature of the local header.
    pub local_magic: Option<[u8; 4]>,
    /// Added to the offset field of the directory.
    pub offset_lie: i64,
    /// Extra field of the directory record.
    pub extra: Vec<u8>,
    /// Extra field of the local header.
    pub local_extra: Vec<u8>,
    /// Disk number.
    pub disk: u16,
    /// No record in the directory.
    pub unlisted: bool,
}

impl ZipEntry {
    /// An entry with true fields.
    pub fn new(name: impl Into<Vec<u8>>, content: &[u8], deflate: bool) -> ZipEntry {
        let data = if deflate { deflated(content) } else { content.to_vec() };
        ZipEntry {
            name: name.into(),
            true_method: if deflate { 8 } else { 0 },
            method: if deflate { 8 } else { 0 },
            crc32: crc32fast::hash(content),
            size: content.len() as u32,
            packed: data.len() as u32,
            data,
            ..ZipEntry::default()
        }
    }
}

/// An archive to be written.
#[derive(Debug, Clone, Default)]
pub struct ZipBuilder {
    /// Entries in order.
    pub entries: Vec<ZipEntry>,
    /// Bytes between the last entry and the directory: an APK signing block stands here.
    pub before_directory: Vec<u8>,
    /// Bytes between directory and end record.
    pub after_directory: Vec<u8>,
    /// Comment.
    pub comment: Vec<u8>,
    /// Comment length field.
    pub comment_len: Option<u16>,
    /// Entry count field.
    pub count: Option<u16>,
    /// Directory size field.
    pub directory_size: Option<u32>,
    /// Added to the directory offset field.
    pub directory_lie: i64,
    /// Disk numbers of the end record.
    pub disk: u16,
    /// Bytes before everything.
    pub prefix: Vec<u8>,
    /// Whether offsets count the prefix.
    pub prefix_counted: bool,
    /// Bytes after everything.
    pub suffix: Vec<u8>,
    /// No end record.
    pub no_end: bool,
}

impl ZipBuilder {
    /// An empty archive.
    pub fn new() -> ZipBuilder {
        ZipBuilder::default()
    }

    /// Adds a deflated entry.
    pub fn deflated(mut self, name: &str, content: &[u8]) -> ZipBuilder {
        self.entries.push(ZipEntry::new(name, content, true));
        self
    }

    /// Adds a stored entry.
    pub fn stored(mut self, name: &str, content: &[u8]) -> ZipBuilder {
        self.entries.push(ZipEntry::new(name, content, false));
        self
    }

    /// Adds an entry with fields of its own.
    pub fn entry(mut self, entry: ZipEntry) -> ZipBuilder {
        self.entries.push(entry);
        self
    }

    /// Changes the archive's own fields.
    pub fn with(mut self, change: impl FnOnce(&mut ZipBuilder)) -> ZipBuilder {
        change(&mut self);
        self
    }

    /// The archive.
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let base = if self.prefix_counted { 0 } else { self.prefix.len() };
        let mut directory = Vec::new();
        let mut listed = 0u16;
        for e in &self.entries {
            let offset = ((out.len() - base) as i64 + e.offset_lie) as u32;
            out.extend(e.local_magic.unwrap_or(*b"PK\x03\x04"));
            let local_name = e.local_name.as_ref().unwrap_or(&e.name);
            let (packed, size) = e.local_sizes.unwrap_or((e.packed, e.size));
            put16(&mut out, &[20, e.flags, e.local_method.unwrap_or(e.method), 0, 0]);
            put32(&mut out, &[e.crc32, packed, size]);
            put16(&mut out, &[local_name.len() as u16, e.local_extra.len() as u16]);
            out.extend(local_name);
            out.extend(&e.local_extra);
            out.extend(&e.data);
            if e.unlisted {
                continue;
            }
            listed += 1;
            directory.extend(*b"PK\x01\x02");
            put16(&mut directory, &[20, 20, e.flags, e.method, 0, 0]);
            put32(&mut directory, &[e.crc32, e.packed, e.size]);
            put16(&mut directory, &[e.name.len() as u16, e.extra.len() as u16, 0, e.disk, 0]);
            put32(&mut directory, &[0, offset]);
            directory.extend(&e.name);
            directory.extend(&e.extra);
        }
        out.extend(&self.before_directory);
        let at = ((out.len() - base) as i64 + self.directory_lie) as u32;
        out.extend(&directory);
        out.extend(&self.after_directory);
        if !self.no_end {
            out.extend(*b"PK\x05\x06");
            let count = self.count.unwrap_or(listed);
            put16(&mut out, &[self.disk, self.disk, count, count]);
            put32(&mut out, &[self.directory_size.unwrap_or(directory.len() as u32), at]);
            put16(&mut out, &[self.comment_len.unwrap_or(self.comment.len() as u16)]);
            out.extend(&self.comment);
        }
        out.extend(&self.suffix);
        out
    }
}

/// Raw deflate of `content`.
pub fn deflated(content: &[u8]) -> Vec<u8> {
    let mut w = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    w.write_all(content).unwrap();
    w.finish().unwrap()
}

fn put16(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
}

fn put32(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
}
