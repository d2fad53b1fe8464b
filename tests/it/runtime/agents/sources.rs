//! Tools of MCP servers: the official test server over both roads, and one that behaves badly.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use actors::model::Providers;
use actors::tools::McpConfig;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use cambium_tests::node_js;
use contracts::effect::{EffectHold, EffectQuery};
use contracts::ports::{CommandBus as _, Effects as _, History as _, Toolbox as _, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Caller, Origin};
use nats::Memory;
use serde_json::{Value, json};

use super::scripted::{Scripted, call, says};
use super::{asking, until, with};

/// The official test server, pinned.
const EVERYTHING: &str = "@modelcontextprotocol/server-everything@2026.8.31";

/// A server that dies when it is told to, and counts its lives and calls in a file.
const FRAGILE: &str = r#"
import { appendFileSync, readFileSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
const file = process.argv[2];
const note = (line) => appendFileSync(file, line + '\n');
const said = () => existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
note('life');
const tool = (name, hints) => ({ name, inputSchema: { type: 'object' }, annotations: hints });
const tools = [tool('pay', {}), tool('look', { readOnlyHint: true }), tool('grow', {})];
const answer = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    answer(id, {
      protocolVersion: params.protocolVersion, serverInfo: { name: 'fragile', version: '1' },
      capabilities: { tools: { listChanged: true } },
    });
  } else if (method === 'tools/list') {
    answer(id, { tools });
  } else if (method === 'tools/call') {
    note('call ' + params.name);
    const before = said().filter((it) => it === 'call ' + params.name).length;
    if (params.name === 'pay' || (params.name === 'look' && before === 1)) process.exit(1);
    if (params.name === 'grow' && tools.length === 3) {
      tools.push(tool('late', {}));
      console.log(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }));
    }
    answer(id, { content: [{ type: 'text', text: params.name + ' done' }] });
  }
});
"#;

/// A server that speaks 2026-07-28 alone: each request says its revision, and none begins.
const MODERN: &str = r#"
import { createInterface } from 'node:readline';
const own = 'io.modelcontextprotocol/';
const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
const tools = [{ name: 'now', inputSchema: { type: 'object' } }];
let listens;
const tell = (method, params) => say({ method: 'notifications/' + method, params: {
  ...params, _meta: { [own + 'subscriptionId']: listens },
} });
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const meta = params?._meta ?? {};
  const answer = (result) => say({ id, result: {
    resultType: 'complete', ...result,
    _meta: { [own + 'serverInfo']: { name: 'modern', version: '1' } },
  } });
  const kept = { ttlMs: 0, cacheScope: 'private' };
  if (id === undefined) return;
  if (method === 'initialize' || meta[own + 'protocolVersion'] !== '2026-07-28') {
    const data = { supported: ['2026-07-28'], requested: params?.protocolVersion ?? '' };
    say({ id, error: { code: -32022, message: 'Unsupported protocol version', data } });
  } else if (method === 'server/discover') {
    const capabilities = { tools: { listChanged: true } };
    answer({ supportedVersions: ['2026-07-28'], capabilities, ...kept });
  } else if (method === 'subscriptions/listen') {
    listens = id;
    tell('subscriptions/acknowledged', { notifications: { toolsListChanged: true } });
  } else if (method === 'tools/list') {
    answer({ tools, ...kept });
  } else if (method === 'tools/call') {
    if (tools.length === 1) {
      tools.push({ name: 'late', inputSchema: { type: 'object' } });
      tell('tools/list_changed', {});
    }
    answer({ content: [{ type: 'text', text: 'it is ' + meta[own + 'protocolVersion'] }] });
  } else {
    say({ id, error: { code: -32601, message: 'Method not found' } });
  }
});
"#;

/// Node with the official test server.
async fn javascript() -> node_js::Node {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-tools");
    let made = move || node_js::Node::with(&home, &[EVERYTHING]).expect("the test server");
    tokio::task::spawn_blocking(made).await.expect("it runs")
}

