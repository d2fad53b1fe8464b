"""The release that is being made: its version, its time, where it goes."""
import json
import subprocess


class Release:
    # The name `cambium` belongs to somebody else on PyPI. The command is called `cambium` all the same.
    PACKAGE = "cambium-server"
    ABOUT = "An event-sourced actor system on NATS JetStream"
    LICENSE = "MIT OR Apache-2.0"
    LICENSES = ("LICENSE-APACHE", "LICENSE-MIT")

    def __init__(self, root, out, level):
        self.root, self.out, self.level = root, out, level
        out.mkdir(parents=True, exist_ok=True)
        packages = json.loads(run(["cargo", "metadata", "--format-version", "1", "--no-deps"], root))["packages"]
        self.version = next(p["version"] for p in packages if p["name"] == "cambium")
        # All that is packed is as old as the change that it was made of.
        try:
            self.time = int(run(["git", "log", "-1", "--format=%ct"], root))
        except subprocess.CalledProcessError:
            self.time = 1_700_000_000

    def resolved(self, target):
        """What cargo resolves for a target: other machines' crates are no part of it."""
        return json.loads(run(["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target], self.root))

    def readme(self):
        return (self.root / "README.md").read_bytes()


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
