//! The faults stop; from here on everything that was begun must come to its end.

use std::time::Duration;

use contracts::effect::Effect;
use contracts::lifecycle::Fire;
use contracts::ports::History as _;
use contracts::view::{At, ReplayMode};
use contracts::{Address, Entry};
use nats::memory::Faults;

use super::life::Phase;
use super::readers;
use super::run::Sim;
use super::trace::lock;
use super::watch::Violation;

/// A database takes true time: the read models read the log of one seed in so many.
const READ_EVERY: u64 = 16;

/// How long, in simulated seconds, everything may take to come to its end.
const SECONDS_MAX: u64 = 1_200;

/// Lets everything come to its end, and checks that it did and what it led to.
///
/// # Errors
/// What does not hold.
pub async fn finish(sim: &mut Sim) -> Result<(), Violation> {
    sim.ground.trace.note(format_args!("the faults stop"));
    sim.ground.chaos.set_calm(true);
    sim.ground.memory.set_faults(Faults::default());
    for node in lock(&sim.nodes).iter() {
        node.skew(0);
        node.life.enter(Phase::Up);
    }
    // Whoever was about to die does it now; whoever lives is asked what it knows.
    let doomed = |node: &super::node::Node| node.life.is_doomed();
    let dying: Vec<_> = lock(&sim.nodes).iter().filter(|node| doomed(node)).cloned().collect();
    for node in dying {
        node.life.enter(Phase::Gone);
    }
    sim.check().await?;
    cells_agree(sim).await?;
    // A takeover: what others have begun is this one's now. One alone must not need it.
    if sim.most > 1 {
        for node in lock(&sim.nodes).drain(..) {
            node.kill();
        }
    }
    if lock(&sim.nodes).is_empty() {
        sim.start().await;
    }
    settle(sim).await?;
    told_is_true(sim).await?;
    cells_agree(sim).await?;
    if sim.ground.seed.is_multiple_of(READ_EVERY) {
        let log = sim.ground.memory.log();
        readers::agree(&sim.watch, &*log, &mut sim.rng).await?;
    }
    Ok(())
}

