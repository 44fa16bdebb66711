//! `class_data_item` and `code_item`: members and instructions of one class, read on demand.

use super::{ClassDef, Dex, Error};
use crate::bytes::{Cursor, OutOfBounds};

/// A field of a class, in class data order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedField {
    /// Field id.
    pub field: u32,
    /// Access flags.
    pub access: u32,
}

/// A method of a class, in class data order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedMethod {
    /// Method id.
    pub method: u32,
    /// Access flags.
    pub access: u32,
    /// Offset of the code item; 0 for abstract and native methods.
    pub code: u32,
    /// Virtual, else direct (static, private, constructor).
    pub is_virtual: bool,
}

/// Members of a class. Fields come before methods in the file, so reading methods walks over the fields.
#[derive(Debug, Clone)]
pub struct ClassData<'a> {
    cursor: Cursor<'a>,
    static_fields: u32,
    instance_fields: u32,
    direct_methods: u32,
    virtual_methods: u32,
}

/// One `code_item`.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// Registers it uses.
    pub registers: u16,
    /// Words of incoming arguments: the last registers.
    pub ins: u16,
    /// Number of try blocks behind the instructions.
    pub tries: u16,
    /// Instructions: little-endian 16-bit units, cut at the end of the file.
    pub instructions: &'a [u8],
}

impl<'a> Dex<'a> {
    /// Members of `class`; `None` when it has no class data.
    pub fn class_data(&self, class: &ClassDef) -> Result<Option<ClassData<'a>>, Error> {
        if class.class_data == 0 {
            return Ok(None);
        }
        let mut cursor = Cursor::new(self.data(), class.class_data as usize);
        let static_fields = cursor.uleb128()?;
        let instance_fields = cursor.uleb128()?;
        let direct_methods = cursor.uleb128()?;
        let virtual_methods = cursor.uleb128()?;
        Ok(Some(ClassData { cursor, static_fields, instance_fields, direct_methods, virtual_methods }))
    }

    /// The code item at `offset` (`EncodedMethod::code`, not 0).
    pub fn code(&self, offset: u32) -> Result<Code<'a>, Error> {
        let mut c = Cursor::new(self.data(), offset as usize);
        let (registers, ins, _outs, tries) = (c.u16()?, c.u16()?, c.u16()?, c.u16()?);
        let _debug_info = c.u32()?;
        let units = c.u32()? as usize;
        let bytes = units.saturating_mul(2).min(c.left() & !1);
        Ok(Code { registers, ins, tries, instructions: c.take(bytes)? })
    }
}

impl ClassData<'_> {
    /// Fields the class claims to have, static and instance ones; unchecked.
    pub fn field_count(&self) -> u64 {
        u64::from(self.static_fields) + u64::from(self.instance_fields)
    }

    /// Static fields, in the order of the class's static values. Ends early where the data ends.
    pub fn static_fields(&self) -> impl Iterator<Item = EncodedField> {
        fields(self.cursor.clone(), self.static_fields)
    }

    /// All methods, direct ones first. Ends early where the data ends.
    ///
    /// Errors when the fields before them cannot be passed over.
    pub fn methods(&self) -> Result<impl Iterator<Item = EncodedMethod>, OutOfBounds> {
        let mut cursor = self.cursor.clone();
        for _ in 0..u64::from(self.static_fields) + u64::from(self.instance_fields) {
            cursor.uleb128()?;
            cursor.uleb128()?;
        }
        let direct = self.direct_methods;
        let total = u64::from(direct) + u64::from(self.virtual_methods);
        let (mut number, mut method) = (0u64, 0u32);
        Ok(std::iter::from_fn(move || {
            if number >= total {
                return None;
            }
            // Indexes count up anew in each of the two lists.
            if number == u64::from(direct) {
                method = 0;
            }
            let is_virtual = number >= u64::from(direct);
            number += 1;
            method = method.wrapping_add(cursor.uleb128().ok()?);
            let access = cursor.uleb128().ok()?;
            let code = cursor.uleb128().ok()?;
            Some(EncodedMethod { method, access, code, is_virtual })
        }))
    }
}

fn fields(mut cursor: Cursor<'_>, count: u32) -> impl Iterator<Item = EncodedField> {
    let mut field = 0u32;
    (0..count).map_while(move |_| {
        field = field.wrapping_add(cursor.uleb128().ok()?);
        Some(EncodedField { field, access: cursor.uleb128().ok()? })
    })
}
