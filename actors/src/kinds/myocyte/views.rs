//! Charts of a workbook, and its rows summed up. Nothing happens to it.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::{Drawn, Pivoted};
use contracts::kinds::myocyte::limits::{
    CHART_PIXELS_MAX, CHART_PIXELS_MIN, CHART_POINTS_MAX, CHART_SERIES_MAX, NAME_BYTES_MAX,
    PIVOT_FIELDS_MAX, PIVOT_ROWS_MAX, READ_CELLS_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::myocyte::{Chart, ChartType, Event, Pivot, PivotBy, Rejection};
use office::calc::{Calculator, Value};
use office::chart::{self, Series, Sort};
use office::pivot::{self, By};
use office::sheet::{Area, Piece, Place, Workbook, same_name, scan};
use serde_json::{Value as Json, json};

use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// A sheet's id and an area of it, as formulas name them; the first sheet when none is named.
pub(super) fn area(book: &Workbook, field: &str, text: &str) -> Result<(String, Area), Rejection> {
    let mut pieces = scan(text).into_iter();
    let reference = match (pieces.next(), pieces.next()) {
        (Some(Piece::Reference(reference)), None) => Some(reference),
        _ => None,
    };
    let named = "names no cells, such as A1:C9 or Prices!A1:C9";
    Check::new().ensure(reference.is_some(), field, named).done()?;
    let Some(reference) = reference else {
        return Err(Rejection::NotFound);
    };
    let sheet = match &reference.sheet {
        Some(name) => book.sheet(name).or_else(|| book.named(name)),
        None => book.sheets.first().map(AsRef::as_ref),
    };
    let missing = || reference.sheet.clone().unwrap_or_else(|| "1".to_owned());
    let sheet = sheet.ok_or_else(|| Rejection::SheetNotFound { sheet: missing() })?;
    let mut area = reference.area();
    // Whole columns and rows go as far as the sheet is used.
    let used = sheet.cells.used().map_or(area.from, |used| used.to);
    if reference.from.row.is_none() {
        area.to.row = used.row.max(area.from.row);
    }
    if reference.from.column.is_none() {
        area.to.column = used.column.max(area.from.column);
    }
    Ok((sheet.id.clone(), area))
}

/// What the cells of a row or a column come to.
fn line(
    book: &Workbook,
    calculator: &Calculator,
    field: &str,
    text: &str,
) -> Result<Vec<Value>, Rejection> {
    let (sheet, area) = area(book, field, text)?;
    let one = area.rows() == 1 || area.columns() == 1;
    let most = format!("is one row or one column of at most {CHART_POINTS_MAX} cells");
    let fits = one && area.cells() <= CHART_POINTS_MAX;
    Check::new().ensure(fits, field, most).done()?;
    Ok(area.places().map(|place| calculator.value(&sheet, place)).collect())
}

/// Draws a chart.
pub(super) fn chart(work: Work<'_>, input: &Chart) -> Decided {
    let book = &work.state.book;
    let drawn =
        work.state.engine.with(book, work.cx, |calculator, _| drawn(book, calculator, input))?;
    Ok(work.now(&drawn?))
}

/// The picture of a chart.
///
/// # Errors
/// When there is none.
pub(super) fn drawn(
    book: &Workbook,
    calculator: &Calculator,
    input: &Chart,
) -> Result<Drawn, Rejection> {
    let pixels = CHART_PIXELS_MIN..=CHART_PIXELS_MAX;
    let size = format!("is {CHART_PIXELS_MIN} to {CHART_PIXELS_MAX}");
    let mut check = Check::new()
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .ensure(!input.series.is_empty(), "series", "has at least one member")
        .items("series", input.series.len(), CHART_SERIES_MAX)
        .ensure(pixels.contains(&input.width), "width", size.as_str())
        .ensure(pixels.contains(&input.height), "height", size.as_str());
    for (at, series) in input.series.iter().enumerate() {
        let field = format!("series[{at}].name");
        check = check.text_opt(field, series.name.as_ref(), NAME_BYTES_MAX);
    }
    check.done()?;
    let categories = match &input.categories {
        Some(text) => {
            line(book, calculator, "categories", text)?.iter().map(Value::shown).collect()
        }
        None => Vec::new(),
    };
    let mut series = Vec::new();
    for (at, one) in input.series.iter().enumerate() {
        let values = line(book, calculator, &format!("series[{at}].values"), &one.values)?;
        let along = match &one.along {
            Some(text) => line(book, calculator, &format!("series[{at}].along"), text)?,
            None => Vec::new(),
        };
        series.push(Series {
            name: one.name.clone().unwrap_or_default(),
            along: along.iter().map(|value| value.number().unwrap_or_default()).collect(),
            values: values.iter().map(Value::number).collect(),
        });
    }
    let sort = match input.r#type {
        ChartType::Bar => Sort::Bar,
        ChartType::Line => Sort::Line,
        ChartType::Scatter => Sort::Scatter,
        ChartType::Pie => Sort::Pie,
    };
    let title = input.title.clone().unwrap_or_default();
    let (width, height, colors) = (input.width, input.height, Vec::new());
    let chart = chart::Chart { sort, title, categories, series, colors, width, height };
    let svg = chart::svg(&chart).map_err(|why| Rejection::Undrawn { reason: why.to_string() })?;
    Ok(Drawn { media_type: "image/svg+xml".to_owned(), svg })
}

