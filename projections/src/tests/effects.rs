//! Effects as the log tells them.

use std::collections::BTreeMap;

use contracts::effect::{EffectRecorded, EffectRowQuery};
use contracts::lifecycle::Event;
use contracts::{EffectId, Tenant};
use serde_json::json;

use super::given::{Book, address, commits, config, log, open, run_to, scratch};
use crate::bench::Tape;
use crate::tests::engines::on_both;

on_both! {
    [] every_effect_has_a_row_and_its_last_word;
    [] what_was_said_of_an_effect_is_told;
    [] what_a_policy_holds_or_refuses_says_why;
}

fn all(tenant: &str) -> EffectRowQuery {
    EffectRowQuery {
        tenant: tenant.parse().expect("a tenant"),
        kind: None,
        actor: None,
        class: None,
        limit: None,
        status: None,
        after: None,
        items_max: Some(7),
    }
}

async fn every_effect_has_a_row_and_its_last_word() {
    let (scratch, tape) = (scratch(), log(51, 2_000));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let mut wanted: BTreeMap<(Tenant, EffectId), EffectRecorded> = BTreeMap::new();
    for recorded in commits(&tape) {
        let commit = &recorded.commit;
        for effect in &commit.effects {
            let id = commit.effect_id(effect.index);
            wanted.insert((commit.tenant.clone(), id), EffectRecorded::Pending);
        }
        for event in commit.events.iter().filter_map(Event::from_record) {
            if let Event::EffectConcluded { effect, .. } = event {
                wanted.insert((commit.tenant.clone(), effect), EffectRecorded::Done);
            }
        }
    }
    assert!(wanted.len() > 100, "many effects");
    let mut found = BTreeMap::new();
    for tenant in ["acme", "beta", "solo"] {
        let mut query = all(tenant);
        let mut last = u64::MAX;
        loop {
            let page = models.effects(&query).await.expect("a page");
            for row in page.items {
                assert!(row.cursor.0 < last, "the last asked first");
                last = row.cursor.0;
                assert_eq!(row.concluded_at.is_some(), row.status == EffectRecorded::Done);
                found.insert((query.tenant.clone(), row.id), row.status);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    assert_eq!(found, wanted);
    let pending = EffectRowQuery { status: Some(EffectRecorded::Pending), ..all("acme") };
    let rows = models.effects(&pending).await.expect("a page").items;
    assert!(!rows.is_empty() && rows.iter().all(|row| row.status == EffectRecorded::Pending));
}

async fn what_was_said_of_an_effect_is_told() {
    let (scratch, mut book) = (scratch(), Book::new());
    let (one, other) = (address("acme/counter/one"), address("acme/counter/other"));
    let mut asked = log(51, 100).entries().into_iter().find_map(|entry| match entry {
        contracts::Entry::Commit(recorded) if !recorded.commit.effects.is_empty() => {
            Some(recorded.commit.effects.clone())
        }
        _ => None,
    });
    let first = book.with_effects(&one, asked.take().expect("one asks"));
    let id = first.commit.effect_id(0);
    let steps = [
        (
            "cambium:EffectAttempted",
            json!({ "effect": id, "attempt": 1, "request_hash": first.hash }),
        ),
        ("cambium:EffectUnknown", json!({ "effect": id, "attempts": 1 })),
        ("cambium:EffectResolved", json!({ "effect": id, "by": "ada", "resolution": "retry" })),
        ("cambium:EffectPaused", json!({ "effect": id, "by": "ada", "reason": "no", "code": "x" })),
        ("cambium:EffectResumed", json!({ "effect": id, "by": "ada" })),
        ("cambium:EffectCancelled", json!({ "effect": id, "by": "ada", "reason": "enough" })),
        ("cambium:EffectConcluded", json!({ "effect": id, "ok": false })),
    ];
    let statuses =
        ["attempted", "unknown", "pending", "paused", "pending", "cancelled", "cancelled"];
    let models = open(config(scratch.path())).await;
    let tape = std::sync::Arc::new(Tape::new());
    tape.extend([contracts::Entry::Commit(std::sync::Arc::new(first))]);
    for ((name, data), status) in steps.into_iter().zip(statuses) {
        // Another actor's word counts for nothing.
        let foreign = ("cambium:EffectConcluded", json!({ "effect": id, "ok": true }));
        tape.extend([book.entry(&other, &[foreign]), book.entry(&one, &[(name, data)])]);
        run_to(&models, tape.clone(), tape.end()).await;
        let row = models.effect(&one.tenant, id).await.expect("an answer").expect("a row");
        assert_eq!(row.status.as_str(), status, "{name}");
        assert_eq!(row.concluded_at.is_some(), name == "cambium:EffectConcluded");
    }
    let row = models.effect(&one.tenant, id).await.expect("an answer").expect("a row");
    assert_eq!((row.attempts, row.code.as_deref()), (1, Some("effect_cancelled")));
    assert_eq!(row.reason.as_deref(), Some("enough"));
    let beta = "beta".parse().expect("a tenant");
    assert_eq!(models.effect(&beta, id).await.expect("an answer"), None);
}

/// What a policy asks a yes for, and what it refuses, says so by its code.
async fn what_a_policy_holds_or_refuses_says_why() {
    let (scratch, mut book) = (scratch(), Book::new());
    let one = address("acme/counter/one");
    let asked = commits(&log(51, 100)).into_iter().find(|it| !it.commit.effects.is_empty());
    let first = book.with_effects(&one, asked.expect("one asks").commit.effects.clone());
    let id = first.commit.effect_id(0);
    let models = open(config(scratch.path())).await;
    let tape = std::sync::Arc::new(Tape::new());
    let awaits = json!({ "approval": "a1", "hash": first.hash, "rule": "team/paid" });
    let refusal = contracts::Refusal::rejected("approval_rejected", "anna said no");
    tape.extend([contracts::Entry::Commit(std::sync::Arc::new(first))]);
    let paused = json!({ "effect": id, "by": "runtime", "reason": "it waits", "awaits": awaits });
    let cancelled = json!({ "effect": id, "by": "runtime", "refusal": refusal });
    let steps = [
        ("cambium:EffectPaused", paused, ("paused", "approval_required")),
        ("cambium:EffectCancelled", cancelled, ("cancelled", "approval_rejected")),
        (
            "cambium:EffectConcluded",
            json!({ "effect": id, "ok": false }),
            ("cancelled", "approval_rejected"),
        ),
    ];
    for (name, data, expected) in steps {
        tape.extend([book.entry(&one, &[(name, data)])]);
        run_to(&models, tape.clone(), tape.end()).await;
        let row = models.effect(&one.tenant, id).await.expect("an answer").expect("a row");
        assert_eq!((row.status.as_str(), row.code.as_deref().unwrap_or("none")), expected);
    }
}
