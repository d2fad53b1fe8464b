//! The charts of a workbook, in a file: programs draw them again when cells change.

use rust_xlsxwriter::{Chart, ChartType, Worksheet, XlsxError};

use super::write::{column_of, counted};
use crate::chart::Sort;
use crate::sheet::{Area, ChartOf, Kept, Piece, Sheet, View, Workbook, scan};

/// How high a row is, in pixels.
const ROW_PIXELS: u32 = 20;
/// The charts of a workbook that a file holds, each with where it stands.
pub(super) struct Charts<'a> {
    all: Vec<(&'a str, u32, u16, Chart)>,
    /// How many it does not hold, since cells that they show are gone.
    pub lost: u64,
}

/// An area with its sheet, as far as that holds something.
fn area<'a>(book: &'a Workbook, text: &str) -> Option<(&'a Sheet, Area)> {
    let mut pieces = scan(text).into_iter();
    let (Some(Piece::Reference(said)), None) = (pieces.next(), pieces.next()) else { return None };
    let sheet = book.named(said.sheet.as_deref()?)?;
    let (mut area, used) = (said.area(), sheet.cells.used());
    let used = used.map_or(area.from, |used| used.to);
    if said.from.row.is_none() {
        area.to.row = used.row.max(area.from.row);
    }
    if said.from.column.is_none() {
        area.to.column = used.column.max(area.from.column);
    }
    Some((sheet, area))
}

type Range<'a> = (&'a str, u32, u16, u32, u16);

fn range<'a>(book: &'a Workbook, text: &str) -> Option<Range<'a>> {
    let (sheet, area) = area(book, text)?;
    let ((row, column), (to_row, to_column)) = (counted(area.from), counted(area.to));
    Some((sheet.name.as_str(), row, column, to_row, to_column))
}

impl<'a> Charts<'a> {
    /// The charts of `book`.
    pub fn of(book: &'a Workbook) -> Self {
        let mut charts = Self { all: Vec::new(), lost: 0 };
        for kept in book.views.values() {
            let View::Chart(chart) = &kept.view else { continue };
            let drawn = drawn(book, chart).zip(charts.place(book, kept, chart));
            match drawn {
                Some((chart, (sheet, row, column))) => charts.all.push((sheet, row, column, chart)),
                None => charts.lost += 1,
            }
        }
        charts
    }

    /// Where a chart stands: as it is said, or beside what its sheet holds, below the others there.
    fn place(
        &self,
        book: &'a Workbook,
        kept: &Kept,
        chart: &ChartOf,
    ) -> Option<(&'a str, u32, u16)> {
        if let Some((sheet, area)) = kept.at.as_deref().and_then(|at| area(book, at)) {
            let (row, column) = counted(area.from);
            return Some((sheet.name.as_str(), row, column));
        }
        let (sheet, _) = area(book, &chart.series.first()?.values)?;
        let beside = sheet.cells.used().map_or(1, |used| used.to.column + 2);
        let there = self.all.iter().filter(|(name, ..)| *name == sheet.name).count();
        let step = chart.height / ROW_PIXELS + 2;
        let row = u32::try_from(there).unwrap_or(0).saturating_mul(step);
        Some((sheet.name.as_str(), row, column_of(beside)))
    }

    /// Puts those of a sheet on its page.
    ///
    /// # Errors
    /// When the format cannot hold one.
    pub fn put(&self, page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
        for (_, row, column, chart) in self.all.iter().filter(|(name, ..)| *name == sheet.name) {
            page.insert_chart(*row, *column, chart)?;
        }
        Ok(())
    }
}

/// A chart as files have it; none when cells are gone that it shows.
fn drawn(book: &Workbook, of: &ChartOf) -> Option<Chart> {
    let mut chart = Chart::new(match of.r#type {
        Sort::Bar => ChartType::Column,
        Sort::Line => ChartType::Line,
        Sort::Scatter => ChartType::Scatter,
        Sort::Pie => ChartType::Pie,
    });
    for series in &of.series {
        let values = range(book, &series.values)?;
        let along = series.along.as_ref().or(of.categories.as_ref());
        let along = along.map(|text| range(book, text).ok_or(())).transpose().ok()?;
        let added = chart.add_series();
        added.set_values(values);
        if let Some(along) = along {
            added.set_categories(along);
        }
        if let Some(name) = &series.name {
            added.set_name(plain(name).as_str());
        }
    }
    if of.series.len() == 1 && of.series[0].name.is_none() {
        chart.legend().set_hidden();
    }
    match &of.title {
        Some(title) => chart.title().set_name(plain(title).as_str()),
        None => chart.title().set_hidden(),
    };
    chart.set_width(of.width).set_height(of.height);
    Some(chart)
}

/// A title that the writer does not take for the cells that hold one: those it knows by their
/// first and last signs. A blank there changes no word.
fn plain(text: &str) -> String {
    let area = |text: &str| {
        let text = text.replace('$', "");
        let sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ':';
        !text.is_empty() && text.chars().all(sign)
    };
    let table = text.starts_with("=(") || (text.starts_with('=') && text.contains('['));
    let cells = text.split_once('!').is_some_and(|(_, rest)| area(rest));
    format!("{}{text}{}", if table { " " } else { "" }, if cells { " " } else { "" })
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{Chart, ChartType, Workbook};

    use super::plain;
    use crate::package::{Bounds, Package};

    #[test]
    fn titles_keep_their_signs() {
        for title in ["=(a, b)", "=Sales[Net]", "Prices!$A$1", "Wow!A1:B9", "a = b!", "=1+1"] {
            let mut chart = Chart::new(ChartType::Line);
            chart.add_series().set_values(("Sheet1", 0, 0, 1, 0));
            chart.title().set_name(plain(title).as_str());
            let mut file = Workbook::new();
            file.add_worksheet().insert_chart(0, 0, &chart).expect("a chart");
            let bytes = file.save_to_buffer().expect("a file");
            let mut file = Package::open(&bytes, Bounds::default()).expect("a package");
            let said = file.needed("xl/charts/chart1.xml").expect("a chart");
            let text = said.split("<a:t>").nth(1).and_then(|rest| rest.split('<').next());
            assert_eq!(text.map(str::trim), Some(title), "{said}");
        }
        assert_eq!(plain("Costs! = 2026"), "Costs! = 2026");
    }
}
