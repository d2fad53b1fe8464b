//! What a chaperone is: its jobs.

use contracts::decider::EventContext;
use contracts::effect::{ConvertFormat, ConvertFrom, ConvertInto, Converted};
use contracts::kinds::chaperone::limits::JOBS_KEPT_MAX;
use contracts::kinds::chaperone::{Event, Export};
use contracts::{ActorId, CommandId, Kind, Revision, Timestamp};
use serde::{Deserialize, Serialize};

/// What a fold of the events leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The jobs, the oldest first; of those that are over, only the last are kept.
    pub jobs: Vec<Job>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What it is called.
    pub job: String,
    /// How far it is.
    pub status: Status,
    /// What it does.
    pub task: Task,
    /// Since when.
    pub since: Timestamp,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How many commands the actor has taken.
    pub done: u32,
    /// How many there are; 0 = that is not known, or there are none.
    pub parts: u32,
    /// What came of the conversion. Once all parts are taken they are not repeated here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<Converted>,
    /// The actor's revision with what it has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// Why it failed: a stable code, and the same in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Why>,
    /// The commands that wait for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<CommandId>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The file is read, or made.
    Converting,
    /// The actor is given what came of the file.
    Sending,
    /// All is done.
    Done,
    /// It came to nothing, or stopped on its way.
    Failed,
    /// It was given up.
    Cancelled,
}

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Makes an actor of a file.
    Import {
        /// Of which kind.
        kind: Kind,
        /// Which.
        id: ActorId,
    },
    /// Makes a file of an actor.
    Export(Export),
    /// Makes a file of another one.
    Convert {
        /// The uploaded file, when it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<ActorId>,
        /// How the file is written that comes of it.
        to: ConvertFormat,
    },
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// A stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

impl Job {
    /// Whether it is not over.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.status, Status::Converting | Status::Sending)
    }

    fn begin(job: &str, command: CommandId, task: Task, since: Timestamp) -> Self {
        Self {
            job: job.to_owned(),
            status: Status::Converting,
            task,
            since,
            until: None,
            done: 0,
            parts: 0,
            converted: None,
            revision: None,
            failed: None,
            waiting: vec![command],
        }
    }

    fn end(&mut self, status: Status, at: Timestamp) {
        self.status = status;
        self.until = Some(at);
        self.waiting.clear();
        if let Some(converted) = &mut self.converted {
            converted.parts.clear();
        }
    }
}

impl State {
    /// The job of this name.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.job == name)
    }

    /// How many jobs are not over.
    #[must_use]
    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_running()).count()
    }

    fn add(&mut self, job: Job) {
        self.jobs.push(job);
        if self.jobs.len() > JOBS_KEPT_MAX
            && let Some(oldest) = self.jobs.iter().position(|job| !job.is_running())
        {
            self.jobs.remove(oldest);
        }
    }

    /// The chaperone after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, cx: &EventContext) -> Self {
        let name = match event {
            Event::ImportAsked(asked) => {
                let task = Task::Import { kind: asked.kind.clone(), id: asked.id.clone() };
                self.add(Job::begin(&asked.job, asked.command, task, cx.at));
                return self;
            }
            Event::ExportAsked(asked) => {
                let task = Task::Export(asked.export.clone());
                self.add(Job::begin(&asked.job, asked.command, task, cx.at));
                return self;
            }
            Event::ConversionAsked(asked) => {
                let file = match &asked.from {
                    ConvertFrom::File { id, .. } => Some(id.clone()),
                    _ => None,
                };
                if let ConvertInto::Rewritten { format, .. } = &asked.into {
                    let task = Task::Convert { file, to: *format };
                    self.add(Job::begin(&asked.job, asked.command, task, cx.at));
                }
                return self;
            }
            Event::ExportJoined(joined) => &joined.job,
            Event::ExportLeft(left) => &left.job,
            Event::FileRead(read) => &read.job,
            Event::PartTaken(taken) => &taken.job,
            Event::FileMade(made) => &made.job,
            Event::JobFailed(failed) => &failed.job,
            Event::JobCancelled(gone) => &gone.job,
        };
        if let Some(job) = self.jobs.iter_mut().find(|job| job.job == *name) {
            job.happen(event, cx.at);
        }
        self
    }

    /// Without the waits of the chaperone that it was forked from: its jobs go on there alone.
    #[must_use]
    pub fn forked(mut self) -> Self {
        for job in self.jobs.iter_mut().filter(|job| job.is_running()) {
            let since = job.since;
            job.end(Status::Cancelled, since);
        }
        self
    }
}

impl Job {
    fn happen(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::ImportAsked(_) | Event::ExportAsked(_) | Event::ConversionAsked(_) => {}
            Event::ExportJoined(joined) => self.waiting.push(joined.command),
            Event::ExportLeft(left) => self.waiting.retain(|it| *it != left.command),
            Event::FileRead(read) => {
                self.status = Status::Sending;
                self.parts = u32::try_from(read.converted.parts.len()).unwrap_or(u32::MAX);
                self.converted = Some(read.converted.clone());
            }
            Event::PartTaken(taken) => {
                self.done = taken.done;
                self.revision = Some(taken.revision);
                if taken.done == taken.parts {
                    self.end(Status::Done, at);
                }
            }
            Event::FileMade(made) => {
                self.revision = made.converted.revision;
                self.converted = Some(made.converted.clone());
                self.end(Status::Done, at);
            }
            Event::JobFailed(failed) => {
                let (code, reason) = (failed.code.clone(), failed.reason.clone());
                self.failed = Some(Why { code, reason });
                self.end(Status::Failed, at);
            }
            Event::JobCancelled(_) => self.end(Status::Cancelled, at),
        }
    }
}
