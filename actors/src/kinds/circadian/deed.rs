//! From schedules and runs to what the world does, and back.

use contracts::effect::{
    Accept, Delivery, Fetch, FetchBody, FetchMethod, Retry, Send, Sign, Terms, Timer, Work,
};
use contracts::kinds::circadian::{Deed, Event, RunFailed, RunFinished, RunStarted};
use contracts::{ActorId, CommandName, Decision, Effect, Kind, Outcome, OutcomeResult, Refusal};
use serde_json::{Value, json};

use super::state::Entry;

/// The most that is read of a web server's answer, in bytes.
const ANSWER_BYTES_MAX: u32 = 4 * 1024;

/// Attempts to tell a web server.
const CALL_ATTEMPTS_MAX: u32 = 8;

/// The longest pause after the first of them, in milliseconds; it doubles with each.
const CALL_BACKOFF_MS_MIN: u64 = 5_000;

/// How long a web server has for an answer, in milliseconds.
const CALL_TIMEOUT_MS: u64 = 15_000;

/// How often a word in braces is put into a text.
const FILLED_MAX: usize = 20;

/// What the timer of a schedule is called.
pub(super) fn timer_of(name: &ActorId) -> ActorId {
    ActorId::new(format!("s:{name}")).unwrap_or_else(|_| name.clone())
}

/// The timer by which a schedule fires.
pub(super) fn armed(entry: &Entry) -> Effect {
    let schedule = &entry.schedule;
    let (timer, run_now) = (timer_of(&schedule.name), CommandName::from_static("run_now"));
    let input = json!({ "name": schedule.name });
    let mut timer = match schedule.when.recurrence() {
        Some(repeat) => Timer::recurring(timer, repeat, run_now, input),
        None => Timer::once(timer, entry.next.unwrap_or(entry.set_at), run_now, input),
    };
    timer.missed_runs_max = schedule.missed_runs_max;
    Effect::Timer(timer.missed(schedule.missed).jitter_ms_max(schedule.jitter_ms_max))
}

/// What a run asks of the world. None waits for another's.
pub(super) fn done(entry: &Entry, run: &RunStarted) -> Effect {
    let tag = json!({ "run": run.run });
    let terms = Terms { independent: true, ..Terms::default() };
    let what = entry.schedule.note.clone().unwrap_or_else(|| run.name.to_string());
    let fill = |text: &str| filled(text, &what, run);
    match &entry.schedule.deed {
        Deed::Send(order) => {
            let (kind, id) = (order.kind.clone(), order.id.clone());
            let (name, input) = (order.command.clone(), order.input.clone());
            Effect::Send(Send { kind, id, name, input, input_blob: None, by: None, tag, terms })
        }
        Deed::Post(post) => Effect::Send(Send {
            kind: Kind::from_static("conversation"),
            id: post.conversation.clone(),
            name: CommandName::from_static("post"),
            input: json!({ "client_id": run.run, "text": fill(&post.text) }),
            input_blob: None,
            by: None,
            tag,
            terms,
        }),
        Deed::Call(call) => {
            let told = json!({
                "schedule": run.name, "what": what, "run": run.run, "planned": run.planned,
                "text": call.text.as_deref().map(fill),
            });
            let sign = entry.secret.clone().filter(|_| call.signed);
            let retry = Retry {
                attempts_max: Some(CALL_ATTEMPTS_MAX),
                backoff_ms_min: Some(CALL_BACKOFF_MS_MIN),
                timeout_ms: Some(CALL_TIMEOUT_MS),
                ..Retry::default()
            };
            Effect::Fetch(Fetch {
                method: FetchMethod::Post,
                url: call.url.clone(),
                headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
                body: Some(FetchBody::Text(told.to_string())),
                secret_header: None,
                sealed_headers: None,
                sign: sign.map(|secret| Sign { id: run.run.clone(), secret }),
                response_bytes_max: ANSWER_BYTES_MAX,
                redirects_max: 0,
                accept: Accept::Success,
                delivery: Delivery::Idempotent,
                tag,
                terms: Terms { retry: Some(retry), ..terms },
            })
        }
        Deed::Mail(mail) => Effect::Work(Work {
            queue: mail.queue.clone(),
            input: json!({
                "to": mail.to, "subject": mail.subject, "text": fill(&mail.text),
                "schedule": run.name, "run": run.run, "planned": run.planned,
            }),
            tag,
            delivery: Delivery::Idempotent,
            terms,
        }),
    }
}

/// A text with what its words in braces stand for.
fn filled(text: &str, what: &str, run: &RunStarted) -> String {
    text.replacen("{planned}", &run.planned.to_string(), FILLED_MAX)
        .replacen("{schedule}", run.name.as_str(), FILLED_MAX)
        .replacen("{what}", what, FILLED_MAX)
}

/// What came of a run.
pub(super) fn came(outcome: &Outcome) -> Decision<Event> {
    let Some(run) = outcome.tag["run"].as_str().map(str::to_owned) else {
        return Decision::now(Vec::new(), Value::Null);
    };
    let failed = |refusal: &Refusal| {
        let (code, reason) = (refusal.code.to_string(), refusal.message.clone());
        Some(Event::RunFailed(RunFailed { run: run.clone(), code, reason }))
    };
    let event = match &outcome.result {
        OutcomeResult::Failed(refusal) => failed(refusal),
        OutcomeResult::Unknown => failed(&Refusal::unknown("nobody knows what came of it")),
        // Another outcome follows.
        OutcomeResult::Paused(_) => None,
        _ => Some(Event::RunFinished(RunFinished { run: run.clone() })),
    };
    Decision::now(event.into_iter().collect(), Value::Null)
}
