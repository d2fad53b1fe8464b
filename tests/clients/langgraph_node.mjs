// The official JavaScript client of LangGraph against a running Cambium: one line of JSON per
// scenario.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Client } from "@langchain/langgraph-sdk";

const [url, key, stage] = process.argv.slice(2);
const client = new Client({
  apiUrl: `${url}/langgraph`, apiKey: key, callerOptions: { maxRetries: 0 },
});
const said = (text) => ({ messages: [{ role: "user", content: text }] });
const last = (values) => values.messages.at(-1).content;
const all = async (parts) => {
  const seen = [];
  for await (const part of parts) seen.push(part);
  return seen;
};
const fails = (status, asked) => assert.rejects(asked, (error) => {
  assert.equal(error.status, status, error.message);
  return true;
});
const until = async (wanted) => {
  for (let tries = 0; tries < 300; tries += 1) {
    const told = await wanted();
    if (told) return told;
    await new Promise((done) => setTimeout(done, 100));
  }
  return wanted();
};
const ADD = {
  name: "add",
  description: "Adds two numbers.",
  parameters: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
};
const adder = async () => (await client.assistants.create({
  graphId: "agent", assistantId: "graph-adder", ifExists: "do_nothing",
  config: { configurable: { model: "local/rules", tools: [ADD] } },
})).assistant_id;

