"""The official Python client against a running Cambium: one line of JSON per scenario."""

import base64
import json
import struct
import sys
import time
import uuid

import openai
from openai import OpenAI
from pydantic import BaseModel

from scenarios import scenario, tell_all

url, key = sys.argv[1], sys.argv[2]
client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=60)
MODEL = "local/rules"
HELLO = [{"role": "user", "content": "Summarize: Cambium is the living layer of a tree. It grows."}]
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
    },
}


@scenario
def models():
    """models: list and retrieve"""
    ids = [model.id for model in client.models.list()]
    assert MODEL in ids, ids
    one = client.models.retrieve(MODEL)
    assert (one.id, one.owned_by) == (MODEL, "local"), one


@scenario
def chat():
    """chat: JSON"""
    told = client.chat.completions.create(model=MODEL, messages=HELLO, temperature=0, seed=1)
    assert told.id.startswith("chatcmpl-") and told.object == "chat.completion", told
    assert told.model == MODEL, told
    assert told.choices[0].message.content and told.choices[0].finish_reason == "stop", told
    assert told.usage.total_tokens == told.usage.prompt_tokens + told.usage.completion_tokens > 0


@scenario
def chat_stream():
    """chat: stream, with the usage chunk"""
    asked = {"model": MODEL, "messages": HELLO, "seed": 1}
    whole = client.chat.completions.create(**asked).choices[0].message.content
    chunks = list(client.chat.completions.create(
        **asked, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole, (text, whole)
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0, chunks[-1]
    assert all(c.usage is None for c in chunks[:-1])


@scenario
def chat_helper():
    """chat: the .stream() helper"""
    with client.chat.completions.stream(model=MODEL, messages=HELLO) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "content.delta" in kinds and "content.done" in kinds, kinds
    assert final.choices[0].message.content


@scenario
def chat_tools():
    """chat: a round of tools, JSON and stream"""
    messages = [{"role": "user", "content": "Use add with a 2 and b 3."}]
    asked = {"model": MODEL, "tools": [ADD], "tool_choice": "required"}
    told = client.chat.completions.create(messages=messages, **asked).choices[0]
    assert told.finish_reason == "tool_calls", told
    call = told.message.tool_calls[0]
    assert call.function.name == "add" and isinstance(json.loads(call.function.arguments), dict)
    with client.chat.completions.stream(messages=messages, **asked) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion().choices[0]
    assert final.message.tool_calls[0].function.name == "add", final
    messages += [told.message, {"role": "tool", "tool_call_id": call.id, "content": "5"}]
    last = client.chat.completions.create(messages=messages, model=MODEL, tools=[ADD])
    assert last.choices[0].finish_reason == "stop" and last.choices[0].message.content, last


class Person(BaseModel):
    name: str
    age: int


@scenario
def chat_parse():
    """chat: parse() into a class"""
    messages = [{"role": "user", "content": "The name is Ada, the age is 36."}]
    told = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Person)
    assert isinstance(told.choices[0].message.parsed, Person), told


@scenario
def responses():
    """responses: create, retrieve, input items"""
    told = client.responses.create(
        model=MODEL, input="Summarize: Bark protects a tree.", instructions="Be short.",
        metadata={"a": "b"})
    assert told.status == "completed" and told.output_text, told
    again = client.responses.retrieve(told.id)
    assert (again.output_text, again.metadata) == (told.output_text, {"a": "b"}), again
    items = client.responses.input_items.list(told.id).data
    assert items[0].content[0].text == "Summarize: Bark protects a tree.", items


@scenario
def responses_previous():
    """responses: previous_response_id"""
    first = client.responses.create(model=MODEL, input="My name is Ada.")
    second = client.responses.create(
        model=MODEL, input="What is my name?", previous_response_id=first.id)
    assert second.previous_response_id == first.id and "Ada" in second.output_text, second


@scenario
def responses_stream():
    """responses: stream and its helper"""
    events = list(client.responses.create(model=MODEL, input="Summarize: It grows.", stream=True))
    numbers = [e.sequence_number for e in events]
    assert numbers[0] == 0 and numbers == sorted(set(numbers)), events
    names = [e.type for e in events]
    assert names[:2] == ["response.created", "response.in_progress"], names
    assert names[-1] == "response.completed" and "response.output_text.done" in names, names
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == events[-1].response.output_text, (text, events[-1])
    with client.responses.stream(model=MODEL, input="Summarize: It grows.") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == text


@scenario
def responses_resumed():
    """responses: a lost stream is told on behind its last event (starting_after)"""
    asked = {"model": MODEL, "input": "Summarize: It grows.", "background": True}
    with client.responses.create(**asked, stream=True) as stream:
        whole = list(stream)
    made = whole[0].response.id
    text = lambda events: "".join(
        e.delta for e in events if e.type == "response.output_text.delta")
    for at, last in enumerate(whole[:-1]):
        rest = list(client.responses.retrieve(
            made, stream=True, starting_after=last.sequence_number))
        assert all(e.sequence_number > last.sequence_number for e in rest), (last, rest)
        assert text(whole[:at + 1]) + text(rest) == text(whole), (last, rest)
        assert rest[-1].type == "response.completed", rest
    again = list(client.responses.retrieve(made, stream=True))
    assert again[0].type == "response.created" and text(again) == text(whole), again


@scenario
def responses_tools():
    """responses: a round of tools"""
    tool = {"type": "function", **ADD["function"], "strict": False}
    asked = {"model": MODEL, "tools": [tool], "tool_choice": "required"}
    told = client.responses.create(input="Use add with a 2 and b 3.", **asked)
    call = next(item for item in told.output if item.type == "function_call")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "5"}
    last = client.responses.create(
        model=MODEL, tools=[tool], input=[output], previous_response_id=told.id)
    assert last.status == "completed" and last.output_text, last


