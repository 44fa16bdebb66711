//! PDF objects and their parser (ISO 32000-1, section 7.3). It keeps its own stack: depth costs no recursion.

use std::collections::BTreeMap;
use std::ops::Range;

/// Deepest nesting of arrays and dictionaries, and most values in one object.
const MAX_DEPTH: usize = 64;
const MAX_VALUES: usize = 1 << 18;
/// Longest string.
const MAX_STRING: usize = 1 << 20;

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// `null`, and everything that does not exist.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer or a real number.
    Number(f64),
    /// `/Name`, without the solidus, `#xx` decoded.
    Name(Vec<u8>),
    /// A literal or hexadecimal string, decoded.
    Text(Vec<u8>),
    /// `[ … ]`
    Array(Vec<Object>),
    /// `<< … >>`
    Dict(Dict),
    /// A dictionary with the bytes after it: where they stand in the file.
    Stream(Dict, Range<usize>),
    /// `n g R`: the object number. Generations are not told apart: the last one written counts.
    Reference(u32),
    /// Any other word: an operator of a content stream, `obj`, `endobj` …
    Word(Vec<u8>),
}

/// Entries of a dictionary; of entries of one key the last.
pub type Dict = BTreeMap<Vec<u8>, Object>;

impl Object {
    /// The number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Object::Number(n) if n.is_finite() => Some(*n),
            _ => None,
        }
    }

    /// The number as a whole one that is not negative.
    pub fn whole(&self) -> Option<usize> {
        self.number().filter(|n| (0.0..9.0e15).contains(n)).map(|n| n as usize)
    }

    /// The name.
    pub fn name(&self) -> Option<&[u8]> {
        match self {
            Object::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The string.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; of anything else none.
    pub fn array(&self) -> &[Object] {
        match self {
            Object::Array(items) => items,
            _ => &[],
        }
    }

    /// The dictionary, that of a stream included.
    pub fn dict(&self) -> Option<&Dict> {
        match self {
            Object::Dict(dict) | Object::Stream(dict, _) => Some(dict),
            _ => None,
        }
    }
}

/// Reads objects one after another.
#[derive(Debug, Clone)]
pub struct Parser<'a> {
    data: &'a [u8],
    /// Position of the next byte.
    pub at: usize,
}

enum Token {
    Value(Object),
    Open(bool),
    Close,
    End,
}

/// Space between tokens.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Parser<'a> {
    /// A parser from `at` on.
    pub fn new(data: &'a [u8], at: usize) -> Parser<'a> {
        Parser { data, at }
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    /// Skips white space and comments.
    pub fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = self.data.get(self.at..).unwrap_or(&[]);
                self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// The next object, or `None` at the end of the data and where an object is too deep or too large. The
    /// position moves on in any case but at the end.
    pub fn object(&mut self) -> Option<Object> {
        let mut open: Vec<(bool, Vec<Object>)> = Vec::new();
        let mut values = 0usize;
        loop {
            values += 1;
            if values > MAX_VALUES {
                return None;
            }
            let done = match self.token() {
                Token::End => return None,
                Token::Open(_) if open.len() >= MAX_DEPTH => return None,
                Token::Open(dict) => {
                    open.push((dict, Vec::new()));
                    continue;
                }
                // A bracket of the wrong kind ends what is open; one too many is passed over.
                Token::Close => match open.pop() {
                    Some((true, items)) => Object::Dict(pairs(items)),
                    Some((false, items)) => Object::Array(items),
                    None => continue,
                },
                Token::Value(Object::Word(word)) if word == b"R" => match open.last_mut() {
                    Some((_, items)) => {
                        items.pop();
                        let number = items.pop().and_then(|n| n.whole());
                        number.and_then(|n| u32::try_from(n).ok()).map_or(Object::Null, Object::Reference)
                    }
                    None => Object::Word(word),
                },
                // An object that was never closed.
                Token::Value(Object::Word(word))
                    if !open.is_empty() && matches!(word.as_slice(), b"endobj" | b"obj" | b"stream") =>
                {
                    return None;
                }
                Token::Value(value) => value,
            };
            match open.last_mut() {
                Some((_, items)) => items.push(done),
                None => return Some(done),
            }
        }
    }

    /// The next object of a file, where `n g R` may stand by itself.
    pub fn file_object(&mut self) -> Option<Object> {
        let first = self.object()?;
        let Some(number) = first.whole() else { return Some(first) };
        let after = self.at;
        if self.object().is_some_and(|o| o.whole().is_some())
            && self.object() == Some(Object::Word(b"R".to_vec()))
        {
            return Some(u32::try_from(number).map_or(Object::Null, Object::Reference));
        }
        self.at = after;
        Some(first)
    }

    fn token(&mut self) -> Token {
        self.skip_space();
        let Some(byte) = self.peek() else { return Token::End };
        let next = self.data.get(self.at + 1).copied();
        self.at += 1;
        match byte {
            b'[' => Token::Open(false),
            b']' => Token::Close,
            b'<' if next == Some(b'<') => {
                self.at += 1;
                Token::Open(true)
            }
            b'>' if next == Some(b'>') => {
                self.at += 1;
                Token::Close
            }
            b'<' => Token::Value(Object::Text(self.hexadecimal())),
            b'(' => Token::Value(Object::Text(self.literal())),
            b'/' => Token::Value(Object::Name(self.name())),
            b')' | b'>' | b'{' | b'}' => Token::Value(Object::Word(vec![byte])),
            _ => {
                self.at -= 1;
                let word = self.regular();
                Token::Value(match word {
                    b"true" => Object::Bool(true),
                    b"false" => Object::Bool(false),
                    b"null" => Object::Null,
                    _ => number(word).map_or_else(|| Object::Word(word.to_vec()), Object::Number),
                })
            }
        }
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.data.get(self.at..).unwrap_or(&[]);
        let length = rest.iter().position(|b| is_space(*b) || is_delimiter(*b)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or(&[])
    }

    fn name(&mut self) -> Vec<u8> {
        let raw = self.regular();
        if !raw.contains(&b'#') {
            return raw.to_vec();
        }
        let mut out = Vec::with_capacity(raw.len());
        let mut at = 0;
        while let Some(&byte) = raw.get(at) {
            let pair = (raw.get(at + 1).copied().and_then(hex), raw.get(at + 2).copied().and_then(hex));
            match pair {
                (Some(high), Some(low)) if byte == b'#' => {
                    out.push(high << 4 | low);
                    at += 3;
                }
                _ => {
                    out.push(byte);
                    at += 1;
                }
            }
        }
        out
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        let rest = self.data.get(self.at..).unwrap_or(&[]);
        let rest = rest.get(..rest.len().min(2 * MAX_STRING)).unwrap_or(rest);
        let length = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at += (length + 1).min(rest.len());
        let mut out = Vec::with_capacity(length / 2);
        let mut half = None;
        for digit in rest.get(..length).unwrap_or(&[]).iter().copied().filter_map(hex) {
            match half.take() {
                None => half = Some(digit),
                Some(high) => out.push(high << 4 | digit),
            }
        }
        out.extend(half.map(|high| high << 4));
        out
    }

    fn literal(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut depth = 1usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut out);
                    continue;
                }
                _ => {}
            }
            out.push(byte);
            if out.len() >= MAX_STRING {
                break;
            }
        }
        out
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' => self.at += usize::from(self.peek() == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value << 3 | u32::from(digit - b'0');
                    self.at += 1;
                }
                out.push((value & 0xff) as u8);
            }
            other => out.push(other),
        }
    }
}