/// Brings rows together and sums them up.
pub(super) fn pivot(work: Work<'_>, input: &Pivot) -> Decided {
    let book = &work.state.book;
    let told =
        work.state.engine.with(book, work.cx, |calculator, _| pivoted(book, calculator, input))?;
    Ok(work.now(&told?))
}

/// What rows come to that are brought together.
///
/// # Errors
/// When the table has no such columns, or they come to too much.
pub(super) fn pivoted(
    book: &Workbook,
    calculator: &Calculator,
    input: &Pivot,
) -> Result<Pivoted, Rejection> {
    let (sheet, area) = area(book, "source", &input.source)?;
    Check::new()
        .ensure(
            u64::from(area.rows()) <= PIVOT_ROWS_MAX,
            "source",
            format!("has more than {PIVOT_ROWS_MAX} rows"),
        )
        .ensure(!input.rows.is_empty(), "rows", "has at least one member")
        .items("rows", input.rows.len(), PIVOT_FIELDS_MAX)
        .ensure(!input.values.is_empty(), "values", "has at least one member")
        .items("values", input.values.len(), PIVOT_FIELDS_MAX)
        .done()?;
    let row = |row| {
        let places = (area.from.column..=area.to.column).map(|column| Place { row, column });
        places.map(|place| calculator.value(&sheet, place)).collect::<Vec<_>>()
    };
    let mut table: Vec<_> = (area.from.row..=area.to.row).map(row).collect();
    let header = table.remove(0);
    let column = |field: &str, name: &str| -> Result<usize, Rejection> {
        let found = header.iter().position(|cell| same_name(&cell.shown(), name));
        let none = format!("no column is called {name}");
        Check::new().ensure(found.is_some(), field, none).done()?;
        Ok(found.unwrap_or_default())
    };
    let rows: Result<Vec<_>, _> = input.rows.iter().map(|name| column("rows", name)).collect();
    let across = input.columns.as_ref().map(|name| column("columns", name)).transpose()?;
    let values = input.values.iter();
    let values: Result<Vec<_>, Rejection> =
        values.map(|value| Ok((column("values", &value.field)?, by(value.by)))).collect();
    let asked = pivot::Asked { rows: rows?, column: across, values: values? };
    let told = pivot::pivot(&table, &asked);
    let answer = answer(input, &told);
    let cells = answer.header.len() as u64 * (answer.rows.len() as u64 + 1);
    let most = format!("it comes to {cells} cells; {READ_CELLS_MAX} are told");
    Check::new().ensure(cells <= READ_CELLS_MAX, "columns", most).done()?;
    Ok(answer)
}

const fn by(by: PivotBy) -> By {
    match by {
        PivotBy::Sum => By::Sum,
        PivotBy::Count => By::Count,
        PivotBy::Average => By::Average,
        PivotBy::Min => By::Min,
        PivotBy::Max => By::Max,
    }
}

fn answer(input: &Pivot, told: &pivot::Pivot) -> Pivoted {
    let label = |value: &contracts::kinds::myocyte::PivotValue| {
        format!("{} of {}", value.by.as_str(), value.field)
    };
    let across = told.columns.iter().flat_map(|column| {
        input.values.iter().map(move |value| match &input.columns {
            Some(_) => format!("{}: {}", column.shown(), label(value)),
            None => label(value),
        })
    });
    let header = input.rows.iter().cloned().chain(across).collect();
    let row = |(alike, sums): &(Vec<Value>, Vec<Value>)| -> Vec<Json> {
        alike.iter().chain(sums).map(Value::to_json).collect()
    };
    let totals = input.values.iter().zip(&told.totals);
    let totals = totals.map(|(value, total)| (label(value), total.to_json()));
    let rows = told.rows.iter().map(row).collect();
    Pivoted { header, rows, totals: json!(totals.collect::<serde_json::Map<_, _>>()) }
}
