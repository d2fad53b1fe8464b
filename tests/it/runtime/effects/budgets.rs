//! Budgets in front of models: what is refused, what is counted, and that nothing is spent twice
//! or for nothing, whatever ends in the middle.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use actors::model::{Delta, Deltas, Prices, Provider, Providers, count_tokens, prompt_tokens};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::effect::{Effect, EffectPhase, EffectVerb, Llm, Terms};
use contracts::lifecycle::Event as Said;
use contracts::model::{ModelRequest, ModelResponse, Role, Turn, Usage};
use contracts::ports::{Fut, History};
use contracts::view::At;
use contracts::{Cursor, Entry, Refusal, RefusalClass, Tenant};
use nats::Memory;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::asker::{Asker, ask, config, control, doing, place, told_times, until};

/// What an answer has, in tokens.
const ANSWER: u32 = 10;

/// A provider that costs money: it streams ten words, counts what it was asked, and tells exactly.
struct Paid {
    name: &'static str,
    /// The prompts that it was asked, in order.
    asked: Mutex<Vec<String>>,
    /// Answers that it may give.
    may: Semaphore,
    /// Words after which the next streams are cut, and how many of them.
    cut: AtomicU32,
    /// With what it refuses.
    refusal: Mutex<Option<Refusal>>,
}

