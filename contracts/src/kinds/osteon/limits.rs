//! The limits of a document. A request for a draft stands up to four times in one commit (event,
//! prompt, task, tag), so that [`MATERIAL_BYTES_MAX`] bounds a commit's size.

/// The longest title of a document or of a section, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest goal, topic or audience, in bytes.
pub const GOAL_BYTES_MAX: usize = 4 * 1024;

/// The longest feedback to an edit, in bytes.
pub const FEEDBACK_BYTES_MAX: usize = 4 * 1024;

/// Context and sources of one request together, in bytes.
pub const MATERIAL_BYTES_MAX: usize = 160 * 1024;

/// Sources of one request.
pub const REQUEST_SOURCES_MAX: usize = 100;

/// The longest reference of a source, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 2 * 1024;

/// The longest text of a section, and the longest text that is edited, in bytes.
pub const SECTION_BYTES_MAX: usize = 64 * 1024;

/// The longest text that is summarised, in bytes.
pub const SUMMARY_BYTES_MAX: usize = 256 * 1024;

/// Sections of a document.
pub const SECTIONS_MAX: usize = 1_000;

/// Sections that one `load` brings.
pub const LOAD_SECTIONS_MAX: usize = 50;

/// What one `load` brings, in bytes of titles, texts and sources.
pub const LOAD_BYTES_MAX: usize = 256 * 1024;

/// Titles and texts of all sections together, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Titles and texts of sections that are sent along, in bytes.
pub const GIVEN_BYTES_MAX: usize = 512 * 1024;

/// Changes of one command.
pub const CHANGES_MAX: usize = 100;

/// Open comments of a document.
pub const COMMENTS_MAX: usize = 500;

/// Open suggestions of a document.
pub const SUGGESTIONS_MAX: usize = 200;

/// The longest comment, quote or reason, in bytes.
pub const REMARK_BYTES_MAX: usize = 4 * 1024;

/// The longest id of a comment or a suggestion, in bytes.
pub const REMARK_ID_BYTES_MAX: usize = 64;

/// Criteria of one review.
pub const CRITERIA_MAX: usize = 50;

/// The longest name of a criterion, in bytes.
pub const CRITERION_BYTES_MAX: usize = 200;

/// Reviews that a document remembers; the log has all.
pub const REVIEWS_KEPT_MAX: usize = 10;

/// The name of somebody who said something elsewhere, in bytes.
pub const AUTHOR_BYTES_MAX: usize = 128;

/// What is said of a picture for who cannot see it, in bytes.
pub const ALT_BYTES_MAX: usize = 1024;

/// The largest picture that a document takes from a file or shows in one, in bytes.
pub const PICTURE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Fields that one `fill` names.
pub const FIELDS_MAX: usize = 100;

/// The longest name of a field, in bytes.
pub const FIELD_NAME_BYTES_MAX: usize = 64;

/// What stands in place of a field, in bytes.
pub const FIELD_BYTES_MAX: usize = 16 * 1024;

/// Places that one `fill` fills.
pub const FILL_PLACES_MAX: usize = 2_000;

/// What one `fill` writes, in bytes.
pub const FILL_BYTES_MAX: usize = 512 * 1024;

/// Titles of an outline.
pub const OUTLINE_TITLES_MAX: usize = 40;

/// Sections of an outline when nobody says how many: the fewest.
pub const OUTLINE_SECTIONS_LOW: u32 = 5;

/// Sections of an outline when nobody says how many: the most.
pub const OUTLINE_SECTIONS_HIGH: u32 = 8;

/// Sources that a document remembers. Those that nothing cites are forgotten first.
pub const SOURCES_MAX: usize = 500;

/// The metadata of a document, in bytes of JSON.
pub const METADATA_BYTES_MAX: usize = 16 * 1024;

/// The longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 128;

/// The longest id of a section, in bytes.
pub const SECTION_ID_BYTES_MAX: usize = 64;

/// Answers of models that a document may wait for at once.
pub const WAITING_MAX: usize = 32;

/// Tokens that an outline may have.
pub const OUTLINE_TOKENS_MAX: u32 = 1_024;

/// Tokens that one drafted section may have.
pub const SECTION_TOKENS_MAX: u32 = 2_048;

/// Tokens that all sections of one draft may have.
pub const DRAFT_TOKENS_MAX: u32 = 16_384;

/// Tokens that an edited text may have.
pub const EDIT_TOKENS_MAX: u32 = 65_536;

/// Tokens that a summary may have.
pub const SUMMARY_TOKENS_MAX: u32 = 1_024;

/// Texts that one draft may bring, in bytes. They stand twice in one commit: as events and in the
/// answer.
pub const DRAFT_BYTES_MAX: usize = 256 * 1024;

/// The answer to a command that a model has worked on, in bytes of JSON: it must fit into a commit
/// beside the events.
pub const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// How long one model answer is waited for, in milliseconds. Drafting without an outline needs two.
pub const ANSWER_MS_MAX: u64 = 300_000;

/// Lines, or words of one changed passage, up to which a diff is the shortest one; a longer change
/// is told as one replacement.
pub const DIFF_TOKENS_MAX: usize = 2_000;
