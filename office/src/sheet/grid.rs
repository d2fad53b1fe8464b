//! The cells of a sheet, in blocks of rows: a copy shares them, and a change copies one block.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::content::Content;
use super::place::{Area, Place};

/// How many rows one block holds.
const BLOCK_ROWS: u32 = 64;

type Block = BTreeMap<(u32, u32), Content>;

/// The cells that hold something.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    blocks: BTreeMap<u32, Arc<Block>>,
    cells: usize,
    bytes: usize,
}

impl Grid {
    /// What the cell holds.
    #[must_use]
    pub fn get(&self, place: Place) -> Option<&Content> {
        self.blocks.get(&block_of(place))?.get(&(place.row, place.column))
    }

    /// Puts `content` into a cell; none empties it.
    pub fn set(&mut self, place: Place, content: Option<Content>) {
        let at = block_of(place);
        if content.is_none() && self.get(place).is_none() {
            return;
        }
        let block = Arc::make_mut(self.blocks.entry(at).or_default());
        let key = (place.row, place.column);
        self.bytes += content.as_ref().map_or(0, Content::bytes);
        self.cells += usize::from(content.is_some());
        let old = match content {
            Some(content) => block.insert(key, content),
            None => block.remove(&key),
        };
        self.bytes -= old.as_ref().map_or(0, Content::bytes);
        self.cells -= usize::from(old.is_some());
        if block.is_empty() {
            self.blocks.remove(&at);
        }
    }

    /// How many cells hold something.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.cells
    }

    /// Bytes of all that they hold.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The cells that hold something, row by row.
    pub fn iter(&self) -> impl Iterator<Item = (Place, &Content)> {
        self.blocks.values().flat_map(|block| block.iter()).map(|(key, content)| {
            let (row, column) = *key;
            (Place { row, column }, content)
        })
    }

    /// The cells of an area that hold something, row by row.
    pub fn within(&self, area: Area) -> impl Iterator<Item = (Place, &Content)> {
        let blocks = self.blocks.range(block_of(area.from)..=block_of(area.to));
        let cells = blocks.flat_map(move |(_, block)| {
            let from = (area.from.row, 0);
            block.range(from..=(area.to.row, u32::MAX))
        });
        let places =
            cells.map(|((row, column), content)| (Place { row: *row, column: *column }, content));
        places.filter(move |(place, _)| area.contains(*place))
    }

    /// The smallest area from `A1` that has all cells; none when the sheet is empty.
    #[must_use]
    pub fn used(&self) -> Option<Area> {
        let columns = self.iter().map(|(place, _)| place.column).max()?;
        let rows = self.blocks.values().next_back()?.keys().next_back()?.0;
        let from = Place { row: 1, column: 1 };
        Some(Area { from, to: Place { row: rows, column: columns } })
    }

    /// The last row that holds something; 0 when the sheet is empty.
    #[must_use]
    pub fn last_row(&self) -> u32 {
        let last = self.blocks.values().next_back().and_then(|block| block.keys().next_back());
        last.map_or(0, |(row, _)| *row)
    }

    /// Every place whose content is another one in `older`, with what it holds here. What both
    /// share is not looked at.
    pub fn changes_since<'a>(
        &'a self,
        older: &'a Self,
    ) -> impl Iterator<Item = (Place, Option<&'a Content>)> {
        let gone = older.blocks.keys().filter(|at| !self.blocks.contains_key(*at));
        let blocks = self.blocks.keys().chain(gone).filter(|at| {
            match (self.blocks.get(*at), older.blocks.get(*at)) {
                (Some(here), Some(there)) => !Arc::ptr_eq(here, there),
                _ => true,
            }
        });
        blocks.flat_map(move |at| {
            let (here, there) = (self.blocks.get(at), older.blocks.get(at));
            let of = |block: Option<&'a Arc<Block>>| block.into_iter().flat_map(|b| b.iter());
            let now = of(here).filter(move |(key, content)| {
                there.and_then(|there| there.get(*key)) != Some(*content)
            });
            let emptied =
                of(there).filter(move |(key, _)| here.is_none_or(|here| !here.contains_key(*key)));
            let now = now.map(|(key, content)| (*key, Some(content)));
            let all = now.chain(emptied.map(|(key, _)| (*key, None)));
            all.map(|((row, column), content)| (Place { row, column }, content))
        })
    }
}

impl FromIterator<(Place, Content)> for Grid {
    fn from_iter<T: IntoIterator<Item = (Place, Content)>>(cells: T) -> Self {
        let mut grid = Self::default();
        for (place, content) in cells {
            grid.set(place, Some(content));
        }
        grid
    }
}

/// As an object of places and contents: `{"A1": 3, "B1": "=A1*2"}`.
impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(place, content)| (place, content.to_json())))
    }
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said: BTreeMap<Place, Value> = BTreeMap::deserialize(deserializer)?;
        let mut grid = Self::default();
        for (place, value) in said {
            let content = Content::read(&value);
            grid.set(place, content.map_err(|value| D::Error::custom(value.to_string()))?);
        }
        Ok(grid)
    }
}

const fn block_of(place: Place) -> u32 {
    (place.row - 1) / BLOCK_ROWS
}
