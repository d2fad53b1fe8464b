//! The limits of the runtime.

use serde::{Deserialize, Serialize};

use crate::model::ModelsConfig;

/// What [`Config::chain_hops_max`] may be at most.
pub const CHAIN_HOPS_MAX: u32 = 10_000;

/// Every limit of this crate, by name, with its unit last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Commands that may wait for one actor; more are answered `actor_overloaded`.
    pub mailbox_commands_max: usize,
    /// Cells awake at once in this process; above it the idlest fall asleep.
    pub cells_awake_max: usize,
    /// What all cells may take together, in bytes, as far as that can be told cheaply; above it the
    /// idlest fall asleep.
    pub cells_bytes_max: u64,
    /// Commits of one actor stored together at most; no more than the log takes in one run.
    pub run_commits_max: usize,
    /// A cell that has had nothing to do for so long falls asleep.
    pub cell_idle_ms: u64,
    /// How often sleepers are looked for.
    pub idle_sweep_ms: u64,
    /// For how long after its name was made an actor is taken for one that the log does not know,
    /// in milliseconds; 0 = the log is always asked first.
    pub newborn_ms_max: u64,
    /// How often a command is decided again after another writer was faster.
    pub conflict_retries_max: u32,
    /// Pause before an append in doubt is tried again; doubles up to `append_retry_ms_max`.
    pub append_retry_ms_min: u64,
    /// The longest such pause.
    pub append_retry_ms_max: u64,
    /// How long a command waits for a log that cannot be reached, in milliseconds, before it is
    /// refused `log_unavailable`; 0 = it is refused at once, as all are while that lasts longer.
    /// Below `commit_wait_ms_max`.
    pub log_wait_ms: u64,
    /// How long a caller waits for its commit before it is told `in_doubt`.
    pub commit_wait_ms_max: u64,
    /// Commands whose ids an actor remembers by itself, at least.
    pub recent_commands_min: usize,
    /// Commands whose ids an actor remembers by itself, at most, while the read model lags.
    pub recent_commands_max: usize,
    /// Commits read from the log at once.
    pub read_commits_max: usize,
    /// Commits since the last snapshot before another is taken; never below 20.
    pub snapshot_commits_min: u64,
    /// Actors that are put to sleep at an orderly stop, those used last first, so that what is dear
    /// to fold again is kept.
    pub snapshot_stop_cells_max: usize,
    /// The share of one core that proving snapshots may take, in percent.
    pub snapshot_proof_percent: u8,
    /// How often a tree head is signed when a chain has grown; see `cambium tree`.
    pub tree_head_interval_ms: u64,
    /// How long a tree head that was asked for may wait for the log to be read.
    pub tree_head_wait_ms_max: u64,
    /// Model calls at once.
    pub llm_concurrent_max: usize,
    /// Commands sent between actors at once.
    pub send_concurrent_max: usize,
    /// Timers set at once.
    pub timer_concurrent_max: usize,
    /// Requests to HTTP servers.
    pub fetch: crate::fetch::Config,
    /// Conversions of files.
    pub convert: crate::convert::Config,
    /// Webhooks.
    pub hooks: Hooks,
    /// Bytes of earlier turns that a request may refer to.
    pub history_bytes_max: usize,
    /// Actors that may come one after another in what a request refers to.
    pub history_depth_max: usize,
    /// Where tools come from beside the program itself.
    pub tools: crate::tools::ToolsConfig,
    /// Vectors of knowledge bases that are kept in memory, in bytes.
    pub vector_cache_bytes: usize,
    /// Calls of tools at once.
    pub tool_concurrent_max: usize,
    /// How often the broker's schedules are compared with the timers of the log.
    pub timer_reconcile_ms: u64,
    /// Outcomes brought at once that no attempt precedes: of what was cancelled, resolved or left
    /// unknown.
    pub outcome_concurrent_max: usize,
    /// How long calls that may be made only once may take to end when the program stops.
    pub effect_drain_ms: u64,
    /// Commits since the last checkpoint of the ledger before another is saved.
    pub checkpoint_commits_min: u64,
    /// The shortest time between two checkpoints.
    pub checkpoint_interval_ms: u64,
    /// How long a stop waits for the last checkpoint to be saved.
    pub checkpoint_wait_ms_max: u64,
    /// Attempts of an idempotent effect before it has failed.
    pub effect_attempts_max: u32,
    /// Pause before an effect is tried again; doubles up to `effect_retry_ms_max`.
    pub effect_retry_ms_min: u64,
    /// The longest such pause.
    pub effect_retry_ms_max: u64,
    /// How long one attempt of an effect may take.
    pub effect_timeout_ms: u64,
    /// Commands of actors that may follow each other, each caused by the one before it, 1 to
    /// [`CHAIN_HOPS_MAX`]: the next is refused.
    pub chain_hops_max: u32,
    /// A timer that waits for so long begins a chain of its own.
    pub chain_rest_ms: u64,
    /// Pieces of work that one lease may take.
    pub work_lease_items_max: usize,
    /// How long a worker may hold work before it answers or extends, at least.
    pub work_lease_ms_min: u64,
    /// The same, at most.
    pub work_lease_ms_max: u64,
    /// How long a worker may wait for work in one request.
    pub work_wait_ms_max: u64,
    /// How long the worker of work that may be handed out once has to answer after a restart.
    pub work_grace_ms: u64,
    /// The largest output of a piece of work, in bytes of JSON.
    pub work_output_bytes_max: usize,
    /// Requests of workers that speak NATS under way at once; more are answered `overloaded`.
    pub work_calls_max: usize,
    /// Attempts at a durable command that fails by a fault of ours before its actor is parked.
    pub poison_deliveries_max: u32,
    /// Deliveries of a durable command that end with the program and without a word, before it is
    /// decided alone and its trials are counted.
    pub crash_deliveries_max: u32,
    /// Trials of such a command that may end with the program before it goes to DEAD.
    pub crash_trials_max: u32,
    /// Letters that one bulk run may deal with.
    pub bulk_letters_max: usize,
    /// Requests of NATS clients under way at once; more are answered `overloaded`.
    pub asks_concurrent_max: usize,
    /// Pause before a durable command comes again after trouble.
    pub redelivery_ms: u64,
    /// How long the answer to a NATS request is waited for when it does not say.
    pub nats_wait_ms: u64,
    /// How often the directory proves that it has read all that the log holds.
    pub directory_beat_ms: u64,
    /// Without such a proof for so long, commands are answered `gate_stale`.
    pub directory_stale_ms: u64,
    /// How often organizations are told what was used of their quotas.
    pub quota_told_ms: u64,
    /// Refusals for want of a right that are written down in one window.
    pub audit_refusals_max: u32,
    /// How long that window is, in seconds.
    pub audit_refusals_window_s: u64,
    /// How nodes find each other and hand partitions over.
    pub cluster: crate::runtime::ClusterConfig,
    /// Which models there are, and how their providers are reached.
    pub models: ModelsConfig,
    /// Keys of personal data in memory.
    pub subject_keys_cached_max: usize,
    /// How long such a key is used before its store is asked again.
    pub subject_keys_cached_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mailbox_commands_max: 1_024,
            cells_awake_max: 50_000,
            cells_bytes_max: 1024 * 1024 * 1024,
            run_commits_max: 64,
            cell_idle_ms: 60_000,
            idle_sweep_ms: 5_000,
            newborn_ms_max: 2_000,
            conflict_retries_max: 16,
            append_retry_ms_min: 20,
            append_retry_ms_max: 1_000,
            log_wait_ms: 2_500,
            commit_wait_ms_max: 30_000,
            recent_commands_min: 64,
            recent_commands_max: 65_536,
            read_commits_max: 500,
            snapshot_commits_min: 100,
            snapshot_stop_cells_max: 10_000,
            snapshot_proof_percent: 2,
            tree_head_interval_ms: 600_000,
            tree_head_wait_ms_max: 30_000,
            llm_concurrent_max: 1_024,
            send_concurrent_max: 64,
            timer_concurrent_max: 64,
            fetch: crate::fetch::Config::default(),
            convert: crate::convert::Config::default(),
            hooks: Hooks::default(),
            history_bytes_max: 8 * 1024 * 1024,
            history_depth_max: 256,
            tools: crate::tools::ToolsConfig::default(),
            vector_cache_bytes: 256 * 1024 * 1024,
            tool_concurrent_max: 64,
            timer_reconcile_ms: 60_000,
            outcome_concurrent_max: 64,
            effect_drain_ms: 10_000,
            checkpoint_commits_min: 10_000,
            checkpoint_interval_ms: 60_000,
            checkpoint_wait_ms_max: 5_000,
            effect_attempts_max: 6,
            effect_retry_ms_min: 100,
            effect_retry_ms_max: 30_000,
            effect_timeout_ms: 120_000,
            chain_hops_max: 64,
            chain_rest_ms: 60_000,
            work_lease_items_max: 100,
            work_lease_ms_min: 1_000,
            work_lease_ms_max: 3_600_000,
            work_wait_ms_max: 30_000,
            work_grace_ms: 60_000,
            work_output_bytes_max: 256 * 1024,
            work_calls_max: 4_096,
            poison_deliveries_max: 3,
            crash_deliveries_max: 2,
            crash_trials_max: 3,
            bulk_letters_max: 1_000_000,
            asks_concurrent_max: 4_096,
            redelivery_ms: 500,
            nats_wait_ms: 30_000,
            directory_beat_ms: 250,
            directory_stale_ms: 1_000,
            quota_told_ms: 5_000,
            audit_refusals_max: 1_000,
            audit_refusals_window_s: 60,
            cluster: crate::runtime::ClusterConfig::default(),
            models: ModelsConfig::default(),
            subject_keys_cached_max: 10_000,
            subject_keys_cached_ms: 30_000,
        }
    }
}

/// The limits of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hooks {
    /// What this system is called from outside, such as `https://cambium.example`: where receivers
    /// find the actors that they are told of. Without it they are told the path alone.
    pub public_url: Option<String>,
    /// Entries of the log that are looked at together.
    pub entries_max: usize,
    /// How long a place in the log is kept in memory before it is saved, while there are webhooks.
    pub checkpoint_interval_ms: u64,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { public_url: None, entries_max: 256, checkpoint_interval_ms: 2_000 }
    }
}
