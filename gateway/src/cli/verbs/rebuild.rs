//! `rebuild`: read models anew from the log.

use serde_json::{Map, Value, json};

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
    #[arg(long)]
    pub check: bool,
}

/// Rebuilds on the server and prints what it did. This can take long.
///
/// # Errors
/// As [`crate::cli::client::Client::post`]; [`Failure::Told`] when a rebuilt model differs from
/// the living one.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut body = Map::new();
    body.insert("check".to_owned(), json!(args.check));
    if !args.models.is_empty() {
        body.insert("models".to_owned(), json!(args.models));
    }
    let answer = cx.client()?.post("/v1/admin/rebuild", &Value::Object(body)).await?;
    render::answer(cx.out, &answer)?;
    let rows = answer["items"].as_array().or_else(|| answer.as_array());
    let differs = rows.into_iter().flatten().any(|row| row["equal"] == Value::Bool(false));
    if args.check && differs { Err(Failure::Told) } else { Ok(()) }
}
