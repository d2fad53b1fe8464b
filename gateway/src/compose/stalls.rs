//! Which parts stand still though there is more to read, as episodes that begin and end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use contracts::Cursor;

/// Where a part stands at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The part, such as `tail`.
    pub part: String,
    /// Up to where it has read the log.
    pub at: Cursor,
    /// Whether there is more that it should have read.
    pub lags: bool,
}

/// A part that stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stall {
    /// Where it stands.
    pub at: Cursor,
    /// Where the log stood when it was looked at last.
    pub head: Cursor,
    /// Why, as far as that is known.
    pub cause: String,
}

/// What a look found anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The part stands still, at a position, for longer than it may.
    Began(String, Cursor),
    /// The part moved again, or has nothing more to read; after so long.
    Ended(String, Cursor, Duration),
}

/// The parts, since when each stands where it stands, and the episodes that last.
#[derive(Debug, Default)]
pub struct Stalls {
    parts: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    at: Cursor,
    since: Instant,
    stall: Option<Stall>,
}

impl Stalls {
    /// Takes in where the parts stand at `now`, while the log stands at `head`. A part that lags
    /// and has not moved for `patience` stands still until it moves or has caught up.
    pub fn look(
        &mut self,
        now: Instant,
        head: Cursor,
        seen: &[Seen],
        patience: Duration,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for Seen { part, at, lags } in seen {
            let fresh = || Known { at: *at, since: now, stall: None };
            let known = self.parts.entry(part.clone()).or_insert_with(fresh);
            let stood = now.saturating_duration_since(known.since);
            if known.at != *at || !lags {
                if known.stall.is_some() {
                    changes.push(Change::Ended(part.clone(), *at, stood));
                }
                *known = fresh();
            } else if let Some(stall) = &mut known.stall {
                stall.head = head;
            } else if stood >= patience {
                known.stall = Some(Stall { at: *at, head, cause: String::new() });
                changes.push(Change::Began(part.clone(), *at));
            }
        }
        changes
    }

    /// Notes why a part stands still.
    pub fn explain(&mut self, part: &str, cause: String) {
        if let Some(stall) = self.parts.get_mut(part).and_then(|known| known.stall.as_mut()) {
            stall.cause = cause;
        }
    }

    /// The parts that stand still.
    pub fn lasting(&self) -> impl Iterator<Item = (&str, &Stall)> {
        self.parts.iter().filter_map(|(part, known)| Some((&**part, known.stall.as_ref()?)))
    }

    /// All parts that have been looked at, and whether each stands still.
    pub fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        self.parts.iter().map(|(part, known)| (&**part, known.stall.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use contracts::Cursor;

    use super::{Change, Seen, Stalls};

    const PATIENCE: Duration = Duration::from_secs(10);

    fn tail(at: u64, head: u64) -> Vec<Seen> {
        vec![Seen { part: "tail".to_owned(), at: Cursor(at), lags: at < head }]
    }

    /// Looks after so many seconds.
    fn look(stalls: &mut Stalls, begun: Instant, second: u64, at: u64, head: u64) -> Vec<Change> {
        let now = begun + Duration::from_secs(second);
        stalls.look(now, Cursor(head), &tail(at, head), PATIENCE)
    }

    #[test]
    fn an_episode_is_told_once_and_its_end_once() {
        let (mut stalls, begun) = (Stalls::default(), Instant::now());
        assert_eq!(look(&mut stalls, begun, 0, 5, 9), []);
        assert_eq!(look(&mut stalls, begun, 9, 5, 9), [], "not yet");
        let began = Change::Began("tail".to_owned(), Cursor(5));
        assert_eq!(look(&mut stalls, begun, 10, 5, 9), std::slice::from_ref(&began));
        stalls.explain("tail", "it is told to".to_owned());
        assert_eq!(look(&mut stalls, begun, 60, 5, 12), [], "said already");
        let lasting: Vec<_> = stalls.lasting().map(|(part, s)| (part, s.head, &*s.cause)).collect();
        assert_eq!(lasting, [("tail", Cursor(12), "it is told to")]);
        let ended = Change::Ended("tail".to_owned(), Cursor(6), Duration::from_secs(61));
        assert_eq!(look(&mut stalls, begun, 61, 6, 12), [ended]);
        assert_eq!(stalls.lasting().count(), 0);
        assert_eq!(stalls.all().collect::<Vec<_>>(), [("tail", false)]);
        assert_eq!(look(&mut stalls, begun, 70, 6, 12), [], "its patience begins again");
        assert_eq!(look(&mut stalls, begun, 71, 6, 12).len(), 1, "another episode");
    }

    #[test]
    fn who_moves_or_has_nothing_to_read_does_not_stand_still() {
        let (mut stalls, begun) = (Stalls::default(), Instant::now());
        for second in 0..100 {
            assert_eq!(look(&mut stalls, begun, second * 9, second, 1_000), [], "slow, yet moving");
        }
        assert_eq!(look(&mut stalls, begun, 900, 1_000, 1_000), []);
        assert_eq!(look(&mut stalls, begun, 9_000, 1_000, 1_000), [], "idle");
        assert_eq!(look(&mut stalls, begun, 9_001, 1_000, 1_001), [], "idle until a moment ago");
        assert_eq!(look(&mut stalls, begun, 9_009, 1_000, 1_001), []);
        assert_eq!(look(&mut stalls, begun, 9_010, 1_000, 1_001).len(), 1, "since it was idle");
    }
}
