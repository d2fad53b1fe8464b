//! Portable SQL in PostgreSQL's words. What is translated are constants of this crate: nothing
//! that a caller says stands in a statement.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A statement with numbered placeholders, and with patterns that take ASCII letters of both cases
/// for the same, as SQLite's do.
pub(super) fn statement(sql: &str) -> Cow<'_, str> {
    let mut said = Cow::Borrowed(sql);
    if sql.contains(" LIKE ") {
        said = Cow::Owned(said.replace(" LIKE ", " ILIKE "));
    }
    if !said.contains('?') {
        return said;
    }
    let mut numbered = String::with_capacity(said.len() + 16);
    for (number, part) in said.split('?').enumerate() {
        if number > 0 {
            let _ = write!(numbered, "${number}");
        }
        numbered.push_str(part);
    }
    Cow::Owned(numbered)
}

/// A definition with the types of this engine. Texts are ordered by their bytes, whatever the
/// language of the database.
pub(super) fn definition(sql: &str) -> String {
    sql.replace(" BLOB", " BYTEA").replace(" TEXT", " TEXT COLLATE \"C\"")
}

/// The sign that stands before what no text of the engine may hold.
const VEIL: char = '\u{1}';

/// A text without the NUL character, which the engine refuses. It can be undone, and the order of
/// texts by their bytes stays.
pub(super) fn veil(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(0, 1, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut veiled = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => veiled.extend([VEIL, '\u{1}']),
            VEIL => veiled.extend([VEIL, '\u{2}']),
            c => veiled.push(c),
        }
    }
    Cow::Owned(veiled)
}

/// The text that [`veil`] was given.
pub(super) fn unveil(text: String) -> String {
    if memchr::memchr(1, text.as_bytes()).is_none() {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            VEIL => plain.push(if chars.next() == Some('\u{2}') { VEIL } else { '\0' }),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{definition, statement, unveil, veil};

    #[test]
    fn placeholders_are_numbered_and_patterns_fold_case() {
        let sql = "SELECT a FROM t WHERE b = ? AND c LIKE ? ESCAPE '\\' LIMIT ?";
        let wanted = "SELECT a FROM t WHERE b = $1 AND c ILIKE $2 ESCAPE '\\' LIMIT $3";
        assert_eq!(statement(sql), wanted);
        assert_eq!(statement("SELECT $1"), "SELECT $1");
        let made = definition("CREATE TABLE t (text TEXT NOT NULL, blob BLOB)");
        assert_eq!(made, "CREATE TABLE t (text TEXT COLLATE \"C\" NOT NULL, blob BYTEA)");
    }

    #[test]
    fn what_the_engine_refuses_comes_back_and_keeps_its_place() {
        let mut texts = ["", "\0", "\0\0", "\0a", "\u{1}", "\u{1}\0", "\u{1}\u{2}", "\u{2}", "a"]
            .map(str::to_owned);
        for text in &texts {
            let veiled = veil(text).into_owned();
            assert!(!veiled.contains('\0'));
            assert_eq!(unveil(veiled), *text);
        }
        texts.sort();
        let mut veiled = texts.each_ref().map(|text| veil(text).into_owned());
        veiled.sort();
        assert_eq!(veiled.map(unveil), texts);
    }
}
