"""The official Python client of LangGraph against a running Cambium: a line of JSON per scenario."""

import base64
import hashlib
import hmac
import sys
import time
import uuid

import httpx
from langgraph_sdk import get_sync_client
from langgraph_sdk.errors import (
    APIStatusError, BadRequestError, ConflictError, NotFoundError,
)

from scenarios import scenario, tell_all

url, key, stage = sys.argv[1:4]
client = get_sync_client(url=f"{url}/langgraph", api_key=key, timeout=60)
ADD = {
    "name": "add",
    "description": "Adds two numbers.",
    "parameters": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}


def said(text):
    return {"messages": [{"role": "user", "content": text}]}


def raises(wanted, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except wanted as error:
        return error
    raise AssertionError(f"{wanted.__name__} was expected")


def until(wanted):
    """What is wanted, once it is so; it is given time, since clocks and timers are others'."""
    for _ in range(300):
        told = wanted()
        if told:
            return told
        time.sleep(0.1)
    return wanted()


def gated():
    """A thread in which a run goes on until it is let."""
    httpx.post(f"{stage}/close")
    thread = client.threads.create()["thread_id"]
    return thread, client.runs.create(thread, "slow/gated", input=said("Greet."))["run_id"]


def opened():
    httpx.post(f"{stage}/open")


def adder():
    return client.assistants.create(
        "agent", config={"configurable": {"model": "local/rules", "tools": [ADD]}},
        assistant_id="graph-adder", if_exists="do_nothing")["assistant_id"]


@scenario
def assistants():
    """assistants: create, get, update, search, count, versions, latest, schemas, graph, delete"""
    name = f"poet-{uuid.uuid4()}"
    made = client.assistants.create(
        "agent", config={"configurable": {"temperature": 0, "instructions": "Be short."}},
        metadata={"team": name}, name="Poet", description="Writes verses.")
    one = made["assistant_id"]
    assert (made["version"], made["graph_id"], made["name"]) == (1, "agent", "Poet"), made
    assert client.assistants.get(one) == made
    told = client.assistants.update(one, metadata={"more": {"a": 1}}, name="Bard")
    assert (told["version"], told["name"]) == (2, "Bard"), told
    assert told["metadata"] == {"team": name, "more": {"a": 1}}, told
    found = client.assistants.search(metadata={"team": name})
    assert [it["assistant_id"] for it in found] == [one], found
    assert client.assistants.count(metadata={"team": name}) == 1
    versions = client.assistants.get_versions(one)
    assert [it["version"] for it in versions] == [2, 1] and versions[1]["name"] == "Poet", versions
    assert client.assistants.set_latest(one, 1)["name"] == "Poet"
    assert client.assistants.get_schemas(one)["input_schema"]["required"] == ["messages"]
    assert client.assistants.get_graph(one)["nodes"] and client.assistants.get_subgraphs(one) == {}
    raises(ConflictError, client.assistants.create, "agent", assistant_id=one)
    client.assistants.delete(one)
    raises(NotFoundError, client.assistants.get, one)


@scenario
def threads():
    """threads: create, get, update, search, count, delete, prune"""
    mark = str(uuid.uuid4())
    thread = client.threads.create(metadata={"mark": mark})
    one = thread["thread_id"]
    assert thread["status"] == "idle" and thread["values"] == {"messages": []}, thread
    raises(ConflictError, client.threads.create, thread_id=one)
    again = client.threads.create(thread_id=one, if_exists="do_nothing")
    assert again["thread_id"] == one
    told = client.threads.update(one, metadata={"more": 1})
    assert told["metadata"] == {"mark": mark, "more": 1}, told
    assert client.threads.get(one)["metadata"] == told["metadata"]
    found = client.threads.search(metadata={"mark": mark})
    assert [it["thread_id"] for it in found] == [one], found
    assert client.threads.count(metadata={"mark": mark}) == 1
    client.threads.delete(one)
    raises(NotFoundError, client.threads.get, one)
    two = [client.threads.create()["thread_id"] for _ in range(2)]
    assert client.threads.prune(two + ["nothing"])["pruned_count"] == 2
    raises(NotFoundError, client.threads.get, two[1])


@scenario
def runs():
    """runs: wait, create and join, get, list; the thread remembers"""
    thread = client.threads.create()["thread_id"]
    values = client.runs.wait(thread, "agent", input=said("My name is Ada."))
    assert [it["type"] for it in values["messages"]] == ["human", "ai"], values
    run = client.runs.create(thread, "agent", input=said("What is my name?"),
                             metadata={"why": "asks"})
    values = client.runs.join(thread, run["run_id"])
    assert "Ada" in values["messages"][-1]["content"], values
    told = client.runs.get(thread, run["run_id"])
    assert told["status"] == "success" and told["metadata"] == {"why": "asks"}, told
    assert told["assistant_id"] == "agent", told
    listed = client.runs.list(thread)
    assert len(listed) == 2 and listed[0]["run_id"] == run["run_id"], listed
    made = client.runs.wait(str(uuid.uuid4()), "agent", input=said("What is 6 times 7?"),
                            if_not_exists="create")
    assert "42" in made["messages"][-1]["content"], made


@scenario
def streamed():
    """runs: stream in the modes values, updates, messages, messages-tuple, events and debug"""
    thread = client.threads.create()["thread_id"]
    ask = said("Summarize: Cambium is the living layer of a tree.")
    created = []
    parts = list(client.runs.stream(
        thread, "agent", input=ask, on_run_created=created.append,
        stream_mode=["values", "updates", "messages-tuple", "messages", "events", "custom",
                     "debug"]))
    assert parts[0].event == "metadata" and parts[-1].event == "end", parts
    assert created[0]["run_id"] == parts[0].data["run_id"], created
    last = [it.data for it in parts if it.event == "values"][-1]
    answer = last["messages"][-1]["content"]
    assert answer and [it["type"] for it in last["messages"]] == ["human", "ai"], last
    updates = [it.data for it in parts if it.event == "updates"]
    assert updates[-1]["agent"]["messages"][0]["content"] == answer, updates
    pieces = [it.data[0]["content"] for it in parts if it.event == "messages"]
    assert "".join(pieces) == answer, pieces
    whole = [it.data[0]["content"] for it in parts if it.event == "messages/complete"]
    assert whole == [answer], whole
    kinds = [it.data["event"] for it in parts if it.event == "events"]
    assert kinds[0] == "on_chain_start" and kinds[-1] == "on_chain_end", kinds
    done = [it.data["type"] for it in parts if it.event == "debug"]
    assert done == ["task_result", "checkpoint"], done
    again = list(client.runs.join_stream(
        thread, parts[0].data["run_id"], stream_mode="updates"))
    assert [it.data for it in again if it.event == "updates"] == updates, again


@scenario
def interrupted():
    """interrupts: the caller's tools are asked for, and command.resume goes on"""
    thread = client.threads.create()["thread_id"]
    values = client.runs.wait(thread, adder(), input=said("Use add with a 2 and b 3."))
    waits = values["__interrupt__"]
    assert waits[0]["value"]["name"] == "add", values
    state = client.threads.get_state(thread)
    assert state["next"] == ["tools"] and state["tasks"][0]["interrupts"] == waits, state
    assert client.threads.get(thread)["status"] == "interrupted"
    parts = list(client.runs.stream(thread, adder(), command={"resume": 5},
                                    stream_mode="updates"))
    nodes = [list(it.data)[0] for it in parts if it.event == "updates"]
    assert nodes[-2:] == ["tools", "agent"], parts
    state = client.threads.get_state(thread)
    assert not state["next"] and "5" in state["values"]["messages"][-1]["content"], state


@scenario
def history():
    """state: now, at a checkpoint, its history, update_state; copy is a fork, at any checkpoint"""
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "agent", input=said("My name is Ada."))
    first = client.threads.get_state(thread)
    told = client.threads.update_state(thread, said("I live in Turin."))
    assert told["checkpoint"]["checkpoint_id"] != first["checkpoint"]["checkpoint_id"], told
    now = client.threads.get_state(thread)["values"]["messages"]
    assert now[-1]["content"] == "I live in Turin." and len(now) == 3, now
    then = client.threads.get_state(thread, checkpoint_id=first["checkpoint"]["checkpoint_id"])
    assert then["values"] == first["values"], (then, first)
    same = client.threads.get_state(thread, checkpoint=first["checkpoint"])
    assert same["values"] == first["values"], same
    states = client.threads.get_history(thread)
    assert [len(it["values"]["messages"]) for it in states] == [3, 2, 0], states
    older = client.threads.get_history(thread, before=states[0]["checkpoint"], limit=1)
    assert older == states[1:2], older
    early = client.threads.copy(thread, params={
        "checkpoint_id": states[1]["checkpoint"]["checkpoint_id"]})["thread_id"]
    assert client.threads.get_state(early)["values"] == first["values"], "a fork of then"
    twin = client.threads.copy(thread)["thread_id"]
    values = client.runs.wait(twin, "agent", input=said("What is my name?"))
    assert "Ada" in values["messages"][-1]["content"], values
    assert len(client.threads.get_state(thread)["values"]["messages"]) == 3, "the first stays"


