//! Workbooks as people fill them: sheets of numbers, texts and formulas, names for areas, and rules
//! for what cells may hold.

mod content;
mod edit;
mod grid;
mod layout;
mod lines;
mod place;
mod reference;
mod rule;
mod scan;
mod shift;
mod show;
mod style;
#[cfg(test)]
mod tests;
mod view;
mod workbook;

pub use content::Content;
pub(crate) use content::plain_number;
pub use edit::Axis;
pub use grid::Grid;
pub use layout::{Layout, MERGED_CELLS_MAX, Sizes};
pub use place::{Area, COLUMNS_MAX, Place, ROWS_MAX, column_name};
pub use reference::{Corner, Mark, Reference};
pub use rule::{Allow, Bound, Compare, Otherwise, Rule};
pub use scan::{Piece, scan};
pub use shift::{Deleted, Inserted, Moved, Renamed, rewrite, same_name};
pub use show::show;
pub use style::{Align, Style};
pub use view::{ChartOf, Kept, PivotOf, SeriesOf, SumOf, View};
pub use workbook::{Sheet, Workbook};
