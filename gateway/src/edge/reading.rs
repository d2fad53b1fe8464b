//! What the edge asks of the read models.

use contracts::effect::{EffectRow, EffectRowQuery};
use contracts::ports::Fut;
use contracts::usage::{UsageQuery, UsageRow};
use contracts::view::{CommandView, Page};
use contracts::{
    ActorId, CommandId, Correlation, Cursor, EffectId, Kind, Principal, Refusal, Tenant, Timestamp,
};
use serde_json::Value;

/// A page of rows; `next` is the token to ask after for more.
pub type Rows = Page<Value, String>;

/// In which order a listing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The last changed first.
    #[default]
    Newest,
    /// By id.
    Id,
}

/// Which actors are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadsQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which kind; `None` = of all.
    pub kind: Option<Kind>,
    /// What the id begins with.
    pub id_prefix: Option<String>,
    /// What stands in the summary.
    pub text: Option<String>,
    /// The summary's `status`.
    pub status: Option<String>,
    /// After which page.
    pub after: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// In which order.
    pub order: Order,
}

/// Which lines of the timeline are listed, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Of which actor.
    pub id: Option<ActorId>,
    /// Of which event type.
    pub r#type: Option<String>,
    /// By whom.
    pub principal: Option<Principal>,
    /// Of which errand.
    pub correlation: Option<Correlation>,
    /// Of which trace.
    pub trace: Option<String>,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until before when.
    pub to: Option<Timestamp>,
    /// After which page.
    pub after: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// Which messages of a conversation are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesQuery {
    /// Whose.
    pub tenant: Tenant,
    /// Which conversation.
    pub conversation: ActorId,
    /// Before which one: a token of an earlier page.
    pub before: Option<String>,
    /// After which one: a token of an earlier page.
    pub after: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// What stands in the text.
    pub text: Option<String>,
}

/// The read models. A token that they did not make themselves is refused with `query_invalid`.
pub trait Reading: Send + Sync {
    /// The actors of a tenant: `{kind, id, revision, cursor, commit_hash, at, summary}` each.
    fn heads(&self, query: HeadsQuery) -> Fut<'_, Result<Rows, Refusal>>;

    /// What happened in a tenant, an event a line.
    fn timeline(&self, query: TimelineQuery) -> Fut<'_, Result<Rows, Refusal>>;

    /// The messages of a conversation.
    fn messages(&self, query: MessagesQuery) -> Fut<'_, Result<Rows, Refusal>>;

    /// The protected values of a subject in the order of the log: `{kind, id, revision, cursor, at,
    /// class, key, place, value}` each, the value in its protected form.
    fn personal<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
        after: Option<String>,
        limit: usize,
    ) -> Fut<'a, Result<Rows, Refusal>>;

    /// How many protected values of a subject there are.
    fn personal_count<'a>(
        &'a self,
        tenant: &'a Tenant,
        subject: &'a ActorId,
    ) -> Fut<'a, Result<u64, Refusal>>;

    /// Where a command stands; `None` when nothing is known of it up to [`Reading::position`].
    fn command<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: CommandId,
    ) -> Fut<'a, Result<Option<CommandView>, Refusal>>;

    /// What actors have asked of the world, the last asked first.
    fn effects(&self, query: EffectRowQuery) -> Fut<'_, Result<Page<EffectRow, String>, Refusal>>;

    /// One effect; `None` when the tenant has none of that id.
    fn effect<'a>(
        &'a self,
        tenant: &'a Tenant,
        id: EffectId,
    ) -> Fut<'a, Result<Option<EffectRow>, Refusal>>;

    /// What was spent on models, added up.
    fn usage(&self, query: UsageQuery) -> Fut<'_, Result<Page<UsageRow, String>, Refusal>>;

    /// Resolves once all read models have seen `cursor`.
    fn reached(&self, cursor: Cursor) -> Fut<'_, ()>;

    /// Up to where all read models have read the log.
    fn position(&self) -> Cursor;
}
