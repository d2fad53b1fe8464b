//! Whether a counter could have been one thing that changes at one moment: the search of Wing and
//! Gong (1993) with Lowe's memory of places that were tried (2017).
//!
//! Each errand happened at some moment between its beginning and its end; one that nobody answered
//! at any moment after its beginning, or never. There must be an order of these moments in which
//! every answer is what the counter says then.

use std::collections::{HashMap, HashSet};

use super::{Asked, Op, Stand, Told};

/// Steps after which a search gives up, which counts as a violation: nothing is passed over.
pub const STEPS_MAX: u64 = 20_000_000;

/// An errand as the search sees it.
struct Call {
    asked: Asked,
    told: Option<Stand>,
    begun: u64,
    /// `None` = nobody heard the end.
    ended: Option<u64>,
    op: usize,
}

/// The errands that took place in an order that is tried, as bits.
struct Taken(Vec<u64>);

/// The same, without what all have: those before it, and nothing behind the last.
#[derive(PartialEq, Eq, Hash)]
struct Tried(usize, Vec<u64>, Stand);

impl Taken {
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn clear(&mut self, at: usize) {
        self.0[at / 64] &= !(1 << (at % 64));
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    /// Whatever is before `first` is taken.
    fn with(&self, first: usize, stand: Stand) -> Tried {
        let from = first / 64;
        let until = self.0.iter().rposition(|bits| *bits != 0).map_or(from, |last| last + 1);
        Tried(from, self.0[from..until.max(from)].to_vec(), stand)
    }
}

/// Ok when there is such an order for all errands of one counter.
///
/// # Errors
/// The first errand for which none was found, and what the counter could say before it.
pub fn linear(ops: &[&Op]) -> Result<(), String> {
    let calls = calls(ops);
    let must = calls.iter().filter(|call| call.ended.is_some()).count();
    let mut search = Search::new(&calls);
    match search.run(must) {
        Found::Order => Ok(()),
        Found::Nothing => {
            let (depth, stand) = search.deepest;
            let stuck = search.stuck.map(|at| ops[calls[at].op]);
            Err(format!(
                "no order of {must} answered errands holds: {depth} of them end at {stand:?}, and \
                 {stuck:?} cannot follow"
            ))
        }
        Found::Undecided => Err(format!("NOT DECIDED after {STEPS_MAX} steps of the search")),
    }
}

/// In the order in which they began. Whoever was refused changed nothing, which the log tells.
fn calls(ops: &[&Op]) -> Vec<Call> {
    let mut calls = Vec::new();
    for (op, it) in ops.iter().enumerate() {
        let (told, ended) = match &it.told {
            Told::Done(stand) => (Some(*stand), Some(it.ended_us)),
            Told::Unknown(_) if it.asked != Asked::Read => (None, None),
            Told::Unknown(_) | Told::Refused(_) => continue,
        };
        calls.push(Call { asked: it.asked, told, begun: it.begun_us, ended, op });
    }
    calls.sort_by_key(|call| call.begun);
    calls
}

/// How the counter stands after a call.
fn after(stand: Stand, call: &Call) -> Stand {
    let revision = stand.revision + 1;
    match call.asked {
        Asked::Add(by) => Stand { value: stand.value + by, revision },
        Asked::Reset => Stand { value: 0, revision },
        Asked::Read => stand,
    }
}

/// What all answers together tell of each revision.
#[derive(Default)]
struct Revisions {
    /// Those that an answered command made.
    made: HashSet<u64>,
    /// The values that were told.
    values: HashMap<u64, i64>,
    last: u64,
}

impl Revisions {
    fn of(calls: &[Call]) -> Self {
        let mut all = Self::default();
        for (call, told) in calls.iter().filter_map(|call| Some((call, call.told?))) {
            all.values.insert(told.revision, told.value);
            all.last = all.last.max(told.revision);
            if call.asked != Asked::Read {
                all.made.insert(told.revision);
            }
        }
        all
    }

    /// Whether a command that nobody answered can have led here. Behind all that was told it makes
    /// no difference, so it need not be tried.
    fn may_be_unanswered(&self, next: Stand) -> bool {
        let value = self.values.get(&next.revision);
        next.revision <= self.last
            && !self.made.contains(&next.revision)
            && value.is_none_or(|value| *value == next.value)
    }
}

enum Found {
    Order,
    Nothing,
    Undecided,
}

/// A place on the way: where the counter stands, and which errand is to be tried next.
struct Place {
    stand: Stand,
    next: usize,
    /// The errand that led here.
    by: Option<usize>,
}

struct Search<'a> {
    calls: &'a [Call],
    revisions: Revisions,
    taken: Taken,
    /// Errands before this one are all taken.
    first: usize,
    tried: HashSet<Tried>,
    /// The most answered errands that fitted, and how the counter stood then.
    deepest: (usize, Stand),
    /// An errand that had to be next there.
    stuck: Option<usize>,
}

impl<'a> Search<'a> {
    fn new(calls: &'a [Call]) -> Self {
        let taken = Taken(vec![0; calls.len().div_ceil(64)]);
        let deepest = (0, Stand { value: 0, revision: 0 });
        let revisions = Revisions::of(calls);
        Self { calls, revisions, taken, first: 0, tried: HashSet::new(), deepest, stuck: None }
    }

    fn run(&mut self, must: usize) -> Found {
        let mut way = vec![Place { stand: self.deepest.1, next: 0, by: None }];
        let (mut answered, mut steps) = (0, 0_u64);
        while let Some(place) = way.last() {
            if answered == must {
                return Found::Order;
            }
            steps += 1;
            if steps > STEPS_MAX {
                return Found::Undecided;
            }
            let (stand, from) = (place.stand, place.next);
            if let Some((at, next)) = self.step(stand, from) {
                way.last_mut().expect("it was looked at").next = at + 1;
                answered += usize::from(self.calls[at].ended.is_some());
                if answered > self.deepest.0 {
                    self.deepest = (answered, next);
                    self.stuck = self.due();
                }
                way.push(Place { stand: next, next: 0, by: Some(at) });
                continue;
            }
            let by = way.pop().and_then(|place| place.by);
            if let Some(at) = by {
                self.taken.clear(at);
                self.first = self.first.min(at);
                answered -= usize::from(self.calls[at].ended.is_some());
            }
        }
        Found::Nothing
    }

    /// The next errand from `from` on that may happen now and leads where nobody has been.
    fn step(&mut self, stand: Stand, from: usize) -> Option<(usize, Stand)> {
        while self.first < self.calls.len() && self.taken.has(self.first) {
            self.first += 1;
        }
        // Nothing may happen before what has ended before it began.
        let mut ends = u64::MAX;
        for at in self.first..self.calls.len() {
            let call = &self.calls[at];
            if call.begun > ends {
                break;
            }
            if self.taken.has(at) {
                continue;
            }
            ends = ends.min(call.ended.unwrap_or(u64::MAX));
            if at < from {
                continue;
            }
            let next = after(stand, call);
            if !call.told.map_or_else(|| self.revisions.may_be_unanswered(next), |it| it == next) {
                continue;
            }
            self.taken.set(at);
            if self.tried.insert(self.taken.with(self.first, next)) {
                return Some((at, next));
            }
            self.taken.clear(at);
        }
        None
    }

    /// The errand that ends first of those that have not happened.
    fn due(&self) -> Option<usize> {
        let open = (self.first..self.calls.len()).filter(|at| !self.taken.has(*at));
        open.filter_map(|at| Some((self.calls[at].ended?, at))).min().map(|(_, at)| at)
    }
}
