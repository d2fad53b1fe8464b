use contracts::effect::{EventPlace, FetchBody, Fetched, FetchedBody, OutcomeResult};
use contracts::kinds::webhook::limits::{PENDING_MAX, RECENT_MAX};
use contracts::kinds::webhook::{self as page, Delivery, Event, Filter, Reason, Words};
use contracts::{
    Caller, Cursor, Effect, EffectId, Hash, Origin, Outcome, Refusal, RefusalClass, Revision,
};
use serde_json::{Value, json};

use super::Webhook;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

const URL: &str = "https://hooks.example/a?b=c";

fn created() -> Event {
    Event::Created {
        url: URL.to_owned(),
        filter: Filter::default(),
        description: None,
        secret: "webhook:me".parse().unwrap(),
        owner: Caller::new("anna".parse().unwrap(), Origin::Runtime),
        words: Words::CloudEvents,
    }
}

fn place(id: &str) -> EventPlace {
    EventPlace {
        kind: "approval".parse().unwrap(),
        id: id.parse().unwrap(),
        revision: Revision(1),
        index: 0,
        cursor: Cursor(7),
        reader: Caller::new("anna".parse().unwrap(), Origin::Runtime),
    }
}

fn asked(number: usize) -> Event {
    Event::DeliveryAsked(Delivery {
        delivery: format!("dlv-{number}").parse().unwrap(),
        message: place("a").message(&"main".parse().unwrap()),
        place: place("a"),
        r#type: "Proposed".to_owned(),
        again: None,
    })
}

fn outcome(delivery: &str, result: OutcomeResult) -> Outcome {
    let (effect, tag) = (EffectId(Hash::of(b"e")), json!(delivery));
    Outcome { effect, revision: Revision(2), index: 0, tag, attempts: 3, result, metered: None }
}

fn ok() -> OutcomeResult {
    let body = FetchedBody::Text(String::new());
    OutcomeResult::Fetched(Fetched { status: 204, headers: [].into(), body, truncated: false })
}

fn failed(code: &'static str) -> OutcomeResult {
    OutcomeResult::Failed(Refusal::new(RefusalClass::Unavailable, code, "no"))
}

fn says(given: Given<Webhook>, by: &str, name: &str, input: Value) -> Then<Webhook> {
    given.by(by).when(name, input)
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Webhook>();
}

#[test]
fn who_changes_where_to_lends_it_his_own_eyes() {
    let create = json!({ "url": URL, "filter": { "kinds": ["approval"] } });
    let then = says(given([]), "anna", "create", create.clone());
    assert_eq!(then.given.state.owner.as_ref().unwrap().principal.as_str(), "anna");
    assert_eq!(then.given.state.owner.as_ref().unwrap().origin, Origin::Runtime);
    assert_eq!(then.given.state.secret.as_ref().unwrap().as_str(), "webhook:me");
    let then = says(then.given, "bob", "update", json!({ "url": "https://bob.example" }));
    assert_eq!(then.given.state.owner.as_ref().unwrap().principal.as_str(), "bob");
    assert_eq!(then.given.state.filter.kinds.len(), 1, "what is left out stays");
    then.given.when("create", create).then_refused("webhook_exists");
}

#[test]
fn only_the_runtime_says_what_is_sent_and_never_its_own_events() {
    let deliver = |kind: &str| {
        let mut place = json!(place("a"));
        place["kind"] = json!(kind);
        json!({ "place": place, "type": "Proposed" })
    };
    given::<Webhook>([created()]).when("deliver", deliver("approval")).then_refused("runtime_only");
    // The word of the runtime by another road is nobody's.
    let given_by = |given: Given<Webhook>| given.by(Caller::RUNTIME.as_str());
    given_by(given([created()])).when("deliver", deliver("approval")).then_refused("runtime_only");
}

