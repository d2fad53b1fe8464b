use contracts::caller::{Caller, Origin};
use contracts::decider::EventContext;
use contracts::effect::{Delivery, Effect, Terms, Work};
use contracts::kinds::principal::{
    self as page, Command, Event, Profile, Register, Rejection, SETTINGS_BYTES_MAX, SessionEnd,
    Settings, is_free,
};
use contracts::privacy::plain_size;
use contracts::{Context, Decider, Decision, Queue};
use serde_json::{Value, json};

use super::{Principal, State, keys, rights};

impl Decider for Principal {
    type Page = page::Principal;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 2;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        if !state.registered && !matches!(command, Command::Register(_)) {
            return Err(Rejection::Name);
        }
        ensure_proved(command, cx)?;
        let events = match command {
            Command::Register(register) => begin(state, register, cx)?,
            Command::Profile(profile) => show(state, profile)?,
            Command::Settings(settings) => set(state, settings)?,
            Command::SetPassword(set) => {
                set.check().map_err(Rejection::Invalid)?;
                let mut events = vec![Event::PasswordSet { hash: set.hash.clone() }];
                events.extend(keys::end_all(state, SessionEnd::Password));
                events
            }
            Command::RefreshSession(refresh) => return keys::refresh(state, refresh, cx),
            Command::IssueKey(_)
            | Command::RotateKey(_)
            | Command::RevokeKey(_)
            | Command::BeginSession(_)
            | Command::EndSession(_)
            | Command::EndSessions(_)
            | Command::AskReset(_) => keys::decide(state, command, cx)?,
            Command::Assign(_)
            | Command::Unassign(_)
            | Command::Grant(_)
            | Command::Revoke(_)
            | Command::Transfer(_)
            | Command::Suspend(_)
            | Command::Restore(_) => rights::decide(state, command, cx)?,
        };
        let suspended =
            events.iter().fold(state.access.suspended, |suspended, event| match event {
                Event::Suspended { .. } => true,
                Event::Restored {} => false,
                _ => suspended,
            });
        Ok(Decision::now(events, json!({ "principal": cx.me, "suspended": suspended })))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// The link itself is fetched by whoever sends it: nothing that stands in the log opens it.
    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        let Event::ResetAsked { ticket, expires_at } = event else { return Vec::new() };
        let input = json!({
            "template": "password_reset", "ticket": ticket, "expires_at": expires_at,
        });
        let terms = Terms::default();
        let (queue, delivery) = (Queue::from_static("mail"), Delivery::AtMostOnce);
        vec![Effect::Work(Work { queue, input, tag: Value::Null, delivery, terms })]
    }

    /// A fork would have another's rights and keys under a name of its own.
    fn forked(_: State) -> State {
        State::default()
    }
}

/// What needs a proof comes from the program itself, which has seen it, or from who holds the admin
/// key.
fn ensure_proved(command: &Command, cx: &Context) -> Result<(), Rejection> {
    let needs = matches!(
        command,
        Command::SetPassword(_)
            | Command::BeginSession(_)
            | Command::RefreshSession(_)
            | Command::AskReset(_)
    );
    let seen = cx.by.origin == Origin::Runtime || cx.by.principal == Caller::ADMIN;
    if needs && !seen { Err(Rejection::Unproved) } else { Ok(()) }
}

fn begin(state: &State, register: &Register, cx: &Context) -> Result<Vec<Event>, Rejection> {
    if state.registered {
        return Err(Rejection::Exists);
    }
    if !is_free(cx.me.as_str()) {
        return Err(Rejection::Name);
    }
    register.check().map_err(Rejection::Invalid)?;
    let Register { sort, display, email, owner, roles } = register.clone();
    let mut events = vec![Event::Registered { sort, display, email, owner }];
    for role in roles {
        rights::ensure_role(&role, None, cx)?;
        events.push(Event::RoleAssigned { role, expires_at: None });
    }
    Ok(events)
}

fn show(state: &State, profile: &Profile) -> Result<Vec<Event>, Rejection> {
    profile.check().map_err(Rejection::Invalid)?;
    let news = |new: &Option<String>, old: &Option<String>| {
        new.clone().filter(|new| old.as_ref() != Some(new))
    };
    let changed = Profile {
        display: news(&profile.display, &state.profile.display),
        email: news(&profile.email, &state.profile.email),
        about: news(&profile.about, &state.profile.about),
    };
    let is_news = changed != Profile::default();
    Ok(is_news.then_some(Event::ProfileChanged(changed)).into_iter().collect())
}

fn set(state: &State, input: &Settings) -> Result<Vec<Event>, Rejection> {
    input.check().map_err(Rejection::Invalid)?;
    let differs = |(name, value): &(&String, &Value)| match state.settings.get(*name) {
        Some(known) => known != *value,
        None => !value.is_null(),
    };
    let settings = input.settings.iter().filter(differs);
    let settings: serde_json::Map<_, _> =
        settings.map(|(name, value)| (name.clone(), value.clone())).collect();
    if settings.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = state.settings.clone();
    all.extend(settings.clone());
    if plain_size(&Value::Object(all)) > SETTINGS_BYTES_MAX {
        return Err(Rejection::TooMany("settings"));
    }
    Ok(vec![Event::SettingsChanged { settings }])
}
