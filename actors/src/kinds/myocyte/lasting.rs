//! Charts and sums that stay with the workbook, made again whenever somebody looks.

use std::sync::Arc;

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::lasting::{Keep, KeptView, Named, Shown, View};
use contracts::kinds::myocyte::limits::{PLACE_BYTES_MAX, SHEET_NAME_MAX};
use contracts::kinds::myocyte::{Chart, Event, Pivot, Rejection, ViewForgotten, ViewKept};
use office::calc::Calculator;
use office::sheet::{self, Content, Place, Sheet, Style, Workbook, same_name};
use serde_json::{Value, json};

use super::work::Work;
use super::{arrange, names, views};

type Decided = Result<Decision<Event>, Rejection>;

/// Keeps what is shown of the workbook.
pub(super) fn keep(mut work: Work<'_>, input: &Keep) -> Decided {
    arrange::check_name(Check::new(), "name", &input.name).done()?;
    let (name, kept) = put(&mut work, &input.name, &input.view, input.at.as_deref(), "")?;
    work.room()?;
    // What cannot be shown now is not kept.
    let shown = shown(&work, &name, &kept)?;
    Ok(work.now(&shown))
}

/// Keeps a view under a name; which, and how it is kept. `of` stands before the members of the
/// input that are at fault.
///
/// # Errors
/// When it names no cells.
pub(super) fn put(
    work: &mut Work<'_>,
    name: &str,
    view: &View,
    at: Option<&str>,
    of: &str,
) -> Result<(String, KeptView), Rejection> {
    let view = match view {
        View::Chart(chart) => View::Chart(fixed_chart(work, chart, &format!("{of}view.chart"))?),
        View::Pivot(pivot) => {
            let source = fixed(work, &pivot.source, &format!("{of}view.pivot.source"))?;
            View::Pivot(Pivot { source, ..pivot.clone() })
        }
    };
    let at = at.map(|at| fixed(work, at, &format!("{of}at"))).transpose()?;
    let known = work.state.book.views.keys().find(|known| same_name(known, name));
    let name = known.cloned().unwrap_or_else(|| name.to_owned());
    let kept = KeptView { view, at };
    let same = work.state.book.views.get(&name).and_then(said).is_some_and(|old| old == kept);
    if !same {
        let KeptView { view, at } = kept.clone();
        work.happen(Event::ViewKept(ViewKept { name: name.clone(), view, at }));
    }
    Ok((name, kept))
}

/// An area with its sheet: the first when none is named.
fn fixed(work: &Work<'_>, text: &str, field: &str) -> Result<String, Rejection> {
    // What is gone stays gone: a file may say so.
    if text == "#REF!" {
        return Ok(text.to_owned());
    }
    let said = names::area(text);
    let named = "names no cells, such as A1:C9 or Prices!A1:C9";
    let check = Check::new().body(field, text, PLACE_BYTES_MAX);
    check.ensure(said.is_some(), field, named).done()?;
    let Some(mut said) = said else { return Err(Rejection::NotFound) };
    if said.sheet.is_none() {
        said.sheet = Some(work.sheet(None)?.name.clone());
    }
    names::fixed(work, &said.to_string(), field)
}

fn fixed_chart(work: &Work<'_>, chart: &Chart, field: &str) -> Result<Chart, Rejection> {
    let mut chart = chart.clone();
    if let Some(text) = &mut chart.categories {
        *text = fixed(work, text, &format!("{field}.categories"))?;
    }
    for (at, series) in chart.series.iter_mut().enumerate() {
        series.values = fixed(work, &series.values, &format!("{field}.series[{at}].values"))?;
        if let Some(text) = &mut series.along {
            *text = fixed(work, text, &format!("{field}.series[{at}].along"))?;
        }
    }
    Ok(chart)
}

/// Shows what was kept.
pub(super) fn show(work: Work<'_>, input: &Named) -> Decided {
    let (name, kept) = found(&work, &input.name)?;
    let shown = shown(&work, &name, &kept)?;
    Ok(work.now(&shown))
}

