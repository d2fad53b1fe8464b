//! `usage`: what was spent on models.

use contracts::{ActorId, CredentialId, Kind, Principal};
use serde_json::Value;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// Arguments of `usage`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// By what it is added up: day or hour, principal, credential, kind, actor, model,
    /// connector
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "model")]
    pub by: Vec<String>,
    /// Of calls that ended in the hour of this instant or later
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Of calls that ended before the hour of this instant
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only what this one spent
    #[arg(long, value_name = "NAME")]
    pub principal: Option<Principal>,
    /// Only what was spent with this key or session
    #[arg(long, value_name = "ID")]
    pub credential: Option<CredentialId>,
    /// Only for actors of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only for this actor
    #[arg(long, value_name = "ID")]
    pub id: Option<ActorId>,
    /// Only on this model, as provider/model
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Only what this connector's account paid
    #[arg(long, value_name = "ID")]
    pub connector: Option<ActorId>,
}

/// What a row is told by, and how each is called.
const GROUPS: [&str; 7] = ["at", "principal", "credential", "kind", "actor", "model", "connector"];

impl Args {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let text = |it: Option<&dyn ToString>| it.map(ToString::to_string);
        let pairs = [
            ("by", Some(self.by.join(","))),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("principal", text(self.principal.as_ref().map(|it| it as _))),
            ("key_id", text(self.credential.as_ref().map(|it| it as _))),
            ("kind", text(self.kind.as_ref().map(|it| it as _))),
            ("id", text(self.id.as_ref().map(|it| it as _))),
            ("model", self.model.clone()),
            ("connector", text(self.connector.as_ref().map(|it| it as _))),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Asks the server, and prints what it says.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let (mut after, mut items) = (None::<String>, Vec::new());
    loop {
        let mut query = args.pairs();
        query.extend(after.take().map(|after| ("after", after)));
        let page = client.get("/v1/usage", &query).await?;
        for item in page["items"].as_array().into_iter().flatten() {
            if cx.out.is_json() {
                cx.out.json(item)?;
            } else {
                items.push(item.clone());
            }
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    if cx.out.is_json() {
        return Ok(());
    }
    let Some(first) = items.first() else { return cx.out.line("nothing was spent") };
    let groups: Vec<_> = GROUPS.into_iter().filter(|name| first[name].is_string()).collect();
    let names = [&groups[..], &["calls", "in", "out", "usd", "unpriced", "unknown"]].concat();
    let rows: Vec<_> = items.iter().map(|item| row(item, &groups)).collect();
    render::table(cx.out, &names, &rows)
}

fn row(item: &Value, groups: &[&str]) -> Vec<String> {
    let text = |name: &&str| match item[*name].as_str().unwrap_or_default() {
        "" => "-".to_owned(),
        text => text.to_owned(),
    };
    let mut cells: Vec<_> = groups.iter().map(text).collect();
    let count = |name: &str| item[name].as_u64().unwrap_or_default();
    cells.extend(["calls", "input_tokens", "output_tokens"].map(|name| count(name).to_string()));
    cells.push(dollars(count("micro_usd")));
    cells.extend(["unpriced", "unknown"].map(|name| count(name).to_string()));
    cells
}

/// Millionths of a dollar as dollars.
fn dollars(micro: u64) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn dollars_are_told_to_the_millionth() {
        assert_eq!(dollars(0), "0.000000");
        assert_eq!(dollars(1_250_300), "1.250300");
    }
}
