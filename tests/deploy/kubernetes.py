"""Renders the chart and the overlays as their own tools do, and looks at what comes out.

Helm is its own library (helm-python-sdk), kustomize is kubectl's, the schemas are Kubernetes' own
(kubernetes-validate). What the rules below say of pods and of who may reach whom is read from what
was rendered. Prints what containers are started with, as JSON, for the program itself to judge.

kubernetes.py DEPLOY KUBECTL
"""
import json
import subprocess
import sys
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

VERSIONS = ["1.29", "1.32", "1.37"]
DEPLOY = Path(sys.argv[1])
CHART = DEPLOY / "helm/cambium"

EVERYTHING = {
    "edge": {"autoscaling": {"enabled": True}}, "projections": {"replicas": 2},
    "actors": {"autoscaling": {"enabled": True, "selector": {"stream": "COMMANDS"}}},
    "ingress": {"enabled": True, "host": "cambium.example", "className": "nginx", "tlsSecret": "tls",
                "annotations": {"a/b": "c"}},
    "observe": {"otlp": "http://collector.observe:4317", "serviceMonitor": {"enabled": True, "labels": {"a": "b"}}},
    "image": {"digest": "sha256:" + "0" * 64}, "imagePullSecrets": [{"name": "registry"}],
    "settings": {"CAMBIUM_EDGE__CONNECTIONS_MAX": "1000"},
    "networkPolicy": {"telemetry": [{"cidr": "10.1.0.0/16", "port": 4317}]},
    "nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}], "priorityClassName": "high",
    "nats": {"replicas": 5, "storageClass": "fast"},
}
OWN_BROKERS = {
    "nats": {"enabled": False, "url": "tls://a.example:4222", "streamReplicas": 3},
    "networkPolicy": {"brokers": [{"cidr": "10.9.0.0/16", "port": 4222}], "effects": [], "edgeFrom": [], "metricsFrom": []},
}
REFUSED = [
    ({"actor": {}}, "a name that is no value"),
    ({"nats": {"replicas": 1}}, "a cluster of one"),
    ({"nats": {"enabled": False}}, "no broker at all"),
    ({"actors": {"replicas": 65}}, "more nodes than partitions"),
    ({"settings": {"PATH": "x"}}, "a setting that is none"),
    ({"nats": {"url": "tls://user:word@host"}}, "a password among values"),
    ({"image": {"digest": "latest"}}, "a digest that is none"),
    ({"ingress": {"enabled": True}}, "an ingress without a host"),
]


def rendered(values):
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        texts = chart.render(values, name="it", namespace="agents")
    return [d for name, text in texts.items() if name.endswith(".yaml") for d in yaml.safe_load_all(text) if d]


def known(documents, where):
    """Each resource is what Kubernetes' own schema says, strictly; those of operators are named."""
    for document in documents:
        if document["kind"] == "ServiceMonitor":
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except Exception as fault:
                sys.exit(f"{where}: {document['kind']} {document['metadata']['name']}, Kubernetes {version}: {fault}")


def pods(documents):
    for document in documents:
        template = document.get("spec", {}).get("template")
        if template:
            yield document, template["spec"]


