// AG-UI's official client against a running Cambium: one line of JSON per scenario.

import assert from "node:assert/strict";
import { HttpAgent } from "@ag-ui/client";

const [url, key] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
const model = "local/rules";
const post = async (path, body) => {
  const answer = await fetch(`${url}${path}`, {
    method: "POST", headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert(answer.ok, await answer.clone().text());
  return answer;
};
let made = 0;
/** An assistant of this definition, and a client of it that remembers what happened. */
const agent = async (definition, more = {}) => {
  const name = `agent-${process.pid}-${made++}`;
  await post(`/v1/assistant/${name}/define`, { model, ...definition });
  return client(name, more);
};
const client = (name, more = {}) => {
  const it = new HttpAgent({ url: `${url}/v1/agui/${name}`, headers, ...more });
  it.name = name;
  it.seen = [];
  it.subscribe({ onEvent: ({ event }) => { it.seen.push(event); } });
  it.types = () => it.seen.map((event) => event.type);
  it.say = (content) => it.addMessage({ id: `u-${made++}`, role: "user", content });
  return it;
};
const paint = {
  name: "paint", description: "Paints the page.",
  parameters: {
    type: "object", properties: { color: { type: "string" } }, required: ["color"],
  },
};

const scenarios = {
  "text: a run with its messages, result and usage": async () => {
    const it = await agent({});
    it.say("Summarize: Cambium is the living layer of a tree. It grows.");
    const { result, newMessages } = await it.runAgent();
    assert.deepEqual([it.types()[0], it.types().at(-1)], ["RUN_STARTED", "RUN_FINISHED"]);
    assert.equal(it.seen[0].protocolVersion, "1.0");
    assert.equal(newMessages.length, 1);
    assert.equal(newMessages[0].role, "assistant");
    assert(newMessages[0].content);
    assert.equal(newMessages[0].id, `msg_${result.run}.1`);
    const end = it.seen.at(-1);
    assert.equal(end.outcome.type, "success");
    assert(end.usage[0].totalTokens > 0);
  },
  "threads: a second run comes after the first": async () => {
    const it = await agent({});
    it.say("My name is Ada.");
    const first = await it.runAgent();
    it.say("What is my name?");
    const second = await it.runAgent();
    assert(second.newMessages[0].content.includes("Ada"), second.newMessages[0].content);
    const answer = await fetch(`${url}/v1/run/${second.result.run}`, { headers });
    const { state } = await answer.json();
    assert.equal(state.after.id, first.result.run);
    assert.equal(state.turns.length, 2, "nothing is copied");
  },
  "tools: a frontend tool is called, performed by the client and answered": async () => {
    const it = await agent({});
    it.say("Use paint. Color: red");
    const { newMessages, result } = await it.runAgent({ tools: [paint] });
    const call = newMessages[0].toolCalls[0];
    assert.equal(call.function.name, "paint");
    assert.equal(JSON.parse(call.function.arguments).color, "red");
    assert.deepEqual(it.seen.at(-1).outcome.pendingToolCallIds, [call.id]);
    it.addMessage({ id: `t-${made++}`, role: "tool", toolCallId: call.id, content: "painted red" });
    const last = await it.runAgent({ tools: [paint] });
    assert.equal(it.seen.at(-1).outcome.pendingToolCallIds, undefined);
    assert(last.newMessages[0].content, JSON.stringify(last));
    assert.notEqual(last.result.run, result.run);
  },
  "tools: one of Cambium's is performed here and shown": async () => {
    const it = await agent({ uses: [{ name: "calculator" }] });
    it.say("Use calculator. Expression: 40+2");
    const { newMessages } = await it.runAgent();
    const roles = newMessages.map((message) => message.role);
    assert.deepEqual(roles, ["assistant", "tool", "assistant"]);
    assert(newMessages[1].content.includes("42"), newMessages[1].content);
    assert(newMessages[2].content.includes("42"), newMessages[2].content);
    it.say("What did I ask?");
    assert((await it.runAgent()).newMessages.at(-1).content);
  },
  "state: told to the model; an answer after a schema comes back as state": async () => {
    const schema = {
      type: "object", additionalProperties: false, required: ["name", "age"],
      properties: { name: { type: "string" }, age: { type: "integer" } },
    };
    const it = await agent({ schema });
    it.say("The name is Ada, the age is 36.");
    await it.runAgent({ context: [{ description: "place", value: "Bern" }] });
    assert(it.types().includes("STATE_SNAPSHOT"), it.types().join());
    assert.deepEqual(Object.keys(it.state).sort(), ["age", "name"]);
    it.state = { ...it.state, age: 1, theme: "dark" };
    it.say("The name is Ada, the age is 36.");
    await it.runAgent();
    assert(it.types().includes("STATE_DELTA"), it.types().join());
    assert.equal(it.state.theme, "dark", "what the answer does not name stays");
  },
  "errors: a run that fails ends with RUN_ERROR and its code": async () => {
    const it = await agent({ model: "nobody/none" });
    it.say("Hello.");
    await it.runAgent().catch(() => {});
    const end = it.seen.at(-1);
    assert.deepEqual([end.type, end.code], ["RUN_ERROR", "model_unknown"]);
  },
  "errors: no such assistant, a wrong key, what is not done": async () => {
    const refused = async (it, status, code) => {
      it.say("Hello.");
      const error = await it.runAgent().then(() => assert.fail("it is refused"), (error) => error);
      assert.equal(error.status, status, `${error}`);
      const told = typeof error.payload === "string" ? JSON.parse(error.payload) : error.payload;
      assert.equal(told.code, code);
    };
    await refused(client("nobody"), 404, "actor_not_found");
    await refused(client("nobody", { headers: { Authorization: "Bearer x" } }), 401,
      "unauthenticated");
    const it = await agent({});
    it.addMessage({ id: "a", role: "user", content: [
      { type: "audio", source: { type: "url", value: "https://sounds.example/a.wav" } }] });
    await refused(it, 400, "unsupported_parameter");
  },
  "reconnect: the same run again is the same run": async () => {
    const it = await agent({});
    const threadId = `thread-${made++}`;
    const messages = [{ id: "u", role: "user", content: "Summarize: It grows." }];
    const [one, two] = [0, 1].map(() =>
      client(it.name, { threadId, initialMessages: structuredClone(messages) }));
    const first = await one.runAgent({ runId: "r1" });
    const second = await two.runAgent({ runId: "r1" });
    assert.equal(first.result.run, second.result.run);
    assert.deepEqual(first.newMessages, second.newMessages);
  },
  "reconnect: who has lost the thread's messages is told them": async () => {
    const it = await agent({}, { threadId: `thread-${made++}` });
    it.say("My name is Ada.");
    await it.runAgent({ runId: "r1" });
    const answer = await post(`/v1/agui/${it.name}`, {
      protocolVersion: "1.0", threadId: it.threadId, runId: "r2", parentRunId: "r1", state: {},
      tools: [], context: [], messages: [{ id: "u9", role: "user", content: "What is my name?" }],
    });
    const blocks = (await answer.text()).split("\n\n");
    const lines = blocks.flatMap((block) => block.split("\n"));
    const events = lines.filter((line) => line.startsWith("data:"))
      .map((line) => JSON.parse(line.slice(5)));
    assert.equal(events[0].parentRunId, "r1");
    assert.equal(events[1].type, "MESSAGES_SNAPSHOT");
    const roles = events[1].messages.map((message) => message.role);
    assert.deepEqual(roles, ["user", "assistant", "user"]);
    const text = events.filter((event) => event.type === "TEXT_MESSAGE_CONTENT")
      .map((event) => event.delta).join("");
    assert(text.includes("Ada"), text);
  },
};

for (const [scenario, run] of Object.entries(scenarios)) {
  try {
    await run();
    console.log(JSON.stringify({ scenario, ok: true }));
  } catch (error) {
    console.log(JSON.stringify({ scenario, ok: false, why: `${error}`.slice(0, 600) }));
  }
}
process.exit(0);
