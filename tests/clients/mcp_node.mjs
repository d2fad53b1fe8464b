// The official JavaScript client of MCP against a running Cambium: one line of JSON per scenario.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

const [url, key] = process.argv.slice(2);

async function connected() {
  const requestInit = { headers: { Authorization: `Bearer ${key}` } };
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit });
  const client = new Client({ name: "cambium-tests", version: "1.0.0" });
  await client.connect(transport);
  return { client, transport };
}

const name = () => `t-${randomUUID().slice(0, 12)}`;

const scenarios = {
  "connects with a session, and ends it": async () => {
    const { client, transport } = await connected();
    assert.equal(client.getServerVersion().name, "cambium");
    assert(transport.sessionId);
    await client.ping();
    await transport.terminateSession();
    await client.close();
  },
  "tools: every command and time travel, with schemas": async ({ client }) => {
    const { tools } = await client.listTools();
    const names = tools.map((tool) => tool.name);
    for (const wanted of ["counter.add", "osteon.create", "replay", "fork", "diff", "verify"]) {
      assert(names.includes(wanted), wanted);
    }
  },
  "commands: a counter, checked against its output schema": async ({ client }) => {
    await client.listTools();
    const one = name();
    const call = { name: "counter.add", arguments: { id: one, input: { by: 2 } } };
    const told = await client.callTool(call);
    assert.deepEqual(told.structuredContent.output, { value: 2 });
    const wrong = { name: "counter.add", arguments: { id: one, input: { by: "two" } } };
    assert.equal((await client.callTool(wrong)).isError, true);
    await assert.rejects(client.callTool({ name: "counter.fly", arguments: {} }));
  },
  "commands: an osteon, checked against its output schema": async ({ client }) => {
    await client.listTools();
    const id = name();
    const create = { name: "osteon.create", arguments: { id, input: { title: "Cambium" } } };
    const told = await client.callTool(create);
    assert(!told.isError, JSON.stringify(told));
    const state = await client.callTool({ name: "state", arguments: { kind: "osteon", id } });
    assert.equal(state.structuredContent.state.title, "Cambium");
  },
  "time travel: replay, fork, diff, verify": async ({ client }) => {
    const id = name();
    const call = async (tool, more) => {
      const told = await client.callTool({ name: tool, arguments: { kind: "counter", id, ...more } });
      assert(!told.isError, JSON.stringify(told));
      return told.structuredContent;
    };
    for (const by of [1, 2]) {
      await client.callTool({ name: "counter.add", arguments: { id, input: { by } } });
    }
    assert.deepEqual((await call("replay", { decide: true })).drift, []);
    assert.equal((await call("fork", { at: 1, new_id: `${id}-b` })).revision, 2);
    assert.equal((await call("diff", { with: `${id}-b` })).common, 1);
    assert.equal((await call("verify", {})).ok, true);
  },
  "resources: list, templates, read": async ({ client }) => {
    const id = name();
    await client.callTool({ name: "counter.add", arguments: { id } });
    assert((await client.listResources()).resources.length > 0);
    assert((await client.listResourceTemplates()).resourceTemplates.length > 0);
    const read = await client.readResource({ uri: `cambium://counter/${id}` });
    assert.equal(JSON.parse(read.contents[0].text).state.value, 1);
  },
  "resources: subscribe, then updates": async ({ client }) => {
    const id = name();
    const uri = `cambium://counter/${id}`;
    await client.callTool({ name: "counter.add", arguments: { id } });
    const seen = new Promise((resolve) => {
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, (note) => {
        if (note.params.uri === uri) resolve();
      });
    });
    await client.subscribeResource({ uri });
    await client.callTool({ name: "counter.add", arguments: { id } });
    await seen;
    await client.unsubscribeResource({ uri });
  },
  "prompts: list, get, complete": async ({ client }) => {
    const id = name();
    await client.callTool({ name: "counter.add", arguments: { id } });
    const { prompts } = await client.listPrompts();
    assert(prompts.some((prompt) => prompt.name === "explain"));
    const got = await client.getPrompt({ name: "explain", arguments: { kind: "counter", id } });
    assert.equal(got.messages[0].content.type, "resource");
    const ref = { type: "ref/prompt", name: "explain" };
    const told = await client.complete({ ref, argument: { name: "kind", value: "cou" } });
    assert.deepEqual(told.completion.values, ["counter"]);
  },
  "progress: the words of a run while it grows": async ({ client }) => {
    const seen = [];
    const turns = [{ role: "user", content: "Summarize: Cambium is a layer of a tree. It grows." }];
    const call = { name: "run.start", arguments: { input: { model: "local/rules", turns } } };
    const onprogress = (progress) => seen.push(progress.progress);
    const told = await client.callTool(call, undefined, { onprogress });
    assert(told.structuredContent.output.text, JSON.stringify(told));
    assert(seen.length > 0);
  },
  "logging: what goes on, once a level is set": async ({ client }) => {
    await client.setLoggingLevel("info");
  },
};

for (const [scenario, run] of Object.entries(scenarios)) {
  let known;
  try {
    known = await connected();
    await run(known);
    console.log(JSON.stringify({ scenario, ok: true }));
  } catch (error) {
    const why = `${error?.name}: ${error?.message}`.slice(0, 900);
    console.log(JSON.stringify({ scenario, ok: false, why }));
  }
  await known?.client.close().catch(() => {});
}
process.exit(0);
