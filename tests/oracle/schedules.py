"""Makes the vectors of contracts/src/schedule/tests/vectors that the clocks of zones matter to.

    python -m venv v && v/bin/pip install python-dateutil tzdata && v/bin/python schedules.py OUT

Rules are expanded by python-dateutil on naive local times, which zoneinfo then places: what clocks
skip as if they had not been set (fold 0), what they show twice the first time. Cron expressions
are not computed at all: each minute of the span is asked whether its clocks match.
"""

import datetime as dt
import pathlib
import random
import sys
import zoneinfo

from dateutil import rrule

UTC = dt.timezone.utc
CHANCE = random.Random(2026)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# Gaps at 02:00, of half an hour, at midnight, on the evening of Saturday, in odd offsets. None whose
# rules were changed of late: two sources of zones would differ there.
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut",
    "America/Nuuk", "Europe/Dublin", "Pacific/Chatham", "Asia/Kolkata", "America/St_Johns",
]
RUNS = 8


def text(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(local, zone):
    """The instant of a local time; one that is skipped is moved on by what the clocks were."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def expanded(rule, start, zone):
    """The instants of a rule from `start` on, which is an instant, too."""
    local = start.astimezone(zone).replace(tzinfo=None)
    begin = local
    if "WEEKLY" in rule and "BYSETPOS" in rule:
        # dateutil counts the first week from its start on only; RFC 5545 counts all of it.
        first = DAYS.index(rule.split("WKST=")[1][:2]) if "WKST=" in rule else 0
        begin = local - dt.timedelta(days=(local.weekday() - first) % 7)
        begin = begin.replace(hour=0, minute=0, second=0)
    found, seen = [], set()
    for run in rrule.rrulestr(rule, dtstart=begin):
        if run < local:
            continue
        if len(found) == RUNS * 4:
            break
        instant = placed(run, zone)
        if instant not in seen:
            seen.add(instant)
            found.append(instant)
    return sorted(found)[:RUNS]


def sets_of_weeks():
    for number in range(120):
        days = ",".join(sorted(CHANCE.sample(DAYS, CHANCE.randint(2, 5)), key=DAYS.index))
        places = ",".join(map(str, sorted(CHANCE.sample([-2, -1, 1, 2], CHANCE.randint(1, 2)))))
        hour, minute = CHANCE.randrange(24), CHANCE.randrange(60)
        rule = f"FREQ=WEEKLY;INTERVAL={CHANCE.randint(1, 3)};WKST={CHANCE.choice(DAYS)}"
        rule += f";BYDAY={days};BYHOUR={hour};BYMINUTE={minute};BYSECOND=0;BYSETPOS={places}"
        zone = "UTC" if number % 2 else CHANCE.choice(ZONES)
        yield rule, zone, None


def rules_over_changes():
    for zone in ZONES:
        for change in changes(zone, 2026, 2028):
            local = change.astimezone(zoneinfo.ZoneInfo(zone))
            for _ in range(3):
                before = dt.timedelta(days=CHANCE.randint(1, 5), minutes=CHANCE.randrange(200))
                start = change - before
                hours = sorted({(local.hour + CHANCE.randint(-3, 2)) % 24 for _ in range(2)})
                rule = f"FREQ=DAILY;BYHOUR={','.join(map(str, hours))}"
                rule += f";BYMINUTE={CHANCE.choice([0, 15, 30, 45])};BYSECOND=0"
                yield rule, zone, start.replace(second=0, microsecond=0)


def changes(name, first, last):
    """The moments at which the clocks of a zone are set."""
    zone = zoneinfo.ZoneInfo(name)
    moment = dt.datetime(first, 1, 1, tzinfo=UTC)
    before = moment.astimezone(zone).utcoffset()
    while moment.year < last:
        moment += dt.timedelta(minutes=15)
        offset = moment.astimezone(zone).utcoffset()
        if offset != before:
            yield moment
        before = offset


def field(word, low, high):
    found = set()
    for item in word.split(","):
        body, _, step = item.partition("/")
        first, _, last = body.partition("-")
        first, last = (low, high) if body == "*" else (int(first), int(last or first))
        found.update(range(first, last + 1, int(step or 1)))
    return found


def cron_runs(expr, zone, after, span_days):
    """Each minute is asked. Times of day run once a day, also when clocks skip them."""
    minute, hour, day, month, weekday = expr.split()
    minutes, hours, months = field(minute, 0, 59), field(hour, 0, 23), field(month, 1, 12)
    days, weekdays = field(day, 1, 31), {it % 7 for it in field(weekday, 0, 7)}

    def matches(local):
        of_month, of_week = local.day in days, local.isoweekday() % 7 in weekdays
        either = day != "*" and weekday != "*"
        date = (of_month or of_week) if either else (of_month and of_week)
        return date and local.month in months and local.hour in hours and local.minute in minutes

    found = set()
    if hour.startswith("*"):
        moment = after
        while moment < after + dt.timedelta(days=span_days) and len(found) < RUNS:
            moment += dt.timedelta(minutes=1)
            if matches(moment.astimezone(zone)):
                found.add(moment)
    else:
        local = after.astimezone(zone).replace(tzinfo=None) - dt.timedelta(hours=3)
        end = local + dt.timedelta(days=span_days)
        while local < end:
            if matches(local) and placed(local, zone) > after:
                found.add(placed(local, zone))
            local += dt.timedelta(minutes=1)
    return sorted(found)[:RUNS]


def crons_over_changes():
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        for change in changes(name, 2026, 2028):
            hour = change.astimezone(zone).hour
            near = sorted({(hour + shift) % 24 for shift in CHANCE.sample([-2, -1, 0, 1], 2)})
            weekday = (change - dt.timedelta(hours=3)).astimezone(zone).isoweekday() % 7
            for expr in [
                f"{CHANCE.choice(['0', '30', '15,45', '*/20'])} {','.join(map(str, near))} * * *",
                f"30 {near[0]} * * {weekday}",
                f"{CHANCE.choice(['0', '*/25', '7'])} {CHANCE.choice(['*', '*/2'])} * * *",
            ]:
                after = change - dt.timedelta(minutes=CHANCE.randrange(1, 300))
                yield expr, name, after, cron_runs(expr, zone, after, 16)


def main(out):
    lines = []
    for rule, name, start in [*sets_of_weeks(), *rules_over_changes()]:
        if start is None:
            start = dt.datetime(2026, 1, 1, tzinfo=UTC)
            start += dt.timedelta(minutes=CHANCE.randrange(10**6))
        runs = expanded(rule, start, zoneinfo.ZoneInfo(name))
        lines.append(" ".join([rule, name, text(start), *map(text, runs)]))
    (out / "rrule_zones.txt").write_text("\n".join(lines) + "\n")
    lines = []
    for expr, name, after, runs in crons_over_changes():
        lines.append(" ".join([expr.replace(" ", "_"), name, text(after), *map(text, runs)]))
    (out / "cron_zones.txt").write_text("\n".join(lines) + "\n")


main(pathlib.Path(sys.argv[1]))
