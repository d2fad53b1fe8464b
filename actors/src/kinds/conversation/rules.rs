//! Who may do what, and what an input may hold.

use contracts::kinds::check::Check;
use contracts::kinds::conversation::limits::{
    AGENTS_MAX, CLIENT_ID_BYTES_MAX, INSTRUCTIONS_BYTES_MAX, MEMBERS_MAX, MODEL_BYTES_MAX,
    NAME_BYTES_MAX, TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use contracts::kinds::conversation::{
    Create, Join, Member, MessageRef, NewMember, Post, Rejection, Role,
};
use contracts::model::LOCAL_MODEL;
use contracts::{Caller, Context, Principal};

use super::state::{Message, State};

/// Who acts: the caller, or whom an admin names.
pub(super) fn acting(named: Option<&Principal>, cx: &Context) -> Result<Principal, Rejection> {
    let caller = &cx.by.principal;
    match named {
        Some(named) if named != caller && *caller != Caller::ADMIN => {
            Err(Rejection::ActingForAnother { principal: named.clone() })
        }
        Some(named) => Ok(named.clone()),
        None => Ok(caller.clone()),
    }
}

/// The caller, when somebody else is said to have acted.
pub(super) fn on_behalf(acting: &Principal, cx: &Context) -> Option<Principal> {
    (cx.by.principal != *acting).then(|| cx.by.principal.clone())
}

/// The member who acts.
pub(super) fn member<'a>(
    state: &'a State,
    named: Option<&Principal>,
    cx: &Context,
) -> Result<&'a Member, Rejection> {
    let principal = acting(named, cx)?;
    state.members.get(&principal).ok_or(Rejection::NotAMember { principal })
}

/// The message that is meant and not yet taken back.
pub(super) fn message<'a>(state: &'a State, which: &MessageRef) -> Result<&'a Message, Rejection> {
    let message = state.message(which).ok_or(Rejection::MessageNotFound)?;
    if message.deleted { Err(Rejection::MessageDeleted) } else { Ok(message) }
}

/// The id of the message that gets this sequence: unlike any other of the conversation.
pub(super) fn message_id(cx: &Context, sequence: u64) -> String {
    cx.name(&format!("m_{sequence}_"), 0)
}

/// Whether so many members, so many of them agents, have room.
pub(super) fn room<'a>(members: impl Iterator<Item = &'a Member>) -> Result<(), Rejection> {
    let (mut all, mut agents) = (0, 0);
    for member in members {
        all += 1;
        agents += usize::from(member.role == Role::Agent);
    }
    if all > MEMBERS_MAX || agents > AGENTS_MAX { Err(Rejection::Full) } else { Ok(()) }
}

/// A new member as kept. An agent always has a model.
pub(super) fn admitted(new: &NewMember) -> Member {
    let agent = new.role == Role::Agent;
    Member {
        principal: new.principal.clone(),
        name: new.name.clone(),
        role: new.role,
        model: agent.then(|| new.model.clone().unwrap_or_else(|| LOCAL_MODEL.to_owned())),
        instructions: new.instructions.clone(),
    }
}

/// Checks the input of `create`.
pub(super) fn check_create(create: &Create) -> Result<(), Rejection> {
    let mut check = title(Check::new(), create.title.as_ref());
    check = check.items("members", create.members.len(), MEMBERS_MAX);
    for (place, new) in create.members.iter().enumerate() {
        check = new_member(check, &format!("members[{place}]."), new);
        let twice = create.members[..place].iter().any(|other| other.principal == new.principal);
        check = check.ensure(!twice, format!("members[{place}]"), "is named twice");
    }
    Ok(check.done()?)
}

/// Checks the input of `join`, and tells who joins.
pub(super) fn check_join(join: &Join, principal: Principal) -> Result<Member, Rejection> {
    let new = NewMember {
        principal,
        name: join.name.clone(),
        role: join.role,
        model: join.model.clone(),
        instructions: join.instructions.clone(),
    };
    new_member(Check::new(), "", &new).done()?;
    Ok(admitted(&new))
}

fn new_member(check: Check, at: &str, new: &NewMember) -> Check {
    let agent = new.role == Role::Agent;
    let only_agents = "is for members of the role agent";
    check
        .text_opt(format!("{at}name"), new.name.as_ref(), NAME_BYTES_MAX)
        .text_opt(format!("{at}model"), new.model.as_ref(), MODEL_BYTES_MAX)
        .text_opt(format!("{at}instructions"), new.instructions.as_ref(), INSTRUCTIONS_BYTES_MAX)
        .ensure(agent || new.model.is_none(), format!("{at}model"), only_agents)
        .ensure(agent || new.instructions.is_none(), format!("{at}instructions"), only_agents)
}

/// Checks the input of `post`.
pub(super) fn check_post(post: &Post) -> Result<(), Rejection> {
    let check = Check::new().text("text", &post.text, TEXT_BYTES_MAX);
    Ok(check.text_opt("client_id", post.client_id.as_ref(), CLIENT_ID_BYTES_MAX).done()?)
}

/// Checks the text of an edit.
pub(super) fn check_text(text: &str) -> Result<(), Rejection> {
    Ok(Check::new().text("text", text, TEXT_BYTES_MAX).done()?)
}

/// Checks a title.
pub(super) fn check_title(text: &str) -> Result<(), Rejection> {
    Ok(Check::new().text("title", text, TITLE_BYTES_MAX).done()?)
}

fn title(check: Check, title: Option<&String>) -> Check {
    check.text_opt("title", title, TITLE_BYTES_MAX)
}
