//! CMaps (ISO 32000-1, sections 9.7.5 and 9.10.3): codes -> characters (ToUnicode) or character ids.
//! Ranges stay ranges, whatever size they claim.

use crate::format::pdf::object::{Object, Parser};

/// Most ranges kept of one map.
const MAX_RANGES: usize = 1 << 17;

/// A map from codes of one to four bytes.
#[derive(Debug, Clone, Default)]
pub struct CMap {
    /// Valid codes: length in bytes, lowest, highest.
    spaces: Vec<(usize, u32, u32)>,
    /// Characters: first code, last code, the text of the first one.
    texts: Vec<(u32, u32, Vec<u16>)>,
    /// Character ids: first code, last code, the id of the first one.
    ids: Vec<(u32, u32, u32)>,
}

impl CMap {
    /// Reads the map of a stream; what is broken in it is left out.
    pub fn read(data: &[u8]) -> CMap {
        let mut out = CMap::default();
        let mut parser = Parser::new(data, 0);
        let mut operands: Vec<Object> = Vec::new();
        loop {
            let at = parser.at;
            match parser.object() {
                Some(Object::Word(word)) => {
                    out.section(&word, &operands);
                    operands.clear();
                }
                Some(value) if operands.len() < MAX_RANGES => operands.push(value),
                Some(_) => {}
                None if parser.at == at || parser.at >= data.len() => break,
                None => {}
            }
        }
        // A stable sort, and the last of equal ones is found: what was written later counts.
        out.texts.sort_by_key(|r| r.0);
        out.ids.sort_by_key(|r| r.0);
        out
    }

    fn section(&mut self, word: &[u8], operands: &[Object]) {
        if self.texts.len() + self.ids.len() + self.spaces.len() + operands.len() > 2 * MAX_RANGES {
            return;
        }
        match word {
            b"endcodespacerange" => {
                for pair in operands.chunks_exact(2) {
                    if let [Object::Text(low), Object::Text(high)] = pair {
                        self.spaces.push((low.len().clamp(1, 4), code(low), code(high)));
                    }
                }
            }
            b"endbfchar" => {
                for pair in operands.chunks_exact(2) {
                    if let [Object::Text(at), Object::Text(text)] = pair {
                        self.texts.push((code(at), code(at), units(text)));
                    }
                }
            }
            b"endbfrange" => {
                for triple in operands.chunks_exact(3) {
                    match triple {
                        [Object::Text(low), Object::Text(high), Object::Text(text)] => {
                            self.texts.push((code(low), code(high), units(text)));
                        }
                        [Object::Text(low), Object::Text(_), Object::Array(texts)] => {
                            for (at, text) in (code(low)..=u32::MAX).zip(texts) {
                                self.texts.push((at, at, units(text.text().unwrap_or(&[]))));
                            }
                        }
                        _ => {}
                    }
                }
            }
            b"endcidchar" => {
                for pair in operands.chunks_exact(2) {
                    if let [Object::Text(at), id] = pair {
                        self.ids.push((code(at), code(at), whole(id)));
                    }
                }
            }
            b"endcidrange" => {
                for triple in operands.chunks_exact(3) {
                    if let [Object::Text(low), Object::Text(high), id] = triple {
                        self.ids.push((code(low), code(high), whole(id)));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether it says anything about characters.
    pub fn has_texts(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Length in bytes of the code that `bytes` begin with, by the code spaces; `None` where it fits none.
    pub fn length(&self, bytes: &[u8]) -> Option<usize> {
        (1..=4usize).find(|n| {
            bytes.get(..*n).is_some_and(|head| {
                // A code lies in a space if each of its bytes does.
                let within = |low: u32, high: u32| {
                    let sides = low.to_be_bytes().into_iter().zip(high.to_be_bytes()).skip(4 - n);
                    sides.zip(head).all(|((l, h), b)| (l..=h).contains(b))
                };
                self.spaces.iter().any(|(length, low, high)| length == n && within(*low, *high))
            })
        })
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> Option<String> {
        let at = self.texts.partition_point(|r| r.0 <= code);
        let (low, high, units) = self.texts.get(at.checked_sub(1)?)?;
        if code > *high {
            return None;
        }
        let mut units = units.clone();
        if let Some(last) = units.last_mut() {
            *last = last.wrapping_add(u16::try_from((code - low) & 0xffff).unwrap_or(0));
        }
        Some(String::from_utf16_lossy(&units))
    }

    /// The character id of a code.
    pub fn id(&self, code: u32) -> Option<u32> {
        let at = self.ids.partition_point(|r| r.0 <= code);
        let (low, high, id) = self.ids.get(at.checked_sub(1)?)?;
        (code <= *high).then(|| id.saturating_add(code - low))
    }
}

fn whole(id: &Object) -> u32 {
    id.whole().and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

/// A code as a number, its first byte the highest.
pub fn code(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |n, b| n << 8 | u32::from(*b))
}

/// UTF-16BE; a single byte is a character by itself.
fn units(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [one] => vec![u16::from(*one)],
        _ => bytes.chunks_exact(2).take(32).map(|c| u16::try_from(code(c)).unwrap_or(0)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_mapped() {
        let map = CMap::read(
            b"1 begincodespacerange <00> <7f> endcodespacerange 1 begincodespacerange <8140> <fefe> endcodespacerange \
              2 beginbfrange <8140> <8142> <4e00> <0001> <0002> [<00660069> <0041>] endbfrange \
              1 beginbfchar <05> <d840dc0b> endbfchar 1 begincidrange <8140> <81ff> 100 endcidrange \
              1 beginbfrange <90000000> <ffffffff> <0041> endbfrange",
        );
        assert_eq!(
            (map.length(b"A"), map.length(b"\x81\x40x"), map.length(b"\x81\x20")),
            (Some(1), Some(2), None)
        );
        assert_eq!(map.text(0x8142).as_deref(), Some("\u{4e02}"));
        assert_eq!(
            (map.text(1).as_deref(), map.text(2).as_deref(), map.text(3)),
            (Some("fi"), Some("A"), None)
        );
        assert_eq!(map.text(5).as_deref(), Some("\u{2000b}"));
        assert_eq!((map.id(0x8141), map.id(0x8240)), (Some(101), None));
    }
}