def careful(documents, where):
    """What Kubernetes calls restricted, and more: read-only roots, no tokens, limits, probes, secrets by reference."""
    for document, pod in pods(documents):
        name = f"{where}: {document['metadata']['name']}"
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True and security["runAsUser"] > 0, name
        assert security["seccompProfile"]["type"] == "RuntimeDefault", name
        assert pod["automountServiceAccountToken"] is False and pod["serviceAccountName"], name
        assert pod["terminationGracePeriodSeconds"] >= 60, name
        assert not any("hostPath" in volume for volume in pod.get("volumes", [])), name
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] is True, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name
            for variable in container["env"]:
                secret = any(word in variable["name"] for word in ("PASSWORD", "KEY", "DATABASE_URL"))
                given = variable.get("value", "")
                assert not secret or given.startswith("/run/secrets/") or "valueFrom" in variable, (name, variable)
            if container["name"] == "cambium":
                paths = [container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")]
                assert paths == ["/livez", "/readyz"], name
    assert not any(document["kind"] == "Secret" for document in documents), f"{where}: a secret among the files"


def covered(documents, where):
    """Each set of pods that may be evicted has a budget that selects it."""
    budgets = [d["spec"]["selector"]["matchLabels"] for d in documents if d["kind"] == "PodDisruptionBudget"]
    for document, _ in pods(documents):
        labels = document["spec"]["template"]["metadata"]["labels"]
        assert any(budget.items() <= labels.items() for budget in budgets), f"{where}: {document['metadata']['name']}"


def selects(selector, labels):
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In", rule
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


class Network:
    """Who may reach whom, as the policies say: default deny, and the union of what each allows."""

    def __init__(self, documents):
        self.policies = [d["spec"] for d in documents if d["kind"] == "NetworkPolicy"]
        self.ports = {}
        self.labels = {}
        for document, pod in pods(documents):
            labels = document["spec"]["template"]["metadata"]["labels"]
            part = labels.get("app.kubernetes.io/component", "node")
            self.labels[part] = labels
            self.ports[part] = {p["name"]: p["containerPort"] for c in pod["containers"] for p in c["ports"]}

    def _rules(self, labels, way):
        field = {"Ingress": "ingress", "Egress": "egress"}[way]
        mine = [p for p in self.policies if way in p["policyTypes"] and selects(p["podSelector"], labels)]
        return bool(mine), [rule for policy in mine for rule in policy.get(field) or []]

    def _port(self, rule, part, port):
        names = self.ports.get(part, {})
        return any(names.get(p["port"], p["port"]) == port for p in rule["ports"])

    def reach(self, source, target, port):
        """From one part to another of the same namespace."""
        limited, out = self._rules(self.labels[source], "Egress")
        to = lambda rule: any("podSelector" in p and "namespaceSelector" not in p and selects(p["podSelector"], self.labels[target]) for p in rule["to"])
        leaves = not limited or any(to(r) and self._port(r, target, port) for r in out)
        limited, into = self._rules(self.labels[target], "Ingress")
        by = lambda rule: any("podSelector" in p and "namespaceSelector" not in p and selects(p["podSelector"], self.labels[source]) for p in rule["from"])
        return leaves and (not limited or any(by(r) and self._port(r, target, port) for r in into))

    def enter(self, target, port, namespace, labels):
        """From a pod of another namespace."""
        limited, rules = self._rules(self.labels[target], "Ingress")
        whole = {"kubernetes.io/metadata.name": namespace}
        by = lambda rule: any("namespaceSelector" in p and selects(p["namespaceSelector"], whole) and selects(p.get("podSelector", {}), labels) for p in rule["from"])
        return not limited or any(by(r) and self._port(r, target, port) for r in rules)

    def leave(self, source, address, port):
        """To an address."""
        import ipaddress
        inside = lambda cidr: ipaddress.ip_address(address) in ipaddress.ip_network(cidr)
        limited, rules = self._rules(self.labels[source], "Egress")
        to = lambda rule: any("ipBlock" in p and inside(p["ipBlock"]["cidr"]) and not any(map(inside, p["ipBlock"].get("except", []))) for p in rule["to"])
        return not limited or any(to(r) and self._port(r, None, port) for r in rules)


def zero_trust(documents):
    network = Network(documents)
    nodes = sorted(network.labels.keys() - {"nats"})
    for source in nodes + ["nats"]:
        for target in nodes + ["nats"]:
            for port in (4222, 6222, 8222, 8080):
                wanted = (target == "nats" and port == 4222 and source in nodes) or (source == target == "nats" and port == 6222)
                assert network.reach(source, target, port) == wanted, (source, target, port)
        assert network.leave(source, "10.3.4.5", 5432) == (source in nodes), f"{source} and the database"
        assert network.leave(source, "93.184.215.14", 443) == (source == "actors"), f"{source} and the world"
        assert not network.leave(source, "169.254.169.254", 80), f"{source} and the cloud's metadata"
        assert not network.leave(source, "169.254.169.254", 443), f"{source} and the cloud's metadata"
        assert network.enter(source, 8080, "ingress-nginx", {}) == (source == "edge"), f"callers and {source}"
        assert network.enter(source, 8080, "monitoring", {}) == (source in nodes), f"metrics of {source}"
        assert not network.enter(source, 8080, "default", {}) and not network.enter(source, 4222, "default", {})


def started(documents, where):
    found = []
    for _, pod in pods(documents):
        for container in pod["containers"]:
            if container["name"] == "cambium":
                given = {v["name"]: v["value"] for v in container["env"] if "value" in v}
                found.append({"where": where, "arguments": container["args"], "environment": given})
    return found


def chart():
    assert (CHART / "files/cluster.conf").read_text() == (DEPLOY / "nats/cluster.conf").read_text(), "two configurations"
    found = []
    for where, values in [("defaults", {}), ("everything", EVERYTHING), ("own brokers", OWN_BROKERS)]:
        report = helm.lint(str(CHART), values, strict=True)
        faults = [m for m in report["messages"] if m["severity"] > 1]
        assert not faults and not report["errors"], (where, report)
        documents = rendered(values)
        known(documents, where)
        careful(documents, where)
        covered(documents, where)
        found += started(documents, where)
        if where != "own brokers":
            zero_trust(documents)
    for values, what in REFUSED:
        try:
            rendered(values)
        except helm.HelmError:
            continue
        sys.exit(f"the chart takes {what}: {values}")
    without = [d["kind"] for d in rendered({"networkPolicy": {"enabled": False}})]
    assert "NetworkPolicy" not in without and "HorizontalPodAutoscaler" not in without
    return found


def overlays():
    found = []
    for folder in ["base", "overlays/trial", "overlays/cluster"]:
        ran = subprocess.run([sys.argv[2], "kustomize", DEPLOY / "kustomize" / folder], capture_output=True, text=True)
        assert ran.returncode == 0 and not ran.stderr, (folder, ran.stderr)
        documents = [d for d in yaml.safe_load_all(ran.stdout) if d]
        known(documents, folder)
        careful(documents, folder)
        found += started(documents, folder)
        network = Network(documents)
        assert network.enter("node", 8080, "apps", {"cambium/caller": "true"}) and not network.enter("node", 8080, "apps", {})
        assert network.leave("node", "93.184.215.14", 443) and not network.leave("node", "10.0.0.1", 443)
        assert network.leave("node", "10.0.0.1", 4222) == (folder == "overlays/cluster")
    covered(documents, "overlays/cluster")
    return found


print(json.dumps(chart() + overlays()))
