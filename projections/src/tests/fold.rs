//! The rows against a fold that is written another way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::kinds::conversation::Conversation;
use contracts::page::Page as _;
use contracts::view::Status;
use contracts::{Address, Cursor, Entry, Hash, Pages, Recorded};
use serde_json::{Value, json};

use super::given::{Book, address, commits, config, log, open, run_to, scratch};
use crate::bench::{Tape, recorded};
use crate::config::Config;
use crate::tests::engines::on_both;
use crate::{HeadsOrder, HeadsQuery, MessagesQuery, TimelineQuery};

on_both! {
    [] heads_are_the_last_commits;
    [] the_timeline_has_every_event_in_order;
    [] commands_have_their_last_word;
    [] of_a_command_that_committed_twice_the_first_commit_stands;
    [] messages_stand_without_gaps;
}

async fn heads_are_the_last_commits() {
    let (scratch, tape) = (scratch(), log(11, 2_000));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let pages = Pages::standard();
    let mut summaries: BTreeMap<Address, Value> = BTreeMap::new();
    let mut last = BTreeMap::new();
    for recorded in commits(&tape) {
        let address = recorded.commit.address();
        let summary = summaries.entry(address.clone()).or_insert_with(|| json!({}));
        for event in &recorded.commit.events {
            let page = pages.get(&address.kind).expect("a known kind");
            if let Some(patch) = page.summary(event) {
                patched(summary, &patch);
            }
        }
        last.insert(address, recorded);
    }
    assert!(last.len() > 50, "many actors");
    for (address, recorded) in &last {
        let row = models.head(address).await.expect("an answer").expect("a row");
        assert_eq!(row.revision, recorded.commit.revision, "{address}");
        assert_eq!((row.cursor, row.commit_hash), (recorded.cursor, recorded.hash));
        assert_eq!(row.at, recorded.commit.at);
        assert_eq!(row.summary, summaries[address], "{address}");
        assert!(row.summary.to_string().len() <= 4_096);
    }
}

