//! Documents as CommonMark with tables, notes, tasks and struck text.
//!
//! What CommonMark has no sign for is said in HTML that any reader of it shows or skips: `<u>`,
//! `<sub>`, `<sup>`, `<ins>` and `<del>`, and the remarks `<!-- contents -->` and
//! `<!-- page break -->`. A source is a note whose name begins with `@`. The title stands in a
//! block of metadata.

mod inline;
mod read;
mod write;

pub use read::read;
pub use write::write;

/// The remark where a table of contents stands.
const CONTENTS: &str = "<!-- contents -->";

/// The remark where a page begins.
const PAGE_BREAK: &str = "<!-- page break -->";
