//! What holds for every row, read off the table itself.

use std::collections::BTreeSet;

use actors::registry::{RESERVED_COMMANDS, RESERVED_KINDS};
use contracts::Pages;

use crate::edge::Config;
use crate::edge::routes::{self, Access, Method, Route};
use crate::edge::testing::Client;

/// Rows whose id is an effect's.
const NAMES_EFFECT: &[&str] = &[
    "work_outcome",
    "work_extend",
    "effect",
    "effect_pause",
    "effect_resume",
    "effect_cancel",
    "effect_resolve",
];

/// A path that the row answers.
fn path(route: &Route) -> String {
    let id = if route.name == "command_new" { "add" } else { "a" };
    let id =
        if route.name == "command_status" { "01900000-0000-7000-8000-000000000001" } else { id };
    let effect = "0".repeat(64);
    let id = if NAMES_EFFECT.contains(&route.name) { &effect } else { id };
    route
        .path
        .replace("{kind}", "counter")
        .replace("{id}", id)
        .replace("{*id}", "local/rules")
        .replace("{command}", "add")
        .replace("{code}", "overloaded")
        .replace("{letter}", "7")
        .replace("{number}", "1")
}

/// Whether an operator may open it to everybody.
fn is_metadata(route: &Route) -> bool {
    matches!(route.access, Access::Metadata | Access::Metrics)
}

fn method(route: &Route) -> String {
    route.method.as_str().to_ascii_uppercase()
}

#[tokio::test]
async fn no_row_lets_a_stranger_in_unless_it_says_so() {
    let client = Client::with(Config { limits: super::failures(0), ..Config::default() });
    for route in routes::all() {
        for (name, value) in [
            ("x-api-key", ""),
            ("x-api-key", "wrong"),
            ("authorization", "Bearer wrong"),
            ("authorization", "Basic Z29vZDpnb29k"),
        ] {
            let sent = [(name, value), ("accept", "*/*")];
            let reply = client.send(&method(route), &path(route), &sent, "{}").await;
            let what = format!("{} with {name} {value:?}: {}", route.name, reply.text);
            if matches!(route.access, Access::Open | Access::Probe) {
                // What is asked there may make no sense; that a stranger asks is no matter.
                // Of this one the credential is what is asked.
                let bearer = route.name == "codex32_refresh" && reply.status == 401;
                let fine = reply.status == 200 || reply.status == 400 || reply.status == 415;
                assert!(fine || bearer, "{what}");
                continue;
            }
            assert_eq!(reply.status, 401, "{what}");
            assert_eq!(reply.code(), "unauthenticated", "{what}");
            assert!(reply.header("www-authenticate").starts_with("Bearer"), "{what}");
        }
    }
    assert!(client.world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn metadata_is_open_where_the_operator_says_so() {
    let client = Client::with(Config { public_metadata: true, ..Config::default() });
    for route in routes::all().filter(|route| is_metadata(route)) {
        let reply = client.send(&method(route), &path(route), &[("x-api-key", "")], "").await;
        assert_eq!(reply.status, 200, "{}: {}", route.name, reply.text);
    }
}

#[tokio::test]
async fn who_is_no_edge_tells_probes_and_metrics_alone() {
    let client = Client::of_a_node_without_callers();
    let mut answered = BTreeSet::new();
    for route in routes::all() {
        let reply = client.send(&method(route), &path(route), &[], "{}").await;
        if reply.code() != "not_an_edge" {
            answered.insert(route.path);
        }
    }
    assert_eq!(answered, BTreeSet::from(["/livez", "/metrics", "/readyz"]));
}

#[tokio::test]
async fn every_row_refuses_unknown_parameters_and_media_types() {
    let client = Client::default();
    for route in routes::all() {
        let with_query = format!("{}?no_such=1", path(route));
        let reply = client.send(&method(route), &with_query, &[], "{}").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "query_invalid".into()),
            "{}",
            route.name
        );
        let accept = [("accept", "image/png")];
        let reply = client.send(&method(route), &path(route), &accept, "{}").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (406, "not_acceptable".into()),
            "{}",
            route.name
        );
    }
}

#[tokio::test]
async fn every_row_answers_another_method_with_405_and_names_its_own() {
    let client = Client::default();
    for route in routes::all() {
        let reply = client.send("TRACE", &path(route), &[], "").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (405, "method_not_allowed".into()),
            "{}",
            route.name
        );
        let allowed = reply.header("allow");
        assert!(allowed.contains(&method(route)), "{}: {allowed}", route.name);
    }
}

