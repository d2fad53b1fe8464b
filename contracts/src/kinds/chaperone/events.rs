//! What happens to a chaperone.

use serde::{Deserialize, Serialize};

use super::commands::Export;
use crate::effect::{ConvertFrom, ConvertInto, Converted};
use crate::ids::{ActorId, CommandId, Kind, Revision};

/// What happened to a chaperone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A file is to become an actor.
    ImportAsked(ImportAsked),
    /// An actor is to become a file.
    ExportAsked(ExportAsked),
    /// A file is to become another one.
    ConversionAsked(ConversionAsked),
    /// Another caller waits for a job that makes the file that is asked for.
    ExportJoined(ExportJoined),
    /// A caller waits for a job no longer, which goes on for others.
    ExportLeft(ExportLeft),
    /// A file was read into commands.
    FileRead(FileRead),
    /// The actor took one of them.
    PartTaken(PartTaken),
    /// A file was made.
    FileMade(FileMade),
    /// A job came to nothing, or stopped on its way.
    JobFailed(JobFailed),
    /// A job was given up.
    JobCancelled(JobCancelled),
}

/// Data of `ImportAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAsked {
    /// What the job is called.
    pub job: String,
    /// The command that waits for it.
    pub command: CommandId,
    /// What is read.
    pub from: ConvertFrom,
    /// Into what.
    pub into: ConvertInto,
    /// Of which kind the actor is.
    pub kind: Kind,
    /// Which actor it becomes.
    pub id: ActorId,
}

/// Data of `ExportAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAsked {
    /// What the job is called.
    pub job: String,
    /// The command that waits for it.
    pub command: CommandId,
    /// What is asked.
    pub export: Export,
}

/// Data of `ConversionAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionAsked {
    /// What the job is called.
    pub job: String,
    /// The command that waits for it.
    pub command: CommandId,
    /// What is read.
    pub from: ConvertFrom,
    /// What it becomes.
    pub into: ConvertInto,
}

/// Data of `ExportJoined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportJoined {
    /// Which job.
    pub job: String,
    /// The command that waits for it, too.
    pub command: CommandId,
}

/// Data of `ExportLeft`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportLeft {
    /// Which job.
    pub job: String,
    /// The command that waits for it no longer.
    pub command: CommandId,
}

/// Data of `FileRead`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileRead {
    /// Which job.
    pub job: String,
    /// What came of the file.
    pub converted: Converted,
}

/// Data of `PartTaken`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartTaken {
    /// Which job.
    pub job: String,
    /// How many of its commands the actor has taken.
    pub done: u32,
    /// How many there are; with the last of them the job is over.
    pub parts: u32,
    /// The actor's revision after it.
    pub revision: Revision,
}

/// Data of `FileMade`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileMade {
    /// Which job.
    pub job: String,
    /// What came of the actor.
    pub converted: Converted,
}

/// Data of `JobFailed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFailed {
    /// Which job.
    pub job: String,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
    /// How many commands the actor has taken by then: what they brought stays.
    pub done: u32,
    /// How many there were.
    pub parts: u32,
}

/// Data of `JobCancelled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCancelled {
    /// Which job.
    pub job: String,
    /// How many commands the actor has taken by then: what they brought stays.
    pub done: u32,
    /// How many there were.
    pub parts: u32,
}
