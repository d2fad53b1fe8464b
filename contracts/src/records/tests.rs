use serde_json::json;

use super::{AggregateFunction, Condition, Level, Record, Signal, check};

fn record(value: serde_json::Value) -> Record {
    crate::read::from_value(value).expect("a record")
}

fn holds(condition: &str, record: &Record) -> bool {
    condition.parse::<Condition>().expect(condition).holds(record)
}

#[test]
fn a_condition_compares_numbers_as_numbers_and_all_else_as_texts() {
    let told = record(json!({
        "message": "x", "level": "warning", "duration_ns": 2_500_000,
        "labels": { "http.status": 503, "written": "9.5", "region": "eu-west", "ok": true },
    }));
    let yes = [
        "http.status>=500",
        "http.status=503.0",
        "written<10",
        "region=eu-west",
        "region^eu",
        "region~WEST",
        "region!=us",
        "gone!=1",
        "gone!?",
        "region?",
        "ok=true",
        "level=warn",
        "duration_ms>2",
        "region>eu-a",
        "gone!~x",
        " region = eu-west ",
    ];
    for text in yes {
        assert!(holds(text, &told), "{text}");
    }
    let no = ["http.status<500", "written>10", "region!~west", "gone=1", "gone?", "region!?"];
    for text in no {
        assert!(!holds(text, &told), "{text}");
    }
    for bad in ["", "region", "=1", "region?x", "!x"] {
        assert!(bad.parse::<Condition>().is_err(), "{bad}");
    }
    let told = "a.b>=5".parse::<Condition>().expect("sound");
    assert_eq!(told.to_string(), "a.b>=5");
}

#[test]
fn each_sort_of_record_has_what_it_must() {
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let good = [
        (Signal::Logs, json!({ "message": "hello" })),
        (Signal::Metrics, json!({ "name": "size", "value": 1 })),
        (Signal::Traces, json!({ "name": "get", "trace": trace, "span": span })),
        (Signal::Objects, json!({ "name": "report.pdf" })),
    ];
    for (signal, value) in &good {
        assert_eq!(check(*signal, &record(value.clone())), Ok(()), "{signal}");
    }
    let bad = [
        (Signal::Logs, json!({ "level": "info" })),
        (Signal::Metrics, json!({ "name": "size" })),
        (Signal::Traces, json!({ "name": "get", "trace": trace })),
        (Signal::Traces, json!({ "name": "get", "trace": "00", "span": span })),
        (Signal::Traces, json!({ "name": "x", "trace": trace.to_uppercase(), "span": span })),
        (Signal::Objects, json!({})),
        (Signal::Logs, json!({ "message": "x".repeat(40_000) })),
        (Signal::Logs, json!({ "message": "x", "labels": { "": 1 } })),
        (Signal::Logs, json!({ "message": "x", "nanos": 1_000_000 })),
    ];
    for (signal, value) in &bad {
        assert!(check(*signal, &record(value.clone())).is_err(), "{signal}: {value}");
    }
}

#[test]
fn words_of_other_programs_are_understood() {
    assert_eq!("CRITICAL".parse(), Ok(Level::Fatal));
    assert_eq!(Level::of_number(17), Some(Level::Error));
    assert_eq!((Level::of_number(0), Level::of_number(25)), (None, None));
    assert_eq!(Level::Error.number(), 17);
    assert_eq!("p99.9".parse(), Ok(AggregateFunction::Percentile(99.9)));
    assert!("p101".parse::<AggregateFunction>().is_err());
}