impl Paid {
    fn new(name: &'static str, answers: usize) -> Arc<Self> {
        let (asked, may) = (Mutex::default(), Semaphore::new(answers));
        Arc::new(Self { name, asked, may, cut: AtomicU32::new(0), refusal: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Provider for Paid {
    fn name(&self) -> &str {
        self.name
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        deltas: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            self.asked.lock().expect("no panic").push(request.turns[0].content.clone());
            if let Some(refusal) = self.refusal.lock().expect("no panic").clone() {
                return Err(refusal);
            }
            self.may.acquire().await.expect("never closed").forget();
            let (mut text, cut) = (String::new(), self.cut.load(Ordering::SeqCst));
            for word in 0..ANSWER {
                if cut > 0 && word == cut {
                    let cut = Refusal::unavailable("model_network", "the answer was cut short");
                    return Err(cut);
                }
                if let Some(tell) = deltas {
                    tell(Delta::Text("word "));
                }
                text.push_str("word ");
            }
            let input_tokens = prompt_tokens(request);
            Ok(ModelResponse {
                provider: self.name.to_owned(),
                model: request.model.clone(),
                text,
                usage: Usage { input_tokens, output_tokens: ANSWER, ..Usage::default() },
                ..ModelResponse::default()
            })
        })
    }
}

fn request(model: &str, tag: &str) -> ModelRequest {
    ModelRequest {
        model: model.to_owned(),
        turns: vec![Turn::new(Role::User, tag)],
        max_tokens: ANSWER,
        ..ModelRequest::default()
    }
}

fn call(model: &str, tag: &str) -> Value {
    let request = request(model, tag);
    let (tag, terms) = (json!(tag), Terms::default());
    let llm = Effect::Llm(Box::new(Llm { request, tag, stream: true, terms }));
    serde_json::to_value(llm).expect("JSON")
}

/// What a call may cost, and does: all tags of this file have as many tokens.
fn price() -> u64 {
    u64::from(prompt_tokens(&request("paid/x", "call 100")) + ANSWER)
}

fn many() -> Config {
    Config { llm_concurrent_max: 100, ..config() }
}

async fn node(memory: &Memory, models: &[&Arc<Paid>]) -> Node {
    let with = |providers: Providers, model: &&Arc<Paid>| providers.with((*model).clone());
    let providers = models.iter().fold(Providers::default(), with);
    Node::on(memory.clone(), Registry::standard().with::<Asker>(), many(), providers).await
}

/// Sets a budget, and waits until the ledger knows it.
async fn set_in(node: &Node, tenant: &str, id: &str, definition: Value) {
    let mut command = node.command(&format!("budget/{id}"), "set", definition);
    command.to.tenant = tenant.parse().expect("a tenant");
    let answer = node.send(command).await.expect("set");
    until(async || (node.runtime.readiness().ledger_at >= answer.cursor).then_some(())).await;
}

async fn set(node: &Node, id: &str, definition: Value) {
    set_in(node, "main", id, definition).await;
}

fn tokens(limit: u64) -> Value {
    json!({ "unit": "tokens", "limit": limit, "window": { "per": "total" } })
}

async fn state(node: &Node, id: &str) -> Value {
    let view = node.runtime.state(&address(&format!("budget/{id}")), At::Latest).await;
    view.expect("it exists").state
}

/// `(used, unknown, reserved)` of a budget.
async fn ledger(node: &Node, id: &str) -> (u64, u64, u64) {
    let state = state(node, id).await;
    let number = |name: &str| state["ledger"][name].as_u64().unwrap_or_default();
    (number("used"), number("unknown"), number("reserved"))
}

async fn ask_all(node: &Node, from: u32, count: u32) {
    for number in from..from + count {
        let tag = format!("call {number}");
        ask(node, &format!("a{number}"), &[call("paid/x", &tag)]).await;
    }
}

/// What became of each call: `llm`, `unknown`, or a code.
async fn outcomes(node: &Node, from: u32, count: u32) -> Vec<String> {
    let mut all = Vec::new();
    for number in from..from + count {
        let told = told_times(node, &format!("a{number}"), 1).await;
        assert_eq!(told.len(), 1, "told once");
        let result = &told[0]["result"];
        all.push(match result["failed"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None if *result == "unknown" => "unknown".to_owned(),
            None => "llm".to_owned(),
        });
    }
    all
}

fn count_of(outcomes: &[String], what: &str) -> usize {
    outcomes.iter().filter(|it| *it == what).count()
}

#[tokio::test]
async fn of_a_hundred_streamed_calls_under_a_budget_for_ten_ten_are_paid() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let node = node(&memory, &[&paid]).await;
    set(&node, "ten", tokens(10 * price())).await;
    ask_all(&node, 100, 100).await;
    let outcomes = outcomes(&node, 100, 100).await;
    assert_eq!(count_of(&outcomes, "llm"), 10, "{outcomes:?}");
    assert_eq!(count_of(&outcomes, "budget_exceeded"), 90);
    assert_eq!(paid.asked().len(), 10);
    assert_eq!(ledger(&node, "ten").await, (10 * price(), 0, 0));
    let state = state(&node, "ten").await;
    assert_eq!((&state["ever"]["calls"], &state["open"]), (&json!(10), &json!({})));
    // Every refusal is written down, and says what it was about.
    let records = until(async || {
        let records = memory.audit().read(&Tenant::from_static("main"), 0, 200).await;
        let records: Vec<Value> = records
            .expect("in memory")
            .iter()
            .map(|it| serde_json::to_value(it).expect("JSON"))
            .filter(|it| it.to_string().contains("budget_exceeded"))
            .collect();
        (records.len() == 90).then_some(records)
    });
    assert!(records.await[0].to_string().contains("budget.reserve"));
}

#[tokio::test]
async fn a_crash_in_the_middle_spends_nothing_twice_and_loses_nothing() {
    for answered in [0, 1, 4, 10] {
        let (memory, paid) = (Memory::new(), Paid::new("paid", answered));
        let first = node(&memory, &[&paid]).await;
        set(&first, "ten", tokens(10 * price())).await;
        ask_all(&first, 100, 30).await;
        until(async || (paid.asked().len() == 10).then_some(())).await;
        // As many as may be answered are, and settled or about to be.
        if answered > 0 {
            let told = async || (ledger(&first, "ten").await.0 >= price()).then_some(());
            until(told).await;
        }
        first.runtime.stop().await;
        let second = node(&memory, &[&paid]).await;
        let outcomes = outcomes(&second, 100, 30).await;
        let (llm, unknown) = (count_of(&outcomes, "llm"), count_of(&outcomes, "unknown"));
        assert_eq!(count_of(&outcomes, "budget_exceeded"), 20, "{answered}: {outcomes:?}");
        assert_eq!(llm + unknown, 10);
        assert!(llm <= answered);
        let (used, lost, reserved) = ledger(&second, "ten").await;
        assert_eq!((used, reserved), (10 * price(), 0), "{answered}: what was set aside is spent");
        // What was settled before its outcome was recorded is known to the budget all the same.
        assert!(lost <= unknown as u64 * price());
        let asked: BTreeSet<_> = paid.asked().into_iter().collect();
        assert_eq!((asked.len(), paid.asked().len()), (10, 10), "nothing is called twice");
        ask_all(&second, 500, 1).await;
        assert_eq!(self::outcomes(&second, 500, 1).await, ["budget_exceeded"]);
        second.runtime.stop().await;
    }
}

#[tokio::test]
async fn two_nodes_together_spend_no_more_than_there_is() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 1_000));
    let one = node(&memory, &[&paid]).await;
    set(&one, "ten", tokens(10 * price())).await;
    let two = node(&memory, &[&paid]).await;
    tokio::join!(ask_all(&one, 100, 40), ask_all(&two, 200, 40));
    let mut outcomes = outcomes(&one, 100, 40).await;
    outcomes.extend(self::outcomes(&two, 200, 40).await);
    let asked = paid.asked();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "no call is made twice");
    assert!(asked.len() <= 10, "{}", asked.len());
    let paid_for = count_of(&outcomes, "llm") + count_of(&outcomes, "unknown");
    assert_eq!(paid_for + count_of(&outcomes, "budget_exceeded"), 80, "{outcomes:?}");
    let (used, _, reserved) = ledger(&one, "ten").await;
    assert!(used + reserved <= 10 * price());
    assert!(used >= asked.len() as u64 * price(), "every call is in the ledger");
}

