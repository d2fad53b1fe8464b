//! What an event of a conversation changes in the rows.

use contracts::kinds::conversation::{
    Created, Event, Joined, Left, Member, MessageDeleted, MessageEdited, MessagePosted, ReadMarked,
    Role,
};
use contracts::{Commit, Principal, Recorded, Timestamp};

use crate::store::{Cell, HeldRows, int, optional};

// Places of the columns that change, in the orders of `MESSAGES` and `MEMBERS`.
const TEXT: usize = 7;
const SEARCH: usize = 8;
const EDITS: usize = 14;
const EDITED_AT: usize = 15;
const DELETED_BY: usize = 16;
const DELETED_AT: usize = 17;
const LEFT_AT: usize = 7;
const READ_UP_TO: usize = 8;
const READ_AT: usize = 9;

/// The key of the message that an event touches.
pub(super) fn message_key(commit: &Commit, event: &Event) -> Option<Vec<Cell>> {
    let sequence = match event {
        Event::MessagePosted(posted) => posted.sequence,
        Event::MessageEdited(edited) => edited.sequence,
        Event::MessageDeleted(deleted) => deleted.sequence,
        _ => return None,
    };
    Some(keyed(commit, int(sequence)))
}

/// The keys of the members that an event touches.
pub(super) fn member_keys(commit: &Commit, event: &Event) -> Vec<Vec<Cell>> {
    let one = |principal: &Principal| vec![keyed(commit, principal.as_str().into())];
    match event {
        Event::Created(created) => {
            created.members.iter().flat_map(|member| one(&member.principal)).collect()
        }
        Event::Joined(joined) => one(&joined.member.principal),
        Event::Left(left) => one(&left.principal),
        Event::ReadMarked(marked) => one(&marked.principal),
        _ => Vec::new(),
    }
}

fn keyed(commit: &Commit, last: Cell) -> Vec<Cell> {
    vec![commit.tenant.as_str().into(), commit.id.as_str().into(), last]
}

/// Folds an event into the rows.
pub(super) fn fold(
    messages: &mut HeldRows<'_>,
    members: &mut HeldRows<'_>,
    recorded: &Recorded,
    event: &Event,
) {
    let commit = &recorded.commit;
    let at = commit.at;
    match event {
        Event::Created(Created { members: first, .. }) => {
            for member in first {
                join(members, commit, member, at);
            }
        }
        Event::Joined(Joined { member, .. }) => join(members, commit, member, at),
        Event::Left(Left { principal, .. }) => {
            if let Some(cells) = members.change(&keyed(commit, principal.as_str().into())) {
                cells[LEFT_AT] = at.as_millis().into();
            }
        }
        Event::ReadMarked(ReadMarked { principal, up_to }) => {
            if let Some(cells) = members.change(&keyed(commit, principal.as_str().into())) {
                cells[READ_UP_TO] = int(*up_to);
                cells[READ_AT] = at.as_millis().into();
            }
        }
        Event::MessagePosted(posted) => post(messages, recorded, posted),
        Event::MessageEdited(MessageEdited { sequence, text, edits, .. }) => {
            let standing = messages
                .change(&keyed(commit, int(*sequence)))
                .filter(|cells| cells[DELETED_AT] == Cell::Null);
            if let Some(cells) = standing {
                cells[TEXT] = text.as_str().into();
                cells[SEARCH] = search(text).into();
                cells[EDITS] = Cell::Int(i64::from(*edits));
                cells[EDITED_AT] = at.as_millis().into();
            }
        }
        Event::MessageDeleted(MessageDeleted { sequence, by, .. }) => {
            if let Some(cells) = messages.change(&keyed(commit, int(*sequence))) {
                cells[TEXT] = Cell::Null;
                cells[SEARCH] = "".into();
                cells[DELETED_BY] = by.as_str().into();
                cells[DELETED_AT] = at.as_millis().into();
            }
        }
        Event::Renamed(_) | Event::AgentFailed(_) => {}
    }
}

/// What a text is found by: a protected one by nothing.
fn search(text: &str) -> String {
    if contracts::privacy::carries(text) { String::new() } else { text.to_lowercase() }
}

fn join(members: &mut HeldRows<'_>, commit: &Commit, member: &Member, at: Timestamp) {
    let mut cells = keyed(commit, member.principal.as_str().into());
    // Who comes back goes on reading where it stopped.
    let (read_up_to, read_at) = members
        .change(&cells)
        .map_or((Cell::Int(0), Cell::Null), |old| (old[READ_UP_TO].clone(), old[READ_AT].clone()));
    cells.extend([
        optional(member.name.as_deref()),
        role(member.role).into(),
        optional(member.model.as_deref()),
        at.as_millis().into(),
        Cell::Null,
        read_up_to,
        read_at,
    ]);
    members.put(cells);
}

fn post(messages: &mut HeldRows<'_>, recorded: &Recorded, posted: &MessagePosted) {
    let Recorded { cursor, commit, .. } = recorded;
    let mut cells = keyed(commit, int(posted.sequence));
    // A sequence is given once; were it given again by somebody else, the first one stands.
    if messages.has(&cells) {
        return;
    }
    let generated_by = posted.generated_by.as_ref();
    cells.extend([
        posted.message.as_str().into(),
        posted.author.as_str().into(),
        optional(posted.name.as_deref()),
        role(posted.role).into(),
        posted.text.as_str().into(),
        search(&posted.text).into(),
        optional(posted.client_id.as_deref()),
        optional(posted.reply_to.as_deref()),
        optional(posted.in_reply_to.as_deref()),
        optional(generated_by.and_then(|by| serde_json::to_string(by).ok())),
        optional(posted.by.as_ref().map(|by| by.as_str())),
        Cell::Int(0),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        commit.at.as_millis().into(),
        int(cursor.0),
    ]);
    messages.put(cells);
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Agent => "agent",
    }
}
