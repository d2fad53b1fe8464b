//! What the handle, the runner and the rebuild share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};

use contracts::telemetry::Telemetry;
use contracts::{Cursor, Refusal};
use tokio::sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard, watch};

use crate::awaited::Awaited;
use crate::config::Config;
use crate::desk::Desk;
use crate::error::Error;
use crate::model::{ModelRef, Stem};
use crate::models::chains;
use crate::rebuild::Board;
use crate::registry::{self, LAYOUT, Slot, State};
use crate::store::{Row, Store, Tx};

/// Up to where each model has read; `None` = it serves nothing yet.
pub(crate) type Positions = BTreeMap<&'static str, Option<Cursor>>;

/// Which copy of each model serves. Held for reading by every query, so that no table is dropped
/// under one; for writing by the transaction that swaps.
type Serving = BTreeMap<&'static str, RwLock<Option<Stem>>>;

pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) store: Store,
    /// The models in the order of their names.
    pub(crate) models: Vec<ModelRef>,
    /// Held around each write transaction of the runner; by the rebuild for somewhat longer, to
    /// let a copy meet the live one.
    pub(crate) gate: tokio::sync::Mutex<()>,
    /// Told when a copy stopped, landed or was swapped, so that the runner looks again.
    pub(crate) changed: Notify,
    /// Who waits for a position.
    pub(crate) awaited: Awaited,
    /// Counts what operators let pass, so that a model that rests is tried again at once.
    pub(crate) woken: watch::Sender<u64>,
    /// The models that are being rebuilt.
    pub(crate) rebuilding: Mutex<BTreeSet<&'static str>>,
    /// How far each rebuild is, and how the last one of each model ended.
    pub(crate) rebuilds: Board,
    /// What all copies share.
    pub(crate) desk: Desk,
    telemetry: OnceLock<Telemetry>,
    serving: Serving,
    positions: watch::Sender<Positions>,
    alive: watch::Sender<Option<Cursor>>,
    trouble: watch::Sender<Option<String>>,
    /// That the database says nothing.
    silent: watch::Sender<Option<String>>,
    /// Of which reign of this process the registry was brought in line; −1 = of none.
    reconciled: AtomicI64,
}

impl Core {
    /// Opens the store and brings its registry in line with `models`.
    pub(crate) async fn open(config: Config, mut models: Vec<ModelRef>) -> Result<Self, Error> {
        let desk = Desk::default();
        models.iter_mut().for_each(|model| model.desk = desk.clone());
        let store = Store::open(&config, LAYOUT).await?;
        let serving: Serving = models.iter().map(|m| (m.name, RwLock::new(None))).collect();
        let positions = watch::Sender::new(Positions::new());
        let core = Self {
            config,
            store,
            models,
            gate: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
            awaited: Awaited::default(),
            woken: watch::Sender::new(0),
            rebuilding: Mutex::new(BTreeSet::new()),
            rebuilds: Board::default(),
            desk,
            telemetry: OnceLock::new(),
            serving,
            positions,
            alive: watch::Sender::new(None),
            trouble: watch::Sender::new(None),
            silent: watch::Sender::new(None),
            reconciled: AtomicI64::new(-1),
        };
        match core.lead().await {
            Err(Error::Elsewhere(_)) => core.follow().await?,
            other => other?,
        }
        Ok(core)
    }

