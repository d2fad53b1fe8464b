"""The figures as a table."""

import statistics

US = "cambium"
CORES = ("busy_cores", "generator_cores")
FIGURES = ("per_second", "p50_us", "p99_us")


def median(values):
    return statistics.median(values) if values else None


def ratio(rows, system, concurrency, figure):
    """Ours beside theirs, round by round: (median, least, most)."""
    def by_round(name):
        return {row["round"]: row[figure] for row in rows
                if row["system"] == name and row["concurrency"] == concurrency}
    ours, theirs = by_round(US), by_round(system)
    each = [ours[turn] / max(theirs[turn], 1) for turn in ours.keys() & theirs.keys()]
    return (median(each), min(each), max(each)) if each else None


def table(told):
    """Everything, as markdown."""
    rows, about = told["rows"], told["environment"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    fsync = sorted(row["fsync_us"] for row in rows)
    lines = [
        f"{about['date']}; {about['cores']} cores, {about['processor']}, Linux {about['kernel']}; "
        f"fsync p50 {fsync[0]}–{fsync[-1]} µs; {versions}.",
        "",
        "| at a time | system | per second | p50 µs | p99 µs | busy cores | generator's |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    names = [system["system"] for system in told["systems"]]
    points = sorted({row["concurrency"] for row in rows} - {0})
    for concurrency in points:
        for name in names:
            own = [it for it in rows if (it["system"], it["concurrency"]) == (name, concurrency)]
            figures = [f"{median([row[figure] for row in own]):,.0f}" for figure in FIGURES]
            cores = [f"{median([row[it] for row in own]):.2f}" for it in CORES]
            cells = " | ".join([str(concurrency), name, *figures, *cores])
            lines.append(f"| {cells} |")
    lines += ["", "| at a time | ours beside | throughput | p50 | p99 |",
              "| --- | --- | --- | --- | --- |"]
    for concurrency in points:
        for name in names:
            if name == US or US not in names:
                continue
            cells = []
            for figure in FIGURES:
                middle, least, most = ratio(rows, name, concurrency, figure)
                cells.append(f"{middle:.2f} × ({least:.2f}–{most:.2f})")
            lines.append(f"| {concurrency} | {name} | " + " | ".join(cells) + " |")
    lines += ["", "| system | durability | first adds after a restart | acknowledged | found |",
              "| --- | --- | --- | --- | --- |"]
    for system in told["systems"]:
        name = system["system"]
        woken = median([row["seconds"] for row in rows
                        if row["system"] == name and row["concurrency"] == 0 and row["round"] > 1])
        woken = "" if woken is None else f"{woken:.2f} s"
        lines.append(f"| {name} | {system['durability']} | {woken} | {system['acknowledged']:,} "
                     f"| {system['found']:,} |")
    return "\n".join(lines)
