//! Names for areas.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::limits::{NAME_BYTES_MAX, PLACE_BYTES_MAX};
use contracts::kinds::myocyte::{
    DefineName, Event, NameDefined, NameRemoved, Rejection, RemoveName,
};
use office::sheet::{Corner, Piece, Reference, scan};

use super::work::Work;

type Decided = Result<Decision<Event>, Rejection>;

/// A word that formulas read as a name, and as nothing else.
pub(super) fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let place = Corner::parse(name).is_some();
    let other = |c: char| !matches!(c, 'r' | 'R' | 'c' | 'C') && !c.is_ascii_digit();
    let truth = ["true", "false"].contains(&name.to_lowercase().as_str());
    begins && name.chars().all(word) && !place && name.contains(other) && !truth
}

/// The area with its sheet that a text names.
pub(super) fn area(text: &str) -> Option<Reference> {
    let mut pieces = scan(text.strip_prefix('=').unwrap_or(text)).into_iter();
    match (pieces.next(), pieces.next()) {
        (Some(Piece::Reference(reference)), None) => Some(reference),
        _ => None,
    }
}

/// An area with a sheet of the workbook, as names keep it: it does not move with who uses it.
///
/// # Errors
/// When it is none; `field` said it.
pub(super) fn fixed(work: &Work<'_>, refers: &str, field: &str) -> Result<String, Rejection> {
    let said = area(refers).filter(|reference| reference.sheet.is_some());
    let check = Check::new().body(field, refers, PLACE_BYTES_MAX);
    let none = "is an area with its sheet, such as Prices!B2:B9";
    check.ensure(said.is_some(), field, none).done()?;
    let Some(mut said) = said else {
        return Err(Rejection::NotFound);
    };
    said.sheet = Some(work.sheet(said.sheet.as_ref())?.name.clone());
    for corner in [Some(&mut said.from), said.to.as_mut()].into_iter().flatten() {
        for mark in [corner.row.as_mut(), corner.column.as_mut()].into_iter().flatten() {
            mark.fixed = true;
        }
    }
    Ok(said.to_string())
}

/// Names an area, or gives a name another meaning.
pub(super) fn define_name(mut work: Work<'_>, input: &DefineName) -> Decided {
    Check::new()
        .text("name", &input.name, NAME_BYTES_MAX)
        .ensure(is_name(&input.name), "name", "is letters, digits, _ and ., and no place")
        .done()?;
    let refers = fixed(&work, &input.refers, "refers")?;
    let known = work.state.book.meaning(&input.name);
    let name = known.map_or_else(|| input.name.clone(), |(name, _)| name.to_owned());
    let same = known.is_some_and(|(_, means)| means == refers);
    if !same {
        work.happen(Event::NameDefined(NameDefined { name, refers }));
    }
    work.about()
}

/// Forgets a name.
pub(super) fn remove_name(mut work: Work<'_>, input: &RemoveName) -> Decided {
    let Some((name, _)) = work.state.book.meaning(&input.name) else {
        return Err(Rejection::NameNotFound { name: input.name.clone() });
    };
    let name = name.to_owned();
    work.happen(Event::NameRemoved(NameRemoved { name }));
    work.about()
}
