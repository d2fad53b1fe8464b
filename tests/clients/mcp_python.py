"""The official Python client of MCP against a running Cambium: one line of JSON per scenario."""

import asyncio
import json
import sys
import traceback
import uuid

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

url, key, binary = sys.argv[1:4]
SCENARIOS = []
STATELESS, STATEFUL = "2026-07-28", "legacy"


def transport(headers=None):
    headers = headers or {"Authorization": f"Bearer {key}"}
    http = httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(60))
    return streamable_http_client(f"{url}/mcp", http_client=http)


def name():
    return f"t-{uuid.uuid4().hex[:12]}"


def scenario(function):
    SCENARIOS.append((function.__doc__.strip(), function))
    return function


def both(function):
    """The same in both revisions."""
    about = function.__doc__.strip()
    for mode, label in ((STATELESS, "2026-07-28"), (STATEFUL, "2025-11-25")):
        async def run(mode=mode):
            async with Client(transport(), mode=mode) as client:
                await function(client)

        SCENARIOS.append((f"{about} ({label})", run))
    return function


@scenario
async def negotiated():
    """auto mode speaks 2026-07-28, legacy mode 2025-11-25"""
    async with Client(transport()) as client:
        assert client.protocol_version == "2026-07-28", client.protocol_version
        assert client.server_info.name == "cambium", client.server_info
    async with Client(transport(), mode="legacy") as client:
        assert client.protocol_version == "2025-11-25", client.protocol_version
        assert client.instructions and client.server_capabilities.resources.subscribe


@both
async def tools(client):
    """tools: every command and time travel, with schemas"""
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    for wanted in ("counter.add", "osteon.create", "run.start", "replay", "fork", "diff", "verify"):
        assert wanted in listed, (wanted, sorted(listed))
    add = listed["counter.add"]
    assert add.input_schema["properties"]["input"], add.input_schema
    assert add.annotations.read_only_hint is False
    assert listed["verify"].annotations.read_only_hint is True
    assert listed["counter.reset"].annotations.destructive_hint is True


@both
async def commands(client):
    """commands: a counter, structured output, idempotency by _meta and by argument"""
    one = name()
    told = await client.call_tool("counter.add", {"id": one, "input": {"by": 2}})
    assert not told.is_error, told
    assert told.structured_content["output"] == {"value": 2}, told.structured_content
    assert told.structured_content["revision"] == 1 and told.structured_content["id"] == one
    again = {"id": one, "input": {"by": 3}}
    meta = {"cambium/idempotencyKey": f"k-{one}"}
    first = await client.call_tool("counter.add", again, meta=meta)
    repeat = await client.call_tool("counter.add", again, meta=meta)
    assert first.structured_content == repeat.structured_content, (first, repeat)
    keyed = {**again, "idempotency_key": f"other-{one}"}
    for _ in range(2):
        told = await client.call_tool("counter.add", keyed)
        assert told.structured_content["output"] == {"value": 8}, told


@both
async def refusals(client):
    """refusals: a rejection is a result with its code, a wrong name an error"""
    one = name()
    told = await client.call_tool("counter.add", {"id": one, "input": {"by": "two"}})
    assert told.is_error and "invalid_input" in told.content[0].text, told
    await client.call_tool("counter.add", {"id": one})
    told = await client.call_tool("counter.add", {"id": one, "expected_revision": 7})
    assert told.is_error, told
    told = await client.call_tool("counter.add", {"id": one, "how": "fast"})
    assert told.is_error and "unknown_parameter" in told.content[0].text, told
    try:
        await client.call_tool("counter.fly", {})
        raise AssertionError("there is no such tool")
    except MCPError as error:
        assert error.error.code == -32602, error


@both
async def documents(client):
    """commands: an osteon is created, drafted and read"""
    one = name()
    told = await client.call_tool("osteon.create", {"id": one, "input": {"title": "Cambium"}})
    assert not told.is_error, told
    state = await client.call_tool("state", {"kind": "osteon", "id": one})
    assert state.structured_content["state"]["title"] == "Cambium", state


