"""What .ci/local-models asks of the running program, and what it must answer."""

import json
import os
import time
import urllib.error
import urllib.request

DATA = os.environ["CAMBIUM_DATA"]
URL = json.load(open(f"{DATA}/gateway.json"))["url"]
KEY = open(f"{DATA}/admin.key").read().strip()


def opened(path, body=None):
    request = urllib.request.Request(URL + path)
    request.add_header("Authorization", f"Bearer {KEY}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    return urllib.request.urlopen(request, timeout=300)


def ask(path, body=None):
    try:
        with opened(path, body) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def done(path, body):
    status, answer = ask(path, body)
    assert status == 200 and answer.get("ok", True), (path, status, answer)
    return answer


def embed(texts, **more):
    status, answer = ask("/v1/embeddings", {"model": "local/minilm", "input": texts, **more})
    assert status == 200, answer
    return [item["embedding"] for item in answer["data"]], answer["usage"]


def near(one, other):
    return sum(a * b for a, b in zip(one, other))


def chat(words, **more):
    turns = [{"role": "user", "content": words}]
    return ask("/v1/chat/completions", {"model": "local/smollm2", "messages": turns, **more})


def listed():
    return {model["id"] for model in ask("/v1/models")[1]["data"]}


def memory():
    lines = open(f"/proc/{os.environ['PID']}/status").read().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if "VmRSS" in line or "VmHWM" in line}
    return f"{sizes['VmRSS']} MB, {sizes['VmHWM']} MB at most"


def before():
    assert not {"local/minilm", "local/smollm2"} & listed()
    for status, answer in [
        ask("/v1/embeddings", {"model": "local/minilm", "input": "x"}),
        chat("x"),
    ]:
        text = json.dumps(answer)
        assert status == 404 and "model_not_installed" in text and "cambium model install" in text, (status, text)
    print("before:", memory(), "-", answer["error"]["message"])


def vectors():
    texts = [
        "The invoice has not been paid and the due date is past.",
        "The bill is overdue.",
        "It rains in the mountains.",
    ]
    begun = time.time()
    found, usage = embed(texts)
    print(f"first vectors, the model read from the disk: {time.time() - begun:.2f} s, {usage}")
    akin, far = near(found[0], found[1]), near(found[0], found[2])
    print(f"alike {akin:.3f}, unlike {far:.3f}")
    assert akin > far + 0.25 and len(found[0]) == 384
    assert found[1] == embed([texts[1]])[0][0], "a vector does not depend on its neighbours"
    passage = "A tree lays down one ring a year, and its bark keeps the water in. " * 14
    begun = time.time()
    _, usage = embed([passage + str(number) for number in range(20)])
    took = time.time() - begun
    print(f"20 passages of {usage['total_tokens'] // 20} pieces: {took:.2f} s, {took * 50:.0f} ms each")
    status, answer = ask("/v1/embeddings", {"model": "local/minilm", "input": "x", "dimensions": 99})
    assert status in (400, 422) and "384" in json.dumps(answer), (status, answer)


def knowledge():
    documents = {
        "leave": "Each employee gets twenty-five days of paid leave a year.",
        "expense": "Travel costs are refunded within two weeks.",
        "door": "The entrance is locked after seven in the evening.",
    }
    made = done("/v1/knowledge/house/create", {"name": "House", "model": "local/minilm"})
    for name, text in documents.items():
        told = done("/v1/knowledge/house/add", {"id": name, "text": text})
        assert told["output"]["embedded"], told
    cursor = told["cursor"]

    def search(question):
        path = f"/v1/knowledge/house/search?q={question.replace(' ', '+')}&mode=vectors&limit=1&min_cursor={cursor}"
        return ask(path)[1]

    questions = {"how much vacation do I have": "leave", "reimbursement of a trip": "expense", "can I get in at night": "door"}
    for question, wanted in questions.items():
        found = search(question)
        assert found["vectors"]["model"] == "local/minilm", found
        assert found["items"][0]["document"] == wanted, (question, found)
        print(f"{question!r} finds {wanted}: {documents[wanted]}")
    for model in ["local/ngrams", "local/minilm"]:
        told = done("/v1/knowledge/house/reembed", {"model": model})
        assert told["output"]["failed"] == 0, told
        cursor = told["cursor"]
        assert search("vacation")["vectors"]["model"] == model
    assert search("how much vacation do I have")["items"][0]["document"] == "leave"
    drift = ask("/v1/knowledge/house/replay?decide=true")[1]["drift"]
    assert drift == [], drift
    print("embedded anew by n-grams and back; a replay asks nobody and differs nowhere")


