//! A host: owns one partition, finds the cells of its actors or wakes them, and is their
//! supervisor.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use contracts::view::Answer;
use contracts::{Address, Envelope, Hash, Partition, Refusal, RefusalClass, Revision};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

use super::cell::Cell;
use super::shared::{Counters, Shared};

/// Where the answer to a command goes.
pub type Respond = oneshot::Sender<Result<Answer, Refusal>>;

/// What a host is told.
pub enum HostMessage {
    /// A command for one of its actors.
    Deliver(Box<Envelope>, Respond),
    /// Asks an awake cell what it knows.
    Probe(Address, oneshot::Sender<Option<(Revision, Hash)>>),
    /// Time to look for sleepers.
    Sweep,
}

/// The host of one partition.
pub struct Host;

/// What a host knows.
pub struct HostState {
    shared: Arc<Shared>,
    partition: Partition,
    cells: HashMap<Address, Handle>,
    serial: u64,
}

/// A cell from outside.
struct Handle {
    actor: ActorRef<CellMessage>,
    mailbox: Arc<Semaphore>,
    used: Instant,
}

impl Handle {
    fn is_idle(&self, shared: &Shared) -> bool {
        self.mailbox.available_permits() == shared.config.mailbox_commands_max
    }
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
        Ok(HostState { shared, partition, cells: HashMap::new(), serial: 0 })
    }

    async fn handle(
        &self,
        myself: ActorRef<HostMessage>,
        message: HostMessage,
        state: &mut HostState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            HostMessage::Deliver(envelope, respond) => {
                state.deliver(&myself, envelope, respond).await;
            }
            HostMessage::Probe(address, respond) => match state.cells.get(&address) {
                Some(cell) => {
                    let _ = cell.actor.cast(CellMessage::Probe(respond));
                }
                None => {
                    let _ = respond.send(None);
                }
            },
            HostMessage::Sweep => state.sweep(),
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
        state.cells.retain(|_, handle| handle.actor.get_id() != gone);
        state.shared.counters.cells.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
}

impl HostState {
    async fn deliver(
        &mut self,
        myself: &ActorRef<HostMessage>,
        envelope: Box<Envelope>,
        respond: Respond,
    ) {
        let handle = match self.find(myself, &envelope.to).await {
            Ok(handle) => handle,
            Err(refusal) => {
                let _ = respond.send(Err(refusal));
                return;
            }
        };
        handle.used = Instant::now();
        match handle.mailbox.clone().try_acquire_owned() {
            Ok(permit) => {
                let _ = handle.actor.cast(CellMessage::Command(envelope, respond, permit));
            }
            Err(_) => {
                let _ = respond.send(Err(Refusal::new(
                    RefusalClass::Overloaded,
                    "actor_overloaded",
                    "too many commands wait for this actor",
                )
                .retry_after(100)));
            }
        }
    }

    async fn find(
        &mut self,
        myself: &ActorRef<HostMessage>,
        address: &Address,
    ) -> Result<&mut Handle, Refusal> {
        if !self.cells.contains_key(address) {
            let most = self.shared.config.cells_awake_max / usize::from(Partition::COUNT);
            if self.cells.len() >= most.max(1) && !self.put_one_to_sleep() {
                return Err(Refusal::new(
                    RefusalClass::Overloaded,
                    "cells_exhausted",
                    "as many actors are busy as may be awake at once",
                )
                .retry_after(500));
            }
            let cell = Cell::new(self.shared.clone(), address.clone());
            self.serial += 1;
            let (actor, _) = Actor::spawn_linked(None, CellActor, cell, myself.get_cell())
                .await
                .map_err(|error| Refusal::internal(error.to_string()))?;
            Counters::add(&self.shared.counters.cells);
            let mailbox = Arc::new(Semaphore::new(self.shared.config.mailbox_commands_max));
            let handle = Handle { actor, mailbox, used: Instant::now() };
            self.cells.insert(address.clone(), handle);
        }
        self.cells.get_mut(address).ok_or_else(|| Refusal::internal("the cell is gone"))
    }

    /// The idlest cell that has nothing to do falls asleep; false when all are busy.
    fn put_one_to_sleep(&mut self) -> bool {
        let idlest = self
            .cells
            .iter()
            .filter(|(_, handle)| handle.is_idle(&self.shared))
            .min_by_key(|(address, handle)| (handle.used, *address))
            .map(|(address, _)| address.clone());
        let handle = idlest.and_then(|address| self.cells.remove(&address));
        handle.map(|handle| handle.actor.stop(None)).is_some()
    }

    fn sweep(&mut self) {
        let idle = Duration::from_millis(self.shared.config.cell_idle_ms);
        let shared = self.shared.clone();
        self.cells.retain(|_, handle| {
            let asleep = handle.used.elapsed() >= idle && handle.is_idle(&shared);
            if asleep {
                handle.actor.stop(None);
            }
            !asleep
        });
    }
}

/// What a cell is told.
enum CellMessage {
    /// A command, and the place in the mailbox that it takes.
    Command(Box<Envelope>, Respond, OwnedSemaphorePermit),
    /// What do you know?
    Probe(oneshot::Sender<Option<(Revision, Hash)>>),
}

/// A cell as an actor.
struct CellActor;

impl Actor for CellActor {
    type Msg = CellMessage;
    type State = Cell;
    type Arguments = Cell;

    async fn pre_start(
        &self,
        _: ActorRef<CellMessage>,
        cell: Cell,
    ) -> Result<Cell, ActorProcessingErr> {
        Ok(cell)
    }

    async fn handle(
        &self,
        _: ActorRef<CellMessage>,
        message: CellMessage,
        cell: &mut Cell,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            CellMessage::Command(envelope, respond, permit) => {
                let result = cell.command(&envelope).await;
                drop(permit);
                let _ = respond.send(result);
            }
            CellMessage::Probe(respond) => {
                let _ = respond.send(cell.probe());
            }
        }
        Ok(())
    }
}
