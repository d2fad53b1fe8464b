//! The limits of a conversation.

/// The longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;

/// The longest text of a message, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Members at once.
pub const MEMBERS_MAX: usize = 1_000;

/// Members of a private conversation: exactly so many.
pub const PRIVATE_MEMBERS: usize = 2;

/// Agents among the members. Each answers each post, and all of these model calls stand in one
/// commit, so that this bounds a commit's size.
pub const AGENTS_MAX: usize = 8;

/// The longest name of a member, in bytes.
pub const NAME_BYTES_MAX: usize = 120;

/// The longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 128;

/// The longest instructions of an agent, in bytes.
pub const INSTRUCTIONS_BYTES_MAX: usize = 4 * 1024;

/// The longest client id of a post, in bytes.
pub const CLIENT_ID_BYTES_MAX: usize = 128;

/// Messages kept in the state; older ones stand in the log and in the read model `messages`.
pub const WINDOW_MESSAGES_MAX: usize = 1_000;

/// Bytes of text kept in the state; the newest message is kept whatever its length.
pub const WINDOW_BYTES_MAX: usize = 256 * 1024;

/// Client ids remembered: a repeat of an older post is a new message.
pub const CLIENT_IDS_MAX: usize = 500;

/// Messages that an agent is shown.
pub const HISTORY_MESSAGES_MAX: usize = 40;

/// Bytes of text that all agents together are shown for one post, the post itself left aside.
pub const HISTORY_BYTES_MAX: usize = 256 * 1024;

/// Answers that one agent may still owe; a post beyond that is not answered by it, and the log says
/// so.
pub const ANSWERS_OWED_MAX: usize = 8;

/// Tokens that an agent's answer may have.
pub const ANSWER_TOKENS_MAX: u32 = 1_024;

/// Characters of a message that the `heads` index shows.
pub const EXCERPT_CHARS_MAX: usize = 120;
