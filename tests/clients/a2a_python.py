"""The official Python client of A2A against a running Cambium: one line of JSON per scenario."""

import asyncio
import json
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.client.errors import A2AClientError
from a2a.types import (
    AuthenticationInfo,
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)
from a2a.utils.errors import (
    JSON_RPC_ERROR_CODE_MAP,
    ContentTypeNotSupportedError,
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
    VersionNotSupportedError,
)
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Value

url, key, stage = sys.argv[1:4]
http = httpx.AsyncClient(headers={"x-api-key": key}, timeout=60)
BINDINGS = ["JSONRPC", "HTTP+JSON"]
ADD = {
    "name": "add",
    "description": "Adds two numbers.",
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}
SCENARIOS = []
CARDS = {}


def scenario(function):
    SCENARIOS.append((function.__doc__.strip(), function))
    return function


async def client(binding="JSONRPC", base=None, streaming=False, **more):
    base = base or url
    if base not in CARDS:
        CARDS[base] = await A2ACardResolver(http, base).get_agent_card()
    config = ClientConfig(streaming=streaming, httpx_client=http,
                          supported_protocol_bindings=[binding], **more)
    return ClientFactory(config).create(CARDS[base])


def said(text, **more):
    more.setdefault("message_id", str(uuid.uuid4()))
    return Message(role=Role.ROLE_USER, parts=[Part(text=text)], **more)


async def ask(agent, message, **configuration):
    request = SendMessageRequest(
        message=message, configuration=SendMessageConfiguration(**configuration))
    return [event async for event in agent.send_message(request)]


async def one(agent, message, **configuration):
    events = await ask(agent, message, **configuration)
    assert len(events) == 1, events
    return events[0].task


def gated():
    return {"model": "slow/gated"}


def answer(task):
    return "".join(part.text for part in task.artifacts[-1].parts)


def grown(events):
    """The answer as it was told in pieces."""
    text = ""
    for event in events:
        if event.HasField("artifact_update"):
            update = event.artifact_update
            piece = "".join(part.text for part in update.artifact.parts)
            text = text + piece if update.append else piece
    return text


async def define(name, **definition):
    told = await http.post(f"{url}/v1/assistant/{name}/define", json=definition)
    assert told.status_code == 200, told.text


async def refused(wanted, call):
    try:
        await call
    except wanted as error:
        return error
    raise AssertionError(f"{wanted.__name__} was expected")


async def raises(wanted, events):
    async def all_of():
        async for _ in events:
            pass
    return await refused(wanted, all_of())


@scenario
async def card():
    """card: the open one, the extended one, and an assistant's own"""
    open_card = await A2ACardResolver(httpx.AsyncClient(), url).get_agent_card()
    bindings = [it.protocol_binding for it in open_card.supported_interfaces]
    assert bindings == BINDINGS and open_card.capabilities.streaming, open_card
    assert {it.protocol_version for it in open_card.supported_interfaces} == {"1.0"}
    await define("poet", model="local/rules", metadata={"description": "Writes verses."})
    for binding in BINDINGS:
        agent = await client(binding)
        told = await agent.get_extended_agent_card(GetExtendedAgentCardRequest())
        for _ in range(200):
            if "poet" in [skill.id for skill in told.skills]:
                break
            await asyncio.sleep(0.05)
            told = await agent.get_extended_agent_card(GetExtendedAgentCardRequest())
        assert "poet" in [skill.id for skill in told.skills], told
    own = await A2ACardResolver(http, f"{url}/a2a/assistants/poet").get_agent_card()
    assert own.description == "Writes verses." and own.version == "1", own