def streamed(words, **more):
    """The text, its usage, and the seconds to the first piece and to the end."""
    turns = [{"role": "user", "content": words}]
    body = {"model": "local/smollm2", "messages": turns, "stream": True, "stream_options": {"include_usage": True}, **more}
    begun, first, text, usage, pieces = time.time(), None, "", None, 0
    for line in opened("/v1/chat/completions", body):
        if not line.startswith(b"data: {"):
            continue
        chunk = json.loads(line[6:])
        assert "error" not in chunk, chunk
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            piece = choice["delta"].get("content")
            if piece:
                first = first or time.time() - begun
                text, pieces = text + piece, pieces + 1
    return text, usage, first, time.time() - begun, pieces


def words():
    status, answer = chat("What is the capital of France?", seed=1)
    assert status == 200, answer
    said = answer["choices"][0]["message"]["content"]
    print("capital of France:", said, answer["usage"])
    assert "Paris" in said and answer["choices"][0]["finish_reason"] == "stop"
    again = chat("What is the capital of France?", seed=1)[1]["choices"][0]["message"]["content"]
    assert again == said, "the same seed makes the same answer"
    text, usage, first, whole, pieces = streamed("Tell a short story about a tree.", max_tokens=120, seed=3)
    rate = (usage["completion_tokens"] - 1) / (whole - first)
    print(f"streamed: {text!r}")
    print(f"{usage['completion_tokens']} tokens, first piece after {first:.2f} s, {rate:.1f} tokens a second, {pieces} pieces")
    assert pieces > 10 and usage["completion_tokens"] <= 120
    cut = chat("Count from one to fifty in words.", max_tokens=8)[1]
    assert cut["choices"][0]["finish_reason"] == "length" and cut["usage"]["completion_tokens"] == 8, cut
    stopped = chat("What is the capital of France?", seed=1, stop=["Paris"])[1]
    assert "Paris" not in stopped["choices"][0]["message"]["content"], stopped
    tool = {"type": "function", "function": {"name": "t", "parameters": {"type": "object", "properties": {}}}}
    status, answer = chat("x", tools=[tool])
    assert status in (400, 422) and "tools" in json.dumps(answer), answer
    status, answer = chat("tree " * 6_000)
    assert status in (400, 422) and "reads at most" in json.dumps(answer), (status, answer)
    long = "The river runs to the sea, and rain falls on the hill. " * 60
    begun = time.time()
    usage = chat(long + "What falls on the hill?", max_tokens=4)[1]["usage"]
    print(f"a prompt of {usage['prompt_tokens']} tokens is read in {time.time() - begun:.2f} s")


def given_up():
    """Whoever goes away before the end frees the place at once."""
    turns = [{"role": "user", "content": "Tell a very long story."}]
    body = {"model": "local/smollm2", "messages": turns, "max_tokens": 3000, "stream": True}
    answer = opened("/v1/chat/completions", body)
    actor = answer.headers["cambium-actor"]
    answer.readline()
    status, told = ask(f"/v1/{actor}/cancel", {})
    begun = time.time()
    answer.close()
    assert status == 200, (status, told)
    assert chat("Say yes.", max_tokens=2)[0] == 200
    print(f"cancelled {actor}: the next one is answered {time.time() - begun:.2f} s later")


def remembered():
    assert {"local/minilm", "local/smollm2"} <= listed()
    done("/v1/assistant/helper/define", {"model": "local/rules"})
    for number, said in enumerate(["My daughter was born in spring.", "The garage sells used cars."]):
        body = {"model": "cambium/assistant/helper", "messages": [{"role": "user", "content": said}]}
        status, answer = ask("/v1/chat/completions", body)
        assert status == 200, answer
    for _ in range(100):
        found = ask("/v1/assistant/helper/memory?q=child&mode=vectors&limit=1")[1]
        if found.get("items"):
            break
        time.sleep(0.1)
    print("memory of 'child':", found["items"][0]["text"], "by", found["vectors"]["model"])
    assert "daughter" in found["items"][0]["text"] and found["vectors"]["model"] == "local/minilm", found


def removed():
    assert "local/minilm" in listed() and "local/smollm2" not in listed()
    assert chat("x")[0] == 404
    print("removed; memory:", memory())


part = os.environ["PART"]
if part == "before":
    before()
elif part == "after":
    assert {"local/minilm", "local/smollm2"} <= listed()
    vectors()
    print("memory with minilm:", memory())
    knowledge()
    words()
    given_up()
    print("memory with both:", memory())
elif part == "memory":
    remembered()
else:
    removed()
