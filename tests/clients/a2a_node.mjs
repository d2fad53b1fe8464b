// The official JavaScript client of A2A against a running Cambium: one line of JSON per scenario.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  ListTasksRequest, SendMessageRequest, StreamResponse, Task, TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import {
  ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory,
} from "@a2a-js/sdk/client";
import {
  ContentTypeNotSupportedError, RequestMalformedError, TaskNotCancelableError, TaskNotFoundError,
  UnsupportedOperationError,
} from "@a2a-js/sdk/errors";

const [url, key, stage] = process.argv.slice(2);
const fetchImpl = (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set("x-api-key", key);
  return fetch(input, { ...init, headers });
};
const client = (transport, base = url) => new ClientFactory({
  transports: [new transport({ fetchImpl })],
  cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
}).createFromUrl(base);
const both = [JsonRpcTransportFactory, RestTransportFactory];
const said = (text, more = {}, configuration = {}) => SendMessageRequest.fromJSON({
  message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text }], ...more },
  configuration,
});
const plain = (task) => Task.toJSON(task);
const told = (event) => StreamResponse.toJSON(event);
const answer = (task) => task.artifacts.at(-1).parts.map((part) => part.text).join("");
const grown = (events) => events.filter((event) => event.artifactUpdate).reduce((text, event) => {
  const { artifact, append } = event.artifactUpdate;
  const piece = artifact.parts.map((part) => part.text ?? "").join("");
  return append ? text + piece : piece;
}, "");
const all = async (events) => {
  const seen = [];
  for await (const event of events) seen.push(told(event));
  return seen;
};

