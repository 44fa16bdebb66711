//! Dex files: header and id tables as a zero-copy view; every slot is kept, readable or not.
//! Source: "Dalvik executable format" (versions 035-041 and unknown later ones).

mod class_data;
mod lookup;
mod value;

pub use class_data::{ClassData, Code, EncodedField, EncodedMethod};
pub use value::Value;

use super::defect::Defect;
use super::mutf8;
use crate::bytes::{self, Cursor, OutOfBounds};
use crate::limitation::LimitationKind;
use std::borrow::Cow;

/// `NO_INDEX`: no superclass, no source file.
pub const NO_INDEX: u32 = 0xffff_ffff;

/// Longest string read as a name, in bytes; longer ones cannot be descriptors (class file limit 65535).
const MAX_NAME: usize = 65_536;

/// Sections of a map that are looked at; the format knows some twenty kinds, each once.
const MAX_SECTIONS: usize = 64;

/// Why something of a dex file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A read past the end.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// The first bytes are no dex magic.
    #[error("no dex magic at offset {0:#x}")]
    Magic(usize),
    /// A big-endian dex; no device ever ran one.
    #[error("byte order of the dex header is not little endian")]
    ByteOrder,
    /// An index past the end of its table.
    #[error("index {index} is past the end of the {table} table ({count} items)")]
    Index {
        /// Which table.
        table: &'static str,
        /// The index asked for.
        index: u32,
        /// Items in the table.
        count: u32,
    },
    /// A string without end.
    #[error("string at offset {0:#x} has no terminator")]
    Unterminated(usize),
}

/// Index table: where it starts and how many whole items of it lie inside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Table {
    name: &'static str,
    offset: usize,
    count: u32,
    item: usize,
}

impl Table {
    fn at(&self, index: u32) -> Result<usize, Error> {
        if index < self.count {
            Ok(self.offset + index as usize * self.item)
        } else {
            Err(Error::Index { table: self.name, index, count: self.count })
        }
    }
}

/// One dex file, or one of the files in a version 041 container.
#[derive(Debug, Clone)]
pub struct Dex<'a> {
    data: &'a [u8],
    version: u32,
    header: usize,
    next_header: Option<usize>,
    strings: Table,
    types: Table,
    protos: Table,
    fields: Table,
    methods: Table,
    classes: Table,
    defects: Vec<Defect>,
}

/// `proto_id_item`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proto {
    /// String id of the short form.
    pub shorty: u32,
    /// Type id of the return type.
    pub return_type: u32,
    /// Offset of the parameter type list, 0 for none.
    pub parameters: u32,
}

/// `field_id_item`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Type id of the class it is looked up in.
    pub class: u32,
    /// Type id of its type.
    pub field_type: u32,
    /// String id of its name.
    pub name: u32,
}

/// `method_id_item`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Type id of the class it is looked up in.
    pub class: u32,
    /// Proto id.
    pub proto: u32,
    /// String id of its name.
    pub name: u32,
}

/// `class_def_item`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassDef {
    /// Type id of the class.
    pub class: u32,
    /// Access flags.
    pub access: u32,
    /// Type id of the superclass, or `NO_INDEX`.
    pub superclass: u32,
    /// Offset of the list of interfaces, 0 for none.
    pub interfaces: u32,
    /// String id of the source file name, or `NO_INDEX`.
    pub source_file: u32,
    /// Offset of annotations, 0 for none.
    pub annotations: u32,
    /// Offset of the class data, 0 for none.
    pub class_data: u32,
    /// Offset of the static values, 0 for none.
    pub static_values: u32,
}

/// Whether `data` begins like a dex file (any version).
pub fn is_dex(data: &[u8]) -> bool {
    magic(data, 0).is_some()
}

