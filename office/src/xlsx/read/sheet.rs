//! The cells of a sheet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Laid;
use super::rules::Rules;
use crate::package::{Hostile, Tag, Token, Tokens};
use crate::sheet::{Area, Content, Grid, Moved, Place, rewrite};

/// What was read of a sheet.
#[derive(Default)]
pub(super) struct Read {
    /// What its cells hold.
    pub cells: Grid,
    /// Which style each cell names, by column and row.
    pub looks: BTreeMap<(u32, u32), usize>,
    /// What they may hold.
    pub rules: Rules,
    /// How it is laid out.
    pub laid: Laid,
}

/// Elements that are left out, and the word for it.
const LEFT_OUT: [(&str, &str); 2] =
    [("conditionalFormatting", "conditional_formats"), ("hyperlink", "links")];

/// How many arrays that may reach further down are known at once.
const ARRAYS_MAX: usize = 1_000;

/// What the value of a cell is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Number,
    Shared,
    Bool,
    Text,
    Error,
}

impl Sort {
    fn read(said: &str) -> Self {
        match said {
            "s" => Self::Shared,
            "b" => Self::Bool,
            "str" | "inlineStr" | "d" => Self::Text,
            "e" => Self::Error,
            _ => Self::Number,
        }
    }
}

/// Which text of a cell is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Value,
    Formula,
    Other,
}

/// A cell that is being read.
#[derive(Default)]
struct Cell<'a> {
    place: Option<Place>,
    sort: Sort,
    value: Cow<'a, str>,
    formula: Cow<'a, str>,
    /// The group of formulas that it shares one with.
    shared: Option<u32>,
}

/// What reading a sheet goes through.
struct Reader<'a, 'b> {
    read: Read,
    strings: &'b [Arc<str>],
    left_out: &'b mut BTreeMap<&'static str, usize>,
    /// Formulas that groups of cells share, and where the first of each stands.
    shared: BTreeMap<u32, (Place, String)>,
    /// Where arrays go over several cells; those that end above the row are gone.
    arrays: Vec<Area>,
    cell: Cell<'a>,
    /// Where it stands. Cells and rows may leave that out: then they follow the one before.
    row: u32,
    column: u32,
}

/// Reads a sheet of at most `cells_max` cells.
pub(super) fn read(
    text: &str,
    strings: &[Arc<str>],
    cells_max: usize,
    depth_max: usize,
    left_out: &mut BTreeMap<&'static str, usize>,
) -> Result<Read, Hostile> {
    let (read, cell) = (Read::default(), Cell::default());
    let (shared, arrays, row, column) = (BTreeMap::new(), Vec::new(), 0, 0);
    let mut reader = Reader { read, strings, left_out, shared, arrays, cell, row, column };
    let mut within = Within::Other;
    for token in Tokens::new(text, depth_max) {
        let token = token?;
        reader.read.rules.see(&token);
        reader.read.laid.see(&token, reader.left_out);
        match token {
            Token::Open(tag) => within = reader.open(&tag)?,
            Token::Text(text) => match within {
                Within::Value => add(&mut reader.cell.value, text),
                Within::Formula => add(&mut reader.cell.formula, text),
                Within::Other => {}
            },
            Token::Close(end) => {
                within = Within::Other;
                if end.name() == "c" {
                    reader.close()?;
                    let Read { cells, looks, .. } = &reader.read;
                    if cells.cells() > cells_max || looks.len() > cells_max * 2 {
                        return Err(Hostile::TooManyCells);
                    }
                }
            }
        }
    }
    Ok(reader.read)
}

/// Texts come whole but for references in them.
fn add<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

