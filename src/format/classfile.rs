//! Java class files: own name, superclass and the classes named in the constant pool.
//! Source: Java Virtual Machine Specification, chapter 4.

use crate::bytes::{self, Cursor, OutOfBounds};

/// Names of a class file, as MUTF-8 binary names with slashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassFile<'a> {
    /// The class defined here.
    pub name: &'a [u8],
    /// Its superclass; empty for `java/lang/Object` and module descriptors.
    pub superclass: &'a [u8],
    /// Every class named in the constant pool, the class itself among them; arrays by their element.
    pub references: Vec<&'a [u8]>,
}

/// Why a class file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A read past the end.
    #[error(transparent)]
    OutOfBounds(#[from] OutOfBounds),
    /// The first bytes are not `CAFEBABE`.
    #[error("no class file magic")]
    Magic,
    /// A constant pool tag that no version defines.
    #[error("unknown constant pool tag {0}")]
    Tag(u8),
}

/// Whether `data` begins like a class file.
pub fn is_class(data: &[u8]) -> bool {
    data.starts_with(&[0xca, 0xfe, 0xba, 0xbe])
}

/// Reads the names in `data`.
pub fn read(data: &[u8]) -> Result<ClassFile<'_>, Error> {
    if !is_class(data) {
        return Err(Error::Magic);
    }
    let mut c = Cursor::new(data, 8);
    let big = |c: &mut Cursor<'_>| c.u16().map(u16::swap_bytes);
    let count = big(&mut c)?;
    // Offsets of the constants by index; 0 for those that hold no name. A constant takes three bytes or more.
    let mut texts = vec![0usize; usize::from(count).min(c.left() / 3 + 1)];
    let mut classes = Vec::new();
    let mut index = 1u16;
    while index < count {
        let at = c.offset();
        let tag = c.u8()?;
        match tag {
            1 => {
                if let Some(slot) = texts.get_mut(usize::from(index)) {
                    *slot = at + 1;
                }
                let len = big(&mut c)?;
                c.take(len.into())?;
            }
            7 => classes.push((index, big(&mut c)?)),
            3 | 4 | 9 | 10 | 11 | 12 | 17 | 18 => drop(c.take(4)?),
            5 | 6 => {
                c.take(8)?;
                // Long and double take two slots.
                index = index.saturating_add(1);
            }
            8 | 16 | 19 | 20 => drop(c.take(2)?),
            15 => drop(c.take(3)?),
            tag => return Err(Error::Tag(tag)),
        }
        index = index.saturating_add(1);
    }
    let text = |index: u16| -> &[u8] {
        let Some(at) = texts.get(usize::from(index)).copied().filter(|at| *at > 0) else { return &[] };
        let len = bytes::u16_at(data, at).map_or(0, u16::swap_bytes);
        bytes::slice(data, at + 2, len.into()).unwrap_or_default()
    };
    let class = |index: u16| {
        let found = classes.binary_search_by_key(&index, |(i, _)| *i).ok().and_then(|i| classes.get(i));
        found.map_or(&[][..], |(_, name)| text(*name))
    };
    let _access = big(&mut c)?;
    let name = class(big(&mut c)?);
    let superclass = class(big(&mut c)?);
    let references = classes.iter().filter_map(|(_, name)| element(text(*name))).collect();
    Ok(ClassFile { name, superclass, references })
}

/// Binary name of a class constant: itself, or the element of an array of objects.
fn element(name: &[u8]) -> Option<&[u8]> {
    match name.first()? {
        b'[' => super::dex::class_of(name),
        _ => Some(name),
    }
}