@scenario
def multitask():
    """runs: while one goes on another is refused, or takes its place (multitask_strategy)"""
    thread, slow = gated()
    raises(ConflictError, client.runs.create, thread, "agent", input=said("More?"),
           multitask_strategy="reject")
    raises(ConflictError, client.runs.delete, thread, slow)
    values = client.runs.wait(thread, "agent", input=said("What is 6 times 7?"),
                              multitask_strategy="interrupt")
    assert "42" in values["messages"][-1]["content"], values
    assert client.runs.get(thread, slow)["status"] == "interrupted"
    raises(BadRequestError, client.runs.create, thread, "agent", input=said("x"),
           multitask_strategy="hurry")


@scenario
def enqueued():
    """runs: while one goes on others wait for it, in their order (multitask_strategy enqueue)"""
    thread, slow = gated()
    names = [client.runs.create(thread, model, input=said(text), multitask_strategy="enqueue")
             for model, text in (("agent", "What is 6 times 7?"), (adder(), "What is 2 plus 2?"))]
    assert [it["status"] for it in names] == ["pending", "pending"], names
    assert {it["multitask_strategy"] for it in names} == {"enqueue"}, names
    assert client.threads.get(thread)["status"] == "busy"
    dropped = client.runs.create(thread, "agent", input=said("x"), multitask_strategy="enqueue")
    client.runs.cancel(thread, dropped["run_id"])
    assert client.runs.get(thread, dropped["run_id"])["status"] == "interrupted"
    opened()
    values = client.runs.join(thread, names[1]["run_id"])
    told = [it["content"] for it in values["messages"] if it["type"] == "ai"]
    assert told[0] == "Grüße, Welt." and "42" in told[1] and "4" in told[2], values
    listed = client.runs.list(thread, status="success")
    assert [it["run_id"] for it in listed] == [names[1]["run_id"], names[0]["run_id"], slow], listed


