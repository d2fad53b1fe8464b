//! The histories that a tree is drawn from, each read once.

use std::collections::HashMap;

use contracts::envelope::Cause;
use contracts::{CommandId, EffectId};

use crate::cli::address::Subject;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::history::{Shown, read_all};

/// The longest history that is read, in commits.
const HISTORY_COMMITS_MAX: usize = 50_000;

/// Histories by actor.
pub struct Library {
    client: Client,
    histories: HashMap<String, Vec<Shown>>,
}

impl Library {
    /// Reads through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, histories: HashMap::new() }
    }

    /// All commits of one actor.
    ///
    /// # Errors
    /// As [`read_all`].
    pub async fn history(&mut self, subject: &Subject) -> Result<&[Shown], Failure> {
        let key = subject.to_string();
        if !self.histories.contains_key(&key) {
            let history = read_all(&self.client, subject, HISTORY_COMMITS_MAX).await?;
            self.histories.insert(key.clone(), history);
        }
        Ok(self.histories.get(&key).map(Vec::as_slice).unwrap_or_default())
    }

    /// The place of the commit of `command`'s errand that began in this actor; `None` when the
    /// command stored nothing.
    ///
    /// # Errors
    /// As [`read_all`].
    pub async fn root(
        &mut self,
        subject: &Subject,
        command: CommandId,
    ) -> Result<Option<usize>, Failure> {
        let history = self.history(subject).await?;
        let Some(mut at) = history.iter().position(|shown| shown.commit.command.id == command)
        else {
            return Ok(None);
        };
        // A cause stands before its consequence, so this ends.
        while let Some(above) = cause_of(history, at).filter(|above| *above < at) {
            at = above;
        }
        Ok(Some(at))
    }

    /// The places of the commits whose cause stands elsewhere, or nowhere.
    ///
    /// # Errors
    /// As [`read_all`].
    pub async fn roots(&mut self, subject: &Subject) -> Result<Vec<usize>, Failure> {
        let history = self.history(subject).await?;
        let effects = owners(history);
        let within = |shown: &Shown| match &shown.commit.command.cause {
            None => false,
            Some(Cause::Effect(effect)) => effects.contains_key(effect),
            Some(Cause::Command(id)) => history.iter().any(|other| other.commit.command.id == *id),
        };
        Ok((0..history.len()).filter(|at| !within(&history[*at])).collect())
    }

    /// The places of the commits that `effect` of another or the same actor led to here.
    ///
    /// # Errors
    /// As [`read_all`].
    pub async fn caused_by(
        &mut self,
        subject: &Subject,
        cause: &Cause,
    ) -> Result<Vec<usize>, Failure> {
        let history = self.history(subject).await?;
        let places = history.iter().enumerate();
        let caused = places.filter(|(_, shown)| shown.commit.command.cause.as_ref() == Some(cause));
        Ok(caused.map(|(at, _)| at).collect())
    }
}

/// Which commit asked for each effect.
fn owners(history: &[Shown]) -> HashMap<EffectId, usize> {
    let commits = history.iter().enumerate();
    let effects = commits.flat_map(|(at, shown)| {
        let commit = &shown.commit;
        commit.effects.iter().map(move |effect| (commit.effect_id(effect.index), at))
    });
    effects.collect()
}

/// The place of the commit that led to the one at `at`, within the same actor.
fn cause_of(history: &[Shown], at: usize) -> Option<usize> {
    match history[at].commit.command.cause.as_ref()? {
        Cause::Effect(effect) => owners(&history[..at]).get(effect).copied(),
        Cause::Command(id) => history[..at].iter().position(|shown| shown.commit.command.id == *id),
    }
}
