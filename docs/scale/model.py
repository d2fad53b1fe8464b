"""How many machines, how much memory, disk and money; and what breaks first on the way there."""
import math

from figures import ASSUMED, GIB, MEASURED, MONTH_S, costs_us, rounds


def popularity():
    """The share of the most asked actor, of all that are awake at most, by Zipf's law."""
    s, n = ASSUMED["zipf"], ASSUMED["actors"]

    def weight(k):  # the sum of i^-s for i = 1..k, by Euler and Maclaurin
        k = int(k)
        head = min(k, 1_000)
        total = sum(i ** -s for i in range(1, head + 1))
        if k > head:
            total += (k ** (1 - s) - head ** (1 - s)) / (1 - s) + (k ** -s - head ** -s) / 2
        return total

    whole = weight(n)
    return 1 / whole, weight(n * ASSUMED["awake_share"]) / whole


def ladder():
    """What holds until which rate, lowest first: (commands a second, what, from which figure, what then, is it built)."""
    m = MEASURED
    a_ms, b_ms = rounds()
    one_stream = 1_000 / (a_ms + b_ms * 1_000) * 1_000
    hottest, _ = popularity()
    return sorted([
        (m["http_rate"], "one machine of two cores, callers over HTTP", "HTTP at 256", "more cores, then roles of their own", "yes"),
        (m["read_models"], "one writer of all read models", "commits into all six", "a database for each share of the models and tenants", "leaders for each model: yes; shards: no"),
        (one_stream, "one appender, one stream, two cores", "engine, as rounds of a + b × n", "EVENTS split by partition, an appender each", "an appender for each node: yes; a stream for each partition: no"),
        (m["hot_actor"] / hottest, "the most asked actor, by Zipf", "one hot actor", "it answers 429; split what it counts over several actors", "yes: it refuses and loses nothing"),
        (m["tail"], "each process reads the whole log", "tail, decoded", "a tail reads the streams of its own partitions; edges ask for what their watchers watch", "no"),
        (64 * one_stream, "64 partitions, an owner each", "engine × 64", f"{ASSUMED['partitions']} partitions: a new log that imports the old", "no"),
    ])


def memory_ladder():
    """The same by number of actors."""
    m, a = MEASURED, ASSUMED
    cluster = a["broker_gib"] * GIB * 0.7 / m["broker_bytes_per_actor"]
    return sorted([
        (16 * GIB * 0.7 / m["broker_bytes_per_actor"], "the broker's index, 16 GiB", "broker with a million actors", "larger brokers"),
        (cluster, f"one cluster of brokers with {a['broker_gib']} GiB each", "the same", "further clusters, each with its partitions"),
        (a["node_gib"] * GIB * 0.7 / (m["awake_kib"] * 1024), f"actors awake on one node of {a['node_gib']} GiB", "one awake actor", "they sleep: waking takes 0.4 ms and a read of the log"),
    ])


def machines():
    a, m, us = ASSUMED, MEASURED, costs_us()
    _, hit = popularity()
    rate, busy = a["rate"], a["busy_max"]
    cores = {
        "edges": rate * us["edge"] / 1e6,
        "nodes of actors": rate * (us["actors"] + us["waking"] * (1 - hit)) / 1e6,
        "brokers": rate * us["brokers"] / 1e6,
        "projections": rate * us["folding"] / 1e6,
        "databases": rate * us["database"] / 1e6 * 2,
    }
    shape = {"edges": ("node_cores", "node_gib"), "nodes of actors": ("node_cores", "node_gib"), "brokers": ("broker_cores", "broker_gib"),
             "projections": ("node_cores", "node_gib"), "databases": ("database_cores", "database_gib")}
    awake = a["actors"] * a["awake_share"] * m["awake_kib"] * 1024
    index = a["actors"] * m["broker_bytes_per_actor"] * a["replicas"]
    disks = storage()[1][2] / (a["broker_tib"] * 1024 * 0.7)
    needs = {"nodes of actors": (awake / (a["node_gib"] * GIB * 0.7), "memory"),
             "brokers": max((index / (a["broker_gib"] * GIB * 0.7), "memory of subjects"), (disks, "disk")),
             "databases": (2 * rate / (m["read_models"] * busy), "writing")}
    rows = []
    for part, used in cores.items():
        per_core, per_gib = (a[name] for name in shape[part])
        by_cores, (by_else, other) = used / (per_core * busy), needs.get(part, (0, ""))
        count = math.ceil(max(by_cores, by_else, 3))
        if part in ("brokers", "databases"):
            together = a["brokers_per_cluster"] if part == "brokers" else 2
            count = math.ceil(count / together) * together
        bound = "processor" if by_cores >= by_else else other
        rows.append((part, used, count, per_core, per_gib, bound))
    return rows


def storage():
    """(what, GiB a day, GiB kept on the disks, GiB a month into the archive)."""
    a, m = ASSUMED, MEASURED
    log = a["rate"] * m["commit_bytes"] * 86_400 / GIB
    rows = a["rate"] * a["row_bytes"] * 86_400 / GIB
    return [
        ("log, one copy", log, log * a["hot_days"], log * 30),
        ("log, all replicas", log * a["replicas"], log * a["replicas"] * a["hot_days"], 0),
        ("rows of read models, with a stand-by", rows * 2, rows * 2 * a["hot_days"], 0),
    ]


def bill():
    """Dollars a month, by what they are for."""
    a = ASSUMED
    found = {}
    for part, _, count, cores, gib, _ in machines():
        found[part] = count * (cores * a["core"] + gib * a["gib"])
    one, copies, rows = storage()
    found["disks of the log"] = copies[2] * a["ssd_gib"]
    found["disks of rows"] = rows[2] * a["ssd_gib"]
    found["archive, for each month kept"] = one[3] * a["object_gib"]
    crossing = a["rate"] * MONTH_S * MEASURED["commit_bytes"] * (a["replicas"] - 1) / GIB
    found["traffic between zones"] = crossing * a["crossing_gib"]
    return found


def recovery():
    """(what is lost, how long until it is whole, from what)."""
    a, m = ASSUMED, MEASURED
    rows = {name: count for name, _, count, *_ in machines()}
    brokers = rows["brokers"]
    kept = storage()[1][2] * GIB / brokers
    wire = a["network_gbit"] * 1e9 / 8
    per_node = a["actors"] * a["awake_share"] / rows["nodes of actors"]
    shard = a["rate"] * 86_400 * a["hot_days"] / (rows["databases"] / 2)
    return [
        ("a node of actors", a["takeover_s"], "its leases end; other owners take its partitions"),
        ("… until as many are awake again", a["takeover_s"] + per_node * m["cold_wake_ms"] / 1_000 / a["node_cores"], "cold wakes, if all are asked at once"),
        ("the leader of some streams", a["election_s"], "another replica leads; appends wait, none is lost"),
        ("a broker with its disk", kept / (wire * 0.5), f"{kept / GIB / 1024:.0f} TiB copied at half of {a['network_gbit']:.0f} Gbit/s; two replicas serve meanwhile"),
        ("a database of read models, away for 60 s", 60 + 60 / (m["read_models"] / (a["rate"] / (rows["databases"] / 2)) - 1), "reads answer 503; the models catch up at the measured rate"),
        ("all rows of one database", shard / m["read_models"], f"folded anew from {a['hot_days']} days of log; meanwhile its stand-by serves"),
    ]
