//! The limits of a run.

/// Turns that one command may bring.
pub const TURNS_MAX: usize = 2_000;

/// The turns that one command may bring, in bytes of JSON: they stand in its commit.
pub const TURNS_BYTES_MAX: usize = 384 * 1024;

/// What a model is told to be, in bytes.
pub const INSTRUCTIONS_BYTES_MAX: usize = 64 * 1024;

/// The name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 256;

/// Tools of the caller's.
pub const TOOLS_MAX: usize = 128;

/// Tools of the caller's, in bytes of JSON.
pub const TOOLS_BYTES_MAX: usize = 128 * 1024;

/// Tools of Cambium's.
pub const USES_MAX: usize = 64;

/// The name of a tool, in bytes.
pub const TOOL_BYTES_MAX: usize = 128;

/// The schema of the answer, in bytes of JSON.
pub const SCHEMA_BYTES_MAX: usize = 64 * 1024;

/// Tokens that one answer may have.
pub const TOKENS_MAX: u32 = 1_000_000;

/// Tokens that one answer may have when nothing is said.
pub const TOKENS_DEFAULT: u32 = 4_096;

/// Times that the model may be asked.
pub const ROUNDS_MAX: u32 = 100;

/// Times that the model may be asked when nothing is said.
pub const ROUNDS_DEFAULT: u32 = 16;

/// How long a run may take, in seconds: one hour.
pub const TIMEOUT_S_MAX: u64 = 60 * 60;

/// How long a run may take when nothing is said, in seconds.
pub const TIMEOUT_S_DEFAULT: u64 = 600;

/// Members of the metadata.
pub const METADATA_MAX: usize = 16;

/// A name of the metadata, in bytes.
pub const METADATA_NAME_BYTES_MAX: usize = 64;

/// A text of the metadata, in bytes.
pub const METADATA_TEXT_BYTES_MAX: usize = 512;

/// Calls that a model may make in one round.
pub const CALLS_MAX: usize = 64;

/// What one tool may answer, in bytes of JSON.
pub const OUTPUT_BYTES_MAX: usize = 128 * 1024;

/// All turns of a run, in bytes: its state holds them.
pub const RUN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long a run may wait before it begins, in seconds: thirty days.
pub const DELAY_S_MAX: u64 = 30 * 24 * 60 * 60;

/// Commands that wait for the end of a run.
pub const JOINED_MAX: usize = 256;

/// How long one of them waits, in milliseconds: one hour.
pub const JOIN_MS: u64 = 60 * 60 * 1_000;

/// Why a run is cancelled, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;

/// How often an answer may break the schema before the run fails.
pub const SCHEMA_BREAKS_MAX: u32 = 2;
/// Things that are remembered when nobody says how many.
pub const REMEMBERED_DEFAULT: u32 = 5;
/// Things that are remembered at most.
pub const REMEMBERED_MAX: u32 = 20;
/// All that is remembered, in bytes.
pub const REMEMBERED_BYTES_MAX: usize = 8 * 1024;

/// Steps of a graph that may be under way at once when nobody says how many.
pub const PARALLEL_DEFAULT: u32 = 8;
/// Steps of a graph that may be under way at once at most.
pub const PARALLEL_MAX: u32 = 64;
/// How long the steps of a graph may begin when nothing is said, in seconds: one day.
pub const GRAPH_TIMEOUT_S_DEFAULT: u64 = 24 * 60 * 60;
/// How long the steps of a graph may begin at most, in seconds: ninety days.
pub const GRAPH_TIMEOUT_S_MAX: u64 = 90 * 24 * 60 * 60;
/// How long one attempt of a step may take when nothing is said, in seconds.
pub const STEP_TIMEOUT_S_DEFAULT: u64 = 600;
/// What a graph is given, in bytes of JSON.
pub const INPUT_BYTES_MAX: usize = 128 * 1024;
/// What a step answered and is kept whole, in bytes of JSON; of more, what other steps name.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;
/// What the input of a step may be once it is filled in, in bytes of JSON.
pub const FILLED_BYTES_MAX: usize = 256 * 1024;
/// The answer of a graph, in bytes of JSON.
pub const GRAPH_OUTPUT_BYTES_MAX: usize = 256 * 1024;
