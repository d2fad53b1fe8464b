use async_nats::jetstream::stream::Config as Stream;
use bytes::Bytes;
use contracts::Cursor;
use contracts::ports::{Append, AppendError};
use futures_util::future::join_all;

use crate::suite::on_nats::OnNats;
use crate::suite::world::{World as _, actor, append};

const APPENDS: usize = 200;

/// Appends of 40 KiB each to actors of their own.
fn large(name: &str) -> Vec<Append> {
    let payload = Bytes::from(vec![b'x'; 40 * 1024]);
    let of = |n| Append::one(actor(&format!("{name}{n}")), payload.clone(), Cursor::ZERO);
    (0..APPENDS).map(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_store_refuses_keeps_no_part_and_recovers() {
    let world = OnNats::start_with("sync_interval: always, max_file_store: 4MB").await;
    let (log, context) = (world.log(), world.broker.connection().context.clone());
    let last = log.append(append(&actor("one"), "before", Cursor::ZERO)).await.unwrap()[0];
    let hoard =
        Stream { name: "HOARD".into(), subjects: vec!["hoard".into()], ..Stream::default() };
    let mut hoard = context.create_stream(hoard).await.unwrap();
    let megabyte = Bytes::from(vec![0_u8; 1024 * 1024 - 200]);
    while context.publish("hoard", megabyte.clone()).await.unwrap().await.is_ok() {}

    let run = large("one").into_iter().flat_map(|it| it.payloads).take(64).collect();
    let run = Append { address: actor("one"), payloads: run, expected: last };
    let one = Append { payloads: run.payloads[..1].to_vec(), ..run.clone() };
    for append in [one, run.clone()] {
        let refused = log.append(append).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
    }
    assert_eq!(log.head().await, Ok(last));

    // Room for some of them: what is told is what is stored.
    let first = hoard.info().await.unwrap().state.first_sequence;
    hoard.delete_message(first).await.unwrap();
    let wanted = large("many");
    let answers = join_all(wanted.iter().map(|it| log.append(it.clone()))).await;
    let mut kept = 0;
    for (append, answer) in wanted.iter().zip(&answers) {
        let stored = log.last(&append.address).await.unwrap().map(|it| vec![it.cursor]);
        match answer {
            Ok(positions) => assert_eq!(stored.as_ref(), Some(positions)),
            Err(AppendError::Refused(_)) => assert_eq!(stored, None),
            Err(error) => panic!("{error}"),
        }
        kept += usize::from(stored.is_some());
    }
    assert!(kept < APPENDS, "there was no room for all");

    context.delete_stream("HOARD").await.unwrap();
    // Room again, and nobody was told.
    let answers = join_all(large("again").into_iter().take(20).map(|it| log.append(it))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    log.append(append(&actor("one"), "after", last)).await.unwrap();
}
