//! The ports: what the runtime needs of the world, each implemented on JetStream and in memory by
//! the crate `nats`, with one behaviour suite that runs on both.

mod archive;
mod audit;
mod blobs;
mod bus;
mod checkpoints;
mod connectors;
mod dead;
mod effects;
mod embedder;
mod engine;
mod feed;
mod gossip;
mod guard;
mod history;
mod inbound;
mod index;
mod intake;
mod leases;
mod letters;
mod live;
mod log;
mod models;
mod peers;
mod privacy;
mod records;
mod restore;
mod search;
mod secrets;
mod snapshots;
mod store;
mod timers;
mod toolbox;
mod trees;
mod work;
mod wrap;

use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;

pub use crate::audit::AuditRecord;
pub use archive::Archive;
pub use audit::{Audit, AuditEntry, AuditFilter};
pub use blobs::Blobs;
pub use bus::{CommandBus, Wait};
pub use checkpoints::Checkpoints;
pub use connectors::{Connectors, Grant};
pub use dead::{DeadLetter, DeadLetters, LetterFilter};
pub use effects::Effects;
pub use embedder::{Embedder, NoEmbedder};
pub use engine::{Engine, Wanted};
pub use feed::{Feed, FeedItem};
pub use gossip::Gossip;
pub use guard::{Entrance, Guard};
pub use history::History;
pub use inbound::{Asks, CommandQueue, FORMER_PLACE, Inbound, Road, Settle};
pub use index::{CommandIndex, CommandPlace};
pub use intake::{Intake, Telling};
pub use leases::{Lease, LeaseError, Leases};
pub use letters::{BulkProgress, LetterDone, LetterQuery, LetterVerb, LetterView, Letters};
pub use live::{Live, LiveItem};
pub use log::{Append, AppendError, Log, Look, RUN_COMMITS_MAX};
pub use models::Models;
pub use peers::{PeerAnswer, PeerCall, PeerError, PeerName, Peers};
pub use privacy::{Counted, Erasure, Privacy};
pub use records::{RecordEntry, Records};
pub use restore::{RESTORE_BYTES_MAX, RESTORE_MESSAGES_MAX, Restore, Restored};
pub use search::{Search, SearchIndex};
pub use secrets::Secrets;
pub use snapshots::{Snapshot, Snapshots};
pub use store::{STORE_NAME_BYTES_MAX, Store, StoreChange, Versioned};
pub use timers::{Scheduled, TimerId, Timers};
pub use toolbox::Toolbox;
pub use trees::{Signer, TreeHeads};
pub use work::{WorkBoard, WorkCall, WorkCalls, WorkVerb};
pub use wrap::Wrap;

/// A future that a port returns.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A stream that a port returns.
pub type Flow<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// A part of the world that did not do its job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It is away; trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// It refuses, and will again.
    #[error("refused: {0}")]
    Refused(String),
    /// What it holds cannot be read.
    #[error("damaged: {0}")]
    Damaged(String),
}

impl From<PortError> for crate::Refusal {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Unavailable(_) => {
                Self::unavailable("log_unavailable", "the log cannot be reached; try again")
            }
            PortError::Refused(reason) | PortError::Damaged(reason) => Self::internal(reason),
        }
    }
}
