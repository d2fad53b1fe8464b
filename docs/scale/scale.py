"""Computes docs/SCALE.md: `python3 docs/scale/scale.py` prints the parts, `--write` puts them into the page
and draws the pictures, `--check` fails when page or pictures say something else."""
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import drawing  # noqa: E402
import model  # noqa: E402
import simulation  # noqa: E402
from figures import ASSUMED, MEASURED, costs_us, rounds  # noqa: E402


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def number(value, digits=0):
    return f"{value:,.{digits}f}"


def duration(seconds):
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def milliseconds(value):
    return f"{value:.1f} ms" if value < 100 else f"{value / 1_000:.2f} s"


def parts():
    a_ms, b_ms = rounds()
    us = costs_us()
    hottest, hit = model.popularity()
    ladder, machines = model.ladder(), model.machines()
    ran = simulation.run()
    bill = model.bill()
    whole = sum(bill.values())
    clusters = {n: c for n, _, c, *_ in machines}["brokers"] // ASSUMED["brokers_per_cluster"]
    found = {
        "rounds": f"A round of *n* commands takes {a_ms:.2f} ms + {b_ms * 1_000:.1f} µs × *n*.",
        "costs": table(["part", "µs of one core for each command"], [
            ("edge: HTTP, JSON, system calls", number(us["edge"], 1)), ("actors: gate, decide, append, answer", number(us["actors"], 1)),
            ("waking an actor that sleeps", number(us["waking"], 1)), ("brokers, all three replicas", number(us["brokers"], 1)),
            ("folding read models", number(us["folding"], 1)), ("SQL", number(us["database"], 1))]),
        "ladder": table(["commands a second", "what breaks", "from the row", "what then", "built"],
                        [(number(rate), what, row, then, built) for rate, what, row, then, built in ladder]),
        "memory": table(["actors", "what breaks", "from the row", "what then"],
                        [(number(round(count, -5)), what, row, then) for count, what, row, then in model.memory_ladder()]),
        "zipf": f"With Zipf's s = {ASSUMED['zipf']}, the most asked actor gets {number(hottest * ASSUMED['rate'])} commands a second, and "
                f"{hit * 100:.0f} % of all commands meet an actor that is awake when {ASSUMED['awake_share'] * 100:.0f} % are.",
        "machines": table(["part", "cores at work", "machines", "each", "bound by"],
                          [(part, number(used), number(count), f"{cores} cores, {gib} GiB", bound) for part, used, count, cores, gib, bound in machines]),
        "storage": table(["what", "TiB a day", f"TiB in {ASSUMED['hot_days']} days"],
                         [(what, number(day / 1024, 1), number(kept / 1024)) for what, day, kept, _ in model.storage()]),
        "bill": table(["for", "dollars a month", "share"], [(what, number(round(cost, -3)), f"{cost / whole * 100:.0f} %") for what, cost in bill.items()]
                      + [("all", number(round(whole, -3)), f"{number(whole / (ASSUMED['rate'] * 2_592_000) * 1e6, 2)} dollars for a million commands")]),
        "recovery": table(["lost", "whole again after", "how"], [(what, duration(time), how) for what, time, how in model.recovery()]),
        "simulated": table(["while", "p50", "p99", "p99.9", "waiting at most"],
                           [(what, milliseconds(p50), milliseconds(p99), milliseconds(p999), number(peak)) for what, p50, p99, p999, peak in ran["rows"]]),
        "outcome": f"Refused with 429: {ran['refused'] * 100:.2f} % of all commands, those of actors beyond {number(MEASURED['hot_actor'])} a second. "
                   f"Busiest partition: {ran['busiest']:.2f} × the mean. Waiting at the end: {number(ran['left'])}. "
                   f"The database that was away for {simulation.DATABASE_AWAY} s was {number(max(b for _, b in ran['lag']))} commits behind.",
    }
    marks = [(simulation.KILL_NODE, "node killed"), (simulation.LOSE_LEADERS, "broker dies"), (simulation.ROLL, "rolling"), (simulation.LOSE_DATABASE, "database away")]
    pictures = {"ladder.svg": drawing.ladder(ladder, ASSUMED["rate"]), "layout.svg": drawing.layout(machines, clusters),
                "timeline.svg": drawing.timeline(ran["timeline"], ran["lag"], marks)}
    return found, pictures


def filled(page, found):
    for name, text in found.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
        assert len(pattern.findall(page)) == 1, f"the page has no place for {name}"
        page = pattern.sub(lambda match: match.group(1) + text + "\n" + match.group(2), page)
    return page


def main():
    found, pictures = parts()
    page = HERE.parent / "SCALE.md"
    wanted = sys.argv[1:]
    if wanted == ["--write"]:
        page.write_text(filled(page.read_text(), found))
        for name, text in pictures.items():
            (HERE / name).write_text(text)
    elif wanted == ["--check"]:
        stale = [page.name] if filled(page.read_text(), found) != page.read_text() else []
        stale += [name for name, text in pictures.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
        sys.exit(f"not what the program computes: {', '.join(stale)}; run docs/scale/scale.py --write" if stale else 0)
    else:
        for name, text in found.items():
            print(f"## {name}\n\n{text}\n")


main()
