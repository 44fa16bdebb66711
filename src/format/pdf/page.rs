//! A document and its pages, in order.

use crate::format::pdf::content::{Content, Glyph, Interpreter, Matrix, Rule, string};
use crate::format::pdf::file::File;
use crate::format::pdf::font::Font;
use crate::format::pdf::object::{Dict, Object};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Most pages listed of one document.
const MAX_PAGES: usize = 10_000;
/// Most links of one page.
const MAX_LINKS: usize = 5_000;
/// Most nodes of the page tree visited.
const MAX_NODES: usize = 100_000;

/// A PDF document.
pub struct Document<'a> {
    file: File<'a>,
    leaves: Vec<Leaf>,
    fonts: HashMap<u32, Rc<Font>>,
    cut: bool,
}

/// A page of the tree with what it inherits.
#[derive(Clone)]
struct Leaf {
    dict: Dict,
    inherited: Dict,
}

/// What a page shows, in points from the lower left corner as the page is shown, upright.
#[derive(Debug, Default)]
pub struct Page {
    /// Width and height.
    pub size: (f64, f64),
    /// Characters, as they come.
    pub glyphs: Vec<Glyph>,
    /// Straight lines.
    pub rules: Vec<Rule>,
    /// Links.
    pub links: Vec<Link>,
    /// Characters of which the file does not say what they mean.
    pub lost: usize,
    /// Pictures.
    pub images: usize,
}

/// A link: the area it covers and where it leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Left and right end.
    pub x: (f64, f64),
    /// Lower and upper end.
    pub y: (f64, f64),
    /// Address as written.
    pub address: String,
}

/// Keys that a page inherits (section 7.7.3.4).
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

