//! Limits of an input's members, checked by name: every fault is told, not only the first.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::privacy::plain_bytes;
use crate::refusal::{FieldError, Refusal, RefusalClass};

/// What a text looks like that [`Check::text`] takes, as a schema says it: not blank, without NUL.
pub const SAID: &str = r"^[^\x00]*[^\s\x00][^\x00]*$";

/// What a text looks like that [`Check::body`] takes, as a schema says it: without NUL.
pub const PLAIN: &str = r"^[^\x00]*$";

/// What the reference of a picture looks like: `blob:` and the BLAKE3 of its bytes.
pub const PICTURE: &str = "^blob:[0-9a-f]{64}$";

/// That exactly one of these members says something, as `oneOf` of a schema: null says nothing.
#[must_use]
pub fn one_of(names: &[&str]) -> Value {
    let said = json!({ "type": ["boolean", "number", "string", "array", "object"] });
    let each = names.iter();
    each.map(|name| json!({ "required": [name], "properties": { *name: said.clone() } })).collect()
}

/// Whether a number says nothing, as what is left out does.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(crate) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Collects what is wrong with an input.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Nothing is wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `text` is not blank and has at most `bytes_max` bytes.
    #[must_use]
    pub fn text(self, field: impl Display, text: &str, bytes_max: usize) -> Self {
        let blank = text.trim().is_empty();
        self.body(&field, text, bytes_max).ensure(!blank, &field, "may not be blank")
    }

    /// `text`, when there is one, is as [`Check::text`] wants it.
    #[must_use]
    pub fn text_opt(self, field: impl Display, text: Option<&String>, bytes_max: usize) -> Self {
        match text {
            Some(text) => self.text(field, text, bytes_max),
            None => self,
        }
    }

    /// `text` may be blank and has at most `bytes_max` bytes, none of them NUL: databases differ
    /// in whether they can keep it. A protected text is as long as what it protects.
    #[must_use]
    pub fn body(self, field: impl Display, text: &str, bytes_max: usize) -> Self {
        let bytes = plain_bytes(text);
        let size = format!("has {bytes} bytes; {bytes_max} are allowed");
        self.ensure(bytes <= bytes_max, &field, size).ensure(
            !text.contains('\0'),
            &field,
            "may not contain U+0000",
        )
    }

    /// A list has at most `items_max` members.
    #[must_use]
    pub fn items(self, field: impl Display, items: usize, items_max: usize) -> Self {
        let message = format!("has {items} members; {items_max} are allowed");
        self.ensure(items <= items_max, field, message)
    }

    /// `ok` holds, or `field` is at fault.
    #[must_use]
    pub fn ensure(mut self, ok: bool, field: impl Display, message: impl Into<String>) -> Self {
        if !ok {
            let field = format!("input.{field}");
            self.errors.push(FieldError { field, message: message.into() });
        }
        self
    }

    /// Nothing was wrong.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn done(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut refusal =
            Refusal::new(RefusalClass::Malformed, "invalid_input", "the input breaks a rule");
        refusal.errors = self.errors;
        Err(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn every_fault_is_told() {
        let refusal = Check::new()
            .text("title", " ", 10)
            .text("text", "too long", 3)
            .items("list", 4, 3)
            .body("nul", "a\0b", 9)
            .text_opt("none", None, 1)
            .done()
            .unwrap_err();
        let fields: Vec<_> = refusal.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["input.title", "input.text", "input.list", "input.nul"]);
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(Check::new().text("a", "abc", 3).items("b", 3, 3).body("c", "", 0).done().is_ok());
    }
}
