//! Every stream, bucket and store, as values in one place. `provision` makes the broker agree.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::stream::{
    Config as Stream, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType,
    SubjectTransform,
};
use contracts::Partition;

use crate::config::Config;
use crate::subjects::{self, AUDIT, CHECKPOINT, COMMAND, DEAD, EVENT, SNAPSHOT, TIMER, TREE};

/// All commits of all actors.
pub const EVENTS: &str = "EVENTS";
/// Commands that wait for their actor, and timers.
pub const COMMANDS: &str = "COMMANDS";
/// The last snapshot of each actor.
pub const SNAPSHOTS: &str = "SNAPSHOTS";
/// What could not be dealt with.
pub const DEAD_LETTERS: &str = "DEAD";
/// What somebody may have to answer for.
pub const AUDIT_TRAIL: &str = "AUDIT";
/// What tenants' programs tell of themselves.
pub const RECORDS: &str = "TELEMETRY";
/// Signed tree heads, and the tree that the next is made of.
pub const TREES: &str = "TREES";
/// How far folds of the log are.
pub const CHECKPOINTS: &str = "CHECKPOINTS";
/// What is lost of these costs work, and nothing else.
pub const CACHES: [&str; 2] = [SNAPSHOTS, CHECKPOINTS];
/// The bucket of partition ownership.
pub const LEASES: &str = "LEASES";
/// The object store of large content.
pub const BLOBS: &str = "BLOBS";

/// The version of how things are laid out in the streams; a program refuses a newer one.
pub const FORMAT: u32 = 1;
/// What says so, in the metadata of EVENTS.
pub const FORMAT_KEY: &str = "cambium.format";

/// A bucket of small values that the port `Store` keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Which nodes there are: a row each, told again and again.
    Nodes,
    /// Sealed secrets and signing keys: ciphertext under the master key.
    Secrets,
    /// The wrapped keys of persons whose data is protected.
    SubjectKeys,
    /// Tickets that are good for one use.
    Tickets,
}

impl Bucket {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nodes, Self::Secrets, Self::SubjectKeys, Self::Tickets];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nodes => "NODES",
            Self::Secrets => "SECRETS",
            Self::SubjectKeys => "SUBJECT_KEYS",
            Self::Tickets => "TICKETS",
        }
    }

    /// How long a value is kept at most; none = until it is deleted.
    #[must_use]
    pub fn age(self, config: &Config) -> Option<Duration> {
        let hours = Duration::from_secs(u64::from(config.ticket_ttl_hours) * 60 * 60);
        match self {
            Self::Nodes => Some(NODE_ROW_AGE),
            Self::Tickets if !hours.is_zero() => Some(hours),
            _ => None,
        }
    }
}

/// The row of a node that says nothing more is forgotten after so long. Whether it lives is told
/// sooner, by who looks at it.
const NODE_ROW_AGE: Duration = Duration::from_secs(300);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the broker must hold: eight streams, five buckets and an object store.
#[must_use]
pub fn all(config: &Config) -> Vec<Stream> {
    let mut streams = vec![
        events(),
        commands(),
        snapshots(config),
        dead_letters(),
        audit(),
        records(),
        trees(),
        checkpoints(),
        leases(),
        object_store(BLOBS),
    ];
    streams.extend(Bucket::ALL.map(|it| small_values(it, config)));
    for stream in &mut streams {
        stream.num_replicas = config.replicas;
        // Only a single server may write behind; replicas sync through their log.
        if config.replicas > 1 {
            stream.persist_mode = None;
        }
    }
    streams
}

/// No age, no limit, no deletion: the log is the truth. Purging stays possible for an operator.
fn events() -> Stream {
    Stream {
        subjects: vec![format!("{EVENT}.*.*.*.*")],
        deny_delete: true,
        allow_atomic_publish: true,
        description: Some("All commits of all actors".to_owned()),
        metadata: HashMap::from([(FORMAT_KEY.to_owned(), FORMAT.to_string())]),
        ..base(EVENTS)
    }
}