impl<'a> Document<'a> {
    /// Finds the pages. Never fails: bytes that are no PDF are a document without pages.
    pub fn open(data: &'a [u8]) -> Document<'a> {
        let file = File::open(data);
        let mut out = Document { file, leaves: Vec::new(), fonts: HashMap::new(), cut: false };
        if !out.is_locked() {
            out.leaves = out.tree();
            if out.leaves.is_empty() {
                out.leaves = out.strays();
            }
        }
        out
    }

    /// Whether its text cannot be read without a password.
    pub fn is_locked(&self) -> bool {
        self.file.is_locked()
    }

    /// Whether there is more in it than may be read.
    pub fn is_cut(&self) -> bool {
        self.cut || self.file.is_exhausted()
    }

    /// Count of pages.
    pub fn pages(&self) -> usize {
        self.leaves.len()
    }

    fn tree(&mut self) -> Vec<Leaf> {
        let root = self.file.value(&self.file.trailer, b"Root").into_owned();
        let pages = root.dict().and_then(|d| d.get(b"Pages".as_slice())).cloned();
        let mut open: Vec<(Object, Dict)> = pages.into_iter().map(|p| (p, Dict::new())).collect();
        let (mut seen, mut out) = (HashSet::new(), Vec::new());
        let mut nodes = 0;
        while let Some((node, mut inherited)) = open.pop() {
            nodes += 1;
            if out.len() >= MAX_PAGES || nodes > MAX_NODES {
                self.cut = true;
                break;
            }
            if let Object::Reference(number) = node
                && !seen.insert(number)
            {
                continue;
            }
            let node = self.file.resolve(&node);
            let Some(dict) = node.dict() else { continue };
            let kids = self.file.value(dict, b"Kids");
            if kids.array().is_empty() {
                if dict.get(b"Type".as_slice()).and_then(Object::name) != Some(b"Pages") {
                    out.push(Leaf { dict: dict.clone(), inherited });
                }
                continue;
            }
            for key in INHERITED {
                if let Some(value) = dict.get(key) {
                    inherited.insert(key.to_vec(), value.clone());
                }
            }
            open.extend(
                kids.array().iter().rev().take(MAX_NODES).map(|kid| (kid.clone(), inherited.clone())),
            );
            if open.len() > 2 * MAX_NODES {
                self.cut = true;
                break;
            }
        }
        out
    }

    /// Pages without a tree, by their numbers.
    fn strays(&mut self) -> Vec<Leaf> {
        let mut out = Vec::new();
        for number in self.file.numbers() {
            let object = self.file.get(number);
            let Some(dict) = object.dict() else { continue };
            if dict.get(b"Type".as_slice()).and_then(Object::name) == Some(b"Page") {
                out.push(Leaf { dict: dict.clone(), inherited: Dict::new() });
            }
            if out.len() >= MAX_PAGES {
                self.cut = true;
                break;
            }
        }
        out
    }

    /// What page `index`, from 0, shows; nothing if there is no such page.
    pub fn page(&mut self, index: usize) -> Page {
        let Some(leaf) = self.leaves.get(index).cloned() else { return Page::default() };
        let value = |key: &[u8]| {
            let own = self.file.value(&leaf.dict, key).into_owned();
            if own == Object::Null { self.file.value(&leaf.inherited, key).into_owned() } else { own }
        };
        let area = area(&self.file, &value(b"MediaBox"));
        let area = area.unwrap_or(((0.0, 595.0), (0.0, 842.0)));
        let turns = value(b"Rotate").number().map_or(0, |n| ((n / 90.0).round() as i64).rem_euclid(4));
        let resources = value(b"Resources");
        let empty = Dict::new();
        let resources = resources.dict().unwrap_or(&empty);
        let contents = leaf.dict.get(b"Contents".as_slice()).cloned().unwrap_or(Object::Null);
        let data = match &*self.file.resolve(&contents) {
            Object::Array(parts) => {
                let mut data = Vec::new();
                for part in parts {
                    data.extend(self.file.stream(part));
                    data.push(b'\n');
                }
                data
            }
            _ => self.file.stream(&contents),
        };
        let mut base = upright(area, turns);
        let mut content = self.run(&data, resources, base);
        // A table set sideways: most of the page is turned the same way.
        let [quarter, half, three, _] = content.turned;
        let most = [(quarter, 1), (half, 2), (three, 3)].into_iter().max().unwrap_or((0, 0));
        if most.0 > content.glyphs.len() + content.lost {
            base = upright(area, (turns + most.1).rem_euclid(4));
            content = self.run(&data, resources, base);
        }
        let links = self.links(&leaf.dict, base);
        let Content { glyphs, rules, lost, images, .. } = content;
        let (corner, other) = (base.apply(area.0.0, area.1.0), base.apply(area.0.1, area.1.1));
        let size = ((corner.0 - other.0).abs(), (corner.1 - other.1).abs());
        Page { size, glyphs, rules, links, lost, images }
    }

    fn run(&mut self, data: &[u8], resources: &Dict, base: Matrix) -> Content {
        let mut interpreter = Interpreter::new(&self.file, &mut self.fonts, base);
        interpreter.run(data, resources, 0);
        interpreter.content
    }

    fn links(&self, page: &Dict, base: Matrix) -> Vec<Link> {
        let mut out = Vec::new();
        for annotation in self.file.value(page, b"Annots").array().iter().take(MAX_LINKS) {
            let annotation = self.file.resolve(annotation);
            let Some(dict) = annotation.dict() else { continue };
            let action = self.file.value(dict, b"A");
            let address = action.dict().map(|a| self.file.value(a, b"URI").into_owned());
            let address = address.as_ref().and_then(Object::text).map(string);
            let (Some(address), Some((x, y))) = (address, area(&self.file, &self.file.value(dict, b"Rect")))
            else {
                continue;
            };
            let (a, b) = (base.apply(x.0, y.0), base.apply(x.1, y.1));
            out.push(Link { x: (a.0.min(b.0), a.0.max(b.0)), y: (a.1.min(b.1), a.1.max(b.1)), address });
        }
        out
    }
}

type Area = ((f64, f64), (f64, f64));

/// A rectangle: its ends across and up.
fn area(file: &File<'_>, object: &Object) -> Option<Area> {
    let numbers: Vec<f64> = object.array().iter().filter_map(|o| file.resolve(o).number()).collect();
    let [a, b, c, d] = numbers.try_into().ok()?;
    Some(((a.min(c), a.max(c)), (b.min(d), b.max(d))))
}

/// Turns the page clockwise by so many quarters, its lower left corner at the origin.
fn upright(area: Area, quarters: i64) -> Matrix {
    let ((left, right), (low, high)) = area;
    let (wide, tall) = (right - left, high - low);
    let moved = Matrix([1.0, 0.0, 0.0, 1.0, -left, -low]);
    moved.then(Matrix(match quarters {
        1 => [0.0, -1.0, 1.0, 0.0, 0.0, wide],
        2 => [-1.0, 0.0, 0.0, -1.0, wide, tall],
        3 => [0.0, 1.0, -1.0, 0.0, tall, 0.0],
        _ => return moved,
    }))
}