@scenario
def responses_parse():
    """responses: parse() into a class"""
    told = client.responses.parse(
        model=MODEL, input="The name is Ada, the age is 36.", text_format=Person)
    assert isinstance(told.output_parsed, Person), told


@scenario
def responses_background():
    """responses: background, then retrieve and cancel"""
    told = client.responses.create(model=MODEL, input="Summarize: It grows.", background=True)
    assert told.status in ("in_progress", "completed"), told
    for _ in range(200):
        told = client.responses.retrieve(told.id)
        if told.status != "in_progress":
            break
        time.sleep(0.05)
    assert told.status == "completed", told
    try:
        client.responses.cancel(told.id)
        raise AssertionError("what is over cannot be cancelled")
    except openai.APIStatusError as error:
        assert error.status_code in (409, 422), error


@scenario
def conversations():
    """conversations: create, items, responses that belong to one"""
    talk = client.conversations.create(
        metadata={"topic": "names"},
        items=[{"type": "message", "role": "user", "content": "My name is Ada."}])
    assert client.conversations.retrieve(talk.id).metadata == {"topic": "names"}
    told = client.responses.create(model=MODEL, input="What is my name?", conversation=talk.id)
    assert told.conversation.id == talk.id and "Ada" in told.output_text, told
    client.conversations.items.create(
        talk.id, items=[{"type": "message", "role": "user", "content": "I like bark."}])
    items = list(client.conversations.items.list(talk.id, order="asc", limit=2))
    assert [item.role for item in items] == ["user", "user", "assistant", "user"], items
    changed = client.conversations.update(talk.id, metadata={"topic": "bark"})
    assert changed.metadata == {"topic": "bark"}, changed


@scenario
def embeddings():
    """embeddings: base64 (the default), floats, dimensions"""
    texts = ["the living layer of a tree", "living layer of trees", "42"]
    told = client.embeddings.create(model="local/ngrams", input=texts)
    raw = client.embeddings.create(model="local/ngrams", input=texts, encoding_format="float")
    near = lambda a, b: sum(x * y for x, y in zip(a, b))
    vectors = [item.embedding for item in told.data]
    assert all(abs(x - y) < 1e-6 for x, y in zip(vectors[0], raw.data[0].embedding))
    assert near(vectors[0], vectors[1]) > near(vectors[0], vectors[2])
    coded = client.embeddings.create(
        model="local/ngrams", input="a", encoding_format="base64", dimensions=64)
    assert len(struct.unpack("<64f", base64.b64decode(coded.data[0].embedding))) == 64
    assert told.usage.prompt_tokens > 0


