// The official JavaScript client against a running Cambium: one line of JSON per scenario.

import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const [url, key] = process.argv.slice(2);
const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, timeout: 60_000 });
const model = "local/rules";
const messages = [{ role: "user", content: "Summarize: Cambium is the living layer of a tree." }];
const asked = { model, max_tokens: 500 };
const add = {
  name: "add",
  description: "Adds two numbers.",
  input_schema: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
};

const scenarios = {
  "messages: JSON": async () => {
    const told = await client.messages.create({ ...asked, messages, system: "Be short." });
    assert(told.id.startsWith("msg_"));
    assert.equal(told.content[0].type, "text");
    assert.equal(told.stop_reason, "end_turn");
    assert(told.usage.output_tokens > 0);
    assert(told._request_id);
  },
  "messages: stream, event by event": async () => {
    const stream = await client.messages.create({ ...asked, messages, stream: true });
    const kinds = [];
    for await (const event of stream) kinds.push(event.type);
    assert.equal(kinds[0], "message_start");
    assert.equal(kinds.at(-1), "message_stop");
  },
  "messages: the stream() helper": async () => {
    let text = "";
    const stream = client.messages.stream({ ...asked, messages }).on("text", (t) => (text += t));
    const final = await stream.finalMessage();
    assert(text);
    assert.equal(final.content[0].text, text);
  },
  "tools: a round, JSON and stream": async () => {
    const all = [{ role: "user", content: "Use add with a 2 and b 3." }];
    const options = { ...asked, tools: [add], tool_choice: { type: "any" } };
    const told = await client.messages.create({ ...options, messages: all });
    assert.equal(told.stop_reason, "tool_use");
    const call = told.content.find((block) => block.type === "tool_use");
    const final = await client.messages.stream({ ...options, messages: all }).finalMessage();
    const streamed = final.content.find((block) => block.type === "tool_use");
    assert.deepEqual(streamed.input, call.input);
    const result = { type: "tool_result", tool_use_id: call.id, content: "5" };
    all.push({ role: "assistant", content: told.content }, { role: "user", content: [result] });
    const last = await client.messages.create({ ...asked, tools: [add], messages: all });
    assert.equal(last.stop_reason, "end_turn");
  },
  "count_tokens": async () => {
    const told = await client.messages.countTokens({ model, messages });
    assert(told.input_tokens > 0);
  },
  "models: list in pages and retrieve": async () => {
    const ids = [];
    for await (const one of client.models.list({ limit: 1 })) ids.push(one.id);
    assert(ids.includes(model), ids.join());
    assert.equal((await client.models.retrieve(model)).id, model);
  },
  "errors: the client's error classes": async () => {
    const refused = async (kind, type, code, call) => {
      const error = await call().then(() => assert.fail("it is refused"), (error) => error);
      assert(error instanceof kind, `${error}`);
      assert.equal(error.error.error.type, type);
      assert.equal(error.error.code, code);
      assert(error.requestID);
    };
    const ask = (more) => client.messages.create({ ...asked, messages, ...more });
    await refused(Anthropic.BadRequestError, "invalid_request_error", "unknown_parameter",
      () => ask({ seed: 3 }));
    await refused(Anthropic.NotFoundError, "not_found_error", "model_not_found",
      () => ask({ model: "none" }));
    const other = new Anthropic({ baseURL: url, apiKey: "wrong", maxRetries: 0 });
    await refused(Anthropic.AuthenticationError, "authentication_error", "unauthenticated",
      () => other.messages.create({ ...asked, messages }));
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
