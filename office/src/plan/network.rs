//! The critical path: when tasks may begin and must end.

use std::collections::{BTreeMap, BTreeSet};

use super::{LinkSort, Task, Unplanned};

/// Tasks by their places, in an order in which none stands before what it waits for.
#[derive(Debug, Clone)]
pub struct Network {
    order: Vec<usize>,
    links: Vec<Vec<Edge>>,
    not_before: Vec<i64>,
}

/// That a task waits for the one at this place.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    sort: LinkSort,
    lag: i64,
}

impl Edge {
    /// Before when a task of so many minutes does not begin, given when the other does.
    const fn earliest(self, start: i64, finish: i64, minutes: i64) -> i64 {
        self.lag
            + match self.sort {
                LinkSort::FinishStart => finish,
                LinkSort::StartStart => start,
                LinkSort::FinishFinish => finish - minutes,
                LinkSort::StartFinish => start - minutes,
            }
    }

    /// After when the other, of so many minutes, may not finish, given when the task does.
    const fn latest(self, start: i64, finish: i64, minutes: i64) -> i64 {
        match self.sort {
            LinkSort::FinishStart => start - self.lag,
            LinkSort::StartStart => start - self.lag + minutes,
            LinkSort::FinishFinish => finish - self.lag,
            LinkSort::StartFinish => finish - self.lag + minutes,
        }
    }
}

/// When tasks may begin and must end, by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// The earliest starts.
    pub early: Vec<i64>,
    /// The latest starts that do not move the end.
    pub late: Vec<i64>,
    /// By how much each may be late.
    pub slack: Vec<i64>,
    /// When the last of them ends.
    pub end: i64,
}

impl Times {
    /// The tasks that may not be late at all, in the order in which they begin.
    #[must_use]
    pub fn critical(&self) -> Vec<usize> {
        let mut path: Vec<_> = (0..self.slack.len()).filter(|at| self.slack[*at] <= 0).collect();
        path.sort_by_key(|at| (self.early[*at], *at));
        path
    }
}

impl Network {
    /// Finds what waits for what.
    ///
    /// # Errors
    /// When a name is given twice, names nothing, or tasks wait for themselves.
    pub fn of(tasks: &[Task]) -> Result<Self, Unplanned> {
        let mut places = BTreeMap::new();
        for (at, task) in tasks.iter().enumerate() {
            if places.insert(task.id.as_str(), at).is_some() {
                return Err(Unplanned::Twice { id: task.id.clone() });
            }
        }
        let mut links = Vec::with_capacity(tasks.len());
        for task in tasks {
            let edges = task.after.iter().map(|link| {
                let from = places.get(link.task.as_str()).copied();
                let unknown =
                    || Unplanned::Unknown { task: task.id.clone(), named: link.task.clone() };
                Ok(Edge { from: from.ok_or_else(unknown)?, sort: link.sort, lag: link.lag })
            });
            links.push(edges.collect::<Result<Vec<_>, _>>()?);
        }
        let order = ordered(&links).map_err(|cycle| Unplanned::Cycle {
            tasks: cycle.into_iter().map(|at| tasks[at].id.clone()).collect(),
        })?;
        let not_before = tasks.iter().map(|task| task.not_before.max(0)).collect();
        Ok(Self { order, links, not_before })
    }

    /// The places of the tasks, none before what it waits for.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The places of the tasks that the one `at` waits for.
    pub fn before(&self, at: usize) -> impl Iterator<Item = usize> {
        self.links[at].iter().map(|edge| edge.from)
    }

    /// Before when the task `at` does not begin, given when those before it begin and end.
    #[must_use]
    pub fn earliest(&self, at: usize, minutes: i64, spans: &[(i64, i64)]) -> i64 {
        let links = self.links[at].iter();
        let starts = links.map(|edge| {
            let (start, finish) = spans[edge.from];
            edge.earliest(start, finish, minutes)
        });
        starts.max().unwrap_or(0).max(self.not_before[at]).max(0)
    }

    /// The earliest starts and ends of tasks that take so long; gives when the last ends.
    pub fn forward(&self, minutes: &[i64], spans: &mut Vec<(i64, i64)>) -> i64 {
        spans.clear();
        spans.resize(minutes.len(), (0, 0));
        let mut end = 0;
        for at in &self.order {
            let start = self.earliest(*at, minutes[*at], spans);
            spans[*at] = (start, start + minutes[*at]);
            end = end.max(start + minutes[*at]);
        }
        end
    }

    /// The latest ends that do not move `end`.
    pub fn backward(&self, minutes: &[i64], end: i64, finishes: &mut Vec<i64>) {
        finishes.clear();
        finishes.resize(minutes.len(), end);
        for at in self.order.iter().rev() {
            let (finish, start) = (finishes[*at], finishes[*at] - minutes[*at]);
            for edge in &self.links[*at] {
                let latest = edge.latest(start, finish, minutes[edge.from]);
                finishes[edge.from] = finishes[edge.from].min(latest);
            }
        }
    }

    /// Both passes.
    #[must_use]
    pub fn times(&self, minutes: &[i64]) -> Times {
        let (mut spans, mut finishes) = (Vec::new(), Vec::new());
        let end = self.forward(minutes, &mut spans);
        self.backward(minutes, end, &mut finishes);
        let early: Vec<_> = spans.iter().map(|(start, _)| *start).collect();
        let late: Vec<_> = finishes.iter().zip(minutes).map(|(it, minutes)| it - minutes).collect();
        let slack = late.iter().zip(&early).map(|(late, early)| late - early).collect();
        Times { early, late, slack, end }
    }
}

/// The places in an order in which none stands before what it waits for; of several that could come
/// next the first. A cycle otherwise.
fn ordered(links: &[Vec<Edge>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waits: Vec<usize> = links.iter().map(Vec::len).collect();
    let mut behind = vec![Vec::new(); links.len()];
    for (at, edges) in links.iter().enumerate() {
        for edge in edges {
            behind[edge.from].push(at);
        }
    }
    let mut ready: BTreeSet<usize> = (0..links.len()).filter(|at| waits[*at] == 0).collect();
    let mut order = Vec::with_capacity(links.len());
    while let Some(at) = ready.pop_first() {
        order.push(at);
        for next in &behind[at] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.insert(*next);
            }
        }
    }
    if order.len() == links.len() { Ok(order) } else { Err(cycle(links, &waits)) }
}

/// A cycle among the tasks that still wait: each of them waits for another of them.
fn cycle(links: &[Vec<Edge>], waits: &[usize]) -> Vec<usize> {
    let stuck = |at: usize| waits[at] > 0;
    let mut at = (0..links.len()).find(|at| stuck(*at)).unwrap_or_default();
    let mut seen = Vec::new();
    while !seen.contains(&at) {
        seen.push(at);
        let before = links[at].iter().map(|edge| edge.from).find(|from| stuck(*from));
        at = before.unwrap_or(at);
    }
    let from = seen.iter().position(|seen| *seen == at).unwrap_or_default();
    let mut cycle = seen.split_off(from);
    cycle.reverse();
    cycle
}