@scenario
def rolled_back():
    """runs: one takes the place of another as if that had never been (multitask_strategy rollback)"""
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "agent", input=said("My name is Ada."))
    httpx.post(f"{stage}/close")
    slow = client.runs.create(thread, "slow/gated", input=said("My name is Bob."))["run_id"]
    queued = client.runs.create(thread, "agent", input=said("x"), multitask_strategy="enqueue")
    values = client.runs.wait(thread, "agent", input=said("What is my name?"),
                              multitask_strategy="rollback")
    told = [it["content"] for it in values["messages"]]
    assert len(told) == 4 and "Ada" in told[-1] and not any("Bob" in it for it in told), values
    for gone in (slow, queued["run_id"]):
        raises(NotFoundError, client.runs.get, thread, gone)


@scenario
def later():
    """runs: begun some seconds later (after_seconds), in a thread and without one"""
    thread = client.threads.create()["thread_id"]
    run = client.runs.create(thread, "agent", input=said("What is 6 times 7?"), after_seconds=1)
    assert run["status"] == "pending", run
    raises(ConflictError, client.runs.create, thread, "agent", input=said("x"))
    assert "42" in client.runs.join(thread, run["run_id"])["messages"][-1]["content"]
    values = client.runs.wait(None, "agent", input=said("What is 2 plus 2?"), after_seconds=1)
    assert "4" in values["messages"][-1]["content"], values


