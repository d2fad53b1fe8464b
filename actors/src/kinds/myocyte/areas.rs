//! The cells of a sheet as rectangles, as commands and events write them.

use contracts::kinds::myocyte::{Filled, Scalar, Style};
use office::sheet::{Align, Content, Grid, Place};

/// The cells as rectangles: runs along a row, and rows below each other that begin and end alike.
pub(crate) fn filled(cells: &Grid) -> Vec<Filled> {
    let mut areas: Vec<(Place, Vec<Vec<Scalar>>)> = Vec::new();
    let mut run: Option<(Place, Vec<Scalar>)> = None;
    for (place, content) in cells.iter() {
        let said = Scalar(Content::to_json(content));
        match &mut run {
            Some((from, row)) if follows(*from, row.len(), place) => row.push(said),
            _ => {
                join(&mut areas, run.replace((place, vec![said])));
            }
        }
    }
    join(&mut areas, run);
    areas.into_iter().map(|(at, rows)| Filled { at: at.to_string(), rows }).collect()
}

fn follows(from: Place, length: usize, place: Place) -> bool {
    let next = u64::from(from.column) + length as u64;
    from.row == place.row && next == u64::from(place.column)
}

fn join(areas: &mut Vec<(Place, Vec<Vec<Scalar>>)>, run: Option<(Place, Vec<Scalar>)>) {
    let Some((place, row)) = run else {
        return;
    };
    if let Some((at, rows)) = areas.last_mut() {
        let below = u64::from(at.row) + rows.len() as u64 == u64::from(place.row);
        let alike = rows.last().is_some_and(|last| last.len() == row.len());
        if below && alike && at.column == place.column {
            rows.push(row);
            return;
        }
    }
    areas.push((place, vec![row]));
}

/// How cells look, as commands and events write it.
pub(crate) fn said(style: &office::sheet::Style) -> Style {
    let align = style.align.map(|align| match align {
        Align::Left => contracts::kinds::myocyte::Align::Left,
        Align::Center => contracts::kinds::myocyte::Align::Center,
        Align::Right => contracts::kinds::myocyte::Align::Right,
    });
    Style {
        number: style.number.clone(),
        bold: style.bold,
        italic: style.italic,
        align,
        color: style.color.clone(),
        fill: style.fill.clone(),
    }
}
