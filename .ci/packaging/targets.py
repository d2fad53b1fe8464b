"""The machines that a release is for, and whether this one can build for them."""
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from .release import run


class Target:
    def __init__(self, wheel, npm_os, npm_cpu, libc=None, linkers=()):
        self.wheel, self.npm_os, self.npm_cpu, self.libc, self.linkers = wheel, npm_os, npm_cpu, libc, linkers

    def npm_name(self):
        return "-".join(filter(None, [self.npm_os, self.npm_cpu, self.libc]))


# Wheels of glibc name the oldest glibc that the program asks for: it is read from the program.
ALL = {
    "x86_64-unknown-linux-gnu": Target("manylinux_{glibc}_x86_64", "linux", "x64", "glibc", ("cc", "x86_64-linux-gnu-gcc")),
    "aarch64-unknown-linux-gnu": Target("manylinux_{glibc}_aarch64", "linux", "arm64", "glibc", ("aarch64-linux-gnu-gcc",)),
    "x86_64-unknown-linux-musl": Target("musllinux_1_2_x86_64", "linux", "x64", "musl", ("musl-gcc", "x86_64-linux-musl-gcc")),
    "aarch64-unknown-linux-musl": Target("musllinux_1_2_aarch64", "linux", "arm64", "musl", ("aarch64-linux-musl-gcc",)),
    "x86_64-apple-darwin": Target("macosx_11_0_x86_64", "darwin", "x64"),
    "aarch64-apple-darwin": Target("macosx_11_0_arm64", "darwin", "arm64"),
}


def host():
    said = run(["rustc", "-vV"], ".")
    return re.search(r"^host: (.*)$", said, re.M).group(1)


def missing(name):
    """What this machine lacks to build for a target; empty = nothing."""
    if name not in ALL:
        return [f"{name}: no target of a release; these are: {', '.join(ALL)}"]
    lacks = []
    folder = Path(run(["rustc", "--print", "target-libdir", "--target", name], ".").strip())
    if not any(folder.glob("libstd-*")):
        lacks.append(f"{name}: the toolchain has no standard library for it (rustup target add {name})")
    if name.endswith("darwin"):
        if platform.system() != "Darwin":
            lacks.append(f"{name}: only macOS has its linker and headers")
    elif name != host() and not linker(name):
        lacks.append(f"{name}: there is no {' or '.join(ALL[name].linkers)} on PATH to compile C and link")
    return lacks


def linker(name):
    machine = platform.machine()
    for found in ALL[name].linkers:
        if found == "cc" and not name.startswith(machine):
            continue
        if shutil.which(found):
            return found
    return None


def build(root, name):
    environment = dict(os.environ)
    if name != host() and not name.endswith("darwin"):
        variable = name.upper().replace("-", "_")
        environment |= {f"CARGO_TARGET_{variable}_LINKER": linker(name), f"CC_{name.replace('-', '_')}": linker(name)}
    command = ["cargo", "build", "--release", "--locked", "--package", "cambium", "--bin", "cambium", "--target", name]
    subprocess.run(command, cwd=root, env=environment, check=True)
    target = Path(environment.get("CARGO_TARGET_DIR", root / "target"))
    return target / name / "release/cambium"


def glibc(program):
    """The oldest glibc that has all that a program asks for, such as (2, 34)."""
    said = run(["readelf", "--version-info", "--wide", program], ".")
    versions = [tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_(\d+\.\d+)", said)]
    if not versions:
        raise SystemExit(f"{program} asks for no glibc: it is not for this target")
    return max(versions)[:2]
