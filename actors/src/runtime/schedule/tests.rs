//! The two folds of timers, an actor's own and the desk's of all actors, say the same.

use bytes::Bytes;
use contracts::commit::{Commit, EffectRecord, sample_commit};
use contracts::effect::{Effect, Timer};
use contracts::lifecycle::Event;
use contracts::ports::TimerId;
use contracts::schedule::Recurrence;
use contracts::{
    ActorId, Address, Caller, CommandName, Cursor, Hash, Recorded, Revision, Timestamp, codec,
};
use proptest::prelude::{Just, Strategy};
use proptest::prop_oneof;
use serde_json::json;

use super::armed::{Timers, jitter_ms};
use super::ledger::Ledger;

/// What happens to an actor's timers in one commit.
#[derive(Debug, Clone)]
enum Step {
    Set(usize, i64),
    Cancel(usize),
    CancelAll,
    /// The timer fires, in the generation that it has or in one that is gone, and again or not.
    Fire(usize, bool, Option<i64>),
    Unmute,
    GiveUp(usize),
}

fn steps() -> impl Strategy<Value = Vec<(Step, bool)>> {
    let (timer, due) = (0..4_usize, 0..1_000_i64);
    let one = prop_oneof![
        4 => (timer.clone(), due.clone()).prop_map(|(timer, due)| Step::Set(timer, due)),
        2 => timer.clone().prop_map(Step::Cancel),
        1 => Just(Step::CancelAll),
        4 => (timer.clone(), proptest::bool::ANY, proptest::option::of(due))
            .prop_map(|(timer, stale, next)| Step::Fire(timer, stale, next)),
        1 => Just(Step::Unmute),
        1 => timer.prop_map(Step::GiveUp),
    ];
    proptest::collection::vec((one, proptest::bool::weighted(0.1)), 0..40)
}

fn address() -> Address {
    "main/reminder/r".parse().expect("an address")
}