@scenario
async def send():
    """message: sent, and answered by a task, over both bindings"""
    for binding in BINDINGS:
        agent = await client(binding)
        message = said("What is 6 times 7?")
        task = await one(agent, message)
        assert task.status.state == TaskState.TASK_STATE_COMPLETED, task
        assert "42" in answer(task) and task.context_id, task
        assert task.history[0].message_id == message.message_id, task
        got = await agent.get_task(GetTaskRequest(id=task.id))
        assert MessageToDict(got) == MessageToDict(task), (got, task)
        short = await agent.get_task(GetTaskRequest(id=task.id, history_length=0))
        assert not short.history and answer(short) == answer(task), short


@scenario
async def repeated():
    """message: a messageId that comes again meets its task, another text is refused"""
    agent = await client()
    message = said("What is 2 times 4?")
    first, second = await one(agent, message), await one(agent, message)
    assert first.id == second.id and first.context_id == second.context_id, (first, second)
    other = said("What is 3 times 4?", message_id=message.message_id)
    await refused(InvalidParamsError, one(agent, other))


@scenario
async def context():
    """context: a second message goes on where the first ended"""
    agent = await client("HTTP+JSON")
    first = await one(agent, said("My name is Ada."))
    second = await one(agent, said("What is my name?", context_id=first.context_id))
    assert second.context_id == first.context_id and second.id != first.id
    assert "Ada" in answer(second), second
    named = f"mine-{uuid.uuid4()}"
    third = await one(agent, said("What is 1 plus 1?", context_id=named))
    assert third.context_id == named, third


@scenario
async def streamed():
    """stream: the task, its artifact piece by piece, its end"""
    for binding in BINDINGS:
        agent = await client(binding, streaming=True)
        events = await ask(agent, said("Summarize: Cambium is the living layer of a tree."))
        assert events[0].HasField("task"), events
        end = events[-1].task if len(events) == 1 else events[-1].status_update
        assert end.status.state == TaskState.TASK_STATE_COMPLETED, events
        task = await agent.get_task(GetTaskRequest(id=events[0].task.id))
        if len(events) > 1:
            assert grown(events) == answer(task), (events, task)


@scenario
async def survives():
    """stream: cut off, taken up again by SubscribeToTask with all that was said meanwhile"""
    agents = [await client(binding, streaming=True) for binding in BINDINGS]
    tasks = []
    for agent in agents:
        message = said("Greet.")
        ParseDict(gated(), message.metadata)
        events = agent.send_message(SendMessageRequest(message=message))
        task = (await anext(events)).task
        while not grown([event := await anext(events)]):
            pass
        await events.aclose()
        tasks.append(task.id)
    followed = []
    for agent, task in zip(agents, tasks):
        events = agent.subscribe(SubscribeToTaskRequest(id=task))
        first = await anext(events)
        assert first.task.status.state == TaskState.TASK_STATE_WORKING, first
        pieces = []
        while grown(pieces) != "Grüße, ":
            pieces.append(await anext(events))
        followed.append((events, pieces))
    await http.post(f"{stage}/open")
    for (events, pieces), agent, task in zip(followed, agents, tasks):
        pieces += [event async for event in events]
        assert grown(pieces) == "Grüße, Welt.", pieces
        assert pieces[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED, pieces
        assert answer(await agent.get_task(GetTaskRequest(id=task))) == "Grüße, Welt."
        over = agent.subscribe(SubscribeToTaskRequest(id=task))
        await raises(UnsupportedOperationError, over)


@scenario
async def tools():
    """input-required: the caller's tools are asked for, answered, and the task goes on"""
    await define("adder", model="local/rules", tools=[ADD])
    agent = await client(base=f"{url}/a2a/assistants/adder")
    message = said("Use add with a 2 and b 3.")
    task = await one(agent, message)
    assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED, task
    asked = MessageToDict(task.status.message.parts[1].data)["calls"][0]
    assert asked["name"] == "add" and task.context_id, asked
    output = Value()
    ParseDict({"outputs": [{"call": asked["call"], "output": {"sum": 5}}]}, output)
    reply = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, task_id=task.id,
                    context_id=task.context_id, parts=[Part(data=output)])
    wrong = said("5", task_id=task.id, context_id="another")
    await refused(InvalidParamsError, one(agent, wrong))
    ended = await one(agent, reply)
    assert ended.id == task.id and "5" in answer(ended), ended
    assert ended.status.state == TaskState.TASK_STATE_COMPLETED, ended
    assert (await one(agent, reply)).id == task.id, "a repeat is answered by the same"
    await refused(UnsupportedOperationError, one(agent, said("more", task_id=task.id)))


