mod calendars;
mod plans;

use contracts::decider::TimerRun;
use contracts::effect::{Fetch, FetchBody, Fetched, FetchedBody, Outcome};
use contracts::kinds::circadian as page;
use contracts::schedule::Missed;
use contracts::{Effect, EffectId, Hash, OutcomeResult, Refusal, Reply, Revision, Timestamp};
use serde_json::{Value, json};

use super::Circadian;
use super::state::{RunStatus, Status};
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

const BERLIN: &str = "Europe/Berlin";

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn deed() -> Value {
    json!({ "send": { "kind": "counter", "id": "c", "command": "add", "input": { "by": 1 } } })
}

fn scheduled(when: Value, more: Value) -> Then<Circadian> {
    let mut input = json!({ "name": "tick", "when": when, "do": deed() });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    given::<Circadian>([]).when("schedule", input)
}

/// Hourly, from 2027-01-15 on, at which tests begin at 08:00.
fn hourly(more: Value) -> Given<Circadian> {
    let then = scheduled(json!({ "cron": { "expr": "0 * * * *" } }), more);
    then.decided();
    then.given
}

fn reply(then: &Then<Circadian>) -> Value {
    match &then.decided().reply {
        Reply::Now(value) => value.clone(),
        later => panic!("{later:?}"),
    }
}

/// The timer fires for `planned`.
fn fires(given: Given<Circadian>, planned: &str, next: Option<&str>) -> Then<Circadian> {
    let run = TimerRun { planned: at(planned), missed: 0, next: next.map(at) };
    given.fired(run).when("run_now", json!({ "name": "tick" }))
}

fn came(run: &str, result: OutcomeResult) -> Outcome {
    Outcome {
        effect: EffectId(Hash::ZERO),
        revision: Revision(2),
        index: 0,
        tag: json!({ "run": run }),
        attempts: 1,
        result,
        metered: None,
    }
}

/// What `upcoming` tells of a schedule that is set as tests begin.
fn ahead(when: Value, after: &str, count: u32) -> Vec<Value> {
    let then = scheduled(when, json!({}));
    then.decided();
    let told = then.given.when("upcoming", json!({ "after": after, "count": count }));
    let told = reply(&told);
    told["runs"].as_array().expect("runs").iter().map(|run| run["at"].clone()).collect()
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Circadian>();
}

#[test]
fn the_examples_of_the_page_work_one_after_the_other() {
    let mut given = given::<Circadian>([]);
    for spec in <page::Circadian as contracts::Page>::commands() {
        let then = given.when(spec.name, spec.example);
        assert!(then.result.is_ok(), "{}: {:?}", spec.name, then.result);
        given = then.given;
    }
    given.state_is_the_fold();
}

