// The official JavaScript client against a running Cambium: one line of JSON per scenario.

import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";

const [url, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: 60_000 });
const model = "local/rules";
const messages = [{ role: "user", content: "Summarize: Cambium is the living layer of a tree." }];
const add = {
  name: "add",
  description: "Adds two numbers.",
  parameters: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  },
};

const scenarios = {
  "models: list and retrieve": async () => {
    const ids = [];
    for await (const one of client.models.list()) ids.push(one.id);
    assert(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).owned_by, "local");
  },
  "chat: JSON": async () => {
    const told = await client.chat.completions.create({ model, messages });
    assert(told.choices[0].message.content);
    assert.equal(told.choices[0].finish_reason, "stop");
    assert(told.usage.total_tokens > 0);
  },
  "chat: stream, with the usage chunk": async () => {
    const stream = await client.chat.completions.create({
      model, messages, stream: true, stream_options: { include_usage: true },
    });
    let text = "";
    let last;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      last = chunk;
    }
    assert(text && last.usage.total_tokens > 0);
  },
  "chat: the .stream() helper": async () => {
    const stream = client.chat.completions.stream({ model, messages });
    assert((await stream.finalChatCompletion()).choices[0].message.content);
  },
  "chat: runTools()": async () => {
    const asked = [];
    const runner = client.chat.completions.runTools({
      model,
      messages: [{ role: "user", content: "Use add with a 2 and b 3." }],
      tools: [{ type: "function", function: {
        ...add, parse: JSON.parse, function: (input) => { asked.push(input); return "5"; },
      } }],
    });
    assert(await runner.finalContent());
    assert.equal(asked.length, 1);
  },
  "responses: create, retrieve, previous_response_id": async () => {
    const first = await client.responses.create({ model, input: "My name is Ada." });
    assert.equal((await client.responses.retrieve(first.id)).output_text, first.output_text);
    const second = await client.responses.create({
      model, input: "What is my name?", previous_response_id: first.id,
    });
    assert(second.output_text.includes("Ada"));
  },
  "responses: stream": async () => {
    const stream = await client.responses.create({ model, input: "Summarize: It grows.", stream: true });
    let number = -1;
    let last;
    for await (const event of stream) {
      assert.ok(event.sequence_number > number);
      number = event.sequence_number;
      last = event;
    }
    assert.equal(last.type, "response.completed");
  },
  "conversations: create, items, responses that belong to one": async () => {
    const talk = await client.conversations.create({
      items: [{ type: "message", role: "user", content: "My name is Ada." }],
    });
    const told = await client.responses.create({
      model, input: "What is my name?", conversation: talk.id,
    });
    assert(told.output_text.includes("Ada"));
    const items = [];
    for await (const item of client.conversations.items.list(talk.id)) items.push(item.role);
    assert.deepEqual(items, ["assistant", "user", "user"]);
  },
  "embeddings: base64 (the default) and floats": async () => {
    const told = await client.embeddings.create({ model: "local/ngrams", input: ["a tree", "b"] });
    assert.equal(told.data.length, 2);
    assert.equal(typeof told.data[0].embedding[0], "number");
  },
  "files: upload, content, delete": async () => {
    const file = await toFile(Buffer.from("hello"), "notes.txt");
    const told = await client.files.create({ file, purpose: "user_data" });
    assert.equal(await (await client.files.content(told.id)).text(), "hello");
    assert((await client.files.delete(told.id)).deleted);
  },
  "errors: the client's error classes": async () => {
    await assert.rejects(client.chat.completions.create({ model, messages, n: 2 }), (error) =>
      error instanceof OpenAI.BadRequestError && error.code === "unsupported_parameter"
        && error.param === "n" && Boolean(error.requestID));
    await assert.rejects(client.responses.retrieve("resp_nothing"), OpenAI.NotFoundError);
  },
};

for (const [scenario, run] of Object.entries(scenarios)) {
  try {
    await run();
    console.log(JSON.stringify({ scenario, ok: true }));
  } catch (error) {
    const why = `${error?.name}: ${error?.message}`.slice(0, 600);
    console.log(JSON.stringify({ scenario, ok: false, why }));
  }
}
