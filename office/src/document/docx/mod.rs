//! Documents as `.docx` files.
//!
//! Both directions are our own: parts of XML in an archive, read within the bounds of
//! [`crate::package`]. What other programs have no word for is told by the ids of styles and the
//! names of bookmarks below, so that our own files lose little.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// The style of a text that is shown as it is.
const CODE: &str = "SourceCode";
/// The style of a run of such text.
const CODE_RUN: &str = "VerbatimChar";
/// The style of words that stand in the text as inserted ones, and of such code.
const INSERTED: &str = "InsertedText";
const INSERTED_CODE: &str = "InsertedCode";
/// The style of words that stand in the text as deleted ones, and of such code.
const DELETED: &str = "DeletedText";
const DELETED_CODE: &str = "DeletedCode";
/// The style of what somebody else said.
const QUOTE: &str = "Quote";
/// The style of a line across.
const RULE: &str = "HorizontalRule";
/// The style of what goes on in an item of a list.
const CONTINUED: &str = "ListContinue";
/// The style of a source.
const SOURCE: &str = "Bibliography";
/// The style of the title.
const TITLE: &str = "Title";
/// What the name of the bookmark at a source begins with; its number and key follow.
const SOURCE_MARK: &str = "source_";
/// How far each level of a list is from the one around it, in twentieths of a point.
const LEVEL_TWIPS: usize = 360;
/// How many levels lists have.
const LEVELS_MAX: usize = 9;
/// The signs of tasks: open and done.
const TASKS: [&str; 2] = ["\u{2610} ", "\u{2611} "];
