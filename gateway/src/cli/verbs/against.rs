//! `replay --against`: a past run once more with another model or assistant, on the answers that
//! its tools gave then.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::kinds::assistant::{Ask, Define};
use contracts::kinds::run::{Definition, Start};
use contracts::{ActorId, Hash, Revision, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::address::Subject;
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Looks at a run that has not ended, and the pause between two, in milliseconds.
const LOOK_MS: u64 = 200;

/// Commits asked for at once.
const PAGE: &str = "200";

/// What a past run is run against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// `provider/model`.
    Model(String),
    /// `assistant/ID`, or `assistant/ID@REVISION`.
    Assistant(ActorId, Option<Revision>),
}

impl FromStr for Against {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let Some(named) = text.strip_prefix("assistant/") else {
            let model =
                text.split_once('/').is_some_and(|(of, name)| !of.is_empty() && !name.is_empty());
            let told = "a model is written PROVIDER/MODEL, an assistant assistant/ID[@REVISION]";
            return if model { Ok(Self::Model(text.to_owned())) } else { Err(told.to_owned()) };
        };
        let (id, revision) = match named.rsplit_once('@') {
            Some((id, number)) => {
                let number = number.parse().map_err(|_| format!("{number} is no revision"))?;
                (id, Some(Revision(number)))
            }
            None => (named, None),
        };
        let id = ActorId::new(id).map_err(|error| error.to_string())?;
        Ok(Self::Assistant(id, revision))
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(model) => f.write_str(model),
            Self::Assistant(id, None) => write!(f, "assistant/{id}"),
            Self::Assistant(id, Some(revision)) => write!(f, "assistant/{id}@{revision}"),
        }
    }
}

/// What came of a run.
#[derive(Debug, Serialize, Deserialize)]
struct Came {
    run: ActorId,
    status: String,
    model: String,
    text: String,
    rounds: u64,
    input_tokens: u64,
    output_tokens: u64,
    /// In millionths of a US dollar; none when a price is unknown.
    micro_usd: Option<u64>,
    /// From the first commit to the last.
    ms: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Calls that the recording does not know.
    not_recorded: Vec<String>,
}

/// Runs it once more and prints what is different. That answers differ is no failure.
///
/// # Errors
/// As [`Client::get`]; [`Failure::Usage`] when the actor is no run.
pub async fn run(subject: &Subject, against: &Against, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if subject.kind != contracts::kinds::run::KIND {
        return Err(Failure::Usage("--against takes a run: run/ID".to_owned()));
    }
    let client = cx.client()?;
    let (mut start, _) = commits(&client, &subject.id).await?;
    match against {
        Against::Model(model) => start.model.clone_from(model),
        Against::Assistant(id, revision) => define(&client, &mut start, id, *revision).await?,
    }
    start.recorded = Some(subject.id.clone());
    start.stream = false;
    let id = fresh(&subject.id, against)?;
    let input = serde_json::to_value(&start).map_err(|error| Failure::Failed(error.to_string()))?;
    client.post(&format!("/v1/run/{id}/start"), &input).await.or_else(ended)?;
    let now = ended_run(&client, &id).await?;
    let before = came(&client, &subject.id).await?;
    print(cx, &before, &now)
}

/// That the run fails is an answer here; what is refused before it begins is none.
fn ended(failure: Failure) -> Result<Value, Failure> {
    match failure {
        Failure::Refused(problem) if problem.code != "invalid_input" => Ok(Value::Null),
        other => Err(other),
    }
}

/// What the definition says takes the place of what the run said.
async fn define(
    client: &Client,
    start: &mut Start,
    id: &ActorId,
    revision: Option<Revision>,
) -> Result<(), Failure> {
    let at: Vec<_> = revision.iter().map(|at| ("at", at.to_string())).collect();
    let state = client.get(&format!("/v1/assistant/{id}"), &at).await?;
    let definition: Define = shape(&state["state"]["definition"])?;
    let of = Definition {
        assistant: id.clone(),
        version: shape(&state["state"]["version"])?,
        revision: shape(&state["state"]["revision"])?,
    };
    // What whoever asked brought; the rest was the definition's of then.
    let brought = std::mem::take(&mut start.tools).into_iter();
    let brought = brought.filter(|tool| definition.tools.iter().all(|own| own.name != tool.name));
    let ask = Ask {
        tools: brought.collect(),
        turns: std::mem::take(&mut start.turns),
        after: start.after.take(),
        ..Ask::default()
    };
    *start = definition.run(of, &ask);
    Ok(())
}

/// The id of the new run: it says which one it is of.
fn fresh(id: &ActorId, against: &Against) -> Result<ActorId, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let parts = [id.as_str(), &against.to_string(), &since.as_nanos().to_string()];
    let hash = Hash::of_parts("cambium replay against v1", &parts).to_string();
    let short = &hash[..12];
    ActorId::new(format!("{id}:re-{short}"))
        .or_else(|_| ActorId::new(format!("re-{hash}")))
        .map_err(|error| Failure::Failed(error.to_string()))
}

