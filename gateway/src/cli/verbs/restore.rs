//! `admin restore`: a backup into a fresh data directory or an empty broker.

use std::fs;
use std::path::{Path, PathBuf};

use nats::copy::Writer;
use nats::{Config, Endpoint};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::backup::Broker;
use crate::backup::{Directory, Error, Filled, Keys, Plan, Point, check, fill, key_files};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::compose::Bare;
use crate::home::{CERTS, FORMAT, Home, LOCK, RESTORE_JSON, SETTINGS};
use crate::settings::Settings;

/// The code of a target that holds something.
const NOT_EMPTY: &str = "restore_not_empty";

/// Arguments of `admin restore`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory of backups
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The data directory to fill, which holds nothing but settings and keys
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Up to where: latest, backup:NUMBER, a cursor of the log, or a time as RFC 3339
    #[arg(long, value_name = "POINT", default_value = "latest")]
    pub to: Point,
    #[command(flatten)]
    pub broker: Broker,
    /// The key files of the system that was backed up are in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "with_keys")]
    pub keys: Option<PathBuf>,
    /// Take the key files out of the backup, which was made with --with-keys
    #[arg(long)]
    pub with_keys: bool,
    /// Ask nothing of the world again that restored commits asked: see `cambium unmute`
    #[arg(long)]
    pub muted: bool,
}

/// What a restore that is under way says of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Underway {
    /// The broker that it fills; none = that of the data directory.
    broker: Option<String>,
}

/// Checks the backup, then fills what `args` name.
///
/// # Errors
/// [`Failure::Coded`] with the code of what went wrong.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let directory = Directory::read(&args.dir);
    let out = &mut *cx.out;
    let checked = check(&directory, &mut |text| out.progress(text))?;
    if let Some(fault) = checked.faults.first() {
        let more = checked.faults.len() - 1;
        let more = if more > 0 { format!(", and {more} more faults") } else { String::new() };
        return Err(Error::Broken(format!("{fault}{more}")).into());
    }
    let plan = Plan { chosen: directory.choose(args.to)?, muted: args.muted };
    cx.global.data = Some(args.into.clone());
    let settings = args.broker.settings(cx)?;
    let home = Home::new(&settings.data);
    home.create().map_err(|error| Failure::Failed(format!("{}: {error}", args.into.display())))?;
    let _claim = home.claim()?;
    let broker = Endpoint::of(&settings.nats).map(|endpoint| endpoint.url);
    let again = vacant(&home, broker.as_deref())?;
    let given = args.keys.as_deref().map(Keys::in_folder);
    let given = given.or_else(|| (!args.with_keys).then(|| Keys::of(&settings)));
    let keys = key_files(&directory, &plan.chosen.manifest, given.as_ref(), args.with_keys)?;
    let underway = serde_json::to_vec(&Underway { broker }).unwrap_or_default();
    home.write_private(RESTORE_JSON, &underway)?;
    let filled = match filled(&directory, &settings, &plan, again, cx).await {
        Ok(filled) => filled,
        Err(failure) => {
            // Where nothing was begun, nothing is left to be ended.
            if !again && failure.named() == NOT_EMPTY {
                fs::remove_file(home.file(RESTORE_JSON))?;
            }
            return Err(failure);
        }
    };
    for (name, bytes) in &keys {
        if !home.file(name).exists() {
            home.write_private(name, bytes)?;
        }
    }
    fs::remove_file(home.file(RESTORE_JSON))?;
    cx.out.progress("");
    told(&args, &plan, filled, &keys, cx)
}

async fn filled(
    directory: &Directory,
    settings: &Settings,
    plan: &Plan,
    again: bool,
    cx: &mut Cx<'_>,
) -> Result<Filled, Failure> {
    let bare = Bare::start(settings).await.map_err(|error| Failure::of(&error))?;
    let out = &mut *cx.out;
    let done = write(directory, &settings.nats, &bare.endpoint, plan, again, out).await;
    bare.stop().await;
    Ok(done?)
}

async fn write(
    directory: &Directory,
    config: &Config,
    endpoint: &Endpoint,
    plan: &Plan,
    again: bool,
    out: &mut crate::cli::Out,
) -> Result<Filled, Error> {
    let writer = Writer::open(config, endpoint, &plan.firsts(), again).await?;
    fill(directory, &writer, plan, &mut |text| out.progress(text)).await
}

/// Whether a restore into the same place was begun and did not end: then this one begins anew.
fn vacant(home: &Home, broker: Option<&str>) -> Result<bool, Failure> {
    let text = fs::read(home.file(RESTORE_JSON)).unwrap_or_default();
    let begun: Option<Underway> = contracts::read::from_slice(&text).ok();
    if begun.is_some_and(|begun| begun.broker.as_deref() == broker) {
        return Ok(true);
    }
    for entry in fs::read_dir(home.dir())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if ![LOCK, SETTINGS, CERTS, FORMAT].contains(&&*name) && !is_key(&name) {
            let reason = format!("{} is not empty: it holds {name}", home.dir().display());
            return Err(Error::NotEmpty(reason).into());
        }
    }
    Ok(false)
}

fn is_key(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "key")
}

fn told(
    args: &Args,
    plan: &Plan,
    filled: Filled,
    keys: &[(&'static str, Vec<u8>)],
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let manifest = &plan.chosen.manifest;
    let missing = manifest.keys.iter().filter(|key| keys.iter().all(|(name, _)| *name != key.name));
    let missing: Vec<&str> =
        missing.map(|key| &*key.name).filter(|name| *name != crate::home::ADMIN_KEY).collect();
    if cx.out.is_json() {
        let (backup, into) = (manifest.number, &args.into);
        let told = json!({
            "backup": backup, "into": into, "restored": filled, "keys_missing": missing,
        });
        return cx.out.json(&told);
    }
    let mark = cx.out.paint(Style::Good, "✓");
    let Filled { until, events, commands, audit, dead, sealed, blobs } = filled;
    cx.out.line(&format!("{mark} restored from backup {}: log to {until}", manifest.number))?;
    cx.out.line(&format!(
        "  {events} commits, {commands} commands, {audit} audit records, {dead} letters, {sealed} \
         sealed, {blobs} contents"
    ))?;
    if !missing.is_empty() {
        let (names, into) = (missing.join(", "), args.into.display());
        cx.out
            .remark(&format!("before the first start, put {names} of the old system into {into}"));
    }
    let into = args.into.display();
    cx.out
        .remark(&format!("then: cambium up --data {into}, and cambium verify --all --data {into}"));
    Ok(())
}
