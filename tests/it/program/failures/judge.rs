//! What is there afterwards: the log, read models and chains, against what clients were told.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use cambium_tests::history::{History, Stand, Stored, picture};
use cambium_tests::program::without_own_settings;
use serde_json::{Value, json};

use super::house::{House, PATIENCE};
use super::links::COUNT;
use super::say;
use crate::program::BINARY;

/// Reads the log of every counter, judges all, and keeps it as a file and a picture in `folder`.
pub(super) async fn judge(house: &House, mut history: History, folder: &Path) {
    let mut newest = 0;
    for actor in history.actors() {
        let (stored, cursor) = log_of(house, &actor).await;
        history.stored.extend(stored);
        newest = newest.max(cursor);
    }
    std::fs::create_dir_all(folder).expect("a directory");
    history.save(&folder.join("history.jsonl")).expect("written");
    std::fs::write(folder.join("picture.svg"), picture(&history)).expect("written");
    let [done, refused, unknown] = history.counts();
    say(&format!(
        "{done} errands done, {refused} refused, {unknown} unknown; {} commits; kept in {}",
        history.stored.len(),
        folder.display()
    ));
    let begun = Instant::now();
    let found = history.judge();
    say(&format!("judged within {:?}", begun.elapsed()));
    assert!(found.is_empty(), "{} violations, such as {:#?}", found.len(), found.first());
    for node in 0..COUNT {
        read_model_is_the_log(house, node, &history, newest).await;
    }
    rebuilt_is_equal(house).await;
    verify_all(house);
}

/// The commits of a counter as the first node tells them, and the last one's cursor.
async fn log_of(house: &House, actor: &str) -> (Vec<Stored>, u64) {
    let (mut stored, mut cursor, mut after) = (Vec::new(), 0, String::new());
    loop {
        let page = house.get(0, &format!("/v1/counter/{actor}/events?limit=200{after}")).await;
        let items = page["items"].as_array().cloned();
        for item in items.unwrap_or_else(|| panic!("no page: {page}")) {
            let event = &item["events"][0];
            let value = event["data"]["value"].as_i64().unwrap_or_default();
            let revision = item["revision"].as_u64().expect("a revision");
            cursor = item["cursor"].as_str().and_then(|it| it.parse().ok()).expect("a cursor");
            stored.push(Stored {
                actor: actor.to_owned(),
                id: item["command"]["id"].as_str().expect("an id").to_owned(),
                stand: Stand { value, revision },
            });
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (stored, cursor),
        }
    }
}

/// What a node's read model says of every counter is where its log ends.
async fn read_model_is_the_log(house: &House, node: usize, history: &History, cursor: u64) {
    let ends: BTreeMap<&str, Stand> =
        history.stored.iter().map(|it| (it.actor.as_str(), it.stand)).collect();
    let begun = Instant::now();
    let page = loop {
        let page = house.get(node, &format!("/v1/counter?limit=200&min_cursor={cursor}")).await;
        if page["items"].is_array() {
            break page;
        }
        assert!(begun.elapsed() < PATIENCE, "node {node} lists nothing: {page}");
    };
    let listed = page["items"].as_array().into_iter().flatten().map(|row| {
        let (value, revision) = (row["summary"]["value"].as_i64(), row["revision"].as_u64());
        let stand =
            Stand { value: value.expect("a value"), revision: revision.expect("a revision") };
        (row["id"].as_str().expect("an id"), stand)
    });
    assert_eq!(listed.collect::<BTreeMap<_, _>>(), ends, "node {node}: read model and log");
}

/// The chains of all actors, as the first node walks them.
fn verify_all(house: &House) {
    let (url, key) = (house.node(0).url(), house.node(0).key());
    let mut verify = Command::new(BINARY);
    without_own_settings(&mut verify);
    let verified = verify.args(["verify", "--all", "--url", url, "--key", key]).output();
    let verified = verified.expect("it runs");
    let said = [verified.stdout, verified.stderr].concat();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// Read models that are built anew are those that there are.
async fn rebuilt_is_equal(house: &House) {
    let begun = Instant::now();
    let reports = loop {
        let mut told = Value::Null;
        for node in 0..COUNT {
            told = house.node(node).post("/v1/admin/rebuild", &json!({})).await.unwrap_or_default();
            if told["items"].is_array() {
                break;
            }
        }
        if let Some(reports) = told["items"].as_array() {
            break reports.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "nobody builds: {told}");
    };
    assert!(reports.iter().all(|report| report["equal"] == true), "{reports:?}");
}
