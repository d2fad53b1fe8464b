//! What feeds do: repeat, break off, end, and bring what is not ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contracts::entry::Stored;
use contracts::ports::{Feed, FeedItem, Flow, Fut, PortError};
use contracts::{Cursor, Entry};
use futures_util::{StreamExt as _, stream};

use super::given::{
    address, assert_same, config, dump, log, open, reached, rows_of, run_to, scratch, while_running,
};
use crate::bench::{Maker, Tape};
use crate::tests::engines::on_both;

on_both! {
    [] repeats_and_interruptions_change_nothing;
    [] foreign_messages_are_skipped_and_counted;
    [] models_follow_a_log_that_grows;
}

/// A feed that repeats entries, goes back, breaks off and ends early.
struct Stuttering {
    tape: Arc<Tape>,
    subscriptions: AtomicU64,
}

impl Feed for Stuttering {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let round = self.subscriptions.fetch_add(1, Ordering::Relaxed);
        let before = Cursor(after.0.saturating_sub(9));
        let flow = self.tape.subscribe(before).flat_map(move |item| {
            let twice: Vec<FeedItem> = vec![item.clone(), item];
            stream::iter(twice)
        });
        let flow = flow.take(40 + round as usize * 3);
        if round.is_multiple_of(2) {
            let broken = Err(PortError::Unavailable("the test says so".to_owned()));
            Box::pin(flow.chain(stream::iter([broken])))
        } else {
            Box::pin(flow)
        }
    }

    fn position(&self) -> Cursor {
        self.tape.position()
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        self.tape.reached(cursor)
    }
}

async fn repeats_and_interruptions_change_nothing() {
    let (scratch, tape) = (scratch(), log(21, 800));
    let feed = Arc::new(Stuttering { tape: tape.clone(), subscriptions: AtomicU64::new(0) });
    let models = open(config(scratch.path())).await;
    run_to(&models, feed.clone(), tape.end()).await;
    assert!(feed.subscriptions.load(Ordering::Relaxed) > 5);
    assert_same(&dump(&models).await, &rows_of(&tape).await, "a stuttering feed");
    for model in models.status().await.expect("a status") {
        assert_eq!(model.commits, 800, "{}: each commit once", model.name);
    }
}

async fn foreign_messages_are_skipped_and_counted() {
    let scratch = scratch();
    let (clean, mixed) = (Tape::new(), Tape::new());
    for (number, entry) in Maker::new(22).take(300).enumerate() {
        // Made cursors are even; what is foreign stands between.
        let cursor = Cursor(entry.cursor().0 - 1);
        let (to, payload) = (address("acme/counter/stranger"), b"{\"hello\":1}".as_slice());
        if number % 7 == 0 {
            let stored = Stored { cursor, address: to, payload: payload.into(), imported: false };
            let foreign = Entry::from(stored);
            assert!(matches!(foreign, Entry::Foreign(_)));
            mixed.extend([foreign]);
        }
        clean.extend([entry.clone()]);
        mixed.extend([entry]);
    }
    let mut last = b"not a commit".to_vec();
    last.push(0xc1);
    let cursor = Cursor(mixed.end().0 + 5);
    let to = address("acme/counter/stranger");
    mixed.extend([Entry::from(Stored {
        cursor,
        address: to,
        payload: last.into(),
        imported: false,
    })]);
    let mixed = Arc::new(mixed);
    let models = open(config(scratch.path())).await;
    run_to(&models, mixed.clone(), mixed.end()).await;
    // Only the model of chains knows of them.
    let (found, wanted) = (dump(&models).await, rows_of(&Arc::new(clean)).await);
    assert_same(&found[1..], &wanted[1..], "foreign messages");
    assert_eq!(found[0].1.len(), wanted[0].1.len() + 1 + 44, "a stranger, and what it sent");
    for model in models.status().await.expect("a status") {
        assert_eq!((model.commits, model.foreign), (300, 44), "{}", model.name);
        assert_eq!(model.cursor, mixed.end(), "the checkpoint goes past a foreign message");
    }
    // A checkpoint at a foreign message is found again.
    models.close().await;
    let models = open(config(scratch.path())).await;
    mixed.extend(Maker::new(22).skip(300).take(20).map(|entry| match entry {
        Entry::Commit(recorded) => {
            let mut recorded = (*recorded).clone();
            recorded.cursor = Cursor(recorded.cursor.0 + 100);
            Entry::Commit(Arc::new(recorded))
        }
        foreign => foreign,
    }));
    run_to(&models, mixed.clone(), mixed.end()).await;
    assert_eq!(models.status().await.expect("a status")[0].commits, 320);
}

async fn models_follow_a_log_that_grows() {
    let (scratch, tape) = (scratch(), Arc::new(Tape::new()));
    let models = open(config(scratch.path())).await;
    let mut maker = Maker::new(23);
    while_running(&models, tape.clone(), async {
        for _ in 0..30 {
            tape.extend(maker.by_ref().take(7));
            reached(&models, tape.end()).await;
            assert_eq!(models.position(), tape.end());
        }
    })
    .await;
    assert_same(&dump(&models).await, &rows_of(&tape).await, "a growing log");
}
