//! `export`: commits with their stored bytes, one JSON object a line, for `verify --file` and for
//! keeping.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use contracts::{ActorId, Kind};
use serde_json::Value;

use crate::cli::address::Subject;
use crate::cli::client::Client;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::history::{Range, Reader};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Only of this actor, and of those it was forked from; needs --kind
    #[arg(long, value_name = "ID", requires = "kind")]
    pub id: Option<ActorId>,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Writes the commits.
///
/// # Errors
/// As [`Reader::next`], and when the file cannot be written.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let mut file = args.output.as_deref().map(create).transpose()?;
    let range = match (args.kind, args.id) {
        // The server puts the commits that a fork shares with its ancestors in front.
        (Some(kind), Some(id)) => Range::of(&Subject { kind, id }),
        (kind, _) => Range { kind: kind.map(|kind| kind.to_string()), ..Range::default() },
    };
    let count = copy(cx, &client, Range { raw: true, ..range }, &mut file).await?;
    if let Some(mut file) = file {
        file.flush()?;
        file.get_ref().sync_all()?;
    }
    if args.output.is_some() {
        cx.out.progress("");
        cx.out.remark(&format!("{count} commits"));
    }
    Ok(())
}

type Target = Option<BufWriter<std::fs::File>>;

fn create(path: &Path) -> Result<BufWriter<std::fs::File>, Failure> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let file = file.map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
    Ok(BufWriter::new(file))
}

/// Copies the commits of `range`; how many.
async fn copy(
    cx: &mut Cx<'_>,
    client: &Client,
    range: Range,
    file: &mut Target,
) -> Result<u64, Failure> {
    let mut reader = Reader::new(client.clone(), range);
    let mut count = 0;
    loop {
        let page = reader.next().await?;
        if page.is_empty() {
            return Ok(count);
        }
        for commit in &page {
            write(cx, commit, file)?;
            count += 1;
        }
        if file.is_some() {
            cx.out.progress(&format!("{count} commits"));
        }
    }
}

fn write(cx: &mut Cx<'_>, commit: &Value, file: &mut Target) -> Result<(), Failure> {
    if commit.get("raw").and_then(Value::as_str).is_none() {
        return Err(Failure::Failed("the server did not send the stored bytes".to_owned()));
    }
    match file {
        Some(file) => Ok(writeln!(file, "{commit}")?),
        None => cx.out.json(commit),
    }
}
