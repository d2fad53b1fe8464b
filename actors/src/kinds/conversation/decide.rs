//! What a command causes in a conversation.

use contracts::kinds::check::Check;
use contracts::kinds::conversation::limits::{ANSWERS_OWED_MAX, PRIVATE_MEMBERS};
use contracts::kinds::conversation::{
    AgentFailed, Command, Create, Created, DeleteMessage, EditMessage, Event, Join, Joined, Leave,
    Left, MarkRead, Member, MessageDeleted, MessageEdited, MessagePosted, NewMember, Post,
    Presence, ReadMarked, Rejection, Rename, Renamed, Role, Sort, Typing,
};
use contracts::{Caller, Context, Decision, Hash, Principal, Signal};
use serde_json::{Value, json};

use super::rules;
use super::state::State;

type Decided = Result<Decision<Event>, Rejection>;

/// What `command` causes.
pub(super) fn decide(state: &State, command: &Command, cx: &Context) -> Decided {
    if state.created.is_none() && !matches!(command, Command::Create(_)) {
        return Err(Rejection::NotFound);
    }
    match command {
        Command::Create(input) => create(state, input, cx),
        Command::Join(input) => join(state, input, cx),
        Command::Leave(input) => leave(state, input, cx),
        Command::Post(input) => post(state, input, cx),
        Command::EditMessage(input) => edit_message(state, input, cx),
        Command::DeleteMessage(input) => delete_message(state, input, cx),
        Command::MarkRead(input) => mark_read(state, input, cx),
        Command::Typing(input) => typing(state, input, cx),
        Command::Presence(input) => presence(state, input, cx),
        Command::Rename(input) => rename(state, input, cx),
    }
}

fn create(state: &State, input: &Create, cx: &Context) -> Decided {
    if state.created.is_some() {
        return Err(Rejection::Exists);
    }
    rules::check_create(input)?;
    let members = first_members(input, cx);
    if input.kind == Sort::Private && members.len() != PRIVATE_MEMBERS {
        return Err(Rejection::Private);
    }
    rules::room(members.iter())?;
    let reply = json!({ "title": input.title, "kind": input.kind, "members": members });
    let created = Created {
        title: input.title.clone(),
        kind: input.kind,
        members,
        by: cx.by.principal.clone(),
    };
    Ok(Decision::now(vec![Event::Created(created)], reply))
}

/// The caller first, then those who are named. An admin may name both members of a private
/// conversation and is then not in it.
fn first_members(input: &Create, cx: &Context) -> Vec<Member> {
    let caller = &cx.by.principal;
    let named = input.members.iter().any(|new| new.principal == *caller);
    let for_others = *caller == Caller::ADMIN
        && input.kind == Sort::Private
        && input.members.len() == PRIVATE_MEMBERS;
    let mut members = Vec::with_capacity(input.members.len() + 1);
    if !named && !for_others {
        let (principal, role) = (caller.clone(), Role::Member);
        let creator = NewMember { principal, name: None, role, model: None, instructions: None };
        members.push(rules::admitted(&creator));
    }
    members.extend(input.members.iter().map(rules::admitted));
    members
}

fn join(state: &State, input: &Join, cx: &Context) -> Decided {
    let principal = rules::acting(input.principal.as_ref(), cx)?;
    let member = rules::check_join(input, principal.clone())?;
    if state.members.contains_key(&principal) {
        return Err(Rejection::AlreadyMember { principal });
    }
    if state.kind == Sort::Private {
        return Err(Rejection::Private);
    }
    rules::room(state.members.values().chain([&member]))?;
    let members = count(state.members.len() + 1);
    let by = rules::on_behalf(&principal, cx);
    let joined = Event::Joined(Joined { member, members, by });
    Ok(Decision::now(vec![joined], json!({ "principal": principal, "members": members })))
}

fn leave(state: &State, input: &Leave, cx: &Context) -> Decided {
    let member = rules::member(state, input.principal.as_ref(), cx)?;
    if state.kind == Sort::Private {
        return Err(Rejection::Private);
    }
    let principal = member.principal.clone();
    let members = count(state.members.len() - 1);
    let reply = json!({ "principal": principal, "members": members });
    let by = rules::on_behalf(&principal, cx);
    Ok(Decision::now(vec![Event::Left(Left { principal, members, by })], reply))
}

fn post(state: &State, input: &Post, cx: &Context) -> Decided {
    rules::check_post(input)?;
    let author = rules::member(state, input.from.as_ref(), cx)?;
    let client_id = input.client_id.as_ref();
    let known = client_id.and_then(|id| state.client_post(&author.principal, id));
    if let Some(known) = known {
        if known.text == Hash::of(input.text.as_bytes()) {
            return Ok(Decision::now(Vec::new(), posted(&known.message, known.sequence)));
        }
        return Err(Rejection::ClientIdConflict { message: known.message.clone() });
    }
    let reply_to = match &input.reply_to {
        Some(which) => Some(state.message(which).ok_or(Rejection::MessageNotFound)?.id.clone()),
        None => None,
    };
    let sequence = state.sequence + 1;
    let message = rules::message_id(cx, sequence);
    let (asks, busy) = asked(state, author);
    let mut events = vec![Event::MessagePosted(MessagePosted {
        message: message.clone(),
        sequence,
        author: author.principal.clone(),
        name: author.name.clone(),
        role: author.role,
        text: input.text.clone(),
        client_id: input.client_id.clone(),
        reply_to,
        in_reply_to: None,
        generated_by: None,
        by: rules::on_behalf(&author.principal, cx),
        asks,
    })];
    events.extend(busy.into_iter().map(|agent| too_busy(agent, &message)));
    Ok(Decision::now(events, posted(&message, sequence)))
}

