"""Reads the compose files as Docker Compose itself does, and looks at what it made of them.

Prints what Cambium's containers are started with, as JSON, for the program itself to judge.

compose.py DEPLOY (a copy: secrets are made in it) DOCKER-COMPOSE
"""
import json
import subprocess
import sys
from pathlib import Path

DEPLOY = Path(sys.argv[1])
OURS = "cambium:"


def read(name):
    command = [sys.argv[2], "-f", DEPLOY / "compose" / name, "config", "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0 and not ran.stderr, (name, ran.stderr)
    return json.loads(ran.stdout)


def careful(name, service, where):
    assert service["cap_drop"] == ["ALL"], where
    assert service["security_opt"] == ["no-new-privileges:true"], where
    assert not service.get("privileged"), where
    if not service["image"].startswith("postgres:"):
        assert service["read_only"] is True, where
    if service["image"].startswith((OURS, "nats:")):
        assert service["user"] == "65532:65532" and service["deploy"]["resources"]["limits"]["memory"], where
    for port in service.get("ports", []):
        assert port["host_ip"] == "127.0.0.1", (where, port)
    for key, value in service.get("environment", {}).items():
        secret = any(word in key for word in ("PASSWORD", "KEY", "DATABASE_URL"))
        assert not secret or value.startswith("/run/secrets/") or name.startswith("nats-"), (where, key)
    tag = service["image"].rsplit(":", 1)[-1]
    assert ":" in service["image"] and tag != "latest", where


def main():
    found = []
    for name in ["one.yaml", "three.yaml"]:
        project = read(name)
        for service, as_read in project["services"].items():
            where = f"{name}: {service}"
            careful(service, as_read, where)
            if as_read["image"].startswith(OURS):
                assert as_read["stop_grace_period"] == "1m0s" and as_read["healthcheck"], where
                found.append({"where": where, "arguments": as_read["command"], "environment": as_read.get("environment", {})})
        if name == "three.yaml":
            services = project["services"]
            assert project["networks"]["within"]["internal"] is True
            for inner in ["nats-1", "nats-2", "nats-3", "postgres"]:
                assert list(services[inner]["networks"]) == ["within"], inner
                assert "ports" not in services[inner], inner
            stores = [v["source"] for n in (1, 2, 3) for v in services[f"nats-{n}"]["volumes"]]
            assert stores == ["nats-1", "nats-2", "nats-3"], stores
            for secret in project["secrets"].values():
                assert Path(secret["file"]).is_file(), f"make-secrets does not make {secret['file']}"
            for config in project["configs"].values():
                assert Path(config["file"]).is_file(), config
            # What Prometheus and Grafana look for in the folder that both get.
            for service in ["prometheus", "grafana"]:
                mounted = next(v for v in services[service]["volumes"] if v["type"] == "bind")
                assert mounted["read_only"] and Path(mounted["source"]) == DEPLOY / "observe", mounted
            assert (DEPLOY / "observe/alerts.yaml").is_file() and list((DEPLOY / "observe/grafana").glob("*.json"))
    print(json.dumps(found))


main()
