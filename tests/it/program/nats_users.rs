//! Users of tenants who speak to the broker directly: what they may, and all that they may not.

use std::path::Path;
use std::process::Command;

use cambium_tests::program::Program;
use cambium_tests::python;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn post(program: &Program, tenant: &str, path: &str, body: Value) -> Value {
    let asked = program.request(Method::POST, path).header("cambium-tenant", tenant);
    let told = asked.json(&body).send().await.expect("an answer");
    let (status, told) = (told.status(), told.json().await.expect("JSON"));
    assert!(status.is_success(), "{path}: {told}");
    told
}

async fn user(program: &Program, tenant: &str, name: &str) -> Value {
    post(program, tenant, "/v1/nats-users", json!({ "name": name })).await
}

fn run(script: &str, program: &Program, about: &Value) {
    let script = format!("{COMMON}\n{script}\nasyncio.run(main())\n");
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut command = Command::new(python);
    command.args(["-c", &script]).arg(program.data()).arg(about.to_string());
    python::run(&mut command).expect("it succeeds");
}

/// What the scripts share: the program's own connection, that of a user, requests over HTTP.
const COMMON: &str = r#"
import asyncio, json, sys, urllib.request, urllib.error
from pathlib import Path
import nats

DATA, ABOUT = Path(sys.argv[1]), json.loads(sys.argv[2])
KEY = (DATA / "admin.key").read_text().strip()
ADD = {"cambium-command": "add"}

async def ours():
    server = json.loads((DATA / "nats.json").read_text())
    return await nats.connect(server["url"], user=server["user"], password=server["password"])

async def user(name, said, **more):
    it = ABOUT[name]
    async def error(e):
        said.append(str(e))
    return await nats.connect(it["url"], user=it["user"], password=it["password"],
                              inbox_prefix=it["inbox_prefix"].encode(), error_cb=error, **more)

def http(path, body, tenant="acme"):
    asked = urllib.request.Request(ABOUT["http"] + path, json.dumps(body).encode(), {
        "content-type": "application/json", "x-api-key": KEY, "cambium-tenant": tenant})
    with urllib.request.urlopen(asked) as told:
        return json.load(told)

async def until(check):
    while not check():
        await asyncio.sleep(0.01)

class Audit:
    """What is written down of a class in a tenant, in order."""
    def __init__(self, js):
        self.js, self.open = js, {}
    async def next(self, tenant, kind):
        at = f"aud.{tenant}.{kind}"
        if at not in self.open:
            self.open[at] = await self.js.subscribe(at, stream="AUDIT", ordered_consumer=True)
        return json.loads((await self.open[at].next_msg(timeout=20)).data)
"#;

