//! `send`: a command to an actor.

use std::io::Read as _;
use std::time::Duration;

use contracts::{CommandName, canonical};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH, LOCATION};
use serde_json::{Map, Value};

use crate::cli::address::Target;
use crate::cli::client::Answer;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::{Style, digest};

/// The longest that a server waits by itself before it answers 202, in seconds.
const WAIT_S_MAX: u64 = 300;
/// What the way there and back may take beside the wait, in seconds.
const GRACE_S: u64 = 30;

/// Arguments of `send`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The actor, or a kind alone for a new actor of it
    #[arg(value_name = "KIND[/ID]")]
    pub target: Target,
    /// The command
    #[arg(value_name = "COMMAND")]
    pub command: CommandName,
    /// The input: JSON, or @FILE, or - for standard input
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// A member of the input; the value is JSON when it can be read as such, text otherwise
    #[arg(long = "field", short, value_name = "KEY=VALUE", value_parser = parse_field)]
    pub fields: Vec<(String, Value)>,
    /// A repeat with the same key and input gets the first answer
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    /// Only if the actor is at this revision (0 = does not exist)
    #[arg(long, value_name = "REVISION")]
    pub if_match: Option<u64>,
    /// How long to wait for the final answer; 0 = not at all [default: as the server likes]
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

fn parse_field(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("a field is written KEY=VALUE")?;
    if key.is_empty() {
        return Err("a field has a name".to_owned());
    }
    let value = match canonical::parse_exact(value.as_bytes()) {
        Ok(value) => value,
        Err(canonical::CanonicalError::Imprecise(_)) => {
            return Err("this integer loses precision as JSON; quote it to send text".to_owned());
        }
        Err(canonical::CanonicalError::Syntax(_)) => Value::String(value.to_owned()),
    };
    Ok((key.to_owned(), value))
}

/// Sends the command and prints the answer.
///
/// # Errors
/// As [`crate::cli::client::Client::ask`]; [`Failure::Told`] when the answer is that it failed.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let input = input(&args)?;
    let Target { kind, id } = &args.target;
    let path = id.as_ref().map_or_else(
        || format!("/v1/{kind}/{}", args.command),
        |id| format!("/v1/{kind}/{id}/{}", args.command),
    );
    let client = cx.client()?;
    let mut request = client.request(Method::POST, &path, &[]);
    request = request.header(CONTENT_TYPE, "application/json").body(input.to_string());
    if let Some(key) = &args.idempotency_key {
        request = request.header("idempotency-key", key);
    }
    if let Some(revision) = args.if_match {
        request = request.header(IF_MATCH, format!("\"{revision}\""));
    }
    if let Some(wait) = args.wait {
        request = request.header("prefer", format!("wait={wait}"));
    }
    // The server answers within the wait, with 202 if need be.
    let limit = args.wait.unwrap_or(WAIT_S_MAX).saturating_add(GRACE_S);
    request = request.timeout(Duration::from_secs(limit));
    let answer = client.ask(request).await?;
    print(cx, &answer)?;
    if answer.body["ok"] == Value::Bool(false) { Err(Failure::Told) } else { Ok(()) }
}

/// The input: of `--input`, with the members of `--field` on top.
fn input(args: &Args) -> Result<Value, Failure> {
    let usage = |error: String| Failure::Usage(format!("--input: {error}"));
    let text = match args.input.as_deref() {
        None => None,
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            Some(bytes)
        }
        Some(text) => Some(match text.strip_prefix('@') {
            Some(path) => std::fs::read(path).map_err(|error| usage(format!("{path}: {error}")))?,
            None => text.as_bytes().to_vec(),
        }),
    };
    let mut value = match text {
        Some(text) => canonical::parse_exact(&text).map_err(|error| usage(error.to_string()))?,
        None => Value::Object(Map::new()),
    };
    if args.fields.is_empty() {
        return Ok(value);
    }
    let Value::Object(members) = &mut value else {
        return Err(usage("--field needs an input that is an object".to_owned()));
    };
    members.extend(args.fields.iter().cloned());
    Ok(value)
}

fn print(cx: &mut Cx<'_>, answer: &Answer) -> Result<(), Failure> {
    let body = &answer.body;
    if cx.out.is_json() {
        return cx.out.json(body);
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let actor = format!("{}/{}", text("kind"), text("actor"));
    if answer.status == 202 {
        let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let id = location.and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        let line = cx.out.paint(Style::Doubtful, "accepted; the answer follows");
        cx.out.line(&line)?;
        let line = cx.out.paint(Style::Plain, &format!("  ask    cambium show {id}"));
        return cx.out.line(&line);
    }
    let ok = body["ok"] != Value::Bool(false);
    let (style, mark) = if ok { (Style::Good, "✓") } else { (Style::Bad, "✗") };
    let mark = cx.out.paint(style, mark);
    let actor = cx.out.paint(Style::Name, &actor);
    let hash = text("state_hash");
    if body["revision"] == 0 {
        let rest = cx.out.paint(Style::Faint, "nothing was stored: there is no such actor");
        cx.out.line(&format!("{mark} {actor}  {rest}"))?;
        return cx.out.pretty(&body["output"]);
    }
    let rest =
        format!("revision {}  cursor {}  hash {}", body["revision"], text("cursor"), digest(&hash));
    let rest = cx.out.paint(Style::Faint, &rest);
    cx.out.line(&format!("{mark} {actor}  {rest}"))?;
    cx.out.pretty(&body["output"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse_field;

    #[test]
    fn a_field_is_json_when_it_can_be() {
        assert_eq!(parse_field("by=2").unwrap().1, json!(2));
        assert_eq!(parse_field("goal=a = b").unwrap(), ("goal".to_owned(), json!("a = b")));
        assert_eq!(parse_field("list=[1,\"x\"]").unwrap().1, json!([1, "x"]));
        assert_eq!(parse_field("text=\"5\"").unwrap().1, json!("5"));
        assert!(parse_field("nothing").is_err());
        assert!(parse_field("=x").is_err());
        assert!(parse_field("n=9007199254740993").is_err());
    }
}
