//! Signals on the wire: JSON, so that any client of the broker can read them.

use contracts::ports::LiveItem;

use crate::subjects::{self, LIVE};

/// The signal that a message on a `live.` subject carries; `None` when it is none of ours.
pub(crate) fn parse(subject: &str, payload: &[u8]) -> Option<LiveItem> {
    let address = subjects::parse_plain(LIVE, subject)?;
    let signal = contracts::read::from_slice(payload).ok()?;
    Some(LiveItem { address, signal })
}