@scenario
def files():
    """files: upload, list, retrieve, content, delete"""
    held = ("Cambium " * 1000 + uuid.uuid4().hex).encode()
    told = client.files.create(file=("notes.txt", held), purpose="user_data")
    assert (told.bytes, told.filename) == (len(held), "notes.txt"), told
    assert client.files.retrieve(told.id).purpose == "user_data"
    assert client.files.content(told.id).read() == held
    for _ in range(100):
        if told.id in [file.id for file in client.files.list()]:
            break
        time.sleep(0.05)
    assert told.id in [file.id for file in client.files.list(purpose="user_data")]
    assert client.files.delete(told.id).deleted
    try:
        client.files.retrieve(told.id)
        raise AssertionError("it is gone")
    except openai.NotFoundError:
        pass


@scenario
def assistants():
    """assistants: asked as the model cambium/assistant/ID, JSON and stream"""
    name = "poet-" + uuid.uuid4().hex[:8]
    client.post(f"/assistant/{name}/define", cast_to=object, body={
        "model": MODEL, "instructions": "Be short.", "metadata": {}})
    model = f"cambium/assistant/{name}"
    for _ in range(100):
        if model in [one.id for one in client.models.list()]:
            break
        time.sleep(0.05)
    assert client.models.retrieve(model).id == model
    told = client.chat.completions.create(model=model, messages=HELLO)
    assert told.choices[0].message.content, told
    chunks = client.chat.completions.create(model=model, messages=HELLO, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    first = client.responses.create(model=model, input="My name is Ada.")
    second = client.responses.create(
        model=model, input="What is my name?", previous_response_id=first.id)
    assert "Ada" in second.output_text, second
    try:
        client.chat.completions.create(model=model, messages=HELLO, temperature=1)
        raise AssertionError("its definition says how it answers")
    except openai.BadRequestError as error:
        assert error.param == "temperature", error


@scenario
def images():
    """chat and responses: pictures are taken, or refused by the model"""
    dot = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()
    parts = [{"type": "text", "text": "What is this?"},
             {"type": "image_url", "image_url": {"url": dot}}]
    try:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": parts}])
    except openai.APIStatusError as error:
        assert error.code == "model_validation", error


@scenario
def errors():
    """errors: the client's exception classes, codes and request ids"""
    def refused(kind, code, call):
        try:
            call()
        except kind as error:
            assert error.code == code, (error.code, error)
            assert error.request_id, error
            return error
        raise AssertionError(f"{kind.__name__} was expected")
    ask = client.chat.completions.create
    bad = refused(openai.BadRequestError, "unsupported_parameter",
                  lambda: ask(model=MODEL, messages=HELLO, n=2))
    assert bad.param == "n", bad.param
    refused(openai.BadRequestError, "unknown_parameter",
            lambda: ask(model=MODEL, messages=HELLO, extra_body={"top_k": 3}))
    refused(openai.NotFoundError, "model_not_found",
            lambda: ask(model="no-such-model", messages=HELLO))
    refused(openai.NotFoundError, "actor_not_found",
            lambda: client.responses.retrieve("resp_nothing"))
    other = OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0)
    refused(openai.AuthenticationError, "unauthenticated", lambda: other.models.list())


@scenario
def idempotency():
    """errors: a repeated Idempotency-Key is answered from the log"""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    ask = lambda: client.chat.completions.create(
        model=MODEL, messages=HELLO, extra_headers=headers).id
    assert ask() == ask()


@scenario
def transcription():
    """audio: transcriptions are refused while no adapter is configured"""
    try:
        once = client.with_options(max_retries=0)
        once.audio.transcriptions.create(file=("a.wav", b"RIFF"), model="whisper-1")
        raise AssertionError("there is no adapter")
    except openai.InternalServerError as error:
        assert (error.status_code, error.code) == (501, "transcription_unavailable"), error


@scenario
def replay():
    """every answer names its run, which can be replayed and verified"""
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=HELLO)
    actor = raw.headers["cambium-actor"]
    assert actor == "run/" + raw.parse().id.removeprefix("chatcmpl-"), actor
    told = client.get(f"/{actor}/verify", cast_to=object)
    assert told["ok"], told


tell_all()
