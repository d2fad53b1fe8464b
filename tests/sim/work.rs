//! What the writers ask for.

use std::time::Duration;

use contracts::lifecycle::{self, Parent};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Kind, Origin, Revision, Tenant,
};
use serde_json::{Value, json};

use super::errand::{Errand, Road};
use super::run::Sim;
use super::trace::lock;
use super::watch::Violation;
use cambium_tests::rng::Rng;

/// Two tenants whose actors have the same ids.
const TENANTS: [Tenant; 2] = [Tenant::from_static("main"), Tenant::from_static("other")];

/// Enough commits for a snapshot, before anything goes wrong.
///
/// # Errors
/// What does not hold.
pub async fn warm_up(sim: &mut Sim) -> Result<(), Violation> {
    for (tenant, id) in [(0, "a"), (1, "a"), (0, "b")] {
        let remind = json!({ "timer": "t1", "after_ms": 80_000 });
        let to = address(&TENANTS[tenant], "courier", id);
        let remind = envelope(sim, to.clone(), "remind", remind);
        errand(sim, remind, Road::Bus);
        for n in 0..21 {
            let note = envelope(sim, to.clone(), "note", json!({ "text": format!("warm {n}") }));
            errand(sim, note, Road::Bus);
            let to = address(&TENANTS[tenant], "counter", id);
            let add = envelope(sim, to, "add", json!({ "by": 3 + n % 4 }));
            errand(sim, add, Road::Bus);
        }
        if sim.rng.permille(500) {
            // What waits for the world is in the snapshot.
            let think = envelope(sim, to, "think", json!({ "text": format!("warm {id}") }));
            errand(sim, think, Road::Bus);
        }
    }
    let pause = *sim.rng.pick(&[10, 2_000, 70_000]);
    tokio::time::sleep(Duration::from_millis(pause)).await;
    sim.check().await
}

/// Sends something new.
pub fn send(sim: &mut Sim) {
    let tenant = sim.rng.pick(&TENANTS).clone();
    let (to, name, input) = asked(&mut sim.rng, &tenant);
    let mut envelope = envelope(sim, to, name, input);
    if sim.rng.permille(50) {
        let at = sim.watch.chains.get(&envelope.to).map(|chain| chain.head.revision);
        envelope.expected = Some(at.unwrap_or_default());
    }
    if sim.rng.permille(60)
        && let Some(fork) = fork(sim)
    {
        errand(sim, fork, Road::Bus);
        return;
    }
    let sealed = envelope.expected.is_some();
    let road = match sim.rng.below(10) {
        6 => Road::Told,
        7 | 8 if !sealed => Road::Ask,
        9 if !sealed => Road::Published,
        _ => Road::Bus,
    };
    errand(sim, envelope, road);
}

/// Sends something once more, whatever became of it.
pub fn send_again(sim: &mut Sim) {
    let ledger = lock(&sim.ledger);
    let known = ledger.len() as u64;
    if known == 0 {
        return;
    }
    // Mostly what was sent lately.
    let back = sim.rng.below(known.min(*sim.rng.clone().pick(&[3, 10, 1_000])));
    let Some((number, (envelope, _))) = ledger.iter().rev().nth(usize::try_from(back).unwrap_or(0))
    else {
        return;
    };
    let (number, envelope) = (*number, envelope.clone());
    drop(ledger);
    begin(sim, number, envelope, Road::Bus);
}

fn address(tenant: &Tenant, kind: &'static str, id: &'static str) -> Address {
    Address::new(tenant.clone(), Kind::from_static(kind), ActorId::from_static(id))
}

/// A command by the admin with an id of its own, made now by a clock that is right.
fn envelope(sim: &mut Sim, to: Address, name: &'static str, input: Value) -> Envelope {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let id = command_id(sim);
    Envelope::new(id, to, CommandName::from_static(name), input, by)
}

