//! The runtime's own decisions about actors that are parked, drained or quarantined.

use contracts::chain::Skip;
use contracts::lifecycle::{self, Event, LetterAction, Park, Settle};
use contracts::{Envelope, Refusal, Reply};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::decide::{self, Decided};
use super::living::Living;

/// The input of `cambium:skip`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipForeign {
    /// The messages, in order.
    pub messages: Vec<Skip>,
}

/// The decision of a command about parking; `None` = it is none.
pub fn decide(living: &Living, envelope: &Envelope) -> Option<Result<Decided, Refusal>> {
    let input = &envelope.input;
    if envelope.name == lifecycle::PARK {
        Some(decide::parse(input).map(|park| parked(living, park)))
    } else if envelope.name == lifecycle::SETTLE {
        Some(decide::parse(input).and_then(|settle| settled(living, settle)))
    } else if envelope.name == lifecycle::RELEASE {
        Some(Ok(released(living)))
    } else if envelope.name == lifecycle::SKIP {
        Some(decide::parse(input).map(|skip| skipped(living, skip)))
    } else {
        None
    }
}

fn parked(living: &Living, park: Park) -> Decided {
    if living.header.parking.head().is_some() {
        return Decided::nothing(living.machine.copy());
    }
    let Park { command, code, reason } = park;
    Decided::runtime(&Event::Parked { command, code, reason }, living.machine.copy())
}

/// A letter whose own commit tells what became of it needs no other.
fn settled(living: &Living, settle: Settle) -> Result<Decided, Refusal> {
    let parking = &living.header.parking;
    let told = settle.action != LetterAction::Skip && settle.code.is_none();
    let head = parking.head().is_some_and(|head| Some(head.command) == settle.command);
    if parking.settled().contains(&settle.letter) || (told && !head) {
        return Ok(Decided::nothing(living.machine.copy()));
    }
    let decided = settle.command.is_some_and(|command| living.header.recent(command).is_some());
    if settle.action == LetterAction::Skip && decided {
        let message = "this letter was decided meanwhile and can no longer be dropped";
        return Err(Refusal::not_found("letter_not_found", message));
    }
    Ok(Decided::runtime(&settle.into(), living.machine.copy()))
}

fn released(living: &Living) -> Decided {
    if !living.header.parking.is_draining() {
        return Decided::nothing(living.machine.copy());
    }
    let mut decided = Decided::runtime(&Event::Unparked {}, living.machine.copy());
    decided.reply = Reply::Now(json!({ "standing": "released" }));
    decided
}

fn skipped(living: &Living, skip: SkipForeign) -> Decided {
    let mut decided = Decided::nothing(living.machine.copy());
    let events = skip.messages.into_iter();
    decided.events =
        events.map(|Skip { cursor, hash }| Event::Skipped { cursor, hash }.to_record()).collect();
    decided
}