/// RFC 7396 by its own pseudo code.
fn patched(target: &mut Value, patch: &Value) {
    let mut merged = match target.take() {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch.as_object().expect("summaries are patched by objects") {
        if value.is_null() {
            merged.remove(name);
        } else if value.is_object() {
            let mut inner = merged.remove(name).unwrap_or(Value::Null);
            patched(&mut inner, value);
            merged.insert(name.clone(), inner);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    *target = Value::Object(merged);
}

async fn the_timeline_has_every_event_in_order() {
    let (scratch, tape) = (scratch(), log(12, 1_500));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    for tenant in ["acme", "beta", "solo"] {
        let mut query = TimelineQuery::new(tenant.parse().expect("a tenant"));
        query.limit = Some(97);
        let mut rows = Vec::new();
        loop {
            let page = models.timeline(&query).await.expect("a page");
            rows.extend(page.items);
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let mut expected = Vec::new();
        for recorded in commits(&tape) {
            for (index, event) in recorded.commit.events.iter().enumerate() {
                if recorded.commit.tenant.as_str() == tenant {
                    let event = (event.r#type.clone(), event.data.clone());
                    expected.push((recorded.cursor, index as u32, event));
                }
            }
        }
        let found: Vec<_> =
            rows.into_iter().map(|r| (r.cursor, r.index, (r.r#type, r.data))).collect();
        assert!(expected.len() > 100);
        assert_eq!(found, expected, "{tenant}");
    }
}

async fn commands_have_their_last_word() {
    let (scratch, tape) = (scratch(), log(13, 1_500));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let all = commits(&tape);
    let mut answers = BTreeMap::new();
    for recorded in &all {
        for done in &recorded.commit.completions {
            answers.insert(done.command_id, (recorded.clone(), done.clone()));
        }
    }
    let mut met = BTreeSet::new();
    for recorded in &all {
        let commit = &recorded.commit;
        let row = models.command(&commit.tenant, commit.command.id).await.expect("an answer");
        let row = row.expect("each command that committed has a row");
        assert_eq!((row.kind, row.actor), (commit.kind.clone(), commit.id.clone()));
        assert_eq!(row.name, commit.command.name);
        let (status, revision) = match answers.get(&commit.command.id) {
            Some((at, done)) if done.ok => {
                assert_eq!(row.reply.unwrap_or_default(), done.reply);
                (Status::Completed, at.commit.revision)
            }
            Some((at, done)) => {
                assert_eq!(row.rejection, done.refusal());
                (Status::Failed, at.commit.revision)
            }
            None if commit.command.deadline.is_some() => {
                assert_eq!((row.reply, row.rejection), (None, None));
                (Status::Accepted, commit.revision)
            }
            None => (Status::Completed, commit.revision),
        };
        assert_eq!((row.status, row.revision), (status, revision), "{}", commit.command.id);
        met.insert(row.status.as_str());
    }
    assert_eq!(met.into_iter().collect::<Vec<_>>(), ["accepted", "completed", "failed"]);
}

/// No cell commits a command twice; a log in which it happened is folded the same way whatever
/// commits come together.
async fn of_a_command_that_committed_twice_the_first_commit_stands() {
    let (one, other) = (address("acme/counter/one"), address("acme/counter/other"));
    let mut book = Book::new();
    let mut commits: Vec<Recorded> = Vec::new();
    for (at, actor) in [&one, &other, &one, &one, &other].into_iter().enumerate() {
        let mut commit = book.commit(actor, &[("Added", json!({ "by": 1 }))]).commit;
        let before = commits.iter().rev().find(|it| it.commit.is_of(actor));
        commit.prev = before.map_or(Hash::ZERO, |it| it.hash);
        if at == 3 {
            let first = commits[0].commit.command.id;
            (commit.command.id, commit.completions[0].command_id) = (first, first);
        }
        commits.push(recorded(Cursor(at as u64 + 1), commit));
    }
    let twice = commits[0].commit.command.id;
    let mut rows = Vec::new();
    for size in [1, 2, 50] {
        let (scratch, tape) = (scratch(), Arc::new(Tape::new()));
        tape.extend(commits.iter().map(|it| Entry::Commit(Arc::new(it.clone()))));
        let config = Config { batch_commits_max: size, ..config(scratch.path()) };
        let models = open(config).await;
        run_to(&models, tape.clone(), tape.end()).await;
        let row = models.command(&one.tenant, twice).await.expect("an answer").expect("a row");
        assert_eq!(row.revision.0, 1);
        rows.push(models.dump("commands").await.expect("rows"));
    }
    assert_eq!(rows[0].len(), 4);
    assert!(rows.iter().all(|it| *it == rows[0]), "{rows:?}");
}

async fn messages_stand_without_gaps() {
    let (scratch, tape) = (scratch(), log(14, 2_000));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let mut posted: BTreeMap<Address, u64> = BTreeMap::new();
    for recorded in commits(&tape).iter().filter(|r| r.commit.kind == Conversation::KIND) {
        let posts = recorded.commit.events.iter().filter(|e| e.r#type == "MessagePosted").count();
        *posted.entry(recorded.commit.address()).or_default() += posts as u64;
    }
    let mut query = HeadsQuery::new("acme".parse().expect("a tenant"));
    (query.kind, query.order) = (Some(Conversation::KIND), HeadsOrder::Id);
    let conversations = models.heads(&query).await.expect("a page").items;
    assert!(conversations.len() > 10);
    for head in conversations {
        let mut query = MessagesQuery::new(query.tenant.clone(), head.id.clone());
        (query.after, query.limit) = (Some(0), Some(500));
        let page = models.messages(&query).await.expect("a page");
        let sequences: Vec<u64> = page.items.iter().map(|message| message.sequence).collect();
        let count = posted[&Address::new(query.tenant, Conversation::KIND, head.id)];
        assert_eq!(sequences, (1..=count).collect::<Vec<_>>());
    }
}
