//! Going back: waking, replaying and forking actors.

use std::time::Instant;

use anyhow::Context as _;
use contracts::ports::{CommandBus, History, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Address, Caller, Origin, Revision};

use super::engine::{Spread, add};
use super::rows::{Rows, Took, measure};

/// How often each is done.
const TIMES: usize = 20;

/// The callers that make the history of an actor.
const MAKERS: usize = 64;

/// Actors of 10, 1,000 and 10,000 commits: folded whole, woken from the snapshot, forked.
///
/// # Errors
/// When something is refused.
pub async fn run(
    bus: &dyn CommandBus,
    history: &dyn History,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    for commits in [10, 1_000, 10_000] {
        let id = format!("history-{commits}").parse().context("it is an id")?;
        let to = Address { id, ..Spread { tenant: "main", name: "x", actors: 1 }.actor(0) };
        let make = |_| async {
            bus.ask(add(to.clone()), Wait::Accepted).await?;
            Ok(())
        };
        measure(MAKERS, commits, make).await?;
        let begun = Instant::now();
        let replay = |_| async {
            history.replay(&to, At::Latest, ReplayMode::Fold).await?;
            Ok(())
        };
        let took = measure(1, TIMES, replay).await?;
        rows.each(&format!("replay {commits} commits"), &took);
        #[expect(clippy::cast_precision_loss, reason = "thousands of commits")]
        let rate = (commits * TIMES) as f64 / begun.elapsed().as_secs_f64();
        rows.rate(&format!("commits replayed, {commits} at once"), rate, None, None);
        let wake = |_| async {
            history.state(&to, At::Latest).await?;
            Ok(())
        };
        rows.each(&format!("cold wake, {commits} commits"), &measure(1, TIMES, wake).await?);
        rows.each(&format!("fork at {commits}"), &forks(history, &to, commits).await?);
    }
    Ok(())
}

async fn forks(history: &dyn History, parent: &Address, commits: usize) -> anyhow::Result<Took> {
    let at = At::Revision(Revision(commits as u64));
    measure(1, TIMES, |number| async move {
        let child = format!("{}-fork-{number}", parent.id).parse().context("it is an id")?;
        history.fork(parent, at, child, true, Caller::new(Caller::ADMIN, Origin::Http)).await?;
        Ok(())
    })
    .await
}
