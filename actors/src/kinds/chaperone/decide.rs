//! What a command causes in a chaperone.

use contracts::effect::{ConvertFormat, ConvertFrom, ConvertInto};
use contracts::kinds::chaperone::answers::Cancelled;
use contracts::kinds::chaperone::limits::{
    ANSWER_MS_MAX, CONTENT_INLINE_BYTES_MAX, JOBS_RUNNING_MAX, SHEET_BYTES_MAX, TITLE_BYTES_MAX,
    WAITING_MAX,
};
use contracts::kinds::chaperone::{
    Cancel, Command, ConversionAsked, Convert, Convertible, Event, Export, ExportAsked,
    ExportJoined, ExportLeft, Import, ImportAsked, JobCancelled, Rejection,
};
use contracts::kinds::check::Check;
use contracts::{
    ActorId, CommandId, Completion, Context, Decision, Refusal, RefusalClass, Revision,
};
use serde_json::json;

use super::state::{Job, State, Task};

type Decided = Result<Decision<Event>, Rejection>;

/// What `command` causes.
pub(super) fn decide(state: &State, command: &Command, cx: &Context) -> Decided {
    match command {
        Command::Import(import) => begin_import(state, import, cx),
        Command::Export(export) => begin_export(state, export, cx),
        Command::Convert(convert) => begin_conversion(state, convert, cx),
        Command::Cancel(cancel) => give_up(state, cancel),
    }
}

fn begin_import(state: &State, import: &Import, cx: &Context) -> Decided {
    let Import { file, text, base64, format, title, sheet, .. } = import;
    let given = Given { file: file.as_ref(), text: text.as_ref(), base64: base64.as_ref() };
    given
        .check(*format)
        .text_opt("title", title.as_ref(), TITLE_BYTES_MAX)
        .text_opt("sheet", sheet.as_ref(), SHEET_BYTES_MAX)
        .ensure(
            import.deed.is_some() == (import.kind == Convertible::Circadian),
            "do",
            "is needed of a calendar, and of nothing else",
        )
        .done()?;
    ensure_converted(import.kind, import.format, true)?;
    ensure_room(state)?;
    let kind = import.kind.kind();
    let made = || ActorId::new(cx.name("imported_", 1));
    let id = import.id.clone().or_else(|| made().ok());
    let id = id.ok_or_else(|| Refusal::internal("a name that is made is an id"))?;
    let into = ConvertInto::Commands {
        kind: kind.clone(),
        title: title.clone(),
        sheet: sheet.clone(),
        day_first: import.day_first,
        otherwise: import.file.is_none().then(|| id.to_string()),
        deed: import.deed.as_ref().map(|deed| json!(deed)),
        zone: import.zone.clone(),
    };
    let asked = ImportAsked {
        job: cx.name("job_", 0),
        command: cx.command,
        from: given.from(*format)?,
        into,
        kind,
        id,
    };
    Ok(Decision::later(vec![Event::ImportAsked(asked)], ANSWER_MS_MAX))
}

/// What is brought: one of these.
#[derive(Clone, Copy)]
struct Given<'a> {
    file: Option<&'a ActorId>,
    text: Option<&'a String>,
    base64: Option<&'a String>,
}

impl Given<'_> {
    fn check(self, format: Option<ConvertFormat>) -> Check {
        let said = [self.file.is_some(), self.text.is_some(), self.base64.is_some()];
        let one = said.into_iter().filter(|said| *said).count() == 1;
        let mut check = Check::new()
            .ensure(one, "file", "give one of file, text and base64")
            .ensure(self.file.is_some() || format.is_some(), "format", "is needed");
        for (field, content) in [("text", self.text), ("base64", self.base64)] {
            if let Some(content) = content {
                check = check.body(field, content, CONTENT_INLINE_BYTES_MAX).ensure(
                    !content.is_empty(),
                    field,
                    "may not be empty",
                );
            }
        }
        check
    }

    /// What is read.
    fn from(self, format: Option<ConvertFormat>) -> Result<ConvertFrom, Refusal> {
        let needed = || Refusal::internal("the format was checked");
        if let Some(file) = self.file {
            let id = file.as_str().strip_prefix("file-").unwrap_or(file.as_str());
            let id = ActorId::new(id).map_err(|error| {
                Refusal::new(RefusalClass::Malformed, "invalid_input", error.to_string())
                    .field("input.file", "is the id of a file")
            })?;
            return Ok(ConvertFrom::File { id, format });
        }
        let format = format.ok_or_else(needed)?;
        match (self.text, self.base64) {
            (Some(text), _) => Ok(ConvertFrom::Text { text: text.clone(), format }),
            (None, Some(base64)) => Ok(ConvertFrom::Base64 { base64: base64.clone(), format }),
            (None, None) => Err(needed()),
        }
    }
}

