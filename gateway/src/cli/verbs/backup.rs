//! `admin backup`: what the broker holds, into a directory that later backups only add to.

mod prune;

use std::path::{Path, PathBuf};

use contracts::{Secret, Timestamp};
use nats::Endpoint;
use nats::copy::Reader;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::backup::{Beside, Directory, Error, Keys, Manifest, check, take};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::compose::{Bare, now};
use crate::home::{BACKUP_JSON, Home, NATS_JSON};
use crate::settings::{Settings, load};

/// Arguments of `admin backup`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    /// What to do with backups that are there
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// The directory of backups; made when there is none
    #[arg(value_name = "DIR", required = true)]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub broker: Broker,
    /// Also the key files: whoever has the backup then has everything
    #[arg(long)]
    pub with_keys: bool,
}

/// Which broker is meant.
#[derive(Debug, clap::Args)]
pub struct Broker {
    /// The broker [environment: CAMBIUM_NATS_URL] [default: that of the data directory]
    #[arg(long, value_name = "URL")]
    pub nats_url: Option<String>,
    /// The settings file [environment: CAMBIUM_CONFIG] [default: DATA/cambium.toml, ./cambium.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What to do with backups that are there.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// The backups of a directory
    List {
        /// The directory of backups
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Check every file's hash, every actor's chain and the last tree head; needs nothing else
    Verify {
        /// The directory of backups
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Throw backups away that no rule keeps, once what stays was verified; the last one stays
    Prune(prune::Args),
}

/// What a data directory remembers of its last backup.
#[derive(Debug, Serialize, Deserialize)]
pub struct Last {
    /// Where it is.
    pub dir: PathBuf,
    /// Which backup there.
    pub number: u64,
    /// What was acknowledged before is in it.
    pub begun_at: Timestamp,
}

impl Broker {
    /// The settings with this broker.
    ///
    /// # Errors
    /// When they make no sense.
    pub fn settings(&self, cx: &Cx<'_>) -> Result<Settings, Failure> {
        let flags = self.nats_url.iter().map(|url| ("nats.url", "--nats-url", url.clone()));
        Ok(load(&cx.sources(self.config.clone(), flags.collect()))?.settings)
    }
}

/// Makes a backup, or looks at those that are there.
///
/// # Errors
/// [`Failure::Coded`] with the code of what went wrong; [`Failure::Told`] when a backup is broken.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match (args.verb, args.dir) {
        (Some(Verb::List { dir }), _) => list(&dir, cx),
        (Some(Verb::Verify { dir }), _) => verify(&dir, cx),
        (Some(Verb::Prune(args)), _) => prune::run(&args, cx),
        (None, Some(dir)) => {
            let settings = args.broker.settings(cx)?;
            made(&settings, &dir, args.with_keys, cx).await
        }
        (None, None) => Err(Failure::Usage("name a directory".to_owned())),
    }
}

async fn made(
    settings: &Settings,
    dir: &Path,
    with_keys: bool,
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let directory = Directory::write(dir)?;
    let home = Home::new(&settings.data);
    let keys = Keys::of(settings);
    let beside = Beside { keys: &keys, with_keys, now };
    // A program that runs has its broker; one that does not lends us the directory.
    let running = if settings.nats.url.is_none() { access(&home) } else { None };
    let manifest = if let Some(endpoint) = running {
        copied(&directory, settings, &endpoint, &beside, cx).await?
    } else {
        let claim = settings.nats.url.is_none().then(|| home.claim()).transpose()?;
        let bare = Bare::start(settings).await.map_err(|error| Failure::of(&error))?;
        let done = copied(&directory, settings, &bare.endpoint, &beside, cx).await;
        bare.stop().await;
        drop(claim);
        done?
    };
    cx.out.progress("");
    remember(&home, dir, &manifest);
    told(&manifest, cx)
}

async fn copied(
    directory: &Directory,
    settings: &Settings,
    endpoint: &Endpoint,
    beside: &Beside<'_>,
    cx: &mut Cx<'_>,
) -> Result<Manifest, Failure> {
    let reader = Reader::open(&settings.nats, endpoint).await.map_err(Error::from)?;
    let out = &mut *cx.out;
    Ok(take(directory, &reader, beside, &mut |text| out.progress(text)).await?)
}

