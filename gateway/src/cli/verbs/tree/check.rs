//! Checking a tree head offline: its signature, an actor's proof, an export.

use std::path::{Path, PathBuf};

use contracts::tree::{Proof, PublicKey, SignedTreeHead};
use serde::Deserialize;
use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::verbs::verify::{self, Checker};
use crate::tree_key;

/// Arguments of `tree verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file written by `tree export`
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key that you were given, 64 hexadecimal digits: see `tree key`
    #[arg(long, value_name = "KEY")]
    pub public_key: PublicKey,
    /// An export of all tenants, made later: its commits must come to the root
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
    /// An earlier head: the chain of heads of --chain must lead from it
    #[arg(long, value_name = "FILE", requires = "chain")]
    pub since: Option<PathBuf>,
    /// A file with all heads between, as `tree list --json` prints them
    #[arg(long, value_name = "FILE", requires = "since")]
    pub chain: Option<PathBuf>,
}

/// What stands in a file of `tree export`.
#[derive(Deserialize)]
struct Kept {
    tree_head: SignedTreeHead,
    proof: Option<Proof>,
}

/// Heads as `tree list --json` prints them.
#[derive(Deserialize)]
struct Heads {
    items: Vec<SignedTreeHead>,
}

/// Checks and tells what holds and what does not.
///
/// # Errors
/// [`Failure::Told`] when something does not.
pub fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let kept: Kept = read(&args.file)?;
    let head = &kept.tree_head;
    let mut found = vec![(
        format!("tree head {} is signed with the key", head.head.number),
        tree_key::fault(head, &args.public_key).map(str::to_owned),
    )];
    if let Some(proof) = &kept.proof {
        let what = format!("{}/{} ended with revision {}", proof.kind, proof.id, proof.revision);
        let holds = proof.root() == Some(head.head.root);
        found.push((what, (!holds).then(|| "the proof leads to another root".to_owned())));
    }
    if let (Some(since), Some(chain)) = (&args.since, &args.chain) {
        let earlier: Kept = read(since)?;
        let between: Heads = read(chain)?;
        let what = format!("it follows tree head {}", earlier.tree_head.head.number);
        let fault = links(&earlier.tree_head, &between.items, head, &args.public_key);
        found.push((what, fault));
    }
    if let Some(export) = &args.export {
        found.push(("the export comes to its root".to_owned(), compare(export, head, cx)?));
    }
    told(cx, &found)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let failed = |error: String| Failure::Failed(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    contracts::read::from_slice(&bytes).map_err(|error| failed(error.to_string()))
}

/// What is wrong with the chain from `first` to `last`.
fn links(
    first: &SignedTreeHead,
    between: &[SignedTreeHead],
    last: &SignedTreeHead,
    key: &PublicKey,
) -> Option<String> {
    let mut before = first;
    let range = first.head.number + 1..=last.head.number;
    for head in between.iter().filter(|head| range.contains(&head.head.number)) {
        let number = head.head.number;
        if let Some(fault) = tree_key::fault(head, key) {
            return Some(format!("tree head {number}: {fault}"));
        }
        if number != before.head.number + 1 || head.head.prev != before.hash {
            return Some(format!("tree head {number} does not link to the one before it"));
        }
        before = head;
    }
    (before.hash != last.hash).then(|| "the chain does not lead to it".to_owned())
}

fn compare(
    export: &Path,
    head: &SignedTreeHead,
    cx: &mut Cx<'_>,
) -> Result<Option<String>, Failure> {
    let mut checker = verify::check(export, Checker::with_tree(head.head.cursor), cx.out)?;
    let (root, header) = (checker.root(), checker.header().cloned());
    let report = checker.finish();
    if report.count() > 0 {
        return verify::print_report(cx, &report).map(|()| None);
    }
    let whole = header.is_some_and(|header| {
        header.tenant.is_none()
            && header.kind.is_none()
            && header.to.is_none()
            && !header.is_partial()
            && header.until >= head.head.cursor
    });
    Ok(if !whole {
        Some("the export is not of the whole log up to it; see export --all-tenants".to_owned())
    } else if root == Some(head.head.root) {
        None
    } else {
        Some("its commits come to another root".to_owned())
    })
}

fn told(cx: &mut Cx<'_>, found: &[(String, Option<String>)]) -> Result<(), Failure> {
    for (what, fault) in found {
        if cx.out.is_json() {
            cx.out.json(&json!({ "ok": fault.is_none(), "what": what, "reason": fault }))?;
            continue;
        }
        let line = match fault {
            None => format!("{} {what}", cx.out.paint(Style::Good, "✓")),
            Some(fault) => {
                let text = cx.out.paint(Style::Plain, &format!("{what}: no, {fault}"));
                format!("{} {text}", cx.out.paint(Style::Bad, "✗"))
            }
        };
        cx.out.line(&line)?;
    }
    if found.iter().all(|(_, fault)| fault.is_none()) { Ok(()) } else { Err(Failure::Told) }
}
