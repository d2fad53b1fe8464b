//! [`contracts::ports::Snapshots`], [`contracts::ports::Audit`], [`contracts::ports::DeadLetters`]:
//! what is kept beside the log.

use bytes::Bytes;
use contracts::audit::{AuditRecord, ChainName, classes};
use contracts::ports::{AuditFilter, DeadLetter, LetterFilter, PortError};
use contracts::{Address, Tenant, Timestamp};
use futures_util::StreamExt as _;
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
    let (tenant, class) = (tenant.parse().expect("a tenant"), classes::REFUSED);
    let record = AuditRecord::new(tenant, class, Timestamp::from_millis(number), "no");
    AuditRecord { principal: Some("ann".to_owned()), ..record.details(json!({ "number": number })) }
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

/// In the order in which they were stored, whoever they are of, also those that come later.
pub async fn audit_records_are_followed(world: &impl World) {
    let audit = world.audit();
    assert_eq!(audit.head().await, Ok(0));
    for number in 0..3 {
        audit.record(record("acme", number)).await.unwrap();
    }
    let mut flow = audit.follow(1);
    for number in [1, 2] {
        let entry = flow.next().await.unwrap().unwrap();
        assert_eq!(entry.record().unwrap(), record("acme", number));
    }
    audit.record(record("other", 3)).await.unwrap();
    let entry = flow.next().await.unwrap().unwrap();
    assert_eq!((entry.sequence, entry.chain.tenant.as_str()), (4, "other"));
    assert_eq!(entry.chain.class, classes::REFUSED);
    assert_eq!(audit.head().await, Ok(4));
}

/// From the beginning of a chain, and of no other.
pub async fn the_beginning_of_a_chain_is_purged(world: &impl World) {
    let audit = world.audit();
    for number in 0..6 {
        let tenant = if number % 2 == 0 { "acme" } else { "other" };
        audit.record(record(tenant, number)).await.unwrap();
    }
    let acme = ChainName { tenant: Tenant::from_static("acme"), class: classes::REFUSED };
    assert_eq!(audit.purge(&acme, 3).await, Ok(2));
    assert_eq!(audit.purge(&acme, 3).await, Ok(0));
    let left = audit.entries(&AuditFilter::default(), 0, 10).await.unwrap();
    let places: Vec<u64> = left.iter().map(|entry| entry.sequence).collect();
    assert_eq!(places, [2, 4, 5, 6]);
    assert_eq!(audit.head().await, Ok(6));
    let first = audit.follow(0).next().await.unwrap().unwrap();
    assert_eq!(first.sequence, 2);
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
        held: false,
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

/// In the order in which they came, whatever else is in DEAD; also those that are held.
pub async fn the_letters_of_an_actor_are_a_queue(world: &impl World) {
    let (dead, one) = (world.dead_letters(), actor("one"));
    assert_eq!(dead.next_of(&one, 0).await, Ok(None));
    let mut own = Vec::new();
    for number in 0..5_u8 {
        dead.bury(letter(Some(actor("two")), vec![number])).await.unwrap();
        dead.bury(letter(None, vec![number])).await.unwrap();
        let letter = DeadLetter { held: true, ..letter(Some(one.clone()), vec![number]) };
        own.push((dead.bury(letter.clone()).await.unwrap(), letter));
    }
    let mut met = Vec::new();
    let mut after = 0;
    while let Some(next) = dead.next_of(&one, after).await.unwrap() {
        after = next.0;
        met.push(next);
    }
    assert_eq!(met, own);
    let of_one = LetterFilter::of(&one);
    assert_eq!(dead.select(of_one.clone(), 0, 3).await.unwrap(), own[..3]);
    assert_eq!(dead.select(of_one, own[2].0, 9).await.unwrap(), own[3..]);
    let kind = LetterFilter { kind: Some(one.kind.clone()), ..LetterFilter::default() };
    assert_eq!(dead.select(kind, 0, 99).await.unwrap().len(), 10, "not those to nobody");
    let tenant = Some(Tenant::from_static("nobody"));
    let other = LetterFilter { tenant, ..LetterFilter::default() };
    assert_eq!(dead.select(other, 0, 99).await, Ok(Vec::new()));
}

/// Once; and its position is never given again.
pub async fn a_letter_is_taken_away(world: &impl World) {
    let (dead, one) = (world.dead_letters(), actor("one"));
    let mut places = Vec::new();
    for number in 0..3_u8 {
        places.push(dead.bury(letter(Some(one.clone()), vec![number])).await.unwrap());
    }
    assert_eq!(dead.get(places[1]).await.unwrap().unwrap().payload, [1]);
    assert_eq!(dead.remove(places[1]).await, Ok(true));
    assert_eq!(dead.remove(places[1]).await, Ok(false));
    assert_eq!(dead.get(places[1]).await, Ok(None));
    assert_eq!(dead.get(0).await, Ok(None));
    assert_eq!(dead.get(places[2] + 1_000).await, Ok(None));
    assert_eq!(dead.remove(places[2] + 1_000).await, Ok(false));
    let next = dead.next_of(&one, places[0]).await.unwrap().unwrap();
    assert_eq!((next.0, next.1.payload), (places[2], vec![2]));
    assert_eq!(dead.remove(places[2]).await, Ok(true));
    let place = dead.bury(letter(Some(one.clone()), vec![3])).await.unwrap();
    assert!(place > places[2]);
    let left = dead.select(LetterFilter::of(&one), 0, 9).await.unwrap();
    assert_eq!(left.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [places[0], place]);
}
