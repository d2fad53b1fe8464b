//! A part of a file becomes a part of the workbook.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::lasting::KeptView;
use contracts::kinds::myocyte::limits::{
    LEFT_OUT_MAX, NAME_BYTES_MAX, NAMES_MAX, PLACE_BYTES_MAX, SET_BYTES_MAX, SET_CELLS_MAX,
    SHEETS_MAX, STYLES_MAX, TITLE_BYTES_MAX, VIEWS_MAX,
};
use contracts::kinds::myocyte::{
    CellsSet, Event, FileImported, Formatted, Load, LoadedFile, LoadedSheet, NameDefined, Rejection,
};
use office::sheet::{Area, same_name};
use serde_json::json;

use super::work::Work;
use super::{arrange, cells, lasting, layout, names, rules};

/// What a name means whose cells are gone.
const GONE: &str = "#REF!";

/// Takes over a part of a file. Formulas that the engine does not know come to errors, as they do
/// in files that are imported whole.
pub(super) fn load(mut work: Work<'_>, input: &Load) -> Result<Decision<Event>, Rejection> {
    check(input)?;
    work.begin(input.title.clone());
    if let Some(file) = &input.file {
        let LoadedFile { hash, bytes, left_out } = file.clone();
        work.happen(Event::FileImported(FileImported { hash, bytes, left_out }));
    }
    let mut ids = Vec::new();
    for sheet in &input.sheets {
        ids.push(put(&mut work, sheet)?);
    }
    for (at, (sheet, id)) in input.sheets.iter().zip(&ids).enumerate() {
        if !sheet.layout.is_plain() {
            layout::put(&mut work, id, &sheet.layout, &format!("sheets[{at}].layout"))?;
        }
        for (number, rule) in sheet.rules.iter().enumerate() {
            rules::put(&mut work, id, rule, &format!("sheets[{at}].rules[{number}]"))?;
        }
    }
    for (name, refers) in &input.names {
        if work.state.book.meaning(name).is_none() {
            // What is gone stays gone: a file may say so.
            let refers = match refers.as_str() {
                GONE => GONE.to_owned(),
                refers => names::fixed(&work, refers, &format!("names.{name}"))?,
            };
            let name = name.clone();
            work.happen(Event::NameDefined(NameDefined { name, refers }));
        }
    }
    for (name, kept) in &input.views {
        if !work.state.book.views.keys().any(|known| same_name(known, name)) {
            let KeptView { view, at } = kept;
            lasting::put(&mut work, name, view, at.as_deref(), &format!("views.{name}."))?;
        }
    }
    work.sound()?;
    let mut about = work.state.about();
    about.sheets.retain(|sheet| ids.contains(&sheet.id));
    Ok(work.now(&about))
}

/// The part keeps the limits of one command.
fn check(input: &Load) -> Result<(), Rejection> {
    let areas = || input.sheets.iter().flat_map(|sheet| &sheet.areas);
    let count = areas().flat_map(|area| &area.rows).map(Vec::len).sum::<usize>();
    let styles = input.sheets.iter().map(|sheet| sheet.styles.len()).sum::<usize>();
    let bytes = json!(input.sheets).to_string().len();
    let left_out = input.file.as_ref().map_or(0, |file| file.left_out.len());
    let size = format!("has {bytes} bytes of JSON; {SET_BYTES_MAX} are allowed");
    let mut check = Check::new()
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .items("sheets", input.sheets.len(), SHEETS_MAX)
        .items("sheets.areas", count, SET_CELLS_MAX)
        .items("sheets.styles", styles, STYLES_MAX)
        .items("names", input.names.len(), NAMES_MAX)
        .items("file.left_out", left_out, LEFT_OUT_MAX)
        .ensure(bytes <= SET_BYTES_MAX, "sheets", size);
    for (at, sheet) in input.sheets.iter().enumerate() {
        check = arrange::check_name(check, &format!("sheets[{at}].name"), &sheet.name);
        for (number, of) in sheet.styles.iter().enumerate() {
            let field = format!("sheets[{at}].styles[{number}]");
            let known = of.area.len() <= PLACE_BYTES_MAX && of.area.parse::<Area>().is_ok();
            check = check.ensure(known, format!("{field}.area"), "names no cells");
            check = cells::check_style(check, &format!("{field}.style"), &of.style);
        }
    }
    check = check.items("views", input.views.len(), VIEWS_MAX);
    for name in input.views.keys() {
        check = arrange::check_name(check, &format!("views.{name}"), name);
    }
    for name in input.names.keys() {
        let fits = name.len() <= NAME_BYTES_MAX && names::is_name(name);
        check = check.ensure(fits, format!("names.{name}"), "is no name of an area");
    }
    check.done()?;
    for (at, sheet) in input.sheets.iter().enumerate() {
        for (number, area) in sheet.areas.iter().enumerate() {
            cells::check_held(area, &format!("sheets[{at}].areas[{number}]"))?;
        }
    }
    Ok(())
}

/// Puts in what is on a sheet; its id.
fn put(work: &mut Work<'_>, sheet: &LoadedSheet) -> Result<String, Rejection> {
    let there = work.state.book.named(&sheet.name).map(|known| known.id.clone());
    let id = match (there, sheet.more) {
        (Some(id), true) => id,
        (None, false) => work.add_sheet(&sheet.name, None),
        (Some(_), false) => return Err(Rejection::SheetExists { name: sheet.name.clone() }),
        (None, true) => return Err(Rejection::SheetNotFound { sheet: sheet.name.clone() }),
    };
    if !sheet.areas.is_empty() {
        let mut book = work.state.book.clone();
        for area in &sheet.areas {
            if let Ok(at) = area.at.parse() {
                book.put(&id, at, &super::evolve::contents(&area.rows));
            }
        }
        let (sheet_id, cells) = (id.clone(), book.cells() as u64);
        let areas = sheet.areas.clone();
        work.happen(Event::CellsSet(CellsSet { sheet: sheet_id, areas, cells }));
    }
    for of in &sheet.styles {
        let (sheet, area, style) = (id.clone(), of.area.clone(), of.style.clone());
        work.happen(Event::Formatted(Formatted { sheet, area, style }));
    }
    Ok(id)
}
