//! A PDF with text, ruled lines, links and pages, by hand: no font is embedded, a ToUnicode map tells what its glyphs mean
//! (ISO 32000-1, section 9.10.3), or its codes are those of a predefined map.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// Number of the first object of a page: three of each.
const FIRST: usize = 9;

/// Pages being drawn.
#[derive(Default)]
pub struct PdfBuilder {
    pages: Vec<Page>,
    glyphs: BTreeMap<char, u16>,
    packed: bool,
}

#[derive(Default)]
struct Page {
    content: String,
    links: String,
}

impl PdfBuilder {
    /// No pages.
    pub fn new() -> PdfBuilder {
        PdfBuilder::default()
    }

    /// Streams are deflated, and all other objects stand in an object stream.
    pub fn packed(mut self) -> PdfBuilder {
        self.packed = true;
        self
    }

    /// Begins an A4 page.
    pub fn page(mut self) -> PdfBuilder {
        self.pages.push(Page::default());
        self
    }

    /// Adds operators to the page.
    pub fn draw(mut self, operators: &str) -> PdfBuilder {
        let page = self.pages.last_mut().expect("a page");
        page.content.push_str(operators);
        page.content.push('\n');
        self
    }

    /// A picture over the page.
    pub fn image(self) -> PdfBuilder {
        self.draw("q 500 0 0 700 40 60 cm /I Do Q")
    }

    /// A line of text from a point, in points from the lower left corner, in 10 point type.
    pub fn text(mut self, x: u32, y: u32, text: &str) -> PdfBuilder {
        let mut hex = String::new();
        for c in text.chars() {
            let next = u16::try_from(self.glyphs.len() + 1).unwrap();
            let glyph = *self.glyphs.entry(c).or_insert(next);
            write!(hex, "{glyph:04X}").unwrap();
        }
        self.draw(&format!("BT /F1 10 Tf {x} {y} Td <{hex}> Tj ET"))
    }

    /// A line in a font without a ToUnicode map whose codes are GBK (`GBK-EUC-H`) or, if `unicode`, UCS-2 (`UniGB-UCS2-H`).
    pub fn predefined(self, x: u32, y: u32, text: &str, unicode: bool) -> PdfBuilder {
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let (font, bytes) = if unicode { ("F3", units) } else { ("F2", gbk.into_owned()) };
        let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        self.draw(&format!("BT /{font} 10 Tf {x} {y} Td <{hex}> Tj ET"))
    }

    /// A link over a rectangle: left, lower, right, upper.
    pub fn link(mut self, area: [u32; 4], address: &str) -> PdfBuilder {
        let [a, b, c, d] = area;
        let page = self.pages.last_mut().expect("a page");
        write!(
            page.links,
            "<< /Type /Annot /Subtype /Link /Rect [{a} {b} {c} {d}] /A << /S /URI /URI ({address}) >> >> "
        )
        .unwrap();
        self
    }