@scenario
async def watched():
    """input-required: whoever subscribes is told when somebody else answers"""
    agent = await client(base=f"{url}/a2a/assistants/adder", streaming=True)
    events = await ask(agent, said("Use add with a 2 and b 3."))
    end = events[-1].task if len(events) == 1 else events[-1].status_update
    assert end.status.state == TaskState.TASK_STATE_INPUT_REQUIRED, events
    task = events[0].task.id
    watching = agent.subscribe(SubscribeToTaskRequest(id=task))
    assert (await anext(watching)).task.id == task
    await ask(agent, said("5", task_id=task))
    states = [it.status_update.status.state async for it in watching
              if it.HasField("status_update")]
    assert states[0] == TaskState.TASK_STATE_WORKING, states
    assert states[-1] == TaskState.TASK_STATE_COMPLETED, states


async def person(name, *roles):
    told = await http.post(f"{url}/v1/principal/{name}/register", json={"roles": list(roles)})
    assert told.status_code in (200, 409), told.text
    told = await http.post(f"{url}/v1/keys", json={"principal": name, "label": name})
    return httpx.AsyncClient(headers={"x-api-key": told.json()["key"]}, timeout=60)


@scenario
async def held():
    """input-required: a yes that a policy asks for is seen, listed, and given through A2A"""
    policy = {"version": 1, "rules": [{
        "id": "sums-are-looked-at", "effect": "review",
        "match": {"effect": {"tools": ["calculator"]}},
        "approval": {"quorum": 1, "approvers": ["role:reviewer"], "expires_s": 3600}}]}
    told = await http.post(f"{url}/v1/policy/a2a/put", json={"document": policy})
    assert told.status_code == 200, told.text
    await define("sums", model="local/rules", uses=[{"name": "calculator"}])
    reviewer = await person("rita", "reviewer", "developer")
    agent = await client(base=f"{url}/a2a/assistants/sums")
    for decision, state in [("approve", "TASK_STATE_COMPLETED"), ("reject", None)]:
        # The gate reads of the rule a moment after it was put.
        for _ in range(100):
            task = await one(agent, said("Use the calculator tool. expression: 6*7"))
            if task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED:
                break
        assert task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED, task
        asked = MessageToDict(task.status.message.parts[1].data)
        assert asked["rule"].endswith("sums-are-looked-at"), asked
        for wanted, there in [("INPUT_REQUIRED", True), ("WORKING", False)]:
            wanted = getattr(TaskState, f"TASK_STATE_{wanted}")
            page = await agent.list_tasks(ListTasksRequest(page_size=100, status=wanted))
            assert (task.id in [it.id for it in page.tasks]) == there, (wanted, page)
        vote = Value()
        ParseDict({"approval": asked["approval"], "hash": asked["hash"], "decision": decision}, vote)
        answered = lambda: Message(
            message_id=str(uuid.uuid4()), role=Role.ROLE_USER, task_id=task.id,
            context_id=task.context_id, parts=[Part(data=vote)])
        try:
            await one(agent, answered())
            raise AssertionError("nobody says yes to what is his own")
        except A2AClientError:
            pass
        config = ClientConfig(streaming=False, httpx_client=reviewer,
                              supported_protocol_bindings=["JSONRPC"])
        card = await A2ACardResolver(reviewer, f"{url}/a2a/assistants/sums").get_agent_card()
        ended = await one(ClientFactory(config).create(card), answered())
        assert ended.id == task.id, ended
        for _ in range(400):
            if ended.status.state not in (
                    TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_INPUT_REQUIRED):
                break
            await asyncio.sleep(0.05)
            ended = await agent.get_task(GetTaskRequest(id=task.id))
        if state:
            assert ended.status.state == getattr(TaskState, state), ended
            assert "result" in answer(ended), ended
        else:
            assert ended.status.state not in (
                TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_INPUT_REQUIRED), ended
    await http.post(f"{url}/v1/policy/a2a/retire", json={})