/// What a run was asked, and when its first and its last commit were.
async fn commits(client: &Client, id: &ActorId) -> Result<(Start, i64), Failure> {
    let (mut start, mut first, mut last) = (None, None, None);
    let mut after = None;
    loop {
        let mut query = vec![("limit", PAGE.to_owned())];
        query.extend(after.take().map(|token: String| ("after", token)));
        let page = client.get(&format!("/v1/run/{id}/events"), &query).await?;
        for commit in page["items"].as_array().into_iter().flatten() {
            let at: Timestamp = shape(&commit["at"])?;
            first.get_or_insert(at);
            last = Some(at);
            let events = commit["events"].as_array().into_iter().flatten();
            let started = events.filter(|event| event["type"] == "Started");
            for event in started {
                start = Some(shape::<Start>(&event["data"]["run"])?);
            }
        }
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    let ms = first.zip(last).map_or(0, |(first, last)| last.as_millis() - first.as_millis());
    let start = start.ok_or_else(|| Failure::Failed(format!("run/{id} was never begun")))?;
    Ok((start, ms))
}

/// The new run once it is over. One whose model calls what nobody recorded is over, too: it is told
/// so and answers.
async fn ended_run(client: &Client, id: &ActorId) -> Result<Came, Failure> {
    loop {
        let came = came(client, id).await?;
        if came.status != "running" {
            return Ok(came);
        }
        tokio::time::sleep(std::time::Duration::from_millis(LOOK_MS)).await;
    }
}

async fn came(client: &Client, id: &ActorId) -> Result<Came, Failure> {
    let state = client.get(&format!("/v1/run/{id}"), &[]).await?["state"].take();
    let (_, ms) = commits(client, id).await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let unpriced = state["unpriced"] == Value::Bool(true);
    let turns = state["turns"].as_array().into_iter().flatten();
    let unknown = turns.clone().filter(|turn| {
        let answer = serde_json::from_str::<Value>(turn["content"].as_str().unwrap_or_default());
        turn["role"] == "tool" && answer.is_ok_and(|it| it["error"]["code"] == "tool_not_recorded")
    });
    let calls: Vec<&Value> =
        turns.clone().flat_map(|turn| turn["calls"].as_array().into_iter().flatten()).collect();
    let told = |turn: &Value| {
        let call = calls.iter().find(|call| call["id"] == turn["call"]);
        call.map_or_else(String::new, |call| {
            format!("{} {}", text(&call["name"]), text(&call["arguments"]))
        })
    };
    Ok(Came {
        run: id.clone(),
        status: text(&state["status"]),
        model: text(&state["last"]["model"]),
        text: text(&state["last"]["text"]),
        rounds: number(&state["round"]),
        input_tokens: number(&state["usage"]["input_tokens"]),
        output_tokens: number(&state["usage"]["output_tokens"]),
        micro_usd: state["cost"]["micro_usd"].as_u64().filter(|_| !unpriced),
        ms,
        code: state["code"].as_str().map(str::to_owned),
        not_recorded: unknown.map(told).collect(),
    })
}

fn print(cx: &mut Cx<'_>, before: &Came, now: &Came) -> Result<(), Failure> {
    let same = before.text == now.text && before.code == now.code;
    if cx.out.is_json() {
        return cx.out.json(&json!({ "before": before, "now": now, "same_answer": same }));
    }
    for (mark, style, came) in [("-", Style::Bad, before), ("+", Style::Good, now)] {
        let line = format!("{mark} run/{}  {}  {}", came.run, came.model, came.status);
        let line = cx.out.paint(style, &line);
        cx.out.line(&line)?;
    }
    let money = |it: Option<u64>| it.map_or_else(|| "unknown".to_owned(), |it| format!("{it} µ$"));
    let rows = [
        ("rounds", before.rounds.to_string(), now.rounds.to_string()),
        ("tokens in", before.input_tokens.to_string(), now.input_tokens.to_string()),
        ("tokens out", before.output_tokens.to_string(), now.output_tokens.to_string()),
        ("cost", money(before.micro_usd), money(now.micro_usd)),
        ("time", format!("{} ms", before.ms), format!("{} ms", now.ms)),
    ];
    for (name, was, is) in rows {
        cx.out.line(&format!("  {name:<11} {was} → {is}"))?;
    }
    for call in &now.not_recorded {
        let line = format!("  not recorded, and not called: {call}");
        let line = cx.out.paint(Style::Doubtful, &line);
        cx.out.line(&line)?;
    }
    if same {
        let line = cx.out.paint(Style::Good, "✓ the same answer");
        return cx.out.line(&line);
    }
    let reason = |came: &Came| came.code.clone().unwrap_or_else(|| came.text.clone());
    for (mark, style, text) in [("-", Style::Bad, reason(before)), ("+", Style::Good, reason(now))]
    {
        for line in text.lines() {
            let line = cx.out.paint(style, &format!("{mark} {line}"));
            cx.out.line(&line)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Against;

    #[test]
    fn a_model_and_an_assistant_are_told_apart() {
        let read = |text: &str| text.parse::<Against>().map(|it| it.to_string());
        for text in ["local/rules", "openai/gpt-5", "assistant/a", "assistant/a@7"] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        assert!(matches!("assistant/a@7".parse(), Ok(Against::Assistant(_, Some(_)))));
        for text in ["local", "/x", "assistant/", "assistant/a@b", "assistant/a b"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
