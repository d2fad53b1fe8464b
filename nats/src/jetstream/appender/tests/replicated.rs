use contracts::Cursor;
use contracts::ports::AppendError;
use futures_util::future::join_all;

use super::{MANY, firsts};
use crate::suite::cluster::Cluster;
use crate::suite::on_nats::binary;
use crate::suite::world::{actor, append, append_surely, config, eventually, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_servers_keep_the_promises_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(binary().await, dir.path()).await;
    let broker = cluster.broker(&config()).await;
    let (log, hot) = (broker.log(), actor("hot"));
    append_surely(&*log, &hot, "before", Cursor::ZERO).await;

    // Many at once, of whom one is stale and one is a run.
    let mut appends = firsts();
    appends.push(append(&hot, "stale", Cursor::ZERO));
    appends.push(run(&actor("run"), 0..64, Cursor::ZERO));
    let mut answers = join_all(appends.iter().map(|it| log.append(it.clone()))).await;
    let positions = answers.pop().unwrap().unwrap();
    assert!(positions.windows(2).all(|two| two[1].0 == two[0].0 + 1), "{positions:?}");
    assert_eq!(answers.pop(), Some(Err(AppendError::Conflict)));
    let last = eventually(|| log.last(&appends[MANY + 1].address)).await.unwrap();
    assert_eq!((last.cursor, &last.payload[..]), (positions[63], &b"63"[..]));
    for (append, answer) in appends.iter().zip(&answers) {
        let stored = eventually(|| log.first_after(&append.address, Cursor::ZERO)).await.unwrap();
        assert_eq!(answer.as_ref().map(|it| it[0]), Ok(stored.cursor));
        assert_eq!(stored.payload, append.payloads[0]);
    }
    let [events, _] = broker.appends();
    assert!(events.batches > 0 && events.splits > 0, "{events:?}");

    // With one server less, whichever it is, everything is there and goes on.
    cluster.kill(2).await;
    let head = eventually(|| log.head()).await;
    assert_eq!(head.0, MANY as u64 + 65);
    let (first, log) = (answers[0].as_ref().unwrap()[0], &*log);
    let others = (0..MANY).map(|n| actor(&format!("after{n}")));
    let others = join_all(
        others.map(|to| async move { append_surely(log, &to, "after", Cursor::ZERO).await }),
    );
    let (more, others) =
        tokio::join!(append_surely(log, &appends[0].address, "more", first), others);
    assert!(more > head && others.iter().all(|it| *it > head));
    assert_eq!(eventually(|| log.head()).await.0, head.0 + MANY as u64 + 1);
}