/// How to reach the broker of the program that runs on this directory.
fn access(home: &Home) -> Option<Endpoint> {
    #[derive(Deserialize)]
    struct Access {
        url: String,
        user: String,
        password: Secret,
    }
    if !home.is_taken() {
        return None;
    }
    let text = std::fs::read(home.file(NATS_JSON)).ok()?;
    let Access { url, user, password } = contracts::read::from_slice(&text).ok()?;
    Some(Endpoint { url, user: Some(user), password: Some(password), monitor: None })
}

/// Says in the data directory when it was backed up, for `doctor`.
fn remember(home: &Home, dir: &Path, manifest: &Manifest) {
    if !home.is_ours() {
        return;
    }
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let last = Last { dir, number: manifest.number, begun_at: manifest.begun_at };
    let text = serde_json::to_vec(&last).unwrap_or_default();
    if let Err(error) = home.write_private(BACKUP_JSON, &text) {
        tracing::warn!(%error, "backup.not_remembered");
    }
}

fn told(manifest: &Manifest, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(&row(manifest));
    }
    let mark = cx.out.paint(Style::Good, "✓");
    let Manifest { number, begun_at, log, .. } = manifest;
    let (until, blobs) = (log.until, manifest.blobs.count);
    let line = format!("{mark} backup {number} as of {begun_at}: log to {until}, {blobs} contents");
    cx.out.line(&line)?;
    if manifest.blobs.damaged > 0 {
        let damaged = manifest.blobs.damaged;
        cx.out.remark(&format!("{damaged} contents had another hash than their name: left out"));
    }
    if manifest.keys.iter().all(|key| key.file.is_none()) {
        let names: Vec<&str> = manifest.keys.iter().map(|key| &*key.name).collect();
        if !names.is_empty() {
            let names = names.join(", ");
            cx.out.remark(&format!("without keys; keep a copy elsewhere of {names}"));
        }
    }
    Ok(())
}

fn row(manifest: &Manifest) -> serde_json::Value {
    json!({
        "number": manifest.number,
        "begun_at": manifest.begun_at,
        "ended_at": manifest.ended_at,
        "until": manifest.log.until,
        "messages": manifest.messages(),
        "bytes": manifest.bytes(),
        "contents": manifest.blobs.count,
        "contents_damaged": manifest.blobs.damaged,
        "with_keys": manifest.keys.iter().any(|key| key.file.is_some()),
        "program": manifest.program,
        "seal": manifest.seal(),
    })
}

fn list(dir: &Path, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let directory = Directory::read(dir);
    let numbers = directory.numbers()?;
    if numbers.is_empty() {
        let reason = format!("{} holds no backup", dir.display());
        return Err(Error::None(reason).into());
    }
    let manifests = numbers.into_iter().map(|number| directory.manifest(number));
    let rows = manifests.map(|manifest| Ok(row(&manifest?)));
    let rows: Vec<_> = rows.collect::<Result<_, Error>>()?;
    crate::cli::render::answer(cx.out, &json!({ "items": rows }))
}

fn verify(dir: &Path, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let out = &mut *cx.out;
    let checked = check(&Directory::read(dir), &mut |text| out.progress(text))?;
    cx.out.progress("");
    if cx.out.is_json() {
        cx.out.json(&json!(checked))?;
    } else {
        for fault in &checked.faults {
            let mark = cx.out.paint(Style::Bad, "✗");
            let fault = cx.out.paint(Style::Plain, fault);
            cx.out.line(&format!("{mark} {fault}"))?;
        }
        let count = checked.faults.len();
        let (style, mark) = if count == 0 { (Style::Good, "✓") } else { (Style::Bad, "✗") };
        let mark = cx.out.paint(style, mark);
        let (backups, files) = (checked.backups, checked.files);
        let (actors, commits) = (checked.actors, checked.commits);
        let heads = checked.tree_heads;
        cx.out.line(&format!(
            "{mark} {backups} backups, {files} files, {actors} actors, {commits} commits, {heads} \
             tree heads, {count} faults"
        ))?;
    }
    if checked.faults.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, reason) = (error.code().to_owned(), error.to_string());
        Self::Coded { code: code.into(), reason, exit: 1 }
    }
}
