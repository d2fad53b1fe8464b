use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contracts::Cursor;
use contracts::entry::Stored;
use contracts::ports::{Append, AppendError, Log};
use futures_util::future::join_all;

use crate::suite::on_nats::world_on_nats;
use crate::suite::world::{World as _, actor, eventually, run};

/// Of each writer: the runs that were acknowledged, as (first number, messages, positions).
struct Written {
    acknowledged: Vec<(usize, Vec<Cursor>)>,
    next: usize,
}

/// Appends runs of `length` messages to one actor until the broker has been away and back, and
/// concludes what is in doubt by the log alone.
async fn write(
    log: Arc<dyn Log>,
    name: String,
    length: usize,
    doubts: Arc<AtomicUsize>,
) -> Written {
    let (own, mut last) = (actor(&name), Cursor::ZERO);
    let mut written = Written { acknowledged: Vec::new(), next: 0 };
    while written.next < length * 100 {
        let append = run(&own, written.next..written.next + length, last);
        let positions = surely(&*log, append, &doubts).await;
        last = *positions.last().unwrap();
        written.acknowledged.push((written.next, positions));
        written.next += length;
    }
    written
}

/// Appends as the port's documentation tells, and checks its promise: whole or not at all.
async fn surely(log: &dyn Log, append: Append, doubts: &AtomicUsize) -> Vec<Cursor> {
    loop {
        match log.append(append.clone()).await {
            Ok(positions) => return positions,
            Err(AppendError::Conflict) => {
                let (own, after) = (&append.address, append.expected);
                let first: Stored = eventually(|| log.first_after(own, after)).await.unwrap();
                assert_eq!(first.payload, append.payloads[0], "nobody else writes here");
                let all = eventually(|| log.read(own, after, 100)).await;
                assert!(all.iter().map(|it| &it.payload).eq(&append.payloads), "{all:?}");
                return all.into_iter().map(|it| it.cursor).collect();
            }
            Err(AppendError::Refused(reason)) => panic!("{reason}"),
            Err(AppendError::InDoubt(_)) => {
                doubts.fetch_add(1, Ordering::Relaxed);
            }
            Err(AppendError::Unavailable(_)) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_leaves_runs_whole_and_what_was_acknowledged() {
    let world = world_on_nats().await;
    let (log, doubts) = (world.log(), Arc::new(AtomicUsize::new(0)));
    let writers = (0..24_usize).map(|n| {
        let length = if n % 3 == 0 { 20 } else { 1 };
        write(Arc::clone(&log), format!("w{n}"), length, Arc::clone(&doubts))
    });
    let crashes = async {
        for round in 1..=4_u64 {
            // In the middle of the traffic, wherever that is.
            while log.head().await.map_or(0, |head| head.0) < round * 2_000 {
                tokio::task::yield_now().await;
            }
            world.interrupt().await;
        }
    };
    let (written, ()) = tokio::join!(join_all(writers), crashes);
    assert!(doubts.load(Ordering::Relaxed) > 0, "no crash met an append");
    for (n, written) in written.iter().enumerate() {
        let own = actor(&format!("w{n}"));
        let all = eventually(|| log.read(&own, Cursor::ZERO, written.next + 1)).await;
        assert!(all.iter().enumerate().all(|(n, it)| it.payload == n.to_string()), "{n}");
        assert_eq!(all.len(), written.next);
        for (first, positions) in &written.acknowledged {
            let stored = all[*first..*first + positions.len()].iter().map(|it| it.cursor);
            assert!(stored.eq(positions.iter().copied()), "{n}: {first}");
        }
    }
}
