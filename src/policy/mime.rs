//! MHTML and pages saved as quoted-printable -> the HTML inside (RFC 2045 section 6.7, RFC 2557).

/// The HTML of an MHTML file, or of a page whose `=` signs are quoted-printable; `None` if it is neither.
pub fn html_of(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    let lower = head.to_ascii_lowercase();
    let has = |needle: &[u8]| memchr::memmem::find(&lower, needle).is_some();
    if has(b"mime-version:") && has(b"multipart/related") {
        return part(bytes);
    }
    // A saved page without its MIME head: attributes are written `=3D"`.
    let quoted = memchr::memmem::find_iter(bytes, b"=3D\"").take(5).count();
    (quoted >= 5 && has(b"<html")).then(|| unquoted(bytes))
}

/// The first HTML part of a multipart message, decoded.
fn part(bytes: &[u8]) -> Option<Vec<u8>> {
    let lower = bytes.to_ascii_lowercase();
    let at = memchr::memmem::find(&lower, b"content-type: text/html")?;
    let head = lower.get(at..)?;
    let blank = memchr::memmem::find(head, b"\r\n\r\n")
        .map(|n| n + 4)
        .or_else(|| memchr::memmem::find(head, b"\n\n").map(|n| n + 2))?;
    let quoted = memchr::memmem::find(head.get(..blank)?, b"quoted-printable").is_some();
    let body = bytes.get(at + blank..)?;
    // The next boundary ends the part: a line that begins with `--` and the name the head gives.
    let end = boundary(bytes).and_then(|b| memchr::memmem::find(body, &b)).unwrap_or(body.len());
    let body = body.get(..end)?;
    Some(if quoted { unquoted(body) } else { body.to_vec() })
}

fn boundary(bytes: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(bytes, b"boundary=")? + 9;
    let name: Vec<u8> = bytes
        .get(at..)?
        .iter()
        .skip_while(|b| **b == b'"')
        .take_while(|b| !matches!(b, b'"' | b'\r' | b'\n' | b';'))
        .copied()
        .collect();
    (!name.is_empty()).then(|| [b"\n--".as_slice(), &name].concat())
}

/// Quoted-printable undone: `=XX` bytes and soft line breaks.
fn unquoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    while let Some(&b) = bytes.get(i) {
        if b != b'=' {
            out.push(b);
            i += 1;
            continue;
        }
        match (bytes.get(i + 1), bytes.get(i + 2)) {
            (Some(b'\r'), Some(b'\n')) => i += 3,
            (Some(b'\n'), _) => i += 2,
            (high, low) => match (hex(high), hex(low)) {
                (Some(h), Some(l)) => {
                    out.push(u8::try_from(h * 16 + l).unwrap_or(b'?'));
                    i += 3;
                }
                _ => {
                    out.push(b);
                    i += 1;
                }
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_quoted_printable() {
        assert_eq!(unquoted(b"a=3D\"b\"=\r\nc=E7=94=B2="), "a=\"b\"c甲=".as_bytes());
        let mhtml = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"xx\"\r\n\r\n--xx\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E7=94=B2</p>\r\n--xx--";
        assert_eq!(html_of(mhtml).as_deref(), Some("<p>甲</p>\r".as_bytes()));
        assert_eq!(html_of(b"<html>plain</html>"), None);
    }
}