@scenario
async def cancel():
    """tasks: returned at once, cancelled, and not twice"""
    for binding in BINDINGS:
        agent = await client(binding, base=None)
        name = f"slow-{binding[:4].lower()}"
        await define(name, model="local/rules", tools=[ADD])
        message = said("Use add with a 2 and b 3.")
        ParseDict({"model": f"cambium/assistant/{name}"}, message.metadata)
        task = await one(agent, message, return_immediately=True)
        assert task.status.state in (
            TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_INPUT_REQUIRED), task
        told = await agent.cancel_task(CancelTaskRequest(id=task.id))
        assert told.status.state == TaskState.TASK_STATE_CANCELED, told
        await refused(TaskNotCancelableError, agent.cancel_task(CancelTaskRequest(id=task.id)))


@scenario
async def listed():
    """tasks: listed page by page, by context and by state"""
    context = f"list-{uuid.uuid4()}"
    for binding in BINDINGS:
        agent = await client(binding)
        made = [await one(agent, said(f"What is {n} plus 1?", context_id=f"{context}-{binding[:4]}"))
                for n in range(3)]
        of_context = {"context_id": f"{context}-{binding[:4]}"}
        ids, token = [], ""
        while True:
            page = await agent.list_tasks(
                ListTasksRequest(page_size=2, page_token=token, **of_context))
            assert page.total_size == 3 and page.page_size == 2, page
            assert all(not task.artifacts for task in page.tasks), page
            ids += [task.id for task in page.tasks]
            token = page.next_page_token
            if not token:
                break
        assert ids == [task.id for task in reversed(made)], (ids, made)
        whole = await agent.list_tasks(ListTasksRequest(include_artifacts=True, **of_context))
        assert answer(whole.tasks[0]) == answer(made[-1]), whole
        everywhere = await agent.list_tasks(
            ListTasksRequest(page_size=100, status=TaskState.TASK_STATE_COMPLETED))
        assert {task.id for task in made} <= {task.id for task in everywhere.tasks}, everywhere
        none = await agent.list_tasks(
            ListTasksRequest(status=TaskState.TASK_STATE_CANCELED, **of_context))
        assert not none.tasks and none.total_size == 0, none


@scenario
async def push():
    """push: set with the message and on its own, told at each change, listed, deleted"""
    for binding in BINDINGS:
        agent = await client(binding)
        token = f"token-{uuid.uuid4()}"
        hook = TaskPushNotificationConfig(
            id="first", url=f"{stage}/hook", token=token,
            authentication=AuthenticationInfo(scheme="Bearer", credentials=f"secret-{token}"))
        task = await one(agent, said("What is 5 plus 1?"), task_push_notification_config=hook)
        told = []
        for _ in range(1200):
            told = [it for it in (await http.get(f"{stage}/hooks")).json()
                    if it["headers"].get("x-a2a-notification-token") == token]
            states = [it["body"]["task"]["status"]["state"] for it in told]
            if "TASK_STATE_COMPLETED" in states:
                break
            await asyncio.sleep(0.05)
        last = next(it for it in told
                    if it["body"]["task"]["status"]["state"] == "TASK_STATE_COMPLETED")
        assert last["headers"]["content-type"] == "application/a2a+json", last
        assert last["headers"]["authorization"] == f"Bearer secret-{token}", last
        assert last["body"]["task"]["id"] == task.id, last
        assert last["body"]["task"]["artifacts"][-1]["parts"][0]["text"] == answer(task), last
        second = await agent.create_task_push_notification_config(
            TaskPushNotificationConfig(task_id=task.id, id="second", url=f"{stage}/hook"))
        assert (second.task_id, second.id) == (task.id, "second"), second
        request = ListTaskPushNotificationConfigsRequest(task_id=task.id)
        both = (await agent.list_task_push_notification_configs(request)).configs
        assert [it.id for it in both] == ["first", "second"], both
        assert "secret" not in str(both) and both[0].authentication.scheme == "Bearer", both
        named = {"task_id": task.id, "id": "first"}
        await agent.get_task_push_notification_config(
            GetTaskPushNotificationConfigRequest(**named))
        await agent.delete_task_push_notification_config(
            DeleteTaskPushNotificationConfigRequest(**named))
        await refused(TaskNotFoundError, agent.get_task_push_notification_config(
            GetTaskPushNotificationConfigRequest(**named)))
        left = (await agent.list_task_push_notification_configs(request)).configs
        assert [it.id for it in left] == ["second"], left
        unknown = TaskPushNotificationConfig(task_id="nothing", url=f"{stage}/hook")
        await refused(TaskNotFoundError, agent.create_task_push_notification_config(unknown))


