//! `chaperone`: brings files in and actors out as files, in jobs that tell how far they are and
//! what did not survive.

pub mod answers;
mod commands;
mod events;
pub mod limits;
mod rejections;
mod specs;

pub use commands::{Cancel, Command, Convert, Convertible, Export, Import, JOB};
pub use events::{
    ConversionAsked, Event, ExportAsked, ExportJoined, ExportLeft, FileMade, FileRead, ImportAsked,
    JobCancelled, JobFailed, PartTaken,
};
pub use rejections::Rejection;
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::stop::{Stop, UnderWay};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("chaperone");

/// The page of `chaperone`.
pub struct Chaperone;

impl Page for Chaperone {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "Import and export of files, as jobs with loss reports.";
    const CREATE: &'static str = "import";
    const COMMANDS: &'static [&'static str] = &["import", "export", "convert", "cancel"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("ImportAsked", 1),
        ("ExportAsked", 1),
        ("ConversionAsked", 1),
        ("ExportJoined", 1),
        ("ExportLeft", 1),
        ("FileRead", 1),
        ("PartTaken", 1),
        ("FileMade", 1),
        ("JobFailed", 1),
        ("JobCancelled", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::specs()
    }

    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        asked.cancelled(KIND, &["import", "export", "convert"])
    }

    /// The last job: what it does, how far it is, and what did not survive.
    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::ImportAsked(asked) => json!({
                "status": "reading", "job": asked.job, "of": format!("{}/{}", asked.kind, asked.id),
                "done": 0, "parts": 0, "lost": 0, "losses": [], "failed": null,
            }),
            Event::ExportAsked(asked) => json!({
                "status": "writing", "job": asked.job,
                "of": format!("{}/{}", asked.export.kind.kind(), asked.export.id),
                "done": 0, "parts": 0, "lost": 0, "losses": [], "failed": null,
            }),
            Event::ConversionAsked(asked) => json!({
                "status": "rewriting", "job": asked.job, "of": null,
                "done": 0, "parts": 0, "lost": 0, "losses": [], "failed": null,
            }),
            Event::ExportJoined(_) | Event::ExportLeft(_) => return None,
            Event::FileRead(read) => {
                let parts = read.converted.parts.len();
                let (lost, losses) = (read.converted.lost, words(&read.converted.losses));
                json!({ "status": "sending", "job": read.job, "parts": parts, "lost": lost,
                    "losses": losses })
            }
            Event::PartTaken(taken) => {
                let status = if taken.done == taken.parts { "imported" } else { "sending" };
                json!({ "status": status, "job": taken.job, "done": taken.done })
            }
            Event::FileMade(made) => {
                let (lost, losses) = (made.converted.lost, words(&made.converted.losses));
                json!({ "status": "exported", "job": made.job, "lost": lost, "losses": losses })
            }
            Event::JobFailed(failed) => {
                json!({ "status": "failed", "job": failed.job, "failed": failed.code })
            }
            Event::JobCancelled(gone) => json!({ "status": "cancelled", "job": gone.job }),
        })
    }
}

/// The words for what did not survive, each once.
fn words(losses: &[crate::effect::Loss]) -> Vec<&str> {
    let mut words: Vec<_> = losses.iter().map(|loss| loss.what.as_str()).collect();
    words.dedup();
    words
}