/// Version number in the magic `dex\n` digits NUL.
fn magic(data: &[u8], at: usize) -> Option<u32> {
    let magic: [u8; 8] = bytes::array(data, at).ok()?;
    let [b'd', b'e', b'x', b'\n', digits @ .., 0] = magic else { return None };
    digits.iter().try_fold(0u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

impl<'a> Dex<'a> {
    /// The first dex file in `data`. Checksum and signature are not enforced: Android checks neither when it
    /// installs, and authors break them on purpose.
    pub fn parse(data: &'a [u8]) -> Result<Dex<'a>, Error> {
        Dex::parse_at(data, 0)
    }

    /// All dex files in `data`: one, but for version 041 containers.
    /// The list stops after the first that cannot be read.
    pub fn parse_all(data: &'a [u8]) -> Vec<Result<Dex<'a>, Error>> {
        let mut out = Vec::new();
        let mut at = 0;
        loop {
            let dex = Dex::parse_at(data, at);
            let next = dex.as_ref().ok().and_then(|d| d.next_header);
            out.push(dex);
            match next {
                // A header takes at least 0x70 bytes, so the walk is linear.
                Some(next) if next >= at + 0x70 && next < data.len() => at = next,
                _ => return out,
            }
        }
    }

    fn parse_at(data: &'a [u8], header: usize) -> Result<Dex<'a>, Error> {
        let version = magic(data, header).ok_or(Error::Magic(header))?;
        let field = |offset: usize| bytes::u32_at(data, header.saturating_add(offset));
        if field(0x28)? == 0x7856_3412 {
            return Err(Error::ByteOrder);
        }
        let mut defects = Vec::new();
        let file_size = field(0x20)? as usize;
        let header_size = field(0x24)?;
        let container = version >= 41 && header_size >= 0x78;
        if !(35..=41).contains(&version) {
            defects.push(Defect::note(
                LimitationKind::Unsupported,
                header,
                format!("dex 版本 {version:03} 未知,按 041 之前的布局读取"),
                format!("dex version {version:03} is unknown; read with the known layout"),
            ));
        }
        let size = if container { field(0x70)? as usize } else { file_size };
        if size > data.len() {
            defects.push(Defect::note(
                LimitationKind::Truncated,
                header + 0x20,
                format!("dex 头声明 {size} 字节,实际只有 {} 字节", data.len()),
                format!("the dex header states {size} bytes, there are {}", data.len()),
            ));
        }
        let mut table = |name, at: usize, item: usize| -> Result<Table, OutOfBounds> {
            let (stated, offset) = (field(at)?, field(at + 4)? as usize);
            let room = data.len().saturating_sub(offset) / item;
            let count = stated.min(u32::try_from(room).unwrap_or(u32::MAX));
            if count < stated {
                defects.push(Defect::loss(
                    LimitationKind::Truncated,
                    header + at,
                    format!("dex 的 {name} 表声明 {stated} 项,只有 {count} 项在文件内"),
                    format!("the {name} table of the dex states {stated} items, {count} lie inside the file"),
                ));
            }
            Ok(Table { name, offset, count, item })
        };
        let strings = table("string_ids", 0x38, 4)?;
        let types = table("type_ids", 0x40, 4)?;
        let protos = table("proto_ids", 0x48, 12)?;
        let fields = table("field_ids", 0x50, 8)?;
        let methods = table("method_ids", 0x58, 8)?;
        let classes = table("class_defs", 0x60, 32)?;
        let next_header = container.then(|| header.saturating_add(file_size));
        let dex = Dex {
            data,
            version,
            header,
            next_header,
            strings,
            types,
            protos,
            fields,
            methods,
            classes,
            defects,
        };
        Ok(dex)
    }

    /// Bytes behind the map where the map is the last section, as most writers put it: nothing of the dex is
    /// there. 0 where another section comes last, or where no map can be read.
    pub fn trailing_bytes(&self) -> usize {
        let map = || {
            let at = bytes::u32_at(self.data, self.header.checked_add(0x34)?).ok()? as usize;
            let mut c = Cursor::new(self.data, at);
            let items = (c.u32().ok()? as usize).min(MAX_SECTIONS);
            for _ in 0..items {
                c.u32().ok()?;
                c.u32().ok()?;
                if c.u32().ok()? as usize > at {
                    return None;
                }
            }
            Some(c.left())
        };
        map().unwrap_or(0)
    }

    /// Version in the magic: 35 to 41, or an unknown later one.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Offset of this file's header; 0 but for later files of a container.
    pub fn header_offset(&self) -> usize {
        self.header
    }

    /// The bytes all offsets count from.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Broken or odd places of the header and the tables.
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// Items of `string_ids`.
    pub fn string_count(&self) -> u32 {
        self.strings.count
    }

    /// Items of `type_ids`.
    pub fn type_count(&self) -> u32 {
        self.types.count
    }

    /// Items of `proto_ids`.
    pub fn proto_count(&self) -> u32 {
        self.protos.count
    }

    /// Items of `field_ids`.
    pub fn field_count(&self) -> u32 {
        self.fields.count
    }

    /// Items of `method_ids`.
    pub fn method_count(&self) -> u32 {
        self.methods.count
    }

    /// Items of `class_defs`.
    pub fn class_count(&self) -> u32 {
        self.classes.count
    }

    /// MUTF-8 bytes of string `id`, up to its NUL. The length written before the text counts UTF-16 units, is
    /// often wrong, and is not used.
    pub fn string(&self, id: u32) -> Result<&'a [u8], Error> {
        let at = bytes::u32_at(self.data, self.strings.at(id)?)? as usize;
        let mut cursor = Cursor::new(self.data, at);
        cursor.uleb128()?;
        let start = cursor.offset();
        let text = self.data.get(start..).ok_or(OutOfBounds { offset: start, wanted: 1 })?;
        let end = memchr::memchr(0, text).ok_or(Error::Unterminated(at))?;
        Ok(text.get(..end).unwrap_or_default())
    }

    /// Text of string `id`.
    pub fn text(&self, id: u32) -> Result<Cow<'a, str>, Error> {
        self.string(id).map(mutf8::decode)
    }

    /// Bytes of string `id` when it can be a name: as `string`, but looks no further than 64 KiB for the end.
    pub fn name(&self, id: u32) -> Result<&'a [u8], Error> {
        let at = bytes::u32_at(self.data, self.strings.at(id)?)? as usize;
        // Names are short: their length takes one byte but for a few.
        let start = match self.data.get(at) {
            Some(0..0x80) => at + 1,
            _ => {
                let mut cursor = Cursor::new(self.data, at);
                cursor.uleb128()?;
                cursor.offset()
            }
        };
        let end = self.data.len().min(start.saturating_add(MAX_NAME));
        let text = self.data.get(start..end).ok_or(OutOfBounds { offset: start, wanted: 1 })?;
        let end = memchr::memchr(0, text).ok_or(Error::Unterminated(at))?;
        Ok(text.get(..end).unwrap_or_default())
    }

    /// Descriptor of type `id` as MUTF-8 bytes: `Lcom/example/A;`, `[I`, `V`.
    pub fn descriptor(&self, id: u32) -> Result<&'a [u8], Error> {
        self.name(bytes::u32_at(self.data, self.types.at(id)?)?)
    }

    /// Proto `id`.
    pub fn proto(&self, id: u32) -> Result<Proto, Error> {
        let mut c = Cursor::new(self.data, self.protos.at(id)?);
        Ok(Proto { shorty: c.u32()?, return_type: c.u32()?, parameters: c.u32()? })
    }

    /// Field `id`.
    pub fn field(&self, id: u32) -> Result<Field, Error> {
        let mut c = Cursor::new(self.data, self.fields.at(id)?);
        Ok(Field { class: c.u16()?.into(), field_type: c.u16()?.into(), name: c.u32()? })
    }

    /// Method `id`.
    pub fn method(&self, id: u32) -> Result<Method, Error> {
        let mut c = Cursor::new(self.data, self.methods.at(id)?);
        Ok(Method { class: c.u16()?.into(), proto: c.u16()?.into(), name: c.u32()? })
    }

    /// Type ids of the type list at `offset` (interfaces, parameters); none for offset 0.
    pub fn type_list(&self, offset: u32) -> Result<impl Iterator<Item = u32> + 'a, Error> {
        let list = if offset == 0 {
            &[]
        } else {
            let mut c = Cursor::new(self.data, offset as usize);
            let count = (c.u32()? as usize).min(c.left() / 2);
            c.take(count * 2)?
        };
        Ok(list.chunks_exact(2).filter_map(|b| bytes::u16_at(b, 0).ok()).map(u32::from))
    }

    /// Class definition number `index`.
    pub fn class_def(&self, index: u32) -> Result<ClassDef, Error> {
        let mut c = Cursor::new(self.data, self.classes.at(index)?);
        Ok(ClassDef {
            class: c.u32()?,
            access: c.u32()?,
            superclass: c.u32()?,
            interfaces: c.u32()?,
            source_file: c.u32()?,
            annotations: c.u32()?,
            class_data: c.u32()?,
            static_values: c.u32()?,
        })
    }

    /// All class definitions, in file order; a slot that cannot be read is an error, not a gap.
    pub fn class_defs(&self) -> impl Iterator<Item = Result<ClassDef, Error>> + '_ {
        (0..self.classes.count).map(|i| self.class_def(i))
    }

    /// Type id of each class definition, without reading the rest of it.
    pub fn defined_types(&self) -> impl Iterator<Item = u32> + 'a {
        let start = self.classes.offset;
        let table = self.data.get(start..start + self.classes.count as usize * 32).unwrap_or_default();
        table.chunks_exact(32).filter_map(|item| bytes::u32_at(item, 0).ok())
    }
}

/// Binary name of a class descriptor, as bytes with slashes: `com/example/A` of `Lcom/example/A;`.
/// Array brackets are dropped; primitive types have none.
pub fn class_of(descriptor: &[u8]) -> Option<&[u8]> {
    let first = descriptor.iter().position(|b| *b != b'[')?;
    descriptor.get(first..)?.strip_prefix(b"L").map(|name| name.strip_suffix(b";").unwrap_or(name))
}

/// Binary name with dots of a class descriptor: `com.example.A$B`.
pub fn class_name(descriptor: &[u8]) -> Option<String> {
    class_of(descriptor).map(|name| mutf8::decode(name).replace('/', "."))
}
