//! A reader of DER, and of the BER that some signers write (ITU-T X.690): tag, content, and the rest.

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Identifier octet; multi-octet tags do not occur in certificates.
    pub tag: u8,
    /// Content octets.
    pub content: &'a [u8],
    /// The element with its header.
    pub raw: &'a [u8],
}

/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// OBJECT IDENTIFIER.
pub const OID: u8 = 0x06;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// SET.
pub const SET: u8 = 0x31;
/// Context-specific, constructed, number 0.
pub const CONTEXT_0: u8 = 0xa0;

/// The element at the start of `data`, and what follows it. `None` where the encoding breaks.
pub fn element(data: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (tag, start, len) = header(data)?;
    let (content, end) = match len {
        Some(len) => (data.get(start..start.checked_add(len)?)?, start + len),
        None => {
            let end = start + indefinite(data.get(start..)?)?;
            // The two octets that end the content belong to the element.
            (data.get(start..end - 2)?, end)
        }
    };
    Some((Element { tag, content, raw: data.get(..end)? }, data.get(end..)?))
}

/// The element at the start of `data` if it has this tag, and what follows it.
pub fn expect(data: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    element(data).filter(|(e, _)| e.tag == tag)
}

/// The elements that follow one another in `data`, as far as they can be read.
pub fn elements(data: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (found, after) = element(rest)?;
        rest = after;
        Some(found)
    })
}

/// Tag, length of the header, and length of the content; none of the latter for the indefinite form.
fn header(data: &[u8]) -> Option<(u8, usize, Option<usize>)> {
    let [tag, first] = *data.first_chunk::<2>()?;
    if first < 0x80 {
        return Some((tag, 2, Some(usize::from(first))));
    }
    let octets = usize::from(first & 0x7f);
    if octets == 0 {
        return Some((tag, 2, None));
    }
    let digits = data.get(2..2 + octets).filter(|d| d.len() <= 4)?;
    let len = digits.iter().fold(0usize, |len, d| (len << 8) | usize::from(*d));
    Some((tag, 2 + octets, Some(len)))
}

/// Length of content of the indefinite form, with the two octets that end it: elements may nest in that form, so
/// open ones are counted.
fn indefinite(data: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0usize, 1usize);
    while open > 0 {
        let rest = data.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            open -= 1;
            at += 2;
            continue;
        }
        let (_, start, len) = header(rest)?;
        match len {
            Some(len) => at = at.checked_add(start)?.checked_add(len)?,
            None => {
                open += 1;
                at += start;
            }
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_and_indefinite_forms_give_the_same_content() {
        let definite = [0x30, 0x03, 0x02, 0x01, 0x07, 0xaa];
        let (e, rest) = element(&definite).expect("sequence");
        assert_eq!((e.content, rest), (&[2, 1, 7][..], &[0xaa][..]));
        let open = [0x30, 0x80, 0x30, 0x80, 0x02, 0x01, 0x07, 0, 0, 0, 0, 0xaa];
        let (e, rest) = element(&open).expect("sequence");
        assert_eq!((e.raw.len(), rest), (11, &[0xaa][..]));
        let (inner, _) = element(e.content).expect("inner");
        assert_eq!(inner.content, [2, 1, 7]);
    }

    #[test]
    fn lying_lengths_are_no_elements() {
        for bad in [
            &[0x30][..],
            &[0x30, 5, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x30, 0x89],
            &[0x30, 0x80, 1],
        ] {
            assert_eq!(element(bad), None, "{bad:?}");
        }
    }
}
