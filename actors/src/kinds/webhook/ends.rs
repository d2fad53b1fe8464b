//! How deliveries end, and when that ends the webhook.

use contracts::kinds::webhook::limits::FAILING_DAYS_MAX;
use contracts::kinds::webhook::{Event, Reason};
use contracts::{Outcome, Timestamp};

use super::{Known, State};

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The code of an effect that somebody gave up.
const CANCELLED: &str = "effect_cancelled";
/// The code of an answer that says that the receiver is gone for good.
const GONE: &str = "fetch_gone";

/// What the end of a delivery leads to.
pub(super) fn of(state: &State, known: &Known, outcome: &Outcome, now: Timestamp) -> Vec<Event> {
    let (delivery, attempts) = (known.delivery.delivery.clone(), outcome.attempts);
    let refusal = match outcome.fetched() {
        Ok(fetched) => {
            return vec![Event::Delivered { delivery, status: fetched.status, attempts }];
        }
        Err(refusal) => refusal,
    };
    let (code, reason) = (refusal.code.into_owned(), refusal.message);
    let over = if !state.enabled || code == CANCELLED {
        None
    } else if code == GONE {
        Some((Reason::Gone, "the receiver says that it is gone".to_owned()))
    } else {
        let since = state.failing_since.unwrap_or(known.at);
        let days = now.millis_since(since) / DAY_MS;
        let note = || format!("nothing has come through for {days} days");
        (days >= FAILING_DAYS_MAX).then(|| (Reason::Failing, note()))
    };
    let failed = Event::DeliveryFailed { delivery, code, reason, attempts };
    let over = over.map(|(reason, note)| Event::Disabled { reason, note: Some(note) });
    std::iter::once(failed).chain(over).collect()
}
