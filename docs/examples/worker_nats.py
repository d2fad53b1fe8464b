"""The worker of `worker.py` over NATS, with nats-py.

Usage: python worker_nats.py DATA_DIRECTORY QUEUE
"""

import asyncio
import json
import sys
from pathlib import Path

import nats

TENANT, LEASE_S = "main", 30


async def main(data: Path, queue: str) -> None:
    server = json.loads((data / "nats.json").read_text())
    headers = {"cambium-key": (data / "admin.key").read_text().strip()}
    # Answers go to the tenant's own inboxes and nowhere else.
    inbox = f"_INBOX_{TENANT}".encode()
    user, password = server["user"], server["password"]
    client = await nats.connect(server["url"], user=user, password=password, inbox_prefix=inbox)

    async def ask(subject: str, body: dict) -> dict:
        subject, body = f"work.{TENANT}.{queue}{subject}", json.dumps(body).encode()
        return json.loads((await client.request(subject, body, timeout=60, headers=headers)).data)

    async def keep(item: dict) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            await ask(f".{item['effect_id']}.extend", {"lease": item["lease"], "lease_s": LEASE_S})

    while True:
        answer = await ask("", {"wait_s": 20, "lease_s": LEASE_S, "worker": "py-nats"})
        if not answer["ok"]:
            sys.exit(answer["error"]["message"])
        for item in answer["items"]:
            keeping = asyncio.create_task(keep(item))
            path = Path(item["input"]["path"])
            words = len((await asyncio.to_thread(path.read_text)).split())
            keeping.cancel()
            said = {"lease": item["lease"], "ok": True, "output": {"words": words}}
            told = await ask(f".{item['effect_id']}.outcome", said)
            print("told", item["effect_id"], told["status"], flush=True)


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
