//! `privacy`: what is known of a subject, what it agrees to, and the end of that.

use std::path::{Path, PathBuf};

use contracts::privacy::{Receipt, SignedReceipt};
use contracts::tree::PublicKey;
use contracts::{ActorId, Hash, Tenant};
use serde_json::{Value, json};

use crate::cli::client::shape;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::lines::Lines;
use crate::cli::paint::Style;
use crate::cli::render;
use crate::home::Home;
use crate::tree_key;

/// What to do with what is known of somebody.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Write everything that is known of a subject, one JSON object a line
    Export(Export),
    /// Destroy the key of a subject, so that what is known of it can be read no more
    Erase(Erase),
    /// The receipts of a subject's erasures
    Receipts(Whose),
    /// Check a receipt with nothing but the public key
    VerifyReceipt(Verify),
    /// Say that a subject agrees to a purpose, or no longer
    Consent(Consent),
}

/// Whose.
#[derive(Debug, clap::Args)]
pub struct Whose {
    /// A principal, or `person:<id>`
    #[arg(value_name = "SUBJECT")]
    pub subject: ActorId,
}

/// Arguments of `privacy export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// A principal, or `person:<id>`
    #[arg(value_name = "SUBJECT")]
    pub subject: ActorId,
    /// Write to this file, which must not exist [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `privacy erase`.
#[derive(Debug, clap::Args)]
pub struct Erase {
    /// A principal, or `person:<id>`
    #[arg(value_name = "SUBJECT")]
    pub subject: ActorId,
    /// Why, for people; nothing personal, since it is never erased
    #[arg(value_name = "WHY")]
    pub why: String,
}

/// Arguments of `privacy verify-receipt`.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// A receipt as `erase` prints it, or a list of them
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key that you were given, 64 hexadecimal digits: see `tree key`
    #[arg(long, value_name = "KEY")]
    pub public_key: PublicKey,
    /// Also that it is about this subject
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<ActorId>,
    /// Also that it is about a subject of this tenant
    #[arg(long = "of", value_name = "TENANT")]
    pub of: Option<Tenant>,
}

/// Arguments of `privacy consent`.
#[derive(Debug, clap::Args)]
pub struct Consent {
    /// A principal, or `person:<id>`
    #[arg(value_name = "SUBJECT")]
    pub subject: ActorId,
    /// To what, such as `newsletter`
    #[arg(value_name = "PURPOSE")]
    pub purpose: String,
    /// The words that were shown; their BLAKE3 is kept
    #[arg(long, value_name = "FILE", required_unless_present = "withdraw")]
    pub text: Option<PathBuf>,
    /// Which version of them
    #[arg(long, value_name = "VERSION", default_value = "1")]
    pub version: String,
    /// It agrees no longer
    #[arg(long, conflicts_with_all = ["text", "version"])]
    pub withdraw: bool,
}

/// Does it.
///
/// # Errors
/// As [`crate::cli::client::Client::post`]; [`Failure::Told`] when a receipt does not hold.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match verb {
        Verb::Export(args) => export(args, cx).await,
        Verb::Erase(Erase { subject, why }) => {
            let path = format!("/v1/privacy/{subject}/erase");
            let answer = cx.client()?.post(&path, &json!({ "reason": why })).await?;
            erased(cx, &subject, &answer)
        }
        Verb::Receipts(Whose { subject }) => {
            let answer = cx.client()?.get(&format!("/v1/privacy/{subject}/receipts"), &[]).await?;
            receipts(cx, &answer)
        }
        Verb::VerifyReceipt(args) => verify(&args, cx),
        Verb::Consent(args) => consent(args, cx).await,
    }
}

async fn export(args: Export, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if let Some(file) = args.output.as_ref().filter(|file| file.exists()) {
        return Err(Failure::Failed(format!("{} exists already", file.display())));
    }
    let path = format!("/v1/privacy/{}/export", args.subject);
    let mut lines = Lines::post(&cx.client()?, &path, &json!({})).await?;
    let (mut text, mut last) = (String::new(), Value::Null);
    while let Some(line) = lines.next().await? {
        let line: Value = serde_json::from_slice(&line)
            .map_err(|error| Failure::Failed(format!("the server sent {error}")))?;
        if args.output.is_some() {
            text.push_str(&format!("{line}\n"));
        } else {
            cx.out.json(&line)?;
        }
        last = line;
    }
    if last["type"] != "end" {
        return Err(Failure::Failed("the export was cut; ask again".to_owned()));
    }
    let Some(file) = &args.output else { return Ok(()) };
    // It is about a person: nobody else on this machine is to read it.
    let name = file.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let home = Home::new(file.parent().unwrap_or_else(|| Path::new("")));
    let written = home.write_private(name, text.as_bytes());
    written.map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    cx.out.remark(&format!("wrote {}", file.display()));
    Ok(())
}

