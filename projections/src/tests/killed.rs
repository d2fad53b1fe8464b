//! The server is killed in the middle of a fold: the models pause, say so, and lose and repeat
//! nothing.

use std::time::Duration;

use contracts::RefusalClass;

use super::engines::on_server;
use super::given::{
    PATIENCE, assert_same, dump, log, on_file, open, reached, rows_of, scratch, while_running,
};
use super::server::Server;
use crate::bench::Maker;
use crate::handle::Models;
use crate::{HeadsQuery, RebuildMode};

async fn troubled(models: &Models, yes: bool) {
    let mut trouble = models.core().trouble();
    let met = tokio::time::timeout(PATIENCE, trouble.wait_for(|held| held.is_some() == yes)).await;
    met.expect("in time").expect("the models live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_and_repeats_nothing() {
    let Some(server) = Server::start() else { return };
    let (scratch, tape) = (scratch(), log(57, 1_200));
    let config = on_server(on_file(scratch.path()), &server, scratch.path());
    let config = crate::Config { read_acquire_ms: 200, ..config };
    let models = open(config.clone()).await;
    let mut maker = Maker::new(57).skip(1_200);
    let query = HeadsQuery::new("acme".parse().expect("a tenant"));
    while_running(&models, tape.clone(), async {
        for round in 0..5_u64 {
            // Somewhere on the way: each transaction carries 50 commits.
            let on_the_way = contracts::Cursor(models.position().0 + 120 + round * 26);
            reached(&models, on_the_way).await;
            server.kill();
            tape.extend(maker.by_ref().take(200));
            troubled(&models, true).await;
            let refusal = models.heads(&query).await.expect_err("there is no database");
            let told = (refusal.class, refusal.code.as_ref(), refusal.retry_after_ms.is_some());
            assert_eq!(told, (RefusalClass::Unavailable, "database_unavailable", true));
            assert!(models.paused().is_some(), "it is said why nothing goes on");
            server.again();
        }
        reached(&models, tape.end()).await;
        troubled(&models, false).await;
        assert!(!models.heads(&query).await.expect("an answer").items.is_empty());
    })
    .await;
    let status = models.status().await.expect("a status");
    assert!(status.iter().all(|model| model.commits == 2_200), "each commit once: {status:?}");
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after five kills");
    // What the server came back with is what the log says, also when it is built twice.
    for _ in 0..2 {
        let rebuilt = models.rebuild(&[], RebuildMode::Swap, tape.clone(), |_| {}).await;
        for report in rebuilt.expect("a rebuild") {
            assert!(report.equal && report.swapped, "{report:?}");
        }
    }
    assert_same(&dump(&models).await, &rows_of(&tape).await, "rebuilt twice");
    models.close().await;
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_is_said() {
    let Some(server) = Server::start() else { return };
    let scratch = scratch();
    let config = on_server(on_file(scratch.path()), &server, scratch.path());
    server.kill();
    let config = crate::Config {
        postgres: crate::Postgres { connect_timeout_ms: 500, ..config.postgres },
        ..config
    };
    let begun = std::time::Instant::now();
    let refused = Models::open(config, contracts::Pages::standard()).await;
    let refusal = contracts::Refusal::from(refused.err().expect("nobody answers"));
    assert_eq!(refusal.code, "database_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(60), "it does not hang");
}
