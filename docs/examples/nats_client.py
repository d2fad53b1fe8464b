"""Commands to Cambium from any NATS client: stored with `cmd.`, answered at once with `ask.`.

Usage: python nats_client.py DATA_DIRECTORY
"""

import asyncio
import json
import sys
from pathlib import Path

import nats

TENANT = "main"


async def main(data: Path) -> None:
    server = json.loads((data / "nats.json").read_text())
    key = (data / "admin.key").read_text().strip()
    client = await nats.connect(
        server["url"],
        user=server["user"],
        password=server["password"],
        # Answers go to the tenant's own inboxes and nowhere else.
        inbox_prefix=f"_INBOX_{TENANT}".encode(),
    )

    # Interactive: a request with a credential, and the answer.
    answer = await client.request(
        f"ask.{TENANT}.counter.from-python",
        json.dumps({"by": 2}).encode(),
        timeout=10,
        headers={"cambium-command": "add", "cambium-key": key},
    )
    print("asked:", answer.data.decode())

    # Stored: acknowledged once it is durable, answered to an inbox when it is done.
    inbox = client.new_inbox()
    replies = await client.subscribe(inbox)
    stored = await client.jetstream().publish(
        f"cmd.{TENANT}.counter.from-python",
        json.dumps({"by": 40}).encode(),
        headers={"cambium-command": "add", "cambium-reply-to": inbox},
    )
    print("stored: sequence", stored.seq)
    reply = await replies.next_msg(timeout=10)
    print("told:", reply.data.decode())
    assert json.loads(reply.data)["output"] == {"value": 42}

    # A wrong key is an answer, not a silence.
    refused = await client.request(
        f"ask.{TENANT}.counter.from-python",
        b"{}",
        timeout=10,
        headers={"cambium-command": "add", "cambium-key": "wrong"},
    )
    print("refused:", refused.data.decode())
    assert json.loads(refused.data)["error"]["code"] == "unauthenticated"
    await client.close()


asyncio.run(main(Path(sys.argv[1])))
