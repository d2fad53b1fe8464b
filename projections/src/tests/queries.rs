//! Questions: filters, pages, other tenants, and texts that would be SQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::kinds::counter::Counter;
use contracts::page::Page as _;
use contracts::{Address, Tenant};
use serde_json::json;

use super::given::{
    Book, address, commits, config, dump, log, open, reached, run_to, scratch, while_running,
};
use crate::bench::{Maker, Tape};
use crate::handle::Models;
use crate::tests::engines::on_both;
use crate::{HeadRow, HeadsOrder, HeadsQuery, TimelineOrder, TimelineQuery};

on_both! {
    [] pages_join_to_the_whole_in_both_orders;
    [] pages_are_stable_while_actors_come_and_change;
    [] heads_are_found_by_what_is_asked;
    [] the_timeline_is_found_by_what_is_asked;
    [] what_is_flagged_is_found_in_all_tenants;
    [] tenants_with_the_same_ids_see_only_their_own;
    [] a_token_of_one_tenant_shows_another_nothing;
    [] texts_that_would_be_sql_are_texts;
    [] questions_out_of_bounds_are_refused;
    [] a_fork_and_an_intruder_in_the_index;
    [] an_actors_timeline_is_paged_by_its_revisions;
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

async fn filled(seed: u64, count: usize) -> (tempfile::TempDir, Models, Arc<Tape>) {
    let (scratch, tape) = (scratch(), log(seed, count));
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    (scratch, models, tape)
}

/// Reads all pages of a listing.
async fn heads(models: &Models, mut query: HeadsQuery) -> Vec<HeadRow> {
    let mut all = Vec::new();
    loop {
        let page = models.heads(&query).await.expect("a page");
        assert!(page.items.len() <= query.limit.unwrap_or(50));
        all.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            return all;
        }
    }
}

async fn pages_join_to_the_whole_in_both_orders() {
    let (_scratch, models, _) = filled(91, 1_000).await;
    for order in [HeadsOrder::Recent, HeadsOrder::Id] {
        let whole = HeadsQuery { order, limit: Some(500), ..HeadsQuery::new(tenant("acme")) };
        let whole = heads(&models, whole).await;
        assert!(whole.len() > 40);
        for limit in [1, 7, 64] {
            let query = HeadsQuery { order, limit: Some(limit), ..HeadsQuery::new(tenant("acme")) };
            assert_eq!(heads(&models, query).await, whole, "{order:?} by {limit}");
        }
        let sorted = match order {
            HeadsOrder::Recent => whole.is_sorted_by(|a, b| a.cursor > b.cursor),
            HeadsOrder::Id => whole.is_sorted_by(|a, b| (&a.kind, &a.id) < (&b.kind, &b.id)),
        };
        assert!(sorted, "{order:?}");
    }
}

async fn pages_are_stable_while_actors_come_and_change() {
    let (_scratch, models, tape) = filled(92, 300).await;
    let at_start = heads(&models, HeadsQuery::new(tenant("acme"))).await;
    let ids = |rows: &[HeadRow]| -> BTreeSet<Address> {
        let of = |row: &HeadRow| Address::new(tenant("acme"), row.kind.clone(), row.id.clone());
        rows.iter().map(of).collect()
    };
    let mut maker = Maker::new(92).skip(300);
    while_running(&models, tape.clone(), async {
        for order in [HeadsOrder::Id, HeadsOrder::Recent] {
            let mut query = HeadsQuery { order, limit: Some(5), ..HeadsQuery::new(tenant("acme")) };
            let mut met = Vec::new();
            loop {
                let page = models.heads(&query).await.expect("a page");
                met.extend(page.items);
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
                tape.extend(maker.by_ref().take(10));
                reached(&models, tape.end()).await;
            }
            assert_eq!(ids(&met).len(), met.len(), "{order:?}: nobody is shown twice");
            if order == HeadsOrder::Id {
                assert!(ids(&met).is_superset(&ids(&at_start)), "and by id nobody is left out");
            }
        }
    })
    .await;
}

