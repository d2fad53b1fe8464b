//! `tree`: signed tree heads.

mod check;

use std::path::PathBuf;

use contracts::tree::{PublicKey, SignedTreeHead};
use serde_json::{Value, json};

use crate::cli::address::Subject;
use crate::cli::client::shape;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::{Style, digest};
use crate::cli::render;
use crate::home::Home;

/// What to do with tree heads.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the tree heads
    List(List),
    /// Show one tree head
    Show(Number),
    /// Sign a tree head of the log as it is now
    Make,
    /// Print the public key that checks tree heads
    Key,
    /// Write a tree head, or the proof that it covers an actor, for keeping elsewhere
    Export(Export),
    /// Check a tree head, and what it proves, with nothing but the public key
    Verify(check::Args),
}

/// Arguments of `tree list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those after this number
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: u64,
}

/// Which tree head.
#[derive(Debug, clap::Args)]
pub struct Number {
    /// Its number [default: the latest]
    #[arg(value_name = "NUMBER")]
    pub number: Option<u64>,
}

/// Arguments of `tree export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Which one
    #[command(flatten)]
    pub which: Number,
    /// Also the proof that it covers this actor
    #[arg(long, value_name = "KIND/ID")]
    pub proof: Option<Subject>,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Asks the server, or checks a file.
///
/// # Errors
/// As [`crate::cli::client::Client::get`]; [`Failure::Told`] when something does not hold.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match verb {
        Verb::List(list) => heads(cx, list).await,
        Verb::Show(which) => {
            let value = cx.client()?.get(&path(&which), &[]).await?;
            render::answer(cx.out, &value)
        }
        Verb::Make => {
            let value = cx.client()?.post("/v1/tree-heads", &json!({})).await?;
            one(cx, &value)
        }
        Verb::Key => {
            let value = cx.client()?.get("/v1/tree-heads/key", &[]).await?;
            if cx.out.is_json() {
                return cx.out.json(&value);
            }
            let key: PublicKey = shape(&value["public_key"])?;
            cx.out.line(&key.to_string())
        }
        Verb::Export(args) => export(cx, args).await,
        Verb::Verify(args) => check::run(args, cx),
    }
}

fn path(which: &Number) -> String {
    let number = which.number.map_or_else(|| "latest".to_owned(), |number| number.to_string());
    format!("/v1/tree-heads/{number}")
}

async fn heads(cx: &mut Cx<'_>, list: List) -> Result<(), Failure> {
    let mut query = vec![("limit", list.limit.to_string())];
    query.extend(list.after.map(|after| ("after", after.to_string())));
    let value = cx.client()?.get("/v1/tree-heads", &query).await?;
    if cx.out.is_json() {
        return cx.out.json(&value);
    }
    let heads: Vec<SignedTreeHead> = shape(&value["items"])?;
    let rows = heads.iter().map(|signed| {
        let (head, root) = (&signed.head, signed.head.root.to_string());
        vec![
            head.number.to_string(),
            head.at.to_string(),
            head.cursor.to_string(),
            digest(&root).to_owned(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    render::table(cx.out, &["number", "at", "cursor", "root"], &rows)
}

fn one(cx: &mut Cx<'_>, value: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(value);
    }
    let signed: SignedTreeHead = shape(value)?;
    let mark = cx.out.paint(Style::Good, "✓");
    let name = cx.out.paint(Style::Name, &format!("tree head {}", signed.head.number));
    let rest = format!("root {}, up to cursor {}", signed.head.root, signed.head.cursor);
    let rest = cx.out.paint(Style::Faint, &rest);
    cx.out.line(&format!("{mark} {name}  {rest}"))
}

async fn export(cx: &mut Cx<'_>, args: Export) -> Result<(), Failure> {
    let path = path(&args.which);
    let client = cx.client()?;
    let value = match &args.proof {
        None => json!({ "tree_head": client.get(&path, &[]).await? }),
        Some(Subject { kind, id }) => {
            let query = [("kind", kind.to_string()), ("id", id.to_string())];
            client.get(&format!("{path}/proof"), &query).await?
        }
    };
    let Some(file) = &args.output else { return cx.out.json(&value) };
    let failed = |error: std::io::Error| Failure::Failed(format!("{}: {error}", file.display()));
    let name = file.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    if file.exists() {
        let error = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(failed(error));
    }
    let home = Home::new(file.parent().unwrap_or_else(|| std::path::Path::new("")));
    home.write_private(name, format!("{value}\n").as_bytes()).map_err(failed)?;
    cx.out.remark(&format!("wrote {}", file.display()));
    Ok(())
}
