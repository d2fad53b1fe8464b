//! The handle of the read models.

use std::sync::Arc;
use std::time::Duration;

use contracts::effect::{EffectRow, EffectRowQuery};
use contracts::ports::{CommandIndex, CommandPlace, Feed, Fut, NoEmbedder, PortError};
use contracts::telemetry::Telemetry;
use contracts::view::{CommandView, Page};
use contracts::{
    ActorId, Address, CommandId, Cursor, EffectId, Hash, Pages, Refusal, RefusalClass, Tenant,
};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::core::{Core, Positions};
use crate::desk::{Fault, Notice, Refused};
use crate::error::Error;
use crate::model::ModelRef;
use crate::models::{chains, commands, effects, heads, messages, timeline};
use crate::models::{heads::HeadRow, heads::HeadsQuery};
use crate::models::{messages::MemberRow, messages::MessageRow, messages::MessagesQuery};
use crate::models::{timeline::TimelineQuery, timeline::TimelineRow};
use crate::pulse;
use crate::rebuild::{self, Progress, RebuildMode, RebuildReport, RebuildState};
use crate::records::RecordRows;
use crate::registry::{Slot, State};
use crate::runner;
use crate::skip::{self, Skipped};
use crate::trail::Trail;

/// The read models of one system. Clones share everything.
///
/// Every question names its tenant; no answer holds anything of another one.
#[derive(Clone)]
pub struct Models {
    pub(crate) core: Arc<Core>,
}

impl Models {
    /// Opens the database and makes what is missing in it.
    ///
    /// # Errors
    /// When the file cannot be opened or is a database of another program.
    pub async fn open(config: Config, pages: Pages) -> Result<Self, Error> {
        Self::embedding(config, pages, Arc::new(NoEmbedder)).await
    }

    /// As [`Models::open`], with other models.
    pub(crate) async fn with(config: Config, models: Vec<ModelRef>) -> Result<Self, Error> {
        Ok(Self { core: Arc::new(Core::open(config, models).await?) })
    }

    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Says where it is told what is done; once, before [`Models::run`].
    pub fn tell(&self, telemetry: Telemetry) {
        self.core.tell(telemetry);
    }

    /// Reads the feed into the rows until `shutdown`, then ends after the transaction that is
    /// under way. Trouble never ends it: it pauses and goes on. Dropping the future loses nothing
    /// either.
    pub async fn run(&self, feed: Arc<dyn Feed>, shutdown: CancellationToken) {
        self.core.models.iter().for_each(|model| model.read_from(&feed));
        // Kept apart, so that whoever waits for it needs little room on its stack.
        let reading = Box::pin(runner::run(Arc::clone(&self.core), feed, shutdown));
        let watching = Box::pin(pulse::run(&self.core));
        tokio::select! {
            () = reading => {}
            () = watching => {}
        }
    }

    /// The rows of the audit trail, in the same database.
    ///
    /// # Errors
    /// When its tables cannot be made.
    pub async fn trail(&self) -> Result<Trail, Error> {
        Trail::open(self.core.store.clone(), self.core.config.clone()).await
    }

    /// The rows of what tenants' programs tell, in the same database; one question looks at
    /// `scan_rows_max` of them at most.
    ///
    /// # Errors
    /// When its tables cannot be made.
    pub async fn records(&self, scan_rows_max: usize) -> Result<RecordRows, Error> {
        let (store, config) = (self.core.store.clone(), self.core.config.clone());
        RecordRows::open(store, config, scan_rows_max).await
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.core.store.close().await;
    }