/// Keeps something no longer.
pub(super) fn forget(mut work: Work<'_>, input: &Named) -> Decided {
    let (name, _) = found(&work, &input.name)?;
    work.happen(Event::ViewForgotten(ViewForgotten { name }));
    work.about()
}

fn found(work: &Work<'_>, said_name: &str) -> Result<(String, KeptView), Rejection> {
    let mut all = work.state.book.views.iter();
    let found = all.find(|(known, _)| same_name(known, said_name));
    let found = found.and_then(|(name, kept)| Some((name.clone(), said(kept)?)));
    found.ok_or_else(|| Rejection::ViewNotFound { name: said_name.to_owned() })
}

fn shown(work: &Work<'_>, name: &str, kept: &KeptView) -> Result<Shown, Rejection> {
    let book = &work.state.book;
    let name = name.to_owned();
    work.state.engine.with(book, work.cx, |calculator, _| {
        let (mut chart, mut pivot) = (None, None);
        match &kept.view {
            View::Chart(of) => chart = Some(views::drawn(book, calculator, of)?),
            View::Pivot(of) => pivot = Some(views::pivoted(book, calculator, of)?),
        }
        Ok(Shown { name, chart, pivot })
    })?
}

/// The workbook as files show it: each pivot is a sheet of what it comes to. How many there are,
/// and how many of them come to nothing, since cells are gone.
pub(super) fn laid_open(book: &Workbook, calculator: &Calculator) -> (Workbook, u64, u64) {
    let mut open = book.clone();
    let (mut pivots, mut lost) = (0, 0);
    for (name, kept) in book.views.iter() {
        let Some(View::Pivot(pivot)) = said(kept).map(|kept| kept.view) else { continue };
        pivots += 1;
        let Ok(told) = views::pivoted(book, calculator, &pivot) else {
            lost += 1;
            continue;
        };
        let mut sheet = Sheet::new(format!("pivot\u{1}{name}"), free(&open, name));
        let text = |text: &String| Value::String(text.clone());
        let header = told.header.iter().map(text).collect();
        for (row, cells) in (1..).zip(std::iter::once(header).chain(told.rows)) {
            let cells: Vec<Value> = cells;
            for (column, value) in (1..).zip(cells) {
                if let Some(place) = Place::new(row, column) {
                    sheet.cells.set(place, content(&value));
                }
            }
        }
        let bold = Style { bold: Some(true), ..Style::default() };
        let area = Place::new(1, u32::try_from(told.header.len()).unwrap_or(1));
        let from = Place { row: 1, column: 1 };
        let area = area.map(|to| sheet::Area::between(from, to));
        sheet.styles = Arc::new(area.map(|area| (area, bold)).into_iter().collect());
        open.sheets.push(Arc::new(sheet));
    }
    (open, pivots, lost)
}

/// What a value is as a content: never a formula.
fn content(value: &Value) -> Option<Content> {
    match value {
        Value::String(text) => Some(Content::Text(text.as_str().into())),
        Value::Object(error) => {
            let error = error.get("error").and_then(Value::as_str)?;
            Some(Content::Text(error.into()))
        }
        value => Content::read(value).ok().flatten(),
    }
}

/// The name, or one like it that no sheet has. Files count in units of UTF-16.
fn free(book: &Workbook, name: &str) -> String {
    let short = |units_max: usize| -> String {
        let mut units = 0;
        let fits = |sign: &char| {
            units += sign.len_utf16();
            units <= units_max
        };
        name.chars().take_while(fits).collect()
    };
    let numbered = (2..).map(|number| {
        let end = format!(" {number}");
        format!("{}{end}", short(SHEET_NAME_MAX - end.len()))
    });
    let mut all = std::iter::once(short(SHEET_NAME_MAX)).chain(numbered);
    all.find(|name| book.named(name).is_none()).unwrap_or_default()
}

/// A view as the workbook keeps it; none when it is none.
pub(crate) fn kept(view: &KeptView) -> Option<sheet::Kept> {
    contracts::read::from_value(json!(view)).ok()
}

/// A view as commands and events write it; none when it is none.
pub(crate) fn said(kept: &sheet::Kept) -> Option<KeptView> {
    contracts::read::from_value(json!(kept)).ok()
}