async fn heads_are_found_by_what_is_asked() {
    let (_scratch, models, tape) = filled(93, 800).await;
    let all = heads(&models, HeadsQuery::new(tenant("beta"))).await;
    let middle = all[all.len() / 2].at;
    let check = async |change: fn(&mut HeadsQuery), holds: &dyn Fn(&HeadRow) -> bool| {
        let mut query = HeadsQuery::new(tenant("beta"));
        change(&mut query);
        query.updated_after = query.updated_after.map(|_| middle);
        query.updated_before = query.updated_before.map(|_| middle);
        let expected: Vec<HeadRow> = all.iter().filter(|row| holds(row)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query:?}");
        assert_eq!(heads(&models, query.clone()).await, expected, "{query:?}");
    };
    let text = |row: &HeadRow| row.summary.to_string().to_lowercase();
    check(|q| q.kind = Some(Counter::KIND), &|row| row.kind == Counter::KIND).await;
    check(|q| q.id_prefix = Some("counter-1".into()), &|r| r.id.as_str().starts_with("counter-1"))
        .await;
    check(|q| q.text = Some("BRÜCKE".into()), &|row| text(row).contains("brücke")).await;
    check(|q| q.text = Some("50%_o".into()), &|row| text(row).contains("50%_o")).await;
    check(|q| q.text = Some("tree\\R".into()), &|row| text(row).contains("tree\\\\r")).await;
    check(|q| q.updated_after = Some(Default::default()), &|row| row.at >= middle).await;
    check(|q| q.updated_before = Some(Default::default()), &|row| row.at < middle).await;
    let last = commits(&tape).pop().expect("a commit").commit.address();
    let row = models.head(&last).await.expect("an answer").expect("a row");
    assert!(row.created_at <= row.at);
}

