//! What the clocks of a zone show, in minutes.

use super::ScheduleError;
use super::zone::Zone;
use crate::time::Timestamp;

/// The clocks of a zone.
#[derive(Debug, Clone)]
pub struct Clocks(Zone);

impl Clocks {
    /// The clocks of the zone of this IANA name.
    ///
    /// # Errors
    /// There is none.
    pub fn of(zone: &str) -> Result<Self, ScheduleError> {
        Zone::named(zone).map(Self)
    }

    /// What they show at an instant: whole minutes since 1970-01-01, local.
    #[must_use]
    pub fn minute(&self, instant: Timestamp) -> i64 {
        self.0.local(instant).div_euclid(60)
    }

    /// The instant at which they show a minute. What they never show, since they are set forward,
    /// is meant as if they had not been; what they show twice is meant the first time. `None` = the
    /// calendar ends before.
    #[must_use]
    pub fn instant(&self, minute: i64) -> Option<Timestamp> {
        self.0.instant(minute.checked_mul(60)?).map(|(instant, _)| instant)
    }
}
