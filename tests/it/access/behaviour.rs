//! What nobody gets around: on a runtime with ports in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::altered::{Alter, Altered};
use cambium_tests::node::Node;
use cambium_tests::reminder::Reminder;
use contracts::caller::{Identity, Origin};
use contracts::lifecycle::Event;
use contracts::ports::{CommandBus as _, Fut, History as _, Log, PortError, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Caller, Cursor, Entry, Hash, Tenant};
use nats::Memory;
use serde_json::json;

use super::people::{command, join, key, named, order, send};

fn acme() -> Tenant {
    Tenant::from_static("acme")
}

pub(super) async fn refused(
    node: &Node,
    by: Caller,
    to: &str,
    name: &str,
    input: serde_json::Value,
) -> String {
    match send(node, command(by, to, name, input)).await {
        Ok(_) => "none".to_owned(),
        Err(refusal) => refusal.code.to_string(),
    }
}

#[tokio::test]
async fn what_is_taken_away_counts_at_once() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &["user"]).await;
    let add = async || refused(&node, named("ada"), "acme/counter/c", "add", json!({})).await;
    assert_eq!(add().await, "none");
    let role = json!({ "role": "user" });
    order(&node, "acme/principal/ada", "unassign", role.clone()).await.expect("taken");
    assert_eq!(add().await, "forbidden");
    order(&node, "acme/principal/ada", "assign", role).await.expect("given");
    assert_eq!(add().await, "none");
    order(&node, "acme/principal/ada", "suspend", json!({})).await.expect("suspended");
    assert_eq!(add().await, "forbidden");
    order(&node, "acme/principal/ada", "restore", json!({})).await.expect("restored");
    order(&node, "acme/organization/acme", "create", json!({ "name": "Acme" }))
        .await
        .expect("made");
    order(&node, "acme/organization/acme", "suspend", json!({})).await.expect("suspended");
    assert_eq!(add().await, "forbidden", "nobody in it may do anything");
    let admin = refused(&node, named("admin"), "acme/counter/c", "add", json!({})).await;
    assert_eq!(admin, "none", "but who comes from above it");
}

#[tokio::test]
async fn nobody_raises_himself_or_another_above_himself() {
    let node = Node::start().await;
    join(&node, "acme", "boss", &["admin"]).await;
    join(&node, "acme", "dev", &["developer"]).await;
    let own = refused(
        &node,
        named("boss"),
        "acme/principal/boss",
        "grant",
        json!({ "capability": "cap:*" }),
    );
    assert_eq!(own.await, "own_rights");
    let give = json!({ "capability": "cap:principal.*" });
    order(&node, "acme/principal/dev", "grant", give).await.expect("given");
    let raise = |who: &'static str| json!({ "role": who });
    let to = "acme/principal/boss";
    assert_eq!(
        refused(&node, named("dev"), to, "assign", raise("admin")).await,
        "grant_exceeds_rights"
    );
    assert_eq!(refused(&node, named("dev"), to, "assign", raise("developer")).await, "none");
    let platform =
        refused(&node, named("boss"), "acme/organization/acme", "create", json!({ "name": "A" }));
    assert_eq!(platform.await, "forbidden", "a tenant does not make itself");
    let eve = refused(&node, named("eve"), "acme/counter/c", "add", json!({})).await;
    assert_eq!(eve, "actor_not_found", "to who is nobody there, nothing is");
    let fork = Caller::new("boss".parse().expect("a principal"), Origin::Http);
    let boss = "acme/principal/boss".parse().expect("an address");
    let forked = node.runtime.fork(&boss, At::Latest, "twin".parse().expect("an id"), false, fork);
    assert_eq!(forked.await.expect_err("refused").code, "forbidden");
}

