mod grown;

use async_nats::jetstream::stream::{RetentionPolicy, StorageType};

use super::{Change, merge, reconcile};
use crate::connect::{Connection, Endpoint};
use crate::monitor::Sync;
use crate::streams;
use crate::suite::on_nats::{OnNats, world_on_nats};
use crate::{Broker, Config, Error};

async fn again(world: &OnNats, config: &Config) -> Result<super::Report, Error> {
    let connection = Connection::open(config, &world.endpoint).await?;
    reconcile(&connection, &world.endpoint).await
}

#[tokio::test]
async fn the_first_run_creates_and_the_second_changes_nothing() {
    let world = world_on_nats().await;
    let names: Vec<String> =
        streams::all(&Config::default()).into_iter().map(|it| it.name).collect();
    assert_eq!(names.len(), 14);
    let created: Vec<Change> = names.into_iter().map(|stream| Change::Created { stream }).collect();
    assert_eq!(world.broker.report().changes, created);
    let report = again(&world, &Config::default()).await.unwrap();
    assert_eq!((report.changes, report.sync), (Vec::new(), Sync::Always));
    assert!(report.version.starts_with("2."), "{}", report.version);
}

#[tokio::test]
async fn without_a_monitoring_address_the_sync_is_unknown() {
    let world = world_on_nats().await;
    let blind = Endpoint { monitor: None, ..world.endpoint.clone() };
    let broker = Broker::connect(&Config::default(), &blind).await.unwrap();
    assert_eq!(broker.report().sync, Sync::Unknown);
    let deaf =
        Endpoint { monitor: Some("http://127.0.0.1:1".to_owned()), ..world.endpoint.clone() };
    assert_eq!(
        Broker::connect(&Config::default(), &deaf).await.unwrap().report().sync,
        Sync::Unknown
    );
}

#[tokio::test]
async fn what_differs_is_mended_and_what_an_operator_added_stays() {
    let world = world_on_nats().await;
    let context = &world.broker.connection().context;
    let mut changed =
        context.get_stream(streams::COMMANDS).await.unwrap().cached_info().config.clone();
    changed.subjects.push("cmd.strange".to_owned());
    changed.description = Some("an operator's words".to_owned());
    context.update_stream(&changed).await.unwrap();
    let config = Config { snapshot_ttl_days: 31, ..Config::default() };
    let report = again(&world, &config).await.unwrap();
    let updated = |stream: &str, setting| Change::Updated {
        stream: stream.to_owned(),
        settings: vec![setting],
    };
    assert_eq!(
        report.changes,
        [updated(streams::COMMANDS, "subjects"), updated(streams::SNAPSHOTS, "max_age")]
    );
    assert_eq!(again(&world, &config).await.unwrap().changes, []);
    let mended = context.get_stream(streams::COMMANDS).await.unwrap().cached_info().config.clone();
    assert_eq!(mended.description, changed.description);
    assert!(!mended.subjects.contains(&"cmd.strange".to_owned()));
}

#[tokio::test]
async fn a_stream_of_another_nature_is_refused_and_left_alone() {
    let world = world_on_nats().await;
    let context = &world.broker.connection().context;
    context.delete_stream(streams::EVENTS).await.unwrap();
    let mut other = streams::all(&Config::default()).remove(0);
    other.retention = RetentionPolicy::WorkQueue;
    context.create_stream(other).await.unwrap();
    let refused = again(&world, &Config::default()).await;
    assert!(
        matches!(&refused, Err(Error::Incompatible { stream, reason })
            if stream == streams::EVENTS && reason.contains("retention")),
        "{refused:?}"
    );
    let kept = context.get_stream(streams::EVENTS).await.unwrap().cached_info().config.retention;
    assert_eq!(kept, RetentionPolicy::WorkQueue);
}

#[tokio::test]
async fn subjects_that_another_stream_has_are_refused() {
    let world = world_on_nats().await;
    let context = &world.broker.connection().context;
    context.delete_stream(streams::EVENTS).await.unwrap();
    let mut other = streams::all(&Config::default()).remove(0);
    other.name = "THEIRS".to_owned();
    context.create_stream(other).await.unwrap();
    let refused = again(&world, &Config::default()).await;
    assert!(
        matches!(&refused, Err(Error::Incompatible { stream, .. }) if stream == streams::EVENTS),
        "{refused:?}"
    );
}

#[test]
fn what_cannot_be_changed_is_named() {
    let wanted = streams::all(&Config::default()).remove(0);
    let mut existing = wanted.clone();
    existing.storage = StorageType::Memory;
    let refused = merge(&existing, &wanted).unwrap_err().to_string();
    assert!(refused.contains("EVENTS") && refused.contains("storage"), "{refused}");
    assert!(merge(&wanted, &wanted).unwrap().1.is_empty());
}

#[tokio::test]
async fn nobody_there_is_unreachable_and_shows_no_password() {
    let url = "nats://ann:hunter2@127.0.0.1:1".to_owned();
    let endpoint = Endpoint { url, user: None, password: None, monitor: None };
    let error = Broker::connect(&Config::default(), &endpoint).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
