//! A firing that comes before its time.

use contracts::Envelope;
use contracts::lifecycle::Fire;
use contracts::ports::TimerId;
use serde_json::Value;

use super::Cell;
use crate::runtime::schedule::desk;
use crate::runtime::schedule::fire::EARLY;

impl Cell {
    /// The broker's schedule is used up and the timer has not run: it is set again.
    pub(super) fn notice_early(&self, envelope: &Envelope, reply: &Value) {
        if reply[EARLY] != true {
            return;
        }
        if let Ok(fire) = contracts::read::from_ref::<Fire>(&envelope.input) {
            let timer = TimerId { address: self.address.clone(), name: fire.timer };
            desk::came_early(&self.shared, timer);
        }
    }
}