/// A grant by a road holds for what the runtime carries for who came by that road.
#[tokio::test]
async fn who_may_fork_by_the_edge_forks_by_the_edge() {
    let node = Node::start().await;
    order(&node, "acme/counter/c", "add", json!({})).await.expect("begun");
    for (name, road) in [("ada", "http"), ("bob", "nats")] {
        join(&node, "acme", name, &[]).await;
        let grants = ["cap:counter.fork", "cap:counter.unmute"];
        for capability in grants {
            let grant = json!({ "capability": capability, "condition": { "roads": [road] } });
            let to = format!("acme/principal/{name}");
            order(&node, &to, "grant", grant).await.expect("given");
        }
    }
    let parent = "acme/counter/c".parse().expect("an address");
    let fork = async |name: &str, credential: Option<&str>| {
        let child = format!("of-{name}-{}", credential.unwrap_or("none")).parse().expect("an id");
        let credential = credential.map(|it| it.parse().expect("an id"));
        let done =
            node.runtime.fork(&parent, At::Latest, child, true, named(name).with(credential));
        let answer = done.await.map_err(|refusal| refusal.code.to_string())?;
        let by = named(name);
        let free = node.runtime.unmute(&answer.address, by).await;
        free.map(|_| ()).map_err(|refusal| refusal.code.to_string())
    };
    assert_eq!(fork("ada", None).await, Ok(()));
    assert_eq!(fork("bob", None).await, Err("forbidden".to_owned()));
    // What a key does not carry it does not do by this road either.
    let narrow = key(&node, "acme", "ada", Some(&["cap:counter.read"])).await;
    let narrow = narrow.split('_').nth(1).expect("an id").to_owned();
    assert_eq!(fork("ada", Some(&narrow)).await, Err("forbidden".to_owned()));
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_principal_sees_to_itself_and_an_owner_to_what_it_owns() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &[]).await;
    let agent = json!({ "sort": "agent", "owner": "ada" });
    order(&node, "acme/principal/bot", "register", agent).await.expect("registered");
    let show = |text: &str| json!({ "display": text });
    let by = |who: &str, to: &str| {
        let (by, to) = (named(who), format!("acme/principal/{to}"));
        let node = &node;
        async move { refused(node, by, &to, "profile", show("x")).await }
    };
    assert_eq!(by("ada", "ada").await, "none");
    assert_eq!(by("ada", "bot").await, "none");
    assert_eq!(by("bot", "ada").await, "forbidden");
    let stop = refused(&node, named("ada"), "acme/principal/bot", "suspend", json!({})).await;
    assert_eq!(stop, "forbidden", "owning is not ruling");
    let text = key(&node, "acme", "ada", Some(&["cap:counter.read"])).await;
    let identity = node.runtime.guard().holder(&Hash::of(text.as_bytes()), node.memory.now());
    let identity = identity.expect("known");
    let narrow = named("ada").with(identity.credential);
    let profile = refused(&node, narrow, "acme/principal/ada", "profile", show("y")).await;
    assert_eq!(profile, "forbidden", "a key does what it carries, even to its own holder");
}

#[tokio::test]
async fn a_member_from_elsewhere_is_called_by_its_home() {
    let node = Node::start().await;
    let text = join(&node, "navy", "grace", &["user"]).await;
    order(&node, "acme/organization/acme", "create", json!({ "name": "Acme" }))
        .await
        .expect("made");
    let guard = node.runtime.guard();
    let identity = guard.holder(&Hash::of(text.as_bytes()), node.memory.now()).expect("known");
    assert!(guard.enter(&identity, &acme(), node.memory.now()).is_none());
    let member = json!({ "principal": "grace@navy", "role": "viewer" });
    order(&node, "acme/organization/acme", "add_member", member).await.expect("a member");
    let entrance = guard.enter(&identity, &acme(), node.memory.now()).expect("a member");
    assert_eq!(entrance.principal.as_str(), "grace@navy");
    let by = Caller::new(entrance.principal, Origin::Http);
    assert_eq!(refused(&node, by.clone(), "acme/counter/c", "add", json!({})).await, "forbidden");
    let member = json!({ "principal": "grace@navy", "role": "member" });
    order(&node, "acme/organization/acme", "change_member", member).await.expect("changed");
    assert_eq!(refused(&node, by.clone(), "acme/counter/c", "add", json!({})).await, "none");
    order(&node, "navy/principal/grace", "suspend", json!({})).await.expect("suspended at home");
    assert_eq!(refused(&node, by, "acme/counter/c", "add", json!({})).await, "forbidden");
}