const scenarios = {
  "card: resolved, and extended": async () => {
    for (const transport of both) {
      const card = await (await client(transport)).getAgentCard();
      assert.equal(card.name, "Cambium");
      assert(card.skills.some((skill) => skill.id === "answer"));
    }
  },
  "message: sent, answered by a task, and got again": async () => {
    for (const transport of both) {
      const agent = await client(transport);
      const request = said("What is 6 times 7?");
      const task = plain(await agent.sendMessage(request));
      assert.equal(task.status.state, "TASK_STATE_COMPLETED");
      assert.match(answer(task), /42/);
      assert.deepEqual(plain(await agent.getTask({ id: task.id, tenant: "" })), task);
      assert.equal(plain(await agent.sendMessage(request)).id, task.id);
      const second = plain(await agent.sendMessage(said("And 2?", { contextId: task.contextId })));
      assert.equal(second.contextId, task.contextId);
      assert.notEqual(second.id, task.id);
    }
  },
  "stream: the task, its artifact piece by piece, its end": async () => {
    for (const transport of both) {
      const agent = await client(transport);
      const events = await all(agent.sendMessageStream(said("Summarize: trees grow.")));
      const end = events.at(-1).statusUpdate ?? events.at(-1).task;
      assert.equal(end.status.state, "TASK_STATE_COMPLETED");
      const task = plain(await agent.getTask({ id: events[0].task.id, tenant: "" }));
      if (events.length > 1) assert.equal(grown(events), answer(task));
    }
  },
  "stream: cut off, and taken up again by resubscribeTask": async () => {
    const watched = [];
    for (const transport of both) {
      const agent = await client(transport);
      let id;
      for await (const event of agent.sendMessageStream(
        said("Greet.", { metadata: { model: "slow/gated" } }))) {
        const piece = told(event);
        id ??= piece.task.id;
        if (piece.artifactUpdate) break;
      }
      watched.push({ agent, id });
    }
    const ends = [];
    for (const { agent, id } of watched) {
      const events = agent.resubscribeTask({ id, tenant: "" });
      const first = told((await events.next()).value);
      assert.equal(first.task.id, id);
      const pieces = [];
      while (grown(pieces) !== "Grüße, ") pieces.push(told((await events.next()).value));
      ends.push({ events, pieces });
    }
    await fetch(`${stage}/open`, { method: "POST" });
    for (const { events, pieces } of ends) {
      pieces.push(...await all(events));
      assert.equal(grown(pieces), "Grüße, Welt.");
      assert.equal(pieces.at(-1).statusUpdate.status.state, "TASK_STATE_COMPLETED");
    }
  },
  "tasks: listed, cancelled once": async () => {
    const definition = {
      model: "local/rules",
      tools: [{ name: "add", parameters: { type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] } }],
    };
    const defined = await fetchImpl(`${url}/v1/assistant/counts/define`, {
      method: "POST", body: JSON.stringify(definition),
      headers: { "content-type": "application/json" },
    });
    assert.equal(defined.status, 200);
    for (const transport of both) {
      const agent = await client(transport);
      const metadata = { model: "cambium/assistant/counts" };
      const task = plain(await agent.sendMessage(said("Use add with a 2 and b 3.", { metadata })));
      assert.equal(task.status.state, "TASK_STATE_INPUT_REQUIRED");
      const page = await agent.listTasks(
        ListTasksRequest.fromJSON({ contextId: task.contextId }));
      assert.deepEqual(page.tasks.map((one) => one.id), [task.id]);
      const request = { id: task.id, tenant: "" };
      assert.equal(plain(await agent.cancelTask(request)).status.state, "TASK_STATE_CANCELED");
      await assert.rejects(agent.cancelTask(request), TaskNotCancelableError);
    }
  },
  "push: set, told, listed, deleted": async () => {
    for (const transport of both) {
      const agent = await client(transport);
      const token = randomUUID();
      const taskPushNotificationConfig = { id: "js", url: `${stage}/hook`, token };
      const task = plain(await agent.sendMessage(
        said("What is 5 plus 1?", {}, { taskPushNotificationConfig })));
      for (let tries = 0; ; tries += 1) {
        const came = await (await fetch(`${stage}/hooks`)).json();
        if (came.some((it) => it.headers["x-a2a-notification-token"] === token
          && StreamResponse.toJSON(StreamResponse.fromJSON(it.body)).task.status.state
            === "TASK_STATE_COMPLETED")) break;
        assert(tries < 1200, "it is told");
        await new Promise((done) => setTimeout(done, 50));
      }
      const named = { taskId: task.id, id: "js", tenant: "" };
      const made = await agent.createTaskPushNotificationConfig(
        TaskPushNotificationConfig.fromJSON({ taskId: task.id, id: "two", url: `${stage}/hook` }));
      assert.equal(made.id, "two");
      const listed = await agent.listTaskPushNotificationConfig({ taskId: task.id, tenant: "" });
      assert.deepEqual(listed.configs.map((one) => one.id), ["js", "two"]);
      assert.equal((await agent.getTaskPushNotificationConfig(named)).url, `${stage}/hook`);
      await agent.deleteTaskPushNotificationConfig(named);
      await assert.rejects(agent.getTaskPushNotificationConfig(named), TaskNotFoundError);
    }
  },
  "errors: the client's error classes": async () => {
    for (const transport of both) {
      const agent = await client(transport);
      const nothing = { id: "nothing", tenant: "" };
      await assert.rejects(agent.getTask(nothing), TaskNotFoundError);
      await assert.rejects(agent.cancelTask(nothing), TaskNotFoundError);
      await assert.rejects(agent.sendMessage(said("x", { role: "ROLE_AGENT" })),
        RequestMalformedError);
      await assert.rejects(agent.sendMessage(said("", {
        parts: [{ raw: "UklGRg==", mediaType: "audio/wav" }] })), ContentTypeNotSupportedError);
      const over = plain(await agent.sendMessage(said("What is 1 plus 1?")));
      await assert.rejects(agent.sendMessage(said("more", { taskId: over.id })),
        UnsupportedOperationError);
      await assert.rejects(agent.resubscribeTask({ id: over.id, tenant: "" }).next(),
        UnsupportedOperationError);
    }
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
