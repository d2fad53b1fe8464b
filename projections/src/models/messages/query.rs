//! Questions about conversations.

use contracts::kinds::conversation::Role;
use contracts::kinds::generated::GeneratedBy;
use contracts::view::Page;
use contracts::{ActorId, Cursor, Principal, Refusal, Tenant, Timestamp};
use serde::{Deserialize, Serialize};

use super::Messages;
use crate::core::Core;
use crate::error::Error;
use crate::model::ReadModel as _;
use crate::page;
use crate::store::{Row, Select, int, like};

/// Which messages of a conversation are wanted: those for which all that is given holds.
///
/// With `after`, the page is read forwards from there; without, backwards from `before` or from
/// the last message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// Whose.
    pub tenant: Tenant,
    /// In which conversation.
    pub conversation: ActorId,
    /// Only those with a higher sequence, the lowest first.
    #[serde(default)]
    pub after: Option<u64>,
    /// Only those with a lower sequence; the highest first unless `after` is given.
    #[serde(default)]
    pub before: Option<u64>,
    /// Only those of this author.
    #[serde(default)]
    pub author: Option<Principal>,
    /// Only those in which this stands, whatever the case. Deleted ones are never found.
    #[serde(default)]
    pub text: Option<String>,
    /// How many at most; the config's default when left out.
    #[serde(default)]
    pub limit: Option<usize>,
}

impl MessagesQuery {
    /// The last messages of a conversation.
    #[must_use]
    pub const fn new(tenant: Tenant, conversation: ActorId) -> Self {
        let (after, before, author, text, limit) = (None, None, None, None, None);
        Self { tenant, conversation, after, before, author, text, limit }
    }
}

/// One message: `{sequence, message, author, name?, role, text?, client_id?, reply_to?,
/// in_reply_to?, generated_by?, sent_by?, edits, edited_at?, deleted, deleted_by?, deleted_at?,
/// at, cursor}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its place in the conversation, from 1 without gaps.
    pub sequence: u64,
    /// Its id.
    pub message: String,
    /// Whose word it is.
    pub author: Principal,
    /// What the author was called then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the author is.
    pub role: Role,
    /// What it says now; nothing once it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The author's own name for the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The id of the message that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Of an agent's answer: the id of the message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// Of an agent's answer: which model made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
    /// Who sent it, when that was not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_by: Option<Principal>,
    /// How often it was edited.
    pub edits: u32,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub deleted: bool,
    /// Who took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Principal>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When it was posted.
    pub at: Timestamp,
    /// Where the commit that posted it stands.
    pub cursor: Cursor,
}

/// One member: `{principal, name?, role, model?, joined_at, read_up_to, read_at?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Who.
    pub principal: Principal,
    /// What it is called here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    pub role: Role,
    /// The model of an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When it became a member, the last time.
    pub joined_at: Timestamp,
    /// The sequence of the last message that it has read; 0 = none.
    pub read_up_to: u64,
    /// When it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// Answers `query`; `next` = the sequence for `after` or `before` of the next page.
pub(crate) async fn list(
    core: &Core,
    query: &MessagesQuery,
) -> Result<Page<MessageRow, u64>, Refusal> {
    let limit = page::limit(&core.config, query.limit)?;
    let needle = page::needle(&core.config, query.text.as_deref())?;
    let columns = &super::MESSAGES[2..];
    let mut rows = core
        .read(Messages::NAME, |stem| {
            Select::from(stem.as_str(), columns)
                .and("tenant = ?", [query.tenant.as_str().into()])
                .and("conversation = ?", [query.conversation.as_str().into()])
                .and_maybe("sequence > ?", query.after.map(int))
                .and_maybe("sequence < ?", query.before.map(int))
                .and_maybe("author = ?", query.author.as_ref().map(Principal::as_str))
                .and_maybe("search LIKE ? ESCAPE '\\'", needle.as_deref().map(like))
                .ordered(
                    if query.after.is_some() { "sequence" } else { "sequence DESC" },
                    limit + 1,
                )
        })
        .await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let items: Vec<MessageRow> = rows.iter().map(message).collect::<Result<_, _>>()?;
    let next = if more { items.last().map(|item| item.sequence) } else { None };
    Ok(Page { items, next })
}

fn message(row: &Row) -> Result<MessageRow, Error> {
    let text = |row: &Row, at: usize| row.text(at).map(str::to_owned);
    let time = |row: &Row, at: usize| row.int(at).map(Timestamp::from_millis);
    Ok(MessageRow {
        sequence: row.count(0)?,
        message: text(row, 1)?,
        author: row.parse(2)?,
        name: row.maybe(3, text)?,
        role: role(row.text(4)?),
        text: row.maybe(5, text)?,
        client_id: row.maybe(7, text)?,
        reply_to: row.maybe(8, text)?,
        in_reply_to: row.maybe(9, text)?,
        generated_by: row.maybe(10, Row::json)?,
        sent_by: row.maybe(11, Row::parse)?,
        edits: u32::try_from(row.int(12)?).map_err(|error| Error::Row(error.to_string()))?,
        edited_at: row.maybe(13, time)?,
        deleted_by: row.maybe(14, Row::parse)?,
        deleted: row.maybe(15, Row::int)?.is_some(),
        deleted_at: row.maybe(15, time)?,
        at: time(row, 16)?,
        cursor: Cursor(row.count(17)?),
    })
}

/// Everybody who is in a conversation, in the order of their names.
pub(crate) async fn members(
    core: &Core,
    tenant: &Tenant,
    conversation: &ActorId,
) -> Result<Vec<MemberRow>, Refusal> {
    let rows = core
        .read(Messages::NAME, |stem| {
            // No limit of ours: the kind itself bounds how many may be in a conversation.
            Select::from(&stem.table("members"), &super::MEMBERS[2..])
                .and("tenant = ?", [tenant.as_str().into()])
                .and("conversation = ?", [conversation.as_str().into()])
                .and("left_at IS NULL", [])
                .ordered("principal", usize::MAX)
        })
        .await?;
    Ok(rows.iter().map(member).collect::<Result<_, _>>()?)
}

fn member(row: &Row) -> Result<MemberRow, Error> {
    let text = |row: &Row, at: usize| row.text(at).map(str::to_owned);
    let time = |row: &Row, at: usize| row.int(at).map(Timestamp::from_millis);
    Ok(MemberRow {
        principal: row.parse(0)?,
        name: row.maybe(1, text)?,
        role: role(row.text(2)?),
        model: row.maybe(3, text)?,
        joined_at: time(row, 4)?,
        read_up_to: row.count(6)?,
        read_at: row.maybe(7, time)?,
    })
}

fn role(text: &str) -> Role {
    if text == "agent" { Role::Agent } else { Role::Member }
}