#[tokio::test]
async fn the_commit_says_what_the_gate_knew_and_the_trail_what_it_refused() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &["viewer"]).await;
    join(&node, "system", "root", &["admin"]).await;
    assert_eq!(refused(&node, named("ada"), "acme/counter/c", "add", json!({})).await, "forbidden");
    let by = named("root@system");
    let done = send(&node, command(by, "acme/counter/c", "add", json!({}))).await.expect("above");
    let stored = node.memory.log().get(done.cursor).await.expect("in memory").expect("there");
    let commit = contracts::Commit::decode(&stored.payload).expect("a commit");
    assert_eq!(commit.gate.reason.as_deref(), Some("super admin"));
    assert!(commit.gate.as_of.0 > 0 && commit.gate.as_of < done.cursor);
    let audit = node.memory.audit();
    let read = async {
        loop {
            let records = audit.read(&acme(), 0, 10).await.expect("in memory");
            if let Some((_, record)) = records.into_iter().next() {
                return record;
            }
            tokio::task::yield_now().await;
        }
    };
    let record = tokio::time::timeout(Duration::from_secs(20), read).await.expect("written");
    assert_eq!((record.class.as_str(), record.principal.as_deref()), ("refused", Some("ada")));
    assert_eq!(record.code.as_deref(), Some("forbidden"));
    assert_eq!(record.action.as_deref(), Some("counter.add"));
    assert_eq!(record.actor.as_deref(), Some("counter/c"));
    assert!(record.policy.is_some() && record.as_of.is_some(), "{record:?}");
}

#[tokio::test]
async fn a_quota_of_commands_is_counted_by_the_gate_and_told_to_the_organization() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &["user"]).await;
    order(&node, "acme/organization/acme", "create", json!({ "name": "Acme" }))
        .await
        .expect("made");
    let quota = json!({ "feature": "cap:counter.*", "quota": 3, "period": "total" });
    order(&node, "acme/organization/acme", "entitle", quota).await.expect("entitled");
    let add = async || refused(&node, named("ada"), "acme/counter/c", "add", json!({})).await;
    for _ in 0..3 {
        assert_eq!(add().await, "none");
    }
    assert_eq!(add().await, "quota_exceeded");
    let principals = json!({ "plan": "small", "limits": { "principals_max": 1 } });
    order(&node, "acme/organization/acme", "set_plan", principals).await.expect("set");
    let one_more = order(&node, "acme/principal/eve", "register", json!({})).await;
    assert_eq!(one_more.expect_err("full").code, "quota_exceeded");
    let organization = "acme/organization/acme".parse().expect("an address");
    let told = async {
        loop {
            let view = node.runtime.state(&organization, At::Latest).await.expect("there");
            if view.state["governance"]["allowances"][0]["consumed"] == 3 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("it is told");
    assert_eq!(add().await, "quota_exceeded", "what is told is not counted twice, nor forgotten");
    let more = json!({ "feature": "cap:counter.*", "quota": 4, "period": "total" });
    order(&node, "acme/organization/acme", "entitle", more).await.expect("entitled");
    assert_eq!(add().await, "none");
    assert_eq!(add().await, "quota_exceeded");
}

/// A node that starts on an old log knows at once what it says.
#[tokio::test]
async fn a_node_knows_everybody_before_it_decides_anything() {
    let node = Node::start().await;
    for number in 0..40 {
        join(&node, "acme", &format!("p{number}"), &["user"]).await;
        node.ask("counter/noise", "add", json!({})).await.expect("added");
    }
    order(&node, "acme/principal/p7", "suspend", json!({})).await.expect("suspended");
    let (at, principals) = node.runtime.directory();
    node.runtime.stop().await;
    let other = Node::on(
        node.memory.clone(),
        Registry::standard(),
        Config::default(),
        Providers::standard(),
    )
    .await;
    assert_eq!(other.runtime.directory(), (at, principals));
    assert_eq!(refused(&other, named("p7"), "acme/counter/c", "add", json!({})).await, "forbidden");
    assert_eq!(refused(&other, named("p8"), "acme/counter/c", "add", json!({})).await, "none");
}

/// A session that ends ends what was signed for it.
#[tokio::test]
async fn a_session_counts_as_long_as_it_goes_on() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &["user"]).await;
    let begin = json!({
        "family": "s1", "token_hash": Hash::of(b"t"), "expires_at": "2099-01-01T00:00:00Z",
    });
    order(&node, "acme/principal/ada", "begin_session", begin).await.expect("begun");
    let (guard, now) = (node.runtime.guard(), node.memory.now());
    let family = Some("s1".parse().expect("one"));
    let ada = Identity::of(acme(), "ada".parse().expect("one"), family.clone());
    assert!(guard.stands(&ada, now));
    let by = named("ada").with(family);
    let add = async || refused(&node, by.clone(), "acme/counter/c", "add", json!({})).await;
    assert_eq!(add().await, "none");
    order(&node, "acme/principal/ada", "end_sessions", json!({})).await.expect("ended");
    assert!(!guard.stands(&ada, now));
    assert_eq!(add().await, "forbidden");
    let admin = Identity::admin();
    assert!(guard.enter(&admin, &acme(), now).expect("everywhere").rights.is_everything());
}

