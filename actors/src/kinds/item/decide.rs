use contracts::decider::EventContext;
use contracts::effect::{Effect, Timer};
use contracts::kinds::check::Check;
use contracts::kinds::item::{
    self as page, Command, Event, INDEX_MAX, KEY_BYTES_MAX, Kept, NAME_BYTES_MAX, NAMES_MAX, Put,
    Rejection, TTL_S_MAX, VALUE_BYTES_MAX,
};
use contracts::{ActorId, CommandName, Context, Decider, Decision};
use serde_json::json;

use super::{Item, State};

/// The timer that ends what is kept for a time.
const TIMER: ActorId = ActorId::from_static("expire");

impl Decider for Item {
    type Page = page::Item;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let over = state.expires_at.is_some_and(|until| until <= cx.now);
        let events = match command {
            Command::Put(put) => {
                check(put)?;
                let millis = |ttl_s: u64| i64::try_from(ttl_s.saturating_mul(1_000)).ok();
                let expires_at = put.ttl_s.and_then(millis).map(|ms| cx.now.plus_millis(ms));
                vec![Event::Put { item: put.clone(), expires_at }]
            }
            Command::Remove(_) if state.item.is_none() => return Err(Rejection::NotFound),
            Command::Remove(_) => vec![Event::Removed {}],
            Command::Expire(_) if state.item.is_some() && over => vec![Event::Expired {}],
            // It was kept anew meanwhile, or is gone.
            Command::Expire(_) => Vec::new(),
        };
        let after = events.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        Ok(Decision::now(events, json!(Kept { kept: after.item.is_some() })))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    fn react(before: &State, event: &Event, _: &State) -> Vec<Effect> {
        let timer = match event {
            Event::Put { expires_at: Some(until), .. } => {
                let expire = CommandName::from_static("expire");
                Timer::once(TIMER, *until, expire, json!({}))
            }
            _ if before.expires_at.is_some() => Timer::cancel(TIMER),
            _ => return Vec::new(),
        };
        vec![Effect::Timer(timer)]
    }
}

fn check(put: &Put) -> Result<(), Rejection> {
    let bytes = serde_json::to_vec(&put.value).map_or(usize::MAX, |bytes| bytes.len());
    let size = format!("has {bytes} bytes; {VALUE_BYTES_MAX} are allowed");
    let index = put.index.as_ref();
    let mut check = Check::new()
        .ensure(!put.namespace.is_empty(), "namespace", "names at least one place")
        .items("namespace", put.namespace.len(), NAMES_MAX)
        .text("key", &put.key, KEY_BYTES_MAX)
        .ensure(bytes <= VALUE_BYTES_MAX, "value", size)
        .items("index", index.map_or(0, Vec::len), INDEX_MAX)
        .ensure(
            put.ttl_s.is_none_or(|ttl_s| (1..=TTL_S_MAX).contains(&ttl_s)),
            "ttl_s",
            format!("is 1 to {TTL_S_MAX}"),
        );
    for (place, name) in put.namespace.iter().enumerate() {
        check = check.text(format!("namespace[{place}]"), name, NAME_BYTES_MAX);
    }
    for (place, path) in index.into_iter().flatten().enumerate() {
        check = check.text(format!("index[{place}]"), path, KEY_BYTES_MAX);
    }
    check.done().map_err(Rejection::Invalid)
}