/// Crossing into another tenant by every means that the broker has.
const CROSSING: &str = r#"
async def main():
    main_, said = await ours(), []
    js = main_.jetstream()
    ann, bob, eve = [await user(it, said) for it in ("ann", "bob", "eve")]
    # What it may: ask, and store a command.
    told = await ann.request("ask.acme.counter.a", b'{"by": 2}', headers={**ADD, "cambium-key": KEY}, timeout=10)
    assert json.loads(told.data)["output"] == {"value": 2}, told.data
    assert (await ann.jetstream().publish("cmd.acme.counter.a", b"{}", headers=ADD)).stream == "COMMANDS"
    async def tell(subject, body, key=KEY):
        told = await ann.request("ask.acme.telemetry." + subject, body, headers={"cambium-key": key}, timeout=10)
        return json.loads(told.data)
    told = await tell("logs", b'{"records": [{"message": "by NATS"}]}')
    assert told["ok"] and told["accepted"] == 1, told
    assert (await tell("tunes", b"{}"))["error"]["code"] == "invalid_subject"
    assert (await tell("logs", b'{"records": [{}]}'))["error"]["code"] == "telemetry_rejected"
    assert (await tell("logs", b"{}", "wrong"))["error"]["code"] == "unauthenticated"
    live = await ann.subscribe("live.acme.*.*")
    await ann.flush()
    assert said == [], said
    # What it may not is refused by the broker, word for word.
    publish = ["cmd.navy.counter.a", "cmd.7.navy.counter.a", "ask.navy.counter.a", "ask.7.navy.counter.a",
               "evt.7.navy.counter.a", "tmr.acme.counter.a.x", "tel.acme.logs", "live.acme.counter.a", "work.acme.x",
               "_INBOX_navy.bob.x", "_INBOX_acme.eve.x", "$KV.SECRETS.x", "$O.BLOBS.C.x", "$SYS.REQ.SERVER.PING",
               "$JS.API.STREAM.INFO.EVENTS", "$JS.API.STREAM.MSG.GET.EVENTS", "$JS.API.DIRECT.GET.EVENTS",
               "$JS.API.CONSUMER.CREATE.EVENTS", "$JS.API.STREAM.PURGE.EVENTS", "$JS.ACK.EVENTS.x"]
    subscribe = [">", "*.>", "cmd.>", "evt.>", "evt.7.acme.counter.a", "live.navy.>", "live.>", "_INBOX_navy.bob.>",
                 "_INBOX_acme.eve.>", "_INBOX_acme.>", "_INBOX.>", "$KV.>", "$JS.>", "$SYS.>", "cbm.>"]
    for subject in publish:
        await ann.publish(subject, b"{}")
    for subject in subscribe:
        await ann.subscribe(subject)
    await ann.flush()
    await until(lambda: len(said) >= len(publish) + len(subscribe))
    assert all("permissions violation" in it for it in said), said
    for subject in publish + subscribe:
        assert any(f'"{subject.lower()}"' in it for it in said), (subject, said)
    # An answer goes back into the sender's own account, whatever subject stands in its place.
    before = [(await js.stream_info(it)).state.last_seq for it in ("EVENTS", "DEAD")]
    private = await bob.subscribe("_INBOX_navy.bob.>")
    await bob.flush()
    for reply in ("evt.7.navy.counter.a", "cmd.navy.counter.a", "_INBOX_navy.bob.x", "_INBOX_acme.eve.x"):
        await ann.publish("cmd.acme.counter.ack", b"{}", reply=reply, headers={"cambium-command": "nothing"})
        await ann.publish("ask.acme.counter.ack", b"{}", reply=reply, headers={**ADD, "cambium-key": "wrong"})
    audit = Audit(js)
    for _ in range(4):
        assert (await audit.next("acme", "rejection"))["code"] == "unknown_command"
        assert (await audit.next("acme", "denied"))["code"] == "unauthenticated"
    # One that a header names is ours to check, and what is no inbox of the tenant is written down.
    for reply in ("_INBOX_navy.bob.x", "evt.7.navy.counter.a", "cmd.navy.counter.a", "_R_.aaaaaa.bbbbbb"):
        await ann.publish("cmd.acme.counter.a", b"{}", headers={**ADD, "cambium-reply-to": reply})
        record = await audit.next("acme", "reply_dropped")
        assert record["code"] == "reply_subject_forbidden", record
        assert record["details"]["reply_to"] == reply, record
    try:
        raise SystemExit(f"an answer crossed: {(await private.next_msg(timeout=0.2)).data}")
    except nats.errors.TimeoutError:
        pass
    after = [(await js.stream_info(it)).state.last_seq for it in ("EVENTS", "DEAD")]
    # Five commits: the four whose answer was dropped, and nothing of the broker's own answers.
    assert after[1] == before[1] and after[0] - before[0] <= 5, (before, after)
    said.clear()
    await ann.publish("ask.acme.counter.a", b"{}", reply="_R_.aaaaaa.bbbbbb", headers=ADD)
    await ann.flush()
    await until(lambda: said)
    for it in (ann, bob, eve, main_):
        await it.close()
"#;

/// Claiming to be somebody, tickets, and the end of a user.
const CLAIMS: &str = r#"
async def sent(ann, actor, body, headers):
    inbox = ann.new_inbox()
    replies = await ann.subscribe(inbox)
    await ann.publish(f"cmd.acme.counter.{actor}", body, headers={**headers, "cambium-reply-to": inbox})
    told = json.loads((await replies.next_msg(timeout=20)).data)
    await replies.unsubscribe()
    return told

