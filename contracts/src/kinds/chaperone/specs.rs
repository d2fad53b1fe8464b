//! The commands and events of a chaperone, as documented.

use serde_json::json;

use super::{answers, commands};
use crate::hash::Hash;
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// What the job of the examples is called.
const JOB: &str = "job_0123456789";

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let all = vec![
        command::<commands::Import, answers::Imported>(
            "import",
            "Makes an actor of a file, or adds the file to one, and says what did not survive.",
            json!({ "text": "item,price\nTiles,420\n", "format": "csv", "kind": "myocyte",
                "title": "Roof", "sheet": "Costs" }),
        ),
        command::<commands::Export, answers::Exported>(
            "export",
            "Makes a file of an actor as of a revision, and says what did not survive.",
            json!({ "kind": "myocyte", "id": "roof", "format": "xlsx" }),
        ),
        command::<commands::Convert, answers::Rewritten>(
            "convert",
            "Makes a file of another one, with no actor in between, and says what did not survive.",
            json!({ "text": "# Roof\n\nIt leaks.\n", "format": "markdown", "to": "docx" }),
        ),
        command::<commands::Cancel, answers::Cancelled>(
            "cancel",
            "Gives a job up; what an actor has taken of a file by then stays.",
            json!({ "job": JOB }),
        ),
    ];
    page::beginning(&["import", "export", "convert"], all)
}

/// The events, in the order of the page.
pub(super) fn events() -> Vec<EventSpec> {
    let command = crate::commit::sample_command_id(1);
    vec![
        event(
            "ImportAsked",
            "A file is to become an actor.",
            json!({ "job": JOB, "command": command, "from": { "file": { "id": "f1" } },
                "into": { "commands": { "kind": "myocyte", "title": "Roof" } },
                "kind": "myocyte", "id": "roof" }),
        ),
        event(
            "ExportAsked",
            "An actor is to become a file.",
            json!({ "job": JOB, "command": command,
                "export": { "kind": "myocyte", "id": "roof", "revision": 3, "format": "xlsx" } }),
        ),
        event(
            "ConversionAsked",
            "A file is to become another one.",
            json!({ "job": JOB, "command": command, "from": { "file": { "id": "f1" } },
                "into": { "rewritten": { "format": "xlsx", "sheet": "Costs" } } }),
        ),
        event(
            "ExportJoined",
            "Another caller waits for the job.",
            json!({ "job": JOB, "command": command }),
        ),
        event(
            "ExportLeft",
            "A caller waits for the job no longer, which goes on for others.",
            json!({ "job": JOB, "command": command }),
        ),
        event(
            "FileRead",
            "The file was read into commands.",
            json!({ "job": JOB, "converted": {
                "format": "xlsx", "filename": "roof.xlsx", "hash": Hash::of(b"a file"),
                "bytes": 9_000,
                "parts": [{ "name": "load", "input": Hash::of(b"an input"), "bytes": 700 }],
                "losses": [{ "what": "charts", "count": 2 }], "lost": 2,
            } }),
        ),
        event(
            "PartTaken",
            "The actor took a part of the file.",
            json!({ "job": JOB, "done": 1, "parts": 1, "revision": 1 }),
        ),
        event(
            "FileMade",
            "The file was made and is kept in the tenant's blobs.",
            json!({ "job": JOB, "converted": {
                "format": "csv", "filename": "Costs.csv", "hash": Hash::of(b"a file"), "bytes": 90,
                "revision": 3, "losses": [{ "what": "formulas", "count": 1 }], "lost": 1,
            } }),
        ),
        event(
            "JobFailed",
            "The job came to nothing, or stopped on its way.",
            json!({ "job": JOB, "code": "file_damaged", "reason": "the file cannot be read",
                "done": 0, "parts": 0 }),
        ),
        event(
            "JobCancelled",
            "The job was given up.",
            json!({ "job": JOB, "done": 1, "parts": 3 }),
        ),
    ]
}