/// The agents that will answer `author`, and those that owe too many answers already. Agents do
/// not answer agents, so that two of them never talk for ever.
fn asked(state: &State, author: &Member) -> (Vec<Principal>, Vec<Principal>) {
    if author.role == Role::Agent {
        return (Vec::new(), Vec::new());
    }
    let agents = state.agents().map(|agent| agent.principal.clone());
    agents.partition(|agent| state.owed_by(agent) < ANSWERS_OWED_MAX)
}

fn too_busy(agent: Principal, message: &str) -> Event {
    let reason = format!("it owes {ANSWERS_OWED_MAX} answers already");
    let (message, code) = (message.to_owned(), "agent_busy".to_owned());
    Event::AgentFailed(AgentFailed { agent, message, code, reason })
}

fn edit_message(state: &State, input: &EditMessage, cx: &Context) -> Decided {
    rules::check_text(&input.text)?;
    let editor = rules::member(state, input.from.as_ref(), cx)?;
    let message = rules::message(state, &input.message)?;
    if message.author != editor.principal {
        return Err(Rejection::NotTheAuthor);
    }
    let (id, sequence) = (&message.id, message.sequence);
    if message.text == input.text {
        let reply = json!({ "message": id, "sequence": sequence, "edits": message.edits });
        return Ok(Decision::now(Vec::new(), reply));
    }
    let edits = message.edits.saturating_add(1);
    let reply = json!({ "message": id, "sequence": sequence, "edits": edits });
    let edited = MessageEdited {
        message: id.clone(),
        sequence,
        text: input.text.clone(),
        edits,
        by: rules::on_behalf(&editor.principal, cx),
    };
    Ok(Decision::now(vec![Event::MessageEdited(edited)], reply))
}

fn delete_message(state: &State, input: &DeleteMessage, cx: &Context) -> Decided {
    let by = rules::acting(input.from.as_ref(), cx)?;
    let message = rules::message(state, &input.message)?;
    if cx.by.principal != Caller::ADMIN {
        let member = rules::member(state, Some(&by), cx)?;
        if message.author != member.principal {
            return Err(Rejection::NotTheAuthor);
        }
    }
    let (message, sequence) = (message.id.clone(), message.sequence);
    let reply = posted(&message, sequence);
    let deleted = MessageDeleted { message, sequence, by };
    Ok(Decision::now(vec![Event::MessageDeleted(deleted)], reply))
}

fn mark_read(state: &State, input: &MarkRead, cx: &Context) -> Decided {
    let member = rules::member(state, input.from.as_ref(), cx)?;
    let beyond = format!("the newest message is {}", state.sequence);
    Check::new().ensure(input.up_to <= state.sequence, "up_to", beyond).done()?;
    let principal = member.principal.clone();
    let read = state.read.get(&principal).copied().unwrap_or_default();
    let up_to = input.up_to.max(read);
    let reply = json!({ "principal": principal, "up_to": up_to });
    let moved = (up_to > read).then_some(Event::ReadMarked(ReadMarked { principal, up_to }));
    Ok(Decision::now(moved.into_iter().collect(), reply))
}

fn typing(state: &State, input: &Typing, cx: &Context) -> Decided {
    let member = rules::member(state, input.from.as_ref(), cx)?;
    Ok(shown("typing", &member.principal, json!({ "active": input.active }), cx))
}

fn presence(state: &State, input: &Presence, cx: &Context) -> Decided {
    let member = rules::member(state, input.from.as_ref(), cx)?;
    Ok(shown("presence", &member.principal, json!({ "status": input.status }), cx))
}

/// A signal about `principal`: nothing is stored.
fn shown(r#type: &str, principal: &Principal, mut data: Value, cx: &Context) -> Decision<Event> {
    data["principal"] = json!(principal);
    data["at"] = json!(cx.now);
    let signal = Signal { r#type: r#type.to_owned(), data };
    Decision::now(Vec::new(), json!({ "principal": principal })).showing(signal)
}

fn rename(state: &State, input: &Rename, cx: &Context) -> Decided {
    rules::check_title(&input.title)?;
    let by = cx.by.principal.clone();
    if by != Caller::ADMIN {
        rules::member(state, None, cx)?;
    }
    let reply = json!({ "title": input.title });
    if state.title.as_ref() == Some(&input.title) {
        return Ok(Decision::now(Vec::new(), reply));
    }
    let renamed = Renamed { title: input.title.clone(), by };
    Ok(Decision::now(vec![Event::Renamed(renamed)], reply))
}

fn posted(message: &str, sequence: u64) -> Value {
    json!({ "message": message, "sequence": sequence })
}

fn count(members: usize) -> u32 {
    u32::try_from(members).unwrap_or(u32::MAX)
}
