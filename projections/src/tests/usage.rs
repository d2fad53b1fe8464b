//! What was spent, added up.

use std::sync::Arc;

use contracts::usage::{UsageBy, UsageQuery, UsageRow};
use contracts::{Entry, Recorded};
use serde_json::{Value, json};

use super::given::{Book, address, config, open, run_to, scratch};
use crate::bench::Tape;
use crate::tests::engines::on_both;

on_both! {
    [] what_was_spent_is_added_up_by_what_is_asked;
    [] a_question_that_cannot_be_meant_is_refused;
}

fn query(by: &[UsageBy]) -> UsageQuery {
    UsageQuery {
        tenant: "acme".parse().expect("a tenant"),
        by: by.to_vec(),
        from: None,
        to: None,
        principal: None,
        credential: None,
        kind: None,
        actor: None,
        model: None,
        connector: None,
        after: None,
        items_max: Some(2),
    }
}

fn concluded(number: u8, metered: Option<Value>) -> (&'static str, Value) {
    let effect = contracts::Hash::of(&[number]);
    ("cambium:EffectConcluded", json!({ "effect": effect, "ok": true, "metered": metered }))
}

fn spent(model: &str, tokens: u32, micro_usd: Option<u64>) -> Value {
    let cost = micro_usd.map(|micro_usd| json!({ "micro_usd": micro_usd, "prices": "p" }));
    let usage = json!({ "input_tokens": tokens, "output_tokens": 1, "cached_tokens": 2 });
    json!({ "model": model, "usage": usage, "cost": cost })
}

async fn all(models: &crate::Models, mut query: UsageQuery) -> Vec<UsageRow> {
    let mut rows = Vec::new();
    loop {
        let page = models.usage(&query).await.expect("a page");
        assert!(page.items.len() <= 2, "a page is no longer than asked");
        rows.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return rows,
        }
    }
}

async fn what_was_spent_is_added_up_by_what_is_asked() {
    let (scratch, mut book, tape) = (scratch(), Book::new(), Arc::new(Tape::new()));
    let models = open(config(scratch.path())).await;
    let (one, two) = (address("acme/conversation/one"), address("acme/osteon/two"));
    let elsewhere = address("beta/conversation/one");
    let put = |entry: Recorded| tape.extend([Entry::Commit(Arc::new(entry))]);
    put(book.commit(&one, &[concluded(1, Some(spent("a/x", 10, Some(5))))]));
    put(book.commit(&one, &[concluded(2, Some(spent("a/x", 20, Some(7))))]));
    put(book.commit(&two, &[concluded(3, Some(spent("b/y", 30, None)))]));
    put(book.commit(&two, &[concluded(4, None)]));
    let mut unknown = spent("c/z", 40, Some(9));
    (unknown["unknown"], unknown["degraded"]) = (json!(true), json!(true));
    unknown["connector"] = json!("own");
    put(book.commit(&two, &[concluded(5, Some(unknown))]));
    put(book.commit(&elsewhere, &[concluded(6, Some(spent("a/x", 999, Some(999))))]));
    let mut late = book.commit(&one, &[concluded(7, Some(spent("a/x", 100, Some(50))))]);
    late.commit.at = late.commit.at.plus_millis(48 * 3_600_000);
    let at = late.commit.at;
    put(crate::bench::recorded(late.cursor, late.commit));
    run_to(&models, tape.clone(), tape.end()).await;

    let whole = all(&models, query(&[])).await;
    assert_eq!(whole.len(), 1);
    let sums = &whole[0];
    assert_eq!((sums.calls, sums.input_tokens, sums.output_tokens), (5, 200, 5));
    assert_eq!((sums.micro_usd, sums.unpriced, sums.unknown, sums.degraded), (71, 1, 1, 1));
    assert_eq!(sums.cached_tokens, 10);
    assert_eq!((&sums.model, sums.at), (&None, None));

    let by_model = all(&models, query(&[UsageBy::Model])).await;
    let told: Vec<_> = by_model.iter().map(|it| (it.model.as_deref(), it.calls)).collect();
    assert_eq!(told, [(Some("a/x"), 3), (Some("b/y"), 1), (Some("c/z"), 1)]);

    let by_actor = all(&models, query(&[UsageBy::Actor, UsageBy::Model])).await;
    let name = |it: &UsageRow| format!("{:?}/{:?} {:?}", it.kind, it.actor, it.model);
    let names: Vec<_> = by_actor.iter().map(name).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(by_actor.iter().all(|it| it.kind.is_some() && it.actor.is_some()));

    let by_account = all(&models, query(&[UsageBy::Connector])).await;
    let told: Vec<_> = by_account.iter().map(|it| (it.connector.as_deref(), it.calls)).collect();
    assert_eq!(told, [(Some(""), 4), (Some("own"), 1)]);
    let own = UsageQuery { connector: Some("own".parse().expect("an id")), ..query(&[]) };
    assert_eq!(all(&models, own).await[0].input_tokens, 40);

    let by_day = all(&models, query(&[UsageBy::Day])).await;
    let days: Vec<_> = by_day.iter().map(|it| it.input_tokens).collect();
    assert_eq!(days, [100, 100]);
    assert!(by_day.iter().all(|it| it.at.is_some_and(|at| at.as_millis() % 86_400_000 == 0)));

    let late = UsageQuery { from: Some(at), ..query(&[UsageBy::Hour]) };
    assert_eq!(all(&models, late).await.len(), 1);
    let before = UsageQuery { to: Some(at), ..query(&[]) };
    assert_eq!(all(&models, before).await[0].calls, 4);
    let of_model = UsageQuery { model: Some("b/y".to_owned()), ..query(&[]) };
    assert_eq!(all(&models, of_model).await[0].input_tokens, 30);
    let nobody = UsageQuery { principal: Some("nobody".parse().expect("a name")), ..query(&[]) };
    assert_eq!(all(&models, nobody).await[0].calls, 0);
}

async fn a_question_that_cannot_be_meant_is_refused() {
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let both = query(&[UsageBy::Day, UsageBy::Hour]);
    let foreign = UsageQuery { after: Some("bnVsbA".to_owned()), ..query(&[UsageBy::Model]) };
    let tape = Arc::new(Tape::new());
    run_to(&models, tape.clone(), tape.end()).await;
    for wrong in [both, foreign] {
        assert_eq!(models.usage(&wrong).await.expect_err("refused").code, "query_invalid");
    }
}