async def main():
    main_, said = await ours(), []
    audit = Audit(main_.jetstream())
    ann = await user("ann", said, max_reconnect_attempts=1, reconnect_time_wait=0.1)
    # Whoever one claims to be, in the body or in a header, one is the tenant's publisher.
    claim = {"id": "m", "ts": 1.0, "origin": "admin", "target": "counter", "intent": "add", "input": {"by": 1}}
    told = await sent(ann, "f", json.dumps(claim).encode(), {"cambium-principal": "admin", "principal": "admin"})
    assert told["ok"], told
    told = await sent(ann, "f", json.dumps({**claim, "principal": "admin", "tenant": "navy"}).encode(), {})
    assert told["error"]["code"] == "command_missing", told
    for forged in (b"\x82\xa8envelope\xc4\x01\x80\xa3mac\xc4\x20" + b"\0" * 32, b"{}"):
        told = await sent(ann, "f", forged, {"cambium-sealed": "1"})
        assert told["error"]["code"] == "seal_invalid", told
    # A ticket: one command, one input, once.
    def ticket(**more):
        asked = {"purpose": "command", "kind": "counter", "id": "t", "command": "add", "input": {"by": 3}}
        return http("/v1/tickets", {**asked, **more})["ticket"]
    good, spare = ticket(), ticket()
    # The same value spelt otherwise is the same input.
    told = await sent(ann, "t", b'{ "by" : 3 }', {**ADD, "cambium-ticket": good})
    assert told["output"] == {"value": 3}, told
    refused = [
        ("t", b'{"by": 3}', good, "ticket_used"),
        ("t", b'{"by": 4}', spare, "ticket_mismatch"),
        ("u", b'{"by": 3}', spare, "ticket_mismatch"),
        ("t", b'{"by": 3}', "ct_" + "0" * 64, "ticket_invalid"),
        ("t", b'{"by": 3}', "nonsense", "ticket_invalid"),
        ("t", b'{"by": 3}', ticket(ttl_ms=0), "ticket_invalid"),
        ("t", b'{"by": 3}', http("/v1/tickets", {"purpose": "websocket"})["ticket"], "ticket_mismatch"),
    ]
    await asyncio.sleep(0.005)
    for actor, body, text, code in refused:
        told = await sent(ann, actor, body, {**ADD, "cambium-ticket": text})
        assert told["error"]["code"] == code, (code, told)
        record = await audit.next("acme", "denied")
        assert record["code"] == code and text not in json.dumps(record), record
    told = await sent(ann, "t", b'{"by": 3}', {**ADD, "cambium-ticket": spare})
    assert told["output"] == {"value": 6}, told
    # The end of a user is the end of its connections.
    closed = asyncio.get_running_loop().create_future()
    async def on_closed():
        closed.done() or closed.set_result(None)
    again = await user("ann", said, closed_cb=on_closed, max_reconnect_attempts=1, reconnect_time_wait=0.05)
    http("/v1/nats-users/ann/revoke", {})
    await asyncio.wait_for(closed, 20)
    try:
        await user("ann", said, allow_reconnect=False)
        raise SystemExit("a revoked user was let in")
    except nats.errors.Error:
        pass
    await main_.close()
"#;