@scenario
def from_checkpoint():
    """runs: from an earlier checkpoint, on a branch of the thread; update_state there"""
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "agent", input=said("My name is Ada."))
    first = client.threads.get_state(thread)["checkpoint"]
    client.runs.wait(thread, "agent", input=said("My name is Bob."))
    left = client.threads.get_state(thread)
    old = client.runs.list(thread)[0]["run_id"]
    values = client.runs.wait(thread, "agent", input=said("What is my name?"), checkpoint=first)
    told = [it["content"] for it in values["messages"]]
    assert len(told) == 4 and "Ada" in told[-1] and "My name is Bob." not in told, values
    state = client.threads.get_state(thread)
    assert state["values"] == values and state["parent_checkpoint"] == first, state
    # The branch that was left is still there: its states, its runs, and it can be gone on with.
    assert client.threads.get_state(thread, checkpoint=left["checkpoint"])["values"] == left["values"]
    assert client.runs.get(thread, old)["status"] == "success"
    assert len(client.runs.list(thread)) == 3
    parts = list(client.runs.stream(
        thread, "agent", input=said("What is my name?"),
        checkpoint_id=left["checkpoint"]["checkpoint_id"]))
    told = [it["content"] for it in parts[-2].data["messages"]]
    assert len(told) == 6 and "Bob" in told[-1], parts
    made = client.threads.update_state(thread, said("My name is Eve."), checkpoint=first)
    told = client.threads.get_state(thread)
    assert len(told["values"]["messages"]) == 3 and told["parent_checkpoint"] == first, told
    same = client.threads.update_state(thread, None, checkpoint=first)
    assert same["checkpoint_id"] == first["checkpoint_id"], same
    values = client.runs.wait(thread, "agent", checkpoint_id=made["checkpoint_id"])
    assert len(values["messages"]) == 4, values
    raises(NotFoundError, client.runs.create, thread, "agent", input=said("x"),
           checkpoint_id="9999")


@scenario
def followed():
    """threads: join_stream tells each run and that it is done, and goes on from Last-Event-ID"""
    httpx.post(f"{stage}/close")
    thread = client.threads.create()["thread_id"]
    run = client.runs.create(thread, "slow/gated", input=said("Greet."),
                             stream_mode="messages-tuple")["run_id"]
    names, text, last = [], "", None
    for part in client.threads.join_stream(thread):
        if part.event == "messages":
            text, last = text + part.data[0]["content"], part.id
            break
    opened()
    again = client.runs.create(thread, "agent", input=said("What is 6 times 7?"),
                               multitask_strategy="enqueue")["run_id"]
    done, values = [], None
    for part in client.threads.join_stream(thread, last_event_id=last):
        names.append(part.event)
        values = part.data if part.event == "values" else values
        if part.event == "messages":
            text += part.data[0]["content"]
        if part.event == "run_done":
            done.append((part.data["run_id"], part.data["status"]))
        if len(done) == 2:
            break
    assert text == "Grüße, Welt.", text
    assert done == [(run, "success"), (again, "success")], done
    assert "values" in names and "end" not in names, names
    told = [it["content"] for it in values["messages"] if it["type"] == "ai"]
    assert told[0] == "Grüße, Welt." and "42" in told[1], "what it waited for is told with it"
    parts = []
    for part in client.threads.join_stream(thread, stream_mode=["lifecycle", "state_update"],
                                           last_event_id="-"):
        parts.append(part)
        if [it.event for it in parts].count("run_done") == 2:
            break
    assert [it.event for it in parts] == ["metadata", "state_update", "run_done"] * 2, parts
    assert "42" in parts[-2].data["values"]["messages"][-1]["content"], parts