@scenario
async def errors():
    """errors: the client's exception classes over both bindings"""
    for binding in BINDINGS:
        agent = await client(binding)
        await refused(TaskNotFoundError, agent.get_task(GetTaskRequest(id="nothing")))
        await refused(TaskNotFoundError, agent.cancel_task(CancelTaskRequest(id="nothing")))
        await refused(TaskNotFoundError, one(agent, said("hello", task_id="nothing")))
        watching = await client(binding, streaming=True)
        await raises(TaskNotFoundError, watching.subscribe(SubscribeToTaskRequest(id="nothing")))
        sound = Message(message_id="m", role=Role.ROLE_USER,
                        parts=[Part(raw=b"RIFF", media_type="audio/wav")])
        await refused(ContentTypeNotSupportedError, one(agent, sound))
        await refused(ContentTypeNotSupportedError,
                      one(agent, said("hello"), accepted_output_modes=["audio/wav"]))
        await refused(InvalidParamsError,
                      one(agent, Message(message_id="m", role=Role.ROLE_USER)))
        unknown = said("hello")
        ParseDict({"model": "no-such-model"}, unknown.metadata)
        await refused(InvalidParamsError, one(agent, unknown))
    stranger = httpx.AsyncClient(headers={"x-api-key": "nobody"})
    config = ClientConfig(streaming=False, httpx_client=stranger)
    agent = ClientFactory(config).create(CARDS[url])
    error = await refused(A2AClientError, one(agent, said("hello")))
    assert "401" in str(error), error
    old = httpx.AsyncClient(headers={"x-api-key": key, "a2a-version": "0.3"})
    body = {"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": {"id": "nothing"}}
    told = (await old.post(f"{url}/a2a", json=body)).json()
    assert told["error"]["code"] == JSON_RPC_ERROR_CODE_MAP[VersionNotSupportedError], told
    told = (await http.post(f"{url}/a2a", content="{", headers={"a2a-version": "1.0"})).json()
    assert told["error"]["code"] == -32700 and told["id"] is None, told
    body["method"] = "Nothing"
    told = (await http.post(f"{url}/a2a", json=body)).json()
    assert told["error"]["code"] == -32601 and told["id"] == 1, told


@scenario
async def verified():
    """every task is a run, which can be replayed and verified"""
    task = await one(await client(), said("What is 9 times 9?"))
    told = (await http.get(f"{url}/v1/run/{task.id}/verify")).json()
    assert told["ok"], told


async def main():
    for name, function in SCENARIOS:
        try:
            await asyncio.wait_for(function(), 120)
            print(json.dumps({"scenario": name, "ok": True}), flush=True)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"[:900]
            print(json.dumps({"scenario": name, "ok": False, "why": why}), flush=True)


asyncio.run(main())
