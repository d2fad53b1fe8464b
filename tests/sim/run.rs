//! One run of the simulation: chance does things to a system under load, and everything that must
//! hold is checked after each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::Config;
use actors::runtime::ClusterConfig;
use contracts::{Hash, Timestamp};
use nats::Memory;
use nats::memory::Faults;

use super::chaos::Chaos;
use super::errand::{Ledger, Nodes};
use super::index::SimIndex;
use super::life::Phase;
use super::node::{Ground, Node};
use super::trace::{Trace, lock};
use super::watch::{Violation, Watch};
use super::{finish, work};
use cambium_tests::rng::Rng;

/// When the simulated world begins.
const BEGIN_MS: i64 = 1_800_000_000_000;

/// How many of a thousand runs of several programs let them share the partitions by leases.
const SHARED_PERMILLE: u16 = 60;

/// How far a clock may be wrong, in milliseconds.
const SKEW_MS: u64 = 100_000;

/// What became of a run.
#[derive(Debug)]
pub struct Ran {
    /// What does not hold, when something does not.
    pub violation: Option<Violation>,
    /// The hash of all that happened.
    pub hash: Hash,
    /// The last of it.
    pub lines: Vec<String>,
}

/// The simulation.
pub struct Sim {
    /// Chance for what is done.
    pub rng: Rng,
    /// What outlives every run of the program.
    pub ground: Ground,
    /// The programs that run.
    pub nodes: Nodes,
    /// All programs that ever ran are numbered.
    pub started: u64,
    /// What writers were told.
    pub ledger: Ledger,
    /// What a writer found not to hold.
    pub verdict: Arc<Mutex<Option<Violation>>>,
    /// What the log says.
    pub watch: Watch,
    /// The read model of commands.
    pub index: Arc<SimIndex>,
    /// Errands so far.
    pub errands: u64,
    /// How many programs may run at once. One alone finishes what it has begun by itself.
    pub most: usize,
}

/// Runs the simulation of `seed`, and keeps the last `keep` lines of what happened.
pub fn run(seed: u64, keep: usize) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without a reactor");
    runtime.block_on(async {
        let mut sim = Sim::new(seed, keep);
        let violation = sim.all().await.err();
        let trace = &sim.ground.trace;
        Ran { violation, hash: trace.hash(), lines: trace.last() }
    })
}

impl Sim {
    fn new(seed: u64, keep: usize) -> Self {
        let mut rng = Rng::new(seed);
        let chaos = Arc::new(Chaos::of(&mut rng));
        let index = Arc::new(SimIndex::new(chaos.clone()));
        let memory = Memory::starting_at(Timestamp::from_millis(BEGIN_MS), nats::Config::default());
        let config = config(&mut rng);
        let most = *rng.pick(&[1, 3]);
        // Seldom: leases are renewed all the time, and a simulated hour has thousands of them.
        let shared = most > 1 && rng.permille(SHARED_PERMILLE);
        let trace = Trace::new(keep);
        trace.note(format_args!("{:?} {config:?}", chaos.rates()));
        let watch = Watch::new(memory.log());
        let ground = Ground {
            memory,
            chaos,
            trace,
            bill: Arc::default(),
            index: index.clone(),
            first_snapshots: Arc::default(),
            config,
            shared,
            seed,
        };
        Self {
            rng,
            ground,
            nodes: Arc::default(),
            started: 0,
            ledger: Ledger::new(Mutex::new(BTreeMap::new())),
            verdict: Arc::default(),
            watch,
            index,
            errands: 0,
            most,
        }
    }

    async fn all(&mut self) -> Result<(), Violation> {
        self.start().await;
        if self.rng.permille(500) {
            work::warm_up(self).await?;
        }
        self.ground.chaos.set_calm(false);
        self.ground.memory.set_faults(Faults {
            seed: self.ground.seed,
            duplicate_permille: self.ground.chaos.rates().delivered_twice,
            ..Faults::default()
        });
        for _ in 0..10 + self.rng.below(50) {
            self.step().await;
            self.check().await?;
        }
        finish::finish(self).await
    }

    /// One thing is done to the system.
    async fn step(&mut self) {
        match self.rng.below(100) {
            0..=54 => work::send(self),
            55..=64 => work::send_again(self),
            65..=79 => self.wait().await,
            80..=83 => self.kill(),
            84..=88 => self.light_fuse(),
            89..=91 => self.hold(),
            92..=95 => self.release(),
            96..=97 => self.skew(),
            _ => self.start().await,
        }
        if lock(&self.nodes).is_empty() && self.rng.permille(500) {
            self.start().await;
        }
        // Others move a little even when nothing waits.
        tokio::time::sleep(Duration::from_millis(self.rng.below(3))).await;
    }

