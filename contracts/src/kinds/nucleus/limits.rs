//! The limits of a nucleus. What it is asked stands up to three times in one commit (event, prompt,
//! task), so that [`MATERIAL_BYTES_MAX`] bounds a commit's size.

/// The longest goal or request, in bytes.
pub const GOAL_BYTES_MAX: usize = 4 * 1024;

/// Requirements of a goal.
pub const REQUIREMENTS_MAX: usize = 64;

/// Criteria of one review.
pub const CRITERIA_MAX: usize = 32;

/// The longest requirement or criterion, in bytes.
pub const LINE_BYTES_MAX: usize = 512;

/// Agents that a plan may be limited to.
pub const AGENTS_MAX: usize = 32;

/// Material of a plan, or context of a request, in bytes.
pub const MATERIAL_BYTES_MAX: usize = 64 * 1024;

/// What is reviewed, in bytes of JSON.
pub const CONTENT_BYTES_MAX: usize = 128 * 1024;

/// Results that may be brought to be put together.
pub const RESULTS_MAX: usize = 64;

/// All of them, in bytes of JSON.
pub const RESULTS_BYTES_MAX: usize = 128 * 1024;

/// Of one result, what a model is shown, in bytes.
pub const RESULT_SHOWN_BYTES_MAX: usize = 8 * 1024;

/// Steps of a plan that a model makes.
pub const PLANNED_STEPS_MAX: usize = 32;

/// The longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 128;

/// How often a model's plan may break a rule: it is told so once.
pub const PLAN_BREAKS_MAX: u32 = 2;

/// Answers of models that a nucleus may wait for at once.
pub const WAITING_MAX: usize = 16;

/// When it is worth asking again, in milliseconds.
pub const WAITING_RETRY_MS: u64 = 1_000;

/// How long one model answer is waited for, in milliseconds. A plan may need two.
pub const ANSWER_MS_MAX: u64 = 300_000;

/// Tokens that a plan may have.
pub const PLAN_TOKENS_MAX: u32 = 8_192;

/// Tokens that a review or a route may have.
pub const JUDGE_TOKENS_MAX: u32 = 4_096;

/// Tokens that an end may have.
pub const FINAL_TOKENS_MAX: u32 = 8_192;

/// The longest text of an answer that is kept, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Lines of one answer: feedback, key outputs, recommendations.
pub const LINES_MAX: usize = 64;

/// What a run gave and is kept here, in bytes of JSON; more stands at the run alone.
pub const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// A plan that a person is asked about, in bytes of JSON: nobody says yes to what is not shown.
pub const SHOWN_BYTES_MAX: usize = 56 * 1024;

/// How long somebody may think about a plan, in seconds: seven days.
pub const APPROVAL_S: u64 = 7 * 24 * 60 * 60;

/// Why something is cancelled, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;
