//! `rebuild`: read models anew from the log.

use std::pin::pin;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::client::Client;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// Arguments of `rebuild`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The read models [default: all]
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// Build beside the living tables and compare; change nothing
    #[arg(long, conflicts_with_all = ["roll_back", "drop_kept", "status"])]
    pub check: bool,
    /// Go back to the tables that the last rebuild replaced, once they have read what came since
    #[arg(long, conflicts_with_all = ["drop_kept", "status"])]
    pub roll_back: bool,
    /// Drop the tables that the last rebuild replaced
    #[arg(long, conflicts_with = "status")]
    pub drop_kept: bool,
    /// Tell how far the rebuilds are, and how the last ones ended
    #[arg(long)]
    pub status: bool,
}

/// How often a rebuild under way is asked how far it is.
const LOOK: Duration = Duration::from_millis(500);

/// Rebuilds on the server and prints what it did. This can take long.
///
/// # Errors
/// As [`crate::cli::client::Client::post`]; [`Failure::Told`] when a rebuilt model differs from
/// the living one.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    if args.status {
        let told = client.get(PATH, &[]).await?;
        return render::answer(cx.out, &told);
    }
    let mut body = Map::new();
    if !args.models.is_empty() {
        body.insert("models".to_owned(), json!(args.models));
    }
    let path = match (args.roll_back, args.drop_kept) {
        (true, _) => "/v1/admin/rebuild/roll_back",
        (_, true) => "/v1/admin/rebuild/forget",
        (false, false) => {
            body.insert("check".to_owned(), json!(args.check));
            PATH
        }
    };
    let body = Value::Object(body);
    let answer = watched(&client, path, &body, cx).await?;
    render::answer(cx.out, &answer)?;
    let rows = answer["items"].as_array().or_else(|| answer.as_array());
    let differs = rows.into_iter().flatten().any(|row| row["equal"] == Value::Bool(false));
    if args.check && differs { Err(Failure::Told) } else { Ok(()) }
}

const PATH: &str = "/v1/admin/rebuild";

/// Asks, and tells a person how far it is meanwhile.
async fn watched(
    client: &Client,
    path: &str,
    body: &Value,
    cx: &mut Cx<'_>,
) -> Result<Value, Failure> {
    let mut asked = pin!(client.post(path, body));
    loop {
        tokio::select! {
            answer = &mut asked => {
                cx.out.progress("");
                return answer;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        let Ok(told) = client.get(PATH, &[]).await else { continue };
        let under_way = |row: &&Value| {
            !matches!(row["phase"].as_str(), None | Some("done" | "failed" | "waiting"))
        };
        if let Some(row) = told["items"].as_array().into_iter().flatten().find(under_way) {
            let part = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let text = format!(
                "{}: {} {}/{}",
                part("model"),
                part("phase"),
                part("cursor"),
                part("target")
            );
            cx.out.progress(&text);
        }
    }
}
