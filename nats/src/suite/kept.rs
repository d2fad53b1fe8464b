//! [`contracts::ports::Snapshots`], [`contracts::ports::Audit`], [`contracts::ports::DeadLetters`]:
//! what is kept beside the log.

use bytes::Bytes;
use contracts::ports::{AuditRecord, DeadLetter, PortError};
use contracts::{Address, Tenant, Timestamp};
use serde_json::json;

use super::World;
use super::world::actor;

/// One per actor, the last.
pub async fn a_snapshot_replaces_the_last(world: &impl World) {
    let (snapshots, one) = (world.snapshots(), actor("one"));
    assert_eq!(snapshots.load(&one).await, Ok(None));
    for text in ["a", "b"] {
        snapshots.save(&one, Bytes::from_static(text.as_bytes())).await.unwrap();
        assert_eq!(snapshots.load(&one).await.unwrap().as_deref(), Some(text.as_bytes()));
    }
    assert_eq!(snapshots.load(&actor("two")).await, Ok(None));
    snapshots.forget(&one).await.unwrap();
    snapshots.forget(&one).await.unwrap();
    assert_eq!(snapshots.load(&one).await, Ok(None));
}

/// Then there is none, and a cell replays.
pub async fn a_snapshot_over_the_limit_is_refused(world: &impl World) {
    let huge = Bytes::from(vec![0; world.payload_bytes_max() + 1]);
    let refused = world.snapshots().save(&actor("one"), huge).await;
    assert!(matches!(refused, Err(PortError::Refused(_))), "{refused:?}");
}

fn record(tenant: &str, number: i64) -> AuditRecord {
    AuditRecord {
        tenant: tenant.parse().expect("a tenant"),
        class: "rejection".parse().expect("a class"),
        at: Timestamp::from_millis(number),
        principal: Some("ann".to_owned()),
        message: format!("no {number}"),
        details: json!({ "number": number }),
    }
}

/// Oldest first, in pages, a tenant's own.
pub async fn audit_records_are_read_by_tenant(world: &impl World) {
    let (audit, acme) = (world.audit(), Tenant::from_static("acme"));
    assert_eq!(audit.read(&acme, 0, 10).await, Ok(Vec::new()));
    for number in 0..6 {
        let tenant = if number % 2 == 0 { "acme" } else { "other" };
        audit.record(record(tenant, number)).await.unwrap();
    }
    let all = audit.read(&acme, 0, 10).await.unwrap();
    let records: Vec<AuditRecord> = all.iter().map(|(_, record)| record.clone()).collect();
    assert_eq!(records, [record("acme", 0), record("acme", 2), record("acme", 4)]);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(audit.read(&acme, 0, 2).await.unwrap(), all[..2]);
    assert_eq!(audit.read(&acme, all[0].0, 10).await.unwrap(), all[1..]);
}

fn letter(to: Option<Address>, payload: Vec<u8>) -> DeadLetter {
    DeadLetter {
        subject: to.as_ref().map_or("cmd.1.a%b.c.d".to_owned(), |to| format!("cmd.{to}")),
        to,
        headers: vec![("a".to_owned(), "b".to_owned())],
        payload,
        code: "undecodable".to_owned(),
        reason: "it is no MessagePack".to_owned(),
        deliveries: 3,
        at: Timestamp::from_millis(1),
    }
}

/// Also those that were for nobody.
pub async fn letters_are_listed_whole(world: &impl World) {
    let dead = world.dead_letters();
    assert_eq!(dead.list(0, 10).await, Ok(Vec::new()));
    let letters = [
        letter(Some(actor("one")), vec![0, 255, 7]),
        letter(None, Vec::new()),
        letter(Some(actor("two")), b"text".to_vec()),
    ];
    let mut places = Vec::new();
    for letter in &letters {
        places.push(dead.bury(letter.clone()).await.unwrap());
    }
    let all = dead.list(0, 10).await.unwrap();
    let expected: Vec<_> = places.iter().copied().zip(letters).collect();
    assert_eq!(all, expected);
    assert_eq!(dead.list(places[0], 1).await.unwrap(), expected[1..2]);
    assert_eq!(dead.list(places[2], 10).await, Ok(Vec::new()));
}

/// A message that was as large as the broker allows is kept all the same.
pub async fn a_letter_as_large_as_a_message_is_kept(world: &impl World) {
    let dead = world.dead_letters();
    for to in [Some(actor("one")), None] {
        let large = letter(to, vec![7; world.payload_bytes_max()]);
        let place = dead.bury(large.clone()).await.unwrap();
        assert_eq!(dead.list(place - 1, 1).await, Ok(vec![(place, large)]));
    }
}
