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
    let named = cx.global.url.is_some() || cx.variable("CAMBIUM_URL").is_some();
    if !named && !home.is_taken() {
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
    let mut checks = match client.get("/readyz", &[]).await {
        Ok(ready) => {
            let mut checks = vec![Check::good("server", format!("{url} is ready"))];
            checks.extend(parts(&ready));
            checks
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
            checks
        }
        Err(failure) => vec![
            Check::bad("server", failure.to_string(), "start it, or look into its log")
                .next("cambium up"),
        ],
    };
    if checks.iter().all(|check| check.name != "server" || check.remedy.is_none()) {
        let key = key(client).await;
        let is_good = key.verdict == Verdict::Good;
        checks.push(key);
        if is_good {
            checks.extend(system::checks(client).await);
        }
    }
    checks
}

/// The parts that `/readyz` names: `{parts: [{name, state, detail?}]}`.
fn parts(ready: &Value) -> Vec<Check> {
    let parts = ready["parts"].as_array().into_iter().flatten();
    let checks = parts.map(|part| {
        let state = part["state"].as_str().unwrap_or("silent");
        let detail = part["detail"].as_str().map_or_else(String::new, |text| format!(", {text}"));
        let name = part["name"].as_str().unwrap_or("-");
        let found = format!("{name}: {state}{detail}");
        match state {
            "ready" => Check::good("part", found),
            "starting" => Check::doubtful("part", found, "wait a moment").next(tells(name)),
            _ => Check::bad("part", found, "the server's log says why").next(tells(name)),
        }
    });
    checks.collect()
}

/// The command that tells more of a part.
fn tells(part: &str) -> &'static str {
    match part {
        "log" => "cambium admin streams",
        "actors" => "cambium admin partitions",
        "effects" => "cambium admin effects",
        "read_models" => "cambium admin models",
        _ => "cambium admin lag",
    }
}

/// Whether the key opens the door.
async fn key(client: &Client) -> Check {
    match client.get("/v1/events", &[("limit", "1".to_owned())]).await {
        Ok(_) => Check::good("key", "accepted"),
        Err(Failure::Refused(problem)) => Check::bad(
            "key",
            format!("{}: {}", problem.code, problem.detail),
            "give the right one with --key or CAMBIUM_KEY, or name its directory with --data",
        )
        .next("cambium whoami"),
        Err(failure) => Check::bad("key", failure.to_string(), "try again"),
    }
}