@scenario
def webhook():
    """runs: a webhook is told how a run ends, signed with the tenant's own secret"""
    secret = base64.b64encode(b"thirty-two bytes that nobody has").decode()
    put = httpx.put(f"{url}/v1/secrets/langgraph-webhook", headers={"x-api-key": key},
                    json={"value": f"whsec_{secret}"})
    assert put.status_code in (200, 201), put.text
    thread = client.threads.create()["thread_id"]
    run = client.runs.create(thread, "agent", input=said("What is 6 times 7?"),
                             webhook=f"{stage}/hook")["run_id"]
    came = lambda: [it for it in httpx.get(f"{stage}/hooks").json() if run in it["text"]]
    told = until(came)[0]
    assert told["body"]["type"].endswith("Completed"), told
    headers = told["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{told['text']}"
    wanted = hmac.new(base64.b64decode(secret), signed.encode(), hashlib.sha256).digest()
    assert f"v1,{base64.b64encode(wanted).decode()}" in headers["webhook-signature"], headers
    # What may not be asked is not asked: the guard of all requests looks at this one, too.
    run = client.runs.create(thread, "agent", input=said("x"), webhook="http://10.0.0.1/hook")
    client.runs.join(thread, run["run_id"])
    found = httpx.get(f"{url}/v1/webhook", headers={"x-api-key": key}).json()["items"]
    assert [it["id"] for it in found if it["id"].startswith("langgraph:")], found


@scenario
def there():
    """ok and info say that it is there, and what of the platform is served"""
    assert client.http.get("/ok") == {"ok": True}
    info = client.http.get("/info")
    assert info["flags"]["crons"] and info["version"], info


@scenario
def cron_in_a_busy_thread():
    """crons: one that fires while its thread is busy fails, or waits for it (enqueue)"""
    thread, _ = gated()
    made = client.crons.create_for_thread(
        thread, "agent", schedule="* * * * * *", input=said("What is 6 times 7?"))
    begun = until(lambda: client.crons.search(thread_id=thread)[0]["last_run"])
    state = lambda: httpx.get(f"{url}/v1/run/{begun['run_id']}",
                              headers={"x-api-key": key}).json().get("state", {})
    assert until(lambda: state().get("code")) == "history_unfinished", state()
    client.crons.delete(made["cron_id"])
    assert until(lambda: len(client.runs.list(thread)) == 1), "what could not begin stands nowhere"
    made = client.crons.create_for_thread(
        thread, "agent", schedule="* * * * * *", input=said("What is 6 times 7?"),
        multitask_strategy="enqueue")
    waits = until(lambda: client.runs.list(thread, status="pending"))
    client.crons.delete(made["cron_id"])
    opened()
    values = client.runs.join(thread, waits[-1]["run_id"])
    told = [it["content"] for it in values["messages"] if it["type"] == "ai"]
    assert told[0] == "Grüße, Welt." and "42" in told[1], values


@scenario
def many():
    """runs: a batch, cancelled together; deleted"""
    httpx.post(f"{stage}/close")
    ask = {"assistant_id": "slow/gated", "input": said("Greet.")}
    runs = client.runs.create_batch([ask, ask])
    assert len({it["thread_id"] for it in runs}) == 2, runs
    one, two = runs
    client.runs.cancel_many(thread_id=one["thread_id"], run_ids=[one["run_id"]])
    assert client.runs.get(one["thread_id"], one["run_id"])["status"] == "interrupted"
    assert client.runs.get(two["thread_id"], two["run_id"])["status"] == "running"
    client.runs.cancel_many(status="all")
    assert client.runs.get(two["thread_id"], two["run_id"])["status"] == "interrupted"
    client.runs.delete(one["thread_id"], one["run_id"])
    raises(NotFoundError, client.runs.get, one["thread_id"], one["run_id"])
    assert client.runs.list(one["thread_id"]) == []


@scenario
def survives():
    """runs: a stream that was cut is taken up again by Last-Event-ID, with nothing told twice"""
    httpx.post(f"{stage}/close")
    thread = client.threads.create()["thread_id"]
    stream = client.runs.stream(thread, "slow/gated", input=said("Greet."),
                                stream_mode="messages-tuple")
    run, text, last = None, "", None
    for part in stream:
        if part.event == "metadata":
            run = part.data["run_id"]
        if part.event == "messages":
            text, last = text + part.data[0]["content"], part.id
            break
    stream.close()
    assert client.threads.get(thread)["status"] == "busy"
    busy = raises(ConflictError, client.runs.create, thread, "agent", input=said("More?"))
    assert "conversation_locked" in str(busy.body), busy.body
    opened()
    for part in client.runs.join_stream(thread, run, stream_mode="messages-tuple",
                                        last_event_id=last):
        if part.event == "messages":
            text += part.data[0]["content"]
    assert text == "Grüße, Welt.", text


@scenario
def cancelled():
    """runs: cancelled once"""
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, adder(), input=said("Use add with a 2 and b 3."))
    run = client.runs.list(thread)[0]["run_id"]
    client.runs.cancel(thread, run)
    assert client.runs.get(thread, run)["status"] == "interrupted"
    raises(ConflictError, client.runs.cancel, thread, run)