/// A publisher that may nothing any more is not seen either.
const PRESENCE: &str = r#"
async def main():
    said = []
    ann, bob = await user("ann", said), await user("bob", said)
    http("/v1/organization/acme/create", {"name": "Acme"})
    members = [{"principal": "publisher"}, {"principal": "dora"}]
    http("/v1/conversation/room/create", {"kind": "group", "members": members})
    shown = await bob.subscribe("live.acme.conversation.room")
    # An answer over the same connection: what was subscribed before it is subscribed.
    await bob.request("ask.acme.counter.a", b"{}", headers={**ADD, "cambium-key": KEY}, timeout=20)
    inbox = ann.new_inbox()
    replies = await ann.subscribe(inbox)
    async def present(status):
        headers = {"cambium-command": "presence", "cambium-reply-to": inbox}
        body = json.dumps({"status": status}).encode()
        await ann.publish("cmd.acme.conversation.room", body, headers=headers)
        return json.loads((await replies.next_msg(timeout=20)).data)
    async def next_shown():
        return (await shown.next_msg(timeout=20)).data.decode()
    told = await present("online")
    assert told["ok"], told
    seen = await next_shown()
    assert "publisher" in seen and "online" in seen, seen
    http("/v1/organization/acme/set_publisher", {"roles": []})
    told = await present("away")
    assert told["error"]["code"] == "forbidden", told
    http("/v1/conversation/room/presence", {"status": "offline", "from": "dora"})
    seen = await next_shown()
    assert "dora" in seen and "away" not in seen, seen
    assert said == [], said
    for it in (ann, bob):
        await it.close()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_may_nothing_shows_nothing() {
    let (_home, program) = super::started().await;
    let about = json!({
        "ann": user(&program, "acme", "ann").await, "bob": user(&program, "acme", "bob").await,
        "http": program.url(),
    });
    run(PRESENCE, &program, &about);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_user_cannot_leave_its_tenant() {
    let (_home, program) = super::started().await;
    let about = json!({
        "ann": user(&program, "acme", "ann").await, "eve": user(&program, "acme", "eve").await,
        "bob": user(&program, "navy", "bob").await, "http": program.url(),
    });
    post(&program, "navy", "/v1/counter/a/add", json!({})).await;
    run(CROSSING, &program, &about);
    // Nothing of the other tenant's actor was touched.
    let asked = program.request(Method::GET, "/v1/counter/a/verify");
    let told: Value =
        asked.header("cambium-tenant", "navy").send().await.unwrap().json().await.unwrap();
    assert_eq!((&told["ok"], &told["revision"]), (&json!(true), &json!(1)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_user_is_nobody_but_the_publisher_unless_it_brings_a_ticket() {
    let (_home, program) = super::started().await;
    let about = json!({ "ann": user(&program, "acme", "ann").await, "http": program.url() });
    run(CLAIMS, &program, &about);
    let of = async |actor: &str| -> Value {
        let asked = program.request(Method::GET, &format!("/v1/counter/{actor}/events"));
        let asked = asked.header("cambium-tenant", "acme");
        asked.send().await.unwrap().json().await.unwrap()
    };
    let by = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().expect("commits");
        items.iter().map(|commit| commit["command"]["by"]["principal"].clone()).collect()
    };
    assert_eq!(by(&of("f").await), ["publisher"]);
    assert_eq!(by(&of("t").await), ["admin", "admin"]);
    let whole = of("t").await.to_string();
    assert!(!whole.contains("ct_"), "{whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_one_stream_below_its_path() {
    let (_home, program) = super::started().await;
    post(&program, "acme", "/v1/counter/a/add", json!({})).await;
    let client = cambium_tests::program::client();
    let open = async |path: &str, ticket: &str, accept: &str| {
        let url = format!("{}{path}?ticket={ticket}", program.url());
        let told = client.get(url).header("accept", accept).send().await.expect("an answer");
        let status = told.status();
        // A stream has no end; that it began is enough.
        let told = if status.is_success() { Value::Null } else { told.json().await.unwrap() };
        (status, told["code"].as_str().unwrap_or_default().to_owned())
    };
    let ticket = async || {
        let asked = json!({ "purpose": "stream", "path": "/v1/counter/a" });
        post(&program, "acme", "/v1/tickets", asked).await["ticket"].as_str().unwrap().to_owned()
    };
    let (first, sse) = (ticket().await, "text/event-stream");
    let events = "/v1/counter/a/events";
    let no = |status: StatusCode, code: &str| (status, code.to_owned());
    let mismatch = no(StatusCode::FORBIDDEN, "ticket_mismatch");
    assert_eq!(open("/v1/events", &first, sse).await, mismatch);
    assert_eq!(open("/v1/counter/ab/events", &first, sse).await, mismatch);
    let invalid = no(StatusCode::BAD_REQUEST, "query_invalid");
    assert_eq!(open(events, &first, "application/json").await, invalid);
    assert_eq!(open("/v1/counter/a", &first, "application/json").await.0, 401);
    assert_eq!(open(events, &first, sse).await, no(StatusCode::OK, ""));
    let used = no(StatusCode::UNAUTHORIZED, "ticket_used");
    assert_eq!(open(events, &first, sse).await, used);
    let unknown = no(StatusCode::UNAUTHORIZED, "ticket_invalid");
    assert_eq!(open(events, "ct_0", sse).await, unknown);
    // Beside a key, and in place of one where no stream is meant, it is nothing.
    let (second, url) = (ticket().await, format!("{events}?ticket="));
    let asked = program.request(Method::GET, &format!("{url}{second}")).header("accept", sse);
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(open("/v1/counter/a/live", &second, sse).await, no(StatusCode::OK, ""));
}
