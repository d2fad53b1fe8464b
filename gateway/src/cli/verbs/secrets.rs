//! `admin secrets`: sealed secrets of a tenant.

use std::io::Read as _;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;
use crate::settings::read_secret_file;
use crate::vault::SECRET_BYTES_MAX;

/// What to do with secrets.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// The secrets of the tenant: names, versions and times, never a value
    List,
    /// Give a secret a value, from standard input or a file
    Put(Put),
    /// Erase a secret
    Delete(Name),
    /// Make a new version of the master key and put it over everything that is sealed
    RotateMaster,
}

/// Which secret.
#[derive(Debug, clap::Args)]
pub struct Name {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// A value to be. It is never an argument: those are seen by everybody on the machine.
#[derive(Debug, clap::Args)]
pub struct Put {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: String,
    /// A file with the value, readable by its owner only; standard input when left out
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Does it and prints the answer, in which no value stands.
///
/// # Errors
/// As [`crate::cli::client::Client::post`]; the file's.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let answer = match verb {
        Verb::List => client.get("/v1/secrets", &[]).await?,
        Verb::Put(put) => {
            let value = value(&put)?;
            let asked = client.request(Method::PUT, &format!("/v1/secrets/{}", put.name), &[]);
            client.ask(asked.json(&json!({ "value": value }))).await?.body
        }
        Verb::Delete(Name { name }) => {
            client.post(&format!("/v1/secrets/{name}/delete"), &json!({})).await?
        }
        Verb::RotateMaster => client.post("/v1/admin/secrets/rotate", &json!({})).await?,
    };
    render::answer(cx.out, &answer)
}

fn value(put: &Put) -> Result<String, Failure> {
    if let Some(path) = &put.file {
        let unusable = |reason| Failure::Usage(format!("{}: {reason}", path.display()));
        return read_secret_file(path).map_err(unusable);
    }
    let mut text = String::new();
    let most = u64::try_from(SECRET_BYTES_MAX).unwrap_or(u64::MAX);
    std::io::stdin().lock().take(most + 2).read_to_string(&mut text)?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        let message = "the value comes from standard input, or from --file";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(text.to_owned())
}