fn everything(js: &node_js::Node) -> PathBuf {
    js.folder.join("node_modules/@modelcontextprotocol/server-everything/dist/index.js")
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn program(words: &[String]) -> McpConfig {
    McpConfig { command: words.to_vec(), ..McpConfig::default() }
}

async fn node(memory: &Memory, fake: &Arc<Scripted>, sources: &[(&str, McpConfig)]) -> Node {
    let mut config = Config { effect_drain_ms: 50, effect_retry_ms_min: 1, ..Config::default() };
    config.effect_retry_ms_max = 200;
    config.fetch.allow = vec!["127.0.0.1".parse().expect("an address")];
    for (name, source) in sources {
        let mut source = source.clone();
        source.limits.restart_ms_min = 20;
        source.limits.restart_ms_max = 200;
        source.limits.connect_timeout_ms = 60_000;
        config.tools.mcp.insert((*name).to_owned(), source);
    }
    let providers = Providers::standard().with(fake.clone());
    Node::on(memory.clone(), Registry::standard(), config, providers).await
}

fn uses(names: &[&str]) -> Value {
    let uses: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "uses": uses })
}

/// The names of the tools that the admin may use, once there is one that begins so.
async fn names(node: &Node, begin: &str) -> Vec<String> {
    let (tenant, by) = (address("a/b").tenant, Caller::new(Caller::ADMIN, Origin::Http));
    let there = async {
        loop {
            let views = node.runtime.tools(&tenant, &by);
            let names: Vec<_> = views.into_iter().map(|view| view.name).collect();
            if names.iter().any(|name| name.starts_with(begin)) {
                return names;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), there).await.expect("the source is there")
}

/// What the model was told by its tools, in the order of its calls: answers come as they come.
fn told(fake: &Scripted, ask: usize) -> Vec<String> {
    let turns = fake.asked()[ask].turns.clone();
    let mut told: Vec<_> =
        turns.into_iter().filter_map(|turn| Some((turn.call?, turn.content))).collect();
    told.sort();
    told.into_iter().map(|(_, content)| content).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_server_is_listed_called_and_replayed_over_standard_input() {
    let js = javascript().await;
    let name = |own: &str| format!("mcp__everything__{own}");
    let calls = [
        call("a", &name("echo"), json!({ "message": "Grüße" })),
        call("b", &name("get-sum"), json!({ "a": 19, "b": 23 })),
        call("c", &name("get-structured-content"), json!({ "location": "New York" })),
        call("d", &name("get-tiny-image"), json!({})),
        call("e", &name("trigger-long-running-operation"), json!({ "duration": 1, "steps": 2 })),
        call("f", &name("get-sum"), json!({ "a": "x" })),
    ];
    let script = vec![says("").calling(&calls), says("done")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let words = [text(&js.program), text(&everything(&js)), "stdio".to_owned()];
    let node = node(&memory, &fake, &[("everything", program(&words))]).await;
    let listed = names(&node, "mcp__everything__").await;
    assert!(listed.contains(&name("echo")) && listed.contains(&"calculator".to_owned()));
    let all: Vec<String> = calls.iter().take(5).map(|call| call.name.clone()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let input = with(asking("try all"), uses(&all));
    node.ask("run/r", "start", input).await.expect("answered");
    let asked = fake.asked();
    assert_eq!(asked[0].tools.len(), 5, "the model is told of them with their schemas");
    assert_eq!(asked[0].tools[0].parameters["properties"]["message"]["type"], "string");
    let told = told(&fake, 1);
    assert_eq!(told[0], "Echo: Grüße");
    assert!(told[1].contains("42"), "{}", told[1]);
    assert!(told[2].contains("\"structured\"") && told[2].contains("temperature"), "{}", told[2]);
    assert!(told[3].contains("\"media_type\":\"image/png\""), "{}", told[3]);
    let image: Value = serde_json::from_str(&told[3]).expect("JSON");
    let parts = image["content"].as_array().expect("parts");
    let image = parts.iter().find(|part| part["type"] == "image").expect("an image");
    let hash = image["blob"].as_str().expect("kept").parse().expect("a hash");
    let kept = memory.blobs().get(&address("a/b").tenant, hash).await.expect("readable");
    assert!(kept.expect("there").starts_with(b"\x89PNG"), "the picture itself is kept");
    assert!(told[4].to_lowercase().contains("complete"), "{}", told[4]);
    assert!(told[5].contains("tool_arguments_invalid"), "{}", told[5]);
    node.runtime.stop().await;
    // Replayed where there is no such server, nobody is asked and nothing differs.
    let alone = self::node(&memory, &fake, &[]).await;
    let replay = alone.runtime.replay(&address("run/r"), At::Latest, ReplayMode::Decide).await;
    assert_eq!(replay.expect("replayed").drift, Vec::new());
    assert_eq!(fake.asked().len(), 2);
    alone.runtime.stop().await;
}

/// A process that ends with its test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_brings_a_server_over_http_to_its_owner() {
    let js = javascript().await;
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let mut command = Command::new(&js.program);
    command.arg(everything(&js)).arg("streamableHttp").env("PORT", port.to_string());
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _server = Ends(quiet.expect("it starts"));
    let there = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), there).await.expect("it listens");
    let echo = call("a", "mcp__mine__echo", json!({ "message": "hi" }));
    let script = vec![says("").calling(&[echo]), says("done")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake, &[]).await;
    let roles = json!({ "roles": ["user"] });
    for name in ["ann", "bob"] {
        let to = format!("principal/{name}");
        node.ask(&to, "register", roles.clone()).await.expect("registered");
    }
    let by = |name: &str| Caller::new(name.parse().expect("a principal"), Origin::Http);
    let url = format!("http://127.0.0.1:{port}/mcp");
    let mcp = json!({ "service": { "service": "mcp", "url": url, "tools": ["echo"] } });
    let mut create = node.command("connector/mine", "create", mcp);
    create.by = by("ann");
    node.send(create).await.expect("created");
    let secret = contracts::kinds::connector::secret_of(
        &"mine".parse().expect("an id"),
        &contracts::Hash::of(b"key"),
    );
    let store = memory.store(nats::streams::Bucket::Secrets);
    let sealed = store.create(&format!("main/{secret}"), b"a-bearer-key".to_vec(), None).await;
    sealed.expect("kept").expect("new");
    let mut seal = node.command("connector/mine", "seal", json!({ "secret": secret }));
    seal.by = by("ann");
    node.send(seal).await.expect("sealed");
    let mut check = node.command("connector/mine", "check", json!({}));
    check.by = by("ann");
    let checked = node.send(check).await.expect("checked").reply;
    assert_eq!((&checked["ok"], &checked["found"]), (&json!(true), &json!(1)), "{checked}");
    let mut start =
        node.command("run/r", "start", with(asking("echo"), uses(&["mcp__mine__echo"])));
    start.by = by("ann");
    node.send(start).await.expect("answered");
    assert_eq!(told(&fake, 1), ["Echo: hi"]);
    let mut start =
        node.command("run/s", "start", with(asking("echo"), uses(&["mcp__mine__echo"])));
    start.by = by("bob");
    let refusal = node.send(start).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "tool_unknown", "it is ann's alone: {refusal}");
    node.runtime.stop().await;
}

