//! Timers as whoever asks what an actor waits for is told.

use contracts::schedule::Missed;
use contracts::view::EffectStatus;

use super::armed::Armed;
use crate::runtime::header::Header;

/// The timers of an actor, by name.
pub fn waiting(header: &Header) -> impl Iterator<Item = EffectStatus> {
    let muted = header.is_muted();
    header.timers.iter().map(move |(name, armed)| {
        let kept = muted || armed.imported;
        EffectStatus {
            what: "timer".to_owned(),
            id: name.to_string(),
            name: armed.timer.command.to_string(),
            revision: armed.generation,
            status: if kept { "muted" } else { "armed" }.to_owned(),
            attempts: 0,
            why: Some(why(armed, kept, header.parking.head().is_some())),
            deadline: Some(armed.due),
        }
    })
}

fn why(armed: &Armed, kept: bool, parked: bool) -> String {
    let timer = &armed.timer;
    let missed = match timer.missed {
        Missed::Skip => "left out",
        Missed::Once => "made up for by one",
        Missed::All => "made up for",
    };
    let when = match &timer.repeat {
        None => "once".to_owned(),
        Some(repeat) => format!("{repeat}; missed runs are {missed}"),
    };
    if kept {
        format!("{when}; it does not fire before the actor is unmuted")
    } else if parked {
        format!("{when}; the actor is parked, and its firings wait for an operator")
    } else {
        when
    }
}
