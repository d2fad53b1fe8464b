//! An actor watched while it works: its commits, and between them the words of the answer that
//! grows. What is shown live is a promise of what the log will say; a gap in it is asked of the
//! executor, and what cannot be had is left to the log, so nothing is told twice or out of order.

use std::collections::VecDeque;
use std::sync::Arc;

use contracts::effect::EffectClass;
use contracts::ports::{Effects, Flow, LiveItem};
use contracts::{Address, Commit, EffectId, Recorded, Refusal};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;

use super::shared::Shared;
use super::stream::{self as commits, Commits, Place};

/// Pieces that wait for the commit that asks for them.
const EARLY_PIECES_MAX: usize = 4_096;

/// What a watcher is told.
#[derive(Debug, Clone)]
pub enum Seen {
    /// More of the text that a model is saying: all since the last commit that asked one, put
    /// together, are the beginning of what it says.
    Text(String),
    /// What happened.
    Commit(Arc<Recorded>),
}

/// What an actor does, from its first commit on and without end.
///
/// # Errors
/// As [`contracts::ports::History::entries`], before anything is given.
pub async fn actor(
    shared: &Shared,
    address: Address,
) -> Result<Flow<Result<Seen, Refusal>>, Refusal> {
    // Listened to before the commits are read, so that what is said meanwhile is not missed.
    let live = shared.edge.live.listen(&address.tenant, Some(&address.kind), Some(&address.id));
    let (history, feed) = (Arc::clone(&shared.edge.history), Arc::clone(&shared.edge.feed));
    let commits = commits::of_actor(history, feed, address.clone(), Place::default()).await?;
    let effects = Arc::clone(&shared.edge.effects);
    let watching = Watching::new(address, commits, live, effects);
    Ok(Box::pin(stream::unfold(watching, |mut watching| async move {
        let seen = watching.next().await?;
        Some((seen, watching))
    })))
}

/// A piece of a growing answer, as it is shown.
#[derive(Debug, Deserialize)]
struct Piece {
    effect_id: EffectId,
    /// The byte of the text at which it begins.
    offset: u64,
    text: String,
}

/// The answer that grows now.
struct Growing {
    effect: EffectId,
    /// Bytes of it that were told.
    told: u64,
}

struct Watching {
    address: Address,
    commits: Commits,
    live: Option<Flow<LiveItem>>,
    effects: Arc<dyn Effects>,
    growing: Option<Growing>,
    early: VecDeque<Piece>,
    ready: VecDeque<Seen>,
    ended: bool,
}

impl Watching {
    fn new(
        address: Address,
        commits: Commits,
        live: Flow<LiveItem>,
        effects: Arc<dyn Effects>,
    ) -> Self {
        let (growing, early, ready) = (None, VecDeque::new(), VecDeque::new());
        Self { address, commits, live: Some(live), effects, growing, early, ready, ended: false }
    }

    async fn next(&mut self) -> Option<Result<Seen, Refusal>> {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Some(Ok(seen));
            }
            if self.ended {
                return None;
            }
            let Some(live) = &mut self.live else {
                let next = self.commits.next().await;
                if let Some(refusal) = self.happened(next).await {
                    return Some(Err(refusal));
                }
                continue;
            };
            // What was said came before the commit that tells it whole.
            tokio::select! {
                biased;
                item = live.next() => match item {
                    Some(item) => self.shown(item).await,
                    None => self.live = None,
                },
                next = self.commits.next() => {
                    if let Some(refusal) = self.happened(next).await {
                        return Some(Err(refusal));
                    }
                }
            }
        }
    }

    async fn shown(&mut self, item: LiveItem) {
        if item.address != self.address || item.signal.r#type != "delta" {
            return;
        }
        let Ok(piece) = contracts::read::from_value::<Piece>(item.signal.data) else { return };
        match &self.growing {
            Some(growing) if growing.effect == piece.effect_id => self.take(&piece).await,
            _ if self.early.len() < EARLY_PIECES_MAX => self.early.push_back(piece),
            _ => {}
        }
    }

    /// Tells what of a piece has not been told.
    async fn take(&mut self, piece: &Piece) {
        let Some(growing) = &mut self.growing else { return };
        if piece.offset > growing.told {
            let known = self.effects.peek(growing.effect).await;
            let missed = known.and_then(|known| beyond(&known.text, 0, growing.told));
            if let Some(text) = missed {
                growing.told += text.len() as u64;
                self.ready.push_back(Seen::Text(text));
            }
        }
        if let Some(text) = beyond(&piece.text, piece.offset, growing.told) {
            growing.told += text.len() as u64;
            self.ready.push_back(Seen::Text(text));
        }
    }

    async fn happened(&mut self, next: Option<Result<Arc<Recorded>, Refusal>>) -> Option<Refusal> {
        let recorded = match next {
            Some(Ok(recorded)) => recorded,
            Some(Err(refusal)) => {
                self.ended = true;
                return Some(refusal);
            }
            None => {
                self.ended = true;
                return None;
            }
        };
        let commit = &recorded.commit;
        let over = |growing: &Growing| commit.command.id == growing.effect.outcome_command();
        if self.growing.as_ref().is_some_and(over) {
            self.growing = None;
        }
        let asked = asked(commit);
        self.ready.push_back(Seen::Commit(recorded));
        if let Some(effect) = asked {
            self.growing = Some(Growing { effect, told: 0 });
            let early = std::mem::take(&mut self.early);
            for piece in early.iter().filter(|piece| piece.effect_id == effect) {
                self.take(piece).await;
            }
            self.caught_up(effect).await;
        }
        None
    }

    /// Whoever comes while an answer grows is told what has come of it.
    async fn caught_up(&mut self, effect: EffectId) {
        let offset = self.growing.as_ref().map_or(0, |growing| growing.told);
        let known = self.effects.peek(effect).await;
        if let Some(known) = known.filter(|known| known.offset > offset) {
            self.take(&Piece { effect_id: effect, offset: 0, text: known.text }).await;
        }
    }
}

/// The model call that a commit asks for.
fn asked(commit: &Commit) -> Option<EffectId> {
    let llm = EffectClass::Llm.as_str();
    let effect = commit.effects.iter().find(|effect| effect.r#type == llm)?;
    Some(commit.effect_id(effect.index))
}

/// What of a text, which begins at byte `offset`, stands after byte `told`; `None` = nothing, or
/// there is a gap before it.
fn beyond(text: &str, offset: u64, told: u64) -> Option<String> {
    let skip = usize::try_from(told.checked_sub(offset)?).ok()?;
    text.get(skip..).filter(|rest| !rest.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::beyond;

    #[test]
    fn nothing_is_told_twice_and_nothing_after_a_gap() {
        assert_eq!(beyond("hello", 0, 0).as_deref(), Some("hello"));
        assert_eq!(beyond("hello", 0, 3).as_deref(), Some("lo"));
        assert_eq!(beyond("lo", 3, 3).as_deref(), Some("lo"));
        assert_eq!(beyond("lo", 3, 5), None, "told already");
        assert_eq!(beyond("lo", 3, 1), None, "a gap");
        assert_eq!(beyond("äb", 0, 1), None, "no half a letter");
    }
}