    /// Becomes the process that writes, or finds out that it is; one that has just become it brings
    /// the registry in line with its models.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] while another process writes; trouble with the database.
    pub(crate) async fn lead(&self) -> Result<(), Error> {
        if !self.config.writes && self.config.postgres_url().is_some() {
            return Err(Error::Elsewhere("a node with the role projections".to_owned()));
        }
        let reign = self.store.lead().await?;
        if self.reconciled.load(Ordering::SeqCst) != reign {
            let _gate = self.gate.lock().await;
            self.reconcile().await?;
            self.reconciled.store(reign, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Shows queries what another process has written.
    pub(crate) async fn follow(&self) -> Result<(), Error> {
        let mut slots = self.slots().await?;
        slots.retain(|slot| self.model(&slot.name).is_some_and(|it| it.speaks(slot.version)));
        self.publish(&slots).await;
        Ok(())
    }

    async fn reconcile(&self) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        registry::create(&mut tx).await?;
        for mut slot in registry::load(&mut tx).await? {
            match self.model(&slot.name) {
                // A live copy of a version that this program cannot read or write waits for its
                // successor, so that the older program still finds it after a downgrade.
                Some(model) if slot.state == State::Live && !model.speaks(slot.version) => {
                    slot.state = State::Retired;
                    slot.save(&mut tx).await?;
                }
                Some(model) if keep(model, &slot) => {}
                _ => {
                    tx.drop_tables(slot.stem.as_str()).await?;
                    slot.remove(&mut tx).await?;
                }
            }
        }
        for model in &self.models {
            let slots = registry::load(&mut tx).await?;
            let own = |slot: &&Slot| slot.name == model.name && slot.version == model.version;
            if !slots.iter().filter(own).any(|s| matches!(s.state, State::Live | State::Building)) {
                let stem = Stem::new(model.name, model.version, 0);
                model.create(&mut tx, &stem).await?;
                Slot::empty(stem, model.name, model.version, State::Building).save(&mut tx).await?;
            }
        }
        let slots = registry::load(&mut tx).await?;
        registry::load_skips(&mut tx, &self.desk.skips).await?;
        for slot in slots.iter().filter(|slot| slot.name == chains::NAME) {
            chains::load(&mut tx, &slot.stem, &self.desk.verdicts).await?;
        }
        tx.commit().await?;
        self.publish(&slots).await;
        Ok(())
    }

    /// Where it is told what is done; nowhere until [`Core::tell`].
    pub(crate) fn telemetry(&self) -> &Telemetry {
        self.telemetry.get_or_init(Telemetry::default)
    }

    /// Says where it is told what is done; once, before the lanes run.
    pub(crate) fn tell(&self, telemetry: Telemetry) {
        let _ = self.telemetry.set(telemetry);
    }

    /// The model called `name`.
    pub(crate) fn model(&self, name: &str) -> Option<&ModelRef> {
        self.models.iter().find(|model| model.name == name)
    }

    /// All copies as the database has them now.
    pub(crate) async fn slots(&self) -> Result<Vec<Slot>, Error> {
        self.store.rows(registry::all(), Vec::new()).await?.iter().map(registry::read).collect()
    }

    /// The copy of `name` that serves, kept from being dropped while it is held.
    pub(crate) async fn serving(
        &self,
        name: &'static str,
    ) -> Result<RwLockReadGuard<'_, Stem>, Refusal> {
        let guard = self.serving.get(name).ok_or_else(|| building(name))?.read().await;
        RwLockReadGuard::try_map(guard, Option::as_ref).map_err(|_| building(name))
    }

    /// The rows that `query` finds in the copy of `name` that serves.
    pub(crate) async fn read(
        &self,
        name: &'static str,
        query: impl FnOnce(&Stem) -> (String, Vec<crate::store::Cell>),
    ) -> Result<Vec<Row>, Refusal> {
        let stem = self.serving(name).await?;
        let (sql, args) = query(&stem);
        self.rows(name, sql, args).await
    }

    /// The rows that a query of the model `name` finds.
    async fn rows(
        &self,
        name: &'static str,
        sql: String,
        args: Vec<crate::store::Cell>,
    ) -> Result<Vec<Row>, Refusal> {
        match self.store.rows(sql, args).await {
            Ok(rows) => Ok(rows),
            // The next question meets the new tables once this process has looked at the registry.
            Err(error) if error.is_swapped() => Err(building(name)),
            Err(error) => {
                tracing::warn!(model = name, error = %error, "a query of a read model failed");
                Err(error.into())
            }
        }
    }

    /// Keeps all queries of `name` out until the guard is dropped.
    pub(crate) async fn exclude(&self, name: &str) -> RwLockWriteGuard<'_, Option<Stem>> {
        let serving = self.serving.get(name);
        serving.expect("asked only for models of the registry").write().await
    }

