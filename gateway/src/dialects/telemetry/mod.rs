//! What programs of a tenant tell of themselves: taken as JSON and as OTLP, searched, added up,
//! followed, exported.

mod analysis;
mod ask;
mod body;
mod csv;
mod intake;
mod mask;
mod otlp;
mod retention;
mod room;
mod told;

pub use analysis::SummaryInput;
pub use intake::{Keeping, TelemetryInput};

use contracts::access::Capability;

use super::rest::archive::NDJSON;
use super::rest::params::{AFTER, LIMIT, MIN_CURSOR, TEXT, param};
use super::rest::respond::JSON;
use crate::edge::routes::{Access, Method, Needs, Param, Route};
use crate::edge::sse;

/// Reading records.
const READ: Capability<'static> = Capability::read("telemetry");
/// Telling them.
const WRITE: Capability<'static> = Capability::new("telemetry", "write");
/// Saying for how long they are kept.
const RETAIN: Capability<'static> = Capability::new("telemetry", "retain");

/// What a list of records can be told in.
const MEDIA: &[&str] = &[JSON[0], sse::CONTENT_TYPE, csv::CONTENT_TYPE, NDJSON[0]];

/// What an answer to an exporter of OTLP can be told in.
const OTLP: &[&str] = &[JSON[0], otlp::PROTOBUF];

/// The methods of OTLP over gRPC, and the paths of the same over HTTP.
pub const SERVICES: &[(&str, &str)] = &[
    ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", "/v1/logs"),
    ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/v1/metrics"),
    ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "/v1/traces"),
];

macro_rules! filters {
    ($($more:expr),* $(,)?) => {
        &[
            param("from", "Of records from this RFC 3339 instant on."),
            param("to", "Of records before this RFC 3339 instant."),
            param("service", "Only of these services, separated by commas."),
            param("name", "Only so called: a metric, a span, an object, an event."),
            param("level", "Only lines as bad as this or worse: `debug`, `warn`, `error` …"),
            param("trace", "Only of this trace: 32 hexadecimal digits."),
            param("status", "Only spans that ended so: `unset`, `ok`, `error`."),
            param("min_ms", "Only spans that took at least so many milliseconds."),
            param("max_ms", "Only spans that took at most so many milliseconds."),
            param(
                "where",
                "Conditions on labels and members, separated by commas, all of which must hold: \
                 `http.status>=500,region=eu,user?`. Operators are = != > >= < <= ~ !~ ^ ? !?.",
            ),
            TEXT,
            MIN_CURSOR,
            $($more),*
        ]
    };
}

const LISTED: &[Param] = filters![
    AFTER,
    LIMIT,
    param("order", "`newest` first, as it comes, or `oldest`; streams are the oldest first."),
];

const ADDED: &[Param] = filters![
    param(
        "fn",
        "What is wanted, separated by commas: `count`, `sum`, `min`, `max`, `avg`, `last`, `p50`, \
         `p99.9` and so on. Left out: `count`.",
    ),
    param(
        "of",
        "The member or label whose numbers they are. Left out: `duration_ms` of spans, else \
         `value`.",
    ),
    param("interval", "How long an interval is, such as `30s`, `5m`, `1h`, `1d`."),
    param("by", "A series for each combination of these members and labels, by commas."),
];

const MAPPED: &[Param] = filters![];

const fn row(
    (method, path): (Method, &'static str),
    name: &'static str,
    about: &'static str,
    needs: Capability<'static>,
) -> Route {
    let (access, needs) = (Access::Key, Needs::Tenant(needs));
    Route {
        method,
        path,
        name,
        about,
        access,
        needs,
        offers: JSON,
        query: &[],
        handler: |shared, call| Box::pin(told::list(shared, call)),
    }
}

/// The rows of telemetry.
pub const ROUTES: &[&[Route]] = &[OF_RECORDS, OF_OTLP];

const OF_RECORDS: &[Route] = &[
    Route {
        handler: |shared, call| Box::pin(told::totals(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry"),
            "telemetry",
            "Tells how much is kept of each sort, and how much may be.",
            READ,
        )
    },
    Route {
        query: MAPPED,
        handler: |shared, call| Box::pin(analysis::tell(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry/analysis"),
            "telemetry_analysis",
            "Tells what lines of logs have in common, and what stands out.",
            READ,
        )
    },
    Route {
        query: MAPPED,
        handler: |shared, call| Box::pin(analysis::summarise(shared, call)),
        ..row(
            (Method::Post, "/v1/telemetry/summary"),
            "telemetry_summary",
            "Tells lines of logs in a few words, those of a model where one is named or set up.",
            READ,
        )
    },
    Route {
        handler: |shared, call| Box::pin(retention::tell(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry/retention"),
            "telemetry_retention",
            "Tells for how many days records of each sort are kept.",
            READ,
        )
    },
    Route {
        handler: |shared, call| Box::pin(retention::retain(shared, call)),
        ..row(
            (Method::Post, "/v1/telemetry/retention"),
            "telemetry_retain",
            "Says for how many days records of a sort are kept in this tenant: `{signal, days?}`.",
            RETAIN,
        )
    },
    Route {
        query: MAPPED,
        handler: |shared, call| Box::pin(told::services(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry/services"),
            "telemetry_services",
            "Tells which services call which, by their spans.",
            READ,
        )
    },
    Route {
        query: &[MIN_CURSOR],
        handler: |shared, call| Box::pin(told::trace(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry/trace/{id}"),
            "telemetry_trace",
            "Tells a trace as a tree of its spans, with the lines of logs that name it.",
            READ,
        )
    },
    Route {
        offers: MEDIA,
        query: LISTED,
        ..row(
            (Method::Get, "/v1/telemetry/{signal}"),
            "telemetry_records",
            "Lists records; as CSV or lines all of them, as events what comes.",
            READ,
        )
    },
    Route {
        handler: |shared, call| Box::pin(intake::take(shared, call)),
        ..row(
            (Method::Post, "/v1/telemetry/{signal}"),
            "telemetry_tell",
            "Takes records of `logs`, `metrics`, `objects` or `traces`.",
            WRITE,
        )
    },
    Route {
        query: ADDED,
        handler: |shared, call| Box::pin(told::aggregate(shared, call)),
        ..row(
            (Method::Get, "/v1/telemetry/{signal}/aggregate"),
            "telemetry_aggregate",
            "Adds records up: by interval, by labels.",
            READ,
        )
    },
];

const OF_OTLP: &[Route] = &[
    Route {
        offers: OTLP,
        handler: |shared, call| Box::pin(otlp::logs(shared, call)),
        ..row(
            (Method::Post, "/v1/logs"),
            "otlp_logs",
            "Takes lines of logs as OTLP has them, in protobuf or JSON.",
            WRITE,
        )
    },
    Route {
        offers: OTLP,
        handler: |shared, call| Box::pin(otlp::metrics(shared, call)),
        ..row(
            (Method::Post, "/v1/metrics"),
            "otlp_metrics",
            "Takes points of metrics as OTLP has them, in protobuf or JSON.",
            WRITE,
        )
    },
    Route {
        offers: OTLP,
        handler: |shared, call| Box::pin(otlp::traces(shared, call)),
        ..row(
            (Method::Post, "/v1/traces"),
            "otlp_traces",
            "Takes spans as OTLP has them, in protobuf or JSON.",
            WRITE,
        )
    },
];