/// A UUIDv7.
fn command_id(sim: &mut Sim) -> CommandId {
    let ms = sim.ground.memory.now().as_millis();
    let (high, low) = (sim.rng.next() & 0xfff, sim.rng.next() & 0xffff_ffff_ffff);
    let text = format!("{:08x}-{:04x}-7{high:03x}-8000-{low:012x}", ms >> 16, ms & 0xffff);
    text.parse().expect("a UUID")
}

fn asked(rng: &mut Rng, tenant: &Tenant) -> (Address, &'static str, Value) {
    let id = *rng.pick(&["a", "a", "a", "b", "c", "fork1"]);
    let over = [&["b"][..], &["b", "c"], &["c", "b", "a"], &["z"]];
    let text = format!("t{}", rng.below(1_000_000));
    match rng.below(20) {
        0..=6 => {
            let by = i64::try_from(rng.below(9)).unwrap_or(0) - 3;
            (address(tenant, "counter", id), "add", json!({ "by": by }))
        }
        7 => (address(tenant, "counter", id), "reset", json!({})),
        8..=10 => (address(tenant, "courier", id), "note", json!({ "text": text })),
        11 | 12 => {
            let input = json!({ "over": rng.pick(&over), "text": text });
            (address(tenant, "courier", id), "pass", input)
        }
        13 => (address(tenant, "courier", id), "think", json!({ "text": text })),
        14 | 15 => {
            let after = *rng.pick(&[Some(0), Some(40), Some(5_000), Some(90_000), None]);
            let input = json!({ "timer": rng.pick(&["t1", "t2"]), "after_ms": after });
            (address(tenant, "courier", id), "remind", input)
        }
        16 => {
            let members = json!([
                { "principal": "free", "role": "agent", "model": "local/rules" },
                { "principal": "dear", "role": "agent", "model": "paid/best" },
            ]);
            let input = json!({ "kind": "group", "members": members });
            (address(tenant, "conversation", id), "create", input)
        }
        17 | 18 => (address(tenant, "conversation", id), "post", json!({ "text": text })),
        _ if rng.permille(300) => {
            // An input that is kept as a blob.
            let text = text.repeat(70_000 / text.len());
            (address(tenant, "courier", id), "note", json!({ "text": text }))
        }
        _ => {
            let input = json!({ "goal": text });
            (address(tenant, "osteon", id), "create", input)
        }
    }
}

/// A fork of an actor as it was at some revision.
fn fork(sim: &mut Sim) -> Option<Envelope> {
    let parents: Vec<_> = sim.watch.chains.iter().collect();
    if parents.is_empty() {
        return None;
    }
    let (parent, chain) = *sim.rng.pick(&parents);
    let revision = Revision(1 + sim.rng.below(chain.head.revision.0));
    let child = *sim.rng.pick(&["fork1", "fork2"]);
    let to = Address::new(parent.tenant.clone(), parent.kind.clone(), ActorId::from_static(child));
    let muted = sim.rng.permille(800);
    let input = lifecycle::fork_input(&Parent { id: parent.id.clone(), revision, muted });
    let by = Caller::new(Caller::ADMIN, Origin::Runtime);
    let id = command_id(sim);
    Some(Envelope::new(id, to, lifecycle::FORK, input, by))
}

fn errand(sim: &mut Sim, envelope: Envelope, road: Road) {
    sim.errands += 1;
    begin(sim, sim.errands, envelope, road);
}

fn begin(sim: &mut Sim, number: u64, envelope: Envelope, road: Road) {
    let Envelope { id, to, name, .. } = &envelope;
    sim.ground.trace.note(format_args!("errand {number} {road:?} {to} {name} {id}"));
    let errand = Errand {
        number,
        envelope,
        road,
        ground: sim.ground.clone(),
        nodes: sim.nodes.clone(),
        ledger: sim.ledger.clone(),
        verdict: sim.verdict.clone(),
        rng: sim.rng.fork(),
    };
    tokio::spawn(errand.run());
}
