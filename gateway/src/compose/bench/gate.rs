//! What the gate costs: the same commands, asked by a principal whose rights are looked up, and on
//! the runtime's own word, of which the gate asks nothing, in turns.

use std::time::{Duration, Instant};

use actors::Runtime;
use actors::runtime::Footprint;
use contracts::kinds::principal;
use contracts::ports::{CommandBus, Wait};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Envelope, Origin, Principal, Tenant,
};
use serde_json::json;

use super::THOUSAND;
use super::rows::Rows;
use super::{engine, process};

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
    let somebody = join(runtime, bus).await?;
    let (mut with, mut without) = (None, None);
    for _ in 0..ROUNDS {
        for (by, best) in [(&somebody, &mut with), (&Caller::runtime(), &mut without)] {
            let took = engine::run_by(bus, WINDOW, commands * 2, THOUSAND, by).await?;
            let faster = |known: &super::rows::Took| took.per_second() > known.per_second();
            if best.as_ref().is_none_or(faster) {
                *best = Some(took);
            }
        }
    }
    let (Some(with), Some(without)) = (with, without) else { return Ok(()) };
    rows.commands("engine, asked by a principal, best of 4", WINDOW, &with, None);
    rows.commands("engine, nobody asked, best of 4", WINDOW, &without, None);
    let off = 100.0 * (1.0 - with.per_second() / without.per_second());
    rows.value("gate, off the throughput", &format!("{off:.1} %"), Some("≤ 10 %"));
    let envelope = engine::asked(THOUSAND.actor(1), somebody);
    let begun = Instant::now();
    for _ in 0..CHECKS {
        runtime.check(std::hint::black_box(&envelope))?;
    }
    let each = begun.elapsed() / CHECKS;
    rows.value("gate, one check", &format!("{} ns", each.as_nanos()), None);
    footprint(rows);
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
async fn join(runtime: &Runtime, bus: &dyn CommandBus) -> anyhow::Result<Caller> {
    let mut last = Principal::from_static("bench");
    for number in 0..64 {
        last = format!("bench-{number}").parse()?;
        let to = Address::new(
            Tenant::from_static("main"),
            principal::KIND,
            ActorId::new(last.as_str())?,
        );
        let (id, name) = (CommandId(uuid::Uuid::now_v7()), CommandName::from_static("register"));
        let by = Caller::new(Caller::ADMIN, Origin::Http);
        let envelope = Envelope::new(id, to, name, json!({ "roles": ["user"] }), by);
        let answer = bus.ask(envelope, Wait::Accepted).await?;
        while runtime.directory().0 < answer.cursor {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    Ok(Caller::new(last, Origin::Http))
}
