//! What the server tells, or the port where it would listen.

use std::net::TcpListener;

use serde_json::Value;

use super::{Check, Verdict, system};
use crate::cli::client::Client;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::home::Home;
use crate::settings::Settings;

/// Asks the server when one runs or was named, else looks whether the port is free.
pub async fn checks(cx: &Cx<'_>, settings: &Settings, home: &Home) -> Vec<Check> {
    if cx.named_url().is_none() && !home.is_taken() {
        return vec![port(settings)];
    }
    let url = cx.url();
    match cx.client() {
        Ok(client) => ask(&client, &url).await,
        Err(failure) => vec![Check::bad("server", failure.to_string(), "name it as a URL")],
    }
}

fn port(settings: &Settings) -> Check {
    let listen = settings.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Check::good("port", format!("{listen} is free")),
        Err(error) => Check::bad(
            "port",
            format!("{listen} cannot be used: {error}"),
            "end the program that has it, or choose another with --listen",
        )
        .next(format!("ss -ltnp 'sport = :{}'", listen.port())),
    }
}

async fn ask(client: &Client, url: &str) -> Vec<Check> {
    let (mut checks, answers) = match client.get("/readyz", &[]).await {
        Ok(ready) => {
            let mut checks = vec![Check::good("server", format!("{url} is ready"))];
            checks.extend(parts(&ready));
            (checks, true)
        }
        Err(Failure::Refused(problem)) => {
            let mut checks = vec![
                Check::bad(
                    "server",
                    format!("{url}: {}: {}", problem.code, problem.detail),
                    "wait a moment; if it stays so, its log says why",
                )
                .next(format!("curl -s {url}/readyz")),
            ];
            checks.extend(problem.details.iter().flat_map(parts));
            // Who is not ready still knows what stands still elsewhere. What comes from a proxy in
            // front of nothing has no parts.
            (checks, problem.details.is_some())
        }
        Err(failure) => {
            let remedy = "start it, or look into its log";
            (vec![Check::bad("server", failure.to_string(), remedy).next("cambium up")], false)
        }
    };
    if answers {
        let key = key(client).await;
        let is_bad = key.verdict == Verdict::Bad;
        checks.push(key);
        if !is_bad {
            checks.extend(system::checks(client).await);
        }
    }
    checks
}

/// The parts that `/readyz` names: `{parts: [{name, state, detail?, facts?}]}`. Those that stand
/// still for the same cause are told together.
fn parts(ready: &Value) -> Vec<Check> {
    let mut checks: Vec<(&str, Vec<&str>, Check)> = Vec::new();
    for part in ready["parts"].as_array().into_iter().flatten() {
        let state = part["state"].as_str().unwrap_or("silent");
        let detail = part["detail"].as_str().map_or_else(String::new, |text| format!(", {text}"));
        let name = part["name"].as_str().unwrap_or("-");
        let cause = part["facts"]["cause"].as_str().or(part["detail"].as_str()).unwrap_or_default();
        let check = match state {
            "ready" => Check::good("part", format!("{name}: {state}{detail}")),
            "starting" => {
                Check::doubtful("part", format!("{name}: {state}{detail}"), "wait a moment")
                    .next(tells(name))
            }
            _ => {
                let alike = |it: &&mut (&str, Vec<&str>, Check)| {
                    it.2.verdict == Verdict::Bad && !cause.is_empty() && it.0 == cause
                };
                if let Some((cause, names, told)) = checks.iter_mut().find(alike) {
                    names.push(name);
                    told.found = format!("{}: {state}, {cause}", names.join(", "));
                    continue;
                }
                Check::bad("part", format!("{name}: {state}{detail}"), "the server's log says why")
                    .next(tells(name))
            }
        };
        checks.push((cause, vec![name], check));
    }
    checks.into_iter().map(|(_, _, check)| check).collect()
}

/// The command that tells more of a part.
fn tells(part: &str) -> &'static str {
    match part {
        "log" => "cambium admin streams",
        "actors" => "cambium admin partitions",
        "node" => "cambium admin nodes",
        "effects" => "cambium admin effects",
        "read_models" => "cambium admin models",
        _ => "cambium admin lag",
    }
}

/// Whether the key opens the door.
async fn key(client: &Client) -> Check {
    match client.get("/v1/events", &[("limit", "1".to_owned())]).await {
        Ok(_) => Check::good("key", "accepted"),
        Err(Failure::Refused(problem)) if !matches!(problem.status, 401 | 403) => {
            let found = format!("it cannot be tried: {}: {}", problem.code, problem.detail);
            Check::doubtful("key", found, "mend the server first").next("cambium admin lag")
        }
        Err(Failure::Refused(problem)) => Check::bad(
            "key",
            format!("{}: {}", problem.code, problem.detail),
            "give the right one with --key or CAMBIUM_KEY, or name its directory with --data",
        )
        .next("cambium whoami"),
        Err(failure) => Check::bad("key", failure.to_string(), "try again"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::parts;

    #[test]
    fn one_cause_is_told_once() {
        let full = "the disk is full";
        let stalled = |name: &str| {
            let detail = format!("stands still at 7, the log is at 9: {full}");
            let facts = json!({ "part": name, "cause": full });
            let name = format!("{name} stalled");
            json!({ "name": name, "state": "failing", "detail": detail, "facts": facts })
        };
        let ready = json!({ "parts": [
            { "name": "log", "state": "failing", "detail": full },
            { "name": "actors", "state": "ready", "detail": "3 awake" },
            { "name": "node", "state": "failing", "detail": "another process runs as node-1" },
            stalled("ledger"),
            stalled("tail"),
        ] });
        let checks = parts(&ready);
        let bad: Vec<_> = checks.iter().filter(|it| it.verdict == Verdict::Bad).collect();
        assert_eq!((checks.len(), bad.len()), (3, 2), "{checks:?}");
        let told = "log, ledger stalled, tail stalled: failing, the disk is full";
        assert_eq!(bad[0].found, told);
        assert_eq!(bad[1].next.as_deref(), Some("cambium admin nodes"));
    }
}
