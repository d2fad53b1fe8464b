//! The database is in trouble: the runner pauses, says so, and goes on without a loss.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::given::{
    PATIENCE, assert_same, config, dump, log, open, reached, rows_of, scratch, while_running,
};
use crate::bench::Maker;
use crate::handle::Models;

async fn troubled(models: &Models, yes: bool) {
    let mut trouble = models.core().trouble();
    let met = tokio::time::timeout(PATIENCE, trouble.wait_for(|held| held.is_some() == yes)).await;
    met.expect("in time").expect("the models live");
}

#[tokio::test]
async fn a_locked_database_is_waited_for() {
    let (scratch, tape) = (scratch(), log(51, 400));
    let models = open(config(scratch.path())).await;
    let options = SqliteConnectOptions::new().filename(scratch.path().join("models.db"));
    let mut other = SqliteConnection::connect_with(&options).await.expect("a connection");
    while_running(&models, tape.clone(), async {
        reached(&models, tape.end()).await;
        let before = tape.end();
        let lock = other.begin_with("BEGIN IMMEDIATE").await.expect("the lock");
        tape.extend(Maker::new(51).skip(400).take(200));
        troubled(&models, true).await;
        assert_eq!(models.position(), before);
        assert!(models.trouble().await.expect("it is said").contains("locked"));
        let status = models.status().await.expect("reading goes on");
        assert!(status.iter().all(|model| model.failed_reason.is_some()));
        lock.rollback().await.expect("the lock is given back");
        reached(&models, tape.end()).await;
        troubled(&models, false).await;
        assert_eq!(models.trouble().await, None);
    })
    .await;
    assert!(models.status().await.expect("a status").iter().all(|m| m.failed_reason.is_none()));
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after a lock");
}

#[tokio::test]
async fn a_full_disk_is_waited_for() {
    let (scratch, tape) = (scratch(), log(52, 400));
    let models = open(config(scratch.path())).await;
    while_running(&models, tape.clone(), async {
        reached(&models, tape.end()).await;
        let before = tape.end();
        // The engine raises this to the size that the file has, so nothing more fits.
        models.core().store.pragma("PRAGMA max_page_count = 1").await.expect("a limit");
        tape.extend(Maker::new(52).skip(400).take(400));
        troubled(&models, true).await;
        assert!(models.position() >= before && models.position() < tape.end());
        let reason = models.status().await.expect("reading goes on")[0].failed_reason.clone();
        assert!(reason.expect("a reason").contains("full"));
        models.core().store.pragma("PRAGMA max_page_count = 1073741823").await.expect("room");
        reached(&models, tape.end()).await;
        troubled(&models, false).await;
    })
    .await;
    assert_same(&dump(&models).await, &rows_of(&tape).await, "after a full disk");
    assert!(models.status().await.expect("a status").iter().all(|model| model.commits == 800));
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let (scratch, tape) = (scratch(), log(7, 50));
    let path = scratch.path().join("models.db");
    fs::write(&path, "").expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("changed");
    let models = open(config(scratch.path())).await;
    while_running(&models, tape.clone(), reached(&models, tape.end())).await;
    for entry in fs::read_dir(scratch.path()).expect("a directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