/// Whether a log no longer says where it stands.
struct Deaf(Arc<AtomicBool>);

impl Alter for Deaf {
    fn head<'a>(&self, log: &'a dyn Log) -> Fut<'a, Result<Cursor, PortError>> {
        if self.0.load(Ordering::Relaxed) {
            let away = PortError::Unavailable("nobody answers".to_owned());
            return Box::pin(std::future::ready(Err(away)));
        }
        log.head()
    }
}

#[tokio::test]
async fn a_node_that_no_longer_knows_lets_nothing_through_until_it_knows_again() {
    let memory = Memory::new();
    let mut world = Node::world(&memory, Providers::standard()).await;
    let deaf = Arc::new(AtomicBool::new(false));
    world.log = Arc::new(Altered(world.log.clone(), Deaf(deaf.clone())));
    let config = Config { directory_stale_ms: 200, directory_beat_ms: 20, ..Config::default() };
    let node = Node::of(memory, world, Registry::standard(), config).await;
    join(&node, "acme", "ada", &["viewer"]).await;
    let until = async |wanted: &str| {
        let asked = async {
            while refused(&node, named("ada"), "acme/counter/c", "add", json!({})).await != wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), asked).await.expect(wanted);
    };
    until("forbidden").await;
    deaf.store(true, Ordering::Relaxed);
    until("gate_stale").await;
    let reads = node.runtime.state(&"acme/principal/ada".parse().expect("one"), At::Latest).await;
    assert!(reads.is_ok(), "reads go on");
    deaf.store(false, Ordering::Relaxed);
    until("forbidden").await;
}

/// A node with reminders, and ada in it, who may set them.
async fn with_reminders() -> Node {
    let registry = Registry::standard().with::<Reminder>();
    let config = Config { idle_sweep_ms: 600_000, ..Config::default() };
    let node = Node::on(Memory::new(), registry, config, Providers::default()).await;
    join(&node, "acme", "ada", &["developer"]).await;
    node
}

