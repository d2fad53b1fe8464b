//! The limits of a deck.

/// The longest title of a deck or a slide, and the longest name or label, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest topic, goal or audience, in bytes.
pub const TOPIC_BYTES_MAX: usize = 4 * 1024;

/// Context and sections that a storyboard is made from, together, in bytes. They stand in a commit
/// up to three times.
pub const MATERIAL_BYTES_MAX: usize = 160 * 1024;

/// The longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 128;

/// Slides of a storyboard.
pub const STORYBOARD_MAX: usize = 100;

/// Slides of a storyboard when nothing says how many.
pub const STORYBOARD_USUAL: u32 = 10;

/// The longest description of a planned slide, and the longest point, in bytes.
pub const CARD_BYTES_MAX: usize = 2 * 1024;

/// Points of a planned slide.
pub const POINTS_MAX: usize = 12;

/// Slides of a deck.
pub const SLIDES_MAX: usize = 500;

/// The longest id of a slide, in bytes.
pub const SLIDE_ID_BYTES_MAX: usize = 64;

/// The longest id of a layout, in bytes.
pub const LAYOUT_BYTES_MAX: usize = 200;

/// What is on one slide, in bytes of JSON.
pub const SLIDE_BYTES_MAX: usize = 128 * 1024;

/// What is on all slides together, in bytes of JSON.
pub const DECK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Layouts, masters, theme and size of a deck, in bytes of JSON.
pub const DESIGN_BYTES_MAX: usize = 256 * 1024;

/// A text of a slide as CommonMark, in bytes.
pub const TEXT_BYTES_MAX: usize = 32 * 1024;

/// The notes of a slide, in bytes.
pub const NOTES_BYTES_MAX: usize = 16 * 1024;

/// Parts of a slide.
pub const PARTS_MAX: usize = 50;

/// The highest number of a place.
pub const PLACE_MAX: u32 = 1_000_000;

/// Paragraphs of a text.
pub const PARAGRAPHS_MAX: usize = 500;

/// Cells of a table.
pub const CELLS_MAX: usize = 1_000;

/// Numbers of a chart.
pub const POINTS_DRAWN_MAX: usize = 2_000;

/// Boxes of a diagram.
pub const NODES_MAX: usize = 200;

/// Arrows of a diagram.
pub const EDGES_MAX: usize = 500;

/// What is to be drawn, in bytes of JSON or of words.
pub const DATA_BYTES_MAX: usize = 64 * 1024;

/// Slides that one `load` brings.
pub const LOAD_SLIDES_MAX: usize = 100;

/// What one `load` brings, in bytes of JSON.
pub const LOAD_BYTES_MAX: usize = 400 * 1024;

/// Findings that one answer tells.
pub const FINDINGS_MAX: usize = 500;

/// An answer, in bytes of JSON: it must fit into a commit beside the events.
pub const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// A file that an answer holds, in bytes.
pub const FILE_BYTES_MAX: usize = 512 * 1024;

/// Answers of models that a deck may wait for at once.
pub const WAITING_MAX: usize = 32;

/// Tokens that a storyboard may have.
pub const STORYBOARD_TOKENS_MAX: u32 = 16_384;

/// How long one model answer is waited for, in milliseconds.
pub const ANSWER_MS_MAX: u64 = 300_000;