async fn the_timeline_is_found_by_what_is_asked() {
    let (_scratch, models, tape) = filled(94, 600).await;
    let all = commits(&tape);
    let some = all.iter().find(|r| r.commit.command.correlation.is_some()).expect("an errand");
    let of = some.commit.tenant.clone();
    let middle = all[300].commit.at;
    let ask = async |change: &dyn Fn(&mut TimelineQuery)| {
        let mut query = TimelineQuery { limit: Some(500), ..TimelineQuery::new(of.clone()) };
        change(&mut query);
        let items = models.timeline(&query).await.expect("a page").items;
        items.into_iter().map(|row| row.cursor).collect::<Vec<_>>()
    };
    let want = |holds: &dyn Fn(&contracts::Commit) -> bool| {
        let mine = all.iter().filter(|r| r.commit.tenant == of && holds(&r.commit));
        let found: Vec<_> = mine.flat_map(|r| r.commit.events.iter().map(|_| r.cursor)).collect();
        assert!(!found.is_empty());
        found
    };
    let commit = &some.commit;
    let (id, errand) = (commit.id.clone(), commit.command.correlation.clone());
    assert_eq!(ask(&|q| q.id = Some(id.clone())).await, want(&|c| c.id == id));
    assert_eq!(
        ask(&|q| q.correlation = errand.clone()).await,
        want(&|c| c.command.correlation == errand)
    );
    assert_eq!(ask(&|q| q.kind = Some(Counter::KIND)).await, want(&|c| c.kind == Counter::KIND));
    assert_eq!(
        ask(&|q| q.r#type = Some("Added".into())).await,
        want(&|c| c.events[0].r#type == "Added")
    );
    let runtime = contracts::Caller::RUNTIME;
    assert_eq!(
        ask(&|q| q.principal = Some(runtime.clone())).await,
        want(&|c| c.command.by.principal == runtime)
    );
    let command = commit.command.id;
    assert_eq!(ask(&|q| q.command = Some(command)).await, want(&|c| c.command.id == command));
    assert_eq!(ask(&|q| q.from = Some(middle)).await, want(&|c| c.at >= middle));
    let mut newest = want(&|c| c.at < middle);
    newest.reverse();
    assert_eq!(ask(&|q| (q.until, q.order) = (Some(middle), TimelineOrder::Newest)).await, newest);
}

async fn what_is_flagged_is_found_in_all_tenants() {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    let held = json!({ "reason": "case 12", "by": "boss" });
    let mut wanted = Vec::new();
    for name in ["acme", "beta"] {
        for id in ["ada", "bob", "eve"] {
            let subject = address(&format!("{name}/subject/{id}"));
            tape.extend([book.entry(&subject, &[("Held", held.clone())])]);
            wanted.push(subject);
        }
    }
    // Another kind says what it wants, and who was released says nothing.
    let room = address("acme/conversation/ward");
    let created = json!({ "title": "\"held\":true", "kind": "group", "members": [], "by": "ada" });
    tape.extend([book.entry(&room, &[("Created", created)])]);
    let released = wanted.remove(1);
    tape.extend([book.entry(&released, &[("Released", json!({ "by": "boss" }))])]);
    let tape = Arc::new(tape);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let kind = released.kind.clone();
    let flagged = async |member: &str, after: Option<&Address>, limit| {
        models.flagged((&kind, member), after, limit).await.expect("a page")
    };
    assert_eq!(flagged("held", None, 100).await, wanted);
    assert_eq!(flagged("held", Some(&wanted[1]), 2).await, wanted[2..4]);
    assert!(flagged("erasing", None, 100).await.is_empty());
    models.close().await;
}

async fn tenants_with_the_same_ids_see_only_their_own() {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    for name in ["acme", "beta"] {
        let counter = address(&format!("{name}/counter/same"));
        let room = address(&format!("{name}/conversation/same"));
        let members = json!([{ "principal": format!("{name}-user"), "role": "member" }]);
        let created = json!({ "title": name, "kind": "group", "members": members, "by": "ada" });
        let posted = json!({ "message": "m_1", "sequence": 1, "author": format!("{name}-user"),
            "role": "member", "text": format!("secret of {name}") });
        tape.extend([
            book.entry(&counter, &[("Added", json!({ "by": 1, "value": 1 }))]),
            book.entry(&room, &[("Created", created), ("MessagePosted", posted)]),
        ]);
    }
    let tape = Arc::new(tape);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    for (own, other) in [("acme", "beta"), ("beta", "acme")] {
        let query = HeadsQuery::new(tenant(own));
        let rows = models.heads(&query).await.expect("a page");
        let seen = serde_json::to_string(&rows).expect("JSON");
        assert!(seen.contains(own) && !seen.contains(other), "{seen}");
        assert_eq!(rows.items.len(), 2);
        let search = HeadsQuery { text: Some(other.to_owned()), ..query.clone() };
        assert!(models.heads(&search).await.expect("a page").items.is_empty());
        let search = HeadsQuery { status: Some("pending".to_owned()), ..query.clone() };
        assert!(models.heads(&search).await.expect("a page").items.is_empty());
        let odd = HeadsQuery { status: Some("%".to_owned()), ..query };
        assert_eq!(models.heads(&odd).await.expect_err("refused").code, "query_invalid");
        let rows = models.timeline(&TimelineQuery::new(tenant(own))).await.expect("a page");
        let seen = serde_json::to_string(&rows).expect("JSON");
        assert!(seen.contains(own) && !seen.contains(other) && rows.items.len() == 3, "{seen}");
        let room = "same".parse().expect("an id");
        let query = crate::MessagesQuery::new(tenant(own), room);
        let said = serde_json::to_string(&models.messages(&query).await.expect("a page").items);
        let said = said.expect("JSON");
        assert!(said.contains(own) && !said.contains(other), "{said}");
        let members = models.members(&query.tenant, &query.conversation).await.expect("members");
        assert_eq!(members[0].principal.as_str(), format!("{own}-user"));
        assert_eq!(members.len(), 1);
    }
    for recorded in commits(&tape) {
        let (of, id) = (&recorded.commit.tenant, recorded.commit.command.id);
        let other = tenant(if of.as_str() == "acme" { "beta" } else { "acme" });
        assert!(models.command(of, id).await.expect("an answer").is_some());
        assert_eq!(models.command(&other, id).await, Ok(None));
    }
}

async fn a_token_of_one_tenant_shows_another_nothing() {
    let (_scratch, models, _) = filled(95, 500).await;
    let page = HeadsQuery { limit: Some(3), ..HeadsQuery::new(tenant("acme")) };
    let token = models.heads(&page).await.expect("a page").next;
    let stolen = HeadsQuery { after: token, limit: Some(500), ..HeadsQuery::new(tenant("beta")) };
    let own = heads(&models, HeadsQuery::new(tenant("beta"))).await;
    for row in models.heads(&stolen).await.expect("a page").items {
        assert!(own.contains(&row));
    }
}

async fn texts_that_would_be_sql_are_texts() {
    let (_scratch, models, _) = filled(96, 200).await;
    let before = dump(&models).await;
    let attacks = [
        "'; DROP TABLE heads_v1; --",
        "' OR '1'='1",
        "\" OR 1=1 --",
        "%' ESCAPE '' OR 1=1 --",
        "acme') UNION SELECT * FROM read_models --",
        "$1 OR 1=1",
        "?1",
    ];
    for attack in attacks {
        let query = HeadsQuery { text: Some(attack.into()), ..HeadsQuery::new(tenant("acme")) };
        assert_eq!(models.heads(&query).await.expect("a page").items, [], "{attack}");
        let query =
            HeadsQuery { id_prefix: Some(attack.into()), ..HeadsQuery::new(tenant("acme")) };
        assert_eq!(models.heads(&query).await.expect_err(attack).code, "query_invalid");
        let query = HeadsQuery { after: Some(attack.into()), ..HeadsQuery::new(tenant("acme")) };
        assert_eq!(models.heads(&query).await.expect_err(attack).code, "query_invalid");
        let query =
            TimelineQuery { r#type: Some(attack.into()), ..TimelineQuery::new(tenant("acme")) };
        assert_eq!(models.timeline(&query).await.expect("a page").items, [], "{attack}");
        let room = "talk-1".parse().expect("an id");
        let mut query = crate::MessagesQuery::new(tenant("acme"), room);
        query.text = Some(attack.into());
        assert_eq!(models.messages(&query).await.expect("a page").items, [], "{attack}");
        assert_eq!(models.dump(attack).await.expect_err(attack).code, "unknown_read_model");
    }
    assert_eq!(dump(&models).await, before);
}

async fn questions_out_of_bounds_are_refused() {
    let (_scratch, models, _) = filled(97, 100).await;
    let new = || HeadsQuery::new(tenant("acme"));
    let recent = HeadsQuery { limit: Some(1), ..new() };
    let token = models.heads(&recent).await.expect("a page").next;
    let long = "x".repeat(300);
    for (query, field) in [
        (HeadsQuery { limit: Some(0), ..new() }, "limit"),
        (HeadsQuery { limit: Some(501), ..new() }, "limit"),
        (HeadsQuery { text: Some(long.clone()), ..new() }, "text"),
        (HeadsQuery { text: Some("\0".into()), ..new() }, "text"),
        (HeadsQuery { id_prefix: Some(long), ..new() }, "id_prefix"),
        (HeadsQuery { id_prefix: Some("a.b".into()), ..new() }, "id_prefix"),
        (HeadsQuery { after: token.clone(), order: HeadsOrder::Id, ..new() }, "after"),
    ] {
        let refusal = models.heads(&query).await.expect_err("out of bounds");
        assert_eq!(
            (refusal.code.as_ref(), refusal.errors[0].field.as_str()),
            ("query_invalid", field)
        );
    }
    let mut query = TimelineQuery::new(tenant("acme"));
    query.after = token;
    assert_eq!(models.timeline(&query).await.expect_err("of a listing").code, "query_invalid");
}

async fn a_fork_and_an_intruder_in_the_index() {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Tape::new());
    let (real, fork) = (address("acme/counter/real"), address("acme/counter/fork"));
    let added = |value: i64| ("Added", json!({ "by": 1, "value": value }));
    let forked = json!({ "id": "real", "revision": 1, "muted": true });
    let first = book.commit(&real, &[added(1)]);
    let mut intruder = first.commit.clone();
    intruder.revision = intruder.revision.next();
    intruder.events[0].data = json!({ "by": 1, "value": 666 });
    let wrong = crate::bench::recorded(contracts::Cursor(2), intruder);
    let named = json!({ "cursor": "2", "hash": wrong.hash });
    let second = book.commit(&real, &[("cambium:Skipped", named), added(2)]);
    let after = |recorded: contracts::Recorded, cursor: u64| {
        let cursor = contracts::Cursor(cursor);
        contracts::Entry::Commit(Arc::new(contracts::Recorded { cursor, ..recorded }))
    };
    let late = wrong.clone();
    let begun = book.commit(&fork, &[("cambium:Forked", forked)]).commit;
    let begun = contracts::Commit { revision: contracts::Revision(2), prev: first.hash, ..begun };
    let begun = crate::bench::recorded(contracts::Cursor(4), begun);
    tape.extend([
        after(first, 1),
        after(wrong, 2),
        after(second.clone(), 3),
        contracts::Entry::Commit(Arc::new(begun.clone())),
        after(late, 5),
    ]);
    let tape = Arc::new(tape);
    let models = open(config(scratch.path())).await;
    run_to(&models, tape.clone(), tape.end()).await;
    let row = models.head(&real).await.expect("an answer").expect("a row");
    assert_eq!((row.summary, row.commit_hash), (json!({ "value": 2 }), second.hash));
    let row = models.head(&fork).await.expect("an answer").expect("a row");
    let parent = json!({ "id": "real", "revision": 1 });
    // As it was where the fork left, though its parent has gone on before the fork was made.
    assert_eq!(row.summary, json!({ "forked_from": parent, "value": 1 }));
    assert_eq!((row.revision, row.commit_hash), (begun.commit.revision, begun.hash));
}

async fn an_actors_timeline_is_paged_by_its_revisions() {
    let (_scratch, models, tape) = filled(98, 800).await;
    let busiest = commits(&tape).into_iter().max_by_key(|recorded| recorded.commit.revision);
    let of = busiest.expect("a commit").commit.address();
    for order in [TimelineOrder::Oldest, TimelineOrder::Newest] {
        let new = TimelineQuery::new(of.tenant.clone());
        let (kind, id) = (Some(of.kind.clone()), Some(of.id.clone()));
        let mut query = TimelineQuery { kind, id, order, limit: Some(2), ..new };
        let mut found = Vec::new();
        loop {
            let page = models.timeline(&query).await.expect("a page");
            found.extend(page.items.into_iter().map(|row| (row.cursor, row.index)));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let mine = commits(&tape).into_iter().filter(|r| r.commit.address() == of);
        let mut wanted: Vec<_> = mine
            .flat_map(|r| (0..r.commit.events.len()).map(move |at| (r.cursor, at as u32)))
            .collect();
        assert!(wanted.len() > 4);
        if order == TimelineOrder::Newest {
            wanted.reverse();
        }
        assert_eq!(found, wanted, "{order:?}");
    }
}