/// A reminder of an hour from now, set by `by`; how its firing ended.
async fn fired(
    node: &Node,
    by: Caller,
    meanwhile: impl Future<Output = ()>,
) -> (bool, Option<String>) {
    let at = node.memory.now().plus_millis(3_600_000);
    let set = json!({ "name": "tea", "at": at });
    send(node, command(by, "acme/reminder/r", "set", set)).await.expect("set");
    meanwhile.await;
    let reminder = "acme/reminder/r".parse().expect("an address");
    let fired = async {
        loop {
            tokio::time::advance(Duration::from_secs(60)).await;
            let page = node.runtime.entries(&reminder, Cursor::ZERO, 100).await.expect("there");
            let events = page.items.into_iter().filter_map(|entry| match entry {
                Entry::Commit(recorded) => Some(recorded.commit.events.clone()),
                Entry::Foreign(_) => None,
            });
            let fired = events.flatten().find_map(|event| match Event::from_record(&event) {
                Some(Event::TimerFired { ok, code, .. }) => Some((ok, code)),
                _ => None,
            });
            if let Some(fired) = fired {
                return fired;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let fired = tokio::time::timeout(Duration::from_secs(86_400), fired).await.expect("it fires");
    let again = node.runtime.replay(&reminder, At::Latest, ReplayMode::Decide).await;
    assert!(again.expect("replayed").drift.is_empty(), "a replay asks nobody again");
    fired
}

fn with_key(text: &str) -> Caller {
    let id = text.split('_').nth(1).expect("an id").parse().expect("a credential");
    named("ada").with(Some(id))
}

/// A timer acts as who set it, and asks for the right when it fires.
#[tokio::test(start_paused = true)]
async fn a_timer_of_who_lost_the_right_fires_and_runs_nothing() {
    let node = with_reminders().await;
    let suspend = async {
        order(&node, "acme/principal/ada", "suspend", json!({})).await.expect("suspended");
    };
    let fired = fired(&node, named("ada"), suspend).await;
    assert_eq!(fired, (false, Some("forbidden".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_timer_does_no_more_than_the_key_that_set_it() {
    let node = with_reminders().await;
    let key = key(&node, "acme", "ada", Some(&["cap:reminder.set"])).await;
    let fired = fired(&node, with_key(&key), std::future::ready(())).await;
    assert_eq!(fired, (false, Some("forbidden".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_timer_goes_on_when_the_key_that_set_it_has_ended() {
    let node = with_reminders().await;
    let key = key(&node, "acme", "ada", Some(&["cap:reminder.*"])).await;
    let by = with_key(&key);
    let id = by.credential.clone();
    let revoke = async {
        let input = json!({ "id": id });
        order(&node, "acme/principal/ada", "revoke_key", input).await.expect("revoked");
        let set = json!({ "name": "milk", "at": node.memory.now().plus_millis(1_000) });
        let refused = send(&node, command(by.clone(), "acme/reminder/r", "set", set)).await;
        assert_eq!(refused.expect_err("it was revoked").code, "forbidden");
    };
    assert_eq!(fired(&node, by.clone(), revoke).await, (true, None));
}

/// Changes of who may do what are in force when they are answered.
#[tokio::test]
async fn a_change_is_in_force_when_it_is_answered() {
    let node = Node::start().await;
    for round in 0..50 {
        let name = format!("ada-{round}");
        let to = format!("acme/principal/{name}");
        let ask = async |to: &str, input, what: &str| {
            let asked = command(named("admin"), to, what, input);
            let answer = node.runtime.ask(asked, Wait::Accepted).await.expect("answered");
            assert!(node.runtime.directory().0 >= answer.cursor);
        };
        ask(&to, json!({ "roles": ["user"] }), "register").await;
        let add = || command(named(&name), "acme/counter/c", "add", json!({ "by": 1 }));
        node.runtime.ask(add(), Wait::Accepted).await.expect("registered");
        ask(&to, json!({}), "suspend").await;
        let refusal = node.runtime.ask(add(), Wait::Accepted).await.expect_err("suspended");
        assert_eq!(refusal.code, "forbidden");
    }
}

#[tokio::test]
async fn a_stored_command_that_the_gate_refuses_leaves_one_record() {
    let node = Node::start().await;
    order(&node, "acme/organization/acme", "create", json!({ "name": "Acme" }))
        .await
        .expect("made");
    let none = json!({ "roles": ["viewer"] });
    order(&node, "acme/organization/acme", "set_publisher", none).await.expect("set");
    let lines = vec![("cambium-command".to_owned(), "add".to_owned())];
    node.memory.publish("cmd.acme.counter.c", lines, "{}".into()).expect("published");
    let settled = async {
        while node.memory.commands_pending() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.expect("settled");
    let records = node.memory.audit().read(&acme(), 0, 10).await.expect("in memory");
    let told: Vec<_> = records
        .iter()
        .map(|(_, it)| (it.class.as_str(), it.code.as_deref(), it.principal.as_deref()))
        .collect();
    assert_eq!(told, [("refused", Some("forbidden"), Some("publisher"))]);
    assert_eq!(records[0].1.road.as_deref(), Some("cmd"));
}

/// A scope outlives its key, for what the key has caused.
#[tokio::test(start_paused = true)]
async fn a_timer_stays_within_the_scope_of_a_key_that_has_ended() {
    let node = with_reminders().await;
    let key = key(&node, "acme", "ada", Some(&["cap:reminder.set"])).await;
    let by = with_key(&key);
    let id = by.credential.clone();
    let revoke = async {
        let input = json!({ "id": id });
        order(&node, "acme/principal/ada", "revoke_key", input).await.expect("revoked");
    };
    let told = fired(&node, by.clone(), revoke).await;
    assert_eq!(told, (false, Some("forbidden".to_owned())));
}