fn erased(cx: &mut Cx<'_>, subject: &ActorId, answer: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(answer);
    }
    let signed: SignedReceipt = shape(answer)?;
    let Receipt { key, values, erased_at, .. } = &signed.receipt;
    let mark = cx.out.paint(Style::Good, "✓");
    let name = cx.out.paint(Style::Name, subject.as_str());
    let rest = format!("key {key} destroyed {erased_at}, {values} values");
    let rest = cx.out.paint(Style::Faint, &rest);
    cx.out.line(&format!("{mark} {name}  {rest}"))
}

fn receipts(cx: &mut Cx<'_>, answer: &Value) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(answer);
    }
    let receipts: Vec<SignedReceipt> = shape(&answer["items"])?;
    let rows = receipts.iter().map(|signed| {
        let Receipt { erased_at, key, values, by, .. } = &signed.receipt;
        vec![erased_at.to_string(), key.to_string(), values.to_string(), by.to_string()]
    });
    let rows: Vec<_> = rows.collect();
    render::table(cx.out, &["erased", "key", "values", "by"], &rows)
}

/// What is wrong with a receipt; `None` = nothing.
fn fault(signed: &SignedReceipt, args: &Verify) -> Option<String> {
    let receipt = &signed.receipt;
    if signed.public_key != args.public_key {
        return Some("it was signed with another key".to_owned());
    }
    if !tree_key::verifies(&args.public_key, &receipt.message(), &signed.signature) {
        return Some("its signature does not hold".to_owned());
    }
    if args.of.as_ref().is_some_and(|tenant| *tenant != receipt.tenant) {
        return Some(format!("it is about a subject of {}", receipt.tenant));
    }
    let about = |subject: &ActorId| Receipt::subject_of(&receipt.tenant, subject);
    let other = args.subject.as_ref().is_some_and(|subject| about(subject) != receipt.subject);
    other.then(|| "it is about another subject".to_owned())
}

fn verify(args: &Verify, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let failed = |error: String| Failure::Failed(format!("{}: {error}", args.file.display()));
    let bytes = std::fs::read(&args.file).map_err(|error| failed(error.to_string()))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let items = match value.get("items") {
        Some(items) => items.clone(),
        None => json!([value]),
    };
    let receipts: Vec<SignedReceipt> =
        contracts::read::from_value(items).map_err(|error| failed(error.to_string()))?;
    if receipts.is_empty() {
        return Err(failed("it holds no receipt".to_owned()));
    }
    let mut holds = true;
    for signed in &receipts {
        let fault = fault(signed, args);
        holds &= fault.is_none();
        let key = signed.receipt.key;
        if cx.out.is_json() {
            cx.out.json(&json!({ "ok": fault.is_none(), "key": key, "reason": fault }))?;
            continue;
        }
        let line = match fault {
            None => {
                let mark = cx.out.paint(Style::Good, "✓");
                format!("{mark} key {key} was destroyed at {}", signed.receipt.erased_at)
            }
            Some(fault) => {
                let mark = cx.out.paint(Style::Bad, "✗");
                let text = cx.out.paint(Style::Plain, &fault);
                format!("{mark} the receipt of key {key} does not hold: {text}")
            }
        };
        cx.out.line(&line)?;
    }
    if holds { Ok(()) } else { Err(Failure::Told) }
}

async fn consent(args: Consent, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Consent { subject, purpose, text, version, withdraw } = args;
    let (command, input) = match text.filter(|_| !withdraw) {
        None => ("withdraw", json!({ "purpose": purpose })),
        Some(file) => {
            let failed = |error| Failure::Failed(format!("{}: {error}", file.display()));
            let text_hash = Hash::of(&std::fs::read(&file).map_err(failed)?);
            let input = json!({ "purpose": purpose, "version": version, "text_hash": text_hash });
            ("consent", input)
        }
    };
    let answer = cx.client()?.post(&format!("/v1/subject/{subject}/{command}"), &input).await?;
    if cx.out.is_json() {
        return cx.out.json(&answer);
    }
    let purposes = answer["output"]["purposes"].as_array().cloned().unwrap_or_default();
    let purposes: Vec<_> = purposes.iter().filter_map(Value::as_str).collect();
    let mark = cx.out.paint(Style::Good, "✓");
    let told = if purposes.is_empty() { "nothing".to_owned() } else { purposes.join(", ") };
    let told = cx.out.paint(Style::Plain, &format!("{subject} agrees to {told}"));
    cx.out.line(&format!("{mark} {told}"))
}
