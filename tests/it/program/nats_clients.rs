use std::path::Path;
use std::process::Command;

use cambium_tests::python;

/// The example of the howto, as a user runs it.
#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_of_the_docs_works() {
    let (_home, program) = super::started().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/nats_client.py");
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let said =
        python::run(Command::new(python).arg(script).arg(program.data())).expect("it succeeds");
    assert!(said.contains("told:"), "{said}");
    let state = program.get("/v1/counter/from-python").await.expect("a state");
    assert_eq!(state["state"]["value"], 42);
}

/// What no client should send, sent by a real one: garbage, forged replies, foreign commits.
const HOSTILE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    js = nc.jetstream()
    add = {"cambium-command": "add"}
    await js.publish("cmd.main.counter.h", b"\xff\x00garbage", headers=add)
    elsewhere = await nc.subscribe("elsewhere.1")
    await js.publish("cmd.main.counter.h", b"{}", headers={**add, "cambium-reply-to": "elsewhere.1"})
    msg_id = {**add, "cambium-command-id": "019a9e3c-0000-7000-8000-000000000001"}
    for _ in range(3):
        await js.publish("cmd.main.counter.h", b'{"by": 10}', headers=msg_id)
    inbox = nc.new_inbox()
    replies = await nc.subscribe(inbox)
    await js.publish("cmd.main.counter.h", b"{}", headers={**add, "cambium-reply-to": inbox})
    reply = json.loads((await replies.next_msg(timeout=20)).data)
    assert reply["output"] == {"value": 12}, reply
    try:
        await elsewhere.next_msg(timeout=0.3)
        raise SystemExit("an answer left the tenant")
    except nats.errors.TimeoutError:
        pass
    # The rule about answers is the same for workers, and what it forbids is written down.
    await nc.publish("work.main.resize", b"{}", reply="elsewhere.1", headers={"cambium-key": "wrong"})
    try:
        await elsewhere.next_msg(timeout=0.3)
        raise SystemExit("an answer left the tenant")
    except nats.errors.TimeoutError:
        pass
    dropped = []
    audit = await js.subscribe("aud.main.reply_dropped", stream="AUDIT", ordered_consumer=True)
    while {it["road"] for it in dropped} != {"cmd", "work"}:
        dropped.append(json.loads((await audit.next_msg(timeout=20)).data))
    for it in dropped:
        assert it["code"] == "reply_subject_forbidden", it
        assert it["details"]["reply_to"] == "elsewhere.1", it
    # Requests without an id are each their own, though body and inbox are the same.
    key = (data / "admin.key").read_text().strip()
    for value in (1, 2, 3):
        await nc.publish("ask.main.counter.twice", b"{}", reply=inbox, headers={**add, "cambium-key": key})
        reply = json.loads((await replies.next_msg(timeout=20)).data)
        assert reply["output"] == {"value": value}, reply
    dead = await js.stream_info("DEAD")
    assert dead.state.messages == 1, dead.state
    commands = await js.stream_info("COMMANDS")
    assert commands.state.messages == 0, commands.state
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_hurt_nobody() {
    let (_home, program) = super::started().await;
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    python::run(Command::new(python).args(["-c", HOSTILE]).arg(program.data()))
        .expect("it succeeds");
    let dead = program.get("/v1/dead").await.expect("an answer");
    assert_eq!(dead["items"][0]["code"], "invalid_body", "{dead}");
}
