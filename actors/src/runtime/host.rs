//! A host: owns one partition, spawns the cells of its actors, puts them to sleep, and is their
//! supervisor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Address, EffectId, Hash, Partition, Refusal, Revision};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::oneshot;

use super::cell::Cell;
use super::inbox::{Inbox, Work};
use super::shared::Shared;

/// What a host is told.
pub enum HostMessage {
    /// Commands wait for an actor that sleeps.
    Spawn(Address),
    /// Time to look for sleepers.
    Sweep,
}

/// The host of one partition.
pub struct Host;

/// What a host knows; its cells stand in [`super::cells::Cells`].
pub struct HostState {
    shared: Arc<Shared>,
    partition: Partition,
}

impl Actor for Host {
    type Msg = HostMessage;
    type State = HostState;
    type Arguments = (Arc<Shared>, Partition);

    async fn pre_start(
        &self,
        myself: ActorRef<HostMessage>,
        (shared, partition): (Arc<Shared>, Partition),
    ) -> Result<HostState, ActorProcessingErr> {
        let every = Duration::from_millis(shared.config.idle_sweep_ms);
        myself.send_interval(every, || HostMessage::Sweep);
        Ok(HostState { shared, partition })
    }

    async fn handle(
        &self,
        myself: ActorRef<HostMessage>,
        message: HostMessage,
        state: &mut HostState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            HostMessage::Spawn(address) => state.spawn(&myself, address).await,
            HostMessage::Sweep => {
                let config = &state.shared.config;
                let idle = Duration::from_millis(config.cell_idle_ms);
                state.shared.cells.sweep(state.partition, idle, config);
                let counter = &state.shared.counters.cells;
                counter.store(state.shared.cells.awake(), std::sync::atomic::Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// A cell that failed is forgotten; the next command wakes it anew from the log.
    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<HostMessage>,
        event: SupervisionEvent,
        state: &mut HostState,
    ) -> Result<(), ActorProcessingErr> {
        let gone = match &event {
            SupervisionEvent::ActorFailed(cell, error) => {
                tracing::error!(partition = %state.partition, %error, "cell.failed");
                cell.get_id()
            }
            SupervisionEvent::ActorTerminated(cell, _, _) => cell.get_id(),
            _ => return Ok(()),
        };
        // Dropped unanswered, a command is in doubt to its caller, which is the truth.
        drop(state.shared.cells.ended(state.partition, gone));
        Ok(())
    }
}

impl HostState {
    async fn spawn(&self, myself: &ActorRef<HostMessage>, address: Address) {
        let Some((inbox, weight)) = self.shared.cells.inbox(&address) else { return };
        let cell = Cell::new(self.shared.clone(), address.clone(), weight);
        let serving = Serving { cell, inbox, works: VecDeque::new() };
        match Actor::spawn_linked(None, CellActor, serving, myself.get_cell()).await {
            Ok((actor, _)) => self.shared.cells.spawned(&address, actor),
            Err(error) => {
                for work in self.shared.cells.failed(&address) {
                    work.answer(Err(Refusal::internal(error.to_string())));
                }
            }
        }
        let counter = &self.shared.counters.cells;
        counter.store(self.shared.cells.awake(), std::sync::atomic::Ordering::Relaxed);
    }
}

/// What a cell is told.
pub enum CellMessage {
    /// Something waits in your mailbox.
    Work,
    /// What do you know?
    Probe(oneshot::Sender<Option<(Revision, Hash)>>),
    /// Do you wait for this effect, as far as you know?
    Waits(EffectId, oneshot::Sender<bool>),
    /// What you know is wrong; read the log again before the next command.
    Doubt,
    /// You have nothing to do: end.
    Sleep,
}

/// A cell as an actor.
struct CellActor;

/// A cell and its mailbox.
struct Serving {
    cell: Cell,
    inbox: Arc<Inbox>,
    works: VecDeque<Work>,
}

impl Serving {
    /// Handles all that waits, and what comes meanwhile.
    async fn work(&mut self) {
        let most = self.cell.run_commits_max();
        loop {
            self.inbox.take(most, &mut self.works);
            if self.works.is_empty() {
                return;
            }
            self.cell.work(&mut self.works).await;
        }
    }
}

impl Actor for CellActor {
    type Msg = CellMessage;
    type State = Serving;
    type Arguments = Serving;

    async fn pre_start(
        &self,
        _: ActorRef<CellMessage>,
        serving: Serving,
    ) -> Result<Serving, ActorProcessingErr> {
        Ok(serving)
    }

    async fn handle(
        &self,
        myself: ActorRef<CellMessage>,
        message: CellMessage,
        serving: &mut Serving,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            // Boxed, so that a cell with nothing to do does not hold the room that work takes.
            CellMessage::Work => Box::pin(serving.work()).await,
            CellMessage::Probe(respond) => {
                let _ = respond.send(serving.cell.probe());
            }
            CellMessage::Waits(effect, respond) => {
                let _ = respond.send(serving.cell.waits(effect));
            }
            CellMessage::Doubt => serving.cell.doubt(),
            CellMessage::Sleep => {
                serving.cell.fall_asleep();
                myself.stop(None);
            }
        }
        Ok(())
    }
}
