"""Five minutes of 10^6 commands a second on 10^9 actors, with what goes wrong in them.

Partitions are queues with a batch server: a round of n commands takes a + b × n, as measured. Actors are
drawn by Zipf's law; the 20,000 most asked are placed one by one by the broker's own hash, all others
fall evenly. Seeded, so the page can be compared with what it prints.
"""
import random
from collections import deque

from figures import ASSUMED, MEASURED, rounds
from model import machines, popularity

SEED, SECONDS, TICK_MS, PLACED, BATCH_MAX = 7, 300, 100, 20_000, 1_000
KILL_NODE, LOSE_LEADERS, ROLL, END_ROLL, LOSE_DATABASE, DATABASE_AWAY = 60, 120, 165, 225, 240, 20


def partition(number, partitions):
    """FNV-1a of the three tokens of `main counter <number>`, as the broker computes it."""
    value = 0x811C9DC5
    for byte in b"maincounter%d" % number:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % partitions


def shares(partitions, cap=None):
    """The share of all commands that each partition gets, and what actors above `cap` a second lose."""
    s, rate = ASSUMED["zipf"], ASSUMED["rate"]
    top, _ = popularity()
    load, lost, placed = [0.0] * partitions, 0.0, 0.0
    for k in range(1, PLACED + 1):
        share = top * k ** -s
        placed += share
        if cap and share * rate > cap:
            lost += share - cap / rate
            share = cap / rate
        load[partition(k, partitions)] += share
    rest = (1 - placed) / partitions
    return [one + rest for one in load], lost


def owners(partitions, nodes):
    """Partitions dealt out evenly: what rendezvous hashing comes to, without its scatter."""
    return [p % nodes for p in range(partitions)]


def percentile(sorted_pairs, part):
    whole = sum(w for _, w in sorted_pairs)
    seen = 0.0
    for value, weight in sorted_pairs:
        seen += weight
        if seen >= part * whole:
            return value
    return sorted_pairs[-1][0]


def run():
    chance = random.Random(SEED)
    partitions, rate = ASSUMED["partitions"], ASSUMED["rate"]
    counts = {name: count for name, _, count, *_ in machines()}
    nodes = counts["nodes of actors"]
    load, refused = shares(partitions, MEASURED["hot_actor"])
    owner = owners(partitions, nodes)
    clusters = counts["brokers"] // ASSUMED["brokers_per_cluster"]
    means = [rate * share * TICK_MS / 1_000 for share in load]
    waiting = [deque() for _ in range(partitions)]
    timeline, phases = [], {}
    for tick in range(SECONDS * 1_000 // TICK_MS):
        now = tick * TICK_MS / 1_000
        seen = phases.setdefault(name_of(now), {"latency": [], "peak": 0.0})
        answered = []
        for p, mean in enumerate(means):
            waiting[p].append([now, max(0.0, chance.gauss(mean, mean ** 0.5))])
            if not standing(now, p, owner[p], nodes, clusters):
                answer(waiting[p], mean, now, answered)
        total = sum(count for queue in waiting for _, count in queue)
        seen["latency"] += answered
        seen["peak"] = max(seen["peak"], total)
        if tick % (1_000 // TICK_MS) == 0:
            pairs = sorted(answered)
            timeline.append((now, total, percentile(pairs, 0.5), percentile(pairs, 0.99)))
    rows = []
    for phase, seen in phases.items():
        pairs = sorted(seen["latency"])
        rows.append((phase, percentile(pairs, 0.5), percentile(pairs, 0.99), percentile(pairs, 0.999), seen["peak"]))
    return {"rows": rows, "timeline": timeline, "refused": refused, "busiest": max(load) * partitions, "left": total,
            "lag": lag(counts["databases"] // 2)}


def answer(queue, mean, now, answered):
    """Answers, oldest first, what the owner of a partition manages in one tick; notes (ms it took, how many)."""
    a_ms, b_ms = rounds()
    come = sum(count for _, count in queue)
    # What comes while a round is under way is the next round: it is as large as its own time brings.
    busy = b_ms * come / TICK_MS
    behind = come > mean * 1.5 or busy >= 1
    took = a_ms + b_ms * BATCH_MAX if behind else a_ms / (1 - busy)
    left = BATCH_MAX * TICK_MS / took if behind else come
    while queue and left > 0:
        arrived, count = queue[0]
        done = min(count, left)
        answered.append(((now - arrived) * 1_000 + took * 1.5, done))
        left -= done
        if done < count:
            queue[0][1] -= done
        else:
            queue.popleft()


def name_of(now):
    if KILL_NODE <= now < KILL_NODE + 30:
        return "a node of actors is killed"
    if LOSE_LEADERS <= now < LOSE_LEADERS + 30:
        return "a broker dies that leads a third of a cluster's streams"
    if ROLL <= now < END_ROLL:
        return "nodes are replaced one by one"
    return "nothing happens"


def standing(now, number, owner, nodes, clusters):
    """Whether a partition appends nothing at this moment."""
    if KILL_NODE <= now < KILL_NODE + ASSUMED["takeover_s"] and owner == 0:
        return True
    if LOSE_LEADERS <= now < LOSE_LEADERS + ASSUMED["election_s"] and number % clusters == 0 and number // clusters % 3 == 0:
        return True
    # A drained node hands its partitions over: each stands for one tick.
    turn = (now - ROLL) / (END_ROLL - ROLL) * nodes
    return ROLL <= now < END_ROLL and owner == int(turn) and int(turn - TICK_MS / 1_000 * nodes / (END_ROLL - ROLL)) != int(turn)


def lag(shards):
    """Commits that one database lies behind while it is away and after, second by second."""
    come, fold = ASSUMED["rate"] / shards, MEASURED["read_models"]
    behind, seen = 0.0, []
    for now in range(SECONDS):
        away = LOSE_DATABASE <= now < LOSE_DATABASE + DATABASE_AWAY
        behind = max(0.0, behind + come - (0 if away else fold))
        seen.append((now, behind))
    return seen
