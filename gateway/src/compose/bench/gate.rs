//! What the gate costs: the same commands, asked by a principal whose rights are looked up, by
//! one of whom a policy of ten rules is asked too, and on the runtime's own word, of which the gate
//! asks nothing, in turns.

use std::fmt::Write as _;
use std::time::Instant;

use actors::Runtime;
use actors::runtime::Footprint;
use contracts::kinds::{policy, principal};
use contracts::ports::{CommandBus, Wait};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Origin, Principal, Tenant,
};
use serde_json::{Value, json};

use super::THOUSAND;
use super::engine::Spread;
use super::rows::{Rows, Took};
use super::{engine, process};

/// The actors of a tenant with a policy in force.
const GOVERNED: Spread = Spread { tenant: "governed", ..THOUSAND };

/// Commands on their way at a time.
const WINDOW: usize = 256;
/// How often each of both is measured; the best counts, since what disturbs only slows.
const ROUNDS: usize = 4;
/// Checks of the gate alone.
const CHECKS: u32 = 1_000_000;

/// Principals whose memory is measured.
const PRINCIPALS: usize = 200_000;

/// Measures both.
///
/// # Errors
/// The first refusal.
pub async fn run(
    runtime: &Runtime,
    bus: &dyn CommandBus,
    commands: usize,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let somebody = join(bus, THOUSAND.tenant).await?;
    join(bus, GOVERNED.tenant).await?;
    govern(bus).await?;
    let (mut with, mut governed, mut without) = (None, None, None);
    for _ in 0..ROUNDS {
        for (by, spread, best) in [
            (&somebody, THOUSAND, &mut with),
            (&somebody, GOVERNED, &mut governed),
            (&Caller::runtime(), THOUSAND, &mut without),
        ] {
            let took = engine::run_by(bus, WINDOW, commands * 2, spread, by).await?;
            let faster = |known: &Took| took.per_second() > known.per_second();
            if best.as_ref().is_none_or(faster) {
                *best = Some(took);
            }
        }
    }
    let (Some(with), Some(governed), Some(without)) = (with, governed, without) else {
        return Ok(());
    };
    rows.commands("engine, asked by a principal, best of 4", WINDOW, &with, None);
    rows.commands("engine, under a policy of 10 rules, best of 4", WINDOW, &governed, None);
    rows.commands("engine, nobody asked, best of 4", WINDOW, &without, None);
    let off = |took: &Took| {
        let off = 100.0 * (1.0 - took.per_second() / without.per_second());
        format!("{off:.1} %")
    };
    rows.value("gate, off the throughput", &off(&with), Some("≤ 10 %"));
    rows.value("gate under a policy, off the throughput", &off(&governed), None);
    check(runtime, ("gate, one check", CHECKS), THOUSAND, &somebody, rows)?;
    check(runtime, ("gate, one check under a policy", CHECKS / 10), GOVERNED, &somebody, rows)?;
    footprint(rows);
    Ok(())
}

/// What one question to the gate takes.
fn check(
    runtime: &Runtime,
    (what, times): (&str, u32),
    spread: Spread,
    by: &Caller,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let envelope = engine::asked(spread.actor(1), by.clone());
    let begun = Instant::now();
    for _ in 0..times {
        runtime.check(std::hint::black_box(&envelope))?;
    }
    let each = begun.elapsed() / times;
    rows.value(what, &format!("{} ns", each.as_nanos()), None);
    Ok(())
}

/// Puts a policy of ten rules with a condition each, and with a risk class that looks into every
/// input, into force. None of them is against what is measured.
async fn govern(bus: &dyn CommandBus) -> anyhow::Result<()> {
    let risk = "risk:\n  classes:\n    secret: { deny: high }";
    let mut text = format!("version: 1\n{risk}\nrules:\n");
    for number in 0..10 {
        let _ = writeln!(
            text,
            "  - id: leap-{number}\n    effect: deny\n    match: {{ kinds: [counter] }}\n    \
             when: size(caller.roles) > 1{number} || \
             (has(input.by) && input.by > {number}000)\n    \
             reason: It is filled by hand."
        );
    }
    let to = Address::new(
        Tenant::from_static(GOVERNED.tenant),
        policy::KIND,
        ActorId::from_static("bench"),
    );
    order(bus, to.clone(), "put", json!({ "text": text })).await?;
    Ok(())
}

/// A command of the admin.
async fn order(
    bus: &dyn CommandBus,
    to: Address,
    name: &'static str,
    input: Value,
) -> anyhow::Result<()> {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let (id, name) = (CommandId(uuid::Uuid::now_v7()), CommandName::from_static(name));
    bus.ask(Envelope::new(id, to, name, input, by), Wait::Accepted).await?;
    Ok(())
}

/// What a principal takes in the directory, with its role and its key.
fn footprint(rows: &mut Rows) {
    let resident = || process::resident_mib(std::process::id());
    let Some(before) = resident() else { return };
    let directory = Footprint::of(PRINCIPALS);
    let Some(after) = resident() else { return };
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let each = (after - before).max(0.0) * 1024.0 / directory.principals() as f64;
    let what = format!("memory of each of {PRINCIPALS} principals in the directory");
    rows.value(&what, &format!("{each:.1} KiB"), None);
}

/// A principal with the role of people who work, among others.
async fn join(bus: &dyn CommandBus, tenant: &'static str) -> anyhow::Result<Caller> {
    let mut last = Principal::from_static("bench");
    for number in 0..64 {
        last = format!("bench-{number}").parse()?;
        let to = Address::new(
            Tenant::from_static(tenant),
            principal::KIND,
            ActorId::new(last.as_str())?,
        );
        order(bus, to, "register", json!({ "roles": ["user"] })).await?;
    }
    Ok(Caller::new(last, Origin::Http))
}
