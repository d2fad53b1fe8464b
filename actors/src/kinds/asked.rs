//! Commands that one actor is to send to another later, held against the pages beforehand.

use std::sync::LazyLock;

use contracts::{Kind, Pages};
use serde_json::{Value, json};

/// The pages of Cambium's own kinds. Kinds that a program adds are not among them.
pub(super) static PAGES: LazyLock<Pages> = LazyLock::new(Pages::standard);

/// Whether a kind of Cambium's own has the command and can read the input; of other kinds nothing
/// is known here, and their own actors say so.
///
/// # Errors
/// What is wrong, for whoever wants to send it.
pub(super) fn ensure(kind: &Kind, command: &str, input: &Value) -> Result<(), String> {
    let Some(page) = PAGES.get(kind) else { return Ok(()) };
    if page.command(command).is_none() {
        return Err(format!("{kind} has no command `{command}`"));
    }
    // Nothing said is sent as an empty object.
    let nothing = json!({});
    let input = if input.is_null() { &nothing } else { input };
    page.ensure_readable(command, input).map_err(|refusal| {
        let faults: Vec<_> =
            refusal.errors.iter().map(|it| format!("{} {}", it.field, it.message)).collect();
        let all = if faults.is_empty() { refusal.message } else { faults.join("; ") };
        format!("{kind} {command} takes no such input: {all}")
    })
}
