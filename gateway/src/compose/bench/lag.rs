//! How far the read models lie behind while the engine runs as fast as it can: their age, not
//! their distance.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contracts::ports::{CommandBus, Wait};
use contracts::{Caller, Cursor, Origin};
use futures_util::future::try_join_all;
use projections::Models;
use tokio::time::{MissedTickBehavior, interval};

use super::THOUSAND;
use super::engine::{PATIENCE, asked};
use super::rows::{Rows, Took};

/// Commands on their way at a time.
const WINDOW: usize = 256;

/// How often it is looked where the log and the rows stand.
const LOOK: Duration = Duration::from_millis(5);

/// How long the rows may take to read the rest once nothing more comes.
const REST: Duration = Duration::from_secs(600);

/// What has been acknowledged, and when.
#[derive(Default)]
struct Log {
    /// The last cursor that was answered.
    head: AtomicU64,
    commands: AtomicUsize,
    over: AtomicBool,
}

/// Lags of each model, in the order of looks.
type Lags = BTreeMap<String, Vec<Duration>>;

/// Adds to counters for so long, and tells how old what each model had not read was meanwhile.
/// `on` names the engine of the rows, `raw` is how many bare publishes there are in a second.
///
/// # Errors
/// The first refusal; rows that do not come to the end of the log.
pub async fn run(
    (bus, models): (&dyn CommandBus, &Models),
    seconds: u64,
    (on, raw): (&str, f64),
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let (log, begun, from) = (Log::default(), Instant::now(), models.position());
    let until = begun + Duration::from_secs(seconds);
    let load = async {
        let lanes = (0..WINDOW).map(|lane| ask(bus, &log, lane, until));
        let done = try_join_all(lanes).await;
        log.over.store(true, Ordering::Relaxed);
        done
    };
    let (done, lags) = tokio::join!(load, watch(models, &log));
    done?;
    let rate = log.commands.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    rows.rate(&format!("engine for {seconds} s, rows on {on}"), rate, Some(raw), None);
    let read = models.position().0.saturating_sub(from.0) as f64 / begun.elapsed().as_secs_f64();
    rows.rate(&format!("commits into the rows meanwhile, on {on}"), read, Some(raw), None);
    let ended = Instant::now();
    models.reached(Cursor(log.head.load(Ordering::Relaxed)), REST).await?;
    let rest = ended.elapsed();
    let mut all = Vec::new();
    for (model, each) in lags {
        all.extend(each.iter().copied());
        told(&format!("lag of {model} on {on}"), each, rows);
    }
    told(&format!("lag of all read models on {on}"), all, rows);
    let told = format!("{} ms", rest.as_millis());
    rows.value(&format!("until all rows had the rest, on {on}"), &told, None);
    Ok(())
}

fn told(what: &str, each: Vec<Duration>, rows: &mut Rows) {
    let most = each.iter().max().copied().unwrap_or_default();
    let is = format!("{} ms at most", most.as_millis());
    rows.spread(what, &Took::new(each, most), &is, Some("≤ 1 s"));
}

/// One of those who ask.
async fn ask(bus: &dyn CommandBus, log: &Log, lane: usize, until: Instant) -> anyhow::Result<()> {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    let mut number = lane;
    while Instant::now() < until {
        let envelope = asked(THOUSAND.actor(number), by.clone());
        let answer = bus.ask(envelope, Wait::Completed(PATIENCE)).await?;
        log.head.fetch_max(answer.cursor.0, Ordering::Relaxed);
        log.commands.fetch_add(1, Ordering::Relaxed);
        number += WINDOW;
    }
    Ok(())
}

/// Looks until the load is over.
async fn watch(models: &Models, log: &Log) -> Lags {
    let (mut lags, mut heads) = (Lags::new(), VecDeque::<(u64, Instant)>::new());
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !log.over.load(Ordering::Relaxed) {
        ticks.tick().await;
        let (head, now) = (log.head.load(Ordering::Relaxed), Instant::now());
        if heads.back().is_none_or(|(last, _)| head > *last) {
            heads.push_back((head, now));
        }
        let marks = models.marks().await;
        for (model, at) in &marks {
            lags.entry(model.clone()).or_default().push(age(&heads, at.0, now));
        }
        // What all have read is of no more use.
        let read = marks.iter().map(|(_, at)| at.0).min().unwrap_or_default();
        while heads.front().is_some_and(|(head, _)| *head <= read) {
            heads.pop_front();
        }
    }
    lags
}

/// For how long there has been something behind `at`.
fn age(heads: &VecDeque<(u64, Instant)>, at: u64, now: Instant) -> Duration {
    let unread = heads.partition_point(|(head, _)| *head <= at);
    heads.get(unread).map_or(Duration::ZERO, |(_, since)| now.duration_since(*since))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::{Duration, Instant};

    use super::age;

    #[test]
    fn rows_are_as_old_as_what_they_have_not_read() {
        let begun = Instant::now();
        let after = |ms| begun + Duration::from_millis(ms);
        let heads = VecDeque::from([(10, after(0)), (20, after(5)), (30, after(10))]);
        for (at, ms) in [(5, 100), (10, 95), (19, 95), (20, 90), (30, 0), (31, 0)] {
            assert_eq!(age(&heads, at, after(100)), Duration::from_millis(ms), "at {at}");
        }
    }
}