#[test]
fn what_is_scheduled_arms_a_timer_with_its_policy() {
    let then = scheduled(
        json!({ "cron": { "expr": "0 * * * *" } }),
        json!({ "missed": "all", "missed_runs_max": 7, "jitter_ms_max": 5 }),
    );
    assert_eq!(reply(&then)["next"], "2027-01-15T09:00:00.000Z");
    let [Effect::Timer(timer)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!((timer.missed, timer.missed_runs_max), (Missed::All, Some(7)));
    assert_eq!((timer.jitter_ms_max, timer.command.as_str()), (5, "run_now"));
    let once = scheduled(json!({ "at": "2027-01-15T10:00:00.000Z" }), json!({}));
    let [Effect::Timer(timer)] = &once.effects[..] else { panic!("{:?}", once.effects) };
    assert_eq!((timer.at, timer.repeat.is_none()), (Some(at("2027-01-15T10:00:00Z")), true));
}

#[test]
fn a_firing_begins_a_run_whose_outcome_is_kept() {
    let then = fires(hourly(json!({})), "2027-01-15T09:00:00Z", Some("2027-01-15T10:00:00Z"));
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!(
        (send.kind.as_str(), send.name.as_str(), &send.input),
        ("counter", "add", &json!({ "by": 1 }))
    );
    let run = reply(&then)["run"].as_str().expect("a run").to_owned();
    assert_eq!(send.tag, json!({ "run": run }));
    let sent = OutcomeResult::Sent { revision: Revision(1), reply: json!({}) };
    let done = then.given.when_outcome(&came(&run, sent)).given;
    assert_eq!(done.state.runs[0].status, RunStatus::Done);
    assert_eq!(done.state.schedules["tick"].next, Some(at("2027-01-15T10:00:00Z")));
    let then = fires(done, "2027-01-15T10:00:00Z", Some("2027-01-15T11:00:00Z"));
    let run = reply(&then)["run"].as_str().expect("a run").to_owned();
    let refused = Refusal::not_found("actor_not_found", "there is no such counter");
    let failed = then.given.when_outcome(&came(&run, OutcomeResult::Failed(refused))).given;
    assert_eq!(failed.state.runs[1].code.as_deref(), Some("actor_not_found"));
    assert_eq!(
        (failed.state.schedules["tick"].started, failed.state.schedules["tick"].failed),
        (2, 1)
    );
    failed.state_is_the_fold();
}

#[test]
fn each_deed_asks_its_own_of_the_world() {
    let effect = |deed: Value| {
        let more = json!({ "do": deed, "note": "Roof" });
        let then = fires(hourly(more), "2027-01-15T09:00:00Z", None);
        then.effects.into_iter().next().expect("an effect")
    };
    let post = json!({ "post": { "conversation": "plans", "text": "{what} at {planned}" } });
    let Effect::Send(send) = effect(post) else { panic!("a post is sent") };
    assert_eq!(send.input["text"], "Roof at 2027-01-15T09:00:00.000Z");
    let call =
        json!({ "call": { "url": "https://a.example/b", "text": "{schedule}", "signed": true } });
    let Effect::Fetch(Fetch { body: Some(FetchBody::Text(body)), sign, .. }) = effect(call) else {
        panic!("a call is a request")
    };
    let told: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&told["text"], &told["what"]), (&json!("tick"), &json!("Roof")));
    assert_eq!(sign.expect("signed").secret.as_str(), "circadian:me");
    let mail = json!({ "mail": { "to": ["ann@a.example"], "subject": "Roof", "text": "{what}" } });
    let Effect::Work(work) = effect(mail) else { panic!("a mail is work") };
    assert_eq!((work.queue.as_str(), &work.input["text"]), ("mail", &json!("Roof")));
}

#[test]
fn a_run_ahead_of_the_one_before_is_left_out_where_that_is_asked() {
    for (overlap, runs) in [("skip", 1), ("allow", 2)] {
        let begun = hourly(json!({ "overlap": overlap }));
        let first = fires(begun, "2027-01-15T09:00:00Z", Some("2027-01-15T10:00:00Z"));
        let second = fires(first.given, "2027-01-15T10:00:00Z", Some("2027-01-15T11:00:00Z"));
        assert_eq!(second.given.state.runs.len(), runs, "{overlap}");
        let next = second.given.state.schedules["tick"].next;
        assert_eq!(next, Some(at("2027-01-15T11:00:00Z")));
        second.given.state_is_the_fold();
    }
}

#[test]
fn a_schedule_rests_and_goes_on_and_ends() {
    let paused = hourly(json!({})).when("pause", json!({ "name": "tick" }));
    assert!(matches!(&paused.effects[..], [Effect::Timer(timer)] if !timer.is_set()));
    let late = fires(paused.given, "2027-01-15T09:00:00Z", Some("2027-01-15T10:00:00Z"));
    assert_eq!(late.decided().events, [], "what fires late finds it resting");
    let mut given = late.given;
    given.late_ms = 3 * 3_600_000;
    let resumed = given.when("resume", json!({ "name": "tick" }));
    assert_eq!(reply(&resumed)["next"], "2027-01-15T12:00:00.000Z");
    assert!(matches!(&resumed.effects[..], [Effect::Timer(timer)] if timer.is_set()));
    let again = resumed.given.when("resume", json!({ "name": "tick" }));
    assert_eq!(again.decided().events, []);
    let last = fires(again.given, "2027-01-15T12:00:00Z", None);
    assert_eq!(last.types(), ["RunStarted", "Ended"]);
    assert_eq!(last.given.state.schedules["tick"].status, Status::Ended);
    let gone = last.given.when("remove", json!({ "name": "tick" })).given;
    gone.state_is_the_fold();
    gone.when("run_now", json!({ "name": "tick" })).then_refused("schedule_not_found");
}

