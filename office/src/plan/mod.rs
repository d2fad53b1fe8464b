//! Plans: tasks that wait for one another, working time, people, chance, and where things stand.
//!
//! Times of a plan are minutes of working time since it begins; [`calendar`] tells when that is on
//! the clocks.

pub mod assign;
pub mod calendar;
pub mod gantt;
pub mod level;
pub mod network;
pub mod risk;
#[cfg(test)]
mod tests;
pub mod track;

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// What others name it by.
    pub id: String,
    /// How long it takes, in minutes of working time; 0 = a milestone.
    pub minutes: i64,
    /// How long at least, as far as anybody knows.
    pub minutes_min: i64,
    /// How long at most.
    pub minutes_max: i64,
    /// What it waits for.
    pub after: Vec<Link>,
    /// The skills that it takes.
    pub skills: Vec<String>,
    /// Before when it does not begin, in minutes of working time.
    pub not_before: i64,
}

/// That a task waits for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// For which.
    pub task: String,
    /// What of the one waits for what of the other.
    pub sort: LinkSort,
    /// For how much longer, in minutes of working time; below zero = so much is done before.
    pub lag: i64,
}

/// What of a task waits for what of the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkSort {
    /// Its start for the other's finish.
    #[default]
    FinishStart,
    /// Its start for the other's start.
    StartStart,
    /// Its finish for the other's finish.
    FinishFinish,
    /// Its finish for the other's start.
    StartFinish,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unplanned {
    /// Two tasks have one name.
    #[error("two tasks are called {id}")]
    Twice {
        /// Which.
        id: String,
    },
    /// A task waits for one that is not there.
    #[error("{task} waits for {named}, which is no task")]
    Unknown {
        /// The task.
        task: String,
        /// What it names.
        named: String,
    },
    /// Tasks wait for themselves.
    #[error("tasks wait for themselves: {}", tasks.join(" → "))]
    Cycle {
        /// Each waits for the one before it, and the first for the last.
        tasks: Vec<String>,
    },
    /// The working time holds no minute, or not as much as is wanted.
    #[error("the working time does not hold the plan")]
    NoTime,
}
