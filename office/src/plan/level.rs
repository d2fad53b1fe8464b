//! Levelling: nobody does two things at once.
//!
//! A serial schedule: of the tasks whose predecessors are placed, the one that must begin first is
//! placed next (then the one with less slack, then the longer one, then the first), in the earliest
//! gap of whoever does it. Not always the shortest plan, always the same one.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::network::{Network, Times};
use super::{Link, LinkSort, Task};

/// When tasks begin and end, by their places.
#[must_use]
pub fn level(
    network: &Network,
    times: &Times,
    minutes: &[i64],
    who: &[Option<usize>],
) -> Vec<(i64, i64)> {
    let count = minutes.len();
    let mut spans = vec![(0, 0); count];
    let mut placed = vec![false; count];
    let people = who.iter().flatten().max().map_or(0, |last| last + 1);
    let mut busy: Vec<Vec<(i64, i64)>> = vec![Vec::new(); people];
    let rank = |at: usize| (times.late[at], times.slack[at], Reverse(minutes[at]), at);
    for _ in 0..count {
        let ready = (0..count).filter(|at| !placed[*at]);
        let ready = ready.filter(|at| network.before(*at).all(|before| placed[before]));
        let Some(at) = ready.min_by_key(|at| rank(*at)) else { break };
        let earliest = network.earliest(at, minutes[at], &spans);
        let start = match who[at].filter(|_| minutes[at] > 0) {
            Some(who) => taken(&mut busy[who], earliest, minutes[at]),
            None => earliest,
        };
        spans[at] = (start, start + minutes[at]);
        placed[at] = true;
    }
    spans
}

/// The start of the earliest gap, which is taken.
fn taken(busy: &mut Vec<(i64, i64)>, earliest: i64, minutes: i64) -> i64 {
    let mut start = earliest;
    let mut place = busy.len();
    for (at, (from, to)) in busy.iter().enumerate() {
        if start + minutes <= *from {
            place = at;
            break;
        }
        start = start.max(*to);
    }
    busy.insert(place, (start, start + minutes));
    start
}

/// What waits for what, where a person's tasks also wait for one another in the order in which they
/// were placed. `None` when links allow what no such order does: a task that ends when another one
/// begins, done by one person.
#[must_use]
pub fn chained(tasks: &[Task], spans: &[(i64, i64)], who: &[Option<usize>]) -> Option<Network> {
    let mut tasks = tasks.to_vec();
    let mut order: Vec<usize> = (0..tasks.len()).filter(|at| tasks[*at].minutes > 0).collect();
    order.sort_by_key(|at| (spans[*at], *at));
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for at in order {
        let Some(who) = who[at] else { continue };
        if let Some(before) = last.insert(who, at) {
            let (task, sort) = (tasks[before].id.clone(), LinkSort::FinishStart);
            tasks[at].after.push(Link { task, sort, lag: 0 });
        }
    }
    Network::of(&tasks).ok()
}