#[test]
fn a_schedule_ends_with_its_time() {
    let begun = hourly(json!({ "until": "2027-01-15T10:30:00.000Z" }));
    let last = fires(begun, "2027-01-15T10:00:00Z", Some("2027-01-15T11:00:00Z"));
    assert_eq!(last.types(), ["RunStarted", "Ended"]);
    let mut given = last.given;
    given.late_ms = 5 * 3_600_000;
    given.when("resume", json!({ "name": "tick" })).then_refused("schedule_ended");
    let late =
        fires(hourly(json!({ "until": "2027-01-15T10:30:00.000Z" })), "2027-01-15T11:00:00Z", None);
    assert_eq!(late.types(), ["Ended"], "what comes behind the end does not run");
}

#[test]
fn clocks_that_are_set_move_a_run_and_never_double_it() {
    let daily = |expr: &str| json!({ "cron": { "expr": expr, "zone": BERLIN } });
    // 28 March 2027: 02:00 becomes 03:00. 31 October 2027: 03:00 becomes 02:00.
    let skipped = ahead(daily("30 2 * * *"), "2027-03-27T12:00:00Z", 2);
    assert_eq!(skipped, ["2027-03-28T01:30:00.000Z", "2027-03-29T00:30:00.000Z"]);
    let repeated = ahead(daily("30 2 * * *"), "2027-10-30T12:00:00Z", 2);
    assert_eq!(repeated, ["2027-10-31T00:30:00.000Z", "2027-11-01T01:30:00.000Z"]);
    let rule = json!({ "rrule": { "text": "FREQ=DAILY", "zone": BERLIN,
        "start": "2027-01-20T01:30:00.000Z" } });
    let by_rule = ahead(rule, "2027-03-27T12:00:00Z", 2);
    assert_eq!(by_rule, skipped);
}

#[test]
fn millions_of_runs_are_told_as_many_as_one_answer_holds() {
    let busy = || {
        let every = json!({ "every": { "every_ms": 100 } });
        let then = scheduled(every, json!({}));
        then.decided();
        then.given
    };
    let told = busy().when("upcoming", json!({ "count": 500 }));
    let told = reply(&told);
    assert_eq!((told["runs"].as_array().map(Vec::len), &told["more"]), (Some(500), &json!(true)));
    busy().when("upcoming", json!({ "count": 1_000_000 })).then_refused("invalid_input");
    // Ten days are 8,640,000 runs: a hundred begin, and the next is named.
    let mut late = busy();
    late.late_ms = 10 * 86_400_000;
    let filled = late.when("back_fill", json!({ "name": "tick", "from": "2027-01-15T08:00:01Z" }));
    let told = reply(&filled);
    assert_eq!(told["runs"].as_array().map(Vec::len), Some(100));
    assert_eq!(told["more_from"], "2027-01-15T08:00:11.000Z");
    let rule = json!({ "rrule": { "text": "FREQ=SECONDLY;COUNT=99999999" } });
    scheduled(rule, json!({})).then_refused("schedule_invalid");
}

