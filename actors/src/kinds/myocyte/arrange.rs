//! Sheets come, go, are named and put elsewhere.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::limits::{SHEET_NAME_MAX, SHEETS_MAX, TITLE_BYTES_MAX};
use contracts::kinds::myocyte::{
    AddSheet, Create, Event, MoveSheet, OfSheet, Rejection, RenameSheet, SheetMoved, SheetRemoved,
    SheetRenamed,
};
use office::sheet::Workbook;

use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// What the sheet of a new workbook is called.
pub(super) const FIRST: &str = "Sheet1";

/// A name that files can hold, too: neither too long nor with signs that formulas read otherwise.
pub(super) fn check_name(check: Check, field: &str, name: &str) -> Check {
    let fits = (1..=SHEET_NAME_MAX).contains(&name.chars().count()) && !name.trim().is_empty();
    let sign = |c: char| matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') || c.is_control();
    check
        .ensure(fits, field, format!("has 1 to {SHEET_NAME_MAX} characters, not all blank"))
        .ensure(!name.contains(sign), field, "may not contain [ ] : * ? / \\ or control signs")
        .ensure(
            !name.starts_with('\'') && !name.ends_with('\''),
            field,
            "may not begin or end with '",
        )
}

fn free(book: &Workbook, name: &str, but: Option<&str>) -> Result<(), Rejection> {
    match book.named(name).filter(|sheet| Some(sheet.id.as_str()) != but) {
        Some(_) => Err(Rejection::SheetExists { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// Begins a workbook.
pub(super) fn create(mut work: Work<'_>, input: &Create) -> Decided {
    if work.state.created.is_some() {
        return Err(Rejection::Exists);
    }
    let first = [FIRST.to_owned()];
    let names = input.sheets.as_deref().unwrap_or(&first);
    let check = Check::new()
        .text_opt("title", input.title.as_ref(), TITLE_BYTES_MAX)
        .ensure(!names.is_empty(), "sheets", "has at least one member")
        .items("sheets", names.len(), SHEETS_MAX);
    let named = names.iter().enumerate();
    let check =
        named.fold(check, |check, (at, name)| check_name(check, &format!("sheets[{at}]"), name));
    check.done()?;
    work.begin(input.title.clone());
    for name in names {
        free(&work.state.book, name, None)?;
        work.add_sheet(name, None);
    }
    work.about()
}

/// Adds a sheet.
pub(super) fn add_sheet(mut work: Work<'_>, input: &AddSheet) -> Decided {
    check_name(Check::new(), "name", &input.name).done()?;
    free(&work.state.book, &input.name, None)?;
    work.add_sheet(&input.name, input.at);
    work.about()
}

/// Calls a sheet something else.
pub(super) fn rename_sheet(mut work: Work<'_>, input: &RenameSheet) -> Decided {
    check_name(Check::new(), "name", &input.name).done()?;
    let sheet = work.sheet(Some(&input.sheet))?;
    let (id, same) = (sheet.id.clone(), sheet.name == input.name);
    free(&work.state.book, &input.name, Some(&id))?;
    if !same {
        work.happen(Event::SheetRenamed(SheetRenamed { sheet: id, name: input.name.clone() }));
    }
    work.about()
}

/// Puts a sheet elsewhere.
pub(super) fn move_sheet(mut work: Work<'_>, input: &MoveSheet) -> Decided {
    Check::new().ensure(input.at > 0, "at", "counts from 1").done()?;
    let sheet = work.sheet(Some(&input.sheet))?.id.clone();
    let last = work.state.book.sheets.len();
    let at = (input.at as usize).min(last);
    if work.state.book.position(&sheet).map(|from| from + 1) != Some(at) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        work.happen(Event::SheetMoved(SheetMoved { sheet, at }));
    }
    work.about()
}

/// Removes a sheet.
pub(super) fn remove_sheet(mut work: Work<'_>, input: &OfSheet) -> Decided {
    let sheet = work.sheet(Some(&input.sheet))?.id.clone();
    let sheets = work.state.book.sheets.len() - 1;
    if sheets == 0 {
        return Err(Rejection::LastSheet);
    }
    let sheets = u32::try_from(sheets).unwrap_or(u32::MAX);
    work.happen(Event::SheetRemoved(SheetRemoved { sheet, sheets }));
    work.about()
}