/// Waits until nobody waits any more.
async fn settle(sim: &mut Sim) -> Result<(), Violation> {
    let mut quiet = 0;
    for _ in 0..SECONDS_MAX {
        sim.check().await?;
        match unsettled(sim) {
            None => quiet += 1,
            Some(_) => quiet = 0,
        }
        if quiet > 2 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    unsettled(sim).map_or(Ok(()), |what| Err(format!("it never came to an end: {what}")))
}

/// Something that has not come to its end.
fn unsettled(sim: &Sim) -> Option<String> {
    for (number, (envelope, told)) in lock(&sim.ledger).iter() {
        if told.under_way > 0 {
            return Some(format!("errand {number} is not answered: {envelope:?}"));
        }
    }
    if sim.ground.memory.commands_pending() > 0 {
        return Some("COMMANDS is not empty".to_owned());
    }
    for (id, known) in &sim.watch.effects {
        if !known.muted && !known.concluded {
            return Some(format!("{id} of {} has no outcome: {:?}", known.address, known.effect));
        }
    }
    for (address, chain) in &sim.watch.chains {
        if let Some(open) = chain.open.first() {
            return Some(format!("{address} has not answered {open}"));
        }
    }
    // An owner that was held may set an older timer over a newer one when it goes on; nothing
    // fences it off yet.
    if sim.most == 1 { timers(sim) } else { None }
}

/// A timer that was set last under its name has fired.
fn timers(sim: &Sim) -> Option<String> {
    let mut last = std::collections::BTreeMap::new();
    let mut set: Vec<_> = sim.watch.effects.iter().filter(|(_, known)| !known.muted).collect();
    set.sort_by_key(|(_, known)| known.cursor);
    for (_, known) in set {
        if let Effect::Timer(timer) = &known.effect {
            last.insert((known.address.clone(), timer.name.clone()), (known.revision, timer));
        }
    }
    for ((address, name), (generation, timer)) in last {
        let Some(due) = timer.at else { continue };
        let (command, timer_name) = (timer.command.clone(), timer.name.clone());
        let fire = Fire { timer: timer_name, generation, due, command };
        let fires = fire.command(&address);
        if !sim.watch.commands.contains_key(&(address.clone(), fires)) {
            return Some(format!("the timer {name} of {address} did not fire: {timer:?}"));
        }
    }
    None
}

/// What writers were told is what the log says.
async fn told_is_true(sim: &mut Sim) -> Result<(), Violation> {
    sim.watch.advance().await?;
    let memory = &sim.ground.memory;
    let mut aside = std::collections::BTreeSet::new();
    let letters = memory.dead_letters().list(0, usize::MAX).await;
    for (_, letter) in letters.map_err(|error| error.to_string())? {
        let id = letter.headers.iter().find(|(name, _)| name == "cambium-command-id");
        aside.extend(id.map(|(_, id)| id.clone()));
    }
    for tenant in ["main", "other"] {
        let tenant = contracts::Tenant::from_static(tenant);
        let records = memory.audit().read(&tenant, 0, usize::MAX).await;
        for (_, record) in records.map_err(|error| error.to_string())? {
            aside.extend(record.details["command_id"].as_str().map(str::to_owned));
        }
    }
    for (number, (envelope, told)) in lock(&sim.ledger).iter() {
        let place = sim.watch.commands.get(&(envelope.to.clone(), envelope.id));
        if let Some((revision, _)) = &told.answer
            && place.is_none()
        {
            return Err(format!("errand {number} was answered with r{revision}, and is lost"));
        }
        let published = told.stored && !told.refused && told.answer.is_none();
        let sealed = envelope.expected.is_some();
        if published && place.is_none() && !aside.contains(&envelope.id.to_string()) && !sealed {
            // A sealed message's id stands in its body, which AUDIT does not open.
            let rejected = is_rejectable(envelope.name.as_str());
            if !rejected {
                return Err(format!("errand {number} was stored, and is lost: {envelope:?}"));
            }
        }
    }
    Ok(())
}

/// Commands that the rules may reject for good, which a sealed message's record in AUDIT does not
/// name.
fn is_rejectable(name: &str) -> bool {
    matches!(name, "reset" | "create" | "post" | "add" | "cambium:fork")
}

/// Every cell, snapshot and replay agree, and every decision would be made again.
async fn cells_agree(sim: &Sim) -> Result<(), Violation> {
    let nodes: Vec<_> = lock(&sim.nodes).clone();
    for node in nodes.iter().filter(|node| node.life.phase() == Phase::Up) {
        for address in sim.watch.chains.keys() {
            let mode =
                if is_blobbed(sim, address).await { ReplayMode::Fold } else { ReplayMode::Decide };
            let found = node.runtime.replay(address, At::Latest, mode).await;
            if node.life.phase() != Phase::Up {
                break;
            }
            let found = found.map_err(|refusal| format!("{address}: {refusal}"))?;
            if found.matches_cell == Some(false) {
                return Err(format!("the cell of {address} is not what its log says: {found:?}"));
            }
            if let Some(drift) = found.drift.first() {
                return Err(format!("{address} would decide otherwise: {drift:?}"));
            }
            let woken = node.runtime.state(address, At::Latest).await;
            let woken = woken.map_err(|refusal| format!("{address}: {refusal}"))?;
            // Between the two the actor may have moved on.
            if woken.revision == found.state.revision && woken != found.state {
                let replayed = &found.state;
                return Err(format!("{address} wakes as {woken:?}, and is {replayed:?}"));
            }
        }
    }
    Ok(())
}

/// Whether an input of the actor is kept as a blob.
async fn is_blobbed(sim: &Sim, address: &Address) -> bool {
    let all = sim.ground.memory.log().read(address, contracts::Cursor::ZERO, usize::MAX).await;
    all.unwrap_or_default().into_iter().map(Entry::from).any(|entry| {
        let Entry::Commit(found) = entry else { return false };
        matches!(found.commit.command.input, contracts::commit::Input::Blob { .. })
    })
}