#[test]
fn a_night_is_made_up_for_once() {
    let mut night =
        fires(hourly(json!({})), "2027-01-15T09:00:00Z", Some("2027-01-15T10:00:00Z")).given;
    night.late_ms = 12 * 3_600_000;
    let span = || json!({ "name": "tick", "from": "2027-01-15T09:00:00Z", "runs_max": 8 });
    let filled = night.when("back_fill", span());
    let told = reply(&filled);
    assert_eq!((&told["known"], told["runs"].as_array().map(Vec::len)), (&json!(1), Some(8)));
    assert_eq!(told["more_from"], "2027-01-15T18:00:00.000Z");
    assert_eq!(filled.effects.len(), 8, "each does what the schedule says");
    let again = filled.given.when("back_fill", span());
    let told = reply(&again);
    assert_eq!((&told["known"], &told["more_from"]), (&json!(9), &Value::Null));
    assert_eq!(told["runs"][0]["planned"], "2027-01-15T18:00:00.000Z");
    again.given.state_is_the_fold();
    let once = scheduled(json!({ "at": "2027-01-16T00:00:00Z" }), json!({})).given;
    let before = json!({ "name": "tick", "from": "2027-01-15T07:00:00Z" });
    once.when("back_fill", before).then_refused("schedule_runs_once");
}

#[test]
fn what_is_no_longer_known_is_not_made_up_for_twice() {
    let mut given = scheduled(json!({ "every": { "every_ms": 1_000 } }), json!({})).given;
    given.late_ms = 3_600_000;
    let span = |from: &str| json!({ "name": "tick", "from": from });
    let mut from = "2027-01-15T08:00:00Z".to_owned();
    for _ in 0..6 {
        let then = given.when("back_fill", span(&from));
        from = reply(&then)["more_from"].as_str().expect("more").to_owned();
        given = then.given;
    }
    given.when("back_fill", span("2027-01-15T08:00:00Z")).then_refused("runs_forgotten");
}

#[test]
fn a_fork_rests() {
    let forked = <Circadian as contracts::Decider>::forked(hourly(json!({})).state);
    assert_eq!(forked.schedules["tick"].status, Status::Paused);
}

#[test]
fn inputs_have_limits() {
    let cron = || json!({ "cron": { "expr": "0 * * * *" } });
    let mail = |to: &str, subject: &str| json!({ "do": { "mail": { "to": [to], "subject": subject, "text": "x" } } });
    for (when, more, code) in [
        (json!({ "cron": { "expr": "now and then" } }), json!({}), "schedule_invalid"),
        (json!({ "cron": { "expr": "0 0 30 2 *" } }), json!({}), "schedule_invalid"),
        (
            json!({ "cron": { "expr": "0 0 * * *", "zone": "Mars/Base" } }),
            json!({}),
            "schedule_invalid",
        ),
        (json!({ "at": "2020-01-01T00:00:00Z" }), json!({}), "invalid_input"),
        (cron(), json!({ "until": "2027-01-15T08:30:00Z" }), "invalid_input"),
        (cron(), json!({ "missed_runs_max": 0 }), "invalid_input"),
        (cron(), json!({ "do": { "call": { "url": "file:///etc/passwd" } } }), "invalid_input"),
        (cron(), mail("ann", "x"), "invalid_input"),
        (cron(), mail("ann@a.example", "x\nBcc: eve@a.example"), "invalid_input"),
        (
            cron(),
            json!({ "do": { "send": { "kind": "counter", "id": "c", "command": "cambium:fork" } } }),
            "invalid_input",
        ),
        (
            cron(),
            json!({ "do": { "post": { "conversation": "c", "text": " " } } }),
            "invalid_input",
        ),
        (
            cron(),
            json!({ "do": { "send": { "kind": "circadian", "id": "me", "command": "run_now" } } }),
            "invalid_input",
        ),
    ] {
        scheduled(when, more).then_refused(code);
    }
    given::<Circadian>([]).when("pause", json!({ "name": "x" })).then_refused("actor_not_found");
}

#[test]
fn a_web_server_that_took_it_is_enough() {
    let call = json!({ "do": { "call": { "url": "https://a.example/b" } } });
    let then = fires(hourly(call), "2027-01-15T09:00:00Z", None);
    let run = reply(&then)["run"].as_str().expect("a run").to_owned();
    let body = FetchedBody::Text(String::new());
    let fetched = Fetched { status: 204, headers: [].into(), body, truncated: false };
    let done = then.given.when_outcome(&came(&run, OutcomeResult::Fetched(fetched)));
    assert_eq!(done.types(), ["RunFinished"]);
    assert!(done.given.state.schedules["tick"].open.is_none());
}
