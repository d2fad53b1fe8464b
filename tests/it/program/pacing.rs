//! The real program whose read models are slow, stand still, or say nothing at all.

use std::process::Command;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::json;

use super::BINARY;
use super::postgres::server::Server;
use super::postgres::{read_models, signal};

/// How long what must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Commands on their way at a time.
const LANES: usize = 32;

/// Commands of each lane.
const EACH: usize = 20;

/// How long the database takes for each event, in seconds.
const SLOW: &str = "0.02";

/// The most commits that the rows may be behind: what may be unread, and what was on its way.
const BEHIND_MAX: u64 = 256 + 2 * LANES as u64;

/// Runs statements on a server.
fn sql(server: &Server, statements: &str) {
    let done = Command::new("psql")
        .args([&server.url(), "-v", "ON_ERROR_STOP=1", "-q", "-c", statements])
        .output()
        .expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A number of `/metrics`.
async fn number(program: &Program, name: &str) -> f64 {
    let answer = program.request(Method::GET, "/metrics").send().await.expect("an answer");
    let text = answer.text().await.expect("a text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {text}")).parse().expect("a number")
}

async fn add(program: &Program, lane: usize) -> String {
    let path = format!("/v1/counter/c{lane}/add");
    let answer = program.post(&path, &json!({ "by": 1 })).await.expect("JSON");
    assert_eq!(answer["ok"], true, "{answer}");
    answer["cursor"].as_str().expect("a cursor").to_owned()
}

/// Adds from all lanes as fast as it is answered; the most that the rows were behind meanwhile.
async fn load(program: &Program) -> u64 {
    let lanes = (0..LANES).map(|lane| async move {
        let mut behind = 0.0_f64;
        for turn in 0..EACH {
            add(program, lane).await;
            if turn % 5 == 0 {
                behind = behind.max(number(program, "cambium_read_models_lag").await);
            }
        }
        behind
    });
    let behind = futures_util::future::join_all(lanes).await;
    behind.into_iter().fold(0.0, f64::max) as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_wait_for_rows_that_are_slow_and_for_none_that_are_gone() {
    let Some(server) = Server::start() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let environment = [
        ("CAMBIUM_DATABASE_URL", &*server.url()),
        ("CAMBIUM_PROJECTIONS__BATCH_COMMITS_MAX", "50"),
        ("CAMBIUM_PROJECTIONS__READ_ACQUIRE_MS", "300"),
        ("CAMBIUM_PROJECTIONS__RETRY_MAX_MS", "200"),
        ("CAMBIUM_PACING__LAG_MS", "10"),
        // However loaded this machine is, slow rows are not taken for rows that stand.
        ("CAMBIUM_PACING__STAND_MS", "60000"),
        ("CAMBIUM_PACING__WAIT_MS_MAX", "25000"),
    ];
    let data = home.path().join("data");
    let program = Program::start_in(BINARY, &data, &[], &environment).await.expect("it starts");
    add(&program, 0).await;
    sql(
        &server,
        &format!(
            "SET search_path = cambium; CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql \
             AS $$ BEGIN PERFORM pg_sleep({SLOW}); RETURN NEW; END $$; CREATE TRIGGER slow BEFORE \
             INSERT ON timeline_v2 FOR EACH ROW EXECUTE FUNCTION slow()"
        ),
    );
    let behind = load(&program).await;
    assert!(behind <= BEHIND_MAX, "{behind} commits behind");
    assert!(number(&program, "cambium_appends_paced_total").await > 0.0);
    assert!(number(&program, "cambium_appends_paced_seconds_total").await > 0.0);
    assert!(number(&program, "cambium_read_models_window").await > 0.0);

    // Nobody waits for a database that is gone, however far behind its rows are.
    server.kill();
    let begun = Instant::now();
    while number(&program, "cambium_read_models_window").await != 0.0 {
        add(&program, 0).await;
        assert!(begun.elapsed() < PATIENCE, "it is not noticed");
    }
    let before = number(&program, "cambium_appends_paced_total").await;
    let in_vain = number(&program, "cambium_appends_paced_in_vain_total").await;
    for _ in 0..EACH {
        let lanes = (0..LANES).map(|lane| add(&program, lane));
        futures_util::future::join_all(lanes).await;
    }
    assert_eq!(number(&program, "cambium_appends_paced_total").await, before);
    assert_eq!(number(&program, "cambium_appends_paced_in_vain_total").await, in_vain);
    assert_eq!(number(&program, "cambium_database_up").await, 0.0);
    assert!(number(&program, "cambium_read_models_lag").await >= (LANES * EACH) as f64);
    assert!(number(&program, "cambium_read_models_lag_seconds").await > 0.0);
    program.stop().expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_says_nothing_is_told_and_holds_nobody_up() {
    let Some(server) = Server::start() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let environment = [
        ("CAMBIUM_DATABASE_URL", &*server.url()),
        ("CAMBIUM_PROJECTIONS__POSTGRES__PULSE_MS_MAX", "500"),
        // No statement of its own tells within the test.
        ("CAMBIUM_PROJECTIONS__POSTGRES__STATEMENT_TIMEOUT_MS", "600000"),
        ("CAMBIUM_PROJECTIONS__POSTGRES__READ_STATEMENT_TIMEOUT_MS", "600000"),
        ("CAMBIUM_PROJECTIONS__POSTGRES__LEASE_MS", "700000"),
    ];
    let data = home.path().join("data");
    let program = Program::start_in(BINARY, &data, &[], &environment).await.expect("it starts");
    let cursor = add(&program, 0).await;
    program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    let up = |wanted: f64| {
        let program = &program;
        async move {
            let begun = Instant::now();
            while number(program, "cambium_database_up").await != wanted {
                assert!(begun.elapsed() < PATIENCE, "cambium_database_up is not {wanted}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    up(1.0).await;
    signal(&server, "STOP");
    up(0.0).await;
    let part = read_models(&program).await;
    assert_eq!(part["state"], "degraded", "{part}");
    assert!(part["detail"].as_str().expect("why").contains("does not answer"), "{part}");
    let mut cursor = String::new();
    for _ in 0..10 {
        cursor = add(&program, 0).await;
    }
    signal(&server, "CONT");
    up(1.0).await;
    let begun = Instant::now();
    loop {
        let page = program.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
        if page["items"][0]["summary"]["value"] == 11 {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{page}");
    }
    program.stop().expect("it stops");
}
