use contracts::decider::EventContext;
use contracts::kinds::subject::{self as page, Command, Event, PURPOSES_MAX, Rejection};
use contracts::{Context, Decider, Decision, Origin};
use serde_json::json;

use super::{State, Subject};

impl Decider for Subject {
    type Page = page::Subject;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let event = caused(state, command, cx)?;
        let after = event.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        let reply = json!({
            "purposes": after.purposes().collect::<Vec<_>>(),
            "held": after.hold.is_some(),
            "erasures": after.erasures,
        });
        Ok(Decision::now(event.into_iter().collect(), reply))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// A fork is called otherwise, and so is about somebody else.
    fn forked(_: State) -> State {
        State::default()
    }
}

fn caused(state: &State, command: &Command, cx: &Context) -> Result<Option<Event>, Rejection> {
    let by = cx.by.principal.clone();
    Ok(match command {
        Command::Consent(consent) => {
            consent.check()?;
            let known = state.consents.get(&consent.purpose);
            if known.is_none() && state.consents.len() >= PURPOSES_MAX {
                return Err(Rejection::ConsentsFull);
            }
            let same = known.is_some_and(|known| {
                known.withdrawn_at.is_none()
                    && known.version == consent.version
                    && known.text_hash == consent.text_hash
            });
            let consent = consent.clone();
            (!same).then_some(Event::ConsentGiven { consent, by })
        }
        Command::Withdraw(withdraw) => {
            withdraw.check()?;
            let known = state.consents.get(&withdraw.purpose).ok_or(Rejection::ConsentUnknown)?;
            let purpose = withdraw.purpose.clone();
            let stands = known.withdrawn_at.is_none();
            stands.then_some(Event::ConsentWithdrawn { purpose, by })
        }
        Command::Hold(hold) => {
            hold.check()?;
            let same = state.hold.as_ref().is_some_and(|known| known.reason == hold.reason);
            let reason = hold.reason.clone();
            (!same).then_some(Event::Held { reason, by })
        }
        Command::Release(_) => state.hold.is_some().then_some(Event::Released { by }),
        Command::AskErasure(asked) => {
            asked.check()?;
            ensure_own(cx)?;
            if state.hold.is_some() {
                return Err(Rejection::Held);
            }
            let under_way = state.erasing.as_ref().is_some_and(|it| it.key == asked.key);
            let (key, by, reason) = (asked.key, asked.by.clone(), asked.reason.clone());
            (!under_way).then_some(Event::ErasureAsked { key, by, reason })
        }
        Command::Erased(erased) => {
            ensure_own(cx)?;
            let (receipt, key) = (&erased.receipt, erased.receipt.receipt.key);
            if state.receipts.contains(receipt) {
                return Ok(None);
            }
            let asked = state.erasing.as_ref().is_some_and(|it| it.key == key);
            if !asked {
                return Err(Rejection::NotAsked);
            }
            Some(Event::Erased { receipt: receipt.clone() })
        }
    })
}

/// What only the program may say.
fn ensure_own(cx: &Context) -> Result<(), Rejection> {
    if cx.by.origin == Origin::Runtime { Ok(()) } else { Err(Rejection::ByRoute) }
}
