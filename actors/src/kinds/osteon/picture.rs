//! Pictures in the texts of a document: `![what it shows](blob:…)`.

use std::collections::BTreeSet;

use contracts::kinds::check::Check;
use contracts::kinds::osteon::limits::{ALT_BYTES_MAX, REMARK_BYTES_MAX};
use contracts::kinds::osteon::{Change, ChangeSection, Event, PutPicture, Rejection};
use contracts::{Decision, Hash};

use super::hand::found;
use super::work::Work;
use super::{prose, remarks};

/// What the reference of a picture begins with.
const BLOB: &str = "blob:";
/// How many digits the name of a blob has.
const DIGITS: usize = 64;
/// What means something else in CommonMark than itself.
const SIGNS: [char; 11] = ['\\', '`', '*', '_', '[', ']', '<', '>', '&', '~', '|'];

/// Puts a picture into a section: behind words of it, or at its end.
pub(super) fn put_picture(
    work: Work<'_>,
    input: &PutPicture,
) -> Result<Decision<Event>, Rejection> {
    let named = input.picture.strip_prefix(BLOB).is_some_and(is_name);
    Check::new()
        .ensure(named, "picture", "is `blob:` and 64 hexadecimal digits")
        .text("alt", &input.alt, ALT_BYTES_MAX)
        .text_opt("after", input.after.as_ref(), REMARK_BYTES_MAX)
        .done()?;
    let section = found(&work.state, &input.section)?;
    let mark = format!("![{}]({})", escaped(&input.alt), input.picture);
    let change = match &input.after {
        Some(after) => Change { old: after.clone(), new: format!("{after} {mark}") },
        None => Change { old: String::new(), new: format!("{}{mark}", before(&section.text)) },
    };
    let section = section.id.clone();
    remarks::change_section(work, &ChangeSection { section, changes: vec![change] })
}

/// What stands between a text and a paragraph that is added at its end.
fn before(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    match prose::gap(text) {
        gap if gap == " " => "\n\n".to_owned(),
        gap => gap,
    }
}

/// A line that means nothing but itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.trim().chars() {
        match sign {
            sign if sign.is_control() => out.push(' '),
            sign if SIGNS.contains(&sign) => out.extend(['\\', sign]),
            sign => out.push(sign),
        }
    }
    out
}

fn is_name(name: &str) -> bool {
    name.len() == DIGITS && name.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// The blobs that a text names.
pub(crate) fn named(text: &str) -> BTreeSet<Hash> {
    let after = text.match_indices(BLOB).filter_map(|(at, _)| text.get(at + BLOB.len()..));
    let names = after.filter_map(|rest| rest.get(..DIGITS).filter(|name| is_name(name)));
    names.filter_map(|name| name.parse().ok()).collect()
}
