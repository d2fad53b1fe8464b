//! `openapi`: the document of this program.

use crate::cli::context::Cx;
use crate::cli::failure::Failure;

/// Prints the document. Needs no server.
///
/// # Errors
/// As [`crate::cli::out::Out::line`].
pub fn run(cx: &mut Cx<'_>) -> Result<(), Failure> {
    let document = cx.local.openapi();
    if cx.out.is_json() { cx.out.json(&document) } else { cx.out.pretty(&document) }
}