    /// Makes `stem` the live copy of its model within `tx`. The one before it is dropped, or with
    /// `keep` kept as it is, to be gone back to; what was kept before that goes. Queries wait from
    /// here until the returned guard, which then shows the new copy, is dropped after the commit.
    pub(crate) async fn promote<'a>(
        &'a self,
        tx: &mut Tx,
        slots: &mut Vec<Slot>,
        stem: &Stem,
        keep: bool,
    ) -> Result<Promotion<'a>, Error> {
        let name = slots.iter().find(|slot| slot.stem == *stem).map(|slot| slot.name.clone());
        let name = name.ok_or_else(|| Error::Model(format!("{} is gone", stem.as_str())))?;
        let guard = self.exclude(&name).await;
        let former = |slot: &Slot| {
            let replaced = match slot.state {
                State::Live => !keep,
                State::Retired | State::Kept => true,
                State::Building | State::Shadow => false,
            };
            slot.name == name && slot.stem != *stem && replaced
        };
        for slot in slots.extract_if(.., |slot| former(slot)) {
            tx.drop_tables(slot.stem.as_str()).await?;
            slot.remove(tx).await?;
        }
        let live = |slot: &&mut Slot| slot.name == name && slot.state == State::Live;
        for slot in slots.iter_mut().filter(live).filter(|slot| slot.stem != *stem) {
            slot.state = State::Kept;
            slot.save(tx).await?;
        }
        for slot in slots.iter_mut().filter(|slot| slot.stem == *stem) {
            (slot.state, slot.reason) = (State::Live, None);
            slot.save(tx).await?;
        }
        Ok(Promotion { guard, stem: stem.clone() })
    }

    /// Empties the copies that `which` names, whose rows come from another log than the one that
    /// is there now. They serve nothing until they are built again.
    pub(crate) async fn reset(&self, which: impl Fn(&Slot) -> bool + Sync) -> Result<(), Error> {
        let _gate = self.gate.lock().await;
        let mut tx = self.store.begin().await?;
        let mut slots = registry::load(&mut tx).await?;
        let (mut guards, mut names) = (Vec::new(), BTreeSet::new());
        for slot in slots.iter_mut().filter(|slot| which(slot)) {
            let Some(model) = self.model(&slot.name) else { continue };
            if slot.state == State::Live {
                guards.push(self.exclude(&slot.name).await);
            }
            names.insert(model.name);
            model.create(&mut tx, &slot.stem).await?;
            *slot = Slot::empty(slot.stem.clone(), model.name, slot.version, State::Building);
            slot.save(&mut tx).await?;
        }
        let of_another_log = |slot: &Slot| slot.state == State::Kept && names.contains(&*slot.name);
        for slot in slots.extract_if(.., |slot| of_another_log(slot)) {
            tx.drop_tables(slot.stem.as_str()).await?;
            slot.remove(&mut tx).await?;
        }
        tx.commit().await?;
        if names.contains(chains::NAME) {
            self.desk.verdicts.clear();
        }
        for mut guard in guards {
            *guard = None;
        }
        self.publish(&slots).await;
        self.changed.notify_one();
        Ok(())
    }

    /// Shows queries the live copies among `slots`, as just committed, and tells those who wait up
    /// to where they have read. Another process may have swapped one.
    pub(crate) async fn publish(&self, slots: &[Slot]) {
        let mut positions = Positions::new();
        for model in &self.models {
            let live = slots.iter().find(|s| s.name == model.name && s.state == State::Live);
            positions.insert(model.name, live.map(|slot| slot.checkpoint));
            let Some(serving) = self.serving.get(model.name) else { continue };
            let stem = live.map(|slot| &slot.stem);
            if serving.read().await.as_ref() != stem {
                *serving.write().await = stem.cloned();
            }
        }
        self.positions.send_replace(positions);
        let alive = slots.iter().filter(|slot| slot.healthy()).map(|slot| slot.checkpoint).min();
        self.alive.send_replace(alive);
    }

    /// Up to where the live models have read that nothing holds, as it changes; `None` = there is
    /// none.
    pub(crate) fn alive(&self) -> watch::Receiver<Option<Cursor>> {
        self.alive.subscribe()
    }

    /// The positions, as they change.
    pub(crate) fn positions(&self) -> watch::Receiver<Positions> {
        self.positions.subscribe()
    }

    /// What holds the runner as a whole, as it changes; `None` = nothing.
    pub(crate) fn trouble(&self) -> watch::Receiver<Option<String>> {
        self.trouble.subscribe()
    }

    /// What holds the read models: trouble that was met, or that nothing is said at all.
    pub(crate) fn held(&self) -> Option<String> {
        self.trouble.borrow().clone().or_else(|| self.silent.borrow().clone())
    }

    /// Notes whether the database says nothing; the first note is logged.
    pub(crate) fn set_silent(&self, silent: Option<String>) {
        match (self.silent.send_replace(silent.clone()), silent) {
            (None, Some(reason)) => tracing::error!(reason, "the database of the read models"),
            (Some(_), None) => tracing::info!("the database of the read models answers again"),
            _ => {}
        }
    }

    /// Notes what holds the runner; the first note of a trouble is logged.
    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        match (self.trouble.send_replace(trouble.clone()), trouble) {
            (None, Some(reason)) => {
                tracing::error!(
                    reason = %reason,
                    "the read models pause; they go on by themselves"
                );
            }
            (Some(_), None) => tracing::info!("the read models go on"),
            _ => {}
        }
    }
}

/// What a question to a model is told that serves nothing yet.
fn building(name: &str) -> Refusal {
    Refusal::unavailable(
        "read_model_building",
        format!("the read model {name} is being built from the log; try again"),
    )
}

/// Whether a copy found at start is of use.
fn keep(model: &ModelRef, slot: &Slot) -> bool {
    match slot.state {
        State::Live | State::Kept => model.speaks(slot.version),
        State::Building => slot.version == model.version,
        State::Retired => slot.version != model.version,
        State::Shadow => false,
    }
}

/// A swap that becomes visible to queries once its transaction is committed.
pub(crate) struct Promotion<'a> {
    guard: RwLockWriteGuard<'a, Option<Stem>>,
    stem: Stem,
}

impl Promotion<'_> {
    /// Lets queries go on, to the new copy. Called after the commit.
    pub(crate) fn show(mut self) {
        *self.guard = Some(self.stem);
    }
}
