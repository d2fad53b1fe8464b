"""Reads and writes calendars with PyPI's icalendar, for the tests of ours.

    python icalendars.py read FILE      tells what stands in it, as JSON
    python icalendars.py write FILE [YEAR]     writes one; 4 January is a Monday
"""

import datetime as dt
import json
import sys
import zoneinfo

import icalendar

UTC = dt.timezone.utc


def told(moment):
    """A moment in UTC; a day as it is."""
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat()


def entry(component):
    found = {"sort": component.name, "uid": str(component["UID"])}
    found["summary"] = str(component.get("SUMMARY", ""))
    for name in ("DTSTART", "DTEND", "DUE", "COMPLETED"):
        if name in component:
            found[name] = told(component.decoded(name))
    if "DTSTART" in component:
        found["zone"] = component["DTSTART"].params.get("TZID", "")
    if "RRULE" in component:
        found["RRULE"] = component["RRULE"].to_ical().decode()
    for name in ("RDATE", "EXDATE"):
        dates = component.get(name, [])
        dates = dates if isinstance(dates, list) else [dates]
        found[name] = [told(date.dt) for one in dates for date in one.dts]
    return found


def read(path):
    calendar = icalendar.Calendar.from_ical(open(path, "rb").read())
    offsets = {}
    for zone in calendar.walk("VTIMEZONE"):
        clocks = zone.to_tz(lookup_tzid=False)
        for month in (1, 7):
            noon = dt.datetime(2027, month, 15, 12, tzinfo=clocks)
            offsets[f"{zone['TZID']} {month}"] = noon.utcoffset().total_seconds()
    found = [entry(it) for it in calendar.walk() if it.name in ("VEVENT", "VTODO")]
    errors = [str(error) for it in calendar.walk() for error in it.errors]
    print(json.dumps({"entries": found, "offsets": offsets, "errors": errors,
                      "name": str(calendar.get("X-WR-CALNAME", ""))}))


def write(path, year=2027):
    year = int(year)
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//theirs//EN")
    calendar.add("version", "2.0")
    review = icalendar.Event()
    review.add("uid", "review@example.org")
    review.add("summary", "Größe, 😀; \\ and\nmore " + "x" * 200)
    review.add("dtstart", dt.datetime(year, 1, 4, 9, tzinfo=berlin))
    review.add("duration", dt.timedelta(hours=1, minutes=30))
    review.add("rrule", {"freq": "weekly", "byday": ["MO", "WE"], "count": 20})
    review.add("exdate", [dt.datetime(year, 1, 11, 9, tzinfo=berlin)])
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", dt.timedelta(minutes=-5))
    review.add_component(alarm)
    review.add("attendee", "mailto:ann@example.org")
    calendar.add_component(review)
    day = icalendar.Event()
    day.add("uid", "day")
    day.add("dtstart", dt.date(year, 2, 1))
    calendar.add_component(day)
    todo = icalendar.Todo()
    todo.add("uid", "todo")
    todo.add("due", dt.datetime(year, 3, 1, 12, tzinfo=UTC))
    todo.add("percent-complete", 40)
    calendar.add_component(todo)
    calendar.add_missing_timezones()
    open(path, "wb").write(calendar.to_ical())


{"read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
