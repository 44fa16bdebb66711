//! The `cmap` table of an embedded TrueType font, read backwards: glyph -> character (OpenType 1.9, section `cmap`).

use std::collections::HashMap;

/// Most characters taken of one font.
const MAX_CHARACTERS: usize = 1 << 17;

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_be_bytes)
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

/// Characters by glyph, of the Unicode subtables; empty where the font has none.
pub fn characters(font: &[u8]) -> HashMap<u32, char> {
    let mut out = HashMap::new();
    let _ = read(font, &mut out);
    out
}

fn read(font: &[u8], out: &mut HashMap<u32, char>) -> Option<()> {
    let base = if font.starts_with(b"ttcf") { usize::try_from(u32_at(font, 12)?).ok()? } else { 0 };
    let tables = usize::from(u16_at(font, base.checked_add(4)?)?);
    let record =
        (0..tables.min(64)).map(|i| base + 12 + 16 * i).find(|at| font.get(*at..at + 4) == Some(b"cmap"))?;
    let table = font.get(usize::try_from(u32_at(font, record + 8)?).ok()?..)?;
    let count = usize::from(u16_at(table, 2)?);
    for index in 0..count.min(32) {
        let at = 4 + 8 * index;
        let (platform, encoding) = (u16_at(table, at)?, u16_at(table, at + 2)?);
        if !(platform == 0 || platform == 3 && matches!(encoding, 1 | 10)) {
            continue;
        }
        let Some(subtable) = usize::try_from(u32_at(table, at + 4)?).ok().and_then(|o| table.get(o..)) else {
            continue;
        };
        match u16_at(subtable, 0) {
            Some(4) => {
                segments(subtable, out);
            }
            Some(12) => {
                groups(subtable, out);
            }
            _ => {}
        }
    }
    Some(())
}

/// Format 4.
fn segments(table: &[u8], out: &mut HashMap<u32, char>) -> Option<()> {
    let count = usize::from(u16_at(table, 6)? / 2);
    let mut left = MAX_CHARACTERS;
    for i in 0..count {
        let end = u16_at(table, 14 + 2 * i)?;
        let start = u16_at(table, 16 + 2 * (count + i))?;
        let delta = u16_at(table, 16 + 2 * (2 * count + i))?;
        let offset_at = 16 + 2 * (3 * count + i);
        let offset = u16_at(table, offset_at)?;
        for code in start..=end {
            left = left.checked_sub(1)?;
            let glyph = if offset == 0 {
                code.wrapping_add(delta)
            } else {
                let at = offset_at + usize::from(offset) + 2 * usize::from(code - start);
                match u16_at(table, at) {
                    Some(0) | None => 0,
                    Some(glyph) => glyph.wrapping_add(delta),
                }
            };
            keep(u32::from(glyph), u32::from(code), out);
        }
    }
    Some(())
}

/// Format 12.
fn groups(table: &[u8], out: &mut HashMap<u32, char>) -> Option<()> {
    let count = usize::try_from(u32_at(table, 12)?).ok()?.min(table.len() / 12);
    let mut left = MAX_CHARACTERS;
    for i in 0..count {
        let at = 16 + 12 * i;
        let (start, end, glyph) = (u32_at(table, at)?, u32_at(table, at + 4)?, u32_at(table, at + 8)?);
        for code in start..=end {
            left = left.checked_sub(1)?;
            keep(glyph.wrapping_add(code - start), code, out);
        }
    }
    Some(())
}

/// Of the characters of one glyph the common one: no radical, no compatibility form.
fn keep(glyph: u32, code: u32, out: &mut HashMap<u32, char>) {
    let Some(c) = char::from_u32(code).filter(|c| glyph != 0 && !c.is_control()) else { return };
    let rare =
        |c: char| matches!(c as u32, 0x2e80..=0x2fdf | 0xe000..=0xf8ff | 0xf900..=0xfaff | 0xa0 | 0xad);
    out.entry(glyph)
        .and_modify(|had| {
            if rare(*had) {
                *had = c
            }
        })
        .or_insert(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn font(subtable: &[u8]) -> Vec<u8> {
        let mut out = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        out.extend(b"cmap\0\0\0\0\0\0\0\x1c\0\0\0\0");
        out.extend([0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12]);
        out.extend(subtable);
        out
    }

    #[test]
    fn glyphs_lead_back_to_characters() {
        let format_4: Vec<u8> = [4u16, 32, 0, 4, 0, 0, 0, 0x4e02, 0xffff, 0, 0x4e00, 0xffff, 0xb205, 1, 0, 0]
            .iter()
            .flat_map(|n| n.to_be_bytes())
            .collect();
        let found = characters(&font(&format_4));
        assert_eq!(found.get(&6), Some(&'\u{4e01}'));
        let format_12: Vec<u8> =
            [0x000c_0000u32, 28, 0, 1, 0x41, 0xffff_ffff, 7].iter().flat_map(|n| n.to_be_bytes()).collect();
        let found = characters(&font(&format_12));
        assert_eq!(found.get(&8), Some(&'B'));
        assert!(characters(b"\0\x01\0\0\xff\xff").is_empty());
    }
}
