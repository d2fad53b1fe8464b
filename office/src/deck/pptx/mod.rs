//! Decks as `.pptx` files. Charts are charts with their numbers, diagrams are shapes that hold on
//! to each other, and titles, texts and pictures stand in the places of their layouts.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

/// How the ids of sorts of relations begin.
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// What drawings are named by.
const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006/main";
/// What charts are named by.
const CHART: &str = "http://schemas.openxmlformats.org/drawingml/2006/chart";
/// What tables are named by.
const TABLE: &str = "http://schemas.openxmlformats.org/drawingml/2006/table";
/// What names the smallest letters of a place, which the format has no word for.
const LETTERS: &str = "{6C1D0B5E-7A58-4E0B-9C43-5F1B7D2E9A10}";
