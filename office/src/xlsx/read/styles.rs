//! How cells look: formats of numbers, bold and italic letters.

use std::collections::BTreeMap;

use crate::package::{Hostile, Piece, Xml};
use crate::sheet::{Area, Place, Style};

/// Formats of numbers that files name by number alone.
const KNOWN: [(u32, &str); 18] = [
    (1, "0"),
    (2, "0.00"),
    (3, "#,##0"),
    (4, "#,##0.00"),
    (9, "0%"),
    (10, "0.00%"),
    (11, "0.00E+00"),
    (14, "yyyy-mm-dd"),
    (15, "d-mmm-yy"),
    (16, "d-mmm"),
    (17, "mmm-yy"),
    (18, "h:mm AM/PM"),
    (19, "h:mm:ss AM/PM"),
    (20, "hh:mm"),
    (21, "hh:mm:ss"),
    (22, "yyyy-mm-dd hh:mm"),
    (45, "mm:ss"),
    (49, "@"),
];

/// The styles that cells name by number.
pub(super) fn read(text: &str, depth_max: usize) -> Result<Vec<Style>, Hostile> {
    let mut formats: BTreeMap<u32, String> =
        KNOWN.iter().map(|(id, code)| (*id, (*code).to_owned())).collect();
    let mut fonts: Vec<Style> = Vec::new();
    let mut styles = Vec::new();
    let mut within = String::new();
    for piece in Xml::new(text, depth_max) {
        let (element, of) = match piece? {
            Piece::Open(element, of) => (element, of),
            Piece::Close(element) if element == within => {
                within.clear();
                continue;
            }
            _ => continue,
        };
        let number = |key: &str| of.get(key).and_then(|text| text.parse::<u32>().ok());
        let on = of.get("val").is_none_or(|value| value != "0" && value != "false");
        match (within.as_str(), element.as_str()) {
            (_, "numFmt") => {
                if let Some((id, code)) = number("numFmtId").zip(of.get("formatCode")) {
                    formats.insert(id, code.clone());
                }
            }
            (_, "fonts" | "cellXfs") => within = element,
            ("fonts", "font") => fonts.push(Style::default()),
            ("fonts", "b") => change(&mut fonts, |font| font.bold = on.then_some(true)),
            ("fonts", "i") => change(&mut fonts, |font| font.italic = on.then_some(true)),
            ("cellXfs", "xf") => {
                let font = number("fontId").and_then(|id| fonts.get(id as usize)).cloned();
                let format = number("numFmtId").and_then(|id| formats.get(&id)).cloned();
                let general = format.filter(|code| !code.eq_ignore_ascii_case("general"));
                styles.push(Style { number: general, ..font.unwrap_or_default() });
            }
            _ => {}
        }
    }
    Ok(styles)
}

fn change(fonts: &mut [Style], change: impl FnOnce(&mut Style)) {
    if let Some(font) = fonts.last_mut() {
        change(font);
    }
}

/// Cells that look alike as areas: runs down a column, joined with the same runs beside them.
pub(super) fn areas(looks: &BTreeMap<(u32, u32), usize>, styles: &[Style]) -> Vec<(Area, Style)> {
    let mut runs: Vec<(Area, usize)> = Vec::new();
    for ((column, row), look) in looks {
        let place = Place { row: *row, column: *column };
        match runs.last_mut() {
            Some((area, of))
                if of == look && area.to.column == *column && area.to.row + 1 == *row =>
            {
                area.to = place;
            }
            _ => runs.push((Area { from: place, to: place }, *look)),
        }
    }
    // Areas by the rows that they span, and where the last one of them ends.
    let mut open: BTreeMap<(u32, u32, usize), usize> = BTreeMap::new();
    let mut joined: Vec<(Area, usize)> = Vec::new();
    for (run, look) in runs {
        let key = (run.from.row, run.to.row, look);
        let beside = open.get(&key).copied().filter(|at| {
            joined.get(*at).is_some_and(|(area, _)| area.to.column + 1 == run.from.column)
        });
        match beside.and_then(|at| joined.get_mut(at)) {
            Some((area, _)) => area.to = run.to,
            None => {
                open.insert(key, joined.len());
                joined.push((run, look));
            }
        }
    }
    let known = |look: usize| styles.get(look).filter(|style| **style != Style::default());
    joined.into_iter().filter_map(|(area, look)| Some((area, known(look)?.clone()))).collect()
}
