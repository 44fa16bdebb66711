//! Classes by owner as a squarified treemap (Bruls, Huizing, van Wijk 2000), drawn as SVG.

use super::super::{CodeShare, Owner};
use super::escape;
use crate::report::safe::{cut, width};

/// Drawing area.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 380.0;
/// Shares drawn one by one; the rest of an owner is drawn as one.
const SHOWN: usize = 60;

/// A rectangle of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rect {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

/// The drawing; empty where there are no classes.
pub fn svg(code: &[CodeShare], title: &str) -> String {
    let shares = gather(code);
    let total: f64 = shares.iter().map(|s| f64::from(s.classes)).sum();
    if total <= 0.0 {
        return String::new();
    }
    let sizes: Vec<f64> = shares.iter().map(|s| f64::from(s.classes) / total * WIDTH * HEIGHT).collect();
    let rects = squarify(&sizes, Rect { x: 0.0, y: 0.0, w: WIDTH, h: HEIGHT });
    let mut out =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">", escape(title));
    for (share, r) in shares.iter().zip(rects) {
        let class = class_of(share.owner);
        let label = escape(&share.key);
        out.push_str(&format!(
            "<g><title>{label}: {}</title><rect class=\"r-{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            share.classes, r.x, r.y, r.w, r.h
        ));
        // 7.3 units a column at 13 px; no label where fewer than five columns fit.
        let columns = ((r.w - 10.0) / 7.3).max(0.0) as usize;
        if columns >= 5 && r.h >= 20.0 {
            let text = cut(&share.key, columns);
            out.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                r.x + 5.0,
                r.y + 16.0,
                escape(&text)
            ));
            if r.h >= 38.0 && width(&share.classes.to_string()) <= columns {
                out.push_str(&format!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" opacity=\".7\">{}</text>",
                    r.x + 5.0,
                    r.y + 32.0,
                    share.classes
                ));
            }
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
    out
}

/// Class suffix of an owner in the style sheet.
pub fn class_of(owner: Owner) -> &'static str {
    match owner {
        Owner::Own => "own",
        Owner::Sdk => "sdk",
        Owner::Unknown => "unknown",
        Owner::Renamed => "renamed",
    }
}

/// The largest shares, and the rest of each owner as one; sorted by size.
fn gather(code: &[CodeShare]) -> Vec<CodeShare> {
    let mut out: Vec<CodeShare> = code.iter().take(SHOWN).cloned().collect();
    for owner in [Owner::Own, Owner::Sdk, Owner::Unknown, Owner::Renamed] {
        let rest = code.iter().skip(SHOWN).filter(|s| s.owner == owner);
        let (count, classes) = rest.fold((0u32, 0u32), |(n, c), s| (n + 1, c.saturating_add(s.classes)));
        if count > 0 {
            out.push(CodeShare { owner, key: format!("+{count}"), classes });
        }
    }
    out.sort_by_key(|s| std::cmp::Reverse(s.classes));
    out
}

/// Lays out `sizes` (areas, largest first) so that rectangles stay near squares.
fn squarify(sizes: &[f64], mut area: Rect) -> Vec<Rect> {
    let mut out = Vec::with_capacity(sizes.len());
    let mut rest = sizes;
    while !rest.is_empty() {
        let side = area.w.min(area.h).max(1e-6);
        let mut taken = 1;
        while taken < rest.len() && worst(rest.get(..=taken), side) <= worst(rest.get(..taken), side) {
            taken += 1;
        }
        let (row, after) = rest.split_at(taken);
        let sum: f64 = row.iter().sum();
        let thick = sum / side;
        let mut along = 0.0;
        for size in row {
            let long = size / thick.max(1e-9);
            out.push(if area.w >= area.h {
                Rect { x: area.x, y: area.y + along, w: thick, h: long }
            } else {
                Rect { x: area.x + along, y: area.y, w: long, h: thick }
            });
            along += long;
        }
        if area.w >= area.h {
            area.x += thick;
            area.w -= thick;
        } else {
            area.y += thick;
            area.h -= thick;
        }
        rest = after;
    }
    out
}

/// The worst aspect ratio of a row of areas along a side.
fn worst(row: Option<&[f64]>, side: f64) -> f64 {
    let row = row.unwrap_or(&[]);
    let sum: f64 = row.iter().sum();
    let (min, max) = row.iter().fold((f64::MAX, 0.0f64), |(a, b), s| (a.min(*s), b.max(*s)));
    let (side2, sum2) = (side * side, sum * sum);
    (side2 * max / sum2).max(sum2 / (side2 * min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_fill_the_area_without_leaving_it() {
        let sizes = [60.0, 60.0, 40.0, 30.0, 20.0, 10.0, 20.0];
        let area = Rect { x: 0.0, y: 0.0, w: 24.0, h: 10.0 };
        let rects = squarify(&sizes, area);
        let filled: f64 = rects.iter().map(|r| r.w * r.h).sum();
        assert!((filled - 240.0).abs() < 1e-6);
        let inside = |r: &Rect| r.x > -1e-6 && r.y > -1e-6 && r.x + r.w < 24.001 && r.y + r.h < 10.001;
        assert!(rects.iter().all(inside), "{rects:?}");
    }

    #[test]
    fn names_are_inert() {
        let code = [CodeShare { owner: Owner::Unknown, key: "com.<script>".into(), classes: 9 }];
        let drawn = svg(&code, "t");
        assert!(drawn.contains("com.&lt;script&gt;") && !drawn.contains("<script"));
    }
}