#[tokio::test]
async fn every_row_that_reads_a_body_refuses_what_it_cannot_read() {
    let client = Client::with(Config { body_bytes_max: 1_000, ..Config::default() });
    let long = format!("{{\"by\": \"{}\"}}", "x".repeat(2_000));
    let json = "application/json";
    // An import reads lines and an upload a form, not one value; both have tests of their own.
    // So have MCP and A2A, which tell it in their own words, and telemetry, which may come packed.
    let forms =
        ["import", "files_upload", "audio_transcription", "mcp", "mcp_end", "telemetry_tell"];
    let own =
        |name: &str| forms.contains(&name) || name.starts_with("a2a_") || name.starts_with("otlp_");
    let reading = |route: &&Route| route.method != Method::Get && !own(route.name);
    for route in routes::all().filter(reading) {
        for (media, body, status, code) in [
            ("text/plain", b"{}".as_slice(), 415, "unsupported_media_type"),
            ("application/json; charset=latin1", b"{}", 415, "unsupported_media_type"),
            (json, long.as_bytes(), 413, "body_too_large"),
            (json, b"{", 400, "invalid_json"),
            (json, b"{\"by\": NaN}", 400, "invalid_json"),
            (json, b"{\"by\": \"\xff\"}", 400, "invalid_utf8"),
            (json, b"{\"by\": 9007199254740993}", 400, "number_imprecise"),
            ("application/msgpack", b"\xc1", 400, "invalid_msgpack"),
            ("application/msgpack", b"\xcb\x7f\xf8\0\0\0\0\0\0", 400, "invalid_msgpack"),
        ] {
            let sent = [("content-type", media)];
            let reply = client.send(&method(route), &path(route), &sent, body.to_vec()).await;
            assert_eq!(
                (reply.status.as_u16(), reply.code()),
                (status, code.into()),
                "{} {media}",
                route.name
            );
        }
        let coded = [("content-type", json), ("content-encoding", "gzip")];
        let reply = client.send(&method(route), &path(route), &coded, "{}").await;
        assert_eq!(reply.code(), "unsupported_media_type", "{}", route.name);
    }
}

#[tokio::test]
async fn ids_that_are_no_tokens_are_refused_wherever_an_actor_is_addressed() {
    let client = Client::default();
    let addressing =
        |route: &&Route| route.path.starts_with("/v1/{kind}/{id}") && route.name != "command_new";
    for route in routes::all().filter(addressing) {
        for bad in ["a.b", "a%20b", "*", "%3E", "-a", ".", "%2e%2e", "a%2fb", "%C3%A4", "%FF"] {
            let filled = route.path.replace("{kind}", "counter").replace("{command}", "add");
            let accept = [("accept", "*/*")];
            let reply =
                client.send(&method(route), &filled.replace("{id}", bad), &accept, "{}").await;
            let expected = (400, "invalid_id".to_owned());
            assert_eq!((reply.status.as_u16(), reply.code()), expected, "{} {bad}", route.name);
        }
        let unknown = path(route).replace("counter", "nokind");
        let reply = client.send(&method(route), &unknown, &[("accept", "*/*")], "{}").await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (404, "unknown_kind".into()),
            "{}",
            route.name
        );
    }
    assert!(client.world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn every_row_is_described_by_its_name_once() {
    let mut names = BTreeSet::new();
    let mut places = BTreeSet::new();
    for route in routes::all() {
        assert!(names.insert(route.name), "{} twice", route.name);
        assert!(places.insert((route.path, route.method.as_str())), "{} twice", route.path);
        assert!(route.about.ends_with('.'), "{}", route.name);
    }
}

#[test]
fn no_kind_and_no_command_hides_behind_a_route() {
    for page in Pages::standard().iter() {
        assert!(!RESERVED_KINDS.contains(&page.kind.as_str()), "{}", page.kind);
        for spec in page.commands.iter() {
            assert!(!RESERVED_COMMANDS.contains(&spec.name), "{} {}", page.kind, spec.name);
        }
    }
    for route in routes::all() {
        let mut segments = route.path.trim_start_matches("/v1/").split('/');
        let (first, second, third) = (segments.next(), segments.next(), segments.next());
        // A row of one kind alone stands in the way of none of that kind's commands.
        let pages = Pages::standard();
        let own = pages.iter().find(|page| Some(page.kind.as_str()) == first);
        if let Some(page) = own {
            let hides = page.commands.iter().any(|spec| Some(spec.name) == third);
            assert!(second == Some("{id}") && !hides, "{}", route.path);
        } else if route.path.starts_with("/v1/") && first != Some("{kind}") {
            assert!(RESERVED_KINDS.contains(&first.unwrap()), "{}", route.path);
        }
        if first == Some("{kind}") && third.is_some_and(|word| word != "{command}") {
            assert!(RESERVED_COMMANDS.contains(&third.unwrap()), "{}", route.path);
        }
        assert!(second != Some("{command}"), "{}", route.path);
    }
}
