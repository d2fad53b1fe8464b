//! An actor's past and present, read from the log: performs nothing, calls nobody.

mod acknowledge;
mod archive;
mod diff;
mod export;
mod import;
mod marks;
mod pages;
mod replay;
mod requests;
mod sweep;
mod trees;
mod verify;
mod waiting;
mod what_if;

use std::time::Instant;

use contracts::envelope::Envelope;
use contracts::lifecycle::{self, Parent};
use contracts::ports::{CommandBus, Fut, History, Wait};
use contracts::telemetry::Stage;
use contracts::view::{
    Answer, At, Diff, EffectStatus, Page, Replay, ReplayMode, Replayed, StateView, Verification,
};
use contracts::{
    ActorId, Address, Caller, CommandId, Cursor, Entry, Hash, Origin, Refusal, Revision,
};
use tokio::sync::oneshot;

use super::Runtime;
use super::host::CellMessage;
use super::living::Living;

pub(in crate::runtime) use archive::Desk;

/// A history behind a pointer, as the edge holds it.
pub type AnyHistory = std::sync::Arc<dyn History>;

/// An archive behind a pointer, as the edge holds it.
pub type AnyArchive = std::sync::Arc<dyn contracts::ports::Archive>;

impl Runtime {
    async fn living(&self, address: &Address, at: At) -> Result<Living, Refusal> {
        let hydrator = &self.shared.hydrator;
        let living = match at {
            At::Latest => hydrator.wake(address).await?,
            At::Revision(_) | At::Time(_) => hydrator.fold(address, at.into()).await?,
        };
        let missing = |message: String| Err(Refusal::not_found("revision_not_found", message));
        match at {
            _ if living.head.revision == Revision::ZERO => {
                let (kind, id) = (&address.kind, &address.id);
                let message = match at {
                    At::Time(time) => format!("there was no {kind} {id} at {time}"),
                    At::Latest | At::Revision(_) => format!("there is no {kind} {id}"),
                };
                Err(Refusal::not_found("actor_not_found", message))
            }
            At::Revision(revision) if living.head.revision != revision => {
                missing(format!("{} has no revision {revision}", address.id))
            }
            At::Latest | At::Revision(_) | At::Time(_) => Ok(living),
        }
    }

    async fn pages(
        &self,
        address: &Address,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<Entry, Cursor>, Refusal> {
        let page = pages::read(&self.shared.hydrator, address, after, limit).await?;
        Ok(Page {
            items: page.items.into_iter().map(|(_, entry)| entry).collect(),
            next: page.next,
        })
    }

    async fn fork_now(
        &self,
        parent: &Address,
        at: At,
        child: ActorId,
        muted: bool,
        by: Caller,
    ) -> Result<Answer, Refusal> {
        let revision = self.living(parent, at).await?.head.revision;
        let to = Address::new(parent.tenant.clone(), parent.kind.clone(), child);
        let input = lifecycle::fork_input(&Parent { id: parent.id.clone(), revision, muted });
        let parts = [to.to_string(), parent.id.to_string(), revision.to_string()];
        let id = CommandId::derived("cambium fork command v1", &[&parts[0], &parts[1], &parts[2]]);
        let by = Caller { origin: Origin::Runtime, ..by };
        self.ask(Envelope::new(id, to, lifecycle::FORK, input, by), Wait::Accepted).await
    }

    async fn unmute_now(&self, address: &Address, by: Caller) -> Result<Answer, Refusal> {
        let revision = self.living(address, At::Latest).await?.head.revision;
        let parts = [address.to_string(), revision.to_string()];
        let id = CommandId::derived("cambium unmute command v1", &[&parts[0], &parts[1]]);
        let by = Caller { origin: Origin::Runtime, ..by };
        let input = serde_json::json!({});
        let envelope = Envelope::new(id, address.clone(), lifecycle::UNMUTE, input, by);
        self.ask(envelope, Wait::Accepted).await
    }

    /// What an awake cell says of itself.
    async fn probe(&self, address: &Address) -> Option<(Revision, Hash)> {
        let (respond, answer) = oneshot::channel();
        self.shared.cells.find(address)?.cast(CellMessage::Probe(respond)).ok()?;
        answer.await.ok().flatten()
    }
}

impl History for Runtime {
    fn state<'a>(&'a self, address: &'a Address, at: At) -> Fut<'a, Result<StateView, Refusal>> {
        Box::pin(async move {
            let begun = Instant::now();
            let view = self.living(address, at).await?.view(address);
            self.shared.world.telemetry.measures.stage(Stage::Read, begun.elapsed());
            view
        })
    }

    fn entries<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Page<Entry, Cursor>, Refusal>> {
        Box::pin(async move {
            let begun = Instant::now();
            let page = self.pages(address, after, limit).await;
            self.shared.world.telemetry.measures.stage(Stage::Read, begun.elapsed());
            page
        })
    }

    fn replay_told<'a>(
        &'a self,
        address: &'a Address,
        at: At,
        mode: ReplayMode,
        told: &'a (dyn Fn(Replayed) + Send + Sync),
    ) -> Fut<'a, Result<Replay, Refusal>> {
        Box::pin(self.replay_now(address, at, mode, told))
    }

    fn fork<'a>(
        &'a self,
        parent: &'a Address,
        at: At,
        child: ActorId,
        muted: bool,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(self.fork_now(parent, at, child, muted, by))
    }

    fn unmute<'a>(&'a self, address: &'a Address, by: Caller) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(self.unmute_now(address, by))
    }

    fn parent<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Parent>, Refusal>> {
        Box::pin(async move { Ok(self.living(address, At::Latest).await?.header.parent) })
    }

    fn diff<'a>(
        &'a self,
        left: (&'a Address, At),
        right: (&'a Address, At),
    ) -> Fut<'a, Result<Diff, Refusal>> {
        Box::pin(self.diff_now(left, right))
    }

    fn verify<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Verification, Refusal>> {
        Box::pin(self.verify_now(address))
    }

    fn waiting<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Vec<EffectStatus>, Refusal>> {
        Box::pin(self.waits(address))
    }
}