fn name(timer: usize) -> ActorId {
    format!("t{timer}").parse().expect("a name")
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

fn recorded(revision: u64, events: &[Event], effects: &[Effect], imported: bool) -> Recorded {
    let numbered = (0..).zip(effects);
    let commit = Commit {
        at: at(0),
        events: events.iter().map(Event::to_record).collect(),
        effects: numbered.map(|(index, effect)| EffectRecord::new(index, effect)).collect(),
        ..sample_commit(&address(), Revision(revision), Hash::ZERO)
    };
    Recorded { cursor: Cursor(revision), hash: Hash::ZERO, commit, raw: Bytes::new(), imported }
}

/// The commit that a step is.
fn commit(step: &Step, own: &Timers, revision: u64, imported: bool) -> Recorded {
    let ring = CommandName::from_static("ring");
    let (events, effects) = match step {
        Step::Set(timer, due) => {
            let timer = Timer::once(name(*timer), at(*due), ring, json!({}));
            (vec![], vec![Effect::Timer(timer)])
        }
        Step::Cancel(timer) => (vec![], vec![Effect::Timer(Timer::cancel(name(*timer)))]),
        Step::CancelAll => (vec![], vec![Effect::Timer(Timer::cancel_all())]),
        Step::Fire(timer, stale, next) => {
            let armed = own.get(&name(*timer));
            let generation = armed.filter(|_| !stale).map_or(Revision(0), |it| it.generation);
            let (due, next) = (armed.map_or(at(0), |it| it.due), next.map(at));
            let timer = name(*timer);
            let (planned, code) = (None, None);
            let fired = Event::TimerFired {
                timer,
                generation,
                due,
                planned,
                ok: true,
                code,
                missed: 0,
                next,
            };
            (vec![fired], vec![])
        }
        Step::Unmute => (vec![Event::Unmuted {}], vec![]),
        Step::GiveUp(timer) => {
            let effect = own.get(&name(*timer)).map(|it| it.effect);
            let by = Caller::ADMIN;
            let given_up = effect.map(|effect| Event::EffectCancelled {
                effect,
                by,
                reason: None,
                refusal: None,
            });
            (given_up.into_iter().collect(), vec![])
        }
    };
    recorded(revision, &events, &effects, imported)
}

proptest::proptest! {
    /// After any history both know the same timers, due at the same time, and what an import
    /// brought is wanted only after it was let out. A checkpoint keeps all of it.
    #[test]
    fn what_the_actor_knows_is_what_the_broker_must_hold(steps in steps()) {
        let (mut own, mut all) = (Timers::default(), Ledger::default());
        for (revision, (step, imported)) in (1..).zip(steps) {
            let recorded = commit(&step, &own, revision, imported);
            let before: Vec<_> = own.iter().map(|(name, it)| (name.clone(), it.clone())).collect();
            for event in recorded.commit.events.iter().filter_map(Event::from_record) {
                own.fold_event(&event);
            }
            own.fold_effects(&recorded);
            let told = all.fold(&recorded);
            let expected: Vec<_> = own
                .iter()
                .filter(|(_, armed)| !armed.imported)
                .map(|(name, armed)| (name.clone(), armed.due))
                .collect();
            let found: Vec<_> = all.all().map(|(id, alarm, _)| (id.name.clone(), alarm.at(&id)))
                .collect();
            proptest::prop_assert_eq!(&found, &expected);
            // Whatever changed is told, or is an effect of the commit, which is performed.
            let effects = recorded.commit.effects.len();
            for (name, armed) in before {
                let gone_or_moved = own.get(&name).is_none_or(|now| now.due != armed.due);
                let fires_no_more = matches!(step, Step::Fire(_, _, None));
                let id = TimerId { address: address(), name };
                let known = told.contains(&id) || effects > 0 || fires_no_more;
                proptest::prop_assert!(!gone_or_moved || known, "{:?} of {:?}", id, step);
            }
            let kept = codec::encode(&all).expect("encodes");
            let read: Ledger = codec::decode(&kept).expect("reads");
            proptest::prop_assert_eq!(&read, &all);
        }
    }

    #[test]
    fn jitter_is_bounded_and_always_the_same(most in 0_u64..100_000, due in 0_i64..1_000_000) {
        let found = jitter_ms(&address(), &name(1), at(due), most);
        proptest::prop_assert!(found <= most);
        proptest::prop_assert_eq!(found, jitter_ms(&address(), &name(1), at(due), most));
    }
}

/// The firing of a timer is always the same command, and that of another time another.
#[test]
fn a_firing_has_one_id() {
    let timer = TimerId { address: address(), name: name(1) };
    let envelope = |due: i64| {
        let mut ledger = Ledger::default();
        let repeat = Recurrence::every_ms(1_000);
        let set = Timer::recurring(name(1), repeat, CommandName::from_static("ring"), json!({}));
        let set = Timer { at: Some(at(due)), ..set };
        ledger.fold(&recorded(3, &[], &[Effect::Timer(set)], false));
        ledger.wanted(&timer).expect("it is set").envelope(&timer, 60_000).expect("JSON")
    };
    assert_eq!(envelope(5).id, envelope(5).id);
    assert_ne!(envelope(5).id, envelope(6).id);
    assert_eq!(envelope(5).by.principal, Caller::ADMIN);
    assert_eq!(envelope(5).input["generation"], 3);
}

/// A timer that rests long enough begins a chain of its own; sooner it goes on in that of whoever
/// set it, and of its last firing.
#[test]
fn a_timer_that_rests_begins_a_chain() {
    let timer = TimerId { address: address(), name: name(1) };
    let hops = |ledger: &Ledger| {
        ledger.wanted(&timer).expect("it is set").envelope(&timer, 1_000).expect("JSON").hops
    };
    let fired_at = |due: i64| {
        let mut ledger = Ledger::default();
        let ring = CommandName::from_static("ring");
        let timer = Timer::once(name(1), at(due), ring, json!({}));
        let mut set = recorded(3, &[], &[Effect::Timer(timer)], false);
        set.commit.command.hops = 5;
        ledger.fold(&set);
        hops(&ledger)
    };
    assert_eq!([fired_at(-9), fired_at(0), fired_at(999), fired_at(1_000)], [5, 5, 5, 0]);
    let mut ledger = Ledger::default();
    let repeat = Recurrence::every_ms(10);
    let set = Timer::recurring(name(1), repeat, CommandName::from_static("ring"), json!({}));
    let mut set = recorded(3, &[], &[Effect::Timer(Timer { at: Some(at(2_000)), ..set })], false);
    set.commit.command.hops = 5;
    ledger.fold(&set);
    assert_eq!(hops(&ledger), 0);
    let fired = Event::TimerFired {
        timer: name(1),
        generation: Revision(3),
        due: at(2_000),
        planned: None,
        ok: true,
        code: None,
        missed: 0,
        next: Some(at(2_010)),
    };
    ledger.fold(&recorded(4, &[fired], &[], false));
    assert_eq!(hops(&ledger), 0, "its chain is its own from then on");
}
