"""Makes rules of RFC 5545 by chance, from a fixed seed, and tells the runs that python-dateutil finds.

    python rules.py COUNT    a line each: rule, zone, start, end of the search, first runs

Rules are expanded on naive local times, which zoneinfo then places: what clocks skip as if they had
not been set, what they show twice the first time. Where dateutil means something else than RFC 5545
or than we do, it is asked otherwise, or not at all:

- it counts the first week of a WEEKLY rule with BYSETPOS from its start on, RFC 5545 all of it: it
  is given the beginning of that week as start, and what is before the start is left out;
- with BYWEEKNO and no day it takes all seven, RFC 5545 the weekday of the start: such rules have
  BYDAY here;
- it puts the first days of some years into a week 53 of a year that has 52 (2 January 2039): it is
  not asked for week 53;
- UNTIL is an instant to us, and a local time to a rule that is expanded on local times: dateutil is
  not told of it, and what comes after it is left out;
- HOURLY and MINUTELY go by clocks on walls there, which a zone sets: they are asked of
  zones whose clocks are not set.
"""

import datetime as dt
import random
import sys
import zoneinfo

from dateutil import rrule

UTC = dt.timezone.utc
CHANCE = random.Random(5545)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# Clocks that skip and repeat an hour, half an hour, the first hour of a day, the last one of a
# Saturday; none whose rules were changed of late, since two sources of zones would differ there.
SET = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut",
    "America/Nuuk", "Europe/Dublin", "Pacific/Chatham", "America/St_Johns", "Europe/London",
]
STILL = ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/Phoenix"]
RUNS = 8
YEARS = {"YEARLY": 40, "MONTHLY": 30, "WEEKLY": 12, "DAILY": 8, "HOURLY": 1, "MINUTELY": 1}


def text(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def some(choices, most):
    return sorted(CHANCE.sample(list(choices), CHANCE.randint(1, most)))


def listed(name, values):
    return f";{name}={','.join(map(str, values))}"


def made():
    """A rule, as text, and its frequency."""
    freq = CHANCE.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "DAILY", "HOURLY", "MINUTELY"])
    rule = f"FREQ={freq}"
    if CHANCE.random() < 0.5:
        rule += f";INTERVAL={CHANCE.randint(2, 5)}"
    if CHANCE.random() < 0.4:
        rule += f";WKST={CHANCE.choice(DAYS)}"
    if freq == "YEARLY":
        rule += CHANCE.choice([
            lambda: "",
            lambda: listed("BYMONTH", some(range(1, 13), 3)),
            lambda: listed("BYYEARDAY", some([1, 60, 100, 366, -1, -366, -60], 3)),
            lambda: listed("BYWEEKNO", some([1, 10, 20, -1, 52], 2)) + days(),
            lambda: listed("BYDAY", [f"{CHANCE.choice([1, 20, -1, -53, 53])}{CHANCE.choice(DAYS)}"]),
            lambda: listed("BYMONTH", some(range(1, 13), 3)) + ordinals(),
            lambda: listed("BYMONTH", some(range(1, 13), 2)) + listed("BYMONTHDAY", [13]) + days(),
        ])()
    elif freq == "MONTHLY":
        rule += CHANCE.choice([
            lambda: "",
            lambda: listed("BYMONTHDAY", some([1, 15, 29, 30, 31, -1, -2, -31], 3)),
            ordinals,
            lambda: days() + listed("BYSETPOS", some([1, 2, 3, -1, -2], 2)),
            lambda: listed("BYMONTHDAY", some(range(8, 15), 5)) + days(),
        ])()
    elif freq == "WEEKLY":
        rule += CHANCE.choice([
            lambda: "",
            days,
            lambda: days() + listed("BYSETPOS", some([1, 2, -1, -2], 2)),
            lambda: listed("BYMONTH", some(range(1, 13), 4)) + days(),
        ])()
    else:
        rule += CHANCE.choice([
            lambda: "",
            days,
            lambda: listed("BYMONTHDAY", some([1, 2, 10, 20, -1], 3)),
            lambda: listed("BYHOUR", some(range(24), 3)),
        ])()
    if freq not in ("HOURLY", "MINUTELY") and CHANCE.random() < 0.6:
        if "BYHOUR" not in rule:
            rule += listed("BYHOUR", some([0, 1, 2, 3, 12, 22, 23], 3))
        rule += listed("BYMINUTE", some([0, 15, 30, 45, 59], 2))
    return rule, freq


def days():
    return listed("BYDAY", sorted(CHANCE.sample(DAYS, CHANCE.randint(1, 4)), key=DAYS.index))


def ordinals():
    found = {f"{CHANCE.choice([1, 2, 4, 5, -1, -5])}{CHANCE.choice(DAYS)}" for _ in range(2)}
    return listed("BYDAY", sorted(found))


def changes(name, first, last):
    """The moments at which the clocks of a zone are set."""
    zone, moment = zoneinfo.ZoneInfo(name), dt.datetime(first, 1, 1, tzinfo=UTC)
    before = moment.astimezone(zone).utcoffset()
    while moment.year < last:
        moment += dt.timedelta(minutes=15)
        offset = moment.astimezone(zone).utcoffset()
        if offset != before:
            yield moment
        before = offset


CHANGES = {name: list(changes(name, 2026, 2028)) for name in SET}


def expanded(rule, begin):
    try:
        return rrule.rrulestr(rule, dtstart=begin)
    except ValueError as error:
        # Every fifth hour is never at noon: that is no fault of the rule to us.
        if "generates an empty set" not in str(error):
            raise
        return []


def case():
    rule, freq = made()
    name = CHANCE.choice(STILL if freq in ("HOURLY", "MINUTELY") else SET * 2 + STILL)
    start = dt.datetime(2026, 1, 1, tzinfo=UTC) + dt.timedelta(minutes=CHANCE.randrange(10**6))
    if name in SET and CHANCE.random() < 0.7:
        near = dt.timedelta(days=CHANCE.randrange(4), minutes=CHANCE.randrange(200))
        start = CHANCE.choice(CHANGES[name]) - near
    end = start + dt.timedelta(days=366 * YEARS[freq])
    zone = zoneinfo.ZoneInfo(name)
    local = start.astimezone(zone).replace(tzinfo=None)
    begin = local
    if freq == "WEEKLY" and "BYSETPOS" in rule:
        first = DAYS.index(rule.split("WKST=")[1][:2]) if "WKST=" in rule else 0
        begin = (local - dt.timedelta(days=(local.weekday() - first) % 7)).replace(hour=0, minute=0)
        if "BYHOUR" not in rule:
            rule += f";BYHOUR={local.hour};BYMINUTE={local.minute}"
    until = None
    if CHANCE.random() < 0.2:
        until = start + (end - start) * CHANCE.random() / 10
        until = until.replace(second=0, microsecond=0)
    counted = begin == local and until is None and name in STILL and CHANCE.random() < 0.5
    asked = rule
    if counted:
        asked = rule = f"{rule};COUNT={CHANCE.randint(1, 6)}"
    if until:
        asked = f"{rule};UNTIL={until.strftime('%Y%m%dT%H%M%SZ')}"
    found, last = set(), end.replace(tzinfo=None) + dt.timedelta(days=2)
    for run in expanded(rule, begin):
        if run > last or len(found) == RUNS * 4:
            break
        instant = run.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if run >= local and start <= instant <= min(end, until or end):
            found.add(instant)
    print(" ".join([asked, name, text(start), text(end), *map(text, sorted(found)[:RUNS])]))


for _ in range(int(sys.argv[1])):
    case()
