//! What the service answered.

use contracts::kinds::connector::limits::{
    REFRESH_FAILURES_MAX, REFRESH_RETRY_MS, REFRESH_RETRY_MS_MAX,
};
use contracts::kinds::connector::{Checked, Event, Tokens};
use contracts::{CommandId, Completion, Context, Decision, Outcome, Refusal};
use serde_json::{Value, json};

use super::decide::refresh_at;
use super::{State, Status};

/// What a service says when asking again is of no use.
const FINAL: &str = "oauth_refused";

pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let check = outcome.tag.get("check").cloned();
    let check = check.and_then(|id| contracts::read::from_value::<CommandId>(id).ok());
    if let Some(command) = check {
        return checked(state, command, outcome);
    }
    // Ended or connected anew meanwhile: that the effect is concluded stands in the log.
    if outcome.tag != json!("refresh") || !state.refreshing || state.status == Status::Revoked {
        return Decision::now(Vec::new(), Value::Null);
    }
    let told = outcome.tool().and_then(|answer| {
        contracts::read::from_ref::<Tokens>(&answer.output)
            .map_err(|_| Refusal::internal("a refresh came to no tokens"))
    });
    let event = match told {
        Ok(tokens) => {
            let refresh_at = refresh_at(&tokens, cx.now);
            Event::Refreshed { tokens, refresh_at }
        }
        Err(refusal) => failed(state, &refusal, cx),
    };
    Decision::now(vec![event], Value::Null)
}

fn failed(state: &State, refusal: &Refusal, cx: &Context) -> Event {
    let last = refusal.code == FINAL || state.failures + 1 >= REFRESH_FAILURES_MAX;
    let doubled = REFRESH_RETRY_MS.saturating_mul(1 << state.failures.min(20));
    let again_at = (!last).then(|| cx.now.plus_millis(doubled.min(REFRESH_RETRY_MS_MAX)));
    Event::RefreshFailed {
        code: refusal.code.to_string(),
        reason: refusal.message.clone(),
        again_at,
    }
}

fn checked(state: &State, command: CommandId, outcome: &Outcome) -> Decision<Event> {
    if !state.checks.contains(&command) {
        return Decision::now(Vec::new(), Value::Null);
    }
    let checked = match outcome.tool() {
        Ok(answer) => contracts::read::from_ref(&answer.output).unwrap_or_default(),
        Err(refusal) => Checked {
            ok: false,
            code: Some(refusal.code.to_string()),
            reason: Some(refusal.message),
            found: None,
        },
    };
    let done = Completion::done(command, json!(checked));
    Decision::now(vec![Event::Checked { command, checked }], Value::Null).completing(done)
}
