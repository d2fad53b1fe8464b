"""What the plan is computed from: figures that were measured, and what had to be assumed."""

# Measured on two cores with everything on them: docs/BENCHMARKS.md, 2026-11-21, durability `always`.
MEASURED = {
    # Row "engine, 1,000 actors": at so many at a time, so many commands a second.
    "engine": {64: 18_166, 256: 24_797, 1_024: 34_956},
    # Row "engine, one hot actor".
    "hot_actor": 27_085,
    # "70 µs of processor for each command" at 256, and who takes it (a sampled profile).
    "command_us": 70.0,
    "share_runtime": 0.44, "share_folding": 0.11, "share_broker": 0.27, "share_sqlite": 0.17,
    # Beside other systems, 256 at a time over HTTP: busy cores, the generator's, and the rate.
    "http_busy": 1.75, "http_generator": 0.18, "http_rate": 12_368,
    # "engine, 100,000 actors": begun, and asked again, which wakes most of them.
    "begun": 12_426, "asked_again": 9_821,
    "tail": 240_038, "read_models": 31_852, "read_models_bare": 75_289,
    "awake_kib": 9.1, "broker_bytes_per_actor": 590.0,
    "cold_wake_ms": 0.4,
    # One commit of a counter in the broker's store, `cambium admin streams` after 2,000 of them.
    "commit_bytes": 604.0,
}

# Nobody has run a thousand cores for this page. What stands here is not measured; change it and run again.
ASSUMED = {
    "actors": 10 ** 9, "rate": 1_000_000,
    # Popularity of actors: the k-th takes a share of 1 / k^s.
    "zipf": 0.8,
    "awake_share": 0.01,          # of all actors awake at once
    "busy_max": 0.6,              # of a core, so that a loss is carried by the others
    "replicas": 3,
    "raft_overhead": 1.1,         # processor of a replicated append beside three single ones
    "partitions": 256,            # four times today's 64
    "brokers_per_cluster": 3,
    "node_cores": 8, "node_gib": 32, "broker_cores": 16, "broker_gib": 128, "broker_tib": 30, "database_cores": 16, "database_gib": 64,
    "row_bytes": 1_000.0,         # of all read models, for each commit
    "hot_days": 3,                # on disks; older commits lie in the archive, older rows are folded when asked for
    "network_gbit": 10.0,
    "takeover_s": 3.0,            # the target of DESIGN 12
    "election_s": 4.0,            # a stream finds another leader
    # Prices a month, in dollars; a large cloud's list prices are of this size.
    "core": 30.0, "gib": 4.0, "ssd_gib": 0.10, "object_gib": 0.02, "crossing_gib": 0.01,
}
MONTH_S = 30 * 86_400
GIB = 2 ** 30


def rounds():
    """Time of a round of appends = a + b × commands, in ms: least squares through the engine's three rows."""
    points = [(n, n / rate * 1_000) for n, rate in MEASURED["engine"].items()]
    mean_n = sum(n for n, _ in points) / len(points)
    mean_t = sum(t for _, t in points) / len(points)
    b = sum((n - mean_n) * (t - mean_t) for n, t in points) / sum((n - mean_n) ** 2 for n, _ in points)
    return mean_t - b * mean_n, b


def costs_us():
    """Processor time of one command in µs, by who takes it."""
    m, a = MEASURED, ASSUMED
    edge = (m["http_busy"] - m["http_generator"]) / m["http_rate"] * 1e6 - m["command_us"]
    broker = m["command_us"] * m["share_broker"]
    return {
        "edge": edge,
        "actors": m["command_us"] * (m["share_runtime"] - m["share_folding"]),
        "waking": (2 / m["asked_again"] - 2 / m["engine"][256]) * 1e6,
        "brokers": broker * a["replicas"] * a["raft_overhead"],
        "folding": m["command_us"] * m["share_folding"],
        "database": m["command_us"] * m["share_sqlite"],
    }
