//! Checking the trail: on the server, or a file of it with nothing but the public key.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contracts::audit::{ChainName, Verifier, VerifyReport};
use contracts::ports::AuditEntry;
use contracts::tree::PublicKey;
use contracts::{ActorId, Cursor, Tenant};
use serde::Deserialize;
use serde_json::json;

use crate::cli::client::shape;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::tree_key;

/// Arguments of `audit verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file written by `audit export --raw`; without it the server checks what it holds
    #[arg(value_name = "FILE", requires = "public_key")]
    pub file: Option<PathBuf>,
    /// The key that you were given, 64 hexadecimal digits: see `tree key`
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<PublicKey>,
    /// Of all tenants, for operators
    #[arg(long)]
    pub all_tenants: bool,
}

/// One line of such a file.
#[derive(Deserialize)]
struct Line {
    cursor: Cursor,
    tenant: Tenant,
    class: ActorId,
    raw: String,
}

/// Checks and tells.
///
/// # Errors
/// [`Failure::Told`] when something does not hold.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let report = match (&args.file, &args.public_key) {
        (Some(file), Some(key)) => of_file(file, key)?,
        _ => {
            let all = args.all_tenants.then(|| ("all_tenants", "1".to_owned()));
            let query: Vec<_> = all.into_iter().collect();
            shape(&cx.client()?.get("/v1/audit/verify", &query).await?)?
        }
    };
    told(&report, cx)
}

fn of_file(file: &Path, key: &PublicKey) -> Result<VerifyReport, Failure> {
    let check = tree_key::verifies;
    let mut verifier = Verifier::new(*key, &check);
    // Anchors stand behind what they are about.
    each(file, |entry| verifier.learn(entry))?;
    each(file, |entry| verifier.take(entry))?;
    Ok(verifier.report())
}

fn each(path: &Path, mut with: impl FnMut(&AuditEntry)) -> Result<(), Failure> {
    let failed = |reason: String| Failure::Failed(format!("{}: {reason}", path.display()));
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|error| failed(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |error: String| failed(format!("line {number}: {error}"));
        let line: Line =
            contracts::read::from_str(&line).map_err(|error| wrong(error.to_string()))?;
        let payload = STANDARD.decode(&line.raw).map_err(|error| wrong(error.to_string()))?;
        let chain = ChainName { tenant: line.tenant, class: line.class };
        with(&AuditEntry { sequence: line.cursor.0, chain, payload: Bytes::from(payload) });
    }
    Ok(())
}

fn told(report: &VerifyReport, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if cx.out.is_json() {
        cx.out.json(&json!(report))?;
    } else {
        for finding in &report.findings {
            let mark = cx.out.paint(Style::Bad, "✗");
            let kind = json!(finding.kind);
            let kind = kind.as_str().unwrap_or_default();
            let place = format!("{} at {}: {kind}", finding.chain, finding.sequence);
            cx.out.line(&format!("{mark} {place}: {}", finding.message))?;
        }
        let VerifyReport { records, chains, heads, uncovered, .. } = report;
        let mark = if report.ok {
            cx.out.paint(Style::Good, "✓")
        } else {
            cx.out.paint(Style::Bad, "✗")
        };
        cx.out.line(&format!(
            "{mark} {records} records in {chains} chains, {heads} signed heads; {uncovered} \
             records are not covered by one yet"
        ))?;
    }
    if report.ok { Ok(()) } else { Err(Failure::Told) }
}