@scenario
def stateless():
    """runs: without a thread, waited for and streamed"""
    values = client.runs.wait(None, "agent", input=said("What is 6 times 7?"))
    assert "42" in values["messages"][-1]["content"], values
    parts = list(client.runs.stream(None, "agent", input=said("What is 2 plus 2?")))
    assert parts[-1].event == "end" and "4" in parts[-2].data["messages"][-1]["content"], parts


@scenario
def store():
    """store: put, get, search by prefix, filter and query, namespaces, delete; items with a ttl"""
    place = ["people", str(uuid.uuid4())]
    assert client.store.get_item(place, "food") is None
    client.store.put_item(place, "food", {"likes": "apples and pears", "rank": 2})
    client.store.put_item(place + ["work"], "tools", {"likes": "hammers", "rank": 5})
    client.store.put_item(place, "food", {"likes": "apples", "rank": 1})
    item = client.store.get_item(place, "food")
    assert item["value"] == {"likes": "apples", "rank": 1} and item["namespace"] == place, item
    assert item["created_at"] < item["updated_at"], item
    keys = lambda **wanted: [it["key"] for it in client.store.search_items(place, **wanted)["items"]]
    assert keys() == ["food", "tools"] and keys(limit=1, offset=1) == ["tools"], keys()
    assert keys(filter={"rank": {"$gte": 2}}) == ["tools"] and keys(filter={"rank": 1}) == ["food"]
    found = client.store.search_items(place, query="Which hammer is it?")["items"]
    assert found[0]["key"] == "tools" and found[0]["score"] > found[1]["score"], found
    names = client.store.list_namespaces(prefix=place)["namespaces"]
    assert names == [place, place + ["work"]], names
    assert client.store.list_namespaces(prefix=place, max_depth=2)["namespaces"] == [place]
    client.store.put_item(place, "hidden", {"likes": "hammers"}, index=False)
    assert "hidden" not in keys(query="hammers") and "hidden" in keys()
    client.store.delete_item(place, "food")
    assert client.store.get_item(place, "food") is None and "food" not in keys()
    raises(NotFoundError, client.store.delete_item, place, "food")
    raises(BadRequestError, client.store.search_items, place, filter={"rank": {"$in": [1]}})
    client.store.put_item(place, "soon", {"likes": "haste"}, ttl=1 / 60)
    assert until(lambda: client.store.get_item(place, "soon") is None), "its time is over"


