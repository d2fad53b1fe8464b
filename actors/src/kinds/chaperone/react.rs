//! What the world must do for a job.

use contracts::Effect;
use contracts::effect::{Convert, ConvertFrom, ConvertInto, Retry, Send, Terms};
use contracts::kinds::chaperone::limits::{CONVERT_ATTEMPTS_MAX, CONVERT_MS_MAX};
use contracts::kinds::chaperone::{Convertible, Event, ExportAsked};
use serde_json::{Value, json};

use super::state::{Job, State, Task};

/// What the world must now do.
pub(super) fn react(event: &Event, after: &State) -> Vec<Effect> {
    match event {
        Event::ImportAsked(asked) => {
            vec![convert(&asked.job, asked.from.clone(), asked.into.clone())]
        }
        Event::ExportAsked(asked) => vec![export(asked)],
        Event::ConversionAsked(asked) => {
            vec![convert(&asked.job, asked.from.clone(), asked.into.clone())]
        }
        Event::FileRead(read) => next_part(after.job(&read.job)),
        Event::PartTaken(taken) => next_part(after.job(&taken.job)),
        Event::ExportJoined(_)
        | Event::ExportLeft(_)
        | Event::FileMade(_)
        | Event::JobFailed(_)
        | Event::JobCancelled(_) => Vec::new(),
    }
}

fn export(asked: &ExportAsked) -> Effect {
    let export = &asked.export;
    let (kind, id) = (export.kind.kind(), export.id.clone());
    let from =
        ConvertFrom::Actor { kind, id, revision: export.revision, since: export.since.clone() };
    let sheet = match export.kind {
        Convertible::Synapse => export.slide.clone(),
        Convertible::Circadian | Convertible::Myocyte | Convertible::Osteon => export.sheet.clone(),
    };
    let into = ConvertInto::File { format: export.format, sheet, remarks: export.remarks };
    convert(&asked.job, from, into)
}

fn convert(job: &str, from: ConvertFrom, into: ConvertInto) -> Effect {
    let retry = Retry {
        attempts_max: Some(CONVERT_ATTEMPTS_MAX),
        timeout_ms: Some(CONVERT_MS_MAX),
        ..Retry::default()
    };
    let terms = Terms { retry: Some(retry), independent: true, ..Terms::default() };
    Effect::Convert(Box::new(Convert { from, into, tag: json!({ "job": job }), terms }))
}

/// The next command of a file that was read.
fn next_part(job: Option<&Job>) -> Vec<Effect> {
    let Some(job) = job.filter(|job| job.is_running()) else { return Vec::new() };
    let Task::Import { kind, id } = &job.task else { return Vec::new() };
    let part = job.converted.as_ref().and_then(|it| it.parts.get(job.done as usize));
    let Some(part) = part else { return Vec::new() };
    vec![Effect::Send(Send {
        kind: kind.clone(),
        id: id.clone(),
        name: part.name.clone(),
        input: Value::Null,
        input_blob: Some(part.input),
        by: None,
        tag: json!({ "job": job.job, "part": job.done }),
        terms: Terms { independent: true, ..Terms::default() },
    })]
}
