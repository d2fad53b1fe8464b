use bytes::Bytes;
use contracts::Cursor;
use contracts::Timestamp;
use contracts::ports::{AppendError, TimerId};

use super::{Faults, Memory};
use crate::config::Config;
use crate::suite::world::{actor, append, append_surely, next};

#[tokio::test]
async fn counted_faults_strike_where_they_are_told() {
    let memory = Memory::new();
    let (log, one) = (memory.log(), actor("one"));
    memory.set_faults(Faults {
        lose_ack_of: vec![1],
        lose_append: vec![2],
        fail_append: vec![3],
        ..Faults::default()
    });
    let doubt = log.append(append(&one, "a", Cursor::ZERO)).await;
    assert!(matches!(doubt, Err(AppendError::InDoubt(_))), "{doubt:?}");
    assert_eq!(log.head().await, Ok(Cursor(1)), "stored all the same");
    let doubt = log.append(append(&one, "b", Cursor(1))).await;
    assert!(matches!(doubt, Err(AppendError::InDoubt(_))), "{doubt:?}");
    let away = log.append(append(&one, "b", Cursor(1))).await;
    assert!(matches!(away, Err(AppendError::Unavailable(_))), "{away:?}");
    assert_eq!(log.head().await, Ok(Cursor(1)), "not stored");
    assert_eq!(log.append(append(&one, "b", Cursor(1))).await, Ok(vec![Cursor(2)]));
}

/// What a run of appends met, and what the log holds after it.
async fn run(seed: u64) -> (Vec<bool>, Vec<Bytes>) {
    let memory = Memory::starting_at(Timestamp::from_millis(0), Config::default());
    memory.set_faults(Faults {
        seed,
        lose_ack_permille: 200,
        lose_append_permille: 200,
        fail_append_permille: 200,
        delay_ms_max: 5,
        ..Faults::default()
    });
    let (log, one) = (memory.log(), actor("one"));
    let mut met = Vec::new();
    for n in 0..50 {
        met.push(log.append(append(&actor(&format!("a{n}")), "x", Cursor::ZERO)).await.is_ok());
    }
    let mut last = Cursor::ZERO;
    for n in 0..100 {
        last = append_surely(&*log, &one, &n.to_string(), last).await;
    }
    let kept = log.read(&one, Cursor::ZERO, 1_000).await.unwrap();
    (met, kept.into_iter().map(|it| it.payload).collect())
}

#[tokio::test(start_paused = true)]
async fn chance_is_the_seeds_and_doubt_can_always_be_concluded() {
    let (met, kept) = run(7).await;
    assert_eq!(run(7).await, (met.clone(), kept.clone()));
    assert_ne!(run(8).await.0, met);
    let failures = met.iter().filter(|ok| !**ok).count();
    assert!((10..45).contains(&failures), "{failures} of 50");
    let expected: Vec<Bytes> = (0..100).map(|n: i32| Bytes::from(n.to_string())).collect();
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn a_duplicate_comes_even_after_its_first_was_settled() {
    let memory = Memory::new();
    memory.set_faults(Faults { duplicate_delivery: vec![1], ..Faults::default() });
    let (commands, one) = (memory.commands(), actor("one"));
    for payload in ["a", "b"] {
        commands.enqueue(&one, Vec::new(), payload.into()).await.unwrap();
    }
    let mut inbound = commands.consume(one.partition());
    let mut seen = Vec::new();
    for _ in 0..3 {
        let got = next(&mut inbound).await;
        got.settle.ack().await.unwrap();
        seen.push((got.payload, got.delivery));
    }
    assert_eq!(seen, [("a".into(), 1), ("a".into(), 2), ("b".into(), 1)]);
    assert_eq!(memory.commands_pending(), 0);
}

#[tokio::test(start_paused = true)]
async fn time_is_tokios() {
    let start = Timestamp::from_millis(1_000_000);
    let memory = Memory::starting_at(start, Config::default());
    let timer = TimerId { address: actor("one"), name: "t".parse().unwrap() };
    let due = start.plus_millis(3_600_000);
    memory.timers().set(timer, due, Vec::new(), Bytes::new()).await.unwrap();
    // The paused clock moves on by itself when all wait.
    let got = next(&mut memory.commands().consume(actor("one").partition())).await;
    assert_eq!((got.delivery, memory.now()), (1, due));
}
