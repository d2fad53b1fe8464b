"""A wheel that carries the program as its one script: pip, pipx and uvx run it without Rust."""
import base64
import hashlib
import time
import zipfile

from . import targets


def write(release, target, program):
    name = release.PACKAGE.replace("-", "_")
    platform = targets.ALL[target].wheel
    if "{glibc}" in platform:
        platform = platform.format(glibc="_".join(map(str, targets.glibc(program))))
    tag = f"py3-none-{platform}"
    info = f"{name}-{release.version}.dist-info"
    files = {
        f"{name}-{release.version}.data/scripts/cambium": (program.read_bytes(), 0o755),
        f"{info}/METADATA": (metadata(release), 0o644),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: cambium\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(), 0o644),
    }
    for path in release.LICENSES:
        files[f"{info}/licenses/{path}"] = ((release.root / path).read_bytes(), 0o644)
    record = [f"{path},sha256={digest(content)},{len(content)}" for path, (content, _) in files.items()]
    files[f"{info}/RECORD"] = ("\n".join(record + [f"{info}/RECORD,,"]) + "\n", 0o644)
    with zipfile.ZipFile(release.out / f"{name}-{release.version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=release.level) as wheel:
        for path, (content, mode) in files.items():
            entry = zipfile.ZipInfo(path, time.gmtime(release.time)[:6])
            entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def metadata(release):
    head = [
        "Metadata-Version: 2.4", f"Name: {release.PACKAGE}", f"Version: {release.version}", f"Summary: {release.ABOUT}",
        f"License-Expression: {release.LICENSE}", *(f"License-File: {path}" for path in release.LICENSES),
        "Requires-Python: >=3.8", "Description-Content-Type: text/markdown", "", "",
    ]
    return "\n".join(head).encode() + release.readme()
