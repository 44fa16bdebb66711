//! Content streams (ISO 32000-1, sections 8 and 9) -> the characters they show and the straight lines they draw.

use crate::format::pdf::file::File;
use crate::format::pdf::font::Font;
use crate::format::pdf::object::{Dict, Object, Parser, is_space};
use std::collections::HashMap;
use std::rc::Rc;

/// Deepest nesting of forms and of saved states; most operands of one operator.
const MAX_FORMS: usize = 8;
/// Work that running a form counts as, beside its bytes.
const FORM_WORK: usize = 4096;
const MAX_STATES: usize = 256;
const MAX_OPERANDS: usize = 1 << 16;
/// Most characters and lines of one page.
const MAX_GLYPHS: usize = 200_000;
const MAX_RULES: usize = 20_000;
/// Thickest line, in points.
const MAX_THICKNESS: f64 = 3.0;

/// A character on a page, in points from the lower left corner as the page is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Its text, mostly one character.
    pub text: String,
    /// Left and right end.
    pub x: (f64, f64),
    /// The line it stands on.
    pub baseline: f64,
    /// Height of the type.
    pub size: f64,
    /// Whether it stands out.
    pub bold: bool,
}

/// A straight line, across or down the page; a thin rectangle is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Left and right end.
    pub x: (f64, f64),
    /// Lower and upper end.
    pub y: (f64, f64),
}

/// What a content stream shows.
#[derive(Debug, Default)]
pub struct Content {
    /// Characters that stand upright, as they come.
    pub glyphs: Vec<Glyph>,
    /// Lines across and down.
    pub rules: Vec<Rule>,
    /// Characters of which the file does not say what they mean.
    pub lost: usize,
    /// Characters turned by 90, 180 and 270 degrees counterclockwise, and by any other angle.
    pub turned: [usize; 4],
    /// Pictures.
    pub images: usize,
}

/// A transformation: `[a b c d e f]` of section 8.3.4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// Leaves everything where it is.
    pub const SAME: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// First `self`, then `next`.
    pub fn then(self, next: Matrix) -> Matrix {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, next.0);
        Matrix([
            a * p + b * r,
            a * q + b * s,
            c * p + d * r,
            c * q + d * s,
            e * p + f * r + t,
            e * q + f * s + u,
        ])
    }

    /// Where a point goes.
    pub fn apply(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    fn of(operands: &[Object]) -> Option<Matrix> {
        let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
        numbers.try_into().ok().map(Matrix)
    }
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: usize,
}

/// Runs content streams.
pub struct Interpreter<'f, 'a> {
    file: &'f File<'a>,
    fonts: &'f mut HashMap<u32, Rc<Font>>,
    state: State,
    saved: Vec<State>,
    line: Matrix,
    text: Matrix,
    /// Straight pieces of the current path, whether a piece of it is curved, its start and its last point.
    path: Vec<[(f64, f64); 2]>,
    subpaths: Vec<usize>,
    start: (f64, f64),
    point: (f64, f64),
    /// Numbers of the forms that are being run: none runs itself.
    forms: Vec<u32>,
    /// For each open marked content the text that stands for it, until it is shown.
    marked: Vec<Option<String>>,
    /// What was found.
    pub content: Content,
}

impl<'f, 'a> Interpreter<'f, 'a> {
    /// An interpreter for a page whose space is `base`.
    pub fn new(file: &'f File<'a>, fonts: &'f mut HashMap<u32, Rc<Font>>, base: Matrix) -> Self {
        let state = State {
            matrix: base,
            font: None,
            size: 0.0,
            letter_space: 0.0,
            word_space: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
        };
        Interpreter {
            file,
            fonts,
            state,
            saved: Vec::new(),
            line: Matrix::SAME,
            text: Matrix::SAME,
            path: Vec::new(),
            subpaths: Vec::new(),
            start: (0.0, 0.0),
            point: (0.0, 0.0),
            forms: Vec::new(),
            marked: Vec::new(),
            content: Content::default(),
        }
    }