/// A work queue. Clients publish the four-token form, which is stored under its partition; the
/// partitions are spelled out so that no message is stored where no consumer looks for it.
fn commands() -> Stream {
    let mut accepted = vec![format!("{COMMAND}.*.*.*"), format!("{TIMER}.*.*.*.*")];
    accepted.extend(Partition::all().map(|it| subjects::of_partition(COMMAND, it)));
    Stream {
        subjects: accepted,
        retention: RetentionPolicy::WorkQueue,
        allow_atomic_publish: true,
        allow_message_schedules: true,
        // The broker sets it with schedules: a schedule replaces the last one of its subject.
        allow_rollup: true,
        subject_transform: Some(SubjectTransform {
            source: format!("{COMMAND}.*.*.*"),
            destination: subjects::partitioned(COMMAND),
        }),
        description: Some("Commands that wait for their actor, and timers".to_owned()),
        ..base(COMMANDS)
    }
}

fn snapshots(config: &Config) -> Stream {
    Stream {
        subjects: vec![format!("{SNAPSHOT}.*.*.*.*")],
        max_messages_per_subject: 1,
        max_age: DAY * config.snapshot_ttl_days,
        // A cache: losing the last ones in a power cut costs a replay, syncing each costs a sync.
        persist_mode: Some(PersistenceMode::Async),
        description: Some("The last snapshot of each actor".to_owned()),
        ..base(SNAPSHOTS)
    }
}

/// Letters are taken away one by one, and only those that nobody waits behind have an age.
fn dead_letters() -> Stream {
    Stream {
        subjects: vec![format!("{DEAD}.>")],
        allow_message_ttl: true,
        description: Some("Messages that could not be dealt with".to_owned()),
        ..base(DEAD_LETTERS)
    }
}

/// Nothing is taken out of the middle; what is older than it must be kept is purged from the
/// beginning of a class.
fn audit() -> Stream {
    Stream {
        subjects: vec![format!("{AUDIT}.*.*")],
        deny_delete: true,
        description: Some("What was refused, dropped or seen with special rights".to_owned()),
        ..base(AUDIT_TRAIL)
    }
}

/// Old records are purged from the beginning of a subject, when the rows have let them go.
fn records() -> Stream {
    Stream {
        subjects: vec![subjects::records_all()],
        description: Some("Logs, metrics, spans and objects that tenants send".to_owned()),
        ..base(RECORDS)
    }
}

/// A head has a subject of its own and is never replaced; parts of the tree are.
fn trees() -> Stream {
    Stream {
        subjects: vec![format!("{TREE}.*.*")],
        max_messages_per_subject: 1,
        deny_delete: true,
        description: Some("Signed tree heads and the tree behind the next".to_owned()),
        ..base(TREES)
    }
}

/// A cache: losing the last ones costs a fold of the log.
fn checkpoints() -> Stream {
    Stream {
        subjects: vec![format!("{CHECKPOINT}.>")],
        max_messages_per_subject: 1,
        persist_mode: Some(PersistenceMode::Async),
        description: Some("How far folds of the log are".to_owned()),
        ..base(CHECKPOINTS)
    }
}

/// The stream below a key-value bucket, as all NATS clients lay it out.
fn bucket(name: &str) -> Stream {
    Stream {
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        ..base(&format!("KV_{name}"))
    }
}

/// Who reads a lease wants what its leader knows, and no copy that lies behind or is cut off.
fn leases() -> Stream {
    Stream { allow_direct: false, ..bucket(LEASES) }
}

/// A bucket whose values can be erased: deleting overwrites them, and each may have an age.
fn small_values(of: Bucket, config: &Config) -> Stream {
    Stream {
        deny_delete: false,
        allow_message_ttl: true,
        max_age: of.age(config).unwrap_or_default(),
        ..bucket(of.name())
    }
}

/// The stream below an object store, as all NATS clients lay it out.
fn object_store(name: &str) -> Stream {
    Stream {
        subjects: vec![format!("$O.{name}.C.>"), format!("$O.{name}.M.>")],
        discard: DiscardPolicy::New,
        allow_rollup: true,
        ..base(&format!("OBJ_{name}"))
    }
}

fn base(name: &str) -> Stream {
    Stream {
        name: name.to_owned(),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        allow_direct: true,
        num_replicas: 1,
        ..Stream::default()
    }
}