fn begin_conversion(state: &State, convert: &Convert, cx: &Context) -> Decided {
    let Convert { file, text, base64, format, to, kind, sheet, day_first, types } = convert;
    let given = Given { file: file.as_ref(), text: text.as_ref(), base64: base64.as_ref() };
    given.check(*format).text_opt("sheet", sheet.as_ref(), SHEET_BYTES_MAX).done()?;
    if let Some(from) = format {
        let turned = match kind {
            Some(kind) => kind.turns(*from, *to),
            None => Convertible::between(*from, *to).is_some(),
        };
        if !turned {
            return Err(Rejection::Unturned { from: *from, to: *to });
        }
    }
    ensure_room(state)?;
    let into = ConvertInto::Rewritten {
        format: *to,
        kind: kind.map(Convertible::kind),
        sheet: sheet.clone(),
        day_first: *day_first,
        types: *types,
    };
    let (job, command, from) = (cx.name("job_", 0), cx.command, given.from(*format)?);
    let asked = ConversionAsked { job, command, from, into };
    Ok(Decision::later(vec![Event::ConversionAsked(asked)], ANSWER_MS_MAX))
}

fn begin_export(state: &State, export: &Export, cx: &Context) -> Decided {
    Check::new()
        .text_opt("sheet", export.sheet.as_ref(), SHEET_BYTES_MAX)
        .text_opt("slide", export.slide.as_ref(), SHEET_BYTES_MAX)
        .ensure(export.revision != Some(Revision::ZERO), "revision", "counts from 1")
        .ensure(
            export.since.as_ref().is_none_or(|since| since.revision != Some(Revision::ZERO)),
            "since.revision",
            "counts from 1",
        )
        .done()?;
    ensure_converted(export.kind, Some(export.format), false)?;
    let remarkable = export.kind == Convertible::Osteon && export.format == ConvertFormat::Docx;
    Check::new()
        .ensure(export.remarks.is_none() || remarkable, "remarks", "is for documents as docx")
        .done()?;
    let told = matches!(export.format, ConvertFormat::Html | ConvertFormat::Json);
    if export.since.is_some() && !(export.kind == Convertible::Osteon && told) {
        return Err(Rejection::Unsupported { format: export.format, kind: export.kind.kind() });
    }
    let same = |job: &&Job| job.is_running() && job.task == Task::Export(export.clone());
    if let Some(job) = state.jobs.iter().find(same).filter(|_| is_settled(export)) {
        if job.waiting.len() >= WAITING_MAX {
            return Err(Rejection::Busy);
        }
        let joined = ExportJoined { job: job.job.clone(), command: cx.command };
        return Ok(Decision::later(vec![Event::ExportJoined(joined)], ANSWER_MS_MAX));
    }
    ensure_room(state)?;
    let (job, command, export) = (cx.name("job_", 0), cx.command, export.clone());
    let asked = Event::ExportAsked(ExportAsked { job, command, export });
    Ok(Decision::later(vec![asked], ANSWER_MS_MAX))
}

/// Whether every job that makes this file makes the same one. What an actor is by now may be more
/// than a job has read that began before.
fn is_settled(export: &Export) -> bool {
    let since = export.since.as_ref();
    export.revision.is_some() && since.is_none_or(|since| since.revision.is_some())
}

fn ensure_converted(
    kind: Convertible,
    format: Option<ConvertFormat>,
    read: bool,
) -> Result<(), Rejection> {
    let Some(format) = format else { return Ok(()) };
    let (ins, outs) = kind.formats();
    if (if read { ins } else { outs }).contains(&format) {
        return Ok(());
    }
    let kind = kind.kind();
    Err(if read {
        Rejection::Unread { format, kind }
    } else {
        Rejection::Unsupported { format, kind }
    })
}

fn ensure_room(state: &State) -> Result<(), Rejection> {
    if state.running() >= JOBS_RUNNING_MAX { Err(Rejection::Busy) } else { Ok(()) }
}

/// Gives a job up. What is under way ends by itself and counts for nothing.
fn give_up(state: &State, cancel: &Cancel) -> Decided {
    let one = cancel.job.is_some() != cancel.command.is_some();
    Check::new().ensure(one, "job", "give one of job and command").done()?;
    let job = match (&cancel.job, cancel.command) {
        (Some(name), _) => {
            let missing = || Rejection::JobNotFound { job: name.clone() };
            state.job(name).ok_or_else(missing)?
        }
        (None, command) => {
            let waits = |job: &&Job| job.waiting.iter().any(|it| Some(*it) == command);
            state.jobs.iter().find(waits).ok_or(Rejection::JobEnded)?
        }
    };
    if !job.is_running() {
        return Err(Rejection::JobEnded);
    }
    let (name, done, parts) = (job.job.clone(), job.done, job.parts);
    let refusal =
        Refusal::new(RefusalClass::Conflict, "job_cancelled", "the job was given up meanwhile")
            .details(json!({ "done": done, "parts": parts }));
    let reply = json!(Cancelled { job: name.clone(), done, parts });
    let told = |command: &CommandId| Completion::failed(*command, &refusal);
    // Others wait for the same file: it is made for them.
    if let Some(command) = cancel.command.filter(|_| job.waiting.len() > 1) {
        let left = Event::ExportLeft(ExportLeft { job: name, command });
        return Ok(Decision::now(vec![left], reply).completing(told(&command)));
    }
    let event = Event::JobCancelled(JobCancelled { job: name, done, parts });
    let told = job.waiting.iter().map(told);
    Ok(told.fold(Decision::now(vec![event], reply), Decision::completing))
}
