use contracts::decider::EventContext;
use contracts::kinds::organization::{self as page, Command, Create, Event, MemberRole, Rejection};
use contracts::{Context, Decider, Decision};
use serde_json::json;

use super::{Organization, State, members, parts, uses};

impl Decider for Organization {
    type Page = page::Organization;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        if cx.me.as_str() != cx.tenant.as_str()
            || (!state.created && !matches!(command, Command::Create(_)))
        {
            return Err(Rejection::Misnamed);
        }
        command.check().map_err(Rejection::Invalid)?;
        let events = match command {
            Command::Create(create) => created(state, create)?,
            Command::Rename(rename) => {
                let name = rename.name.clone();
                (name != state.name).then_some(Event::Renamed { name }).into_iter().collect()
            }
            Command::SetPlan(set) => {
                let news = state.plan != set.plan || state.governance.limits != set.limits;
                let event = || Event::PlanSet { plan: set.plan.clone(), limits: set.limits };
                news.then(event).into_iter().collect()
            }
            Command::Consume(consume) => return uses::consume(state, consume, cx),
            Command::Entitle(_) | Command::Withdraw(_) => uses::decide(state, command)?,
            Command::Suspend(_) | Command::Restore(_) => stand(state, command, cx),
            Command::AddMember(_)
            | Command::ChangeMember(_)
            | Command::RemoveMember(_)
            | Command::DefineRole(_)
            | Command::DropRole(_)
            | Command::ClassData(_)
            | Command::SetPublisher(_) => members::decide(state, command, cx)?,
            _ => parts::decide(state, command)?,
        };
        let after = events.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        let reply = json!({
            "organization": cx.tenant,
            "members": after.governance.members.len(),
            "suspended": after.governance.suspended,
        });
        Ok(Decision::now(events, reply))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// A tenant has one organization; what is called otherwise is none.
    fn forked(_: State) -> State {
        State::default()
    }
}

fn created(state: &State, create: &Create) -> Result<Vec<Event>, Rejection> {
    if state.created {
        return Err(Rejection::Exists);
    }
    let Create { name, owner, plan } = create.clone();
    let mut events = vec![Event::Created { name, plan }];
    let role = MemberRole::Owner;
    events.extend(owner.map(|principal| Event::MemberAdded { principal, role }));
    Ok(events)
}

fn stand(state: &State, command: &Command, cx: &Context) -> Vec<Event> {
    let suspended = state.governance.suspended;
    let event = match command {
        Command::Suspend(suspend) if !suspended => {
            let (by, reason) = (cx.by.principal.clone(), suspend.reason.clone());
            Some(Event::Suspended { by, reason })
        }
        Command::Restore(_) if suspended => Some(Event::Restored {}),
        _ => None,
    };
    event.into_iter().collect()
}