/// The fragile server, and the file in which it counts.
async fn fragile(home: &Path) -> (McpConfig, PathBuf, PathBuf) {
    let js = javascript().await;
    let (script, file) = (home.join("fragile.mjs"), home.join("said"));
    let config = program(&[text(&js.program), text(&script), text(&file)]);
    (config, script, file)
}

fn lines(file: &Path, line: &str) -> usize {
    let said = std::fs::read_to_string(file).unwrap_or_default();
    said.lines().filter(|it| *it == line).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_in_a_call_is_started_again_and_what_changes_is_called_once() {
    let home = tempfile::tempdir().expect("a directory");
    let (config, script, file) = fragile(home.path()).await;
    std::fs::write(&script, FRAGILE).expect("written");
    let script = vec![
        says("").calling(&[call("a", "mcp__odd__pay", json!({}))]),
        says("").calling(&[call("b", "mcp__odd__look", json!({}))]),
        says("").calling(&[call("c", "mcp__odd__grow", json!({}))]),
        says("done"),
        says("").calling(&[call("d", "mcp__odd__late", json!({}))]),
        says("done"),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake, &[("odd", config)]).await;
    let all = uses(&["mcp__odd__pay", "mcp__odd__look", "mcp__odd__grow"]);
    node.ask("run/r", "start", with(asking("go"), all)).await.expect("answered");
    let told = |ask: usize| told(&fake, ask).last().cloned().unwrap_or_default();
    assert!(
        told(1).contains("tool_source_lost") && told(1).contains("nobody knows"),
        "{}",
        told(1)
    );
    assert_eq!(lines(&file, "call pay"), 1, "what changes something is called once");
    assert_eq!(told(2), "look done");
    assert_eq!(lines(&file, "call look"), 2, "what only looks is called again");
    assert!(lines(&file, "life") >= 3, "it was started again each time");
    assert_eq!(told(3), "grow done");
    let late = uses(&["mcp__odd__late"]);
    node.ask("run/s", "start", with(asking("go"), late)).await.expect("answered");
    assert_eq!(told(5), "late done", "a tool that came later is there");
    node.runtime.stop().await;
}

const RULES: &str = "
version: 1
rules:
  - { id: no-pay, effect: deny, match: { effect: { tools: [mcp__odd__pay] } } }
  - id: grown-ups
    effect: review
    match: { effect: { tools: ['mcp__odd__gr*'] } }
    approval: { quorum: 1, approvers: ['role:reviewer'], expires_s: 3600 }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_denies_a_servers_tool_by_its_name_and_holds_another_for_a_yes() {
    let home = tempfile::tempdir().expect("a directory");
    let (config, script, file) = fragile(home.path()).await;
    std::fs::write(&script, FRAGILE).expect("written");
    let script = vec![
        says("").calling(&[call("a", "mcp__odd__pay", json!({}))]),
        says("").calling(&[call("b", "mcp__odd__grow", json!({}))]),
        says("done"),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake, &[("odd", config)]).await;
    names(&node, "mcp__odd__").await;
    let roles = json!({ "roles": ["reviewer"] });
    node.ask("principal/ann", "register", roles).await.expect("registered");
    node.ask("policy/team", "put", json!({ "text": RULES })).await.expect("a policy");
    let head = memory.log().head().await.expect("the log is in memory");
    let known = async {
        while node.runtime.directory().0 < head {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), known).await.expect("the gate knows the rules");
    let start = with(asking("go"), uses(&["mcp__odd__pay", "mcp__odd__grow"]));
    let begun = node.command("run/r", "start", start);
    node.runtime.ask(begun, Wait::Accepted).await.expect("accepted");
    let held = async {
        loop {
            let held = node.runtime.list(&EffectQuery::default());
            let why = held.first().and_then(|view| view.why.clone());
            if let Some(EffectHold::Approval { approval, .. }) = why {
                return format!("approval/{approval}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let approval = tokio::time::timeout(Duration::from_secs(60), held).await.expect("it is held");
    let denied = told(&fake, 1).pop().expect("the model was told");
    assert!(denied.contains("policy_denied") && denied.contains("team/no-pay"), "{denied}");
    assert_eq!((lines(&file, "call pay"), lines(&file, "call grow")), (0, 0), "nobody was called");
    let proposed = until(&node, &approval, |state| state["status"] == "pending").await;
    assert_eq!(proposed["proposal"]["gate"]["rule"], "team/grown-ups", "{proposed}");
    let yes = json!({ "hash": proposed["proposal"]["hash"] });
    let mut yes = node.command(&approval, "approve", yes);
    yes.by = Caller::new("ann".parse().expect("a principal"), Origin::Http);
    node.send(yes).await.expect("she may");
    until(&node, "run/r", |state| state["status"] == "completed").await;
    assert_eq!((lines(&file, "call pay"), lines(&file, "call grow")), (0, 1));
    assert_eq!(told(&fake, 2).pop().as_deref(), Some("grow done"));
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_newest_revision_alone_is_asked_without_a_beginning() {
    let home = tempfile::tempdir().expect("a directory");
    let (config, script, _) = fragile(home.path()).await;
    std::fs::write(&script, MODERN).expect("written");
    let calls = says("").calling(&[call("a", "mcp__new__now", json!({}))]);
    let (memory, fake) = (Memory::new(), Scripted::new(vec![calls, says("done")]));
    let node = node(&memory, &fake, &[("new", config)]).await;
    names(&node, "mcp__new__").await;
    let start = with(asking("when?"), uses(&["mcp__new__now"]));
    node.ask("run/r", "start", start).await.expect("answered");
    assert_eq!(told(&fake, 1), ["it is 2026-07-28"]);
    // It tells of changes those alone who ask to be told.
    names(&node, "mcp__new__late").await;
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_away_at_the_start_is_there_when_it_comes() {
    let home = tempfile::tempdir().expect("a directory");
    let (config, script, _) = fragile(home.path()).await;
    let calls = says("").calling(&[call("a", "mcp__odd__grow", json!({}))]);
    let (memory, fake) = (Memory::new(), Scripted::new(vec![calls, says("done")]));
    let node = node(&memory, &fake, &[("odd", config)]).await;
    let start = with(asking("go"), uses(&["mcp__odd__grow"]));
    let refusal = node.ask("run/r", "start", start.clone()).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "tool_source_away", "{refusal}");
    assert!(fake.asked().is_empty(), "no model was asked in vain");
    std::fs::write(&script, FRAGILE).expect("written");
    names(&node, "mcp__odd__").await;
    node.ask("run/s", "start", start).await.expect("answered");
    assert_eq!(told(&fake, 1), ["grow done"]);
    // Programs run for those who may have them run.
    node.ask("principal/eve", "register", json!({ "roles": ["user"] })).await.expect("there");
    let start = with(asking("go"), uses(&["mcp__odd__grow"]));
    let mut by_eve = node.command("run/t", "start", start);
    by_eve.by = Caller::new("eve".parse().expect("a principal"), Origin::Http);
    let refusal = node.send(by_eve).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "forbidden", "{refusal}");
    node.runtime.stop().await;
}

/// A server that tells what it was given.
const GIVEN: &str = r#"
import { createInterface } from 'node:readline';
const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    say(id, {
      protocolVersion: params.protocolVersion, serverInfo: { name: 'given', version: '1' },
      capabilities: { tools: {} },
    });
  } else if (method === 'tools/list') {
    say(id, { tools: [{ name: 'tell', inputSchema: { type: 'object' } }] });
  } else if (method === 'tools/call') {
    const { PLAIN, TOKEN } = process.env;
    const text = `${PLAIN}, ${TOKEN.length} signs: ${TOKEN}`;
    say(id, { content: [{ type: 'text', text }] });
  }
});
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_secret_is_given_by_its_name_and_stands_in_no_answer() {
    let home = tempfile::tempdir().expect("a directory");
    let (mut config, script, _) = fragile(home.path()).await;
    std::fs::write(&script, GIVEN).expect("written");
    for (name, value) in [("PLAIN", "plainly"), ("TOKEN", "secret:tool-token")] {
        config.env.insert(name.to_owned(), value.to_owned());
    }
    let mut other = config.clone();
    other.env.insert("TOKEN".to_owned(), "secret:elsewhere/tool-token".to_owned());
    let calls = says("").calling(&[call("a", "mcp__own__tell", json!({}))]);
    let (memory, fake) = (Memory::new(), Scripted::new(vec![calls, says("done")]));
    let store = memory.store(nats::streams::Bucket::Secrets);
    let sealed = store.create("main/tool-token", b"hushed words".to_vec(), None).await;
    sealed.expect("kept").expect("new");
    let node = node(&memory, &fake, &[("own", config), ("other", other)]).await;
    names(&node, "mcp__own__").await;
    let start = with(asking("what?"), uses(&["mcp__own__tell"]));
    node.ask("run/r", "start", start).await.expect("answered");
    assert_eq!(told(&fake, 1), ["plainly, 12 signs: …"]);
    // Another tenant's secret of that name is another one, and there is none.
    let start = with(asking("what?"), uses(&["mcp__other__tell"]));
    let refusal = node.ask("run/s", "start", start).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "tool_source_away", "{refusal}");
    node.runtime.stop().await;
}
