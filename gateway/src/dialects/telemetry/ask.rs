//! What is asked of records, out of the parameters of a request.

use contracts::records::{Aggregate, AggregateQuery, RecordQuery, Signal, is_trace_id};
use contracts::{Cursor, Refusal, Timestamp};

use crate::edge::call::Call;
use crate::edge::headers;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// The most functions, labels or conditions of one question.
const PARTS_MAX: usize = 16;

/// The members of a list with commas between them.
fn list<'a>(call: &'a Call, name: &str) -> Result<Vec<&'a str>, Refusal> {
    let text = call.query.text(name).unwrap_or_default();
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > PARTS_MAX {
        return Err(codes::query_invalid(name, format!("has at most {PARTS_MAX} parts")));
    }
    Ok(parts)
}

/// The records that are meant.
///
/// # Errors
/// `query_invalid`.
pub fn query(shared: &Shared, call: &Call, signal: Signal) -> Result<RecordQuery, Refusal> {
    let config = &shared.edge.config;
    let instant = |name: &str| call.query.parsed::<Timestamp>(name, "is a time as RFC 3339");
    let number = |name: &str| {
        let wanted = "is a number of milliseconds";
        let found = call.query.parsed::<f64>(name, wanted)?;
        match found {
            Some(ms) if !ms.is_finite() || ms < 0.0 => Err(codes::query_invalid(name, wanted)),
            found => Ok(found),
        }
    };
    let conditions = list(call, "where")?.into_iter().map(|text| {
        text.parse().map_err(|error: contracts::records::NoCondition| {
            codes::query_invalid("where", format!("{text}: {error}"))
        })
    });
    let trace = call.query.owned("trace");
    if trace.as_deref().is_some_and(|trace| !is_trace_id(trace)) {
        return Err(codes::query_invalid("trace", "is 32 hexadecimal digits"));
    }
    Ok(RecordQuery {
        tenant: call.tenant.clone(),
        signal,
        from: instant("from")?,
        to: instant("to")?,
        services: list(call, "service")?.into_iter().map(str::to_owned).collect(),
        name: call.query.owned("name"),
        level: call.query.parsed("level", "is trace, debug, info, warn, error or fatal")?,
        trace,
        status: call.query.parsed("status", "is unset, ok or error")?,
        min_ms: number("min_ms")?,
        max_ms: number("max_ms")?,
        text: call.query.owned("text"),
        conditions: conditions.collect::<Result<_, _>>()?,
        after: None,
        items_max: config.page_items_max,
        newest_first: false,
    })
}

/// The page that is meant.
///
/// # Errors
/// `query_invalid`, `header_invalid`.
pub fn page(shared: &Shared, call: &Call, signal: Signal) -> Result<RecordQuery, Refusal> {
    let config = &shared.edge.config;
    let newest_first = match call.query.text("order") {
        None | Some("newest") => true,
        Some("oldest") => false,
        Some(_) => return Err(codes::query_invalid("order", "is newest or oldest")),
    };
    Ok(RecordQuery {
        after: after(shared, call)?,
        items_max: call.query.limit(config.page_items_default, config.page_items_max)?,
        newest_first,
        ..query(shared, call, signal)?
    })
}

fn after(shared: &Shared, call: &Call) -> Result<Option<Cursor>, Refusal> {
    if let Some(id) = headers::text(&call.parts.headers, "last-event-id")? {
        let parsed = id.parse().map(Some);
        return parsed.map_err(|_| codes::header_invalid("Last-Event-ID", "is a cursor"));
    }
    if call.query.text("after") == Some("now") {
        return Ok(Some(shared.edge.records.rows()?.cursor()));
    }
    call.query.cursor("after")
}

/// The numbers that are meant.
///
/// # Errors
/// `query_invalid`.
pub fn aggregate(shared: &Shared, call: &Call, signal: Signal) -> Result<AggregateQuery, Refusal> {
    let wanted = "is made of count, sum, min, max, avg, last, p0 to p100";
    let mut names = list(call, "fn")?;
    if names.is_empty() {
        names.push("count");
    }
    let functions = names.into_iter().map(|name| {
        let function = name.parse().map_err(|_| codes::query_invalid("fn", wanted))?;
        Ok(Aggregate { name: name.to_owned(), function })
    });
    let usual = if signal == Signal::Traces { "duration_ms" } else { "value" };
    let interval = call.query.text("interval").map(|text| {
        interval(text).ok_or_else(|| codes::query_invalid("interval", "is such as 30s, 5m, 1h, 1d"))
    });
    Ok(AggregateQuery {
        of: query(shared, call, signal)?,
        functions: functions.collect::<Result<_, Refusal>>()?,
        field: call.query.text("of").unwrap_or(usual).to_owned(),
        interval_ms: interval.transpose()?,
        by: list(call, "by")?.into_iter().map(str::to_owned).collect(),
    })
}

/// A length of time such as `30s`, in milliseconds: at most a year.
fn interval(text: &str) -> Option<i64> {
    const YEAR_MS: i64 = 366 * 86_400_000;
    let at = text.find(|it: char| !it.is_ascii_digit())?;
    let number: i64 = text[..at].parse().ok()?;
    let unit = match &text[at..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|ms| (1..=YEAR_MS).contains(ms))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn lengths_of_time_have_a_unit() {
        assert_eq!((interval("30s"), interval("2h")), (Some(30_000), Some(7_200_000)));
        for bad in ["", "s", "0s", "5", "5w", "-1s", "9999999999999999999s", "400d"] {
            assert_eq!(interval(bad), None, "{bad}");
        }
    }
}
