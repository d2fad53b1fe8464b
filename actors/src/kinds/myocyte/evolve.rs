//! The state after an event.

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::myocyte::{self as page, Event};
use office::sheet::{Align, Axis, Content, Deleted, Inserted, Place, Sheet, Style, Workbook};

use super::state::State;
use super::{lasting, layout, rules};

impl State {
    /// The workbook after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        let book = &mut self.book;
        match event {
            Event::Created(created) => {
                self.created = Some(at.at);
                self.title.clone_from(&created.title);
            }
            Event::SheetAdded(added) => {
                let sheet = Sheet::new(&added.sheet, &added.name);
                let at = (added.at as usize - 1).min(book.sheets.len());
                book.sheets.insert(at, Arc::new(sheet));
            }
            Event::SheetRenamed(renamed) => book.rename(&renamed.sheet, &renamed.name),
            Event::SheetMoved(moved) => {
                if let Some(from) = book.position(&moved.sheet) {
                    let sheet = book.sheets.remove(from);
                    let at = (moved.at.max(1) as usize - 1).min(book.sheets.len());
                    book.sheets.insert(at, sheet);
                }
            }
            Event::SheetRemoved(removed) => book.remove(&removed.sheet),
            Event::CellsSet(set) => {
                for area in &set.areas {
                    if let Ok(at) = area.at.parse::<Place>() {
                        book.put(&set.sheet, at, &contents(&area.rows));
                    }
                }
            }
            Event::LinesInserted(moved) => {
                let (axis, at, count) = (axis(moved.axis), moved.at, moved.count);
                book.insert(&moved.sheet, Inserted { axis, at, count });
            }
            Event::LinesRemoved(moved) => {
                let (axis, at, count) = (axis(moved.axis), moved.at, moved.count);
                book.delete(&moved.sheet, Deleted { axis, at, count });
            }
            Event::RowsSorted(sorted) => {
                if let Ok(area) = sorted.area.parse() {
                    book.reorder(&sorted.sheet, area, &sorted.order);
                }
            }
            Event::Formatted(formatted) => {
                let sheet = book.sheet_mut(&formatted.sheet);
                if let Some((sheet, area)) = sheet.zip(formatted.area.parse().ok()) {
                    let styles = Arc::make_mut(&mut sheet.styles);
                    styles.push((area, style(&formatted.style)));
                }
            }
            Event::NameDefined(defined) => {
                let names = Arc::make_mut(&mut book.names);
                names.insert(defined.name.clone(), defined.refers.clone());
            }
            Event::NameRemoved(removed) => {
                Arc::make_mut(&mut book.names).remove(&removed.name);
            }
            Event::RuleSet(_)
            | Event::RuleRemoved(_)
            | Event::LaidOut(_)
            | Event::ViewKept(_)
            | Event::ViewForgotten(_) => shown(book, event),
            Event::TableIngested(_) | Event::FileImported(_) => {}
        }
        self
    }
}

/// The workbook after an event about what its cells may hold, and how it is shown.
fn shown(book: &mut Workbook, event: &Event) {
    match event {
        Event::ViewKept(kept) => {
            let view = page::lasting::KeptView { view: kept.view.clone(), at: kept.at.clone() };
            if let Some(view) = lasting::kept(&view) {
                Arc::make_mut(&mut book.views).insert(kept.name.clone(), view);
            }
        }
        Event::ViewForgotten(gone) => {
            Arc::make_mut(&mut book.views).remove(&gone.name);
        }
        Event::LaidOut(laid) => {
            if let Some(sheet) = book.sheet_mut(&laid.sheet) {
                layout::apply(sheet, &laid.layout);
            }
        }
        Event::RuleSet(set) => {
            let sheet = book.sheet_mut(&set.sheet);
            if let Some((sheet, rule)) = sheet.zip(rules::kept(&set.rule)) {
                let all = Arc::make_mut(&mut sheet.rules);
                match all.iter_mut().find(|(id, _)| *id == set.id) {
                    Some((_, old)) => *old = rule,
                    None => all.push((set.id.clone(), rule)),
                }
            }
        }
        Event::RuleRemoved(removed) => {
            if let Some(sheet) = book.sheet_mut(&removed.sheet) {
                Arc::make_mut(&mut sheet.rules).retain(|(id, _)| *id != removed.id);
            }
        }
        _ => {}
    }
}

/// What cells hold; what cannot be read was never stored.
pub(super) fn contents(rows: &[Vec<page::Scalar>]) -> Vec<Vec<Option<Content>>> {
    let row = |row: &Vec<page::Scalar>| {
        row.iter().map(|said| Content::read(&said.0).unwrap_or_default()).collect()
    };
    rows.iter().map(row).collect()
}

/// Rows or columns, as the workbook names them.
pub(super) const fn axis(axis: page::Axis) -> Axis {
    match axis {
        page::Axis::Rows => Axis::Rows,
        page::Axis::Columns => Axis::Columns,
    }
}

fn style(style: &page::Style) -> Style {
    let align = style.align.map(|align| match align {
        page::Align::Left => Align::Left,
        page::Align::Center => Align::Center,
        page::Align::Right => Align::Right,
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
