//! How far the rebuilds are, for those who ask meanwhile and afterwards.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use contracts::{Cursor, Refusal};
use serde::Serialize;

use super::{Phase, Progress, RebuildMode, RebuildReport};

/// Where the rebuild of one model stands, or how the last one ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RebuildState {
    /// The model.
    pub model: String,
    /// What was asked for.
    pub mode: RebuildMode,
    /// `waiting`, what it is doing now, `done` or `failed`.
    pub phase: String,
    /// The commits that are in the copy.
    pub commits: u64,
    /// Where the copy stands.
    pub cursor: Cursor,
    /// Where the live copy stands.
    pub target: Cursor,
    /// How long it has taken so far, or in all.
    pub seconds: f64,
    /// What it found, once it is done.
    pub report: Option<RebuildReport>,
    /// Why it failed.
    pub refusal: Option<Refusal>,
}

struct Known {
    begun: Instant,
    running: bool,
    state: RebuildState,
}

/// The rebuilds of this run of the program, the last one of each model.
#[derive(Default)]
pub(crate) struct Board(Mutex<BTreeMap<&'static str, Known>>);

const fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Folding => "folding",
        Phase::Comparing => "comparing",
        Phase::Swapping => "swapping",
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A rebuild of `model` is to come.
    pub(crate) fn begin(&self, model: &'static str, mode: RebuildMode) {
        let state = RebuildState {
            model: model.to_owned(),
            mode,
            phase: "waiting".to_owned(),
            commits: 0,
            cursor: Cursor::ZERO,
            target: Cursor::ZERO,
            seconds: 0.0,
            report: None,
            refusal: None,
        };
        self.lock().insert(model, Known { begun: Instant::now(), running: true, state });
    }

    /// A rebuild has come so far.
    pub(crate) fn on_the_way(&self, progress: &Progress) {
        if let Some(known) = self.lock().get_mut(progress.model) {
            let state = &mut known.state;
            word(progress.phase).clone_into(&mut state.phase);
            (state.commits, state.cursor) = (progress.commits, progress.cursor);
            state.target = progress.target;
        }
    }

    /// A rebuild has ended.
    pub(crate) fn end(&self, model: &'static str, ended: &Result<RebuildReport, Refusal>) {
        if let Some(known) = self.lock().get_mut(model) {
            known.running = false;
            known.state.seconds = known.begun.elapsed().as_secs_f64();
            let (phase, report, refusal) = match ended {
                Ok(report) => ("done", Some(report.clone()), None),
                Err(refusal) => ("failed", None, Some(refusal.clone())),
            };
            phase.clone_into(&mut known.state.phase);
            (known.state.report, known.state.refusal) = (report, refusal);
        }
    }

    /// A rebuild that has not begun yet does not come.
    pub(crate) fn give_up(&self, model: &'static str) {
        let mut known = self.lock();
        if known.get(model).is_some_and(|known| known.running) {
            known.remove(model);
        }
    }

    /// All of them, by the names of their models.
    pub(crate) fn all(&self) -> Vec<RebuildState> {
        let known = self.lock();
        let state = |known: &Known| {
            let mut state = known.state.clone();
            if known.running {
                state.seconds = known.begun.elapsed().as_secs_f64();
            }
            state
        };
        known.values().map(state).collect()
    }
}