    /// Runs a stream with its resources; `depth` counts the forms around it.
    pub fn run(&mut self, data: &[u8], resources: &Dict, depth: usize) {
        let mut parser = Parser::new(data, 0);
        let mut operands: Vec<Object> = Vec::new();
        let bottom = self.saved.len();
        loop {
            let from = parser.at;
            let object = parser.object();
            if !self.file.spend(parser.at - from + 8) {
                break;
            }
            match object {
                Some(Object::Word(word)) if word == b"BI" => {
                    self.content.images += 1;
                    parser.at = after_image(data, parser.at);
                    operands.clear();
                }
                Some(Object::Word(word)) => {
                    if word == b"Do" && depth < MAX_FORMS {
                        self.external(&operands, resources, depth);
                    } else {
                        self.operator(&word, &operands, resources, bottom);
                    }
                    operands.clear();
                }
                Some(value) if operands.len() < MAX_OPERANDS => operands.push(value),
                Some(_) => {}
                None if parser.at >= data.len() || parser.at == from => break,
                None => operands.clear(),
            }
        }
        self.saved.truncate(bottom);
    }

    /// A form is run in its own space; a picture is counted.
    fn external(&mut self, operands: &[Object], resources: &Dict, depth: usize) {
        let objects = self.file.value(resources, b"XObject");
        let Some(name) = operands.first().and_then(Object::name) else { return };
        let Some(reference) = objects.dict().and_then(|d| d.get(name)) else { return };
        let object = self.file.resolve(reference);
        let Some(dict) = object.dict() else { return };
        match self.file.value(dict, b"Subtype").name() {
            Some(b"Image") => self.content.images += 1,
            Some(b"Form") => {
                let Object::Reference(number) = *reference else { return };
                if self.forms.contains(&number) || !self.file.spend(FORM_WORK) {
                    return;
                }
                self.forms.push(number);
                let data = self.file.stream(reference);
                let matrix = Matrix::of(self.file.value(dict, b"Matrix").array()).unwrap_or(Matrix::SAME);
                let own = self.file.value(dict, b"Resources");
                let (saved, line, text) = (self.state.clone(), self.line, self.text);
                self.state.matrix = matrix.then(self.state.matrix);
                self.run(&data, own.dict().unwrap_or(resources), depth + 1);
                (self.state, self.line, self.text) = (saved, line, text);
                self.forms.pop();
            }
            _ => {}
        }
    }