fn by_runtime(mut given: Given<Webhook>, place: EventPlace) -> Vec<Event> {
    use contracts::Decider as _;
    let mut cx = given.context();
    cx.by = Caller::runtime();
    let deliver = page::Deliver { place, r#type: "Proposed".to_owned() };
    let command = page::Command::Deliver(deliver);
    Webhook::decide(&given.state, &command, &cx).unwrap().events
}

#[test]
fn one_that_speaks_a2a_is_told_a_task_and_shown_what_is_sealed() {
    use contracts::Decider as _;
    let Event::Created { url, filter, description, secret, owner, .. } = created() else {
        unreachable!("it is created");
    };
    let words = Words::A2a;
    let created = Event::Created { url, filter, description, secret, owner, words };
    let run = EventPlace { kind: contracts::kinds::run::KIND, ..place("r-1") };
    for (place, body) in
        [(run.clone(), FetchBody::Task(run)), (place("a"), FetchBody::Event(place("a")))]
    {
        let events = by_runtime(given([created.clone()]), place);
        let state = given::<Webhook>([created.clone()]).state;
        let effects = Webhook::react(&state, &events[0], &state);
        let [Effect::Fetch(fetch)] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!((&fetch.body, &fetch.sign), (&Some(body), &None));
        let sealed = fetch.sealed_headers.as_ref().map(|it| it.as_str());
        assert_eq!(sealed, Some("webhook:me"));
    }
}

#[test]
fn an_event_is_sent_signed_and_its_secret_is_only_named() {
    use contracts::Decider as _;
    let events = by_runtime(given([created()]), place("a"));
    let [asked @ Event::DeliveryAsked(delivery)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(delivery.message, place("a").message(&"main".parse().unwrap()));
    let state = given::<Webhook>([created()]).state;
    let effects = Webhook::react(&state, asked, &state);
    let [Effect::Fetch(fetch)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((fetch.url.as_str(), fetch.redirects_max), (URL, 0));
    assert_eq!(fetch.body, Some(FetchBody::Event(place("a"))));
    let sign = fetch.sign.as_ref().unwrap();
    assert_eq!((sign.id.as_str(), sign.secret.as_str()), (&*delivery.message, "webhook:me"));
    // One event has one message id, whoever gets it, and another has another.
    assert_ne!(
        place("a").message(&"main".parse().unwrap()),
        place("b").message(&"main".parse().unwrap())
    );
    assert_ne!(
        place("a").message(&"main".parse().unwrap()),
        place("a").message(&"x".parse().unwrap())
    );
}

#[test]
fn what_was_delivered_can_be_sent_again_and_what_is_forgotten_cannot() {
    let then = given::<Webhook>([created(), asked(1)]).when_outcome(&outcome("dlv-1", ok()));
    let delivered =
        Event::Delivered { delivery: "dlv-1".parse().unwrap(), status: 204, attempts: 3 };
    let then = then.then_events(&[delivered]);
    let then = says(then.given, "bob", "redeliver", json!({ "delivery": "dlv-1" }));
    let Event::DeliveryAsked(again) = &then.decided().events[0] else { panic!("not asked") };
    assert_eq!(again.message, place("a").message(&"main".parse().unwrap()), "the same id");
    assert_eq!(again.place.reader.principal.as_str(), "bob", "as whoever says so may see it");
    assert_eq!(again.again.as_ref().unwrap().as_str(), "dlv-1");
    then.given.when("redeliver", json!({ "delivery": "dlv-2" })).then_refused("delivery_not_found");
    let mut many: Given<Webhook> = given([created()]);
    for number in 0..RECENT_MAX + 5 {
        many.state = many.state.after(&asked(number), Default::default());
        let name = format!("dlv-{number}");
        many = many.when_outcome(&outcome(&name, ok())).given;
    }
    assert_eq!(many.state.recent.len(), RECENT_MAX);
    assert!(many.state.delivery(&"dlv-4".parse().unwrap()).is_none());
}

#[test]
fn a_receiver_that_is_gone_or_fails_for_days_ends_it() {
    let gone = given::<Webhook>([created(), asked(1)])
        .when_outcome(&outcome("dlv-1", failed("fetch_gone")));
    assert_eq!(gone.given.state.disabled, Some(Reason::Gone));
    gone.given.when("test", json!({})).then_refused("webhook_disabled");
    let mut once = given::<Webhook>([created(), asked(1), asked(2), asked(3)]);
    once.late_ms = 24 * 60 * 60 * 1_000;
    let then = once.when_outcome(&outcome("dlv-1", failed("fetch_status")));
    assert!(then.given.state.enabled, "a day is no reason");
    let mut later = then.given;
    later.late_ms = 5 * 24 * 60 * 60 * 1_000;
    let then = later.when_outcome(&outcome("dlv-2", failed("fetch_status")));
    assert_eq!(then.given.state.disabled, Some(Reason::Failing));
    let then = then.given.when("enable", json!({}));
    assert!(then.given.state.enabled && then.given.state.failing_since.is_none());
    then.given.state_is_the_fold();
}

#[test]
fn one_that_comes_through_makes_up_for_those_before_it() {
    let mut some = given::<Webhook>([created(), asked(1), asked(2), asked(3)]);
    some.late_ms = 24 * 60 * 60 * 1_000;
    let then = some.when_outcome(&outcome("dlv-1", failed("fetch_status")));
    let mut then = then.given.when_outcome(&outcome("dlv-2", ok())).given;
    then.late_ms = 9 * 24 * 60 * 60 * 1_000;
    // What failed was asked nine days ago, and nothing is known to have failed since.
    let cancelled = then.when_outcome(&outcome("dlv-3", failed("effect_cancelled")));
    assert!(cancelled.given.state.enabled, "what somebody gave up says nothing of the receiver");
}

#[test]
fn a_disabled_one_sends_nothing_and_too_many_disable_it() {
    let off = Event::Disabled { reason: Reason::Asked, note: None };
    assert!(by_runtime(given([created(), off]), place("a")).is_empty());
    let mut full: Given<Webhook> = given([created()]);
    for number in 0..PENDING_MAX {
        full.state = full.state.after(&asked(number), Default::default());
    }
    let full_state = full.state.clone();
    full.when("test", json!({})).then_refused("webhook_full");
    let mut full: Given<Webhook> = given([created()]);
    full.state = full_state;
    let events = by_runtime(full, place("a"));
    assert!(matches!(&events[..], [Event::Disabled { reason: Reason::Overflow, .. }]));
}

#[test]
fn a_ping_is_an_event_of_its_own() {
    let then = given::<Webhook>([created()]).when("test", json!({}));
    let [Event::Pinged { .. }, Event::DeliveryAsked(delivery)] = &then.decided().events[..] else {
        panic!("{:?}", then.decided().events)
    };
    assert_eq!((delivery.place.kind.as_str(), delivery.place.revision), ("webhook", Revision(2)));
    assert_eq!((delivery.place.index, delivery.r#type.as_str()), (0, "Pinged"));
}

#[test]
fn bad_input_is_named() {
    for (input, field) in [
        (json!({ "url": "ftp://a.example" }), "input.url"),
        (json!({ "url": "https://a:b@a.example" }), "input.url"),
        (json!({ "url": URL, "filter": { "events": [""] } }), "input.filter.events"),
        (json!({ "url": URL, "description": " " }), "input.description"),
    ] {
        let then = given::<Webhook>([]).when("create", input).then_refused("invalid_input");
        assert_eq!(then.result.unwrap_err().errors[0].field, field);
    }
    given::<Webhook>([created()])
        .when("rotate", json!({ "overlap_s": 2_592_001 }))
        .then_refused("invalid_input");
    given::<Webhook>([]).when("test", json!({})).then_refused("actor_not_found");
}
