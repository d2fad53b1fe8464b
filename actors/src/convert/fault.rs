//! Why a file is not taken or not made, as stable codes.

use contracts::effect::ConvertFormat;
use contracts::{Kind, Refusal, RefusalClass};
use office::deck;
use office::document::Error;
use office::package::Hostile;
use office::table::Unreadable;
use serde_json::json;

/// The file is larger, or grows larger, than is allowed.
pub fn too_large(bytes: u64, bytes_max: u64) -> Refusal {
    let message = format!("the file has {bytes} bytes; {bytes_max} are allowed");
    Refusal::new(RefusalClass::TooLarge, "file_too_large", message)
}

/// It holds more than an actor keeps.
pub fn too_much(what: &str, most: usize) -> Refusal {
    let message = format!("the file has more than {most} {what}");
    Refusal::new(RefusalClass::TooLarge, "file_too_large", message)
}

/// A piece of it is longer than a section.
pub fn too_long(what: &str, bytes: usize, most: usize) -> Refusal {
    let message = format!("{what} has {bytes} bytes; a section has room for {most}");
    Refusal::new(RefusalClass::TooLarge, "file_too_large", message)
}

/// A row of it is longer than any row may be.
pub fn too_wide(line: Option<u64>, cells: usize, bytes: usize) -> Refusal {
    let line = line.unwrap_or_default();
    let message = format!("the row in line {line} has more than {cells} cells, or {bytes} bytes");
    Refusal::new(RefusalClass::TooLarge, "file_too_large", message)
}

/// It is not what it is said to be, or is broken.
pub fn damaged(reason: &str) -> Refusal {
    Refusal::rejected("file_damaged", format!("the file cannot be read: {reason}"))
}

/// It says nothing.
pub fn empty() -> Refusal {
    Refusal::rejected("file_empty", "there is nothing in the file")
}

/// Nothing here turns the one into the other.
pub fn unsupported(format: ConvertFormat, kind: &Kind) -> Refusal {
    let message = format!("{} and {kind} are not converted into each other", format.as_str());
    Refusal::rejected("file_unsupported", message)
}

/// An archive that was refused.
pub fn of_package(hostile: &Hostile, cells_max: usize) -> Refusal {
    match hostile {
        Hostile::Broken(reason) => damaged(reason),
        Hostile::TooManyCells => too_much("cells", cells_max),
        Hostile::TooLarge(_)
        | Hostile::TooManyParts(_)
        | Hostile::TooDeep(_)
        | Hostile::Declares => {
            Refusal::rejected("file_hostile", format!("the file is not opened: {hostile}"))
        }
    }
}

/// A document that was refused.
pub fn of_document(error: &Error) -> Refusal {
    match error {
        Error::Refused(hostile) => of_package(hostile, 0),
        Error::TooLarge(bytes) => too_much("bytes", *bytes),
        Error::TooManyPieces(pieces) => too_much("pieces of text", *pieces),
        Error::NotText | Error::Unsupported(_) => damaged(&error.to_string()),
    }
}

/// A deck that was refused.
pub fn of_deck(error: &deck::Error) -> Refusal {
    match error {
        deck::Error::Refused(hostile) => of_package(hostile, 0),
        deck::Error::TooLarge(bytes) => too_much("bytes", *bytes),
        deck::Error::TooMany(what, most) => too_much(what, *most),
        deck::Error::Damaged(_) | deck::Error::Impossible(_) | deck::Error::Unsupported(_) => {
            damaged(&error.to_string())
        }
    }
}

/// A table that was refused.
pub fn of_table(unreadable: Unreadable, cells_max: usize) -> Refusal {
    if unreadable.is_too_large() {
        return too_much("cells", cells_max);
    }
    let Unreadable { line, reason } = unreadable;
    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
    let refusal = damaged(&format!("{place}{reason}"));
    refusal.details(json!({ "line": line }))
}