#[tokio::test]
async fn a_call_that_was_not_made_is_given_back_and_a_cut_one_counts_what_was_seen() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let node = node(&memory, &[&paid]).await;
    set(&node, "some", tokens(1_000)).await;
    let busy = Refusal::new(RefusalClass::Overloaded, "model_rate_limit", "later");
    *paid.refusal.lock().expect("no panic") = Some(busy);
    ask_all(&node, 100, 1).await;
    assert_eq!(outcomes(&node, 100, 1).await, ["model_rate_limit"]);
    assert_eq!(ledger(&node, "some").await, (0, 0, 0));
    let said = Refusal::unavailable("model_network", "refused").details(json!({"done": "nothing"}));
    *paid.refusal.lock().expect("no panic") = Some(said);
    ask_all(&node, 200, 1).await;
    assert_eq!(outcomes(&node, 200, 1).await, ["model_network"]);
    assert_eq!(ledger(&node, "some").await, (0, 0, 0));
    *paid.refusal.lock().expect("no panic") = None;
    paid.cut.store(3, Ordering::SeqCst);
    ask_all(&node, 300, 1).await;
    assert_eq!(outcomes(&node, 300, 1).await, ["model_network"]);
    let seen = u64::from(3 * count_tokens("word "));
    let cut = price() - u64::from(ANSWER) + seen;
    assert_eq!(ledger(&node, "some").await, (cut, 0, 0));
    // Of silence nobody knows how much it came to.
    let silent = Refusal::new(RefusalClass::Timeout, "model_timeout", "nothing came");
    *paid.refusal.lock().expect("no panic") = Some(silent);
    ask_all(&node, 400, 1).await;
    assert_eq!(outcomes(&node, 400, 1).await, ["model_timeout"]);
    assert_eq!(ledger(&node, "some").await, (cut + price(), price(), 0));
}

#[tokio::test]
async fn one_budget_that_refuses_gives_the_others_back() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let node = node(&memory, &[&paid]).await;
    set(&node, "a-wide", tokens(1_000)).await;
    let mut narrow = tokens(price());
    narrow["scope"] = json!({ "model": "paid/*", "kind": "asker", "actor": "a1*" });
    set(&node, "b-narrow", narrow).await;
    let mut other = tokens(0);
    other["scope"] = json!({ "model": "another/*" });
    set(&node, "c-other", other).await;
    ask_all(&node, 100, 1).await;
    assert_eq!(outcomes(&node, 100, 1).await, ["llm"]);
    ask_all(&node, 101, 1).await;
    assert_eq!(outcomes(&node, 101, 1).await, ["budget_exceeded"]);
    assert_eq!(ledger(&node, "a-wide").await, (price(), 0, 0), "given back");
    assert_eq!(ledger(&node, "b-narrow").await, (price(), 0, 0));
    ask_all(&node, 200, 1).await;
    assert_eq!(outcomes(&node, 200, 1).await, ["llm"], "not of the narrow one");
    assert_eq!(ledger(&node, "a-wide").await, (2 * price(), 0, 0));
    assert_eq!(ledger(&node, "c-other").await, (0, 0, 0));
}

#[tokio::test]
async fn a_budget_of_the_system_holds_everybody_and_tells_nobodys_numbers() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let node = node(&memory, &[&paid]).await;
    let mut all = tokens(price());
    all["scope"] = json!({ "tenant": "ma*" });
    set_in(&node, "system", "all", all).await;
    ask_all(&node, 100, 2).await;
    let mut outcomes = outcomes(&node, 100, 2).await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["budget_exceeded", "llm"]);
    for number in [100, 101] {
        let told = told_times(&node, &format!("a{number}"), 1).await;
        let refused = &told[0]["result"]["failed"];
        if refused.is_object() {
            let details = &refused["details"];
            assert!(details["limit"].is_null() && details["used"].is_null(), "{refused}");
        }
    }
    ask(&node, "other/x", &[call("paid/x", "call 300")]).await;
    let told = told_times(&node, "other/x", 1).await;
    assert!(told[0]["result"]["llm"].is_object(), "another tenant's: {told:?}");
}

