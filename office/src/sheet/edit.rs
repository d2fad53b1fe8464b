//! Changes that reach further than one cell: rows and columns come, go and change places, and
//! sheets are renamed and removed. References everywhere follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::lines;
use super::place::{Area, Place};
use super::reference::Reference;
use super::shift::{Deleted, Inserted, Moved, Renamed, rewrite, same_name};
use super::workbook::Workbook;

/// Rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Rows.
    Rows,
    /// Columns.
    Columns,
}

impl Workbook {
    /// Puts contents into a rectangle that begins at `at`, row by row; none empties a cell. What
    /// would fall off the sheet is left out.
    pub fn put(&mut self, sheet: &str, at: Place, rows: &[Vec<Option<Content>>]) {
        let Some(sheet) = self.sheet_mut(sheet) else {
            return;
        };
        for (down, row) in (0_u32..).zip(rows) {
            for (right, content) in (0_u32..).zip(row) {
                if let Some(place) = at.below(down, right) {
                    sheet.cells.set(place, content.clone());
                }
            }
        }
    }

    /// Rows or columns come.
    pub fn insert(&mut self, sheet: &str, inserted: Inserted) {
        self.move_lines(
            sheet,
            inserted.axis,
            |at| inserted.place(at),
            |old| inserted.reference(old),
        );
    }

    /// Rows or columns go.
    pub fn delete(&mut self, sheet: &str, deleted: Deleted) {
        self.move_lines(sheet, deleted.axis, |at| deleted.place(at), |old| deleted.reference(old));
    }

    fn move_lines(
        &mut self,
        id: &str,
        axis: Axis,
        place: impl Fn(u32) -> Option<u32>,
        reference: impl Fn(&Reference) -> Option<Reference>,
    ) {
        let Some(sheet) = self.sheet_mut(id) else {
            return;
        };
        let name = sheet.name.clone();
        sheet.cells = lines::moved(&sheet.cells, axis, &place);
        let styles = sheet
            .styles
            .iter()
            .filter_map(|(area, style)| Some((lines::area(*area, &reference)?, style.clone())));
        sheet.styles = Arc::new(styles.collect());
        let rules = sheet.rules.iter().filter_map(|(id, rule)| {
            Some((id.clone(), lines::rule(rule, axis, &place, &reference)?))
        });
        sheet.rules = Arc::new(rules.collect());
        if !sheet.layout.is_plain() {
            sheet.layout = Arc::new(sheet.layout.moved(axis, &place, &reference));
        }
        self.rewrite_all(|own, old| {
            let means = old.sheet.as_deref().unwrap_or(own);
            if same_name(means, &name) { reference(old) } else { Some(old.clone()) }
        });
    }

    /// The rows of an area change places: the row that becomes the first is `order[0]`, counted
    /// from 0 within the area. Formulas move as if they were copied.
    pub fn reorder(&mut self, id: &str, area: Area, order: &[u32]) {
        let Some(sheet) = self.sheet_mut(id) else {
            return;
        };
        let old: Vec<(Place, Content)> =
            sheet.cells.within(area).map(|(place, content)| (place, content.clone())).collect();
        for (place, _) in &old {
            sheet.cells.set(*place, None);
        }
        let mut now = BTreeMap::new();
        for (to, from) in (0_u32..).zip(order) {
            now.insert(area.from.row + from, area.from.row + to);
        }
        for (place, content) in old {
            let Some(row) = now.get(&place.row).copied() else {
                continue;
            };
            let by = Moved { rows: i64::from(row) - i64::from(place.row), columns: 0 };
            sheet.cells.set(Place { row, ..place }, Some(copied(content, by)));
        }
    }

    /// A sheet has another name.
    pub fn rename(&mut self, id: &str, to: &str) {
        let Some(sheet) = self.sheet_mut(id) else {
            return;
        };
        let from = std::mem::replace(&mut sheet.name, to.to_owned());
        self.rewrite_all(|_, old| Some(Renamed { from: &from, to }.reference(old)));
    }

    /// A sheet goes; what referred to it is `#REF!`.
    pub fn remove(&mut self, id: &str) {
        let Some(at) = self.position(id) else {
            return;
        };
        let gone = self.sheets.remove(at);
        self.rewrite_all(|_, old| {
            let named = old.sheet.as_deref().is_some_and(|sheet| same_name(sheet, &gone.name));
            (!named).then(|| old.clone())
        });
    }

    /// Each reference of each formula, rule, name and view as `change` wants it, which learns on
    /// which sheet it stands; names and views have none.
    fn rewrite_all(&mut self, change: impl Fn(&str, &Reference) -> Option<Reference>) {
        for sheet in &mut self.sheets {
            let formulas = sheet.cells.iter().filter_map(|(place, content)| {
                let text = rewrite(content.formula()?, |old| change(&sheet.name, old))?;
                Some((place, Content::Formula(text.into())))
            });
            let changed: Vec<_> = formulas.collect();
            let mut rules = Vec::clone(&sheet.rules);
            for (_, rule) in &mut rules {
                rule.allow.refer(|old| change(&sheet.name, old));
            }
            if !changed.is_empty() || rules != *sheet.rules {
                let sheet = Arc::make_mut(sheet);
                sheet.rules = Arc::new(rules);
                for (place, content) in changed {
                    sheet.cells.set(place, Some(content));
                }
            }
        }
        let means = |old: &String| rewrite(old, |old| change("", old));
        if self.names.values().any(|old| means(old).is_some()) {
            let names = self
                .names
                .iter()
                .map(|(name, old)| (name.clone(), means(old).unwrap_or_else(|| old.clone())));
            self.names = Arc::new(names.collect());
        }
        let mut views = BTreeMap::clone(&self.views);
        let mut followed = false;
        for kept in views.values_mut() {
            followed |= kept.refer(|old| change("", old));
        }
        if followed {
            self.views = Arc::new(views);
        }
    }
}

/// A content as it is elsewhere: what is not fixed in a formula moves along.
#[must_use]
pub fn copied(content: Content, by: Moved) -> Content {
    let Content::Formula(old) = &content else {
        return content;
    };
    match rewrite(old, |reference| by.reference(reference)) {
        Some(text) => Content::Formula(text.into()),
        None => content,
    }
}
