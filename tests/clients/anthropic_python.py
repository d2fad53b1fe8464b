"""The official Python client against a running Cambium: one line of JSON per scenario."""

import base64
import json
import sys
import time
import uuid

import anthropic
from anthropic import Anthropic
from pydantic import BaseModel

from scenarios import scenario, tell_all

url, key = sys.argv[1], sys.argv[2]
client = Anthropic(base_url=url, api_key=key, max_retries=0, timeout=60)
MODEL = "local/rules"
HELLO = [{"role": "user", "content": "Summarize: Cambium is the living layer of a tree. It grows."}]
ASKED = {"model": MODEL, "max_tokens": 500}
ADD = {
    "name": "add",
    "description": "Adds two numbers.",
    "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}


@scenario
def messages():
    """messages: JSON"""
    told = client.messages.create(**ASKED, messages=HELLO, system="Be short.",
                                  extra_body={"temperature": 0})
    assert told.id.startswith("msg_") and told.type == "message", told
    assert told.content[0].type == "text" and told.content[0].text, told
    assert (told.role, told.stop_reason) == ("assistant", "end_turn"), told
    assert told.usage.input_tokens > 0 and told.usage.output_tokens > 0, told.usage
    assert told._request_id, told


@scenario
def system_blocks():
    """messages: system and content as blocks, marks for the cache"""
    mark = {"type": "ephemeral"}
    told = client.messages.create(
        **ASKED, metadata={"user_id": "u1"}, stop_sequences=["NEVER SAID"],
        extra_body={"top_k": 5, "top_p": 0.9},
        system=[{"type": "text", "text": "Be short.", "cache_control": mark}],
        messages=[{"role": "user", "content": [
            {"type": "text", "text": "Summarize: Bark protects a tree.", "cache_control": mark}]}])
    assert told.content[0].text, told


@scenario
def stream_events():
    """messages: stream, event by event"""
    whole = client.messages.create(**ASKED, messages=HELLO).content[0].text
    events = list(client.messages.create(**ASKED, messages=HELLO, stream=True))
    kinds = [event.type for event in events]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds
    assert kinds[1:3] == ["content_block_start", "content_block_delta"], kinds
    text = "".join(e.delta.text for e in events if e.type == "content_block_delta")
    assert text == whole, (text, whole)
    start, delta = events[0].message, events[-2]
    assert start.id.startswith("msg_") and start.stop_reason is None, start
    assert delta.delta.stop_reason == "end_turn" and delta.usage.output_tokens > 0, delta


@scenario
def stream_helper():
    """messages: the .stream() helper"""
    with client.messages.stream(**ASKED, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text and final.content[0].text == text, final
    assert final.stop_reason == "end_turn" and final.usage.output_tokens > 0, final


@scenario
def tools():
    """tools: a round, JSON"""
    messages = [{"role": "user", "content": "Use add with a 2 and b 3."}]
    told = client.messages.create(
        **ASKED, messages=messages, tools=[ADD], tool_choice={"type": "any"})
    assert told.stop_reason == "tool_use", told
    call = next(block for block in told.content if block.type == "tool_use")
    assert call.name == "add" and isinstance(call.input, dict), call
    messages += [
        {"role": "assistant", "content": told.content},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": call.id, "content": "5"}]},
    ]
    last = client.messages.create(**ASKED, messages=messages, tools=[ADD])
    assert last.stop_reason == "end_turn" and last.content[0].text, last
    messages[-1]["content"][0] |= {"is_error": True, "content": "no such numbers"}
    last = client.messages.create(**ASKED, messages=messages, tools=[ADD])
    assert last.stop_reason == "end_turn", last


@scenario
def tools_stream():
    """tools: a round, as a stream of input_json_delta"""
    messages = [{"role": "user", "content": "Use add with a 2 and b 3."}]
    choice = {"type": "tool", "name": "add", "disable_parallel_tool_use": True}
    with client.messages.stream(
            **ASKED, messages=messages, tools=[ADD], tool_choice=choice) as stream:
        parts = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    call = next(block for block in final.content if block.type == "tool_use")
    assert json.loads("".join(parts)) == call.input and final.stop_reason == "tool_use", final


@scenario
def tool_runner():
    """tools: the tool_runner() helper of the beta"""
    called = []

    @anthropic.beta_tool
    def add(a: float, b: float) -> str:
        """Adds two numbers.

        Args:
            a: The first.
            b: The second.
        """
        called.append((a, b))
        return str(a + b)

    runner = client.beta.messages.tool_runner(
        **ASKED, tools=[add], messages=[{"role": "user", "content": "Use add with a 2 and b 3."}])
    last = runner.until_done()
    assert called and last.stop_reason == "end_turn", (called, last)


@scenario
def threads():
    """threads: a conversation that the server holds, create and continue"""
    talk = lambda **more: client.beta.messages.create(**ASKED, **more)
    first = talk(messages=[{"role": "user", "content": "My name is Ada."}],
                 thread={"type": "create"})
    second = talk(messages=[{"role": "user", "content": "What is my name?"}],
                  thread={"type": "continue", "previous_message_id": first.id})
    assert "Ada" in second.content[0].text, second
    try:
        talk(messages=HELLO, thread={"type": "continue", "previous_message_id": "msg_none"})
        raise AssertionError("there is no such message")
    except anthropic.NotFoundError as error:
        assert error.error_code == "thread_not_found", error


class Person(BaseModel):
    name: str
    age: int


@scenario
def parse():
    """structured output: parse() into a class, and output_config"""
    messages = [{"role": "user", "content": "The name is Ada, the age is 36."}]
    told = client.messages.parse(**ASKED, messages=messages, output_format=Person)
    assert isinstance(told.parsed_output, Person), told
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"],
              "additionalProperties": False}
    told = client.messages.create(**ASKED, messages=messages, output_config={
        "format": {"type": "json_schema", "schema": schema}})
    assert "name" in json.loads(told.content[0].text), told


@scenario
def images():
    """images: base64 and url are taken, or refused by the model"""
    dot = base64.b64encode(b"\x89PNG\r\n\x1a\n0000").decode()
    for source in ({"type": "base64", "media_type": "image/png", "data": dot},
                   {"type": "url", "url": "https://images.example/dot.png"}):
        content = [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]
        try:
            client.messages.create(**ASKED, messages=[{"role": "user", "content": content}])
        except anthropic.APIStatusError as error:
            assert error.error_code == "model_validation", error
    broken = {"type": "base64", "media_type": "image/png", "data": "%"}
    content = [{"type": "image", "source": broken}]
    try:
        client.messages.create(**ASKED, messages=[{"role": "user", "content": content}])
        raise AssertionError("that is no base64")
    except anthropic.BadRequestError as error:
        assert error.error_code == "invalid_input", error


@scenario
def thinking():
    """thinking: enabled, adaptive and disabled are effort; what is not known is refused"""
    for thinking in ({"type": "enabled", "budget_tokens": 1024}, {"type": "disabled"},
                     {"type": "adaptive"}):
        told = client.messages.create(
            model=MODEL, max_tokens=2000, messages=HELLO, thinking=thinking)
        assert told.stop_reason == "end_turn", told
    try:
        client.messages.create(**ASKED, messages=HELLO, output_config={"effort": "max"})
        raise AssertionError("nobody has that much")
    except anthropic.BadRequestError as error:
        assert "output_config.effort" in str(error), error


@scenario
def tokens():
    """count_tokens"""
    short = client.messages.count_tokens(model=MODEL, messages=HELLO).input_tokens
    tooled = client.messages.count_tokens(
        model=MODEL, messages=HELLO, system="Be short.", tools=[ADD]).input_tokens
    assert 0 < short < tooled, (short, tooled)
    told = client.messages.create(**ASKED, messages=HELLO)
    assert abs(told.usage.input_tokens - short) <= short, (told.usage, short)


@scenario
def models():
    """models: list in pages and retrieve"""
    ids = [model.id for model in client.models.list()]
    assert MODEL in ids, ids
    assert [model.id for model in client.models.list(limit=1)] == sorted(ids), "page by page"
    assert client.models.list(before_id=sorted(ids)[-1], limit=1).data[0].id == sorted(ids)[-2]
    one = client.models.retrieve(MODEL)
    assert (one.id, one.type, one.lifecycle) == (MODEL, "model", "active"), one


@scenario
def assistants():
    """assistants: asked as the model cambium/assistant/ID, JSON and stream"""
    name = "poet-" + uuid.uuid4().hex[:8]
    client.post(f"/v1/assistant/{name}/define", cast_to=object, body={
        "model": MODEL, "instructions": "Be short.", "metadata": {}})
    model = f"cambium/assistant/{name}"
    for _ in range(100):
        if model in [one.id for one in client.models.list(limit=1000)]:
            break
        time.sleep(0.05)
    assert client.models.retrieve(model).id == model
    told = client.messages.create(model=model, max_tokens=100, messages=HELLO)
    assert told.content[0].text, told
    with client.messages.stream(model=model, max_tokens=100, messages=HELLO) as stream:
        assert stream.get_final_message().content[0].text
    try:
        client.messages.create(model=model, max_tokens=100, messages=HELLO,
                               extra_body={"temperature": 1})
        raise AssertionError("its definition says how it answers")
    except anthropic.BadRequestError as error:
        assert error.error_code == "unsupported_parameter", error


@scenario
def credentials():
    """credentials: x-api-key and a bearer token"""
    bearer = Anthropic(base_url=url, api_key=None, auth_token=key, max_retries=0)
    assert bearer.messages.create(**ASKED, messages=HELLO).content[0].text


@scenario
def errors():
    """errors: the client's exception classes, types, codes and request ids"""
    def refused(kind, sort, code, call):
        try:
            call()
        except kind as error:
            assert (error.type, error.error_code) == (sort, code), (error.type, error.error_code)
            assert error.request_id and error.body["type"] == "error", error.body
            assert error.body["request_id"] == error.request_id, error.body
            return error
        raise AssertionError(f"{kind.__name__} was expected")
    ask = client.messages.create
    refused(anthropic.BadRequestError, "invalid_request_error", "unsupported_parameter",
            lambda: ask(**ASKED, messages=HELLO, service_tier="flex"))
    refused(anthropic.BadRequestError, "invalid_request_error", "unknown_parameter",
            lambda: ask(**ASKED, messages=HELLO, extra_body={"seed": 3}))
    refused(anthropic.NotFoundError, "not_found_error", "model_not_found",
            lambda: ask(model="no-such-model", max_tokens=9, messages=HELLO))
    refused(anthropic.NotFoundError, "not_found_error", "model_not_found",
            lambda: client.models.retrieve("no-such-model"))
    other = Anthropic(base_url=url, api_key="wrong", max_retries=0)
    refused(anthropic.AuthenticationError, "authentication_error", "unauthenticated",
            lambda: other.messages.create(**ASKED, messages=HELLO))
    refused(anthropic.AuthenticationError, "authentication_error", "unauthenticated",
            lambda: other.models.list())
    stream = client.messages.stream(model="nobody/none", max_tokens=9, messages=HELLO)
    def streamed():
        with stream as events:
            list(events)
    refused(anthropic.APIStatusError, "invalid_request_error", "model_unknown", streamed)


@scenario
def idempotency():
    """errors: a repeated Idempotency-Key is answered from the log"""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    ask = lambda: client.messages.create(**ASKED, messages=HELLO, extra_headers=headers).id
    assert ask() == ask()


@scenario
def replay():
    """every message names its run, which can be replayed and verified"""
    raw = client.messages.with_raw_response.create(**ASKED, messages=HELLO)
    actor = raw.headers["cambium-actor"]
    assert actor == "run/" + raw.parse().id.removeprefix("msg_"), actor
    told = client.get(f"/v1/{actor}/verify", cast_to=object)
    assert told["ok"], told


tell_all()