    /// Everything that must hold now.
    ///
    /// # Errors
    /// What does not hold.
    pub async fn check(&mut self) -> Result<(), Violation> {
        self.bury();
        self.watch.advance().await?;
        if !self.ground.chaos.strikes(|rates| rates.index_stuck) {
            for recorded in self.watch.fresh.drain(..) {
                self.index.read(&recorded);
            }
        }
        for (question, asked) in lock(&self.ground.bill).iter() {
            let allowed = self.watch.attempted.get(question).copied().unwrap_or_default();
            if *asked > allowed {
                let question = question.chars().take(200).collect::<String>();
                return Err(format!("{asked} calls and {allowed} attempts committed: {question}"));
            }
        }
        lock(&self.verdict).clone().map_or(Ok(()), Err)
    }

    /// Starts one more program.
    pub async fn start(&mut self) {
        if lock(&self.nodes).len() >= self.most {
            return;
        }
        self.started += 1;
        let number = self.started;
        match Node::start(&self.ground, number).await {
            Ok(node) => {
                self.ground.trace.note(format_args!("{number} starts"));
                lock(&self.nodes).push(node);
            }
            Err(error) => self.ground.trace.note(format_args!("{number} does not start: {error}")),
        }
    }

    async fn wait(&mut self) {
        let most = *self.rng.pick(&[5, 50, 1_000, 10_000, 70_000]);
        let pause = self.rng.below(most);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    fn any(&mut self) -> Option<Node> {
        let nodes = lock(&self.nodes);
        (!nodes.is_empty()).then(|| self.rng.pick(&nodes).clone())
    }

    fn kill(&mut self) {
        if let Some(node) = self.any() {
            self.ground.trace.note(format_args!("{} is killed", node.life.number));
            node.life.enter(Phase::Gone);
        }
    }

    fn light_fuse(&mut self) {
        if let Some(node) = self.any() {
            let calls = self.rng.below(30);
            self.ground.trace.note(format_args!("{} dies in {calls}", node.life.number));
            node.life.light_fuse(calls);
        }
    }

    fn hold(&mut self) {
        if let Some(node) = self.any() {
            self.ground.trace.note(format_args!("{} is held", node.life.number));
            node.life.enter(Phase::Held);
        }
    }

    fn release(&mut self) {
        for node in lock(&self.nodes).iter() {
            node.life.enter(Phase::Up);
        }
    }

    fn skew(&mut self) {
        let by = i64::try_from(self.rng.below(2 * SKEW_MS)).unwrap_or(0);
        let by = by - i64::try_from(SKEW_MS).unwrap_or(0);
        if let Some(node) = self.any() {
            self.ground.trace.note(format_args!("{} is {by} ms off", node.life.number));
            node.skew(by);
        }
    }

    /// Clears the killed away.
    fn bury(&self) {
        lock(&self.nodes).retain(|node| {
            let gone = node.life.phase() == Phase::Gone;
            if gone {
                node.clear_away();
            }
            !gone
        });
    }
}

/// Limits small enough to be met.
fn config(rng: &mut Rng) -> Config {
    let calls_concurrent_max = *rng.pick(&[2, 16_384]);
    Config {
        cluster: ClusterConfig { calls_concurrent_max, ..ClusterConfig::default() },
        mailbox_commands_max: *rng.pick(&[1, 4, 256]),
        cells_awake_max: *rng.pick(&[1, 128, 20_000]),
        cell_idle_ms: *rng.pick(&[50, 2_000, 60_000]),
        idle_sweep_ms: *rng.pick(&[500, 5_000]),
        conflict_retries_max: *rng.pick(&[1, 16]),
        log_wait_ms: *rng.pick(&[0, 200, 2_500]),
        commit_wait_ms_max: *rng.pick(&[300, 5_000]),
        recent_commands_min: *rng.pick(&[1, 4, 64]),
        recent_commands_max: *rng.pick(&[2, 8, 65_536]),
        read_commits_max: *rng.pick(&[1, 7, 500]),
        snapshot_commits_min: 20,
        effect_drain_ms: *rng.pick(&[0, 500, 10_000]),
        checkpoint_commits_min: *rng.pick(&[1, 40, 10_000]),
        checkpoint_interval_ms: *rng.pick(&[0, 1_000]),
        llm_concurrent_max: *rng.pick(&[1, 16]),
        send_concurrent_max: *rng.pick(&[1, 64]),
        effect_retry_ms_min: 50,
        effect_retry_ms_max: 2_000,
        effect_timeout_ms: 20_000,
        // Nodes crash by chance here, whatever they decide at that moment: no command is to blame.
        crash_trials_max: u32::MAX,
        ..Config::default()
    }
}
