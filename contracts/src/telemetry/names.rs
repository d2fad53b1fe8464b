//! The names of attributes and spans, all in one place: those of the conventions still change.

/// Attributes of OpenTelemetry's conventions for generative models, as of version 1.38 of the
/// conventions (status: development).
pub mod gen_ai {
    /// What is done: [`CHAT`], [`EMBEDDINGS`], [`EXECUTE_TOOL`], [`INVOKE_AGENT`].
    pub const OPERATION: &str = "gen_ai.operation.name";
    /// Who answers, such as `openai`.
    pub const PROVIDER: &str = "gen_ai.provider.name";
    /// Which model was asked.
    pub const REQUEST_MODEL: &str = "gen_ai.request.model";
    /// How many tokens the answer may have.
    pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";
    /// What makes an answer repeatable.
    pub const REQUEST_SEED: &str = "gen_ai.request.seed";
    /// Which model answered.
    pub const RESPONSE_MODEL: &str = "gen_ai.response.model";
    /// What the provider calls its answer.
    pub const RESPONSE_ID: &str = "gen_ai.response.id";
    /// Why it stopped; a list.
    pub const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
    /// Tokens of the prompt.
    pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
    /// Tokens of the answer.
    pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
    /// The conversation.
    pub const CONVERSATION: &str = "gen_ai.conversation.id";
    /// The name of a tool that is called.
    pub const TOOL_NAME: &str = "gen_ai.tool.name";
    /// The id of its call.
    pub const TOOL_CALL: &str = "gen_ai.tool.call.id";
    /// The prompt as JSON; only where content is told.
    pub const INPUT_MESSAGES: &str = "gen_ai.input.messages";
    /// The answer as JSON; only where content is told.
    pub const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";

    /// Asking a model for an answer.
    pub const CHAT: &str = "chat";
    /// Asking a model for vectors.
    pub const EMBEDDINGS: &str = "embeddings";
    /// Calling a tool.
    pub const EXECUTE_TOOL: &str = "execute_tool";
}

/// Attributes of OpenTelemetry's general conventions.
pub mod general {
    /// The code of what went wrong.
    pub const ERROR_TYPE: &str = "error.type";
    /// The method of a request.
    pub const HTTP_METHOD: &str = "http.request.method";
    /// The path as the table of routes has it.
    pub const HTTP_ROUTE: &str = "http.route";
    /// The status of the answer.
    pub const HTTP_STATUS: &str = "http.response.status_code";
    /// The system that carries messages.
    pub const MESSAGING_SYSTEM: &str = "messaging.system";
    /// What is done with a message.
    pub const MESSAGING_OPERATION: &str = "messaging.operation.type";
    /// The server that is asked.
    pub const SERVER_ADDRESS: &str = "server.address";
    /// The path of a request.
    pub const URL_PATH: &str = "url.path";
}

/// What is this program's own.
pub mod own {
    /// `tenant/kind/id`.
    pub const ACTOR: &str = "cambium.actor";
    /// Which attempt at an effect it is, from 1.
    pub const ATTEMPT: &str = "cambium.effect.attempt";
    /// The class of an effect.
    pub const CLASS: &str = "cambium.effect.class";
    /// The id of a command.
    pub const COMMAND: &str = "cambium.command.id";
    /// How many commits were stored or read together.
    pub const COMMITS: &str = "cambium.commits";
    /// What a call of a model cost, in millionths of a US dollar.
    pub const COST: &str = "cambium.cost.micro_usd";
    /// The place of a commit in the log.
    pub const CURSOR: &str = "cambium.cursor";
    /// The id of an effect.
    pub const EFFECT: &str = "cambium.effect.id";
    /// What the gate said.
    pub const GATE: &str = "cambium.gate.verdict";
    /// Who asked.
    pub const PRINCIPAL: &str = "cambium.principal";
    /// What the edge calls a request.
    pub const REQUEST: &str = "cambium.request.id";
    /// The number of a commit of its actor.
    pub const REVISION: &str = "cambium.revision";
    /// How a command stands.
    pub const STATUS: &str = "cambium.status";
    /// `baggage` that a caller sent, of the keys that the settings let through.
    pub const BAGGAGE: &str = "cambium.baggage";
}

/// Names of spans that have no part of their own.
pub mod spans {
    /// Storing a run of commits.
    pub const APPEND: &str = "append";
    /// Rows of the read models.
    pub const APPLY: &str = "read_models apply";
    /// The rules of a kind.
    pub const DECIDE: &str = "decide";
    /// An attempt at an effect, until it is known of which class.
    pub const EFFECT: &str = "effect";
    /// Whether somebody may.
    pub const GATE: &str = "gate";
    /// Waking an actor.
    pub const HYDRATE: &str = "hydrate";
    /// A request to another server.
    pub const FETCH: &str = "fetch";
    /// Deriving an actor again from its commits.
    pub const REPLAY: &str = "replay";
}
