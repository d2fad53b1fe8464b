//! How the cells of a sheet look, in a file: found row by row, and each look made once.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Color, Format, FormatAlign};

use crate::sheet::{Align, Area, Place, Sheet, Style};

/// How a cell looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// As the workbook says it.
    pub style: Style,
    /// As the file says it; none = as all cells do.
    pub format: Option<Format>,
}

/// The looks of the cells of a sheet. Cells that are asked for row by row cost least.
pub(super) struct Looks<'a> {
    styles: &'a [(Area, Style)],
    /// The row that was asked for last, and the areas that have cells of it.
    row: u32,
    of_row: Vec<usize>,
    /// The areas that the last cell is in.
    areas: Vec<usize>,
    /// What was found out, by the areas.
    known: BTreeMap<Vec<usize>, Look>,
    plain: Look,
}

impl<'a> Looks<'a> {
    /// Those of `sheet`.
    pub fn of(sheet: &'a Sheet) -> Self {
        let (styles, plain) = (sheet.styles.as_slice(), Look::default());
        let (of_row, areas) = (Vec::new(), Vec::new());
        Self { styles, row: 0, of_row, areas, known: BTreeMap::new(), plain }
    }

    /// How a cell looks.
    pub fn at(&mut self, place: Place) -> &Look {
        if self.row != place.row {
            let has = |area: &Area| (area.from.row..=area.to.row).contains(&place.row);
            self.of_row.clear();
            let areas = (0..).zip(self.styles).filter(|(_, (area, _))| has(area));
            self.of_row.extend(areas.map(|(at, _)| at));
            self.row = place.row;
        }
        let has = |at: &&usize| self.styles[**at].0.contains(place);
        self.areas.clear();
        self.areas.extend(self.of_row.iter().filter(has));
        if self.areas.is_empty() {
            return &self.plain;
        }
        if !self.known.contains_key(&self.areas) {
            let styles = self.areas.iter().map(|at| &self.styles[*at].1);
            let style = styles.fold(Style::default(), Style::with);
            let format = Some(&style).filter(|style| **style != Style::default()).map(format);
            self.known.insert(self.areas.clone(), Look { style, format });
        }
        self.known.get(&self.areas).unwrap_or(&self.plain)
    }
}

/// A style as a format of the file.
pub(super) fn format(style: &Style) -> Format {
    let mut format = Format::new();
    if let Some(number) = &style.number {
        format = format.set_num_format(number);
    }
    if style.bold == Some(true) {
        format = format.set_bold();
    }
    if style.italic == Some(true) {
        format = format.set_italic();
    }
    if let Some(align) = style.align {
        format = format.set_align(match align {
            Align::Left => FormatAlign::Left,
            Align::Center => FormatAlign::Center,
            Align::Right => FormatAlign::Right,
        });
    }
    let color = |text: &Option<String>| u32::from_str_radix(text.as_deref()?, 16).ok();
    if let Some(color) = color(&style.color) {
        format = format.set_font_color(Color::RGB(color));
    }
    if let Some(fill) = color(&style.fill) {
        format = format.set_background_color(Color::RGB(fill));
    }
    format
}
