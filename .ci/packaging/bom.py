"""A bill of materials, CycloneDX 1.5: each crate that the program is built from, as cargo itself resolves it."""
import hashlib
import json
import re
import tomllib
import uuid

PURL = "pkg:cargo/{name}@{version}"


def write(release, target):
    metadata = release.resolved(target)
    packages = {p["id"]: p for p in metadata["packages"]}
    nodes = {n["id"]: n for n in metadata["resolve"]["nodes"]}
    start = next(i for i, p in packages.items() if p["name"] == "cambium")
    locked = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.loads((release.root / "Cargo.lock").read_text())["package"]}
    found, waiting = {}, [start]
    while waiting:
        one = waiting.pop()
        if one not in found:
            # What only builds or tests the program is in it no more than a hammer is.
            found[one] = [d["pkg"] for d in nodes[one]["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
            waiting += found[one]
    parts = sorted((component(packages[i], locked) for i in found if i != start), key=lambda part: part["bom-ref"])
    reference = lambda i: PURL.format(**packages[i])
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": component(packages[start], locked) | {"type": "application"}, "tools": {"components": [{"type": "application", "name": "cambium .ci/package"}]}},
        "components": parts,
        "dependencies": sorted(({"ref": reference(i), "dependsOn": sorted({reference(d) for d in needs})} for i, needs in found.items()), key=lambda entry: entry["ref"]),
    }
    # The same parts have the same number.
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()
    document["serialNumber"] = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"
    text = json.dumps(document, indent=1).encode() + b"\n"
    (release.out / f"cambium-{release.version}-{target}.cdx.json").write_bytes(text)
    return text


def component(package, locked):
    reference = PURL.format(**package)
    part = {"type": "library", "bom-ref": reference, "name": package["name"], "version": package["version"], "purl": reference}
    if package["description"]:
        part["description"] = " ".join(package["description"].split())
    if package["license"]:
        # Older crates write a slash where SPDX has OR.
        part["licenses"] = [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"])}]
    checksum = locked.get((package["name"], package["version"]))
    if checksum:
        part["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"] and re.fullmatch(r"https?://\S+", package["repository"]):
        part["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return part
