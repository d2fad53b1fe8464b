//! `date_time`: the calendar and the time zones.

use contracts::{Refusal, Timestamp};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Unit, Zoned};
use serde_json::{Value, json};

use super::{Pure, fault, view};

pub(super) fn tool() -> Pure {
    let parameters = json!({
        "type": "object",
        "properties": {
            "operation": {
                "type": "string", "enum": ["now", "convert", "add", "difference", "describe"],
            },
            "time": {
                "type": "string",
                "description": "RFC 3339, or a date and a time without a zone; left out = now.",
            },
            "zone": {
                "type": "string",
                "description": "IANA name such as Europe/Berlin; left out = UTC.",
            },
            "to_zone": { "type": "string", "description": "Of convert: the other zone." },
            "duration": {
                "type": "string",
                "description": "Of add: ISO 8601 such as P1M2DT3H, or -P1D.",
            },
            "other": { "type": "string", "description": "Of difference: the later time." },
        },
        "required": ["operation"],
        "additionalProperties": false,
        "examples": [
            { "operation": "now", "zone": "Asia/Tokyo" },
            { "operation": "add", "time": "2026-01-31T12:00:00Z", "duration": "P1M" },
        ],
    });
    let about = "Dates and times with time zones: the present time, conversion between zones, \
                 adding a duration, the difference of two times, weekday and week of a date.";
    Pure { view: view("date_time", about, parameters), run }
}

fn run(input: &Value, now: Timestamp) -> Result<Value, Refusal> {
    let member = |name: &str| input[name].as_str().filter(|it| !it.is_empty());
    let zone = zone(member("zone").unwrap_or("UTC"))?;
    let time = match member("time") {
        Some(text) => read(text, &zone)?,
        None => jiff::Timestamp::from_millisecond(now.as_millis())
            .map_err(|error| fault(error.to_string()))?
            .to_zoned(zone.clone()),
    };
    let needed = |name: &str| member(name).ok_or_else(|| fault(format!("`{name}` is needed")));
    match member("operation").unwrap_or_default() {
        "now" | "describe" => Ok(described(&time)),
        "convert" => Ok(described(&time.with_time_zone(self::zone(needed("to_zone")?)?))),
        "add" => {
            let span: Span = needed("duration")?
                .parse()
                .map_err(|error: jiff::Error| fault(error.to_string()))?;
            let later = time.checked_add(span).map_err(|error| fault(error.to_string()))?;
            Ok(described(&later))
        }
        "difference" => difference(&time, &read(needed("other")?, &zone)?),
        other => Err(fault(format!("there is no operation {other}"))),
    }
}

fn zone(name: &str) -> Result<TimeZone, Refusal> {
    TimeZone::get(name).map_err(|_| fault(format!("there is no time zone {name}")))
}

/// A time with its own offset, or one of the zone that is meant.
fn read(text: &str, zone: &TimeZone) -> Result<Zoned, Refusal> {
    if let Ok(time) = text.parse::<Zoned>() {
        return Ok(time);
    }
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(instant.to_zoned(zone.clone()));
    }
    let civil =
        text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|it| it.at(0, 0, 0, 0)));
    let civil = civil.map_err(|_| fault(format!("{text} is no date and no time")))?;
    civil.to_zoned(zone.clone()).map_err(|error| fault(error.to_string()))
}

fn described(time: &Zoned) -> Value {
    let date = time.date();
    json!({
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "utc": time.timestamp().to_string(),
        "zone": time.time_zone().iana_name(),
        "unix_s": time.timestamp().as_second(),
        "weekday": time.strftime("%A").to_string(),
        "day_of_year": date.day_of_year(),
        "iso_week": date.iso_week_date().week(),
        "leap_year": date.in_leap_year(),
    })
}

fn difference(one: &Zoned, other: &Zoned) -> Result<Value, Refusal> {
    let told = |error: jiff::Error| fault(error.to_string());
    let calendar = one.until((Unit::Year, other)).map_err(told)?;
    let days = one.date().until((Unit::Day, other.date())).map_err(told)?;
    let seconds = other.timestamp().as_second() - one.timestamp().as_second();
    Ok(json!({
        "calendar": calendar.to_string(),
        "days": days.get_days(),
        "seconds": seconds,
    }))
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use serde_json::{Value, json};

    fn told(input: Value) -> Value {
        super::run(&input, Timestamp::from_millis(1_800_000_000_000))
            .unwrap_or_else(|it| json!(it.code))
    }

    #[test]
    fn the_calendar_is_kept() {
        let add = |time: &str, duration: &str| {
            told(json!({ "operation": "add", "time": time, "duration": duration }))["time"].clone()
        };
        assert_eq!(add("2026-01-31T12:00:00Z", "P1M"), "2026-02-28T12:00:00+00:00");
        assert_eq!(add("2024-02-29", "P1Y"), "2025-02-28T00:00:00+00:00");
        assert_eq!(add("2026-03-01", "-P1D"), "2026-02-28T00:00:00+00:00");
        let gap = json!({ "operation": "difference", "time": "2024-02-28", "other": "2024-03-01" });
        assert_eq!(
            (told(gap.clone())["days"].clone(), told(gap)["seconds"].clone()),
            (json!(2), json!(172_800))
        );
    }

    #[test]
    fn zones_have_summers() {
        let summer = told(json!({
            "operation": "convert", "time": "2026-07-01T12:00:00Z", "to_zone": "Europe/Berlin",
        }));
        assert_eq!(summer["time"], "2026-07-01T14:00:00+02:00");
        let day = told(json!({
            "operation": "add", "time": "2026-03-28T12:00:00", "zone": "Europe/Berlin",
            "duration": "P1D",
        }));
        assert_eq!(day["time"], "2026-03-29T12:00:00+02:00");
        let now = told(json!({ "operation": "now", "zone": "Asia/Tokyo" }));
        assert_eq!((&now["unix_s"], &now["weekday"]), (&json!(1_800_000_000), &json!("Friday")));
    }

    #[test]
    fn what_is_no_time_is_told() {
        for input in [
            json!({ "operation": "now", "zone": "Mars/Base" }),
            json!({ "operation": "describe", "time": "yesterday" }),
            json!({ "operation": "add", "duration": "much" }),
            json!({ "operation": "add", "duration": "P99999Y" }),
            json!({ "operation": "convert" }),
        ] {
            assert_eq!(told(input.clone()), "tool_arguments_invalid", "{input}");
        }
    }
}