@both
async def travel(client):
    """time travel: replay, fork, diff, verify, state as of a revision, events"""
    one = name()
    for by in (1, 2, 4):
        await client.call_tool("counter.add", {"id": one, "input": {"by": by}})
    about = {"kind": "counter", "id": one}
    told = await client.call_tool("replay", {**about, "decide": True})
    assert told.structured_content["drift"] == [], told
    assert told.structured_content["state"]["revision"] == 3, told
    told = await client.call_tool("fork", {**about, "at": 2, "new_id": f"{one}-b"})
    assert told.structured_content["revision"] == 3, told
    told = await client.call_tool("counter.add", {"id": f"{one}-b", "input": {"by": 10}})
    assert told.structured_content["output"] == {"value": 13}, told
    told = await client.call_tool("diff", {**about, "with": f"{one}-b"})
    assert told.structured_content["common"] == 2 and told.structured_content["patch"], told
    told = await client.call_tool("verify", about)
    assert told.structured_content["ok"] is True, told
    told = await client.call_tool("state", {**about, "at": 2})
    assert told.structured_content["state"]["value"] == 3, told
    told = await client.call_tool("events", about)
    assert [it["revision"] for it in told.structured_content["items"]] == [1, 2, 3], told
    told = await client.call_tool("actors", {"kind": "counter"})
    assert not told.is_error, told


@both
async def resources(client):
    """resources: list, templates, read an actor, its past and its events"""
    one = name()
    await client.call_tool("counter.add", {"id": one, "input": {"by": 2}})
    templates = (await client.list_resource_templates()).resource_templates
    assert "cambium://{kind}/{id}" in [it.uri_template for it in templates], templates
    assert (await client.list_resources()).resources
    read = (await client.read_resource(f"cambium://counter/{one}")).contents[0]
    assert json.loads(read.text)["state"]["value"] == 2, read
    read = (await client.read_resource(f"cambium://counter/{one}/events")).contents[0]
    assert len(json.loads(read.text)["items"]) == 1, read
    for missing in (f"cambium://counter/{one}-none", "cambium://nothing/x", "file:///etc/passwd"):
        try:
            await client.read_resource(missing)
            raise AssertionError(missing)
        except MCPError as error:
            assert error.error.data["uri"] == missing, error.error


@both
async def prompts(client):
    """prompts: built-in ones, assistants, completion of kinds and ids"""
    one = name()
    defined = {"model": "local/rules", "instructions": "Be brief."}
    told = await client.call_tool("assistant.define", {"id": one, "input": defined})
    assert not told.is_error, told
    await client.call_tool("counter.add", {"id": one})
    got = await client.get_prompt("explain", {"kind": "counter", "id": one})
    assert got.messages[0].content.resource.uri.startswith("cambium://counter/"), got
    got = await client.get_prompt(f"assistant.{one}", {"text": "Hello?"})
    assert [it.content.text for it in got.messages] == ["Be brief.", "Hello?"], got
    from mcp_types import PromptReference

    about = PromptReference(type="ref/prompt", name="explain")
    told = await client.complete(about, {"name": "kind", "value": "cou"})
    assert told.completion.values == ["counter"], told
    for _ in range(100):
        listed = [it.name for it in (await client.list_prompts()).prompts]
        if f"assistant.{one}" in listed:
            break
        await asyncio.sleep(0.05)
    assert f"assistant.{one}" in listed and "explain" in listed, listed


@both
async def progress(client):
    """progress: the words of a run while it grows, then its answer"""
    seen = []

    async def told(done, total, message):
        seen.append((done, message))

    turns = [{"role": "user", "content": "Summarize: Cambium is the living layer of a tree. It grows."}]
    asked = {"input": {"model": "local/rules", "turns": turns}}
    answer = await client.call_tool("run.start", asked, progress_callback=told)
    assert not answer.is_error and answer.structured_content["output"]["text"], answer
    assert seen and [it[0] for it in seen] == sorted(it[0] for it in seen), seen
    run = {"kind": "run", "id": answer.structured_content["id"]}
    assert (await client.call_tool("verify", run)).structured_content["ok"] is True
    status = {"command": answer.structured_content["command"]}
    status = await client.call_tool("command_status", status)
    assert status.structured_content["status"] == "completed", status


@both
async def unfinished(client):
    """a call that is not finished in time says how to get its outcome"""
    turns = [{"role": "user", "content": "Hello"}]
    asked = {"input": {"model": "local/rules", "turns": turns}, "wait_s": 0}
    told = (await client.call_tool("run.start", asked)).structured_content
    if told["status"] == "accepted":
        assert "command_status" in told["next"], told
    status = {"command": told["command"], "wait_s": 30}
    status = (await client.call_tool("command_status", status)).structured_content
    assert status["status"] == "completed", status


