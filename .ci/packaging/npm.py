"""An npm package for each target that carries the program, and one without any that picks its own.

No script runs at installation: npm installs of the optional packages the one whose `os`, `cpu` and `libc` fit.
"""
import json

from . import targets
from .archive import packed

SHIM = """#!/usr/bin/env node
// Becomes the program of the package that fits this machine.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const packages = PACKAGES;
let program;
for (const name of packages) {
  try {
    program = require.resolve(`${name}/bin/cambium`);
    break;
  } catch {
    // It is for another machine, and npm left it out.
  }
}
if (!program) {
  console.error(`cambium: no program for ${process.platform} ${process.arch}; there are ${packages.join(", ")}`);
  process.exit(1);
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal tells the child itself; who tells only this process means the child.
for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"]) {
  process.on(signal, () => signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal));
}
child.on("error", (error) => { console.error(`cambium: ${error.message}`); process.exit(1); });
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
"""


def described(release, name, more):
    return json.dumps({"name": name, "version": release.version, "description": release.ABOUT, "license": release.LICENSE, **more}, indent=2).encode() + b"\n"


def write(release, target, program):
    fits = targets.ALL[target]
    name = f"{release.PACKAGE}-{fits.npm_name()}"
    more = {"os": [fits.npm_os], "cpu": [fits.npm_cpu], "files": ["bin"], "preferUnplugged": True}
    if fits.libc:
        more["libc"] = [fits.libc]
    save(release, name, {"package.json": (described(release, name, more), 0o644), "bin/cambium": (program.read_bytes(), 0o755)})


def write_shim(release, built):
    names = [f"{release.PACKAGE}-{targets.ALL[target].npm_name()}" for target in sorted(built)]
    more = {"bin": {"cambium": "bin/cambium.js"}, "files": ["bin"], "engines": {"node": ">=18"},
            "optionalDependencies": {name: release.version for name in names}}
    shim = SHIM.replace("PACKAGES", json.dumps(names)).encode()
    save(release, release.PACKAGE, {"package.json": (described(release, release.PACKAGE, more), 0o644), "bin/cambium.js": (shim, 0o755), "README.md": (release.readme(), 0o644)})


def save(release, name, files):
    for path in release.LICENSES:
        files[path] = ((release.root / path).read_bytes(), 0o644)
    whole = packed(release, {f"package/{path}": file for path, file in files.items()})
    (release.out / f"{name}-{release.version}.tgz").write_bytes(whole)
