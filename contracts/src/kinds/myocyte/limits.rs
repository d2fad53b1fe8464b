//! The limits of a workbook.

/// The longest title of a workbook, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest name of a sheet, in characters, as in files.
pub const SHEET_NAME_MAX: usize = 31;

/// The longest name of an area, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// The longest name of a place or an area, such as `Prices!A1:C9`, in bytes.
pub const PLACE_BYTES_MAX: usize = 160;

/// Sheets of a workbook.
pub const SHEETS_MAX: usize = 100;

/// Names of areas of a workbook.
pub const NAMES_MAX: usize = 1_000;

/// Areas of a sheet that look different.
pub const STYLES_MAX: usize = 1_000;

/// The longest format of numbers or colour, in bytes.
pub const FORMAT_BYTES_MAX: usize = 100;

/// The longest text of a cell, in bytes.
pub const TEXT_BYTES_MAX: usize = 32_767;

/// The longest formula, in bytes.
pub const FORMULA_BYTES_MAX: usize = 8_192;

/// Cells of a workbook that hold something.
pub const CELLS_MAX: usize = 200_000;

/// What all cells of a workbook hold, in bytes.
pub const CONTENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Cells that one command sets.
pub const SET_CELLS_MAX: usize = 20_000;

/// What one command sets, in bytes of JSON: it must fit into a commit.
pub const SET_BYTES_MAX: usize = 400 * 1024;

/// The text of a table that one command brings, in bytes.
pub const TABLE_BYTES_MAX: usize = 384 * 1024;

/// Rows or columns that come or go at once.
pub const LINES_MAX: u32 = 100_000;

/// Columns by which an area is sorted.
pub const SORT_COLUMNS_MAX: usize = 16;

/// Rows that are sorted at once: their new order stands in one commit.
pub const SORT_ROWS_MAX: u32 = 50_000;

/// Cells that one answer tells.
pub const READ_CELLS_MAX: u64 = 10_000;

/// Cells that come to something else, told in one answer.
pub const CHANGED_MAX: usize = 500;

/// Cycles that are named.
pub const CYCLES_MAX: usize = 5;

/// Cells of one cycle that are named.
pub const CYCLE_CELLS_MAX: usize = 50;

/// Formulas that are computed by one command without being kept.
pub const FORMULAS_MAX: usize = 100;

/// Tables that such a command may bring.
pub const TABLES_MAX: usize = 20;

/// Cells of the array that one such formula comes to.
pub const ARRAY_CELLS_MAX: usize = 1_000;

/// Numbers that a forecast is made from.
pub const HISTORY_MAX: usize = 5_000;

/// Numbers that a forecast tells.
pub const PERIODS_MAX: u32 = 100;

/// Series of a chart.
pub const CHART_SERIES_MAX: usize = 8;

/// Cells of one series of a chart.
pub const CHART_POINTS_MAX: u64 = 2_000;

/// The smallest width and height of a chart, in pixels.
pub const CHART_PIXELS_MIN: u32 = 200;

/// The largest width and height of a chart, in pixels.
pub const CHART_PIXELS_MAX: u32 = 4_000;

/// Columns by which rows are brought together, and columns that are summed up.
pub const PIVOT_FIELDS_MAX: usize = 8;

/// Rows that are brought together at once.
pub const PIVOT_ROWS_MAX: u64 = 100_000;

/// Conditions of one filter.
pub const FILTER_CONDITIONS_MAX: usize = 16;

/// Rows that are looked through at once.
pub const FILTER_ROWS_MAX: u64 = 200_000;

/// What is unclear about a table, told in one answer.
pub const UNCLEAR_MAX: usize = 100;

/// A file that a command brings, in bytes.
pub const IMPORT_BYTES_MAX: usize = 256 * 1024;

/// The same file in base64, in bytes.
pub const IMPORT_BASE64_BYTES_MAX: usize = IMPORT_BYTES_MAX.div_ceil(3) * 4;

/// Words for what of a file was left out.
pub const LEFT_OUT_MAX: usize = 64;

/// A file that an answer holds, in bytes.
pub const FILE_BYTES_MAX: usize = 512 * 1024;

/// Rules of a sheet.
pub const RULES_MAX: usize = 200;

/// The longest formula of a rule, in bytes, as in files.
pub const RULE_FORMULA_BYTES_MAX: usize = 255;

/// The longest message of a rule and the longest content of its list, in characters, as in files.
pub const RULE_MESSAGE_MAX: usize = 255;

/// What the list of a rule holds.
pub const RULE_LISTED_MAX: usize = 100;

/// Cells of rules with formulas that one command looks at.
pub const RULE_COMPUTED_MAX: usize = 20_000;

/// Cells that break rules, told in one answer.
pub const BROKEN_MAX: usize = 100;

/// The widest column, in letters, as in files.
pub const COLUMN_LETTERS_MAX: f64 = 255.0;

/// The highest row, in points, as in files.
pub const ROW_POINTS_MAX: f64 = 409.5;

/// Lines of one size beside each other that one command sizes.
pub const SIZED_RUNS_MAX: usize = 1_000;

/// Rows, and columns, of a sheet that have a size of their own.
pub const SIZED_MAX: usize = 20_000;

/// Rows, and columns, that stay in view.
pub const FROZEN_MAX: u32 = 1_000;

/// Areas of a sheet whose cells are one.
pub const MERGED_MAX: usize = 1_000;

/// Charts and sums that stay with a workbook.
pub const VIEWS_MAX: usize = 100;
