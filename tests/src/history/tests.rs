//! The judge is judged: it must let pass what may happen, and find what was planted.

use super::{Asked, Fault, History, Op, Stand, Stored, Told, linear, picture};
use crate::rng::Rng;

fn op(client: u32, id: &str, asked: Asked, (begun_us, ended_us): (u64, u64), told: Told) -> Op {
    Op { client, actor: "c".to_owned(), id: id.to_owned(), asked, begun_us, ended_us, told }
}

const fn done(value: i64, revision: u64) -> Told {
    Told::Done(Stand { value, revision })
}

fn unknown() -> Told {
    Told::Unknown("no answer".to_owned())
}

fn commit(id: &str, value: i64, revision: u64) -> Stored {
    let stand = Stand { value, revision };
    Stored { actor: "c".to_owned(), id: id.to_owned(), stand }
}

fn violations(ops: Vec<Op>, stored: Vec<Stored>) -> Vec<String> {
    let history = History { ops, faults: Vec::new(), stored };
    history.judge().into_iter().map(|it| it.what).collect()
}

/// Two that add at the same time, one whose answer was lost and that was stored late, a read.
fn good() -> (Vec<Op>, Vec<Stored>) {
    let ops = vec![
        op(1, "a", Asked::Add(2), (0, 10), done(5, 2)),
        op(2, "b", Asked::Add(3), (1, 12), done(3, 1)),
        op(1, "x", Asked::Add(7), (20, 25), unknown()),
        op(2, "", Asked::Read, (26, 30), done(5, 2)),
        op(2, "d", Asked::Add(1), (40, 50), done(13, 4)),
        op(1, "", Asked::Read, (41, 49), done(12, 3)),
        op(3, "r", Asked::Reset, (60, 70), done(0, 5)),
        op(3, "n", Asked::Add(9), (71, 72), Told::Refused("overloaded".to_owned())),
        op(3, "y", Asked::Add(9), (73, 80), unknown()),
    ];
    let stored = vec![
        commit("b", 3, 1),
        commit("a", 5, 2),
        commit("x", 12, 3),
        commit("d", 13, 4),
        commit("r", 0, 5),
    ];
    (ops, stored)
}

#[test]
fn what_may_happen_passes() {
    let (ops, stored) = good();
    assert_eq!(violations(ops, stored), Vec::<String>::new());
}

/// `spoil` changes a good history in one place; something must be found, and it must name `word`.
fn planted(word: &str, spoil: impl FnOnce(&mut Vec<Op>, &mut Vec<Stored>)) {
    let (mut ops, mut stored) = good();
    spoil(&mut ops, &mut stored);
    let found = violations(ops, stored);
    assert!(found.iter().any(|it| it.contains(word)), "{word}: {found:?}");
}

#[test]
fn what_was_planted_is_found() {
    planted("acknowledged and not there", |_, stored| drop(stored.pop()));
    planted("is stored 2 times", |_, stored| stored.push(commit("r", 0, 6)));
    planted("refused and stored", |_, stored| stored.push(commit("n", 9, 6)));
    planted("asked for by nobody", |_, stored| stored.push(commit("z", 1, 6)));
    planted("follows", |_, stored| stored[3].stand.value = 14);
    planted("acknowledged and not there as told", |ops, _| ops[0].told = done(6, 2));
    // A read that shows what had been left behind by then.
    planted("comes before it", |ops, _| ops[3].told = done(3, 1));
    planted("no order", |ops, _| ops[3].told = done(3, 1));
    planted("never stood in the log", |ops, _| ops[3].told = done(4, 2));
    // Who began after the other had been answered, and was stored before it.
    planted("comes before it", |ops, _| (ops[1].begun_us, ops[1].ended_us) = (11, 12));
    planted("no order", |ops, _| (ops[1].begun_us, ops[1].ended_us) = (11, 12));
    planted("is used twice", |ops, _| ops[8].id = "d".to_owned());
}

/// What no look at the log finds: an answer that was true once, given too late.
#[test]
fn an_order_that_no_log_shows_is_found_by_the_search_alone() {
    let ops = [
        op(1, "a", Asked::Add(1), (0, 10), unknown()),
        op(2, "", Asked::Read, (20, 30), done(1, 1)),
        op(3, "", Asked::Read, (31, 40), done(0, 0)),
    ];
    let all: Vec<&Op> = ops.iter().collect();
    let found = linear(&all).expect_err("it was there and is gone");
    assert!(found.contains("no order"), "{found}");
    linear(&all[..2]).expect("it may have happened");
    linear(&[&ops[0], &ops[2]]).expect("it may have happened later, or never");
}

/// Histories of a true counter under chance, then with one answer bent.
#[test]
fn true_counters_pass_and_bent_answers_do_not() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed);
        let mut ops = simulated(&mut rng, 400);
        let all: Vec<&Op> = ops.iter().collect();
        linear(&all).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        let answered: Vec<usize> =
            (0..ops.len()).filter(|at| matches!(ops[*at].told, Told::Done(_))).collect();
        let at = *rng.pick(&answered);
        if let Told::Done(stand) = &mut ops[at].told {
            stand.value += 1;
        }
        let all: Vec<&Op> = ops.iter().collect();
        assert!(linear(&all).is_err(), "seed {seed}: the answer of {:?} was bent", ops[at]);
    }
}

/// What four clients of a true counter see: each errand takes effect at one moment within it, and
/// some answers are lost.
fn simulated(rng: &mut Rng, count: u64) -> Vec<Op> {
    let mut moments: Vec<(u64, u64, u64, u32)> = Vec::new();
    for client in 0..4 {
        let mut at = rng.below(50);
        for _ in 0..count / 4 {
            let (took, pause) = (2 + rng.below(60), rng.below(20));
            moments.push((at + rng.below(took), at, at + took, client));
            at += took + 1 + pause;
        }
    }
    moments.sort_unstable();
    let mut stand = Stand { value: 0, revision: 0 };
    let mut ops = Vec::new();
    for (number, (_, begun, ended, client)) in moments.into_iter().enumerate() {
        let lost = rng.permille(50);
        // Of those whose answer is lost, some never reached the counter.
        let reached = !lost || rng.permille(600);
        let asked = match rng.below(10) {
            0 => Asked::Reset,
            1..=3 => Asked::Read,
            _ => Asked::Add(1 + i64::try_from(rng.below(1_000_000)).expect("small")),
        };
        if reached && asked != Asked::Read {
            let value = if let Asked::Add(by) = asked { stand.value + by } else { 0 };
            stand = Stand { value, revision: stand.revision + 1 };
        }
        let told = if lost { unknown() } else { Told::Done(stand) };
        ops.push(op(client, &number.to_string(), asked, (begun, ended), told));
    }
    ops
}

#[test]
fn a_file_holds_all_and_its_picture_shows_it() {
    let (ops, stored) = good();
    let fault = Fault { what: "kill -9 of <node-1>".to_owned(), begun_us: 5, ended_us: 9 };
    let history = History { ops, faults: vec![fault], stored };
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("history.jsonl");
    history.save(&path).expect("written");
    assert_eq!(History::load(&path).expect("read"), history);
    let shown = picture(&history);
    assert_eq!(shown.matches("<title>").count(), history.ops.len());
    assert!(shown.contains("kill -9 of &lt;node-1&gt;"), "{shown}");
}
