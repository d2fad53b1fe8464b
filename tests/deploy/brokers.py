"""Starts three brokers with the sample configuration, and uses them as Cambium does.

TLS or nothing; nobody without a name; `ask.` finds its partition; three replicas go on with one
broker killed; a broker without a certificate of the authority joins nobody.

brokers.py CONFIGURATION SECRETS WORK NATS-SERVER
"""
import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import nats
from nats.js.api import StreamConfig

CONFIG, SECRETS, WORK, SERVER = (Path(a) for a in sys.argv[1:5])
PASSWORD = (SECRETS / "nats-password").read_text().strip()


def free(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Broker:
    def __init__(self, number, ports, routes, certs):
        self.client, self.cluster, self.monitor = ports
        home = WORK / f"broker-{number}"
        home.mkdir()
        text = CONFIG.read_text().replace("/etc/nats/certs", str(certs))
        for theirs, ours in [("port: 4222", self.client), ("port: 6222", self.cluster), ("http_port: 8222", self.monitor)]:
            assert theirs in text, theirs
            text = text.replace(theirs, f"{theirs.split(':')[0]}: {ours}")
        (home / "nats.conf").write_text(text.replace("server_name:", 'host: "127.0.0.1"\nserver_name:', 1))
        self.environment = os.environ | {
            "SERVER_NAME": f"broker-{number}", "ROUTES": json.dumps(routes), "STORE_DIR": str(home / "store"),
            "ADVERTISE": f"127.0.0.1:{self.cluster}", "CAMBIUM_PASSWORD": PASSWORD,
            "SYSTEM_PASSWORD": (SECRETS / "nats-system-password").read_text().strip(),
        }
        self.said = open(home / "said", "wb")
        self.child = subprocess.Popen([SERVER, "-c", home / "nats.conf"], env=self.environment, stdout=self.said, stderr=self.said)
        self.log = home / "said"


async def until(what, works, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = await works()
            if value:
                return value
        except Exception as fault:  # the brokers are still finding each other
            value = fault
        assert time.monotonic() < deadline, f"{what}: {value}"
        await asyncio.sleep(0.1)


def context():
    trusted = ssl.create_default_context(cafile=str(SECRETS / "ca.crt"))
    return trusted


async def quiet(_fault):
    """What the client says of brokers that are not there yet, or any more, is what this is about."""


async def connect(brokers, **more):
    urls = [f"tls://localhost:{b.client}" for b in brokers]
    given = {"error_cb": quiet, "user": "cambium", "password": PASSWORD, "tls": context()} | more
    return await nats.connect(urls, allow_reconnect=True, max_reconnect_attempts=-1, reconnect_time_wait=0.1, **given)


async def main():
    ports = free(12)
    ports = [ports[i:i + 3] for i in range(0, 12, 3)]
    routes = [f"nats-route://127.0.0.1:{p[1]}" for p in ports[:3]]
    brokers = [Broker(n, ports[n], routes, SECRETS) for n in range(3)]
    children = list(brokers)
    try:
        # Who has no certificate of the brokers' authority joins nobody.
        stranger = WORK / "stranger"
        stranger.mkdir()
        subject = ["-subj", "/CN=stranger", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", stranger / "nats.key", "-out", stranger / "nats.crt", *subject], check=True, capture_output=True)
        (stranger / "ca.crt").write_text((SECRETS / "ca.crt").read_text())
        children.append(Broker(3, ports[3], routes, stranger))

        nc = await until("a connection", lambda: connect(brokers))
        js = nc.jetstream(timeout=2)
        config = StreamConfig(name="EVENTS", subjects=["evt.>"], num_replicas=3)

        async def made():
            return await js.add_stream(config)

        await until("a stream with three replicas", made)

        # The broker adds the partition: FNV-1a of the tokens, modulo 64.
        asked = await nc.subscribe("ask.*.*.*.*")
        await nc.flush()
        await nc.publish("ask.main.counter.7", b"")
        message = await asked.next_msg(timeout=10)
        number = 0x811C9DC5
        for byte in b"maincounter7":
            number = ((number ^ byte) * 0x01000193) & 0xFFFFFFFF
        assert message.subject == f"ask.{number % 64}.main.counter.7", message.subject

        # Nobody without a name and a password, and nobody in the clear.
        for more in [{"user": None, "password": None}, {"password": "wrong"}]:
            try:
                await nats.connect(f"tls://localhost:{brokers[0].client}", allow_reconnect=False, error_cb=quiet, **({"tls": context()} | {"user": "cambium"} | more))
                raise SystemExit(f"a stranger came in: {more}")
            except nats.errors.Error:
                pass
        plain = socket.create_connection(("127.0.0.1", brokers[0].client), timeout=10)
        greeting = plain.recv(4096)
        assert b'"tls_required":true' in greeting, greeting
        plain.close()

        # What two of three have acknowledged is there when one is gone.
        for n in range(100):
            await js.publish(f"evt.{n}", b"x")
        info = await js.stream_info("EVENTS")
        assert info.cluster.replicas and len(info.cluster.replicas) == 2, info.cluster
        leader = next(b for b in brokers if b.environment["SERVER_NAME"] == info.cluster.leader)
        leader.child.kill()
        leader.child.wait()
        sent = 0

        async def another():
            nonlocal sent
            await js.publish(f"evt.more.{sent}", b"y", timeout=1)
            sent += 1
            return sent >= 50

        await until("appends with one broker gone", another)
        info = await until("the stream", lambda: js.stream_info("EVENTS"))
        assert info.state.messages >= 150 and info.cluster.leader != leader.environment["SERVER_NAME"], info
        names = {r.name for r in info.cluster.replicas} | {info.cluster.leader}
        assert "broker-3" not in names, names
        refusals = b"".join(b.log.read_bytes() for b in brokers)
        assert b"TLS route handshake error" in refusals, "the stranger was not refused"
        await nc.close()
        print(json.dumps({"stored": info.state.messages, "leader": info.cluster.leader}))
    finally:
        for broker in children:
            broker.child.kill()
            broker.child.wait()


asyncio.run(main())