@scenario
def crons():
    """crons: create (in a thread, without one), search, count, update, delete; they begin runs"""
    mark = str(uuid.uuid4())
    thread = client.threads.create()["thread_id"]
    client.threads.update_state(thread, said("My name is Ada."))
    made = client.crons.create_for_thread(
        thread, "agent", schedule="* * * * * *", input=said("What is my name?"),
        metadata={"mark": mark}, timezone="Europe/Rome")
    assert made["thread_id"] == thread and made["next_run_date"] and made["enabled"], made
    assert made["timezone"] == "Europe/Rome", made
    ran = until(lambda: [it for it in client.runs.list(thread) if it["status"] == "success"])
    told = client.threads.get_state(thread)["values"]["messages"]
    assert any("Ada" in it["content"] for it in told if it["type"] == "ai"), told
    assert ran[0]["assistant_id"] == "agent" and ran[0]["metadata"] == {"mark": mark}, ran
    told = client.crons.update(made["cron_id"], enabled=False, schedule="0 8 * * MON-FRI")
    assert not told["enabled"] and told["schedule"] == "0 8 * * MON-FRI", told
    assert told["next_run_date"] is None and told["last_run"]["thread_id"] == thread, told
    alone = client.crons.create(adder(), schedule="* * * * * *", metadata={"mark": mark},
                                input=said("Use add with a 2 and b 3."))
    begun = until(lambda: [it["last_run"] for it in client.crons.search(
        metadata={"mark": mark}, enabled=True) if it["last_run"]])[0]
    state = until(lambda: client.threads.get_state(begun["thread_id"])["interrupts"])
    assert state[0]["value"]["name"] == "add", state
    assert client.crons.count(metadata={"mark": mark}) == 2
    assert [it["cron_id"] for it in client.crons.search(thread_id=thread)] == [made["cron_id"]]
    for one in (made, alone):
        client.crons.delete(one["cron_id"])
    assert client.crons.count(metadata={"mark": mark}) == 0
    raises(NotFoundError, client.crons.delete, made["cron_id"])
    raises(BadRequestError, client.crons.create, "agent", schedule="now and then",
           input=said("x"))
    raises(BadRequestError, client.crons.create, "agent", schedule="0 8 * * *", input=said("x"),
           on_run_completed="delete")


@scenario
def errors():
    """errors: the client's exception classes; what cannot be done is refused by name"""
    raises(NotFoundError, client.threads.get, "nothing")
    raises(NotFoundError, client.assistants.get, "nothing")
    thread = client.threads.create()["thread_id"]
    raises(NotFoundError, client.runs.get, thread, "nothing")
    raises(NotFoundError, client.runs.create, thread, "no-such-graph", input=said("x"))
    raises(BadRequestError, client.runs.create, thread, "agent", input={"topic": "trees"})
    error = raises(BadRequestError, client.runs.create, thread, "agent", input=said("x"),
                   interrupt_before=["agent"])
    assert "unsupported_parameter" in str(error.body), error.body
    raises(BadRequestError, client.runs.create, thread, "agent", input=said("x"),
           webhook="/not-a-url")
    stranger = get_sync_client(url=f"{url}/langgraph", api_key="nobody")
    assert raises(APIStatusError, stranger.threads.get, thread).status_code == 401


@scenario
def verified():
    """every run can be replayed and verified"""
    thread = client.threads.create()["thread_id"]
    client.runs.wait(thread, "agent", input=said("What is 9 times 9?"))
    run = client.runs.list(thread)[0]["run_id"]
    told = httpx.get(f"{url}/v1/run/{run}/verify", headers={"x-api-key": key}).json()
    assert told["ok"], told


tell_all()
