//! What becomes of a job when the world has answered.

use contracts::effect::Converted;
use contracts::kinds::chaperone::answers::{Exported, Imported, Rewritten};
use contracts::kinds::chaperone::{Event, FileMade, FileRead, JobFailed, PartTaken};
use contracts::{Completion, Context, Decision, Outcome, OutcomeResult, Refusal, Revision};
use serde_json::{Value, json};

use super::state::{Job, State, Status, Task};

/// What an outcome causes. One of a job that is over counts for nothing.
pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let name = outcome.tag["job"].as_str().unwrap_or_default();
    let Some(job) = state.job(name).filter(|job| job.is_running()) else {
        return Decision::now(Vec::new(), Value::Null);
    };
    let caused = match (job.status, &job.task) {
        (Status::Sending, _) => part_taken(job, outcome),
        (_, Task::Import { .. }) => outcome.converted().map(|converted| file_read(job, converted)),
        (_, Task::Export(_) | Task::Convert { .. }) => {
            outcome.converted().map(|converted| file_made(job, converted, cx))
        }
    };
    caused.unwrap_or_else(|refusal| failed(job, &refusal))
}

fn file_read(job: &Job, converted: &Converted) -> Decision<Event> {
    let read = FileRead { job: job.job.clone(), converted: converted.clone() };
    Decision::now(vec![Event::FileRead(read)], Value::Null)
}

fn part_taken(job: &Job, outcome: &Outcome) -> Result<Decision<Event>, Refusal> {
    let revision = match &outcome.result {
        OutcomeResult::Sent { revision, .. } => *revision,
        OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal) => {
            return Err(refusal.clone());
        }
        _ => return Err(Refusal::internal("an outcome of another class came back")),
    };
    let (name, done, parts) = (job.job.clone(), job.done + 1, job.parts);
    let event = Event::PartTaken(PartTaken { job: name, done, parts, revision });
    let decision = Decision::now(vec![event], Value::Null);
    let (Some(converted), Task::Import { kind, id }) = (&job.converted, &job.task) else {
        return Err(Refusal::internal("what is sent was read before"));
    };
    if done < parts {
        return Ok(decision);
    }
    let Converted { format, hash, bytes, losses, lost, .. } = converted.clone();
    let (job_name, kind, id) = (job.job.clone(), kind.clone(), id.clone());
    let answer =
        Imported { job: job_name, kind, id, revision, format, hash, bytes, parts, losses, lost };
    Ok(done_for_all(job, decision, &json!(answer)))
}

fn file_made(job: &Job, converted: &Converted, cx: &Context) -> Decision<Event> {
    let event = FileMade { job: job.job.clone(), converted: converted.clone() };
    let decision = Decision::now(vec![Event::FileMade(event)], Value::Null);
    let Converted { format, filename, hash, bytes, losses, lost, revision, .. } = converted.clone();
    let content = format!("/v1/chaperone/{}/jobs/{}/content", cx.me, job.job);
    let (job_name, media_type) = (job.job.clone(), format.media_type().to_owned());
    let Task::Export(export) = &job.task else {
        let answer = Rewritten {
            job: job_name,
            format,
            media_type,
            filename,
            bytes,
            hash,
            content,
            losses,
            lost,
        };
        return done_for_all(job, decision, &json!(answer));
    };
    let answer = Exported {
        job: job_name,
        kind: export.kind.kind(),
        id: export.id.clone(),
        revision: revision.unwrap_or(Revision::ZERO),
        format,
        media_type,
        filename,
        bytes,
        hash,
        content,
        losses,
        lost,
    };
    done_for_all(job, decision, &json!(answer))
}

fn failed(job: &Job, refusal: &Refusal) -> Decision<Event> {
    let (done, parts) = (job.done, job.parts);
    let mut told = refusal.clone();
    if done > 0 {
        told.message = format!("{} (after {done} of {parts} parts)", told.message);
    }
    let (code, reason) = (told.code.to_string(), told.message.clone());
    let event = JobFailed { job: job.job.clone(), code, reason, done, parts };
    let decision = Decision::now(vec![Event::JobFailed(event)], Value::Null);
    let all = job.waiting.iter().map(|command| Completion::failed(*command, &told));
    all.fold(decision, Decision::completing)
}

fn done_for_all(job: &Job, decision: Decision<Event>, answer: &Value) -> Decision<Event> {
    let all = job.waiting.iter().map(|command| Completion::done(*command, answer.clone()));
    all.fold(decision, Decision::completing)
}