const scenarios = {
  "assistants: create, get, update, search, count, versions, latest, schemas, graph, delete":
    async () => {
      const team = randomUUID();
      const made = await client.assistants.create({
        graphId: "agent", name: "Poet", metadata: { team },
        config: { configurable: { instructions: "Be short." } },
      });
      const id = made.assistant_id;
      assert.equal(made.version, 1);
      assert.deepEqual(await client.assistants.get(id), made);
      assert.equal((await client.assistants.update(id, { name: "Bard" })).version, 2);
      const found = await client.assistants.search({ metadata: { team } });
      assert.deepEqual(found.map((one) => one.assistant_id), [id]);
      assert.equal(await client.assistants.count({ metadata: { team } }), 1);
      const versions = await client.assistants.getVersions(id);
      assert.deepEqual(versions.map((one) => one.name), ["Bard", "Poet"]);
      assert.equal((await client.assistants.setLatest(id, 1)).name, "Poet");
      const schemas = await client.assistants.getSchemas(id);
      assert.deepEqual(schemas.input_schema.required, ["messages"]);
      assert((await client.assistants.getGraph(id)).nodes.length > 0);
      await client.assistants.delete(id);
      await fails(404, client.assistants.get(id));
    },
  "threads: create, get, update, search, count, delete": async () => {
    const mark = randomUUID();
    const made = await client.threads.create({ metadata: { mark } });
    const id = made.thread_id;
    assert.equal(made.status, "idle");
    await fails(409, client.threads.create({ threadId: id }));
    const told = await client.threads.update(id, { metadata: { more: 1 } });
    assert.deepEqual(told.metadata, { mark, more: 1 });
    assert.deepEqual((await client.threads.get(id)).metadata, { mark, more: 1 });
    const found = await client.threads.search({ metadata: { mark } });
    assert.deepEqual(found.map((one) => one.thread_id), [id]);
    assert.equal(await client.threads.count({ metadata: { mark } }), 1);
    await client.threads.delete(id);
    await fails(404, client.threads.get(id));
  },
  "runs: wait, create and join, get, list, batch, cancel, delete; the thread remembers":
    async () => {
      const { thread_id: thread } = await client.threads.create();
      await client.runs.wait(thread, "agent", { input: said("My name is Ada.") });
      const run = await client.runs.create(thread, "agent", { input: said("What is my name?") });
      assert.match(last(await client.runs.join(thread, run.run_id)), /Ada/);
      assert.equal((await client.runs.get(thread, run.run_id)).status, "success");
      assert.equal((await client.runs.list(thread)).length, 2);
      const ask = { assistantId: "slow/gated", input: said("Greet.") };
      const [one] = await client.runs.createBatch([ask, ask]);
      await fails(409, client.runs.create(one.thread_id, "agent", { input: said("More?") }));
      await client.runs.cancel(one.thread_id, one.run_id, true);
      assert.equal((await client.runs.get(one.thread_id, one.run_id)).status, "interrupted");
      await client.runs.delete(one.thread_id, one.run_id);
      await fails(404, client.runs.get(one.thread_id, one.run_id));
      assert.match(last(await client.runs.wait(null, "agent", {
        input: said("What is 6 times 7?"),
      })), /42/);
    },
  "runs: stream in the modes values, updates, messages-tuple and events": async () => {
    const { thread_id: thread } = await client.threads.create();
    let created;
    const parts = await all(client.runs.stream(thread, "agent", {
      input: said("Summarize: Cambium is the living layer of a tree."),
      streamMode: ["values", "updates", "messages-tuple", "events"],
      onRunCreated: (run) => { created = run; },
    }));
    assert.equal(parts[0].event, "metadata");
    assert.equal(created.run_id, parts[0].data.run_id);
    const of = (event, seen = parts) => seen.filter((part) => part.event === event);
    const answer = last(of("values").at(-1).data);
    assert.equal(of("updates").at(-1).data.agent.messages[0].content, answer);
    assert.equal(of("messages").map((part) => part.data[0].content).join(""), answer);
    assert.equal(of("events").at(-1).data.event, "on_chain_end");
    const again = await all(client.runs.joinStream(thread, created.run_id, {
      streamMode: ["updates", "values"],
    }));
    assert.deepEqual(of("updates", again).map((part) => part.data),
      of("updates").map((part) => part.data));
  },
  "runs: a stream that was cut is taken up again, with nothing told twice": async () => {
    const { thread_id: thread } = await client.threads.create();
    const cut = new AbortController();
    let run, text = "", place;
    for await (const part of client.runs.stream(thread, "slow/gated", {
      input: said("Greet."), streamMode: "messages-tuple", signal: cut.signal,
    })) {
      if (part.event === "metadata") run = part.data.run_id;
      if (part.event !== "messages") continue;
      text += part.data[0].content;
      place = part.id;
      break;
    }
    cut.abort();
    await fetch(`${stage}/open`, { method: "POST" });
    for await (const part of client.runs.joinStream(thread, run, {
      streamMode: "messages-tuple", lastEventId: place,
    })) {
      if (part.event === "messages") text += part.data[0].content;
    }
    assert.equal(text, "Grüße, Welt.");
  },
  "interrupts: the caller's tools are asked for, and command.resume goes on": async () => {
    const { thread_id: thread } = await client.threads.create();
    const assistant = await adder();
    const input = said("Use add with a 2 and b 3.");
    const values = await client.runs.wait(thread, assistant, { input });
    assert.equal(values.__interrupt__[0].value.name, "add");
    assert.equal((await client.threads.get(thread)).status, "interrupted");
    assert.match(last(await client.runs.wait(thread, assistant, { command: { resume: 5 } })), /5/);
  },
  "state: now, at a checkpoint, its history, updateState; copy is a fork": async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.wait(thread, "agent", { input: said("My name is Ada.") });
    const first = await client.threads.getState(thread);
    await client.threads.updateState(thread, { values: said("I live in Turin.") });
    const now = await client.threads.getState(thread);
    assert.equal(now.values.messages.length, 3);
    for (const place of [first.checkpoint, first.checkpoint.checkpoint_id]) {
      assert.deepEqual((await client.threads.getState(thread, place)).values, first.values);
    }
    const states = await client.threads.getHistory(thread);
    assert.deepEqual(states.map((state) => state.values.messages.length), [3, 2, 0]);
    const { thread_id: twin } = await client.threads.copy(thread);
    const values = await client.runs.wait(twin, "agent", { input: said("What is my name?") });
    assert.match(last(values), /Ada/);
    assert.equal((await client.threads.getState(thread)).values.messages.length, 3);
  },
  "store: put, get, search, namespaces, delete": async () => {
    const place = ["people", randomUUID()];
    assert.equal(await client.store.getItem(place, "food"), null);
    await client.store.putItem(place, "food", { likes: "apples" });
    await client.store.putItem([...place, "work"], "tools", { likes: "hammers" });
    assert.deepEqual((await client.store.getItem(place, "food")).value, { likes: "apples" });
    const { items } = await client.store.searchItems(place, { query: "Which hammer is it?" });
    assert.deepEqual(items.map((item) => item.key), ["tools", "food"]);
    const { namespaces } = await client.store.listNamespaces({ prefix: place });
    assert.deepEqual(namespaces, [place, [...place, "work"]]);
    await client.store.deleteItem(place, "food");
    assert.equal(await client.store.getItem(place, "food"), null);
  },
  "crons: create (in a thread, without one), search, count, update, delete; they begin runs":
    async () => {
      const mark = randomUUID();
      const { thread_id: thread } = await client.threads.create();
      const input = said("What is 6 times 7?");
      const made = await client.crons.createForThread(thread, "agent", {
        schedule: "* * * * * *", input, metadata: { mark },
      });
      const ran = await until(async () => (await client.runs.list(thread))
        .find((run) => run.status === "success"));
      assert.deepEqual(ran.metadata, { mark });
      assert.equal((await client.crons.update(made.cron_id, { enabled: false })).enabled, false);
      const alone = await client.crons.create("agent", {
        schedule: "0 8 * * MON", input, metadata: { mark },
      });
      assert.equal(alone.thread_id, null);
      assert.equal(await client.crons.count({ metadata: { mark } }), 2);
      const found = await client.crons.search({ threadId: thread });
      assert.deepEqual(found.map((cron) => cron.cron_id), [made.cron_id]);
      for (const one of [made, alone]) await client.crons.delete(one.cron_id);
      assert.equal(await client.crons.count({ metadata: { mark } }), 0);
    },
  "runs: enqueue, rollback, afterSeconds": async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.wait(thread, "agent", { input: said("My name is Ada.") });
    await fetch(`${stage}/close`, { method: "POST" });
    const slow = await client.runs.create(thread, "slow/gated", { input: said("Greet.") });
    const next = await client.runs.create(thread, "agent", {
      input: said("x"), multitaskStrategy: "enqueue",
    });
    assert.equal(next.status, "pending");
    const values = await client.runs.wait(thread, "agent", {
      input: said("What is my name?"), multitaskStrategy: "rollback",
    });
    assert.equal(values.messages.length, 4);
    assert.match(last(values), /Ada/);
    for (const gone of [slow, next]) await fails(404, client.runs.get(thread, gone.run_id));
    const later = await client.runs.create(thread, "agent", {
      input: said("What is 6 times 7?"), afterSeconds: 1,
    });
    assert.equal(later.status, "pending");
    assert.match(last(await client.runs.join(thread, later.run_id)), /42/);
  },
  "runs: from an earlier checkpoint, on a branch of the thread": async () => {
    const { thread_id: thread } = await client.threads.create();
    await client.runs.wait(thread, "agent", { input: said("My name is Ada.") });
    const { checkpoint } = await client.threads.getState(thread);
    await client.runs.wait(thread, "agent", { input: said("My name is Bob.") });
    const left = await client.threads.getState(thread);
    const ask = { input: said("What is my name?") };
    const values = await client.runs.wait(thread, "agent", { ...ask, checkpoint });
    assert.match(last(values), /Ada/);
    const now = await client.threads.getState(thread);
    assert.deepEqual(now.parent_checkpoint, checkpoint);
    const again = await client.runs.wait(thread, "agent", {
      ...ask, checkpointId: left.checkpoint.checkpoint_id,
    });
    assert.match(last(again), /Bob/);
  },
  "threads: joinStream tells each run, and that it is done": async () => {
    const { thread_id: thread } = await client.threads.create();
    const run = await client.runs.create(thread, "agent", { input: said("What is 6 times 7?") });
    const cut = new AbortController();
    const seen = [];
    for await (const part of client.threads.joinStream(thread, {
      lastEventId: "-", signal: cut.signal,
    })) {
      seen.push(part);
      if (part.event === "run_done") break;
    }
    cut.abort();
    assert.equal(seen[0].event, "metadata");
    assert.deepEqual(seen.at(-1).data, {
      run_id: run.run_id, thread_id: thread, status: "success",
    });
    assert.match(last(seen.filter((part) => part.event === "values").at(-1).data), /42/);
  },
  "errors: what is not there, and what cannot be done, by status": async () => {
    await fails(404, client.threads.get("nothing"));
    const { thread_id: thread } = await client.threads.create();
    await fails(404, client.runs.create(thread, "no-such-graph", { input: said("x") }));
    await fails(400, client.runs.create(thread, "agent", { input: { topic: "trees" } }));
    await fails(400, client.runs.create(thread, "agent", {
      input: said("x"), interruptBefore: ["agent"],
    }));
    const stranger = new Client({
      apiUrl: `${url}/langgraph`, apiKey: "nobody", callerOptions: { maxRetries: 0 },
    });
    await fails(401, stranger.threads.get(thread));
  },
};

for (const [scenario, run] of Object.entries(scenarios)) {
  try {
    await run();
    console.log(JSON.stringify({ scenario, ok: true }));
  } catch (error) {
    const why = `${error?.name}: ${error?.message}`.slice(0, 900);
    console.log(JSON.stringify({ scenario, ok: false, why }));
  }
}
