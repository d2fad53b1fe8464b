use contracts::decider::EventContext;
use contracts::effect::{
    Accept, Delivery as How, Effect, EventPlace, Fetch, FetchBody, FetchMethod, OutcomeResult,
    Retry, Sign, Terms,
};
use contracts::kinds::run;
use contracts::kinds::webhook::limits::{
    ANSWER_BYTES_MAX, ATTEMPTS_MAX, BACKOFF_MS_MAX, BACKOFF_MS_MIN, PENDING_MAX, TIMEOUT_MS,
};
use contracts::kinds::webhook::{
    self as page, Command, Deliver, Delivery, Event, KIND, Reason, Rejection, Sent, Standing, Words,
};
use contracts::{
    ActorId, Caller, Context, Cursor, Decider, Decision, LimitKey, Origin, Outcome, SecretName,
};
use serde_json::{Value, json};

use super::{State, Webhook, ends};

/// The media type of an event.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=utf-8";

/// How a receiver is told.
struct Told {
    media: &'static str,
    body: FetchBody,
    sign: Option<Sign>,
    sealed_headers: Option<SecretName>,
}

impl Decider for Webhook {
    type Page = page::Webhook;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Create(_) if state.exists() => return Err(Rejection::Exists),
            Command::Create(_) => {}
            _ if !state.exists() => return Err(Rejection::NotFound),
            _ => {}
        }
        let events = match command {
            Command::Deliver(deliver) => return self::deliver(state, deliver, cx),
            Command::Test(_) => return test(state, cx),
            Command::Redeliver(redeliver) => return again(state, &redeliver.delivery, cx),
            Command::Create(create) => {
                create.check().map_err(Rejection::Invalid)?;
                vec![Event::Created {
                    url: create.url.clone(),
                    filter: create.filter.clone(),
                    description: create.description.clone(),
                    secret: page::secret_of(&cx.me),
                    owner: owner(cx),
                    words: create.words,
                }]
            }
            Command::Update(update) => {
                update.check().map_err(Rejection::Invalid)?;
                vec![Event::Updated {
                    url: update.url.clone(),
                    filter: update.filter.clone(),
                    description: update.description.clone(),
                    owner: owner(cx),
                }]
            }
            Command::Rotate(rotate) => {
                rotate.check().map_err(Rejection::Invalid)?;
                let overlap_ms = i64::try_from(rotate.overlap_s * 1_000).unwrap_or(i64::MAX);
                vec![Event::Rotated { until: cx.now.plus_millis(overlap_ms) }]
            }
            Command::Enable(_) => vec![Event::Enabled { owner: owner(cx) }],
            Command::Disable(note) => {
                note.check().map_err(Rejection::Invalid)?;
                let event = Event::Disabled { reason: Reason::Asked, note: note.note.clone() };
                if state.enabled { vec![event] } else { Vec::new() }
            }
        };
        let after = events.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        Ok(Decision::now(events, json!(standing(&after))))
    }

    fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
        let name = outcome.tag.as_str().and_then(|it| ActorId::new(it).ok());
        let known = name.and_then(|name| state.pending.get(&name));
        let Some(known) = known.filter(|_| !matches!(outcome.result, OutcomeResult::Paused(_)))
        else {
            return Decision::now(Vec::new(), Value::Null);
        };
        Decision::now(ends::of(state, known, outcome, cx.now), Value::Null)
    }

    fn evolve(state: State, event: &Event, at: &EventContext) -> State {
        state.after(event, at.at)
    }

    fn react(_: &State, event: &Event, after: &State) -> Vec<Effect> {
        let Event::DeliveryAsked(delivery) = event else { return Vec::new() };
        let Some(secret) = after.secret.clone() else { return Vec::new() };
        let retry = Retry {
            attempts_max: Some(ATTEMPTS_MAX),
            backoff_ms_min: Some(BACKOFF_MS_MIN),
            backoff_ms_max: Some(BACKOFF_MS_MAX),
            timeout_ms: Some(TIMEOUT_MS),
            ..Retry::default()
        };
        let limit = LimitKey::new(secret.as_str()).ok();
        let place = delivery.place.clone();
        let told = match after.words {
            Words::A2a if place.kind == run::KIND => Told {
                media: crate::a2a::MEDIA,
                body: FetchBody::Task(place),
                sign: None,
                sealed_headers: Some(secret),
            },
            // The secret of one that speaks A2A is no key to sign with.
            Words::A2a => Told {
                media: CLOUD_EVENT,
                body: FetchBody::Event(place),
                sign: None,
                sealed_headers: Some(secret),
            },
            Words::CloudEvents => Told {
                media: CLOUD_EVENT,
                body: FetchBody::Event(place),
                sign: Some(Sign { id: delivery.message.clone(), secret }),
                sealed_headers: None,
            },
        };
        vec![Effect::Fetch(Fetch {
            method: FetchMethod::Post,
            url: after.url.clone(),
            headers: [("content-type".to_owned(), told.media.to_owned())].into(),
            body: Some(told.body),
            secret_header: None,
            sealed_headers: told.sealed_headers,
            sign: told.sign,
            response_bytes_max: ANSWER_BYTES_MAX,
            redirects_max: 0,
            accept: Accept::Delivered,
            delivery: How::Idempotent,
            tag: json!(delivery.delivery),
            terms: Terms { retry: Some(retry), limit, ..Terms::default() },
        })]
    }

    fn forked(mut state: State) -> State {
        // What is on its way is the parent's.
        state.pending.clear();
        state
    }
}