    fn operator(&mut self, word: &[u8], operands: &[Object], resources: &Dict, bottom: usize) {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"q" if self.saved.len() < MAX_STATES => self.saved.push(self.state.clone()),
            // A form does not take off what was saved outside.
            b"Q" if self.saved.len() > bottom => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(matrix) = Matrix::of(operands) {
                    self.state.matrix = matrix.then(self.state.matrix);
                }
            }
            b"BT" => (self.line, self.text) = (Matrix::SAME, Matrix::SAME),
            b"Tf" => {
                self.state.font =
                    operands.first().and_then(Object::name).and_then(|n| self.font(n, resources));
                self.state.size = number(1);
            }
            b"Tc" => self.state.letter_space = number(0),
            b"Tw" => self.state.word_space = number(0),
            b"Tz" => self.state.stretch = number(0) / 100.0,
            b"TL" => self.state.leading = number(0),
            b"Ts" => self.state.rise = number(0),
            b"Tr" => self.state.mode = operands.first().and_then(Object::whole).unwrap_or(0),
            b"Td" => self.next_line(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            b"Tm" => {
                if let Some(matrix) = Matrix::of(operands) {
                    (self.line, self.text) = (matrix, matrix);
                }
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.show(operands.first()),
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first());
            }
            b"\"" => {
                (self.state.word_space, self.state.letter_space) = (number(0), number(1));
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2));
            }
            b"TJ" => {
                for item in operands.first().map_or(&[][..], Object::array) {
                    match item.number() {
                        Some(back) => {
                            let by = -back / 1000.0 * self.state.size * self.state.stretch;
                            self.text = Matrix([1.0, 0.0, 0.0, 1.0, by, 0.0]).then(self.text);
                        }
                        None => self.show(Some(item)),
                    }
                }
            }
            b"BMC" | b"BDC" if self.marked.len() < MAX_STATES => {
                let text = operands.get(1).and_then(|p| self.actual_text(p, resources));
                self.marked.push(text);
            }
            b"EMC" => {
                self.marked.pop();
            }
            _ => self.draw(word, operands),
        }
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self.line);
        self.text = self.line;
    }

    fn font(&mut self, name: &[u8], resources: &Dict) -> Option<Rc<Font>> {
        let fonts = self.file.value(resources, b"Font");
        let reference = fonts.dict()?.get(name)?;
        let known = match reference {
            Object::Reference(number) => Some(*number),
            _ => None,
        };
        if let Some(font) = known.and_then(|number| self.fonts.get(&number)) {
            return Some(Rc::clone(font));
        }
        let font = Rc::new(Font::read(self.file, self.file.resolve(reference).dict()?));
        if let Some(number) = known {
            self.fonts.insert(number, Rc::clone(&font));
        }
        Some(font)
    }

    /// `ActualText` of a property list (section 14.9.4).
    fn actual_text(&self, properties: &Object, resources: &Dict) -> Option<String> {
        let found = match properties {
            Object::Name(name) => {
                let lists = self.file.value(resources, b"Properties");
                lists.dict().map(|d| self.file.value(d, name).into_owned())?
            }
            other => other.clone(),
        };
        let text = self.file.value(found.dict()?, b"ActualText");
        Some(string(text.text()?))
    }

    fn show(&mut self, string: Option<&Object>) {
        let (Some(mut bytes), Some(font)) = (string.and_then(Object::text), self.state.font.clone()) else {
            return;
        };
        let State { size, letter_space, word_space, stretch, rise, matrix, mode, .. } = self.state;
        while !bytes.is_empty() {
            let shown = font.first(bytes);
            bytes = bytes.get(shown.length..).unwrap_or(&[]);
            let space = self.text.then(matrix);
            let wide = shown.width * size * stretch;
            let (from, to) = (space.apply(0.0, rise), space.apply(wide, rise));
            let up = space.apply(0.0, rise + size);
            let height = (up.0 - from.0).hypot(up.1 - from.1);
            self.place(shown.text, from, to, (up.0 - from.0, up.1 - from.1), height, font.bold || mode == 2);
            let extra = letter_space + if shown.blank { word_space } else { 0.0 };
            self.text = Matrix([1.0, 0.0, 0.0, 1.0, wide + extra * stretch, 0.0]).then(self.text);
        }
    }

    fn place(
        &mut self,
        text: Option<String>,
        from: (f64, f64),
        to: (f64, f64),
        up: (f64, f64),
        size: f64,
        bold: bool,
    ) {
        // Marked content with a text of its own shows that, once.
        let text = match self.marked.iter_mut().rev().find(|m| m.is_some()) {
            Some(Some(marked)) => Some(std::mem::take(marked)),
            _ => text,
        };
        let finite = [from.0, from.1, to.0, to.1, size].iter().all(|n| n.is_finite() && n.abs() < 1.0e6);
        if !finite || self.content.glyphs.len() >= MAX_GLYPHS {
            return;
        }
        let straight = |along: f64, across: f64| along > 0.0 && across.abs() < along * 0.02;
        let [quarter, half, three, other] = &mut self.content.turned;
        match up {
            (x, y) if straight(y, x) => {
                let Some(text) = text else {
                    self.content.lost += 1;
                    return;
                };
                let x = (from.0.min(to.0), from.0.max(to.0));
                self.content.glyphs.push(Glyph { text, x, baseline: from.1, size, bold });
            }
            (x, y) if straight(-x, y) => *quarter += 1,
            (x, y) if straight(-y, x) => *half += 1,
            (x, y) if straight(x, y) => *three += 1,
            _ => *other += 1,
        }
    }

    fn draw(&mut self, word: &[u8], operands: &[Object]) {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        let room = self.path.len() < MAX_RULES;
        match word {
            b"m" => {
                self.subpaths.push(self.path.len());
                self.start = (number(0), number(1));
                self.point = self.start;
            }
            b"l" if room => {
                let to = (number(0), number(1));
                self.path.push([self.point, to]);
                self.point = to;
            }
            b"h" if room => {
                self.path.push([self.point, self.start]);
                self.point = self.start;
            }
            // A curve is no line; but it may round the corner of a box.
            b"c" => self.point = (number(4), number(5)),
            b"v" | b"y" => self.point = (number(2), number(3)),
            b"re" if room => {
                let (x, y, w, h) = (number(0), number(1), number(2), number(3));
                let corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
                self.subpaths.push(self.path.len());
                self.path.extend(corners.windows(2).filter_map(|c| <[(f64, f64); 2]>::try_from(c).ok()));
                (self.start, self.point) = ((x, y), (x, y));
            }
            b"S" | b"s" => {
                if word == b"s" {
                    self.path.push([self.point, self.start]);
                }
                self.stroke();
                self.clear();
            }
            b"f" | b"F" | b"f*" => {
                self.fill();
                self.clear();
            }
            b"B" | b"B*" | b"b" | b"b*" => {
                self.fill();
                self.stroke();
                self.clear();
            }
            b"n" => self.clear(),
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.path.clear();
        self.subpaths.clear();
    }

    fn stroke(&mut self) {
        for [from, to] in std::mem::take(&mut self.path) {
            let (from, to) = (self.state.matrix.apply(from.0, from.1), self.state.matrix.apply(to.0, to.1));
            self.rule([from, to].into_iter());
        }
    }

    /// Each filled piece that is thin is a line.
    fn fill(&mut self) {
        let matrix = self.state.matrix;
        let ends = self.subpaths.iter().skip(1).copied().chain([self.path.len()]);
        let ranges: Vec<_> = self.subpaths.iter().copied().zip(ends).collect();
        for (from, to) in ranges {
            let Some(pieces) = self.path.get(from..to).map(<[_]>::to_vec) else { continue };
            self.rule(pieces.into_iter().flatten().map(|(x, y)| matrix.apply(x, y)));
        }
    }

    fn rule(&mut self, points: impl Iterator<Item = (f64, f64)>) {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (x, y) = points
            .fold((none, none), |(x, y), (px, py)| ((x.0.min(px), x.1.max(px)), (y.0.min(py), y.1.max(py))));
        let (wide, high) = (x.1 - x.0, y.1 - y.0);
        let finite = [x.0, x.1, y.0, y.1].iter().all(|n| n.is_finite() && n.abs() < 1.0e6);
        let thin = wide.min(high) <= MAX_THICKNESS && wide.max(high) > MAX_THICKNESS;
        if finite && thin && self.content.rules.len() < MAX_RULES {
            self.content.rules.push(Rule { x, y });
        }
    }
}

/// A text string (section 7.9.2): UTF-16BE with its mark, UTF-8 with its mark, else Latin.
pub fn string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Position behind the `EI` of an inline image.
fn after_image(data: &[u8], at: usize) -> usize {
    let rest = data.get(at..).unwrap_or(&[]);
    let ends = memchr::memmem::find_iter(rest, b"EI").find(|found| {
        let before = found.checked_sub(1).and_then(|i| rest.get(i)).is_none_or(|b| is_space(*b));
        before && rest.get(found + 2).is_none_or(|b| is_space(*b))
    });
    ends.map_or(data.len(), |found| at + found + 2)
}
