mod crash;
mod full;
mod leaders;
mod policy;
mod replicated;

use contracts::Cursor;
use contracts::ports::{Append, AppendError};
use futures_util::future::join_all;

use crate::suite::on_nats::world_on_nats;
use crate::suite::world::{World as _, actor, append, next, run};

const MANY: usize = 300;

/// The first appends of many actors at once.
fn firsts() -> Vec<Append> {
    (0..MANY).map(|n| append(&actor(&n.to_string()), &n.to_string(), Cursor::ZERO)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_appends_share_batches_and_each_learns_its_position() {
    let world = world_on_nats().await;
    let log = world.log();
    let positions = join_all(firsts().into_iter().map(|it| log.append(it))).await;
    for (n, position) in positions.into_iter().enumerate() {
        let position = position.unwrap()[0];
        let stored = log.get(position).await.unwrap().unwrap();
        assert_eq!(
            (stored.address, &stored.payload[..]),
            (actor(&n.to_string()), n.to_string().as_bytes())
        );
    }
    let [events, _] = world.broker.appends();
    assert!(events.batches > 0 && events.batched + events.singles == MANY as u64, "{events:?}");
    assert_eq!(events.batch_messages.iter().sum::<u64>(), events.batches);
    assert_eq!((events.waiting, events.alone, events.batching), (0, 0, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_stale_loses_and_nobody_else() {
    for stale_every in [MANY, 40, 2, 1] {
        let world = world_on_nats().await;
        let log = world.log();
        for n in (0..MANY).filter(|n| n % stale_every == stale_every - 1) {
            log.append(append(&actor(&n.to_string()), "before", Cursor::ZERO)).await.unwrap();
        }
        let head = log.head().await.unwrap();
        let answers = join_all(firsts().into_iter().map(|it| log.append(it))).await;
        for (n, answer) in answers.iter().enumerate() {
            if n % stale_every == stale_every - 1 {
                assert_eq!(*answer, Err(AppendError::Conflict), "{n}");
            } else {
                assert!(answer.as_ref().is_ok_and(|it| it[0] > head), "{n}: {answer:?}");
            }
        }
        let stored = answers.iter().filter(|it| it.is_ok()).count() as u64;
        assert_eq!(log.head().await, Ok(Cursor(head.0 + stored)));
        let [events, _] = world.broker.appends();
        assert!(events.splits > 0, "{stale_every}: {events:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expectation_where_nothing_stands_loses_alone() {
    let world = world_on_nats().await;
    let log = world.log();
    let mut appends = firsts();
    appends[200].expected = Cursor(7);
    let answers = join_all(appends.into_iter().map(|it| log.append(it))).await;
    let lost: Vec<usize> = (0..MANY).filter(|n| answers[*n].is_err()).collect();
    assert_eq!((lost, answers[200].clone()), (vec![200], Err(AppendError::Conflict)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_travel_with_others_and_stay_whole() {
    let world = world_on_nats().await;
    let log = world.log();
    let hot = actor("hot");
    log.append(append(&hot, "before", Cursor::ZERO)).await.unwrap();
    let mut appends = firsts();
    for n in (0..MANY).step_by(7) {
        appends[n] = run(&actor(&n.to_string()), 0..1 + n % 64, Cursor::ZERO);
    }
    // A stale run, and a second append to the subject of the first one.
    appends.push(run(&hot, 0..64, Cursor::ZERO));
    appends.push(append(&actor("1"), "again", Cursor::ZERO));
    let answers = join_all(appends.iter().map(|it| log.append(it.clone()))).await;
    for (append, answer) in appends.iter().zip(&answers).take(MANY) {
        let positions = answer.as_ref().unwrap();
        assert!(positions.windows(2).all(|two| two[1].0 == two[0].0 + 1), "{positions:?}");
        let stored = log.read(&append.address, Cursor::ZERO, 100).await.unwrap();
        assert_eq!(stored.iter().map(|it| it.cursor).collect::<Vec<_>>(), *positions);
        assert!(stored.iter().map(|it| &it.payload).eq(&append.payloads));
    }
    assert_eq!(answers[MANY..], [Err(AppendError::Conflict), Err(AppendError::Conflict)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_keep_the_order_in_which_they_were_given() {
    let world = world_on_nats().await;
    let (commands, one) = (world.commands(), actor("one"));
    let sent = (0..MANY).map(|n| commands.enqueue(&one, Vec::new(), n.to_string().into()));
    let sequences: Vec<u64> = join_all(sent).await.into_iter().map(Result::unwrap).collect();
    assert!(sequences.is_sorted(), "{sequences:?}");
    let [_, appends] = world.broker.appends();
    assert!(appends.batches > 0, "{appends:?}");
    let mut inbound = commands.consume(one.partition());
    for (n, sequence) in sequences.into_iter().enumerate() {
        let got = next(&mut inbound).await;
        assert_eq!((got.payload, got.sequence), (n.to_string().into(), sequence));
        assert_eq!(got.headers, []);
        got.settle.ack().await.unwrap();
    }
}