/// As whom the webhook reads: what the caller may see, within the scope of the key that it came
/// with, also when that key has ended since.
fn owner(cx: &Context) -> Caller {
    let Caller { principal, credential, .. } = cx.by.clone();
    Caller::new(principal, Origin::Runtime).with(credential)
}

fn standing(state: &State) -> Standing {
    Standing { url: state.url.clone(), enabled: state.enabled, disabled: state.disabled }
}

fn sent(delivery: Option<ActorId>, events: Vec<Event>) -> Decision<Event> {
    Decision::now(events, json!(Sent { delivery }))
}

/// One event, which the runtime has found to be asked for.
fn deliver(state: &State, deliver: &Deliver, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let runtime = cx.by.principal == Caller::RUNTIME && cx.by.origin == Origin::Runtime;
    if !runtime || deliver.place.kind == KIND {
        return Err(Rejection::RuntimeOnly);
    }
    if !state.enabled {
        return Ok(sent(None, Vec::new()));
    }
    if state.pending.len() >= PENDING_MAX {
        let note = Some(format!("{PENDING_MAX} messages wait"));
        let event = Event::Disabled { reason: Reason::Overflow, note };
        return Ok(sent(None, vec![event]));
    }
    Ok(ask(deliver.place.clone(), &deliver.r#type, None, Vec::new(), cx))
}

/// A message that says only that it was sent: the event that somebody asked for it.
fn test(state: &State, cx: &Context) -> Result<Decision<Event>, Rejection> {
    ensure_room(state)?;
    let pinged = Event::Pinged { by: cx.by.principal.clone() };
    let place = EventPlace {
        kind: KIND,
        id: cx.me.clone(),
        revision: cx.revision,
        index: 0,
        cursor: Cursor::ZERO,
        reader: owner(cx),
    };
    Ok(ask(place, "Pinged", None, vec![pinged], cx))
}

/// What was sent before, as whoever says so may see it now.
fn again(state: &State, name: &ActorId, cx: &Context) -> Result<Decision<Event>, Rejection> {
    ensure_room(state)?;
    let known = state.delivery(name).ok_or(Rejection::DeliveryUnknown)?;
    let place = EventPlace { reader: owner(cx), ..known.delivery.place.clone() };
    Ok(ask(place, &known.delivery.r#type, Some(name.clone()), Vec::new(), cx))
}

fn ensure_room(state: &State) -> Result<(), Rejection> {
    if !state.enabled {
        return Err(Rejection::Disabled);
    }
    if state.pending.len() >= PENDING_MAX { Err(Rejection::Full) } else { Ok(()) }
}

fn ask(
    place: EventPlace,
    r#type: &str,
    again: Option<ActorId>,
    mut events: Vec<Event>,
    cx: &Context,
) -> Decision<Event> {
    let name = ActorId::new(cx.name("dlv-", 0)).expect("digits behind a word are a token");
    let (message, r#type) = (place.message(&cx.tenant), r#type.to_owned());
    let delivery = Delivery { delivery: name.clone(), message, place, r#type, again };
    events.push(Event::DeliveryAsked(delivery));
    sent(Some(name), events)
}
