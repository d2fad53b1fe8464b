//! How much a request may become once what is said of many records stands in each of them.

use std::collections::BTreeMap;

use contracts::{Refusal, RefusalClass};
use serde_json::Value;

/// What is left of it.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    left: usize,
    max: usize,
}

impl Room {
    /// So many bytes.
    pub const fn of(max: usize) -> Self {
        Self { left: max, max }
    }

    /// Takes so many bytes of it.
    ///
    /// # Errors
    /// `telemetry_too_large` when they are not left.
    pub fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return Ok(());
        }
        let message = format!(
            "with what is said of all of them, the records of a request have at most {} bytes",
            self.max
        );
        Err(Refusal::new(RefusalClass::TooLarge, "telemetry_too_large", message))
    }
}

/// The bytes of labels as JSON.
pub fn size(labels: &BTreeMap<String, Value>) -> usize {
    serde_json::to_vec(labels).map_or(usize::MAX, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let mut room = Room::of(10);
        room.take(7).expect("it fits");
        assert_eq!(room.take(4).expect_err("too much").code, "telemetry_too_large");
        room.take(3).expect("it fits");
        assert!(room.take(usize::MAX).is_err());
    }
}