#[tokio::test]
async fn another_model_answers_where_a_budget_says_so_and_the_answer_says_it() {
    let (memory, paid, free) = (Memory::new(), Paid::new("paid", 100), Paid::new("local", 100));
    let node = node(&memory, &[&paid, &free]).await;
    let mut small = tokens(1);
    small["scope"] = json!({ "model": "paid/*" });
    small["on_exceeded"] = json!({ "fallback": "local/rules" });
    set(&node, "small", small).await;
    ask_all(&node, 100, 1).await;
    let told = told_times(&node, "a100", 1).await;
    let answer = &told[0]["result"]["llm"];
    assert_eq!(answer["provider"], "local");
    assert_eq!(answer["degraded"], json!({ "asked": "paid/x", "code": "budget_exceeded" }));
    assert!(paid.asked().is_empty());
    // Two that refer to one another end.
    let mut back = tokens(1);
    back["scope"] = json!({ "model": "local/*" });
    back["on_exceeded"] = json!({ "fallback": "paid/x" });
    set(&node, "back", back).await;
    ask_all(&node, 200, 1).await;
    assert_eq!(outcomes(&node, 200, 1).await, ["budget_exceeded"]);
    assert_eq!(ledger(&node, "small").await, (0, 0, 0));
    assert_eq!(ledger(&node, "back").await, (0, 0, 0));
}

#[tokio::test]
async fn money_is_counted_by_the_price_table_and_an_unknown_price_is_refused() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let mut world = Node::world(&memory, Providers::default().with(paid.clone())).await;
    let table = json!({ "version": "test-1", "models": [
        { "match": ["paid/x"], "input": 1_000.0, "output": 2_000.0 } ] });
    let prices = Prices::builtin().with(&table.to_string()).expect("a table");
    world.prices = Arc::new(prices);
    let registry = Registry::standard().with::<Asker>();
    let node = Node::of(memory.clone(), world, registry, many()).await;
    let money = json!({ "unit": "micro_usd", "limit": 100_000, "window": { "per": "day" } });
    set(&node, "money", money).await;
    ask(&node, "a1", &[call("paid/x", "call 100")]).await;
    let told = told_times(&node, "a1", 1).await;
    let cost = (price() - u64::from(ANSWER)) * 1_000 + u64::from(ANSWER) * 2_000;
    let told_cost = &told[0]["result"]["llm"]["cost"];
    assert_eq!(told_cost["micro_usd"], json!(cost), "{told:?}");
    assert!(told_cost["prices"].as_str().expect("a version").ends_with("+test-1"));
    assert_eq!(ledger(&node, "money").await, (cost, 0, 0));
    ask(&node, "a2", &[call("paid/nobody-knows", "call 100")]).await;
    let told = told_times(&node, "a2", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "budget_price_unknown");
    assert_eq!(paid.asked().len(), 1);
    // What it came to stands with what concludes the effect.
    let page = node.runtime.entries(&place("a1"), Cursor::ZERO, 100).await.expect("readable");
    let metered = page.items.iter().find_map(|entry| {
        let Entry::Commit(recorded) = entry else { return None };
        let said = recorded.commit.events.iter().filter_map(Said::from_record);
        said.into_iter().find_map(|event| match event {
            Said::EffectConcluded { metered, .. } => metered,
            _ => None,
        })
    });
    let metered = metered.expect("it is told");
    assert_eq!((metered.model.as_str(), metered.unknown), ("paid/x", false));
    assert_eq!(metered.cost.expect("known").micro_usd, cost);
    assert_eq!(metered.budgets[0].budget.as_str(), "money");
}

#[tokio::test]
async fn what_is_given_up_while_it_is_made_counts_whole() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 0));
    let node = node(&memory, &[&paid]).await;
    set(&node, "some", tokens(1_000)).await;
    ask_all(&node, 100, 1).await;
    until(async || (paid.asked().len() == 1).then_some(())).await;
    let running = doing(&node, EffectPhase::Running, 1).await;
    let cancel = EffectVerb::Cancel { reason: None };
    control(&node, &running[0], cancel).await.expect("cancelled");
    assert_eq!(outcomes(&node, 100, 1).await, ["effect_cancelled"]);
    assert_eq!(ledger(&node, "some").await, (price(), price(), 0));
}

#[tokio::test]
async fn a_cleared_budget_limits_nothing_and_a_restart_knows_all_of_it() {
    let (memory, paid) = (Memory::new(), Paid::new("paid", 100));
    let first = node(&memory, &[&paid]).await;
    set(&first, "none", tokens(0)).await;
    ask_all(&first, 100, 1).await;
    assert_eq!(outcomes(&first, 100, 1).await, ["budget_exceeded"]);
    first.runtime.stop().await;
    let second = node(&memory, &[&paid]).await;
    ask_all(&second, 200, 1).await;
    assert_eq!(outcomes(&second, 200, 1).await, ["budget_exceeded"], "after a restart too");
    let answer = second.ask("budget/none", "clear", json!({})).await.expect("cleared");
    until(async || (second.runtime.readiness().ledger_at >= answer.cursor).then_some(())).await;
    ask_all(&second, 300, 1).await;
    assert_eq!(outcomes(&second, 300, 1).await, ["llm"]);
}
