//! A runtime on ports in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actors::model::Providers;
use actors::runtime::{Clock, Credentials};
use actors::tools::Tools;
use actors::{Config, Registry, Runtime, World};
use cambium::tree_key::TreeKey;
use contracts::caller::{Identity, Origin};
use contracts::envelope::NodeKey;
use contracts::ports::{CommandBus, CommandIndex, CommandPlace, Feed, Fut, PortError, Wait};
use contracts::telemetry::Telemetry;
use contracts::view::Answer;
use contracts::{Address, Caller, CommandId, Cursor, Envelope, Refusal, Tenant, Timestamp, commit};
use nats::Memory;
use nats::streams::Bucket;
use serde_json::Value;

use crate::no_search::NoSearch;
use crate::wrapping::{OpenWrap, PlainSecrets};

/// The credential that [`Node`]s accept.
pub const KEY: &str = "ck_test";

/// A runtime and the world that it runs on.
pub struct Node {
    /// The broker.
    pub memory: Memory,
    /// The runtime.
    pub runtime: Runtime,
}

/// Commands of this process get ids of their own, whichever node they are sent to.
static SERIAL: AtomicU64 = AtomicU64::new(1_000_000);

/// An index that has read nothing: actors then keep all they know.
struct NoIndex;

impl CommandIndex for NoIndex {
    fn position(&self) -> Cursor {
        Cursor::ZERO
    }

    fn find<'a>(
        &'a self,
        _: &'a Tenant,
        _: CommandId,
    ) -> Fut<'a, Result<Option<CommandPlace>, PortError>> {
        Box::pin(async { Ok(None) })
    }
}

struct OneKey;

impl Credentials for OneKey {
    fn identify(&self, credential: &str) -> Option<Identity> {
        (credential == KEY).then(Identity::admin)
    }
}

struct MemoryClock(Memory);

impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Node {
    /// A runtime with the standard kinds on a broker of its own.
    pub async fn start() -> Self {
        Self::on(Memory::new(), Registry::standard(), Config::default(), Providers::standard())
            .await
    }

    /// A runtime on a broker that may hold something already.
    pub async fn on(
        memory: Memory,
        registry: Registry,
        config: Config,
        providers: Providers,
    ) -> Self {
        let world = Self::world(&memory, providers).await;
        Self::of(memory, world, registry, config).await
    }

    /// The ports of `memory`, for a test that puts others in their place.
    pub async fn world(memory: &Memory, providers: Providers) -> World {
        let tail = nats::Tail::start(memory.log(), nats::tail::Config::default()).await;
        let feed: Arc<dyn Feed> = Arc::new(tail.expect("the log is in memory"));
        World {
            log: memory.log(),
            feed,
            queue: memory.commands(),
            asks: memory.asks(),
            timers: memory.timers(),
            snapshots: memory.snapshots(),
            blobs: memory.blobs(),
            restore: memory.restore(),
            trees: memory.trees(),
            checkpoints: memory.checkpoints(),
            secrets: Arc::new(PlainSecrets(memory.store(Bucket::Secrets))),
            subject_keys: memory.store(Bucket::SubjectKeys),
            tickets: memory.store(Bucket::Tickets),
            signer: Arc::new(TreeKey::from_seed(&[7; 32]).expect("32 bytes are a seed")),
            audit: memory.audit(),
            dead: memory.dead_letters(),
            live: memory.live(),
            work: memory.work(),
            index: Arc::new(NoIndex),
            search: Arc::new(NoSearch),
            credentials: Arc::new(OneKey),
            providers,
            tools: Tools::standard(),
            prices: Arc::default(),
            telemetry: Telemetry::default(),
            clock: Arc::new(MemoryClock(memory.clone())),
            wrap: Arc::new(OpenWrap::default()),
            cluster: None,
            node_key: NodeKey([7; 32]),
            nonce: actors::runtime::run_nonce(),
        }
    }

    /// A runtime on these ports.
    pub async fn of(memory: Memory, world: World, registry: Registry, config: Config) -> Self {
        let runtime = Runtime::start(world, registry, config).await.expect("the log is in memory");
        Self { memory, runtime }
    }

    /// A command by the admin with an id of its own.
    pub fn command(&self, to: &str, name: &str, input: Value) -> Envelope {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let by = Caller::new(Caller::ADMIN, Origin::Http);
        let name = name.parse().expect("a command name");
        Envelope::new(commit::sample_command_id(u128::from(serial)), address(to), name, input, by)
    }

    /// Asks and waits for the final answer.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn ask(&self, to: &str, name: &str, input: Value) -> Result<Answer, Refusal> {
        self.send(self.command(to, name, input)).await
    }

    /// Sends an envelope and waits for the final answer.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn send(&self, envelope: Envelope) -> Result<Answer, Refusal> {
        let wait = Wait::Completed(std::time::Duration::from_secs(20));
        self.runtime.ask(envelope, wait).await
    }
}

/// `kind/id` in the tenant `main`.
pub fn address(text: &str) -> Address {
    format!("main/{text}").parse().expect("kind/id")
}