    /// The limits in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.core.config
    }

    /// The furthest commit that a live read model has read, by its position and its hash: what
    /// the log held once, it must still hold. `None` when nothing was read yet; the hash is zero
    /// when a message that is no commit stands there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn anchor(&self) -> Result<Option<(Cursor, Hash)>, Error> {
        let slots = self.core.slots().await?;
        let read = slots.iter().filter(|slot| slot.state == State::Live);
        let furthest = read.max_by_key(|slot| slot.checkpoint);
        let furthest = furthest.filter(|slot| slot.checkpoint > Cursor::ZERO);
        Ok(furthest.map(|slot| (slot.checkpoint, slot.anchor)))
    }

    /// Up to where all live read models have read the log.
    #[must_use]
    pub fn position(&self) -> Cursor {
        lowest(&self.core.positions().borrow())
    }

    /// Up to where the live read models have read that do not stand still at a commit, as it
    /// changes; `None` = there is none, or nothing has been read from the database yet.
    #[must_use]
    pub fn alive(&self) -> watch::Receiver<Option<Cursor>> {
        self.core.alive()
    }

    /// Resolves once all live read models have read `cursor`: whoever reads then, reads what was
    /// written before it.
    ///
    /// # Errors
    /// `min_cursor_timeout` when that takes longer than `within`.
    pub async fn reached(&self, cursor: Cursor, within: Duration) -> Result<(), Refusal> {
        self.wait(cursor, within, lowest).await
    }

    /// As [`Models::reached`] for one model, whatever holds the others.
    ///
    /// # Errors
    /// `min_cursor_timeout` as there, also for a model that does not exist.
    pub async fn model_reached(
        &self,
        model: &str,
        cursor: Cursor,
        within: Duration,
    ) -> Result<(), Refusal> {
        let of =
            |positions: &Positions| positions.get(model).copied().flatten().unwrap_or_default();
        self.wait(cursor, within, of).await
    }

    async fn wait(
        &self,
        cursor: Cursor,
        within: Duration,
        of: impl Fn(&Positions) -> Cursor,
    ) -> Result<(), Refusal> {
        let _waiting = self.core.awaited.enter();
        let mut positions = self.core.positions();
        let met = tokio::time::timeout(within, positions.wait_for(|p| of(p) >= cursor)).await;
        if matches!(met, Ok(Ok(_))) {
            return Ok(());
        }
        let position = of(&self.core.positions().borrow());
        Err(Refusal::new(
            RefusalClass::Timeout,
            "min_cursor_timeout",
            "the read models have not read that far in time; try again or ask without min_cursor",
        )
        .retry_after(1_000)
        .details(json!({ "min_cursor": cursor, "position": position })))
    }

    /// Lists actors.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn heads(&self, query: &HeadsQuery) -> Result<Page<HeadRow, String>, Refusal> {
        heads::list(&self.core, query).await
    }

    /// The row of one actor; `None` when it has no commit.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn head(&self, address: &Address) -> Result<Option<HeadRow>, Refusal> {
        heads::get(&self.core, address).await
    }

    /// Lists events.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn timeline(
        &self,
        query: &TimelineQuery,
    ) -> Result<Page<TimelineRow, String>, Refusal> {
        timeline::list(&self.core, query).await
    }

    /// What became of a command; `None` when none with that id has committed.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn command(
        &self,
        tenant: &Tenant,
        id: CommandId,
    ) -> Result<Option<CommandView>, Refusal> {
        commands::get(&self.core, tenant, id).await
    }

    /// Lists effects, the last asked first.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn effects(
        &self,
        query: &EffectRowQuery,
    ) -> Result<Page<EffectRow, String>, Refusal> {
        effects::list(&self.core, query).await
    }

    /// One effect; `None` when the tenant has none of that id.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn effect(
        &self,
        tenant: &Tenant,
        id: EffectId,
    ) -> Result<Option<EffectRow>, Refusal> {
        effects::get(&self.core, tenant, id).await
    }

    /// Lists messages of a conversation; `next` = the sequence for `after`, or for `before` when
    /// the page was read backwards.
    ///
    /// # Errors
    /// `query_invalid`, `read_model_building`, `read_models_unavailable`.
    pub async fn messages(&self, query: &MessagesQuery) -> Result<Page<MessageRow, u64>, Refusal> {
        messages::list(&self.core, query).await
    }

    /// Who is in a conversation, and how far each has read.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn members(
        &self,
        tenant: &Tenant,
        conversation: &ActorId,
    ) -> Result<Vec<MemberRow>, Refusal> {
        messages::members(&self.core, tenant, conversation).await
    }

    /// Builds fresh copies of the models called `names` (all when empty) from the first commit,
    /// compares each with the live one at the same position, and swaps it in or drops it. After a
    /// swap the former tables are kept: [`RebuildMode::RollBack`] goes back to them, once they have
    /// read what came since.
    ///
    /// The live models serve and grow meanwhile, when [`Models::run`] runs.
    ///
    /// # Errors
    /// `unknown_read_model`, `rebuild_running`, `read_model_building`, `rebuild_failed`,
    /// `nothing_kept` of a roll back, or trouble with the log or the database. Nothing was swapped
    /// for the model at fault.
    pub async fn rebuild(
        &self,
        names: &[String],
        mode: RebuildMode,
        feed: Arc<dyn Feed>,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Vec<RebuildReport>, Refusal> {
        self.core.models.iter().for_each(|model| model.read_from(&feed));
        rebuild::rebuild(&self.core, names, mode, &feed, &progress).await
    }

    /// What keeps the read models from following the log; `None` = nothing. Trouble with the
    /// database first, then what the first model that stands still says.
    pub async fn trouble(&self) -> Option<String> {
        let trouble = self.core.held();
        if trouble.is_some() {
            return trouble;
        }
        match self.core.slots().await {
            Ok(slots) => slots.into_iter().find_map(|slot| {
                let model = slot.name;
                slot.reason.map(|reason| format!("{model} stands still: {reason}"))
            }),
            Err(error) => Some(error.to_string()),
        }
    }

    /// What keeps `model` from following the log, without the name of any actor; `None` = nothing
    /// that has been noticed.
    pub async fn trouble_of(&self, model: &str) -> Option<String> {
        let trouble = self.core.held();
        if trouble.is_some() {
            return trouble;
        }
        match self.core.slots().await {
            Ok(slots) => {
                let mut own = slots.into_iter().filter(|slot| slot.name == model);
                own.find_map(|slot| slot.reason)
                    .map(|fault| format!("it cannot apply the commit at cursor {}", fault.cursor))
            }
            Err(error) => Some(error.to_string()),
        }
    }

    /// The models that stand still at a commit, and at which; of a model of which several copies
    /// do, the one that serves.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn faults(&self) -> Result<Vec<(String, Fault)>, Refusal> {
        let mut faults: Vec<(String, Fault)> = Vec::new();
        let mut slots = self.core.slots().await?;
        slots.sort_by_key(|slot| slot.state != State::Live);
        for slot in slots {
            if let Some(fault) = slot.reason
                && faults.iter().all(|(model, _)| *model != slot.name)
            {
                faults.push((slot.name, fault));
            }
        }
        Ok(faults)
    }

    /// What keeps all models from following the log: trouble with the database.
    #[must_use]
    pub fn paused(&self) -> Option<String> {
        self.core.held()
    }

    /// What happened since the last call and somebody may have to answer for.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.core.desk.notices.take()
    }

    /// How many commits no model applies, since they do not continue their actor's chain.
    #[must_use]
    pub fn refused_count(&self) -> u64 {
        self.core.desk.verdicts.count()
    }

    /// The messages that no model applies after `after`, in the order of the log, at most `limit`.
    ///
    /// # Errors
    /// `read_model_building`, `read_models_unavailable`.
    pub async fn refused(&self, after: Cursor, limit: usize) -> Result<Vec<Refused>, Refusal> {
        chains::list(&self.core, after, limit).await
    }

    /// Lets `model` pass the commit at `cursor`, at which it stands still, on the word of
    /// `principal`; it goes on at once. Copies of the same version that are built later pass it
    /// too; a new version of the model reads it again.
    ///
    /// # Errors
    /// `unknown_read_model`, `read_model_not_stopped` when it does not stand still there,
    /// `read_models_unavailable`.
    pub async fn skip(
        &self,
        model: &str,
        cursor: Cursor,
        principal: &str,
        at: contracts::Timestamp,
    ) -> Result<Skipped, Refusal> {
        skip::skip(&self.core, model, cursor, principal, at).await
    }

    /// The commits that operators let pass.
    ///
    /// # Errors
    /// `read_models_unavailable`.
    pub async fn skipped(&self) -> Result<Vec<Skipped>, Refusal> {
        Ok(skip::list(&self.core).await?)
    }

    /// How far the rebuilds are, and how the last one of each model ended.
    #[must_use]
    pub fn rebuilds(&self) -> Vec<RebuildState> {
        self.core.rebuilds.all()
    }

    /// Drops the tables that are kept of the models called `names`, of all when there is none;
    /// gives the models of which there were any.
    ///
    /// # Errors
    /// `unknown_read_model`, `rebuild_running`, `read_models_unavailable`.
    pub async fn forget(&self, names: &[String]) -> Result<Vec<String>, Refusal> {
        rebuild::forget(&self.core, names).await
    }

    /// Up to where each model has read the log: its live copy, or while there is none the one
    /// that is being built. What served last stands in when the database cannot be asked.
    pub async fn marks(&self) -> Vec<(String, Cursor)> {
        let served = self.core.positions().borrow().clone();
        if served.values().all(Option::is_some) {
            return served
                .iter()
                .map(|(name, at)| (*name, at.unwrap_or_default()))
                .map(named)
                .collect();
        }
        let slots = self.core.slots().await.unwrap_or_default();
        let building = |name: &str| {
            let own = |slot: &&Slot| slot.name == name && slot.state == State::Building;
            slots.iter().find(own).map(|slot| slot.checkpoint)
        };
        let at = |(name, at): (&&'static str, &Option<Cursor>)| {
            (*name, at.or_else(|| building(name)).unwrap_or_default())
        };
        served.iter().map(at).map(named).collect()
    }

    /// The rows of the live copy of `model`, each as JSON, in the order of their tables and keys:
    /// for comparisons.
    ///
    /// # Errors
    /// `unknown_read_model`, `read_model_building`, `read_models_unavailable`.
    pub async fn dump(&self, model: &str) -> Result<Vec<String>, Refusal> {
        rebuild::dump(&self.core, model).await
    }
}

/// The lowest position of the models that serve; zero when one of them serves nothing yet, since
/// then nobody can read there what was written.
fn lowest(positions: &Positions) -> Cursor {
    positions.values().map(|position| position.unwrap_or_default()).min().unwrap_or_default()
}

fn named((name, at): (&str, Cursor)) -> (String, Cursor) {
    (name.to_owned(), at)
}

impl CommandIndex for Models {
    fn position(&self) -> Cursor {
        self.core.positions().borrow().get("commands").copied().flatten().unwrap_or_default()
    }

    fn find<'a>(
        &'a self,
        tenant: &'a Tenant,
        command: CommandId,
    ) -> Fut<'a, Result<Option<CommandPlace>, PortError>> {
        Box::pin(commands::find(&self.core, tenant, command))
    }
}