@scenario
async def tasks():
    """tasks: a call in the background, asked about later, by another connection (2025-11-25)"""
    import mcp_types as types

    turns = [{"role": "user", "content": "Hello"}]
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        session = {}

        async def ask(method, params):
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            headers = {"accept": "application/json, text/event-stream", **session}
            told = await http.post(f"{url}/mcp", json=asked, headers=headers, timeout=60)
            if "mcp-session-id" in told.headers:
                session["mcp-session-id"] = told.headers["mcp-session-id"]
            data = [it[5:] for it in told.text.splitlines() if it.startswith("data: {")]
            answer = json.loads(data[-1] if data else told.text)
            assert "result" in answer, answer
            return answer["result"]

        async def begin():
            session.clear()
            who = {"name": "raw", "version": "1"}
            about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": who}
            await ask("initialize", about)

        await begin()
        call = {"name": "run.start", "arguments": {"input": {"model": "local/rules", "turns": turns}}}
        begun = types.CreateTaskResult.model_validate(await ask("tools/call", {**call, "task": {}}))
        await begin()
        one = {"taskId": begun.task.task_id}
        result = types.CallToolResult.model_validate(await ask("tasks/result", one))
        assert result.structured_content["output"]["text"], result
        task = types.GetTaskResult.model_validate(await ask("tasks/get", one))
        assert task.status == "completed", task


@scenario
async def listening():
    """subscriptions/listen: a watched actor, and nothing else (2026-07-28)"""
    one, other = name(), name()
    async with Client(transport(), mode=STATELESS) as client:
        await client.call_tool("counter.add", {"id": one})
        async with client.listen(resource_subscriptions=[f"cambium://counter/{one}"]) as events:
            await client.call_tool("counter.add", {"id": other})
            await client.call_tool("counter.add", {"id": one})
            async with asyncio.timeout(30):
                async for event in events:
                    assert event.uri == f"cambium://counter/{one}", event
                    break


@scenario
async def subscribing():
    """resources/subscribe: a watched actor (2025-11-25)"""
    one, seen = name(), asyncio.Event()

    async def handler(message):
        if f"cambium://counter/{one}" in str(message):
            seen.set()

    async with Client(transport(), mode=STATEFUL, message_handler=handler) as client:
        await client.call_tool("counter.add", {"id": one})
        await client.subscribe_resource(f"cambium://counter/{one}")
        async with asyncio.timeout(30):
            while not seen.is_set():
                await client.call_tool("counter.add", {"id": one})
                await asyncio.sleep(0.05)
        await client.unsubscribe_resource(f"cambium://counter/{one}")


@scenario
async def strangers():
    """a wrong key is refused, and told where to get one"""
    async with httpx2.AsyncClient() as http:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        for headers in ({}, {"Authorization": "Bearer nobody"}):
            told = await http.post(f"{url}/mcp", json=asked, headers=headers)
            assert told.status_code == 401, told
            challenge = told.headers["www-authenticate"]
            assert challenge.startswith("Bearer "), challenge
            where = challenge.split('resource_metadata="')[1].split('"')[0]
            metadata = (await http.get(where)).json()
            assert metadata["resource"] == f"{url}/mcp" and metadata["authorization_servers"]


@scenario
async def over_stdio():
    """stdio: cambium mcp is a bridge to a running server, in both revisions"""
    arguments = ["mcp", "--url", url, "--key", key]
    for mode in (STATELESS, STATEFUL):
        one = name()
        server = StdioServerParameters(command=binary, args=arguments)
        async with Client(server, mode=mode) as client:
            told = await client.call_tool("counter.add", {"id": one, "input": {"by": 5}})
            assert told.structured_content["output"] == {"value": 5}, told
            seen = []

            async def progressed(done, total, message):
                seen.append(done)

            turns = [{"role": "user", "content": "Hello"}]
            asked = {"input": {"model": "local/rules", "turns": turns}}
            answer = await client.call_tool("run.start", asked, progress_callback=progressed)
            assert not answer.is_error and seen, answer


async def main():
    for about, function in SCENARIOS:
        try:
            async with asyncio.timeout(120):
                await function()
            print(json.dumps({"scenario": about, "ok": True}))
        except BaseException as error:
            why = "".join(traceback.format_exception(error))[-900:]
            print(json.dumps({"scenario": about, "ok": False, "why": why}))


asyncio.run(main())
