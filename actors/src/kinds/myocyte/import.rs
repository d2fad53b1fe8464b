//! A file becomes sheets.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::Imported;
use contracts::kinds::myocyte::limits::{
    IMPORT_BASE64_BYTES_MAX, SET_BYTES_MAX, SET_CELLS_MAX, SHEETS_MAX,
};
use contracts::kinds::myocyte::{
    CellsSet, Event, FileImported, Filled, Formatted, ImportFile, LaidOut, NameDefined, Rejection,
    RuleSet,
};
use contracts::{Decision, Hash};
use office::ods;
use office::package::Bounds;
use office::sheet::Sheet;
use office::xlsx::{self, Opened};
use serde_json::json;

use super::areas::{filled, said};
use super::rules::said as said_rule;
use super::work::Work;
use super::{arrange, layout};

/// How large the parts of a file may grow, together and each, in bytes.
const GROWN_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Makes sheets of a file.
pub(super) fn import_file(
    mut work: Work<'_>,
    input: &ImportFile,
) -> Result<Decision<Event>, Rejection> {
    Check::new().body("base64", &input.base64, IMPORT_BASE64_BYTES_MAX).done()?;
    let bytes = STANDARD.decode(input.base64.trim());
    Check::new().ensure(bytes.is_ok(), "base64", "is no base64").done()?;
    let bytes = bytes.unwrap_or_default();
    let bounds =
        Bounds { part_bytes_max: GROWN_BYTES_MAX, bytes_max: GROWN_BYTES_MAX, ..Bounds::default() };
    let opened = if ods::is_one(&bytes, bounds) {
        ods::read(&bytes, bounds, SET_CELLS_MAX)
    } else {
        xlsx::read(&bytes, bounds, SET_CELLS_MAX)
    };
    let opened = opened.map_err(|why| Rejection::FileRefused { reason: why.to_string() })?;
    let areas = checked(&work, &opened)?;
    work.begin(None);
    let left_out: BTreeMap<String, u32> = opened
        .left_out
        .iter()
        .map(|(what, count)| ((*what).to_owned(), u32::try_from(*count).unwrap_or(u32::MAX)))
        .collect();
    let (hash, size) = (Hash::of(&bytes), bytes.len() as u64);
    work.happen(Event::FileImported(FileImported {
        hash,
        bytes: size,
        left_out: left_out.clone(),
    }));
    let mut ids = Vec::new();
    for (sheet, areas) in opened.book.sheets.iter().zip(areas) {
        ids.push(add(&mut work, sheet, areas));
    }
    for (name, refers) in opened.book.names.iter() {
        let (name, refers) = (name.clone(), refers.clone());
        if work.state.book.meaning(&name).is_none() {
            work.happen(Event::NameDefined(NameDefined { name, refers }));
        }
    }
    work.sound()?;
    let about = work.state.about().sheets.into_iter();
    let sheets = about.filter(|sheet| ids.contains(&sheet.id)).collect();
    Ok(work.now(&Imported { sheets, left_out }))
}

/// What the sheets hold, when they may be called as they are and fit into one commit.
fn checked(work: &Work<'_>, opened: &Opened) -> Result<Vec<Vec<Filled>>, Rejection> {
    let sheets = &opened.book.sheets;
    let check = Check::new().items("base64", sheets.len(), SHEETS_MAX);
    let named =
        |check, sheet: &std::sync::Arc<Sheet>| arrange::check_name(check, "base64", &sheet.name);
    sheets.iter().fold(check, named).done()?;
    if let Some(sheet) = sheets.iter().find(|sheet| work.state.book.named(&sheet.name).is_some()) {
        return Err(Rejection::SheetExists { name: sheet.name.clone() });
    }
    let areas: Vec<_> = sheets.iter().map(|sheet| filled(&sheet.cells)).collect();
    let bytes = json!(areas).to_string().len();
    if bytes > SET_BYTES_MAX {
        return Err(Rejection::FileTooLarge { bytes });
    }
    Ok(areas)
}

/// A sheet comes with its cells and how they look; its id.
fn add(work: &mut Work<'_>, sheet: &Sheet, areas: Vec<Filled>) -> String {
    let id_of = work.add_sheet(&sheet.name, None);
    if !areas.is_empty() {
        let cells = work.cells() + sheet.cells.cells() as u64;
        work.happen(Event::CellsSet(CellsSet { sheet: id_of.clone(), areas, cells }));
    }
    for (area, style) in sheet.styles.iter() {
        let style = said(style);
        let (sheet, area) = (id_of.clone(), area.to_string());
        work.happen(Event::Formatted(Formatted { sheet, area, style }));
    }
    if !sheet.layout.is_plain() {
        let (sheet, layout) = (id_of.clone(), layout::said(&sheet.layout));
        work.happen(Event::LaidOut(LaidOut { sheet, layout }));
    }
    for (number, rule) in (0..).zip(sheet.rules.iter().filter_map(|(_, rule)| said_rule(rule))) {
        let id = work.cx.name("r_", number);
        work.happen(Event::RuleSet(RuleSet { sheet: id_of.clone(), id, rule }));
    }
    id_of
}