    /// A ruled table: left edges of the columns with the right edge last, the top, and rows of cells whose lines are
    /// separated by line breaks.
    pub fn table(mut self, columns: &[u32], top: u32, rows: &[&[&str]]) -> PdfBuilder {
        let (left, right) = (columns[0], columns[columns.len() - 1]);
        let mut y = top;
        self = self.draw(&format!("0.5 w {left} {y} m {right} {y} l S"));
        for row in rows {
            let lines = row.iter().map(|c| c.lines().count()).max().unwrap_or(1).max(1);
            for (x, cell) in columns.iter().zip(*row) {
                for (n, line) in (0u32..).zip(cell.lines()) {
                    self = self.text(x + 3, y - 13 - 14 * n, line);
                }
            }
            y -= 8 + 14 * u32::try_from(lines).unwrap();
            self = self.draw(&format!("{left} {y} m {right} {y} l S"));
        }
        for x in columns {
            self = self.draw(&format!("{x} {y} m {x} {top} l S"));
        }
        self
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let glyphs: Vec<_> = self.glyphs.iter().collect();
        let mut map = String::from("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n");
        for part in glyphs.chunks(100) {
            writeln!(map, "{} beginbfchar", part.len()).unwrap();
            for (c, glyph) in part {
                let units: String = c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("{u:04X}")).collect();
                writeln!(map, "<{glyph:04X}> <{units}>").unwrap();
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end");
        let widths: Vec<String> =
            glyphs.iter().map(|(c, g)| format!("{g} [{}]", if c.is_ascii() { 500 } else { 1000 })).collect();
        let count = self.pages.len();
        let kids: Vec<String> = (0..count).map(|n| format!("{} 0 R", FIRST + 3 * n)).collect();
        let font = |name: &str, encoding: &str, more: &str| {
            format!(
                "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{encoding} /DescendantFonts [{more}"
            )
        };
        let plain = "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Plain /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >>";
        let mut objects: Vec<(String, Option<Vec<u8>>)> = vec![
            ("<< /Type /Catalog /Pages 2 0 R >>".into(), None),
            (format!("<< /Type /Pages /Kids [{}] /Count {count} /MediaBox [0 0 595 842] >>", kids.join(" ")), None),
            (font("Test", "Identity-H", "4 0 R] /ToUnicode 5 0 R >>"), None),
            (
                format!(
                    "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [{}] >>",
                    widths.join(" ")
                ),
                None,
            ),
            (String::new(), Some(map.into_bytes())),
            (font("Plain", "GBK-EUC-H", plain), None),
            (font("Plain", "UniGB-UCS2-H", plain), None),
            ("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8".into(), Some(vec![0])),
        ];
        for (n, page) in self.pages.iter().enumerate() {
            let number = FIRST + 3 * n;
            objects.push((
                format!(
                    "<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R /F2 6 0 R /F3 7 0 R >> /XObject << /I 8 0 R >> >> /Contents {} 0 R /Annots {} 0 R >>",
                    number + 1,
                    number + 2
                ),
                None,
            ));
            objects.push((String::new(), Some(page.content.clone().into_bytes())));
            objects.push((format!("[{}]", page.links), None));
        }
        self.file(&objects)
    }

    fn file(&self, objects: &[(String, Option<Vec<u8>>)]) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n".to_vec();
        let (mut index, mut inside) = (String::new(), String::new());
        for (n, (object, stream)) in (1..).zip(objects) {
            match stream {
                Some(data) if self.packed => self.stream(&mut out, n, object, data),
                Some(data) => {
                    write!(out, "{n} 0 obj\n<< {object} /Length {} >>\nstream\n", data.len()).unwrap();
                    out.extend(data);
                    out.extend(b"\nendstream\nendobj\n");
                }
                None if self.packed => {
                    write!(index, "{n} {} ", inside.len()).unwrap();
                    writeln!(inside, "{object}").unwrap();
                }
                None => write!(out, "{n} 0 obj\n{object}\nendobj\n").unwrap(),
            }
        }
        if self.packed {
            let head = format!("/Type /ObjStm /N {} /First {}", index.split(' ').count() / 2, index.len());
            self.stream(&mut out, 900, &head, (index + &inside).as_bytes());
            self.stream(&mut out, 901, "/Type /XRef /Root 1 0 R /W [1 4 1] /Size 902", b"");
        } else {
            write!(out, "trailer\n<< /Root 1 0 R >>\n").unwrap();
        }
        out.extend(b"%%EOF\n");
        out
    }

    fn stream(&self, out: &mut Vec<u8>, number: usize, head: &str, data: &[u8]) {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(data).unwrap();
        let data = packer.finish().unwrap();
        write!(out, "{number} 0 obj\n<< {head} /Filter /FlateDecode /Length {} >>\nstream\n", data.len())
            .unwrap();
        out.extend(data);
        out.extend(b"\nendstream\nendobj\n");
    }
}
