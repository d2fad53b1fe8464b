//! What is said in Cambium: addresses, envelopes, commits, effects and the ports that carry them.
//!
//! This crate opens no socket, spawns no task, reads no clock and draws no random number. All
//! other crates depend on it; it depends on none of them.

pub mod access;
pub mod address;
pub mod archive;
pub mod audit;
pub mod caller;
pub mod canonical;
pub mod chain;
pub mod codec;
pub mod commit;
pub mod decider;
pub mod effect;
pub mod entry;
pub mod envelope;
pub mod graph;
pub mod hash;
pub mod ids;
pub mod input;
pub mod kinds;
pub mod lifecycle;
pub mod limits;
pub mod message;
pub mod model;
pub mod node;
pub mod page;
pub mod partition;
pub mod ports;
pub mod privacy;
pub mod protected;
pub mod read;
pub mod records;
pub mod refusal;
pub mod schedule;
pub mod search;
pub mod secret;
pub mod stop;
pub mod telemetry;
pub mod ticket;
pub mod time;
pub mod tree;
pub mod usage;
pub mod view;
pub mod work;

pub use address::Address;
pub use caller::{Caller, Origin};
pub use canonical::state_hash;
pub use commit::{Commit, Completion, EffectRecord, EventRecord};
pub use decider::{Context, Decider, Decision, Reply, Signal};
pub use effect::{Effect, Outcome, OutcomeResult};
pub use entry::{Entry, Recorded};
pub use envelope::Envelope;
pub use hash::Hash;
pub use ids::{
    ActorId, CommandId, CommandName, Correlation, CredentialId, Cursor, EffectId, Kind, LimitKey,
    NodeId, Principal, Queue, Revision, SecretName, Tenant,
};
pub use page::{Page, Pages};
pub use partition::Partition;
pub use refusal::{FieldError, Refusal, RefusalClass};
pub use secret::Secret;
pub use time::Timestamp;
