"""Manual pages, made of docs/cli.md, which a test keeps equal to the program's own help; and completions."""
import re
import subprocess
import time

SHELLS = {"bash": "share/bash-completion/completions/cambium", "zsh": "share/zsh/site-functions/_cambium", "fish": "share/fish/vendor_completions.d/cambium.fish"}


def completions(program):
    found = {}
    for shell, path in SHELLS.items():
        ran = subprocess.run([program, "completions", shell], capture_output=True, check=True)
        found[path] = ran.stdout
    return found


def pages(release, text):
    """Path → page: `cambium.1`, `cambium-admin-streams.1` and so on."""
    verbs = re.findall(r"^## (cambium[^\n]*)\n+```text\n(.*?)^```", text, re.M | re.S)
    names = [verb.replace(" ", "-") for verb, _ in verbs]
    date = time.strftime("%Y-%m-%d", time.gmtime(release.time))
    found = {}
    for verb, said in verbs:
        name = verb.replace(" ", "-")
        head = f'.TH "{name.upper()}" "1" "{date}" "cambium {release.version}" "Cambium"'
        near = [other for other in names if other != name and (other.rpartition("-")[0] == name or name.rpartition("-")[0] == other)]
        page = [head, *body(name, said)]
        if near:
            page += [".SH SEE ALSO", ", ".join(f"\\fB{escaped(other)}\\fR(1)" for other in near)]
        found[f"share/man/man1/{name}.1"] = ("\n".join(page) + "\n").encode()
    return found


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("’", "'")
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return "\\&" + text if text[:1] in (".", "'") else text


def body(name, said):
    lines = said.rstrip().split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("Usage:"))
    about = [line for line in lines[:first] if line]
    out = [".SH NAME", f"{escaped(name)} \\- {escaped(about[0].rstrip('.'))}", ".SH SYNOPSIS", f".B {escaped(lines[first][6:].strip())}"]
    if about[1:]:
        out += [".SH DESCRIPTION"] + [part for line in about for part in (".PP", escaped(line))][1:]
    for line in lines[first + 1:]:
        if re.match(r"^[A-Z].*:$", line):
            out.append(f".SH {escaped(line[:-1].upper())}")
        elif not line.strip():
            continue
        elif re.match(r"^ {2,6}(-|<|\[|[a-z])", line) and not line.startswith("          "):
            term, _, rest = line.strip().partition("  ")
            out += [".TP", f".B {escaped(term)}"] + ([escaped(rest.strip())] if rest.strip() else [])
        elif line.strip().startswith("- "):
            out += [".br", escaped(line.strip())]
        else:
            out.append(escaped(line.strip()))
    return out