fn pairs(items: Vec<Object>) -> Dict {
    let mut out = Dict::new();
    let mut items = items.into_iter();
    while let Some(key) = items.next() {
        // What is no name where a key should stand is passed over.
        let Object::Name(key) = key else { continue };
        out.insert(key, items.next().unwrap_or(Object::Null));
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn number(word: &[u8]) -> Option<f64> {
    let first = word.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    // Writers in the field double the sign, or leave a minus in the middle (`0.0-12`), which ends the number.
    let signs = word.iter().take_while(|b| matches!(b, b'+' | b'-')).count();
    let digits = word.get(signs..)?;
    let length = digits.iter().position(|b| !(b.is_ascii_digit() || *b == b'.'));
    if length.is_some_and(|at| at == 0 || digits.get(at) != Some(&b'-')) {
        return None;
    }
    let digits = std::str::from_utf8(digits.get(..length.unwrap_or(digits.len()))?).ok()?;
    let value: f64 = if digits == "." { 0.0 } else { digits.parse().ok()? };
    Some(if word.starts_with(b"-") { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Option<Object> {
        Parser::new(source.as_bytes(), 0).file_object()
    }

    #[test]
    fn objects_are_read_as_written() {
        let object = parse("<< /A#42 [1 -2.5 .5 +3] /K (a\\(b(c)\\101\\n) /H <48 6 9> /R 12 0 R /N null >>");
        let dict = object.as_ref().and_then(Object::dict).expect("a dictionary");
        let number = |n: f64| Object::Number(n);
        assert_eq!(
            dict.get(b"AB".as_slice()),
            Some(&Object::Array(vec![number(1.0), number(-2.5), number(0.5), number(3.0)]))
        );
        assert_eq!(dict.get(b"K".as_slice()).and_then(Object::text), Some(b"a(b(c)A\n".as_slice()));
        assert_eq!(dict.get(b"H".as_slice()).and_then(Object::text), Some(b"Hi".as_slice()));
        assert_eq!(dict.get(b"R".as_slice()), Some(&Object::Reference(12)));
        assert_eq!(parse("7 0 R"), Some(Object::Reference(7)));
        assert_eq!(parse("7 % a comment\n 0"), Some(number(7.0)));
    }

    #[test]
    fn what_is_broken_ends() {
        for source in ["", "[", "<<", "(", "<", "[".repeat(100_000).as_str(), "<< /A [1 2 endobj"] {
            let parsed = parse(source);
            assert!(parsed.is_none() || parsed.as_ref().is_some_and(|o| o.text().is_some()), "{parsed:?}");
        }
        assert_eq!(parse("] 5"), Some(Object::Number(5.0)));
        assert_eq!(parse("<< /A >>").and_then(|o| o.dict().map(Dict::len)), Some(1));
        assert_eq!(number(b"--7"), Some(-7.0));
        assert_eq!(number(b"0.0-12"), Some(0.0));
        assert_eq!((number(b"T*"), number(b"-"), number(b"1e9")), (None, None, None));
    }
}