impl Reader<'_, '_> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<Within, Hostile> {
        let number = |key: &str| tag.get(key).and_then(|text| text.parse::<u32>().ok());
        match tag.name() {
            "row" => {
                (self.row, self.column) = (number("r").unwrap_or(self.row.saturating_add(1)), 0);
                let row = self.row;
                self.arrays.retain(|array| array.to.row >= row);
            }
            "c" => self.begin(tag)?,
            "f" => {
                self.cell.shared = number("si").filter(|_| tag.get("t").is_some());
                let area = tag.get("ref").filter(|_| tag.get("t").as_deref() == Some("array"));
                let area = area.and_then(|text| text.parse::<Area>().ok());
                let area = area.filter(|area| area.cells() > 1 && self.arrays.len() < ARRAYS_MAX);
                self.arrays.extend(area);
                return Ok(Within::Formula);
            }
            "v" | "t" => return Ok(Within::Value),
            name => {
                if let Some((_, word)) = LEFT_OUT.iter().find(|(known, _)| *known == name) {
                    *self.left_out.entry(word).or_insert(0) += 1;
                }
            }
        }
        Ok(Within::Other)
    }

    /// A cell begins.
    fn begin(&mut self, tag: &Tag<'_>) -> Result<(), Hostile> {
        let mut place = Place::new(self.row, self.column + 1);
        let (mut sort, mut look) = (Sort::default(), None);
        let nowhere = |said: &str| Hostile::Broken(format!("a cell stands at {said}"));
        for (key, said) in tag.attributes() {
            match key {
                "r" => place = Some(said.parse().map_err(|_| nowhere(&said))?),
                "t" => sort = Sort::read(&said),
                "s" => look = said.parse::<usize>().ok().filter(|look| *look > 0),
                _ => {}
            }
        }
        let place = place.ok_or_else(|| nowhere("no place"))?;
        self.column = place.column;
        self.cell = Cell { place: Some(place), sort, ..Cell::default() };
        if let Some(look) = look {
            self.read.looks.insert((place.column, place.row), look);
        }
        Ok(())
    }

    /// A cell ends: what it holds is kept.
    fn close(&mut self) -> Result<(), Hostile> {
        let cell = std::mem::take(&mut self.cell);
        let Some(place) = cell.place else {
            return Ok(());
        };
        let content = match self.formula(place, &cell)? {
            Some(formula) => Some(formula),
            // What an array comes to here is no content.
            None if self.arrays.iter().any(|array| array.contains(place)) => None,
            None => value(place, &cell, self.strings)?,
        };
        if content.is_some() {
            self.read.cells.set(place, content);
        }
        Ok(())
    }

    fn formula(&mut self, place: Place, cell: &Cell<'_>) -> Result<Option<Content>, Hostile> {
        let formula = match (cell.shared, cell.formula.is_empty()) {
            (Some(group), false) => {
                self.shared.insert(group, (place, cell.formula.as_ref().to_owned()));
                Cow::Borrowed(cell.formula.as_ref())
            }
            (Some(group), true) => {
                let (from, formula) = self
                    .shared
                    .get(&group)
                    .ok_or_else(|| Hostile::Broken(format!("the formula of {place} is missing")))?;
                let rows = i64::from(place.row) - i64::from(from.row);
                let columns = i64::from(place.column) - i64::from(from.column);
                let moved = Moved { rows, columns };
                let moved = rewrite(formula, |old| moved.reference(old));
                moved.map_or_else(|| Cow::Borrowed(formula.as_str()), Cow::Owned)
            }
            (None, false) => Cow::Borrowed(cell.formula.as_ref()),
            (None, true) => return Ok(None),
        };
        if formula.contains('[') && formula.contains(']') && formula.contains('!') {
            *self.left_out.entry("external_references").or_insert(0) += 1;
        }
        let plain = formula.replace("_xlfn.", "").replace("_xlws.", "").replace("_xlpm.", "");
        Ok(Some(Content::Formula(format!("={plain}").into())))
    }
}

/// What a cell without a formula holds.
fn value(place: Place, cell: &Cell<'_>, strings: &[Arc<str>]) -> Result<Option<Content>, Hostile> {
    if cell.value.is_empty() {
        return Ok(None);
    }
    Ok(Some(match cell.sort {
        Sort::Shared => {
            let text = cell.value.trim().parse::<usize>().ok().and_then(|at| strings.get(at));
            let text = text.ok_or_else(|| Hostile::Broken(format!("{place} has no text")))?;
            Content::Text(Arc::clone(text))
        }
        Sort::Bool => Content::Bool(cell.value.trim() == "1"),
        Sort::Text => Content::Text(cell.value.as_ref().into()),
        Sort::Error => Content::Formula(format!("={}", cell.value.trim()).into()),
        Sort::Number => {
            let number = cell.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            let number = number.ok_or_else(|| Hostile::Broken(format!("{place} has no number")))?;
            Content::Number(number)
        }
    }))
}
